/* The processor's state, and how the outside world and its parts deal with it.
 *
 * One struct cpu is one hardware thread as a logical partition sees it (MSR[HV] is always 0). It
 * belongs to one host thread; others only set bits of `requests`. The fields are the interface of
 * the interpreter, the MMU, translators and accelerators; the platform (papr) uses them to pass
 * arguments and results of hypercalls.
 *
 * Conventions: registers hold numbers in host byte order. Vector-scalar registers are 128-bit numbers
 * in host order; VSR_D() and its kin name elements by the book's (big-endian) index. */
#ifndef CPU_PPC64_CPU_H
#define CPU_PPC64_CPU_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bits.h"
#include "base/endian.h"
#include "cpu-ppc64/mmu/invalidation.h"
#include "mem/mem.h"

/* Machine state register. [ISA3.0 III 3.2.1] */
#define MSR_SF PPC_BIT(0)
#define MSR_HV PPC_BIT(3)
#define MSR_TM PPC_BIT(31)
#define MSR_VEC PPC_BIT(38)
#define MSR_VSX PPC_BIT(40)
#define MSR_EE PPC_BIT(48)
#define MSR_PR PPC_BIT(49)
#define MSR_FP PPC_BIT(50)
#define MSR_ME PPC_BIT(51)
#define MSR_FE0 PPC_BIT(52)
#define MSR_TE PPC_BITMASK(53, 54)
#define MSR_SE PPC_BIT(53)
#define MSR_BE PPC_BIT(54)
#define MSR_FE1 PPC_BIT(55)
#define MSR_IR PPC_BIT(58)
#define MSR_DR PPC_BIT(59)
#define MSR_PMM PPC_BIT(61)
#define MSR_RI PPC_BIT(62)
#define MSR_LE PPC_BIT(63)

/* Logical partitioning control register, as far as a partition feels it. [ISA3.0 III 2.2] */
#define LPCR_AIL PPC_BITMASK(39, 40)
#define LPCR_UPRT PPC_BIT(41)
#define LPCR_HR PPC_BIT(43)
#define LPCR_ILE PPC_BIT(38)
#define LPCR_LD PPC_BIT(46)
#define LPCR_GTSE PPC_BIT(53)

/* Interrupt vectors. [ISA3.0 III 6.5] */
enum cpu_vector {
    VECTOR_SYSTEM_RESET = 0x100,
    VECTOR_MACHINE_CHECK = 0x200,
    VECTOR_DATA_STORAGE = 0x300,
    VECTOR_DATA_SEGMENT = 0x380,
    VECTOR_INSN_STORAGE = 0x400,
    VECTOR_INSN_SEGMENT = 0x480,
    VECTOR_EXTERNAL = 0x500,
    VECTOR_ALIGNMENT = 0x600,
    VECTOR_PROGRAM = 0x700,
    VECTOR_FP_UNAVAILABLE = 0x800,
    VECTOR_DECREMENTER = 0x900,
    VECTOR_DOORBELL = 0xa00,
    VECTOR_SYSTEM_CALL = 0xc00,
    VECTOR_TRACE = 0xd00,
    VECTOR_PERFORMANCE = 0xf00,
    VECTOR_VEC_UNAVAILABLE = 0xf20,
    VECTOR_VSX_UNAVAILABLE = 0xf40,
    VECTOR_FACILITY_UNAVAILABLE = 0xf60,
    VECTOR_SYSTEM_CALL_VECTORED = 0x3000,
};

/* SRR1 bits of the program interrupt. */
#define PROGRAM_TM_BAD_THING PPC_BIT(42)
#define PROGRAM_FP PPC_BIT(43)
#define PROGRAM_ILLEGAL PPC_BIT(44)
#define PROGRAM_PRIVILEGED PPC_BIT(45)
#define PROGRAM_TRAP PPC_BIT(46)
#define PROGRAM_NEXT PPC_BIT(47) /* SRR0 is behind the instruction that caused it */

