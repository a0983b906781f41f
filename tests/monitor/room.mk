UNIT_TESTS += tests/monitor/test-tables.c
