/* The assembler of the x86-64 backend: what each function appends is what capstone reads there, for all registers,
 * forms of memory operands, and sizes. */
#include <capstone/capstone.h>
#include <check.h>
#include <stdarg.h>
#include <stdlib.h>

#define x86_reg x86_register /* the name is capstone's too */
#include "cpu-ppc64/jit/x86-64/asm.h"
#undef x86_reg

enum { CODE = 64, ADDRESS = 0x1000 };

static uint8_t code[CODE];
static struct x86_asm a;
static csh handle;

enum kind { KIND_REGISTER, KIND_XMM, KIND_MEMORY, KIND_NUMBER };

struct operand {
    enum kind kind;
    unsigned size, n;
    struct x86_mem mem;
    int64_t number;
};

static struct operand reg(unsigned size, unsigned n)
{
    return (struct operand){ .kind = KIND_REGISTER, .size = size, .n = n };
}

static struct operand xmm(unsigned n)
{
    return (struct operand){ .kind = KIND_XMM, .size = 16, .n = n };
}

static struct operand mem(unsigned size, struct x86_mem m)
{
    return (struct operand){ .kind = KIND_MEMORY, .size = size, .mem = m };
}

static struct operand number(int64_t v)
{
    return (struct operand){ .kind = KIND_NUMBER, .number = v };
}

static const char *name_of(unsigned size, unsigned n)
{
    static const char *const names[4][X86_REGS] = {
        { "al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil", "r8b", "r9b", "r10b", "r11b", "r12b", "r13b", "r14b",
          "r15b" },
        { "ax", "cx", "dx", "bx", "sp", "bp", "si", "di", "r8w", "r9w", "r10w", "r11w", "r12w", "r13w", "r14w",
          "r15w" },
        { "eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi", "r8d", "r9d", "r10d", "r11d", "r12d", "r13d",
          "r14d", "r15d" },
        { "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
          "r15" },
    };

    return names[size == 1 ? 0 : size == 2 ? 1 : size == 4 ? 2 : 3][n];
}

static bool is_named(unsigned id, const char *name)
{
    const char *real = cs_reg_name(handle, id);

    return real && !strcmp(real, name);
}

/* Numbers are compared in so many bytes: capstone extends them one way or the other. */
static bool is_operand(const cs_x86_op *o, const struct operand *want, unsigned size)
{
    char name[8];

    switch (want->kind) {
    case KIND_REGISTER:
        return o->type == X86_OP_REG && is_named(o->reg, name_of(want->size, want->n));
    case KIND_XMM:
        snprintf(name, sizeof name, "xmm%u", want->n);
        return o->type == X86_OP_REG && is_named(o->reg, name);
    case KIND_NUMBER:
        return o->type == X86_OP_IMM && !((uint64_t)(o->imm ^ want->number) << (64 - 8 * size));
    default:
        if (o->type != X86_OP_MEM || (want->size && o->size != want->size) || o->mem.disp != want->mem.disp)
            return false;
        if (want->mem.base == NO_REG)
            return is_named(o->mem.base, "rip") && o->mem.index == X86_REG_INVALID;
        if (!is_named(o->mem.base, name_of(8, want->mem.base)))
            return false;
        if (want->mem.index == NO_REG) /* capstone names the index that is none riz where it is encoded so */
            return o->mem.index == X86_REG_INVALID || is_named(o->mem.index, "riz");
        return is_named(o->mem.index, name_of(8, want->mem.index)) && o->mem.scale == want->mem.scale;
    }
}

static void begin(void)
{
    a = (struct x86_asm){ code, code + CODE, false };
}

