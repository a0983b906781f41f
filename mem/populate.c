/* Filling guest memory by write(); see populate.h. */
#include "mem/populate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/bits.h"

static uint64_t page_size(void)
{
    return (uint64_t)sysconf(_SC_PAGESIZE);
}

/* Files without a way to write refuse even nothing. */
bool populate_can_write(int memory_fd)
{
    return pwrite(memory_fd, "", 0, 0) == 0;
}

static bool write_all(int fd, const uint8_t *from, uint64_t size, uint64_t to)
{
    while (size) {
        ssize_t n = pwrite(fd, from, size, (off_t)to);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0 || (uint64_t)n % page_size()) {
            errno = n < 0 ? errno : EIO;
            return false;
        }
        from += n;
        to += (uint64_t)n;
        size -= (uint64_t)n;
    }
    return true;
}

static bool read_all(int fd, uint8_t *to, uint64_t size, uint64_t offset)
{
    while (size) {
        ssize_t n = pread(fd, to, size, (off_t)offset);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            errno = n < 0 ? errno : ENODATA;
            return false;
        }
        to += n;
        offset += (uint64_t)n;
        size -= (uint64_t)n;
    }
    return true;
}

/* The last bytes, as a whole page. */
static bool write_end(int memory_fd, uint64_t to, int file_fd, uint64_t offset, uint64_t size)
{
    uint8_t *page = aligned_alloc(page_size(), page_size());
    bool ok = page;

    if (ok) {
        memset(page, 0, page_size());
        ok = read_all(file_fd, page, size, offset) && write_all(memory_fd, page, page_size(), to);
    }
    free(page);
    return ok;
}

/* From a mapping of the file: the kernel copies once, out of the page cache. */
static bool write_whole(int memory_fd, uint64_t to, int file_fd, uint64_t offset, uint64_t size)
{
    uint64_t skipped = offset % page_size();
    void *map = mmap(NULL, size + skipped, PROT_READ, MAP_PRIVATE, file_fd, (off_t)(offset - skipped));
    bool ok;

    if (map == MAP_FAILED)
        return false;
    ok = write_all(memory_fd, (const uint8_t *)map + skipped, size, to);
    munmap(map, size + skipped);
    return ok;
}

bool populate_by_write(int memory_fd, uint64_t to, int file_fd, uint64_t offset, uint64_t size)
{
    uint64_t whole = align_down(size, page_size());

    if (to % page_size()) {
        errno = EINVAL;
        return false;
    }
    return (!whole || write_whole(memory_fd, to, file_fd, offset, whole)) &&
           (whole == size || write_end(memory_fd, to + whole, file_fd, offset + whole, size - whole));
}
