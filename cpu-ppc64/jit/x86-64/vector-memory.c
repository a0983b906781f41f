/* Vector loads and stores: 16 bytes as one number. The order of elements is the front end's affair. */
#include "cpu-ppc64/jit/x86-64/backend-internal.h"

/* The bytes in reverse. */
static void reverse(struct backend *b, unsigned to, unsigned from)
{
    enum { PSHUFB = X86_66 | X86_OP(2, 0x00) };

    if (b->host.avx) {
        x86_vex_rrm(&b->a, PSHUFB, false, false, to, from, literal_mem());
    } else {
        if (to != from)
            x86_sse_rr(&b->a, SSE_MOVAPS, to, from);
        x86_sse_rm(&b->a, PSHUFB, to, literal_mem());
    }
    use_literal(b, UINT64_C(0x0001020304050607), UINT64_C(0x08090a0b0c0d0e0f), 0);
}

void emit_vector_access(struct backend *b, const struct ir_insn *i, unsigned reg, struct x86_mem m)
{
    bool is_store = i->op == IR_VSTORE || i->op == IR_VSTORE_X;

    if (!is_store) {
        x86_sse_rm(&b->a, SSE_MOVUPS_LOAD, reg, m);
        if (i->access.swapped)
            reverse(b, reg, reg);
        return;
    }
    if (i->access.swapped) {
        reverse(b, XMM_SCRATCH, reg);
        reg = XMM_SCRATCH;
    }
    x86_sse_rm(&b->a, SSE_MOVUPS_STORE, reg, m);
}

void emit_vector_load(struct backend *b, struct ir_insn *i)
{
    struct site *site;
    uint8_t *slow;
    unsigned to;

    emit_operands(b, i);
    site = make_site(b, i, 0);
    release_operands(b);
    to = def_xmm(b);
    slow = emit_host_address(b, i, offsetof(struct tlb_entry, load_tag));
    if (site)
        site->target = (uint8_t)to;
    emit_access(b, i, to);
    slow_stub(b, slow, NULL, site);
}

void emit_vector_store(struct backend *b, struct ir_insn *i)
{
    unsigned from = use_xmm(b, i->op == IR_VSTORE ? i->b : i->c);
    struct site *site;
    uint8_t *slow;

    emit_operands(b, i);
    slow = emit_host_address(b, i, offsetof(struct tlb_entry, store_tag));
    site = make_site(b, i, (uint8_t)from);
    emit_access(b, i, from);
    slow_stub(b, slow, NULL, site);
}
