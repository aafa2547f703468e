"""Writes large captures for measuring, the same bytes in every run, and returns the truth about
them: how many frames, connections and requests there are, and how many requests were new.

Packets are synthetic but complete: handshakes, requests, answers with a body, acknowledged
FINs, correct lengths. Checksums are left zero; Wireshark does not verify them by default.
"""
import struct

SERVER = (bytes([10, 0, 0, 2]), 80)
FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10
STEP_NS = 10_000

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n" + b"x" * 20


def request_to(host):
    return (b"GET /item HTTP/1.1\r\nHost: " + host + b"\r\nUser-Agent: Go-http-client/1.1\r\n\r\n")


REQUEST = request_to(b"bench.example")


def client(number):
    """The address and port of the client side of connection @number: 60,000 of each address."""
    host = 1 + number // 60000
    return bytes([10, 1, host >> 8, host & 255]), 1024 + number % 60000


class Writer:
    def __init__(self, path):
        self.file = open(path, "wb", buffering=1 << 20)
        self.file.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 1))
        self.now_ns = 0
        self.frames = 0

    def wait(self, ns):
        self.now_ns += ns

    def frame(self, source, target, protocol, payload):
        self.now_ns += STEP_NS
        self.frames += 1
        ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0x4000, 64, protocol, 0,
                         source, target)
        frame = bytes(12) + b"\x08\x00" + ip + payload
        self.file.write(struct.pack("<IIII", *divmod(self.now_ns, 1_000_000_000), len(frame),
                                    len(frame)) + frame)

    def udp(self, source, target, payload):
        header = struct.pack(">HHHH", source[1], target[1], 8 + len(payload), 0)
        self.frame(source[0], target[0], 17, header + payload)

    def close(self):
        self.file.close()


class Connection:
    """A TCP connection with HTTP/1.1; each call writes what it says."""

    def __init__(self, writer, number, server=SERVER, peer=None):
        self.writer = writer
        self.ends = (peer or client(number), server)
        self.next = [1000, 5000]

    def send(self, side, flags, payload=b""):
        source, target = self.ends[side], self.ends[1 - side]
        ack = self.next[1 - side] if flags & ACK else 0
        header = struct.pack(">HHIIBBHHH", source[1], target[1], self.next[side] & 0xFFFFFFFF,
                             ack & 0xFFFFFFFF, 0x50, flags, 65535, 0, 0)
        self.writer.frame(source[0], target[0], 6, header + payload)
        self.next[side] += len(payload) + (flags & (SYN | FIN) != 0)

    def open(self):
        self.send(0, SYN)
        self.send(1, SYN | ACK)
        self.send(0, ACK)

    def exchange(self, request=REQUEST, answer=ANSWER):
        self.send(0, PSH | ACK, request)
        self.send(1, PSH | ACK, answer)

    def close(self):
        self.send(0, FIN | ACK)
        self.send(1, FIN | ACK)
        self.send(0, ACK)


# ---- shapes: each takes a writer and a size, and returns (connections, requests, new ones) -------

def requests_on(writer, connections, each):
    for number in range(connections):
        connection = Connection(writer, number)
        connection.open()
        for _ in range(each):
            connection.exchange()
        connection.close()
    return connections, connections * each, connections


def nothing(writer, size):
    return 0, 0, 0


