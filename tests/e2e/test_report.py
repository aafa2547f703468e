"""The report for a person, on all committed captures: what to fix first, in which order, in whose
words, and whether the filters that it prints select the frames that it names.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import functools
import json
import re

import pytest

import harness
from packets import ACK, FIN, RST, SYN, Trace
from test_sharkd import ask, frames, load, numbers

# How a report writes a duration, in ms.
UNITS = {"ms": 1, "s": 1000, "min": 60_000}


def section(text, title):
    """The lines of a section of the report, without its heading."""
    found = re.search(rf"^{re.escape(title)}\n-+\n(.*?)(?=^[^\n]+\n-+\n|\Z)", text, re.M | re.S)
    return found[1] if found else ""


def items(text):
    """The items of "What to fix first", each with its lines joined where they were wrapped."""
    fixes = section(text, "What to fix first")
    return [re.sub(r"\n      +", " ", item)
            for item in re.split(r"^\d+\. +", fixes, flags=re.M)[1:]]


def items_of(name):
    return items(harness.report_of(name))


def detail(item, label):
    found = re.search(rf"^ *{label}: (.*)$", item, re.M)
    return found[1] if found else None


def cost_ms(item):
    found = re.search(r"setup ([0-9.]+) (\w+)$", detail(item, "Cost"))
    return float(found[1]) * UNITS[found[2]] if found else -1


def is_error(item):
    return item.startswith("Error: ")


def avoidable(text):
    found = re.search(r"([0-9]+) (?:more )?avoidable connection", text)
    return int(found[1]) if found else 0


WITH_ITEMS = [name for name in harness.capture_names()
              if "What to fix first\n-----------------\n1." in harness.report_of(name)]


def test_many_captures_have_something_to_fix():
    assert len(WITH_ITEMS) > 10


def assert_selected(item, selected):
    """The filter of @item selected the frames that it names, and no others."""
    look_at = detail(item, "Look at")
    named = [int(number) for number in re.findall(r"\d+", look_at.split(" (")[0])]
    in_all = re.search(r"\((\d+) in all\)", look_at)
    assert selected[:len(named)] == named, (item, selected)
    assert len(selected) == (int(in_all[1]) if in_all else len(named)), (item, selected)


def assert_filters(path, of_items):
    for item in of_items:
        rows = harness.fields(path, "frame.number", display_filter=detail(item, "Filter"),
                              options=["-2"])
        assert_selected(item, [int(row["frame.number"][0]) for row in rows])


@functools.lru_cache(maxsize=None)
def selected_by_sharkd():
    """{(capture, filter): frames}; sharkd can read all the captures, one after the other."""
    asked = [(name, detail(item, "Filter")) for name in WITH_ITEMS for item in items_of(name)]
    calls, loaded = [], None
    for number, (name, display_filter) in enumerate(asked):
        calls += [load(name)] * (name != loaded) + [frames(display_filter, number)]
        loaded = name
    answers = [answer for answer in ask(*calls) if isinstance(answer, list)]
    return dict(zip(asked, map(numbers, answers), strict=True))


@pytest.mark.parametrize("name", WITH_ITEMS)
def test_filters_select_the_frames_that_are_named(name):
    for item in items_of(name):
        assert_selected(item, selected_by_sharkd()[name, detail(item, "Filter")])


@pytest.mark.parametrize("name", WITH_ITEMS[::12])
def test_filters_select_the_same_in_tshark(name):
    assert_filters(harness.capture(name), items_of(name))


@pytest.mark.parametrize("name", WITH_ITEMS)
def test_errors_come_first_and_then_what_cost_most(name):
    order = [(not is_error(item), -cost_ms(item)) for item in items_of(name)]
    assert order == sorted(order), items_of(name)


@pytest.mark.parametrize("name", WITH_ITEMS)
def test_severity_is_that_of_the_finding(name):
    severities = {record["code"]: record["severity"]
                  for record in harness.records_of(name).findings}
    for item in items_of(name):
        code = re.search(r"http_reuse\.finding\.(\w+)", detail(item, "Filter"))
        assert is_error(item) is (code is not None and severities[code[1]] == "error"), item


# Every avoidable connection is in one item.
@pytest.mark.parametrize("name", harness.capture_names())
def test_costs_add_up(name):
    costs = [avoidable(detail(item, "Cost of all") or detail(item, "Cost"))
             for item in items_of(name)]
    assert sum(costs) == harness.records_of(name).capture["avoidable_connections"]
    nothing = "Nothing to fix" in section(harness.report_of(name), "What to fix first")
    assert nothing is (not costs)


# What most programs do wrong is a note, and costs as much as what is a warning.
@pytest.mark.parametrize("name, code, words", [
    ("python-no-session", "closed_after_answer", "requests.Session"),
    ("node-no-agent", "close_announced", "whose client said Connection: close"),
    ("reverse-proxy", "close_announced", "proxy_http_version 1.1"),
    ("apache-limit", "request_limit", "MaxKeepAliveRequests"),
    ("nginx-idle", "idle_close", "timeout"),
    ("h2-100-concurrent", "handshake_race", "warm the pool"),
])
def test_notes_that_cost_connections_are_items(name, code, words):
    item = items_of(name)[0]
    assert f"http_reuse.finding.{code}" in detail(item, "Filter")
    assert words in " ".join(item.split()) and cost_ms(item) > 0


# What the program of the capture is, and what its documentation says to do about the finding.
@pytest.mark.parametrize("name, words", [
    ("go-undrained-10", "io.Copy(io.Discard, resp.Body)"),
    ("go-concurrent-20", "Transport.MaxIdleConnsPerHost"),
    ("go-stale", "Transport.IdleConnTimeout"),
])
def test_advice_has_the_words_of_the_clients_library(name, words):
    advice = [item for item in items_of(name) if "If this client is Go's net/http" in item]
    assert any(words in " ".join(item.split()) for item in advice), items_of(name)


def test_a_request_that_the_server_took_brings_no_advice_on_keep_alive():
    item, = [one for one in items_of("go-stale-late") if "request_aborted" in one]
    text = " ".join(item.split())
    assert "that the server took and never answered" in text and "server's log" in text
    assert "IdleConnTimeout" not in text and "Go's net/http" not in text


@pytest.mark.parametrize("name", harness.capture_names())
def test_advice_never_states_the_library_as_certain(name):
    for advice in harness.records_of(name).capture["finding_advice"].values():
        for library, text in advice.items():
            assert text.startswith(f"If this client is {library}, as its User-Agent says: ")


# ---- how long connections rested ---------------------------------------------------------------

def test_an_idle_timeout_is_told_beside_the_pauses():
    """A server that closes after 5 s, and a client that asks after 6, 7 and 8 s."""
    trace = Trace()
    for pause in (1, 2, 3):
        flow = trace.flow()
        flow.open()
        flow.exchange()
        trace.wait(5)
        flow.close("server")
        flow.close("client")
        trace.wait(pause)
    trace.calls(1, 1)
    item, = items(harness.tshark("-q", "-r", trace.write(), "-X", "http_reuse:report").text)
    assert "server's idle timeout" in item
    found = re.fullmatch(r"(5\.0\d\d) s(?: to (5\.0\d\d) s)? until the close,"
                         r" (6\.\d+) s to (8\.\d+) s until the next connection",
                         detail(item, "Idle"))
    assert found, item
    assert 6 <= float(found[3]) < 6.1 and 8 <= float(found[4]) < 8.1


def test_a_lost_request_is_told_with_the_close_before_it():
    """The server closes after 5 s; the client asks on that connection after 8 s."""
    trace = Trace()
    flow = trace.flow()
    flow.open()
    flow.exchange()
    flow.send("client")
    trace.wait(5)
    flow.send("server", flags=FIN | ACK)
    flow.send("client")
    trace.wait(3)
    flow.request()
    flow.reset("server")
    item, = items(harness.tshark("-q", "-r", trace.write(), "-X", "http_reuse:report").text)
    assert item.startswith("Error: 1 request sent on an idle connection that the server closed")
    assert re.fullmatch(r"5\.0\d\d s until the close, 8\.0\d\d s until the request",
                        detail(item, "Idle")), item


def test_a_reset_that_answers_a_request_is_not_the_servers_close():
    """A device may have sent it: nobody had closed before."""
    trace = Trace()
    flow = trace.flow()
    flow.open()
    flow.exchange()
    flow.send("client")
    trace.wait(40)
    flow.request()
    flow.reset("server")
    item, = items(harness.tshark("-q", "-r", trace.write(), "-X", "http_reuse:report").text)
    assert item.startswith("Error: 1 request sent on an idle connection and answered by a reset")
    assert "server closed" not in item


def test_connections_that_end_at_one_age_are_told_with_it():
    """A server that closes each after 10 s, whatever it carried."""
    trace = Trace()
    for pauses in ((5, 4, 1), (2, 3, 4, 1)):
        flow = trace.flow()
        flow.open()
        for pause in pauses:
            flow.exchange()
            flow.send("client")
            trace.wait(pause)
        flow.close("server")
    trace.calls(1, 1)
    item, = items(harness.tshark("-q", "-r", trace.write(), "-X", "http_reuse:report").text)
    assert "ended at the same age" in item
    assert re.fullmatch(r"10\.0\d\d s to 10\.0\d\d s from the opening to the close", detail(item, "Age")), item


def test_a_close_that_nobody_announced_is_told_with_the_idle_time():
    """A client that closes some time after its answers, each time another."""
    trace = Trace()
    for pause in (0.3, 0.5, 0.7):
        flow = trace.flow()
        flow.open()
        flow.exchange()
        flow.send("client")
        trace.wait(pause)
        flow.close("client")
        trace.wait(1)
    trace.calls(1, 1)
    item, = items(harness.tshark("-q", "-r", trace.write(), "-X", "http_reuse:report").text)
    assert "closed by the client unannounced" in item
    assert re.fullmatch(r"0\.000 ms to 70\d\.\d ms until the close,"
                        r" 1\.30\d s to 1\.70\d s until the next connection",
                        detail(item, "Idle")), item


def test_of_no_packets_nothing_is_said_to_be_well():
    report = harness.tshark("-q", "-r", Trace().write(), "-X", "http_reuse:report").text
    assert "Nothing can be said: there is no packet" in report and "Nothing to fix" not in report


@pytest.mark.parametrize("refused, words", [
    (1, "But 1 connection was refused where no HTTP was seen (in frame 9, by 10.0.0.2:81): whether a"
        " request needed it is not known."),
    (2, "But 2 connections were refused where no HTTP was seen (the first in frame 9, by 10.0.0.2:81):"
        " whether a request needed them is not known.")], ids=["one", "two"])
def test_refused_connections_are_told_where_all_else_is_well(refused, words):
    """A proxy's first upstream is down: what it would have spoken nobody sees. The call has 8 frames."""
    trace = Trace()
    trace.calls(1, 1)
    for _ in range(refused):
        flow = trace.flow(server_port=81)
        flow.send("client", flags=SYN)
        flow.send("server", flags=RST | ACK)
    report = harness.tshark("-q", "-r", trace.write(), "-X", "http_reuse:report").text
    assert words in " ".join(section(report, "What to fix first").split())
    assert f"({refused} that the server refused)" in " ".join(report.split())


