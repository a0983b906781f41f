/* See radix-tree.h. */
#include "cpu-ppc64/mmu/radix-tree.h"

/* A table's entry, that a tree begins with. */
#define ROOT_RTS_HIGH(e) PPC_FIELD(e, 1, 2)
#define ROOT_RTS_LOW(e) PPC_FIELD(e, 56, 58)
#define ROOT_ADDRESS PPC_BITMASK(4, 55)
#define ROOT_LEVEL_BITS PPC_BITMASK(59, 63)

/* Directory entries, and what they have in common with page table entries. */
#define ENTRY_VALID PPC_BIT(0)
#define ENTRY_LEAF PPC_BIT(1)
#define PDE_NEXT PPC_BITMASK(4, 55)
#define PDE_LEVEL_BITS PPC_BITMASK(59, 63)

enum { SMALLEST_PAGE_SHIFT = 12, LARGEST_LEVEL_BITS = 16, SMALLEST_LEVEL_BITS = 5 };

static bool is_page_shift(unsigned shift)
{
    return shift == 12 || shift == 16 || shift == 21 || shift == 30;
}

unsigned radix_tree_bits(uint64_t root)
{
    return (unsigned)(ROOT_RTS_HIGH(root) << 3 | ROOT_RTS_LOW(root)) + 31;
}

enum walk_result radix_descend(struct cpu *c, uint64_t root, unsigned bits, uint64_t address, radix_load *load,
                               struct radix_leaf_place *leaf)
{
    gpa_t table = root & ROOT_ADDRESS;
    unsigned level_bits = (unsigned)(root & ROOT_LEVEL_BITS);
    uint64_t entry;

    for (;;) {
        enum walk_result result;

        if (level_bits < SMALLEST_LEVEL_BITS || level_bits > LARGEST_LEVEL_BITS ||
            level_bits + SMALLEST_PAGE_SHIFT > bits)
            return WALK_BAD_TREE;
        bits -= level_bits;
        leaf->at = table + (address >> bits & ((UINT64_C(1) << level_bits) - 1)) * 8;
        result = load(c, leaf->at, &entry);
        if (result != WALK_OK)
            return result;
        if (!(entry & ENTRY_VALID))
            return WALK_NO_TRANSLATION;
        if (entry & ENTRY_LEAF)
            break;
        table = entry & PDE_NEXT;
        level_bits = (unsigned)(entry & PDE_LEVEL_BITS);
    }
    leaf->pte = entry;
    leaf->shift = bits;
    return is_page_shift(bits) ? WALK_OK : WALK_BAD_TREE;
}

bool radix_set_bits(struct cpu *c, gpa_t gpa, uint64_t old, uint64_t bits)
{
    uint64_t *p, expected, desired;

    if ((old & bits) == bits)
        return true;
    mem_invalidate_code(c->mem, gpa, 8);
    p = (uint64_t *)(void *)(c->mem->ram + gpa);
    st_be64(&expected, old);
    st_be64(&desired, old | bits);
    return __atomic_compare_exchange_n(p, &expected, desired, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}
