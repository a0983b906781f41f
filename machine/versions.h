/* Machine versions: pseries-5.0 to pseries-11.1, each a row that says what differs from the next newer. */
#ifndef MACHINE_VERSIONS_H
#define MACHINE_VERSIONS_H

#include "base/error.h"

/* What older machines keep. A row has those that end with it: they hold for it and for all that are older. */
enum version_keeps {
    KEEPS_FORM1_ONLY = 1 << 0,  /* affinity's form 2 is not offered */
    KEEPS_SOCKETS = 1 << 1,     /* -smp N makes N sockets of one core, not one of N cores */
    KEEPS_FLAT_FORM1 = 1 << 2,  /* form 1's domains do not follow the distances */
    KEEPS_TWO_POINTS = 1 << 3,  /* of form 1's reference points, only the innermost */
};

struct machine_version {
    const char *name; /* "pseries-11.1" */
    unsigned keeps;   /* enum version_keeps */
};

/* By name, "pseries" being the newest. NULL with the nearest names. */
const struct machine_version *machine_version_find(const char *name, struct error *err);
/* The i-th, newest first; NULL past the end. */
const struct machine_version *machine_version_at(unsigned i);
/* True if that is kept by the version, or by a newer one. */
bool machine_version_keeps(const struct machine_version *version, enum version_keeps what);

#endif
