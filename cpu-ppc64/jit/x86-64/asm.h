/* The assembler: x86-64 instructions as inline functions that append bytes.
 *
 * Names are those of Intel's manual. Operands come as (destination, source). A memory operand is
 * `base register + displacement`, or `mem_index`. Sizes are a function's `size` argument in bytes
 * (4 clears the upper half of a 64-bit destination, as the processor does). Nothing is checked but
 * the buffer's end: past it bytes are dropped and `full` is set, so that a caller checks once. */
#ifndef CPU_PPC64_JIT_X86_64_ASM_H
#define CPU_PPC64_JIT_X86_64_ASM_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum x86_reg {
    RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15,
    X86_REGS,
    NO_REG = 0xff,
};

/* Condition codes as in the opcodes of jcc, setcc, cmovcc; ^ 1 negates. */
enum x86_cc {
    CC_O, CC_NO, CC_B, CC_AE, CC_E, CC_NE, CC_BE, CC_A, CC_S, CC_NS, CC_P, CC_NP, CC_L, CC_GE, CC_LE, CC_G,
};

/* Of the two-operand group: opcode / 8. */
enum x86_alu { ALU_ADD, ALU_OR, ALU_ADC, ALU_SBB, ALU_AND, ALU_SUB, ALU_XOR, ALU_CMP };
enum x86_shift { SHIFT_ROL = 0, SHIFT_ROR = 1, SHIFT_SHL = 4, SHIFT_SHR = 5, SHIFT_SAR = 7 };

struct x86_asm {
    uint8_t *p, *end;
    bool full;
};

struct x86_mem {
    uint8_t base, index; /* index NO_REG: none; base NO_REG: displacement from the next instruction */
    uint8_t scale;       /* 1, 2, 4, 8 */
    int32_t disp;
};

static inline struct x86_mem mem_at(unsigned base, int32_t disp)
{
    return (struct x86_mem){ (uint8_t)base, NO_REG, 1, disp };
}

static inline struct x86_mem mem_index(unsigned base, unsigned index, unsigned scale, int32_t disp)
{
    return (struct x86_mem){ (uint8_t)base, (uint8_t)index, (uint8_t)scale, disp };
}

static inline void x86_byte(struct x86_asm *a, unsigned b)
{
    if (a->p < a->end)
        *a->p++ = (uint8_t)b;
    else
        a->full = true;
}

static inline void x86_u32(struct x86_asm *a, uint32_t v)
{
    for (unsigned k = 0; k < 4; k++)
        x86_byte(a, v >> 8 * k);
}

static inline void x86_u64(struct x86_asm *a, uint64_t v)
{
    x86_u32(a, (uint32_t)v);
    x86_u32(a, (uint32_t)(v >> 32));
}

/* ---- encoding: prefixes, opcode with map, ModRM ---- */

/* An opcode: its byte, its map (0: one byte, 1: 0f, 2: 0f 38, 3: 0f 3a), and a mandatory prefix. */
#define X86_OP(map, op) ((map) << 8 | (op))
#define X86_66 0x10000
#define X86_F3 0x20000
#define X86_F2 0x30000

static inline void x86_opcode(struct x86_asm *a, unsigned op, unsigned rex, bool force_rex)
{
    static const uint8_t prefixes[] = { 0, 0x66, 0xf3, 0xf2 };
    unsigned map = op >> 8 & 0xff;

    if (op >> 16)
        x86_byte(a, prefixes[op >> 16 & 3]);
    if (rex || force_rex)
        x86_byte(a, 0x40 | rex);
    if (map)
        x86_byte(a, 0x0f);
    if (map == 2)
        x86_byte(a, 0x38);
    if (map == 3)
        x86_byte(a, 0x3a);
    x86_byte(a, op & 0xff);
}

/* op reg, rm with both registers. Byte registers need REX to be spl ... dil. */
static inline void x86_rr(struct x86_asm *a, unsigned op, bool w, unsigned reg, unsigned rm, bool bytes)
{
    x86_opcode(a, op, w << 3 | (reg >> 3) << 2 | rm >> 3, bytes && (reg >= RSP || rm >= RSP));
    x86_byte(a, 0xc0 | (reg & 7) << 3 | (rm & 7));
}

