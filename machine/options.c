/* The command line; see options.h. Spelt as users of QEMU know it. */
#include "machine/options.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/names.h"
#include "machine/versions.h"

#ifndef LPAR_VERSION
#define LPAR_VERSION "0.1.0"
#endif

enum { MIB = 1 << 20, RAM_UNIT = 256 * MIB, MOST_VALUES = 8 };

/* ---- values ---- */

static bool bad_value(struct error *err, const char *name, const char *value, const char *hint)
{
    error_set(err, ERROR_USAGE, "%s: bad value '%s'", name, value);
    error_hint(err, "%s", hint);
    return false;
}

static bool parse_bool(const char *name, const char *value, bool *result, struct error *err)
{
    if (!strcmp(value, "on") || !strcmp(value, "yes") || !strcmp(value, "true"))
        *result = true;
    else if (!strcmp(value, "off") || !strcmp(value, "no") || !strcmp(value, "false"))
        *result = false;
    else
        return bad_value(err, name, value, "type on or off");
    return true;
}

/* A number with an optional suffix k, M, G or T; without one it counts in `unit` bytes. */
static bool parse_size(const char *name, const char *value, uint64_t unit, uint64_t *result,
                       struct error *err)
{
    static const char suffixes[] = "kmgt";
    char *end;
    unsigned long long n = strtoull(value, &end, 0);
    const char *suffix = *end ? strchr(suffixes, tolower((unsigned char)*end)) : NULL;

    if (end == value || !isdigit((unsigned char)value[0]))
        return bad_value(err, name, value, "type a size such as 512M or 4G");
    if (suffix) {
        unit = UINT64_C(1024) << 10 * (suffix - suffixes);
        end++;
    }
    if (*end == 'b' || *end == 'B')
        end++;
    if (*end || n > UINT64_MAX / unit / 2)
        return bad_value(err, name, value, "type a size such as 512M or 4G");
    *result = n * unit;
    return true;
}

static bool parse_unsigned(const char *name, const char *value, unsigned most, unsigned *result,
                           struct error *err)
{
    char *end;
    unsigned long n = strtoul(value, &end, 10);

    if (end == value || *end || !isdigit((unsigned char)value[0]) || n > most) {
        error_set(err, ERROR_USAGE, "%s: bad value '%s'", name, value);
        error_hint(err, "type a number up to %u", most);
        return false;
    }
    *result = (unsigned)n;
    return true;
}

struct choice {
    const char *name;
    unsigned value;
};

static bool parse_choice(const char *name, const char *value, const struct choice *choices,
                         unsigned *result, struct error *err)
{
    const char *valid[MOST_VALUES + 1] = { NULL };

    for (unsigned i = 0; choices[i].name && i < MOST_VALUES; i++) {
        if (!strcmp(choices[i].name, value)) {
            *result = choices[i].value;
            return true;
        }
        valid[i] = choices[i].name;
    }
    error_set(err, ERROR_USAGE, "%s: bad value '%s'", name, value);
    names_hint(err, value, valid);
    return false;
}

/* ---- properties of -M ---- */

struct property {
    const char *name, *values, *text;
    bool (*set)(struct machine_config *c, const char *name, const char *value, struct error *err);
};

#define BOOL_PROPERTY(id, field)                                                                 \
    static bool set_##id(struct machine_config *c, const char *name, const char *value,          \
                         struct error *err)                                                      \
    {                                                                                            \
        return parse_bool(name, value, &c->field, err);                                          \
    }

BOOL_PROPERTY(cap_vsx, cap.vsx)
BOOL_PROPERTY(cap_dfp, cap.dfp)
BOOL_PROPERTY(cap_large_decr, cap.large_decr)
BOOL_PROPERTY(cap_fwnmi, cap.fwnmi)
BOOL_PROPERTY(cap_ail_mode_3, cap.ail_mode_3)
BOOL_PROPERTY(cap_ccf_assist, cap.ccf_assist)
BOOL_PROPERTY(modern_hotplug_events, modern_hotplug_events)

