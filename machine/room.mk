LIB_SRCS += machine/boot-order.c machine/caps.c machine/chardevs.c machine/control.c machine/device-ops.c
LIB_SRCS += machine/device-properties.c machine/device-types.c machine/devices.c machine/drives.c machine/fsdevs.c machine/hotplug.c
LIB_SRCS += machine/machine.c machine/memory-devices.c machine/netdevs.c machine/nodes.c machine/objects.c
LIB_SRCS += machine/options.c machine/properties.c machine/tables.c machine/values.c machine/versions.c
