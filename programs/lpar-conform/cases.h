/* The cases of the conformance guest, as the runner knows them; their numbers are the guest's. */
#ifndef LPAR_CONFORM_CASES_H
#define LPAR_CONFORM_CASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ending { GOES_ON, POWERS_OFF, REBOOTS };

struct conform_case {
    const char *call, *name, *spec; /* call NULL: from here on the machine has these options, spec; name is its own */
    int64_t status;                 /* what the call is expected to give */
    enum ending ending;             /* of the machine */
};
extern const struct conform_case cases[];
extern const size_t n_cases;

/* Without arguments: all. A pattern is a call's name, or a glob of call/name. */
bool case_is_selected(const struct conform_case *c, char **filters);
/* The machine of case n: its marker; NULL: the plain one. */
const struct conform_case *case_machine(size_t n);

enum verdict { FAILED, PASSED, SKIPPED, VERDICTS }; /* what nobody tells about has failed */
struct result {
    enum verdict verdict;
    char why[160];
};

struct run {
    const char *emulator, *cpu, *order;
    unsigned limit_s, smp;
    bool is_radix;
    char image[4096];
    struct result *results; /* n_cases */
};

/* run.c: runs the cases that are selected, and some that stand between them. */
void run_cases(struct run *run, char **filters);

/* report.c, to standard output. */
void print_list(char **filters);
void print_tap(const struct run *run, size_t n_selected, char **filters);
void print_json(const struct run *runs, size_t n_runs, char **filters);
void print_matrix(const struct run *runs, size_t n_runs, char **filters);

/* coverage.c: each call by each status of its text, in Markdown. False: one has no case. */
bool print_coverage(void);

#endif
