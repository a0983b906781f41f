/* Virtual SCSI adapters and the units behind them: what goes over the queue, memory that lies, requests under way. */
#include "tests/vio/fake-backends.h"

/* I/O bus addresses: the queue, an information unit, data. */
enum { QUEUE = 0, IU = 0x2000, TABLE = 0x3000, DATA = 0x10000, PAGES = 64 };

static struct partition *p;
static unsigned queue_next;

static void setup(void)
{
    p = partition_new();
    partition_map(p, p->scsi, PAGES);
    queue_next = 0;
}

static void teardown(void)
{
    partition_free(p);
}

static uint8_t *memory(uint64_t ioba)
{
    return partition_memory(p, ioba, 4096);
}

/* The next element of the queue, taken out; NULL if there is none. */
static const uint8_t *answer(void)
{
    static uint8_t element[16];
    uint8_t *at = memory(QUEUE) + queue_next;

    if (!at[0])
        return NULL;
    memcpy(element, at, 16);
    memset(at, 0, 16);
    queue_next = (queue_next + 16) % 4096;
    return element;
}

static void connect_queue(void)
{
    ck_assert_int_eq(HCALL(p->f, CALL_REG_CRQ, p->scsi, QUEUE, 4096), H_SUCCESS);
    ck_assert_int_eq(HCALL(p->f, CALL_SEND_CRQ, p->scsi, UINT64_C(0xc001) << 48, 0), H_SUCCESS);
    ck_assert_uint_eq(ld_be16(answer()), 0xc002);
}

static int64_t send_iu(unsigned format, unsigned size)
{
    return HCALL(p->f, CALL_SEND_CRQ, p->scsi, UINT64_C(0x80) << 56 | (uint64_t)format << 48 | size, IU);
}

enum direction { NONE, IN, OUT };

/* Puts a command into the unit, with its data described by one descriptor. */
static uint8_t *put_command(unsigned target, const char *cdb, size_t cdb_size, enum direction direction, uint32_t size)
{
    static uint64_t tag;
    uint8_t *iu = memory(IU);

    memset(iu, 0, IU_MOST);
    iu[0] = SRP_CMD;
    iu[SRP_CMD_FORMATS] = direction == IN ? SRP_BUFFER_DIRECT : direction == OUT ? SRP_BUFFER_DIRECT << 4 : 0;
    st_be64(iu + SRP_TAG, ++tag);
    st_be16(iu + SRP_CMD_LUN, (uint16_t)(0x8000 | target << 8));
    memcpy(iu + SRP_CMD_CDB, cdb, cdb_size);
    st_be64(iu + SRP_CMD_SIZE, DATA);
    st_be32(iu + SRP_CMD_SIZE + SRP_DESCRIPTOR_LENGTH, size);
    return iu;
}

/* The answer of the command, which must be there. */
static const uint8_t *response(void)
{
    const uint8_t *element = answer();

    ck_assert_ptr_nonnull(element);
    ck_assert_uint_eq(ld_be16(element), 0x8001);
    ck_assert_uint_eq(element[CRQ_STATUS], CRQ_STATUS_OK);
    ck_assert_mem_eq(element + CRQ_IU_POINTER, memory(IU) + SRP_TAG, 8);
    ck_assert_uint_eq(memory(IU)[0], SRP_RSP);
    return memory(IU);
}

static const uint8_t *finish(void)
{
    block_drain(&p->disk);
    block_drain(&p->disc);
    return response();
}

static const uint8_t *command(unsigned target, const char *cdb, size_t cdb_size, enum direction direction,
                              uint32_t size)
{
    put_command(target, cdb, cdb_size, direction, size);
    ck_assert_int_eq(send_iu(CRQ_FORMAT_SRP, SRP_CMD_SIZE + 16), H_SUCCESS);
    return finish();
}

#define COMMAND(target, cdb, direction, size) command(target, cdb, sizeof cdb - 1, direction, size)

