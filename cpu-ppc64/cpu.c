/* The processor's life, its MSR, and registers that are composed of parts. */
#include "cpu-ppc64/cpu.h"

#include "cpu-ppc64/debug.h"
#include "cpu-ppc64/guest.h"

#include <stdlib.h>
#include <string.h>

#include "cpu-ppc64/interp/code-cache.h"
#include "cpu-ppc64/jit/jit.h"
#include "cpu-ppc64/mmu/mmu.h"
#include "cpu-ppc64/mmu/radix-cache.h"
#include "cpu-ppc64/pmu.h"
#include "cpu-ppc64/spr.h"

/* MSR bits that exist for a partition. Not HV, and not the transactional memory bits: the facility
 * is off. */
#define MSR_WRITABLE                                                                             \
    (MSR_SF | MSR_VEC | MSR_VSX | MSR_EE | MSR_PR | MSR_FP | MSR_ME | MSR_FE0 | MSR_TE | MSR_FE1 | \
     MSR_IR | MSR_DR | MSR_PMM | MSR_RI | MSR_LE)

/* LPCR as the hypervisor leaves it for a partition's thread, as far as anything looks at it. */
#define LPCR_AT_RESET UINT64_C(0)

struct cpu *cpu_new(const struct cpu_model *model, struct mem *mem, const struct cpu_hv_ops *hv_ops,
                    void *hv, uint32_t pir, struct error *err)
{
    enum { ALIGNMENT = 64 };
    /* Zeros that cost no memory yet: most processors of a large machine use few of their arrays. */
    void *allocation = calloc(1, sizeof(struct cpu) + ALIGNMENT);
    struct cpu *c = allocation ? (struct cpu *)(((uintptr_t)allocation + ALIGNMENT - 1) & ~(uintptr_t)(ALIGNMENT - 1))
                               : NULL;

    if (c) {
        c->allocation = allocation;
        c->code = code_cache_new();
        c->radix_cache = radix_cache_new();
    }
    if (!c || !c->code || !c->radix_cache) {
        error_set(err, ERROR_RESOURCE, "out of memory for processor %u", pir);
        cpu_free(c);
        return NULL;
    }
    c->model = model;
    c->mem = mem;
    c->hv_ops = hv_ops;
    c->hv = hv;
    c->pir = pir;
    pthread_mutex_init(&c->inbox.lock, NULL);
    c->jit_eight = 8;
    c->jit_four = 4;
    c->jit_mxcsr = 0x1f80; /* exceptions masked, none recorded, rounding to nearest */
    cpu_reset(c);
    return c;
}

void cpu_free(struct cpu *c)
{
    if (!c)
        return;
    jit_free(c->jit);
    code_cache_free(c->code);
    radix_cache_free(c->radix_cache);
    radix_cache_free(c->partition_cache);
    if (c->model)
        pthread_mutex_destroy(&c->inbox.lock);
    free(c->allocation);
}

bool cpu_enable_jit(struct cpu *c, const struct jit_options *options, struct error *err)
{
    static const struct jit_options usual;

    c->jit = jit_new(c, options ? options : &usual, err);
    if (c->jit)
        code_cache_be_small(c->code);
    return c->jit;
}

void cpu_settle(struct cpu *c)
{
    if (c->jit)
        jit_settle(c->jit);
}

void cpu_reset(struct cpu *c)
{
    memset(c->gpr, 0, sizeof c->gpr);
    memset(c->vsr, 0, sizeof c->vsr);
    memset(c->crf, 0, sizeof c->crf);
    memset(c->spr, 0, sizeof c->spr);
    c->cia = c->nia = VECTOR_SYSTEM_RESET;
    c->lr = c->ctr = 0;
    cpu_set_xer(c, 0);
    c->fpscr = 0;
    c->fp_pending = 0;
    memset(c->fp_notes, 0, sizeof c->fp_notes);
    c->vscr = 0;
    c->vrsave = 0;
    c->reservation.kind = RESERVED_NOT;
    c->reservation.caution = c->reservation.no_pairs = 0;
    c->level = c->model->level;
    c->tb_offset = 0;
    c->lpcr = LPCR_AT_RESET;
    c->process_table = 0;
    c->guest = NULL;
    c->watches &= DEBUG_WATCH_BIT; /* not the guest's */
    c->debug_step = c->debug_pass = false;
    memset(c->bhrb, 0, sizeof c->bhrb);
    c->bhrb_newest = 0;
    memset(c->slb, 0, sizeof c->slb);
    atomic_store(&c->requests, atomic_load(&c->requests) & CPU_REQUEST_STOP);
    spr_reset(c);
    cpu_set_decrementer(c, INT32_MAX);
    mmu_tlb_flush(c);
    cpu_set_msr(c, MSR_SF | MSR_ME);
}

