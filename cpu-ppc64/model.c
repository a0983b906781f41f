/* The processor models: one row each. */
#include <strings.h>

#include "base/names.h"
#include "cpu-ppc64/cpu.h"

/* ibm,pa-features: two header bytes (count, type), then the attribute bytes. Byte 22 (transactional
 * memory) is clear; bit 2 of byte 1 says that caching-inhibited 64 KiB pages are possible. */
static const uint8_t power8_pa_features[] = {
    24, 0,
    0xf6, 0x3f, 0xc7, 0xc0, 0x00, 0xf0, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x80, 0x00, 0x80, 0x00, 0x80, 0x00, 0x00, 0x00,
};
static const uint8_t power9_pa_features[] = {
    66, 0,
    0xf6, 0x3f, 0xc7, 0xc0, 0x00, 0xf0, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x80, 0x00, 0x80, 0x00, 0x80, 0x00, 0x00, 0x00,
    0x80, 0x00, 0x80, 0x00, 0x80, 0x00, 0x00, 0x00, 0x80, 0x00, 0xc0, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x80, 0x00, 0x80, 0x00, 0x80, 0x00, 0x80, 0x00,
    0x80, 0x00, 0x80, 0x00, 0x80, 0x00, 0x80, 0x00, 0x80, 0x00, 0x80, 0x00,
    0x80, 0x00, 0x80, 0x00, 0x00, 0x00,
};
_Static_assert(sizeof power8_pa_features == 26, "header and 24 bytes");
_Static_assert(sizeof power9_pa_features == 68, "header and 66 bytes");

static const char *const power8_aliases[] = { "power8_v2.0", NULL };
static const char *const power9_aliases[] = { "power9_v2.0", "power9_v2.2", "max", NULL };

static const struct cpu_model models[] = {
    {
        .name = "POWER8",
        .aliases = power8_aliases,
        .text = "ISA 2.07, hash MMU (bare-metal programs only until the hash MMU is there)",
        .pvr = 0x004d0200,
        .logical_pvr = 0x0f000004,
        .level = CPU_ISA_2_07,
        .of_name = "PowerPC,POWER8",
        .pa_features = power8_pa_features,
        .pa_features_size = sizeof power8_pa_features,
    },
    {
        .name = "POWER9",
        .aliases = power9_aliases,
        .text = "ISA 3.0, radix MMU",
        .pvr = 0x004e1202,
        .logical_pvr = 0x0f000005,
        .level = CPU_ISA_3_0,
        .has_radix = true,
        .of_name = "PowerPC,POWER9",
        .pa_features = power9_pa_features,
        .pa_features_size = sizeof power9_pa_features,
    },
};

static bool is_called(const struct cpu_model *model, const char *name)
{
    if (!strcasecmp(model->name, name))
        return true;
    for (const char *const *alias = model->aliases; *alias; alias++)
        if (!strcasecmp(*alias, name))
            return true;
    return false;
}

const struct cpu_model *cpu_model_find(const char *name, struct error *err)
{
    const char *valid[ARRAY_SIZE(models) + 1] = { NULL };

    for (size_t i = 0; i < ARRAY_SIZE(models); i++) {
        if (is_called(&models[i], name))
            return &models[i];
        valid[i] = models[i].name;
    }
    error_set(err, ERROR_USAGE, "-cpu: unknown processor '%s'", name);
    names_hint(err, name, valid);
    return NULL;
}

const struct cpu_model *cpu_model_at(size_t i)
{
    return i < ARRAY_SIZE(models) ? &models[i] : NULL;
}
