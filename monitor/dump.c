/* An ELF core of the whole machine: registers of each vCPU as NT_PRSTATUS, memory by guest physical addresses.
 *
 * p_paddr is the guest physical address, p_vaddr where Linux maps all of it, so that gdb reads the kernel's data with
 * nothing but its symbols. The layout of NT_PRSTATUS is that of a 64-bit Power Linux. */
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/endian.h"
#include "monitor/monitor-internal.h"

/* Where Linux maps its memory. */
#define LINEAR_MAP UINT64_C(0xc000000000000000)

enum { PRSTATUS_SIZE = 504, PRSTATUS_PID = 32, PRSTATUS_REGISTERS = 112, NOTE_NAME_SIZE = 8, ALIGN = 0x10000 };

struct writer {
    FILE *f;
    bool le;
};

static void put16(const struct writer *w, void *p, uint16_t v)
{
    w->le ? st_le16(p, v) : st_be16(p, v);
}

static void put32(const struct writer *w, void *p, uint32_t v)
{
    w->le ? st_le32(p, v) : st_be32(p, v);
}

static void put64(const struct writer *w, void *p, uint64_t v)
{
    w->le ? st_le64(p, v) : st_be64(p, v);
}

static bool write_note(const struct writer *w, const struct vcpu *v)
{
    enum { GPRS = 32, NIP = 32, MSR, ORIG_R3, CTR, LINK, XER, CR, SOFTE, TRAP, DAR, DSISR, RESULT };
    uint8_t note[12 + NOTE_NAME_SIZE + PRSTATUS_SIZE] = { 0 }, *status = note + 12 + NOTE_NAME_SIZE;
    uint8_t *registers = status + PRSTATUS_REGISTERS;
    const struct cpu *c = v->cpu;

    put32(w, note, sizeof "CORE");
    put32(w, note + 4, PRSTATUS_SIZE);
    put32(w, note + 8, NT_PRSTATUS);
    strcpy((char *)note + 12, "CORE");
    put32(w, status + PRSTATUS_PID, v->index + 1);
    for (unsigned r = 0; r < GPRS; r++)
        put64(w, registers + 8 * r, c->gpr[r]);
    put64(w, registers + 8 * NIP, c->nia);
    put64(w, registers + 8 * MSR, c->msr);
    put64(w, registers + 8 * ORIG_R3, c->gpr[3]);
    put64(w, registers + 8 * CTR, c->ctr);
    put64(w, registers + 8 * LINK, c->lr);
    put64(w, registers + 8 * XER, cpu_xer(c));
    put64(w, registers + 8 * CR, cpu_cr(c));
    put64(w, registers + 8 * DAR, c->spr[SPR_DAR]);
    put64(w, registers + 8 * DSISR, c->spr[SPR_DSISR]);
    return fwrite(note, 1, sizeof note, w->f) == sizeof note;
}

static bool write_headers(const struct writer *w, unsigned n_vcpus, uint64_t ram_size)
{
    uint8_t bytes[sizeof(Elf64_Ehdr) + 2 * sizeof(Elf64_Phdr)] = { 0 }, *note = bytes + sizeof(Elf64_Ehdr);
    uint8_t *load = note + sizeof(Elf64_Phdr);

    memcpy(bytes, ELFMAG, SELFMAG);
    bytes[EI_CLASS] = ELFCLASS64;
    bytes[EI_DATA] = w->le ? ELFDATA2LSB : ELFDATA2MSB;
    bytes[EI_VERSION] = EV_CURRENT;
    put16(w, bytes + offsetof(Elf64_Ehdr, e_type), ET_CORE);
    put16(w, bytes + offsetof(Elf64_Ehdr, e_machine), EM_PPC64);
    put32(w, bytes + offsetof(Elf64_Ehdr, e_version), EV_CURRENT);
    put64(w, bytes + offsetof(Elf64_Ehdr, e_phoff), sizeof(Elf64_Ehdr));
    /* The ABI: version 2 is what little-endian programs have. */
    put32(w, bytes + offsetof(Elf64_Ehdr, e_flags), w->le ? 2 : 1);
    put16(w, bytes + offsetof(Elf64_Ehdr, e_ehsize), sizeof(Elf64_Ehdr));
    put16(w, bytes + offsetof(Elf64_Ehdr, e_phentsize), sizeof(Elf64_Phdr));
    put16(w, bytes + offsetof(Elf64_Ehdr, e_phnum), 2);
    put32(w, note + offsetof(Elf64_Phdr, p_type), PT_NOTE);
    put64(w, note + offsetof(Elf64_Phdr, p_offset), sizeof bytes);
    put64(w, note + offsetof(Elf64_Phdr, p_filesz), (uint64_t)n_vcpus * (12 + NOTE_NAME_SIZE + PRSTATUS_SIZE));
    put32(w, load + offsetof(Elf64_Phdr, p_type), PT_LOAD);
    put32(w, load + offsetof(Elf64_Phdr, p_flags), PF_R | PF_W | PF_X);
    put64(w, load + offsetof(Elf64_Phdr, p_offset),
          align_up(sizeof bytes + (uint64_t)n_vcpus * (12 + NOTE_NAME_SIZE + PRSTATUS_SIZE), ALIGN));
    put64(w, load + offsetof(Elf64_Phdr, p_vaddr), LINEAR_MAP);
    put64(w, load + offsetof(Elf64_Phdr, p_filesz), ram_size);
    put64(w, load + offsetof(Elf64_Phdr, p_memsz), ram_size);
    put64(w, load + offsetof(Elf64_Phdr, p_align), ALIGN);
    return fwrite(bytes, 1, sizeof bytes, w->f) == sizeof bytes;
}

/* Pages of zeroes become a hole in the file. */
static bool write_ram(const struct writer *w, const struct mem *mem)
{
    static const uint8_t zeroes[ALIGN];
    uint64_t size = mem->ram_size;

    for (uint64_t at = 0; at < size; at += ALIGN) {
        const void *part = gpa_map_read(mem, at, ALIGN);

        if (!part || (memcmp(part, zeroes, ALIGN) ? fwrite(part, 1, ALIGN, w->f) != ALIGN
                                                  : fseeko(w->f, ALIGN, SEEK_CUR) != 0))
            return false;
    }
    return !fflush(w->f) && !ftruncate(fileno(w->f), ftello(w->f));
}

bool monitor_dump_core(struct monitor *mon, const char *path, struct error *err)
{
    unsigned n = accel_count(mon->accel);
    struct writer w = { fopen(path, "wbe"), monitor_is_le(mon, accel_vcpu(mon->accel, 0)->cpu) };
    bool ok;

    if (!w.f)
        return error_set(err, ERROR_FILE, "can't write '%.256s': %s", path, strerror(errno));
    ok = write_headers(&w, n, mon->mem->ram_size);
    for (unsigned i = 0; ok && i < n; i++)
        ok = write_note(&w, accel_vcpu(mon->accel, i));
    ok = ok && !fseeko(w.f, (off_t)align_up((uint64_t)ftello(w.f), ALIGN), SEEK_SET) && write_ram(&w, mon->mem);
    if (!ok)
        error_set(err, ERROR_FILE, "can't write '%.256s': %s", path, strerror(errno));
    if (fclose(w.f) && ok)
        ok = error_set(err, ERROR_FILE, "can't write '%.256s': %s", path, strerror(errno));
    return ok;
}
