/* Packed rings: a driver's side by hand in guest memory, in order and out of it, right and wrong. */
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "tests/papr/fixture.h"
#include "virtio/ring.h"

enum { SIZE = 8, DESC = 0x1000, DRIVER = 0x2000, DEVICE = 0x3000, DATA = 0x10000, TABLE = 0x20000 };
enum { NEXT = 1, WRITE = 2, INDIRECT = 4, AVAIL = 1 << 7, USED = 1 << 15 };

static struct mem *mem;
static struct dma_spaces *all;
static struct virtq q;
static struct virtq_chain chain;
static unsigned place, used_place; /* the driver's next descriptors */
static bool wrap, used_wrap;

static void start(struct virtq_rules rules)
{
    mem = mem_new(FIXTURE_RAM, NULL);
    all = dma_spaces_new(mem, NULL);
    rules.dma = dma_space_physical(all);
    rules.packed = true;
    q = (struct virtq){ .size = SIZE, .desc = DESC, .avail = DRIVER, .used = DEVICE };
    place = used_place = 0;
    wrap = used_wrap = true;
    ck_assert(virtq_start(&q, &rules));
}

static void stop(void)
{
    dma_spaces_free(all);
    mem_free(mem);
}

static void desc_at(uint64_t at, uint64_t address, uint32_t size, uint16_t id, uint16_t flags)
{
    st_le64(mem->ram + at, address);
    st_le32(mem->ram + at + 8, size);
    st_le16(mem->ram + at + 12, id);
    st_le16(mem->ram + at + 14, flags);
}

/* The next descriptor of the ring. */
static void desc(uint64_t address, uint32_t size, uint16_t id, uint16_t flags)
{
    desc_at(DESC + place * 16, address, size, id, (uint16_t)(flags | (wrap ? AVAIL : USED)));
    if (++place == SIZE) {
        place = 0;
        wrap = !wrap;
    }
}

/* A chain of n descriptors, that many bytes each. */
static void offer(uint16_t id, unsigned n, uint32_t size)
{
    for (unsigned i = 0; i < n; i++)
        desc(DATA + id * 0x1000u + i * 0x100, size, i + 1 == n ? id : 0x5555, (uint16_t)(i + 1 < n ? NEXT : WRITE));
}

/* Takes what came back, a chain of n descriptors; false if nothing did. */
static bool take(uint16_t *id, uint32_t *written)
{
    const uint8_t *at = mem->ram + DESC + used_place * 16;
    uint16_t flags = ld_le16(at + 14);

    *id = ld_le16(at + 12);
    *written = ld_le32(at + 8);
    return !(flags & AVAIL) != used_wrap && !(flags & USED) != used_wrap;
}

static void go_on(unsigned n)
{
    used_place += n;
    if (used_place >= SIZE) {
        used_place -= SIZE;
        used_wrap = !used_wrap;
    }
}

START_TEST(one_chain)
{
    uint16_t id;
    uint32_t written;

    start((struct virtq_rules){ 0 });
    ck_assert(!virtq_pop(&q, &chain));
    for (unsigned round = 0; round < 20; round++) {
        offer(3, 3, 10);
        ck_assert(!take(&id, &written));
        ck_assert(virtq_pop(&q, &chain));
        ck_assert_uint_eq(chain.head, 3);
        ck_assert_uint_eq(chain.out_bytes, 20);
        ck_assert_uint_eq(chain.in_bytes, 10);
        ck_assert(!virtq_pop(&q, &chain));
        virtq_push(&q, 3, 7 + round);
        ck_assert(take(&id, &written));
        ck_assert_uint_eq(id, 3);
        ck_assert_uint_eq(written, 7 + round);
        go_on(3);
        ck_assert(!q.broken);
    }
    stop();
}
END_TEST

