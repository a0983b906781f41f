/* Regions that are loops (jit/loops.c): the carried slots are brought to registers before the first round, and each
 * round leaves them there for the next.
 *
 *   entry:  carried slots to their registers; homes that the loop does not use give up theirs
 *           jmp body
 *   head:   (something else waits) carried slots to their places, to the run loop
 *   body:   a round, which ends in moves, a look at cpu.attention and a jump to body, or leaves as any region does */
#include "cpu-ppc64/jit/x86-64/backend-internal.h"

#include <assert.h>

static bool is_get(const struct ir_insn *i)
{
    return i->op == IR_GET || i->op == IR_GETF || i->op == IR_GETV;
}

/* The value that a carried slot has when a round begins. */
static ir_value first_value(const struct backend *b, unsigned slot)
{
    for (unsigned n = 1; n < b->ir->body; n++)
        if (is_get(&b->ir->insn[n]) && b->ir->insn[n].extra == slot)
            return (ir_value)n;
    assert(!"carried slots are read first");
    return 0;
}

static bool is_xmm_slot(unsigned slot)
{
    return slot >= SLOT_FPR;
}

static void give_up_home(struct backend *b, unsigned slot)
{
    unsigned home = backend_home_of(slot);

    x86_store(&b->a, 8, slot_mem(slot), home);
    b->reg_of[b->in_gpr[home]] = NO_REG;
    b->in_gpr[home] = 0;
}

static void choose_registers(struct backend *b, const struct ir_loop *loop)
{
    static const uint8_t order[] = { RBX, R13, R12, R10, R9, R8, RDI, RSI, R15, R14, R11 };
    unsigned next_gpr = 0, next_xmm = 0;
    bool taken[X86_REGS] = { false };

    memset(b->loop_reg, NO_REG, sizeof b->loop_reg);
    for (unsigned k = 0; k < loop->n_carried; k++) {
        unsigned home = backend_home_of(loop->carried[k].slot);

        b->loop_reg[loop->carried[k].slot] = (uint8_t)home;
        if (home != NO_REG)
            taken[home] = true;
    }
    for (unsigned k = 0; k < loop->n_carried; k++) {
        unsigned slot = loop->carried[k].slot;

        if (is_xmm_slot(slot)) {
            b->loop_reg[slot] = (uint8_t)next_xmm++;
        } else if (b->loop_reg[slot] == NO_REG) {
            while (taken[order[next_gpr]])
                next_gpr++;
            b->loop_reg[slot] = order[next_gpr++];
        }
    }
    assert(next_xmm <= XMM_VALUES && next_gpr <= sizeof order && "plans leave registers for a round's own values");
}

static void load_carried(struct backend *b, const struct ir_loop *loop)
{
    for (unsigned k = 0; k < loop->n_carried; k++) {
        unsigned slot = loop->carried[k].slot, r = b->loop_reg[slot];
        ir_value v = first_value(b, slot);

        if (is_xmm_slot(slot)) {
            x86_sse_rm(&b->a, slot_size(slot) == 16 ? SSE_MOVUPS_LOAD : SSE_MOVSD_LOAD, r, slot_mem(slot));
            b->in_xmm[r] = v;
        } else {
            if (backend_home_of(slot) != r)
                x86_load(&b->a, 8, false, r, slot_mem(slot));
            b->in_gpr[r] = v;
        }
        b->reg_of[v] = (uint8_t)r;
    }
}

/* ---- the head ---- */

static struct place place_at_head(struct backend *b, struct ir_loop_operand o)
{
    if (o.slot == SLOTS)
        return constant_place(b, PLACE_CONST, (const uint64_t *)&o.number, 1);
    if (o.number) {
        load_place(b, RDX, place_at_head(b, (struct ir_loop_operand){ o.slot, 0 }));
        x86_alu_ri(&b->a, ALU_ADD, 8, RDX, (int32_t)o.number);
        return (struct place){ PLACE_GPR, RDX };
    }
    if (b->loop_reg[o.slot] == NO_REG)
        return (struct place){ PLACE_SLOT, o.slot };
    return (struct place){ is_xmm_slot(o.slot) ? PLACE_XMM : PLACE_GPR, b->loop_reg[o.slot] };
}

static void emit_head(struct backend *b, const struct ir_loop *loop)
{
    for (unsigned k = 0; k < loop->n_relations; k++) {
        const struct ir_loop_relation *r = &loop->relations[k];
        struct state_entry e = { .slot = r->slot, .op = r->op };

        e.a = place_at_head(b, r->a);
        e.b = place_at_head(b, r->b);
        emit_sunk(b, &e);
    }
    for (unsigned k = 0; k < loop->n_carried; k++) {
        unsigned slot = loop->carried[k].slot, r = b->loop_reg[slot];

        if (!loop->carried[k].changes || backend_home_of(slot) == r)
            continue;
        if (is_xmm_slot(slot))
            x86_sse_rm(&b->a, slot_size(slot) == 16 ? SSE_MOVUPS_STORE : SSE_MOVSD_STORE, r, slot_mem(slot));
        else
            x86_store(&b->a, 8, slot_mem(slot), r);
    }
    for (unsigned k = 0; k < backend_n_homes; k++) {
        unsigned slot = backend_home_slots[k];

        if (b->loop_reg[slot] == NO_REG)
            x86_load(&b->a, 8, false, backend_home_of(slot), slot_mem(slot));
    }
    x86_mov_ri(&b->a, RAX, b->ir->start);
    emit_jump_to(b, b->jit->thunks.leave_offset);
}

