/* The human monitor: lines in, text out. The commands are rows in hmp-commands.c and hmp-info.c. */
#include "monitor/hmp.h"

#include <config.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "host/chardev.h"

enum { LONGEST_LINE = 4096, MOST_OUTPUT = 16 << 20 };

static const char prompt[] = "(lpar) ";

void hmp_print(struct hmp_out *out, const char *format, ...)
{
    va_list ap;
    int n;

    va_start(ap, format);
    n = vsnprintf(NULL, 0, format, ap);
    va_end(ap);
    if (n < 0 || out->size + (size_t)n > MOST_OUTPUT)
        return;
    if (out->size + (size_t)n + 1 > out->room) {
        size_t room = 2 * (out->size + (size_t)n + 256);
        char *text = realloc(out->text, room);

        if (!text)
            return;
        out->text = text;
        out->room = room;
    }
    va_start(ap, format);
    vsnprintf(out->text + out->size, out->room - out->size, format, ap);
    va_end(ap);
    out->size += (size_t)n;
}

char *hmp_word(struct hmp_call *call)
{
    char *at = call->rest, *word, quote = '\0';

    while (*at == ' ' || *at == '\t')
        at++;
    if (!*at)
        return NULL;
    if (*at == '"' || *at == '\'')
        quote = *at++;
    word = at;
    while (*at && (quote ? *at != quote : *at != ' ' && *at != '\t'))
        at++;
    if (*at)
        *at++ = '\0';
    call->rest = at;
    return word;
}

static bool is_named(const char *names, const char *name)
{
    size_t n = strlen(name);

    for (const char *at = names; at; at = strchr(at, '|')) {
        at += *at == '|';
        if (!strncmp(at, name, n) && (at[n] == '|' || !at[n]))
            return true;
    }
    return false;
}

static void run_row(struct hmp_call *call, const struct hmp_row *row)
{
    struct monitor_hold hold = { 0 };

    if (row->needs_processors && !call->monitor->accel) {
        hmp_print(call->out, "Error: this machine has no processors\n");
        return;
    }
    if (row->holds)
        hold = monitor_hold(call->monitor);
    row->fn(call);
    if (row->holds)
        monitor_release(&hold);
}

static const struct hmp_row *find(const struct hmp_table *table, const char *name)
{
    for (size_t i = 0; i < table->n; i++)
        if (is_named(table->rows[i].names, name))
            return &table->rows[i];
    return NULL;
}

static void list(struct hmp_out *out, const struct hmp_table *table, const char *before)
{
    for (size_t i = 0; i < table->n; i++) {
        const struct hmp_row *row = &table->rows[i];

        hmp_print(out, "%s%s%s%s -- %s\n", before, row->names, *row->args ? " " : "", row->args, row->text);
    }
}

void hmp_info(struct hmp_call *call)
{
    const char *name = hmp_word(call);
    const struct hmp_row *row = name ? find(&hmp_infos, name) : NULL;

    if (row)
        run_row(call, row);
    else if (name)
        hmp_print(call->out, "info: unknown subject '%.40s'; 'help info' lists them\n", name);
    else
        list(call->out, &hmp_infos, "info ");
}

static void help(struct hmp_call *call, const char *name)
{
    const struct hmp_row *row = name ? find(&hmp_commands, name) : NULL;

    if (name && !strcmp(name, "info"))
        list(call->out, &hmp_infos, "info ");
    else if (row)
        list(call->out, &(struct hmp_table){ row, 1 }, "");
    else if (name)
        hmp_print(call->out, "unknown command '%.40s'; 'help' lists them\n", name);
    else
        list(call->out, &hmp_commands, "");
}

char *hmp_run_line(struct monitor *mon, const char *line)
{
    struct hmp_out out = { NULL, 0, 0 };
    struct hmp_call call = { .monitor = mon, .out = &out, .option = "" };
    char text[LONGEST_LINE], *name, *slash;
    const struct hmp_row *row;

    snprintf(text, sizeof text, "%s", line);
    call.rest = text;
    hmp_print(&out, "%s", "");
    name = hmp_word(&call);
    if (!name)
        return out.text;
    slash = strchr(name, '/');
    if (slash) {
        *slash = '\0';
        call.option = slash + 1;
    }
    row = find(&hmp_commands, name);
    if (!strcmp(name, "help") || !strcmp(name, "?"))
        help(&call, hmp_word(&call));
    else if (row)
        run_row(&call, row);
    else
        hmp_print(&out, "unknown command: '%.40s'\n", name);
    return out.text;
}

/* ---- sessions ---- */

struct hmp {
    struct monitor *monitor;
    struct stream *stream;   /* one of these two */
    struct chardev *chardev;
    char line[LONGEST_LINE];
    size_t length;
    bool too_long, run_posted;
    char pending[2 * LONGEST_LINE]; /* complete lines of the terminal, until the loop runs them */
};

/* A terminal in raw mode wants its carriage returns; and is not waited for longer than a second. */
static void write_terminal(struct hmp *h, const char *text, size_t size)
{
    unsigned patience = 100;

    accel_lock(h->monitor->accel);
    while (size && patience) {
        const char *end = memchr(text, '\n', size);
        size_t part = end == text ? 0 : end ? (size_t)(end - text) : size;
        size_t n = part ? chardev_write(h->chardev, text, part) : chardev_write(h->chardev, "\r\n", 2);

        if (!n && !chardev_wait_room(h->chardev, 10))
            patience--;
        if (!part)
            n = n ? 1 : 0;
        text += n;
        size -= n;
    }
    accel_unlock(h->monitor->accel);
}

