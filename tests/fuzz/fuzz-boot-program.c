/* Fuzz target: boot programs on disks. The input chooses a disk that is nearly right (an old or a GUID partition table, or
 * a CD, and a program), and changes bytes of it where its structures are. */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/endian.h"
#include "firmware/boot-program.h"
#include "tests/fuzz/random-main.h"

enum {
    DISK = 128 << 10, MEMORY = 16 << 20, FLOOR = 0x40000, SECTOR = 512, ISO_BLOCK = 2048,
    PROGRAM_AT = 64 << 10, PROGRAM_SIZE = 4096, TO = 0x200000, MOST_CHANGES = 64,
};

/* Images are bytes here. */
struct block {
    uint8_t bytes[DISK];
    size_t size;
};

uint64_t block_size(const struct block *block)
{
    return block->size;
}

int block_read(struct block *block, uint64_t offset, void *to, size_t size)
{
    if (offset > block->size || size > block->size - offset)
        return 22;
    memcpy(to, block->bytes + offset, size);
    return 0;
}

int block_write(struct block *block, uint64_t offset, const void *from, size_t size)
{
    (void)block;
    (void)offset;
    (void)from;
    (void)size;
    return 30;
}

int block_flush(struct block *block)
{
    (void)block;
    return 0;
}

bool block_is_read_only(const struct block *block)
{
    (void)block;
    return true;
}

static void put_program(uint8_t *at)
{
    static const uint8_t ident[] = { 0x7f, 'E', 'L', 'F', 1, 2, 1 };

    memcpy(at, ident, sizeof ident);
    st_be16(at + 16, 2);  /* executable */
    st_be16(at + 18, 20); /* PowerPC */
    st_be32(at + 24, TO);
    st_be32(at + 28, 52);
    st_be16(at + 42, 32);
    st_be16(at + 44, 2);
    for (unsigned i = 0; i < 2; i++) {
        uint8_t *segment = at + 52 + 32 * i;

        st_be32(segment, 1);
        st_be32(segment + 4, 256);
        st_be32(segment + 12, TO + 4096 * i);
        st_be32(segment + 16, 512);
        st_be32(segment + 20, 1024);
    }
}

static void put_old_table(uint8_t *disk)
{
    disk[446 + 4] = 0x41;
    st_le32(disk + 446 + 8, PROGRAM_AT / SECTOR);
    st_le32(disk + 446 + 12, PROGRAM_SIZE / SECTOR);
    disk[510] = 0x55;
    disk[511] = 0xaa;
}

static void put_guid_table(uint8_t *disk)
{
    static const uint8_t prep[16] = { 0x38, 0x2d, 0x1a, 0x9e, 0x12, 0xc6, 0x16, 0x43,
                                      0xaa, 0x26, 0x8b, 0x49, 0x52, 0x1e, 0x5a, 0x8b };

    memcpy(disk + SECTOR, "EFI PART", 8);
    st_le64(disk + SECTOR + 72, 2);
    st_le32(disk + SECTOR + 80, 4);
    st_le32(disk + SECTOR + 84, 128);
    memcpy(disk + 2 * SECTOR, prep, sizeof prep);
    st_le64(disk + 2 * SECTOR + 32, PROGRAM_AT / SECTOR);
    st_le64(disk + 2 * SECTOR + 40, (PROGRAM_AT + PROGRAM_SIZE) / SECTOR - 1);
}

static uint8_t *put_record(uint8_t *at, const char *name, unsigned block, uint32_t size)
{
    size_t n = strlen(name);

    at[0] = (uint8_t)(33 + n + (n + 1) % 2);
    st_le32(at + 2, block);
    st_le32(at + 10, size);
    at[32] = (uint8_t)n;
    memcpy(at + 33, name, n);
    return at + at[0];
}

static void put_cd(uint8_t *disk)
{
    static const char info[] = "<chrp-boot><boot-script>boot &device;:\\grub.elf</boot-script></chrp-boot>";
    uint8_t *root = disk + 18 * ISO_BLOCK;

    memcpy(disk + 16 * ISO_BLOCK, "\1CD001", 6);
    put_record(disk + 16 * ISO_BLOCK + 156, "", 18, ISO_BLOCK);
    root = put_record(root, "PPC", 19, ISO_BLOCK);
    put_record(root, "GRUB.ELF;1", PROGRAM_AT / ISO_BLOCK, PROGRAM_SIZE);
    put_record(disk + 19 * ISO_BLOCK, "BOOTINFO.TXT;1", 20, sizeof info - 1);
    memcpy(disk + 20 * ISO_BLOCK, info, sizeof info - 1);
}

/* Where structures are, and how many bytes. */
static const struct {
    uint32_t at, size;
} places[] = {
    { 446, 66 }, { SECTOR, 92 }, { 2 * SECTOR, 256 }, { 16 * ISO_BLOCK, 256 }, { 18 * ISO_BLOCK, 128 },
    { 19 * ISO_BLOCK, 64 }, { 20 * ISO_BLOCK, 80 }, { PROGRAM_AT, 52 }, { PROGRAM_AT + 52, 64 },
};

static void change(uint8_t *disk, const uint8_t *data, size_t size)
{
    for (unsigned n = 0; n < MOST_CHANGES && size >= 3; n++, data += 3, size -= 3) {
        unsigned place = data[0] % ARRAY_SIZE(places);

        disk[places[place].at + data[1] % places[place].size] = data[2];
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const forms[])(uint8_t *disk) = { put_old_table, put_guid_table, put_cd };
    static struct mem *mem; /* of all runs: nothing of it is looked at */
    struct block *block = calloc(1, sizeof *block);
    struct firmware_disk disk = { .path = "/disk", .block = block, .block_size = SECTOR };
    struct boot_program program;

    if (!mem)
        mem = mem_new(MEMORY, NULL);
    if (!mem || !block)
        abort();
    block->size = DISK;
    put_program(block->bytes + PROGRAM_AT);
    if (size >= 3) {
        forms[data[0] % ARRAY_SIZE(forms)](block->bytes);
        disk.block_size = data[1] & 1 ? ISO_BLOCK : SECTOR;
        block->size = data[1] & 2 ? data[2] * (size_t)SECTOR : DISK;
        change(block->bytes, data + 3, data[1] & 4 ? (size - 3) % 7 : size - 3);
    }
    if (boot_program_load(&disk, mem, FLOOR, MEMORY, &program, NULL) &&
        (program.start < FLOOR || program.end > MEMORY || program.entry < program.start || program.entry >= program.end ||
         !memchr(program.arguments, 0, sizeof program.arguments)))
        abort();
    free(block);
    return 0;
}