/* What has been appended since begin() is one instruction with these operands. */
static void expect(const char *mnemonic, unsigned n, ...)
{
    cs_insn *insn = NULL;
    size_t size = (size_t)(a.p - code), count = cs_disasm(handle, code, size, ADDRESS, 0, &insn);
    unsigned size_of_first;
    va_list ap;

    ck_assert_msg(count == 1 && insn->size == size, "%s: %zu instructions, %02x %02x %02x %02x", mnemonic, count,
                  code[0], code[1], code[2], code[3]);
    ck_assert_str_eq(insn->mnemonic, mnemonic);
    ck_assert_msg(insn->detail->x86.op_count == n, "%s %s: %u operands, want %u", insn->mnemonic, insn->op_str,
                  insn->detail->x86.op_count, n);
    size_of_first = n && insn->detail->x86.operands[0].size < 8 ? insn->detail->x86.operands[0].size : 8;
    va_start(ap, n);
    for (unsigned k = 0; k < n; k++) {
        struct operand want = va_arg(ap, struct operand);

        ck_assert_msg(is_operand(&insn->detail->x86.operands[k], &want, size_of_first), "%s %s: operand %u", insn->mnemonic,
                      insn->op_str, k);
    }
    va_end(ap);
    cs_free(insn, count);
    begin();
}

/* Calls f for all forms of memory operands that are used, with register r. */
static void each_memory(void (*f)(unsigned r, struct x86_mem m))
{
    static const int32_t displacements[] = { 0, 1, -1, 127, -128, 128, -129, INT32_MAX, INT32_MIN };

    for (unsigned base = 0; base < X86_REGS; base++)
        for (unsigned d = 0; d < sizeof displacements / sizeof *displacements; d++) {
            for (unsigned r = 0; r < X86_REGS; r += d < 2 ? 1 : 5)
                f(r, mem_at(base, displacements[d]));
            for (unsigned index = 0; index < X86_REGS; index++)
                for (unsigned scale = 1; scale <= 8 && index != RSP; scale *= 2)
                    f((base + index) % X86_REGS, mem_index(base, index, scale, displacements[d]));
        }
    for (unsigned r = 0; r < X86_REGS; r++)
        f(r, (struct x86_mem){ NO_REG, NO_REG, 1, 0x1234 });
}

#define EACH_PAIR(x, y) for (unsigned x = 0; x < X86_REGS; x++) for (unsigned y = 0; y < X86_REGS; y++)
#define EACH(x) for (unsigned x = 0; x < X86_REGS; x++)
#define EACH_SIZE(s) for (unsigned s = 4; s <= 8; s += 4)

/* ---- moves ---- */

static void loads_and_stores(unsigned r, struct x86_mem m)
{
    x86_load(&a, 1, false, r, m), expect("movzx", 2, reg(4, r), mem(1, m));
    x86_load(&a, 1, true, r, m), expect("movsx", 2, reg(8, r), mem(1, m));
    x86_load(&a, 2, false, r, m), expect("movzx", 2, reg(4, r), mem(2, m));
    x86_load(&a, 2, true, r, m), expect("movsx", 2, reg(8, r), mem(2, m));
    x86_load(&a, 4, false, r, m), expect("mov", 2, reg(4, r), mem(4, m));
    x86_load(&a, 4, true, r, m), expect("movsxd", 2, reg(8, r), mem(4, m));
    x86_load(&a, 8, false, r, m), expect("mov", 2, reg(8, r), mem(8, m));
    for (unsigned size = 1; size <= 8; size *= 2) {
        x86_store(&a, size, m, r), expect("mov", 2, mem(size, m), reg(size, r));
        if (size > 1) {
            x86_movbe_load(&a, size, r, m), expect("movbe", 2, reg(size, r), mem(size, m));
            x86_movbe_store(&a, size, m, r), expect("movbe", 2, mem(size, m), reg(size, r));
        }
    }
    x86_lea(&a, r, m), expect("lea", 2, reg(8, r), mem(0, m));
    x86_alu_rm(&a, ALU_ADD, 8, r, m), expect("add", 2, reg(8, r), mem(8, m));
    x86_alu_rm(&a, ALU_CMP, 4, r, m), expect("cmp", 2, reg(4, r), mem(4, m));
    x86_sse_rm(&a, SSE_MOVUPS_LOAD, r, m), expect("movups", 2, xmm(r), mem(16, m));
    x86_sse_rm(&a, SSE_MOVUPS_STORE, r, m), expect("movups", 2, mem(16, m), xmm(r));
    x86_sse_rm(&a, SSE_MOVSD_LOAD, r, m), expect("movsd", 2, xmm(r), mem(8, m));
    x86_sse_rm(&a, SSE_MOVSD_STORE, r, m), expect("movsd", 2, mem(8, m), xmm(r));
    if (m.base != NO_REG)
        x86_jmp_mem(&a, m), expect("jmp", 1, mem(8, m));
}

