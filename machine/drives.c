/* Images by name; see drives.h. */
#include "machine/drives.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/names.h"

struct drives {
    struct drive *first, **last;
    unsigned anonymous; /* names given out */
};

static const char *const caches[] = { "writeback", "none", "writethrough", "directsync", "unsafe", NULL };
static const char *const aios[] = { "best", "io_uring", "threads", "native", NULL };
static const char *const discards[] = { "ignore", "off", "unmap", "on", NULL };

static const char *const drive_names[] = {
    "file", "format", "if", "id", "media", "cache", "aio", "discard", "readonly", "read-only", "snapshot", "serial",
    "index", "bus", "unit", "file.locking", "werror", "rerror", "detect-zeroes", "share-rw", NULL,
};
static const char *const blockdev_names[] = {
    "driver", "node-name", "file", "filename", "read-only", "discard", "cache.direct", "cache.no-flush", "aio",
    "locking", "detect-zeroes", "auto-read-only", "server.type", "server.path", "server.host", "server.port",
    "export", NULL,
};

struct drives *drives_new(struct error *err)
{
    struct drives *d = calloc(1, sizeof *d);

    if (!d) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        return NULL;
    }
    d->last = &d->first;
    return d;
}

static void free_drive(struct drive *d)
{
    if (!d)
        return;
    if (d->base)
        d->base->taken = false;
    block_close(d->block);
    free(d->id);
    free(d->file);
    free(d->format);
    free(d->serial);
    free(d);
}

bool drives_remove(struct drives *drives, const char *id, struct error *err)
{
    struct drive *d = drives_find(drives, id, err), **at = &drives->first;

    if (!d)
        return false;
    if (d->taken)
        return error_set(err, ERROR_USAGE, "Node %s is in use", id);
    while (*at != d)
        at = &(*at)->next;
    *at = d->next;
    if (!*at)
        drives->last = at;
    free_drive(d);
    return true;
}

void drives_free(struct drives *drives)
{
    if (!drives)
        return;
    while (drives->first) {
        struct drive *d = drives->first;

        drives->first = d->next;
        d->base = NULL; /* it may be gone */
        free_drive(d);
    }
    free(drives);
}

void drives_drain(struct drives *drives)
{
    for (struct drive *d = drives->first; d; d = d->next)
        if (d->block)
            block_drain(d->block);
}

struct drive *drives_first(struct drives *drives)
{
    return drives->first;
}

struct drive *drives_find(struct drives *drives, const char *id, struct error *err)
{
    for (struct drive *d = drives->first; d; d = d->next)
        if (!strcmp(d->id, id))
            return d;
    error_set(err, ERROR_USAGE, "there is no drive '%s'", id);
    error_hint(err, "add -drive if=none,id=%s,file=FILE,format=raw", id);
    return NULL;
}

static char *copy(const char *text)
{
    return text ? strdup(text) : NULL;
}

/* Adds it to the list, by its name or one that nobody uses. Takes it, also when it fails. */
static struct drive *add(struct drives *drives, struct drive *d, const char *id, struct error *err)
{
    char name[32];

    snprintf(name, sizeof name, "#drive%u", drives->anonymous++);
    d->id = strdup(id ? id : name);
    d->options.file = d->file;
    d->options.format = d->format;
    if (d->id && !drives_find(drives, d->id, NULL)) {
        *drives->last = d;
        drives->last = &d->next;
        return d;
    }
    error_set(err, ERROR_USAGE, "there are two drives '%s'", d->id ? d->id : "");
    error_hint(err, "give each its own name");
    free_drive(d);
    return NULL;
}

/* ---- -drive ---- */

/* What to do about errors: the guest is told. */
static bool check_policies(struct option_list *list, struct error *err)
{
    static const char *const names[] = { "werror", "rerror" };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = options_get(list, names[i]);

        if (value && strcmp(value, "report") && strcmp(value, "auto")) {
            error_set(err, ERROR_UNSUPPORTED, "%s=%s is not there yet", names[i], value);
            error_hint(err, "choose %s=report", names[i]);
            return false;
        }
    }
    return true;
}

