/* Accesses that translated code does not do itself: translations that are not in the TLB, devices, page
 * crossings, faults. A fault is delivered as the interpreter would, with the registers as the instruction found
 * them: what the region had put into slots is written to struct cpu from where the site says it is. */
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "cpu-ppc64/fpu/fpu.h"
#include "cpu-ppc64/interp/access.h"
#include "cpu-ppc64/interp/atomics.h"
#include "cpu-ppc64/jit/jit-internal.h"

/* The frame of `enter` begins behind ours and the return address. */
static const uint64_t *spills(const struct frame *f)
{
    return (const uint64_t *)((const uint8_t *)f + sizeof *f + 16);
}

static uint64_t number_at(const struct cpu *c, const struct frame *f, const struct site *s, struct place p)
{
    uint64_t v = 0;

    switch (p.kind) {
    case PLACE_GPR:
        return f->gpr[p.n];
    case PLACE_SPILL:
        return spills(f)[p.n];
    case PLACE_CONST:
        return s->constants[p.n];
    case PLACE_SLOT:
        memcpy(&v, (const uint8_t *)c + slot_offset(p.n), slot_size(p.n));
        return v;
    default:
        return 0;
    }
}

static const uint64_t *vector_at(const struct frame *f, const struct site *s, struct place p)
{
    if (p.kind == PLACE_XMM_CONST)
        return s->constants + p.n;
    return p.kind == PLACE_XMM ? f->xmm[p.n] : spills(f) + BACKEND_XMM_SPILLS / 8 + 2 * p.n;
}

/* The value at any place, as the bits of doubleword 0. */
static uint64_t bits_at(const struct cpu *c, const struct frame *f, const struct site *s, struct place p)
{
    return p.kind == PLACE_XMM || p.kind == PLACE_XMM_SPILL ? vector_at(f, s, p)[0] : number_at(c, f, s, p);
}

static uint8_t relation(const struct cpu *c, bool less, bool greater)
{
    return (uint8_t)((less ? CR_LT : greater ? CR_GT : CR_EQ) | c->xer_so);
}

static uint64_t evaluate(const struct cpu *c, unsigned op, uint64_t x, uint64_t y, uint64_t z)
{
    switch (op) {
    case IR_LTU:
        return x < y;
    case IR_CMP_ALL:
        return x == 0xffff ? CR_LT : x ? 0 : CR_EQ;
    case IR_CARRY32:
        return (x ^ y ^ z) >> 32 & 1;
    case IR_CMP_S64:
        return relation(c, (int64_t)x < (int64_t)y, (int64_t)x > (int64_t)y);
    case IR_CMP_U64:
        return relation(c, x < y, x > y);
    case IR_CMP_S32:
        return relation(c, (int32_t)x < (int32_t)y, (int32_t)x > (int32_t)y);
    case IR_CMP_F64: {
        double a, b;

        /* Neither is a NaN: no flag is raised. */
        memcpy(&a, &x, sizeof a);
        memcpy(&b, &y, sizeof b);
        return a < b ? CR_LT : a > b ? CR_GT : CR_EQ;
    }
    default:
        return relation(c, (uint32_t)x < (uint32_t)y, (uint32_t)x > (uint32_t)y);
    }
}

static void restore_entry(struct cpu *c, const struct frame *f, const struct site *s, const struct state_entry *e)
{
    uint8_t *home = (uint8_t *)c + slot_offset(e->slot);

    if (e->a.kind == PLACE_XMM || e->a.kind == PLACE_XMM_SPILL || e->a.kind == PLACE_XMM_CONST) {
        memcpy(home, vector_at(f, s, e->a), slot_size(e->slot));
    } else {
        uint64_t v;

        if (e->a.kind == PLACE_SLOT && e->a.n == e->slot)
            return;
        v = number_at(c, f, s, e->a);
        memcpy(home, &v, slot_size(e->slot));
    }
    if (slot_is_fpr(e->slot))
        memset((uint8_t *)c + slot_offset(e->slot - SLOT_FPR + SLOT_VSR) + 8 * VSR_D(1), 0, 8);
}

/* All is read before anything is written: what is evaluated first, as in state_to_homes(). */
static void restore_state(struct cpu *c, const struct frame *f, const struct site *s)
{
    struct state_entry entries[SLOTS];
    unsigned n_entries = 0;

    for (unsigned k = 0; k < s->n_words;)
        k += state_entry_unpack(&entries[n_entries++], &s->state[k]);
    for (unsigned k = 0; k < n_entries; k++) {
        const struct state_entry *e = &entries[k];

        if (e->op)
            *((uint8_t *)c + slot_offset(e->slot)) =
                (uint8_t)evaluate(c, e->op, bits_at(c, f, s, e->a), bits_at(c, f, s, e->b), bits_at(c, f, s, e->c));
    }
    /* A home that has left its register is in struct cpu already, or has an entry. */
    for (unsigned k = 0; k < backend_n_homes; k++) {
        unsigned slot = backend_home_slots[k];
        bool elsewhere = false;

        for (unsigned n = 0; n < n_entries; n++)
            elsewhere |= entries[n].slot == slot;
        if (!elsewhere)
            c->gpr[slot] = f->gpr[backend_home_of(slot)];
    }
    /* Notes may be of registers as they were: before those are written. */
    for (unsigned k = 0; k < n_entries; k++)
        if (entries[k].slot >= SLOT_NOTES)
            restore_entry(c, f, s, &entries[k]);
    for (unsigned k = 0; k < n_entries; k++)
        if (entries[k].slot < SLOT_NOTES && !entries[k].op)
            restore_entry(c, f, s, &entries[k]);
}

