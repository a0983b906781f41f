/* ibm,client-architecture-support: guest and platform agree on a processor mode and on options.
 * [LoPAR, Root Node Methods, ibm,client-architecture-support] */
#ifndef PAPR_CAS_H
#define PAPR_CAS_H

#include "papr/platform.h"

/* Performs the call for the vectors at that guest address (copied once, with their bounds checked):
 * sets p->negotiated, the processors' mode and the interrupt controller, and replaces p->tree by one
 * that says so, in which nodes keep their phandles. Whatever a client wrote to the old tree
 * (setprop) is the firmware's to write again. On any status but H_SUCCESS nothing has changed. err
 * tells a host's failure (H_HARDWARE, out of memory). Lock held, on the caller's thread. */
int64_t platform_cas(struct platform *p, struct vcpu *v, gpa_t vectors, struct error *err);

/* Option vector 5 as the machine offers it; mask[0] is byte 1. */
enum { OV5_BYTES = 32 };
void cas_offer(const struct platform *p, uint8_t mask[OV5_BYTES]);

/* Tests one bit of a vector in the book's numbers: bytes from 1, bit 0 the most significant. */
static inline bool ov5_has(const uint8_t vector[OV5_BYTES], unsigned byte, unsigned bit)
{
    return vector[byte - 1] & 0x80 >> bit;
}

/* Bits of vector 5 that the platform acts on, as (byte, bit). */
#define OV5_DYNAMIC_MEMORY 2, 2
#define OV5_FORM1_AFFINITY 5, 0
#define OV5_FORM2_AFFINITY 5, 2
#define OV5_HOTPLUG_EVENTS 6, 5
#define OV5_HPT_RESIZE 6, 7
#define OV5_DRMEM_V2 22, 0
#define OV5_XIVE_BOTH 23, 0
#define OV5_XIVE 23, 1
#define OV5_MMU_BOTH 24, 0
#define OV5_RADIX 24, 1
#define OV5_RADIX_GTSE 26, 1

#endif
