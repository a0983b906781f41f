LIB_SRCS += nvme/nvme.c nvme/queues.c nvme/admin.c nvme/io.c
