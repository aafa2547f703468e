"""A GET, a WebSocket by extended CONNECT (RFC 8441), and a GET, over HTTP/2.

usage: websocket_h2.py ADDRESS PORT NAME AUTHORITY_FILE

There are three GETs: before the WebSocket, while it is open, and after it.
Prints a JSON object with the requests. Keys go to SSLKEYLOGFILE, as Python's
default context does by itself.
SPDX-License-Identifier: GPL-2.0-or-later
"""

import json
import socket
import ssl
import sys

import h2.config
import h2.connection
import h2.events

MASK = b"\x01\x02\x03\x04"
TEXT = 0x81
CLOSE = 0x88


def frame(kind, text):
    masked = bytes(byte ^ MASK[i % 4] for i, byte in enumerate(text))
    return bytes([kind, 0x80 | len(text)]) + MASK + masked


class Client:
    def __init__(self, address, port, name, authority_file):
        context = ssl.create_default_context(cafile=authority_file)
        context.set_alpn_protocols(["h2"])
        self.authority = f"{name}:{port}"
        self.socket = context.wrap_socket(
            socket.create_connection((address, port)), server_hostname=name)
        self.local = "%s:%d" % self.socket.getsockname()
        config = h2.config.H2Configuration(header_encoding="utf-8")
        self.h2 = h2.connection.H2Connection(config)
        self.h2.initiate_connection()
        self.requests = {}
        self.received = 0
        self.flush()
        self.await_event(h2.events.RemoteSettingsChanged)

    def flush(self):
        self.socket.sendall(self.h2.data_to_send())

    def open(self, method, path, extra=()):
        stream = self.h2.get_next_available_stream_id()
        headers = [(":method", method), (":scheme", "https"),
                   (":authority", self.authority), (":path", path), *extra]
        self.requests[stream] = {
            "method": method, "url": f"https://{self.authority}{path}", "path": path,
            "local": self.local, "status": None, "bytes": 0, "eof": False,
            "stream": stream, "reused": bool(self.requests)}
        self.h2.send_headers(stream, headers, end_stream=method == "GET")
        self.flush()
        return stream

    def await_event(self, kind, stream=None):
        """Handles what arrives until there is an event of this kind."""
        met = False
        while not met:
            data = self.socket.recv(65536)
            if not data:
                sys.exit("the server closed the connection")
            for event in self.h2.receive_data(data):
                self.note(event)
                same = stream is None or getattr(event, "stream_id", None) == stream
                met = met or (isinstance(event, kind) and same)
            self.flush()

    def note(self, event):
        request = self.requests.get(getattr(event, "stream_id", None))
        if request is None:
            return
        if isinstance(event, h2.events.ResponseReceived):
            request["status"] = int(dict(event.headers)[":status"])
        elif isinstance(event, h2.events.DataReceived):
            request["bytes"] += len(event.data)
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            request["eof"] = True

    def get(self, path):
        self.await_event(h2.events.StreamEnded, self.open("GET", path))


def main():
    address, port, name, authority_file = sys.argv[1:]
    client = Client(address, int(port), name, authority_file)
    client.get("/page")
    extra = [(":protocol", "websocket"), ("sec-websocket-version", "13"),
             ("origin", f"https://{client.authority}")]
    tunnel = client.open("CONNECT", "/socket", extra)
    client.await_event(h2.events.ResponseReceived, tunnel)
    for text in (b"one", b"two", b"three"):
        client.h2.send_data(tunnel, frame(TEXT, text))
        client.flush()
        client.await_event(h2.events.DataReceived, tunnel)
    client.get("/during")
    client.h2.send_data(tunnel, frame(CLOSE, b"\x03\xe8"), end_stream=True)
    client.flush()
    client.await_event(h2.events.StreamEnded, tunnel)
    client.get("/after")
    client.h2.close_connection()
    client.flush()
    client.socket.close()
    json.dump({"requests": list(client.requests.values())}, sys.stdout)


main()
