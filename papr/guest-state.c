/* See guest-state.h. */
#include "papr/guest-state.h"

#include <string.h>

#include "cpu-ppc64/guest.h"
#include "cpu-ppc64/mmu/mmu.h"
#include "cpu-ppc64/mmu/watch.h"

/* ---- elements ---- */

/* What an element is of the processor. */
enum part {
    PART_KEPT, /* of no effect here, but it is there */
    PART_GPR,
    PART_SPR,
    PART_NIA,
    PART_MSR,
    PART_LR,
    PART_CTR,
    PART_XER,
    PART_CR,
    PART_FPSCR,
    PART_VSCR,
    PART_VRSAVE,
    PART_DECREMENTER,
    PART_COUNTER, /* counts by the timebase, and is only read */
};

struct row {
    uint16_t id;
    uint8_t size;
    uint8_t part;
    uint16_t n; /* of the register */
};

#define GPRS(n) { ELEMENT_GPR + (n), 8, PART_GPR, (n) }, { ELEMENT_GPR + (n) + 1, 8, PART_GPR, (n) + 1 }, \
                { ELEMENT_GPR + (n) + 2, 8, PART_GPR, (n) + 2 }, { ELEMENT_GPR + (n) + 3, 8, PART_GPR, (n) + 3 }

/* One row an element that is a number, in the order of their ids: all from 0x1000 on, and all from 0x2000 on. */
static const struct row rows[] = {
    GPRS(0), GPRS(4), GPRS(8), GPRS(12), GPRS(16), GPRS(20), GPRS(24), GPRS(28),
    { ELEMENT_HDEC_EXPIRY, 8, PART_KEPT, 0 },
    { ELEMENT_NIA, 8, PART_NIA, 0 },
    { ELEMENT_MSR, 8, PART_MSR, 0 },
    { 0x1023, 8, PART_LR, 0 },
    { 0x1024, 8, PART_XER, 0 },
    { 0x1025, 8, PART_CTR, 0 },
    { 0x1026, 8, PART_SPR, SPR_CFAR },
    { 0x1027, 8, PART_SPR, SPR_SRR0 },
    { 0x1028, 8, PART_SPR, SPR_SRR1 },
    { 0x1029, 8, PART_SPR, SPR_DAR },
    { 0x102a, 8, PART_DECREMENTER, 0 },
    { 0x102b, 8, PART_COUNTER, 0 }, /* VTB */
    { ELEMENT_LPCR, 8, PART_KEPT, 0 },
    { ELEMENT_HFSCR, 8, PART_KEPT, 0 },
    { 0x102e, 8, PART_SPR, SPR_FSCR },
    { 0x102f, 8, PART_FPSCR, 0 },
    { 0x1030, 8, PART_SPR, SPR_DAWR0 },
    { 0x1031, 8, PART_SPR, SPR_DAWR1 },
    { 0x1032, 8, PART_SPR, SPR_CIABR },
    { 0x1033, 8, PART_COUNTER, 0 }, /* PURR */
    { 0x1034, 8, PART_COUNTER, 0 }, /* SPURR */
    { 0x1035, 8, PART_COUNTER, 0 }, /* IC */
    { 0x1036, 8, PART_SPR, SPR_SPRG0 },
    { 0x1037, 8, PART_SPR, SPR_SPRG1 },
    { 0x1038, 8, PART_SPR, SPR_SPRG2 },
    { 0x1039, 8, PART_SPR, SPR_SPRG3 },
    { 0x103a, 8, PART_SPR, SPR_PPR },
    { 0x103b, 8, PART_SPR, SPR_MMCR0 },
    { 0x103c, 8, PART_SPR, SPR_MMCR1 },
    { 0x103d, 8, PART_SPR, SPR_MMCR2 },
    { 0x103e, 8, PART_SPR, SPR_MMCR3 },
    { 0x103f, 8, PART_SPR, SPR_MMCRA },
    { 0x1040, 8, PART_SPR, SPR_SIER },
    { 0x1041, 8, PART_SPR, SPR_SIER2 },
    { 0x1042, 8, PART_SPR, SPR_SIER3 },
    { 0x1043, 8, PART_SPR, SPR_BESCR },
    { 0x1044, 8, PART_SPR, SPR_EBBHR },
    { 0x1045, 8, PART_SPR, SPR_EBBRR },
    { 0x1046, 8, PART_SPR, SPR_AMR },
    { 0x1047, 8, PART_SPR, SPR_IAMR },
    { 0x1048, 8, PART_KEPT, 0 }, /* AMOR */
    { 0x1049, 8, PART_SPR, SPR_UAMOR },
    { 0x104a, 8, PART_SPR, SPR_SDAR },
    { 0x104b, 8, PART_SPR, SPR_SIAR },
    { 0x104c, 8, PART_SPR, SPR_DSCR },
    { 0x104d, 8, PART_SPR, SPR_TAR },
    { 0x104e, 8, PART_SPR, SPR_DEXCR },
    { 0x104f, 8, PART_KEPT, 0 }, /* HDEXCR */
    { 0x1050, 8, PART_SPR, SPR_HASHKEYR },
    { 0x1051, 8, PART_SPR, SPR_HASHPKEYR },
    { 0x1052, 8, PART_SPR, SPR_CTRL },
    { ELEMENT_DPDES, 8, PART_KEPT, 0 },
    { 0x2000, 4, PART_CR, 0 },
    { ELEMENT_PIDR, 4, PART_SPR, SPR_PIDR },
    { 0x2002, 4, PART_SPR, SPR_DSISR },
    { 0x2003, 4, PART_VSCR, 0 },
    { 0x2004, 4, PART_VRSAVE, 0 },
    { 0x2005, 4, PART_SPR, SPR_DAWRX0 },
    { 0x2006, 4, PART_SPR, SPR_DAWRX1 },
    { 0x2007, 4, PART_SPR, SPR_PMC1 },
    { 0x2008, 4, PART_SPR, SPR_PMC1 + 1 },
    { 0x2009, 4, PART_SPR, SPR_PMC1 + 2 },
    { 0x200a, 4, PART_SPR, SPR_PMC1 + 3 },
    { 0x200b, 4, PART_SPR, SPR_PMC1 + 4 },
    { 0x200c, 4, PART_SPR, SPR_PMC1 + 5 },
    { 0x200d, 4, PART_KEPT, 0 }, /* WORT */
    { 0x200e, 4, PART_SPR, SPR_PSPB },
};

