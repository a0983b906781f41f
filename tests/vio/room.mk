UNIT_TESTS += tests/vio/test-vio.c tests/vio/test-vscsi.c tests/vio/test-llan.c tests/fuzz/fuzz-vio.c
