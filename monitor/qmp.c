/* The QMP server: messages in, answers and events out. The commands are rows elsewhere.
 *
 * A message is a JSON object; it need not end in a newline. After one that is no JSON, all is skipped up to the end
 * of its line. Depth and size are limited. */
#include "monitor/qmp.h"

#include <config.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

enum { DEEPEST = 64, LONGEST_MESSAGE = 4 << 20 };

struct qmp {
    struct monitor *monitor;
    struct stream *stream; /* NULL: detached */
    void (*write)(void *opaque, const char *text, size_t size);
    void *opaque;
    struct json_tokener *tokener;
    size_t message_size; /* of the message that has begun */
    bool in_message, skipping, negotiated, pretty;
};

/* ---- helpers for commands ---- */

bool qmp_next_arg(const char **at, struct qmp_arg *arg)
{
    size_t name, type;

    while (**at == ' ')
        ++*at;
    if (!**at || **at == '.')
        return false;
    name = strcspn(*at, ":");
    type = strcspn(*at + name + 1, " ?");
    snprintf(arg->name, sizeof arg->name, "%.*s", (int)name, *at);
    snprintf(arg->type, sizeof arg->type, "%.*s", (int)type, *at + name + 1);
    *at += name + 1 + type;
    arg->optional = **at == '?';
    *at += arg->optional;
    return true;
}

static struct json_object *arg(const struct qmp_call *call, const char *name)
{
    struct json_object *value;

    return call->args && json_object_object_get_ex(call->args, name, &value) ? value : NULL;
}

const char *qmp_str(const struct qmp_call *call, const char *name)
{
    struct json_object *value = arg(call, name);

    return value ? json_object_get_string(value) : NULL;
}

uint64_t qmp_int(const struct qmp_call *call, const char *name, uint64_t otherwise)
{
    struct json_object *value = arg(call, name);

    if (!value)
        return otherwise;
    return json_object_get_int64(value) < 0 ? (uint64_t)json_object_get_int64(value) : json_object_get_uint64(value);
}

bool qmp_bool(const struct qmp_call *call, const char *name, bool otherwise)
{
    struct json_object *value = arg(call, name);

    return value ? json_object_get_boolean(value) : otherwise;
}

struct json_object *qmp_ok(void)
{
    return json_object_new_object();
}

struct json_object *qmp_fail(struct qmp_call *call, const char *error_class, const char *format, ...)
{
    char text[400];
    va_list ap;

    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    call->error_class = error_class;
    error_set(&call->err, ERROR_USAGE, "%s", text);
    return NULL;
}

void qmp_put_str(struct json_object *to, const char *name, const char *value)
{
    json_object_object_add(to, name, json_object_new_string(value));
}

void qmp_put_int(struct json_object *to, const char *name, int64_t value)
{
    json_object_object_add(to, name, json_object_new_int64(value));
}

void qmp_put_bool(struct json_object *to, const char *name, bool value)
{
    json_object_object_add(to, name, json_object_new_boolean(value));
}

const struct qmp_row *qmp_find(const char *name)
{
    for (size_t t = 0; t < qmp_n_tables; t++)
        for (size_t i = 0; i < qmp_tables[t]->n; i++)
            if (!strcmp(qmp_tables[t]->rows[i].name, name))
                return &qmp_tables[t]->rows[i];
    return NULL;
}

/* ---- execution ---- */

static bool has_type(struct json_object *value, const char *type, const char **expected)
{
    enum json_type is = json_object_get_type(value);

    *expected = !strcmp(type, "str") ? "string" : !strcmp(type, "int") ? "integer"
                : !strcmp(type, "bool") ? "boolean" : type;
    if (!strcmp(type, "str"))
        return is == json_type_string;
    if (!strcmp(type, "int"))
        return is == json_type_int;
    if (!strcmp(type, "bool"))
        return is == json_type_boolean;
    if (!strcmp(type, "number"))
        return is == json_type_int || is == json_type_double;
    return true;
}

