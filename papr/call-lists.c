/* Pages made of the dispatch tables; see call-lists.h. */
#include "papr/call-lists.h"

#include <inttypes.h>
#include <string.h>

#include "papr/platform-internal.h"

enum { Q = 1, L = 2 };

/* A line of a page: of us, of others, or of both. */
struct line {
    const struct hcall_row *hcall; /* NULL: not ours */
    const struct rtas_row *rtas;
    uint64_t token;
    const char *name;
    unsigned who;
};

static const struct line known_hcalls[] = {
#define CALL(t, n, w) { NULL, NULL, t, n, w },
#define RTAS(n, w)
#include "papr/known-calls.def"
#undef CALL
#undef RTAS
};

static const struct line known_rtas[] = {
#define CALL(t, n, w)
#define RTAS(n, w) { NULL, NULL, 0, n, w },
#include "papr/known-calls.def"
#undef CALL
#undef RTAS
};

struct counts {
    unsigned ours, only_ours, qemu_has, qemu_only, linux_calls, linux_lacks;
};

static void count(struct counts *c, bool is_ours, unsigned who)
{
    c->ours += is_ours;
    c->only_ours += is_ours && !(who & Q);
    c->qemu_has += (who & Q) != 0;
    c->qemu_only += !is_ours && who & Q;
    c->linux_calls += (who & L) != 0;
    c->linux_lacks += !is_ours && who & L;
}

static void print_head(FILE *out, const char *kind, const char *option, const struct counts *c)
{
    fprintf(out,
            "# %s\n\nMade by `lpar %s` of the dispatch tables; `make docs` writes it anew.\n\n"
            "%u calls, %u of them not in QEMU. QEMU (10.2) has %u, of which %u are not here; Linux as a guest "
            "calls %u,\nof which %u are not here (it looks for each before it does).\n\n",
            kind, option, c->ours, c->only_ours, c->qemu_has, c->qemu_only, c->linux_calls, c->linux_lacks);
}

static const char *tick(bool yes)
{
    return yes ? "yes" : "-";
}

/* The conditions of a row in words. */
static void print_condition(FILE *out, uint16_t when)
{
    static const struct {
        uint16_t bit;
        const char *text;
    } words[] = {
        { WHEN_HASH, "hash MMU" },
        { WHEN_RADIX, "radix MMU" },
        { WHEN_ISA_3_0, "ISA 3.0" },
        { WHEN_XICS_OFFERED, "ic-mode xics, dual" },
        { WHEN_XIVE_OFFERED, "ic-mode xive, dual" },
        { WHEN_FWNMI, "cap-fwnmi" },
        { WHEN_NESTED_HV, "cap-nested-hv" },
        { WHEN_NESTED_PAPR, "cap-nested-papr" },
        { WHEN_NESTED, "cap-nested-hv or -papr" },
        { WHEN_RPT_INVALIDATE, "cap-rpt-invalidate" },
        { WHEN_KEY_STORE, "-keystore" },
        { WHEN_JOIN, "not -accel kvm with several processors" },
        { WHEN_RANDOM, "-device spapr-rng" },
        { ADVERTISED_HPT_RESIZE, "hash MMU, resize-hpt" },
    };
    const char *before = "";

    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (when & words[i].bit) {
            fprintf(out, "%s%s", before, words[i].text);
            before = ", ";
        }
    if (!*before)
        fprintf(out, "always");
}

/* The list to print: each slot of ours with what is known of it, then what only others have. Both are in
 * the order of tokens, so one walk through both merges them. */
static const struct line *known_hcall(uint64_t token)
{
    for (size_t i = 0; i < ARRAY_SIZE(known_hcalls); i++)
        if (known_hcalls[i].token == token)
            return &known_hcalls[i];
    return NULL;
}

static const struct hcall_row *our_hcall(const struct platform *p, uint64_t token)
{
    for (size_t i = 0; i < HCALL_SLOTS; i++) {
        const struct hcall_row *row = p->dispatch->hcalls[i].row;

        if (row && row->token == token)
            return row;
    }
    return NULL;
}

