LIB_SRCS += mem/mem.c mem/populate.c
