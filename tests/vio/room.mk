UNIT_TESTS += tests/vio/test-vio.c
