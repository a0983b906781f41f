/* Further processors of the conformance guest: each waits for work, and does it beside the first one. */
#ifndef CONFORM_SMP_H
#define CONFORM_SMP_H

#include "conform.h"

enum { MAX_PROCESSORS = 8 };

struct other {
    struct processor processor; /* SPRG0's; the first field */
    u64 server, msr;            /* MSR: that of start-cpu */
    volatile u64 is_ready, argument, result, progress;
    s64 (*volatile work)(struct other *);
    struct state state; /* of the last run() of its work */
};

extern struct other others[MAX_PROCESSORS - 1];
extern u64 n_processors, own_server; /* of the first one */
void find_processors(void);

/* Starts it unless it waits for work already; false: there is none, or it does not come. */
bool start_other(u64 n);
/* Stops those that were started. False: one does not stop. */
bool stop_others(void);
void ask(struct other *o, s64 (*work)(struct other *), u64 argument);
/* Waits until its work is done; false: it takes more than a few seconds. */
bool is_done(struct other *o);
/* Waits for *p to be v; false: not within ms milliseconds. */
bool wait_for(volatile u64 *p, u64 v, u64 ms);
void delay(u64 ms);
void quiet_decrementer(void);

/* `sc 1` with r3 and r4, and what it leads to: its interrupt ends it, or the trap behind it. */
struct state call_in_run(u64 token, u64 a, u64 b, u64 msr);
#define ENDED_BY_TRAP(s) ((s).vector - 12 == 0x700)

/* Work. */
s64 cede(struct other *o);
s64 spin(struct other *o);         /* with interrupts off */
s64 spin_enabled(struct other *o); /* until an external interrupt */

/* Its virtual processor area, which others register too. */
#define OTHER_VPA (AREA + 0x4000)
bool other_vpa(void);
u32 dispatches(void);
void wait_halted(void); /* as its dispatch count tells */

#endif
