/* The special-purpose registers that a partition sees; see spr.h. [ISA3.0 III 4.4] */
#include "cpu-ppc64/spr.h"

#include "base/log.h"
#include "cpu-ppc64/guest.h"
#include "cpu-ppc64/mmu/mmu.h"
#include "cpu-ppc64/pmu.h"

static uint64_t read_xer(struct cpu *c) { return cpu_xer(c); }
static void write_xer(struct cpu *c, uint64_t v) { cpu_set_xer(c, v); }
static uint64_t read_lr(struct cpu *c) { return c->lr; }
static void write_lr(struct cpu *c, uint64_t v) { c->lr = v; }
static uint64_t read_ctr(struct cpu *c) { return c->ctr; }
static void write_ctr(struct cpu *c, uint64_t v) { c->ctr = v; }
static uint64_t read_vrsave(struct cpu *c) { return c->vrsave; }
static void write_vrsave(struct cpu *c, uint64_t v) { c->vrsave = (uint32_t)v; }
static uint64_t read_tb(struct cpu *c) { return cpu_timebase(c); }
static uint64_t read_tbu(struct cpu *c) { return cpu_timebase(c) >> 32; }

/* Sign-extended only if it is a large one. */
static uint64_t read_dec(struct cpu *c)
{
    int64_t v = cpu_decrementer(c);

    return c->lpcr & LPCR_LD ? (uint64_t)v : (uint32_t)v;
}

static void write_dec(struct cpu *c, uint64_t v) { cpu_set_decrementer(c, v); }
static uint64_t read_pvr(struct cpu *c) { return c->model->pvr; }
static uint64_t read_tir(struct cpu *c)
{
    return c->tir;
}
static uint64_t read_pir(struct cpu *c) { return c->pir; }
/* Brought up to date between slices of the main loop. */
static uint64_t read_ic(struct cpu *c) { return c->instructions; }
static uint64_t read_zero(struct cpu *c) { (void)c; return 0; }

static void write_pidr(struct cpu *c, uint64_t v)
{
    uint64_t old = c->spr[SPR_PIDR];

    c->spr[SPR_PIDR] = v & 0xfffff;
    mmu_process_changed(c, old);
}

/* What can be kept from problem state, and the interrupt cause. Other causes have no bit here: the machine
 * state register says whether there are transactions, MMCR0 who may count; the rest is for hypervisors.
 * [ISA2.07 III 6.2.11, ISA3.1 III 7.2.11] */
static void write_fscr(struct cpu *c, uint64_t v)
{
    uint64_t has = 1u << FSCR_DSCR | 1u << FSCR_EBB | 1u << FSCR_TAR;

    if (c->model->level >= CPU_ISA_3_0)
        has |= 1u << FSCR_SCV;
    if (c->model->level >= CPU_ISA_3_1)
        has |= 1u << FSCR_PREFIX;
    c->spr[SPR_FSCR] = v & (has | PPC_BITMASK(0, 7));
}

/* Problem state's views of privileged registers. */
static uint64_t read_usprg3(struct cpu *c) { return c->spr[SPR_SPRG3]; }
static uint64_t read_udscr(struct cpu *c) { return c->spr[SPR_DSCR]; }
static void write_udscr(struct cpu *c, uint64_t v) { c->spr[SPR_DSCR] = v & 0x1ffffff; }
static uint64_t read_uamr(struct cpu *c) { return c->spr[SPR_AMR]; }

static void write_uamr(struct cpu *c, uint64_t v)
{
    uint64_t may = c->spr[SPR_UAMOR];

    c->spr[SPR_AMR] = (c->spr[SPR_AMR] & ~may) | (v & may);
    mmu_select_tlb(c);
}

static void write_amr(struct cpu *c, uint64_t v)
{
    if (c->spr[SPR_AMR] == v)
        return;
    c->spr[SPR_AMR] = v;
    mmu_select_tlb(c);
}

/* Only the second bit of each key exists. Fetches that it forbids must come by here again. */
static void write_iamr(struct cpu *c, uint64_t v)
{
    v &= UINT64_C(0x5555555555555555);
    if (c->spr[SPR_IAMR] != v)
        mmu_forget_fetches(c);
    c->spr[SPR_IAMR] = v;
}

