/* The device types of this room. */
#ifndef SCSI_TYPES_H
#define SCSI_TYPES_H

#include "base/device-type.h"

extern const struct device_type scsi_hd_type, scsi_cd_type;

#endif
