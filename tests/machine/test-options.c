/* The command line: what it makes of good words, and what it says to wrong ones. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "machine/options.h"
#include "machine/versions.h"
#include "tests/papr/fixture.h"

static struct machine_config config;
static struct error err;
static char words[1024];

/* Parses a line of words separated by blanks. The config points into `words`. */
static enum options_result parse(const char *line)
{
    char *argv[64] = { NULL }, *save, *word;
    int argc = 0;

    err = (struct error){ 0 };
    snprintf(words, sizeof words, "lpar %s", line);
    for (word = strtok_r(words, " ", &save); word && argc < 63; word = strtok_r(NULL, " ", &save))
        argv[argc++] = word;
    return options_parse(argc, argv, &config, &err);
}

static void accepts(const char *line)
{
    ck_assert_msg(parse(line) == OPTIONS_RUN, "%s: %s", line, err.cause);
}

START_TEST(defaults)
{
    accepts("-kernel k");
    ck_assert_str_eq(config.version->name, "pseries-11.1");
    ck_assert_str_eq(config.model->name, "POWER9");
    ck_assert_uint_eq(config.ram_size, UINT64_C(512) << 20);
    ck_assert_uint_eq(config.maxram_size, config.ram_size);
    ck_assert_uint_eq(config.kernel_addr, 0x400000);
    ck_assert_uint_eq(config.n_serial, 1);
    ck_assert_str_eq(config.serial[0], "stdio");
    ck_assert_int_eq(config.ic_mode, IC_DUAL);
    ck_assert_uint_eq(config.cpus, 1);
    ck_assert_int_eq(config.panic_action, PANIC_SHUTDOWN);
}
END_TEST

START_TEST(nodes)
{
    const struct numa_config *numa = &config.nodes.numa;
    static const char *const wrong[] = {
        "-numa node,mem=256M -numa node,mem=512M", "-numa node,mem=100M -numa node,mem=412M",
        "-numa node,nodeid=1", "-numa node,cpus=1", "-numa node,cpus=2-1", "-numa node,what=1", "-numa what",
        "-numa node,mem=0 -numa node,mem=512M",
        "-numa node -numa node -numa dist,src=0,dst=1,val=9", "-numa node -numa dist,src=0,dst=0,val=20",
        "-numa node -numa node -numa dist,src=0,dst=1,val=30 -numa dist,src=1,dst=0,val=31",
        "-numa node,memdev=none", "-numa cpu,node-id=0,core-id=0", "-numa node -numa cpu,node-id=0,core-id=1",
        "-numa node -numa cpu,node-id=0",
    };
    char line[256];

    accepts("-kernel k -m 1G -smp 1,maxcpus=4 -numa node,mem=256M -numa node,cpus=0-1,mem=768M "
            "-numa dist,src=1,dst=0,val=40");
    ck_assert_uint_eq(numa->n_nodes, 2);
    ck_assert_uint_eq(numa->ram_size[1], UINT64_C(768) << 20);
    ck_assert_mem_eq(numa->node_of_core, "\1\1\0\0", 4);
    ck_assert_uint_eq(numa->distance[0][0], 10);
    ck_assert_uint_eq(numa->distance[0][1], 40);
    ck_assert_uint_eq(numa->distance[1][0], 40);
    accepts("-kernel k -m 768M -numa node -numa node");
    ck_assert_uint_eq(numa->ram_size[0], UINT64_C(256) << 20);
    ck_assert_uint_eq(numa->ram_size[1], UINT64_C(512) << 20);
    ck_assert_uint_eq(numa->distance[0][1], 20);
    accepts("-kernel k -m 1G -smp 1,maxcpus=4 -object memory-backend-ram,id=a,size=256M "
            "-object memory-backend-ram,id=b,size=768M -numa node,memdev=a -numa node,memdev=b -numa cpu,node-id=1,core-id=2");
    ck_assert_uint_eq(numa->ram_size[0], UINT64_C(256) << 20);
    ck_assert_uint_eq(numa->ram_size[1], UINT64_C(768) << 20);
    ck_assert_mem_eq(numa->node_of_core, "\0\0\1\0", 4);
    accepts("-kernel k -M pseries-6.1 -smp 4 -numa node -numa node"); /* four sockets */
    ck_assert_mem_eq(numa->node_of_core, "\0\1\0\1", 4);
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        snprintf(line, sizeof line, "-kernel k -m 512M %s", wrong[i]);
        ck_assert_msg(parse(line) == OPTIONS_ERROR, "%s", wrong[i]);
    }
}
END_TEST

