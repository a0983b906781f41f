LIB_SRCS += accel/accel.c