static uint32_t sense_of(const uint8_t *iu)
{
    const uint8_t *sense = iu + SRP_RSP_SIZE;

    ck_assert_uint_eq(iu[SRP_RSP_STATUS], SCSI_CHECK_CONDITION);
    ck_assert(iu[SRP_RSP_FLAGS] & SRP_RSP_SENSE_VALID);
    return (uint32_t)(sense[2] << 16 | sense[12] << 8 | sense[13]);
}

/* The first command of each unit reports the reset. */
static void take_attention(void)
{
    for (unsigned t = 0; t < 2; t++)
        ck_assert_uint_eq(sense_of(COMMAND(t, "\0\0\0\0\0\0", NONE, 0)), 0x062900);
}

static void start(void)
{
    connect_queue();
    take_attention();
}

START_TEST(queue_calls)
{
    ck_assert_int_eq(send_iu(1, 64), H_CLOSED);
    ck_assert_int_eq(HCALL(p->f, CALL_REG_CRQ, p->scsi + 9, QUEUE, 4096), H_PARAMETER);
    ck_assert_int_eq(HCALL(p->f, CALL_REG_CRQ, p->scsi, QUEUE, 4095), H_PARAMETER);
    ck_assert_int_eq(HCALL(p->f, CALL_REG_CRQ, p->scsi, 8, 4096), H_PARAMETER);
    ck_assert_int_eq(HCALL(p->f, CALL_REG_CRQ, p->lan, QUEUE, 4096), H_NOT_FOUND);
    ck_assert_int_eq(HCALL(p->f, CALL_SEND_CRQ, p->lan, 0, 0), H_HARDWARE);
    connect_queue();
    ck_assert_int_eq(HCALL(p->f, CALL_REG_CRQ, p->scsi, QUEUE, 4096), H_RESOURCE);
    ck_assert_int_eq(HCALL(p->f, CALL_ENABLE_CRQ, p->scsi), H_SUCCESS);
    ck_assert_int_eq(HCALL(p->f, CALL_FREE_CRQ, p->scsi), H_SUCCESS);
    queue_next = 0;
    connect_queue();
}
END_TEST

/* An element that the guest has not taken out stays as it is. */
START_TEST(full_queue)
{
    ck_assert_int_eq(HCALL(p->f, CALL_REG_CRQ, p->scsi, QUEUE, 4096), H_SUCCESS);
    for (unsigned i = 0; i < 256; i++)
        memory(QUEUE)[16 * i] = 0x55;
    ck_assert_int_eq(HCALL(p->f, CALL_SEND_CRQ, p->scsi, UINT64_C(0xc001) << 48, 0), H_SUCCESS);
    for (unsigned i = 0; i < 256; i++)
        ck_assert_uint_eq(memory(QUEUE)[16 * i], 0x55);
}
END_TEST

START_TEST(management_datagrams)
{
    uint8_t *iu = memory(IU);

    connect_queue();
    memset(iu, 0, IU_MOST);
    st_be32(iu, MAD_ADAPTER_INFO);
    st_be16(iu + MAD_LENGTH, ADAPTER_INFO_SIZE);
    st_be64(iu + MAD_BUFFER, DATA);
    ck_assert_int_eq(send_iu(CRQ_FORMAT_MAD, MAD_SIZE), H_SUCCESS);
    ck_assert_uint_eq(ld_be16(answer()), 0x8002);
    ck_assert_uint_eq(ld_be16(iu + MAD_STATUS), MAD_SUCCESS);
    ck_assert_str_eq((char *)memory(DATA), "16.a");
    ck_assert_uint_ge(ld_be32(memory(DATA) + ADAPTER_INFO_LARGEST), 65536);
    /* Capabilities: none of what is asked for. */
    st_be32(iu, MAD_CAPABILITIES);
    st_be16(iu + MAD_LENGTH, 68 + 12);
    memset(memory(DATA), 0xff, 68 + 12);
    st_be16(memory(DATA) + 68 + 4, 12);
    send_iu(CRQ_FORMAT_MAD, MAD_SIZE);
    answer();
    ck_assert_uint_eq(ld_be16(iu + MAD_STATUS), MAD_SUCCESS);
    ck_assert_uint_eq(ld_be16(memory(DATA) + 68 + 6), 0);
    st_be64(iu + MAD_BUFFER, PAGES << 12);
    send_iu(CRQ_FORMAT_MAD, MAD_SIZE);
    answer();
    ck_assert_uint_eq(ld_be16(iu + MAD_STATUS), MAD_FAILED);
    st_be32(iu, 99);
    send_iu(CRQ_FORMAT_MAD, MAD_SIZE);
    answer();
    ck_assert_uint_eq(ld_be16(iu + MAD_STATUS), MAD_NOT_SUPPORTED);
}
END_TEST

