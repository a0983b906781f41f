/* The intermediate representation: folding, slots, snapshots, what is dropped, and when values are needed last. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "cpu-ppc64/jit/ir.h"

enum { ROUNDS = 20000 };

static struct ir *ir;
/* The slots that have host registers here. */
static const uint8_t homes[] = { SLOT_GPR + 3, SLOT_GPR + 4 };
enum { HOMES = sizeof homes };

static void set_up(void)
{
    ir = calloc(1, sizeof *ir);
    ir_begin(ir, homes, HOMES, 0x100);
}

static void tear_down(void)
{
    free(ir);
}

static uint64_t seed = 1;

static uint64_t random64(void)
{
    uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    z ^= z >> 31;
    switch (z >> 60) {
    case 0:
        return 0;
    case 1:
        return UINT64_MAX;
    case 2:
        return UINT32_MAX;
    case 3:
        return UINT64_C(1) << (z & 63);
    default:
        return z >> (z & 31);
    }
}

/* ---- folding: a value means the same with and without ---- */

static uint64_t two(enum ir_op op, uint64_t a, uint64_t b)
{
    switch (op) {
    case IR_ADD:
        return a + b;
    case IR_SUB:
        return a - b;
    case IR_AND:
        return a & b;
    case IR_OR:
        return a | b;
    case IR_XOR:
        return a ^ b;
    case IR_ANDC:
        return a & ~b;
    default:
        return a * b;
    }
}

static uint64_t one(enum ir_op op, uint64_t a, unsigned n)
{
    switch (op) {
    case IR_NOT:
        return ~a;
    case IR_NEG:
        return 0 - a;
    case IR_SHL:
        return a << n;
    case IR_SHR:
        return a >> n;
    case IR_SAR:
        return (uint64_t)((int64_t)a >> n);
    case IR_ROTL:
        return n ? a << n | a >> (64 - n) : a;
    case IR_ROTL32:
        return (uint32_t)((uint32_t)a << n | (uint64_t)(uint32_t)a >> (32 - n));
    case IR_SHR32:
        return (uint32_t)a >> n;
    case IR_SEXT8:
        return (uint64_t)(int8_t)a;
    case IR_SEXT16:
        return (uint64_t)(int16_t)a;
    case IR_SEXT32:
        return (uint64_t)(int32_t)a;
    default:
        return (uint32_t)a;
    }
}

static const uint8_t ops2[] = { IR_ADD, IR_SUB, IR_AND, IR_OR, IR_XOR, IR_ANDC, IR_MUL };
static const uint8_t ops1[] = { IR_NOT, IR_NEG, IR_SHL, IR_SHR, IR_SAR, IR_ROTL, IR_ROTL32, IR_SHR32,
                                IR_SEXT8, IR_SEXT16, IR_SEXT32, IR_ZEXT32 };

static bool is_word(enum ir_op op)
{
    return op == IR_ROTL32 || op == IR_SHR32;
}

/* What an operation yields when the slots GPR 3 and 4 hold x and y. */
static uint64_t value_of(ir_value v, uint64_t x, uint64_t y)
{
    const struct ir_insn *i = &ir->insn[v];

    switch (i->op) {
    case IR_CONST:
        return (uint64_t)i->imm;
    case IR_GET:
        return i->extra == SLOT_GPR + 3 ? x : y;
    default:
        if (ir_operands(i->op) == 2)
            return two((enum ir_op)i->op, value_of(i->a, x, y), value_of(i->b, x, y));
        return one((enum ir_op)i->op, value_of(i->a, x, y), (unsigned)i->imm);
    }
}

START_TEST(constants_are_folded)
{
    for (unsigned n = 0; n < ROUNDS; n++) {
        uint64_t a = random64(), b = random64(), r;
        enum ir_op op = (enum ir_op)ops2[n % sizeof ops2];
        unsigned shift;

        ir_begin(ir, homes, HOMES, 0);
        ck_assert(ir_is_const(ir, ir_op2(ir, op, ir_const(ir, a), ir_const(ir, b)), &r));
        ck_assert_uint_eq(r, two(op, a, b));
        op = (enum ir_op)ops1[n % sizeof ops1];
        shift = 1 + (unsigned)(b % (is_word(op) ? 31 : 63));
        ck_assert(ir_is_const(ir, ir_op_imm(ir, op, ir_const(ir, a), shift), &r));
        ck_assert_msg(r == one(op, a, shift), "op %u of %llx by %u: %llx", op, (unsigned long long)a, shift,
                      (unsigned long long)r);
    }
}
END_TEST

