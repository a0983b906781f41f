/* What a client wrote into the device tree: kept so that it can be written again to the tree that
 * ibm,client-architecture-support makes anew. */
#ifndef FIRMWARE_KEPT_PROPERTIES_H
#define FIRMWARE_KEPT_PROPERTIES_H

#include "papr/tree.h"

/* A client's share of our memory. */
enum { MOST_KEPT = 256, MOST_KEPT_BYTES = 1 << 20 };

struct kept_property {
    char *path, *name;
    void *value;
    uint32_t size;
};

struct kept_properties {
    struct kept_property properties[MOST_KEPT];
    unsigned n;
    size_t bytes; /* of all values */
};

void kept_properties_clear(struct kept_properties *kept);

/* Keeps a copy of the value, instead of one of that path and name that was kept before. False, with nothing
 * changed, if that is more than the client's share, or when out of memory. */
bool kept_properties_set(struct kept_properties *kept, const char *path, const char *name,
                         const void *value, uint32_t size);

/* Writes all to the tree, but those of nodes that it does not have. */
void kept_properties_apply(const struct kept_properties *kept, struct tree *tree);

#endif
