# shellcheck shell=sh
# To be sourced: packages of Debian 12 for ppc64el, on any Debian machine and
# without root, without touching the packages of that machine.
#
# apt runs with lists, state and downloads of its own below $apt_dir, and with
# the mirror, proxy and keys the system's apt is configured with. Names of
# mirrors are not written here: machines behind a proxy or a local mirror have
# theirs in apt's configuration, and nowhere else.
#
# What constrained it: while a mirror is being updated, its package index and
# the signed Release file that lists its checksum disagree for some minutes, and
# apt refuses the index. Then the index is taken as it is, unsigned, with a
# warning; packages are checked against the checksums in it.
#
#   apt_dir=DIR; . apt-ppc64el.sh
#   ppc64el_init                  lists, fetched once
#   ppc64el_depends PKG PREFIX    first dependency whose name begins with PREFIX
#   ppc64el_deb PKG               prints the path of the .deb, fetched once

ppc64el_suite=bookworm
: "${apt_dir:?}"

ppc64el_say() { echo "guests: $*" >&2; }

# Address of the Debian archive in the system's apt configuration. apt tells
# only of archives whose lists it has; else the source files are read.
ppc64el_archive() {
    # shellcheck disable=SC2016  # apt expands $(...)
    apt-get indextargets --format '$(LABEL) $(COMPONENT) $(REPO_URI)' \
        'Created-By: Packages' 2>/dev/null |
        awk '$1 == "Debian" && $2 == "main" { print $3; found = 1; exit } END { exit !found }' &&
        return 0
    cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources \
        2>/dev/null |
        awk '/^[ \t]*#/ { next }
             $1 == "deb" || $1 == "URIs:" {
                 for (i = 2; i <= NF; i++)
                     if ($i ~ /\/debian\/?$/ || $i ~ /^mirror\+file:.*\/debian\.list$/) {
                         print $i; found = 1; exit
                     }
             }
             END { exit !found }'
}

# Which keys the private list of sources names: those Debian's sources name too.
ppc64el_keys() {
    for k in /usr/share/keyrings/debian-archive-keyring.gpg \
        /usr/share/keyrings/debian-archive-keyring.pgp; do
        if [ -e "$k" ]; then echo " signed-by=$k"; return; fi
    done
}

# ppc64el_apt apt-get|apt-cache ARG...
ppc64el_apt() {
    apt_command=$1
    shift
    "$apt_command" -o Dir::Etc::sourcelist="$apt_dir/sources.list" \
        -o Dir::Etc::sourceparts=/dev/null -o Dir::State="$apt_dir/state" \
        -o Dir::State::status="$apt_dir/status" -o Dir::Cache="$apt_dir/cache" \
        -o APT::Architecture=ppc64el -o APT::Architectures=ppc64el \
        -o APT::Sandbox::User=root -o Acquire::Languages=none \
        -o Acquire::Retries=2 -o APT::Get::List-Cleanup=0 "$@"
}

# ppc64el_get ADDRESS FILE [HASH]: FILE appears whole or not at all
ppc64el_get() {
    rm -f "$2.part"
    /usr/lib/apt/apt-helper -o APT::Sandbox::User=root -o Acquire::Retries=2 \
        download-file "$1" "$2.part" ${3:+"$3"} >>"$apt_dir/log" 2>&1 &&
        mv -f "$2.part" "$2"
}

ppc64el_init() {
    [ -e "$apt_dir/ok" ] || [ -e "$apt_dir/Packages" ] && return 0
    mkdir -p "$apt_dir/state/lists/partial" "$apt_dir/cache/archives/partial" "$apt_dir/debs" ||
        return 1
    : >"$apt_dir/status"
    : >"$apt_dir/log"
    archive=$(ppc64el_archive) || {
        ppc64el_say "apt is configured with no Debian archive to fetch a ppc64el guest from"
        return 1
    }
    archive=${archive%/}
    echo "$archive" >"$apt_dir/archive"
    echo "deb [arch=ppc64el$(ppc64el_keys)] $archive $ppc64el_suite main" >"$apt_dir/sources.list"
    ppc64el_say "fetching the package lists of Debian 12 for ppc64el"
    # Failed downloads are mere warnings to apt-get update.
    if ppc64el_apt apt-get -q update >"$apt_dir/log" 2>&1 &&
        ! grep -Eq '^(E:|W: (Failed to fetch|Some index files))' "$apt_dir/log"; then
        : >"$apt_dir/ok"
        return 0
    fi
    index=$archive/dists/$ppc64el_suite/main/binary-ppc64el/Packages.xz
    if command -v xz >/dev/null && ppc64el_get "$index" "$apt_dir/Packages.xz" &&
        xz -dc "$apt_dir/Packages.xz" >"$apt_dir/Packages.part"; then
        ppc64el_say "warning: apt rejects the lists of $archive, taking its index unsigned"
        mv -f "$apt_dir/Packages.part" "$apt_dir/Packages"
        return 0
    fi
    cat "$apt_dir/log" >&2
    ppc64el_say "cannot fetch the package lists of $archive"
    return 1
}

# The lists are fetched once, and packages move on: forget the lists.
ppc64el_refresh() {
    rm -f "$apt_dir/ok" "$apt_dir/Packages"
    ppc64el_init
}

# ppc64el_field PKG FIELD: of its newest version
ppc64el_field() {
    if [ -e "$apt_dir/Packages" ]; then
        cat "$apt_dir/Packages"
    else
        ppc64el_apt apt-cache show --no-all-versions "$1" 2>>"$apt_dir/log"
    fi | awk -v package="$1" -v field="$2:" '
        $1 == "Package:" { mine = $2 == package }
        mine && $1 == field { $1 = ""; print substr($0, 2); exit }'
}

ppc64el_depends() {
    ppc64el_field "$1" Depends | tr ',|' '\n' | awk -v prefix="$2" '
        index($1, prefix) == 1 { print $1; exit }'
}

# One attempt with the lists there are.
ppc64el_download() {
    file=$(ppc64el_field "$1" Filename)
    sum=$(ppc64el_field "$1" SHA256)
    [ -n "$file" ] && [ -n "$sum" ] &&
        ppc64el_get "$(cat "$apt_dir/archive")/$file" "$apt_dir/debs/$1.deb" "SHA256:$sum"
}

ppc64el_deb() {
    if [ ! -e "$apt_dir/debs/$1.deb" ]; then
        ppc64el_say "fetching $1"
        ppc64el_download "$1" || { ppc64el_refresh && ppc64el_download "$1"; } || {
            tail -n 5 "$apt_dir/log" >&2
            ppc64el_say "cannot fetch the package $1 (all of it: $apt_dir/log)"
            return 1
        }
    fi
    echo "$apt_dir/debs/$1.deb"
}
