"""The Go module plugin/go: its own tests, with captures of the loopback device where this user may
make some.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import os
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


@pytest.mark.skipif(is_missing("go"), reason="there is no go")
def test_the_module(tmp_path):
    user = (f"setpriv --reuid={ORDINARY_USER} --regid={ORDINARY_USER} --clear-groups"
            if IS_ROOT else "")
    program = own(new_folder()) / "tshark"
    program.write_text(TSHARK.format(copy=new_folder(), home=home(), user=user))
    program.chmod(0o755)
    result = subprocess.run(
        ["go", "test", "-v", "-count=1", "./..."], cwd=SOURCE / "plugin/go", text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, "TSHARK": str(program), "GOCACHE": str(tmp_path / "cache"),
             "GOFLAGS": "-buildvcs=false", "GOPROXY": "off", "GOTOOLCHAIN": "local"})
    assert result.returncode == 0, result.stdout
    assert "--- PASS: TestOneConnection" in result.stdout or not IS_ROOT, result.stdout
