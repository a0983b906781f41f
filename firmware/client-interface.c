/* The Open Firmware client interface; see client-interface.h.
 *
 * The client calls the entry with r3 = address of an array of 32-bit big-endian cells: service name (an
 * address), number of arguments, number of results, arguments, results. The entry's code makes hypercall
 * 0xF005 with that address. Each service is a row of a table; the array is copied in once, and only the
 * results are written back. */
#include "firmware/client-interface.h"

#include <ctype.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "firmware/boot-program.h"
#include "firmware/claims.h"
#include "firmware/disks.h"
#include "firmware/kept-properties.h"
#include "papr/cas.h"

enum {
    MOST_CELLS = 10, MOST_INSTANCES = 64, PATH_SIZE = 256,
    SERVICE_SIZE = 64, MOST_PROPERTY = 1 << 20,
    /* PAPR's names of properties are longer than the 31 characters that IEEE 1275 allows
     * (ibm,associativity-reference-points), and Linux has room for them. */
    NAME_SIZE = 64,
};

#define PROM_ERROR UINT32_MAX

/* What a client has opened. */
struct instance {
    uint32_t phandle; /* 0: free */
    struct firmware_disk *disk; /* NULL: another device */
    uint64_t position;
};

struct firmware {
    struct platform *platform;
    void (*write)(void *opaque, const char *text, size_t size);
    void *opaque;
    size_t (*read)(void *opaque, char *text, size_t size); /* what was typed; NULL: nobody types */
    struct instance instances[MOST_INSTANCES]; /* the handle is the index and 1 */
    struct firmware_disks disks;
    char boot_path[DISK_PATH_SIZE + 64]; /* "": a kernel was given */
    struct claims claims;
    struct kept_properties kept;
};

/* One call of the client. */
struct call {
    struct firmware *f;
    struct vcpu *vcpu;
    unsigned nargs, nret;
    uint32_t arg[MOST_CELLS];
    uint32_t ret[MOST_CELLS];
};

struct firmware *firmware_new(struct platform *p,
                              void (*write)(void *opaque, const char *text, size_t size),
                              void *opaque, struct error *err)
{
    struct firmware *f = calloc(1, sizeof *f);

    if (!f) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        return NULL;
    }
    f->platform = p;
    f->write = write;
    f->opaque = opaque;
    return f;
}

void firmware_free(struct firmware *f)
{
    if (f)
        kept_properties_clear(&f->kept);
    free(f);
}

/* ---- the client's memory ---- */

/* A string of at most size - 1 characters; longer ones fail. */
static bool get_string(const struct call *c, gpa_t from, char *to, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (!gpa_read(c->f->platform->mem, from + i, to + i, 1))
            return false;
        if (!to[i])
            return true;
    }
    return false;
}

static bool put_bytes(const struct call *c, gpa_t to, const void *from, size_t size)
{
    return gpa_write(c->f->platform->mem, to, from, size);
}

/* ---- the tree ---- */

static void *fdt(const struct call *c)
{
    return tree_fdt(c->f->platform->tree);
}

static int node_of(const struct call *c, uint32_t phandle)
{
    return phandle ? fdt_node_offset_by_phandle(fdt(c), phandle) : -FDT_ERR_NOTFOUND;
}

static uint32_t phandle_of(const struct call *c, int node)
{
    uint32_t phandle = node >= 0 ? fdt_get_phandle(fdt(c), node) : 0;

    return phandle;
}

/* Clients add arguments to a path's end ("/vdevice/vty@71000000:9600"), and write unit addresses in
 * either case. */
static void normalise_path(char *path)
{
    bool in_address = false;

    path[strcspn(path, ":")] = '\0';
    for (char *at = path; *at; at++) {
        in_address = *at == '@' || (in_address && *at != '/');
        if (in_address)
            *at = (char)tolower((unsigned char)*at);
    }
}

