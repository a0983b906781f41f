/* What the files of the x86-64 backend share.
 *
 * Registers: rbp is the processor (struct cpu, plus CPU_BIAS), rsp the frame that `enter` made, with room to spill; rax, rcx,
 * rdx are scratch within one operation, xmm14 and xmm15 too. Eight registers are homes of guest registers
 * from region to region, the rest hold values within a region. A home whose slot has been put serves as one
 * of those. */
#ifndef CPU_PPC64_JIT_X86_64_BACKEND_INTERNAL_H
#define CPU_PPC64_JIT_X86_64_BACKEND_INTERNAL_H

#include "cpu-ppc64/jit/jit-internal.h"
#include "cpu-ppc64/jit/x86-64/asm.h"

enum {
    GPR_SPILLS = 32,
    XMM_SPILLS = 64,
    XMM_SPILL_OFFSET = 8 * GPR_SPILLS,
    CACHES = 12,                                         /* of struct page_cache */
    CACHE_OFFSET = XMM_SPILL_OFFSET + 16 * XMM_SPILLS,
    CACHE_SIZE = 32,
    FRAME_SIZE = CACHE_OFFSET + CACHE_SIZE * CACHES + 8, /* with six pushes and the return address: aligned */
    XMM_SCRATCH = 14,                                    /* and 15 */
    XMM_VALUES = 14,
    NO_SPILL = 0xff,
};

_Static_assert((int)XMM_SPILL_OFFSET == (int)BACKEND_XMM_SPILLS && (int)RAX == (int)BACKEND_ADDRESS &&
                   (int)NO_REG == (int)BACKEND_NO_REG,
               "what the slow way knows of the frame");

/* In the frame, for a steady access of a loop: where it was in the last round. Of the address, `page` is taken; what is
 * left must be less than `limit`; then `addend` leads to the host's. `host`: page plus addend. A limit of 0: nothing is known. Entries of the TLB
 * that have been found stay good while the loop runs, since nobody takes any away but by cpu.attention. */
enum { PAGE_CACHE_PAGE = 0, PAGE_CACHE_LIMIT = 8, PAGE_CACHE_ADDEND = 16, PAGE_CACHE_HOST = 24, NO_CACHE = 0xff };

/* What may be missing on an x86-64-v2 host. */
struct host_features {
    bool bmi1, bmi2, movbe, lzcnt, avx, avx2, fma, aes, pclmul;
};

_Static_assert(XMM_SPILLS == 64, "a bit of free_xmm_spills each");

enum stub_kind { STUB_EXIT, STUB_SLOW, STUB_LOOKUP, STUB_HOT, STUB_CACHE, STUB_GUARD };

/* Code that is not run in the common case, emitted behind the region. */
struct stub {
    uint8_t kind;
    uint8_t *from, *from2;  /* jumps to be patched to it; from2 may be NULL */
    uint8_t *resume;        /* STUB_SLOW: where it goes on */
    uint16_t exit;          /* STUB_EXIT */
    uint32_t first_entry;   /* its state, in backend.entries */
    uint16_t n_entries;
    struct place target;    /* of IR_EXIT_INDIRECT */
    const struct site *site;
    /* STUB_LOOKUP: the access whose guard has failed, its base's register, the register that is loaded or stored, and its
     * STUB_SLOW. STUB_CACHE: the same of an access that has left its page. STUB_GUARD: the same of a guard, base: its
     * root, reg: its result. */
    uint16_t insn, slow;
    /* STUB_LOOKUP, its STUB_SLOW, STUB_GUARD, where the code goes on with what takes the guard for good: the STUB_LOOKUP
     * with which a failed one goes on. 0: there is none, at `resume`. */
    uint16_t if_bad;
    uint8_t base, reg;
};

/* 16 bytes behind the region's code, and the displacements that lead there: the end of the instruction is `tail`
 * bytes behind them. */
struct literal {
    uint64_t low, high;
};
struct literal_use {
    uint8_t *at;
    uint16_t literal;
    uint8_t tail;
};

/* For jit_link(), when the region has become what it is. */
struct pending_link {
    struct jit_page *to;
    struct link link;
};

enum { MAX_LINKS = 250, MAX_STUBS = 900, MAX_ENTRIES = 40000, MAX_CONSTANTS = 4000, MAX_LITERALS = 300, MAX_LITERAL_USES = 4000 };