/* The other elements: of the whole guest, vectors, buffers, how it ended. */
enum other {
    ELEMENT_NOTHING = 0x0000,
    ELEMENT_HYPERVISOR_SIZE = 0x0001,
    ELEMENT_OUTPUT_SIZE = 0x0002,
    ELEMENT_LOGICAL_PVR = 0x0003,
    ELEMENT_TB_OFFSET = 0x0004,
    ELEMENT_PARTITION_TABLE = 0x0005,
    ELEMENT_PROCESS_TABLE = 0x0006,
    ELEMENT_RUN_INPUT = 0x0c00,
    ELEMENT_RUN_OUTPUT = 0x0c01,
    ELEMENT_VPA = 0x0c02,
    ELEMENT_VSR = 0x3000,
    ELEMENT_LAST_VSR = 0x303f,
};

enum { HEADER_BYTES = 4, ELEMENT_HEADER_BYTES = 4, LARGEST_ELEMENT = 24, LEAST_OUTPUT = 256, LARGEST_BUFFER = 1 << 20 };

enum { DOUBLEWORDS = ELEMENT_DPDES - ELEMENT_GPR + 1, FIRST_WORD = 0x2000 };

static const struct row *find_row(unsigned id)
{
    _Static_assert(ARRAY_SIZE(rows) == GUEST_NUMBERS, "struct guest_processor.number");

    if (id >= ELEMENT_GPR && id < ELEMENT_GPR + DOUBLEWORDS)
        return &rows[id - ELEMENT_GPR];
    if (id >= FIRST_WORD && id < FIRST_WORD + GUEST_NUMBERS - DOUBLEWORDS)
        return &rows[DOUBLEWORDS + id - FIRST_WORD];
    return NULL;
}

uint64_t *guest_number(struct guest_processor *g, enum guest_element id)
{
    return &g->number[find_row(id) - rows];
}

void guest_processor_init(struct guest_processor *g)
{
    memset(g, 0, sizeof *g);
    *guest_number(g, ELEMENT_MSR) = MSR_SF | MSR_ME;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (rows[i].part == PART_SPR && rows[i].n == SPR_MMCR0)
            g->number[i] = 0x80000000; /* counters frozen */
        else if (rows[i].part == PART_SPR && rows[i].n == SPR_CTRL)
            g->number[i] = 1;
        else if (rows[i].part == PART_DECREMENTER)
            g->number[i] = INT64_MAX;
}

