LIB_SRCS += vio/bus.c vio/nvram.c vio/vscsi.c vio/vty.c
