/* Which statuses of a call's text have a case; see cases.h. The text's statuses are guest/calls.def. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "programs/lpar-conform/cases.h"
#include "programs/lpar-conform/guest/status.h"

static const struct text {
    uint64_t token; /* of an hypercall; 0: an RTAS call */
    const char *call, *statuses, *never;
} texts[] = {
#define HCALL(token, call, statuses, never) { token, call, statuses " PRIVILEGE", never },
#define RTAS(call, statuses, never) { 0, call, statuses, never },
#include "programs/lpar-conform/guest/calls.def"
};

static const struct {
    const char *name;
    int64_t value;
} statuses[] = {
#define S(name, value) { #name, value },
    STATUS_LIST(S)
#undef S
};

/* The words of a line of calls.def: names, and numbers for RTAS. */
static int64_t value_of(const char *word)
{
    for (size_t i = 0; i < ARRAY_SIZE(statuses); i++)
        if (!strcmp(word, statuses[i].name))
            return statuses[i].value;
    return strtol(word, NULL, 10);
}

static unsigned count(const char *call, int64_t status)
{
    unsigned n = 0;

    for (size_t i = 0; i < n_cases; i++)
        n += cases[i].call && !strcmp(cases[i].call, call) && cases[i].status == status;
    return n;
}

static bool print_line(const struct text *t)
{
    char words[300];
    const char *separator = "";
    bool is_whole = true;

    snprintf(words, sizeof words, "%s", t->statuses);
    printf("| ");
    if (t->token)
        printf("%#" PRIx64, t->token);
    printf(" | %s | ", t->call);
    for (char *rest = words, *word; (word = strtok_r(rest, " ", &rest));) {
        unsigned n = count(t->call, value_of(word));

        is_whole &= n > 0;
        printf(n ? "%s%s %u" : "%s**%s missing**", separator, word, n);
        separator = ", ";
    }
    printf(" | %s |\n", t->never ? t->never : "");
    return is_whole;
}

bool print_coverage(void)
{
    size_t n = 0;
    bool is_whole = true;

    for (size_t i = 0; i < n_cases; i++)
        n += cases[i].call != NULL;
    printf("%zu cases of %zu calls.\n\n"
           "| token | call | statuses of its text, and their cases | no case |\n|---|---|---|---|\n",
           n, ARRAY_SIZE(texts));
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        is_whole &= print_line(&texts[i]);
    return is_whole;
}
