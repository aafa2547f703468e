"""Captures made to do harm: text that no output prints raw, and nothing without a bound.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import json
import re
import xml.etree.ElementTree

import pytest

from harness import fields, records, run, tshark, version
from packets import Trace, answer, request

# What a terminal, a parser or a reader would take for something else, and how it is shown. HTML's
# own characters are harmless in text and JSON.
TEXTS = {
    "escape-sequence": (b"a\x1b[31mb", r"a\x1b[31mb"),
    "newline": (b"a\rb", r"a\x0db"),
    "nul": (b"a\0b", r"a\x00b"),
    "delete": (b"a\x7fb", r"a\x7fb"),
    "c1-control": ("a\u009b31mb".encode(), r"a\xc2\x9b31mb"),
    "right-to-left": ("a\u202etxt.exe".encode(), r"a\xe2\x80\xaetxt.exe"),
    "isolate": ("a\u2066b".encode(), r"a\xe2\x81\xa6b"),
    "line-separator": ("a\u2028b".encode(), r"a\xe2\x80\xa8b"),
    "not-utf8": (b"a\xff\xfe\xc3(", r"a\xff\xfe\xc3("),
    "markup": (b"</script><b>&\"'", "</script><b>&\"'"),
    "utf8": ("bücher-日本".encode(), "bücher-日本"),
}


def capture_of(texts):
    """For each of @texts as a Host two exchanges on one connection and one on another."""
    trace = Trace()
    for number, text in enumerate(texts):
        for count in (2, 1):
            flow = trace.flow(server=f"10.0.1.{number + 1}")
            flow.open()
            for _ in range(count):
                flow.data("client", request("/x", host=text, headers=[b"User-Agent: " + text]))
                flow.data("server", answer(headers=[b"Server: " + text]))
            flow.close("server")
    return trace.write()


@pytest.fixture(scope="module")
def hostile():
    return capture_of(text for text, _ in TEXTS.values())


SHOWN = [shown for _, shown in TEXTS.values()]


def assert_harmless(printed):
    """No character in it acts: lines end, and that is all."""
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2028\u2029"
                         r"\u2066-\u2069\ufeff]", printed)


def test_text_in_ndjson(hostile):
    printed = tshark("-n", "-q", "-r", hostile, "-X", "http_reuse:ndjson=-").stdout.decode("utf-8")
    assert_harmless(printed)
    found = [json.loads(line) for line in printed.splitlines()]
    assert [one["authority"] for one in found if one["type"] == "request"] == [
        shown for shown in SHOWN for _ in range(3)]
    assert {one["name"] for one in found if one["type"] == "origin"} == set(SHOWN)


def test_text_in_the_report(hostile):
    printed = tshark("-n", "-q", "-r", hostile, "-X", "http_reuse:report").stdout.decode("utf-8")
    assert_harmless(printed)
    for shown in SHOWN:
        assert shown in printed


def test_text_in_fields(hostile):
    found = fields(hostile, "http_reuse.authority", display_filter="http.request")
    # From 4.4 on tshark escapes a backslash in a field as well.
    written = [shown.replace("\\", "\\\\") if version() >= (4, 4) else shown for shown in SHOWN]
    assert [one["http_reuse.authority"] for one in found] == [
        [shown] for shown in written for _ in range(3)]


@pytest.mark.parametrize("kind", ["json", "ek", "pdml"])
def test_text_in_wiresharks_own_formats(kind):
    """They stay valid where they are without the plugin: such names trouble 4.0 and 4.4 as well."""
    for text, _ in TEXTS.values():
        path = capture_of([text])
        printed = {plugin: run("tshark", "-n", "-2", "-T", kind, "-r", path, plugin=plugin).stdout
                   for plugin in (True, False)}
        assert b"http_reuse" in printed[True]
        assert is_valid(kind, printed[True]) or not is_valid(kind, printed[False]), text


def is_valid(kind, printed):
    try:
        text = printed.decode("utf-8")
        if kind == "pdml":
            xml.etree.ElementTree.fromstring(text)
        else:
            for part in [text] if kind == "json" else text.splitlines():
                json.loads(part)
    except (ValueError, xml.etree.ElementTree.ParseError):
        return False
    return True


# ---- bounds ------------------------------------------------------------------------------------

def test_lines_have_a_bound():
    """bufio.Scanner takes 64 KiB unless told otherwise."""
    found = tshark("-n", "-q", "-r", capture_of([b"\x01" * 65_000]), "-X", "http_reuse:ndjson=-")
    assert max(len(line) for line in found.lines) < 64 * 1024
    shown, = {json.loads(line)["authority"] for line in found.lines if '"type":"request"' in line}
    assert shown.endswith("(65000 bytes)") and len(shown) < 9000


def test_the_tree_has_a_bound():
    """Wireshark takes a packet of more than a million fields for a dissector's error."""
    trace = Trace()
    flow = trace.flow()
    flow.open()
    flow.data("client", b"GET / HTTP/1.1\r\n\r\n" * 3000, size=60_000)
    path = trace.write()
    assert len(records(path).requests) == 3000
    found, = fields(path, "http_reuse.number", "http_reuse.left_out", options=["-2"],
                    display_filter="http_reuse.left_out")
    assert found["http_reuse.left_out"] == ["2000"]
    assert found["http_reuse.number"] == [str(number) for number in range(1, 1001)]


def test_filters_have_a_bound():
    """Connections of two names in turn: each item's are every second one."""
    trace = Trace()
    for number in range(240):
        flow = trace.flow()
        flow.open()
        flow.exchange(host=f"{'ab'[number % 2]}.example")
        flow.close("client")
    report = tshark("-n", "-q", "-r", trace.write(), "-X", "http_reuse:report").text
    filters = [line for line in report.splitlines() if "in {" in line]
    assert filters and max(map(len, filters)) < 200, report[:3000]