/* ModRM, SIB and displacement of a memory operand. */
static inline void x86_modrm_memory(struct x86_asm *a, unsigned reg, struct x86_mem m)
{
    unsigned index = m.index == NO_REG ? 0 : m.index;
    unsigned scale = m.scale == 8 ? 3 : m.scale == 4 ? 2 : m.scale == 2 ? 1 : 0;
    bool small = m.disp >= -128 && m.disp < 128;
    unsigned mod;

    if (m.base == NO_REG) {
        x86_byte(a, (reg & 7) << 3 | 5);
        x86_u32(a, (uint32_t)m.disp);
        return;
    }
    mod = m.disp == 0 && (m.base & 7) != RBP ? 0 : small ? 1 : 2;
    if (m.index != NO_REG || (m.base & 7) == RSP) {
        x86_byte(a, mod << 6 | (reg & 7) << 3 | 4);
        x86_byte(a, scale << 6 | (m.index == NO_REG ? 4 : index & 7) << 3 | (m.base & 7));
    } else {
        x86_byte(a, mod << 6 | (reg & 7) << 3 | (m.base & 7));
    }
    if (mod == 1)
        x86_byte(a, (uint8_t)m.disp);
    else if (mod == 2)
        x86_u32(a, (uint32_t)m.disp);
}

/* op reg, [memory] */
static inline void x86_rm(struct x86_asm *a, unsigned op, bool w, unsigned reg, struct x86_mem m, bool bytes)
{
    unsigned index = m.index == NO_REG ? 0 : m.index;

    x86_opcode(a, op, w << 3 | (reg >> 3) << 2 | (index >> 3) << 1 | (m.base != NO_REG ? m.base >> 3 : 0),
               bytes && reg >= RSP);
    x86_modrm_memory(a, reg, m);
}

static inline bool fits_s8(int64_t v)
{
    return v == (int8_t)v;
}

static inline bool fits_s32(int64_t v)
{
    return v == (int32_t)v;
}

/* ---- moves ---- */

static inline void x86_mov_rr(struct x86_asm *a, unsigned size, unsigned to, unsigned from)
{
    x86_rr(a, 0x8b, size == 8, to, from, false);
}

/* The shortest form; flags are kept. */
static inline void x86_mov_ri(struct x86_asm *a, unsigned to, uint64_t v)
{
    if (v <= UINT32_MAX) {
        x86_opcode(a, 0xb8 | (to & 7), to >> 3, false);
        x86_u32(a, (uint32_t)v);
    } else if (fits_s32((int64_t)v)) {
        x86_rr(a, 0xc7, true, 0, to, false);
        x86_u32(a, (uint32_t)v);
    } else {
        x86_opcode(a, 0xb8 | (to & 7), 8 | to >> 3, false);
        x86_u64(a, v);
    }
}

/* Loads of 1, 2, 4, 8 bytes into a 64-bit register. */
static inline void x86_load(struct x86_asm *a, unsigned size, bool is_signed, unsigned to, struct x86_mem m)
{
    switch (size) {
    case 1:
        x86_rm(a, is_signed ? X86_OP(1, 0xbe) : X86_OP(1, 0xb6), is_signed, to, m, false);
        break;
    case 2:
        x86_rm(a, is_signed ? X86_OP(1, 0xbf) : X86_OP(1, 0xb7), is_signed, to, m, false);
        break;
    case 4:
        x86_rm(a, is_signed ? 0x63 : 0x8b, is_signed, to, m, false);
        break;
    default:
        x86_rm(a, 0x8b, true, to, m, false);
    }
}

static inline void x86_store(struct x86_asm *a, unsigned size, struct x86_mem m, unsigned from)
{
    if (size == 2)
        x86_byte(a, 0x66);
    x86_rm(a, size == 1 ? 0x88 : 0x89, size == 8, from, m, size == 1);
}

/* Stores a 32-bit immediate, sign-extended for 8 bytes. */
static inline void x86_store_i(struct x86_asm *a, unsigned size, struct x86_mem m, int32_t v)
{
    if (size == 2)
        x86_byte(a, 0x66);
    x86_rm(a, size == 1 ? 0xc6 : 0xc7, size == 8, 0, m, false);
    if (size == 1) {
        x86_byte(a, (uint8_t)v);
    } else if (size == 2) {
        x86_byte(a, (uint8_t)v);
        x86_byte(a, (uint8_t)(v >> 8));
    } else {
        x86_u32(a, (uint32_t)v);
    }
}

