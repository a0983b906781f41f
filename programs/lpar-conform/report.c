/* What the runner prints; see cases.h. */
#include <stdio.h>

#include "programs/lpar-conform/cases.h"

void print_list(char **filters)
{
    for (size_t n = 0; n < n_cases; n++)
        if (case_is_selected(&cases[n], filters))
            printf("%s/%s\t%s\n", cases[n].call, cases[n].name, cases[n].spec);
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

static void print_field(const char *name, const char *text)
{
    printf(",\"%s\":", name);
    print_text(text);
}

void print_json(const struct run *runs, size_t n_runs, char **filters)
{
    static const char *const words[VERDICTS] = { [PASSED] = "passed", [FAILED] = "failed", [SKIPPED] = "skipped" };
    const char *separator = "[\n";

    for (size_t i = 0; i < n_runs; i++)
        for (size_t n = 0; n < n_cases; n++) {
            const struct conform_case *machine = case_machine(n);

            if (!case_is_selected(&cases[n], filters))
                continue;
            printf("%s{\"number\":%zu,\"case\":\"%s/%s\"", separator, n + 1, cases[n].call, cases[n].name);
            print_field("spec", cases[n].spec);
            print_field("emulator", runs[i].emulator);
            print_field("cpu", runs[i].cpu);
            print_field("order", runs[i].order);
            print_field("mmu", runs[i].is_radix ? "radix" : "hash");
            printf(",\"smp\":%u", runs[i].smp);
            print_field("machine", machine ? machine->name : "plain");
            print_field("result", words[runs[i].results[n].verdict]);
            print_field("detail", runs[i].results[n].why);
            putchar('}');
            separator = ",\n";
        }
    puts("\n]");
}

void print_tap(const struct run *run, size_t n_selected, char **filters)
{
    size_t number = 0;

    printf("1..%zu\n", n_selected);
    for (size_t n = 0; n < n_cases; n++) {
        const struct result *r = &run->results[n];

        if (case_is_selected(&cases[n], filters))
            printf("%sok %zu %s/%s%s%s\n", r->verdict == FAILED ? "not " : "", ++number, cases[n].call,
                   cases[n].name, *r->why ? " # " : "", r->why);
    }
}

void print_matrix(const struct run *runs, size_t n_runs, char **filters)
{
    static const char *const words[VERDICTS] = { [PASSED] = "ok", [FAILED] = "NOT OK", [SKIPPED] = "skip" };

    for (size_t i = 0; i < n_runs; i++)
        printf("# column %zu: %s\n", i + 1, runs[i].emulator);
    for (size_t n = 0; n < n_cases; n++) {
        if (!case_is_selected(&cases[n], filters))
            continue;
        for (size_t i = 0; i < n_runs; i++)
            printf("%-7s ", words[runs[i].results[n].verdict]);
        printf("%s/%s\n", cases[n].call, cases[n].name);
    }
}
