/* A whole machine; see machine.h. */
#include "machine/machine.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/log.h"
#include "cpu-ppc64/jit/jit.h"
#include "base/loop.h"
#include "firmware/client-interface.h"
#include "firmware/loader.h"
#include "host/chardev.h"
#include "irq/irq.h"
#include "machine/control.h"
#include "machine/device-ops.h"
#include "machine/tables.h"
#include "papr/call-lists.h"
#include "papr/trace.h"
#include "machine/versions.h"

enum {
    MIB = 1 << 20,
    BIOS_LIMIT = 4 * MIB,
    FDT_ROOM = 2 * MIB,
    INITRD_ROOM = 40 * MIB, /* kept free above an initrd, below 2 GiB */
    MISSING_NAMES = 32,
    SIGNAL_STATUS = 128,
    BOOT_LIST_SIZE = 4096,
};

#define LARGEST_RMA (UINT64_C(1) << 40)

struct machine {
    struct machine_config config;
    struct cpu_model model; /* with the host's PVR */
    struct platform_config platform_config;
    struct loop *loop;
    int signal_fd; /* -1: none yet */
    struct mem *mem;
    struct accel *accel;
    struct platform *platform;
    struct control *control;
    const struct machine_device_ops *device_ops;
    struct parts parts;
    struct chardevs *chardevs;
    struct devices *devices;
    struct memory_devices *memory_devices;
    struct core_devices *core_devices;
    bool serial_is_named[MACHINE_SERIALS]; /* it belongs to -chardev */
    struct chardev *serial[MACHINE_SERIALS];
    char stdout_path[64], boot_list[BOOT_LIST_SIZE];
    bool has_booted;
    struct loaded kernel;
    char panic_reason[256];
    char missing[MISSING_NAMES][24]; /* instructions that were already told about */
    unsigned n_missing;
};

/* ---- what the guest asks of the whole machine; lock held, on a vCPU's thread ---- */

static void shut_down(struct machine *m, bool guest, const char *reason)
{
    control_emit(m->control, &(struct machine_event){ .kind = EVENT_SHUTDOWN, .guest = guest, .reason = reason });
}

static void finish_power_off(void *opaque)
{
    struct machine *m = opaque;

    shut_down(m, true, "guest-shutdown");
    control_ended(m->control, RUN_SHUTDOWN);
    if (!m->config.no_shutdown)
        loop_quit(m->loop, 0);
}

static void power_off(void *machine)
{
    struct machine *m = machine;

    accel_freeze(m->accel);
    control_ending(m->control);
    loop_post(m->loop, finish_power_off, m);
}

static bool machine_reset(struct machine *m, struct error *err);

/* All vCPUs have stopped. */
static void start_anew(struct machine *m, bool guest)
{
    struct error err = { 0 };
    bool was_running = control_is_running(m->control);

    if (machine_reset(m, &err)) {
        control_emit(m->control, &(struct machine_event){ .kind = EVENT_RESET, .guest = guest,
                                                          .reason = guest ? "guest-reset" : "host-qmp-system-reset" });
        if (control_continue(m->control, was_running, &err))
            return;
    }
    log_line(LOG_ERROR, "machine", "reboot failed: %s", err.cause);
    loop_quit(m->loop, 1);
}

static void finish_reboot(void *opaque)
{
    struct machine *m = opaque;

    if (m->config.no_reboot) {
        shut_down(m, true, "guest-reset");
        control_ended(m->control, RUN_SHUTDOWN);
        if (!m->config.no_shutdown)
            loop_quit(m->loop, 0);
        return;
    }
    control_ended(m->control, RUN_RUNNING);
    start_anew(m, true);
}

static void reboot(void *machine)
{
    struct machine *m = machine;

    accel_freeze(m->accel);
    control_ending(m->control);
    loop_post(m->loop, finish_reboot, m);
}

