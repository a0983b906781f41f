/* What the partition has of the machine's processors and memory, and may ask to change: H_GET_PPP and its
 * kin. [LoPAR, Shared Processor LPAR Option; Cooperative Memory Over-commitment Option] */
#ifndef PAPR_ACCOUNTING_H
#define PAPR_ACCOUNTING_H

#include "papr/platform.h"

struct accounting;

struct accounting *accounting_new(struct platform *p, struct error *err);
void accounting_free(struct accounting *x);

extern const struct facility_type accounting_facility;

#endif
