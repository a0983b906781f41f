/* Nested virtualisation, first interface: the partition is a hypervisor, whose guests this processor runs. It keeps a
 * partition table of theirs in its memory, enters one with H_ENTER_NESTED, and gets it back with the number of the
 * interrupt that ended it. [Linux's Documentation/arch/powerpc/kvm-nested.rst names the interface "v1"]
 *
 * A guest's registers that hypervisors alone may set come and go in struct hv_guest_state, the general ones in what
 * Linux calls struct pt_regs; all others stay where they are, and the partition changes them itself. */
#ifndef PAPR_NESTED_H
#define PAPR_NESTED_H

#include "papr/platform.h"

struct nested;

/* For papr/guests.c, which is the second interface. What a guest's processor invalidates for itself alone, where it runs,
 * is still there where it ran before: when it comes back, nothing that was kept there is of use. True if it may come
 * from elsewhere. */
bool nested_has_moved(struct nested *x, const struct vcpu *v, uint32_t lpid, uint32_t token);
/* The processor's cpu.partition_cache is there; false without memory. */
bool nested_prepare(struct vcpu *v);

struct nested *nested_new(struct platform *p, struct error *err);
void nested_free(struct nested *x);

/* For accel_config.leave_guest: gives the processor back to the partition. Lock held. */
void nested_leave(struct nested *x, struct vcpu *v);

extern const struct facility_type nested_facility;

#endif