/* DSISR bits (32-bit register) and the matching SRR1 bits of instruction storage interrupts. */
#define DSISR_NO_TRANSLATION PPC_BIT(33)
#define DSISR_NO_EXEC_GUARDED PPC_BIT(35) /* SRR1: fetch from no-execute or guarded storage */
#define DSISR_PROTECTION PPC_BIT(36)
#define DSISR_BAD_ATTRIBUTE PPC_BIT(37) /* e.g. larx to caching-inhibited storage */
#define DSISR_STORE PPC_BIT(38)
#define DSISR_DAWR PPC_BIT(41)
#define DSISR_KEY PPC_BIT(42)
#define DSISR_UNSUPPORTED_MMU PPC_BIT(44)
#define DSISR_BAD_RC_UPDATE PPC_BIT(45)
#define DSISR_BAD_COPY PPC_BIT(60) /* copy from or paste. to the wrong kind of storage */
#define DSISR_BAD_AMO PPC_BIT(61)  /* an atomic memory operation's function code that is none */

enum cpu_isa_level { CPU_ISA_2_06 = 206, CPU_ISA_2_07 = 207, CPU_ISA_3_0 = 300, CPU_ISA_3_1 = 310 };

/* One row per processor model, in model.c. */
struct cpu_model {
    const char *name;          /* "POWER9" */
    const char *const *aliases; /* NULL-terminated: "power9", "power9_v2.0", ... */
    const char *text;          /* one phrase for help */
    uint32_t pvr;
    uint32_t logical_pvr;      /* the newest one it supports: 0x0f000005 ... */
    enum cpu_isa_level level;
    bool has_radix;
    const char *of_name;       /* device tree node name: "PowerPC,POWER9" */
};

const struct cpu_model *cpu_model_find(const char *name, struct error *err);
/* The i-th row, NULL past the end. */
const struct cpu_model *cpu_model_at(size_t i);
/* ibm,pa-features of a processor that shows itself at that level, with the two header bytes. What depends on
 * capabilities (transactions, the second watch point) is clear. */
const uint8_t *cpu_pa_features(enum cpu_isa_level level, size_t *size);

union vsr {
    uint64_t d[2];
    uint32_t w[4];
    uint16_t h[8];
    uint8_t b[16];
    __uint128_t q;
};

/* The book's element numbers (0 is most significant) to array indices. */
#if HOST_IS_LE
#define VSR_D(i) (1 - (i))
#define VSR_W(i) (3 - (i))
#define VSR_H(i) (7 - (i))
#define VSR_B(i) (15 - (i))
#else
#define VSR_D(i) (i)
#define VSR_W(i) (i)
#define VSR_H(i) (i)
#define VSR_B(i) (i)
#endif

/* Condition register fields are kept apart, four bits each in the low half of a byte. */
enum { CR_LT = 8, CR_GT = 4, CR_EQ = 2, CR_SO = 1 };

/* FPR n is doubleword 0 of VSR n; VR n is VSR 32 + n. */
#define CPU_FPR(c, n) ((c)->vsr[n].d[VSR_D(0)])
#define CPU_VR(c, n) ((c)->vsr[32 + (n)])

/* A software TLB entry: tags are the effective page address (4 KiB) where that kind of access may go
 * straight to RAM, TLB_NO_TAG where it may not. addend + ea is the host address. */
struct tlb_entry {
    uint64_t load_tag;
    uint64_t store_tag;
    uintptr_t addend;
    uint64_t gpa_page; /* guest physical address of the page */
};
#define TLB_NO_TAG UINT64_MAX
enum { TLB_BITS = 10, TLB_ENTRIES = 1 << TLB_BITS };
/* One array for each way of addressing data: real; privileged, with an AMR; in problem state, with an AMR and, with
 * radix trees, of a process. Guests change the AMR at each entry to the kernel and PIDR at each switch of processes,
 * so that arrays of several values are kept. Privileged arrays outlive a change of PIDR, but for the entries of the
 * process's own addresses: those are noted. */
enum { TLB_REAL, TLB_FIRST_PRIVILEGED, TLB_FIRST_PROBLEM = TLB_FIRST_PRIVILEGED + 4, TLB_SPACES = TLB_FIRST_PROBLEM + 8 };
enum { TLB_NOTES = 64 };
/* Which entries were given the right to store to a page of RAM since it was last taken from all: pages whose code
 * changes often need no search through all arrays. */
