/* Properties that the client wrote; see kept-properties.h. */
#include "firmware/kept-properties.h"

#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

static void free_one(struct kept_property *p)
{
    free(p->path);
    free(p->name);
    free(p->value);
}

void kept_properties_clear(struct kept_properties *kept)
{
    for (unsigned i = 0; i < kept->n; i++)
        free_one(&kept->properties[i]);
    kept->n = 0;
    kept->bytes = 0;
}

static struct kept_property *find(struct kept_properties *kept, const char *path, const char *name)
{
    for (unsigned i = 0; i < kept->n; i++)
        if (!strcmp(kept->properties[i].path, path) && !strcmp(kept->properties[i].name, name))
            return &kept->properties[i];
    return NULL;
}

bool kept_properties_set(struct kept_properties *kept, const char *path, const char *name,
                         const void *value, uint32_t size)
{
    struct kept_property *old = find(kept, path, name);
    size_t bytes = kept->bytes - (old ? old->size : 0) + size;
    struct kept_property new = { .size = size };

    if (bytes > MOST_KEPT_BYTES || (!old && kept->n == MOST_KEPT))
        return false;
    new.path = strdup(path);
    new.name = strdup(name);
    new.value = malloc(size ? size : 1);
    if (!new.path || !new.name || !new.value) {
        free_one(&new);
        return false;
    }
    memcpy(new.value, value, size);
    if (old)
        free_one(old);
    else
        old = &kept->properties[kept->n++];
    *old = new;
    kept->bytes = bytes;
    return true;
}

void kept_properties_apply(const struct kept_properties *kept, struct tree *tree)
{
    for (unsigned i = 0; i < kept->n; i++) {
        const struct kept_property *p = &kept->properties[i];

        if (fdt_path_offset(tree_fdt(tree), p->path) >= 0)
            tree_bytes(tree, p->path, p->name, p->value, p->size);
    }
}
