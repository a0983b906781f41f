/* Cores as what is plugged into connectors: one for each core that the machine may have. The guest is asked for a whole
 * core, all of whose threads it stops before it gives it back. [LoPAR, Dynamic Reconfiguration of Processors] */
#include <stdlib.h>

#include "papr/connectors.h"
#include "papr/events.h"
#include "papr/processors-internal.h"

/* A place for a core: what its connector has as device, if there is one. */
struct core {
    struct processors *processors;
    unsigned number; /* from 0 */
    uint32_t id;     /* of its first thread */
};

static uint32_t index_of(const struct core *core)
{
    return connector_index(CONNECTOR_CPU, core->id);
}

/* ---- what the connectors ask ---- */

static void write_node(void *device, struct tree *t, char *path, size_t size)
{
    const struct core *core = device;

    processors_write_core(core->processors->platform, t, "", core->id, path, size);
}

/* A guest that lies has threads of it still running: they end here. */
static void released(void *device)
{
    const struct core *core = device;
    struct processors *x = core->processors;
    unsigned threads = x->platform->config->threads;

    for (unsigned i = 0; i < threads; i++) {
        struct vcpu *v = accel_at(x->platform->accel, core->number * threads + i);

        if (v)
            vcpu_retire(v);
    }
    if (x->listener)
        x->listener->gone(x->opaque, core->number);
}

static void refused(void *device)
{
    const struct core *core = device;

    if (core->processors->listener)
        core->processors->listener->kept(core->processors->opaque, core->number);
}

static const struct connector_ops core_ops = { write_node, released, refused };

/* ---- plugging ---- */

bool processors_add_connectors(struct processors *x, struct error *err)
{
    struct platform *p = x->platform;
    const struct platform_config *config = p->config;
    unsigned n = config->max_vcpus / config->threads;

    x->cores = calloc(n, sizeof *x->cores);
    if (!x->cores)
        return error_set(err, ERROR_RESOURCE, "out of memory for the processors' connectors");
    for (unsigned i = 0; i < n; i++) {
        struct core *core = &x->cores[i];

        *core = (struct core){ x, i, i * config->vsmt };
        if (!connector_new(p->connectors, index_of(core), "/cpus", err))
            return false;
        if (accel_at(p->accel, i * config->threads))
            connector_attach(p->connectors, index_of(core), &core_ops, core, true);
    }
    return true;
}

void processors_listen(struct processors *x, const struct cores_listener *listener, void *opaque)
{
    x->listener = listener;
    x->opaque = opaque;
}

bool processors_plug_core(struct processors *x, unsigned number, bool running, struct error *err)
{
    struct platform *p = x->platform;
    struct core *core = &x->cores[number];

    for (unsigned i = 0; i < p->config->threads; i++)
        platform_vcpu_added(p, accel_at(p->accel, number * p->config->threads + i));
    connector_attach(p->connectors, index_of(core), &core_ops, core, !running);
    if (!running || !p->events || events_hotplug(p->events, HOTPLUG_CPU, HOTPLUG_ADD, index_of(core)))
        return true;
    connector_detach(p->connectors, index_of(core));
    return error_set(err, ERROR_RESOURCE, "core %u: too many events wait for the guest", core->id);
}

bool processors_unplug_core(struct processors *x, unsigned number, struct error *err)
{
    struct platform *p = x->platform;
    const struct core *core = &x->cores[number];

    if (!connector_request_unplug(p->connectors, index_of(core)) || !p->events ||
        events_hotplug(p->events, HOTPLUG_CPU, HOTPLUG_REMOVE, index_of(core)))
        return true;
    return error_set(err, ERROR_RESOURCE, "core %u: too many events wait for the guest", core->id);
}
