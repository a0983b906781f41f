/* Fixed-point logical, count, rotate and shift instructions. [ISA3.0 I 3.3.13, 3.3.14] */
#include "cpu-ppc64/interp/bit-permute.h"
#include "cpu-ppc64/interp/op.h"
#include "cpu-ppc64/spr.h"

static bool finish(struct cpu *c, insn_t i, uint64_t result)
{
    c->gpr[f_ra(i)] = result;
    if (f_rc(i))
        set_cr0(c, result);
    return true;
}

#define RS c->gpr[f_rs(i)]
#define RB c->gpr[f_rb(i)]

OP(and) { return finish(c, i, RS & RB); }
OP(or) { return finish(c, i, RS | RB); }
OP(xor) { return finish(c, i, RS ^ RB); }
OP(nand) { return finish(c, i, ~(RS & RB)); }
OP(nor) { return finish(c, i, ~(RS | RB)); }
OP(eqv) { return finish(c, i, ~(RS ^ RB)); }
OP(andc) { return finish(c, i, RS & ~RB); }
OP(orc) { return finish(c, i, RS | ~RB); }

/* The register's number stands for a priority; others are hints without effect. [ISA2.07 II 3.1, III 4.3.6] */
bool op_or_priority(struct cpu *c, insn_t i)
{
    static const uint8_t priorities[32] = { [31] = 1, [1] = 2, [6] = 3, [2] = 4, [5] = 5, [3] = 6, [7] = 7 };

    spr_set_priority(c, priorities[f_rs(i)]);
    /* Very low and low: a loop that waits for somebody. */
    if ((f_rs(i) == 31 || f_rs(i) == 1) && c->hv_ops->yield)
        c->hv_ops->yield(c->hv);
    return true;
}

OP(ori) { c->gpr[f_ra(i)] = RS | f_ui(i); return true; }
OP(oris) { c->gpr[f_ra(i)] = RS | (uint64_t)f_ui(i) << 16; return true; }
OP(xori) { c->gpr[f_ra(i)] = RS ^ f_ui(i); return true; }
OP(xoris) { c->gpr[f_ra(i)] = RS ^ (uint64_t)f_ui(i) << 16; return true; }

OP(andi_)
{
    c->gpr[f_ra(i)] = RS & f_ui(i);
    set_cr0(c, c->gpr[f_ra(i)]);
    return true;
}

OP(andis_)
{
    c->gpr[f_ra(i)] = RS & (uint64_t)f_ui(i) << 16;
    set_cr0(c, c->gpr[f_ra(i)]);
    return true;
}

OP(extsb) { return finish(c, i, (uint64_t)(int64_t)(int8_t)RS); }
OP(extsh) { return finish(c, i, (uint64_t)(int64_t)(int16_t)RS); }
OP(extsw) { return finish(c, i, (uint64_t)(int64_t)(int32_t)RS); }
OP(cntlzd) { return finish(c, i, RS ? (uint64_t)__builtin_clzll(RS) : 64); }
OP(cntlzw) { return finish(c, i, (uint32_t)RS ? (uint64_t)__builtin_clz((uint32_t)RS) : 32); }
OP(cnttzd) { return finish(c, i, RS ? (uint64_t)__builtin_ctzll(RS) : 64); }
OP(cnttzw) { return finish(c, i, (uint32_t)RS ? (uint64_t)__builtin_ctz((uint32_t)RS) : 32); }

OP(popcntd) { c->gpr[f_ra(i)] = (uint64_t)__builtin_popcountll(RS); return true; }

OP(popcntw)
{
    c->gpr[f_ra(i)] = (uint64_t)__builtin_popcountll(RS >> 32) << 32 |
                      (uint64_t)__builtin_popcountll(RS & UINT32_MAX);
    return true;
}

OP(popcntb)
{
    uint64_t counts = 0;

    for (unsigned k = 0; k < 64; k += 8)
        counts |= (uint64_t)__builtin_popcountll(RS >> k & 0xff) << k;
    c->gpr[f_ra(i)] = counts;
    return true;
}

/* The parity of the bytes' low bits. */
OP(prtyd) { c->gpr[f_ra(i)] = (uint64_t)__builtin_parityll(RS & UINT64_C(0x0101010101010101)); return true; }

OP(prtyw)
{
    uint64_t low_bits = RS & UINT64_C(0x0101010101010101);

    c->gpr[f_ra(i)] = (uint64_t)__builtin_parityll(low_bits >> 32) << 32 |
                      (uint64_t)__builtin_parityll(low_bits & UINT32_MAX);
    return true;
}

