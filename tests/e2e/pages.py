"""Pages of -X http_reuse:html, and captures that are made for them.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import functools
import struct

import harness
import networks
import packets

MARKUP = "/<script>window.hit=1</script><img/src=x/onerror=window.hit=1>\"'&amp;<!--"


@functools.lru_cache(maxsize=None)
def file_of(path, *options):
    """The file with the page about the capture file @path."""
    page = harness.new_folder() / "page.html"
    harness.tshark("-q", "-r", path, "-X", f"http_reuse:html={page}", *options)
    return page


def of(path):
    return file_of(path).read_text(encoding="utf-8")


def changed(kind, name):
    """The capture @name as a network, or another capture point, would have shown it."""
    capture, packets_then = networks.changed(kind, name)
    return harness.write_file(capture.written(packets_then), f".{kind}.pcapng")


def client_hello(name):
    """A TLS record with a ClientHello for the server @name."""
    name = name.encode()
    server_name = struct.pack(">HBH", len(name) + 3, 0, len(name)) + name
    extensions = struct.pack(">HH", 0, len(server_name)) + server_name
    hello = (b"\x03\x03" + bytes(32) + b"\0" + b"\0\x02\xc0\x2f" + b"\x01\0"
             + struct.pack(">H", len(extensions)) + extensions)
    handshake = b"\x01" + struct.pack(">I", len(hello))[1:] + hello
    return b"\x16\x03\x01" + struct.pack(">H", len(handshake)) + handshake


@functools.lru_cache(maxsize=None)
def quiet():
    """One connection with TLS, one without; and nothing special."""
    return one_of_each("/", "a.example", "curl/8", "a.example")


@functools.lru_cache(maxsize=None)
def hostile():
    """Markup in whatever a packet can say: path, Host, User-Agent, Server, SNI, method."""
    return one_of_each(MARKUP, MARKUP, MARKUP, MARKUP)


def one_of_each(path, host, program, name):
    trace = packets.Trace()
    flow = trace.flow()
    flow.open()
    for target in (path, path + "\u2028\u2029]]>"):
        flow.request(target, host=host, headers=[f"User-Agent: {program}"])
        flow.answer(headers=[f"Server: {program}"])
    flow.close("client")
    flow = trace.flow(server_port=443)
    flow.open()
    flow.data("client", client_hello(name))
    flow.close("server")
    return trace.write()


@functools.lru_cache(maxsize=None)
def unshown():
    """gRPC without TLS on a port that Wireshark takes for another protocol's."""
    trace = packets.Trace()
    flow = trace.flow(server_port=3550)
    flow.open()
    flow.data("client", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes.fromhex("000000040000000000"))
    flow.data("server", bytes.fromhex("000000040000000000"))
    return trace.write()


@functools.lru_cache(maxsize=None)
def talkative():
    """A connection with 1100 requests."""
    trace = packets.Trace()
    flow = trace.flow()
    flow.open()
    for i in range(1100):
        flow.exchange(f"/{i}")
    return trace.write()


@functools.lru_cache(maxsize=None)
def many(connections=10_000):
    """So many connections of three requests, neighbours to different servers."""
    trace = packets.Trace()
    for i in range(connections):
        flow = trace.flow(port=20_000 + i % 40_000, server=f"10.0.1.{i % 7 + 1}")
        flow.open()
        for part in range(3):
            flow.exchange(f"/{i}/{part}", host=f"{'abcdefg'[i % 7]}.example")
        flow.close("client")
    return trace.write()
