/* Verification: each region is executed by translated code and by the interpreter, from the same state, and the
 * registers and stores are compared. (-accel tcg,verify=on)
 *
 * Regions end where an operation of the interpreter would be called, and are left at every exit, since
 * cpu.attention is kept set and entries are kept out of the pages' tables. Stores are noted (mmu/store-log.h), undone,
 * and made again by the interpreter. What a device has seen cannot be undone: such a region is not compared.
 *
 * The interpreter's result is what counts: the guest goes on with it, however many mismatches there are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cpu-ppc64/disas.h"
#include "cpu-ppc64/fpu/fpu.h"
#include "cpu-ppc64/interp/atomics.h"
#include "cpu-ppc64/interp/run.h"
#include "cpu-ppc64/jit/fpscr.h"
#include "cpu-ppc64/jit/jit-internal.h"
#include "cpu-ppc64/mmu/mmu.h"
#include "cpu-ppc64/mmu/store-log.h"

/* A region is compared so many times, until its page changes: loops would take hours. */
enum { MOST_REPORTS = 20, MOST_TIMES = 100 };

/* The registers, which the processor's structure begins with, and those that instructions change elsewhere. */
struct registers {
    uint64_t gpr[32], nia, lr, ctr, msr, fpscr;
    uint8_t crf[8], xer[5];
    uint32_t vscr;
    union vsr vsr[64];
    uint64_t spr[1024];
    uint64_t reserved[4]; /* valid, size, gpa, value */
};

struct verifier {
    struct store_log first, second;
    struct registers before, by_jit, by_interpreter;
    uint8_t stored[STORE_LOG_ENTRIES][STORE_LOG_BYTES];
};

struct verifier *verifier_new(struct jit *jit, struct error *err)
{
    struct verifier *v = calloc(1, sizeof *v);

    (void)jit;
    if (!v)
        error_set(err, ERROR_RESOURCE, "out of memory for the verifier");
    return v;
}

void verifier_free(struct verifier *v)
{
    free(v);
}

static void save(struct registers *r, const struct cpu *c)
{
    memcpy(r->gpr, c->gpr, sizeof r->gpr);
    r->nia = c->nia;
    r->lr = c->lr;
    r->ctr = c->ctr;
    r->msr = c->msr;
    r->fpscr = c->fpscr;
    memcpy(r->crf, c->crf, sizeof r->crf);
    memcpy(r->xer, (uint8_t[]){ c->xer_so, c->xer_ov, c->xer_ca, c->xer_ov32, c->xer_ca32 }, sizeof r->xer);
    /* The interpreter sets it where nobody sees it. */
    if (c->model->level < CPU_ISA_3_0)
        r->xer[4] = 0;
    r->vscr = c->vscr;
    memcpy(r->vsr, c->vsr, sizeof r->vsr);
    memcpy(r->spr, c->spr, sizeof r->spr);
    r->spr[SPR_CFAR] = 0;
    memset(r->reserved, 0, sizeof r->reserved);
    r->reserved[0] = c->reservation.kind;
    if (c->reservation.kind) {
        r->reserved[1] = c->reservation.size;
        r->reserved[2] = c->reservation.gpa;
        r->reserved[3] = c->reservation.value[0];
    }
}

static void restore(struct cpu *c, const struct registers *r)
{
    uint64_t cfar = c->spr[SPR_CFAR];

    memcpy(c->gpr, r->gpr, sizeof r->gpr);
    c->nia = r->nia;
    c->lr = r->lr;
    c->ctr = r->ctr;
    if (c->msr != r->msr)
        cpu_set_msr(c, r->msr);
    c->fpscr = r->fpscr;
    memcpy(c->crf, r->crf, sizeof r->crf);
    c->xer_so = r->xer[0];
    c->xer_ov = r->xer[1];
    c->xer_ca = r->xer[2];
    c->xer_ov32 = r->xer[3];
    c->xer_ca32 = r->xer[4];
    c->vscr = r->vscr;
    memcpy(c->vsr, r->vsr, sizeof r->vsr);
    memcpy(c->spr, r->spr, sizeof r->spr);
    c->spr[SPR_CFAR] = cfar;
    c->reservation.kind = (uint8_t)r->reserved[0];
    c->reservation.size = (uint8_t)r->reserved[1];
    c->reservation.gpa = r->reserved[2];
    c->reservation.value[0] = r->reserved[3];
    /* What the first way stored is no other processor's store. */
}

static void report_number(const char *name, unsigned n, uint64_t jit, uint64_t interpreter)
{
    if (jit != interpreter)
        log_line(LOG_ERROR, "verify", "  %s %u: %016llx, the interpreter has %016llx", name, n,
                 (unsigned long long)jit, (unsigned long long)interpreter);
}

