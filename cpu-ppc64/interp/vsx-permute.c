/* VSX permutation: permute, merge, splat, shift by words, byte reversal, extract and insert of
 * words. [ISA3.0 I 7.6]
 *
 * Element numbers are the book's, through VSR_W() and its kin. Extracts that would reach beyond the
 * register, undefined in the book, wrap around. */
#include "cpu-ppc64/fpu/fpu.h"
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

/* ---- ISA 3.1: immediates, selection, and permutations made from masks ---- */

OP(xxspltiw)
{
    for (unsigned k = 0; k < 4; k++)
        c->vsr[f_xt15(i)].w[k] = (uint32_t)f_imm32(i);
    return true;
}

/* The immediate is a single; one that is denormal is undefined in the book. */
OP(xxspltidp)
{
    union vsr *t = &c->vsr[f_xt15(i)];

    t->d[0] = t->d[1] = fp_double_from_single((uint32_t)f_imm32(i));
    return true;
}

OP(xxsplti32dx)
{
    union vsr *t = &c->vsr[f_xt15(i)];

    t->w[VSR_W(f_ix(i))] = t->w[VSR_W(2 + f_ix(i))] = (uint32_t)f_imm32(i);
    return true;
}

/* Of each element XB where the first bit of XC's is 1, else XA. */
static bool blend(struct cpu *c, insn_t i, unsigned bytes)
{
    const union vsr a = c->vsr[f_xa(i)], b = c->vsr[f_xb(i)], control = c->vsr[f_xc(i)];
    union vsr *t = &c->vsr[f_xt(i)];

    for (unsigned k = 0; k < 16; k++)
        t->b[VSR_B(k)] = control.b[VSR_B(k / bytes * bytes)] >> 7 ? b.b[VSR_B(k)] : a.b[VSR_B(k)];
    return true;
}

OP(xxblendvb) { return blend(c, i, 1); }
OP(xxblendvh) { return blend(c, i, 2); }
OP(xxblendvw) { return blend(c, i, 4); }
OP(xxblendvd) { return blend(c, i, 8); }

/* The 32 bytes are a section, UIM, of 256; bytes of other sections are 0. */
OP(xxpermx)
{
    const union vsr a = c->vsr[f_xa(i)], b = c->vsr[f_xb(i)], control = c->vsr[f_xc(i)];
    union vsr *t = &c->vsr[f_xt(i)];

    for (unsigned k = 0; k < 16; k++) {
        unsigned n = control.b[k];

        t->b[k] = n >> 5 != f_uimp3(i) ? 0 : n & 16 ? b.b[VSR_B(n & 15)] : a.b[VSR_B(n & 15)];
    }
    return true;
}

/* Any function of three bits: IMM's bit number ABC is the result for bits A, B, C. */
OP(xxeval)
{
    const __uint128_t a = c->vsr[f_xa(i)].q, b = c->vsr[f_xb(i)].q, z = c->vsr[f_xc(i)].q;
    __uint128_t result = 0;

    for (unsigned n = 0; n < 8; n++)
        if (f_immp8(i) >> (7 - n) & 1)
            result |= (n & 4 ? a : ~a) & (n & 2 ? b : ~b) & (n & 1 ? z : ~z);
    c->vsr[f_xt(i)].q = result;
    return true;
}

/* Controls for xxperm that expand or compress the elements that a mask chooses. IMM's bit 3 counts from the
 * right, for little-endian elements; bit 4 compresses. */
static bool generate(struct cpu *c, insn_t i, unsigned bytes)
{
    const union vsr mask = CPU_VR(c, f_vrb(i));
    bool from_right = f_imm5(i) & 2, compresses = f_imm5(i) & 1;
    union vsr result = { .q = 0 };

    for (unsigned k = 0, chosen = 0; k < 16 / bytes; k++) {
        unsigned element = from_right ? 16 / bytes - 1 - k : k;
        bool is_chosen = mask.b[VSR_B(element * bytes)] >> 7;

        for (unsigned byte = 0; byte < bytes; byte++) {
            unsigned to = (compresses ? chosen : k) * bytes + byte, from = compresses ? k : chosen;

            if (is_chosen)
                result.b[VSR_B(from_right ? 15 - to : to)] = (uint8_t)(from * bytes + byte);
            else if (!compresses)
                result.b[VSR_B(from_right ? 15 - to : to)] = (uint8_t)(16 + to);
        }
        chosen += is_chosen;
    }
    c->vsr[f_xt(i)] = result;
    return true;
}

OP(xxgenpcvbm) { return generate(c, i, 1); }
OP(xxgenpcvhm) { return generate(c, i, 2); }
OP(xxgenpcvwm) { return generate(c, i, 4); }
OP(xxgenpcvdm) { return generate(c, i, 8); }

/* Are the last bits of all bytes 1, of all bytes 0? */
OP(xvtlsbb)
{
    const union vsr b = c->vsr[f_xb(i)];
    unsigned ones = 0;

    for (unsigned k = 0; k < 16; k++)
        ones += b.b[k] & 1;
    c->crf[f_bf(i)] = ones == 16 ? CR_LT : ones == 0 ? CR_EQ : 0;
    return true;
}

/* Constants in quad format: the sign and exponent, and the first bits of the fraction. Other values of UIM
 * are reserved: the illegal-instruction interrupt. */
OP(lxvkq)
{
    static const uint32_t words[16] = {
        0, 0x3fff0000, 0x40000000, 0x40008000, 0x40010000, 0x40014000, 0x40018000, 0x4001c000,
        0x7fff0000, 0x7fff8000,
    };
    unsigned n = f_uim5(i);
    bool negative = n & 16;
    uint32_t word = words[n & 15];

    if ((!word && n != 16) || (negative && (n & 15) == 9))
        return cpu_interrupt_program(c, PROGRAM_ILLEGAL);
    c->vsr[f_xt(i)].q = (__uint128_t)(word | (negative ? 0x80000000u : 0)) << 96;
    return true;
}
