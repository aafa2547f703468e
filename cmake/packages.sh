# Sourced by quickstart.sh, check.sh and tests/fuzz/run.sh: what the project needs of Debian, and
# how it is installed: without questions, and only what is missing.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh

# To build the plugin and run it.
build_packages="gcc libc6-dev cmake ninja-build pkgconf libglib2.0-dev wireshark-dev tshark"
# To run the tests of the plugin: the other programs of Wireshark and a screen for its window; live
# captures; pytest; and what makes a .deb.
plugin_test_packages="$build_packages
    wireshark wireshark-common xvfb xauth xdotool imagemagick x11-utils
    tcpdump iproute2 procps util-linux
    python3 python3-pytest python3-jsonschema python3-distributed
    dpkg-dev file binutils gzip lintian man-db groff-base"
# For every test: the tools of the lint tests, what counts instructions, and a browser. Who has npm
# has its own Node.js, which Debian's npm does not go with.
# shellcheck disable=SC2034 # check.sh uses it
test_packages="$plugin_test_packages
    clang-format clang-tidy cppcheck golang-go shellcheck bash valgrind
    chromium $(command -v npm >/dev/null || echo nodejs npm)"
# For the core under libFuzzer, tests/fuzz/run.sh: clang and its runtime. CTest does without.
# shellcheck disable=SC2034 # run.sh uses it
fuzz_packages="clang libclang-rt-dev libc6-dev pkgconf libglib2.0-dev"

say() {
    printf '==> %s\n' "$*" >&2
}

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# True when every library and program of the package is there.
is_installed() {
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Runs a command as root: as it is, or through sudo.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

# apt-get without questions. What it prints is shown only when it fails.
apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 "$@" \
        </dev/null >"$apt_log" 2>&1 || {
        tail -n 30 "$apt_log" >&2
        die "apt-get $1 failed, see above"
    }
}

# Installs those of the named packages that are missing.
install_packages() {
    missing=
    for package in "$@"; do
        is_installed "$package" || missing="$missing $package"
    done
    missing=${missing# }
    if [ -z "$missing" ]; then
        say "All packages that are needed are installed"
        return
    fi
    command -v apt-get >/dev/null ||
        die "this system has no apt-get; install by hand what these Debian packages hold: $missing"
    if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
        die "not root, and sudo is not installed. Ask an administrator to run, as root:
    apt-get update && apt-get install --no-install-recommends $missing
and start this script again"
    fi

    say "Installing with apt-get, a few minutes on a bare system: $missing"
    apt_log=$(mktemp)
    apt_get update
    # The list is words on purpose.
    # shellcheck disable=SC2086
    apt_get install --no-install-recommends $missing
    rm -f "$apt_log"
}

# Installs what drives the browser in the tests of the page, by the lock of tests/html, into
# build/html.
install_browser_driver() {
    say "Installing the driver of the browser with npm"
    mkdir -p build/html
    cp tests/html/package.json tests/html/package-lock.json build/html/
    npm_log=$(mktemp)
    (cd build/html && npm ci --no-audit --no-fund) >"$npm_log" 2>&1 || {
        tail -n 30 "$npm_log" >&2
        rm -f "$npm_log"
        return 1
    }
    rm -f "$npm_log"
}
