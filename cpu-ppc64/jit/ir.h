/* The intermediate representation: a region of guest code as a list of operations on values.
 *
 * A region has one entry and runs straight on; it is left by exits, conditional or at its end, and may
 * jump back to its own start. Each operation yields at most one value, which is named by its index and
 * never changes. Guest registers are slots: a get reads a slot's home (a host register or struct cpu), and
 * what has been put into a slot since the region's start is a pair (slot, value) of the snapshots that
 * exits and operations that may fault carry. Nothing is stored "just in case".
 *
 *   guest words -> translate.c, front-*.c -> IR -> ir_finish() -> x86-64/backend.c -> host code
 *
 * Comparisons yield no number but a relation, which branches, selections and snapshots evaluate where they
 * need it. */
#ifndef CPU_PPC64_JIT_IR_H
#define CPU_PPC64_JIT_IR_H

#include "cpu-ppc64/jit/ir-vector.h"
#include "cpu-ppc64/jit/slot.h"

typedef uint16_t ir_value; /* 0: none */

enum ir_type { IR_NONE, IR_I64, IR_REL, IR_F64, IR_V128 };

/* name, result type, number of operand values, flags: E has an effect (is never dropped), S can be evaluated at an exit */
#define IR_OPS(X)                                                                                \
    X(NOP, NONE, 0, 0)                                                                           \
    X(CONST, I64, 0, 0)      /* imm */                                                           \
    X(GET, I64, 0, 0)        /* slot */                                                          \
    X(GETF, F64, 0, 0)       /* slot */                                                          \
    X(GETV, V128, 0, 0)      /* slot */                                                          \
    X(PAGE_EA, I64, 0, 0)    /* effective address of the region's page, plus imm */              \
    X(ADD, I64, 2, 0)                                                                            \
    X(SUB, I64, 2, 0)                                                                            \
    X(AND, I64, 2, 0)                                                                            \
    X(OR, I64, 2, 0)                                                                             \
    X(XOR, I64, 2, 0)                                                                            \
    X(ANDC, I64, 2, 0)       /* a & ~b */                                                        \
    X(NOT, I64, 1, 0)                                                                            \
    X(NEG, I64, 1, 0)                                                                            \
    X(COPY, I64, 1, 0)                                                                           \
    X(MUL, I64, 2, 0)                                                                            \
    X(MULH_S, I64, 2, 0)                                                                         \
    X(MULH_U, I64, 2, 0)                                                                         \
    X(DIV, I64, 2, 0)        /* imm: IR_DIV_ flags; 0 where there is no quotient */              \
    X(SHL, I64, 1, 0)        /* by imm */                                                        \
    X(SHR, I64, 1, 0)                                                                            \
    X(SAR, I64, 1, 0)                                                                            \
    X(ROTL, I64, 1, 0)                                                                           \
    X(ROTL32, I64, 1, 0)     /* the low word, result zero-extended */                            \
    X(SHR32, I64, 1, 0)      /* the low word, zero-extended */                                   \
    X(SHL_V, I64, 2, 0)      /* by b modulo 128: 0 from 64 on */                                 \
    X(SHR_V, I64, 2, 0)                                                                          \
    X(SAR_V, I64, 2, 0)      /* by b modulo 128: sign from 64 on */                              \
    X(SHL32_V, I64, 2, 0)    /* by b modulo 64: 0 from 32 on; low word zero-extended */          \
    X(SHR32_V, I64, 2, 0)                                                                        \
    X(ROTL_V, I64, 2, 0)                                                                         \
    X(ROTL32_V, I64, 2, 0)                                                                       \
    X(SEXT8, I64, 1, 0)                                                                          \
    X(SEXT16, I64, 1, 0)                                                                         \
    X(SEXT32, I64, 1, 0)                                                                         \
    X(ZEXT32, I64, 1, 0)                                                                         \
    X(CLZ64, I64, 1, 0)                                                                          \
    X(CLZ32, I64, 1, 0)                                                                          \
    X(CTZ64, I64, 1, 0)                                                                          \
    X(CTZ32, I64, 1, 0)                                                                          \
    X(POPCNT64, I64, 1, 0)                                                                       \
    X(BSWAP64, I64, 1, 0)                                                                        \
    X(LTU, I64, 2, SINK)     /* a < b unsigned: a carry */                                       \
    X(CARRY32, I64, 3, SINK) /* bit 32 of a ^ b ^ c: the carry out of the low word of a sum */   \
    X(CMP_S64, REL, 2, SINK)                                                                     \
    X(CMP_U64, REL, 2, SINK)                                                                     \
    X(CMP_S32, REL, 2, SINK)                                                                     \
    X(CMP_U32, REL, 2, SINK)                                                                     \
    X(CMP_F64, REL, 2, SINK)                                                                     \
    X(CMP_ALL, REL, 1, SINK) /* of a V_MASK: LT all bits, EQ none, never GT nor SO */            \
    X(CR_NIBBLE, I64, 1, 0)  /* a relation, or what a CR slot holds, as a number 0 to 15 */      \
    X(SET_IF, I64, 1, 0)     /* 1 if condition imm of relation a */                              \
    X(SELECT, I64, 3, 0)     /* condition imm of relation a ? b : c */                           \
    X(GUARD, I64, 1, 0)      /* guards.c: host address of a, if [imm, imm + extra) from it can be accessed; else 0 */ \
    X(LOAD, I64, 1, EFFECT)  /* at a + imm, or a + b; access */                                  \
    X(LOAD_X, I64, 2, EFFECT)                                                                    \
    X(STORE, NONE, 2, EFFECT)   /* at a + imm: b */                                              \
    X(STORE_X, NONE, 3, EFFECT) /* at a + b: c */                                                \
    X(LARX, I64, 2, EFFECT)     /* at a + b (b 0: at a), bytes as they lie; sets the reservation */ \
    X(STCX, I64, 3, EFFECT)     /* c at a + b, if reserved: what CR0 becomes */                  \
    X(DCBZ, NONE, 2, EFFECT)    /* the line at a + b */                                          \
    X(FLOAD, F64, 1, EFFECT)    /* access.size 8, or 4: single, made double */                   \
    X(FLOAD_X, F64, 2, EFFECT)                                                                   \
    X(FSTORE, NONE, 2, EFFECT)  /* size 8; 4: by the rule of store single */                     \
    X(FSTORE_X, NONE, 3, EFFECT)                                                                 \
    X(VLOAD, V128, 1, EFFECT)   /* a number of 16 bytes */                                         \
    X(VLOAD_X, V128, 2, EFFECT)                                                                  \
    X(VSTORE, NONE, 2, EFFECT)                                                                   \
    X(VSTORE_X, NONE, 3, EFFECT)                                                                 \
    X(FP, F64, 3, EFFECT)    /* arithmetic, enum ir_fp; exit: to the interpreter, a NaN result */ \
    X(FP_TO_I, F64, 1, EFFECT) /* to an integer's bits, enum ir_fp_to_i; exit: out of range */   \
    X(FP_ORDERED, NONE, 2, EFFECT) /* exit: one of them is a NaN */                              \
    X(VFP, V128, 3, EFFECT)  /* vector arithmetic, enum ir_vfp; exit: a NaN among the results, or the operands */ \
    X(FMOVE, F64, 3, 0)      /* copies and sign operations, enum ir_fmove */                     \
    X(F_FROM_I, F64, 1, 0)   /* the same bits */                                                 \
    X(I_FROM_F, I64, 1, 0)                                                                       \
    X(V, V128, 3, 0)         /* an operation of enum ir_vector */                                \
    X(V_MASK, I64, 1, 0)     /* the first bits of the bytes; byte 0's is the least significant */ \
    X(V_SATURATED, NONE, 1, EFFECT) /* VSCR[SAT] is set unless a is 0 */                         \
    X(V_FROM_F, V128, 1, 0)  /* doubleword 0, the other 0 */                                     \
    X(F_FROM_V, F64, 1, 0)   /* doubleword 0 */                                                  \
    X(V_FROM_I, V128, 2, 0)  /* doublewords 0 and 1 */                                           \
    X(I_FROM_V, I64, 1, 0)   /* doubleword imm */                                                \
    X(CALL, NONE, 0, EFFECT) /* the interpreter's operation for insn: all homes are read and written */ \
    X(STATE_GET, I64, 0, EFFECT)   /* access.size bytes of struct cpu at imm: not a slot */      \
    X(STATE_PUT, NONE, 1, EFFECT)                                                                \
    X(PRIVILEGED, NONE, 0, EFFECT) /* exit: in problem state */                                  \
    X(SET_EE_RI, NONE, 1, EFFECT)  /* those bits of the MSR; exit: enabled, and something is pending */ \
    X(FENCE, NONE, 0, EFFECT)                                                                    \
    X(EXIT_IF, NONE, 1, EFFECT) /* condition imm of relation a: leaves by exit */                \
    X(EXIT, NONE, 0, EFFECT)

