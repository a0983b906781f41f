/* The device types of this room. */
#ifndef VIRTIO_TYPES_H
#define VIRTIO_TYPES_H

#include "base/device-type.h"

extern const struct device_type virtio_rng_type, virtio_blk_type, virtio_net_type, virtio_scsi_type,
    virtio_balloon_type, virtio_9p_type, virtio_console_type, virtconsole_type, virtserialport_type;

#endif
