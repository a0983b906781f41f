/* Errors on demand, for the test of a guest's handlers; and lists of indicators and sensors by location. [LoPAR,
 * ibm,errinjct; ibm,get-indices] */
#ifndef PAPR_ERROR_INJECTION_H
#define PAPR_ERROR_INJECTION_H

#include "papr/fwnmi.h"

struct error_injection;

struct error_injection *error_injection_new(struct platform *p, struct fwnmi *fwnmi, struct error *err);
void error_injection_free(struct error_injection *x);

extern const struct facility_type error_injection_facility;

#endif
