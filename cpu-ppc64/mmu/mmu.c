/* Translation under the present MSR, the interrupts of its failures, the software TLB, and the slow
 * ways of loads and stores. */
#include "cpu-ppc64/mmu/mmu.h"

#include <string.h>

#include "base/log.h"
#include "cpu-ppc64/guest.h"
#include "cpu-ppc64/interp/access.h"
#include "cpu-ppc64/interp/code-cache.h"
#include "cpu-ppc64/jit/jit.h"
#include "cpu-ppc64/mmu/hash.h"
#include "cpu-ppc64/mmu/partition.h"
#include "cpu-ppc64/mmu/radix-cache.h"
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

/* Real addressing: what a guest takes for real is translated. */
static enum walk_result translate_real(struct cpu *c, ea_t ea, enum mmu_access access, bool update,
                                       struct translation *t)
{
    *t = (struct translation){
        .gpa = ea & REAL_ADDRESS, .page_shift = MEM_PAGE_SHIFT, .can_load = true, .can_store = true
    };
    return UNLIKELY(c->guest) ? partition_compose(c, access, update, t) : WALK_OK;
}

bool mmu_translate(struct cpu *c, ea_t ea, enum mmu_access access, struct translation *t)
{
    enum walk_result result;

    if (!is_translated(c, access))
        return translate_real(c, ea, access, true, t) == WALK_OK || partition_fault(c, ea, access);
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
    if (result == WALK_PARTITION)
        return partition_fault(c, ea, access);
    return access == MMU_FETCH ? fetch_fault(c, result) : data_fault(c, ea, access, result);
}

bool mmu_probe(struct cpu *c, ea_t ea, gpa_t *gpa)
{
    struct translation t;
    struct cpu_guest kept;
    bool found;

    /* A guest that is about to end has there why. */
    if (c->guest)
        kept = *c->guest;
    found = (is_translated(c, MMU_LOAD) ? walk(c, ea, MMU_LOAD, false, &t) : translate_real(c, ea, MMU_LOAD, false, &t)) ==
            WALK_OK;
    if (c->guest)
        *c->guest = kept;
    if (found)
        *gpa = t.gpa;
    return found;
}

/* Of radix trees: an address of the process that PIDR names, not of process 0's quadrant. */
static bool is_of_process(const struct cpu *c, ea_t ea)
{
    return c->lpcr & LPCR_HR && c->msr & MSR_DR && !(ea >> 62);
}

static void note_fill(struct cpu *c, ea_t ea)
{
    struct tlb_space *s = &c->tlb_spaces[c->tlb_space];

    s->is_filled = true;
    if (c->tlb_space >= TLB_FIRST_PROBLEM)
        s->has_process_0 |= !is_of_process(c, ea);
    else if (is_of_process(c, ea) && s->n_notes++ < TLB_NOTES)
        s->notes[s->n_notes - 1] = ea >> MEM_PAGE_SHIFT & (TLB_ENTRIES - 1);
}

static struct tlb_grant *grant_of(struct cpu *c, gpa_t gpa)
{
    return &c->tlb_grants[(gpa >> MEM_PAGE_SHIFT) % TLB_GRANTS];
}

static void note_grant(struct cpu *c, unsigned entry, gpa_t gpa)
{
    struct tlb_grant *g = grant_of(c, gpa);

    if (!g->is_used || g->page != (uint32_t)(gpa >> MEM_PAGE_SHIFT) || g->n > TLB_GRANTED)
        return;
    if (g->n++ < TLB_GRANTED)
        g->at[g->n - 1] = (uint16_t)(c->tlb_space * TLB_ENTRIES + entry);
}

/* Enters a page of RAM into the TLB, for the kinds of access that may go by it. Uncached ones stay out, so that each
 * access is looked at. */
