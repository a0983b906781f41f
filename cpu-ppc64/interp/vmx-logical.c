/* Vector logical operations and select, on all 128 bits at once. [ISA3.0 I 6.9.4, 6.8.4] */
#include "cpu-ppc64/interp/vector.h"

OP(vand) { QUAD(x & y) }
OP(vandc) { QUAD(x & ~y) }
OP(veqv) { QUAD(~(x ^ y)) }
OP(vnand) { QUAD(~(x & y)) }
OP(vnor) { QUAD(~(x | y)) }
OP(vor) { QUAD(x | y) }
OP(vorc) { QUAD(x | ~y) }
OP(vxor) { QUAD(x ^ y) }
OP(vsel) { QUAD_C((x & ~z) | (y & z)) }
