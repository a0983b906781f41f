/* Logical LAN adapters: buffers by size, the receive queue and its toggle, frames that wait, memory that lies. */
#include "tests/vio/fake-backends.h"

enum { LIST = 0, FILTER = 0x1000, QUEUE = 0x2000, DATA = 0x10000, PAGES = 64, QUEUE_SIZE = 64 };

#define BD(address, size) (UINT64_C(1) << 63 | (uint64_t)(size) << 32 | (address))

static struct partition *p;

static void setup(void)
{
    p = partition_new();
    partition_map(p, p->lan, PAGES);
}

static void teardown(void)
{
    partition_free(p);
}

static uint8_t *memory(uint64_t ioba)
{
    return partition_memory(p, ioba, 4096);
}

static int64_t register_lan(void)
{
    return HCALL(p->f, CALL_REGISTER_LAN, p->lan, LIST, BD(QUEUE, QUEUE_SIZE), FILTER, 0x525400010203);
}

static int64_t add_buffer(uint64_t ioba, uint32_t size, uint64_t handle)
{
    st_be64(memory(ioba), handle);
    return HCALL(p->f, CALL_ADD_BUFFER, p->lan, BD(ioba, size));
}

static bool receive(uint8_t first, size_t size)
{
    static uint8_t frame[70000];

    memset(frame, first, size);
    return p->net.receiver.receive(p->net.receiver.opaque, frame, size);
}

START_TEST(registering)
{
    ck_assert_int_eq(HCALL(p->f, CALL_FREE_LAN, p->lan), H_RESOURCE);
    ck_assert_int_eq(HCALL(p->f, CALL_REGISTER_LAN, p->scsi, LIST, BD(QUEUE, 64), FILTER, 0), H_PARAMETER);
    ck_assert_int_eq(HCALL(p->f, CALL_REGISTER_LAN, p->lan, 8, BD(QUEUE, 64), FILTER, 0), H_PARAMETER);
    ck_assert_int_eq(HCALL(p->f, CALL_REGISTER_LAN, p->lan, PAGES << 12, BD(QUEUE, 64), FILTER, 0), H_PARAMETER);
    ck_assert_int_eq(HCALL(p->f, CALL_REGISTER_LAN, p->lan, LIST, QUEUE, FILTER, 0), H_PARAMETER);
    ck_assert_int_eq(HCALL(p->f, CALL_REGISTER_LAN, p->lan, LIST, BD(QUEUE, 63), FILTER, 0), H_PARAMETER);
    ck_assert_int_eq(HCALL(p->f, CALL_REGISTER_LAN, p->lan, LIST, BD(QUEUE, 0xfffff0), FILTER, 0), H_PARAMETER);
    memset(memory(LIST), 0xff, 4096);
    ck_assert_int_eq(register_lan(), H_SUCCESS);
    ck_assert_uint_eq(ld_be64(memory(LIST)), BD(QUEUE, QUEUE_SIZE));
    ck_assert_uint_eq(ld_be64(memory(LIST) + 8), BD(FILTER, 4096));
    ck_assert_uint_eq(ld_be64(memory(LIST) + 16), 0);
    ck_assert_uint_eq(ld_be64(memory(LIST) + 0xff8), 0);
    ck_assert_int_eq(register_lan(), H_RESOURCE);
    ck_assert_int_eq(HCALL(p->f, CALL_MULTICAST, p->lan, 0, 0), H_SUCCESS);
    ck_assert_int_eq(HCALL(p->f, CALL_CHANGE_MAC, p->lan, 1), H_SUCCESS);
    ck_assert_int_eq(HCALL(p->f, CALL_FREE_LAN, p->lan), H_SUCCESS);
    ck_assert_int_eq(register_lan(), H_SUCCESS);
}
END_TEST

START_TEST(receiving)
{
    ck_assert(receive(1, 60)); /* closed: lost */
    register_lan();
    ck_assert_int_eq(add_buffer(DATA, 2048, 0x1111), H_SUCCESS);
    ck_assert_int_eq(add_buffer(DATA + 0x1000, 512, 0x2222), H_SUCCESS);
    ck_assert(receive(0xaa, 100)); /* the small one */
    ck_assert_uint_eq(memory(QUEUE)[0], 0xc0);
    ck_assert_uint_eq(ld_be16(memory(QUEUE) + 2), 8);
    ck_assert_uint_eq(ld_be32(memory(QUEUE) + 4), 100);
    ck_assert_uint_eq(ld_be64(memory(QUEUE) + 8), 0x2222);
    ck_assert_uint_eq(memory(DATA + 0x1000)[8], 0xaa);
    ck_assert_uint_eq(memory(DATA + 0x1000)[107], 0xaa);
    ck_assert_uint_eq(memory(DATA + 0x1000)[108], 0);
    ck_assert(receive(0xbb, 100)); /* the large one, as no small one is left */
    ck_assert_uint_eq(ld_be64(memory(QUEUE) + 24), 0x1111);
    ck_assert(!receive(0xcc, 100)); /* waits */
    ck_assert(receive(0xcc, 3000)); /* will never fit: lost and counted */
    ck_assert_uint_eq(ld_be64(memory(LIST) + 0xff8), 1);
    p->net.ready_calls = 0;
    ck_assert_int_eq(add_buffer(DATA, 2048, 0x3333), H_SUCCESS);
    ck_assert_uint_eq(p->net.ready_calls, 1);
    ck_assert(receive(0xcc, 2040)); /* just fits */
    ck_assert_uint_eq(ld_be64(memory(QUEUE) + 40), 0x3333);
    ck_assert(!receive(0xcc, 2041 - 1));
}
END_TEST

