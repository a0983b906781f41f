LIB_SRCS += host/chardev.c host/terminal.c
