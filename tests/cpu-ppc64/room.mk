UNIT_TESTS += tests/cpu-ppc64/test-mmu.c
UNIT_TESTS += tests/cpu-ppc64/test-tlb.c
UNIT_TESTS += tests/cpu-ppc64/test-vmx.c
UNIT_TESTS += tests/cpu-ppc64/test-hostile-words.c
UNIT_TESTS += tests/cpu-ppc64/test-fpu.c
UNIT_TESTS += tests/cpu-ppc64/test-privileged.c
UNIT_TESTS += tests/cpu-ppc64/test-spr.c
UNIT_TESTS += tests/cpu-ppc64/test-hash.c
UNIT_TESTS += tests/cpu-ppc64/test-isa.c
UNIT_TESTS += tests/cpu-ppc64/test-quad.c
UNIT_TESTS += tests/cpu-ppc64/test-dfp.c
UNIT_TESTS += tests/cpu-ppc64/test-debug.c tests/cpu-ppc64/test-watch.c
UNIT_TESTS += tests/cpu-ppc64/test-monitor.c
UNIT_TESTS += tests/cpu-ppc64/test-quadword.c
UNIT_TESTS += tests/cpu-ppc64/test-system.c
UNIT_TESTS += tests/cpu-ppc64/test-corner-cases.c
# The translator, where there is one.
ifneq ($(JIT_GEN_SRCS),)
UNIT_TESTS += tests/cpu-ppc64/test-jit-vector.c
UNIT_TESTS += tests/cpu-ppc64/test-jit-asm.c
UNIT_TESTS += tests/cpu-ppc64/test-jit-ir.c
UNIT_TESTS += tests/cpu-ppc64/test-jit-moves.c
endif
