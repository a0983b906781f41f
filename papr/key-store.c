/* The key store; see key-store.h.
 *
 * A consumer (the operating system is number 3) sets a password once a boot, or has one made, and shows it with each
 * call in an authorisation structure. Objects are named by consumer and label. In the file each is a record:
 *
 *   consumer (1), label's length (1), data's length (2), policy (4), label, data      all numbers big-endian
 *
 * behind eight bytes that say what the file is. Passwords are not kept: the next boot has new ones.
 * Left out: wrapping, generated keys, signed updates. */
#include "papr/key-store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/log.h"

enum {
    VERSION = 1, CONSUMERS = 4, CONSUMER_OS = 3, MOST_PASSWORD = 32, MOST_LABEL = 255, MOST_DATA = 4000,
    MOST_OBJECTS = 256, OBJECT_OVERHEAD = 8, TOTAL_BYTES = 64 << 10, MAGIC_BYTES = 8, RECORD_HEADER = 8,
    AUTH_BYTES = 16, CONFIG_BYTES = 512,
};
static const char magic[MAGIC_BYTES + 1] = "lparPKS1";

/* Policies, in the book's bits of 32. */
#define POLICY_WORLD_READABLE UINT32_C(0x08000000)
#define POLICY_IMMUTABLE UINT32_C(0x04000000)
#define POLICY_TRANSIENT UINT32_C(0x02000000)
#define POLICY_SUPPORTED (POLICY_WORLD_READABLE | POLICY_IMMUTABLE | POLICY_TRANSIENT)

struct object {
    uint8_t consumer, label_length;
    uint16_t length;
    uint32_t policy;
    uint8_t label[MOST_LABEL], data[MOST_DATA];
};

struct password {
    uint16_t length; /* 0: none yet */
    uint8_t bytes[MOST_PASSWORD];
};

struct key_store {
    struct platform *platform;
    char *path;
    struct object *objects[MOST_OBJECTS];
    unsigned n;
    uint32_t used;
    struct password passwords[CONSUMERS];
};

static uint32_t size_of(const struct object *o)
{
    return (uint32_t)OBJECT_OVERHEAD + o->label_length + o->length;
}

static bool read_object(FILE *f, struct object *o)
{
    uint8_t header[RECORD_HEADER];

    if (fread(header, 1, sizeof header, f) != sizeof header)
        return false;
    o->consumer = header[0];
    o->label_length = header[1];
    o->length = ld_be16(header + 2);
    o->policy = ld_be32(header + 4);
    return o->consumer < CONSUMERS && o->length <= MOST_DATA &&
           fread(o->label, 1, o->label_length, f) == o->label_length &&
           fread(o->data, 1, o->length, f) == o->length;
}

static bool read_file(struct key_store *x, FILE *f, struct error *err)
{
    char start[MAGIC_BYTES];
    int c;

    if (fread(start, 1, sizeof start, f) != sizeof start || memcmp(start, magic, sizeof start) != 0)
        return error_set(err, ERROR_FORMAT, "key store '%s' is not one", x->path);
    while ((c = getc(f)) != EOF) {
        struct object *o = calloc(1, sizeof *o);

        ungetc(c, f);
        if (!o || x->n == MOST_OBJECTS || !read_object(f, o) || size_of(o) > TOTAL_BYTES - x->used) {
            free(o);
            return error_set(err, ERROR_FORMAT, "key store '%s' is damaged", x->path);
        }
        x->objects[x->n++] = o;
        x->used += size_of(o);
    }
    return true;
}

struct key_store *key_store_new(struct platform *p, const char *path, struct error *err)
{
    struct key_store *x = calloc(1, sizeof *x);
    FILE *f;
    bool ok = true;

    if (x && path)
        x->path = strdup(path);
    if (!x || (path && !x->path)) {
        error_set(err, ERROR_RESOURCE, "out of memory for the key store");
        free(x);
        return NULL;
    }
    x->platform = p;
    f = path ? fopen(path, "re") : NULL;
    if (f) {
        ok = read_file(x, f, err);
        fclose(f);
    } else if (path && errno != ENOENT) {
        ok = error_set(err, ERROR_FILE, "can't read key store '%s': %s", path, strerror(errno));
    }
    if (ok)
        return x;
    key_store_free(x);
    return NULL;
}