/* What the rounds take for numbers of single precision: if one is not, the first translation goes on. Nothing has been
 * changed yet. */
static void check_guesses(struct backend *b, const struct ir_loop *loop)
{
    enum { LEAST_NORMAL = 897, NORMALS = 254, ZERO = 2047 }; /* exponent fields in double format */
    struct x86_asm *a = &b->a;

    for (unsigned k = 0; k < loop->n_carried; k++) {
        uint8_t *normal;

        if (!loop->carried[k].is_guess)
            continue;
        x86_load(a, 8, false, RAX, slot_mem(loop->carried[k].slot));
        x86_test_ri(a, 4, RAX, 0x1fffffff);
        x86_patch(a, x86_jcc(a, CC_NE), b->loop_entry->on);
        x86_lea(a, RCX, mem_index(RAX, RAX, 1, -1)); /* zero becomes the greatest number */
        x86_shift_ri(a, SHIFT_SHR, 8, RCX, 53);
        x86_alu_ri(a, ALU_SUB, 4, RCX, LEAST_NORMAL);
        x86_alu_ri(a, ALU_CMP, 4, RCX, NORMALS);
        normal = x86_jcc(a, CC_B);
        x86_alu_ri(a, ALU_CMP, 4, RCX, ZERO - LEAST_NORMAL);
        x86_patch(a, x86_jcc(a, CC_NE), b->loop_entry->on);
        x86_patch(a, normal, a->p);
    }
}

/* Steady accesses and guards each get a page cache, which knows nothing yet. */
static void give_caches(struct backend *b)
{
    unsigned next = 0;

    memset(b->cache_of, NO_CACHE, b->ir->n);
    for (unsigned n = b->ir->body; n < b->ir->n && next < CACHES; n++) {
        const struct ir_insn *i = &b->ir->insn[n];
        bool is_access = i->op >= IR_LOAD && i->op <= IR_VSTORE_X;

        if (!(i->op == IR_GUARD || (is_access && !(ir_can_share_guard(i->op) && i->c))) || !(i->sub & IR_STEADY))
            continue;
        x86_store_i(&b->a, 8, mem_at(RSP, (int32_t)(CACHE_OFFSET + CACHE_SIZE * next + PAGE_CACHE_LIMIT)), 0);
        b->cache_of[n] = (uint8_t)next++;
    }
}

void emit_loop_entry(struct backend *b)
{
    const struct ir_loop *loop = b->ir->loop;
    uint8_t *to_body;

    check_guesses(b, loop);
    for (b->now = 1; b->now < b->ir->body; b->now++)
        if (b->ir->insn[b->now].op == IR_GET)
            bind_get(b, &b->ir->insn[b->now]);
    choose_registers(b, loop);
    for (unsigned k = 0; k < backend_n_homes; k++)
        if (b->loop_reg[backend_home_slots[k]] == NO_REG)
            give_up_home(b, backend_home_slots[k]);
    load_carried(b, loop);
    give_caches(b);
    to_body = x86_jmp(&b->a);
    b->head = b->a.p;
    emit_head(b, loop);
    x86_patch(&b->a, to_body, b->a.p);
    b->body = b->a.p;
}

/* ---- the end of a round ---- */

static bool is_known_relation(const struct ir_loop *loop, unsigned slot)
{
    for (unsigned k = 0; k < loop->n_relations; k++)
        if (loop->relations[k].slot == slot)
            return true;
    return false;
}

/* What of the round's results belongs into struct cpu: what can be evaluated only, then the rest. */
static void store_results(struct backend *b, uint32_t first, uint16_t count)
{
    for (unsigned k = 0; k < count; k++)
        if (b->entries[first + k].op && !is_known_relation(b->ir->loop, b->entries[first + k].slot))
            emit_sunk(b, &b->entries[first + k]);
    for (unsigned k = 0; k < count; k++) {
        const struct state_entry *e = &b->entries[first + k];

        if (!e->op && e->slot >= SLOT_NOTES)
            store_entry(b, e);
    }
    for (unsigned k = 0; k < count; k++) {
        const struct state_entry *e = &b->entries[first + k];

        if (!e->op && e->slot < SLOT_NOTES && b->loop_reg[e->slot] == NO_REG && backend_home_of(e->slot) == NO_REG)
            store_entry(b, e);
    }
}

