/* How large a guest's memory balloon shall be, for monitors. */
#ifndef VIRTIO_BALLOON_H
#define VIRTIO_BALLOON_H

#include <stdint.h>

/* Bytes that the guest shall give away / has given away, of a device of virtio_balloon_type. Without any lock. */
void virtio_balloon_set_target(void *device, uint64_t bytes);
uint64_t virtio_balloon_actual(void *device);

#endif
