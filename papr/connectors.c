/* Connectors; see connectors.h. As there are none, their calls find no such indicator or sensor.
 * [LoPAR, Dynamic Reconfiguration] */
#include "papr/connectors.h"

enum { SENSOR_EPOW = 9, POWER_DOMAIN_LIVE_INSERTION = -1, POWER_LEVEL_FULL = 100 };

/* Arguments: type, index, state. */
static int32_t rtas_set_indicator(void *self, struct vcpu *v, struct rtas_args *args)
{
    (void)self;
    (void)v;
    (void)args;
    return RTAS_PARAMETER;
}

/* Arguments: type, index. Result: state. The sensor of environmental and power warnings is always
 * there and, as warnings come with event logs, calm. */
static int32_t rtas_get_sensor_state(void *self, struct vcpu *v, struct rtas_args *args)
{
    (void)self;
    (void)v;
    return args->arg[0] == SENSOR_EPOW && args->arg[1] == 0 ? RTAS_OK : RTAS_PARAMETER;
}

/* Arguments: domain, level. Result: the level. Everything is always on. */
static int32_t rtas_power_level(void *self, struct vcpu *v, struct rtas_args *args)
{
    (void)self;
    (void)v;
    if ((int32_t)args->arg[0] != POWER_DOMAIN_LIVE_INSERTION)
        return RTAS_PARAMETER;
    args->ret[1] = POWER_LEVEL_FULL;
    return RTAS_OK;
}

/* Arguments: work area, extent. */
static int32_t rtas_ibm_configure_connector(void *self, struct vcpu *v, struct rtas_args *args)
{
    (void)self;
    (void)v;
    (void)args;
    return RTAS_PARAMETER;
}

static const struct rtas_row connectors_rtas[] = {
    { 0x201a, "set-indicator", 3, 1, WHEN_ALWAYS, rtas_set_indicator },
    { 0x201b, "set-power-level", 2, 2, WHEN_ALWAYS, rtas_power_level },
    { 0x201c, "get-power-level", 1, 2, WHEN_ALWAYS, rtas_power_level },
    { 0x201d, "get-sensor-state", 2, 2, WHEN_ALWAYS, rtas_get_sensor_state },
    { 0x201e, "ibm,configure-connector", 2, 1, WHEN_ALWAYS, rtas_ibm_configure_connector },
};

const struct facility_type connectors_facility = {
    .name = "connectors",
    .rtas = connectors_rtas,
    .n_rtas = ARRAY_SIZE(connectors_rtas),
};
