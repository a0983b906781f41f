/* Split rings: a driver's side by hand in guest memory, right and wrong. */
#include <stdlib.h>

#include "base/endian.h"
#include "tests/papr/fixture.h"
#include "virtio/ring.h"

enum { SIZE = 8, DESC = 0x1000, AVAIL = 0x2000, USED = 0x3000, DATA = 0x10000, TABLE = 0x20000 };
enum { NEXT = 1, WRITE = 2, INDIRECT = 4 };

static struct mem *mem;
static struct dma_spaces *all;
static struct virtq q;
static struct virtq_chain chain;
static uint16_t available;

static void start(struct virtq_rules rules)
{
    mem = mem_new(FIXTURE_RAM, NULL);
    all = dma_spaces_new(mem, NULL);
    rules.dma = dma_space_physical(all);
    q = (struct virtq){ .size = SIZE, .desc = DESC, .avail = AVAIL, .used = USED };
    available = 0;
    ck_assert(virtq_start(&q, &rules));
}

static void stop(void)
{
    dma_spaces_free(all);
    mem_free(mem);
}

static void put16(uint64_t at, uint16_t v)
{
    if (q.rules.big_endian)
        st_be16(mem->ram + at, v);
    else
        st_le16(mem->ram + at, v);
}

static uint16_t get16(uint64_t at)
{
    return q.rules.big_endian ? ld_be16(mem->ram + at) : ld_le16(mem->ram + at);
}

static void desc_at(uint64_t at, uint64_t address, uint32_t size, uint16_t flags, uint16_t next)
{
    if (q.rules.big_endian) {
        st_be64(mem->ram + at, address);
        st_be32(mem->ram + at + 8, size);
    } else {
        st_le64(mem->ram + at, address);
        st_le32(mem->ram + at + 8, size);
    }
    put16(at + 12, flags);
    put16(at + 14, next);
}

static void desc(unsigned i, uint64_t address, uint32_t size, uint16_t flags, uint16_t next)
{
    desc_at(DESC + i * 16, address, size, flags, next);
}

static void offer(uint16_t head)
{
    put16(AVAIL + 4 + available % SIZE * 2u, head);
    put16(AVAIL + 2, ++available);
}

static void check_one(void)
{
    char bytes[8];

    memcpy(mem->ram + DATA, "abcdefgh", 8);
    desc(3, DATA, 3, NEXT, 5);
    desc(5, DATA + 4, 2, NEXT, 1);
    desc(1, DATA + 0x100, 6, WRITE, 0);
    ck_assert(!virtq_pop(&q, &chain));
    offer(3);
    ck_assert(virtq_pop(&q, &chain));
    ck_assert_uint_eq(chain.head, 3);
    ck_assert_uint_eq(chain.out_bytes, 5);
    ck_assert_uint_eq(chain.in_bytes, 6);
    ck_assert_uint_eq(chain.n_out, 2);
    ck_assert_uint_eq(virtq_read(&chain, 0, bytes, 8), 5);
    ck_assert_mem_eq(bytes, "abcef", 5);
    ck_assert_uint_eq(virtq_read(&chain, 2, bytes, 2), 2);
    ck_assert_mem_eq(bytes, "ce", 2);
    ck_assert_uint_eq(virtq_write(&q, &chain, 4, "xyz", 3), 2);
    ck_assert_mem_eq(mem->ram + DATA + 0x104, "xy\0", 3);
    virtq_push(&q, chain.head, 6);
    ck_assert_uint_eq(get16(USED + 2), 1);
    ck_assert_uint_eq(q.rules.big_endian ? ld_be32(mem->ram + USED + 4) : ld_le32(mem->ram + USED + 4), 3);
    ck_assert_uint_eq(q.rules.big_endian ? ld_be32(mem->ram + USED + 8) : ld_le32(mem->ram + USED + 8), 6);
    ck_assert(!virtq_pop(&q, &chain));
    ck_assert(!q.broken);
}

START_TEST(one_chain)
{
    start((struct virtq_rules){ 0 });
    check_one();
    stop();
}
END_TEST

START_TEST(big_endian)
{
    start((struct virtq_rules){ .big_endian = true });
    check_one();
    stop();
}
END_TEST

START_TEST(indirect)
{
    start((struct virtq_rules){ .indirect = true });
    desc_at(TABLE, DATA, 4, NEXT, 2);
    desc_at(TABLE + 32, DATA + 8, 4, WRITE, 9);
    desc(0, TABLE, 48, INDIRECT, 0);
    offer(0);
    ck_assert(virtq_pop(&q, &chain));
    ck_assert_uint_eq(chain.out_bytes, 4);
    ck_assert_uint_eq(chain.in_bytes, 4);
    stop();
}
END_TEST

