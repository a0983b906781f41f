UNIT_TESTS += tests/host/test-chardev.c
