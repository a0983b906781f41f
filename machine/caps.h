/* Capabilities of the machine (-M cap-NAME=VALUE): one row each, by QEMU's names and values. */
#ifndef MACHINE_CAPS_H
#define MACHINE_CAPS_H

#include "accel/accel.h"
#include "cpu-ppc64/cpu.h"
#include "machine/values.h"

enum cap_id {
    CAP_HTM, CAP_VSX, CAP_DFP, CAP_CFPC, CAP_SBBC, CAP_IBS, CAP_CCF_ASSIST, CAP_NESTED_HV,
    CAP_NESTED_PAPR, CAP_LARGE_DECR, CAP_FWNMI, CAP_RPT_INVALIDATE, CAP_AIL_MODE_3, CAP_DAWR1,
    CAP_COUNT,
};

/* The values of all, in the order of their choices (booleans: 0 off, 1 on), and which of them the user
 * set. */
struct caps {
    uint8_t value[CAP_COUNT];
    bool is_set[CAP_COUNT];
};

/* A row, for help. */
struct cap_row {
    const char *name; /* "cap-htm" */
    const char *values, *text;
    const struct choice *choices; /* in rising order */
    unsigned standard, most;      /* default, and the best that lpar can do */
    enum cpu_isa_level level;     /* below it a processor can do the least only */
    enum cpu_isa_level last;      /* processors of a newer one neither; 0: no such limit */
    enum accel_limit limit;       /* where the accelerator has a say */
};
const struct cap_row *cap_row(enum cap_id id);

/* CAP_COUNT if there is none of that name. */
enum cap_id cap_find(const char *name);

/* Sets one as the user wants it. Fails for a value that is unknown or cannot be had. */
bool cap_set(struct caps *caps, enum cap_id id, const char *value, struct error *err);

/* Gives those that the user did not set what a processor of an architecture level (own) that shows itself at
 * a level (shown, not newer) can do. Fails if the user wants one that it can't. */
bool caps_settle(struct caps *caps, enum cpu_isa_level own, enum cpu_isa_level shown, struct error *err);

/* Fails if the accelerator (its name is for the message) cannot give what is settled. */
bool caps_fit(const struct caps *caps, const struct accel_limits *limits, const char *accel, struct error *err);

#endif
