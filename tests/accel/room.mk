UNIT_TESTS += tests/accel/test-several.c
