#!/bin/sh
# One check of the source:
#   sh cmake/lint.sh layers|format|tidy|cppcheck|go|shell|rows [BUILD_DIR]
# BUILD_DIR (build/dev unless told) holds compile_commands.json for clang-tidy and Go's cache.
# Exit: 0 clean, another findings, or a program that is missing.
# SPDX-License-Identifier: GPL-2.0-or-later
set -eu
check=${1:?"usage: lint.sh layers|format|tidy|cppcheck|go|shell|rows [BUILD_DIR]"}
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
build=${2:-$root/build/dev}
case $build in /*) ;; *) build=$PWD/$build ;; esac
cd "$root"

# Prints the lines that grep finds, with why they are wrong; true when there were any.
forbidden() { # WHY GREP-ARGUMENTS...
    why=$1
    shift
    grep -nE "$@" && printf '%s\n\n' "$why" && findings=1
}

# Prints the includes of FILES that are none of ALLOWED, with what the rule is.
includes_only() { # RULE ALLOWED FILES...
    rule=$1
    allowed=$2
    shift 2
    if grep -HnE '^ *# *include' "$@" | grep -vE "$allowed"; then
        printf '%s\n\n' "$rule"
        findings=1
    fi
}

# A presenter reads the model and the results; what fills them, and how, it does not know.
layers_present() {
    read='core/model/(hash|hops|model|printable|route|settings|times|traced|types)|core/result/(advice|analysis|brings|call_sites|check|findings|fix_words|item_times|items|left_out|totals)'
    read="$read|core/forecast/(forecast|replay|whatif)|software/software"
    read="$read|present/filter/filter" # what all of them say alike
    for folder in plugin/present/*/; do
        room=$(basename "$folder")
        # The page and the archive hold records, and so their writers.
        case $room in html | har) records='|present/ndjson/(json|records)' ;; *) records= ;; esac
        includes_only "present/$room/ reads the model and the results, and no other presenter" \
            "<.*>|\"(compat|frames|$read|present/$room/[a-z0-9_]+$records)\\.h\"" \
            "$folder"*.[ch]
    done
    includes_only 'present/ itself brings the session and the presenters together' \
        '<.*>|"(compat|session|events/record|core/model/(event|model)|present/(asked|report|menus|source|(output|ndjson|text|html|har)/[a-z0-9_]+))\.h"' \
        plugin/present/*.[ch]
}

# The layers of the source, by what their files include.
lint_layers() {
    findings=0
    std='assert|ctype|errno|float|inttypes|limits|math|stdalign|stdarg|stdbool|stddef|stdint'
    std="$std|stdio|stdlib|string|time"
    includes_only 'core/ and software/ include GLib, C11, addresses and their own headers only' \
        "<(glib|arpa/inet|ws2tcpip|$std)\\.h>|\"(core/[a-z]+|software)/[a-z0-9_]+\\.h\"" \
        plugin/core/*/*.[ch] plugin/software/*.[ch]
    includes_only 'events/ knows the core and what it is told' \
        "<(glib|glib/gstdio|fcntl|$std)\.h>|\"(core/model/[a-z]+|events/[a-z]+)\.h\"" \
        plugin/events/*.[ch]
    includes_only 'trace/ tells the core what a program wrote, and knows nothing else' \
        "<(glib|glib/gstdio|wsutil/wsjson|$std)\.h>|\"(core/model/event|trace/trace)\.h\"" \
        plugin/trace/*.[ch]
    includes_only 'many/ reads event logs, and presents what the core makes of them' \
        "<(glib|glib/gstdio|inttypes|malloc|signal|sys/mman|sys/resource|sys/stat|wiretap/wtap|wsutil/[a-z_]+|$std)\.h>|\"(compat|(core/(model|result)|events|many|present/(ndjson|output|text))/[a-z_]+)\.h\"" \
        plugin/many/*.[ch]
    forbidden 'observe/ knows nothing of presenters and results' -r \
        '^ *# *include.*["/](present/|session\.h|core/(opening|ending|result)/)' plugin/observe || :
    includes_only 'the session knows neither observers nor presenters' \
        '<.*>|"(session|frames|core/model/model|core/result/analysis)\.h"' \
        plugin/session.[ch] plugin/frames.[ch]
    layers_present
    forbidden 'what a capture chooses is hashed with a key: core/model/hash.h' -r \
        'g_(str|int|int64)_hash' plugin/core plugin/many plugin/observe plugin/trace || :
    forbidden 'only plugin.c and compat.h know versions' -r 'WIRESHARK_VERSION_|VERSION_M[AI][JN]OR' \
        plugin --include='*.[ch]' --exclude=plugin.c --exclude=compat.h || :
    return $findings
}

# The formatter's output differs between its versions: .clang-format is for this one.
lint_format() {
    formatter=$(command -v clang-format-14 || command -v clang-format)
    find plugin tests -name '*.[ch]' -exec "$formatter" --dry-run -Werror {} +
}

# The compile commands are GCC's: clang shall pass over the warnings that only GCC has. -quiet
# still prints each command; what it says is shown only where one fails.
lint_tidy() {
    runner=$(command -v run-clang-tidy-14 || command -v run-clang-tidy)
    log=$(mktemp)
    trap 'rm -f "$log"' EXIT
    "$runner" -quiet -p "$build" -extra-arg=-Wno-unknown-warning-option "$root/(plugin|tests)/" >"$log" 2>&1 || {
        # Without the colours, which it prints whether asked or not.
        sed "s/$(printf '\033')\\[[0-9;]*m//g" "$log" |
            grep -vE '^clang-tidy|^[0-9]+ warnings? |^Suppressed'
        return 1
    }
}

# cppcheck without the system's headers: gtk.cfg tells it what GLib's functions and macros do.
lint_cppcheck() {
    cppcheck --quiet --std=c11 --language=c --library=gtk --inline-suppr --error-exitcode=1 \
        --enable=warning,performance,portability --suppress=missingInclude \
        -D'WS_DLL_PUBLIC_DEF=' -D'WS_DLL_PUBLIC=' -I plugin plugin tests/unit
}

lint_go() {
    for module in testcaptures/generate plugin/go tests/many/bench/ring; do
        unformatted=$(gofmt -l "$module")
        [ -z "$unformatted" ] || {
            printf 'gofmt would change:\n%s\n' "$unformatted"
            return 1
        }
        (cd "$module" && GOCACHE="$build/go-cache" GOFLAGS=-buildvcs=false GOPROXY=off \
            GOTOOLCHAIN=local go vet ./...) || return 1
    done
}

lint_shell() {
    find cmake tests testcaptures -name '*.sh' -o -name '*.sh.in' >"${TMPDIR:-/tmp}/hr-shell.$$"
    trap 'rm -f "${TMPDIR:-/tmp}/hr-shell.$$"' EXIT
    while read -r script; do
        sh -n "$script"
        shellcheck -x -S warning "$script"
    done <"${TMPDIR:-/tmp}/hr-shell.$$"
    bash -n .ci/run
    shellcheck -S warning .ci/run
}

# The changes that mutate.py makes are of lines that are there.
lint_rows() {
    python3 tests/mutate.py --fit
}

case $check in
layers | format | tidy | cppcheck | go | shell | rows) "lint_$check" ;;
*)
    echo "lint.sh: no check is called '$check'" >&2
    exit 2
    ;;
esac
