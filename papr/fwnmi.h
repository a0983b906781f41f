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

/* For accel_config.unmaskable: sends the processor to the registered handler with its r3 saved and the log
 * written. False while another processor handles a machine check, or if the guest can't go on. */
bool fwnmi_enter(struct fwnmi *x, struct vcpu *v, enum cpu_vector vector, uint64_t *srr1_bits,
                 uint64_t *address);

/* A machine check as the hardware would report it, with these bits of SRR1, DSISR and DAR; recovered: the
 * hypervisor has mended it, the guest is told. Lock held, any thread. What is injected before the processor has
 * taken the one before replaces it. */
void fwnmi_inject(struct fwnmi *x, struct vcpu *v, uint64_t srr1_bits, uint32_t dsisr, uint64_t dar,
                  bool recovered);

extern const struct facility_type fwnmi_facility;

#endif