static void finish_panic(void *opaque)
{
    static const char *const actions[] = {
        [PANIC_SHUTDOWN] = "poweroff", [PANIC_PAUSE] = "pause", [PANIC_NONE] = "run"
    };
    struct machine *m = opaque;

    log_line(LOG_ERROR, "guest", "panic: %s", m->panic_reason);
    control_emit(m->control, &(struct machine_event){ .kind = EVENT_GUEST_PANICKED, .device = m->panic_reason,
                                                      .reason = actions[m->config.panic_action] });
    if (m->config.panic_action == PANIC_SHUTDOWN)
        shut_down(m, true, "guest-panic");
    if (m->config.panic_action != PANIC_NONE)
        control_ended(m->control, RUN_GUEST_PANICKED);
    if (m->config.panic_action == PANIC_SHUTDOWN)
        loop_quit(m->loop, 1);
}

static void guest_panic(void *machine, const char *reason)
{
    struct machine *m = machine;

    snprintf(m->panic_reason, sizeof m->panic_reason, "%s", reason);
    if (m->config.panic_action != PANIC_NONE) {
        accel_freeze(m->accel);
        control_ending(m->control);
    }
    loop_post(m->loop, finish_panic, m);
}

static const struct platform_machine_ops machine_ops = {
    .power_off = power_off,
    .reboot = reboot,
    .guest_panic = guest_panic,
};

/* ---- calls from the parts ---- */

static void hypercall(void *opaque, struct vcpu *v)
{
    platform_hypercall(((struct machine *)opaque)->platform, v);
}

static void vcpu_failed(void *opaque, struct vcpu *v, const char *why)
{
    char text[256];

    snprintf(text, sizeof text, "processor %u: %s", v->id, why);
    guest_panic(opaque, text);
}

static bool quick_hypercall(void *opaque, struct vcpu *v)
{
    return platform_quick_hypercall(((struct machine *)opaque)->platform, v);
}

static void woken(void *opaque, struct vcpu *v)
{
    platform_vcpu_woken(((struct machine *)opaque)->platform, v);
}

static bool unmaskable(void *opaque, struct vcpu *v, enum cpu_vector vector, uint64_t *srr1_bits,
                       uint64_t *address)
{
    return fwnmi_enter(((struct machine *)opaque)->parts.fwnmi, v, vector, srr1_bits, address);
}

static void leave_guest(void *opaque, struct vcpu *v)
{
    struct parts *parts = &((struct machine *)opaque)->parts;

    if (!guests_leave(parts->guests, v))
        nested_leave(parts->nested, v);
}

static unsigned vcpu_id(unsigned index, void *opaque)
{
    const struct machine_config *c = &((struct machine *)opaque)->config;

    return index / c->threads * c->vsmt + index % c->threads;
}

static void missing_instruction(void *opaque, struct vcpu *v, uint64_t insn, const char *mnemonic)
{
    struct machine *m = opaque;

    if (!mnemonic) {
        guest_error("cpu", "illegal instruction %08" PRIx32 " at %016" PRIx64, (uint32_t)insn,
                    v->cpu->cia);
        return;
    }
    accel_lock(m->accel);
    for (unsigned i = 0; i < m->n_missing; i++)
        if (!strcmp(m->missing[i], mnemonic))
            goto out;
    if (m->n_missing < MISSING_NAMES)
        snprintf(m->missing[m->n_missing++], sizeof m->missing[0], "%s", mnemonic);
    log_line(LOG_WARN, "cpu", "the guest used '%s', which lpar does not have yet (at %016" PRIx64 ")",
             mnemonic, v->cpu->cia);
out:
    accel_unlock(m->accel);
}

static void lock(void *opaque)
{
    accel_lock(((struct machine *)opaque)->accel);
}

static void unlock(void *opaque)
{
    accel_unlock(((struct machine *)opaque)->accel);
}

static void quit(void *opaque)
{
    struct machine *m = opaque;

    shut_down(m, false, "host-ui");
    loop_quit(m->loop, 0);
}

