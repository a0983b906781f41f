/* See nested.h. */
#include "papr/nested.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cpu-ppc64/guest.h"
#include "cpu-ppc64/mmu/mmu.h"
#include "cpu-ppc64/mmu/radix-cache.h"
#include "cpu-ppc64/mmu/watch.h"
#include "papr/processors.h"

/* In the byte order of the partition that calls. */
struct hv_guest_state {
    uint64_t version;
    uint32_t lpid, vcpu_token;
    uint64_t lpcr, pcr, amor, dpdes, hfscr, tb_offset, dawr0, dawrx0, ciabr, hdec_expiry;
    uint64_t purr, spurr, ic, vtb;
    uint64_t hdar, hdsisr, heir, asdr;
    uint64_t srr0, srr1, sprg[4], pidr, cfar, ppr;
    uint64_t dawr1, dawrx1; /* since version 2 */
};
enum { NEWEST_VERSION = 2, VERSION_1_BYTES = offsetof(struct hv_guest_state, dawr1) };

struct guest_registers {
    uint64_t gpr[32], nip, msr, orig_gpr3, ctr, link, xer, ccr;
};

_Static_assert(sizeof(struct hv_guest_state) == 248 && VERSION_1_BYTES == 232, "the interface's layout");

/* The partition's own registers, while a guest runs. */
struct saved {
    uint64_t gpr[32], nia, lr, ctr, xer, cr;
    uint64_t srr0, srr1, sprg[4], pidr, cfar, ppr, dawr0, dawrx0, dawr1, dawrx1, ciabr;
};

struct nested_vcpu {
    struct cpu_guest guest;
    struct saved saved;
    struct hv_guest_state state; /* as it came */
    uint64_t entered;            /* the partition's timebase */
    gpa_t state_at, registers_at;
};

/* Where a guest's processors ran last, by their tokens: index of the partition's, plus 1. */
enum { TOKENS = 2048 };
struct places {
    uint16_t at[TOKENS];
};

struct nested {
    struct platform *platform;
    uint64_t table; /* r4 of H_SET_PARTITION_TABLE, 0: none */
    struct nested_vcpu **vcpus; /* by index; made when they are first needed */
    struct places *places[GUEST_LPIDS]; /* made so, too */
};

/* Partition table: base, log2 of its bytes less 12. Entries of two doublewords: the tree of real addresses, and the
 * process table. [ISA3.0 III 5.7.6.1] */
#define TABLE_BASE PPC_BITMASK(4, 51)
#define TABLE_SIZE PPC_BITMASK(59, 63)
#define ENTRY_RADIX PPC_BIT(0)
enum { ENTRY_BYTES = 16, ENTRY_SHIFT = 4, TABLE_SHIFT = 12 };

struct nested *nested_new(struct platform *p, struct error *err)
{
    struct nested *x = calloc(1, sizeof *x);

    if (x) {
        x->platform = p;
        x->vcpus = calloc(p->config->max_vcpus, sizeof *x->vcpus);
    }
    if (!x || !x->vcpus) {
        error_set(err, ERROR_RESOURCE, "out of memory for nested virtualisation");
        free(x);
        return NULL;
    }
    return x;
}

void nested_free(struct nested *x)
{
    if (!x)
        return;
    for (unsigned i = 0; i < x->platform->config->max_vcpus; i++)
        free(x->vcpus[i]);
    free(x->vcpus);
    for (unsigned lpid = 0; lpid < GUEST_LPIDS; lpid++)
        free(x->places[lpid]);
    free(x);
}

/* ---- byte order: doublewords, but for the pair of words ---- */

static void swap_doublewords(void *p, size_t bytes)
{
    for (uint64_t *v = p; bytes >= sizeof *v; v++, bytes -= sizeof *v)
        *v = __builtin_bswap64(*v);
}

/* The words are in the reverse order after that. */
static void swap_state(struct hv_guest_state *s)
{
    uint32_t word;

    swap_doublewords(s, sizeof *s);
    word = s->lpid;
    s->lpid = s->vcpu_token;
    s->vcpu_token = word;
}

static bool must_swap(const struct cpu *c)
{
    return c->le != (HOST_IS_LE == 1);
}

/* ---- in ---- */

