"""What programs that are not Go's do in their own ways: timers, limits, proxies with both legs
captured.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import re

import pytest

from harness import capture, fields, records_of, tshark
from program_stories import LEGS
from stories import allows
from truth import port_of, requests_by_port, truth


# ---- timers and limits -------------------------------------------------------------------------

# The program that closed, its timer in ms, and whether a header names it.
TIMERS = {
    "node-server-idle": ("Node.js http", 6000, False),
    "node-fetch-idle": ("Node.js fetch (undici)", 3000, True),
    "apache-idle": ("Apache httpd", 5000, True),
}


@pytest.mark.parametrize("name", TIMERS)
def test_the_program_that_closed_is_among_the_candidates(name):
    product, timer, is_named = TIMERS[name]
    for found in records_of(name).found("idle_close"):
        named = {one["product"]: one for one in found["data"]["candidates"]}
        assert named[product]["idle_ms"] == timer
        assert named[product]["named"] is is_named
        assert [one for one in named.values() if one["named"]] == [named[product]] * is_named
        assert timer <= found["data"]["idle_ms"] <= timer * 1.02


def test_a_timeout_that_is_nobodys_default_names_nobody():
    for found in records_of("nginx-idle").found("idle_close"):
        assert 1500 <= found["data"]["idle_ms"] <= 1550
        assert found["data"]["candidates"] == []


@pytest.mark.parametrize("name, limit, is_announced", [
    ("apache-limit", 5, False), ("apache-limit-announced", 5, True),
    ("apache-limit-default", 101, False)])
def test_httpds_limit_is_one_more_than_it_is_called(name, limit, is_announced):
    for found in records_of(name).found("request_limit"):
        assert (found["data"]["limit"], found["data"]["announced"]) == (limit, is_announced)
        last, = [seen for seen in records_of(name).requests
                 if seen["response_frame"] == found["frame"]]
        assert last["number"] == limit
    log = truth(name)["server_log"]
    assert max(line["keep_alives"] for line in log) + 1 == limit


# ---- bodies ------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", ["node-fetch-cancel", "python-stream-unread-large"])
def test_a_body_left_in_the_middle_is_form_a(name):
    found = records_of(name).found("body_undrained")
    assert {one["data"]["form"] for one in found} == {"a"}
    assert {one["data"]["after_answer_ms"] for one in found} == {None}  # there was no end of it
    assert all("a cancelled request" in one["data"]["alternatives"] for one in found)


@pytest.mark.parametrize("name", ["python-no-session", "python-stream-unread"])
def test_a_close_after_the_answer_names_what_it_was(name):
    # Read in the one, left unread in the other: on the wire nothing tells them apart.
    for found in records_of(name).found("closed_after_answer"):
        assert found["severity"] == "note"
        assert {"an unread response body", "a client object or process for each call"} <= set(
            found["data"]["alternatives"])


# ---- pools -------------------------------------------------------------------------------------

def test_what_urllib3_discards_is_beyond_the_pools_limit():
    found = records_of("python-pool-full")
    discarded = {port_of(said["local"]) for said in truth("python-pool-full")["requests"]
                 if said.get("discarded")}
    assert {one["client"]["port"] for one in found.connections
            if one["close_cause"] == "pool-limit"} == discarded
    assert {one["data"]["limit"] for one in found.found("pool_limit")} == {10}


# ---- reports -----------------------------------------------------------------------------------

@pytest.mark.parametrize("name, is_healthy", [
    ("python-session", True), ("python-no-session", False), ("node-no-agent", False)])
def test_what_could_be_avoided_is_not_called_nothing(name, is_healthy):
    report = tshark("-q", "-r", capture(name), "-X", "http_reuse:report").text
    assert ("Nothing to fix" in report) is is_healthy
    assert bool(re.search(r"Cost: \d+ avoidable connection", report)) is not is_healthy


# ---- proxies, both legs ------------------------------------------------------------------------

every_proxy = pytest.mark.parametrize("name", sorted(LEGS))


def leg(name, server):
    """The connections to one server, in the order of their SYNs."""
    return sorted((one for one in records_of(name).connections
                   if one["server"]["port"] == port_of(server)),
                  key=lambda one: one["opened_frame"])


def requests_of_leg(name, server):
    return [one for one in records_of(name).requests if one["server"]["port"] == port_of(server)]


@pytest.mark.parametrize("name", [name for name in sorted(LEGS) if name.startswith("haproxy-")])
def test_each_leg_is_what_the_proxy_logged(name):
    front, back = truth(name)["servers"]
    log = truth(name)["server_log"]
    for server, end in ((front, "client"), (back, "backend")):
        used = set()
        seen = requests_of_leg(name, server)
        assert [one["client"]["port"] for one in seen] == [port_of(line[end]) for line in log]
        for line, one in zip(log, seen):
            assert one["status"] == ("reused" if line[end] in used else "new")
            assert one["response_code"] == line["status"]
            used.add(line[end])


@every_proxy
def test_the_leg_in_front_is_what_the_client_said(name):
    seen = requests_of_leg(name, truth(name)["servers"][0])
    assert [(one["client"]["port"], one["reused"]) for one in seen] == [
        (port_of(said["local"]), said["reused"]) for said in truth(name)["requests"]]
    assert len(requests_by_port(name)) == len(leg(name, truth(name)["servers"][0]))


@every_proxy
def test_the_leg_behind_is_what_the_server_got(name):
    back = leg(name, truth(name)["servers"][1])
    assert [(one["client"]["port"], one["requests"]) for one in back] == [
        (port_of(one["remote"]), one["requests"]) for one in truth(name)["server_connections"]]


@every_proxy
def test_why_the_connections_of_each_leg_opened_and_ended(name):
    for server, story in zip(truth(name)["servers"], LEGS[name]):
        found = leg(name, server)
        for key, expected in (("why_new", story.why), ("why_new_cause", story.why_cause),
                              ("close_cause", story.cause), ("close_by", story.by),
                              ("close_certainty", story.certainty)):
            if expected is not None:
                got = [one[key] for one in found]
                assert len(got) == len(expected)
                assert all(map(allows, expected, got)), (key, got)
        ids = {one["id"] for one in found}
        for code, number in story.findings.items():
            assert len({one["connection"] for one in records_of(name).found(code)} & ids) == number


@every_proxy
def test_a_proxy_is_not_accused(name):
    assert {one["severity"] for one in records_of(name).findings} <= {"chat", "note"}


@every_proxy
def test_time_wait_of_both_legs_is_what_the_kernel_had(name):
    assert records_of(name).capture["time_wait_peak"] == truth(name)["time_wait"]


@every_proxy
def test_both_legs_are_on_the_wire(name):
    syns = fields(capture(name), "tcp.srcport", plugin=False,
                  display_filter="tcp.flags.syn == 1 && tcp.flags.ack == 0")
    assert len(syns) == len(records_of(name).connections)