static uint32_t of_finddevice(struct call *c)
{
    char path[PATH_SIZE];
    int node;

    if (!get_string(c, c->arg[0], path, sizeof path))
        return PROM_ERROR;
    normalise_path(path);
    node = fdt_path_offset(fdt(c), path);
    return node < 0 ? PROM_ERROR : phandle_of(c, node);
}

/* The property's value; "name" is the node's, without its unit address. */
static const void *property(const struct call *c, uint32_t phandle, const char *name, char *text,
                            int *size)
{
    int node = node_of(c, phandle);
    const void *value;

    if (node < 0)
        return NULL;
    value = fdt_getprop(fdt(c), node, name, size);
    if (value || strcmp(name, "name"))
        return value;
    snprintf(text, PATH_SIZE, "%s", fdt_get_name(fdt(c), node, NULL));
    text[strcspn(text, "@")] = '\0';
    *size = (int)strlen(text) + 1;
    return text;
}

static uint32_t of_getprop(struct call *c)
{
    char name[NAME_SIZE], text[PATH_SIZE];
    const void *value;
    int size;

    if (!get_string(c, c->arg[1], name, sizeof name))
        return PROM_ERROR;
    value = property(c, c->arg[0], name, text, &size);
    if (!value)
        return PROM_ERROR;
    if (!put_bytes(c, c->arg[2], value, (uint32_t)size < c->arg[3] ? (uint32_t)size : c->arg[3]))
        return PROM_ERROR;
    return (uint32_t)size;
}

static uint32_t of_getproplen(struct call *c)
{
    char name[NAME_SIZE], text[PATH_SIZE];
    int size;

    if (!get_string(c, c->arg[1], name, sizeof name) ||
        !property(c, c->arg[0], name, text, &size))
        return PROM_ERROR;
    return (uint32_t)size;
}

/* By these the nodes are known; they are not the client's. */
static bool is_reserved(const char *name)
{
    return !*name || !strcmp(name, "name") || !strcmp(name, "phandle") ||
           !strcmp(name, "linux,phandle");
}

static uint32_t of_setprop(struct call *c)
{
    char name[NAME_SIZE], path[PATH_SIZE];
    int node = node_of(c, c->arg[0]);
    const void *value;

    if (node < 0 || !get_string(c, c->arg[1], name, sizeof name) || c->arg[3] > MOST_PROPERTY)
        return PROM_ERROR;
    if (is_reserved(name) || fdt_get_path(fdt(c), node, path, sizeof path))
        return PROM_ERROR;
    value = gpa_map_read(c->f->platform->mem, c->arg[2], c->arg[3]);
    if (!value || !kept_properties_set(&c->f->kept, path, name, value, c->arg[3]))
        return PROM_ERROR;
    tree_bytes(c->f->platform->tree, path, name, value, c->arg[3]);
    if (!strcmp(path, "/rtas") && !strcmp(name, "linux,rtas-base") && c->arg[3] == 4)
        c->f->platform->rtas_base = ld_be32(value);
    return c->arg[3];
}

/* Arguments: node, name of the property before ("" or NULL: none), where to put the next one's. */
static uint32_t of_nextprop(struct call *c)
{
    int node = node_of(c, c->arg[0]), at;
    char before[NAME_SIZE] = "", name[NAME_SIZE];
    bool found;

    if (node < 0 || (c->arg[1] && !get_string(c, c->arg[1], before, sizeof before)))
        return PROM_ERROR;
    found = !before[0];
    fdt_for_each_property_offset(at, fdt(c), node)
    {
        const char *this;

        fdt_getprop_by_offset(fdt(c), at, &this, NULL);
        if (found) {
            snprintf(name, sizeof name, "%s", this);
            return put_bytes(c, c->arg[2], name, strlen(name) + 1) ? 1 : PROM_ERROR;
        }
        found = !strcmp(this, before);
    }
    name[0] = '\0';
    put_bytes(c, c->arg[2], name, 1);
    return 0;
}

static uint32_t of_peer(struct call *c)
{
    int node;

    if (!c->arg[0])
        return phandle_of(c, 0);
    node = node_of(c, c->arg[0]);
    return node < 0 ? PROM_ERROR : phandle_of(c, fdt_next_subnode(fdt(c), node));
}

