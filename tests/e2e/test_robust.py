"""Captures that are cut, thinned, doubled, shuffled and broken, and messages made in bad faith:
no crash, exit status 0, valid records, and where DESIGN is clear, the right ones.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import collections
import random
import re

import pytest

from harness import (PRELOAD, Records, capture, fields, new_folder, records, run, tool,
                     write_file)
from packets import ACK, FIN, PSH, Trace, answer, change_packets, read_pcap, request
from schema import problems
from stories import STORIES
from truth import port_of, requests_by_port, truth, was_reused

SOME = ["go-drained-10", "go-undrained-10", "go-pipeline", "go-stale"]

# One of each kind, with and without keys, for what is broken at random.
OTHERS = ["h2-100-concurrent", "h2-goaway", "h2-early-data-nokeys", "tls-resume-12-cache",
          "tls-h1-100-13-nokeys", "h3-caddy", "h3-0rtt-nokeys", "connect-proxy", "websocket"]


@pytest.fixture
def survive():
    """Runs the capture through all that the plugin does; its records if they are sound."""
    def check(path, *options):
        beside = new_folder() / "records"
        without_complaint(path, options, "-2", "-V", "-X", f"http_reuse:ndjson={beside}",
                          "-z", "http_reuse,report", "-z", "expert")
        found = Records(beside.read_text())
        assert [problems(record) for record in found.all] == [[]] * len(found.all)
        if not PRELOAD:  # a sanitizer has seen the first of both passes
            assert Records(without_complaint(
                path, options, "-q", "-X", "http_reuse:ndjson=-").text).all == found.all
        statuses = collections.Counter(found.statuses())
        for status in ("new", "reused", "unknown"):
            assert found.capture[status] == statuses[status]
        return found
    return check


def without_complaint(path, options, *args):
    """Runs tshark with the plugin. What it complains about it has to complain about without."""
    def words(result):
        # Without the number of the process and the time.
        return {re.sub(r"^ \*\* \(.*?\) \S+ ", "", line) for line in result.complaints}

    ours = run("tshark", "-r", path, *options, *args)
    assert ours.status == 0, ours
    if ours.complaints:
        # The QUIC dissectors of 4.4 and 4.6 find bugs in themselves where packets are lost.
        theirs = run("tshark", "-r", path, *options, "-2", "-V", plugin=False)
        assert words(ours) <= words(theirs), ours
    return ours


def as_records(name):
    """(head, packets) of a committed capture."""
    path = new_folder() / "plain.pcap"
    tool("editcap", "-F", "pcap", capture(name), path)
    return read_pcap(path)


def visible_requests(path):
    """How many requests tshark shows without the plugin."""
    rows = fields(path, "http.request.method", display_filter="http.request.method",
                  plugin=False)
    return sum(len(row["http.request.method"]) for row in rows)


# At the beginning of a segment's payload, or behind a message without a body.
REQUEST_LINE = re.compile(rb"(?:\A|(?<=\r\n\r\n))([A-Z]+) ([!-~]+) HTTP/1\.[01]\r?\n")


def request_lines(path):
    """{(stream, first sequence number): (method, target)} of what the payload of TCP says."""
    rows = fields(path, "tcp.stream", "tcp.seq_raw", "tcp.payload", display_filter="tcp.payload",
                  plugin=False)
    found = {}
    for row in rows:
        stream, sequence = int(row["tcp.stream"][0]), int(row["tcp.seq_raw"][0])
        for line in REQUEST_LINE.finditer(bytes.fromhex(row["tcp.payload"][0].replace(":", ""))):
            found[stream, sequence + line.start()] = line[1].decode(), line[2].decode()
    return found


def assert_requests_are_in_the_packets(found, path):
    """Whatever Wireshark shows of them: each has a line of its own in the packets. How many lines
    there are; one that was sent again is one."""
    lines = request_lines(path)
    there = collections.Counter((stream, *line) for (stream, _), line in lines.items())
    assert collections.Counter((one["tcp_stream"], one["method"], one["target"])
                               for one in found.requests) <= there
    assert len(found.requests) >= visible_requests(path)
    return len(lines)


def said(name):
    """How many requests of each status the program saw."""
    reused = [was_reused(name, one) for port in requests_by_port(name).values() for one in port]
    return collections.Counter("reused" if one else "new" for one in reused)


# ---- cut packets -------------------------------------------------------------------------------

def cut(name, length):
    path = new_folder() / "cut.pcapng"
    tool("editcap", "-s", str(length), capture(name), path)
    return path


def decoded_as_http(name):
    """Without a whole line Wireshark has to be told what is on a port that it does not know."""
    return "-d", f"tcp.port=={port_of(truth(name)['servers'][0])},http"


# In 80 bytes only the first request of go-pipeline's segment is to be seen. What is right does not
# depend on a sanitizer.
@pytest.mark.parametrize("name", sorted(set(STORIES) - {"go-pipeline"})[::10 if PRELOAD else 1])
def test_eighty_bytes_tell_new_from_reused(name):
    found = records(cut(name, 80), *decoded_as_http(name))
    assert collections.Counter(found.statuses()) == said(name)
    assert found.capture["time_wait_peak"] == truth(name)["time_wait"]
    syns = [one for one in found.connections if one["opening_seen"]]
    assert len(syns) == len(STORIES[name].why)


@pytest.mark.parametrize("name", SOME)
@pytest.mark.parametrize("length", [54, 60, 66, 67, 100])
def test_shorter_and_odd_lengths(name, length, survive):
    found = survive(cut(name, length), *decoded_as_http(name))
    if length <= 66:  # nothing behind the TCP header: no request is invented
        assert found.requests == []
    assert len(found.requests) <= sum(said(name).values())


def test_cut_before_the_tcp_header(survive):
    assert survive(cut("go-drained-10", 40)).requests == []


# ---- lost, doubled and shuffled packets --------------------------------------------------------

# Several requests in a segment, and heads in two segments: what is behind a gap may be missed.
MAY_MISS = {"go-pipeline"}


def check_lines(name, survive, path):
    found = survive(path)
    lines = assert_requests_are_in_the_packets(found, path)
    assert len(found.requests) <= lines if name in MAY_MISS else len(found.requests) == lines


@pytest.mark.parametrize("nth", [2, 3, 7])
@pytest.mark.parametrize("name", SOME)
def test_every_nth_packet_lost(name, nth, survive):
    head, packets = as_records(name)
    for phase in range(2 if nth == 2 else 1):
        kept = [packet for i, packet in enumerate(packets) if i % nth != phase]
        check_lines(name, survive, write_file(head + b"".join(kept)))


@pytest.mark.parametrize("name", ["go-drained-10", "go-undrained-10"])
def test_the_first_packets_lost_one_by_one(name, survive):
    head, packets = as_records(name)
    for start in range(1, 9):
        check_lines(name, survive, write_file(head + b"".join(packets[start:])))


@pytest.mark.parametrize("first, status, number, exact", [
    (2, "new", 1, True),        # SYN/ACK first: that is an opening
    (4, "unknown", 1, True),    # the request
    (5, "reused", 2, False),    # the ACK of a request, then an answer: one went before
    (6, "reused", 2, False)])
def test_a_start_in_the_middle(first, status, number, exact, survive):
    head, packets = as_records("go-drained-10")
    found = survive(write_file(head + b"".join(packets[first - 1:])))
    one = found.requests[0]
    assert (one["status"], one["number"]) == (status, number)
    assert exact or not one["number_exact"]
    assert found.statuses()[1:] == ["reused"] * (len(found.requests) - 1)


@pytest.mark.parametrize("name", SOME + [
    "go-concurrent-20", "go-disable-keepalives", "go-keepalive-45s", "go-server-exit"])
def test_every_packet_twice(name, survive):
    path = new_folder() / "twice.pcapng"
    tool("mergecap", "-w", path, capture(name), capture(name))
    found = survive(path)
    assert collections.Counter(found.statuses()) == said(name)
    assert len(found.connections) == len(STORIES[name].why)
    assert found.capture["time_wait_peak"] == truth(name)["time_wait"]


@pytest.mark.parametrize("phase", [0, 1])
@pytest.mark.parametrize("name", SOME)
def test_neighbours_swapped(name, phase, survive):
    head, packets = as_records(name)
    for i in range(phase, len(packets) - 1, 2):
        packets[i], packets[i + 1] = packets[i + 1], packets[i]
    check_lines(name, survive, write_file(head + b"".join(packets)))


@pytest.mark.parametrize("name", SOME)
def test_time_that_runs_backwards(name, survive):
    head, packets = as_records(name)
    moments = [packet[:8] for packet in packets]
    turned = [moment + packet[8:] for moment, packet in zip(reversed(moments), packets)]
    found = survive(write_file(head + b"".join(turned)))
    assert len(found.requests) == sum(said(name).values())


@pytest.mark.parametrize("name", SOME + OTHERS)
def test_random_bytes(name, survive):
    chance = random.Random(name)

    def spoil(_, packet):
        spoiled = bytearray(packet)
        for _ in range(chance.choice([0, 0, 1, 3])):
            spoiled[chance.randrange(len(spoiled))] = chance.randrange(256)
        return bytes(spoiled)

    survive(write_file(change_packets(capture(name), spoil), ".pcapng"))


@pytest.mark.parametrize("name", OTHERS)
def test_other_protocols_thinned(name, survive):
    def thin(position, packet):
        return None if position % 5 == 4 else packet

    survive(write_file(change_packets(capture(name), thin), ".pcapng"))


@pytest.mark.parametrize("name", OTHERS)
def test_other_protocols_cut(name, survive):
    survive(write_file(change_packets(capture(name), lambda _, packet: packet[:120]), ".pcapng"))


def test_no_packet_at_all(survive):
    path = new_folder() / "empty.pcapng"
    tool("editcap", "-r", capture("go-stale"), path, "1000")
    line = survive(path).capture
    assert (line["frames"], line["first_time"], line["requests"]) == (0, None, 0)


def test_many_captures_in_one(survive):
    """All the servers have ports of their own: nothing is mixed up."""
    names = ["go-drained-10", "go-undrained-10", "go-stale", "go-head-204-304"]
    path = new_folder() / "merged.pcapng"
    tool("mergecap", "-a", "-w", path, *[capture(name) for name in names])
    found = survive(path)
    assert collections.Counter(found.statuses()) == sum(map(said, names), collections.Counter())
    assert len(found.connections) == sum(len(STORIES[name].why) for name in names)


def test_an_answer_that_may_be_over(survive):
    """Of its two segments the first is lost, and the second is not acknowledged: whether the next
    request was pipelined is not known, and no output stumbles over that."""
    trace = Trace()
    flow = trace.flow()
    flow.open()
    flow.request("/a")
    acknowledged = flow.sequence["server"]
    flow.sequence["server"] += 1400
    flow.data("server", b"x" * 100)
    sent, flow.sequence["server"] = flow.sequence["server"], acknowledged
    flow.request("/b")
    flow.sequence["server"] = sent
    flow.close("client")
    assert [one["delivery"] for one in survive(trace.write()).requests] == ["sequential", None]


# ---- messages made in bad faith ----------------------------------------------------------------

def exchanges(messages):
    """For each of @messages, (asked, answered), a connection to a server of its own, 10.0.1.1 and
    on, on which the client sends the one and gets the other; then another, good one."""
    trace = Trace()
    for number, (asked, answered) in enumerate(messages, 1):
        flow = trace.flow(server=f"10.0.1.{number}")
        flow.open()
        flow.data("client", asked)
        flow.data("server", answered)
        flow.close("server")
        good = trace.flow(server="10.0.0.3")
        good.open()
        good.exchange(f"/good/{number}")
    return trace.write()


def check_good(found, count=1):
    """All the good ones are there, as if nothing bad had been between them."""
    good = [one for one in found.requests if (one["target"] or "").startswith("/good")]
    assert len(good) == count
    assert {(one["status"], one["response_code"]) for one in good} == {("new", 200)}


def of_each(records_of_all, names):
    """(name, its records) of each server of exchanges()."""
    for number, name in enumerate(names, 1):
        yield name, [one for one in records_of_all
                     if one["server"]["address"] == f"10.0.1.{number}"]


HOSTILE = {
    "not-utf8": b"\xff\xfe\xc3(\xed\xa0\x80\xf8\x88",
    "control": b"a\x01b\x07c\x1b[31md\x7f",
    "nul": b"a\0b",
    "quotes": b'a"b\\c\'d</script>',
    "long": b"a" * 20_000,
    "separators": "a\u2028b\u2029c\u0085d\ufeff".encode(),
    "beyond-unicode": b"\xf4\x90\x80\x80\xef\xbf\xbf",
    "percent": b"%n%s%d%00",
}


def hostile_exchanges(bad):
    """(request, answer) of each place where @bad can stand."""
    server = answer(headers=[b"Server: " + bad]).replace(b"Text", bad, 1)
    return [(request("/", host=bad), answer()), (request(b"/" + bad), answer()),
            (request("/", headers=[b"User-Agent: " + bad, b"X-" + bad + b": y"]), answer()),
            (request("/", method=b"GET" + bad), answer()), (request(), server)]


def test_hostile_text(survive):
    messages = [one for bad in HOSTILE.values() for one in hostile_exchanges(bad)]
    path = exchanges(messages)
    found = survive(path)
    check_good(found, len(messages))
    assert len(found.requests) == visible_requests(path) >= len(messages) + 3 * len(HOSTILE)
    for name, connections in of_each(found.connections, messages):
        assert len(connections) == 1, name


def test_text_keeps_what_can_be_kept(survive):
    found = survive(exchanges([
        (request("/naïve?q=\"x\"\\y", host="bücher.example"), answer())]))
    # Whether HTTP's text is UTF-8 is Wireshark's business; ASCII is the same in any case.
    assert found.requests[0]["target"].endswith('?q="x"\\y')
    assert found.requests[0]["authority"].endswith("cher.example")


LINES = {
    "header-without-end": (b"GET / HTTP/1.1\r\nHost: a.example\r\nX: " + b"y" * 50_000, answer()),
    "request-line-only": (b"GET / HTTP/1.1\r\n", answer()),
    "no-version": (b"GET /\r\n\r\n", answer()),
    "bare-newlines": (b"GET / HTTP/1.1\nHost: a\n\n", answer()),
    "folded": (request(headers=["X: a", " b"]), answer(headers=["Connection:", " close"])),
    "two-hosts": (request(headers=["Host: b.example"]), answer()),
    "many-headers": (request(headers=[f"X-{i}: y" for i in range(3000)]), answer()),
    "many-connections": (request(headers=["Connection: close, , keep-alive,,"] * 200), answer()),
    "answer-only": (b"", answer() * 50),
    "garbage": (bytes(range(256)) * 8, bytes(range(255, -1, -1)) * 8),
}


def test_malformed_messages(survive):
    check_good(survive(exchanges(LINES.values())), len(LINES))


def test_a_segment_full_of_preambles(survive):
    """Each could stand before a request; looking behind each of them costs the square of it."""
    trace = Trace()
    for _ in range(60):
        flow = trace.flow()
        flow.open()
        flow.data("client", b"PROXY \n" * 9200, size=65_000)
    flow = trace.flow()
    flow.open()
    flow.data("client", b"PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n" + request("/good"))
    flow.answer()
    check_good(survive(trace.write()))


ENDLESS = {
    "huge-length": (["Content-Length: 99999999999999999999999"], b"0123456789"),
    "length-of-2^63": (["Content-Length: 9223372036854775808"], b"0123456789"),
    "length-of-2^32": (["Content-Length: 4294967296"], b"0123456789"),
    "longer-than-sent": (["Content-Length: 5000"], b"0123456789"),
    "chunk-overflows": (["Transfer-Encoding: chunked"], b"FFFFFFFFFFFFFFFFF\r\nabc\r\n"),
    "chunk-of-2^63": (["Transfer-Encoding: chunked"], b"8000000000000000\r\nabc\r\n"),
    "chunk-of-2^32": (["Transfer-Encoding: chunked"], b"100000000\r\nabc\r\n"),
    "chunk-without-last": (["Transfer-Encoding: chunked"], b"3\r\nabc\r\n"),
}


def answers_with(lengths):
    return exchanges((request(), answer(headers=headers, body=body))
                     for headers, body in lengths.values())


def test_answers_that_never_end(survive):
    found = survive(answers_with(ENDLESS))
    check_good(found, len(ENDLESS))
    for name, requests in of_each(found.requests, ENDLESS):
        assert [one["complete"] for one in requests] in ([False], [None]), name


ODD_LENGTHS = {
    "negative": (["Content-Length: -1"], b"0123456789"),
    "no-number": (["Content-Length: ten"], b"0123456789"),
    "empty": (["Content-Length:"], b"0123456789"),
    "two": (["Content-Length: 10", "Content-Length: 3"], b"0123456789"),
    "both": (["Content-Length: 3", "Transfer-Encoding: chunked"], b"3\r\nabc\r\n0\r\n\r\n"),
    "chunk-negative": (["Transfer-Encoding: chunked"], b"-1\r\nabc\r\n0\r\n\r\n"),
    "chunk-no-number": (["Transfer-Encoding: chunked"], b"xyz\r\nabc\r\n0\r\n\r\n"),
    "chunk-long-extension": (["Transfer-Encoding: chunked"],
                             b"3;" + b"e" * 9000 + b"\r\nabc\r\n0\r\n\r\n"),
}


def test_lengths_that_are_none(survive):
    found = survive(answers_with(ODD_LENGTHS))
    check_good(found, len(ODD_LENGTHS))
    for name, requests in of_each(found.requests, ODD_LENGTHS):
        assert len(requests) == 1, name


def test_a_request_body_that_never_ends(survive):
    asked = request(method="POST", headers=["Content-Length: 18446744073709551617"]) + b"x" * 3000
    check_good(survive(exchanges([(asked, answer())])))


def test_segments_that_overlap(survive):
    trace = Trace()
    flow = trace.flow()
    flow.open()
    text = request("/overlap")
    base = flow.sequence["client"]
    for begin, stop in ((0, 20), (10, 30), (5, len(text)), (0, len(text))):
        flow.send("client", text[begin:stop], flags=PSH | ACK, sequence=base + begin)
    flow.sequence["client"] = base + len(text)
    flow.answer()
    flow.exchange("/next")
    path = trace.write()
    found = survive(path)
    # Wireshark 4.0 does not show the first one.
    assert [one["target"] for one in found.requests] == ["/overlap", "/next"]
    assert assert_requests_are_in_the_packets(found, path) == 2


def test_flags_that_make_no_sense(survive):
    trace = Trace()
    flow = trace.flow()
    flow.open()
    for flags in (0x00, 0xff, 0x07, FIN, 0x06, 0x03):
        flow.send("client", b"x", flags=flags)
        flow.send("server", b"y", flags=flags)
    good = trace.flow(server="10.0.0.3")
    good.open()
    good.exchange("/good")
    check_good(survive(trace.write()))


def test_a_thousand_connections_that_are_refused(survive):
    trace = Trace()
    flow = trace.flow()
    flow.open()
    flow.exchange("/good")
    for _ in range(1000):
        refused = trace.flow()
        refused.send("client", flags=0x02)
        refused.reset("server")
    found = survive(trace.write())
    assert len(found.connections) == 1001
    assert collections.Counter(found.causes())["setup-failed"] == 1000