/* Accepted for compatibility where only one value makes sense here. */
static bool must_be_off(struct machine_config *c, const char *name, const char *value,
                        struct error *err)
{
    bool on;

    (void)c;
    if (!parse_bool(name, value, &on, err))
        return false;
    if (!on)
        return true;
    error_set(err, ERROR_UNSUPPORTED, "-M %s=%s is not there yet", name, value);
    error_hint(err, "leave it out, or set %s=off", name);
    return false;
}

static bool any_bool(struct machine_config *c, const char *name, const char *value,
                     struct error *err)
{
    bool on;

    (void)c;
    return parse_bool(name, value, &on, err);
}

static bool set_ic_mode(struct machine_config *c, const char *name, const char *value,
                        struct error *err)
{
    static const struct choice modes[] = { { "dual", IC_DUAL }, { "xics", IC_XICS }, { "xive", IC_XIVE }, { 0 } };
    unsigned mode;

    if (!parse_choice(name, value, modes, &mode, err))
        return false;
    c->ic_mode = (enum ic_mode)mode;
    return true;
}

static bool set_max_cpu_compat(struct machine_config *c, const char *name, const char *value,
                               struct error *err)
{
    static const struct choice modes[] = {
        { "power8", 0x0f000004 }, { "power9", 0x0f000005 }, { "power10", 0x0f000006 },
        { "power11", 0x0f000007 }, { 0 },
    };
    unsigned pvr;

    if (!parse_choice(name, value, modes, &pvr, err))
        return false;
    c->max_compat_pvr = pvr;
    return true;
}

static bool set_resize_hpt(struct machine_config *c, const char *name, const char *value,
                           struct error *err)
{
    static const struct choice modes[] = { { "default", 1 }, { "enabled", 1 }, { "disabled", 0 }, { "required", 1 }, { 0 } };
    unsigned on;

    if (!parse_choice(name, value, modes, &on, err))
        return false;
    c->resize_hpt = on;
    return true;
}

static bool set_vsmt(struct machine_config *c, const char *name, const char *value,
                     struct error *err)
{
    return parse_unsigned(name, value, 2048, &c->vsmt, err);
}

static bool set_kernel_addr(struct machine_config *c, const char *name, const char *value,
                            struct error *err)
{
    return parse_size(name, value, 1, &c->kernel_addr, err);
}

static bool set_dumpdtb(struct machine_config *c, const char *name, const char *value,
                        struct error *err)
{
    (void)name;
    (void)err;
    c->dumpdtb = value;
    return true;
}

static bool set_level(const char *name, const char *value, const struct choice *levels, uint8_t *level,
                      struct error *err)
{
    unsigned v;

    if (!parse_choice(name, value, levels, &v, err))
        return false;
    *level = (uint8_t)v;
    return true;
}

static const struct choice workarounds[] = { { "broken", CAP_BROKEN }, { "workaround", CAP_WORKAROUND }, { "fixed", CAP_FIXED }, { 0 } };
static const struct choice branch_workarounds[] = {
    { "broken", 0 }, { "workaround", 1 }, { "fixed-ibs", 2 }, { "fixed-ccd", 3 }, { "fixed-na", 4 }, { 0 },
};

static bool set_cap_cfpc(struct machine_config *c, const char *name, const char *value,
                         struct error *err)
{
    return set_level(name, value, workarounds, &c->cap.cfpc, err);
}

static bool set_cap_sbbc(struct machine_config *c, const char *name, const char *value,
                         struct error *err)
{
    return set_level(name, value, workarounds, &c->cap.sbbc, err);
}

static bool set_cap_ibs(struct machine_config *c, const char *name, const char *value,
                        struct error *err)
{
    return set_level(name, value, branch_workarounds, &c->cap.ibs, err);
}

