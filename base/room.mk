LIB_SRCS += base/error.c base/log.c base/names.c
