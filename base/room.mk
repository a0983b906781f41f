LIB_SRCS += base/atomic128.c base/error.c base/log.c base/loop.c base/names.c base/option-list.c