static bool set_accel_value(const char *value, struct error *err)
{
    static const char *const valid[] = { "interp", "tcg", NULL };
    char name[32];

    snprintf(name, sizeof name, "%.*s", (int)strcspn(value, ",:"), value);
    for (unsigned i = 0; valid[i]; i++)
        if (!strcmp(name, valid[i]))
            return true;
    error_set(err, ERROR_UNSUPPORTED, "-accel: '%s' is not there", name);
    names_hint(err, name, valid);
    return false;
}

static bool set_accel(struct machine_config *c, const char *name, const char *value,
                      struct error *err)
{
    (void)c;
    (void)name;
    return set_accel_value(value, err);
}

static const struct property properties[] = {
    { "ic-mode", "dual|xics|xive", "interrupt controllers that the guest may choose from", set_ic_mode },
    { "max-cpu-compat", "power8|power9|power10|power11", "newest processor mode that CAS agrees to", set_max_cpu_compat },
    { "kernel-addr", "ADDRESS", "where -kernel is loaded (0x400000)", set_kernel_addr },
    { "dumpdtb", "FILE", "write the device tree at reset to FILE and end", set_dumpdtb },
    { "vsmt", "N", "distance of the cores' processor numbers", set_vsmt },
    { "resize-hpt", "default|enabled|disabled|required", "offer the calls that resize the hash page table", set_resize_hpt },
    { "modern-hotplug-events", "on|off", "the hotplug interrupt source", set_modern_hotplug_events },
    { "cap-cfpc", "broken|workaround|fixed", "cache flush on privilege change, as reported", set_cap_cfpc },
    { "cap-sbbc", "broken|workaround|fixed", "speculation barrier bounds checking, as reported", set_cap_sbbc },
    { "cap-ibs", "broken|workaround|fixed-ibs|fixed-ccd|fixed-na", "indirect branch speculation, as reported", set_cap_ibs },
    { "cap-ccf-assist", "on|off", "count cache flush assist, as reported", set_cap_ccf_assist },
    { "cap-vsx", "on|off", "vector-scalar extension in the device tree", set_cap_vsx },
    { "cap-dfp", "on|off", "decimal floating point in the device tree", set_cap_dfp },
    { "cap-large-decr", "on|off", "56-bit decrementer", set_cap_large_decr },
    { "cap-fwnmi", "on|off", "firmware-assisted NMI calls", set_cap_fwnmi },
    { "cap-ail-mode-3", "on|off", "interrupts with relocation on", set_cap_ail_mode_3 },
    { "cap-htm", "off", "transactional memory", must_be_off },
    { "cap-nested-hv", "off", "nested virtualisation, first interface", must_be_off },
    { "cap-nested-papr", "off", "nested virtualisation, second interface", must_be_off },
    { "cap-rpt-invalidate", "off", "H_RPT_INVALIDATE in the device tree", must_be_off },
    { "x-vof", "on|off", "accepted: the firmware is always the built-in one", any_bool },
    { "usb", "off", "USB controller", must_be_off },
    { "graphics", "on|off", "accepted: there is no display yet", any_bool },
    { "accel", "interp|tcg", "see -accel", set_accel },
};

static bool set_property(struct machine_config *c, char *word, struct error *err)
{
    const char *valid[ARRAY_SIZE(properties) + 1] = { NULL };
    char *value = strchr(word, '=');

    if (value)
        *value++ = '\0';
    for (size_t i = 0; i < ARRAY_SIZE(properties); i++) {
        if (!strcmp(properties[i].name, word))
            return properties[i].set(c, word, value ? value : "on", err);
        valid[i] = properties[i].name;
    }
    error_set(err, ERROR_USAGE, "-M: unknown property '%s'", word);
    names_hint(err, word, valid);
    return false;
}

/* ---- options ---- */

struct parse {
    struct machine_config *config;
    bool done; /* help was printed */
};

