/* The processor models: one row each. */
#include <strings.h>

#include "base/names.h"
#include "cpu-ppc64/cpu.h"

/* ibm,pa-features: two header bytes (count, type), then the attribute bytes. Byte 22 (transactional
 * memory) is clear; bit 2 of byte 1 says that caching-inhibited 64 KiB pages are possible. */
static const uint8_t isa_2_06_pa_features[] = { 6, 0, 0xf6, 0x3f, 0xc7, 0x00, 0x80, 0xc0 };
static const uint8_t isa_2_07_pa_features[] = {
    24, 0,
    0xf6, 0x3f, 0xc7, 0xc0, 0x00, 0xf0, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x80, 0x00, 0x80, 0x00, 0x80, 0x00, 0x00, 0x00,
};
static const uint8_t isa_3_0_pa_features[] = {
    66, 0,
    0xf6, 0x3f, 0xc7, 0xc0, 0x00, 0xf0, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x80, 0x00, 0x80, 0x00, 0x80, 0x00, 0x00, 0x00,
    0x80, 0x00, 0x80, 0x00, 0x80, 0x00, 0x00, 0x00, 0x80, 0x00, 0xc0, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x80, 0x00, 0x80, 0x00, 0x80, 0x00, 0x80, 0x00,
    0x80, 0x00, 0x80, 0x00, 0x80, 0x00, 0x80, 0x00, 0x80, 0x00, 0x80, 0x00,
    0x80, 0x00, 0x80, 0x00, 0x00, 0x00,
};
/* Byte 64, the second watch point, is set by its capability; 68: DEXCR's aspects, 72: hashst and hashchk. */
static const uint8_t isa_3_1_pa_features[] = {
    74, 0,
    0xf6, 0x3f, 0xc7, 0xc0, 0x00, 0xf0, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x80, 0x00, 0x80, 0x00, 0x80, 0x00, 0x00, 0x00,
    0x80, 0x00, 0x80, 0x00, 0x80, 0x00, 0x00, 0x00, 0x80, 0x00, 0xc0, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x80, 0x00, 0x80, 0x00, 0x80, 0x00, 0x80, 0x00,
    0x80, 0x00, 0x80, 0x00, 0x80, 0x00, 0x80, 0x00, 0x80, 0x00, 0x80, 0x00,
    0x80, 0x00, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0xce, 0x00, 0x00, 0x00,
    0x80, 0x00,
};
_Static_assert(sizeof isa_2_06_pa_features == 8, "header and 6 bytes");
_Static_assert(sizeof isa_2_07_pa_features == 26, "header and 24 bytes");
_Static_assert(sizeof isa_3_0_pa_features == 68, "header and 66 bytes");
_Static_assert(sizeof isa_3_1_pa_features == 76, "header and 74 bytes");

static const char *const power8_aliases[] = { "power8_v2.0", NULL };
static const char *const power8e_aliases[] = { "power8e_v2.1", NULL };
static const char *const power8nvl_aliases[] = { "power8nvl_v1.0", NULL };
static const char *const power9_aliases[] = { "power9_v2.0", "power9_v2.2", NULL };
static const char *const power10_aliases[] = { "power10_v2.0", "max", NULL };
static const char *const power11_aliases[] = { "power11_v2.0", NULL };

/* Firmware names all three kinds of POWER8 alike. */
#define POWER8(model_name, other_names, model_pvr)                                               \
    {                                                                                            \
        .name = model_name, .aliases = other_names, .text = "ISA 2.07, hash MMU",                \
        .pvr = model_pvr, .logical_pvr = 0x0f000004, .level = CPU_ISA_2_07,                      \
        .of_name = "PowerPC,POWER8",                                                             \
    }

#define RADIX_MODEL(model_name, other_names, model_text, model_pvr, newest_pvr, isa)             \
    {                                                                                            \
        .name = model_name, .aliases = other_names, .text = model_text, .pvr = model_pvr,        \
        .logical_pvr = newest_pvr, .level = isa, .has_radix = true,                              \
        .of_name = "PowerPC," model_name,                                                        \
    }

static const struct cpu_model models[] = {
    POWER8("POWER8", power8_aliases, 0x004d0200),
    POWER8("POWER8E", power8e_aliases, 0x004b0201),
    POWER8("POWER8NVL", power8nvl_aliases, 0x004c0100),
    RADIX_MODEL("POWER9", power9_aliases, "ISA 3.0, radix and hash MMU", 0x004e1202, 0x0f000005,
                CPU_ISA_3_0),
    RADIX_MODEL("POWER10", power10_aliases, "ISA 3.1, radix and hash MMU", 0x00801200, 0x0f000006,
                CPU_ISA_3_1),
    RADIX_MODEL("POWER11", power11_aliases, "ISA 3.1, radix and hash MMU", 0x00821200, 0x0f000007,
                CPU_ISA_3_1),
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

const uint8_t *cpu_pa_features(enum cpu_isa_level level, size_t *size)
{
    static const struct { enum cpu_isa_level level; const uint8_t *bytes; size_t size; } sets[] = {
        { CPU_ISA_3_1, isa_3_1_pa_features, sizeof isa_3_1_pa_features },
        { CPU_ISA_3_0, isa_3_0_pa_features, sizeof isa_3_0_pa_features },
        { CPU_ISA_2_07, isa_2_07_pa_features, sizeof isa_2_07_pa_features },
        { CPU_ISA_2_06, isa_2_06_pa_features, sizeof isa_2_06_pa_features },
    };
    size_t i = 0;

    while (i + 1 < ARRAY_SIZE(sets) && level < sets[i].level)
        i++;
    *size = sets[i].size;
    return sets[i].bytes;
}
