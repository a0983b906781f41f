/* Errors as values; see error.h. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool error_set(struct error *err, enum error_code code, const char *cause_format, ...)
{
    va_list ap;

    if (!err || err->code != ERROR_NONE)
        return false;
    err->code = code;
    err->hint[0] = '\0';
    va_start(ap, cause_format);
    vsnprintf(err->cause, sizeof err->cause, cause_format, ap);
    va_end(ap);
    return false;
}

void error_hint(struct error *err, const char *format, ...)
{
    va_list ap;

    if (!err)
        return;
    va_start(ap, format);
    vsnprintf(err->hint, sizeof err->hint, format, ap);
    va_end(ap);
}

void error_context(struct error *err, const char *format, ...)
{
    char old[sizeof err->cause];
    va_list ap;
    int n;

    if (!err || err->code == ERROR_NONE)
        return;
    memcpy(old, err->cause, sizeof old);
    va_start(ap, format);
    n = vsnprintf(err->cause, sizeof err->cause, format, ap);
    va_end(ap);
    if (n >= 0 && (size_t)n < sizeof err->cause)
        snprintf(err->cause + n, sizeof err->cause - (size_t)n, ": %s", old);
}
