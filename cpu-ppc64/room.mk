LIB_SRCS += cpu-ppc64/interp/vmx-integer.c cpu-ppc64/interp/vmx-compare.c
LIB_SRCS += cpu-ppc64/interp/vmx-decimal.c cpu-ppc64/interp/vmx-logical.c cpu-ppc64/interp/vmx-permute.c
LIB_SRCS += cpu-ppc64/interp/vmx-load-store.c cpu-ppc64/interp/crypto.c
LIB_SRCS += cpu-ppc64/interp/vsx-move.c cpu-ppc64/interp/vsx-permute.c
LIB_SRCS += cpu-ppc64/interp/vsx-load-store.c
