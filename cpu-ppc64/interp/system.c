/* System calls, special registers, context changes, and what the table's wrappers raise.
 * [ISA3.0 III 3, 4] */
#include <sys/random.h>

#include "base/log.h"
#include "cpu-ppc64/fpu/fpu.h"
#include "cpu-ppc64/interp/op.h"

/* ---- instructions that are none ---- */

bool op_missing(struct cpu *c, insn_t i)
{
    if (c->hv_ops->missing_instruction)
        c->hv_ops->missing_instruction(c->hv, c, i, isa_row(isa_decode(i))->name);
    if (c->guest)
        return guest_leave_illegal(c, i);
    return cpu_interrupt_program(c, PROGRAM_ILLEGAL);
}

bool op_invalid(struct cpu *c, insn_t i)
{
    if (c->hv_ops->missing_instruction)
        c->hv_ops->missing_instruction(c->hv, c, i, NULL);
    if (c->guest)
        return guest_leave_illegal(c, i);
    if (i >> 32)
        c->nia = c->cia + 8;
    return cpu_interrupt_program(c, PROGRAM_ILLEGAL);
}

bool op_prefix_crossing(struct cpu *c, insn_t i)
{
    (void)i;
    c->nia = c->cia + 8;
    return cpu_interrupt_prefix_crossing(c);
}

bool op_hypervisor(struct cpu *c, insn_t i)
{
    (void)i;
    return cpu_interrupt_program(c, PROGRAM_PRIVILEGED);
}

/* True unless the FSCR keeps problem state from it. [ISA3.1 III 7.2.11] */
static bool is_open(struct cpu *c, enum fscr_bit facility)
{
    if (!guest_may_use(c, facility) && facility != FSCR_SCV)
        return guest_leave_facility(c, facility);
    return !(c->msr & MSR_PR) || c->spr[SPR_FSCR] >> facility & 1 || cpu_interrupt_facility(c, facility);
}

bool op_facility_unavailable(struct cpu *c, enum facility f)
{
    switch (f) {
    case FACILITY_FP:
    case FACILITY_DFP:
        if (c->msr & MSR_FP)
            return guest_leave_facility(c, FSCR_FP);
        return cpu_interrupt_unavailable(c, VECTOR_FP_UNAVAILABLE);
    case FACILITY_VEC:
        if (c->msr & MSR_VEC)
            return guest_leave_facility(c, FSCR_VEC_VSX);
        return cpu_interrupt_unavailable(c, VECTOR_VEC_UNAVAILABLE);
    case FACILITY_VSX:
        if (c->msr & MSR_VSX)
            return guest_leave_facility(c, FSCR_VEC_VSX);
        return cpu_interrupt_unavailable(c, VECTOR_VSX_UNAVAILABLE);
    case FACILITY_TM:
        /* ISA 3.1 has no such instructions any more. */
        if (c->model->level >= CPU_ISA_3_1)
            return cpu_interrupt_program(c, PROGRAM_ILLEGAL);
        return (c->has_tm && c->msr & MSR_TM) || cpu_interrupt_facility(c, FSCR_TM);
    case FACILITY_EBB:
        return is_open(c, FSCR_EBB);
    case FACILITY_TAR:
        return is_open(c, FSCR_TAR);
    case FACILITY_PREFIX:
        return is_open(c, FSCR_PREFIX);
    case FACILITY_NONE:
        break;
    }
    return true;
}

/* ---- system calls and returns ---- */

OP(sc)
{
    switch (f_lev(i)) {
    case 1:
        /* A guest's hypercalls are those of the program that runs it. */
        if (UNLIKELY(c->guest))
            return guest_leave(c, VECTOR_SYSTEM_CALL);
        c->hv_ops->hypercall(c->hv, c);
        return false;
    default: /* other levels are those of the hypervisor; to a partition they are level 0 */
        return cpu_interrupt(c, VECTOR_SYSTEM_CALL, c->nia, 0);
    }
}

OP(scv)
{
    if (!is_open(c, FSCR_SCV))
        return false;
    return cpu_system_call_vectored(c, f_lev(i));
}

/* The MSR that a return instruction makes: problem state has interrupts and relocation on. Machine
 * check enable and hypervisor state are not the partition's to change. */
static uint64_t returned_msr(const struct cpu *c, uint64_t msr)
{
    if (msr & MSR_PR)
        msr |= MSR_EE | MSR_IR | MSR_DR;
    return (msr & ~MSR_ME) | (c->msr & MSR_ME);
}

/* A new MSR. A floating-point exception that is enabled and was ignored until now interrupts if it no longer
 * is, with SRR0 behind the instruction that made it so. [ISA3.0 I 4.4, III 6.5.9] */
