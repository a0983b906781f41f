/* Accesses that share a check: those of a region that lie at known distances from one value, as a stack frame's or a
 * structure's, are checked once, at the first of them, for the lowest and the highest byte. What the check yields is
 * the host address that belongs to the value; 0 if it failed (another page, not in the TLB), and then each access
 * looks for itself.
 *
 * Input: a region as it was translated, with an IR_NOP before each access that can take part. Output: the same, some
 * of them IR_GUARD, and the accesses' operand c. A check holds until the next call of an interpreter's operation. */
#include "cpu-ppc64/jit/ir.h"

#include <string.h>

#include "base/bits.h"

enum { MOST_GROUPS = 16, MOST_SPAN = 2048 };

struct group {
    ir_value root, guard;
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
        guard->sub = (uint8_t)g->flags;
        for (unsigned k = 0; k < g->count; k++)
            ir->insn[g->members[k]].c = g->guard;
    }
    g->root = 0;
}

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
        *g = (struct group){ .root = root, .guard = (ir_value)(access - 1), .low = at, .high = at };
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
