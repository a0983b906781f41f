/* A file with one JSON object a line for each hypercall and each RTAS call, for programs to read:
 *
 *   {"time":1024,"vcpu":0,"hcall":"H_CEDE","token":224,"args":[],"return":0,"out":[]}
 *   {"time":1030,"vcpu":0,"rtas":"nvram-fetch","token":8210,"args":[0,65536,16],"return":0,"out":[16]}
 *
 * time is the timebase (512 MHz ticks), numbers are unsigned but for return. An RTAS call's line stands
 * before that of the hypercall that brought it. A call of no row has "unknown" as its name. */
#ifndef PAPR_TRACE_H
#define PAPR_TRACE_H

#include "papr/platform.h"

struct trace;

/* Creates or empties the file. NULL with the reason. */
struct trace *trace_new(struct accel *accel, const char *path, struct error *err);
/* Writes what is left and closes. t may be NULL. */
void trace_free(struct trace *t);

/* Lock held. */
void trace_add_hcall(struct trace *t, const struct vcpu *v, const struct hcall_row *row,
                     const struct hcall_args *args, int64_t status);
void trace_unknown_hcall(struct trace *t, const struct vcpu *v, uint64_t token, const uint64_t in[9]);
/* name: NULL if there is no such call. */
void trace_add_rtas(struct trace *t, const struct vcpu *v, const char *name, uint32_t token,
                    const struct rtas_args *args);

#endif
