/* Energy: parameters, preferred resources, attributes. [LoPAR, Energy Management] */
#ifndef PAPR_ENERGY_H
#define PAPR_ENERGY_H

#include "papr/platform.h"

/* State: the struct platform. */
extern const struct facility_type energy_facility;

#endif
