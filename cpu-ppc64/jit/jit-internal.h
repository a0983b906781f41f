/* What the parts of the translator share; see jit.h. */
#ifndef CPU_PPC64_JIT_JIT_INTERNAL_H
#define CPU_PPC64_JIT_JIT_INTERNAL_H

#include <pthread.h>
#include <stdio.h>

#include "cpu-ppc64/isa/isa.h"
#include "cpu-ppc64/jit/ir.h"
#include "cpu-ppc64/jit/jit.h"

enum { PAGE_ENTRIES = MEM_PAGE_SIZE / 4, GENERATIONS = 8 };

/* A 4 KiB page of guest code in one byte order. */
struct jit_page {
    gpa_t gpa;
    bool le;
    uint64_t generation;    /* the newest that has code of the page */
    _Atomic uint32_t state; /* RAM page's state word when translation of it began; 0: stale */
    const void **table;     /* host code for each word; what is not translated leads to the run loop */
    struct link *links;     /* that lead into it: links.c */
    uint8_t heat[PAGE_ENTRIES];
};

/* A direct jump to a word of a page: its distance is at `at` in the writable mapping. Metadata of its code. */
struct link {
    struct link *next;
    uint8_t *at;
    uint16_t word;
};

/* Where translated code looks for the target of a jump to another page. */
struct fetch_entry {
    uint64_t ea_page; /* all ones: empty */
    const void **table;
};
enum { FETCH_ENTRIES = 1024 };
/* The pages of one way of addressing: MSR[IR], MSR[PR] and byte order; in problem state, of a process. */
struct fetch_space {
    uint64_t key;       /* PIDR in problem state with relocation, else 0, with guest_tag() << 3 | the mode */
    bool is_used;       /* since it was last cleared */
    bool has_process;   /* a space that is no process's has pages of PIDR's */
    bool has_process_0; /* one that is a process's has pages of quadrant 3 */
    struct fetch_entry entries[FETCH_ENTRIES];
    struct jit_page *pages[FETCH_ENTRIES]; /* whose tables they have */
};
/* Those of modes without a process, by mode; then the processes', and all of guests. */
enum { FETCH_MODES = 8, FETCH_SPACES = FETCH_MODES + 12 };

/* Where a value of a snapshot is when an operation may fault. */
enum place_kind { PLACE_NONE, PLACE_GPR, PLACE_XMM, PLACE_SPILL, PLACE_XMM_SPILL, PLACE_CONST, PLACE_SLOT,
                  PLACE_XMM_CONST };
struct place {
    uint32_t kind : 4;
    uint32_t n : 28; /* register, spill index, slot; constants: index into the region's, two for a vector */
};

struct state_entry {
    uint8_t slot;
    uint8_t op; /* 0: the value at a; else the operation to evaluate */
    struct place a, b, c;
};

/* The same as sites keep it, of which there are many: a word, and one more with b and c if there is an op. */
static inline uint32_t place_pack(struct place p)
{
    return (uint32_t)p.kind << 12 | p.n;
}
static inline struct place place_unpack(uint32_t word)
{
    return (struct place){ word >> 12 & 15, word & 0xfff };
}
static inline unsigned state_entry_pack(const struct state_entry *e, uint32_t *words)
{
    words[0] = (uint32_t)e->slot << 24 | (uint32_t)e->op << 16 | place_pack(e->a);
    if (e->op)
        words[1] = place_pack(e->b) << 16 | place_pack(e->c);
    return e->op ? 2 : 1;
}
static inline unsigned state_entry_unpack(struct state_entry *e, const uint32_t *words)
{
    *e = (struct state_entry){ .slot = (uint8_t)(words[0] >> 24), .op = (uint8_t)(words[0] >> 16),
                               .a = place_unpack(words[0]) };
    if (!e->op)
        return 1;
    e->b = place_unpack(words[1] >> 16);
    e->c = place_unpack(words[1]);
    return 2;
}

/* An operation of translated code that can fault or leave the fast way. */
struct site {
    const uint32_t *state; /* state_entry_pack() */
    const uint64_t *constants;
    uint16_t n_words, n_constants; /* of these */
    uint16_t offset;            /* of the guest instruction in its page */
    uint16_t executed;          /* guest instructions of the region, with this one */
    uint8_t op, target;         /* IR_LOAD ...; register of the value loaded or stored */
    struct ir_access access;
    insn_t insn;
};

