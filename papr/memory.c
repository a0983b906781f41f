/* Memory by real address; see memory.h. Every address is RAM or a device's, or the call fails. */
#include "papr/memory.h"

#include <string.h>


static bool is_access_size(uint64_t size)
{
    return size == 1 || size == 2 || size == 4 || size == 8;
}

static bool load(struct mem *mem, gpa_t at, unsigned size, uint64_t *value)
{
    const uint8_t *bytes = gpa_map_read(mem, at, size);

    if (!bytes)
        return mem_mmio_load(mem, at, size, value);
    *value = 0;
    for (unsigned i = 0; i < size; i++)
        *value = *value << 8 | bytes[i];
    return true;
}

static bool store(struct mem *mem, gpa_t at, unsigned size, uint64_t value)
{
    uint8_t bytes[8];

    if (!gpa_is_ram(mem, at, size))
        return mem_mmio_store(mem, at, size, value & UINT64_MAX >> (64 - 8 * size));
    st_be64(bytes, value);
    return gpa_write(mem, at, bytes + 8 - size, size);
}

/* r4 size, r5 address; out: r4 value. */
static int64_t h_logical_load(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct platform *p = self;
    uint64_t value;

    (void)v;
    if (!is_access_size(args->in[0]) || !load(p->mem, args->in[1], (unsigned)args->in[0], &value))
        return H_PARAMETER;
    args->out[0] = value;
    return H_SUCCESS;
}

/* r4 size, r5 address, r6 value. */
static int64_t h_logical_store(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct platform *p = self;

    (void)v;
    if (!is_access_size(args->in[0]) ||
        !store(p->mem, args->in[1], (unsigned)args->in[0], args->in[2]))
        return H_PARAMETER;
    return H_SUCCESS;
}

/* Caches are coherent here: H_LOGICAL_ICBI, H_LOGICAL_DCBF. */
static int64_t h_logical_cache(void *self, struct vcpu *v, struct hcall_args *args)
{
    (void)self;
    (void)v;
    (void)args;
    return H_SUCCESS;
}

/* r4 of H_PAGE_INIT. */
#define PAGE_ICACHE_INVALIDATE PPC_BIT(40)
#define PAGE_ICACHE_SYNCHRONIZE PPC_BIT(41)
#define PAGE_ZERO PPC_BIT(48)
#define PAGE_COPY PPC_BIT(49)
#define PAGE_FLAGS (PAGE_ICACHE_INVALIDATE | PAGE_ICACHE_SYNCHRONIZE | PAGE_ZERO | PAGE_COPY)

static bool is_ram_page(const struct mem *mem, gpa_t at)
{
    return at % MEM_PAGE_SIZE == 0 && gpa_is_ram(mem, at, MEM_PAGE_SIZE);
}

/* r4 flags, r5 destination, r6 source. */
static int64_t h_page_init(void *self, struct vcpu *v, struct hcall_args *args)
{
    struct mem *mem = ((struct platform *)self)->mem;
    uint64_t flags = args->in[0];
    gpa_t destination = args->in[1], source = args->in[2];

    (void)v;
    if (flags & ~PAGE_FLAGS || !is_ram_page(mem, destination))
        return H_PARAMETER;
    if (flags & PAGE_COPY && !is_ram_page(mem, source))
        return H_PARAMETER;
    if (flags & PAGE_COPY)
        memmove(gpa_map_write(mem, destination, MEM_PAGE_SIZE),
                gpa_map_read(mem, source, MEM_PAGE_SIZE), MEM_PAGE_SIZE);
    else if (flags & PAGE_ZERO)
        gpa_fill(mem, destination, 0, MEM_PAGE_SIZE);
    if (flags & (PAGE_ICACHE_INVALIDATE | PAGE_ICACHE_SYNCHRONIZE))
        mem_invalidate_code(mem, destination, MEM_PAGE_SIZE);
    return H_SUCCESS;
}

