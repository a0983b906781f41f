/* Nearest valid names, for errors about misspelt ones. */
#ifndef BASE_NAMES_H
#define BASE_NAMES_H

#include "base/error.h"

/* Sets err's hint to "did you mean 'x' or 'y'?" with the names nearest to word, or, if none is near,
 * to the list of valid names (cut to what fits). valid ends with NULL. */
void names_hint(struct error *err, const char *word, const char *const *valid);

/* Edit distance without regard to case (insertions, deletions, replacements), capped at 99. */
unsigned names_distance(const char *a, const char *b);

#endif