/* Splits "a,b,c" in place: the next word, NULL at the end. */
static char *next_word(char **rest)
{
    char *word = *rest, *comma;

    if (!word)
        return NULL;
    comma = strchr(word, ',');
    if (comma)
        *comma++ = '\0';
    *rest = comma;
    return word;
}

static bool opt_machine(struct parse *p, char *argument, struct error *err)
{
    char *rest = argument, *word = next_word(&rest);

    if (!strcmp(word, "help") || !strcmp(word, "?")) {
        printf("Machines:\n  pseries              newest (%s)\n", machine_version_at(0)->name);
        for (unsigned i = 0; machine_version_at(i); i++)
            printf("  %s\n", machine_version_at(i)->name);
        printf("Properties:\n");
        for (size_t i = 0; i < ARRAY_SIZE(properties); i++)
            printf("  %s=%s\n        %s\n", properties[i].name, properties[i].values,
                   properties[i].text);
        p->done = true;
        return true;
    }
    if (!strncmp(word, "type=", 5))
        word += 5;
    if (strchr(word, '=')) { /* properties alone */
        if (!set_property(p->config, word, err))
            return false;
    } else if (!(p->config->version = machine_version_find(word, err))) {
        return false;
    }
    while ((word = next_word(&rest)))
        if (!set_property(p->config, word, err))
            return false;
    return true;
}

static bool opt_cpu(struct parse *p, char *argument, struct error *err)
{
    if (!strcmp(argument, "help") || !strcmp(argument, "?")) {
        printf("Processors:\n");
        for (size_t i = 0; cpu_model_at(i); i++)
            printf("  %-10s %s\n", cpu_model_at(i)->name, cpu_model_at(i)->text);
        p->done = true;
        return true;
    }
    p->config->model = cpu_model_find(argument, err);
    return p->config->model;
}

static bool opt_memory(struct parse *p, char *argument, struct error *err)
{
    static const char *const valid[] = { "size", "maxmem", "slots", NULL };
    char *rest = argument, *word;
    unsigned slots;

    while ((word = next_word(&rest))) {
        char *value = strchr(word, '=');

        if (!value) {
            if (!parse_size("-m", word, MIB, &p->config->ram_size, err))
                return false;
            continue;
        }
        *value++ = '\0';
        if (!strcmp(word, "size")) {
            if (!parse_size("-m size", value, MIB, &p->config->ram_size, err))
                return false;
        } else if (!strcmp(word, "maxmem")) {
            if (!parse_size("-m maxmem", value, MIB, &p->config->maxram_size, err))
                return false;
        } else if (!strcmp(word, "slots")) {
            if (!parse_unsigned("-m slots", value, 32, &slots, err))
                return false;
        } else {
            error_set(err, ERROR_USAGE, "-m: unknown property '%s'", word);
            names_hint(err, word, valid);
            return false;
        }
    }
    return true;
}

static bool opt_smp(struct parse *p, char *argument, struct error *err)
{
    struct machine_config *c = p->config;
    const struct {
        const char *name;
        unsigned *value;
    } names[] = {
        { "cpus", &c->cpus },   { "maxcpus", &c->maxcpus }, { "sockets", &c->sockets },
        { "cores", &c->cores }, { "threads", &c->threads },
    };
    const char *valid[ARRAY_SIZE(names) + 1] = { NULL };
    char *rest = argument, *word;

    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        valid[i] = names[i].name;
    while ((word = next_word(&rest))) {
        char *value = strchr(word, '=');
        unsigned *to = value ? NULL : &c->cpus;

        if (value)
            *value++ = '\0';
        for (size_t i = 0; value && i < ARRAY_SIZE(names); i++)
            if (!strcmp(names[i].name, word))
                to = names[i].value;
        if (!to) {
            error_set(err, ERROR_USAGE, "-smp: unknown property '%s'", word);
            names_hint(err, word, valid);
            return false;
        }
        if (!parse_unsigned("-smp", value ? value : word, 2048, to, err))
            return false;
    }
    return true;
}