START_TEST(calls_to_a_file)
{
    accepts("-kernel k -trace hcall=calls.jsonl -keystore keys");
    ck_assert_str_eq(config.trace_hcalls, "calls.jsonl");
    ck_assert_str_eq(config.key_store, "keys");
    ck_assert_int_eq(parse("-kernel k -trace rtas=x"), OPTIONS_ERROR);
    ck_assert_int_eq(parse("-kernel k -trace hcall="), OPTIONS_ERROR);
}
END_TEST

START_TEST(a_line_as_users_of_qemu_type_it)
{
    accepts("-machine pseries-6.1,ic-mode=xive,cap-cfpc=broken,cap-htm=off,x-vof=on,accel=tcg "
            "-cpu power9_v2.0 -m 2G,slots=4,maxmem=4G -smp 1,maxcpus=8,sockets=2,cores=4,threads=1 "
            "-kernel k -initrd i -append root=/dev/sda -nodefaults -nographic -serial mon:stdio "
            "-serial null -monitor none -display none -vga none -net none -name guest=me,debug-threads=on "
            "-uuid 12345678-1234-1234-1234-123456789abc -no-reboot -S -accel tcg,thread=single "
            "-rtc base=utc,clock=host");
    ck_assert_str_eq(config.version->name, "pseries-6.1");
    ck_assert_int_eq(config.ic_mode, IC_XIVE);
    ck_assert_uint_eq(config.caps.value[CAP_CFPC], CAP_BROKEN);
    ck_assert_uint_eq(config.ram_size, UINT64_C(2) << 30);
    ck_assert_uint_eq(config.maxram_size, UINT64_C(4) << 30);
    ck_assert_uint_eq(config.maxcpus, 8);
    ck_assert_uint_eq(config.n_serial, 2);
    ck_assert_str_eq(config.name, "me");
    ck_assert_str_eq(config.append, "root=/dev/sda");
    ck_assert(config.no_reboot && config.start_stopped);
}
END_TEST

/* Those that this host cannot do are passed over; each is tried once. */
START_TEST(accelerators_in_order)
{
    accepts("-kernel k -accel interp");
    ck_assert_uint_eq(config.accels.n, 1);
    ck_assert_int_eq(config.accels.kind[0], ACCEL_INTERP);
    accepts("-kernel k -accel interp:tcg -accel kvm -accel tcg");
    ck_assert_uint_eq(config.accels.n, 3);
    ck_assert_int_eq(config.accels.kind[0], ACCEL_INTERP);
    ck_assert_int_eq(config.accels.kind[1], ACCEL_TCG);
    ck_assert_int_eq(config.accels.kind[2], ACCEL_KVM);
    accepts("-kernel k -M accel=interp:kvm");
    ck_assert_uint_eq(config.accels.n, 2);
    accepts("-kernel k");
    ck_assert_uint_ge(config.accels.n, 1);
#if !defined(__powerpc64__)
    accepts("-kernel k -accel kvm -accel interp");
    ck_assert_uint_eq(config.accels.n, 1);
    ck_assert_int_eq(config.accels.kind[0], ACCEL_INTERP);
    ck_assert_int_eq(parse("-kernel k -accel kvm"), OPTIONS_ERROR);
    ck_assert(strstr(err.cause, "not a POWER machine"));
#endif
}
END_TEST

START_TEST(sizes_and_numbers)
{
    accepts("-kernel k -m 1024");
    ck_assert_uint_eq(config.ram_size, UINT64_C(1) << 30);
    accepts("-kernel k -m 1048576k");
    ck_assert_uint_eq(config.ram_size, UINT64_C(1) << 30);
    accepts("-kernel k -m size=1g");
    ck_assert_uint_eq(config.ram_size, UINT64_C(1) << 30);
    accepts("-kernel k -M kernel-addr=0x800000");
    ck_assert_uint_eq(config.kernel_addr, 0x800000);
    accepts("-kernel k --no-reboot");
    ck_assert(config.no_reboot);
}
END_TEST

