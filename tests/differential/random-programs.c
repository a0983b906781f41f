/* Random programs: the translator against the interpreter.
 *
 * Each program is executed by both, from the same state, in real mode or behind a radix tree with pages of different
 * rights. What is in the registers and in memory is compared at each interrupt and at the end. The handlers of all
 * interrupts are hypercalls, by which this program takes the state down and goes on behind the instruction.
 *
 * A program that makes a difference is reduced (words become nops while the difference stays) and printed as
 * assembler, and as a file that --replay takes; those of faults that were found are kept in cases/.
 *
 * Usage: random-programs [--count N | --seconds N] [--seed N] [--model NAME] [--hot N] [--faults N] [--show]
 *                        [--replay FILE...]
 * Exit status 0: no difference. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include "base/bits.h"
#include "base/endian.h"
#include "cpu-ppc64/cpu.h"
#include "cpu-ppc64/disas.h"
#include "cpu-ppc64/interp/op.h"
#include "cpu-ppc64/jit/jit-internal.h"
#include "cpu-ppc64/mmu/mmu.h"
#include "tests/differential/program.h"

enum {
    RAM = 0x40000,
    VECTORS_SIZE = 0x4000,
    PRTB = 0x10000, L2 = 0x11000, L3 = 0x12000, L4 = PROGRAM_TABLE, L4_AGAIN = PROGRAM_TABLE_AGAIN, ROOT = 0x20000,
    MOST_STOPS = 10,
    MOST_INSTRUCTIONS = 20000,
    CODE_SIZE = 2 << 20, /* of host code that is kept: so little that something is always given up */
};

#define LLX(v) ((unsigned long long)(v))
#define VALID PPC_BIT(0)
#define LEAF PPC_BIT(1)
enum { PRIVILEGED = 8, READ = 4, WRITE = 2, EXECUTE = 1 };

/* Of each page of the data; 0: not mapped. In real mode all may be read and written. */
static const uint8_t data_rights[] = {
    READ | WRITE, READ | WRITE, READ, 0, READ | WRITE, READ | WRITE | PRIVILEGED, READ | WRITE, 0,
};

/* ---- two sides ---- */

/* Everything that is compared. */
struct state {
    uint64_t gpr[32], nia, lr, ctr, cr, xer, msr, fpscr, vscr, vrsave, memory;
    union vsr vsr[64];
    uint64_t spr[1024];
};

struct side {
    struct mem *mem;
    struct cpu *c;
    uint64_t spr_at_start[1024];
    bool le;
    const struct program *program;
    struct state stops[MOST_STOPS + 1];
    unsigned n_stops;
    bool ended, is_privileged;
    uint32_t data_versions; /* of the data's pages when the program begins, added up */
};

struct pair {
    struct side interpreter, translator;
};

static uint64_t still(void *hv)
{
    (void)hv;
    return 0;
}

static void nothing(void *hv)
{
    (void)hv;
}

static uint64_t hash_of(const uint8_t *p, size_t size)
{
    uint64_t h = size;

    for (size_t k = 0; k < size; k += 8) {
        uint64_t v;

        memcpy(&v, p + k, 8);
        h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
        h ^= h >> 29;
    }
    return h;
}

static void take_down(struct side *s)
{
    struct cpu *c = s->c;
    struct state *to = &s->stops[s->n_stops++];

    memcpy(to->gpr, c->gpr, sizeof to->gpr);
    to->nia = c->nia;
    to->lr = c->lr;
    to->ctr = c->ctr;
    to->cr = cpu_cr(c);
    to->xer = cpu_xer(c);
    to->msr = c->msr;
    to->fpscr = c->fpscr;
    to->vscr = c->vscr;
    to->vrsave = c->vrsave;
    to->memory = hash_of(s->mem->ram + PROGRAM_DATA, PROGRAM_DATA_SIZE);
    memcpy(to->vsr, c->vsr, sizeof to->vsr);
    memcpy(to->spr, c->spr, sizeof to->spr);
    to->spr[SPR_CFAR] = 0; /* translated code does not keep it */
}

static void end(struct side *s)
{
    s->ended = true;
    cpu_request(s->c, CPU_REQUEST_STOP);
}

