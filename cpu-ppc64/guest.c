/* How a guest of the partition ends; see guest.h. */
#include "cpu-ppc64/guest.h"

#include "base/log.h"

bool guest_leave(struct cpu *c, unsigned vector)
{
    /* Translated code puts its registers together only after what called this: it ends before the next instruction. */
    c->guest->vector = vector;
    c->guest->srr1_bits = 0;
    cpu_request(c, CPU_REQUEST_LEAVE);
    return false;
}

bool guest_leave_illegal(struct cpu *c, uint64_t insn)
{
    c->guest->heir = (uint32_t)insn;
    c->nia = c->cia;
    return guest_leave(c, VECTOR_HYPERVISOR_EMULATION);
}

bool guest_leave_facility(struct cpu *c, enum fscr_bit facility)
{
    c->guest->hfscr = (c->guest->hfscr & ~PPC_BITMASK(0, 7)) | PPC_FIELD_PUT((uint64_t)facility, 0, 7);
    c->nia = c->cia;
    return guest_leave(c, VECTOR_HYPERVISOR_FACILITY);
}

int guest_facility_of_spr(unsigned number)
{
    enum { TIR = 446 };

    switch (number) {
    case SPR_UDSCR:
    case SPR_DSCR:
        return FSCR_DSCR;
    case SPR_DPDES:
    case TIR:
        return FSCR_MSGP;
    case SPR_USIER2:
    case SPR_USIER3:
    case SPR_UMMCR3:
    case SPR_SIER2:
    case SPR_SIER3:
    case SPR_MMCR3:
        return FSCR_PM;
    default:
        return number >= SPR_USIER && number <= SPR_MMCR1 ? FSCR_PM : -1;
    }
}

static bool hypervisor_decrementer_is_due(struct cpu *c, uint32_t requests)
{
    if (c->jit && !(requests & CPU_REQUEST_HYPERVISOR_DECREMENTER))
        return false;
    cpu_request_clear(c, CPU_REQUEST_HYPERVISOR_DECREMENTER);
    if ((int64_t)(cpu_timebase(c) - c->guest->hdec_expiry) >= 0)
        return true;
    /* It was set anew meanwhile. */
    if (c->hv_ops->decrementer_set)
        c->hv_ops->decrementer_set(c->hv);
    return false;
}

bool guest_is_ended(struct cpu *c, uint32_t requests)
{
    bool enabled = c->msr & MSR_EE;

    if (requests & CPU_REQUEST_LEAVE)
        return true;
    if (requests & CPU_REQUEST_RESET)
        guest_leave(c, VECTOR_SYSTEM_RESET);
    else if (requests & CPU_REQUEST_MCHECK)
        guest_leave(c, VECTOR_MACHINE_CHECK);
    else if (requests & CPU_REQUEST_EXTERNAL || (enabled && requests & CPU_REQUEST_MEDIATED))
        guest_leave(c, VECTOR_EXTERNAL);
    else if (hypervisor_decrementer_is_due(c, requests))
        guest_leave(c, VECTOR_HYPERVISOR_DECREMENTER);
    else
        return false;
    return true;
}
