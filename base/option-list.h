/* Options as they are written on the command line: "KIND,name=value,name" with ",," for a comma, or JSON. */
#ifndef BASE_OPTION_LIST_H
#define BASE_OPTION_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum { OPTIONS_MOST = 48 };

struct list_option {
    const char *name, *value; /* value NULL: there was only a name */
    bool used;
};

struct option_list {
    char *text; /* what the others point into */
    struct list_option options[OPTIONS_MOST];
    unsigned count;
};

/* Takes the argument apart. A first word without '=' becomes the value of first_name, if that is not NULL. An argument
 * that begins with '{' is a JSON object; objects in it become names with dots. */
bool options_split(struct option_list *list, const char *argument, const char *first_name,
                   struct error *err);
void options_free(struct option_list *list);

/* The last value of that name, "on" if only the name was given; NULL if it is not there. All of that name are
 * marked as used. */
const char *options_get(struct option_list *list, const char *name);
/* The next value of that name that is not marked as used, and marks it. For what may be given several times. */
const char *options_next(struct option_list *list, const char *name);
/* A value that must be there. */
const char *options_need(struct option_list *list, const char *name, struct error *err);

/* These leave *result alone if the name is not there. */
bool options_bool(struct option_list *list, const char *name, bool *result, struct error *err);
bool options_unsigned(struct option_list *list, const char *name, uint64_t most, uint64_t *result,
                      struct error *err);
/* The value's index in a list of names that ends with NULL. */
bool options_choice(struct option_list *list, const char *name, const char *const *names, unsigned *result,
                    struct error *err);

/* Fails if one is not marked, with the names that are valid (a list that ends with NULL) for a hint. */
bool options_all_used(const struct option_list *list, const char *const *valid, struct error *err);

#endif
