/* Vector integer arithmetic: add, subtract, multiply, average, minimum, count, shift by element.
 *
 * Mostly one line an instruction (see vector.h). Signed sums that may wrap are computed on unsigned
 * or wider types. [ISA3.0 I 6.9] Comparisons are in vmx-compare.c. */
#include "cpu-ppc64/interp/vector.h"

/* ---- add and subtract ------------------------------------------------------------------------ */

OP(vaddubm) { EACH(U8, x + y) }
OP(vadduhm) { EACH(U16, x + y) }
OP(vadduwm) { EACH(U32, x + y) }
OP(vaddudm) { EACH(U64, x + y) }
OP(vsububm) { EACH(U8, x - y) }
OP(vsubuhm) { EACH(U16, x - y) }
OP(vsubuwm) { EACH(U32, x - y) }
OP(vsubudm) { EACH(U64, x - y) }

OP(vaddubs) { EACH(U8, CLAMP_U8(x + y)) }
OP(vadduhs) { EACH(U16, CLAMP_U16(x + y)) }
OP(vadduws) { EACH(U32, CLAMP_U32((int64_t)x + y)) }
OP(vaddsbs) { EACH(S8, CLAMP_S8(x + y)) }
OP(vaddshs) { EACH(S16, CLAMP_S16(x + y)) }
OP(vaddsws) { EACH(S32, CLAMP_S32((int64_t)x + y)) }
OP(vsububs) { EACH(U8, CLAMP_U8(x - y)) }
OP(vsubuhs) { EACH(U16, CLAMP_U16(x - y)) }
OP(vsubuws) { EACH(U32, CLAMP_U32((int64_t)x - y)) }
OP(vsubsbs) { EACH(S8, CLAMP_S8(x - y)) }
OP(vsubshs) { EACH(S16, CLAMP_S16(x - y)) }
OP(vsubsws) { EACH(S32, CLAMP_S32((int64_t)x - y)) }

/* Carries out. A subtraction's carry is 1 when nothing was borrowed. */
OP(vaddcuw) { EACH(U32, ((uint64_t)x + y) >> 32) }
OP(vsubcuw) { EACH(U32, x >= y) }

static __uint128_t carry_of(__uint128_t x, __uint128_t y, unsigned carry_in)
{
    __uint128_t sum = x + y;

    return (sum < x) | (carry_in && sum == ~(__uint128_t)0);
}

OP(vadduqm) { QUAD(x + y) }
OP(vaddcuq) { QUAD(carry_of(x, y, 0)) }
OP(vaddeuqm) { QUAD_C(x + y + (z & 1)) }
OP(vaddecuq) { QUAD_C(carry_of(x, y, z & 1)) }
OP(vsubuqm) { QUAD(x - y) }
OP(vsubcuq) { QUAD(carry_of(x, ~y, 1)) }
OP(vsubeuqm) { QUAD_C(x + ~y + (z & 1)) }
OP(vsubecuq) { QUAD_C(carry_of(x, ~y, z & 1)) }

OP(vavgub) { EACH(U8, (x + y + 1) >> 1) }
OP(vavguh) { EACH(U16, (x + y + 1) >> 1) }
OP(vavguw) { EACH(U32, ((uint64_t)x + y + 1) >> 1) }
OP(vavgsb) { EACH(S8, (x + y + 1) >> 1) }
OP(vavgsh) { EACH(S16, (x + y + 1) >> 1) }
OP(vavgsw) { EACH(S32, ((int64_t)x + y + 1) >> 1) }

OP(vabsdub) { EACH(U8, x > y ? x - y : y - x) }
OP(vabsduh) { EACH(U16, x > y ? x - y : y - x) }
OP(vabsduw) { EACH(U32, x > y ? x - y : y - x) }

OP(vnegw) { EACH_B(U32, 0 - y) }
OP(vnegd) { EACH_B(U64, 0 - y) }

OP(vextsb2w) { EACH_B(U32, (int8_t)y) }
OP(vextsh2w) { EACH_B(U32, (int16_t)y) }
OP(vextsb2d) { EACH_B(U64, (int8_t)y) }
OP(vextsh2d) { EACH_B(U64, (int16_t)y) }
OP(vextsw2d) { EACH_B(U64, (int32_t)y) }

/* ---- maximum and minimum --------------------------------------------------------------------- */