def twenty_a_connection(writer, size):
    """@size requests, twenty on each connection."""
    return requests_on(writer, size // 20, 20)


def one_connection(writer, size):
    return requests_on(writer, 1, size)


def one_request_a_connection(writer, size):
    return requests_on(writer, size, 1)


def open_at_once(writer, size):
    """All are open before the first one asks."""
    connections = [Connection(writer, number) for number in range(size)]
    for act in (Connection.open, Connection.exchange, Connection.close):
        for connection in connections:
            act(connection)
    return size, size, size


def pool_of_idle(writer, size):
    """All were used, and stay idle; then each is used once more."""
    connections = [Connection(writer, number) for number in range(size)]
    for act in (Connection.open, Connection.exchange, Connection.exchange):
        for connection in connections:
            act(connection)
    return size, 2 * size, size


def many_origins(writer, size):
    for number in range(size):
        server = (bytes([10, 2 + (number >> 16), number >> 8 & 255, number & 255]), 80)
        connection = Connection(writer, number, server)
        connection.open()
        connection.exchange(request_to(b"%d.example" % number))
        connection.close()
    return size, size, size


def half_open(writer, size):
    """SYNs that nobody answers, to a server that serves."""
    used = Connection(writer, 0)
    used.open()
    used.exchange()
    for number in range(1, size):
        Connection(writer, number).send(0, SYN)
    return size, 1, 1


def collisions(writer, size):
    """Names of one value to g_str_hash(), and to any hash that multiplies by 33: "Ez" and "FY"."""
    for number in range(size):
        name = b"".join(b"Ez" if number >> bit & 1 else b"FY" for bit in range(24))
        connection = Connection(writer, number)
        connection.open()
        connection.exchange(request_to(name))
        connection.close()
    return size, size, size


def no_collisions(writer, size):
    """As long, and of different hashes."""
    for number in range(size):
        connection = Connection(writer, number)
        connection.open()
        connection.exchange(request_to(b"%048d" % (number * 2654435761 % (1 << 32))))
        connection.close()
    return size, size, size


def h2_frame(kind, flags, stream, payload=b""):
    """RFC 9113 §4.1."""
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def streams(writer, size):
    """HTTP/2 in the clear: all on one connection, one after the other. Fields are of HPACK's static
    table (RFC 7541), or literals that are not indexed."""
    headers, settings, end = 1, 4, 0x05
    name = b"bench.example"
    request = b"\x82\x86\x84" + b"\x01" + bytes([len(name)]) + name
    connection = Connection(writer, 0)
    connection.open()
    connection.send(0, PSH | ACK,
                    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + h2_frame(settings, 0, 0))
    connection.send(1, PSH | ACK, h2_frame(settings, 0, 0))
    for number in range(size):
        connection.exchange(h2_frame(headers, end, 2 * number + 1, request),
                            h2_frame(headers, end, 2 * number + 1, b"\x88"))
    connection.close()
    return 1, size, 1


def long_answers(writer, size):
    """Answers of eleven segments, twenty on each connection, each acknowledged once."""
    head, body = b"HTTP/1.1 200 OK\r\nContent-Length: 14480\r\n\r\n", b"x" * 14480
    for number in range(size // 20):
        connection = Connection(writer, number)
        connection.open()
        for _ in range(20):
            connection.send(0, PSH | ACK, REQUEST)
            for at in range(0, len(head + body), 1448):
                connection.send(1, ACK, (head + body)[at:at + 1448])
            connection.send(0, ACK)
        connection.close()
    return size // 20, size, size // 20


def bulk(writer, size):
    """A transfer that is no HTTP: @size full segments, every second one acknowledged."""
    connection = Connection(writer, 0, (SERVER[0], 5001))
    connection.open()
    for number in range(size):
        connection.send(1, ACK, b"\x7f" * 1448)
        if number % 2 == 1:
            connection.send(0, ACK)
    connection.close()
    return 1, 0, 0


def dns(writer, size):
    """@size queries, each with its answer."""
    for number in range(size):
        name = b"\x05n%04d" % (number % 10000) + b"\x07example\x00"
        header = struct.pack(">H", number & 0xFFFF)
        question = name + b"\x00\x01\x00\x01"
        here = client(number % 60000)
        there = (SERVER[0], 53)
        writer.udp(here, there, header + b"\x01\x00\x00\x01" + bytes(6) + question)
        writer.udp(there, here, header + b"\x81\x80\x00\x01\x00\x01" + bytes(4) + question
                   + b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04" + SERVER[0])
    return 0, 0, 0


def write(path, shape, size):
    """Returns the truth about the capture that it writes."""
    writer = Writer(path)
    connections, requests, new = shape(writer, size)
    writer.close()
    path.chmod(0o644)
    return {"frames": writer.frames, "connections": connections, "requests": requests, "new": new}
