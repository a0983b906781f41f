#!/usr/bin/env python3
"""Boots GRUB from disks, a CD and a network, and Debian's kernel by it: by the built-in firmware, and by SLOF.

The images are made here: a disk with a GUID or an old partition table, a PReP partition with GRUB in it and an ext4 file
system; a CD whose /ppc/bootinfo.txt names GRUB. LPAR names the emulator and its options, default $builddir/lpar.
"""

import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import uuid

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LPAR = os.environ.get("LPAR", os.environ.get("builddir", f"{TOP}/build") + "/lpar")
CACHE = os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")) + "/lpar"
SECTOR, ISO_BLOCK = 512, 2048
PREP, ROOT = (2048, 4096), (8192, 8192 + 65536 * 3)
PREP_TYPE = uuid.UUID("9e1a2d38-c612-4316-aa26-8b49521e5a8b")
LINUX_TYPE = uuid.UUID("0fc63daf-8483-4772-8e79-3d69d8477de4")
MODULES = "part_gpt part_msdos ext2 iso9660 search search_label configfile normal linux ls cat echo test halt".split()

CONFIG = """echo grub-is-here
cat /message
if [ -e /boot/vmlinux ]; then
    linux /boot/vmlinux console=hvc0 quiet panic=-1 word-of-grub
    initrd /boot/initrd
    boot
fi
halt
"""
BUSES = {  # {}: the image, or the folder of tftp
    "virtio-blk": "-drive file={},format=raw,if=virtio",
    "vscsi": "-drive file={},format=raw,if=scsi",
    "virtio-scsi": "-device virtio-scsi-pci,id=s -drive file={},format=raw,if=none,id=d -device scsi-hd,drive=d,bus=s.0",
    "nvme": "-drive file={},format=raw,if=none,id=d -device nvme,serial=1,drive=d",
    "cd": "-cdrom {}",
    "virtio-net": "-boot n -nic user,model=virtio,tftp={},bootfile=grub.elf",
    "l-lan": "-boot n -nic user,tftp={},bootfile=grub.elf",
}
SLOF = "-bios slof.bin"

LIMIT_S = 120
failures = 0


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def make_grub(folder, modules, early, name):
    with open(f"{folder}/early.cfg", "w", encoding="ascii") as f:
        f.write(early)
    run("grub-mkimage", "-O", "powerpc-ieee1275", "-d", modules, "-c", f"{folder}/early.cfg", "-p", "/boot/grub",
        "-o", f"{folder}/{name}", *MODULES)
    with open(f"{folder}/{name}", "rb") as f:
        return f.read()


def old_table():
    sector = bytearray(SECTOR)
    for i, (kind, (first, end)) in enumerate(((0x41, PREP), (0x83, ROOT))):
        sector[446 + 16 * i:462 + 16 * i] = struct.pack(
            "<BBBBBBBBII", 0x80 if kind == 0x41 else 0, 0, 0, 0, kind, 0, 0, 0, first, end - first)
    sector[510:] = b"\x55\xaa"
    return bytes(sector)


def guid_table(sectors):
    from zlib import crc32
    entries = b"".join(struct.pack("<16s16sQQQ72s", kind.bytes_le, uuid.uuid4().bytes_le, first, end - 1, 0, b"")
                       for kind, (first, end) in ((LINUX_TYPE, ROOT), (PREP_TYPE, PREP))).ljust(128 * 128, b"\0")
    header = bytearray(struct.pack("<8sIIIIQQQQ16sQIII", b"EFI PART", 0x10000, 92, 0, 0, 1, sectors - 1, 34, sectors - 34,
                                   uuid.uuid4().bytes_le, 2, 128, 128, crc32(entries)))
    header[16:20] = struct.pack("<I", crc32(bytes(header)))
    protective = bytearray(SECTOR)
    protective[446:462] = struct.pack("<BBBBBBBBII", 0, 0, 0, 0, 0xee, 0, 0, 0, 1, sectors - 1)
    protective[510:] = b"\x55\xaa"
    return bytes(protective) + bytes(header).ljust(SECTOR, b"\0") + entries