static bool is_in_program(const struct program *p, uint64_t ea)
{
    return ea >= PROGRAM_CODE + p->start && ea < PROGRAM_CODE + p->start + 4 * p->n;
}

/* From a handler, or from the program itself. */
static void hypercall(void *hv, struct cpu *c)
{
    enum { PREFIXED_BIT = 34, INSN_STORAGE = 0x400, INSN_SEGMENT = 0x480, STEP = 0x80 };
    const uint64_t info = PPC_BITMASK(33, 36) | PPC_BITMASK(42, 47);
    struct side *s = hv;
    uint64_t vector = c->nia - 4, srr1 = c->spr[SPR_SRR1], srr0 = c->spr[SPR_SRR0], next = srr0;

    take_down(s);
    if (s->n_stops == MOST_STOPS) {
        end(s);
        return;
    }
    if (vector >= VECTORS_SIZE || c->msr & (MSR_PR | MSR_IR)) {
        if (!is_in_program(s->program, vector))
            end(s);
        return;
    }
    if (vector == INSN_STORAGE || vector == INSN_SEGMENT ||
        (vector == VECTOR_SYSTEM_CALL && !is_in_program(s->program, srr0 - 4))) {
        end(s);
        return;
    }
    if (vector != VECTOR_SYSTEM_CALL)
        next += srr1 & PPC_BIT(PREFIXED_BIT) ? 8 : 4;
    cpu_set_msr(c, (srr1 & ~info & ~MSR_HV) | MSR_ME | MSR_SF);
    c->nia = align_down(next, 4);
}

static const struct cpu_hv_ops ops = { .hypercall = hypercall, .timebase = still, .lock = nothing, .unlock = nothing };

static void map(struct mem *mem, gpa_t table, uint64_t ea, gpa_t gpa, unsigned rights)
{
    gpa_store_be64(mem, table + 8 * (ea >> MEM_PAGE_SHIFT & 511), rights ? VALID | LEAF | gpa | rights : 0);
}

/* The tree, 52 bits in four levels. The code's own rights are the program's. */
static void make_tree(struct mem *mem, bool writable)
{
    uint64_t root = PPC_FIELD_PUT(2, 1, 2) | ROOT | PPC_FIELD_PUT(5, 56, 58) | 13;

    gpa_store_be64(mem, PRTB, root);
    gpa_store_be64(mem, PRTB + 16, root);
    gpa_store_be64(mem, ROOT, VALID | L2 | 9);
    gpa_store_be64(mem, L2, VALID | L3 | 9);
    gpa_store_be64(mem, L3, VALID | L4 | 9);
    gpa_store_be64(mem, L3 + 16, VALID | L4_AGAIN | 9);
    for (gpa_t at = PROGRAM_CODE; at < PROGRAM_CODE + PROGRAM_CODE_SIZE; at += MEM_PAGE_SIZE) {
        map(mem, L4, at, at, READ | EXECUTE | (writable ? WRITE : 0));
        map(mem, L4, at + PROGRAM_ALIAS, at, READ | WRITE);
    }
    map(mem, L4, L4 + PROGRAM_ALIAS, L4, READ | WRITE | PRIVILEGED);
    map(mem, L4, L4_AGAIN + PROGRAM_ALIAS, L4_AGAIN, READ | WRITE | PRIVILEGED);
    for (unsigned k = 0; k < ARRAY_SIZE(data_rights); k++) {
        gpa_t at = PROGRAM_DATA + (gpa_t)k * MEM_PAGE_SIZE;

        map(mem, L4, at, at, data_rights[k]);
        map(mem, L4_AGAIN, at, at, data_rights[k]);
    }
}

/* sc 1 at every vector. */
static void make_handlers(struct mem *mem, bool le)
{
    static uint32_t words[VECTORS_SIZE / 4];
    const uint32_t sc_1 = UINT32_C(0x44000022);

    for (unsigned k = 0; k < ARRAY_SIZE(words); k++)
        le ? st_le32(&words[k], sc_1) : st_be32(&words[k], sc_1);
    gpa_write(mem, 0, words, sizeof words);
}

