/* Machine versions: pseries-5.0 to pseries-11.1, each a row that says what differs from the next newer. */
#ifndef MACHINE_VERSIONS_H
#define MACHINE_VERSIONS_H

#include "base/error.h"

struct machine_version {
    const char *name; /* "pseries-11.1" */
    bool no_form2_affinity; /* up to 6.1: this and all older ones */
    bool flat_form1;        /* up to 5.1: form 1's domains do not follow the distances */
};

/* By name, "pseries" being the newest. NULL with the nearest names. */
const struct machine_version *machine_version_find(const char *name, struct error *err);
/* The i-th, newest first; NULL past the end. */
const struct machine_version *machine_version_at(unsigned i);
/* True if the version, or a newer one that it inherits from, keeps affinity form 1. */
bool machine_version_has_form2(const struct machine_version *version);
bool machine_version_has_flat_form1(const struct machine_version *version);

#endif
