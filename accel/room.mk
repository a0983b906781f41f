LIB_SRCS += accel/accel.c accel/clock.c accel/turns.c
