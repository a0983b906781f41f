/* The program that a disk boots; see boot-program.h. */
#include "firmware/boot-program.h"

#include <ctype.h>
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/checked.h"
#include "base/endian.h"

/* Part of a disk, in bytes. */
struct extent {
    uint64_t offset, size;
};

static bool read_extent(const struct firmware_disk *d, const struct extent *x, uint64_t offset, void *to, size_t size)
{
    return range_within(offset, size, x->size) && disk_read(d, x->offset + offset, to, size);
}

/* Blocks to bytes, on the disk or not at all. */
static bool extent_of_blocks(const struct firmware_disk *d, uint64_t first, uint64_t count, uint64_t unit,
                             struct extent *x)
{
    uint64_t n = d->block ? block_size(d->block) / unit : 0;

    if (!count || !range_within(first, count, n))
        return false;
    *x = (struct extent){ first * unit, count * unit };
    return true;
}

/* ---- partitions ---- */

enum {
    SECTOR = 512, GPT_ENTRIES = 128, GPT_ENTRY = 128,
    MBR_TABLE = 446, MBR_ENTRY = 16, MBR_PREP = 0x41,
};

/* 9e1a2d38-c612-4316-aa26-8b49521e5a8b as it is stored. */
static const uint8_t prep_guid[16] = { 0x38, 0x2d, 0x1a, 0x9e, 0x12, 0xc6, 0x16, 0x43,
                                       0xaa, 0x26, 0x8b, 0x49, 0x52, 0x1e, 0x5a, 0x8b };

static bool find_gpt(const struct firmware_disk *d, struct extent *x)
{
    uint8_t header[SECTOR], entry[GPT_ENTRY];
    uint64_t table;
    uint32_t n, step;

    if (!disk_read(d, d->block_size, header, sizeof header) || memcmp(header, "EFI PART", 8))
        return false;
    table = ld_le64(header + 72);
    n = ld_le32(header + 80);
    step = ld_le32(header + 84);
    if (table > block_size(d->block) / d->block_size || step < GPT_ENTRY || step > 4096)
        return false;
    for (uint32_t i = 0; i < n && i < GPT_ENTRIES; i++) {
        uint64_t first, last;

        if (!disk_read(d, table * d->block_size + (uint64_t)i * step, entry, sizeof entry))
            return false;
        first = ld_le64(entry + 32);
        last = ld_le64(entry + 40);
        if (!memcmp(entry, prep_guid, sizeof prep_guid) && last >= first &&
            extent_of_blocks(d, first, last - first + 1, d->block_size, x))
            return true;
    }
    return false;
}

static bool find_mbr(const struct firmware_disk *d, struct extent *x)
{
    uint8_t sector[SECTOR];

    if (!disk_read(d, 0, sector, sizeof sector) || sector[510] != 0x55 || sector[511] != 0xaa)
        return false;
    for (unsigned i = 0; i < 4; i++) {
        const uint8_t *entry = sector + MBR_TABLE + i * MBR_ENTRY;

        if (entry[4] == MBR_PREP &&
            extent_of_blocks(d, ld_le32(entry + 8), ld_le32(entry + 12), d->block_size, x))
            return true;
    }
    return false;
}

/* ---- ISO 9660 ---- */

enum {
    ISO_BLOCK = 2048, ISO_DESCRIPTOR = 16, ISO_ROOT = 156, ISO_MOST_DIRECTORY = 1 << 20, BOOTINFO_MOST = 8192,
    /* A directory record. */
    RECORD_EXTENT = 2, RECORD_SIZE = 10, RECORD_NAME_LENGTH = 32, RECORD_NAME = 33,
};

static bool extent_of_record(const struct firmware_disk *d, const uint8_t *record, struct extent *x)
{
    uint32_t size = ld_le32(record + RECORD_SIZE);

    if (!extent_of_blocks(d, ld_le32(record + RECORD_EXTENT), ((uint64_t)size + ISO_BLOCK - 1) / ISO_BLOCK, ISO_BLOCK,
                          x))
        return false;
    x->size = size;
    return true;
}