void key_store_free(struct key_store *x)
{
    if (!x)
        return;
    for (unsigned i = 0; i < x->n; i++)
        free(x->objects[i]);
    free(x->path);
    free(x);
}

static bool write_object(FILE *f, const struct object *o)
{
    uint8_t header[RECORD_HEADER] = { o->consumer, o->label_length };

    st_be16(header + 2, o->length);
    st_be32(header + 4, o->policy);
    return fwrite(header, 1, sizeof header, f) == sizeof header &&
           fwrite(o->label, 1, o->label_length, f) == o->label_length &&
           fwrite(o->data, 1, o->length, f) == o->length;
}

/* The whole file anew, put in the place of the old one when it is complete. */
static bool save(const struct key_store *x)
{
    char temporary[4096];
    FILE *f;
    bool ok;

    if (!x->path)
        return true;
    snprintf(temporary, sizeof temporary, "%s.new", x->path);
    f = fopen(temporary, "we");
    ok = f && fwrite(magic, 1, MAGIC_BYTES, f) == MAGIC_BYTES;
    for (unsigned i = 0; ok && i < x->n; i++)
        if (!(x->objects[i]->policy & POLICY_TRANSIENT))
            ok = write_object(f, x->objects[i]);
    ok = f && !fclose(f) && ok && !rename(temporary, x->path);
    if (!ok)
        log_line(LOG_ERROR, "key-store", "can't write '%s': %s", x->path, strerror(errno));
    return ok;
}

static void drop(struct key_store *x, unsigned i)
{
    x->used -= size_of(x->objects[i]);
    free(x->objects[i]);
    x->objects[i] = x->objects[--x->n];
}

/* Passwords and what is transient last until the partition starts anew. */
static void key_store_reset(void *self)
{
    struct key_store *x = self;

    memset(x->passwords, 0, sizeof x->passwords);
    for (unsigned i = x->n; i > 0; i--)
        if (x->objects[i - 1]->policy & POLICY_TRANSIENT)
            drop(x, i - 1);
}

/* ---- what calls have in common ---- */

/* The structure at gpa: version, consumer, 12 reserved, password's length (2), password. */
struct authorisation {
    uint8_t consumer;
    struct password password;
};

static bool read_authorisation(const struct key_store *x, gpa_t gpa, struct authorisation *a)
{
    uint8_t bytes[AUTH_BYTES];

    if (gpa % AUTH_BYTES || !gpa_read(x->platform->mem, gpa, bytes, sizeof bytes))
        return false;
    a->consumer = bytes[1];
    a->password.length = ld_be16(bytes + 14);
    return bytes[0] == VERSION && a->consumer < CONSUMERS && a->password.length <= MOST_PASSWORD &&
           gpa_read(x->platform->mem, gpa + AUTH_BYTES, a->password.bytes, a->password.length);
}

static bool knows_password(const struct key_store *x, const struct authorisation *a)
{
    const struct password *p = &x->passwords[a->consumer];

    return p->length && p->length == a->password.length && !memcmp(p->bytes, a->password.bytes, p->length);
}

struct label {
    uint8_t length, bytes[MOST_LABEL];
};

static bool read_label(const struct key_store *x, gpa_t gpa, uint64_t length, struct label *l)
{
    l->length = (uint8_t)length;
    return length && length <= MOST_LABEL && gpa_read(x->platform->mem, gpa, l->bytes, (size_t)length);
}

static bool find(const struct key_store *x, uint8_t consumer, const struct label *l, unsigned *i)
{
    for (*i = 0; *i < x->n; (*i)++) {
        const struct object *o = x->objects[*i];

        if (o->consumer == consumer && o->label_length == l->length && !memcmp(o->label, l->bytes, l->length))
            return true;
    }
    return false;
}

/* Checks r4 authorisation, r5 label, r6 its length, in that order; all calls on objects begin so. */
static int64_t check_call(const struct key_store *x, const struct hcall_args *args, struct authorisation *a,
                          struct label *l)
{
    if (!read_authorisation(x, args->in[0], a))
        return H_PARAMETER;
    if (!args->in[2] || args->in[2] > MOST_LABEL)
        return H_P3;
    return read_label(x, args->in[1], args->in[2], l) ? H_SUCCESS : H_P2;
}