/* ---- to and from the processor ---- */

static uint64_t read_part(struct cpu *c, const struct row *row, uint64_t tb_offset, uint64_t old)
{
    switch (row->part) {
    case PART_GPR:
        return c->gpr[row->n];
    case PART_SPR:
        return c->spr[row->n];
    case PART_NIA:
        return c->nia;
    case PART_MSR:
        return c->msr;
    case PART_LR:
        return c->lr;
    case PART_CTR:
        return c->ctr;
    case PART_XER:
        return cpu_xer(c);
    case PART_CR:
        return cpu_cr(c);
    case PART_FPSCR:
        return c->fpscr;
    case PART_VSCR:
        return c->vscr;
    case PART_VRSAVE:
        return c->vrsave;
    case PART_DECREMENTER:
        /* In the partition's time; dec_expiry is one tick later, when it is negative. */
        return c->dec_expiry - 1 - tb_offset;
    case PART_COUNTER:
        return cpu_timebase(c);
    default:
        return old;
    }
}

void guest_state_store(struct cpu *c, struct guest_processor *g, uint64_t tb_offset)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        g->number[i] = read_part(c, &rows[i], tb_offset, g->number[i]);
    memcpy(g->vsr, c->vsr, sizeof g->vsr);
}

static void write_spr(struct cpu *c, unsigned number, uint64_t v)
{
    if (number == SPR_IAMR && c->spr[SPR_IAMR] != v)
        mmu_forget_fetches(c);
    c->spr[number] = v;
}

static void write_part(struct cpu *c, const struct row *row, uint64_t tb_offset, uint64_t v)
{
    switch (row->part) {
    case PART_GPR:
        c->gpr[row->n] = v;
        break;
    case PART_SPR:
        write_spr(c, row->n, v);
        break;
    case PART_NIA:
        c->nia = v;
        break;
    case PART_LR:
        c->lr = v;
        break;
    case PART_CTR:
        c->ctr = v;
        break;
    case PART_XER:
        cpu_set_xer(c, v);
        break;
    case PART_CR:
        cpu_set_cr(c, (uint32_t)v);
        break;
    case PART_FPSCR:
        c->fpscr = v;
        break;
    case PART_VSCR:
        c->vscr = (uint32_t)v;
        break;
    case PART_VRSAVE:
        c->vrsave = (uint32_t)v;
        break;
    case PART_DECREMENTER:
        c->dec_expiry = v + 1 + tb_offset;
        break;
    default:
        break;
    }
}

/* Registers have the bits that they have, whatever was set. */
static uint64_t legal(const struct row *row, uint64_t v)
{
    if (row->part == PART_NIA)
        return v & ~UINT64_C(3);
    if (row->part != PART_SPR)
        return v;
    switch (row->n) {
    case SPR_PIDR:
        return v & ((1u << PROCESS_ID_BITS) - 1);
    case SPR_PPR:
        return v & PPC_BITMASK(11, 13);
    case SPR_IAMR:
        return v & UINT64_C(0x5555555555555555);
    case SPR_CTRL:
        return v & 1;
    case SPR_DSCR:
        return v & 0x1ffffff;
    case SPR_DAWRX0:
    case SPR_DAWRX1:
        return v & ~DAWRX_HYPERVISOR;
    case SPR_CIABR:
        return (v & 3) == 3 ? 0 : v;
    default:
        return v;
    }
}

void guest_state_load(struct cpu *c, struct guest_processor *g, uint64_t tb_offset)
{
    uint64_t dawr[2] = { c->spr[SPR_DAWR0], c->spr[SPR_DAWR1] };
    uint64_t dawrx[2] = { c->spr[SPR_DAWRX0], c->spr[SPR_DAWRX1] };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        write_part(c, &rows[i], tb_offset, legal(&rows[i], g->number[i]));
    memcpy(c->vsr, g->vsr, sizeof g->vsr);
    /* What is watched decides about what is kept. */
    for (unsigned n = 0; n < 2; n++) {
        unsigned x = n ? SPR_DAWRX1 : SPR_DAWRX0, address = n ? SPR_DAWR1 : SPR_DAWR0;

        if (c->spr[address] != dawr[n] || c->spr[x] != dawrx[n])
            watch_set(c, n, c->spr[address], (uint32_t)c->spr[x]);
    }
}

/* ---- buffers ---- */

struct element {
    unsigned id, size;
    gpa_t value;
};

