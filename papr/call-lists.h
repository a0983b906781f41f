/* The pages docs/hcalls.md and docs/rtas.md: what the dispatch tables of a platform hold, next to what
 * others know. */
#ifndef PAPR_CALL_LISTS_H
#define PAPR_CALL_LISTS_H

#include <stdio.h>

#include "papr/platform.h"

/* Writes the page of all hypercalls, or of all RTAS calls, in Markdown. */
void call_lists_hcalls(const struct platform *p, FILE *out);
void call_lists_rtas(const struct platform *p, FILE *out);

#endif