/* ---- the calls ---- */

/* r4 buffer, r5 its size. */
static int64_t h_pks_get_config(void *self, struct vcpu *v, struct hcall_args *args)
{
    const struct key_store *x = self;
    uint8_t config[CONFIG_BYTES] = { VERSION };

    (void)v;
    if (!gpa_is_ram(x->platform->mem, args->in[0], args->in[1]))
        return H_PARAMETER;
    if (args->in[1] < CONFIG_BYTES)
        return H_P2;
    st_be16(config + 4, OBJECT_OVERHEAD);
    st_be16(config + 6, MOST_PASSWORD);
    st_be16(config + 8, MOST_LABEL);
    st_be16(config + 10, MOST_DATA);
    st_be32(config + 12, TOTAL_BYTES);
    st_be32(config + 16, x->used);
    st_be32(config + 20, POLICY_SUPPORTED);
    gpa_write(x->platform->mem, args->in[0], config, sizeof config);
    return H_SUCCESS;
}

/* r4 consumer, r5 flags, r6 buffer, r7 its size, which is the password's. */
static int64_t h_pks_gen_password(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct key_store *x = self;
    struct password p = { .length = (uint16_t)args->in[3] };

    (void)v;
    if (args->in[0] != CONSUMER_OS)
        return H_PARAMETER;
    if (args->in[1])
        return H_P2;
    if (!args->in[3] || args->in[3] > MOST_PASSWORD)
        return H_P4;
    if (!gpa_is_ram(x->platform->mem, args->in[2], args->in[3]))
        return H_P3;
    if (x->passwords[CONSUMER_OS].length)
        return H_IN_USE;
    if (getrandom(p.bytes, p.length, 0) != p.length)
        return H_HARDWARE;
    x->passwords[CONSUMER_OS] = p;
    gpa_write(x->platform->mem, args->in[2], p.bytes, p.length);
    return H_SUCCESS;
}

/* r4 authorisation, r5 new password, r6 its length. A first one needs no old one. */
static int64_t h_pks_set_password(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct key_store *x = self;
    struct authorisation a;
    struct password p = { .length = (uint16_t)args->in[2] };

    (void)v;
    if (!read_authorisation(x, args->in[0], &a))
        return H_PARAMETER;
    if (!args->in[2] || args->in[2] > MOST_PASSWORD)
        return H_P3;
    if (!gpa_read(x->platform->mem, args->in[1], p.bytes, p.length))
        return H_P2;
    if (x->passwords[a.consumer].length && !knows_password(x, &a))
        return H_AUTHORITY;
    x->passwords[a.consumer] = p;
    return H_SUCCESS;
}

/* r4 to r6 as above, r7 policy, r8 data, r9 length. */
static int64_t h_pks_write_object(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct key_store *x = self;
    struct authorisation a;
    struct label l;
    struct object *o;
    unsigned i;
    uint32_t freed = 0;
    int64_t status = check_call(x, args, &a, &l);

    (void)v;
    if (status)
        return status;
    if (args->in[3] & ~(uint64_t)POLICY_SUPPORTED)
        return H_P4;
    if (!args->in[5])
        return H_P6;
    if (args->in[5] > MOST_DATA)
        return H_TOO_BIG;
    if (!gpa_is_ram(x->platform->mem, args->in[4], args->in[5]))
        return H_P5;
    if (!knows_password(x, &a))
        return H_AUTHORITY;
    if (find(x, a.consumer, &l, &i)) {
        if (x->objects[i]->policy & POLICY_IMMUTABLE)
            return H_AUTHORITY;
        freed = size_of(x->objects[i]);
    }
    if ((!freed && x->n == MOST_OBJECTS) ||
        OBJECT_OVERHEAD + l.length + args->in[5] > TOTAL_BYTES - (x->used - freed))
        return H_NO_MEM;
    o = calloc(1, sizeof *o);
    if (!o)
        return H_NO_MEM;
    *o = (struct object){ .consumer = a.consumer, .label_length = l.length, .length = (uint16_t)args->in[5],
                          .policy = (uint32_t)args->in[3] };
    memcpy(o->label, l.bytes, l.length);
    gpa_read(x->platform->mem, args->in[4], o->data, o->length);
    if (freed)
        drop(x, i);
    x->objects[x->n++] = o;
    x->used += size_of(o);
    return save(x) ? H_SUCCESS : H_HARDWARE;
}

