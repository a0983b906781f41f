/* Which host register holds which value: local allocation, in one pass forward. Values whose last use is over
 * leave their register; one that is needed longest is spilled when there is none. */
#include "cpu-ppc64/jit/x86-64/backend-internal.h"

#include <assert.h>

/* Guest registers that compiled code uses most, in host registers from region to region. */
const uint8_t backend_home_slots[] = { 1, 3, 4, 5, 9, 10, 31, 30 };
const unsigned backend_n_homes = sizeof backend_home_slots;
static const uint8_t home_regs[] = { RBX, RSI, RDI, R8, R9, R10, R12, R13 };
/* Which to take first for values without a home. */
static const uint8_t order[] = { R11, R14, R15, R10, R9, R8, RDI, RSI, R13, R12, RBX };

unsigned backend_home_of(unsigned slot)
{
    for (unsigned k = 0; k < backend_n_homes; k++)
        if (backend_home_slots[k] == slot)
            return home_regs[k];
    return NO_REG;
}

static bool is_xmm(const struct ir_insn *i)
{
    return i->type == IR_F64 || i->type == IR_V128;
}

static void leave(struct backend *b, ir_value v)
{
    const struct ir_insn *i = &b->ir->insn[v];

    if (b->reg_of[v] != NO_REG) {
        if (is_xmm(i))
            b->in_xmm[b->reg_of[v]] = 0;
        else
            b->in_gpr[b->reg_of[v]] = 0;
        b->reg_of[v] = NO_REG;
    }
    if (b->spill_of[v] != NO_SPILL) {
        if (is_xmm(i))
            b->free_xmm_spills |= UINT64_C(1) << b->spill_of[v];
        else
            b->free_spills |= 1u << b->spill_of[v];
        b->spill_of[v] = NO_SPILL;
    }
}

static void sweep(struct backend *b, unsigned up_to)
{
    for (unsigned r = 0; r < X86_REGS; r++) {
        if (b->in_gpr[r] && b->ir->insn[b->in_gpr[r]].last_use <= up_to)
            leave(b, b->in_gpr[r]);
        if (b->in_xmm[r] && b->ir->insn[b->in_xmm[r]].last_use <= up_to)
            leave(b, b->in_xmm[r]);
    }
}

void start_operation(struct backend *b)
{
    b->pinned_gpr = b->pinned_xmm = 0;
    sweep(b, b->now - 1);
}

void release_operands(struct backend *b)
{
    sweep(b, b->now);
    /* What nobody holds any more is free for the result. */
    for (unsigned r = 0; r < X86_REGS; r++) {
        if (!b->in_gpr[r])
            b->pinned_gpr &= ~(1u << r);
        if (!b->in_xmm[r])
            b->pinned_xmm &= ~(1u << r);
    }
}

void forget_registers(struct backend *b)
{
    for (unsigned r = 0; r < X86_REGS; r++) {
        if (b->in_gpr[r])
            b->reg_of[b->in_gpr[r]] = NO_REG;
        if (b->in_xmm[r])
            b->reg_of[b->in_xmm[r]] = NO_REG;
        b->in_gpr[r] = b->in_xmm[r] = 0;
    }
    b->free_spills = UINT32_MAX;
    b->free_xmm_spills = UINT64_MAX;
}

/* A get can be read again from its home in struct cpu, which nothing writes while the value lives: a get of a
 * slot with a register for a home is written there when it must leave the register. */
static bool is_get(const struct ir_insn *i)
{
    return i->op == IR_GET || i->op == IR_GETF || i->op == IR_GETV;
}

/* Of a loop, by the value with which a round begins: the slot's place in struct cpu is behind. */
static bool is_carried(const struct backend *b, ir_value v)
{
    return v < b->ir->body && b->loop_reg[b->ir->insn[v].extra] != NO_REG;
}

static void spill_gpr(struct backend *b, unsigned r)
{
    ir_value v = b->in_gpr[r];
    const struct ir_insn *i = &b->ir->insn[v];

    if (is_get(i)) {
        if (backend_home_of(i->extra) != NO_REG || is_carried(b, v))
            x86_store(&b->a, 8, slot_mem(i->extra), r);
    } else if (b->spill_of[v] == NO_SPILL) {
        if (!b->free_spills) {
            b->failed = true;
            return;
        }
        b->spill_of[v] = (uint8_t)__builtin_ctz(b->free_spills);
        b->free_spills &= b->free_spills - 1;
        x86_store(&b->a, 8, mem_at(RSP, 8 * b->spill_of[v]), r);
    }
    b->reg_of[v] = NO_REG;
    b->in_gpr[r] = 0;
}

