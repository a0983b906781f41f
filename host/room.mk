LIB_SRCS += host/block.c host/block-file.c host/block-nbd.c host/block-overlay.c host/block-pool.c
LIB_SRCS += host/net.c host/net-socket.c host/net-tap.c host/net-user.c
LIB_SRCS += host/chardev.c host/chardev-file.c host/chardev-socket.c host/terminal.c
LIB_SRCS += host/stream.c
LIB_SRCS += host/tpm.c
LIB_SRCS += host/p9.c host/p9-files.c
