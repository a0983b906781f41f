LIB_SRCS += cpu-ppc64/cpu.c cpu-ppc64/interrupt.c cpu-ppc64/model.c cpu-ppc64/pmu.c cpu-ppc64/disas.c
LIB_SRCS += cpu-ppc64/mmu/mmu.c cpu-ppc64/mmu/radix.c cpu-ppc64/mmu/hash.c cpu-ppc64/mmu/hpt.c
LIB_SRCS += cpu-ppc64/interp/run.c cpu-ppc64/interp/code-cache.c
LIB_SRCS += cpu-ppc64/interp/vmx-integer.c cpu-ppc64/interp/vmx-compare.c
LIB_SRCS += cpu-ppc64/interp/vmx-integer128.c cpu-ppc64/interp/vmx-mask.c
LIB_SRCS += cpu-ppc64/interp/vmx-decimal.c cpu-ppc64/interp/vmx-logical.c cpu-ppc64/interp/vmx-permute.c
LIB_SRCS += cpu-ppc64/interp/vmx-load-store.c cpu-ppc64/interp/vmx-float.c cpu-ppc64/interp/crypto.c
LIB_SRCS += cpu-ppc64/interp/vsx-move.c cpu-ppc64/interp/vsx-permute.c
LIB_SRCS += cpu-ppc64/interp/vsx-load-store.c
LIB_SRCS += cpu-ppc64/spr.c
LIB_SRCS += cpu-ppc64/interp/fixed.c cpu-ppc64/interp/logical.c cpu-ppc64/interp/branch.c
LIB_SRCS += cpu-ppc64/interp/load-store.c cpu-ppc64/interp/atomics.c
LIB_SRCS += cpu-ppc64/interp/system.c cpu-ppc64/interp/storage-control.c cpu-ppc64/interp/slb.c cpu-ppc64/interp/tm.c cpu-ppc64/interp/hash.c
LIB_SRCS += cpu-ppc64/fpu/fpu.c cpu-ppc64/fpu/quad.c cpu-ppc64/interp/vsx-quad.c cpu-ppc64/interp/fp-arith.c cpu-ppc64/interp/fp-move.c
LIB_SRCS += cpu-ppc64/interp/vsx-fp.c cpu-ppc64/interp/vsx-convert.c cpu-ppc64/interp/mma.c
# The translator, for hosts that have one.
ifneq ($(filter x86_64-%,$(shell $(CC) -dumpmachine)),)
LIB_SRCS += cpu-ppc64/jit/ir.c cpu-ppc64/jit/translate.c cpu-ppc64/jit/code.c cpu-ppc64/jit/run.c cpu-ppc64/jit/slow.c cpu-ppc64/jit/verify.c cpu-ppc64/jit/dump.c
LIB_SRCS += cpu-ppc64/jit/front-fixed.c cpu-ppc64/jit/front-branch.c cpu-ppc64/jit/front-load-store.c
LIB_SRCS += cpu-ppc64/jit/x86-64/backend.c cpu-ppc64/jit/x86-64/registers.c cpu-ppc64/jit/x86-64/exits.c
LIB_SRCS += cpu-ppc64/jit/x86-64/memory.c cpu-ppc64/jit/x86-64/compare.c cpu-ppc64/jit/x86-64/sse.c
JIT_GEN_SRCS := gen/isa-jit.c
else
LIB_SRCS += cpu-ppc64/jit/none.c
endif
