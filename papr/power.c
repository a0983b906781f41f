/* The partition's end, in three ways; see power.h. What happens then is the machine's business. */
#include "papr/power.h"

#include "papr/kernel-dump.h"

/* Arguments: two words of events that may switch the power on again; there are none here. */
static int32_t rtas_power_off(void *self, struct vcpu *v, struct rtas_args *args)
{
    struct platform *p = self;

    (void)v;
    (void)args;
    p->machine_ops->power_off(p->machine);
    return RTAS_OK;
}

static int32_t rtas_system_reboot(void *self, struct vcpu *v, struct rtas_args *args)
{
    struct platform *p = self;

    (void)v;
    (void)args;
    p->machine_ops->reboot(p->machine);
    return RTAS_OK;
}

/* Copies a string of the guest, cut to the buffer, with nothing in it that a terminal might obey. */
static void copy_string(const struct mem *mem, gpa_t at, char *text, size_t size)
{
    size_t length = 0;
    char c;

    while (length + 1 < size && gpa_read(mem, at + length, &c, 1) && c) {
        text[length] = c >= ' ' && c <= '~' ? c : '.';
        length++;
    }
    text[length] = '\0';
}

/* Argument: address of a text. A guest that has registered a dump is started again. Returns, as the property ibm,extended-os-term says. */
static int32_t rtas_ibm_os_term(void *self, struct vcpu *v, struct rtas_args *args)
{
    struct platform *p = self;
    char reason[256];

    copy_string(p->mem, args->arg[0], reason, sizeof reason);
    if (kernel_dump_take(p->kernel_dump, v)) {
        p->machine_ops->reboot(p->machine);
        return RTAS_OK;
    }
    p->machine_ops->guest_panic(p->machine, reason);
    return RTAS_OK;
}

static const struct rtas_row power_rtas[] = {
    { 0x2003, "power-off", 2, 1, WHEN_ALWAYS, rtas_power_off },
    { 0x2004, "system-reboot", 0, 1, WHEN_ALWAYS, rtas_system_reboot },
    { 0x201f, "ibm,os-term", 1, 1, WHEN_ALWAYS, rtas_ibm_os_term },
};

const struct facility_type power_facility = {
    .name = "power",
    .rtas = power_rtas,
    .n_rtas = ARRAY_SIZE(power_rtas),
};
