/* From a hypercall's token or an RTAS call's to the row and function of a facility.
 *
 * What the rows say is checked here and nowhere else: the caller's privilege, the token's form, the
 * row's conditions, an RTAS call's argument counts. RTAS argument buffers are read once, so that
 * another vCPU that writes to them meanwhile changes nothing. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "papr/platform-internal.h"
#include "papr/trace.h"

bool platform_row_offered(const struct platform *p, uint16_t when)
{
    const struct platform_config *config = p->config;

    if (when & WHEN_ISA_3_0 && config->model->level < CPU_ISA_3_0)
        return false;
    if (when & WHEN_HASH && config->radix_only)
        return false;
    if (when & WHEN_XICS_OFFERED && !config->offers_xics)
        return false;
    if (when & WHEN_XIVE_OFFERED && !config->offers_xive)
        return false;
    if (when & WHEN_FWNMI && !config->cap_fwnmi)
        return false;
    if (when & WHEN_NESTED_HV && !config->cap_nested_hv)
        return false;
    if (when & WHEN_NESTED_PAPR && !config->cap_nested_papr)
        return false;
    if (when & WHEN_NESTED && !config->cap_nested_hv && !config->cap_nested_papr)
        return false;
    if (when & WHEN_JOIN && config->has_no_join)
        return false;
    if (when & WHEN_KEY_STORE && !config->has_key_store)
        return false;
    if (when & WHEN_RANDOM && !p->has_random)
        return false;
    if (when & WHEN_RPT_INVALIDATE && !config->cap_rpt_invalidate)
        return false;
    return true;
}

bool platform_row_applies(const struct platform *p, uint16_t when)
{
    if (when & WHEN_HASH && p->negotiated.radix)
        return false;
    if (when & WHEN_RADIX && !p->negotiated.radix)
        return false;
    return platform_row_offered(p, when);
}

static struct hcall_slot *hcall_slot(struct platform_dispatch *d, uint64_t token)
{
    struct hcall_slot *slot = d->hcalls;

    if (token <= HCALL_PAPR_LAST)
        return token % 4 ? NULL : &slot[token / 4];
    slot += HCALL_PAPR_LAST / 4 + 1;
    if (token >= HCALL_SVM_FIRST && token <= HCALL_SVM_LAST)
        return &slot[token - HCALL_SVM_FIRST];
    slot += HCALL_SVM_LAST - HCALL_SVM_FIRST + 1;
    if (token >= HCALL_PLATFORM_FIRST && token <= HCALL_PLATFORM_LAST)
        return &slot[token - HCALL_PLATFORM_FIRST];
    return NULL;
}

static struct rtas_slot *rtas_slot(struct platform_dispatch *d, uint32_t token)
{
    if (token < RTAS_TOKEN_FIRST || token > RTAS_TOKEN_LAST)
        return NULL;
    return &d->rtas[token - RTAS_TOKEN_FIRST];
}

static bool add_hcall(struct platform *p, const struct hcall_row *row, void *self, struct error *err)
{
    struct hcall_slot *slot = hcall_slot(p->dispatch, row->token);

    if (!slot || slot->row)
        return error_set(err, ERROR_UNSUPPORTED, "hypercall %s (%#" PRIx64 "): the token is %s",
                         row->name, row->token, slot ? "taken" : "out of range");
    slot->row = row;
    slot->self = self;
    return true;
}

static bool add_rtas(struct platform *p, const struct rtas_row *row, void *self, struct error *err)
{
    struct rtas_slot *slot = rtas_slot(p->dispatch, row->token);

    for (size_t i = 0; i < RTAS_SLOTS; i++)
        if (p->dispatch->rtas[i].row && !strcmp(p->dispatch->rtas[i].row->name, row->name))
            return error_set(err, ERROR_UNSUPPORTED, "RTAS call %s: the name is taken", row->name);
    if (!slot || slot->row)
        return error_set(err, ERROR_UNSUPPORTED, "RTAS call %s (%#x): the token is %s", row->name,
                         row->token, slot ? "taken" : "out of range");
    slot->row = row;
    slot->self = self;
    return true;
}

bool platform_add(struct platform *p, const struct facility_type *type, void *self,
                  struct error *err)
{
    struct platform_dispatch *d = p->dispatch;
    struct facility *grown = realloc(d->facilities, (d->n_facilities + 1) * sizeof *grown);

    if (!grown)
        return error_set(err, ERROR_RESOURCE, "out of memory for facility %s", type->name);
    d->facilities = grown;
    d->facilities[d->n_facilities++] = (struct facility){ type, self };
    for (size_t i = 0; i < type->n_hcalls; i++)
        if (!add_hcall(p, &type->hcalls[i], self, err))
            return false;
    for (size_t i = 0; i < type->n_rtas; i++)
        if (!add_rtas(p, &type->rtas[i], self, err))
            return false;
    return true;
}

enum { TRACE_BYTES = 512 };

/* Appends hexadecimal numbers, separated by commas, to the text of length used. */
static size_t format_values(char *text, size_t used, const uint64_t *values, unsigned n)
{
    for (unsigned i = 0; i < n && used < TRACE_BYTES; i++)
        used += (size_t)snprintf(text + used, TRACE_BYTES - used, "%s%#" PRIx64, i ? ", " : "",
                                 values[i]);
    return used < TRACE_BYTES ? used : TRACE_BYTES - 1;
}