OP(cmpb)
{
    uint64_t equal = 0;

    for (unsigned k = 0; k < 64; k += 8)
        if ((RS >> k & 0xff) == (RB >> k & 0xff))
            equal |= UINT64_C(0xff) << k;
    c->gpr[f_ra(i)] = equal;
    return true;
}

OP(bpermd)
{
    uint64_t bits = 0;

    for (unsigned k = 0; k < 8; k++) {
        unsigned index = RS >> 8 * k & 0xff;

        if (index < 64 && RB & PPC_BIT(index))
            bits |= UINT64_C(1) << k;
    }
    c->gpr[f_ra(i)] = bits;
    return true;
}

/* ---- rotates; a word is rotated doubled, so that masks that wrap see it in both halves ---- */

static uint64_t rotated_word(uint64_t v, unsigned n)
{
    uint32_t w = rotl32((uint32_t)v, n);

    return (uint64_t)w << 32 | w;
}

/* Ones from bit first to bit last, wrapping if last < first. */
static uint64_t mask(unsigned first, unsigned last)
{
    return first <= last ? PPC_BITMASK(first, last) : ~PPC_BITMASK(last + 1, first - 1);
}

/* An empty gap (first = last + 1) makes all ones. */
static uint64_t word_mask(insn_t i)
{
    unsigned first = f_mb(i) + 32, last = f_me(i) + 32;

    return first == last + 1 ? UINT64_MAX : mask(first, last);
}

OP(rlwinm) { return finish(c, i, rotated_word(RS, f_sh(i)) & word_mask(i)); }
OP(rlwnm) { return finish(c, i, rotated_word(RS, (unsigned)RB & 31) & word_mask(i)); }

OP(rlwimi)
{
    uint64_t m = word_mask(i);

    return finish(c, i, (rotated_word(RS, f_sh(i)) & m) | (c->gpr[f_ra(i)] & ~m));
}

OP(rldicl) { return finish(c, i, rotl64(RS, f_sh6(i)) & mask(f_mb6(i), 63)); }
OP(rldicr) { return finish(c, i, rotl64(RS, f_sh6(i)) & mask(0, f_me6(i))); }
OP(rldcl) { return finish(c, i, rotl64(RS, (unsigned)RB & 63) & mask(f_mb6(i), 63)); }
OP(rldcr) { return finish(c, i, rotl64(RS, (unsigned)RB & 63) & mask(0, f_me6(i))); }

static uint64_t insert_mask(insn_t i)
{
    unsigned first = f_mb6(i), last = 63 - f_sh6(i);

    return first == last + 1 ? UINT64_MAX : mask(first, last);
}

OP(rldic) { return finish(c, i, rotl64(RS, f_sh6(i)) & insert_mask(i)); }

OP(rldimi)
{
    uint64_t m = insert_mask(i);

    return finish(c, i, (rotl64(RS, f_sh6(i)) & m) | (c->gpr[f_ra(i)] & ~m));
}

/* ---- shifts ---- */

OP(sld) { return finish(c, i, RB & 64 ? 0 : RS << (RB & 63)); }
OP(srd) { return finish(c, i, RB & 64 ? 0 : RS >> (RB & 63)); }
OP(slw) { return finish(c, i, RB & 32 ? 0 : (uint32_t)((uint32_t)RS << (RB & 31))); }
OP(srw) { return finish(c, i, RB & 32 ? 0 : (uint32_t)RS >> (RB & 31)); }
OP(extswsli) { return finish(c, i, (uint64_t)(int64_t)(int32_t)RS << f_sh6(i)); }

/* Right shift of a signed number by n of `bits`; CA if ones fall out of a negative one. */
static bool shift_right_algebraic(struct cpu *c, insn_t i, int64_t v, unsigned n, unsigned bits)
{
    uint64_t lost = n >= bits ? UINT64_MAX >> (64 - bits) : (UINT64_C(1) << n) - 1;

    c->xer_ca = c->xer_ca32 = v < 0 && (uint64_t)v & lost;
    return finish(c, i, (uint64_t)(v >> (n >= bits ? 63 : n)));
}

OP(sraw) { return shift_right_algebraic(c, i, (int32_t)RS, RB & 63, 32); }
OP(srawi) { return shift_right_algebraic(c, i, (int32_t)RS, f_sh(i), 32); }
OP(srad) { return shift_right_algebraic(c, i, (int64_t)RS, RB & 127, 64); }
OP(sradi) { return shift_right_algebraic(c, i, (int64_t)RS, f_sh6(i), 64); }

