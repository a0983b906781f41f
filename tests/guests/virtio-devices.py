#!/usr/bin/env python3
"""Debian's own virtio drivers: random numbers, disks, the network, with messages and wires, modern and legacy.

A guest writes a file system and is killed at a random moment: what it was told to be synced must be in the image. LPAR
names the emulator and its options, default $builddir/lpar; SEED seeds the moment; MODES names the modes to run.
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

# Options of the emulator, properties of all devices, and whether interrupts are messages and DMA has a large window.
MODES = {
    "xive": ("-M ic-mode=xive", "", True),
    "xics-wires": ("-M ic-mode=xics", ",vectors=0", False),
    "packed": ("-M ic-mode=xive", ",packed=on", True),
    "hash-legacy": ("-cpu POWER8", ",disable-modern=on", True),
    "physical": ("-M ic-mode=xics -m 2G", ",iommu_platform=off,event_idx=off,indirect_desc=off", True),
}

SCRIPT = r"""
for m in virtio_pci virtio_blk virtio_net virtio-rng virtio_scsi sd_mod ext4; do modprobe $m || exit 1; done
cat /sys/class/misc/hw_random/rng_current
dd if=/dev/hwrng bs=64 count=1 2>/dev/null | wc -c
cat /sys/block/vda/serial; echo
dd if=/dev/zero of=/dev/vdb bs=1M count=8 conv=fsync 2>/dev/null || exit 2
dd if=/dev/urandom of=/tmp/random bs=64k count=40 2>/dev/null
dd if=/tmp/random of=/dev/vdb bs=64k seek=3 conv=fsync 2>/dev/null || exit 3
echo "same $(sha256sum </tmp/random) $(dd if=/dev/vdb bs=64k skip=3 count=40 iflag=direct 2>/dev/null | sha256sum)"
for i in 1 2 3 4 5 6 7 8 9 10; do [ -b /dev/sda ] && break; sleep 1; done
dd if=/tmp/random of=/dev/sda bs=64k seek=5 conv=fsync 2>/dev/null || exit 10
echo "scsi $(dd if=/dev/sda bs=64k skip=5 count=40 iflag=direct 2>/dev/null | sha256sum)"
blkdiscard /dev/vdb && echo "discarded $(dd if=/dev/vdb bs=1M count=8 2>/dev/null | tr -d '\0' | wc -c)"
mount -t ext4 /dev/vda /mnt || exit 4
cp /tmp/random /mnt/copy && sync /mnt/copy && umount /mnt && mount -t ext4 /dev/vda /mnt || exit 5
echo "file $(sha256sum </mnt/copy)"
umount /mnt || exit 6
cat >/tmp/dhcp <<'X'
#!/bin/sh
[ "$1" != bound ] || { ip addr add $ip/24 dev $interface; ip route add default via $router; echo "got $ip"; }
X
chmod +x /tmp/dhcp
ip link set eth0 up && udhcpc -n -q -f -i eth0 -s /tmp/dhcp 2>/dev/null || exit 7
wget -q -O /tmp/file http://10.0.2.2:PORT/file || exit 8
sha256sum </tmp/file
cat /tmp/file | nc 10.0.2.2 SINK || exit 9
grep -c 'PCI-MSI.*virtio' /proc/interrupts
dmesg | grep -c create-pe-dma-window
"""

KILLED = r"""
for m in virtio_pci virtio_blk ext4; do modprobe $m || exit 1; done
mount -t ext4 /dev/vda /mnt || exit 4
i=0
while :; do
    i=$((i + 1))
    printf 'record %08d\n' $i | dd of=/dev/vdb bs=4k seek=$i conv=sync,fsync,notrunc 2>/dev/null || exit 5
    echo "block $i"
    echo "record $i" >/mnt/r$i && sync /mnt/r$i || exit 6
    echo "file $i"
