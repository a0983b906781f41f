/* The human monitor's info. */
#include <config.h>
#include <inttypes.h>
#include <libfdt.h>
#include <string.h>

#include "base/bits.h"
#include "cpu-ppc64/spr.h"
#include "machine/device-ops.h"
#include "machine/versions.h"
#include "monitor/hmp.h"
#include "monitor/qmp.h"

static void info_status(struct hmp_call *call)
{
    struct control *control = call->monitor->control;

    if (control_is_running(control))
        hmp_print(call->out, "VM status: running\n");
    else
        hmp_print(call->out, "VM status: paused%s%s%s\n", control_state(control) == RUN_PAUSED ? "" : " (",
                  control_state(control) == RUN_PAUSED ? "" : run_state_name(control_state(control)),
                  control_state(control) == RUN_PAUSED ? "" : ")");
}

static void info_version(struct hmp_call *call)
{
    hmp_print(call->out, "lpar " LPAR_VERSION "\n");
}

static void info_name(struct hmp_call *call)
{
    const char *name = machine_config(call->monitor->machine)->name;

    if (name)
        hmp_print(call->out, "%s\n", name);
}

static void info_uuid(struct hmp_call *call)
{
    const char *uuid = machine_config(call->monitor->machine)->uuid;

    hmp_print(call->out, "%s\n", uuid ? uuid : "00000000-0000-0000-0000-000000000000");
}

static void print_cr(struct hmp_out *out, const struct cpu *c)
{
    hmp_print(out, "CR %08" PRIx32 "  [", cpu_cr(c));
    for (unsigned i = 0; i < 8; i++)
        hmp_print(out, " %c%c", c->crf[i] & CR_LT ? 'L' : c->crf[i] & CR_GT ? 'G' : c->crf[i] & CR_EQ ? 'E' : '-',
                  c->crf[i] & CR_SO ? 'O' : ' ');
    hmp_print(out, " ]\n");
}

static void info_registers(struct hmp_call *call)
{
    static const enum spr shown[] = { SPR_SRR0, SPR_SRR1, SPR_DAR, SPR_DSISR, SPR_SPRG0, SPR_SPRG1, SPR_SPRG2,
                                      SPR_SPRG3, SPR_PIDR, SPR_AMR, SPR_IAMR, SPR_FSCR, SPR_CIABR, SPR_DAWR0,
                                      SPR_DAWRX0, SPR_PSSCR };
    struct cpu *c = monitor_cpu(call->monitor);
    unsigned n = 0;

    hmp_print(call->out, "CPU#%u\n", (unsigned)call->monitor->cpu);
    hmp_print(call->out, "NIP %016" PRIx64 "   LR %016" PRIx64 " CTR %016" PRIx64 " XER %08" PRIx64 "\n", c->nia, c->lr,
              c->ctr, cpu_xer(c));
    hmp_print(call->out, "MSR %016" PRIx64 " LPCR %016" PRIx64 "  %s-endian, %s, data %s\n", c->msr, c->lpcr,
              c->le ? "little" : "big", c->msr & MSR_PR ? "problem state" : "privileged",
              c->msr & MSR_DR ? "translated" : "real");
    for (unsigned r = 0; r < 32; r += 4)
        hmp_print(call->out, "GPR%02u %016" PRIx64 " %016" PRIx64 " %016" PRIx64 " %016" PRIx64 "\n", r, c->gpr[r],
                  c->gpr[r + 1], c->gpr[r + 2], c->gpr[r + 3]);
    print_cr(call->out, c);
    hmp_print(call->out, "FPSCR %016" PRIx64 " VSCR %08" PRIx32 " VRSAVE %08" PRIx32 "\n", c->fpscr, c->vscr, c->vrsave);
    hmp_print(call->out, "TB %016" PRIx64 " DEC %016" PRIx64 " PROCTBL %016" PRIx64 "\n", cpu_timebase(c),
              (uint64_t)cpu_decrementer(c), c->process_table);
    for (size_t i = 0; spr_row_at(i); i++)
        for (size_t k = 0; k < ARRAY_SIZE(shown); k++)
            if (spr_row_at(i)->number == shown[k])
                hmp_print(call->out, "%8s %016" PRIx64 "%s", spr_row_at(i)->name,
                          spr_row_at(i)->read ? spr_row_at(i)->read(c) : c->spr[shown[k]], ++n % 3 ? "" : "\n");
    if (n % 3)
        hmp_print(call->out, "\n");
}

