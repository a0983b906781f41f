/* VSX permutation: permute, merge, splat, shift by words, byte reversal, extract and insert of
 * words. [ISA3.0 I 7.6]
 *
 * Element numbers are the book's, through VSR_W() and its kin. Extracts that would reach beyond the
 * register, undefined in the book, wrap around. */
#include "cpu-ppc64/interp/op.h"

OP(xxpermdi)
{
    const uint64_t high = c->vsr[f_xa(i)].d[VSR_D(f_dm(i) >> 1 & 1)];
    const uint64_t low = c->vsr[f_xb(i)].d[VSR_D(f_dm(i) & 1)];
    union vsr *t = &c->vsr[f_xt(i)];

    t->d[VSR_D(0)] = high;
    t->d[VSR_D(1)] = low;
    return true;
}

OP(xxsldwi)
{
    const union vsr a = c->vsr[f_xa(i)], b = c->vsr[f_xb(i)];
    const unsigned bits = (f_shw(i) & 3) * 32;

    c->vsr[f_xt(i)].q = bits ? a.q << bits | b.q >> (128 - bits) : a.q;
    return true;
}

/* Bytes of XA followed by the old XT, picked by XB; `flip` counts from the other end. */
static bool permute(struct cpu *c, insn_t i, unsigned flip)
{
    const union vsr a = c->vsr[f_xa(i)], control = c->vsr[f_xb(i)];
    union vsr *t = &c->vsr[f_xt(i)];
    const union vsr old = *t;

    for (unsigned k = 0; k < 16; k++) {
        unsigned n = (control.b[k] & 31) ^ flip;

        t->b[k] = n < 16 ? a.b[VSR_B(n)] : old.b[VSR_B(n - 16)];
    }
    return true;
}

OP(xxperm) { return permute(c, i, 0); }
OP(xxpermr) { return permute(c, i, 31); }

/* Two words of each source in turn, from word `first` on. */
static bool merge(struct cpu *c, insn_t i, unsigned first)
{
    const union vsr a = c->vsr[f_xa(i)], b = c->vsr[f_xb(i)];
    union vsr *t = &c->vsr[f_xt(i)];

    for (unsigned k = 0; k < 2; k++) {
        t->w[VSR_W(2 * k)] = a.w[VSR_W(first + k)];
        t->w[VSR_W(2 * k + 1)] = b.w[VSR_W(first + k)];
    }
    return true;
}

OP(xxmrghw) { return merge(c, i, 0); }
OP(xxmrglw) { return merge(c, i, 2); }

static bool splat_doubleword(struct cpu *c, insn_t i, uint64_t value)
{
    union vsr *t = &c->vsr[f_xt(i)];

    t->d[0] = t->d[1] = value;
    return true;
}

OP(xxspltw)
{
    const uint32_t word = c->vsr[f_xb(i)].w[VSR_W(f_uim(i) & 3)];

    return splat_doubleword(c, i, word * UINT64_C(0x100000001));
}

OP(xxspltib) { return splat_doubleword(c, i, (f_imm8(i) & 0xff) * UINT64_C(0x0101010101010101)); }

OP(xxbrh)
{
    const union vsr b = c->vsr[f_xb(i)];

    for (unsigned k = 0; k < 8; k++)
        c->vsr[f_xt(i)].h[k] = __builtin_bswap16(b.h[k]);
    return true;
}

OP(xxbrw)
{
    const union vsr b = c->vsr[f_xb(i)];

    for (unsigned k = 0; k < 4; k++)
        c->vsr[f_xt(i)].w[k] = __builtin_bswap32(b.w[k]);
    return true;
}

OP(xxbrd)
{
    const union vsr b = c->vsr[f_xb(i)];

    for (unsigned k = 0; k < 2; k++)
        c->vsr[f_xt(i)].d[k] = __builtin_bswap64(b.d[k]);
    return true;
}

OP(xxbrq)
{
    const union vsr b = c->vsr[f_xb(i)];

    for (unsigned k = 0; k < 2; k++)
        c->vsr[f_xt(i)].d[k] = __builtin_bswap64(b.d[1 - k]);
    return true;
}

OP(xxextractuw)
{
    const union vsr b = c->vsr[f_xb(i)];
    union vsr *t = &c->vsr[f_xt(i)];
    uint32_t word = 0;

    for (unsigned k = 0; k < 4; k++)
        word = word << 8 | b.b[VSR_B((f_uim(i) + k) & 15)];
    t->d[VSR_D(0)] = word;
    t->d[VSR_D(1)] = 0;
    return true;
}

OP(xxinsertw)
{
    const uint32_t word = c->vsr[f_xb(i)].w[VSR_W(1)];
    union vsr *t = &c->vsr[f_xt(i)];

    for (unsigned k = 0; k < 4; k++)
        t->b[VSR_B((f_uim(i) + k) & 15)] = (uint8_t)(word >> (24 - 8 * k));
    return true;
}
