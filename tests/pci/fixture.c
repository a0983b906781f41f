/* See fixture.h. */
#include "tests/pci/fixture.h"

#include <stdio.h>
#include <stdlib.h>

enum { READ_CONFIG = 0x2016, WRITE_CONFIG, QUERY_SOURCE, CHANGE_MSI, SET_XIVE = 0x200a };
#define BUID_HIGH 0x8000000
#define BUID_LOW 0x20000000

static void must(bool ok)
{
    if (!ok) {
        fprintf(stderr, "the fixture could not be made\n");
        abort();
    }
}

struct pci_fixture *pci_fixture_new(void)
{
    struct pci_fixture *p = calloc(1, sizeof *p);
    struct fixture *f;

    must(p);
    p->f = f = fixture_new(NULL);
    p->irq = irq_new(f->platform, NULL);
    must(p->irq);
    f->platform->irq = p->irq;
    f->platform->irq_ops = &irq_platform_ops;
    p->dma = dma_spaces_new(f->mem, NULL);
    p->phbs = phbs_new(f->platform, p->irq, p->dma, NULL);
    must(p->dma && p->phbs);
    p->phb = phb_new(p->phbs, 0, NULL);
    must(p->phb);
    must(platform_add(f->platform, &xics_facility, irq_xics(p->irq), NULL));
    must(platform_add(f->platform, &dma_facility, p->dma, NULL));
    must(platform_add(f->platform, &phb_facility, p->phbs, NULL));
    must(platform_add(f->platform, &ddw_facility, p->phbs, NULL));
    must(platform_add(f->platform, &eeh_facility, p->phbs, NULL));
    return p;
}

void pci_fixture_reset(struct pci_fixture *p)
{
    /* A reset is under the machine's lock, which devices drop while they wait. */
    accel_lock(p->f->accel);
    must(platform_reset(p->f->platform, NULL));
    accel_unlock(p->f->accel);
    fixture_vcpu(p->f, 0)->state = VCPU_RUNNING;
    HCALL(p->f, H_CPPR, 0xff);
}

void pci_fixture_free(struct pci_fixture *p)
{
    phbs_free(p->phbs);
    dma_spaces_free(p->dma);
    irq_free(p->irq);
    fixture_free(p->f);
    free(p);
}

static uint32_t config_addr(unsigned slot, unsigned offset)
{
    return (offset & 0xf00) << 20 | slot << 11 | (offset & 0xff);
}

uint32_t config_load(struct pci_fixture *p, unsigned slot, unsigned offset, unsigned size)
{
    uint32_t ret[2];
    int32_t status;

    status = RTAS(p->f, READ_CONFIG, ret, 2, config_addr(slot, offset), BUID_HIGH, BUID_LOW, size);
    return status ? UINT32_MAX : ret[1];
}

int32_t config_store(struct pci_fixture *p, unsigned slot, unsigned offset, unsigned size, uint32_t value)
{
    uint32_t ret[1];
    int32_t status;

    status = RTAS(p->f, WRITE_CONFIG, ret, 1, config_addr(slot, offset), BUID_HIGH, BUID_LOW, size, value);
    return status;
}

static uint64_t swap(uint64_t value, unsigned size)
{
    return __builtin_bswap64(value) >> (64 - 8 * size);
}

uint64_t mmio_load(struct pci_fixture *p, uint64_t address, unsigned size)
{
    uint64_t value = UINT64_MAX;
    bool ok;

    accel_lock(p->f->accel);
    ok = mem_mmio_load(p->f->mem, address, size, &value);
    accel_unlock(p->f->accel);
    return ok ? swap(value, size) : UINT64_MAX;
}

void mmio_store(struct pci_fixture *p, uint64_t address, unsigned size, uint64_t value)
{
    accel_lock(p->f->accel);
    mem_mmio_store(p->f->mem, address, size, swap(value, size));
    accel_unlock(p->f->accel);
}

unsigned msis_allocate(struct pci_fixture *p, unsigned slot, unsigned count)
{
    uint32_t ret[3], first[3];

    if (RTAS(p->f, CHANGE_MSI, ret, 3, config_addr(slot, 0), BUID_HIGH, BUID_LOW, 4, count, 1) || ret[1] != count)
        return 0;
    for (unsigned i = 0; i < count; i++) {
        if (RTAS(p->f, QUERY_SOURCE, first, 3, config_addr(slot, 0), BUID_HIGH, BUID_LOW, i))
            return 0;
        if (!source_enable(p, first[1]))
            return 0;
    }
    return first[1] - count + 1;
}

bool source_enable(struct pci_fixture *p, unsigned lisn)
{
    uint32_t ret[1];

    return RTAS(p->f, SET_XIVE, ret, 1, lisn, 0, 5) == RTAS_OK;
}

unsigned interrupt_take(struct pci_fixture *p)
{
    unsigned xirr;

    HCALL(p->f, H_XIRR);
    xirr = (unsigned)fixture_gpr(p->f, 4);
    if (xirr & 0xffffff)
        HCALL(p->f, H_EOI, xirr);
    return xirr & 0xffffff;
}