static void info_fpu(struct hmp_call *call)
{
    struct cpu *c = monitor_cpu(call->monitor);

    for (unsigned r = 0; r < 64; r++)
        hmp_print(call->out, "VSR%02u %016" PRIx64 " %016" PRIx64 "%s", r, c->vsr[r].d[VSR_D(0)],
                  c->vsr[r].d[VSR_D(1)], r % 2 ? "\n" : "   ");
}

static const char *state_name(const struct vcpu *v)
{
    static const char *const names[] = {
        [VCPU_RUNNING] = "running", [VCPU_CEDED] = "ceded", [VCPU_WAITING] = "waiting", [VCPU_STOPPED] = "stopped"
    };

    return names[v->state];
}

static void info_cpus(struct hmp_call *call)
{
    struct monitor *mon = call->monitor;

    for (unsigned i = 0; i < accel_count(mon->accel); i++) {
        const struct vcpu *v = accel_vcpu(mon->accel, i);

        hmp_print(call->out, "%c CPU #%u: thread_id=%ld server=%u %s nip=0x%016" PRIx64 " instructions=%" PRIu64 "\n",
                  v->index == mon->cpu ? '*' : ' ', v->index, v->tid, v->id, state_name(v), v->cpu->nia, v->cpu->instructions);
    }
}

static void info_mtree(struct hmp_call *call)
{
    const struct mem *mem = call->monitor->mem;

    hmp_print(call->out, "%016x-%016" PRIx64 " RAM\n", 0, mem->ram_size - 1);
    for (size_t i = 0; i < mem->n_regions; i++)
        hmp_print(call->out, "%016" PRIx64 "-%016" PRIx64 " device%s\n", mem->regions[i].start,
                  mem->regions[i].start + mem->regions[i].size - 1, mem->regions[i].enabled ? "" : " (off)");
}

/* Runs of pages that are mapped alike, of the present space: what a walk over everything would be endless for is
 * given by its roots, and what the processor remembers. */
static void info_mem(struct hmp_call *call)
{
    const struct cpu *c = monitor_cpu(call->monitor);
    const struct machine_config *config = machine_config(call->monitor->machine);

    hmp_print(call->out, "RAM %" PRIu64 " MiB of at most %" PRIu64 " MiB\n", config->ram_size >> 20,
              config->maxram_size >> 20);
    if (c->lpcr & LPCR_HR)
        hmp_print(call->out, "radix MMU, process table %016" PRIx64 ", PID %" PRIx64 "\n", c->process_table,
                  c->spr[SPR_PIDR]);
    else
        hmp_print(call->out, "hash MMU, page table of 2^%u bytes\n",
                  machine_platform(call->monitor->machine)->hpt_shift);
}

static void info_tlb(struct hmp_call *call)
{
    const struct cpu *c = monitor_cpu(call->monitor);

    if (!(c->lpcr & LPCR_HR))
        for (unsigned i = 0; i < SLB_ENTRIES; i++)
            if (c->slb[i].esid & SLB_VALID)
                hmp_print(call->out, "SLB %2u ESID %016" PRIx64 " VSID %016" PRIx64 "\n", i, c->slb[i].esid,
                          c->slb[i].vsid);
    for (unsigned i = 0; i < TLB_ENTRIES; i++) {
        const struct tlb_entry *e = &c->tlb[i];

        if (e->load_tag == TLB_NO_TAG && e->store_tag == TLB_NO_TAG)
            continue;
        hmp_print(call->out, "%016" PRIx64 " -> %012" PRIx64 " %c%c\n",
                  e->load_tag != TLB_NO_TAG ? e->load_tag : e->store_tag, e->gpa_page,
                  e->load_tag != TLB_NO_TAG ? 'r' : '-', e->store_tag != TLB_NO_TAG ? 'w' : '-');
    }
    hmp_print(call->out, "%" PRIu64 " misses\n", c->tlb_misses);
}

