LIB_SRCS += vio/bus.c vio/llan.c vio/nvram.c vio/vscsi.c vio/vtpm.c vio/vty.c
