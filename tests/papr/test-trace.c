/* -trace hcall=FILE: lines that a JSON parser reads. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "papr/trace.h"
#include "tests/papr/fixture.h"

static struct json_object *field(struct json_object *line, const char *name)
{
    struct json_object *value;

    ck_assert(json_object_object_get_ex(line, name, &value));
    return value;
}

START_TEST(each_call_is_a_line)
{
    char path[] = "/tmp/lpar-trace-XXXXXX", text[1024];
    struct fixture *f = fixture_new(NULL);
    struct json_object *line;
    uint32_t ret[16];
    FILE *file;

    close(mkstemp(path));
    f->platform->trace = trace_new(f->accel, path, NULL);
    ck_assert_ptr_nonnull(f->platform->trace);
    HCALL(f, H_SET_SPRG0, UINT64_MAX);
    HCALL(f, 0x3f3);
    RTAS(f, 0x201c, ret, 2, UINT32_MAX);
    trace_free(f->platform->trace);
    fixture_free(f);

    file = fopen(path, "re");
    ck_assert_ptr_nonnull(fgets(text, sizeof text, file));
    line = json_tokener_parse(text);
    ck_assert_str_eq(json_object_get_string(field(line, "hcall")), "H_SET_SPRG0");
    ck_assert_uint_eq(json_object_get_uint64(field(line, "token")), H_SET_SPRG0);
    ck_assert_uint_eq(json_object_get_uint64(json_object_array_get_idx(field(line, "args"), 0)), UINT64_MAX);
    ck_assert_int_eq(json_object_get_int64(field(line, "return")), H_SUCCESS);
    json_object_put(line);

    ck_assert_ptr_nonnull(fgets(text, sizeof text, file));
    line = json_tokener_parse(text);
    ck_assert_str_eq(json_object_get_string(field(line, "hcall")), "unknown");
    ck_assert_int_eq(json_object_get_int64(field(line, "return")), H_FUNCTION);
    json_object_put(line);

    ck_assert_ptr_nonnull(fgets(text, sizeof text, file));
    line = json_tokener_parse(text);
    ck_assert_str_eq(json_object_get_string(field(line, "rtas")), "get-power-level");
    ck_assert_uint_eq(json_object_get_uint64(json_object_array_get_idx(field(line, "out"), 0)), 100);
    json_object_put(line);
    ck_assert_ptr_nonnull(fgets(text, sizeof text, file));
    ck_assert_ptr_nonnull(strstr(text, "KVMPPC_H_RTAS"));
    ck_assert_ptr_null(fgets(text, sizeof text, file));
    fclose(file);
    unlink(path);
}
END_TEST

START_TEST(a_file_that_cannot_be_made_is_an_error)
{
    struct fixture *f = fixture_new(NULL);
    struct error err = { 0 };

    ck_assert_ptr_null(trace_new(f->accel, "/nowhere/at/all", &err));
    ck_assert_int_eq(err.code, ERROR_FILE);
    fixture_free(f);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = { each_call_is_a_line, a_file_that_cannot_be_made_is_an_error };

    return fixture_run("papr/trace", tests, ARRAY_SIZE(tests));
}
