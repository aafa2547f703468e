"""The capture point moved to the server, with a network of some length between.

The captures were made on one machine, where a packet is with the other side as soon as it is sent.
Here the client is far away, and what is written is the time at which a packet passes the server:
that of its sending for the server's own, one delay after its sending for the client's. The bytes
stay; only times change, and the order between the two directions and between connections.

Each side of each flow has an offset, by how much it is later than in the capture as it was. It
begins at 0 and never falls:

- What a packet brings to the other side makes that side at least as late as its arrival. It is
  there when the capture says so: a TCP side has received what its own packets acknowledge, and what
  was captured before and not acknowledged was still on its way. A bare ACK brings nothing that
  anybody waits for (the window is large enough).
- Whatever a side does next, it does as long after that as it did in the capture: answers take as
  long, and idle times that a side waits through have their length at that side.
- A client is one program per address: it opens connections and sends requests after all that it
  had seen on its other connections, by the same distance. And what is an event to it, its own
  openings, requests and ends, and the arrivals of payload and of ends, keeps its order. So all that
  the client knew at each step it still knows, and nothing that it did not know; where other
  connections make it wait, its work in parallel becomes less parallel. To keep that order, a server
  may be slower than it was, but never faster.
- An end (a FIN or RST, with the last words before it) that comes after a silence of its flow is
  a timer: it counts from that silence alone, but for the client's order. Except where several flows
  of a side end within 100 ms of each other after silences of different lengths, or, of a client,
  with nothing after: that is one act, the end of a program, and stays one.
- The servers of one address are not one program: each connection is served by itself.

Where both legs of a proxy were captured (BOTH_LEGS), the capture point is at the proxy: it is the
server whose port is the first in the capture, and what lies behind it is on its own machine, at no
distance. All that the proxy does on all its connections keeps its order.

Flows of UDP are moved too, with every datagram taken as an event. Captures of tunnels have no flows
and stay as they are.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import collections

from captured import OTHER
from packets import ACK, FIN, RST, SYN

BOTH_LEGS = ("connect-proxy-legs", "haproxy-close", "haproxy-keep-alive", "haproxy-reuse",
             "haproxy-server-close", "reverse-proxy", "reverse-proxy-h2",
             "reverse-proxy-keepalive")

SILENCE = 100_000          # microseconds without a packet, after which an end is a timer's
ONE_ACT = 100_000          # between the ends of flows that end together
SAME_SILENCE = 10_000
LAST_WORDS = 5_000         # from a close_notify or GOAWAY to the FIN
FEW_BYTES = 100            # that these have

PROXY = "proxy"


def at_server(capture, delay):
    """The packets of @capture as they pass the server, @delay microseconds from the client."""
    if not capture.flows:
        return None
    world = World(capture, delay)
    moved = [(world.send(packet), packet) for packet in capture.packets if packet.segment]
    return [packet.at(time) for time, packet in sorted(moved, key=lambda pair: pair[0])]


class Side:
    """One end of one flow."""

    def __init__(self, program, is_far):
        self.program, self.is_far = program, is_far
        self.offset = 0
        self.on_the_way = []      # (end of its bytes, offset that its arrival means)
        program.sides.append(self)


class Program:
    """Sides that act on what any of them has seen, with what each has seen and done last."""

    def __init__(self):
        self.sides = []
        self.seen = collections.defaultdict(int)   # side: offset
        self.latest = collections.defaultdict(int)  # side: time

    def offset_for(self, side):
        """What it has seen on other flows than this one's."""
        return max((offset for one, offset in self.seen.items() if one is not side), default=0)

    def latest_but(self, side):
        return max((time for one, time in self.latest.items() if one is not side), default=0)