/* What is not said follows from the rest. */
START_TEST(processors)
{
    accepts("-kernel k -smp 8,threads=4");
    ck_assert_uint_eq(config.cpus, 8);
    ck_assert_uint_eq(config.maxcpus, 8);
    ck_assert_uint_eq(config.vsmt, 4);
    accepts("-kernel k -smp sockets=2,cores=3,threads=2");
    ck_assert_uint_eq(config.cpus, 12);
    ck_assert_uint_eq(config.cores, 3);
    accepts("-kernel k -smp 6");
    ck_assert_uint_eq(config.cores, 6);
    accepts("-kernel k -smp 4,maxcpus=8,cores=2,threads=2");
    ck_assert_uint_eq(config.sockets, 2);
    accepts("-kernel k -M pseries-6.1 -smp 6"); /* machines that make sockets first */
    ck_assert_uint_eq(config.sockets, 6);
    ck_assert_uint_eq(config.cores, 1);
    ck_assert_int_eq(parse("-kernel k -smp 4,cores=3"), OPTIONS_ERROR);
    ck_assert_int_eq(parse("-kernel k -smp 4,sockets=2,cores=1"), OPTIONS_ERROR);
    accepts("-kernel k -smp 4,threads=2 -M vsmt=8");
    ck_assert_uint_eq(config.vsmt, 8);
}
END_TEST

START_TEST(order_of_booting)
{
    accepts("-kernel k -boot n");
    ck_assert_str_eq(config.boot.order, "n");
    accepts("-hda d -boot order=dc,once=n,menu=on -append word=1");
    ck_assert_str_eq(config.boot.order, "dc");
    ck_assert_str_eq(config.boot.once, "n");
    ck_assert(config.boot.menu);
    ck_assert_uint_lt(boot_rank(config.boot.order, 'd'), boot_rank(config.boot.order, 'c'));
    ck_assert_uint_lt(boot_rank(config.boot.order, 'c'), boot_rank(config.boot.order, 'n'));
    ck_assert_uint_eq(boot_rank("", 'c'), boot_rank("", 'd'));
    accepts("-bios /dev/null");
    ck_assert_str_eq(config.boot.bios, "/dev/null");
}
END_TEST

START_TEST(actions)
{
    accepts("-kernel k -action panic=pause,reboot=shutdown,shutdown=pause");
    ck_assert_int_eq(config.panic_action, PANIC_PAUSE);
    ck_assert(config.no_reboot && config.no_shutdown);
    accepts("-kernel k -action panic=exit-failure");
    ck_assert_int_eq(config.panic_action, PANIC_SHUTDOWN);
    accepts("-kernel k -action panic=none");
    ck_assert_int_eq(config.panic_action, PANIC_NONE);
}
END_TEST

START_TEST(dates)
{
    accepts("-kernel k -rtc base=2000-01-01T00:00:00");
    ck_assert_int_lt(config.rtc_offset_s, 0);
    ck_assert_int_le(llabs(config.rtc_offset_s + (int64_t)time(NULL) - 946684800), 2);
    accepts("-kernel k -rtc base=2000-01-01");
    ck_assert_int_le(llabs(config.rtc_offset_s + (int64_t)time(NULL) - 946684800), 2);
}
END_TEST

