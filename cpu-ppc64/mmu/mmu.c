/* Translation under the present MSR, the interrupts of its failures, the software TLB, and the slow
 * ways of loads and stores. */
#include "cpu-ppc64/mmu/mmu.h"

#include <string.h>

#include "base/log.h"
#include "cpu-ppc64/interp/access.h"
#include "cpu-ppc64/interp/code-cache.h"
#include "cpu-ppc64/jit/jit.h"
#include "cpu-ppc64/mmu/hash.h"
#include "cpu-ppc64/mmu/radix.h"
#include "cpu-ppc64/mmu/store-log.h"
#include "cpu-ppc64/mmu/watch.h"

/* Real addressing ignores the top four bits of the address. [ISA3.0 III 5.7.3] */
#define REAL_ADDRESS PPC_BITMASK(4, 63)

static bool is_translated(const struct cpu *c, enum mmu_access access)
{
    return c->msr & (access == MMU_FETCH ? MSR_IR : MSR_DR);
}

static bool data_fault(struct cpu *c, ea_t ea, enum mmu_access access, enum walk_result why)
{
    uint64_t dsisr = access == MMU_STORE ? DSISR_STORE : 0;

    switch (why) {
    case WALK_SEGMENT:
        return cpu_interrupt_data_segment(c, ea);
    case WALK_PROTECTION:
    case WALK_NO_EXECUTE:
        dsisr |= DSISR_PROTECTION;
        break;
    case WALK_KEY:
        dsisr |= DSISR_KEY;
        break;
    case WALK_BAD_TREE:
        dsisr |= DSISR_UNSUPPORTED_MMU;
        break;
    default:
        dsisr |= DSISR_NO_TRANSLATION;
    }
    return cpu_interrupt_data_storage(c, ea, dsisr);
}

static bool fetch_fault(struct cpu *c, enum walk_result why)
{
    switch (why) {
    case WALK_SEGMENT:
        return cpu_interrupt(c, VECTOR_INSN_SEGMENT, c->nia, 0);
    case WALK_PROTECTION:
        return cpu_interrupt_insn_storage(c, DSISR_PROTECTION);
    case WALK_KEY:
        return cpu_interrupt_insn_storage(c, DSISR_KEY);
    case WALK_NO_EXECUTE:
        return cpu_interrupt_insn_storage(c, DSISR_NO_EXEC_GUARDED);
    case WALK_BAD_TREE:
        return cpu_interrupt_insn_storage(c, DSISR_UNSUPPORTED_MMU);
    default:
        return cpu_interrupt_insn_storage(c, DSISR_NO_TRANSLATION);
    }
}

static enum walk_result walk(struct cpu *c, ea_t ea, enum mmu_access access, bool update,
                             struct translation *t)
{
    return c->lpcr & LPCR_HR ? radix_walk(c, ea, access, update, t)
                             : hash_walk(c, ea, access, update, t);
}

bool mmu_translate(struct cpu *c, ea_t ea, enum mmu_access access, struct translation *t)
{
    enum walk_result result;

    if (!is_translated(c, access)) {
        *t = (struct translation){
            .gpa = ea & REAL_ADDRESS, .page_shift = MEM_PAGE_SHIFT, .can_load = true, .can_store = true
        };
        return true;
    }
    c->tlb_misses++;
    result = walk(c, ea, access, true, t);
    if (log_on(LOG_ITEM_MMU))
        log_trace(LOG_ITEM_MMU, "cpu %u: %s %016llx pid %llx -> %s %016llx", c->pir,
                  access == MMU_FETCH ? "fetch" : access == MMU_STORE ? "store" : "load",
                  (unsigned long long)ea, (unsigned long long)c->spr[SPR_PIDR],
                  result == WALK_OK ? "gpa" : "fault",
                  (unsigned long long)(result == WALK_OK ? t->gpa : (uint64_t)result));
    if (LIKELY(result == WALK_OK))
        return true;
    return access == MMU_FETCH ? fetch_fault(c, result) : data_fault(c, ea, access, result);
}

bool mmu_probe(struct cpu *c, ea_t ea, gpa_t *gpa)
{
    struct translation t;

    if (!is_translated(c, MMU_LOAD)) {
        *gpa = ea & REAL_ADDRESS;
        return true;
    }
    if (walk(c, ea, MMU_LOAD, false, &t) != WALK_OK)
        return false;
    *gpa = t.gpa;
    return true;
}

/* Enters a page of RAM into the TLB, for the kinds of access that may go by it. Uncached ones stay out, so that each
 * access is looked at. */
