/* Vector loads and stores, lvsl and lvsr, and the VSCR. [ISA3.0 I 6.7, 6.16]
 *
 * Addresses are cut down to a multiple of the element's size: nothing here is unaligned, nothing
 * crosses a page. The byte within the register depends on the byte order: in little-endian mode the
 * lowest address belongs to the rightmost byte. */
#include "cpu-ppc64/interp/access.h"
#include "cpu-ppc64/interp/vector.h"

static ea_t vmx_ea(const struct cpu *c, insn_t i)
{
    return gpr_or_zero(c, f_ra(i)) + c->gpr[f_rb(i)];
}

OP(lvx) { return load_u128(c, vmx_ea(c, i) & ~UINT64_C(15), &CPU_VR(c, f_vrt(i))); }
OP(lvxl) { return load_u128(c, vmx_ea(c, i) & ~UINT64_C(15), &CPU_VR(c, f_vrt(i))); }
OP(stvx) { return store_u128(c, vmx_ea(c, i) & ~UINT64_C(15), &CPU_VR(c, f_vrs(i))); }
OP(stvxl) { return store_u128(c, vmx_ea(c, i) & ~UINT64_C(15), &CPU_VR(c, f_vrs(i))); }

/* One element, to the place it has in the aligned quadword. The book leaves the others undefined;
 * they are kept. */
#define ELEMENT_LOAD(bits, member, n)                                                            \
    const ea_t ea = vmx_ea(c, i) & ~(ea_t)(bits / 8 - 1);                                        \
    const unsigned index = (ea & 15) / (bits / 8);                                               \
    uint64_t value;                                                                              \
                                                                                                 \
    if (!load_u##bits(c, ea, &value))                                                            \
        return false;                                                                            \
    CPU_VR(c, f_vrt(i)).member[c->le ? n(128 / bits - 1 - index) : n(index)] =                   \
        (uint##bits##_t)value;                                                                   \
    return true;

#define ELEMENT_STORE(bits, member, n)                                                           \
    const ea_t ea = vmx_ea(c, i) & ~(ea_t)(bits / 8 - 1);                                        \
    const unsigned index = (ea & 15) / (bits / 8);                                               \
                                                                                                 \
    return store_u##bits(                                                                        \
        c, ea, CPU_VR(c, f_vrs(i)).member[c->le ? n(128 / bits - 1 - index) : n(index)]);

OP(lvebx) { ELEMENT_LOAD(8, b, VSR_B) }
OP(lvehx) { ELEMENT_LOAD(16, h, VSR_H) }
OP(lvewx) { ELEMENT_LOAD(32, w, VSR_W) }
OP(stvebx) { ELEMENT_STORE(8, b, VSR_B) }
OP(stvehx) { ELEMENT_STORE(16, h, VSR_H) }
OP(stvewx) { ELEMENT_STORE(32, w, VSR_W) }

/* Sixteen ascending bytes that begin with `first`: control vectors for vperm. */
static bool ascending_bytes(struct cpu *c, insn_t i, unsigned first)
{
    union vsr *t = &CPU_VR(c, f_vrt(i));

    for (unsigned k = 0; k < 16; k++)
        t->b[VSR_B(k)] = (uint8_t)(first + k);
    return true;
}

OP(lvsl) { return ascending_bytes(c, i, vmx_ea(c, i) & 15); }
OP(lvsr) { return ascending_bytes(c, i, 16 - (vmx_ea(c, i) & 15)); }

OP(mfvscr)
{
    CPU_VR(c, f_vrt(i)).q = c->vscr;
    return true;
}

OP(mtvscr)
{
    c->vscr = CPU_VR(c, f_vrb(i)).w[VSR_W(3)] & (VSCR_NJ | VSCR_SAT);
    return true;
}

/* Hints about streams of data to prefetch, for older processors. */
OP(dst) { return true; }
OP(dstst) { return true; }
OP(dss) { return true; }