/* Registers as the slow way finds and leaves them. */
struct frame {
    uint64_t xmm[16][2];
    uint64_t gpr[16];
};

/* Where the emitted thunks are; addresses in the executable mapping. */
struct thunks {
    const uint8_t *enter;          /* uint64_t (*)(struct cpu *, const void *code) */
    const uint8_t *leave_offset;   /* to the run loop: the next instruction is at page + eax */
    const uint8_t *leave_ea;       /* ... is at rax */
    const uint8_t *leave_interpret;/* at page + eax, which is to be interpreted */
    const uint8_t *leave_done;     /* nia is set, homes are in struct cpu: goes on there if it can */
    const uint8_t *slow;           /* access at rax by site rcx */
    const uint8_t *lookup_load, *lookup_store; /* a stub's look into the TLB */
};

/* Where the host code of a guest instruction begins, in the writable mapping. */
struct code_mark {
    const uint8_t *at;
    unsigned offset; /* of the guest instruction in its page, MARK_STUBS: what is emitted behind all of them */
};
enum { MARK_STUBS = MEM_PAGE_SIZE };

/* A loop as it was first translated, whose rounds end at the places `at` (in the writable mapping). They count; when
 * the loop is found hot and translated as one (jit_compile_loop()), they jump there instead. */
enum { LOOP_PLACES = 8 };
struct loop_entry {
    struct jit_page *page;
    uint16_t offset;
    uint16_t n;
    uint32_t rounds; /* until it is hot */
    uint8_t *at[LOOP_PLACES];
    const uint8_t *on; /* where the first translation goes on after one */
};

/* What `enter` returns. */
enum leave { LEAVE_LOOKUP, LEAVE_INTERPRET };

struct jit_stats {
    uint64_t regions, loops, guest_insns, host_bytes, ir_ops, enters, slow, interpreted, far_misses, calls_compiled;
    uint64_t flushes, evictions, verified, mismatches;
};

struct jit {
    struct cpu *cpu;
    /* The code buffer, mapped twice: where it runs, and where it is written. */
    uint8_t *rx, *rw;
    size_t code_size, code_start, code_prepared;
    size_t code_used, code_end; /* within the present generation's part */
    size_t generation_size;
    uint64_t generation; /* counted from 0 */
    const void **tables; /* PAGE_ENTRIES each, behind the code */
    struct jit_page **page_of_table;
    unsigned n_tables, max_tables, next_table;
    pthread_mutex_t
        pages_lock; /* other processors' stores look at the pages: held to change the array */
    struct jit_page **pages; /* by RAM page, two each (byte order) */
    size_t n_pages;
    struct thunks thunks;
    struct fetch_space fetch[FETCH_SPACES];
    unsigned fetch_recent, fetch_next; /* of the processes': the last one, that to be given up next */
    struct arena_block *metadata[GENERATIONS]; /* sites and their entries */
    size_t metadata_size;
    struct ir ir;
    struct backend *backend;
    unsigned hot; /* visits of the interpreter before a region is translated */
    unsigned hot_loop; /* rounds of a loop before it is translated as one */
    struct jit_stats stats;
    FILE *perf_map;          /* NULL: none */
    struct verifier *verifier; /* NULL: regions are not compared */
    struct mem_code_listener listener;
    uint64_t *calls; /* by instruction: calls of its operation by translated code (-d stats), NULL: not counted */
};

/* code.c */
bool jit_code_new(struct jit *jit, uint64_t size, struct error *err);
void jit_code_free(struct jit *jit);
/* The part of the buffer that is written next gets huge pages, if the host has any: before each region. */
void jit_code_prepare(struct jit *jit);
/* Drops all translations. Not while translated code runs. */
void jit_code_reset(struct jit *jit);
/* True while the present generation has room for a region, as most are. If not: the next one, for which the oldest is
 * dropped, with pages that have no newer code. Not while translated code runs. */
bool jit_code_has_room(const struct jit *jit);
void jit_code_advance(struct jit *jit);
/* Bytes of code that are there. */
size_t jit_code_held(const struct jit *jit);
/* The present generation has no code that anybody will use. */
void jit_code_take_back(struct jit *jit);
/* The page has code of the present generation, or is named by such code: it stays as long as that. */
void jit_page_keep(struct jit *jit, struct jit_page *page);
/* The page of RAM at gpa, made if need be; NULL when there is no memory. */
struct jit_page *jit_page_get(struct jit *jit, gpa_t gpa, bool le);
/* Enters a region into its page's table, unless the page has changed since jit_page_get(). */
void jit_publish(struct jit *jit, struct jit_page *page, unsigned word, const void *code);
/* Memory that lives as long as the present generation. NULL when there is none. */
void *jit_metadata(struct jit *jit, size_t size);

