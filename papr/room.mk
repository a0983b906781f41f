LIB_SRCS += papr/cas.c papr/compat.c papr/dispatch.c papr/numa.c papr/platform.c papr/platform-tree.c papr/tree.c