done
"""

failures = []


def check(what, ok, text=""):
    print(("ok: " if ok else "FAIL: ") + what, flush=True)
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
        self.log = open(f"{folder}/log", "w+", encoding="utf8", errors="replace")
        self.process = subprocess.Popen(
            [f"{TOP}/quickstart", "boot", "--", "sh", "/job/script"], env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=self.log, text=True, errors="replace", start_new_session=True)
        # A guest that hangs ends with all that belongs to it.
        self.timer = threading.Timer(LIMIT_S, lambda: os.killpg(self.process.pid, signal.SIGKILL))
        self.timer.start()

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)

    def end(self):
        output, _ = self.process.communicate()
        self.timer.cancel()
        self.log.seek(0)
        text = output + self.log.read()
        self.log.close()
        return output, self.process.returncode, text


class Server(threading.Thread):
    """A TCP server on a port of its own: answers HTTP with its data, or takes all that comes, without data."""

    def __init__(self, data=None):
        super().__init__(daemon=True)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.data = data
        self.taken = b""
        self.start()

    def run(self):
        while True:
            connection, _ = self.socket.accept()
            if self.data is not None:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % len(self.data) + self.data)
            else:
                while piece := connection.recv(65536):
                    self.taken += piece
            connection.close()


def make_disks(folder):
    for name in ("fs", "raw", "scsi"):
        with open(f"{folder}/{name}", "wb") as f:
            f.truncate(64 * MIB)
    subprocess.run(["mkfs.ext4", "-q", "-F", f"{folder}/fs"], check=True, stdout=subprocess.DEVNULL)


def disk_options(folder, properties=""):
    return (f"-drive file={folder}/fs,format=raw,if=none,id=fs -device virtio-blk-pci,drive=fs,serial=number{properties} "
            f"-drive file={folder}/raw,format=raw,if=none,id=raw,discard=unmap "
            f"-device virtio-blk-pci,drive=raw,num-queues=2{properties}")


def drivers(folder, mode):
    options, properties, has_messages = MODES[mode]
    make_disks(folder)
    server, sink = Server(random.randbytes(4 * MIB)), Server()
    guest = Guest(folder, SCRIPT.replace("PORT", str(server.port)).replace("SINK", str(sink.port)),
                  f"{options} -object rng-random,id=r,filename=/dev/urandom -device virtio-rng-pci,rng=r{properties} {disk_options(folder, properties)} "
                  f"-device virtio-scsi-pci,id=s{properties} -drive file={folder}/scsi,format=raw,if=none,id=scsi "
                  "-device scsi-hd,bus=s.0,drive=scsi "
                  f"-netdev user,id=n -device virtio-net-pci,netdev=n{properties} -d guest_errors")
    output, status, text = guest.end()
    lines = output.splitlines()
    want = hashlib.sha256(server.data).hexdigest()
    words = [line.split() for line in lines]
    same = [w for w in words if w[:1] == ["same"] and len(w) == 5]
    scsi = [w for w in words if w[:1] == ["scsi"]]
    file = [w for w in words if w[:1] == ["file"]]
    check(f"{mode}: the guest comes to its end", status == 0, text)
    check(f"{mode}: random numbers", lines[:2] == ["virtio_rng.0", "64"], text)
    check(f"{mode}: the disk has its number", lines[2:3] == ["number"], text)
    check(f"{mode}: the disk holds what was written", bool(same) and same[0][1] == same[0][3], text)
    check(f"{mode}: the SCSI disk, too", bool(scsi) and bool(same) and scsi[0][1] == same[0][1], text)
    check(f"{mode}: what was discarded is gone", "discarded 0" in lines, text)
    check(f"{mode}: the file system, too", bool(file) and bool(same) and file[0][1] == same[0][1], text)
    result = subprocess.run(["e2fsck", "-fn", f"{folder}/fs"], capture_output=True, text=True, check=False)
    check(f"{mode}: it is sound", result.returncode == 0, result.stdout + result.stderr)
    check(f"{mode}: an address by DHCP", "got 10.0.2.15" in lines, text)
    check(f"{mode}: 4 MiB come in unchanged", any(want in line for line in lines), text)
    check(f"{mode}: and go out", sink.taken == server.data, f"{len(sink.taken)} bytes came")
    numbers = [int(line) for line in lines[-2:] if line.isdigit()]
    check(f"{mode}: messages and a large window as expected",
          len(numbers) == 2 and (numbers[0] > 0) == has_messages and numbers[1] > 0, text)
    check(f"{mode}: no errors of the guest", "guest_errors" not in text, text)


def killed(folder):
    make_disks(folder)
    guest = Guest(folder, KILLED, disk_options(folder))
    told = {"block": 0, "file": 0}
    end = None
    for line in guest.process.stdout:
        words = line.split()
        if len(words) == 2 and words[0] in told:
            told[words[0]] = int(words[1])
        if end is None and told["file"] > 3:
            end = time.monotonic() + random.uniform(0.1, 2.0)
        if end is not None and time.monotonic() > end:
            guest.kill()
            break
    _, _, text = guest.end()
    check(f"killed: a guest told of {told['file']} records", told["file"] > 3, text)
    with open(f"{folder}/raw", "rb") as f:
        image = f.read()
    lost = [i for i in range(1, told["block"] + 1) if image[i * 4096:i * 4096 + 15] != b"record %08d" % i]
    check("killed: each is on the disk", not lost, f"lost: {lost}")
    result = subprocess.run(["e2fsck", "-fy", f"{folder}/fs"], capture_output=True, text=True, check=False)
    check("killed: the journal makes the file system sound", result.returncode in (0, 1), result.stdout)
    commands = "".join(f"cat /r{i}\n" for i in range(1, told["file"] + 1))
    result = subprocess.run(["debugfs", "-f", "-", f"{folder}/fs"], input=commands, capture_output=True, text=True,
                            check=False)
    found = [line for line in result.stdout.splitlines() if line.startswith("record ")]
    check("killed: each is in the file system",
          found == [f"record {i}" for i in range(1, told["file"] + 1)], result.stdout[-2000:])


def main():
    os.environ["PATH"] += ":/sbin:/usr/sbin"
    for program in ("mkfs.ext4", "debugfs", "e2fsck"):
        if not shutil.which(program):
            sys.exit(f"{program} is missing: apt-get install e2fsprogs")
    seed = os.environ.get("SEED", str(time.time_ns()))
    print(f"SEED={seed}")
    random.seed(seed)
    with tempfile.TemporaryDirectory(dir=os.environ.get("builddir", ".")) as folder:
        for mode in os.environ.get("MODES", " ".join(MODES)).split():
            drivers(folder, mode)
        killed(folder)
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
