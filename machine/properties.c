/* The properties of -machine; see properties.h. Capabilities have a table of their own (caps.c). */
#include "machine/properties.h"

#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "base/names.h"

struct property {
    const char *name, *values, *text;
    bool (*set)(struct machine_config *c, const char *name, const char *value, struct error *err);
};

/* Where only one value makes sense here so far. */
static bool must_be_off(struct machine_config *c, const char *name, const char *value,
                        struct error *err)
{
    bool on;

    (void)c;
    if (!value_bool(name, value, &on, err))
        return false;
    if (!on)
        return true;
    error_set(err, ERROR_UNSUPPORTED, "%s=%s is not there yet", name, value);
    error_hint(err, "leave it out, or set %s=off", name);
    return false;
}

static bool set_nvdimm(struct machine_config *c, const char *name, const char *value, struct error *err)
{
    bool on;

    if (!value_bool(name, value, &on, err))
        return false;
    c->has_no_nvdimm = !on;
    return true;
}

static bool any_bool(struct machine_config *c, const char *name, const char *value,
                     struct error *err)
{
    bool on;

    (void)c;
    return value_bool(name, value, &on, err);
}

static bool set_ic_mode(struct machine_config *c, const char *name, const char *value,
                        struct error *err)
{
    static const struct choice modes[] = {
        { "dual", IC_DUAL }, { "xics", IC_XICS }, { "xive", IC_XIVE }, { NULL, 0 },
    };
    unsigned mode;

    if (!value_choice(name, value, modes, &mode, err))
        return false;
    c->ic_mode = (enum ic_mode)mode;
    return true;
}

static bool set_max_cpu_compat(struct machine_config *c, const char *name, const char *value,
                               struct error *err)
{
    static const struct choice modes[] = {
        { "power8", 0x0f000004 }, { "power9", 0x0f000005 }, { "power10", 0x0f000006 },
        { "power11", 0x0f000007 }, { NULL, 0 },
    };
    unsigned pvr;

    if (!value_choice(name, value, modes, &pvr, err))
        return false;
    c->max_compat_pvr = pvr;
    return true;
}

static bool set_resize_hpt(struct machine_config *c, const char *name, const char *value,
                           struct error *err)
{
    static const struct choice modes[] = {
        { "default", 1 }, { "enabled", 1 }, { "disabled", 0 }, { "required", 1 }, { NULL, 0 },
    };
    unsigned on;

    if (!value_choice(name, value, modes, &on, err))
        return false;
    c->resize_hpt = on;
    return true;
}

static bool set_modern_hotplug_events(struct machine_config *c, const char *name, const char *value,
                                      struct error *err)
{
    return value_bool(name, value, &c->modern_hotplug_events, err);
}

static bool set_vsmt(struct machine_config *c, const char *name, const char *value,
                     struct error *err)
{
    return value_unsigned(name, value, 2048, &c->vsmt, err);
}

static bool set_kernel_addr(struct machine_config *c, const char *name, const char *value,
                            struct error *err)
{
    return value_size(name, value, 1, &c->kernel_addr, err);
}

static bool set_hpt_max_page_size(struct machine_config *c, const char *name, const char *value,
                                  struct error *err)
{
    uint64_t size;

    if (!value_size(name, value, 1, &size, err))
        return false;
    if (size < 4096) {
        error_set(err, ERROR_USAGE, "%s=%s is less than the smallest page", name, value);
        error_hint(err, "set %s=64k, or 4k, 16m, 16g", name);
        return false;
    }
    /* The largest page that is not larger. */
    c->hpt_max_page_shift = size < 65536 ? 12 : size < 1 << 24 ? 16 : size >> 34 ? 34 : 24;
    return true;
}

static bool set_dumpdtb(struct machine_config *c, const char *name, const char *value,
                        struct error *err)
{
    (void)name;
    (void)err;
    c->dumpdtb = value;
    return true;
}

/* Behind those that are there already, each once. */
static void add_accel(struct accel_order *order, enum accel_kind kind)
{
    for (unsigned i = 0; i < order->n; i++)
        if (order->kind[i] == kind)
            return;
    order->kind[order->n++] = kind;
}

enum { MOST_TB_SIZE = 2048, MOST_HOT = 250 };

static bool set_verify(struct machine_config *c, const char *name, const char *value, struct error *err)
{
    return value_bool(name, value, &c->verify, err);
}

static bool set_tb_size(struct machine_config *c, const char *name, const char *value, struct error *err)
{
    unsigned mib;

    if (!value_unsigned(name, value, MOST_TB_SIZE, &mib, err))
        return false;
    c->tb_size = (uint64_t)mib << 20;
    return true;
}

static bool set_hot(struct machine_config *c, const char *name, const char *value, struct error *err)
{
    return value_unsigned(name, value, MOST_HOT, &c->hot, err);
}

/* Of QEMU's: one thread a processor, and code that is never writable where it runs, are how it is. */
static bool ignored(struct machine_config *c, const char *name, const char *value, struct error *err)
{
    (void)c, (void)name, (void)value, (void)err;
    return true;
}

static const struct property translator_properties[] = {
    { "verify", "on|off", "also interpret what was translated, and compare", set_verify },
    { "tb-size", "MiB", "how much translated code is kept", set_tb_size },
    { "hot", "N", "translate what the interpreter has come by so often", set_hot },
    { "thread", "multi", NULL, ignored },
    { "split-wx", "on", NULL, ignored },
};

