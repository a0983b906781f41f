/* The administrator's commands; see nvme-internal.h. [NVMe 1.4 5] */
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "base/endian.h"
#include "nvme/nvme-internal.h"

enum {
    DELETE_SQ = 0x00,
    CREATE_SQ = 0x01,
    GET_LOG_PAGE = 0x02,
    DELETE_CQ = 0x04,
    CREATE_CQ = 0x05,
    IDENTIFY = 0x06,
    ABORT = 0x08,
    SET_FEATURES = 0x09,
    GET_FEATURES = 0x0a,
    EVENT_REQUEST = 0x0c
};
enum { PAGE = 4096, CONTIGUOUS = 1, INTERRUPTS = 2 };

/* ---- identification ---- */

static void put_text(uint8_t *to, size_t size, const char *text)
{
    size_t length = strlen(text);

    memset(to, ' ', size);
    memcpy(to, text, length < size ? length : size);
}

static void identify_controller(const struct nvme *n, uint8_t *data)
{
    st_le16(data, n->pci.vendor);
    st_le16(data + 2, n->pci.subsystem_vendor);
    put_text(data + 4, 20, n->options.serial);
    put_text(data + 24, 40, "lpar NVMe controller");
    put_text(data + 64, 8, "1");
    data[72] = 6; /* recommended arbitration burst */
    data[77] = NVME_TRANSFER_SHIFT;
    st_le16(data + 78, 1);       /* controller ID */
    st_le32(data + 80, 0x10400); /* version */
    data[111] = 1;               /* an I/O controller */
    data[258] = 3;               /* aborts at a time, less one */
    data[259] = NVME_EVENTS_MOST - 1;
    data[260] = 1 << 1 | 1; /* one firmware slot, read-only */
    data[512] = 6 << 4 | 6; /* bytes of submission queue entries, as a power of two */
    data[513] = 4 << 4 | 4;
    st_le16(data + 514, 0);
    st_le32(data + 516, 1);                        /* name spaces */
    st_le16(data + 520, 1 << 0 | 1 << 2 | 1 << 3); /* compare, dataset management, write zeroes */
    data[525] = block_has_write_cache(n->block);   /* a volatile write cache */
    snprintf((char *)data + 768, 256, "nqn.2014.08.org.nvmexpress:%04x%04x%-20.20slpar",
             n->pci.vendor, n->pci.subsystem_vendor, n->options.serial);
    st_le16(data + 2048, 0x9c4); /* power state 0: 25 W */
}

static void identify_namespace(const struct nvme *n, uint8_t *data)
{
    uint64_t blocks = nvme_blocks(n);
    unsigned shift = (unsigned)__builtin_ctz(n->options.logical_block_size);

    st_le64(data, blocks);
    st_le64(data + 8, blocks);
    st_le64(data + 16, blocks);
    data[24] = block_can_discard(n->block);  /* thin provisioning */
    data[33] = 1 << 3;                       /* deallocated blocks are zeros after Write Zeroes */
    data[99] = block_is_read_only(n->block); /* write-protected */
    st_le32(data + 128, shift << 16);        /* LBA format 0 */
}

static void identify_descriptors(const struct nvme *n, uint8_t *data)
{
    /* A UUID, of the serial number. */
    data[0] = 3;
    data[1] = 16;
    for (unsigned i = 0; n->options.serial[i]; i++)
        data[4 + i % 16] ^= (uint8_t)(n->options.serial[i] + i);
    data[10] = (uint8_t)((data[10] & 0x0f) | 0x80); /* by its maker's own rule */
    data[12] = (uint8_t)((data[12] & 0x3f) | 0x80);
}

static int identify(struct nvme *n, const struct nvme_command *c)
{
    uint8_t data[PAGE] = { 0 };

    switch (c->dw[0] & 0xff) {
    case 0x00:
        if (c->namespace == 1)
            identify_namespace(n, data);
        else if (c->namespace == 0 || (c->namespace > 1 && c->namespace < UINT32_MAX - 1))
            return NVME_INVALID_NAMESPACE;
        break;
    case 0x01:
        identify_controller(n, data);
        break;
    case 0x02:
        if (c->namespace >= UINT32_MAX - 1)
            return NVME_INVALID_NAMESPACE;
        st_le32(data, c->namespace < 1); /* those above that number */
        break;
    case 0x03:
        if (c->namespace != 1)
            return NVME_INVALID_NAMESPACE;
        identify_descriptors(n, data);
        break;
    default:
        return NVME_INVALID_FIELD;
    }
    return nvme_give(n, c, data, sizeof data);
}