static void finish_debug_stop(void *opaque)
{
    struct machine *m = opaque;

    control_ended(m->control, RUN_DEBUG);
    control_emit(m->control, &(struct machine_event){ .kind = EVENT_DEBUG });
}

static void debug_stop(void *opaque, struct vcpu *v)
{
    struct machine *m = opaque;

    (void)v;
    control_ending(m->control);
    loop_post(m->loop, finish_debug_stop, m);
}

static void clock_was_set(void *opaque, int64_t offset_s)
{
    struct machine *m = opaque;

    control_post_event(m->control, &(struct machine_event){ .kind = EVENT_RTC_CHANGE,
                                                            .offset_s = offset_s - m->config.rtc_offset_s });
}

static void firmware_write(void *opaque, const char *text, size_t size)
{
    vtys_write(((struct machine *)opaque)->parts.vtys, text, size);
}

static size_t firmware_read(void *opaque, char *text, size_t size)
{
    return vtys_read(((struct machine *)opaque)->parts.vtys, text, size);
}

/* ---- putting it together ---- */

/* The machine is made to be looked at, not to run. */
static bool is_only_printed(const struct machine_config *c)
{
    return c->dumpdtb || c->list_hcalls || c->list_rtas;
}

static uint64_t power_of_two_floor(uint64_t v)
{
    return UINT64_C(1) << (63 - __builtin_clzll(v));
}

static void fill_platform_config(struct machine *m)
{
    const struct machine_config *c = &m->config;
    const uint8_t *cap = c->caps.value;
    bool has_nodes = c->nodes.numa.n_nodes > 1;
    uint64_t rma = power_of_two_floor(has_nodes ? c->nodes.numa.ram_size[0] : c->ram_size);
    /* A mode before ISA 3.00 has no XIVE. */
    bool can_xive = c->model->level >= CPU_ISA_3_0 &&
                    (!c->max_compat_pvr || c->max_compat_pvr >= 0x0f000005);

    m->platform_config = (struct platform_config){
        .model = c->model,
        .ram_size = c->ram_size,
        .maxram_size = c->maxram_size,
        .rma_size = rma < LARGEST_RMA ? rma : LARGEST_RMA,
        .n_vcpus = c->cpus,
        .max_vcpus = c->maxcpus,
        .threads = c->threads,
        .vsmt = c->vsmt,
        .max_compat_pvr = c->max_compat_pvr,
        .offers_xics = c->ic_mode != IC_XIVE,
        .offers_xive = c->ic_mode != IC_XICS && can_xive,
        .cores_per_chip = c->cores,
        .form2_affinity = !machine_version_keeps(c->version, KEEPS_FORM1_ONLY),
        .form1_from_distances = !machine_version_keeps(c->version, KEEPS_FLAT_FORM1),
        .form1_has_two_points = machine_version_keeps(c->version, KEEPS_TWO_POINTS),
        .modern_hotplug_events = c->modern_hotplug_events,
        .resize_hpt = c->resize_hpt && !(c->limits.is_limited && !c->limits.most[LIMIT_HASH]),
        .hpt_max_page_shift = c->hpt_max_page_shift,
        /* The kernel keeps prods to itself, for those that have ceded. */
        .has_no_join = c->limits.is_limited && c->maxcpus > 1,
        .radix_only = c->limits.is_limited && !c->limits.most[LIMIT_HASH],
        .cap_vsx = cap[CAP_VSX],
        .cap_dfp = cap[CAP_DFP],
        .cap_large_decr = cap[CAP_LARGE_DECR],
        .cap_fwnmi = cap[CAP_FWNMI],
        .cap_ail_mode_3 = cap[CAP_AIL_MODE_3],
        .cap_ccf_assist = cap[CAP_CCF_ASSIST],
        .cap_htm = cap[CAP_HTM],
        .cap_nested_hv = cap[CAP_NESTED_HV],
        .cap_nested_papr = cap[CAP_NESTED_PAPR],
        .cap_rpt_invalidate = cap[CAP_RPT_INVALIDATE],
        .cap_dawr1 = cap[CAP_DAWR1],
        .numa = has_nodes ? &m->config.nodes.numa : NULL,
        .has_key_store = c->key_store,
        .pmem_slots = c->slots,
        .is_deterministic = c->icount_ns,
        .cap_cfpc = cap[CAP_CFPC],
        .cap_sbbc = cap[CAP_SBBC],
        .cap_ibs = cap[CAP_IBS],
        .name = c->name,
        .uuid = c->uuid,
        .boot_menu = c->boot.menu,
        .has_guest_firmware = *c->boot.bios,
        .bootargs = c->append ? c->append : "",
    };
}

