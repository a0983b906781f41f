#!/bin/sh
# fetch-modules.sh CACHE: packs modules of Debian's ppc64el kernel, for devices that
# are not built in, as an archive that stands before the guest's initramfs, and
# prints its file's name. In the guest: modprobe ibmvscsi.
# Named after what made it, built once, whole or not at all. No root.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cache=$1
out=$cache/debian12
apt_dir=$cache/apt
# shellcheck source=tools/guests/apt-ppc64el.sh
. "$here/apt-ppc64el.sh"

# What jobs load; what these need comes along.
modules='ibmvscsi ibmveth sd_mod sr_mod sg ext4 isofs vfat nls_utf8 nls_cp437 nls_ascii
crc32c_generic crc32c-vpmsum crct10dif_generic af_packet overlay squashfs loop
nvme virtio_pci virtio_blk virtio_net virtio_scsi virtio_console virtio_balloon virtio-rng
9p 9pnet_virtio fuse virtiofs rpadlpar_io rpaphp'

version=$(cat "$out/version")
sum=$(cksum <"$0")
file=$out/modules-$version-${sum%% *}.cpio
if [ ! -e "$file" ]; then
    # Two commands may be started at the same time on an empty cache.
    exec 9>"$cache/lock"
    flock 9
    work=$(mktemp -d "$out/work-XXXXXX")
    trap 'rm -rf "$work"' EXIT
    ppc64el_init >&2
    deb=$(ppc64el_deb "linux-image-$version")
    mkdir -p "$work/all" "$work/tree"
    dpkg-deb --fsys-tarfile "$deb" | tar -xf - -C "$work/all" "./lib/modules/$version"
    # shellcheck disable=SC2086  # a list of words
    python3 - "$work/all/lib/modules/$version" "$work/tree/lib/modules/$version" $modules <<'PYTHON'
import os, re, shutil, sys

source, target, wanted = sys.argv[1], sys.argv[2], sys.argv[3:]
key = lambda name: name.replace("-", "_")
paths = {}
for folder, _, files in os.walk(source):
    for f in files:
        if f.endswith(".ko"):
            paths[key(f[:-3])] = os.path.relpath(os.path.join(folder, f), source)


def needs(name):
    text = open(os.path.join(source, paths[name]), "rb").read()
    found = re.search(rb"\0depends=([^\0]*)\0", text)
    direct = [key(n) for n in found.group(1).decode().split(",") if n] if found else []
    # As depmod writes them: what is to be loaded last stands first.
    result = []
    for n in direct:
        for m in [n] + needs(n):
            if m in result:
                result.remove(m)
            result.append(m)
    return result


chosen = {}
for name in map(key, wanted):
    if name not in paths:
        continue  # built in
    for n in [name] + needs(name):
        chosen[n] = needs(n)
for n in chosen:
    to = os.path.join(target, paths[n])
    os.makedirs(os.path.dirname(to), exist_ok=True)
    shutil.copyfile(os.path.join(source, paths[n]), to)
with open(os.path.join(target, "modules.dep"), "w") as f:
    for n in sorted(chosen):
        f.write(paths[n] + ":" + "".join(" " + paths[m] for m in chosen[n]) + "\n")
with open(os.path.join(target, "modules.alias"), "w") as f:
    for n in sorted(chosen):
        text = open(os.path.join(source, paths[n]), "rb").read()
        for alias in sorted(set(re.findall(rb"\0alias=([^\0]*)\0", text.replace(b"\0", b"\0\0")))):
            f.write("alias %s %s\n" % (alias.decode(), n))
PYTHON
    (cd "$work/tree" && find . -exec touch -hd @0 {} + && find . | LC_ALL=C sort |
        cpio -o -H newc -R 0:0 --quiet --reproducible) >"$file.part"
    mv -f "$file.part" "$file"
fi
echo "$file"
