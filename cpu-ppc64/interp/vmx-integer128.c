/* Vector integers that came with ISA 3.1: products, quotients, and numbers of 128 bits. [ISA3.1 I 6.9]
 *
 * A quotient that does not exist or does not fit is undefined in the book; here it is 0, or what its low bits
 * would be. */
#include "cpu-ppc64/interp/vector.h"

typedef __int128 s128;
typedef __uint128_t u128;

#define S128(v) ((s128)(v))
#define U128(v) ((u128)(v))

OP(vmulld) { EACH(U64, x * y) }
OP(vmulhsw) { EACH(S32, (int64_t)x * y >> 32) }
OP(vmulhuw) { EACH(U32, (uint64_t)x * y >> 32) }
OP(vmulhsd) { EACH(S64, S128(x) * y >> 64) }
OP(vmulhud) { EACH(U64, U128(x) * y >> 64) }

/* ---- quotients and remainders ---- */

static s128 quotient(s128 a, s128 b)
{
    if (b == -1)
        return (s128)(0 - (u128)a);
    return b ? a / b : 0;
}

static s128 remainder_of(s128 a, s128 b)
{
    return b && b != -1 ? a % b : 0;
}

static u128 quotient_unsigned(u128 a, u128 b) { return b ? a / b : 0; }
static u128 remainder_unsigned(u128 a, u128 b) { return b ? a % b : 0; }

OP(vdivsw) { EACH(S32, quotient(x, y)) }
OP(vdivuw) { EACH(U32, quotient_unsigned(x, y)) }
OP(vdivsd) { EACH(S64, quotient(x, y)) }
OP(vdivud) { EACH(U64, quotient_unsigned(x, y)) }
OP(vdivsq) { QUAD((u128)quotient((s128)x, (s128)y)) }
OP(vdivuq) { QUAD(quotient_unsigned(x, y)) }
OP(vmodsw) { EACH(S32, remainder_of(x, y)) }
OP(vmoduw) { EACH(U32, remainder_unsigned(x, y)) }
OP(vmodsd) { EACH(S64, remainder_of(x, y)) }
OP(vmodud) { EACH(U64, remainder_unsigned(x, y)) }
OP(vmodsq) { QUAD((u128)remainder_of((s128)x, (s128)y)) }
OP(vmoduq) { QUAD(remainder_unsigned(x, y)) }
OP(vdivesw) { EACH(S32, quotient(S128(x) * (S128(1) << 32), y)) }
OP(vdiveuw) { EACH(U32, quotient_unsigned(U128(x) << 32, y)) }
OP(vdivesd) { EACH(S64, quotient((s128)(U128((uint64_t)x) << 64), y)) }
OP(vdiveud) { EACH(U64, quotient_unsigned(U128(x) << 64, y)) }

/* The low 128 bits of (a << 128) / b, digit by digit. */
static u128 extended_quotient(u128 a, u128 b)
{
    u128 rest, result = 0;

    if (!b)
        return 0;
    rest = a % b;
    for (unsigned n = 0; n < 128; n++) {
        bool carry = rest >> 127;

        rest <<= 1;
        result <<= 1;
        if (carry || rest >= b) {
            rest -= b;
            result |= 1;
        }
    }
    return result;
}

static u128 magnitude(u128 v) { return v >> 127 ? 0 - v : v; }

OP(vdiveuq) { QUAD(extended_quotient(x, y)) }

OP(vdivesq)
{
    QUAD((x ^ y) >> 127 ? 0 - extended_quotient(magnitude(x), magnitude(y))
                        : extended_quotient(magnitude(x), magnitude(y)))
}

/* ---- products of doublewords ---- */

#define DOUBLEWORDS(type, n)                                                                     \
    type x = (type)CPU_VR(c, f_vra(i)).d[VSR_D(n)], y = (type)CPU_VR(c, f_vrb(i)).d[VSR_D(n)];

OP(vmulesd) { DOUBLEWORDS(int64_t, 0) CPU_VR(c, f_vrt(i)).q = (u128)(S128(x) * y); return true; }
OP(vmulosd) { DOUBLEWORDS(int64_t, 1) CPU_VR(c, f_vrt(i)).q = (u128)(S128(x) * y); return true; }
OP(vmuleud) { DOUBLEWORDS(uint64_t, 0) CPU_VR(c, f_vrt(i)).q = U128(x) * y; return true; }
OP(vmuloud) { DOUBLEWORDS(uint64_t, 1) CPU_VR(c, f_vrt(i)).q = U128(x) * y; return true; }

/* What the sum of both products and VRC carries out of 128 bits. */
OP(vmsumcud)
{
    const union vsr a = CPU_VR(c, f_vra(i)), b = CPU_VR(c, f_vrb(i)), z = CPU_VR(c, f_vrc(i));
    u128 first = U128(a.d[0]) * b.d[0], second = U128(a.d[1]) * b.d[1], sum = first + second;
    unsigned carry = sum < first;

    carry += sum + z.q < sum;
    CPU_VR(c, f_vrt(i)).q = carry;
    return true;
}

/* ---- shifts and rotates; the count lies in bits 57:63 of VRB, a mask's first and last bit before it ---- */

#define COUNT ((unsigned)(y >> 64) & 127)

static u128 rotate(u128 v, unsigned n) { return n ? v << n | v >> (128 - n) : v; }

static u128 mask_of(u128 spec)
{
    unsigned first = (unsigned)(spec >> 80) & 127, last = (unsigned)(spec >> 72) & 127;
    u128 from = ~(u128)0 >> first, to = ~(u128)0 << (127 - last);

    return first <= last ? from & to : from | to;
}

OP(vrlq) { QUAD(rotate(x, COUNT)) }
OP(vslq) { QUAD(x << COUNT) }
OP(vsrq) { QUAD(x >> COUNT) }
OP(vsraq) { QUAD((u128)((s128)x >> COUNT)) }
OP(vrlqnm) { QUAD(rotate(x, COUNT) & mask_of(y)) }

OP(vrlqmi)
{
    u128 old = CPU_VR(c, f_vrt(i)).q;

    QUAD((rotate(x, COUNT) & mask_of(y)) | (old & ~mask_of(y)))
}

OP(vextsd2q)
{
    CPU_VR(c, f_vrt(i)).q = (u128)(s128)(int64_t)CPU_VR(c, f_vrb(i)).d[VSR_D(1)];
    return true;
}

/* ---- comparisons ---- */

#define COMPARE(type, op)                                                                        \
    bool is = (type)CPU_VR(c, f_vra(i)).q op (type)CPU_VR(c, f_vrb(i)).q;                        \
                                                                                                 \
    CPU_VR(c, f_vrt(i)).q = is ? ~(u128)0 : 0;                                                   \
    if (f_vrc_rc(i))                                                                             \
        c->crf[6] = is ? 8 : 2;                                                                  \
    return true;

OP(vcmpequq) { COMPARE(u128, ==) }
OP(vcmpgtuq) { COMPARE(u128, >) }
OP(vcmpgtsq) { COMPARE(s128, >) }

#define ORDER(type)                                                                              \
    type x = (type)CPU_VR(c, f_vra(i)).q, y = (type)CPU_VR(c, f_vrb(i)).q;                       \
                                                                                                 \
    c->crf[f_bf(i)] = x < y ? CR_LT : x > y ? CR_GT : CR_EQ;                                     \
    return true;

OP(vcmpsq) { ORDER(s128) }
OP(vcmpuq) { ORDER(u128) }
