/* A random program: what the interpreter and the translator both execute.
 *
 * Memory is laid out the same in real mode and behind the radix tree, where effective addresses below 2 MiB are
 * guest physical ones and pages differ in what may be done with them:
 *
 *   PROGRAM_CODE   three pages, read and execute; once more at PROGRAM_ALIAS behind them, to be written
 *                  Beside the program they hold pairs of addi r3,r3,n and blr, n by page. The third has no more.
 *   PROGRAM_DATA   eight pages; see data_rights in random-programs.c
 *
 * The data are once more at PROGRAM_AGAIN behind them, in the same entries of the software TLB. */
#ifndef TESTS_DIFFERENTIAL_PROGRAM_H
#define TESTS_DIFFERENTIAL_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

enum {
    PROGRAM_CODE = 0x30000,
    PROGRAM_CODE_SIZE = 0x3000,
    PROGRAM_DATA = 0x38000,
    PROGRAM_DATA_SIZE = 0x8000,
    PROGRAM_ALIAS = 0x100000,
    PROGRAM_AGAIN = 0x400000,
    PROGRAM_TABLE = 0x13000, /* page table entries of effective addresses below 2 MiB; behind PROGRAM_ALIAS, too */
    PROGRAM_TABLE_AGAIN = 0x14000, /* those of PROGRAM_AGAIN */
    PROGRAM_WORDS = PROGRAM_CODE_SIZE / 4,
    PROGRAM_SC = 0x44000002, /* behind the program; ends it */
    PROGRAM_NOP = 0x60000000,
};

struct program {
    const char *model;     /* "POWER9" */
    bool le, writable;     /* writable: the code pages may be written */
    uint64_t msr;          /* without MSR[LE] */
    unsigned hot;          /* how often the interpreter comes by before a region is translated */
    uint64_t memory;       /* seed of the data */
    unsigned start, n;     /* byte offset of the first word in the code pages, number of words */
    uint64_t gpr[32], vsr[64][2];
    uint64_t lr, ctr, xer, cr, fpscr, vscr, fscr;
    uint32_t word[PROGRAM_WORDS];
    bool may_change[PROGRAM_WORDS]; /* words that the program changes as the book has it */
};

/* splitmix64: small, and good enough to choose instructions. */
static inline uint64_t program_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* The program of a seed. */
void program_generate(struct program *p, uint64_t seed);

#endif
