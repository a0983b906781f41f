UNIT_TESTS += tests/irq/test-irq-calls.c tests/irq/test-xics.c tests/irq/test-xive.c