static bool open_chardevs(struct machine *m, struct error *err)
{
    const struct chardev_config config = { m->loop, lock, unlock, quit, m };

    m->chardevs = chardevs_new(&m->config.devices, &config, err);
    return m->chardevs;
}

static bool open_serial_line(struct machine *m, unsigned i, struct error *err)
{
    const struct chardev_config config = { m->loop, lock, unlock, quit, m };
    const char *spec = m->config.serial[i];

    m->serial_is_named[i] = !strncmp(spec, "chardev:", 8);
    /* To dump the tree, nobody need be at the other end. */
    m->serial[i] = m->serial_is_named[i] ? chardevs_take(m->chardevs, spec + 8, err)
                                         : chardev_new(is_only_printed(&m->config) ? "null" : spec, &config, err);
    if (!m->serial[i])
        error_context(err, "-serial %s", spec);
    return m->serial[i];
}

static bool add_serial_lines(struct machine *m, struct error *err)
{
    for (unsigned i = 0; i < m->config.n_serial; i++) {
        uint32_t unit = 0;

        if (!strcmp(m->config.serial[i], "none"))
            continue;
        if (!open_serial_line(m, i, err) || !vtys_add(m->parts.vtys, m->serial[i], &unit, err))
            return false;
    }
    return true;
}

/* The first terminal is the console, whether -serial or -device made it. */
static bool choose_console(struct machine *m)
{
    uint32_t unit;

    if (vtys_first(m->parts.vtys, &unit)) {
        snprintf(m->stdout_path, sizeof m->stdout_path, "/vdevice/vty@%x", unit);
        m->platform_config.stdout_path = m->stdout_path;
    }
    return true;
}

static bool prepare_firmware(struct machine *m)
{
    devices_boot_list(m->devices, m->boot_list, sizeof m->boot_list);
    m->platform_config.boot_list = m->boot_list;
    firmware_set_input(m->parts.firmware, firmware_read);
    return true;
}

/* An eighth of RAM, 512 MiB at most, unless it was said; each processor has its share. */
static uint64_t code_size(const struct machine_config *c)
{
    const uint64_t most = UINT64_C(512) << 20, eighth = c->ram_size / 8;

    return (c->tb_size ? c->tb_size : eighth < most ? eighth : most) / c->cpus;
}

