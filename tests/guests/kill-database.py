#!/usr/bin/env python3
"""The emulator is killed while a guest's database is busy: what the guest's client was told is committed is there after
the next boot, and the images are sound.

sqlite with a write-ahead log on ext4, on each kind of disk in turn. KILLS is how often (4); DISKS names the kinds; SEED
makes runs alike. LPAR names the emulator and its options, default $builddir/lpar.
"""

import os
import random
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LPAR = os.environ.get("LPAR", os.environ.get("builddir", f"{TOP}/build") + "/lpar")
CACHE = os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")) + "/lpar"
KILLS = int(os.environ.get("KILLS", "4"))
LIMIT_S = 180
PACKAGES = "sqlite3 libsqlite3-0 libreadline8 libtinfo6 zlib1g libc6 libgcc-s1".split()
SIZE = 256 << 20

DISKS = {
    "virtio-blk": "-drive file={}/disk.raw,format=raw,if=virtio",
    "virtio-blk-qcow2": "-drive file={}/disk.qcow2,format=qcow2,if=virtio",
    "virtio-blk-none": "-drive file={}/disk.raw,format=raw,if=virtio,cache=none",
    "vscsi": "-drive file={}/disk.raw,format=raw,if=scsi",
    "virtio-scsi": "-device virtio-scsi-pci,id=s -drive file={}/disk.raw,format=raw,if=none,id=d -device scsi-hd,drive=d,bus=s.0",
    "virtio-blk-threads": "-drive file={}/disk.raw,format=raw,if=virtio,aio=threads",
    "nvme": "-drive file={}/disk.raw,format=raw,if=none,id=d -device nvme,serial=1,drive=d",
}

# Each transaction has several rows, and says in each how many.
JOB = r"""
for m in virtio_pci virtio_blk virtio_scsi ibmvscsi nvme sd_mod ext4; do modprobe $m 2>/dev/null; done
n=0
while d=$(ls /dev/vda /dev/sda /dev/nvme0n1 2>/dev/null | head -n 1); [ -z "$d" ]; do sleep 0.2; n=$((n + 1)); [ $n -lt 50 ] || { echo "no disk"; exit 1; }; done
mkdir -p /d
mount -t ext4 $d /d || { echo "no mount"; dmesg | tail; exit 1; }
sqlite() { sqlite3 -batch -bail /d/base "$@"; }
sqlite 'create table if not exists t(id integer primary key, tx integer, rows integer, text text)' || exit 1
echo "check $(sqlite 'pragma integrity_check') $(sqlite 'select ifnull(max(tx), 0), count(*) - ifnull(max(id), 0) from t') torn $(sqlite 'select count(*) from (select tx from t group by tx having count(*) <> max(rows))')"
awk 'BEGIN {
    print "pragma journal_mode=wal; pragma synchronous=full; pragma wal_autocheckpoint=50;"
    print "create temp table n(tx integer); insert into n select ifnull(max(tx), 0) from t;"
    for (;;) {
        rows = 1 + int(rand() * 6)
        print "begin; update n set tx = tx + 1;"
        for (i = 0; i < rows; i++) print "insert into t(tx, rows, text) select tx, " rows ", hex(randomblob(" int(rand() * 700) ")) from n;"
        print "commit; select \x27ack\x27, tx from n;"
    }
}' | sqlite
"""


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def make_initrd(folder):
    tools = f"{TOP}/tools/guests"
    run(f"{tools}/fetch-debian.sh", CACHE)
    parts = [run(f"{tools}/fetch-packages.sh", CACHE, "sqlite", *PACKAGES), run(f"{tools}/fetch-modules.sh", CACHE)]
    os.makedirs(f"{folder}/tree/job")
    with open(f"{folder}/tree/job/command", "w", encoding="ascii") as f:
        f.write(JOB)
    with open(f"{folder}/tree/job/mark", "w", encoding="ascii") as f:
        f.write("job\n")
    run(f"{tools}/mkinitramfs.sh", f"{folder}/initramfs", f"{CACHE}/debian12/busybox")
    run("sh", "-c", f"cd {folder}/tree && find job | cpio -o -H newc -R 0:0 --quiet | gzip -n >{folder}/job.cpio.gz")
    with open(f"{folder}/initrd", "wb") as out:
        for part in (*parts, f"{folder}/initramfs", f"{folder}/job.cpio.gz"):
            with open(part, "rb") as f:
                shutil.copyfileobj(f, out)


