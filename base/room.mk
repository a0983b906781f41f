LIB_SRCS += base/error.c base/log.c base/loop.c base/names.c
