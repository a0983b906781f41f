/* What perf.c and perf-debug.c share. */
#ifndef TESTS_GUESTS_PERF_H
#define TESTS_GUESTS_PERF_H

#define SPIN_INSTRUCTIONS 2000000

/* Prints a line, counts failures. */
void expect(int holds, const char *what, unsigned long long value);
/* A loop of two instructions: nop, bdnz. */
void spin(void);

extern int watch_points; /* that the kernel uses */
void perf_debug(void);

#endif