enum ir_op {
#define X(name, type, n, flags) IR_##name,
    IR_OPS(X)
#undef X
        IR_OP_COUNT,
};

/* Conditions on a relation: a bit of the CR field, or its opposite. */
enum ir_condition {
    IR_IF_LT = CR_LT,
    IR_IF_GT = CR_GT,
    IR_IF_EQ = CR_EQ,
    IR_IF_SO = CR_SO,
    IR_IF_NOT = 16,
};

/* Of IR_FMOVE. */
enum ir_fmove {
    IR_FMOVE_COPY,
    IR_FMOVE_ABS,
    IR_FMOVE_NEG,
    IR_FMOVE_NABS,
    IR_FMOVE_SIGN,   /* a's magnitude with b's sign */
    IR_FMOVE_SELECT, /* a >= 0 ? b : c */
};
/* Of IR_FP. a * b + c in the fused ones. Results are rounded to single where access.size is 4. */
enum ir_fp {
    IR_FP_NONE,
    IR_FP_ADD,
    IR_FP_SUB,
    IR_FP_MUL,
    IR_FP_DIV,
    IR_FP_SQRT,
    IR_FP_MADD,
    IR_FP_MSUB,
    IR_FP_NMADD,
    IR_FP_NMSUB,
    IR_FP_ROUND,    /* to single */
    IR_FP_FROM_S64, /* the bits of a as a number */
    IR_FP_FROM_U64,
    IR_FP_TRUNC,    /* to an integral value */
    IR_FP_CEIL,
    IR_FP_FLOOR,
    IR_FP_SINGLE = 32, /* added in the note of an operation whose result is rounded to single */
};
/* Of IR_VFP: elements are doubles where access.size is 8, singles where it is 4. */
enum ir_vfp {
    IR_VFP_ADD,
    IR_VFP_SUB,
    IR_VFP_MUL,
    IR_VFP_DIV,
    IR_VFP_SQRT,
    IR_VFP_MADD, /* a * b + c */
    IR_VFP_MSUB,
    IR_VFP_NMADD,
    IR_VFP_NMSUB,
    IR_VFP_MAX, /* +0 is greater than -0 */
    IR_VFP_MIN,
    IR_VFP_EQ, /* all ones where it holds */
    IR_VFP_LT,
    IR_VFP_LE,
    IR_VFP_TRUNC,
    IR_VFP_CEIL,
    IR_VFP_FLOOR,
    IR_VFP_FROM_S32, /* doubles: of words 0 and 1 */
    IR_VFP_FROM_S64, /* doubles only */
    IR_VFP_TO_S32,   /* doubles: to words 0 and 1; exit: out of range */
    IR_VFP_WIDEN,    /* words 0 and 1, singles, to doubles */
    IR_VFP_NARROW,   /* doubles to singles in words 0 and 1, the others 0 */
};
/* Of IR_FP_TO_I: doubleword; word, sign-extended; word in both halves. */
enum ir_fp_to_i { IR_FP_TO_S64 = 1, IR_FP_TO_S32, IR_FP_TO_S32_TWICE };