static bool make_side(struct side *s, const char *model, bool translates, struct error *err)
{
    const struct jit_options options = { .code_size = CODE_SIZE };

    s->mem = mem_new(RAM, err);
    s->c = s->mem ? cpu_new(cpu_model_find(model, err), s->mem, &ops, s, 0, err) : NULL;
    if (!s->c || (translates && !cpu_enable_jit(s->c, &options, err)))
        return false;
    s->c->spr[SPR_PIDR] = 1;
    memcpy(s->spr_at_start, s->c->spr, sizeof s->spr_at_start);
    if (s->c->model->has_radix) {
        s->c->process_table = PPC_BIT(0) | PRTB | 0;
        s->c->lpcr |= LPCR_UPRT | LPCR_HR | LPCR_GTSE;
    }
    return true;
}

static void free_side(struct side *s)
{
    cpu_free(s->c);
    mem_free(s->mem);
}

static void set_state(struct side *s, const struct program *p)
{
    struct cpu *c = s->c;

    memcpy(c->gpr, p->gpr, sizeof c->gpr);
    for (unsigned k = 0; k < 64; k++) {
        c->vsr[k].d[VSR_D(0)] = p->vsr[k][0];
        c->vsr[k].d[VSR_D(1)] = p->vsr[k][1];
    }
    c->lr = p->lr;
    c->ctr = p->ctr;
    cpu_set_xer(c, p->xer);
    cpu_set_cr(c, (uint32_t)p->cr);
    c->fpscr = p->fpscr;
    c->vscr = (uint32_t)p->vscr;
    c->vrsave = 0;
    c->reservation.kind = RESERVED_NOT;
    memcpy(c->spr, s->spr_at_start, sizeof c->spr);
    c->spr[SPR_FSCR] = p->fscr;
    c->lpcr = p->le ? c->lpcr | LPCR_ILE : c->lpcr & ~LPCR_ILE;
    cpu_request_clear(c, ~0u);
    cpu_set_decrementer(c, INT32_MAX);
    cpu_set_msr(c, p->msr | (p->le ? MSR_LE : 0));
    c->nia = PROGRAM_CODE + p->start;
}

static uint32_t code_word(const struct program *p, unsigned k)
{
    const uint32_t BLR = 0x4e800020, ADDI_R3_R3 = 0x38630000;
    unsigned n = k - p->start / 4;
    uint32_t beside = k & 1 ? BLR : (uint32_t)(ADDI_R3_R3 + 1 + 4 * k / MEM_PAGE_SIZE), stored;
    uint32_t word = n < p->n ? p->word[n] : n == p->n ? PROGRAM_SC : beside;

    p->le ? st_le32(&stored, word) : st_be32(&stored, word);
    return stored;
}

/* Changes when something is stored in a page of the data from which instructions have been executed. */
static uint32_t data_versions(const struct side *s)
{
    uint32_t sum = 0;

    for (gpa_t at = PROGRAM_DATA; at < PROGRAM_DATA + PROGRAM_DATA_SIZE; at += MEM_PAGE_SIZE)
        sum += mem_page_state(s->mem, at) & ~MEM_PAGE_HAS_CODE;
    return sum;
}

static void set_memory(struct side *s, const struct program *p)
{
    static uint32_t code[PROGRAM_WORDS];
    static uint64_t data[PROGRAM_DATA_SIZE / 8];
    uint64_t random = p->memory;

    for (unsigned k = 0; k < PROGRAM_WORDS; k++)
        code[k] = code_word(p, k);
    for (unsigned k = 0; k < ARRAY_SIZE(data); k++)
        data[k] = program_random(&random);
    /* What a stray store of the program before has left; in problem state there are none. */
    if (s->is_privileged)
        gpa_fill(s->mem, VECTORS_SIZE, 0, PROGRAM_CODE - VECTORS_SIZE);
    s->is_privileged = !(p->msr & MSR_PR);
    make_handlers(s->mem, p->le);
    make_tree(s->mem, p->writable);
    gpa_write(s->mem, PROGRAM_CODE, code, sizeof code);
    gpa_write(s->mem, PROGRAM_DATA, data, sizeof data);
    gpa_fill(s->mem, PROGRAM_CODE + PROGRAM_CODE_SIZE, 0, PROGRAM_DATA - PROGRAM_CODE - PROGRAM_CODE_SIZE);
    mmu_tlb_flush(s->c);
    s->data_versions = data_versions(s);
}

