UNIT_TESTS += tests/cpu-ppc64/test-mmu.c
