LIB_SRCS += cpu-ppc64/cpu.c cpu-ppc64/interrupt.c cpu-ppc64/model.c cpu-ppc64/pmu.c cpu-ppc64/debug.c cpu-ppc64/guest.c cpu-ppc64/disas.c
LIB_SRCS += cpu-ppc64/mmu/mmu.c cpu-ppc64/mmu/radix.c cpu-ppc64/mmu/radix-tree.c cpu-ppc64/mmu/partition.c cpu-ppc64/mmu/radix-cache.c cpu-ppc64/mmu/hash.c cpu-ppc64/mmu/hpt.c cpu-ppc64/mmu/watch.c
LIB_SRCS += cpu-ppc64/interp/run.c cpu-ppc64/interp/code-cache.c
LIB_SRCS += cpu-ppc64/interp/vmx-integer.c cpu-ppc64/interp/vmx-compare.c
LIB_SRCS += cpu-ppc64/interp/vmx-integer128.c cpu-ppc64/interp/vmx-mask.c
LIB_SRCS += cpu-ppc64/interp/vmx-decimal.c cpu-ppc64/interp/vmx-logical.c cpu-ppc64/interp/vmx-permute.c
LIB_SRCS += cpu-ppc64/interp/vmx-load-store.c cpu-ppc64/interp/vmx-float.c cpu-ppc64/interp/crypto.c
LIB_SRCS += cpu-ppc64/interp/vsx-move.c cpu-ppc64/interp/vsx-permute.c
LIB_SRCS += cpu-ppc64/interp/vsx-load-store.c
LIB_SRCS += cpu-ppc64/spr.c
LIB_SRCS += cpu-ppc64/interp/fixed.c cpu-ppc64/interp/logical.c cpu-ppc64/interp/branch.c cpu-ppc64/interp/branch-history.c
LIB_SRCS += cpu-ppc64/interp/load-store.c cpu-ppc64/interp/atomics.c cpu-ppc64/interp/quadword.c
LIB_SRCS += cpu-ppc64/interp/system.c cpu-ppc64/interp/storage-control.c cpu-ppc64/interp/copy-paste.c cpu-ppc64/interp/slb.c cpu-ppc64/interp/tm.c cpu-ppc64/interp/hash.c
LIB_SRCS += cpu-ppc64/fpu/fpu.c cpu-ppc64/fpu/quad.c cpu-ppc64/interp/vsx-quad.c cpu-ppc64/interp/fp-arith.c cpu-ppc64/interp/fp-move.c
LIB_SRCS += cpu-ppc64/interp/vsx-fp.c cpu-ppc64/interp/vsx-convert.c cpu-ppc64/interp/mma.c
LIB_SRCS += cpu-ppc64/fpu/decimal.c cpu-ppc64/fpu/decimal-library.c
LIB_SRCS += cpu-ppc64/interp/dfp-arith.c cpu-ppc64/interp/dfp-test.c cpu-ppc64/interp/dfp-convert.c
# The translator, for hosts that have one.
ifneq ($(filter x86_64-%,$(shell $(CC) -dumpmachine)),)
LIB_SRCS += cpu-ppc64/jit/ir.c cpu-ppc64/jit/early.c cpu-ppc64/jit/guards.c cpu-ppc64/jit/links.c cpu-ppc64/jit/loops.c cpu-ppc64/jit/translate.c
LIB_SRCS += cpu-ppc64/jit/code.c cpu-ppc64/jit/fetch.c cpu-ppc64/jit/run.c cpu-ppc64/jit/slow.c cpu-ppc64/jit/verify.c cpu-ppc64/jit/dump.c
LIB_SRCS += cpu-ppc64/jit/front-fixed.c cpu-ppc64/jit/front-branch.c cpu-ppc64/jit/front-load-store.c cpu-ppc64/jit/front-fp.c cpu-ppc64/jit/front-system.c cpu-ppc64/jit/fpscr.c
LIB_SRCS += cpu-ppc64/jit/x86-64/backend.c cpu-ppc64/jit/x86-64/registers.c cpu-ppc64/jit/x86-64/exits.c
LIB_SRCS += cpu-ppc64/jit/x86-64/loop.c
LIB_SRCS += cpu-ppc64/jit/x86-64/memory.c cpu-ppc64/jit/x86-64/compare.c cpu-ppc64/jit/x86-64/float.c
LIB_SRCS += cpu-ppc64/jit/front-vmx.c cpu-ppc64/jit/front-vmx-shift.c cpu-ppc64/jit/front-vmx-permute.c
LIB_SRCS += cpu-ppc64/jit/front-vsx.c cpu-ppc64/jit/front-vector-memory.c cpu-ppc64/jit/front-crypto.c cpu-ppc64/jit/front-vsx-fp.c
LIB_SRCS += cpu-ppc64/jit/x86-64/literal.c cpu-ppc64/jit/x86-64/vector.c cpu-ppc64/jit/x86-64/vector-memory.c cpu-ppc64/jit/x86-64/vector-float.c
JIT_GEN_SRCS := gen/isa-jit.c
else
LIB_SRCS += cpu-ppc64/jit/none.c
endif
