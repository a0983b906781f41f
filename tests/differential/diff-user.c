/* Random single instructions: the interpreter against qemu-user, for every instruction that a user
 * program can execute.
 *
 * For each row of the instruction table, random words that match it are executed with random registers
 * and memory here and in a guest program under qemu-ppc64(le); the states afterwards are compared. What
 * is known to differ stands in exceptions.def with its reason.
 *
 * Usage: diff-user --emu "qemu-ppc64le-static -cpu power9" --guest PROGRAM --endian le|be
 *                  [--count N] [--seed N] [--only NAME] [--verbose]
 *        diff-user --list: the names of the instructions that are compared in one byte order at least.
 * Exit status 0: no unexplained difference. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bits.h"
#include "cpu-ppc64/cpu.h"
#include "cpu-ppc64/disas.h"
#include "cpu-ppc64/fpu/decimal.h"
#include "cpu-ppc64/interp/op.h"
#include "tests/differential/case.h"

enum { RAM_SIZE = 0x01100000, BATCH = 16 };

/* ---- what may differ ------------------------------------------------------------------------- */

struct exception {
    const char *name;      /* row, or family with one '*' for any characters */
    bool skip;             /* not tried at all */
    bool skip_le;          /* not tried in little-endian mode */
    uint64_t ignore_fpscr; /* bits that are not compared */
    uint64_t ignore_xer;
    uint64_t ignore_cr;
    bool ignore_vsr_d1;    /* doubleword 1 of the vector registers */
    bool compare_vsr_d1;   /* after all */
    bool ignore_vsr;
    bool ignore_vsr_if_so6; /* the same, when CR field 6 says that an operand was invalid */
    uint64_t ignore_vsr_if_raised; /* the same, when one of these FPSCR bits is set */
    bool ignore_zero_sign;         /* a zero of one sign is the other's equal in doubleword 0 */
    uint64_t ignore_fpscr_if_raised, ignored_then; /* FPSCR bits that decide, FPSCR bits ignored */
    uint64_t ignore_vscr;
    uint64_t ignore_gpr;    /* bits of all general registers */
    const char *reason;
};

static const struct exception exceptions[] = {
#define SKIP(n, why) { .name = n, .skip = true, .reason = why },
#define SKIP_LE(n, why) { .name = n, .skip_le = true, .reason = why },
#define DIFFERS(n, ...) { .name = n, __VA_ARGS__ },
#include "tests/differential/exceptions.def"
#undef SKIP
#undef SKIP_LE
#undef DIFFERS
};

static bool name_matches(const char *pattern, const char *name)
{
    const char *star = strchr(pattern, '*');
    size_t before, after, n = strlen(name);

    if (!star)
        return !strcmp(pattern, name);
    before = (size_t)(star - pattern);
    after = strlen(star + 1);
    return n >= before + after && !strncmp(pattern, name, before) && !strcmp(star + 1, name + n - after);
}

static struct exception allowance(const char *name)
{
    struct exception sum = { .name = name };

    for (size_t i = 0; i < ARRAY_SIZE(exceptions); i++) {
        const struct exception *e = &exceptions[i];

        if (!name_matches(e->name, name))
            continue;
        sum.skip |= e->skip;
        sum.skip_le |= e->skip_le;
        sum.ignore_fpscr |= e->ignore_fpscr;
        sum.ignore_xer |= e->ignore_xer;
        sum.ignore_cr |= e->ignore_cr;
        sum.ignore_vsr_d1 |= e->ignore_vsr_d1;
        sum.compare_vsr_d1 |= e->compare_vsr_d1;
        sum.ignore_vsr |= e->ignore_vsr;
        sum.ignore_vsr_if_so6 |= e->ignore_vsr_if_so6;
        sum.ignore_vsr_if_raised |= e->ignore_vsr_if_raised;
        sum.ignore_zero_sign |= e->ignore_zero_sign;
        sum.ignore_fpscr_if_raised |= e->ignore_fpscr_if_raised;
        sum.ignored_then |= e->ignored_then;
        sum.ignore_vscr |= e->ignore_vscr;
        sum.ignore_gpr |= e->ignore_gpr;
    }
    sum.ignore_vsr_d1 &= !sum.compare_vsr_d1;
    return sum;
}

/* ---- random states --------------------------------------------------------------------------- */

static uint64_t random_state;