static bool take_interface(struct option_list *list, struct drive *d, struct error *err)
{
    static const char *const names[] = { "none", "scsi", "virtio", NULL };
    static const char *const media[] = { "disk", "cdrom", NULL };
    unsigned interface = DRIVE_IF_SCSI, medium = 0;

    if (!options_choice(list, "if", names, &interface, err) || !options_choice(list, "media", media, &medium, err))
        return false;
    d->interface = (enum drive_interface)interface;
    d->is_cd = medium == 1;
    return true;
}

static bool take_drive(struct option_list *list, struct drive *d, struct error *err)
{
    unsigned cache = BLOCK_CACHE_WRITEBACK, aio = 0, discard = 0;
    struct block_options *o = &d->options;
    const char *locking;

    if (!take_interface(list, d, err) || !options_choice(list, "cache", caches, &cache, err) ||
        !options_choice(list, "aio", aios, &aio, err) || !options_choice(list, "discard", discards, &discard, err) ||
        !check_policies(list, err))
        return false;
    o->read_only = d->is_cd;
    if (!options_bool(list, "readonly", &o->read_only, err) || !options_bool(list, "read-only", &o->read_only, err) ||
        !options_bool(list, "snapshot", &o->snapshot, err) || !options_bool(list, "share-rw", &o->share_rw, err))
        return false;
    o->cache = (enum block_cache)cache;
    /* Linux' own asynchronous requests were the way before io_uring. */
    o->aio = aio == 3 ? BLOCK_AIO_BEST : (enum block_aio)aio;
    o->discard = discard >= 2;
    locking = options_get(list, "file.locking");
    o->unlocked = locking && !strcmp(locking, "off");
    d->file = copy(options_get(list, "file"));
    d->format = copy(options_get(list, "format"));
    d->serial = copy(options_get(list, "serial"));
    for (size_t i = 0; i < 5; i++)
        options_get(list, (const char *const[]){ "id", "index", "bus", "unit", "detect-zeroes" }[i]);
    if (!d->file && !d->is_cd) {
        error_set(err, ERROR_USAGE, "file= is missing");
        error_hint(err, "add file=FILE");
        return false;
    }
    return options_all_used(list, drive_names, err);
}

struct drive *drives_add_drive(struct drives *drives, const char *argument, bool snapshot, struct error *err)
{
    struct drive *d = calloc(1, sizeof *d);
    struct option_list list = { 0 };

    if (d) {
        d->options.snapshot = snapshot;
        if (options_split(&list, argument, NULL, err) && take_drive(&list, d, err))
            d = add(drives, d, options_get(&list, "id"), err);
        else
            d = (free_drive(d), NULL);
    }
    options_free(&list);
    return d;
}

struct drive *drives_add_file(struct drives *drives, const char *file, bool is_cd, bool snapshot, struct error *err)
{
    struct drive *d = calloc(1, sizeof *d);

    if (!d)
        return NULL;
    d->file = copy(file);
    d->is_cd = d->options.read_only = is_cd;
    d->options.snapshot = snapshot;
    d->interface = DRIVE_IF_SCSI;
    return add(drives, d, NULL, err);
}

/* ---- -blockdev ---- */

/* Takes the words of a prefix ("" or "file.") that say which file it is and how it is used. */
static bool take_file(struct option_list *list, const char *prefix, struct drive *d, struct error *err)
{
    char name[48];
    unsigned aio = 0;
    const char *locking;

#define NAMED(text) (snprintf(name, sizeof name, "%s" text, prefix), name)
    d->file = copy(options_get(list, NAMED("filename")));
    locking = options_get(list, NAMED("locking"));
    d->options.unlocked = locking && !strcmp(locking, "off");
    options_get(list, NAMED("auto-read-only"));
    if (!options_choice(list, NAMED("aio"), aios, &aio, err))
        return false;
    d->options.aio = aio == 3 ? BLOCK_AIO_BEST : (enum block_aio)aio;
    if (!d->file) {
        error_set(err, ERROR_USAGE, "%s is missing", NAMED("filename"));
        error_hint(err, "add %s=FILE", name);
        return false;
    }
    return true;
#undef NAMED
}

