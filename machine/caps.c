/* Capabilities; see caps.h. */
#include "machine/caps.h"

#include <string.h>

#include "base/bits.h"

static const struct choice switches[] = { { "off", 0 }, { "on", 1 }, { NULL, 0 } };
static const struct choice workarounds[] = {
    { "broken", 0 }, { "workaround", 1 }, { "fixed", 2 }, { NULL, 0 },
};
static const struct choice branches[] = {
    { "broken", 0 }, { "workaround", 1 }, { "fixed-ibs", 2 }, { "fixed-ccd", 3 },
    { "fixed-na", 4 }, { NULL, 0 },
};

#define ON_OFF "on|off", .choices = switches
#define WORKAROUNDS "broken|workaround|fixed", .choices = workarounds, .most = 2, .standard = 1
#define ALL_LEVELS CPU_ISA_2_06

static const struct cap_row rows[CAP_COUNT] = {
    [CAP_HTM] = { "cap-htm", ON_OFF, .text = "transactional memory (every transaction fails)",
                  .most = 1, .level = CPU_ISA_2_07, .last = CPU_ISA_3_0, .limit = LIMIT_HTM },
    [CAP_VSX] = { "cap-vsx", ON_OFF, .text = "vector-scalar extension in the device tree",
                  .standard = 1, .most = 1, .level = ALL_LEVELS, .limit = LIMIT_VSX },
    [CAP_DFP] = { "cap-dfp", ON_OFF, .text = "decimal floating point in the device tree",
                  .standard = 1, .most = 1, .level = ALL_LEVELS, .limit = LIMIT_DFP },
    [CAP_CFPC] = { "cap-cfpc", WORKAROUNDS, .text = "cache flush on privilege change, as reported",
                   .level = CPU_ISA_2_07, .limit = LIMIT_CFPC },
    [CAP_SBBC] = { "cap-sbbc", WORKAROUNDS,
                   .text = "speculation barrier bounds checking, as reported", .level = ALL_LEVELS, .limit = LIMIT_SBBC },
    [CAP_IBS] = { "cap-ibs", "broken|workaround|fixed-ibs|fixed-ccd|fixed-na", .choices = branches,
                  .text = "indirect branch speculation, as reported", .standard = 1, .most = 4,
                  .level = ALL_LEVELS, .limit = LIMIT_IBS },
    [CAP_CCF_ASSIST] = { "cap-ccf-assist", ON_OFF, .text = "count cache flush assist, as reported",
                         .standard = 1, .most = 1, .level = ALL_LEVELS, .limit = LIMIT_CCF_ASSIST },
    [CAP_NESTED_HV] = { "cap-nested-hv", ON_OFF, .text = "nested virtualisation, first interface",
                        .most = 1, .level = CPU_ISA_3_0, .limit = LIMIT_NESTED_HV },
    [CAP_NESTED_PAPR] = { "cap-nested-papr", ON_OFF,
                          .text = "nested virtualisation, second interface",
                          .most = 1, .level = CPU_ISA_3_0, .limit = LIMIT_NESTED_PAPR },
    [CAP_LARGE_DECR] = { "cap-large-decr", ON_OFF, .text = "56-bit decrementer", .standard = 1,
                         .most = 1, .level = CPU_ISA_3_0, .limit = LIMIT_LARGE_DECR },
    [CAP_FWNMI] = { "cap-fwnmi", ON_OFF, .text = "firmware-assisted NMI calls", .standard = 1,
                    .most = 1, .level = ALL_LEVELS, .limit = LIMIT_FWNMI },
    [CAP_RPT_INVALIDATE] = { "cap-rpt-invalidate", ON_OFF,
                             .text = "H_RPT_INVALIDATE in the device tree", .most = 1,
                             .level = CPU_ISA_3_0, .limit = LIMIT_RPT_INVALIDATE },
    [CAP_AIL_MODE_3] = { "cap-ail-mode-3", ON_OFF, .text = "interrupts with relocation on",
                         .standard = 1, .most = 1, .level = CPU_ISA_2_07, .limit = LIMIT_AIL_MODE_3 },
    [CAP_DAWR1] = { "cap-dawr1", ON_OFF, .text = "second data address watchpoint", .standard = 1,
                    .most = 1, .level = CPU_ISA_3_1, .limit = LIMIT_DAWR1 },
};

const struct cap_row *cap_row(enum cap_id id)
{
    return &rows[id];
}

enum cap_id cap_find(const char *name)
{
    enum cap_id id = 0;

    while (id < CAP_COUNT && strcmp(rows[id].name, name))
        id++;
    return id;
}

/* The name of a value, for hints. */
static const char *value_name(const struct cap_row *row, unsigned value)
{
    const struct choice *c = row->choices;

    while (c->name && c->value != value)
        c++;
    return c->name;
}

bool cap_set(struct caps *caps, enum cap_id id, const char *value, struct error *err)
{
    const struct cap_row *row = &rows[id];
    unsigned v;

    if (row->choices == switches) {
        bool on;

        if (!value_bool(row->name, value, &on, err))
            return false;
        v = on;
    } else if (!value_choice(row->name, value, row->choices, &v, err)) {
        return false;
    }
    if (v > row->most) {
        error_set(err, ERROR_UNSUPPORTED, "%s=%s is not there", row->name, value);
        error_hint(err, "leave it out, or set %s=%s", row->name, value_name(row, row->most));
        return false;
    }
    caps->value[id] = (uint8_t)v;
    caps->is_set[id] = true;
    return true;
}

bool caps_settle(struct caps *caps, enum cpu_isa_level own, enum cpu_isa_level shown, struct error *err)
{
    for (enum cap_id id = 0; id < CAP_COUNT; id++) {
        const struct cap_row *row = &rows[id];
        bool can = shown >= row->level && (!row->last || own <= row->last);

        if (!caps->is_set[id])
            caps->value[id] = (uint8_t)(can ? row->standard : 0);
        if (can || !caps->value[id])
            continue;
        error_set(err, ERROR_USAGE, "%s=%s: the processor does not have it", row->name,
                  value_name(row, caps->value[id]));
        error_hint(err, "set %s=%s, or choose %s", row->name, value_name(row, 0),
                   shown < row->level ? "a newer -cpu or max-cpu-compat" : "an older -cpu");
        return false;
    }
    return true;
}

bool caps_fit(const struct caps *caps, const struct accel_limits *limits, const char *accel, struct error *err)
{
    for (enum cap_id id = 0; limits->is_limited && id < CAP_COUNT; id++) {
        const struct cap_row *row = &rows[id];
        unsigned most = limits->most[row->limit];

        if (caps->value[id] <= most)
            continue;
        error_set(err, ERROR_UNSUPPORTED, "%s=%s: the host's %s cannot give it to guests", row->name,
                  value_name(row, caps->value[id]), accel);
        error_hint(err, "set -M %s=%s", row->name, value_name(row, most));
        return false;
    }
    return true;
}
