#!/usr/bin/env python3
"""Debian's own drivers on virtual SCSI and logical LAN: disks of both formats, a CD, the network in user mode.

Guests write numbered records and tell each that they synced; the emulator is killed at a random moment, and every
record that was told must be in the image, on a bare disk and in an ext4 file system. LPAR names the emulator and its
options, default $builddir/lpar. KILLS says how often it is killed (2), SEED seeds the moments.
"""

import hashlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LPAR = os.environ.get("LPAR", os.environ.get("builddir", f"{TOP}/build") + "/lpar")
MIB = 1 << 20
LIMIT_S = 240

READ_AND_WRITE = r"""
for m in ibmvscsi sd_mod sr_mod ext4; do modprobe $m || exit 1; done
for i in 1 2 3 4 5 6 7 8 9 10; do [ -b /dev/sdb ] && [ -b /dev/sr0 ] && break; sleep 1; done
cat /proc/partitions
dd if=/dev/sr0 bs=64k 2>/dev/null | sha256sum
dd if=/dev/zero of=/dev/sda bs=1M count=8 conv=fsync 2>/dev/null || exit 2
dd if=/dev/sr0 of=/dev/sda bs=4k seek=100 conv=fsync 2>/dev/null || exit 3
dd if=/dev/sda bs=4k skip=100 count=512 iflag=direct 2>/dev/null | sha256sum
mount -t ext4 /dev/sdb /mnt || exit 4
dd if=/dev/sr0 of=/mnt/copy bs=1M conv=fsync 2>/dev/null || exit 5
umount /mnt && mount -t ext4 /dev/sdb /mnt && sha256sum </mnt/copy
umount /mnt || exit 6
blkdiscard /dev/sda || exit 7
dd if=/dev/sda bs=1M count=1 2>/dev/null | tr -d '\0' | wc -c
"""

KILLED = r"""
for m in ibmvscsi sd_mod ext4; do modprobe $m || exit 1; done
for i in 1 2 3 4 5 6 7 8 9 10; do [ -b /dev/sdb ] && break; sleep 1; done
mount -t ext4 /dev/sdb /mnt || exit 4
i=0
while :; do
    i=$((i + 1))
    printf 'record %08d\n' $i | dd of=/dev/sda bs=4k seek=$i conv=sync,fsync,notrunc 2>/dev/null || exit 5
    echo "block $i"
    echo "record $i" >/mnt/r$i && sync /mnt/r$i || exit 6
    echo "file $i"
done
"""

NETWORK = r"""
modprobe ibmveth || exit 1
ip addr add 10.0.2.15/24 dev eth0 && ip link set eth0 up || exit 2
ping -c 2 -W 5 10.0.2.2 >/dev/null || exit 3
ip link show eth0 | grep -o '52:54:00:00:00:07'
wget -q -O /tmp/file http://10.0.2.2:PORT/file || exit 4
sha256sum </tmp/file
echo listening
nc -l -p 2222 -e cat
"""

failures = []


def check(what, ok, text=""):
    print(("ok: " if ok else "FAIL: ") + what)
    if not ok:
        failures.append(what)
        print(text)


class Guest:
    """One command in a guest, with more options for the emulator."""

    def __init__(self, folder, script, options):
        path = f"{folder}/script"
        with open(path, "w", encoding="ascii") as f:
            f.write(script)
        environment = dict(os.environ, LPAR=f"{LPAR} {options}", FILES=path, LAYERS="modules")
        self.log = open(f"{folder}/log", "w+", encoding="utf8")
        self.process = subprocess.Popen(
            [f"{TOP}/quickstart", "boot", "--", "sh", "/job/script"], env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=self.log, text=True, start_new_session=True)
        # A guest that hangs ends with all that belongs to it.
        self.timer = threading.Timer(LIMIT_S, lambda: os.killpg(self.process.pid, signal.SIGKILL))
        self.timer.start()

    def emulator(self):
        """Its process: the one in our session that is no script."""
        for name in os.listdir("/proc"):
            if not name.isdigit():
                continue
            try:
                with open(f"/proc/{name}/stat", encoding="utf8") as f:
                    session = int(f.read().rsplit(")", 1)[1].split()[3])
                program = os.readlink(f"/proc/{name}/exe")
            except OSError:
                continue
            if session == self.process.pid and os.path.basename(program) == os.path.basename(LPAR.split()[0]):
                return int(name)
        return None

    def end(self):
        output, _ = self.process.communicate()
        self.timer.cancel()
        self.log.seek(0)
        text = output + self.log.read()
        self.log.close()
        return output, self.process.returncode, text


