UNIT_TESTS += tests/host/test-chardev.c tests/host/test-block.c tests/host/test-net.c
