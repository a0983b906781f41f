/* Building a region's IR: folding, slots, snapshots; dropping what nobody needs. See ir.h. */
#include "cpu-ppc64/jit/ir.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "base/log.h"

enum { SINK = 1, EFFECT = 2 };

static const struct {
    const char *name;
    uint8_t type, operands, flags;
} ops[IR_OP_COUNT] = {
#define X(name, type, n, flags) [IR_##name] = { #name, IR_##type, n, flags },
    IR_OPS(X)
#undef X
};

bool ir_has_effect(unsigned op)
{
    return ops[op].flags & EFFECT;
}

bool ir_is_single(const struct ir *ir, ir_value v)
{
    const struct ir_insn *i = &ir->insn[v];

    switch (i->op) {
    case IR_FLOAD:
    case IR_FLOAD_X:
    case IR_FP:
    case IR_GETF:
        return i->access.size == 4;
    case IR_FMOVE:
        return i->sub != IR_FMOVE_SELECT && ir_is_single(ir, i->a);
    default:
        return false;
    }
}

unsigned ir_operands(unsigned op)
{
    return ops[op].operands;
}

bool ir_is_sunk(const struct ir *ir, ir_value v)
{
    const struct ir_insn *i = &ir->insn[v];

    return ops[i->op].flags & SINK && (i->type == IR_REL || !i->uses);
}

void ir_begin(struct ir *ir, const uint8_t *homes, unsigned n_homes, unsigned start)
{
    ir->n = 1;
    ir->n_snapshots = 1; /* 0 is the empty one */
    ir->snapshot[0] = (struct ir_snapshot){ 0, 0 };
    ir->n_pool = 0;
    ir->exit[IR_EXIT_AT_START] = (struct ir_exit){ IR_EXIT_INTERPRET, (int32_t)start, 0, 0, 0 };
    ir->n_exits = 1;
    ir->n_vector_constants = 0;
    ir->start = ir->offset = (uint16_t)start;
    ir->executed = 0;
    ir->homes = homes;
    ir->n_homes = n_homes;
    ir->needs = 0;
    ir->loops = ir->full = ir->is_privileged = false;
    ir->loop = NULL;
    ir->body = 0;
    ir_forget(ir);
}

bool ir_has_room(const struct ir *ir)
{
    enum { MOST_OPS = 100, MOST_SNAPSHOTS = 8, MOST_EXITS = 4, MOST_CONSTANTS = 8 };

    return ir->n + MOST_OPS < IR_MAX && ir->n_snapshots + MOST_SNAPSHOTS < IR_SNAPSHOTS &&
           ir->n_pool + MOST_SNAPSHOTS * SLOTS < IR_SNAPSHOT_POOL && ir->n_exits + MOST_EXITS < IR_EXITS &&
           ir->n_vector_constants + MOST_CONSTANTS < IR_VECTOR_CONSTANTS;
}

ir_value ir_emit(struct ir *ir, enum ir_op op, ir_value a, ir_value b, ir_value c, int64_t imm)
{
    struct ir_insn *i;

    if (ir_can_share_guard(op))
        ir->insn[ir->n++] = (struct ir_insn){ .op = IR_NOP, .hint = SLOTS, .offset = ir->offset };
    i = &ir->insn[ir->n];
    assert(ir->n < IR_MAX && "callers ask ir_has_room()");
    *i = (struct ir_insn){ .op = (uint8_t)op, .type = ops[op].type, .hint = SLOTS, .a = a, .b = b, .c = c,
                           .offset = ir->offset, .executed = ir->executed, .imm = imm };
    return (ir_value)ir->n++;
}

ir_value ir_const(struct ir *ir, uint64_t v)
{
    return ir_emit(ir, IR_CONST, 0, 0, 0, (int64_t)v);
}

bool ir_is_const(const struct ir *ir, ir_value v, uint64_t *number)
{
    *number = (uint64_t)ir->insn[v].imm;
    return ir->insn[v].op == IR_CONST;
}

static bool fold2(enum ir_op op, uint64_t a, uint64_t b, uint64_t *r)
{
    switch (op) {
    case IR_ADD: *r = a + b; return true;
    case IR_SUB: *r = a - b; return true;
    case IR_AND: *r = a & b; return true;
    case IR_OR: *r = a | b; return true;
    case IR_XOR: *r = a ^ b; return true;
    case IR_ANDC: *r = a & ~b; return true;
    case IR_MUL: *r = a * b; return true;
    default: return false;
    }
}

