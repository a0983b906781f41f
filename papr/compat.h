/* Logical processor versions: the architecture levels that a partition may be held to. */
#ifndef PAPR_COMPAT_H
#define PAPR_COMPAT_H

#include "papr/platform.h"

/* True if pvr is a logical version that the model can run as. */
bool compat_is_supported(const struct cpu_model *model, uint32_t pvr);

/* Orders two logical versions by age: true if a is older than b. Both must be known. */
bool compat_is_older(uint32_t a, uint32_t b);

/* Architecture level of a logical version; the model's own for 0 or an unknown one. */
enum cpu_isa_level compat_level(const struct cpu_model *model, uint32_t pvr);

/* Threads of a core that a guest of that version may see; 0 for pvr means no limit. */
unsigned compat_max_threads(uint32_t pvr);

/* The model's version to show for a mode (cpu-version): pvr itself, or the model's PVR for 0. */
uint32_t compat_shown_pvr(const struct cpu_model *model, uint32_t pvr);

/* Puts all processors into the mode (0: raw). They are stopped, but the caller. */
void compat_apply(struct platform *p, uint32_t pvr);

#endif