/* What IR_GUARD checks for: sub. Steady, of guards and accesses: a loop's, which moves on by little or nothing from one
 * round to the next. */
enum { IR_GUARD_LOAD = 1, IR_GUARD_STORE = 2, IR_STEADY = 4 };

enum { IR_DIV_SIGNED = 1, IR_DIV_32 = 2, IR_DIV_REMAINDER = 4 };

/* How memory is accessed. */
struct ir_access {
    uint8_t size;     /* bytes */
    bool is_signed;   /* loads: the result is sign-extended */
    bool swapped;     /* the guest's bytes lie in the order that is not the host's */
    uint8_t element;  /* vectors: bytes of what the interpreter accesses at once */
};

enum ir_exit_kind {
    IR_EXIT_PAGE,     /* to the instruction at `offset` of the page, which is not before this one */
    IR_EXIT_PAGE_BACK,/* the same, before: interrupts are looked at */
    IR_EXIT_LOOP,     /* to the region's start */
    IR_EXIT_FAR,      /* to the page's address + offset, in another page */
    IR_EXIT_INDIRECT, /* to the value `target` */
    IR_EXIT_NIA,      /* to where cpu.nia says, which an interpreter's operation has set */
    IR_EXIT_LEAVE,    /* to the run loop, which goes on at offset */
    IR_EXIT_INTERPRET,/* to the run loop, which interprets the instruction at offset */
    IR_EXIT_SYNC,     /* as IR_EXIT_PAGE, or FAR where offset is in the next page; by what the table says now */
};

