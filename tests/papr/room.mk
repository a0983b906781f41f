FAKE_SRCS += tests/papr/fixture.c
UNIT_TESTS += tests/papr/test-cas.c tests/papr/test-dispatch.c tests/papr/test-events.c
UNIT_TESTS += tests/papr/test-memory.c tests/papr/test-page-table.c tests/papr/test-platform-tree.c tests/papr/test-processors.c
UNIT_TESTS += tests/papr/test-rtas.c tests/papr/test-tree.c
UNIT_TESTS += tests/papr/test-trace.c
UNIT_TESTS += tests/papr/test-accounting.c
UNIT_TESTS += tests/papr/test-fwnmi.c
