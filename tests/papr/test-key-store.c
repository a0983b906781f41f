/* The key store: each call's success and errors, and the file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "papr/key-store.h"
#include "tests/papr/fixture.h"

enum { AUTH = 0x20000, LABEL = 0x21000, DATA = 0x22000, OUT = 0x23000, OS = 3 };
#define OUTSIDE FIXTURE_RAM

static struct key_store *store;

static void offered(struct platform_config *config)
{
    config->has_key_store = true;
}

static struct fixture *with(const char *path)
{
    struct fixture *f = fixture_new(offered);

    store = key_store_new(f->platform, path, NULL);
    ck_assert_ptr_nonnull(store);
    ck_assert(platform_add(f->platform, &key_store_facility, store, NULL));
    gpa_write(f->mem, LABEL, "label", 5);
    gpa_write(f->mem, DATA, "secret", 6);
    return f;
}

static void done(struct fixture *f)
{
    key_store_free(store);
    fixture_free(f);
}

static void authorise(struct fixture *f, const char *password)
{
    uint8_t bytes[16] = { 1, OS };

    st_be16(bytes + 14, (uint16_t)strlen(password));
    gpa_write(f->mem, AUTH, bytes, sizeof bytes);
    gpa_write(f->mem, AUTH + 16, password, strlen(password));
}

static void set_password(struct fixture *f)
{
    authorise(f, "");
    gpa_write(f->mem, OUT, "pass", 4);
    ck_assert_int_eq(HCALL(f, H_PKS_SET_PASSWORD, AUTH, OUT, 4), H_SUCCESS);
    authorise(f, "pass");
}

START_TEST(only_where_it_is_offered)
{
    struct fixture *f = with(NULL);

    f->config.has_key_store = false;
    ck_assert_int_eq(HCALL(f, H_PKS_GET_CONFIG, OUT, 512), H_FUNCTION);
    done(f);
}
END_TEST

START_TEST(configuration_and_passwords)
{
    struct fixture *f = with(NULL);
    uint8_t config[512];

    ck_assert_int_eq(HCALL(f, H_PKS_GET_CONFIG, OUTSIDE, 512), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_PKS_GET_CONFIG, OUT, 511), H_P2);
    ck_assert_int_eq(HCALL(f, H_PKS_GET_CONFIG, OUT, 512), H_SUCCESS);
    gpa_read(f->mem, OUT, config, sizeof config);
    ck_assert_uint_eq(config[0], 1);
    ck_assert_uint_eq(ld_be16(config + 6), 32);
    ck_assert_uint_ge(ld_be32(config + 12), 4096);
    ck_assert_int_eq(HCALL(f, H_PKS_GEN_PASSWORD, 1, 0, OUT, 32), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_PKS_GEN_PASSWORD, OS, 1, OUT, 32), H_P2);
    ck_assert_int_eq(HCALL(f, H_PKS_GEN_PASSWORD, OS, 0, OUTSIDE, 32), H_P3);
    ck_assert_int_eq(HCALL(f, H_PKS_GEN_PASSWORD, OS, 0, OUT, 33), H_P4);
    ck_assert_int_eq(HCALL(f, H_PKS_GEN_PASSWORD, OS, 0, OUT, 32), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_PKS_GEN_PASSWORD, OS, 0, OUT, 32), H_IN_USE);
    authorise(f, "wrong");
    ck_assert_int_eq(HCALL(f, H_PKS_SET_PASSWORD, AUTH, OUT, 4), H_AUTHORITY);
    ck_assert_int_eq(HCALL(f, H_PKS_SET_PASSWORD, AUTH + 8, OUT, 4), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_PKS_SET_PASSWORD, AUTH, OUTSIDE, 4), H_P2);
    ck_assert_int_eq(HCALL(f, H_PKS_SET_PASSWORD, AUTH, OUT, 33), H_P3);
    ck_assert(platform_reset(f->platform, NULL));
    ck_assert_int_eq(HCALL(f, H_PKS_SET_PASSWORD, AUTH, OUT, 4), H_SUCCESS);
    done(f);
}
END_TEST

START_TEST(objects)
{
    struct fixture *f = with(NULL);
    char text[8] = "";

    authorise(f, "none");
    ck_assert_int_eq(HCALL(f, H_PKS_WRITE_OBJECT, AUTH, LABEL, 5, 0, DATA, 6), H_AUTHORITY);
    set_password(f);
    ck_assert_int_eq(HCALL(f, H_PKS_READ_OBJECT, AUTH, LABEL, 5, OUT, 8), H_NOT_FOUND);
    ck_assert_int_eq(HCALL(f, H_PKS_REMOVE_OBJECT, AUTH, LABEL, 5), H_NOT_FOUND);
    ck_assert_int_eq(HCALL(f, H_PKS_WRITE_OBJECT, 1, LABEL, 5, 0, DATA, 6), H_PARAMETER);
    ck_assert_int_eq(HCALL(f, H_PKS_WRITE_OBJECT, AUTH, OUTSIDE, 5, 0, DATA, 6), H_P2);
    ck_assert_int_eq(HCALL(f, H_PKS_WRITE_OBJECT, AUTH, LABEL, 256, 0, DATA, 6), H_P3);
    ck_assert_int_eq(HCALL(f, H_PKS_WRITE_OBJECT, AUTH, LABEL, 5, 1, DATA, 6), H_P4);
    ck_assert_int_eq(HCALL(f, H_PKS_WRITE_OBJECT, AUTH, LABEL, 5, 0, OUTSIDE, 6), H_P5);
    ck_assert_int_eq(HCALL(f, H_PKS_WRITE_OBJECT, AUTH, LABEL, 5, 0, DATA, 0), H_P6);
    ck_assert_int_eq(HCALL(f, H_PKS_WRITE_OBJECT, AUTH, LABEL, 5, 0, DATA, 4001), H_TOO_BIG);
    ck_assert_int_eq(HCALL(f, H_PKS_WRITE_OBJECT, AUTH, LABEL, 5, 0, DATA, 6), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_PKS_CONFIRM_OBJECT_FLUSHED, AUTH, LABEL, 5), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), 1);
    ck_assert_int_eq(HCALL(f, H_PKS_READ_OBJECT, AUTH, LABEL, 5, OUTSIDE, 8), H_P4);
    ck_assert_int_eq(HCALL(f, H_PKS_READ_OBJECT, AUTH, LABEL, 5, OUT, 5), H_P5);
    ck_assert_int_eq(HCALL(f, H_PKS_READ_OBJECT, AUTH, LABEL, 5, OUT, 8), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 4), 6);
    gpa_read(f->mem, OUT, text, 6);
    ck_assert_str_eq(text, "secret");
    authorise(f, "wrong");
    ck_assert_int_eq(HCALL(f, H_PKS_READ_OBJECT, AUTH, LABEL, 5, OUT, 8), H_AUTHORITY);
    ck_assert_int_eq(HCALL(f, H_PKS_REMOVE_OBJECT, AUTH, LABEL, 5), H_AUTHORITY);
    ck_assert_int_eq(HCALL(f, H_PKS_CONFIRM_OBJECT_FLUSHED, AUTH, LABEL, 5), H_AUTHORITY);
    authorise(f, "pass");
    /* World readable and immutable, from now on. */
    ck_assert_int_eq(HCALL(f, H_PKS_WRITE_OBJECT, AUTH, LABEL, 5, 0x0c000000, DATA, 6), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_PKS_WRITE_OBJECT, AUTH, LABEL, 5, 0, DATA, 6), H_AUTHORITY);
    ck_assert_int_eq(HCALL(f, H_PKS_REMOVE_OBJECT, AUTH, LABEL, 5), H_AUTHORITY);
    authorise(f, "wrong");
    ck_assert_int_eq(HCALL(f, H_PKS_READ_OBJECT, AUTH, LABEL, 5, OUT, 8), H_SUCCESS);
    ck_assert_uint_eq(fixture_gpr(f, 5), 0x0c000000);
    done(f);
}
END_TEST