struct ir_exit {
    uint8_t kind;
    int32_t offset; /* from the start of the page */
    ir_value target;
    uint16_t snapshot;
    uint16_t executed; /* guest instructions since the region's start */
};

struct ir_insn {
    uint8_t op, type;
    uint8_t sub;        /* IR_FP, IR_FMOVE, IR_V: which one; conditions */
    uint8_t hint;       /* slot that it is put into, SLOTS: none */
    ir_value a, b, c;
    uint16_t extra;     /* snapshot of LOAD, STORE, FP, CALL; exit of EXIT, EXIT_IF; slot of GET */
    uint16_t offset;    /* of the guest instruction in its page */
    uint16_t executed;  /* guest instructions up to it */
    uint16_t last_use;  /* index of the last operation that needs the value (set by ir_finish) */
    uint16_t uses;      /* by operations that are kept; snapshots are not counted */
    struct ir_access access;
    int64_t imm;        /* also the guest's instruction for CALL and FP */
};

struct ir_snapshot_entry {
    uint8_t slot;
    ir_value value;
};

/* Entries [first, first + count) of the pool. */
struct ir_snapshot {
    uint32_t first;
    uint16_t count;
};

/* What a loop does with slots: loops.c. Carried ones are in registers when a round begins; `changes`: the processor's
 * state is behind. */
struct ir_carried {
    uint8_t slot;
    bool changes;
    bool is_single; /* a number of single precision, whenever a round begins: */
    bool is_guess;  /* if it is when the loop is entered */
};
struct ir_loop_operand {
    uint8_t slot; /* plus the number; SLOTS: the number */
    int64_t number;
};
struct ir_loop_relation {
    uint8_t slot, op; /* CR field, IR_CMP_... */
    struct ir_loop_operand a, b;
};
enum { IR_CARRIED = 24 };
struct ir_loop {
    struct ir_carried carried[IR_CARRIED];
    unsigned n_carried;
    struct ir_loop_relation relations[8];
    unsigned n_relations;
};

enum { IR_MAX = 4000, IR_SNAPSHOTS = 600, IR_SNAPSHOT_POOL = 24000, IR_EXITS = 200,
       IR_VECTOR_CONSTANTS = 250, IR_EARLY = 120 };

/* The value is written to the slot's home behind this operation; no snapshot has it (early.c). */
struct ir_early {
    uint16_t after;
    uint8_t slot;
    ir_value value;
};

/* The exit that leaves the first instruction to the interpreter; there before any other. */
enum { IR_EXIT_AT_START };

/* A region under construction; reused from one to the next. */
struct ir {
    struct ir_insn insn[IR_MAX + 1];
    unsigned n; /* the next index; 0 is not used */
    struct ir_snapshot snapshot[IR_SNAPSHOTS];
    unsigned n_snapshots;
    struct ir_snapshot_entry pool[IR_SNAPSHOT_POOL];
    unsigned n_pool;
    struct ir_exit exit[IR_EXITS];
    unsigned n_exits;

    uint64_t vector_constant[IR_VECTOR_CONSTANTS][2]; /* doublewords 1 and 0 of the book: as on the host */
    ir_value vector_constant_value[IR_VECTOR_CONSTANTS];
    unsigned n_vector_constants;

    struct ir_early early[IR_EARLY]; /* by `after` */
    unsigned n_early;