struct backend {
    struct x86_asm a;
    struct host_features host;
    struct jit *jit;
    struct ir *ir;
    const struct jit_page *page;
    unsigned now;                   /* index of the operation being compiled */
    uint8_t reg_of[IR_MAX + 1];     /* general or xmm register by the value's type, NO_REG */
    uint8_t spill_of[IR_MAX + 1];   /* NO_SPILL */
    ir_value in_gpr[X86_REGS], in_xmm[X86_REGS];
    uint32_t pinned_gpr, pinned_xmm; /* not to be given up within this operation */
    uint32_t free_spills;
    uint64_t free_xmm_spills;
    ir_value home_value[SLOTS];     /* the get that stands for a home's content at the region's start or last call */
    uint8_t *body;                  /* where IR_EXIT_LOOP goes */
    uint8_t *head;                  /* of a loop: leaves as a round begins */
    uint8_t loop_reg[SLOTS];        /* of a loop: where carried slots are when a round begins, NO_REG */
    struct loop_entry *loop_entry;  /* of a region that may yet become one, NULL */
    struct stub stubs[MAX_STUBS];
    unsigned n_stubs;
    struct pending_link links[MAX_LINKS];
    unsigned n_links;
    struct state_entry entries[MAX_ENTRIES];
    unsigned n_entries;
    uint64_t constants[MAX_CONSTANTS];
    unsigned n_constants;
    const struct site *last_site; /* NULL: the region's first is yet to come */
    struct literal literals[MAX_LITERALS];
    unsigned n_literals;
    struct literal_use literal_uses[MAX_LITERAL_USES];
    unsigned n_literal_uses;
    unsigned pending_lookup;        /* index of the STUB_LOOKUP that waits for its STUB_SLOW, plus 1; 0: none */
    uint8_t guard_base, guard_host; /* between emit_operands() and emit_host_address() */
    struct x86_mem host_mem, addend_mem; /* from emit_host_address(): what is accessed, and what led there (not with a guard) */
    uint8_t cache_of[IR_MAX + 1];   /* of loops: page cache of an access or guard, NO_CACHE */
    /* The flags say of this value whether it is 0, and its sign too if `flags_sign`, while nothing is emitted. */
    const uint8_t *flags_at;
    ir_value flags_of;
    bool flags_sign;
    /* This guard has not failed, while nothing is emitted: what would go on here with one that has is in these stubs,
     * indices plus 1. */
    const uint8_t *guard_good_at;
    ir_value guard_good;
    uint16_t guard_bad[2];
    bool failed;
    bool marking; /* the places are wanted */
    struct code_mark marks[MOST_INSNS + 2];
    unsigned n_marks;
};

/* rbp is so far into struct cpu that short distances reach what is used most: the general registers from 7 on, LR, CTR,
 * CR, XER. */
enum { CPU_BIAS = 0xb8 };

static inline struct x86_mem cpu_mem(size_t offset)
{
    return mem_at(RBP, (int32_t)offset - CPU_BIAS);
}

static inline struct x86_mem slot_mem(unsigned slot)
{
    return cpu_mem(slot_offset(slot));
}


/* ---- registers.c ---- */

/* A register with the value, which stays there until the operation's end. Constants go to `scratch`. */
unsigned use_gpr(struct backend *b, ir_value v, unsigned scratch);
unsigned use_xmm(struct backend *b, ir_value v);
/* Lets go of the operands that nobody needs after this operation: before the result's register is chosen. */
void release_operands(struct backend *b);
/* A register for the value of this operation. */
unsigned def_gpr(struct backend *b);
unsigned def_xmm(struct backend *b);
/* Where the value is, without moving it. */
struct place place_of(struct backend *b, ir_value v);
/* The state at this operation: entries for all that is not in its home. */
void capture_state(struct backend *b, unsigned snapshot, uint32_t *first, uint16_t *count);
/* Of n numbers, of which the region keeps a copy. */
struct place constant_place(struct backend *b, enum place_kind kind, const uint64_t *v, unsigned n);
/* The value of an IR_GET is in its slot's home. */
void bind_get(struct backend *b, const struct ir_insn *i);
void forget_registers(struct backend *b);
void start_operation(struct backend *b);
void load_place(struct backend *b, unsigned to, struct place p);

/* ---- exits.c ---- */

struct stub *new_stub(struct backend *b, enum stub_kind kind);
/* The end of a stub of memory.c, back to the region's code. */
void emit_resume(struct backend *b, const struct stub *s);
void emit_stubs(struct backend *b);
/* The end of a region: the state to its homes, and the jump. */
void emit_exit(struct backend *b, const struct ir_exit *e, uint32_t first, uint16_t count, struct place target);
/* A value to its slot in struct cpu, by way of rcx. */
void store_entry(struct backend *b, const struct state_entry *e);
/* Tells the verifier how far the region has come. */
void note_executed(struct backend *b, unsigned n);
void emit_call(struct backend *b, const struct ir_insn *i);
void emit_jump_to(struct backend *b, const uint8_t *thunk);
/* Moves between registers, all at once: register n gets what from_of[n] held, NO_REG: it may hold anything after. What
 * waits for no other goes first, rings are turned by xchg. from_of is used up. */
