/* The translator of hosts that have none. */
#include "cpu-ppc64/jit/jit.h"

struct jit *jit_new(struct cpu *c, const struct jit_options *options, struct error *err)
{
    (void)c, (void)options;
    error_set(err, ERROR_UNSUPPORTED, "-accel tcg: there is no translator for this host");
    error_hint(err, "use -accel interp");
    return NULL;
}

void jit_free(struct jit *jit) { (void)jit; }
void jit_set_perf_map(struct jit *jit, FILE *file) { (void)jit, (void)file; }
void jit_run(struct jit *jit, struct cpu *c) { (void)jit, (void)c; }
void jit_set_hot(struct jit *jit, unsigned visits) { (void)jit, (void)visits; }
void jit_forget_fetches(struct jit *jit) { (void)jit; }
void jit_forget_process(struct jit *jit, uint32_t pid) { (void)jit; (void)pid; }
void jit_forget_page(struct jit *jit, uint32_t pid, ea_t page, uint64_t size) { (void)jit; (void)pid; (void)page; (void)size; }
void jit_forget_real(struct jit *jit, uint64_t n, unsigned shift) { (void)jit, (void)n, (void)shift; }
void jit_process_changed(struct jit *jit) { (void)jit; }
void jit_page_changed(struct jit *jit, gpa_t gpa) { (void)jit, (void)gpa; }
void jit_settle(struct jit *jit) { (void)jit; }
void jit_report(const struct jit *jit) { (void)jit; }
