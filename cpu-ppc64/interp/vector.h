/* What the vector operations share: one line for an element-wise instruction.
 *
 * EACH and its kin are the whole body of an operation, `return true` included. They name the
 * elements of VRA, VRB and VRC x, y and z. Registers are 128-bit numbers in host order, so a loop
 * over the array touches each element once, in whatever order; operations that care for positions
 * use VSR_B() and its kin. All sources are copied before the target is written: it may be one. */
#ifndef CPU_PPC64_INTERP_VECTOR_H
#define CPU_PPC64_INTERP_VECTOR_H

#include "cpu-ppc64/interp/op.h"

/* Vector status and control register: saturation has happened; denormals count as zero.
 * [ISA3.0 I 6.3.2] */
enum { VSCR_SAT = 1, VSCR_NJ = 1 << 16 };

/* Element types, as the first argument of EACH: type and member of union vsr. */
#define U8 uint8_t, b
#define U16 uint16_t, h
#define U32 uint32_t, w
#define U64 uint64_t, d
#define S8 int8_t, b
#define S16 int16_t, h
#define S32 int32_t, w
#define S64 int64_t, d

/* VRT from VRA and VRB. */
#define EACH(...) EACH_(__VA_ARGS__)
#define EACH_(type, member, ...)                                                                 \
    const union vsr va = CPU_VR(c, f_vra(i)), vb = CPU_VR(c, f_vrb(i));                          \
    union vsr *vt = &CPU_VR(c, f_vrt(i));                                                        \
                                                                                                 \
    for (unsigned k = 0; k < 16 / sizeof(type); k++) {                                           \
        type x = (type)va.member[k], y = (type)vb.member[k];                                     \
                                                                                                 \
        vt->member[k] = (__typeof__(vt->member[0]))(__VA_ARGS__);                                \
    }                                                                                            \
    return true;

/* VRT from VRB alone. */
#define EACH_B(...) EACH_B_(__VA_ARGS__)
#define EACH_B_(type, member, ...)                                                               \
    const union vsr vb = CPU_VR(c, f_vrb(i));                                                    \
    union vsr *vt = &CPU_VR(c, f_vrt(i));                                                        \
                                                                                                 \
    for (unsigned k = 0; k < 16 / sizeof(type); k++) {                                           \
        type y = (type)vb.member[k];                                                             \
                                                                                                 \
        vt->member[k] = (__typeof__(vt->member[0]))(__VA_ARGS__);                                \
    }                                                                                            \
    return true;

/* VRT from VRA, VRB and VRC. */
#define EACH_C(...) EACH_C_(__VA_ARGS__)
#define EACH_C_(type, member, ...)                                                               \
    const union vsr va = CPU_VR(c, f_vra(i)), vb = CPU_VR(c, f_vrb(i)),                          \
                    vc = CPU_VR(c, f_vrc(i));                                                    \
    union vsr *vt = &CPU_VR(c, f_vrt(i));                                                        \
                                                                                                 \
    for (unsigned k = 0; k < 16 / sizeof(type); k++) {                                           \
        type x = (type)va.member[k], y = (type)vb.member[k], z = (type)vc.member[k];             \
                                                                                                 \
        vt->member[k] = (__typeof__(vt->member[0]))(__VA_ARGS__);                                \
    }                                                                                            \
    return true;

/* VRT as one 128-bit number from VRA and VRB. */
#define QUAD(...)                                                                                \
    const __uint128_t x = CPU_VR(c, f_vra(i)).q, y = CPU_VR(c, f_vrb(i)).q;                      \
                                                                                                 \
    CPU_VR(c, f_vrt(i)).q = (__VA_ARGS__);                                                       \
    return true;

/* ... from VRA, VRB and VRC. */
#define QUAD_C(...)                                                                              \
    const __uint128_t x = CPU_VR(c, f_vra(i)).q, y = CPU_VR(c, f_vrb(i)).q,                      \
                      z = CPU_VR(c, f_vrc(i)).q;                                                 \
                                                                                                 \
    CPU_VR(c, f_vrt(i)).q = (__VA_ARGS__);                                                       \
    return true;

/* v brought into [low, high]; VSCR[SAT] remembers that it was not there. */
static inline int64_t vector_clamp(struct cpu *c, int64_t v, int64_t low, int64_t high)
{
    if (LIKELY(v >= low && v <= high))
        return v;
    c->vscr |= VSCR_SAT;
    return v < low ? low : high;
}

#define CLAMP_U8(v) vector_clamp(c, v, 0, UINT8_MAX)
#define CLAMP_U16(v) vector_clamp(c, v, 0, UINT16_MAX)
#define CLAMP_U32(v) vector_clamp(c, v, 0, UINT32_MAX)
#define CLAMP_S8(v) vector_clamp(c, v, INT8_MIN, INT8_MAX)
#define CLAMP_S16(v) vector_clamp(c, v, INT16_MIN, INT16_MAX)
#define CLAMP_S32(v) vector_clamp(c, v, INT32_MIN, INT32_MAX)

#endif
