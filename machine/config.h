/* What the command line made of the machine. Filled in by options.c, used by machine.c. */
#ifndef MACHINE_CONFIG_H
#define MACHINE_CONFIG_H

#include "machine/boot.h"
#include "machine/caps.h"
#include "machine/devices.h"
#include "machine/nodes.h"
#include "papr/platform.h"

enum { MACHINE_SERIALS = 4 };

enum ic_mode { IC_DUAL, IC_XICS, IC_XIVE };
enum panic_action { PANIC_SHUTDOWN, PANIC_PAUSE, PANIC_NONE };

/* A monitor or the debugger's stub, and where: as host/stream.h takes it. */
enum { MACHINE_MONITORS = 8, MACHINE_SPEC_SIZE = 256 };
enum monitor_mode { MONITOR_HUMAN, MONITOR_CONTROL, MONITOR_GDB };
struct monitor_config {
    enum monitor_mode mode;
    char spec[MACHINE_SPEC_SIZE];
    bool pretty;
};
struct machine_version;

struct machine_config {
    const struct machine_version *version;
    const struct cpu_model *model;
    uint64_t ram_size, maxram_size;
    unsigned slots;     /* -m slots: for modules of persistent memory; others are not counted */
    bool has_no_nvdimm; /* -M nvdimm=off */
    unsigned cpus, maxcpus, sockets, cores, threads, vsmt;
    bool cpu_is_host;      /* -cpu host */
    bool cpu_is_named;     /* -cpu with a model's name */
    uint32_t host_pvr;     /* what guests see instead of the model's, 0: that */
    struct accel_order accels; /* -accel, in the order of preference; settled: the first one can be used */
    struct accel_limits limits; /* of the first one */
    bool verify;        /* -accel tcg,verify=on */
    unsigned hot;       /* -accel tcg,hot=N, 0: as usual */
    uint64_t tb_size;   /* -accel tcg,tb-size=MiB, in bytes, of all processors; 0: by the size of RAM */
    bool perf_map; /* -perfmap */
    unsigned icount_ns; /* -icount: of one instruction; 0: time is the host's */
    enum ic_mode ic_mode;
    uint32_t max_compat_pvr;
    bool resize_hpt;
    uint8_t hpt_max_page_shift; /* 12, 16, 24, 34 */
    gpa_t kernel_addr;
    struct boot_config boot;
    struct caps caps;
    int64_t rtc_offset_s; /* guest's time less the host's */
    bool modern_hotplug_events;
    const char *kernel, *initrd, *append, *name, *uuid, *nvram;
    const char *serial[MACHINE_SERIALS];
    unsigned n_serial;
    bool nographic, nodefaults, start_stopped, no_reboot, no_shutdown;
    struct monitor_config monitors[MACHINE_MONITORS];
    unsigned n_monitors;
    bool no_monitor; /* -monitor none, or elsewhere: not behind Ctrl-A c of the terminal */
    bool help_qmp;   /* print the table of the monitor's commands, and nothing else */
    const char *pidfile;
    bool daemonize;
    const char *dumpdtb;
    struct device_options devices;
    bool list_hcalls, list_rtas; /* print the page instead of running */
    struct nodes nodes; /* -numa */
    const char *key_store; /* -keystore FILE */
    const char *trace_hcalls; /* -trace hcall=FILE */
    bool none; /* -machine none: no machine at all, for a monitor's questions */
    enum panic_action panic_action;
};

/* The defaults of the newest version. */
void machine_config_init(struct machine_config *config);

#endif
