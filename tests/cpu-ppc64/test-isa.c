/* The instruction table: every row is found again by the decoder, fields are taken out as they were
 * put in, and the generator refuses tables with mistakes, naming the line. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bits.h"
#include "cpu-ppc64/disas.h"
#include "cpu-ppc64/interp/op.h"

enum { WORDS_OF_A_ROW = 2000, RANDOM_WORDS = 2000000 };

static uint64_t seed = UINT64_C(0x2545f4914f6cdd1d);

static uint32_t random_word(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 32);
}

/* ---- decoder --------------------------------------------------------------------------------- */

START_TEST(rows_are_sound)
{
    for (unsigned id = 1; id < ISA_COUNT; id++) {
        const struct isa_row *row = isa_row(id);
        unsigned who = row->flags & (ISA_FLAG_USER | ISA_FLAG_PRIV | ISA_FLAG_HV);

        ck_assert_msg(!(row->value & ~row->mask), "%s: value outside the mask", row->name);
        ck_assert_msg(!(row->operand_bits & row->mask), "%s: operands in the mask", row->name);
        ck_assert_msg(
            (row->mask >> 32 ? row->mask >> 32 & 0xfc000000 : row->mask & 0xfc000000) == 0xfc000000,
            "%s: no primary opcode", row->name);
        ck_assert_msg(who && !(who & (who - 1)), "%s: for whom?", row->name);
        ck_assert_msg(row->level >= ISA_2_06 && row->level <= ISA_3_1, "%s: level", row->name);
        ck_assert_ptr_nonnull(isa_ops[id]);
        if (row->flags & ISA_FLAG_DONE)
            ck_assert_msg(isa_ops[id] != op_missing, "%s: done, but missing", row->name);
        for (unsigned other = 1; other < id; other++)
            ck_assert_str_ne(isa_row(other)->name, row->name);
    }
    ck_assert_str_eq(isa_row(ISA_INVALID)->name, "(invalid)");
    ck_assert_str_eq(isa_row(ISA_COUNT)->name, "(invalid)");
}
END_TEST

/* Operands at random: the same row or a special case of it. Reserved bits change nothing. */
START_TEST(rows_decode_to_themselves)
{
    for (unsigned id = 1; id < ISA_COUNT; id++) {
        const struct isa_row *row = isa_row(id);
        unsigned itself = 0;

        for (unsigned n = 0; n < WORDS_OF_A_ROW; n++) {
            insn_t bits = (insn_t)(row->value >> 32 ? random_word() : 0) << 32 | random_word();
            insn_t word = row->value | (bits & (n & 1 ? row->operand_bits : ~row->mask));
            unsigned got = isa_decode(word);
            const struct isa_row *found = isa_row(got);

            itself += got == id;
            ck_assert_msg(
                got == id || (got != ISA_INVALID && (found->mask & row->mask) == row->mask),
                "%llx of %s is decoded as %s", (unsigned long long)word, row->name, found->name);
        }
        ck_assert_msg(itself >= WORDS_OF_A_ROW / 8, "%s is itself in %u words only", row->name,
                      itself);
    }
}
END_TEST

/* The decoder's order against a plain search for the row with most fixed bits. */
START_TEST(random_words)
{
    unsigned valid = 0;

    for (unsigned n = 0; n < RANDOM_WORDS / 100; n++) {
        uint32_t word = random_word();
        unsigned best = ISA_INVALID;

        if (n & 1) /* opcodes with extended ones */
            word = (word & 0x03ffffff) | (uint32_t[]){ 4, 19, 31, 59, 60, 63 }[n / 2 % 6] << 26;
        for (unsigned id = 1; id < ISA_COUNT; id++)
            if ((word & isa_row(id)->mask) == isa_row(id)->value && !(isa_row(id)->value >> 32) &&
                (!best || __builtin_popcountll(isa_row(id)->mask) >
                              __builtin_popcountll(isa_row(best)->mask)))
                best = id;
        ck_assert_msg(isa_decode(word) == best, "%08x: %s instead of %s", word,
                      isa_row(isa_decode(word))->name, isa_row(best)->name);
        valid += best != ISA_INVALID;
    }
    ck_assert_uint_gt(valid, RANDOM_WORDS / 400);
}
END_TEST

START_TEST(disassembly_survives_all_words)
{
    char text[96], small[4];

    for (unsigned n = 0; n < RANDOM_WORDS / 10; n++) {
        uint32_t word = random_word();

        text[0] = 0;
        disas(text, sizeof text, word, 0x1000);
        ck_assert(text[0] && strlen(text) < sizeof text);
        disas(small, sizeof small, word, 0x1000);
        ck_assert_uint_lt(strlen(small), sizeof small);
    }
}
END_TEST

