/* Status codes of hypercalls; both the guest's and the runner's. [LoPAR, Hypervisor Call Return Codes] */
#ifndef CONFORM_STATUS_H
#define CONFORM_STATUS_H

#define STATUS_LIST(S) \
    S(OK, 0) S(BUSY, 1) S(CLOSED, 2) S(NOT_AVAILABLE, 3) S(CONSTRAINED, 4) S(PARTIAL, 5) \
    S(CONTINUE, 18) S(LONG_BUSY_10, 9901) S(LONG_BUSY_100, 9902) S(HARDWARE, -1) S(FUNCTION, -2) \
    S(PRIVILEGE, -3) S(PARAMETER, -4) S(BAD_MODE, -5) S(PTEG_FULL, -6) S(NOT_FOUND, -7) \
    S(RESERVED_DABR, -8) S(NO_MEM, -9) S(AUTHORITY, -10) S(PERMISSION, -11) S(DROPPED, -12) \
    S(SOURCE_PARM, -13) S(DEST_PARM, -14) S(REMOTE_PARM, -15) S(RESOURCE, -16) S(P2, -55) S(P3, -56) \
    S(P4, -57) S(P5, -58) S(P6, -59) S(NOOP, -63) S(TOO_BIG, -64) S(UNSUPPORTED, -67) S(OVERLAP, -68) \
    S(STATE, -75) S(IN_USE, -77) S(ELEMENT_ID, -79) \
    S(ELEMENT_SIZE, -80) S(ELEMENT_VALUE, -81) S(FLAG, -256) S(THREADS_ACTIVE, -9005)

enum {
#define S(name, value) name = value,
    STATUS_LIST(S)
#undef S
};

#endif
