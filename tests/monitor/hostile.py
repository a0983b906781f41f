#!/usr/bin/env python3
"""Garbled input: mutated QMP messages, lines of the human monitor and packets of gdb, against a guest that runs.

The emulator must live, answer a fresh client of each kind afterwards, and not have grown beyond measure. HOSTILE is the
number of messages of each kind (default 4000), SEED what they are made from (default 1); both are printed.
"""

import os
import random
import select
import socket
import subprocess
import sys
import time

import machine

COUNT, SEED = int(os.environ.get("HOSTILE", "4000")), int(os.environ.get("SEED", "1"))
GROWTH_KIB = 200 * 1024

QMP = [
    b'{"execute":"qmp_capabilities"}', b'{"execute":"query-status","id":1}', b'{"execute":"stop"}',
    b'{"execute":"cont"}', b'{"execute":"query-qmp-schema"}', b'{"execute":"query-cpus-fast"}',
    b'{"execute":"system_reset"}', b'{"execute":"inject-nmi"}', b'{"execute":"system_powerdown"}',
    b'{"execute":"human-monitor-command","arguments":{"command-line":"info registers","cpu-index":0}}',
    b'{"execute":"qom-list","arguments":{"path":"x"}}', b'{"execute":"device_del","arguments":{"id":"x"}}',
    b'{"execute":"qom-list-properties","arguments":{"typename":"pseries-9.0-machine"}}',
    b'{"execute":"device_add","arguments":{"driver":"x","id":"y","n":[1,2,{"a":-1e308}]}}',
    b'{"execute":"block_resize","arguments":{"node-name":"x","size":18446744073709551615}}',
    b'{"execute":"set-action","arguments":{"panic":"pause","reboot":"reset"}}',
    b'{"id":{"a":[null,true,"\\ud800\\u0000"]},"execute":"query-name"}', b'[[[[[[[[', b'{"a":{"a":{"a":', b'"', b'-',
]
HMP = [
    b"info registers", b"info status", b"info tlb", b"info qtree", b"info cpus", b"info pic", b"info mtree", b"x/16i 0",
    b"x/64xg 0x100", b"xp/8c 4096", b"x/s 0", b"x/99999999999i -1", b"p 1+2*(3-4)", b"p $r3", b"p $dec", b"stop", b"cont",
    b"nmi", b"mce 0", b"cpu 0", b"gva2gpa 0xc000000000000000", b"log int", b"log none", b"help", b"help info",
    b"device_add a,b=c,d", b"device_del x", b'"', b"p ((((((((((((((((((((((((((((((((((((((((1",
]
GDB = [
    b"qSupported:multiprocess+;xmlRegisters=i386", b"?", b"g", b"G" + b"0" * 600, b"p40", b"P3=0011223344556677", b"m0,40",
    b"m400000,3fff", b"M500000,4:00112233", b"X500000,4:\x01}\x03ab", b"Z0,400048,4", b"z0,400048,4", b"Z1,40004c,4",
    b"Z2,500000,8", b"z2,500000,8", b"Z3,500000,8", b"Z4,ffffffffffffffff,ffffffffffffffff", b"Z2,0,0", b"vCont?",
    b"vCont;c", b"vCont;s:1;c", b"vCont;s:1", b"s", b"c", b"C05", b"S05;400000", b"Hg0", b"Hg1", b"Hc-1", b"T1", b"T99",
    b"qfThreadInfo", b"qsThreadInfo", b"qC", b"qThreadExtraInfo,1", b"qAttached", b"qSymbol::", b"QStartNoAckMode",
    b"qXfer:features:read:target.xml:0,fff", b"qXfer:features:read:target.xml:fffffffffffffff0,ffff",
    b"qRcmd,696e666f20726567697374657273", b"qRcmd,zz", b"vMustReplyEmpty", b"D", b"p" + b"f" * 16, b"m" + b"f" * 40,
]


def mutate(rng, seeds):
    data = bytearray(rng.choice(seeds))
    for _ in range(rng.choice((0, 0, 1, 1, 2, 5))):
        at = rng.randrange(len(data) + 1)
        how = rng.randrange(5)
        if how == 0 and data:
            data[at % len(data)] ^= 1 << rng.randrange(8)
        elif how == 1:
            data[at:at] = bytes([rng.randrange(256)])
        elif how == 2:
            del data[at:at + rng.randrange(1, 8)]
        elif how == 3:
            data[at:at] = data[:rng.randrange(len(data) + 1)]
        else:
            data[at:at] = rng.choice((b"ffffffffffffffff", b"-1", b"0", b"}", b"{", b";", b",", b":", b"9" * 30))
    if rng.randrange(200) == 0:
        data *= 2000
    return bytes(data)


