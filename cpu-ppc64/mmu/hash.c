/* Segments and the search of the hash page table; see hash.h.
 *
 *   ea -> SLB entry -> virtual page number -> two groups of eight entries -> the one that matches
 *
 * Real page numbers are guest physical ones. Left out: segment tables in memory (LPCR[UPRT] with the hash
 * MMU), which partitions are not offered; the machine check of two SLB entries that match. */
#include "cpu-ppc64/mmu/hash.h"

#include "cpu-ppc64/mmu/hpt.h"
#include "cpu-ppc64/mmu/keys.h"

enum { SHIFT_256M = 28, SHIFT_1T = 40 };

static bool is_1t(const struct slb_entry *e)
{
    return PPC_FIELD(e->vsid, 0, 1) == 1;
}

struct slb_entry *slb_find(struct cpu *c, ea_t ea)
{
    for (unsigned i = 0; i < SLB_ENTRIES; i++) {
        struct slb_entry *e = &c->slb[i];
        unsigned shift = is_1t(e) ? SHIFT_1T : SHIFT_256M;

        if (e->esid & SLB_VALID && (ea ^ e->esid) >> shift == 0)
            return e;
    }
    return NULL;
}

/* What is looked for. */
struct virtual_page {
    uint64_t v, mask; /* doubleword 0 of the entry without H, and which bits of it count */
    uint64_t hash;
    uint16_t segment; /* L and LP */
};

static bool find_base(uint16_t segment, unsigned *shift)
{
    const struct hpt_page_size *size;

    for (size_t i = 0; (size = hpt_page_size_at(i)); i++)
        if (size->segment == segment) {
            *shift = size->base_shift;
            return true;
        }
    return false;
}

static bool make_page(const struct slb_entry *e, ea_t ea, struct virtual_page *page)
{
    unsigned segment_shift = is_1t(e) ? SHIFT_1T : SHIFT_256M, base_shift;
    uint64_t offset = ea & ((UINT64_C(1) << segment_shift) - 1), vsid = SLB_VSID(e);

    page->segment = (uint16_t)(e->vsid & SLB_L_LP);
    if (!find_base(page->segment, &base_shift))
        return false;
    if (is_1t(e))
        vsid >>= SHIFT_1T - SHIFT_256M;
    page->hash = hpt_hash(vsid, offset, is_1t(e), base_shift);
    /* The abbreviated number leaves 23 bits of the virtual address away. */
    page->v = (e->vsid & SLB_B) | ((vsid << (segment_shift - 23) | offset >> 23) << 7 & HPTE_AVPN) | HPTE_VALID;
    page->mask = HPTE_B | HPTE_AVPN | HPTE_VALID | HPTE_SECONDARY;
    if (base_shift > 23)
        page->mask &= ~(((UINT64_C(1) << (base_shift - 23)) - 1) << 7);
    page->v &= page->mask;
    return true;
}

/* One group: the index of the entry that matches, and its page size; false without one. */
static bool search(const struct hpt *t, const struct virtual_page *page, bool secondary, uint64_t *index,
                   struct hpte *e, const struct hpt_page_size **size)
{
    uint64_t groups = UINT64_C(1) << (t->shift - 7);
    uint64_t first = ((secondary ? ~page->hash : page->hash) & (groups - 1)) * HPT_GROUP_ENTRIES;
    uint64_t v = page->v | (secondary ? HPTE_SECONDARY : 0);

    for (*index = first; *index < first + HPT_GROUP_ENTRIES; (*index)++) {
        *e = hpt_get(t, *index);
        if ((e->v & page->mask) != v)
            continue;
        *size = hpt_page_size_of(*e);
        if (*size && (*size)->segment == page->segment)
            return true;
    }
    return false;
}

/* What PP and the segment's key leave. [ISA2.07 III 5.7.9.2] */
static bool pp_permits(unsigned pp, bool key, bool store)
{
    static const uint8_t reads[2] = { 0x4f, 0x0e }, writes[2] = { 0x07, 0x04 }; /* a bit for each PP */

    return (store ? writes[key] : reads[key]) >> pp & 1;
}

static enum walk_result check_access(const struct cpu *c, const struct slb_entry *s, uint64_t r,
                                     enum mmu_access access)
{
    bool key = s->vsid & (c->msr & MSR_PR ? SLB_KP : SLB_KS);
    unsigned pp = (unsigned)((r & HPTE_PP0 ? 4 : 0) | (r & HPTE_PP));
    unsigned storage_key = (unsigned)(PPC_FIELD(r, 2, 3) << 3 | PPC_FIELD(r, 52, 54));

    if (access == MMU_FETCH && (r & (HPTE_N | HPTE_G) || s->vsid & SLB_N))
        return WALK_NO_EXECUTE;
    if (!pp_permits(pp, key, access == MMU_STORE))
        return WALK_PROTECTION;
    return key_permits(c, storage_key, access) ? WALK_OK : WALK_KEY;
}

enum walk_result hash_walk(struct cpu *c, ea_t ea, enum mmu_access access, bool update,
                           struct translation *t)
{
    const struct slb_entry *s = slb_find(c, ea);
    const struct hpt_page_size *size;
    struct virtual_page page;
    enum walk_result result;
    uint64_t index, wanted, in_page;
    struct hpte e;

    if (!s)
        return WALK_SEGMENT;
    if (!c->hpt || !c->hpt->bytes || !make_page(s, ea, &page))
        return WALK_NO_TRANSLATION;
    if (!search(c->hpt, &page, false, &index, &e, &size) && !search(c->hpt, &page, true, &index, &e, &size))
        return WALK_NO_TRANSLATION;
    result = check_access(c, s, e.r, access);
    if (result != WALK_OK)
        return result;
    wanted = HPTE_R | (access == MMU_STORE ? HPTE_C : 0);
    if (update && (e.r & wanted) != wanted)
        hpt_note(c->hpt, index, e.v, wanted);
    in_page = (UINT64_C(1) << size->shift) - 1;
    t->page_shift = size->shift;
    t->gpa = (e.r & HPTE_RPN & ~in_page) | (ea & in_page);
    t->can_load = access == MMU_LOAD || check_access(c, s, e.r, MMU_LOAD) == WALK_OK;
    t->can_store = check_access(c, s, e.r, MMU_STORE) == WALK_OK && (e.r & HPTE_C || access == MMU_STORE);
    t->is_uncached = e.r & HPTE_I;
    return WALK_OK;
}
