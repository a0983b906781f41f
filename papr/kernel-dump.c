/* Kernel dumps; see kernel-dump.h.
 *
 * The guest registers a structure in its memory, big-endian:
 *
 *   version (4), sections (2), status (2), offset of the first section (4), 28 bytes of a dump to disk
 *   for each section: flags (4), type (2), errors (2), source, length, bytes dumped, destination (8 each)
 *
 * When it ends by ibm,os-term, each section is copied to its destination: a region of memory as it is, the processors'
 * registers in a form of their own. Memory outlives the reset behind that, and /rtas has the structure. */
#include "papr/kernel-dump.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

enum {
    HEADER_BYTES = 40, SECTION_BYTES = 40, MOST_SECTIONS = 10, VERSION = 1,
    STATUS_PERFORMED = 0x8000, STATUS_TRIGGERED = 0x4000, STATUS_ERROR = 0x2000,
    SECTION_REQUESTED = 1,
};
enum section_type { SECTION_CPUS = 1, SECTION_HPT = 2, SECTION_REGION = 0x11, SECTION_PARAMETERS = 0x100 };

struct kernel_dump {
    struct platform *platform;
    gpa_t registered;  /* where the structure is, 0: none */
    bool is_taken;     /* and the guest that comes next has not said yet that it is done with it */
    size_t size;       /* of what follows */
    uint8_t bytes[HEADER_BYTES + MOST_SECTIONS * SECTION_BYTES];
};

struct kernel_dump *kernel_dump_new(struct platform *p, struct error *err)
{
    struct kernel_dump *x = calloc(1, sizeof *x);

    if (!x) {
        error_set(err, ERROR_RESOURCE, "out of memory for kernel dumps");
        return NULL;
    }
    x->platform = p;
    p->kernel_dump = x;
    return x;
}

void kernel_dump_free(struct kernel_dump *x)
{
    if (x)
        x->platform->kernel_dump = NULL;
    free(x);
}

static void kernel_dump_reset(void *self)
{
    ((struct kernel_dump *)self)->registered = 0;
}

/* ---- registers: a header, the number of processors, and pairs of a name and a value ---- */

enum { CPU_HEADER_BYTES = 32, CPU_COUNT_OFFSET = 28, ENTRY_BYTES = 16, CPU_ENTRIES = 79 };

static uint64_t cpu_area_bytes(const struct platform *p)
{
    return CPU_HEADER_BYTES + (uint64_t)accel_limit(p->accel) * CPU_ENTRIES * ENTRY_BYTES;
}

struct writer {
    struct mem *mem;
    gpa_t at, end;
    bool ok;
};

/* A name of up to eight characters, filled with zeros. */
static void put_entry(struct writer *w, const char *name, uint64_t value)
{
    uint8_t entry[ENTRY_BYTES] = { 0 };

    memcpy(entry, name, strnlen(name, 8));
    st_be64(entry + 8, value);
    w->ok = w->ok && w->end - w->at >= sizeof entry && gpa_write(w->mem, w->at, entry, sizeof entry);
    w->at += sizeof entry;
}

static void put_registers(struct writer *w, const struct cpu *c, unsigned number)
{
    char name[9];

    put_entry(w, "CPUSTRT", number);
    for (unsigned i = 0; i < 32; i++) {
        snprintf(name, sizeof name, "GPR%02u", i % 32);
        put_entry(w, name, c->gpr[i]);
    }
    put_entry(w, "NIA", c->nia);
    put_entry(w, "MSR", c->msr);
    put_entry(w, "CTR", c->ctr);
    put_entry(w, "LR", c->lr);
    put_entry(w, "XER", cpu_xer(c));
    put_entry(w, "CR", cpu_cr(c));
    put_entry(w, "DAR", c->spr[SPR_DAR]);
    put_entry(w, "DSISR", c->spr[SPR_DSISR]);
    put_entry(w, "CPUEND", number);
}

/* Returns the bytes written, 0: there was no room. */
static uint64_t put_cpus(const struct platform *p, gpa_t to, uint64_t length)
{
    struct writer w = { p->mem, to + CPU_HEADER_BYTES, to + length, true };
    uint8_t header[CPU_HEADER_BYTES] = "REGSAVE";
    unsigned n = accel_count(p->accel);

    if (length < CPU_HEADER_BYTES)
        return 0;
    st_be32(header + 8, 1);
    st_be32(header + 12, CPU_COUNT_OFFSET);
    st_be32(header + CPU_COUNT_OFFSET, n);
    for (unsigned i = 0; i < n; i++)
        put_registers(&w, accel_vcpu(p->accel, i)->cpu, i);
    return w.ok && gpa_write(p->mem, to, header, sizeof header) ? w.at - to : 0;
}

/* ---- the dump ---- */

/* Returns the bytes copied. */
static uint64_t copy_region(struct mem *mem, gpa_t to, gpa_t from, uint64_t length)
{
    static const size_t chunk = 1 << 16;
    uint8_t *buffer = malloc(chunk);
    uint64_t done = 0;

    while (buffer && done < length) {
        size_t n = length - done < chunk ? (size_t)(length - done) : chunk;

        if (!gpa_read(mem, from + done, buffer, n) || !gpa_write(mem, to + done, buffer, n))
            break;
        done += n;
    }
    free(buffer);
    return done;
}