/* "..." at the end of a row's arguments: whatever else there is belongs to what the command makes. */
static bool takes_others(const struct qmp_row *row)
{
    size_t n = strlen(row->args);

    return n >= 3 && !strcmp(row->args + n - 3, "...");
}

static bool check_args(struct qmp_call *call, const struct qmp_row *row)
{
    const char *at = row->args, *expected;
    struct qmp_arg a;

    while (qmp_next_arg(&at, &a)) {
        struct json_object *value = arg(call, a.name);

        if (!value && !a.optional)
            return qmp_fail(call, NULL, "Parameter '%s' is missing", a.name);
        if (value && !has_type(value, a.type, &expected))
            return qmp_fail(call, NULL, "Invalid parameter type for '%s', expected: %s", a.name, expected);
    }
    if (!call->args || takes_others(row))
        return true;
    json_object_object_foreach(call->args, key, value)
    {
        bool known = false;

        (void)value;
        at = row->args;
        while (!known && qmp_next_arg(&at, &a))
            known = !strcmp(a.name, key);
        if (!known)
            return qmp_fail(call, NULL, "Parameter '%.64s' is unexpected", key);
    }
    return true;
}

struct json_object *qmp_execute(struct qmp_call *call, const char *name)
{
    const struct qmp_row *row = qmp_find(name);

    if (!row)
        return qmp_fail(call, "CommandNotFound", "The command %.64s has not been found", name);
    return check_args(call, row) ? row->fn(call) : NULL;
}

bool qmp_run(struct monitor *mon, const char *name, struct json_object *args, struct error *err)
{
    struct qmp_call call = { .monitor = mon, .args = args };
    struct json_object *result = qmp_execute(&call, name);

    if (!result)
        error_set(err, call.err.code ? call.err.code : ERROR_USAGE, "%s", call.err.cause);
    json_object_put(result);
    json_object_put(args);
    return result;
}

static void send_object(struct qmp *q, struct json_object *object)
{
    int flags = JSON_C_TO_STRING_NOSLASHESCAPE |
                (q->pretty ? JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED : JSON_C_TO_STRING_SPACED);
    size_t size;
    const char *text = json_object_to_json_string_length(object, flags, &size);

    if (text) {
        q->write(q->opaque, text, size);
        q->write(q->opaque, "\r\n", 2);
    }
    json_object_put(object);
}

static void send_error(struct qmp *q, struct json_object *id, const char *error_class, const char *text)
{
    struct json_object *reply = json_object_new_object(), *error = json_object_new_object();

    qmp_put_str(error, "class", error_class ? error_class : "GenericError");
    qmp_put_str(error, "desc", text);
    json_object_object_add(reply, "error", error);
    if (id)
        json_object_object_add(reply, "id", json_object_get(id));
    send_object(q, reply);
}

/* The parts of a request; false after the error has been sent. */
static bool take_apart(struct qmp *q, struct json_object *request, struct json_object **id, const char **name,
                       struct json_object **args)
{
    struct json_object *execute = NULL;

    *id = *args = NULL;
    if (!json_object_is_type(request, json_type_object)) {
        send_error(q, NULL, NULL, "QMP input must be a JSON object");
        return false;
    }
    json_object_object_get_ex(request, "id", id);
    json_object_object_foreach(request, key, value)
    {
        char text[160];

        if (!strcmp(key, "execute")) {
            execute = value;
        } else if (!strcmp(key, "arguments")) {
            *args = value;
        } else if (strcmp(key, "id")) {
            snprintf(text, sizeof text, "QMP input member '%.64s' is unexpected", key);
            send_error(q, *id, NULL, text);
            return false;
        }
    }
    if (!execute) {
        send_error(q, *id, NULL, "QMP input lacks member 'execute'");
        return false;
    }
    if (!json_object_is_type(execute, json_type_string)) {
        send_error(q, *id, NULL, "QMP input member 'execute' must be a string");
        return false;
    }
    if (*args && !json_object_is_type(*args, json_type_object)) {
        send_error(q, *id, NULL, "QMP input member 'arguments' must be an object");
        return false;
    }
    *name = json_object_get_string(execute);
    return true;
}

