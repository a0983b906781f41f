/* The host's KVM as an accelerator: KVM-HV of Linux on POWER, with the guest's hypercalls answered by the same functions
 * as under the other accelerators, but for those that the kernel answers itself (docs/kvm.md). Hypercalls that may go
 * either way stay here.
 *
 * Interrupt controllers are this program's: a guest's accesses to them are exits, and the outcome is the external
 * interrupt line of a vCPU. Guests have radix trees; hash page tables need the kernel's and are not done. */
#include "accel/kvm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/platform/ppc.h>
#include <unistd.h>

#include "mem/populate.h"

enum { VM_DEFAULT = 0, VM_HV = 1, VM_PR = 2 };

/* Without these there is no partition. */
static const struct {
    int number;
    const char *what;
} needed[] = {
    { KVM_CAP_PPC_PAPR, "partitions (PPC_PAPR)" },
    { KVM_CAP_ONE_REG, "registers one by one (ONE_REG)" },
    { KVM_CAP_PPC_UNSET_IRQ, "interrupts that end (PPC_UNSET_IRQ)" },
    { KVM_CAP_PPC_IRQ_LEVEL, "interrupts with a level (PPC_IRQ_LEVEL)" },
    { KVM_CAP_IMMEDIATE_EXIT, "a way out without a race (IMMEDIATE_EXIT)" },
    { KVM_CAP_PPC_MMU_RADIX, "radix trees (PPC_MMU_RADIX)" },
};

/* The descriptor of /dev/kvm, or -1. */
static int open_device(struct error *err)
{
    int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC), version;

    if (fd < 0) {
        int error = errno;

        error_set(err, ERROR_UNSUPPORTED, "/dev/kvm: %s", strerror(error));
        error_hint(err, error == EACCES ? "become a member of the group that owns /dev/kvm"
                                        : "load the module kvm_hv: modprobe kvm_hv");
        return -1;
    }
    version = ioctl(fd, KVM_GET_API_VERSION, 0);
    if (version == KVM_API_VERSION)
        return fd;
    close(fd);
    error_set(err, ERROR_UNSUPPORTED, "/dev/kvm: interface version %d is not %d", version, KVM_API_VERSION);
    return -1;
}

/* The descriptor of a new machine, or -1. */
static int create_vm(int fd, struct error *err)
{
    int vm = ioctl(fd, KVM_CREATE_VM, VM_HV);
    int error = errno, pr;

    if (vm >= 0)
        return vm;
    pr = ioctl(fd, KVM_CREATE_VM, VM_PR);
    if (pr >= 0) {
        close(pr);
        error_set(err, ERROR_UNSUPPORTED, "the host has KVM-PR only, which runs guests in problem state");
        error_hint(err, "load the module kvm_hv, on a machine whose firmware or hypervisor allows it");
    } else {
        error_set(err, ERROR_UNSUPPORTED, "the host's kernel makes no KVM-HV machine: %s", strerror(error));
        error_hint(err, "load the module kvm_hv: modprobe kvm_hv");
    }
    return -1;
}

static bool has_all(int vm, struct error *err)
{
    for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
        if (ioctl(vm, KVM_CHECK_EXTENSION, needed[i].number) <= 0)
            return error_set(err, ERROR_UNSUPPORTED, "the host's kernel does not have %s", needed[i].what);
    if (__ppc_get_timebase_freq() != TIMEBASE_HZ)
        return error_set(err, ERROR_UNSUPPORTED, "the host's timebase runs at %llu Hz, not 512 MHz",
                         (unsigned long long)__ppc_get_timebase_freq());
    return true;
}

static bool kvm_usable(struct error *err)
{
    int fd = open_device(err);
    int vm = fd >= 0 ? create_vm(fd, err) : -1;
    bool ok = vm >= 0 && has_all(vm, err);

    if (vm >= 0)
        close(vm);
    if (fd >= 0)
        close(fd);
    return ok;
}

static void kvm_limits(struct accel_limits *limits)
{
    int fd = open_device(NULL);
    int vm = fd >= 0 ? create_vm(fd, NULL) : -1;

    if (vm >= 0) {
        kvm_read_limits(vm, limits);
        close(vm);
    }
    if (fd >= 0)
        close(fd);
}

/* Linux lets programs read it. */
static uint32_t kvm_host_pvr(void)
{
    unsigned long pvr;

    __asm__("mfspr %0,287" : "=r"(pvr));
    return (uint32_t)pvr;
}

static uint64_t kvm_ticks(void)
{
    return __ppc_get_timebase();
}

#define TABLE_IS_RADIX PPC_BIT(0)