/* False if not all of it could be kept. */
static bool take_section(const struct platform *p, uint8_t *s)
{
    uint64_t from = ld_be64(s + 8), length = ld_be64(s + 16), to = ld_be64(s + 32), done = 0;

    if (!(ld_be32(s) & SECTION_REQUESTED))
        return true;
    /* What is not memory of the guest's costs no time, however long it is said to be. */
    if (length && !gpa_is_ram(p->mem, to, length))
        return false;
    switch (ld_be16(s + 4)) {
    case SECTION_CPUS:
        done = put_cpus(p, to, length);
        st_be64(s + 24, done);
        return done != 0;
    case SECTION_REGION:
        done = gpa_is_ram(p->mem, from, length) ? copy_region(p->mem, to, from, length) : 0;
        st_be64(s + 24, done);
        return done == length;
    case SECTION_HPT: /* the table is the hypervisor's: nothing of it is told */
    case SECTION_PARAMETERS: /* stays where it is */
        return true;
    default:
        return false;
    }
}

static unsigned n_sections(const struct kernel_dump *x)
{
    return ld_be16(x->bytes + 4);
}

/* Takes the structure as it is in memory now. */
static bool read_structure(struct kernel_dump *x, gpa_t at)
{
    uint64_t first;

    if (!gpa_read(x->platform->mem, at, x->bytes, HEADER_BYTES))
        return false;
    first = ld_be32(x->bytes + 8);
    if (ld_be32(x->bytes) != VERSION || n_sections(x) > MOST_SECTIONS)
        return false;
    x->size = HEADER_BYTES + n_sections(x) * (size_t)SECTION_BYTES;
    return gpa_read(x->platform->mem, at + first, x->bytes + HEADER_BYTES, x->size - HEADER_BYTES);
}

bool kernel_dump_take(struct kernel_dump *x, struct vcpu *v)
{
    uint16_t status = STATUS_PERFORMED | STATUS_TRIGGERED;

    if (!x || !x->registered)
        return false;
    cpu_settle(v->cpu);
    accel_stop_others(x->platform->accel);
    if (!read_structure(x, x->registered)) {
        log_line(LOG_ERROR, "kernel-dump", "the guest has damaged what it registered");
        return false;
    }
    for (unsigned i = 0; i < n_sections(x); i++) {
        uint8_t *s = x->bytes + HEADER_BYTES + i * (size_t)SECTION_BYTES;

        if (!take_section(x->platform, s)) {
            st_be16(s + 6, 1);
            status |= STATUS_ERROR;
        }
    }
    st_be16(x->bytes + 6, status);
    st_be32(x->bytes + 8, HEADER_BYTES);
    x->registered = 0;
    x->is_taken = true;
    log_line(LOG_INFO, "kernel-dump", "the guest's memory is kept for the one that comes next");
    return true;
}

/* ---- the call ---- */

enum command { COMMAND_REGISTER = 1, COMMAND_UNREGISTER, COMMAND_INVALIDATE };
enum { ALREADY_REGISTERED = -9, DUMP_ACTIVE = -10 };

static int32_t register_dump(struct kernel_dump *x, gpa_t at, uint32_t size)
{
    uint8_t header[HEADER_BYTES];

    if (x->registered)
        return ALREADY_REGISTERED;
    if (x->is_taken)
        return DUMP_ACTIVE;
    if (size < HEADER_BYTES || !at || at >= x->platform->config->rma_size)
        return RTAS_PARAMETER;
    if (!gpa_read(x->platform->mem, at, header, sizeof header))
        return RTAS_HARDWARE;
    if (ld_be32(header) != VERSION || ld_be16(header + 4) > MOST_SECTIONS)
        return RTAS_PARAMETER;
    x->registered = at;
    return RTAS_OK;
}

/* Arguments: command, structure, its size. */
static int32_t rtas_ibm_configure_kernel_dump(void *self, struct vcpu *v, struct rtas_args *args)
{
    struct kernel_dump *x = self;

    (void)v;
    switch (args->arg[0]) {
    case COMMAND_REGISTER:
        return register_dump(x, args->arg[1], args->arg[2]);
    case COMMAND_UNREGISTER:
        if (x->is_taken)
            return DUMP_ACTIVE;
        x->registered = 0;
        return RTAS_OK;
    case COMMAND_INVALIDATE:
        x->registered = 0;
        x->is_taken = false;
        return RTAS_OK;
    default:
        return RTAS_PARAMETER;
    }
}

static const struct rtas_row kernel_dump_rtas[] = {
    { 0x202d, "ibm,configure-kernel-dump", 3, 1, WHEN_ALWAYS, rtas_ibm_configure_kernel_dump },
};

static void kernel_dump_write_tree(void *self, struct tree *t, enum tree_stage stage)
{
    const struct kernel_dump *x = self;
    const uint64_t cpus = cpu_area_bytes(x->platform);
    const uint32_t sizes[] = { SECTION_CPUS, (uint32_t)(cpus >> 32), (uint32_t)cpus, SECTION_HPT, 0, 0 };
    const uint8_t versions[] = { 0, VERSION, 0, VERSION }; /* the oldest, the newest */

    (void)stage;
    tree_bytes(t, "/rtas", "ibm,configure-kernel-dump-version", versions, sizeof versions);
    tree_cells(t, "/rtas", "ibm,configure-kernel-dump-sizes", sizes, ARRAY_SIZE(sizes));
    if (x->is_taken)
        tree_bytes(t, "/rtas", "ibm,kernel-dump", x->bytes, x->size);
}

const struct facility_type kernel_dump_facility = {
    .name = "kernel-dump",
    .rtas = kernel_dump_rtas,
    .n_rtas = ARRAY_SIZE(kernel_dump_rtas),
    .reset = kernel_dump_reset,
    .write_tree = kernel_dump_write_tree,
};
