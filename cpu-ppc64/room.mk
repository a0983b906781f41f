LIB_SRCS += cpu-ppc64/cpu.c cpu-ppc64/interrupt.c cpu-ppc64/model.c cpu-ppc64/disas.c
LIB_SRCS += cpu-ppc64/mmu/mmu.c cpu-ppc64/mmu/radix.c
LIB_SRCS += cpu-ppc64/interp/run.c cpu-ppc64/interp/code-cache.c
LIB_SRCS += cpu-ppc64/interp/vmx-integer.c cpu-ppc64/interp/vmx-compare.c
LIB_SRCS += cpu-ppc64/interp/vmx-decimal.c cpu-ppc64/interp/vmx-logical.c cpu-ppc64/interp/vmx-permute.c
LIB_SRCS += cpu-ppc64/interp/vmx-load-store.c cpu-ppc64/interp/crypto.c
LIB_SRCS += cpu-ppc64/interp/vsx-move.c cpu-ppc64/interp/vsx-permute.c
LIB_SRCS += cpu-ppc64/interp/vsx-load-store.c
