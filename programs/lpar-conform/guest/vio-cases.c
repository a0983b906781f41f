/* Cases with devices: message queues of a SCSI adapter, a logical LAN, a PCI function, and their interrupts. */
#include "smp.h"

#define QUEUE (A + 0x30000)     /* of messages, at 0 of the SCSI adapter's window */
#define LIST (A + 0x40000)      /* the LAN's pages, at 0x1000 of its window: list, filter, queue, buffers */

enum { TRIES = 1000 };

/* ---- the window of a unit ---- */

static bool map_page(u64 unit, u64 ioba, u64 ra) { return !hcall4(0x20, unit, ioba, ra | 3, 0); }

static u8 byte_at(u64 at) { return *(volatile u8 *)at; }
static u64 be64_at(u64 at) { return be64(*(volatile u64 *)at); }

/* ---- message queues ---- */

bool crq_pages(void)
{
    memset((void *)QUEUE, 0, 0x2000);
    hcall4(0x100, SCSI, 0, 0, 0);
    hcall4(0x104, SCSI, 0, 0, 0);
    return map_page(SCSI, 0, QUEUE) && map_page(SCSI, 0x1000, QUEUE + 0x1000);
}

bool crq(void) { return crq_pages() && !hcall4(0xfc, SCSI, 0, 0x1000, 0); }

/* The request to begin, and what the adapter answers into the queue's n-th element. */
static bool say_hello(u64 n)
{
    u64 at = QUEUE + n * 16;
    bool is_right;

    if (hcall4(0x108, SCSI, 0xc001ul << 48, 0, 0))
        return false;
    for (u64 i = 0; i < TRIES && !byte_at(at); i++)
        asm volatile("sync" ::: "memory");
    is_right = byte_at(at) == 0xc0 && byte_at(at + 1) == 2;
    *(volatile u8 *)at = 0;
    return is_right;
}

bool crq_answers(void) { return crq() && say_hello(0); }

bool crq_wraps(void)
{
    if (!crq())
        return false;
    for (u64 i = 0; i < 258; i++)
        if (!say_hello(i % 256))
            return false;
    return true;
}

/* Nothing overwrites an element that the guest has not taken. */
bool crq_keeps(void)
{
    if (!crq())
        return false;
    *(volatile u8 *)QUEUE = 0x55;
    hcall4(0x108, SCSI, 0xc001ul << 48, 0, 0);
    delay(1);
    return byte_at(QUEUE) == 0x55 && byte_at(QUEUE + 16) == 0;
}

bool crq_freed_again(void)
{
    return crq() && say_hello(0) && !hcall4(0x100, SCSI, 0, 0, 0) && !hcall4(0xfc, SCSI, 0, 0x1000, 0) &&
           say_hello(0);
}

/* The interrupt of a unit, from its node: the properties of a node stand together. */
static u32 interrupt_of(u64 unit)
{
    u32 size;
    const void *p = NULL, *reg = NULL;

    while ((reg = find_next_property(reg, "reg", &size)))
        if (size == 4 && be32(*(const u32 *)reg) == unit) {
            const void *before = NULL, *after = find_next_property(reg, "interrupts", NULL);

            while ((p = find_next_property(p, "interrupts", NULL)) && p < reg)
                before = p;
            /* Of the two that are next to it, the one in the same node is nearer. */
            if (before && (!after || (u64)reg - (u64)before < (u64)after - (u64)reg))
                after = before;
            return after ? be32(*(const u32 *)after) : 0;
        }
    return 0;
}

static bool signal_on(u32 *source, u64 server)
{
    *source = interrupt_of(SCSI);
    return crq() && *source && !rtas("ibm,set-xive", 3, 1, *source, server, 5) &&
           !hcall4(0x104, SCSI, 1, 0, 0);
}

bool crq_signals(void)
{
    u32 source;
    u64 q[10] = { H_XIRR };

    if (!signal_on(&source, own_server))
        return false;
    hcall4(H_CPPR, 0xff, 0, 0, 0);
    say_hello(0);
    hcall(q);
    hcall4(H_EOI, q[1], 0, 0, 0);
    hcall4(H_CPPR, 0, 0, 0, 0);
    rtas("ibm,set-xive", 3, 1, source, own_server, 0xff);
    r[1] = q[1];
    return (q[1] & 0xffffff) == source;
}

/* A signal that is off; the element comes all the same. */
bool crq_silent(void)
{
    u32 source;
    u64 q[10] = { H_XIRR };

    if (!signal_on(&source, own_server) || hcall4(0x104, SCSI, 0, 0, 0))
        return false;
    hcall4(H_CPPR, 0xff, 0, 0, 0);
    say_hello(0);
    hcall(q);
    hcall4(H_EOI, q[1], 0, 0, 0);
    hcall4(H_CPPR, 0, 0, 0, 0);
    rtas("ibm,set-xive", 3, 1, source, own_server, 0xff);
    return !(q[1] & 0xffffff);
}