/* movbe, for the bytes of another order: 2, 4, 8 bytes; upper bits of 2 are kept, so clear before. */
static inline void x86_movbe_load(struct x86_asm *a, unsigned size, unsigned to, struct x86_mem m)
{
    if (size == 2)
        x86_byte(a, 0x66);
    x86_rm(a, X86_OP(2, 0xf0), size == 8, to, m, false);
}

static inline void x86_movbe_store(struct x86_asm *a, unsigned size, struct x86_mem m, unsigned from)
{
    if (size == 2)
        x86_byte(a, 0x66);
    x86_rm(a, X86_OP(2, 0xf1), size == 8, from, m, false);
}

/* Extensions of the low 1, 2, 4 bytes to 64 bits. */
static inline void x86_extend(struct x86_asm *a, unsigned size, bool is_signed, unsigned to, unsigned from)
{
    if (size == 4)
        x86_rr(a, is_signed ? 0x63 : 0x8b, is_signed, to, from, false);
    else
        x86_rr(a, X86_OP(1, (is_signed ? 0xbe : 0xb6) | (size == 2)), is_signed, to, from, size == 1);
}

static inline void x86_lea(struct x86_asm *a, unsigned to, struct x86_mem m)
{
    x86_rm(a, 0x8d, true, to, m, false);
}

static inline void x86_xchg(struct x86_asm *a, unsigned x, unsigned y)
{
    x86_rr(a, 0x87, true, x, y, false);
}

static inline void x86_bswap(struct x86_asm *a, unsigned size, unsigned r)
{
    x86_opcode(a, X86_OP(1, 0xc8 | (r & 7)), (size == 8) << 3 | r >> 3, false);
}

/* ---- arithmetic ---- */

static inline void x86_alu_rr(struct x86_asm *a, enum x86_alu op, unsigned size, unsigned to, unsigned from)
{
    x86_rr(a, (unsigned)op << 3 | 3, size == 8, to, from, false);
}

static inline void x86_alu_rm(struct x86_asm *a, enum x86_alu op, unsigned size, unsigned to, struct x86_mem m)
{
    x86_rm(a, (unsigned)op << 3 | 3, size == 8, to, m, false);
}

static inline void x86_alu_ri(struct x86_asm *a, enum x86_alu op, unsigned size, unsigned to, int32_t v)
{
    x86_rr(a, fits_s8(v) ? 0x83 : 0x81, size == 8, op, to, false);
    if (fits_s8(v))
        x86_byte(a, (uint8_t)v);
    else
        x86_u32(a, (uint32_t)v);
}

static inline void x86_alu_mi(struct x86_asm *a, enum x86_alu op, unsigned size, struct x86_mem m, int32_t v)
{
    x86_rm(a, size == 1 ? 0x80 : fits_s8(v) ? 0x83 : 0x81, size == 8, op, m, false);
    if (size == 1 || fits_s8(v))
        x86_byte(a, (uint8_t)v);
    else
        x86_u32(a, (uint32_t)v);
}

static inline void x86_test_rr(struct x86_asm *a, unsigned size, unsigned x, unsigned y)
{
    x86_rr(a, 0x85, size == 8, y, x, false);
}

static inline void x86_test_ri(struct x86_asm *a, unsigned size, unsigned x, int32_t v)
{
    x86_rr(a, 0xf7, size == 8, 0, x, false);
    x86_u32(a, (uint32_t)v);
}

static inline void x86_test_mi8(struct x86_asm *a, struct x86_mem m, unsigned v)
{
    x86_rm(a, 0xf6, false, 0, m, false);
    x86_byte(a, v);
}

enum x86_unary { UNARY_NOT = 2, UNARY_NEG = 3, UNARY_MUL = 4, UNARY_IMUL = 5, UNARY_DIV = 6, UNARY_IDIV = 7 };
static inline void x86_unary(struct x86_asm *a, enum x86_unary op, unsigned size, unsigned r)
{
    x86_rr(a, 0xf7, size == 8, op, r, false);
}

