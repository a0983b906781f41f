LIB_SRCS += host/chardev.c host/stream.c host/terminal.c