void move_registers(struct x86_asm *a, uint8_t from_of[X86_REGS]);

/* ---- loop.c ---- */

/* What stands before the rounds of a loop; then the operations from ir.body on follow. */
void emit_loop_entry(struct backend *b);
void emit_round_end(struct backend *b, const struct ir_exit *e);
/* In the first translation: at the end of a round, with everything in its home. */
void emit_round_count(struct backend *b);
void emit_hot_stub(struct backend *b);

/* ---- memory.c ---- */

void emit_load(struct backend *b, struct ir_insn *i);
void emit_store(struct backend *b, struct ir_insn *i);
void emit_larx(struct backend *b, struct ir_insn *i);
void emit_stcx(struct backend *b, struct ir_insn *i);
void emit_dcbz(struct backend *b, struct ir_insn *i);
/* rax := effective address */
void emit_address(struct backend *b, const struct ir_insn *i);
/* rcx := the TLB entry for the effective address in rax. Then all of it: rax: effective address -> host address. Returns the jump for what must go the slow way (address still in rax). */
void emit_tlb_entry(struct backend *b);
uint8_t *emit_lookup(struct backend *b, unsigned size, size_t tag);
/* The same two steps for an access that may have a guard: between them, no scratch register is to be used. The
 * second returns NULL if there is a guard; slow_stub() knows what is to be done. */
void emit_operands(struct backend *b, const struct ir_insn *i);
uint8_t *emit_host_address(struct backend *b, const struct ir_insn *i, size_t tag);
void emit_guard(struct backend *b, struct ir_insn *i);
/* The access of the present operation, at host_mem. reg: what is loaded or stored, NO_REG: the constant. */
void emit_access(struct backend *b, const struct ir_insn *i, unsigned reg);
void emit_lookup_stub(struct backend *b, struct stub *s);
void emit_cache_stub(struct backend *b, struct stub *s);
void emit_guard_stub(struct backend *b, struct stub *s);
struct site *make_site(struct backend *b, const struct ir_insn *i, uint8_t target);
/* The stub for the slow way, which goes on here. */
void slow_stub(struct backend *b, uint8_t *from, uint8_t *from2, const struct site *site);

/* ---- vector-memory.c ---- */

void emit_vector_load(struct backend *b, struct ir_insn *i);
void emit_vector_store(struct backend *b, struct ir_insn *i);
void emit_vector_access(struct backend *b, const struct ir_insn *i, unsigned reg, struct x86_mem m);

/* ---- literals: literal.c ---- */

/* Of a memory operand whose instruction is then finished by use_literal(), with the number of bytes that follow the
 * displacement. */
static inline struct x86_mem literal_mem(void)
{
    return (struct x86_mem){ NO_REG, NO_REG, 1, 0 };
}
void use_literal(struct backend *b, uint64_t high, uint64_t low, unsigned tail);
void load_literal(struct backend *b, unsigned xmm, uint64_t high, uint64_t low);
void emit_literals(struct backend *b);

/* ---- vector.c, vector-memory.c ---- */

/* op to, first, second; to := op(first, second) with or without VEX. xmm15 may change. */
void emit_vector(struct backend *b, unsigned op, unsigned to, unsigned first, unsigned second);
void emit_v(struct backend *b, struct ir_insn *i);

/* ---- relations: compare.c ---- */

/* Emits what sets the flags for relation v and returns the condition code that holds where `condition` does. May
 * need two: *also_jp then says that unordered must be seen apart. */
enum x86_cc emit_relation(struct backend *b, ir_value v, unsigned condition);
/* Evaluates entry e into its slot's home in struct cpu. Scratch registers only. */
void emit_sunk(struct backend *b, const struct state_entry *e);
void emit_nibble(struct backend *b, ir_value relation, unsigned to);

/* ---- floating point: float.c ---- */

/* False if it is no such operation. */
bool emit_float(struct backend *b, struct ir_insn *i);
/* The way out of an operation that leaves its instruction to the interpreter; its state is that before it. */
struct stub *exit_stub(struct backend *b, const struct ir_insn *i);
void leave_if(struct backend *b, struct stub **s, enum x86_cc cc);

/* ---- vector-float.c ---- */

void emit_vfp(struct backend *b, struct ir_insn *i);

#endif