/* ---- queues ---- */

static int create_cq(struct nvme *n, const struct nvme_command *c)
{
    unsigned id = c->dw[0] & 0xffff, vector = c->dw[1] >> 16;
    uint32_t size = (c->dw[0] >> 16) + 1;

    if (!id || id >= n->n_queues || n->cq[id].exists)
        return NVME_QUEUE_IDENTIFIER_INVALID;
    if (size < 2 || size > NVME_ENTRIES_MOST)
        return NVME_QUEUE_SIZE_INVALID;
    if (!(c->dw[1] & CONTIGUOUS) || c->prp1 & ((UINT64_C(1) << n->page_shift) - 1))
        return NVME_INVALID_FIELD;
    if (c->dw[1] & INTERRUPTS && vector >= n->n_queues)
        return NVME_INTERRUPT_VECTOR_INVALID;
    n->cq[id] = (struct nvme_cq){ .exists = true,
                                  .phase = true,
                                  .base = c->prp1,
                                  .size = size,
                                  .interrupts = c->dw[1] & INTERRUPTS,
                                  .vector = (uint16_t)vector };
    n->cq_head[id] = 0;
    return NVME_SUCCESS;
}

static int create_sq(struct nvme *n, const struct nvme_command *c)
{
    unsigned id = c->dw[0] & 0xffff, cq = c->dw[1] >> 16;
    uint32_t size = (c->dw[0] >> 16) + 1;

    if (!cq || cq >= n->n_queues || !n->cq[cq].exists)
        return NVME_QUEUE_COMPLETION_INVALID;
    if (!id || id >= n->n_queues || n->sq[id].exists)
        return NVME_QUEUE_IDENTIFIER_INVALID;
    if (size < 2 || size > NVME_ENTRIES_MOST)
        return NVME_QUEUE_SIZE_INVALID;
    if (!(c->dw[1] & CONTIGUOUS) || c->prp1 & ((UINT64_C(1) << n->page_shift) - 1))
        return NVME_INVALID_FIELD;
    n->sq[id] =
        (struct nvme_sq){ .exists = true, .base = c->prp1, .size = size, .cq = (uint16_t)cq };
    n->sq_tail[id] = 0;
    n->cq[cq].n_sqs++;
    return NVME_SUCCESS;
}

/* What is under way for it has no completion any more, as its queue is gone. */
static int delete_sq(struct nvme *n, const struct nvme_command *c)
{
    unsigned id = c->dw[0] & 0xffff;

    if (!id || id >= n->n_queues || !n->sq[id].exists)
        return NVME_QUEUE_IDENTIFIER_INVALID;
    n->sq[id].exists = false;
    n->cq[n->sq[id].cq].n_sqs--;
    return NVME_SUCCESS;
}

static int delete_cq(struct nvme *n, const struct nvme_command *c)
{
    unsigned id = c->dw[0] & 0xffff;

    if (!id || id >= n->n_queues || !n->cq[id].exists)
        return NVME_QUEUE_IDENTIFIER_INVALID;
    if (n->cq[id].n_sqs)
        return NVME_QUEUE_DELETION_INVALID;
    n->cq[id].exists = false;
    return NVME_SUCCESS;
}

/* ---- features ---- */

enum {
    F_ARBITRATION = 1,
    F_POWER = 2,
    F_TEMPERATURE = 4,
    F_ERROR_RECOVERY = 5,
    F_WRITE_CACHE = 6,
    F_QUEUES = 7,
    F_COALESCING = 8,
    F_VECTOR = 9,
    F_ATOMICITY = 10,
    F_EVENTS = 11
};

static bool is_feature(unsigned feature)
{
    return feature == F_ARBITRATION || feature == F_POWER ||
           (feature >= F_TEMPERATURE && feature <= F_EVENTS);
}

static uint32_t queues_result(const struct nvme *n)
{
    return (n->n_queues - 2) << 16 | (n->n_queues - 2);
}

static int get_features(const struct nvme *n, const struct nvme_command *c, uint32_t *result)
{
    unsigned feature = c->dw[0] & 0xff;

    if (!is_feature(feature))
        return NVME_INVALID_FIELD;
    if ((c->dw[0] >> 8 & 7) == 3) { /* what may be done with it */
        *result = 4;
        return NVME_SUCCESS;
    }
    *result = feature == F_QUEUES        ? queues_result(n)
              : feature == F_WRITE_CACHE ? n->write_cache
              : feature == F_VECTOR      ? (c->dw[1] & 0xffff)
                                         : n->features[feature];
    return NVME_SUCCESS;
}

