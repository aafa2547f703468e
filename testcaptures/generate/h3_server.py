"""A small HTTP/3 server, which unlike caddy's follows a client to another port.

usage: h3_server.py PORT CERTIFICATE_FILE KEY_FILE

Answers every request with 300 bytes. Runs until it is ended.
SPDX-License-Identifier: GPL-2.0-or-later
"""

import asyncio
import sys

from aioquic.asyncio import serve
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import HeadersReceived
from aioquic.quic.configuration import QuicConfiguration

BODY = b"abcdefghijklmnopqrstuvwxyz" * 11 + b"abcdefghijklmn"


class Server(QuicConnectionProtocol):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.h3 = H3Connection(self._quic)

    def quic_event_received(self, event):
        for h3_event in self.h3.handle_event(event):
            if isinstance(h3_event, HeadersReceived):
                self.answer(h3_event.stream_id)

    def answer(self, stream):
        headers = [(b":status", b"200"), (b"server", b"aioquic"),
                   (b"content-length", str(len(BODY)).encode())]
        self.h3.send_headers(stream, headers)
        self.h3.send_data(stream, BODY, end_stream=True)
        self.transmit()


async def main():
    port, certificate_file, key_file = sys.argv[1:]
    configuration = QuicConfiguration(alpn_protocols=H3_ALPN, is_client=False)
    configuration.load_cert_chain(certificate_file, key_file)
    await serve("127.0.0.1", int(port), configuration=configuration, create_protocol=Server)
    await asyncio.Event().wait()


asyncio.run(main())