static uint64_t read_ctrl(struct cpu *c)
{
    /* RUN of this thread, and its copy in the thread-state field. */
    return (c->spr[SPR_CTRL] & 1) | (c->spr[SPR_CTRL] & 1) << 15;
}

static void write_ctrl(struct cpu *c, uint64_t v) { c->spr[SPR_CTRL] = v & 1; }
static uint64_t read_ppr32(struct cpu *c) { return c->spr[SPR_PPR] >> 32; }

/* Problem state may have medium high priority while its boost lasts; it is not used up here. [ISA2.07 II 3.1,
 * III 4.3.6, 4.3.7] */
void spr_set_priority(struct cpu *c, unsigned priority)
{
    enum { VERY_LOW = 1, MEDIUM = 4, MEDIUM_HIGH = 5, HIGH = 6 };
    unsigned most = !(c->msr & MSR_PR) ? HIGH : c->spr[SPR_PSPB] ? MEDIUM_HIGH : MEDIUM;

    if (priority >= VERY_LOW && priority <= most)
        c->spr[SPR_PPR] = PPC_FIELD_PUT(priority, 11, 13);
}

/* The priority field, bits 11:13, is all that there is. */
static void write_ppr(struct cpu *c, uint64_t v) { spr_set_priority(c, (unsigned)PPC_FIELD(v, 11, 13)); }
static void write_ppr32(struct cpu *c, uint64_t v) { write_ppr(c, v << 32); }

/* Event-based branch control: the register, set and reset views. */
static void write_bescr(struct cpu *c, uint64_t v)
{
    uint64_t has = BESCR_GE | BESCR_PME | BESCR_PMEO;

    if (c->model->level >= CPU_ISA_3_0)
        has |= BESCR_EE | BESCR_EEO;
    c->spr[SPR_BESCR] = v & has;
}

static void write_bescrs(struct cpu *c, uint64_t v) { write_bescr(c, c->spr[SPR_BESCR] | v); }
static void write_bescrr(struct cpu *c, uint64_t v) { c->spr[SPR_BESCR] &= ~v; }
static void write_bescrsu(struct cpu *c, uint64_t v) { write_bescrs(c, v << 32); }
static void write_bescrru(struct cpu *c, uint64_t v) { c->spr[SPR_BESCR] &= ~(v << 32); }
static uint64_t read_bescr(struct cpu *c) { return c->spr[SPR_BESCR]; }
static uint64_t read_bescru(struct cpu *c) { return c->spr[SPR_BESCR] >> 32; }

static uint64_t read_texasru(struct cpu *c) { return c->spr[SPR_TEXASR] >> 32; }

static void write_texasru(struct cpu *c, uint64_t v)
{
    c->spr[SPR_TEXASR] = v << 32 | (uint32_t)c->spr[SPR_TEXASR];
}

/* Problem state's performance monitor registers read the privileged ones, 16 numbers on. */
#define USER_VIEW(name, number)                                                                  \
    static uint64_t read_##name(struct cpu *c) { return c->spr[number]; }
USER_VIEW(usier, SPR_SIER)
USER_VIEW(usiar, SPR_SIAR)
USER_VIEW(usdar, SPR_SDAR)
USER_VIEW(ummcr1, SPR_MMCR1)
USER_VIEW(usier2, SPR_SIER2)
USER_VIEW(usier3, SPR_SIER3)
USER_VIEW(ummcr3, SPR_MMCR3)

/* Those that it may be given to write too, and their fields that it may have. Privileged programs that use its
 * numbers have all of them. [ISA3.0 III 9.4.4, 9.4.6, 9.4.7] */
#define SHARED_VIEW(name, number, fields)                                                        \
    static uint64_t view_of_##name(const struct cpu *c)                                          \
    {                                                                                            \
        return c->msr & MSR_PR ? (fields) : UINT64_MAX;                                          \
    }                                                                                            \
    static uint64_t read_##name(struct cpu *c) { return c->spr[number] & view_of_##name(c); }    \
    static void write_##name(struct cpu *c, uint64_t v)                                          \
    {                                                                                            \
        uint64_t has = view_of_##name(c);                                                        \
                                                                                                 \
        c->spr[number] = (c->spr[number] & ~has) | (v & has);                                    \
    }
