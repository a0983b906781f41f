/* Words of `lpar` that are done by scripts; see tools.h. */
#include "programs/tools.h"

#include <config.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"

static const char *const words[] = { "run", "create-image" };

bool tools_has(const char *word)
{
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (!strcmp(word, words[i]))
            return true;
    return false;
}

void tools_run(char **argv, struct error *err)
{
    const char *word;
    char self[PATH_MAX], folder[PATH_MAX], script[2 * PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

    if (n < 0) {
        error_set(err, ERROR_FILE, "can't find this program: %s", strerror(errno));
        return;
    }
    self[n] = '\0';
    strcpy(folder, self);
    *strrchr(folder, '/') = '\0';
    setenv("LPAR_SELF", self, 1);
    /* In a tree that was built; else where `make install` puts them. */
    snprintf(script, sizeof script, "%s/../tools/guests/lpar-%s", folder, argv[1]);
    if (access(script, X_OK))
        snprintf(script, sizeof script, "%s/guests/lpar-%s", LPAR_DATADIR, argv[1]);
    word = argv[1];
    argv[1] = script;
    execv(script, argv + 1);
    error_set(err, ERROR_FILE, "there is no script for '%s': %s", word, strerror(errno));
    error_hint(err, "it belongs in %s/guests", LPAR_DATADIR);
}
