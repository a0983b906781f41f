/* gdb's remote protocol: packets in, answers and stop reports out.
 *
 * Threads are vCPUs, numbered from 1. Whatever comes in is bounded before it is looked at; an address, length or
 * register that is not there is answered with an error. */
#include "monitor/gdb.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cpu-ppc64/debug.h"
#include "monitor/gdb-registers.h"
#include "monitor/hmp.h"

enum { PACKET = 0x4000, SIGNAL_INT = 2, SIGNAL_TRAP = 5, INTERRUPT = 3 };
#define NO_THREAD UINT32_MAX

struct gdb {
    struct monitor *monitor;
    struct stream *stream; /* NULL: detached */
    void (*write)(void *opaque, const char *text, size_t size);
    void *opaque;
    bool connected, no_acks, running, has_ended;
    enum { IDLE, BODY, CHECKSUM_1, CHECKSUM_2 } state;
    char in[PACKET + 1];
    size_t in_size;
    bool in_overflow;
    uint8_t sum, told_sum;
    char out[2 * PACKET];
    size_t out_size;
    unsigned thread;       /* of g, p, m: an index */
    unsigned next_thread;  /* of qsThreadInfo */
    char *xml;
    struct debug_points points;
    uint8_t watch_kinds[DEBUG_WATCHES]; /* 2 write, 3 read, 4 access */
    char report[64];       /* the last stop */
};

/* ---- output ---- */

static void send_packet(struct gdb *g, const char *text, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t sum = 0;

    if (size + 4 > sizeof g->out)
        size = sizeof g->out - 4;
    g->out[0] = '$';
    memmove(g->out + 1, text, size);
    for (size_t i = 1; i <= size; i++)
        sum = (uint8_t)(sum + (uint8_t)g->out[i]);
    g->out[size + 1] = '#';
    g->out[size + 2] = digits[sum >> 4];
    g->out[size + 3] = digits[sum & 15];
    g->out_size = size + 4;
    g->write(g->opaque, g->out, g->out_size);
}

