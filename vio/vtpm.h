/* Virtual TPMs: commands over a message queue, answers in the guest's memory. [LoPAR, Virtual TPM] */
#ifndef VIO_VTPM_H
#define VIO_VTPM_H

#include "base/device-type.h"
#include "host/tpm.h"
#include "vio/bus.h"

struct vtpm;

/* Plugged in at its unit address (0: any). The TPM stays the caller's, and outlives it. */
struct vtpm *vtpm_new(struct platform *p, struct vio_bus *bus, uint32_t unit, struct tpm *tpm, struct error *err);
/* Waits for what is under way. No call reaches the device any more; without the machine's lock. */
void vtpm_free(struct vtpm *s);
uint32_t vtpm_unit(const struct vtpm *s);

/* tpm-spapr. */
extern const struct device_type vtpm_type;

#endif