/* ---- running ---- */

static struct cpu *volatile watched;
static volatile unsigned long runs;
static volatile sig_atomic_t timed_out;

/* At each tick, in processor time: what is still the same run is stopped. */
static void watch(int unused)
{
    static unsigned long seen;

    (void)unused;
    if (watched && runs == seen) {
        timed_out = true;
        cpu_request(watched, CPU_REQUEST_STOP);
    }
    seen = runs;
}

static void run(struct side *s, const struct program *p)
{
    struct cpu *c = s->c;

    s->program = p;
    s->n_stops = 0;
    s->ended = false;
    set_memory(s, p);
    set_state(s, p);
    if (c->jit) {
        jit_set_hot(c->jit, p->hot);
        timed_out = false;
        runs++;
        watched = c;
        cpu_run(c, UINT64_MAX);
        watched = NULL;
    } else {
        cpu_run(c, c->instructions + MOST_INSTRUCTIONS);
    }
}

/* True but for the one bit that may differ: tininess of what was rounded up to a normal number, see jit/fpscr.h. */
static bool is_same(const struct state *x, const struct state *y)
{
    const uint64_t underflow = PPC_BIT(36), inexact = PPC_BIT(38);
    struct state z = *y;

    if (x->fpscr & underflow && x->fpscr & z.fpscr & inexact)
        z.fpscr |= underflow;
    return !memcmp(x, &z, sizeof z);
}

/* What differs at the end of a run; NULL: nothing. *stop says where. */
static const char *compare(const struct side *x, const struct side *y, unsigned *stop)
{
    for (*stop = 0; *stop < x->n_stops && *stop < y->n_stops; (*stop)++)
        if (!is_same(&x->stops[*stop], &y->stops[*stop]))
            return "registers or data";
    if (x->n_stops != y->n_stops || !y->ended)
        return "the translated program does not end";
    if (memcmp(x->mem->ram + PROGRAM_CODE, y->mem->ram + PROGRAM_CODE, PROGRAM_CODE_SIZE))
        return "code in memory";
    if (memcmp(x->mem->ram, y->mem->ram, ROOT))
        return "vectors or page tables";
    return NULL;
}

/* Without these a change of the program, or of a translation, is not defined. */
static bool is_needed(uint32_t word)
{
    enum { XO = 0x7fe, DCBST = 54, SYNC = 598, ICBI = 982, TLBIE = 306, TLBSYNC = 566 };
    unsigned xo = (word & XO) >> 1;

    return word == UINT32_C(0x4c00012c) || (word >> 26 == 31 && (xo == DCBST || xo == SYNC || xo == ICBI ||
                                                                xo == TLBIE || xo == TLBSYNC));
}

/* A store has gone into the program by chance, without what makes it a change of instructions: what is executed then
 * is not defined. */
static bool is_undefined(const struct side *s, const struct program *p)
{
    /* Data that have been executed, in real mode. */
    if (data_versions(s) != s->data_versions)
        return true;
    for (unsigned k = 0; k < p->n; k++)
        if (p->may_change[k] && is_needed(p->word[k]))
            return true;
    for (unsigned k = 0; k < PROGRAM_WORDS; k++) {
        unsigned n = k - p->start / 4;
        uint32_t word = code_word(p, k);

        if (memcmp(s->mem->ram + PROGRAM_CODE + 4 * k, &word, 4) && !(n < PROGRAM_WORDS && p->may_change[n]))
            return true;
    }
    return false;
}

enum verdict { SAME, DIFFERS, TOO_LONG };

static enum verdict try_program(struct pair *pair, const struct program *p, const char **what, unsigned *stop)
{
    run(&pair->interpreter, p);
    if (!pair->interpreter.ended || is_undefined(&pair->interpreter, p))
        return TOO_LONG;
    run(&pair->translator, p);
    *what = compare(&pair->interpreter, &pair->translator, stop);
    return *what ? DIFFERS : SAME;
}

/* ---- reducing and showing ---- */

static bool still_differs(struct pair *pair, const struct program *p)
{
    const char *what;
    unsigned stop;

    return try_program(pair, p, &what, &stop) == DIFFERS;
}