# ---- ports -------------------------------------------------------------------------------------

def total(text, label):
    """A line of the totals, with what was wrapped."""
    found = re.search(rf"^{label} +(.*\n(?: {{14}}.*\n)*)", text, re.M)
    return " ".join(found[1].split()) if found else None


@pytest.mark.parametrize("name, ports", [("go-undrained-10", 10), ("go-drained-10", 1)])
def test_each_connection_in_time_wait_holds_a_port(name, ports):
    peak = harness.records_of(name).capture["ports_peak"]
    assert peak["ports"] == ports
    assert peak["server"] == harness.records_of(name).connections[0]["server"]
    assert f"at most {ports} of the 28232" in total(harness.report_of(name), "Ports")


def test_many_openings_come_near_to_the_limits_of_linux():
    trace = Trace()
    for _ in range(2900):
        flow = trace.flow()
        flow.open()  # 3 ms: 333 connections a second, about 470 are the limit
    flow.exchange()
    report = harness.tshark("-q", "-r", trace.write(), "-X", "http_reuse:report").text
    ports = total(report, "Ports")
    assert "at most 2900 of the 28232" in ports and "(10.3 %)" in ports
    assert "10.0.0.1 -> 10.0.0.2:80, 8.697 s after the start" in ports
    assert "without a free port no connection can be opened" in ports
    assert re.search(r"33[34] connections opened within a second: .*about 470 a second", ports)