class World:
    def __init__(self, capture, delay):
        self.delay = delay
        self.front = capture.flows[0].server
        self.has_proxy = capture.name in BOTH_LEGS
        self.programs = collections.defaultdict(Program)
        self.sides = {(flow, side): Side(self.programs[self.program(flow, side)],
                                         side == "client" and self.is_long(flow))
                      for flow in capture.flows for side in OTHER}
        self.endings = find_endings(capture, self)

    def is_long(self, flow):
        return not self.has_proxy or flow.server == self.front

    def program(self, flow, side):
        if self.has_proxy and self.is_long(flow) == (side == "server"):
            return PROXY
        return (side, flow.client[0]) if side == "client" else (side, flow)

    def send(self, packet):
        """The time at which this packet passes the capture point."""
        segment = packet.segment
        sender = self.sides[segment.flow, segment.side]
        receiver = self.sides[segment.flow, OTHER[segment.side]]
        ways = self.delay if self.is_long(segment.flow) else 0
        receive(sender, segment)
        sender.offset = max(sender.offset, self.waits_for(packet, sender))
        time = packet.time + sender.offset
        if is_event(segment):
            time = max(time, sender.program.latest_but(sender),
                       receiver.program.latest_but(receiver) - ways)
            sender.offset = time - packet.time
            sender.program.latest[sender] = time
            sender.program.seen[sender] = sender.offset
            receiver.program.latest[receiver] = time + ways
            receiver.program.seen[receiver] = max(receiver.program.seen[receiver],
                                                  sender.offset + ways)
        if not segment.is_bare_ack:
            receiver.on_the_way.append((segment.end, sender.offset + ways))
        return time + ways if sender.is_far else time

    def waits_for(self, packet, sender):
        """The least offset of what this packet's program does, for what it knows from elsewhere."""
        ending = self.endings.get(packet)
        if ending:
            return ending.offset()
        if is_event(packet.segment):
            return sender.program.offset_for(sender)
        return 0


def is_event(segment):
    """A SYN/ACK or an ACK is the kernel's."""
    opens = segment.flags & SYN and not segment.flags & ACK
    return bool(segment.size or opens or segment.flags & (FIN | RST))


def receive(side, segment):
    """What has arrived at @side by the time at which it sends @segment."""
    knows_all = segment.acknowledged is None or segment.flags & RST
    rest = []
    for end, offset in side.on_the_way:
        if knows_all or end <= segment.acknowledged:
            side.offset = max(side.offset, offset)
        else:
            rest.append((end, offset))
    side.on_the_way = rest


# ---- ends --------------------------------------------------------------------------------------

class Ending:
    """The packets by which one side ends a flow. @group: the endings that are one act with it."""

    def __init__(self, side, packets, silence):
        self.side, self.packets, self.silence = side, packets, silence
        self.group, self.at_once = [self], None

    @property
    def time(self):
        return self.packets[0].time

    def offset(self):
        if len(self.group) > 1:
            if self.group[0].at_once is None:
                self.group[0].at_once = max(one.side.offset for one in self.group)
            return max(self.group[0].at_once, self.side.program.offset_for(self.side)
                       if self.silence < SILENCE else 0)
        if self.silence >= SILENCE:
            return 0
        return self.side.program.offset_for(self.side)


def find_endings(capture, world):
    """{packet: the Ending that it belongs to}"""
    by_host = collections.defaultdict(list)
    for flow in capture.flows:
        for side in OTHER:
            ending = ending_of(flow, side, world)
            if ending:
                by_host[side, getattr(flow, side)[0]].append(ending)
    for (side, address), endings in by_host.items():
        for group in together(sorted(endings, key=lambda one: one.time)):
            if is_one_act(group, capture, side, address):
                for one in group:
                    one.group = group
    return {packet: one for endings in by_host.values() for one in endings
            for packet in one.packets}


def ending_of(flow, side, world):
    """The first FIN or RST of @side, with the last words before it, if it ends before the other."""
    ends = flow.ends()
    if not ends or ends[0].segment.side != side:
        return None
    at = flow.packets.index(ends[0])
    begin = at
    while begin > 0 and flow.packets[begin - 1].segment.side == side \
            and flow.packets[begin - 1].time > ends[0].time - LAST_WORDS \
            and 0 < flow.packets[begin - 1].segment.size <= FEW_BYTES:
        begin -= 1
    silence = flow.packets[begin].time - flow.packets[begin - 1].time if begin else 0
    return Ending(world.sides[flow, side], flow.packets[begin:at + 1], silence)


def together(endings):
    groups = []
    for one in endings:
        if groups and one.time - groups[-1][-1].time <= ONE_ACT:
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups


def is_one_act(group, capture, side, address):
    silences = [one.silence for one in group]
    if len(group) < 2 or max(silences) < SILENCE:
        return False
    last = max(one.packets[-1].number for one in group)
    returns = any(packet.number > last and packet.segment and is_event(packet.segment)
                  and not packet.segment.flags & (FIN | RST) and packet.segment.side == side
                  and getattr(packet.segment.flow, side)[0] == address
                  for packet in capture.packets)
    if side == "client" and not returns:
        return True
    return max(silences) - min(silences) > SAME_SILENCE
