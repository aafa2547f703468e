#!/bin/sh
# Runs a command in a bare Debian of a release, in a copy of this checkout:
#
#   sh cmake/bare.sh RELEASE [--share FOLDER] -- COMMAND...
#   sh cmake/bare.sh bookworm -- sh cmake/quickstart.sh
#
# Bare is what `debootstrap --variant=minbase` makes: no sudo, no git, no compiler, POSIX locale.
# The checkout lies in /root/http_reuse, where root would have cloned it. What the command does
# there is thrown away with the folder, but for what it puts into /mnt: that is FOLDER. Needs root,
# and debootstrap the first time; the bare system is kept as ${TMPDIR:-/tmp}/bare-RELEASE.tar.
# Mirror: this machine's first of Debian, or HTTP_REUSE_MIRROR.
# SPDX-License-Identifier: GPL-2.0-or-later
set -eu

die() {
    echo "bare.sh: $*" >&2
    exit 1
}

# The first address that apt here has for Debian itself, in either format of its lists.
mirror() {
    cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources \
        2>/dev/null |
        sed -nE 's/^(URIs:|deb (\[[^]]*\] )?) *([a-z]+:[^ ]+).*/\3/p' | grep -v security | head -n 1
}

make_tar() {
    command -v debootstrap >/dev/null || die "debootstrap is not installed (apt-get install it)"
    address=${HTTP_REUSE_MIRROR:-$(mirror)}
    [ -n "$address" ] || die "no Debian mirror in apt's lists; set HTTP_REUSE_MIRROR"
    echo "bare.sh: making $tar" >&2
    debootstrap --variant=minbase "$release" "$folder" "$address" >"$folder.log" 2>&1 || {
        tail -n 20 "$folder.log" >&2
        die "debootstrap failed"
    }
    rm -f "$folder.log"
    # What this machine needs to reach that mirror at all (proxies, dates), the bare one needs too.
    apt-config dump | grep -E '^Acquire::(Check-|https?:)' \
        >"$folder/etc/apt/apt.conf.d/99host" || :
    tar -C "$folder" --numeric-owner -cf "$tar.part" .
    mv "$tar.part" "$tar"
}

# The files of the checkout as they are now: tracked or new, but nothing that git ignores.
copy_checkout() {
    cd "$source"
    if git -c safe.directory="$source" rev-parse --git-dir >/dev/null 2>&1; then
        git -c safe.directory="$source" ls-files -z --cached --others --exclude-standard
    else
        find . -path ./build -prune -o -path ./.git -prune -o -type f -print0
    fi |
        # A tracked file may have been deleted since.
        xargs -0 sh -c 'for f; do [ ! -e "$f" ] || printf "%s\0" "$f"; done' sh |
        tar --null -T - -cf - | tar -C "$folder/root/http_reuse" --no-same-owner -xf -
}

usage='usage: bare.sh RELEASE [--share FOLDER] -- COMMAND...'
[ $# -ge 3 ] || die "$usage"
release=$1
shift
share=
if [ "$1" = --share ]; then
    [ -d "$2" ] || die "--share: there is no folder $2"
    share=$(CDPATH='' cd -- "$2" && pwd)
    shift 2
fi
[ $# -ge 2 ] && [ "$1" = -- ] || die "$usage"
shift
[ "$(id -u)" -eq 0 ] || die "chroot and debootstrap need root"

source=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
tmp=${TMPDIR:-/tmp}
tar=$tmp/bare-$release.tar
folder=$(mktemp -d "$tmp/bare-$release.XXXXXX")
# Nothing is mounted in the folder as seen from here (see below), so that this is safe.
trap 'rm -rf --one-file-system "$folder"' EXIT
trap 'exit 130' INT TERM
chmod 755 "$folder"

if [ -e "$tar" ]; then
    tar -C "$folder" --numeric-owner -xf "$tar"
else
    make_tar
fi
# What is thrown away need not reach the disk: it takes dpkg half of its time.
echo force-unsafe-io >"$folder/etc/dpkg/dpkg.cfg.d/unsafe-io"
mkdir "$folder/root/http_reuse"
(copy_checkout)
cp -L /etc/resolv.conf /etc/hosts "$folder/etc/"
# Certificates that were added to this machine's, for the network that it is in.
cat /usr/local/share/ca-certificates/*.crt >"$folder/etc/machine-ca.pem" 2>/dev/null || :

# Mounts and processes live in name spaces of their own, which end with the command: nothing
# stays mounted and nothing goes on running. The network is this machine's.
status=0
unshare --mount --propagation private --pid --fork --kill-child sh -euc '
    folder=$1
    share=$2
    shift 2
    mount -t proc proc "$folder/proc"
    mount --rbind /dev "$folder/dev"
    mount -t tmpfs -o mode=1777 tmpfs "$folder/dev/shm"
    [ -z "$share" ] || mount --bind "$share" "$folder/mnt"
    exec chroot "$folder" /usr/bin/env -i HOME=/root TERM=dumb \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        NODE_EXTRA_CA_CERTS=/etc/machine-ca.pem \
        sh -c "cd /root/http_reuse && exec \"\$@\"" sh "$@"
' sh "$folder" "$share" "$@" || status=$?
exit $status
