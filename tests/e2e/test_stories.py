"""Every capture of HTTP/1 without TLS: the plugin beside its story.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import collections

import pytest

import harness
from beside import by_opening, pairs
from harness import records_of
from program_stories import PROGRAMS
from stories import EXIT, STORIES as GO, allows, choice
from truth import port_of, requests_by_port, truth

STORIES = {**GO, **PROGRAMS}

every_capture = pytest.mark.parametrize("name", sorted(STORIES))


def check_each(name, key, expected):
    got = [one[key] for one in by_opening(name)]
    assert len(got) == len(expected)
    assert all(allows(want, have) for want, have in zip(expected, got)), (key, got, expected)


@every_capture
def test_why_each_connection_was_opened(name):
    check_each(name, "why_new", STORIES[name].why)


@every_capture
def test_the_opening_is_explained_by_an_earlier_connection(name):
    for one in by_opening(name):
        if one["why_new"] == "first-contact":
            assert one["why_new_connection"] is None
        else:
            explaining = records_of(name).connection(one["why_new_connection"])
            assert explaining["opened_frame"] < one["opened_frame"]
            expected = explaining["close_cause"] if one["why_new"] == "previous-closed" else None
            assert one["why_new_cause"] == expected
    if STORIES[name].why_cause:
        check_each(name, "why_new_cause", STORIES[name].why_cause)


@every_capture
def test_why_each_connection_ended(name):
    if STORIES[name].cause:
        check_each(name, "close_cause", STORIES[name].cause)
    for expected, number in (STORIES[name].causes or {}).items():
        causes = records_of(name).causes()
        assert allows(number, sum(one in choice(expected) for one in causes)), causes


@every_capture
def test_who_ended_each_connection(name):
    check_each(name, "close_by", STORIES[name].by)


@every_capture
def test_an_inference_is_never_stated_as_certain(name):
    if STORIES[name].certainty:
        check_each(name, "close_certainty", STORIES[name].certainty)
    for one in records_of(name).connections:
        if one["close_cause"] in ("client-exit", "server-exit", "pool-limit"):
            assert one["close_certainty"] == "likely", one


@every_capture
def test_findings_are_those_of_the_story(name):
    connections = collections.defaultdict(set)
    for found in records_of(name).findings:
        connections[found["code"]].add(found["connection"])
    got = {code: len(ids) for code, ids in connections.items()}
    for code, expected in STORIES[name].findings.items():
        assert allows(expected, got.pop(code, 0)), (code, expected)
    new = len(requests_by_port(name))
    assert got.pop("new_connection", 0) == new
    cancelled = {one["id"] for one in records_of(name).connections
                 if one["close_cause"] == "request-cancelled"}
    assert connections["request_cancelled"] == cancelled
    got.pop("request_cancelled", None)
    after_answer = connections["closed_after_answer"]
    got.pop("closed_after_answer", None)
    assert all(records_of(name).connection(one)["close_cause"] == "client-close"
               for one in after_answer)
    assert got == {}


@every_capture
def test_a_perfect_pool_would_have_opened(name):
    needed = records_of(name).capture["needed_connections"]
    assert allows(STORIES[name].needed, needed)
    assert sum(origin["needed_connections"] for origin in records_of(name).origins) == needed


def test_the_pool_keeps_two_of_twenty():
    name = "go-concurrent-20"
    ports = [one["client"]["port"] for one in records_of(name).connections
             if one["close_cause"] == "pool-limit"]
    used_again = {port_of(said["local"]) for said in truth(name)["requests"] if said["reused"]}
    assert len(ports) == 18 and not used_again & set(ports)
    stayed = [one for one in records_of(name).connections if one["client"]["port"] not in ports]
    assert [one["close_cause"] for one in stayed] == ["client-exit"] * 2
    assert {one["data"]["limit"] for one in records_of(name).found("pool_limit")} == {2}
    assert records_of(name).capture["avoidable_connections"] == 0


@pytest.mark.parametrize("name, limit, lost_again", [
    ("go-max-idle-10", 10, 20), ("go-max-idle-2", 2, 18), ("go-workers-two-idle", 2, 24)])
def test_the_pool_keeps_as_many_time_after_time(name, limit, lost_again):
    found = records_of(name)
    for one in found.found("pool_limit"):
        assert one["data"]["limit"] == limit
        assert "an unread response body" in one["data"]["alternatives"]
    # What one burst loses, the next has to open again: the peak needs less.
    assert found.capture["avoidable_connections"] == lost_again


def last_calls(name):
    """The close cause of each connection, with the last call that the program made on it."""
    for one in records_of(name).connections:
        if one["requests"] > 0:
            yield one["close_cause"], requests_by_port(name)[one["client"]["port"]][-1]


@every_capture
def test_what_was_read_is_not_called_unread(name):
    if name == "go-process-per-call":
        return  # where the end of the program looks the same: see the story
    for cause, said in last_calls(name):
        assert not said["body_eof"] or cause != "body-undrained", said


def test_unread_bodies_beside_the_pools_limit():
    for cause, said in last_calls("go-undrained-mixed"):
        if said["path"].endswith("/read"):
            assert cause in ("pool-limit", "client-exit"), said
        elif said["path"].endswith("/unread-large"):
            assert cause == "body-undrained", said
        else:
            assert cause in ("body-undrained", "pool-limit"), said


def test_a_pool_that_kept_more_is_not_blamed():
    for cause, said in last_calls("go-undrained-room"):
        assert (cause == "client-exit") == said["body_eof"], said
    for one in records_of("go-undrained-room").found("closed_after_answer"):
        assert "an unread response body" in one["data"]["alternatives"]


# Programs that leave bodies behind, and four whose pools are too small.
ACCUSED = {"node-fetch-cancel", "python-stream-unread-large", "python-pool-full",
           "node-bursts-two-free", "python-hosts-ten",
           "python-workers"}


@pytest.mark.parametrize("name", [
    "go-drained-10", "go-pool-large-enough", "go-max-conns", "go-shared-transport-concurrent",
    "go-client-shorter", "go-reset-idle", *sorted(set(PROGRAMS) - ACCUSED)])
def test_a_healthy_client_is_not_accused(name):
    assert [one["code"] for one in records_of(name).findings
            if one["severity"] in ("warning", "error")] == []


@pytest.mark.parametrize("name", ["go-two-pools", "go-two-processes"])
def test_another_pool_or_process_is_named(name):
    found, = records_of(name).found("missed_reuse")
    assert "another process at the same address" in found["data"]["alternatives"]
    assert "another client object or pool" in found["data"]["alternatives"]
    report = harness.tshark("-q", "-r", harness.capture(name), "-X", "http_reuse:report").text
    assert "another process or pool at the same address" in " ".join(report.split())


def test_a_process_for_each_call_is_named():
    found = records_of("go-process-per-call")
    for one in found.found("body_undrained") + found.found("closed_after_answer"):
        assert "a client object or process for each call" in one["data"]["alternatives"]


@pytest.mark.parametrize("name", ["go-idle-server", "go-idle-client"])
def test_idle_timeout_is_the_one_that_was_set(name):
    for one in records_of(name).connections:
        assert 1500 <= one["idle_before_close_ms"] <= 1550
    for found in records_of(name).found("idle_close"):
        # No default of common software is 1.5 s: nobody may be named.
        assert found["data"]["candidates"] == []


def test_keep_alive_probe_is_no_http_event():
    found = records_of("go-keepalive-45s")
    probe, = found.found("keep_alive_probe")
    assert probe["severity"] == "chat" and probe["data"]["by"] == "client"
    assert 30_000 <= probe["data"]["interval_ms"] <= 32_500
    assert found.connections[0]["keep_alive_probes"] == 1
    # It ended no idle time.
    assert found.requests[1]["idle_ms"] == pytest.approx(45_000, abs=500)


def test_cut_answers_are_incomplete():
    assert [one["complete"] for one in records_of("go-undrained-large").requests] == [False] * 10
    assert {one["data"]["form"] for one in
            records_of("go-undrained-large").found("body_undrained")} == {"a"}


@pytest.mark.parametrize("name, form", [("go-undrained-10", "c"), ("go-limited-read", "c"),
                                        ("go-cancelled-body", "a")])
def test_form_of_the_undrained_body(name, form):
    found = records_of(name).found("body_undrained")
    assert {one["data"]["form"] for one in found} == {form}
    if name == "go-cancelled-body":  # which looks the same as an unread body
        assert all("a cancelled request" in one["data"]["alternatives"] for one in found)


# In go-stale-late the server's FIN acknowledges the request: it had taken it.
@pytest.mark.parametrize("name, code, retry, idempotent", [
    ("go-stale", "stale_reuse", True, True), ("go-stale-late", "request_aborted", True, True),
    ("go-stale-reset", "stale_reuse", False, False)])
def test_the_request_that_died_names_its_retry(name, code, retry, idempotent):
    found, = [one for one in records_of(name).findings
              if one["code"] in ("stale_reuse", "request_aborted")]
    assert found["code"] == code
    died = [seen for said, seen in pairs(name) if said["status"] is None]
    assert [one["frame"] for one in died] == [found["frame"]]
    assert found["severity"] == "error"
    assert found["data"]["idempotent"] is idempotent
    again = [seen for said, seen in pairs(name) if said["attempt"] == 2]
    assert bool(again) is retry
    expected = (again[0]["connection"], again[0]["frame"]) if again else (None, None)
    assert (found["data"]["retry_connection"], found["data"]["retry_frame"]) == expected


def test_a_silent_answer_may_have_been_read_late():
    found, = records_of("go-late-close-small").found("missed_reuse")
    assert any("never finished reading" in text for text in found["data"]["alternatives"])


def test_empty_answers_cannot_be_left_unread():
    found = records_of("go-head-204-304")
    assert [one["response_code"] for one in found.requests] == [200, 204, 304, 200, 200]
    assert found.statuses() == ["new"] + ["reused"] * 4
    assert not found.found("body_undrained")


def test_pipelined_requests_count_each_other():
    found = records_of("go-pipeline").requests
    assert [one["concurrency"] for one in found] == [1, 2, 3, 4, 5, 1, 1, 1]


def test_the_announced_limit_is_the_servers():
    found = records_of("go-max-header")
    for one in found.found("request_limit"):
        assert (one["data"]["limit"], one["data"]["announced"]) == (3, True)
        answer, = [seen for seen in found.requests if seen["response_frame"] == one["frame"]]
        assert answer["number"] == 3  # the message that closes


def test_protocols_of_mixed_versions():
    found = records_of("go-connection-close").requests
    assert [one["protocol"] for one in found] == ["http/1.1"] * 2 + ["http/1.0"] * 3


def test_what_went_before_the_capture_is_unknown():
    """Of late-capture's four requests the first went before: its connection's state is unknown."""
    said = truth("late-capture")["requests"]
    probed, = {one["local"] for one in said if one["path"] in ("/before", "/after")}
    found = records_of("late-capture")
    assert [(one["target"], one["status"], one["client"]["port"] == port_of(probed))
            for one in found.requests] == [
        ("/other-pool", "new", False), ("/other-pool-again", "reused", False),
        ("/after", "unknown", True)]
    before, = [one for one in found.connections if not one["opening_seen"]]
    opened, = [one for one in found.connections if one["opening_seen"]]
    assert (before["why_new"], before["client"]["port"]) == (None, port_of(probed))
    assert (opened["why_new"], opened["why_new_connection"]) == (
        "capture-started-late", before["id"])
    assert not found.requests[2]["number_exact"]
    assert found.found("missed_reuse") == []


def test_stories_leave_no_token_unknown():
    tokens = {token for story in STORIES.values() if story.cause
              for expected in story.cause for token in choice(expected)}
    assert {"server-exit", "stale-race", "request-cancelled", *EXIT} <= tokens
