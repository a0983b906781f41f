/* Platform-assisted kernel dump: a guest says what is to be kept when it dies, and finds it when it starts again.
 * [LoPAR, ibm,configure-kernel-dump] */
#ifndef PAPR_KERNEL_DUMP_H
#define PAPR_KERNEL_DUMP_H

#include "papr/platform.h"

struct kernel_dump *kernel_dump_new(struct platform *p, struct error *err);
void kernel_dump_free(struct kernel_dump *x);
extern const struct facility_type kernel_dump_facility;

/* The guest has ended. True if it had registered a dump: its memory is kept as it asked for, and it is to be started
 * again. Stops the other processors; on a processor's thread. */
bool kernel_dump_take(struct kernel_dump *x, struct vcpu *v);

#endif
