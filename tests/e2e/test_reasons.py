"""Why the connections of test_protocols.py were opened and why they ended, beside the stories in
testcaptures/README.md.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import collections

import pytest

from harness import packets_of, records_of
from places import connects, places
from protocol_stories import PROTOCOLS, PROXY_LEGS
from stories import allows, choice
from truth import port_of, truth

every_story = pytest.mark.parametrize("name", sorted(PROTOCOLS))


def by_opening(connections):
    return sorted(connections, key=lambda one: (one["opened_frame"], one["id"]))


def check_each(connections, key, expected):
    got = [one[key] for one in connections]
    assert len(got) == len(expected)
    assert all(map(allows, expected, got)), (key, got, expected)


def connections_by_code(found):
    by_code = collections.defaultdict(set)
    for one in found.findings:
        by_code[one["code"]].add(one["connection"])
    return by_code


# ---- openings ----------------------------------------------------------------------------------

@every_story
def test_why_each_connection_was_opened(name):
    found = by_opening(records_of(name).connections)
    if PROTOCOLS[name].why:
        check_each(found, "why_new", PROTOCOLS[name].why)
    if PROTOCOLS[name].why_cause:
        check_each(found, "why_new_cause", PROTOCOLS[name].why_cause)


@every_story
def test_the_opening_is_explained_by_an_earlier_connection(name):
    for one in records_of(name).connections:
        if one["why_new"] == "first-contact":
            assert one["why_new_connection"] is None
            continue
        explaining = records_of(name).connection(one["why_new_connection"])
        assert explaining["opened_frame"] < one["opened_frame"]
        is_elsewhere = one["why_new"] == "other-address"
        assert (explaining["server"] != one["server"]) == is_elsewhere
        expected = explaining["close_cause"] if one["why_new"] == "previous-closed" else None
        assert one["why_new_cause"] == expected


def test_chromium_opens_six_connections_for_each_name():
    for name in ("a.example", "b.example"):
        found = [one for one in records_of("chromium-h1").connections if one["sni"] == name]
        check_each(by_opening(found), "why_new", ["first-contact"] + ["all-busy"] * 5)


def test_the_twelve_that_dialled_name_a_connection_without_a_free_stream():
    found = records_of("h2-few-streams")
    busy = {one["why_new_connection"] for one in found.connections} - {None}
    # The limit is 4, and each of these had that many requests at a time.
    for identity in busy:
        peak = max(one["concurrency"] for one in found.requests if one["connection"] == identity)
        assert peak >= 4


# ---- ends --------------------------------------------------------------------------------------

@every_story
def test_why_each_connection_ended(name):
    found = by_opening(records_of(name).connections)
    if PROTOCOLS[name].cause:
        check_each(found, "close_cause", PROTOCOLS[name].cause)
    causes = records_of(name).causes()
    for expected, number in (PROTOCOLS[name].causes or {}).items():
        assert allows(number, sum(one in choice(expected) for one in causes)), causes


@every_story
def test_who_ended_each_connection(name):
    if PROTOCOLS[name].by:
        check_each(by_opening(records_of(name).connections), "close_by", PROTOCOLS[name].by)


@every_story
def test_an_inference_is_never_stated_as_certain(name):
    if PROTOCOLS[name].certainty:
        check_each(by_opening(records_of(name).connections), "close_certainty",
                   PROTOCOLS[name].certainty)
    for one in records_of(name).connections:
        if one["close_cause"] in ("client-exit", "server-exit", "pool-limit", "body-undrained"):
            assert one["close_certainty"] == "likely", one


@every_story
def test_a_goaway_is_on_the_wire(name):
    """Without the plugin: who sent one on which stream of TCP."""
    said = [one for one in records_of(name).connections if one["close_cause"] == "goaway"]
    if not said:
        return
    first = {}
    for row in packets_of(name):
        if "7" in row["http2.type"]:
            first.setdefault(int(row["tcp.stream"][0]), int(row["tcp.srcport"][0]))
    for one in said:
        assert one[one["close_by"]]["port"] == first[one["tcp_stream"]]


# ---- findings ----------------------------------------------------------------------------------

@every_story
def test_findings_are_those_of_the_story(name):
    found = records_of(name)
    got = {code: len(ids) for code, ids in connections_by_code(found).items()}
    for code, expected in PROTOCOLS[name].findings.items():
        assert allows(expected, got.pop(code, 0)), (code, expected)
    assert got.pop("new_connection", 0) == sum(bool(one.requests) for one in places(name).values())
    after_answer = connections_by_code(found)["closed_after_answer"]
    got.pop("closed_after_answer", None)
    assert {found.connection(one)["close_cause"] for one in after_answer} <= {"client-close"}
    assert got == {}


@every_story
def test_a_perfect_pool_would_have_opened(name):
    needed = records_of(name).capture["needed_connections"]
    assert allows(PROTOCOLS[name].needed, needed)
    assert sum(one["needed_connections"] for one in records_of(name).origins) == needed


# What these programs did was no mistake, or not theirs.
HEALTHY = sorted(name for name, story in PROTOCOLS.items()
                 if not {"body_undrained", "missed_reuse"} & set(story.findings))


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_client_is_not_accused(name):
    assert [one["code"] for one in records_of(name).findings
            if one["severity"] in ("warning", "error")] == []


def test_two_steps_of_a_goaway_are_one():
    goaway, = records_of("h2-goaway-two-step").found("goaway")
    assert goaway["data"]["last_stream"] == 3 and goaway["data"]["error"] == 0
    one, = records_of("h2-goaway").found("goaway")
    assert one["data"]["last_stream"] == 3


@pytest.mark.parametrize("name", ["nginx-h1-tls", "nginx-h2"])
def test_the_limit_is_the_one_that_was_set(name):
    for found in records_of(name).found("request_limit"):
        assert (found["data"]["limit"], found["data"]["announced"]) == (5, False)
        last = max(one["number"] for one in records_of(name).requests
                   if one["connection"] == found["connection"])
        assert last == 5


def test_quic_is_idle_for_as_long_as_the_client_said():
    silent, other = by_opening(records_of("h3-idle").connections)
    assert 2000 <= silent["idle_before_close_ms"] < 2050
    assert (silent["close_first_fin"], silent["closed_frame"]) == (None, None)
    assert other["close_first_fin"] == "client"


@pytest.mark.parametrize("name", ["h3-two-connections", "h3-0rtt", "h3-caddy", "h3-curl"])
def test_a_close_of_quic_has_its_code(name):
    for one in records_of(name).connections:
        assert one["close_code"] is not None and one["close_first_fin"] == "client"
        assert one["time_wait"] is None


# ---- both legs of a proxy ----------------------------------------------------------------------

@pytest.mark.parametrize("name", sorted(PROXY_LEGS))
def test_why_the_connections_of_each_leg_opened_and_ended(name):
    for server, story in zip(truth(name)["servers"], PROXY_LEGS[name]):
        found = by_opening(one for one in records_of(name).connections
                           if one["server"]["port"] == port_of(server))
        check_each(found, "why_new", story.why)
        check_each(found, "close_cause", story.cause)
        check_each(found, "close_by", story.by)


# nginx keeps 2 idle connections to both of its servers together, or 20 of the 8 that it needs.
@pytest.mark.parametrize("name, is_dropped", [("reverse-proxy-pool-2", True),
                                              ("reverse-proxy-pool-20", False)])
def test_what_a_proxy_keeps_is_what_its_servers_saw(name, is_dropped):
    behind = [port_of(server) for server in truth(name)["servers"][1:]]
    found = [one for one in records_of(name).connections if one["server"]["port"] in behind]
    assert {one["client"]["port"]: one["requests"] for one in found} == {
        port_of(one["remote"]): one["requests"] for one in truth(name)["server_connections"]}
    assert ("pool-limit" in {one["close_cause"] for one in found}) is is_dropped


@pytest.mark.parametrize("name", ["connect-proxy", "connect-proxy-legs", "connect-proxy-plain"])
def test_a_tunnel_ends_with_what_carries_it(name):
    ports = set(connects(name))
    found = [one for one in records_of(name).connections if one["client"]["port"] in ports]
    outside = {one["id"]: one for one in found if one["transport"] == "tcp"}
    inside = [one for one in found if one["transport"] == "tunnel"]
    assert {one["close_cause"] for one in outside.values()} == {"tunnelled"}
    assert len(inside) == len(outside) == len(ports)
    for one in inside:
        assert one["closed_frame"] <= outside[one["parent"]]["closed_frame"]
