/* The TPM proxy: a pipe stands for the host's TPM, which answers each command with itself. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "papr/tpm-proxy.h"
#include "tests/papr/fixture.h"

enum { COMM = 0xef10, EXECUTE = 1, CLOSE = 2, ROOM = 4096 };
#define IN UINT64_C(0x20000)
#define OUT UINT64_C(0x30000)

static char folder[] = "/tmp/lpar-test-XXXXXX", path[64];

static struct fixture *with_proxy(struct tpm_proxy **proxy, const char *host_path)
{
    struct fixture *f = fixture_new(NULL);
    struct device_place place = { .platform = f->platform };

    *proxy = tpm_proxy_new(f->platform, NULL);
    ck_assert(platform_add(f->platform, &tpm_proxy_facility, *proxy, NULL));
    if (host_path)
        ck_assert_ptr_nonnull(tpm_proxy_type.create(&place, &host_path, NULL));
    return f;
}

static int64_t comm(struct fixture *f, uint64_t op, uint64_t in, uint64_t in_size, uint64_t out, uint64_t out_size)
{
    return HCALL(f, COMM, op, in, in_size, out, out_size);
}

START_TEST(without_a_device_there_is_no_call)
{
    struct tpm_proxy *x;
    struct fixture *f = with_proxy(&x, NULL);

    ck_assert_int_eq(comm(f, EXECUTE, IN, 10, OUT, ROOM), H_FUNCTION);
    tpm_proxy_free(x);
    fixture_free(f);
}
END_TEST

START_TEST(commands_are_answered)
{
    struct tpm_proxy *x;
    struct fixture *f = with_proxy(&x, path);
    char answer[6] = "";

    ck_assert(gpa_write(f->mem, IN, "hello", 6));
    for (unsigned i = 0; i < 2; i++) { /* in one session, and in a new one */
        ck_assert_int_eq(comm(f, EXECUTE, IN, 6, OUT, ROOM), H_SUCCESS);
        ck_assert_uint_eq(fixture_gpr(f, 4), 6);
        ck_assert(gpa_read(f->mem, OUT, answer, 6));
        ck_assert_str_eq(answer, "hello");
        ck_assert(gpa_fill(f->mem, OUT, 0, 6));
        ck_assert_int_eq(comm(f, EXECUTE, IN, ROOM, OUT, ROOM), H_SUCCESS);
        ck_assert_uint_eq(fixture_gpr(f, 4), ROOM);
        ck_assert_int_eq(comm(f, CLOSE, 0, 0, 0, 0), H_SUCCESS);
    }
    ck_assert_int_eq(comm(f, CLOSE, 0, 0, 0, 0), H_SUCCESS);
    tpm_proxy_free(x);
    fixture_free(f);
}
END_TEST

START_TEST(arguments_that_lie)
{
    struct tpm_proxy *x;
    struct fixture *f = with_proxy(&x, path);

    ck_assert_int_eq(comm(f, 0, IN, 10, OUT, ROOM), H_PARAMETER);
    ck_assert_int_eq(comm(f, 3, IN, 10, OUT, ROOM), H_PARAMETER);
    ck_assert_int_eq(comm(f, EXECUTE, FIXTURE_RAM - 9, 10, OUT, ROOM), H_P2);
    ck_assert_int_eq(comm(f, EXECUTE, UINT64_MAX, 10, OUT, ROOM), H_P2);
    ck_assert_int_eq(comm(f, EXECUTE, IN, ROOM + 1, OUT, ROOM), H_P3);
    ck_assert_int_eq(comm(f, EXECUTE, IN, UINT64_MAX, OUT, ROOM), H_P3);
    ck_assert_int_eq(comm(f, EXECUTE, IN, 10, FIXTURE_RAM - ROOM + 1, ROOM), H_P4);
    ck_assert_int_eq(comm(f, EXECUTE, IN, 10, UINT64_MAX, UINT64_MAX), H_P4);
    ck_assert_int_eq(comm(f, EXECUTE, IN, 10, OUT, ROOM - 1), H_P5);
    ck_assert_int_eq(comm(f, EXECUTE, IN, 0, OUT, ROOM), H_RESOURCE);
    tpm_proxy_free(x);
    fixture_free(f);
}
END_TEST

START_TEST(errors_of_the_host)
{
    struct tpm_proxy *x;
    struct fixture *f = with_proxy(&x, "/nowhere/tpm");

    ck_assert_int_eq(comm(f, EXECUTE, IN, 10, OUT, ROOM), H_RESOURCE);
    tpm_proxy_free(x);
    fixture_free(f);
    f = with_proxy(&x, "/dev/null"); /* an answer of no bytes */
    ck_assert_int_eq(comm(f, EXECUTE, IN, 10, OUT, ROOM), H_RESOURCE);
    tpm_proxy_free(x);
    fixture_free(f);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = { without_a_device_there_is_no_call, commands_are_answered, arguments_that_lie,
                                   errors_of_the_host };
    int status;

    if (!mkdtemp(folder))
        return 1;
    strcat(strcpy(path, folder), "/tpm");
    status = mkfifo(path, 0600) ? 1 : fixture_run("papr/tpm-proxy", tests, ARRAY_SIZE(tests));
    unlink(path);
    rmdir(folder);
    return status;
}
