/* Random numbers by hypercall: H_RANDOM, and the node that tells drivers of it. [LoPAR, Random Number Generator] */
#ifndef PAPR_RANDOM_H
#define PAPR_RANDOM_H

#include "base/device-type.h"
#include "papr/platform.h"

/* State of the facility; sets platform->random. Without a source the call is not there. */
struct random *random_new(struct platform *p, struct error *err);
void random_free(struct random *x);
extern const struct facility_type random_facility;

/* -device spapr-rng: gives it a source. */
extern const struct device_type random_type;

#endif
