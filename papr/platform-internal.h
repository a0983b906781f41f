/* What the files of the platform itself share; facilities use platform.h. */
#ifndef PAPR_PLATFORM_INTERNAL_H
#define PAPR_PLATFORM_INTERNAL_H

#include "papr/platform.h"

enum { RNG_SEED_BYTES = 32 };

struct facility {
    const struct facility_type *type;
    void *self;
};

struct hcall_slot {
    const struct hcall_row *row; /* NULL: no such call */
    void *self;
    _Atomic uint64_t count;
};

struct rtas_slot {
    const struct rtas_row *row;
    void *self;
    uint64_t count;
};

/* Legal hypercall tokens are in three ranges; the slots of all stand in one array. */
enum {
    HCALL_PAPR_LAST = 0x488, /* multiples of 4 from 0 */
    HCALL_SVM_FIRST = 0xef00, HCALL_SVM_LAST = 0xef10,
    HCALL_PLATFORM_FIRST = 0xf000, HCALL_PLATFORM_LAST = 0xf80c,
    HCALL_SLOTS = HCALL_PAPR_LAST / 4 + 1 + (HCALL_SVM_LAST - HCALL_SVM_FIRST + 1) +
                  (HCALL_PLATFORM_LAST - HCALL_PLATFORM_FIRST + 1),

    RTAS_TOKEN_FIRST = 0x2000, RTAS_TOKEN_LAST = 0x20ff,
    RTAS_SLOTS = RTAS_TOKEN_LAST - RTAS_TOKEN_FIRST + 1,
    RTAS_DISPLAY_CHARACTER = 0x2000,
    RTAS_DISPLAY_CHARACTER_OLD = 0xa, /* what early code uses before it can read the tree */
};

struct platform_dispatch {
    struct facility *facilities;
    size_t n_facilities;
    struct hcall_slot hcalls[HCALL_SLOTS];
    struct rtas_slot rtas[RTAS_SLOTS];
    uint64_t unknown_hcalls, unknown_rtas;
    uint8_t rng_seed[RNG_SEED_BYTES]; /* of /chosen, new at each reset */
};

/* SLOF and early guests give buffer addresses with the top nibble of the real mode area's alias. */
static inline gpa_t platform_buffer_address(uint64_t r)
{
    return r & ~UINT64_C(0xf000000000000000);
}

/* True if the row's conditions hold now. */
bool platform_row_applies(const struct platform *p, uint16_t when);
/* The same without the guest's choice of MMU: whether the tree is to mention the row. */
bool platform_row_offered(const struct platform *p, uint16_t when);

/* Nodes /, /chosen, /rtas (platform-tree.c). */
void platform_write_tree(void *self, struct tree *tree, enum tree_stage stage);
/* Takes out what only a machine's first tree has: a firmware of the guest's own (SLOF) has its
 * versions of them by the time of CAS. */
void platform_tree_strip_boot(struct tree *tree);

/* Rows 0xF002 and 0xF003. */
int64_t h_cas(void *self, struct vcpu *v, struct hcall_args *args);
int64_t h_update_dt(void *self, struct vcpu *v, struct hcall_args *args);

#endif
