"""Writes captures in formats that no tool here writes: the other order of bytes, several kinds of
link and of clock in one file.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import struct

import harness
import packets

ETHERNET, RAW_IP, COOKED = 1, 101, 113  # kinds of link
BINARY = 0x80  # of a clock: ticks of a power of two
US, NS = 1000, 1


def packets_of(capture):
    """(nanoseconds, bytes) of each packet of a capture by Ethernet."""
    file = harness.new_folder() / "plain.pcap"
    harness.tool("editcap", "-F", "nsecpcap", capture, file)
    heads = [(struct.unpack_from("<II", record), record[16:])
             for record in packets.read_pcap(file)[1]]
    return [(seconds * 10**9 + ns, data) for (seconds, ns), data in heads]


def pcap(frames, order, tick_ns):
    magic = 0xa1b23c4d if tick_ns == NS else 0xa1b2c3d4
    written = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, ETHERNET)
    for time_ns, data in frames:
        written += struct.pack(order + "IIII", time_ns // 10**9, time_ns % 10**9 // tick_ns,
                               len(data), len(data)) + data
    return written


def _padded(data):
    return data + b"\0" * (-len(data) % 4)


def _block(order, kind, body):
    length = struct.pack(order + "I", len(_padded(body)) + 12)
    return struct.pack(order + "I", kind) + length + _padded(body) + length


def _option(order, code, value):
    return struct.pack(order + "HH", code, len(value)) + _padded(value)


def _on_link(link, data):
    if link == COOKED:
        return b"\0\0\0\1\0\6" + data[:6] + b"\0\0" + data[12:]
    return data[14:] if link == RAW_IP else data


def pcapng(packets, order, interfaces):
    """One packet after the other goes to the next interface: (kind of link, clock). Of a clock the
    number is that of the option if_tsresol."""
    written = _block(order, 0x0a0d0d0a, struct.pack(order + "IHHq", 0x1a2b3c4d, 1, 0, -1))
    for link, clock in interfaces:
        written += _block(order, 1, struct.pack(order + "HHI", link, 0, 262144)
                          + _option(order, 9, bytes([clock])) + _option(order, 0, b""))
    for number, (time_ns, data) in enumerate(packets):
        interface = number % len(interfaces)
        link, clock = interfaces[interface]
        units = 2**(clock - BINARY) if clock & BINARY else 10**clock
        ticks, data = time_ns * units // 10**9, _on_link(link, data)
        written += _block(order, 6, struct.pack(order + "IIIII", interface, ticks >> 32,
                                                ticks & 0xffffffff, len(data), len(data)) + data)
    return written
