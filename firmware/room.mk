LIB_SRCS += firmware/client-interface.c firmware/loader.c