/* What each wrong ring does: the queue is broken, and stays so until it is started again. */
static void check_broken(const char *what)
{
    offer(0);
    ck_assert_msg(!virtq_pop(&q, &chain), "%s", what);
    ck_assert_msg(q.broken, "%s", what);
    virtq_push(&q, 0, 0);
    ck_assert_uint_eq(get16(USED + 2), 0);
    ck_assert(!virtq_wants_signal(&q));
    ck_assert(!virtq_enable_kicks(&q));
    stop();
}

START_TEST(wrong_rings)
{
    const struct virtq_rules rules = { .indirect = true };

    start(rules);
    desc(0, DATA, 4, NEXT, 0);
    check_broken("a loop");
    start(rules);
    desc(0, DATA, 0, NEXT, 0);
    check_broken("a loop of nothing");
    start(rules);
    desc(0, DATA, 4, NEXT, SIZE);
    check_broken("a descriptor beyond the ring");
    start(rules);
    desc(0, DATA, 4, WRITE | NEXT, 1);
    desc(1, DATA, 4, 0, 0);
    check_broken("readable after writable");
    start(rules);
    desc(0, FIXTURE_RAM - 2, 4, 0, 0);
    check_broken("memory that is not there");
    start(rules);
    desc(0, UINT64_MAX - 1, 4, 0, 0);
    check_broken("memory that wraps");
    start(rules);
    desc(0, DATA, UINT32_MAX, 0, 0);
    check_broken("more than there is");
    start(rules);
    desc(0, TABLE, 32, INDIRECT, 0);
    desc_at(TABLE, DATA, 4, NEXT, 1);
    desc_at(TABLE + 16, DATA, 4, NEXT, 0);
    check_broken("a loop in a table");
    start(rules);
    desc(0, TABLE, 16, INDIRECT, 0);
    desc_at(TABLE, DATA, 0, NEXT, 0);
    check_broken("a loop of nothing in a table");
    start(rules);
    desc(0, TABLE, 32, INDIRECT, 0);
    desc_at(TABLE, TABLE, 16, INDIRECT, 0);
    check_broken("a table in a table");
    start(rules);
    desc(0, TABLE, 20, INDIRECT, 0);
    check_broken("half a descriptor");
    start(rules);
    desc(0, TABLE, 0, INDIRECT, 0);
    check_broken("an empty table");
    start(rules);
    desc(0, TABLE, 0xfffffff0, INDIRECT, 0);
    check_broken("a table too large");
    start(rules);
    desc(0, TABLE, 16, INDIRECT | NEXT, 1);
    check_broken("a table and more");
    start((struct virtq_rules){ 0 });
    desc(0, TABLE, 16, INDIRECT, 0);
    check_broken("a table that was not agreed on");
    start(rules);
    desc(0, DATA, 4, 0, 0);
    put16(AVAIL + 4, SIZE);
    put16(AVAIL + 2, 1);
    ck_assert(!virtq_pop(&q, &chain));
    ck_assert(q.broken);
    stop();
    start(rules);
    put16(AVAIL + 2, SIZE + 1);
    ck_assert(!virtq_pop(&q, &chain));
    ck_assert(q.broken);
    stop();
    /* The same head again and again without its coming back. */
    start(rules);
    desc(0, DATA, 4, 0, 0);
    for (unsigned i = 0; i < SIZE; i++) {
        offer(0);
        ck_assert(virtq_pop(&q, &chain));
    }
    offer(0);
    ck_assert(!virtq_pop(&q, &chain));
    ck_assert(q.broken);
    stop();
}
END_TEST

START_TEST(unaligned_rings)
{
    const struct virtq_rules rules = { 0 };

    start(rules);
    q.desc = DESC + 8;
    ck_assert(!virtq_start(&q, &(struct virtq_rules){ .dma = dma_space_physical(all) }));
    ck_assert(q.broken && !virtq_pop(&q, &chain));
    q.desc = DESC;
    q.used = USED + 2;
    ck_assert(!virtq_start(&q, &(struct virtq_rules){ .dma = dma_space_physical(all) }));
    stop();
}
END_TEST

/* Interrupts and kicks by index, over the wrap of the index; beside flags. */
START_TEST(suppression)
{
    start((struct virtq_rules){ .event_index = true });
    desc(0, DATA, 4, 0, 0);
    for (unsigned i = 0; i < 70000; i++) {
        uint16_t now = (uint16_t)i;
        bool wanted = i % 3 == 0;

        ck_assert(!virtq_enable_kicks(&q));
        ck_assert_uint_eq(get16(USED + 4 + SIZE * 8), now);
        offer(0);
        ck_assert(virtq_enable_kicks(&q));
        ck_assert(virtq_pop(&q, &chain));
        put16(AVAIL + 4 + SIZE * 2, (uint16_t)(wanted ? now : now + 1));
        virtq_push(&q, 0, 0);
        ck_assert_int_eq(virtq_wants_signal(&q), wanted);
        ck_assert(!virtq_wants_signal(&q)); /* nothing new */
    }
    stop();
    start((struct virtq_rules){ 0 });
    virtq_disable_kicks(&q);
    ck_assert_uint_eq(get16(USED), 1);
    virtq_enable_kicks(&q);
    ck_assert_uint_eq(get16(USED), 0);
    ck_assert(!virtq_wants_signal(&q));
    desc(0, DATA, 4, 0, 0);
    for (uint16_t flags = 0; flags < 2; flags++) {
        offer(0);
        ck_assert(virtq_pop(&q, &chain));
        put16(AVAIL, flags);
        virtq_push(&q, 0, 0);
        ck_assert_int_eq(virtq_wants_signal(&q), !flags);
    }
    stop();
}
END_TEST

