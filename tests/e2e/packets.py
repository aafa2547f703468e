"""Builds small captures: a pcap writer, and TCP connections that keep their own numbers.

    trace = Trace()
    flow = trace.flow()
    flow.open()
    flow.request("/", host="a.example")
    trace.wait(0.020)
    flow.answer(200, body=b"x" * 10)
    flow.close("client")
    path = trace.write()

Every packet is a millisecond after the one before, unless trace.wait() says otherwise.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import ipaddress
import struct

import harness

FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10

ETHERNET = b"\x02\0\0\0\0\x02" + b"\x02\0\0\0\0\x01"
LINKTYPE_ETHERNET = 1
STEP = 0.001
START = 1_700_000_000


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total > 0xffff:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ip(source, destination, protocol, payload):
    """An IPv4 or IPv6 packet, with the EtherType before it."""
    source, destination = ipaddress.ip_address(source), ipaddress.ip_address(destination)
    if source.version == 6:
        head = struct.pack(">IHBB", 6 << 28, len(payload), protocol, 64)
        return 0x86dd, head + source.packed + destination.packed + payload
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0x4000, 64, protocol, 0)
    head += source.packed + destination.packed
    head = head[:10] + struct.pack(">H", checksum(head)) + head[12:]
    return 0x0800, head + payload


def frame(kind, packet, vlans=()):
    """An Ethernet frame; @vlans are tags from the outside in."""
    tags = b""
    for i, vlan in enumerate(vlans):
        tags += struct.pack(">HH", 0x88a8 if i < len(vlans) - 1 else 0x8100, vlan)
    return ETHERNET + tags + struct.pack(">H", kind) + packet


class Trace:
    def __init__(self):
        self.frames = []  # (time, bytes)
        self.now = 0.0
        self.next_port = 40_000

    def wait(self, seconds):
        self.now += seconds

    def add(self, data):
        self.frames.append((self.now, data))
        self.now += STEP
        return len(self.frames)

    def flow(self, **options):
        if "port" not in options:
            options["port"] = self.next_port
            self.next_port += 1
        return Flow(self, **options)

    def calls(self, connections, exchanges):
        """So many connections, one after the other, with so many exchanges each."""
        for _ in range(connections):
            flow = self.flow()
            flow.open()
            for _ in range(exchanges):
                flow.exchange()
            flow.close("client")

    def udp(self, payload, ports=(50_000, 1900), ends=("10.0.0.1", "239.255.255.250")):
        head = struct.pack(">HHHH", *ports, 8 + len(payload), 0)
        return self.add(frame(*ip(*ends, 17, head + payload)))

    def icmp_unreachable(self, number):
        """An ICMP error that quotes the whole packet of frame @number (IPv4, no VLAN)."""
        quoted = self.frames[number - 1][1][14:]
        body = struct.pack(">BBHI", 3, 1, 0, 0) + quoted
        body = body[:2] + struct.pack(">H", checksum(body)) + body[4:]
        return self.add(frame(*ip("10.0.0.254", "10.0.0.1", 1, body)))

    def write(self):
        """A pcap file with nanoseconds, for the ordinary user to read."""
        out = [struct.pack("<IHHiIII", 0xa1b23c4d, 2, 4, 0, 0, 262_144, LINKTYPE_ETHERNET)]
        for moment, data in self.frames:
            nanoseconds = round((START + moment) * 1_000_000) * 1000
            out.append(struct.pack("<IIII", nanoseconds // 10**9, nanoseconds % 10**9, len(data),
                                   len(data)) + data)
        return harness.write_file(b"".join(out))


class Flow:
    """A TCP connection. Every method adds frames and returns the number of the last."""

    def __init__(self, trace, port, client="10.0.0.1", server="10.0.0.2", server_port=80,
                 vlans=(), isn=1000):
        self.trace, self.vlans = trace, vlans
        self.address = {"client": client, "server": server}
        self.port = {"client": port, "server": server_port}
        self.sequence = {"client": isn, "server": isn * 5}

    def send(self, side, payload=b"", flags=ACK, sequence=None):
        """Without @sequence the numbers go on; with it, this is a segment from the past."""
        other = "server" if side == "client" else "client"
        number = self.sequence[side] if sequence is None else sequence
        answered = self.sequence[other] if flags & ACK else 0
        head = struct.pack(">HHIIBBHHH", self.port[side], self.port[other], number & 0xffffffff,
                           answered & 0xffffffff, 5 << 4, flags, 65_000, 0, 0)
        if sequence is None:
            self.sequence[side] += len(payload) + bool(flags & SYN) + bool(flags & FIN)
        return self.trace.add(frame(*ip(self.address[side], self.address[other], 6,
                                        head + payload), vlans=self.vlans))

    def open(self):
        self.send("client", flags=SYN)
        self.send("server", flags=SYN | ACK)
        return self.send("client")

    def data(self, side, payload, size=1400):
        """@payload in segments of @size bytes."""
        last = 0
        for at in range(0, len(payload), size):
            last = self.send(side, payload[at:at + size], flags=PSH | ACK)
        return last

    def request(self, path="/", host="a.example", version="1.1", method="GET", headers=(),
                body=b""):
        return self.data("client", request(path, host, version, method, headers, body))

    def answer(self, code=200, headers=(), body=b"0123456789", version="1.1"):
        return self.data("server", answer(code, headers, body, version))

    def exchange(self, path="/", host="a.example", code=200, **options):
        self.request(path, host, **options)
        return self.answer(code)

    def close(self, side):
        """FIN by @side, FIN by the other, and the last ACK."""
        other = "server" if side == "client" else "client"
        self.send(side, flags=FIN | ACK)
        self.send(other, flags=FIN | ACK)
        return self.send(side)

    def reset(self, side):
        return self.send(side, flags=RST | ACK)


def as_bytes(text):
    return text if isinstance(text, bytes) else text.encode()


def request(path="/", host="a.example", version="1.1", method="GET", headers=(), body=b""):
    lines = [as_bytes(method) + b" " + as_bytes(path) + b" HTTP/" + as_bytes(version)]
    if host is not None:
        lines.append(b"Host: " + as_bytes(host))
    if body:
        lines.append(b"Content-Length: %d" % len(body))
    lines += [as_bytes(line) for line in headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def answer(code=200, headers=(), body=b"0123456789", version="1.1"):
    """With a Content-Length, unless a header speaks of the length itself; body None: none."""
    lines = [b"HTTP/" + as_bytes(version) + b" %d Text" % code]
    lines += [as_bytes(line) for line in headers]
    speaks = any(line.lower().startswith((b"content-length", b"transfer-encoding"))
                 for line in lines)
    if not speaks and body is not None:
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + (body or b"")


# ---- captures that are there already -----------------------------------------------------------

def read_pcap(path):
    """(head of the file, records) of a pcap file, as bytes."""
    data = path.read_bytes()
    records, at = [], 24
    while at < len(data):
        size = 16 + struct.unpack_from("<I", data, at + 8)[0]
        records.append(data[at:at + size])
        at += size
    return data[:24], records


ENHANCED_PACKET = 6


def change_packets(path, change):
    """A pcapng file with change(position, packet) in the place of each packet, which is left out
    where that is None. All else stays, TLS secrets too, which editcap 4.0 cannot write back."""
    data, out, at, position = path.read_bytes(), [], 0, 0
    while at < len(data):
        kind, size = struct.unpack_from("<II", data, at)
        block = data[at:at + size]
        at += size
        if kind == ENHANCED_PACKET:
            position += 1
            block = with_packet(block, lambda packet: change(position, packet))
        out.append(block)
    return b"".join(out)


def with_packet(block, change):
    captured = struct.unpack_from("<I", block, 20)[0]
    packet = change(block[28:28 + captured])
    if packet is None:
        return b""
    body = block[8:20] + struct.pack("<I", len(packet)) + block[24:28] + packet
    body += b"\0" * (-len(packet) % 4)  # its options are not kept
    size = 12 + len(body)
    return struct.pack("<II", ENHANCED_PACKET, size) + body + struct.pack("<I", size)


def judge(trace):
    """What the plugin says of @trace: the same in one pass and beside the trees of a second one."""
    path = trace.write()
    found = harness.records(path)
    again = path.with_name("records")
    harness.tshark("-2", "-V", "-r", path, "-X", f"http_reuse:ndjson={again}")
    assert harness.Records(again.read_text()).all == found.all
    return found
