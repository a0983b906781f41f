UNIT_TESTS += tests/host/test-chardev.c tests/host/test-block.c tests/host/test-net.c tests/host/test-p9.c tests/fuzz/fuzz-9p.c
