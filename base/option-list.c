/* Options of the command line taken apart; see option-list.h. */
#include "base/option-list.h"

#include <ctype.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/names.h"

enum { PATH_MOST = 128 };

static bool add(struct option_list *list, const char *name, const char *value, struct error *err)
{
    if (list->count == OPTIONS_MOST)
        return error_set(err, ERROR_USAGE, "more than %d options", OPTIONS_MOST);
    list->options[list->count++] = (struct list_option){ name, value, false };
    return true;
}

/* Ends the word at *at, which may hold doubled commas, and moves *at behind it. */
static char *take_word(char **at)
{
    char *word = *at, *to = *at, *from = *at;

    for (; *from; from++) {
        if (*from == ',' && *++from != ',')
            break;
        *to++ = *from;
    }
    *at = from;
    *to = 0;
    return word;
}

static bool split_words(struct option_list *list, const char *first_name, struct error *err)
{
    char *at = list->text;

    /* take_word() writes an end before what follows, which is where the next one begins. */
    for (bool first = true; *at; first = false) {
        char *word = take_word(&at);
        char *value = strchr(word, '=');

        if (value) {
            *value++ = 0;
        } else if (first && first_name) {
            value = word;
            word = NULL;
        }
        if (word && !*word)
            return error_set(err, ERROR_USAGE, "an option without a name");
        if (!add(list, word ? word : first_name, value, err))
            return false;
    }
    return true;
}

static char *copy(struct option_list *list, size_t *used, size_t size, const char *text)
{
    size_t n = strlen(text) + 1;
    char *to = list->text + *used;

    if (n > size - *used)
        return NULL;
    memcpy(to, text, n);
    *used += n;
    return to;
}

static bool take_json(struct option_list *list, struct json_object *value, const char *path, size_t *used,
                      size_t size, struct error *err)
{
    const char *text;
    char *name, *own;

    if (json_object_is_type(value, json_type_object) || json_object_is_type(value, json_type_array)) {
        bool is_array = json_object_is_type(value, json_type_array);
        char inner[PATH_MOST];

        if (is_array) {
            for (size_t i = 0; i < json_object_array_length(value); i++) {
                snprintf(inner, sizeof inner, "%s%s%zu", path, *path ? "." : "", i);
                if (!take_json(list, json_object_array_get_idx(value, i), inner, used, size, err))
                    return false;
            }
            return true;
        }
        json_object_object_foreach(value, key, member)
        {
            if (snprintf(inner, sizeof inner, "%s%s%s", path, *path ? "." : "", key) >=
                (int)sizeof inner)
                return error_set(err, ERROR_USAGE, "the name '%s' is too long", key);
            if (!take_json(list, member, inner, used, size, err))
                return false;
        }
        return true;
    }
    text = json_object_is_type(value, json_type_boolean) ? json_object_get_boolean(value) ? "on" : "off"
           : json_object_is_type(value, json_type_null) ? ""
                                                        : json_object_get_string(value);
    name = copy(list, used, size, path);
    own = name ? copy(list, used, size, text) : NULL;
    return own ? add(list, name, own, err) : error_set(err, ERROR_USAGE, "the JSON is too large");
}

static bool split_json(struct option_list *list, const char *argument, struct error *err)
{
    size_t size = 4 * strlen(argument) + OPTIONS_MOST * PATH_MOST, used = 0;
    struct json_object *root = json_tokener_parse(argument);
    bool ok;

    free(list->text);
    list->text = malloc(size);
    if (!list->text || !root || !json_object_is_type(root, json_type_object)) {
        json_object_put(root);
        return error_set(err, ERROR_USAGE, "'%.80s' is not a JSON object", argument);
    }
    ok = take_json(list, root, "", &used, size, err);
    json_object_put(root);
    return ok;
}

bool options_split(struct option_list *list, const char *argument, const char *first_name,
                   struct error *err)
{
    *list = (struct option_list){ .text = strdup(argument) };
    if (!list->text)
        return error_set(err, ERROR_RESOURCE, "out of memory");
    return argument[0] == '{' ? split_json(list, argument, err) : split_words(list, first_name, err);
}

void options_free(struct option_list *list)
{
    free(list->text);
    list->text = NULL;
    list->count = 0;
}

const char *options_get(struct option_list *list, const char *name)
{
    const char *value = NULL;

    for (unsigned i = 0; i < list->count; i++)
        if (!strcmp(list->options[i].name, name)) {
            list->options[i].used = true;
            value = list->options[i].value ? list->options[i].value : "on";
        }
    return value;
}

const char *options_next(struct option_list *list, const char *name)
{
    for (unsigned i = 0; i < list->count; i++)
        if (!list->options[i].used && !strcmp(list->options[i].name, name)) {
            list->options[i].used = true;
            return list->options[i].value ? list->options[i].value : "on";
        }
    return NULL;
}

const char *options_need(struct option_list *list, const char *name, struct error *err)
{
    const char *value = options_get(list, name);

    if (!value || !*value) {
        error_set(err, ERROR_USAGE, "%s= is missing", name);
        error_hint(err, "add %s=VALUE", name);
        return NULL;
    }
    return value;
}

bool options_bool(struct option_list *list, const char *name, bool *result, struct error *err)
{
    static const char *const names[] = { "off", "on", "no", "yes", "false", "true", NULL };
    const char *value = options_get(list, name);

    if (!value)
        return true;
    for (unsigned i = 0; names[i]; i++)
        if (!strcmp(value, names[i])) {
            *result = i & 1;
            return true;
        }
    error_set(err, ERROR_USAGE, "%s: bad value '%s'", name, value);
    error_hint(err, "type %s=on or %s=off", name, name);
    return false;
}

bool options_unsigned(struct option_list *list, const char *name, uint64_t most, uint64_t *result,
                      struct error *err)
{
    const char *value = options_get(list, name);
    char *end;
    unsigned long long n;

    if (!value)
        return true;
    n = strtoull(value, &end, 0);
    if (!isdigit((unsigned char)value[0]) || *end || n > most) {
        error_set(err, ERROR_USAGE, "%s: bad value '%s'", name, value);
        error_hint(err, "type a number up to %llu", (unsigned long long)most);
        return false;
    }
    *result = n;
    return true;
}

bool options_choice(struct option_list *list, const char *name, const char *const *names, unsigned *result,
                    struct error *err)
{
    const char *value = options_get(list, name);

    if (!value)
        return true;
    for (unsigned i = 0; names[i]; i++)
        if (!strcmp(value, names[i])) {
            *result = i;
            return true;
        }
    error_set(err, ERROR_USAGE, "%s: bad value '%s'", name, value);
    names_hint(err, value, names);
    return false;
}

bool options_all_used(const struct option_list *list, const char *const *valid, struct error *err)
{
    for (unsigned i = 0; i < list->count; i++) {
        const struct list_option *o = &list->options[i];

        if (o->used)
            continue;
        error_set(err, ERROR_USAGE, "unknown option '%s'", o->name);
        names_hint(err, o->name, valid);
        return false;
    }
    return true;
}
