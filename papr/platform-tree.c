/* The nodes that belong to no facility: the root, /chosen and /rtas.
 *
 * Lists of calls come from the rows of all facilities, so that the tree says what there is. */
#include <string.h>

#include "papr/cas.h"
#include "papr/compat.h"
#include "papr/dimms.h"
#include "papr/numa.h"
#include "papr/platform-internal.h"

static void write_root(const struct platform *p, struct tree *t)
{
    const struct platform_config *config = p->config;

    tree_string(t, "/", "device_type", "chrp");
    /* Guests know the platform by these two. */
    tree_string(t, "/", "model", "IBM pSeries (emulated by qemu)");
    tree_string(t, "/", "compatible", "qemu,pseries");
    tree_string(t, "/", "vm,uuid",
                config->uuid ? config->uuid : "00000000-0000-0000-0000-000000000000");
    if (config->uuid)
        tree_string(t, "/", "system-id", config->uuid);
    if (config->name)
        tree_string(t, "/", "ibm,partition-name", config->name);
    tree_u32(t, "/", "#address-cells", 2);
    tree_u32(t, "/", "#size-cells", 2);
}

/* Pairs of a byte's number in option vector 5 and what the guest may choose there. */
static void write_platform_support(const struct platform *p, struct tree *t)
{
    const struct platform_config *config = p->config;
    bool is_isa_3_0 = compat_level(config->model, config->max_compat_pvr) >= CPU_ISA_3_0;
    uint8_t irq = !is_isa_3_0 || !config->offers_xive ? 0x00 : config->offers_xics ? 0x80 : 0x40;
    /* Hash and radix: the guest may change its mind. */
    uint8_t mmu = !is_isa_3_0 ? 0x00 : config->radix_only ? 0x40 : 0xc0;
    uint8_t support[] = { 23, irq, 24, mmu, 25, 0x00, 26, 0x40 };

    tree_bytes(t, "/chosen", "ibm,arch-vec-5-platform-support", support, sizeof support);
}

/* Option vector 5 as negotiated, without the zeros at its end; at least one byte. */
static void write_vector_5(const struct platform *p, struct tree *t)
{
    uint8_t property[1 + OV5_BYTES];
    size_t length = OV5_BYTES;

    while (length > 1 && !p->negotiated.ov5[length - 1])
        length--;
    property[0] = (uint8_t)(length - 1);
    memcpy(property + 1, p->negotiated.ov5, length);
    tree_bytes(t, "/chosen", "ibm,architecture-vec-5", property, 1 + length);
}

/* Properties of /chosen that h_cas() leaves out; see platform_tree_strip_boot(). */
static const char *const boot_properties[] = {
    "bootargs", "linux,initrd-start", "linux,initrd-end", "qemu,boot-kernel",
    "qemu,boot-kernel-le", "qemu,boot-list", "qemu,boot-device", "qemu,boot-menu", "qemu,graphic-width", "qemu,graphic-height", "qemu,graphic-depth",
    "stdout-path", "linux,stdout-path", "linux,pci-probe-only", "ibm,arch-vec-5-platform-support",
};

static void write_boot_properties(const struct platform *p, struct tree *t)
{
    const struct platform_config *config = p->config;

    if (config->bootargs && *config->bootargs)
        tree_string(t, "/chosen", "bootargs", config->bootargs);
    if (config->initrd_size) {
        tree_u32(t, "/chosen", "linux,initrd-start", (uint32_t)config->initrd_start);
        tree_u32(t, "/chosen", "linux,initrd-end",
                 (uint32_t)(config->initrd_start + config->initrd_size));
        tree_reserve(t, config->initrd_start, config->initrd_size);
    }
    if (config->kernel_size) {
        const uint32_t kernel[] = {
            (uint32_t)(config->kernel_start >> 32), (uint32_t)config->kernel_start,
            (uint32_t)(config->kernel_size >> 32), (uint32_t)config->kernel_size,
        };

        tree_cells(t, "/chosen", "qemu,boot-kernel", kernel, ARRAY_SIZE(kernel));
        if (config->kernel_is_le)
            tree_empty(t, "/chosen", "qemu,boot-kernel-le");
        tree_reserve(t, config->kernel_start, config->kernel_size);
    }
    if (config->boot_list && *config->boot_list)
        tree_string(t, "/chosen", "qemu,boot-list", config->boot_list);
    if (config->boot_device && *config->boot_device)
        tree_string(t, "/chosen", "qemu,boot-device", config->boot_device);
    if (config->boot_menu)
        tree_u32(t, "/chosen", "qemu,boot-menu", 1);
    tree_u32(t, "/chosen", "qemu,graphic-width", 800);
    tree_u32(t, "/chosen", "qemu,graphic-height", 600);
    tree_u32(t, "/chosen", "qemu,graphic-depth", 32);
    if (config->stdout_path) {
        tree_string(t, "/chosen", "linux,stdout-path", config->stdout_path);
        tree_string(t, "/chosen", "stdout-path", config->stdout_path);
    }
    tree_u32(t, "/chosen", "linux,pci-probe-only", 0);
    write_platform_support(p, t);
}

