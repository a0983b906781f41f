/* Guest state of nested virtualisation's second interface: what a guest's processor has while another program is in its
 * place, and the buffers by which the partition reads and sets it. One row an element.
 * [LoPAR, Nested PAPR; Linux's Documentation/arch/powerpc/kvm-nested.rst, "Guest State Buffer"] */
#ifndef PAPR_GUEST_STATE_H
#define PAPR_GUEST_STATE_H

#include "papr/platform.h"

/* Elements that are numbers: the value of row n is number[n]. */
enum { GUEST_NUMBERS = 99 };

struct guest_processor {
    uint64_t number[GUEST_NUMBERS];
    union vsr vsr[64];
    gpa_t input, output; /* buffers of H_GUEST_RUN_VCPU, 0: none */
    uint64_t input_size, output_size;
    uint64_t hdar, asdr; /* how it ended */
    uint32_t hdsisr, heir;
};

struct guest_wide {
    uint32_t logical_pvr;
    uint64_t tb_offset;
    uint64_t tree, process_table; /* as the partition table's entry has them; tree 0: none */
};

/* Elements that others look at. */
enum guest_element {
    ELEMENT_GPR = 0x1000, ELEMENT_HDEC_EXPIRY = 0x1020, ELEMENT_NIA, ELEMENT_MSR, ELEMENT_LPCR = 0x102c,
    ELEMENT_HFSCR, ELEMENT_DPDES = 0x1053, ELEMENT_PIDR = 0x2001, ELEMENT_HDAR = 0xf000, ELEMENT_HDSISR, ELEMENT_HEIR,
    ELEMENT_ASDR,
};

/* The value of an element that is a number. */
uint64_t *guest_number(struct guest_processor *g, enum guest_element id);

/* A processor as it is made. */
void guest_processor_init(struct guest_processor *g);
/* All registers that the two programs have for themselves: from and to struct cpu, whose cpu_settle() was called. tb_offset: of the guest's timebase
 * to the partition's. Neither touches what guest_enter() does. */
void guest_state_store(struct cpu *c, struct guest_processor *g, uint64_t tb_offset);
void guest_state_load(struct cpu *c, struct guest_processor *g, uint64_t tb_offset);

/* A buffer at gpa with its header: elements of g (NULL: those of the whole guest) are set from it, or written into it.
 * The status, and *index of the element that is wrong. Nothing is set by a buffer that is wrong. */
int64_t guest_buffer_set(struct mem *mem, gpa_t buffer, uint64_t size, struct guest_wide *wide, struct guest_processor *g,
                         uint64_t *index);
int64_t guest_buffer_get(struct mem *mem, gpa_t buffer, uint64_t size, const struct guest_wide *wide,
                         struct guest_processor *g, uint64_t *index);
/* Writes the elements that tell of the interrupt which ended the guest to its output buffer. False: there is no room. */
bool guest_buffer_report(struct mem *mem, struct guest_processor *g, unsigned vector);

#endif
