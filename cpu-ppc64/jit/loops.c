/* Which slots a loop keeps in registers from one round to the next.
 *
 * Input: a region that jumps back to its own start, as it was translated and finished. Output: the plan of its second
 * translation, in which those slots are read before the loop begins and written when it is left: they are in the
 * plan's order of worth, as many as there may be registers for. A CR field that every round leaves as a comparison of
 * two slots (or a slot and a number; a slot may have had a number added since) is not written in each round either: it
 * is the same comparison of what the slots hold when the next round begins.
 *
 * The second translation is entered from the end of the first one's round only. So all that a round writes has been
 * written once, and a floating-point register's other doubleword is 0. */
#include "cpu-ppc64/jit/loops.h"

#include <string.h>

enum { MOST_GPRS = 8, MOST_XMMS = 10, FEW_GPRS = 6, FEW_XMMS = 8 };

struct use {
    bool is_read[SLOTS]; /* before it is written */
    bool is_put[SLOTS];  /* when some round ends */
    bool always[SLOTS];  /* when every round ends */
    bool single[SLOTS];  /* with a number of single precision */
    bool as_single[SLOTS]; /* read for an operation that is rounded to single */
};

static bool is_get(const struct ir_insn *i)
{
    return i->op == IR_GET || i->op == IR_GETF || i->op == IR_GETV;
}

static bool is_loop_exit(const struct ir *ir, const struct ir_insn *i)
{
    return (i->op == IR_EXIT || i->op == IR_EXIT_IF) && ir->exit[i->extra].kind == IR_EXIT_LOOP;
}

static ir_value put_at(const struct ir *ir, const struct ir_exit *e, unsigned slot)
{
    const struct ir_snapshot *s = &ir->snapshot[e->snapshot];

    for (unsigned k = 0; k < s->count; k++)
        if (ir->pool[s->first + k].slot == slot)
            return ir->pool[s->first + k].value;
    return 0;
}

static void note_operand(const struct ir *ir, struct use *u, ir_value v)
{
    if (v && ir->insn[v].op == IR_GETF)
        u->as_single[ir->insn[v].extra] = true;
}

/* False where a round has a call, which wants everything in its place. */
static bool find_uses(const struct ir *ir, struct use *u)
{
    bool any = false, called = false;

    memset(u, 0, sizeof *u);
    for (unsigned n = 1; n < ir->n; n++) {
        const struct ir_insn *i = &ir->insn[n];

        called |= i->op == IR_CALL;
        if (is_get(i) && i->uses)
            u->is_read[i->extra] = true;
        if (i->op == IR_FP && i->access.size == 4) {
            note_operand(ir, u, i->a);
            note_operand(ir, u, i->b);
            note_operand(ir, u, i->c);
        }
        if (!is_loop_exit(ir, i))
            continue;
        if (called)
            return false;
        for (unsigned slot = 0; slot < SLOTS; slot++) {
            ir_value put = put_at(ir, &ir->exit[i->extra], slot);

            u->is_put[slot] |= put != 0;
            u->always[slot] = put && (u->always[slot] || !any);
            u->single[slot] = u->always[slot] && ir_is_single(ir, put) && (u->single[slot] || !any);
        }
        any = true;
    }
    return any;
}

static bool is_integer(unsigned slot)
{
    return slot <= SLOT_CTR;
}

static bool is_home(const struct ir *ir, unsigned slot)
{
    return memchr(ir->homes, (int)slot, ir->n_homes);
}

/* Worth of a slot, 0: none. What is both read and written makes each round wait for the one before. */
static unsigned worth(const struct ir *ir, const struct use *u, unsigned slot)
{
    unsigned number;

    if (is_integer(slot))
        return is_home(ir, slot) ? (u->is_read[slot] || u->is_put[slot] ? 4 : 0)
               : u->is_read[slot] && u->is_put[slot] ? 3
               : u->is_read[slot]                    ? 2
               : u->is_put[slot] && slot < SLOT_LR   ? 1
                                                     : 0;
    if (slot < SLOT_FPR || slot >= SLOT_NOTES)
        return 0;
    /* A register is carried as what the rounds leave in it: all of it or doubleword 0. */
    number = slot < SLOT_VSR ? slot - SLOT_FPR : slot - SLOT_VSR;
    if (u->is_put[SLOT_FPR + number] && (u->is_put[SLOT_VSR + number] || !u->always[SLOT_FPR + number]))
        return 0;
    if (u->is_put[slot])
        return u->is_read[SLOT_FPR + number] || u->is_read[SLOT_VSR + number] ? 3 : 1;
    return u->is_read[slot] && !u->is_put[SLOT_FPR + number] && !u->is_put[SLOT_VSR + number] ? 2 : 0;
}

