/* Performance counters of the hypervisor: H_GET_PERF_COUNTER_INFO (gpci) and the 24x7 catalogue. [LoPAR, Performance
 * Counters; Linux's hv_gpci and hv_24x7 are the consumers] */
#ifndef PAPR_COUNTERS_H
#define PAPR_COUNTERS_H

#include "papr/platform.h"

/* State: the struct platform. */
extern const struct facility_type counters_facility;

#endif
