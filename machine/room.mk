LIB_SRCS += machine/boot.c machine/caps.c machine/chardevs.c machine/control.c machine/core-devices.c machine/device-ops.c machine/devices.c machine/drives.c machine/machine.c machine/memory-devices.c machine/nodes.c machine/options.c machine/properties.c
LIB_SRCS += machine/tables.c machine/values.c machine/versions.c
