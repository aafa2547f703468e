"""What the plugin said about a capture, beside what it says about the same one as a network would
have shown it.

A connection is found again by its two ends and its turn on them; a request by its stream, else by
its packet, else by its turn among those alike. A request may vanish only where its own bytes are
not in the changed capture, and, in TLS and HTTP/2, which cannot be read behind a gap, where any
byte before it is not in its place. A request or connection that was not there must not appear.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import collections
import dataclasses
import json
import re

from captured import OTHER, UDP
from weakened import (CONNECTION_VERDICTS, NOBODY, REQUEST_VERDICTS, is_plain, judge,
                      judge_number)


class Said:
    """The records of one run. @packets: that of each frame, in order."""

    def __init__(self, records, packets):
        self.packets = packets
        self.by_id = {one["id"]: one for one in records if one["type"] == "connection"}
        self.requests, self.findings = collections.defaultdict(list), []
        for one in records:
            if one["type"] == "request":
                self.requests[one["connection"]].append(one)
            elif one["type"] == "finding":
                self.findings.append(one)
        self.by_key, turns = {}, collections.Counter()
        for _, one in sorted(self.by_id.items()):
            ends = self.ends(one)
            turns[ends] += 1
            self.by_key[ends, turns[ends]] = one

    def outermost(self, connection):
        while connection["parent"] is not None:
            connection = self.by_id[connection["parent"]]
        return connection

    def ends(self, connection):
        outer = self.outermost(connection)
        return (connection["transport"],
                frozenset((outer[side]["address"], outer[side]["port"]) for side in OTHER))

    def number(self, frame):
        """Of the packet of @frame in the capture as it was."""
        return self.packets[frame - 1].number if frame else None


@dataclasses.dataclass
class Pair:
    both: "Comparison"
    flows: list
    was: dict
    now: dict


class Comparison:
    """@counts: connections, requests, kept, weakened, silent, broken; silent are those of the
    weakened that are openings whose reason is not known any more.

    @broken: (connection, request or None, text).
    """

    def __init__(self, kind, capture, packets, was, now):
        self.kind, self.capture = kind, capture
        self.was, self.now = Said(was, capture.packets), Said(now, packets)
        self.touched = Touched(kind, capture, packets)
        self.counts, self.broken = collections.Counter(), []
        self.now_of = {one["id"]: self.now.by_key[key]["id"]
                       for key, one in self.was.by_key.items() if key in self.now.by_key}
        self.request_of = {}   # (connection, frame) now: the request as it was
        for key, was_one in self.was.by_key.items():
            self.compare_connection(was_one, self.now.by_key.get(key))
        for key, one in self.now.by_key.items():
            if key not in self.was.by_key:
                self.breaks(one, "connection", "not there", f"{one['close_cause']}")
        self.compare_findings()

    def breaks(self, connection, what, was, now, request=None):
        self.counts["broken"] += 1
        client, server = connection["client"], connection["server"]
        where = (f"{client['address']}:{client['port']} > {server['address']}:{server['port']}"
                 f" (connection {connection['id']})")
        self.broken.append((where, request and f"{request['method']} {request['target']} in frame "
                            f"{request['frame']}: ", f"{what}: {was} -> {now}"))

    def count(self, verdict, pair, what):
        if verdict != "broken":
            self.counts[verdict] += 1
        elif pair.was["type"] == "request":
            self.breaks(self.was.by_id[pair.was["connection"]], what, pair.was[what],
                        pair.now[what], pair.was)
        else:
            self.breaks(pair.was, what, pair.was[what], pair.now[what])

    def compare_connection(self, was, now):
        flows = self.touched.flows_of(self.was, was)
        requests = self.was.requests[was["id"]]
        if now is None:
            if self.touched.connection_may_vanish(was, flows, requests, self):
                self.counts["weakened"] += 1
            else:
                self.breaks(was, "connection", was["close_cause"], "vanished")
            return
        self.counts["connections"] += 1
        pair = Pair(self, flows, was, now)
        for what in CONNECTION_VERDICTS:
            self.count(judge(what, pair), pair, what)
        if was["why_new"] not in NOBODY and now["why_new"] in NOBODY:
            self.counts["silent"] += 1
        self.count("kept" if now["client"] == was["client"] else "broken", pair, "client")
        self.compare_requests(was, now, flows)

    def compare_requests(self, was, now, flows):
        ours, theirs = self.was.requests[was["id"]], self.now.requests[now["id"]]
        matched = match_requests(ours, theirs, self.now)
        for i, one in enumerate(ours):
            other = matched.get(i)
            if other is not None:
                self.request_of[now["id"], other["frame"], other["stream"]] = one
                self.compare_request(Pair(self, flows, one, other), ours, i)
            elif self.touched.request_may_vanish(was, flows, ours, i) or self.is_left_out(now):
                self.counts["weakened"] += 1
            else:
                self.breaks(was, "request", one["status"], "vanished", one)
        found = [id(one) for one in matched.values()]
        for one in theirs:
            # Without the CONNECT it is seen what runs inside.
            if id(one) not in found and was["close_cause"] != "tunnelled":
                self.breaks(was, "request", "not there", one["status"], one)

    def is_left_out(self, now):
        """Wireshark does not show its requests, and we say so."""
        return any((one["code"], one["connection"]) == ("not_dissected", now["id"])
                   for one in self.now.findings)

    def compare_request(self, pair, ours, i):
        self.counts["requests"] += 1
        for what in REQUEST_VERDICTS:
            # A 101 answers what was asked over HTTP/1.1, the answer on stream 1 the same.
            if what != "response_code" or pair.was["stream"] == pair.now["stream"]:
                self.count(judge(what, pair), pair, what)
        self.count(judge_number(pair), pair, "number")
        frame = self.now.number(pair.now["response_frame"])
        if frame and is_another_answer(frame, ours, i):
            self.breaks(self.was.by_id[pair.was["connection"]], "response_frame",
                        "its own answer", "another one's", pair.was)

    def is_judged_elsewhere(self, finding):
        """It says no more than another verdict does, which is new: a cause, or a reason."""
        now = self.now.by_id[finding["connection"]]
        was = next((one for key, one in self.was.by_key.items() if self.now.by_key.get(key) is now),
                   now)
        if finding["code"] == "missed_reuse":
            return was["why_new"] != now["why_new"] == "idle-available"
        return (was["close_cause"] != now["close_cause"]
                and finding["code"] == (now["close_cause"] or "").replace("-", "_"))

    def compare_findings(self):
        had = collections.defaultdict(set)
        for one in self.was.findings:
            had[one["code"], self.now_of.get(one["connection"])].add(one["request_frame"])
        for one in self.now.findings:
            if one["severity"] not in ("warning", "error"):
                continue
            if self.is_judged_elsewhere(one):
                continue
            frames = had.get((one["code"], one["connection"]))
            about = [request for (connection, frame, _), request in self.request_of.items()
                     if (connection, frame) == (one["connection"], one["request_frame"])]
            if frames is None or None not in frames and about and not any(
                    request["frame"] in frames for request in about):
                self.breaks(self.now.by_id[one["connection"]], "finding", "none",
                            f"{one['severity']} {one['code']}", about[0] if about else None)


def match_requests(ours, theirs, now):
    """{index in @ours: the request of @theirs that is the same one}"""
    def alike(one, other):
        if one["stream"] is not None and other["stream"] is not None:
            return one["stream"] == other["stream"]
        targets = one["target"] or "", other["target"] or ""
        return one["method"] == other["method"] and (
            targets[0].startswith(targets[1]) or targets[1].startswith(targets[0]))

    def is_same_packet(i, frame):
        return frame == ours[i]["frame"]

    def is_in_its_place(i, frame):
        return i > 0 and ours[i - 1]["frame"] < frame < ours[i]["frame"]

    matched, left = {}, list(theirs)
    for fits in (is_same_packet, is_in_its_place, lambda *_: True):
        for i, one in enumerate(ours):
            for other in left if i not in matched else ():
                if alike(one, other) and fits(i, now.number(other["frame"])):
                    matched[i] = other
                    left.remove(other)
                    break
    return matched


def is_another_answer(frame, ours, i):
    """Whether @frame, of HTTP/1 in turn, is before this answer's time or after it."""
    one = ours[i]
    if one["stream"] is not None or any(other["delivery"] == "pipelined" for other in ours):
        return False
    before = ours[i - 1]["response_frame"] if i else None
    return (before is not None and frame <= before) or (
        i + 1 < len(ours) and frame >= ours[i + 1]["frame"])