enum { TLB_GRANTS = 64, TLB_GRANTED = 3 };
struct tlb_grant {
    uint32_t page;            /* number of the page of RAM */
    uint32_t n;               /* more than TLB_GRANTED: not all are known */
    uint16_t at[TLB_GRANTED]; /* space * TLB_ENTRIES + entry */
    bool is_used;
};
struct tlb_space {
    bool is_made;          /* its array is no more the zeros that it was allocated as, which may not be used */
    bool is_valid;         /* has been chosen: what follows says for what */
    bool is_filled;        /* entries were made since it was last cleared */
    bool has_process_0;    /* a space of another process has entries of process 0's addresses (quadrant 3) */
    uint32_t pid;
    uint64_t amr;
    unsigned n_notes;      /* more than TLB_NOTES: any entry may be the process's */
    uint16_t notes[TLB_NOTES]; /* entries */
};

/* A segment lookaside buffer entry, doublewords as slbmte takes them: RB without the index, RS.
 * [ISA2.07 III 5.7.6] */
struct slb_entry {
    uint64_t esid, vsid;
};
#define SLB_VALID PPC_BIT(36)
enum { SLB_ENTRIES = 32 };

enum reservation_kind {
    RESERVED_NOT,
    RESERVED_ALONE, /* no other processor stores to memory */
    RESERVED_EXACT, /* all stores to its page are noted */
    RESERVED_STALE, /* nothing is noted: no store conditional will do */
    RESERVED_PAIR,  /* the same, but for the store conditional that follows at once */
};

/* Why the processor's thread should leave its fast loop: bits of cpu.requests. */
enum cpu_request {
    CPU_REQUEST_EXTERNAL = 1 << 0, /* the external interrupt line is high (level) */
    CPU_REQUEST_RESET = 1 << 1,    /* system reset interrupt, once */
    CPU_REQUEST_DOORBELL = 1 << 2, /* directed privileged doorbell */
    CPU_REQUEST_STOP = 1 << 3,     /* leave cpu_run() and ask the accelerator what to do */
    CPU_REQUEST_MCHECK = 1 << 4,   /* machine check interrupt, once */
    CPU_REQUEST_DECREMENTER =
        1 << 5, /* its time has come, or had: it is to be looked at (with a translator only) */
    CPU_REQUEST_FLUSH =
        1 << 6, /* forget what is in the inbox; cleared when that is done, at a safe point */
    CPU_REQUEST_LEAVE = 1 << 7, /* the guest ends: guest.h */
    CPU_REQUEST_MEDIATED = 1 << 9, /* it is to end when it enables external interrupts: LPCR[MER] */
    CPU_REQUEST_HYPERVISOR_DECREMENTER = 1 << 8, /* the guest's time has come, or had (with a translator only) */
};

/* Bits of cpu.missing: what the MSR keeps off. Translated code asks for several at once. */
enum {
    CPU_MISSING_FP = 1 << 0,
    CPU_MISSING_VEC = 1 << 1,
    CPU_MISSING_VSX = 1 << 2,
};

struct cpu;

/* How the processor calls up: its hypervisor, and the machine around it. All are called on the
 * processor's own thread. */
