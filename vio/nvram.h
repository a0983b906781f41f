/* The partition's non-volatile memory. [LoPAR, Non-Volatile Memory] */
#ifndef VIO_NVRAM_H
#define VIO_NVRAM_H

#include "vio/bus.h"

struct nvram;

/* NVRAM on the bus: the contents of the file at path, which stores write through to, or, with NULL, 64 KiB
 * that last as long as the machine. A file must have 8 KiB to 1 MiB. Blank contents get empty partitions.
 * p, its memory and the bus outlive it. */
struct nvram *nvram_new(struct platform *p, struct vio_bus *bus, const char *path,
                        struct error *err);
void nvram_free(struct nvram *nvram);

extern const struct facility_type nvram_facility;

#endif