static int set_features(struct nvme *n, const struct nvme_command *c, uint32_t *result)
{
    unsigned feature = c->dw[0] & 0xff;

    if (!is_feature(feature) || c->dw[0] >> 31)
        return NVME_INVALID_FIELD; /* nothing is kept for the next power-on */
    switch (feature) {
    case F_QUEUES:
        if ((c->dw[1] & 0xffff) == 0xffff || c->dw[1] >> 16 == 0xffff)
            return NVME_INVALID_FIELD;
        *result = queues_result(n);
        return NVME_SUCCESS;
    case F_WRITE_CACHE:
        if (!block_has_write_cache(n->block))
            return NVME_INVALID_FIELD;
        n->write_cache = c->dw[1] & 1;
        return NVME_SUCCESS;
    default:
        n->features[feature] = c->dw[1];
        return NVME_SUCCESS;
    }
}

/* ---- logs ---- */

static void health(const struct nvme *n, uint8_t *data)
{
    st_le16(data + 1, 300); /* kelvins */
    data[3] = 100;          /* spare */
    data[4] = 10;
    st_le64(data + 32, n->units_read / 1000);
    st_le64(data + 48, n->units_written / 1000);
    st_le64(data + 64, n->host_reads);
    st_le64(data + 80, n->host_writes);
}

static void supported(uint8_t *data)
{
    static const uint8_t admin[] = {
        DELETE_SQ, CREATE_SQ, GET_LOG_PAGE, DELETE_CQ,    CREATE_CQ,
        IDENTIFY,  ABORT,     SET_FEATURES, GET_FEATURES, EVENT_REQUEST
    };
    static const uint8_t io[] = { 0x00, 0x01, 0x02, 0x05, 0x08, 0x09 };

    for (size_t i = 0; i < ARRAY_SIZE(admin); i++)
        data[4 * admin[i]] = 1;
    for (size_t i = 0; i < ARRAY_SIZE(io); i++)
        data[1024 + 4 * io[i]] =
            io[i] == 0x01 || io[i] >= 0x08 ? 3 : 1; /* the logical blocks' content changes */
}

static int get_log_page(struct nvme *n, const struct nvme_command *c)
{
    uint64_t size = ((uint64_t)(c->dw[0] >> 16) | (uint64_t)(c->dw[1] & 0xffff) << 16) * 4 + 4;
    uint64_t offset = c->dw[2] | (uint64_t)c->dw[3] << 32;
    uint8_t data[PAGE] = { 0 };

    switch (c->dw[0] & 0xff) {
    case 0x01:
        break; /* no errors */
    case 0x02:
        health(n, data);
        break;
    case 0x03:
        data[0] = 1;
        put_text(data + 8, 8, "1");
        break;
    case 0x05:
        supported(data);
        break;
    default:
        return NVME_LOG_PAGE_INVALID;
    }
    if (offset >= sizeof data || offset & 3)
        return NVME_INVALID_FIELD;
    if (size > sizeof data - offset)
        size = sizeof data - offset;
    return nvme_give(n, c, data + offset, size);
}

/* They wait for something to tell that never happens here. */
static int event_request(struct nvme *n, const struct nvme_command *c)
{
    if (n->n_events == NVME_EVENTS_MOST)
        return NVME_EVENT_LIMIT;
    n->events[n->n_events++] = c->id;
    return NVME_UNDER_WAY;
}

int nvme_admin(struct nvme *n, const struct nvme_command *c, uint32_t *result)
{
    switch (c->opcode) {
    case DELETE_SQ:
        return delete_sq(n, c);
    case CREATE_SQ:
        return create_sq(n, c);
    case GET_LOG_PAGE:
        return get_log_page(n, c);
    case DELETE_CQ:
        return delete_cq(n, c);
    case CREATE_CQ:
        return create_cq(n, c);
    case IDENTIFY:
        return identify(n, c);
    case ABORT:
        *result = 1;
        return NVME_SUCCESS; /* it was not aborted: it ends by itself */
    case SET_FEATURES:
        return set_features(n, c, result);
    case GET_FEATURES:
        return get_features(n, c, result);
    case EVENT_REQUEST:
        return event_request(n, c);
    default:
        return NVME_INVALID_OPCODE;
    }
}
