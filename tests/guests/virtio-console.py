#!/usr/bin/env python3
"""virtio-serial-pci with a console and two ports in Debian: bytes go both ways unchanged, ports have names, the guest
hears of who connects and goes, a second console is a terminal.

LPAR names the emulator and its options, default $builddir/lpar.
"""

import hashlib
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LPAR = os.environ.get("LPAR", os.environ.get("builddir", f"{TOP}/build") + "/lpar")
BYTES = 1 << 20
LIMIT_S = 180

GUEST = r"""
modprobe virtio_pci && modprobe virtio_console || exit 1
n=0
while [ "$(ls /sys/class/virtio-ports 2>/dev/null | wc -l)" -lt 3 ]; do sleep 0.1; n=$((n + 1)); [ $n -lt 100 ] || exit 2; done
sleep 0.5
for p in /sys/class/virtio-ports/*; do echo "port $(cat $p/name)" | grep -v '^port $'; done | sort
port() { for p in /sys/class/virtio-ports/*; do [ "$(cat $p/name)" != "$1" ] || echo /dev/${p##*/}; done; }
echo begin >$(port to.host)
head -c BYTES $(port from.host) | sha256sum
head -c BYTES /dev/urandom >/data
sha256sum </data
cat /data >$(port to.host)
echo hello-console >/dev/hvc1
read line </dev/hvc1
echo "console said $line"
"""

failures = 0


def expect(what, ok, why=""):
    global failures
    failures += not ok
    print(f"{'ok' if ok else 'FAIL'}: {what}{'' if ok else ': ' + str(why)}", flush=True)


def connect(path):
    for _ in range(600):
        try:
            s = socket.socket(socket.AF_UNIX)
            s.connect(path)
            s.settimeout(LIMIT_S)
            return s
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(path)


def receive(s, until):
    data = b""
    while not until(data):
        got = s.recv(65536)
        if not got:
            break
        data += got
    return data


def main():
    data = os.urandom(BYTES)
    with tempfile.TemporaryDirectory() as d:
        with open(f"{d}/job", "w", encoding="ascii") as f:
            f.write(GUEST.replace("BYTES", str(BYTES)))
        options = "-device virtio-serial-pci"
        for name, device in (("console", "virtconsole"), ("to.host", "virtserialport"), ("from.host", "virtserialport")):
            options += f" -chardev socket,id={name},path={d}/{name},server=on,wait=off -device {device},chardev={name}"
            options += f",name={name}" if device != "virtconsole" else ""
        guest = subprocess.Popen([f"{TOP}/quickstart", "boot", "--", "sh", "/job/job"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                 stdin=subprocess.DEVNULL, env=dict(os.environ, LPAR=f"{LPAR} {options}", LAYERS="modules", FILES=f"{d}/job"))
        guard = threading.Timer(LIMIT_S, guest.kill)
        guard.start()
        try:
            out, into, console = (connect(f"{d}/{n}") for n in ("to.host", "from.host", "console"))
            expect("begin", receive(out, lambda b: b.endswith(b"begin\n")) == b"begin\n")
            threading.Thread(target=into.sendall, args=(data,), daemon=True).start()
            time.sleep(1)
            got = b""
            while len(got) < BYTES:
                piece = out.recv(5000)  # a slow reader
                if not piece:
                    break
                got += piece
            text = receive(console, lambda b: b"hello-console" in b)
            expect("the console speaks", b"hello-console" in text, text)
            console.sendall(b"good-day\n")
            said = guest.communicate()[0].decode(errors="replace")
        finally:
            guard.cancel()
            guest.kill()
        lines = said.splitlines()
        expect("names", "port from.host" in lines and "port to.host" in lines, said)
        expect("into the guest", f"{hashlib.sha256(data).hexdigest()}  -" in lines, said)
        expect("out of the guest", f"{hashlib.sha256(got).hexdigest()}  -" in lines and len(got) == BYTES, (len(got), said))
        expect("the console listens", "console said good-day" in lines, said)
        expect("status", guest.returncode == 0, guest.returncode)
    print(f"{7 - failures} passed, {failures} failed")
    sys.exit(failures > 0)


main()