struct cpu_hv_ops {
    /* sc 1 in privileged state: arguments in gpr[3..12]; writes the results there. nia is already
     * the next instruction. May change any state (nia, msr) or set requests. */
    void (*hypercall)(void *hv, struct cpu *c);
    /* The timebase now (512 MHz ticks). Any thread. */
    uint64_t (*timebase)(void *hv);
    /* Taken around device accesses. */
    void (*lock)(void *hv);
    void (*unlock)(void *hv);
    /* For device accesses instead of lock, which is used if this is NULL: false, without the lock, when the
     * instruction is to be begun anew, since whoever holds the lock waits for this processor. */
    bool (*lock_for_device)(void *hv);
    /* All other processors of the partition have forgotten this, and what they began with it is done, when this
     * returns. Meanwhile this processor may be asked the same, so that it is to be called only
     * where nothing that was translated is in use. NULL: there is no other. */
    void (*flush_others)(void *hv, const struct mmu_invalidation *what);
    /* CPU_REQUEST_FLUSH has been cleared. NULL: nobody waits for it. */
    void (*flush_done)(void *hv);
    /* The program waits for another processor: a good time for the host's processor to do something else. NULL: there
     * is no other. */
    void (*yield)(void *hv);
    /* Directed privileged doorbell to a thread of this core. False as with lock_for_device. NULL: one thread. */
    bool (*send_doorbell)(void *hv, unsigned thread);
    /* A random number; false: there is none now. NULL: the host's. */
    bool (*random)(void *hv, uint64_t *value);
    /* Memory for a diagnosis: an instruction that does not exist here was met; mnemonic NULL if the
     * word is no instruction at all. */
    void (*missing_instruction)(void *hv, struct cpu *c, uint64_t insn, const char *mnemonic);
    /* A system reset or machine check is about to be taken, with these bits of SRR1 (and DSISR and DAR in
     * place). May change the bits, the address to go on at (the vector's), and registers that the interrupt
     * does not set. False: it is not to be taken now, and what it interrupts is executed again. NULL: none of that. */
    bool (*unmaskable)(void *hv, struct cpu *c, enum cpu_vector vector, uint64_t *srr1_bits, uint64_t *address);
    /* The guest has ended, for the reason in cpu.guest: the program that ran it goes on. NULL: there are no guests. */
    void (*leave_guest)(void *hv, struct cpu *c);
    /* A debugger's breakpoint, watch point or step: see debug.h. Not with the lock held. NULL: there is no debugger. */
    void (*debug_stop)(void *hv, struct cpu *c);
    /* The decrementer was set, or a guest's hypervisor decrementer: cpu_attend() is wanted when that has come. NULL: the processor looks often
     * enough by itself, as an interpreter does. */
    void (*decrementer_set)(void *hv);
};

enum { BHRB_ENTRIES = 32 };

struct hpt;
struct radix_cache;
struct cpu_guest; /* guest.h */
struct debug_points; /* debug.h */
struct code_cache; /* interp/code-cache.h: decoded instructions */
struct jit;        /* jit/jit.h: translated code */
struct loop_entry; /* jit/jit-internal.h */

struct cpu {
    uint64_t gpr[32];
    uint64_t cia; /* address of the instruction being executed */
    uint64_t nia; /* address of the next one */
    uint64_t lr, ctr;
    uint64_t msr; /* write with cpu_set_msr() */
    uint8_t crf[8];
    uint8_t xer_so, xer_ov, xer_ca, xer_ov32, xer_ca32; /* 0 or 1 */
    uint64_t xer_rest;                                  /* XER without those five bits */
    uint64_t fpscr;
    uint32_t vscr;
    uint32_t vrsave;
    union vsr vsr[64] __attribute__((aligned(16)));

    _Atomic uint32_t requests; /* enum cpu_request; others set bits with cpu_request() */
    _Atomic uint32_t attention; /* not 0: translated code goes to the run loop, which clears it and looks at all */
    uint8_t missing;           /* CPU_MISSING_ bits */
    uint8_t fp_pending;        /* not 0: FPSCR is behind, see jit/fpscr.h */
    bool has_company;          /* other processors store to the same memory; does not change once it runs */
    uint32_t jit_eight, jit_four, jit_mxcsr; /* constants for translated code */
    uint64_t fp_notes[9];      /* slots from SLOT_NOTES on */
    uint64_t page_ea;          /* translated code: effective address of the page it is in */
    struct loop_entry *jit_loop; /* that has become hot, NULL; for the run loop */
    uintptr_t jit_fetch;       /* its table of pages for the present MSR */
    struct jit *jit;           /* NULL: everything is interpreted */
    uint32_t executed;         /* of the last region that was left, while regions are verified */
    struct store_log *store_log; /* not NULL: every store is noted there before it is made, see mmu/store-log.h */
    bool le;                   /* MSR[LE] */
    uint64_t ea_mask;          /* all ones, or the low 32 bits when MSR[SF] is 0 */
    struct tlb_entry *tlb;     /* the array for data accesses under the present MSR */
    const struct cpu_model *model;
    enum cpu_isa_level level; /* of the compatibility mode, which binds problem state */
    bool has_tm;              /* the machine offers transactional memory: MSR[TM] can be set */
    struct mem *mem;
    const struct cpu_hv_ops *hv_ops;
    void *hv;