def run(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def make_file(path, size):
    with open(path, "wb") as f:
        f.truncate(size)


def read_and_write(folder):
    disc = random.randbytes(2 * MIB)
    with open(f"{folder}/disc", "wb") as f:
        f.write(disc)
    make_file(f"{folder}/raw", 64 * MIB)
    make_file(f"{folder}/fs", 64 * MIB)
    run("mkfs.ext4", "-q", "-F", f"{folder}/fs")
    run("qemu-img", "convert", "-q", "-O", "qcow2", f"{folder}/fs", f"{folder}/qcow2")
    options = (f"-drive file={folder}/raw,format=raw,discard=unmap,cache=none "
               f"-drive file={folder}/qcow2,format=qcow2 -cdrom {folder}/disc")
    output, status, text = Guest(folder, READ_AND_WRITE, options).end()
    want = hashlib.sha256(disc).hexdigest()
    check("disk, qcow2 and CD hold what was written", status == 0 and output.count(want) == 3, text)
    check("what was discarded is gone", output.rstrip().endswith("\n0"), text)
    run("qemu-img", "convert", "-q", "-O", "raw", f"{folder}/qcow2", f"{folder}/fs")
    result = subprocess.run(["e2fsck", "-fn", f"{folder}/fs"], capture_output=True, text=True, check=False)
    check("the file system in the qcow2 image is sound", result.returncode == 0, result.stdout + result.stderr)


def killed(folder, cache):
    make_file(f"{folder}/raw", 64 * MIB)
    make_file(f"{folder}/fs", 64 * MIB)
    run("mkfs.ext4", "-q", "-F", f"{folder}/fs")
    guest = Guest(folder, KILLED, f"-drive file={folder}/raw,format=raw,cache={cache} "
                                  f"-drive file={folder}/fs,format=raw,cache={cache}")
    told = {"block": 0, "file": 0}
    end = None
    for line in guest.process.stdout:
        words = line.split()
        if len(words) == 2 and words[0] in told:
            told[words[0]] = int(words[1])
        if end is None and told["file"]:
            end = time.monotonic() + random.uniform(0.1, 2.0)
        if end is not None and time.monotonic() > end:
            os.kill(guest.emulator(), signal.SIGKILL)
            break
    _, _, text = guest.end()
    check(f"cache={cache}: a guest told of {told['file']} records", told["file"] > 3, text)
    with open(f"{folder}/raw", "rb") as f:
        image = f.read()
    lost = [i for i in range(1, told["block"] + 1) if image[i * 4096:i * 4096 + 15] != b"record %08d" % i]
    check(f"cache={cache}: each is on the disk", not lost, f"lost: {lost}")
    result = subprocess.run(["e2fsck", "-fy", f"{folder}/fs"], capture_output=True, text=True, check=False)
    check(f"cache={cache}: the journal makes the file system sound", result.returncode in (0, 1), result.stdout)
    commands = "".join(f"cat /r{i}\n" for i in range(1, told["file"] + 1))
    result = subprocess.run(["debugfs", "-f", "-", f"{folder}/fs"], input=commands, capture_output=True, text=True,
                            check=False)
    found = [line for line in result.stdout.splitlines() if line.startswith("record ")]
    check(f"cache={cache}: each is in the file system",
          found == [f"record {i}" for i in range(1, told["file"] + 1)], result.stdout[-2000:])


class FileServer(threading.Thread):
    """Answers HTTP requests with the same bytes."""

    def __init__(self, data):
        super().__init__(daemon=True)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.data = data
        self.start()

    def run(self):
        while True:
            connection, _ = self.socket.accept()
            connection.recv(4096)
            connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % len(self.data) + self.data)
            connection.close()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


def echo(port):
    """What comes back from the guest, in spite of a server there that is not quite up."""
    for _ in range(20):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=20) as s:
                s.sendall(b"hello guest\n")
                data = s.recv(100)
                if data:
                    return data
        except OSError:
            pass
        time.sleep(0.5)
    return b""


def network(folder):
    server = FileServer(random.randbytes(8 * MIB))
    port = free_port()
    guest = Guest(folder, NETWORK.replace("PORT", str(server.port)),
                  f"-netdev user,id=n0,hostfwd=tcp:127.0.0.1:{port}-:2222 "
                  "-device spapr-vlan,netdev=n0,mac=52:54:00:00:00:07")
    seen = ""
    for line in guest.process.stdout:
        seen += line
        if line == "listening\n":
            check("a connection to the guest is forwarded", echo(port) == b"hello guest\n")
            break
    output, status, text = guest.end()
    seen += output
    check("the router answers, the address is the one that was given",
          status == 0 and "52:54:00:00:00:07" in seen, text)
    check("8 MiB come through unchanged", hashlib.sha256(server.data).hexdigest() in seen, text)


def main():
    for program, package in (("mkfs.ext4", "e2fsprogs"), ("debugfs", "e2fsprogs"), ("qemu-img", "qemu-utils"),
                             ("qemu-nbd", "qemu-utils")):
        if not shutil.which(program, path=os.environ["PATH"] + ":/sbin:/usr/sbin"):
            sys.exit(f"{program} is missing: apt-get install {package}")
    os.environ["PATH"] += ":/sbin:/usr/sbin"
    seed = os.environ.get("SEED", str(time.time_ns()))
    print(f"SEED={seed}")
    random.seed(seed)
    # On a disk: O_DIRECT does not work in every memory file system.
    with tempfile.TemporaryDirectory(dir=os.environ.get("builddir", ".")) as folder:
        read_and_write(folder)
        network(folder)
        for i in range(int(os.environ.get("KILLS", "2"))):
            killed(folder, ("writeback", "none", "writethrough")[i % 3])
    sys.exit(bool(failures))


main()
