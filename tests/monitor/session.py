#!/usr/bin/env python3
"""QMP and the human monitor: what a management program asks before it believes in an emulator, and sessions with a
guest that runs: stopping, memory, events, resets, ends; garbage; Ctrl-A c on a terminal."""

import os
import pty
import select
import struct
import subprocess
import sys
import time

import machine
from machine import Qmp


def check(condition, what):
    if not condition:
        sys.exit(f"failed: {what}")


def probe():
    """As libvirt does: -machine none in the background, then the questions in its order."""
    path, pid = f"{machine.folder}/probe.sock", f"{machine.folder}/pid"
    parent = machine.start("-S", "-no-user-config", "-nodefaults", "-nographic", "-machine", "none,accel=kvm:tcg",
                           "-qmp", f"unix:{path},server=on,wait=off", "-pidfile", pid, "-daemonize")
    check(parent.wait(machine.WAIT_S) == 0, "-daemonize")
    number = int(open(pid, encoding="ascii").read())
    check(os.path.exists(path), "the socket listens before the parent ends")
    qmp = Qmp(path, negotiate=False)
    check(qmp.greeting["QMP"]["version"]["qemu"]["major"] >= 7, "version in the greeting")
    check("lpar" in qmp.greeting["QMP"]["version"]["package"], "package")
    check("negotiation" in qmp.fails("query-version", "CommandNotFound"), "negotiation comes first")
    qmp.do("qmp_capabilities")
    check(qmp.do("query-version") == qmp.greeting["QMP"]["version"], "query-version")
    check(qmp.do("query-target") == {"arch": "ppc64"}, "query-target")
    commands = {row["name"] for row in qmp.do("query-commands")}
    check({"cont", "stop", "device_add", "query-cpus-fast"} <= commands, "query-commands")
    check(qmp.do("query-kvm") == {"enabled": False, "present": False}, "query-kvm")
    check("tcg-accel" in {row["name"] for row in qmp.do("qom-list-types")}, "tcg-accel")
    qmp.fails("device-list-properties", "DeviceNotFound", typename="piix4-usb-uhci")
    for name in "memory-backend-file", "memory-backend-memfd", "pseries-11.1-machine", "none-machine":
        qmp.do("qom-list-properties", typename=name)
    machines = {row["name"]: row for row in qmp.do("query-machines")}
    aliased = [row for row in machines.values() if row.get("alias") == "pseries"]
    check("none" in machines and len(aliased) == 1, "query-machines")
    check(aliased[0]["hotpluggable-cpus"] and aliased[0]["default-ram-id"] == "ppc_spapr.ram", "the newest machine")
    names = {row["name"] for row in qmp.do("query-cpu-definitions")}
    check({"POWER8", "POWER9", "POWER10", "POWER11"} <= names, "query-cpu-definitions")
    schema = qmp.do("query-qmp-schema")
    types = {row["name"] for row in schema}
    for row in schema:
        check(row.get("arg-type", "str") in types and row.get("ret-type", "any") in types, f"types of {row}")
        check(all(member["type"] in types for member in row.get("members", [])), f"members of {row}")
    check(commands <= types, "all commands in the schema")
    for name in ("query-tpm-models", "query-tpm-types", "query-command-line-options", "query-migrate-capabilities",
                 "query-stats-schemas"):
        check(qmp.do(name, **({"target": "vm"} if name == "query-stats" else {})) == [], name)
    check(qmp.do("query-status")["status"] == "prelaunch", "query-status")
    qmp.fails("cont")
    qmp.fails("query-hotpluggable-cpus")
    check("no processors" in qmp.human("info registers"), "HMP without processors")
    qmp.do("quit")
    machine.wait_for(lambda: not os.path.exists(f"/proc/{number}"), "the end")
    check(not os.path.exists(pid) and not os.path.exists(path), "no files are left")


def memory(qmp, address, size):
    path = f"{machine.folder}/memory"
    qmp.do("pmemsave", val=address, size=size, filename=path)
    with open(path, "rb") as f:
        return f.read()