static bool fold1(enum ir_op op, uint64_t a, unsigned n, uint64_t *r)
{
    switch (op) {
    case IR_NOT: *r = ~a; return true;
    case IR_NEG: *r = 0 - a; return true;
    case IR_SHL: *r = a << n; return true;
    case IR_SHR: *r = a >> n; return true;
    case IR_SAR: *r = (uint64_t)((int64_t)a >> n); return true;
    case IR_ROTL: *r = rotl64(a, n); return true;
    case IR_ROTL32: *r = rotl32((uint32_t)a, n); return true;
    case IR_SHR32: *r = (uint32_t)a >> n; return true;
    case IR_SEXT8: *r = (uint64_t)(int8_t)a; return true;
    case IR_SEXT16: *r = (uint64_t)(int16_t)a; return true;
    case IR_SEXT32: *r = (uint64_t)(int32_t)a; return true;
    case IR_ZEXT32: *r = (uint32_t)a; return true;
    default: return false;
    }
}

static bool commutes(enum ir_op op)
{
    return op == IR_ADD || op == IR_AND || op == IR_OR || op == IR_XOR || op == IR_MUL;
}

ir_value ir_op2(struct ir *ir, enum ir_op op, ir_value a, ir_value b)
{
    uint64_t x, y, r;
    bool known_x = ir_is_const(ir, a, &x), known_y = ir_is_const(ir, b, &y);

    if (known_x && known_y && fold2(op, x, y, &r))
        return ir_const(ir, r);
    if (known_x && commutes(op)) {
        ir_value t = a;

        a = b;
        b = t;
        y = x;
        known_y = true;
    }
    if (known_y && y == 0 && (op == IR_ADD || op == IR_SUB || op == IR_OR || op == IR_XOR || op == IR_ANDC))
        return a;
    if (known_y && y == 0 && (op == IR_AND || op == IR_MUL))
        return b;
    if (known_y && y == UINT64_MAX && op == IR_AND)
        return a;
    /* (v + m) + n, from addis and addi */
    if (known_y && op == IR_ADD && ir->insn[a].op == IR_ADD && ir_is_const(ir, ir->insn[a].b, &x))
        return ir_emit(ir, IR_ADD, ir->insn[a].a, ir_const(ir, x + y), 0, 0);
    if (op == IR_AND && known_y && y == UINT32_MAX)
        return ir_op_imm(ir, IR_ZEXT32, a, 0);
    if (a == b && (op == IR_OR || op == IR_AND))
        return a;
    if (a == b && (op == IR_XOR || op == IR_SUB || op == IR_ANDC))
        return ir_const(ir, 0);
    return ir_emit(ir, op, a, b, 0, 0);
}

ir_value ir_op_imm(struct ir *ir, enum ir_op op, ir_value a, int64_t imm)
{
    uint64_t x, r;

    if (ir_is_const(ir, a, &x) && fold1(op, x, (unsigned)imm & 63, &r))
        return ir_const(ir, r);
    if (!imm && (op == IR_SHL || op == IR_SHR || op == IR_SAR || op == IR_ROTL))
        return a;
    if (op == IR_ZEXT32 && ir->insn[a].op == IR_LOAD && ir->insn[a].access.size <= 4 &&
        !ir->insn[a].access.is_signed)
        return a;
    return ir_emit(ir, op, a, 0, 0, imm);
}

/* ---- vectors ---- */

static uint8_t byte_of(const uint64_t *low_high, unsigned k)
{
    return (uint8_t)(low_high[k / 8] >> k % 8 * 8);
}

/* BYTES by a constant of BYTES by a constant is one of them, or none; 0 where it is something else. */
static ir_value permutation_of_permutation(struct ir *ir, ir_value a, ir_value b)
{
    const struct ir_insn *inner = &ir->insn[a];
    uint64_t both[2] = { 0, 0 }, identity = UINT64_C(0x0706050403020100);
    const uint64_t *first, *second;

    if (inner->op != IR_V || inner->sub != IR_V_BYTES || !ir_is_vector_const(ir, inner->b, &first) ||
        !ir_is_vector_const(ir, b, &second))
        return 0;
    for (unsigned k = 0; k < 16; k++) {
        uint8_t n = byte_of(second, k);

        both[k / 8] |= (uint64_t)(n >= 0x80 ? n : byte_of(first, n & 15)) << k % 8 * 8;
    }
    if (both[0] == identity && both[1] == identity + UINT64_C(0x0808080808080808))
        return inner->a;
    return ir_vector(ir, IR_V_BYTES, inner->a, ir_vector_const(ir, both[1], both[0]), 0, 0);
}

