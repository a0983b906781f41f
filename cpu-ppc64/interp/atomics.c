/* Load and reserve, store conditional, and atomic memory operations. [ISA3.0 II 4.5, 4.6]
 *
 * The reservation remembers the real address, the value that was loaded and the version of the granule, which each
 * store conditional that stores changes. The store conditional succeeds if the address is the same, the version too,
 * and an atomic compare-and-exchange finds the value unchanged. So what other processors do by store conditional is
 * noticed even if the old value is back; what they do by other stores only if it is not. Quadwords: quadword.c. */
#include "cpu-ppc64/interp/atomics.h"

#include "cpu-ppc64/interp/op.h"
#include "cpu-ppc64/mmu/watch.h"

#define EA_X ((gpr_or_zero(c, f_ra(i)) + c->gpr[f_rb(i)]) & c->ea_mask)

static uint64_t atomic_read(const void *p, unsigned size)
{
    switch (size) {
    case 1: return __atomic_load_n((const uint8_t *)p, __ATOMIC_RELAXED);
    case 2: return __atomic_load_n((const uint16_t *)p, __ATOMIC_RELAXED);
    case 4: return __atomic_load_n((const uint32_t *)p, __ATOMIC_RELAXED);
    default: return __atomic_load_n((const uint64_t *)p, __ATOMIC_RELAXED);
    }
}

#define EXCHANGE(type)                                                                           \
    {                                                                                            \
        type e = (type)expected;                                                                 \
                                                                                                 \
        return __atomic_compare_exchange_n((type *)p, &e, (type)desired, false,                  \
                                           __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);                  \
    }

static bool atomic_exchange_if(void *p, unsigned size, uint64_t expected, uint64_t desired)
{
    switch (size) {
    case 1: EXCHANGE(uint8_t)
    case 2: EXCHANGE(uint16_t)
    case 4: EXCHANGE(uint32_t)
    default: EXCHANGE(uint64_t)
    }
}

bool atomics_reserve(struct cpu *c, ea_t ea, unsigned size, uint64_t *raw)
{
    gpa_t gpa;
    void *p;

    if (ea & (size - 1))
        return cpu_interrupt_alignment(c, ea);
    p = host_operand(c, ea, size, MMU_LOAD, &gpa);
    if (!p)
        return false;
    reservation_begin(c, gpa);
    c->reservation.value[0] = atomic_read(p, size);
    c->reservation.gpa = gpa;
    c->reservation.size = (uint8_t)size;
    c->reservation.valid = true;
    *raw = c->reservation.value[0];
    return true;
}

static bool reserve(struct cpu *c, insn_t i, unsigned size)
{
    uint64_t raw;

    if (!atomics_reserve(c, EA_X, size, &raw))
        return false;
    c->gpr[f_rt(i)] = guest_order(c, size, raw);
    return true;
}

bool atomics_store_conditional(struct cpu *c, ea_t ea, unsigned size, uint64_t raw, bool *stored)
{
    gpa_t gpa;
    void *p;

    if (ea & (size - 1))
        return cpu_interrupt_alignment(c, ea);
    p = host_operand(c, ea, size, MMU_STORE, &gpa);
    if (!p)
        return false;
    *stored = c->reservation.valid && c->reservation.gpa == gpa && c->reservation.size == size &&
              reservation_lock(c);
    if (*stored)
        *stored = reservation_unlock(c, atomic_exchange_if(p, size, c->reservation.value[0], raw));
    c->reservation.valid = false;
    return true;
}

static bool store_conditional(struct cpu *c, insn_t i, unsigned size)
{
    bool stored;

    if (!atomics_store_conditional(c, EA_X, size, guest_order(c, size, c->gpr[f_rs(i)]), &stored))
        return false;
    c->crf[0] = (uint8_t)((stored ? CR_EQ : 0) | c->xer_so);
    return true;
}

OP(lbarx) { return reserve(c, i, 1); }
OP(lharx) { return reserve(c, i, 2); }
OP(lwarx) { return reserve(c, i, 4); }
OP(ldarx) { return reserve(c, i, 8); }
OP(stbcx_) { return store_conditional(c, i, 1); }
OP(sthcx_) { return store_conditional(c, i, 2); }
OP(stwcx_) { return store_conditional(c, i, 4); }
OP(stdcx_) { return store_conditional(c, i, 8); }

/* ---- atomic memory operations of ISA 3.0 ---- */

/* The new value of mem[EA] for function fc of lwat and ldat; *stores is false if memory stays. The
 * numbers are of `size` bytes, zero-extended. */
static uint64_t fetch_function(unsigned fc, unsigned size, uint64_t old, uint64_t a, bool *legal)
{
    unsigned shift = 64 - 8 * size;
    int64_t so = (int64_t)(old << shift), sa = (int64_t)(a << shift);

    *legal = true;
    switch (fc) {
    case 0: return old + a;
    case 1: return old ^ a;
    case 2: return old | a;
    case 3: return old & a;
    case 4: return (old << shift) > (a << shift) ? old : a;
    case 5: return so > sa ? old : a;
    case 6: return (old << shift) < (a << shift) ? old : a;
    case 7: return so < sa ? old : a;
    case 8: return a;
    default: *legal = false; return old;
    }
}