/* Chains of operations on two registers and constants. */
START_TEST(expressions_keep_their_value)
{
    for (unsigned n = 0; n < ROUNDS; n++) {
        ir_value pool[12];
        uint64_t expected[12], x = random64(), y = random64();
        unsigned count = 4;

        ir_begin(ir, homes, HOMES, 0);
        pool[0] = ir_get(ir, SLOT_GPR + 3), expected[0] = x;
        pool[1] = ir_get(ir, SLOT_GPR + 4), expected[1] = y;
        for (unsigned k = 2; k < 4; k++) {
            expected[k] = random64();
            pool[k] = ir_const(ir, expected[k]);
        }
        for (; count < 12; count++) {
            unsigned a = (unsigned)(random64() % count), b = (unsigned)(random64() % count), shift;
            enum ir_op op = (enum ir_op)ops2[random64() % sizeof ops2];

            if (random64() & 1) {
                pool[count] = ir_op2(ir, op, pool[a], pool[b]);
                expected[count] = two(op, expected[a], expected[b]);
            } else {
                op = (enum ir_op)ops1[random64() % sizeof ops1];
                shift = 1 + (unsigned)(random64() % (is_word(op) ? 31 : 63));
                pool[count] = ir_op_imm(ir, op, pool[a], shift);
                expected[count] = one(op, expected[a], shift);
            }
            ck_assert_msg(value_of(pool[count], x, y) == expected[count], "op %u", op);
        }
    }
}
END_TEST

START_TEST(identities_emit_nothing)
{
    ir_value v = ir_get(ir, SLOT_GPR + 3), zero = ir_const(ir, 0), ones = ir_const(ir, UINT64_MAX);
    uint64_t number;
    unsigned before = ir->n;

    ck_assert_uint_eq(ir_op2(ir, IR_ADD, v, zero), v);
    ck_assert_uint_eq(ir_op2(ir, IR_ADD, zero, v), v);
    ck_assert_uint_eq(ir_op2(ir, IR_SUB, v, zero), v);
    ck_assert_uint_eq(ir_op2(ir, IR_OR, v, v), v);
    ck_assert_uint_eq(ir_op2(ir, IR_AND, v, ones), v);
    ck_assert_uint_eq(ir_op2(ir, IR_AND, v, zero), zero);
    ck_assert_uint_eq(ir_op_imm(ir, IR_ROTL, v, 0), v);
    ck_assert_uint_eq(ir->n, before);
    ck_assert(ir_is_const(ir, ir_op2(ir, IR_XOR, v, v), &number) && number == 0);
    /* 0 - v is not v */
    ck_assert_uint_ne(ir_op2(ir, IR_SUB, zero, v), v);
}
END_TEST

/* ---- slots and snapshots ---- */

static const struct ir_snapshot_entry *entry_of(unsigned snapshot, unsigned slot)
{
    const struct ir_snapshot *s = &ir->snapshot[snapshot];

    for (unsigned k = 0; k < s->count; k++)
        if (ir->pool[s->first + k].slot == slot)
            return &ir->pool[s->first + k];
    return NULL;
}

START_TEST(a_slot_is_read_once)
{
    ir_value v = ir_get(ir, SLOT_GPR + 7);

    ck_assert_uint_eq(ir_get(ir, SLOT_GPR + 7), v);
    ir_put(ir, SLOT_GPR + 7, ir_const(ir, 5));
    ck_assert_uint_ne(ir_get(ir, SLOT_GPR + 7), v);
    ir_forget(ir);
    ck_assert_uint_ne(ir_get(ir, SLOT_GPR + 7), v);
}
END_TEST

/* Two slots never name one register's value: what one of them holds already is copied. */
START_TEST(put_of_a_get_is_a_copy)
{
    ir_value v = ir_get(ir, SLOT_GPR + 3), sum = ir_op2(ir, IR_ADD, v, ir_const(ir, 1));

    ir_put(ir, SLOT_GPR + 9, v);
    ck_assert_uint_eq(ir->insn[ir_get(ir, SLOT_GPR + 9)].op, IR_COPY);
    ir_put(ir, SLOT_GPR + 3, sum);
    ck_assert_uint_eq(ir_get(ir, SLOT_GPR + 3), sum);
    ir_put(ir, SLOT_GPR + 10, sum);
    ck_assert_uint_ne(ir_get(ir, SLOT_GPR + 10), sum);
    ck_assert_uint_eq(ir->insn[ir_get(ir, SLOT_GPR + 10)].op, IR_COPY);
}
END_TEST

