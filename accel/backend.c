/* The accelerators there are, and which of them a machine gets; see backend.h. */
#include "accel/backend.h"

#include <string.h>

#include "base/log.h"

static const struct accel_backend *const backends[ACCEL_KINDS] = {
    [ACCEL_INTERP] = &accel_interp,
    [ACCEL_TCG] = &accel_tcg,
    [ACCEL_KVM] = &accel_kvm,
};

const struct accel_backend *accel_backend(enum accel_kind kind)
{
    return backends[kind];
}

const char *accel_kind_name(enum accel_kind kind)
{
    return backends[kind]->name;
}

bool accel_find_kind(const char *name, enum accel_kind *kind)
{
    for (unsigned i = 0; i < ACCEL_KINDS; i++)
        if (!strcmp(backends[i]->name, name)) {
            *kind = (enum accel_kind)i;
            return true;
        }
    return false;
}

struct accel_order accel_default_order(void)
{
#if defined(__powerpc64__)
    return (struct accel_order){ 2, { ACCEL_KVM, ACCEL_INTERP } };
#elif defined(__x86_64__)
    return (struct accel_order){ 2, { ACCEL_TCG, ACCEL_INTERP } };
#else
    return (struct accel_order){ 1, { ACCEL_INTERP } };
#endif
}

void accel_tell_unusable(enum accel_kind kind, const struct error *why)
{
    log_line(LOG_INFO, "accel", "%s is not used: %s", backends[kind]->name, why->cause);
}

bool accel_choose(struct accel_order *order, struct error *err)
{
    while (order->n) {
        const struct accel_backend *first = backends[order->kind[0]];
        struct error why = { 0 };

        if (!first->usable || first->usable(&why))
            return true;
        if (order->n == 1) {
            *err = why;
            error_context(err, "-accel %s", first->name);
            return false;
        }
        accel_tell_unusable(order->kind[0], &why);
        order->n--;
        memmove(order->kind, order->kind + 1, order->n * sizeof order->kind[0]);
    }
    return error_set(err, ERROR_USAGE, "no accelerator is left");
}

bool accel_can_kvm(void)
{
    struct error none = { 0 };

    return accel_kvm.usable(&none);
}

uint32_t accel_host_pvr(enum accel_kind kind)
{
    return backends[kind]->host_pvr ? backends[kind]->host_pvr() : 0;
}

struct accel_limits accel_limits(enum accel_kind kind)
{
    struct accel_limits limits = { 0 };

    if (backends[kind]->limits)
        backends[kind]->limits(&limits);
    return limits;
}
