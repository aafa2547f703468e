"""Captures over TLS, once with and once without the keys: the same connections, nothing invented.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import pytest

from harness import records_of
from places import TWINS

every_twin = pytest.mark.parametrize("name", TWINS)


@every_twin
def test_without_keys_the_connections_are_the_same(name):
    with_keys, without = records_of(name), records_of(f"{name}-nokeys")
    same = ("id", "transport", "client", "server", "opened_frame", "opening_seen", "sni",
            "tls_version", "tcp_stream", "quic_connection")
    assert [[one[key] for key in same] for one in without.connections] == [
        [one[key] for key in same] for one in with_keys.connections]
    for dark, clear in zip(without.connections, with_keys.connections):
        # That early data was accepted is said in a message that is encrypted.
        kind = clear["tls_handshake"]
        assert dark["tls_handshake"] == ("resumed" if kind == "early-data" else kind)


@every_twin
def test_without_keys_no_request_is_invented(name):
    found = records_of(f"{name}-nokeys")
    assert found.requests == []
    line = found.capture
    assert (line["requests"], line["new"], line["reused"], line["unknown"]) == (0, 0, 0, 0)
    assert line["opaque"] == len(found.connections) == line["connections"]
    for one in found.connections:
        assert one["requests"] == 0 and "tls_opaque" in one["findings"]
        assert one["protocol"] == ("h3" if one["transport"] == "quic" else None)


@every_twin
def test_without_keys_unused_are_those_that_the_programs_never_used(name):
    used = {one["id"] for one in records_of(name).connections if one["requests"]}
    found = records_of(f"{name}-nokeys")
    unused = {one["id"] for one in found.connections if one["close_cause"] == "unused"}
    assert not unused & used and found.capture["unused"] == len(unused)
    for one in found.connections:  # nothing else can be told
        assert set(one["findings"]) - {"tls_opaque"} <= (
            {"unused_connection", "handshake_race"} if one["id"] in unused else set())
    # Without a byte of HTTP/2, not even the preface, it shows without keys.
    assert name != "h2-100-concurrent" or len(unused) == 99


@every_twin
def test_without_keys_alpn_is_an_offer_in_tls_13(name):
    with_keys = {one["id"]: one for one in records_of(name).connections}
    for one in records_of(f"{name}-nokeys").connections:
        agreed = with_keys[one["id"]]["alpn"]
        if one["tls_version"] == "TLSv1.3":
            assert one["alpn_is_offer"] and agreed in one["alpn"].split(",")
        else:
            assert (one["alpn"], one["alpn_is_offer"]) == (agreed, False)