static s64 take_source(struct other *o)
{
    u64 q[10] = { H_XIRR };

    hcall4(H_CPPR, 0xff, 0, 0, 0);
    if (spin_enabled(o) != 0x500)
        return -1;
    hcall(q);
    hcall4(H_EOI, q[1], 0, 0, 0);
    hcall4(H_CPPR, 0, 0, 0, 0);
    return (s64)(q[1] & 0xffffff);
}

bool source_to_other(void)
{
    u32 source;
    bool is_good;

    if (!start_other(0) || !signal_on(&source, others[0].server))
        return false;
    ask(&others[0], take_source, 0);
    wait_for(&others[0].progress, 1, 1000);
    say_hello(0);
    is_good = is_done(&others[0]) && others[0].result == source;
    rtas("ibm,set-xive", 3, 1, source, own_server, 0xff);
    return is_good;
}

/* Off, it waits; on again, it comes. */
bool int_off_and_on(void)
{
    u32 source;
    u64 before[10] = { H_XIRR }, after[10] = { H_XIRR };

    if (!signal_on(&source, own_server) || rtas("ibm,int-off", 1, 1, source, 0, 0))
        return false;
    hcall4(H_CPPR, 0xff, 0, 0, 0);
    say_hello(0);
    hcall(before);
    hcall4(H_EOI, 0xff000000 | (before[1] & 0xffffff), 0, 0, 0);
    if (rtas("ibm,int-on", 1, 1, source, 0, 0))
        return false;
    hcall(after);
    hcall4(H_EOI, after[1], 0, 0, 0);
    hcall4(H_CPPR, 0, 0, 0, 0);
    rtas("ibm,set-xive", 3, 1, source, own_server, 0xff);
    return !(before[1] & 0xffffff) && (after[1] & 0xffffff) == source;
}

bool get_xive_round(void)
{
    return !rtas("ibm,set-xive", 3, 1, 0x1000, own_server, 7) && !rtas("ibm,get-xive", 1, 3, 0x1000, 0, 0) &&
           rets[0] == own_server && rets[1] == 7 && !rtas("ibm,set-xive", 3, 1, 0x1000, own_server, 0xff);
}

/* ---- the logical LAN ---- */

bool lan_pages(void)
{
    hcall4(0x118, LAN, 0, 0, 0);
    memset((void *)LIST, 0x5a, 0x4000);
    for (u64 i = 0; i < 4; i++)
        if (!map_page(LAN, 0x1000 + i * 0x1000, LIST + i * 0x1000))
            return false;
    return !hcall4(0x20, LAN, 0x9000, 0, 0);
}

bool lan(void)
{
    u64 q[10] = { 0x114, LAN, 0x1000, RECEIVE_QUEUE, 0x2000, 0x525400123456 };

    return lan_pages() && !hcall(q);
}

/* Both descriptors in the list's page, big-endian, and zeros behind them; the receive queue zero. */
bool lan_structures(void)
{
    if (!lan())
        return false;
    r[1] = be64_at(LIST);
    for (u64 i = 16; i < 0x1000; i += 8)
        if (be64_at(LIST + i))
            return false;
    for (u64 i = 0; i < 0x100; i += 8)
        if (be64_at(LIST + 0x2000 + i))
            return false;
    return (be64_at(LIST) & ~BIT(1)) == RECEIVE_QUEUE && be64_at(LIST + 8) == BD(0x2000, 0x1000);
}

/* ---- PCI ---- */

#define BUID_HIGH 0x08000000
#define BUID_LOW 0x20000000

static s64 msi(u64 function, u64 requested, u64 nret)
{
    const u32 *token = find_property("ibm,change-msi", NULL);
    u32 *b = (u32 *)(A + 0x8000), args[6] = { SLOT_5, BUID_HIGH, BUID_LOW, (u32)function, (u32)requested, 1 };

    if (!token)
        return -1;
    b[0] = *token, b[1] = be32(6), b[2] = be32((u32)nret);
    for (u64 i = 0; i < 6; i++)
        b[3 + i] = be32(args[i]);
    hcall4(H_RTAS, (u64)b, 0, 0, 0);
    for (u64 i = 0; i < 3; i++)
        rets[i] = be32(b[10 + i]);
    return (int)be32(b[9]);
}

bool no_msis(void)
{
    msi(1, 0, 3);
    return true;
}

bool msis(void) { return !msi(1, 2, 3) && rets[0] == 2; }
bool msi_release(void) { return msis() && !msi(1, 0, 3) && rets[0] == 0; }
bool msi_sequence(void) { return !msi(1, 1, 3) && rets[0] == 1 && rets[1] == 2; }
bool msi_type(void) { return !msi(4, 1, 4) && rets[2] == 2; }

/* As many as there are; the guest asks again, and gets them. */
bool msi_too_many(void)
{
    u32 n;

    no_msis();
    if (msi(1, 1000, 3))
        return false;
    n = rets[0];
    return n && n < 1000 && !msi(1, n, 3) && rets[0] == n;
}

bool is_msi_source(void) { return rets[0] >= 0x1300 && rets[0] < 0x2000 && rets[1] == 1; }
bool is_virtio(void) { return (rets[0] & 0xffff) == 0x1af4; }