OP(vmaxub) { EACH(U8, x > y ? x : y) }
OP(vmaxuh) { EACH(U16, x > y ? x : y) }
OP(vmaxuw) { EACH(U32, x > y ? x : y) }
OP(vmaxud) { EACH(U64, x > y ? x : y) }
OP(vmaxsb) { EACH(S8, x > y ? x : y) }
OP(vmaxsh) { EACH(S16, x > y ? x : y) }
OP(vmaxsw) { EACH(S32, x > y ? x : y) }
OP(vmaxsd) { EACH(S64, x > y ? x : y) }
OP(vminub) { EACH(U8, x < y ? x : y) }
OP(vminuh) { EACH(U16, x < y ? x : y) }
OP(vminuw) { EACH(U32, x < y ? x : y) }
OP(vminud) { EACH(U64, x < y ? x : y) }
OP(vminsb) { EACH(S8, x < y ? x : y) }
OP(vminsh) { EACH(S16, x < y ? x : y) }
OP(vminsw) { EACH(S32, x < y ? x : y) }
OP(vminsd) { EACH(S64, x < y ? x : y) }

/* ---- multiply -------------------------------------------------------------------------------- */

/* Products twice as wide as their factors, from the even (0) or odd (1) elements in the book's
 * numbering. */
#define MULTIPLY(to, tm, tn, from, fm, fn, odd)                                                  \
    const union vsr va = CPU_VR(c, f_vra(i)), vb = CPU_VR(c, f_vrb(i));                          \
    union vsr *vt = &CPU_VR(c, f_vrt(i));                                                        \
                                                                                                 \
    for (unsigned k = 0; k < 16 / sizeof(to); k++) {                                             \
        to x = (from)va.fm[fn(2 * k + odd)], y = (from)vb.fm[fn(2 * k + odd)];                   \
                                                                                                 \
        vt->tm[tn(k)] = (__typeof__(vt->tm[0]))(x * y);                                          \
    }                                                                                            \
    return true;

OP(vmuleub) { MULTIPLY(uint16_t, h, VSR_H, uint8_t, b, VSR_B, 0) }
OP(vmuloub) { MULTIPLY(uint16_t, h, VSR_H, uint8_t, b, VSR_B, 1) }
OP(vmulesb) { MULTIPLY(int16_t, h, VSR_H, int8_t, b, VSR_B, 0) }
OP(vmulosb) { MULTIPLY(int16_t, h, VSR_H, int8_t, b, VSR_B, 1) }
OP(vmuleuh) { MULTIPLY(uint32_t, w, VSR_W, uint16_t, h, VSR_H, 0) }
OP(vmulouh) { MULTIPLY(uint32_t, w, VSR_W, uint16_t, h, VSR_H, 1) }
OP(vmulesh) { MULTIPLY(int32_t, w, VSR_W, int16_t, h, VSR_H, 0) }
OP(vmulosh) { MULTIPLY(int32_t, w, VSR_W, int16_t, h, VSR_H, 1) }
OP(vmuleuw) { MULTIPLY(uint64_t, d, VSR_D, uint32_t, w, VSR_W, 0) }
OP(vmulouw) { MULTIPLY(uint64_t, d, VSR_D, uint32_t, w, VSR_W, 1) }
OP(vmulesw) { MULTIPLY(int64_t, d, VSR_D, int32_t, w, VSR_W, 0) }
OP(vmulosw) { MULTIPLY(int64_t, d, VSR_D, int32_t, w, VSR_W, 1) }
OP(vmuluwm) { EACH(U32, x * y) }

OP(vmhaddshs) { EACH_C(S16, CLAMP_S16((x * y >> 15) + z)) }
OP(vmhraddshs) { EACH_C(S16, CLAMP_S16(((x * y + 0x4000) >> 15) + z)) }
OP(vmladduhm) { EACH_C(U16, (uint32_t)x * y + z) }

/* ---- sums across elements -------------------------------------------------------------------- */

/* In each word: the products of the narrower elements and the word of VRC, summed, then `fit`. */
#define MULTIPLY_SUM(acc, from_a, from_b, fm, fit)                                               \
    const union vsr va = CPU_VR(c, f_vra(i)), vb = CPU_VR(c, f_vrb(i)),                          \
                    vc = CPU_VR(c, f_vrc(i));                                                    \
    union vsr *vt = &CPU_VR(c, f_vrt(i));                                                        \
    const unsigned n = 4 / sizeof(from_a);                                                       \
                                                                                                 \
    for (unsigned k = 0; k < 4; k++) {                                                           \
        int64_t sum = (acc)vc.w[k];                                                              \
                                                                                                 \
        for (unsigned j = 0; j < n; j++)                                                         \
            sum += (int64_t)(from_a)va.fm[k * n + j] * (from_b)vb.fm[k * n + j];                 \
        vt->w[k] = (uint32_t)(fit);                                                              \
    }                                                                                            \
    return true;