SHARED_VIEW(upmc1, SPR_PMC1, UINT64_MAX)
SHARED_VIEW(upmc2, SPR_PMC1 + 1, UINT64_MAX)
SHARED_VIEW(upmc3, SPR_PMC1 + 2, UINT64_MAX)
SHARED_VIEW(upmc4, SPR_PMC1 + 3, UINT64_MAX)
SHARED_VIEW(upmc5, SPR_PMC1 + 4, UINT64_MAX)
SHARED_VIEW(upmc6, SPR_PMC1 + 5, UINT64_MAX)
SHARED_VIEW(ummcr0, SPR_MMCR0, MMCR0_FC | MMCR0_PMAE | MMCR0_PMAO)
/* Each counter's freeze bit of problem state. */
SHARED_VIEW(ummcr2, SPR_MMCR2, PPC_BIT(1) | PPC_BIT(10) | PPC_BIT(19) | PPC_BIT(28) | PPC_BIT(37) | PPC_BIT(46))
/* What there is to see are thresholds, which do not exist here. */
SHARED_VIEW(ummcra, SPR_MMCRA, 0)

/* Five aspects exist: 0, and 3 to 6, for privileged state in the upper word and for problem state, which sees
 * no more, in the lower one. [ISA3.1 III 9.3] */
#define DEXCR_ASPECTS (PPC_BIT(0) | PPC_BITMASK(3, 6))
static void write_dexcr(struct cpu *c, uint64_t v)
{
    c->spr[SPR_DEXCR] = v & (DEXCR_ASPECTS | DEXCR_ASPECTS >> 32);
}

static uint64_t read_udexcr(struct cpu *c) { return (uint32_t)c->spr[SPR_DEXCR]; }

/* The one thread of the core that the hypervisor lets the partition signal: itself. */
static uint64_t read_dpdes(struct cpu *c)
{
    return atomic_load_explicit(&c->requests, memory_order_acquire) & CPU_REQUEST_DOORBELL ? 1 : 0;
}

/* Enable state loss, exit criterion, requested and maximum levels are taken as they are; the power-saving
 * level status is not. [ISA3.0 III 3.2.3] */
static void write_psscr(struct cpu *c, uint64_t v) { c->spr[SPR_PSSCR] = v & ~PPC_BITMASK(0, 3); }

enum {
    P = SPR_PROBLEM, S = SPR_PRIVILEGED, N = SPR_NONE,
    L6 = CPU_ISA_2_06, L7 = CPU_ISA_2_07, L0 = CPU_ISA_3_0, L1 = CPU_ISA_3_1,
};

#define ROW(number, name, width, read, write, level, reset) number, name, width, read, write, level, reset