static void save_own(const struct cpu *c, struct saved *s)
{
    memcpy(s->gpr, c->gpr, sizeof s->gpr);
    s->nia = c->nia;
    s->lr = c->lr;
    s->ctr = c->ctr;
    s->xer = cpu_xer(c);
    s->cr = cpu_cr(c);
    s->srr0 = c->spr[SPR_SRR0];
    s->srr1 = c->spr[SPR_SRR1];
    memcpy(s->sprg, &c->spr[SPR_SPRG0], sizeof s->sprg);
    s->pidr = c->spr[SPR_PIDR];
    s->cfar = c->spr[SPR_CFAR];
    s->ppr = c->spr[SPR_PPR];
    s->dawr0 = c->spr[SPR_DAWR0];
    s->dawrx0 = c->spr[SPR_DAWRX0];
    s->dawr1 = c->spr[SPR_DAWR1];
    s->dawrx1 = c->spr[SPR_DAWRX1];
    s->ciabr = c->spr[SPR_CIABR];
}

static void set_watches(struct cpu *c, uint64_t dawr0, uint64_t dawrx0, uint64_t dawr1, uint64_t dawrx1)
{
    if (c->spr[SPR_DAWR0] != dawr0 || c->spr[SPR_DAWRX0] != dawrx0)
        watch_set(c, 0, dawr0, (uint32_t)dawrx0);
    if (c->spr[SPR_DAWR1] != dawr1 || c->spr[SPR_DAWRX1] != dawrx1)
        watch_set(c, 1, dawr1, (uint32_t)dawrx1);
}

static void load_guest(struct cpu *c, struct nested_vcpu *n, const struct guest_registers *r)
{
    const struct hv_guest_state *s = &n->state;

    memcpy(c->gpr, r->gpr, sizeof c->gpr);
    c->nia = r->nip;
    c->lr = r->link;
    c->ctr = r->ctr;
    cpu_set_xer(c, r->xer);
    cpu_set_cr(c, (uint32_t)r->ccr);
    c->spr[SPR_SRR0] = s->srr0;
    c->spr[SPR_SRR1] = s->srr1;
    memcpy(&c->spr[SPR_SPRG0], s->sprg, sizeof s->sprg);
    c->spr[SPR_PIDR] = s->pidr & ((1u << PROCESS_ID_BITS) - 1);
    c->spr[SPR_CFAR] = s->cfar;
    c->spr[SPR_PPR] = s->ppr & PPC_BITMASK(11, 13);
    c->spr[SPR_CIABR] = (s->ciabr & 3) == 3 ? 0 : s->ciabr;
    set_watches(c, s->dawr0, s->dawrx0 & ~DAWRX_HYPERVISOR, s->version > 1 ? s->dawr1 : 0,
                s->version > 1 ? s->dawrx1 & ~DAWRX_HYPERVISOR : 0);
}

/* The entry of the guest in the partition's table. */
static bool read_entry(const struct nested *x, uint32_t lpid, uint64_t entry[2])
{
    uint64_t entries = UINT64_C(1) << ((x->table & TABLE_SIZE) + TABLE_SHIFT - ENTRY_SHIFT);
    be64 raw[2];

    if (lpid >= entries || !gpa_read(x->platform->mem, (x->table & TABLE_BASE) + lpid * (gpa_t)ENTRY_BYTES, raw, sizeof raw))
        return false;
    entry[0] = be64_get(raw[0]);
    entry[1] = be64_get(raw[1]);
    return true;
}

bool nested_prepare(struct vcpu *v)
{
    if (!v->cpu->partition_cache)
        v->cpu->partition_cache = radix_cache_new();
    return v->cpu->partition_cache;
}

static struct nested_vcpu *nested_vcpu(struct nested *x, struct vcpu *v)
{
    if (!x->vcpus[v->index])
        x->vcpus[v->index] = calloc(1, sizeof *x->vcpus[0]);
    return nested_prepare(v) ? x->vcpus[v->index] : NULL;
}

/* Reads what the call's arguments lead to; H_SUCCESS or why not. */
static int64_t read_guest(const struct nested *x, const struct cpu *c, struct nested_vcpu *n, struct guest_registers *r)
{
    struct hv_guest_state *s = &n->state;
    struct mem *mem = x->platform->mem;

    memset(s, 0, sizeof *s);
    if (!gpa_read(mem, n->state_at, s, VERSION_1_BYTES) || !gpa_read(mem, n->registers_at, r, sizeof *r))
        return H_PARAMETER;
    if (must_swap(c)) {
        swap_state(s);
        swap_doublewords(r, sizeof *r);
    }
    if (s->version > NEWEST_VERSION)
        return H_PARAMETER;
    if (s->version < 2)
        return s->version ? H_SUCCESS : H_PARAMETER;
    if (!gpa_read(mem, n->state_at + VERSION_1_BYTES, &s->dawr1, sizeof *s - VERSION_1_BYTES))
        return H_PARAMETER;
    if (must_swap(c))
        swap_doublewords(&s->dawr1, sizeof *s - VERSION_1_BYTES);
    return H_SUCCESS;
}

