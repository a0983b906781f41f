/* The translator's run loop: enters translated code where there is some, interprets where there is not, and
 * decides what is worth translating. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cpu-ppc64/interp/code-cache.h"
#include "cpu-ppc64/interp/run.h"
#include "cpu-ppc64/jit/fpscr.h"
#include "cpu-ppc64/jit/jit-internal.h"
#include "cpu-ppc64/mmu/mmu.h"
#include "cpu-ppc64/pmu.h"
#include "gen/isa-gen.h"

/* How often the interpreter comes by before a region is translated: about as often as what that costs. */
enum { HOT = 16, HOT_LOOP = 200 };

static void page_changed(void *opaque, gpa_t gpa)
{
    jit_page_changed(opaque, gpa);
}

struct jit *jit_new(struct cpu *c, const struct jit_options *options, struct error *err)
{
    struct jit *jit = calloc(1, sizeof *jit);

    if (!jit) {
        error_set(err, ERROR_RESOURCE, "out of memory for the translator");
        return NULL;
    }
    jit->cpu = c;
    pthread_mutex_init(&jit->pages_lock, NULL);
    if (log_on(LOG_ITEM_STATS))
        jit->calls = calloc(ISA_COUNT, sizeof *jit->calls);
    jit->hot = options->hot ? options->hot : HOT;
    jit->hot_loop = options->hot ? options->hot : HOT_LOOP;
    jit->backend = backend_new(err);
    if (options->verify)
        jit->verifier = verifier_new(jit, err);
    if (!jit->backend || (options->verify && !jit->verifier) || !jit_code_new(jit, options->code_size, err)) {
        mem_listen(c->mem, &jit->listener); /* jit_free() takes it off */
        jit_free(jit);
        return NULL;
    }
    jit_fetch_init(jit);
    jit->listener = (struct mem_code_listener){ page_changed, jit, NULL };
    mem_listen(c->mem, &jit->listener);
    return jit;
}

void jit_free(struct jit *jit)
{
    if (!jit)
        return;
    mem_unlisten(jit->cpu->mem, &jit->listener);
    jit_code_free(jit);
    backend_free(jit->backend);
    verifier_free(jit->verifier);
    pthread_mutex_destroy(&jit->pages_lock);
    free(jit->calls);
    free(jit);
}

void jit_settle(struct jit *jit)
{
    jit_fpscr_settle(jit->cpu);
}

void jit_set_hot(struct jit *jit, unsigned visits)
{
    jit->hot = visits;
    jit->hot_loop = visits;
}

void jit_set_perf_map(struct jit *jit, FILE *file)
{
    jit->perf_map = file;
}

/* The page at nia; NULL after an interrupt, without memory, or when it is to be looked for again. */
static struct jit_page *page_at_nia(struct jit *jit, struct cpu *c)
{
    struct jit_page *page = jit_fetch_find(jit);
    uint64_t flushes = c->tlb_flushes;
    gpa_t gpa;

    if (page)
        return page;
    if (!code_cache_translate(c, &gpa))
        return NULL;
    page = jit_page_get(jit, gpa, c->le);
    if (!page) {
        interp_block(c);
        return NULL;
    }
    /* What another processor took away while the page was marked is not to be kept. */
    if (flushes != c->tlb_flushes)
        return NULL;
    jit_fetch_enter(jit, page);
    return page;
}

static const void *entry_of(const struct jit_page *page, unsigned word)
{
    return __atomic_load_n(&page->table[word], __ATOMIC_ACQUIRE);
}

static bool is_translated(const struct jit *jit, const struct jit_page *page, unsigned word)
{
    return entry_of(page, word) != jit->thunks.leave_offset;
}

static bool translate(struct jit *jit, struct jit_page *page, unsigned word)
{
    unsigned n;
    const void *code = jit_compile(jit, page, word * 4, &n);

    if (!code)
        return false;
    jit->stats.regions++;
    jit->stats.guest_insns += n;
    jit->stats.ir_ops += jit->ir.n;
    jit_page_keep(jit, page);
    jit_publish(jit, page, word, code);
    return true;
}

/* A loop's rounds have been counted: it is translated as one, or counts on. False: something is full. */
static void translate_loop(struct jit *jit, struct loop_entry *loop)
{
    const void *code;

    /* Other code may be there by now. */
    if (!atomic_load_explicit(&loop->page->state, memory_order_acquire))
        return;
    if (!jit_code_has_room(jit)) {
        /* Its first translation may go now; if it does not, its next round comes here again. */
        loop->rounds = 1;
        jit_code_advance(jit);
        return;
    }
    code = jit_compile_loop(jit, loop);
    if (!code)
        return;
    jit->stats.loops++;
    backend_link_loop(jit, loop, code);
}

/* What translated code does not do: single steps, breakpoints, counting, 32-bit mode, traces, exact reservations. */
static bool must_interpret(const struct cpu *c)
{
    return !(c->msr & MSR_SF) || c->reservation.no_pairs || interp_must_step(c);
}

