"""Every capture over TLS, HTTP/2 and HTTP/3, through proxies, of browsers and inside of other
headers: the plugin beside the programs that were captured. test_reasons.py has what the stories
say, test_without_keys.py what is left without the keys of TLS.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import collections
import functools

import pytest

from harness import capture_names, packets_of, records_of, version
from places import TWINS, book, connects, log, places, request_count, unnamed_connections
from program_stories import LEGS, PROGRAMS
from protocol_stories import NAMES, PROTOCOLS, PROXY_LEGS, UNORDERED, UNTOLD_HANDSHAKES
from stories import STORIES
from truth import port_of, truth


every_capture = pytest.mark.parametrize("name", NAMES)

# Between the socket and the program's own clock, on a busy machine.
IDLE_TOLERANCE_MS = 10

# Of what is in a tunnel without TLS, Wireshark before 4.6 shows the first request and no answer:
# the others are read from their first lines.
ANSWERS_HIDDEN = {"connect-proxy-plain"} if version() < (4, 6) else set()

# With tests of their own in test_captures.py and test_trace.py.
OWN_TESTS = {"late-capture", "tls-call-sites", "tls-call-sites-nokeys", "reverse-proxy-pool-2",
             "reverse-proxy-pool-20"}

TLS_VERSIONS = {"TLS 1.2": "TLSv1.2", "TLS 1.3": "TLSv1.3"}


# A packet of 23 KB was cut at the snap length, and nothing behind the cut can be decrypted.
SNAPPED = {"h2-100-concurrent"}


def shows_headers(place):
    """Wireshark before 4.4 shows that there is an HTTP/3 request, but none of its headers."""
    return place.transport != "quic" or version() >= (4, 4)


def has_ports(name):
    return all(said["local"] for said in truth(name)["requests"])


@functools.lru_cache(maxsize=None)
def connections(name):
    """The plugin's connections, by transport and the client's port."""
    found = records_of(name).connections
    keyed = {(one["transport"], one["client"]["port"] if has_ports(name) else None): one
             for one in found}
    assert len(keyed) == len(found)
    return keyed


def requests_on(name, connection):
    return [one for one in records_of(name).requests if one["connection"] == connection["id"]]


def pairs(name):
    """(connection as the programs tell it, what they said, what the plugin says) of a request."""
    for key, place in places(name).items():
        seen = requests_on(name, connections(name)[key])
        assert len(seen) == len(place.requests), key
        yield from ((place, said, one) for said, one in zip(place.requests, seen))


def ordered_pairs(name):
    assert name not in UNORDERED
    return pairs(name)


@functools.lru_cache(maxsize=None)
def answers_on_the_wire(name):
    """Of HTTP/2, without the plugin."""
    return [code for row in packets_of(name) for code in row["http2.headers.status"]]


def facts(requests):
    return collections.Counter((one.method, one.target, one.status) for one in requests)


in_order = pytest.mark.parametrize("name", [name for name in NAMES if name not in UNORDERED])
at_once = pytest.mark.parametrize("name", sorted(UNORDERED))


def test_no_capture_is_forgotten():
    stories = [*STORIES, *PROGRAMS, *LEGS, *PROTOCOLS, *PROXY_LEGS, *OWN_TESTS]
    assert sorted([*stories, *(f"{name}-nokeys" for name in TWINS)]) == capture_names()
    assert UNORDERED | ANSWERS_HIDDEN | set(UNTOLD_HANDSHAKES) <= set(NAMES)


# ---- requests ----------------------------------------------------------------------------------

@in_order
def test_every_request_is_seen_in_its_place(name):
    for place, said, seen in ordered_pairs(name):
        if shows_headers(place):
            assert (seen["method"], seen["target"]) == (said.method, said.target)
            assert said.authority in (None, seen["authority"])
        else:
            assert (seen["method"], seen["target"], seen["authority"]) == (None, None, None)


@at_once
def test_requests_at_once_are_seen_on_their_connection(name):
    for key, place in places(name).items():
        seen = requests_on(name, connections(name)[key])
        got = collections.Counter((one["method"], one["target"], one["response_code"])
                                  for one in seen)
        expected = facts(place.requests)
        if not shows_headers(place):
            expected = collections.Counter({(None, None, None): len(place.requests)})
        elif name in SNAPPED and place.requests:
            shown = len(answers_on_the_wire(name))
            expected = collections.Counter({("GET", "/", 200): shown, ("GET", "/", None):
                                            len(place.requests) - shown})
            assert 0.9 * len(place.requests) < shown < len(place.requests)
        assert +got == +expected


@every_capture
def test_new_and_reused_are_what_the_programs_said(name):
    for place in places(name).values():
        # The program's own order has the new one first, too.
        assert [said.reused for said in place.requests] == [
            number > 0 for number in range(len(place.requests))]
    for place, said, seen in pairs(name):
        assert (seen["status"], seen["reused"]) == (
            ("reused", True) if seen["number"] > 1 else ("new", False))
    expected = [said for _, said, _ in pairs(name)]
    capture_line = records_of(name).capture
    assert (capture_line["requests"], capture_line["new"], capture_line["reused"],
            capture_line["unknown"]) == (
        len(expected), sum(not said.reused for said in expected),
        sum(said.reused for said in expected), 0)


@in_order
def test_each_request_is_reused_as_said(name):
    for _, said, seen in ordered_pairs(name):
        assert seen["reused"] is said.reused, said


@every_capture
def test_requests_are_numbered_by_connection(name):
    for connection in records_of(name).connections:
        seen = requests_on(name, connection)
        assert [one["number"] for one in seen] == list(range(1, len(seen) + 1))
        assert all(one["number_exact"] for one in seen)
        assert connection["requests"] == len(seen)


@in_order
def test_answers_are_what_the_programs_got(name):
    for place, said, seen in ordered_pairs(name):
        if name in ANSWERS_HIDDEN and place.transport == "tunnel":
            assert seen["response_frame"] is None
        assert seen["response_code"] == (said.status if shows_headers(place) else None)
        if said.status is None:  # refused or cancelled
            assert seen["response_frame"] is None and not seen["complete"]
        if said.body_eof and said.status != 101:
            assert seen["complete"] is True and seen["response_time_ms"] > 0


@every_capture
def test_streams_are_what_the_client_counted(name):
    for _, said, seen in pairs(name):
        if said.stream is not None:
            assert seen["stream"] == said.stream
        assert (seen["stream"] is None) == (seen["protocol"] not in ("h2", "h3")
                                            and name != "curl-h2c-upgrade")


@every_capture
def test_protocols_are_what_the_answers_said(name):
    for _, said, seen in pairs(name):
        if said.protocol is not None and name != "curl-h2c-upgrade":
            assert seen["protocol"] == said.protocol


@in_order
def test_idle_time_is_what_the_programs_said(name):
    for _, said, seen in ordered_pairs(name):
        if not said.reused or seen["delivery"] != "sequential":
            assert seen["idle_ms"] is None
        elif said.was_idle and said.idle_ms:
            assert seen["idle_ms"] == pytest.approx(said.idle_ms, abs=IDLE_TOLERANCE_MS)
        else:  # net/http handed it on at once, or the program does not say
            assert 0 <= seen["idle_ms"]
            assert said.was_idle is None or seen["idle_ms"] < IDLE_TOLERANCE_MS


# ---- connections -------------------------------------------------------------------------------

@every_capture
def test_connections_are_those_that_the_programs_used(name):
    expected, got = set(places(name)), set(connections(name))
    assert expected <= got
    unnamed = [connections(name)[key] for key in got - expected]
    assert len(unnamed) == unnamed_connections(name)
    assert [one["requests"] for one in unnamed] == [0] * len(unnamed)
    capture_line = records_of(name).capture
    assert capture_line["connections"] == len(got)
    assert capture_line["unused"] == sum(one["requests"] == 0
                                         for one in records_of(name).connections)
    assert capture_line["connections_by_transport"] == {
        transport: sum(key[0] == transport for key in got)
        for transport in ("tcp", "quic", "tunnel")}


@every_capture
def test_connections_have_the_ends_that_the_programs_had(name):
    local = {port_of(said["local"]): said["local"].rpartition(":")[0].strip("[]")
             for said in truth(name)["requests"] if said["local"]}
    for key, place in places(name).items():
        server = connections(name)[key]["server"]
        assert f"{server['address']}:{server['port']}" == place.server.replace("[", "").replace(
            "]", "")
        if place.port in local:
            assert connections(name)[key]["client"]["address"] == local[place.port]


@every_capture
def test_connections_are_on_the_wire(name):
    """Without the plugin: a SYN for each over TCP, which a NAT lets pass twice, a number of
    Wireshark's for each over QUIC."""
    rows = packets_of(name)
    syns = [row for row in rows if row["tcp.flags"] and int(row["tcp.flags"][0], 16) & 0x12 == 2]
    # Version 4.0 gives a connection that was there before another number when it moves.
    numbers = {number for row in rows for number in row["quic.connection.number"]}
    capture = records_of(name).capture
    by_transport = capture["connections_by_transport"]
    assert (by_transport["tcp"] + capture["captured_twice"], by_transport["quic"]) == (
        len({id(row) for row in syns}), len(numbers))
    assert all(one["opening_seen"] for one in records_of(name).connections)


