"""Captures in many files.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import re

import harness

PLACE = re.compile(rb'"source":(?:null|"[^"]*"),"file":"[^"]*","file_frame":\d+,')


def ring_of(name, packets):
    """A committed capture in files of @packets packets, as tcpdump -C or dumpcap -b leave it."""
    folder = harness.new_folder("ring-")
    whole = harness.new_folder() / "whole.pcapng"
    # editcap does not take a capture that begins with its secrets.
    harness.tshark("-r", harness.capture(name), "-w", whole, plugin=False)
    harness.tool("editcap", "-c", str(packets), whole, folder / "ring.pcapng")
    return folder


def without_places(ndjson):
    """The records as one tshark writes them, which does not know of files."""
    assert PLACE.search(ndjson), "no record says where it is from"
    return PLACE.sub(b"", ndjson)


def without_file(said):
    """Of one capture what many files say: each record names its own file, no line does."""
    said = re.sub(rb'"file":"[^"]*",("interface")', rb'"file":null,\1', said)
    return re.sub(rb"^File .*\n", b"", said, flags=re.M)
