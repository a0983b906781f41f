/* The tables of commands: names once each, arguments that can be read, what the pages say of them; and the protocol
 * without a connection. */
#include <check.h>
#include <string.h>

#include "monitor/hmp.h"
#include "monitor/qmp.h"

static struct monitor *monitor;
static struct machine *machine;
static char output[1 << 16];
static size_t n_output;

static void take(void *opaque, const char *text, size_t size)
{
    (void)opaque;
    ck_assert_uint_lt(n_output + size, sizeof output);
    memcpy(output + n_output, text, size);
    n_output += size;
    output[n_output] = '\0';
}

static void set_up(void)
{
    static struct machine_config config;

    machine_config_init(&config);
    config.none = true;
    machine = machine_new(&config, NULL);
    monitor = machine ? monitor_new(machine, NULL) : NULL;
    ck_assert_ptr_nonnull(monitor);
    n_output = 0;
}

static void tear_down(void)
{
    monitor_free(monitor);
    machine_free(machine);
}

START_TEST(rows_are_well_formed)
{
    for (size_t t = 0; t < qmp_n_tables; t++)
        for (size_t i = 0; i < qmp_tables[t]->n; i++) {
            const struct qmp_row *row = &qmp_tables[t]->rows[i];
            const char *at = row->args;
            struct qmp_arg arg;

            ck_assert_ptr_eq(qmp_find(row->name), row); /* the first of that name */
            ck_assert_ptr_nonnull(row->fn);
            ck_assert_msg(*row->text && row->text[strlen(row->text) - 1] != '.', "%s", row->name);
            while (qmp_next_arg(&at, &arg))
                ck_assert_msg(!strcmp(arg.type, "str") || !strcmp(arg.type, "int") || !strcmp(arg.type, "bool") ||
                                  !strcmp(arg.type, "number") || !strcmp(arg.type, "any"),
                              "%s: %s", row->name, arg.type);
            ck_assert_msg(!*at || !strcmp(at, "..."), "%s: %s", row->name, at);
        }
    for (size_t i = 0; i < qmp_n_events; i++)
        for (size_t k = 0; k < i; k++)
            ck_assert_int_ne(qmp_events[i].kind, qmp_events[k].kind);
}
END_TEST

/* What comes in one byte after the other means the same as what comes at once. */
START_TEST(messages_come_in_any_portions)
{
    static const char text[] = "{\"execute\":\"qmp_capabilities\"} junk}\n{'execute':'query-target', 'id':7}"
                               "{\"execute\":\"query-nothing\"}";
    static const char *const wanted[] = { "\"QMP\"", "\"return\": { }", "JSON parse error", "ppc64", "\"id\": 7",
                                          "CommandNotFound", "query-nothing" };

    for (size_t portion = 1; portion <= sizeof text - 1; portion++) {
        struct qmp *q;
        const char *at = output;

        set_up();
        q = qmp_new_detached(monitor, take, NULL);
        qmp_opened(q);
        for (size_t i = 0; i < sizeof text - 1; i += portion)
            qmp_input(q, (const uint8_t *)text + i, sizeof text - 1 - i < portion ? sizeof text - 1 - i : portion);
        for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
            at = strstr(at, wanted[i]);
            ck_assert_msg(at, "portions of %zu: no %s in %s", portion, wanted[i], output);
        }
        qmp_free(q);
        tear_down();
    }
}
END_TEST

START_TEST(depth_and_size_are_limited)
{
    uint8_t part[1024];
    struct qmp *q;

    set_up();
    q = qmp_new_detached(monitor, take, NULL);
    qmp_opened(q);
    for (unsigned i = 0; i < 100000; i++)
        qmp_input(q, (const uint8_t *)"[", 1);
    qmp_input(q, (const uint8_t *)"\n\"", 2);
    ck_assert_ptr_nonnull(strstr(output, "JSON parse error"));
    n_output = 0;
    /* A string without an end. */
    memset(part, 'a', sizeof part);
    for (unsigned i = 0; i < 8192; i++)
        qmp_input(q, part, sizeof part);
    ck_assert_ptr_nonnull(strstr(output, "too long"));
    ck_assert_uint_lt(n_output, 1000);
    qmp_free(q);
    tear_down();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tables");
    TCase *tcase = tcase_create("tables");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tcase, rows_are_well_formed);
    tcase_add_test(tcase, messages_come_in_any_portions);
    tcase_add_test(tcase, depth_and_size_are_limited);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
