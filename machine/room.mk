LIB_SRCS += machine/machine.c machine/options.c machine/tables.c machine/versions.c
