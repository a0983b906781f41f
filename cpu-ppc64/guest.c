/* How a guest of the partition ends; see guest.h. */
#include "cpu-ppc64/guest.h"

#include "base/log.h"
#include "cpu-ppc64/mmu/mmu.h"

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

/* What a guest's LPCR is the program's to say, [ISA3.0 III 2.2] the rest is as with the partition itself. */
#define LPCR_DPFD PPC_BITMASK(9, 11)
#define LPCR_MER PPC_BIT(52)
#define LPCR_OF_GUESTS (LPCR_DPFD | LPCR_ILE | LPCR_AIL | LPCR_LD)

/* Compatibility register: problem state is of an older version. [ISA3.0 III 2.5] */
#define PCR_ISA_3_0 PPC_BIT(59)
#define PCR_ISA_2_07 PPC_BIT(60)
#define PCR_ISA_2_06 PPC_BIT(61)

static enum cpu_isa_level level_of(uint64_t pcr, enum cpu_isa_level most)
{
    enum cpu_isa_level level = pcr & PCR_ISA_2_06 ? CPU_ISA_2_06 : pcr & PCR_ISA_2_07 ? CPU_ISA_2_07
                             : pcr & PCR_ISA_3_0  ? CPU_ISA_3_0 : CPU_ISA_3_1;

    return level < most ? level : most;
}

/* Time goes on by the same clock: what is due is due at another of its numbers. */
static void move_time(struct cpu *c, uint64_t offset)
{
    c->tb_offset += offset;
    c->dec_expiry += offset;
}

static void set_doorbell(struct cpu *c, bool on)
{
    if (on)
        cpu_request(c, CPU_REQUEST_DOORBELL);
    else
        cpu_request_clear(c, CPU_REQUEST_DOORBELL);
}

/* What is due for the one is not what was for the other. */
static void look_at_time(struct cpu *c)
{
    cpu_request(c, CPU_REQUEST_DECREMENTER);
    if (c->hv_ops->decrementer_set)
        c->hv_ops->decrementer_set(c->hv);
}

void guest_enter(struct cpu *c, struct cpu_guest *g, const struct guest_entry *e)
{
    g->lpid = e->lpid;
    g->tree = e->tree;
    g->hfscr = e->hfscr;
    g->hdec_expiry = e->hdec_expiry + e->tb_offset;
    g->vector = 0;
    g->own_lpcr = c->lpcr;
    g->own_process_table = c->process_table;
    g->own_msr = c->msr;
    g->own_tb_offset = c->tb_offset;
    g->own_level = c->level;
    g->own_doorbell = atomic_load(&c->requests) & CPU_REQUEST_DOORBELL;

    c->guest = g;
    c->reservation.kind = RESERVED_NOT;
    c->process_table = PPC_BIT(0) | e->process_table;
    c->lpcr = (c->lpcr & ~LPCR_OF_GUESTS) | (e->lpcr & LPCR_OF_GUESTS);
    c->level = level_of(e->pcr, c->level);
    move_time(c, e->tb_offset);
    set_doorbell(c, e->doorbell);
    if (e->lpcr & LPCR_MER)
        cpu_request(c, CPU_REQUEST_MEDIATED);
    cpu_set_msr(c, (e->msr | MSR_ME) & ~MSR_HV);
    if (e->is_new_here)
        mmu_tlb_flush(c);
    else
        mmu_guest_changed(c);
    look_at_time(c);
}

void guest_exit(struct cpu *c)
{
    struct cpu_guest *g = c->guest;

    c->guest = NULL;
    cpu_request_clear(c, CPU_REQUEST_LEAVE | CPU_REQUEST_MEDIATED | CPU_REQUEST_HYPERVISOR_DECREMENTER);
    c->reservation.kind = RESERVED_NOT;
    c->lpcr = g->own_lpcr;
    c->process_table = g->own_process_table;
    c->level = g->own_level;
    move_time(c, g->own_tb_offset - c->tb_offset);
    set_doorbell(c, g->own_doorbell);
    cpu_set_msr(c, g->own_msr);
    mmu_guest_changed(c);
    look_at_time(c);
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

/* Who ran here, with the address space that is kept. */
static bool note_end(struct cpu *c)
{
    c->guest->last_lpid = c->guest->lpid;
    c->guest->last_pid = (uint32_t)c->spr[SPR_PIDR];
    return true;
}

bool guest_is_ended(struct cpu *c, uint32_t requests)
{
    bool enabled = c->msr & MSR_EE;

    if (requests & CPU_REQUEST_LEAVE)
        return note_end(c);
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
    return note_end(c);
}