def garbage(qmp):
    for text, want in ((b'}\n', "JSON"), (b'{"execute": "stop"]\n', "JSON"), (b'[' * 2000 + b'\n', "JSON"),
                       (b'{"execute": "query-\xff\xfe"}\n', "JSON"), (b'[1,2]\n', "object"),
                       (b'{"arguments": {}}\n', "lacks"), (b'{"execute": 3}\n', "string"),
                       (b'{"execute": "query-status", "arguments": 3}\n', "object"),
                       (b'{"execute": "query-status", "surprise": 3}\n', "surprise"),
                       (b'{"execute": "query-status", "arguments": {"surprise": 3}}\n', "surprise"),
                       (b'{"execute": "pmemsave", "arguments": {"val": "0", "size": 4, "filename": "x"}}\n', "integer"),
                       (b'{"execute": "pmemsave", "arguments": {"val": 0}}\n', "missing")):
        qmp.send(text)
        check(want in qmp.answer()["error"]["desc"], text)
    # Several at once, in parts, and without newlines between them.
    qmp.send(b'{"execute":"query-status","id":[1,{"a":null}]}{"execute":')
    check(qmp.answer()["id"] == [1, {"a": None}], "the id comes back as it was")
    time.sleep(0.01)
    qmp.send(b'"query-name"}')
    check(qmp.answer() == {"return": {"name": "test"}}, "query-name")


def session(order):
    path, con = f"{machine.folder}/{order}.sock", f"{machine.folder}/human.sock"
    guest = machine.build_guest(order)
    emulator = machine.start("-m", "256M", "-nodefaults", "-M", "kernel-addr=0", "-kernel", guest, "-name", "test",
                             "-chardev", f"socket,id=q,path={path},server=on,wait=off", "-mon",
                             "chardev=q,mode=control", "-monitor", f"unix:{con},server=on,wait=off", "-S")
    qmp = Qmp(path)
    check(not qmp.do("query-status")["running"], "-S")
    qmp.do("cont")
    qmp.event("RESUME")
    number = lambda: struct.unpack("<Q" if order == "le" else ">Q", memory(qmp, 0x500000, 8))[0]
    machine.wait_for(lambda: number() > 1000, "the guest counts")
    qmp.do("stop")
    stamp = qmp.event("STOP")["timestamp"]
    check(abs(stamp["seconds"] - time.time()) < 60 and 0 <= stamp["microseconds"] < 1000000, "timestamp")
    before = number()
    time.sleep(0.05)
    check(number() == before and qmp.do("query-status")["status"] == "paused", "stopped is stopped")
    qmp.do("memsave", val=0x500010, size=9, filename=f"{machine.folder}/text")
    check(open(f"{machine.folder}/text", "rb").read() == b"monitored", "memsave")
    qmp.fails("memsave", val=1 << 60 | 1 << 50, size=8, filename=f"{machine.folder}/text")
    qmp.fails("pmemsave", val=256 << 20, size=1, filename=f"{machine.folder}/text")
    qmp.fails("pmemsave", val=-1, size=-1, filename=f"{machine.folder}/text")
    garbage(qmp)

    check(len(qmp.do("query-cpus-fast")) == 1 and qmp.do("query-cpus-fast")[0]["thread-id"] > 0, "query-cpus-fast")
    check(qmp.do("query-hotpluggable-cpus")[0]["props"] == {"core-id": 0}, "query-hotpluggable-cpus")
    check(qmp.do("qom-list", path="/machine/peripheral") == [{"name": "type", "type": "string"}], "qom-list")
    check(qmp.do("qom-get", path="/machine", property="type") == "pseries-11.1-machine", "qom-get")
    qmp.fails("qom-list", "DeviceNotFound", path="/nowhere")
    qmp.fails("device_del", "DeviceNotFound", id="x")
    qmp.fails("device_add", driver="nosuch", id="x", anything=5)
    qmp.fails("system_wakeup")
    qmp.fails("screendump", filename="/dev/null")
    qmp.do("dumpdtb", filename=f"{machine.folder}/dtb")
    check(open(f"{machine.folder}/dtb", "rb").read(4) == b"\xd0\x0d\xfe\xed", "dumpdtb")
    dump(qmp, guest)
    human(qmp)
    lines(con)

    for _ in range(100):
        qmp.do("cont")
        qmp.do("stop")
    qmp.events.clear()
    qmp.do("cont")
    qmp.do("system_reset")
    check(qmp.event("RESET")["data"] == {"guest": False, "reason": "host-qmp-system-reset"}, "RESET")
    check(qmp.do("query-status")["running"], "it runs after a reset")
    qmp.do("stop")
    qmp.do("system_reset")
    check(number() == 0 and qmp.do("query-status")["status"] == "prelaunch", "reset, it has not begun")
    qmp.do("cont")
    machine.wait_for(number, "the guest begins anew")
    qmp.do("system_powerdown")
    qmp.event("POWERDOWN")
    qmp.do("inject-nmi")
    qmp.file.close()
    qmp.socket.close()
    qmp = Qmp(path)  # the next client
    qmp.do("quit")
    check(qmp.event("SHUTDOWN")["data"] == {"guest": False, "reason": "host-qmp-quit"}, "SHUTDOWN")
    check(emulator.wait(machine.WAIT_S) == 0, "status")