START_TEST(it_fills_up)
{
    struct fixture *f = with(NULL);
    int64_t status = H_SUCCESS;
    uint8_t n = 0;

    set_password(f);
    while (status == H_SUCCESS && n < 100) {
        gpa_write(f->mem, LABEL, &n, 1);
        status = HCALL(f, H_PKS_WRITE_OBJECT, AUTH, LABEL, 1, 0, DATA, 4000);
        n++;
    }
    ck_assert_int_eq(status, H_NO_MEM);
    ck_assert_uint_gt(n, 10);
    n = 0;
    gpa_write(f->mem, LABEL, &n, 1);
    ck_assert_int_eq(HCALL(f, H_PKS_WRITE_OBJECT, AUTH, LABEL, 1, 0, DATA, 4000), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_PKS_REMOVE_OBJECT, AUTH, LABEL, 1), H_SUCCESS);
    done(f);
}
END_TEST

START_TEST(a_file_keeps_them)
{
    char path[] = "/tmp/lpar-keys-XXXXXX";
    struct error err = { 0 };
    struct fixture *f;
    FILE *file;

    close(mkstemp(path));
    unlink(path);
    f = with(path);
    set_password(f);
    HCALL(f, H_PKS_WRITE_OBJECT, AUTH, LABEL, 5, 0, DATA, 6);
    HCALL(f, H_PKS_WRITE_OBJECT, AUTH, LABEL, 4, 0x02000000, DATA, 6); /* transient */
    done(f);
    f = with(path);
    set_password(f);
    ck_assert_int_eq(HCALL(f, H_PKS_READ_OBJECT, AUTH, LABEL, 5, OUT, 8), H_SUCCESS);
    ck_assert_int_eq(HCALL(f, H_PKS_READ_OBJECT, AUTH, LABEL, 4, OUT, 8), H_NOT_FOUND);
    done(f);
    file = fopen(path, "ae");
    fputs("x", file);
    fclose(file);
    f = fixture_new(NULL);
    ck_assert_ptr_null(key_store_new(f->platform, path, &err));
    ck_assert_int_eq(err.code, ERROR_FORMAT);
    fixture_free(f);
    unlink(path);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        only_where_it_is_offered, configuration_and_passwords, objects, it_fills_up, a_file_keeps_them,
    };

    return fixture_run("papr/key-store", tests, ARRAY_SIZE(tests));
}