OP(vmsumubm) { MULTIPLY_SUM(uint32_t, uint8_t, uint8_t, b, sum) }
OP(vmsummbm) { MULTIPLY_SUM(int32_t, int8_t, uint8_t, b, sum) }
OP(vmsumuhm) { MULTIPLY_SUM(uint32_t, uint16_t, uint16_t, h, sum) }
OP(vmsumshm) { MULTIPLY_SUM(int32_t, int16_t, int16_t, h, sum) }
OP(vmsumuhs) { MULTIPLY_SUM(uint32_t, uint16_t, uint16_t, h, CLAMP_U32(sum)) }
OP(vmsumshs) { MULTIPLY_SUM(int32_t, int16_t, int16_t, h, CLAMP_S32(sum)) }

OP(vmsumudm)
{
    const union vsr a = CPU_VR(c, f_vra(i)), b = CPU_VR(c, f_vrb(i));

    CPU_VR(c, f_vrt(i)).q = (__uint128_t)a.d[0] * b.d[0] + (__uint128_t)a.d[1] * b.d[1] +
                            CPU_VR(c, f_vrc(i)).q;
    return true;
}

/* In each word: the sum of the narrower elements of VRA, and the word of VRB, then `fit`. */
#define SUM_ACROSS(acc, from, fm, fit)                                                           \
    const union vsr va = CPU_VR(c, f_vra(i)), vb = CPU_VR(c, f_vrb(i));                          \
    union vsr *vt = &CPU_VR(c, f_vrt(i));                                                        \
    const unsigned n = 4 / sizeof(from);                                                         \
                                                                                                 \
    for (unsigned k = 0; k < 4; k++) {                                                           \
        int64_t sum = (acc)vb.w[k];                                                              \
                                                                                                 \
        for (unsigned j = 0; j < n; j++)                                                         \
            sum += (from)va.fm[k * n + j];                                                       \
        vt->w[k] = (uint32_t)(fit);                                                              \
    }                                                                                            \
    return true;

OP(vsum4ubs) { SUM_ACROSS(uint32_t, uint8_t, b, CLAMP_U32(sum)) }
OP(vsum4sbs) { SUM_ACROSS(int32_t, int8_t, b, CLAMP_S32(sum)) }
OP(vsum4shs) { SUM_ACROSS(int32_t, int16_t, h, CLAMP_S32(sum)) }

OP(vsum2sws)
{
    const union vsr a = CPU_VR(c, f_vra(i)), b = CPU_VR(c, f_vrb(i));
    union vsr *t = &CPU_VR(c, f_vrt(i));

    for (unsigned k = 0; k < 2; k++) {
        int64_t sum = (int64_t)(int32_t)a.w[2 * k] + (int32_t)a.w[2 * k + 1] + (int32_t)b.d[k];

        t->d[k] = (uint32_t)CLAMP_S32(sum);
    }
    return true;
}

OP(vsumsws)
{
    const union vsr a = CPU_VR(c, f_vra(i));
    int64_t sum = (int32_t)CPU_VR(c, f_vrb(i)).w[VSR_W(3)];

    for (unsigned k = 0; k < 4; k++)
        sum += (int32_t)a.w[k];
    CPU_VR(c, f_vrt(i)).q = (uint32_t)CLAMP_S32(sum);
    return true;
}

/* ---- shift and rotate by element ------------------------------------------------------------- */