static void copy_ram(struct mem *mem, gpa_t destination, gpa_t source, uint64_t size, bool inverted)
{
    uint8_t *to = gpa_map_write(mem, destination, size);

    memmove(to, gpa_map_read(mem, source, size), size);
    for (uint64_t i = 0; inverted && i < size; i++)
        to[i] ^= 0xff;
}

/* Element by element, as devices answer; from the end if the front would be overwritten. */
static bool copy_elements(struct mem *mem, gpa_t destination, gpa_t source, unsigned size,
                          uint64_t count, bool inverted)
{
    bool backward = destination > source && destination - source < count * size;

    for (uint64_t i = 0; i < count; i++) {
        uint64_t offset = (backward ? count - 1 - i : i) * size;
        uint64_t value;

        if (!load(mem, source + offset, size, &value) ||
            !store(mem, destination + offset, size, inverted ? ~value : value))
            return false;
    }
    return true;
}

/* r4 destination, r5 source, r6 log2 of the element's size, r7 elements, r8 0 copy, 1 inverted. */
static int64_t h_logical_memop(void *self, struct vcpu *v, struct hcall_args *args)
{
    enum { LARGEST_SHIFT = 3, MOST_DEVICE_ELEMENTS = 1 << 20 };
    const uint64_t most_elements = UINT64_C(0x80000000);
    struct mem *mem = ((struct platform *)self)->mem;
    gpa_t destination = args->in[0], source = args->in[1];
    uint64_t shift = args->in[2], count = args->in[3], op = args->in[4];
    uint64_t bytes;

    (void)v;
    if (count > most_elements || shift > LARGEST_SHIFT || op > 1)
        return H_PARAMETER;
    if ((destination | source) & ((UINT64_C(1) << shift) - 1))
        return H_PARAMETER;
    bytes = count << shift;
    if (gpa_is_ram(mem, destination, bytes) && gpa_is_ram(mem, source, bytes)) {
        copy_ram(mem, destination, source, bytes, op);
        return H_SUCCESS;
    }
    if (count > MOST_DEVICE_ELEMENTS || destination + bytes < destination || source + bytes < source)
        return H_PARAMETER;
    if (!copy_elements(mem, destination, source, 1U << shift, count, op))
        return H_PARAMETER;
    return H_SUCCESS;
}

static const struct hcall_row memory_hcalls[] = {
    { H_PAGE_INIT, "H_PAGE_INIT", "hcall-copy", .in = 3, .fn = h_page_init },
    { H_LOGICAL_CI_LOAD, "H_LOGICAL_CI_LOAD", "hcall-debug", .in = 2, .out = 1,
      .fn = h_logical_load },
    { H_LOGICAL_CI_STORE, "H_LOGICAL_CI_STORE", "hcall-debug", .in = 3, .fn = h_logical_store },
    { H_LOGICAL_CACHE_LOAD, "H_LOGICAL_CACHE_LOAD", "hcall-debug", .in = 2, .out = 1,
      .fn = h_logical_load },
    { H_LOGICAL_CACHE_STORE, "H_LOGICAL_CACHE_STORE", "hcall-debug", .in = 3,
      .fn = h_logical_store },
    { H_LOGICAL_ICBI, "H_LOGICAL_ICBI", "hcall-debug", .in = 2, .fn = h_logical_cache },
    { H_LOGICAL_DCBF, "H_LOGICAL_DCBF", "hcall-debug", .in = 2, .fn = h_logical_cache },
    { KVMPPC_H_LOGICAL_MEMOP, "KVMPPC_H_LOGICAL_MEMOP", "hcall-memop1", .in = 5,
      .fn = h_logical_memop },
};

const struct facility_type memory_facility = {
    .name = "memory",
    .hcalls = memory_hcalls,
    .n_hcalls = ARRAY_SIZE(memory_hcalls),
    .write_tree = memory_write_tree,
};
