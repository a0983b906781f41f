/* Nearest valid names; see names.h. */
#include "base/names.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST = 64, FARTHEST = 99 };

unsigned names_distance(const char *a, const char *b)
{
    size_t na = strlen(a), nb = strlen(b);
    unsigned row[LONGEST + 1];

    if (na > LONGEST || nb > LONGEST)
        return FARTHEST;
    for (size_t j = 0; j <= nb; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= na; i++) {
        unsigned diagonal = row[0];

        row[0] = (unsigned)i;
        for (size_t j = 1; j <= nb; j++) {
            bool same = tolower((unsigned char)a[i - 1]) == tolower((unsigned char)b[j - 1]);
            unsigned best = diagonal + !same;

            diagonal = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[nb];
}

void names_hint(struct error *err, const char *word, const char *const *valid)
{
    const char *first = NULL, *second = NULL;
    unsigned d1 = FARTHEST, d2 = FARTHEST;
    size_t limit = strlen(word) / 3 + 1;
    char list[400] = "";

    if (!err)
        return;
    for (const char *const *v = valid; *v; v++) {
        unsigned d = names_distance(word, *v);
        size_t used = strlen(list);

        if (strstr(*v, word) && *word)
            d = d < 1 ? d : 1;
        if (d < d1) {
            second = first;
            d2 = d1;
            first = *v;
            d1 = d;
        } else if (d < d2) {
            second = *v;
            d2 = d;
        }
        if (used + strlen(*v) + 8 < sizeof list)
            snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "", *v);
        else if (used + 6 < sizeof list && !strstr(list, ", ..."))
            strcat(list, ", ...");
    }
    /* A second name is of use only if it is about as near as the first. */
    if (first && d1 <= limit && second && d2 <= limit && d2 <= d1 + 1)
        error_hint(err, "did you mean '%s' or '%s'?", first, second);
    else if (first && d1 <= limit)
        error_hint(err, "did you mean '%s'?", first);
    else
        error_hint(err, "valid: %s", list);
}