START_TEST(memory) { each_memory(loads_and_stores); }
END_TEST

static void immediates(unsigned r, struct x86_mem m)
{
    static const int32_t values[] = { 0, 1, -1, 127, -128, 128, INT32_MAX, INT32_MIN };

    (void)r;
    if (m.base == NO_REG)
        return;
    for (unsigned k = 0; k < sizeof values / sizeof *values; k++) {
        int32_t v = values[k];

        x86_store_i(&a, 1, m, v), expect("mov", 2, mem(1, m), number((int8_t)v));
        x86_store_i(&a, 2, m, v), expect("mov", 2, mem(2, m), number((int16_t)v));
        x86_store_i(&a, 4, m, v), expect("mov", 2, mem(4, m), number(v));
        x86_store_i(&a, 8, m, v), expect("mov", 2, mem(8, m), number(v));
        x86_alu_mi(&a, ALU_CMP, 4, m, v), expect("cmp", 2, mem(4, m), number(v));
        x86_alu_mi(&a, ALU_OR, 8, m, v), expect("or", 2, mem(8, m), number(v));
        x86_alu_mi(&a, ALU_SUB, 1, m, v), expect("sub", 2, mem(1, m), number((int8_t)v));
    }
    x86_test_mi8(&a, m, 5), expect("test", 2, mem(1, m), number(5));
}

START_TEST(memory_and_immediate) { each_memory(immediates); }
END_TEST

START_TEST(moves)
{
    static const uint64_t values[] = { 0, 1, INT32_MAX, UINT32_MAX, UINT64_C(1) << 32, UINT64_MAX,
                                       UINT64_C(0xffffffff80000000), UINT64_C(0xffffffff7fffffff), INT64_MAX };

    EACH_PAIR(x, y) {
        EACH_SIZE(size)
            x86_mov_rr(&a, size, x, y), expect("mov", 2, reg(size, x), reg(size, y));
        x86_xchg(&a, x, y), expect("xchg", 2, reg(8, y), reg(8, x));
        x86_extend(&a, 1, false, x, y), expect("movzx", 2, reg(4, x), reg(1, y));
        x86_extend(&a, 1, true, x, y), expect("movsx", 2, reg(8, x), reg(1, y));
        x86_extend(&a, 2, false, x, y), expect("movzx", 2, reg(4, x), reg(2, y));
        x86_extend(&a, 2, true, x, y), expect("movsx", 2, reg(8, x), reg(2, y));
        x86_extend(&a, 4, false, x, y), expect("mov", 2, reg(4, x), reg(4, y));
        x86_extend(&a, 4, true, x, y), expect("movsxd", 2, reg(8, x), reg(4, y));
    }
    EACH(x) {
        for (unsigned k = 0; k < sizeof values / sizeof *values; k++) {
            bool wide = values[k] > UINT32_MAX;

            x86_mov_ri(&a, x, values[k]);
            expect(wide && !fits_s32((int64_t)values[k]) ? "movabs" : "mov", 2, reg(wide ? 8 : 4, x),
                   number(wide ? (int64_t)values[k] : (int64_t)(uint32_t)values[k]));
        }
        x86_bswap(&a, 4, x), expect("bswap", 1, reg(4, x));
        x86_bswap(&a, 8, x), expect("bswap", 1, reg(8, x));
        x86_push(&a, x), expect("push", 1, reg(8, x));
        x86_pop(&a, x), expect("pop", 1, reg(8, x));
        x86_jmp_reg(&a, x), expect("jmp", 1, reg(8, x));
        x86_call_reg(&a, x), expect("call", 1, reg(8, x));
    }
}
END_TEST