static void spill_xmm(struct backend *b, unsigned r)
{
    ir_value v = b->in_xmm[r];
    const uint64_t *constant;

    if (is_get(&b->ir->insn[v])) {
        unsigned slot = b->ir->insn[v].extra;

        if (is_carried(b, v))
            x86_sse_rm(&b->a, slot_size(slot) == 16 ? SSE_MOVUPS_STORE : SSE_MOVSD_STORE, r, slot_mem(slot));
    } else if (!ir_is_vector_const(b->ir, v, &constant) && b->spill_of[v] == NO_SPILL) {
        if (!b->free_xmm_spills) {
            b->failed = true;
            return;
        }
        b->spill_of[v] = (uint8_t)__builtin_ctzll(b->free_xmm_spills);
        b->free_xmm_spills &= b->free_xmm_spills - 1;
        x86_sse_rm(&b->a, SSE_MOVUPS_STORE, r, mem_at(RSP, XMM_SPILL_OFFSET + 16 * b->spill_of[v]));
    }
    b->reg_of[v] = NO_REG;
    b->in_xmm[r] = 0;
}

/* Of the slot that the value is put into, NO_REG. */
static unsigned wanted_register(const struct backend *b, ir_value v)
{
    unsigned slot = b->ir->insn[v].hint;

    if (slot >= SLOTS)
        return NO_REG;
    return b->ir->loop ? b->loop_reg[slot] : backend_home_of(slot);
}

static unsigned take_gpr(struct backend *b, ir_value v)
{
    const struct ir *ir = b->ir;
    unsigned best = NO_REG, hint = wanted_register(b, v);

    if (hint != NO_REG && !b->in_gpr[hint] && !(b->pinned_gpr >> hint & 1)) {
        best = hint;
    } else {
        for (unsigned k = 0; k < sizeof order && best == NO_REG; k++)
            if (!b->in_gpr[order[k]] && !(b->pinned_gpr >> order[k] & 1))
                best = order[k];
    }
    if (best == NO_REG) {
        unsigned furthest = 0;

        for (unsigned k = 0; k < sizeof order; k++) {
            unsigned r = order[k];

            if (!(b->pinned_gpr >> r & 1) && ir->insn[b->in_gpr[r]].last_use >= furthest) {
                furthest = ir->insn[b->in_gpr[r]].last_use;
                best = r;
            }
        }
        assert(best != NO_REG && "an operation pins fewer registers than there are");
        spill_gpr(b, best);
    }
    b->in_gpr[best] = v;
    b->reg_of[v] = (uint8_t)best;
    b->pinned_gpr |= 1u << best;
    return best;
}

static unsigned take_xmm(struct backend *b, ir_value v)
{
    unsigned best = NO_REG, furthest = 0, hint = b->ir->loop ? wanted_register(b, v) : NO_REG;

    if (hint != NO_REG && !b->in_xmm[hint] && !(b->pinned_xmm >> hint & 1))
        best = hint;
    for (unsigned r = 0; r < XMM_VALUES && best == NO_REG; r++)
        if (!b->in_xmm[r] && !(b->pinned_xmm >> r & 1))
            best = r;
    if (best == NO_REG) {
        for (unsigned r = 0; r < XMM_VALUES; r++)
            if (!(b->pinned_xmm >> r & 1) && b->ir->insn[b->in_xmm[r]].last_use >= furthest) {
                furthest = b->ir->insn[b->in_xmm[r]].last_use;
                best = r;
            }
        assert(best != NO_REG && "an operation pins fewer registers than there are");
        spill_xmm(b, best);
    }
    b->in_xmm[best] = v;
    b->reg_of[v] = (uint8_t)best;
    b->pinned_xmm |= 1u << best;
    return best;
}

unsigned def_gpr(struct backend *b)
{
    return take_gpr(b, (ir_value)b->now);
}

unsigned def_xmm(struct backend *b)
{
    return take_xmm(b, (ir_value)b->now);
}

unsigned use_gpr(struct backend *b, ir_value v, unsigned scratch)
{
    const struct ir_insn *i = &b->ir->insn[v];
    unsigned r = b->reg_of[v];

    if (r == NO_REG) {
        if (i->op == IR_CONST) {
            x86_mov_ri(&b->a, scratch, (uint64_t)i->imm);
            return scratch;
        }
        r = take_gpr(b, v);
        load_place(b, r, is_get(i) ? (struct place){ PLACE_SLOT, i->extra }
                                   : (struct place){ PLACE_SPILL, b->spill_of[v] });
    }
    b->pinned_gpr |= 1u << r;
    return r;
}

