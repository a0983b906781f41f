/* Registers for gdb: the four standard features of a 64-bit Power processor, with their usual numbers, and the
 * special-purpose registers as one more. */
#include "monitor/gdb-registers.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu-ppc64/spr.h"

/* The order of numbers, as gdb has always had it. */
enum {
    FIRST_GPR = 0,
    FIRST_FPR = 32,
    PC = 64,
    MSR,
    CR,
    LR,
    CTR,
    XER,
    FPSCR,
    FIRST_VR,
    VSCR = FIRST_VR + 32,
    VRSAVE,
    FIRST_VSH,
    FIRST_SPR = FIRST_VSH + 32,
};

/* Those that are not registers of their own above, and may be read without harm. */
static const struct spr_row *spr_of(const struct cpu *c, unsigned n)
{
    for (size_t i = 0, k = 0; spr_row_at(i); i++) {
        const struct spr_row *row = spr_row_at(i);

        if (row->number == SPR_LR || row->number == SPR_CTR || row->number == SPR_XER || row->number == SPR_VRSAVE ||
            row->readable == SPR_NONE || row->level > c->model->level || (row->last && row->last < c->model->level))
            continue;
        if (k++ == n)
            return row;
    }
    return NULL;
}

unsigned gdb_register_count(const struct cpu *c)
{
    unsigned n = 0;

    while (spr_of(c, n))
        n++;
    return FIRST_SPR + n;
}

unsigned gdb_register_size(const struct cpu *c, unsigned n)
{
    if (n >= FIRST_SPR)
        return spr_of(c, n - FIRST_SPR) ? 8 : 0;
    if (n == CR || n == XER || n == FPSCR || n == VSCR || n == VRSAVE)
        return 4;
    return n >= FIRST_VR && n < VSCR ? 16 : 8;
}

static uint64_t value(struct cpu *c, unsigned n)
{
    const struct spr_row *row;

    if (n < FIRST_FPR)
        return c->gpr[n];
    if (n < PC)
        return CPU_FPR(c, n - FIRST_FPR);
    if (n >= FIRST_VSH && n < FIRST_SPR)
        return c->vsr[n - FIRST_VSH].d[VSR_D(1)];
    switch (n) {
    case PC:
        return c->nia;
    case MSR:
        return c->msr;
    case CR:
        return cpu_cr(c);
    case LR:
        return c->lr;
    case CTR:
        return c->ctr;
    case XER:
        return cpu_xer(c);
    case FPSCR:
        return c->fpscr;
    case VSCR:
        return c->vscr;
    case VRSAVE:
        return c->vrsave;
    default:
        row = spr_of(c, n - FIRST_SPR);
        return row->read ? row->read(c) : c->spr[row->number];
    }
}

void gdb_register_read(struct cpu *c, unsigned n, bool le, uint8_t bytes[GDB_REGISTER_MOST])
{
    unsigned size = gdb_register_size(c, n);
    __uint128_t v = size == 16 ? CPU_VR(c, n - FIRST_VR).q : value(c, n);

    for (unsigned i = 0; i < size; i++)
        bytes[le ? i : size - 1 - i] = (uint8_t)(v >> 8 * i);
}

bool gdb_register_write(struct cpu *c, unsigned n, bool le, const uint8_t bytes[GDB_REGISTER_MOST])
{
    unsigned size = gdb_register_size(c, n);
    __uint128_t all = 0;
    uint64_t v;

    for (unsigned i = 0; i < size; i++)
        all |= (__uint128_t)bytes[le ? i : size - 1 - i] << 8 * i;
    v = (uint64_t)all;
    if (!size || n >= FIRST_SPR)
        return n >= FIRST_SPR && size && value(c, n) == v; /* written back as it was */
    if (size == 16)
        CPU_VR(c, n - FIRST_VR).q = all;
    else if (n < FIRST_FPR)
        c->gpr[n] = v;
    else if (n < PC)
        CPU_FPR(c, n - FIRST_FPR) = v;
    else if (n >= FIRST_VSH)
        c->vsr[n - FIRST_VSH].d[VSR_D(1)] = v;
    else if (n == PC)
        c->nia = v & ~UINT64_C(3);
    else if (n == MSR)
        cpu_set_msr(c, v);
    else if (n == CR)
        cpu_set_cr(c, (uint32_t)v);
    else if (n == LR)
        c->lr = v;
    else if (n == CTR)
        c->ctr = v;
    else if (n == XER)
        cpu_set_xer(c, v);
    else if (n == FPSCR)
        c->fpscr = (c->fpscr & ~UINT64_C(0xffffffff)) | v;
    else if (n == VSCR)
        c->vscr = (uint32_t)v & 0x00010001; /* NJ, SAT */
    else
        c->vrsave = (uint32_t)v;
    return true;
}