def make_disk(path, table, grub, root):
    with open(path, "wb") as f:
        f.truncate((ROOT[1] + 2048) * SECTOR)
        f.write(table)
        f.seek(PREP[0] * SECTOR)
        f.write(grub)
    environment = dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin")
    # Without what later versions make and this GRUB does not read.
    subprocess.run(["mkfs.ext4", "-q", "-F", "-L", "root", "-O", "^metadata_csum,^has_journal,^64bit", "-E",
                    f"offset={ROOT[0] * SECTOR}", "-d", root, path, f"{(ROOT[1] - ROOT[0]) // 2}k"], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)


def both(value, size):
    order = {2: "H", 4: "I"}[size]
    return struct.pack("<" + order, value) + struct.pack(">" + order, value)


def record(name, block, size, is_folder):
    body = b"\0" + both(block, 4) + both(size, 4) + bytes(7) + bytes([2 if is_folder else 0, 0, 0]) + both(1, 2)
    body += bytes([len(name)]) + name
    body += bytes((1 + len(body)) % 2)
    return bytes([1 + len(body)]) + body


def make_cd(path, tree):
    """tree: {name: bytes or a tree}; the smallest ISO 9660 file system."""
    blocks = [b""] * 18

    def add(data):
        start = len(blocks)
        blocks.extend(data[i:i + ISO_BLOCK] for i in range(0, len(data), ISO_BLOCK))
        return start

    folders = []  # as the path table has them: name, block, number of the parent from 1

    def folder(content, parent, name=b"\0"):
        at = add(bytes(ISO_BLOCK))
        folders.append((name, at, 1 + next((i for i, f in enumerate(folders) if f[1] == parent), 0)))
        records = record(b"\0", at, ISO_BLOCK, True) + record(b"\1", parent or at, ISO_BLOCK, True)
        for name, value in sorted(content.items()):
            if isinstance(value, dict):
                records += record(name.upper().encode(), folder(value, at, name.upper().encode()), ISO_BLOCK, True)
            else:
                records += record(name.upper().encode() + b";1", add(value), len(value), False)
        blocks[at] = records
        return at

    root = folder(tree, 0)
    tables = [b"".join(struct.pack("BB", len(name), 0) + struct.pack(order + "IH", block, parent) + name + bytes(len(name) % 2)
                       for name, block, parent in folders) for order in "<>"]
    little, big = map(add, tables)
    blocks[16] = (b"\1CD001\1\0" + b" " * 64 + bytes(8) + both(len(blocks), 4) + bytes(32) + both(1, 2) + both(1, 2) +
                  both(ISO_BLOCK, 2) + both(len(tables[0]), 4) + struct.pack("<II", little, 0) + struct.pack(">II", big, 0) +
                  record(b"\0", root, ISO_BLOCK, True)[:34]).ljust(881, b"\0") + b"\1"
    blocks[17] = b"\xffCD001\1"
    with open(path, "wb") as f:
        f.write(b"".join(b.ljust(ISO_BLOCK, b"\0") for b in blocks))


