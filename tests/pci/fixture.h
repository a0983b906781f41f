/* A platform with interrupt controllers (XICS), DMA and one PCI host bridge, and what a guest does to them. */
#ifndef TESTS_PCI_FIXTURE_H
#define TESTS_PCI_FIXTURE_H

#include "pci/phb.h"
#include "tests/papr/fixture.h"

struct pci_fixture {
    struct fixture *f;
    struct irq *irq;
    struct dma_spaces *dma;
    struct phbs *phbs;
    struct phb *phb;
};

/* Not yet reset: devices are plugged first, then pci_fixture_reset(). */
struct pci_fixture *pci_fixture_new(void);
void pci_fixture_reset(struct pci_fixture *p);
/* The devices are gone already. */
void pci_fixture_free(struct pci_fixture *p);

/* Configuration space of device `slot`, by RTAS. Loads give UINT32_MAX if the call fails. */
uint32_t config_load(struct pci_fixture *p, unsigned slot, unsigned offset, unsigned size);
int32_t config_store(struct pci_fixture *p, unsigned slot, unsigned offset, unsigned size, uint32_t value);

/* Loads and stores at guest physical addresses, as little-endian numbers. Loads give UINT64_MAX where nothing is. */
uint64_t mmio_load(struct pci_fixture *p, uint64_t address, unsigned size);
void mmio_store(struct pci_fixture *p, uint64_t address, unsigned size, uint64_t value);

/* ibm,change-msi for MSI-X: the first source number, 0 if it fails. They interrupt processor 0. */
unsigned msis_allocate(struct pci_fixture *p, unsigned slot, unsigned count);
/* Has source `lisn` interrupt processor 0; LSIs too. False if it cannot, or if a device wrote into the call's buffer
 * meanwhile, as devices of a fuzz target do. */
bool source_enable(struct pci_fixture *p, unsigned lisn);
/* The source that interrupts processor 0, which is ended; 0 if there is none. */
unsigned interrupt_take(struct pci_fixture *p);

#endif