START_TEST(tables)
{
    start((struct virtq_rules){ .indirect = true });
    desc_at(TABLE, DATA, 4, 9, 0x40);
    desc_at(TABLE + 16, DATA + 8, 5, 9, WRITE);
    desc(TABLE, 32, 6, INDIRECT);
    ck_assert(virtq_pop(&q, &chain));
    ck_assert_uint_eq(chain.head, 6);
    ck_assert_uint_eq(chain.out_bytes, 4);
    ck_assert_uint_eq(chain.in_bytes, 5);
    stop();
}
END_TEST

/* Chains of random lengths, given back in random order, some put back first, some several at a time; beside lists of
 * what the driver expects. */
START_TEST(model)
{
    struct { uint16_t id; unsigned n; } flying[SIZE], back[SIZE];
    unsigned n_flying = 0, n_back = 0, left = SIZE, counts[SIZE] = { 0 };
    uint16_t id;
    uint32_t written;

    srand(4);
    start((struct virtq_rules){ 0 });
    for (unsigned step = 0; step < 100000; step++) {
        unsigned n = 1 + (unsigned)rand() % 3;
        uint16_t new_id = (uint16_t)(rand() % SIZE);

        if (n <= left && !counts[new_id]) {
            offer(new_id, n, 16);
            counts[new_id] = n;
            left -= n;
        }
        while (virtq_pop(&q, &chain)) {
            if (rand() % 4 == 0) {
                virtq_unpop(&q, chain.head);
                continue;
            }
            flying[n_flying].id = chain.head;
            flying[n_flying++].n = chain.n_in ? counts[chain.head] : 0;
        }
        ck_assert(!q.broken);
        if (n_flying && rand() & 1) {
            unsigned group = 1 + (unsigned)rand() % n_flying;

            for (uint16_t i = 0; i < group; i++) {
                unsigned pick = (unsigned)rand() % n_flying;

                virtq_fill(&q, flying[pick].id, flying[pick].id * 3u, i);
                back[n_back].id = flying[pick].id;
                back[n_back++].n = flying[pick].n;
                flying[pick] = flying[--n_flying];
                ck_assert(!take(&id, &written)); /* nothing is visible before all is */
            }
            virtq_flush(&q, (uint16_t)group);
        }
        for (unsigned i = 0; i < n_back; i++) {
            ck_assert(take(&id, &written));
            ck_assert_uint_eq(id, back[i].id);
            ck_assert_uint_eq(written, id * 3u);
            go_on(back[i].n);
            left += back[i].n;
            counts[id] = 0;
        }
        n_back = 0;
        ck_assert(!take(&id, &written));
    }
    stop();
}
END_TEST

/* Interrupts and kicks at a place, over the ring's end. */
START_TEST(suppression)
{
    uint16_t id;
    uint32_t written;

    start((struct virtq_rules){ .event_index = true });
    for (unsigned i = 0; i < 1000; i++) {
        bool wanted = i % 3 == 0;
        unsigned at = used_place + !wanted;
        bool at_wrap = used_wrap;

        ck_assert(!virtq_enable_kicks(&q));
        ck_assert_uint_eq(ld_le16(mem->ram + DEVICE), place | (wrap ? 0x8000u : 0));
        ck_assert_uint_eq(ld_le16(mem->ram + DEVICE + 2), 2);
        if (at >= SIZE) {
            at -= SIZE;
            at_wrap = !at_wrap;
        }
        st_le16(mem->ram + DRIVER, (uint16_t)(at | (at_wrap ? 0x8000u : 0)));
        st_le16(mem->ram + DRIVER + 2, 2);
        offer((uint16_t)(i % SIZE), 1, 4);
        ck_assert(virtq_has_more(&q));
        ck_assert(virtq_pop(&q, &chain));
        virtq_push(&q, chain.head, 0);
        ck_assert_int_eq(virtq_wants_signal(&q), wanted);
        ck_assert(!virtq_wants_signal(&q));
        ck_assert(take(&id, &written));
        go_on(1);
    }
    /* And by flags. */
    for (uint16_t flags = 0; flags < 2; flags++) {
        st_le16(mem->ram + DRIVER + 2, flags);
        offer(0, 1, 4);
        ck_assert(virtq_pop(&q, &chain));
        virtq_push(&q, 0, 0);
        ck_assert_int_eq(virtq_wants_signal(&q), !flags);
    }
    virtq_disable_kicks(&q);
    ck_assert_uint_eq(ld_le16(mem->ram + DEVICE + 2), 1);
    stop();
}
END_TEST

