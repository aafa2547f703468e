"""What the plugin costs does not creep up: instructions of a way to run tshark, as a ratio to the
same tshark without the plugin. They repeat to some thousandths of a percent, so that the limits
are little above what was measured on Wireshark 4.0.17; measure.py has the whole table.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import functools

import pytest

import capture
from ways import harness, net_instructions

REQUESTS = 2000

pytestmark = [
    pytest.mark.skipif(harness.is_missing("valgrind"), reason="valgrind counts instructions"),
    pytest.mark.skipif(harness.version() >= (4, 1), reason="the limits are for Wireshark 4.0"),
]


@functools.lru_cache(maxsize=None)
def path():
    found = harness.new_folder() / "gate.pcap"
    capture.write(found, capture.twenty_a_connection, REQUESTS)
    return found


@functools.lru_cache(maxsize=None)
def floor():
    return net_instructions("floor", path())


@pytest.mark.parametrize("way, limit", [("loaded", 1.005), ("ndjson", 1.17),
                                        ("report", 1.11)])
def test_a_way_costs_no_more(way, limit):
    assert net_instructions(way, path()) <= limit * floor()
