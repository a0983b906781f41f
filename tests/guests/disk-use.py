#!/usr/bin/env python3
"""What a user does with Debian on a disk: packages are installed, a source package is built, files are copied in by ssh,
disks of every kind are written and verified, networks of both kinds carry data, a repository is cloned and built in a
folder of this machine.

For `make check-install`, after install-debian.py, whose FOLDER it takes the disk and the key from. STEPS names what to
do. SCP_MB (256) is the size of what is copied.
"""

import hashlib
import os
import re
import subprocess
import sys
import tempfile

import debian_install as di

FOLDER = os.environ["FOLDER"]
SCP_MB = int(os.environ.get("SCP_MB", "256"))
DISKS = {
    "virtio-blk": "-drive file={},format=raw,if=none,id={} -device virtio-blk-pci,drive={id},serial=virtio-blk",
    "virtio-scsi": "-drive file={},format=raw,if=none,id={} -device virtio-scsi-pci,id=vs -device scsi-hd,drive={id},bus=vs.0,serial=virtio-scsi",
    "vscsi": "-drive file={},format=raw,if=none,id={} -device spapr-vscsi,id=sv -device scsi-hd,drive={id},bus=sv.0,serial=vscsi",
    "nvme": "-drive file={},format=raw,if=none,id={} -device nvme,drive={id},serial=nvme",
}


def devices(folder):
    """Options for a disk of each kind that this emulator has."""
    known = di.run(di.LPAR.split()[0], "-device", "help")
    options, names = [], []
    for name, text in DISKS.items():
        if name == "nvme" and " nvme " not in known:
            continue
        path = f"{folder}/{name}.raw"
        with open(path, "wb") as f:
            f.truncate(256 << 20)
        options += text.replace("{id}", "d-" + name).format(path, "d-" + name).split()
        names.append(name)
    return options, names


def step(guest, what, command, limit=3600, seen=""):
    got = guest.ssh(command, limit)
    found = re.search(seen, got.stdout) if seen else None
    detail = f": {found[0]}" if found else ""
    return di.expect(what + detail, got.returncode == 0 and (not seen or found), got.stdout[-3000:])


def packages(guest):
    step(guest, "apt-get update", "apt-get -q update")
    step(guest, "build-essential and others installed",
         "DEBIAN_FRONTEND=noninteractive apt-get -qy --no-install-recommends install build-essential wget git fio iperf3 && gcc --version | head -n 1", seen=r"gcc \(.*")


def build(guest):
    # Without the packaging's own files, which some mirrors leave out.
    step(guest, "a source package is built and tested",
         "rm -rf /root/src && mkdir /root/src && cd /root/src && a=$(sed -n 's/^deb-src //p' /etc/apt/sources.list | head -n 1 | cut -d' ' -f1) && "
         "wget -q $a/pool/main/h/hello/hello_2.10.orig.tar.gz && tar xf hello_*.tar.gz && cd hello-* && "
         "start=$(date +%s) && FORCE_UNSAFE_CONFIGURE=1 ./configure >/dev/null && make >/dev/null 2>&1 && make check 2>&1 | grep -E '^# (PASS|FAIL)' && "
         "./hello && echo built in $(($(date +%s) - start)) s", seen=r"# PASS:\s+\d+|built in \d+ s")


def copy(guest, folder):
    path = f"{folder}/data"
    digest = hashlib.sha256()
    with open(path, "wb") as f:
        for _ in range(SCP_MB):
            data = os.urandom(1 << 20)
            digest.update(data)
            f.write(data)
    start = di.time.monotonic()
    got = guest.scp(path, "/root/data")
    took = di.time.monotonic() - start
    there = guest.ssh("sha256sum /root/data; rm /root/data").stdout.split()
    di.expect(f"scp of {SCP_MB} MiB in {took:.0f} s, the same sha256", got.returncode == 0 and there and there[0] == digest.hexdigest(),
              got.stdout)