ir_value ir_vector(struct ir *ir, enum ir_vector op, ir_value a, ir_value b, ir_value c, int64_t imm)
{
    ir_value v;

    /* Swapping halves, or reversing words, twice: code for little-endian processors before ISA 3.0 is full of it. */
    if (op == IR_V_WORDS && (imm == IR_WORDS_SWAP || imm == IR_WORDS_REVERSE) && ir->insn[a].op == IR_V &&
        ir->insn[a].sub == IR_V_WORDS && ir->insn[a].imm == imm)
        return ir->insn[a].a;
    if (op == IR_V_BYTES && (v = permutation_of_permutation(ir, a, b)))
        return v;
    v = ir_emit(ir, IR_V, a, b, c, imm);
    ir->insn[v].sub = (uint8_t)op;
    return v;
}

ir_value ir_vector_const(struct ir *ir, uint64_t high, uint64_t low)
{
    unsigned n = ir->n_vector_constants;

    for (unsigned k = 0; k < n; k++)
        if (ir->vector_constant[k][0] == low && ir->vector_constant[k][1] == high)
            return ir->vector_constant_value[k];
    assert(n < IR_VECTOR_CONSTANTS && "callers ask ir_has_room()");
    ir->vector_constant[n][0] = low;
    ir->vector_constant[n][1] = high;
    ir->n_vector_constants++;
    return ir->vector_constant_value[n] = ir_vector(ir, IR_V_CONST, 0, 0, 0, n);
}

bool ir_is_vector_const(const struct ir *ir, ir_value v, const uint64_t **low_high)
{
    if (ir->insn[v].op != IR_V || ir->insn[v].sub != IR_V_CONST)
        return false;
    *low_high = ir->vector_constant[ir->insn[v].imm];
    return true;
}

/* ---- slots ---- */

static void set_dirty(struct ir *ir, unsigned slot, bool dirty)
{
    uint64_t bit = UINT64_C(1) << slot % 64;

    ir->dirty[slot / 64] = dirty ? ir->dirty[slot / 64] | bit : ir->dirty[slot / 64] & ~bit;
}

static bool is_dirty(const struct ir *ir, unsigned slot)
{
    return ir->dirty[slot / 64] >> slot % 64 & 1;
}

static ir_value emit_get(struct ir *ir, unsigned slot)
{
    enum ir_op op = slot >= SLOT_VSR ? IR_GETV : slot >= SLOT_FPR ? IR_GETF : IR_GET; /* notes are not read */
    ir_value v = ir_emit(ir, op, 0, 0, 0, 0);

    ir->insn[v].extra = (uint16_t)slot;
    ir->current[slot] = v;
    return v;
}

void ir_forget(struct ir *ir)
{
    memset(ir->current, 0, sizeof ir->current);
    memset(ir->dirty, 0, sizeof ir->dirty);
    ir->same_snapshot = 0;
    for (unsigned k = 0; k < ir->n_homes; k++)
        emit_get(ir, ir->homes[k]);
}

static ir_value loop_operand(struct ir *ir, struct ir_loop_operand o)
{
    ir_value number = o.slot == SLOTS || o.number ? ir_const(ir, (uint64_t)o.number) : 0;

    return o.slot == SLOTS ? number : number ? ir_op2(ir, IR_ADD, ir_get(ir, o.slot), number) : ir_get(ir, o.slot);
}

/* So that they are read before the loop begins. */
static void get_operand(struct ir *ir, struct ir_loop_operand o)
{
    if (o.slot != SLOTS)
        ir_get(ir, o.slot);
}

