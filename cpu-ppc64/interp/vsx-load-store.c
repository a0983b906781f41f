/* VSX loads and stores. [ISA3.0 I 7.6]
 *
 * Three families, which differ only in little-endian mode: those of elements (lxvd2x, lxvw4x,
 * lxvh8x, lxvb16x) put the element at the lowest address in place 0 and swap within elements; those
 * of a quadword (lxv, lxvx) take it as one number; lxvll and stxvll ignore the byte order.
 * A scalar load leaves doubleword 1 undefined in the book; here it becomes 0. A target changes only
 * when all of its bytes have been read. */
#include "cpu-ppc64/interp/access.h"
#include "cpu-ppc64/interp/op.h"

static ea_t indexed(const struct cpu *c, insn_t i)
{
    return gpr_or_zero(c, f_ra(i)) + c->gpr[f_rb(i)];
}

static ea_t displaced_dq(const struct cpu *c, insn_t i)
{
    return gpr_or_zero(c, f_ra(i)) + (uint64_t)f_dq(i);
}

static ea_t displaced_ds(const struct cpu *c, insn_t i)
{
    return gpr_or_zero(c, f_ra(i)) + (uint64_t)f_ds(i);
}

static bool set_scalar(union vsr *t, uint64_t value)
{
    t->d[VSR_D(0)] = value;
    t->d[VSR_D(1)] = 0;
    return true;
}

/* ---- single precision in memory, double precision in registers ------------------------------- */

/* DOUBLE() of the book: exact, without exceptions; a signalling NaN stays one. [ISA3.0 I 4.6.2] */
static uint64_t double_from_single(uint32_t w)
{
    const uint64_t sign = (uint64_t)(w & 0x80000000) << 32;
    const unsigned exponent = w >> 23 & 0xff;
    const uint64_t fraction = w & 0x7fffff;

    if (exponent == 0xff)
        return sign | UINT64_C(0x7ff) << 52 | fraction << 29;
    if (exponent)
        return sign | (uint64_t)(exponent + 896) << 52 | fraction << 29;
    if (!fraction)
        return sign;
    /* A denormal: its leading one, at bit 63 - n, becomes the implicit one. */
    const unsigned n = (unsigned)__builtin_clzll(fraction);

    return sign | (uint64_t)(937 - n) << 52 | (fraction << (n - 11) & ~(UINT64_C(1) << 52));
}

/* SINGLE() of the book: what it does to numbers beyond single precision is cut off bits, never
 * rounding. [ISA3.0 I 4.6.3] */
static uint32_t single_from_double(uint64_t d)
{
    const unsigned exponent = d >> 52 & 0x7ff;

    if (exponent > 896 || !(d & ~(UINT64_C(1) << 63)))
        return (uint32_t)((d >> 32 & 0xc0000000) | (d >> 29 & 0x3fffffff));
    if (exponent < 874)
        return (uint32_t)(d >> 32 & 0x80000000); /* undefined in the book */
    const uint64_t significand = (d & (UINT64_MAX >> 12)) | UINT64_C(1) << 52;

    return (uint32_t)((d >> 32 & 0x80000000) | significand >> (29 + 897 - exponent));
}

/* ---- scalars --------------------------------------------------------------------------------- */

/* The number in storage is `value` in doubleword 0 of the target as `expr` says. */
#define LOAD_SCALAR(bits, target, ea, expr)                                                      \
    uint64_t value;                                                                              \
                                                                                                 \
    return load_u##bits(c, ea, &value) && set_scalar(&(target), expr);

#define XT c->vsr[f_xt(i)]
#define XS_D0 c->vsr[f_xs(i)].d[VSR_D(0)]

OP(lxsibzx) { LOAD_SCALAR(8, XT, indexed(c, i), value) }
OP(lxsihzx) { LOAD_SCALAR(16, XT, indexed(c, i), value) }
OP(lxsiwzx) { LOAD_SCALAR(32, XT, indexed(c, i), value) }
OP(lxsiwax) { LOAD_SCALAR(32, XT, indexed(c, i), (uint64_t)(int32_t)value) }
OP(lxsdx) { LOAD_SCALAR(64, XT, indexed(c, i), value) }
OP(lxsspx) { LOAD_SCALAR(32, XT, indexed(c, i), double_from_single((uint32_t)value)) }
OP(lxsd) { LOAD_SCALAR(64, CPU_VR(c, f_vrt(i)), displaced_ds(c, i), value) }

OP(lxssp)
{
    LOAD_SCALAR(32, CPU_VR(c, f_vrt(i)), displaced_ds(c, i), double_from_single((uint32_t)value))
}