#define STRING_OPTION(id, field)                                                                 \
    static bool opt_##id(struct parse *p, char *argument, struct error *err)                     \
    {                                                                                            \
        (void)err;                                                                               \
        p->config->field = argument;                                                             \
        return true;                                                                             \
    }
#define FLAG_OPTION(id, field)                                                                   \
    static bool opt_##id(struct parse *p, char *argument, struct error *err)                     \
    {                                                                                            \
        (void)argument;                                                                          \
        (void)err;                                                                               \
        p->config->field = true;                                                                 \
        return true;                                                                             \
    }

STRING_OPTION(kernel, kernel)
STRING_OPTION(initrd, initrd)
STRING_OPTION(append, append)
STRING_OPTION(bios, bios)
STRING_OPTION(uuid, uuid)
FLAG_OPTION(nographic, nographic)
FLAG_OPTION(nodefaults, nodefaults)
FLAG_OPTION(start_stopped, start_stopped)
FLAG_OPTION(no_reboot, no_reboot)
FLAG_OPTION(no_shutdown, no_shutdown)

static bool opt_name(struct parse *p, char *argument, struct error *err)
{
    char *rest = argument, *word = next_word(&rest);

    (void)err;
    p->config->name = !strncmp(word, "guest=", 6) ? word + 6 : word;
    return true;
}

static bool opt_serial(struct parse *p, char *argument, struct error *err)
{
    if (p->config->n_serial == MACHINE_SERIALS) {
        error_set(err, ERROR_USAGE, "-serial: more than %d", MACHINE_SERIALS);
        error_hint(err, "leave some out");
        return false;
    }
    p->config->serial[p->config->n_serial++] = argument;
    return true;
}

/* For -monitor, -display, -vga, -net: what is not there may be asked to be absent. */
static bool opt_absent(struct parse *p, char *argument, struct error *err)
{
    (void)p;
    if (!strcmp(argument, "none"))
        return true;
    error_set(err, ERROR_UNSUPPORTED, "'%s' is not there yet", argument);
    error_hint(err, "the only value so far is none");
    return false;
}

static bool opt_log(struct parse *p, char *argument, struct error *err)
{
    if (strcmp(argument, "help"))
        return log_enable(argument, err);
    printf("Items for -d, separated by commas (or all):\n");
    for (enum log_item i = 0; i < LOG_ITEM_COUNT; i++)
        printf("  %-14s %s\n", log_item_name(i), log_item_text(i));
    p->done = true;
    return true;
}

static bool opt_log_file(struct parse *p, char *argument, struct error *err)
{
    (void)p;
    return log_open(argument, err);
}

static bool opt_action(struct parse *p, char *argument, struct error *err)
{
    static const struct choice panics[] = {
        { "shutdown", PANIC_SHUTDOWN }, { "exit-failure", PANIC_SHUTDOWN }, { "pause", PANIC_PAUSE },
        { "none", PANIC_NONE }, { 0 },
    };
    static const char *const valid[] = { "panic", "reboot", "shutdown", NULL };
    char *rest = argument, *word;
    unsigned action;

    while ((word = next_word(&rest))) {
        if (!strncmp(word, "panic=", 6)) {
            if (!parse_choice("-action panic", word + 6, panics, &action, err))
                return false;
            p->config->panic_action = (enum panic_action)action;
        } else if (!strcmp(word, "reboot=shutdown")) {
            p->config->no_reboot = true;
        } else if (!strcmp(word, "reboot=reset")) {
            p->config->no_reboot = false;
        } else if (!strcmp(word, "shutdown=pause")) {
            p->config->no_shutdown = true;
        } else if (!strcmp(word, "shutdown=poweroff")) {
            p->config->no_shutdown = false;
        } else {
            error_set(err, ERROR_USAGE, "-action: unknown '%s'", word);
            names_hint(err, word, valid);
            return false;
        }
    }
    return true;
}

