"""Forecasts against programs that were really changed: pairs of captures of real programs, before
and after. plugin/doc/forecast.md has the pairs; each row of its table is what is checked here.

What was measured is counted without the plugin: SYNs, and the times of answers.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import functools
import re

import pytest

from harness import SOURCE, capture, fields, records_of, tshark

DOCUMENT = (SOURCE / "plugin/doc/forecast.md").read_text(encoding="utf-8")

ROW = re.compile(r"^\| `([a-z0-9-]+)` \| `([a-z0-9:.,-]+)` \| `([a-z0-9-]+)` "
                 r"\| (\d+) \| (\d+) \| (\d+) \| ([+-]?\d+) \|$", re.MULTILINE)
PAIRS = [(before, change, after, *map(int, numbers))
         for before, change, after, *numbers in ROW.findall(DOCUMENT)]

# Where nothing is here, the forecast has to be exact.
TOLERANCES = {
    # Eight workers wait for each other at the start only: later each run has another order, and
    # which of them finds one of the two idle connections is a matter of microseconds.
    "go-workers-two-idle": 2,
    "python-workers": 2,
    "go-workers-eight-idle": 4,
    # The times of the calls are fixed, those of the answers are not: an answer that comes a
    # millisecond later meets the next call or does not. One in ten.
    "go-schedule-two-idle": 1,
    "go-schedule-20-idle": 4,
}


@functools.lru_cache(maxsize=None)
def forecast(name, change):
    text = tshark("-q", "-r", capture(name), "-X", f"http_reuse:whatif={change}").text
    assert text.startswith(f"What if: {change}\n")
    return text


def connections_forecast(name, change):
    """With the change, and as captured."""
    found = re.search(r"^connections +(\d+) instead of (\d+)$", forecast(name, change),
                      re.MULTILINE)
    return int(found[1]), int(found[2])


def milliseconds(text):
    number, unit = re.fullmatch(r"([\d.]+) (ms|s)", text).groups()
    return float(number) * {"ms": 1, "s": 1000}[unit]


@functools.lru_cache(maxsize=None)
def opened(name):
    """Connections that were opened: SYNs of their own."""
    rows = fields(capture(name), "tcp.stream", plugin=False,
                  display_filter="tcp.flags.syn == 1 && tcp.flags.ack == 0")
    return len({row["tcp.stream"][0] for row in rows})


@functools.lru_cache(maxsize=None)
def milliseconds_to_last_answer(name):
    """From the first packet."""
    rows = fields(capture(name), "frame.time_relative", plugin=False,
                  display_filter="http.response")
    return 1000 * float(rows[-1]["frame.time_relative"][0])


@functools.lru_cache(maxsize=None)
def handshake_milliseconds(name):
    """From each SYN to the first request on its connection, or at most to that: the sum."""
    rows = fields(capture(name), "frame.time_relative", "tcp.stream", "http.request", plugin=False,
                  display_filter="tcp.flags.syn == 1 && tcp.flags.ack == 0 || http.request")
    begun, taken = {}, {}
    for row in rows:
        stream, at = row["tcp.stream"][0], 1000 * float(row["frame.time_relative"][0])
        if not row["http.request"]:
            begun[stream] = at
        elif stream not in taken:
            taken[stream] = at - begun[stream]
    return sum(taken.values())


def test_there_are_enough_pairs():
    assert len(PAIRS) >= 12
    assert len({pair[0] for pair in PAIRS}) >= 12


@pytest.mark.parametrize("before, change, after, captured, foreseen, measured, difference", PAIRS)
def test_forecast_of_a_pair(before, change, after, captured, foreseen, measured, difference):
    """What was forecast from the one is what the other shows; the document says so."""
    assert measured == opened(after)
    assert captured == opened(before)
    assert connections_forecast(before, change) == (foreseen, captured)
    assert difference == foreseen - measured
    assert abs(foreseen - measured) <= TOLERANCES.get(before, 0)


@pytest.mark.parametrize("change", ["no-close", "request-limit:1000000"])
def test_what_the_model_does_not_explain_is_no_gain(change):
    """Nobody says close there, and no limit is reached; the model explains 30 of 32 connections."""
    text = forecast("go-workers-two-idle", change)
    assert "explains 30 of 32" in text
    assert connections_forecast("go-workers-two-idle", change) == (32, 32)


def test_each_side_has_its_own_share():
    """The server, the client and HTTP/1.0 each cost one connection of four."""
    report = tshark("-q", "-r", capture("go-connection-close"), "-X", "http_reuse:report").text
    assert report.count("Brings: 3 connections instead of 4") == 3


def test_setup_that_is_left():
    """Over TLS, where setups take a millisecond and not microseconds. The one that is left is as
    slow as any: between a third of what was measured and three times that."""
    text = forecast("tls-undrained-10", "bodies-read")
    left, before = re.search(r"^setup +(\S+ m?s) instead of (\S+ m?s)$", text,
                             re.MULTILINE).groups()
    assert milliseconds(before) <= handshake_milliseconds("tls-undrained-10")
    measured = handshake_milliseconds("tls-drained-10")
    assert measured / 3 < milliseconds(left) < measured * 3


def test_waiting_for_a_bound():
    """Twenty calls of 20 ms each on four connections are five rounds instead of one. A round that
    waits ends 80 ms later; what the scheduler adds is less than one round."""
    text = forecast("go-max-conns-none", "bounded:4")
    later = milliseconds(re.search(r"^last answer +(\S+ ms) later$", text, re.MULTILINE)[1])
    measured = (milliseconds_to_last_answer("go-max-conns")
                - milliseconds_to_last_answer("go-max-conns-none"))
    assert 16 == int(re.search(r"^waiting +(\d+) requests,", text, re.MULTILINE)[1])
    assert abs(later - measured) < 20


def test_no_forecast_without_an_explanation():
    """Refused streams that are sent again are in no model: the origin stays as it was captured."""
    text = forecast("h2-few-streams", "bounded:1")
    assert "no forecast for https://a.example" in text
    with_change, captured = connections_forecast("h2-few-streams", "bounded:1")
    assert with_change == captured == opened("h2-few-streams")


@pytest.mark.parametrize("name", ["go-undrained-10", "python-no-session", "node-no-agent",
                                  "go-max-idle-2", "nginx-h1", "nginx-idle", "go-idle-client",
                                  "h2-100-concurrent"])
def test_items_say_what_they_bring(name):
    """The same as with the change in the user's words; and the report says it, too."""
    change, = {pair[1] for pair in PAIRS if pair[0] == name}
    foreseen, captured = connections_forecast(name, change)
    item = records_of(name).fixes[0]
    assert (item["predicted_connections"], item["predicted_instead_of"]) == (foreseen, captured)
    assert item["explained_connections"] == captured
    assert 0 < item["predicted_setup_ms"] < records_of(name).origins[0]["setup_total_ms"]
    report = " ".join(tshark("-q", "-r", capture(name), "-X", "http_reuse:report").text.split())
    words = f"{foreseen} connection{'s' * (foreseen > 1)} instead of {captured}, "
    assert f"Brings: {words}" in report


def test_an_item_without_a_forecast_says_why():
    item = records_of("h2-few-streams").fixes[0]
    assert item["avoidable_connections"] > 0 and item["predicted_connections"] is None
    report = tshark("-q", "-r", capture("h2-few-streams"), "-X", "http_reuse:report").text
    assert "Brings: no forecast, since the model gives " in report


def test_several_beside_a_report():
    """Each in its own words, in the order in which they were asked for, the report among them."""
    text = tshark("-q", "-r", capture("go-undrained-2"), "-X", "http_reuse:whatif=bodies-read",
                  "-X", "http_reuse:report", "-X", "http_reuse:whatif=no-close").text
    first, report, last = (text.index(words) for words in (
        "What if: bodies-read", "HTTP connection reuse\n=====", "What if: no-close"))
    assert first < report < last