static void fill(struct cpu *c, ea_t ea, const struct translation *t)
{
    struct tlb_entry *e = tlb_slot(c, ea);
    ea_t page = align_down(ea, MEM_PAGE_SIZE);
    gpa_t gpa = align_down(t->gpa, MEM_PAGE_SIZE);
    bool is_marked = mem_page_marks(c->mem, gpa) & (MEM_PAGE_HAS_CODE | MEM_PAGE_RESERVED);

    if (UNLIKELY(t->is_uncached))
        return;
    note_fill(c, ea);
    e->load_tag = t->can_load ? page : TLB_NO_TAG;
    e->store_tag = t->can_store && !is_marked && !c->store_log ? page : TLB_NO_TAG;
    if (UNLIKELY(c->watches)) {
        e->load_tag = watch_covers_page(c, page, MMU_LOAD) ? TLB_NO_TAG : e->load_tag;
        e->store_tag = watch_covers_page(c, page, MMU_STORE) ? TLB_NO_TAG : e->store_tag;
    }
    e->addend = (uintptr_t)c->mem->ram + gpa - page;
    e->gpa_page = gpa;
    c->tlb_pages[c->tlb_space][e - c->tlb] = (uint32_t)(gpa >> MEM_PAGE_SHIFT);
    if (e->store_tag != TLB_NO_TAG)
        note_grant(c, (unsigned)(e - c->tlb), gpa);
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
    if (c->jit && c->msr & MSR_ME) {
        /* Translated code puts the registers together only after this call, and who takes the interrupt
         * (fwnmi) may want to see or change them: it is taken before the next instruction, which is this one. */
        c->machine_check_bits = PPC_BIT(42);
        c->nia = c->cia;
        cpu_request(c, CPU_REQUEST_MCHECK);
        return false;
    }
    return cpu_interrupt(c, VECTOR_MACHINE_CHECK, c->cia, PPC_BIT(42));
}

/* Devices see big-endian numbers; a little-endian processor's are the swapped ones. */
static uint64_t swap_if_le(const struct cpu *c, unsigned size, uint64_t v)
{
    return c->le ? __builtin_bswap64(v) >> (64 - 8 * size) : v;
}

/* False: the instruction begins anew, after what others wait for. */
static bool lock_for_device(struct cpu *c, bool has_own_lock)
{
    if (has_own_lock)
        return true;
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
    bool answered, has_own_lock = mem_mmio_has_own_lock(c->mem, gpa);

    if (gpa & (size - 1))
        return cpu_interrupt_alignment(c, ea);
    if (UNLIKELY(c->store_log))
        c->store_log->incomplete = true;
    if (!lock_for_device(c, has_own_lock))
        return false;
    answered = mem_mmio_load(c->mem, gpa, size, value);
    if (!has_own_lock)
        c->hv_ops->unlock(c->hv);
    if (!answered)
        return bus_error(c, ea, gpa);
    *value = swap_if_le(c, size, *value);
    return true;
}

static bool device_store(struct cpu *c, ea_t ea, gpa_t gpa, unsigned size, uint64_t value)
{
    bool answered, has_own_lock = mem_mmio_has_own_lock(c->mem, gpa);

    if (gpa & (size - 1))
        return cpu_interrupt_alignment(c, ea);
    if (UNLIKELY(c->store_log))
        c->store_log->incomplete = true;
    if (!lock_for_device(c, has_own_lock))
        return false;
    answered = mem_mmio_store(c->mem, gpa, size, swap_if_le(c, size, value));
    if (!has_own_lock)
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

/* To a page with a reservation: as one step together with its granule's version. Now and then the mark is taken away,
 * with the reservations of others, as nobody may need it any more. */
static void store_noted(struct cpu *c, gpa_t gpa, unsigned size, uint64_t value)
{
    enum { MOST = 64 };
    void *p = c->mem->ram + gpa;
    bool is_own;
    uint32_t version;

    if (++c->reservation.n_noted % MOST == 0 || (gpa ^ (gpa + size - 1)) >> MEM_GRANULE_SHIFT) {
        mem_invalidate_code(c->mem, gpa, size);
        ram_store(c, p, size, value);
        return;
    }
    version = mem_granule_lock(c->mem, gpa);
    ram_store(c, p, size, value);
    /* One's own store does not end one's reservation. */
    is_own = c->reservation.kind == RESERVED_EXACT && c->reservation.granule == mem_granule(c->mem, gpa) &&
             c->reservation.version == version;
    if (is_own)
        c->reservation.version += 2;
    mem_granule_unlock(c->mem, gpa, version + 2);
}

bool mmu_store_slow(struct cpu *c, ea_t ea, unsigned size, uint64_t value)
{
    struct translation t;
    uint32_t marks;

    if (crosses_page(ea, size))
        return store_crossing(c, ea, size, value);
    if (!mmu_translate(c, ea, MMU_STORE, &t) || watch_stops(c, ea, size, MMU_STORE))
        return false;
    if (UNLIKELY(!gpa_is_ram(c->mem, t.gpa, size)))
        return device_store(c, ea, t.gpa, size, value);
    if (UNLIKELY(t.is_uncached && ea & (size - 1)))
        return cpu_interrupt_alignment(c, ea);
    marks = mem_page_marks(c->mem, t.gpa);
    if (UNLIKELY((marks & (MEM_PAGE_HAS_CODE | MEM_PAGE_RESERVED)) == MEM_PAGE_RESERVED)) {
        store_noted(c, t.gpa, size, value);
        fill(c, ea, &t);
        return true;
    }
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

static void *host_address(struct cpu *c, ea_t ea, unsigned size, enum mmu_access access, bool stores, gpa_t *gpa)
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
        if (stores)
            mem_invalidate_code(c->mem, align_down(t.gpa, 16), 16);
        if (UNLIKELY(c->store_log))
            store_log_note(c->store_log, c->mem->ram + t.gpa, size);
    }
    fill(c, ea, &t);
    *gpa = t.gpa;
    return c->mem->ram + t.gpa;
}

