UNIT_TESTS += tests/firmware/test-claims.c tests/firmware/test-client-interface.c tests/fuzz/fuzz-boot-program.c
UNIT_TESTS += tests/firmware/test-loader.c
