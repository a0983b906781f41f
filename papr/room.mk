LIB_SRCS += papr/cas.c papr/compat.c papr/dispatch.c papr/numa.c papr/platform.c
LIB_SRCS += papr/platform-tree.c papr/processors.c papr/processors-mmu.c papr/processors-mode.c
LIB_SRCS += papr/processors-tree.c papr/tree.c papr/vpa.c
LIB_SRCS += papr/connectors.c papr/events.c papr/fwnmi.c papr/power.c papr/system-parameters.c
LIB_SRCS += papr/memory.c papr/page-table.c papr/memory-tree.c papr/time.c
LIB_SRCS += papr/call-lists.c papr/trace.c
LIB_SRCS += papr/accounting.c papr/energy.c
LIB_SRCS += papr/dimms.c
