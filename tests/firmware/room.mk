UNIT_TESTS += tests/firmware/test-claims.c tests/firmware/test-client-interface.c
UNIT_TESTS += tests/firmware/test-loader.c
