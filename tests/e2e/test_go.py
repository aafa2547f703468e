"""The Go module plugin/go: its own tests, with captures of the loopback device where this user may
make some.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import os
import re
import subprocess

import pytest

from harness import IS_ROOT, ORDINARY_USER, SOURCE, home, is_missing, new_folder, own

# Root captures, and an ordinary user's tshark has the plugin: it gets a copy that it can read.
TSHARK = """#!/bin/sh
for word; do
    if [ "$before" = -r ]; then
        cp "$word" {copy}/capture && chmod 644 {copy}/capture
        word={copy}/capture
    fi
    before=$word
    shift
    set -- "$@" "$word"
done
export HOME={home}
unset XDG_CONFIG_HOME
exec {user} tshark "$@"
"""


# Without the right to capture the module leaves these out, and go test passes all the same.
CAPTURING = {"TestOneConnection", "TestBodiesLeftUnreadAreFound"}

pytestmark = pytest.mark.skipif(is_missing("go"), reason="there is no go")


@pytest.fixture(scope="module")
def tested(tmp_path_factory):
    """What go test said, and its exit status."""
    user = (f"setpriv --reuid={ORDINARY_USER} --regid={ORDINARY_USER} --clear-groups"
            if IS_ROOT else "")
    program = own(new_folder()) / "tshark"
    program.write_text(TSHARK.format(copy=new_folder(), home=home(), user=user))
    program.chmod(0o755)
    return subprocess.run(
        ["go", "test", "-v", "-count=1", "./..."], cwd=SOURCE / "plugin/go", text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, "TSHARK": str(program),
             "GOCACHE": str(tmp_path_factory.mktemp("go") / "cache"),
             "GOFLAGS": "-buildvcs=false", "GOPROXY": "off", "GOTOOLCHAIN": "local"})


def test_the_module(tested):
    assert tested.returncode == 0, tested.stdout


def test_the_module_leaves_nothing_out(tested):
    left_out = re.findall(r"^ *--- SKIP: (\w+)", tested.stdout, re.MULTILINE)
    if left_out and not IS_ROOT and CAPTURING.issuperset(left_out):
        pytest.skip(f"only root may capture: go test left out {', '.join(left_out)}")
    assert not left_out, tested.stdout
    for name in CAPTURING:
        assert f"--- PASS: {name}" in tested.stdout, tested.stdout
