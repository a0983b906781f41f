/* KVM_RUN, with the caller's floating-point and vector registers kept.
 *
 * What constrained it: some kernels come back from KVM_RUN with other values in the caller's FPRs and VRs than it had
 * (seen with Linux 6.1 and 7.2 as nested hypervisor and on bare metal, about once in 500 runs, mostly at the first). A
 * system call promises to keep f14 to f31 and v20 to v31, and compilers keep values there, in the callers too. So this
 * function says that it changes them all: then the compiler saves them at its entry and restores them at its end. FPSCR
 * and VSCR are not registers to the compiler and are kept by hand. */
#include <sys/syscall.h>

#include "accel/kvm.h"

#define FPRS                                                                                                     \
    "fr0", "fr1", "fr2", "fr3", "fr4", "fr5", "fr6", "fr7", "fr8", "fr9", "fr10", "fr11", "fr12", "fr13", "fr14", \
        "fr15", "fr16", "fr17", "fr18", "fr19", "fr20", "fr21", "fr22", "fr23", "fr24", "fr25", "fr26", "fr27", \
        "fr28", "fr29", "fr30", "fr31"
#define VRS                                                                                                    \
    "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13", "v14", "v15", "v16", \
        "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31"

__attribute__((noinline)) long kvm_enter(int vcpu_fd)
{
    register long r0 __asm__("r0") = SYS_ioctl;
    register long r3 __asm__("r3") = vcpu_fd;
    register long r4 __asm__("r4") = KVM_RUN;
    register long r5 __asm__("r5") = 0;
    double fpscr;
    uint64_t vscr[2] __attribute__((aligned(16)));

    __asm__ volatile("mffs 0\n\tstfd 0,%0\n\tmfvscr 0\n\tstvx 0,0,%2"
                     : "=m"(fpscr), "=m"(vscr)
                     : "b"(vscr)
                     : "fr0", "v0");
    /* Errors are positive, with CR0[SO] set. */
    __asm__ volatile("sc\n\tbns+ 1f\n\tneg 3,3\n1:"
                     : "+r"(r0), "+r"(r3), "+r"(r4), "+r"(r5)
                     :
                     : "r6", "r7", "r8", "r9", "r10", "r11", "r12", "cr0", "ctr", "xer", "memory", FPRS, VRS);
    __asm__ volatile("lfd 0,%0\n\tmtfsf 255,0\n\tlvx 0,0,%2\n\tmtvscr 0"
                     :
                     : "m"(fpscr), "m"(vscr), "b"(vscr)
                     : "fr0", "v0");
    return r3;
}
