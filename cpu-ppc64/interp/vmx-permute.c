/* Vector permutation: permute, merge, splat, pack, unpack, insert, extract, whole-register shifts,
 * bit permute and gather. [ISA3.0 I 6.8, 6.15]
 *
 * Bytes are numbered as the book does, so all of this goes through VSR_B() and its kin, or works
 * on the register as one number. Where the book leaves a result undefined (an element that reaches
 * beyond the register) it wraps around, or zeros come in: no operand can address memory outside a register. */
#include "cpu-ppc64/interp/vector.h"

/* ---- permute and splat ----------------------------------------------------------------------- */

/* Byte n (0 to 31) of a concatenated with b. */
static uint8_t byte_of_pair(const union vsr *a, const union vsr *b, unsigned n)
{
    return n < 16 ? a->b[VSR_B(n)] : b->b[VSR_B(n - 16)];
}

OP(vperm)
{
    const union vsr a = CPU_VR(c, f_vra(i)), b = CPU_VR(c, f_vrb(i)), control = CPU_VR(c, f_vrc(i));
    union vsr *t = &CPU_VR(c, f_vrt(i));

    for (unsigned k = 0; k < 16; k++)
        t->b[k] = byte_of_pair(&a, &b, control.b[k] & 31);
    return true;
}

OP(vpermr)
{
    const union vsr a = CPU_VR(c, f_vra(i)), b = CPU_VR(c, f_vrb(i)), control = CPU_VR(c, f_vrc(i));
    union vsr *t = &CPU_VR(c, f_vrt(i));

    for (unsigned k = 0; k < 16; k++)
        t->b[k] = byte_of_pair(&a, &b, 31 - (control.b[k] & 31));
    return true;
}

/* All elements alike. */
#define SPLAT(member, value)                                                                     \
    const __typeof__(c->vsr[0].member[0]) v = (__typeof__(c->vsr[0].member[0]))(value);          \
    union vsr *vt = &CPU_VR(c, f_vrt(i));                                                        \
                                                                                                 \
    for (unsigned k = 0; k < ARRAY_SIZE(vt->member); k++)                                        \
        vt->member[k] = v;                                                                       \
    return true;

OP(vspltb) { SPLAT(b, CPU_VR(c, f_vrb(i)).b[VSR_B(f_uim(i) & 15)]) }
OP(vsplth) { SPLAT(h, CPU_VR(c, f_vrb(i)).h[VSR_H(f_uim(i) & 7)]) }
OP(vspltw) { SPLAT(w, CPU_VR(c, f_vrb(i)).w[VSR_W(f_uim(i) & 3)]) }
OP(vspltisb) { SPLAT(b, f_sim(i)) }
OP(vspltish) { SPLAT(h, f_sim(i)) }
OP(vspltisw) { SPLAT(w, f_sim(i)) }

/* ---- merge ----------------------------------------------------------------------------------- */

/* Elements of VRA and VRB in turn, from the book's element `first` on. */
#define MERGE(member, n, first)                                                                  \
    const union vsr va = CPU_VR(c, f_vra(i)), vb = CPU_VR(c, f_vrb(i));                          \
    union vsr *vt = &CPU_VR(c, f_vrt(i));                                                        \
                                                                                                 \
    for (unsigned k = 0; k < ARRAY_SIZE(vt->member) / 2; k++) {                                  \
        vt->member[n(2 * k)] = va.member[n(k + (first))];                                        \
        vt->member[n(2 * k + 1)] = vb.member[n(k + (first))];                                    \
    }                                                                                            \
    return true;

OP(vmrghb) { MERGE(b, VSR_B, 0) }
OP(vmrghh) { MERGE(h, VSR_H, 0) }
OP(vmrghw) { MERGE(w, VSR_W, 0) }
OP(vmrglb) { MERGE(b, VSR_B, 8) }
OP(vmrglh) { MERGE(h, VSR_H, 4) }
OP(vmrglw) { MERGE(w, VSR_W, 2) }