static uint32_t of_child(struct call *c)
{
    int node = node_of(c, c->arg[0]);

    return node < 0 ? PROM_ERROR : phandle_of(c, fdt_first_subnode(fdt(c), node));
}

static uint32_t of_parent(struct call *c)
{
    int node = node_of(c, c->arg[0]);

    return node < 0 ? PROM_ERROR : phandle_of(c, fdt_parent_offset(fdt(c), node));
}

static uint32_t put_path(struct call *c, int node, gpa_t to, uint32_t size)
{
    char path[PATH_SIZE];
    uint32_t length;

    if (node < 0 || fdt_get_path(fdt(c), node, path, sizeof path))
        return PROM_ERROR;
    length = (uint32_t)strlen(path);
    if (!put_bytes(c, to, path, length + 1 < size ? length + 1 : size))
        return PROM_ERROR;
    return length;
}

static uint32_t of_package_to_path(struct call *c)
{
    return put_path(c, node_of(c, c->arg[0]), c->arg[1], c->arg[2]);
}

/* ---- instances ---- */

static uint32_t open_instance(struct firmware *f, uint32_t phandle)
{
    void *blob = tree_fdt(f->platform->tree);
    char path[PATH_SIZE];

    for (uint32_t i = 0; phandle && i < MOST_INSTANCES; i++)
        if (!f->instances[i].phandle) {
            bool has_path = !fdt_get_path(blob, fdt_node_offset_by_phandle(blob, phandle), path, sizeof path);

            f->instances[i] = (struct instance){ phandle, has_path ? disks_find(&f->disks, path) : NULL, 0 };
            return i + 1;
        }
    return 0;
}

static struct instance *find_instance(struct firmware *f, uint32_t ihandle)
{
    struct instance *i = ihandle && ihandle <= MOST_INSTANCES ? &f->instances[ihandle - 1] : NULL;

    return i && i->phandle ? i : NULL;
}

static uint32_t instance_package(struct firmware *f, uint32_t ihandle)
{
    const struct instance *i = find_instance(f, ihandle);

    return i ? i->phandle : 0;
}

static uint32_t of_open(struct call *c)
{
    uint32_t phandle = of_finddevice(c);

    return phandle == PROM_ERROR ? 0 : open_instance(c->f, phandle);
}

static uint32_t of_close(struct call *c)
{
    struct instance *i = find_instance(c->f, c->arg[0]);

    if (i)
        *i = (struct instance){ 0 };
    return 0;
}

static uint32_t of_instance_to_package(struct call *c)
{
    uint32_t phandle = instance_package(c->f, c->arg[0]);

    return phandle ? phandle : PROM_ERROR;
}

static uint32_t of_instance_to_path(struct call *c)
{
    return put_path(c, node_of(c, instance_package(c->f, c->arg[0])), c->arg[1], c->arg[2]);
}

/* Arguments: instance, high and low half of the position. */
static uint32_t of_seek(struct call *c)
{
    struct instance *i = find_instance(c->f, c->arg[0]);

    if (!i || !i->disk)
        return PROM_ERROR;
    i->position = (uint64_t)c->arg[1] << 32 | c->arg[2];
    return 0;
}

/* Moves up to size bytes between an image and the client, without the machine's lock: the image's thread, for which
 * we wait, may wait for it. Meanwhile the client may do anything. Returns the bytes that were moved. */
static uint32_t move_blocks(struct call *c, struct firmware_disk *d, uint64_t position, gpa_t at, uint32_t size,
                            bool is_write)
{
    struct platform *p = c->f->platform;
    uint8_t *buffer = gpa_is_ram(p->mem, at, size) ? malloc(DISK_MOST_TRANSFER) : NULL;
    uint32_t moved = 0;

    while (buffer && d->block && moved < size) {
        uint32_t n = size - moved < DISK_MOST_TRANSFER ? size - moved : DISK_MOST_TRANSFER;
        bool ok;

        if (is_write && !gpa_read(p->mem, at + moved, buffer, n))
            break;
        d->busy++;
        accel_unlock(p->accel);
        ok = is_write ? disk_write(d, position + moved, buffer, n) : disk_read(d, position + moved, buffer, n);
        accel_lock(p->accel);
        d->busy--;
        if (!ok || (!is_write && !gpa_write(p->mem, at + moved, buffer, n)))
            break;
        moved += n;
    }
    free(buffer);
    return moved;
}