def boot(what, bus, image, expected, options=None, firmware="", cpu="POWER9"):
    """expected: patterns, in their order"""
    global failures
    options = options or BUSES[bus].format(image)
    if firmware:
        what = f"SLOF, {what}"
        expected = ["SLOF", "Welcome to Open Firmware", *expected]
    command = (f"{LPAR} -M pseries -cpu {cpu} -m 1G -display none -monitor none -serial stdio -no-reboot {firmware} {options}")
    output = b""
    with subprocess.Popen(command.split(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as p:
        timer = threading.Timer(LIMIT_S, p.kill)
        timer.start()
        typed = False
        while piece := os.read(p.stdout.fileno(), 4096):
            output += piece
            # Not before: GRUB looks at what is typed, too.
            if not typed and b"~ # " in output:
                p.stdin.write(b"echo sum $((40 + 2)); exit\n")
                p.stdin.flush()
                typed = True
        status = p.wait()
        timer.cancel()
    output = output.decode(errors="replace")
    ok = status == 0 and re.search(".*".join(map(re.escape, expected)), output, re.S)
    print(f"{'ok' if ok else 'FAIL'}: {what} ({bus})", flush=True)
    if not ok:
        failures += 1
        print(f"expected {expected}, status {status}:\n{output[-3000:]}")


def main():
    modules = run(f"{TOP}/tools/guests/fetch-grub.sh", CACHE)
    run(f"{TOP}/tools/guests/fetch-debian.sh", CACHE)
    with tempfile.TemporaryDirectory() as d:
        os.makedirs(f"{d}/root/boot/grub")
        with open(f"{d}/root/boot/grub/grub.cfg", "w", encoding="ascii") as f:
            f.write(CONFIG)
        with open(f"{d}/root/message", "w", encoding="ascii") as f:
            f.write("this-is-the-disk\n")
        shutil.copy(f"{CACHE}/debian12/vmlinux", f"{d}/root/boot/vmlinux")
        run(f"{TOP}/tools/guests/mkinitramfs.sh", f"{d}/root/boot/initrd", f"{CACHE}/debian12/busybox")
        grub = make_grub(d, modules, "search --no-floppy --label --set=root root\nset prefix=($root)/boot/grub\n"
                         "configfile $prefix/grub.cfg\n", "disk.elf")
        make_disk(f"{d}/old", old_table(), grub, f"{d}/root")
        make_disk(f"{d}/guid", guid_table(ROOT[1] + 2048), grub, f"{d}/root")
        linux = ["grub-is-here", "this-is-the-disk", "word-of-grub", "sum 42"]
        boot("old partition table", "virtio-blk", f"{d}/old", linux)
        boot("GUID partition table", "vscsi", f"{d}/guid", linux)
        boot("GUID partition table", "virtio-scsi", f"{d}/guid", linux)
        boot("GUID partition table", "nvme", f"{d}/guid", linux)
        info = b"<chrp-boot>\n<boot-script>boot &device;:\\loader\\grub.elf</boot-script>\n</chrp-boot>\n"
        grub = make_grub(d, modules, "echo cd-of $word $root\ncat /message\nhalt\n", "cd.elf")
        make_cd(f"{d}/cd", {"ppc": {"bootinfo.txt": info}, "loader": {"grub.elf": grub},
                            "message": b"this-is-the-cd\n"})
        boot("bootinfo.txt", "cd", f"{d}/cd", ["cd-of", "this-is-the-cd"])
        make_cd(f"{d}/cd2", {"boot": {"grub": {"powerpc.elf": grub}}, "message": b"the-second-cd\n"})
        boot("order", "cd", f"{d}/cd2", ["the-second-cd"],
             f"-drive file={d}/cd,format=raw,if=none,media=cdrom,id=a -drive file={d}/cd2,format=raw,if=none,id=b "
             "-device virtio-scsi-pci,id=s -device scsi-cd,drive=a,bus=s.0 -device virtio-blk-pci,drive=b,bootindex=0")
        boot("-boot d", "cd", f"{d}/cd", ["cd-of", "this-is-the-cd"],
             f"-drive file={d}/old,format=raw,if=virtio -cdrom {d}/cd -boot d")
        boot("-append", "cd", f"{d}/cd", ["cd-of here", "this-is-the-cd"], f"-cdrom {d}/cd -append word=here")

        grub = make_grub(d, modules, "search --no-floppy --file --set=root /loader/grub.elf\necho cd-of $word\ncat /message\nhalt\n",
                         "cd.elf")
        make_cd(f"{d}/cd", {"ppc": {"bootinfo.txt": info}, "loader": {"grub.elf": grub}, "message": b"this-is-the-cd\n"})
        boot("old partition table", "virtio-blk", f"{d}/old", linux, firmware=SLOF)
        boot("GUID partition table", "vscsi", f"{d}/guid", linux, firmware=SLOF, cpu="POWER8")
        boot("GUID partition table", "virtio-scsi", f"{d}/guid", linux, firmware=SLOF)
        boot("-boot d", "cd", f"{d}/cd", ["cd-of", "this-is-the-cd"],
             f"-drive file={d}/old,format=raw,if=virtio -cdrom {d}/cd -boot d", firmware=SLOF)
        boot("bootindex", "virtio-scsi", f"{d}/cd", ["cd-of", "this-is-the-cd"],
             f"-drive file={d}/cd,format=raw,if=none,media=cdrom,id=a -drive file={d}/old,format=raw,if=virtio "
             "-device virtio-scsi-pci,id=s -device scsi-cd,drive=a,bus=s.0,bootindex=0", firmware=SLOF)
        os.mkdir(f"{d}/tftp")
        make_grub(d, modules, "echo by-the-network\nhalt\n", "tftp/grub.elf")
        for bus in ("virtio-net", "l-lan"):
            boot("network", bus, f"{d}/tftp", ["DHCP", "Received grub.elf", "by-the-network"], firmware=SLOF)
    return failures > 0


sys.exit(main())