def dump(qmp, guest):
    core = f"{machine.folder}/core"
    qmp.do("dump-guest-memory", paging=False, protocol=f"file:{core}")
    machine.need("gdb-multiarch", "gdb-multiarch")
    done = subprocess.run(["gdb-multiarch", "-batch", "-nx", "-ex", f"core-file {core}", "-ex", "p/x $r31", "-ex",
                           "x/s 0xc000000000500010", guest], capture_output=True, text=True, timeout=60, check=False)
    check("$1 = 0x77" in done.stdout and '"monitored"' in done.stdout, f"the core: {done.stdout}{done.stderr}")
    os.unlink(core)


def human(qmp):
    for line, want in (("info status", "paused"), ("info registers", "GPR28"), ("info registers", "SRR0"),
                       ("info cpus", "CPU #0"), ("info mem", "RAM 256 MiB"), ("info tlb", "misses"),
                       ("info mtree", "RAM"), ("info qtree", "vdevice"), ("info pic", "X"), ("info version", "lpar"),
                       ("info hcalls", ""), ("info rtas", ""), ("info stats", "instructions"), ("info block", ""),
                       ("info chardev", "compat_monitor0"), ("info", "info registers"), ("help", "system_reset"),
                       ("help x", "memory"), ("x/s 0x500010", '"monitored"'), ("xp/9c 0x500010", "'m' 'o'"),
                       ("x/2i 0x400000", "0x0000000000400004"), ("p 6*(3+4)", "0x2a"), ("p/d $r31", "119"),
                       ("p $r31 & 0xf0", "0x70"), ("p 1/0", "zero"), ("p $nosuch", "register"), ("p (((", "Error"),
                       ("x/4xg 0x500000", "0000000000500010:"), ("x/8xb 0xfffffffffff", "Cannot access"),
                       ("gva2gpa 0x500000", "gpa: 0x500000"), ("cpu 7", "no processor"), ("nosuch", "unknown command"),
                       ("log nosuch", "Error"), ("log none", ""), ("memsave 1", "Error"), ("device_add", "missing")):
        got = qmp.human(line)
        check(want in got, f"{line}: {got!r}")


def lines(path):
    """The human monitor at a socket, for a client that types."""
    done = subprocess.run([sys.executable, "-c",
                           "import socket, sys\ns = socket.socket(socket.AF_UNIX)\ns.connect(sys.argv[1])\n"
                           "s.sendall(b'info version\\n\\n' + b'x' * 100000 + b'\\ninfo name\\n')\nout = b''\n"
                           "while out.count(b'(lpar) ') < 5: out += s.recv(4096)\nprint(out.decode())", path],
                          capture_output=True, text=True, timeout=60, check=True).stdout
    check("too long" in done and "test" in done and done.count("lpar 0") >= 2, f"lines: {done!r}")


def terminal():
    """Ctrl-A c, a command, and back; Ctrl-A x."""
    guest = machine.build_guest("le")
    master, slave = pty.openpty()
    emulator = machine.start("-m", "256M", "-M", "kernel-addr=0", "-kernel", guest, "-nographic", stdin=slave,
                             stdout=slave, stderr=slave)
    seen = b""

    def expect(text):
        nonlocal seen
        end = time.monotonic() + machine.WAIT_S
        while text not in seen:
            check(time.monotonic() < end, f"{text!r} is not in {seen!r}")
            if select.select([master], [], [], 0.1)[0]:
                seen += os.read(master, 4096)
        seen = seen[seen.index(text) + len(text):]

    time.sleep(0.2)
    os.write(master, b"\x01h")
    expect(b"Ctrl-A c")
    os.write(master, b"\x01c")
    expect(b"(lpar) ")
    os.write(master, b"info stax\x7ftus\r")
    expect(b"running")
    expect(b"(lpar) ")
    os.write(master, b"stop\rinfo status\r")
    expect(b"paused")
    os.write(master, b"\x01c\x01x")
    check(emulator.wait(machine.WAIT_S) == 0, "Ctrl-A x")


def main():
    try:
        probe()
        for order in "le", "be":
            session(order)
        terminal()
    finally:
        machine.finish()


if __name__ == "__main__":
    main()