static inline void x86_imul_rr(struct x86_asm *a, unsigned size, unsigned to, unsigned from)
{
    x86_rr(a, X86_OP(1, 0xaf), size == 8, to, from, false);
}

static inline void x86_imul_rri(struct x86_asm *a, unsigned size, unsigned to, unsigned from, int32_t v)
{
    x86_rr(a, fits_s8(v) ? 0x6b : 0x69, size == 8, to, from, false);
    if (fits_s8(v))
        x86_byte(a, (uint8_t)v);
    else
        x86_u32(a, (uint32_t)v);
}

/* rdx := sign of rax */
static inline void x86_cqo(struct x86_asm *a, unsigned size)
{
    x86_opcode(a, 0x99, (size == 8) << 3, false);
}

static inline void x86_shift_ri(struct x86_asm *a, enum x86_shift op, unsigned size, unsigned r, unsigned n)
{
    x86_rr(a, n == 1 ? 0xd1 : 0xc1, size == 8, op, r, false);
    if (n != 1)
        x86_byte(a, n);
}

/* By cl. */
static inline void x86_shift_cl(struct x86_asm *a, enum x86_shift op, unsigned size, unsigned r)
{
    x86_rr(a, 0xd3, size == 8, op, r, false);
}

static inline void x86_setcc(struct x86_asm *a, enum x86_cc cc, unsigned r)
{
    x86_rr(a, X86_OP(1, 0x90 | cc), false, 0, r, true);
}

static inline void x86_cmov(struct x86_asm *a, enum x86_cc cc, unsigned size, unsigned to, unsigned from)
{
    x86_rr(a, X86_OP(1, 0x40 | cc), size == 8, to, from, false);
}

static inline void x86_cmov_mem(struct x86_asm *a, enum x86_cc cc, unsigned to, struct x86_mem m)
{
    x86_rm(a, X86_OP(1, 0x40 | cc), false, to, m, false);
}

/* lzcnt, tzcnt, popcnt: the host has them (x86-64-v2 has popcnt; the others are asked for). */
static inline void x86_count(struct x86_asm *a, unsigned op, unsigned size, unsigned to, unsigned from)
{
    x86_rr(a, X86_F3 | X86_OP(1, op), size == 8, to, from, false);
}
enum { X86_POPCNT = 0xb8, X86_TZCNT = 0xbc, X86_LZCNT = 0xbd };

/* ---- control flow ---- */

static inline void x86_jmp_mem(struct x86_asm *a, struct x86_mem m)
{
    x86_rm(a, 0xff, false, 4, m, false);
}

static inline void x86_jmp_reg(struct x86_asm *a, unsigned r)
{
    x86_rr(a, 0xff, false, 4, r, false);
}

static inline void x86_call_reg(struct x86_asm *a, unsigned r)
{
    x86_rr(a, 0xff, false, 2, r, false);
}

static inline void x86_ret(struct x86_asm *a)
{
    x86_byte(a, 0xc3);
}

static inline void x86_push(struct x86_asm *a, unsigned r)
{
    x86_opcode(a, 0x50 | (r & 7), r >> 3, false);
}

static inline void x86_pop(struct x86_asm *a, unsigned r)
{
    x86_opcode(a, 0x58 | (r & 7), r >> 3, false);
}

/* Jumps whose target is not known yet: the place of the 32-bit distance, for x86_patch(). */
static inline uint8_t *x86_jcc(struct x86_asm *a, enum x86_cc cc)
{
    x86_byte(a, 0x0f);
    x86_byte(a, 0x80 | cc);
    x86_u32(a, 0);
    return a->p - 4;
}

static inline uint8_t *x86_jmp(struct x86_asm *a)
{
    x86_byte(a, 0xe9);
    x86_u32(a, 0);
    return a->p - 4;
}

static inline uint8_t *x86_call(struct x86_asm *a)
{
    x86_byte(a, 0xe8);
    x86_u32(a, 0);
    return a->p - 4;
}

/* Both addresses of the same mapping. */
static inline void x86_patch(struct x86_asm *a, uint8_t *where, const uint8_t *target)
{
    int32_t distance = (int32_t)(target - (where + 4));

    if (!a->full)
        memcpy(where, &distance, 4);
}

