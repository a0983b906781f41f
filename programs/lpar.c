/* lpar, the emulator: command line to machine, errors to the user, exit status. */
#include <stdio.h>

#include "machine/machine.h"
#include "machine/options.h"

static int fail(const struct error *err)
{
    fprintf(stderr, "lpar: %s\n", err->cause);
    if (err->hint[0])
        fprintf(stderr, "lpar: hint: %s\n", err->hint);
    return 1;
}

int main(int argc, char **argv)
{
    struct machine_config config;
    struct error err = { 0 };
    struct machine *machine;
    int status;
    bool ran;

    switch (options_parse(argc, argv, &config, &err)) {
    case OPTIONS_DONE:
        return 0;
    case OPTIONS_ERROR:
        return fail(&err);
    case OPTIONS_RUN:
        break;
    }
    machine = machine_new(&config, &err);
    if (!machine)
        return fail(&err);
    ran = machine_run(machine, &status, &err);
    machine_free(machine);
    return ran ? status : fail(&err);
}