/* The queue is a ring, whose rounds differ by a bit. */
START_TEST(toggling)
{
    register_lan();
    for (unsigned i = 0; i < 9; i++) {
        ck_assert_int_eq(add_buffer(DATA, 2048, i), H_SUCCESS);
        ck_assert(receive(1, 60));
        ck_assert_uint_eq(memory(QUEUE)[16 * (i % 4)], i / 4 % 2 ? 0x40 : 0xc0);
        ck_assert_uint_eq(ld_be64(memory(QUEUE) + 16 * (i % 4) + 8), i);
    }
}
END_TEST

START_TEST(buffers)
{
    ck_assert_int_eq(add_buffer(DATA, 2048, 0), H_RESOURCE); /* closed */
    register_lan();
    ck_assert_int_eq(add_buffer(DATA, 15, 0), H_PARAMETER);
    ck_assert_int_eq(HCALL(p->f, CALL_ADD_BUFFER, p->lan, BD(DATA + 2, 512)), H_PARAMETER);
    ck_assert_int_eq(HCALL(p->f, CALL_ADD_BUFFER, p->lan, BD((PAGES << 12) - 256, 512)), H_PARAMETER);
    for (unsigned i = 0; i < 5; i++)
        ck_assert_int_eq(add_buffer(DATA, 4096 - 512 * i, 0), H_SUCCESS);
    ck_assert_int_eq(add_buffer(DATA, 1000, 0), H_RESOURCE); /* a sixth size */
    for (unsigned i = 1; i < 4096; i++)
        ck_assert_int_eq(add_buffer(DATA, 4096, 0), H_SUCCESS);
    ck_assert_int_eq(add_buffer(DATA, 4096, 0), H_RESOURCE);
}
END_TEST

START_TEST(sending)
{
    uint64_t token = 0;

    ck_assert_int_eq(HCALL(p->f, CALL_SEND_LAN, p->lan, BD(DATA, 60)), H_DROPPED);
    register_lan();
    memset(memory(DATA), 0x33, 4096);
    memory(DATA + 5000)[0] = 0x44;
    ck_assert_int_eq(HCALL(p->f, CALL_SEND_LAN, p->lan, BD(DATA, 60), BD(DATA + 5000, 1), 0, BD(0, 5)), H_SUCCESS);
    ck_assert_uint_eq(p->net.last_size, 61);
    ck_assert_uint_eq(p->net.last[59], 0x33);
    ck_assert_uint_eq(p->net.last[60], 0x44);
    ck_assert_int_eq(HCALL(p->f, CALL_SEND_LAN, p->lan), H_SUCCESS); /* nothing */
    ck_assert_uint_eq(p->net.sent, 1);
    ck_assert_int_eq(HCALL(p->f, CALL_SEND_LAN, p->lan, BD(PAGES << 12, 60)), H_DEST_PARM);
    ck_assert_int_eq(HCALL(p->f, CALL_SEND_LAN, p->lan, BD(DATA, 65536), BD(DATA, 1)), H_RESOURCE);
    token = 1;
    ck_assert_int_eq(HCALL(p->f, CALL_SEND_LAN, p->lan, BD(DATA, 60), 0, 0, 0, 0, 0, token), H_HARDWARE);
    p->net.room = 0;
    ck_assert_int_eq(HCALL(p->f, CALL_SEND_LAN, p->lan, BD(DATA, 60)), H_BUSY);
}
END_TEST

/* Pages that the guest takes away again while the adapter has them. */
START_TEST(memory_that_goes)
{
    register_lan();
    add_buffer(DATA, 2048, 0);
    ck_assert_int_eq(HCALL(p->f, CALL_PUT_TCE, p->lan, DATA, 0), H_SUCCESS);
    ck_assert(receive(1, 60));
    add_buffer(DATA + 0x2000, 2048, 0);
    ck_assert_int_eq(HCALL(p->f, CALL_PUT_TCE, p->lan, QUEUE, 0), H_SUCCESS);
    ck_assert_int_eq(HCALL(p->f, CALL_PUT_TCE, p->lan, LIST, 0), H_SUCCESS);
    ck_assert(receive(1, 60));
    ck_assert(receive(1, 5000));
    accel_lock(p->f->accel);
    ck_assert(platform_reset(p->f->platform, NULL));
    accel_unlock(p->f->accel);
    ck_assert(receive(1, 60));
    ck_assert_int_eq(HCALL(p->f, CALL_FREE_LAN, p->lan), H_RESOURCE);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("llan");
    TCase *c = tcase_create("llan");
    SRunner *runner;
    int failed;
    const TTest *const tests[] = { registering, receiving, toggling, buffers, sending, memory_that_goes };

    tcase_add_checked_fixture(c, setup, teardown);
    for (size_t i = 0; i < ARRAY_SIZE(tests); i++)
        tcase_add_test(c, tests[i]);
    suite_add_tcase(s, c);
    runner = srunner_create(s);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
