/* Machine versions; see versions.h. What a row does not say is as in the row above it. Differences that
 * concern devices lpar does not have yet come with those devices. */
#include "machine/versions.h"

#include <string.h>

#include "base/bits.h"
#include "base/names.h"

static const struct machine_version versions[] = {
    { .name = "pseries-11.1" }, { .name = "pseries-11.0" }, { .name = "pseries-10.2" },
    { .name = "pseries-10.1" }, { .name = "pseries-10.0" }, { .name = "pseries-9.2" },
    { .name = "pseries-9.1" },  { .name = "pseries-9.0" },  { .name = "pseries-8.2" },
    { .name = "pseries-8.1" },  { .name = "pseries-8.0" },  { .name = "pseries-7.2" },
    { .name = "pseries-7.1" },  { .name = "pseries-7.0" },  { .name = "pseries-6.2" },
    { .name = "pseries-6.1", .keeps = KEEPS_FORM1_ONLY | KEEPS_SOCKETS },
    { .name = "pseries-6.0" },  { .name = "pseries-5.2" },
    { .name = "pseries-5.1", .keeps = KEEPS_FLAT_FORM1 },
    { .name = "pseries-5.0", .keeps = KEEPS_TWO_POINTS },
};

const struct machine_version *machine_version_find(const char *name, struct error *err)
{
    const char *valid[ARRAY_SIZE(versions) + 2] = { "pseries" };
    int major;

    if (!strcmp(name, "pseries"))
        return &versions[0];
    for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
        if (!strcmp(versions[i].name, name))
            return &versions[i];
        valid[i + 1] = versions[i].name;
    }
    error_set(err, ERROR_USAGE, "-M: unknown machine '%s'", name);
    major = !strncmp(name, "pseries-", 8) ? name[8] - '0' : -1;
    if (major >= 2 && major <= 4 && name[9] == '.')
        error_hint(err, "the oldest version that lpar offers is pseries-5.0");
    else
        names_hint(err, name, valid);
    return NULL;
}

const struct machine_version *machine_version_at(unsigned i)
{
    return i < ARRAY_SIZE(versions) ? &versions[i] : NULL;
}

bool machine_version_keeps(const struct machine_version *version, enum version_keeps what)
{
    for (const struct machine_version *v = versions; v <= version; v++)
        if (v->keeps & what)
            return true;
    return false;
}
