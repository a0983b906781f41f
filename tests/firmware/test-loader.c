/* Loaders and hostile files: each field of an ELF file that a loader could trust, wrong. */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "firmware/loader.h"
#include "tests/papr/fixture.h"

enum { RAM = 16 << 20, ADDRESS = 0x400000, FLOOR = 0x10000, CODE_AT = 0x200, CODE = 0x100 };

static char path[] = "/tmp/test-loader-XXXXXX";
static struct mem *mem;

/* A file with one segment; the fields are host numbers, written in the order the file says. */
struct file {
    bool is_le;
    unsigned machine, type, class, phnum, phentsize;
    uint64_t phoff, offset, paddr, vaddr, filesz, memsz, entry;
    size_t size;
};

static struct file good(bool is_le)
{
    return (struct file){
        .is_le = is_le, .machine = EM_PPC64, .type = ET_EXEC, .class = ELFCLASS64, .phnum = 1,
        .phentsize = sizeof(Elf64_Phdr), .phoff = 64, .offset = CODE_AT, .paddr = 0,
        .vaddr = UINT64_C(0xc000000000000000), .entry = UINT64_C(0xc000000000000000),
        .filesz = CODE, .memsz = CODE + 0x40, .size = CODE_AT + CODE,
    };
}

static void put(const struct file *f, void *to, unsigned size, uint64_t v)
{
    uint8_t *bytes = to;

    for (unsigned i = 0; i < size; i++)
        bytes[f->is_le ? i : size - 1 - i] = (uint8_t)(v >> 8 * i);
}
#define PUT(f, header, member, v) put(f, &(header)->member, sizeof(header)->member, v)

static void write_bytes(const void *bytes, size_t size)
{
    FILE *out = fopen(path, "w");

    ck_assert_ptr_nonnull(out);
    ck_assert_uint_eq(fwrite(bytes, 1, size, out), size);
    fclose(out);
}

static bool load(const struct file *f, struct loaded *loaded, struct error *err)
{
    uint8_t bytes[CODE_AT + CODE] = { 0 };
    Elf64_Ehdr header;
    Elf64_Phdr segment;

    memset(&header, 0, sizeof header);
    memset(&segment, 0, sizeof segment);
    memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = (uint8_t)f->class;
    header.e_ident[EI_DATA] = f->is_le ? ELFDATA2LSB : ELFDATA2MSB;
    PUT(f, &header, e_machine, f->machine);
    PUT(f, &header, e_type, f->type);
    PUT(f, &header, e_phoff, f->phoff);
    PUT(f, &header, e_phnum, f->phnum);
    PUT(f, &header, e_phentsize, f->phentsize);
    PUT(f, &header, e_entry, f->entry);
    PUT(f, &segment, p_type, PT_LOAD);
    PUT(f, &segment, p_offset, f->offset);
    PUT(f, &segment, p_paddr, f->paddr);
    PUT(f, &segment, p_vaddr, f->vaddr);
    PUT(f, &segment, p_filesz, f->filesz);
    PUT(f, &segment, p_memsz, f->memsz);
    memcpy(bytes, &header, sizeof header);
    memcpy(bytes + sizeof header, &segment, sizeof segment);
    memset(bytes + CODE_AT, 0xab, CODE);
    write_bytes(bytes, f->size);
    *err = (struct error){ 0 };
    return loader_kernel(mem, path, ADDRESS, FLOOR, RAM, loaded, err);
}

static void setup(void)
{
    strcpy(path, "/tmp/test-loader-XXXXXX");
    close(mkstemp(path));
    mem = mem_new(RAM, NULL);
    ck_assert_ptr_nonnull(mem);
}

static void teardown(void)
{
    mem_free(mem);
    unlink(path);
}

