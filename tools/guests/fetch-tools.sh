#!/bin/sh
# fetch-tools.sh CACHE: packs Debian's programs for making a system disk (partitions, file systems, debootstrap and what
# it calls) below /tools, as an archive that stands before a guest's initramfs, and prints its file's name. Named after
# what made it, built once, whole or not at all. No root.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cache=$1
out=$cache/debian12
apt_dir=$cache/apt
# shellcheck source=tools/guests/apt-ppc64el.sh
. "$here/apt-ppc64el.sh"

packages='bash coreutils debootstrap dpkg e2fsprogs fdisk gpgv debian-archive-keyring grep gzip perl-base sed tar
util-linux mount wget xz-utils mawk findutils'
# Of what those depend on: for configuring packages, which nobody does in /tools.
unneeded='debconf libdebconfclient0 perl perl-modules cdebconf debianutils usrmerge usr-is-merged init-system-helpers
install-info ca-certificates'

sum=$(cksum <"$0")
file=$out/tools-${sum%% *}.cpio
if [ ! -e "$file" ]; then
    mkdir -p "$out"
    # Two commands may be started at the same time on an empty cache.
    exec 9>"$cache/lock"
    flock 9
fi
if [ ! -e "$file" ]; then
    work=$(mktemp -d "$out/work-XXXXXX")
    trap 'rm -rf "$work"' EXIT
    ppc64el_init >&2
    mkdir "$work/tools"
    # shellcheck disable=SC2086  # a list of words
    list=$(ppc64el_apt apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks \
        --no-replaces --no-enhances $packages | grep '^[a-z]' | sort -u)
    for p in $list; do
        case " $(echo $unneeded) " in *" $p "*) continue ;; esac
        # Names that several packages provide are none.
        [ -n "$(ppc64el_field "$p" Filename)" ] || continue
        deb=$(ppc64el_deb "$p")
        dpkg-deb -x "$deb" "$work/tools"
    done
    cd "$work"
    rm -rf tools/usr/share/doc tools/usr/share/man tools/usr/share/locale tools/usr/share/info
    ln -sf mawk tools/usr/bin/awk
    ln -sf bash tools/bin/sh
    mkdir -p tools/proc tools/sys tools/dev tools/tmp tools/etc
    find tools -exec touch -hd @0 {} +
    find tools | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet --reproducible >"$file.part"
    mv -f "$file.part" "$file"
fi
echo "$file"