@every_capture
def test_requests_of_a_connection_are_what_the_server_got(name):
    for one in book(name):
        assert connections(name)["tcp", port_of(one["remote"])]["requests"] == one["requests"]


@every_capture
def test_time_wait_is_what_the_kernel_had(name):
    held = collections.Counter(one["time_wait"] for one in records_of(name).connections)
    assert records_of(name).capture["time_wait_peak"] == truth(name)["time_wait"]
    assert {"client": held["client"] + held["both"],
            "server": held["server"] + held["both"]} == truth(name)["time_wait"]


# ---- logs of servers and proxies ---------------------------------------------------------------

@pytest.mark.parametrize("name", [name for name in NAMES if any(
    "connection_requests" in line for line in log(name))])
def test_numbers_are_those_of_nginx(name):
    """$connection_requests counts what was not refused, by the order of sending."""
    for line in log(name):
        connection = connections(name)["tcp", port_of(line["remote"])]
        seen, = [one for one in requests_on(name, connection)
                 if one["number"] == line["connection_requests"]]
        assert (seen["method"], seen["target"], seen["response_code"]) == (
            line["method"], line["uri"], line["status"])
        assert seen["protocol"] == {"HTTP/1.1": "http/1.1", "HTTP/2.0": "h2"}[line["protocol"]]
    refused = request_count(name) - len(log(name)) * (2 if name.startswith("reverse-proxy") else 1)
    assert refused == sum(said.status is None for place in places(name).values()
                          for said in place.requests)


