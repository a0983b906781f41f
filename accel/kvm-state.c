/* A vCPU's state between struct cpu and the kernel; see kvm.h.
 *
 * The general registers come over at each hypercall with one call of the kernel; the rest only when the vCPU stops. To
 * the kernel goes what differs from what it has. A register is one row here. Left out: what only the kernel can count
 * (PURR, SPURR, VTB, IC), and what lpar does not keep (PSSCR). */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "accel/kvm.h"
#include "base/log.h"

/* MSR bits that are the guest's business. */
#define MSR_SHARED                                                                                            \
    (MSR_SF | MSR_VEC | MSR_VSX | MSR_EE | MSR_PR | MSR_FP | MSR_ME | MSR_FE0 | MSR_TE | MSR_FE1 | MSR_IR | MSR_DR | \
     MSR_PMM | MSR_RI | MSR_LE)
#define LPCR_SHARED (LPCR_AIL | LPCR_ILE | LPCR_LD)

struct state_row {
    const char *name;
    uint64_t id;
    size_t offset; /* in struct cpu: eight bytes, or four */
    size_t size;
};

#define SPR_ROW(n, register) { #n, KVM_REG_PPC_##register, offsetof(struct cpu, spr[SPR_##n]), 8 }

static const struct state_row rows[] = {
    SPR_ROW(DAR, DAR), SPR_ROW(DSISR, DSISR), SPR_ROW(DSCR, DSCR), SPR_ROW(PPR, PPR), SPR_ROW(TAR, TAR),
    SPR_ROW(FSCR, FSCR), SPR_ROW(PSPB, PSPB), SPR_ROW(PIDR, PID), SPR_ROW(TIDR, TIDR),
    SPR_ROW(AMR, AMR), SPR_ROW(IAMR, IAMR), SPR_ROW(UAMOR, UAMOR),
    SPR_ROW(EBBHR, EBBHR), SPR_ROW(EBBRR, EBBRR), SPR_ROW(BESCR, BESCR),
    SPR_ROW(CIABR, CIABR), SPR_ROW(DAWR0, DAWR), SPR_ROW(DAWRX0, DAWRX), SPR_ROW(DAWR1, DAWR1),
    SPR_ROW(DAWRX1, DAWRX1),
    SPR_ROW(MMCR0, MMCR0), SPR_ROW(MMCR1, MMCR1), SPR_ROW(MMCRA, MMCRA), SPR_ROW(MMCR2, MMCR2), SPR_ROW(MMCR3, MMCR3),
    SPR_ROW(SIAR, SIAR), SPR_ROW(SDAR, SDAR), SPR_ROW(SIER, SIER), SPR_ROW(SIER2, SIER2), SPR_ROW(SIER3, SIER3),
    { "PMC1", KVM_REG_PPC_PMC1, offsetof(struct cpu, spr[SPR_PMC1]), 8 },
    { "PMC2", KVM_REG_PPC_PMC2, offsetof(struct cpu, spr[SPR_PMC1 + 1]), 8 },
    { "PMC3", KVM_REG_PPC_PMC3, offsetof(struct cpu, spr[SPR_PMC1 + 2]), 8 },
    { "PMC4", KVM_REG_PPC_PMC4, offsetof(struct cpu, spr[SPR_PMC1 + 3]), 8 },
    { "PMC5", KVM_REG_PPC_PMC5, offsetof(struct cpu, spr[SPR_PMC1 + 4]), 8 },
    { "PMC6", KVM_REG_PPC_PMC6, offsetof(struct cpu, spr[SPR_PMC1 + 5]), 8 },
    { "VRSAVE", KVM_REG_PPC_VRSAVE, offsetof(struct cpu, vrsave), 4 },
    /* Behind the offset of the timebase, to which it belongs. */
    { "DEC", KVM_REG_PPC_DEC_EXPIRY, offsetof(struct cpu, dec_expiry), 8 },
};
_Static_assert(ARRAY_SIZE(rows) <= KVM_STATE_ROWS, "struct kvm_vcpu has room for them");

static uint64_t *row_value(struct cpu *c, const struct state_row *row)
{
    return (uint64_t *)((char *)c + row->offset);
}

static uint64_t row_load(struct cpu *c, const struct state_row *row)
{
    uint32_t word;

    if (row->size == 8)
        return *row_value(c, row);
    memcpy(&word, row_value(c, row), sizeof word);
    return word;
}

static void row_store(struct cpu *c, const struct state_row *row, uint64_t value)
{
    uint32_t word = (uint32_t)value;

    if (row->size == 8)
        *row_value(c, row) = value;
    else
        memcpy(row_value(c, row), &word, sizeof word);
}

static bool get_one(const struct kvm_vcpu *k, uint64_t id, void *value)
{
    struct kvm_one_reg one = { .id = id, .addr = (uintptr_t)value };

    return !ioctl(k->fd, KVM_GET_ONE_REG, &one);
}

