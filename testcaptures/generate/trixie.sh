#!/bin/sh
# Makes the folder with a Debian 13 that some scenarios need for its curl,
# which speaks HTTP/3, and its aioquic:
#
#   sh testcaptures/generate/trixie.sh DIR
#   GENERATE_TRIXIE=DIR sh testcaptures/generate/run.sh h3-sequential
#
# Needs root, and what cmake/bare.sh needs. Network and loopback in there are
# this machine's; nothing is mounted, so that the folder can simply be removed.
# SPDX-License-Identifier: GPL-2.0-or-later
set -eu

die() {
    echo "trixie.sh: $*" >&2
    exit 1
}

[ $# -eq 1 ] || die "usage: trixie.sh DIR"
[ "$(id -u)" -eq 0 ] || die "debootstrap and chroot need root"
folder=$1
[ ! -e "$folder" ] || die "$folder exists already"

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
tar=${TMPDIR:-/tmp}/bare-trixie.tar
[ -e "$tar" ] || sh "$root/cmake/bare.sh" trixie -- true

mkdir -p "$folder"
tar -C "$folder" --numeric-owner -xf "$tar"
cp -L /etc/resolv.conf /etc/hosts "$folder/etc/"
chroot "$folder" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    DEBIAN_FRONTEND=noninteractive sh -euc '
        apt-get update -qq
        apt-get install -y -qq --no-install-recommends curl python3-aioquic >/dev/null
    '
echo "GENERATE_TRIXIE=$folder"
