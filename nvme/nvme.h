/* An NVMe controller as a PCI function, with one name space. [NVMe 1.4] */
#ifndef NVME_NVME_H
#define NVME_NVME_H

#include "base/device-type.h"

extern const struct device_type nvme_type;

#endif
