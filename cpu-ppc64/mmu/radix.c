/* Radix tree translation. [ISA3.0 III 5.7.10 to 5.7.12]
 *
 *   process table[PID] -> root of the tree -> directory entries -> page table entry
 *
 * The two top bits of the address choose the quadrant: 0b00 uses the tree of PIDR's process, 0b11
 * that of process 0 (the kernel's). Table addresses are guest physical ones: the partition-scoped
 * translation of a partition under this emulator is the identity.
 *
 * Key 0 of AMR and IAMR protects pages of the problem state from the privileged one. */
#include "cpu-ppc64/mmu/keys.h"
#include "cpu-ppc64/mmu/radix-cache.h"
#include "cpu-ppc64/mmu/radix.h"

/* struct cpu.process_table: bit 0 radix, base in bits 4:51, log2(size / 4096) in bits 59:63. */
#define PRTB_RADIX PPC_BIT(0)
#define PRTB_BASE PPC_BITMASK(4, 51)
#define PRTB_SIZE PPC_BITMASK(59, 63)

/* Process table entry, doubleword 0. */
#define PRTE_RTS_HIGH(e) PPC_FIELD(e, 1, 2)
#define PRTE_RTS_LOW(e) PPC_FIELD(e, 56, 58)
#define PRTE_ROOT PPC_BITMASK(4, 55)
#define PRTE_ROOT_BITS PPC_BITMASK(59, 63)

/* Directory and page table entries. */
#define ENTRY_VALID PPC_BIT(0)
#define ENTRY_LEAF PPC_BIT(1)
#define PDE_NEXT PPC_BITMASK(4, 55)
#define PDE_NEXT_BITS PPC_BITMASK(59, 63)
#define PTE_RPN PPC_BITMASK(7, 51)
#define PTE_REFERENCE PPC_BIT(55)
#define PTE_CHANGE PPC_BIT(56)
#define PTE_ATTRIBUTES(e) PPC_FIELD(e, 58, 59) /* 0 normal, 1 SAO, 2 non-idempotent, 3 tolerant I/O */
#define PTE_PRIVILEGED PPC_BIT(60)
#define PTE_READ PPC_BIT(61)
#define PTE_WRITE PPC_BIT(62)
#define PTE_EXECUTE PPC_BIT(63)

enum { SMALLEST_PAGE_SHIFT = 12, LARGEST_LEVEL_BITS = 16, SMALLEST_LEVEL_BITS = 5 };

static bool is_page_shift(unsigned shift)
{
    return shift == 12 || shift == 16 || shift == 21 || shift == 30;
}

uint32_t radix_process(const struct cpu *c, ea_t ea)
{
    return PPC_FIELD(ea, 0, 1) == 0 ? (uint32_t)c->spr[SPR_PIDR] : 0;
}

/* Table entries are as good as always in RAM. */
static inline bool load_entry(const struct cpu *c, gpa_t gpa, uint64_t *entry)
{
    if (UNLIKELY(!gpa_is_ram(c->mem, gpa, 8)))
        return false;
    *entry = ld_be64(c->mem->ram + gpa);
    return true;
}

/* Reads the root pointer for ea's quadrant; its size in bits goes to *bits. */
static enum walk_result find_root(struct cpu *c, ea_t ea, uint64_t *entry, unsigned *bits)
{
    uint64_t quadrant = PPC_FIELD(ea, 0, 1);
    uint64_t pid = radix_process(c, ea);
    uint64_t table_size = UINT64_C(4096) << (c->process_table & PRTB_SIZE);

    if (quadrant == 1 || quadrant == 2)
        return WALK_SEGMENT;
    if (!(c->process_table & PRTB_RADIX) || pid * 16 >= table_size)
        return WALK_NO_TRANSLATION;
    if (!load_entry(c, (c->process_table & PRTB_BASE) + pid * 16, entry))
        return WALK_NO_TRANSLATION;
    *bits = (unsigned)(PRTE_RTS_HIGH(*entry) << 3 | PRTE_RTS_LOW(*entry)) + 31;
    if (*bits > 62)
        return WALK_BAD_TREE;
    if ((ea & ~PPC_BITMASK(0, 1)) >> *bits)
        return WALK_SEGMENT;
    return WALK_OK;
}

static enum walk_result check_access(const struct cpu *c, uint64_t pte, enum mmu_access access)
{
    bool problem = c->msr & MSR_PR, allowed;