static bool change_msr(struct cpu *c, uint64_t msr)
{
    cpu_set_msr(c, msr);
    if (UNLIKELY(c->fpscr & FPSCR_FEX && msr & (MSR_FE0 | MSR_FE1)))
        cpu_interrupt(c, VECTOR_PROGRAM, c->nia, PROGRAM_FP | PROGRAM_NEXT);
    return false;
}

static bool return_to(struct cpu *c, uint64_t address, uint64_t msr)
{
    c->reservation.kind = RESERVED_NOT;
    msr = returned_msr(c, msr);
    c->nia = address & (msr & MSR_SF ? UINT64_MAX : UINT32_MAX) & ~UINT64_C(3);
    return change_msr(c, msr);
}

OP(rfid) { return return_to(c, c->spr[SPR_SRR0], c->spr[SPR_SRR1]); }
OP(rfscv) { return return_to(c, c->lr, c->ctr); }

/* ---- machine state register ---- */

/* What mtmsr and mtmsrd make: unlike returns they leave the endianness alone. */
static uint64_t moved_msr(const struct cpu *c, uint64_t msr)
{
    return returned_msr(c, (msr & ~MSR_LE) | (c->msr & MSR_LE));
}

OP(mfmsr) { c->gpr[f_rt(i)] = c->msr; return true; }

OP(mtmsrd)
{
    uint64_t v = c->gpr[f_rs(i)], only = MSR_EE | MSR_RI;

    if (f_l15(i)) {
        /* Most often to enable or disable interrupts: no new context. */
        c->msr = (c->msr & ~only) | (v & only);
        return !(c->msr & MSR_EE);
    }
    return change_msr(c, moved_msr(c, v));
}

OP(mtmsr)
{
    uint64_t v = c->gpr[f_rs(i)], only = MSR_EE | MSR_RI;

    if (f_l15(i)) {
        c->msr = (c->msr & ~only) | (v & only);
        return !(c->msr & MSR_EE);
    }
    return change_msr(c, moved_msr(c, (c->msr & ~(uint64_t)UINT32_MAX) | (uint32_t)v));
}

/* ---- special-purpose registers ---- */

OP(mfspr)
{
    uint64_t v = c->gpr[f_rt(i)];

    if (!cpu_spr_read(c, f_spr(i), &v))
        return false;
    c->gpr[f_rt(i)] = v;
    return true;
}

/* The process id changes the context, the decrementer and the event registers what is pending, MMCR0 what is
 * counted. */
static bool spr_ends_slice(unsigned number)
{
    switch (number) {
    case SPR_PIDR:
    case SPR_DEC:
    case SPR_MMCR0:
    case SPR_UMMCR0:
    case SPR_BESCR:
    case SPR_BESCRS:
    case SPR_BESCRS + 1:
    case SPR_FSCR:
        return true;
    default:
        return false;
    }
}

OP(mtspr)
{
    if (!cpu_spr_write(c, f_spr(i), c->gpr[f_rs(i)]))
        return false;
    return !spr_ends_slice(f_spr(i));
}

OP(mftb)
{
    uint64_t v = 0;

    if (!cpu_spr_read(c, f_spr(i), &v))
        return false;
    c->gpr[f_rt(i)] = v;
    return true;
}

static bool draw(struct cpu *c, uint64_t *v)
{
    if (c->hv_ops->random)
        return c->hv_ops->random(c->hv, v);
    return getrandom(v, sizeof *v, GRND_NONBLOCK) == (ssize_t)sizeof *v;
}

OP(darn)
{
    uint64_t v;

    /* L = 0: 32 conditioned bits; 1: 64 conditioned ones; 2: raw; 3: reserved, the error value. */
    if (f_l14(i) == 3 || !draw(c, &v))
        v = UINT64_MAX;
    else if (f_l14(i) == 0)
        v = (uint32_t)v;
    c->gpr[f_rt(i)] = v;
    return true;
}

/* ---- doorbells to threads of the same core ---- */

OP(msgsndp)
{
    uint64_t rb = c->gpr[f_rb(i)];
    unsigned thread = rb & 0x7f;

    if (!guest_may_use(c, FSCR_MSGP))
        return guest_leave_facility(c, FSCR_MSGP);
    /* Type 5 in bits 32:36, thread number in bits 57:63. */
    if (PPC_FIELD(rb, 32, 36) != 5)
        return true;
    if (thread == c->tir) {
        cpu_request(c, CPU_REQUEST_DOORBELL);
    } else if (c->hv_ops->send_doorbell && !c->hv_ops->send_doorbell(c->hv, thread)) {
        c->nia = c->cia;
        return false;
    }
    return !(c->msr & MSR_EE);
}

OP(msgclrp)
{
    if (!guest_may_use(c, FSCR_MSGP))
        return guest_leave_facility(c, FSCR_MSGP);
    if (PPC_FIELD(c->gpr[f_rb(i)], 32, 36) == 5)
        cpu_request_clear(c, CPU_REQUEST_DOORBELL);
    return true;
}