/* Reads the header of the element at *at, and goes behind it. False at the end of the buffer. */
static bool next_element(const struct mem *mem, gpa_t *at, gpa_t end, struct element *e)
{
    be16 header[2];

    if (end - *at < ELEMENT_HEADER_BYTES || !gpa_read(mem, *at, header, sizeof header))
        return false;
    e->id = be16_get(header[0]);
    e->size = be16_get(header[1]);
    e->value = *at + ELEMENT_HEADER_BYTES;
    if (e->size > end - e->value)
        return false;
    *at = e->value + e->size;
    return true;
}

static bool read_count(const struct mem *mem, gpa_t buffer, uint64_t size, uint32_t *n)
{
    be32 count;

    if (size < HEADER_BYTES || size > LARGEST_BUFFER || !gpa_is_ram(mem, buffer, size) ||
        !gpa_read(mem, buffer, &count, sizeof count))
        return false;
    *n = be32_get(count);
    return true;
}

/* Size of an element of the guest or of a processor; 0: it has none of that id, or it may not be set. */
static unsigned size_of(unsigned id, bool is_wide, bool is_set)
{
    const struct row *row;

    if (is_wide)
        switch (id) {
        case ELEMENT_HYPERVISOR_SIZE:
        case ELEMENT_OUTPUT_SIZE:
            return is_set ? 0 : 8;
        case ELEMENT_LOGICAL_PVR:
            return 4;
        case ELEMENT_TB_OFFSET:
            return 8;
        case ELEMENT_PARTITION_TABLE:
            return 24;
        case ELEMENT_PROCESS_TABLE:
            return 16;
        default:
            return 0;
        }
    row = find_row(id);
    if (row)
        return row->size;
    if (id >= ELEMENT_VSR && id <= ELEMENT_LAST_VSR)
        return 16;
    switch (id) {
    case ELEMENT_RUN_INPUT:
    case ELEMENT_RUN_OUTPUT:
        return 16;
    case ELEMENT_VPA:
        return 8;
    case ELEMENT_HDAR:
    case ELEMENT_ASDR:
        return is_set ? 0 : 8;
    case ELEMENT_HDSISR:
    case ELEMENT_HEIR:
        return is_set ? 0 : 4;
    default:
        return 0;
    }
}

static int64_t check_element(const struct element *e, bool is_wide, bool is_set)
{
    unsigned size = size_of(e->id, is_wide, is_set);

    if (e->id == ELEMENT_NOTHING)
        return H_SUCCESS;
    if (!size)
        return H_INVALID_ELEMENT_ID;
    return e->size == size ? H_SUCCESS : H_INVALID_ELEMENT_SIZE;
}

/* A table's entry has the size in bits, and that of the first level in three parts. */
static bool tree_from(uint64_t address, uint64_t bits, uint64_t bytes, uint64_t *tree)
{
    uint64_t rts = bits - 31;
    unsigned level = bytes ? (unsigned)__builtin_ctzll(bytes) : 0;

    if (bits < 31 || rts > 31 || level < 3 + 5 || level > 3 + 16 || bytes & (bytes - 1) || address & ~PPC_BITMASK(4, 55))
        return false;
    *tree = PPC_BIT(0) | PPC_FIELD_PUT(rts >> 3, 1, 2) | PPC_FIELD_PUT(rts & 7, 56, 58) | address | (level - 3);
    return true;
}

static bool table_from(uint64_t address, uint64_t bytes, uint64_t *table)
{
    unsigned shift = bytes ? (unsigned)__builtin_ctzll(bytes) : 0;

    if (shift < 12 || shift > 36 || bytes & (bytes - 1) || address & ~PPC_BITMASK(4, 51))
        return false;
    *table = address | (shift - 12);
    return true;
}

/* False: the value is none. */
static bool set_wide(struct guest_wide *wide, unsigned id, const be64 v[3])
{
    switch (id) {
    case ELEMENT_LOGICAL_PVR:
        wide->logical_pvr = (uint32_t)(be64_get(v[0]) >> 32);
        return true;
    case ELEMENT_TB_OFFSET:
        wide->tb_offset = be64_get(v[0]);
        return true;
    case ELEMENT_PARTITION_TABLE:
        return tree_from(be64_get(v[0]), be64_get(v[1]), be64_get(v[2]), &wide->tree);
    default:
        return table_from(be64_get(v[0]), be64_get(v[1]), &wide->process_table);
    }
}

