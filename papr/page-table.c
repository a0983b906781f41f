/* Hypercalls of the hash page table; see page-table.h.
 *
 * An index of an entry (PTEX) comes from the guest and is checked by is_index() before it is used. What is
 * taken out of the table or changed is forgotten by all processors before the call returns.
 *
 * Left out: page states of cooperative memory overcommitment; H_COPY_PAGE. */
#include "papr/page-table.h"

#include <stdlib.h>

#include "cpu-ppc64/cpu.h"
#include "cpu-ppc64/mmu/hpt.h"
#include "papr/dimms.h"
#include "papr/processors.h"

struct page_table {
    struct platform *platform;
    struct hpt table;
    struct hpt prepared; /* by H_RESIZE_HPT_PREPARE */
};

/* r4 of the calls. */
#define FLAG_EXACT PPC_BIT(24)
#define FLAG_READ_4 PPC_BIT(26)
#define FLAG_AVPN PPC_BIT(32)
#define FLAG_ANDCOND PPC_BIT(33)
#define FLAG_ZERO_PAGE PPC_BIT(48)

/* Doubleword 0 without what is software's or the table's own; what H_AVPN compares. */
#define AVPN_COMPARED (~UINT64_C(0x7f))
/* Bits of doubleword 0 that H_ENTER does not take over. */
#define ENTER_RESERVED UINT64_C(0x60)

/* A 128th of the memory, at least. */
static unsigned shift_for(uint64_t ram)
{
    unsigned shift = ram > 1 ? 64 - (unsigned)__builtin_clzll(ram - 1) : 0;

    if (shift < HPT_MIN_SHIFT + 7)
        return HPT_MIN_SHIFT;
    return shift > HPT_MAX_SHIFT + 7 ? HPT_MAX_SHIFT : shift - 7;
}

unsigned page_table_default_shift(const struct platform_config *config)
{
    return shift_for(config->resize_hpt ? config->ram_size : config->maxram_size);
}

/* The same with the memory that was plugged since. */
static unsigned present_default_shift(const struct platform *p)
{
    uint64_t plugged = p->dimms ? dimms_plugged(p->dimms) : 0;

    return p->config->resize_hpt ? shift_for(p->config->ram_size + plugged)
                                 : page_table_default_shift(p->config);
}

unsigned page_table_fixed_shift(const struct page_table *t)
{
    unsigned shift = shift_for(t->platform->config->maxram_size);

    return shift > t->table.shift ? shift : t->table.shift;
}

struct page_table *page_table_new(struct platform *p, struct error *err)
{
    struct page_table *t = calloc(1, sizeof *t);

    if (!t) {
        error_set(err, ERROR_RESOURCE, "out of memory for the hash page table's facility");
        return NULL;
    }
    t->platform = p;
    if (!hpt_init(&t->table, page_table_default_shift(p->config), err)) {
        free(t);
        return NULL;
    }
    p->page_table = t;
    return t;
}

void page_table_free(struct page_table *t)
{
    if (!t)
        return;
    hpt_destroy(&t->table);
    hpt_destroy(&t->prepared);
    t->platform->page_table = NULL;
    free(t);
}

/* An empty table of that size: a fresh one, since that takes no time however large it is; without memory for
 * another the old one is emptied. */
static void make_empty(struct page_table *t, unsigned shift)
{
    struct hpt fresh;

    if (hpt_init(&fresh, shift, NULL)) {
        hpt_destroy(&t->table);
        t->table = fresh;
        return;
    }
    for (uint64_t i = 0; i < hpt_entries(&t->table); i++)
        hpt_set(&t->table, i, (struct hpte){ 0 });
}

bool page_table_grow(struct page_table *t, unsigned shift)
{
    struct hpt fresh;

    if (shift == t->table.shift)
        return true;
    if (!hpt_init(&fresh, shift, NULL))
        return false;
    hpt_destroy(&t->table);
    t->table = fresh;
    t->platform->hpt_shift = shift;
    processors_flush_translations(t->platform->processors);
    return true;
}

static void give_table(void *self, struct vcpu *v)
{
    v->cpu->hpt = &((struct page_table *)self)->table;
}

