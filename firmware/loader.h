/* Images for the guest: kernels (ELF), initial RAM disks, raw firmware.
 *
 * Files are read straight into guest memory. Every field of a header is a file's word, not a fact. */
#ifndef FIRMWARE_LOADER_H
#define FIRMWARE_LOADER_H

#include "mem/mem.h"

struct loaded {
    gpa_t start; /* where execution begins */
    gpa_t end;   /* first byte behind what was loaded, its zeroed part included */
    bool is_le;
};

/* Loads a 64-bit PowerPC ELF executable of either byte order: segments go to (p_paddr & 0x0fffffff) +
 * address. All of it must lie between floor and limit. On failure the memory's contents are undefined. */
bool loader_kernel(struct mem *mem, const char *path, gpa_t address, gpa_t floor, gpa_t limit,
                   struct loaded *result, struct error *err);

/* Loads a whole file at address, which may take it up to limit. *size receives its bytes. */
bool loader_raw(struct mem *mem, const char *what, const char *path, gpa_t address, gpa_t limit,
                uint64_t *size, struct error *err);

#endif