@pytest.mark.parametrize("name", [name for name in NAMES if any(
    "host" in line or "request" in line for line in log(name))])
def test_requests_are_those_in_the_log_of_caddy_or_nghttpx(name):
    logged = collections.Counter()
    for line in log(name):
        method, _, target = line.get("request", line.get("method", "")).partition(" ")
        facts_of_line = (method, line.get("uri") or target.rpartition(" ")[0], line["status"])
        if method == "CONNECT":  # nghttpx logs its authority, and a 101 that is not on the wire
            facts_of_line = (method, "/socket", 200)
        if line.get("protocol") == "HTTP/3.0" and version() < (4, 4):
            facts_of_line = (None, None, None)
        logged[port_of(line["remote"]), *facts_of_line] += 1
    assert logged == collections.Counter(
        (one["client"]["port"], one["method"], one["target"], one["response_code"])
        for one in records_of(name).requests)


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith(("connect", "forw"))])
def test_what_the_proxy_logged_is_what_it_was_asked(name):
    proxy = port_of(truth(name)["servers"][-1])
    asked = [(one["method"], one["client"]["port"], one["target"])
             for one in records_of(name).requests
             if one["server"]["port"] == proxy and one["transport"] == "tcp"]
    assert asked == [(line["method"], port_of(line["remote"]), line["target"])
                     for line in log(name)]