/* A ring behind translations that change and end under it. */
START_TEST(translated)
{
    struct dma_space *space;
    struct virtq_rules rules = { 0 };
    struct fixture *f = fixture_new(NULL);

    mem = f->mem;
    all = dma_spaces_new(mem, NULL);
    space = dma_space_new(all, NULL);
    rules.dma = space;
    ck_assert(platform_add(f->platform, &dma_facility, all, NULL));
    ck_assert(dma_window_open(space, 0, 7, 0, 12, 64, NULL));
    for (uint64_t page = 0; page < 64; page++)
        HCALL(f, 0x20, 7, page << 12, page << 12 | 3);
    q = (struct virtq){ .size = SIZE, .desc = DESC, .avail = AVAIL, .used = USED };
    available = 0;
    ck_assert(virtq_start(&q, &rules));
    desc(0, DATA, 4, 0, 0);
    offer(0);
    ck_assert(virtq_pop(&q, &chain));
    /* The used ring moves. */
    HCALL(f, 0x20, 7, USED, 0x5003);
    virtq_push(&q, 0, 9);
    ck_assert_uint_eq(get16(USED + 2), 0);
    ck_assert_uint_eq(get16(0x5002), 1);
    /* The buffer loses the right to be read, then the ring goes. */
    HCALL(f, 0x20, 7, DATA, DATA | 2);
    offer(0);
    ck_assert(!virtq_pop(&q, &chain));
    ck_assert(q.broken);
    virtq_start(&q, &rules);
    available = 0;
    HCALL(f, 0x20, 7, AVAIL, 0);
    ck_assert(!virtq_has_more(&q));
    ck_assert(q.broken);
    dma_spaces_free(all);
    fixture_free(f);
}
END_TEST

/* Chains of random descriptors: never more than a bounded amount of work, nothing outside of RAM. */
START_TEST(random_rings)
{
    srand(2);
    start((struct virtq_rules){ .indirect = true, .event_index = true });
    for (int round = 0; round < 20000; round++) {
        for (unsigned i = 0; i < SIZE; i++)
            desc(i, (uint64_t)(rand() % 0x30) << 12 | (uint64_t)(rand() % 3) << 40, (uint32_t)(rand() % 9000),
                 (uint16_t)(rand() % 8), (uint16_t)(rand() % (SIZE + 1)));
        offer((uint16_t)(rand() % (SIZE + 1)));
        if (virtq_pop(&q, &chain)) {
            for (unsigned i = 0; i < chain.n_out + chain.n_in; i++)
                ck_assert(gpa_is_ram(mem, (gpa_t)((uint8_t *)chain.pieces[i].iov_base - mem->ram),
                                     chain.pieces[i].iov_len));
            virtq_push(&q, chain.head, 1);
            virtq_wants_signal(&q);
        } else {
            ck_assert(virtq_start(&q, &(struct virtq_rules){ .dma = dma_space_physical(all), .indirect = true }));
            memset(mem->ram + AVAIL, 0, 0x100);
            available = 0;
        }
    }
    stop();
}
END_TEST

START_TEST(slices)
{
    char bytes[16];
    struct iovec pieces[3] = { { bytes, 4 }, { bytes + 4, 5 }, { bytes + 9, 6 } }, slice[3];

    ck_assert_uint_eq(virtq_slice(pieces, 3, 2, 8, slice, 3), 3);
    ck_assert_ptr_eq(slice[0].iov_base, bytes + 2);
    ck_assert_uint_eq(slice[0].iov_len, 2);
    ck_assert_uint_eq(slice[2].iov_len, 1);
    ck_assert_uint_eq(virtq_slice(pieces, 3, 9, 100, slice, 3), 1);
    ck_assert_uint_eq(slice[0].iov_len, 6);
    ck_assert_uint_eq(virtq_slice(pieces, 3, 15, 1, slice, 3), 0);
    ck_assert_uint_eq(virtq_slice(pieces, 3, 0, 15, slice, 2), 2);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        one_chain, big_endian, indirect, wrong_rings, unaligned_rings, suppression, translated, random_rings, slices,
    };

    return fixture_run("virtio/ring", tests, ARRAY_SIZE(tests));
}
