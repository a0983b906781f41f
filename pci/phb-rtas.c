/* RTAS calls of PCI host bridges: configuration space and message interrupts.
 *
 * A configuration address is a cell: bits 0-3 the register's bits 11 to 8, 8-15 the bus, 16-20 the device, 21-23 the
 * function, 24-31 the register's low byte. Bridges are named by their bus unit identifier, two cells.
 * [LoPAR, PCI Configuration Space; MSI Support] */
#include "irq/irq.h"
#include "pci/phb-internal.h"

static unsigned register_of(uint32_t config_addr)
{
    return (config_addr >> 20 & 0xf00) | (config_addr & 0xff);
}

static int32_t config_load(struct pci_device *d, uint32_t config_addr, uint32_t size, uint32_t *value)
{
    unsigned offset = register_of(config_addr);

    if (!d || (size != 1 && size != 2 && size != 4) || offset % size ||
        !pci_config_load(d, offset, size, value))
        return RTAS_HARDWARE;
    return RTAS_OK;
}

static int32_t config_store(struct pci_device *d, uint32_t config_addr, uint32_t size, uint32_t value)
{
    unsigned offset = register_of(config_addr);

    if (!d || (size != 1 && size != 2 && size != 4) || offset % size ||
        !pci_config_store(d, offset, size, value))
        return RTAS_HARDWARE;
    return RTAS_OK;
}

static struct pci_device *function_of(struct phbs *all, const struct rtas_args *args)
{
    return phb_function(phb_find(all, args->arg[1], args->arg[2]), args->arg[0]);
}

/* Arguments: configuration address, size. No bridge has bus unit identifier 0. */
static int32_t rtas_read_pci_config(void *self, struct vcpu *v, struct rtas_args *args)
{
    struct phbs *all = self;

    (void)v;
    if (args->nargs != 2 || args->nret != 2)
        return RTAS_HARDWARE;
    return config_load(phb_function(phb_find(all, 0, 0), args->arg[0]), args->arg[0], args->arg[1],
                       &args->ret[1]);
}

/* Arguments: configuration address, size, value. */
static int32_t rtas_write_pci_config(void *self, struct vcpu *v, struct rtas_args *args)
{
    struct phbs *all = self;

    (void)v;
    if (args->nargs != 3 || args->nret != 1)
        return RTAS_HARDWARE;
    return config_store(phb_function(phb_find(all, 0, 0), args->arg[0]), args->arg[0], args->arg[1],
                        args->arg[2]);
}

/* Arguments: configuration address, bus unit identifier, size. Result: value. */
static int32_t rtas_ibm_read_pci_config(void *self, struct vcpu *v, struct rtas_args *args)
{
    (void)v;
    if (args->nargs != 4 || args->nret != 2)
        return RTAS_HARDWARE;
    return config_load(function_of(self, args), args->arg[0], args->arg[3], &args->ret[1]);
}

/* Arguments: configuration address, bus unit identifier, size, value. */
static int32_t rtas_ibm_write_pci_config(void *self, struct vcpu *v, struct rtas_args *args)
{
    (void)v;
    if (args->nargs != 5 || args->nret != 1)
        return RTAS_HARDWARE;
    return config_store(function_of(self, args), args->arg[0], args->arg[3], args->arg[4]);
}

/* Functions of ibm,change-msi. */
enum { CHANGE_ANY = 1, CHANGE_MSI = 3, CHANGE_MSIX = 4, TYPE_MSIX = 2 };

static int32_t release_msis(struct pci_device *d, struct rtas_args *args)
{
    if (!d->n_lisns)
        return RTAS_HARDWARE;
    phb_release_msis(d->phb, d);
    args->ret[1] = args->ret[2] = 0;
    return RTAS_OK;
}

/* Arguments: configuration address, bus unit identifier, function, number of interrupts (0: gives them back), sequence
 * number. Results: number of interrupts, next sequence number, and in newer systems the type. The functions here have
 * MSI-X only. */
static int32_t rtas_ibm_change_msi(void *self, struct vcpu *v, struct rtas_args *args)
{
    struct phbs *all = self;
    struct pci_device *d = function_of(all, args);
    uint32_t function = args->arg[3], requested = args->arg[4], sequence = args->arg[5];
    unsigned first;

    (void)v;
    if (args->nargs != 6 || (args->nret != 3 && args->nret != 4) || !d)
        return RTAS_PARAMETER;
    if ((function != CHANGE_ANY && function != CHANGE_MSIX) || !d->msix_at)
        return RTAS_PARAMETER;
    if (!requested)
        return release_msis(d, args);
    if (requested > d->n_msix) {
        /* The guest tries again with what there is. */
        args->ret[1] = d->n_msix;
    } else {
        if (!irq_claim_msis(all->irq, requested, false, &first))
            return RTAS_HARDWARE;
        phb_release_msis(d->phb, d);
        pci_msix_assign(d, first, requested);
        args->ret[1] = requested;
    }
    args->ret[2] = sequence + 1;
    if (args->nret == 4)
        args->ret[3] = TYPE_MSIX;
    return RTAS_OK;
}

/* Arguments: configuration address, bus unit identifier, which. Results: source number, 1 for edge. */
static int32_t rtas_ibm_query_interrupt_source_number(void *self, struct vcpu *v, struct rtas_args *args)
{
    struct pci_device *d = function_of(self, args);

    (void)v;
    if (!d)
        return RTAS_PARAMETER;
    if (args->arg[3] >= d->n_lisns)
        return RTAS_HARDWARE;
    args->ret[1] = d->first_lisn + args->arg[3];
    args->ret[2] = 1;
    return RTAS_OK;
}

static const struct rtas_row rtas[] = {
    { 0x2014, "read-pci-config", -1, -1, WHEN_ALWAYS, rtas_read_pci_config },
    { 0x2015, "write-pci-config", -1, -1, WHEN_ALWAYS, rtas_write_pci_config },
    { 0x2016, "ibm,read-pci-config", -1, -1, WHEN_ALWAYS, rtas_ibm_read_pci_config },
    { 0x2017, "ibm,write-pci-config", -1, -1, WHEN_ALWAYS, rtas_ibm_write_pci_config },
    { 0x2018, "ibm,query-interrupt-source-number", 4, 3, WHEN_ALWAYS,
      rtas_ibm_query_interrupt_source_number },
    { 0x2019, "ibm,change-msi", -1, -1, WHEN_ALWAYS, rtas_ibm_change_msi },
};

const struct facility_type phb_facility = {
    .name = "pci",
    .rtas = rtas,
    .n_rtas = ARRAY_SIZE(rtas),
    .reset = phb_reset,
    .write_tree = phb_write_tree,
};