static bool set_one(const struct kvm_vcpu *k, uint64_t id, const void *value)
{
    struct kvm_one_reg one = { .id = id, .addr = (uintptr_t)value };

    return !ioctl(k->fd, KVM_SET_ONE_REG, &one);
}

/* Of four or eight bytes, as its number says. */
static bool get_number(const struct kvm_vcpu *k, uint64_t id, uint64_t *value)
{
    uint32_t word;

    if ((id & KVM_REG_SIZE_MASK) == KVM_REG_SIZE_U64)
        return get_one(k, id, value);
    if (!get_one(k, id, &word))
        return false;
    *value = word;
    return true;
}

static bool set_number(const struct kvm_vcpu *k, uint64_t id, uint64_t value)
{
    uint32_t word = (uint32_t)value;

    return set_one(k, id, (id & KVM_REG_SIZE_MASK) == KVM_REG_SIZE_U64 ? (const void *)&value : &word);
}

bool kvm_state_init(struct vcpu *v)
{
    struct kvm_vcpu *k = kvm_of(v);

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        k->has_row[i] = get_number(k, rows[i].id, &k->rows[i]);
    k->level = v->cpu->model->level;
    return !ioctl(k->fd, KVM_GET_REGS, &k->regs) && get_number(k, KVM_REG_PPC_LPCR_64, &k->lpcr) &&
           get_number(k, KVM_REG_PPC_TB_OFFSET, &k->timebase_offset);
}

/* ---- from the kernel ---- */

void kvm_get_registers(struct vcpu *v)
{
    struct kvm_vcpu *k = kvm_of(v);
    struct kvm_regs *r = &k->regs;
    struct cpu *c = v->cpu;

    if (ioctl(k->fd, KVM_GET_REGS, r)) {
        log_line(LOG_ERROR, "kvm", "processor %u: its registers cannot be read: %s", v->id, strerror(errno));
        return;
    }
    for (unsigned i = 0; i < 32; i++)
        c->gpr[i] = r->gpr[i];
    c->nia = r->pc;
    c->cia = r->pc - 4;
    c->lr = r->lr;
    c->ctr = r->ctr;
    cpu_set_xer(c, r->xer);
    cpu_set_cr(c, (uint32_t)r->cr);
    c->spr[SPR_SRR0] = r->srr0;
    c->spr[SPR_SRR1] = r->srr1;
    c->spr[SPR_SPRG0] = r->sprg0;
    c->spr[SPR_SPRG1] = r->sprg1;
    c->spr[SPR_SPRG2] = r->sprg2;
    c->spr[SPR_SPRG3] = r->sprg3;
    if ((c->msr ^ r->msr) & MSR_SHARED)
        cpu_set_msr(c, r->msr & MSR_SHARED);
}

static void get_vectors(struct vcpu *v)
{
    struct kvm_vcpu *k = kvm_of(v);
    struct cpu *c = v->cpu;

    for (unsigned i = 0; i < 32; i++) {
        get_one(k, KVM_REG_PPC_VSR(i), &k->vsr[i]);
        get_one(k, KVM_REG_PPC_VR(i), &k->vsr[32 + i]);
    }
    memcpy(c->vsr, k->vsr, sizeof c->vsr);
    if (get_one(k, KVM_REG_PPC_FPSCR, &k->fpscr)) {
        c->fpscr = k->fpscr;
        c->fp_pending = 0;
    }
    if (get_one(k, KVM_REG_PPC_VSCR, &k->vscr))
        c->vscr = k->vscr;
}

/* What others have changed since the vCPU came out goes to the kernel first, or it would be lost. An instruction or call
 * that the kernel ends at the next entry: it does so before it looks whether to stop at once. */
static void finish(struct vcpu *v)
{
    struct kvm_vcpu *k = kvm_of(v);

    if (!kvm_put(v))
        log_line(LOG_ERROR, "kvm", "processor %u: its state is refused: %s", v->id, strerror(errno));
    if (!k->in_hypercall && !k->in_access)
        return;
    __atomic_store_n(&k->run->immediate_exit, 1, __ATOMIC_RELAXED);
    kvm_enter(k->fd);
    k->in_hypercall = k->in_access = false;
}

void kvm_get_all(struct vcpu *v)
{
    struct kvm_vcpu *k = kvm_of(v);
    struct cpu *c = v->cpu;

    finish(v);
    kvm_get_registers(v);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (k->has_row[i] && get_number(k, rows[i].id, &k->rows[i]))
            row_store(c, &rows[i], k->rows[i]);
    get_vectors(v);
    if (get_number(k, KVM_REG_PPC_LPCR_64, &k->lpcr))
        c->lpcr = (c->lpcr & ~LPCR_SHARED) | (k->lpcr & LPCR_SHARED);
}

/* ---- to the kernel ---- */

