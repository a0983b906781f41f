/* Interrupts: the change of state when one is taken, and which pending one comes first.
 *
 * What the book's tables say, for a partition (MSR[HV] = 0): SRR0 and SRR1 receive address and MSR,
 * the MSR is cleared but for SF, ME and LE (which becomes LPCR[ILE]), and execution goes on at the
 * vector, relocated by LPCR[AIL] when both relocation bits were on. [ISA3.0 III 6.4, 6.5] */
#include "base/log.h"
#include "cpu-ppc64/guest.h"
#include "cpu-ppc64/mmu/mmu.h"
#include "cpu-ppc64/pmu.h"

/* SRR1 bits that tell about the interrupt; the others are copied from the MSR. */
#define SRR1_INFO (PPC_BITMASK(33, 36) | PPC_BITMASK(42, 47))

/* The instruction is a prefixed one; and: it lies in two blocks of 64 bytes. [ISA3.1 III 7.5.8] */
#define SRR1_PREFIXED PPC_BIT(34)
#define SRR1_PREFIX_CROSSING PPC_BIT(35)

#define AIL_3_BASE UINT64_C(0xc000000000004000)
#define AIL_3_SCV_BASE UINT64_C(0xc000000000003000)
#define SCV_REAL_BASE UINT64_C(0x17000)

static bool relocates(const struct cpu *c, enum cpu_vector vector)
{
    return (c->lpcr & LPCR_AIL) == LPCR_AIL && (c->msr & (MSR_IR | MSR_DR)) == (MSR_IR | MSR_DR) &&
           vector != VECTOR_SYSTEM_RESET && vector != VECTOR_MACHINE_CHECK;
}

static uint64_t msr_at_interrupt(const struct cpu *c, bool relocated)
{
    uint64_t msr = MSR_SF | (c->msr & MSR_ME);

    if (c->lpcr & LPCR_ILE)
        msr |= MSR_LE;
    if (relocated)
        msr |= MSR_IR | MSR_DR;
    return msr;
}

bool cpu_interrupt(struct cpu *c, enum cpu_vector vector, uint64_t srr0, uint64_t srr1_bits)
{
    bool relocated = relocates(c, vector);
    uint64_t address = vector + (relocated ? AIL_3_BASE : 0);

    if ((vector == VECTOR_SYSTEM_RESET || vector == VECTOR_MACHINE_CHECK) && c->hv_ops && c->hv_ops->unmaskable &&
        !c->hv_ops->unmaskable(c->hv, c, vector, &srr1_bits, &address)) {
        c->nia = srr0;
        return false;
    }
    if (log_on(LOG_ITEM_INT))
        log_trace(LOG_ITEM_INT,
                  "cpu %u: %03x at %016llx msr %016llx srr1 bits %016llx dar %016llx dsisr %08llx",
                  c->pir, vector, (unsigned long long)srr0, (unsigned long long)c->msr,
                  (unsigned long long)srr1_bits, (unsigned long long)c->spr[SPR_DAR],
                  (unsigned long long)c->spr[SPR_DSISR]);
    c->spr[SPR_SRR0] = srr0;
    c->spr[SPR_SRR1] = (c->msr & ~SRR1_INFO) | srr1_bits;
    cpu_set_msr(c, msr_at_interrupt(c, relocated));
    c->nia = address;
    return false;
}

bool cpu_system_call_vectored(struct cpu *c, unsigned level)
{
    bool relocated = relocates(c, VECTOR_SYSTEM_CALL_VECTORED);
    uint64_t msr = msr_at_interrupt(c, relocated) | (c->msr & (MSR_EE | MSR_RI));

    /* Return address and MSR go to LR and CTR, and interrupts stay enabled. [ISA3.0 III 6.5.28] */
    c->lr = c->nia;
    c->ctr = c->msr & ~SRR1_INFO;
    cpu_set_msr(c, msr);
    c->nia = (relocated ? AIL_3_SCV_BASE : SCV_REAL_BASE) + level * 0x20;
    return false;
}

/* An interrupt that the instruction at cia causes. Prefixed ones never branch, so that nia tells. */
static bool interrupt_at_cia(struct cpu *c, enum cpu_vector vector, uint64_t srr1_bits)
{
    return cpu_interrupt(c, vector, c->cia, srr1_bits | (c->nia - c->cia == 8 ? SRR1_PREFIXED : 0));
}

bool cpu_interrupt_program(struct cpu *c, uint64_t reason)
{
    return interrupt_at_cia(c, VECTOR_PROGRAM, reason);
}

bool cpu_interrupt_data_segment(struct cpu *c, ea_t ea)
{
    c->spr[SPR_DAR] = ea;
    return interrupt_at_cia(c, VECTOR_DATA_SEGMENT, 0);
}

bool cpu_interrupt_data_storage(struct cpu *c, ea_t ea, uint64_t dsisr)
{
    c->spr[SPR_DAR] = ea;
    c->spr[SPR_DSISR] = dsisr;
    return interrupt_at_cia(c, VECTOR_DATA_STORAGE, 0);
}