OP(stxsibx) { return store_u8(c, indexed(c, i), XS_D0 & 0xff); }
OP(stxsihx) { return store_u16(c, indexed(c, i), XS_D0 & 0xffff); }
OP(stxsiwx) { return store_u32(c, indexed(c, i), XS_D0 & 0xffffffff); }
OP(stxsdx) { return store_u64(c, indexed(c, i), XS_D0); }
OP(stxsspx) { return store_u32(c, indexed(c, i), single_from_double(XS_D0)); }
OP(stxsd) { return store_u64(c, displaced_ds(c, i), CPU_VR(c, f_vrs(i)).d[VSR_D(0)]); }

OP(stxssp)
{
    return store_u32(c, displaced_ds(c, i), single_from_double(CPU_VR(c, f_vrs(i)).d[VSR_D(0)]));
}

/* ---- vectors of elements --------------------------------------------------------------------- */

#define LOAD_ELEMENTS(bits, member, n)                                                           \
    const ea_t ea = indexed(c, i);                                                               \
    union vsr t;                                                                                 \
                                                                                                 \
    for (unsigned k = 0; k < 128 / bits; k++) {                                                  \
        uint64_t value;                                                                          \
                                                                                                 \
        if (!load_u##bits(c, ea + k * (bits / 8), &value))                                       \
            return false;                                                                        \
        t.member[n(k)] = (uint##bits##_t)value;                                                  \
    }                                                                                            \
    XT = t;                                                                                      \
    return true;

#define STORE_ELEMENTS(bits, member, n)                                                          \
    const ea_t ea = indexed(c, i);                                                               \
    const union vsr s = c->vsr[f_xs(i)];                                                         \
                                                                                                 \
    for (unsigned k = 0; k < 128 / bits; k++)                                                    \
        if (!store_u##bits(c, ea + k * (bits / 8), s.member[n(k)]))                              \
            return false;                                                                        \
    return true;

OP(lxvd2x) { LOAD_ELEMENTS(64, d, VSR_D) }
OP(lxvw4x) { LOAD_ELEMENTS(32, w, VSR_W) }
OP(lxvh8x) { LOAD_ELEMENTS(16, h, VSR_H) }
OP(lxvb16x) { LOAD_ELEMENTS(8, b, VSR_B) }
OP(stxvd2x) { STORE_ELEMENTS(64, d, VSR_D) }
OP(stxvw4x) { STORE_ELEMENTS(32, w, VSR_W) }
OP(stxvh8x) { STORE_ELEMENTS(16, h, VSR_H) }
OP(stxvb16x) { STORE_ELEMENTS(8, b, VSR_B) }

static bool splat(union vsr *t, uint64_t value)
{
    t->d[0] = t->d[1] = value;
    return true;
}

OP(lxvdsx)
{
    uint64_t value;

    return load_u64(c, indexed(c, i), &value) && splat(&XT, value);
}

OP(lxvwsx)
{
    uint64_t value;

    return load_u32(c, indexed(c, i), &value) && splat(&XT, value * UINT64_C(0x100000001));
}

/* ---- quadwords ------------------------------------------------------------------------------- */

OP(lxv) { return load_u128(c, displaced_dq(c, i), &c->vsr[f_xt28(i)]); }
OP(lxvx) { return load_u128(c, indexed(c, i), &XT); }
OP(stxv) { return store_u128(c, displaced_dq(c, i), &c->vsr[f_xs28(i)]); }
OP(stxvx) { return store_u128(c, indexed(c, i), &c->vsr[f_xs(i)]); }

/* ---- with length ----------------------------------------------------------------------------- */

/* The number of bytes stands in the top byte of RB. */
static unsigned length(const struct cpu *c, insn_t i)
{
    const unsigned n = (unsigned)(c->gpr[f_rb(i)] >> 56);

    return n < 16 ? n : 16;
}

/* The bytes from RA on, from the left end of the register or, reversed, from its right end. */
static bool load_bytes(struct cpu *c, insn_t i, bool from_right)
{
    const ea_t ea = gpr_or_zero(c, f_ra(i));
    const unsigned n = length(c, i);
    union vsr t = { .d = { 0, 0 } };

    for (unsigned k = 0; k < n; k++) {
        uint64_t value;

        if (!load_u8(c, ea + k, &value))
            return false;
        t.b[from_right ? VSR_B(15 - k) : VSR_B(k)] = (uint8_t)value;
    }
    XT = t;
    return true;
}

static bool store_bytes(struct cpu *c, insn_t i, bool from_right)
{
    const ea_t ea = gpr_or_zero(c, f_ra(i));
    const unsigned n = length(c, i);
    const union vsr s = c->vsr[f_xs(i)];

    if (n && !store_is_unwatched(c, ea, n))
        return false;
    for (unsigned k = 0; k < n; k++)
        if (!store_u8(c, ea + k, s.b[from_right ? VSR_B(15 - k) : VSR_B(k)]))
            return false;
    return true;
}

OP(lxvl) { return load_bytes(c, i, c->le); }
OP(lxvll) { return load_bytes(c, i, false); }
OP(stxvl) { return store_bytes(c, i, c->le); }
OP(stxvll) { return store_bytes(c, i, false); }

/* ---- pairs: two registers as 32 bytes; in little-endian mode the second one is at the lower address ---- */

static bool load_pair(struct cpu *c, unsigned t, ea_t ea)
{
    union vsr first, second;

    if (!load_u128(c, ea, &first) || !load_u128(c, ea + 16, &second))
        return false;
    c->vsr[t + c->le] = first;
    c->vsr[t + !c->le] = second;
    return true;
}

static bool store_pair(struct cpu *c, unsigned s, ea_t ea)
{
    return store_is_unwatched(c, ea, 32) && store_u128(c, ea, &c->vsr[s + c->le]) &&
           store_u128(c, ea + 16, &c->vsr[s + !c->le]);
}

OP(lxvp) { return load_pair(c, f_xtp(i), displaced_dq(c, i)); }
OP(lxvpx) { return load_pair(c, f_xtp(i), indexed(c, i)); }
OP(stxvp) { return store_pair(c, f_xsp(i), displaced_dq(c, i)); }
OP(stxvpx) { return store_pair(c, f_xsp(i), indexed(c, i)); }

/* ---- the rightmost element ---- */

#define LOAD_RIGHTMOST(bits)                                                                     \
    uint64_t v;                                                                                  \
                                                                                                 \
    if (!load_u##bits(c, indexed(c, i), &v))                                                     \
        return false;                                                                            \
    c->vsr[f_xt(i)].q = v;                                                                       \
    return true;

#define STORE_RIGHTMOST(bits) return store_u##bits(c, indexed(c, i), (uint64_t)c->vsr[f_xs(i)].q);

OP(lxvrbx) { LOAD_RIGHTMOST(8) }
OP(lxvrhx) { LOAD_RIGHTMOST(16) }
OP(lxvrwx) { LOAD_RIGHTMOST(32) }
OP(lxvrdx) { LOAD_RIGHTMOST(64) }
OP(stxvrbx) { STORE_RIGHTMOST(8) }
OP(stxvrhx) { STORE_RIGHTMOST(16) }
OP(stxvrwx) { STORE_RIGHTMOST(32) }
OP(stxvrdx) { STORE_RIGHTMOST(64) }

/* ---- prefixed ---- */

static bool prefixed_address(struct cpu *c, insn_t i, ea_t *ea)
{
    bool ok = prefixed_base(c, i, ea);

    *ea += (uint64_t)f_d34(i);
    return ok;
}

OP(plxv) { ea_t ea; return prefixed_address(c, i, &ea) && load_u128(c, ea, &c->vsr[f_xt5(i)]); }
OP(pstxv) { ea_t ea; return prefixed_address(c, i, &ea) && store_u128(c, ea, &c->vsr[f_xs5(i)]); }
OP(plxvp) { ea_t ea; return prefixed_address(c, i, &ea) && load_pair(c, f_xtp(i), ea); }
OP(pstxvp) { ea_t ea; return prefixed_address(c, i, &ea) && store_pair(c, f_xsp(i), ea); }

OP(plxsd)
{
    uint64_t v;
    ea_t ea;

    return prefixed_address(c, i, &ea) && load_u64(c, ea, &v) && set_scalar(&CPU_VR(c, f_vrt(i)), v);
}

OP(plxssp)
{
    uint64_t v;
    ea_t ea;

    return prefixed_address(c, i, &ea) && load_u32(c, ea, &v) &&
           set_scalar(&CPU_VR(c, f_vrt(i)), double_from_single((uint32_t)v));
}

OP(pstxsd)
{
    ea_t ea;

    return prefixed_address(c, i, &ea) && store_u64(c, ea, CPU_VR(c, f_vrs(i)).d[VSR_D(0)]);
}

OP(pstxssp)
{
    ea_t ea;

    return prefixed_address(c, i, &ea) &&
           store_u32(c, ea, single_from_double(CPU_VR(c, f_vrs(i)).d[VSR_D(0)]));
}
