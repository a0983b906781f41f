/* Load and reserve, store conditional, and atomic memory operations. [ISA3.0 II 4.5, 4.6] Quadwords: quadword.c. */
#include "cpu-ppc64/interp/atomics.h"

#include "cpu-ppc64/interp/code-cache.h"
#include "cpu-ppc64/interp/op.h"
#include "cpu-ppc64/interp/run.h"
#include "cpu-ppc64/mmu/watch.h"
#include "gen/isa-gen.h"

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

/* ---- exact reservations ---- */

const void *reservation_begin_exact(struct cpu *c, ea_t ea, unsigned size)
{
    uint64_t flushes;
    const void *p;
    gpa_t gpa;

    /* While the others are told, this processor may be told to forget the translation. */
    do {
        flushes = c->tlb_flushes;
        p = host_operand(c, ea, size, MMU_LOAD, &gpa);
        if (!p)
            return NULL;
        c->reservation.page = mmu_mark_reserved(c, gpa);
    } while (flushes != c->tlb_flushes);
    /* If a store is under way, the next version is not ours. */
    c->reservation.granule = mem_granule(c->mem, gpa);
    c->reservation.version = atomic_load_explicit(c->reservation.granule, memory_order_acquire) & ~UINT32_C(1);
    c->reservation.gpa = gpa;
    c->reservation.size = (uint8_t)size;
    c->reservation.kind = RESERVED_EXACT;
    return p;
}

bool reservation_lock(struct cpu *c, gpa_t gpa, unsigned size)
{
    enum { STALE = 64, PAIRS = 8 };
    uint32_t version = c->reservation.version;

    if (c->reservation.kind == RESERVED_STALE) {
        c->reservation.caution = STALE;
    } else if (c->reservation.kind == RESERVED_PAIR) {
        c->reservation.no_pairs = PAIRS;
        cpu_attend(c);
    }
    if (c->reservation.kind != RESERVED_EXACT || c->reservation.gpa != gpa || c->reservation.size != size ||
        !atomic_compare_exchange_strong(c->reservation.granule, &version, version + 1))
        return false;
    if ((mem_page_marks(c->mem, gpa) & ~MEM_PAGE_HAS_CODE) == c->reservation.page) {
        if (mem_page_marks(c->mem, gpa) & MEM_PAGE_HAS_CODE)
            mem_invalidate_code(c->mem, gpa, size);
        return true;
    }
    return reservation_unlock(c, false);
}

bool reservation_unlock(struct cpu *c, bool stored)
{
    atomic_store_explicit(c->reservation.granule, c->reservation.version + (stored ? 2 : 0), memory_order_release);
    return stored;
}

/* ---- pairs ---- */

static unsigned partner_of(unsigned id)
{
    return id == ISA_LBARX   ? ISA_STBCX_
           : id == ISA_LHARX ? ISA_STHCX_
           : id == ISA_LWARX ? ISA_STWCX_
           : id == ISA_LDARX ? ISA_STDCX_
                             : ISA_INVALID;
}

/* Of a branch, that it goes on behind it. */
static bool may_stand_between(unsigned id)
{
    const struct isa_row *row = isa_row(id);

    return id == ISA_BC || ((row->class == ISA_CLASS_FIXED || row->class == ISA_CLASS_CR) &&
                            !(row->flags & (ISA_FLAG_MEM | ISA_FLAG_BRANCH | ISA_FLAG_PRIV)));
}

unsigned reservation_pair(const struct cpu *c, const uint32_t *words, unsigned n)
{
    unsigned partner = partner_of(isa_decode_at(words[0], c->model->level));

    for (unsigned k = 1; partner != ISA_INVALID && k < n && k < RESERVATION_PAIR_MOST; k++) {
        unsigned id = isa_is_prefix(words[k]) ? ISA_INVALID : isa_decode_at(words[k], c->model->level);

        if (id == partner)
            return k + 1;
        if (id == ISA_INVALID || !may_stand_between(id) || (id == ISA_BC && f_lk(words[k])))
            return 0;
    }
    return 0;
}

/* The words from the present instruction on to the end of its page. */
static unsigned words_from(const struct cpu *c, const struct code_page *page, uint32_t words[RESERVATION_PAIR_MOST])
{
    unsigned at = c->cia & (MEM_PAGE_SIZE - 1), n = 0;

    for (; n < RESERVATION_PAIR_MOST && at < MEM_PAGE_SIZE; n++, at += 4)
        words[n] = c->le ? ld_le32(c->mem->ram + page->gpa + at) : ld_be32(c->mem->ram + page->gpa + at);
    return n;
}

static bool finish_conditional(struct cpu *c, insn_t i, unsigned size, bool is_pair)
{
    bool stored;

    if (!atomics_store_conditional(c, EA_X, size, guest_order(c, size, c->gpr[f_rs(i)]), is_pair, &stored))
        return false;
    c->crf[0] = (uint8_t)((stored ? CR_EQ : 0) | c->xer_so);
    return true;
}

/* What follows the load, up to the store conditional. */
static bool run_pair(struct cpu *c, const struct code_page *page, unsigned n, unsigned size)
{
    for (unsigned k = 1; k < n; k++) {
        const struct decoded *d = &page->insns[(c->nia & (MEM_PAGE_SIZE - 1)) / 4];

        c->cia = c->nia;
        c->nia += 4;
        c->instructions++;
        /* Decoded by now or not, the last one is known. */
        if (k == n - 1) {
            const uint8_t *word = c->mem->ram + page->gpa + (c->cia & (MEM_PAGE_SIZE - 1));

            return finish_conditional(c, c->le ? ld_le32(word) : ld_be32(word), size, true);
        }
        if (!d->fn(c, d->insn))
            return false;
        if (c->nia != c->cia + 4)
            return true;
    }
    return true;
}

