FAKE_SRCS += tests/pci/fixture.c
UNIT_TESTS += tests/pci/test-pci.c