void *mmu_host_address(struct cpu *c, ea_t ea, unsigned size, enum mmu_access access, gpa_t *gpa)
{
    return host_address(c, ea, size, access, true, gpa);
}

void *mmu_host_address_to_store(struct cpu *c, ea_t ea, unsigned size, gpa_t *gpa)
{
    return host_address(c, ea, size, MMU_STORE, false, gpa);
}

/* ---- the arrays, and what is forgotten ---- */

/* All ones is TLB_NO_TAG in every tag; an array that was never used stays as it is. */
static void clear(struct cpu *c, unsigned space)
{
    struct tlb_space *s = &c->tlb_spaces[space];

    if (s->is_filled)
        memset(c->tlbs[space], 0xff, sizeof c->tlbs[space]);
    s->is_filled = s->has_process_0 = false;
    s->n_notes = 0;
}

/* The AMR as far as translations under the present MSR depend on it. */
static uint64_t felt_amr(const struct cpu *c)
{
    if (!(c->lpcr & LPCR_HR))
        return c->spr[SPR_AMR];
    return c->msr & MSR_PR ? 0 : c->spr[SPR_AMR] & PPC_BITMASK(0, 1);
}

static bool is_for(const struct tlb_space *s, uint64_t amr, uint32_t pid)
{
    return s->is_valid && s->amr == amr && s->pid == pid;
}

static void use_space(struct cpu *c, unsigned space)
{
    if (UNLIKELY(!c->tlb_spaces[space].is_made)) {
        memset(c->tlbs[space], 0xff, sizeof c->tlbs[space]);
        c->tlb_spaces[space].is_made = true;
    }
    c->tlb_space = space;
    c->tlb = c->tlbs[space];
}

void mmu_select_tlb(struct cpu *c)
{
    bool problem = c->msr & MSR_PR, is_real = !(c->msr & MSR_DR);
    /* No AMR has such a value as far as it is felt: a guest's real addresses. */
    uint64_t amr = is_real ? UINT64_MAX : felt_amr(c);
    uint32_t pid = guest_tag(c) | (problem && c->lpcr & LPCR_HR ? (uint32_t)c->spr[SPR_PIDR] : 0);
    unsigned first = problem ? TLB_FIRST_PROBLEM : TLB_FIRST_PRIVILEGED;
    unsigned end = problem ? TLB_SPACES : TLB_FIRST_PROBLEM, i = c->tlb_recent[problem];

    if (is_real && LIKELY(!c->guest)) {
        use_space(c, TLB_REAL);
        return;
    }
    if (!is_for(&c->tlb_spaces[i], amr, pid) || i < first)
        for (i = first; i < end && !is_for(&c->tlb_spaces[i], amr, pid); i++)
            ;
    if (i == end) {
        i = first + c->tlb_next[problem];
        c->tlb_next[problem] = (c->tlb_next[problem] + 1) % (end - first);
        clear(c, i);
        c->tlb_spaces[i].is_valid = true;
        c->tlb_spaces[i].amr = amr;
        c->tlb_spaces[i].pid = pid;
    }
    c->tlb_recent[problem] = i;
    use_space(c, i);
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
    for (unsigned i = 0; i < TLB_SPACES; i++)
        clear(c, i);
    radix_cache_forget_all(c->radix_cache);
    partition_forget(c);
    mmu_forget_fetches(c);
    mmu_select_tlb(c);
}