static void info_pic(struct hmp_call *call)
{
    struct monitor *mon = call->monitor;

    hmp_print(call->out, "interrupt controller: %s\n",
              machine_platform(mon->machine)->negotiated.irq_mode == IRQ_XIVE ? "XIVE" : "XICS");
    for (unsigned i = 0; i < accel_count(mon->accel); i++) {
        const struct vcpu *v = accel_vcpu(mon->accel, i);
        uint32_t requests = atomic_load(&v->cpu->requests);

        hmp_print(call->out, "CPU #%u: external %s, decrementer %s, MSR[EE] %d\n", v->index,
                  requests & CPU_REQUEST_EXTERNAL ? "pending" : "-",
                  cpu_decrementer_pending(v->cpu) ? "pending" : "-", !!(v->cpu->msr & MSR_EE));
    }
}

/* What hangs on the buses, from the present device tree. */
static void info_qtree(struct hmp_call *call)
{
    struct monitor *mon = call->monitor;
    const void *blob;
    size_t size;
    int depth = -1, shown = -1;

    accel_lock(mon->accel);
    blob = tree_blob(machine_platform(mon->machine)->tree, &size, NULL);
    for (int node = blob ? fdt_next_node(blob, -1, &depth) : -1; node >= 0; node = fdt_next_node(blob, node, &depth)) {
        const char *name = fdt_get_name(blob, node, NULL), *compatible;
        int length;

        if (depth == 1)
            shown = !strcmp(name, "vdevice") || !strncmp(name, "pci", 3);
        if (depth < 1 || shown <= 0)
            continue;
        compatible = fdt_getprop(blob, node, "compatible", &length);
        hmp_print(call->out, "%*s%s%s%s\n", 2 * (depth - 1), "", name, compatible ? ", " : "",
                  compatible ? compatible : "");
    }
    accel_unlock(mon->accel);
}

/* ---- counters ---- */

struct counters {
    struct hmp_out *out;
    bool hcalls, rtas;
};

static void print_count(void *opaque, const char *name, uint64_t count)
{
    struct counters *x = opaque;
    bool is_hcall = strchr(name, '_') && name[0] >= 'A' && name[0] <= 'Z';

    if (is_hcall ? x->hcalls : x->rtas)
        hmp_print(x->out, "%-32s %" PRIu64 "\n", name, count);
}

static void counts(struct hmp_call *call, bool hcalls, bool rtas)
{
    struct counters x = { call->out, hcalls, rtas };
    struct accel *accel = call->monitor->accel;

    accel_lock(accel);
    platform_for_each_count(machine_platform(call->monitor->machine), print_count, &x);
    accel_unlock(accel);
}

static void info_hcalls(struct hmp_call *call)
{
    counts(call, true, false);
}

static void info_rtas(struct hmp_call *call)
{
    counts(call, false, true);
}

static void info_stats(struct hmp_call *call)
{
    for (unsigned i = 0; i < accel_count(call->monitor->accel); i++) {
        const struct vcpu *v = accel_vcpu(call->monitor->accel, i);

        hmp_print(call->out, "cpu %u: %" PRIu64 " instructions, %" PRIu64 " TLB misses\n", v->index,
                  v->cpu->instructions, v->cpu->tlb_misses);
    }
    counts(call, true, true);
}

static void print_block(void *opaque, const struct machine_block *b)
{
    if (!b->filename) {
        hmp_print(opaque, "%s: [not inserted]\n", b->device);
        return;
    }
    hmp_print(opaque, "%s: %s (%s%s)\n", b->device, b->filename, b->format, b->read_only ? ", read-only" : "");
}

static void info_block(struct hmp_call *call)
{
    const struct machine_device_ops *ops = machine_device_ops(call->monitor->machine);

    if (ops && ops->for_each_block)
        ops->for_each_block(call->monitor->machine, print_block, call->out);
}