/* Each wrong line, with what cause and hint must hold. */
START_TEST(wrong_words_are_named_with_the_nearest_right_one)
{
    static const struct {
        const char *line, *cause, *hint;
    } wrong[] = {
        { "-kernle x", "'-kernle'", "'-kernel'" },
        { "-machin pseries", "'-machin'", "'-machine'" },
        { "vmlinux", "'vmlinux'", "-kernel FILE" },
        { "-kernel", "-kernel needs", "-kernel FILE" },
        { "-M pserise", "'pserise'", "'pseries'" },
        { "-M pseries-3.1", "'pseries-3.1'", "pseries-5.0" },
        { "-M pseries,ic-mdoe=xive", "'ic-mdoe'", "'ic-mode'" },
        { "-M pseries,ic-mode=xiev", "'xiev'", "'xive'" },
        { "-M pseries,cap-cpfc=fixed", "'cap-cpfc'", "'cap-cfpc'" },
        { "-M pseries,cap-vsx=maybe", "'maybe'", "on or off" },
        { "-M pseries,cap-nested-papr=on,cap-nested-hv=on", "exclude each other", "cap-nested-hv only" },
        { "-M pseries,cap-nested-papr=on -smp 2,threads=2", "one thread", "threads=1" },
        { "-M pseries,cap-hpt-max-page-size=1k", "1k", "64k" },
        { "-M pseries,usb=on", "usb=on", "usb=off" },
        { "-M pseries,kernel-addr=there", "'there'", "size" },
        { "-M pseries,dumpdtb", "dumpdtb", "dumpdtb=FILE" },
        { "-M pseries,max-cpu-compat=power12", "'power12'", "'power11'" },
        { "-M pseries,max-cpu-compat=power11", "POWER9", "older" },
        { "-M pseries,max-cpu-compat=power8,ic-mode=xive", "XIVE", "xics" },
        { "-cpu POWRE9", "'POWRE9'", "'POWER9'" },
        { "-cpu POWER8 -M ic-mode=xive", "XIVE", "xics" },
        { "-m lots", "'lots'", "512M" },
        { "-m 300M", "256 MiB", "512M" },
        { "-m 0", "256 MiB", "512M" },
        { "-m -512M", "'-512M'", "512M" },
        { "-m 99999999999999999999G", "-m", "512M" },
        { "-m 2G,maxmem=1G", "maxmem", "larger" },
        { "-m 1G,slot=3", "'slot'", "'slots'" },
        { "-smp 0x10", "'0x10'", "number" },
        { "-smp 1,thread=8", "'thread'", "'threads'" },
        { "-smp 1,threads=3", "3 threads", "1, 2, 4 or 8" },
        { "-smp 4,maxcpus=2", "4 processors", "maxcpus" },
        { "-smp 2 -accel tcg,verify=on", "2 processors", "-smp 1" },
        { "-serial a -serial b -serial c -serial d -serial e", "-serial", "" },
        { "-vga virtio", "-vga", "none" },
        { "-mon chardev=c", "'c'", "-chardev" },
        { "-accel tcq", "'tcq'", "tcg" },
        { "-accel interp:tcq", "'tcq'", "tcg" },
        { "-cpu host -accel interp", "-cpu host", "-cpu POWER9" },
        { "-action panci=pause", "'panci=pause'", "panic" },
        { "-action panic=exlpode", "'exlpode'", "shutdown" },
        { "-uuid 1234", "'1234'", "uuidgen" },
        { "-uuid 12345678-1234-1234-1234-12345678zzzz", "zzzz", "uuidgen" },
        { "-rtc base=noon", "'noon'", "utc" },
        { "-rtc bas=utc", "'bas=utc'", "'base'" },
        { "-d hclal", "'hclal'", "'hcall'" },
        { "-D /nonexistent/file", "/nonexistent/file", "folder" },
        { "-bios /nonexistent/slof.bin", "slof.bin", "qemu-system-data" },
        { "-boot x", "'x'", "(CD)" },
        { "-boot ordre=c", "'ordre'", "'order'" },
        { "-boot menu=maybe", "'maybe'", "off" },
        { "-initrd i", "-initrd", "-kernel" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        ck_assert_msg(parse(wrong[i].line) == OPTIONS_ERROR, "%s is accepted", wrong[i].line);
        ck_assert_msg(strstr(err.cause, wrong[i].cause), "%s: %s", wrong[i].line, err.cause);
        ck_assert_msg(strstr(err.hint, wrong[i].hint), "%s: hint %s", wrong[i].line, err.hint);
        ck_assert_msg(!strchr(err.cause, '\n'), "%s: more than a line", wrong[i].line);
    }
}
END_TEST

/* Help names each option and property; so does the man page. */
START_TEST(help_has_all)
{
    static const char *const all[] = { "-machine", "-kernel", "-initrd", "-append", "-serial", "-rtc" };
    char help[16384] = "", man[16384] = "";
    FILE *f = fmemopen(help, sizeof help - 1, "w");

    options_print_help(f);
    fclose(f);
    f = fmemopen(man, sizeof man - 1, "w");
    options_print_man(f);
    fclose(f);
    for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
        ck_assert_ptr_nonnull(strstr(help, all[i]));
        ck_assert_ptr_nonnull(strstr(man, all[i]));
    }
    ck_assert_ptr_nonnull(strstr(man, "cap\\-sbbc"));
    ck_assert_ptr_nonnull(strstr(man, "ic\\-mode"));
}
END_TEST

/* A hostile or torn line gives an answer, too. */
START_TEST(odd_lines)
{
    static const char *const odd[] = {
        "-M ,", "-M =", "-M pseries,=", "-M pseries,,", "-m ,", "-m =", "-m maxmem=", "-smp ,",
        "-smp =1", "-action ,", "-action =", "-d ,", "-cpu ,", "-rtc ,", "-rtc =", "-name ,", "-",
        "--", "---", "-accel ,", "-M type=", "-serial ,",
    };

    for (size_t i = 0; i < ARRAY_SIZE(odd); i++)
        if (parse(odd[i]) == OPTIONS_ERROR)
            ck_assert_msg(err.cause[0], "%s", odd[i]);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        defaults, nodes, calls_to_a_file, a_line_as_users_of_qemu_type_it, accelerators_in_order, sizes_and_numbers, actions, order_of_booting, processors, dates,
        wrong_words_are_named_with_the_nearest_right_one, help_has_all, odd_lines,
    };

    return fixture_run("options", tests, ARRAY_SIZE(tests));
}