static void fill(struct cpu *c, ea_t ea, const struct translation *t)
{
    struct tlb_entry *e = tlb_slot(c, ea);
    ea_t page = align_down(ea, MEM_PAGE_SIZE);
    gpa_t gpa = align_down(t->gpa, MEM_PAGE_SIZE);
    bool has_code = mem_page_state(c->mem, gpa) & MEM_PAGE_HAS_CODE;

    if (UNLIKELY(t->is_uncached))
        return;
    e->load_tag = t->can_load ? page : TLB_NO_TAG;
    e->store_tag = t->can_store && !has_code && !c->store_log ? page : TLB_NO_TAG;
    if (UNLIKELY(c->watches)) {
        e->load_tag = watch_covers_page(c, page, MMU_LOAD) ? TLB_NO_TAG : e->load_tag;
        e->store_tag = watch_covers_page(c, page, MMU_STORE) ? TLB_NO_TAG : e->store_tag;
    }
    e->addend = (uintptr_t)c->mem->ram + gpa - page;
    e->gpa_page = gpa;
}

static bool crosses_page(ea_t ea, unsigned size)
{
    return (ea & (MEM_PAGE_SIZE - 1)) + size > MEM_PAGE_SIZE;
}

/* Nothing answers at this guest physical address: what a bus error is to the processor. */
static bool bus_error(struct cpu *c, ea_t ea, gpa_t gpa)
{
    guest_error("cpu", "access to guest physical address %llx, where nothing is (pc %llx)",
                (unsigned long long)gpa, (unsigned long long)c->cia);
    c->spr[SPR_DAR] = ea;
    c->spr[SPR_DSISR] = 0x8000; /* uncorrectable error of a load or store */
    return cpu_interrupt(c, VECTOR_MACHINE_CHECK, c->cia, PPC_BIT(42));
}

/* Devices see big-endian numbers; a little-endian processor's are the swapped ones. */
static uint64_t swap_if_le(const struct cpu *c, unsigned size, uint64_t v)
{
    return c->le ? __builtin_bswap64(v) >> (64 - 8 * size) : v;
}

/* False: the instruction begins anew, after what others wait for. */
static bool lock_for_device(struct cpu *c)
{
    if (!c->hv_ops->lock_for_device) {
        c->hv_ops->lock(c->hv);
        return true;
    }
    if (LIKELY(c->hv_ops->lock_for_device(c->hv)))
        return true;
    c->nia = c->cia;
    return false;
}

static bool device_load(struct cpu *c, ea_t ea, gpa_t gpa, unsigned size, uint64_t *value)
{
    bool answered;

    if (gpa & (size - 1))
        return cpu_interrupt_alignment(c, ea);
    if (UNLIKELY(c->store_log))
        c->store_log->incomplete = true;
    if (!lock_for_device(c))
        return false;
    answered = mem_mmio_load(c->mem, gpa, size, value);
    c->hv_ops->unlock(c->hv);
    if (!answered)
        return bus_error(c, ea, gpa);
    *value = swap_if_le(c, size, *value);
    return true;
}

static bool device_store(struct cpu *c, ea_t ea, gpa_t gpa, unsigned size, uint64_t value)
{
    bool answered;

    if (gpa & (size - 1))
        return cpu_interrupt_alignment(c, ea);
    if (UNLIKELY(c->store_log))
        c->store_log->incomplete = true;
    if (!lock_for_device(c))
        return false;
    answered = mem_mmio_store(c->mem, gpa, size, swap_if_le(c, size, value));
    c->hv_ops->unlock(c->hv);
    return answered || bus_error(c, ea, gpa);
}

/* An access that lies on two pages is done a byte at a time; the first and last byte decide about
 * interrupts before anything is stored. */
static bool load_crossing(struct cpu *c, ea_t ea, unsigned size, uint64_t *value)
{
    uint64_t sum = 0, byte;
    struct translation t;

    /* What is in the TLB is cached. */
    if (tlb_slot(c, ea)->load_tag != tlb_tag(ea, 1)) {
        if (!mmu_translate(c, ea, MMU_LOAD, &t))
            return false;
        if (t.is_uncached)
            return cpu_interrupt_alignment(c, ea);
    }
    for (unsigned i = 0; i < size; i++) {
        if (!load_u8(c, ea + i, &byte))
            return false;
        sum |= byte << 8 * (c->le ? i : size - 1 - i);
    }
    *value = sum;
    return true;
}

