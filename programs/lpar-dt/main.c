/* lpar-dt: looks at device trees and compares them. Exit status: 0 same (or printed), 1 different, 2 error. */
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/names.h"
#include "machine/machine.h"
#include "machine/options.h"
#include "programs/lpar-dt/blob.h"

enum { EXIT_SAME = 0, EXIT_DIFFERENT = 1, EXIT_ERROR = 2, MOST_PATTERNS = 64, MOST_OPTIONS = 256 };

static void print_help(FILE *f)
{
    fputs("Usage: lpar-dt COMMAND ...\n"
          "\n"
          "  print [--format dts|props] FILE     print a tree as text\n"
          "  diff [--ignore GLOB]... FILE FILE   compare two trees property by property\n"
          "  dump [OPTION...] -o FILE            write the tree of a machine with these options of lpar\n"
          "\n"
          "GLOB is matched with /path:property, and with /path of a node that one tree lacks.\n"
          "Exit status: 0 if all was done and the trees are the same, 1 if they differ, 2 after an error.\n",
          f);
}

static int fail(const struct error *err)
{
    fprintf(stderr, "lpar-dt: %s\n", err->cause);
    if (err->hint[0])
        fprintf(stderr, "lpar-dt: %s\n", err->hint);
    return EXIT_ERROR;
}

static int usage(struct error *err, const char *cause, const char *word)
{
    error_set(err, ERROR_USAGE, cause, word);
    if (!err->hint[0])
        error_hint(err, "lpar-dt --help says what there is");
    return fail(err);
}

/* What ends a command: an error on the way out (a full disk) is one. */
static int finish(int status)
{
    struct error err = { 0 };

    if (!fflush(stdout) && !ferror(stdout))
        return status;
    error_set(&err, ERROR_FILE, "can't write to standard output");
    return fail(&err);
}

static int do_print(int argc, char **argv)
{
    static const char *const formats[] = { "dts", "props", NULL };
    const char *format = "dts", *path = NULL;
    struct error err = { 0 };
    void *blob;

    for (int i = 0; i < argc; i++) {
        if (!strcmp(argv[i], "--format") && i + 1 < argc)
            format = argv[++i];
        else if (!strncmp(argv[i], "--format=", 9))
            format = argv[i] + 9;
        else if (argv[i][0] == '-' && argv[i][1])
            return usage(&err, "print: unknown option '%s'", argv[i]);
        else if (path)
            return usage(&err, "print: one file too many: '%s'", argv[i]);
        else
            path = argv[i];
    }
    if (strcmp(format, "dts") && strcmp(format, "props")) {
        error_set(&err, ERROR_USAGE, "print: unknown format '%s'", format);
        names_hint(&err, format, formats);
        return fail(&err);
    }
    if (!path)
        return usage(&err, "print: no file%s", "");
    blob = blob_read(path, &err);
    if (!blob)
        return fail(&err);
    if (!strcmp(format, "dts"))
        print_dts(stdout, blob);
    else
        print_props(stdout, blob);
    free(blob);
    return finish(EXIT_SAME);
}

static int compare_files(const char *const files[2], const struct compare_options *options)
{
    struct error err = { 0 };
    void *a = blob_read(files[0], &err), *b = a ? blob_read(files[1], &err) : NULL;
    unsigned differences = 0;

    if (b)
        differences = compare(stdout, a, b, options);
    free(a);
    if (!b)
        return fail(&err);
    free(b);
    return finish(differences ? EXIT_DIFFERENT : EXIT_SAME);
}

static int do_diff(int argc, char **argv)
{
    const char *ignore[MOST_PATTERNS], *files[2];
    struct compare_options options = { ignore, 0 };
    struct error err = { 0 };
    int n_files = 0;

    for (int i = 0; i < argc; i++) {
        const char *pattern = NULL;

        if (!strcmp(argv[i], "--ignore") && i + 1 < argc)
            pattern = argv[++i];
        else if (!strncmp(argv[i], "--ignore=", 9))
            pattern = argv[i] + 9;
        else if (argv[i][0] == '-' && argv[i][1])
            return usage(&err, "diff: unknown option '%s'", argv[i]);
        else if (n_files == 2)
            return usage(&err, "diff: one file too many: '%s'", argv[i]);
        else
            files[n_files++] = argv[i];
        if (pattern && options.n_ignore == MOST_PATTERNS)
            return usage(&err, "diff: too many patterns, at '%s'", pattern);
        if (pattern)
            ignore[options.n_ignore++] = pattern;
    }
    if (n_files < 2)
        return usage(&err, "diff: two files are compared%s", "");
    return compare_files(files, &options);
}

static int dump_machine(const struct machine_config *config)
{
    struct error err = { 0 };
    struct machine *machine = machine_new(config, &err);
    int status;
    bool ran = machine && machine_run(machine, &status, &err);

    machine_free(machine);
    return ran ? EXIT_SAME : fail(&err);
}

static int do_dump(int argc, char **argv)
{
    char *machine_argv[MOST_OPTIONS] = { argv[-1] };
    struct machine_config config;
    struct error err = { 0 };
    const char *path = NULL;
    int n = 1;

    for (int i = 0; i < argc; i++) {
        if (!strcmp(argv[i], "-o") && i + 1 < argc)
            path = argv[++i];
        else if (n == MOST_OPTIONS)
            return usage(&err, "dump: too many options, at '%s'", argv[i]);
        else
            machine_argv[n++] = argv[i];
    }
    if (!path)
        return usage(&err, "dump: -o FILE says where to%s", "");
    switch (options_parse(n, machine_argv, &config, &err)) {
    case OPTIONS_DONE:
        return finish(EXIT_SAME);
    case OPTIONS_ERROR:
        return fail(&err);
    case OPTIONS_RUN:
        break;
    }
    config.dumpdtb = path;
    return dump_machine(&config);
}

static const struct {
    const char *name;
    int (*fn)(int argc, char **argv);
} commands[] = {
    { "print", do_print },
    { "diff", do_diff },
    { "dump", do_dump },
};

int main(int argc, char **argv)
{
    const char *valid[ARRAY_SIZE(commands) + 1] = { NULL };
    struct error err = { 0 };

    if (argc < 2)
        return usage(&err, "no command%s", "");
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
        print_help(stdout);
        return finish(EXIT_SAME);
    }
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        if (!strcmp(argv[1], commands[i].name))
            return commands[i].fn(argc - 2, argv + 2);
        valid[i] = commands[i].name;
    }
    error_set(&err, ERROR_USAGE, "unknown command '%s'", argv[1]);
    names_hint(&err, argv[1], valid);
    return fail(&err);
}