static const struct spr_row rows[] = {
    { ROW(SPR_XER, "XER", 64, P, P, L6, 0), read_xer, write_xer, -1, 0 },
    { ROW(SPR_UDSCR, "UDSCR", 64, P, P, L7, 0), read_udscr, write_udscr, FSCR_DSCR, 0 },
    { ROW(SPR_LR, "LR", 64, P, P, L6, 0), read_lr, write_lr, -1, 0 },
    { ROW(SPR_CTR, "CTR", 64, P, P, L6, 0), read_ctr, write_ctr, -1, 0 },
    { ROW(SPR_UAMR, "UAMR", 64, P, P, L6, 0), read_uamr, write_uamr, -1, 0 },
    { ROW(SPR_DSCR, "DSCR", 64, S, S, L6, 0), read_udscr, write_udscr, -1, 0 },
    { ROW(SPR_DSISR, "DSISR", 32, S, S, L6, 0), NULL, NULL, -1, 0 },
    { ROW(SPR_DAR, "DAR", 64, S, S, L6, 0), NULL, NULL, -1, 0 },
    { ROW(SPR_DEC, "DEC", 64, S, S, L6, 0), read_dec, write_dec, -1, 0 },
    { ROW(SPR_SRR0, "SRR0", 64, S, S, L6, 0), NULL, NULL, -1, 0 },
    { ROW(SPR_SRR1, "SRR1", 64, S, S, L6, 0), NULL, NULL, -1, 0 },
    { ROW(SPR_CFAR, "CFAR", 64, S, S, L6, 0), NULL, NULL, -1, 0 },
    { ROW(SPR_AMR, "AMR", 64, S, S, L6, 0), NULL, write_amr, -1, 0 },
    { ROW(SPR_PIDR, "PIDR", 32, S, S, L0, 0), NULL, write_pidr, -1, 0 },
    { ROW(SPR_IAMR, "IAMR", 64, S, S, L7, 0), NULL, write_iamr, -1, 0 },
    { ROW(SPR_TFHAR, "TFHAR", 64, P, P, L7, 0), NULL, NULL, FSCR_TM, L0 },
    { ROW(SPR_TFIAR, "TFIAR", 64, P, P, L7, 0), NULL, NULL, FSCR_TM, L0 },
    { ROW(SPR_TEXASR, "TEXASR", 64, P, P, L7, 0), NULL, NULL, FSCR_TM, L0 },
    { ROW(SPR_TEXASRU, "TEXASRU", 32, P, P, L7, 0), read_texasru, write_texasru, FSCR_TM, L0 },
    { ROW(SPR_UCTRL, "UCTRL", 32, P, N, L6, 0), read_ctrl, NULL, -1, 0 },
    { ROW(SPR_TIDR, "TIDR", 64, S, S, L0, 0), NULL, NULL, -1, L0 },
    { ROW(SPR_CTRL, "CTRL", 32, N, S, L6, 1), NULL, write_ctrl, -1, 0 },
    { ROW(SPR_FSCR, "FSCR", 64, S, S, L7, 0), NULL, write_fscr, -1, 0 },
    { ROW(SPR_UAMOR, "UAMOR", 64, S, S, L6, 0), NULL, NULL, -1, 0 },
    { ROW(SPR_PSPB, "PSPB", 32, S, S, L7, 0), NULL, NULL, -1, 0 },
    { ROW(SPR_DPDES, "DPDES", 64, S, N, L7, 0), read_dpdes, NULL, -1, 0 },
    { ROW(SPR_VRSAVE, "VRSAVE", 32, P, P, L6, 0), read_vrsave, write_vrsave, -1, 0 },
    { ROW(SPR_USPRG3, "USPRG3", 64, P, N, L6, 0), read_usprg3, NULL, -1, 0 },
    { ROW(SPR_TB, "TB", 64, P, N, L6, 0), read_tb, NULL, -1, 0 },
    { ROW(SPR_TBU, "TBU", 32, P, N, L6, 0), read_tbu, NULL, -1, 0 },
    { ROW(SPR_SPRG0, "SPRG0", 64, S, S, L6, 0), NULL, NULL, -1, 0 },
    { ROW(SPR_SPRG1, "SPRG1", 64, S, S, L6, 0), NULL, NULL, -1, 0 },
    { ROW(SPR_SPRG2, "SPRG2", 64, S, S, L6, 0), NULL, NULL, -1, 0 },
    { ROW(SPR_SPRG3, "SPRG3", 64, S, S, L6, 0), NULL, NULL, -1, 0 },
    { ROW(SPR_PVR, "PVR", 32, S, N, L6, 0), read_pvr, NULL, -1, 0 },
    { ROW(SPR_SPURR, "SPURR", 64, S, N, L6, 0), read_tb, NULL, -1, 0 },
    { ROW(SPR_PURR, "PURR", 64, S, N, L6, 0), read_tb, NULL, -1, 0 },
    { ROW(446, "TIR", 64, S, N, L7, 0), read_tir, NULL, -1, 0 },
    { ROW(SPR_UHDEXCR, "UHDEXCR", 32, P, N, L1, 0), read_zero, NULL, -1, 0 },
    { ROW(SPR_HASHKEYR, "HASHKEYR", 64, S, S, L1, 0), NULL, NULL, -1, 0 },
    { ROW(SPR_HASHPKEYR, "HASHPKEYR", 64, N, N, L1, 0), NULL, NULL, -1, 0 },
    { ROW(SPR_USIER2, "USIER2", 64, P, N, L1, 0), read_usier2, NULL, FSCR_PM, 0 },
    { ROW(SPR_USIER3, "USIER3", 64, P, N, L1, 0), read_usier3, NULL, FSCR_PM, 0 },
    { ROW(SPR_UMMCR3, "UMMCR3", 64, P, N, L1, 0), read_ummcr3, NULL, FSCR_PM, 0 },
    { ROW(SPR_SIER2, "SIER2", 64, S, S, L1, 0), NULL, NULL, -1, 0 },
    { ROW(SPR_SIER3, "SIER3", 64, S, S, L1, 0), NULL, NULL, -1, 0 },
    { ROW(SPR_MMCR3, "MMCR3", 64, S, S, L1, 0), NULL, NULL, -1, 0 },
    { ROW(SPR_USIER, "USIER", 64, P, N, L7, 0), read_usier, NULL, FSCR_PM, 0 },
    { ROW(SPR_UMMCR2, "UMMCR2", 64, P, P, L7, 0), read_ummcr2, write_ummcr2, FSCR_PM, 0 },
    { ROW(SPR_UMMCRA, "UMMCRA", 64, P, P, L7, 0), read_ummcra, write_ummcra, FSCR_PM, 0 },
    { ROW(SPR_UPMC1, "UPMC1", 32, P, P, L7, 0), read_upmc1, write_upmc1, FSCR_PM, 0 },
    { ROW(SPR_UPMC1 + 1, "UPMC2", 32, P, P, L7, 0), read_upmc2, write_upmc2, FSCR_PM, 0 },
    { ROW(SPR_UPMC1 + 2, "UPMC3", 32, P, P, L7, 0), read_upmc3, write_upmc3, FSCR_PM, 0 },
    { ROW(SPR_UPMC1 + 3, "UPMC4", 32, P, P, L7, 0), read_upmc4, write_upmc4, FSCR_PM, 0 },
    { ROW(SPR_UPMC1 + 4, "UPMC5", 32, P, P, L7, 0), read_upmc5, write_upmc5, FSCR_PM, 0 },
    { ROW(SPR_UPMC1 + 5, "UPMC6", 32, P, P, L7, 0), read_upmc6, write_upmc6, FSCR_PM, 0 },
    { ROW(SPR_UMMCR0, "UMMCR0", 64, P, P, L7, 0), read_ummcr0, write_ummcr0, FSCR_PM, 0 },
    { ROW(SPR_USIAR, "USIAR", 64, P, N, L7, 0), read_usiar, NULL, FSCR_PM, 0 },
    { ROW(SPR_USDAR, "USDAR", 64, P, N, L7, 0), read_usdar, NULL, FSCR_PM, 0 },
    { ROW(SPR_UMMCR1, "UMMCR1", 64, P, N, L7, 0), read_ummcr1, NULL, FSCR_PM, 0 },
    { ROW(SPR_SIER, "SIER", 64, S, S, L7, 0), NULL, NULL, -1, 0 },
    { ROW(SPR_MMCR2, "MMCR2", 64, S, S, L7, 0), NULL, NULL, -1, 0 },
    { ROW(SPR_MMCRA, "MMCRA", 64, S, S, L6, 0), NULL, NULL, -1, 0 },
    { ROW(SPR_PMC1, "PMC1", 32, S, S, L6, 0), NULL, NULL, -1, 0 },
    { ROW(SPR_PMC1 + 1, "PMC2", 32, S, S, L6, 0), NULL, NULL, -1, 0 },
    { ROW(SPR_PMC1 + 2, "PMC3", 32, S, S, L6, 0), NULL, NULL, -1, 0 },
    { ROW(SPR_PMC1 + 3, "PMC4", 32, S, S, L6, 0), NULL, NULL, -1, 0 },
    { ROW(SPR_PMC1 + 4, "PMC5", 32, S, S, L6, 0), NULL, NULL, -1, 0 },
    { ROW(SPR_PMC1 + 5, "PMC6", 32, S, S, L6, 0), NULL, NULL, -1, 0 },
    /* Counters frozen. */
    { ROW(SPR_MMCR0, "MMCR0", 64, S, S, L6, 0x80000000), NULL, NULL, -1, 0 },
    { ROW(SPR_SIAR, "SIAR", 64, S, S, L6, 0), NULL, NULL, -1, 0 },
    { ROW(SPR_SDAR, "SDAR", 64, S, S, L6, 0), NULL, NULL, -1, 0 },
    { ROW(SPR_MMCR1, "MMCR1", 64, S, S, L6, 0), NULL, NULL, -1, 0 },
    { ROW(SPR_BESCRS, "BESCRS", 64, P, P, L7, 0), read_bescr, write_bescrs, FSCR_EBB, 0 },
    { ROW(SPR_BESCRS + 1, "BESCRSU", 32, P, P, L7, 0), read_bescru, write_bescrsu, FSCR_EBB, 0 },
    { ROW(SPR_BESCRR, "BESCRR", 64, P, P, L7, 0), read_bescr, write_bescrr, FSCR_EBB, 0 },
    { ROW(SPR_BESCRR + 1, "BESCRRU", 32, P, P, L7, 0), read_bescru, write_bescrru, FSCR_EBB, 0 },
    { ROW(SPR_EBBHR, "EBBHR", 64, P, P, L7, 0), NULL, NULL, FSCR_EBB, 0 },
    { ROW(SPR_EBBRR, "EBBRR", 64, P, P, L7, 0), NULL, NULL, FSCR_EBB, 0 },
    { ROW(SPR_BESCR, "BESCR", 64, P, P, L7, 0), NULL, write_bescr, FSCR_EBB, 0 },
    { ROW(SPR_TAR, "TAR", 64, P, P, L7, 0), NULL, NULL, FSCR_TAR, 0 },
    { ROW(SPR_UDEXCR, "UDEXCR", 32, P, N, L1, 0), read_udexcr, NULL, -1, 0 },
    { ROW(SPR_DEXCR, "DEXCR", 64, S, S, L1, 0), NULL, write_dexcr, -1, 0 },
    { ROW(SPR_PSSCR, "PSSCR", 64, S, S, L0, 0), NULL, write_psscr, -1, 0 },
    { ROW(SPR_IC, "IC", 64, S, N, L7, 0), read_ic, NULL, -1, 0 },
    { ROW(SPR_VTB, "VTB", 64, S, N, L7, 0), read_tb, NULL, -1, 0 },
    { ROW(SPR_PPR, "PPR", 64, P, P, L6, PPC_FIELD_PUT(4, 11, 13)), NULL, write_ppr, -1, 0 },
    { ROW(SPR_PPR32, "PPR32", 32, P, P, L7, 0), read_ppr32, write_ppr32, -1, 0 },
    { ROW(SPR_PIR, "PIR", 32, S, N, L6, 0), read_pir, NULL, -1, 0 },
    /* The hypervisor's: H_SET_MODE sets them, snapshots and the debugger see them. */
    { ROW(SPR_DAWR0, "DAWR0", 64, N, N, L7, 0), NULL, NULL, -1, 0 },
    { ROW(SPR_DAWRX0, "DAWRX0", 32, N, N, L7, 0), NULL, NULL, -1, 0 },
    { ROW(SPR_DAWR1, "DAWR1", 64, N, N, L1, 0), NULL, NULL, -1, 0 },
    { ROW(SPR_DAWRX1, "DAWRX1", 32, N, N, L1, 0), NULL, NULL, -1, 0 },
    { ROW(SPR_CIABR, "CIABR", 64, N, N, L7, 0), NULL, NULL, -1, 0 },
};

