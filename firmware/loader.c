/* Images for the guest; see loader.h. */
#include "firmware/loader.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/checked.h"
#include "base/endian.h"

enum { PADDR_MASK = 0x0fffffff, MOST_SEGMENTS = 256 };

struct image {
    const char *what, *path;
    int fd;
    uint64_t size;
};

static bool open_image(struct image *image, const char *what, const char *path, struct error *err)
{
    struct stat st;

    image->what = what;
    image->path = path;
    image->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (image->fd < 0 || fstat(image->fd, &st)) {
        error_set(err, ERROR_FILE, "can't open %s '%s': %s", what, path, strerror(errno));
        error_hint(err, "check the name and that you may read the file");
        return false;
    }
    if (!S_ISREG(st.st_mode)) {
        error_set(err, ERROR_FILE, "%s '%s' is not a regular file", what, path);
        error_hint(err, "copy it into one: it is read again whenever the machine is reset");
        close(image->fd);
        return false;
    }
    image->size = (uint64_t)st.st_size;
    return true;
}

static bool read_at(const struct image *image, void *to, uint64_t size, uint64_t offset,
                    struct error *err)
{
    uint8_t *p = to;

    while (size) {
        ssize_t n = pread(image->fd, p, size, (off_t)offset);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return error_set(err, ERROR_FILE, "can't read %s '%s': %s", image->what, image->path,
                             n ? strerror(errno) : "it is shorter than it was");
        p += n;
        offset += (uint64_t)n;
        size -= (uint64_t)n;
    }
    return true;
}

/* What a file that is no ELF executable begins with, for the error message. */
static const char *kind_of(const uint8_t *h)
{
    if (h[0] == 0x1f && h[1] == 0x8b)
        return "a gzip-compressed file";
    if (!memcmp(h, "\xfd" "7zXZ", 5))
        return "an xz-compressed file";
    if (ld_le32(h) == 0xfd2fb528)
        return "a zstd-compressed file";
    if (ld_be32(h) == 0x27051956)
        return "a U-Boot image";
    if (ld_be32(h) == 0xd00dfeed)
        return "a device tree";
    if (!memcmp(h, "070701", 6))
        return "a cpio archive";
    if (!memcmp(h, "MZ", 2))
        return "a PE/EFI image";
    return "not an ELF file";
}

static bool wrong_kind(const struct image *image, const char *is, struct error *err)
{
    error_set(err, ERROR_FORMAT, "%s '%s' is %s", image->what, image->path, is);
    error_hint(err, "expected is a 64-bit PowerPC ELF executable, such as a kernel's vmlinux");
    return false;
}

/* The header's numbers in either byte order. */
struct header {
    bool is_le;
    uint64_t phoff;
    unsigned phentsize, phnum;
};

static uint16_t half(const struct header *h, const void *p)
{
    return h->is_le ? ld_le16(p) : ld_be16(p);
}

static uint32_t word(const struct header *h, const void *p)
{
    return h->is_le ? ld_le32(p) : ld_be32(p);
}

static uint64_t xword(const struct header *h, const void *p)
{
    return h->is_le ? ld_le64(p) : ld_be64(p);
}

static bool read_header(const struct image *image, struct header *h, struct error *err)
{
    Elf64_Ehdr e;
    const uint8_t *ident = e.e_ident;
    unsigned type;

    memset(&e, 0, sizeof e);
    if (image->size < sizeof e)
        return wrong_kind(image, image->size ? "too short to be a kernel" : "empty", err);
    if (!read_at(image, &e, sizeof e, 0, err))
        return false;
    if (memcmp(ident, ELFMAG, SELFMAG))
        return wrong_kind(image, kind_of(ident), err);
    if (ident[EI_CLASS] != ELFCLASS64)
        return wrong_kind(image, "a 32-bit ELF file", err);
    if (ident[EI_DATA] != ELFDATA2LSB && ident[EI_DATA] != ELFDATA2MSB)
        return wrong_kind(image, "an ELF file of unknown byte order", err);
    h->is_le = ident[EI_DATA] == ELFDATA2LSB;
    type = half(h, &e.e_type);
    if (half(h, &e.e_machine) != EM_PPC64)
        return wrong_kind(image, "an ELF file for another processor", err);
    if (type != ET_EXEC && type != ET_DYN)
        return wrong_kind(image, "an ELF file that is no executable", err);
    h->phoff = xword(h, &e.e_phoff);
    h->phentsize = half(h, &e.e_phentsize);
    h->phnum = half(h, &e.e_phnum);
    if (h->phentsize < sizeof(Elf64_Phdr) || !h->phnum || h->phnum > MOST_SEGMENTS ||
        !range_within(h->phoff, (uint64_t)h->phentsize * h->phnum, image->size))
        return wrong_kind(image, "truncated or damaged (its program headers lie outside the file)",
                          err);
    return true;
}

