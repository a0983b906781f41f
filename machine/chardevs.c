/* Character devices by name; see chardevs.h. */
#include "machine/chardevs.h"

#include <stdlib.h>
#include <string.h>

#include "machine/devices.h"

enum { FRONTS = 4 };

struct named {
    char *id;
    struct chardev *chardev, *fronts[FRONTS];
    unsigned n_fronts;
    bool mux, taken;
    struct named *next;
};

struct chardevs {
    struct chardev_config config;
    struct named *first;
};

static struct named *find(const struct chardevs *all, const char *id)
{
    for (struct named *n = all->first; n; n = n->next)
        if (!strcmp(n->id, id))
            return n;
    return NULL;
}

static bool add(struct chardevs *all, const char *argument, struct error *err)
{
    struct option_list options = { 0 };
    struct named *n = calloc(1, sizeof *n);
    const char *id;
    bool ok = false;

    if (!n)
        return error_set(err, ERROR_RESOURCE, "out of memory");
    if (options_split(&options, argument, "type", err) && (id = options_need(&options, "id", err))) {
        if (find(all, id))
            error_set(err, ERROR_USAGE, "there are two character devices '%s'", id);
        else if (options_bool(&options, "mux", &n->mux, err))
            ok = (n->id = strdup(id)) && (n->chardev = chardev_new_from(&options, &all->config, err));
    }
    options_free(&options);
    if (!ok) {
        free(n->id);
        free(n);
        return false;
    }
    n->next = all->first;
    all->first = n;
    return true;
}

struct chardevs *chardevs_new(const struct device_options *options, const struct chardev_config *config,
                              struct error *err)
{
    struct chardevs *all = calloc(1, sizeof *all);

    if (!all) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        return NULL;
    }
    all->config = *config;
    for (unsigned i = 0; i < options->count; i++)
        if (options->items[i].kind == OPTION_CHARDEV && !add(all, options->items[i].argument, err)) {
            error_context(err, "-chardev %s", options->items[i].argument);
            chardevs_free(all);
            return NULL;
        }
    return all;
}

void chardevs_free(struct chardevs *all)
{
    while (all && all->first) {
        struct named *n = all->first;

        all->first = n->next;
        for (unsigned i = 0; i < n->n_fronts; i++)
            chardev_free(n->fronts[i]);
        chardev_free(n->chardev);
        free(n->id);
        free(n);
    }
    free(all);
}

struct chardev *chardevs_take(struct chardevs *all, const char *id, struct error *err)
{
    struct named *n = find(all, id);

    if (!n) {
        error_set(err, ERROR_USAGE, "there is no character device '%s'", id);
        error_hint(err, "add -chardev stdio,id=%s", id);
        return NULL;
    }
    if (!n->taken) {
        n->taken = true;
        return n->chardev;
    }
    if (!n->mux || n->n_fronts == FRONTS) {
        error_set(err, ERROR_USAGE, "the character device '%s' has a user already", id);
        error_hint(err, "add mux=on to it for several");
        return NULL;
    }
    n->fronts[n->n_fronts] = chardev_new_front(n->chardev, err);
    return n->fronts[n->n_fronts] ? n->fronts[n->n_fronts++] : NULL;
}