START_TEST(login)
{
    uint8_t *iu = memory(IU);

    connect_queue();
    memset(iu, 0, IU_MOST);
    st_be64(iu + SRP_TAG, 77);
    ck_assert_int_eq(send_iu(CRQ_FORMAT_SRP, 64), H_SUCCESS);
    ck_assert_uint_eq(ld_be64(answer() + CRQ_IU_POINTER), 77);
    ck_assert_uint_eq(iu[0], SRP_LOGIN_RSP);
    ck_assert_uint_gt(ld_be32(iu + SRP_LOGIN_RSP_LIMIT), 1);
    ck_assert_uint_eq(ld_be16(iu + SRP_LOGIN_RSP_FORMATS), 6);
}
END_TEST

START_TEST(reads_and_writes)
{
    const uint8_t *iu;

    start();
    for (unsigned i = 0; i < 1024; i++)
        memory(DATA)[i] = (uint8_t)(i * 3 + 1);
    iu = COMMAND(0, "\x2a\0\0\0\0\7\0\0\2\0", OUT, 1024); /* WRITE(10), block 7, 2 blocks */
    ck_assert_uint_eq(iu[SRP_RSP_STATUS], 0);
    ck_assert_mem_eq(p->disk.bytes + 7 * 512, memory(DATA), 1024);
    memset(memory(DATA), 0, 1024);
    iu = COMMAND(0, "\x88\0\0\0\0\0\0\0\0\7\0\0\0\2\0\0", IN, 4096); /* READ(16), more room than data */
    ck_assert_uint_eq(iu[SRP_RSP_STATUS], 0);
    ck_assert_mem_eq(p->disk.bytes + 7 * 512, memory(DATA), 1024);
    ck_assert(iu[SRP_RSP_FLAGS] & SRP_RSP_IN_UNDER);
    ck_assert_uint_eq(ld_be32(iu + SRP_RSP_IN_RESIDUAL), 3072);
    iu = COMMAND(0, "\x2a\x08\0\0\0\0\0\0\1\0", OUT, 512); /* FUA */
    ck_assert_uint_eq(iu[SRP_RSP_STATUS], 0);
    ck_assert_uint_eq(p->disk.fuas, 1);
    iu = COMMAND(0, "\x35\0\0\0\0\0\0\0\0\0", NONE, 0); /* SYNCHRONIZE CACHE */
    ck_assert_uint_eq(iu[SRP_RSP_STATUS], 0);
    ck_assert_uint_eq(p->disk.flushes, 1);
    /* The disc has blocks of 2048 bytes. */
    p->disc.bytes[3 * 2048] = 0x42;
    iu = COMMAND(1, "\x28\0\0\0\0\3\0\0\1\0", IN, 2048);
    ck_assert_uint_eq(iu[SRP_RSP_STATUS], 0);
    ck_assert_uint_eq(memory(DATA)[0], 0x42);
}
END_TEST

