/* Words of `lpar` that are done by scripts beside it: lpar run, lpar create-image. */
#ifndef PROGRAMS_TOOLS_H
#define PROGRAMS_TOOLS_H

#include "base/error.h"

/* Whether the first argument is such a word. */
bool tools_has(const char *word);
/* Becomes the script, with the rest of the arguments; returns only with an error. */
void tools_run(char **argv, struct error *err);

#endif