# ---- filters where several items have one code -------------------------------------------------

def idle_and_another(trace, host):
    """Two connections for @host, of which the first could have carried what the second did."""
    for _ in range(2):
        flow = trace.flow()
        flow.open()
        flow.exchange(host=host)
        trace.wait(1)


def test_items_of_two_names_at_one_address_have_filters_of_their_own():
    trace = Trace()
    idle_and_another(trace, "a.example")
    idle_and_another(trace, "b.example")
    path = trace.write()
    found = items(harness.tshark("-q", "-r", path, "-X", "http_reuse:report").text)
    assert len(found) == 2, found
    assert_filters(path, found)


# ---- many that are alike -----------------------------------------------------------------------

@pytest.mark.parametrize("hosts, shown, cost", [(3, 3, None), (5, 1, 5)])
def test_many_hosts_with_one_advice_are_told_once(hosts, shown, cost):
    trace = Trace()
    for number in range(hosts):
        idle_and_another(trace, f"host-{number}.example")
    found = items(harness.tshark("-q", "-r", trace.write(), "-X", "http_reuse:report").text)
    assert len(found) == shown, found
    assert ("And 4 more like this: 10.0.0.1 ->" in found[0]) is (cost is not None)
    if cost is not None:
        assert avoidable(detail(found[0], "Cost")) == 1
        assert avoidable(detail(found[0], "Cost of all")) == cost