static bool set_run_buffer(struct mem *mem, uint64_t address, uint64_t bytes, uint64_t least, gpa_t *at, uint64_t *size)
{
    if (bytes < least || bytes > LARGEST_BUFFER || !gpa_is_ram(mem, address, bytes))
        return false;
    *at = address;
    *size = bytes;
    return true;
}

static bool set_of_processor(struct mem *mem, struct guest_processor *g, unsigned id, const be64 v[3])
{
    const struct row *row = find_row(id);

    if (row) {
        g->number[row - rows] = legal(row, be64_get(v[0]) >> (64 - 8 * row->size));
        return true;
    }
    if (id >= ELEMENT_VSR && id <= ELEMENT_LAST_VSR) {
        g->vsr[id - ELEMENT_VSR].d[VSR_D(0)] = be64_get(v[0]);
        g->vsr[id - ELEMENT_VSR].d[VSR_D(1)] = be64_get(v[1]);
        return true;
    }
    switch (id) {
    case ELEMENT_RUN_INPUT:
        return set_run_buffer(mem, be64_get(v[0]), be64_get(v[1]), HEADER_BYTES, &g->input, &g->input_size);
    case ELEMENT_RUN_OUTPUT:
        return set_run_buffer(mem, be64_get(v[0]), be64_get(v[1]), LEAST_OUTPUT, &g->output, &g->output_size);
    default:
        /* A virtual processor area of the guest's: nothing is written there. */
        return true;
    }
}

int64_t guest_buffer_set(struct mem *mem, gpa_t buffer, uint64_t size, struct guest_wide *wide, struct guest_processor *g,
                         uint64_t *index)
{
    struct guest_processor new_processor;
    struct guest_wide new_wide = *wide;
    gpa_t at = buffer + HEADER_BYTES, end = buffer + size;
    uint32_t n;

    if (!read_count(mem, buffer, size, &n))
        return H_P3;
    if (g)
        new_processor = *g;
    for (uint32_t i = 0; i < n; i++) {
        be64 value[LARGEST_ELEMENT / 8] = { { 0 } };
        struct element e;
        int64_t status;

        *index = i;
        if (!next_element(mem, &at, end, &e))
            return H_P3;
        status = check_element(&e, !g, true);
        if (status != H_SUCCESS)
            return status;
        if (e.id == ELEMENT_NOTHING)
            continue;
        if (!gpa_read(mem, e.value, value, e.size))
            return H_P3;
        if (g ? !set_of_processor(mem, &new_processor, e.id, value) : !set_wide(&new_wide, e.id, value))
            return H_INVALID_ELEMENT_VALUE;
    }
    if (g)
        *g = new_processor;
    *wide = new_wide;
    return H_SUCCESS;
}

static void get_wide(const struct guest_wide *wide, unsigned id, be64 v[3])
{
    switch (id) {
    case ELEMENT_HYPERVISOR_SIZE:
        v[0] = be64_put(sizeof(struct guest_processor));
        break;
    case ELEMENT_OUTPUT_SIZE:
        v[0] = be64_put(LEAST_OUTPUT);
        break;
    case ELEMENT_LOGICAL_PVR:
        v[0] = be64_put((uint64_t)wide->logical_pvr << 32);
        break;
    case ELEMENT_TB_OFFSET:
        v[0] = be64_put(wide->tb_offset);
        break;
    case ELEMENT_PARTITION_TABLE:
        v[0] = be64_put(wide->tree & PPC_BITMASK(4, 55));
        v[1] = be64_put(wide->tree ? (PPC_FIELD(wide->tree, 1, 2) << 3 | PPC_FIELD(wide->tree, 56, 58)) + 31 : 0);
        v[2] = be64_put(wide->tree ? UINT64_C(8) << (wide->tree & 31) : 0);
        break;
    default:
        v[0] = be64_put(wide->process_table & PPC_BITMASK(4, 51));
        v[1] = be64_put(wide->process_table ? UINT64_C(4096) << (wide->process_table & 31) : 0);
    }
}

