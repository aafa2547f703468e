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
- An end (a FIN or RST, with the last words before it) right after its flow's last packet is that
  flow's own affair, whatever happens meanwhile on others. One after a long silence of its flow is a
  timer: it counts from that silence alone, but for the client's order. Except where several flows
  of a side end within 100 ms, with nothing done between, after silences of different lengths, or,
  of a client, with nothing after: that is one act, the end of a program, and stays one. What
  follows an end on its flow is nobody else's affair, unless a request was sent into it.
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
             "reverse-proxy-keepalive", "reverse-proxy-pool-2", "reverse-proxy-pool-20")

SILENCE = 100_000          # microseconds without a packet, after which an end is a timer's
RIGHT_AFTER = 15_000
ONE_ACT = 100_000          # between the ends of flows that end together
SAME_SILENCE = 10_000
LAST_WORDS = 5_000         # from a close_notify or GOAWAY to the FIN
FEW_BYTES = 64             # that these have

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
        self.aftermath = {packet for one in set(self.endings.values()) for packet in one.aftermath}

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
        if is_event(segment) and not self.is_own_affair(packet):
            time = max(time, sender.program.latest_but(sender),
                       receiver.program.latest_but(receiver) - ways)
        if is_event(segment) and packet not in self.aftermath:
            sender.offset = time - packet.time
            sender.program.latest[sender] = max(sender.program.latest[sender], time)
            sender.program.seen[sender] = sender.offset
            receiver.program.latest[receiver] = max(receiver.program.latest[receiver],
                                                    time + ways)
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
        if is_event(packet.segment) and packet not in self.aftermath:
            return sender.program.offset_for(sender)
        return 0

    def is_own_affair(self, packet):
        ending = self.endings.get(packet)
        return packet in self.aftermath or ending is not None and ending.is_own_affair()


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
    """The packets by which one side ends a flow, and those that only follow from it.

    @group: the endings that are one act with it.
    """

    def __init__(self, side, packets, silence, aftermath):
        self.side, self.packets, self.silence = side, packets, silence
        self.aftermath = aftermath
        self.group, self.at_once = [self], None

    @property
    def time(self):
        return self.packets[0].time

    def is_own_affair(self):
        return len(self.group) == 1 and self.silence < RIGHT_AFTER

    def offset(self):
        """The least offset that it has for what happened on other flows."""
        if len(self.group) > 1:
            first = self.group[0]
            if first.at_once is None:
                first.at_once = max(one.side.offset for one in self.group)
            return first.at_once
        if RIGHT_AFTER <= self.silence < SILENCE:
            return self.side.program.offset_for(self.side)
        return 0


def find_endings(capture, world):
    """{packet: the Ending that it belongs to}"""
    by_host = collections.defaultdict(list)
    for flow in capture.flows:
        for side in OTHER:
            ending = ending_of(flow, side, world)
            if ending:
                by_host[side, getattr(flow, side)[0]].append(ending)
    for (side, address), endings in by_host.items():
        ended_by = {packet for one in endings for packet in one.packets}
        acts = [packet.number for packet in capture.packets
                if packet not in ended_by and is_act(packet, side, address)]
        for group in together(sorted(endings, key=lambda one: one.time), acts):
            if is_one_act(group, acts, side):
                for one in group:
                    one.group = group
    return {packet: one for endings in by_host.values() for one in endings
            for packet in one.packets}


def ending_of(flow, side, world):
    """The end of @flow, if it is @side that begins it."""
    begin = beginning_of_end(flow)
    if begin is None or flow.packets[begin].segment.side != side:
        return None
    after = begin
    while after < len(flow.packets) and flow.packets[after].segment.side == side \
            and (after == begin or is_event(flow.packets[after].segment)):
        after += 1
    silence = flow.packets[begin].time - flow.packets[begin - 1].time if begin else 0
    rest = flow.packets[after:]
    is_used = any(packet.segment.side == "client" and packet.segment.size > FEW_BYTES
                  for packet in rest)
    return Ending(world.sides[flow, side], flow.packets[begin:after], silence,
                  [] if is_used else rest)


def beginning_of_end(flow):
    """The place of the first FIN or RST, or of the last words from either side before it."""
    ends = flow.ends()
    if not ends:
        return None
    begin = at = flow.packets.index(ends[0])
    while at > 0 and flow.packets[at].time - flow.packets[at - 1].time < LAST_WORDS \
            and flow.packets[at - 1].segment.size <= FEW_BYTES \
            and not flow.packets[at - 1].segment.flags & SYN:
        at -= 1
        if flow.packets[at].segment.size:
            begin = at
    return begin


def is_act(packet, side, address):
    """Whether this host opens a flow or sends payload."""
    segment = packet.segment
    return (segment is not None and segment.side == side and is_event(segment)
            and getattr(segment.flow, side)[0] == address
            and not segment.flags & (FIN | RST))


def together(endings, acts):
    groups = []
    for one in endings:
        last = groups[-1][-1] if groups else None
        if last and one.time - last.time <= ONE_ACT and not any(
                last.packets[-1].number < act < one.packets[0].number for act in acts):
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups


def is_one_act(group, acts, side):
    silences = [one.silence for one in group]
    if len(group) < 2:
        return False
    if side == "client" and not any(act > group[-1].packets[-1].number for act in acts):
        return True
    return max(silences) >= SILENCE and max(silences) - min(silences) > SAME_SILENCE
