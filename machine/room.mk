LIB_SRCS += machine/boot.c machine/boot-order.c machine/caps.c machine/chardevs.c machine/control.c machine/core-devices.c
LIB_SRCS += machine/device-ops.c machine/device-properties.c machine/device-types.c machine/devices.c machine/drives.c machine/fsdevs.c machine/tpmdevs.c
LIB_SRCS += machine/hotplug.c machine/machine.c machine/memory-devices.c machine/netdevs.c machine/nodes.c machine/objects.c
LIB_SRCS += machine/options.c machine/properties.c machine/tables.c machine/values.c machine/versions.c
