/* The files of a 9P server, all beneath its root; see p9-internal.h.
 *
 * A node holds a descriptor with O_PATH, which names the file whatever is renamed meanwhile. A guest may hold more nodes
 * than a process may have descriptors: those that were not used for longest are closed, and found again from their
 * parents by their names, if the file there is the same one still. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "host/p9-internal.h"

enum { DESCRIPTORS = 1 << 16, DESCRIPTORS_LEAST = 64, OWN_PATH = 32 };

static const char mapped_prefix[] = "user.virtfs.";

/* ---- names ---- */

static bool is_name(const char *name)
{
    return name[0] && strcmp(name, ".") && strcmp(name, "..") && !strchr(name, '/') &&
           strlen(name) <= NAME_MAX;
}

/* All ways to a file lead through here, or through an O_PATH descriptor that came from here. */
static int open_beneath(int dir_fd, const char *name, uint64_t flags, mode_t mode)
{
    struct open_how how = {
        .flags = flags | O_NOFOLLOW | O_CLOEXEC,
        .mode = mode,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS,
    };
    int fd;

    do
        fd = (int)syscall(SYS_openat2, dir_fd, name, &how, sizeof how);
    while (fd < 0 && (errno == EINTR || errno == EAGAIN));
    return fd < 0 ? -errno : fd;
}

/* A path to what a descriptor stands for, for calls that take none with O_PATH. The one link of its kind that is
 * followed, and it is ours. */
static const char *own_path(int fd, char path[OWN_PATH])
{
    snprintf(path, OWN_PATH, "/proc/self/fd/%d", fd);
    return path;
}

/* ---- nodes ---- */

static void unlist(struct p9_files *f, struct p9_node *n)
{
    *(n->newer ? &n->newer->older : &f->newest) = n->older;
    *(n->older ? &n->older->newer : &f->oldest) = n->newer;
    n->newer = n->older = NULL;
}

static void list(struct p9_files *f, struct p9_node *n)
{
    n->newer = NULL;
    n->older = f->newest;
    *(f->newest ? &f->newest->newer : &f->oldest) = n;
    f->newest = n;
}

static void close_node(struct p9_files *f, struct p9_node *n)
{
    if (n->fd < 0)
        return;
    close(n->fd);
    n->fd = -1;
    if (n->parent) {
        unlist(f, n);
        f->n_fds--;
    }
}

static void give_fd(struct p9_files *f, struct p9_node *n, int fd)
{
    n->fd = fd;
    list(f, n);
    if (++f->n_fds > f->n_fds_most)
        close_node(f, f->oldest);
}

static bool is_same(const struct p9_node *n, const struct stat *s)
{
    return n->dev == s->st_dev && n->ino == s->st_ino && n->type == (s->st_mode & S_IFMT);
}

/* Its descriptor. */
static int fd_of(struct p9_files *f, struct p9_node *n)
{
    struct stat s;
    int dir, fd;

    if (n->fd >= 0) {
        if (n->parent) {
            unlist(f, n);
            list(f, n);
        }
        return n->fd;
    }
    dir = fd_of(f, n->parent);
    if (dir < 0)
        return dir;
    fd = open_beneath(dir, n->name, O_PATH, 0);
    if (fd < 0)
        return fd;
    if (fstat(fd, &s) || !is_same(n, &s)) {
        close(fd);
        return -ESTALE;
    }
    give_fd(f, n, fd);
    return fd;
}

struct p9_node *p9_node_get(struct p9_node *n)
{
    n->uses++;
    return n;
}

void p9_node_put(struct p9_files *f, struct p9_node *n)
{
    while (n && !--n->uses) {
        struct p9_node *parent = n->parent;

        close_node(f, n);
        *n->link = n->next;
        if (n->next)
            n->next->link = n->link;
        free(n->name);
        free(n);
        n = parent;
    }
}

/* Takes the descriptor, and a use of the parent. */
static struct p9_node *new_node(struct p9_files *f, struct p9_node *parent, const char *name,
                                int fd)
{
    struct p9_node *n = calloc(1, sizeof *n);
    struct stat s;

    if (!n || !(n->name = strdup(name)) || fstat(fd, &s)) {
        free(n ? n->name : NULL);
        free(n);
        close(fd);
        return NULL;
    }
    n->uses = 1;
    n->dev = s.st_dev;
    n->ino = s.st_ino;
    n->type = s.st_mode & S_IFMT;
    n->next = f->nodes;
    n->link = &f->nodes;
    if (n->next)
        n->next->link = &n->next;
    f->nodes = n;
    if (parent) {
        n->parent = p9_node_get(parent);
        give_fd(f, n, fd);
    } else {
        n->fd = fd;
    }
    return n;
}

