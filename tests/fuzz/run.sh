#!/bin/sh
# The core under libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer.
#
#   sh tests/fuzz/run.sh [SECONDS [FOLDER]]
#
# For an hour unless told. FOLDER (build/fuzz unless told) keeps what was found to be interesting, for
# the next run; an input that fails lies there as crash-*. Installs clang and its runtime where they
# are missing.
# SPDX-License-Identifier: GPL-2.0-or-later
set -eu
seconds=${1:-3600}
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
folder=${2:-$root/build/fuzz}
# shellcheck source=cmake/packages.sh
. "$root/cmake/packages.sh"
# shellcheck disable=SC2086 # the list is words on purpose
install_packages $fuzz_packages
mkdir -p "$folder/corpus"
folder=$(CDPATH='' cd -- "$folder" && pwd)
cd "$root"
# shellcheck disable=SC2046
clang -g -O1 -std=gnu11 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
    -Iplugin -DG_LOG_DOMAIN='"http_reuse"' $(pkg-config --cflags glib-2.0) \
    plugin/core/*/*.c plugin/software/*.c tests/fuzz/events.c tests/fuzz/fuzz_core.c \
    tests/fuzz/input.c tests/fuzz/story.c \
    -o "$folder/fuzz_core" $(pkg-config --libs glib-2.0)
cd "$folder"
G_SLICE=always-malloc UBSAN_OPTIONS=print_stacktrace=1 exec ./fuzz_core -max_len=4096 -timeout=20 \
    -max_total_time="$seconds" -print_final_stats=1 corpus "$root/tests/fuzz/corpus"