const struct spr_row *spr_row_at(size_t i)
{
    return i < ARRAY_SIZE(rows) ? &rows[i] : NULL;
}

void spr_reset(struct cpu *c)
{
    _Static_assert(ARRAY_SIZE(rows) < UINT8_MAX, "indices in cpu.spr_rows");

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        c->spr_rows[rows[i].number] = (uint8_t)(i + 1);
        if (rows[i].reset)
            c->spr[rows[i].number] = rows[i].reset;
    }
}

/* The level that decides: compatibility modes bind problem state only. [ISA3.0 III 2.5, PCR] */
static unsigned level_now(const struct cpu *c)
{
    return c->msr & MSR_PR ? c->level : c->model->level;
}

static const struct spr_row *find(const struct cpu *c, unsigned number)
{
    unsigned place = number < ARRAY_SIZE(c->spr_rows) ? c->spr_rows[number] : 0;
    const struct spr_row *row = &rows[place ? place - 1 : 0];

    if (!place || row->level > level_now(c) || (row->last && c->model->level > row->last))
        return NULL;
    return row;
}

const struct spr_row *spr_plain(const struct cpu *c, unsigned number, bool is_write)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct spr_row *row = &rows[i];

        if (row->number == number)
            return row->level <= c->model->level && !(row->last && c->model->level > row->last) &&
                           row->facility < 0 && (is_write ? row->writable : row->readable) != N &&
                           guest_facility_of_spr(number) < 0 && !(is_write ? (void *)row->write : (void *)row->read)
                       ? row
                       : NULL;
    }
    return NULL;
}