static void page_table_reset(void *self)
{
    struct page_table *t = self;
    struct accel *accel = t->platform->accel;

    hpt_destroy(&t->prepared);
    make_empty(t, present_default_shift(t->platform));
    t->platform->hpt_shift = t->table.shift;
    for (unsigned i = 0; i < accel_count(accel); i++)
        give_table(t, accel_vcpu(accel, i));
}

static void forget_translations(struct page_table *t)
{
    processors_flush_translations(t->platform->processors);
}

/* Those that an entry gave, as whatever leads to its storage. */
static struct mmu_invalidation given_by(struct hpte e)
{
    const struct hpt_page_size *size = hpt_page_size_of(e);
    struct mmu_invalidation what = { .scope = size ? MMU_SCOPE_REAL : MMU_SCOPE_ALL };

    if (size) {
        what.gpa = e.r & HPTE_RPN;
        what.page_shift = size->shift;
    }
    return what;
}

static void forget_entry(struct page_table *t, struct hpte e)
{
    struct mmu_invalidation what = given_by(e);

    accel_forget_translations(t->platform->accel, &what, 1);
}

static bool is_index(const struct page_table *t, uint64_t index)
{
    return index < hpt_entries(&t->table);
}

/* ---- H_ENTER ---- */

static bool is_ram(const struct page_table *t, gpa_t at, uint64_t size)
{
    return gpa_is_ram(t->platform->mem, at, size);
}

/* RAM is cached and coherent, devices are not cached; nothing else is agreed to. */
static bool attributes_fit(const struct page_table *t, uint64_t r, gpa_t at)
{
    if (is_ram(t, at, 1))
        return (r & HPTE_WIMG) == HPTE_M;
    return (r & HPTE_WIMG & ~(HPTE_M | HPTE_G)) == HPTE_I;
}

static bool find_free(const struct page_table *t, uint64_t flags, uint64_t *index)
{
    uint64_t end;

    if (flags & FLAG_EXACT)
        return !(hpt_get(&t->table, *index).v & HPTE_VALID);
    *index &= ~(uint64_t)(HPT_GROUP_ENTRIES - 1);
    for (end = *index + HPT_GROUP_ENTRIES; *index < end; (*index)++)
        if (!(hpt_get(&t->table, *index).v & HPTE_VALID))
            return true;
    return false;
}

/* r4 flags, r5 index, r6 and r7 the entry; out: r4 index. */
static int64_t h_enter(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct page_table *t = self;
    uint64_t flags = args->in[0], index = args->in[1];
    struct hpte e = { args->in[2], args->in[3] };
    const struct hpt_page_size *size = hpt_page_size_of(e);
    gpa_t page;

    (void)v;
    if (!size || size->shift > t->platform->config->hpt_max_page_shift)
        return H_PARAMETER;
    page = e.r & HPTE_RPN & ~((UINT64_C(1) << size->shift) - 1);
    if (!attributes_fit(t, e.r, page) || !is_index(t, index))
        return H_PARAMETER;
    if (!find_free(t, flags, &index))
        return H_PTEG_FULL;
    e.v &= ~ENTER_RESERVED;
    if (flags & FLAG_ZERO_PAGE && is_ram(t, page, UINT64_C(1) << size->shift))
        gpa_fill(t->platform->mem, page, 0, UINT64_C(1) << size->shift);
    hpt_set(&t->table, index, e);
    args->out[0] = index;
    return H_SUCCESS;
}

/* ---- removal ---- */

/* The entry at index if it is valid and meets the flags' conditions on avpn. */
static bool find_entry(const struct page_table *t, uint64_t index, uint64_t flags, uint64_t avpn, struct hpte *e)
{
    *e = hpt_get(&t->table, index);
    if (!(e->v & HPTE_VALID))
        return false;
    if (flags & FLAG_AVPN && (e->v & AVPN_COMPARED) != avpn)
        return false;
    return !(flags & FLAG_ANDCOND && e->v & avpn);
}

/* Takes it out. R and C may be set until no processor knows the entry any more: they are read last. */
static struct hpte take_out(struct page_table *t, uint64_t index, struct hpte e)
{
    hpt_set(&t->table, index, (struct hpte){ 0, e.r });
    forget_entry(t, e);
    e.r = hpt_get(&t->table, index).r;
    hpt_set(&t->table, index, (struct hpte){ 0 });
    return e;
}

