/* Which page of translated code an address of the guest means: tables that translated code looks into when it jumps to
 * another page, one for each way of addressing, and for each process that ran lately. They are kept like the TLB's
 * entries, and forgotten with them. */
#include "cpu-ppc64/guest.h"
#include "cpu-ppc64/jit/jit-internal.h"

enum { MODE_IR = 1, MODE_PR = 2, MODE_LE = 4 };

static void clear(struct fetch_space *s)
{
    for (unsigned k = 0; k < FETCH_ENTRIES && s->is_used; k++)
        s->entries[k] = (struct fetch_entry){ UINT64_MAX, NULL };
    s->is_used = s->has_process = s->has_process_0 = false;
}

void jit_fetch_init(struct jit *jit)
{
    for (unsigned k = 0; k < FETCH_SPACES; k++) {
        jit->fetch[k].key = k; /* the processes' have none that is real: their modes are those of others */
        jit->fetch[k].is_used = true;
    }
    jit_forget_fetches(jit);
    jit->fetch_recent = FETCH_MODES;
}

struct fetch_space *jit_fetch_space(struct jit *jit)
{
    const struct cpu *c = jit->cpu;
    unsigned mode = (c->msr & MSR_IR ? MODE_IR : 0) | (c->msr & MSR_PR ? MODE_PR : 0) | (c->le ? MODE_LE : 0), k;
    bool is_process = (mode & (MODE_IR | MODE_PR)) == (MODE_IR | MODE_PR);
    uint64_t key;

    if (!is_process && LIKELY(!c->guest))
        return &jit->fetch[mode];
    key = (uint64_t)(guest_tag(c) | (is_process ? (uint32_t)c->spr[SPR_PIDR] : 0)) << 3 | mode;
    k = jit->fetch_recent;
    if (jit->fetch[k].key != key)
        for (k = FETCH_MODES; k < FETCH_SPACES && jit->fetch[k].key != key; k++)
            ;
    if (k == FETCH_SPACES) {
        k = FETCH_MODES + jit->fetch_next;
        jit->fetch_next = (jit->fetch_next + 1) % (FETCH_SPACES - FETCH_MODES);
        clear(&jit->fetch[k]);
        jit->fetch[k].key = key;
    }
    jit->fetch_recent = k;
    return &jit->fetch[k];
}

struct jit_page *jit_fetch_find(struct jit *jit)
{
    struct cpu *c = jit->cpu;
    ea_t ea_page = align_down(c->nia, MEM_PAGE_SIZE);
    struct fetch_space *s = jit_fetch_space(jit);
    unsigned k = ea_page >> MEM_PAGE_SHIFT & (FETCH_ENTRIES - 1);

    if (s->entries[k].ea_page != ea_page || !atomic_load_explicit(&s->pages[k]->state, memory_order_acquire))
        return NULL;
    c->page_ea = ea_page;
    c->jit_fetch = (uintptr_t)s->entries;
    return s->pages[k];
}

struct jit_page *jit_fetch_peek(struct jit *jit, ea_t ea)
{
    struct fetch_space *s = jit_fetch_space(jit);
    unsigned k = ea >> MEM_PAGE_SHIFT & (FETCH_ENTRIES - 1);

    return s->entries[k].ea_page == align_down(ea, MEM_PAGE_SIZE) ? s->pages[k] : NULL;
}

void jit_fetch_enter(struct jit *jit, struct jit_page *page)
{
    struct cpu *c = jit->cpu;
    ea_t ea_page = align_down(c->nia, MEM_PAGE_SIZE);
    struct fetch_space *s = jit_fetch_space(jit);
    unsigned k = ea_page >> MEM_PAGE_SHIFT & (FETCH_ENTRIES - 1);

    s->entries[k] = (struct fetch_entry){ ea_page, page->table };
    s->pages[k] = page;
    s->is_used = true;
    s->has_process |= !(ea_page >> 62);
    s->has_process_0 |= ea_page >> 62 != 0;
    c->page_ea = ea_page;
    c->jit_fetch = (uintptr_t)s->entries;
}

void jit_forget_fetches(struct jit *jit)
{
    for (unsigned k = 0; k < FETCH_SPACES; k++)
        clear(&jit->fetch[k]);
}

/* It has no process of its own: those that run come and go. */
static bool is_of_a_mode(const struct fetch_space *s)
{
    return (s->key & (MODE_IR | MODE_PR)) == MODE_IR;
}

void jit_process_changed(struct jit *jit)
{
    for (unsigned k = 0; k < FETCH_SPACES; k++)
        if (is_of_a_mode(&jit->fetch[k]) && jit->fetch[k].has_process)
            clear(&jit->fetch[k]);
}

static bool is_of(const struct jit *jit, unsigned k, uint32_t pid)
{
    const struct fetch_space *s = &jit->fetch[k];

    if (k < FETCH_MODES)
        return k & MODE_IR && (pid ? s->has_process : s->is_used);
    /* All of a guest's: which ones is too much to ask. */
    if (s->key >> 3 >> PROCESS_ID_BITS)
        return s->key >> 3 >> PROCESS_ID_BITS == pid >> PROCESS_ID_BITS;
    return s->key >> 3 == pid || (!pid && s->has_process_0);
}

void jit_forget_process(struct jit *jit, uint32_t pid)
{
    for (unsigned k = 0; k < FETCH_SPACES; k++)
        if (is_of(jit, k, pid))
            clear(&jit->fetch[k]);
}

void jit_forget_page(struct jit *jit, uint32_t pid, ea_t page, uint64_t size)
{
    for (unsigned k = 0; k < FETCH_SPACES; k++)
        for (uint64_t at = 0; at < size && is_of(jit, k, pid); at += MEM_PAGE_SIZE) {
            struct fetch_entry *e = &jit->fetch[k].entries[(page + at) >> MEM_PAGE_SHIFT & (FETCH_ENTRIES - 1)];

            if (e->ea_page == page + at)
                *e = (struct fetch_entry){ UINT64_MAX, NULL };
        }
}

void jit_forget_real(struct jit *jit, uint64_t n, unsigned shift)
{
    for (unsigned k = 0; k < FETCH_SPACES; k++)
        for (unsigned i = 0; i < FETCH_ENTRIES && jit->fetch[k].is_used; i++) {
            struct fetch_entry *e = &jit->fetch[k].entries[i];

            if (e->ea_page != UINT64_MAX && jit->fetch[k].pages[i]->gpa >> shift == n)
                *e = (struct fetch_entry){ UINT64_MAX, NULL };
        }
}
