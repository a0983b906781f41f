/* System parameters; see system-parameters.h. Each is a row with a function that writes its value;
 * none can be set. */
#include "papr/system-parameters.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cpu-ppc64/mmu/hpt.h"
#include "papr/page-table.h"

enum { LARGEST_VALUE = 512, LENGTH_BYTES = 2, UUID_BYTES = 16 };

/* Threads that the host of a partition of that level has in a core. */
static unsigned host_threads(const struct cpu_model *model)
{
    return model->level == CPU_ISA_2_07 ? 8 : model->level == CPU_ISA_3_0 ? 4 : 0;
}

/* A text of settings, with its NUL. */
static size_t splpar_characteristics(const struct platform_config *config, uint8_t *value)
{
    char text[LARGEST_VALUE];
    unsigned threads = host_threads(config->model);
    int used = snprintf(text, sizeof text,
                        "MaxEntCap=%u,DesMem=%" PRIu64 ",DesProcs=%u,MaxPlatProcs=%u",
                        config->max_vcpus, config->ram_size >> 20, config->n_vcpus,
                        config->max_vcpus);

    if (threads)
        used += snprintf(text + used, sizeof text - (size_t)used, ",HostThrs=%u", threads);
    memcpy(value, text, (size_t)used + 1);
    return (size_t)used + 1;
}

/* One byte: no diagnostics run at a boot. */
static size_t diagnostics_run_mode(const struct platform_config *config, uint8_t *value)
{
    (void)config;
    value[0] = 0;
    return 1;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The 16 bytes of the UUID, or nothing. */
static size_t uuid(const struct platform_config *config, uint8_t *value)
{
    unsigned digits = 0;

    memset(value, 0, UUID_BYTES);
    for (const char *c = config->uuid ? config->uuid : ""; *c && digits < 2 * UUID_BYTES; c++) {
        int digit = hex_digit(*c);

        if (digit < 0)
            continue;
        value[digits / 2] |= (uint8_t)(digits % 2 ? digit : digit << 4);
        digits++;
    }
    return digits == 2 * UUID_BYTES ? UUID_BYTES : 0;
}

/* Who manages the machine: a text, empty without a console. */
static size_t hmc(const struct platform_config *config, uint8_t *value)
{
    (void)config;
    value[0] = 0;
    return 1;
}

/* Types of processor modules, then of the one type: sockets, chips of a socket, cores of a chip. */
static size_t processor_modules(const struct platform_config *config, uint8_t *value)
{
    unsigned cores = config->max_vcpus / (config->threads ? config->threads : 1);

    st_be16(value, 1);
    st_be16(value + 2, 1);
    st_be16(value + 4, 1);
    st_be16(value + 6, (uint16_t)cores);
    return 8;
}

/* What H_BLOCK_REMOVE takes: log2 of the block's pages, number of encodings, and those: 0 for pages of 4 KiB,
 * else bit 0 and the encoding of the page in a table entry. A zero ends the list. */
static size_t block_invalidate(const struct platform_config *config, uint8_t *value)
{
    enum { LOG2_BLOCK_PAGES = 3, LARGE = 0x80 };
    const struct hpt_page_size *size;
    uint8_t *count = value + 1, *at = value + 2;

    value[0] = LOG2_BLOCK_PAGES;
    for (size_t i = 0; (size = hpt_page_size_at(i)); i++)
        if (size->shift <= config->hpt_max_page_shift && page_table_takes_blocks(size->base_shift, size->shift))
            *at++ = size->shift == 12 ? 0 : (uint8_t)(LARGE | size->encoding);
    *count = (uint8_t)(at - count - 1);
    *at++ = 0;
    return (size_t)(at - value);
}

/* The partition's name, with its NUL. */
static size_t partition_name(const struct platform_config *config, uint8_t *value)
{
    const char *name = config->name ? config->name : "";
    size_t length = strnlen(name, LARGEST_VALUE - 1);

    memcpy(value, name, length);
    value[length] = 0;
    return length + 1;
}

static const struct parameter {
    uint32_t token;
    size_t (*get)(const struct platform_config *config, uint8_t *value); /* returns its length */
} parameters[] = {
    { 3, hmc },
    { 20, splpar_characteristics },
    { 42, diagnostics_run_mode },
    { 43, processor_modules },
    { 48, uuid },
    { 50, block_invalidate },
    { 55, partition_name },
};

static const struct parameter *find(uint32_t token)
{
    for (size_t i = 0; i < ARRAY_SIZE(parameters); i++)
        if (parameters[i].token == token)
            return &parameters[i];
    return NULL;
}

/* Arguments: parameter, buffer, its size. The buffer receives the value's length (two bytes) and as
 * much of it as fits. */
static int32_t rtas_ibm_get_system_parameter(void *self, struct vcpu *v, struct rtas_args *args)
{
    struct platform *p = self;
    const struct parameter *parameter = find(args->arg[0]);
    gpa_t buffer = args->arg[1];
    uint32_t size = args->arg[2];
    uint8_t reply[LENGTH_BYTES + LARGEST_VALUE];
    size_t length;

    (void)v;
    if (!parameter)
        return RTAS_PARAMETER;
    if (size < LENGTH_BYTES)
        return RTAS_SYSPARM_PARAMETER;
    length = parameter->get(p->config, reply + LENGTH_BYTES);
    st_be16(reply, (uint16_t)length);
    length += LENGTH_BYTES;
    if (!gpa_write(p->mem, buffer, reply, length < size ? length : size))
        return RTAS_SYSPARM_PARAMETER;
    return RTAS_OK;
}

/* Arguments: parameter, buffer. */
static int32_t rtas_ibm_set_system_parameter(void *self, struct vcpu *v, struct rtas_args *args)
{
    (void)self;
    (void)v;
    return find(args->arg[0]) ? RTAS_NOT_AUTHORIZED : RTAS_PARAMETER;
}

static const struct rtas_row system_parameters_rtas[] = {
    { 0x2008, "ibm,get-system-parameter", 3, 1, WHEN_ALWAYS, rtas_ibm_get_system_parameter },
    { 0x2009, "ibm,set-system-parameter", 2, 1, WHEN_ALWAYS, rtas_ibm_set_system_parameter },
};

const struct facility_type system_parameters_facility = {
    .name = "system-parameters",
    .rtas = system_parameters_rtas,
    .n_rtas = ARRAY_SIZE(system_parameters_rtas),
};
