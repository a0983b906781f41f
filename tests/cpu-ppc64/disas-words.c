/* For check-disas.py. With "rows": prints mask, value and operand bits of each row without a prefix, one a
 * line with its name. Otherwise: reads words in hexadecimal from standard input, prints the disassembly of
 * each, the first at address 0. */
#include <stdio.h>
#include <string.h>

#include "cpu-ppc64/disas.h"
#include "gen/isa-gen.h"

int main(int argc, char **argv)
{
    unsigned word, ea = 0;
    char text[128];

    if (argc > 1 && !strcmp(argv[1], "rows")) {
        for (unsigned id = ISA_INVALID + 1; id < ISA_COUNT; id++) {
            const struct isa_row *r = isa_row(id);

            if (!(r->value >> 32))
                printf("%s %08llx %08llx %08llx\n", r->name, (unsigned long long)r->mask,
                       (unsigned long long)r->value, (unsigned long long)r->operand_bits);
        }
        return 0;
    }
    while (scanf("%x", &word) == 1) {
        disas(text, sizeof text, word, ea);
        puts(text);
        ea += 4;
    }
    return 0;
}