def test_the_filter_of_all_selects_the_frames_of_each():
    name = "python-hosts-ten"
    item, = items_of(name)
    fixes = harness.records_of(name).fixes
    assert len(fixes) == 12 and {fix["change"] for fix in fixes} == {"keep_more_in_all"}
    rows = harness.fields(harness.capture(name), "frame.number", options=["-2"],
                          display_filter=detail(item, "Filter of all"))
    assert len(rows) == sum(fix["frame_count"] for fix in fixes)
    assert avoidable(detail(item, "Cost of all")) == sum(
        fix["avoidable_connections"] for fix in fixes)


# ---- one client or server ----------------------------------------------------------------------

@pytest.mark.parametrize("name", ["reverse-proxy", "h2-coalesce"])
def test_a_filtered_output_says_what_the_whole_says_of_that_server(name):
    """Record by record; and all servers together say all."""
    path = harness.capture(name)
    whole = harness.Records(harness.tshark("-q", "-r", path, "-X", "http_reuse:ndjson=-").text)
    told = []
    for port in {origin["server"]["port"] for origin in whole.origins}:
        part = harness.Records(harness.tshark(
            "-q", "-r", path, "-X", f"http_reuse:ndjson=-,filter=127.0.0.1:{port}").text)
        assert {one["server"]["port"] for one in part.origins} == {port}
        assert part.capture["requests"] == len(part.requests)
        told += [record for record in part.all if record["type"] not in ("capture", "fix")]
    key = json.dumps
    assert sorted(told, key=key) == sorted(
        (record for record in whole.all if record["type"] not in ("capture", "fix")), key=key)