/* The even (0) or odd (1) words of VRA and VRB in turn. */
static bool merge_words(struct cpu *c, insn_t i, unsigned odd)
{
    const union vsr a = CPU_VR(c, f_vra(i)), b = CPU_VR(c, f_vrb(i));
    union vsr *t = &CPU_VR(c, f_vrt(i));

    for (unsigned k = 0; k < 4; k += 2) {
        t->w[VSR_W(k)] = a.w[VSR_W(k + odd)];
        t->w[VSR_W(k + 1)] = b.w[VSR_W(k + odd)];
    }
    return true;
}

OP(vmrgew) { return merge_words(c, i, 0); }
OP(vmrgow) { return merge_words(c, i, 1); }

/* ---- pack ------------------------------------------------------------------------------------ */

/* Elements of VRA, then of VRB, each as `fit` makes it of x, at half their width. */
#define PACK(from, fm, fn, tm, tn, fit)                                                          \
    const union vsr va = CPU_VR(c, f_vra(i)), vb = CPU_VR(c, f_vrb(i));                          \
    union vsr *vt = &CPU_VR(c, f_vrt(i));                                                        \
    const unsigned n = 16 / sizeof(from);                                                        \
                                                                                                 \
    for (unsigned k = 0; k < 2 * n; k++) {                                                       \
        from x = (from)(k < n ? va.fm[fn(k)] : vb.fm[fn(k - n)]);                                \
                                                                                                 \
        vt->tm[tn(k)] = (__typeof__(vt->tm[0]))(fit);                                            \
    }                                                                                            \
    return true;

OP(vpkuhum) { PACK(uint16_t, h, VSR_H, b, VSR_B, x) }
OP(vpkuwum) { PACK(uint32_t, w, VSR_W, h, VSR_H, x) }
OP(vpkudum) { PACK(uint64_t, d, VSR_D, w, VSR_W, x) }
OP(vpkuhus) { PACK(uint16_t, h, VSR_H, b, VSR_B, CLAMP_U8(x)) }
OP(vpkuwus) { PACK(uint32_t, w, VSR_W, h, VSR_H, CLAMP_U16(x)) }
/* A doubleword above 2^63 would look negative to the clamp; any too large one serves as well. */
OP(vpkudus) { PACK(uint64_t, d, VSR_D, w, VSR_W, CLAMP_U32((int64_t)(x >> 63 ? x >> 1 : x))) }
OP(vpkshss) { PACK(int16_t, h, VSR_H, b, VSR_B, CLAMP_S8(x)) }
OP(vpkswss) { PACK(int32_t, w, VSR_W, h, VSR_H, CLAMP_S16(x)) }
OP(vpksdss) { PACK(int64_t, d, VSR_D, w, VSR_W, CLAMP_S32(x)) }
OP(vpkshus) { PACK(int16_t, h, VSR_H, b, VSR_B, CLAMP_U8(x)) }
OP(vpkswus) { PACK(int32_t, w, VSR_W, h, VSR_H, CLAMP_U16(x)) }
OP(vpksdus) { PACK(int64_t, d, VSR_D, w, VSR_W, CLAMP_U32(x)) }

/* Pixels: 8-8-8-8 bits to 1-5-5-5, and back with the one bit spread over eight. */
static uint16_t pixel_pack(uint32_t x)
{
    return (uint16_t)((x >> 9 & 0xfc00) | (x >> 6 & 0x03e0) | (x >> 3 & 0x001f));
}

static uint32_t pixel_unpack(uint16_t x)
{
    return (x & 0x8000 ? 0xff000000 : 0) | (x >> 10 & 31U) << 16 | (x >> 5 & 31U) << 8 | (x & 31U);
}

OP(vpkpx) { PACK(uint32_t, w, VSR_W, h, VSR_H, pixel_pack(x)) }

/* ---- unpack ---------------------------------------------------------------------------------- */

/* Elements of VRB from the book's element `first` on, each as `widen` makes it of x. */
#define UNPACK(from, fm, fn, tm, tn, first, widen)                                               \
    const union vsr vb = CPU_VR(c, f_vrb(i));                                                    \
    union vsr *vt = &CPU_VR(c, f_vrt(i));                                                        \
                                                                                                 \
    for (unsigned k = 0; k < ARRAY_SIZE(vt->tm); k++) {                                          \
        from x = (from)vb.fm[fn(k + (first))];                                                   \
                                                                                                 \
        vt->tm[tn(k)] = (__typeof__(vt->tm[0]))(widen);                                          \
    }                                                                                            \
    return true;