unsigned use_xmm(struct backend *b, ir_value v)
{
    const struct ir_insn *i = &b->ir->insn[v];
    const uint64_t *constant;
    unsigned r = b->reg_of[v];

    if (r == NO_REG) {
        r = take_xmm(b, v);
        if (ir_is_vector_const(b->ir, v, &constant))
            load_literal(b, r, constant[1], constant[0]);
        else if (i->op == IR_GETF)
            x86_sse_rm(&b->a, SSE_MOVSD_LOAD, r, slot_mem(i->extra));
        else if (i->op == IR_GETV)
            x86_sse_rm(&b->a, SSE_MOVUPS_LOAD, r, slot_mem(i->extra));
        else
            x86_sse_rm(&b->a, SSE_MOVUPS_LOAD, r, mem_at(RSP, XMM_SPILL_OFFSET + 16 * b->spill_of[v]));
    }
    b->pinned_xmm |= 1u << r;
    return r;
}

/* Into a general register; flags are kept. */
void load_place(struct backend *b, unsigned to, struct place p)
{
    switch (p.kind) {
    case PLACE_GPR:
        if (p.n != to)
            x86_mov_rr(&b->a, 8, to, p.n);
        break;
    case PLACE_SPILL:
        x86_load(&b->a, 8, false, to, mem_at(RSP, (int32_t)(8 * p.n)));
        break;
    case PLACE_CONST:
        x86_mov_ri(&b->a, to, b->constants[p.n]);
        break;
    default:
        x86_load(&b->a, slot_size(p.n), false, to, slot_mem(p.n));
    }
}

struct place constant_place(struct backend *b, enum place_kind kind, const uint64_t *v, unsigned n)
{
    struct place p = { (uint8_t)kind, b->n_constants };

    if (b->n_constants + n > MAX_CONSTANTS) {
        b->failed = true;
        return (struct place){ (uint8_t)kind, 0 };
    }
    memcpy(&b->constants[b->n_constants], v, n * sizeof *v);
    b->n_constants += n;
    return p;
}

struct place place_of(struct backend *b, ir_value v)
{
    const struct ir_insn *i = &b->ir->insn[v];
    const uint64_t *constant;
    uint64_t number;

    if (!v)
        return (struct place){ PLACE_NONE, 0 };
    if (b->reg_of[v] != NO_REG)
        return (struct place){ is_xmm(i) ? PLACE_XMM : PLACE_GPR, b->reg_of[v] };
    number = (uint64_t)i->imm;
    if (i->op == IR_CONST)
        return constant_place(b, PLACE_CONST, &number, 1);
    if (ir_is_vector_const(b->ir, v, &constant))
        return constant_place(b, PLACE_XMM_CONST, constant, 2);
    if (is_get(i))
        return (struct place){ PLACE_SLOT, i->extra };
    return (struct place){ is_xmm(i) ? PLACE_XMM_SPILL : PLACE_SPILL, b->spill_of[v] };
}

static struct state_entry *add_entry(struct backend *b)
{
    if (b->n_entries == MAX_ENTRIES) {
        b->failed = true;
        b->n_entries = 0;
    }
    return &b->entries[b->n_entries++];
}

void capture_state(struct backend *b, unsigned snapshot, uint32_t *first, uint16_t *count)
{
    const struct ir *ir = b->ir;
    const struct ir_snapshot *s = &ir->snapshot[snapshot];
    bool is_put[SLOTS] = { false };

    *first = b->n_entries;
    for (unsigned k = 0; k < s->count; k++) {
        const struct ir_snapshot_entry *e = &ir->pool[s->first + k];
        const struct ir_insn *i = &ir->insn[e->value];
        struct state_entry *to = add_entry(b);

        is_put[e->slot] = true;
        *to = (struct state_entry){ .slot = e->slot };
        if (ir_is_sunk(ir, e->value)) {
            to->op = i->op;
            to->a = place_of(b, i->a);
            to->b = place_of(b, i->b);
            to->c = place_of(b, i->c);
        } else {
            to->a = place_of(b, e->value);
        }
    }
    /* Homes that still stand for what they held, but whose content has had to leave. */
    for (unsigned k = 0; k < backend_n_homes; k++) {
        unsigned slot = backend_home_slots[k];
        struct place p;

        if (is_put[slot])
            continue;
        p = place_of(b, b->home_value[slot]);
        if (p.kind != PLACE_GPR || p.n != home_regs[k])
            *add_entry(b) = (struct state_entry){ .slot = (uint8_t)slot, .a = p };
    }
    *count = (uint16_t)(b->n_entries - *first);
}
