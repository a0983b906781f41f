/* A partition with a virtual SCSI adapter and a logical LAN, and images and a network that do what the test says.
 * Defines what host/block.h and host/net.h declare: for one file of a program. */
#ifndef TESTS_VIO_FAKE_BACKENDS_H
#define TESTS_VIO_FAKE_BACKENDS_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "host/block.h"
#include "host/net.h"
#include "irq/irq.h"
#include "tests/papr/fixture.h"
#include "vio/llan.h"
#include "vio/srp.h"
#include "vio/vscsi.h"

enum { FAKE_DISK_SIZE = 1 << 20, FAKE_QUEUE = 256, FAKE_FRAMES = 64 };

/* Not Check's, as not every program here is one of its tests. */
static inline void must(bool ok)
{
    if (!ok)
        abort();
}

/* ---- images: requests wait until the test ends them ---- */

struct block {
    uint64_t size;
    bool read_only, write_cache, can_discard;
    int error; /* with which the next requests end */
    uint8_t *bytes;
    struct block_request *waiting[FAKE_QUEUE];
    unsigned n_waiting;
    unsigned flushes, fuas, discards, zeroes;
};

uint64_t block_size(const struct block *b)
{
    return b->size;
}

bool block_is_read_only(const struct block *b)
{
    return b->read_only;
}

bool block_has_write_cache(const struct block *b)
{
    return b->write_cache;
}

bool block_can_discard(const struct block *b)
{
    return b->can_discard;
}

unsigned block_host_block_size(const struct block *b)
{
    (void)b;
    return 4096;
}

void block_submit(struct block *b, struct block_request *r)
{
    must(b->n_waiting < FAKE_QUEUE);
    b->waiting[b->n_waiting++] = r;
}

static inline int fake_block_do(struct block *b, struct block_request *r)
{
    uint64_t at = r->offset, size = r->size;

    if (b->error)
        return b->error;
    if (r->op == BLOCK_READ || r->op == BLOCK_WRITE) {
        size = 0;
        for (unsigned i = 0; i < r->n_pieces; i++)
            size += r->pieces[i].iov_len;
    }
    if (r->op == BLOCK_FLUSH) {
        b->flushes++;
        return 0;
    }
    if (at > b->size || size > b->size - at)
        return EINVAL;
    b->fuas += r->fua;
    if (r->op == BLOCK_DISCARD) {
        b->discards++;
        return 0;
    }
    if (r->op == BLOCK_WRITE_ZEROES) {
        b->zeroes++;
        memset(b->bytes + at, 0, size);
        return 0;
    }
    for (unsigned i = 0; i < r->n_pieces; at += r->pieces[i++].iov_len)
        if (r->op == BLOCK_READ)
            memcpy(r->pieces[i].iov_base, b->bytes + at, r->pieces[i].iov_len);
        else
            memcpy(b->bytes + at, r->pieces[i].iov_base, r->pieces[i].iov_len);
    return 0;
}

/* Ends the request that was submitted first. False if there is none. */
static inline bool fake_block_end_one(struct block *b)
{
    struct block_request *r;

    if (!b->n_waiting)
        return false;
    r = b->waiting[0];
    memmove(b->waiting, b->waiting + 1, --b->n_waiting * sizeof b->waiting[0]);
    r->done(r, fake_block_do(b, r));
    return true;
}

void block_drain(struct block *b)
{
    while (fake_block_end_one(b))
        ;
}

/* ---- the network ---- */

struct net {
    struct net_receiver receiver;
    unsigned room; /* frames that it takes */
    unsigned sent, ready_calls;
    uint8_t last[65536];
    size_t last_size;
};

void net_set_receiver(struct net *net, const struct net_receiver *receiver)
{
    net->receiver = *receiver;
}

void net_receive_ready(struct net *net)
{
    net->ready_calls++;
}

bool net_send(struct net *net, const struct iovec *pieces, unsigned n_pieces)
{
    if (!net->room)
        return false;
    net->room--;
    net->sent++;
    net->last_size = 0;
    for (unsigned i = 0; i < n_pieces; i++) {
        must(pieces[i].iov_len <= sizeof net->last - net->last_size);
        memcpy(net->last + net->last_size, pieces[i].iov_base, pieces[i].iov_len);
        net->last_size += pieces[i].iov_len;
    }
    return true;
}

/* ---- the partition ---- */

