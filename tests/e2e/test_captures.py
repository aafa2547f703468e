"""Every capture of HTTP/1 without TLS: the plugin beside the program that was captured, and beside
the wire. test_stories.py has what the stories say.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import collections
import urllib.parse

import pytest

from beside import by_opening, pairs, plugin_requests_by_port
from harness import capture_names, records_of
from program_stories import LEGS, PROGRAMS
from stories import STORIES as GO
from truth import port_of, requests_by_port, server_connections, truth, was_reused, wire

STORIES = {**GO, **PROGRAMS}

every_capture = pytest.mark.parametrize("name", sorted(STORIES))

# Between the socket and the program's own clock, on a busy machine.
IDLE_TOLERANCE_MS = 10


# ---- beside the program ------------------------------------------------------------------------

def test_there_is_a_story_for_every_capture():
    assert sorted(GO) == capture_names("go-*")
    families = ("node-*", "python-*", "wget-*", "java-*", "apache-*", "haproxy-*", "curl-h1",
                "nginx-h1", "nginx-h1-1000", "nginx-idle", "nginx-idle-60", "reverse-proxy",
                "reverse-proxy-keepalive")
    assert sorted({**PROGRAMS, **LEGS}) == sorted(
        name for family in families for name in capture_names(family))


@every_capture
def test_every_request_is_seen_in_its_place(name):
    for said, seen in pairs(name):
        assert (seen["method"], seen["target"]) == (said["method"], said["path"])
        assert f"{seen['server']['address']}:{seen['server']['port']}" == said["server"]
        assert seen["authority"] == urllib.parse.urlsplit(said["url"]).netloc
        assert seen["client"]["address"] == truth(name)["client_ip"]


@every_capture
def test_reused_is_what_the_program_said(name):
    for said, seen in pairs(name):
        assert seen["status"] == ("reused" if was_reused(name, said) else "new"), said
        assert seen["reused"] is was_reused(name, said)


@every_capture
def test_requests_are_numbered_by_connection(name):
    for port, seen in plugin_requests_by_port(name).items():
        assert [one["number"] for one in seen] == list(range(1, len(seen) + 1)), port
        assert all(one["number_exact"] for one in seen)
        assert len({one["connection"] for one in seen}) == 1


@every_capture
def test_idle_time_is_what_the_program_said(name):
    for said, seen in pairs(name):
        if not was_reused(name, said) or seen["delivery"] == "pipelined":
            assert seen["idle_ms"] is None
        elif said["was_idle"] and said["idle_ms"]:
            assert seen["idle_ms"] == pytest.approx(said["idle_ms"], abs=IDLE_TOLERANCE_MS)
        elif said["idle_ms"] is None:  # net/http alone says it
            assert seen["idle_ms"] >= 0
        else:  # the program did not measure, or handed it to a call that was waiting for it
            assert 0 <= seen["idle_ms"] < IDLE_TOLERANCE_MS


@every_capture
def test_pipelined_is_what_had_an_answer_outstanding(name):
    for said, seen in pairs(name):
        # net/http never pipelines: there the call was waiting, and not the request.
        is_waiting = name == "go-pipeline" and said["reused"] and not said["was_idle"]
        assert seen["delivery"] == ("pipelined" if is_waiting else "sequential"), said


@every_capture
def test_answers_are_what_the_program_got(name):
    # An answer that was cut short has no code where its head was not dissected.
    dissected = {frame for stream in wire(name) for frame in stream.answers}
    for said, seen in pairs(name):
        if said["status"] is None:
            continue
        if seen["complete"] or seen["response_frame"] in dissected:
            assert seen["response_code"] == said["status"]
        else:
            assert (seen["response_code"], seen["complete"]) == (None, False)
        if said["body_eof"]:
            assert seen["complete"] is True
            assert seen["response_time_ms"] > 0


@every_capture
def test_what_the_program_never_got_was_not_there_or_too_late(name):
    for said, seen in pairs(name):
        if said["status"] is None:
            closed = records_of(name).connection(seen["connection"])["closed_frame"]
            is_late = name.startswith("go-cancelled") and seen["response_frame"] > closed
            assert is_late or (seen["response_code"], seen["response_frame"]) == (None, None)
            assert is_late or not seen["complete"]


@every_capture
def test_connections_are_the_ports_that_the_program_used(name):
    found = records_of(name)
    used = [one for one in found.connections if one["requests"] > 0]
    assert {one["client"]["port"] for one in used} == set(requests_by_port(name))
    assert len(used) == len(requests_by_port(name))
    refused = [one for one in truth(name)["requests"] if one["local"] is None]
    unused = [one for one in server_connections(name) if one["requests"] == 0]
    assert len(found.connections) - len(used) == len(refused) + len(unused)
    assert found.capture["connections"] == len(found.connections)
    assert found.capture["other_connections"] == 0


@every_capture
def test_requests_of_a_connection_are_what_the_server_got(name):
    got = {one["client"]["port"]: one["requests"] for one in records_of(name).connections}
    for served in server_connections(name):
        port = port_of(served["remote"])
        # What got no answer may never have reached the server's program.
        unread = sum(said["status"] is None for said in requests_by_port(name)[port])
        assert served["requests"] <= got[port] <= served["requests"] + unread


@every_capture
def test_time_wait_is_what_the_kernel_had(name):
    assert records_of(name).capture["time_wait_peak"] == truth(name)["time_wait"]


@every_capture
def test_each_connections_time_wait_adds_up_to_the_kernels(name):
    held = collections.Counter(one["time_wait"] for one in records_of(name).connections)
    assert {"client": held["client"] + held["both"],
            "server": held["server"] + held["both"]} == truth(name)["time_wait"]


@every_capture
def test_server_never_ended_first_where_its_program_says_so(name):
    served = {port_of(one["remote"]): one for one in server_connections(name)}
    for one in records_of(name).connections:
        if one["requests"] and served[one["client"]["port"]]["closed_by_server"] is False:
            assert one["close_first_fin"] != "server", one


# ---- beside the wire, as tshark without the plugin shows it ------------------------------------

@every_capture
def test_connections_are_the_syns_on_the_wire(name):
    assert [(one["opened_frame"], one["client"]["port"]) for one in by_opening(name)] == [
        (stream.syn, stream.client_port) for stream in wire(name)]
    assert all(one["opening_seen"] for one in by_opening(name))


@every_capture
def test_first_fin_or_reset_is_that_of_the_wire(name):
    for one, stream in zip(by_opening(name), wire(name)):
        assert (one["closed_frame"], one["close_first_fin"]) == (
            stream.first_end or None, stream.first_end_by)


@every_capture
def test_what_ended_before_the_syn_is_previous_closed(name):
    streams = wire(name)
    servers = len(truth(name)["servers"])
    for i, (one, stream) in enumerate(zip(by_opening(name), streams)):
        if i == 0 or servers > 1:
            continue
        if all(earlier.first_end < stream.syn for earlier in streams[:i]):
            assert one["why_new"] == "previous-closed"
            latest = max(streams[:i], key=lambda earlier: earlier.first_end)
            assert one["why_new_connection"] == by_opening(name)[streams.index(latest)]["id"]


@pytest.mark.parametrize("name, syns", [("go-undrained-2", 2), ("go-drained-2", 1),
                                        ("go-undrained-10", 10), ("go-drained-10", 1)])
def test_syns_of_the_published_experiments(name, syns):
    assert len(wire(name)) == syns
    assert records_of(name).capture["new"] == syns
    assert records_of(name).capture["reused"] == len(truth(name)["requests"]) - syns