static uint32_t move(struct call *c, bool is_write)
{
    struct instance *i = find_instance(c->f, c->arg[0]);
    uint64_t position = i->position;
    uint32_t moved = move_blocks(c, i->disk, position, c->arg[1], c->arg[2], is_write);

    i->position = position + moved;
    return moved || !c->arg[2] ? moved : PROM_ERROR;
}

static uint32_t of_write(struct call *c)
{
    const char *text = gpa_map_read(c->f->platform->mem, c->arg[1], c->arg[2]);
    const struct instance *i = find_instance(c->f, c->arg[0]);

    if (!text || !i)
        return PROM_ERROR;
    if (i->disk)
        return move(c, true);
    c->f->write(c->f->opaque, text, c->arg[2]);
    return c->arg[2];
}

/* What was typed does not wait: there may be nothing. */
static uint32_t of_read(struct call *c)
{
    const struct instance *i = find_instance(c->f, c->arg[0]);
    char text[64];
    size_t n = c->arg[2] < sizeof text ? c->arg[2] : sizeof text;

    if (!i)
        return PROM_ERROR;
    if (i->disk)
        return move(c, false);
    n = c->f->read ? c->f->read(c->f->opaque, text, n) : 0;
    return put_bytes(c, c->arg[1], text, n) ? (uint32_t)n : PROM_ERROR;
}

/* ---- memory ---- */

/* Cells are 32 bits wide, and so are the addresses that can be claimed. */
static gpa_t claims_limit(const struct firmware *f)
{
    gpa_t rma_size = f->platform->config->rma_size;

    return rma_size < UINT32_MAX ? rma_size : UINT32_MAX;
}

/* The property `available` of the real mode area: address and size of each free range. */
static void write_available(struct firmware *f)
{
    struct range ranges[MOST_CLAIMS + 1];
    uint32_t cells[4 * (MOST_CLAIMS + 1)] = { 0 };
    unsigned n = claims_free(&f->claims, ranges);

    for (unsigned i = 0; i < n; i++) {
        cells[4 * i + 1] = (uint32_t)ranges[i].start;
        cells[4 * i + 3] = (uint32_t)(ranges[i].end - ranges[i].start);
    }
    tree_cells(f->platform->tree, "/memory@0", "available", cells, 4 * n);
}

/* Arguments: address, size, alignment. Alignment 0: exactly there. */
static uint32_t of_claim(struct call *c)
{
    uint64_t alignment = c->arg[2], size = c->arg[1];
    gpa_t start = c->arg[0];

    if (alignment & (alignment - 1))
        return PROM_ERROR;
    if (alignment && !claims_find(&c->f->claims, size, alignment, &start))
        return PROM_ERROR;
    if (!claims_take(&c->f->claims, start, size))
        return PROM_ERROR;
    write_available(c->f);
    return (uint32_t)start;
}

static uint32_t of_release(struct call *c)
{
    claims_release(&c->f->claims, c->arg[0], c->arg[1]);
    write_available(c->f);
    return 0;
}

/* ---- methods ---- */

static const uint32_t rtas_blob[] = {
    0x7c641b78, /* mr  r4,r3 */
    0x3c600000, /* lis r3,0 */
    0x6063f000, /* ori r3,r3,0xf000 */
    0x44000022, /* sc  1 */
    0x4e800020, /* blr */
};
static const uint32_t client_blob[] = { 0x7c641b78, 0x3c600000, 0x6063f005, 0x44000022, 0x4e800020 };
_Static_assert(sizeof rtas_blob == RTAS_BLOB_SIZE, "size of the RTAS code");

