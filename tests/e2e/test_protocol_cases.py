"""What one capture of a protocol alone shows.

SPDX-License-Identifier: GPL-2.0-or-later
"""
from harness import capture, fields, records_of
from truth import port_of, truth


def test_a_421_is_found_and_called_again():
    found = records_of("h2-coalesce")
    wrong, = [one for one in found.requests if one["response_code"] == 421]
    misdirected, = found.found("misdirected")
    assert misdirected["request_frame"] == wrong["frame"]
    assert misdirected["data"]["authority"].startswith("c.example")
    assert misdirected["data"]["sni"] == "a.example"
    assert found.requests[-1]["authority"] == wrong["authority"]


def test_a_push_is_no_request():
    streams = [one["stream"] for one in records_of("h2-push").requests]
    assert streams == [said["stream"] for said in truth("h2-push")["requests"]]
    pushed = fields(capture("h2-push"), "http2.push_promise.promised_stream_id", plugin=False,
                    display_filter="http2.push_promise.promised_stream_id")
    assert len(pushed) == 1 and int(pushed[0]["http2.push_promise.promised_stream_id"][0]) % 2 == 0


def test_an_upgrade_to_http2_is_request_one_of_stream_one():
    found = records_of("curl-h2c-upgrade").requests
    assert [(one["number"], one["stream"], one["protocol"]) for one in found] == [
        (1, 1, "http/1.1"), (2, 3, "h2"), (3, 5, "h2"), (4, 7, "h2")]
    assert records_of("curl-h2c-upgrade").connections[0]["protocol"] == "h2"


def test_early_data_that_was_refused_is_one_request():
    seen = [one for one in records_of("tls-early-data-refused").requests]
    assert [one["status"] for one in seen] == ["new", "new"]
    assert [one["server"]["address"] for one in seen] == ["127.0.0.1", "127.0.0.2"]


def test_a_connection_that_moves_is_one():
    ports = {port_of(said["local"]) for said in truth("h3-migration")["requests"]}
    moved = fields(capture("h3-migration"), "udp.srcport", "udp.dstport", plugin=False)
    on_wire = {int(row[key][0]) for row in moved for key in ("udp.srcport", "udp.dstport")}
    assert ports < on_wire and len(ports) == 2
    assert {one["connection"] for one in records_of("h3-migration").requests} == {1}


def test_ten_requests_in_one_packet_count_each_other():
    turn, burst = records_of("h3-caddy").requests[:5], records_of("h3-caddy").requests[5:]
    assert {(one["delivery"], one["concurrency"]) for one in turn} == {("sequential", 1)}
    assert [one["concurrency"] for one in burst] == list(range(1, 11))
    assert [one["delivery"] for one in burst] == ["sequential"] + ["multiplexed"] * 9
    assert len({one["frame"] for one in burst}) == 1


def test_an_extended_connect_is_one_stream():
    found = records_of("websocket-h2")
    assert [one["method"] for one in found.requests] == ["GET", "CONNECT", "GET", "GET"]
    assert [one["concurrency"] for one in found.requests] == [1, 1, 2, 1]
    assert [one["transport"] for one in found.connections] == ["tcp"]  # no tunnel
