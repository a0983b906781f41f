/* Vector masks, elements by index, and strings, as ISA 3.1 added them. [ISA3.1 I 6.7, 6.8, 6.15, 6.16] */
#include "cpu-ppc64/interp/bit-permute.h"
#include "cpu-ppc64/interp/vector.h"

/* ---- masks: the first bit of each element ---- */

OP(vexpandbm) { EACH_B(S8, y < 0 ? -1 : 0) }
OP(vexpandhm) { EACH_B(S16, y < 0 ? -1 : 0) }
OP(vexpandwm) { EACH_B(S32, y < 0 ? -1 : 0) }
OP(vexpanddm) { EACH_B(S64, y < 0 ? -1 : 0) }

OP(vexpandqm)
{
    CPU_VR(c, f_vrt(i)).q = CPU_VR(c, f_vrb(i)).q >> 127 ? ~(__uint128_t)0 : 0;
    return true;
}

/* First bits of the elements of so many bytes, the first element's leftmost. */
static uint64_t first_bits(const union vsr *v, unsigned bytes)
{
    uint64_t bits = 0;

    for (unsigned k = 0; k < 16; k += bytes)
        bits = bits << 1 | v->b[VSR_B(k)] >> 7;
    return bits;
}

#define EXTRACT(bytes) c->gpr[f_rt(i)] = first_bits(&CPU_VR(c, f_vrb(i)), bytes); return true;

OP(vextractbm) { EXTRACT(1) }
OP(vextracthm) { EXTRACT(2) }
OP(vextractwm) { EXTRACT(4) }
OP(vextractdm) { EXTRACT(8) }
OP(vextractqm) { EXTRACT(16) }

static bool spread(union vsr *v, uint64_t bits, unsigned bytes)
{
    for (unsigned k = 0; k < 16; k++)
        v->b[VSR_B(k)] = bits >> (15 - k) / bytes & 1 ? 0xff : 0;
    return true;
}

OP(mtvsrbm) { return spread(&CPU_VR(c, f_vrt(i)), c->gpr[f_rb(i)], 1); }
OP(mtvsrhm) { return spread(&CPU_VR(c, f_vrt(i)), c->gpr[f_rb(i)], 2); }
OP(mtvsrwm) { return spread(&CPU_VR(c, f_vrt(i)), c->gpr[f_rb(i)], 4); }
OP(mtvsrdm) { return spread(&CPU_VR(c, f_vrt(i)), c->gpr[f_rb(i)], 8); }
OP(mtvsrqm) { return spread(&CPU_VR(c, f_vrt(i)), c->gpr[f_rb(i)], 16); }
OP(mtvsrbmi) { return spread(&CPU_VR(c, f_vrt(i)), f_bmi(i), 1); }

/* How many elements' first bit is MP, in the leftmost bits of RT that can hold 16, 8, 4, 2. */
static bool count(struct cpu *c, insn_t i, unsigned log)
{
    unsigned elements = 16u >> log;
    unsigned ones = (unsigned)__builtin_popcountll(first_bits(&CPU_VR(c, f_vrb(i)), 1u << log));

    c->gpr[f_rt(i)] = (uint64_t)(f_mp(i) ? ones : elements - ones) << (56 + log);
    return true;
}

OP(vcntmbb) { return count(c, i, 0); }
OP(vcntmbh) { return count(c, i, 1); }
OP(vcntmbw) { return count(c, i, 2); }
OP(vcntmbd) { return count(c, i, 3); }

/* ---- bits by mask ---- */

OP(vcfuged) { EACH(U64, bits_centrifuge(x, y)) }
OP(vpdepd) { EACH(U64, bits_deposit(x, y)) }
OP(vpextd) { EACH(U64, bits_extract(x, y)) }
OP(vclzdm) { EACH(U64, bits_leading_zeros(x, y)) }
OP(vctzdm) { EACH(U64, bits_trailing_zeros(x, y)) }

/* Every n-th bit; n below 2 is undefined and gives 0. */
OP(vgnb)
{
    __uint128_t v = CPU_VR(c, f_vrb(i)).q;
    uint64_t bits = 0;
    unsigned n = f_gn(i), to = 63;

    for (unsigned at = 0; n >= 2 && at < 128; at += n, to--)
        bits |= (uint64_t)(v >> (127 - at) & 1) << to;
    c->gpr[f_rt(i)] = bits;
    return true;
}

/* ---- bytes cleared and isolated ---- */

OP(vclrlb)
{
    uint64_t n = c->gpr[f_rb(i)];
    __uint128_t v = CPU_VR(c, f_vra(i)).q;

    CPU_VR(c, f_vrt(i)).q = n > 15 ? v : n ? v & ~(__uint128_t)0 >> (128 - 8 * n) : 0;
    return true;
}

OP(vclrrb)
{
    uint64_t n = c->gpr[f_rb(i)];
    __uint128_t v = CPU_VR(c, f_vra(i)).q;

    CPU_VR(c, f_vrt(i)).q = n > 15 ? v : n ? v & ~(__uint128_t)0 << (128 - 8 * n) : 0;
    return true;
}