static void reduce(struct pair *pair, struct program *p)
{
    static struct program tried;
    bool changed = true;

    /* From the end, so that what has happened before stays as it is. */
    while (p->n > 1) {
        tried = *p;
        tried.n -= (p->n + 7) / 8;
        if (!still_differs(pair, &tried))
            break;
        *p = tried;
    }
    for (unsigned size = p->n; changed || size > 1; size = size > 1 ? size / 2 : 1) {
        changed = false;
        for (unsigned k = 0; k < p->n; k += size) {
            bool is_nop = true;

            tried = *p;
            for (unsigned n = k; n < k + size && n < p->n; n++) {
                if (is_needed(p->word[n]))
                    continue;
                is_nop &= p->word[n] == PROGRAM_NOP;
                tried.word[n] = PROGRAM_NOP;
            }
            if (!is_nop && still_differs(pair, &tried)) {
                *p = tried;
                changed = true;
            }
        }
    }
    for (unsigned k = 0; k < 32; k++) {
        tried = *p;
        tried.gpr[k] = 0;
        if (p->gpr[k] && still_differs(pair, &tried))
            *p = tried;
    }
    for (unsigned k = 0; k < 64; k++) {
        tried = *p;
        tried.vsr[k][0] = tried.vsr[k][1] = 0;
        if ((p->vsr[k][0] || p->vsr[k][1]) && still_differs(pair, &tried))
            *p = tried;
    }
}

static void show_number(const char *name, unsigned n, uint64_t before, uint64_t x, uint64_t y)
{
    if (x != y)
        printf("  %-6s%3u %016llx -> interpreter %016llx, translator %016llx\n", name, n, LLX(before), LLX(x), LLX(y));
}

static void show_state(const struct program *p, const struct state *x, const struct state *y)
{
    for (unsigned k = 0; k < 32; k++)
        show_number("gpr", k, p->gpr[k], x->gpr[k], y->gpr[k]);
    show_number("nia", 0, 0, x->nia, y->nia);
    show_number("lr", 0, p->lr, x->lr, y->lr);
    show_number("ctr", 0, p->ctr, x->ctr, y->ctr);
    show_number("cr", 0, p->cr, x->cr, y->cr);
    show_number("xer", 0, p->xer, x->xer, y->xer);
    show_number("msr", 0, p->msr, x->msr, y->msr);
    show_number("fpscr", 0, p->fpscr, x->fpscr, y->fpscr);
    show_number("vscr", 0, p->vscr, x->vscr, y->vscr);
    for (unsigned k = 0; k < 64; k++)
        for (unsigned d = 0; d < 2; d++)
            show_number(d ? "vsr d1" : "vsr d0", k, p->vsr[k][d], x->vsr[k].d[VSR_D(d)], y->vsr[k].d[VSR_D(d)]);
    for (unsigned k = 0; k < 1024; k++)
        show_number("spr", k, 0, x->spr[k], y->spr[k]);
    if (x->memory != y->memory)
        printf("  data in memory differ\n");
}

static void show_program(const struct program *p)
{
    printf("model %s\norder %s\nmsr %llx\nhot %u\nmemory %llx\nwritable %d\nstart %x\nwords %u\n", p->model,
           p->le ? "le" : "be", LLX(p->msr), p->hot, LLX(p->memory), p->writable, p->start, p->n);
    printf("lr %llx\nctr %llx\nxer %llx\ncr %llx\nfpscr %llx\nvscr %llx\nfscr %llx\n", LLX(p->lr), LLX(p->ctr),
           LLX(p->xer), LLX(p->cr), LLX(p->fpscr), LLX(p->vscr), LLX(p->fscr));
    for (unsigned k = 0; k < 32; k++)
        if (p->gpr[k])
            printf("gpr %u %llx\n", k, LLX(p->gpr[k]));
    for (unsigned k = 0; k < 64; k++)
        if (p->vsr[k][0] || p->vsr[k][1])
            printf("vsr %u %llx %llx\n", k, LLX(p->vsr[k][0]), LLX(p->vsr[k][1]));
    for (unsigned k = 0; k < p->n; k++) {
        uint64_t insn = p->word[k];
        char text[96];

        if (insn == PROGRAM_NOP)
            continue;
        if (isa_is_prefix((uint32_t)insn) && k + 1 < p->n)
            insn = insn << 32 | p->word[k + 1];
        disas(text, sizeof text, insn, PROGRAM_CODE + p->start + 4 * k);
        printf("word %u %08x # %05x %s\n", k, p->word[k], PROGRAM_CODE + p->start + 4 * k, text);
    }
}

