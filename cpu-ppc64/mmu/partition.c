/* See partition.h. */
#include "cpu-ppc64/mmu/partition.h"

#include "cpu-ppc64/guest.h"
#include "cpu-ppc64/mmu/radix-cache.h"
#include "cpu-ppc64/mmu/radix-tree.h"

/* HSRR1 has the bits that SRR1 has for instruction storage interrupts, and this one. [ISA3.0 III 6.5.19] */
#define HSRR1_UPDATE PPC_BIT(47) /* a fetch had to store to the tree */

static bool may(uint64_t pte, enum mmu_access access)
{
    switch (access) {
    case MMU_LOAD:
        return pte & (PTE_READ | PTE_WRITE);
    case MMU_STORE:
        return pte & PTE_WRITE;
    default:
        return pte & PTE_EXECUTE && PTE_ATTRIBUTES(pte) != 2;
    }
}

static void describe(gpa_t real, uint64_t pte, unsigned shift, enum mmu_access access, struct translation *t)
{
    uint64_t offset = (UINT64_C(1) << shift) - 1;

    t->page_shift = shift;
    t->gpa = (pte & PTE_RPN & ~offset) | (real & offset);
    t->can_load = may(pte, MMU_LOAD);
    t->can_store = may(pte, MMU_STORE) && (pte & PTE_CHANGE || access == MMU_STORE);
    t->is_uncached = PTE_ATTRIBUTES(pte) >= 2;
}

static enum walk_result fail(struct cpu *c, gpa_t real, enum mmu_access access, uint64_t why)
{
    c->guest->asdr = align_down(real, MEM_PAGE_SIZE);
    c->guest->hdsisr = why | (access == MMU_STORE ? DSISR_STORE : 0);
    return WALK_PARTITION;
}

static bool find_kept(struct cpu *c, gpa_t real, enum mmu_access access, struct translation *t)
{
    const struct radix_leaf *leaf = radix_cache_find(c->partition_cache, c->guest->lpid, real);

    if (!leaf || (access == MMU_STORE && !(leaf->pte & PTE_CHANGE)) || !may(leaf->pte, access))
        return false;
    describe(real, leaf->pte, leaf->shift, access, t);
    return true;
}

static enum walk_result load_own(struct cpu *c, gpa_t gpa, uint64_t *entry)
{
    if (!gpa_is_ram(c->mem, gpa, 8))
        return WALK_NO_TRANSLATION;
    *entry = ld_be64(c->mem->ram + gpa);
    return WALK_OK;
}

enum walk_result partition_walk(struct cpu *c, gpa_t real, enum mmu_access access, bool update, struct translation *t)
{
    uint64_t wanted = PTE_REFERENCE | (access == MMU_STORE ? PTE_CHANGE : 0);
    struct radix_leaf_place leaf;
    enum walk_result result;
    unsigned bits;

    real &= PPC_BITMASK(4, 63);
    if (find_kept(c, real, access, t))
        return WALK_OK;
    do {
        bits = radix_tree_bits(c->guest->tree);
        if (bits > 62)
            return fail(c, real, access, DSISR_UNSUPPORTED_MMU);
        if (real >> bits)
            return fail(c, real, access, DSISR_NO_TRANSLATION);
        result = radix_descend(c, c->guest->tree, bits, real, load_own, &leaf);
        if (result != WALK_OK)
            return fail(c, real, access, result == WALK_BAD_TREE ? DSISR_UNSUPPORTED_MMU : DSISR_NO_TRANSLATION);
        if (!may(leaf.pte, access))
            return fail(c, real, access,
                        access == MMU_FETCH && may(leaf.pte, MMU_LOAD) ? DSISR_NO_EXEC_GUARDED : DSISR_PROTECTION);
    } while (update && !radix_set_bits(c, leaf.at, leaf.pte, wanted));
    if (update)
        radix_cache_put(c->partition_cache, c->guest->lpid, real, leaf.shift, leaf.pte | wanted);
    describe(real, leaf.pte, leaf.shift, access, t);
    return WALK_OK;
}

enum walk_result partition_compose(struct cpu *c, enum mmu_access access, bool update, struct translation *t)
{
    struct translation below;
    enum walk_result result = partition_walk(c, t->gpa, access, update, &below);

    if (result != WALK_OK)
        return result;
    t->gpa = below.gpa;
    if (below.page_shift < t->page_shift)
        t->page_shift = below.page_shift;
    t->can_load = t->can_load && below.can_load;
    t->can_store = t->can_store && below.can_store;
    t->is_uncached = t->is_uncached || below.is_uncached;
    return WALK_OK;
}

bool partition_fault(struct cpu *c, ea_t ea, enum mmu_access access)
{
    struct cpu_guest *g = c->guest;
    uint64_t why = g->hdsisr;

    if (access == MMU_FETCH) {
        guest_leave(c, VECTOR_HYPERVISOR_INSN_STORAGE);
        g->srr1_bits = (why & ~DSISR_STORE) | (why & DSISR_STORE ? HSRR1_UPDATE : 0);
        return false;
    }
    g->hdar = ea;
    c->nia = c->cia;
    return guest_leave(c, VECTOR_HYPERVISOR_DATA_STORAGE);
}

void partition_forget(struct cpu *c)
{
    if (c->partition_cache)
        radix_cache_forget_all(c->partition_cache);
}
