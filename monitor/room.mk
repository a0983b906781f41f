LIB_SRCS += monitor/monitor.c monitor/dump.c
LIB_SRCS += monitor/qmp.c monitor/qmp-run.c monitor/qmp-info.c monitor/qmp-qom.c monitor/qmp-memory.c monitor/qmp-pci.c
LIB_SRCS += monitor/qmp-device.c monitor/qmp-tables.c
LIB_SRCS += monitor/hmp.c monitor/hmp-commands.c monitor/hmp-info.c monitor/hmp-memory.c
LIB_SRCS += monitor/gdb.c monitor/gdb-registers.c
