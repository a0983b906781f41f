/* For check-disas.py and isa-page.py. With "rows": prints each row of the table, one a line: name, ISA level,
 * "hv" (illegal for partitions), "done" or "missing", then value and operand bits in hexadecimal. With "names": reads words (or
 * prefixes and suffixes, as one number) in hexadecimal from standard input, prints the name of each one's row.
 * Otherwise: prints the disassembly of each, the first at address 0, each with eight bytes to itself. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cpu-ppc64/disas.h"
#include "gen/isa-gen.h"

static void print_rows(void)
{
    for (unsigned id = ISA_INVALID + 1; id < ISA_COUNT; id++) {
        const struct isa_row *r = isa_row(id);

        printf("%s %u %s %016" PRIx64 " %016" PRIx64 "\n", r->name, r->level,
               r->flags & ISA_FLAG_HV     ? "hv"
               : r->flags & ISA_FLAG_DONE ? "done"
                                          : "missing",
               r->value, r->operand_bits);
    }
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    uint64_t word, ea = 0;
    char text[128];

    if (!strcmp(what, "rows")) {
        print_rows();
        return 0;
    }
    while (scanf("%" SCNx64, &word) == 1) {
        if (!strcmp(what, "names")) {
            puts(isa_row(isa_decode(word))->name);
        } else {
            disas(text, sizeof text, word, ea);
            puts(text);
        }
        ea += 8;
    }
    return 0;
}
