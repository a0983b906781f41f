UNIT_TESTS += tests/vio/test-vio.c tests/vio/test-vscsi.c
