/* lpar, the emulator: command line to machine, errors to the user, exit status. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "machine/machine.h"
#include "machine/options.h"
#include "monitor/monitor.h"
#include "programs/tools.h"

static int fail(const struct error *err)
{
    fprintf(stderr, "lpar: %s\n", err->cause);
    if (err->hint[0])
        fprintf(stderr, "lpar: hint: %s\n", err->hint);
    return 1;
}

/* -daemonize: the child goes on; the parent waits until all is set up, or failed, and ends with that status. Returns
 * the descriptor that tells the parent. */
static int go_into_background(struct error *err)
{
    int ends[2], status;
    pid_t child;
    char byte;

    if (pipe2(ends, O_CLOEXEC) || (child = fork()) < 0) {
        error_set(err, ERROR_RESOURCE, "-daemonize: %s", strerror(errno));
        return -1;
    }
    if (child == 0) {
        close(ends[0]);
        setsid();
        return ends[1];
    }
    close(ends[1]);
    if (read(ends[0], &byte, 1) == 1)
        exit(0);
    exit(waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

static bool leave_terminal(int parent, struct error *err)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (null < 0)
        return error_set(err, ERROR_FILE, "can't open /dev/null: %s", strerror(errno));
    for (int fd = 0; fd < 3; fd++)
        dup2(null, fd);
    close(null);
    if (write(parent, "", 1) != 1)
        return error_set(err, ERROR_RESOURCE, "-daemonize: %s", strerror(errno));
    close(parent);
    return true;
}

static bool write_pidfile(const char *path, struct error *err)
{
    FILE *f = fopen(path, "we");
    bool ok = f && fprintf(f, "%ld\n", (long)getpid()) > 0;

    ok = f && !fclose(f) && ok;
    return ok || error_set(err, ERROR_FILE, "can't write '%s': %s", path, strerror(errno));
}

/* Sets up what watches and controls the machine, and runs it. */
static bool run(struct machine *machine, const struct machine_config *config, int parent, int *status,
                struct error *err)
{
    struct monitor *monitor = monitor_new(machine, err);
    bool ok = monitor && (!config->pidfile || write_pidfile(config->pidfile, err)) &&
              (parent < 0 || leave_terminal(parent, err)) && machine_run(machine, status, err);

    monitor_free(monitor);
    if (monitor && config->pidfile)
        unlink(config->pidfile);
    return ok;
}

int main(int argc, char **argv)
{
    struct machine_config config;
    struct error err = { 0 };
    struct machine *machine;
    int status = 0, parent = -1;
    bool ran;

    if (argc > 1 && tools_has(argv[1])) {
        tools_run(argv, &err);
        return fail(&err);
    }
    switch (options_parse(argc, argv, &config, &err)) {
    case OPTIONS_DONE:
        return 0;
    case OPTIONS_ERROR:
        return fail(&err);
    case OPTIONS_RUN:
        break;
    }
    if (config.help_qmp) {
        monitor_print_qmp(stdout);
        monitor_print_hmp(stdout);
        return 0;
    }
    if (config.daemonize && (parent = go_into_background(&err)) < 0)
        return fail(&err);
    machine = machine_new(&config, &err);
    if (!machine)
        return fail(&err);
    ran = run(machine, &config, parent, &status, &err);
    machine_free(machine);
    return ran ? status : fail(&err);
}
