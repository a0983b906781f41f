LIB_SRCS += scsi/block.c scsi/cd.c scsi/common.c scsi/scsi.c scsi/types.c