void ir_begin_loop(struct ir *ir, const struct ir_loop *loop)
{
    ir->loop = loop;
    for (unsigned k = 0; k < loop->n_carried; k++) {
        unsigned slot = loop->carried[k].slot;

        if (!ir->current[slot])
            emit_get(ir, slot);
        if (loop->carried[k].is_single)
            ir->insn[ir->current[slot]].access.size = 4;
        set_dirty(ir, slot, loop->carried[k].changes);
    }
    for (unsigned k = 0; k < loop->n_relations; k++) {
        get_operand(ir, loop->relations[k].a);
        get_operand(ir, loop->relations[k].b);
    }
    ir->body = ir->n;
    for (unsigned k = 0; k < loop->n_relations; k++) {
        const struct ir_loop_relation *r = &loop->relations[k];
        ir_value a = loop_operand(ir, r->a), b = loop_operand(ir, r->b);

        ir->current[r->slot] = ir_emit(ir, (enum ir_op)r->op, a, b, 0, 0);
        set_dirty(ir, r->slot, true);
    }
}

/* A floating-point register is doubleword 0 of a vector-scalar one; writing it clears the other. */
static unsigned vsr_of(unsigned fpr_slot)
{
    return fpr_slot - SLOT_FPR + SLOT_VSR;
}

ir_value ir_get(struct ir *ir, unsigned slot)
{
    ir_value v = ir->current[slot];

    if (v)
        return v;
    if (slot_is_fpr(slot) && ir->current[vsr_of(slot)])
        return ir->current[slot] = ir_emit(ir, IR_F_FROM_V, ir->current[vsr_of(slot)], 0, 0, 0);
    if (slot >= SLOT_VSR && slot < SLOT_NOTES) {
        unsigned fpr = slot - SLOT_VSR + SLOT_FPR;

        if (is_dirty(ir, fpr))
            return ir->current[slot] = ir_emit(ir, IR_V_FROM_F, ir->current[fpr], 0, 0, 0);
    }
    return emit_get(ir, slot);
}

void ir_put(struct ir *ir, unsigned slot, ir_value v)
{
    struct ir_insn *i = &ir->insn[v];

    assert(slot < SLOTS && "slots are made of checked register numbers");
    if (ir->current[slot] == v)
        return;
    if (slot >= SLOT_NOTES) {
        ir->current[slot] = v;
        set_dirty(ir, slot, true);
        ir->same_snapshot = 0;
        return;
    }
    /* What stands for another slot already gets a value of its own: two homes cannot be one register. Vectors have
     * no homes in registers; only what may yet be read from another slot needs it. */
    if (i->op == IR_GET || i->op == IR_GETF || i->op == IR_GETV ||
        (i->type == IR_I64 && i->op != IR_CONST && i->hint != SLOTS)) {
        v = ir_emit(ir, i->type == IR_I64 ? IR_COPY : i->type == IR_F64 ? IR_FMOVE : IR_V, v, 0, 0, 0);
        i = &ir->insn[v];
    }
    if (i->hint == SLOTS)
        i->hint = (uint8_t)slot;
    ir->current[slot] = v;
    set_dirty(ir, slot, true);
    if (slot_is_fpr(slot)) {
        ir->current[vsr_of(slot)] = 0;
        set_dirty(ir, vsr_of(slot), false);
    } else if (slot >= SLOT_VSR) {
        ir->current[slot - SLOT_VSR + SLOT_FPR] = 0;
        set_dirty(ir, slot - SLOT_VSR + SLOT_FPR, false);
    }
    ir->same_snapshot = 0;
}

unsigned ir_snapshot(struct ir *ir)
{
    struct ir_snapshot *s;

    if (ir->same_snapshot)
        return ir->same_snapshot;
    s = &ir->snapshot[ir->n_snapshots];
    s->first = ir->n_pool;
    for (unsigned word = 0; word < ARRAY_SIZE(ir->dirty); word++)
        for (uint64_t left = ir->dirty[word]; left; left &= left - 1) {
            unsigned slot = word * 64 + (unsigned)__builtin_ctzll(left);

            ir->pool[ir->n_pool++] = (struct ir_snapshot_entry){ (uint8_t)slot, ir->current[slot] };
        }
    s->count = (uint16_t)(ir->n_pool - s->first);
    return ir->same_snapshot = ir->n_snapshots++;
}

