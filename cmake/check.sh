#!/bin/sh
# Every test, on a machine that may be bare. See usage() below.
# SPDX-License-Identifier: GPL-2.0-or-later
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(dirname -- "$here")
# shellcheck source=cmake/packages.sh
. "$here/packages.sh"

# What Debian has: Wireshark 4.0, 4.4 and 4.6. One of them may be this machine's.
releases="bookworm trixie sid"
mine=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
neighbour=trixie
[ "$mine" != trixie ] || neighbour=sid
check=$root/build/check

usage() {
    cat <<EOF
usage: sh cmake/check.sh [--releases | --fast]

Installs what the tests need (apt-get), builds, and runs the tests under CTest:
    build/dev   unit tests, end-to-end tests, packages, lint
    build/asan  unit and end-to-end tests with the address and undefined behaviour sanitizers,
                without those of the window and of live captures
    release.*   (--releases) as build/dev, without lint and what is the same with all, on the other
                releases of Debian with their Wireshark; and each release's packages, installed on
                a bare system of it.
                Releases: $releases. They are made by debootstrap below
                TMPDIR, which needs root; else they are left out, and that is said
--fast leaves build/asan out.
The last line is CTest's count, the exit code is CTest's; a table by version goes before it.
EOF
}

builds="dev asan"
packages=$test_packages
options=
# One more than there are processors: windows, live captures and installations mostly wait.
jobs=$(($(nproc) + 1))
keep=
left_out=
case ${1:-} in
'') releases='' left_out='not asked for (--releases)' ;;
--releases) ;;
--fast) builds=dev releases='' left_out='not asked for (--fast)' ;;
# For tests/package/release.sh, inside a bare system: leaves logs and packages in a folder. Two of
# them run side by side.
--release)
    keep=${2:?"--release needs a folder"}
    builds=dev releases='' jobs=1 packages=$plugin_test_packages
    options='-D HTTP_REUSE_LINT=OFF -D HTTP_REUSE_ONCE=OFF -D HTTP_REUSE_BROWSER=OFF'
    ;;
-h | --help)
    usage
    exit 0
    ;;
*)
    usage >&2
    die "there is no option $1"
    ;;
esac

# Bare systems need root and Linux's name spaces; else the machine's own Wireshark has to do.
can_make_bare_systems() {
    [ "$(id -u)" -eq 0 ] && unshare --mount true 2>/dev/null
}

if [ -n "$releases" ]; then
    if can_make_bare_systems; then
        packages="$packages debootstrap"
    else
        releases='' left_out='not root, or no name spaces'
    fi
fi

# One CTest over all the builds and releases, for one count.
write_tests() {
    for build in $builds; do
        echo "subdirs(../$build)"
    done
    for release in $releases; do
        if [ "$release" = "$mine" ]; then
            # Last: as packages for another Wireshark it takes those of another release.
            after=release.$neighbour other=$check/$neighbour
        else
            # First: they take longest.
            after=package.all other=$root/build/dev
        fi
        cat <<EOF
add_test(release.$release
  sh "$root/tests/package/release.sh" $release "$check/$release" "$other")
set_tests_properties(release.$release PROPERTIES
  LABELS release DEPENDS $after COST 1000 TIMEOUT 3000)
EOF
    done
}

# shellcheck disable=SC2086
install_packages $packages
cd "$root"
# A network that lets apt-get through need not let npm through.
no_browser=
if [ -z "$keep" ] && ! install_browser_driver; then
    no_browser='npm ci failed, see above'
    options="$options -D HTTP_REUSE_BROWSER=OFF"
fi
wireshark=$(tshark --version 2>/dev/null | sed -nE '1s/^[^0-9]*([0-9.]+[0-9]).*/\1/p')

for build in $builds; do
    say "Building in build/$build"
    # shellcheck disable=SC2086
    cmake --preset "$build" $options
    cmake --build --preset "$build"
done

rm -rf "$check"
mkdir -p "$check"
for release in $releases; do
    mkdir "$check/$release"
done
write_tests >"$check/CTestTestfile.cmake"

say "Running the tests"
status=0
# A test whose program is missing all the same fails, and is not left out.
export HTTP_REUSE_ALL_INSTALLED=1
ctest --test-dir "$check" --output-on-failure --no-tests=error --parallel "$jobs" \
    --output-log "$check/ctest.log" || status=$?

# Passed tests print nothing: whatever they skipped is said here.
log=$check/Testing/Temporary/LastTest.log
skipped=$(grep -hE '^SKIPPED|^ok .*# SKIP' "$log" "$check"/*/tests.log 2>/dev/null || :)
if [ -n "$skipped" ]; then
    say "Left out within tests that passed:"
    printf '%s\n' "$skipped"
fi
if [ -n "$keep" ]; then
    cp "$log" "$keep/tests.log"
    cp -r build/dev/packages "$keep/"
    echo "$wireshark" >"$keep/wireshark"
else
    python3 tests/table.py "$wireshark" "$mine" "$check"
    [ -z "$no_browser" ] ||
        echo "Tests of the page in a browser were not run: $no_browser"
    [ -z "$left_out" ] ||
        echo "Other versions of Wireshark, and packages on bare systems, were not run: $left_out"
fi
# Of a release that failed, its own closing line is in there too.
grep 'tests passed' "$check/ctest.log" | tail -n 1
exit $status