static void print_hcall(FILE *out, uint64_t token, const struct hcall_row *row, const struct line *known)
{
    unsigned who = known ? known->who : 0;

    fprintf(out, "| %#" PRIx64 " | %s | %s | ", token, row ? row->name : known->name, tick(row));
    if (row) {
        fprintf(out, "%u, %u | ", row->in, row->out);
        print_condition(out, row->when);
        fprintf(out, " | %s", row->functions ? row->functions : "-");
    } else {
        fprintf(out, "- | - | -");
    }
    fprintf(out, " | %s | %s |\n", tick(who & Q), tick(who & L));
}

/* Calls fn for each token of either list, in order. */
static void walk_hcalls(const struct platform *p, FILE *out, struct counts *c)
{
    for (uint64_t token = 0; token <= HCALL_PLATFORM_LAST; token++) {
        const struct line *known;
        const struct hcall_row *row;

        known = known_hcall(token);
        row = our_hcall(p, token);
        if (!row && !known)
            continue;
        if (c)
            count(c, row, known ? known->who : 0);
        else
            print_hcall(out, token, row, known);
    }
}

void call_lists_hcalls(const struct platform *p, FILE *out)
{
    struct counts c = { 0 };

    walk_hcalls(p, out, &c);
    print_head(out, "Hypercalls", "-help-hcalls", &c);
    fprintf(out, "| token | name | lpar | arguments, results | offered | ibm,hypertas-functions | QEMU | Linux |\n"
                 "|---|---|---|---|---|---|---|---|\n");
    walk_hcalls(p, out, NULL);
}

static const struct line *known_rtas_call(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(known_rtas); i++)
        if (!strcmp(known_rtas[i].name, name))
            return &known_rtas[i];
    return NULL;
}

static bool is_our_rtas(const struct platform *p, const char *name)
{
    for (size_t i = 0; i < RTAS_SLOTS; i++)
        if (p->dispatch->rtas[i].row && !strcmp(p->dispatch->rtas[i].row->name, name))
            return true;
    return false;
}

static void print_number(FILE *out, int n)
{
    if (n < 0)
        fprintf(out, "any");
    else
        fprintf(out, "%d", n);
}

static void print_rtas(FILE *out, const struct rtas_row *row)
{
    const struct line *known = known_rtas_call(row->name);
    unsigned who = known ? known->who : 0;

    fprintf(out, "| %#x | %s | yes | ", row->token, row->name);
    print_number(out, row->nargs);
    fprintf(out, ", ");
    print_number(out, row->nret);
    fprintf(out, " | ");
    print_condition(out, row->when);
    fprintf(out, " | %s | %s |\n", tick(who & Q), tick(who & L));
}

void call_lists_rtas(const struct platform *p, FILE *out)
{
    const struct rtas_slot *slots = p->dispatch->rtas;
    struct counts c = { 0 };

    for (size_t i = 0; i < RTAS_SLOTS; i++)
        if (slots[i].row) {
            const struct line *known = known_rtas_call(slots[i].row->name);

            count(&c, true, known ? known->who : 0);
        }
    for (size_t i = 0; i < ARRAY_SIZE(known_rtas); i++)
        if (!is_our_rtas(p, known_rtas[i].name))
            count(&c, false, known_rtas[i].who);
    print_head(out, "RTAS calls", "-help-rtas", &c);
    fprintf(out, "| token | name | lpar | arguments, results | offered | QEMU | Linux |\n|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < RTAS_SLOTS; i++)
        if (slots[i].row)
            print_rtas(out, slots[i].row);
    for (size_t i = 0; i < ARRAY_SIZE(known_rtas); i++)
        if (!is_our_rtas(p, known_rtas[i].name))
            fprintf(out, "| - | %s | - | - | - | %s | %s |\n", known_rtas[i].name,
                    tick(known_rtas[i].who & Q), tick(known_rtas[i].who & L));
}
