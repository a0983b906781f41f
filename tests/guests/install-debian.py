#!/usr/bin/env python3
"""Debian 12's installer, unattended, onto a blank disk, and what it installed booted from that disk by the built-in
firmware.

For `make check-install`: it takes tens of minutes. FORMATS are those of the disk, "raw qcow2"; FOLDER keeps disks,
logs and the key for disk-use.py, which is given them so. LPAR names the emulator and its options, default
$builddir/lpar; PROCESSORS is how many the installer has.
"""

import os
import subprocess
import sys
import tempfile

import debian_install as di

SIZE = "6G"


def check(folder, kind):
    disk = f"{folder}/disk.{kind}"
    if kind == "raw":
        with open(disk, "wb") as f:
            f.truncate(int(SIZE[:-1]) << 30)
    else:
        di.run("qemu-img", "create", "-q", "-f", kind, disk, SIZE)
    drive = f"file={disk},format={kind},if=virtio,cache={os.environ.get('DISK_CACHE', 'unsafe')}"
    ok, seconds = di.install(folder, drive, f"{folder}/install-{kind}.log")
    if not di.expect(f"{kind}: installed in {seconds:.0f} s", ok, f"(see {folder}/install-{kind}.log)"):
        return
    guest = di.Guest(folder, f"{folder}/boot-{kind}.log", "-drive", f"file={disk},format={kind},if=virtio")
    try:
        up = guest.wait_up()
        if not di.expect(f"{kind}: booted from the disk, ssh after {up or 0:.1f} s", up is not None):
            return
        got = guest.ssh("uname -m; findmnt -no SOURCE /; systemctl is-system-running --wait; systemctl --failed --no-legend")
        lines = got.stdout.split("\n")
        di.expect(f"{kind}: {' '.join(lines)}", [lines[0], lines[1][:8], lines[2]] == ["ppc64le", "/dev/vda", "running"])
        di.expect(f"{kind}: powers off", guest.power_off())
    finally:
        guest.kill()
    if kind == "qcow2":
        got = subprocess.run(["qemu-img", "check", disk], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        di.expect("qcow2: qemu-img check", got.returncode == 0, got.stdout)


def main():
    folder = os.environ.get("FOLDER")
    with tempfile.TemporaryDirectory() as temporary:
        for kind in os.environ.get("FORMATS", "raw qcow2").split():
            check(folder or temporary, kind)
    print(f"{di.passed} passed, {di.failures} failed")
    sys.exit(di.failures > 0)


main()
