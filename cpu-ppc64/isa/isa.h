/* The instruction table as C sees it: one row for each line of the .isa files, the decoder, and the
 * kinds of things that a row tells. The rows, the decoder and the field extractors are generated. */
#ifndef CPU_PPC64_ISA_ISA_H
#define CPU_PPC64_ISA_ISA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An instruction: the word (of a prefixed instruction the suffix) in the low half, the prefix, or 0,
 * in the high half. Numbers, not guest bytes. */
typedef uint64_t insn_t;

/* First version of the ISA that has it; comparable. Same numbers as enum cpu_isa_level. */
enum isa_level { ISA_2_06 = 206, ISA_2_07 = 207, ISA_3_0 = 300, ISA_3_1 = 310 };

/* What must be enabled for it. */
enum facility {
    FACILITY_NONE,
    FACILITY_FP,
    FACILITY_VEC,
    FACILITY_VSX,
    FACILITY_DFP,
    FACILITY_TM,
    FACILITY_EBB,
    FACILITY_TAR,
    FACILITY_PREFIX,
};

enum isa_class {
    ISA_CLASS_FIXED,
    ISA_CLASS_BRANCH,
    ISA_CLASS_CR,
    ISA_CLASS_LOAD,
    ISA_CLASS_STORE,
    ISA_CLASS_ATOMIC,
    ISA_CLASS_CACHE,
    ISA_CLASS_SYNC,
    ISA_CLASS_SYSTEM,
    ISA_CLASS_FP,
    ISA_CLASS_VMX,
    ISA_CLASS_VSX,
};

enum isa_flag {
    ISA_FLAG_USER = 1 << 0,   /* a problem-state program may execute it */
    ISA_FLAG_PRIV = 1 << 1,   /* privileged */
    ISA_FLAG_HV = 1 << 2,     /* for hypervisors: illegal for partitions */
    ISA_FLAG_MEM = 1 << 3,    /* has a memory operand, or an effective address */
    ISA_FLAG_UPDATE = 1 << 4, /* writes RA with the effective address */
    ISA_FLAG_BRANCH = 1 << 5, /* may change the flow */
    ISA_FLAG_DONE = 1 << 6,   /* has an operation (set by the generator) */
};

struct isa_row {
    const char *name;     /* mnemonic without suffixes of Rc, OE, LK, AA */
    const char *operands; /* as in the .isa file */
    insn_t mask, value;   /* insn & mask == value; a prefix is there if value >> 32 is not 0 */
    insn_t operand_bits;  /* bits of the operands' fields; what is in neither mask is reserved */
    uint16_t level;       /* enum isa_level */
    uint8_t facility;     /* enum facility, when the operands do not choose another */
    uint8_t class;        /* enum isa_class */
    uint16_t flags;       /* enum isa_flag */
};

/* The row of an id; the row of ISA_INVALID (0) has the name "(invalid)". */
const struct isa_row *isa_row(unsigned id);

/* True if the word is the first of two. [ISA3.1 I 1.6.3] */
static inline bool isa_is_prefix(uint32_t word)
{
    return word >> 26 == 1;
}

/* The id of a word, or of prefix and suffix; ISA_INVALID (0) if it is no instruction of any level. Where two rows match, the one
 * with more fixed bits is it. */
unsigned isa_decode(insn_t insn);

/* The same for a processor of that level: rows of later levels are not there. What is a special case of a row now
 * may have been the general one, with reserved bits that were ignored. [ISA2.07 I 1.3.3] */
unsigned isa_decode_at(insn_t insn, unsigned level);

static inline bool isa_level_ok(unsigned row_level, unsigned processor_level)
{
    return row_level <= processor_level;
}

#endif