static bool put_code(struct mem *mem, gpa_t at, const uint32_t *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!gpa_store_be32(mem, at + 4 * i, words[i]))
            return false;
    return true;
}

bool firmware_instantiate_rtas(struct platform *p, gpa_t base)
{
    if (!put_code(p->mem, base, rtas_blob, ARRAY_SIZE(rtas_blob)))
        return false;
    p->rtas_base = base;
    return true;
}

static void complete_tree(struct firmware *f);

int64_t firmware_cas(struct firmware *f, struct vcpu *v, gpa_t vectors, struct error *err)
{
    int64_t status = platform_cas(f->platform, v, vectors, err);

    if (status == H_SUCCESS)
        complete_tree(f);
    return status;
}

static uint32_t method_cas(struct call *c, uint32_t *result)
{
    struct error err = { 0 };
    int64_t status = firmware_cas(c->f, c->vcpu, c->arg[2], &err);

    if (status != H_SUCCESS)
        log_line(LOG_WARN, "firmware", "client architecture support failed: %lld %s",
                 (long long)status, err.cause);
    *result = status == H_SUCCESS ? 0 : PROM_ERROR;
    return 0;
}

static uint32_t method_instantiate_rtas(struct call *c, uint32_t *result)
{
    if (!firmware_instantiate_rtas(c->f->platform, c->arg[2]))
        return PROM_ERROR;
    *result = c->arg[2];
    return 0;
}

static const struct firmware_disk *disk_of(struct call *c)
{
    const struct instance *i = find_instance(c->f, c->arg[1]);

    return i ? i->disk : NULL;
}

static uint32_t method_block_size(struct call *c, uint32_t *result)
{
    const struct firmware_disk *d = disk_of(c);

    *result = d ? d->block_size : 0;
    return d ? 0 : PROM_ERROR;
}

/* The number if it has 32 bits, else the largest one. */
static uint32_t method_blocks(struct call *c, uint32_t *result)
{
    const struct firmware_disk *d = disk_of(c);
    uint64_t n = d ? disk_blocks(d) : 0;

    *result = n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
    return d ? 0 : PROM_ERROR;
}

static uint32_t method_blocks64(struct call *c, uint32_t *result)
{
    const struct firmware_disk *d = disk_of(c);
    uint64_t n = d ? disk_blocks(d) : 0;

    *result = (uint32_t)(n >> 32);
    c->ret[2] = (uint32_t)n;
    return d ? 0 : PROM_ERROR;
}

/* Results: how many targets, and a table of pointers to their lists of units, which end with 0; of 64 bits each. All
 * units are in one list. */
static uint32_t method_report_luns(struct call *c, uint32_t *result)
{
    struct mem *mem = c->f->platform->mem;
    int node = node_of(c, instance_package(c->f, c->arg[1]));
    gpa_t at = FIRMWARE_UNITS + 8;
    char path[PATH_SIZE];
    size_t length;

    if (node < 0 || fdt_get_path(fdt(c), node, path, sizeof path))
        return PROM_ERROR;
    length = strlen(path);
    for (unsigned i = 0; i < c->f->disks.n; i++) {
        const struct firmware_disk *d = &c->f->disks.disk[i];

        if (!d->block || !d->lun || strncmp(d->path, path, length) || d->path[length] != '/')
            continue;
        gpa_store_be64(mem, at, d->lun);
        at += 8;
    }
    gpa_store_be64(mem, at, 0);
    gpa_store_be64(mem, FIRMWARE_UNITS, FIRMWARE_UNITS + 8);
    *result = 1;
    c->ret[2] = FIRMWARE_UNITS;
    return 0;
}

static const struct {
    const char *name;
    uint32_t (*fn)(struct call *c, uint32_t *result);
} methods[] = {
    { "block-size", method_block_size },
    { "#blocks", method_blocks },
    { "#blocks64", method_blocks64 },
    { "vscsi-report-luns", method_report_luns },
    { "ibm,client-architecture-support", method_cas },
    { "instantiate-rtas", method_instantiate_rtas },
};

