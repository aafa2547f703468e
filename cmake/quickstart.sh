#!/bin/sh
# From a bare Debian 12 to the first report. See usage() below.
# SPDX-License-Identifier: GPL-2.0-or-later
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(dirname -- "$here")
# shellcheck source=cmake/packages.sh
. "$here/packages.sh"

usage() {
    cat <<EOF
usage: sh cmake/quickstart.sh [CAPTURE]

Installs what the plugin needs (apt-get), builds it in build/release, installs it where this
user's tshark loads it (root: for all users, else for this user), and prints the report of
CAPTURE, else of testcaptures/go-undrained-10.pcapng. Needs root, or sudo where packages are
missing. Asks no questions.
EOF
}

build() {
    say "Building in $root/build/release"
    # Quiet unless it fails.
    log=$(mktemp)
    {
        cd "$root" && cmake --preset release && cmake --build --preset release
    } >"$log" 2>&1 || {
        cat "$log" >&2
        rm -f "$log"
        die "the build failed, see above"
    }
    rm -f "$log"
}

capture=
case ${1:-} in
-h | --help)
    usage
    exit 0
    ;;
-*)
    usage >&2
    die "there is no option $1"
    ;;
'') capture=$root/testcaptures/go-undrained-10.pcapng ;;
*) capture=$1 ;;
esac
[ $# -le 1 ] || die "one capture at a time, please"
[ -e "$capture" ] || die "there is no capture file $capture"
if ! [ -f "$capture" ] || ! [ -r "$capture" ]; then
    die "$capture is no file that can be read"
fi

# shellcheck disable=SC2086
install_packages $build_packages
(build)
say "Installing"
sh "$root/build/release/plugin/install.sh" >&2

say "Report of $capture"
tshark -q -r "$capture" -X http_reuse:report
