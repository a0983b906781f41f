/* Firmware-assisted interrupts that can't be masked: where the guest wants machine checks and system
 * resets, and the lock on the one error log. [LoPAR, Firmware Assisted NMI] */
#ifndef PAPR_FWNMI_H
#define PAPR_FWNMI_H

#include "papr/platform.h"

struct fwnmi;

struct fwnmi *fwnmi_new(struct platform *p, struct error *err);
void fwnmi_free(struct fwnmi *x);

/* The handlers the guest registered; false if none. */
bool fwnmi_handlers(const struct fwnmi *x, gpa_t *system_reset, gpa_t *machine_check);

extern const struct facility_type fwnmi_facility;

#endif
