/* Network block devices, and through them all formats that qemu-nbd knows; see block.h. Not there yet. */
#include <string.h>

#include "host/block-internal.h"

bool block_nbd_is_uri(const char *file)
{
    return !strncmp(file, "nbd:", 4) || !strncmp(file, "nbd+unix:", 9) || !strncmp(file, "nbds:", 5);
}

struct block *block_nbd_open(const struct block_options *o, struct error *err)
{
    error_set(err, ERROR_UNSUPPORTED, "'%s': only raw images are there yet", o->file);
    return NULL;
}