static void choose(const struct ir *ir, const struct use *u, struct ir_loop *plan)
{
    unsigned gprs = 0, xmms = 0;

    for (unsigned w = 4; w; w--)
        for (unsigned slot = 0; slot < SLOTS; slot++) {
            unsigned *n = is_integer(slot) ? &gprs : &xmms;
            unsigned most = is_integer(slot) ? (w == 1 ? FEW_GPRS : MOST_GPRS) : w == 1 ? FEW_XMMS : MOST_XMMS;

            if (worth(ir, u, slot) != w || *n >= most)
                continue;
            ++*n;
            plan->carried[plan->n_carried++] = (struct ir_carried){
                .slot = (uint8_t)slot, .changes = u->is_put[slot],
                .is_single = slot_is_fpr(slot) && (u->is_put[slot] ? u->single[slot] : u->as_single[slot]),
                .is_guess = slot_is_fpr(slot) && !u->is_put[slot] && u->as_single[slot],
            };
        }
}

/* ---- comparisons ---- */

/* The slot that is left with the value plus a number. */
static bool operand_plus(const struct ir *ir, const struct ir_snapshot *s, ir_value v, struct ir_loop_operand *o)
{
    for (unsigned k = 0; k < s->count; k++) {
        const struct ir_snapshot_entry *entry = &ir->pool[s->first + k];
        const struct ir_insn *sum = &ir->insn[entry->value];
        uint64_t number;

        if (sum->op == IR_ADD && sum->a == v && is_integer(entry->slot) && ir_is_const(ir, sum->b, &number) &&
            (int64_t)number == (int16_t)number) {
            *o = (struct ir_loop_operand){ entry->slot, -(int64_t)number };
            return true;
        }
    }
    return false;
}

static bool operand_of(const struct ir *ir, const struct ir_exit *e, ir_value v, struct ir_loop_operand *o)
{
    const struct ir_insn *i = &ir->insn[v];
    const struct ir_snapshot *s = &ir->snapshot[e->snapshot];

    if (i->op == IR_CONST) {
        *o = (struct ir_loop_operand){ SLOTS, i->imm };
        return true;
    }
    for (unsigned k = 0; k < s->count; k++) {
        const struct ir_snapshot_entry *entry = &ir->pool[s->first + k];

        if (entry->value == v && (is_integer(entry->slot) || slot_is_fpr(entry->slot))) {
            *o = (struct ir_loop_operand){ entry->slot, 0 };
            return true;
        }
    }
    if ((i->op == IR_GET || i->op == IR_GETF) && !put_at(ir, e, i->extra) &&
        (is_integer(i->extra) || slot_is_fpr(i->extra))) {
        *o = (struct ir_loop_operand){ (uint8_t)i->extra, 0 };
        return true;
    }
    return operand_plus(ir, s, v, o);
}

static bool relation_of(const struct ir *ir, const struct ir_exit *e, unsigned slot, struct ir_loop_relation *r)
{
    ir_value v = put_at(ir, e, slot);
    const struct ir_insn *i = &ir->insn[v];

    *r = (struct ir_loop_relation){ .slot = (uint8_t)slot, .op = i->op };
    return v && i->type == IR_REL && i->op != IR_CMP_ALL && operand_of(ir, e, i->a, &r->a) &&
           operand_of(ir, e, i->b, &r->b) &&
           (r->a.slot == SLOTS || !r->a.number || r->b.slot == SLOTS || !r->b.number);
}

static bool same_operand(struct ir_loop_operand x, struct ir_loop_operand y)
{
    return x.slot == y.slot && x.number == y.number;
}

/* The comparison that all rounds end with. */
static bool common_relation(const struct ir *ir, unsigned slot, struct ir_loop_relation *r)
{
    bool any = false;

    for (unsigned n = 1; n < ir->n; n++) {
        struct ir_loop_relation one;

        if (!is_loop_exit(ir, &ir->insn[n]))
            continue;
        if (!relation_of(ir, &ir->exit[ir->insn[n].extra], slot, &one) ||
            (any && (one.op != r->op || !same_operand(one.a, r->a) || !same_operand(one.b, r->b))))
            return false;
        *r = one;
        any = true;
    }
    return any;
}

bool ir_plan_loop(const struct ir *ir, struct ir_loop *plan)
{
    struct use u;

    memset(plan, 0, sizeof *plan);
    if (!ir->loops || !find_uses(ir, &u))
        return false;
    choose(ir, &u, plan);
    for (unsigned slot = SLOT_CRF; slot < SLOT_CRF + 8; slot++)
        if (common_relation(ir, slot, &plan->relations[plan->n_relations]))
            plan->n_relations++;
    return true;
}

bool ir_loop_holds(const struct ir *ir, const struct ir_loop *plan)
{
    for (unsigned k = 0; k < plan->n_relations; k++) {
        const struct ir_loop_relation *r = &plan->relations[k];
        struct ir_loop_relation now;

        if (!common_relation(ir, r->slot, &now) || now.op != r->op || !same_operand(now.a, r->a) ||
            !same_operand(now.b, r->b))
            return false;
    }
    return true;
}