static void load_xmm_place(struct backend *b, unsigned to, struct place p)
{
    switch (p.kind) {
    case PLACE_XMM:
        break;
    case PLACE_XMM_SPILL:
        x86_sse_rm(&b->a, SSE_MOVUPS_LOAD, to, mem_at(RSP, XMM_SPILL_OFFSET + (int32_t)(16 * p.n)));
        break;
    case PLACE_XMM_CONST:
        load_literal(b, to, b->constants[p.n + 1], b->constants[p.n]);
        break;
    default:
        x86_sse_rm(&b->a, slot_size(p.n) == 16 ? SSE_MOVUPS_LOAD : SSE_MOVSD_LOAD, to, slot_mem(p.n));
    }
}

/* All at once, as move_registers(); a ring goes over a scratch register. */
static void move_xmms(struct backend *b, uint8_t from_of[X86_REGS])
{
    for (;;) {
        bool waits[X86_REGS] = { false };
        unsigned left = NO_REG, done = NO_REG;

        for (unsigned to = 0; to < X86_REGS; to++)
            if (from_of[to] != NO_REG && from_of[to] != to)
                waits[from_of[to]] = true;
        for (unsigned to = 0; to < X86_REGS; to++) {
            if (from_of[to] == NO_REG || from_of[to] == to)
                continue;
            left = to;
            if (!waits[to])
                done = to;
        }
        if (left == NO_REG)
            return;
        if (done != NO_REG) {
            x86_sse_rr(&b->a, SSE_MOVAPS, done, from_of[done]);
            from_of[done] = NO_REG;
        } else {
            x86_sse_rr(&b->a, SSE_MOVAPS, XMM_SCRATCH, left);
            for (unsigned to = 0; to < X86_REGS; to++)
                if (from_of[to] == left)
                    from_of[to] = XMM_SCRATCH;
        }
    }
}

/* Where the slot's value for the next round is. */
static struct place result_of(struct backend *b, unsigned slot, uint32_t first, uint16_t count)
{
    for (unsigned k = 0; k < count; k++)
        if (b->entries[first + k].slot == slot)
            return b->entries[first + k].a;
    return place_of(b, first_value(b, slot));
}

static void carry(struct backend *b, uint32_t first, uint16_t count)
{
    const struct ir_loop *loop = b->ir->loop;
    uint8_t gpr_from[X86_REGS], xmm_from[X86_REGS];
    struct place places[IR_CARRIED];

    memset(gpr_from, NO_REG, sizeof gpr_from);
    memset(xmm_from, NO_REG, sizeof xmm_from);
    for (unsigned k = 0; k < loop->n_carried; k++) {
        unsigned r = b->loop_reg[loop->carried[k].slot];

        places[k] = result_of(b, loop->carried[k].slot, first, count);
        if (places[k].kind == PLACE_GPR)
            gpr_from[r] = (uint8_t)places[k].n;
        else if (places[k].kind == PLACE_XMM)
            xmm_from[r] = (uint8_t)places[k].n;
    }
    move_registers(&b->a, gpr_from);
    move_xmms(b, xmm_from);
    for (unsigned k = 0; k < loop->n_carried; k++) {
        unsigned slot = loop->carried[k].slot;

        if (is_xmm_slot(slot))
            load_xmm_place(b, b->loop_reg[slot], places[k]);
        else if (places[k].kind != PLACE_GPR)
            load_place(b, b->loop_reg[slot], places[k]);
    }
}

void emit_round_end(struct backend *b, const struct ir_exit *e)
{
    uint32_t first;
    uint16_t count;

    capture_state(b, e->snapshot, &first, &count);
    store_results(b, first, count);
    carry(b, first, count);
    b->n_entries = first;
    note_executed(b, e->executed);
    x86_alu_mi(&b->a, ALU_CMP, 4, cpu_mem(offsetof(struct cpu, attention)), 0);
    x86_patch(&b->a, x86_jcc(&b->a, CC_E), b->body);
    x86_patch(&b->a, x86_jmp(&b->a), b->head);
}

/* ---- from the first translation ---- */

void emit_round_count(struct backend *b)
{
    struct loop_entry *loop = b->loop_entry;
    struct stub *s;

    if (!loop || loop->n == LOOP_PLACES)
        return;
    loop->at[loop->n++] = b->a.p;
    x86_mov_ri(&b->a, RDX, (uintptr_t)&loop->rounds);
    x86_alu_mi(&b->a, ALU_SUB, 4, mem_at(RDX, 0), 1);
    s = new_stub(b, STUB_HOT);
    s->from = x86_jcc(&b->a, CC_E);
    loop->on = b->a.p;
}

void emit_hot_stub(struct backend *b)
{
    x86_mov_ri(&b->a, RDX, (uintptr_t)b->loop_entry);
    x86_store(&b->a, 8, cpu_mem(offsetof(struct cpu, jit_loop)), RDX);
    x86_mov_ri(&b->a, RAX, b->ir->start);
    emit_jump_to(b, b->jit->thunks.leave_offset);
}

void backend_link_loop(struct jit *jit, const struct loop_entry *loop, const void *code)
{
    const uint8_t *target = (const uint8_t *)code - jit->rx + jit->rw;

    for (unsigned k = 0; k < loop->n; k++) {
        struct x86_asm a = { loop->at[k], loop->at[k] + 16, false };

        x86_patch(&a, x86_jmp(&a), target);
    }
}
