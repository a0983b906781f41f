/* Translated code for people: as host assembler (-d out_asm), and as names for perf (-perfmap). */
#include <capstone/capstone.h>
#include <stdio.h>

#include "base/endian.h"
#include "base/log.h"
#include "cpu-ppc64/disas.h"
#include "cpu-ppc64/jit/jit-internal.h"

static void dump_guest_insn(const struct jit *jit, const struct jit_page *page, unsigned offset)
{
    const uint8_t *p = jit->cpu->mem->ram + page->gpa + offset;
    insn_t insn = page->le ? ld_le32(p) : ld_be32(p);
    uint64_t ea = jit->cpu->page_ea + offset;
    char text[96];

    if (isa_is_prefix((uint32_t)insn) && offset + 8 <= MEM_PAGE_SIZE)
        insn = insn << 32 | (page->le ? ld_le32(p + 4) : ld_be32(p + 4));
    disas(text, sizeof text, insn, ea);
    log_trace(LOG_ITEM_OUT_ASM, "%016llx %s", (unsigned long long)ea, text);
}

static void dump_host_insns(csh handle, const uint8_t *bytes, size_t size, uint64_t address)
{
    cs_insn *insn = cs_malloc(handle);

    while (insn && size) {
        if (cs_disasm_iter(handle, &bytes, &size, &address, insn)) {
            log_trace(LOG_ITEM_OUT_ASM, "    %llx  %s %s", (unsigned long long)insn->address, insn->mnemonic,
                      insn->op_str);
            continue;
        }
        log_trace(LOG_ITEM_OUT_ASM, "    %llx  .byte %02x", (unsigned long long)address, *bytes);
        bytes++, size--, address++;
    }
    if (insn)
        cs_free(insn, 1);
}

void jit_dump_code(const struct jit *jit, const struct jit_page *page, const struct code_mark *marks, unsigned n,
                   const uint8_t *end)
{
    csh handle;

    if (cs_open(CS_ARCH_X86, CS_MODE_64, &handle) != CS_ERR_OK)
        return;
    for (unsigned k = 0; k < n; k++) {
        const uint8_t *to = k + 1 < n ? marks[k + 1].at : end;

        if (marks[k].offset == MARK_STUBS)
            log_trace(LOG_ITEM_OUT_ASM, "exits and slow ways");
        else
            dump_guest_insn(jit, page, marks[k].offset);
        dump_host_insns(handle, marks[k].at, (size_t)(to - marks[k].at),
                        (uintptr_t)(jit->rx + (marks[k].at - jit->rw)));
    }
    cs_close(&handle);
}

void jit_note_for_perf(const struct jit *jit, unsigned offset, const void *code, size_t size)
{
    if (jit->perf_map)
        fprintf(jit->perf_map, "%llx %zx guest_%llx\n", (unsigned long long)(uintptr_t)code, size,
                (unsigned long long)(jit->cpu->page_ea + offset));
}
