/* Vector and vector-scalar instructions: those where it is easy to go wrong. Each case goes through
 * the decoder, so it proves the row of the table as well. Numbers are the book's: the leftmost
 * digit is the most significant one of byte 0. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "cpu-ppc64/interp/op.h"
#include "cpu-ppc64/interp/vector.h"

enum { RAM = 1 << 20, AT = 0x1000 };

static uint64_t no_time(void *hv)
{
    (void)hv;
    return 0;
}

static void nothing(void *hv)
{
    (void)hv;
}

static const struct cpu_hv_ops ops = { .timebase = no_time, .lock = nothing, .unlock = nothing };
static struct mem *mem;
static struct cpu *c;

static void set_endian(bool is_little)
{
    cpu_set_msr(c, MSR_SF | MSR_FP | MSR_VEC | MSR_VSX | (is_little ? MSR_LE : 0));
}

static void set_up(void)
{
    mem = mem_new(RAM, NULL);
    c = cpu_new(cpu_model_find("POWER9", NULL), mem, &ops, NULL, 0, NULL);
    ck_assert_ptr_nonnull(c);
    set_endian(false);
    c->vscr = 0;
}

static void tear_down(void)
{
    cpu_free(c);
    mem_free(mem);
}

/* ---- helpers --------------------------------------------------------------------------------- */

static union vsr vector(const char *digits)
{
    union vsr v = { .d = { 0, 0 } };
    unsigned n = 0;

    for (; *digits; digits++) {
        if (*digits == ' ')
            continue;
        v.q = v.q << 4 | strtoul((char[2]){ *digits, 0 }, NULL, 16);
        n++;
    }
    ck_assert_uint_eq(n, 32);
    return v;
}

static uint32_t pattern(const char *name)
{
    for (unsigned id = 1; id < ISA_COUNT; id++)
        if (!strcmp(isa_row(id)->name, name))
            return (uint32_t)isa_row(id)->value;
    ck_abort_msg("no row %s", name);
}

static bool execute(const char *name, uint32_t operands)
{
    const uint32_t word = pattern(name) | operands;
    const unsigned id = isa_decode(word);

    ck_assert_str_eq(isa_row(id)->name, name);
    c->nia = c->cia + 4;
    return isa_ops[id](c, word);
}

#define EXPECT_VECTOR(what, v, digits)                                                           \
    do {                                                                                         \
        const union vsr got_ = (v), want_ = vector(digits);                                      \
                                                                                                 \
        ck_assert_msg(got_.q == want_.q, "%s: %016llx %016llx instead of %s", what,              \
                      (unsigned long long)got_.d[VSR_D(0)],                                      \
                      (unsigned long long)got_.d[VSR_D(1)], digits);                             \
    } while (0)

enum { T = 2, A = 3, B = 4, C = 5 };
#define VTABC (T << 21 | A << 16 | B << 11)

/* One vector instruction on VR T, A, B, C with more operand bits. */
#define VX(name, bits, a, b, expected)                                                           \
    do {                                                                                         \
        CPU_VR(c, A) = vector(a);                                                                \
        CPU_VR(c, B) = vector(b);                                                                \
        ck_assert(execute(name, VTABC | (bits)));                                                \
        EXPECT_VECTOR(name, CPU_VR(c, T), expected);                                             \
    } while (0)

#define VA(name, a, b, z, expected)                                                              \
    do {                                                                                         \
        CPU_VR(c, C) = vector(z);                                                                \
        VX(name, C << 6, a, b, expected);                                                        \
    } while (0)

/* One with VRB only, whose VRA field belongs to the opcode or is an immediate number. */
#define VB(name, bits, b, expected)                                                              \
    do {                                                                                         \
        CPU_VR(c, B) = vector(b);                                                                \
        ck_assert(execute(name, T << 21 | B << 11 | (bits)));                                    \
        EXPECT_VECTOR(name, CPU_VR(c, T), expected);                                             \
    } while (0)

/* A vector-scalar instruction on VSR 40 from 3 and 36: all three extension bits matter. */
enum { XT = 40, XA = 3, XB = 36 };
#define XTAB ((XT & 31) << 21 | 1 | XA << 16 | (XB & 31) << 11 | 1 << 1)
#define XX(name, bits, a, b, expected)                                                           \
    do {                                                                                         \
        c->vsr[XA] = vector(a);                                                                  \
        c->vsr[XB] = vector(b);                                                                  \
        ck_assert(execute(name, XTAB | (bits)));                                                 \
        EXPECT_VECTOR(name, c->vsr[XT], expected);                                               \
    } while (0)

#define XX_B(name, bits, b, expected)                                                            \
    do {                                                                                         \
        c->vsr[XB] = vector(b);                                                                  \
        ck_assert(execute(name, (XTAB & ~(31U << 16)) | (bits)));                                \
        EXPECT_VECTOR(name, c->vsr[XT], expected);                                               \
    } while (0)

#define ZERO "00000000 00000000 00000000 00000000"
#define ONES "ffffffff ffffffff ffffffff ffffffff"
#define ASCENDING "00010203 04050607 08090a0b 0c0d0e0f"
#define ASCENDING_10 "10111213 14151617 18191a1b 1c1d1e1f"

static bool has_saturated(void)
{
    const bool sat = c->vscr & VSCR_SAT;

    c->vscr &= ~(uint32_t)VSCR_SAT;
    return sat;
}

/* ---- permute and shift ----------------------------------------------------------------------- */

START_TEST(permute)
{
    VA("vperm", ASCENDING, ASCENDING_10, "001f100f e1ff8020 01020304 05060708",
       "001f100f 011f0000 01020304 05060708");
    VA("vpermr", ASCENDING, ASCENDING_10, "001f100f e1ff8020 01020304 05060708",
       "1f000f10 1e001f1f 1e1d1c1b 1a191817");
    VX("vsldoi", 5 << 6, ASCENDING, ASCENDING_10, "05060708 090a0b0c 0d0e0f10 11121314");
    VX("vsldoi", 13 << 6, ASCENDING, ASCENDING_10, "0d0e0f10 11121314 15161718 191a1b1c");
    VX("vsldoi", 0, ASCENDING, ASCENDING_10, ASCENDING);
    VA("vsel", ASCENDING, ONES, "f0f0f0f0 00000000 ffffffff 0f0f0f0f",
       "f0f1f2f3 04050607 ffffffff 0f0f0f0f");
    /* Nibbles of VRC: a byte of VRA, a byte of VRB. */
    VA("vpermxor", ASCENDING, ASCENDING_10, "0f10ff00 00000000 00000000 00000025",
       "1f111010 10101010 10101010 10101017");
}
END_TEST

