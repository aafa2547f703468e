"""Where a test's outputs go: tshark with one of a capture, or with one of each kind.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import pytest

from harness import OUTPUTS, Records, capture, own, records_of, run

NAME = "go-drained-10"

every_kind = pytest.mark.parametrize("kind", OUTPUTS)


def write(option, **more):
    """tshark, quietly, with -X http_reuse:@option, successful or not."""
    return run("tshark", "-q", "-r", capture(NAME), "-X", f"http_reuse:{option}", **more)


def into(folder):
    """Options for an output of each kind, by their names."""
    return [part for kind in OUTPUTS for part in ("-X", f"http_reuse:{kind}={folder / kind}")]


def check_complete(text):
    assert Records(text).all == records_of(NAME).all


def files_in(folder):
    return sorted(path.name for path in folder.iterdir())


def put(path, text):
    """A file of the user's, which is there before."""
    path.write_text(text)
    return own(path)


def own_folder(path, mode=0o755):
    path.mkdir()
    own(path).chmod(mode)
    return path