/* That file fails with a text in the cause, and with a hint. */
static void fails(const struct file *f, const char *text)
{
    struct loaded loaded;
    struct error err;

    ck_assert(!load(f, &loaded, &err));
    ck_assert_msg(strstr(err.cause, text), "'%s' is not in '%s'", text, err.cause);
    ck_assert(strstr(err.cause, path));
    ck_assert(err.hint[0]);
}

START_TEST(good_files_of_both_byte_orders)
{
    setup();
    for (int is_le = 0; is_le < 2; is_le++) {
        struct file f = good(is_le);
        struct loaded loaded;
        struct error err;
        const uint8_t *code;

        gpa_fill(mem, 0, 0xee, RAM);
        f.paddr = 0x1000;
        ck_assert_msg(load(&f, &loaded, &err), "%s", err.cause);
        ck_assert_int_eq(loaded.is_le, is_le);
        ck_assert_uint_eq(loaded.start, ADDRESS + 0x1000);
        ck_assert_uint_eq(loaded.end, ADDRESS + 0x1000 + CODE + 0x40);
        code = gpa_map_read(mem, ADDRESS + 0x1000, 0x200);
        ck_assert_uint_eq(code[0], 0xab);
        ck_assert_uint_eq(code[CODE - 1], 0xab);
        ck_assert_uint_eq(code[CODE], 0);
        ck_assert_uint_eq(code[CODE + 0x3f], 0);
        ck_assert_uint_eq(code[CODE + 0x40], 0xee);
    }
    teardown();
}
END_TEST

START_TEST(wrong_kinds_are_named)
{
    struct file f;

    setup();
    f = good(true), f.machine = EM_X86_64, fails(&f, "processor");
    f = good(false), f.machine = EM_PPC, fails(&f, "processor");
    f = good(true), f.class = ELFCLASS32, fails(&f, "32-bit");
    f = good(true), f.type = ET_REL, fails(&f, "no executable");
    f = good(true), f.type = ET_CORE, fails(&f, "no executable");
    f = good(true), f.size = 0, fails(&f, "empty");
    f = good(true), f.size = 63, fails(&f, "short");
    f = good(true), f.memsz = f.filesz = 0, fails(&f, "nothing to load");
    teardown();
}
END_TEST

START_TEST(wrong_fields_are_refused)
{
    struct file f;

    setup();
    f = good(true), f.phnum = 0, fails(&f, "damaged");
    f = good(true), f.phnum = 0xffff, fails(&f, "damaged");
    f = good(true), f.phnum = 100, fails(&f, "damaged");
    f = good(true), f.phentsize = 8, fails(&f, "damaged");
    f = good(true), f.phoff = UINT64_MAX, fails(&f, "damaged");
    f = good(true), f.phoff = UINT64_MAX - 40, fails(&f, "damaged");
    f = good(true), f.phoff = f.size - 8, fails(&f, "damaged");
    f = good(true), f.size = CODE_AT + 8, fails(&f, "damaged");
    f = good(true), f.offset = UINT64_MAX - 8, fails(&f, "damaged");
    f = good(true), f.filesz = f.memsz = UINT64_MAX, fails(&f, "damaged");
    f = good(true), f.filesz = f.memsz + 1, fails(&f, "damaged");
    teardown();
}
END_TEST

START_TEST(segments_stay_in_their_place)
{
    struct loaded loaded;
    struct error err;
    struct file f;

    setup();
    f = good(true), f.memsz = UINT64_MAX, fails(&f, "does not fit");
    f = good(true), f.memsz = RAM, fails(&f, "does not fit");
    f = good(true), f.paddr = RAM, fails(&f, "does not fit");
    f = good(true), f.paddr = RAM - ADDRESS - f.memsz + 1, fails(&f, "does not fit");
    f = good(true), f.paddr = RAM - ADDRESS - f.memsz;
    ck_assert(load(&f, &loaded, &err));
    /* A wild address is one of 256 MiB. */
    f = good(true), f.paddr = UINT64_C(0xfffffffff0000000);
    ck_assert(load(&f, &loaded, &err));
    ck_assert_uint_eq(loaded.start, ADDRESS);
    ck_assert(!loader_kernel(mem, path, FLOOR - 1, FLOOR, RAM, &loaded, &err));
    ck_assert(strstr(err.cause, "overlaps the firmware"));
    teardown();
}
END_TEST

