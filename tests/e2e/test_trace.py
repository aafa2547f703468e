"""From the wire to the line of code: a trace that the program wrote beside its capture.

What is expected is what the programs did (testcaptures/generate/call_sites.go): list() reads each
answer to its end, peek() closes it unread, and they take turns on one pool.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import functools
import json
import os
import re
import shutil

import pytest

import harness
from schema import problems

ROUNDS = 6
PAIRS = [("go-call-sites", "go-call-sites"), ("tls-call-sites", "tls-call-sites"),
         ("tls-call-sites-nokeys", "tls-call-sites")]


@functools.lru_cache(maxsize=None)
def trace(name):
    """A committed trace, as a file that the ordinary user can read."""
    copy = harness.world() / f"{name}.trace.ndjson"
    shutil.copy(harness.CAPTURES / copy.name, copy)
    copy.chmod(0o644)
    return copy


def told(name):
    return [json.loads(line) for line in trace(name).read_text().splitlines()]


def site(name, function):
    """The line of code of @function: the program's own word for it."""
    found, = {call["site"] for call in told(name) if call["function"] == f"main.{function}"}
    return found


@functools.lru_cache(maxsize=None)
def records(capture, name):
    return harness.records(harness.capture(capture), "-X", f"http_reuse:trace={trace(name)}")


def write(text):
    return harness.write_file(text if isinstance(text, bytes) else text.encode(), ".ndjson")


def run_with(path, *options):
    return harness.run("tshark", "-q", "-r", harness.capture("go-call-sites"), "-X",
                       f"http_reuse:trace={path}", *options)


@pytest.mark.parametrize("capture,name", PAIRS)
def test_every_call_is_found_where_the_program_made_it(capture, name):
    said = records(capture, name)
    calls = said.of_type("call")
    assert not [problem for record in said.all for problem in problems(record)]
    assert said.capture["trace"] == {
        "calls": 2 * ROUNDS, "on_requests": 0 if "nokeys" in capture else 2 * ROUNDS,
        "on_connections": 2 * ROUNDS if "nokeys" in capture else 0,
        "ambiguous": 0, "unmatched": 0, "without_connection": 0, "left_out": 0, "damaged_lines": 0}
    assert sorted((c["time"], c["path"]) for c in calls) == [
        (c["time"], c["path"]) for c in told(name)]
    for call in calls:
        client = said.connection(call["connection"])["client"]
        expected, = [c for c in told(name) if c["time"] == call["time"]]
        assert f"{client['address']}:{client['port']}" == expected["local"]
        assert call["frame"] is not None
    for request in said.requests:
        function = request["target"].split("/")[1]
        assert request["call_site"] == site(name, function)


@pytest.mark.parametrize("capture,name", PAIRS)
def test_what_to_change_names_the_line(capture, name):
    """The last connection is lost too, but by the program's end as well: it cost nothing."""
    first = records(capture, name).fixes[0]
    (call_site,) = first["call_sites"]
    assert call_site["site"] == site(name, "peek")
    assert call_site["function"] == "main.peek"
    assert call_site["connections"] == first["connections"] >= ROUNDS - 1
    text = harness.tshark("-q", "-r", harness.capture(capture), "-X",
                          f"http_reuse:trace={trace(name)}", "-X", "http_reuse:report").text
    assert re.search(rf"^ *Called from: {re.escape(site(name, 'peek'))} \((\d) of \1\)$", text,
                     re.M)
    for function in ("list", "peek"):
        assert re.search(rf"GET .*/{function}/0.*\n +called from {re.escape(site(name, function))}$",
                         text, re.M)
    assert max(map(len, text.splitlines())) <= 100


def test_the_tree_has_the_line_in_one_pass():
    rows = harness.fields(
        harness.capture("go-call-sites"), "http.request.uri", "http_reuse.call.site",
        display_filter="http.request", options=("-X", f"http_reuse:trace={trace('go-call-sites')}"))
    assert len(rows) == 2 * ROUNDS
    for row in rows:
        function = row["http.request.uri"][0].split("/")[1]
        assert row["http_reuse.call.site"] == [site("go-call-sites", function)]


def test_the_tree_has_calls_that_nobody_can_read():
    rows = harness.fields(
        harness.capture("tls-call-sites-nokeys"), "http_reuse.call.path", "tls.app_data",
        display_filter="http_reuse.call.path",
        options=("-X", f"http_reuse:trace={trace('tls-call-sites')}"))
    assert [row["http_reuse.call.path"][0] for row in rows] == [
        c["path"] for c in told("tls-call-sites")]
    assert all(row["tls.app_data"] for row in rows)


def test_without_a_trace_nothing_of_it_is_said():
    said = harness.records_of("go-call-sites")
    assert said.capture["trace"] is None and not said.of_type("call")
    assert all(request["call_site"] is None for request in said.requests)


def test_several_traces():
    lines = trace("go-call-sites").read_text().splitlines(keepends=True)
    halves = write("".join(lines[::2])), write("".join(lines[1::2]))
    result = run_with(halves[0], "-X", f"http_reuse:trace={halves[1]}", "-X", "http_reuse:ndjson=-")
    assert harness.Records(result.text).all == records("go-call-sites", "go-call-sites").all