/* ---- metadata ---- */

typedef ssize_t get_function(const char *path, const char *name, void *value, size_t size);

/* get: getxattr for a path of own_path(), lgetxattr for one of the guest's. */
static bool get_mapped(get_function *get, const char *path, const char *name, void *value,
                       size_t size)
{
    char full[64];

    snprintf(full, sizeof full, "%s%s", mapped_prefix, name);
    return get(path, full, value, size) == (ssize_t)size;
}

static uint32_t from_le32(const uint8_t *b)
{
    return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static int set_mapped(const char *path, const char *name, uint64_t value, size_t size)
{
    char full[64];
    uint8_t bytes[8];

    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
    snprintf(full, sizeof full, "%s%s", mapped_prefix, name);
    return setxattr(path, full, bytes, size, 0) ? -errno : 0;
}

/* Attributes belong to regular files and folders only; those are all that this server makes then. */
static void apply_mapped(const char *path, struct stat *s)
{
    uint8_t b[8];

    if (!S_ISREG(s->st_mode) && !S_ISDIR(s->st_mode))
        return;
    if (get_mapped(getxattr, path, "uid", b, 4))
        s->st_uid = from_le32(b);
    if (get_mapped(getxattr, path, "gid", b, 4))
        s->st_gid = from_le32(b);
    if (get_mapped(getxattr, path, "mode", b, 4))
        s->st_mode = from_le32(b);
    if (get_mapped(getxattr, path, "rdev", b, 8))
        s->st_rdev = from_le32(b) | (uint64_t)from_le32(b + 4) << 32;
}

int p9_stat(struct p9_files *f, struct p9_node *n, struct stat *s)
{
    int fd = fd_of(f, n);
    char path[OWN_PATH];

    if (fd < 0)
        return fd;
    if (fstat(fd, s))
        return -errno;
    if (f->options.security == P9_MAPPED)
        apply_mapped(own_path(fd, path), s);
    return 0;
}

mode_t p9_type_of_entry(struct p9_files *f, int dir_fd, const char *name, mode_t host_type)
{
    char path[OWN_PATH + NAME_MAX + 2];
    uint8_t b[4];

    if (f->options.security != P9_MAPPED || host_type != S_IFREG || !is_name(name))
        return host_type;
    own_path(dir_fd, path);
    snprintf(path + strlen(path), NAME_MAX + 2, "/%s", name);
    return get_mapped(lgetxattr, path, "mode", b, 4) ? from_le32(b) & S_IFMT : host_type;
}

static int set_owner(struct p9_files *f, int fd, uint32_t uid, uint32_t gid)
{
    if (!fchownat(fd, "", uid, gid, AT_EMPTY_PATH) || f->options.security == P9_NONE)
        return 0;
    return -errno;
}

/* A mode of a file that is no link, which has none. */
static int set_mode(const char *path, uint32_t mode)
{
    return chmod(path, mode & ~(mode_t)S_IFMT) ? -errno : 0;
}

static int set_mapped_attributes(int fd, const struct stat *old, const struct p9_attributes *a)
{
    char path[OWN_PATH];
    int error = 0;

    own_path(fd, path);
    if (a->valid & P9_SET_MODE)
        error =
            set_mapped(path, "mode", (a->mode & ~(uint32_t)S_IFMT) | (old->st_mode & S_IFMT), 4);
    if (!error && a->valid & P9_SET_UID)
        error = set_mapped(path, "uid", a->uid, 4);
    if (!error && a->valid & P9_SET_GID)
        error = set_mapped(path, "gid", a->gid, 4);
    return error;
}

static int set_times(const char *path, const struct p9_attributes *a)
{
    struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_nsec = UTIME_OMIT } };

    if (a->valid & P9_SET_ATIME)
        times[0] =
            a->valid & P9_SET_ATIME_GIVEN ? a->atime : (struct timespec){ .tv_nsec = UTIME_NOW };
    if (a->valid & P9_SET_MTIME)
        times[1] =
            a->valid & P9_SET_MTIME_GIVEN ? a->mtime : (struct timespec){ .tv_nsec = UTIME_NOW };
    return utimensat(AT_FDCWD, path, times, 0) ? -errno : 0;
}

