/* The command line; see options.h. Spelt as users of QEMU know it. */
#include "machine/options.h"

#include <config.h> /* the build's, not the machine's */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/names.h"
#include "machine/properties.h"
#include "machine/values.h"
#include "machine/versions.h"
#include "papr/compat.h"

enum { MIB = 1 << 20, RAM_UNIT = 256 * MIB };

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

static void print_property(void *opaque, const char *name, const char *values, const char *text)
{
    (void)opaque;
    printf("  %s=%s\n        %s\n", name, values, text);
}

static bool opt_machine(struct parse *p, char *argument, struct error *err)
{
    char *rest = argument, *word = next_word(&rest);

    if (!strcmp(word, "help") || !strcmp(word, "?")) {
        printf("Machines:\n  pseries              newest (%s)\n", machine_version_at(0)->name);
        for (unsigned i = 0; machine_version_at(i); i++)
            printf("  %s\n", machine_version_at(i)->name);
        printf("Properties:\n");
        properties_for_each(print_property, NULL);
        p->done = true;
        return true;
    }
    if (!strncmp(word, "type=", 5))
        word += 5;
    if (!strcmp(word, "none")) { /* what follows is about a machine */
        p->config->none = true;
        return true;
    }
    if (strchr(word, '=')) { /* properties alone */
        if (!property_set(p->config, word, err))
            return false;
    } else if (!(p->config->version = machine_version_find(word, err))) {
        return false;
    }
    while ((word = next_word(&rest)))
        if (!property_set(p->config, word, err))
            return false;
    return true;
}

static bool opt_cpu(struct parse *p, char *argument, struct error *err)
{
    if (!strcmp(argument, "help") || !strcmp(argument, "?")) {
        printf("Processors:\n");
        for (size_t i = 0; cpu_model_at(i); i++)
            printf("  %-10s %s\n", cpu_model_at(i)->name, cpu_model_at(i)->text);
        printf("  %-10s %s\n", "host", "the host's own, with -accel kvm; the default there");
        p->done = true;
        return true;
    }
    p->config->cpu_is_host = !strcmp(argument, "host");
    if (p->config->cpu_is_host)
        return true;
    p->config->cpu_is_named = true;
    p->config->model = cpu_model_find(argument, err);
    return p->config->model;
}

