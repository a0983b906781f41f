/* lpar-conform: runs the conformance guest on lpar or another emulator of the same machine, and tells which
 * calls do what LoPAR promises. The guest prints a line a case; where it crashes or hangs, it is started again
 * behind that case. */
#include <errno.h>
#include <fnmatch.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/names.h"

static const struct conform_case {
    const char *call, *name, *spec;
} cases[] = {
#define HC(call, token, name, spec, args, status, prepare, check) { call, name, spec },
#define RT(call, name, counts, args, status, prepare, check) { call, name, "LoPAR RTAS" },
#define PR(call, token) { call, "problem-state", "LoPAR hcall() privilege" },
#define FN(call, name, spec, function) { call, name, spec },
#define FE(call, name, spec, status, prepare, function) { call, name, spec },
#include "programs/lpar-conform/guest/cases.def"
};
enum { N_CASES = ARRAY_SIZE(cases), N_EMULATORS = 8, LINE = 300 };

enum verdict { PASSED, FAILED, SKIPPED };
struct result {
    enum verdict verdict;
    char why[120];
};

struct run {
    const char *emulator, *cpu, *order;
    unsigned limit_s, smp;
    char image[4096];
    struct result *results; /* N_CASES */
};

static void fail(struct run *run, size_t n, const char *why)
{
    run->results[n].verdict = FAILED;
    snprintf(run->results[n].why, sizeof run->results[n].why, "%s", why);
}

/* A line of the guest's: the case that it tells about, counted from 1; 0: none. */
static size_t take_line(struct run *run, const char *line)
{
    bool is_good = !strncmp(line, "ok ", 3);
    size_t n;
    const char *why;

    if (!is_good && strncmp(line, "not ok ", 7) != 0)
        return 0;
    n = strtoul(line + (is_good ? 3 : 7), NULL, 10);
    if (n < 1 || n > N_CASES)
        return 0;
    why = strchr(line, '#');
    fail(run, n - 1, why ? why + 2 : "");
    if (is_good)
        run->results[n - 1].verdict = why ? SKIPPED : PASSED;
    return n;
}

