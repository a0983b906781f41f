LIB_SRCS += papr/tree.c