START_TEST(what_is_refused)
{
    start();
    ck_assert_uint_eq(sense_of(COMMAND(0, "\x28\0\0\0\x08\0\0\0\1\0", IN, 512)), 0x052100); /* beyond the end */
    ck_assert_uint_eq(sense_of(COMMAND(0, "\x88\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0", IN, 512)),
                      0x052100);
    ck_assert_uint_eq(sense_of(COMMAND(0, "\x2a\0\0\0\0\0\0\0\2\0", OUT, 512)), 0x0b4b00); /* too little data */
    ck_assert_uint_eq(sense_of(COMMAND(0, "\xff\0\0\0\0\0", NONE, 0)), 0x052000);
    ck_assert_uint_eq(sense_of(COMMAND(1, "\x2a\0\0\0\0\0\0\0\1\0", OUT, 2048)), 0x052000); /* write a CD */
    ck_assert_uint_eq(sense_of(COMMAND(5, "\0\0\0\0\0\0", NONE, 0)), 0x052500);             /* nobody there */
    p->disk.error = EIO;
    ck_assert_uint_eq(sense_of(COMMAND(0, "\x28\0\0\0\0\0\0\0\1\0", IN, 512)), 0x031100);
    ck_assert_uint_eq(sense_of(COMMAND(0, "\x2a\0\0\0\0\0\0\0\1\0", OUT, 512)), 0x030c00);
    p->disk.error = ENOSPC;
    ck_assert_uint_eq(sense_of(COMMAND(0, "\x2a\0\0\0\0\0\0\0\1\0", OUT, 512)), 0x072707);
    p->disk.error = 0;
    p->disk.read_only = true;
    ck_assert_uint_eq(sense_of(COMMAND(0, "\x2a\0\0\0\0\0\0\0\1\0", OUT, 512)), 0x072700);
}
END_TEST

START_TEST(who_is_there)
{
    const uint8_t *iu;

    connect_queue();
    iu = COMMAND(0, "\x12\0\0\0\x24\0", IN, 36);
    ck_assert_uint_eq(iu[SRP_RSP_STATUS], 0);
    ck_assert_mem_eq(memory(DATA) + 8, "LPAR    DISK            ", 24);
    COMMAND(1, "\x12\0\0\0\x24\0", IN, 36);
    ck_assert_uint_eq(memory(DATA)[0], 5);
    COMMAND(9, "\x12\0\0\0\x24\0", IN, 36);
    ck_assert_uint_eq(memory(DATA)[0], 0x7f);
    COMMAND(2, "\xa0\0\0\0\0\0\0\0\1\0\0\0", IN, 256); /* REPORT LUNS */
    ck_assert_uint_eq(ld_be32(memory(DATA)), 16);
    ck_assert_uint_eq(memory(DATA)[17], 3);
    COMMAND(0, "\x12\1\x80\0\xff\0", IN, 255);
    ck_assert_mem_eq(memory(DATA), "\0\x80\0\2s1", 6);
    iu = COMMAND(0, "\x9e\x10\0\0\0\0\0\0\0\0\0\0\0\x20\0\0", IN, 32); /* READ CAPACITY(16) */
    ck_assert_uint_eq(sense_of(iu), 0x062900);
    COMMAND(0, "\x9e\x10\0\0\0\0\0\0\0\0\0\0\0\x20\0\0", IN, 32);
    ck_assert_uint_eq(ld_be64(memory(DATA)), FAKE_DISK_SIZE / 512 - 1);
    COMMAND(0, "\x1a\0\x08\0\xff\0", IN, 255); /* MODE SENSE, caching: the guest has to flush */
    ck_assert_uint_eq(memory(DATA)[12 + 2] & 4, 4);
}
END_TEST

START_TEST(ranges)
{
    uint8_t *data = memory(DATA);
    const uint8_t *iu;

    start();
    memset(p->disk.bytes, 0xff, 8192);
    memset(data, 0, 64);
    st_be16(data + 2, 32);
    st_be64(data + 8, 4);
    st_be32(data + 16, 4);
    st_be64(data + 24, 100);
    st_be32(data + 32, 8);
    iu = COMMAND(0, "\x42\0\0\0\0\0\0\0\x28\0", OUT, 40); /* UNMAP, two ranges */
    ck_assert_uint_eq(iu[SRP_RSP_STATUS], 0);
    ck_assert_uint_eq(p->disk.discards, 2);
    st_be64(data + 24, UINT64_MAX);
    ck_assert_uint_eq(sense_of(COMMAND(0, "\x42\0\0\0\0\0\0\0\x28\0", OUT, 40)), 0x052100);
    ck_assert_uint_eq(p->disk.discards, 2);
    memset(data, 0, 512);
    iu = COMMAND(0, "\x93\0\0\0\0\0\0\0\0\1\0\0\0\2\0\0", OUT, 512); /* WRITE SAME(16) of zeros */
    ck_assert_uint_eq(iu[SRP_RSP_STATUS], 0);
    ck_assert_uint_eq(p->disk.bytes[512], 0);
    ck_assert_uint_eq(p->disk.bytes[1536], 0xff);
    memset(data, 0x11, 512);
    iu = COMMAND(0, "\x41\0\0\0\0\1\0\0\2\0", OUT, 512); /* of something else */
    ck_assert_uint_eq(iu[SRP_RSP_STATUS], 0);
    ck_assert_uint_eq(p->disk.bytes[512], 0x11);
    ck_assert_uint_eq(p->disk.bytes[1535], 0x11);
    ck_assert_uint_eq(p->disk.bytes[1536], 0xff);
}
END_TEST

