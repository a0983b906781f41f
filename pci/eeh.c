/* Enhanced error handling: so far no bridge has it, and its calls say so, by which guests leave it off.
 * [LoPAR, Enhanced I/O Error Handling] */
#include "pci/phb.h"

static int32_t rtas_no_eeh(void *self, struct vcpu *v, struct rtas_args *args)
{
    (void)self;
    (void)v;
    (void)args;
    return RTAS_PARAMETER;
}

static const struct rtas_row rtas[] = {
    { 0x2020, "ibm,set-eeh-option", 4, 1, WHEN_ALWAYS, rtas_no_eeh },
    { 0x2021, "ibm,get-config-addr-info2", 4, 2, WHEN_ALWAYS, rtas_no_eeh },
    { 0x2022, "ibm,read-slot-reset-state2", 3, -1, WHEN_ALWAYS, rtas_no_eeh },
    { 0x2023, "ibm,set-slot-reset", 4, 1, WHEN_ALWAYS, rtas_no_eeh },
    { 0x2024, "ibm,configure-pe", 3, 1, WHEN_ALWAYS, rtas_no_eeh },
    { 0x2025, "ibm,slot-error-detail", 8, 1, WHEN_ALWAYS, rtas_no_eeh },
};

const struct facility_type eeh_facility = {
    .name = "eeh",
    .rtas = rtas,
    .n_rtas = ARRAY_SIZE(rtas),
};