/* NAME=VALUE with , or : between them. */
static bool set_translator(struct machine_config *c, const char *option, const char *words, struct error *err)
{
    static const char *const valid[] = { "verify", "tb-size", "hot", NULL };

    while (*words) {
        size_t length = strcspn(words, ",:");
        const struct property *p = NULL;
        char word[64], name[32], full[64];

        snprintf(word, sizeof word, "%.*s", (int)length, words);
        words += length + (words[length] != 0);
        snprintf(name, sizeof name, "%.*s", (int)strcspn(word, "="), word);
        for (size_t k = 0; k < ARRAY_SIZE(translator_properties); k++)
            if (!strcmp(translator_properties[k].name, name))
                p = &translator_properties[k];
        if (!p || !strchr(word, '=')) {
            error_set(err, ERROR_USAGE, "%s tcg: unknown '%s'", option, word);
            names_hint(err, name, valid);
            return false;
        }
        snprintf(full, sizeof full, "%s tcg,%s", option, name);
        if (!p->set(c, full, strchr(word, '=') + 1, err))
            return false;
    }
    return true;
}

bool property_accel(struct machine_config *c, const char *name, const char *value, struct error *err)
{
    const char *valid[ACCEL_KINDS + 1] = { NULL };
    size_t at = 0, length;

    for (unsigned i = 0; i < ACCEL_KINDS; i++)
        valid[i] = accel_kind_name((enum accel_kind)i);
    /* Names, and then properties of the translator. */
    do {
        enum accel_kind kind;
        char accel[32];

        length = strcspn(value + at, ",:");
        snprintf(accel, sizeof accel, "%.*s", (int)length, value + at);
        if (!accel_find_kind(accel, &kind)) {
            error_set(err, ERROR_UNSUPPORTED, "%s: there is no accelerator '%s'", name, accel);
            names_hint(err, accel, valid);
            return false;
        }
        add_accel(&c->accels, kind);
        at += length + (value[at + length] != 0);
    } while (value[at] && !memchr(value + at, '=', strcspn(value + at, ",:")));
    return set_translator(c, name, value + at, err);
}

static bool set_accel(struct machine_config *c, const char *name, const char *value,
                      struct error *err)
{
    return property_accel(c, name, value, err);
}

static const struct property properties[] = {
    { "ic-mode", "dual|xics|xive", "interrupt controllers that the guest may choose from",
      set_ic_mode },
    { "max-cpu-compat", "power8|power9|power10|power11",
      "newest processor mode that CAS agrees to", set_max_cpu_compat },
    { "kernel-addr", "ADDRESS", "where -kernel is loaded (0x400000)", set_kernel_addr },
    { "dumpdtb", "FILE", "write the device tree at reset to FILE and end", set_dumpdtb },
    { "vsmt", "N", "distance of the cores' processor numbers", set_vsmt },
    { "resize-hpt", "default|enabled|disabled|required",
      "offer the calls that resize the hash page table", set_resize_hpt },
    { "modern-hotplug-events", "on|off", "the hotplug interrupt source",
      set_modern_hotplug_events },
    { "x-vof", "on|off", "accepted: the firmware is always the built-in one", any_bool },
    { "nvdimm", "on|off", "allow -device nvdimm (on)", set_nvdimm },
    { "usb", "off", "USB controller", must_be_off },
    { "graphics", "on|off", "accepted: there is no display yet", any_bool },
    { "accel", "kvm|tcg|interp[:...]", "see -accel", set_accel },
    { "cap-hpt-max-page-size", "64k", "largest page of the hash MMU", set_hpt_max_page_size },
};

static const struct property *find(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(properties); i++)
        if (!strcmp(properties[i].name, name))
            return &properties[i];
    return NULL;
}

static bool unknown(const char *name, struct error *err)
{
    const char *valid[ARRAY_SIZE(properties) + CAP_COUNT + 1] = { NULL };
    size_t n = 0;

    for (size_t i = 0; i < ARRAY_SIZE(properties); i++)
        valid[n++] = properties[i].name;
    for (enum cap_id id = 0; id < CAP_COUNT; id++)
        valid[n++] = cap_row(id)->name;
    error_set(err, ERROR_USAGE, "unknown property '%s'", name);
    names_hint(err, name, valid);
    return false;
}

bool property_set(struct machine_config *c, char *word, struct error *err)
{
    char *value = strchr(word, '=');
    const struct property *property;
    enum cap_id cap;

    if (value)
        *value++ = '\0';
    property = find(word);
    cap = cap_find(word);
    if (!property && cap == CAP_COUNT)
        return unknown(word, err);
    if (property && !value && !strchr(property->values, '|')) {
        error_set(err, ERROR_USAGE, "%s needs a value", word);
        error_hint(err, "type %s=%s", word, property->values);
        return false;
    }
    return property ? property->set(c, property->name, value ? value : "on", err)
                    : cap_set(&c->caps, cap, value ? value : "on", err);
}

void properties_for_each(void (*row)(void *opaque, const char *name, const char *values,
                                     const char *text),
                         void *opaque)
{
    for (size_t i = 0; i < ARRAY_SIZE(properties); i++)
        row(opaque, properties[i].name, properties[i].values, properties[i].text);
    for (enum cap_id id = 0; id < CAP_COUNT; id++)
        row(opaque, cap_row(id)->name, cap_row(id)->values, cap_row(id)->text);
}