static void check_broken(const char *what)
{
    ck_assert_msg(!virtq_pop(&q, &chain), "%s", what);
    ck_assert_msg(q.broken, "%s", what);
    stop();
}

START_TEST(wrong_rings)
{
    const struct virtq_rules rules = { .indirect = true };

    start(rules);
    for (unsigned i = 0; i < SIZE; i++)
        desc(DATA, 0, 0, NEXT);
    check_broken("a chain all around the ring");
    start(rules);
    desc(DATA, 4, 0, NEXT);
    check_broken("half a chain");
    start(rules);
    desc(DATA, 4, SIZE, 0);
    check_broken("an identifier out of range");
    start(rules);
    desc(DATA, 4, 1, 0);
    ck_assert(virtq_pop(&q, &chain));
    desc(DATA, 4, 1, 0);
    check_broken("an identifier twice");
    start(rules);
    desc(FIXTURE_RAM, 4, 1, 0);
    check_broken("memory that is not there");
    start(rules);
    desc(TABLE, 20, 1, INDIRECT);
    check_broken("half a descriptor");
    start(rules);
    desc(TABLE, 0xfffffff0, 1, INDIRECT);
    check_broken("a table too large");
    start(rules);
    desc(TABLE, 16, 1, INDIRECT | NEXT);
    check_broken("a table and more");
    start((struct virtq_rules){ 0 });
    desc(TABLE, 16, 1, INDIRECT);
    check_broken("a table that was not agreed on");
}
END_TEST

/* Random descriptors: a bounded amount of work, nothing outside of RAM. */
START_TEST(random_rings)
{
    srand(5);
    start((struct virtq_rules){ .indirect = true, .event_index = true });
    for (int round = 0; round < 30000; round++) {
        for (unsigned i = 0; i < SIZE; i++)
            desc_at(DESC + i * 16, (uint64_t)(rand() % 0x30) << 12 | (uint64_t)(rand() % 3) << 40,
                    (uint32_t)(rand() % 9000), (uint16_t)(rand() % (SIZE + 1)),
                    (uint16_t)(rand() % 8 | (rand() & 1 ? AVAIL : 0) | (rand() & 1 ? USED : 0)));
        st_le32(mem->ram + DRIVER, (uint32_t)rand());
        if (virtq_pop(&q, &chain)) {
            for (unsigned i = 0; i < chain.n_out + chain.n_in; i++)
                ck_assert(gpa_is_ram(mem, (gpa_t)((uint8_t *)chain.pieces[i].iov_base - mem->ram),
                                     chain.pieces[i].iov_len));
            if (rand() & 1)
                virtq_push(&q, chain.head, 1);
            else if (rand() & 1)
                virtq_unpop(&q, chain.head);
            virtq_wants_signal(&q);
            virtq_enable_kicks(&q);
        }
        ck_assert_uint_le(q.in_flight, SIZE);
        ck_assert_uint_lt(q.next_avail, SIZE);
        ck_assert_uint_lt(q.next_used, SIZE);
        if (q.broken)
            virtq_start(&q, &(struct virtq_rules){ .dma = dma_space_physical(all), .indirect = true, .packed = true,
                                                   .event_index = rand() & 1 });
    }
    stop();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = { one_chain, tables, model, suppression, wrong_rings, random_rings };

    return fixture_run("virtio/ring-packed", tests, ARRAY_SIZE(tests));
}