static void handle(struct qmp *q, struct json_object *request)
{
    struct qmp_call call = { .monitor = q->monitor };
    struct json_object *id, *result, *reply;
    const char *name;

    if (!take_apart(q, request, &id, &name, &call.args))
        return;
    if (!q->negotiated && strcmp(name, "qmp_capabilities")) {
        send_error(q, id, "CommandNotFound", "Expecting capabilities negotiation with 'qmp_capabilities'");
        return;
    }
    if (q->negotiated && !strcmp(name, "qmp_capabilities")) {
        send_error(q, id, "CommandNotFound", "Capabilities negotiation is already complete, command ignored");
        return;
    }
    result = qmp_execute(&call, name);
    if (!result) {
        send_error(q, id, call.error_class, call.err.cause);
        return;
    }
    if (!strcmp(name, "qmp_capabilities"))
        q->negotiated = true;
    reply = json_object_new_object();
    json_object_object_add(reply, "return", result);
    if (id)
        json_object_object_add(reply, "id", json_object_get(id));
    send_object(q, reply);
}

/* ---- input ---- */

static bool is_space(uint8_t byte)
{
    return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

static void give_up_message(struct qmp *q, const char *text)
{
    json_tokener_reset(q->tokener);
    q->in_message = false;
    q->message_size = 0;
    q->skipping = true;
    send_error(q, NULL, NULL, text);
}

/* Feeds one stretch; returns how much of it was used. */
static size_t feed(struct qmp *q, const uint8_t *data, size_t size)
{
    struct json_object *request = json_tokener_parse_ex(q->tokener, (const char *)data, (int)size);
    enum json_tokener_error how = json_tokener_get_error(q->tokener);
    size_t used = json_tokener_get_parse_end(q->tokener);
    char text[160];

    q->in_message = true;
    q->message_size += size;
    if (how == json_tokener_continue) {
        if (q->message_size > LONGEST_MESSAGE)
            give_up_message(q, "JSON message is too long");
        return size;
    }
    if (how != json_tokener_success) {
        snprintf(text, sizeof text, "JSON parse error, %s", json_tokener_error_desc(how));
        give_up_message(q, text);
        return used < size ? used : size;
    }
    q->in_message = false;
    q->message_size = 0;
    json_tokener_reset(q->tokener);
    handle(q, request);
    json_object_put(request);
    return used;
}

void qmp_input(struct qmp *q, const uint8_t *data, size_t size)
{
    while (size) {
        size_t used;

        if (q->skipping) {
            const uint8_t *end = memchr(data, '\n', size);

            used = end ? (size_t)(end - data) + 1 : size;
            q->skipping = !end;
        } else if (!q->in_message && is_space(*data)) {
            used = 1;
        } else {
            used = feed(q, data, size);
            if (!used && !q->skipping)
                used = 1; /* never the same bytes again */
        }
        data += used;
        size -= used;
    }
}

/* ---- connections ---- */

static struct json_object *version(void)
{
    struct qmp_call call = { 0 };

    return qmp_execute(&call, "query-version");
}

void qmp_opened(struct qmp *q)
{
    struct json_object *greeting = json_object_new_object(), *body = json_object_new_object();

    json_tokener_reset(q->tokener);
    q->in_message = q->skipping = q->negotiated = false;
    q->message_size = 0;
    json_object_object_add(body, "version", version());
    json_object_object_add(body, "capabilities", json_object_new_array());
    json_object_object_add(greeting, "QMP", body);
    send_object(q, greeting);
}

static void opened(void *opaque)
{
    qmp_opened(opaque);
}

static void closed(void *opaque)
{
    struct qmp *q = opaque;

    q->negotiated = false;
}

static void input(void *opaque, const uint8_t *data, size_t size)
{
    qmp_input(opaque, data, size);
}

static const struct stream_ops stream_ops = { opened, closed, input };

static void write_stream(void *opaque, const char *text, size_t size)
{
    struct qmp *q = opaque;

    if (q->stream)
        stream_write(q->stream, text, size);
}

struct qmp *qmp_new_detached(struct monitor *mon, void (*write)(void *opaque, const char *text, size_t size),
                             void *opaque)
{
    struct qmp *q = calloc(1, sizeof *q);

    if (!q || !(q->tokener = json_tokener_new_ex(DEEPEST))) {
        free(q);
        return NULL;
    }
    json_tokener_set_flags(q->tokener, JSON_TOKENER_VALIDATE_UTF8);
    q->monitor = mon;
    q->write = write;
    q->opaque = opaque;
    return q;
}

struct qmp *qmp_new(struct monitor *mon, const char *spec, bool pretty, struct error *err)
{
    struct qmp *q = qmp_new_detached(mon, write_stream, NULL);

    if (!q) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        return NULL;
    }
    q->opaque = q;
    q->pretty = pretty;
    q->stream = stream_new(machine_loop(mon->machine), spec, false, &stream_ops, q, err);
    if (q->stream)
        return q;
    qmp_free(q);
    return NULL;
}

