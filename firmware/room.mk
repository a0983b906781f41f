LIB_SRCS += firmware/boot-program.c firmware/claims.c firmware/client-interface.c firmware/disks.c
LIB_SRCS += firmware/kept-properties.c firmware/loader.c
