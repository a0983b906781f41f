/* Random numbers; see random.h. They come from the file of an -object, or from the host's kernel. */
#include "papr/random.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

struct random {
    struct platform *platform;
    int fd; /* -1: the kernel's numbers. Reading does not block: then there are none now */
};

struct random *random_new(struct platform *p, struct error *err)
{
    struct random *x = calloc(1, sizeof *x);

    if (!x) {
        error_set(err, ERROR_RESOURCE, "out of memory for random numbers");
        return NULL;
    }
    *x = (struct random){ p, -1 };
    p->random = x;
    return x;
}

void random_free(struct random *x)
{
    if (!x)
        return;
    x->platform->random = NULL;
    if (x->fd >= 0)
        close(x->fd);
    free(x);
}

/* Out: r4 64 bits. */
static int64_t h_random(void *self, struct vcpu *v, struct hcall_args *args)
{
    const struct random *x = self;
    uint64_t number;
    ssize_t n;

    (void)v;
    do
        n = x->fd < 0 ? getrandom(&number, sizeof number, 0) : read(x->fd, &number, sizeof number);
    while (n < 0 && errno == EINTR);
    if (n != sizeof number)
        return H_HARDWARE;
    args->out[0] = number;
    return H_SUCCESS;
}

static const struct hcall_row random_hcalls[] = {
    { H_RANDOM, "H_RANDOM", "hcall-random", .out = 1, .when = WHEN_RANDOM, .fn = h_random },
};

static void random_write_tree(void *self, struct tree *t, enum tree_stage stage)
{
    const struct random *x = self;

    (void)stage;
    if (!x->platform->has_random)
        return;
    tree_node(t, "/ibm,platform-facilities");
    tree_string(t, "/ibm,platform-facilities", "device_type", "ibm,platform-facilities");
    tree_u32(t, "/ibm,platform-facilities", "#address-cells", 1);
    tree_u32(t, "/ibm,platform-facilities", "#size-cells", 0);
    tree_node(t, "/ibm,platform-facilities/ibm,random-v1");
    tree_string(t, "/ibm,platform-facilities/ibm,random-v1", "compatible", "ibm,random");
}

const struct facility_type random_facility = {
    .name = "random",
    .hcalls = random_hcalls,
    .n_hcalls = ARRAY_SIZE(random_hcalls),
    .write_tree = random_write_tree,
};

/* ---- the device ---- */

struct options {
    const char *file;
};

static void *create(const struct device_place *place, const void *options, struct error *err)
{
    const struct options *o = options;
    struct random *x = place->platform->random;

    if (place->platform->has_random) {
        error_set(err, ERROR_UNSUPPORTED, "there is a spapr-rng already");
        return NULL;
    }
    if (o->file && (x->fd = open(o->file, O_RDONLY | O_NONBLOCK | O_CLOEXEC)) < 0) {
        error_set(err, ERROR_FILE, "can't open '%s': %s", o->file, strerror(errno));
        return NULL;
    }
    place->platform->has_random = true;
    return x;
}

static const struct device_property properties[] = {
    { "rng", PROPERTY_RNG, offsetof(struct options, file), NULL, "source of an -object; the host kernel's numbers",
      NULL, false },
    { "use-kvm", PROPERTY_IGNORED, 0, NULL, "without effect", NULL, false },
};

const struct device_type random_type = {
    .name = "spapr-rng",
    .text = "random numbers of the host, by hypercall",
    .bus = DEVICE_BUS_NONE,
    .properties = properties,
    .n_properties = ARRAY_SIZE(properties),
    .options_size = sizeof(struct options),
    .create = create,
};
