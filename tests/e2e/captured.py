"""A capture file as a list of packets that can be left out, doubled, moved, cut and re-timed.

Reads and writes pcapng with struct alone. What is not a packet (interfaces, TLS secrets) stays as
it is, before the packets. TCP and UDP are read over Ethernet, VLAN tags, IPv4 and IPv6; what runs
inside another tunnel (GRE, VXLAN) belongs to no flow, so that whoever changes flows leaves it
alone.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import dataclasses
import ipaddress
import struct

from packets import ENHANCED_PACKET, FIN, RST, SYN, ACK

INTERFACE_DESCRIPTION = 1
TIME_RESOLUTION = 9

VLAN_TAGS = (0x8100, 0x88a8)
IPV4, IPV6 = 0x0800, 0x86dd
TCP, UDP = 6, 17
VXLAN_PORT = 4789

OTHER = {"client": "server", "server": "client"}


@dataclasses.dataclass(frozen=True)
class Segment:
    """What one packet means to its flow. TCP: numbers count from the first that was seen."""
    flow: "Flow"
    side: str          # who sent it
    size: int          # of its payload, on the wire
    flags: int = 0
    sequence: int = 0
    acknowledged: int | None = None
    window: int | None = None

    @property
    def end(self):
        """The number after its last byte; SYN and FIN count as one."""
        return self.sequence + self.size + bool(self.flags & SYN) + bool(self.flags & FIN)

    @property
    def is_bare_ack(self):
        return self.flow.protocol == TCP and not self.size and not self.flags & (SYN | FIN | RST)


@dataclasses.dataclass(frozen=True, eq=False)
class Packet:
    number: int        # its frame in the capture as it was, whatever is done to it
    time: int          # microseconds
    data: bytes        # as far as captured
    length: int        # on the wire
    interface: int
    segment: Segment | None

    def at(self, time):
        return dataclasses.replace(self, time=time)

    def replaced(self, data, length):
        return dataclasses.replace(self, data=data, length=length)

    def cut(self, length):
        return dataclasses.replace(self, data=self.data[:length])


@dataclasses.dataclass(eq=False)
class Flow:
    """A TCP connection, or what two UDP ports say to each other."""
    protocol: int
    client: tuple      # (address, port)
    server: tuple
    nth: int           # of the flows between these two
    packets: list = dataclasses.field(default_factory=list)
    first: dict = dataclasses.field(default_factory=dict)  # side: its first sequence number

    @property
    def is_tcp(self):
        return self.protocol == TCP

    def side_of(self, source):
        return "client" if source == self.client else "server"

    def relative(self, side, number):
        first = self.first.setdefault(side, number)
        return (number - first + 2**31) % 2**32 - 2**31

    def of(self, side):
        return [packet for packet in self.packets if packet.segment.side == side]

    def payload(self, side=None):
        return [packet for packet in self.packets
                if packet.segment.size and side in (None, packet.segment.side)]

    def ends(self, side=None):
        """Its FINs and RSTs."""
        return [packet for packet in self.packets if packet.segment.flags & (FIN | RST)
                and side in (None, packet.segment.side)]

    def acknowledges_later(self, packet, among=None):
        """Whether a later packet of the other side acknowledges all of this one."""
        for later in among if among is not None else self.packets:
            if later.number > packet.number and later.segment.side != packet.segment.side \
                    and later.segment.acknowledged is not None \
                    and later.segment.acknowledged >= packet.segment.end:
                return True
        return False


class Capture:
    """@head: the blocks that are no packets. @flows: in the order of their first packets."""

    def __init__(self, data, name=""):
        self.name = name
        self.head, self.packets, self.flows, self.current = b"", [], [], {}
        blocks, at = [], 0
        while at < len(data):
            kind, size = struct.unpack_from("<II", data, at)
            block = data[at:at + size]
            at += size
            if kind == ENHANCED_PACKET:
                blocks.append(block)
            else:
                assert kind != INTERFACE_DESCRIPTION or counts_microseconds(block)
                self.head += block
        found = [find_transport(block[28:]) for block in blocks]
        self.servers = {one.destination for one in found if one and one.opens}
        for block, transport in zip(blocks, found):
            self.add(block, transport)

    def add(self, block, transport):
        interface, high, low, captured, length = struct.unpack_from("<IIIII", block, 8)
        segment = self.segment(transport) if transport else None
        self.packets.append(Packet(len(self.packets) + 1, high << 32 | low,
                                   block[28:28 + captured], length, interface, segment))
        if segment:
            segment.flow.packets.append(self.packets[-1])

    def segment(self, one):
        flow = self.flow(one)
        side = flow.side_of(one.source)
        if one.protocol == UDP:
            return Segment(flow, side, one.size)
        return Segment(flow, side, one.size, one.flags, flow.relative(side, one.sequence),
                       flow.relative(OTHER[side], one.acknowledged) if one.flags & ACK else None,
                       one.window)

    def flow(self, one):
        """The flow of a packet; a SYN with a new number opens one."""
        key = one.protocol, frozenset((one.source, one.destination))
        known = self.current.get(key)
        if known and not (one.opens and known.first.get(known.side_of(one.source))
                          != one.sequence):
            return known
        is_from_client = one.opens or one.protocol == UDP or (
            one.source not in self.servers if self.servers & {one.source, one.destination}
            else one.source[1] > one.destination[1])
        ends = one.source, one.destination
        flow = Flow(one.protocol, *(ends if is_from_client else reversed(ends)),
                    known.nth + 1 if known else 1)
        self.current[key] = flow
        self.flows.append(flow)
        return flow

    def written(self, packets):
        """A pcapng file of these packets."""
        out = [self.head]
        for one in packets:
            body = struct.pack("<IIIII", one.interface, one.time >> 32, one.time & 0xffffffff,
                               len(one.data), one.length) + one.data + b"\0" * (-len(one.data) % 4)
            size = 12 + len(body)
            out.append(struct.pack("<II", ENHANCED_PACKET, size) + body + struct.pack("<I", size))
        return b"".join(out)


def counts_microseconds(block):
    at = 16
    while at + 4 <= len(block) - 4:
        code, size = struct.unpack_from("<HH", block, at)
        if code == TIME_RESOLUTION and block[at + 4] != 6:
            return False
        at += 4 + (size + 3) // 4 * 4
    return True


@dataclasses.dataclass
class Transport:
    """The head of one packet of TCP or UDP. @size: of the payload."""
    protocol: int
    source: tuple
    destination: tuple
    size: int
    sequence: int = 0
    acknowledged: int = 0
    flags: int = 0
    window: int = 0    # as it stands in the head, not scaled

    @property
    def opens(self):
        return self.flags & SYN and not self.flags & ACK


def find_transport(data):
    """The Transport of a frame, if it has one outside of any tunnel."""
    at, (kind,) = 14, struct.unpack_from(">H", data, 12)
    while kind in VLAN_TAGS:
        kind, = struct.unpack_from(">H", data, at + 2)
        at += 4
    if kind == IPV4:
        protocol, start = data[at + 9], at + (data[at] & 15) * 4
        addresses = data[at + 12:at + 16], data[at + 16:at + 20]
        end = at + struct.unpack_from(">H", data, at + 2)[0]
    elif kind == IPV6:
        protocol, start = data[at + 6], at + 40
        addresses = data[at + 8:at + 24], data[at + 24:at + 40]
        end = start + struct.unpack_from(">H", data, at + 4)[0]
    else:
        return None
    if protocol not in (TCP, UDP):
        return None
    ports = struct.unpack_from(">HH", data, start)
    if protocol == UDP and VXLAN_PORT in ports:
        return None
    source, destination = zip((str(ipaddress.ip_address(one)) for one in addresses), ports)
    if protocol == UDP:
        return Transport(protocol, source, destination, end - start - 8)
    sequence, acknowledged, offset, flags, window = struct.unpack_from(">IIBBH", data, start + 4)
    return Transport(protocol, source, destination, end - start - (offset >> 4) * 4,
                     sequence, acknowledged, flags, window)
