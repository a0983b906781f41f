/* Radix tree translation. [ISA3.0 III 5.7.10 to 5.7.12]
 *
 *   process table[PID] -> root of the tree -> directory entries -> page table entry
 *
 * The two top bits of the address choose the quadrant: 0b00 uses the tree of PIDR's process, 0b11
 * that of process 0 (the kernel's). Table addresses are guest physical ones: the partition-scoped
 * translation of a partition under this emulator is the identity. Those of a guest of the partition are its real
 * addresses, and go through partition.c.
 *
 * Key 0 of AMR and IAMR protects pages of the problem state from the privileged one. */
#include "cpu-ppc64/guest.h"
#include "cpu-ppc64/mmu/keys.h"
#include "cpu-ppc64/mmu/partition.h"
#include "cpu-ppc64/mmu/radix-cache.h"
#include "cpu-ppc64/mmu/radix.h"
#include "cpu-ppc64/mmu/radix-tree.h"

/* struct cpu.process_table: bit 0 radix, base in bits 4:51, log2(size / 4096) in bits 59:63. */
#define PRTB_RADIX PPC_BIT(0)
#define PRTB_BASE PPC_BITMASK(4, 51)
#define PRTB_SIZE PPC_BITMASK(59, 63)

uint32_t radix_process(const struct cpu *c, ea_t ea)
{
    return guest_tag(c) | (PPC_FIELD(ea, 0, 1) == 0 ? (uint32_t)c->spr[SPR_PIDR] : 0);
}

/* The process table's and the tree's entries: as good as always in RAM. */
static inline enum walk_result load_entry(struct cpu *c, gpa_t at, uint64_t *entry)
{
    struct translation t = { .gpa = at };

    if (UNLIKELY(c->guest) && partition_walk(c, at, MMU_LOAD, true, &t) != WALK_OK)
        return WALK_PARTITION;
    if (UNLIKELY(!gpa_is_ram(c->mem, t.gpa, 8)))
        return WALK_NO_TRANSLATION;
    *entry = ld_be64(c->mem->ram + t.gpa);
    return WALK_OK;
}

/* Reads the root pointer for ea's quadrant; the size of its addresses goes to *bits. */
static enum walk_result find_root(struct cpu *c, ea_t ea, uint64_t *entry, unsigned *bits)
{
    uint64_t quadrant = PPC_FIELD(ea, 0, 1);
    uint64_t pid = quadrant == 0 ? c->spr[SPR_PIDR] : 0;
    uint64_t table_size = UINT64_C(4096) << (c->process_table & PRTB_SIZE);
    enum walk_result result;

    if (quadrant == 1 || quadrant == 2)
        return WALK_SEGMENT;
    if (!(c->process_table & PRTB_RADIX) || pid * 16 >= table_size)
        return WALK_NO_TRANSLATION;
    result = load_entry(c, (c->process_table & PRTB_BASE) + pid * 16, entry);
    if (result == WALK_PARTITION)
        c->guest->hdsisr |= HDSISR_PROCESS_TABLE;
    if (result != WALK_OK)
        return result;
    *bits = radix_tree_bits(*entry);
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

/* Sets bits of the entry that lies there. WALK_AGAIN: somebody else changed it meanwhile. */
static enum walk_result set_entry_bits(struct cpu *c, const struct radix_leaf_place *leaf, uint64_t bits)
{
    struct translation t = { .gpa = leaf->at };

    if ((leaf->pte & bits) == bits)
        return WALK_OK;
    if (UNLIKELY(c->guest) && partition_walk(c, leaf->at, MMU_STORE, true, &t) != WALK_OK)
        return WALK_PARTITION;
    if (!gpa_is_ram(c->mem, t.gpa, 8))
        return WALK_BAD_TREE;
    return radix_set_bits(c, t.gpa, leaf->pte, bits) ? WALK_OK : WALK_AGAIN;
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
    uint64_t root, wanted = PTE_REFERENCE | (access == MMU_STORE ? PTE_CHANGE : 0);
    struct radix_leaf_place leaf;
    enum walk_result result;
    unsigned bits;

    if (update && find_kept(c, ea, access, t))
        return UNLIKELY(c->guest) ? partition_compose(c, access, update, t) : WALK_OK;
    do {
        result = find_root(c, ea, &root, &bits);
        if (result != WALK_OK)
            return result;
        result = radix_descend(c, root, bits, ea & ~PPC_BITMASK(0, 1), load_entry, &leaf);
        if (result == WALK_OK)
            result = check_access(c, leaf.pte, access);
        if (result == WALK_OK && update)
            result = set_entry_bits(c, &leaf, wanted);
    } while (result == WALK_AGAIN);
    if (result != WALK_OK)
        return result;
    if (update)
        radix_cache_put(c->radix_cache, radix_process(c, ea), ea, leaf.shift, leaf.pte | wanted);
    describe(c, ea, leaf.pte, leaf.shift, access, t);
    return UNLIKELY(c->guest) ? partition_compose(c, access, update, t) : WALK_OK;
}