    struct { /* the reservation of larx: see interp/atomics.h */
        uint8_t kind; /* enum reservation_kind */
        uint8_t size;
        uint8_t caution; /* so many reservations to come are exact instead of stale, */
        uint8_t no_pairs; /* and instead of a pair's; then all is interpreted */
        uint8_t n_noted; /* stores to reserved pages, counted round */
        gpa_t gpa;
        uint64_t value[2]; /* as loaded (host order numbers), value[1] for lqarx's low half */
        _Atomic uint32_t *granule; /* an exact one's: its version, mem_granule(), */
        uint32_t version;          /* what that was, even, */
        uint32_t page;             /* and the page's marks, without that of code */
    } reservation;

    _Atomic uint64_t dec_expiry; /* timebase at which DEC passes from 0 to -1; read by any thread */
    uint64_t tb_offset;
    uint64_t lpcr;
    uint64_t machine_check_bits; /* of SRR1, for CPU_REQUEST_MCHECK */
    uint64_t process_table; /* H_REGISTER_PROC_TBL: process table base | size, see mmu/radix.c */
    uint64_t bhrb[BHRB_ENTRIES]; /* the branch history, a ring: interp/branch-history.c */
    unsigned bhrb_newest;
    uint64_t spr[1024];     /* SPRs without a place above; narrow ones zero-extended */
    uint8_t spr_rows[1024]; /* spr.c: the row of each, plus 1; 0: none */

    uint64_t instructions; /* executed so far (brought up to date when the fast loop is left) */
    uint32_t pir;          /* vCPU id */
    uint32_t tir;          /* number among the threads of its core */
    bool doorbell;
    uint8_t watches; /* a bit for each watch point that is enabled: mmu/watch.h sets it, debug.h the highest */
    bool debug_step, debug_pass; /* see debug.h */
    uint8_t debug_reason;
    ea_t debug_address;
    const struct debug_points *debug; /* what a debugger has set; NULL: there is none */
    struct code_cache *code;
    struct slb_entry slb[SLB_ENTRIES];
    struct hpt *hpt; /* the partition's hash page table, NULL: none; the platform's, see mmu/hpt.h */
    struct radix_cache *radix_cache; /* mmu/radix-cache.h */
    struct cpu_guest *guest; /* the partition's guest that runs, NULL: the partition itself does */
    struct radix_cache *partition_cache; /* of guests' real addresses, by lpid; NULL: there are no guests */
    struct tlb_space tlb_spaces[TLB_SPACES];
    struct tlb_grant tlb_grants[TLB_GRANTS]; /* by page number */
    unsigned tlb_space; /* the present one */
    unsigned tlb_recent[2], tlb_next[2]; /* by MSR[PR]: the last one, that to be given up next */
    uint32_t forgotten_process;  /* of which nothing was kept when there had been so many misses */
    uint64_t forgotten_at;
    struct tlb_entry tlbs[TLB_SPACES][TLB_ENTRIES] __attribute__((aligned(64)));
    uint32_t tlb_pages[TLB_SPACES][TLB_ENTRIES]; /* number of the RAM page of each entry, for a quick search */
    uint64_t tlb_misses;
    uint64_t tlb_flushes; /* what was translated before the last one is not to be kept */
    struct mmu_inbox inbox;
    void *allocation; /* what is to be freed */
};

/* A processor in the reset state of a partition's thread (spec: MSR = SF|ME, real mode, big-endian).
 * Owned by the caller; mem and hv outlive it. NULL when out of memory. */
struct cpu *cpu_new(const struct cpu_model *model, struct mem *mem, const struct cpu_hv_ops *hv_ops,
                    void *hv, uint32_t pir, struct error *err);
void cpu_free(struct cpu *c);
void cpu_reset(struct cpu *c);

/* Runs until CPU_REQUEST_STOP is set or instructions reach limit (UINT64_MAX: none); the
 * interpreter's main loop (interp/run.c). The caller clears STOP. */
void cpu_run(struct cpu *c, uint64_t limit);
/* How code is translated. */
struct jit_options {
    bool verify;        /* each region is executed by the interpreter as well, and compared */
    unsigned hot;       /* visits of the interpreter before a region is translated, rounds of a loop; 0: as is best */
    uint64_t code_size; /* bytes of translated code and its tables that are kept; 0: some. Rounded, 1 MiB at least */
};
/* Has cpu_run() translate code (where it has no limit). options NULL: the usual ones. False if this host cannot. */
bool cpu_enable_jit(struct cpu *c, const struct jit_options *options, struct error *err);