/* ---- SSE: xmm registers by number ---- */

static inline void x86_sse_rr(struct x86_asm *a, unsigned op, unsigned to, unsigned from)
{
    x86_rr(a, op, false, to, from, false);
}

static inline void x86_sse_rm(struct x86_asm *a, unsigned op, unsigned to, struct x86_mem m)
{
    x86_rm(a, op, false, to, m, false);
}

/* movq between general and xmm registers; movd for size 4. */
static inline void x86_movq_to_xmm(struct x86_asm *a, unsigned size, unsigned xmm, unsigned r)
{
    x86_rr(a, X86_66 | X86_OP(1, 0x6e), size == 8, xmm, r, false);
}

static inline void x86_movq_from_xmm(struct x86_asm *a, unsigned size, unsigned r, unsigned xmm)
{
    x86_rr(a, X86_66 | X86_OP(1, 0x7e), size == 8, xmm, r, false);
}

enum x86_sse {
    SSE_MOVAPS = X86_OP(1, 0x28),
    SSE_MOVUPS_LOAD = X86_OP(1, 0x10),
    SSE_MOVUPS_STORE = X86_OP(1, 0x11),
    SSE_MOVSD_LOAD = X86_F2 | X86_OP(1, 0x10),  /* from memory: upper half cleared */
    SSE_MOVSD_STORE = X86_F2 | X86_OP(1, 0x11),
    X86_UCOMISD = X86_66 | X86_OP(1, 0x2e),
    SSE_MOVQ = X86_F3 | X86_OP(1, 0x7e),        /* xmm to xmm: upper half cleared */
};

/* VEX forms with three operands: op to, first, second. W chooses 64-bit general operands or the
 * double-precision variant of FMA; l256 the 256-bit form. */
static inline void x86_vex_prefix(struct x86_asm *a, unsigned op, bool w, bool l256, unsigned reg, unsigned first,
                                  bool x, bool b)
{
    unsigned map = op >> 8 & 0xff, pp = op >> 16 & 3;

    x86_byte(a, 0xc4);
    x86_byte(a, (reg >> 3 ? 0 : 0x80) | (x ? 0 : 0x40) | (b ? 0 : 0x20) | map);
    x86_byte(a, (unsigned)w << 7 | (~first & 15) << 3 | (unsigned)l256 << 2 | pp);
    x86_byte(a, op & 0xff);
}

static inline void x86_vex_rrr(struct x86_asm *a, unsigned op, bool w, bool l256, unsigned to, unsigned first,
                               unsigned second)
{
    x86_vex_prefix(a, op, w, l256, to, first, false, second >> 3);
    x86_byte(a, 0xc0 | (to & 7) << 3 | (second & 7));
}

static inline void x86_vex_rrm(struct x86_asm *a, unsigned op, bool w, bool l256, unsigned to, unsigned first,
                               struct x86_mem m)
{
    x86_vex_prefix(a, op, w, l256, to, first, m.index != NO_REG && m.index >> 3, m.base != NO_REG && m.base >> 3);
    x86_modrm_memory(a, to, m);
}

/* shlx, shrx, sarx: to := from shifted by the register n, any registers, no flags. */
enum { X86_SHLX = X86_66 | X86_OP(2, 0xf7), X86_SARX = X86_F3 | X86_OP(2, 0xf7), X86_SHRX = X86_F2 | X86_OP(2, 0xf7) };
static inline void x86_shiftx(struct x86_asm *a, unsigned op, unsigned size, unsigned to, unsigned from, unsigned n)
{
    x86_vex_rrr(a, op, size == 8, false, to, n, from);
}

/* rorx: to := from rotated right by n, no flags. */
static inline void x86_rorx(struct x86_asm *a, unsigned size, unsigned to, unsigned from, unsigned n)
{
    x86_vex_rrr(a, X86_F2 | X86_OP(3, 0xf0), size == 8, false, to, 0, from);
    x86_byte(a, n);
}

/* andn: to := ~first & second. */
static inline void x86_andn(struct x86_asm *a, unsigned to, unsigned first, unsigned second)
{
    x86_vex_rrr(a, X86_OP(2, 0xf2), true, false, to, first, second);
}

#endif