@pytest.mark.parametrize("name", [name for name in NAMES if connects(name)])
def test_a_tunnel_is_a_connection_of_its_own(name):
    found = connections(name)
    for port, line in connects(name).items():
        outside, inside = found["tcp", port], found["tunnel", port]
        assert inside["parent"] == outside["id"] and outside["parent"] is None
        assert f"{inside['server']['address']}:{inside['server']['port']}" == line["target"]
        assert [one["method"] for one in requests_on(name, outside)] == ["CONNECT"]
        assert (outside["tls_handshake"], outside["close_cause"]) == ("none", "tunnelled")
        assert (inside["tcp_stream"], inside["quic_connection"]) == (None, None)


# ---- TLS ---------------------------------------------------------------------------------------

@every_capture
def test_handshakes_are_what_the_programs_said(name):
    for key, place in places(name).items():
        expected = (place.handshake,) if place.handshake else UNTOLD_HANDSHAKES[name]
        assert connections(name)[key]["tls_handshake"] in expected, key
    # Of connections without a name it is known that no handshake of this program was resumed.
    others = [one for key, one in connections(name).items() if key not in places(name)]
    told = truth(name).get("handshakes") or []
    assert not others or not any(one["tls"]["resumed"] for one in told)
    assert {one["tls_handshake"] for one in others} <= {"full"}
    by_kind = records_of(name).capture["connections_by_tls_handshake"]
    assert by_kind == {kind: sum(one["tls_handshake"] == kind
                                 for one in records_of(name).connections)
                       for kind in ("none", "full", "resumed", "early-data")} | {"unknown": 0}


@every_capture
def test_name_protocol_and_version_are_what_the_programs_said(name):
    for key, place in places(name).items():
        got = connections(name)[key]
        assert got["sni"] == place.tls.get("sni")
        if "version" in place.tls:
            assert got["tls_version"] == TLS_VERSIONS[place.tls["version"]]
        if place.tls.get("alpn"):
            assert (got["alpn"], got["alpn_is_offer"]) == (place.tls["alpn"], False)
        if place.handshake == "none":
            assert (got["alpn"], got["tls_version"], got["tls_handshake_ms"]) == (None,) * 3


@every_capture
def test_a_new_request_says_what_its_handshake_was(name):
    for connection in records_of(name).connections:
        for one in requests_on(name, connection):
            assert one["tls_handshake"] == (
                connection["tls_handshake"] if one["status"] == "new" else None)


# ---- what is particular ------------------------------------------------------------------------

def test_a_refused_stream_is_a_request_without_an_answer():
    refused = [seen for _, said, seen in pairs("h2-refused") if said.status is None]
    assert len(refused) == 8
    assert {(one["response_code"], one["complete"]) for one in refused} == {(None, False)}
    again = [said for said in truth("h2-few-streams")["requests"] if said["attempt"] == 2]
    answered = [one for one in records_of("h2-few-streams").requests if one["response_code"]]
    assert len(records_of("h2-few-streams").requests) == len(answered) + len(again)


def test_http3_requests_without_headers_are_counted():
    for name in NAMES:
        dark = sum(len(place.requests) for place in places(name).values()
                   if not shows_headers(place))
        assert records_of(name).capture["requests_without_headers"] == dark