static pid_t start(const struct run *run, size_t first, size_t last, int *from)
{
    char command[9000];
    int pipes[2];
    pid_t pid;

    snprintf(command, sizeof command,
             "exec %s -cpu %s -smp %u -m 256 -uuid 00000000-0000-0000-0000-%06zx%06zx -bios '%s'",
             run->emulator, run->cpu, run->smp, first + 1, last + 1, run->image);
    if (pipe(pipes))
        return -1;
    pid = fork();
    if (!pid) {
        setpgid(0, 0);
        if (!freopen("/dev/null", "r", stdin))
            _exit(127);
        dup2(pipes[1], STDOUT_FILENO);
        close(pipes[0]);
        close(pipes[1]);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    close(pipes[1]);
    *from = pipes[0];
    return pid;
}

/* Runs first to last; returns the case after the last one told about. The reason why it ended is in *why; NULL:
 * the guest asks to be started again. */
static size_t run_once(struct run *run, size_t first, size_t last, const char **why)
{
    char line[LINE];
    size_t length = 0, next = first;
    bool is_end = false;
    int from = -1, status;
    pid_t pid = start(run, first, last, &from);

    *why = "the emulator cannot be started";
    if (pid < 0)
        return next;
    *why = "the guest ended here";
    while (!is_end) {
        struct pollfd p = { .fd = from, .events = POLLIN };
        char c;

        if (poll(&p, 1, (int)run->limit_s * 1000) == 0) {
            *why = "no answer within the time limit";
            break;
        }
        if (read(from, &c, 1) != 1)
            break;
        if (c != '\n') {
            if (length < sizeof line - 1 && c != '\r')
                line[length++] = c;
            continue;
        }
        line[length] = 0;
        length = 0;
        size_t n = take_line(run, line);
        next = n > next ? n : next;
        is_end = !strcmp(line, "end of cases") || !strcmp(line, "again");
        if (!strcmp(line, "again"))
            *why = NULL;
    }
    close(from);
    if (is_end)
        usleep(1000);
    kill(-pid, SIGKILL);
    waitpid(pid, &status, 0);
    return next;
}

static void run_cases(struct run *run, size_t first, size_t last)
{
    while (first <= last) {
        const char *why;
        size_t next = run_once(run, first, last, &why);

        if (next <= last && why)
            fail(run, next++, why);
        first = next;
    }
}

/* ---- output ---- */

static bool is_selected(const struct conform_case *c, char **filters)
{
    char name[200];

    snprintf(name, sizeof name, "%s/%s", c->call, c->name);
    for (char **f = filters; *f; f++)
        if (!fnmatch(*f, name, 0) || !strcmp(*f, c->call))
            return true;
    return !*filters;
}

static void print_text(const char *s)
{
    putchar('"');
    for (; *s; s++) {
        if (*s == '"' || *s == '\\')
            putchar('\\');
        if ((unsigned char)*s >= ' ')
            putchar(*s);
    }
    putchar('"');
}

static void print_json(const struct run *runs, size_t n_runs, char **filters)
{
    static const char *const words[] = { "passed", "failed", "skipped" };
    const char *separator = "[\n";

    for (size_t i = 0; i < n_runs; i++)
        for (size_t n = 0; n < N_CASES; n++) {
            const struct result *r = &runs[i].results[n];

            if (!is_selected(&cases[n], filters))
                continue;
            printf("%s{\"number\":%zu,\"case\":\"%s/%s\",\"spec\":", separator, n + 1, cases[n].call,
                   cases[n].name);
            print_text(cases[n].spec);
            printf(",\"emulator\":");
            print_text(runs[i].emulator);
            printf(",\"result\":\"%s\",\"detail\":", words[r->verdict]);
            print_text(r->why);
            putchar('}');
            separator = ",\n";
        }
    puts("\n]");
}

static void print_tap(const struct run *run, size_t n_selected, char **filters)
{
    printf("1..%zu\n", n_selected);
    for (size_t n = 0; n < N_CASES; n++) {
        const struct result *r = &run->results[n];

        if (is_selected(&cases[n], filters))
            printf("%sok %zu %s/%s%s%s\n", r->verdict == FAILED ? "not " : "", n + 1, cases[n].call,
                   cases[n].name, *r->why ? " # " : "", r->why);
    }
}

static void print_matrix(const struct run *runs, size_t n_runs, char **filters)
{
    static const char *const words[] = { "ok", "NOT OK", "skip" };

    for (size_t i = 0; i < n_runs; i++)
        printf("# column %zu: %s\n", i + 1, runs[i].emulator);
    for (size_t n = 0; n < N_CASES; n++) {
        if (!is_selected(&cases[n], filters))
            continue;
        for (size_t i = 0; i < n_runs; i++)
            printf("%-7s ", words[runs[i].results[n].verdict]);
        printf("%s/%s\n", cases[n].call, cases[n].name);
    }
}

static void print_help(FILE *f)
{
    fputs("Usage: lpar-conform [OPTION]... [PATTERN]...\n"
          "\n"
          "  --list           the cases, and the text that each follows\n"
          "  --emu COMMAND    the emulator (default: the lpar beside this program); again with --matrix\n"
          "  --cpu NAME       the processor (default POWER9)\n"
          "  --order le|be    the guest's byte order (default le)\n"
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
                                         "--json",   "--help", "--limit", "--smp",   NULL };
    static char own[2000], lpar[2100];
    struct run runs[N_EMULATORS] = { 0 };
    char **filters = calloc((size_t)argc + 1, sizeof *filters);
    const char *cpu = "POWER9", *order = "le";
    size_t n_runs = 0, n_filters = 0, first = N_CASES, last = 0, n_selected = 0;
    bool is_list = false, is_matrix = false, is_json = false;
    unsigned limit_s = 10, smp = 2;
    int status = 0;

    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;

        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
            print_help(stdout);
            return 0;
        } else if (!strcmp(argv[i], "--list")) {
            is_list = true;
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
    for (size_t n = 0; n < N_CASES; n++)
        if (is_selected(&cases[n], filters)) {
            first = first < n ? first : n;
            last = n;
            n_selected++;
            if (is_list)
                printf("%s/%s\t%s\n", cases[n].call, cases[n].name, cases[n].spec);
        }
    if (is_list)
        return 0;
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
        runs[i].results = calloc(N_CASES, sizeof *runs[i].results);
        if (!find_image(&runs[i], own)) {
            complain("there is no guest image", runs[i].image);
            fputs("lpar-conform: apt-get install gcc-powerpc64le-linux-gnu, and make\n", stderr);
            return 2;
        }
        run_cases(&runs[i], first, last);
        for (size_t n = 0; n < N_CASES; n++)
            if (is_selected(&cases[n], filters) && runs[i].results[n].verdict == FAILED)
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
