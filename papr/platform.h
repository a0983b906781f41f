/* The platform that a partition calls: what a facility is, and what all facilities share.
 *
 * A facility (processors, time, XICS, vty ...) lives whole in its file: state, hypercalls, RTAS
 * calls and device tree nodes. It describes itself with one const struct facility_type; the machine
 * makes its state and hands the pair to platform_add(). machine/tables.c lists all types.
 *
 * Handlers run on the calling vCPU's thread with the machine's lock held, but for hypercalls whose row says is_quick. */
#ifndef PAPR_PLATFORM_H
#define PAPR_PLATFORM_H

#include "accel/accel.h"
#include "base/irq-line.h"
#include "papr/hcall-numbers.h"
#include "papr/tree.h"

struct platform;

/* When a row may be called; all named conditions must hold, else the answer is H_FUNCTION (RTAS: the
 * call is absent from the tree and answers -3). */
enum row_condition {
    WHEN_ALWAYS = 0,
    WHEN_HASH = 1 << 0,
    WHEN_RADIX = 1 << 1,
    WHEN_ISA_3_0 = 1 << 2,
    WHEN_XICS_OFFERED = 1 << 3, /* ic-mode xics or dual */
    WHEN_XIVE_OFFERED = 1 << 4,
    WHEN_FWNMI = 1 << 5,        /* cap-fwnmi=on */
    WHEN_NESTED_HV = 1 << 6,    /* cap-nested-hv=on */
    WHEN_NESTED_PAPR = 1 << 9,  /* cap-nested-papr=on */
    WHEN_NESTED = 1 << 10,      /* one of them */
    WHEN_RPT_INVALIDATE = 1 << 7,
    WHEN_KEY_STORE = 1 << 8,    /* -keystore */
    WHEN_TPM_PROXY = 1 << 12,   /* -device spapr-tpm-proxy */
    WHEN_JOIN = 1 << 13,        /* a prod reaches who has joined */
    WHEN_RANDOM = 1 << 14,      /* -device spapr-rng */
    /* Only for the tree: the call is there without, with an answer of its own. */
    ADVERTISED_HPT_RESIZE = 1 << 15,
};

struct hcall_args {
    uint64_t in[9];  /* r4 to r12 */
    uint64_t out[9]; /* r4 to r12 on return; starts as a copy of in. Only the row's first `out` ones
                        are written back */
};

struct hcall_row {
    uint64_t token;
    const char *name;      /* "H_CEDE" */
    const char *functions; /* string for ibm,hypertas-functions, NULL if there is none */
    uint8_t in, out;       /* arguments and results, for write-back and trace */
    uint16_t when;         /* enum row_condition */
    int64_t (*fn)(void *self, struct vcpu *v, struct hcall_args *args); /* returns r3 */
    bool is_quick; /* called without the machine's lock, and does not wait: see docs/locking.md */
};

enum { RTAS_CELLS = 16 };

struct rtas_args {
    unsigned nargs, nret;      /* nargs + nret <= RTAS_CELLS; nret counts the status */
    uint32_t arg[RTAS_CELLS];
    uint32_t ret[RTAS_CELLS];  /* ret[0] is the status, written by the dispatcher from fn's result;
                                  the others start as 0 */
};

struct rtas_row {
    uint32_t token;
    const char *name; /* property of /rtas */
    int8_t nargs, nret; /* -1: any, the function checks */
    uint16_t when;
    int32_t (*fn)(void *self, struct vcpu *v, struct rtas_args *args); /* returns the status */
};

struct facility_type {
    const char *name;
    const struct hcall_row *hcalls;
    size_t n_hcalls;
    const struct rtas_row *rtas;
    size_t n_rtas;
    /* Machine reset; in the order of platform_add(). */
    void (*reset)(void *self);
    /* A processor has been plugged in, with all of them stopped; lock held. It has not run yet, and is to be as a reset
     * leaves it. */
    void (*vcpu_added)(void *self, struct vcpu *v);
    /* Adds the facility's nodes and properties. Facilities write in the order of platform_add(), so
     * that a parent's facility comes first. */
    void (*write_tree)(void *self, struct tree *tree, enum tree_stage stage);
};

enum irq_mode { IRQ_XICS, IRQ_XIVE };

/* The interrupt controllers, as the rest of the platform sees them. */
struct platform_irq_ops {
    /* CAS and reset choose; the other controller is switched off. */
    void (*select)(void *irq, enum irq_mode mode);
};

/* What happens to the whole machine; called with the lock held, all return at once: the vCPUs are
 * frozen, the event loop does the rest. */
struct platform_machine_ops {
    void (*power_off)(void *machine);
    void (*reboot)(void *machine);
    void (*guest_panic)(void *machine, const char *reason);
};

enum cap_level { CAP_BROKEN, CAP_WORKAROUND, CAP_FIXED };

/* The nodes of memory and processors: how much each has, which node a core belongs to (by its number from 0), and how
 * far one is from another (10 is here, symmetric). One node or none: all is near. */
enum { NUMA_NODES = 16, NUMA_CORES = 4096 };
struct numa_config {
    unsigned n_nodes;
    uint64_t ram_size[NUMA_NODES];
    uint8_t node_of_core[NUMA_CORES];
    uint8_t distance[NUMA_NODES][NUMA_NODES];
};

