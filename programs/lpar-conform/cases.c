/* The runner's view of guest/cases.def; see cases.h. */
#include "programs/lpar-conform/cases.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "programs/lpar-conform/guest/status.h"

const struct conform_case cases[] = {
#define HC(call, token, name, spec, args, status, prepare, check) { call, name, spec, status, GOES_ON },
#define RT(call, name, counts, args, status, prepare, check) { call, name, "LoPAR RTAS", status, GOES_ON },
#define PR(call, token) { call, "problem-state", "LoPAR hcall() privilege", PRIVILEGE, GOES_ON },
#define FN(call, name, spec, function) { call, name, spec, OK, GOES_ON },
#define FE(call, name, spec, status, prepare, function) { call, name, spec, status, GOES_ON },
#define EN(call, name, spec, how, prepare, function) { call, name, spec, OK, how },
#define MACHINE(name, options) { NULL, name, options, 0, GOES_ON },
#include "programs/lpar-conform/guest/cases.def"
};
const size_t n_cases = ARRAY_SIZE(cases);

bool case_is_selected(const struct conform_case *c, char **filters)
{
    char name[200];

    if (!c->call)
        return false;
    snprintf(name, sizeof name, "%s/%s", c->call, c->name);
    for (char **f = filters; *f; f++)
        if (!fnmatch(*f, name, 0) || !strcmp(*f, c->call))
            return true;
    return !*filters;
}

const struct conform_case *case_machine(size_t n)
{
    for (; n < n_cases; n--)
        if (!cases[n].call)
            return &cases[n];
    return NULL;
}
