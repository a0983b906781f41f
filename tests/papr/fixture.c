/* See fixture.h. */
#include "tests/papr/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "papr/counters.h"
#include "papr/energy.h"
#include "papr/memory.h"
#include "papr/page-table.h"
#include "papr/power.h"
#include "papr/suspend.h"
#include "papr/system-parameters.h"

static void power_off(void *machine)
{
    ((struct fixture *)machine)->power_offs++;
}

static void reboot(void *machine)
{
    ((struct fixture *)machine)->reboots++;
}

static void guest_panic(void *machine, const char *reason)
{
    struct fixture *f = machine;

    f->panics++;
    snprintf(f->panic_reason, sizeof f->panic_reason, "%s", reason);
}

static const struct platform_machine_ops machine_ops = { power_off, reboot, guest_panic };

static void select_irq(void *irq, enum irq_mode mode)
{
    struct fixture *f = irq;

    f->irq_mode = mode;
    f->irq_selections++;
}

static const struct platform_irq_ops irq_ops = { select_irq };

static void count_pulses(void *listener, unsigned number, bool level)
{
    struct fixture *f = listener;

    if (level && number == EVENTS_LISN_EPOW)
        f->epow_pulses++;
    if (level && number == EVENTS_LISN_HOTPLUG)
        f->hotplug_pulses++;
}

static void fixed_now(struct timespec *now)
{
    now->tv_sec = 1000000000; /* 2001-09-09 01:46:40 */
    now->tv_nsec = 5;
}

static bool unmaskable(void *opaque, struct vcpu *v, enum cpu_vector vector, uint64_t *srr1_bits,
                       uint64_t *address)
{
    return fwnmi_enter(((struct fixture *)opaque)->fwnmi, v, vector, srr1_bits, address);
}

static void must(bool ok)
{
    if (!ok) {
        fprintf(stderr, "the fixture could not be made\n");
        abort();
    }
}

struct fixture *fixture_new(void (*prepare)(struct platform_config *config))
{
    struct fixture *f = calloc(1, sizeof *f);
    struct irq_line epow = { count_pulses, f, EVENTS_LISN_EPOW };
    struct irq_line hotplug = { count_pulses, f, EVENTS_LISN_HOTPLUG };
    struct accel_config accel_config = { .n_vcpus = FIXTURE_VCPUS, .unmaskable = unmaskable, .opaque = f };

    must(f);
    f->config = (struct platform_config){
        .model = cpu_model_find("POWER9", NULL),
        .hpt_max_page_shift = 16,
        .ram_size = FIXTURE_RAM, .maxram_size = FIXTURE_RAM, .rma_size = FIXTURE_RAM,
        .n_vcpus = FIXTURE_VCPUS, .max_vcpus = FIXTURE_VCPUS, .threads = 1, .vsmt = 1,
        .offers_xics = true, .offers_xive = true, .form2_affinity = true,
        .modern_hotplug_events = true, .resize_hpt = true, .cap_vsx = true, .cap_dfp = true,
        .cap_large_decr = true, .cap_fwnmi = true, .cap_ail_mode_3 = true,
        .cap_ccf_assist = true, .cap_cfpc = CAP_WORKAROUND, .cap_sbbc = CAP_WORKAROUND,
        .cap_ibs = 1, .bootargs = "",
    };
    if (prepare)
        prepare(&f->config);
    f->mem = mem_new(dimms_area_end(&f->config) ? dimms_area_end(&f->config) : f->config.ram_size, NULL);
    must(f->mem);
    accel_config.model = f->config.model;
    accel_config.mem = f->mem;
    f->accel = accel_new(&accel_config, NULL);
    must(f->accel);
    f->platform = platform_new(f->accel, f->mem, &f->config, &machine_ops, f, NULL);
    must(f->platform);
    f->platform->irq_ops = &irq_ops;
    f->platform->irq = f;
    f->processors = processors_new(f->platform, NULL);
    f->page_table = page_table_new(f->platform, NULL);
    must(f->page_table);
    f->accounting = accounting_new(f->platform, NULL);
    f->time = time_new(fixed_now, NULL);
    f->fwnmi = fwnmi_new(f->platform, NULL);
    f->connectors = connectors_new(f->platform, NULL);
    f->dimms = dimms_new(f->platform, NULL);
    f->persistent_memory = persistent_memory_new(f->platform, NULL);
    f->watchdogs = watchdogs_new(f->platform, NULL, NULL);
    f->error_injection = error_injection_new(f->platform, f->fwnmi, NULL);
    must(f->connectors && f->dimms && f->persistent_memory && f->watchdogs && f->error_injection);
    f->events = events_new(f->platform, f->time, epow, hotplug, NULL);
    must(f->processors && f->accounting && f->time && f->fwnmi && f->events);
    must(platform_add(f->platform, &platform_facility, f->platform, NULL));
    must(platform_add(f->platform, &processors_facility, f->processors, NULL));
    must(platform_add(f->platform, &page_table_facility, f->page_table, NULL));
    must(platform_add(f->platform, &memory_facility, f->platform, NULL));
    must(platform_add(f->platform, &persistent_memory_facility, f->persistent_memory, NULL));
    must(platform_add(f->platform, &accounting_facility, f->accounting, NULL));
    must(platform_add(f->platform, &energy_facility, f->platform, NULL));
    must(platform_add(f->platform, &watchdogs_facility, f->watchdogs, NULL));
    must(platform_add(f->platform, &suspend_facility, f->platform, NULL));
    must(platform_add(f->platform, &error_injection_facility, f->error_injection, NULL));
    must(platform_add(f->platform, &counters_facility, f->platform, NULL));
    must(platform_add(f->platform, &time_facility, f->time, NULL));
    must(platform_add(f->platform, &power_facility, f->platform, NULL));
    must(platform_add(f->platform, &system_parameters_facility, f->platform, NULL));
    must(platform_add(f->platform, &connectors_facility, f->connectors, NULL));
    must(platform_add(f->platform, &fwnmi_facility, f->fwnmi, NULL));
    must(platform_add(f->platform, &events_facility, f->events, NULL));
    must(platform_reset(f->platform, NULL));
    fixture_vcpu(f, 0)->state = VCPU_RUNNING;
    return f;
}