static bool load_segment(struct mem *mem, const struct image *image, const struct header *h,
                         unsigned n, gpa_t address, gpa_t floor, gpa_t limit,
                         struct loaded *result, bool *any, struct error *err)
{
    Elf64_Phdr p;
    uint64_t offset, file_size, memory_size;
    gpa_t to;
    void *ram;

    if (!read_at(image, &p, sizeof p, h->phoff + (uint64_t)n * h->phentsize, err))
        return false;
    offset = xword(h, &p.p_offset);
    file_size = xword(h, &p.p_filesz);
    memory_size = xword(h, &p.p_memsz);
    if (word(h, &p.p_type) != PT_LOAD || !memory_size)
        return true;
    if (file_size > memory_size || !range_within(offset, file_size, image->size))
        return wrong_kind(image, "truncated or damaged (a segment lies outside the file)", err);
    to = (xword(h, &p.p_paddr) & PADDR_MASK) + address;
    if (to < floor) {
        error_set(err, ERROR_FORMAT, "%s '%s' overlaps the firmware (segment at 0x%llx)",
                  image->what, image->path, (unsigned long long)to);
        error_hint(err, "load it higher with -M pseries,kernel-addr=0x400000");
        return false;
    }
    if (!range_within(to, memory_size, limit) || !(ram = gpa_map_write(mem, to, memory_size))) {
        error_set(err, ERROR_FORMAT, "%s '%s' does not fit: a segment of %llu MiB at 0x%llx",
                  image->what, image->path, (unsigned long long)(memory_size >> 20),
                  (unsigned long long)to);
        error_hint(err, "give the machine more memory with -m");
        return false;
    }
    if (!read_at(image, ram, file_size, offset, err))
        return false;
    memset((uint8_t *)ram + file_size, 0, memory_size - file_size);
    if (!*any || to < result->start)
        result->start = to;
    if (to + memory_size > result->end)
        result->end = to + memory_size;
    *any = true;
    return true;
}

bool loader_kernel(struct mem *mem, const char *path, gpa_t address, gpa_t floor, gpa_t limit,
                   struct loaded *result, struct error *err)
{
    struct image image;
    struct header h;
    bool any = false, ok;

    if (!open_image(&image, "kernel", path, err))
        return false;
    *result = (struct loaded){ 0 };
    ok = read_header(&image, &h, err);
    for (unsigned n = 0; ok && n < h.phnum; n++)
        ok = load_segment(mem, &image, &h, n, address, floor, limit, result, &any, err);
    if (ok && !any)
        ok = wrong_kind(&image, "an ELF file with nothing to load", err);
    close(image.fd);
    result->is_le = ok && h.is_le;
    return ok;
}

bool loader_raw(struct mem *mem, const char *what, const char *path, gpa_t address, gpa_t limit,
                uint64_t *size, struct error *err)
{
    struct image image;
    bool ok;

    if (!open_image(&image, what, path, err))
        return false;
    *size = image.size;
    if (!range_within(address, image.size, limit) || !gpa_is_ram(mem, address, image.size)) {
        error_set(err, ERROR_FORMAT, "%s '%s' is too large: %llu MiB, of which %llu fit", what, path,
                  (unsigned long long)(image.size >> 20),
                  (unsigned long long)(limit > address ? (limit - address) >> 20 : 0));
        error_hint(err, "give the machine more memory with -m");
        close(image.fd);
        return false;
    }
    /* Mapped rather than read: tests/bench/load-image.c has the figures. */
    ok = mem_place_file(mem, address, image.fd, 0, image.size);
    if (!ok)
        error_set(err, ERROR_FILE, "can't read %s '%s': %s", what, path, strerror(errno));
    close(image.fd);
    return ok;
}
