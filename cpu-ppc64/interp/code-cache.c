/* Decoded instructions; see code-cache.h. */
#include "cpu-ppc64/interp/code-cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cpu-ppc64/disas.h"
#include "cpu-ppc64/guest.h"
#include "cpu-ppc64/interp/op.h"
#include "cpu-ppc64/mmu/mmu.h"

/* 2048 pages of 16 KiB decoded: 32 MiB at most, for 8 MiB of guest code. */
enum { PAGE_SLOTS = 2048, ADDRESS_SLOTS = 512 };

/* A prefixed instruction may not lie in two such blocks. */
enum { PREFIX_BLOCK = 64 };

struct address_slot {
    uint64_t tag; /* effective page | MSR[IR] | MSR[PR] << 1 | MSR[LE] << 2; ~0: empty */
    uint32_t pid; /* whose address it is, 0 in quadrant 3; with guest_tag() */
    gpa_t gpa;
    struct code_page *page;
};

struct code_cache {
    unsigned n_pages; /* those that are used: a power of two */
    struct address_slot addresses[ADDRESS_SLOTS];
    struct code_page *pages[PAGE_SLOTS];
};

struct code_cache *code_cache_new(void)
{
    struct code_cache *code = calloc(1, sizeof *code);

    if (code) {
        code->n_pages = PAGE_SLOTS;
        code_cache_flush_addresses(code);
    }
    return code;
}

void code_cache_be_small(struct code_cache *code)
{
    enum { FEW_PAGE_SLOTS = 512 };

    code->n_pages = FEW_PAGE_SLOTS;
}

void code_cache_free(struct code_cache *code)
{
    if (!code)
        return;
    for (size_t i = 0; i < PAGE_SLOTS; i++)
        free(code->pages[i]);
    free(code);
}

void code_cache_flush_addresses(struct code_cache *code)
{
    for (size_t i = 0; i < ADDRESS_SLOTS; i++)
        code->addresses[i].tag = UINT64_MAX;
}

void code_cache_forget_process(struct code_cache *code, uint32_t pid)
{
    for (size_t i = 0; i < ADDRESS_SLOTS; i++)
        if (code->addresses[i].pid == pid)
            code->addresses[i].tag = UINT64_MAX;
}

void code_cache_forget_page(struct code_cache *code, uint32_t pid, ea_t page, uint64_t size)
{
    for (ea_t end = page + size; page != end; page += MEM_PAGE_SIZE) {
        struct address_slot *slot = &code->addresses[page >> MEM_PAGE_SHIFT & (ADDRESS_SLOTS - 1)];

        if (align_down(slot->tag, MEM_PAGE_SIZE) == page && slot->pid == pid)
            slot->tag = UINT64_MAX;
    }
}

void code_cache_forget_real(struct code_cache *code, uint64_t n, unsigned shift)
{
    for (size_t i = 0; i < ADDRESS_SLOTS; i++)
        if (code->addresses[i].gpa >> shift == n)
            code->addresses[i].tag = UINT64_MAX;
}

/* Only radix trees are a process's, but no harm is done with others. */
static uint32_t fetch_process(const struct cpu *c, ea_t ea)
{
    return guest_tag(c) | (ea >> 62 ? 0 : (uint32_t)c->spr[SPR_PIDR]);
}

static uint64_t fetch_tag(const struct cpu *c, ea_t page)
{
    return page | !!(c->msr & MSR_IR) | (c->msr & MSR_PR ? 2u : 0) | (c->le ? 4u : 0);
}

/* What the processor has but the compatibility mode does not: privileged programs may, to others the word is what it
 * was before, an older instruction or none; a prefix is none. [ISA3.1 III 2.5, PCR] */
static bool op_newer(struct cpu *c, insn_t i)
{
    enum isa_id id = isa_decode_at(i, c->msr & MSR_PR ? c->level : c->model->level);

    return id == ISA_INVALID ? op_invalid(c, i >> 32 ? i >> 32 : i) : isa_ops[id](c, i);
}

static bool is_priority(enum isa_id id, insn_t i)
{
    return id == ISA_OR && !f_rc(i) && f_rs(i) == f_ra(i) && f_rs(i) == f_rb(i);
}

static op_fn operation_for(const struct cpu *c, insn_t insn)
{
    enum isa_id id = isa_decode_at(insn, c->model->level);

    if (id == ISA_INVALID)
        return op_invalid;
    if (is_priority(id, insn))
        return op_or_priority;
    return isa_level_ok(isa_row(id)->level, c->level) ? isa_ops[id] : op_newer;
}

/* A prefix in the last word of its block of 64 bytes. */
static bool op_crossing(struct cpu *c, insn_t i)
{
    return c->msr & MSR_PR && !isa_level_ok(ISA_3_1, c->level) ? op_invalid(c, i) : op_prefix_crossing(c, i);
}