START_TEST(shift_register)
{
    VX("vsl", 0, "80000000 00000001 ff000000 00000001", "03030303 03030303 03030303 03030303",
       "00000000 0000000f f8000000 00000008");
    VX("vsr", 0, "80000000 00000001 ff000000 00000001", "03030303 03030303 03030303 03030303",
       "10000000 00000000 3fe00000 00000000");
    /* Bits 121:124 only: 0x1f << 3 has a bit too many. */
    VX("vslo", 0, ASCENDING, "00000000 00000000 00000000 0000009f",
       "03040506 0708090a 0b0c0d0e 0f000000");
    VX("vsro", 0, ASCENDING, "00000000 00000000 00000000 0000009f",
       "00000000 01020304 05060708 090a0b0c");
    VX("vslv", 0, "80ff0180 00000000 00000000 000000ff", "01010703 00000000 00000000 00000004",
       "01fec000 00000000 00000000 000000f0");
    VX("vsrv", 0, "01ff0180 00000000 00000000 000001ff", "01010703 00000000 00000000 00000004",
       "00fffe30 00000000 00000000 0000011f");
}
END_TEST

START_TEST(splat_insert_extract)
{
    VB("vspltb", 13 << 16, ASCENDING, "0d0d0d0d 0d0d0d0d 0d0d0d0d 0d0d0d0d");
    VB("vsplth", 2 << 16, ASCENDING, "04050405 04050405 04050405 04050405");
    VB("vspltw", 3 << 16, ASCENDING, "0c0d0e0f 0c0d0e0f 0c0d0e0f 0c0d0e0f");
    ck_assert(execute("vspltish", T << 21 | 0x1b << 16));
    EXPECT_VECTOR("vspltish", CPU_VR(c, T), "fffbfffb fffbfffb fffbfffb fffbfffb");
    VB("vextractuh", 3 << 16, ASCENDING, "00000000 00000304 00000000 00000000");
    VB("vextractd", 7 << 16, ASCENDING, "0708090a 0b0c0d0e 00000000 00000000");
    CPU_VR(c, T) = vector(ONES);
    VB("vinsertb", 2 << 16, ASCENDING, "ffff07ff ffffffff ffffffff ffffffff");
    VB("vinsertw", 11 << 16, ASCENDING, "ffff07ff ffffffff ffffff04 050607ff");
    CPU_VR(c, B) = vector(ASCENDING);
    c->gpr[A] = 0xf3;
    ck_assert(execute("vextuwlx", VTABC));
    ck_assert_uint_eq(c->gpr[T], 0x03040506);
    ck_assert(execute("vextuwrx", VTABC));
    ck_assert_uint_eq(c->gpr[T], 0x090a0b0c);
    ck_assert(execute("vextubrx", VTABC));
    ck_assert_uint_eq(c->gpr[T], 0x0c);
}
END_TEST

START_TEST(merge_pack_unpack)
{
    VX("vmrghb", 0, ASCENDING, ASCENDING_10, "00100111 02120313 04140515 06160717");
    VX("vmrglh", 0, ASCENDING, ASCENDING_10, "08091819 0a0b1a1b 0c0d1c1d 0e0f1e1f");
    VX("vmrgew", 0, ASCENDING, ASCENDING_10, "00010203 10111213 08090a0b 18191a1b");
    VX("vmrgow", 0, ASCENDING, ASCENDING_10, "04050607 14151617 0c0d0e0f 1c1d1e1f");
    VX("vpkuwum", 0, ASCENDING, ASCENDING_10, "02030607 0a0b0e0f 12131617 1a1b1e1f");
    ck_assert(!has_saturated());
    VX("vpkshus", 0, "ffff0000 00ff0100 7fff8000 00010002", ZERO,
       "0000ffff ff000102 00000000 00000000");
    ck_assert(has_saturated());
    VX("vpkswss", 0, "00007fff 00008000 ffff8000 ffff7fff", ZERO,
       "7fff7fff 80008000 00000000 00000000");
    ck_assert(has_saturated());
    VX("vpkudus", 0, "80000000 00000000 00000000 ffffffff", ONES,
       "ffffffff ffffffff ffffffff ffffffff");
    ck_assert(has_saturated());
    VX("vpkudus", 0, "00000000 80000000 00000000 ffffffff", ZERO,
       "80000000 ffffffff 00000000 00000000");
    ck_assert(!has_saturated());
    VX("vpksdus", 0, "ffffffff ffffffff 00000001 00000000", ZERO,
       "00000000 ffffffff 00000000 00000000");
    ck_assert(has_saturated());
    VX("vpkpx", 0, "01f80000 0000f800 000000f8 fe070707", ZERO,
       "fc0003e0 001f0000 00000000 00000000");
    VB("vupkhpx", 0, "fc0003e0 001f8421 00000000 00000000", "ff1f0000 00001f00 0000001f ff010101");
    VB("vupklsh", 0, "00000000 00000000 80007fff ffff0001", "ffff8000 00007fff ffffffff 00000001");
}
END_TEST

/* ---- integers -------------------------------------------------------------------------------- */

START_TEST(saturation_is_sticky)
{
    VX("vaddubs", 0, "80000000 00000000 00000000 000000fe", "80000000 00000000 00000000 00000001",
       "ff000000 00000000 00000000 000000ff");
    VX("vaddubm", 0, ZERO, ZERO, ZERO);
    ck_assert(has_saturated());
    VX("vaddubs", 0, "7f000000 00000000 00000000 000000fe", "80000000 00000000 00000000 00000001",
       "ff000000 00000000 00000000 000000ff");
    ck_assert(!has_saturated());
    VX("vsubsws", 0, "80000000 7fffffff 00000000 00000005", "00000001 ffffffff 80000000 00000006",
       "80000000 7fffffff 7fffffff ffffffff");
    ck_assert(has_saturated());
    VA("vmhaddshs", "80008000 7fff0000 00000000 00000000", "8000ffff 7fff0000 00000000 00000000",
       "7fff0001 00010000 00000000 00000000", "7fff0002 7fff0000 00000000 00000000");
    ck_assert(has_saturated());
    VX("vsumsws", 0, "7fffffff 7fffffff 80000000 00000001", "ffffffff ffffffff ffffffff 80000000",
       "00000000 00000000 00000000 ffffffff");
    ck_assert(!has_saturated());
    VX("vsum2sws", 0, "7fffffff 00000001 80000000 ffffffff", "12345678 00000000 12345678 00000000",
       "00000000 7fffffff 00000000 80000000");
    ck_assert(has_saturated());
}
END_TEST

START_TEST(carries_of_quadwords)
{
    const char *one = "00000000 00000000 00000000 00000001";

    VX("vaddcuq", 0, ONES, one, one);
    VX("vaddcuq", 0, ONES, ZERO, ZERO);
    VA("vaddecuq", ONES, ZERO, one, one);
    VA("vaddecuq", ONES, ONES, ZERO, one);
    VA("vaddecuq", ONES, ZERO, "00000000 00000000 00000000 00000002", ZERO);
    VA("vaddeuqm", ONES, ONES, one, ONES);
    VX("vsubcuq", 0, ZERO, ZERO, one);
    VX("vsubcuq", 0, ZERO, one, ZERO);
    VA("vsubecuq", ZERO, ZERO, ZERO, ZERO);
    VA("vsubecuq", ZERO, ZERO, one, one);
    VA("vsubeuqm", ZERO, ZERO, ZERO, ONES);
    VX("vsubcuw", 0, "00000001 00000000 ffffffff 00000000", "00000001 00000001 fffffffe 00000000",
       "00000001 00000000 00000001 00000001");
    VX("vmul10cuq", 0, ONES, ZERO, "00000000 00000000 00000000 00000009");
    VX("vmul10ecuq", 0, "19999999 99999999 99999999 99999999",
       "00000000 00000000 00000000 00000006", one);
    VX("vmul10euq", 0, "00000000 00000000 19999999 99999999", "00000000 00000000 00000000 00000009",
       "00000000 00000001 00000000 00000003");
}
END_TEST

START_TEST(multiply)
{
    VX("vmulesb", 0, "80010203 00000000 00000000 00000000", "80ff0305 00000000 00000000 00000000",
       "40000006 00000000 00000000 00000000");
    VX("vmulosb", 0, "80010203 00000000 00000000 00000000", "80ff0305 00000000 00000000 00000000",
       "ffff000f 00000000 00000000 00000000");
    VX("vmuleuw", 0, "ffffffff 00000002 00000003 00000004", "ffffffff 00000005 00000006 00000007",
       "fffffffe 00000001 00000000 00000012");
    VA("vmsummbm", "80ff0102 00000000 00000000 00000000", "ffff0304 00000000 00000000 00000000",
       "00000001 ffffffff 00000000 00000005", "ffff7f8d ffffffff 00000000 00000005");
    VA("vmsumuhs", "ffffffff 00000000 00000000 00000001", "ffffffff 00000000 00000000 00000001",
       ZERO, "ffffffff 00000000 00000000 00000001");
    ck_assert(has_saturated());
    VA("vmsumudm", ONES, "ffffffff ffffffff 00000000 00000001", ONES,
       "ffffffff fffffffe ffffffff ffffffff");
}
END_TEST

START_TEST(rotate_with_mask)
{
    /* Fields mb and me at bits 11:15 and 19:23; a mask of 28 to 3 wraps around. */
    VX("vrlwnm", 0, "12345678 12345678 12345678 12345678", "001c0308 00081700 00000008 001f1f04",
       "30000002 00345600 00000000 00000001");
    CPU_VR(c, T) = vector(ONES);
    VX("vrlwmi", 0, "12345678 12345678 12345678 12345678", "001c0308 00081700 00000008 001f1f04",
       "3ffffff2 ff3456ff 7fffffff ffffffff");
    CPU_VR(c, T) = vector(ONES);
    VX("vrldmi", 0, "01234567 89abcdef 01234567 89abcdef", "00000000 003c0308 00000000 00081f00",
       "2fffffff fffffff1 ff234567 ffffffff");
}
END_TEST

START_TEST(count)
{
    VB("vclzh", 0, "00000001 80000fff 00000000 00000000", "0010000f 00000004 00100010 00100010");
    VB("vctzd", 0, "00000000 80000000 00000000 00000000", "00000000 0000001f 00000000 00000040");
    VB("vprtybq", 0, "01000000 00000000 fe010001 00000000",
       "00000000 00000000 00000000 00000001");
    VB("vpopcntb", 0, "ff0180a5 00000000 00000000 00000000", "08010104 00000000 00000000 00000000");
    CPU_VR(c, B) = vector("fefefeff fefefefe fefefefe fefffefe");
    ck_assert(execute("vclzlsbb", T << 21 | B << 11));
    ck_assert_uint_eq(c->gpr[T], 3);
    ck_assert(execute("vctzlsbb", T << 21 | B << 11));
    ck_assert_uint_eq(c->gpr[T], 2);
    CPU_VR(c, B) = vector(ZERO);
    ck_assert(execute("vctzlsbb", T << 21 | B << 11));
    ck_assert_uint_eq(c->gpr[T], 16);
}
END_TEST

START_TEST(compare_record)
{
    const uint32_t rc = 1 << 10;

    c->crf[6] = 5;
    VX("vcmpequb", 0, ASCENDING, ASCENDING, ONES);
    ck_assert_uint_eq(c->crf[6], 5);
    VX("vcmpequb", rc, ASCENDING, ASCENDING, ONES);
    ck_assert_uint_eq(c->crf[6], CR_LT);
    VX("vcmpequb", rc, ASCENDING, ASCENDING_10, ZERO);
    ck_assert_uint_eq(c->crf[6], CR_EQ);
    VX("vcmpequb", rc, ASCENDING, ZERO, "ff000000 00000000 00000000 00000000");
    ck_assert_uint_eq(c->crf[6], 0);
    VX("vcmpgtsh", rc, "80007fff 00000000 00000000 00000000", "7fff8000 00000000 00000000 00000000",
       "0000ffff 00000000 00000000 00000000");
    VX("vcmpgtuh", rc, "80007fff 00000000 00000000 00000000", "7fff8000 00000000 00000000 00000000",
       "ffff0000 00000000 00000000 00000000");
    VX("vcmpnezb", rc, "00010203 01010101 01010101 01010101", "00010004 01010101 01010101 01010101",
       "ff00ffff 00000000 00000000 00000000");
}
END_TEST

/* ---- bits ------------------------------------------------------------------------------------ */

START_TEST(bit_permute)
{
    /* Bits 0, 127 and 128 (which is none) of VRA, and bit 1. */
    VX("vbpermq", 0, "80000000 00000000 00000000 00000001", "007f8001 00000000 00000000 0000007f",
       "00000000 0000cfff 00000000 00000000");
    VX("vbpermd", 0, "80000000 00000001 40000000 00000000", "003f4001 ffffffff 01010100 0040c101",
       "00000000 000000c0 00000000 000000e1");
    VB("vgbbd", 0, "ff000000 00000000 80402010 08040201", "80808080 80808080 80402010 08040201");
    VB("vgbbd", 0, "00000000 0000000f 01000000 00000000", "00000000 01010101 00000000 00000080");
}
END_TEST

/* FIPS 197, appendix B: the first round, and the last one. */
START_TEST(aes_rounds)
{
    VX("vcipher", 0, "193de3be a0f4e22b 9ac68d2a e9f84808", "a0fafe17 88542cb1 23a33939 2a6c7605",
       "a49c7ff2 689f352b 6b5bea43 026a5049");
    VX("vcipherlast", 0, "eb40f21e 592e3884 8ba113e7 1bc342d2",
       "d014f9a8 c9ee2589 e13f0cc8 b6630ca6", "3925841d 02dc09fb dc118597 196a0b32");
    /* Backwards from behind ShiftRows: round 10 to its start, round 2 to before 1's mixing. */
    VX("vncipherlast", 0, "e9317db5 cb322c72 3d2e895f af090794", ZERO,
       "eb40f21e 592e3884 8ba113e7 1bc342d2");
    VX("vncipher", 0, "49db873b 45395389 7f02d2f1 77de961a", "a0fafe17 88542cb1 23a33939 2a6c7605",
       "d4bf5d30 e0b452ae b84111f1 1e2798e5");
    VX("vsbox", 0, ASCENDING, ZERO, "637c777b f26b6fc5 3001672b fed7ab76");
}
END_TEST

/* A bit of SIX for each element: here 0101, for doublewords 0.1. */
START_TEST(sha_sigmas)
{
    const uint32_t st = 1 << 15;

    CPU_VR(c, A) = vector("80c40321 80c40321 80c40321 80c40321");
    ck_assert(execute("vshasigmaw", T << 21 | A << 16 | 5 << 11));
    EXPECT_VECTOR("vshasigmaw", CPU_VR(c, T), "53d16853 81d4c17a 53d16853 81d4c17a");
    ck_assert(execute("vshasigmaw", T << 21 | A << 16 | st | 5 << 11));
    EXPECT_VECTOR("vshasigmaw", CPU_VR(c, T), "693180eb 8032984c 693180eb 8032984c");
    CPU_VR(c, A) = vector("80c40321 55aa1001 80c40321 55aa1001");
    ck_assert(execute("vshasigmad", T << 21 | A << 16 | 7 << 11));
    EXPECT_VECTOR("vshasigmad", CPU_VR(c, T), "c0e34d95 c92bf630 4623391e a86202f9");
    ck_assert(execute("vshasigmad", T << 21 | A << 16 | st | 8 << 11));
    EXPECT_VECTOR("vshasigmad", CPU_VR(c, T), "54acb629 0c8d61c3 4d60d038 6f70badb");
}
END_TEST

START_TEST(polynomials)
{
    const char *a = "80000000 00000001 12345678 9abcdef0";
    const char *b = "ffffffff ffffffff fedcba98 76543210";

    VX("vpmsumb", 0, a, b, "7f800000 000000ff 1b2c1efc 190c189c");
    VX("vpmsumh", 0, a, b, "7fff8000 0000ffff 28a4ed70 28a0a930");
    VX("vpmsumw", 0, a, b, "7fffffff 7fffffff 31221304 75665740");
    VX("vpmsumd", 0, a, b, "71fc7279 777af4fb 75f8767d 737ef0ff");
}
END_TEST

/* ---- decimal --------------------------------------------------------------------------------- */

#define CR6(expected) ck_assert_uint_eq(c->crf[6], (expected))

#define NINES "99999999 99999999 99999999 9999999"

enum { PS = 1 << 9 };

START_TEST(decimal_add)
{
    VX("bcdadd.", 0, "00000000 00000000 00000000 0000123c", "00000000 00000000 00000000 0000877f",
       "00000000 00000000 00000000 0001000c");
    CR6(CR_GT);
    VX("bcdsub.", PS, "00000000 00000000 00000000 0000123a", "00000000 00000000 00000000 0000124e",
       "00000000 00000000 00000000 0000001d");
    CR6(CR_LT);
    VX("bcdadd.", PS, "00000000 00000000 00000000 0000007b", "00000000 00000000 00000000 0000007c",
       "00000000 00000000 00000000 0000000f");
    CR6(CR_EQ);
    /* The sign is that of the sum without bounds, though all its digits that fit are 0. */
    VX("bcdadd.", 0, NINES "d", "00000000 00000000 00000000 0000001d",
       "00000000 00000000 00000000 0000000d");
    CR6(CR_LT | CR_SO);
    execute("bcdadd.", VTABC);
    CPU_VR(c, A) = vector("00000000 0000a000 00000000 0000001c");
    execute("bcdadd.", VTABC);
    CR6(CR_SO);
    CPU_VR(c, A) = vector("00000000 00000000 00000000 00000019");
    execute("bcdadd.", VTABC);
    CR6(CR_SO);
}
END_TEST

/* The count is byte 7 of VRA, of truncations halfword 3. */
START_TEST(decimal_shift)
{
    VX("bcds.", 0, "00000000 00000002 00000000 00000000", "12000000 00000000 00000000 0000123d",
       "00000000 00000000 00000000 0012300d");
    CR6(CR_LT | CR_SO);
    VX("bcds.", PS, "00000000 000000fe 00000000 00000000", "00000000 00000000 00000000 0000199c",
       "00000000 00000000 00000000 0000001f");
    CR6(CR_GT);
    VX("bcdsr.", 0, "00000000 000000ff 00000000 00000000", "99999999 99999999 99999999 9999995c",
       "10000000 00000000 00000000 0000000c");
    CR6(CR_GT);
    VX("bcdsr.", 0, "00000000 000000fe 00000000 00000000", "00000000 00000000 00000000 0000049d",
       "00000000 00000000 00000000 0000000d");
    CR6(CR_EQ);
    VX("bcdus.", 0, "00000000 0000001f 00000000 00000000", "00000000 00000000 00000000 00000012",
       "20000000 00000000 00000000 00000000");
    CR6(CR_GT | CR_SO);
    VX("bcdtrunc.", 0, "00000000 00000003 00000000 00000000", "00000000 00000000 00000001 0000123b",
       "00000000 00000000 00000000 0000123d");
    CR6(CR_LT | CR_SO);
    VX("bcdutrunc.", 0, "00000000 00000020 00000000 00000000",
       "90000000 00000000 00000000 00000001", "90000000 00000000 00000000 00000001");
    CR6(CR_GT);
    VX("bcdutrunc.", 0, "00000000 0000001f 00000000 00000000",
       "98000000 00000000 00000000 00000001", "08000000 00000000 00000000 00000001");
    CR6(CR_GT | CR_SO);
}
END_TEST

START_TEST(decimal_formats)
{
    VB("bcdcfn.", 0, "00310032 00300030 00300030 0039002d", "00000000 00000000 00000000 1200009d");
    CR6(CR_LT);
    CPU_VR(c, B) = vector("00310032 00300030 003a0030 0039002d");
    execute("bcdcfn.", T << 21 | B << 11);
    CR6(CR_SO);
    VB("bcdctn.", 0, "00000000 00000000 00000009 7654321f", "00370036 00350034 00330032 0031002b");
    CR6(CR_GT | CR_SO);
    VB("bcdcfz.", 0, "30313233 34353637 38393031 32333475",
       "00000000 00000000 12345678 9012345d");
    CR6(CR_LT);
    VB("bcdctz.", PS, "00000000 00000000 12345678 9012345d",
       "f0f1f2f3 f4f5f6f7 f8f9f0f1 f2f3f4d5");
    CR6(CR_LT);
    VB("bcdcfsq.", 0, "00000000 00000000 00000000 00000000", "00000000 00000000 00000000 0000000c");
    CR6(CR_EQ);
    VB("bcdcfsq.", PS, "0000007e 37be2022 c0914b26 7fffffff", NINES "f");
    CR6(CR_GT);
    CPU_VR(c, B) = vector("ffffff81 c841dfdd 3f6eb4d9 80000000");
    execute("bcdcfsq.", T << 21 | B << 11);
    CR6(CR_LT | CR_SO);
    VB("bcdctsq.", 0, NINES "d", "ffffff81 c841dfdd 3f6eb4d9 80000001");
    CR6(CR_LT);
    VX("bcdcpsgn.", 0, "00000000 00000000 00000000 0000012c", "00000000 00000000 00000000 0000099b",
       "00000000 00000000 00000000 0000012b");
    CR6(CR_LT);
    VB("bcdsetsgn.", PS, "00000000 00000000 00000000 0000012a",
       "00000000 00000000 00000000 0000012f");
}
END_TEST

/* ---- floating point -------------------------------------------------------------------------- */

START_TEST(float_nan)
{
    /* The first NaN, quieted; infinity - infinity makes the default one. */
    VX("vaddfp", 0, "7f800001 3f800000 7f800000 ff812345", "7fc00002 ffc00003 ff800000 3f800000",
       "7fc00001 ffc00003 7fc00000 ffc12345");
    /* VRA * VRC + VRB: the order for NaNs is A, B, C. */
    VA("vmaddfp", "3f800000 40000000 00000000 3f800000", "7fc00001 40400000 3f800000 bf800000",
       "7fc00002 40800000 7f800000 3f800000", "7fc00001 41300000 7fc00000 00000000");
    VA("vnmsubfp", "3f800000 40000000 00000000 3f800000", "7fc00001 40400000 3f800000 3f800000",
       "7fc00002 40800000 7f800000 3f800000", "7fc00001 c0a00000 7fc00000 80000000");
    VX("vmaxfp", 0, "80000000 00000000 7fc00001 bf800000", "00000000 80000000 3f800000 c0000000",
       "00000000 00000000 7fc00001 bf800000");
    VX("vminfp", 0, "80000000 00000000 3f800000 bf800000", "00000000 80000000 7f800001 c0000000",
       "80000000 80000000 7fc00001 c0000000");
}
END_TEST

START_TEST(float_denormal)
{
    const char *small = "00000001 80400000 00800000 00800000";
    const char *normal = "00000000 80000000 80800001 3f800000";

    VX("vaddfp", 0, small, normal, "00000001 80400000 80000001 3f800000");
    c->vscr = VSCR_NJ;
    VX("vaddfp", 0, small, normal, "00000000 80000000 80000000 3f800000");
    VB("vrfip", 0, small, "00000000 80000000 3f800000 3f800000");
    VX("vcmpgtfp", 0, small, ZERO, "00000000 00000000 ffffffff ffffffff");
    /* A little less than the smallest normal number, to which it would be rounded, is tiny. */
    VA("vmaddfp", "90000000 10000000 90000000 10000000", "00800000 00800000 80800000 80800000",
       "10000000 10000000 10000000 10000000", "00000000 00800000 80800000 80000000");
    VA("vmaddfp", ZERO, "00800000 80800000 00000000 80000000", ZERO,
       "00800000 80800000 00000000 00000000");
}
END_TEST

START_TEST(float_compare)
{
    const uint32_t rc = 1 << 10;

    VX("vcmpgefp", rc, "80000000 3f800000 7fc00000 bf800000", "00000000 3f800000 7fc00000 c0000000",
       "ffffffff ffffffff 00000000 ffffffff");
    CR6(0);
    VX("vcmpgtfp", rc, "00000000 80000000 7f800000 80000001", "80000000 00000000 7f7fffff ff800000",
       "00000000 00000000 ffffffff ffffffff");
    VX("vcmpbfp", rc, "3f800000 c0000000 40400000 7fc00000", "3f800000 3f800000 40000000 3f800000",
       "00000000 40000000 80000000 c0000000");
    CR6(0);
    VX("vcmpbfp", rc, "3f800000 bf800000 80000000 00000000", "3f800000 3f800000 00000000 00000000",
       ZERO);
    CR6(CR_EQ);
    /* No number is within negative bounds. */
    VX("vcmpbfp", 0, ZERO, "bf800000 bf800000 bf800000 bf800000",
       "c0000000 c0000000 c0000000 c0000000");
}
END_TEST

START_TEST(float_convert)
{
    VB("vrfin", 0, "3f000000 3fc00000 bf000001 4b000001", "00000000 40000000 bf800000 4b000001");
    VB("vrfin", 0, "40200000 c0600000 be800000 4affffff", "40000000 c0800000 80000000 4b000000");
    VB("vrfim", 0, "3f7fffff bf000000 c0200000 80000000", "00000000 bf800000 c0400000 80000000");
    VB("vrfip", 0, "00000001 bf000000 407fffff 7f800001", "3f800000 80000000 40800000 7fc00001");
    VB("vcfux", 4 << 16, "ffffffff 00000010 01000001 01000003",
       "4d800000 3f800000 49800000 49800002");
    VB("vcfsx", 0, "ffffffff 80000000 00000000 7fffffff", "bf800000 cf000000 00000000 4f000000");
    ck_assert(!has_saturated());
    VB("vctsxs", 0, "cf000000 bfffffff 7fc00000 4effffff", "80000000 ffffffff 00000000 7fffff80");
    ck_assert(!has_saturated());
    VB("vctsxs", 0, "cf000001 00000000 00000000 00000000", "80000000 00000000 00000000 00000000");
    ck_assert(has_saturated());
    VB("vctuxs", 1 << 16, "bea00000 3fc00000 4effffff 00000001",
       "00000000 00000003 ffffff00 00000000");
    ck_assert(!has_saturated());
    VB("vctuxs", 0, "bf800000 4f800000 7f800000 ff800000", "00000000 ffffffff ffffffff 00000000");
    ck_assert(has_saturated());
}
END_TEST

START_TEST(float_estimates)
{
    VB("vrefp", 0, "40000000 80000000 ff800000 40400000", "3f000000 ff800000 80000000 3eaaaaab");
    VB("vrsqrtefp", 0, "40800000 80000000 bf800000 7f800000",
       "3f000000 ff800000 7fc00000 00000000");
    VB("vexptefp", 0, "40400000 c0a00000 7f800000 ff800000", "41000000 3d000000 7f800000 00000000");
    VB("vexptefp", 0, "3f000000 42fe0000 c3000000 43100000", "3fb504f3 7f000000 00200000 7f800000");
    VB("vlogefp", 0, "41000000 00000000 bf800000 7f800000", "40400000 ff800000 7fc00000 7f800000");
    VB("vlogefp", 0, "40400000 3e800000 3f800000 00400000", "3fcae00d c0000000 00000000 c2fe0000");
}
END_TEST

/* ---- loads and stores ------------------------------------------------------------------------ */

/* RAM at AT and beyond is 00 01 02 ... */
static void fill(void)
{
    for (unsigned k = 0; k < 64; k++)
        mem->ram[AT + k] = (uint8_t)k;
}

/* An indexed load or store of VR or VSR T (number below 32) at AT + offset. */
static bool access_at(const char *name, unsigned offset)
{
    c->gpr[A] = AT;
    c->gpr[B] = offset;
    return execute(name, VTABC);
}

#define LOAD(name, offset, v, expected)                                                          \
    do {                                                                                         \
        ck_assert(access_at(name, offset));                                                      \
        EXPECT_VECTOR(name, v, expected);                                                        \
    } while (0)

static void expect_ram(const char *name, unsigned at, const char *digits)
{
    for (unsigned k = 0; digits[2 * k]; k++) {
        unsigned byte;

        ck_assert_int_eq(sscanf(digits + 2 * k, "%2x", &byte), 1);
        ck_assert_msg(mem->ram[AT + at + k] == byte, "%s: byte %u is %02x instead of %02x", name, k,
                      mem->ram[AT + at + k], byte);
    }
}

START_TEST(vmx_memory)
{
    fill();
    LOAD("lvx", 0x1f, CPU_VR(c, T), ASCENDING_10);
    CPU_VR(c, T) = vector(ONES);
    LOAD("lvebx", 3, CPU_VR(c, T), "ffffff03 ffffffff ffffffff ffffffff");
    LOAD("lvehx", 7, CPU_VR(c, T), "ffffff03 ffff0607 ffffffff ffffffff");
    LOAD("lvewx", 0x1d, CPU_VR(c, T), "ffffff03 ffff0607 ffffffff 1c1d1e1f");
    LOAD("lvsl", 5, CPU_VR(c, T), "05060708 090a0b0c 0d0e0f10 11121314");
    LOAD("lvsr", 5, CPU_VR(c, T), "0b0c0d0e 0f101112 13141516 1718191a");
    LOAD("lvsr", 0, CPU_VR(c, T), ASCENDING_10);
    CPU_VR(c, T) = vector(ASCENDING_10);
    ck_assert(access_at("stvehx", 0x35));
    expect_ram("stvehx", 0x34, "1415");
    set_endian(true);
    fill();
    LOAD("lvx", 0x1f, CPU_VR(c, T), "1f1e1d1c 1b1a1918 17161514 13121110");
    CPU_VR(c, T) = vector(ONES);
    LOAD("lvebx", 3, CPU_VR(c, T), "ffffffff ffffffff ffffffff 03ffffff");
    LOAD("lvehx", 7, CPU_VR(c, T), "ffffffff ffffffff 0706ffff 03ffffff");
    LOAD("lvewx", 0x1d, CPU_VR(c, T), "1f1e1d1c ffffffff 0706ffff 03ffffff");
    LOAD("lvsl", 5, CPU_VR(c, T), "05060708 090a0b0c 0d0e0f10 11121314");
    CPU_VR(c, T) = vector(ASCENDING_10);
    ck_assert(access_at("stvewx", 0x37));
    expect_ram("stvewx", 0x34, "1b1a1918");
    ck_assert(access_at("stvx", 0x2a));
    expect_ram("stvx", 0x20, "1f1e1d1c1b1a19181716151413121110");
}
END_TEST

START_TEST(vsx_memory)
{
    fill();
    LOAD("lxvd2x", 1, c->vsr[T], "01020304 05060708 090a0b0c 0d0e0f10");
    LOAD("lxvb16x", 0, c->vsr[T], ASCENDING);
    set_endian(true);
    LOAD("lxvd2x", 1, c->vsr[T], "08070605 04030201 100f0e0d 0c0b0a09");
    LOAD("lxvw4x", 1, c->vsr[T], "04030201 08070605 0c0b0a09 100f0e0d");
    LOAD("lxvh8x", 1, c->vsr[T], "02010403 06050807 0a090c0b 0e0d100f");
    LOAD("lxvb16x", 0, c->vsr[T], ASCENDING);
    LOAD("lxvx", 1, c->vsr[T], "100f0e0d 0c0b0a09 08070605 04030201");
    LOAD("lxvdsx", 1, c->vsr[T], "08070605 04030201 08070605 04030201");
    LOAD("lxvwsx", 1, c->vsr[T], "04030201 04030201 04030201 04030201");
    LOAD("lxsihzx", 1, c->vsr[T], "00000000 00000201 00000000 00000000");
    mem->ram[AT + 32] = 0x85;
    mem->ram[AT + 35] = 0x80;
    LOAD("lxsiwax", 32, c->vsr[T], "ffffffff 80222185 00000000 00000000");
    c->vsr[T] = vector(ASCENDING);
    ck_assert(access_at("stxvh8x", 33));
    expect_ram("stxvh8x", 33, "010003020504070609080b0a0d0c0f0e");
    ck_assert(access_at("stxsiwx", 33));
    expect_ram("stxsiwx", 33, "07060504");
    ck_assert(access_at("stxsibx", 33));
    expect_ram("stxsibx", 33, "07060504");
    /* lxv and stxv of VSR 2 and 34, and the displacement's sign. */
    c->gpr[A] = AT + 16;
    ck_assert(execute("lxv", 2 << 21 | A << 16 | 1 << 3 | (0xfff0 & -16)));
    EXPECT_VECTOR("lxv", c->vsr[34], "0f0e0d0c 0b0a0908 07060504 03020100");
    ck_assert(execute("lxv", 2 << 21 | A << 16));
    EXPECT_VECTOR("lxv", c->vsr[2], "1f1e1d1c 1b1a1918 17161514 13121110");
    c->vsr[34] = vector(ASCENDING_10);
    ck_assert(execute("stxv", 2 << 21 | A << 16 | 1 << 3 | 16));
    expect_ram("stxv", 32, "1f1e1d1c1b1a19181716151413121110");
    ck_assert(execute("stxv", 2 << 21 | A << 16 | 16));
    expect_ram("stxv", 32, "101112131415161718191a1b1c1d1e1f");
}
END_TEST

/* Lengths are in the top byte of RB. */
START_TEST(load_with_length)
{
    fill();
    c->gpr[A] = AT;
    c->gpr[B] = UINT64_C(0x03ffffffffffffff);
    ck_assert(execute("lxvl", VTABC));
    EXPECT_VECTOR("lxvl", c->vsr[T], "00010200 00000000 00000000 00000000");
    set_endian(true);
    ck_assert(execute("lxvl", VTABC));
    EXPECT_VECTOR("lxvl", c->vsr[T], "00000000 00000000 00000000 00020100");
    ck_assert(execute("lxvll", VTABC));
    EXPECT_VECTOR("lxvll", c->vsr[T], "00010200 00000000 00000000 00000000");
    c->gpr[B] = UINT64_C(0xff00000000000000);
    ck_assert(execute("lxvll", VTABC));
    EXPECT_VECTOR("lxvll", c->vsr[T], ASCENDING);
    c->vsr[T] = vector(ASCENDING_10);
    c->gpr[B] = UINT64_C(0x0200000000000000);
    ck_assert(execute("stxvl", VTABC));
    expect_ram("stxvl", 0, "1f1e0203");
    ck_assert(execute("stxvll", VTABC));
    expect_ram("stxvll", 0, "10110203");
    /* No byte, no access. */
    c->gpr[A] = UINT64_C(0x7000000000000000);
    c->gpr[B] = 0;
    ck_assert(execute("lxvl", VTABC));
    EXPECT_VECTOR("lxvl", c->vsr[T], ZERO);
    ck_assert(execute("stxvl", VTABC));
}
END_TEST

static uint64_t single_loaded(uint32_t w)
{
    ck_assert(gpa_store_be32(mem, AT, w));
    ck_assert(access_at("lxsspx", 0));
    return c->vsr[T].d[VSR_D(0)];
}

static uint32_t single_stored(uint64_t d)
{
    uint32_t w = 0;

    c->vsr[T].d[VSR_D(0)] = d;
    ck_assert(access_at("stxsspx", 0));
    ck_assert(gpa_load_be32(mem, AT, &w));
    return w;
}

START_TEST(single_precision)
{
    static const uint32_t exact[] = { 0, 0x80000000, 1, 0x807fffff, 0x00800000, 0x3f800000,
                                      0x7f7fffff, 0xff800000, 0x7f800001, 0xffc12345, 0x00400000 };

    ck_assert_uint_eq(single_loaded(0xbfc00000), UINT64_C(0xbff8000000000000));
    ck_assert_uint_eq(single_loaded(1), UINT64_C(0x36a0000000000000));
    ck_assert_uint_eq(single_loaded(0x807fffff), UINT64_C(0xb80fffffc0000000));
    ck_assert_uint_eq(single_loaded(0x7f800001), UINT64_C(0x7ff0000020000000));
    for (size_t k = 0; k < ARRAY_SIZE(exact); k++)
        ck_assert_uint_eq(single_stored(single_loaded(exact[k])), exact[k]);
    /* Bits that do not fit are cut off. */
    ck_assert_uint_eq(single_stored(UINT64_C(0x3ff000003fffffff)), 0x3f800001);
}
END_TEST

/* A load that fails on its second half changes nothing. */
START_TEST(faults)
{
    c->gpr[A] = RAM - 8;
    c->gpr[B] = 0;
    c->vsr[T] = vector(ASCENDING);
    ck_assert(!execute("lxvd2x", VTABC));
    EXPECT_VECTOR("lxvd2x", c->vsr[T], ASCENDING);
    set_endian(true);
    c->gpr[A] = RAM - 2;
    c->gpr[B] = UINT64_C(0x0300000000000000);
    ck_assert(!execute("lxvl", VTABC));
    EXPECT_VECTOR("lxvl", c->vsr[T], ASCENDING);
}
END_TEST

/* ---- vector-scalar moves --------------------------------------------------------------------- */

