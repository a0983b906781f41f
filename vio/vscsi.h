/* Virtual SCSI adapters: SRP over a message queue. [LoPAR, Virtual SCSI (VSCSI); SRP] */
#ifndef VIO_VSCSI_H
#define VIO_VSCSI_H

#include "base/device-type.h"
#include "scsi/scsi.h"
#include "vio/bus.h"

struct vscsi;

/* An adapter, plugged in at its unit address (0: any). Units are added to vscsi_bus() before the guest runs. */
struct vscsi *vscsi_new(struct platform *p, struct vio_bus *bus, uint32_t unit, struct error *err);
/* Waits for what is under way. No call reaches the adapter any more; without the machine's lock. */
void vscsi_free(struct vscsi *s);
struct scsi_bus *vscsi_bus(struct vscsi *s);
uint32_t vscsi_unit(const struct vscsi *s);

/* spapr-vscsi, which offers a SCSI bus. */
extern const struct device_type vscsi_type;

#endif