static bool store_crossing(struct cpu *c, ea_t ea, unsigned size, uint64_t value)
{
    struct translation t;

    if (!mmu_translate(c, ea, MMU_STORE, &t))
        return false;
    if (t.is_uncached)
        return cpu_interrupt_alignment(c, ea);
    if (!mmu_translate(c, (ea + size - 1) & c->ea_mask, MMU_STORE, &t) || watch_stops(c, ea, size, MMU_STORE))
        return false;
    for (unsigned i = 0; i < size; i++)
        if (!store_u8(c, ea + i, value >> 8 * (c->le ? i : size - 1 - i)))
            return false;
    return true;
}

static uint64_t ram_load(const struct cpu *c, const void *p, unsigned size)
{
    switch (size) {
    case 1:
        return *(const uint8_t *)p;
    case 2:
        return c->le ? ld_le16(p) : ld_be16(p);
    case 4:
        return c->le ? ld_le32(p) : ld_be32(p);
    default:
        return c->le ? ld_le64(p) : ld_be64(p);
    }
}

static void ram_store(const struct cpu *c, void *p, unsigned size, uint64_t value)
{
    switch (size) {
    case 1:
        *(uint8_t *)p = (uint8_t)value;
        break;
    case 2:
        c->le ? st_le16(p, (uint16_t)value) : st_be16(p, (uint16_t)value);
        break;
    case 4:
        c->le ? st_le32(p, (uint32_t)value) : st_be32(p, (uint32_t)value);
        break;
    default:
        c->le ? st_le64(p, value) : st_be64(p, value);
    }
}

bool mmu_load_slow(struct cpu *c, ea_t ea, unsigned size, uint64_t *value)
{
    struct translation t;

    if (crosses_page(ea, size))
        return load_crossing(c, ea, size, value);
    if (!mmu_translate(c, ea, MMU_LOAD, &t) || watch_stops(c, ea, size, MMU_LOAD))
        return false;
    if (UNLIKELY(!gpa_is_ram(c->mem, t.gpa, size)))
        return device_load(c, ea, t.gpa, size, value);
    if (UNLIKELY(t.is_uncached && ea & (size - 1)))
        return cpu_interrupt_alignment(c, ea);
    fill(c, ea, &t);
    *value = ram_load(c, c->mem->ram + t.gpa, size);
    return true;
}

bool mmu_store_slow(struct cpu *c, ea_t ea, unsigned size, uint64_t value)
{
    struct translation t;

    if (crosses_page(ea, size))
        return store_crossing(c, ea, size, value);
    if (!mmu_translate(c, ea, MMU_STORE, &t) || watch_stops(c, ea, size, MMU_STORE))
        return false;
    if (UNLIKELY(!gpa_is_ram(c->mem, t.gpa, size)))
        return device_store(c, ea, t.gpa, size, value);
    if (UNLIKELY(t.is_uncached && ea & (size - 1)))
        return cpu_interrupt_alignment(c, ea);
    mem_invalidate_code(c->mem, t.gpa, size);
    if (UNLIKELY(c->store_log))
        store_log_note(c->store_log, c->mem->ram + t.gpa, size);
    fill(c, ea, &t);
    ram_store(c, c->mem->ram + t.gpa, size, value);
    return true;
}

bool mmu_store_is_unwatched(struct cpu *c, ea_t ea, unsigned size)
{
    struct translation t;

    ea &= c->ea_mask;
    return mmu_translate(c, ea, MMU_STORE, &t) &&
           mmu_translate(c, (ea + size - 1) & c->ea_mask, MMU_STORE, &t) && !watch_stops(c, ea, size, MMU_STORE);
}

void *mmu_host_address(struct cpu *c, ea_t ea, unsigned size, enum mmu_access access, gpa_t *gpa)
{
    struct translation t;

    ea &= c->ea_mask;
    if (!mmu_translate(c, ea, access, &t))
        return NULL;
    if (t.is_uncached || !gpa_is_ram(c->mem, align_down(t.gpa, 16), 16)) {
        cpu_interrupt_data_storage(
            c, ea, DSISR_BAD_ATTRIBUTE | (access == MMU_STORE ? DSISR_STORE : 0));
        return NULL;
    }
    if (watch_stops(c, ea, size, access))
        return NULL;
    if (access == MMU_STORE) {
        mem_invalidate_code(c->mem, align_down(t.gpa, 16), 16);
        if (UNLIKELY(c->store_log))
            store_log_note(c->store_log, c->mem->ram + t.gpa, size);
    }
    fill(c, ea, &t);
    *gpa = t.gpa;
    return c->mem->ram + t.gpa;
}

