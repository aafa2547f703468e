"""The same numbers in every way of running, of every capture: NDJSON of one pass and of two, fields
of one pass and of two, and sharkd's filters. What is right about them, test_captures.py and
test_protocols.py say.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import collections
import functools

import pytest

from harness import (capture, capture_names, fields, outputs_of, packets_of, records_of, sample,
                     trees_of, version)
from places import places
from test_sharkd import ask, details, frames, load, trees

every_capture = pytest.mark.parametrize("name", capture_names())
NAMES = sample(capture_names(), 5)
sampled_captures = pytest.mark.parametrize("name", NAMES)
both_passes = pytest.mark.parametrize("two", [False, True], ids=["one-pass", "two-passes"])

STATUSES = ("new", "reused", "unknown")
HANDSHAKES = ("none", "full", "resumed", "early-data")

# Wireshark before 4.6 does not show all of its requests. It may show one in a later frame than
# where it begins, which one pass cannot know, so that its fields leave these out.
HALF_SHOWN = {"connect-proxy-plain"} if version() < (4, 6) else set()

COLUMNS = ("http_reuse.status", "http_reuse.request_in", "http_reuse.connection",
           "http_reuse.tls.handshake")


def statuses_of_requests(rows):
    """A frame comes from one side, so that its trees are all of requests or all of answers."""
    return collections.Counter(status for row in rows if not row["http_reuse.request_in"]
                               for status in row["http_reuse.status"])


def shown_requests(name):
    """Those in the frames in which Wireshark itself shows a request."""
    shown = {int(row["frame.number"][0]) for row in packets_of(name) if row["http.request"]}
    return [one for one in records_of(name).requests if one["frame"] in shown]


def handshakes_of_connections(rows):
    found = collections.defaultdict(set)
    for row in rows:
        if len(row["http_reuse.tls.handshake"]) == len(row["http_reuse.connection"]):
            for connection, handshake in zip(row["http_reuse.connection"],
                                             row["http_reuse.tls.handshake"]):
                found[int(connection)].add(handshake)
    return found


# ---- NDJSON ------------------------------------------------------------------------------------

@sampled_captures
def test_ndjson_is_the_same_in_one_pass_and_two_and_beside_fields(name):
    quiet = (outputs_of(name) / "ndjson").read_bytes()
    assert quiet == trees_of(name, False)[0] == trees_of(name, True)[0]


@every_capture
def test_totals_are_the_sums_of_the_records_of(name):
    found = records_of(name)
    statuses = collections.Counter(found.statuses())
    for line in (found.capture, {key: sum(origin[key] for origin in found.origins)
                                 for key in ("requests", "connections", *STATUSES)}):
        assert {status: line[status] for status in STATUSES} == {
            status: statuses[status] for status in STATUSES}
        assert line["requests"] == len(found.requests)
        assert line["connections"] == len(found.connections)


# ---- fields ------------------------------------------------------------------------------------

@both_passes
@sampled_captures
def test_fields_count_the_same_requests(name, two):
    expected = records_of(name).requests
    if name in HALF_SHOWN and not two:
        expected = shown_requests(name)
        assert 0 < len(expected) < len(records_of(name).requests)
    assert statuses_of_requests(trees_of(name, two)[1]) == collections.Counter(
        one["status"] for one in expected)


@both_passes
@sampled_captures
def test_fields_count_the_same_handshakes(name, two):
    expected = {one["id"]: one["tls_handshake"] for one in records_of(name).connections}
    found = handshakes_of_connections(trees_of(name, two)[1])
    if two:
        assert {one: {kind} for one, kind in expected.items() if kind} == found
    else:  # what is known from the first frame on that shows the connection
        assert found == {one: {expected[one]} for one in found}
        assert {one["connection"] for one in records_of(name).requests} <= set(found)


def frames_matching(name, two, display_filter):
    return fields(capture(name), *COLUMNS, display_filter=display_filter,
                  options=["-2"] if two else [])


@both_passes
@pytest.mark.parametrize("name", sample(["tls-resume-13-cache", "nginx-h2", "h2-few-streams",
                                         "h3-0rtt", "connect-proxy"], 2))
def test_filters_find_what_the_programs_said(name, two):
    told = [said.reused for place in places(name).values() for said in place.requests]
    for status, expected in (("new", told.count(False)), ("reused", told.count(True))):
        rows = frames_matching(name, two, f'http_reuse.status == "{status}"')
        assert statuses_of_requests(rows)[status] == expected
    for kind in ("resumed", "early-data"):
        rows = frames_matching(name, two, f'http_reuse.tls.handshake == "{kind}"')
        assert len(handshakes_of_connections(rows)) == sum(
            place.handshake == kind for place in places(name).values())


# ---- sharkd ------------------------------------------------------------------------------------

def shown(display_filter, load_number):
    method, parameters = frames(display_filter, load_number)
    columns = {f"column{i}": f"{column}:0" for i, column in enumerate(COLUMNS)}
    return method, parameters | columns


QUESTIONS = [*[f'http_reuse.status == "{one}"' for one in STATUSES],
             *[f'http_reuse.tls.handshake == "{one}"' for one in HANDSHAKES]]


@functools.lru_cache(maxsize=None)
def answers_of_sharkd():
    """By capture: the details of the first frame, and the rows of each question."""
    calls = [[load(name), details(1), *[shown(question, i) for question in QUESTIONS]]
             for i, name in enumerate(NAMES)]
    results = ask(*[call for group in calls for call in group])
    found = {}
    for i, name in enumerate(NAMES):
        _, first, *rows = results[i * len(calls[0]):(i + 1) * len(calls[0])]
        found[name] = first, dict(zip(QUESTIONS, ([
            dict(zip(COLUMNS, (value.split(",") if value else [] for value in row["c"])))
            for row in answer] for answer in rows)))
    return found


@sampled_captures
def test_sharkd_counts_the_same_requests(name):
    found = records_of(name)
    for status in STATUSES:
        rows = answers_of_sharkd()[name][1][f'http_reuse.status == "{status}"']
        assert statuses_of_requests(rows)[status] == found.capture[status]


@sampled_captures
def test_sharkd_counts_the_same_handshakes(name):
    for kind in HANDSHAKES:
        rows = answers_of_sharkd()[name][1][f'http_reuse.tls.handshake == "{kind}"']
        found = [one for one, kinds in handshakes_of_connections(rows).items() if kind in kinds]
        assert len(found) == records_of(name).capture["connections_by_tls_handshake"][kind]


@sampled_captures
def test_sharkd_shows_the_same_summary(name):
    lines = trees(answers_of_sharkd()[name][0])[0]
    line = records_of(name).capture
    assert {f"Requests: {line['requests']}", f"New: {line['new']}", f"Reused: {line['reused']}",
            f"Unknown: {line['unknown']}", f"Connections: {line['connections']}"} <= set(lines)