def test_a_trace_of_another_run():
    result = run_with(trace("tls-call-sites"), "-X", "http_reuse:report")
    assert result.status == 0
    assert "0 found as requests, 12 fit nothing in this capture" in result.text
    assert "Called from" not in result.text


def shifted(name, shift_ns):
    calls = told(name)
    for call in calls:
        for member in ("time", "wrote", "end"):
            at_ns = int(call[member].replace(".", "")) + shift_ns
            call[member] = f"{at_ns // 10**9}.{at_ns % 10**9:09}"
    return write("".join(json.dumps(call) + "\n" for call in calls))


@pytest.mark.parametrize("capture,ms", [
    *[("tls-call-sites-nokeys", ms) for ms in (-20, -0.9, -0.2, 0.2, 0.9, 20)],
    ("tls-call-sites", 0.9), ("tls-call-sites", 20)])
def test_a_clock_that_differs_blames_no_other_line(capture, ms):
    """Nothing is said rather than of list() what peek() did; far off, the report says why."""
    path = shifted("tls-call-sites", int(ms * 10**6))
    result = harness.run("tshark", "-q", "-r", harness.capture(capture), "-X",
                         f"http_reuse:trace={path}", "-X", "http_reuse:ndjson=-")
    said = harness.Records(result.text)
    named = {s["site"] for fix in said.fixes for s in fix["call_sites"]}
    assert named <= {site("tls-call-sites", "peek")}
    if abs(ms) < 0.5:
        assert named
    for request in said.requests:
        function = request["target"].split("/")[1]
        assert request["call_site"] in (None, site("tls-call-sites", function))
    if abs(ms) > 1:
        report = harness.tshark("-q", "-r", harness.capture(capture), "-X",
                                f"http_reuse:trace={path}", "-X", "http_reuse:report").text
        assert "editcap -t shifts a capture" in " ".join(report.split())


def test_damaged_lines_are_named_by_number():
    """What a program that was killed leaves, and worse."""
    good = trace("go-call-sites").read_text().splitlines()
    later = json.dumps({**json.loads(good[0]), "unknown": {"deep": [1, [2, {"x": None}]]}})
    bad = ["{", '{"time":"1.5"}', "[" * 5000, "x" * 100_000 + "\0" + "x" * 50_000,
           "x" * 65_600 + "\0", '{"time":"9999999999999999999.000000000"}', '\x00\xff"',
           good[1][:80]]
    text = "\n".join([later, "", *bad[:4], *good[1:], *bad[4:]])
    result = run_with(write(text.encode("latin-1")), "-X", "http_reuse:ndjson=-")
    assert result.status == 0
    complaint, = result.complaints
    assert "line 3 is left out" in complaint and f"in all: {len(bad)})" in complaint
    said = harness.Records(result.text)
    assert said.capture["trace"]["damaged_lines"] == len(bad)
    assert said.capture["trace"]["on_requests"] == len(good)


def test_hostile_texts_stay_texts():
    call = {**told("go-call-sites")[0], "site": "<script>\x1b[31m\n" + "x" * 20000}
    result = run_with(write(json.dumps(call) + "\n"), "-X", "http_reuse:ndjson=-")
    (text,) = {record["call_site"] for record in harness.Records(result.text).requests} - {None}
    assert text.startswith("<script>\\x1b[31m") and len(text) < 8300


def test_a_unix_socket_is_in_no_capture():
    call = {**told("go-call-sites")[0], "local": "@", "remote": "/run/docker.sock"}
    result = run_with(write(json.dumps(call) + "\n"), "-X", "http_reuse:ndjson=-")
    assert result.status == 0 and not result.complaints
    said = harness.Records(result.text).capture["trace"]
    assert (said["calls"], said["without_connection"], said["damaged_lines"]) == (0, 1, 0)


def test_names_of_damaged_traces_and_long_lines_of_code_stay_in_their_line():
    calls = [{**call, "site": "x" * 5000 + ".go:1"} for call in told("go-call-sites")]
    folder = harness.new_folder()
    path = folder / "bad\x1b[31m\nFAKE"
    path.write_text("".join(json.dumps(call) + "\n" for call in calls) + "{\n")
    path.chmod(0o644)
    result = run_with(path, "-X", "http_reuse:report")
    assert b"\x1b" not in result.stderr and b"\nFAKE" not in result.stderr
    assert "Called from: xxx" in result.text and "x" * 100 not in result.text


def test_a_fifo_is_not_waited_for():
    path = harness.new_folder() / "fifo"
    os.mkfifo(path)
    path.chmod(0o666)
    result = run_with(path, "-X", "http_reuse:report")
    assert result.status != 0
    assert "it is no file" in result.complaints[0]


@pytest.mark.parametrize("content,why", [
    (None, "No such file"), (b"\x00\x01\n" * 100, "no trace: line 1: it is no JSON object"),
    (b'{"a":1}\n', "no trace: line 1: it has no time")], ids=["absent", "binary", "other"])
def test_what_is_no_trace_is_refused(content, why):
    path = write(content) if content else harness.world() / "no-such-trace"
    result = run_with(path, "-X", "http_reuse:report")
    assert result.status != 0 and result.stdout == b""
    complaint, = result.complaints
    assert why in complaint and str(path) in complaint
