FAKE_SRCS += tests/nvme/nvme-driver.c
UNIT_TESTS += tests/nvme/test-nvme.c tests/fuzz/fuzz-nvme.c