def wrap_qmp(_rng, data):
    return data.replace(b"/", b"_").replace(b"quit", b"quid").replace(b"save", b"sane") + b"\n"


def wrap_hmp(_rng, data):
    data = data.replace(b"qtree", b"QTREE").replace(b"q", b"r").replace(b"QTREE", b"qtree")
    return data.replace(b"gdbserver", b"g") + b"\n"


def wrap_gdb(rng, data):
    data = data.replace(b"k", b"j").replace(b"K", b"J")
    if data[:5] == b"qRcmd":
        data = b"qRcmd,696e666f20726567697374657273"
    total = sum(data) & 255 if rng.randrange(20) else rng.randrange(256)
    packet = b"$" + data.replace(b"#", b"").replace(b"$", b"") if rng.randrange(20) else b"$" + data
    if b"#" not in data and b"$" not in data:
        total = sum(data) & 255 if rng.randrange(20) else total
    return packet + b"#%02x" % total + (b"\x03" if rng.randrange(4) == 0 else b"+")


def connect(path):
    peer = socket.socket(socket.AF_UNIX)
    peer.settimeout(machine.WAIT_S)
    try:
        peer.connect(path)
    except OSError as error:
        sys.exit(f"{path}: {error}: has the emulator ended?")
    return peer


def drain(peer):
    """False when it was hung up on."""
    peer.setblocking(False)
    try:
        while (data := peer.recv(1 << 20)):
            pass
        return data != b""
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        peer.settimeout(machine.WAIT_S)


def send(peer, data):
    """Reads meanwhile: whoever does not is not read from either."""
    end = time.monotonic() + machine.WAIT_S
    while data:
        if time.monotonic() > end:
            sys.exit(f"{data[:100]!r} is not taken")
        if not drain(peer):
            raise BrokenPipeError
        _, can_send, _ = select.select([peer], [peer], [], 1)
        if can_send:
            peer.setblocking(False)
            try:
                data = data[peer.send(data):]
            except BlockingIOError:
                pass


def resident_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))


def attack(rng, emulator, path, seeds, wrap):
    peer = connect(path)
    for i in range(COUNT):
        data = wrap(rng, mutate(rng, seeds))
        try:
            send(peer, data)
            alive = i % 16 or drain(peer)
        except (BrokenPipeError, ConnectionResetError):
            alive = False
        if emulator.poll() is not None:
            sys.exit(f"{path}: the emulator ended with {emulator.returncode} at message {i}, {data[:300]!r}")
        # Now and then a client goes in the middle of it all.
        if not alive or rng.randrange(400) == 0:
            peer.close()
            if emulator.poll() is not None:
                sys.exit(f"{path}: the emulator ended with {emulator.returncode} by message {i}, {data[:300]!r}")
            peer = connect(path)
    peer.close()


def main():
    rng = random.Random(SEED)
    print(f"seed {SEED}, {COUNT} messages of each kind")
    paths = [f"{machine.folder}/{name}" for name in ("qmp", "hmp", "gdb")]
    emulator = machine.start("-m", "256M", "-nodefaults", "-M", "kernel-addr=0", "-kernel", machine.build_guest("le"),
                             "-qmp", f"unix:{paths[0]},server=on,wait=off", "-monitor",
                             f"unix:{paths[1]},server=on,wait=off", "-gdb", f"unix:{paths[2]}", cwd=machine.folder,
                             stderr=open(os.environ.get("STDERR", os.devnull), "wb"))
    try:
        for path in paths:
            machine.wait_for(lambda path=path: os.path.exists(path), path)
        before = None
        for path, seeds, wrap in zip(paths, (QMP, HMP, GDB), (wrap_qmp, wrap_hmp, wrap_gdb)):
            attack(rng, emulator, path, seeds, wrap)
            before = before or resident_kib(emulator.pid)
        grown = resident_kib(emulator.pid) - before
        if grown > GROWTH_KIB:
            sys.exit(f"it has grown by {grown} KiB")
        qmp = machine.Qmp(paths[0])
        qmp.do("query-status")
        qmp.do("quit")
        if emulator.wait(machine.WAIT_S) != 0:
            sys.exit(f"status {emulator.returncode}")
    finally:
        machine.finish()



if __name__ == "__main__":
    main()
