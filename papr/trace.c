/* Calls as JSON lines; see trace.h. */
#include "papr/trace.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

struct trace {
    struct accel *accel;
    FILE *file;
    bool has_failed; /* said once */
};

struct trace *trace_new(struct accel *accel, const char *path, struct error *err)
{
    struct trace *t = calloc(1, sizeof *t);

    if (!t) {
        error_set(err, ERROR_RESOURCE, "out of memory for the trace");
        return NULL;
    }
    t->accel = accel;
    t->file = fopen(path, "we");
    if (!t->file) {
        error_set(err, ERROR_FILE, "can't write trace '%s': %s", path, strerror(errno));
        free(t);
        return NULL;
    }
    return t;
}

static void check(struct trace *t, bool ok)
{
    if (!ok && !t->has_failed) {
        t->has_failed = true;
        log_line(LOG_ERROR, "trace", "can't write the trace: %s", strerror(errno));
    }
}

void trace_free(struct trace *t)
{
    if (!t)
        return;
    check(t, !fclose(t->file));
    free(t);
}

static struct json_object *numbers(const uint64_t *values, unsigned n)
{
    struct json_object *array = json_object_new_array();

    for (unsigned i = 0; array && i < n; i++)
        json_object_array_add(array, json_object_new_uint64(values[i]));
    return array;
}

static void write_line(struct trace *t, const struct vcpu *v, const char *kind, const char *name,
                       uint64_t token, struct json_object *in, int64_t status, struct json_object *out)
{
    struct json_object *line = json_object_new_object();

    json_object_object_add(line, "time", json_object_new_uint64(accel_timebase(t->accel)));
    json_object_object_add(line, "vcpu", json_object_new_int64(v->id));
    json_object_object_add(line, kind, json_object_new_string(name));
    json_object_object_add(line, "token", json_object_new_uint64(token));
    json_object_object_add(line, "args", in);
    json_object_object_add(line, "return", json_object_new_int64(status));
    json_object_object_add(line, "out", out);
    check(t, fputs(json_object_to_json_string_ext(line, JSON_C_TO_STRING_PLAIN), t->file) >= 0 &&
                 putc('\n', t->file) != EOF);
    json_object_put(line);
}

void trace_add_hcall(struct trace *t, const struct vcpu *v, const struct hcall_row *row,
                     const struct hcall_args *args, int64_t status)
{
    write_line(t, v, "hcall", row->name, row->token, numbers(args->in, row->in), status,
               numbers(args->out, row->out));
}

void trace_unknown_hcall(struct trace *t, const struct vcpu *v, uint64_t token, const uint64_t in[9])
{
    write_line(t, v, "hcall", "unknown", token, numbers(in, 9), H_FUNCTION, numbers(NULL, 0));
}

static struct json_object *cells(const uint32_t *values, unsigned n)
{
    uint64_t wide[RTAS_CELLS];

    for (unsigned i = 0; i < n; i++)
        wide[i] = values[i];
    return numbers(wide, n);
}

void trace_add_rtas(struct trace *t, const struct vcpu *v, const char *name, uint32_t token,
                    const struct rtas_args *args)
{
    write_line(t, v, "rtas", name ? name : "unknown", token, cells(args->arg, args->nargs),
               (int32_t)args->ret[0], cells(args->ret + 1, args->nret ? args->nret - 1 : 0));
}