/* nbd: a URI of the words that describe a server. */
static bool take_server(struct option_list *list, const char *prefix, struct drive *d, struct error *err)
{
    char name[48], uri[512];
    const char *path, *host, *port, *export;

#define NAMED(text) (snprintf(name, sizeof name, "%s" text, prefix), name)
    options_get(list, NAMED("server.type"));
    path = options_get(list, NAMED("server.path"));
    host = options_get(list, NAMED("server.host"));
    port = options_get(list, NAMED("server.port"));
    export = options_get(list, NAMED("export"));
#undef NAMED
    if (path)
        snprintf(uri, sizeof uri, "nbd+unix:///%s?socket=%s", export ? export : "", path);
    else if (host)
        snprintf(uri, sizeof uri, "nbd://%s:%s/%s", host, port ? port : "10809", export ? export : "");
    else
        return error_set(err, ERROR_USAGE, "nbd wants server.path= or server.host=");
    d->file = copy(uri);
    return true;
}

/* The words that hold for any node. */
static bool take_node(struct option_list *list, struct drive *d, struct error *err)
{
    bool direct = d->options.cache == BLOCK_CACHE_NONE, no_flush = false;
    unsigned discard = 0;

    if (!options_bool(list, "read-only", &d->options.read_only, err) ||
        !options_choice(list, "discard", discards, &discard, err) ||
        !options_bool(list, "cache.direct", &direct, err) || !options_bool(list, "cache.no-flush", &no_flush, err))
        return false;
    options_get(list, "detect-zeroes");
    d->options.discard |= discard >= 2;
    d->options.cache = no_flush ? BLOCK_CACHE_UNSAFE : direct ? BLOCK_CACHE_NONE : BLOCK_CACHE_WRITEBACK;
    return true;
}

static bool take_protocol(struct option_list *list, const char *driver, const char *prefix, struct drive *d,
                          struct error *err)
{
    if (!strcmp(driver, "nbd"))
        return take_server(list, prefix, d, err);
    if (!strcmp(driver, "file") || !strcmp(driver, "host_device"))
        return take_file(list, prefix, d, err);
    error_set(err, ERROR_UNSUPPORTED, "there is no block driver '%s'", driver);
    error_hint(err, "there are file, host_device, nbd, raw, and formats of qemu-nbd such as qcow2");
    return false;
}

static bool take_blockdev(struct drives *drives, struct option_list *list, struct drive *d, struct error *err)
{
    const char *driver = options_need(list, "driver", err), *reference, *inner;
    struct drive *node;

    if (!driver)
        return false;
    d->is_protocol = !strcmp(driver, "file") || !strcmp(driver, "host_device") || !strcmp(driver, "nbd");
    if (d->is_protocol) {
        d->format = copy("raw");
        return take_protocol(list, driver, "", d, err) && take_node(list, d, err);
    }
    reference = options_get(list, "file");
    inner = options_get(list, "file.driver");
    if (reference) {
        node = drives_find(drives, reference, err);
        if (!node)
            return false;
        d->options = node->options;
        d->file = copy(node->file);
        if (node->taken)
            return error_set(err, ERROR_USAGE, "the node '%s' belongs to another device", reference);
        node->taken = true;
        d->base = node;
    } else if (!take_protocol(list, inner ? inner : "file", "file.", d, err)) {
        return false;
    }
    d->format = copy(driver);
    return take_node(list, d, err);
}

struct drive *drives_add_blockdev(struct drives *drives, const char *argument, bool snapshot, struct error *err)
{
    struct drive *d = calloc(1, sizeof *d);
    struct option_list list = { 0 };
    const char *id;

    if (d) {
        bool ok = options_split(&list, argument, "driver", err) && take_blockdev(drives, &list, d, err) &&
                  (id = options_need(&list, "node-name", err)) && options_all_used(&list, blockdev_names, err);

        d->options.snapshot = snapshot;
        d->is_node = true;
        d = ok ? add(drives, d, id, err) : (free_drive(d), NULL);
    }
    options_free(&list);
    return d;
}

bool drive_open(struct drive *d, struct error *err)
{
    if (d->block || !d->file)
        return true;
    d->block = block_open(&d->options, err);
    return d->block;
}