/* ---- arithmetic ---- */

START_TEST(arithmetic)
{
    static const char *const alu[] = { "add", "or", "adc", "sbb", "and", "sub", "xor", "cmp" };
    static const int32_t values[] = { 0, 1, -1, 127, -128, 128, -129, INT32_MAX, INT32_MIN };

    EACH_SIZE(size) {
        EACH_PAIR(x, y) {
            for (unsigned op = 0; op < 8; op++)
                x86_alu_rr(&a, (enum x86_alu)op, size, x, y), expect(alu[op], 2, reg(size, x), reg(size, y));
            x86_test_rr(&a, size, x, y), expect("test", 2, reg(size, x), reg(size, y));
            x86_imul_rr(&a, size, x, y), expect("imul", 2, reg(size, x), reg(size, y));
            for (unsigned k = 0; k < sizeof values / sizeof *values; k++)
                x86_imul_rri(&a, size, x, y, values[k]),
                    expect("imul", 3, reg(size, x), reg(size, y), number(values[k]));
            x86_count(&a, X86_POPCNT, size, x, y), expect("popcnt", 2, reg(size, x), reg(size, y));
            x86_count(&a, X86_LZCNT, size, x, y), expect("lzcnt", 2, reg(size, x), reg(size, y));
            x86_count(&a, X86_TZCNT, size, x, y), expect("tzcnt", 2, reg(size, x), reg(size, y));
            x86_rorx(&a, size, x, y, 7), expect("rorx", 3, reg(size, x), reg(size, y), number(7));
        }
        EACH(x) {
            for (unsigned op = 0; op < 8; op++)
                for (unsigned k = 0; k < sizeof values / sizeof *values; k++)
                    x86_alu_ri(&a, (enum x86_alu)op, size, x, values[k]),
                        expect(alu[op], 2, reg(size, x), number(values[k]));
            x86_test_ri(&a, size, x, 8), expect("test", 2, reg(size, x), number(8));
            x86_unary(&a, UNARY_NOT, size, x), expect("not", 1, reg(size, x));
            x86_unary(&a, UNARY_NEG, size, x), expect("neg", 1, reg(size, x));
            x86_unary(&a, UNARY_MUL, size, x), expect("mul", 1, reg(size, x));
            x86_unary(&a, UNARY_IMUL, size, x), expect("imul", 1, reg(size, x));
            x86_unary(&a, UNARY_DIV, size, x), expect("div", 1, reg(size, x));
            x86_unary(&a, UNARY_IDIV, size, x), expect("idiv", 1, reg(size, x));
        }
        x86_cqo(&a, size), expect(size == 8 ? "cqo" : "cdq", 0);
    }
}
END_TEST

START_TEST(shifts)
{
    static const struct { enum x86_shift op; const char *name; } kinds[] = {
        { SHIFT_ROL, "rol" }, { SHIFT_ROR, "ror" }, { SHIFT_SHL, "shl" }, { SHIFT_SHR, "shr" }, { SHIFT_SAR, "sar" },
    };

    EACH_SIZE(size)
        EACH(x) {
            for (unsigned k = 0; k < sizeof kinds / sizeof *kinds; k++) {
                for (unsigned n = 1; n < 8 * size; n++) {
                    x86_shift_ri(&a, kinds[k].op, size, x, n);
                    /* A shift by one has no operand for it in some versions' eyes. */
                    expect(kinds[k].name, 2, reg(size, x), number(n));
                }
                x86_shift_cl(&a, kinds[k].op, size, x), expect(kinds[k].name, 2, reg(size, x), reg(1, RCX));
            }
            EACH_PAIR(y, z) {
                x86_shiftx(&a, X86_SHLX, size, x, y, z), expect("shlx", 3, reg(size, x), reg(size, y), reg(size, z));
                x86_shiftx(&a, X86_SHRX, size, x, y, z), expect("shrx", 3, reg(size, x), reg(size, y), reg(size, z));
                x86_shiftx(&a, X86_SARX, size, x, y, z), expect("sarx", 3, reg(size, x), reg(size, y), reg(size, z));
            }
        }
    EACH(x)
        EACH_PAIR(y, z)
            x86_andn(&a, x, y, z), expect("andn", 3, reg(8, x), reg(8, y), reg(8, z));
}
END_TEST

