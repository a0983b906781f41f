/* Dynamic reconfiguration connectors: so far a partition without any. */
#ifndef PAPR_CONNECTORS_H
#define PAPR_CONNECTORS_H

#include "papr/platform.h"

/* Indicators, sensors, power levels, ibm,configure-connector. Its state is the struct platform
 * itself. */
extern const struct facility_type connectors_facility;

#endif
