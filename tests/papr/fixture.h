/* A platform with all facilities of papr/ and two processors that don't run, for its tests: the tests
 * make the calls that a guest would make, and record what the platform asks of the machine. */
#ifndef TESTS_PAPR_FIXTURE_H
#define TESTS_PAPR_FIXTURE_H

#include <check.h>

#include "papr/accounting.h"
#include "papr/connectors.h"
#include "papr/dimms.h"
#include "papr/error-injection.h"
#include "papr/events.h"
#include "papr/fwnmi.h"
#include "papr/persistent-memory.h"
#include "papr/platform.h"
#include "papr/processors.h"
#include "papr/time.h"
#include "papr/watchdog.h"

#define FIXTURE_RAM UINT64_C(0x4000000)
enum { FIXTURE_VCPUS = 2 };

struct fixture {
    struct platform_config config;
    struct mem *mem;
    struct accel *accel;
    struct platform *platform;
    struct processors *processors;
    struct page_table *page_table;
    struct accounting *accounting;
    struct watchdogs *watchdogs;
    struct error_injection *error_injection;
    struct time_of_day *time;
    struct fwnmi *fwnmi;
    struct connectors *connectors;
    struct dimms *dimms;
    struct persistent_memory *persistent_memory;
    struct events *events;
    unsigned epow_pulses, hotplug_pulses;
    unsigned power_offs, reboots, panics;
    char panic_reason[1024];
    enum irq_mode irq_mode;
    unsigned irq_selections;
};

/* Reset and with vCPU 0 running (as far as anyone asks: no thread). prepare may change the
 * configuration before anything is made of it; NULL. */
struct fixture *fixture_new(void (*prepare)(struct platform_config *config));
void fixture_free(struct fixture *f);

/* A hypercall of vCPU 0 with up to nine arguments (the others 0); returns r3. */
int64_t fixture_hcall(struct fixture *f, uint64_t token, const uint64_t *args, unsigned n);
#define HCALL(f, token, ...)                                                                     \
    fixture_hcall(f, token, (const uint64_t[]){ 0, ##__VA_ARGS__ } + 1,                          \
                  sizeof((const uint64_t[]){ 0, ##__VA_ARGS__ }) / sizeof(uint64_t) - 1)

/* Register n of vCPU 0. */
uint64_t fixture_gpr(const struct fixture *f, unsigned n);
struct vcpu *fixture_vcpu(const struct fixture *f, unsigned index);

/* An RTAS call through its hypercall, with the buffer at FIXTURE_RTAS; results (nret of them) go to
 * ret. Returns the status, ret[0]. */
#define FIXTURE_RTAS UINT64_C(0x10000)
int32_t fixture_rtas(struct fixture *f, uint32_t token, const uint32_t *args, unsigned nargs,
                     uint32_t *ret, unsigned nret);
#define RTAS(f, token, ret, nret, ...)                                                           \
    fixture_rtas(f, token, (const uint32_t[]){ 0, ##__VA_ARGS__ } + 1,                           \
                 sizeof((const uint32_t[]){ 0, ##__VA_ARGS__ }) / sizeof(uint32_t) - 1, ret, nret)

/* Runs the tests as one suite, for main(). */
int fixture_run(const char *name, const TTest *const *tests, size_t n);

#endif