static void forget_entry(struct tlb_entry *e)
{
    e->load_tag = e->store_tag = TLB_NO_TAG;
}

/* The process's entries of a space that is not its own. */
static void forget_notes(struct cpu *c, unsigned space)
{
    struct tlb_space *s = &c->tlb_spaces[space];

    if (s->n_notes > TLB_NOTES) {
        for (unsigned n = 0; n < TLB_ENTRIES; n++)
            if (!(c->tlbs[space][n].load_tag >> 62) || !(c->tlbs[space][n].store_tag >> 62))
                forget_entry(&c->tlbs[space][n]);
    } else {
        for (unsigned n = 0; n < s->n_notes; n++) {
            struct tlb_entry *e = &c->tlbs[space][s->notes[n]];

            /* Another may have taken its place. */
            if (!(e->load_tag >> 62) || !(e->store_tag >> 62))
                forget_entry(e);
        }
    }
    s->n_notes = 0;
}

static void forget_process_in_privileged(struct cpu *c)
{
    for (unsigned i = TLB_FIRST_PRIVILEGED; i < TLB_FIRST_PROBLEM; i++)
        forget_notes(c, i);
}

void mmu_process_changed(struct cpu *c, uint64_t old)
{
    if (c->spr[SPR_PIDR] == old || !(c->lpcr & LPCR_HR))
        return;
    forget_process_in_privileged(c);
    if (c->jit)
        jit_process_changed(c->jit);
    mmu_select_tlb(c);
}

void mmu_guest_changed(struct cpu *c)
{
    struct cpu_guest *g = c->guest;

    /* The partition's own process is the one that entered the guest. */
    if (g && (g->last_lpid != g->lpid || g->last_pid != c->spr[SPR_PIDR])) {
        forget_process_in_privileged(c);
        if (c->jit)
            jit_process_changed(c->jit);
    }
    mmu_select_tlb(c);
}

/* pid has the partition's tag in its upper bits; see guest_tag(). */
static bool is_process_0(uint32_t pid)
{
    return !(pid & ((1u << PROCESS_ID_BITS) - 1));
}

/* An array that may have entries of the process. */
static bool is_of(const struct cpu *c, unsigned i, uint32_t pid)
{
    const struct tlb_space *s = &c->tlb_spaces[i];
    bool same_partition = s->pid >> PROCESS_ID_BITS == pid >> PROCESS_ID_BITS;

    if (i < TLB_FIRST_PROBLEM)
        return same_partition;
    return s->pid == pid || (is_process_0(pid) && same_partition && s->has_process_0);
}

static void forget_process(struct cpu *c, uint32_t pid)
{
    radix_cache_forget_process(c->radix_cache, pid);
    for (unsigned i = TLB_FIRST_PRIVILEGED; i < TLB_SPACES; i++)
        if (is_of(c, i, pid) && (i >= TLB_FIRST_PROBLEM || is_process_0(pid)))
            clear(c, i);
    /* Of a partition that does not run now, it may be the process that did. */
    for (unsigned i = TLB_FIRST_PRIVILEGED; i < TLB_FIRST_PROBLEM; i++)
        if (is_of(c, i, pid) && (pid == (guest_tag(c) | c->spr[SPR_PIDR]) || pid >> PROCESS_ID_BITS != guest_tag(c) >> PROCESS_ID_BITS))
            forget_notes(c, i);
}

static void forget_page_in(struct cpu *c, unsigned space, ea_t page, uint64_t size)
{
    for (ea_t end = page + size; page != end && c->tlb_spaces[space].is_filled; page += MEM_PAGE_SIZE) {
        struct tlb_entry *e = &c->tlbs[space][page >> MEM_PAGE_SHIFT & (TLB_ENTRIES - 1)];

        if (e->load_tag == page || e->store_tag == page)
            forget_entry(e);
    }
}

static void forget_page(struct cpu *c, uint32_t pid, ea_t page, uint64_t size)
{
    radix_cache_forget_page(c->radix_cache, pid, page, size);
    for (unsigned i = TLB_FIRST_PRIVILEGED; i < TLB_SPACES; i++)
        if (is_of(c, i, pid))
            forget_page_in(c, i, page, size);
}

