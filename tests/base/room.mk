UNIT_TESTS += tests/base/test-error.c tests/base/test-loop.c tests/base/test-names.c
