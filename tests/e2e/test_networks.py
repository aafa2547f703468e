"""Networks and capture points change no verdict into another one: see networks.py for what they do
to a capture, weakened.py for what they may take from a verdict.

Each kind is tried on every seventh capture, and each capture with every seventh kind, which takes a
minute and a half on two processors. With HTTP_REUSE_NETWORKS=all in the environment each kind is
tried on all of them, as `python3 networks.py` always does.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import functools
import os
import shutil

import pytest

import compared
from captured import OTHER, Capture
from harness import CAPTURES, capture_names, records_of, run, write_file
from moved import BOTH_LEGS, at_server
from networks import KINDS, SEED, all_tried, changed

LINES = 40
TURNS = 1 if os.environ.get("HTTP_REUSE_NETWORKS") == "all" else 7

# Of a tunnel nothing is known; of a connection that was open before, not what was sent before.
moved_captures = pytest.mark.parametrize(
    "name", sorted(set(capture_names()) - {"gre", "vxlan", "late-capture", "nat-both-sides"}))


def said_of(name):
    return records_of(name).all


def says_of(data, kind, name):
    path = write_file(data, f".{kind}.{name}.pcapng")
    result = run("tshark", "-q", "-r", path, "-X", "http_reuse:ndjson=-")
    assert result.status == 0, result
    shutil.rmtree(path.parent)
    return compared.read(result.text)


def in_turn(kind):
    """The captures whose turn it is: none is left out by all kinds, no kind is left out."""
    return [name for i, name in enumerate(capture_names())
            if (i + list(KINDS).index(kind)) % TURNS == 0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_network_makes_no_other_verdict(kind):
    cases = all_tried([kind], in_turn(kind), SEED, said_of, says_of)[kind]
    assert cases
    lines = [line for case in cases for line in case.lines()]
    if lines:
        broken = sum(case.comparison.counts["broken"] for case in cases)
        more = [f"... and {len(lines) - LINES} lines more"] if len(lines) > LINES else []
        pytest.fail("\n".join([f"{broken} verdicts of {len(cases)} captures are other ones:",
                               *lines[:LINES], *more]), pytrace=False)


@pytest.mark.parametrize("kind", ["clocks-5ms-ahead", "clocks-5ms-behind"])
def test_how_far_clocks_are_apart_is_said(kind):
    """By as much less as the packets took between the hosts, which was microseconds."""
    capture, packets = changed(kind, "go-drained-10")
    data = capture.written(packets)
    before, after = (one["clocks_apart"] for one in (
        said_of("go-drained-10") + says_of(data, kind, "go-drained-10"))
        if one["type"] == "capture")
    assert before == {"connections": 0, "most_ms": None}
    assert after["connections"] == 1 and 4 < after["most_ms"] <= 5
    report = run("tshark", "-q", "-r", write_file(data, ".pcapng"), "-X", "http_reuse:report")
    assert "Two clocks    1 connection, of which what one side sent" in report.text


# ---- the changes themselves --------------------------------------------------------------------

@functools.lru_cache(maxsize=None)
def read(name):
    return Capture((CAPTURES / f"{name}.pcapng").read_bytes(), name)


@pytest.mark.parametrize("name", capture_names())
def test_a_capture_is_written_as_it_was_read(name):
    capture = read(name)
    assert capture.written(capture.packets) == (CAPTURES / f"{name}.pcapng").read_bytes()


@moved_captures
def test_no_distance_changes_nothing(name):
    capture = read(name)
    assert [(one.number, one.time) for one in at_server(capture, 0)] == [
        (one.number, one.time) for one in capture.packets]


@moved_captures
@pytest.mark.parametrize("delay", [5_000, 120_000])
def test_nothing_is_known_before_it_arrives(name, delay):
    """At the server: its bytes are acknowledged a round trip later, the client's when they came."""
    sent = {}   # (flow, side): [(time, end of its bytes)]
    for packet in at_server(read(name), delay):
        flow, side = packet.segment.flow, packet.segment.side
        way = 2 * delay if side == "client" and is_long(name, flow) else 0
        there = [end for time, end in sent.get((flow, OTHER[side]), ())
                 if time + way <= packet.time]
        if packet.segment.acknowledged is not None and packet.segment.acknowledged > 0:
            assert packet.segment.acknowledged <= max(there), packet
        sent.setdefault((flow, side), []).append((packet.time, packet.segment.end))


def is_long(name, flow):
    """Behind a proxy there is no distance."""
    return name not in BOTH_LEGS or flow.server == read(name).flows[0].server


@moved_captures
@pytest.mark.parametrize("delay", [5_000, 120_000])
def test_no_side_waits_less_than_it_did(name, delay):
    capture = read(name)
    moved = {packet.number: packet.time for packet in at_server(capture, delay)}
    for flow in capture.flows:
        for side in OTHER:
            own = flow.of(side)
            for before, after in zip(own, own[1:]):
                assert moved[after.number] - moved[before.number] >= after.time - before.time
