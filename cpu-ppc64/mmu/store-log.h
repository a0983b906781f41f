/* What stores replace, so that they can be undone: for comparing two ways of executing the same code. While a
 * processor has a log, no store goes by without mmu/, which notes it. */
#ifndef CPU_PPC64_MMU_STORE_LOG_H
#define CPU_PPC64_MMU_STORE_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { STORE_LOG_ENTRIES = 2048, STORE_LOG_BYTES = 16 };

struct store_log {
    unsigned n;
    bool incomplete; /* something cannot be undone: a device was accessed, or the log is full */
    struct {
        uint8_t *at; /* RAM, STORE_LOG_BYTES or fewer from here */
        uint8_t size;
        uint8_t old[STORE_LOG_BYTES];
    } entries[STORE_LOG_ENTRIES];
};

static inline void store_log_note(struct store_log *log, uint8_t *at, unsigned size)
{
    while (size) {
        unsigned part = size < STORE_LOG_BYTES ? size : STORE_LOG_BYTES;

        if (log->n == STORE_LOG_ENTRIES) {
            log->incomplete = true;
            return;
        }
        log->entries[log->n].at = at;
        log->entries[log->n].size = (uint8_t)part;
        memcpy(log->entries[log->n++].old, at, part);
        at += part;
        size -= part;
    }
}

/* Puts back what was there, the newest first. */
static inline void store_log_undo(struct store_log *log)
{
    for (unsigned k = log->n; k-- > 0;)
        memcpy(log->entries[k].at, log->entries[k].old, log->entries[k].size);
}

#endif