static bool opt_accel(struct parse *p, char *argument, struct error *err)
{
    (void)p;
    return set_accel_value(argument, err);
}

static bool opt_version(struct parse *p, char *argument, struct error *err)
{
    (void)argument;
    (void)err;
    printf("lpar version " LPAR_VERSION "\n");
    p->done = true;
    return true;
}

static bool opt_help(struct parse *p, char *argument, struct error *err)
{
    (void)argument;
    (void)err;
    options_print_help(stdout);
    p->done = true;
    return true;
}

static bool opt_help_man(struct parse *p, char *argument, struct error *err)
{
    (void)argument;
    (void)err;
    options_print_man(stdout);
    p->done = true;
    return true;
}

struct option {
    const char *name;     /* without the dash; several, separated by | */
    const char *argument; /* NULL: takes none */
    const char *text;
    bool (*fn)(struct parse *p, char *argument, struct error *err);
};

static const struct option options[] = {
    { "M|machine", "pseries[-VERSION][,PROPERTY=VALUE...]", "machine version and properties; -M help lists both", opt_machine },
    { "cpu", "MODEL", "processor; -cpu help lists them", opt_cpu },
    { "m", "SIZE[,maxmem=SIZE]", "memory, a multiple of 256M (512M)", opt_memory },
    { "smp", "N[,maxcpus=N][,sockets=N][,cores=N][,threads=N]", "number of processors (1)", opt_smp },
    { "kernel", "FILE", "Linux kernel (vmlinux), entered through the built-in firmware", opt_kernel },
    { "initrd", "FILE", "initial RAM disk", opt_initrd },
    { "append", "TEXT", "kernel command line", opt_append },
    { "bios", "FILE", "raw firmware image of up to 4 MiB, loaded at 0 and entered at 0x100", opt_bios },
    { "serial", "stdio|file:PATH|unix:PATH[,server=on][,wait=off]|pty|null", "a serial line (hvc0, then hvc1, ...)", opt_serial },
    { "nographic", NULL, "no display, the first serial line on the terminal (the default here)", opt_nographic },
    { "nodefaults", NULL, "only the devices that are named", opt_nodefaults },
    { "display", "none", "there is no display yet", opt_absent },
    { "vga", "none", "there is no display yet", opt_absent },
    { "monitor", "none", "there is no monitor yet", opt_absent },
    { "net", "none", "there is no network yet", opt_absent },
    { "accel", "interp|tcg", "how instructions are executed (so far both are the interpreter)", opt_accel },
    { "name", "NAME", "partition name", opt_name },
    { "uuid", "UUID", "machine's UUID", opt_uuid },
    { "S", NULL, "do not start the processors", opt_start_stopped },
    { "no-reboot", NULL, "end when the guest reboots", opt_no_reboot },
    { "no-shutdown", NULL, "stay when the guest powers off", opt_no_shutdown },
    { "action", "panic=shutdown|pause|none", "what follows a guest panic (shutdown, with exit status 1)", opt_action },
    { "d", "ITEM[,ITEM...]", "trace; -d help lists the items", opt_log },
    { "D", "FILE", "write trace and messages to FILE", opt_log_file },
    { "version|-version", NULL, "print the version", opt_version },
    { "help|h|-help", NULL, "print this help", opt_help },
    { "help-man", NULL, "print the man page's source", opt_help_man },
};

/* True if name is one of the names in "a|b|c". */
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

/* As the user types it: "-M, -machine". */
static void print_names(FILE *out, const struct option *o)
{
    char names[64], *save, *name;
    const char *before = "";

    snprintf(names, sizeof names, "%s", o->name);
    for (name = strtok_r(names, "|", &save); name; name = strtok_r(NULL, "|", &save)) {
        fprintf(out, "%s-%s", before, name);
        before = ", ";
    }
}