/* The elements before the first that is zero, from the left or from the right. */
static bool isolate(struct cpu *c, insn_t i, unsigned bytes, bool from_left)
{
    const union vsr v = CPU_VR(c, f_vrb(i));
    union vsr result = { .q = 0 };
    bool found = false;

    for (unsigned k = 0; k < 16 / bytes && !found; k++) {
        unsigned at = from_left ? k : 16 / bytes - 1 - k;
        unsigned element = bytes == 1 ? v.b[VSR_B(at)] : v.h[VSR_H(at)];

        found = !element;
        if (bytes == 1)
            result.b[VSR_B(at)] = (uint8_t)element;
        else
            result.h[VSR_H(at)] = (uint16_t)element;
    }
    CPU_VR(c, f_vrt(i)) = result;
    if (f_vrc_rc(i))
        c->crf[6] = found ? CR_EQ : 0;
    return true;
}

OP(vstribl) { return isolate(c, i, 1, true); }
OP(vstribr) { return isolate(c, i, 1, false); }
OP(vstrihl) { return isolate(c, i, 2, true); }
OP(vstrihr) { return isolate(c, i, 2, false); }

/* ---- elements by index ---- */

/* The low bytes of a number into a register, from byte `at` on. An index beyond the register is undefined
 * in the book: nothing happens. */
static bool insert(struct cpu *c, insn_t i, uint64_t from, unsigned bytes, unsigned at)
{
    union vsr *v = &CPU_VR(c, f_vrt(i));

    for (unsigned k = 0; k < bytes && at <= 16 - bytes; k++)
        v->b[VSR_B(at + k)] = (uint8_t)(from >> 8 * (bytes - 1 - k));
    return true;
}

#define INDEX ((unsigned)c->gpr[f_ra(i)] & 15)
#define FROM_LEFT(bytes, from) return insert(c, i, from, bytes, INDEX);
#define FROM_RIGHT(bytes, from) return insert(c, i, from, bytes, 16 - bytes - INDEX);
#define VECTOR CPU_VR(c, f_vrb(i)).d[VSR_D(0)]
#define GENERAL c->gpr[f_rb(i)]

OP(vinsbvlx) { FROM_LEFT(1, VECTOR) }
OP(vinshvlx) { FROM_LEFT(2, VECTOR) }
OP(vinswvlx) { FROM_LEFT(4, VECTOR) }
OP(vinsbvrx) { FROM_RIGHT(1, VECTOR) }
OP(vinshvrx) { FROM_RIGHT(2, VECTOR) }
OP(vinswvrx) { FROM_RIGHT(4, VECTOR) }
OP(vinsblx) { FROM_LEFT(1, GENERAL) }
OP(vinshlx) { FROM_LEFT(2, GENERAL) }
OP(vinswlx) { FROM_LEFT(4, GENERAL) }
OP(vinsdlx) { FROM_LEFT(8, GENERAL) }
OP(vinsbrx) { FROM_RIGHT(1, GENERAL) }
OP(vinshrx) { FROM_RIGHT(2, GENERAL) }
OP(vinswrx) { FROM_RIGHT(4, GENERAL) }
OP(vinsdrx) { FROM_RIGHT(8, GENERAL) }
OP(vinsw) { return insert(c, i, GENERAL, 4, f_uim4(i)); }
OP(vinsd) { return insert(c, i, GENERAL, 8, f_uim4(i)); }

/* The element at byte `at` of VRA and VRB together, into doubleword 0. */
static bool extract(struct cpu *c, insn_t i, unsigned bytes, unsigned at)
{
    const union vsr *sources[] = { &CPU_VR(c, f_vra(i)), &CPU_VR(c, f_vrb(i)) };
    uint64_t element = 0;

    for (unsigned k = at; at <= 32 - bytes && k < at + bytes; k++)
        element = element << 8 | sources[k / 16]->b[VSR_B(k % 16)];
    CPU_VR(c, f_vrt(i)).q = (__uint128_t)element << 64;
    return true;
}

#define INDEX_OF_32 ((unsigned)c->gpr[f_rcv(i)] & 31)

OP(vextdubvlx) { return extract(c, i, 1, INDEX_OF_32); }
OP(vextduhvlx) { return extract(c, i, 2, INDEX_OF_32); }
OP(vextduwvlx) { return extract(c, i, 4, INDEX_OF_32); }
OP(vextddvlx) { return extract(c, i, 8, INDEX_OF_32); }
OP(vextdubvrx) { return extract(c, i, 1, 31 - INDEX_OF_32); }
OP(vextduhvrx) { return extract(c, i, 2, 30 - INDEX_OF_32); }
OP(vextduwvrx) { return extract(c, i, 4, 28 - INDEX_OF_32); }
OP(vextddvrx) { return extract(c, i, 8, 24 - INDEX_OF_32); }

/* ---- both registers as one, shifted by bits ---- */

OP(vsldbi)
{
    unsigned n = f_shn(i);

    QUAD(n ? x << n | y >> (128 - n) : x)
}

OP(vsrdbi)
{
    unsigned n = f_shn(i);

    QUAD(n ? y >> n | x << (128 - n) : y)
}
