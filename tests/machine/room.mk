UNIT_TESTS += tests/machine/test-caps.c tests/machine/test-machine.c tests/machine/test-options.c
UNIT_TESTS += tests/machine/test-versions.c
UNIT_TESTS += tests/machine/test-random-calls.c