void fixture_free(struct fixture *f)
{
    events_free(f->events);
    error_injection_free(f->error_injection);
    watchdogs_free(f->watchdogs);
    persistent_memory_free(f->persistent_memory);
    dimms_free(f->dimms);
    connectors_free(f->connectors);
    fwnmi_free(f->fwnmi);
    time_free(f->time);
    accounting_free(f->accounting);
    page_table_free(f->page_table);
    processors_free(f->processors);
    platform_free(f->platform);
    accel_free(f->accel);
    mem_free(f->mem);
    free(f);
}

struct vcpu *fixture_vcpu(const struct fixture *f, unsigned index)
{
    return accel_vcpu(f->accel, index);
}

uint64_t fixture_gpr(const struct fixture *f, unsigned n)
{
    return fixture_vcpu(f, 0)->cpu->gpr[n];
}

int64_t fixture_hcall(struct fixture *f, uint64_t token, const uint64_t *args, unsigned n)
{
    struct vcpu *v = fixture_vcpu(f, 0);

    v->cpu->gpr[3] = token;
    for (unsigned i = 0; i < 9; i++)
        v->cpu->gpr[4 + i] = i < n ? args[i] : 0;
    accel_lock(f->accel);
    platform_hypercall(f->platform, v);
    accel_unlock(f->accel);
    return (int64_t)v->cpu->gpr[3];
}

int32_t fixture_rtas(struct fixture *f, uint32_t token, const uint32_t *args, unsigned nargs,
                     uint32_t *ret, unsigned nret)
{
    gpa_t cell = FIXTURE_RTAS;

    gpa_store_be32(f->mem, cell, token);
    gpa_store_be32(f->mem, cell += 4, nargs);
    gpa_store_be32(f->mem, cell += 4, nret);
    for (unsigned i = 0; i < nargs; i++)
        gpa_store_be32(f->mem, cell += 4, args[i]);
    HCALL(f, KVMPPC_H_RTAS, FIXTURE_RTAS);
    for (unsigned i = 0; i < nret; i++)
        gpa_load_be32(f->mem, cell += 4, &ret[i]);
    return nret ? (int32_t)ret[0] : 0;
}

int fixture_run(const char *name, const TTest *const *tests, size_t n)
{
    Suite *suite = suite_create(name);
    TCase *tcase = tcase_create(name);
    SRunner *runner;
    int failed;

    for (size_t i = 0; i < n; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
