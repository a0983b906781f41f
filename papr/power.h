/* Turning the partition off and on, as its software asks for it: power-off, system-reboot,
 * ibm,os-term. */
#ifndef PAPR_POWER_H
#define PAPR_POWER_H

#include "papr/platform.h"

/* Its state is the struct platform itself. */
extern const struct facility_type power_facility;

#endif
