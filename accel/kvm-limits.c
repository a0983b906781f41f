/* What the host's kernel and processor can give to guests, in the terms of the machine's capabilities; see kvm.h. */
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "accel/kvm.h"

static const struct {
    enum accel_limit limit;
    int number;
} extensions[] = {
    { LIMIT_HASH, KVM_CAP_PPC_MMU_HASH_V3 },
    { LIMIT_HTM, KVM_CAP_PPC_HTM },
    { LIMIT_NESTED_HV, KVM_CAP_PPC_NESTED_HV },
    { LIMIT_FWNMI, KVM_CAP_PPC_FWNMI },
    { LIMIT_RPT_INVALIDATE, KVM_CAP_PPC_RPT_INVALIDATE },
    { LIMIT_AIL_MODE_3, KVM_CAP_PPC_AIL_MODE_3 },
    { LIMIT_DAWR1, KVM_CAP_PPC_DAWR1 },
};

/* A wider decrementer is there if the kernel lets LPCR[LD] be set. */
static bool has_large_decrementer(int vm)
{
    int fd = ioctl(vm, KVM_CREATE_VCPU, 0UL);
    uint64_t before = 0, after = 0, wanted;
    struct kvm_one_reg one = { .id = KVM_REG_PPC_LPCR_64, .addr = (uintptr_t)&before };

    if (fd < 0)
        return false;
    if (!ioctl(fd, KVM_GET_ONE_REG, &one)) {
        wanted = before | LPCR_LD;
        one.addr = (uintptr_t)&wanted;
        if (!ioctl(fd, KVM_SET_ONE_REG, &one)) {
            one.addr = (uintptr_t)&after;
            ioctl(fd, KVM_GET_ONE_REG, &one);
        }
    }
    close(fd);
    return after & LPCR_LD;
}

/* Bits that the host does not know of count as not there: neither a safe character nor a safe behaviour. */
static void read_speculation(int vm, struct accel_limits *limits)
{
    enum { BROKEN, WORKAROUND, FIXED, FIXED_IBS = 2, FIXED_CCD };
    struct kvm_ppc_cpu_char c = { 0 };
    uint64_t has, safe;

    if (ioctl(vm, KVM_PPC_GET_CPU_CHAR, &c))
        return;
    has = c.character & c.character_mask;
    safe = ~c.behaviour & c.behaviour_mask;
    limits->most[LIMIT_CFPC] = safe & KVM_PPC_CPU_BEHAV_L1D_FLUSH_PR ? FIXED
                               : has & KVM_PPC_CPU_CHAR_L1D_THREAD_PRIV &&
                                       has & (KVM_PPC_CPU_CHAR_L1D_FLUSH_ORI30 | KVM_PPC_CPU_CHAR_L1D_FLUSH_TRIG2)
                                   ? WORKAROUND
                                   : BROKEN;
    limits->most[LIMIT_SBBC] = safe & KVM_PPC_CPU_BEHAV_BNDS_CHK_SPEC_BAR ? FIXED
                               : has & KVM_PPC_CPU_CHAR_SPEC_BAR_ORI31    ? WORKAROUND
                                                                          : BROKEN;
    limits->most[LIMIT_IBS] = has & KVM_PPC_CPU_CHAR_COUNT_CACHE_DIS                              ? FIXED_CCD
                              : has & KVM_PPC_CPU_CHAR_BCCTRL_SERIALISED                          ? FIXED_IBS
                              : c.behaviour & c.behaviour_mask & KVM_PPC_CPU_BEHAV_FLUSH_COUNT_CACHE ? WORKAROUND
                                                                                                  : BROKEN;
    limits->most[LIMIT_CCF_ASSIST] = !!(has & KVM_PPC_CPU_CHAR_BCCTR_FLUSH_ASSIST);
}

void kvm_read_limits(int vm, struct accel_limits *limits)
{
    unsigned long hwcap = getauxval(AT_HWCAP);

    limits->is_limited = true;
    for (size_t i = 0; i < ARRAY_SIZE(extensions); i++)
        limits->most[extensions[i].limit] = ioctl(vm, KVM_CHECK_EXTENSION, extensions[i].number) > 0;
    limits->most[LIMIT_VSX] = !!(hwcap & PPC_FEATURE_HAS_VSX);
    limits->most[LIMIT_DFP] = !!(hwcap & PPC_FEATURE_HAS_DFP);
    limits->most[LIMIT_LARGE_DECR] = has_large_decrementer(vm);
    read_speculation(vm, limits);
}
