/* -boot and -bios; see boot.h. */
#include "machine/boot.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/names.h"
#include "machine/values.h"

static bool set_order(const char *name, const char *value, char order[BOOT_ORDER_SIZE], struct error *err)
{
    size_t n = strlen(value);

    /* a is a diskette, which nobody has; p a second network. */
    if (n < BOOT_ORDER_SIZE && strspn(value, "acdnp") == n) {
        snprintf(order, BOOT_ORDER_SIZE, "%s", value);
        return true;
    }
    error_set(err, ERROR_USAGE, "-boot %s: bad order '%s'", name, value);
    error_hint(err, "letters are c (disk), d (CD) and n (network), as in order=dc");
    return false;
}

bool boot_parse(struct boot_config *boot, char *argument, struct error *err)
{
    static const char *const valid[] = { "order", "once", "menu", "strict", NULL };
    char *save;

    for (char *word = strtok_r(argument, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
        char *value = strchr(word, '=');
        bool is_strict;

        if (value)
            *value++ = '\0';
        if (!value && strcmp(word, "menu") && strcmp(word, "strict")) {
            if (!set_order("order", word, boot->order, err))
                return false;
        } else if (!strcmp(word, "order")) {
            if (!set_order(word, value, boot->order, err))
                return false;
        } else if (!strcmp(word, "once")) {
            if (!set_order(word, value, boot->once, err))
                return false;
        } else if (!strcmp(word, "menu")) {
            if (!value_bool("-boot menu", value ? value : "on", &boot->menu, err))
                return false;
        } else if (!strcmp(word, "strict")) {
            if (!value_bool("-boot strict", value ? value : "on", &is_strict, err))
                return false;
        } else {
            error_set(err, ERROR_USAGE, "-boot: unknown property '%s'", word);
            names_hint(err, word, valid);
            return false;
        }
    }
    return true;
}

bool boot_find_bios(struct boot_config *boot, const char *name, struct error *err)
{
    static const char *const folders[] = { ".", "/usr/local/share/qemu", "/usr/share/qemu", "/usr/share/slof",
                                           "/usr/share/qemu-kvm" };
    bool has_folder = strchr(name, '/');

    for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
        int n = has_folder || !i ? snprintf(boot->bios, sizeof boot->bios, "%s", name)
                                 : snprintf(boot->bios, sizeof boot->bios, "%s/%s", folders[i], name);

        if (n > 0 && (size_t)n < sizeof boot->bios && !access(boot->bios, R_OK))
            return true;
        if (has_folder)
            break;
    }
    error_set(err, ERROR_FILE, "-bios: there is no firmware '%s' that can be read", name);
    error_hint(err, "name a file; SLOF is slof.bin of Debian's package qemu-system-data");
    boot->bios[0] = '\0';
    return false;
}

unsigned boot_rank(const char *order, char kind)
{
    const char *at = strchr(order, kind);

    return (unsigned)(at ? at - order : BOOT_ORDER_SIZE);
}