static bool make_parts(struct machine *m, struct error *err)
{
    struct accel_config accel_config = {
        .model = m->config.model,
        .n_vcpus = m->config.cpus,
        .limit = m->config.maxcpus,
        .threads = m->config.threads,
        .vcpu_id = vcpu_id,
        .hypercall = hypercall,
        .quick_hypercall = quick_hypercall,
        .woken = woken,
        .unmaskable = unmaskable,
        .leave_guest = leave_guest,
        .debug_stop = debug_stop,
        .missing_instruction = missing_instruction,
        .opaque = m,
        .failed = vcpu_failed,
        .order = m->config.accels,
        .nested_hv = m->config.caps.value[CAP_NESTED_HV],
        .fwnmi = m->config.caps.value[CAP_FWNMI],
        .dawr1 = m->config.caps.value[CAP_DAWR1],
        .rpt_invalidate = m->config.caps.value[CAP_RPT_INVALIDATE],
        .jit = { .verify = m->config.verify, .hot = m->config.hot, .code_size = code_size(&m->config) },
        .perf_map = m->config.perf_map,
        .ns_per_instruction = m->config.icount_ns,
    };

    /* What can be plugged is there from the beginning: it costs addresses until it is used. */
    m->mem = m->loop ? mem_new(dimms_area_end(&m->platform_config) ? dimms_area_end(&m->platform_config)
                                                                   : m->config.ram_size, err)
                     : NULL;
    accel_config.mem = m->mem;
    m->accel = m->mem ? accel_new(&accel_config, err) : NULL;
    m->control = m->accel ? control_new(m->accel, m->loop, err) : NULL;
    m->platform = m->control ? platform_new(m->accel, m->mem, &m->platform_config, &machine_ops, m, err)
                           : NULL;
    return m->platform && parts_new(&m->parts, m->platform, m->loop, firmware_write, m, err) &&
           open_chardevs(m, err) && add_serial_lines(m, err) &&
           parts_add_nvram(&m->parts, m->config.nvram, err) &&
           parts_add_key_store(&m->parts, m->config.key_store, err) &&
           (m->memory_devices = memory_devices_new(m->accel, m->mem, m->parts.dimms, m->config.has_no_nvdimm ? NULL : m->parts.persistent_memory,
                                                m->control, m->loop, &m->config.nodes,
                                                err)) &&
           (m->core_devices = core_devices_new(m->platform, m->control, m->loop, err)) &&
           (m->devices = devices_new(&m->parts, m->chardevs, m->memory_devices, m->core_devices, &m->config.devices,
                                     err)) &&
           (devices_go_live(m->devices, m->control, m->loop), true) && choose_console(m) &&
           prepare_firmware(m);
}

/* ---- images ---- */

/* The order of the first boot may be another one than that of all later ones; disks come and go in between. */
static void set_boot_order(struct machine *m)
{
    const struct boot_config *boot = &m->config.boot;
    const char *order = !m->has_booted && *boot->once ? boot->once : boot->order;
    struct firmware_disks disks;

    m->platform_config.boot_device = order;
    devices_boot_order(m->devices, order, &disks);
    firmware_set_disks(m->parts.firmware, &disks);
    m->has_booted = true;
}

/* Loads the images and tells the platform where they are. */
static bool load_images(struct machine *m, struct error *err)
{
    const struct machine_config *c = &m->config;
    struct platform_config *p = &m->platform_config;
    gpa_t limit = p->rma_size < UINT64_C(2) << 30 ? p->rma_size : UINT64_C(2) << 30;
    gpa_t floor = *c->boot.bios ? BIOS_LIMIT : FIRMWARE_END;
    uint64_t size;

    if (*c->boot.bios && !loader_raw(m->mem, "firmware", c->boot.bios, 0, BIOS_LIMIT, &size, err))
        return false;
    if (c->kernel) {
        if (!loader_kernel(m->mem, c->kernel, c->kernel_addr, floor, limit - FDT_ROOM, &m->kernel, err))
            return false;
        p->kernel_start = m->kernel.start;
        p->kernel_size = m->kernel.end - m->kernel.start;
        p->kernel_is_le = m->kernel.is_le;
    }
    if (c->initrd) {
        p->initrd_start = (m->kernel.end + 0x1ffff) & ~UINT64_C(0xffff);
        if (!loader_raw(m->mem, "initrd", c->initrd, p->initrd_start,
                        limit > INITRD_ROOM ? limit - INITRD_ROOM : 0, &p->initrd_size, err))
            return false;
    }
    return true;
}

