LIB_SRCS += mem/mem.c
