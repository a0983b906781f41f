#!/usr/bin/env python3
"""Disk, network and shared folder of the same guest in lpar and in QEMU, one after the other, again and again: random
4 KiB accesses of a disk, TCP both ways and echoes, files made, looked at and removed.

Prints a table: medians of the rounds, and how many times lpar is faster; the microseconds are the median request's (of
files, the average one's). ROUNDS (3), SECONDS of each measurement (2),
CACHE_MODE of the disk (writeback), ONLY names what to measure ("disk net files"). LPAR and QEMU name the programs and their
options.
"""

import os
import shlex
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CACHE = os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")) + "/lpar"
EMULATORS = {
    "lpar": os.environ.get("LPAR", os.environ.get("builddir", f"{TOP}/build") + "/lpar") + " -M pseries",
    "qemu": os.environ.get("QEMU", "qemu-system-ppc64") + " -M pseries,x-vof=on -nodefaults -vga none -serial mon:stdio -global virtio-net-pci.romfile=",
}
SECONDS = os.environ.get("SECONDS", "2")
SIZE = 1 << 30


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def serve(connection):
    with connection:
        try:
            what = connection.recv(1)
            data = bytes(1 << 17)
            while True:
                if what == b"s":
                    connection.sendall(data)
                elif what == b"e":
                    got = connection.recv(1)
                    if not got:
                        return
                    connection.sendall(got)
                elif not connection.recv(1 << 17):
                    return
        except OSError:
            pass


def listen():
    server = socket.create_server(("127.0.0.1", 0))

    def accept():
        while True:
            connection, _ = server.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=serve, args=(connection,), daemon=True).start()
    threading.Thread(target=accept, daemon=True).start()
    return server.getsockname()[1]


def make_initrd(folder, only, port):
    tools = f"{TOP}/tools/guests"
    run(f"{tools}/fetch-debian.sh", CACHE)
    modules = run(f"{tools}/fetch-modules.sh", CACHE)
    job = f"{folder}/tree/job"
    os.makedirs(job)
    run("powerpc64le-linux-gnu-gcc", "-O2", "-static", "-Wall", "-o", f"{job}/io-guest", f"{TOP}/tests/bench/io-guest.c")
    shutil.copyfile(f"{tools}/address", f"{job}/address")
    os.chmod(f"{job}/address", 0o755)
    steps = {
        "disk": f"/job/io-guest disk /dev/vda {SECONDS}",
        "net": f"ip link set eth0 up; udhcpc -i eth0 -q -n -f -s /job/address >/dev/null; /job/io-guest net 10.0.2.2 {port} {SECONDS}",
        "files": "modprobe 9pnet_virtio; modprobe 9p; mkdir -p /share; "
                 f"mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144 share /share; /job/io-guest files /share {SECONDS}",
    }
    with open(f"{job}/command", "w", encoding="ascii") as f:
        f.write("for m in virtio_pci virtio_blk virtio_net; do modprobe $m; done\n" + "\n".join(steps[s] for s in only) + "\n")
    with open(f"{job}/mark", "w", encoding="ascii") as f:
        f.write("job\n")
    run(f"{tools}/mkinitramfs.sh", f"{folder}/initramfs", f"{CACHE}/debian12/busybox")
    run("sh", "-c", f"cd {folder}/tree && find job | cpio -o -H newc -R 0:0 --quiet | gzip -n >{folder}/job.cpio.gz")
    with open(f"{folder}/initrd", "wb") as out:
        for part in (modules, f"{folder}/initramfs", f"{folder}/job.cpio.gz"):
            with open(part, "rb") as f:
                shutil.copyfileobj(f, out)


def measure(folder, emulator):
    cache = os.environ.get("CACHE_MODE", "writeback")
    guest = subprocess.run(
        shlex.split(EMULATORS[emulator]) + shlex.split(
            "-cpu POWER9 -m 1G -nographic -no-reboot -append 'console=hvc0 quiet panic=-1' "
            f"-kernel {CACHE}/debian12/vmlinux -initrd {folder}/initrd -drive file={folder}/disk,format=raw,if=virtio,cache={cache} "
            f"-nic user,model=virtio-net-pci -virtfs local,path={folder}/share,mount_tag=share,security_model=none"),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600, check=False)
    figures = {}
    for line in guest.stdout.splitlines():
        words = line.split()
        if len(words) == 3 and words[0].split("-")[0] in ("disk", "net", "files"):
            figures[words[0]] = float(words[1]), float(words[2])
    if not figures:
        print(guest.stdout[-2000:])
    return figures


def main():
    rounds, only = int(os.environ.get("ROUNDS", "3")), os.environ.get("ONLY", "disk net files").split()
    results = {name: {} for name in EMULATORS}
    with tempfile.TemporaryDirectory(dir=os.environ.get("FOLDER")) as folder:
        make_initrd(folder, only, listen())
        os.mkdir(f"{folder}/share")
        with open(f"{folder}/disk", "wb") as f:
            for _ in range(SIZE >> 20):
                f.write(os.urandom(1 << 20))
        for _ in range(rounds):
            for name in EMULATORS:
                for what, figure in measure(folder, name).items():
                    results[name].setdefault(what, []).append(figure)
    print("| measured | lpar a second | QEMU a second | times | lpar us | QEMU us | times |\n|---|---|---|---|---|---|---|")
    for what in results["lpar"]:
        if what not in results["qemu"]:
            continue
        ours, theirs = ([statistics.median(column) for column in zip(*results[name][what])] for name in ("lpar", "qemu"))
        one = f"{ours[1]:.1f} | {theirs[1]:.1f} | {theirs[1] / ours[1]:.2f}" if "bytes" not in what else "- | - | -"
        print(f"| {what} | {ours[0]:,.0f} | {theirs[0]:,.0f} | {ours[0] / theirs[0]:.2f} | {one} |")
    sys.exit(0 if results["lpar"] and results["qemu"] else 1)


main()