/* Arguments: method, instance, its arguments; results: 0 or what went wrong, the method's. */
static uint32_t of_call_method(struct call *c)
{
    char name[SERVICE_SIZE];
    uint32_t result = 0, status;

    if (c->nargs < 2 || !get_string(c, c->arg[0], name, sizeof name))
        return PROM_ERROR;
    for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
        if (strcmp(methods[i].name, name))
            continue;
        status = methods[i].fn(c, &result);
        if (c->nret > 1)
            c->ret[1] = result;
        return status;
    }
    return PROM_ERROR;
}

static uint32_t of_milliseconds(struct call *c)
{
    return (uint32_t)(cpu_timebase(c->vcpu->cpu) / (TIMEBASE_HZ / 1000));
}

static uint32_t of_quiesce(struct call *c)
{
    (void)c;
    return 0;
}

/* A client ends so when it can't go on; it has printed why. */
static uint32_t of_exit(struct call *c)
{
    struct platform *p = c->f->platform;

    p->machine_ops->guest_panic(p->machine, "the boot program returned to the firmware");
    return 0;
}

static void power_off(struct platform *p)
{
    p->machine_ops->power_off(p->machine);
}

static void reboot(struct platform *p)
{
    p->machine_ops->reboot(p->machine);
}

/* Forth that clients give: no interpreter, but the commands by which they end. */
static uint32_t of_interpret(struct call *c)
{
    static const struct {
        const char *text;
        void (*fn)(struct platform *p);
    } commands[] = { { "power-off", power_off }, { "shut-down", power_off }, { "reset-all", reboot } };
    char text[SERVICE_SIZE];

    if (c->nargs < 1 || !get_string(c, c->arg[0], text, sizeof text))
        return PROM_ERROR;
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
        if (!strcmp(commands[i].text, text)) {
            commands[i].fn(c->f->platform);
            return 0;
        }
    return PROM_ERROR;
}

/* Another program or the same one again, of which it names nothing that we could obey. */
static uint32_t of_boot(struct call *c)
{
    reboot(c->f->platform);
    return 0;
}

static uint32_t of_test(struct call *c);

/* nargs -1: any number. */
static const struct service {
    const char *name;
    int nargs, nret;
    uint32_t (*fn)(struct call *c);
} services[] = {
    { "finddevice", 1, 1, of_finddevice },
    { "getprop", 4, 1, of_getprop },
    { "getproplen", 2, 1, of_getproplen },
    { "setprop", 4, 1, of_setprop },
    { "nextprop", 3, 1, of_nextprop },
    { "peer", 1, 1, of_peer },
    { "child", 1, 1, of_child },
    { "parent", 1, 1, of_parent },
    { "package-to-path", 3, 1, of_package_to_path },
    { "open", 1, 1, of_open },
    { "close", 1, 0, of_close },
    { "instance-to-package", 1, 1, of_instance_to_package },
    { "instance-to-path", 3, 1, of_instance_to_path },
    { "seek", 3, 1, of_seek },
    { "read", 3, 1, of_read },
    { "write", 3, 1, of_write },
    { "claim", 3, 1, of_claim },
    { "release", 2, 0, of_release },
    { "call-method", -1, -1, of_call_method },
    { "milliseconds", 0, 1, of_milliseconds },
    { "interpret", -1, -1, of_interpret },
    { "boot", 1, 0, of_boot },
    { "enter", 0, 0, of_exit },
    { "quiesce", 0, 0, of_quiesce },
    { "exit", 0, 0, of_exit },
    { "test", 1, 1, of_test },
};

static const struct service *find_service(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(services); i++)
        if (!strcmp(services[i].name, name))
            return &services[i];
    return NULL;
}

/* 0 if the service of that name exists. */
static uint32_t of_test(struct call *c)
{
    char name[SERVICE_SIZE];

    return get_string(c, c->arg[0], name, sizeof name) && find_service(name) ? 0 : PROM_ERROR;
}

