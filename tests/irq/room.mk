UNIT_TESTS += tests/irq/test-xics.c tests/irq/test-xive.c