static bool load(struct cpu *c, ea_t ea, struct ir_access access, uint64_t *v)
{
    switch (access.size) {
    case 1:
        return load_u8(c, ea, v);
    case 2:
        return load_u16(c, ea, v);
    case 4:
        return load_u32(c, ea, v);
    default:
        return load_u64(c, ea, v);
    }
}

static bool store(struct cpu *c, ea_t ea, struct ir_access access, uint64_t v)
{
    switch (access.size) {
    case 1:
        return store_u8(c, ea, v);
    case 2:
        return store_u16(c, ea, v);
    case 4:
        return store_u32(c, ea, v);
    default:
        return store_u64(c, ea, v);
    }
}

/* The access functions give bytes in the guest's order; a reversing instruction turns them. */
static uint64_t in_order(const struct cpu *c, struct ir_access access, uint64_t v)
{
    bool swapped_by_order = c->le != (HOST_IS_LE == 1);

    if (access.size > 1 && access.swapped != swapped_by_order)
        v = __builtin_bswap64(v) >> (64 - 8 * access.size);
    return v;
}

/* ---- vectors ---- */

/* Byte by byte in the order of storage, in the interpreter's portions. Where the portion at k lies in the number. */
static uint8_t *portion(const struct cpu *c, union vsr *v, unsigned k, unsigned size)
{
    return (uint8_t *)v + (c->le ? k : 16 - size - k);
}

static bool load_vector(struct cpu *c, ea_t ea, struct ir_access access, union vsr *v)
{
    struct ir_access one = { .size = access.element };

    for (unsigned k = 0; k < 16; k += one.size) {
        uint64_t value;

        if (!load(c, ea + k, one, &value))
            return false;
        memcpy(portion(c, v, k, one.size), &value, one.size);
    }
    return true;
}

static bool store_vector(struct cpu *c, ea_t ea, struct ir_access access, union vsr *v)
{
    struct ir_access one = { .size = access.element };

    for (unsigned k = 0; k < 16; k += one.size) {
        uint64_t value = 0;

        memcpy(&value, portion(c, v, k, one.size), one.size);
        if (!store(c, ea + k, one, value))
            return false;
    }
    return true;
}

bool jit_slow_vector(struct cpu *c, struct frame *f, const struct site *s, ea_t ea)
{
    union vsr v;

    if (s->op == IR_VSTORE || s->op == IR_VSTORE_X) {
        memcpy(&v, f->xmm[s->target], sizeof v);
        return store_vector(c, ea, s->access, &v);
    }
    if (!load_vector(c, ea, s->access, &v))
        return false;
    memcpy(f->xmm[s->target], &v, sizeof v);
    return true;
}

static bool do_access(struct cpu *c, struct frame *f, const struct site *s, ea_t ea)
{
    struct ir_access access = s->access;
    uint64_t v;

    switch (s->op) {
    case IR_LOAD:
    case IR_LOAD_X:
        if (!load(c, ea, access, &v))
            return false;
        v = in_order(c, access, v);
        if (access.is_signed)
            v = access.size == 1 ? (uint64_t)(int8_t)v : access.size == 2 ? (uint64_t)(int16_t)v
                                                                           : (uint64_t)(int32_t)v;
        f->gpr[s->target] = v;
        return true;
    case IR_STORE:
    case IR_STORE_X:
        return store(c, ea, access, in_order(c, access, s->target == BACKEND_NO_REG ? s->insn : f->gpr[s->target]));
    case IR_FLOAD:
    case IR_FLOAD_X:
        if (!load(c, ea, access, &v))
            return false;
        f->xmm[s->target][0] = access.size == 4 ? fp_double_from_single((uint32_t)v) : v;
        f->xmm[s->target][1] = 0;
        return true;
    case IR_FSTORE:
    case IR_FSTORE_X:
        v = f->xmm[s->target][0];
        return store(c, ea, access, access.size == 4 ? fp_single_from_double(v) : v);
    case IR_LARX:
        return atomics_reserve(c, ea, access.size, &f->gpr[s->target]);
    case IR_STCX: {
        bool stored;

        if (!atomics_store_conditional(c, ea, access.size, f->gpr[s->insn], true, &stored))
            return false;
        f->gpr[s->target] = (stored ? CR_EQ : 0) | c->xer_so;
        return true;
    }
    case IR_DCBZ:
        return access_zero_line(c, ea);
    default:
        return jit_slow_vector(c, f, s, ea);
    }
}

bool jit_slow_access(struct cpu *c, struct frame *f, const struct site *s)
{
    c->cia = c->page_ea + s->offset;
    c->nia = c->cia + 4;
    if (do_access(c, f, s, f->gpr[BACKEND_ADDRESS]))
        return true;
    restore_state(c, f, s);
    c->executed += s->executed;
    return false;
}
