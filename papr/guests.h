/* Nested virtualisation, second interface: the partition makes guests and their processors here, sets and reads their
 * state, and has them run. [LoPAR, Nested PAPR; Linux's Documentation/arch/powerpc/kvm-nested.rst names it "v2"] */
#ifndef PAPR_GUESTS_H
#define PAPR_GUESTS_H

#include "papr/nested.h"

struct guests;

/* nested: what both interfaces share; it outlives this. */
struct guests *guests_new(struct platform *p, struct nested *nested, struct error *err);
void guests_free(struct guests *x);

/* For accel_config.leave_guest: gives the processor back to the partition; false if no guest of these ran on it. Lock
 * held. */
bool guests_leave(struct guests *x, struct vcpu *v);

extern const struct facility_type guests_facility;

#endif
