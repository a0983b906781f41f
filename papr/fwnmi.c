/* Machine checks and system resets by way of the firmware; see fwnmi.h.
 *
 * A guest that registered handlers is entered there, with r3 pointing to where its own r3 is saved: of a
 * system reset in a slot for each processor, of a machine check in front of the one error log, which the
 * handler owns until it calls ibm,nmi-interlock. Both are behind RTAS's code in the guest's memory:
 *
 *   base + 0x30    r3, summary (8), extended header (16), section "MC" (40)
 *   base + 2048    r3 and a doubleword of zeros for each processor */
#include "papr/fwnmi.h"

#include <stdlib.h>
#include <string.h>

#define HANDLER_LIMIT UINT64_C(0x2000000) /* a branch from a vector reaches that far */

struct fwnmi {
    struct platform *platform;
    bool registered;
    gpa_t system_reset, machine_check;
    const struct vcpu *interlock; /* who handles a machine check, NULL: nobody */
    struct injected *injected;    /* by vCPU index */
};

/* A machine check to come. */
struct injected {
    bool is_pending, recovered;
    uint64_t srr1_bits, dar;
    uint32_t dsisr;
};

enum { LOG_OFFSET = 0x30, SAVE_OFFSET = 2048, SAVE_BYTES = 16 };
enum { SUMMARY_BYTES = 8, HEADER_BYTES = 16, MC_BYTES = 40 };

struct fwnmi *fwnmi_new(struct platform *p, struct error *err)
{
    struct fwnmi *x = calloc(1, sizeof *x);

    if (!x) {
        error_set(err, ERROR_RESOURCE, "out of memory for firmware-assisted interrupts");
        return NULL;
    }
    x->platform = p;
    x->injected = calloc(accel_limit(p->accel), sizeof *x->injected);
    if (!x->injected) {
        error_set(err, ERROR_RESOURCE, "out of memory for firmware-assisted interrupts");
        free(x);
        return NULL;
    }
    return x;
}

void fwnmi_free(struct fwnmi *x)
{
    if (x)
        free(x->injected);
    free(x);
}

bool fwnmi_handlers(const struct fwnmi *x, gpa_t *system_reset, gpa_t *machine_check)
{
    *system_reset = x->system_reset;
    *machine_check = x->machine_check;
    return x->registered;
}

static void fwnmi_reset(void *self)
{
    struct fwnmi *x = self;

    x->registered = false;
    x->system_reset = x->machine_check = 0;
    x->interlock = NULL;
    memset(x->injected, 0, accel_limit(x->platform->accel) * sizeof *x->injected);
}

static void fwnmi_vcpu_added(void *self, struct vcpu *v)
{
    ((struct fwnmi *)self)->injected[v->index] = (struct injected){ 0 };
}

/* ---- what a machine check was ---- */

enum { ERROR_UE = 0, ERROR_SLB = 1, ERROR_ERAT = 2, ERROR_TLB = 4, UE_ADDRESS_VALID = 0x40, ADDRESS_VALID = 0x80 };

struct cause {
    uint32_t bits;         /* of DSISR, or of SRR1 for instruction fetches */
    uint8_t type, subtype; /* of section "MC" */
    bool has_address;
};

static const struct cause data_causes[] = {
    { 0x8000, ERROR_UE, 3, false },   { 0x4000, ERROR_UE, 4, true },  { 0x0800, ERROR_ERAT, 2, true },
    { 0x0400, ERROR_TLB, 2, true },   { 0x0080, ERROR_SLB, 1, true }, { 0x0100, ERROR_SLB, 0, true },
};

#define SRR1_DATA PPC_BIT(42)
#define SRR1_FETCH UINT64_C(0x81c0000)

static const struct cause fetch_causes[] = {
    { 0x40000, ERROR_UE, 1, true },     { 0x80000, ERROR_SLB, 0, true },  { 0xc0000, ERROR_SLB, 1, true },
    { 0x100000, ERROR_ERAT, 2, true },  { 0x140000, ERROR_TLB, 2, true }, { 0x180000, ERROR_UE, 2, true },
};

static const struct cause *find_cause(uint64_t srr1_bits, uint64_t dsisr)
{
    static const struct cause unknown = { 0, ERROR_UE, 0, false };

    if (srr1_bits & SRR1_DATA) {
        for (size_t i = 0; i < ARRAY_SIZE(data_causes); i++)
            if (dsisr & data_causes[i].bits)
                return &data_causes[i];
    } else {
        for (size_t i = 0; i < ARRAY_SIZE(fetch_causes); i++)
            if ((srr1_bits & SRR1_FETCH) == fetch_causes[i].bits)
                return &fetch_causes[i];
    }
    return &unknown;
}

