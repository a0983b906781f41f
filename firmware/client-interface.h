/* The built-in Open Firmware: the client interface that a kernel's first code calls, answered by the
 * emulator from the device tree. [IEEE 1275, client interface; LoPAR, PAPR binding] */
#ifndef FIRMWARE_CLIENT_INTERFACE_H
#define FIRMWARE_CLIENT_INTERFACE_H

#include "firmware/disks.h"
#include "papr/platform.h"

struct firmware;

/* Where things are in guest memory while the firmware is there. */
enum {
    FIRMWARE_ENTRY = 0x100,       /* the client interface */
    FIRMWARE_UNITS = 0x4000,      /* the list of a SCSI adapter's units */
    FIRMWARE_STACK = 0x10000,     /* top of the client's first stack, 32 KiB */
    FIRMWARE_END = 0x10000,       /* first byte that is free */
    FIRMWARE_BOOT_STACK = 0x40000, /* top of a boot program's stack, 192 KiB */
    RTAS_BLOB_SIZE = 20,
};

/* write() receives what the client prints. Platform and opaque outlive it. NULL when out of memory. */
struct firmware *firmware_new(struct platform *p,
                              void (*write)(void *opaque, const char *text, size_t size),
                              void *opaque, struct error *err);
void firmware_free(struct firmware *f);

/* After platform_reset(): puts the entry's code into memory, completes the tree (phandles, handles of
 * console, processor and memory), and sets the vCPU up to enter the kernel as a client. The ranges of kernel
 * and initrd, which may be empty, are claimed. */
bool firmware_boot(struct firmware *f, struct vcpu *v, gpa_t kernel, gpa_t kernel_end,
                   gpa_t initrd, uint64_t initrd_size, struct error *err);

/* The disks to boot from, in that order; their images outlive the firmware, or are removed before they close. */
void firmware_set_disks(struct firmware *f, const struct firmware_disks *disks);
/* The image is not used any more when this returns. With the machine's lock, which it may drop for a while. */
void firmware_remove_disk(struct firmware *f, const struct block *block);
/* What is typed at the console; read() gives at most size characters and does not wait. opaque is firmware_new()'s. */
void firmware_set_input(struct firmware *f, size_t (*read)(void *opaque, char *text, size_t size));

/* The same for the boot program of the first disk that has one, which is loaded. */
bool firmware_boot_disk(struct firmware *f, struct vcpu *v, struct error *err);

/* ibm,client-architecture-support as a client calls it: the platform's answer, and a tree with all that a client finds
 * in it. Returns the status of the hypercall. */
int64_t firmware_cas(struct firmware *f, struct vcpu *v, gpa_t vectors, struct error *err);

/* Copies RTAS's code to base: five instructions that make the hypercall. */
bool firmware_instantiate_rtas(struct platform *p, gpa_t base);

extern const struct facility_type firmware_facility;

#endif