/* A byte that software may use as it likes: the interrupt line. */
static s64 config(const char *name, u64 nargs, u64 nret, u64 at, u64 size, u64 value)
{
    const u32 *token = find_property(name, NULL);
    u32 *b = (u32 *)(A + 0x8000),
        args[5] = { SLOT_5 | (u32)at, BUID_HIGH, BUID_LOW, (u32)size, (u32)value };

    if (!token)
        return -1;
    b[0] = *token, b[1] = be32((u32)nargs), b[2] = be32((u32)nret);
    for (u64 i = 0; i < nargs; i++)
        b[3 + i] = be32(args[i]);
    hcall4(H_RTAS, (u64)b, 0, 0, 0);
    rets[0] = be32(b[4 + nargs]);
    return (int)be32(b[3 + nargs]);
}

bool config_round(void)
{
    return !config("ibm,write-pci-config", 5, 1, 0x3c, 1, 0x77) &&
           !config("ibm,read-pci-config", 4, 2, 0x3c, 1, 0) && rets[0] == 0x77 &&
           !config("ibm,write-pci-config", 5, 1, 0x3c, 1, 0x0a);
}

/* Registers are little-endian: the identifier's halves, and its bytes. */
bool config_sizes(void)
{
    u32 word, low, high, byte;

    config("ibm,read-pci-config", 4, 2, 0, 4, 0);
    word = rets[0];
    config("ibm,read-pci-config", 4, 2, 0, 2, 0);
    low = rets[0];
    config("ibm,read-pci-config", 4, 2, 2, 2, 0);
    high = rets[0];
    config("ibm,read-pci-config", 4, 2, 1, 1, 0);
    byte = rets[0];
    return word == (high << 16 | low) && low == 0x1af4 && byte == 0x1a;
}

/* ---- DMA windows of the bridge ---- */

static s64 window(const char *name, u64 nargs, u64 nret, u32 fourth, u32 fifth)
{
    const u32 *token = find_property(name, NULL);
    u32 *b = (u32 *)(A + 0x8000), args[5] = { 0, BUID_HIGH, BUID_LOW, fourth, fifth };

    if (!token)
        return -1;
    b[0] = *token, b[1] = be32((u32)nargs), b[2] = be32((u32)nret);
    for (u64 i = 0; i < nargs; i++)
        b[3 + i] = be32(args[i]);
    hcall4(H_RTAS, (u64)b, 0, 0, 0);
    for (u64 i = 0; i < 4; i++)
        rets[i] = be32(b[4 + nargs + i]);
    return (int)be32(b[3 + nargs]);
}

bool windows(void) { return !window("ibm,reset-pe-dma-window", 3, 1, 0, 0); }

static bool open_window(void) { return windows() && !window("ibm,create-pe-dma-window", 5, 4, 16, 28); }

/* It can be used: an entry of 64 KiB is there afterwards. */
bool window_opens(void)
{
    u64 liobn, start, q[10] = { 0x1c };

    if (!open_window())
        return false;
    liobn = rets[0], start = (u64)rets[1] << 32 | rets[2];
    if (hcall4(0x20, liobn, start + 0x10000, A | 3, 0))
        return false;
    q[1] = liobn, q[2] = start + 0x10000;
    return !hcall(q) && q[1] == (A | 3) && windows();
}

bool window_third(void)
{
    return open_window() && window("ibm,create-pe-dma-window", 5, 4, 16, 28) == -1 && windows();
}

bool window_goes(void)
{
    u64 liobn;

    if (!open_window())
        return false;
    liobn = rets[0];
    return !rtas("ibm,remove-pe-dma-window", 1, 1, liobn, 0, 0) &&
           (s64)hcall4(0x20, liobn, 0x800000000010000, A | 3, 0) == PARAMETER && windows();
}

/* ---- persistent memory ---- */

bool label_round(void)
{
    u64 write[10] = { 0x3e8, PMEM, 16, 0x0123456789abcdef, 8 }, read[10] = { 0x3e4, PMEM, 16, 8 },
        byte[10] = { 0x3e4, PMEM, 17, 1 };

    if (hcall(write) || hcall(read) || hcall(byte))
        return false;
    r[1] = read[1];
    return read[1] == 0x0123456789abcdef && byte[1] == 0x23;
}

bool is_healthy(void) { return r[2] & BIT(0) && !(r[1] & BIT(0)); }
bool gives_block(void) { return r[3] == 1 && r[2] && r[2] % 0x10000000 == 0; }

/* Where it was bound to. */
static u64 bind(void)
{
    u64 q[10] = { 0x3ec, PMEM, 0, 1, -1ul, 0 };

    return hcall(q) ? 1 : q[2];
}

bool unbinds(void)
{
    u64 at = bind(), q[10] = { 0x3f0, PMEM, at, 1, 0 };

    return !hcall(q) && q[2] == 1;
}

bool unbind_past_end(void)
{
    u64 q[10] = { 0x3f0, PMEM, bind(), 9, 0 };

    return (s64)hcall(q) == P3;
}

bool unbind_none(void)
{
    u64 q[10] = { 0x3f0, PMEM, bind(), 0, 0 };

    return (s64)hcall(q) == P3;
}
