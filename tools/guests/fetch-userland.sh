#!/bin/sh
# fetch-userland.sh CACHE [LAYER...]: builds programs of Debian 12 for ppc64el as
# archives that a guest's kernel unpacks in front of its initramfs, and prints
# the files' names in the order to be joined. Default: all layers.
#
# A layer is a list of packages, unpacked by dpkg-deb: no root, and none of their
# scripts are run. What one layer needs of another stands in needs() below. The
# archives are not compressed: unpacking would be the emulated processor's work.
# They are named after what made them, built once, and appear whole or not at all.
# Needs dpkg-deb, apt, cpio and qemu-ppc64le-static (it compiles Python's library
# once, which each guest would have to do again).
set -eu

here=$(cd "$(dirname "$0")" && pwd)
[ $# -gt 0 ] || { echo "usage: fetch-userland.sh CACHE [LAYER...]" >&2; exit 2; }
cache=$1
shift
[ $# -gt 0 ] || set -- base python perl gcc perf
out=$cache/debian12
apt_dir=$cache/apt
# shellcheck source=tools/guests/apt-ppc64el.sh
. "$here/apt-ppc64el.sh"

fail() { echo "guests: $*" >&2; exit 1; }

# packages LAYER: without those of the layers it needs
packages() {
    case $1 in
    base) echo libc6 libgcc-s1 libstdc++6 zlib1g libtinfo6 bash coreutils libselinux1 libpcre2-8-0 \
        libacl1 libattr1 libgmp10 libcrypt1 libbz2-1.0 liblzma5 libzstd1 libssl3 openssl ;;
    python) echo libpython3.11-minimal python3.11-minimal libpython3.11-stdlib libexpat1 libffi8 \
        libpython3.11-testsuite ;;
    perl) echo perl-base perl-modules-5.36 libperl5.36 perl libdb5.3 ;;
    gcc) echo gcc-12-base cpp-12 gcc-12 libgcc-12-dev libisl23 libmpc3 libmpfr6 libjansson4 \
        binutils binutils-common binutils-powerpc64le-linux-gnu libbinutils libctf0 libctf-nobfd0 \
        libc6-dev linux-libc-dev ;;
    perf) echo linux-perf libbabeltrace1 libglib2.0-0 libcap2 libdw1 libelf1 libnuma1 libopencsd1 \
        libslang2 libunwind8 libpython3.11 libuuid1 ;;
    platform) echo powerpc-ibm-utils librtas2 librtasevent2 libnuma1 bc libreadline8 kexec-tools makedumpfile \
        libdw1 libelf1 liblzo2-2 ;;
    stress) echo stress-ng libapparmor1 libbsd0 libmd0 libegl1 libglvnd0 libgles2 libgbm1 libdrm2 libexpat1 \
        libwayland-server0 libffi8 libjpeg62-turbo libjudydebian1 libkmod2 libsctp1 libxxhash0 \
        libxcb1 libxau6 libxdmcp6 libx11-6 libxcb-randr0 ;;
    *) return 1 ;;
    esac
}

needs() {
    case $1 in
    base) ;;
    perf) echo base python perl ;;
    *) echo base ;;
    esac
}

# unwanted: paths that no job looks at; a guest's memory holds the rest twice
unwanted='./usr/share/doc ./usr/share/man ./usr/share/locale ./usr/share/lintian ./usr/share/info
./usr/share/bash-completion ./usr/share/applications ./usr/share/pixmaps ./usr/share/gdb
./usr/lib/gcc/powerpc64le-linux-gnu/12/lto1 ./usr/lib/gcc/powerpc64le-linux-gnu/12/libasan.a
./usr/lib/gcc/powerpc64le-linux-gnu/12/libtsan.a ./usr/lib/gcc/powerpc64le-linux-gnu/12/liblsan.a
./usr/lib/gcc/powerpc64le-linux-gnu/12/libubsan.a ./usr/lib/gcc/powerpc64le-linux-gnu/12/plugin
./usr/lib/powerpc64le-linux-gnu/gconv ./usr/share/perf-core/tests ./usr/lib/python3.11/lib2to3
./usr/lib/python3.11/distutils ./usr/lib/python3.11/pydoc_data ./usr/lib/python3.11/ensurepip
./usr/lib/python3.11/unittest/test ./usr/lib/python3.11/tkinter ./usr/lib/python3.11/idlelib'

