/* RTAS time of day; see time.h. [LoPAR, Time of Day] */
#include "papr/time.h"

#include <stdlib.h>

struct time_of_day {
    void (*now)(struct timespec *);
    int64_t offset_s; /* guest's time less the host's */
    void (*changed)(void *opaque, int64_t offset_s);
    void *opaque;
};

static void host_now(struct timespec *now)
{
    clock_gettime(CLOCK_REALTIME, now);
}

void time_fixed(struct timespec *now)
{
    *now = (struct timespec){ 1000000000, 0 };
}

struct time_of_day *time_new(void (*now)(struct timespec *), struct error *err)
{
    struct time_of_day *x = calloc(1, sizeof *x);

    if (!x) {
        error_set(err, ERROR_RESOURCE, "out of memory for the time of day");
        return NULL;
    }
    x->now = now ? now : host_now;
    return x;
}

void time_free(struct time_of_day *x)
{
    free(x);
}

void time_set_offset(struct time_of_day *x, int64_t offset_s)
{
    x->offset_s = offset_s;
}

void time_on_change(struct time_of_day *x, void (*changed)(void *opaque, int64_t offset_s), void *opaque)
{
    x->changed = changed;
    x->opaque = opaque;
}

void time_now(const struct time_of_day *x, struct tm *utc, uint32_t *nanoseconds)
{
    struct timespec now;
    time_t seconds;

    x->now(&now);
    seconds = (time_t)(now.tv_sec + x->offset_s);
    *nanoseconds = (uint32_t)now.tv_nsec;
    gmtime_r(&seconds, utc);
}

/* Results: year, month from 1, day, hour, minute, second, nanosecond. */
static int32_t rtas_get_time_of_day(void *self, struct vcpu *v, struct rtas_args *args)
{
    struct tm utc;
    uint32_t nanoseconds;

    (void)v;
    time_now(self, &utc, &nanoseconds);
    args->ret[1] = (uint32_t)utc.tm_year + 1900;
    args->ret[2] = (uint32_t)utc.tm_mon + 1;
    args->ret[3] = (uint32_t)utc.tm_mday;
    args->ret[4] = (uint32_t)utc.tm_hour;
    args->ret[5] = (uint32_t)utc.tm_min;
    args->ret[6] = (uint32_t)utc.tm_sec;
    args->ret[7] = nanoseconds;
    return RTAS_OK;
}

static unsigned days_in_month(unsigned year, unsigned month)
{
    static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && is_leap);
}

/* Arguments: as the results above; the nanosecond counts for nothing. */
static int32_t rtas_set_time_of_day(void *self, struct vcpu *v, struct rtas_args *args)
{
    enum { FIRST_YEAR = 1970, LAST_YEAR = 9999 };
    struct time_of_day *x = self;
    uint32_t year = args->arg[0], month = args->arg[1], day = args->arg[2];
    uint32_t hour = args->arg[3], minute = args->arg[4], second = args->arg[5];
    struct timespec now;
    struct tm utc;

    (void)v;
    if (year < FIRST_YEAR || year > LAST_YEAR || month < 1 || month > 12)
        return RTAS_PARAMETER;
    if (day < 1 || day > days_in_month(year, month) || hour > 23 || minute > 59 || second > 59)
        return RTAS_PARAMETER;
    utc = (struct tm){
        .tm_year = (int)year - 1900, .tm_mon = (int)month - 1, .tm_mday = (int)day,
        .tm_hour = (int)hour, .tm_min = (int)minute, .tm_sec = (int)second,
    };
    x->now(&now);
    x->offset_s = (int64_t)timegm(&utc) - now.tv_sec;
    if (x->changed)
        x->changed(x->opaque, x->offset_s);
    return RTAS_OK;
}

static const struct rtas_row time_rtas[] = {
    { 0x2001, "get-time-of-day", 0, 8, WHEN_ALWAYS, rtas_get_time_of_day },
    { 0x2002, "set-time-of-day", 7, 1, WHEN_ALWAYS, rtas_set_time_of_day },
};

const struct facility_type time_facility = {
    .name = "time",
    .rtas = time_rtas,
    .n_rtas = ARRAY_SIZE(time_rtas),
};
