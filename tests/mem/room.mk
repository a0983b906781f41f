UNIT_TESTS += tests/mem/test-populate.c
