/* PCI host bridges (spapr-pci-host-bridge): where the guest's loads and stores, configuration calls, interrupts and
 * DMA windows meet the devices. One root bus each; buses behind bridges are not there yet.
 *
 * Under the machine's lock. [LoPAR, I/O Bridges and Topology; machine's memory map in docs] */
#ifndef PCI_PHB_H
#define PCI_PHB_H

#include "base/device-type.h"
#include "irq/irq.h"
#include "pci/device.h"

struct phbs; /* all of a machine: the state of phb_facility */

enum { PHB_MOST = 31, PHB_LSIS = 4, PHB_SLOTS = 32 };

struct phb {
    unsigned index;
    uint64_t buid;
    struct phbs *all;
    struct dma_space *dma;
    struct pci_device *first; /* by ascending device and function */
    struct irq_line lsi[PHB_LSIS];
    bool lsi_level[PHB_LSIS];
    struct phb *next;
};

/* Hears of a function that the guest gave back, or never had: it is on no bus any more. Lock held, any thread. */
struct phbs_listener {
    void (*released)(void *opaque, struct pci_device *d);
};

struct phbs {
    struct platform *platform;
    const struct phbs_listener *listener;
    void *opaque;
    bool live; /* the machine has been put together: the guest is told of what is added */
    struct irq *irq;
    struct dma_spaces *dma;
    struct phb *first;
};

struct phbs *phbs_new(struct platform *p, struct irq *irq, struct dma_spaces *dma, struct error *err);
/* With all bridges, whose devices are gone. */
void phbs_free(struct phbs *all);

/* Adds the bridge with this index, 0 to PHB_MOST - 1, and its windows. NULL if it is taken. */
struct phb *phb_new(struct phbs *all, unsigned index, struct error *err);
struct phb *phb_at(struct phbs *all, unsigned index);
/* The guest has stopped for good: devices finish what is under way, and start nothing any more. Without the machine's
 * lock. */
void phbs_stop(struct phbs *all);

/* As a device that a user adds: spapr-pci-host-bridge. */
extern const struct device_type phb_type;
/* The bridge of a bus unit identifier, and the function at a configuration address (the first argument of the
 * configuration calls) on it; NULL if there is none. */
struct phb *phb_find(struct phbs *all, uint32_t buid_high, uint32_t buid_low);
struct pci_device *phb_function(struct phb *phb, uint32_t config_addr);

/* Plugs the device in at its wanted_devfn, or in the first free slot. It stays the caller's. */
bool phb_add(struct phb *phb, struct pci_device *d, struct error *err);
/* Takes it out, if it is plugged. */
void phb_remove(struct pci_device *d);

/* The path of its node in the device tree; it is plugged. */
void pci_path(const struct pci_device *d, char *path, size_t size);

/* From now on, what is added is reset, and the guest told of it. */
void phbs_go_live(struct phbs *all, const struct phbs_listener *listener, void *opaque);
/* Asks the guest for a function that is plugged: listener->released() follows, perhaps at once, or never. Lock held. */
bool phb_request_removal(struct pci_device *d, struct error *err);

/* ---- for the devices' common part ---- */

void phb_mappings_changed(struct phb *phb);
void phb_update_lsi(struct phb *phb, unsigned slot);
void phb_send_msi(struct phb *phb, unsigned lisn);
unsigned phb_lsi_of(unsigned slot); /* pin A of that slot: 0 to PHB_LSIS - 1 */

/* Gives back the function's message interrupts. */
void phb_release_msis(struct phb *phb, struct pci_device *d);

/* Back to the default 32-bit DMA window, empty, and no other. */
bool phb_reset_windows(struct phb *phb, struct error *err);
enum { PHB_DEFAULT_WINDOW_SHIFT = 30, PHB_DEFAULT_PAGE_SHIFT = 12 };
static inline uint32_t phb_liobn(const struct phb *phb, unsigned window)
{
    return UINT32_C(0x80000000) | phb->index << 8 | window;
}

/* Bases of the windows of bridge n in the guest's physical addresses. */
#define PHB_BASE UINT64_C(0x200000000000)
#define PHB_IO_BYTES UINT64_C(0x10000)
#define PHB_MEMORY_32_BYTES UINT64_C(0x80000000)
#define PHB_MEMORY_64_BYTES UINT64_C(0x10000000000)
#define PHB_IO_START(n) (PHB_BASE + (n) * PHB_IO_BYTES)
#define PHB_MEMORY_32_START(n) (PHB_BASE + ((n) + 1) * PHB_MEMORY_32_BYTES)
#define PHB_MEMORY_64_START(n) (PHB_BASE + ((n) + 1) * PHB_MEMORY_64_BYTES)
#define PHB_MEMORY_32_PCI UINT64_C(0x80000000) /* PCI address where the 32-bit window begins */

/* Facilities that share the state struct phbs: the bridges themselves with configuration space and interrupts, dynamic
 * DMA windows, enhanced error handling. */
extern const struct facility_type phb_facility, ddw_facility, eeh_facility;


#endif
