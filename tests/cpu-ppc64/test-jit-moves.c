/* Moves between host registers that happen all at once, where a region is left: the code is carried out on an array
 * and compared with what was asked for. */
#include <check.h>
#include <stdlib.h>

#include "cpu-ppc64/jit/x86-64/backend-internal.h"

enum { RANDOM_MAPS = 50000, CODE = 256 };

static uint8_t code[CODE];

/* Carries out mov and xchg of registers; false for anything else. */
static bool carry_out(const uint8_t *p, const uint8_t *end, unsigned at[X86_REGS])
{
    enum { REX_W = 0x48, REX_R = 4, REX_B = 1, MOV = 0x8b, XCHG = 0x87 };

    for (; p < end; p += 3) {
        unsigned reg = (p[2] >> 3 & 7) | (p[0] & REX_R ? 8 : 0), rm = (p[2] & 7) | (p[0] & REX_B ? 8 : 0), t = at[reg];

        if ((p[0] & 0xfa) != REX_W || p[2] >> 6 != 3)
            return false;
        at[reg] = at[rm];
        if (p[1] == XCHG)
            at[rm] = t;
        else if (p[1] != MOV)
            return false;
    }
    return true;
}

static void check_map(const uint8_t map[X86_REGS])
{
    struct x86_asm a = { code, code + CODE, false };
    uint8_t used_up[X86_REGS];
    unsigned at[X86_REGS], wanted = 0;

    for (unsigned r = 0; r < X86_REGS; r++) {
        at[r] = r;
        wanted += map[r] != NO_REG && map[r] != r;
    }
    memcpy(used_up, map, sizeof used_up);
    move_registers(&a, used_up);
    ck_assert(!a.full);
    ck_assert_msg(a.p - code <= 3 * wanted, "%d bytes for %u moves", (int)(a.p - code), wanted);
    ck_assert(carry_out(code, a.p, at));
    for (unsigned r = 0; r < X86_REGS; r++) {
        ck_assert_msg(map[r] == NO_REG || at[r] == map[r], "register %u has %u, wants %u", r, at[r], map[r]);
        /* What was not asked for may change only if somebody else could have wanted it. */
        ck_assert(r != RSP || at[r] == RSP);
    }
}

static const uint8_t five[] = { RBX, RSI, RDI, R8, R12 };
enum { FIVE = sizeof five };

/* Each of the five from any of them, or from nowhere: 6^5 maps, all permutations among them. */
START_TEST(five_registers)
{
    for (unsigned n = 0; n < 6 * 6 * 6 * 6 * 6; n++) {
        uint8_t map[X86_REGS];

        memset(map, NO_REG, sizeof map);
        for (unsigned k = 0, rest = n; k < FIVE; k++, rest /= 6)
            map[five[k]] = rest % 6 < FIVE ? five[rest % 6] : NO_REG;
        check_map(map);
    }
}
END_TEST

START_TEST(random_maps)
{
    srand(1);
    for (unsigned n = 0; n < RANDOM_MAPS; n++) {
        uint8_t map[X86_REGS];

        for (unsigned r = 0; r < X86_REGS; r++) {
            unsigned from = (unsigned)rand() % X86_REGS;

            map[r] = r == RSP || from == RSP || rand() % 3 == 0 ? NO_REG : (uint8_t)from;
        }
        check_map(map);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("jit-moves");
    TCase *t = tcase_create("moves");
    SRunner *r;
    int failed;

    tcase_add_test(t, five_registers);
    tcase_add_test(t, random_maps);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
