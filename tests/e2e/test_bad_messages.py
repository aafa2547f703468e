"""Messages made in bad faith: no crash, exit status 0, valid records, and what is good beside them
is judged as if they were not there.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import collections

from packets import ACK, FIN, PSH, Trace, answer, request
from survival import assert_requests_are_in_the_packets, requests_without_the_plugin, survive


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


def test_hostile_text():
    messages = [one for bad in HOSTILE.values() for one in hostile_exchanges(bad)]
    path = exchanges(messages)
    found = survive(path)
    check_good(found, len(messages))
    _, shown = requests_without_the_plugin(path)
    assert len(found.requests) == shown >= len(messages) + 3 * len(HOSTILE)
    for name, connections in of_each(found.connections, messages):
        assert len(connections) == 1, name


def test_text_keeps_what_can_be_kept():
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


def test_malformed_messages():
    check_good(survive(exchanges(LINES.values())), len(LINES))


def test_a_segment_full_of_preambles():
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


def test_answers_that_never_end():
    found = survive(answers_with(ENDLESS))
    check_good(found, len(ENDLESS))
    for name, requests in of_each(found.requests, ENDLESS):
        assert [one["complete"] for one in requests] in ([False], [None]), name


ODD_LENGTHS = {
    "negative": (["Content-Length: -1"], b"0123456789"),
    "no-number": (["Content-Length: ten"], b"0123456789"),
    "empty": (["Content-Length:"], b"0123456789"),
    "two": (["Content-Length: 10", "Content-Length: 3"], b"0123456789"),
    "two-in-a-line": (["Content-Length: 3, 10"], b"0123456789"),
    "both": (["Content-Length: 3", "Transfer-Encoding: chunked"], b"3\r\nabc\r\n0\r\n\r\n"),
    "chunk-negative": (["Transfer-Encoding: chunked"], b"-1\r\nabc\r\n0\r\n\r\n"),
    "chunk-no-number": (["Transfer-Encoding: chunked"], b"xyz\r\nabc\r\n0\r\n\r\n"),
    "chunk-long-extension": (["Transfer-Encoding: chunked"],
                             b"3;" + b"e" * 9000 + b"\r\nabc\r\n0\r\n\r\n"),
}


NO_END = ["negative", "no-number", "empty", "two", "two-in-a-line"]  # RFC 9112 section 6.3


def test_lengths_that_are_none():
    found = survive(answers_with(ODD_LENGTHS))
    check_good(found, len(ODD_LENGTHS))
    for name, requests in of_each(found.requests, ODD_LENGTHS):
        assert len(requests) == 1, name
        assert requests[0]["complete"] is None or name not in NO_END, name


def test_a_request_body_that_never_ends():
    asked = request(method="POST", headers=["Content-Length: 18446744073709551617"]) + b"x" * 3000
    check_good(survive(exchanges([(asked, answer())])))


def test_segments_that_overlap():
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


def test_flags_that_make_no_sense():
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


def test_a_thousand_connections_that_are_refused():
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
