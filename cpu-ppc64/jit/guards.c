/* Accesses that share a check: those of a region that lie at known distances from one value, as a stack frame's or a
 * structure's, are checked once, at the first of them, for the lowest and the highest byte. What the check yields is
 * the host address that belongs to the value; 0 if it failed (another page, not in the TLB), and then each access
 * looks for itself.
 *
 * Input: a region as it was translated, with an IR_NOP before each access that can take part. Output: the same, some
 * of them IR_GUARD, and the accesses' operand c. A check holds until the next call of an interpreter's operation.
 *
 * In loops, the accesses and guards are marked that stay in a page for many rounds. */
#include "cpu-ppc64/jit/ir.h"

#include <string.h>

#include "base/bits.h"

enum { MOST_GROUPS = 16, MOST_SPAN = 2048 };

struct group {
    ir_value root, guard;
    bool is_steady;
    int64_t low, high; /* bytes [low, high) from the root */
    unsigned flags, count;
    ir_value members[64];
};

bool ir_can_share_guard(unsigned op)
{
    return op == IR_LOAD || op == IR_STORE || op == IR_FLOAD || op == IR_FSTORE || op == IR_VLOAD || op == IR_VSTORE;
}

/* What the address is computed from, and how far it is from that. */
static ir_value root_of(const struct ir *ir, ir_value v, int64_t *distance)
{
    for (;;) {
        const struct ir_insn *i = &ir->insn[v];
        uint64_t n;

        if (i->op == IR_ADD && ir_is_const(ir, i->b, &n) && (int64_t)n == (int32_t)n) {
            *distance += (int64_t)n;
            v = i->a;
        } else if (i->op == IR_COPY) {
            v = i->a;
        } else {
            return v;
        }
    }
}

static void close_group(struct ir *ir, struct group *g)
{
    if (g->root && g->count > 1) {
        struct ir_insn *guard = &ir->insn[g->guard];

        guard->op = IR_GUARD;
        guard->type = IR_I64;
        guard->hint = SLOTS;
        guard->a = g->root;
        guard->imm = g->low;
        guard->extra = (uint16_t)(g->high - g->low);
        guard->sub = (uint8_t)(g->flags | (g->is_steady ? IR_STEADY : 0));
        for (unsigned k = 0; k < g->count; k++)
            ir->insn[g->members[k]].c = g->guard;
    }
    g->root = 0;
}

/* ---- loops ---- */

enum { SMALL_STEP = 1024 };

/* How far the carried slot of this value moves in the round that ends here; false if that is not known. */
static bool moves_little(const struct ir *ir, const struct ir_exit *e, ir_value get)
{
    const struct ir_snapshot *s = &ir->snapshot[e->snapshot];

    for (unsigned k = 0; k < s->count; k++) {
        int64_t distance = 0;

        if (ir->pool[s->first + k].slot == ir->insn[get].extra)
            return root_of(ir, ir->pool[s->first + k].value, &distance) == get && distance >= -SMALL_STEP &&
                   distance <= SMALL_STEP;
    }
    return true;
}

static bool is_steady_get(const struct ir *ir, ir_value get)
{
    if (get >= ir->body)
        return false;
    for (unsigned n = 1; n < ir->n; n++) {
        const struct ir_insn *i = &ir->insn[n];

        if ((i->op == IR_EXIT || i->op == IR_EXIT_IF) && ir->exit[i->extra].kind == IR_EXIT_LOOP &&
            !moves_little(ir, &ir->exit[i->extra], get))
            return false;
    }
    return true;
}

static bool is_steady(const struct ir *ir, ir_value v)
{
    const struct ir_insn *i = &ir->insn[v];

    switch (i->op) {
    case IR_CONST:
        return true;
    case IR_GET:
        return is_steady_get(ir, v);
    case IR_COPY:
        return is_steady(ir, i->a);
    case IR_ADD:
        return is_steady(ir, i->a) && is_steady(ir, i->b);
    default:
        return false;
    }
}

static bool is_access(unsigned op)
{
    return op >= IR_LOAD && op <= IR_VSTORE_X && op != IR_LARX && op != IR_STCX && op != IR_DCBZ;
}

static void mark_steady(struct ir *ir)
{
    for (unsigned n = ir->body; n < ir->n; n++) {
        struct ir_insn *i = &ir->insn[n];

        if (is_access(i->op) && is_steady(ir, i->a) && (ir_can_share_guard(i->op) || is_steady(ir, i->b)))
            i->sub = IR_STEADY;
    }
}

/* ---- groups ---- */

static int64_t min(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t max(int64_t a, int64_t b) { return a > b ? a : b; }

static void add(struct ir *ir, struct group *groups, unsigned *next, ir_value access)
{
    const struct ir_insn *i = &ir->insn[access];
    bool is_store = i->op == IR_STORE || i->op == IR_FSTORE || i->op == IR_VSTORE;
    int64_t at = i->imm;
    ir_value root = root_of(ir, i->a, &at);
    struct group *g = NULL;

    if (ir->insn[root].op == IR_CONST || at != (int32_t)at)
        return;
    for (unsigned k = 0; k < MOST_GROUPS && !g; k++)
        if (groups[k].root == root)
            g = &groups[k];
    if (g && (max(g->high, at + i->access.size) - min(g->low, at) > MOST_SPAN || g->count == ARRAY_SIZE(g->members)))
        close_group(ir, g);
    if (!g || !g->root) {
        if (!g) {
            g = &groups[(*next)++ % MOST_GROUPS];
            close_group(ir, g);
        }
        *g = (struct group){ .root = root, .is_steady = i->sub & IR_STEADY, .guard = (ir_value)(access - 1), .low = at, .high = at };
    }
    g->low = min(g->low, at);
    g->high = max(g->high, at + i->access.size);
    g->flags |= is_store ? IR_GUARD_STORE : IR_GUARD_LOAD;
    g->members[g->count++] = access;
}

void ir_share_guards(struct ir *ir)
{
    struct group groups[MOST_GROUPS];
    unsigned next = 0;

    memset(groups, 0, sizeof groups);
    if (ir->loop)
        mark_steady(ir);
    for (unsigned n = 1; n < ir->n; n++) {
        const struct ir_insn *i = &ir->insn[n];

        if (i->op == IR_CALL) {
            for (unsigned k = 0; k < MOST_GROUPS; k++)
                close_group(ir, &groups[k]);
        } else if (ir_can_share_guard(i->op) && !(i->type == IR_F64 && i->access.size == 4) &&
                   !(i->op == IR_FSTORE && i->access.size == 4)) {
            add(ir, groups, &next, (ir_value)n);
        }
    }
    for (unsigned k = 0; k < MOST_GROUPS; k++)
        close_group(ir, &groups[k]);
}
