#!/usr/bin/env python3
"""gdb against a small guest, in both byte orders, interpreted and translated."""

import os
import subprocess
import sys

import machine

SCRIPT = """
set pagination off
set confirm off
target remote SOCKET
hbreak *step
continue
p $pc == (unsigned long)&step
p/x $r31
p $f1
p $vr1.v4_int32[0]
p/x $vs1
x/s (char *)&text
delete
stepi
stepi
p/x $pc == (unsigned long)&store
set $before = *(long *)&counter
stepi
p *(long *)&counter - $before
watch *(long *)&counter
continue
delete
rwatch *(long *)&counter
continue
delete
set $r5 = 1000000
set $r31 = 0x5678
p/x $r31
tbreak *after
continue
p *(long *)&counter
break *step
continue
continue
info breakpoints
delete
info threads
p/x $pir
monitor info status
monitor x/1i $nip
monitor bogus
finish
detach
"""
EXPECTED = [
    "$1 = 1", "$2 = 0x77", "$3 = 1.5", "$4 = 5", '"monitored"', "$6 = 0x1", "$7 = 1", "Hardware watchpoint",
    "Old value = ", "Hardware read watchpoint", "Value = ", "$8 = 0x5678", "$9 = 1000001", "breakpoint already hit 2 times",
    "CPU#0 [running]", "$10 = 0x0", "detached",
]
# What `monitor` prints.
SAID = ["VM status: paused (debug)", "ld r5,0(r4)", "unknown command: 'bogus'"]


def run(order, accel):
    guest = machine.build_guest(order)
    socket = f"{machine.folder}/gdb-{order}-{accel}"
    emulator = machine.start("-m", "256M", "-nodefaults", "-M", "kernel-addr=0", "-kernel", guest, "-accel", accel, "-gdb", f"unix:{socket}",
                             "-qmp", f"unix:{socket}-qmp,server=on,wait=off", "-S")
    machine.wait_for(lambda: os.path.exists(socket), "the debugger's socket")
    script = f"{machine.folder}/script"
    with open(script, "w", encoding="ascii") as f:
        f.write(SCRIPT.replace("SOCKET", socket))
    done = subprocess.run(["gdb-multiarch", "-batch", "-nx", "-x", script, guest], capture_output=True, text=True,
                          timeout=20, check=False)
    at = 0
    for text in EXPECTED:
        found = done.stdout.find(text, at)
        if found < 0:
            sys.exit(f"{order} {accel}: no {text!r} behind\n{done.stdout[:at]}\n--\n{done.stdout[at:]}\n{done.stderr}")
        at = found
    for text in SAID:
        if text not in done.stderr + done.stdout:
            sys.exit(f"{order} {accel}: no {text!r} in\n{done.stderr}")
    # Detached, the machine runs on.
    qmp = machine.Qmp(f"{socket}-qmp")
    if not qmp.do("query-status")["running"]:
        sys.exit(f"{order} {accel}: detached, and it does not run")
    qmp.do("quit")
    if emulator.wait(machine.WAIT_S) != 0:
        sys.exit(f"{order} {accel}: status {emulator.returncode}")


def interrupt(order):
    """Ctrl-C while it runs, and the end of the machine."""
    guest = machine.build_guest(order)
    socket = f"{machine.folder}/gdb-int"
    emulator = machine.start("-m", "256M", "-nodefaults", "-M", "kernel-addr=0", "-kernel", guest, "-gdb", f"unix:{socket}")
    machine.wait_for(lambda: os.path.exists(socket), "the debugger's socket")
    import socket as sockets
    peer = sockets.socket(sockets.AF_UNIX)
    peer.settimeout(machine.WAIT_S)
    peer.connect(socket)

    def packet(text):
        peer.sendall(f"${text}#{sum(text.encode()) & 255:02x}".encode())

    def expect(text):
        got = b""
        while text not in got:
            part = peer.recv(4096)
            if not part:
                sys.exit(f"{order}: hung up after {got!r}, wanted {text!r}")
            got += part

    packet("?")
    expect(b"$T05thread:1;#")
    for _ in range(50):
        packet("vCont;c")
        expect(b"+")
        peer.sendall(b"\x03")
        expect(b"$T02thread:1;#")
        packet("vCont;s:1;c")
        expect(b"$T05thread:1;#")
    packet("k")
    if emulator.wait(machine.WAIT_S) != 0:
        sys.exit(f"killed: status {emulator.returncode}")


def main():
    machine.need("gdb-multiarch", "gdb-multiarch")
    try:
        for order in "le", "be":
            for accel in "tcg", "interp":
                run(order, accel)
        interrupt("le")
    finally:
        machine.finish()


if __name__ == "__main__":
    main()