def disks(guest, names):
    for name in names:
        find = f"d=$(readlink -f $(ls -d /dev/disk/by-id/*{name} | head -n 1)); "
        for kind, options in (("random", "--rw=randrw"), ("sequential", "--rw=write --bs=64k"), ("fsync", "--rw=randwrite --fsync=8")):
            step(guest, f"{name}, {kind}, verified",
                 f"{find} fio --name=t --filename=$d --size=64m --bs=4k {options} --verify=crc32c --verify_fatal=1 --do_verify=1 --ioengine=libaio "
                 "--iodepth=16 --direct=1 --output-format=normal 2>&1 | tee /tmp/fio | grep -E 'err=|IOPS|verify'; grep -q 'err= 0' /tmp/fio", seen="(read|write): IOPS=[^\n]*")


def networks(guest):
    server = subprocess.Popen(["iperf3", "-s", "-p", "5299", "-B", "127.0.0.1"], stdout=subprocess.DEVNULL)
    try:
        # The second card is the logical LAN.
        step(guest, "both networks have an address",
             "modprobe ibmveth; sleep 1; n=$(ls /sys/class/net | grep -v -e lo -e enp0 | head -n 1); ip link set $n up; dhclient -v $n 2>&1 | tail -n 1; "
             "ip -4 addr", seen=r"10\.0\.3\.15")
        for name, source in (("virtio-net", "10.0.2.15"), ("spapr-vlan", "10.0.3.15")):
            host = source.rsplit(".", 1)[0] + ".2"
            for way, flag in (("out", ""), ("in", "-R")):
                step(guest, f"{name}, iperf3 {way}", f"iperf3 -c {host} -p 5299 -B {source} -t 5 {flag} | grep receiver", 120, r"[\d.]+ [MG]bits/sec")
    finally:
        server.kill()
        server.wait()


def share(guest):
    step(guest, "a clone and a build in a folder of this machine",
         "modprobe 9p; mkdir -p /share; mountpoint -q /share || mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144 share /share || exit 1; cd /share; "
         "rm -rf one two; mkdir one && cd one && git init -q && cp -r /root/src/hello-2.10/. . && (make distclean || true) >/dev/null 2>&1; git add -A && "
         "git -c user.name=u -c user.email=e@x commit -qm first && cd .. && git clone -q one two && cd two && git fsck --full 2>&1 && "
         "find . -exec touch -d @1600000000 {} + && start=$(date +%s) && { FORCE_UNSAFE_CONFIGURE=1 ./configure && make HELP2MAN='touch hello.1-t; :'; } >/tmp/log 2>&1 || { tail -n 20 /tmp/log; exit 1; }; "
         "./hello && git status --short | head -n 3 && echo built in $(($(date +%s) - start)) s", seen=r"built in \d+ s")


def main():
    steps = os.environ.get("STEPS", "packages build copy disks networks share").split()
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        options, names = devices(folder)
        os.mkdir(f"{folder}/share")
        guest = di.Guest(FOLDER, f"{FOLDER}/use.log", "-drive", f"file={FOLDER}/disk.raw,format=raw,if=virtio", *options,
                         "-netdev", "user,id=lan,net=10.0.3.0/24", "-device", "spapr-vlan,netdev=lan",
                         "-virtfs", f"local,path={folder}/share,mount_tag=share,security_model=none")
        try:
            up = guest.wait_up()
            if di.expect(f"booted, ssh after {up or 0:.1f} s", up is not None):
                for name in steps:
                    {"packages": lambda: packages(guest), "build": lambda: build(guest), "copy": lambda: copy(guest, folder),
                     "disks": lambda: disks(guest, names), "networks": lambda: networks(guest), "share": lambda: share(guest)}[name]()
                di.expect("powers off", guest.power_off())
        finally:
            guest.kill()
    print(f"{di.passed} passed, {di.failures} failed")
    sys.exit(di.failures > 0)


main()
