#!/bin/sh
# Builds the capture programs in a temporary directory and runs them.
#
#   sh testcaptures/generate/run.sh [-l] [-n] [-h] [-o DIR] [NAME...]
#
# Without NAME all scenarios run, one after the other. Needs go (1.19 or
# later), tcpdump and the right to capture on lo, and editcap. What some of the
# scenarios need besides, -n says; it installs nothing.
# SPDX-License-Identifier: GPL-2.0-or-later
set -eu

for tool in go tcpdump editcap; do
    command -v "$tool" >/dev/null || {
        echo "run.sh: $tool is not installed" >&2
        exit 1
    }
done

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
trap 'exit 130' INT TERM

(cd "$here" && GOFLAGS=-buildvcs=false GOPROXY=off go build -o "$build/generate" .)
# Options of the user come last, so that -o replaces the folder given here.
"$build/generate" -o "$here/.." "$@"