/* Whether any of so many numbers of pages begins so: in a form that compilers make vector instructions of. */
enum { SEARCHED_AT_ONCE = 64 };
static bool has_page(const uint32_t *pages, uint32_t first, unsigned log2_pages)
{
    uint32_t found = 0;

    for (unsigned n = 0; n < SEARCHED_AT_ONCE; n++)
        found |= pages[n] >> log2_pages == first ? UINT32_MAX : 0;
    return found;
}

/* Translations to the naturally aligned 1 << page_shift bytes: of a hash page table's entry that goes. Which effective
 * addresses it had is not known here, as each processor has segments of its own. */
static void forget_real(struct cpu *c, gpa_t gpa, unsigned page_shift)
{
    unsigned log2_pages = page_shift - MEM_PAGE_SHIFT;
    uint32_t first = (uint32_t)(gpa >> page_shift);

    for (unsigned space = TLB_FIRST_PRIVILEGED; space < TLB_SPACES; space++)
        for (unsigned i = 0; i < TLB_ENTRIES && c->tlb_spaces[space].is_filled; i += SEARCHED_AT_ONCE)
            if (UNLIKELY(has_page(&c->tlb_pages[space][i], first, log2_pages)))
                for (unsigned k = i; k < i + SEARCHED_AT_ONCE; k++)
                    if (c->tlb_pages[space][k] >> log2_pages == first)
                        forget_entry(&c->tlbs[space][k]);
    code_cache_forget_real(c->code, gpa >> page_shift, page_shift);
    if (c->jit)
        jit_forget_real(c->jit, gpa >> page_shift, page_shift);
}

void mmu_invalidate(struct cpu *c, const struct mmu_invalidation *what)
{
    /* A page so large that there is no looking for its parts. */
    bool is_small = what->page_shift <= 16;
    enum mmu_scope scope = what->scope == MMU_SCOPE_PAGE && !is_small ? MMU_SCOPE_PROCESS : what->scope;

    /* Kernels ask once for each congruence class of a TLB that they believe in. Whatever could be kept comes by a
     * miss. */
    if (scope == MMU_SCOPE_PROCESS) {
        if (c->forgotten_process == what->pid && c->forgotten_at == c->tlb_misses)
            return;
        c->forgotten_process = what->pid;
        c->forgotten_at = c->tlb_misses;
    }
    if (scope == MMU_SCOPE_ALL) {
        mmu_tlb_flush(c);
    } else if (scope == MMU_SCOPE_REAL) {
        forget_real(c, what->gpa, what->page_shift);
    } else if (scope == MMU_SCOPE_STORES) {
        mmu_tlb_protect_page(c, what->gpa);
    } else if (scope == MMU_SCOPE_PROCESS) {
        forget_process(c, what->pid);
        code_cache_forget_process(c->code, what->pid);
        if (c->jit)
            jit_forget_process(c->jit, what->pid);
    } else {
        ea_t page = what->ea >> what->page_shift << what->page_shift;
        uint64_t size = UINT64_C(1) << what->page_shift;

        forget_page(c, what->pid, page, size);
        code_cache_forget_page(c->code, what->pid, page, size);
        if (c->jit)
            jit_forget_page(c->jit, what->pid, page, size);
    }
}

void mmu_tlb_forget_data(struct cpu *c, ea_t ea)
{
    for (unsigned space = 0; space < TLB_SPACES; space++)
        if (c->tlb_spaces[space].is_filled)
            forget_entry(&c->tlbs[space][ea >> MEM_PAGE_SHIFT & (TLB_ENTRIES - 1)]);
}

static void protect_entry(struct tlb_entry *e, gpa_t gpa)
{
    if (e->gpa_page == gpa)
        e->store_tag = TLB_NO_TAG;
}

static void search_and_protect(struct cpu *c, gpa_t gpa)
{
    for (unsigned space = 0; space < TLB_SPACES; space++)
        for (unsigned i = 0; i < TLB_ENTRIES && c->tlb_spaces[space].is_filled; i += SEARCHED_AT_ONCE)
            if (UNLIKELY(has_page(&c->tlb_pages[space][i], (uint32_t)(gpa >> MEM_PAGE_SHIFT), 0)))
                for (unsigned k = i; k < i + SEARCHED_AT_ONCE; k++)
                    protect_entry(&c->tlbs[space][k], gpa);
}

