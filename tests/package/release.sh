#!/bin/sh
# Builds, tests and packages on a bare system of a release of Debian, and installs the packages on
# another one. On the release that this machine has, its own packages are installed, and the
# quick start is made.
#   sh release.sh RELEASE FOLDER [OTHER-FOLDER]
# FOLDER keeps what was made: packages/, the logs, and the version of Wireshark. OTHER-FOLDER/packages
# holds those for another Wireshark, which have to be refused. Needs root, see cmake/bare.sh.
# SPDX-License-Identifier: GPL-2.0-or-later
set -eu

release=${1:?"usage: release.sh RELEASE FOLDER [OTHER-FOLDER]"}
folder=${2:?"usage: release.sh RELEASE FOLDER [OTHER-FOLDER]"}
other=${3:-}
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
bare=$root/cmake/bare.sh

# Shows what a command prints, and keeps it. A failure waits until everything has run.
failed=0
logged() { # LOG COMMAND...
    log=$folder/$1
    shift
    status=0
    "$@" >"$log" 2>&1 || status=$?
    cat "$log"
    [ $status -eq 0 ] || failed=$status
}

. /etc/os-release
if [ "$release" = "${VERSION_CODENAME:-}" ]; then
    cp -r "$root/build/dev/packages" "$folder/"
    logged quickstart.log sh "$bare" "$release" -- sh cmake/quickstart.sh
else
    logged check.log \
        sh "$bare" "$release" --share "$folder" -- sh cmake/check.sh --release /mnt
fi
if [ -n "$other" ]; then
    mkdir -p "$folder/other"
    cp "$other"/packages/*.deb "$other"/packages/*.tar.gz "$folder/other/"
fi
logged bare.log \
    sh "$bare" "$release" --share "$folder" -- sh tests/package/bare_system.sh /mnt
exit $failed