static unsigned add_exit(struct ir *ir, enum ir_exit_kind kind, int32_t offset, ir_value target)
{
    uint16_t executed = (uint16_t)(ir->executed - (kind == IR_EXIT_INTERPRET));

    ir->exit[ir->n_exits] = (struct ir_exit){ (uint8_t)kind, offset, target, (uint16_t)ir_snapshot(ir), executed };
    if (kind == IR_EXIT_LOOP)
        ir->loops = true;
    return ir->n_exits++;
}

ir_value ir_exit_if(struct ir *ir, ir_value relation, unsigned condition, enum ir_exit_kind kind, int32_t offset,
                    ir_value target)
{
    unsigned exit = add_exit(ir, kind, offset, target);
    ir_value v = ir_emit(ir, IR_EXIT_IF, relation, 0, 0, condition);

    ir->insn[v].extra = (uint16_t)exit;
    return v;
}

void ir_exit(struct ir *ir, enum ir_exit_kind kind, int32_t offset, ir_value target)
{
    unsigned exit = add_exit(ir, kind, offset, target);
    ir_value v = ir_emit(ir, IR_EXIT, 0, 0, 0, 0);

    ir->insn[v].extra = (uint16_t)exit;
}

void ir_emit_enable(struct ir *ir, ir_value msr)
{
    int32_t next = ir->offset + 4;
    unsigned exit = add_exit(ir, IR_EXIT_LEAVE, next, 0);
    ir_value v = ir_emit(ir, IR_SET_EE_RI, msr, 0, 0, 0);

    ir->insn[v].extra = (uint16_t)exit;
}

ir_value ir_emit_checked(struct ir *ir, enum ir_op op, ir_value a, ir_value b, ir_value c, unsigned sub)
{
    unsigned exit = add_exit(ir, IR_EXIT_INTERPRET, ir->offset, 0);
    ir_value v = ir_emit(ir, op, a, b, c, 0);

    ir->insn[v].extra = (uint16_t)exit;
    ir->insn[v].sub = (uint8_t)sub;
    return v;
}

/* ---- what is needed ---- */

static bool has_snapshot(unsigned op)
{
    return op >= IR_LOAD && op <= IR_VSTORE_X;
}

bool ir_may_exit(unsigned op)
{
    return op == IR_EXIT || op == IR_EXIT_IF || op == IR_FP || op == IR_FP_TO_I || op == IR_FP_ORDERED || op == IR_VFP ||
           op == IR_PRIVILEGED || op == IR_SET_EE_RI;
}

unsigned ir_snapshot_of(const struct ir *ir, const struct ir_insn *i)
{
    if (ir_may_exit(i->op))
        return ir->exit[i->extra].snapshot;
    return has_snapshot(i->op) || i->op == IR_CALL ? i->extra : 0;
}

bool ir_observes(unsigned op)
{
    return has_snapshot(op) || op == IR_CALL || ir_may_exit(op);
}

static void each_operand(struct ir *ir, struct ir_insn *i, void (*f)(struct ir *, ir_value, unsigned), unsigned arg)
{
    ir_value operands[3] = { i->a, i->b, i->c };

    for (unsigned k = 0; k < ops[i->op].operands; k++)
        if (operands[k])
            f(ir, operands[k], arg);
    if (ir_can_share_guard(i->op) && i->c)
        f(ir, i->c, arg);
}

static void mark_used(struct ir *ir, ir_value v, unsigned unused __attribute__((unused)))
{
    ir->insn[v].uses++;
}

/* The value is needed at `where`; what is evaluated there needs its operands. */
static void extend(struct ir *ir, ir_value v, unsigned where)
{
    ir->insn[v].last_use = (uint16_t)where;
    if (ir_is_sunk(ir, v))
        each_operand(ir, &ir->insn[v], extend, where);
}

/* Backwards: what has an effect is needed, and what a snapshot names, and their operands. */
static void drop_unneeded(struct ir *ir)
{
    static const uint16_t in_snapshot = 1;

    for (unsigned n = 1; n < ir->n; n++)
        ir->insn[n].uses = 0, ir->insn[n].last_use = 0;
    for (unsigned s = 1; s < ir->n_snapshots; s++)
        for (unsigned k = 0; k < ir->snapshot[s].count; k++)
            ir->insn[ir->pool[ir->snapshot[s].first + k].value].last_use = in_snapshot;
    for (unsigned n = ir->n - 1; n; n--) {
        struct ir_insn *i = &ir->insn[n];
        bool is_home_get = (i->op == IR_GET && ir->homes && memchr(ir->homes, i->extra, ir->n_homes)) ||
                           (n < ir->body && (i->op == IR_GET || i->op == IR_GETF || i->op == IR_GETV));

        if (!ops[i->op].operands && !is_home_get && !ir_has_effect(i->op) && !i->uses && !i->last_use)
            i->op = IR_NOP;
        else if (!ir_has_effect(i->op) && !i->uses && !i->last_use && !is_home_get)
            i->op = IR_NOP;
        else
            each_operand(ir, i, mark_used, 0);
        if (ir_may_exit(i->op) && ir->exit[i->extra].target)
            mark_used(ir, ir->exit[i->extra].target, 0);
    }
}

