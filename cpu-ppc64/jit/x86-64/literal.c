/* Constants of 16 bytes that code reads from behind itself. */
#include "cpu-ppc64/jit/x86-64/backend-internal.h"

static unsigned find_literal(struct backend *b, uint64_t high, uint64_t low)
{
    for (unsigned k = 0; k < b->n_literals; k++)
        if (b->literals[k].high == high && b->literals[k].low == low)
            return k;
    if (b->n_literals == MAX_LITERALS) {
        b->failed = true;
        return 0;
    }
    b->literals[b->n_literals] = (struct literal){ low, high };
    return b->n_literals++;
}

void use_literal(struct backend *b, uint64_t high, uint64_t low, unsigned tail)
{
    unsigned n = find_literal(b, high, low);

    if (b->n_literal_uses == MAX_LITERAL_USES) {
        b->failed = true;
        return;
    }
    b->literal_uses[b->n_literal_uses++] = (struct literal_use){ b->a.p - 4 - tail, (uint16_t)n, (uint8_t)tail };
}

void load_literal(struct backend *b, unsigned xmm, uint64_t high, uint64_t low)
{
    if (!(high | low)) {
        x86_sse_rr(&b->a, X86_OP(1, 0x57), xmm, xmm); /* xorps */
        return;
    }
    x86_sse_rm(&b->a, SSE_MOVAPS, xmm, literal_mem());
    use_literal(b, high, low, 0);
}

void emit_literals(struct backend *b)
{
    uint8_t *first;

    if (!b->n_literals)
        return;
    while ((uintptr_t)b->a.p % 16 && !b->a.full)
        x86_byte(&b->a, 0xcc);
    first = b->a.p;
    for (unsigned k = 0; k < b->n_literals; k++) {
        x86_u64(&b->a, b->literals[k].low);
        x86_u64(&b->a, b->literals[k].high);
    }
    for (unsigned k = 0; k < b->n_literal_uses && !b->failed; k++) {
        const struct literal_use *u = &b->literal_uses[k];
        int32_t distance = (int32_t)(first + 16 * u->literal - (u->at + 4 + u->tail));

        if (!b->a.full)
            memcpy(u->at, &distance, 4);
    }
}