OP(vupkhsb) { UNPACK(int8_t, b, VSR_B, h, VSR_H, 0, x) }
OP(vupkhsh) { UNPACK(int16_t, h, VSR_H, w, VSR_W, 0, x) }
OP(vupkhsw) { UNPACK(int32_t, w, VSR_W, d, VSR_D, 0, x) }
OP(vupklsb) { UNPACK(int8_t, b, VSR_B, h, VSR_H, 8, x) }
OP(vupklsh) { UNPACK(int16_t, h, VSR_H, w, VSR_W, 4, x) }
OP(vupklsw) { UNPACK(int32_t, w, VSR_W, d, VSR_D, 2, x) }
OP(vupkhpx) { UNPACK(uint16_t, h, VSR_H, w, VSR_W, 0, pixel_unpack(x)) }
OP(vupklpx) { UNPACK(uint16_t, h, VSR_H, w, VSR_W, 4, pixel_unpack(x)) }

/* ---- shift the whole register ---------------------------------------------------------------- */

/* vsl, vsr: by bits, the last three bits of VRB. vslo, vsro: by bytes, the four bits above. */
OP(vsl) { QUAD(x << (y & 7)) }
OP(vsr) { QUAD(x >> (y & 7)) }
OP(vslo) { QUAD(x << (y & 0x78)) }
OP(vsro) { QUAD(x >> (y & 0x78)) }

OP(vsldoi)
{
    const union vsr a = CPU_VR(c, f_vra(i)), b = CPU_VR(c, f_vrb(i));
    const unsigned bits = (f_shb(i) & 15) * 8;

    CPU_VR(c, f_vrt(i)).q = bits ? a.q << bits | b.q >> (128 - bits) : a.q;
    return true;
}

/* Each byte is shifted by its own count; what comes in is from its right (left) neighbour. */
OP(vslv)
{
    const union vsr a = CPU_VR(c, f_vra(i)), b = CPU_VR(c, f_vrb(i));
    union vsr *t = &CPU_VR(c, f_vrt(i));

    for (unsigned k = 0; k < 16; k++) {
        unsigned pair = a.b[VSR_B(k)] << 8 | (k < 15 ? a.b[VSR_B(k + 1)] : 0);

        t->b[VSR_B(k)] = (uint8_t)(pair << (b.b[VSR_B(k)] & 7) >> 8);
    }
    return true;
}

OP(vsrv)
{
    const union vsr a = CPU_VR(c, f_vra(i)), b = CPU_VR(c, f_vrb(i));
    union vsr *t = &CPU_VR(c, f_vrt(i));

    for (unsigned k = 0; k < 16; k++) {
        unsigned pair = (k > 0 ? a.b[VSR_B(k - 1)] << 8 : 0) | a.b[VSR_B(k)];

        t->b[VSR_B(k)] = (uint8_t)(pair >> (b.b[VSR_B(k)] & 7));
    }
    return true;
}

/* ---- insert and extract ---------------------------------------------------------------------- */

/* n bytes of a number that begin at the book's byte `at`. */
static uint64_t bytes_get(const union vsr *v, unsigned at, unsigned n)
{
    uint64_t value = 0;

    for (unsigned k = 0; k < n; k++)
        value = value << 8 | v->b[VSR_B((at + k) & 15)];
    return value;
}

static bool extract(struct cpu *c, insn_t i, unsigned n)
{
    uint64_t value = bytes_get(&CPU_VR(c, f_vrb(i)), f_uim(i), n);
    union vsr *t = &CPU_VR(c, f_vrt(i));

    t->d[VSR_D(0)] = value;
    t->d[VSR_D(1)] = 0;
    return true;
}