/* The operand of an atomic memory operation, which is a load and a store to watch points. Those of two parts
 * are watched at the first one. */
static void *atomic_operand(struct cpu *c, ea_t ea, unsigned size)
{
    gpa_t gpa;
    void *p;

    if (ea & (size - 1)) {
        cpu_interrupt_alignment(c, ea);
        return NULL;
    }
    p = host_operand(c, ea, size, MMU_STORE, &gpa);
    return p && watch_stops(c, ea, size, MMU_LOAD) ? NULL : p;
}

static uint64_t cut(unsigned size, uint64_t v)
{
    return v << (64 - 8 * size) >> (64 - 8 * size);
}

/* fc 16 compare and swap not equal, 24 to 28 the bounded and twin forms: the operand has two parts, which must lie
 * in one block of 32 bytes. [ISA3.0 II 4.5] */
static bool fetch_pair(struct cpu *c, insn_t i, unsigned size, ea_t ea, uint8_t *p)
{
    uint64_t old, other, a = cut(size, c->gpr[(f_rt(i) + 1) % 32]), value;
    bool in_block = f_fc(i) == 28 ? (ea & 31) >= size : (ea & 31) + 2 * size <= 32;

    switch (f_fc(i)) {
    case 16: /* compare and swap not equal */
        do {
            old = guest_order(c, size, atomic_read(p, size));
            if (old == a)
                break;
            value = cut(size, c->gpr[(f_rt(i) + 2) % 32]);
        } while (!atomic_exchange_if(p, size, guest_order(c, size, old),
                                     guest_order(c, size, value)));
        break;
    case 24: /* increment bounded */
    case 25: /* increment equal */
    case 28: /* decrement bounded */
        if (!in_block)
            return cpu_interrupt_alignment(c, ea);
        do {
            bool changes;

            old = guest_order(c, size, atomic_read(p, size));
            other = guest_order(c, size,
                                atomic_read(f_fc(i) == 28 ? p - size : p + size, size));
            changes = f_fc(i) == 25 ? old == other : old != other;
            if (!changes) {
                c->gpr[f_rt(i)] = UINT64_C(1) << (8 * size - 1);
                return true;
            }
            value = f_fc(i) == 28 ? old - 1 : old + 1;
        } while (!atomic_exchange_if(p, size, guest_order(c, size, old),
                                     guest_order(c, size, value)));
        break;
    default:
        return cpu_interrupt_data_storage(c, ea, DSISR_BAD_AMO | DSISR_STORE);
    }
    c->gpr[f_rt(i)] = old;
    return true;
}

static bool fetch_and(struct cpu *c, insn_t i, unsigned size)
{
    ea_t ea = gpr_or_zero(c, f_ra(i)) & c->ea_mask;
    uint8_t *p = atomic_operand(c, ea, size);
    uint64_t old, value;
    bool legal;

    if (!p)
        return false;
    fetch_function(f_fc(i), size, 0, 0, &legal);
    if (!legal)
        return fetch_pair(c, i, size, ea, p);
    do {
        old = guest_order(c, size, atomic_read(p, size));
        value = fetch_function(f_fc(i), size, old, cut(size, c->gpr[(f_rt(i) + 1) % 32]), &legal);
    } while (!atomic_exchange_if(p, size, guest_order(c, size, old), guest_order(c, size, value)));
    c->gpr[f_rt(i)] = old;
    return true;
}

static bool store_and(struct cpu *c, insn_t i, unsigned size)
{
    ea_t ea = gpr_or_zero(c, f_ra(i)) & c->ea_mask;
    uint8_t *p = atomic_operand(c, ea, size);
    uint64_t old, other, value;
    bool legal = true;

    if (!p)
        return false;
    do {
        old = guest_order(c, size, atomic_read(p, size));
        if (f_fc(i) == 24) { /* store twin: both parts, if they are equal */
            if ((ea & 31) + 2 * size > 32)
                return cpu_interrupt_alignment(c, ea);
            other = guest_order(c, size, atomic_read(p + size, size));
            if (old != other)
                return true;
            value = cut(size, c->gpr[f_rs(i)]);
            atomic_exchange_if(p + size, size, guest_order(c, size, other),
                               guest_order(c, size, value));
        } else if (f_fc(i) < 8) {
            value = fetch_function(f_fc(i), size, old, cut(size, c->gpr[f_rs(i)]), &legal);
        } else {
            return cpu_interrupt_data_storage(c, ea, DSISR_BAD_AMO | DSISR_STORE);
        }
    } while (!atomic_exchange_if(p, size, guest_order(c, size, old), guest_order(c, size, value)));
    return true;
}

OP(lwat) { return fetch_and(c, i, 4); }
OP(ldat) { return fetch_and(c, i, 8); }
OP(stwat) { return store_and(c, i, 4); }
OP(stdat) { return store_and(c, i, 8); }