static void get_of_processor(struct guest_processor *g, unsigned id, be64 v[3])
{
    const struct row *row = find_row(id);

    if (row) {
        v[0] = be64_put(g->number[row - rows] << (64 - 8 * row->size));
    } else if (id >= ELEMENT_VSR && id <= ELEMENT_LAST_VSR) {
        v[0] = be64_put(g->vsr[id - ELEMENT_VSR].d[VSR_D(0)]);
        v[1] = be64_put(g->vsr[id - ELEMENT_VSR].d[VSR_D(1)]);
    } else if (id == ELEMENT_RUN_INPUT || id == ELEMENT_RUN_OUTPUT) {
        v[0] = be64_put(id == ELEMENT_RUN_INPUT ? g->input : g->output);
        v[1] = be64_put(id == ELEMENT_RUN_INPUT ? g->input_size : g->output_size);
    } else {
        v[0] = be64_put(id == ELEMENT_HDAR     ? g->hdar
                        : id == ELEMENT_ASDR   ? g->asdr
                        : id == ELEMENT_HDSISR ? (uint64_t)g->hdsisr << 32
                        : id == ELEMENT_HEIR   ? (uint64_t)g->heir << 32
                                               : 0);
    }
}

int64_t guest_buffer_get(struct mem *mem, gpa_t buffer, uint64_t size, const struct guest_wide *wide,
                         struct guest_processor *g, uint64_t *index)
{
    gpa_t at = buffer + HEADER_BYTES, end = buffer + size;
    uint32_t n;

    if (!read_count(mem, buffer, size, &n))
        return H_P3;
    for (uint32_t i = 0; i < n; i++) {
        be64 value[LARGEST_ELEMENT / 8] = { { 0 } };
        struct element e;
        int64_t status;

        *index = i;
        if (!next_element(mem, &at, end, &e))
            return H_P3;
        status = check_element(&e, !g, false);
        if (status != H_SUCCESS)
            return status;
        if (e.id == ELEMENT_NOTHING)
            continue;
        if (g)
            get_of_processor(g, e.id, value);
        else
            get_wide(wide, e.id, value);
        if (!gpa_write(mem, e.value, value, e.size))
            return H_P3;
    }
    return H_SUCCESS;
}

/* ---- how it ended ---- */

struct writer {
    struct mem *mem;
    gpa_t at, end;
    uint32_t n;
    bool ok;
};

static void write_element(struct writer *w, struct guest_processor *g, unsigned id)
{
    unsigned size = size_of(id, false, false);
    be16 header[2] = { be16_put((uint16_t)id), be16_put((uint16_t)size) };
    be64 value[LARGEST_ELEMENT / 8] = { { 0 } };

    get_of_processor(g, id, value);
    w->ok = w->ok && w->end - w->at >= ELEMENT_HEADER_BYTES + size && gpa_write(w->mem, w->at, header, sizeof header) &&
            gpa_write(w->mem, w->at + ELEMENT_HEADER_BYTES, value, size);
    w->at += ELEMENT_HEADER_BYTES + size;
    w->n++;
}

bool guest_buffer_report(struct mem *mem, struct guest_processor *g, unsigned vector)
{
    enum { NONE = 0xffff };
    static const uint16_t of_storage[] = { ELEMENT_HDAR, ELEMENT_HDSISR, ELEMENT_ASDR, ELEMENT_NIA, ELEMENT_MSR, NONE };
    static const uint16_t of_fetch[] = { ELEMENT_HDAR, ELEMENT_ASDR, ELEMENT_NIA, ELEMENT_MSR, NONE };
    static const uint16_t of_emulation[] = { ELEMENT_HEIR, ELEMENT_NIA, ELEMENT_MSR, NONE };
    static const uint16_t of_facility[] = { ELEMENT_HFSCR, ELEMENT_NIA, ELEMENT_MSR, NONE };
    static const uint16_t nothing[] = { NONE };
    struct writer w = { .mem = mem, .at = g->output + HEADER_BYTES, .end = g->output + g->output_size, .ok = true };
    const uint16_t *ids = vector == VECTOR_HYPERVISOR_DATA_STORAGE   ? of_storage
                          : vector == VECTOR_HYPERVISOR_INSN_STORAGE ? of_fetch
                          : vector == VECTOR_HYPERVISOR_EMULATION    ? of_emulation
                          : vector == VECTOR_HYPERVISOR_FACILITY     ? of_facility
                                                                     : nothing;
    be32 count;

    /* A hypercall's arguments. */
    for (unsigned r = 3; r <= 12 && vector == VECTOR_SYSTEM_CALL; r++)
        write_element(&w, g, ELEMENT_GPR + r);
    for (; *ids != NONE; ids++)
        write_element(&w, g, *ids);
    count = be32_put(w.n);
    return w.ok && gpa_write(mem, g->output, &count, sizeof count);
}