bool kvm_put_partition(struct accel *a, const struct cpu *c)
{
    struct kvm *kvm = accel_backend_state(a);
    /* Until it has registered a table the guest runs in real mode. */
    bool radix = c->lpcr & LPCR_HR || !c->process_table, gtse = !c->process_table || c->lpcr & LPCR_GTSE;
    uint64_t table = c->process_table | (radix ? TABLE_IS_RADIX : 0);
    struct kvm_ppc_mmuv3_cfg config = {
        .flags = (radix ? KVM_PPC_MMUV3_RADIX : 0) | (gtse ? KVM_PPC_MMUV3_GTSE : 0),
        .process_table = table,
    };

    if (radix == kvm->radix && table == kvm->process_table && gtse == kvm->gtse)
        return true;
    if (ioctl(kvm->vm, KVM_PPC_CONFIGURE_V3_MMU, &config))
        return false;
    kvm->radix = radix;
    kvm->process_table = table;
    kvm->gtse = gtse;
    return true;
}

static bool set_slot(const struct kvm *kvm, const struct mem *mem, uint32_t flags)
{
    struct kvm_userspace_memory_region slot = {
        .flags = flags,
        .memory_size = mem->ram_size,
        .userspace_addr = (uintptr_t)mem->ram,
    };

    return !ioctl(kvm->vm, KVM_SET_USER_MEMORY_REGION, &slot);
}

/* The kernel notes what vCPUs store to, by pages of the host; it forgets with each reading. */
static bool kvm_watch_stores(struct accel *a, bool on, struct error *err)
{
    return set_slot(accel_backend_state(a), accel_config(a)->mem, on ? KVM_MEM_LOG_DIRTY_PAGES : 0) ||
           error_set(err, ERROR_UNSUPPORTED, "kvm: stores to memory cannot be watched: %s", strerror(errno));
}

static bool kvm_read_stores(struct accel *a, uint64_t *dirty, struct error *err)
{
    struct kvm *kvm = accel_backend_state(a);
    struct kvm_dirty_log log = { .dirty_bitmap = dirty };

    return !ioctl(kvm->vm, KVM_GET_DIRTY_LOG, &log) ||
           error_set(err, ERROR_RESOURCE, "kvm: KVM_GET_DIRTY_LOG: %s", strerror(errno));
}

/* Newer than some kernels' headers. [Linux: virt/kvm/api 4.140, 4.142] */
struct guest_memfd {
    uint64_t size, flags, reserved[6];
};
struct memory_region2 {
    struct kvm_userspace_memory_region region;
    uint64_t offset;
    uint32_t fd, pad1;
    uint64_t pad2[14];
};
enum { CAP_USER_MEMORY2 = 231, CAP_GUEST_MEMFD = 234, CAP_GUEST_MEMFD_FLAGS = 244 };
enum { GUEST_MEMFD_MMAP = 1, GUEST_MEMFD_SHARED = 2, REGION_GUEST_MEMFD = 4 };
#define CREATE_GUEST_MEMFD _IOWR(KVMIO, 0xd4, struct guest_memfd)
#define SET_MEMORY_REGION2 _IOW(KVMIO, 0x49, struct memory_region2)

static bool has_extension(const struct kvm *kvm, int number)
{
    return ioctl(kvm->vm, KVM_CHECK_EXTENSION, number) > 0;
}

/* Memory as a file of the kernel's that takes writes and can be mapped, where the kernel has that: so far none for
 * POWER does (Linux 7.2), and memory stays what it is. */
static bool use_guest_file(struct kvm *kvm, struct mem *mem)
{
    const int flags = GUEST_MEMFD_MMAP | GUEST_MEMFD_SHARED;
    struct guest_memfd create = { .size = mem->ram_size, .flags = flags };
    int fd, offered = ioctl(kvm->vm, KVM_CHECK_EXTENSION, CAP_GUEST_MEMFD_FLAGS);

    if (!has_extension(kvm, CAP_GUEST_MEMFD) || !has_extension(kvm, CAP_USER_MEMORY2) || offered < 0 ||
        (offered & flags) != flags)
        return false;
    fd = ioctl(kvm->vm, CREATE_GUEST_MEMFD, &create);
    if (fd < 0)
        return false;
    if (!populate_can_write(fd)) {
        close(fd);
        return false;
    }
    return mem_adopt_file(mem, fd);
}

static bool add_memory(struct kvm *kvm, struct mem *mem)
{
    if (use_guest_file(kvm, mem)) {
        struct memory_region2 slot = {
            .region = { .flags = REGION_GUEST_MEMFD,
                        .memory_size = mem->ram_size,
                        .userspace_addr = (uintptr_t)mem->ram },
            .fd = (uint32_t)mem->file,
        };

        return !ioctl(kvm->vm, SET_MEMORY_REGION2, &slot);
    }

    return set_slot(kvm, mem, 0);
}