static int check_writable(const struct p9_files *f)
{
    return f->options.read_only ? -EROFS : 0;
}

int p9_set(struct p9_files *f, struct p9_node *n, const struct p9_attributes *a)
{
    int fd = fd_of(f, n), error = check_writable(f);
    char path[OWN_PATH];
    struct stat s;

    if (fd < 0 || error)
        return fd < 0 ? fd : error;
    own_path(fd, path);
    if ((error = p9_stat(f, n, &s)))
        return error;
    if (f->options.security == P9_MAPPED)
        error = set_mapped_attributes(fd, &s, a);
    else if (a->valid & (P9_SET_UID | P9_SET_GID))
        error = set_owner(f, fd, a->valid & P9_SET_UID ? a->uid : (uint32_t)-1,
                          a->valid & P9_SET_GID ? a->gid : (uint32_t)-1);
    if (!error && f->options.security != P9_MAPPED && a->valid & P9_SET_MODE)
        error = S_ISLNK(s.st_mode) ? -EOPNOTSUPP : set_mode(path, a->mode);
    if (!error && a->valid & P9_SET_SIZE)
        error = !S_ISREG(n->type) ? -EINVAL : truncate(path, (off_t)a->size) ? -errno : 0;
    if (!error && a->valid & (P9_SET_ATIME | P9_SET_MTIME))
        error = set_times(path, a);
    return error;
}

/* What was just made gets the owner and mode that its maker wants. */
static int dress(struct p9_files *f, int fd, const struct p9_maker *maker, mode_t type)
{
    char path[OWN_PATH];
    int error;

    own_path(fd, path);
    if (f->options.security == P9_MAPPED) {
        error = set_mapped(path, "uid", maker->uid, 4);
        error = error ? error : set_mapped(path, "gid", maker->gid, 4);
        return error ? error
                     : set_mapped(path, "mode", (maker->mode & ~(uint32_t)S_IFMT) | type, 4);
    }
    error = set_owner(f, fd, maker->uid, maker->gid);
    return error || type == S_IFLNK ? error : set_mode(path, maker->mode);
}

/* ---- files ---- */

int p9_walk(struct p9_files *f, struct p9_node *dir, const char *name, struct p9_node **to)
{
    int dir_fd, fd;

    f->walked++;
    if (!strcmp(name, "..")) {
        *to = p9_node_get(dir->parent ? dir->parent : dir);
        return 0;
    }
    if (!strcmp(name, ".")) {
        *to = p9_node_get(dir);
        return 0;
    }
    if (!is_name(name))
        return -ENOENT;
    dir_fd = fd_of(f, dir);
    if (dir_fd < 0)
        return dir_fd;
    fd = open_beneath(dir_fd, name, O_PATH, 0);
    if (fd < 0)
        return fd;
    *to = new_node(f, dir, name, fd);
    return *to ? 0 : -ENOMEM;
}

static bool is_for_writing(int flags)
{
    return (flags & O_ACCMODE) != O_RDONLY || flags & (O_TRUNC | O_CREAT);
}

static int count_open(struct p9_files *f, int fd)
{
    if (fd >= 0)
        f->n_open++;
    return fd;
}

