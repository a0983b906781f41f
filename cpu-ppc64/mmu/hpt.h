/* The hash page table of a partition: memory of the hypervisor that the partition reaches by hypercalls
 * and the processors search. [ISA2.07 III 5.7.7; LoPAR, Hypervisor Call Functions, Page Frame Table Access]
 *
 * Entries have the format of ISA 2.07 on all processors: that of the hypercalls. They are kept as
 * big-endian bytes, as H_READ and a dump show them. */
#ifndef CPU_PPC64_MMU_HPT_H
#define CPU_PPC64_MMU_HPT_H

#include "base/error.h"
#include "mem/mem.h"

/* Doubleword 0: B, abbreviated virtual page number, software's bits, large page, secondary hash, valid. */
#define HPTE_B PPC_BITMASK(0, 1)
#define HPTE_AVPN PPC_BITMASK(2, 56)
#define HPTE_BOLTED PPC_BIT(59)
#define HPTE_LARGE PPC_BIT(61)
#define HPTE_SECONDARY PPC_BIT(62)
#define HPTE_VALID PPC_BIT(63)
/* Doubleword 1: protection, key, real page number, reference, change, WIMG, no-execute. */
#define HPTE_PP0 PPC_BIT(0)
#define HPTE_KEY_HIGH PPC_BITMASK(2, 3)
#define HPTE_RPN PPC_BITMASK(4, 51)
#define HPTE_KEY_LOW PPC_BITMASK(52, 54)
#define HPTE_R PPC_BIT(55)
#define HPTE_C PPC_BIT(56)
#define HPTE_WIMG PPC_BITMASK(57, 60)
#define HPTE_I PPC_BIT(58)
#define HPTE_M PPC_BIT(59)
#define HPTE_G PPC_BIT(60)
#define HPTE_N PPC_BIT(61)
#define HPTE_PP PPC_BITMASK(62, 63)

enum { HPTE_BYTES = 16, HPT_GROUP_ENTRIES = 8, HPT_GROUP_BYTES = 128, HPT_MIN_SHIFT = 18, HPT_MAX_SHIFT = 46 };

struct hpt {
    uint8_t *bytes;
    unsigned shift; /* log2 of the size in bytes */
};

struct hpte {
    uint64_t v, r; /* doublewords 0 and 1, numbers */
};

/* An empty table. False, err set, without the memory. */
bool hpt_init(struct hpt *t, unsigned shift, struct error *err);
/* Gives the memory back; t may be all zero. */
void hpt_destroy(struct hpt *t);

/* Entries that there are; an index of entries (PTEX) is below it. */
static inline uint64_t hpt_entries(const struct hpt *t)
{
    return t->bytes ? UINT64_C(1) << (t->shift - 4) : 0;
}

/* index < hpt_entries(). hpt_set writes doubleword 1 first, so that a valid entry is a whole one. */
struct hpte hpt_get(const struct hpt *t, uint64_t index);
void hpt_set(struct hpt *t, uint64_t index, struct hpte e);
/* Sets bits of doubleword 1 unless the entry's doubleword 0 is no longer v. */
void hpt_note(struct hpt *t, uint64_t index, uint64_t v, uint64_t bits);

/* A pair of page sizes: of the segment, by which it is hashed, and of the page itself. */
struct hpt_page_size {
    uint16_t segment;    /* L and LP of the SLB entry: 0x100 L, 0x30 LP */
    uint8_t base_shift;
    uint8_t shift;
    uint8_t encoding;    /* of a large page, in the low bits of its real page number */
};

/* The i-th pair that processors support, NULL past the end. */
const struct hpt_page_size *hpt_page_size_at(size_t i);
/* The pair of an entry; NULL if its encoding is none. */
const struct hpt_page_size *hpt_page_size_of(struct hpte e);

/* The group that a virtual page hashes to: vsid as in the SLB entry (38 bits of it for a segment of 1 TiB),
 * offset within the segment. */
uint64_t hpt_hash(uint64_t vsid, uint64_t offset, bool is_1t, unsigned base_shift);

#endif
