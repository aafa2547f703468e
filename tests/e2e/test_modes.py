"""The same facts in every way of running tshark: one pass, two, filtered, from a pipe; as fields,
JSON and columns. Filters are in test_filters.py.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import collections
import functools
import json
import re

import pytest

from harness import (capture, fields, is_true, new_folder, records, records_of, reuse_trees, tool,
                     sample, trees_of, tshark)
from packets import ACK, STEP, SYN
from stories import STORIES
from truth import requests_by_port, truth, was_reused, wire

LINKS = ("first_request_in", "previous_request_in", "next_request_in", "request_in",
         "response_in", "opened_in", "closed_in")

SOME = ["go-drained-2", "go-concurrent-20", "go-pipeline", "go-stale", "go-undrained-large"]


# ---- reports -----------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def as_pcap():
    """A capture in the older format, with the time stamps as they are."""
    def convert(name):
        target = capture(name).with_suffix(".pcap")
        tool("editcap", "-F", "pcap", capture(name), target)
        return target
    return convert


def mode_of_running(mode, name, as_pcap):
    """The arguments of tshark, and its standard input."""
    path = capture(name)
    return {
        "two-passes": (["-q", "-2", "-r", path], None),
        "keeping-http": (["-q", "-2", "-R", "http", "-r", path], None),
        "keeping-syns": (["-q", "-2", "-R", "tcp.flags.syn == 1", "-r", path], None),
        "keeping-nothing": (["-q", "-2", "-R", "frame.number == 0", "-r", path], None),
        "display-filter": (["-Y", "http.response", "-r", path], None),
        "printing-details": (["-V", "-r", path], None),
        "pcap-file": (["-q", "-r", as_pcap(name)], None),
        "pcapng-from-stdin": (["-q", "-r", "-"], path.read_bytes()),
        "pcap-from-stdin": (["-q", "-r", "-"], as_pcap(name).read_bytes()),
        "with-statistics": (["-q", "-z", "conv,tcp", "-z", "expert", "-r", path], None),
    }[mode]


MODES = ["two-passes", "keeping-http", "keeping-syns", "keeping-nothing", "display-filter",
         "printing-details", "pcap-file", "pcapng-from-stdin", "pcap-from-stdin",
         "with-statistics"]


def unnamed(report, ndjson):
    """Without the name of the file that the capture is in: it may come from elsewhere."""
    return (re.sub(rb"^File  .*\n", b"", report, flags=re.M),
            re.sub(rb'"file":"[^"]*"', b'"file":null', ndjson))


def write_reports(folder, args, data=None):
    """Both reports, and a second copy of one: what each says."""
    for name in ("report", "ndjson", "again"):
        option = "ndjson" if name == "again" else name
        args = [*args, "-X", f"http_reuse:{option}={folder / name}"]
    tshark(*args, data=data)
    assert (folder / "ndjson").read_bytes() == (folder / "again").read_bytes()
    return (folder / "report").read_bytes(), (folder / "ndjson").read_bytes()


@functools.lru_cache(maxsize=None)
def reports_of_one_pass(name):
    """test_captures.py compares these with the program."""
    return write_reports(new_folder(), ["-q", "-r", capture(name)])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", SOME)
def test_reports_are_the_same(mode, name, folder, as_pcap):
    args, data = mode_of_running(mode, name, as_pcap)
    assert unnamed(*write_reports(folder, args, data)) == unnamed(*reports_of_one_pass(name))


def test_the_statistic_prints_the_report(folder):
    report, _ = write_reports(folder, ["-q", "-r", capture("go-stale")])
    printed = tshark("-q", "-r", capture("go-stale"), "-z", "http_reuse,report").stdout
    option = tshark("-q", "-r", capture("go-stale"), "-X", "http_reuse:report").stdout
    assert printed == option == report


def test_the_statistic_follows_the_packets():
    packets = tshark("-r", capture("go-stale"), plugin=False).text
    both = tshark("-r", capture("go-stale"), "-z", "http_reuse,report").text
    assert both.startswith(packets) and len(both) > len(packets)


@pytest.mark.parametrize("name, words", [
    ("go-undrained-10", ["10 new", "0 reused", "body_undrained", "body-undrained"]),
    ("go-drained-10", ["1 new", "9 reused"]),
    ("go-concurrent-20", ["20 new", "10 reused", "all-busy", "pool-limit", "pool_limit"]),
    ("go-stale", ["stale_reuse", "stale-race"]),
    ("go-new-transport", ["5 new", "missed_reuse", "idle-available"])])
def test_the_report_tells_the_story(name, words):
    text = tshark("-q", "-r", capture(name), "-z", "http_reuse,report").text
    assert [word for word in words if word not in text] == []
    folded = sum(int(count) for count in re.findall(r"^\.\.\. (\d+) more like this", text, re.M))
    assert len([port for port in requests_by_port(name) if str(port) not in text]) == folded


def test_what_is_folded_is_what_is_not_shown(trace):
    """Sixty servers whose connections are alike, more than the list has room for: so it has the
    dear ones, which are neither the first nor the last."""
    setup_ms = {}
    for number in range(420):
        flow = trace.flow(server=f"10.1.0.{number // 7 + 1}")
        setup_ms[number + 1] = 2 * number + (1000 if number % 7 in (1, 4) else 3)
        flow.send("client", flags=SYN)
        trace.wait(setup_ms[number + 1] / 1000 - 2 * STEP)
        flow.send("server", flags=SYN | ACK)
        flow.send("client")
        flow.exchange()
        flow.close("client")
    text = tshark("-q", "-r", trace.write(), "-X", "http_reuse:report").text
    groups = [(re.findall(r"^#(\d+) ", group, re.M), fold) for group, fold in
              zip(*[iter(re.split(r"^[.]{3} 4 more like this, (.*)$", text, flags=re.M))] * 2)]
    assert len(groups) > 40
    for shown, fold in groups:
        last, setup, unit = re.fullmatch(r"up to #(\d+) in .*; setup ([\d.]+) (m?s) in all",
                                         fold).groups()
        assert int(last) % 7 == 0
        # The first of a server was opened for another reason than the rest.
        alike = set(range(int(last) - 5, int(last) + 1)) - {int(each) for each in shown}
        assert len(alike) == 4
        assert float(setup) * {"ms": 1, "s": 1000}[unit] == pytest.approx(
            sum(setup_ms[each] for each in alike), rel=1e-3)


# ---- fields ------------------------------------------------------------------------------------

def passes(two):
    return ["-2"] if two else []


both_passes = pytest.mark.parametrize("two", [False, True], ids=["one-pass", "two-passes"])


def facts_of_the_program(name):
    """(status, number) of each request, counted."""
    return collections.Counter(
        ("reused" if was_reused(name, said) else "new", str(number))
        for requests in requests_by_port(name).values()
        for number, said in enumerate(requests, 1))


@both_passes
@pytest.mark.parametrize("name", sample(STORIES))
def test_fields_say_what_the_program_said(name, two):
    seen = collections.Counter()
    for row in trees_of(name, two)[1]:
        if not row["http.request.method"]:
            continue
        assert [is_true(value) for value in row["http_reuse.reused"]] == [
            status == "reused" for status in row["http_reuse.status"]]
        seen.update(zip(row["http_reuse.status"], row["http_reuse.number"]))
    assert seen == facts_of_the_program(name)


def layers_of(packet):
    """What a packet of -T json shows: one thing, or several below one root."""
    trees = packet["_source"]["layers"].get("http_reuse", [])
    trees = trees if isinstance(trees, list) else [trees]  # a summary has one of its own
    things = [tree.get("http_reuse.thing", tree) for tree in trees]
    return [one for some in things for one in (some if isinstance(some, list) else [some])]


@both_passes
@pytest.mark.parametrize("name", SOME)
def test_json_says_what_the_program_said(name, two):
    text = tshark("-r", capture(name), "-T", "json", "--no-duplicate-keys", "-Y",
                  "http.request.method", *passes(two)).text
    trees = [tree for packet in json.loads(text) for tree in layers_of(packet)]
    requests = [tree for tree in trees if "http_reuse.request_in" not in tree]
    assert collections.Counter(
        (tree["http_reuse.status"], tree["http_reuse.number"]) for tree in requests
    ) == facts_of_the_program(name)
    for tree in requests:
        assert is_true(str(tree["http_reuse.reused"])) == (tree["http_reuse.status"] == "reused")


@both_passes
def test_ek_says_what_the_program_said(two):
    name = "go-concurrent-20"
    lines = tshark("-r", capture(name), "-T", "ek", "-Y", "http.request.method",
                   *passes(two)).lines
    trees = [json.loads(line)["layers"]["http_reuse"] for line in lines if "layers" in line]
    prefix = "http_reuse_http_reuse_"
    assert collections.Counter(
        (tree[prefix + "status"], tree[prefix + "number"]) for tree in trees
    ) == facts_of_the_program(name)


@both_passes
def test_details_have_one_tree_for_all_requests_of_a_frame(two):
    """Five requests in one segment."""
    text = tshark("-r", capture("go-pipeline"), "-V", "-Y", "frame.number == 4",
                  *passes(two)).text
    tree, = reuse_trees(text)
    root, *requests = re.split(r"^ {4}(?=\S)", tree, flags=re.MULTILINE)
    assert "5 requests (1 new, 4 reused) on connection 1" in root
    assert ["Status: new" in request for request in requests] == [True] + [False] * 4
    assert all(f"Request number: {i}" in request for i, request in enumerate(requests, 1))


@both_passes
def test_details_say_what_two_things_of_a_frame_are(two):
    """nginx says with an answer that it is the last."""
    found = fields(capture("nginx-h2"), "frame.number", options=["-2"],
                   display_filter="http2.type == 7 && http2.headers.status")
    text = tshark("-r", capture("nginx-h2"), "-V", "-Y",
                  f"frame.number == {found[0]['frame.number'][0]}", *passes(two)).text
    tree, = reuse_trees(text)
    root = tree.splitlines()[0]
    assert "GOAWAY on connection 1 by the server; answer to request 5 on connection 1" in root


@both_passes
def test_a_custom_column(two):
    columns = ('gui.column.format:"No.","%m","Reuse","%Cus:http_reuse.status:0:R",'
               '"Nr","%Cus:http_reuse.number"')
    lines = tshark("-r", capture("go-drained-10"), "-o", columns, "-Y", "http.request",
                   *passes(two)).lines
    assert [line.split()[1:] for line in lines] == [["new", "1"]] + [
        ["reused", str(number)] for number in range(2, 11)]


def test_times_are_relative_times():
    rows = fields(capture("go-keepalive-45s"), "http_reuse.idle",
                  display_filter="http.request && http_reuse.idle > 40")
    assert [40 < float(row["http_reuse.idle"][0]) < 46 for row in rows] == [True]
    opening, = fields(capture("go-drained-2"), "http_reuse.setup", "http_reuse.setup.tcp",
                      "frame.time_relative", display_filter="http_reuse.status == new"
                      " && http.request")
    # The client's ACK is the third frame.
    third, = fields(capture("go-drained-2"), "frame.time_relative", plugin=False,
                    display_filter="frame.number == 3")
    assert float(opening["http_reuse.setup"][0]) == pytest.approx(
        float(third["frame.time_relative"][0]), abs=1e-9)


# ---- what needs the future ---------------------------------------------------------------------

def test_one_pass_looks_back():
    rows = fields(capture("go-drained-10"), "frame.number", *[f"http_reuse.{link}"
                  for link in LINKS], "http_reuse.why_new", display_filter="http_reuse")
    requests = [row for row in rows if not row["http_reuse.request_in"]]
    requests = [row for row in requests if row["http_reuse.first_request_in"]
                and int(row["frame.number"][0]) >= 4]
    frames = [row["frame.number"] for row in requests][:10]
    stream, = wire("go-drained-10")
    assert frames[0] == [str(stream.first_request)]
    previous = [row["http_reuse.previous_request_in"] for row in requests][:10]
    assert previous == [[]] + frames[:9]
    assert all(row["http_reuse.first_request_in"] == frames[0] for row in requests[:10])
    assert all(row["http_reuse.opened_in"] == [str(stream.syn)] for row in requests[:10])
    assert requests[0]["http_reuse.why_new"] == ["first-contact"]
    assert not any(row["http_reuse.next_request_in"] for row in rows)
    answers = [row["http_reuse.request_in"] for row in rows if row["http_reuse.request_in"]]
    assert answers == frames


def test_two_passes_look_forward():
    stream, = wire("go-drained-10")
    rows = fields(capture("go-drained-10"), "frame.number", "http_reuse.next_request_in",
                  "http_reuse.response_in", options=["-2"], display_filter="http.request")
    frames = [row["frame.number"] for row in rows]
    assert [row["http_reuse.next_request_in"] for row in rows] == frames[1:] + [[]]
    assert [row["http_reuse.response_in"] for row in rows] == [[str(i)] for i in stream.answers]


@pytest.mark.parametrize("name", ["go-stale", "go-undrained-10", "go-server-exit"])
def test_two_passes_know_the_end(name):
    expected = {(str(one["id"]), one["close_cause"], one["close_by"], one["close_first_fin"],
                 one["close_certainty"], str(one["closed_frame"]))
                for one in records_of(name).connections}
    names = ["connection", "close.cause", "close.by", "close.first_fin", "close.certainty",
             "closed_in"]
    rows = fields(capture(name), *[f"http_reuse.{field}" for field in names], options=["-2"],
                  display_filter="http_reuse.close.cause")
    assert {tuple(row[f"http_reuse.{field}"][0] for field in names) for row in rows} == expected
    ends = {stream.first_end for stream in wire(name)}
    on_ends = fields(capture(name), "frame.number", options=["-2"], display_filter=(
        "http_reuse.close.cause && (tcp.flags.fin == 1 || tcp.flags.reset == 1)"))
    assert ends <= {int(row["frame.number"][0]) for row in on_ends}


def test_the_opening_shows_its_tree_on_the_second_visit():
    one = fields(capture("go-drained-2"), "http_reuse.why_new", display_filter="tcp.flags.syn==1")
    assert [row["http_reuse.why_new"] for row in one] == [[], []]
    two = fields(capture("go-drained-2"), "http_reuse.why_new", options=["-2"],
                 display_filter="tcp.flags.syn==1")
    assert [row["http_reuse.why_new"] for row in two] == [["first-contact"], []]


SUMMARY = ("requests", "new", "reused", "unknown", "connections", "time_wait_client",
           "time_wait_server", "other_connections")


@pytest.mark.parametrize("keep", [[], ["-R", "http"], ["-R", "tcp.port"]],
                         ids=["all", "http", "tcp"])
@pytest.mark.parametrize("name", ["go-undrained-10", "go-concurrent-20"])
def test_the_summary_is_on_the_first_frame(name, keep):
    rows = fields(capture(name), "frame.number", *[f"http_reuse.summary.{one}" for one in SUMMARY],
                  options=["-2", *keep], display_filter="http_reuse.finding.summary")
    row, = rows
    said = truth(name)["requests"]
    reused = sum(bool(one["reused"]) for one in said)
    expected = [len(said), len(said) - reused, reused, 0, len(requests_by_port(name)),
                truth(name)["time_wait"]["client"], truth(name)["time_wait"]["server"], 0]
    assert row["frame.number"] == ["1"]
    assert [int(row[f"http_reuse.summary.{one}"][0]) for one in SUMMARY] == expected


def test_one_pass_has_no_summary():
    rows = fields(capture("go-drained-2"), "frame.number",
                  display_filter="http_reuse.finding.summary || http_reuse.summary.requests")
    assert rows == []


def test_the_summary_can_be_switched_off():
    rows = fields(capture("go-drained-2"), "frame.number", display_filter="http_reuse.summary.new",
                  options=["-2", "-o", "http_reuse.summary:FALSE"])
    assert rows == []


def test_a_tolerance_can_be_changed():
    path = capture("go-idle-server")  # closes after 1.5 s
    found = records(path, "-o", "http_reuse.timer_min_ms:2000")
    assert "server-idle-timeout" not in found.causes()
    assert records_of("go-idle-server").causes() == ["server-idle-timeout"] * 3


@functools.lru_cache(maxsize=None)
def links_of(name, *options):
    """Rows with the number, the time and the links of each frame, in two passes."""
    return fields(capture(name), "frame.number", "frame.time_epoch",
                  *[f"http_reuse.{link}" for link in LINKS], options=["-2", *options])


def times_of(rows):
    return {row["frame.number"][0]: row["frame.time_epoch"][0] for row in rows}


@pytest.mark.parametrize("keep", ["http", "http.request", "tcp.flags.fin == 1 || http.response",
                                  "tcp.len > 0"])
@pytest.mark.parametrize("name", ["go-drained-10", "go-undrained-10", "go-stale"])
def test_links_lead_to_kept_frames_only(name, keep):
    names = [f"http_reuse.{link}" for link in LINKS]
    all_rows, kept_rows = links_of(name), links_of(name, "-R", keep)
    whole = {row["frame.time_epoch"][0]: row for row in all_rows}
    all_times, kept_times = times_of(all_rows), times_of(kept_rows)
    assert len(set(all_times.values())) == len(all_times)
    last = max(kept_times.values())
    links = 0
    for row in kept_rows:
        right = whole[row["frame.time_epoch"][0]]
        for link in names:
            expected = [all_times[number] for number in right[link]]
            # Nothing shows whether the very last frame was kept: that link may be missing.
            expected = [time for time in expected if time in kept_times.values()]
            got = [kept_times[number] for number in row[link]]
            assert got == expected or got == [time for time in expected if time != last], link
            links += len(got)
    assert links > 0
