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

# The folder that tshark names so, for example "Personal Plugins".
plugin_folder() {
    tshark -G folders 2>/dev/null | sed -n "s/^$1:[[:space:]]*//p"
}

# Where a copy of the plugin could lie that some user's Wireshark would load as well.
candidate_folders() {
    plugin_folder 'Global Plugins'
    personal=$(plugin_folder 'Personal Plugins')
    printf '%s\n' "$personal"
    # Under sudo: the personal folder of the user who called it.
    if [ -n "${SUDO_USER:-}" ]; then
        printf '%s\n' "$(getent passwd "$SUDO_USER" | cut -d: -f6)${personal#"$HOME"}"
    fi
}

warn_of_other_copies() {
    candidate_folders | sort -u | while IFS= read -r folder; do
        copy=$folder/epan/http_reuse.so
        if [ -e "$copy" ] && [ "$(readlink -f "$copy")" != "$(readlink -f "$1")" ]; then
            say "There is another copy of the plugin: $copy"
            say "Wireshark says 'found in multiple directories' and loads one; remove the other"
        fi
    done
}

# A copy in the system folder goes before a personal one.
check_loaded() {
    loaded=$(tshark -G plugins 2>/dev/null | sed -n 's/^http_reuse\.so[[:space:]].*[[:space:]]//p')
    [ -n "$loaded" ] || die "tshark does not load the plugin in $1.
Is $(command -v tshark) of the same version as wireshark-dev? $(tshark --version 2>/dev/null | head -n 1)"
    [ "$loaded" = "$1" ] || say "tshark loads $loaded instead, so the report below is by that one"
}

build_and_install() {
    say "Building in $root/build/release"
    # Quiet unless it fails.
    log=$(mktemp)
    {
        cd "$root" &&
            cmake --preset release -D HTTP_REUSE_INSTALL="$1" &&
            cmake --build --preset release &&
            cmake --install build/release
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

if [ "$(id -u)" -eq 0 ]; then
    where=system folder='Global Plugins'
else
    where=personal folder='Personal Plugins'
fi
(build_and_install $where)
installed=$(plugin_folder "$folder")/epan/http_reuse.so
say "Installed $installed"
warn_of_other_copies "$installed"
check_loaded "$installed"

say "Report of $capture"
tshark -q -r "$capture" -X http_reuse:report
