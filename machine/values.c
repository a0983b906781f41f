/* Values on the command line; see values.h. */
#include "machine/values.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/names.h"

enum { MOST_VALUES = 8 };

bool value_bad(struct error *err, const char *name, const char *value, const char *hint)
{
    error_set(err, ERROR_USAGE, "%s: bad value '%s'", name, value);
    error_hint(err, "%s", hint);
    return false;
}

bool value_bool(const char *name, const char *value, bool *result, struct error *err)
{
    if (!strcmp(value, "on") || !strcmp(value, "yes") || !strcmp(value, "true"))
        *result = true;
    else if (!strcmp(value, "off") || !strcmp(value, "no") || !strcmp(value, "false"))
        *result = false;
    else
        return value_bad(err, name, value, "type on or off");
    return true;
}

/* A number with an optional suffix k, M, G or T; without one it counts in `unit` bytes. */
bool value_size(const char *name, const char *value, uint64_t unit, uint64_t *result,
                       struct error *err)
{
    static const char suffixes[] = "kmgt";
    char *end;
    unsigned long long n = strtoull(value, &end, 0);
    const char *suffix = *end ? strchr(suffixes, tolower((unsigned char)*end)) : NULL;

    if (end == value || !isdigit((unsigned char)value[0]))
        return value_bad(err, name, value, "type a size such as 512M or 4G");
    if (suffix) {
        unit = UINT64_C(1024) << 10 * (suffix - suffixes);
        end++;
    }
    if (*end == 'b' || *end == 'B')
        end++;
    if (*end || n > UINT64_MAX / unit / 2)
        return value_bad(err, name, value, "type a size such as 512M or 4G");
    *result = n * unit;
    return true;
}

bool value_unsigned(const char *name, const char *value, unsigned most, unsigned *result,
                           struct error *err)
{
    char *end;
    unsigned long n = strtoul(value, &end, 10);

    if (end == value || *end || !isdigit((unsigned char)value[0]) || n > most) {
        error_set(err, ERROR_USAGE, "%s: bad value '%s'", name, value);
        error_hint(err, "type a number up to %u", most);
        return false;
    }
    *result = (unsigned)n;
    return true;
}

bool value_choice(const char *name, const char *value, const struct choice *choices,
                         unsigned *result, struct error *err)
{
    const char *valid[MOST_VALUES + 1] = { NULL };

    for (unsigned i = 0; choices[i].name && i < MOST_VALUES; i++) {
        if (!strcmp(choices[i].name, value)) {
            *result = choices[i].value;
            return true;
        }
        valid[i] = choices[i].name;
    }
    error_set(err, ERROR_USAGE, "%s: bad value '%s'", name, value);
    names_hint(err, value, valid);
    return false;
}
