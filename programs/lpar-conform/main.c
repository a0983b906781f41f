/* lpar-conform: runs the conformance guest on lpar or another emulator of the same machine, and tells which
 * calls do what LoPAR promises. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/names.h"
#include "programs/lpar-conform/cases.h"

enum { N_EMULATORS = 8 };

static void print_help(FILE *f)
{
    fputs("Usage: lpar-conform [OPTION]... [PATTERN]...\n"
          "\n"
          "  --list           the cases, and the text that each follows\n"
          "  --coverage       the calls, and how many cases each of their statuses has\n"
          "  --emu COMMAND    the emulator (default: the lpar beside this program); again with --matrix\n"
          "  --cpu NAME       the processor (default POWER9)\n"
          "  --order le|be    the guest's byte order (default le)\n"
          "  --mmu hash|radix the MMU, from POWER9 on (default hash)\n"
          "  --smp N          the number of processors, 1 to 8 (default 2)\n"
          "  --matrix         a line a case, a column an --emu\n"
          "  --json           results as JSON (default: TAP)\n"
          "  --limit SECONDS  how long a case may be silent (default 10)\n"
          "\n"
          "PATTERN is a call or a glob of call/case: H_ENTER, '*/unaligned'.\n",
          f);
}

static int complain(const char *text, const char *what)
{
    fprintf(stderr, "lpar-conform: %s '%s'\n", text, what);
    return 2;
}

/* The directory of this program. */
static void find_own(char *path, size_t size)
{
    ssize_t n = readlink("/proc/self/exe", path, size - 1);

    path[n < 0 ? 0 : n] = 0;
    if (strrchr(path, '/'))
        *strrchr(path, '/') = 0;
}

static bool find_image(struct run *run, const char *own)
{
    static const char *const places[] = { "", "../share/lpar/" };

    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        snprintf(run->image, sizeof run->image, "%s/%sconform-%s.bin", own, places[i], run->order);
        if (!access(run->image, R_OK))
            return true;
    }
    return false;
}

int main(int argc, char **argv)
{
    static const char *const valid[] = { "--list",   "--emu",  "--cpu",   "--order", "--matrix",
                                         "--json",   "--help", "--limit", "--smp",   "--mmu",   "--coverage",
                                         NULL };
    static char own[2000], lpar[2100];
    struct run runs[N_EMULATORS] = { 0 };
    char **filters = calloc((size_t)argc + 1, sizeof *filters);
    const char *cpu = "POWER9", *order = "le";
    size_t n_runs = 0, n_filters = 0, n_selected = 0;
    bool is_coverage = false, is_radix = false, is_list = false, is_matrix = false, is_json = false;
    unsigned limit_s = 10, smp = 2;
    int status = 0;

    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;

        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
            print_help(stdout);
            return 0;
        } else if (!strcmp(argv[i], "--list")) {
            is_list = true;
        } else if (!strcmp(argv[i], "--coverage")) {
            is_coverage = true;
        } else if (!strcmp(argv[i], "--mmu") && value &&
                   (!strcmp(value, "hash") || !strcmp(value, "radix"))) {
            is_radix = *argv[++i] == 'r';
        } else if (!strcmp(argv[i], "--matrix")) {
            is_matrix = true;
        } else if (!strcmp(argv[i], "--json")) {
            is_json = true;
        } else if (!strcmp(argv[i], "--emu") && value && n_runs < N_EMULATORS) {
            runs[n_runs++].emulator = argv[++i];
        } else if (!strcmp(argv[i], "--cpu") && value) {
            cpu = argv[++i];
        } else if (!strcmp(argv[i], "--smp") && value && atoi(value) > 0 && atoi(value) <= 8) {
            smp = (unsigned)atoi(argv[++i]);
        } else if (!strcmp(argv[i], "--limit") && value && atoi(value) > 0 && atoi(value) < 86400) {
            limit_s = (unsigned)atoi(argv[++i]);
        } else if (!strcmp(argv[i], "--order") && value &&
                   (!strcmp(value, "le") || !strcmp(value, "be"))) {
            order = argv[++i];
        } else if (argv[i][0] == '-') {
            struct error err = { 0 };

            error_set(&err, ERROR_USAGE, "wrong argument '%s'", argv[i]);
            names_hint(&err, argv[i], valid);
            fprintf(stderr, "lpar-conform: %s\nlpar-conform: %s\n", err.cause, err.hint);
            return 2;
        } else {
            filters[n_filters++] = argv[i];
        }
    }
    for (size_t n = 0; n < n_cases; n++)
        n_selected += case_is_selected(&cases[n], filters);
    if (is_coverage)
        return print_coverage() ? 0 : 1;
    if (is_list) {
        print_list(filters);
        return 0;
    }
    if (!n_selected)
        return complain("no case is called", filters[0]);
    find_own(own, sizeof own);
    snprintf(lpar, sizeof lpar, "'%s/lpar'", own);
    if (!n_runs)
        runs[n_runs++].emulator = lpar;
    if (n_runs > 1 && !is_matrix && !is_json)
        return complain("more than one --emu is for --matrix or --json:", runs[1].emulator);
    for (size_t i = 0; i < n_runs; i++) {
        runs[i].cpu = cpu;
        runs[i].order = order;
        runs[i].limit_s = limit_s;
        runs[i].smp = smp;
        runs[i].is_radix = is_radix;
        runs[i].results = calloc(n_cases, sizeof *runs[i].results);
        if (!find_image(&runs[i], own)) {
            complain("there is no guest image", runs[i].image);
            fputs("lpar-conform: apt-get install gcc-powerpc64le-linux-gnu, and make\n", stderr);
            return 2;
        }
        run_cases(&runs[i], filters);
        for (size_t n = 0; n < n_cases; n++)
            if (case_is_selected(&cases[n], filters) && runs[i].results[n].verdict == FAILED)
                status = 1;
    }
    if (is_json)
        print_json(runs, n_runs, filters);
    else if (is_matrix)
        print_matrix(runs, n_runs, filters);
    else
        print_tap(&runs[0], n_selected, filters);
    for (size_t i = 0; i < n_runs; i++)
        free(runs[i].results);
    free(filters);
    return status;
}