/* Data in pieces: the table within the unit, then in memory. */
START_TEST(tables)
{
    uint8_t *iu, *table;

    start();
    for (unsigned inside = 0; inside < 2; inside++) {
        memset(memory(DATA), 0, 4096);
        iu = put_command(0, "\x28\0\0\0\0\0\0\0\2\0", 10, NONE, 0);
        iu[SRP_CMD_FORMATS] = SRP_BUFFER_INDIRECT;
        iu[SRP_CMD_IN_COUNT] = inside ? 2 : 0;
        st_be64(iu + SRP_CMD_SIZE, TABLE);
        st_be32(iu + SRP_CMD_SIZE + SRP_DESCRIPTOR_LENGTH, 32);
        st_be32(iu + SRP_CMD_SIZE + SRP_TABLE_LENGTH, 1024);
        table = inside ? iu + SRP_CMD_SIZE + SRP_TABLE_SIZE : memory(TABLE);
        st_be64(table, DATA + 2000);
        st_be32(table + 12, 24);
        st_be64(table + 16, DATA);
        st_be32(table + 28, 1000);
        memset(p->disk.bytes, 0x10 + (int)inside, 1024);
        ck_assert_int_eq(send_iu(CRQ_FORMAT_SRP, 128), H_SUCCESS);
        ck_assert_uint_eq(finish()[SRP_RSP_STATUS], 0);
        ck_assert_uint_eq(memory(DATA)[999], 0x10 + inside);
        ck_assert_uint_eq(memory(DATA)[1000], 0);
        ck_assert_uint_eq(memory(DATA)[2023], 0x10 + inside);
    }
}
END_TEST

/* Addresses that lead nowhere end the command, not us. */
START_TEST(memory_that_lies)
{
    uint8_t *iu;

    start();
    iu = put_command(0, "\x28\0\0\0\0\0\0\0\1\0", 10, IN, 512);
    st_be64(iu + SRP_CMD_SIZE, (PAGES << 12) - 256);
    send_iu(CRQ_FORMAT_SRP, 64);
    ck_assert_uint_eq(sense_of(finish()), 0x044400);
    iu = put_command(0, "\x28\0\0\0\0\0\0\0\1\0", 10, IN, 512);
    st_be64(iu + SRP_CMD_SIZE, UINT64_MAX - 100);
    send_iu(CRQ_FORMAT_SRP, 64);
    ck_assert_uint_eq(sense_of(finish()), 0x044400);
    iu = put_command(0, "\x28\0\0\0\0\0\0\0\1\0", 10, NONE, 0);
    iu[SRP_CMD_FORMATS] = SRP_BUFFER_INDIRECT;
    st_be32(iu + SRP_CMD_SIZE + SRP_DESCRIPTOR_LENGTH, UINT32_MAX);
    send_iu(CRQ_FORMAT_SRP, 80);
    ck_assert_uint_eq(sense_of(finish()), 0x044400);
    ck_assert_int_eq(HCALL(p->f, CALL_SEND_CRQ, p->scsi, UINT64_C(0x8001) << 48 | 64, PAGES << 12), H_PARAMETER);
    ck_assert_int_eq(send_iu(CRQ_FORMAT_SRP, 0xffff), H_PARAMETER);
}
END_TEST