/* r4 flags, r5 index, r6 AVPN; out: r4, r5 the entry as it was. */
static int64_t h_remove(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct page_table *t = self;
    uint64_t index = args->in[1];
    struct hpte e;

    (void)v;
    if (!is_index(t, index))
        return H_PARAMETER;
    if (!find_entry(t, index, args->in[0], args->in[2], &e))
        return H_NOT_FOUND;
    e = take_out(t, index, e);
    args->out[0] = e.v;
    args->out[1] = e.r;
    return H_SUCCESS;
}

/* The upper doubleword of a translation specifier of H_BULK_REMOVE. */
#define BULK_TYPE PPC_BITMASK(0, 1)
#define BULK_REQUEST PPC_BIT(1)
#define BULK_RESPONSE PPC_BIT(0)
#define BULK_END PPC_BITMASK(0, 1)
#define BULK_ANDCOND PPC_BIT(7)
#define BULK_AVPN PPC_BIT(6)
#define BULK_INDEX PPC_BITMASK(8, 63)
#define BULK_KEPT (BULK_INDEX | PPC_BITMASK(6, 7))
enum { BULK_SUCCESS, BULK_NOT_FOUND, BULK_PARAMETER, BULK_PAIRS = 4 };

static int64_t remove_one(struct page_table *t, uint64_t *specifier, uint64_t avpn)
{
    uint64_t index = *specifier & BULK_INDEX;
    uint64_t flags = (*specifier & BULK_ANDCOND ? FLAG_ANDCOND : 0) | (*specifier & BULK_AVPN ? FLAG_AVPN : 0);
    uint64_t code = BULK_SUCCESS, noted = 0;
    struct hpte e;

    if (flags == (FLAG_ANDCOND | FLAG_AVPN) || !is_index(t, index)) {
        code = BULK_PARAMETER;
    } else if (!find_entry(t, index, flags, avpn, &e)) {
        code = BULK_NOT_FOUND;
    } else {
        e = take_out(t, index, e);
        noted = PPC_FIELD_PUT((e.r & HPTE_R ? 2 : 0) | (e.r & HPTE_C ? 1 : 0), 4, 5);
    }
    *specifier = BULK_RESPONSE | PPC_FIELD_PUT(code, 2, 3) | noted | (*specifier & BULK_KEPT);
    return code == BULK_PARAMETER ? H_PARAMETER : H_SUCCESS;
}

/* r4 to r11: pairs of specifier and AVPN, the specifiers receive the answers. */
static int64_t h_bulk_remove(void *self, struct vcpu *v, struct hcall_args *args)
{
    (void)v;
    for (unsigned i = 0; i < 2 * BULK_PAIRS; i += 2) {
        int64_t status;

        if ((args->in[i] & BULK_TYPE) == BULK_END)
            break;
        if ((args->in[i] & BULK_TYPE) != BULK_REQUEST)
            return H_PARAMETER;
        args->out[i] = args->in[i];
        status = remove_one(self, &args->out[i], args->in[i + 1]);
        if (status)
            return status;
    }
    return H_SUCCESS;
}

/* The virtual page of an entry: segment, offset within it, and their hash. The bits that the entry does not
 * hold come from its group's number. */
struct page {
    const struct hpt_page_size *size;
    uint64_t vsid, offset, hash;
    bool is_1t;
};

static bool find_page(const struct hpt *t, uint64_t index, struct hpte e, struct page *page)
{
    uint64_t group = index / HPT_GROUP_ENTRIES, groups = UINT64_C(1) << (t->shift - 7);
    uint64_t va_high = (e.v & HPTE_AVPN) >> 7;
    unsigned segment_shift;

    page->size = hpt_page_size_of(e);
    page->is_1t = PPC_FIELD(e.v, 0, 1) == 1;
    if (!page->size)
        return false;
    segment_shift = page->is_1t ? 40 : 28;
    page->vsid = va_high >> (segment_shift - 23);
    page->offset = va_high << 23 & ((UINT64_C(1) << segment_shift) - 1);
    if (e.v & HPTE_SECONDARY)
        group = ~group & (groups - 1);
    if (page->size->base_shift < 23)
        page->offset |= ((group ^ hpt_hash(page->vsid, 0, page->is_1t, page->size->base_shift))
                         << page->size->base_shift) & ((UINT64_C(1) << 23) - 1);
    page->hash = hpt_hash(page->vsid, page->offset, page->is_1t, page->size->base_shift);
    return true;
}