START_TEST(other_files_are_named)
{
    static const struct {
        const char *bytes, *text;
        size_t size;
    } files[] = {
        { "\x1f\x8b", "gzip", 2 }, { "\xfd" "7zXZ", "xz", 6 }, { "\x28\xb5\x2f\xfd", "zstd", 4 },
        { "070701", "cpio", 6 },   { "MZ", "PE", 2 },          { "hello", "not an ELF", 5 },
        { "\xd0\x0d\xfe\xed", "device tree", 4 },
    };

    setup();
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        uint8_t bytes[256] = { 0 };
        struct loaded loaded;
        struct error err = { 0 };

        memcpy(bytes, files[i].bytes, files[i].size);
        write_bytes(bytes, sizeof bytes);
        ck_assert(!loader_kernel(mem, path, ADDRESS, FLOOR, RAM, &loaded, &err));
        ck_assert_msg(strstr(err.cause, files[i].text), "%s", err.cause);
        ck_assert(strstr(err.hint, "ELF"));
    }
    teardown();
}
END_TEST

/* Any bytes whatever: there is an answer. */
START_TEST(noise_is_survived)
{
    setup();
    srand(1);
    for (unsigned round = 0; round < 500; round++) {
        struct file f = good(round % 2);
        struct loaded loaded;
        struct error err = { 0 };
        uint8_t bytes[CODE_AT + CODE];
        FILE *file;

        load(&f, &loaded, &err);
        file = fopen(path, "r");
        ck_assert_uint_eq(fread(bytes, 1, sizeof bytes, file), sizeof bytes);
        fclose(file);
        for (int i = 0; i < 4; i++)
            bytes[4 + rand() % 116] = (uint8_t)rand();
        write_bytes(bytes, sizeof bytes);
        err = (struct error){ 0 };
        if (!loader_kernel(mem, path, ADDRESS, FLOOR, RAM, &loaded, &err))
            ck_assert(err.cause[0]);
        else
            ck_assert(loaded.start >= FLOOR && loaded.end <= RAM && loaded.start < loaded.end);
    }
    teardown();
}
END_TEST

START_TEST(raw_files_fit_or_fail)
{
    struct error err = { 0 };
    uint64_t size;

    setup();
    write_bytes("0123456789", 10);
    ck_assert(loader_raw(mem, "initrd", path, 0x1000, 0x100a, &size, &err));
    ck_assert_uint_eq(size, 10);
    ck_assert_mem_eq(gpa_map_read(mem, 0x1000, 10), "0123456789", 10);
    ck_assert(!loader_raw(mem, "initrd", path, 0x1000, 0x1009, &size, &err));
    ck_assert(strstr(err.cause, "initrd") && strstr(err.cause, "too large"));
    err = (struct error){ 0 };
    ck_assert(!loader_raw(mem, "initrd", path, 0x1000, 0, &size, &err));
    err = (struct error){ 0 };
    ck_assert(!loader_raw(mem, "initrd", "/nonexistent/x", 0, RAM, &size, &err));
    ck_assert(strstr(err.cause, "/nonexistent/x") && err.hint[0]);
    err = (struct error){ 0 };
    ck_assert(!loader_raw(mem, "initrd", "/", 0, RAM, &size, &err));
    ck_assert(strstr(err.cause, "regular file"));
    teardown();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        good_files_of_both_byte_orders, wrong_kinds_are_named, wrong_fields_are_refused,
        segments_stay_in_their_place, other_files_are_named, noise_is_survived,
        raw_files_fit_or_fail,
    };

    return fixture_run("loader", tests, ARRAY_SIZE(tests));
}
