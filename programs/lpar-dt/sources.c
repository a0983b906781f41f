/* Where trees come from; see blob.h. */
#include <dirent.h>
#include <errno.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "machine/machine.h"
#include "machine/options.h"
#include "machine/versions.h"
#include "papr/cas.h"
#include "papr/tree.h"
#include "programs/lpar-dt/blob.h"

enum { LARGEST = 64 << 20, PATH_BYTES = 1024, MOST_WORDS = 128 };

/* ---- files ---- */

static void *read_stream(FILE *f, const char *path, size_t *size, struct error *err)
{
    size_t room = 1 << 16;
    char *bytes = malloc(room);

    *size = 0;
    while (bytes) {
        size_t n = fread(bytes + *size, 1, room - *size, f);
        char *grown;

        *size += n;
        if (*size < room)
            break;
        room *= 2;
        grown = room <= LARGEST ? realloc(bytes, room) : NULL;
        if (!grown)
            free(bytes);
        bytes = grown;
    }
    if (!bytes)
        error_set(err, ERROR_FORMAT, "'%s' is too large for a device tree", path);
    else if (!ferror(f))
        return bytes;
    else
        error_set(err, ERROR_FILE, "can't read '%s': %s", path, strerror(errno));
    free(bytes);
    return NULL;
}

