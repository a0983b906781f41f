/* A PCI function as its device sees it: configuration space, base addresses, interrupts, DMA.
 *
 * A device embeds a struct pci_device as its first member, fills in the constant part, calls
 * pci_device_init(), adds base addresses and capabilities, and is plugged into a host bridge by phb_add(). It never
 * learns where the guest maps its registers.
 *
 * Threads: everything here under the machine's lock, except DMA (papr/dma.h). [PCI Local Bus 3.0, 6] */
#ifndef PCI_DEVICE_H
#define PCI_DEVICE_H

#include "papr/dma.h"

enum { PCI_CONFIG_BYTES = 256, PCI_BARS = 6, PCI_MSIX_MOST = 128 };

/* Configuration space. */
enum {
    PCI_VENDOR_ID = 0x00,
    PCI_DEVICE_ID = 0x02,
    PCI_COMMAND = 0x04,
    PCI_STATUS = 0x06,
    PCI_REVISION = 0x08,
    PCI_CLASS = 0x09, /* three bytes */
    PCI_CACHE_LINE_SIZE = 0x0c,
    PCI_LATENCY_TIMER = 0x0d,
    PCI_BAR_0 = 0x10,
    PCI_SUBSYSTEM_VENDOR_ID = 0x2c,
    PCI_SUBSYSTEM_ID = 0x2e,
    PCI_CAPABILITIES = 0x34,
    PCI_INTERRUPT_LINE = 0x3c,
    PCI_INTERRUPT_PIN = 0x3d,
    PCI_MIN_GRANT = 0x3e,
    PCI_MAX_LATENCY = 0x3f,
    PCI_HEADER_BYTES = 0x40,

    PCI_COMMAND_IO = 1 << 0,
    PCI_COMMAND_MEMORY = 1 << 1,
    PCI_COMMAND_MASTER = 1 << 2,
    PCI_COMMAND_INTX_DISABLE = 1 << 10,
    PCI_STATUS_INTERRUPT = 1 << 3,
    PCI_STATUS_CAPABILITIES = 1 << 4,

    PCI_CAP_VENDOR = 0x09,
    PCI_CAP_MSIX = 0x11,
};

struct phb;
struct pci_device;

struct pci_device_ops {
    /* Registers behind a base address. Offset is within it; size 1, 2 or 4 (8 where the guest asks for it), aligned
     * or not, never beyond its end. Values are numbers, the byte at the lowest address being the least
     * significant one. */
    uint64_t (*load)(struct pci_device *d, unsigned bar, uint64_t offset, unsigned size);
    void (*store)(struct pci_device *d, unsigned bar, uint64_t offset, unsigned size, uint64_t value);
    /* Configuration bytes [offset, offset + size) changed by the guest, or are about to be read; NULL: no matter. */
    void (*config_stored)(struct pci_device *d, unsigned offset, unsigned size);
    void (*config_load)(struct pci_device *d, unsigned offset, unsigned size);
    /* To the state after power-on; the common part is reset before. May drop the machine's lock while it waits for
     * requests that are under way. */
    void (*reset)(struct pci_device *d);
};

enum pci_space { PCI_SPACE_NONE, PCI_SPACE_IO = 1, PCI_SPACE_MEMORY_32 = 2, PCI_SPACE_MEMORY_64 = 3 };

struct pci_bar {
    enum pci_space space;
    bool prefetchable;
    uint64_t size; /* a power of two */
};

struct pci_msix_entry {
    uint64_t address;
    uint32_t data;
    bool masked, pending;
};

struct pci_device {
    /* The device's to set before pci_device_init(). */
    const struct pci_device_ops *ops;
    const char *type; /* "virtio-blk-pci", for location codes */
    uint16_t vendor, device, subsystem_vendor, subsystem;
    uint32_t class_code; /* 24 bits */
    uint8_t revision;
    bool has_intx;

    /* Who asks for the device's place: -1 any, else slot << 3 | function. */
    int wanted_devfn;
    uint8_t devfn;
    struct phb *phb; /* NULL until it is plugged */
    struct dma_space *dma;

    uint8_t config[PCI_CONFIG_BYTES];
    uint8_t writable[PCI_CONFIG_BYTES]; /* bits that a guest's store changes */
    uint8_t after_reset[PCI_CONFIG_BYTES];
    unsigned config_used; /* end of the last capability */
    unsigned last_capability;
    struct pci_bar bars[PCI_BARS];
    bool intx_level;

    /* MSI-X: see msix.c. */
    unsigned msix_at; /* capability's offset, 0: none */
    unsigned msix_bar;
    unsigned n_msix;
    struct pci_msix_entry *msix;
    unsigned first_lisn, n_lisns; /* what ibm,change-msi gave */
    struct pci_device *next;
};

/* Sets up the header. What the configuration space holds when the function is plugged is its reset state. */
void pci_device_init(struct pci_device *d);
/* Frees what this room allocated for it; the device is not plugged any more. */
void pci_device_fini(struct pci_device *d);

void pci_device_add_bar(struct pci_device *d, unsigned bar, enum pci_space space, bool prefetchable,
                        uint64_t size);
/* Appends a capability of so many bytes (its ID and link included), read-only and zero but for those two;
 * returns its offset. The device's capabilities fit by construction. */
unsigned pci_device_add_capability(struct pci_device *d, uint8_t id, unsigned size);
/* MSI-X with n vectors (1 to PCI_MSIX_MOST), table and pending bits in this base address, which it takes whole. */
bool pci_device_add_msix(struct pci_device *d, unsigned n, unsigned bar, struct error *err);

/* Sends the interrupt of a vector, if MSI-X is enabled; remembers it while it is masked. */
void pci_msix_signal(struct pci_device *d, unsigned vector);
bool pci_msix_is_enabled(const struct pci_device *d);
/* The INTx# line of the device's pin A. */
void pci_set_intx(struct pci_device *d, bool level);

/* ---- for the host bridge ---- */

/* False if the bytes are not all within configuration space. Little-endian numbers of 1, 2 or 4 bytes. */
bool pci_config_load(struct pci_device *d, unsigned offset, unsigned size, uint32_t *value);
bool pci_config_store(struct pci_device *d, unsigned offset, unsigned size, uint32_t value);
/* PCI address at which the base address's registers answer, and whether they do. */
bool pci_bar_address(const struct pci_device *d, unsigned bar, uint64_t *address);
uint64_t pci_bar_load(struct pci_device *d, unsigned bar, uint64_t offset, unsigned size);
void pci_bar_store(struct pci_device *d, unsigned bar, uint64_t offset, unsigned size, uint64_t value);
void pci_device_reset(struct pci_device *d);
/* The interrupts that the platform assigned (0: none): they are written into the vectors. */
void pci_msix_assign(struct pci_device *d, unsigned first_lisn, unsigned count);
/* Masks, enables or levels changed: sends what they held back. */
void pci_msix_update(struct pci_device *d);
void pci_intx_update(struct pci_device *d);

/* Where message interrupts are written to, in the I/O bus address space of each host bridge. */
#define PCI_MSI_ADDRESS UINT64_C(0x40000000000)

#endif
