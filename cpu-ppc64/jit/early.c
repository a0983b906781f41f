/* Which slots are written to struct cpu as soon as their value is there, instead of at each exit.
 *
 * A value that is still its slot's when the region ends is stored once on any way through what follows. If there are
 * exits between, all of them would have to do it: it is done where the first of them would name the value, and no
 * snapshot names it. That makes the code of exits small, and gives back the value's register.
 *
 * What is read from the slot lazily must not be needed any more, and nothing that has been translated from an
 * instruction that may yet be executed again may be overwritten: `after` is behind the last operation whose snapshot
 * does not have the value. */
#include <string.h>

#include "cpu-ppc64/jit/ir.h"

struct state {
    ir_value value[SLOTS];      /* as the last snapshot has it, 0: not put */
    uint16_t before[SLOTS];     /* the operation that had the last snapshot without it */
    uint16_t exits[SLOTS];      /* how many exits came before its first one */
    ir_value get[SLOTS];        /* reads the slot's home */
};

static bool is_get(unsigned op)
{
    return op == IR_GET || op == IR_GETF || op == IR_GETV;
}

static void note_snapshot(const struct ir *ir, struct state *s, unsigned snapshot, unsigned before, unsigned exits)
{
    const struct ir_snapshot *of = &ir->snapshot[snapshot];

    for (unsigned k = 0; k < of->count; k++) {
        const struct ir_snapshot_entry *e = &ir->pool[of->first + k];

        if (s->value[e->slot] == e->value)
            continue;
        s->value[e->slot] = e->value;
        s->before[e->slot] = (uint16_t)before;
        s->exits[e->slot] = (uint16_t)exits;
    }
}

static bool is_read_after(const struct ir *ir, const struct state *s, unsigned slot, unsigned where)
{
    return s->get[slot] && ir->insn[s->get[slot]].last_use > where;
}

/* A floating-point register is half of a vector-scalar one. */
static unsigned other_half(unsigned slot)
{
    return slot_is_fpr(slot) ? slot - SLOT_FPR + SLOT_VSR : slot >= SLOT_VSR ? slot - SLOT_VSR + SLOT_FPR : slot;
}

static unsigned later(unsigned a, unsigned b)
{
    return a > b ? a : b;
}

/* At an operation that has all slots stored: those that can be early. */
static void choose(struct ir *ir, const struct state *s, unsigned snapshot, unsigned exits)
{
    const struct ir_snapshot *of = &ir->snapshot[snapshot];

    for (unsigned k = 0; k < of->count && ir->n_early < IR_EARLY; k++) {
        const struct ir_snapshot_entry *e = &ir->pool[of->first + k];
        unsigned after = later(e->value, s->before[e->slot]);

        if (e->slot >= SLOT_NOTES || memchr(ir->homes, e->slot, ir->n_homes) || s->exits[e->slot] == exits ||
            is_read_after(ir, s, e->slot, after) || is_read_after(ir, s, other_half(e->slot), after))
            continue;
        ir->early[ir->n_early++] = (struct ir_early){ (uint16_t)after, e->slot, e->value };
    }
}

static bool is_early(const struct ir *ir, const struct ir_snapshot_entry *e, const uint64_t *slots)
{
    if (!(slots[e->slot / 64] >> e->slot % 64 & 1))
        return false;
    for (unsigned k = 0; k < ir->n_early; k++)
        if (ir->early[k].slot == e->slot && ir->early[k].value == e->value)
            return true;
    return false;
}

static void drop_from_snapshots(struct ir *ir)
{
    uint64_t slots[(SLOTS + 63) / 64] = { 0 };

    for (unsigned k = 0; k < ir->n_early; k++)
        slots[ir->early[k].slot / 64] |= UINT64_C(1) << ir->early[k].slot % 64;
    for (unsigned n = 1; n < ir->n_snapshots; n++) {
        struct ir_snapshot *s = &ir->snapshot[n];
        unsigned left = 0;

        for (unsigned k = 0; k < s->count; k++) {
            struct ir_snapshot_entry e = ir->pool[s->first + k];

            if (!is_early(ir, &e, slots))
                ir->pool[s->first + left++] = e;
        }
        s->count = (uint16_t)left;
    }
}

static void sort(struct ir *ir)
{
    for (unsigned k = 1; k < ir->n_early; k++) {
        struct ir_early e = ir->early[k];
        unsigned to = k;

        for (; to && ir->early[to - 1].after > e.after; to--)
            ir->early[to] = ir->early[to - 1];
        ir->early[to] = e;
    }
}

void ir_put_early(struct ir *ir)
{
    struct state s;
    unsigned exits = 0, before = 0, last = 0;

    ir->n_early = 0;
    if (ir->loop)
        return;
    memset(&s, 0, sizeof s);
    for (unsigned n = 1; n < ir->n; n++) {
        const struct ir_insn *i = &ir->insn[n];
        unsigned snapshot;

        if (is_get(i->op))
            s.get[i->extra] = (ir_value)n;
        if (!ir_observes(i->op))
            continue;
        snapshot = ir_snapshot_of(ir, i);
        if (snapshot != last || !before)
            note_snapshot(ir, &s, snapshot, before, exits);
        last = snapshot;
        before = n;
        if (i->op == IR_CALL || i->op == IR_EXIT)
            choose(ir, &s, snapshot, exits);
        if (i->op == IR_CALL) {
            memset(&s, 0, sizeof s);
            last = 0;
        }
        exits += ir_may_exit(i->op);
    }
    if (!ir->n_early)
        return;
    sort(ir);
    drop_from_snapshots(ir);
    ir_find_last_uses(ir);
}
