/* What is booted, and from where: -boot, and the firmware image that -bios names. */
#ifndef MACHINE_BOOT_H
#define MACHINE_BOOT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum { BOOT_ORDER_SIZE = 8, BOOT_BIOS_SIZE = 512 };

/* Kinds of devices, by letters: c disk, d CD, n network; "": as they come. */
struct boot_config {
    char order[BOOT_ORDER_SIZE];
    char once[BOOT_ORDER_SIZE]; /* of the first boot only, "": the same */
    bool menu;
    char bios[BOOT_BIOS_SIZE];  /* the image's path, "": the built-in firmware */
};

/* The argument of -boot, which is cut up: "[order=]LETTERS[,once=LETTERS][,menu=on|off][,strict=on|off]". */
bool boot_parse(struct boot_config *boot, char *argument, struct error *err);

/* The argument of -bios: a file's name, which without a folder is looked for where firmware is usually kept, too. */
bool boot_find_bios(struct boot_config *boot, const char *name, struct error *err);

/* The place of a kind of device in an order: 0 the first, those that are not named behind all others. */
unsigned boot_rank(const char *order, char kind);

#endif