# python_tests TREE: of Python's own tests those that jobs run, with what they read
python_tests() (
    cd "$1/usr/lib/python3.11/test" || exit 1
    keep='__init__.py __main__.py regrtest.py support libregrtest decimaltestdata audiodata
        cmath_testcases.txt math_testcases.txt randv*.pck ieee754.txt floating_points.txt test_json
        formatfloat_testcases.txt json_tests pickletester.py list_tests.py seq_tests.py string_tests.py
        mapping_tests.py test_math.py test_cmath.py test_float.py test_long.py test_int.py test_struct.py
        test_decimal.py test_fractions.py test_hashlib.py test_hmac.py test_array.py test_complex.py test_fractions.py
        test_random.py test_statistics.py test_zlib.py test_bz2.py test_lzma.py test_binascii.py
        test_re.py re_tests.py test_strtod.py test_sort.py test_heapq.py test_dict.py test_list.py
        test_set.py test_unicode.py test_bytes.py test_memoryview.py test_ctypes.py test_threading.py
        test_grammar.py ann_module*.py typinganndata test_long_future.py test_bool.py test_time.py test_datetime.py datetimetester.py
        test_generators.py test_itertools.py test_queue.py test_mmap.py test_audioop.py
        lock_tests.py'
    mkdir ../test.kept
    # shellcheck disable=SC2086  # a list of patterns; some files come and go with versions
    mv -- $keep ../test.kept 2>/dev/null || true
    cd .. && rm -rf test && mv test.kept test
)

# compile_python TREE BASE: with the guest's own Python, whose files carry its version
compile_python() {
    command -v qemu-ppc64le-static >/dev/null ||
        fail "qemu-ppc64le-static is missing: apt-get install qemu-user-static"
    PYTHONHOME=$1/usr qemu-ppc64le-static "$2/lib/powerpc64le-linux-gnu/ld64.so.2" \
        --library-path "$2/lib/powerpc64le-linux-gnu:$2/usr/lib/powerpc64le-linux-gnu:$1/usr/lib/powerpc64le-linux-gnu:$1/lib/powerpc64le-linux-gnu" \
        "$1/usr/bin/python3.11" -s -S -m compileall -q --invalidation-mode unchecked-hash \
        -s "$1" "$1/usr/lib/python3.11" >&2 || fail "Python's library cannot be compiled"
}

# build LAYER FILE
build() {
    tree=$work/$1
    mkdir -p "$tree"
    list=$(packages "$1") || fail "there is no layer $1"
    for p in $list; do
        deb=$(ppc64el_deb "$p") || exit 1
        dpkg-deb -x "$deb" "$tree" || exit 1
    done
    # shellcheck disable=SC2086  # a list of words
    (cd "$tree" && rm -rf $unwanted)
    case $1 in
    python)
        python_tests "$tree"
        ln -sf python3.11 "$tree/usr/bin/python3"
        if [ ! -d "$work/base" ]; then
            mkdir "$work/base"
            (cd "$work/base" && cpio -idm --quiet <"$out/$(name base)")
        fi
        compile_python "$tree" "$work/base"
        ;;
    gcc) ln -sf gcc-12 "$tree/usr/bin/gcc" ;;
    esac
    # The order is that of find after sort: a folder comes before what it holds.
    (cd "$tree" && find . -exec touch -hd @0 {} + && find . | LC_ALL=C sort |
        cpio -o -H newc -R 0:0 --quiet --reproducible) >"$2.part"
    mv -f "$2.part" "$2"
}

name() { echo "layer-$1-$sum.cpio"; }

sum=$(cksum <"$here/fetch-userland.sh")
sum=${sum%% *}
wanted=
for layer; do
    packages "$layer" >/dev/null || fail "there is no layer $layer"
    for l in $(needs "$layer") $layer; do
        case " $wanted " in *" $l "*) ;; *) wanted="$wanted $l" ;; esac
    done
done

work=
for l in $wanted; do
    file=$out/$(name "$l")
    if [ ! -e "$file" ]; then
        if [ -z "$work" ]; then
            mkdir -p "$out"
            # Two commands may be started at the same time on an empty cache.
            exec 9>"$cache/lock"
            flock 9
            work=$(mktemp -d "$out/work-XXXXXX")
            trap 'rm -rf "$work"' EXIT
            ppc64el_init >&2
        fi
        [ -e "$file" ] || build "$l" "$file"
    fi
    echo "$file"
done