static bool opt_memory(struct parse *p, char *argument, struct error *err)
{
    static const char *const valid[] = { "size", "maxmem", "slots", NULL };
    char *rest = argument, *word;

    while ((word = next_word(&rest))) {
        char *value = strchr(word, '=');

        if (!value) {
            if (!value_size("-m", word, MIB, &p->config->ram_size, err))
                return false;
            continue;
        }
        *value++ = '\0';
        if (!strcmp(word, "size")) {
            if (!value_size("-m size", value, MIB, &p->config->ram_size, err))
                return false;
        } else if (!strcmp(word, "maxmem")) {
            if (!value_size("-m maxmem", value, MIB, &p->config->maxram_size, err))
                return false;
        } else if (!strcmp(word, "slots")) {
            if (!value_unsigned("-m slots", value, 32, &p->config->slots, err))
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
        if (!value_unsigned("-smp", value ? value : word, 2048, to, err))
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
FLAG_OPTION(nographic, nographic)
FLAG_OPTION(nodefaults, nodefaults)
FLAG_OPTION(start_stopped, start_stopped)
FLAG_OPTION(no_reboot, no_reboot)
FLAG_OPTION(no_shutdown, no_shutdown)
FLAG_OPTION(perfmap, perf_map)

static bool opt_bios(struct parse *p, char *argument, struct error *err)
{
    return boot_find_bios(&p->config->boot, argument, err);
}

static bool opt_boot(struct parse *p, char *argument, struct error *err)
{
    return boot_parse(&p->config->boot, argument, err);
}

/* An instruction takes 2 to the power of shift ns. */
static bool opt_icount(struct parse *p, char *argument, struct error *err)
{
    enum { MOST = 10, DEFAULT = 1 };
    unsigned shift = DEFAULT;
    char *value = argument;

    if (!strncmp(value, "shift=", 6))
        value += 6;
    if (strcmp(value, "auto") && !value_unsigned("-icount", value, MOST, &shift, err))
        return false;
    p->config->icount_ns = 1u << shift;
    return true;
}

static bool opt_uuid(struct parse *p, char *argument, struct error *err)
{
    static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    bool ok = strlen(argument) == sizeof form - 1;

    for (size_t i = 0; ok && form[i]; i++)
        ok = form[i] == '-' ? argument[i] == '-' : isxdigit((unsigned char)argument[i]) != 0;
    if (!ok)
        return value_bad(err, "-uuid", argument,
                         "type it as 8-4-4-4-12 hexadecimal digits, as uuidgen prints it");
    p->config->uuid = argument;
    return true;
}

/* Seconds from the host's clock to the date, which is UTC: YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS. */
static bool parse_date(const char *text, int64_t *offset_s)
{
    struct tm t = { 0 };
    const char *end = strptime(text, "%Y-%m-%d", &t);

    if (end && *end == 'T')
        end = strptime(end, "T%H:%M:%S", &t);
    if (!end || *end)
        return false;
    *offset_s = (int64_t)timegm(&t) - (int64_t)time(NULL);
    return true;
}

static bool set_rtc_base(struct machine_config *c, const char *value, struct error *err)
{
    time_t now = time(NULL);
    struct tm local;

    if (!strcmp(value, "utc"))
        c->rtc_offset_s = 0;
    else if (!strcmp(value, "localtime") && localtime_r(&now, &local))
        c->rtc_offset_s = local.tm_gmtoff;
    else if (!parse_date(value, &c->rtc_offset_s))
        return value_bad(err, "base", value, "type utc, localtime, or a date as 2026-01-31T12:00:00");
    return true;
}

static bool opt_rtc(struct parse *p, char *argument, struct error *err)
{
    static const char *const valid[] = { "base", "clock", NULL };
    char *rest = argument, *word;

    while ((word = next_word(&rest))) {
        if (!strncmp(word, "base=", 5)) {
            if (!set_rtc_base(p->config, word + 5, err))
                return false;
        } else if (strcmp(word, "clock=host")) {
            error_set(err, ERROR_USAGE, "-rtc: unknown '%s'", word);
            word[strcspn(word, "=")] = '\0';
            names_hint(err, word, valid);
            return false;
        }
    }
    return true;
}

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

#define DEVICE_OPTION(id, kind)                                                                  \
    static bool opt_##id(struct parse *p, char *argument, struct error *err)                     \
    {                                                                                            \
        return device_options_add(&p->config->devices, kind, argument, err);                     \
    }

DEVICE_OPTION(drive, OPTION_DRIVE)
DEVICE_OPTION(blockdev, OPTION_BLOCKDEV)
DEVICE_OPTION(disk, OPTION_DISK)
DEVICE_OPTION(cdrom, OPTION_CDROM)
DEVICE_OPTION(netdev, OPTION_NETDEV)
DEVICE_OPTION(nic, OPTION_NIC)
DEVICE_OPTION(object, OPTION_OBJECT)
DEVICE_OPTION(fsdev, OPTION_FSDEV)
DEVICE_OPTION(virtfs, OPTION_VIRTFS)
DEVICE_OPTION(tpmdev, OPTION_TPMDEV)
DEVICE_OPTION(chardev, OPTION_CHARDEV)
FLAG_OPTION(snapshot, devices.snapshot)

/* Also the help: "help", "NAME,help". */
static bool opt_device(struct parse *p, char *argument, struct error *err)
{
    char *word = strchr(argument, ',');

    if (!strcmp(argument, "help") || !strcmp(argument, "?")) {
        printf("Devices:\n");
        devices_print_types(stdout);
        p->done = true;
        return true;
    }
    if (word && (!strcmp(word, ",help") || !strcmp(word, ",?"))) {
        *word = '\0';
        p->done = true;
        return devices_print_properties(stdout, argument, err);
    }
    return device_options_add(&p->config->devices, OPTION_DEVICE, argument, err);
}

/* ---- monitors ---- */

static bool add_monitor(struct machine_config *c, enum monitor_mode mode, const char *spec, bool pretty,
                        struct error *err)
{
    struct monitor_config *x = &c->monitors[c->n_monitors];

    if (mode == MONITOR_HUMAN)
        c->no_monitor = true; /* it is elsewhere */
    if (c->n_monitors == MACHINE_MONITORS || strlen(spec) >= sizeof x->spec) {
        error_set(err, ERROR_USAGE, "more than %d monitors, or a longer name than %zu characters", MACHINE_MONITORS,
                  sizeof x->spec - 1);
        error_hint(err, "leave some out");
        return false;
    }
    x->mode = mode;
    x->pretty = pretty;
    snprintf(x->spec, sizeof x->spec, "%s", spec);
    c->n_monitors++;
    return true;
}

static bool opt_monitor(struct parse *p, char *argument, struct error *err)
{
    if (!strcmp(argument, "none") || !strcmp(argument, "null") || !strcmp(argument, "vc")) {
        p->config->no_monitor = true;
        return true;
    }
    if (!strcmp(argument, "mon:stdio"))
        argument += 4;
    return add_monitor(p->config, MONITOR_HUMAN, argument, false, err);
}

static bool opt_qmp(struct parse *p, char *argument, struct error *err)
{
    return add_monitor(p->config, MONITOR_CONTROL, argument, false, err);
}

static bool opt_qmp_pretty(struct parse *p, char *argument, struct error *err)
{
    return add_monitor(p->config, MONITOR_CONTROL, argument, true, err);
}

static bool opt_gdb(struct parse *p, char *argument, struct error *err)
{
    return !strcmp(argument, "none") || add_monitor(p->config, MONITOR_GDB, argument, false, err);
}

static bool opt_gdb_standard(struct parse *p, char *argument, struct error *err)
{
    (void)argument;
    return add_monitor(p->config, MONITOR_GDB, "tcp::1234", false, err);
}

/* The value of NAME=VALUE if that is the name; NULL if not. */
static char *named_value(char *word, const char *name)
{
    size_t n = strlen(name);

    return !strncmp(word, name, n) && word[n] == '=' ? word + n + 1 : NULL;
}

/* What a monitor is named by: a socket's options as -qmp has them. */
static bool monitor_spec(struct option_list *list, char *spec, size_t size, struct error *err)
{
    const char *type = options_get(list, "type"), *path = options_get(list, "path"), *fd = options_get(list, "fd");
    const char *host = options_get(list, "host"), *port = options_get(list, "port");
    const char *server = options_get(list, "server"), *wait = options_get(list, "wait");
    int n;

    if (type && !strcmp(type, "socket") && fd)
        n = snprintf(spec, size, "fd:%s", fd);
    else if (type && !strcmp(type, "socket") && path)
        n = snprintf(spec, size, "unix:%s", path);
    else if (type && !strcmp(type, "socket") && port)
        n = snprintf(spec, size, "tcp:%s:%s", host ? host : "", port);
    else if (type && (!strcmp(type, "stdio") || !strcmp(type, "null")))
        n = snprintf(spec, size, "%s", type);
    else {
        error_set(err, ERROR_USAGE, "a monitor cannot be at a character device of type '%s'", type ? type : "");
        error_hint(err, "use -chardev socket,id=ID with path=PATH or port=PORT, or stdio");
        return false;
    }
    if (server && n < (int)size)
        n += snprintf(spec + n, size - (size_t)n, ",server=%s", server);
    if (wait && n < (int)size)
        n += snprintf(spec + n, size - (size_t)n, ",wait=%s", wait);
    return n < (int)size || error_set(err, ERROR_USAGE, "the name of a monitor's character device is too long");
}

/* The character device of that name becomes the monitor's alone, unless several may use it (mux=on): then *spec is
 * empty. */
static bool take_for_monitor(struct machine_config *c, const char *id, char *spec, size_t size, struct error *err)
{
    struct device_options *all = &c->devices;

    for (unsigned i = 0; i < all->count; i++) {
        struct option_list list = { 0 };
        bool found, mux = false, ok = true;

        if (all->items[i].kind != OPTION_CHARDEV)
            continue;
        if (!options_split(&list, all->items[i].argument, "type", err))
            return false;
        found = options_get(&list, "id") && !strcmp(options_get(&list, "id"), id);
        *spec = '\0';
        if (found && options_bool(&list, "mux", &mux, err) && !mux) {
            ok = monitor_spec(&list, spec, size, err);
            memmove(&all->items[i], &all->items[i + 1], (all->count - i - 1) * sizeof all->items[0]);
            all->count--;
        }
        options_free(&list);
        if (found)
            return ok;
    }
    error_set(err, ERROR_USAGE, "there is no character device '%s'", id);
    error_hint(err, "define it before: -chardev socket,id=%s,path=PATH,server=on,wait=off", id);
    return false;
}

static bool opt_mon(struct parse *p, char *argument, struct error *err)
{
    bool control = false, pretty = false;
    char *rest = argument, *word, *value, spec[sizeof p->config->monitors[0].spec];
    const char *id = NULL;

    while ((word = next_word(&rest))) {
        if ((value = named_value(word, "chardev")) || !strchr(word, '='))
            id = value ? value : word;
        else if ((value = named_value(word, "mode")))
            control = !strcmp(value, "control");
        else if ((value = named_value(word, "pretty")))
            pretty = !strcmp(value, "on");
    }
    if (!id) {
        error_set(err, ERROR_USAGE, "-mon names no character device");
        error_hint(err, "type -mon chardev=ID,mode=control");
        return false;
    }
    if (!take_for_monitor(p->config, id, spec, sizeof spec, err))
        return false;
    if (*spec)
        return add_monitor(p->config, control ? MONITOR_CONTROL : MONITOR_HUMAN, spec, pretty, err);
    if (control) {
        error_set(err, ERROR_USAGE, "the monitor for programs cannot share a character device");
        error_hint(err, "leave mux=on out of -chardev %s", id);
    }
    /* Behind Ctrl-A c, where the monitor for people is anyway. */
    return !control;
}

STRING_OPTION(pidfile, pidfile)
FLAG_OPTION(daemonize, daemonize)
FLAG_OPTION(help_qmp, help_qmp)

/* What makes no difference here. */
static bool opt_ignored(struct parse *p, char *argument, struct error *err)
{
    (void)p;
    (void)argument;
    (void)err;
    return true;
}

/* For -display, -vga, -net: what is not there may be asked to be absent. */
static bool opt_absent(struct parse *p, char *argument, struct error *err)
{
    (void)p;
    if (!strcmp(argument, "none"))
        return true;
    error_set(err, ERROR_UNSUPPORTED, "'%s' is not there yet", argument);
    error_hint(err, "leave it out: the only value so far is none");
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
            if (!value_choice("-action panic", word + 6, panics, &action, err))
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
    return property_accel(p->config, "-accel", argument, err);
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

static bool opt_help_hcalls(struct parse *p, char *argument, struct error *err)
{
    (void)argument;
    (void)err;
    p->config->list_hcalls = true;
    return true;
}

static bool opt_help_rtas(struct parse *p, char *argument, struct error *err)
{
    (void)argument;
    (void)err;
    p->config->list_rtas = true;
    return true;
}

static bool opt_numa(struct parse *p, char *argument, struct error *err)
{
    return nodes_parse(&p->config->nodes, argument, err);
}

static bool opt_key_store(struct parse *p, char *argument, struct error *err)
{
    (void)err;
    p->config->key_store = argument;
    return true;
}

static bool opt_trace(struct parse *p, char *argument, struct error *err)
{
    static const char prefix[] = "hcall=";

    if (strncmp(argument, prefix, sizeof prefix - 1) || !argument[sizeof prefix - 1]) {
        error_set(err, ERROR_USAGE, "-trace: '%s' is not hcall=FILE", argument);
        error_hint(err, "type for instance -trace hcall=calls.jsonl");
        return false;
    }
    p->config->trace_hcalls = argument + sizeof prefix - 1;
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
    { "numa", "node[,mem=SIZE|,memdev=ID][,cpus=A[-B]]|cpu,node-id=N,core-id=C|dist,src=A,dst=B,val=D", "a node of memory and processors; how far one is from another (20)", opt_numa },
    { "kernel", "FILE", "Linux kernel (vmlinux), entered through the built-in firmware", opt_kernel },
    { "initrd", "FILE", "initial RAM disk", opt_initrd },
    { "append", "TEXT", "kernel command line; without -kernel, what the disk's boot program gets: GRUB takes NAME=VALUE as its variables", opt_append },
    { "bios", "FILE", "raw firmware image of up to 4 MiB, loaded at 0 and entered at 0x100; slof.bin is found where Debian's qemu-system-data puts it", opt_bios },
    { "boot", "[order=]cdn[,once=cdn][,menu=on|off]", "in which order disks (c), CDs (d) and networks (n, with slof.bin) are tried; devices with bootindex= come first", opt_boot },
    { "chardev", "KIND,id=ID[,...]", "a character device for -serial chardev:ID, -mon or -device: stdio, file, pipe, socket, pty, ringbuf, serial, null; logfile=FILE keeps a copy, mux=on lets several use it", opt_chardev },
    { "serial", "stdio|file:PATH|pipe:PATH|unix:PATH[,server=on][,wait=off]|tcp:HOST:PORT[,...]|pty|null|chardev:ID", "a serial line (hvc0, then hvc1, ...)", opt_serial },
    { "drive", "file=FILE,format=raw|qcow2|...[,if=scsi|virtio|none][,id=ID][,media=cdrom][,cache=MODE][,readonly=on][,snapshot=on][,discard=unmap][,aio=io_uring|threads]", "a disk; cache is writeback, none, writethrough, directsync or unsafe", opt_drive },
    { "blockdev", "driver=DRIVER,node-name=ID[,...]", "a disk image for -device, also as JSON", opt_blockdev },
    { "hda|hdb|hdc|hdd", "FILE", "a disk whose file tells its format; see -drive", opt_disk },
    { "cdrom", "FILE", "a CD-ROM, read only", opt_cdrom },
    { "snapshot", NULL, "what is written to disks goes to temporary files", opt_snapshot },
    { "device", "DEVICE[,PROPERTY=VALUE...]", "a device; -device help lists them, -device NAME,help their properties", opt_device },
    { "netdev", "user|tap|stream|socket,id=ID[,...]", "a network for -device; user has hostfwd=tcp:[HOST]:PORT-[GUEST]:PORT", opt_netdev },
    { "nic", "none|user|tap|...[,model=DEVICE][,mac=MAC]", "a network and its device (spapr-vlan)", opt_nic },
    { "object", "rng-random|rng-builtin|iothread|memory-backend-ram|memory-backend-file,id=ID[,filename=FILE|,size=SIZE,mem-path=FILE,share=on]", "memory for -device pc-dimm,memdev=ID or nvdimm,memdev=ID,label-size=128K,uuid=UUID; or a source of random numbers for -device virtio-rng-pci,rng=ID (the host kernel's); iothread has no effect, as each device has a thread", opt_object },
    { "fsdev", "local,id=ID,path=FOLDER,security_model=none|passthrough|mapped-xattr[,readonly=on]", "a folder of the host for -device virtio-9p-pci,fsdev=ID,mount_tag=TAG; mapped-xattr keeps the guest's owners and modes in attributes", opt_fsdev },
    { "virtfs", "local,path=FOLDER,mount_tag=TAG,security_model=...[,id=ID][,readonly=on]", "the same with its device: mount -t 9p -o trans=virtio TAG /mnt", opt_virtfs },
    { "tpmdev", "emulator,id=ID,chardev=ID", "a TPM for -device tpm-spapr,tpmdev=ID: that of a running swtpm, whose control socket the character device is connected to", opt_tpmdev },
    { "nographic", NULL, "no display, the first serial line on the terminal (the default here)", opt_nographic },
    { "nodefaults", NULL, "only the devices that are named", opt_nodefaults },
    { "display", "none", "there is no display yet", opt_absent },
    { "vga", "none", "there is no display yet", opt_absent },
    { "monitor", "stdio|unix:PATH[,server=on][,wait=off]|tcp:HOST:PORT[,...]|none", "the monitor for people (behind Ctrl-A c of the terminal)", opt_monitor },
    { "qmp", "unix:PATH[,server=on][,wait=off]|tcp:HOST:PORT[,...]|stdio", "the monitor for programs, in JSON", opt_qmp },
    { "qmp-pretty", "WHERE", "the same, with answers over several lines", opt_qmp_pretty },
    { "mon", "chardev=ID[,mode=control|readline][,pretty=on]", "a monitor at that device", opt_mon },
    { "gdb", "tcp:[HOST]:PORT|unix:PATH|none", "let a debugger connect", opt_gdb },
    { "s", NULL, "the same as -gdb tcp::1234", opt_gdb_standard },
    { "pidfile", "FILE", "write the process number to FILE", opt_pidfile },
    { "daemonize", NULL, "go on in the background when all is set up", opt_daemonize },
    { "no-user-config", NULL, "accepted: there are no configuration files", opt_ignored },
    { "msg", "timestamp=on|off", "accepted", opt_ignored },
    { "overcommit", "mem-lock=off", "accepted", opt_ignored },
    { "parallel", "none", "there are no parallel ports", opt_absent },
    { "net", "none", "as -nic none", opt_absent },
    { "accel", "kvm|tcg|interp[:...][,tb-size=MiB][,verify=on][,hot=N]", "how instructions are executed: by the host's own processors (kvm; the default on POWER hosts), translated (tcg; the default where the host can) or interpreted; the first that can be used of those named, or of several -accel. For tcg: tb-size: how much translated code is kept (an eighth of the memory, at most 512); verify=on also interprets what was translated, and compares; hot=N translates what the interpreter has come by N times", opt_accel },
    { "name", "NAME", "partition name", opt_name },
    { "uuid", "UUID", "machine's UUID", opt_uuid },
    { "rtc", "base=utc|localtime|DATE", "the guest's time of day at the start (utc)", opt_rtc },
    { "S", NULL, "do not start the processors", opt_start_stopped },
    { "no-reboot", NULL, "end when the guest reboots", opt_no_reboot },
    { "no-shutdown", NULL, "stay when the guest powers off", opt_no_shutdown },
    { "action", "panic=shutdown|pause|none", "what follows a guest panic (shutdown, with exit status 1)", opt_action },
    { "d", "ITEM[,ITEM...]", "trace; -d help lists the items", opt_log },
    { "D", "FILE", "write trace and messages to FILE", opt_log_file },
    { "trace", "hcall=FILE", "write each hypercall and RTAS call to FILE, one JSON object a line", opt_trace },
    { "keystore", "FILE", "offer the platform's key store, kept in FILE (made if it is not there)", opt_key_store },
    { "perfmap", NULL, "name translated code for the host's perf, in /tmp/perf-PID.map", opt_perfmap },
    { "icount", "shift=N|auto", "all processors in turns on one thread, interpreted, and an instruction takes 2^N ns (2 ns): the same run each time, as long as nothing comes from outside; -d stats prints its hash", opt_icount },
    { "version|-version", NULL, "print the version", opt_version },
    { "help|h|-help", NULL, "print this help", opt_help },
    { "help-man", NULL, "print the man page's source", opt_help_man },
    { "help-hcalls", NULL, "print the list of hypercalls, in Markdown", opt_help_hcalls },
    { "help-rtas", NULL, "print the list of RTAS calls, in Markdown", opt_help_rtas },
    { "help-qmp", NULL, "print the page of the monitor's commands", opt_help_qmp },
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
                 "Usage: lpar -kernel FILE [-initrd FILE] [-append TEXT] [OPTION...]\n"
                 "       lpar run [--image FILE] [--share DIR] [--net] -- COMMAND (lpar run --help)\n"
                 "       lpar create-image debian-12 FILE (lpar create-image --help)\n\nOptions:\n");
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

static void print_man_property(void *opaque, const char *name, const char *values,
                               const char *text)
{
    FILE *out = opaque;

    fprintf(out, ".TP\n.B ");
    print_escaped(out, name);
    fprintf(out, "=\\fI");
    print_escaped(out, values);
    fprintf(out, "\\fR\n");
    print_escaped(out, text);
    fprintf(out, "\n");
}

void options_print_man(FILE *out)
{
    fprintf(out, ".TH LPAR 1 \"\" \"lpar " LPAR_VERSION "\"\n.SH NAME\n"
                 "lpar \\- emulate the machine that a POWER logical partition sees\n"
                 ".SH SYNOPSIS\n.B lpar\n.RB [ \\-kernel\n.IR FILE ]\n.RI [ OPTION ...]\n"
                 ".PP\n.B lpar run\n.RB [ \\-\\-image\n.IR FILE ]\n.RB [ \\-\\-share\n.IR DIR ]\n"
                 ".RB [ \\-\\-net ]\n.B \\-\\-\n.I COMMAND\n.RI [ ARGUMENT ...]\n"
                 ".PP\n.B lpar create\\-image\n.RI [ OPTION ...]\n.B debian\\-12\n.I FILE\n"
                 ".SH GUESTS FOR A COMMAND, AND IMAGES\n"
                 ".B lpar run\nruns one command in a Linux guest: its output, and its exit status.\n"
                 ".B lpar create\\-image\nmakes a bootable disk with Debian 12. "
                 "Both tell their options with\n.BR \\-\\-help .\n"
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
    properties_for_each(print_man_property, out);
    fprintf(out, ".SH KEYS\nOn a terminal: Ctrl\\-A x quits, Ctrl\\-A c goes to the monitor and back, Ctrl\\-A h helps, Ctrl\\-A Ctrl\\-A sends "
                 "Ctrl\\-A.\n.SH EXIT STATUS\n0 after the guest powers off, 1 after an error or a "
                 "guest panic.\n.SH SEE ALSO\n.BR lpar\\-dt (1),\n.BR lpar\\-conform (1)\n");
}

/* ---- the whole ---- */

/* Each name of each option by itself, for the nearest one. */
static bool unknown_option(const char *name, struct error *err)
{
    enum { MOST_NAMES = 2 * ARRAY_SIZE(options), NAME_SIZE = 24 };
    char names[MOST_NAMES][NAME_SIZE];
    const char *valid[MOST_NAMES + 1] = { NULL };
    size_t n = 0;

    for (size_t o = 0; o < ARRAY_SIZE(options); o++)
        for (const char *at = options[o].name; at && n < MOST_NAMES; at = strchr(at, '|')) {
            at += *at == '|';
            snprintf(names[n], NAME_SIZE, "-%.*s", (int)strcspn(at, "|"), at);
            valid[n] = names[n];
            n++;
        }
    error_set(err, ERROR_USAGE, "unknown option '%s'", name);
    names_hint(err, name + (name[1] == '-'), valid);
    return false;
}

static bool parse_one(struct parse *p, int argc, char **argv, int *i, struct error *err)
{
    const char *name = argv[*i];

    if (name[0] != '-' || !name[1]) {
        error_set(err, ERROR_USAGE, "unexpected argument '%s'", name);
        error_hint(err, "options begin with a dash; a kernel is named with -kernel FILE");
        return false;
    }
    for (size_t o = 0; o < ARRAY_SIZE(options); o++) {
        if (!is_named(options[o].name, name + 1) &&
            !(name[1] == '-' && name[2] && is_named(options[o].name, name + 2)))
            continue;
        if (options[o].argument && *i + 1 >= argc) {
            error_set(err, ERROR_USAGE, "%s needs an argument", name);
            error_hint(err, "type %s %s", name, options[o].argument);
            return false;
        }
        if (options[o].fn(p, options[o].argument ? argv[++*i] : NULL, err))
            return true;
        if (err && err->cause[0] != '-') /* else it names the option already */
            error_context(err, "%s", name);
        return false;
    }
    return unknown_option(name, err);
}

void machine_config_init(struct machine_config *c)
{
    memset(c, 0, sizeof *c);
    c->version = machine_version_at(0);
    c->model = cpu_model_find("POWER9", NULL);
    c->ram_size = UINT64_C(512) * MIB;
    c->resize_hpt = true;
    c->hpt_max_page_shift = 16;
    c->modern_hotplug_events = true;
    c->kernel_addr = 0x400000;
}

/* What was not said of sockets, cores and threads. What is left over goes to the cores of one socket, or, with older
 * machines, to sockets of one core. */
static void settle_topology(struct machine_config *c)
{
    bool sockets_first = machine_version_keeps(c->version, KEEPS_SOCKETS);
    unsigned all;

    if (!c->threads)
        c->threads = 1;
    if (!c->maxcpus)
        c->maxcpus = c->cpus;
    all = c->maxcpus / c->threads;
    if (!c->sockets)
        c->sockets = !c->maxcpus || (!c->cores && !sockets_first) ? 1 : all / (c->cores ? c->cores : 1);
    if (!c->cores)
        c->cores = !c->maxcpus ? 1 : all / (c->sockets ? c->sockets : 1);
    if (!c->maxcpus)
        c->maxcpus = c->sockets * c->cores * c->threads;
    if (!c->cpus)
        c->cpus = c->maxcpus;
}

static bool check_processors(struct machine_config *c, struct error *err)
{
    settle_topology(c);
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
    if (!c->cpus || c->sockets * c->cores * c->threads != c->maxcpus) {
        error_set(err, ERROR_USAGE, "-smp: %u sockets of %u cores of %u threads are not %u processors", c->sockets, c->cores,
                  c->threads, c->maxcpus);
        error_hint(err, "leave sockets or cores out");
        return false;
    }
    if (c->threads > 1 && c->model->level < CPU_ISA_2_07) {
        error_set(err, ERROR_USAGE, "-smp threads=%u: %s has one thread a core here", c->threads,
                  c->model->name);
        error_hint(err, "leave threads out");
        return false;
    }
    if (c->cpus > 1 && c->verify) {
        error_set(err, ERROR_USAGE,
                  "-accel tcg,verify=on with %u processors: each sees the others' stores once",
                  c->cpus);
        error_hint(err, "type -smp 1, or leave verify out");
        return false;
    }
    return true;
}

static bool takes_stdio(const struct machine_config *c)
{
    for (unsigned i = 0; i < c->n_monitors; i++)
        if (!strcmp(c->monitors[i].spec, "stdio"))
            return true;
    return false;
}

/* The model of a family: the PVR's upper half. NULL: unknown. */
static const struct cpu_model *find_model(uint32_t pvr)
{
    for (size_t i = 0; cpu_model_at(i); i++)
        if (cpu_model_at(i)->pvr >> 16 == pvr >> 16)
            return cpu_model_at(i);
    return NULL;
}

/* Which accelerator it will be, and with it whether the processor is the host's. */
static bool settle_accelerator(struct machine_config *c, struct error *err)
{
    const struct cpu_model *host;

    if (!c->accels.n)
        c->accels = accel_default_order();
    if (!accel_choose(&c->accels, err))
        return false;
    c->host_pvr = accel_host_pvr(c->accels.kind[0]);
    if (!c->host_pvr && c->cpu_is_host) {
        error_set(err, ERROR_USAGE, "-cpu host with -accel %s", accel_kind_name(c->accels.kind[0]));
        error_hint(err, "name a processor: -cpu POWER9");
        return false;
    }
    if (!c->host_pvr)
        return true;
    host = find_model(c->host_pvr);
    if (!host)
        return error_set(err, ERROR_UNSUPPORTED, "-accel kvm: the host's processor (PVR 0x%x) is unknown", c->host_pvr);
    if (c->cpu_is_named && c->model != host) {
        error_set(err, ERROR_USAGE, "-accel kvm: the host's processor is a %s, not a %s", host->name, c->model->name);
        error_hint(err, "leave -cpu out; -M max-cpu-compat shows the guest an older one");
        return false;
    }
    c->model = host;
    return true;
}

/* Two interfaces for guests of the partition, of which a kernel takes the second if it is there. */
static bool check_nested(const struct machine_config *c, struct error *err)
{
    bool first = c->caps.value[CAP_NESTED_HV], second = c->caps.value[CAP_NESTED_PAPR];
    const char *name = first ? "cap-nested-hv" : "cap-nested-papr";

    if (first && second) {
        error_set(err, ERROR_USAGE, "-M cap-nested-hv=on and cap-nested-papr=on exclude each other");
        error_hint(err, "kernels before 6.7 know cap-nested-hv only");
        return false;
    }
    if ((first || second) && c->threads > 1) {
        error_set(err, ERROR_USAGE, "-M %s=on: cores have one thread then, not %u", name, c->threads);
        error_hint(err, "set -smp threads=1, or %s=off", name);
        return false;
    }
    return true;
}

static bool check_rest(struct machine_config *c, struct error *err)
{
    if (!settle_accelerator(c, err))
        return false;
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
    if (c->max_compat_pvr && !compat_is_supported(c->model, c->max_compat_pvr)) {
        error_set(err, ERROR_USAGE, "-M max-cpu-compat: %s does not have that mode",
                  c->model->name);
        error_hint(err, "choose an older mode, or leave it out");
        return false;
    }
    if (c->ic_mode == IC_XIVE && compat_level(c->model, c->max_compat_pvr) < CPU_ISA_3_0) {
        error_set(err, ERROR_USAGE, "-M ic-mode=xive: %s has no XIVE%s", c->model->name,
                  c->max_compat_pvr ? " in the mode that max-cpu-compat says" : "");
        error_hint(err, "set ic-mode=xics, or choose -cpu POWER9");
        return false;
    }
    if (c->initrd && !c->kernel) {
        error_set(err, ERROR_USAGE, "-initrd without -kernel");
        error_hint(err, "name a kernel with -kernel FILE");
        return false;
    }
    if (!caps_settle(&c->caps, c->model->level, compat_level(c->model, c->max_compat_pvr), err)) {
        error_context(err, "-M");
        return false;
    }
    if (!check_nested(c, err))
        return false;
    c->limits = accel_limits(c->accels.kind[0]);
    if (!caps_fit(&c->caps, &c->limits, accel_kind_name(c->accels.kind[0]), err))
        return false;
    /* The terminal is the console unless something else is said, or there. */
    if (!c->n_serial && !c->nodefaults && !takes_stdio(c))
        c->serial[c->n_serial++] = "stdio";
    return check_processors(c, err) && nodes_settle(&c->nodes, c->ram_size, c->maxcpus, c->threads, c->cores, err);
}

/* Objects that are a node's memory give the node its size. */
static bool size_nodes(struct machine_config *c, struct error *err)
{
    struct nodes *n = &c->nodes;

    for (unsigned node = 0; node < n->numa.n_nodes; node++) {
        if (!*n->memdev[node])
            continue;
        for (unsigned i = 0; i < c->devices.count; i++) {
            struct option_list list = { 0 };
            const char *id, *size;
            bool ok = true;

            if (c->devices.items[i].kind != OPTION_OBJECT)
                continue;
            if (!options_split(&list, c->devices.items[i].argument, "qom-type", err))
                return false;
            id = options_get(&list, "id");
            size = options_get(&list, "size");
            if (id && size && !strcmp(id, n->memdev[node]))
                ok = value_size("size", size, 1, &n->numa.ram_size[node], err);
            options_free(&list);
            if (!ok)
                return false;
        }
        if (!n->numa.ram_size[node]) {
            error_set(err, ERROR_USAGE, "-numa: there is no memory '%s'", n->memdev[node]);
            error_hint(err, "add -object memory-backend-ram,id=%s,size=1G", n->memdev[node]);
            return false;
        }
    }
    return true;
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
    return size_nodes(config, err) && check_rest(config, err) ? OPTIONS_RUN : OPTIONS_ERROR;
}
