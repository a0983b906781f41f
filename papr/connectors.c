/* Connectors; see connectors.h.
 *
 * PCI functions are physical: they are isolated or not. Everything else is logical: it is also allocated to the
 * partition or not. The guest moves a connector from state to state with two indicators:
 *
 *   physical  EMPTY/ISOLATED <-- 9001 --> UNISOLATED --configure--> CONFIGURED
 *   logical   UNUSABLE <-- 9003 --> AVAILABLE <-- 9001 --> UNISOLATED --configure--> CONFIGURED
 *
 * ibm,configure-connector hands out the device's node piece by piece, a call for each: a node's begin, a property,
 * a node's end. */
#include "papr/connectors.h"

#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "papr/cas.h"

enum state {
    STATE_ISOLATED,   /* physical: P.POWERON; logical: not used */
    STATE_UNUSABLE,   /* logical only */
    STATE_AVAILABLE,  /* logical only */
    STATE_UNISOLATED,
    STATE_CONFIGURED,
};

enum { PATH_BYTES = 64 };

struct connector {
    uint32_t index;
    char parent[PATH_BYTES];
    const struct connector_ops *ops; /* of the device, NULL: none */
    void *device;
    enum state state;
    bool unplug_requested;
    uint32_t dr_indicator;   /* as the guest left it (9002) */
    struct tree *fragment;   /* what is being handed out, NULL: nothing yet */
    int next;                /* offset of its next tag */
    unsigned depth;
};

struct connectors {
    struct platform *platform;
    struct connector **all; /* in the order of indexes */
    size_t n;
};

struct connectors *connectors_new(struct platform *p, struct error *err)
{
    struct connectors *x = calloc(1, sizeof *x);

    if (!x) {
        error_set(err, ERROR_RESOURCE, "out of memory for connectors");
        return NULL;
    }
    x->platform = p;
    p->connectors = x;
    return x;
}

static void rewind_fragment(struct connector *c)
{
    tree_free(c->fragment);
    c->fragment = NULL;
}

void connectors_free(struct connectors *x)
{
    if (!x)
        return;
    x->platform->connectors = NULL;
    for (size_t i = 0; i < x->n; i++) {
        rewind_fragment(x->all[i]);
        free(x->all[i]);
    }
    free(x->all);
    free(x);
}

