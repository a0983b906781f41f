/* Messages for people and trace for developers.
 *
 * People get one line a message, at one of four levels, with the module's name. Developers switch on
 * trace items by name (`-d hcall,rtas,in_asm`); an item that is off costs one predictable branch.
 * The items are the lines of base/log-items.def. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

enum log_item {
#define ITEM(id, name, text) LOG_ITEM_##id,
#include "base/log-items.def"
#undef ITEM
    LOG_ITEM_COUNT
};

/* Bit n is set while item n is traced. Written by log_enable() before the machine's threads start
 * and read everywhere; process-wide because a log file is (like stderr) a thing of the process. */
extern uint64_t log_items_enabled;

static inline bool log_on(enum log_item item)
{
    return __builtin_expect((log_items_enabled >> item & 1) != 0, 0);
}

/* One line to the people; module is a short lower-case word. No newline at the end of the format. */
void log_line(enum log_level level, const char *module, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* One line of trace, "item: text", if the item is on. */
void log_trace(enum log_item item, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The guest did something wrong: a line at level info under item guest_errors, rate-limited (100 a
 * second) and counted, so that a hostile guest cannot fill the disk. */
void guest_error(const char *module, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Switches on the items of a comma-separated list ("hcall,rtas", "all", "help" is the caller's
 * business). An unknown name fails with the nearest known one as hint. */
bool log_enable(const char *list, struct error *err);

/* Sends all further lines to this file (created, truncated, line-buffered) instead of stderr. */
bool log_open(const char *path, struct error *err);

/* Name and one-sentence text of an item, for help; item < LOG_ITEM_COUNT. */
const char *log_item_name(enum log_item item);
const char *log_item_text(enum log_item item);

#endif