bool nested_has_moved(struct nested *x, const struct vcpu *v, uint32_t lpid, uint32_t token)
{
    struct places **places = &x->places[lpid];
    bool moved;

    if (token >= TOKENS || (!*places && !(*places = calloc(1, sizeof **places))))
        return true;
    moved = (*places)->at[token] != v->index + 1;
    (*places)->at[token] = (uint16_t)(v->index + 1);
    return moved;
}

/* r4 state, r5 registers: real addresses. Returns what the guest's r3 is: the dispatcher writes that there. What the
 * partition's will be is for nested_leave(). */
static int64_t h_enter_nested(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct nested *x = self;
    struct cpu *c = v->cpu;
    struct nested_vcpu *n;
    struct guest_registers r;
    uint64_t entry[2];
    int64_t status;

    if (!x->table)
        return H_NOT_AVAILABLE;
    n = nested_vcpu(x, v);
    if (!n)
        return H_NO_MEM;
    n->state_at = args->in[0];
    n->registers_at = args->in[1];
    status = read_guest(x, c, n, &r);
    if (status != H_SUCCESS)
        return status;
    if (!n->state.lpid || n->state.lpid >= GUEST_LPIDS || !read_entry(x, n->state.lpid, entry))
        return H_PARAMETER;
    /* Guests have radix trees only. */
    if (!(entry[0] & ENTRY_RADIX))
        return H_BAD_MODE;

    save_own(c, &n->saved);
    n->entered = cpu_timebase(c);
    load_guest(c, n, &r);
    guest_enter(c, &n->guest, &(struct guest_entry){
        .lpid = n->state.lpid,
        .tree = entry[0],
        .process_table = entry[1],
        .msr = r.msr,
        .lpcr = n->state.lpcr,
        .pcr = n->state.pcr,
        .hfscr = n->state.hfscr,
        .tb_offset = n->state.tb_offset,
        .hdec_expiry = n->state.hdec_expiry,
        .doorbell = n->state.dpdes & 1,
        .is_new_here = nested_has_moved(x, v, n->state.lpid, n->state.vcpu_token),
    });
    return (int64_t)c->gpr[3];
}

/* ---- out ---- */

static void store_guest(const struct cpu *c, struct nested_vcpu *n, struct guest_registers *r)
{
    struct hv_guest_state *s = &n->state;
    const struct cpu_guest *g = &n->guest;
    uint64_t ticks = cpu_timebase(c) - s->tb_offset - n->entered;

    memcpy(r->gpr, c->gpr, sizeof r->gpr);
    r->nip = c->nia;
    r->msr = c->msr | g->srr1_bits;
    r->link = c->lr;
    r->ctr = c->ctr;
    r->xer = cpu_xer(c);
    r->ccr = cpu_cr(c);
    s->dpdes = atomic_load(&c->requests) & CPU_REQUEST_DOORBELL ? 1 : 0;
    s->hfscr = g->hfscr;
    s->purr += ticks;
    s->spurr += ticks;
    s->vtb += ticks;
    s->srr0 = c->spr[SPR_SRR0];
    s->srr1 = c->spr[SPR_SRR1];
    memcpy(s->sprg, &c->spr[SPR_SPRG0], sizeof s->sprg);
    s->pidr = c->spr[SPR_PIDR];
    s->cfar = c->spr[SPR_CFAR];
    s->ppr = c->spr[SPR_PPR];
    if (g->vector == VECTOR_HYPERVISOR_DATA_STORAGE) {
        s->hdar = g->hdar;
        s->hdsisr = g->hdsisr;
        s->asdr = g->asdr;
    } else if (g->vector == VECTOR_HYPERVISOR_INSN_STORAGE) {
        s->asdr = g->asdr;
    } else if (g->vector == VECTOR_HYPERVISOR_EMULATION) {
        s->heir = g->heir;
    }
}

