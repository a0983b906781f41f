UNIT_TESTS += tests/vio/test-vio.c tests/vio/test-vscsi.c tests/vio/test-llan.c tests/vio/test-vtpm.c tests/fuzz/fuzz-vio.c
