/* The registers as gdb numbers them, and their description in XML. */
#ifndef MONITOR_GDB_REGISTERS_H
#define MONITOR_GDB_REGISTERS_H

#include "cpu-ppc64/cpu.h"

enum { GDB_REGISTER_MOST = 16 }; /* bytes */

/* Bytes of register n, 0 if there is none. */
unsigned gdb_register_size(const struct cpu *c, unsigned n);
/* How many there are: numbers have no gaps. */
unsigned gdb_register_count(const struct cpu *c);
/* The value in bytes of the target's order. */
void gdb_register_read(struct cpu *c, unsigned n, bool le, uint8_t bytes[GDB_REGISTER_MOST]);
/* False if it cannot be written. */
bool gdb_register_write(struct cpu *c, unsigned n, bool le, const uint8_t bytes[GDB_REGISTER_MOST]);

/* The target description, to be freed; NULL without memory. */
char *gdb_target_xml(const struct cpu *c);

#endif