static bool write_log(struct fwnmi *x, const struct vcpu *v, uint64_t srr1_bits, bool recovered)
{
    enum { VERSION_6 = 6, SEVERITY_ERROR_SYNC = 3, NOT_RECOVERED = 2, EXTENDED = 1, INITIATOR_CPU = 1 };
    enum { VALID = 0x80, NEW_LOG = 0x04, BIG_ENDIAN_LOG = 0x02, POWERPC_PLATFORM_EVENT = 0x8e };
    const struct cpu *c = v->cpu;
    const struct cause *cause = find_cause(srr1_bits, c->spr[SPR_DSISR]);
    uint8_t log[8 + SUMMARY_BYTES + HEADER_BYTES + MC_BYTES] = { 0 };
    uint8_t *summary = log + 8, *header = summary + SUMMARY_BYTES, *mc = header + HEADER_BYTES;

    st_be64(log, c->gpr[3]);
    st_be32(summary, (uint32_t)VERSION_6 << 24 | SEVERITY_ERROR_SYNC << 21 |
                         (recovered ? 0 : NOT_RECOVERED) << 19 | EXTENDED << 18 | INITIATOR_CPU << 12);
    st_be32(summary + 4, HEADER_BYTES + MC_BYTES);
    header[0] = VALID | NEW_LOG | BIG_ENDIAN_LOG;
    header[2] = POWERPC_PLATFORM_EVENT;
    memcpy(header + 12, "IBM", 4);
    memcpy(mc, "MC", 2);
    st_be16(mc + 2, MC_BYTES);
    mc[4] = 1; /* version */
    st_be32(mc + 12, v->id);
    mc[16] = cause->type;
    mc[17] = (uint8_t)(cause->subtype |
                       (cause->has_address ? cause->type == ERROR_UE ? UE_ADDRESS_VALID : ADDRESS_VALID : 0));
    if (cause->has_address)
        st_be64(mc + 24, srr1_bits & SRR1_DATA ? c->spr[SPR_DAR] : c->nia);
    return gpa_write(x->platform->mem, x->platform->rtas_base + LOG_OFFSET, log, sizeof log);
}

/* ---- delivery ---- */

static bool enter_system_reset(struct fwnmi *x, struct vcpu *v, uint64_t *address)
{
    gpa_t save = x->platform->rtas_base + SAVE_OFFSET + v->index * SAVE_BYTES;

    /* A guest that has given RTAS's place away still gets its interrupt. */
    if (gpa_store_be64(x->platform->mem, save, v->cpu->gpr[3]) && gpa_store_be64(x->platform->mem, save + 8, 0)) {
        v->cpu->gpr[3] = save;
        *address = x->system_reset;
    }
    return true;
}

static bool enter_machine_check(struct fwnmi *x, struct vcpu *v, uint64_t srr1_bits, bool recovered,
                                uint64_t *address)
{
    struct platform *p = x->platform;

    if (x->interlock == v && recovered)
        return false; /* mended, and the handler is busy: nobody need know */
    if (x->interlock == v) {
        p->machine_ops->guest_panic(p->machine, "a machine check while one is being handled");
        return false;
    }
    if (x->interlock) {
        /* Its log is not free; in the meantime what failed fails again, or the injected one is asked for again. */
        if (x->injected[v->index].is_pending)
            vcpu_machine_check(v);
        return false;
    }
    if (write_log(x, v, srr1_bits, recovered)) {
        x->interlock = v;
        v->cpu->gpr[3] = p->rtas_base + LOG_OFFSET;
        *address = x->machine_check;
    }
    return true;
}

bool fwnmi_enter(struct fwnmi *x, struct vcpu *v, enum cpu_vector vector, uint64_t *srr1_bits,
                 uint64_t *address)
{
    struct injected *injected = &x->injected[v->index];
    bool recovered = false, taken;

    if (vector == VECTOR_SYSTEM_RESET)
        return !x->registered || enter_system_reset(x, v, address);
    if (injected->is_pending) {
        *srr1_bits = injected->srr1_bits;
        v->cpu->spr[SPR_DSISR] = injected->dsisr;
        v->cpu->spr[SPR_DAR] = injected->dar;
        recovered = injected->recovered;
    }
    taken = !x->registered || enter_machine_check(x, v, *srr1_bits, recovered, address);
    if (taken || x->interlock == v)
        injected->is_pending = false;
    return taken;
}

void fwnmi_inject(struct fwnmi *x, struct vcpu *v, uint64_t srr1_bits, uint32_t dsisr, uint64_t dar,
                  bool recovered)
{
    x->injected[v->index] = (struct injected){ true, recovered, srr1_bits, dar, dsisr };
    vcpu_machine_check(v);
}

static bool is_handler(const struct fwnmi *x, gpa_t address)
{
    return address < HANDLER_LIMIT && address < x->platform->config->rma_size;
}

/* Arguments: handlers of system resets and of machine checks. */
static int32_t rtas_ibm_nmi_register(void *self, struct vcpu *v, struct rtas_args *args)
{
    struct fwnmi *x = self;

    (void)v;
    if (!x->platform->rtas_base)
        return RTAS_PARAMETER;
    if (!is_handler(x, args->arg[0]) || !is_handler(x, args->arg[1]))
        return RTAS_PARAMETER;
    x->registered = true;
    x->system_reset = args->arg[0];
    x->machine_check = args->arg[1];
    return RTAS_OK;
}

/* Whoever handles a machine check is done with the log. From others it means nothing. */
static int32_t rtas_ibm_nmi_interlock(void *self, struct vcpu *v, struct rtas_args *args)
{
    struct fwnmi *x = self;

    (void)args;
    if (!x->registered)
        return RTAS_PARAMETER;
    if (x->interlock == v)
        x->interlock = NULL;
    return RTAS_OK;
}

static const struct rtas_row fwnmi_rtas[] = {
    { 0x202b, "ibm,nmi-register", 2, 1, WHEN_FWNMI, rtas_ibm_nmi_register },
    { 0x202c, "ibm,nmi-interlock", 0, 1, WHEN_FWNMI, rtas_ibm_nmi_interlock },
};

const struct facility_type fwnmi_facility = {
    .name = "fwnmi",
    .rtas = fwnmi_rtas,
    .n_rtas = ARRAY_SIZE(fwnmi_rtas),
    .reset = fwnmi_reset,
    .vcpu_added = fwnmi_vcpu_added,
};
