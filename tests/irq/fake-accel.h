/* Processors without threads, for tests of the controllers alone: it records external lines, and the test
 * says whose thread it is on. Defines what accel.h declares, so it is for one file of a program, and only
 * for programs that need no more of accel/. Servers are two apart, so that indices and numbers differ. */
#ifndef TESTS_IRQ_FAKE_ACCEL_H
#define TESTS_IRQ_FAKE_ACCEL_H

#include "accel/accel.h"

enum { FAKE_VCPUS = 3, FAKE_SERVERS = 6 };

struct accel {
    struct vcpu vcpus[FAKE_VCPUS];
    bool line[FAKE_VCPUS];
};

/* accel_current() of the test's thread. */
static struct vcpu *fake_current;

static void fake_accel_init(struct accel *a)
{
    *a = (struct accel){ .line = { false } };
    for (unsigned i = 0; i < FAKE_VCPUS; i++)
        a->vcpus[i] = (struct vcpu){ .accel = a, .index = i, .id = 2 * i };
}

unsigned accel_count(const struct accel *a)
{
    (void)a;
    return FAKE_VCPUS;
}

struct vcpu *accel_vcpu(struct accel *a, unsigned index)
{
    return &a->vcpus[index];
}

unsigned accel_limit(const struct accel *a)
{
    (void)a;
    return FAKE_VCPUS;
}

struct vcpu *accel_at(struct accel *a, unsigned index)
{
    return index < FAKE_VCPUS ? &a->vcpus[index] : NULL;
}

struct vcpu *accel_find(struct accel *a, uint64_t id)
{
    return id % 2 == 0 && id / 2 < FAKE_VCPUS ? &a->vcpus[id / 2] : NULL;
}

struct vcpu *accel_current(void)
{
    return fake_current;
}

void vcpu_set_external(struct vcpu *v, bool level)
{
    v->accel->line[v->index] = level;
}

#endif
