/* Jumps from region to region: direct ones, where it is known what is behind the table's entry.
 *
 * A link is the distance of a jump. Not linked it is 0, and what follows the jump goes through the table of the target's
 * page. A page holds the links that lead into it: they are set as its regions come, and are 0 again before the page's
 * entries go, by whatever thread. The distance lies at a multiple of its size and is written at once, so that the
 * processor that runs there takes either way. When a generation of code goes, its links go before its memory does. */
#include "cpu-ppc64/jit/jit-internal.h"

static void set(struct jit *jit, const struct link *l, const void *code)
{
    uint32_t distance = code ? (uint32_t)((const uint8_t *)code - jit->rx - (l->at + 4 - jit->rw)) : 0;

    __atomic_store_n((uint32_t *)(void *)l->at, distance, __ATOMIC_RELEASE);
}

static bool is_good(const struct jit_page *page)
{
    return atomic_load_explicit(&page->state, memory_order_acquire) != 0;
}

void jit_link(struct jit *jit, struct jit_page *to, const struct link *link)
{
    struct link *l = jit_metadata(jit, sizeof *l);
    const void *code;

    if (!l)
        return;
    *l = *link;
    pthread_mutex_lock(&jit->pages_lock);
    l->next = to->links;
    to->links = l;
    code = to->table[l->word];
    if (is_good(to) && code != jit->thunks.leave_offset)
        set(jit, l, code);
    pthread_mutex_unlock(&jit->pages_lock);
}

void jit_links_set(struct jit *jit, struct jit_page *page, unsigned word, const void *code)
{
    pthread_mutex_lock(&jit->pages_lock);
    for (const struct link *l = page->links; l && is_good(page); l = l->next)
        if (l->word == word)
            set(jit, l, code);
    pthread_mutex_unlock(&jit->pages_lock);
}

void jit_links_clear(struct jit *jit, const struct jit_page *page)
{
    for (const struct link *l = page->links; l; l = l->next)
        set(jit, l, NULL);
}

static bool lies_in(const struct jit *jit, const uint8_t *p, const uint8_t *from, const uint8_t *to)
{
    return p - jit->rw >= from - jit->rx && p - jit->rw < to - jit->rx;
}

void jit_links_evict(struct jit *jit, struct jit_page *page, const uint8_t *from, const uint8_t *to)
{
    struct link **at = &page->links;

    pthread_mutex_lock(&jit->pages_lock);
    while (*at) {
        struct link *l = *at;
        const uint8_t *target = page->table[l->word];

        if (lies_in(jit, l->at, from, to)) {
            *at = l->next;
            continue;
        }
        if (target >= from && target < to)
            set(jit, l, NULL);
        at = &l->next;
    }
    pthread_mutex_unlock(&jit->pages_lock);
}