static void print_core(void *opaque, const struct core_place *place)
{
    hmp_print(opaque, "  type: \"%s\"\n  vcpus_count: \"%u\"\n", place->type, place->threads);
    if (place->path)
        hmp_print(opaque, "  qom_path: \"%s\"\n", place->path);
    if (place->has_nodes)
        hmp_print(opaque, "  CPUInstance Properties:\n    node-id: \"%u\"\n    core-id: \"%u\"\n", place->node,
                  place->core_id);
    else
        hmp_print(opaque, "  CPUInstance Properties:\n    core-id: \"%u\"\n", place->core_id);
}

static void info_hotpluggable_cpus(struct hmp_call *call)
{
    const struct machine_device_ops *ops = machine_device_ops(call->monitor->machine);

    hmp_print(call->out, "Hotpluggable CPUs:\n");
    if (ops && ops->for_each_core)
        ops->for_each_core(call->monitor->machine, print_core, call->out);
}

static void print_memory(void *opaque, const struct memory_device *d)
{
    hmp_print(opaque, "Memory device [%s]: \"%s\"\n  addr: 0x%" PRIx64 "\n  slot: %u\n  node: %u\n  size: %" PRIu64
              "\n  memdev: /objects/%s\n  hotplugged: %s\n  hotpluggable: true\n",
              d->is_persistent ? "nvdimm" : "dimm", d->id ? d->id : "", d->start, d->slot, d->node, d->size,
              d->memdev, d->hotplugged ? "true" : "false");
}

static void info_memory_devices(struct hmp_call *call)
{
    const struct machine_device_ops *ops = machine_device_ops(call->monitor->machine);

    if (ops && ops->for_each_memory)
        ops->for_each_memory(call->monitor->machine, print_memory, call->out);
}

static void info_chardev(struct hmp_call *call)
{
    struct qmp_call query = { .monitor = call->monitor };
    struct json_object *list = qmp_execute(&query, "query-chardev"), *label, *name;

    for (size_t i = 0; list && i < json_object_array_length(list); i++) {
        struct json_object *o = json_object_array_get_idx(list, i);

        if (json_object_object_get_ex(o, "label", &label) && json_object_object_get_ex(o, "filename", &name))
            hmp_print(call->out, "%s: filename=%s\n", json_object_get_string(label), json_object_get_string(name));
    }
    json_object_put(list);
}

static const struct hmp_row rows[] = {
    { "status", "", "whether the machine runs", info_status, false, false },
    { "registers", "", "registers of the selected processor", info_registers, true, true },
    { "vsr", "", "its vector-scalar registers", info_fpu, true, true },
    { "cpus", "", "the processors", info_cpus, true, true },
    { "mem", "", "memory and how addresses are translated", info_mem, true, true },
    { "tlb", "", "translations that the selected processor remembers, and its SLB", info_tlb, true, true },
    { "mtree", "", "what answers at which guest physical address", info_mtree, true, false },
    { "qtree", "", "the devices on the buses", info_qtree, true, false },
    { "pic|irq", "", "the interrupt controller and what is pending", info_pic, true, true },
    { "hcalls", "", "how often each hypercall was made", info_hcalls, true, false },
    { "rtas", "", "how often each RTAS call was made", info_rtas, true, false },
    { "stats", "", "all counters", info_stats, true, true },
    { "block", "", "the disks", info_block, true, false },
    { "pci", "", "PCI functions", hmp_info_pci, true, false },
    { "hotpluggable-cpus", "", "the cores that there are and could be", info_hotpluggable_cpus, true, false },
    { "memory-devices", "", "memory that was plugged in", info_memory_devices, true, false },
    { "chardev", "", "the other sides of serial lines and monitors", info_chardev, false, false },
    { "version", "", "the version of this program", info_version, false, false },
    { "name", "", "the partition's name", info_name, false, false },
    { "uuid", "", "its UUID", info_uuid, false, false },
};

const struct hmp_table hmp_infos = { rows, ARRAY_SIZE(rows) };