static bool put_registers(struct vcpu *v)
{
    struct kvm_vcpu *k = kvm_of(v);
    const struct cpu *c = v->cpu;
    struct kvm_regs want = k->regs;

    if (k->in_hypercall) {
        /* These it takes from there. */
        k->run->papr_hcall.ret = c->gpr[3];
        for (unsigned i = 0; i < 9; i++)
            k->run->papr_hcall.args[i] = c->gpr[4 + i];
        for (unsigned i = 3; i <= 12; i++)
            k->regs.gpr[i] = c->gpr[i];
    }
    for (unsigned i = 0; i < 32; i++)
        want.gpr[i] = c->gpr[i];
    want.pc = c->nia;
    want.lr = c->lr;
    want.ctr = c->ctr;
    want.xer = cpu_xer(c);
    want.cr = cpu_cr(c);
    want.srr0 = c->spr[SPR_SRR0];
    want.srr1 = c->spr[SPR_SRR1];
    want.sprg0 = c->spr[SPR_SPRG0];
    want.sprg1 = c->spr[SPR_SPRG1];
    want.sprg2 = c->spr[SPR_SPRG2];
    want.sprg3 = c->spr[SPR_SPRG3];
    want.msr = (want.msr & ~MSR_SHARED) | c->msr;
    if (!memcmp(&want, &k->regs, sizeof want))
        return true;
    k->regs = want;
    return !ioctl(k->fd, KVM_SET_REGS, &want);
}

static bool put_vectors(struct vcpu *v)
{
    struct kvm_vcpu *k = kvm_of(v);
    const struct cpu *c = v->cpu;
    bool ok = true;

    if (memcmp(k->vsr, c->vsr, sizeof k->vsr)) {
        memcpy(k->vsr, c->vsr, sizeof k->vsr);
        for (unsigned i = 0; i < 32; i++)
            ok = set_one(k, KVM_REG_PPC_VSR(i), &k->vsr[i]) && set_one(k, KVM_REG_PPC_VR(i), &k->vsr[32 + i]) && ok;
    }
    if (k->fpscr != c->fpscr) {
        k->fpscr = c->fpscr;
        ok = set_one(k, KVM_REG_PPC_FPSCR, &k->fpscr) && ok;
    }
    if (k->vscr != c->vscr) {
        k->vscr = c->vscr;
        ok = set_one(k, KVM_REG_PPC_VSCR, &k->vscr) && ok;
    }
    return ok;
}

static bool put_lpcr(struct vcpu *v)
{
    struct kvm_vcpu *k = kvm_of(v);
    uint64_t lpcr = (k->lpcr & ~LPCR_SHARED) | (v->cpu->lpcr & LPCR_SHARED);

    if (lpcr == k->lpcr)
        return true;
    k->lpcr = lpcr;
    return set_number(k, KVM_REG_PPC_LPCR_64, lpcr);
}

/* The mode in which it shows itself, as a logical PVR. */
static bool put_level(struct vcpu *v)
{
    struct kvm_vcpu *k = kvm_of(v);
    enum cpu_isa_level level = v->cpu->level;

    if (level == k->level)
        return true;
    k->level = level;
    return set_number(k, KVM_REG_PPC_ARCH_COMPAT,
                      level == v->cpu->model->level ? 0
                      : level == CPU_ISA_3_1        ? 0x0f000006
                      : level == CPU_ISA_3_0        ? 0x0f000005
                                                    : 0x0f000004);
}

/* True if the decrementer has to be told anew: the kernel may keep it in its own time. */
static bool put_timebase(struct vcpu *v, bool *ok)
{
    struct kvm_vcpu *k = kvm_of(v);
    uint64_t offset = accel_timebase_offset(v->accel) + v->cpu->tb_offset;

    if (offset == k->timebase_offset)
        return false;
    k->timebase_offset = offset;
    *ok = set_number(k, KVM_REG_PPC_TB_OFFSET, offset) && *ok;
    return true;
}

/* The VPA comes last, since the others hang on it. */
static bool forget_areas(struct kvm_vcpu *k)
{
    static const uint64_t none[2];

    k->must_forget_areas = false;
    return set_one(k, KVM_REG_PPC_VPA_DTL, none) && set_one(k, KVM_REG_PPC_VPA_SLB, none) &&
           set_one(k, KVM_REG_PPC_VPA_ADDR, none);
}

bool kvm_put(struct vcpu *v)
{
    struct kvm_vcpu *k = kvm_of(v);
    struct cpu *c = v->cpu;
    bool ok = true, all_time;

    if (k->must_forget_areas)
        ok = forget_areas(k);
    ok = put_level(v) && ok;
    ok = put_lpcr(v) && ok;
    all_time = put_timebase(v, &ok);
    ok = put_registers(v) && ok;
    ok = put_vectors(v) && ok;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        uint64_t value = row_load(c, &rows[i]);

        if (!k->has_row[i] || (value == k->rows[i] && !(all_time && rows[i].id == KVM_REG_PPC_DEC_EXPIRY)))
            continue;
        k->rows[i] = value;
        if (!set_number(k, rows[i].id, value)) {
            log_line(LOG_WARN, "kvm", "processor %u: the kernel refuses %s=%llx: %s", v->id, rows[i].name,
                     (unsigned long long)value, strerror(errno));
            ok = false;
        }
    }
    return ok;
}
