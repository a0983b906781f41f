/* Errors as values: what the user or the host did wrong, with a cause that names the object and a
 * hint that says what to do. Modules fill them in; only programs/ print them and exit.
 *
 * A function that can fail returns bool (true: success) or a pointer (NULL: failure) and takes a
 * struct error * as its last argument. That pointer may be NULL when the caller does not care. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>
#include <stddef.h>

enum error_code {
    ERROR_NONE,
    ERROR_USAGE,       /* an option, name or value of the command line */
    ERROR_FILE,        /* a file that can't be opened, read or written */
    ERROR_FORMAT,      /* a file whose contents are not what was expected */
    ERROR_RESOURCE,    /* memory, descriptors, threads */
    ERROR_UNSUPPORTED, /* legal, but not offered by this machine, accelerator or build */
};

struct error {
    enum error_code code;
    char cause[512];
    char hint[512];
};

/* Fills in err (if not NULL) unless it already holds an error: the first cause is the one that
 * counts. Text longer than the fields is cut. Returns false, so that `return error_set(...)` reads
 * well in functions that return bool. */
bool error_set(struct error *err, enum error_code code, const char *cause_format, ...)
    __attribute__((format(printf, 3, 4)));

/* Replaces the hint: one sentence that tells the user what to do. */
void error_hint(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts "context: " before the cause, for a caller that knows more (a file name, an option). */
void error_context(struct error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