/* Names are in capitals, with a version behind them: "GRUB.CFG;1". */
static bool is_named(const uint8_t *record, const char *name, size_t length)
{
    size_t n = record[RECORD_NAME_LENGTH];
    const char *is = (const char *)record + RECORD_NAME;
    const char *version = memchr(is, ';', n);

    if (version)
        n = (size_t)(version - is);
    if (n && is[n - 1] == '.')
        n--;
    return n == length && !strncasecmp(is, name, n);
}

static bool find_in_directory(const struct firmware_disk *d, const char *name, size_t length, struct extent *x)
{
    uint8_t block[ISO_BLOCK];

    for (uint64_t at = 0; at < x->size && at < ISO_MOST_DIRECTORY; at += ISO_BLOCK) {
        if (!disk_read(d, x->offset + at, block, sizeof block))
            return false;
        /* A record lies within a block; one of length 0 ends it. */
        for (size_t i = 0; i + RECORD_NAME < sizeof block && block[i]; i += block[i]) {
            const uint8_t *record = block + i;

            if (record[0] < RECORD_NAME + record[RECORD_NAME_LENGTH] || i + record[0] > sizeof block)
                break;
            if (is_named(record, name, length))
                return extent_of_record(d, record, x);
        }
    }
    return false;
}

static bool find_file(const struct firmware_disk *d, const char *path, struct extent *x)
{
    uint8_t descriptor[ISO_BLOCK];

    if (!disk_read(d, ISO_DESCRIPTOR * ISO_BLOCK, descriptor, sizeof descriptor) ||
        memcmp(descriptor, "\1CD001", 6) || !extent_of_record(d, descriptor + ISO_ROOT, x))
        return false;
    while (*(path += strspn(path, "/\\"))) {
        size_t length = strcspn(path, "/\\");

        if (!find_in_directory(d, path, length, x))
            return false;
        path += length;
    }
    return true;
}

/* The path in "<boot-script>boot &device;:\boot\grub\powerpc.elf</boot-script>", before which a partition's number
 * and a comma may stand. */
static bool parse_bootinfo(char *text, char *path, size_t size)
{
    char *script = strstr(text, "<boot-script>"), *end, *at;

    if (!script || !(end = strstr(script, "</boot-script>")))
        return false;
    *end = '\0';
    at = strstr(script, "boot &device;");
    at = at ? strchr(at, ':') : NULL;
    if (!at)
        return false;
    at += 1 + strspn(at + 1, "0123456789");
    at += *at == ',';
    at[strcspn(at, " \t\r\n")] = '\0';
    return (size_t)snprintf(path, size, "%s", at) < size && *path;
}

static bool find_on_cd(const struct firmware_disk *d, struct extent *x, char *path, size_t size)
{
    static const char *const usual[] = { "\\boot\\grub\\powerpc.elf", "\\boot\\grub\\core.elf" };
    char text[BOOTINFO_MOST];

    if (find_file(d, "/ppc/bootinfo.txt", x) && x->size < sizeof text && read_extent(d, x, 0, text, x->size)) {
        text[x->size] = '\0';
        if (parse_bootinfo(text, path, size) && find_file(d, path, x))
            return true;
    }
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
        if (find_file(d, usual[i], x)) {
            snprintf(path, size, "%s", usual[i]);
            return true;
        }
    return false;
}

/* ---- the program ---- */

enum { MOST_SEGMENTS = 32 };

static bool unfit(const struct firmware_disk *d, const char *is, struct error *err)
{
    error_set(err, ERROR_FORMAT, "the boot program of %s %s", d->path, is);
    error_hint(err, "expected is a 32-bit big-endian PowerPC ELF executable, such as GRUB's for powerpc-ieee1275");
    return false;
}

