/* The program that a disk boots: found on it and put into memory.
 *
 * On a disk it fills a PReP boot partition, of a GUID partition table or an old one; on a CD (ISO 9660) it is the file
 * that /ppc/bootinfo.txt names, or /boot/grub/powerpc.elf. It is a 32-bit big-endian ELF executable. Everything on the
 * disk is its maker's word, not a fact. [PowerPC Microprocessor CHRP Binding to Open Firmware; UEFI, 5; ECMA-119] */
#ifndef FIRMWARE_BOOT_PROGRAM_H
#define FIRMWARE_BOOT_PROGRAM_H

#include "firmware/disks.h"
#include "mem/mem.h"

struct boot_program {
    gpa_t entry, start, end; /* all of it lies in [start, end) */
    char arguments[64];      /* what stands behind the disk's path in `bootpath`, ":" included; "": nothing */
};

/* Loads it into [floor, limit). False, with the reason, if there is none that is fit. */
bool boot_program_load(const struct firmware_disk *d, struct mem *mem, gpa_t floor, gpa_t limit,
                       struct boot_program *program, struct error *err);

#endif