/* ---- H_BLOCK_REMOVE: up to eight pages of one aligned block of eight, forgotten at once ---- */

/* The sizes that parameter 50 names (system-parameters.c): base and page. */
bool page_table_takes_blocks(unsigned base_shift, unsigned shift)
{
    return (base_shift == 12 && (shift == 12 || shift == 16)) || (base_shift == 16 && shift == 16);
}

/* A translation specifier: what is asked for, or what came of it. */
#define BLOCK_TYPE PPC_BITMASK(0, 1)
#define BLOCK_REQUEST PPC_BIT(1)
#define BLOCK_RESPONSE PPC_BIT(0)
#define BLOCK_END PPC_BITMASK(0, 1)
#define BLOCK_AVPN PPC_BIT(7)
#define BLOCK_INDEX PPC_BITMASK(8, 63)
enum {
    BLOCK_SUCCESS = 0, BLOCK_NOT_FOUND = 1, BLOCK_PARAMETER = 2, BLOCK_OTHER_SIZE = 3,
    BLOCK_OTHER_BLOCK = 5,
    BLOCK_SPECIFIERS = 8,
};

struct block {
    struct page anchor; /* of the first page; size NULL: none yet */
    uint64_t avpn;
};

static bool same_block(const struct page *a, const struct page *b)
{
    unsigned block_shift = a->size->base_shift + 3;

    return a->vsid == b->vsid && a->offset >> block_shift == b->offset >> block_shift;
}

/* Whether the specifier's entry may go; the first that may says what the others must be. */
static unsigned judge(const struct page_table *t, struct block *block, uint64_t specifier, struct hpte *e)
{
    uint64_t index = specifier & BLOCK_INDEX;
    struct page page;

    if (!is_index(t, index))
        return BLOCK_PARAMETER;
    *e = hpt_get(&t->table, index);
    if (!(e->v & HPTE_VALID) || e->v & HPTE_BOLTED)
        return BLOCK_NOT_FOUND;
    if (!find_page(&t->table, index, *e, &page) ||
        !page_table_takes_blocks(page.size->base_shift, page.size->shift))
        return BLOCK_PARAMETER;
    if (specifier & BLOCK_AVPN && (e->v & AVPN_COMPARED) != block->avpn)
        return BLOCK_NOT_FOUND;
    if (!block->anchor.size)
        block->anchor = page;
    if (page.size != block->anchor.size || page.is_1t != block->anchor.is_1t)
        return BLOCK_OTHER_SIZE;
    return same_block(&page, &block->anchor) ? BLOCK_SUCCESS : BLOCK_OTHER_BLOCK;
}

/* r4 AVPN, r5 to r12 specifiers; out: r4 to r11 the answers, one register before what they answer. */
static int64_t h_block_remove(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct page_table *t = self;
    struct block block = { .avpn = args->in[0] & AVPN_COMPARED };
    uint64_t *answers = args->out;
    struct mmu_invalidation forgotten[BLOCK_SPECIFIERS];
    uint8_t went = 0; /* a bit for each */
    unsigned n_forgotten = 0;
    int64_t status = H_SUCCESS;

    (void)v;
    for (unsigned i = 0; i < BLOCK_SPECIFIERS; i++) {
        struct hpte e;
        uint64_t specifier = args->in[1 + i];
        unsigned code;

        answers[i] = specifier;
        if ((specifier & BLOCK_TYPE) == BLOCK_END)
            break;
        if ((specifier & BLOCK_TYPE) != BLOCK_REQUEST) {
            status = H_PARAMETER;
            break;
        }
        code = judge(t, &block, specifier, &e);
        if (code == BLOCK_SUCCESS) {
            /* R and C come when no processor knows the entry any more. */
            hpt_set(&t->table, specifier & BLOCK_INDEX, (struct hpte){ e.v & ~HPTE_VALID, e.r });
            forgotten[n_forgotten++] = given_by(e);
            went |= (uint8_t)(1 << i);
        } else {
            status = H_PARTIAL;
        }
        answers[i] = BLOCK_RESPONSE | PPC_FIELD_PUT(code, 2, 4) | (specifier & BLOCK_INDEX);
    }
    if (went)
        accel_forget_translations(t->platform->accel, forgotten, n_forgotten);
    for (unsigned i = 0; i < BLOCK_SPECIFIERS; i++) {
        uint64_t index = answers[i] & BLOCK_INDEX, r;

        if (!(went & 1 << i))
            continue;
        r = hpt_get(&t->table, index).r;
        hpt_set(&t->table, index, (struct hpte){ 0 });
        answers[i] |= PPC_FIELD_PUT((r & HPTE_R ? 2 : 0) | (r & HPTE_C ? 1 : 0), 5, 6);
    }
    return status;
}