/* What gzip -dc makes of a file. */
static void *unpack(const char *path, size_t *size, struct error *err)
{
    void *bytes = NULL;
    int ends[2], status = 1;
    FILE *f;
    pid_t pid;

    if (pipe(ends)) {
        error_set(err, ERROR_RESOURCE, "can't unpack '%s': %s", path, strerror(errno));
        return NULL;
    }
    pid = fork();
    if (!pid) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execlp("gzip", "gzip", "-dc", "--", path, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    f = fdopen(ends[0], "rb");
    if (f) {
        bytes = read_stream(f, path, size, err);
        fclose(f);
    }
    if (pid < 0 || waitpid(pid, &status, 0) < 0 || status) {
        free(bytes);
        error_set(err, ERROR_FILE, "gzip can't unpack '%s'", path);
        return NULL;
    }
    return bytes;
}

void *file_read(const char *path, size_t *size, struct error *err)
{
    FILE *f = fopen(path, "rbe");
    unsigned char *bytes;

    if (!f) {
        error_set(err, ERROR_FILE, "can't open '%s': %s", path, strerror(errno));
        error_hint(err, "name a flattened device tree (.dtb), a folder or a tar archive of one, or a machine such as pseries-7.2");
        return NULL;
    }
    bytes = read_stream(f, path, size, err);
    fclose(f);
    if (!bytes || *size < 2 || bytes[0] != 0x1f || bytes[1] != 0x8b)
        return bytes;
    free(bytes);
    return unpack(path, size, err);
}

/* ---- trees of files: each node a folder, each property a file ---- */

/* Adds a property, and the nodes on the way to it. */
static void add_property(struct tree *t, const char *path, const void *value, size_t size)
{
    char node[PATH_BYTES], *name, *at;

    /* The node's own name; flattened trees have it where it belongs. */
    if (snprintf(node, sizeof node, "/%s", path) >= (int)sizeof node || !(name = strrchr(node, '/')) ||
        !strcmp(name, "/name"))
        return;
    *name++ = '\0';
    for (at = node + (*node != 0); at && *at; at = at ? at + 1 : NULL) {
        at = strchr(at, '/');
        if (at)
            *at = '\0';
        tree_node(t, "%s", node);
        if (at)
            *at = '/';
        else
            break;
    }
    tree_bytes(t, *node ? node : "/", name, value, size);
}

/* The deepest that /proc/device-tree goes is some ten. */
static bool add_folder(struct tree *t, const char *folder, const char *path, unsigned depth, struct error *err)
{
    char file[PATH_BYTES], below[PATH_BYTES];
    struct dirent *entry;
    DIR *d = opendir(folder);
    bool ok = true;

    if (!d || depth > 32)
        ok = error_set(err, ERROR_FILE, "can't read the folder '%s': %s", folder, d ? "too deep" : strerror(errno));
    while (ok && d && (entry = readdir(d))) {
        struct stat info;
        void *value;
        size_t size;

        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
            continue;
        if (snprintf(file, sizeof file, "%s/%s", folder, entry->d_name) >= (int)sizeof file ||
            snprintf(below, sizeof below, "%s%s%s", path, *path ? "/" : "", entry->d_name) >= (int)sizeof below)
            continue;
        if (lstat(file, &info))
            continue;
        if (S_ISDIR(info.st_mode)) {
            ok = add_folder(t, file, below, depth + 1, err);
        } else if (S_ISREG(info.st_mode)) {
            FILE *f = fopen(file, "rbe");

            value = f ? read_stream(f, file, &size, err) : NULL;
            if (f)
                fclose(f);
            if (value)
                add_property(t, below, value, size);
            free(value);
        }
    }
    if (d)
        closedir(d);
    return ok;
}

/* ---- tar ---- */

enum { TAR_BLOCK = 512 };

struct tar {
    const char *bytes;
    size_t size, at;
};

struct member {
    char path[PATH_BYTES];
    const char *data;
    size_t size;
};

static size_t octal(const char *field, size_t n)
{
    size_t value = 0;

    for (size_t i = 0; i < n && field[i]; i++)
        if (field[i] >= '0' && field[i] <= '7')
            value = value << 3 | (size_t)(field[i] - '0');
    return value;
}

static bool is_tar(const char *bytes, size_t size)
{
    return size >= TAR_BLOCK && !memcmp(bytes + 257, "ustar", 5);
}

/* The value of "path" in an extended header: "LENGTH path=VALUE\n" among others. */
static void pax_path(const char *data, size_t size, char path[PATH_BYTES])
{
    for (size_t at = 0; at < size;) {
        size_t length = strtoul(data + at, NULL, 10);
        const char *key = memchr(data + at, ' ', size - at);

        if (!length || length > size - at || !key)
            return;
        if (key + 6 < data + at + length && !memcmp(key + 1, "path=", 5))
            snprintf(path, PATH_BYTES, "%.*s", (int)(data + at + length - 1 - (key + 6)), key + 6);
        at += length;
    }
}

/* The next file; links and folders are passed over. */
static bool next_member(struct tar *t, struct member *m)
{
    char longer[PATH_BYTES] = "";

    while (t->at + TAR_BLOCK <= t->size && t->bytes[t->at]) {
        const char *header = t->bytes + t->at;
        char kind = header[156];

        m->size = octal(header + 124, 12);
        m->data = header + TAR_BLOCK;
        if (m->size > t->size - t->at - TAR_BLOCK)
            return false;
        t->at += TAR_BLOCK + (m->size + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
        if (t->at > t->size)
            t->at = t->size;
        if (kind == 'L') {
            snprintf(longer, sizeof longer, "%.*s", (int)(m->size < PATH_BYTES ? m->size : PATH_BYTES - 1), m->data);
        } else if (kind == 'x') {
            pax_path(m->data, m->size, longer);
        } else if (kind == '0' || !kind) {
            if (*longer)
                snprintf(m->path, sizeof m->path, "%s", longer);
            else if (header[345] && header[262] == '\0')
                snprintf(m->path, sizeof m->path, "%.155s/%.100s", header + 345, header);
            else
                snprintf(m->path, sizeof m->path, "%.100s", header);
            return true;
        } else {
            longer[0] = '\0';
        }
    }
    return false;
}

/* The bytes of the path that lead to the tree's root: it is where the outermost "compatible" is. */
static bool find_root(struct tar t, size_t *length)
{
    unsigned least = ~0U;
    struct member m;

    while (next_member(&t, &m)) {
        const char *name = strrchr(m.path, '/');
        unsigned depth = 0;

        if (strcmp(name ? name + 1 : m.path, "compatible"))
            continue;
        for (const char *at = m.path; *at; at++)
            depth += *at == '/';
        if (depth < least) {
            least = depth;
            *length = name ? (size_t)(name - m.path) + 1 : 0;
        }
    }
    return least != ~0U;
}

static bool add_tar(struct tree *t, const char *path, const char *bytes, size_t size, struct error *err)
{
    struct tar tar = { bytes, size, 0 };
    struct member m;
    size_t root;

    if (!find_root(tar, &root))
        return error_set(err, ERROR_FORMAT, "'%s' holds no device tree: no file is named 'compatible'", path);
    while (next_member(&tar, &m))
        if (strlen(m.path) > root)
            add_property(t, m.path + root, m.data, m.size);
    return true;
}

/* ---- the whole ---- */

static void *copy(const void *bytes, size_t size, struct error *err)
{
    void *blob = bytes ? malloc(size) : NULL;

    if (blob)
        memcpy(blob, bytes, size);
    else
        error_set(err, ERROR_RESOURCE, "out of memory");
    return blob;
}

/* bytes NULL: path is a folder. */
static void *tree_of_files(const char *path, const char *bytes, size_t size, struct error *err)
{
    struct tree *t = tree_new();
    const void *flat = NULL;
    void *blob = NULL;

    if (!t)
        error_set(err, ERROR_RESOURCE, "out of memory");
    else if (bytes ? add_tar(t, path, bytes, size, err) : add_folder(t, path, "", 0, err))
        flat = tree_blob(t, &size, err);
    if (flat)
        blob = copy(flat, size, err);
    tree_free(t);
    return blob;
}

void *blob_read(const char *path, struct error *err)
{
    struct stat info;
    void *bytes;
    size_t size;
    int result;

    if (!stat(path, &info) && S_ISDIR(info.st_mode))
        return tree_of_files(path, NULL, 0, err);
    bytes = file_read(path, &size, err);
    if (!bytes)
        return NULL;
    if (is_tar(bytes, size)) {
        void *blob = tree_of_files(path, bytes, size, err);

        free(bytes);
        return blob;
    }
    result = fdt_check_full(bytes, size);
    if (!result)
        return bytes;
    free(bytes);
    error_set(err, ERROR_FORMAT, "'%s' is no flattened device tree: %s", path, fdt_strerror(result));
    error_hint(err, "lpar-dt dump -o FILE writes one, and dtc makes one from text");
    return NULL;
}

static void *negotiated_blob(struct machine *m, const char *cas, size_t *size, struct error *err)
{
    uint8_t offer[OV5_BYTES];
    void *vectors = NULL, *blob = NULL;
    size_t vectors_size = 0;

    cas_offer(machine_platform(m), offer);
    if (cas)
        vectors = vectors_make(cas, offer, sizeof offer, &vectors_size, err);
    if (!cas || vectors) {
        const void *tree = machine_tree(m, vectors, vectors_size, size, err);

        if (tree)
            blob = copy(tree, *size, err);
    }
    free(vectors);
    return blob;
}

void *machine_blob(int argc, char **argv, const char *cas, size_t *size, struct error *err)
{
    struct machine_config config;
    struct machine *m;
    void *blob;

    switch (options_parse(argc, argv, &config, err)) {
    case OPTIONS_DONE: exit(fflush(stdout) ? 2 : 0);
    case OPTIONS_ERROR: return NULL;
    case OPTIONS_RUN: break;
    }
    config.dumpdtb = ""; /* it is only looked at */
    if (!config.n_serial) /* as QEMU, where the terminal is a line */
        config.serial[config.n_serial++] = "null";
    m = machine_new(&config, err);
    blob = m ? negotiated_blob(m, cas, size, err) : NULL;
    machine_free(m);
    return blob;
}

/* The words of one argument, which is cut up. */
static void *blob_of_words(char *words, const char *cas, struct error *err)
{
    char name[] = "lpar-dt", *argv[MOST_WORDS] = { name }, *save;
    size_t size;
    int n = 1;

    for (char *word = strtok_r(words, " \t\n", &save); word && n < MOST_WORDS; word = strtok_r(NULL, " \t\n", &save))
        argv[n++] = word;
    return machine_blob(n, argv, cas, &size, err);
}

void *source_read(const char *source, const char *cas, struct error *err)
{
    bool is_machine = !strncmp(source, "pseries", 7) && access(source, F_OK);
    char *words = NULL;
    void *blob;

    if (source[0] != '-' && !is_machine) {
        if (!cas)
            return blob_read(source, err);
        error_set(err, ERROR_USAGE, "'%s' is a tree that is there already: --cas is for machines", source);
        return NULL;
    }
    if (asprintf(&words, "%s%s", is_machine ? "-M " : "", source) < 0) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        return NULL;
    }
    blob = blob_of_words(words, cas, err);
    free(words);
    return blob;
}