/* Accesses to these do nothing in any state: later versions may make hints of them. [ISA2.07 III 4.4.4] */
enum { FIRST_NOOP = 808, LAST_NOOP = 811 };

bool spr_is_ignored(unsigned number)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (rows[i].number == number)
            return false;
    return number != 0;
}

/* What an access to a register that is not there, or not for this privilege, comes to. Numbers with bit
 * 0x10 are privileged by their nature. To a privileged program an undefined number, or one of the
 * hypervisor's, is a no-operation, but for those of registers that POWER once had. [ISA3.0 III 4.4.4] */
static bool refuse(struct cpu *c, unsigned number, bool is_read)
{
    if (number >= FIRST_NOOP && number <= LAST_NOOP && level_now(c) >= CPU_ISA_2_07)
        return true;
    if (c->msr & MSR_PR)
        return cpu_interrupt_program(c, number & 0x10 ? PROGRAM_PRIVILEGED : PROGRAM_ILLEGAL);
    if (number == 0 || (is_read && number >= 4 && number <= 6))
        return cpu_interrupt_program(c, PROGRAM_ILLEGAL);
    log_trace(LOG_ITEM_UNIMP, "spr %u at %016llx", number, (unsigned long long)c->cia);
    return true;
}

static bool is_allowed(const struct cpu *c, uint8_t access)
{
    return access == SPR_PROBLEM || (access == SPR_PRIVILEGED && !(c->msr & MSR_PR));
}

