/* Where a bare guest begins, its interrupt vectors, and run(): see bare.h.
 *
 * The image is loaded at 0 and entered at 0x100, big-endian, in real mode, with the device tree's address in
 * r3. Vectors stand at 0x100 to 0x2fff, once more 0x4000 higher for interrupts that are taken with relocation
 * (LPCR[AIL] = 3), and at 0x17000 and 0x3000 for system calls vectored. Each keeps r31 and LR, and branches
 * with a link that tells save which one it was. SPRG1 to SPRG3 are theirs; SPRG0 is the address of the
 * processor's struct processor.
 *
 * A further processor is started at boot_second, in the state of start-cpu, with that address in r3. */
#include "state.h"

#define SPRG0 272
#define SPRG1 273
#define SPRG2 274
#define SPRG3 275
#define DSISR 18
#define DAR 19
#define SRR0 26
#define SRR1 27

/* Relocation on, both bits. */
#define MSR_IR_DR 0x30

        .section .vectors, "ax"
        .macro  stub at
        .org    \at
        mtspr   SPRG2, %r31
        mflr    %r31
        bl      save
        .endm

        .macro  stubs base
        .irp    at, 0x200, 0x300, 0x380, 0x400, 0x480, 0x500, 0x600, 0x700, 0x800, 0x900, 0x980, 0xa00, \
                    0xb00, 0xc00, 0xd00, 0xe00, 0xe20, 0xe40, 0xe60, 0xe80, 0xea0, 0xf00, 0xf20, 0xf40, \
                    0xf60, 0xf80, 0xfa0, 0x1000, 0x1100, 0x1300, 0x1500, 0x1600, 0x1700, 0x1800
        stub    \base + \at
        .endr
        .endm

        /* Big-endian words whatever the image is: rfid to go on with the image's own byte order; r5 is the MSR
         * of before. The system reset vector's own code is put here when that is done. */
        .macro  to_own_order next
        .irp    word, 0x7ca000a6,               /* mfmsr r5 */          \
                      0x60a40000 + IS_LE,       /* ori r4, r5, MSR_LE */ \
                      0x7c9b03a6,               /* mtsrr1 r4 */         \
                      0x38800000 + \next,       /* li r4, next */       \
                      0x7c9a03a6,               /* mtsrr0 r4 */         \
                      0x4c000024                /* rfid */
        .byte   ((\word) >> 24) & 0xff, ((\word) >> 16) & 0xff, ((\word) >> 8) & 0xff, (\word) & 0xff
        .endr
        .endm

        .org    0x100
boot:   to_own_order 0x2000

        stubs   0

        .org    0x1a00
        .globl  boot_second
boot_second:
        to_own_order 0x2080

        .org    0x2000
        .globl  begin
begin:  mr      %r31, %r3
        li      %r1, 1
        sldi    %r1, %r1, 63
        mfmsr   %r2
        or      %r2, %r2, %r1
        mtmsrd  %r2             /* MSR[SF], if it was not on */
        lis     %r3, first_processor@ha
        addi    %r3, %r3, first_processor@l
        lis     %r12, bare_main@ha
        addi    %r12, %r12, bare_main@l
        b       go

        /* Another processor, as boot_second left it. */
        .org    0x2080
        mr      %r31, %r3
        lis     %r12, second_main@ha
        addi    %r12, %r12, second_main@l
go:     mtspr   SPRG0, %r3
        ld      %r1, PROCESSOR_STACK(%r3)
        lis     %r2, .TOC.@ha
        addi    %r2, %r2, .TOC.@l
        li      %r0, 0
        stdu    %r0, -96(%r1)
        mr      %r3, %r31
        mtctr   %r12
        bctrl
        b       .

        /* For programs that start none. */
        .weak   second_main
second_main:
        b       .

        /* Relocated system calls vectored, and below them those that are not. */
        .macro  levels base
        .set    level, 0
        .rept   128
        stub    \base + 0x20 * level
        .set    level, level + 1
        .endr
        .endm

        levels  0x3000
        stubs   0x4000

        /* r31: LR; SPRG2: r31; LR: behind the vector's branch. Whatever MSR the interrupt made, the rest is
         * done in real mode, where the top bits of addresses do not count. */
        .org    0x6000
