"""Writes large HTTP/1.1 captures for measuring: connections, and requests on each of them.

Packets are synthetic but complete: handshakes, requests, answers with a body, acknowledged
FINs, correct lengths. Checksums are left zero; Wireshark does not verify them by default.
"""
import struct

CLIENT = bytes([10, 0, 0, 1])
SERVER = bytes([10, 0, 0, 2])
FIN, SYN, PSH, ACK = 0x01, 0x02, 0x08, 0x10

REQUEST = b"GET /item HTTP/1.1\r\nHost: bench.example\r\nUser-Agent: Go-http-client/1.1\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n" + b"x" * 20


class Writer:
    def __init__(self, path):
        self.file = open(path, "wb", buffering=1 << 20)
        self.file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        self.microseconds = 0
        self.frames = 0

    def packet(self, is_client, port, seq, ack, flags, payload=b""):
        """One TCP segment on port 80, 10 microseconds after the one before."""
        self.microseconds += 10
        self.frames += 1
        source, target = (CLIENT, SERVER) if is_client else (SERVER, CLIENT)
        ports = (port, 80) if is_client else (80, port)
        tcp = struct.pack(">HHIIBBHHH", *ports, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, 0x50, flags,
                          65535, 0, 0)
        ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 40 + len(payload), 0, 0x4000, 64, 6, 0, source,
                         target)
        frame = bytes(12) + b"\x08\x00" + ip + tcp + payload
        self.file.write(struct.pack("<IIII", self.microseconds // 1000000,
                                    self.microseconds % 1000000, len(frame), len(frame)))
        self.file.write(frame)

    def connection(self, port, requests):
        """A whole connection: handshake, requests in turn, the client's close."""
        client, server = 1000, 5000
        self.packet(True, port, client, 0, SYN)
        self.packet(False, port, server, client + 1, SYN | ACK)
        client, server = client + 1, server + 1
        self.packet(True, port, client, server, ACK)
        for _ in range(requests):
            self.packet(True, port, client, server, PSH | ACK, REQUEST)
            client += len(REQUEST)
            self.packet(False, port, server, client, PSH | ACK, ANSWER)
            server += len(ANSWER)
        self.packet(True, port, client, server, FIN | ACK)
        self.packet(False, port, server, client + 1, FIN | ACK)
        self.packet(True, port, client + 1, server + 1, ACK)

    def close(self):
        self.file.close()


def write(path, connections, requests):
    """Returns how many frames the capture has."""
    writer = Writer(path)
    for number in range(connections):
        writer.connection(1024 + number % 60000, requests)
    writer.close()
    return writer.frames