int p9_open(struct p9_files *f, struct p9_node *n, int flags)
{
    char path[OWN_PATH];
    int fd = fd_of(f, n);

    if (fd < 0)
        return fd;
    if (is_for_writing(flags) && check_writable(f))
        return -EROFS;
    /* A device or a pipe would be the host's, and could block. */
    if (!S_ISREG(n->type) && !S_ISDIR(n->type))
        return S_ISLNK(n->type) ? -ELOOP : -ENXIO;
    if (f->n_open >= f->n_open_most)
        return -ENFILE;
    fd = open(own_path(fd, path), flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    return fd < 0 ? -errno : count_open(f, fd);
}

void p9_close(struct p9_files *f, int fd)
{
    close(fd);
    f->n_open--;
}

/* For what is to be made: the folder's descriptor. */
static int folder_for(struct p9_files *f, struct p9_node *dir, const char *name)
{
    if (!is_name(name))
        return name[0] && strlen(name) > NAME_MAX ? -ENAMETOOLONG : -EINVAL;
    return check_writable(f) ? -EROFS : fd_of(f, dir);
}

/* Where files have other owners and modes than theirs, they are open to nobody else. */
static mode_t first_mode(const struct p9_files *f, mode_t mapped, uint32_t mode)
{
    return f->options.security == P9_MAPPED ? mapped : mode & 0777;
}

int p9_create(struct p9_files *f, struct p9_node *dir, const char *name, int flags,
              const struct p9_maker *maker, struct p9_node **to)
{
    int dir_fd = folder_for(f, dir, name), fd, error;

    *to = NULL;
    if (dir_fd < 0)
        return dir_fd;
    if (f->n_open >= f->n_open_most)
        return -ENFILE;
    fd = open_beneath(dir_fd, name, (uint64_t)flags | O_CREAT | O_EXCL,
                      first_mode(f, 0600, maker->mode));
    if (fd == -EEXIST && !(flags & O_EXCL)) {
        error = p9_walk(f, dir, name, to);
        fd = error ? error : p9_open(f, *to, flags);
        if (fd < 0)
            p9_node_put(f, *to);
        return fd;
    }
    if (fd < 0)
        return fd;
    error = dress(f, fd, maker, S_IFREG);
    error = error ? error : p9_walk(f, dir, name, to);
    if (!error)
        return count_open(f, fd);
    close(fd);
    unlinkat(dir_fd, name, 0);
    return error;
}

/* The same for what is not opened; it goes again if it can't be dressed. */
static int finish(struct p9_files *f, int dir_fd, const char *name, const struct p9_maker *maker,
                  mode_t type, bool is_folder)
{
    int fd = open_beneath(dir_fd, name, O_PATH, 0), error;

    if (fd < 0)
        return fd;
    error = dress(f, fd, maker, type);
    close(fd);
    if (error)
        unlinkat(dir_fd, name, is_folder ? AT_REMOVEDIR : 0);
    return error;
}

int p9_mkdir(struct p9_files *f, struct p9_node *dir, const char *name,
             const struct p9_maker *maker)
{
    int dir_fd = folder_for(f, dir, name);

    if (dir_fd < 0)
        return dir_fd;
    if (mkdirat(dir_fd, name, first_mode(f, 0700, maker->mode)))
        return -errno;
    return finish(f, dir_fd, name, maker, S_IFDIR, true);
}

/* A regular file that stands for something else. */
static int make_stand_in(int dir_fd, const char *name, const char *content)
{
    int fd = open_beneath(dir_fd, name, O_CREAT | O_EXCL | O_WRONLY, 0600);
    size_t size = strlen(content);

    if (fd < 0)
        return fd;
    if (write(fd, content, size) != (ssize_t)size) {
        close(fd);
        unlinkat(dir_fd, name, 0);
        return -EIO;
    }
    close(fd);
    return 0;
}

int p9_mknod(struct p9_files *f, struct p9_node *dir, const char *name,
             const struct p9_maker *maker, uint32_t major, uint32_t minor)
{
    int dir_fd = folder_for(f, dir, name), error;
    mode_t type = maker->mode & S_IFMT;
    char path[OWN_PATH];

    if (dir_fd < 0)
        return dir_fd;
    if (f->options.security != P9_MAPPED) {
        if (mknodat(dir_fd, name, type | (maker->mode & 0777), makedev(major, minor)))
            return -errno;
        return finish(f, dir_fd, name, maker, type, false);
    }
    error = make_stand_in(dir_fd, name, "");
    error = error ? error : finish(f, dir_fd, name, maker, type, false);
    if (!error && (S_ISCHR(type) || S_ISBLK(type))) {
        int fd = open_beneath(dir_fd, name, O_PATH, 0);

        error = fd < 0 ? fd : set_mapped(own_path(fd, path), "rdev", makedev(major, minor), 8);
        if (fd >= 0)
            close(fd);
    }
    return error;
}

int p9_symlink(struct p9_files *f, struct p9_node *dir, const char *name, const char *target,
               const struct p9_maker *maker)
{
    struct p9_maker link = { maker->uid, maker->gid, 0777 };
    int dir_fd = folder_for(f, dir, name), error;

    if (dir_fd < 0)
        return dir_fd;
    if (f->options.security == P9_MAPPED)
        error = make_stand_in(dir_fd, name, target);
    else
        error = symlinkat(target, dir_fd, name) ? -errno : 0;
    return error ? error : finish(f, dir_fd, name, &link, S_IFLNK, false);
}

static int read_stand_in(int path_fd, char *target, size_t size)
{
    char path[OWN_PATH];
    int fd = open(own_path(path_fd, path), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t n = fd < 0 ? -1 : read(fd, target, size);
    int error = errno;

    if (fd >= 0)
        close(fd);
    return n < 0 ? -error : (int)n;
}

int p9_readlink(struct p9_files *f, struct p9_node *n, char *target, size_t size)
{
    int fd = fd_of(f, n);
    struct stat s;
    ssize_t length;

    if (fd < 0)
        return fd;
    if (S_ISREG(n->type)) {
        int error = p9_stat(f, n, &s);

        return error ? error : S_ISLNK(s.st_mode) ? read_stand_in(fd, target, size) : -EINVAL;
    }
    length = readlinkat(fd, "", target, size);
    return length < 0 ? -(errno == ENOENT ? EINVAL : errno) : (int)length;
}

int p9_link(struct p9_files *f, struct p9_node *n, struct p9_node *dir, const char *name)
{
    int dir_fd = folder_for(f, dir, name), fd = fd_of(f, n);
    char path[OWN_PATH];

    if (dir_fd < 0 || fd < 0)
        return dir_fd < 0 ? dir_fd : fd;
    return linkat(AT_FDCWD, own_path(fd, path), dir_fd, name, AT_SYMLINK_FOLLOW) ? -errno : 0;
}

int p9_check_place(struct p9_files *f, struct p9_node *n)
{
    int dir_fd = n->parent ? fd_of(f, n->parent) : -EBUSY;
    struct stat s;

    if (dir_fd < 0)
        return dir_fd;
    if (fstatat(dir_fd, n->name, &s, AT_SYMLINK_NOFOLLOW))
        return -errno;
    return is_same(n, &s) ? 0 : -ESTALE;
}

static bool is_folder_of(const struct p9_node *n, const struct p9_node *dir)
{
    return n->parent && n->parent->dev == dir->dev && n->parent->ino == dir->ino;
}

/* Nodes that were found under the old name are found under the new one from now on. */
static void follow_rename(struct p9_files *f, const struct stat *s, const struct p9_node *from,
                          const char *name, struct p9_node *to, const char *new_name)
{
    struct p9_node *n = f->nodes;

    while (n) {
        struct p9_node *parent = n->parent;
        char *copy;

        if (!is_same(n, s) || !is_folder_of(n, from) || strcmp(n->name, name) ||
            !(copy = strdup(new_name))) {
            n = n->next;
            continue;
        }
        free(n->name);
        n->name = copy;
        n->parent = p9_node_get(to);
        p9_node_put(f, parent); /* others may go with it, and with them what is next */
        n = f->nodes;
    }
}

int p9_rename(struct p9_files *f, struct p9_node *from, const char *name, struct p9_node *to,
              const char *new_name)
{
    int from_fd = folder_for(f, from, name), to_fd = folder_for(f, to, new_name);
    struct stat s;

    if (from_fd < 0 || to_fd < 0)
        return from_fd < 0 ? from_fd : to_fd;
    if (fstatat(from_fd, name, &s, AT_SYMLINK_NOFOLLOW) || renameat(from_fd, name, to_fd, new_name))
        return -errno;
    if (from->ino != to->ino || from->dev != to->dev || strcmp(name, new_name))
        follow_rename(f, &s, from, name, to, new_name);
    return 0;
}

int p9_unlink(struct p9_files *f, struct p9_node *dir, const char *name, bool is_folder)
{
    int dir_fd = folder_for(f, dir, name);

    if (dir_fd < 0)
        return dir_fd;
    return unlinkat(dir_fd, name, is_folder ? AT_REMOVEDIR : 0) ? -errno : 0;
}

int p9_statfs(struct p9_files *f, struct p9_node *n, struct statfs *s)
{
    int fd = fd_of(f, n);

    return fd < 0 ? fd : fstatfs(fd, s) ? -errno : 0;
}

/* ---- attributes ---- */

/* What this server keeps there is not the guest's. */
static bool is_own(const struct p9_files *f, const char *name)
{
    return f->options.security == P9_MAPPED &&
           !strncmp(name, mapped_prefix, sizeof mapped_prefix - 1);
}

/* Of links there are none, but on the way to them others' could be. */
static int attribute_path(struct p9_files *f, struct p9_node *n, const char *name,
                          char path[OWN_PATH])
{
    int fd = fd_of(f, n);

    if (fd < 0)
        return fd;
    if ((!S_ISREG(n->type) && !S_ISDIR(n->type)) ||
        (name && (!name[0] || strlen(name) > XATTR_NAME_MAX)))
        return -EOPNOTSUPP;
    if (name && is_own(f, name))
        return -EACCES;
    own_path(fd, path);
    return 0;
}

static ssize_t list_attributes(struct p9_files *f, const char *path, char *to, size_t size)
{
    char names[1 << 16];
    ssize_t n = listxattr(path, names, sizeof names), kept = 0;

    if (n < 0)
        return -errno;
    for (char *name = names; name < names + n; name += strlen(name) + 1) {
        size_t length = strlen(name) + 1;

        if (is_own(f, name))
            continue;
        if (to && (size_t)kept + length <= size)
            memcpy(to + kept, name, length);
        kept += (ssize_t)length;
    }
    return to && (size_t)kept > size ? -ERANGE : kept;
}

ssize_t p9_get_attribute(struct p9_files *f, struct p9_node *n, const char *name, void *to,
                         size_t size)
{
    char path[OWN_PATH];
    int error = attribute_path(f, n, name, path);
    ssize_t got;

    if (error)
        return error == -EACCES ? -ENODATA : error;
    if (!name)
        return list_attributes(f, path, to, size);
    got = getxattr(path, name, to, to ? size : 0);
    return got < 0 ? -errno : got;
}

int p9_set_attribute(struct p9_files *f, struct p9_node *n, const char *name, const void *value,
                     size_t size, int flags)
{
    char path[OWN_PATH];
    int error = check_writable(f);

    error = error ? error : attribute_path(f, n, name, path);
    return error ? error : setxattr(path, name, value, size, flags) ? -errno : 0;
}

int p9_remove_attribute(struct p9_files *f, struct p9_node *n, const char *name)
{
    char path[OWN_PATH];
    int error = check_writable(f);

    error = error ? error : attribute_path(f, n, name, path);
    return error ? error : removexattr(path, name) ? -errno : 0;
}

/* ---- the whole ---- */

/* Many of them are for guests that hold many files. */
static unsigned raise_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit))
        return DESCRIPTORS_LEAST;
    if (limit.rlim_cur < DESCRIPTORS && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max < DESCRIPTORS ? limit.rlim_max : DESCRIPTORS;
        setrlimit(RLIMIT_NOFILE, &limit);
        getrlimit(RLIMIT_NOFILE, &limit);
    }
    return limit.rlim_cur < DESCRIPTORS ? (unsigned)limit.rlim_cur : DESCRIPTORS;
}

bool p9_files_init(struct p9_files *f, const struct p9_options *options, struct error *err)
{
    unsigned descriptors = raise_descriptors();
    int fd = open(options->path, O_PATH | O_DIRECTORY | O_CLOEXEC), probe;

    *f = (struct p9_files){ .options = *options };
    f->n_fds_most = descriptors / 2 < DESCRIPTORS_LEAST ? DESCRIPTORS_LEAST : descriptors / 2;
    f->n_open_most = descriptors / 4;
    if (fd < 0)
        return error_set(err, ERROR_FILE, "can't share the folder '%s': %s", options->path,
                         strerror(errno));
    probe = open_beneath(fd, ".", O_PATH, 0);
    if (probe < 0) {
        close(fd);
        return error_set(err, ERROR_UNSUPPORTED,
                         "can't share a folder: the host has no openat2(): %s", strerror(-probe));
    }
    close(probe);
    f->options.path = NULL;
    f->root = new_node(f, NULL, "", fd);
    return f->root || error_set(err, ERROR_RESOURCE, "out of memory");
}

void p9_files_destroy(struct p9_files *f)
{
    p9_node_put(f, f->root);
    f->root = NULL;
}