static int64_t h_vof_client(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct call c = { .f = self, .vcpu = v };
    struct mem *mem = c.f->platform->mem;
    /* In 32-bit mode the rest of the register means nothing. */
    gpa_t array = args->in[0] & (v->cpu->msr & MSR_SF ? ~UINT64_C(0xf000000000000000) : UINT32_MAX);
    const struct service *service;
    uint32_t head[3], name_at;
    char name[SERVICE_SIZE];

    for (unsigned i = 0; i < 3; i++)
        if (!gpa_load_be32(mem, array + 4 * i, &head[i]))
            return H_PARAMETER;
    name_at = head[0];
    c.nargs = head[1];
    c.nret = head[2];
    if (c.nargs > MOST_CELLS || c.nret > MOST_CELLS || c.nargs + c.nret > MOST_CELLS ||
        !get_string(&c, name_at, name, sizeof name))
        return H_PARAMETER;
    for (unsigned i = 0; i < c.nargs; i++)
        if (!gpa_load_be32(mem, array + 12 + 4 * i, &c.arg[i]))
            return H_PARAMETER;
    service = find_service(name);
    if (!service || (service->nargs >= 0 && (unsigned)service->nargs != c.nargs) ||
        (service->nret >= 0 && c.nret < (unsigned)service->nret)) {
        c.ret[0] = PROM_ERROR;
        if (!service)
            log_trace(LOG_ITEM_UNIMP, "client interface service '%s'", name);
    } else {
        c.ret[0] = service->fn(&c);
    }
    if (log_on(LOG_ITEM_OF))
        log_trace(LOG_ITEM_OF, "%s(%x %x %x %x) = %x %x", name, c.arg[0], c.arg[1], c.arg[2],
                  c.arg[3], c.ret[0], c.ret[1]);
    for (unsigned i = 0; i < c.nret; i++)
        gpa_store_be32(mem, array + 12 + 4 * (c.nargs + i), c.ret[i]);
    return H_SUCCESS;
}

static const struct hcall_row hcalls[] = {
    { KVMPPC_H_VOF_CLIENT, "H_VOF_CLIENT", .in = 1, .fn = h_vof_client },
};

const struct facility_type firmware_facility = {
    .name = "firmware",
    .hcalls = hcalls,
    .n_hcalls = ARRAY_SIZE(hcalls),
};

/* ---- boot ---- */

/* A handle of the node at path as a property of /chosen. */
static void choose(struct firmware *f, const char *name, const char *path)
{
    void *blob = tree_fdt(f->platform->tree);
    int node = fdt_path_offset(blob, path);
    uint32_t phandle = node < 0 ? 0 : fdt_get_phandle(blob, node), handle = 0;

    for (uint32_t i = 0; phandle && i < MOST_INSTANCES; i++)
        if (f->instances[i].phandle == phandle)
            handle = i + 1;
    if (!handle)
        handle = open_instance(f, phandle);
    if (handle)
        tree_u32(f->platform->tree, "/chosen", name, handle);
}

static void complete_tree(struct firmware *f)
{
    struct platform *p = f->platform;
    void *blob;
    int cpus, cpu;
    char path[PATH_SIZE];

    if (f->boot_path[0]) {
        disks_write_tree(&f->disks, p->tree);
        tree_string(p->tree, "/chosen", "bootpath", f->boot_path);
    }
    kept_properties_apply(&f->kept, p->tree);
    write_available(f);
    tree_number_nodes(p->tree, NULL);
    if (p->config->stdout_path) {
        choose(f, "stdout", p->config->stdout_path);
        choose(f, "stdin", p->config->stdout_path);
    }
    choose(f, "memory", "/memory@0");
    blob = tree_fdt(p->tree);
    cpus = fdt_path_offset(blob, "/cpus");
    cpu = cpus < 0 ? -1 : fdt_first_subnode(blob, cpus);
    if (cpu >= 0 && !fdt_get_path(blob, cpu, path, sizeof path))
        choose(f, "cpu", path);
    if (p->rtas_base)
        tree_u32(p->tree, "/rtas", "linux,rtas-base", (uint32_t)p->rtas_base);
}