static size_t format_cells(char *text, size_t used, const uint32_t *cells, unsigned n)
{
    uint64_t values[RTAS_CELLS];

    for (unsigned i = 0; i < n; i++)
        values[i] = cells[i];
    return format_values(text, used, values, n);
}

static void trace_hcall(const struct vcpu *v, const struct hcall_row *row,
                        const struct hcall_args *args, int64_t status)
{
    char in[TRACE_BYTES] = "", out[TRACE_BYTES] = "";

    format_values(in, 0, args->in, row->in);
    format_values(out, 0, args->out, row->out);
    log_trace(LOG_ITEM_HCALL, "cpu%u %s(%s) = %" PRId64 "%s%s", v->id, row->name, in, status,
              row->out ? " -> " : "", out);
}

/* In r3 and what the row writes back. */
static int64_t call(struct hcall_slot *slot, struct vcpu *v, struct hcall_args *args)
{
    struct cpu *c = v->cpu;
    int64_t status;

    atomic_fetch_add_explicit(&slot->count, 1, memory_order_relaxed);
    memcpy(args->in, &c->gpr[4], sizeof args->in);
    memcpy(args->out, args->in, sizeof args->out);
    status = slot->row->fn(slot->self, v, args);
    memcpy(&c->gpr[4], args->out, slot->row->out * sizeof args->out[0]);
    c->gpr[3] = (uint64_t)status;
    return status;
}

bool platform_quick_hypercall(void *opaque, struct vcpu *v)
{
    struct platform *p = opaque;
    struct hcall_slot *slot = v->cpu->msr & MSR_PR ? NULL : hcall_slot(p->dispatch, v->cpu->gpr[3]);
    struct hcall_args args;

    if (!slot || !slot->row || !slot->row->is_quick || p->trace || log_on(LOG_ITEM_HCALL) ||
        !platform_row_applies(p, slot->row->when))
        return false;
    call(slot, v, &args);
    return true;
}

void platform_hypercall(void *opaque, struct vcpu *v)
{
    struct platform *p = opaque;
    struct cpu *c = v->cpu;
    uint64_t token = c->gpr[3];
    struct hcall_slot *slot;
    const struct hcall_row *row;
    struct hcall_args args;
    int64_t status;

    if (c->msr & MSR_PR) {
        c->gpr[3] = (uint64_t)H_PRIVILEGE;
        return;
    }
    slot = hcall_slot(p->dispatch, token);
    row = slot ? slot->row : NULL;
    if (!row || !platform_row_applies(p, row->when)) {
        p->dispatch->unknown_hcalls++;
        if (log_on(LOG_ITEM_HCALL) || log_on(LOG_ITEM_UNIMP))
            log_trace(log_on(LOG_ITEM_HCALL) ? LOG_ITEM_HCALL : LOG_ITEM_UNIMP,
                      "cpu%u %s (%#" PRIx64 ") = %d: %s", v->id, row ? row->name : "hypercall",
                      token, H_FUNCTION, row ? "not in this mode" : "there is no such call");
        if (p->trace)
            trace_unknown_hcall(p->trace, v, token, &c->gpr[4]);
        c->gpr[3] = (uint64_t)H_FUNCTION;
        return;
    }
    status = call(slot, v, &args);
    if (log_on(LOG_ITEM_HCALL))
        trace_hcall(v, row, &args, status);
    if (p->trace)
        trace_add_hcall(p->trace, v, row, &args, status);
}

/* An argument buffer: token, nargs, nret, arguments, results; big-endian cells. */
enum { RTAS_HEADER_BYTES = 12, CELL_BYTES = 4 };