/* A raw image is entered at 0x100 in real mode with the tree's address in r3. */
static bool enter_bios(struct machine *m, struct error *err)
{
    struct cpu *c = accel_vcpu(m->accel, 0)->cpu;
    gpa_t limit = m->platform_config.rma_size < UINT64_C(2) << 30 ? m->platform_config.rma_size
                                                                  : UINT64_C(2) << 30;
    gpa_t at = limit - FDT_ROOM;
    size_t size;
    const void *blob = tree_blob(m->platform->tree, &size, err);

    if (!blob)
        return false;
    if (size > FDT_ROOM || !gpa_write(m->mem, at, blob, size))
        return error_set(err, ERROR_RESOURCE, "the device tree is too large");
    cpu_set_msr(c, MSR_SF | MSR_ME | MSR_FP);
    c->nia = VECTOR_SYSTEM_RESET;
    c->gpr[3] = at;
    return true;
}

/* All to the state before the first instruction; the vCPUs are paused. */
static bool machine_reset(struct machine *m, struct error *err)
{
    struct vcpu *boot = accel_vcpu(m->accel, 0);
    const struct platform_config *p = &m->platform_config;
    bool ok;

    log_trace(LOG_ITEM_RESET, "machine reset");
    accel_lock(m->accel);
    set_boot_order(m);
    ok = load_images(m, err) && platform_reset(m->platform, err);
    if (ok)
        ok = *m->config.boot.bios ? enter_bios(m, err)
             : !m->config.kernel && !is_only_printed(&m->config)
                 ? firmware_boot_disk(m->parts.firmware, boot, err)
                 : firmware_boot(m->parts.firmware, boot, p->kernel_start,
                                 p->kernel_start + p->kernel_size, p->initrd_start, p->initrd_size,
                                 err);
    if (ok)
        vcpu_start(boot);
    accel_unlock(m->accel);
    return ok;
}

static bool names_a_disk(const struct machine_config *c)
{
    for (unsigned i = 0; i < c->devices.count; i++)
        switch (c->devices.items[i].kind) {
        case OPTION_DRIVE:
        case OPTION_BLOCKDEV:
        case OPTION_DISK:
        case OPTION_CDROM:
            return true;
        default:
            break;
        }
    return false;
}

struct machine *machine_new(const struct machine_config *config, struct error *err)
{
    struct machine *m = calloc(1, sizeof *m);

    if (!m) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        return NULL;
    }
    m->config = *config;
    if (config->host_pvr) {
        m->model = *config->model;
        m->model.pvr = config->host_pvr;
        m->config.model = &m->model;
    }
    m->signal_fd = -1;
    m->loop = loop_new(err);
    if (!m->loop)
        goto fail;
    if (config->none) {
        m->control = control_new(NULL, m->loop, err);
        if (m->control)
            return m;
        goto fail;
    }
    if (!config->kernel && !*config->boot.bios && !is_only_printed(config) && !names_a_disk(config)) {
        error_set(err, ERROR_USAGE, "nothing to boot");
        error_hint(err, "name a kernel with -kernel FILE, a disk with -drive, or a firmware image with -bios FILE");
        goto fail;
    }
    fill_platform_config(m);
    m->device_ops = &machine_user_devices;
    if (!make_parts(m, err))
        goto fail;
    time_set_offset(m->parts.time, m->config.rtc_offset_s);
    if (config->trace_hcalls && !(m->platform->trace = trace_new(m->accel, config->trace_hcalls, err)))
        goto fail;
    time_on_change(m->parts.time, clock_was_set, m);
    if (!is_only_printed(config) && !machine_reset(m, err))
        goto fail;
    return m;
fail:
    machine_free(m);
    return NULL;
}

static void print_count(void *opaque, const char *name, uint64_t count)
{
    (void)opaque;
    log_trace(LOG_ITEM_STATS, "%s %" PRIu64, name, count);
}