/* ---- decimal assists ---- */

/* Ten bits of densely packed decimal to three digits, and back, by the book's table. [ISA3.0 I B.1, B.2] */
static unsigned digits_of_declet(unsigned v)
{
    unsigned p = v >> 9 & 1, q = v >> 8 & 1, r = v >> 7 & 1, s = v >> 6 & 1, t = v >> 5 & 1;
    unsigned u = v >> 4 & 1, w = v >> 2 & 1, x = v >> 1 & 1, y = v & 1;
    unsigned d1, d2, d3;

    if (!(v >> 3 & 1)) {
        d1 = p * 4 + q * 2 + r;
        d2 = s * 4 + t * 2 + u;
        d3 = w * 4 + x * 2 + y;
    } else {
        switch (w * 2 + x) {
        case 0:
            d1 = p * 4 + q * 2 + r;
            d2 = s * 4 + t * 2 + u;
            d3 = 8 + y;
            break;
        case 1:
            d1 = p * 4 + q * 2 + r;
            d2 = 8 + u;
            d3 = s * 4 + t * 2 + y;
            break;
        case 2:
            d1 = 8 + r;
            d2 = s * 4 + t * 2 + u;
            d3 = p * 4 + q * 2 + y;
            break;
        default:
            switch (s * 2 + t) {
            case 0:
                d1 = 8 + r;
                d2 = 8 + u;
                d3 = p * 4 + q * 2 + y;
                break;
            case 1:
                d1 = 8 + r;
                d2 = p * 4 + q * 2 + u;
                d3 = 8 + y;
                break;
            case 2:
                d1 = p * 4 + q * 2 + r;
                d2 = 8 + u;
                d3 = 8 + y;
                break;
            default:
                d1 = 8 + r;
                d2 = 8 + u;
                d3 = 8 + y;
            }
        }
    }
    return d1 << 8 | d2 << 4 | d3;
}

/* The smallest of the codes for the same digits is the canonical one. */
static unsigned declet_of_digits(unsigned digits)
{
    for (unsigned declet = 0; declet < 1024; declet++)
        if (digits_of_declet(declet) == digits)
            return declet;
    return 0; /* digits above 9: undefined in the book */
}

OP(cdtbcd)
{
    uint64_t v = 0;

    for (unsigned half = 0; half < 64; half += 32) {
        v |= (uint64_t)digits_of_declet(RS >> half & 0x3ff) << half;
        v |= (uint64_t)digits_of_declet(RS >> (half + 10) & 0x3ff) << (half + 12);
    }
    c->gpr[f_ra(i)] = v;
    return true;
}

OP(cbcdtd)
{
    uint64_t v = 0;

    for (unsigned half = 0; half < 64; half += 32) {
        v |= (uint64_t)declet_of_digits(RS >> half & 0xfff) << half;
        v |= (uint64_t)declet_of_digits(RS >> (half + 12) & 0xfff) << (half + 10);
    }
    c->gpr[f_ra(i)] = v;
    return true;
}

/* ---- ISA 3.1: bits by mask, byte reversal, conditions as numbers ---- */

#define MASKED(fn) c->gpr[f_ra(i)] = fn(RS, c->gpr[f_rb(i)]); return true;

OP(cfuged) { MASKED(bits_centrifuge) }
OP(pdepd) { MASKED(bits_deposit) }
OP(pextd) { MASKED(bits_extract) }
OP(cntlzdm) { MASKED(bits_leading_zeros) }
OP(cnttzdm) { MASKED(bits_trailing_zeros) }

OP(brd) { c->gpr[f_ra(i)] = __builtin_bswap64(RS); return true; }
OP(brw) { c->gpr[f_ra(i)] = rotl64(__builtin_bswap64(RS), 32); return true; }

OP(brh)
{
    const uint64_t low = UINT64_C(0x00ff00ff00ff00ff);

    c->gpr[f_ra(i)] = (RS & low) << 8 | (RS >> 8 & low);
    return true;
}

static bool condition(const struct cpu *c, insn_t i)
{
    return c->crf[f_bi(i) / 4] >> (3 - f_bi(i) % 4) & 1;
}

OP(setbc) { c->gpr[f_rt(i)] = condition(c, i); return true; }
OP(setbcr) { c->gpr[f_rt(i)] = !condition(c, i); return true; }
OP(setnbc) { c->gpr[f_rt(i)] = condition(c, i) ? UINT64_MAX : 0; return true; }
OP(setnbcr) { c->gpr[f_rt(i)] = condition(c, i) ? 0 : UINT64_MAX; return true; }