save:   mtspr   SPRG3, %r30
        mtspr   SPRG1, %r29
        mfmsr   %r30
        li      %r29, MSR_IR_DR
        andc    %r29, %r30, %r29
        mtmsrd  %r29
        isync
        mfspr   %r29, SPRG0
        ld      %r29, PROCESSOR_CURRENT(%r29)
        std     %r30, STATE_HANDLER_MSR(%r29)
        std     %r31, STATE_LR(%r29)
        mflr    %r31
        std     %r31, STATE_VECTOR(%r29)
        mfspr   %r30, SPRG1
        std     %r30, 29*8(%r29)
        mfspr   %r30, SPRG3
        std     %r30, 30*8(%r29)
        mfspr   %r30, SPRG2
        std     %r30, 31*8(%r29)
        .irp    r, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28
        std     \r, \r*8(%r29)
        .endr
        mfctr   %r0
        std     %r0, STATE_CTR(%r29)
        mfxer   %r0
        std     %r0, STATE_XER(%r29)
        mfcr    %r0
        std     %r0, STATE_CR(%r29)
        mfspr   %r0, SRR0
        std     %r0, STATE_SRR0(%r29)
        mfspr   %r0, SRR1
        std     %r0, STATE_SRR1(%r29)
        mfspr   %r0, DAR
        std     %r0, STATE_DAR(%r29)
        mfspr   %r0, DSISR
        std     %r0, STATE_DSISR(%r29)

        lis     %r2, .TOC.@ha
        addi    %r2, %r2, .TOC.@l
        mfspr   %r3, SPRG0
        ld      %r1, PROCESSOR_KEPT_STACK(%r3)
        cmpdi   %r1, 0
        beq     nobody_runs
        .irp    r, 13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        ld      \r, RUN_FRAME_GPRS + (\r - 13) * 8(%r1)
        .endr
        ld      %r0, RUN_FRAME_LR(%r1)
        mtlr    %r0
        ld      %r0, RUN_FRAME_CR(%r1)
        mtcr    %r0
        li      %r0, 0
        std     %r0, PROCESSOR_KEPT_STACK(%r3)
        addi    %r4, %r3, PROCESSOR_STRAY
        std     %r4, PROCESSOR_CURRENT(%r3)
        addi    %r1, %r1, RUN_FRAME
        blr

        /* An interrupt that no run() waits for: its state is in the processor's stray. */
nobody_runs:
        ld      %r1, PROCESSOR_STACK(%r3)
        std     %r1, -96(%r1)
        addi    %r1, %r1, -96
        addi    %r3, %r3, PROCESSOR_STRAY
        lis     %r12, unexpected@ha
        addi    %r12, %r12, unexpected@l
        mtctr   %r12
        bctrl
        b       .

        levels  0x17000

        .text
        /* void run(struct state *s) */
        .globl  run
run:    stdu    %r1, -RUN_FRAME(%r1)
        .irp    r, 13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        std     \r, RUN_FRAME_GPRS + (\r - 13) * 8(%r1)
        .endr
        mflr    %r0
        std     %r0, RUN_FRAME_LR(%r1)
        mfcr    %r0
        std     %r0, RUN_FRAME_CR(%r1)
        mfspr   %r4, SPRG0
        std     %r1, PROCESSOR_KEPT_STACK(%r4)
        std     %r3, PROCESSOR_CURRENT(%r4)
        mr      %r31, %r3
        ld      %r0, STATE_LR(%r31)
        mtlr    %r0
        ld      %r0, STATE_CTR(%r31)
        mtctr   %r0
        ld      %r0, STATE_XER(%r31)
        mtxer   %r0
        ld      %r0, STATE_CR(%r31)
        mtcr    %r0
        ld      %r0, STATE_DAR(%r31)
        mtspr   DAR, %r0
        ld      %r0, STATE_DSISR(%r31)
        mtspr   DSISR, %r0
        ld      %r0, STATE_NIA(%r31)
        mtspr   SRR0, %r0
        ld      %r0, STATE_MSR(%r31)
        mtspr   SRR1, %r0
        .irp    r, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        ld      \r, \r*8(%r31)
        .endr
        rfid

        /* long hcall(u64 *r): r3 to r12 from r[0] to r[9], and back. */
        .globl  hcall
hcall:  std     %r3, -8(%r1)
        .irp    r, 4,5,6,7,8,9,10,11,12
        ld      \r, (\r - 3) * 8(%r3)
        .endr
        ld      %r3, 0(%r3)
        sc      1
        ld      %r0, -8(%r1)
        std     %r31, -16(%r1)
        mr      %r31, %r0
        .irp    r, 3,4,5,6,7,8,9,10,11,12
        std     \r, (\r - 3) * 8(%r31)
        .endr
        ld      %r31, -16(%r1)
        blr

        .data
        .balign 16
        .globl  first_processor
first_processor:
        .quad   first_processor + PROCESSOR_STRAY, 0, stack_end
        .space  STATE_SIZE

        .bss
        .balign 16
        .space  0x4000
stack_end:
