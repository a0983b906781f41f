/* Decimal integers in Vector Registers: packed, zoned and national formats, and multiplication by
 * ten. [ISA3.0 I 6.16, 6.17]
 *
 * A packed decimal has 31 digits of four bits and then a sign: A, C, E, F for plus, B, D for minus.
 * As 10^31 is less than 2^103, sums are formed in binary. CR field 6 tells the sign of the result,
 * as it would be without bounds, and in SO that it did not fit. With an invalid digit or sign it is
 * just SO, and the target, undefined in the book, is kept. */
#include "cpu-ppc64/interp/vector.h"

#define TEN_TO_16 UINT64_C(10000000000000000)
#define TEN_TO_31 ((__uint128_t)TEN_TO_16 * (TEN_TO_16 / 10))
#define TEN_TO_7 10000000u

enum { SIGN_PLUS = 0xc, SIGN_MINUS = 0xd, SIGN_PLUS_ALTERNATIVE = 0xf };

struct decimal {
    __uint128_t magnitude;
    bool is_negative;
    bool is_valid;
};

/* ---- packed decimal -------------------------------------------------------------------------- */

/* The lowest n digits of q as a number; *is_valid becomes false if one of them is not decimal. */
static __uint128_t digits_get(__uint128_t q, unsigned n, bool *is_valid)
{
    __uint128_t value = 0;

    while (n--) {
        unsigned digit = (unsigned)(q >> 4 * n) & 15;

        if (digit > 9)
            *is_valid = false;
        value = value * 10 + digit;
    }
    return value;
}

static uint64_t digits16(uint64_t value)
{
    uint64_t digits = 0;

    for (unsigned k = 0; k < 64; k += 4, value /= 10)
        digits |= value % 10 << k;
    return digits;
}

/* 32 digits, the lowest ones. */
static __uint128_t digits_put(__uint128_t value)
{
    return (__uint128_t)digits16((uint64_t)(value / TEN_TO_16 % TEN_TO_16)) << 64 |
           digits16((uint64_t)(value % TEN_TO_16));
}

static struct decimal packed_get(__uint128_t q)
{
    const unsigned sign = (unsigned)q & 15;
    struct decimal d = { .is_negative = sign == 0xb || sign == 0xd, .is_valid = sign > 9 };

    d.magnitude = digits_get(q >> 4, 31, &d.is_valid);
    return d;
}

static unsigned preferred_sign(bool is_negative, bool ps)
{
    return is_negative ? SIGN_MINUS : ps ? SIGN_PLUS_ALTERNATIVE : SIGN_PLUS;
}

/* The lowest 31 digits of the magnitude, and a sign. */
static __uint128_t packed_put(__uint128_t magnitude, unsigned sign)
{
    return digits_put(magnitude) << 4 | sign;
}

static bool set_cr6(struct cpu *c, bool is_zero, bool is_negative, bool is_overflow)
{
    c->crf[6] = (uint8_t)((is_zero ? CR_EQ : is_negative ? CR_LT : CR_GT) |
                          (is_overflow ? CR_SO : 0));
    return true;
}

static bool invalid(struct cpu *c)
{
    c->crf[6] = CR_SO;
    return true;
}

static bool add(struct cpu *c, insn_t i, bool negate)
{
    const struct decimal a = packed_get(CPU_VR(c, f_vra(i)).q);
    const struct decimal b = packed_get(CPU_VR(c, f_vrb(i)).q);

    if (!a.is_valid || !b.is_valid)
        return invalid(c);

    const __int128_t x = (__int128_t)a.magnitude, y = (__int128_t)b.magnitude;
    const __int128_t sum = (a.is_negative ? -x : x) + (b.is_negative != negate ? -y : y);
    const bool is_negative = sum < 0;
    const __uint128_t magnitude = (__uint128_t)(is_negative ? -sum : sum);

    CPU_VR(c, f_vrt(i)).q = packed_put(magnitude, preferred_sign(is_negative, f_ps(i)));
    return set_cr6(c, !sum, is_negative, magnitude >= TEN_TO_31);
}

OP(bcdadd_) { return add(c, i, false); }
OP(bcdsub_) { return add(c, i, true); }

OP(bcdcpsgn_)
{
    const __uint128_t x = CPU_VR(c, f_vra(i)).q, y = CPU_VR(c, f_vrb(i)).q;
    const struct decimal a = packed_get(x), b = packed_get(y);

    if (!a.is_valid || !b.is_valid)
        return invalid(c);
    CPU_VR(c, f_vrt(i)).q = (x & ~(__uint128_t)15) | (y & 15);
    return set_cr6(c, !a.magnitude, b.is_negative, false);
}

OP(bcdsetsgn_)
{
    const __uint128_t y = CPU_VR(c, f_vrb(i)).q;
    const struct decimal b = packed_get(y);

    if (!b.is_valid)
        return invalid(c);
    CPU_VR(c, f_vrt(i)).q = (y & ~(__uint128_t)15) | preferred_sign(b.is_negative, f_ps(i));
    return set_cr6(c, !b.magnitude, b.is_negative, false);
}

/* ---- shift and truncate ---------------------------------------------------------------------- */

/* The count of a shift: byte 7 of VRA, positive to the left, at most `limit` either way. */
static int shift_count(const struct cpu *c, insn_t i, int limit)
{
    const int n = (int8_t)CPU_VR(c, f_vra(i)).d[VSR_D(0)];

    return n > limit ? limit : n < -limit ? -limit : n;
}

/* A field of `width` digits shifted left by n; *is_lost tells that digits other than 0 fell out. */
static __uint128_t shift_left(__uint128_t digits, unsigned n, unsigned width, bool *is_lost)
{
    *is_lost = n && digits >> 4 * (width - n);
    if (n >= 32)
        return 0;
    digits <<= 4 * n;
    return width < 32 ? digits & (((__uint128_t)1 << 4 * width) - 1) : digits;
}

static bool shift_signed(struct cpu *c, insn_t i, bool is_rounding)
{
    const struct decimal b = packed_get(CPU_VR(c, f_vrb(i)).q);
    const int n = shift_count(c, i, 31);
    __uint128_t digits = CPU_VR(c, f_vrb(i)).q >> 4;
    bool is_lost = false;

    if (!b.is_valid)
        return invalid(c);
    if (n >= 0) {
        digits = shift_left(digits, (unsigned)n, 31, &is_lost);
    } else {
        __uint128_t magnitude = b.magnitude;

        for (int k = n; k < -1; k++)
            magnitude /= 10;
        digits = digits_put((magnitude + (is_rounding ? 5 : 0)) / 10);
    }
    CPU_VR(c, f_vrt(i)).q = digits << 4 | preferred_sign(b.is_negative, f_ps(i));
    return set_cr6(c, !digits, b.is_negative, is_lost);
}

OP(bcds_) { return shift_signed(c, i, false); }
OP(bcdsr_) { return shift_signed(c, i, true); }

OP(bcdus_)
{
    const __uint128_t y = CPU_VR(c, f_vrb(i)).q;
    const int n = shift_count(c, i, 32);
    bool is_valid = true, is_lost = false;
    __uint128_t digits;

    digits_get(y, 32, &is_valid);
    if (!is_valid)
        return invalid(c);
    if (n >= 0)
        digits = shift_left(y, (unsigned)n, 32, &is_lost);
    else
        digits = n > -32 ? y >> 4 * -n : 0;
    CPU_VR(c, f_vrt(i)).q = digits;
    return set_cr6(c, !digits, false, is_lost);
}

/* All digits but the lowest ones, whose number is in halfword 3 of VRA, become 0. */
static __uint128_t cut_digits(const struct cpu *c, insn_t i, __uint128_t digits, unsigned width,
                              bool *is_lost)
{
    const unsigned n = CPU_VR(c, f_vra(i)).h[VSR_H(3)];
    const __uint128_t kept = n < width ? digits & (((__uint128_t)1 << 4 * n) - 1) : digits;

    *is_lost = kept != digits;
    return kept;
}

OP(bcdtrunc_)
{
    const __uint128_t y = CPU_VR(c, f_vrb(i)).q;
    const struct decimal b = packed_get(y);
    bool is_lost;

    if (!b.is_valid)
        return invalid(c);

    const __uint128_t digits = cut_digits(c, i, y >> 4, 31, &is_lost);

    CPU_VR(c, f_vrt(i)).q = digits << 4 | preferred_sign(b.is_negative, f_ps(i));
    return set_cr6(c, !digits, b.is_negative, is_lost);
}

OP(bcdutrunc_)
{
    const __uint128_t y = CPU_VR(c, f_vrb(i)).q;
    bool is_valid = true, is_lost;

    digits_get(y, 32, &is_valid);
    if (!is_valid)
        return invalid(c);

    const __uint128_t digits = cut_digits(c, i, y, 32, &is_lost);

    CPU_VR(c, f_vrt(i)).q = digits;
    return set_cr6(c, !digits, false, is_lost);
}

/* ---- other formats --------------------------------------------------------------------------- */

/* National: seven digits 0x0030 to 0x0039 and a sign, 0x002b or 0x002d, one in each halfword. */
OP(bcdcfn_)
{
    const union vsr b = CPU_VR(c, f_vrb(i));
    const unsigned sign = b.h[VSR_H(7)];
    bool is_valid = sign == 0x2b || sign == 0x2d;
    uint32_t digits = 0;

    for (unsigned k = 0; k < 7; k++) {
        const unsigned v = b.h[VSR_H(k)];

        is_valid = is_valid && v >= 0x30 && v <= 0x39;
        digits = digits << 4 | (v & 15);
    }
    if (!is_valid)
        return invalid(c);
    CPU_VR(c, f_vrt(i)).q = (uint64_t)digits << 4 | preferred_sign(sign == 0x2d, f_ps(i));
    return set_cr6(c, !digits, sign == 0x2d, false);
}

OP(bcdctn_)
{
    const __uint128_t y = CPU_VR(c, f_vrb(i)).q;
    const struct decimal b = packed_get(y);
    union vsr *t = &CPU_VR(c, f_vrt(i));

    if (!b.is_valid)
        return invalid(c);
    for (unsigned k = 0; k < 7; k++)
        t->h[VSR_H(k)] = 0x30 | ((unsigned)(y >> (28 - 4 * k)) & 15);
    t->h[VSR_H(7)] = b.is_negative ? 0x2d : 0x2b;
    return set_cr6(c, !b.magnitude, b.is_negative, b.magnitude >= TEN_TO_7);
}

/* Zoned: sixteen bytes of a zone and a digit; the last zone is the sign. With PS = 0 (ASCII) zones
 * are 3, and a sign with bit 4 set is a minus; with PS = 1 (EBCDIC) zones are F, and signs as in
 * packed format. */
OP(bcdcfz_)
{
    const union vsr b = CPU_VR(c, f_vrb(i));
    const bool ps = f_ps(i);
    const unsigned sign = b.b[VSR_B(15)] >> 4;
    const bool is_negative = ps ? sign == 0xb || sign == 0xd : sign & 4;
    bool is_valid = !ps || sign > 9;
    uint64_t digits = 0;

    for (unsigned k = 0; k < 16; k++) {
        const unsigned v = b.b[VSR_B(k)];

        is_valid = is_valid && (v & 15) <= 9 && (k == 15 || v >> 4 == (ps ? 0xf : 0x3));
        digits = digits << 4 | (v & 15);
    }
    if (!is_valid)
        return invalid(c);
    CPU_VR(c, f_vrt(i)).q = (__uint128_t)digits << 4 | preferred_sign(is_negative, false);
    return set_cr6(c, !digits, is_negative, false);
}

OP(bcdctz_)
{
    const __uint128_t y = CPU_VR(c, f_vrb(i)).q;
    const struct decimal b = packed_get(y);
    const bool ps = f_ps(i);
    union vsr *t = &CPU_VR(c, f_vrt(i));

    if (!b.is_valid)
        return invalid(c);
    for (unsigned k = 0; k < 16; k++)
        t->b[VSR_B(k)] = (uint8_t)((ps ? 0xf0 : 0x30) | ((unsigned)(y >> (64 - 4 * k)) & 15));
    t->b[VSR_B(15)] &= 0x0f;
    if (ps)
        t->b[VSR_B(15)] |= b.is_negative ? 0xd0 : 0xc0;
    else
        t->b[VSR_B(15)] |= b.is_negative ? 0x70 : 0x30;
    return set_cr6(c, !b.magnitude, b.is_negative, b.magnitude >= TEN_TO_16);
}

/* Signed quadword. One that has more than 31 digits leaves the target as it is: undefined. */
OP(bcdcfsq_)
{
    const __uint128_t y = CPU_VR(c, f_vrb(i)).q;
    const bool is_negative = y >> 127;
    const __uint128_t magnitude = is_negative ? -y : y;

    if (magnitude < TEN_TO_31)
        CPU_VR(c, f_vrt(i)).q = packed_put(magnitude, preferred_sign(is_negative, f_ps(i)));
    return set_cr6(c, !y, is_negative, magnitude >= TEN_TO_31);
}

OP(bcdctsq_)
{
    const struct decimal b = packed_get(CPU_VR(c, f_vrb(i)).q);

    if (!b.is_valid)
        return invalid(c);
    CPU_VR(c, f_vrt(i)).q = b.is_negative ? -b.magnitude : b.magnitude;
    return set_cr6(c, !b.magnitude, b.is_negative, false);
}

/* ---- multiply by ten ------------------------------------------------------------------------- */

static unsigned times_ten_carry(__uint128_t x, unsigned carry_in)
{
    const __uint128_t low = (__uint128_t)(uint64_t)x * 10 + carry_in;
    const __uint128_t high = (x >> 64) * 10 + (low >> 64);

    return (unsigned)(high >> 64);
}

OP(vmul10uq)
{
    CPU_VR(c, f_vrt(i)).q = CPU_VR(c, f_vra(i)).q * 10;
    return true;
}

OP(vmul10cuq)
{
    CPU_VR(c, f_vrt(i)).q = times_ten_carry(CPU_VR(c, f_vra(i)).q, 0);
    return true;
}

OP(vmul10euq) { QUAD(x * 10 + (y & 15)) }
OP(vmul10ecuq) { QUAD(times_ten_carry(x, y & 15)) }
