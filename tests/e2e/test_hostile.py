"""Captures made to do harm: text that no output prints raw, and nothing without a bound.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import json
import os
import re
import xml.etree.ElementTree

import pytest

from harness import capture, fields, records, reuse_trees, run, tshark, version
from packets import Trace, answer, request
from test_html import records_in

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


# What is read out of each output, other than tshark's own.
OUTPUTS = {
    "report": lambda text: text,
    "ndjson=-": lambda text: [json.loads(line).get("authority") for line in text.splitlines()],
    "html=-": lambda text: [one.get("authority") for one in records_in(text)],
    "har=-": lambda text: [entry["request"]["url"].removeprefix("http://").removesuffix("/x")
                           for entry in json.loads(text)["log"]["entries"]],
}
STATISTICS = {"tree": "http_reuse,tree", "table": "http_reuse,connections"}


@pytest.mark.parametrize("option, read", OUTPUTS.items(), ids=list(OUTPUTS))
def test_text_in_each_output(option, read, hostile):
    printed = tshark("-n", "-q", "-r", hostile, "-X", f"http_reuse:{option}").stdout.decode("utf-8")
    assert_harmless(printed)
    said = read(printed)
    assert [shown for shown in SHOWN if shown not in said] == []
    assert option != "html=-" or "<b>" not in printed


@pytest.mark.parametrize("statistic", STATISTICS.values(), ids=list(STATISTICS))
def test_text_in_each_statistic(statistic, hostile):
    printed = tshark("-n", "-q", "-r", hostile, "-z", statistic).stdout.decode("utf-8")
    assert_harmless(printed)
    assert [shown for shown in SHOWN if f"http://{shown}" not in printed] == []


def test_text_in_trees_forecasts_and_expert_infos(hostile):
    printed = tshark("-n", "-2", "-V", "-r", hostile).stdout.decode("utf-8", errors="replace")
    trees = "\n".join(reuse_trees(printed))
    assert_harmless(trees)
    assert trees.count("HTTP Connection Reuse") > 3 * len(TEXTS)
    for args in (["-X", "http_reuse:whatif=no-close"], ["-2", "-z", "expert,note,http_reuse"]):
        printed = tshark("-n", "-q", "-r", hostile, *args).stdout.decode("utf-8")
        assert printed and assert_harmless(printed) is None


@pytest.mark.parametrize("text, shown", TEXTS.values(), ids=list(TEXTS))
def test_text_of_file_names(text, shown, folder):
    """Names of files are made by anybody, too: one line says the name, and does nothing else."""
    name = os.fsdecode(text.replace(b"\0", b"\n"))
    result = run("tshark", "-q", "-r", capture("go-drained-2"),
                 "-X", f"http_reuse:report={folder}/none/{name}")
    complaint, = result.stderr.decode("utf-8").removesuffix("\n").split("\n")
    assert_harmless(complaint)
    assert shown.replace(r"\x00", r"\x0a") in complaint and result.status == 1


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
        args = "tshark", "-n", "-2", "-T", kind, "-r", capture_of([text])
        printed = run(*args).stdout
        assert b"http_reuse" in printed
        assert is_valid(kind, printed) or not is_valid(kind, run(*args, plugin=False).stdout), text


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
