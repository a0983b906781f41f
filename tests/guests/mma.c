/* A program that a compiler made for POWER10: products of matrices with the matrix-multiply assist, and prefixed
 * instructions, against plain loops. Exits with the number of failures. */
#include <altivec.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef vector unsigned char bytes;

static int failures;

static void expect(int holds, const char *what)
{
    printf("%s: %s\n", holds ? "ok" : "FAIL", what);
    failures += !holds;
}

/* 4 by n times n by 4. */
static void singles(void)
{
    enum { N = 64 };
    float a[N][4], b[N][4], want[4][4] = { 0 }, got[4][4];
    __vector_quad acc;

    for (int k = 0; k < N; k++)
        for (int i = 0; i < 4; i++) {
            a[k][i] = (float)(k * 3 + i) / 8;
            b[k][i] = (float)(17 - k + 5 * i) / 4;
        }
    __builtin_mma_xxsetaccz(&acc);
    for (int k = 0; k < N; k++) {
        bytes x, y;

        memcpy(&x, a[k], 16);
        memcpy(&y, b[k], 16);
        __builtin_mma_xvf32gerpp(&acc, x, y);
        for (int i = 0; i < 4; i++)
            for (int j = 0; j < 4; j++)
                want[i][j] = __builtin_fmaf(a[k][i], b[k][j], want[i][j]);
    }
    __builtin_mma_disassemble_acc(got, &acc);
    /* In little-endian mode elements of registers are numbered from the other end. */
    int same = 1;
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++)
            same &= got[3 - i][j] == want[i][j] || got[i][j] == want[i][j];
    expect(same, "sums of outer products of singles");
}

static void integers(void)
{
    int8_t a[16];
    uint8_t b[16];
    int32_t got[4][4];
    int same = 1;
    __vector_quad acc;
    bytes x, y;

    for (int i = 0; i < 16; i++) {
        a[i] = (int8_t)(i * 37 - 90);
        b[i] = (uint8_t)(i * 53 + 11);
    }
    memcpy(&x, a, 16);
    memcpy(&y, b, 16);
    __builtin_mma_xvi8ger4(&acc, x, y);
    __builtin_mma_disassemble_acc(got, &acc);
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++) {
            int32_t sum = 0;

            for (int k = 0; k < 4; k++)
                sum += a[4 * i + k] * b[4 * j + k];
            same &= got[3 - i][j] == sum || got[i][j] == sum;
        }
    expect(same, "outer products of bytes");
}

/* A large constant and data far away: what the compiler uses prefixed instructions for. */
static int64_t table[100000];

int main(void)
{
    volatile int64_t at = 99999;
    int64_t sum = 0;

    singles();
    integers();
    for (int i = 0; i < 100000; i++)
        table[i] = i * INT64_C(0x123456789);
    for (int i = 0; i < 100000; i++)
        sum += table[i] ^ INT64_C(0x1ffff0000);
    expect(table[at] == 99999 * INT64_C(0x123456789) && sum != 0, "prefixed constants and addresses");
    fflush(stdout);
    return failures;
}
