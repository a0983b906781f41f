/* TPMs of the host for guests: -tpmdev; see devices.h. */
#include <stdlib.h>
#include <string.h>

#include "machine/devices-internal.h"

struct tpmdev {
    char *id;
    struct tpm *tpm;
    bool taken;
    struct tpmdev *next;
};

static bool parse(struct devices *d, struct tpmdev *x, struct option_list *list, struct error *err)
{
    const char *type = options_need(list, "type", err), *id = type ? options_need(list, "id", err) : NULL;
    const char *name = id ? options_need(list, "chardev", err) : NULL;
    static const char *const names[] = { "type", "id", "chardev", NULL };
    struct chardev *chardev;
    int fd;

    if (!name)
        return false;
    if (strcmp(type, "emulator")) {
        error_set(err, ERROR_USAGE, "there is no TPM of type '%s'", type);
        error_hint(err, "type -tpmdev emulator,id=%s,chardev=NAME", id);
        return false;
    }
    if (!options_all_used(list, names, err) || !(chardev = chardevs_take(d->chardevs, name, err)))
        return false;
    if ((fd = chardev_take_socket(chardev)) < 0) {
        error_set(err, ERROR_USAGE, "the character device '%s' is not a socket with another side", name);
        error_hint(err, "add -chardev socket,id=%s,path=SOCKET of a running swtpm", name);
        return false;
    }
    x->id = strdup(id);
    x->tpm = tpm_new(fd, err);
    return x->tpm && (x->id || error_set(err, ERROR_RESOURCE, "out of memory"));
}

static void free_tpmdev(struct tpmdev *x)
{
    if (!x)
        return;
    tpm_free(x->tpm);
    free(x->id);
    free(x);
}

bool tpmdevs_add(struct devices *d, const char *argument, struct error *err)
{
    struct tpmdev *x = calloc(1, sizeof *x);
    struct option_list list = { 0 };
    bool ok = x ? options_split(&list, argument, "type", err) && parse(d, x, &list, err)
                : error_set(err, ERROR_RESOURCE, "out of memory");

    options_free(&list);
    for (const struct tpmdev *other = d->tpmdevs; ok && other; other = other->next)
        if (!strcmp(other->id, x->id))
            ok = error_set(err, ERROR_USAGE, "there are two TPMs '%s'", x->id);
    if (!ok) {
        free_tpmdev(x);
        return false;
    }
    x->next = d->tpmdevs;
    d->tpmdevs = x;
    return true;
}

bool tpmdevs_take(struct devices *d, const char *id, struct tpm **tpm, struct error *err)
{
    struct tpmdev *x = d->tpmdevs;

    while (x && strcmp(x->id, id))
        x = x->next;
    if (!x) {
        error_set(err, ERROR_USAGE, "there is no TPM '%s'", id);
        error_hint(err, "add -tpmdev emulator,id=%s,chardev=NAME", id);
        return false;
    }
    if (x->taken)
        return error_set(err, ERROR_USAGE, "the TPM '%s' belongs to another device", id);
    x->taken = true;
    *tpm = x->tpm;
    return true;
}

void tpmdevs_free(struct devices *d)
{
    while (d->tpmdevs) {
        struct tpmdev *x = d->tpmdevs;

        d->tpmdevs = x->next;
        free_tpmdev(x);
    }
}
