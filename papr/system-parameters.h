/* RTAS system parameters: numbered facts about partition and platform. [LoPAR, System Parameters] */
#ifndef PAPR_SYSTEM_PARAMETERS_H
#define PAPR_SYSTEM_PARAMETERS_H

#include "papr/platform.h"

/* ibm,get-system-parameter, ibm,set-system-parameter. Its state is the struct platform itself. */
extern const struct facility_type system_parameters_facility;

#endif
