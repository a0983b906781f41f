/* XICS: presentation controllers (ICP, one a server) and the source controller (ICS), as a machine, with no
 * word about how a partition calls them.
 *
 * It has a lock of its own, which all but those that read routing and shape take: claims, routing and resets come with
 * the machine's lock held, levels and what an ICP does with or without. */
#ifndef IRQ_XICS_H
#define IRQ_XICS_H

#include "accel/accel.h"

struct xics;

enum { XICS_FIRST = 0x1000, XICS_SOURCES = 0x1000, XICS_IPI = 2, XICS_MASKED = 0xff };

/* For the vCPUs of accel, whose ids are below n_servers. Inactive. NULL when out of memory. */
struct xics *xics_new(struct accel *accel, unsigned n_servers, struct error *err);
void xics_free(struct xics *x);
/* Priorities masked, nothing pending, as after machine reset; the levels of LSIs stay. */
void xics_reset(struct xics *x);
/* An inactive one presents nothing. Switching resets it. */
void xics_set_active(struct xics *x, bool active);
bool xics_is_active(const struct xics *x);

/* The ICP of a vCPU that has been plugged in: as a reset leaves it. */
void xics_renew_server(struct xics *x, unsigned index);

/* Number of server numbers. */
unsigned xics_servers(const struct xics *x);

/* nr is in the range of sources and, to claim, not claimed; to release or set, claimed. */
void xics_claim(struct xics *x, unsigned nr, bool is_lsi);
void xics_release(struct xics *x, unsigned nr);
bool xics_is_claimed(const struct xics *x, uint64_t nr);
/* Level for an LSI, else each true is one interrupt. */
void xics_set_source(struct xics *x, unsigned nr, bool level);

/* The source's routing; nr is claimed, server exists. saved is what int-on restores. */
void xics_write_xive(struct xics *x, unsigned nr, unsigned server, uint8_t priority, uint8_t saved);
void xics_read_xive(const struct xics *x, unsigned nr, unsigned *server, uint8_t *priority,
                    uint8_t *saved);

/* The ICP of the vCPU with that index. XIRR is CPPR in the top byte, source number below. A guest may set
 * CPPR and MFRR to anything. */
void icp_set_cppr(struct xics *x, unsigned index, uint8_t cppr);
void icp_set_mfrr(struct xics *x, unsigned index, uint8_t mfrr);
uint32_t icp_accept(struct xics *x, unsigned index);
void icp_eoi(struct xics *x, unsigned index, uint32_t xirr);
/* XIRR and MFRR, unchanged. */
uint32_t icp_poll(struct xics *x, unsigned index, uint8_t *mfrr);

/* What must always hold: an ICP holds nothing or what may interrupt its processor. */
bool xics_check(const struct xics *x);

#endif