START_TEST(conditions)
{
    static const char *const names[] = { "o", "no", "b", "ae", "e", "ne", "be", "a",
                                         "s", "ns", "p", "np", "l", "ge", "le", "g" };
    char name[16];

    for (unsigned cc = 0; cc < 16; cc++) {
        EACH(x) {
            snprintf(name, sizeof name, "set%s", names[cc]);
            x86_setcc(&a, (enum x86_cc)cc, x), expect(name, 1, reg(1, x));
        }
        EACH_PAIR(x, y) EACH_SIZE(size) {
            snprintf(name, sizeof name, "cmov%s", names[cc]);
            x86_cmov(&a, (enum x86_cc)cc, size, x, y), expect(name, 2, reg(size, x), reg(size, y));
        }
        snprintf(name, sizeof name, "j%s", names[cc]);
        x86_patch(&a, x86_jcc(&a, (enum x86_cc)cc), code + 0x40), expect(name, 1, number(ADDRESS + 0x40));
    }
    x86_patch(&a, x86_jmp(&a), code), expect("jmp", 1, number(ADDRESS));
    x86_patch(&a, x86_call(&a), code + 0x20), expect("call", 1, number(ADDRESS + 0x20));
    x86_ret(&a), expect("ret", 0);
}
END_TEST

START_TEST(xmm_registers)
{
    EACH_PAIR(x, y) {
        x86_sse_rr(&a, SSE_MOVAPS, x, y), expect("movaps", 2, xmm(x), xmm(y));
        x86_sse_rr(&a, SSE_MOVQ, x, y), expect("movq", 2, xmm(x), xmm(y));
        x86_movq_to_xmm(&a, 8, x, y), expect("movq", 2, xmm(x), reg(8, y));
        x86_movq_to_xmm(&a, 4, x, y), expect("movd", 2, xmm(x), reg(4, y));
        x86_movq_from_xmm(&a, 8, x, y), expect("movq", 2, reg(8, x), xmm(y));
        x86_movq_from_xmm(&a, 4, x, y), expect("movd", 2, reg(4, x), xmm(y));
        x86_sse_rr(&a, X86_F3 | X86_OP(1, 0x5a), x, y), expect("cvtss2sd", 2, xmm(x), xmm(y));
        x86_sse_rr(&a, X86_F2 | X86_OP(1, 0x58), x, y), expect("addsd", 2, xmm(x), xmm(y));
        x86_sse_rr(&a, X86_66 | X86_OP(2, 0x00), x, y), expect("pshufb", 2, xmm(x), xmm(y));
    }
}
END_TEST

START_TEST(end_of_the_buffer)
{
    uint8_t small[8] = { 0 };
    struct x86_asm s = { small, small + 5, false };

    x86_mov_ri(&s, RAX, UINT64_MAX / 3);
    ck_assert(s.full);
    ck_assert_ptr_eq(s.p, small + 5);
    ck_assert(!small[5] && !small[6] && !small[7]);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("jit-asm");
    TCase *t = tcase_create("encodings");
    SRunner *r;
    int failed;

    if (cs_open(CS_ARCH_X86, CS_MODE_64, &handle) != CS_ERR_OK)
        return 2;
    cs_option(handle, CS_OPT_DETAIL, CS_OPT_ON);
    begin();
    tcase_set_timeout(t, 60);
    tcase_add_test(t, memory);
    tcase_add_test(t, memory_and_immediate);
    tcase_add_test(t, moves);
    tcase_add_test(t, arithmetic);
    tcase_add_test(t, shifts);
    tcase_add_test(t, conditions);
    tcase_add_test(t, xmm_registers);
    tcase_add_test(t, end_of_the_buffer);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
