/* The platform's key store: small objects that the partition keeps with the hypervisor, in a file of the host's if it
 * has one. [LoPAR, Platform Keystore] */
#ifndef PAPR_KEY_STORE_H
#define PAPR_KEY_STORE_H

#include "papr/platform.h"

struct key_store;

/* The file (NULL: objects last as long as the process) is read now if it exists, and replaced at each change. It is
 * not encrypted. */
struct key_store *key_store_new(struct platform *p, const char *path, struct error *err);
void key_store_free(struct key_store *x);

extern const struct facility_type key_store_facility;

#endif
