/* Translation as the partition arranges it with the hypervisor: the process table, and invalidations
 * by hypercall. [LoPAR, In-Memory Table Translation Option]
 *
 * What a call invalidates is at least what is asked for: all translations that the processors hold, and
 * what they began with them is done when the call returns. */
#include "cpu-ppc64/guest.h"
#include "papr/page-table.h"
#include "papr/processors-internal.h"

void processors_flush_translations(struct processors *x)
{
    accel_forget_translations(x->platform->accel, &(struct mmu_invalidation){ .scope = MMU_SCOPE_ALL }, 1);
}

/* r4 of H_REGISTER_PROC_TBL. */
enum {
    TABLE_GTSE = 0x01,
    TABLE_HASH_PROCESS = 0x02,
    TABLE_RADIX = 0x04,
    TABLE_REGISTER = 0x08,
    TABLE_MODIFY = 0x10,
    TABLE_FLAGS = 0x1f,
};

#define ENTRY_RADIX PPC_BIT(0)
enum { LARGEST_TABLE_SIZE = 24, LARGEST_PAGE_SIZE_CODE = 7 };

static int64_t radix_entry(uint64_t base, uint64_t page_size, uint64_t table_size, uint64_t *entry)
{
    if (base % MEM_PAGE_SIZE || base >> 60)
        return H_P2;
    if (page_size)
        return H_P3;
    if (table_size > LARGEST_TABLE_SIZE)
        return H_P4;
    *entry = ENTRY_RADIX | base | table_size;
    return H_SUCCESS;
}

/* base is a segment's virtual id. */
static int64_t hash_entry(uint64_t base, uint64_t page_size, uint64_t table_size, uint64_t *entry)
{
    if (base >> 38)
        return H_P2;
    if (page_size > LARGEST_PAGE_SIZE_CODE)
        return H_P3;
    if (table_size > LARGEST_TABLE_SIZE)
        return H_P4;
    *entry = base << 25 | page_size << 5 | table_size;
    return H_SUCCESS;
}

/* The guest translates in another way from now on. There is no hash page table besides radix trees: one that
 * comes back is empty. */
static void change_mmu(struct platform *p, bool radix)
{
    if (p->negotiated.radix == radix)
        return;
    p->negotiated.radix = radix;
    if (!radix && p->page_table)
        page_table_clear(p->page_table);
}

static void set_partition_entry(struct processors *x, uint64_t entry, uint64_t flags)
{
    struct accel *accel = x->platform->accel;
    uint64_t lpcr = (flags & TABLE_RADIX          ? LPCR_UPRT | LPCR_HR
                     : flags & TABLE_HASH_PROCESS ? LPCR_UPRT
                                                  : 0) |
                    (flags & TABLE_GTSE ? LPCR_GTSE : 0);

    accel_stop_others(accel);
    x->partition_entry = entry;
    for (unsigned i = 0; i < accel_count(accel); i++)
        /* A radix bit alone says that the table is gone: then there is nothing to look up. */
        *guest_own_process_table(accel_vcpu(accel, i)->cpu) = entry == ENTRY_RADIX ? 0 : entry;
    processors_change_lpcr(x, LPCR_UPRT | LPCR_HR | LPCR_GTSE, lpcr);
    processors_flush_translations(x);
}

/* r4 flags, r5 base, r6 page size, r7 log2 of the table's size, less 12. */
int64_t h_register_proc_tbl(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct processors *x = self;
    uint64_t flags = args->in[0], base = args->in[1], page_size = args->in[2];
    uint64_t table_size = args->in[3], entry = x->partition_entry;
    int64_t status = H_SUCCESS;

    (void)v;
    if (flags & ~(uint64_t)TABLE_FLAGS)
        return H_PARAMETER;
    if (!(flags & TABLE_MODIFY))
        status = !(flags & TABLE_RADIX) == !(entry & ENTRY_RADIX) ? H_SUCCESS : H_PARAMETER;
    else if (!(flags & TABLE_REGISTER))
        entry &= ENTRY_RADIX;
    else if (flags & TABLE_RADIX)
        status = radix_entry(base, page_size, table_size, &entry);
    else if (flags & TABLE_HASH_PROCESS)
        status = H_PARAMETER;
    else
        status = hash_entry(base, page_size, table_size, &entry);
    if (status == H_SUCCESS && flags & TABLE_MODIFY && flags & TABLE_REGISTER)
        change_mmu(x->platform, flags & TABLE_RADIX);
    if (status == H_SUCCESS)
        set_partition_entry(x, entry, flags);
    return status;
}

/* r4: bit 62 one ESID, bit 63 all of a process; r5 PID, r6 ESID. */
int64_t h_clean_slb(void *self, struct vcpu *v, struct hcall_args *args)
{
    uint64_t flags = args->in[0];
    bool one = flags & PPC_BIT(62), all = flags & PPC_BIT(63);

    (void)v;
    if (flags & PPC_BITMASK(0, 61) || one == all)
        return H_PARAMETER;
    if (all && args->in[2])
        return H_P3;
    processors_flush_translations(self);
    return H_SUCCESS;
}

/* r4: bit 62 the whole partition, bit 63 radix; r5 PID. */
int64_t h_invalidate_pid(void *self, struct vcpu *v, struct hcall_args *args)
{
    (void)v;
    if (args->in[0] & PPC_BITMASK(0, 61))
        return H_PARAMETER;
    processors_flush_translations(self);
    return H_SUCCESS;
}

/* r4 PID, r5 target, r6 type, r7 page sizes, r8 start, r9 end. */
int64_t h_rpt_invalidate(void *self, struct vcpu *v, struct hcall_args *args)
{
    enum { TYPE_NESTED = 1 };
    struct processors *x = self;

    (void)v;
    if (!x->platform->negotiated.radix)
        return H_UNSUPPORTED;
    if (args->in[5] < args->in[4])
        return H_P5;
    if (args->in[2] & TYPE_NESTED)
        return H_FUNCTION;
    processors_flush_translations(x);
    return H_SUCCESS;
}