static void put_management(unsigned function, uint64_t tag)
{
    uint8_t *iu = memory(TABLE);

    memset(iu, 0, 64);
    iu[0] = SRP_TSK_MGMT;
    st_be64(iu + SRP_TAG, 1000);
    st_be16(iu + SRP_TASK_LUN, 0x8000);
    iu[SRP_TASK_FUNCTION] = (uint8_t)function;
    st_be64(iu + SRP_TASK_TAG, tag);
    ck_assert_int_eq(HCALL(p->f, CALL_SEND_CRQ, p->scsi, UINT64_C(0x8001) << 48 | 64, TABLE), H_SUCCESS);
}

/* The answer to an abort comes when the task cannot touch memory any more; the task itself is not answered. */
START_TEST(aborts_wait)
{
    uint8_t *iu;

    start();
    iu = put_command(0, "\x28\0\0\0\0\0\0\0\1\0", 10, IN, 512);
    send_iu(CRQ_FORMAT_SRP, 64);
    put_management(SRP_TASK_ABORT, ld_be64(iu + SRP_TAG));
    ck_assert_ptr_null(answer());
    block_drain(&p->disk);
    ck_assert_uint_eq(ld_be64(answer() + CRQ_IU_POINTER), 1000);
    ck_assert_uint_eq(memory(TABLE)[SRP_RSP_SIZE + 3], SRP_TASK_COMPLETE);
    ck_assert_ptr_null(answer());
    put_management(SRP_TASK_ABORT, 5);
    ck_assert_uint_eq(ld_be64(answer() + CRQ_IU_POINTER), 1000);
    put_management(0x77, 5);
    answer();
    ck_assert_uint_eq(memory(TABLE)[SRP_RSP_SIZE + 3], SRP_TASK_NOT_SUPPORTED);
}
END_TEST

/* So does the end of the queue, and a reset of the machine. */
START_TEST(requests_outlive_no_queue)
{
    start();
    put_command(0, "\x28\0\0\0\0\0\0\0\1\0", 10, IN, 512);
    send_iu(CRQ_FORMAT_SRP, 64);
    ck_assert_int_eq(HCALL(p->f, CALL_FREE_CRQ, p->scsi), H_BUSY);
    block_drain(&p->disk);
    ck_assert_ptr_null(answer());
    ck_assert_int_eq(HCALL(p->f, CALL_FREE_CRQ, p->scsi), H_SUCCESS);
    queue_next = 0;
    connect_queue();
    put_command(1, "\x12\0\0\0\x24\0", 6, IN, 36);
    send_iu(CRQ_FORMAT_SRP, 64);
    response();
    take_attention();
    put_command(0, "\x28\0\0\0\0\0\0\0\1\0", 10, IN, 512);
    send_iu(CRQ_FORMAT_SRP, 64);
    accel_lock(p->f->accel);
    ck_assert(platform_reset(p->f->platform, NULL));
    accel_unlock(p->f->accel);
    ck_assert_uint_eq(p->disk.n_waiting, 0);
    ck_assert_ptr_null(answer());
    ck_assert_int_eq(send_iu(CRQ_FORMAT_SRP, 64), H_CLOSED);
}
END_TEST

START_TEST(more_requests_than_credits)
{
    int64_t status = H_SUCCESS;
    unsigned n = 0;

    start();
    put_command(0, "\x28\0\0\0\0\0\0\0\1\0", 10, IN, 512);
    for (; n < 200 && status == H_SUCCESS; n++)
        status = send_iu(CRQ_FORMAT_SRP, 64);
    ck_assert_int_eq(status, H_DROPPED);
    ck_assert_uint_gt(n, 100);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("vscsi");
    TCase *c = tcase_create("vscsi");
    SRunner *runner;
    int failed;
    const TTest *const tests[] = {
        queue_calls, full_queue, management_datagrams, login, reads_and_writes, what_is_refused, who_is_there, ranges,
        tables, memory_that_lies, aborts_wait, requests_outlive_no_queue, more_requests_than_credits,
    };

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