void options_print_help(FILE *out)
{
    fprintf(out, "lpar " LPAR_VERSION ": emulates the machine that a POWER logical partition sees\n"
                 "Usage: lpar -kernel FILE [-initrd FILE] [-append TEXT] [OPTION...]\n\nOptions:\n");
    for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
        fprintf(out, "  ");
        print_names(out, &options[i]);
        fprintf(out, "%s%s\n        %s\n", options[i].argument ? " " : "",
                options[i].argument ? options[i].argument : "", options[i].text);
    }
    fprintf(out, "\nOn the terminal: Ctrl-A x quits, Ctrl-A h shows the other keys.\n"
                 "Exit status: 0 after the guest powers off, 1 after an error or a guest panic.\n");
}

static void print_escaped(FILE *out, const char *text)
{
    for (; *text; text++)
        fprintf(out, *text == '-' ? "\\-" : *text == '\\' ? "\\e" : "%c", *text);
}

void options_print_man(FILE *out)
{
    fprintf(out, ".TH LPAR 1 \"\" \"lpar " LPAR_VERSION "\"\n.SH NAME\n"
                 "lpar \\- emulate the machine that a POWER logical partition sees\n"
                 ".SH SYNOPSIS\n.B lpar\n.RB [ \\-kernel\n.IR FILE ]\n.RI [ OPTION ...]\n"
                 ".SH OPTIONS\n");
    for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
        fprintf(out, ".TP\n.B ");
        print_names(out, &options[i]);
        if (options[i].argument) {
            fprintf(out, " \\fI");
            print_escaped(out, options[i].argument);
            fprintf(out, "\\fR");
        }
        fprintf(out, "\n");
        print_escaped(out, options[i].text);
        fprintf(out, "\n");
    }
    fprintf(out, ".SH MACHINE PROPERTIES\n");
    for (size_t i = 0; i < ARRAY_SIZE(properties); i++) {
        fprintf(out, ".TP\n.B ");
        print_escaped(out, properties[i].name);
        fprintf(out, "=\\fI");
        print_escaped(out, properties[i].values);
        fprintf(out, "\\fR\n");
        print_escaped(out, properties[i].text);
        fprintf(out, "\n");
    }
    fprintf(out, ".SH KEYS\nOn a terminal: Ctrl\\-A x quits, Ctrl\\-A h helps, Ctrl\\-A Ctrl\\-A sends "
                 "Ctrl\\-A.\n.SH EXIT STATUS\n0 after the guest powers off, 1 after an error or a "
                 "guest panic.\n.SH SEE ALSO\n.BR lpar\\-dt (1),\n.BR lpar\\-conform (1)\n");
}

/* ---- the whole ---- */

static bool parse_one(struct parse *p, int argc, char **argv, int *i, struct error *err)
{
    const char *valid[ARRAY_SIZE(options) + 1] = { NULL };
    const char *name = argv[*i];

    if (name[0] != '-' || !name[1]) {
        error_set(err, ERROR_USAGE, "unexpected argument '%s'", name);
        error_hint(err, "options begin with a dash; a kernel is named with -kernel FILE");
        return false;
    }
    for (size_t o = 0; o < ARRAY_SIZE(options); o++) {
        valid[o] = options[o].name;
        if (!is_named(options[o].name, name + 1) &&
            !(name[1] == '-' && name[2] && is_named(options[o].name, name + 2)))
            continue;
        if (options[o].argument && *i + 1 >= argc) {
            error_set(err, ERROR_USAGE, "%s needs an argument", name);
            error_hint(err, "type %s %s", name, options[o].argument);
            return false;
        }
        return options[o].fn(p, options[o].argument ? argv[++*i] : NULL, err);
    }
    error_set(err, ERROR_USAGE, "unknown option '%s'", name);
    names_hint(err, name + 1 + (name[1] == '-'), valid);
    return false;
}

