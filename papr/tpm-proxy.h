/* A TPM of the host, by hypercall: commands of secure guests' firmware to a device that the host's kernel drives.
 * [Linux, SVM_H_TPM_COMM] */
#ifndef PAPR_TPM_PROXY_H
#define PAPR_TPM_PROXY_H

#include "base/device-type.h"
#include "papr/platform.h"

/* State of the facility; sets platform->tpm_proxy. Without a device the call is not there. */
struct tpm_proxy *tpm_proxy_new(struct platform *p, struct error *err);
void tpm_proxy_free(struct tpm_proxy *x);
extern const struct facility_type tpm_proxy_facility;

/* -device spapr-tpm-proxy: the host's device. */
extern const struct device_type tpm_proxy_type;

#endif