/* ---- fields ---------------------------------------------------------------------------------- */

START_TEST(fields)
{
    /* Words as the assembler makes them. */
    ck_assert_int_eq(f_li(0x4bfffffc), -4);             /* b .-4 */
    ck_assert_int_eq(f_li(0x49fffffd), 0x1fffffc);      /* bl .+0x1fffffc */
    ck_assert_uint_eq(f_lk(0x49fffffd), 1);
    ck_assert_uint_eq(f_aa(0x48000002), 1);
    ck_assert_int_eq(f_bd(0x41828000), -32768);         /* beq .-32768 */
    ck_assert_int_eq(f_si(0x3860ffff), -1);             /* li r3,-1 */
    ck_assert_uint_eq(f_ui(0x6063ffff), 0xffff);        /* ori r3,r3,65535 */
    ck_assert_int_eq(f_ds(0xe861fff8), -8);             /* ld r3,-8(r1) */
    ck_assert_int_eq(f_ds(0xe8618002), -32768);         /* lwa r3,-32768(r1) */
    ck_assert_int_eq(f_dq(0xe041fff0), -16);            /* lq r2,-16(r1) */
    ck_assert_int_eq(f_dx(0x4c7fffc5), -1);             /* addpcis r3,-1 */
    ck_assert_int_eq(f_dx(0x4c600004), 0);              /* addpcis r3,0 */
    ck_assert_uint_eq(f_sh6(0x7c63fe76), 63);           /* sradi r3,r3,63 */
    ck_assert_uint_eq(f_spr(0x7c7a02a6), SPR_SRR0);     /* mfsrr0 r3 */
    ck_assert_uint_eq(f_spr(0x7c6c42a6), SPR_TB);       /* mftb r3 */
    ck_assert_uint_eq(f_fxm(0x7c601120), 1);            /* mtcrf 1,r3 */
    ck_assert_uint_eq(f_xt(0xf0000497 | 31 << 21), 63); /* xxlor vs63,vs32,vs32 */
    ck_assert_uint_eq(f_xa(0xf0000497), 32);
    ck_assert_uint_eq(f_xb(0xf0000497 | 1 << 11), 33);
    ck_assert_uint_eq(f_lev(0x44000022), 1);            /* sc 1 */
    ck_assert_uint_eq(f_bf(0x2f830000), 7);             /* cmpwi cr7,r3,0 */
    ck_assert_uint_eq(f_l14(0x7c6105e6), 1);            /* darn r3,1 */
}
END_TEST

/* ---- the generator --------------------------------------------------------------------------- */

#define FIELDS "field rt 6:10 gpr\nfield ra 11:15 gpr\n"
#define ADD "add ; 011111 ..... ..... ..... . 100001010 . ; rt ra ; 2.06 ; - ; fixed ; user\n"

static const struct { const char *table, *source, *message;
} mistakes[] = {
    { FIELDS ADD, "OP(add) { return true; }\n", NULL },
    { FIELDS "add ; 011111 ; rt ; 2.06 ; - ; fixed\n", "", "bad.isa:3: 6 columns instead of 7" },
    { FIELDS "add ; 011111 ; rt ; 2.06 ; - ; fixed ; user\n", "", "bad.isa:3: pattern of 'add'" },
    { FIELDS "\n# nothing\n" ADD ADD, "", "bad.isa:6: 'add' twice" },
    { "field rt 6:10 gpr\n" ADD, "", "bad.isa:2: unknown field 'ra'" },
    { "field rt 6:32 gpr\n", "", "bad.isa:1: bits '6:32'" },
    { "field rt 10:6 gpr\n", "", "bad.isa:1: bits '10:6'" },
    { "field rt 6:10 what\n", "", "bad.isa:1: a field line is" },
    { FIELDS "field rt 6:10 gpr\n", "", "bad.isa:3: field 'rt' twice" },
    { FIELDS "add ; 011111 00000 ..... ..... . 100001010 . ; rt ; 2.06 ; - ; fixed ; user\n", "",
      "bad.isa:3: 'add': an operand's field covers fixed bits" },
    { FIELDS "field l2 9:10 num\n"
             "darn ; 011111 ..... ..... ..... 1011110011 . ; rt l2 ; 3.0 ; - ; fixed ; user\n",
      "", "bad.isa:4: 'darn': field 'l2' shares bits with another operand" },
    { FIELDS "add ; 011111 ..... ..... ..... . 100001010 . ; rt ; 2.05 ; - ; fixed ; user\n", "",
      "bad.isa:3: unknown level '2.05'" },
    { FIELDS "add ; 011111 ..... ..... ..... . 100001010 . ; rt ; 2.06 ; fpu ; fixed ; user\n", "",
      "bad.isa:3: unknown facility 'fpu'" },
    { FIELDS "add ; 011111 ..... ..... ..... . 100001010 . ; rt ; 2.06 ; - ; integer ; user\n", "",
      "bad.isa:3: unknown class 'integer'" },
    { FIELDS "add ; 011111 ..... ..... ..... . 100001010 . ; rt ; 2.06 ; - ; fixed ; root\n", "",
      "bad.isa:3: unknown flag 'root'" },
    { FIELDS ADD "add2 ; 011111 ..... ..... ..... . 100001010 . ; rt ; 2.06 ; - ; fixed ; user\n",
      "", "bad.isa:4: 'add2' and 'add' (bad.isa:3) match the same words" },
    { FIELDS ADD "sub ; 011111 ..... ..... ..... 1 10.001010 . ; rt ; 2.06 ; - ; fixed ; user\n",
      "", "bad.isa:4: 'sub' and 'add' (bad.isa:3) match the same words" },
    { FIELDS ADD, "OP(subtract) { return true; }\n",
      "OP(subtract) has no line in the instruction table" },
    { FIELDS ADD, "OP(add) { return true; }\nOP(add) { return true; }\n",
      "bad.c:2: OP(add) is also in bad.c" },
};