void machine_config_init(struct machine_config *c)
{
    memset(c, 0, sizeof *c);
    c->version = machine_version_at(0);
    c->model = cpu_model_find("POWER9", NULL);
    c->ram_size = UINT64_C(512) * MIB;
    c->resize_hpt = true;
    c->modern_hotplug_events = true;
    c->kernel_addr = 0x400000;
    c->cap.vsx = c->cap.dfp = c->cap.large_decr = c->cap.fwnmi = true;
    c->cap.ail_mode_3 = c->cap.ccf_assist = true;
    c->cap.cfpc = c->cap.sbbc = CAP_WORKAROUND;
    c->cap.ibs = CAP_WORKAROUND;
}

static bool check_processors(struct machine_config *c, struct error *err)
{
    unsigned product;

    if (!c->threads)
        c->threads = 1;
    if (!c->cpus)
        c->cpus = c->maxcpus ? c->maxcpus : c->sockets || c->cores
                      ? (c->sockets ? c->sockets : 1) * (c->cores ? c->cores : 1) * c->threads
                      : 1;
    product = (c->sockets ? c->sockets : 1) * (c->cores ? c->cores : 1) * c->threads;
    if (!c->maxcpus)
        c->maxcpus = c->sockets && c->cores ? product : c->cpus;
    if (!c->vsmt)
        c->vsmt = c->threads;
    if (c->threads & (c->threads - 1) || c->threads > 8 || c->vsmt < c->threads ||
        c->vsmt & (c->vsmt - 1)) {
        error_set(err, ERROR_USAGE, "-smp: %u threads a core (vsmt %u) are not possible", c->threads,
                  c->vsmt);
        error_hint(err, "threads is 1, 2, 4 or 8, and vsmt a power of two not below it");
        return false;
    }
    if (c->cpus > c->maxcpus || c->cpus % c->threads || c->maxcpus % c->threads) {
        error_set(err, ERROR_USAGE, "-smp: %u processors of at most %u with %u threads a core",
                  c->cpus, c->maxcpus, c->threads);
        error_hint(err, "cpus is at most maxcpus, and both are multiples of threads");
        return false;
    }
    if (c->cpus > 1) {
        error_set(err, ERROR_UNSUPPORTED, "-smp %u: more than one processor is not there yet",
                  c->cpus);
        error_hint(err, "leave -smp out, or type -smp 1");
        return false;
    }
    return true;
}

static bool check_rest(struct machine_config *c, struct error *err)
{
    if (!c->maxram_size)
        c->maxram_size = c->ram_size;
    if (!c->ram_size || c->ram_size % RAM_UNIT || c->maxram_size % RAM_UNIT) {
        error_set(err, ERROR_USAGE, "-m: memory is not a multiple of 256 MiB");
        error_hint(err, "type for instance -m 512M or -m 2G");
        return false;
    }
    if (c->maxram_size < c->ram_size) {
        error_set(err, ERROR_USAGE, "-m: maxmem is less than the memory there is");
        error_hint(err, "leave maxmem out, or make it larger");
        return false;
    }
    if (c->ic_mode == IC_XIVE && c->model->level < CPU_ISA_3_0) {
        error_set(err, ERROR_USAGE, "-M ic-mode=xive: %s has no XIVE", c->model->name);
        error_hint(err, "set ic-mode=xics, or choose -cpu POWER9");
        return false;
    }
    /* The terminal is the console unless something else is said. */
    if (!c->n_serial && !c->nodefaults)
        c->serial[c->n_serial++] = "stdio";
    return check_processors(c, err);
}

enum options_result options_parse(int argc, char **argv, struct machine_config *config,
                                  struct error *err)
{
    struct parse p = { .config = config };

    machine_config_init(config);
    for (int i = 1; i < argc; i++) {
        if (!parse_one(&p, argc, argv, &i, err))
            return OPTIONS_ERROR;
        if (p.done)
            return OPTIONS_DONE;
    }
    return check_rest(config, err) ? OPTIONS_RUN : OPTIONS_ERROR;
}