void cpu_set_msr(struct cpu *c, uint64_t msr)
{
    msr &= MSR_WRITABLE | (c->has_tm ? MSR_TM : 0);
    c->msr = msr;
    c->le = msr & MSR_LE;
    c->missing = (uint8_t)((msr & MSR_FP && guest_may_use(c, FSCR_FP) ? 0 : CPU_MISSING_FP) |
                           (msr & MSR_VEC && guest_may_use(c, FSCR_VEC_VSX) ? 0 : CPU_MISSING_VEC) |
                           (msr & MSR_VSX && guest_may_use(c, FSCR_VEC_VSX) ? 0 : CPU_MISSING_VSX));
    c->ea_mask = msr & MSR_SF ? UINT64_MAX : UINT32_MAX;
    mmu_select_tlb(c);
}

uint32_t cpu_cr(const struct cpu *c)
{
    uint32_t cr = 0;

    for (unsigned field = 0; field < 8; field++)
        cr = cr << 4 | c->crf[field];
    return cr;
}

void cpu_set_cr(struct cpu *c, uint32_t cr)
{
    for (unsigned field = 0; field < 8; field++)
        c->crf[field] = cr >> (28 - 4 * field) & 0xf;
}

/* XER bits 32 SO, 33 OV, 34 CA, 44 OV32, 45 CA32. [ISA3.0 I 3.2.2] The last two are reserved before ISA 3.0: operations
 * set them all the same, and nobody sees it. [ISA2.07 I 3.2.2] */
#define XER_WORD_PARTS PPC_BITMASK(44, 45)
#define XER_PARTS (PPC_BITMASK(32, 34) | XER_WORD_PARTS)

uint64_t cpu_xer(const struct cpu *c)
{
    uint64_t xer = c->xer_rest | PPC_FIELD_PUT(c->xer_so, 32, 32) | PPC_FIELD_PUT(c->xer_ov, 33, 33) |
                   PPC_FIELD_PUT(c->xer_ca, 34, 34) | PPC_FIELD_PUT(c->xer_ov32, 44, 44) |
                   PPC_FIELD_PUT(c->xer_ca32, 45, 45);

    return c->model->level >= CPU_ISA_3_0 ? xer : xer & ~XER_WORD_PARTS;
}

void cpu_set_xer(struct cpu *c, uint64_t xer)
{
    c->xer_so = (uint8_t)PPC_FIELD(xer, 32, 32);
    c->xer_ov = (uint8_t)PPC_FIELD(xer, 33, 33);
    c->xer_ca = (uint8_t)PPC_FIELD(xer, 34, 34);
    c->xer_ov32 = (uint8_t)PPC_FIELD(xer, 44, 44);
    c->xer_ca32 = (uint8_t)PPC_FIELD(xer, 45, 45);
    /* The upper word is reserved and reads as 0. */
    c->xer_rest = xer & ~XER_PARTS & UINT32_MAX;
}

uint64_t cpu_timebase(const struct cpu *c)
{
    return c->hv_ops->timebase(c->hv) + c->tb_offset;
}

/* Bits that the decrementer has: 56 with the large decrementer, else 32. */
static unsigned decrementer_bits(const struct cpu *c)
{
    return c->lpcr & LPCR_LD ? 56 : 32;
}

static int64_t sign_extend(uint64_t v, unsigned bits)
{
    return (int64_t)(v << (64 - bits)) >> (64 - bits);
}

int64_t cpu_decrementer(const struct cpu *c)
{
    return sign_extend(c->dec_expiry - 1 - cpu_timebase(c), decrementer_bits(c));
}

void cpu_set_decrementer(struct cpu *c, uint64_t value)
{
    c->dec_expiry = cpu_timebase(c) + (uint64_t)sign_extend(value, decrementer_bits(c)) + 1;
    if (cpu_decrementer_pending(c))
        cpu_request(c, CPU_REQUEST_DECREMENTER);
    else
        cpu_request_clear(c, CPU_REQUEST_DECREMENTER);
    if (c->hv_ops->decrementer_set)
        c->hv_ops->decrementer_set(c->hv);
}

/* Level-sensitive to the sign bit, as on server processors since POWER7. */
bool cpu_decrementer_pending(const struct cpu *c)
{
    return cpu_decrementer(c) < 0;
}

bool cpu_has_interrupt(const struct cpu *c)
{
    uint32_t requests = atomic_load_explicit(&c->requests, memory_order_acquire);

    return requests & (CPU_REQUEST_EXTERNAL | CPU_REQUEST_RESET | CPU_REQUEST_DOORBELL |
                       CPU_REQUEST_MCHECK) ||
           cpu_decrementer_pending(c) || pmu_has_alert(c);
}
