LIB_SRCS += firmware/claims.c firmware/client-interface.c firmware/kept-properties.c
LIB_SRCS += firmware/loader.c