/* Transactional memory is on or off for all; the FSCR, and MMCR0 for the monitor's registers, bind problem
 * state. False after the interrupt. */
static bool facility_on(struct cpu *c, const struct spr_row *row, bool is_write)
{
    int hypervised = row->facility >= 0 ? row->facility : guest_facility_of_spr(row->number);
    bool on = row->facility < 0 || !(c->msr & MSR_PR) || c->spr[SPR_FSCR] >> row->facility & 1;

    if (row->facility == FSCR_TM)
        on = c->msr & MSR_TM;
    if (row->facility == FSCR_PM && c->msr & MSR_PR) {
        enum pmu_access access = pmu_problem_access(c, row->number, is_write);

        if (access == PMU_ILLEGAL)
            return cpu_interrupt_program(c, PROGRAM_ILLEGAL);
        on = access == PMU_OPEN;
    }
    if (on && hypervised >= 0 && !guest_may_use(c, (enum fscr_bit)hypervised))
        return guest_leave_facility(c, (enum fscr_bit)hypervised);
    return on || cpu_interrupt_facility(c, (unsigned)row->facility);
}

bool cpu_spr_read(struct cpu *c, unsigned number, uint64_t *value)
{
    const struct spr_row *row = find(c, number);

    if (!row || !is_allowed(c, row->readable))
        return refuse(c, number, true);
    if (!facility_on(c, row, false))
        return false;
    *value = row->read ? row->read(c) : c->spr[number];
    if (row->width == 32)
        *value = (uint32_t)*value;
    return true;
}

bool cpu_spr_write(struct cpu *c, unsigned number, uint64_t value)
{
    const struct spr_row *row = find(c, number);

    if (!row || !is_allowed(c, row->writable))
        return refuse(c, number, false);
    if (!facility_on(c, row, true))
        return false;
    if (row->width == 32)
        value = (uint32_t)value;
    if (row->write)
        row->write(c, value);
    else
        c->spr[number] = value;
    return true;
}