static void load_own(struct cpu *c, struct nested_vcpu *n)
{
    const struct saved *s = &n->saved;

    memcpy(c->gpr, s->gpr, sizeof s->gpr);
    c->nia = s->nia;
    c->lr = s->lr;
    c->ctr = s->ctr;
    cpu_set_xer(c, s->xer);
    cpu_set_cr(c, (uint32_t)s->cr);
    c->spr[SPR_SRR0] = s->srr0;
    c->spr[SPR_SRR1] = s->srr1;
    memcpy(&c->spr[SPR_SPRG0], s->sprg, sizeof s->sprg);
    c->spr[SPR_PIDR] = s->pidr;
    c->spr[SPR_CFAR] = s->cfar;
    c->spr[SPR_PPR] = s->ppr;
    c->spr[SPR_CIABR] = s->ciabr;
    set_watches(c, s->dawr0, s->dawrx0, s->dawr1, s->dawrx1);
}

/* False if the memory has gone, which it was in when the guest was entered. */
static bool write_guest(const struct nested *x, const struct cpu *c, struct nested_vcpu *n, struct guest_registers *r)
{
    size_t bytes = n->state.version > 1 ? sizeof n->state : VERSION_1_BYTES;
    struct hv_guest_state s = n->state;
    struct guest_registers old;

    /* What is not the guest's there is left as it is. */
    if (!gpa_read(x->platform->mem, n->registers_at, &old, sizeof old))
        return false;
    if (must_swap(c)) {
        swap_state(&s);
        swap_doublewords(r, sizeof *r);
    }
    r->orig_gpr3 = old.orig_gpr3;
    return gpa_write(x->platform->mem, n->state_at, &s, bytes) &&
           gpa_write(x->platform->mem, n->registers_at, r, sizeof *r);
}

void nested_leave(struct nested *x, struct vcpu *v)
{
    struct nested_vcpu *n = x->vcpus[v->index];
    struct cpu *c = v->cpu;
    struct guest_registers r;

    store_guest(c, n, &r);
    load_own(c, n);
    guest_exit(c);
    c->gpr[3] = write_guest(x, c, n, &r) ? n->guest.vector : (uint64_t)H_AUTHORITY;
}

/* ---- the table and what has been found by it ---- */

/* r4: as the partition table control register. 0: there are to be no guests any more. */
static int64_t h_set_partition_table(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct nested *x = self;
    uint64_t table = args->in[0], shift = (table & TABLE_SIZE) + TABLE_SHIFT;

    (void)v;
    if (shift - ENTRY_SHIFT > GUEST_LPID_BITS)
        return H_PARAMETER;
    if (table && !gpa_is_ram(x->platform->mem, table & TABLE_BASE, UINT64_C(1) << shift))
        return H_PARAMETER;
    x->table = table;
    processors_flush_translations(x->platform->processors);
    return H_SUCCESS;
}

/* r4 the operands RIC, PRS and R of a tlbie, r5 its RS, r6 its RB. Whatever it names, all that was found goes. The
 * second interface has no call for it that all kernels know, so that it is there, too. */
static int64_t h_tlb_invalidate(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct nested *x = self;

    (void)v;
    (void)args;
    if (x->platform->config->cap_nested_hv && !x->table)
        return H_NOT_AVAILABLE;
    processors_flush_translations(x->platform->processors);
    return H_SUCCESS;
}

static void nested_reset(void *self)
{
    ((struct nested *)self)->table = 0;
}

static const struct hcall_row nested_hcalls[] = {
    { H_SET_PARTITION_TABLE, "H_SET_PARTITION_TABLE", NULL, .in = 1, .when = WHEN_NESTED_HV | WHEN_RADIX,
      .fn = h_set_partition_table },
    { H_ENTER_NESTED, "H_ENTER_NESTED", NULL, .in = 2, .when = WHEN_NESTED_HV | WHEN_RADIX, .fn = h_enter_nested },
    { H_TLB_INVALIDATE, "H_TLB_INVALIDATE", NULL, .in = 3, .when = WHEN_NESTED | WHEN_RADIX, .fn = h_tlb_invalidate },
};

const struct facility_type nested_facility = {
    .name = "nested virtualisation",
    .hcalls = nested_hcalls,
    .n_hcalls = ARRAY_SIZE(nested_hcalls),
    .reset = nested_reset,
};
