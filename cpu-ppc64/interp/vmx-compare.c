/* Vector integer comparisons. Each element of the target becomes all ones or all zeros; the record
 * form tells in CR field 6 whether all (bit 0) or none (bit 2) compared true. [ISA3.0 I 6.9.3]
 * Those of floating-point elements are in vmx-float.c. */
#include "cpu-ppc64/interp/vector.h"

#define COMPARE(...) COMPARE_(__VA_ARGS__)
#define COMPARE_(type, member, ...)                                                              \
    const union vsr va = CPU_VR(c, f_vra(i)), vb = CPU_VR(c, f_vrb(i));                          \
    union vsr *vt = &CPU_VR(c, f_vrt(i));                                                        \
                                                                                                 \
    for (unsigned k = 0; k < 16 / sizeof(type); k++) {                                           \
        type x = (type)va.member[k], y = (type)vb.member[k];                                     \
                                                                                                 \
        vt->member[k] = (__typeof__(vt->member[0]))((__VA_ARGS__) ? -1 : 0);                     \
    }                                                                                            \
    if (f_vrc_rc(i))                                                                             \
        c->crf[6] = vt->q == 0 ? CR_EQ : ~vt->q == 0 ? CR_LT : 0;                                \
    return true;

OP(vcmpequb) { COMPARE(U8, x == y) }
OP(vcmpequh) { COMPARE(U16, x == y) }
OP(vcmpequw) { COMPARE(U32, x == y) }
OP(vcmpequd) { COMPARE(U64, x == y) }
OP(vcmpgtub) { COMPARE(U8, x > y) }
OP(vcmpgtuh) { COMPARE(U16, x > y) }
OP(vcmpgtuw) { COMPARE(U32, x > y) }
OP(vcmpgtud) { COMPARE(U64, x > y) }
OP(vcmpgtsb) { COMPARE(S8, x > y) }
OP(vcmpgtsh) { COMPARE(S16, x > y) }
OP(vcmpgtsw) { COMPARE(S32, x > y) }
OP(vcmpgtsd) { COMPARE(S64, x > y) }
OP(vcmpneb) { COMPARE(U8, x != y) }
OP(vcmpneh) { COMPARE(U16, x != y) }
OP(vcmpnew) { COMPARE(U32, x != y) }
OP(vcmpnezb) { COMPARE(U8, x != y || !x || !y) }
OP(vcmpnezh) { COMPARE(U16, x != y || !x || !y) }
OP(vcmpnezw) { COMPARE(U32, x != y || !x || !y) }