OP(vslb) { EACH(U8, x << (y & 7)) }
OP(vslh) { EACH(U16, x << (y & 15)) }
OP(vslw) { EACH(U32, x << (y & 31)) }
OP(vsld) { EACH(U64, x << (y & 63)) }
OP(vsrb) { EACH(U8, x >> (y & 7)) }
OP(vsrh) { EACH(U16, x >> (y & 15)) }
OP(vsrw) { EACH(U32, x >> (y & 31)) }
OP(vsrd) { EACH(U64, x >> (y & 63)) }
OP(vsrab) { EACH(S8, x >> (y & 7)) }
OP(vsrah) { EACH(S16, x >> (y & 15)) }
OP(vsraw) { EACH(S32, x >> (y & 31)) }
OP(vsrad) { EACH(S64, x >> (y & 63)) }
OP(vrlb) { EACH(U8, x << (y & 7) | x >> (8 - (y & 7))) }
OP(vrlh) { EACH(U16, x << (y & 15) | x >> (16 - (y & 15))) }
OP(vrlw) { EACH(U32, rotl32(x, y)) }
OP(vrld) { EACH(U64, rotl64(x, (unsigned)y)) }

/* MASK(mb, me) of the fixed-point rotates; wraps around when mb > me. */
static uint32_t mask32(unsigned mb, unsigned me)
{
    uint32_t from = UINT32_MAX >> mb, to = UINT32_MAX << (31 - me);

    return mb <= me ? from & to : from | to;
}

static uint64_t mask64(unsigned mb, unsigned me)
{
    uint64_t from = UINT64_MAX >> mb, to = UINT64_MAX << (63 - me);

    return mb <= me ? from & to : from | to;
}

static uint32_t control_mask32(uint32_t y)
{
    return mask32(y >> 16 & 31, y >> 8 & 31);
}

static uint64_t control_mask64(uint64_t y)
{
    return mask64(y >> 16 & 63, y >> 8 & 63);
}

static uint64_t insert(uint64_t old, uint64_t v, uint64_t mask)
{
    return (old & ~mask) | (v & mask);
}

OP(vrlwnm) { EACH(U32, rotl32(x, y) & control_mask32(y)) }
OP(vrldnm) { EACH(U64, rotl64(x, (unsigned)y) & control_mask64(y)) }
OP(vrlwmi) { EACH(U32, insert(vt->w[k], rotl32(x, y), control_mask32(y))) }
OP(vrldmi) { EACH(U64, insert(vt->d[k], rotl64(x, (unsigned)y), control_mask64(y))) }

/* ---- count ----------------------------------------------------------------------------------- */

OP(vpopcntb) { EACH_B(U8, __builtin_popcount(y)) }
OP(vpopcnth) { EACH_B(U16, __builtin_popcount(y)) }
OP(vpopcntw) { EACH_B(U32, __builtin_popcount(y)) }
OP(vpopcntd) { EACH_B(U64, __builtin_popcountll(y)) }
OP(vclzb) { EACH_B(U8, y ? __builtin_clz(y) - 24 : 8) }
OP(vclzh) { EACH_B(U16, y ? __builtin_clz(y) - 16 : 16) }
OP(vclzw) { EACH_B(U32, y ? __builtin_clz(y) : 32) }
OP(vclzd) { EACH_B(U64, y ? __builtin_clzll(y) : 64) }
OP(vctzb) { EACH_B(U8, y ? __builtin_ctz(y) : 8) }
OP(vctzh) { EACH_B(U16, y ? __builtin_ctz(y) : 16) }
OP(vctzw) { EACH_B(U32, y ? __builtin_ctz(y) : 32) }
OP(vctzd) { EACH_B(U64, y ? __builtin_ctzll(y) : 64) }

/* Parity of the least significant bits of the bytes. */
OP(vprtybw) { EACH_B(U32, __builtin_parity(y & 0x01010101)) }
OP(vprtybd) { EACH_B(U64, __builtin_parityll(y & UINT64_C(0x0101010101010101))) }

OP(vprtybq)
{
    const union vsr b = CPU_VR(c, f_vrb(i));
    uint64_t folded = b.d[0] ^ b.d[1];

    CPU_VR(c, f_vrt(i)).q = __builtin_parityll(folded & UINT64_C(0x0101010101010101));
    return true;
}

/* How many bytes at the left (right) end have a least significant bit of 0. */
OP(vclzlsbb)
{
    const union vsr b = CPU_VR(c, f_vrb(i));
    unsigned n = 0;

    while (n < 16 && !(b.b[VSR_B(n)] & 1))
        n++;
    c->gpr[f_rt(i)] = n;
    return true;
}

OP(vctzlsbb)
{
    const union vsr b = CPU_VR(c, f_vrb(i));
    unsigned n = 0;

    while (n < 16 && !(b.b[VSR_B(15 - n)] & 1))
        n++;
    c->gpr[f_rt(i)] = n;
    return true;
}