/* All ones is TLB_NO_TAG in every tag. */
static void clear(struct cpu *c, unsigned space)
{
    memset(c->tlbs[space], 0xff, sizeof c->tlbs[space]);
}

/* The AMR as far as translations under the present MSR depend on it. */
static uint64_t felt_amr(const struct cpu *c)
{
    if (!(c->lpcr & LPCR_HR))
        return c->spr[SPR_AMR];
    return c->msr & MSR_PR ? 0 : c->spr[SPR_AMR] & PPC_BITMASK(0, 1);
}

void mmu_select_tlb(struct cpu *c)
{
    bool problem = c->msr & MSR_PR;
    uint64_t amr = felt_amr(c);
    unsigned i;

    if (!(c->msr & MSR_DR)) {
        c->tlb_spaces[TLB_REAL].is_valid = true;
        c->tlb = c->tlbs[TLB_REAL];
        return;
    }
    for (i = TLB_FIRST_TRANSLATED; i < TLB_SPACES; i++) {
        const struct tlb_space *s = &c->tlb_spaces[i];

        if (s->is_valid && s->problem == problem && s->amr == amr) {
            c->tlb = c->tlbs[i];
            return;
        }
    }
    for (i = TLB_FIRST_TRANSLATED; i < TLB_SPACES && c->tlb_spaces[i].is_valid; i++)
        ;
    if (i == TLB_SPACES) {
        i = TLB_FIRST_TRANSLATED + c->next_tlb_space;
        c->next_tlb_space = (c->next_tlb_space + 1) % (TLB_SPACES - TLB_FIRST_TRANSLATED);
        clear(c, i);
    }
    c->tlb_spaces[i] = (struct tlb_space){ true, problem, amr };
    c->tlb = c->tlbs[i];
}

void mmu_forget_fetches(struct cpu *c)
{
    code_cache_flush_addresses(c->code);
    if (c->jit)
        jit_forget_fetches(c->jit);
}

void mmu_tlb_flush(struct cpu *c)
{
    c->tlb_flushes++;
    for (unsigned i = 0; i < TLB_SPACES; i++) {
        if (c->tlb_spaces[i].is_valid)
            clear(c, i);
        c->tlb_spaces[i].is_valid = false;
    }
    mmu_forget_fetches(c);
    mmu_select_tlb(c);
}

void mmu_flush_requested(struct cpu *c)
{
    if (!(atomic_load_explicit(&c->requests, memory_order_acquire) & CPU_REQUEST_FLUSH))
        return;
    /* Who asked goes on when the bit is clear. What another asks for in between is done here, too. */
    mmu_tlb_flush(c);
    cpu_request_clear(c, CPU_REQUEST_FLUSH);
    if (c->hv_ops->flush_done)
        c->hv_ops->flush_done(c->hv);
}

uint32_t mmu_mark_code(struct cpu *c, gpa_t gpa)
{
    bool must_tell;
    uint32_t state;

    if (!c->hv_ops->flush_others) {
        state = mem_page_mark_code(c->mem, gpa);
    } else {
        state = mem_page_begin_code(c->mem, gpa, &must_tell);
        if (must_tell)
            c->hv_ops->flush_others(c->hv);
        mem_page_end_code(c->mem);
    }
    mmu_tlb_protect_page(c, gpa);
    return state;
}

void mmu_tlb_forget_data(struct cpu *c, ea_t ea)
{
    for (unsigned space = 0; space < TLB_SPACES; space++) {
        struct tlb_entry *e = &c->tlbs[space][ea >> MEM_PAGE_SHIFT & (TLB_ENTRIES - 1)];

        e->load_tag = e->store_tag = TLB_NO_TAG;
    }
}

void mmu_tlb_flush_page(struct cpu *c, ea_t ea)
{
    mmu_tlb_forget_data(c, ea);
    mmu_forget_fetches(c);
}

void mmu_tlb_protect_page(struct cpu *c, gpa_t gpa)
{
    for (unsigned space = 0; space < TLB_SPACES; space++)
        for (unsigned i = 0; i < TLB_ENTRIES && c->tlb_spaces[space].is_valid; i++)
            if (c->tlbs[space][i].gpa_page == gpa)
                c->tlbs[space][i].store_tag = TLB_NO_TAG;
}

void mmu_tlb_protect_all(struct cpu *c)
{
    for (unsigned space = 0; space < TLB_SPACES; space++)
        for (unsigned i = 0; i < TLB_ENTRIES && c->tlb_spaces[space].is_valid; i++)
            c->tlbs[space][i].store_tag = TLB_NO_TAG;
}
