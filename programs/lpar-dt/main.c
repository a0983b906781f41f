/* lpar-dt: looks at device trees and compares them. Exit status: 0 same (or printed), 1 different, 2 error. */
#include <errno.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/names.h"
#include "programs/lpar-dt/blob.h"

enum { EXIT_SAME = 0, EXIT_DIFFERENT = 1, EXIT_ERROR = 2, MOST_PATTERNS = 64, MOST_OPTIONS = 256 };

static void print_help(FILE *f)
{
    fputs("Usage: lpar-dt COMMAND ...\n"
          "\n"
          "  print [--format dts|props|json|dtb] [--words] [--cas SPEC] [-o FILE] TREE\n"
          "  diff [--ignore GLOB]... [--words] [--cas SPEC] TREE TREE\n"
          "                                      compare two trees property by property\n"
          "  dump [--format dtb|dts|props|json] [--words] [--cas SPEC] [-o FILE] [OPTION...]\n"
          "                                      the tree of a machine with these options of lpar\n"
          "\n"
          "TREE is a .dtb, a folder or a tar archive of /proc/device-tree, a machine (pseries-7.2), or options in one word\n"
          "(\"-M pseries-7.2 -smp 4\"). --words says what opaque properties mean. --cas gives a machine's tree after\n"
          "ibm,client-architecture-support: --cas linux, --cas hash,xics; dump --cas help lists the words.\n"
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
    error_set(err, ERROR_USAGE, cause, word); /* unless it holds a cause */
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

enum format { FORMAT_DTS, FORMAT_PROPS, FORMAT_JSON, FORMAT_DTB, FORMATS };
static const char *const format_names[] = { "dts", "props", "json", "dtb", NULL };

/* What the commands have in common; what none of them takes is in rest. */
struct arguments {
    enum format format;
    bool words;
    const char *cas, *out;
    const char *ignore[MOST_PATTERNS];
    size_t n_ignore;
    char *rest[MOST_OPTIONS];
    int n_rest;
};

/* The value of --NAME VALUE or --NAME=VALUE; NULL if it is another word. */
static const char *value_of(const char *name, int argc, char **argv, int *i)
{
    size_t n = strlen(name);

    if (!strcmp(argv[*i], name))
        return *i + 1 < argc ? argv[++*i] : NULL;
    return !strncmp(argv[*i], name, n) && argv[*i][n] == '=' ? argv[*i] + n + 1 : NULL;
}

static bool set_format(struct arguments *a, const char *name, struct error *err)
{
    for (a->format = 0; a->format < FORMATS; a->format++)
        if (!strcmp(format_names[a->format], name))
            return true;
    error_set(err, ERROR_USAGE, "unknown format '%s'", name);
    names_hint(err, name, format_names);
    return false;
}

static bool take_arguments(struct arguments *a, int argc, char **argv, struct error *err)
{
    for (int i = 0; i < argc; i++) {
        const char *value;

        if ((value = value_of("--format", argc, argv, &i))) {
            if (!set_format(a, value, err))
                return false;
        } else if ((value = value_of("--cas", argc, argv, &i))) {
            a->cas = value;
        } else if ((value = value_of("--ignore", argc, argv, &i))) {
            if (a->n_ignore == MOST_PATTERNS)
                return error_set(err, ERROR_USAGE, "too many patterns, at '%s'", value);
            a->ignore[a->n_ignore++] = value;
        } else if (!strcmp(argv[i], "-o") && i + 1 < argc) {
            a->out = argv[++i];
        } else if (!strcmp(argv[i], "--words")) {
            a->words = true;
        } else if (a->n_rest == MOST_OPTIONS - 1) {
            return error_set(err, ERROR_USAGE, "too many words, at '%s'", argv[i]);
        } else {
            a->rest[a->n_rest++] = argv[i];
        }
    }
    return true;
}

/* print and diff have no options but those above. A word with a blank in it is a machine's. */
static bool are_sources(const struct arguments *a, int n, const char *command, struct error *err)
{
    for (int i = 0; i < a->n_rest; i++)
        if (a->rest[i][0] == '-' && !strchr(a->rest[i], ' '))
            return error_set(err, ERROR_USAGE, "%s: unknown option '%s'", command, a->rest[i]);
    if (a->n_rest != n)
        return error_set(err, ERROR_USAGE, "%s takes %d tree%s, not %d", command, n, n == 1 ? "" : "s", a->n_rest);
    return true;
}

static void show(FILE *f, const struct arguments *a, const void *blob)
{
    switch (a->format) {
    case FORMAT_DTS: print_dts(f, blob, a->words); break;
    case FORMAT_PROPS: print_props(f, blob, a->words); break;
    case FORMAT_JSON: print_json(f, blob, a->words); break;
    default: fwrite(blob, 1, fdt_totalsize(blob), f);
    }
}

/* To the file that -o names, which is whole or not there, or to standard output. */
static int put(const struct arguments *a, const void *blob)
{
    struct error err = { 0 };
    char temporary[4096];
    FILE *f;
    bool ok;

    if (!a->out) {
        show(stdout, a, blob);
        return finish(EXIT_SAME);
    }
    snprintf(temporary, sizeof temporary, "%s.tmp%ld", a->out, (long)getpid());
    f = fopen(temporary, "wbe");
    if (f)
        show(f, a, blob);
    ok = f && !ferror(f);
    ok = f && !fclose(f) && ok && !rename(temporary, a->out);
    if (ok)
        return finish(EXIT_SAME);
    error_set(&err, ERROR_FILE, "can't write '%s': %s", a->out, strerror(errno));
    if (f)
        unlink(temporary);
    return fail(&err);
}

static int do_print(int argc, char **argv)
{
    struct arguments a = { .format = FORMAT_DTS };
    struct error err = { 0 };
    void *blob;
    int status;

    if (!take_arguments(&a, argc, argv, &err) || !are_sources(&a, 1, "print", &err))
        return usage(&err, "%s", "");
    blob = source_read(a.rest[0], a.cas, &err);
    if (!blob)
        return fail(&err);
    status = put(&a, blob);
    free(blob);
    return status;
}

static int do_diff(int argc, char **argv)
{
    struct arguments a = { .format = FORMAT_DTS };
    struct compare_options options = { a.ignore, 0, false };
    struct error err = { 0 };
    void *one, *other;
    unsigned differences = 0;

    if (!take_arguments(&a, argc, argv, &err) || !are_sources(&a, 2, "diff", &err))
        return usage(&err, "%s", "");
    options.n_ignore = a.n_ignore;
    options.words = a.words;
    one = source_read(a.rest[0], a.cas, &err);
    other = one ? source_read(a.rest[1], a.cas, &err) : NULL;
    if (other)
        differences = compare(stdout, one, other, &options);
    free(one);
    if (!other)
        return fail(&err);
    free(other);
    return finish(differences ? EXIT_DIFFERENT : EXIT_SAME);
}

static int do_dump(int argc, char **argv)
{
    struct arguments a = { .format = FORMATS };
    char *machine_argv[MOST_OPTIONS + 1] = { argv[-1] };
    struct error err = { 0 };
    size_t size;
    void *blob;
    int status;

    if (!take_arguments(&a, argc, argv, &err))
        return usage(&err, "%s", "");
    if (a.cas && !strcmp(a.cas, "help")) {
        vectors_print_help(stdout);
        return finish(EXIT_SAME);
    }
    /* To a file, as it was; to a terminal, to be read. */
    if (a.format == FORMATS)
        a.format = a.out ? FORMAT_DTB : FORMAT_DTS;
    memcpy(machine_argv + 1, a.rest, (size_t)a.n_rest * sizeof a.rest[0]);
    blob = machine_blob(1 + a.n_rest, machine_argv, a.cas, &size, &err);
    if (!blob)
        return fail(&err);
    status = put(&a, blob);
    free(blob);
    return status;
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