START_TEST(snapshots_hold_what_was_put)
{
    unsigned first, second;

    ir_put(ir, SLOT_GPR + 9, ir_const(ir, 1));
    first = ir_snapshot(ir);
    ck_assert_uint_eq(ir_snapshot(ir), first); /* nothing has changed */
    ir_put(ir, SLOT_GPR + 9, ir_const(ir, 2));
    ir_put(ir, SLOT_CTR, ir_const(ir, 3));
    second = ir_snapshot(ir);
    ck_assert_uint_ne(second, first);
    ck_assert_uint_eq(ir->snapshot[first].count, 1);
    ck_assert_int_eq(ir->insn[entry_of(first, SLOT_GPR + 9)->value].imm, 1);
    ck_assert_uint_eq(ir->snapshot[second].count, 2);
    ck_assert_int_eq(ir->insn[entry_of(second, SLOT_GPR + 9)->value].imm, 2);
    ck_assert_int_eq(ir->insn[entry_of(second, SLOT_CTR)->value].imm, 3);
    ir_forget(ir);
    ck_assert_uint_eq(ir->snapshot[ir_snapshot(ir)].count, 0);
}
END_TEST

/* Doubleword 0 of a vector-scalar register and the whole of it are two slots for one thing. */
START_TEST(floating_point_registers_overlap)
{
    ir_value f = ir_emit(ir, IR_F_FROM_I, ir_get(ir, SLOT_GPR + 3), 0, 0, 0), v;

    ir_put(ir, SLOT_FPR + 5, f);
    v = ir_get(ir, SLOT_VSR + 5);
    ck_assert_uint_eq(ir->insn[v].op, IR_V_FROM_F);
    ck_assert_uint_eq(ir->insn[v].a, f);
    ck_assert_ptr_nonnull(entry_of(ir_snapshot(ir), SLOT_FPR + 5));
    ck_assert_ptr_null(entry_of(ir_snapshot(ir), SLOT_VSR + 5));
    v = ir_emit(ir, IR_V_FROM_I, ir_get(ir, SLOT_GPR + 3), ir_get(ir, SLOT_GPR + 4), 0, 0);
    ir_put(ir, SLOT_VSR + 5, v);
    ck_assert_ptr_null(entry_of(ir_snapshot(ir), SLOT_FPR + 5));
    ck_assert_ptr_nonnull(entry_of(ir_snapshot(ir), SLOT_VSR + 5));
    ck_assert_uint_eq(ir->insn[ir_get(ir, SLOT_FPR + 5)].op, IR_F_FROM_V);
    /* VSR 37 has no FPR. */
    ir_put(ir, SLOT_VSR + 37, v);
    ck_assert_ptr_nonnull(entry_of(ir_snapshot(ir), SLOT_VSR + 37));
}
END_TEST

/* ---- what is needed, and how long ---- */

static ir_value load_from(ir_value base)
{
    unsigned snapshot = ir_snapshot(ir);
    ir_value v = ir_emit(ir, IR_LOAD, base, 0, 0, 0);

    ir->insn[v].extra = (uint16_t)snapshot;
    ir->insn[v].access.size = 8;
    return v;
}

START_TEST(unneeded_operations_are_dropped)
{
    ir_value x = ir_get(ir, SLOT_GPR + 7), unused = ir_op2(ir, IR_ADD, x, ir_get(ir, SLOT_GPR + 8)), lost, load, kept;

    lost = ir_op2(ir, IR_MUL, x, x);
    ir_put(ir, SLOT_GPR + 9, lost);
    load = load_from(ir_op2(ir, IR_ADD, x, ir_const(ir, 64)));
    kept = ir_op2(ir, IR_SUB, x, load);
    ir_put(ir, SLOT_GPR + 9, kept); /* but the load may fault: lost is needed there */
    ir_exit(ir, IR_EXIT_PAGE, 0x104, 0);
    ir_finish(ir);
    ck_assert_uint_eq(ir->insn[unused].op, IR_NOP);
    ck_assert_uint_eq(ir->insn[lost].op, IR_MUL);
    ck_assert_uint_eq(ir->insn[lost].last_use, load);
    ck_assert_uint_eq(ir->insn[kept].op, IR_SUB);
    ck_assert_uint_eq(ir->insn[kept].last_use, ir->n - 1);
    ck_assert_uint_eq(ir->insn[x].last_use, kept);
}
END_TEST

