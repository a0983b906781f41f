/* The human monitor's commands that look at memory and compute. */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/bits.h"
#include "base/endian.h"
#include "cpu-ppc64/disas.h"
#include "cpu-ppc64/spr.h"
#include "monitor/hmp.h"

/* ---- expressions: sums of products of terms ---- */

enum { DEEPEST = 32 };

struct expression {
    struct hmp_call *call;
    const char *at;
    unsigned depth;
    bool ok;
};

static uint64_t sum(struct expression *e);

bool hmp_register(struct cpu *c, const char *name, uint64_t *value)
{
    const struct {
        const char *name;
        uint64_t value;
    } named[] = {
        { "nip", c->nia }, { "pc", c->nia }, { "msr", c->msr }, { "cr", cpu_cr(c) }, { "fpscr", c->fpscr },
    };
    char *end;
    unsigned long n = name[0] == 'r' || name[0] == 'R' ? strtoul(name + 1, &end, 10) : 32;

    if (n < 32 && end != name + 1 && !*end) {
        *value = c->gpr[n];
        return true;
    }
    for (size_t i = 0; i < ARRAY_SIZE(named); i++)
        if (!strcasecmp(named[i].name, name)) {
            *value = named[i].value;
            return true;
        }
    for (size_t i = 0; spr_row_at(i); i++) {
        const struct spr_row *row = spr_row_at(i);

        if (!strcasecmp(row->name, name)) {
            *value = row->read ? row->read(c) : c->spr[row->number];
            return true;
        }
    }
    return false;
}

static void skip_space(struct expression *e)
{
    while (*e->at == ' ')
        e->at++;
}

static uint64_t fail(struct expression *e, const char *what)
{
    if (e->ok)
        hmp_print(e->call->out, "Error: %s at '%.40s'\n", what, e->at);
    e->ok = false;
    return 0;
}

static uint64_t register_term(struct expression *e)
{
    char name[24];
    size_t n = 0;
    uint64_t value = 0;

    while (isalnum((unsigned char)e->at[n]) && n < sizeof name - 1)
        n++;
    snprintf(name, sizeof name, "%.*s", (int)n, e->at);
    if (!hmp_register(monitor_cpu(e->call->monitor), name, &value))
        return fail(e, "unknown register");
    e->at += n;
    return value;
}

static uint64_t term(struct expression *e)
{
    uint64_t value;
    char *end;

    skip_space(e);
    if (++e->depth > DEEPEST)
        return fail(e, "too many parentheses");
    if (*e->at == '(') {
        e->at++;
        value = sum(e);
        skip_space(e);
        if (*e->at != ')')
            return fail(e, "')' is missing");
        e->at++;
    } else if (*e->at == '-' || *e->at == '~') {
        char sign = *e->at++;

        value = term(e);
        value = sign == '-' ? -value : ~value;
    } else if (*e->at == '$') {
        e->at++;
        value = register_term(e);
    } else {
        value = strtoull(e->at, &end, 0);
        if (end == e->at || !isdigit((unsigned char)*e->at))
            return fail(e, "a number or $register is expected");
        e->at = end;
    }
    e->depth--;
    return value;
}

static uint64_t product(struct expression *e)
{
    uint64_t value = term(e);

    for (;;) {
        char sign;
        uint64_t right;

        skip_space(e);
        sign = *e->at;
        if (!e->ok || (sign != '*' && sign != '/' && sign != '%' && sign != '&'))
            return value;
        e->at++;
        right = term(e);
        if ((sign == '/' || sign == '%') && !right)
            return fail(e, "division by zero");
        value = sign == '*' ? value * right : sign == '/' ? value / right : sign == '%' ? value % right : value & right;
    }
}

static uint64_t sum(struct expression *e)
{
    uint64_t value = product(e);

    for (;;) {
        char sign;
        uint64_t right;

        skip_space(e);
        sign = *e->at;
        if (!e->ok || (sign != '+' && sign != '-' && sign != '|' && sign != '^'))
            return value;
        e->at++;
        right = product(e);
        value = sign == '+' ? value + right : sign == '-' ? value - right : sign == '|' ? value | right : value ^ right;
    }
}

bool hmp_value(struct hmp_call *call, const char *text, uint64_t *value)
{
    struct expression e = { call, text, 0, true };

    *value = sum(&e);
    skip_space(&e);
    if (e.ok && *e.at)
        fail(&e, "unexpected text");
    return e.ok;
}

/* ---- formats ---- */

struct format {
    unsigned count;
    char form;     /* x d u c o s i */
    unsigned size; /* bytes */
};

static bool parse_format(struct hmp_call *call, struct format *f)
{
    enum { MOST = 65536 };
    const char *at = call->option;
    unsigned long count = 1;
    char *end;

    if (isdigit((unsigned char)*at)) {
        count = strtoul(at, &end, 10);
        at = end;
    }
    *f = (struct format){ count > MOST ? MOST : (unsigned)count, 'x', 4 };
    for (; *at; at++) {
        const char *sizes = "bhwg", *size = strchr(sizes, *at);

        if (size) {
            f->size = 1u << (size - sizes);
        } else if (strchr("xducosi", *at)) {
            f->form = *at;
            f->size = *at == 'c' ? 1 : f->size;
        } else {
            hmp_print(call->out, "Error: unknown format '%c'; valid: x d u c o s i, b h w g\n", *at);
            return false;
        }
    }
    if (f->form == 'i')
        f->size = 4;
    return true;
}

