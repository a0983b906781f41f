/* DMA as a partition's devices do it: through translation control entries (TCE), and to guest RAM only.
 *
 * A DMA space is what one host bridge's (or one VIO device's) devices see. It has up to two windows, each with
 * a table of TCEs that the guest fills by hypercalls, naming the table by its LIOBN. An address outside the
 * windows, or whose TCE does not allow the access, or that leads to anything but RAM, is a fault: the access
 * does not happen. No access ever reaches a device.
 *
 * Threads: dma_* accesses and mappings from any thread, with or without the machine's lock. Everything else
 * under the machine's lock, or while nothing runs. [LoPAR, I/O Bridges; hcall-tce] */
#ifndef PAPR_DMA_H
#define PAPR_DMA_H

#include <sys/uio.h>

#include "papr/platform.h"

struct dma_spaces; /* all of a machine: the state of dma_facility */
struct dma_space;

enum { DMA_WINDOWS = 2 };

struct dma_spaces *dma_spaces_new(struct mem *mem, struct error *err);
/* With all the spaces that are left in it. */
void dma_spaces_free(struct dma_spaces *all);

/* A space without windows: nothing can be accessed. NULL when out of memory. */
struct dma_space *dma_space_new(struct dma_spaces *all, struct error *err);
void dma_space_free(struct dma_space *space);
/* The one whose addresses are guest physical ones, for devices that the architecture lets bypass TCEs (virtio
 * without VIRTIO_F_ACCESS_PLATFORM): RAM all the same. Never freed by the caller. */
struct dma_space *dma_space_physical(struct dma_spaces *all);

/* Opens the window: count pages of 1 << page_shift bytes from I/O bus address start on, all entries 0. Fails if
 * the LIOBN or the window is in use, when out of memory, or if the ranges overlap. */
bool dma_window_open(struct dma_space *space, unsigned window, uint32_t liobn, uint64_t start,
                     unsigned page_shift, uint64_t count, struct error *err);
/* Closes it; no access is in it any more when this returns. */
void dma_window_close(struct dma_space *space, unsigned window);
bool dma_window_is_open(const struct dma_space *space, unsigned window);
uint64_t dma_window_start(const struct dma_space *space, unsigned window);

/* The space and window that a LIOBN names; NULL if there is none. */
struct dma_space *dma_find(struct dma_spaces *all, uint64_t liobn, unsigned *window);
/* Clears all entries of all open windows of the space. */
void dma_space_clear(struct dma_space *space);

/* Copies between I/O bus addresses and a buffer of ours. False at a fault; then part may have been copied. */
bool dma_read(struct dma_space *space, uint64_t ioba, void *buffer, size_t size);
bool dma_write(struct dma_space *space, uint64_t ioba, const void *buffer, size_t size);

/* Host addresses of [ioba, ioba + size), size > 0, in at most `most` pieces: their number, 0 at a fault or if
 * they are more. They stay RAM while the machine lives; what is written there must be told by dma_written().
 * `writable`: the device writes. */
unsigned dma_map(struct dma_space *space, uint64_t ioba, uint64_t size, bool writable,
                 struct iovec *pieces, unsigned most);
/* A number that changes before a mapping that was good may stop to be: what dma_map() gave may be used again while
 * it is the same. */
uint64_t dma_generation(const struct dma_space *space);
/* After bytes at a host address of dma_map() changed: code decoded from them is forgotten. */
void dma_written(struct dma_space *space, const void *host, size_t size);

extern const struct facility_type dma_facility;

#endif