static void report(struct pair *pair, struct program *p)
{
    const char *what = "";
    unsigned stop = 0;

    reduce(pair, p);
    if (try_program(pair, p, &what, &stop) != DIFFERS) {
        printf("# the difference does not come again\n");
        show_program(p);
        return;
    }
    show_program(p);
    printf("# differs: %s, at stop %u of %u (translator: %u%s)\n", what, stop + 1, pair->interpreter.n_stops,
           pair->translator.n_stops, timed_out ? ", stopped by the clock" : "");
    if (stop < pair->interpreter.n_stops && stop < pair->translator.n_stops)
        show_state(p, &pair->interpreter.stops[stop], &pair->translator.stops[stop]);
    fflush(stdout);
}

/* ---- files of programs ---- */

static bool read_line(struct program *p, const char *line)
{
    static const char *const models[] = { "POWER8", "POWER9", "POWER10" };
    char name[16], text[24];
    unsigned long long n, x, y;

    if (line[0] == '#' || line[0] == '\n' || line[0] == ' ')
        return true;
    if (sscanf(line, "%15s %23s", name, text) != 2)
        return false;
    if (!strcmp(name, "model")) {
        for (unsigned k = 0; k < ARRAY_SIZE(models); k++)
            if (!strcmp(models[k], text))
                p->model = models[k];
        return p->model;
    }
    if (!strcmp(name, "order"))
        return p->le = !strcmp(text, "le"), true;
    if (!strcmp(name, "hot") || !strcmp(name, "words") || !strcmp(name, "writable")) {
        n = strtoull(text, NULL, 10);
        *name == 'h' ? (p->hot = (unsigned)n) : *name == 'w' && name[1] == 'o' ? (p->n = (unsigned)n)
                                                                              : (p->writable = n);
        if (p->n > PROGRAM_WORDS)
            return false;
        for (unsigned k = 0; !strcmp(name, "words") && k < p->n; k++)
            p->word[k] = PROGRAM_NOP;
        return true;
    }
    if (sscanf(line, "gpr %llu %llx", &n, &x) == 2 && n < 32)
        return p->gpr[n] = x, true;
    if (sscanf(line, "vsr %llu %llx %llx", &n, &x, &y) == 3 && n < 64)
        return p->vsr[n][0] = x, p->vsr[n][1] = y, true;
    if (sscanf(line, "word %llu %llx", &n, &x) == 2 && n < p->n)
        return p->word[n] = (uint32_t)x, true;
    x = strtoull(text, NULL, 16);
#define FIELD(f) if (!strcmp(name, #f)) return p->f = x, true;
    FIELD(msr) FIELD(memory) FIELD(lr) FIELD(ctr) FIELD(xer) FIELD(cr) FIELD(fpscr) FIELD(vscr) FIELD(fscr)
#undef FIELD
    if (!strcmp(name, "start"))
        return p->start = (unsigned)x & (PROGRAM_CODE_SIZE - 4), true;
    return false;
}

static bool read_program(struct program *p, const char *path)
{
    FILE *f = fopen(path, "r");
    char line[256];
    bool ok = f;

    memset(p, 0, sizeof *p);
    p->hot = 1;
    p->fscr = UINT64_MAX;
    while (ok && fgets(line, sizeof line, f))
        ok = read_line(p, line);
    if (f)
        fclose(f);
    return ok && p->model && p->n;
}

/* ---- many of them ---- */

struct options {
    const char *model;
    uint64_t count, seed;
    unsigned seconds, hot, faults;
    bool show;
    char **replay;
};

static struct pair *pair_of(struct pair pairs[3], const struct program *p)
{
    struct pair *pair = &pairs[!strcmp(p->model, "POWER9") ? 1 : !strcmp(p->model, "POWER10") ? 2 : 0];
    struct error err = { 0 };

    if (pair->interpreter.c)
        return pair;
    if (!make_side(&pair->interpreter, p->model, false, &err) || !make_side(&pair->translator, p->model, true, &err)) {
        fprintf(stderr, "random-programs: %s\n", err.cause);
        exit(2);
    }
    return pair;
}