/* links.c */
/* What has been emitted for good leads into the page from now on. */
void jit_link(struct jit *jit, struct jit_page *to, const struct link *link);
/* A region is there. */
void jit_links_set(struct jit *jit, struct jit_page *page, unsigned word, const void *code);
/* Nothing leads into the page. With pages_lock. */
void jit_links_clear(struct jit *jit, const struct jit_page *page);
/* Before the code in [from, to) goes, and what its entries are. */
void jit_links_evict(struct jit *jit, struct jit_page *page, const uint8_t *from, const uint8_t *to);

/* fetch.c */
/* The page at this address, if it is known; where the processor is changes nothing. NULL: none. */
struct jit_page *jit_fetch_peek(struct jit *jit, ea_t ea);
void jit_fetch_init(struct jit *jit);
/* That of the present MSR and PIDR. */
struct fetch_space *jit_fetch_space(struct jit *jit);
/* The page at nia, if it is known and good: the processor is in it now. NULL: to be translated. */
struct jit_page *jit_fetch_find(struct jit *jit);
/* It is this one. */
void jit_fetch_enter(struct jit *jit, struct jit_page *page);

/* translate.c: fills jit->ir with the region that begins at this offset of the page, of so many instructions at most;
 * returns how many. As a loop with this plan, NULL: not so. */
enum { MOST_INSNS = 120 };
unsigned jit_translate(struct jit *jit, const struct jit_page *page, unsigned offset, unsigned most,
                       const struct ir_loop *loop);
/* The same, to host code. NULL when something is full. */
const void *jit_compile(struct jit *jit, const struct jit_page *page, unsigned offset, unsigned *n);

/* The same as a loop, with what its rounds keep in registers. To be entered at the end of a round. NULL: it is none,
 * or something is full. */
const void *jit_compile_loop(struct jit *jit, struct loop_entry *loop);

/* backend (x86-64/): compiles jit->ir; `loop` if it is one, else NULL. The code, or NULL when the buffer or metadata is full. */
struct backend *backend_new(struct error *err);
void backend_free(struct backend *b);
bool backend_has_fma(const struct backend *b);
/* Writes the thunks at the start of the code buffer. */
void backend_thunks(struct jit *jit);
const void *backend_compile(struct jit *jit, const struct jit_page *page, struct loop_entry *loop);
/* Lets the rounds of the loop end in a jump to this code. */
void backend_link_loop(struct jit *jit, const struct loop_entry *loop, const void *code);
/* Which vector operations it has: enum ir_vector_features. */
uint8_t backend_vector_features(const struct backend *b);
/* Where translated code keeps what the slow way needs: the address's register, the place of vectors among the
 * spills; and the number that says that a value is in no register. */
enum { BACKEND_ADDRESS = 0, BACKEND_XMM_SPILLS = 256, BACKEND_NO_REG = 0xff };
/* The host register that is a slot's home, BACKEND_NO_REG. */
unsigned backend_home_of(unsigned slot);
/* The slots that live in host registers between regions. */
extern const uint8_t backend_home_slots[];
extern const unsigned backend_n_homes;

/* dump.c: a region's host code to the log, which ends at `end`; and its name to the file that perf reads. */
void jit_dump_code(const struct jit *jit, const struct jit_page *page, const struct code_mark *marks, unsigned n,
                   const uint8_t *end);
void jit_note_for_perf(const struct jit *jit, unsigned offset, const void *code, size_t size);

/* verify.c */
struct verifier *verifier_new(struct jit *jit, struct error *err);
void verifier_free(struct verifier *v);
/* Executes the region at nia, of this page, both ways. */
void verifier_run(struct jit *jit, struct cpu *c, struct jit_page *page, unsigned word);

/* run.c */
uint64_t jit_enter(struct jit *jit, struct cpu *c, const void *code);
/* Called by translated code where an operation has changed nia, and perhaps all else: the code to go on with; NULL: the
 * run loop has to look. */
const void *jit_next(struct cpu *c);

/* slow.c: called by translated code. */
bool jit_slow_access(struct cpu *c, struct frame *f, const struct site *site);
bool jit_slow_vector(struct cpu *c, struct frame *f, const struct site *site, ea_t ea);

#endif
