/* Load and reserve, store conditional, and atomic memory operations. [ISA3.0 II 4.5, 4.6]
 *
 * The reservation remembers the real address and the value that was loaded; the store conditional
 * succeeds if the address is the same and an atomic compare-and-exchange finds the value unchanged. A
 * store of another processor that puts the same value back is not noticed. */
#include "cpu-ppc64/interp/access.h"
#include "cpu-ppc64/interp/op.h"

#define EA_X ((gpr_or_zero(c, f_ra(i)) + c->gpr[f_rb(i)]) & c->ea_mask)

static uint64_t guest_order(const struct cpu *c, unsigned size, uint64_t v)
{
    return c->le == (HOST_IS_LE == 1) ? v : __builtin_bswap64(v) >> (64 - 8 * size);
}

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

static bool reserve(struct cpu *c, insn_t i, unsigned size)
{
    ea_t ea = EA_X;
    gpa_t gpa;
    void *p;

    if (ea & (size - 1))
        return cpu_interrupt_alignment(c, ea);
    p = mmu_host_address(c, ea, MMU_LOAD, &gpa);
    if (!p)
        return false;
    c->reservation.value[0] = atomic_read(p, size);
    c->reservation.gpa = gpa;
    c->reservation.size = (uint8_t)size;
    c->reservation.valid = true;
    c->gpr[f_rt(i)] = guest_order(c, size, c->reservation.value[0]);
    return true;
}

static bool store_conditional(struct cpu *c, insn_t i, unsigned size)
{
    ea_t ea = EA_X;
    bool stored = false;
    gpa_t gpa;
    void *p;

    if (ea & (size - 1))
        return cpu_interrupt_alignment(c, ea);
    p = mmu_host_address(c, ea, MMU_STORE, &gpa);
    if (!p)
        return false;
    if (c->reservation.valid && c->reservation.gpa == gpa && c->reservation.size == size)
        stored = atomic_exchange_if(p, size, c->reservation.value[0],
                                    guest_order(c, size, c->gpr[f_rs(i)]));
    c->reservation.valid = false;
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

OP(lqarx)
{
    ea_t ea = EA_X;
    gpa_t gpa;
    const uint8_t *p;

    if (f_rtp(i) & 1 || f_rtp(i) == f_ra(i) || f_rtp(i) == f_rb(i))
        return cpu_interrupt_program(c, PROGRAM_ILLEGAL);
    if (ea & 15)
        return cpu_interrupt_alignment(c, ea);
    p = mmu_host_address(c, ea, MMU_LOAD, &gpa);
    if (!p)
        return false;
    c->reservation.value[0] = atomic_read(p, 8);
    c->reservation.value[1] = atomic_read(p + 8, 8);
    c->reservation.gpa = gpa;
    c->reservation.size = 16;
    c->reservation.valid = true;
    c->gpr[f_rtp(i)] = guest_order(c, 8, c->reservation.value[c->le]);
    c->gpr[f_rtp(i) + 1] = guest_order(c, 8, c->reservation.value[!c->le]);
    return true;
}

/* Two doublewords with two exchanges: exact with one processor. With several it needs the host's
 * 16-byte exchange. */
OP(stqcx_)
{
    ea_t ea = EA_X;
    bool stored = false;
    gpa_t gpa;
    uint8_t *p;

    if (f_rsp(i) & 1)
        return cpu_interrupt_program(c, PROGRAM_ILLEGAL);
    if (ea & 15)
        return cpu_interrupt_alignment(c, ea);
    p = mmu_host_address(c, ea, MMU_STORE, &gpa);
    if (!p)
        return false;
    if (c->reservation.valid && c->reservation.gpa == gpa && c->reservation.size == 16)
        stored = atomic_read(p + 8, 8) == c->reservation.value[1] &&
                 atomic_exchange_if(p, 8, c->reservation.value[0],
                                    guest_order(c, 8, c->gpr[f_rsp(i) + c->le])) &&
                 atomic_exchange_if(p + 8, 8, c->reservation.value[1],
                                    guest_order(c, 8, c->gpr[f_rsp(i) + !c->le]));
    c->reservation.valid = false;
    c->crf[0] = (uint8_t)((stored ? CR_EQ : 0) | c->xer_so);
    return true;
}

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

static void *atomic_operand(struct cpu *c, ea_t ea, unsigned size)
{
    gpa_t gpa;

    if (ea & (size - 1)) {
        cpu_interrupt_alignment(c, ea);
        return NULL;
    }
    return mmu_host_address(c, ea, MMU_STORE, &gpa);
}

static uint64_t cut(unsigned size, uint64_t v)
{
    return v << (64 - 8 * size) >> (64 - 8 * size);
}

/* fc 16 compare and swap not equal, 24 to 28 the bounded and twin forms: the operand has two parts. */
static bool fetch_pair(struct cpu *c, insn_t i, unsigned size, ea_t ea, uint8_t *p)
{
    uint64_t old, other, a = cut(size, c->gpr[(f_rt(i) + 1) % 32]), value;
    bool in_reach = (ea & 31) + 2 * size <= 32 && (f_fc(i) != 28 || (ea & 31) >= size);

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
        if (!in_reach && f_fc(i) != 28)
            return cpu_interrupt_data_storage(c, ea, PPC_BIT(53) | DSISR_STORE);
        if (f_fc(i) == 28 && !(ea & 31))
            return cpu_interrupt_data_storage(c, ea, PPC_BIT(53) | DSISR_STORE);
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
        return cpu_interrupt_data_storage(c, ea, DSISR_BAD_ATOMIC | DSISR_STORE);
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
                return cpu_interrupt_data_storage(c, ea, PPC_BIT(53) | DSISR_STORE);
            other = guest_order(c, size, atomic_read(p + size, size));
            if (old != other)
                return true;
            value = cut(size, c->gpr[f_rs(i)]);
            atomic_exchange_if(p + size, size, guest_order(c, size, other),
                               guest_order(c, size, value));
        } else if (f_fc(i) < 8) {
            value = fetch_function(f_fc(i), size, old, cut(size, c->gpr[f_rs(i)]), &legal);
        } else {
            return cpu_interrupt_data_storage(c, ea, DSISR_BAD_ATOMIC | DSISR_STORE);
        }
    } while (!atomic_exchange_if(p, size, guest_order(c, size, old), guest_order(c, size, value)));
    return true;
}

OP(lwat) { return fetch_and(c, i, 4); }
OP(ldat) { return fetch_and(c, i, 8); }
OP(stwat) { return store_and(c, i, 4); }
OP(stdat) { return store_and(c, i, 8); }