/* The source is the element in the last place of doubleword 0. */
static bool insert(struct cpu *c, insn_t i, unsigned n)
{
    const uint64_t value = CPU_VR(c, f_vrb(i)).d[VSR_D(0)];
    union vsr *t = &CPU_VR(c, f_vrt(i));

    for (unsigned k = 0; k < n; k++)
        t->b[VSR_B((f_uim(i) + k) & 15)] = (uint8_t)(value >> 8 * (n - 1 - k));
    return true;
}

OP(vextractub) { return extract(c, i, 1); }
OP(vextractuh) { return extract(c, i, 2); }
OP(vextractuw) { return extract(c, i, 4); }
OP(vextractd) { return extract(c, i, 8); }
OP(vinsertb) { return insert(c, i, 1); }
OP(vinserth) { return insert(c, i, 2); }
OP(vinsertw) { return insert(c, i, 4); }
OP(vinsertd) { return insert(c, i, 8); }

/* To a GPR, at the byte that RA names, counted from the left or from the right. Zeros come in where
 * the element leaves the register. */
static bool extract_left(struct cpu *c, insn_t i, unsigned n)
{
    const unsigned skip = (unsigned)(c->gpr[f_ra(i)] & 15) * 8;

    c->gpr[f_rt(i)] = (uint64_t)(CPU_VR(c, f_vrb(i)).q << skip >> (128 - 8 * n));
    return true;
}

static bool extract_right(struct cpu *c, insn_t i, unsigned n)
{
    const unsigned skip = (unsigned)(c->gpr[f_ra(i)] & 15) * 8;

    c->gpr[f_rt(i)] = (uint64_t)(CPU_VR(c, f_vrb(i)).q >> skip) & (UINT64_MAX >> (64 - 8 * n));
    return true;
}

OP(vextublx) { return extract_left(c, i, 1); }
OP(vextuhlx) { return extract_left(c, i, 2); }
OP(vextuwlx) { return extract_left(c, i, 4); }
OP(vextubrx) { return extract_right(c, i, 1); }
OP(vextuhrx) { return extract_right(c, i, 2); }
OP(vextuwrx) { return extract_right(c, i, 4); }

/* ---- bits ------------------------------------------------------------------------------------ */

/* Sixteen bits of VRA, as the bytes of VRB number them, come together at the right end of
 * doubleword 0. */
OP(vbpermq)
{
    const union vsr a = CPU_VR(c, f_vra(i)), b = CPU_VR(c, f_vrb(i));
    union vsr *t = &CPU_VR(c, f_vrt(i));
    uint64_t perm = 0;

    for (unsigned k = 0; k < 16; k++) {
        unsigned n = b.b[VSR_B(k)];

        perm = perm << 1 | (n < 128 ? (uint64_t)(a.q >> (127 - n)) & 1 : 0);
    }
    t->d[VSR_D(0)] = perm;
    t->d[VSR_D(1)] = 0;
    return true;
}

OP(vbpermd)
{
    const union vsr a = CPU_VR(c, f_vra(i)), b = CPU_VR(c, f_vrb(i));
    union vsr *t = &CPU_VR(c, f_vrt(i));

    for (unsigned j = 0; j < 2; j++) {
        uint64_t perm = 0;

        for (unsigned k = 0; k < 8; k++) {
            unsigned n = b.d[j] >> (56 - 8 * k) & 0xff;

            perm = perm << 1 | (n < 64 ? a.d[j] >> (63 - n) & 1 : 0);
        }
        t->d[j] = perm;
    }
    return true;
}

/* A doubleword as eight rows of eight bits, transposed: swaps blocks of 4, 2, then 1. */
static uint64_t transpose8(uint64_t v)
{
    uint64_t x;

    x = (v ^ v >> 28) & UINT64_C(0x00000000f0f0f0f0);
    v ^= x ^ x << 28;
    x = (v ^ v >> 14) & UINT64_C(0x0000cccc0000cccc);
    v ^= x ^ x << 14;
    x = (v ^ v >> 7) & UINT64_C(0x00aa00aa00aa00aa);
    return v ^ x ^ x << 7;
}

OP(vgbbd) { EACH_B(U64, transpose8(y)) }
