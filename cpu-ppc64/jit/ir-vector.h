/* The operations of IR_V: on the 128 bits of a, b, c as they lie in the host's register, element 0 the least
 * significant one (the book counts from the other end). Each is about one instruction of a host; what the
 * guest's instructions need beyond that, the front ends put together. */
#ifndef CPU_PPC64_JIT_IR_VECTOR_H
#define CPU_PPC64_JIT_IR_VECTOR_H

#define IR_VECTORS(X)                                                                            \
    X(COPY)                                                                                      \
    X(CONST)        /* imm: index of ir.vector_constant; made where it is used */                \
    X(AND)                                                                                       \
    X(OR)                                                                                        \
    X(XOR)                                                                                       \
    X(ANDN)         /* ~a & b */                                                                 \
    X(ADD8) X(ADD16) X(ADD32) X(ADD64)                                                           \
    X(SUB8) X(SUB16) X(SUB32) X(SUB64)                                                           \
    X(ADD_SAT_U8) X(ADD_SAT_U16) X(ADD_SAT_S8) X(ADD_SAT_S16)                                    \
    X(SUB_SAT_U8) X(SUB_SAT_U16) X(SUB_SAT_S8) X(SUB_SAT_S16)                                    \
    X(MAX_U8) X(MAX_U16) X(MAX_U32) X(MAX_S8) X(MAX_S16) X(MAX_S32)                              \
    X(MIN_U8) X(MIN_U16) X(MIN_U32) X(MIN_S8) X(MIN_S16) X(MIN_S32)                              \
    X(AVG_U8) X(AVG_U16) /* rounded up */                                                        \
    X(EQ8) X(EQ16) X(EQ32) X(EQ64) /* all ones where equal */                                    \
    X(GT_S8) X(GT_S16) X(GT_S32) X(GT_S64)                                                       \
    X(MUL16) X(MUL32)    /* the low half of the products */                                      \
    X(MULH_S16) X(MULH_U16)                                                                      \
    X(MUL_EVEN_U32) X(MUL_EVEN_S32) /* words 0 and 2, to doublewords */                          \
    X(MUL_ADD_S16)       /* products of halfwords, added in pairs to words */                    \
    X(MUL_ADD_U8_S8)     /* unsigned bytes of a, signed ones of b, saturated to halfwords */     \
    X(SHL16) X(SHL32) X(SHL64) X(SHR16) X(SHR32) X(SHR64) X(SAR16) X(SAR32) /* all by imm */     \
    X(SHL_BYTES) X(SHR_BYTES) /* the whole, by imm bytes */                                      \
    X(SHL64_ALL) X(SHR64_ALL) /* by b's doubleword 0; 0 from 64 on */                            \
    X(SHL32_EACH) X(SHR32_EACH) X(SAR32_EACH) /* by b's elements; 0, or the sign, from 32 on */  \
    X(SHL64_EACH) X(SHR64_EACH)                                                                  \
    X(INTERLEAVE_LOW8) X(INTERLEAVE_LOW16) X(INTERLEAVE_LOW32) X(INTERLEAVE_LOW64) /* a0 b0 a1 b1 ... */ \
    X(INTERLEAVE_HIGH8) X(INTERLEAVE_HIGH16) X(INTERLEAVE_HIGH32) X(INTERLEAVE_HIGH64)           \
    X(PACK_S8) X(PACK_U8) X(PACK_S16) X(PACK_U16) /* a's signed elements, then b's, saturated */ \
    X(WIDEN_S8) X(WIDEN_S16) X(WIDEN_S32) /* the low half's elements, sign-extended */           \
    X(WORDS)             /* word k: a's word number imm >> 2k & 3 */                             \
    X(WORDS2)            /* words 0 and 1 of a by imm, 2 and 3 of b */                           \
    X(DOUBLEWORDS2)      /* 0: a's number imm & 1; 1: b's number imm >> 1 */                     \
    X(BLEND16)           /* halfword k of b if imm >> k & 1, else of a */                        \
    X(BLEND8)            /* byte of b where that of c has its first bit set, else of a */        \
    X(ALIGN)             /* b : a, shifted right by imm bytes */                                 \
    X(BYTES)             /* byte k: a's number b[k] & 15, 0 where b[k] >= 128 */                 \
    X(AES_ENCRYPT) X(AES_ENCRYPT_LAST) X(AES_DECRYPT_LAST) X(AES_UNMIX)                          \
    X(CARRYLESS)         /* of doublewords imm & 1 of a and imm >> 4 of b */

enum ir_vector {
#define X(name) IR_V_##name,
    IR_VECTORS(X)
#undef X
        IR_V_COUNT,
};

/* Of WORDS: doublewords exchanged, words in reverse order. */
enum { IR_WORDS_SWAP = 0x4e, IR_WORDS_REVERSE = 0x1b };

/* What not every host can. */
enum ir_vector_features {
    IR_VECTOR_SHIFTS = 1,   /* the _EACH ones */
    IR_VECTOR_AES = 2,
    IR_VECTOR_CARRYLESS = 4,
};

#endif
