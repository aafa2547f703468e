"""An HTTP/3 client that follows a plan.

usage: h3_client.py PORT AUTHORITY_FILE STEP...

  connect      opens a connection to a.example at 127.0.0.1
  connect-0rtt the same with the session of an earlier one and early data: the
               next step goes out before the handshake ends
  get:N        N GETs, one after the other
  burst:N      N GETs at once
  sleep:S      does nothing for S seconds
  silent:S     drops the connection without a word, and waits S seconds
  migrate      goes on from another port
  close        says CONNECTION_CLOSE

An idle timeout of IDLE_TIMEOUT seconds is announced to the server. Prints a
JSON object with the requests and the TLS handshakes. Keys go to the file that SSLKEYLOGFILE names.
SPDX-License-Identifier: GPL-2.0-or-later
"""

import asyncio
import json
import os
import sys

from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection

NAME = "a.example"
IDLE_TIMEOUT = 2.0


class Connection(QuicConnectionProtocol):
    def __init__(self, quic, number):
        super().__init__(quic)
        self.number = number
        self.h3 = H3Connection(quic)
        self.requests = {}
        self.answered = {}
        self.muted = False

    def transmit(self):
        if not self.muted:
            super().transmit()

    def local(self):
        return "%s:%d" % self._transport.get_extra_info("sockname")[:2]

    def handshake(self):
        tls = self._quic.tls
        return {"version": "TLS 1.3", "alpn": tls.alpn_negotiated, "sni": NAME,
                "resumed": tls.session_resumed, "early_data": tls.early_data_accepted}

    def send(self, authority, path):
        stream = self._quic.get_next_available_stream_id()
        self.requests[stream] = {
            "method": "GET", "url": f"https://{authority}{path}", "path": path,
            "local": self.local(), "status": None, "bytes": 0, "eof": False,
            "stream": stream, "connection": self.number, "reused": bool(self.requests)}
        headers = [(":method", "GET"), (":scheme", "https"), (":authority", authority),
                   (":path", path), ("user-agent", "aioquic")]
        self.h3.send_headers(
            stream, [(k.encode(), v.encode()) for k, v in headers], end_stream=True)
        self.answered[stream] = asyncio.get_running_loop().create_future()
        return self.answered[stream]

    def quic_event_received(self, event):
        for h3_event in self.h3.handle_event(event):
            self.note(h3_event)

    def note(self, event):
        request = self.requests.get(getattr(event, "stream_id", None))
        if request is None:
            return
        if isinstance(event, HeadersReceived):
            request["status"] = int(dict(event.headers)[b":status"])
        elif isinstance(event, DataReceived):
            request["bytes"] += len(event.data)
        if event.stream_ended:
            request["eof"] = True
            self.answered[event.stream_id].set_result(None)


class Plan:
    def __init__(self, port, authority_file):
        self.port = port
        self.authority = f"{NAME}:{port}"
        self.authority_file = authority_file
        self.keys = open(os.environ["SSLKEYLOGFILE"], "a", encoding="ascii")
        self.connections = []
        self.ticket = None
        self.path = 0

    @property
    def current(self):
        return self.connections[-1]

    async def connect(self, early=False):
        configuration = QuicConfiguration(
            alpn_protocols=H3_ALPN, is_client=True, server_name=NAME,
            idle_timeout=IDLE_TIMEOUT, secrets_log_file=self.keys,
            session_ticket=self.ticket if early else None)
        configuration.load_verify_locations(self.authority_file)
        quic = QuicConnection(
            configuration=configuration, session_ticket_handler=self.keep_ticket)
        self.connections.append(Connection(quic, len(self.connections) + 1))
        await self.bind()
        self.current.connect(("127.0.0.1", self.port))
        if not early:
            await self.current.wait_connected()

    def keep_ticket(self, ticket):
        self.ticket = ticket

    async def bind(self):
        """Gives the connection a socket, and leaves the one it had, if any."""
        connection = self.current
        await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: connection, local_addr=("127.0.0.1", 0))

    async def get(self, at_once):
        answers = []
        for _ in range(at_once):
            self.path += 1
            answers.append(self.current.send(self.authority, f"/{self.path}"))
        self.current.transmit()
        await asyncio.gather(*answers)

    async def close(self):
        self.current.close()
        await asyncio.sleep(0.1)

    async def follow(self, step):
        name, _, number = step.partition(":")
        if name in ("connect", "connect-0rtt"):
            await self.connect(early=name == "connect-0rtt")
        elif name == "get":
            for _ in range(int(number)):
                await self.get(1)
        elif name == "burst":
            await self.get(int(number))
        elif name == "migrate":
            await self.bind()
        elif name == "close":
            await self.close()
        elif name in ("sleep", "silent"):
            self.current.muted = name == "silent"
            await asyncio.sleep(float(number))
        else:
            sys.exit(f"unknown step {step}")


async def main():
    port, authority_file, *steps = sys.argv[1:]
    plan = Plan(int(port), authority_file)
    for step in steps:
        await asyncio.wait_for(plan.follow(step), 20)
    requests = [r for c in plan.connections for r in c.requests.values()]
    handshakes = [c.handshake() for c in plan.connections]
    json.dump({"requests": requests, "handshakes": handshakes}, sys.stdout)


asyncio.run(main())