static uint64_t random64(void)
{
    /* splitmix64: small, and good enough to choose operands. */
    uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static uint64_t random_below(uint64_t n)
{
    return random64() % n;
}

static uint64_t random_integer(void)
{
    static const uint64_t special[] = {
        0, 1, 2, UINT64_MAX, UINT64_MAX - 1, INT64_MAX, UINT64_C(1) << 63, UINT32_MAX, INT32_MAX,
        UINT64_C(1) << 31, UINT64_C(1) << 32, UINT64_C(0xffffffff80000000),
        UINT64_C(0x8000000080000000), 0x7fff, 0x8000, 0xff, 31, 32, 63, 64,
    };

    switch (random_below(4)) {
    case 0:
        return special[random_below(ARRAY_SIZE(special))];
    case 1:
        return (uint64_t)(int64_t)(int32_t)random64();
    case 2:
        return random64() >> random_below(64);
    default:
        return random64();
    }
}

static uint64_t random_double(void)
{
    static const uint64_t special[] = {
        0, UINT64_C(0x7ff0000000000000), UINT64_C(0x7ff8000000000000), UINT64_C(0x7ff0000000000001),
        UINT64_C(0x7ff4000000000000), UINT64_C(0x7fffffffffffffff), UINT64_C(0x3ff0000000000000),
        UINT64_C(0x0000000000000001), UINT64_C(0x000fffffffffffff), UINT64_C(0x0010000000000000),
        UINT64_C(0x7fefffffffffffff), UINT64_C(0x47efffffe0000000), UINT64_C(0x3810000000000000),
        UINT64_C(0x36a0000000000000), UINT64_C(0x4330000000000000), UINT64_C(0x41dfffffffc00000),
        UINT64_C(0x43e0000000000000), UINT64_C(0x3fe0000000000000), UINT64_C(0x4008000000000000),
    };
    uint64_t sign = random64() & UINT64_C(1) << 63;

    switch (random_below(5)) {
    case 0:
        return special[random_below(ARRAY_SIZE(special))] | sign;
    case 1: /* near one, few significant bits: exact results and ties */
        return sign | (1013 + random_below(20)) << 52 | (random64() & UINT64_C(0xfff00000) << 20);
    case 2: /* representable as single */
        return sign | (896 + random_below(250)) << 52 | (random64() & UINT64_C(0xfffffe0000000));
    case 3:
        return sign | (1000 + random_below(80)) << 52 | (random64() >> 12);
    default:
        return random64();
    }
}

static uint32_t random_single(void)
{
    static const uint32_t special[] = { 0, 0x7f800000, 0x7fc00000, 0x7f800001, 0x7fa00000,
                                        0x3f800000, 1, 0x007fffff, 0x00800000, 0x7f7fffff,
                                        0x4f000000, 0x5f000000, 0x3f000000 };
    uint32_t sign = (uint32_t)random64() & 0x80000000;

    switch (random_below(3)) {
    case 0:
        return special[random_below(ARRAY_SIZE(special))] | sign;
    case 1:
        return sign | (uint32_t)(120 + random_below(16)) << 23 | ((uint32_t)random64() & 0x7ff000);
    default:
        return (uint32_t)random64();
    }
}

static void random_vector(uint64_t v[2])
{
    static const uint64_t quads[] = { 0, 1, 2, 0x3ffe, 0x3fff, 0x4000, 0x403e, 0x407e, 0x7ffd, 0x7ffe, 0x7fff };

    switch (random_below(6)) {
    case 5: /* quad precision at the ends of its range */
        v[0] = (random64() & UINT64_C(1) << 63) | quads[random_below(ARRAY_SIZE(quads))] << 48;
        v[0] |= random_below(3) ? random64() >> 16 : random_below(2) ? UINT64_C(0xffffffffffff) : 0;
        v[1] = random_below(3) ? random64() : random_below(2) ? UINT64_MAX : random_below(3);
        break;
    case 0:
        v[0] = random_double();
        v[1] = random_double();
        break;
    case 1:
        v[0] = (uint64_t)random_single() << 32 | random_single();
        v[1] = (uint64_t)random_single() << 32 | random_single();
        break;
    case 2: /* quad precision with a moderate exponent, or decimal digits */
        v[0] = random_below(2) ? (16300 + random_below(180)) << 48 | random64() >> 16
                               : random64() & UINT64_C(0x9797979797979797);
        v[1] = random_below(2) ? random64() : (random64() & UINT64_C(0x9797979797979790)) | 0xc;
        break;
    case 3:
        v[0] = random_integer();
        v[1] = random_integer();
        break;
    default:
        v[0] = random64();
        v[1] = random64();
    }
}

/* ---- random words ---------------------------------------------------------------------------- */

static bool is_x_form_memory(uint32_t insn)
{
    return insn >> 26 == 31;
}

/* Displacement of the D, DS and DQ forms, by primary opcode. */
static int64_t displacement(uint32_t insn)
{
    int16_t d = (int16_t)insn;

    switch (insn >> 26) {
    case 56:
        return d & ~15;
    case 57:
    case 58:
    case 62:
        return d & ~3;
    case 61:
        return (insn & 7) == 1 || (insn & 7) == 5 ? d & ~15 : d & ~3;
    default:
        return d;
    }
}

static uint32_t set_field(uint32_t insn, unsigned first, unsigned last, uint32_t value)
{
    uint32_t mask = (UINT32_C(0xffffffff) >> first) & (UINT32_C(0xffffffff) << (31 - last));

    return (insn & ~mask) | (value << (31 - last) & mask);
}

static unsigned field(uint32_t insn, unsigned first, unsigned last)
{
    return insn << first >> (31 - (last - first));
}

/* An address in the window with room for 128 bytes behind it: a quadword's, any, or just before the boundary of
 * two pages. */
static uint64_t random_target(void)
{
    switch (random_below(3)) {
    case 0:
        return DIFF_WINDOW + 128 + random_below(16) * 16;
    case 1:
        return DIFF_WINDOW + 128 + random_below(250);
    default:
        return DIFF_WINDOW + DIFF_WINDOW_SIZE / 2 - random_below(32);
    }
}

/* Chooses registers so that the effective address falls into the window. */
static uint32_t aim_at_window(const struct isa_row *row, uint32_t insn, struct diff_case *c)
{
    bool aligned = row->class == ISA_CLASS_ATOMIC || !strcmp(row->name, "lq") ||
                   !strcmp(row->name, "stq"); /* see exceptions.def */
    uint64_t target = random_target();
    unsigned ra = field(insn, 11, 15), rb = field(insn, 16, 20), rt = field(insn, 6, 10);
    bool update = row->flags & ISA_FLAG_UPDATE;
    bool length_in_rb = strstr(row->name, "lxvl") || strstr(row->name, "stxvl");
    bool no_index = !strcmp(row->name, "lswi") || !strcmp(row->name, "stswi") ||
                    !strcmp(row->name, "lwat") || !strcmp(row->name, "ldat") ||
                    !strcmp(row->name, "stwat") || !strcmp(row->name, "stdat");
    bool string = !strncmp(row->name, "lsw", 3), multiple = !strcmp(row->name, "lmw") || string;

    if (aligned)
        target = DIFF_WINDOW + 128 + random_below(8) * 16;
    if (multiple) /* RA (and RB) must not be among the registers loaded; those of strings are up to 8, 0 behind 31 */
        insn = set_field(insn, 6, 10, rt = 20 + (unsigned)random_below(12));
    if (!strcmp(row->name, "lswx"))
        c->xer &= ~UINT64_C(0x60);
    if (multiple || update || !is_x_form_memory(insn) || length_in_rb || no_index || ra)
        insn = set_field(insn, 11, 15, ra = (string ? 8 : 1) + (unsigned)random_below(string ? 3 : multiple ? 10 : 31));
    if (update && ra == rt)
        insn = set_field(insn, 11, 15, ra = ra == 31 ? 30 : ra + 1);
    if (!is_x_form_memory(insn)) {
        c->gpr[ra] = target - (uint64_t)displacement(insn);
        return insn;
    }
    if (length_in_rb || no_index) {
        if (length_in_rb && rb == ra)
            insn = set_field(insn, 16, 20, rb = ra == 31 ? 30 : ra + 1);
        c->gpr[ra] = target;
        if (length_in_rb)
            c->gpr[rb] = random_below(40) << 56 | random64() >> 8;
        return insn;
    }
    if (multiple)
        insn = set_field(insn, 16, 20, rb = 11 + (unsigned)random_below(8));
    if (ra == rb && ra)
        insn = set_field(insn, 16, 20, rb = multiple ? 19 : ra == 31 ? 30 : ra + 1);
    if (update && rb == rt && !multiple)
        c->gpr[rb] = target, insn = set_field(insn, 16, 20, rb);
    c->gpr[rb] = ra ? random_below(2) ? random64() : random_below(4096) : target;
    if (ra)
        c->gpr[ra] = target - c->gpr[rb];
    return insn;
}

static uint32_t aim_branch(uint32_t insn, struct diff_case *c)
{
    switch (insn >> 26) {
    case 18:
        return (insn & 0xfc000003) | (uint32_t)(insn & 2 ? DIFF_CODE + DIFF_SLOT_TAKEN : DIFF_SLOT_TAKEN);
    case 16:
        return (insn & 0xffff0001) | DIFF_SLOT_TAKEN;
    default: /* bclr, bcctr (which should not count); the low bits of the target are ignored */
        if (field(insn, 21, 30) == 528)
            insn |= UINT32_C(4) << 21;
        c->lr = c->ctr = DIFF_CODE + DIFF_SLOT_TAKEN + random_below(4);
        return insn;
    }
}

/* Special-purpose registers that are in the state, and not of the system's choosing. */
static uint32_t choose_spr(uint32_t insn)
{
    static const unsigned sprs[] = { SPR_XER, SPR_LR, SPR_CTR };
    unsigned n = sprs[random_below(ARRAY_SIZE(sprs))];

    return set_field(insn, 11, 20, (n & 31) << 5 | n >> 5);
}

/* Packed decimal digits with a sign, mostly valid; national and zoned forms of them for the rows that
 * read those. */
static void random_decimal(const char *name, uint64_t v[2])
{
    static const uint8_t signs[] = { 0xa, 0xb, 0xc, 0xd, 0xe, 0xf, 0x5, 0x0 };
    uint8_t digits[32], sign = signs[random_below(16) ? random_below(6) : random_below(8)];
    unsigned zeros = (unsigned)random_below(31);

    for (unsigned i = 0; i < 32; i++) /* digits[0] is the least significant */
        digits[i] = (uint8_t)(i < 31 - zeros ? random_below(10) : 0);
    v[0] = v[1] = 0;
    if (!strcmp(name, "bcdcfn.")) { /* seven national digits and a sign */
        for (unsigned i = 0; i < 8; i++) {
            uint64_t half = i ? 0x30 + digits[i] : sign & 1 ? 0x2d : 0x2b;

            v[1 - i / 4] |= half << 16 * (i % 4);
        }
        return;
    }
    if (!strcmp(name, "bcdcfz.")) {
        for (unsigned i = 0; i < 16; i++) {
            uint64_t byte = (i || random_below(2) ? 0x30 : 0x70) | digits[i];

            v[1 - i / 8] |= byte << 8 * (i % 8);
        }
        return;
    }
    for (unsigned i = 0; i < 32; i++)
        v[1 - i / 16] |= (uint64_t)(i ? digits[i - 1] : sign) << 4 * (i % 16);
}

/* ---- decimal floating point ---- */

/* Numbers with few and many digits, exponents near each other, at the ends and anywhere; what is special, and
 * words of any bits, in which declets are seldom canonical. */
static decimal_bits random_dfp(enum decimal_format format)
{
    const unsigned precision = decimal_precision(format);
    const int largest = decimal_largest_biased(format), bias = decimal_bias(format);
    const decimal_bits any = (decimal_bits)random64() << 64 | random64();
    struct decimal x = { .class = FP_FINITE, .negative = random64() & 1 };
    unsigned digits = (unsigned)random_below(precision + 1);

    switch (random_below(8)) {
    case 0:
        return format == DECIMAL_EXTENDED ? any : (uint64_t)any;
    case 1:
        x.class = (enum fp_class)(FP_INFINITE + random_below(3));
        x.coefficient = x.class == FP_INFINITE ? 0 : any % decimal_power_of_ten(precision - 1);
        return decimal_pack(format, x);
    case 2: /* many zeros, or nines, or fives */
        x.coefficient = decimal_power_of_ten(digits) - (digits && random_below(2));
        if (random_below(3) == 0)
            x.coefficient = decimal_power_of_ten(digits) / 2;
        x.coefficient %= decimal_power_of_ten(precision);
        break;
    default:
        x.coefficient = digits ? any % decimal_power_of_ten(digits) : 0;
    }
    switch (random_below(6)) {
    case 0:
        x.exponent = (int)random_below(precision * 2);
        break;
    case 1:
        x.exponent = largest - (int)random_below(precision * 2);
        break;
    case 2:
        x.exponent = (int)random_below((unsigned)largest + 1);
        break;
    default:
        x.exponent = bias - (int)precision + (int)random_below(precision * 2);
    }
    x.exponent -= bias;
    return decimal_pack(format, x);
}

static void set_fprs(struct diff_case *c, unsigned n, bool is_pair, decimal_bits v)
{
    if (is_pair) {
        c->vsr[n][0] = (uint64_t)(v >> 64);
        c->vsr[n | 1][0] = (uint64_t)v;
    } else {
        c->vsr[n][0] = (uint64_t)v;
    }
}

static decimal_bits fprs(const struct diff_case *c, unsigned n, bool is_pair)
{
    return is_pair ? (decimal_bits)c->vsr[n & 30][0] << 64 | c->vsr[n | 1][0] : c->vsr[n][0];
}

/* Where qemu 7.2 is wrong, operands keep out of the way: digits in infinities (it takes them for zeros), declets
 * that are not canonical (left as they are beside the exponent of a special number), NaNs whose digits do not fit
 * or that signal in drsp and drdpq (it loses the digits; there is no exception in the first, and one in
 * the second), integers of 39 digits in
 * dctfixqq (it wraps). tests/cpu-ppc64/test-dfp.c has those. */
static void keep_decimal(const char *name, enum decimal_format format, unsigned n,
                         struct diff_case *c)
{
    const bool is_pair = format == DECIMAL_EXTENDED;
    struct decimal x = decimal_unpack(format, fprs(c, n, is_pair));

    if (x.class == FP_INFINITE)
        x.coefficient = 0;
    if ((!strcmp(name, "drsp") || !strcmp(name, "drdpq")) && x.class >= FP_QNAN) {
        x.class = FP_QNAN;
        x.coefficient = 0;
    }
    if (!strcmp(name, "dctfixqq") && x.class == FP_FINITE &&
        x.exponent + (int)decimal_count_digits(x.coefficient) > 38)
        x.exponent = 38 - (int)decimal_count_digits(x.coefficient);
    set_fprs(c, n, is_pair, decimal_pack(format, x));
}

/* Operands that a row takes for something else than a decimal number. */
static void aim_decimal(const char *name, uint32_t insn, struct diff_case *c)
{
    const bool is_pair = name[strlen(name) - 1] == 'q';
    const enum decimal_format format = is_pair ? DECIMAL_EXTENDED : DECIMAL_LONG;
    const unsigned ra = field(insn, 11, 15), rb = field(insn, 16, 20);

    c->fpscr = random_below(8) << 32;
    for (unsigned n = 0; n < 32; n += 1 + is_pair)
        set_fprs(c, n, is_pair, random_dfp(format));
    if (random_below(8) == 0)
        set_fprs(c, rb, is_pair, fprs(c, ra, is_pair));
    if (!strncmp(name, "drrnd", 5) || !strncmp(name, "dtstsf", 6))
        c->vsr[ra][0] = random_below(is_pair ? 40 : 20) | (random64() & ~UINT64_C(63));
    if (!strncmp(name, "diex", 4))
        c->vsr[ra][0] = random_below(8)
                            ? random_below((unsigned)decimal_largest_biased(format) + 8) - 6
                            : random64();
    if (!strcmp(name, "dctqpq"))
        c->vsr[rb][0] = (uint64_t)random_dfp(DECIMAL_LONG);
    if (!strcmp(name, "dctdp"))
        c->vsr[rb][0] = random64();
    if (!strncmp(name, "dcffix", 6))
        c->vsr[rb][0] = random_integer();
    if (!strncmp(name, "denbcd", 6) && random_below(16)) {
        uint64_t v[2];

        random_decimal(name, v);
        set_fprs(c, rb, is_pair, is_pair ? (decimal_bits)v[0] << 64 | v[1] : v[1]);
        if (!(insn & 1 << 20)) /* unsigned */
            c->vsr[is_pair ? rb | 1 : rb][0] &= ~UINT64_C(8);
    }
    if (!strncmp(name, "denbcd", 6)) /* qemu 7.2 takes ten for a digit */
        for (unsigned k = 0; k < 64; k += 4)
            for (unsigned n = rb; n <= rb + is_pair; n++)
                if ((c->vsr[n][0] >> k & 15) == 10)
                    c->vsr[n][0] ^= UINT64_C(1) << k;
    if (!strncmp(name, "dsc", 3)) {
        keep_decimal(name, format, ra, c);
    } else if (!strncmp(name, "diex", 4) || !strncmp(name, "ddedpd", 6) || !strcmp(name, "drsp") ||
               !strcmp(name, "drdpq") || !strcmp(name, "dctfixqq")) {
        keep_decimal(name, format, rb, c);
    }
}

/* Keeps operands within what the book defines, row by row. */
static uint32_t keep_defined(const struct isa_row *row, uint32_t insn, struct diff_case *c)
{
    static const struct { const char *name; unsigned last; } bytes[] = {
        { "vextractuh", 14 }, { "vextractuw", 12 }, { "vextractd", 8 }, { "vinserth", 14 },
        { "vinsertw", 12 }, { "vinsertd", 8 }, { "xxinsertw", 12 }, { "xxextractuw", 12 },
    };
    unsigned rt = field(insn, 6, 10), ra = field(insn, 11, 15), rb = field(insn, 16, 20);
    const char *name = row->name;

    for (size_t i = 0; i < ARRAY_SIZE(bytes); i++)
        if (!strcmp(name, bytes[i].name))
            insn = set_field(insn, 12, 15, (uint32_t)random_below(bytes[i].last + 1));
    if (!strncmp(name, "vextuh", 6))
        c->gpr[ra] = (c->gpr[ra] & ~UINT64_C(15)) | random_below(15);
    if (!strncmp(name, "vextuw", 6))
        c->gpr[ra] = (c->gpr[ra] & ~UINT64_C(15)) | random_below(13);
    if (!strcmp(name, "mfocrf") || !strcmp(name, "mtocrf"))
        insn = set_field(insn, 12, 19, UINT32_C(1) << random_below(8));
    if (!strcmp(name, "cbcdtd"))
        for (unsigned i = 0; i < 64; i += 4)
            if ((c->gpr[rt] >> i & 15) > 9)
                c->gpr[rt] ^= UINT64_C(8) << i;
    if (!strcmp(name, "lwat") || !strcmp(name, "ldat"))
        insn = set_field(insn, 16, 20, (uint32_t)(random_below(10) < 9 ? random_below(5) : 16));
    if (!strcmp(name, "stwat") || !strcmp(name, "stdat")) {
        static const uint8_t functions[] = { 0, 1, 2, 3, 4, 6, 24 };

        insn = set_field(insn, 16, 20, functions[random_below(ARRAY_SIZE(functions))]);
    }
    if (!strncmp(name, "dsc",
                 3)) /* qemu 7.2 keeps reserved bits of infinities and NaNs if all digits leave */
        insn = set_field(insn, 16, 21,
                         (uint32_t)random_below(name[strlen(name) - 1] == 'q' ? 34 : 16));
    if (!strncmp(name, "lfdp", 4) || !strncmp(name, "stfdp", 5) || !strcmp(name, "plq") || !strcmp(name, "pstq"))
        insn &= ~(UINT32_C(1) << 21);
    if (!strncmp(name, "vdiv", 4) || !strncmp(name, "vmod", 4)) {
        bool extended = name[4] == 'e';

        if (extended && ra == rb) /* quotients that fit */
            insn = set_field(insn, 16, 20, rb = (rb + 1) % 32);
        for (unsigned k = 0; k < 2; k++) {
            c->vsr[32 + rb][k] |= UINT64_C(0x1000000010000000);
            if (name[strlen(name) - 1] == 'q')
                c->vsr[32 + rb][0] |= UINT64_C(0x1000000000000000);
            if (extended)
                c->vsr[32 + ra][k] = random64() & UINT64_C(0x03ffffff03ffffff);
        }
    }
    /* R = 0 has the codes 0 and 3, but qemu 7.2 does not take 3 for FPSCR's mode, as the book does. */
    if (!strncmp(name, "xsrqp", 5) && !(insn & 1 << 16))
        insn = set_field(insn, 21, 22, 0);
    /* NaNs without anything in the fraction's last 49 bits: qemu cuts it to the 63 of double-extended. */
    if (!strcmp(name, "xsrqpxp") && !(~c->vsr[32 + rb][0] & UINT64_C(0x7fff000000000000)))
        c->vsr[32 + rb][1] &= ~UINT64_C(0x1ffffffffffff);
    if (!strcmp(name, "xsnmsubqp")) /* qemu 7.2 takes no notice of RO here */
        insn &= ~UINT32_C(1);
    if (!strncmp(name, "xxgenpcv", 8))
        insn = set_field(insn, 11, 15, (uint32_t)random_below(4));
    if (!strcmp(name, "vgnb"))
        insn = set_field(insn, 13, 15, 2 + (uint32_t)random_below(6));
    if (!strncmp(name, "vins", 4) && strlen(name) > 5 && strchr("bhwd", name[4]) && name[strlen(name) - 1] == 'x')
        c->gpr[ra] = (c->gpr[ra] & ~UINT64_C(15)) | random_below(name[4] == 'b' ? 16 : name[4] == 'h' ? 15 : name[4] == 'w' ? 13 : 9);
    if (!strcmp(name, "vinsw") || !strcmp(name, "vinsd"))
        insn = set_field(insn, 12, 15, (uint32_t)random_below(name[4] == 'w' ? 13 : 9));
    if (!strncmp(name, "vextd", 5) && strlen(name) > 7) {
        unsigned rc = field(insn, 21, 25);

        c->gpr[rc] = (c->gpr[rc] & ~UINT64_C(31)) |
                     random_below(strchr(name + 5, 'b') ? 32 : strchr(name + 5, 'h') ? 31 : strchr(name + 5, 'w') ? 29 : 25);
    }
    /* Products of bfloat16 that fit singles: qemu rounds their sums to single, the book to a single's significand. */
    if (strstr(name, "bf16ger2"))
        for (unsigned n = 0; n < 4; n++) {
            uint16_t h[4];
            uint64_t *v = c->vsr[n & 1 ? ra | (insn & 4) << 3 : rb | (insn & 2) << 4] + (n >> 1);

            memcpy(h, v, 8);
            for (unsigned k = 0; k < 4; k++) {
                unsigned e = h[k] >> 7 & 0xff;

                h[k] = !e ? h[k] & 0x8000 : (uint16_t)(e == 255 ? h[k] : (h[k] & 0x807f) | (64 + e % 127) << 7);
            }
            memcpy(v, h, 8);
        }
    if (!strcmp(name, "paddi") && c->prefix & UINT32_C(1) << 20 && random_below(8))
        insn = set_field(insn, 11, 15, 0); /* relative to itself, and to nothing else */
    if (strstr(name, "nmadd") || strstr(name, "nmsub") || strstr(name, "gernp") || strstr(name, "gernn"))
        c->fpscr &= 1;
    if (!strncmp(name, "bcd", 3) && rt == rb)
        insn = set_field(insn, 6, 10, rt = (rt + 1) % 32);
    if (!strncmp(name, "bcd", 3) && strcmp(name, "bcdcfsq.") &&
        (random_below(16) || !strcmp(name, "bcdctn.") || !strcmp(name, "bcdctz.") ||
         !strcmp(name, "bcdadd.") || !strcmp(name, "bcdsub."))) {
        random_decimal(name, c->vsr[32 + rb]);
        if (strcmp(name, "bcds.") && strcmp(name, "bcdus.") && strcmp(name, "bcdsr.") &&
            !strstr(name, "trunc"))
            random_decimal(name, c->vsr[32 + ra]);
        /* Not two zeros: qemu 7.2 says that their sum is greater than zero too, or that it is -0. */
        if (!(c->vsr[32 + ra][0] | c->vsr[32 + rb][0] | c->vsr[32 + ra][1] >> 4 | c->vsr[32 + rb][1] >> 4))
            c->vsr[32 + ra][1] |= 0x10;
    }
    if (strstr(name, "trunc") && ra != rb) /* a length up to 40, 31 being the longest number's */
        c->vsr[32 + ra][0] = (c->vsr[32 + ra][0] & ~UINT64_C(0xffff)) | random_below(41);
    return insn;
}

static insn_t whole_insn(const struct diff_case *c)
{
    return (insn_t)c->prefix << 32 | c->insn;
}

/* The same for a prefixed instruction: relative to a register, or to itself. */
static uint32_t aim_prefixed(uint32_t insn, struct diff_case *c)
{
    const uint32_t relative = UINT32_C(1) << 20, displacement_bits = 0x3ffff;
    uint64_t target = random_target(), d;
    unsigned ra = 0;

    c->prefix &= ~relative;
    if (random_below(3)) {
        ra = 1 + (unsigned)random_below(31);
        d = (uint64_t)f_d34((insn_t)c->prefix << 32 | insn);
        c->gpr[ra] = target - d;
    } else if (random_below(2)) {
        d = target - DIFF_CODE;
        c->prefix |= relative;
    } else {
        d = target;
    }
    c->prefix = (c->prefix & ~displacement_bits) | ((uint32_t)(d >> 16) & displacement_bits);
    return set_field(set_field(insn, 11, 15, ra), 16, 31, (uint32_t)d & 0xffff);
}

static void make_case(const struct isa_row *row, struct diff_case *c)
{
    uint32_t insn = (uint32_t)row->value | ((uint32_t)random64() & (uint32_t)row->operand_bits);

    memset(c, 0, sizeof *c);
    c->prefix = (uint32_t)((row->value | (random64() & row->operand_bits)) >> 32);
    for (unsigned i = 0; i < 32; i++)
        c->gpr[i] = random_integer();
    for (unsigned i = 0; i < 64; i++)
        random_vector(c->vsr[i]);
    if (random_below(3) == 0 && row->flags & ISA_FLAG_USER) /* equal operands now and then */
        memcpy(c->vsr[field(insn, 16, 20)], c->vsr[field(insn, 11, 15)], 16);
    for (size_t i = 0; i < sizeof c->window; i += 8) {
        uint64_t v = random_below(2) ? random64() : random_double();

        memcpy(c->window + i, &v, 8);
    }
    c->lr = random64();
    c->ctr = random_below(4) ? random_integer() : 1;
    /* SO, OV, CA, OV32, CA32 and a string length of at most 127 */
    c->xer = random64() & (PPC_BITMASK(32, 34) | PPC_BITMASK(44, 45) | 0x7f);
    c->cr = random64() & UINT32_MAX;
    c->fpscr = random_below(4);
    c->vscr = random_below(8) ? random_below(2) : 0x10000;
    if (row->flags & ISA_FLAG_BRANCH)
        insn = aim_branch(insn, c);
    else if (row->flags & ISA_FLAG_MEM && c->prefix)
        insn = aim_prefixed(insn, c);
    else if (row->flags & ISA_FLAG_MEM)
        insn = aim_at_window(row, insn, c);
    if (!strcmp(row->name, "mfspr") || !strcmp(row->name, "mtspr"))
        insn = choose_spr(insn);
    if (row->facility == FACILITY_DFP)
        aim_decimal(row->name, insn, c);
    c->insn = keep_defined(row, insn, c);
}

/* Of one element of so many bits; numbers as magnitudes with a sign. */
static bool is_undefined_quotient(unsigned __int128 a, unsigned __int128 b, unsigned bits, bool is_signed, bool extended)
{
    unsigned __int128 sign = (unsigned __int128)1 << (bits - 1);
    bool negative = is_signed && (a ^ b) & sign;

    if (!b || (is_signed && a == sign && b == (sign - 1) * 2 + 1))
        return true;
    if (!extended)
        return false;
    if (is_signed) {
        a = a & sign ? (sign << 1) - a : a;
        b = b & sign ? (sign << 1) - b : b;
        (void)negative;
        return a >= b / 2;
    }
    return a >= b;
}

static bool is_undefined_vector(const char *name, const struct diff_case *c)
{
    const uint64_t *a = c->vsr[32 + field(c->insn, 11, 15)], *b = c->vsr[32 + field(c->insn, 16, 20)];
    size_t n = strlen(name);
    bool is_signed = name[n - 2] == 's', extended = name[4] == 'e';

    switch (name[n - 1]) {
    case 'w':
        for (unsigned k = 0; k < 4; k++)
            if (is_undefined_quotient((uint32_t)(a[k / 2] >> 32 * (k & 1)), (uint32_t)(b[k / 2] >> 32 * (k & 1)), 32, is_signed, extended))
                return true;
        return false;
    case 'd':
        return is_undefined_quotient(a[0], b[0], 64, is_signed, extended) ||
               is_undefined_quotient(a[1], b[1], 64, is_signed, extended);
    default:
        return is_undefined_quotient((unsigned __int128)a[0] << 64 | a[1], (unsigned __int128)b[0] << 64 | b[1], 128, is_signed, extended);
    }
}

/* True if the result is undefined by the book: a quotient that does not exist. */
static bool is_undefined(const struct isa_row *row, const struct diff_case *c)
{
    uint64_t ra = c->gpr[field(c->insn, 11, 15)], rb = c->gpr[field(c->insn, 16, 20)];
    bool word = strchr(row->name, 'w'), is_unsigned = row->name[strlen(row->name) - 1] == 'u';
    bool extended = strlen(row->name) > 4 && row->name[4] == 'e';
    unsigned __int128 ua, ub;
    __int128 a, b, q;

    if (!strncmp(row->name, "vdiv", 4) || !strncmp(row->name, "vmod", 4))
        return is_undefined_vector(row->name, c);
    if (strncmp(row->name, "div", 3) && strncmp(row->name, "mod", 3))
        return false;
    if (row->name[0] == 'm')
        is_unsigned = row->name[3] == 'u';
    if (is_unsigned) {
        ua = word ? (uint32_t)ra : ra;
        ub = word ? (uint32_t)rb : rb;
        return !ub || (extended && ua >= ub);
    }
    a = word ? (int32_t)ra : (int64_t)ra;
    b = word ? (int32_t)rb : (int64_t)rb;
    if (!b || (b == -1 && a == (word ? INT32_MIN : INT64_MIN)))
        return true;
    if (!extended)
        return false;
    q = (__int128)((unsigned __int128)a << (word ? 32 : 64)) / b;
    return word ? q != (int32_t)q : q != (int64_t)q;
}

/* ---- running here ---------------------------------------------------------------------------- */

static uint64_t still(void *hv)
{
    (void)hv;
    return 0;
}

static void nothing(void *hv)
{
    (void)hv;
}

static uint32_t outcome_of(const struct cpu *c)
{
    switch (c->nia) {
    case DIFF_CODE + 4:
    case DIFF_CODE + 8:
        return DIFF_DONE;
    case DIFF_CODE + DIFF_SLOT_TAKEN:
        return DIFF_TAKEN;
    case VECTOR_PROGRAM:
        return c->spr[SPR_SRR1] & PROGRAM_TRAP ? DIFF_TRAP
               : c->spr[SPR_SRR1] & PROGRAM_FP ? DIFF_FLOAT
                                               : DIFF_ILLEGAL;
    case VECTOR_ALIGNMENT:
        return DIFF_ALIGNMENT;
    case VECTOR_DATA_STORAGE:
    case VECTOR_DATA_SEGMENT:
        return DIFF_STORAGE;
    default:
        return DIFF_OTHER;
    }
}

static void run_here(struct cpu *c, bool le, struct diff_case *x)
{
    const uint32_t words[] = { x->prefix ? x->prefix : x->insn, x->prefix ? x->insn : UINT32_C(0x60000000) };
    uint8_t bytes[8];

    for (unsigned i = 0; i < 2; i++)
        le ? st_le32(bytes + 4 * i, words[i]) : st_be32(bytes + 4 * i, words[i]);
    gpa_write(c->mem, DIFF_CODE, bytes, sizeof bytes);
    gpa_write(c->mem, DIFF_WINDOW, x->window, sizeof x->window);
    c->has_tm = true;
    cpu_set_msr(c, MSR_TM | MSR_SF | MSR_PR | MSR_FP | MSR_VEC | MSR_VSX | MSR_ME | MSR_FE0 | MSR_FE1 | (le ? MSR_LE : 0));
    memcpy(c->gpr, x->gpr, sizeof c->gpr);
    c->lr = x->lr;
    c->ctr = x->ctr;
    cpu_set_xer(c, x->xer);
    cpu_set_cr(c, (uint32_t)x->cr);
    c->fpscr = x->fpscr;
    c->vscr = (uint32_t)x->vscr;
    for (unsigned i = 0; i < 64; i++) {
        c->vsr[i].d[VSR_D(0)] = x->vsr[i][0];
        c->vsr[i].d[VSR_D(1)] = x->vsr[i][1];
    }
    c->reservation.kind = RESERVED_NOT;
    c->spr[SPR_FSCR] = UINT64_MAX;
    c->nia = DIFF_CODE;
    cpu_set_decrementer(c, INT32_MAX);
    cpu_run(c, c->instructions + 1);
    x->outcome = outcome_of(c);
    memcpy(x->gpr, c->gpr, sizeof c->gpr);
    x->lr = c->lr;
    x->ctr = c->ctr;
    x->xer = cpu_xer(c);
    x->cr = cpu_cr(c);
    x->fpscr = c->fpscr;
    x->vscr = c->vscr;
    for (unsigned i = 0; i < 64; i++) {
        x->vsr[i][0] = c->vsr[i].d[VSR_D(0)];
        x->vsr[i][1] = c->vsr[i].d[VSR_D(1)];
    }
    gpa_read(c->mem, DIFF_WINDOW, x->window, sizeof x->window);
}

/* ---- running there --------------------------------------------------------------------------- */

struct peer {
    int to, from;
    bool swap;
};

static bool start_peer(struct peer *p, const char *emulator, const char *guest)
{
    int in[2], out[2];
    char command[512];

    if (pipe(in) || pipe(out))
        return false;
    snprintf(command, sizeof command, "exec %s %s", emulator, guest);
    switch (fork()) {
    case -1:
        return false;
    case 0:
        dup2(in[0], 0);
        dup2(out[1], 1);
        close(in[1]);
        close(out[0]);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    default:
        close(in[0]);
        close(out[1]);
        p->to = in[1];
        p->from = out[0];
        return true;
    }
}

/* All of a case but the window is made of two 32-bit numbers and then 64-bit ones. */
static void swap_case(struct diff_case *c)
{
    uint64_t *q = c->gpr;
    size_t n = (offsetof(struct diff_case, window) - offsetof(struct diff_case, gpr)) / 8;

    c->insn = __builtin_bswap32(c->insn);
    c->outcome = __builtin_bswap32(c->outcome);
    c->prefix = __builtin_bswap32(c->prefix);
    for (size_t i = 0; i < n; i++)
        q[i] = __builtin_bswap64(q[i]);
}

static bool transfer(int fd, void *buffer, size_t size, bool out)
{
    uint8_t *at = buffer;

    while (size) {
        ssize_t n = out ? write(fd, at, size) : read(fd, at, size);

        if (n <= 0)
            return false;
        at += n;
        size -= (size_t)n;
    }
    return true;
}

static bool run_there(struct peer *p, struct diff_case *cases, unsigned n)
{
    for (unsigned i = 0; p->swap && i < n; i++)
        swap_case(&cases[i]);
    if (!transfer(p->to, cases, n * sizeof *cases, true) ||
        !transfer(p->from, cases, n * sizeof *cases, false))
        return false;
    for (unsigned i = 0; p->swap && i < n; i++)
        swap_case(&cases[i]);
    return true;
}

/* ---- comparing ------------------------------------------------------------------------------- */

static bool same_number(const struct exception *e, uint64_t a, uint64_t b)
{
    return a == b || (e->ignore_zero_sign && !((a | b) & ~PPC_BIT(0)));
}

static bool same(const struct diff_case *a, const struct diff_case *b, const struct exception *e)
{
    if (a->outcome != b->outcome)
        return false;
    /* After a signal the guest program reports the outcome only. */
    if (a->outcome != DIFF_DONE && a->outcome != DIFF_TAKEN)
        return true;
    uint64_t ignored = e->ignore_fpscr |
                       (a->fpscr & e->ignore_fpscr_if_raised ? e->ignored_then : 0);

    for (unsigned i = 0; i < 32; i++)
        if ((a->gpr[i] ^ b->gpr[i]) & ~e->ignore_gpr)
            return false;
    if (a->lr != b->lr || a->ctr != b->ctr ||
        (a->xer ^ b->xer) & ~e->ignore_xer || (a->cr ^ b->cr) & ~e->ignore_cr ||
        (a->fpscr ^ b->fpscr) & ~ignored || (a->vscr ^ b->vscr) & ~e->ignore_vscr ||
        memcmp(a->window, b->window, sizeof a->window))
        return false;
    if (e->ignore_vsr || a->fpscr & e->ignore_vsr_if_raised ||
        (e->ignore_vsr_if_so6 && a->cr & 0x10))
        return true;
    for (unsigned i = 0; i < 64; i++)
        if (!same_number(e, a->vsr[i][0], b->vsr[i][0]) || (!e->ignore_vsr_d1 && a->vsr[i][1] != b->vsr[i][1]))
            return false;
    return true;
}

#define LLX(v) ((unsigned long long)(v))

static void show_number(const char *name, uint64_t before, uint64_t here, uint64_t there)
{
    if (here != there)
        printf("    %-6s %016llx -> here %016llx, there %016llx\n", name, LLX(before), LLX(here),
               LLX(there));
}

static void show(const struct diff_case *before, const struct diff_case *here,
                 const struct diff_case *there)
{
    char text[96], name[16];

    disas(text, sizeof text, whole_insn(before), DIFF_CODE);
    printf("  %08x %08x %s\n", before->prefix, before->insn, text);
    if (here->outcome != there->outcome) {
        printf("    outcome here %u, there %u\n", here->outcome, there->outcome);
        return;
    }
    for (unsigned i = 0; i < 32; i++) {
        snprintf(name, sizeof name, "r%u", i);
        show_number(name, before->gpr[i], here->gpr[i], there->gpr[i]);
    }
    show_number("lr", before->lr, here->lr, there->lr);
    show_number("ctr", before->ctr, here->ctr, there->ctr);
    show_number("xer", before->xer, here->xer, there->xer);
    show_number("cr", before->cr, here->cr, there->cr);
    show_number("fpscr", before->fpscr, here->fpscr, there->fpscr);
    show_number("vscr", before->vscr, here->vscr, there->vscr);
    for (unsigned i = 0; i < 64; i++)
        for (unsigned d = 0; d < 2; d++) {
            snprintf(name, sizeof name, "vs%u.%u", i, d);
            show_number(name, before->vsr[i][d], here->vsr[i][d], there->vsr[i][d]);
        }
    for (unsigned i = 0; i < 5; i++) {
        static const struct { unsigned first, last; } places[] = { { 6, 10 }, { 11, 15 }, { 16, 20 },
                                                                   { 21, 25 }, { 6, 10 } };
        unsigned n = field(before->insn, places[i].first, places[i].last);

        printf("    field %u-%u = %u: gpr %016llx vsr %016llx %016llx, vsr+32 %016llx %016llx\n",
               places[i].first, places[i].last, n, LLX(before->gpr[n]), LLX(before->vsr[n][0]),
               LLX(before->vsr[n][1]), LLX(before->vsr[n + 32][0]), LLX(before->vsr[n + 32][1]));
    }
    for (size_t i = 0; i < sizeof here->window; i++)
        if (here->window[i] != there->window[i]) {
            printf("    window differs from byte %zu: here %02x, there %02x, before %02x\n", i,
                   here->window[i], there->window[i], before->window[i]);
            break;
        }
}

/* ---- all rows -------------------------------------------------------------------------------- */

struct options {
    const char *emulator, *guest, *only;
    bool le, verbose, list;
    unsigned count;
    uint64_t seed;
};

/* Number of differing cases of one row, or -1 if the peer is gone. */
static long try_row(struct cpu *c, struct peer *p, const struct options *o,
                    const struct isa_row *row)
{
    static struct diff_case before[BATCH], here[BATCH], there[BATCH];
    struct exception e = allowance(row->name);
    long differing = 0;

    for (unsigned done = 0; done < o->count; done += BATCH) {
        for (unsigned i = 0; i < BATCH; i++) {
            do
                make_case(row, &before[i]);
            while (isa_row(isa_decode(whole_insn(&before[i]))) != row || is_undefined(row, &before[i]));
        }
        memcpy(there, before, sizeof before);
        if (!run_there(p, there, BATCH))
            return -1;
        memcpy(here, before, sizeof before);
        for (unsigned i = 0; i < BATCH; i++) {
            run_here(c, o->le, &here[i]);
            if (same(&here[i], &there[i], &e))
                continue;
            if (differing++ < (o->verbose ? 5 : 1))
                show(&before[i], &here[i], &there[i]);
        }
    }
    return differing;
}

static bool is_tried(const struct isa_row *row, const struct options *o)
{
    if (o->only && !name_matches(o->only, row->name))
        return false;
    return row->flags & ISA_FLAG_USER && row->flags & ISA_FLAG_DONE &&
           isa_level_ok(row->level, CPU_ISA_3_1) && !allowance(row->name).skip &&
           !(o->le && allowance(row->name).skip_le);
}

static int compare_all(struct cpu *c, struct peer *p, const struct options *o)
{
    unsigned rows = 0, bad = 0;
    uint64_t cases = 0;

    for (enum isa_id id = ISA_INVALID + 1; id < ISA_COUNT; id++) {
        const struct isa_row *row = isa_row(id);
        long differing;

        if (!is_tried(row, o))
            continue;
        random_state = o->seed * 1000003 + id;
        differing = try_row(c, p, o, row);
        if (differing < 0) {
            fprintf(stderr, "diff-user: %s: the guest program ended\n", row->name);
            return 2;
        }
        rows++;
        cases += o->count;
        bad += differing > 0;
        if (differing)
            printf("%s: %ld of %u cases differ\n", row->name, differing, o->count);
        else if (o->verbose)
            printf("%s: same\n", row->name);
        fflush(stdout);
    }
    printf("%s, seed %llu: %u instructions, %llu cases, %u instructions differ\n",
           o->le ? "little-endian" : "big-endian", LLX(o->seed), rows, LLX(cases), bad);
    return bad || !rows;
}

static bool parse(int argc, char **argv, struct options *o)
{
    *o = (struct options){ .le = true, .count = 1008, .seed = 1 };
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;

        if (!strcmp(argv[i], "--verbose") || !strcmp(argv[i], "--list")) {
            o->verbose |= argv[i][2] == 'v';
            o->list |= argv[i][2] == 'l';
            continue;
        }
        if (!value)
            return false;
        if (!strcmp(argv[i], "--emu"))
            o->emulator = value;
        else if (!strcmp(argv[i], "--guest"))
            o->guest = value;
        else if (!strcmp(argv[i], "--endian"))
            o->le = !strcmp(value, "le");
        else if (!strcmp(argv[i], "--only"))
            o->only = value;
        else if (!strcmp(argv[i], "--count"))
            o->count = (unsigned)atoi(value);
        else if (!strcmp(argv[i], "--seed"))
            o->seed = strtoull(value, NULL, 0);
        else
            return false;
        i++;
    }
    return o->list || (o->emulator && o->guest);
}

