LIB_SRCS += vio/bus.c vio/nvram.c vio/vty.c