bool cpu_interrupt_insn_storage(struct cpu *c, uint64_t srr1_bits)
{
    return cpu_interrupt(c, VECTOR_INSN_STORAGE, c->nia, srr1_bits);
}

bool cpu_interrupt_alignment(struct cpu *c, ea_t ea)
{
    c->spr[SPR_DAR] = ea;
    c->spr[SPR_DSISR] = 0;
    return interrupt_at_cia(c, VECTOR_ALIGNMENT, 0);
}

bool cpu_interrupt_prefix_crossing(struct cpu *c)
{
    c->spr[SPR_DAR] = c->cia;
    c->spr[SPR_DSISR] = 0;
    return interrupt_at_cia(c, VECTOR_ALIGNMENT, SRR1_PREFIX_CROSSING);
}

bool cpu_interrupt_unavailable(struct cpu *c, enum cpu_vector vector)
{
    return interrupt_at_cia(c, vector, 0);
}

bool cpu_interrupt_facility(struct cpu *c, unsigned fscr_bit_number_from_right)
{
    /* The cause stands in the FSCR's top byte. */
    c->spr[SPR_FSCR] = (c->spr[SPR_FSCR] & ~PPC_BITMASK(0, 7)) |
                       PPC_FIELD_PUT(fscr_bit_number_from_right, 0, 7);
    return interrupt_at_cia(c, VECTOR_FACILITY_UNAVAILABLE, 0);
}

/* An alert of the monitor that is to be an event, and then the branch that an event is. Problem state's program
 * does not notice which privileged one was busy when it occurred. [ISA2.07 II 7.2, III 9.4.4] */
static bool branch_on_event(struct cpu *c)
{
    uint64_t *bescr = &c->spr[SPR_BESCR];

    if (pmu_has_event(c) && *bescr & BESCR_PME)
        *bescr = (*bescr & ~BESCR_PME) | BESCR_PMEO;
    if (!(*bescr & BESCR_GE) || !(*bescr & (BESCR_PMEO | BESCR_EEO)) || !(c->msr & MSR_PR) ||
        !(c->spr[SPR_FSCR] >> FSCR_EBB & 1))
        return false;
    *bescr &= ~BESCR_GE;
    c->spr[SPR_EBBRR] = c->nia & ~UINT64_C(3);
    c->nia = c->spr[SPR_EBBHR] & ~UINT64_C(3);
    return true;
}

static bool take(struct cpu *c, enum cpu_vector vector)
{
    cpu_interrupt(c, vector, c->nia, 0);
    return true;
}

bool cpu_deliver_pending(struct cpu *c)
{
    uint32_t requests = atomic_load_explicit(&c->requests, memory_order_acquire);

    if (requests & CPU_REQUEST_FLUSH)
        mmu_flush_requested(c);
    if (UNLIKELY(c->guest) && guest_is_ended(c, requests)) {
        cpu_request_clear(c, CPU_REQUEST_LEAVE);
        c->hv_ops->leave_guest(c->hv, c);
        return true;
    }
    /* A guest's that came too late. */
    if (UNLIKELY(requests & CPU_REQUEST_HYPERVISOR_DECREMENTER) && !c->guest)
        cpu_request_clear(c, CPU_REQUEST_HYPERVISOR_DECREMENTER);
    /* A debugger's step ends behind the instruction, not in a handler. */
    if (UNLIKELY(c->debug_step || c->debug_pass))
        return false;
    if (requests & CPU_REQUEST_RESET) {
        cpu_request_clear(c, CPU_REQUEST_RESET);
        /* SRR1 bits 42:45 = 0b0010: an unspecified cause other than power saving. */
        cpu_interrupt(c, VECTOR_SYSTEM_RESET, c->nia, PPC_BIT(44));
        return true;
    }
    if (requests & CPU_REQUEST_MCHECK && c->msr & MSR_ME) {
        uint64_t bits = c->machine_check_bits;

        cpu_request_clear(c, CPU_REQUEST_MCHECK);
        c->machine_check_bits = 0;
        cpu_interrupt(c, VECTOR_MACHINE_CHECK, c->nia, bits);
        return true;
    }
    if (!(c->msr & MSR_EE))
        return false;
    if (requests & CPU_REQUEST_EXTERNAL)
        return take(c, VECTOR_EXTERNAL);
    /* Reading the time costs more than the rest; translated code is told when it has come. */
    if ((!c->jit || requests & CPU_REQUEST_DECREMENTER) && cpu_decrementer_pending(c))
        return take(c, VECTOR_DECREMENTER);
    if (pmu_has_alert(c))
        return take(c, VECTOR_PERFORMANCE);
    if (requests & CPU_REQUEST_DOORBELL) {
        cpu_request_clear(c, CPU_REQUEST_DOORBELL);
        return take(c, VECTOR_DOORBELL);
    }
    return branch_on_event(c);
}
