#!/bin/sh
# Every test, on a machine that may be bare. See usage() below.
# SPDX-License-Identifier: GPL-2.0-or-later
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(dirname -- "$here")
# shellcheck source=cmake/packages.sh
. "$here/packages.sh"

usage() {
    cat <<EOF
usage: sh cmake/check.sh [--fast]

Installs what the tests need (apt-get), builds, and runs the tests under CTest:
    build/dev   unit tests, end-to-end tests, lint
    build/asan  unit and end-to-end tests with the address and undefined behaviour sanitizers,
                without those of the window and of live captures (--fast leaves all of it out)
The last line is CTest's count; the exit code is CTest's.
EOF
}

builds="dev asan"
case ${1:-} in
'') ;;
--fast) builds=dev ;;
-h | --help)
    usage
    exit 0
    ;;
*)
    usage >&2
    die "there is no option $1"
    ;;
esac

# shellcheck disable=SC2086
install_packages $test_packages
cd "$root"

for build in $builds; do
    say "Building in build/$build"
    cmake --preset "$build"
    cmake --build --preset "$build"
done

# One CTest over all the builds, for one count.
mkdir -p build/check
for build in $builds; do
    echo "subdirs(../$build)"
done >build/check/CTestTestfile.cmake

say "Running the tests"
status=0
ctest --test-dir build/check --output-on-failure --no-tests=error --parallel "$(nproc)" \
    --output-log build/check/ctest.log || status=$?

# Passed tests print nothing: whatever they skipped is said here.
skipped=$(grep -h '^SKIPPED' build/check/Testing/Temporary/LastTest.log || :)
if [ -n "$skipped" ]; then
    say "Left out within tests that passed:"
    printf '%s\n' "$skipped"
fi
grep 'tests passed' build/check/ctest.log || :
exit $status