START_TEST(what_is_overwritten_before_any_exit_is_dropped)
{
    ir_value lost = ir_op2(ir, IR_MUL, ir_get(ir, SLOT_GPR + 7), ir_get(ir, SLOT_GPR + 8));

    ir_put(ir, SLOT_GPR + 9, lost);
    ir_put(ir, SLOT_GPR + 9, ir_const(ir, 1));
    ir_exit(ir, IR_EXIT_PAGE, 0x104, 0);
    ir_finish(ir);
    ck_assert_uint_eq(ir->insn[lost].op, IR_NOP);
}
END_TEST

/* A comparison that only exits want is evaluated there: its operands live as long. */
START_TEST(operands_of_comparisons_live_to_the_exit)
{
    ir_value a = ir_get(ir, SLOT_GPR + 7), b = ir_get(ir, SLOT_GPR + 8), cmp = ir_emit(ir, IR_CMP_S64, a, b, 0, 0);

    ir_put(ir, SLOT_CRF + 2, cmp);
    ir_put(ir, SLOT_GPR + 7, ir_const(ir, 0));
    ir_put(ir, SLOT_GPR + 8, ir_const(ir, 0));
    ir_exit(ir, IR_EXIT_PAGE, 0x104, 0);
    ir_finish(ir);
    ck_assert(ir_is_sunk(ir, cmp));
    ck_assert_uint_eq(ir->insn[a].last_use, ir->n - 1);
    ck_assert_uint_eq(ir->insn[b].last_use, ir->n - 1);
}
END_TEST

/* A carry that is used as a number has a register. */
START_TEST(a_carry_that_is_used_is_computed)
{
    ir_value a = ir_get(ir, SLOT_GPR + 7), sum = ir_op2(ir, IR_ADD, a, ir_get(ir, SLOT_GPR + 8));
    ir_value carry = ir_emit(ir, IR_LTU, sum, a, 0, 0), idle;

    ir_put(ir, SLOT_CA, carry);
    ir_put(ir, SLOT_GPR + 9, ir_op2(ir, IR_ADD, sum, carry));
    idle = ir_emit(ir, IR_LTU, a, sum, 0, 0);
    ir_put(ir, SLOT_CA, idle);
    ir_exit(ir, IR_EXIT_PAGE, 0x104, 0);
    ir_finish(ir);
    ck_assert(!ir_is_sunk(ir, carry));
    ck_assert(ir_is_sunk(ir, idle));
}
END_TEST

/* A home that was not put keeps its content: its get lives to each exit. */
START_TEST(homes_live_to_the_exits)
{
    ir_value home3 = ir_get(ir, SLOT_GPR + 3), home4 = ir_get(ir, SLOT_GPR + 4);

    ir_put(ir, SLOT_GPR + 4, ir_const(ir, 9));
    ir_exit(ir, IR_EXIT_PAGE, 0x104, 0);
    ir_finish(ir);
    ck_assert_uint_eq(ir->insn[home3].op, IR_GET);
    ck_assert_uint_eq(ir->insn[home3].last_use, ir->n - 1);
    ck_assert_uint_lt(ir->insn[home4].last_use, ir->n - 1);
}
END_TEST

START_TEST(room_for_one_more_instruction)
{
    unsigned n = 0;

    while (ir_has_room(ir)) {
        for (unsigned k = 0; k < 8; k++) {
            ir_put(ir, SLOT_GPR + n % 32, ir_op2(ir, IR_ADD, ir_get(ir, SLOT_GPR + (n + 1) % 32), ir_const(ir, n + 1)));
            n++;
            ir_snapshot(ir);
        }
    }
    ck_assert_uint_le(ir->n, IR_MAX);
    ck_assert_uint_le(ir->n_pool, IR_SNAPSHOT_POOL);
    ck_assert_uint_le(ir->n_snapshots, IR_SNAPSHOTS);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("jit-ir");
    TCase *t = tcase_create("ir");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, constants_are_folded);
    tcase_add_test(t, expressions_keep_their_value);
    tcase_add_test(t, identities_emit_nothing);
    tcase_add_test(t, a_slot_is_read_once);
    tcase_add_test(t, put_of_a_get_is_a_copy);
    tcase_add_test(t, snapshots_hold_what_was_put);
    tcase_add_test(t, floating_point_registers_overlap);
    tcase_add_test(t, unneeded_operations_are_dropped);
    tcase_add_test(t, what_is_overwritten_before_any_exit_is_dropped);
    tcase_add_test(t, operands_of_comparisons_live_to_the_exit);
    tcase_add_test(t, a_carry_that_is_used_is_computed);
    tcase_add_test(t, homes_live_to_the_exits);
    tcase_add_test(t, room_for_one_more_instruction);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