void platform_tree_strip_boot(struct tree *t)
{
    for (size_t i = 0; i < ARRAY_SIZE(boot_properties); i++)
        tree_remove(t, "/chosen", boot_properties[i]);
    tree_clear_reserves(t);
}

static void write_chosen(const struct platform *p, struct tree *t)
{
    tree_node(t, "/chosen");
    write_boot_properties(p, t);
    tree_bytes(t, "/chosen", "rng-seed", p->dispatch->rng_seed, RNG_SEED_BYTES);
    write_vector_5(p, t);
}

static bool is_advertised(const struct platform *p, uint16_t when)
{
    return platform_row_offered(p, when) && (!(when & ADVERTISED_HPT_RESIZE) || p->config->resize_hpt);
}

/* The calls whose token is of the platform's private range have their strings apart. */
static void write_functions(const struct platform *p, struct tree *t)
{
    const struct platform_dispatch *d = p->dispatch;

    for (size_t f = 0; f < d->n_facilities; f++) {
        const struct facility_type *type = d->facilities[f].type;

        for (size_t i = 0; i < type->n_hcalls; i++) {
            const struct hcall_row *row = &type->hcalls[i];

            if (row->functions && is_advertised(p, row->when))
                tree_add_string(t, "/rtas",
                                row->token >= HCALL_PLATFORM_FIRST ? "qemu,hypertas-functions"
                                                                   : "ibm,hypertas-functions",
                                row->functions);
        }
    }
}

static void write_tokens(const struct platform *p, struct tree *t)
{
    const struct platform_dispatch *d = p->dispatch;

    for (size_t i = 0; i < RTAS_SLOTS; i++) {
        const struct rtas_row *row = d->rtas[i].row;

        if (row && platform_row_offered(p, row->when))
            tree_u32(t, "/rtas", row->name, row->token);
    }
}

/* What the OS has to set aside for RTAS: the 20 bytes of code at its begin, room for a machine check
 * log up to 2048, 16 bytes for each processor's r3 at a system reset. */
static uint32_t rtas_size(const struct platform_config *config)
{
    return 20 + 2048 + 16 * config->max_vcpus + 8;
}

static void write_rtas(const struct platform *p, struct tree *t)
{
    const struct platform_config *config = p->config;
    const uint32_t capacity[] = {
        (uint32_t)(dimms_area_end(config) >> 32), (uint32_t)dimms_area_end(config),
        (uint32_t)(LMB_SIZE >> 32), (uint32_t)LMB_SIZE, config->max_vcpus / config->threads,
    };

    tree_node(t, "/rtas");
    write_functions(p, t);
    numa_write_rtas(p, t);
    tree_u32(t, "/rtas", "rtas-size", rtas_size(config));
    tree_u32(t, "/rtas", "rtas-error-log-max", 2048);
    tree_u32(t, "/rtas", "rtas-event-scan-rate", 1);
    tree_empty(t, "/rtas", "ibm,change-msix-capable");
    tree_empty(t, "/rtas", "ibm,extended-os-term");
    tree_cells(t, "/rtas", "ibm,lrdr-capacity", capacity, ARRAY_SIZE(capacity));
    write_tokens(p, t);
}

void platform_write_tree(void *self, struct tree *t, enum tree_stage stage)
{
    const struct platform *p = self;

    (void)stage;
    write_root(p, t);
    write_chosen(p, t);
    write_rtas(p, t);
}
