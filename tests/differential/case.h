/* One random single-instruction case: what the two sides exchange.
 *
 * The host program sends a struct diff_case to the guest program (a Linux user program for ppc64 or
 * ppc64le, run by qemu-user) and gets a struct diff_case back with the state after the instruction.
 * All numbers are in the guest's byte order on the wire; vectors as the guest's stvx-like stores
 * leave them: two doublewords, the book's doubleword 0 first. */
#ifndef TESTS_DIFFERENTIAL_CASE_H
#define TESTS_DIFFERENTIAL_CASE_H

#include <stdint.h>

/* Where both sides put things: the code slot, in reach of absolute branches; the state; the window of memory
 * operands, with the boundary of two pages (of 4 KiB and of 64 KiB) in its middle. */
#define DIFF_CODE UINT64_C(0x01000000)
#define DIFF_STATE UINT64_C(0x01010000)
#define DIFF_WINDOW UINT64_C(0x0101ff00)

enum {
    DIFF_WINDOW_SIZE = 512,
    /* The slot: the instruction (8 bytes, a nop behind a plain one), then the way of not branching,
     * then the way of branching. */
    DIFF_SLOT_TAKEN = 16,
};

enum diff_outcome {
    DIFF_DONE,      /* went on to the next instruction */
    DIFF_TAKEN,     /* branched to the slot's taken way */
    DIFF_ILLEGAL,   /* SIGILL */
    DIFF_TRAP,      /* SIGTRAP */
    DIFF_FLOAT,     /* SIGFPE */
    DIFF_ALIGNMENT, /* SIGBUS */
    DIFF_STORAGE,   /* SIGSEGV */
    DIFF_OTHER,
};

struct diff_case {
    uint32_t insn;
    uint32_t outcome;
    uint64_t gpr[32];
    uint64_t lr, ctr, xer, cr;
    uint64_t fpscr, vscr;
    uint64_t vsr[64][2];
    uint8_t window[DIFF_WINDOW_SIZE];
    uint32_t prefix; /* of a prefixed instruction, else 0 */
    uint32_t unused;
};

#endif