void qmp_free(struct qmp *q)
{
    if (!q)
        return;
    stream_free(q->stream);
    json_tokener_free(q->tokener);
    free(q);
}

const char *qmp_name(const struct qmp *q)
{
    return q->stream ? stream_name(q->stream) : "";
}

bool qmp_is_open(const struct qmp *q)
{
    return q->stream && stream_is_open(q->stream);
}

/* ---- events ---- */

static struct json_object *panic_data(const struct machine_event *event)
{
    struct json_object *data = json_object_new_object();

    qmp_put_str(data, "action", event->reason);
    return data;
}

static struct json_object *event_data(const struct machine_event *event)
{
    struct json_object *data;

    switch (event->kind) {
    case EVENT_SHUTDOWN:
    case EVENT_RESET:
        data = json_object_new_object();
        qmp_put_bool(data, "guest", event->guest);
        qmp_put_str(data, "reason", event->reason);
        return data;
    case EVENT_GUEST_PANICKED:
        return panic_data(event);
    case EVENT_RTC_CHANGE:
        data = json_object_new_object();
        qmp_put_int(data, "offset", event->offset_s);
        qmp_put_str(data, "qom-path", "/machine/rtc");
        return data;
    case EVENT_WATCHDOG:
        return panic_data(event);
    case EVENT_DEVICE_DELETED:
    case EVENT_UNPLUG_REFUSED:
        data = json_object_new_object();
        if (event->device)
            qmp_put_str(data, "device", event->device);
        qmp_put_str(data, "path", event->path);
        return data;
    default:
        return NULL;
    }
}

void qmp_event(struct qmp *q, const struct machine_event *event)
{
    const struct qmp_event_row *row = NULL;
    struct json_object *message, *stamp, *data;
    struct timeval now;

    for (size_t i = 0; i < qmp_n_events; i++)
        if (qmp_events[i].kind == event->kind)
            row = &qmp_events[i];
    if (!row || !q->negotiated)
        return;
    gettimeofday(&now, NULL);
    stamp = json_object_new_object();
    qmp_put_int(stamp, "seconds", now.tv_sec);
    qmp_put_int(stamp, "microseconds", now.tv_usec);
    message = json_object_new_object();
    json_object_object_add(message, "timestamp", stamp);
    qmp_put_str(message, "event", row->name);
    data = event_data(event);
    if (data)
        json_object_object_add(message, "data", data);
    send_object(q, message);
}