/* ---- load and reserve, store conditional ---- */

bool atomics_reserve(struct cpu *c, ea_t ea, unsigned size, uint64_t *raw)
{
    gpa_t gpa;
    void *p;

    if (ea & (size - 1))
        return cpu_interrupt_alignment(c, ea);
    p = host_operand(c, ea, size, MMU_LOAD, &gpa);
    if (!p)
        return false;
    *raw = c->reservation.value[0] = atomic_read(p, size);
    c->reservation.gpa = gpa;
    c->reservation.size = (uint8_t)size;
    c->reservation.kind = c->has_company ? RESERVED_PAIR : RESERVED_ALONE;
    return true;
}

static bool reserve_exactly(struct cpu *c, ea_t ea, unsigned size, uint64_t *raw)
{
    const void *p;

    if (ea & (size - 1))
        return cpu_interrupt_alignment(c, ea);
    p = reservation_begin_exact(c, ea, size);
    if (!p)
        return false;
    *raw = c->reservation.value[0] = atomic_read(p, size);
    return true;
}

/* With other processors: one that no store conditional is known to belong to. */
static bool reserve_alone(struct cpu *c, insn_t i, unsigned size, bool is_exact)
{
    uint64_t raw = 0;

    if (!(is_exact ? reserve_exactly(c, EA_X, size, &raw) : atomics_reserve(c, EA_X, size, &raw)))
        return false;
    if (!is_exact)
        c->reservation.kind = RESERVED_STALE;
    c->gpr[f_rt(i)] = guest_order(c, size, raw);
    /* What this processor held of translations may be gone: translated code does not go on. */
    return !is_exact;
}

static bool reserve_for_pair(struct cpu *c, insn_t i, unsigned size)
{
    uint64_t raw;

    if (!atomics_reserve(c, EA_X, size, &raw))
        return false;
    c->gpr[f_rt(i)] = guest_order(c, size, raw);
    return true;
}

static bool reserve(struct cpu *c, insn_t i, unsigned size)
{
    uint32_t words[RESERVATION_PAIR_MOST];
    const struct code_page *page;
    unsigned pair = 0;

    if (!c->has_company)
        return reserve_for_pair(c, i, size);
    if (c->reservation.no_pairs) {
        c->reservation.no_pairs--;
        return reserve_alone(c, i, size, true);
    }
    /* Alone at the end of its page, or where each instruction is looked at. */
    if (!(c->nia & (MEM_PAGE_SIZE - 1)) || interp_must_step(c))
        return reserve_alone(c, i, size, reservation_is_exact(c));
    page = code_cache_fetch(c);
    if (!page)
        return false;
    pair = reservation_pair(c, words, words_from(c, page, words));
    if (!pair)
        return reserve_alone(c, i, size, reservation_is_exact(c));
    return reserve_for_pair(c, i, size) && run_pair(c, page, pair, size);
}

/* If memory holds what was reserved: with the others' versions, or, in pages where nobody looks at them, without. */
static bool exchange(struct cpu *c, void *p, gpa_t gpa, unsigned size, uint64_t raw, bool is_pair)
{
    uint32_t marks, version;
    bool stored;

    if (!c->has_company || is_pair) {
        if ((!c->has_company && c->reservation.kind == RESERVED_NOT) || c->reservation.gpa != gpa ||
            c->reservation.size != size)
            return false;
        marks = mem_page_marks(c->mem, gpa);
        if (marks & MEM_PAGE_HAS_CODE)
            mem_invalidate_code(c->mem, gpa, size);
        if (!c->has_company || !(marks & MEM_PAGE_RESERVED))
            return atomic_exchange_if(p, size, c->reservation.value[0], raw);
        version = mem_granule_lock(c->mem, gpa);
        stored = atomic_exchange_if(p, size, c->reservation.value[0], raw);
        mem_granule_unlock(c->mem, gpa, version + (stored ? 2 : 0));
        return stored;
    }
    return reservation_lock(c, gpa, size) &&
           reservation_unlock(c, atomic_exchange_if(p, size, c->reservation.value[0], raw));
}

bool atomics_store_conditional(struct cpu *c, ea_t ea, unsigned size, uint64_t raw, bool is_pair, bool *stored)
{
    gpa_t gpa;
    void *p;

    if (ea & (size - 1))
        return cpu_interrupt_alignment(c, ea);
    p = host_operand_to_store(c, ea, size, &gpa);
    if (!p)
        return false;
    *stored = exchange(c, p, gpa, size, raw, is_pair);
    c->reservation.kind = RESERVED_NOT;
    return true;
}

static bool store_conditional(struct cpu *c, insn_t i, unsigned size)
{
    return finish_conditional(c, i, size, false);
}

/* Of translated code, which has looked ahead itself: without. */
#define ALONE(size) \
    static bool alone_##size(struct cpu *c, insn_t i) { return reserve_alone(c, i, size, reservation_is_exact(c)); }
ALONE(1)
ALONE(2)
ALONE(4)
ALONE(8)

atomics_fn atomics_alone(const struct cpu *c, insn_t insn)
{
    unsigned id = isa_decode_at(insn, c->model->level);

    if (!c->has_company)
        return NULL;
    return id == ISA_LBARX ? alone_1 : id == ISA_LHARX ? alone_2 : id == ISA_LWARX ? alone_4 : id == ISA_LDARX ? alone_8 : NULL;
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
