/* Reading a flattened tree from a file; see blob.h. */
#include "programs/lpar-dt/blob.h"

#include <errno.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST = 64 << 20 };

static bool read_all(FILE *f, const char *path, void **blob, size_t *size, struct error *err)
{
    size_t room = 1 << 16;
    char *bytes = malloc(room);

    *size = 0;
    while (bytes) {
        size_t n = fread(bytes + *size, 1, room - *size, f);
        char *grown;

        *size += n;
        if (*size < room)
            break;
        room *= 2;
        grown = room <= LARGEST ? realloc(bytes, room) : NULL;
        if (!grown)
            free(bytes);
        bytes = grown;
    }
    *blob = bytes;
    if (!bytes)
        return error_set(err, ERROR_FORMAT, "'%s' is too large for a device tree", path);
    if (ferror(f))
        return error_set(err, ERROR_FILE, "can't read '%s': %s", path, strerror(errno));
    return true;
}

void *blob_read(const char *path, struct error *err)
{
    FILE *f = fopen(path, "rbe");
    void *blob = NULL;
    size_t size;
    int result;

    if (!f) {
        error_set(err, ERROR_FILE, "can't open '%s': %s", path, strerror(errno));
        error_hint(err, "name a flattened device tree (.dtb) that you may read");
        return NULL;
    }
    if (!read_all(f, path, &blob, &size, err)) {
        fclose(f);
        free(blob);
        return NULL;
    }
    fclose(f);
    result = fdt_check_full(blob, size);
    if (!result)
        return blob;
    free(blob);
    error_set(err, ERROR_FORMAT, "'%s' is no flattened device tree: %s", path, fdt_strerror(result));
    error_hint(err, "-M pseries,dumpdtb=FILE of lpar writes one, and dtc makes one from text");
    return NULL;
}