/* Without a way by which only some of it is overwritten: it is read into our memory first. */
static bool load_segment(const struct firmware_disk *d, const struct extent *x, struct mem *mem,
                         const uint8_t *header, gpa_t floor, gpa_t limit, struct boot_program *program,
                         struct error *err)
{
    uint32_t offset = ld_be32(header + offsetof(Elf32_Phdr, p_offset));
    uint32_t to = ld_be32(header + offsetof(Elf32_Phdr, p_paddr));
    uint32_t file_size = ld_be32(header + offsetof(Elf32_Phdr, p_filesz));
    uint32_t size = ld_be32(header + offsetof(Elf32_Phdr, p_memsz));
    uint8_t *ram;

    if (ld_be32(header + offsetof(Elf32_Phdr, p_type)) != PT_LOAD || !size)
        return true;
    if (file_size > size || !range_within(offset, file_size, x->size))
        return unfit(d, "is truncated or damaged", err);
    if (to < floor || !range_within(to, size, limit) || !(ram = gpa_map_write(mem, to, size)))
        return unfit(d, "does not fit into the machine's memory", err);
    if (!read_extent(d, x, offset, ram, file_size))
        return error_set(err, ERROR_FILE, "can't read the boot program of %s", d->path);
    memset(ram + file_size, 0, size - file_size);
    if (!program->end || to < program->start)
        program->start = to;
    if (to + (gpa_t)size > program->end)
        program->end = to + (gpa_t)size;
    return true;
}

static bool load_elf(const struct firmware_disk *d, const struct extent *x, struct mem *mem, gpa_t floor, gpa_t limit,
                     struct boot_program *program, struct error *err)
{
    uint8_t header[sizeof(Elf32_Ehdr)], segment[sizeof(Elf32_Phdr)];
    uint64_t at;
    unsigned n, step;

    if (!read_extent(d, x, 0, header, sizeof header))
        return error_set(err, ERROR_FILE, "can't read the boot program of %s", d->path);
    if (memcmp(header, ELFMAG, SELFMAG) || header[EI_CLASS] != ELFCLASS32 || header[EI_DATA] != ELFDATA2MSB ||
        ld_be16(header + offsetof(Elf32_Ehdr, e_type)) != ET_EXEC ||
        ld_be16(header + offsetof(Elf32_Ehdr, e_machine)) != EM_PPC)
        return unfit(d, "is of another kind", err);
    at = ld_be32(header + offsetof(Elf32_Ehdr, e_phoff));
    step = ld_be16(header + offsetof(Elf32_Ehdr, e_phentsize));
    n = ld_be16(header + offsetof(Elf32_Ehdr, e_phnum));
    if (step < sizeof segment || n > MOST_SEGMENTS)
        return unfit(d, "is damaged", err);
    for (unsigned i = 0; i < n; i++)
        if (!read_extent(d, x, at + (uint64_t)i * step, segment, sizeof segment))
            return unfit(d, "is truncated", err);
        else if (!load_segment(d, x, mem, segment, floor, limit, program, err))
            return false;
    program->entry = ld_be32(header + offsetof(Elf32_Ehdr, e_entry));
    return (program->entry >= program->start && program->entry < program->end) ||
           unfit(d, "begins outside of itself", err);
}

bool boot_program_load(const struct firmware_disk *d, struct mem *mem, gpa_t floor, gpa_t limit,
                       struct boot_program *program, struct error *err)
{
    char path[sizeof program->arguments - 2];
    struct extent x;

    *program = (struct boot_program){ 0 };
    if (!d->block) {
        error_set(err, ERROR_FILE, "%s is empty", d->path);
        return false;
    }
    if (!find_gpt(d, &x) && !find_mbr(d, &x)) {
        if (!find_on_cd(d, &x, path, sizeof path)) {
            error_set(err, ERROR_FORMAT, "%s has no boot program", d->path);
            error_hint(err, "a disk boots by a PReP partition, a CD by /ppc/bootinfo.txt; or name a kernel with -kernel");
            return false;
        }
        snprintf(program->arguments, sizeof program->arguments, ":,%s", path);
    }
    return load_elf(d, &x, mem, floor, limit, program, err);
}