static int replay(struct pair pairs[3], char **files)
{
    static struct program p;
    unsigned n = 0, bad = 0;

    for (; *files; files++, n++) {
        const char *what = "";
        unsigned stop = 0;
        enum verdict verdict;

        if (!read_program(&p, *files)) {
            fprintf(stderr, "random-programs: %s: cannot be read\n", *files);
            return 2;
        }
        verdict = try_program(pair_of(pairs, &p), &p, &what, &stop);
        if (verdict == SAME)
            continue;
        bad++;
        printf("%s: %s at stop %u\n", *files, verdict == TOO_LONG ? "too long" : what, stop + 1);
        if (verdict == DIFFERS)
            report(pair_of(pairs, &p), &p);
    }
    printf("%u passed, %u failed\n", n - bad, bad);
    return bad != 0;
}

static int search(struct pair pairs[3], const struct options *o)
{
    static struct program p;
    uint64_t done = 0, too_long = 0, stops = 0, bad = 0;
    time_t until = time(NULL) + o->seconds;

    while (done < o->count && bad < o->faults && !(o->seconds && time(NULL) >= until)) {
        const char *what;
        unsigned stop;
        struct pair *pair;
        uint64_t seed = o->seed + done++;

        program_generate(&p, seed * UINT64_C(0x2545f4914f6cdd1d));
        if (o->model && strcmp(o->model, p.model))
            continue;
        if (o->hot)
            p.hot = o->hot;
        if (o->show)
            show_program(&p);
        pair = pair_of(pairs, &p);
        switch (try_program(pair, &p, &what, &stop)) {
        case TOO_LONG:
            too_long++;
            break;
        case DIFFERS:
            bad++;
            printf("# seed %llu: %s\n", LLX(seed), what);
            report(pair, &p);
            break;
        default:
            stops += pair->interpreter.n_stops;
        }
    }
    printf("random-programs: seed %llu: %llu programs, %llu interrupts, %llu too long, %llu differ\n", LLX(o->seed),
           LLX(done), LLX(stops), LLX(too_long), LLX(bad));
    return bad != 0;
}

static bool parse(int argc, char **argv, struct options *o)
{
    *o = (struct options){ .count = UINT64_MAX, .seed = 1, .faults = 5 };
    for (int k = 1; k < argc; k++) {
        const char *value = k + 1 < argc ? argv[k + 1] : NULL;

        if (!strcmp(argv[k], "--show")) {
            o->show = true;
            continue;
        }
        if (!strcmp(argv[k], "--replay"))
            return o->replay = argv + k + 1, true;
        if (!value)
            return false;
        if (!strcmp(argv[k], "--count"))
            o->count = strtoull(value, NULL, 0);
        else if (!strcmp(argv[k], "--seconds"))
            o->seconds = (unsigned)atoi(value);
        else if (!strcmp(argv[k], "--seed"))
            o->seed = strtoull(value, NULL, 0);
        else if (!strcmp(argv[k], "--model"))
            o->model = value;
        else if (!strcmp(argv[k], "--hot"))
            o->hot = (unsigned)atoi(value);
        else if (!strcmp(argv[k], "--faults"))
            o->faults = (unsigned)atoi(value);
        else
            return false;
        k++;
    }
    return o->count != UINT64_MAX || o->seconds;
}

int main(int argc, char **argv)
{
    static struct pair pairs[3];
    struct itimerval tick = { { 0, 100000 }, { 0, 100000 } };
    struct options o;
    int status;

    if (!parse(argc, argv, &o)) {
        fprintf(stderr, "usage: random-programs [--count N | --seconds N] [--seed N] [--model NAME] [--hot N] "
                        "[--faults N] [--show] [--replay FILE...]\n");
        return 2;
    }
    signal(SIGVTALRM, watch);
    setitimer(ITIMER_VIRTUAL, &tick, NULL);
    status = o.replay ? replay(pairs, o.replay) : search(pairs, &o);
    for (unsigned k = 0; k < 3; k++)
        if (pairs[k].interpreter.c) {
            free_side(&pairs[k].interpreter);
            free_side(&pairs[k].translator);
        }
    return status;
}