/* ---- the description ---- */


static void reg(FILE *f, const char *name, unsigned index, unsigned bits, unsigned number, const char *more)
{
    char indexed[24];

    if (index != UINT32_MAX)
        snprintf(indexed, sizeof indexed, "%s%u", name, index);
    fprintf(f, "<reg name=\"%s\" bitsize=\"%u\" regnum=\"%u\"%s/>", index != UINT32_MAX ? indexed : name, bits, number,
            more);
}

static void one(FILE *f, const char *name, unsigned bits, unsigned number, const char *more)
{
    reg(f, name, UINT32_MAX, bits, number, more);
}

static void feature(FILE *f, const char *name)
{
    fprintf(f, "<feature name=\"%s\">", name);
}

char *gdb_target_xml(const struct cpu *c)
{
    static const char end[] = "</feature>";
    char *text = NULL, name[24];
    size_t size;
    FILE *f = open_memstream(&text, &size);

    if (!f)
        return NULL;
    fprintf(f, "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\"><target version=\"1.0\">"
               "<architecture>powerpc:common64</architecture>");
    feature(f, "org.gnu.gdb.power.core");
    for (unsigned r = 0; r < 32; r++)
        reg(f, "r", r, 64, FIRST_GPR + r, " type=\"uint64\"");
    one(f, "pc", 64, PC, " type=\"code_ptr\"");
    one(f, "msr", 64, MSR, " type=\"uint64\"");
    one(f, "cr", 32, CR, " type=\"uint32\"");
    one(f, "lr", 64, LR, " type=\"code_ptr\"");
    one(f, "ctr", 64, CTR, " type=\"uint64\"");
    one(f, "xer", 32, XER, " type=\"uint32\"");
    fprintf(f, end);
    feature(f, "org.gnu.gdb.power.fpu");
    for (unsigned r = 0; r < 32; r++)
        reg(f, "f", r, 64, FIRST_FPR + r, " type=\"ieee_double\" group=\"float\"");
    one(f, "fpscr", 32, FPSCR, " type=\"int\" group=\"float\"");
    fprintf(f, end);
    feature(f, "org.gnu.gdb.power.altivec");
    fprintf(f, "<vector id=\"v4f\" type=\"ieee_single\" count=\"4\"/><vector id=\"v4i32\" type=\"int32\" count=\"4\"/>"
               "<vector id=\"v8i16\" type=\"int16\" count=\"8\"/><vector id=\"v16i8\" type=\"int8\" count=\"16\"/>"
               "<union id=\"vec128\"><field name=\"uint128\" type=\"uint128\"/><field name=\"v4_float\" type=\"v4f\"/>"
               "<field name=\"v4_int32\" type=\"v4i32\"/><field name=\"v8_int16\" type=\"v8i16\"/>"
               "<field name=\"v16_int8\" type=\"v16i8\"/></union>");
    for (unsigned r = 0; r < 32; r++)
        reg(f, "vr", r, 128, FIRST_VR + r, " type=\"vec128\" group=\"vector\"");
    one(f, "vscr", 32, VSCR, " type=\"int\" group=\"vector\"");
    one(f, "vrsave", 32, VRSAVE, " type=\"int\" group=\"vector\"");
    fprintf(f, end);
    feature(f, "org.gnu.gdb.power.vsx");
    for (unsigned r = 0; r < 32; r++) {
        snprintf(name, sizeof name, "vs%uh", r);
        one(f, name, 64, FIRST_VSH + r, " type=\"uint64\" group=\"vector\"");
    }
    fprintf(f, end);
    feature(f, "org.lpar.spr");
    for (unsigned n = 0; spr_of(c, n); n++) {
        snprintf(name, sizeof name, "%s", spr_of(c, n)->name);
        for (char *p = name; *p; p++)
            *p = (char)tolower((unsigned char)*p);
        one(f, name, 64, FIRST_SPR + n, " type=\"uint64\" group=\"system\"");
    }
    fprintf(f, "%s</target>", end);
    if (fclose(f)) {
        free(text);
        return NULL;
    }
    return text;
}