/* Brings registers up to date that translated code keeps for later: before somebody but the program looks at FPSCR. On
 * the processor's thread. */
void cpu_settle(struct cpu *c);

/* cpu_attend: has the processor look at its requests and its decrementer soon. Any thread.
 * cpu_request: sets / clears request bits from any thread. Waking a halted thread is the accelerator's work. */
static inline void cpu_attend(struct cpu *c)
{
    atomic_store_explicit(&c->attention, 1, memory_order_release);
}

static inline void cpu_request(struct cpu *c, uint32_t bits)
{
    atomic_fetch_or_explicit(&c->requests, bits, memory_order_release);
    cpu_attend(c);
}

static inline void cpu_request_clear(struct cpu *c, uint32_t bits)
{
    atomic_fetch_and_explicit(&c->requests, ~bits, memory_order_acq_rel);
}

/* Writes the MSR and everything derived from it. Reserved bits and HV are dropped; PR forces EE, IR
 * and DR as the book says for mtmsr and rfid is the caller's business. */
void cpu_set_msr(struct cpu *c, uint64_t msr);

/* Big-endian view of the condition register: field 0 in the top four bits. */
uint32_t cpu_cr(const struct cpu *c);
void cpu_set_cr(struct cpu *c, uint32_t cr);
/* XER as mfxer sees it. */
uint64_t cpu_xer(const struct cpu *c);
void cpu_set_xer(struct cpu *c, uint64_t xer);

/* The vCPU's timebase and decrementer. */
uint64_t cpu_timebase(const struct cpu *c);
int64_t cpu_decrementer(const struct cpu *c);
/* DEC := value; bits beyond the decrementer's width (LPCR[LD]) are dropped and it is sign-extended. */
void cpu_set_decrementer(struct cpu *c, uint64_t value);
/* True while the decrementer is negative: its interrupt is pending. */
bool cpu_decrementer_pending(const struct cpu *c);
/* True if an interrupt would be taken with MSR[EE] = 1. For H_CEDE. */
bool cpu_has_interrupt(const struct cpu *c);

/* Interrupts. All return false, as an operation does that leaves the fast loop.
 * cpu_interrupt: SRR0 := srr0, SRR1 := MSR (less the bits that SRR1 reports) | srr1_bits, MSR as the
 * book's table says (LPCR[ILE], [AIL]), nia := vector. Doubleword-exact, [ISA3.0 III 6.4, 6.5].
 * Those below that say "at cia" report a prefixed instruction (nia is cia + 8 then) in SRR1. */
bool cpu_interrupt(struct cpu *c, enum cpu_vector vector, uint64_t srr0, uint64_t srr1_bits);
/* Program interrupt at cia with one PROGRAM_ bit. */
bool cpu_interrupt_program(struct cpu *c, uint64_t reason);
/* Data storage interrupt at cia: DAR := ea, DSISR := dsisr. */
bool cpu_interrupt_data_storage(struct cpu *c, ea_t ea, uint64_t dsisr);
/* Data segment interrupt at cia: DAR := ea. */
bool cpu_interrupt_data_segment(struct cpu *c, ea_t ea);
/* Instruction storage interrupt at nia (the address being fetched). */
bool cpu_interrupt_insn_storage(struct cpu *c, uint64_t srr1_bits);
bool cpu_interrupt_alignment(struct cpu *c, ea_t ea);
/* Alignment interrupt of a prefixed instruction at cia that lies in two blocks of 64 bytes. */
bool cpu_interrupt_prefix_crossing(struct cpu *c);
/* FP/VEC/VSX unavailable by vector; facility unavailable with the FSCR's cause in bits 0:7. */
bool cpu_interrupt_unavailable(struct cpu *c, enum cpu_vector vector);
bool cpu_interrupt_facility(struct cpu *c, unsigned fscr_bit_number_from_right);
/* System call vectored, level 0 to 127: LR := nia, CTR := MSR. [ISA3.0 III 6.5.28] */
bool cpu_system_call_vectored(struct cpu *c, unsigned level);
/* Takes the most urgent pending asynchronous interrupt if the MSR lets it, or an event-based branch; true if one
 * was taken. */