def make_image(folder, name):
    os.mkdir(folder)
    with open(f"{folder}/disk.raw", "wb") as f:
        f.truncate(SIZE)
    subprocess.run(["mkfs.ext4", "-q", "-F", f"{folder}/disk.raw"], check=True, stdout=subprocess.DEVNULL,
                   env=dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin"))
    if "qcow2" in name:
        run("qemu-img", "convert", "-O", "qcow2", f"{folder}/disk.raw", f"{folder}/disk.qcow2")
    return folder


def one_life(folder, options, seconds):
    """Boots, and kills it so long after the first acknowledgement. Returns the console."""
    process = subprocess.Popen(
        shlex.split(LPAR) + shlex.split("-M pseries -cpu POWER9 -m 512M -nographic -monitor none -no-reboot") +
        ["-kernel", f"{CACHE}/debian12/vmlinux", "-initrd", f"{folder}/initrd", "-append", "console=hvc0 quiet panic=-1"] + options,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    guard = threading.Timer(LIMIT_S, process.kill)
    guard.start()
    text = b""
    try:
        while b"ack|" not in text and (data := os.read(process.stdout.fileno(), 65536)):
            text += data
        killer = threading.Timer(seconds, process.kill)
        killer.start()
        while data := os.read(process.stdout.fileno(), 65536):
            text += data
        killer.cancel()
    finally:
        guard.cancel()
        process.kill()
        process.wait()
        process.stdout.close()
    return text.decode(errors="replace")


def sound(folder, name):
    """What the tools for images and file systems say; "" if nothing is wrong."""
    path = dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin")
    image, said = f"{folder}/disk.raw", ""
    if "qcow2" in name:
        # Of a process that was killed, blocks may be left over; nothing may be wrong.
        got = subprocess.run(["qemu-img", "check", "-r", "leaks", f"{folder}/disk.qcow2"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             text=True, check=False)
        said = got.stdout if got.returncode else ""
        image = f"{folder}/copy.raw"
        run("qemu-img", "convert", "-O", "raw", f"{folder}/disk.qcow2", image)
    # The journal is played first, as any boot would.
    subprocess.run(["e2fsck", "-p", image], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, env=path)
    got = subprocess.run(["e2fsck", "-f", "-n", image], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, env=path)
    return said + (got.stdout if got.returncode else "")


def main():
    names = os.environ.get("DISKS", "virtio-blk virtio-blk-qcow2 nvme vscsi virtio-blk-none virtio-scsi virtio-blk-threads").split()
    rng = random.Random(os.environ.get("SEED", "1"))
    failures, total, told = 0, 0, dict.fromkeys(names, 0)
    with tempfile.TemporaryDirectory() as folder:
        make_initrd(folder)
        images = {}
        names = names[:max(1, KILLS // 2)] # each of them is to be killed twice at least
        lives = [names[i % len(names)] for i in range(KILLS)] + names # the last ones look at what was left
        for i, name in enumerate(lives):
            if name not in images:
                images[name] = make_image(f"{folder}/{name}", name)
            seconds = rng.uniform(0.05, 3) if i < KILLS else 0
            start = time.monotonic()
            text = one_life(folder, DISKS[name].format(images[name]).split(), seconds)
            found = re.search(r"check (\S+) (\d+)\|(-?\d+) torn (\d+)", text)
            acks = [int(n) for n in re.findall(r"ack\|(\d+)\r?\n", text)]
            wrong = sound(images[name], name)
            ok = (found and acks and found[1] == "ok" and int(found[2]) >= told[name] and found[3] == "0" and found[4] == "0"
                  and acks == list(range(int(found[2]) + 1, int(found[2]) + 1 + len(acks))) and not wrong)
            if not ok:
                failures += 1
                print(f"FAIL: {name}: acknowledged {told[name]}, then: {text[-2000:]}{wrong}")
            else:
                total += len(acks)
                print(f"ok: {name}: {told[name]} were acknowledged, {found[2]} are there; {len(acks)} more in {seconds:.2f} s "
                      f"({time.monotonic() - start:.1f} s)", flush=True)
                told[name] = acks[-1]
    print(f"{KILLS} kills, {total} transactions\n{len(lives) - failures} passed, {failures} failed")
    sys.exit(failures > 0)


main()
