/* Suspending, and the calls around it. [LoPAR, Partition Suspension] */
#ifndef PAPR_SUSPEND_H
#define PAPR_SUSPEND_H

#include "papr/platform.h"

/* State: the struct platform. */
extern const struct facility_type suspend_facility;

#endif
