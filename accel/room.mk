LIB_SRCS += accel/accel.c accel/clock.c accel/turns.c accel/backend.c accel/interp.c accel/tcg.c
# KVM for the guest's processors, on hosts that can have it.
ifneq ($(filter powerpc64%,$(shell $(CC) -dumpmachine)),)
LIB_SRCS += accel/kvm.c accel/kvm-limits.c accel/kvm-vcpu.c accel/kvm-state.c accel/kvm-enter.c
else
LIB_SRCS += accel/kvm-none.c
endif
