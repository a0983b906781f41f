/* What goes over a virtual SCSI adapter's queue: information units of SRP, and management datagrams (MAD).
 *
 * Numbers are big-endian; these are offsets in bytes. [SRP (T10 1415-D) 6; LoPAR, VSCSI Message Formats] */
#ifndef VIO_SRP_H
#define VIO_SRP_H

/* Queue elements. */
enum {
    CRQ_VALID = 0,
    CRQ_FORMAT = 1,
    CRQ_STATUS = 3,
    CRQ_TIMEOUT = 4,
    CRQ_IU_LENGTH = 6,
    CRQ_IU_POINTER = 8,

    CRQ_VALID_INIT = 0xc0,
    CRQ_VALID_COMMAND = 0x80,
    CRQ_VALID_TRANSPORT = 0xff,
    CRQ_INIT = 1,
    CRQ_INIT_COMPLETE = 2,
    CRQ_FORMAT_SRP = 1,
    CRQ_FORMAT_MAD = 2,
    CRQ_STATUS_OK = 0x99,
};

enum { IU_MOST = 256 };

enum srp_opcode {
    SRP_LOGIN_REQ = 0x00,
    SRP_TSK_MGMT = 0x01,
    SRP_CMD = 0x02,
    SRP_I_LOGOUT = 0x03,
    SRP_T_LOGOUT = 0x80,
    SRP_CRED_REQ = 0x81,
    SRP_AER_REQ = 0x82,
    SRP_LOGIN_RSP = 0xc0,
    SRP_RSP = 0xc1,
    SRP_LOGIN_REJ = 0xc2,
};

/* All: */
enum { SRP_OPCODE = 0, SRP_TAG = 8 };

enum { SRP_LOGIN_RSP_SIZE = 52, SRP_LOGIN_RSP_LIMIT = 4, SRP_LOGIN_RSP_MAX_IT = 16, SRP_LOGIN_RSP_MAX_TI = 20,
       SRP_LOGIN_RSP_FORMATS = 24 };

enum {
    SRP_CMD_SIZE = 48,
    SRP_CMD_FORMATS = 5, /* out << 4 | in */
    SRP_CMD_OUT_COUNT = 6,
    SRP_CMD_IN_COUNT = 7,
    SRP_CMD_LUN = 20,
    SRP_CMD_MORE_CDB = 31, /* bytes of it, the lowest two bits reserved */
    SRP_CMD_CDB = 32,
};

enum { SRP_BUFFER_NONE = 0, SRP_BUFFER_DIRECT = 1, SRP_BUFFER_INDIRECT = 2 };
enum { SRP_FORMAT_DIRECT = 1 << 1, SRP_FORMAT_INDIRECT = 1 << 2 };

/* A descriptor of memory; a table of them is described by one, followed by the length of the data. */
enum { SRP_DESCRIPTOR_SIZE = 16, SRP_DESCRIPTOR_LENGTH = 12, SRP_TABLE_SIZE = 20, SRP_TABLE_LENGTH = 16 };

enum {
    SRP_RSP_SIZE = 36,
    SRP_RSP_LIMIT = 4,
    SRP_RSP_FLAGS = 18,
    SRP_RSP_STATUS = 19,
    SRP_RSP_OUT_RESIDUAL = 20,
    SRP_RSP_IN_RESIDUAL = 24,
    SRP_RSP_SENSE_LENGTH = 28,
    SRP_RSP_DATA_LENGTH = 32,

    SRP_RSP_DATA_VALID = 1 << 0,
    SRP_RSP_SENSE_VALID = 1 << 1,
    SRP_RSP_OUT_UNDER = 1 << 3,
    SRP_RSP_IN_UNDER = 1 << 5,
};

enum {
    SRP_TASK_LUN = 20,
    SRP_TASK_FUNCTION = 30,
    SRP_TASK_TAG = 32,

    SRP_TASK_ABORT = 1,
    SRP_TASK_ABORT_SET = 2,
    SRP_TASK_CLEAR_SET = 4,
    SRP_TASK_LUN_RESET = 8,

    SRP_TASK_COMPLETE = 0,
    SRP_TASK_NOT_SUPPORTED = 4,
};

enum {
    MAD_TYPE = 0,
    MAD_STATUS = 4,
    MAD_LENGTH = 6,
    MAD_TAG = 8, /* where SRP has it, too */
    MAD_BUFFER = 16,
    MAD_SIZE = 24,

    MAD_EMPTY_IU = 1,
    MAD_ERROR_LOG = 2,
    MAD_ADAPTER_INFO = 3,
    MAD_CAPABILITIES = 5,
    MAD_ENABLE_FAST_FAIL = 8,

    MAD_SUCCESS = 0,
    MAD_NOT_SUPPORTED = 0xf1,
    MAD_FAILED = 0xf7,
};

enum {
    ADAPTER_INFO_SIZE = 148,
    ADAPTER_INFO_VERSION = 0,
    ADAPTER_INFO_PARTITION = 8,
    ADAPTER_INFO_NUMBER = 104,
    ADAPTER_INFO_MAD_VERSION = 108,
    ADAPTER_INFO_OS = 112,
    ADAPTER_INFO_LARGEST = 116,
};

#endif
