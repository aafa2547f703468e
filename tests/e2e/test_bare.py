"""Where nobody but the plugin reads trees, segments of plain HTTP/1 go without one. A display
filter makes tshark build all trees: what a report says is the same, byte for byte.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import random
import struct

import pytest

import packets
from captured import Capture
from harness import CAPTURES, capture, capture_names, new_folder, tool, tshark, write_file
from networks import KINDS, SEED

# Some of each kind of traffic that begins as HTTP/1, changed by a network; and one that does not.
CHANGED = ["go-concurrent-20", "go-pipeline", "go-stale", "go-undrained-large",
           "connect-proxy-legs", "h2-goaway"]


def said(path, *args):
    return tshark("-q", "-r", path, "-X", "http_reuse:ndjson=-", *args).stdout


def assert_same(path, *args):
    without_trees, with_trees = said(path, *args), said(path, "-Y", "frame", *args)
    assert without_trees == with_trees
    return without_trees


def merged(paths):
    """One after the other in one file; ports come again, and sequence numbers jump."""
    path = new_folder() / "merged.pcapng"
    tool("mergecap", "-a", "-w", path, *paths)
    path.chmod(0o644)
    return path


def test_all_captures():
    assert assert_same(merged([capture(name) for name in capture_names()]))


def test_captures_as_networks_change_them():
    paths = []
    for name in CHANGED:
        original = Capture((CAPTURES / f"{name}.pcapng").read_bytes(), name)
        for kind, change in KINDS.items():
            changed = change(original, random.Random(f"{SEED} {kind} {name}"))
            if changed:
                paths.append(write_file(original.written(changed), ".pcapng"))
    assert len(paths) > len(CHANGED)
    assert assert_same(merged(paths))


def test_captures_with_errors():
    """Of each hundred bytes behind the addresses one is another one."""
    changed = new_folder() / "errors.pcapng"
    tool("editcap", "-E", "0.01", "-o", "54", "--seed", str(SEED),
         merged([capture(name) for name in capture_names("go-*")]), changed)
    changed.chmod(0o644)
    assert assert_same(changed)


def test_whole_messages_that_are_kept_for_later():
    """Told not to wait for all of a header section, HTTP waits for more after the second answer."""
    assert assert_same(capture("go-100-continue"), "-o", "http.desegment_headers:FALSE")


# ---- what is not plain, after messages that were ------------------------------------------------

INNER = b"GET /inner HTTP/1.1\r\nHost: inner.example\r\n\r\n"


def answer(headers, body=b"", line=b"HTTP/1.1 200 OK"):
    return line + b"\r\n" + b"".join(header + b"\r\n" for header in headers) + b"\r\n" + body


def ask(flow, *answers, **request):
    flow.data("client", packets.request("/asked", **request))
    for one in answers:
        flow.data("server", one)


def quoted_message(flow):
    ask(flow, answer([b"Content-Type: message/http", b"Content-Length: %d" % len(INNER)], INNER),
        method="TRACE")


def quoted_in_parts(flow):
    body = b"--x\r\nContent-Type: application/http\r\n\r\n" + INNER + b"\r\n--x--\r\n"
    ask(flow, answer([b"Content-Type: multipart/mixed; boundary=x",
                      b"Content-Length: %d" % len(body)], body))


def two_lengths(flow):
    first = answer([b"Content-Length: 0", b"Content-Length: 44"], packets.answer()[:44])
    ask(flow, first)


def length_and_chunks(flow):
    ask(flow, answer([b"Content-Length: 5", b"Transfer-Encoding: chunked"], b"0\r\n\r\n"))


def chunks(flow):
    ask(flow, answer([b"Transfer-Encoding: chunked"], b"3\r\nabc\r\n0\r\n\r\n"))


def no_field(flow):
    ask(flow, answer([b"Content-Length: 5", b"no colon"], b"12345"))


def lone_return(flow):
    ask(flow, answer([b"Content-Length: 5\r\rX: y"], b"12345"))


def length_and_letter(flow):
    ask(flow, answer([b"Content-Length: 5x"], b"12345"))


def unknown_method(flow):
    ask(flow, packets.answer(), method="G@T")


def answer_to_head(flow):
    ask(flow, answer([b"Content-Length: 500"]), method="HEAD")


def not_modified(flow):
    ask(flow, answer([b"Content-Length: 500"], line=b"HTTP/1.1 304 Not Modified"))


def until_close(flow):
    ask(flow, answer([], b"until the end"))
    flow.close("server")


def in_two_segments(flow):
    whole = answer([b"Content-Length: 20"], b"0123456789" * 2)
    ask(flow, whole[:45], whole[45:])


def pipelined(flow):
    flow.data("client", packets.request("/1") + packets.request("/2"))
    flow.data("server", packets.answer() + packets.answer())


def body_like_a_message(flow):
    ask(flow, answer([b"Content-Length: %d" % (2 * len(INNER))], INNER), INNER)


def interim(flow):
    ask(flow, b"HTTP/1.1 100 Continue\r\n\r\n", packets.answer())


def upgraded(flow):
    ask(flow, b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
        bytes.fromhex("000000040000000000"), headers=["Connection: Upgrade", "Upgrade: h2c"])


def tunnelled(flow):
    flow.data("client", b"CONNECT b.example:80 HTTP/1.1\r\nHost: b.example\r\n\r\n")
    flow.data("server", b"HTTP/1.1 200 OK\r\n\r\n")


def preface(flow):
    flow.data("client", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes.fromhex("000000040000000000"))


def tls(flow):
    flow.data("client", bytes.fromhex("16030100050100000100"))


def sent_again(flow):
    sequence = flow.sequence["client"]
    ask(flow, packets.answer())
    flow.send("client", packets.request("/asked"), packets.PSH | packets.ACK, sequence)


def out_of_order(flow):
    first, second = packets.request("/1"), packets.request("/2")
    sequence = flow.sequence["client"]
    flow.send("client", second, packets.PSH | packets.ACK, sequence + len(first))
    flow.send("client", first, packets.PSH | packets.ACK, sequence)
    flow.sequence["client"] += len(first + second)
    flow.data("server", packets.answer())


def a_byte_is_lost(flow):
    flow.sequence["client"] += 1
    ask(flow, packets.answer())


def with_fin(flow):
    flow.data("client", packets.request("/last"))
    flow.send("server", packets.answer(), packets.PSH | packets.ACK | packets.FIN)


def opened_anew(flow):
    flow.sequence["client"] += 100_000
    flow.open()


def malformed_body(flow, headers, body):
    """Its dissector throws an exception before HTTP tells its tap."""
    flow.data("client", packets.request("/asked"))
    flow.data("server", answer([*headers, b"Connection: close", b"Content-Length: %d" % len(body)],
                               body))
    flow.close("server")


def cut_picture(flow):
    malformed_body(flow, [b"Content-Type: image/png"],
                   bytes.fromhex("89504e470d0a1a0a0000000d49484452000000100000"))


def cut_xml(flow):
    malformed_body(flow, [b"Content-Type: text/xml"], b"<")


# ---- messages of several segments ----------------------------------------------------------------

LONG = answer([b"Content-Length: 4000"], b"0123456789" * 400)


def long_answers(flow):
    ask(flow, LONG)
    ask(flow, LONG)


def long_request(flow):
    for _ in range(2):
        flow.request("/long", method="POST", body=b"x" * 4000)
        flow.answer()


def long_body_like_messages(flow):
    """Each segment after the first one is a request, to who does not know of the body."""
    head = answer([b"Content-Length: %d" % (4 * len(INNER))])
    ask(flow, LONG)
    ask(flow, head, *[INNER] * 4)


def long_and_lost(flow):
    ask(flow, LONG)
    flow.request("/long")
    flow.data("server", LONG[:1400])
    flow.sequence["server"] += 1400
    flow.data("server", LONG[2800:])


def long_and_sent_again(flow):
    ask(flow, LONG)
    flow.request("/long")
    sequence = flow.sequence["server"]
    flow.data("server", LONG[:2800])
    flow.send("server", LONG[1400:2800], packets.PSH | packets.ACK, sequence + 1400)
    flow.data("server", LONG[2800:])


def long_and_out_of_order(flow):
    ask(flow, LONG)
    flow.request("/long")
    sequence = flow.sequence["server"]
    for first in (0, 2800, 1400):
        flow.send("server", LONG[first:first + 1400], packets.PSH | packets.ACK, sequence + first)
    flow.sequence["server"] += len(LONG)


def long_and_given_up(flow):
    ask(flow, LONG)
    flow.request("/long")
    flow.data("server", LONG[:1400])
    flow.send("server", LONG[1400:2800], packets.PSH | packets.ACK | packets.FIN)


def long_then_another(flow):
    ask(flow, LONG)
    flow.request("/long")
    flow.request("/other")
    flow.data("server", LONG + packets.answer())


def long_malformed_body(flow):
    picture = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000100000")
    body = picture + bytes(3000)
    ask(flow, LONG)
    ask(flow, answer([b"Content-Type: image/png", b"Content-Length: %d" % len(body)], body))


ODD = [cut_picture, cut_xml, quoted_message, quoted_in_parts, two_lengths, length_and_chunks,
       chunks, no_field, lone_return, length_and_letter, unknown_method, answer_to_head,
       not_modified, until_close, in_two_segments, pipelined, body_like_a_message, interim,
       upgraded, tunnelled, preface, tls, sent_again, out_of_order, a_byte_is_lost, with_fin,
       opened_anew, long_answers, long_request, long_body_like_messages, long_and_lost,
       long_and_sent_again, long_and_out_of_order, long_and_given_up, long_then_another,
       long_malformed_body]


def odd_messages(**ends):
    """On each connection two usual exchanges, the odd one, and two usual ones after it; on each
    second one the odd one first: others of the same server were usual."""
    trace = packets.Trace()
    for number, act in enumerate(2 * ODD):
        flow = trace.flow(vlans=[7] if number % 2 else [], **ends)
        flow.open()
        if number < len(ODD):
            flow.exchange("/before")
            flow.exchange("/just-before")
        act(flow)
        flow.exchange("/after")
        flow.exchange("/long-after")
        flow.close("client")
    return trace


# A server's usual port, one of another protocol, and one that no dissector has.
@pytest.mark.parametrize("server_port", [80, 443, 1080, 47_000])
def test_odd_messages(server_port):
    assert assert_same(odd_messages(server_port=server_port).write())


@pytest.mark.parametrize("preference", [
    "http.desegment_body:FALSE", "http.desegment_headers:FALSE",
    "tcp.desegment_tcp_streams:FALSE", "tcp.reassemble_out_of_order:TRUE",
    "tcp.try_heuristic_first:TRUE", "tcp.analyze_sequence_numbers:FALSE"])
def test_odd_messages_with_other_preferences(preference):
    assert assert_same(odd_messages().write(), "-o", preference)


def test_clients_at_ports_of_other_protocols():
    """Which of both ports tells the dissector may differ between connections to one server."""
    trace = packets.Trace()
    for port in (40_000, 443, 40_001, 1883, 5060, 40_002, 554, 22, 8009):
        flow = trace.flow(port=port, server_port=8080)
        flow.open()
        flow.exchange()
        ask(flow, LONG)
        flow.exchange()
        flow.close("server")
    assert assert_same(trace.write())


# ---- links ---------------------------------------------------------------------------------------

ETHERNET_HEADER = 14
LINKS = {"ethernet": (1, None), "loopback": (0, struct.pack("<I", 2)),
         "foreign loopback": (0, struct.pack(">I", 2)), "raw": (101, b""),
         "any": (113, bytes(14) + b"\x08\x00")}


@pytest.mark.parametrize("link", LINKS)
def test_links(link):
    number, header = LINKS[link]
    trace = packets.Trace()
    trace.calls(3, 4)
    head, records = packets.read_pcap(trace.write())
    out = [head[:20] + struct.pack("<I", number)]
    for record in records:
        when, data = record[:8], record[16:]
        if header is not None:
            data = header + data[ETHERNET_HEADER:]
        out.append(when + struct.pack("<II", len(data), len(data)) + data)
    assert assert_same(write_file(b"".join(out)))


def test_ipv6():
    assert assert_same(odd_messages(client="2001:db8::1", server="2001:db8::2").write())


def test_padding_of_short_frames():
    """Ethernet's frames have 60 bytes at least: what follows the packet is no payload."""
    trace = packets.Trace()
    trace.calls(2, 3)
    trace.frames = [(when, data.ljust(60, b"G")) for when, data in trace.frames]
    assert assert_same(trace.write())