static uint64_t number(const uint8_t *bytes, unsigned size, bool le)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < size; i++)
        v = v << 8 | bytes[le ? size - 1 - i : i];
    return v;
}

static void print_number(struct hmp_out *out, const struct format *f, uint64_t v)
{
    unsigned shift = 64 - 8 * f->size;

    switch (f->form) {
    case 'd':
        hmp_print(out, "%" PRId64, (int64_t)(v << shift) >> shift);
        break;
    case 'u':
        hmp_print(out, "%" PRIu64, v);
        break;
    case 'o':
        hmp_print(out, "0%" PRIo64, v);
        break;
    case 'c':
        hmp_print(out, isprint((int)(v & 0xff)) ? "'%c'" : "'\\x%02x'", (int)(v & 0xff));
        break;
    default:
        hmp_print(out, "0x%0*" PRIx64, (int)(2 * f->size), v);
    }
}

static bool read_at(struct hmp_call *call, bool physical, uint64_t address, void *bytes, unsigned size)
{
    struct monitor *mon = call->monitor;

    if (physical ? gpa_read(mon->mem, address, bytes, size) : monitor_read(monitor_cpu(mon), address, bytes, size))
        return true;
    hmp_print(call->out, "%sCannot access memory at 0x%" PRIx64 "\n", call->out->size ? "\n" : "", address);
    return false;
}

static void instructions(struct hmp_call *call, bool physical, uint64_t address, unsigned count)
{
    struct cpu *c = monitor_cpu(call->monitor);
    bool le = monitor_is_le(call->monitor, c);
    uint8_t bytes[4];
    char text[96];

    for (unsigned i = 0; i < count; i++) {
        insn_t insn;

        if (!read_at(call, physical, address, bytes, 4))
            return;
        insn = number(bytes, 4, le);
        hmp_print(call->out, "0x%016" PRIx64 ":  %08" PRIx32, address, (uint32_t)insn);
        if (isa_is_prefix((uint32_t)insn) && isa_level_ok(ISA_3_1, c->model->level) && (address & 63) != 60 &&
            read_at(call, physical, address + 4, bytes, 4)) {
            insn = insn << 32 | number(bytes, 4, le);
            hmp_print(call->out, " %08" PRIx32, (uint32_t)insn);
        }
        disas(text, sizeof text, insn, address);
        hmp_print(call->out, "  %s\n", text);
        address += insn >> 32 ? 8 : 4;
    }
}

static void strings(struct hmp_call *call, bool physical, uint64_t address, unsigned count)
{
    enum { LONGEST = 1024 };

    for (unsigned i = 0; i < count; i++) {
        uint8_t byte = 1;

        hmp_print(call->out, "0x%016" PRIx64 ": \"", address);
        for (unsigned n = 0; n < LONGEST; n++) {
            if (!read_at(call, physical, address++, &byte, 1))
                return;
            if (!byte)
                break;
            hmp_print(call->out, isprint(byte) ? "%c" : "\\x%02x", byte);
        }
        hmp_print(call->out, "\"\n");
    }
}

static void examine(struct hmp_call *call, bool physical)
{
    bool le = monitor_is_le(call->monitor, monitor_cpu(call->monitor));
    unsigned per_line;
    struct format f;
    uint64_t address;

    if (!parse_format(call, &f))
        return;
    if (!*call->rest) {
        hmp_print(call->out, "Error: an address is missing\n");
        return;
    }
    if (!hmp_value(call, call->rest, &address))
        return;
    if (f.form == 'i') {
        instructions(call, physical, address, f.count);
        return;
    }
    if (f.form == 's') {
        strings(call, physical, address, f.count);
        return;
    }
    per_line = f.size == 8 ? 2 : f.size == 1 ? 8 : 16 / f.size;
    for (unsigned i = 0; i < f.count; i++) {
        uint8_t bytes[8];

        if (!read_at(call, physical, address, bytes, f.size))
            return;
        if (i % per_line == 0)
            hmp_print(call->out, "%s%016" PRIx64 ":", i ? "\n" : "", address);
        hmp_print(call->out, " ");
        print_number(call->out, &f, number(bytes, f.size, le));
        address += f.size;
    }
    hmp_print(call->out, "\n");
}

void hmp_examine(struct hmp_call *call)
{
    examine(call, false);
}

void hmp_examine_physical(struct hmp_call *call)
{
    examine(call, true);
}

void hmp_print_value(struct hmp_call *call)
{
    struct format f = { 1, 'x', 8 };
    uint64_t value;

    if (*call->option && !parse_format(call, &f))
        return;
    f.size = 8;
    if (!*call->rest) {
        hmp_print(call->out, "Error: an expression is missing\n");
        return;
    }
    if (!hmp_value(call, call->rest, &value))
        return;
    if (f.form == 'x')
        hmp_print(call->out, "0x%" PRIx64 "\n", value);
    else {
        print_number(call->out, &f, value);
        hmp_print(call->out, "\n");
    }
}

void hmp_translate(struct hmp_call *call)
{
    uint64_t address;
    gpa_t gpa;

    if (!*call->rest || !hmp_value(call, call->rest, &address))
        return;
    if (monitor_translate(monitor_cpu(call->monitor), address, &gpa))
        hmp_print(call->out, "gpa: 0x%" PRIx64 "\n", gpa);
    else
        hmp_print(call->out, "Unmapped\n");
}