code_fn code_operation(const struct cpu *c, uint64_t insn, unsigned offset)
{
    if (isa_is_prefix((uint32_t)insn) && !(insn >> 32) && isa_level_ok(ISA_3_1, c->model->level) &&
        (offset & (PREFIX_BLOCK - 1)) == PREFIX_BLOCK - 4)
        return op_crossing;
    return operation_for(c, insn);
}

/* The first execution of a word: decodes it, for this time and those to come. */
static bool decode_and_run(struct cpu *c, insn_t unused __attribute__((unused)))
{
    struct address_slot *slot =
        &c->code->addresses[c->cia >> MEM_PAGE_SHIFT & (ADDRESS_SLOTS - 1)];
    struct decoded *d = &slot->page->insns[(c->cia & (MEM_PAGE_SIZE - 1)) / 4];
    const uint8_t *bytes = c->mem->ram + slot->gpa + (c->cia & (MEM_PAGE_SIZE - 1));
    insn_t word = c->le ? ld_le32(bytes) : ld_be32(bytes);

    d->insn = word;
    if (isa_is_prefix((uint32_t)word) && isa_level_ok(ISA_3_1, c->model->level)) {
        if ((c->cia & (PREFIX_BLOCK - 1)) != PREFIX_BLOCK - 4)
            d->insn = word << 32 | (c->le ? ld_le32(bytes + 4) : ld_be32(bytes + 4));
    }
    d->fn = code_operation(c, d->insn, (unsigned)c->cia & (MEM_PAGE_SIZE - 1));
    if (log_on(LOG_ITEM_IN_ASM)) {
        char text[96];

        disas(text, sizeof text, d->insn, c->cia);
        log_trace(LOG_ITEM_IN_ASM, "%016llx %08x %s", (unsigned long long)c->cia, (unsigned)word,
                  text);
    }
    return d->fn(c, d->insn);
}

static struct code_page *page_for(struct cpu *c, gpa_t gpa)
{
    struct code_page **slot =
        &c->code->pages[((gpa >> MEM_PAGE_SHIFT) + c->le * (c->code->n_pages / 2)) & (c->code->n_pages - 1)];
    struct code_page *page = *slot;

    if (page && page->gpa == gpa && page->le == c->le && page->state == mem_page_state(c->mem, gpa))
        return page;
    if (!page) {
        page = *slot = malloc(sizeof *page);
        if (!page)
            return NULL;
    }
    /* From now on stores must tell; first the mark, then the TLBs, then the decoding. */
    page->state = mmu_mark_code(c, gpa);
    page->gpa = gpa;
    page->le = c->le;
    for (size_t i = 0; i < CODE_PAGE_INSNS; i++)
        page->insns[i] = (struct decoded){ decode_and_run, 0 };
    return page;
}

bool code_cache_translate(struct cpu *c, gpa_t *gpa)
{
    struct translation t;

    c->nia &= c->ea_mask;
    if (!mmu_translate(c, c->nia, MMU_FETCH, &t))
        return false;
    *gpa = align_down(t.gpa, MEM_PAGE_SIZE);
    if (gpa_is_ram(c->mem, *gpa, MEM_PAGE_SIZE))
        return true;
    guest_error("cpu", "instruction fetch outside memory, address %016llx", (unsigned long long)c->nia);
    return cpu_interrupt_insn_storage(c, DSISR_NO_EXEC_GUARDED);
}

struct code_page *code_cache_fetch(struct cpu *c)
{
    ea_t ea = c->nia & c->ea_mask, ea_page = align_down(ea, MEM_PAGE_SIZE);
    struct address_slot *slot =
        &c->code->addresses[ea >> MEM_PAGE_SHIFT & (ADDRESS_SLOTS - 1)];
    uint64_t tag = fetch_tag(c, ea_page);
    uint32_t pid = fetch_process(c, ea);
    gpa_t gpa;
    uint64_t flushes;

    c->nia = ea;
    if (LIKELY(slot->tag == tag && slot->pid == pid && slot->page->gpa == slot->gpa && slot->page->le == c->le &&
               slot->page->state == mem_page_state(c->mem, slot->gpa)))
        return slot->page;
again:
    flushes = c->tlb_flushes;
    if (!code_cache_translate(c, &gpa))
        return NULL;
    slot->page = page_for(c, gpa);
    if (!slot->page) {
        slot->tag = UINT64_MAX;
        log_line(LOG_ERROR, "cpu", "out of memory for decoded code");
        cpu_interrupt(c, VECTOR_MACHINE_CHECK, c->nia, 0);
        return NULL;
    }
    /* What another processor took away while the page was marked is not to be kept. */
    if (UNLIKELY(flushes != c->tlb_flushes))
        goto again;
    slot->tag = tag;
    slot->pid = pid;
    slot->gpa = gpa;
    return slot->page;
}
