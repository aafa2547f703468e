"""What capturing hosts do to a capture: packets that they do not see, see twice, or see at another
host's time. Kinds of networks.py, of all that is in a capture instead of one place of each flow.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import struct

from captured import IPV4, IPV6, VLAN_TAGS
from moved import BOTH_LEGS, at_server
from packets import FIN, PSH

BURST = 20
GAP = 2_000_000            # microseconds that a ring of files has lost
ONE_READ = 1_000           # microseconds in which a card joins what belongs together
SUPER_SEGMENT = 60_000
SEGMENT = 1_448            # bytes: what is sent in a frame of 1500 with timestamps


# ---- packets that are not there ----------------------------------------------------------------

def some(packets, capture):
    return packets if 0 < len(packets) < len(capture.packets) else None


def every_so_often(share):
    """Of all packets this share is captured, at random."""
    def sampled(capture, chance):
        return some([packet for packet in capture.packets if chance.random() < share], capture)
    return sampled


def bursts(capture, chance):
    """BURST packets in a row are missing, once in each hundred or so, at least once."""
    count = len(capture.packets)
    size = min(BURST, count // 4)
    lost = set()
    for _ in range(1 + count // 100):
        begin = chance.randrange(1, max(2, count - size))
        lost.update(range(begin, begin + size))
    return some([packet for i, packet in enumerate(capture.packets) if i not in lost], capture)


def gap(capture, chance):
    """A file of a ring is missing: so much in the middle, or a third of a shorter capture."""
    begin, end = capture.packets[0].time, capture.packets[-1].time
    size = min(GAP, (end - begin) // 3)
    begin += chance.randrange(1, max(2, end - begin - size))
    return some([packet for packet in capture.packets
                 if not begin <= packet.time < begin + size], capture)


def one_way_for_some(capture, chance):
    """Of some flows only one direction passes here."""
    seen = {flow: chance.choice((None, None, "client", "server")) for flow in capture.flows}
    return some([packet for packet in capture.packets if not packet.segment
                 or seen[packet.segment.flow] in (None, packet.segment.side)], capture)


# ---- packets that are there again --------------------------------------------------------------

def in_time(packets):
    return sorted(packets, key=lambda packet: packet.time)


def doubled(later):
    """Each packet is there again, so many microseconds later."""
    def copied(capture, _):
        return in_time([*capture.packets,
                        *(packet.at(packet.time + later) for packet in capture.packets)])
    return copied


# ---- times -------------------------------------------------------------------------------------

def clocks_apart(milliseconds):
    """Each host captured what it sent, and their clocks are so far apart."""
    def shifted(capture, _):
        if not capture.flows:
            return None
        first = capture.flows[0].client[0]
        ahead = max(0, milliseconds) * 1000, max(0, -milliseconds) * 1000
        return in_time([packet.at(packet.time + ahead[is_by(packet.segment, first)])
                        for packet in capture.packets])
    return shifted


def is_by(segment, host):
    """Whether this host sent it. Where all run on one host a client is one of its own."""
    if segment is None or segment.flow.client[0] == segment.flow.server[0]:
        return segment is None or segment.side == "client"
    return getattr(segment.flow, segment.side)[0] == host


def clock_set(seconds):
    """In the middle somebody sets the clock."""
    def after(capture, chance):
        count = len(capture.packets)
        if count < 4:
            return None
        begin = chance.randrange(count // 4, 3 * count // 4)
        return [packet.at(packet.time + (seconds * 1_000_000 if i > begin else 0))
                for i, packet in enumerate(capture.packets)]
    return after


def drifting(capture, _):
    """By 100 parts in a million."""
    first = capture.packets[0].time
    return [packet.at(packet.time + (packet.time - first) // 10_000) for packet in capture.packets]


def midway(milliseconds):
    """Captured half way between client and server."""
    def moved(capture, _):
        delay = milliseconds * 500
        packets = capture.name not in BOTH_LEGS and at_server(capture, 2 * delay)
        return packets and in_time([
            packet.at(packet.time + (delay if packet.segment.side == "server" else -delay))
            for packet in packets])
    return moved


# ---- other packets with the same bytes ---------------------------------------------------------

def parts(data):
    """(where IP begins, where TCP begins, where its payload begins) of a packet of a flow."""
    at, (kind,) = 14, struct.unpack_from(">H", data, 12)
    while kind in VLAN_TAGS:
        kind, = struct.unpack_from(">H", data, at + 2)
        at += 4
    assert kind in (IPV4, IPV6)
    start = at + ((data[at] & 15) * 4 if kind == IPV4 else 40)
    return at, start, start + (data[start + 12] >> 4) * 4


def with_payload(packet, payload, offset, flags=None):
    """The packet with another payload, so many bytes further on."""
    at, start, begin = parts(packet.data)
    head = bytearray(packet.data[:begin])
    is_v4 = head[at] >> 4 == 4
    struct.pack_into(">H", head, at + (2 if is_v4 else 4),
                     begin + len(payload) - (at if is_v4 else at + 40))
    sequence, = struct.unpack_from(">I", head, start + 4)
    struct.pack_into(">I", head, start + 4, (sequence + offset) & 0xffffffff)
    if flags is not None:
        head[start + 13] = flags
    data = bytes(head) + payload
    return packet.replaced(data, len(data))


def payload_of(packet):
    at, _, begin = parts(packet.data)
    end = at + struct.unpack_from(">H", packet.data, at + 2)[0] if packet.data[at] >> 4 == 4 \
        else len(packet.data)
    return packet.data[begin:end]


def can_be_rebuilt(packet):
    return (packet.segment and packet.segment.flow.is_tcp and packet.segment.size
            and len(payload_of(packet)) == packet.segment.size)


def joined(capture, _):
    """Neighbouring segments of one direction are one, as a card that collects them gives them."""
    packets = []
    for packet in capture.packets:
        last = packets[-1] if packets else None
        if (last and can_be_rebuilt(packet) and can_be_rebuilt(last)
                and packet.segment.flow is last.segment.flow
                and packet.segment.side == last.segment.side
                and packet.segment.sequence == last.segment.end
                and packet.segment.acknowledged == last.segment.acknowledged
                and packet.time - last.time < ONE_READ
                and len(payload_of(last)) + packet.segment.size <= SUPER_SEGMENT):
            packets[-1] = with_payload(last, payload_of(last) + payload_of(packet), 0,
                                       last.segment.flags | packet.segment.flags).at(packet.time)
            continue
        packets.append(packet)
    return packets if len(packets) != len(capture.packets) else None


def segmented(capture, _):
    """No segment is longer than a frame of Ethernet carries, as a mirror port gives what a card has
    cut: a capture on the sending host, as on loopback, has larger ones. What ends a message or the
    connection is said by the last part."""
    packets = []
    for packet, following in zip(capture.packets, [*capture.packets[1:], None]):
        if not can_be_rebuilt(packet) or packet.segment.size <= SEGMENT:
            packets.append(packet)
            continue
        payload, flags = payload_of(packet), packet.segment.flags
        latest = following.time if following else packet.time + ONE_READ
        for nth, begin in enumerate(range(0, len(payload), SEGMENT)):
            is_last = begin + SEGMENT >= len(payload)
            packets.append(with_payload(
                packet, payload[begin:begin + SEGMENT], begin,
                flags if is_last else flags & ~(FIN | PSH)).at(min(packet.time + nth, latest)))
    return packets if len(packets) != len(capture.packets) else None


def storm(capture, chance):
    """What carries something is sent again and again: three times in the next 300 ms."""
    copies = []
    for packet in capture.packets:
        if packet.segment and packet.segment.flow.is_tcp and packet.segment.size \
                and packet is not packet.segment.flow.packets[-1]:
            last = packet.segment.flow.packets[-1].time
            copies += [packet.at(time) for time in
                       (packet.time + chance.randrange(1, 300_000) for _ in range(3))
                       if time < last]
    return in_time([*capture.packets, *copies]) if copies else None


def acks_again(capture, _):
    """Each bare ACK is sent three times, as a receiver does that misses something."""
    packets = []
    for packet in capture.packets:
        is_ack = packet.segment and packet.segment.is_bare_ack
        packets += [packet] * (3 if is_ack else 1)
    return packets if len(packets) != len(capture.packets) else None


MORE_KINDS = {
    "dropped-2-percent": every_so_often(0.98), "doubled-5ms": doubled(5_000),
    "clock-back-1s": clock_set(-1), "drift": drifting, "midway-40ms": midway(40),
    "joined": joined, "segmented": segmented, "storm": storm, "acks-again": acks_again,
    "gap": gap, "sampled-3-of-4": every_so_often(0.75), "bursts": bursts,
    "one-way-some": one_way_for_some,
    "clocks-5ms-ahead": clocks_apart(5), "clocks-5ms-behind": clocks_apart(-5),
}