    const uint8_t *homes;    /* slots whose home is a host register, and how many */
    unsigned n_homes;
    ir_value current[SLOTS]; /* value of each slot now, 0: not read yet */
    uint64_t dirty[(SLOTS + 63) / 64];
    unsigned same_snapshot;  /* the newest one, if nothing was put since; 0: none */
    uint16_t offset;         /* of the guest instruction being translated */
    uint16_t start;          /* of the region's first */
    uint16_t executed;       /* guest instructions up to this one */
    int pair_end;            /* offset of the store conditional whose load is before it in this region; -1: none */
    bool is_privileged;      /* the region has made sure of it */
    const struct cpu *cpu;   /* whose code it is: models and modes */
    uint8_t needs;           /* facilities: JIT_NEEDS_ bits */
    bool has_fma;            /* the host does */
    bool le;
    uint8_t vector_features; /* enum ir_vector_features */
    unsigned level;          /* of the processor, enum isa_level */
    bool loops;              /* has an IR_EXIT_LOOP */
    const struct ir_loop *loop; /* NULL: what rounds leave goes to the slots' homes */
    unsigned body;           /* with it: the first operation that belongs to each round */
    bool full;
};

/* An empty region that begins at the word `start` of its page. `homes` are the slots that the backend keeps in host registers between regions. */
void ir_begin(struct ir *ir, const uint8_t *homes, unsigned n_homes, unsigned start);
/* Behind ir_begin(): the region is the loop of this plan, which lives as long as the region. */
void ir_begin_loop(struct ir *ir, const struct ir_loop *loop);
/* True while there is room for one more guest instruction. */
bool ir_has_room(const struct ir *ir);

/* Appends an operation and returns its value. */
ir_value ir_emit(struct ir *ir, enum ir_op op, ir_value a, ir_value b, ir_value c, int64_t imm);
/* The same with folding: constants, identities. For IR_CONST to IR_SET_IF. */
ir_value ir_const(struct ir *ir, uint64_t v);
ir_value ir_op2(struct ir *ir, enum ir_op op, ir_value a, ir_value b);
ir_value ir_op_imm(struct ir *ir, enum ir_op op, ir_value a, int64_t imm);
bool ir_is_const(const struct ir *ir, ir_value v, uint64_t *number);

/* IR_V operations. Equal constants are one value. */
ir_value ir_vector(struct ir *ir, enum ir_vector op, ir_value a, ir_value b, ir_value c, int64_t imm);
ir_value ir_vector_const(struct ir *ir, uint64_t high, uint64_t low);
bool ir_is_vector_const(const struct ir *ir, ir_value v, const uint64_t **low_high);

ir_value ir_get(struct ir *ir, unsigned slot);
void ir_put(struct ir *ir, unsigned slot, ir_value v);
/* What has been put so far. */
unsigned ir_snapshot(struct ir *ir);
/* All slots are in their homes and nothing is known of them: after IR_CALL. */
void ir_forget(struct ir *ir);

ir_value ir_exit_if(struct ir *ir, ir_value relation, unsigned condition, enum ir_exit_kind kind, int32_t offset,
                    ir_value target);
void ir_exit(struct ir *ir, enum ir_exit_kind kind, int32_t offset, ir_value target);

/* An operation that leaves the instruction to the interpreter when it cannot do it exactly. */
ir_value ir_emit_checked(struct ir *ir, enum ir_op op, ir_value a, ir_value b, ir_value c, unsigned sub);
bool ir_may_exit(unsigned op);
/* IR_SET_EE_RI, which leaves behind the instruction. */
void ir_emit_enable(struct ir *ir, ir_value msr);

/* guards.c, before ir_finish(). */
void ir_share_guards(struct ir *ir);
/* True for accesses that have an IR_NOP before them, for a guard, and take one as operand c. */
bool ir_can_share_guard(unsigned op);

/* Drops what nobody needs, and sets last_use. */
void ir_finish(struct ir *ir);
/* The latter, once more. */
void ir_find_last_uses(struct ir *ir);
/* early.c, behind ir_finish(). */
void ir_put_early(struct ir *ir);
/* True for operations with a snapshot of what must be in the slots if they leave or fail; which. */
bool ir_observes(unsigned op);
unsigned ir_snapshot_of(const struct ir *ir, const struct ir_insn *i);

/* One line an operation, to the log. */
void ir_dump(const struct ir *ir);

bool ir_has_effect(unsigned op);
/* True if the floating-point value is known to be a number of single precision. */
bool ir_is_single(const struct ir *ir, ir_value v);
/* Evaluated where it is used: yields no register by itself. */
bool ir_is_sunk(const struct ir *ir, ir_value v);
unsigned ir_operands(unsigned op);

#endif