static int list_all(struct options *o)
{
    o->le = false; /* everything but SKIP_LE's is tried in both */
    for (enum isa_id id = ISA_INVALID + 1; id < ISA_COUNT; id++)
        if (is_tried(isa_row(id), o))
            puts(isa_row(id)->name);
    return 0;
}

int main(int argc, char **argv)
{
    static const struct cpu_hv_ops ops = { .timebase = still, .lock = nothing, .unlock = nothing };
    struct options o;
    struct error err = { 0 };
    struct mem *mem;
    struct cpu *c;
    struct peer p;
    int status;

    if (!parse(argc, argv, &o)) {
        fprintf(stderr, "usage: diff-user --emu COMMAND --guest PROGRAM --endian le|be [--count N] "
                        "[--seed N] [--only NAME] [--verbose]\n");
        return 2;
    }
    if (o.list)
        return list_all(&o);
    mem = mem_new(RAM_SIZE, &err);
    c = mem ? cpu_new(cpu_model_find("POWER10", &err), mem, &ops, NULL, 0, &err) : NULL;
    if (!c || !start_peer(&p, o.emulator, o.guest)) {
        fprintf(stderr, "diff-user: %s\n", c ? strerror(errno) : err.cause);
        return 2;
    }
    p.swap = o.le != HOST_IS_LE;
    status = compare_all(c, &p, &o);
    close(p.to);
    wait(NULL);
    cpu_free(c);
    mem_free(mem);
    return status;
}
