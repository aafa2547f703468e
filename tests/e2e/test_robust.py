"""Captures that are cut, thinned, doubled, shuffled and broken: no crash, exit status 0, valid
records, and where DESIGN is clear, the right ones.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import collections
import random

import pytest

from harness import capture, new_folder, records, sample, tool, write_file
from packets import Trace, change_packets, read_pcap
from stories import STORIES
from survival import assert_requests_are_in_the_packets, survive
from truth import port_of, requests_by_port, truth, was_reused

SOME = ["go-drained-10", "go-undrained-10", "go-pipeline", "go-stale"]

# One of each kind, with and without keys, for what is broken at random.
OTHERS = ["h2-100-concurrent", "h2-goaway", "h2-early-data-nokeys", "tls-resume-12-cache",
          "tls-h1-100-13-nokeys", "h3-caddy", "h3-0rtt-nokeys", "connect-proxy", "websocket"]


def as_records(name):
    """(head, packets) of a committed capture."""
    path = new_folder() / "plain.pcap"
    tool("editcap", "-F", "pcap", capture(name), path)
    return read_pcap(path)


def said(name):
    """How many requests of each status the program saw."""
    reused = [was_reused(name, one) for port in requests_by_port(name).values() for one in port]
    return collections.Counter("reused" if one else "new" for one in reused)


# ---- cut packets -------------------------------------------------------------------------------

def cut(name, length):
    path = new_folder() / "cut.pcapng"
    tool("editcap", "-s", str(length), capture(name), path)
    return path


def decoded_as_http(name):
    """Without a whole line Wireshark has to be told what is on a port that it does not know."""
    ports = {port_of(server) for server in truth(name)["servers"]}
    return [word for port in ports for word in ("-d", f"tcp.port=={port},http")]


# In 80 bytes only the first request of go-pipeline's segment is to be seen.
@pytest.mark.parametrize("name", sample(set(STORIES) - {"go-pipeline"}, 10))
def test_eighty_bytes_tell_new_from_reused(name):
    found = records(cut(name, 80), *decoded_as_http(name))
    assert collections.Counter(found.statuses()) == said(name)
    assert found.capture["time_wait_peak"] == truth(name)["time_wait"]
    syns = [one for one in found.connections if one["opening_seen"]]
    assert len(syns) == len(STORIES[name].why)


@pytest.mark.parametrize("name", SOME)
@pytest.mark.parametrize("length", [54, 60, 66, 67, 100])
def test_shorter_and_odd_lengths(name, length):
    found = survive(cut(name, length), *decoded_as_http(name))
    if length <= 66:  # nothing behind the TCP header: no request is invented
        assert found.requests == []
    assert len(found.requests) <= sum(said(name).values())


def test_cut_before_the_tcp_header():
    assert survive(cut("go-drained-10", 40)).requests == []


# ---- lost, doubled and shuffled packets --------------------------------------------------------

# Several requests in a segment, and heads in two segments: what is behind a gap may be missed.
MAY_MISS = {"go-pipeline"}


def check_lines(name, path):
    found = survive(path)
    lines = assert_requests_are_in_the_packets(found, path)
    assert len(found.requests) <= lines if name in MAY_MISS else len(found.requests) == lines


@pytest.mark.parametrize("nth", [2, 3, 7])
@pytest.mark.parametrize("name", sample(SOME))
def test_every_nth_packet_lost(name, nth):
    head, packets = as_records(name)
    for phase in range(2 if nth == 2 else 1):
        kept = [packet for i, packet in enumerate(packets) if i % nth != phase]
        check_lines(name, write_file(head + b"".join(kept)))


@pytest.mark.parametrize("name", sample(["go-drained-10", "go-undrained-10"]))
def test_the_first_packets_lost_one_by_one(name):
    head, packets = as_records(name)
    for start in range(1, 9):
        check_lines(name, write_file(head + b"".join(packets[start:])))


@pytest.mark.parametrize("first, status, number, exact", [
    (2, "new", 1, True),        # SYN/ACK first: that is an opening
    (4, "unknown", 1, True),    # the request
    (5, "reused", 2, False),    # the ACK of a request, then an answer: one went before
    (6, "reused", 2, False)])
def test_a_start_in_the_middle(first, status, number, exact):
    head, packets = as_records("go-drained-10")
    found = survive(write_file(head + b"".join(packets[first - 1:])))
    one = found.requests[0]
    assert (one["status"], one["number"]) == (status, number)
    assert exact or not one["number_exact"]
    assert found.statuses()[1:] == ["reused"] * (len(found.requests) - 1)


@pytest.mark.parametrize("name", SOME + [
    "go-concurrent-20", "go-disable-keepalives", "go-keepalive-45s", "go-server-exit"])
def test_every_packet_twice(name):
    path = new_folder() / "twice.pcapng"
    tool("mergecap", "-w", path, capture(name), capture(name))
    found = survive(path)
    assert collections.Counter(found.statuses()) == said(name)
    assert len(found.connections) == len(STORIES[name].why)
    assert found.capture["time_wait_peak"] == truth(name)["time_wait"]


@pytest.mark.parametrize("phase", [0, 1])
@pytest.mark.parametrize("name", sample(SOME))
def test_neighbours_swapped(name, phase):
    head, packets = as_records(name)
    for i in range(phase, len(packets) - 1, 2):
        packets[i], packets[i + 1] = packets[i + 1], packets[i]
    check_lines(name, write_file(head + b"".join(packets)))


@pytest.mark.parametrize("name", SOME)
def test_time_that_runs_backwards(name):
    head, packets = as_records(name)
    moments = [packet[:8] for packet in packets]
    turned = [moment + packet[8:] for moment, packet in zip(reversed(moments), packets)]
    found = survive(write_file(head + b"".join(turned)))
    assert len(found.requests) == sum(said(name).values())


@pytest.mark.parametrize("name", SOME + OTHERS)
def test_random_bytes(name):
    chance = random.Random(name)

    def spoil(_, packet):
        spoiled = bytearray(packet)
        for _ in range(chance.choice([0, 0, 1, 3])):
            spoiled[chance.randrange(len(spoiled))] = chance.randrange(256)
        return bytes(spoiled)

    survive(write_file(change_packets(capture(name), spoil), ".pcapng"))


@pytest.mark.parametrize("name", OTHERS)
def test_other_protocols_thinned(name):
    def thin(position, packet):
        return None if position % 5 == 4 else packet

    survive(write_file(change_packets(capture(name), thin), ".pcapng"))


@pytest.mark.parametrize("name", OTHERS)
def test_other_protocols_cut(name):
    survive(write_file(change_packets(capture(name), lambda _, packet: packet[:120]), ".pcapng"))


def test_no_packet_at_all():
    path = new_folder() / "empty.pcapng"
    tool("editcap", "-r", capture("go-stale"), path, "1000")
    line = survive(path).capture
    assert (line["frames"], line["first_time"], line["requests"]) == (0, None, 0)


def test_many_captures_in_one():
    """All the servers have ports of their own: nothing is mixed up."""
    names = ["go-drained-10", "go-undrained-10", "go-stale", "go-head-204-304"]
    path = new_folder() / "merged.pcapng"
    tool("mergecap", "-a", "-w", path, *[capture(name) for name in names])
    found = survive(path)
    assert collections.Counter(found.statuses()) == sum(map(said, names), collections.Counter())
    assert len(found.connections) == sum(len(STORIES[name].why) for name in names)


def test_an_answer_that_may_be_over():
    """Of its two segments the first is lost, and the second is not acknowledged: whether the next
    request was pipelined is not known, and no output stumbles over that."""
    trace = Trace()
    flow = trace.flow()
    flow.open()
    flow.request("/a")
    acknowledged = flow.sequence["server"]
    flow.sequence["server"] += 1400
    flow.data("server", b"x" * 100)
    sent, flow.sequence["server"] = flow.sequence["server"], acknowledged
    flow.request("/b")
    flow.sequence["server"] = sent
    flow.close("client")
    assert [one["delivery"] for one in survive(trace.write()).requests] == ["sequential", None]
