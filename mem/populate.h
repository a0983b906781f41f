/* Guest memory that is a file of the kernel's, and filling it by write(): a guest_memfd, whose pages only the kernel may
 * bring in on some kernels.
 *
 * Where memory is ordinary, an image is mapped (mem_place_file()). Where it is such a file, its pages belong to it: they
 * are written, whole ones, each once, the rest of the last one as zeros. Not every such file takes writes: that is asked
 * for at run time, and images are read into the mapping then. */
#ifndef MEM_POPULATE_H
#define MEM_POPULATE_H

#include <stdbool.h>
#include <stdint.h>

/* True if the kernel lets memory_fd be written at all. Without effects. */
bool populate_can_write(int memory_fd);

/* Size bytes of file_fd from offset on come to memory_fd at `to`, a multiple of the host's page, and zeros behind them up
 * to the end of the page. False with errno if it refuses; parts may have been written then. */
bool populate_by_write(int memory_fd, uint64_t to, int file_fd, uint64_t offset, uint64_t size);

#endif