/* What the loop keeps in a register without writing it is needed when the next round begins. */
static void extend_carried(struct ir *ir, const uint64_t *put, unsigned where)
{
    for (unsigned n = 1; n < ir->body; n++) {
        const struct ir_insn *i = &ir->insn[n];

        for (unsigned k = 0; k < ir->loop->n_carried; k++)
            if ((i->op == IR_GET || i->op == IR_GETF || i->op == IR_GETV) && i->extra == ir->loop->carried[k].slot &&
                !(put[i->extra / 64] >> i->extra % 64 & 1))
                extend(ir, (ir_value)n, where);
    }
}

void ir_finish(struct ir *ir)
{
    ir->n_early = 0;
    drop_unneeded(ir);
    ir_find_last_uses(ir);
}

void ir_find_last_uses(struct ir *ir)
{
    ir_value home[SLOTS] = { 0 };
    unsigned early = 0;

    /* Operands of what is evaluated only at exits are not used where it stands. */
    for (unsigned n = 1; n < ir->n; n++)
        ir->insn[n].last_use = (uint16_t)n;
    for (unsigned n = 1; n < ir->n; n++) {
        struct ir_insn *i = &ir->insn[n];

        if (i->op == IR_GET)
            home[i->extra] = (ir_value)n;
        if (i->op != IR_NOP)
            each_operand(ir, i, extend, n);
        if (ir_may_exit(i->op) && ir->exit[i->extra].target)
            extend(ir, ir->exit[i->extra].target, n);
        if (ir_observes(i->op)) {
            const struct ir_snapshot *s = &ir->snapshot[ir_snapshot_of(ir, i)];
            uint64_t put[(SLOTS + 63) / 64] = { 0 };

            for (unsigned k = 0; k < s->count; k++) {
                const struct ir_snapshot_entry *e = &ir->pool[s->first + k];

                put[e->slot / 64] |= UINT64_C(1) << e->slot % 64;
                extend(ir, e->value, n);
            }
            for (unsigned k = 0; k < ir->n_homes; k++) {
                unsigned slot = ir->homes[k];

                if (!(put[slot / 64] >> slot % 64 & 1) && home[slot])
                    extend(ir, home[slot], n);
            }
            if (ir->loop && ir_may_exit(i->op) && ir->exit[i->extra].kind == IR_EXIT_LOOP)
                extend_carried(ir, put, n);
        }
        /* Not to be given up for the operation's result. */
        for (; early < ir->n_early && ir->early[early].after == n; early++)
            extend(ir, ir->early[early].value, n + 1);
    }
}

void ir_dump(const struct ir *ir)
{
    for (unsigned n = 1; n < ir->n; n++) {
        const struct ir_insn *i = &ir->insn[n];
        char extra[64] = "";

        if (i->op == IR_NOP)
            continue;
        if (ir_may_exit(i->op)) {
            const struct ir_exit *e = &ir->exit[i->extra];

            snprintf(extra, sizeof extra, " exit kind %u offset %x target %u snapshot of %u", e->kind,
                     (unsigned)e->offset, e->target, ir->snapshot[e->snapshot].count);
        } else if (i->op == IR_GET || i->op == IR_GETF || i->op == IR_GETV) {
            snprintf(extra, sizeof extra, " slot %u", i->extra);
        }
        log_trace(LOG_ITEM_IR, "%03x %4u %-9s a %u b %u c %u sub %u imm %llx hint %u last %u uses %u%s", i->offset,
                  n, ops[i->op].name, i->a, i->b, i->c, i->sub, (unsigned long long)i->imm, i->hint, i->last_use,
                  i->uses, extra);
    }
}