void page_table_clear(struct page_table *t)
{
    accel_stop_others(t->platform->accel);
    make_empty(t, t->table.shift);
    forget_translations(t);
}

/* All entries, as before another kernel takes over. */
static int64_t h_clear_hpt(void *self, struct vcpu *v, struct hcall_args *args)
{
    (void)v;
    (void)args;
    page_table_clear(self);
    return H_SUCCESS;
}

/* ---- reading and changing ---- */

/* r4 flags, r5 index; out: r4, r5 the entry, or r4 to r11 four of them. */
static int64_t h_read(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct page_table *t = self;
    unsigned count = args->in[0] & FLAG_READ_4 ? 4 : 1;
    uint64_t index = args->in[1] & ~(uint64_t)(count - 1);

    (void)v;
    if (!is_index(t, args->in[1]))
        return H_PARAMETER;
    for (unsigned i = 0; i < count; i++) {
        struct hpte e = hpt_get(&t->table, index + i);

        args->out[2 * i] = e.v;
        args->out[2 * i + 1] = e.r;
    }
    return H_SUCCESS;
}

/* Replaces doubleword 1, with the entry invalid in between, as processors need it. */
static void change(struct page_table *t, uint64_t index, struct hpte e, uint64_t clear, uint64_t set)
{
    hpt_set(&t->table, index, (struct hpte){ e.v & ~HPTE_VALID, e.r });
    forget_entry(t, e);
    e.r = (hpt_get(&t->table, index).r & ~clear) | set;
    hpt_set(&t->table, index, e);
}

/* r4 flags with protection, key and no-execute in place, r5 index, r6 AVPN. */
static int64_t h_protect(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct page_table *t = self;
    uint64_t flags = args->in[0], index = args->in[1];
    struct hpte e;

    (void)v;
    if (!is_index(t, index))
        return H_PARAMETER;
    if (!find_entry(t, index, flags & FLAG_AVPN, args->in[2], &e))
        return H_NOT_FOUND;
    change(t, index, e, HPTE_PP0 | HPTE_KEY_HIGH | HPTE_KEY_LOW | HPTE_N | HPTE_PP,
           (flags << 55 & HPTE_PP0) | (flags << 48 & HPTE_KEY_HIGH) |
               (flags & (HPTE_KEY_LOW | HPTE_N | HPTE_PP)));
    return H_SUCCESS;
}

/* r4 flags, r5 index; out: r4 doubleword 1 as it was. */
static int64_t clear_bit(struct page_table *t, struct hcall_args *args, uint64_t bit)
{
    struct hpte e;

    if (!is_index(t, args->in[1]))
        return H_PARAMETER;
    if (!find_entry(t, args->in[1], 0, 0, &e))
        return H_NOT_FOUND;
    args->out[0] = e.r;
    if (e.r & bit)
        change(t, args->in[1], e, bit, 0);
    return H_SUCCESS;
}

static int64_t h_clear_mod(void *self, struct vcpu *v, struct hcall_args *args)
{
    (void)v;
    return clear_bit(self, args, HPTE_C);
}

static int64_t h_clear_ref(void *self, struct vcpu *v, struct hcall_args *args)
{
    (void)v;
    return clear_bit(self, args, HPTE_R);
}

/* ---- resizing ---- */

static int64_t check_resize(const struct page_table *t, const struct hcall_args *args)
{
    if (!t->platform->config->resize_hpt)
        return H_AUTHORITY;
    if (t->platform->negotiated.radix)
        return H_NOT_AVAILABLE;
    return args->in[0] ? H_PARAMETER : H_SUCCESS;
}

