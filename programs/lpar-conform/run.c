/* Runs the guest on an emulator, and reads what it tells: a line a case. Where it crashes or hangs, it is started
 * again behind that case; each section of cases has a machine of its own. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "programs/lpar-conform/cases.h"

enum { LINE = 300 };
#define PLAIN_OPTIONS "-m 256"

static void judge(struct run *run, size_t n, enum verdict verdict, const char *why)
{
    run->results[n].verdict = verdict;
    snprintf(run->results[n].why, sizeof run->results[n].why, "%s", why);
}

/* One start of the guest. */
struct guest {
    pid_t pid;
    int from;         /* what it writes */
    size_t next;      /* the case after the last one told about */
    size_t ending;    /* the case that is to end the machine, from 1; 0: none */
    bool has_begun, is_over;
    const char *why;  /* why it ended; NULL: as it should */
};

static bool start(const struct run *run, struct guest *g, size_t first, size_t last)
{
    const struct conform_case *machine = case_machine(first);
    char command[9000];
    int pipes[2];

    snprintf(command, sizeof command, "exec %s -cpu %s -smp %u %s -uuid 0000000%d-0000-0000-0000-%06zx%06zx -bios '%s'",
             run->emulator, run->cpu, run->smp, machine ? machine->spec : PLAIN_OPTIONS, run->is_radix, first + 1,
             last + 1, run->image);
    if (pipe(pipes))
        return false;
    g->pid = fork();
    if (!g->pid) {
        setpgid(0, 0);
        if (!freopen("/dev/null", "r", stdin) || (machine && !freopen("/dev/null", "w", stderr)))
            _exit(127);
        dup2(pipes[1], STDOUT_FILENO);
        close(pipes[0]);
        close(pipes[1]);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    close(pipes[1]);
    g->from = pipes[0];
    return g->pid > 0;
}

/* "ok N NAME", "not ok N NAME # WHY", "ends N NAME": N, if it is a case's number. */
static size_t number_of(const char *line, const char *word)
{
    size_t n = strncmp(line, word, strlen(word)) != 0 ? 0 : strtoul(line + strlen(word), NULL, 10);

    return n <= n_cases ? n : 0;
}

static void end(struct guest *g, const char *why)
{
    g->is_over = true;
    g->why = why;
}

/* What a case was to bring about: the machine begins again, or is off. */
static void end_of_machine(struct run *run, struct guest *g, enum ending how, const char *why)
{
    end(g, g->ending ? NULL : why);
    if (!g->ending)
        return;
    if (cases[g->ending - 1].ending == how)
        judge(run, g->ending - 1, PASSED, "");
    else
        judge(run, g->ending - 1, FAILED, why);
    g->next = g->ending;
}

static void take_line(struct run *run, struct guest *g, const char *line)
{
    size_t good = number_of(line, "ok "), bad = number_of(line, "not ok "), ending = number_of(line, "ends ");
    const char *why = strchr(line, '#');

    if (good)
        judge(run, good - 1, why ? SKIPPED : PASSED, why ? why + 2 : "");
    if (bad)
        judge(run, bad - 1, FAILED, why ? why + 2 : "");
    if (good || bad) {
        g->next = good ? good : bad;
        g->ending = 0;
    }
    if (ending)
        g->ending = ending;
    if (!strcmp(line, "begin of cases")) {
        if (g->has_begun)
            end_of_machine(run, g, REBOOTS, "the machine began again");
        g->has_begun = true;
    } else if (!strcmp(line, "end of cases") || !strcmp(line, "again")) {
        end(g, NULL);
    }
}

static void read_lines(struct run *run, struct guest *g)
{
    char line[LINE];
    size_t length = 0;

    while (!g->is_over) {
        struct pollfd p = { .fd = g->from, .events = POLLIN };
        char c;

        if (poll(&p, 1, (int)run->limit_s * 1000) == 0) {
            end(g, "no answer within the time limit");
        } else if (read(g->from, &c, 1) != 1) {
            end_of_machine(run, g, POWERS_OFF, "the guest ended here");
        } else if (c != '\n') {
            if (length < sizeof line - 1 && c != '\r')
                line[length++] = c;
        } else {
            line[length] = 0;
            length = 0;
            take_line(run, g, line);
        }
    }
}

static void run_section(struct run *run, size_t first, size_t last)
{
    while (first <= last) {
        struct guest g = { .next = first, .from = -1 };
        int status;

        if (!start(run, &g, first, last)) {
            judge(run, first++, FAILED, "the emulator cannot be started");
            continue;
        }
        read_lines(run, &g);
        close(g.from);
        kill(-g.pid, SIGKILL);
        waitpid(g.pid, &status, 0);
        if (!g.has_begun && case_machine(first)) {
            for (; first <= last; first++)
                judge(run, first, SKIPPED, "SKIP the emulator has not this machine");
            return;
        }
        if (g.next <= last && (g.why || g.next == first))
            judge(run, g.next++, FAILED, g.why ? g.why : "the guest said nothing of it");
        first = g.next;
    }
}

/* The last case of those that are run with the first one: of its machine, and with not too many between two that are
 * selected, since a start takes as long as some cases. */
static size_t end_of_span(size_t first, char **filters)
{
    enum { GAP = 40 };
    size_t end = first;

    for (size_t n = first + 1; n < n_cases && cases[n].call && n - end <= GAP; n++)
        if (case_is_selected(&cases[n], filters))
            end = n;
    return end;
}

static void run_spans(struct run *run, char **filters)
{
    for (size_t n = 0; n < n_cases; n++)
        if (case_is_selected(&cases[n], filters)) {
            size_t end = end_of_span(n, filters);

            run_section(run, n, end);
            n = end;
        }
}

/* Machines keep what they have to keep in a directory that ends with the run. */
void run_cases(struct run *run, char **filters)
{
    char directory[] = "/tmp/lpar-conform-XXXXXX", file[64];

    if (!mkdtemp(directory)) {
        for (size_t n = 0; n < n_cases; n++)
            judge(run, n, FAILED, "no temporary directory");
        return;
    }
    setenv("CONFORM_TMP", directory, 1);
    run_spans(run, filters);
    snprintf(file, sizeof file, "%s/keys", directory);
    unlink(file);
    rmdir(directory);
}