/* Nothing is pending that could be taken, as far as a quick look tells. */
static bool is_undisturbed(const struct cpu *c)
{
    return !atomic_load_explicit(&c->attention, memory_order_relaxed) &&
           !atomic_load_explicit(&c->requests, memory_order_relaxed) && !(c->spr[SPR_MMCR0] & MMCR0_PMAO) &&
           !(c->spr[SPR_BESCR] & BESCR_GE);
}

const void *jit_next(struct cpu *c)
{
    struct jit *jit = c->jit;
    const struct jit_page *page;
    const void *code;

    if (!is_undisturbed(c) || must_interpret(c))
        return NULL;
    page = jit_fetch_find(jit);
    if (!page)
        return NULL;
    code = page->table[(c->nia & (MEM_PAGE_SIZE - 1)) / 4];
    return code == jit->thunks.leave_offset ? NULL : code;
}

uint64_t jit_enter(struct jit *jit, struct cpu *c, const void *code)
{
    uint64_t (*enter)(struct cpu *, const void *), how;

    memcpy(&enter, &jit->thunks.enter, sizeof enter);
    how = enter(c, code);
    jit_fpscr_settle(c);
    return how;
}

void jit_run(struct jit *jit, struct cpu *c)
{
    jit_fpscr_begin();
    for (;;) {
        struct jit_page *page;
        const void *code;
        unsigned word;

        /* Before what is looked at; its partner is cpu_request(). */
        if (atomic_load_explicit(&c->attention, memory_order_relaxed))
            atomic_exchange_explicit(&c->attention, 0, memory_order_seq_cst);
        if (atomic_load_explicit(&c->requests, memory_order_acquire) & CPU_REQUEST_STOP)
            return;
        cpu_deliver_pending(c);
        if (must_interpret(c)) {
            interp_slice(c, UINT64_MAX);
            jit_fpscr_begin();
            continue;
        }
        page = page_at_nia(jit, c);
        word = (c->nia & (MEM_PAGE_SIZE - 1)) / 4;
        if (jit->verifier) {
            if (page)
                verifier_run(jit, c, page, word);
            continue;
        }
        if (page && !is_translated(jit, page, word) && ++page->heat[word] >= jit->hot) {
            if (!jit_code_has_room(jit)) {
                jit_code_advance(jit);
                continue;
            }
            page->heat[word] = 0;
            if (!translate(jit, page, word)) {
                jit_code_reset(jit);
                continue;
            }
        }
        /* Looked up once: another processor's store may clear the entry at any time. */
        code = page ? entry_of(page, word) : NULL;
        if (page && code != jit->thunks.leave_offset) {
            jit->stats.enters++;
            c->jit_loop = NULL;
            if (jit_enter(jit, c, code) == LEAVE_INTERPRET) {
                jit->stats.interpreted++;
                interp_block(c);
                jit_fpscr_begin(); /* the interpreter may have raised the host's flags */
            }
            if (c->jit_loop)
                translate_loop(jit, c->jit_loop);
        } else if (page) {
            jit->stats.interpreted++;
            interp_block(c);
            jit_fpscr_begin();
        }
    }
}

/* The instructions that are called most, by name. */
static void report_calls(const struct jit *jit)
{
    enum { MOST = 16 };
    uint64_t below = UINT64_MAX;

    for (unsigned n = 0; jit->calls && n < MOST; n++) {
        unsigned best = ISA_INVALID;

        for (unsigned id = 1; id < ISA_COUNT; id++)
            if (jit->calls[id] < below && (best == ISA_INVALID || jit->calls[id] > jit->calls[best]))
                best = id;
        if (best == ISA_INVALID || !jit->calls[best])
            return;
        below = jit->calls[best];
        log_trace(LOG_ITEM_STATS, "translator: %s called %llu times", isa_row(best)->name, (unsigned long long)below);
    }
}

void jit_report(const struct jit *jit)
{
    const struct jit_stats *s = &jit->stats;

    log_trace(LOG_ITEM_STATS,
              "translator: %llu regions and %llu loops of %llu instructions, %llu operations, %llu bytes; entered %llu times, "
              "%llu blocks interpreted, %llu calls compiled, %llu resets, %llu evictions, %llu verified, %llu mismatches",
              (unsigned long long)s->regions, (unsigned long long)s->loops, (unsigned long long)s->guest_insns, (unsigned long long)s->ir_ops,
              (unsigned long long)s->host_bytes, (unsigned long long)s->enters, (unsigned long long)s->interpreted,
              (unsigned long long)s->calls_compiled, (unsigned long long)s->flushes, (unsigned long long)s->evictions,
              (unsigned long long)s->verified, (unsigned long long)s->mismatches);
    log_trace(LOG_ITEM_STATS,
              "translator: %.2f host instructions' bytes a guest instruction's 4; holds %zu KiB of code, %zu KiB of tables for %u "
              "pages, %zu KiB of what faults need",
              s->guest_insns ? (double)s->host_bytes / (4 * (double)s->guest_insns) : 0, jit_code_held(jit) >> 10,
              jit->n_tables * (PAGE_ENTRIES * sizeof(void *) >> 10), jit->n_tables, jit->metadata_size >> 10);
    report_calls(jit);
}