/* Reads the buffer, each byte once. False if it is not one: counts or address out of bounds. */
static bool read_buffer(const struct platform *p, gpa_t buffer, uint32_t *token,
                        struct rtas_args *args)
{
    be32 cells[RTAS_CELLS];
    be32 header[3];

    if (!gpa_read(p->mem, buffer, header, sizeof header))
        return false;
    *token = be32_get(header[0]);
    args->nargs = be32_get(header[1]);
    args->nret = be32_get(header[2]);
    if (args->nargs > RTAS_CELLS || args->nret > RTAS_CELLS - args->nargs)
        return false;
    if (!gpa_is_ram(p->mem, buffer + RTAS_HEADER_BYTES, (args->nargs + args->nret) * CELL_BYTES))
        return false;
    if (!gpa_read(p->mem, buffer + RTAS_HEADER_BYTES, cells, args->nargs * CELL_BYTES))
        return false;
    for (unsigned i = 0; i < args->nargs; i++)
        args->arg[i] = be32_get(cells[i]);
    return true;
}

static void write_results(struct platform *p, gpa_t buffer, const struct rtas_args *args)
{
    be32 cells[RTAS_CELLS];

    for (unsigned i = 0; i < args->nret; i++)
        cells[i] = be32_put(args->ret[i]);
    gpa_write(p->mem, buffer + RTAS_HEADER_BYTES + args->nargs * CELL_BYTES, cells,
              args->nret * CELL_BYTES);
}

static bool counts_match(const struct rtas_row *row, const struct rtas_args *args)
{
    return (row->nargs < 0 || args->nargs == (unsigned)row->nargs) &&
           (row->nret < 0 || args->nret == (unsigned)row->nret);
}

static void trace_rtas(const struct vcpu *v, const char *name, uint32_t token,
                       const struct rtas_args *args)
{
    char in[TRACE_BYTES] = "", out[TRACE_BYTES] = "";

    format_cells(in, 0, args->arg, args->nargs);
    if (args->nret > 1)
        format_cells(out, 0, args->ret + 1, args->nret - 1);
    log_trace(LOG_ITEM_RTAS, "cpu%u %s [%#x](%s) = %" PRId32 "%s%s", v->id, name, token, in,
              (int32_t)args->ret[0], args->nret > 1 ? " -> " : "", out);
}

int64_t platform_rtas(struct platform *p, struct vcpu *v, gpa_t buffer)
{
    struct rtas_args args = { 0 };
    uint32_t token;
    struct rtas_slot *slot;
    const struct rtas_row *row;
    int32_t status = RTAS_PARAMETER;

    buffer = platform_buffer_address(buffer);
    if (!read_buffer(p, buffer, &token, &args)) {
        guest_error("rtas", "bad argument buffer at %#" PRIx64, buffer);
        return H_PARAMETER;
    }
    slot = rtas_slot(p->dispatch,
                     token == RTAS_DISPLAY_CHARACTER_OLD ? RTAS_DISPLAY_CHARACTER : token);
    row = slot ? slot->row : NULL;
    if (!row)
        p->dispatch->unknown_rtas++;
    else
        slot->count++;
    if (row && platform_row_applies(p, row->when) && counts_match(row, &args))
        status = row->fn(slot->self, v, &args);
    args.ret[0] = (uint32_t)status;
    write_results(p, buffer, &args);
    if (log_on(LOG_ITEM_RTAS))
        trace_rtas(v, row ? row->name : "unknown call", token, &args);
    if (p->trace)
        trace_add_rtas(p->trace, v, row ? row->name : NULL, token, &args);
    return row ? H_SUCCESS : H_PARAMETER;
}

void platform_for_each_count(const struct platform *p,
                             void (*fn)(void *opaque, const char *name, uint64_t count),
                             void *opaque)
{
    const struct platform_dispatch *d = p->dispatch;

    for (size_t i = 0; i < HCALL_SLOTS; i++)
        if (d->hcalls[i].count)
            fn(opaque, d->hcalls[i].row->name, d->hcalls[i].count);
    for (size_t i = 0; i < RTAS_SLOTS; i++)
        if (d->rtas[i].count)
            fn(opaque, d->rtas[i].row->name, d->rtas[i].count);
    if (d->unknown_hcalls)
        fn(opaque, "unknown hypercalls", d->unknown_hcalls);
    if (d->unknown_rtas)
        fn(opaque, "unknown RTAS calls", d->unknown_rtas);
}