# ---- what may vanish ---------------------------------------------------------------------------

class Touched:
    """Where the changed capture has not all bytes that were there, in their place."""

    def __init__(self, kind, capture, packets):
        self.capture = capture
        if kind in ("joined", "segmented"):
            packets = capture.packets   # the same bytes in other packets
        self.is_there = {packet.number: len(packet.data) for packet in packets}
        self.place = {packet.number: place for place, packet in enumerate(packets)}
        self.from_frame = {}   # flow: the first packet that is not in its place
        # Wireshark takes for sent again what comes after its own ACK, and does not look inside.
        self.is_mixed = kind.startswith(("reordered", "unsorted", "interfaces", "clocks-"))
        sides = (None,) if self.is_mixed else tuple(OTHER)
        order = collections.defaultdict(list)
        for packet in first_copies(packets):
            if packet.segment and packet.segment.size:
                order[packet.segment.flow, packet.segment.side].append(packet)
            if packet.segment:
                order[packet.segment.flow, None].append(packet)
        for flow in capture.flows:
            found = [frame for side in sides for frame in first_difference(
                flow.payload(side) if side else flow.packets, order[flow, side])]
            if found:
                self.from_frame[flow] = min(found)
        self.shows_hole = any(
            self.is_missing(earlier) and not self.is_missing(later)
            for flow in capture.flows for earlier, later in zip(flow.packets, flow.packets[1:]))
        self.is_changed = bool(self.from_frame) or any(map(self.is_missing, capture.packets))

    def flows_of(self, said, connection):
        """The flows that this connection ran on. QUIC can have several."""
        outer = said.outermost(connection)
        client, server = [(outer[side]["address"], outer[side]["port"]) for side in OTHER]
        if connection["transport"] == "quic":
            return [flow for flow in self.capture.flows if flow.protocol == UDP
                    and flow.client[0] == client[0] and flow.server == server]
        return [flow for flow in self.capture.flows
                if flow.is_tcp and {flow.client, flow.server} == {client, server}]

    def is_missing(self, packet):
        """Wholly or partly."""
        return self.is_there.get(packet.number, -1) < len(packet.data)

    def are_touched(self, flows, since=0, until=1e9):
        """Whether anything of @flows with these numbers is not there as it was; of a tunnel, whether
        anything is not. Of what is only not in its place the first is known, and not the last."""
        if not flows:
            return self.is_changed
        return any(since <= packet.number <= until and self.is_missing(packet)
                   for flow in flows for packet in flow.packets) or any(
            self.from_frame.get(flow, 1e9) <= until and not any(map(self.is_missing, flow.packets))
            for flow in flows)

    def is_overtaken(self, opening):
        """Something that a server sent later than this packet is before it now."""
        place = self.place.get(opening.number, -1)
        return any(packet.number > opening.number and packet.segment
                   and packet.segment.side == "server"
                   and self.place.get(packet.number, place) < place
                   for packet in self.capture.packets)

    def session_may_be_lost(self, flows):
        """The secret of a session of TLS 1.2 is told with the connection that began it."""
        begin = flows[0].packets[0].number
        return any(flow.server == flows[0].server and self.from_frame.get(flow, begin) < begin
                   for flow in self.capture.flows)

    def is_whole(self, packet):
        return not self.is_missing(packet)

    def request_may_vanish(self, connection, flows, ours, i):
        if not flows:   # in a tunnel, of which nothing is known but that it was cut
            return any(map(self.is_missing, self.capture.packets))
        if not is_plain(connection):
            return any(self.from_frame.get(flow, 1e9) <= ours[i]["frame"] for flow in flows) or (
                (connection["tls_version"], connection["tls_handshake"]) == ("TLSv1.2", "resumed")
                and self.session_may_be_lost(flows))
        before = ours[i - 1]["frame"] if i else 0
        if self.is_mixed and any(len([packet for packet in flow.payload("client")
                                      if before < packet.number <= ours[i]["frame"]]) > 1
                                 for flow in flows):
            return True   # its segments lie behind those of other messages
        after = ours[i + 1]["frame"] if i + 1 < len(ours) else 1e9
        return any(self.is_missing(packet) and (before < packet.number < after
                                                or packet.number == ours[i]["frame"])
                   for flow in flows for packet in flow.payload("client"))

    def beginning_may_be_hidden(self, flow):
        """Its ClientHello, Initial or preface is not there in its place."""
        first = next(iter(flow.payload("client")), None)
        return flow in self.from_frame and (first is None or self.from_frame[flow] <= first.number
                                            or self.is_missing(first))

    def connection_may_vanish(self, connection, flows, requests, both):
        """Where nothing that is left of it reads as HTTP, or where it was known by others only."""
        if not all(self.request_may_vanish(connection, flows, requests, i)
                   for i in range(len(requests))):
            return False
        if flows and not any(packet.number in self.is_there
                             for flow in flows for packet in flow.packets):
            return True
        payload = [packet for flow in flows for packet in flow.payload()]
        if connection["close_cause"] == "tunnelled":
            payload = payload[:2]   # the CONNECT and what it is answered
        is_hidden = (self.beginning_may_be_hidden if connection["parent"] is None
                     else self.from_frame.__contains__)
        if not flows or (not is_plain(connection) and any(map(is_hidden, flows))):
            return True
        if payload:
            return not any(map(begins_message, filter(self.is_whole, payload)))
        return any(one["server"] == connection["server"] and identity not in both.now_of
                   for identity, one in both.was.by_id.items() if one is not connection)


MESSAGE = re.compile(rb"HTTP/1\.|[A-Z]+ \S+ HTTP/1\.")


def begins_message(packet):
    """What is left of a body, or of a WebSocket, tells of no HTTP."""
    return MESSAGE.match(packet.data[len(packet.data) - packet.segment.size:]) is not None


def first_copies(packets):
    """Each packet once: a copy moves nothing."""
    seen = set()
    return [packet for packet in packets
            if packet.number not in seen and not seen.add(packet.number)]


def first_difference(was, now):
    """[the frame from which on the two lists of packets differ], or []"""
    for one, other in zip(was, now):
        if one.number != other.number or len(one.data) != len(other.data):
            return [min(one.number, other.number)]
    if len(was) != len(now):
        longer = was if len(was) > len(now) else now
        return [longer[min(len(was), len(now))].number]
    return []


def read(text):
    return [json.loads(line) for line in text.removesuffix("\n").split("\n")]
