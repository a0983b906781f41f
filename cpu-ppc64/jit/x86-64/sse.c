/* Operations on floating-point and vector values. */
#include "cpu-ppc64/jit/x86-64/backend-internal.h"

#include <assert.h>

static void copy(struct backend *b, struct ir_insn *i)
{
    unsigned x = use_xmm(b, i->a), to;

    release_operands(b);
    to = def_xmm(b);
    if (to != x)
        x86_sse_rr(&b->a, SSE_MOVAPS, to, x);
}

void emit_sse(struct backend *b, struct ir_insn *i)
{
    switch (i->op) {
    case IR_FMOVE:
        copy(b, i);
        break;
    default:
        assert(!"every operation is emitted somewhere");
    }
}