static void print_statistics(const struct machine *m)
{
    for (unsigned i = 0; i < accel_count(m->accel); i++) {
        const struct cpu *c = accel_vcpu(m->accel, i)->cpu;

        log_trace(LOG_ITEM_STATS, "cpu %u: %" PRIu64 " instructions, %" PRIu64 " TLB misses", i,
                  c->instructions, c->tlb_misses);
        if (c->jit)
            jit_report(c->jit);
    }
    platform_for_each_count(m->platform, print_count, NULL);
}

void machine_free(struct machine *m)
{
    if (!m)
        return;
    /* The threads first: everything else is theirs to use. */
    if (m->accel)
        accel_pause(m->accel);
    if (m->platform && log_on(LOG_ITEM_STATS))
        print_statistics(m);
    devices_free(m->devices);
    memory_devices_free(m->memory_devices);
    core_devices_free(m->core_devices);
    if (m->parts.vtys)
        vtys_flush(m->parts.vtys);
    for (unsigned i = 0; i < MACHINE_SERIALS; i++)
        if (!m->serial_is_named[i])
            chardev_free(m->serial[i]);
    chardevs_free(m->chardevs);
    parts_free(&m->parts);
    if (m->platform)
        trace_free(m->platform->trace);
    platform_free(m->platform);
    control_free(m->control);
    accel_free(m->accel);
    mem_free(m->mem);
    loop_free(m->loop);
    if (m->signal_fd >= 0)
        close(m->signal_fd);
    free(m);
}

/* The whole file or none: written beside it and renamed. */
static bool write_file(const char *path, const void *data, size_t size, struct error *err)
{
    char temporary[4096];
    FILE *f;
    bool ok;

    snprintf(temporary, sizeof temporary, "%s.tmp%ld", path, (long)getpid());
    f = fopen(temporary, "wbe");
    ok = f && fwrite(data, 1, size, f) == size;
    ok = f && !fclose(f) && ok && !rename(temporary, path);
    if (!ok) {
        error_set(err, ERROR_FILE, "can't write '%s': %s", path, strerror(errno));
        if (f)
            unlink(temporary);
    }
    return ok;
}

/* As a guest that was just started would. */
static bool negotiate(struct machine *m, const void *vectors, size_t size, struct error *err)
{
    int64_t status = H_PARAMETER;

    accel_lock(m->accel);
    if (gpa_write(m->mem, FIRMWARE_END, vectors, size))
        status = firmware_cas(m->parts.firmware, accel_vcpu(m->accel, 0), FIRMWARE_END, err);
    accel_unlock(m->accel);
    if (status)
        error_set(err, ERROR_USAGE, "the machine refuses these option vectors (status %lld)", (long long)status);
    return !status;
}

const void *machine_tree(struct machine *m, const void *vectors, size_t vectors_size, size_t *size, struct error *err)
{
    if (!machine_reset(m, err) || (vectors && !negotiate(m, vectors, vectors_size, err)))
        return NULL;
    return tree_blob(m->platform->tree, size, err);
}

static bool dump_tree(struct machine *m, struct error *err)
{
    size_t size;
    const void *blob = machine_tree(m, NULL, 0, &size, err);

    return blob && write_file(m->config.dumpdtb, blob, size, err);
}

/* Signals that ask us to go: the machine ends as it does by Ctrl-A x, with the status that a shell gives to
 * a program that a signal ended. */
static void on_signal(void *opaque, short events)
{
    struct machine *m = opaque;
    struct signalfd_siginfo info;

    (void)events;
    if (read(m->signal_fd, &info, sizeof info) != (ssize_t)sizeof info)
        return;
    shut_down(m, false, "host-signal");
    loop_quit(m->loop, SIGNAL_STATUS + (int)info.ssi_signo);
}

static bool watch_signals(struct machine *m, sigset_t *before, struct error *err)
{
    sigset_t mask;

    sigemptyset(&mask);
    sigaddset(&mask, SIGTERM);
    sigaddset(&mask, SIGINT);
    sigaddset(&mask, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &mask, before);
    m->signal_fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
    if (m->signal_fd >= 0 && loop_add(m->loop, m->signal_fd, POLLIN, on_signal, m))
        return true;
    return error_set(err, ERROR_RESOURCE, "can't wait for signals: %s", strerror(errno));
}