void mmu_tlb_protect_page(struct cpu *c, gpa_t gpa)
{
    struct tlb_grant *g = grant_of(c, gpa);
    uint32_t page = (uint32_t)(gpa >> MEM_PAGE_SHIFT);

    if (!g->is_used || g->page != page || g->n > TLB_GRANTED)
        search_and_protect(c, gpa);
    else
        for (unsigned k = 0; k < g->n; k++)
            protect_entry(&c->tlbs[0][0] + g->at[k], gpa);
    *g = (struct tlb_grant){ .page = page, .is_used = true };
}

void mmu_tlb_protect_all(struct cpu *c)
{
    for (unsigned space = 0; space < TLB_SPACES; space++)
        for (unsigned i = 0; i < TLB_ENTRIES && c->tlb_spaces[space].is_filled; i++)
            c->tlbs[space][i].store_tag = TLB_NO_TAG;
}

/* ---- what other processors ask for ---- */

static bool is_same(const struct mmu_invalidation *a, const struct mmu_invalidation *b)
{
    return a->scope == b->scope && a->pid == b->pid && a->ea == b->ea && a->page_shift == b->page_shift;
}

void mmu_ask(struct cpu *c, const struct mmu_invalidation *what)
{
    struct mmu_inbox *inbox = &c->inbox;

    pthread_mutex_lock(&inbox->lock);
    if (what->scope == MMU_SCOPE_ALL)
        inbox->n = MMU_INBOX + 1;
    else if (inbox->n == MMU_INBOX)
        inbox->n++;
    else if (inbox->n < MMU_INBOX && (!inbox->n || !is_same(&inbox->what[inbox->n - 1], what)))
        inbox->what[inbox->n++] = *what;
    /* Under the lock: the bit is set while there is something in the box. */
    cpu_request(c, CPU_REQUEST_FLUSH);
    pthread_mutex_unlock(&inbox->lock);
}

static void forget_for_another(struct cpu *c, const struct mmu_invalidation *what)
{
    /* Who translates something just now is not to keep it. */
    if (what->scope != MMU_SCOPE_STORES)
        c->tlb_flushes++;
    mmu_invalidate(c, what);
}

void mmu_flush_requested(struct cpu *c)
{
    if (!(atomic_load_explicit(&c->requests, memory_order_acquire) & CPU_REQUEST_FLUSH))
        return;
    /* Who asked goes on when the bit is clear. What another asks for in between is done here, too. */
    for (;;) {
        struct mmu_invalidation what[MMU_INBOX];
        unsigned n;

        pthread_mutex_lock(&c->inbox.lock);
        n = c->inbox.n;
        c->inbox.n = 0;
        if (n <= MMU_INBOX)
            memcpy(what, c->inbox.what, n * sizeof what[0]);
        if (!n)
            cpu_request_clear(c, CPU_REQUEST_FLUSH);
        pthread_mutex_unlock(&c->inbox.lock);
        if (!n)
            break;
        if (n > MMU_INBOX)
            mmu_tlb_flush(c);
        for (unsigned i = 0; i < n && n <= MMU_INBOX; i++)
            forget_for_another(c, &what[i]);
    }
    if (c->hv_ops->flush_done)
        c->hv_ops->flush_done(c->hv);
}

/* From when it returns on, stores of all processors tell. */
static uint32_t mark(struct cpu *c, gpa_t gpa, uint32_t which)
{
    bool must_tell;
    uint32_t marks = mem_page_begin_mark(c->mem, gpa, which, &must_tell);

    if (must_tell)
        c->hv_ops->flush_others(c->hv, &(struct mmu_invalidation){ .scope = MMU_SCOPE_STORES, .gpa = gpa });
    mem_page_end_mark(c->mem);
    return marks;
}

uint32_t mmu_mark_code(struct cpu *c, gpa_t gpa)
{
    uint32_t state = c->hv_ops->flush_others ? mark(c, gpa, MEM_PAGE_HAS_CODE) & ~MEM_PAGE_RESERVED
                                             : mem_page_mark_code(c->mem, gpa);

    mmu_tlb_protect_page(c, gpa);
    return state;
}

uint32_t mmu_mark_reserved(struct cpu *c, gpa_t gpa)
{
    gpa_t page = align_down(gpa, MEM_PAGE_SIZE);
    uint32_t marks = mark(c, page, MEM_PAGE_RESERVED);

    mmu_tlb_protect_page(c, page);
    return marks & ~MEM_PAGE_HAS_CODE;
}