static void write_text(struct hmp *h, const char *text, size_t size)
{
    if (h->chardev)
        write_terminal(h, text, size);
    else
        stream_write(h->stream, text, size);
}

static void show_prompt(struct hmp *h)
{
    write_text(h, prompt, sizeof prompt - 1);
}

static void run(struct hmp *h, const char *line)
{
    char *text = hmp_run_line(h->monitor, line);

    if (text)
        write_text(h, text, strlen(text));
    free(text);
    show_prompt(h);
}

static void end_line(struct hmp *h)
{
    h->line[h->length] = '\0';
    h->length = 0;
    if (h->too_long) {
        write_text(h, "line is too long\n", 17);
        show_prompt(h);
    } else {
        run(h, h->line);
    }
    h->too_long = false;
}

static void stream_input(void *opaque, const uint8_t *data, size_t size)
{
    struct hmp *h = opaque;

    for (size_t i = 0; i < size; i++) {
        if (data[i] == '\n' || data[i] == '\0')
            end_line(h);
        else if (data[i] == '\r')
            continue;
        else if (h->length + 1 < sizeof h->line)
            h->line[h->length++] = (char)data[i];
        else
            h->too_long = true;
    }
}

static void greet(struct hmp *h)
{
    static const char text[] = "lpar " LPAR_VERSION " monitor - type 'help' for more information\n";

    write_text(h, text, sizeof text - 1);
    show_prompt(h);
}

static void stream_opened(void *opaque)
{
    struct hmp *h = opaque;

    h->length = 0;
    h->too_long = false;
    greet(h);
}

static const struct stream_ops stream_ops = { stream_opened, NULL, stream_input };

struct hmp *hmp_new_stream(struct monitor *mon, const char *spec, struct error *err)
{
    struct hmp *h = calloc(1, sizeof *h);

    if (!h) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        return NULL;
    }
    h->monitor = mon;
    h->stream = stream_new(machine_loop(mon->machine), spec, false, &stream_ops, h, err);
    if (h->stream)
        return h;
    free(h);
    return NULL;
}

/* ---- the terminal: keys come one by one, with the machine's lock held, so that lines are run later ---- */

static void run_pending(void *opaque)
{
    struct hmp *h = opaque;
    char lines[sizeof h->pending], *rest = lines, *line;

    accel_lock(h->monitor->accel);
    memcpy(lines, h->pending, sizeof lines);
    h->pending[0] = '\0';
    h->run_posted = false;
    accel_unlock(h->monitor->accel);
    while (*rest && (line = strsep(&rest, "\n")))
        run(h, line);
}

static void greet_later(void *opaque)
{
    greet(opaque);
}

static void echo(struct hmp *h, const char *text, size_t size)
{
    chardev_write(h->chardev, text, size);
}

static void key(struct hmp *h, uint8_t byte)
{
    enum { BACKSPACE = 8, CTRL_C = 3, CTRL_U = 21, DELETE = 127 };

    if (byte == '\r' || byte == '\n') {
        echo(h, "\r\n", 2);
        h->line[h->length] = '\0';
        h->length = 0;
        if (strlen(h->pending) + strlen(h->line) + 2 > sizeof h->pending)
            return; /* typed ahead faster than lines run: a lost line, not a hoard */
        strcat(strcat(h->pending, h->line), "\n");
        if (!h->run_posted)
            loop_post(machine_loop(h->monitor->machine), run_pending, h);
        h->run_posted = true;
    } else if (byte == BACKSPACE || byte == DELETE) {
        if (h->length) {
            h->length--;
            echo(h, "\b \b", 3);
        }
    } else if (byte == CTRL_C || byte == CTRL_U) {
        while (h->length) {
            h->length--;
            echo(h, "\b \b", 3);
        }
    } else if (byte >= ' ' && h->length + 1 < sizeof h->line) {
        h->line[h->length++] = (char)byte;
        echo(h, (const char *)&byte, 1);
    }
}

static void terminal_input(void *opaque, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        key(opaque, data[i]);
}

static void terminal_focus(void *opaque, bool on)
{
    struct hmp *h = opaque;

    if (on)
        loop_post(machine_loop(h->monitor->machine), greet_later, h);
}

struct hmp *hmp_new_terminal(struct monitor *mon, struct chardev *chardev, struct error *err)
{
    struct hmp *h = calloc(1, sizeof *h);

    if (!h) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        return NULL;
    }
    h->monitor = mon;
    h->chardev = chardev_new_front(chardev, err);
    if (!h->chardev) {
        free(h);
        return NULL;
    }
    chardev_set_reader(h->chardev, NULL, terminal_input, h);
    chardev_set_focus(h->chardev, terminal_focus, h);
    return h;
}

void hmp_free(struct hmp *h)
{
    if (!h)
        return;
    if (h->chardev)
        chardev_free(h->chardev);
    stream_free(h->stream);
    free(h);
}

const char *hmp_name(const struct hmp *h)
{
    return h->stream ? stream_name(h->stream) : "mux";
}
