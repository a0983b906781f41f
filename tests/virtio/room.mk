FAKE_SRCS += tests/virtio/driver.c
UNIT_TESTS += tests/virtio/test-ring.c tests/virtio/test-ring-packed.c tests/virtio/test-offload.c tests/virtio/test-virtio.c tests/fuzz/fuzz-virtio.c