static bool set_threads(struct kvm *kvm, unsigned threads)
{
    struct kvm_enable_cap smt = { .cap = KVM_CAP_PPC_SMT, .args = { threads } };

    return threads == 1 || !ioctl(kvm->vm, KVM_ENABLE_CAP, &smt);
}

static bool enable_on_vm(const struct kvm *kvm, uint32_t cap, uint64_t argument0, uint64_t argument1)
{
    struct kvm_enable_cap e = { .cap = cap, .args = { argument0, argument1 } };

    return !ioctl(kvm->vm, KVM_ENABLE_CAP, &e);
}

/* What the kernel does for this machine beyond its default. What may be answered here is: H_SET_MODE, H_RANDOM and
 * the like are not enabled. An invalidation has to be done where translations are. */
static bool enable_facilities(const struct kvm *kvm, const struct accel_config *config, struct error *err)
{
    enum { H_RPT_INVALIDATE = 0x448 };

    if (config->nested_hv && !enable_on_vm(kvm, KVM_CAP_PPC_NESTED_HV, 1, 0))
        return error_set(err, ERROR_UNSUPPORTED, "cap-nested-hv: %s", strerror(errno));
    if (config->dawr1 && !enable_on_vm(kvm, KVM_CAP_PPC_DAWR1, 1, 0))
        return error_set(err, ERROR_UNSUPPORTED, "cap-dawr1: %s", strerror(errno));
    if (config->rpt_invalidate && !enable_on_vm(kvm, KVM_CAP_PPC_ENABLE_HCALL, H_RPT_INVALIDATE, 1))
        return error_set(err, ERROR_UNSUPPORTED, "cap-rpt-invalidate: %s", strerror(errno));
    return true;
}

static void kvm_machine_free(void *state)
{
    struct kvm *kvm = state;

    if (kvm->vm >= 0)
        close(kvm->vm);
    if (kvm->fd >= 0)
        close(kvm->fd);
    free(kvm);
}

static void *kvm_machine_new(struct accel *a, struct error *err)
{
    const struct accel_config *config = accel_config(a);
    struct kvm *kvm = calloc(1, sizeof *kvm);
    long run_size;

    if (!kvm || !kvm_kick_init(err)) {
        error_set(err, ERROR_RESOURCE, "out of memory");
        free(kvm);
        return NULL;
    }
    kvm->vm = -1;
    kvm->fd = open_device(err);
    if (kvm->fd < 0 || (kvm->vm = create_vm(kvm->fd, err)) < 0 || !has_all(kvm->vm, err))
        goto fail;
    run_size = ioctl(kvm->fd, KVM_GET_VCPU_MMAP_SIZE, 0);
    if (run_size <= 0) {
        error_set(err, ERROR_UNSUPPORTED, "KVM_GET_VCPU_MMAP_SIZE: %s", strerror(errno));
        goto fail;
    }
    kvm->run_size = (size_t)run_size;
    if (!set_threads(kvm, config->threads)) {
        error_set(err, ERROR_UNSUPPORTED, "the host has no cores of %u threads for guests", config->threads);
        error_hint(err, "leave threads out of -smp");
        goto fail;
    }
    if (!enable_facilities(kvm, config, err))
        goto fail;
    if (!add_memory(kvm, config->mem)) {
        error_set(err, ERROR_RESOURCE, "the guest's memory: %s", strerror(errno));
        goto fail;
    }
    return kvm;
fail:
    kvm_machine_free(kvm);
    return NULL;
}

/* The lock is held: no other vCPU goes on before the kernel knows. */
static void kvm_hypercall_done(struct vcpu *v)
{
    if (!kvm_put_partition(v->accel, v->cpu) && accel_config(v->accel)->failed)
        accel_config(v->accel)->failed(accel_config(v->accel)->opaque, v,
                                       "the host's kernel has no such address translation for guests");
}

const struct accel_backend accel_kvm = {
    .name = "kvm",
    .usable = kvm_usable,
    .host_pvr = kvm_host_pvr,
    .limits = kvm_limits,
    .machine_new = kvm_machine_new,
    .machine_free = kvm_machine_free,
    .vcpu_new = kvm_vcpu_new,
    .vcpu_free = kvm_vcpu_free,
    .run = kvm_vcpu_run,
    .kick = kvm_vcpu_kick,
    .reset = kvm_vcpu_reset,
    .hypercall_done = kvm_hypercall_done,
    .set_external = kvm_vcpu_set_external,
    .watch_stores = kvm_watch_stores,
    .read_stores = kvm_read_stores,
    .ticks = kvm_ticks,
    /* The kernel keeps offsets in the upper 40 bits. */
    .tick_granule = UINT64_C(1) << 24,
};
