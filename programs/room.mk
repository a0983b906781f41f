LPAR_SRCS += programs/lpar.c
