#!/bin/sh
# On a bare Debian, as root: installs each package of its release in FOLDER, as a user would,
# and runs tshark with it.
#   sh bare_system.sh FOLDER
# FOLDER/packages holds what is to be installed, FOLDER/other packages for another Wireshark.
# A line `ok N - ...` or `not ok N - ...` a check (TAP), the plan at the end.
# SPDX-License-Identifier: GPL-2.0-or-later
set -eu

share=${1:?"usage: bare_system.sh FOLDER"}
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
work=$(mktemp -d)
chmod 755 "$work"
cp "$root/testcaptures/go-drained-2.pcapng" "$work/capture.pcapng"
chmod 644 "$work/capture.pcapng"
checks=0
failures=0

# check WHAT COMMAND...: what the command printed is shown when it fails.
check() {
    what=$1
    shift
    checks=$((checks + 1))
    if "$@" >"$work/output" 2>&1; then
        echo "ok $checks - $what"
    else
        failures=$((failures + 1))
        echo "not ok $checks - $what"
        sed 's/^/#   /' "$work/output"
    fi
}

apt() {
    DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 "$@"
}

says() { # TEXT COMMAND...
    text=$1
    shift
    "$@" >"$work/said" 2>&1 || :
    cat "$work/said"
    grep -qF "$text" "$work/said"
}

fails() {
    ! "$@"
}

ordinary_user() {
    setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$work/home" "$@"
}

loaded() { # as whoever runs it
    "$@" tshark -G plugins | grep '^http_reuse\.so'
}

loads_it() { # FOLDER [AS...]
    folder=$1
    shift
    loaded "$@" | grep -F "$folder/epan/http_reuse.so"
}

reports() { # [AS...]
    "$@" tshark -q -r "$work/capture.pcapng" -X http_reuse:report >"$work/report" &&
        cat "$work/report" && head -n 1 "$work/report" | grep -x 'HTTP connection reuse'
}

has_field() {
    "$@" tshark -r "$work/capture.pcapng" -Y http_reuse.status -T fields -e http_reuse.status |
        grep -x new
}

says_nothing_on_start() {
    "$@" tshark -r "$work/capture.pcapng" -c 1 2>&1 >"$work/summary" |
        grep -v 'Running as user' >"$work/complaints" || :
    cat "$work/complaints"
    [ ! -s "$work/complaints" ] && [ -s "$work/summary" ]
}

works() { # FOLDER [AS...]
    check "tshark -G plugins lists it" loads_it "$@"
    shift
    check "tshark writes a report" reports "$@"
    check "tshark knows its fields" has_field "$@"
    check "nothing is complained about" says_nothing_on_start "$@"
}

deb=$(ls "$share"/packages/wireshark-plugin-http-reuse_*.deb)
many=$(ls "$share"/packages/http-reuse-many_*.deb)
archive=$(ls "$share"/packages/*.tar.gz)
apt update >"$work/apt.log" 2>&1 || cat "$work/apt.log"

# ---- the .deb --------------------------------------------------------------------------------

echo "# ${deb##*/}"
# Recommends is what brings tshark.
check "apt-get installs the .deb, and tshark with it" apt install "$deb"
global=$(tshark -G folders 2>/dev/null | sed -n 's/^Global Plugins:[[:space:]]*//p')
works "$global"
check "dpkg finds its files unchanged" dpkg --verify wireshark-plugin-http-reuse
echo "# ${many##*/}"
check "apt-get installs it, and Dask with it" apt install --no-install-recommends "$many"
check "http-reuse-many reports of a capture in pieces" \
    says 'HTTP connection reuse' http-reuse-many --pieces 2 "$work/capture.pcapng"
check "apt-get removes both" apt remove wireshark-plugin-http-reuse http-reuse-many
check "it is gone then" fails loaded env

# ---- the archive, as root ----------------------------------------------------------------------

echo "# ${archive##*/}, as root"
tar -C "$work" --no-same-owner -xf "$archive"
unpacked=$(ls -d "$work"/http_reuse-*)
check "install.sh installs for all users" says "installed $global/epan/http_reuse.so" \
    sh "$unpacked/install.sh"
works "$global"

# ---- the archive, as an ordinary user ----------------------------------------------------------

echo "# ${archive##*/}, as an ordinary user"
mkdir "$work/home"
chown 65534:65534 "$work/home"
check "install.sh names the copy of all users" \
    says "there is another copy: $global/epan/http_reuse.so" ordinary_user sh "$unpacked/install.sh"
rm "$global/epan/http_reuse.so"
personal=$work/home/.local/lib/wireshark/plugins
works "$personal/${global##*/}" ordinary_user
rm -r "${work:?}/home"

# ---- packages for another Wireshark ------------------------------------------------------------

for other in "$share"/other/wireshark-plugin-http-reuse_*.deb; do
    [ -e "$other" ] || continue
    echo "# ${other##*/}, which is for another Wireshark"
    check "apt-get refuses the .deb, for its dependency" \
        says 'Depends: libwireshark' apt install "$other"
    check "nothing of it was installed" fails loaded env
done
for other in "$share"/other/*.tar.gz; do
    [ -e "$other" ] || continue
    echo "# ${other##*/}, which is for another Wireshark"
    mkdir "$work/other"
    tar -C "$work/other" --no-same-owner -xf "$other"
    check "install.sh refuses it" \
        says 'this plugin is built for Wireshark' sh "$work"/other/*/install.sh
    check "install.sh fails then" fails sh "$work"/other/*/install.sh
    check "nothing of it was installed" fails loaded env
    # By hand: Wireshark itself says why it does not load it.
    cp "$work"/other/*/http_reuse.so "$global/epan/"
    check "tshark says in every run that it cannot load it" \
        says "Couldn't load plugin 'http_reuse.so'" tshark -r "$work/capture.pcapng" -c 1
    rm -r "$global/epan/http_reuse.so" "$work/other"
done

echo "1..$checks"
rm -r "$work"
[ "$failures" -eq 0 ]