/* What the options made of the machine; constant while it lives. */
struct platform_config {
    const struct cpu_model *model;
    uint64_t ram_size, maxram_size, rma_size;
    unsigned n_vcpus, max_vcpus, threads, vsmt;
    unsigned cores_per_chip;   /* 0: all are on one */
    uint32_t max_compat_pvr;   /* logical PVR of max-cpu-compat, 0: none */
    bool offers_xics, offers_xive;
    bool form2_affinity, modern_hotplug_events, resize_hpt;
    bool cap_vsx, cap_dfp, cap_large_decr, cap_fwnmi, cap_ail_mode_3, cap_ccf_assist, cap_htm;
    bool cap_nested_hv, cap_nested_papr, cap_rpt_invalidate, cap_dawr1;
    bool radix_only;           /* there are no hash page tables */
    bool has_no_join;          /* processors that have joined cannot be prodded */
    bool has_key_store;
    unsigned pmem_slots;       /* places for modules of persistent memory */
    bool is_deterministic; /* nothing of the host's time and chance reaches the guest */
    uint8_t cap_cfpc, cap_sbbc;
    uint8_t cap_ibs; /* 0 broken, 1 workaround, 2 fixed-ibs, 3 fixed-ccd, 4 fixed-na */
    uint8_t hpt_max_page_shift; /* largest page of the hash page table: 12, 16, 24, 34 */
    const struct numa_config *numa; /* NULL: one node */
    bool form1_from_distances;      /* domains of affinity's form 1 follow the distances */
    bool form1_has_two_points;      /* one reference point, given twice */
    const char *name;          /* -name, NULL */
    const char *uuid;          /* -uuid text, NULL */
    const char *bootargs;      /* -append, "" */
    const char *boot_device;   /* -boot's letters, "" or NULL: none */
    const char *boot_list;     /* paths in the order of bootindex, apart by blanks; "" or NULL: none */
    bool boot_menu;
    bool has_guest_firmware;   /* -bios: devices are the guest's to prepare, from the first instruction on */
    gpa_t initrd_start, initrd_size; /* 0: none */
    gpa_t kernel_start, kernel_size;
    bool kernel_is_le;
    const char *stdout_path;   /* "/vdevice/vty@71000000" or NULL */
};

/* What the guest and the platform agreed on (CAS); back to the reset values at machine reset. */
struct platform_negotiated {
    uint8_t ov5[32];       /* option vector 5 as negotiated; ov5[0] is byte 1 */
    bool cas_done;
    bool radix;            /* the guest chose radix, at CAS or when it registered a process table */
    bool knows_isa_3_0;
    enum irq_mode irq_mode;
    uint32_t compat_pvr;   /* 0: raw */
};

struct platform {
    struct accel *accel;
    struct mem *mem;
    const struct platform_config *config;
    struct platform_negotiated negotiated;
    const struct platform_irq_ops *irq_ops;
    void *irq;
    const struct platform_machine_ops *machine_ops;
    void *machine;
    struct trace *trace;                /* of all calls, NULL: none; the caller's */
    struct platform_dispatch *dispatch; /* papr/dispatch.c: the gathered tables, counters */
    struct tree *tree;                  /* the present device tree; replaced at reset and CAS */
    gpa_t rtas_base;                    /* linux,rtas-base, 0 until instantiated */
    unsigned hpt_shift;                 /* log2 of the hash page table's size; set by its facility */
    struct processors *processors;      /* set by processors_new() */
    struct page_table *page_table;      /* set by page_table_new() */
    struct events *events;              /* set by events_new(), NULL: none */
    struct dimms *dimms;                /* set by dimms_new(), NULL: none */
    struct connectors *connectors;      /* set by connectors_new(), NULL: none */
    struct kernel_dump *kernel_dump;    /* set by kernel_dump_new(), NULL: none */
    struct random *random;              /* set by random_new(), NULL: none */
    bool has_random;                    /* it has a source: -device spapr-rng */
    struct tpm_proxy *tpm_proxy;        /* set by tpm_proxy_new(), NULL: none */
    bool has_tpm_proxy;                 /* it has a device: -device spapr-tpm-proxy */
};

/* Empty platform; accel, mem, config, machine stay the caller's and outlive it. */
struct platform *platform_new(struct accel *accel, struct mem *mem,
                              const struct platform_config *config,
                              const struct platform_machine_ops *machine_ops, void *machine,
                              struct error *err);
void platform_free(struct platform *p);

/* Adds a facility with its state; both outlive the platform. A token or name that is taken is an
 * error of ours and fails. */
bool platform_add(struct platform *p, const struct facility_type *type, void *self,
                  struct error *err);

/* Machine reset of platform and facilities; builds the reset tree. */
bool platform_reset(struct platform *p, struct error *err);

/* The hypercall dispatcher, for accel_config.hypercall: checks privilege, token, row condition;
 * counts; traces (-d hcall). Lock held. opaque is the struct platform. */
void platform_hypercall(void *opaque, struct vcpu *v);
/* For accel_config.quick_hypercall: makes the call if its row is_quick and nobody traces calls. */
bool platform_quick_hypercall(void *opaque, struct vcpu *v);

/* After accel_add(): tells the facilities. Lock held. */
void platform_vcpu_added(struct platform *p, struct vcpu *v);

/* For accel_config.woken: tells the processors' facility. */
void platform_vcpu_woken(void *opaque, struct vcpu *v);

/* Performs the RTAS call whose argument buffer is at gpa (a row of 0xF000, and the -bios way).
 * Returns the hypercall's status. */
int64_t platform_rtas(struct platform *p, struct vcpu *v, gpa_t buffer);

/* Builds a tree of the machine as it is: at reset, or after CAS. NULL on failure. */
struct tree *platform_build_tree(struct platform *p, enum tree_stage stage, struct error *err);

/* Counters by name, for -d stats and monitors: calls fn for each call made at least once. */
void platform_for_each_count(const struct platform *p,
                             void (*fn)(void *opaque, const char *name, uint64_t count),
                             void *opaque);

/* The facility for which machine/tables.c has its line: rows 0xF000 (RTAS), 0xF002 (CAS) and those
 * that concern the platform as a whole. */
extern const struct facility_type platform_facility;

#endif