/* r4 to r6 as above, r7 buffer, r8 its size; out: r4 length, r5 policy. */
static int64_t h_pks_read_object(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct key_store *x = self;
    struct authorisation a;
    struct label l;
    const struct object *o;
    unsigned i;
    int64_t status = check_call(x, args, &a, &l);

    (void)v;
    if (status)
        return status;
    if (!gpa_is_ram(x->platform->mem, args->in[3], args->in[4]))
        return H_P4;
    if (!find(x, a.consumer, &l, &i))
        return knows_password(x, &a) ? H_NOT_FOUND : H_AUTHORITY;
    o = x->objects[i];
    if (!(o->policy & POLICY_WORLD_READABLE) && !knows_password(x, &a))
        return H_AUTHORITY;
    args->out[0] = o->length;
    args->out[1] = o->policy;
    if (args->in[4] < o->length)
        return H_P5;
    gpa_write(x->platform->mem, args->in[3], o->data, o->length);
    return H_SUCCESS;
}

/* r4 to r6 as above. */
static int64_t h_pks_remove_object(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct key_store *x = self;
    struct authorisation a;
    struct label l;
    unsigned i;
    int64_t status = check_call(x, args, &a, &l);

    (void)v;
    if (status)
        return status;
    if (!knows_password(x, &a))
        return H_AUTHORITY;
    if (!find(x, a.consumer, &l, &i))
        return H_NOT_FOUND;
    if (x->objects[i]->policy & POLICY_IMMUTABLE)
        return H_AUTHORITY;
    drop(x, i);
    return save(x) ? H_SUCCESS : H_HARDWARE;
}

/* r4 to r6 as above; out: r4 1: what was written is kept. */
static int64_t h_pks_confirm_object_flushed(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct key_store *x = self;
    struct authorisation a;
    struct label l;
    int64_t status = check_call(x, args, &a, &l);

    (void)v;
    if (status)
        return status;
    if (!knows_password(x, &a))
        return H_AUTHORITY;
    args->out[0] = 1;
    return H_SUCCESS;
}

static const struct hcall_row key_store_hcalls[] = {
    { H_PKS_GET_CONFIG, "H_PKS_GET_CONFIG", "hcall-pks", .in = 2, .when = WHEN_KEY_STORE, .fn = h_pks_get_config },
    { H_PKS_SET_PASSWORD, "H_PKS_SET_PASSWORD", "hcall-pks", .in = 3, .when = WHEN_KEY_STORE,
      .fn = h_pks_set_password },
    { H_PKS_GEN_PASSWORD, "H_PKS_GEN_PASSWORD", "hcall-pks", .in = 4, .when = WHEN_KEY_STORE,
      .fn = h_pks_gen_password },
    { H_PKS_WRITE_OBJECT, "H_PKS_WRITE_OBJECT", "hcall-pks", .in = 6, .when = WHEN_KEY_STORE,
      .fn = h_pks_write_object },
    { H_PKS_READ_OBJECT, "H_PKS_READ_OBJECT", "hcall-pks", .in = 5, .out = 2, .when = WHEN_KEY_STORE,
      .fn = h_pks_read_object },
    { H_PKS_REMOVE_OBJECT, "H_PKS_REMOVE_OBJECT", "hcall-pks", .in = 3, .when = WHEN_KEY_STORE,
      .fn = h_pks_remove_object },
    { H_PKS_CONFIRM_OBJECT_FLUSHED, "H_PKS_CONFIRM_OBJECT_FLUSHED", "hcall-pks", .in = 3, .out = 1,
      .when = WHEN_KEY_STORE, .fn = h_pks_confirm_object_flushed },
};

const struct facility_type key_store_facility = {
    .name = "key-store",
    .hcalls = key_store_hcalls,
    .n_hcalls = ARRAY_SIZE(key_store_hcalls),
    .reset = key_store_reset,
};