static void report(const struct verifier *v, const struct cpu *c, const struct jit_page *page, unsigned word)
{
    const struct registers *x = &v->by_jit, *y = &v->by_interpreter;

    log_line(LOG_ERROR, "verify", "region at %016llx (page %llx) differs:", (unsigned long long)v->before.nia,
             (unsigned long long)page->gpa);
    for (unsigned k = 0; k < 32; k++)
        report_number("gpr", k, x->gpr[k], y->gpr[k]);
    report_number("nia", 0, x->nia, y->nia);
    report_number("lr", 0, x->lr, y->lr);
    report_number("ctr", 0, x->ctr, y->ctr);
    report_number("msr", 0, x->msr, y->msr);
    report_number("fpscr", 0, x->fpscr, y->fpscr);
    report_number("vscr", 0, x->vscr, y->vscr);
    for (unsigned k = 0; k < 4; k++)
        report_number("reservation", k, x->reserved[k], y->reserved[k]);
    for (unsigned k = 0; k < 8; k++)
        report_number("cr", k, x->crf[k], y->crf[k]);
    for (unsigned k = 0; k < 5; k++)
        report_number("xer part", k, x->xer[k], y->xer[k]);
    for (unsigned k = 0; k < 128; k++)
        report_number("vsr half", k, x->vsr[k / 2].d[k % 2], y->vsr[k / 2].d[k % 2]);
    for (unsigned k = 0; k < 1024; k++)
        report_number("spr", k, x->spr[k], y->spr[k]);
    for (unsigned k = word; k < PAGE_ENTRIES && k < word + 40; k++) {
        const uint8_t *p = c->mem->ram + page->gpa + 4 * k;
        uint32_t insn = page->le ? ld_le32(p) : ld_be32(p);
        char text[96];

        disas(text, sizeof text, insn, (v->before.nia & ~UINT64_C(0xfff)) + 4 * k);
        log_line(LOG_ERROR, "verify", "  %03x %08x %s", 4 * k, insn, text);
    }
}

static bool same_stores(struct verifier *v)
{
    /* The last contents of every place that either has stored to. */
    for (unsigned k = 0; k < v->first.n; k++)
        if (memcmp(v->first.entries[k].at, v->stored[k], v->first.entries[k].size))
            return false;
    for (unsigned k = 0; k < v->second.n; k++) {
        bool known = false;

        for (unsigned n = 0; n < v->first.n && !known; n++)
            known = v->first.entries[n].at <= v->second.entries[k].at &&
                    v->second.entries[k].at + v->second.entries[k].size <=
                        v->first.entries[n].at + v->first.entries[n].size;
        if (!known && memcmp(v->second.entries[k].at, v->second.entries[k].old, v->second.entries[k].size))
            return false;
    }
    return true;
}

/* The interpreter as far as translated code has come. */
static void follow(struct cpu *c, unsigned n)
{
    while (n--)
        interp_one(c);
}

void verifier_run(struct jit *jit, struct cpu *c, struct jit_page *page, unsigned word)
{
    struct verifier *v = jit->verifier;
    const void *code;
    unsigned executed;
    bool same;

    if (page->heat[word] == MOST_TIMES) {
        interp_block(c);
        return;
    }
    page->heat[word]++;
    code = jit_compile(jit, page, word * 4, &executed);
    if (!code || jit->ir.n < 3) {
        jit_code_reset(jit);
        interp_block(c);
        return;
    }
    v->first.n = v->second.n = 0;
    v->first.incomplete = v->second.incomplete = false;
    save(&v->before, c);
    c->store_log = &v->first;
    c->executed = 0;
    if (jit->stats.verified == 0)
        mmu_tlb_flush(c);
    mmu_tlb_protect_all(c);
    cpu_attend(c);
    jit_forget_fetches(jit);
    jit_fpscr_begin();
    jit_enter(jit, c, code);
    c->store_log = NULL;
    jit_code_take_back(jit);
    executed = c->executed;
    if (v->first.incomplete)
        return;
    save(&v->by_jit, c);
    if (!executed) {
        /* Left at its first instruction. */
        interp_block(c);
        return;
    }
    for (unsigned k = 0; k < v->first.n; k++)
        memcpy(v->stored[k], v->first.entries[k].at, v->first.entries[k].size);
    store_log_undo(&v->first);
    restore(c, &v->before);
    c->store_log = &v->second;
    mmu_tlb_protect_all(c);
    follow(c, executed);
    c->store_log = NULL;
    save(&v->by_interpreter, c);
    if (v->by_interpreter.fpscr & FPSCR_UX && v->by_interpreter.fpscr & v->by_jit.fpscr & FPSCR_XX)
        v->by_jit.fpscr |= FPSCR_UX; /* the bit that may differ, see fpscr.h */
    same = !memcmp(&v->by_jit, &v->by_interpreter, sizeof v->by_jit) && same_stores(v);
    jit->stats.verified++;
    if (same)
        return;
    if (jit->stats.mismatches++ < MOST_REPORTS)
        report(v, c, page, word);
}
