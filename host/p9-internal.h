/* Between the files of the 9P server: p9.c has the messages, p9-files.c the files beneath the root. */
#ifndef HOST_P9_INTERNAL_H
#define HOST_P9_INTERNAL_H

#include <sys/stat.h>
#include <sys/types.h>

#include "host/p9.h"

/* A file that the guest has a number for. All that return int: 0 or more, or a negative errno. */
struct p9_node {
    unsigned uses;
    int fd; /* with O_PATH; -1: closed for want of descriptors, to be found again by its name */
    dev_t dev;
    ino_t ino;
    mode_t type;            /* on the host */
    struct p9_node *parent; /* NULL: the root */
    char *name;
    struct p9_node *newer, *older; /* of all that have a descriptor, but the root */
    struct p9_node *next, **link;  /* of all nodes */
};

struct p9_files {
    struct p9_options options;
    struct p9_node *root;
    struct p9_node *nodes;           /* all */
    struct p9_node *newest, *oldest; /* by use */
    unsigned n_fds, n_fds_most;      /* of nodes */
    unsigned n_open, n_open_most;    /* of files that were opened to be read and written */
    unsigned long walked;            /* counts, for the tests */
};

/* Who makes a file, and what it shall be. */
struct p9_maker {
    uint32_t uid, gid, mode;
};

/* Of a file: the bytes that Rgetattr tells. */
struct p9_attributes {
    uint32_t valid; /* bits of enum p9_set, for files_set() */
    uint32_t mode, uid, gid;
    uint64_t size;
    struct timespec atime, mtime;
};

enum p9_set {
    P9_SET_MODE = 1,
    P9_SET_UID = 2,
    P9_SET_GID = 4,
    P9_SET_SIZE = 8,
    P9_SET_ATIME = 0x10,
    P9_SET_MTIME = 0x20,
    P9_SET_CTIME = 0x40,
    P9_SET_ATIME_GIVEN = 0x80,
    P9_SET_MTIME_GIVEN = 0x100,
};

bool p9_files_init(struct p9_files *f, const struct p9_options *options, struct error *err);
void p9_files_destroy(struct p9_files *f);

/* One more use, one less. */
struct p9_node *p9_node_get(struct p9_node *n);
void p9_node_put(struct p9_files *f, struct p9_node *n);

/* A name in a folder, or "..", as a new node with one use. */
int p9_walk(struct p9_files *f, struct p9_node *dir, const char *name, struct p9_node **to);
int p9_stat(struct p9_files *f, struct p9_node *n, struct stat *s);
/* Of an entry of an open folder, by which the guest's view of its kind is told. */
mode_t p9_type_of_entry(struct p9_files *f, int dir_fd, const char *name, mode_t host_type);
int p9_set(struct p9_files *f, struct p9_node *n, const struct p9_attributes *a);
/* A descriptor for reading and writing, by the flags of open() that this program's own headers have. To be given back by
 * p9_close(). */
int p9_open(struct p9_files *f, struct p9_node *n, int flags);
void p9_close(struct p9_files *f, int fd);
/* The same for a file that may not be there yet; also its node. */
int p9_create(struct p9_files *f, struct p9_node *dir, const char *name, int flags,
              const struct p9_maker *maker, struct p9_node **to);
int p9_mkdir(struct p9_files *f, struct p9_node *dir, const char *name,
             const struct p9_maker *maker);
int p9_mknod(struct p9_files *f, struct p9_node *dir, const char *name,
             const struct p9_maker *maker, uint32_t major, uint32_t minor);
int p9_symlink(struct p9_files *f, struct p9_node *dir, const char *name, const char *target,
               const struct p9_maker *maker);
int p9_readlink(struct p9_files *f, struct p9_node *n, char *target, size_t size);
int p9_link(struct p9_files *f, struct p9_node *n, struct p9_node *dir, const char *name);
int p9_rename(struct p9_files *f, struct p9_node *from, const char *name, struct p9_node *to,
              const char *new_name);
int p9_unlink(struct p9_files *f, struct p9_node *dir, const char *name, bool is_folder);
/* The place where a node is, if it is there still. */
int p9_check_place(struct p9_files *f, struct p9_node *n);
struct statfs;
int p9_statfs(struct p9_files *f, struct p9_node *n, struct statfs *s);
/* Attributes; a NULL name lists all. to NULL: the size. */
ssize_t p9_get_attribute(struct p9_files *f, struct p9_node *n, const char *name, void *to,
                         size_t size);
int p9_set_attribute(struct p9_files *f, struct p9_node *n, const char *name, const void *value,
                     size_t size, int flags);
int p9_remove_attribute(struct p9_files *f, struct p9_node *n, const char *name);

#endif
