/* A guest of the partition: a partition that the program runs itself, by H_ENTER_NESTED. While it runs, the processor's
 * registers are the guest's, its real addresses are translated once more, and the interrupts that are a hypervisor's
 * end it: they go to the program, which is its hypervisor. [ISA3.0 III 5.7.12.3, 6.5; LoPAR, nested virtualisation]
 *
 * Who enters it (papr/nested.c) keeps the program's own registers. cpu.guest is NULL while the program itself runs. */
#ifndef CPU_PPC64_GUEST_H
#define CPU_PPC64_GUEST_H

#include "cpu-ppc64/cpu.h"

/* The hypervisor's interrupts. [ISA3.0 III 6.5] */
enum {
    VECTOR_HYPERVISOR_DECREMENTER = 0x980,
    VECTOR_HYPERVISOR_DATA_STORAGE = 0xe00,
    VECTOR_HYPERVISOR_INSN_STORAGE = 0xe20,
    VECTOR_HYPERVISOR_EMULATION = 0xe40,
    VECTOR_HYPERVISOR_FACILITY = 0xf80,
};

/* Logical partition ids have twelve bits; 0 is the program itself. */
enum { GUEST_LPID_BITS = 12, GUEST_LPIDS = 1 << GUEST_LPID_BITS, PROCESS_ID_BITS = 20 };

struct cpu_guest {
    uint32_t lpid;
    uint64_t tree;        /* of its real addresses: doubleword 0 of the partition table's entry */
    uint64_t hfscr;       /* facilities that it has; bits as in the FSCR */
    uint64_t hdec_expiry; /* its timebase, at which it ends */

    /* How it ends. */
    unsigned vector;
    uint64_t hdar, hdsisr, asdr;
    uint32_t heir;
    uint64_t srr1_bits; /* of what would be HSRR1 */

    /* The program's, while the guest runs. */
    uint64_t own_lpcr, own_process_table, own_msr, own_tb_offset;
    enum cpu_isa_level own_level;
    bool own_doorbell;
    /* Who ran last, to know what is still of use. */
    uint32_t last_lpid, last_pid;
};

/* What ids of processes are told apart by, when several partitions have them: 0 for the program itself. */
static inline uint32_t guest_tag(const struct cpu *c)
{
    return UNLIKELY(c->guest) ? c->guest->lpid << PROCESS_ID_BITS : 0;
}

/* The partition's own LPCR and process table, whoever runs. */
static inline uint64_t *guest_own_lpcr(struct cpu *c)
{
    return c->guest ? &c->guest->own_lpcr : &c->lpcr;
}

static inline uint64_t *guest_own_process_table(struct cpu *c)
{
    return c->guest ? &c->guest->own_process_table : &c->process_table;
}

/* What a guest begins with, beside the registers that programs see. */
struct guest_entry {
    uint32_t lpid;
    uint64_t tree, process_table; /* the two doublewords of the partition table's entry */
    uint64_t msr, lpcr, pcr, hfscr;
    uint64_t tb_offset;   /* to the program's timebase */
    uint64_t hdec_expiry; /* of the program's timebase */
    bool doorbell;
    bool is_new_here;     /* nothing that is kept of it from an earlier time may be used */
};

/* The guest runs from now on, with the registers as they are: to be called when they are the guest's but for those of
 * the entry. g is the caller's, and the same for all guests of this processor. */
void guest_enter(struct cpu *c, struct cpu_guest *g, const struct guest_entry *e);
/* The program runs again: to be called when the registers are its own, but for what guest_enter() set. */
void guest_exit(struct cpu *c);

/* The guest ends before the next instruction, at nia; returns false, as interrupts do. */
bool guest_leave(struct cpu *c, unsigned vector);
/* The same at the instruction itself: for what it may not do, which is not in the guest's hands. heir: the word. */
bool guest_leave_illegal(struct cpu *c, uint64_t insn);
bool guest_leave_facility(struct cpu *c, enum fscr_bit facility);

/* True if the guest may use the facility, and while there is none. */
static inline bool guest_may_use(const struct cpu *c, enum fscr_bit facility)
{
    return LIKELY(!c->guest) || c->guest->hfscr >> facility & 1;
}

/* Registers that the hypervisor switches off by their numbers: the facility, -1 for none. */
int guest_facility_of_spr(unsigned number);

/* The interrupts of others that end the guest; true if it is to end, or has. */
bool guest_is_ended(struct cpu *c, uint32_t requests);

#endif