    if (problem && pte & PTE_PRIVILEGED)
        return WALK_PROTECTION;
    switch (access) {
    case MMU_LOAD:
        allowed = pte & (PTE_READ | PTE_WRITE);
        break;
    case MMU_STORE:
        allowed = pte & PTE_WRITE;
        break;
    default:
        if (!(pte & PTE_EXECUTE) || PTE_ATTRIBUTES(pte) == 2)
            return WALK_NO_EXECUTE;
        allowed = true;
    }
    if (!allowed)
        return WALK_PROTECTION;
    return problem || pte & PTE_PRIVILEGED || key_permits(c, 0, access) ? WALK_OK : WALK_KEY;
}

/* Sets bits of the entry in memory, unless somebody else changed it meanwhile: then the walk has to
 * be done again, which a retry of the instruction would do; false says so. */
static bool set_entry_bits(struct cpu *c, gpa_t gpa, uint64_t old, uint64_t bits)
{
    uint64_t *p, expected, desired;

    if ((old & bits) == bits)
        return true;
    if (!gpa_is_ram(c->mem, gpa, 8))
        return false;
    mem_invalidate_code(c->mem, gpa, 8);
    p = (uint64_t *)(void *)(c->mem->ram + gpa);
    st_be64(&expected, old);
    st_be64(&desired, old | bits);
    return __atomic_compare_exchange_n(p, &expected, desired, false, __ATOMIC_SEQ_CST,
                                       __ATOMIC_RELAXED);
}

static void describe(const struct cpu *c, ea_t ea, uint64_t entry, unsigned bits, enum mmu_access access,
                     struct translation *t)
{
    t->page_shift = bits;
    t->gpa = (entry & PTE_RPN & ~((UINT64_C(1) << bits) - 1)) |
             (ea & ((UINT64_C(1) << bits) - 1));
    t->can_load = access == MMU_LOAD || check_access(c, entry, MMU_LOAD) == WALK_OK;
    t->can_store = check_access(c, entry, MMU_STORE) == WALK_OK &&
                   (entry & PTE_CHANGE || access == MMU_STORE);
    t->is_uncached = PTE_ATTRIBUTES(entry) >= 2;
}

/* From what earlier walks have found. What it does not permit has to be looked up anew, since rights may be added
 * without an invalidation; so has the first store, which sets the change bit. [ISA3.0 III 5.10.1.2] */
static bool find_kept(struct cpu *c, ea_t ea, enum mmu_access access, struct translation *t)
{
    const struct radix_leaf *leaf = radix_cache_find(c->radix_cache, radix_process(c, ea), ea);

    if (!leaf || (access == MMU_STORE && !(leaf->pte & PTE_CHANGE)) || check_access(c, leaf->pte, access) != WALK_OK)
        return false;
    describe(c, ea, leaf->pte, leaf->shift, access, t);
    return true;
}

enum walk_result radix_walk(struct cpu *c, ea_t ea, enum mmu_access access, bool update,
                             struct translation *t)
{
    uint64_t entry, wanted;
    unsigned bits, level_bits;
    enum walk_result result;
    gpa_t table, at;

    if (update && find_kept(c, ea, access, t))
        return WALK_OK;
retry:
    result = find_root(c, ea, &entry, &bits);
    if (result != WALK_OK)
        return result;
    table = entry & PRTE_ROOT;
    level_bits = (unsigned)(entry & PRTE_ROOT_BITS);
    for (;;) {
        if (level_bits < SMALLEST_LEVEL_BITS || level_bits > LARGEST_LEVEL_BITS ||
            level_bits + SMALLEST_PAGE_SHIFT > bits)
            return WALK_BAD_TREE;
        bits -= level_bits;
        at = table + (ea >> bits & ((UINT64_C(1) << level_bits) - 1)) * 8;
        if (!load_entry(c, at, &entry) || !(entry & ENTRY_VALID))
            return WALK_NO_TRANSLATION;
        if (entry & ENTRY_LEAF)
            break;
        table = entry & PDE_NEXT;
        level_bits = (unsigned)(entry & PDE_NEXT_BITS);
    }
    if (!is_page_shift(bits))
        return WALK_BAD_TREE;
    result = check_access(c, entry, access);
    if (result != WALK_OK)
        return result;
    wanted = PTE_REFERENCE | (access == MMU_STORE ? PTE_CHANGE : 0);
    if (update && !set_entry_bits(c, at, entry, wanted)) {
        if (!gpa_is_ram(c->mem, at, 8))
            return WALK_BAD_TREE;
        goto retry;
    }
    if (update)
        radix_cache_put(c->radix_cache, radix_process(c, ea), ea, bits, entry | wanted);
    describe(c, ea, entry, bits, access, t);
    return WALK_OK;
}