static char directory[] = "/tmp/lpar-test-isa-XXXXXX";

static void set_up(void)
{
    strcpy(directory + sizeof directory - 7, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
}

static void tear_down(void)
{
    char command[128];

    snprintf(command, sizeof command, "rm -r %s", directory);
    ck_assert_int_eq(system(command), 0);
}

static void write_file(const char *name, const char *text)
{
    char path[128];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", directory, name);
    f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    fputs(text, f);
    ck_assert_int_eq(fclose(f), 0);
}

/* The source tree: from the environment of the checks, else from where this file was compiled. */
static void source_directory(char *buf, size_t size)
{
    const char *env = getenv("srcdir"), *end = strstr(__FILE__, "/tests/cpu-ppc64/");

    if (env && *env == '/')
        snprintf(buf, size, "%s", env);
    else if (end)
        snprintf(buf, size, "%.*s", (int)(end - __FILE__), __FILE__);
    else
        snprintf(buf, size, ".");
    if (*buf != '/') {
        char relative[512], *cwd = getcwd(NULL, 0);

        snprintf(relative, sizeof relative, "%s", buf);
        snprintf(buf, size, "%s/%s", cwd, relative);
        free(cwd);
    }
}

START_TEST(generator_errors)
{
    char command[2048], source[1024], output[1024];
    const char *python = getenv("PYTHON");
    FILE *f;
    size_t n;
    int status;

    source_directory(source, sizeof source);
    write_file("bad.isa", mistakes[_i].table);
    write_file("bad.c", mistakes[_i].source);
    snprintf(
        command, sizeof command,
        "cd %s && exec %s '%s/cpu-ppc64/isa/gen-isa.py' --out . --isa bad.isa --interp bad.c 2>&1",
        directory, python ? python : "python3", source);
    f = popen(command, "r");
    ck_assert_ptr_nonnull(f);
    n = fread(output, 1, sizeof output - 1, f);
    output[n] = 0;
    status = pclose(f);
    ck_assert(WIFEXITED(status));
    if (!mistakes[_i].message) {
        ck_assert_msg(WEXITSTATUS(status) == 0, "%s", output);
        return;
    }
    ck_assert_msg(WEXITSTATUS(status) == 1, "not refused: %s", mistakes[_i].message);
    ck_assert_msg(strstr(output, mistakes[_i].message), "'%s' instead of '%s'", output,
                  mistakes[_i].message);
    ck_assert_msg(!strstr(output, "Traceback"), "%s", output);
    /* Nothing half-made is left behind. */
    snprintf(command, sizeof command, "%s/isa-table.c", directory);
    if (!strstr(mistakes[_i].message, "has no line"))
        ck_assert_int_ne(access(command, F_OK), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("isa");
    SRunner *runner = srunner_create(suite);
    TCase *rows = tcase_create("rows"), *generator = tcase_create("generator");
    int failed;

    tcase_set_timeout(rows, 60);
    tcase_add_test(rows, rows_are_sound);
    tcase_add_test(rows, rows_decode_to_themselves);
    tcase_add_test(rows, random_words);
    tcase_add_test(rows, disassembly_survives_all_words);
    tcase_add_test(rows, fields);
    suite_add_tcase(suite, rows);
    tcase_set_timeout(generator, 60);
    tcase_add_checked_fixture(generator, set_up, tear_down);
    tcase_add_loop_test(generator, generator_errors, 0, ARRAY_SIZE(mistakes));
    suite_add_tcase(suite, generator);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
