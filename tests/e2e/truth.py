"""What the programs of the captures said, and what the wire says without the plugin.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import collections
import dataclasses
import functools
import json

import harness


@functools.lru_cache(maxsize=None)
def truth(name):
    return json.loads((harness.CAPTURES / f"{name}.truth.json").read_text())


def port_of(address):
    return int(address.rpartition(":")[2])


def requests_by_port(name):
    """The program's requests that got a connection, by the client's port."""
    by_port = collections.defaultdict(list)
    for request in truth(name)["requests"]:
        if request["local"] is not None:
            by_port[port_of(request["local"])].append(request)
    return by_port


# Captures in which a call's dial was overtaken by another connection that came free. Go says of
# the dialled one, which then waits in the pool, that its first request reuses it.
OVERTAKEN = {"go-schedule-20-idle", "go-schedule-two-idle", "go-workers-from-cold",
             "go-workers-two-idle"}


def was_reused(name, said):
    """Whether a request went before this one on its connection, as the program has it."""
    is_first = requests_by_port(name)[port_of(said["local"])][0] is said
    assert not (is_first and said["reused"]) or name in OVERTAKEN
    return said["reused"] and not is_first


def server_connections(name):
    """The server's book; where it has none, what its log, a line a request, adds up to."""
    if truth(name)["server_connections"] is not None:
        return truth(name)["server_connections"]
    lines = collections.Counter(line["remote"] for line in truth(name)["server_log"])
    return [{"remote": remote, "requests": requests, "closed_by_server": None}
            for remote, requests in lines.items()]


@dataclasses.dataclass
class Stream:
    """A TCP connection as tshark without the plugin shows it. Frames are numbers, 0 if none."""
    number: int
    client_port: int = 0
    syn: int = 0
    synack: int = 0
    first_request: int = 0
    first_end: int = 0         # FIN or RST of either side
    first_end_by: str = None   # None too where the reset has a hop limit that none of its side has
    hops: dict = dataclasses.field(default_factory=lambda: {"client": set(), "server": set()})
    answers: list = dataclasses.field(default_factory=list)  # dissected ones


def hops_of(row):
    return (row["ip.ttl"] or row["ipv6.hlim"])[-1]


@functools.lru_cache(maxsize=None)
def wire(name):
    """The streams of a capture, in the order of their SYNs."""
    server_port = port_of(truth(name)["servers"][0])
    streams = {}
    for row in harness.packets_of(name):
        frame, flags = int(row["frame.number"][0]), int(row["tcp.flags"][0], 16)
        source, length = int(row["tcp.srcport"][0]), int(row["tcp.len"][0])
        number = int(row["tcp.stream"][0])
        stream = streams.setdefault(number, Stream(number))
        side = "server" if source == server_port else "client"
        if side == "client":
            stream.client_port = source
        if flags & 0x12 == 0x02:
            stream.syn = stream.syn or frame
        if flags & 0x12 == 0x12:
            stream.synack = stream.synack or frame
        if side == "client" and length > 0 and not stream.first_request:
            stream.first_request = frame
        if row["http.response.code"]:
            stream.answers.append(frame)
        if flags & 0x05 and not stream.first_end:
            stream.first_end, stream.first_end_by = frame, side
            if flags & 0x04 and stream.hops[side] and hops_of(row) not in stream.hops[side]:
                stream.first_end_by = None
        if not flags & 0x04:
            stream.hops[side].add(hops_of(row))
    return sorted(streams.values(), key=lambda stream: stream.syn)