enum {
    CALL_PUT_TCE = 0x20,
    CALL_REG_CRQ = 0xfc,
    CALL_FREE_CRQ = 0x100,
    CALL_VIO_SIGNAL = 0x104,
    CALL_SEND_CRQ = 0x108,
    CALL_ENABLE_CRQ = 0x2b0,
    CALL_REGISTER_LAN = 0x114,
    CALL_FREE_LAN = 0x118,
    CALL_ADD_BUFFER = 0x11c,
    CALL_SEND_LAN = 0x120,
    CALL_MULTICAST = 0x130,
    CALL_CHANGE_MAC = 0x14c,
};

struct partition {
    struct fixture *f;
    struct irq *irq;
    struct dma_spaces *dma;
    struct vio_bus *bus;
    struct vscsi *vscsi;
    struct llan *llan;
    uint64_t scsi, lan; /* unit addresses */
    struct block disk, disc;
    struct net net;
};

/* Page i of each device's window leads to this place of memory, once the test has mapped it. */
#define PARTITION_MEMORY UINT64_C(0x1000000)

static inline struct partition *partition_new(void)
{
    static const uint8_t mac[6] = { 0x52, 0x54, 0, 1, 2, 3 };
    struct partition *p = calloc(1, sizeof *p);
    struct fixture *f = p->f = fixture_new(NULL);
    struct scsi_unit_options disk = { .kind = SCSI_DISK, .block = &p->disk, .serial = "s1" };
    struct scsi_unit_options cd = { .kind = SCSI_CD, .block = &p->disc };
    struct scsi_unit_options empty = { .kind = SCSI_CD };

    p->irq = irq_new(f->platform, NULL);
    f->platform->irq = p->irq;
    f->platform->irq_ops = &irq_platform_ops;
    p->dma = dma_spaces_new(f->mem, NULL);
    p->bus = vio_bus_new(p->irq, p->dma, NULL);
    must(platform_add(f->platform, &xics_facility, irq_xics(p->irq), NULL));
    must(platform_add(f->platform, &dma_facility, p->dma, NULL));
    must(platform_add(f->platform, &vio_bus_facility, p->bus, NULL));
    must(platform_add(f->platform, &llan_facility, p->bus, NULL));
    p->disk = (struct block){ .size = FAKE_DISK_SIZE, .write_cache = true, .can_discard = true,
                              .bytes = calloc(1, FAKE_DISK_SIZE) };
    p->disc = (struct block){ .size = FAKE_DISK_SIZE, .read_only = true, .bytes = calloc(1, FAKE_DISK_SIZE) };
    p->vscsi = vscsi_new(f->platform, p->bus, 0, NULL);
    p->scsi = vscsi_unit(p->vscsi);
    must(scsi_bus_add(vscsi_bus(p->vscsi), &(struct scsi_address){ 0, 0, 0 }, &disk, NULL));
    must(scsi_bus_add(vscsi_bus(p->vscsi), &(struct scsi_address){ 0, 1, 0 }, &cd, NULL));
    must(scsi_bus_add(vscsi_bus(p->vscsi), &(struct scsi_address){ 0, 2, 3 }, &empty, NULL));
    p->net.room = 1000;
    p->lan = p->scsi + 1;
    p->llan = llan_new(f->platform, p->bus, (uint32_t)p->lan, &p->net, mac, NULL);
    must(p->llan != NULL);
    return p;
}

static inline void partition_free(struct partition *p)
{
    block_drain(&p->disk);
    block_drain(&p->disc);
    vscsi_free(p->vscsi);
    llan_free(p->llan);
    vio_bus_free(p->bus);
    dma_spaces_free(p->dma);
    irq_free(p->irq);
    fixture_free(p->f);
    free(p->disk.bytes);
    free(p->disc.bytes);
    free(p);
}

/* Lets a device reach count pages from I/O bus address 0 on. */
static inline void partition_map(struct partition *p, uint64_t unit, unsigned count)
{
    for (uint64_t i = 0; i < count; i++)
        must(HCALL(p->f, CALL_PUT_TCE, unit, i << 12, (PARTITION_MEMORY + (i << 12)) | 3) == H_SUCCESS);
}

static inline uint8_t *partition_memory(struct partition *p, uint64_t ioba, size_t size)
{
    uint8_t *at = gpa_map_write(p->f->mem, PARTITION_MEMORY + ioba, size);

    must(at != NULL);
    return at;
}

#endif