struct loop *machine_loop(struct machine *m)
{
    return m->loop;
}

struct control *machine_control(struct machine *m)
{
    return m->control;
}

struct accel *machine_accel(struct machine *m)
{
    return m->accel;
}

struct mem *machine_mem(struct machine *m)
{
    return m->mem;
}

struct devices *machine_devices(struct machine *m)
{
    return m->devices;
}

struct platform *machine_platform(struct machine *m)
{
    return m->platform;
}

const struct parts *machine_parts(struct machine *m)
{
    return &m->parts;
}

const struct machine_config *machine_config(const struct machine *m)
{
    return &m->config;
}

const struct machine_device_ops *machine_device_ops(const struct machine *m)
{
    return m->device_ops;
}

void machine_set_device_ops(struct machine *m, const struct machine_device_ops *ops)
{
    m->device_ops = ops;
}

const char *machine_serial_name(struct machine *m, unsigned i)
{
    return i < MACHINE_SERIALS && m->serial[i] ? chardev_name(m->serial[i]) : NULL;
}

struct chardev *machine_serial(struct machine *m, unsigned i)
{
    return i < MACHINE_SERIALS ? m->serial[i] : NULL;
}

void machine_system_reset(struct machine *m)
{
    if (!m->accel)
        return;
    if (m->config.no_reboot) {
        shut_down(m, false, "host-qmp-system-reset");
        loop_quit(m->loop, 0);
        return;
    }
    accel_pause(m->accel);
    start_anew(m, false);
}

void machine_power_down(struct machine *m)
{
    if (!m->accel)
        return;
    accel_lock(m->accel);
    events_power_down(m->parts.events);
    accel_unlock(m->accel);
    control_emit(m->control, &(struct machine_event){ .kind = EVENT_POWERDOWN });
}

void machine_set_action(struct machine *m, const char *reboot, const char *shutdown, const char *panic)
{
    if (m->accel)
        accel_lock(m->accel);
    if (reboot)
        m->config.no_reboot = !strcmp(reboot, "shutdown");
    if (shutdown)
        m->config.no_shutdown = !strcmp(shutdown, "pause");
    if (panic)
        m->config.panic_action = !strcmp(panic, "none")    ? PANIC_NONE
                                 : !strcmp(panic, "pause") ? PANIC_PAUSE
                                                           : PANIC_SHUTDOWN;
    if (m->accel)
        accel_unlock(m->accel);
}

void machine_quit(struct machine *m)
{
    shut_down(m, false, "host-qmp-quit");
    loop_quit(m->loop, 0);
}

bool machine_write_tree(struct machine *m, const char *path, struct error *err)
{
    const void *blob;
    size_t size;
    bool ok;

    if (!m->platform)
        return error_set(err, ERROR_UNSUPPORTED, "this machine has no device tree");
    accel_lock(m->accel);
    blob = tree_blob(m->platform->tree, &size, err);
    ok = blob && write_file(path, blob, size, err);
    accel_unlock(m->accel);
    return ok;
}

bool machine_run(struct machine *m, int *status, struct error *err)
{
    sigset_t before;
    bool ok;

    *status = 0;
    if (m->config.dumpdtb && m->platform)
        return dump_tree(m, err);
    if (m->config.list_hcalls)
        call_lists_hcalls(m->platform, stdout);
    if (m->config.list_rtas)
        call_lists_rtas(m->platform, stdout);
    if (is_only_printed(&m->config) && m->platform)
        return true;
    ok = watch_signals(m, &before, err) &&
         (m->config.start_stopped || m->config.none || control_resume(m->control, err));
    if (ok)
        *status = loop_run(m->loop);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return ok;
}
