/* lpar-conform: which promises of the platform's interfaces have a check, and which have not. So far a list:
 * what each check does stands in the unit tests and guests that it names. It claims nothing that no
 * test has. */
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "base/names.h"

/* One promise of an interface, and the test that holds us to it. */
static const struct check {
    const char *name;
    const char *promise;
    const char *test; /* in the source, NULL: none yet */
} checks[] = {
    { "hcall-privilege", "a hypercall in problem state gives H_PRIVILEGE and does nothing",
      "tests/papr/test-dispatch.c" },
    { "hcall-unknown", "an unknown hypercall gives H_FUNCTION", "tests/papr/test-dispatch.c" },
    { "rtas-counts", "an RTAS call with wrong counts gives -3", "tests/papr/test-dispatch.c" },
    { "rtas-time", "get-time-of-day gives what set-time-of-day set", "tests/papr/test-rtas.c" },
    { "cas-vectors", "vectors that lie outside of memory give H_PARAMETER, and nothing changes",
      "tests/papr/test-cas.c" },
    { "vpa-register", "areas that cross a page or are too small are refused",
      "tests/papr/test-processors.c" },
    { "tree-phandles", "each node has one phandle, and keeps it over CAS",
      "tests/papr/test-platform-tree.c" },
    { "client-interface", "each service answers lies of the client with -1",
      "tests/firmware/test-client-interface.c" },
    { "boot-entry", "a kernel is entered in real mode, big-endian, with r5 at the client interface",
      "tests/firmware/test-client-interface.c" },
    { "xics-calls", "error returns of the XICS calls, from within a guest", NULL },
    { "xive-calls", "error returns of the XIVE calls, from within a guest", NULL },
};

static void list(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(checks); i++)
        printf("%-18s %s\n%-18s   %s\n", checks[i].name, checks[i].promise, "",
               checks[i].test ? checks[i].test : "no test yet");
}

static void print_help(FILE *f)
{
    fputs("Usage: lpar-conform --list\n"
          "\n"
          "  --list   the promises that lpar makes to guests, and the test of each\n",
          f);
}

int main(int argc, char **argv)
{
    static const char *const valid[] = { "--list", "--help", NULL };
    struct error err = { 0 };

    if (argc == 2 && !strcmp(argv[1], "--list")) {
        list();
        return 0;
    }
    if (argc == 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
        print_help(stdout);
        return 0;
    }
    if (argc > 1) {
        error_set(&err, ERROR_USAGE, "unknown argument '%s'", argv[1]);
        names_hint(&err, argv[1], valid);
        fprintf(stderr, "lpar-conform: %s\nlpar-conform: %s\n", err.cause, err.hint);
    } else {
        print_help(stderr);
    }
    return 2;
}
