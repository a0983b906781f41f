LIB_SRCS += virtio/device.c virtio/pci.c virtio/ring.c virtio/ring-packed.c virtio/rng.c virtio/blk.c virtio/net.c virtio/net-merge.c virtio/net-offload.c virtio/scsi.c virtio/balloon.c virtio/9p.c
