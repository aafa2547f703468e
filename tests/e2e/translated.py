"""What captures all devices of a host that translates addresses (NAT) has each packet twice: with
the address that the client asked, and with the one behind it. A kind of networks.py.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import ipaddress
import struct

from capturing import parts

BEHIND = ipaddress.ip_address("198.18.0.1").packed
DRAWN_MIN = 1 << 20                     # a number that a system drew, and nobody wrote down


def both_sides(capture, _):
    """Each segment to a server is there again right behind it, to the address that stands for it;
    what that answers is there right before. It takes no time: on one machine an answer may come
    sooner than any."""
    flows = {flow for flow in capture.flows if flow.is_tcp and is_drawn(flow)}
    packets = []
    for packet in capture.packets:
        is_passed = packet.segment and packet.segment.flow in flows
        is_first = is_passed and packet.segment.side == "server"
        packets += [behind(packet)] if is_first else []
        packets.append(packet)
        packets += [behind(packet)] if is_passed and not is_first else []
    return packets if flows else None


def is_drawn(flow):
    """The numbers tell; and it is IPv4, whose addresses are replaced here."""
    data = flow.packets[0].data
    at, start, _ = parts(data)
    return data[at] >> 4 == 4 and struct.unpack_from(">I", data, start + 4)[0] >= DRAWN_MIN


def behind(packet):
    to_server = packet.segment.side == "client"
    at, start, _ = parts(packet.data)
    data = bytearray(packet.data)
    place = 16 if to_server else 12
    data[at + place:at + place + 4] = BEHIND
    port, = struct.unpack_from(">H", data, start + (2 if to_server else 0))
    struct.pack_into(">H", data, start + (2 if to_server else 0), port ^ 1)
    return packet.replaced(bytes(data), packet.length)