bool cpu_deliver_pending(struct cpu *c);

/* The special-purpose registers (spr.c: one row each). Called by mtspr/mfspr, gdb, snapshots.
 * Return false after having raised the interrupt that the access deserves. */
bool cpu_spr_read(struct cpu *c, unsigned number, uint64_t *value);
bool cpu_spr_write(struct cpu *c, unsigned number, uint64_t value);

/* Special-purpose register numbers. [ISA3.0 III 4.4.4] */
enum spr {
    SPR_XER = 1, SPR_UDSCR = 3, SPR_LR = 8, SPR_CTR = 9, SPR_UAMR = 13, SPR_DSCR = 17,
    SPR_DSISR = 18, SPR_DAR = 19, SPR_DEC = 22, SPR_SRR0 = 26, SPR_SRR1 = 27, SPR_CFAR = 28,
    SPR_AMR = 29, SPR_PIDR = 48, SPR_IAMR = 61, SPR_TFHAR = 128, SPR_TFIAR = 129,
    SPR_TEXASR = 130, SPR_TEXASRU = 131, SPR_UCTRL = 136, SPR_TIDR = 144, SPR_CTRL = 152, SPR_FSCR = 153,
    SPR_UAMOR = 157, SPR_PSPB = 159, SPR_DPDES = 176, SPR_DAWR0 = 180, SPR_DAWR1 = 181, SPR_CIABR = 187,
    SPR_DAWRX0 = 188, SPR_DAWRX1 = 189, SPR_VRSAVE = 256, SPR_USPRG3 = 259, SPR_TB = 268, SPR_TBU = 269,
    SPR_SPRG0 = 272, SPR_SPRG1 = 273, SPR_SPRG2 = 274, SPR_SPRG3 = 275, SPR_TBL_W = 284,
    SPR_TBU_W = 285, SPR_PVR = 287, SPR_SPURR = 308, SPR_PURR = 309, SPR_LPCR = 318,
    SPR_UHDEXCR = 455, SPR_HASHKEYR = 468, SPR_HASHPKEYR = 469, SPR_USIER2 = 736, SPR_USIER3 = 737,
    SPR_UMMCR3 = 738, SPR_SIER2 = 752, SPR_SIER3 = 753, SPR_MMCR3 = 754, SPR_UDEXCR = 812,
    SPR_DEXCR = 828,
    SPR_USIER = 768, SPR_UMMCR2 = 769, SPR_UMMCRA = 770, SPR_UPMC1 = 771, SPR_UMMCR0 = 779,
    SPR_USIAR = 780, SPR_USDAR = 781, SPR_UMMCR1 = 782, SPR_SIER = 784, SPR_MMCR2 = 785,
    SPR_MMCRA = 786, SPR_PMC1 = 787, SPR_MMCR0 = 795, SPR_SIAR = 796, SPR_SDAR = 797,
    SPR_MMCR1 = 798, SPR_BESCRS = 800, SPR_BESCRR = 802, SPR_BESCR = 806, SPR_EBBHR = 804,
    SPR_EBBRR = 805, SPR_TAR = 815, SPR_IC = 848, SPR_VTB = 849, SPR_PSSCR = 823,
    SPR_PPR = 896, SPR_PPR32 = 898, SPR_PIR = 1023,
};

/* Branch event status and control: event-based branches are enabled; the monitor's exceptions are, until one
 * occurs; it has occurred. [ISA2.07 II 7.2.1] */
#define BESCR_GE PPC_BIT(0)
#define BESCR_PME PPC_BIT(31)
#define BESCR_PMEO PPC_BIT(63)
/* External ones, since ISA 3.0. */
#define BESCR_EE PPC_BIT(30)
#define BESCR_EEO PPC_BIT(62)

/* Facility numbers: bits of FSCR, counted from the right, for those that it has; and interrupt causes. */
enum fscr_bit {
    FSCR_FP = 0,
    FSCR_VEC_VSX = 1,
    FSCR_DSCR = 2,
    FSCR_PM = 3,
    FSCR_BHRB = 4,
    FSCR_TM = 5,
    FSCR_EBB = 7,
    FSCR_TAR = 8,
    FSCR_MSGP = 10,
    FSCR_SCV = 12,
    FSCR_PREFIX = 13,
};

#endif
