/* For gcc.guest: a program whose output tells how its compiler and processor calculate. Compiled in the guest at several
 * levels, it prints what the same program prints that was compiled by a cross compiler and run by qemu-user. Nothing in
 * the output depends on the level: floating point is not contracted (-ffp-contract=off). */
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state = UINT64_C(88172645463325252);

static uint64_t rnd(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

static uint64_t sum;

static void add(uint64_t v)
{
    sum = (sum << 9 | sum >> 55) * 31 + v;
}

static void add_double(double d)
{
    uint64_t v;

    memcpy(&v, &d, sizeof v);
    add(d != d ? 1 : v);
}

static void show(const char *what)
{
    printf("%-12s %016llx\n", what, (unsigned long long)sum);
    sum = 0;
}

/* ---- integers -------------------------------------------------------------------------------- */

#define INTEGERS(type, unsigned_type, name)                                                           \
    static void name(void)                                                                            \
    {                                                                                                 \
        for (int i = 0; i < 3000; i++) {                                                              \
            uint64_t r = rnd(), q = rnd();                                                            \
            type a = (type)(r >> r % 64), b = (type)(q >> q % 64);                                    \
            unsigned_type x = (unsigned_type)a, y = (unsigned_type)b;                                 \
            unsigned n = (unsigned)(rnd() % (8 * sizeof x));                                          \
                                                                                                      \
            add((uint64_t)(unsigned_type)(x * y) ^ (uint64_t)(unsigned_type)(x + y));                  \
            if (y) {                                                                                  \
                add((uint64_t)(x / y));                                                               \
                add((uint64_t)(x % y));                                                               \
            }                                                                                         \
            if (b && b != -1) {                                                                       \
                add((uint64_t)(a / b));                                                               \
                add((uint64_t)(a % b));                                                               \
            }                                                                                         \
            add((uint64_t)(a >> n));                                                                  \
            add((uint64_t)(unsigned_type)(x << n | x >> (8 * sizeof x - n) % (8 * sizeof x)));         \
            add((uint64_t)(a < b) + 2 * (x < y) + 4 * (a == b));                                      \
            add((uint64_t)(a / 7) + (uint64_t)(x % 1000));                                             \
        }                                                                                             \
        show(#name);                                                                                  \
    }

INTEGERS(int8_t, uint8_t, integers8)
INTEGERS(int16_t, uint16_t, integers16)
INTEGERS(int32_t, uint32_t, integers32)
INTEGERS(int64_t, uint64_t, integers64)
__extension__ typedef __int128 i128;
__extension__ typedef unsigned __int128 u128;
INTEGERS(i128, u128, integers128)

static void bits(void)
{
    for (int i = 0; i < 3000; i++) {
        uint64_t v = rnd() >> rnd() % 63 | 1;
        int64_t product, w = (int64_t)rnd();
        bool over;

        add((uint64_t)__builtin_clzll(v) + ((uint64_t)__builtin_ctzll(v) << 8) + ((uint64_t)__builtin_popcountll(v) << 16));
        add(__builtin_bswap64(v) ^ __builtin_bswap32((uint32_t)v) ^ __builtin_bswap16((uint16_t)v));
        add((uint64_t)__builtin_parityll(v) + ((uint64_t)__builtin_ffsll((long long)(v << 5)) << 3));
        over = __builtin_mul_overflow((int64_t)v, w, &product);
        add((uint64_t)over + (uint64_t)product);
        over = __builtin_add_overflow((int64_t)v, INT64_MAX - 1000, &product);
        add((uint64_t)over + (uint64_t)product);
    }
    show("bits");
}

/* ---- floating point -------------------------------------------------------------------------- */

static double random_double(void)
{
    uint64_t v = rnd();
    double d;

    if (v % 3) /* moderate ones */
        v = (v & ~(UINT64_C(0x7ff) << 52)) | (1023 - 40 + v % 80) << 52;
    memcpy(&d, &v, sizeof d);
    return d;
}

static void floating_point(void)
{
    for (int i = 0; i < 3000; i++) {
        double a = random_double();
        double b = random_double();
        float f = (float)a, g = (float)b;

        add_double(a + b);
        add_double(a - b);
        add_double(a * b);
        add_double(a / b);
        add_double(sqrt(fabs(a)));
        add_double(fma(a, b, 1));
        add_double((double)(f + g) + (double)(f * g));
        add_double((double)(f / g));
        add_double(floor(a) + ceil(b) + trunc(a) + rint(b) + round(a));
        add((uint64_t)(a < b) + 2 * (a <= b) + 4 * (a == b) + 8 * (uint64_t)!!isunordered(a, b));
        if (fabs(a) < 0x1p31) {
            add((uint64_t)(int64_t)a + (uint64_t)(int32_t)a);
            add((uint64_t)(uint32_t)fabs(a));
        }
        add_double((double)(int64_t)rnd());
        add_double((double)rnd());
        add_double((double)(float)rnd());
        add_double((double)(int32_t)rnd());
        add_double(fmin(a, b) + fmax(a, b) + copysign(a, b));
    }
    show("double");
    for (int i = 0; i < 500; i++) {
        long double a = random_double();
        double b = random_double();
        a += 1e-20L;
        a = a * 3 + b / 7;
        add_double((double)a);
        add_double((double)(a - (double)a));
        add((uint64_t)(a > b));
    }
    show("long double");
    for (int i = 0; i < 500; i++) {
        _Float128 a = random_double();
        _Float128 b = random_double();

        a = a * 3 + b / 7;
        add_double((double)a);
        add_double((double)(a - (double)a));
        add((uint64_t)(a > b) + (uint64_t)(b == (double)b));
    }
    show("_Float128");
}

static void text(void)
{
    char line[200], back[200];

    for (int i = 0; i < 300; i++) {
        double d = random_double();
        unsigned long long n = rnd();

        snprintf(line, sizeof line, "%.17g|%a|%e|%15.3f|%llx|%d|%-8s|%Lg", d, d, d, fmod(d, 1e9),
                 n, (int)n, "text", (long double)d / 3);
        if (d == d && strtod(line, NULL) != d)
            printf("FAIL: %s is not %a\n", line, d);
        for (const char *p = line; *p; p++)
            add((unsigned char)*p);
        strcpy(back, line);
        add((uint64_t)strlen(back) + (uint64_t)!!strstr(back, "text") + (uint64_t)(strchr(back, '|') - back));
        memmove(back + 1, line, strlen(line));
        add((uint64_t)(memcmp(back, line, 20) > 0));
    }
    show("text");
}

/* ---- loops that a compiler turns into vectors ------------------------------------------------ */

static void vectors(void)
{
    static int32_t a[1000], b[1000], c[1000];
    static double x[1000], y[1000];
    static uint8_t s[1003], t[1003];
    static int64_t l[500];
    int32_t most = INT32_MIN;

    for (int i = 0; i < 1000; i++) {
        a[i] = (int32_t)rnd();
        b[i] = (int32_t)(rnd() % 1000);
        x[i] = (double)(int32_t)rnd();
        y[i] = (double)(int32_t)rnd() / 3;
        s[i] = (uint8_t)rnd();
    }
    for (int i = 0; i < 1000; i++) {
        c[i] = a[i] * b[i] + (a[i] >> 3) - (b[i] << 2);
        c[i] = a[i] > b[i] ? c[i] : ~c[i];
        y[i] = y[i] * x[i] - x[i] / 2;
        t[i] = (uint8_t)(s[999 - i] + s[i]);
    }
    for (int i = 0; i < 500; i++)
        l[i] = (int64_t)a[i] * a[i + 500] + l[i] / 3;
    for (int i = 0; i < 1000; i++)
        most = c[i] > most ? c[i] : most;
    add((uint64_t)most);
    for (int i = 0; i < 1000; i++) {
        add((uint64_t)c[i] + t[i] + (uint64_t)l[i / 2]);
        add_double(y[i]);
    }
    show("vectors");
}

/* ---- control --------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    uint64_t x, y;

    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return x < y ? -1 : x > y;
}

static long variable(int n, ...)
{
    va_list ap;
    long total = 0;

    va_start(ap, n);
    for (int i = 0; i < n; i++)
        total += i % 2 ? (long)va_arg(ap, double) : va_arg(ap, int);
    va_end(ap);
    return total;
}

struct wide {
    double d[6];
    int i;
};

static struct wide pass(struct wide w, float f, int i, struct wide v)
{
    for (int n = 0; n < 6; n++)
        w.d[n] += v.d[5 - n] * (double)f;
    w.i += i;
    return w;
}

static jmp_buf there;
static volatile sig_atomic_t signals;

static void on_signal(int signal)
{
    signals += signal;
}

static uint64_t counter;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static uint64_t guarded;

static void *thread(void *unused)
{
    for (int i = 0; i < 2000; i++) {
        __atomic_add_fetch(&counter, 3, __ATOMIC_SEQ_CST);
        pthread_mutex_lock(&mutex);
        guarded += 5;
        pthread_mutex_unlock(&mutex);
    }
    return unused;
}

static void control(void)
{
    static uint64_t numbers[2000];
    struct wide w = { { 1, 2, 3, 4, 5, 6 }, 7 };
    pthread_t threads[4];
    volatile int jumps = 0;

    for (int i = 0; i < 2000; i++)
        numbers[i] = rnd();
    qsort(numbers, 2000, sizeof *numbers, compare);
    for (int i = 0; i < 2000; i++)
        add(numbers[i]);
    show("sorted");
    add((uint64_t)variable(9, 1, 2.5, 3, 4.5, 5, 6.5, 7, 8.5, 9));
    w = pass(w, 1.5f, 3, w);
    for (int i = 0; i < 6; i++)
        add_double(w.d[i]);
    add((uint64_t)w.i);
    if (setjmp(there) < 5)
        longjmp(there, ++jumps);
    add((uint64_t)jumps);
    signal(SIGUSR1, on_signal);
    for (int i = 0; i < 3; i++)
        raise(SIGUSR1);
    add((uint64_t)signals);
    for (int i = 0; i < 4; i++)
        if (pthread_create(&threads[i], NULL, thread, NULL))
            printf("FAIL: no thread\n");
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    add(counter + guarded);
    for (int i = 0; i < 300; i++) {
        switch (rnd() % 11) {
        case 0: add(1); break;
        case 1: add(17); break;
        case 2: add(4);
        /* fall through */
        case 3: add(9); break;
        case 5: add(2); break;
        case 6: add(33); break;
        case 9: add(5); break;
        default: add(0);
        }
    }
    show("control");
}

int main(void)
{
    integers8();
    integers16();
    integers32();
    integers64();
    integers128();
    bits();
    floating_point();
    text();
    vectors();
    control();
    return 0;
}
