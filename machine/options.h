/* The command line: one table of options, from which the parser, -help and the man page come. */
#ifndef MACHINE_OPTIONS_H
#define MACHINE_OPTIONS_H

#include <stdio.h>

#include "machine/config.h"

enum options_result {
    OPTIONS_RUN,  /* run the machine */
    OPTIONS_DONE, /* help or version was printed */
    OPTIONS_ERROR,
};

/* Parses the arguments (argv[0] is the program's name) into config, which keeps pointers into them. */
enum options_result options_parse(int argc, char **argv, struct machine_config *config,
                                  struct error *err);

/* The option tables as text for --help, and as the body of a man page. */
void options_print_help(FILE *out);
void options_print_man(FILE *out);

#endif