/* r4 flags, r5 log2 of the size in bytes, 0 to cancel. */
static int64_t h_resize_prepare(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct page_table *t = self;
    uint64_t shift = args->in[1];
    int64_t status = check_resize(t, args);

    (void)v;
    if (status)
        return status;
    if (shift && (shift < HPT_MIN_SHIFT || shift > HPT_MAX_SHIFT))
        return H_PARAMETER;
    if (shift > present_default_shift(t->platform) + 1)
        return H_RESOURCE;
    if (shift && shift == t->prepared.shift)
        return H_SUCCESS;
    hpt_destroy(&t->prepared);
    return !shift || hpt_init(&t->prepared, (unsigned)shift, NULL) ? H_SUCCESS : H_NO_MEM;
}

/* False if two entries would have to share a place. */
static bool move_bolted(const struct hpt *from, struct hpt *to)
{
    uint64_t groups = UINT64_C(1) << (to->shift - 7);

    for (uint64_t i = 0; i < hpt_entries(from); i++) {
        struct hpte e = hpt_get(from, i);
        struct page page;
        uint64_t index;

        if (!(e.v & HPTE_VALID) || !(e.v & HPTE_BOLTED) || !find_page(from, i, e, &page))
            continue;
        index = ((e.v & HPTE_SECONDARY ? ~page.hash : page.hash) & (groups - 1)) * HPT_GROUP_ENTRIES +
                i % HPT_GROUP_ENTRIES;
        if (hpt_get(to, index).v & HPTE_VALID)
            return false;
        hpt_set(to, index, e);
    }
    return true;
}

/* r4 flags, r5 as it was prepared. No other processor uses a translation meanwhile. */
static int64_t h_resize_commit(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct page_table *t = self;
    int64_t status = check_resize(t, args);

    (void)v;
    if (status)
        return status;
    if (!t->prepared.bytes || t->prepared.shift != args->in[1])
        return H_CLOSED;
    if (!move_bolted(&t->table, &t->prepared)) {
        hpt_destroy(&t->prepared);
        return H_PTEG_FULL;
    }
    accel_stop_others(t->platform->accel);
    hpt_destroy(&t->table);
    t->table = t->prepared;
    t->prepared = (struct hpt){ 0 };
    t->platform->hpt_shift = t->table.shift;
    forget_translations(t);
    return H_SUCCESS;
}

static const struct hcall_row page_table_hcalls[] = {
    { H_REMOVE, "H_REMOVE", "hcall-pft", .in = 3, .out = 2, .when = WHEN_HASH, .fn = h_remove },
    { H_ENTER, "H_ENTER", "hcall-pft", .in = 4, .out = 1, .when = WHEN_HASH, .fn = h_enter },
    { H_READ, "H_READ", "hcall-pft", .in = 2, .out = 8, .when = WHEN_HASH, .fn = h_read },
    { H_CLEAR_MOD, "H_CLEAR_MOD", "hcall-pft", .in = 2, .out = 1, .when = WHEN_HASH, .fn = h_clear_mod },
    { H_CLEAR_REF, "H_CLEAR_REF", "hcall-pft", .in = 2, .out = 1, .when = WHEN_HASH, .fn = h_clear_ref },
    { H_PROTECT, "H_PROTECT", "hcall-pft", .in = 3, .when = WHEN_HASH, .fn = h_protect },
    { H_BULK_REMOVE, "H_BULK_REMOVE", "hcall-bulk", .in = 8, .out = 8, .when = WHEN_HASH, .fn = h_bulk_remove },
    { H_BLOCK_REMOVE, "H_BLOCK_REMOVE", "hcall-block-remove", .in = 9, .out = 8, .when = WHEN_HASH,
      .fn = h_block_remove },
    { H_CLEAR_HPT, "H_CLEAR_HPT", "hcall-clr-hpt", .when = WHEN_HASH, .fn = h_clear_hpt },
    { H_RESIZE_HPT_PREPARE, "H_RESIZE_HPT_PREPARE", "hcall-hpt-resize", .in = 2, .when = ADVERTISED_HPT_RESIZE,
      .fn = h_resize_prepare },
    { H_RESIZE_HPT_COMMIT, "H_RESIZE_HPT_COMMIT", "hcall-hpt-resize", .in = 2, .when = ADVERTISED_HPT_RESIZE,
      .fn = h_resize_commit },
};

const struct facility_type page_table_facility = {
    .name = "page-table",
    .hcalls = page_table_hcalls,
    .n_hcalls = ARRAY_SIZE(page_table_hcalls),
    .reset = page_table_reset,
    .vcpu_added = give_table,
};