static void reply(struct gdb *g, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void reply(struct gdb *g, const char *format, ...)
{
    char text[PACKET];
    va_list ap;
    int n;

    va_start(ap, format);
    n = vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    send_packet(g, text, n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

static void to_hex(char *to, const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sprintf(to + 2 * i, "%02x", bytes[i]);
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool from_hex(uint8_t *to, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int high = digit(text[2 * i]), low = high < 0 ? -1 : digit(text[2 * i + 1]);

        if (low < 0)
            return false;
        to[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* A number in hexadecimal digits, and what follows it. */
static bool take_number(const char **at, uint64_t *value)
{
    const char *start = *at;

    for (*value = 0; digit(**at) >= 0; ++*at) {
        if (*at - start >= 16)
            return false;
        *value = *value << 4 | (uint64_t)digit(**at);
    }
    return *at != start;
}

static bool take(const char **at, char c)
{
    if (**at != c)
        return false;
    ++*at;
    return true;
}

/* ---- running and stopping ---- */

static struct vcpu *vcpu_at(struct gdb *g, unsigned i)
{
    return accel_vcpu(g->monitor->accel, i);
}

static unsigned count(const struct gdb *g)
{
    return accel_count(g->monitor->accel);
}

static struct cpu *selected(struct gdb *g)
{
    return vcpu_at(g, g->thread < count(g) ? g->thread : 0)->cpu;
}

/* Has all processors look at the points. They are paused. */
static void attach(struct gdb *g, bool on)
{
    for (unsigned i = 0; i < count(g); i++)
        debug_attach(vcpu_at(g, i)->cpu, on ? &g->points : NULL);
}

static void let_go(struct gdb *g)
{
    accel_lock(g->monitor->accel);
    for (unsigned i = 0; i < count(g); i++)
        vcpu_at(g, i)->held = false;
    accel_unlock(g->monitor->accel);
}

static void report(struct gdb *g, unsigned signal, unsigned thread, const char *more)
{
    snprintf(g->report, sizeof g->report, "T%02x%sthread:%x;", signal, more, thread + 1);
    reply(g, "%s", g->report);
}

/* The processor that a point or step stopped; false if there is none that gdb has not heard of. */
static bool report_debug_stop(struct gdb *g)
{
    static const char *const names[] = { "watch", "rwatch", "awatch" };

    for (unsigned i = 0; i < count(g); i++) {
        struct cpu *c = vcpu_at(g, i)->cpu;
        char more[40] = "";

        if (c->debug_reason == DEBUG_NONE)
            continue;
        for (unsigned w = 0; c->debug_reason == DEBUG_WATCH && w < g->points.n_watches; w++)
            if (g->points.watches[w].first <= c->debug_address && c->debug_address <= g->points.watches[w].last)
                snprintf(more, sizeof more, "%s:%" PRIx64 ";", names[g->watch_kinds[w] - 2], c->debug_address);
        c->debug_reason = DEBUG_NONE;
        g->thread = i;
        report(g, SIGNAL_TRAP, i, more);
        return true;
    }
    return false;
}

static void stopped(struct gdb *g)
{
    if (!g->running)
        return;
    g->running = false;
    let_go(g);
    if (!report_debug_stop(g))
        report(g, SIGNAL_INT, g->thread, "");
}

void gdb_event(struct gdb *g, const struct machine_event *event)
{
    if (!g->connected)
        return;
    if (event->kind == EVENT_STOP)
        stopped(g);
    /* The end of the machine is that of the program that gdb sees. */
    if (event->kind == EVENT_SHUTDOWN && g->running && !machine_config(g->monitor->machine)->no_shutdown) {
        reply(g, "W%02x", !strcmp(event->reason, "guest-panic"));
        g->running = false;
        g->has_ended = true;
    }
}

/* actions: for each vCPU 'c', 's', or 0 for one that stays. */
static void run(struct gdb *g, const char *actions)
{
    struct error err = { 0 };

    /* Two can be stopped at the same time: the other's turn. */
    if (report_debug_stop(g))
        return;
    accel_lock(g->monitor->accel);
    for (unsigned i = 0; i < count(g); i++) {
        if (vcpu_at(g, i)->cpu->debug != &g->points) /* plugged in since */
            debug_attach(vcpu_at(g, i)->cpu, &g->points);
        vcpu_at(g, i)->held = !actions[i];
        if (actions[i])
            debug_prepare(vcpu_at(g, i)->cpu, actions[i] == 's');
    }
    accel_unlock(g->monitor->accel);
    g->running = true;
    if (control_resume(g->monitor->control, &err))
        return;
    g->running = false;
    let_go(g);
    report(g, SIGNAL_INT, g->thread, "");
}

static char *new_actions(struct gdb *g)
{
    char *actions = calloc(1, count(g));

    if (!actions)
        reply(g, "E0c");
    return actions;
}

/* c, s [address] */
static void on_run(struct gdb *g, const char *at, char action)
{
    char *actions = new_actions(g);
    uint64_t address;

    if (!actions)
        return;
    if (take_number(&at, &address))
        selected(g)->nia = address & ~UINT64_C(3);
    memset(actions, 'c', count(g));
    actions[g->thread < count(g) ? g->thread : 0] = action;
    run(g, actions);
    free(actions);
}

/* One action of vCont: what it is ('c', 's'), and for which thread. */
static bool take_action(const char **at, char *action, unsigned *thread)
{
    uint64_t n;

    *thread = NO_THREAD;
    *action = (char)(**at | 0x20);
    if (!**at || (*action != 'c' && *action != 's' && *action != 't'))
        return false;
    if (*(*at)++ < 'a' && !take_number(at, &n)) /* C, S: with a signal */
        return false;
    if (take(at, ':')) {
        if (take(at, '-')) {
            if (!take(at, '1'))
                return false;
        } else if (!take_number(at, &n)) {
            return false;
        } else if (n) {
            *thread = n > NO_THREAD ? NO_THREAD - 1 : (unsigned)n - 1;
        }
    }
    return take(at, ';') || !**at;
}

static void on_vcont(struct gdb *g, const char *at)
{
    char *actions = new_actions(g), action;
    unsigned thread;

    if (!actions)
        return;
    while (*at) {
        if (!take_action(&at, &action, &thread)) {
            free(actions);
            reply(g, "E16");
            return;
        }
        action = action == 't' ? '\0' : action;
        for (unsigned i = 0; i < count(g); i++)
            if ((thread == NO_THREAD || thread == i) && !actions[i])
                actions[i] = action;
    }
    run(g, actions);
    free(actions);
}

/* ---- registers and memory ---- */

static void on_read_all(struct gdb *g)
{
    struct cpu *c = selected(g);
    bool le = monitor_is_le(g->monitor, c);
    uint8_t bytes[GDB_REGISTER_MOST];
    char text[PACKET];
    size_t n = 0;

    for (unsigned r = 0; r < gdb_register_count(c); r++) {
        unsigned size = gdb_register_size(c, r);

        if (n + 2 * size >= sizeof text)
            break;
        gdb_register_read(c, r, le, bytes);
        to_hex(text + n, bytes, size);
        n += 2 * size;
    }
    send_packet(g, text, n);
}

static void on_write_all(struct gdb *g, const char *at)
{
    struct cpu *c = selected(g);
    bool le = monitor_is_le(g->monitor, c);
    uint8_t bytes[GDB_REGISTER_MOST];
    size_t left = strlen(at);

    for (unsigned r = 0; r < gdb_register_count(c); r++) {
        unsigned size = gdb_register_size(c, r);

        if (left < 2 * size)
            break;
        if (!from_hex(bytes, at, size)) {
            reply(g, "E16");
            return;
        }
        gdb_register_write(c, r, le, bytes);
        at += 2 * size;
        left -= 2 * size;
    }
    reply(g, "OK");
}

static void on_register(struct gdb *g, const char *at, bool is_write)
{
    struct cpu *c = selected(g);
    bool le = monitor_is_le(g->monitor, c);
    uint8_t bytes[GDB_REGISTER_MOST];
    char text[2 * GDB_REGISTER_MOST + 1];
    unsigned size;
    uint64_t n;

    if (!take_number(&at, &n) || n > UINT16_MAX || !(size = gdb_register_size(c, (unsigned)n))) {
        reply(g, "E14");
        return;
    }
    if (!is_write) {
        gdb_register_read(c, (unsigned)n, le, bytes);
        to_hex(text, bytes, size);
        send_packet(g, text, 2 * size);
        return;
    }
    if (take(&at, '=') && strlen(at) == 2 * size && from_hex(bytes, at, size) &&
        gdb_register_write(c, (unsigned)n, le, bytes))
        reply(g, "OK");
    else
        reply(g, "E16");
}

static void on_read_memory(struct gdb *g, const char *at)
{
    uint8_t bytes[PACKET / 2];
    char text[PACKET];
    uint64_t address, size;

    if (!take_number(&at, &address) || !take(&at, ',') || !take_number(&at, &size)) {
        reply(g, "E16");
        return;
    }
    if (size >= sizeof bytes)
        size = sizeof bytes - 1;
    if (!monitor_read(selected(g), address, bytes, size)) {
        reply(g, "E0e");
        return;
    }
    to_hex(text, bytes, size);
    send_packet(g, text, 2 * size);
}

/* M in hexadecimal digits, X in bytes of which some are escaped. */
static void on_write_memory(struct gdb *g, const char *at, bool binary)
{
    const char *end = g->in + g->in_size;
    uint8_t bytes[PACKET];
    uint64_t address, size, n = 0;

    if (!take_number(&at, &address) || !take(&at, ',') || !take_number(&at, &size) || !take(&at, ':') ||
        size > sizeof bytes) {
        reply(g, "E16");
        return;
    }
    if (binary) {
        for (; at < end && n < size; at++)
            bytes[n++] = *at == '}' && at + 1 < end ? (uint8_t)(*++at ^ 0x20) : (uint8_t)*at;
    } else if ((uint64_t)(end - at) == 2 * size && from_hex(bytes, at, size)) {
        n = size;
        at = end;
    }
    if (n != size || at != end)
        reply(g, "E16");
    else if (!monitor_write(selected(g), address, bytes, size))
        reply(g, "E0e");
    else
        reply(g, "OK");
}

/* ---- points ---- */

static bool set_breakpoint(struct gdb *g, ea_t address, bool insert)
{
    struct debug_points *p = &g->points;

    for (unsigned i = 0; i < p->n_breakpoints; i++)
        if (p->breakpoints[i] == address) {
            if (!insert)
                p->breakpoints[i] = p->breakpoints[--p->n_breakpoints];
            return true;
        }
    if (insert && p->n_breakpoints == DEBUG_BREAKPOINTS)
        return false;
    if (insert)
        p->breakpoints[p->n_breakpoints++] = address;
    return true;
}

static bool set_watch(struct gdb *g, uint8_t kind, ea_t first, uint64_t size, bool insert)
{
    struct debug_points *p = &g->points;
    ea_t last = size > UINT64_MAX - first ? UINT64_MAX : first + size - 1;

    for (unsigned i = 0; i < p->n_watches; i++)
        if (p->watches[i].first == first && p->watches[i].last == last && g->watch_kinds[i] == kind) {
            if (!insert) {
                p->watches[i] = p->watches[--p->n_watches];
                g->watch_kinds[i] = g->watch_kinds[p->n_watches];
            }
            return true;
        }
    if (!insert)
        return true;
    if (p->n_watches == DEBUG_WATCHES || !size)
        return false;
    g->watch_kinds[p->n_watches] = kind;
    p->watches[p->n_watches++] = (struct debug_watch){ first, last, kind != 2, kind != 3 };
    return true;
}

static void on_point(struct gdb *g, const char *at, bool insert)
{
    uint64_t kind, address, size;

    if (!take_number(&at, &kind) || !take(&at, ',') || !take_number(&at, &address) || !take(&at, ',') ||
        !take_number(&at, &size)) {
        reply(g, "E16");
        return;
    }
    if (kind > 4) {
        reply(g, "%s", "");
        return;
    }
    if (kind < 2 ? !set_breakpoint(g, address, insert) : !set_watch(g, (uint8_t)kind, address, size, insert)) {
        reply(g, "E1c");
        return;
    }
    attach(g, true);
    reply(g, "OK");
}

/* ---- queries ---- */

static void on_features(struct gdb *g, const char *at)
{
    char text[PACKET];
    uint64_t offset, size;
    size_t total;

    if (!g->xml)
        g->xml = gdb_target_xml(selected(g));
    total = g->xml ? strlen(g->xml) : 0;
    if (!total || !take_number(&at, &offset) || !take(&at, ',') || !take_number(&at, &size)) {
        reply(g, "E16");
        return;
    }
    if (offset > total)
        offset = total;
    if (size > sizeof text - 2)
        size = sizeof text - 2;
    if (size > total - offset)
        size = total - offset;
    text[0] = offset + size < total ? 'm' : 'l';
    memcpy(text + 1, g->xml + offset, size);
    send_packet(g, text, size + 1);
}

static void on_command(struct gdb *g, const char *hex)
{
    enum { PART = PACKET / 4 };
    char line[PACKET / 2 + 1], part[2 * PART + 2], *text;
    size_t n = strlen(hex) / 2, size;

    if (n >= sizeof line || !from_hex((uint8_t *)line, hex, n)) {
        reply(g, "E16");
        return;
    }
    line[n] = '\0';
    g->monitor->cpu = g->thread;
    text = hmp_run_line(g->monitor, line);
    size = text ? strlen(text) : 0;
    for (size_t at = 0; at < size; at += PART) {
        size_t k = size - at < PART ? size - at : PART;

        part[0] = 'O';
        to_hex(part + 1, (const uint8_t *)text + at, k);
        send_packet(g, part, 2 * k + 1);
    }
    free(text);
    reply(g, "OK");
}

static bool begins(const char *text, const char *with, const char **rest)
{
    size_t n = strlen(with);

    if (strncmp(text, with, n))
        return false;
    *rest = text + n;
    return true;
}

static void next_threads(struct gdb *g)
{
    char text[1024];
    int n = 0;

    if (g->next_thread >= count(g)) {
        reply(g, "l");
        return;
    }
    while (g->next_thread < count(g) && n < (int)sizeof text - 16)
        n += snprintf(text + n, sizeof text - (size_t)n, "%c%x", n ? ',' : 'm', ++g->next_thread);
    reply(g, "%s", text);
}

static void on_thread_info(struct gdb *g, const char *at)
{
    static const char *const states[] = { "running", "ceded", "waiting", "stopped" };
    char text[64], hex[129];
    uint64_t n;

    if (!take_number(&at, &n) || n - 1 >= count(g)) {
        reply(g, "E16");
        return;
    }
    snprintf(text, sizeof text, "CPU#%u [%s]", (unsigned)n - 1, states[vcpu_at(g, (unsigned)n - 1)->state]);
    to_hex(hex, (const uint8_t *)text, strlen(text));
    reply(g, "%.*s", (int)(2 * strlen(text)), hex);
}

static void on_query(struct gdb *g, const char *q)
{
    const char *rest;

    if (begins(q, "Supported", &rest))
        reply(g, "PacketSize=%x;qXfer:features:read+;QStartNoAckMode+;vContSupported+", PACKET);
    else if (begins(q, "Xfer:features:read:target.xml:", &rest))
        on_features(g, rest);
    else if (begins(q, "Rcmd,", &rest))
        on_command(g, rest);
    else if (!strcmp(q, "C"))
        reply(g, "QC%x", g->thread + 1);
    else if (!strcmp(q, "fThreadInfo")) {
        g->next_thread = 0;
        next_threads(g);
    } else if (!strcmp(q, "sThreadInfo"))
        next_threads(g);
    else if (begins(q, "ThreadExtraInfo,", &rest))
        on_thread_info(g, rest);
    else if (begins(q, "Attached", &rest))
        reply(g, "1");
    else if (begins(q, "Symbol", &rest))
        reply(g, "OK");
    else
        reply(g, "%s", "");
}

/* Hg, Hc: -1 and 0 mean any. */
static void on_thread(struct gdb *g, const char *at)
{
    uint64_t n;

    if (*at != 'g' && *at != 'c') {
        reply(g, "E16");
        return;
    }
    at++;
    if (!strcmp(at, "-1") || !strcmp(at, "0")) {
        reply(g, "OK");
    } else if (!take_number(&at, &n) || n - 1 >= count(g)) {
        reply(g, "E16");
    } else {
        g->thread = (unsigned)n - 1;
        reply(g, "OK");
    }
}

static void detach(struct gdb *g)
{
    struct monitor_hold hold = monitor_hold(g->monitor);

    memset(&g->points, 0, sizeof g->points);
    attach(g, false);
    monitor_release(&hold);
    let_go(g);
    g->running = false;
}

/* What reads or changes processors and memory: they stand still, also if somebody else let them run. */
static bool on_state_packet(struct gdb *g, const char *at)
{
    struct monitor_hold hold;

    if (!strchr("gGpPmMXzZ", *at))
        return false;
    hold = monitor_hold(g->monitor);
    switch (*at) {
    case 'g':
        on_read_all(g);
        break;
    case 'G':
        on_write_all(g, at + 1);
        break;
    case 'p':
    case 'P':
        on_register(g, at + 1, *at == 'P');
        break;
    case 'm':
        on_read_memory(g, at + 1);
        break;
    case 'M':
    case 'X':
        on_write_memory(g, at + 1, *at == 'X');
        break;
    default:
        on_point(g, at + 1, *at == 'Z');
    }
    monitor_release(&hold);
    return true;
}

static void on_packet(struct gdb *g, const char *p)
{
    const char *rest;
    uint64_t n;

    if (*p && on_state_packet(g, p))
        return;
    if (*p == 'c' || *p == 's') {
        on_run(g, p + 1, *p);
    } else if (*p == 'C' || *p == 'S') {
        char action = (char)(*p++ | 0x20);

        take_number(&p, &n); /* a signal, which a machine has none of */
        on_run(g, *p == ';' ? p + 1 : p, action);
    } else if (*p == '?') {
        if (!report_debug_stop(g))
            report(g, SIGNAL_TRAP, g->thread, "");
    } else if (*p == 'H') {
        on_thread(g, p + 1);
    } else if (*p == 'T') {
        p++;
        reply(g, take_number(&p, &n) && n - 1 < count(g) ? "OK" : "E16");
    } else if (*p == 'q') {
        on_query(g, p + 1);
    } else if (!strcmp(p, "QStartNoAckMode")) {
        reply(g, "OK");
        g->no_acks = true;
    } else if (!strcmp(p, "vCont?")) {
        reply(g, "vCont;c;C;s;S;t");
    } else if (begins(p, "vCont;", &rest)) {
        on_vcont(g, rest);
    } else if (*p == 'D') {
        detach(g);
        reply(g, "OK");
        control_resume(g->monitor->control, NULL);
    } else if (*p == 'k' || begins(p, "vKill", &rest)) {
        if (*p == 'v')
            reply(g, "OK");
        machine_quit(g->monitor->machine);
    } else {
        reply(g, "%s", "");
    }
}

/* ---- input ---- */

static void end_packet(struct gdb *g)
{
    g->state = IDLE;
    if (g->in_overflow || g->sum != g->told_sum) {
        if (!g->no_acks)
            g->write(g->opaque, "-", 1);
        return;
    }
    if (!g->no_acks)
        g->write(g->opaque, "+", 1);
    g->in[g->in_size] = '\0';
    on_packet(g, g->in);
}

static void idle_byte(struct gdb *g, uint8_t byte)
{
    if (byte == '$') {
        g->state = BODY;
        g->in_size = 0;
        g->sum = 0;
        g->in_overflow = false;
    } else if (byte == '-' && g->out_size && !g->no_acks) {
        g->write(g->opaque, g->out, g->out_size);
    } else if (byte == INTERRUPT) {
        bool was_running = control_is_running(g->monitor->control);

        control_pause(g->monitor->control);
        if (!was_running && g->running)
            stopped(g);
    }
}

static void one_byte(struct gdb *g, uint8_t byte)
{
    int d;

    switch (g->state) {
    case IDLE:
        idle_byte(g, byte);
        break;
    case BODY:
        if (byte == '#') {
            g->state = CHECKSUM_1;
        } else if (byte == '$') {
            idle_byte(g, byte); /* the rest of the last one was lost */
        } else {
            g->sum = (uint8_t)(g->sum + byte);
            if (g->in_size < PACKET)
                g->in[g->in_size++] = (char)byte;
            else
                g->in_overflow = true;
        }
        break;
    case CHECKSUM_1:
        d = digit((char)byte);
        g->told_sum = (uint8_t)((d & 15) << 4);
        g->in_overflow |= d < 0;
        g->state = CHECKSUM_2;
        break;
    case CHECKSUM_2:
        d = digit((char)byte);
        g->told_sum |= (uint8_t)(d & 15);
        g->in_overflow |= d < 0;
        end_packet(g);
        break;
    }
}

void gdb_input(struct gdb *g, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        one_byte(g, data[i]);
}

/* ---- connections ---- */

void gdb_opened(struct gdb *g)
{
    g->connected = true;
    g->no_acks = g->running = false;
    g->state = IDLE;
    g->out_size = 0;
    g->thread = 0;
    control_pause(g->monitor->control);
    memset(&g->points, 0, sizeof g->points);
    accel_pause(g->monitor->accel);
    attach(g, true);
}

void gdb_closed(struct gdb *g)
{
    g->connected = false;
    detach(g);
}

static void opened(void *opaque)
{
    gdb_opened(opaque);
}

static void closed(void *opaque)
{
    gdb_closed(opaque);
}

static void input(void *opaque, const uint8_t *data, size_t size)
{
    gdb_input(opaque, data, size);
}

static const struct stream_ops stream_ops = { opened, closed, input };

static void write_stream(void *opaque, const char *text, size_t size)
{
    struct gdb *g = opaque;

    if (g->stream)
        stream_write(g->stream, text, size);
}

struct gdb *gdb_new_detached(struct monitor *mon, void (*write)(void *opaque, const char *text, size_t size),
                             void *opaque)
{
    struct gdb *g = calloc(1, sizeof *g);

    if (!g)
        return NULL;
    g->monitor = mon;
    g->write = write;
    g->opaque = opaque;
    return g;
}

struct gdb *gdb_new(struct monitor *mon, const char *spec, struct error *err)
{
    struct gdb *g = gdb_new_detached(mon, write_stream, NULL);

    if (!g) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        return NULL;
    }
    g->opaque = g;
    g->stream = stream_new(machine_loop(mon->machine), spec, true, &stream_ops, g, err);
    if (g->stream)
        return g;
    free(g);
    return NULL;
}

void gdb_free(struct gdb *g)
{
    if (!g)
        return;
    if (g->connected) {
        if (!g->has_ended)
            reply(g, "W00");
        detach(g);
    }
    stream_free(g->stream);
    free(g->xml);
    free(g);
}
