/* What -object makes; see devices.h. */
#include <stdlib.h>
#include <string.h>

#include "base/names.h"
#include "machine/devices-internal.h"

bool objects_find_rng(const struct devices *d, const char *id, const char **file, struct error *err)
{
    for (const struct object *o = d->objects; o; o = o->next)
        if (o->is_rng && !strcmp(o->id, id)) {
            *file = o->file;
            return true;
        }
    error_set(err, ERROR_USAGE, "there is no source of random numbers '%s'", id);
    error_hint(err, "add -object rng-random,id=%s", id);
    return false;
}

static bool take_object(struct object *o, struct option_list *list, struct error *err)
{
    static const char *const kinds[] = { "rng-random", "rng-builtin", "iothread", "memory-backend-ram", "memory-backend-file",
                                        NULL };
    static const char *const valid[] = { "id", "filename", NULL };
    const char *kind = options_need(list, "qom-type", err), *id = options_need(list, "id", err);
    const char *file = NULL;

    if (!kind || !id)
        return false;
    if (strcmp(kind, kinds[0]) && strcmp(kind, kinds[1]) && strcmp(kind, kinds[2])) {
        error_set(err, ERROR_USAGE, "there is no object '%s'", kind);
        names_hint(err, kind, kinds);
        return false;
    }
    if (!strcmp(kind, "rng-random"))
        file = options_get(list, "filename");
    o->is_rng = strcmp(kind, "iothread");
    o->id = strdup(id);
    o->file = file ? strdup(file) : NULL;
    return options_all_used(list, valid, err) &&
           ((o->id && !file == !o->file) || error_set(err, ERROR_RESOURCE, "out of memory"));
}

static void free_object(struct object *o)
{
    if (!o)
        return;
    free(o->id);
    free(o->file);
    free(o);
}

static bool has_object(const struct devices *d, const char *id)
{
    for (const struct object *o = d->objects; o; o = o->next)
        if (!strcmp(o->id, id))
            return true;
    return memory_devices_has_backend(d->memory, id);
}

static bool add_from(struct devices *d, struct option_list *list, struct error *err)
{
    const char *kind = options_get(list, "qom-type"), *id = options_get(list, "id");
    struct object *o;

    if (id && has_object(d, id))
        return error_set(err, ERROR_USAGE, "there are two objects '%s'", id);
    if (kind && (!strcmp(kind, "memory-backend-ram") || !strcmp(kind, "memory-backend-file")))
        return memory_devices_add_backend(d->memory, list, err);
    o = calloc(1, sizeof *o);
    if (!o)
        return error_set(err, ERROR_RESOURCE, "out of memory");
    if (!take_object(o, list, err)) {
        free_object(o);
        return false;
    }
    o->next = d->objects;
    d->objects = o;
    return true;
}

bool devices_add_object(struct devices *d, const char *argument, struct error *err)
{
    struct option_list list = { 0 };
    bool ok = options_split(&list, argument, "qom-type", err) && add_from(d, &list, err);

    options_free(&list);
    return ok;
}

bool devices_del_object(struct devices *d, const char *id, struct error *err)
{
    for (const struct object *o = d->objects; o; o = o->next)
        if (!strcmp(o->id, id))
            return error_set(err, ERROR_USAGE, "object '%s' is in use, can not be deleted", id);
    return memory_devices_del_backend(d->memory, id, err);
}

void objects_free(struct devices *d)
{
    while (d->objects) {
        struct object *o = d->objects;

        d->objects = o->next;
        free_object(o);
    }
}
