/* Areas that a virtual processor shares with the hypervisor: the virtual processor area, the SLB
 * shadow buffer, the dispatch trace log. [LoPAR, H_REGISTER_VPA]
 *
 * Kept up in the area are the shared-processor mark and the dispatch counter, by which others see
 * whether it pays to wait for this processor. Left out: entries of the dispatch trace log and the
 * times in the area; the SLB shadow is not needed as no SLB is ever lost. */
#include "papr/processors-internal.h"

/* r4 of H_REGISTER_VPA: the whole register is compared. */
#define REGISTER_VPA UINT64_C(0x0000200000000000)
#define REGISTER_DTL UINT64_C(0x0000400000000000)
#define REGISTER_SLB_SHADOW UINT64_C(0x0000600000000000)
#define DEREGISTER_VPA UINT64_C(0x0000a00000000000)
#define DEREGISTER_DTL UINT64_C(0x0000c00000000000)
#define DEREGISTER_SLB_SHADOW UINT64_C(0x0000e00000000000)

enum {
    VPA_ALIGNMENT = 128, /* a cache line */
    VPA_SMALLEST = 640,
    SLB_SHADOW_SMALLEST = 8,
    DTL_SMALLEST = 48,
    SIZE_OFFSET = 4, /* in all three: the guest's word for the area's size */
    VPA_STATUS = 9,
    VPA_STATUS_SHARED = 0x02,
    VPA_DISPATCH_COUNT = 0x100,
};

static bool crosses_page(gpa_t start, uint64_t size)
{
    return start / MEM_PAGE_SIZE != (start + size - 1) / MEM_PAGE_SIZE;
}

bool vpa_dispatch_count(const struct processors *x, const struct vcpu *v, uint32_t *count)
{
    gpa_t vpa = x->areas[v->index].vpa;

    return vpa && gpa_load_be32(x->platform->mem, vpa + VPA_DISPATCH_COUNT, count);
}

void vpa_note_dispatch(struct processors *x, const struct vcpu *v, bool is_dispatched)
{
    uint32_t count;

    if (vpa_dispatch_count(x, v, &count) && is_dispatched == (count & 1))
        gpa_store_be32(x->platform->mem, x->areas[v->index].vpa + VPA_DISPATCH_COUNT, count + 1);
}

static int64_t register_vpa(struct processors *x, struct vcpu *v, gpa_t area)
{
    struct mem *mem = x->platform->mem;
    uint16_t size;
    uint8_t status;

    if (!gpa_load_be16(mem, area + SIZE_OFFSET, &size) || size < VPA_SMALLEST)
        return H_PARAMETER;
    if (crosses_page(area, size) || !gpa_is_ram(mem, area, size))
        return H_PARAMETER;
    x->areas[v->index].vpa = area;
    gpa_read(mem, area + VPA_STATUS, &status, 1);
    status |= VPA_STATUS_SHARED;
    gpa_write(mem, area + VPA_STATUS, &status, 1);
    vpa_note_dispatch(x, v, v->state == VCPU_RUNNING);
    return H_SUCCESS;
}

static int64_t register_slb_shadow(struct processors *x, struct vcpu *v, gpa_t area)
{
    struct mem *mem = x->platform->mem;
    uint32_t size;

    if (!gpa_load_be32(mem, area + SIZE_OFFSET, &size) || size < SLB_SHADOW_SMALLEST)
        return H_PARAMETER;
    if (crosses_page(area, size) || !gpa_is_ram(mem, area, size))
        return H_PARAMETER;
    if (!x->areas[v->index].vpa)
        return H_RESOURCE;
    x->areas[v->index].slb_shadow = area;
    return H_SUCCESS;
}

static int64_t register_dtl(struct processors *x, struct vcpu *v, gpa_t area)
{
    struct mem *mem = x->platform->mem;
    uint32_t size;

    if (!gpa_load_be32(mem, area + SIZE_OFFSET, &size) || size < DTL_SMALLEST)
        return H_PARAMETER;
    if (!gpa_is_ram(mem, area, size))
        return H_PARAMETER;
    if (!x->areas[v->index].vpa)
        return H_RESOURCE;
    x->areas[v->index].dtl = area;
    return H_SUCCESS;
}

/* All areas begin with a cache line. Address 0 is nobody's area. [LoPAR H_REGISTER_VPA] */
static int64_t check_area(gpa_t area)
{
    if (!area)
        return H_HARDWARE;
    return area % VPA_ALIGNMENT ? H_PARAMETER : H_SUCCESS;
}

static int64_t deregister_vpa(struct vcpu_areas *areas)
{
    if (areas->slb_shadow || areas->dtl)
        return H_RESOURCE;
    areas->vpa = 0;
    return H_SUCCESS;
}

/* r4 operation, r5 processor, r6 area. */
int64_t h_register_vpa(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct processors *x = self;
    struct vcpu *target = accel_find(x->platform->accel, args->in[1]);
    gpa_t area = args->in[2];
    struct vcpu_areas *areas;
    int64_t status = check_area(area);

    (void)v;
    if (!target)
        return H_PARAMETER;
    areas = &x->areas[target->index];
    switch (args->in[0]) {
    case REGISTER_VPA:
        return status ? status : register_vpa(x, target, area);
    case REGISTER_SLB_SHADOW:
        return status ? status : register_slb_shadow(x, target, area);
    case REGISTER_DTL:
        return status ? status : register_dtl(x, target, area);
    case DEREGISTER_VPA:
        return deregister_vpa(areas);
    case DEREGISTER_SLB_SHADOW:
        areas->slb_shadow = 0;
        return H_SUCCESS;
    case DEREGISTER_DTL:
        areas->dtl = 0;
        return H_SUCCESS;
    default:
        return H_PARAMETER;
    }
}