START_TEST(vsx_moves)
{
    XX("xxpermdi", 1 << 8, ASCENDING, ASCENDING_10, "00010203 04050607 18191a1b 1c1d1e1f");
    XX("xxpermdi", 2 << 8, ASCENDING, ASCENDING_10, "08090a0b 0c0d0e0f 10111213 14151617");
    XX("xxsldwi", 3 << 8, ASCENDING, ASCENDING_10, "0c0d0e0f 10111213 14151617 18191a1b");
    XX("xxmrghw", 0, ASCENDING, ASCENDING_10, "00010203 10111213 04050607 14151617");
    XX("xxmrglw", 0, ASCENDING, ASCENDING_10, "08090a0b 18191a1b 0c0d0e0f 1c1d1e1f");
    /* The second half of what xxperm picks from is the old target. */
    c->vsr[XT] = vector(ASCENDING_10);
    XX("xxperm", 0, ASCENDING, "001f100f e1ff8020 00000000 00000000",
       "001f100f 011f0000 00000000 00000000");
    c->vsr[XT] = vector(ASCENDING_10);
    XX("xxpermr", 0, ASCENDING, "001f100f e1ff8020 1f1f1f1f 1f1f1f1f",
       "1f000f10 1e001f1f 00000000 00000000");
    XX_B("xxspltw", 1 << 16, ASCENDING, "04050607 04050607 04050607 04050607");
    XX_B("xxbrq", 0x1f << 16, ASCENDING, "0f0e0d0c 0b0a0908 07060504 03020100");
    XX_B("xxbrh", 0x07 << 16, ASCENDING, "01000302 05040706 09080b0a 0d0c0f0e");
    XX_B("xxextractuw", 7 << 16, ASCENDING, "00000000 0708090a 00000000 00000000");
    c->vsr[XT] = vector(ONES);
    XX_B("xxinsertw", 9 << 16, ASCENDING, "ffffffff ffffffff ff040506 07ffffff");
    ck_assert(execute("xxspltib", (XT & 31) << 21 | 1 | 0xa5 << 11));
    EXPECT_VECTOR("xxspltib", c->vsr[XT], "a5a5a5a5 a5a5a5a5 a5a5a5a5 a5a5a5a5");
    c->vsr[XA + 32] = vector("ff00ff00 00000000 ffffffff 0000ffff");
    XX("xxsel", XA << 6 | 1 << 3, ASCENDING, ASCENDING_10, "10011203 04050607 18191a1b 0c0d1e1f");
    XX("xxlorc", 0, ASCENDING, ASCENDING_10, "efefefef efefefef efefefef efefefef");
    XX("xscpsgndp", 0, "80000000 00000000 80000000 00000000", ASCENDING,
       "80010203 04050607 00000000 00000000");
    XX("xvcpsgnsp", 0, "80000000 00000000 80000000 00000000", ASCENDING,
       "80010203 04050607 88090a0b 0c0d0e0f");
    XX_B("xvnegdp", 0, ASCENDING, "80010203 04050607 88090a0b 0c0d0e0f");
    c->gpr[A] = UINT64_C(0x89abcdef80000001);
    c->gpr[B] = 7;
    ck_assert(execute("mtvsrwa", (XT & 31) << 21 | 1 | A << 16));
    ck_assert_uint_eq(c->vsr[XT].d[VSR_D(0)], UINT64_C(0xffffffff80000001));
    ck_assert(execute("mtvsrdd", (XT & 31) << 21 | 1 | A << 16 | B << 11));
    EXPECT_VECTOR("mtvsrdd", c->vsr[XT], "89abcdef 80000001 00000000 00000007");
    ck_assert(execute("mfvsrld", (XT & 31) << 21 | 1 | T << 16));
    ck_assert_uint_eq(c->gpr[T], 7);
    ck_assert(execute("mfvsrwz", (XT & 31) << 21 | 1 | T << 16));
    ck_assert_uint_eq(c->gpr[T], 0x80000001);
}
END_TEST

START_TEST(vscr_moves)
{
    CPU_VR(c, B) = vector(ONES);
    ck_assert(execute("mtvscr", B << 11));
    ck_assert(execute("mfvscr", T << 21));
    EXPECT_VECTOR("mfvscr", CPU_VR(c, T), "00000000 00000000 00000000 00010001");
}
END_TEST

/* dssall needs no facility. */
START_TEST(stream_hints)
{
    cpu_set_msr(c, MSR_SF);
    ck_assert(execute("dss", 1 << 25));
    ck_assert(!execute("vor", VTABC));
    ck_assert_uint_eq(c->nia, VECTOR_VEC_UNAVAILABLE);
}
END_TEST

/* Indices that leave less than an element on the right: nothing happens, beside the register neither. */
START_TEST(insert_beyond_the_register)
{
    static const struct { const char *name; unsigned bytes; } inserts[] = {
        { "vinshvrx", 2 }, { "vinswvrx", 4 }, { "vinshrx", 2 }, { "vinswrx", 4 }, { "vinsdrx", 8 },
        { "vinshlx", 2 },  { "vinswlx", 4 },  { "vinsdlx", 8 }, { "vinsbrx", 1 },
    };

    for (size_t n = 0; n < ARRAY_SIZE(inserts); n++)
        for (unsigned index = 16 - inserts[n].bytes; index < 16; index++) {
            uint32_t word = pattern(inserts[n].name) | 30u << 21 | 3u << 16 | 4u << 11;
            uint64_t changed = 0;

            memset(c->vsr, 0, sizeof c->vsr);
            c->gpr[3] = index;
            c->gpr[4] = CPU_VR(c, 4).d[VSR_D(0)] = UINT64_MAX;
            ck_assert(isa_ops[isa_decode(word)](c, word));
            for (unsigned r = 0; r < 64; r++)
                if (r != 32 + 4)
                    changed += (c->vsr[r].q != 0) << (r == 32 + 30 ? 0 : 1);
            ck_assert_msg(changed == (index == 16 - inserts[n].bytes), "%s at %u", inserts[n].name, index);
        }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("vmx");
    TCase *tests = tcase_create("vmx");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, permute);
    tcase_add_test(tests, shift_register);
    tcase_add_test(tests, splat_insert_extract);
    tcase_add_test(tests, merge_pack_unpack);
    tcase_add_test(tests, saturation_is_sticky);
    tcase_add_test(tests, carries_of_quadwords);
    tcase_add_test(tests, multiply);
    tcase_add_test(tests, rotate_with_mask);
    tcase_add_test(tests, count);
    tcase_add_test(tests, compare_record);
    tcase_add_test(tests, bit_permute);
    tcase_add_test(tests, aes_rounds);
    tcase_add_test(tests, sha_sigmas);
    tcase_add_test(tests, polynomials);
    tcase_add_test(tests, decimal_add);
    tcase_add_test(tests, decimal_shift);
    tcase_add_test(tests, decimal_formats);
    tcase_add_test(tests, float_nan);
    tcase_add_test(tests, float_denormal);
    tcase_add_test(tests, float_compare);
    tcase_add_test(tests, float_convert);
    tcase_add_test(tests, float_estimates);
    tcase_add_test(tests, vmx_memory);
    tcase_add_test(tests, vsx_memory);
    tcase_add_test(tests, load_with_length);
    tcase_add_test(tests, single_precision);
    tcase_add_test(tests, faults);
    tcase_add_test(tests, vsx_moves);
    tcase_add_test(tests, vscr_moves);
    tcase_add_test(tests, stream_hints);
    tcase_add_test(tests, insert_beyond_the_register);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
