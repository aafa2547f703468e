"""Broken captures, 200 of them, with a fixed seed; mutants.py tries thousands.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import random

import pytest

import mutants
from captured import Capture
from harness import capture, capture_names, run

FILES = 200 // mutants.BATCH


def picks():
    names = sorted(capture_names())
    return random.Random(mutants.SEED).sample(names, FILES)


@pytest.mark.parametrize("name", picks())
def test_mutants(name, folder):
    path, said = folder / "mutants.pcapng", folder / "said"
    path.write_bytes(mutants.batch(Capture(capture(name).read_bytes(), name), mutants.SEED))
    ours = run("tshark", "-n", "-r", path, *mutants.WITH_TREE, "-X", f"http_reuse:ndjson={said}")
    theirs = run("tshark", "-n", "-r", path, *mutants.WITH_TREE, plugin=False)
    assert ours.status == theirs.status
    assert ours.stdout == theirs.stdout
    assert mutants.complaints(said.read_text(encoding="utf-8")) == []
