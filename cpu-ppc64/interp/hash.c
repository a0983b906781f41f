/* Return address protection: a function's return address and stack pointer are hashed with a key of the
 * process, stored below the stack pointer, and checked before the return. [ISA3.1 I 3.3.17]
 *
 * The hash is a block cipher of 32-bit blocks and 64-bit keys, of the Simon family, whose four instances
 * (lanes) take the round keys in orders of their own. Where the aspect of DEXCR is off nothing happens. */
#include "cpu-ppc64/interp/access.h"
#include "cpu-ppc64/interp/op.h"

enum { ROUNDS = 32, KEY_WORDS = 4 };

static unsigned rotate_left(unsigned v, unsigned n)
{
    return (v << n | v >> (16 - n)) & 0xffff;
}

static void expand_key(uint64_t key, uint16_t round_keys[ROUNDS])
{
    const uint64_t sequence = UINT64_C(0xfa2561cdf44ac398);

    for (unsigned n = 0; n < KEY_WORDS; n++)
        round_keys[n] = (uint16_t)(key >> (48 - 16 * n));
    for (unsigned n = KEY_WORDS; n < ROUNDS; n++) {
        unsigned mix = rotate_left(round_keys[n - 1], 13) ^ round_keys[n - 3];

        mix ^= rotate_left(mix, 15);
        mix ^= round_keys[n - 4] ^ 0xfffc ^ (sequence >> (63 - (n - KEY_WORDS)) & 1);
        round_keys[n] = (uint16_t)mix;
    }
}

static uint32_t encrypt(uint32_t block, const uint16_t round_keys[ROUNDS], unsigned lane)
{
    unsigned left = block & 0xffff, right = block >> 16;

    for (unsigned n = 0; n < ROUNDS; n++) {
        /* A lane begins each group of four keys with its own. */
        unsigned key = round_keys[(n & ~3u) | ((n + lane) & 3)], old = left;

        left = right ^ ((rotate_left(left, 1) & rotate_left(left, 8)) ^ rotate_left(left, 2)) ^ key;
        right = old;
    }
    return right << 16 | left;
}

/* Two words' bytes taken in turns: first the lowest of a in the lowest place, then the lowest of b in the
 * highest, and so on. */
static uint64_t interleave(uint32_t a, uint32_t b)
{
    uint64_t out = 0;

    for (unsigned n = 0; n < 4; n++) {
        out |= (uint64_t)(a >> 8 * n & 0xff) << 16 * n;
        out |= (uint64_t)(b >> 8 * n & 0xff) << (56 - 16 * n);
    }
    return out;
}

static uint64_t digest(uint64_t a, uint64_t b, uint64_t key)
{
    uint64_t high = interleave((uint32_t)(a >> 32), (uint32_t)b);
    uint64_t low = interleave((uint32_t)a, (uint32_t)(b >> 32));
    uint16_t round_keys[ROUNDS];

    expand_key(key, round_keys);
    return ((uint64_t)(encrypt((uint32_t)(high >> 32), round_keys, 0) ^
                       encrypt((uint32_t)(low >> 32), round_keys, 2)) << 32) |
           (encrypt((uint32_t)high, round_keys, 1) ^ encrypt((uint32_t)low, round_keys, 3));
}

/* Aspects of DEXCR as problem state has them; those of privileged state stand in the upper word. */
#define ASPECT_HASH PPC_BIT(37)
#define ASPECT_PRIVILEGED_HASH PPC_BIT(38)

static bool is_on(const struct cpu *c, uint64_t aspect)
{
    return c->spr[SPR_DEXCR] & (c->msr & MSR_PR ? aspect : aspect << 32);
}

static ea_t hash_address(const struct cpu *c, insn_t i)
{
    return gpr_or_zero(c, f_ra(i)) + (uint64_t)f_hashd(i);
}

static bool hash_store(struct cpu *c, insn_t i, uint64_t aspect, enum spr key)
{
    uint64_t a = c->gpr[f_ra(i)];

    return !is_on(c, aspect) ||
           store_u64(c, hash_address(c, i), digest(a, c->gpr[f_rb(i)], c->spr[key]));
}

static bool hash_check(struct cpu *c, insn_t i, uint64_t aspect, enum spr key)
{
    uint64_t a = c->gpr[f_ra(i)], stored;

    if (!is_on(c, aspect))
        return true;
    if (!load_u64(c, hash_address(c, i), &stored))
        return false;
    return stored == digest(a, c->gpr[f_rb(i)], c->spr[key]) || cpu_interrupt_program(c, PROGRAM_TRAP);
}

OP(hashst) { return hash_store(c, i, ASPECT_HASH, SPR_HASHKEYR); }
OP(hashchk) { return hash_check(c, i, ASPECT_HASH, SPR_HASHKEYR); }
OP(hashstp) { return hash_store(c, i, ASPECT_PRIVILEGED_HASH, SPR_HASHPKEYR); }
OP(hashchkp) { return hash_check(c, i, ASPECT_PRIVILEGED_HASH, SPR_HASHPKEYR); }
