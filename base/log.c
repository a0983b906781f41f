/* Messages and trace; see log.h. */
#include "base/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/names.h"

static const struct {
    const char *name;
    const char *text;
} items[] = {
#define ITEM(id, name, text) { name, text },
#include "base/log-items.def"
#undef ITEM
};

uint64_t log_items_enabled;

/* Where lines go; NULL means stderr. A thing of the process, like stderr itself. */
static FILE *log_file;

/* Lines of guest_error(): how many in the current second, and how many were swallowed. Process-wide
 * because what they protect, the log file, is. */
static struct {
    pthread_mutex_t lock;
    time_t second;
    unsigned in_second;
    unsigned swallowed;
} guest_rate = { .lock = PTHREAD_MUTEX_INITIALIZER };

enum { GUEST_ERRORS_A_SECOND = 100 };

static void write_line(const char *prefix, const char *module, const char *format, va_list ap)
{
    char text[1024];
    FILE *f = log_file ? log_file : stderr;

    vsnprintf(text, sizeof text, format, ap);
    /* One call, so that lines of several threads do not mix. */
    fprintf(f, "%s%s: %s\n", prefix, module, text);
}

void log_line(enum log_level level, const char *module, const char *format, ...)
{
    static const char *const prefix[] = { "lpar: error: ", "lpar: warning: ", "lpar: ", "lpar: " };
    va_list ap;

    va_start(ap, format);
    write_line(prefix[level], module, format, ap);
    va_end(ap);
}

void log_trace(enum log_item item, const char *format, ...)
{
    va_list ap;

    if (!log_on(item))
        return;
    va_start(ap, format);
    write_line("", items[item].name, format, ap);
    va_end(ap);
}

void guest_error(const char *module, const char *format, ...)
{
    struct timespec now;
    unsigned swallowed = 0;
    bool print;
    va_list ap;

    if (!log_on(LOG_ITEM_GUEST_ERRORS))
        return;
    clock_gettime(CLOCK_MONOTONIC, &now);
    pthread_mutex_lock(&guest_rate.lock);
    if (now.tv_sec != guest_rate.second) {
        guest_rate.second = now.tv_sec;
        guest_rate.in_second = 0;
        swallowed = guest_rate.swallowed;
        guest_rate.swallowed = 0;
    }
    print = guest_rate.in_second++ < GUEST_ERRORS_A_SECOND;
    if (!print)
        guest_rate.swallowed++;
    pthread_mutex_unlock(&guest_rate.lock);
    if (swallowed)
        fprintf(log_file ? log_file : stderr, "guest_errors: %u more\n", swallowed);
    if (!print)
        return;
    va_start(ap, format);
    write_line("guest_errors: ", module, format, ap);
    va_end(ap);
}

static bool enable_one(const char *name, size_t length, struct error *err)
{
    const char *known[LOG_ITEM_COUNT + 1] = { NULL };
    char word[64];

    snprintf(word, sizeof word, "%.*s", (int)length, name);
    if (!strcmp(word, "all")) {
        log_items_enabled = ~UINT64_C(0);
        return true;
    }
    for (unsigned i = 0; i < LOG_ITEM_COUNT; i++) {
        known[i] = items[i].name;
        if (!strcmp(word, items[i].name)) {
            log_items_enabled |= UINT64_C(1) << i;
            return true;
        }
    }
    error_set(err, ERROR_USAGE, "-d: unknown item '%s'", word);
    names_hint(err, word, known);
    return false;
}

bool log_enable(const char *list, struct error *err)
{
    while (*list) {
        size_t length = strcspn(list, ",");

        if (length && !enable_one(list, length, err))
            return false;
        list += length;
        list += *list == ',';
    }
    return true;
}

bool log_open(const char *path, struct error *err)
{
    FILE *f = fopen(path, "we");

    if (!f) {
        error_set(err, ERROR_FILE, "-D: can't create '%s': %s", path, strerror(errno));
        error_hint(err, "name a file in a folder that exists and that you may write to");
        return false;
    }
    setvbuf(f, NULL, _IOLBF, 0);
    if (log_file)
        fclose(log_file);
    log_file = f;
    return true;
}

const char *log_item_name(enum log_item item)
{
    return items[item].name;
}

const char *log_item_text(enum log_item item)
{
    return items[item].text;
}
