/* What the files of the processors' facility share. */
#ifndef PAPR_PROCESSORS_INTERNAL_H
#define PAPR_PROCESSORS_INTERNAL_H

#include "papr/processors.h"

/* The areas that a vCPU registered, 0: none. Their contents are the guest's and may be anything. */
struct vcpu_areas {
    _Atomic gpa_t vpa; /* read without the machine's lock */
    gpa_t slb_shadow, dtl;
};

struct processors {
    struct platform *platform;
    struct core *cores;         /* all that may be; processors-cores.c */
    const struct cores_listener *listener;
    void *opaque;
    struct vcpu_areas *areas;   /* by vCPU index */
    uint64_t partition_entry;   /* as H_REGISTER_PROC_TBL left it: radix bit, base, size */
};

/* The second watch point is there and offered. */
static inline bool processors_have_dawr1(const struct processors *x)
{
    const struct platform_config *config = x->platform->config;

    return config->cap_dawr1 && config->model->level >= CPU_ISA_3_1;
}

/* Sets and clears LPCR bits of all processors. */
void processors_change_lpcr(struct processors *x, uint64_t clear, uint64_t set);

/* The virtual processor area's dispatch counter is even while the processor is dispatched and odd
 * while it is not. */
void vpa_note_dispatch(struct processors *x, const struct vcpu *v, bool is_dispatched);
/* The counter itself; false if v has no area. */
bool vpa_dispatch_count(const struct processors *x, const struct vcpu *v, uint32_t *count);

int64_t h_register_vpa(void *self, struct vcpu *v, struct hcall_args *args);

int64_t h_register_proc_tbl(void *self, struct vcpu *v, struct hcall_args *args);
int64_t h_clean_slb(void *self, struct vcpu *v, struct hcall_args *args);
int64_t h_invalidate_pid(void *self, struct vcpu *v, struct hcall_args *args);
int64_t h_rpt_invalidate(void *self, struct vcpu *v, struct hcall_args *args);

int64_t h_set_mode(void *self, struct vcpu *v, struct hcall_args *args);
int64_t h_get_cpu_characteristics(void *self, struct vcpu *v, struct hcall_args *args);

/* A core's node; parent: "/cpus", or "" for a tree of its own. path (of size bytes) receives the node's path. */
void processors_write_core(const struct platform *p, struct tree *t, const char *parent, uint32_t id, char *path,
                           size_t size);
void processors_write_tree(void *self, struct tree *t, enum tree_stage stage);

#endif