/* Nothing opened, nothing claimed but our own. */
static bool start_anew(struct firmware *f)
{
    memset(f->instances, 0, sizeof f->instances);
    claims_reset(&f->claims, claims_limit(f));
    kept_properties_clear(&f->kept);
    f->boot_path[0] = '\0';
    f->platform->rtas_base = 0;
    return put_code(f->platform->mem, FIRMWARE_ENTRY, client_blob, ARRAY_SIZE(client_blob)) &&
           claims_take(&f->claims, 0, FIRMWARE_END);
}

/* As a client of Open Firmware: real mode, big-endian; r5 says where to call. */
static void enter(struct cpu *c, gpa_t entry, gpa_t stack, uint64_t msr)
{
    cpu_set_msr(c, msr | MSR_ME | MSR_FP);
    c->nia = entry;
    c->gpr[1] = stack - 0x20;
    c->gpr[3] = 0;
    c->gpr[4] = 0;
    c->gpr[5] = FIRMWARE_ENTRY;
}

bool firmware_boot(struct firmware *f, struct vcpu *v, gpa_t kernel, gpa_t kernel_end,
                   gpa_t initrd, uint64_t initrd_size, struct error *err)
{
    struct cpu *c = v->cpu;

    if (!start_anew(f) ||
        (kernel_end > kernel && !claims_take(&f->claims, kernel, kernel_end - kernel)) ||
        (initrd_size && !claims_take(&f->claims, initrd, initrd_size)))
        return error_set(err, ERROR_FORMAT, "kernel and initrd leave the firmware no room");
    complete_tree(f);
    enter(c, kernel, FIRMWARE_STACK, MSR_SF);
    c->gpr[3] = initrd_size ? initrd : 0;
    c->gpr[4] = initrd_size;
    return true;
}

/* The first disk that has a program. */
static const struct firmware_disk *load_program(struct firmware *f, struct boot_program *program, struct error *err)
{
    for (unsigned i = 0; i < f->disks.n; i++) {
        struct error why = { 0 };

        if (boot_program_load(&f->disks.disk[i], f->platform->mem, FIRMWARE_BOOT_STACK, claims_limit(f), program,
                              &why))
            return &f->disks.disk[i];
        /* The first one's reason is what the user wants to know. */
        if (!i && err)
            *err = why;
    }
    if (!f->disks.n)
        error_set(err, ERROR_USAGE, "there is no disk to boot from");
    return NULL;
}

bool firmware_boot_disk(struct firmware *f, struct vcpu *v, struct error *err)
{
    struct boot_program program;
    const struct firmware_disk *d;

    if (!start_anew(f))
        return error_set(err, ERROR_RESOURCE, "the firmware has no room");
    d = load_program(f, &program, err);
    if (!d)
        return false;
    if (!claims_take(&f->claims, FIRMWARE_END, FIRMWARE_BOOT_STACK - FIRMWARE_END) ||
        !claims_take(&f->claims, program.start, program.end - program.start))
        return error_set(err, ERROR_RESOURCE, "the firmware has no room");
    snprintf(f->boot_path, sizeof f->boot_path, "%s%s", d->path, program.arguments);
    complete_tree(f);
    enter(v->cpu, program.entry, FIRMWARE_BOOT_STACK, 0);
    return true;
}

void firmware_set_disks(struct firmware *f, const struct firmware_disks *disks)
{
    f->disks = *disks;
}

void firmware_remove_disk(struct firmware *f, const struct block *block)
{
    for (unsigned i = 0; i < f->disks.n; i++) {
        struct firmware_disk *d = &f->disks.disk[i];

        if (d->block != block)
            continue;
        /* A transfer that is under way still has the block; none begins any more. */
        while (d->busy) {
            accel_unlock(f->platform->accel);
            block_drain(d->block);
            accel_lock(f->platform->accel);
        }
        d->block = NULL;
    }
}

void firmware_set_input(struct firmware *f, size_t (*read)(void *opaque, char *text, size_t size))
{
    f->read = read;
}
