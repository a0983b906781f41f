/* Folders of the host for guests: -fsdev and -virtfs; see devices.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/devices-internal.h"

static void free_fsdev(struct fsdev *x)
{
    if (!x)
        return;
    free(x->id);
    free(x->path);
    free(x->tag);
    free(x);
}

static bool parse(struct fsdev *x, struct option_list *list, bool is_whole, struct error *err)
{
    static const char *const kinds[] = { "local", NULL };
    static const char *const models[] = { "none", "passthrough", "mapped-xattr", "mapped", NULL };
    static const char *const securities[] = { "path",     "security_model", "id",
                                              "readonly", "mount_tag",      NULL };
    const char *id = options_get(list, "id"), *path = options_need(list, "path", err), *tag = NULL;
    unsigned kind = 0, model = P9_NONE;

    /* How data are written out, and which numbers files of other file systems get, is the same here always. */
    options_get(list, "writeout");
    options_get(list, "multidevs");
    if (is_whole && !(tag = options_need(list, "mount_tag", err)))
        return false;
    if (is_whole && !id)
        id = tag;
    if (!id || !path)
        return error_set(err, ERROR_USAGE, "id= is missing");
    if (!options_choice(list, "driver", kinds, &kind, err) ||
        !options_need(list, "security_model", err) ||
        !options_choice(list, "security_model", models, &model, err) ||
        !options_bool(list, "readonly", &x->options.read_only, err) ||
        !options_all_used(list, securities, err))
        return false;
    x->options.security = model < P9_MAPPED ? (enum p9_security)model : P9_MAPPED;
    x->id = strdup(id);
    x->path = strdup(path);
    x->tag = tag ? strdup(tag) : NULL;
    x->options.path = x->path;
    return (x->id && x->path && !tag == !x->tag) || error_set(err, ERROR_RESOURCE, "out of memory");
}

bool fsdevs_add(struct devices *d, const char *argument, bool is_whole, struct error *err)
{
    struct fsdev *x = calloc(1, sizeof *x), **at = &d->fsdevs;
    struct option_list list = { 0 };
    bool ok = x ? options_split(&list, argument, "driver", err) && parse(x, &list, is_whole, err)
                : error_set(err, ERROR_RESOURCE, "out of memory");

    options_free(&list);
    for (; ok && *at; at = &(*at)->next)
        if (!strcmp((*at)->id, x->id))
            ok = error_set(err, ERROR_USAGE, "there are two folders '%s'", x->id);
    if (ok)
        *at = x;
    else
        free_fsdev(x);
    return ok;
}

bool fsdevs_find(const struct devices *d, const char *id, const struct p9_options **options,
                 struct error *err)
{
    for (const struct fsdev *x = d->fsdevs; x; x = x->next)
        if (!strcmp(x->id, id)) {
            *options = &x->options;
            return true;
        }
    error_set(err, ERROR_USAGE, "there is no folder '%s'", id);
    error_hint(err, "add -fsdev local,id=%s,security_model=none,path=FOLDER", id);
    return false;
}

void fsdevs_free(struct devices *d)
{
    while (d->fsdevs) {
        struct fsdev *x = d->fsdevs;

        d->fsdevs = x->next;
        free_fsdev(x);
    }
}