/* The place of the first one whose index is not below. */
static size_t place_of(const struct connectors *x, uint32_t index)
{
    size_t low = 0, high = x->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (x->all[middle]->index < index)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct connector *find(const struct connectors *x, uint32_t index)
{
    size_t i = place_of(x, index);

    return i < x->n && x->all[i]->index == index ? x->all[i] : NULL;
}

/* How a type is called, and what a name is made of. */
static const struct kind {
    enum connector_type type;
    const char *name;  /* ibm,drc-types */
    const char *label; /* of ibm,drc-names, before the number */
} kinds[] = {
    { CONNECTOR_CPU, "CPU", "CPU " },   { CONNECTOR_PHB, "PHB", "PHB " }, { CONNECTOR_PCI, "28", "C" },
    { CONNECTOR_LMB, "MEM", "LMB " },   { CONNECTOR_PMEM, "PMEM", "PMEM " }, { CONNECTOR_VIO, "VIO", "VIO " },
};

static const struct kind *kind_of(uint32_t index)
{
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        if ((uint32_t)kinds[i].type == index >> 28)
            return &kinds[i];
    return NULL;
}

static bool is_physical(const struct connector *c)
{
    return c->index >> 28 == CONNECTOR_PCI;
}

static enum state empty_state(const struct connector *c)
{
    return is_physical(c) ? STATE_ISOLATED : STATE_UNUSABLE;
}

bool connector_new(struct connectors *x, uint32_t index, const char *parent, struct error *err)
{
    size_t i = place_of(x, index);
    struct connector **grown, *c;

    if (!kind_of(index) || find(x, index))
        return error_set(err, ERROR_UNSUPPORTED, "connector %#x: %s", index,
                         kind_of(index) ? "it is there already" : "there is no such type");
    grown = realloc(x->all, (x->n + 1) * sizeof *grown);
    if (grown)
        x->all = grown;
    c = grown ? calloc(1, sizeof *c) : NULL;
    if (!c)
        return error_set(err, ERROR_RESOURCE, "out of memory for connector %#x", index);
    c->index = index;
    snprintf(c->parent, sizeof c->parent, "%s", parent);
    c->state = empty_state(c);
    memmove(&x->all[i + 1], &x->all[i], (x->n - i) * sizeof *x->all);
    x->all[i] = c;
    x->n++;
    return true;
}

bool connector_exists(const struct connectors *x, uint32_t index)
{
    return find(x, index);
}

void *connector_device(const struct connectors *x, uint32_t index)
{
    const struct connector *c = find(x, index);

    return c && c->ops ? c->device : NULL;
}

void connector_attach(struct connectors *x, uint32_t index, const struct connector_ops *ops, void *device,
                      bool is_ready)
{
    struct connector *c = find(x, index);

    c->ops = ops;
    c->device = device;
    c->unplug_requested = false;
    c->state = is_ready ? STATE_CONFIGURED : empty_state(c);
    rewind_fragment(c);
}

static void detach(struct connector *c)
{
    c->ops = NULL;
    c->unplug_requested = false;
    c->state = empty_state(c);
    rewind_fragment(c);
}

void connector_detach(struct connectors *x, uint32_t index)
{
    struct connector *c = find(x, index);

    if (c)
        detach(c);
}

/* The device is its owner's again. */
static void release(struct connector *c)
{
    const struct connector_ops *ops = c->ops;

    detach(c);
    if (ops)
        ops->released(c->device);
}

bool connector_request_unplug(struct connectors *x, uint32_t index)
{
    struct connector *c = find(x, index);

    if (!c || !c->ops)
        return false;
    c->unplug_requested = true;
    if (c->state != empty_state(c))
        return true;
    release(c);
    return false;
}

bool connector_unplug_requested(const struct connectors *x, uint32_t index)
{
    const struct connector *c = find(x, index);

    return c && c->unplug_requested;
}

void connectors_reset(void *self)
{
    struct connectors *x = self;

    for (size_t i = 0; i < x->n; i++) {
        struct connector *c = x->all[i];

        if (c->unplug_requested)
            release(c);
        c->state = c->ops ? STATE_CONFIGURED : empty_state(c);
        rewind_fragment(c);
    }
}

/* ---- the lists ---- */

static void put_text(struct tree *t, const char *path, const char *property, const char *text, size_t size,
                     uint32_t count)
{
    uint8_t *bytes = malloc(4 + size);

    if (!bytes) {
        tree_fail(t, path);
        return;
    }
    st_be32(bytes, count);
    memcpy(bytes + 4, text, size);
    tree_bytes(t, path, property, bytes, 4 + size);
    free(bytes);
}

/* Room for the names and types of n connectors. */
struct lists {
    uint32_t *indexes, *domains;
    char *names, *types;
    size_t names_size, types_size;
    uint32_t n;
};

enum { NAME_BYTES = 24 };

static void add_to_lists(struct lists *l, const struct connector *c)
{
    const struct kind *kind = kind_of(c->index);
    uint32_t id = c->index & 0x0fffffff;

    l->indexes[1 + l->n] = c->index;
    l->domains[1 + l->n] = UINT32_MAX; /* live insertion: no power domain */
    l->names_size += (size_t)snprintf(l->names + l->names_size, NAME_BYTES, "%s%u", kind->label, id) + 1;
    l->types_size += (size_t)snprintf(l->types + l->types_size, NAME_BYTES, "%s", kind->name) + 1;
    l->n++;
}

void connectors_write_lists(const struct connectors *x, struct tree *t, const char *parent)
{
    struct lists l = {
        calloc(x->n + 1, 4), calloc(x->n + 1, 4), calloc(x->n + 1, NAME_BYTES), calloc(x->n + 1, NAME_BYTES), 0, 0, 0,
    };

    if (!l.indexes || !l.domains || !l.names || !l.types) {
        tree_fail(t, parent);
        goto out;
    }
    for (size_t i = 0; i < x->n; i++)
        if (!strcmp(x->all[i]->parent, parent))
            add_to_lists(&l, x->all[i]);
    if (!l.n)
        goto out;
    l.indexes[0] = l.domains[0] = l.n;
    tree_cells(t, parent, "ibm,drc-indexes", l.indexes, 1 + l.n);
    tree_cells(t, parent, "ibm,drc-power-domains", l.domains, 1 + l.n);
    put_text(t, parent, "ibm,drc-names", l.names, l.names_size, l.n);
    put_text(t, parent, "ibm,drc-types", l.types, l.types_size, l.n);
out:
    free(l.indexes);
    free(l.domains);
    free(l.names);
    free(l.types);
}

/* ---- indicators ---- */

enum { INDICATOR_ISOLATION = 9001, INDICATOR_DR = 9002, INDICATOR_ALLOCATION = 9003 };
enum { ISOLATE = 0, UNISOLATE = 1, UNUSABLE = 0, USABLE = 1, DR_LAST = 3 };

static int32_t isolate_physical(struct connector *c)
{
    if (c->state == STATE_UNISOLATED)
        return RTAS_PARAMETER;
    if (c->state == STATE_CONFIGURED) {
        c->state = STATE_ISOLATED;
        if (c->unplug_requested)
            release(c);
    }
    return RTAS_OK;
}

static int32_t isolate_logical(struct connector *c)
{
    switch (c->state) {
    case STATE_UNISOLATED:
        return RTAS_PARAMETER;
    case STATE_CONFIGURED:
        /* A block of memory cannot go from under a guest that was not asked for it. */
        if (c->index >> 28 == CONNECTOR_LMB && !c->unplug_requested)
            return RTAS_HARDWARE;
        c->state = STATE_AVAILABLE;
        return RTAS_OK;
    default:
        return RTAS_OK;
    }
}

static void refuse_unplug(struct connector *c)
{
    if (!c->unplug_requested || is_physical(c))
        return;
    c->unplug_requested = false;
    if (c->ops && c->ops->unplug_refused)
        c->ops->unplug_refused(c->device);
}

static int32_t unisolate(struct connector *c)
{
    switch (c->state) {
    case STATE_UNUSABLE:
        return RTAS_PARAMETER;
    case STATE_ISOLATED:
        if (!c->ops)
            return RTAS_PARAMETER;
        /* fall through */
    case STATE_AVAILABLE:
        c->state = STATE_UNISOLATED;
        rewind_fragment(c);
        return RTAS_OK;
    default:
        refuse_unplug(c);
        return RTAS_OK;
    }
}

static int32_t allocate(struct connector *c)
{
    if (c->state != STATE_UNUSABLE)
        return RTAS_OK;
    if (!c->ops || c->unplug_requested)
        return RTAS_PARAMETER;
    c->state = STATE_AVAILABLE;
    return RTAS_OK;
}

static int32_t deallocate(struct connector *c)
{
    switch (c->state) {
    case STATE_UNUSABLE:
        return RTAS_OK;
    case STATE_AVAILABLE:
        c->state = STATE_UNUSABLE;
        if (c->unplug_requested)
            release(c);
        return RTAS_OK;
    default:
        return RTAS_PARAMETER;
    }
}

/* Arguments: type, index, state. */
static int32_t rtas_set_indicator(void *self, struct vcpu *v, struct rtas_args *args)
{
    struct connector *c = find(self, args->arg[1]);
    uint32_t type = args->arg[0], state = args->arg[2];

    (void)v;
    if (type < INDICATOR_ISOLATION || type > INDICATOR_ALLOCATION || !c)
        return RTAS_PARAMETER;
    if (type == INDICATOR_DR) {
        if (!is_physical(c) || state > DR_LAST)
            return RTAS_PARAMETER;
        c->dr_indicator = state;
        return RTAS_OK;
    }
    if (type == INDICATOR_ISOLATION) {
        if (state == UNISOLATE)
            return unisolate(c);
        if (state != ISOLATE)
            return RTAS_PARAMETER;
        return is_physical(c) ? isolate_physical(c) : isolate_logical(c);
    }
    if (is_physical(c) || (state != USABLE && state != UNUSABLE))
        return RTAS_PARAMETER;
    return state == USABLE ? allocate(c) : deallocate(c);
}

/* ---- sensors and power ---- */

enum { SENSOR_EPOW = 9, SENSOR_ENTITY = 9003, POWER_DOMAIN_LIVE_INSERTION = -1, POWER_LEVEL_FULL = 100 };
enum { ENTITY_EMPTY = 0, ENTITY_PRESENT = 1, ENTITY_UNUSABLE = 2 };

static uint32_t entity_sense(const struct connector *c)
{
    if (is_physical(c))
        return c->ops ? ENTITY_PRESENT : ENTITY_EMPTY;
    return c->ops && c->state != STATE_UNUSABLE ? ENTITY_PRESENT : ENTITY_UNUSABLE;
}

/* Arguments: type, index. Result: state. The sensor of environmental and power warnings is always
 * there and, as warnings come with event logs, calm. */
static int32_t rtas_get_sensor_state(void *self, struct vcpu *v, struct rtas_args *args)
{
    const struct connector *c = find(self, args->arg[1]);

    (void)v;
    if (args->arg[0] == SENSOR_EPOW && args->arg[1] == 0)
        return RTAS_OK;
    if (args->arg[0] != SENSOR_ENTITY || !c)
        return RTAS_PARAMETER;
    args->ret[1] = entity_sense(c);
    return RTAS_OK;
}

/* Arguments: domain, level. Result: the level. Everything is always on. */
static int32_t rtas_power_level(void *self, struct vcpu *v, struct rtas_args *args)
{
    (void)self;
    (void)v;
    if ((int32_t)args->arg[0] != POWER_DOMAIN_LIVE_INSERTION)
        return RTAS_PARAMETER;
    args->ret[1] = POWER_LEVEL_FULL;
    return RTAS_OK;
}

/* ---- ibm,configure-connector ---- */

enum { WORK_AREA_BYTES = 4096, DATA_OFFSET = 20 };
enum { CONFIGURE_DONE = 0, CONFIGURE_CHILD = 2, CONFIGURE_PROPERTY = 3, CONFIGURE_PARENT = 4, NOT_CONFIGURABLE = -9003 };

/* The device's nodes as a flattened tree with a root of its own, from its first node on. */
static bool make_fragment(struct connector *c)
{
    char path[PATH_BYTES] = "";
    size_t size;
    int node;

    c->fragment = tree_new();
    if (!c->fragment)
        return false;
    c->ops->write_node(c->device, c->fragment, path, sizeof path);
    if (!tree_blob(c->fragment, &size, NULL) ||
        (node = fdt_path_offset(tree_fdt(c->fragment), path)) < 0) {
        rewind_fragment(c);
        return false;
    }
    c->next = node;
    c->depth = 0;
    return true;
}

/* The work area's reply: offsets and text are put together here and copied at once. */
struct reply {
    uint8_t bytes[WORK_AREA_BYTES];
    size_t used;
};

static void reply_name(struct reply *r, const char *name)
{
    enum { NAME_OFFSET = 8 };
    size_t length = strnlen(name, WORK_AREA_BYTES - DATA_OFFSET - 1);

    st_be32(r->bytes + NAME_OFFSET, DATA_OFFSET);
    memcpy(r->bytes + DATA_OFFSET, name, length);
    r->used = DATA_OFFSET + length + 1;
}

static void reply_property(struct reply *r, const char *name, const void *value, size_t size)
{
    enum { LENGTH_OFFSET = 12, VALUE_OFFSET = 16 };

    reply_name(r, name);
    if (size > WORK_AREA_BYTES - r->used)
        size = WORK_AREA_BYTES - r->used;
    st_be32(r->bytes + LENGTH_OFFSET, (uint32_t)size);
    st_be32(r->bytes + VALUE_OFFSET, (uint32_t)r->used);
    memcpy(r->bytes + r->used, value, size);
    r->used += size;
}

/* The next piece. */
static int32_t take_piece(struct connector *c, struct reply *r)
{
    const void *fdt = tree_fdt(c->fragment);
    int offset = c->next;
    const struct fdt_property *property;
    int length;

    switch (fdt_next_tag(fdt, offset, &c->next)) {
    case FDT_BEGIN_NODE:
        c->depth++;
        reply_name(r, fdt_get_name(fdt, offset, NULL));
        return CONFIGURE_CHILD;
    case FDT_PROP:
        property = fdt_get_property_by_offset(fdt, offset, &length);
        reply_property(r, fdt_string(fdt, (int)fdt32_to_cpu(property->nameoff)), property->data, (size_t)length);
        return CONFIGURE_PROPERTY;
    case FDT_END_NODE:
        if (--c->depth)
            return CONFIGURE_PARENT;
        c->state = STATE_CONFIGURED;
        rewind_fragment(c);
        return CONFIGURE_DONE;
    default:
        rewind_fragment(c);
        return RTAS_HARDWARE;
    }
}

/* Arguments: work area, the upper half of its address. */
static int32_t rtas_ibm_configure_connector(void *self, struct vcpu *v, struct rtas_args *args)
{
    struct connectors *x = self;
    gpa_t area = (uint64_t)args->arg[1] << 32 | args->arg[0];
    struct reply reply = { .used = 0 };
    struct connector *c;
    uint32_t index;
    int32_t status;

    (void)v;
    if (!gpa_load_be32(x->platform->mem, area, &index) || !gpa_is_ram(x->platform->mem, area, WORK_AREA_BYTES))
        return RTAS_PARAMETER;
    c = find(x, index);
    if (!c)
        return RTAS_PARAMETER;
    if (c->state != STATE_UNISOLATED && c->state != STATE_CONFIGURED)
        return NOT_CONFIGURABLE;
    /* A guest that configures a block that it was to give back has changed its mind. */
    if (c->index >> 28 == CONNECTOR_LMB)
        refuse_unplug(c);
    if (!c->ops || (!c->fragment && !make_fragment(c)))
        return RTAS_HARDWARE;
    gpa_read(x->platform->mem, area, reply.bytes, DATA_OFFSET);
    status = take_piece(c, &reply);
    if (reply.used)
        gpa_write(x->platform->mem, area, reply.bytes, reply.used);
    return status;
}

static const struct rtas_row connectors_rtas[] = {
    { 0x201a, "set-indicator", 3, 1, WHEN_ALWAYS, rtas_set_indicator },
    { 0x201b, "set-power-level", 2, 2, WHEN_ALWAYS, rtas_power_level },
    { 0x201c, "get-power-level", 1, 2, WHEN_ALWAYS, rtas_power_level },
    { 0x201d, "get-sensor-state", 2, 2, WHEN_ALWAYS, rtas_get_sensor_state },
    { 0x201e, "ibm,configure-connector", 2, 1, WHEN_ALWAYS, rtas_ibm_configure_connector },
};

static void connectors_write_tree(void *self, struct tree *t, enum tree_stage stage)
{
    (void)stage;
    connectors_write_lists(self, t, "/");
    connectors_write_lists(self, t, "/cpus");
}

const struct facility_type connectors_facility = {
    .name = "connectors",
    .rtas = connectors_rtas,
    .n_rtas = ARRAY_SIZE(connectors_rtas),
    .reset = connectors_reset,
    .write_tree = connectors_write_tree,
};
