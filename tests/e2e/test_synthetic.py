"""Connections built packet by packet, where DESIGN says clearly what they are: what is a request,
and on what. test_synthetic_ends.py has their names and ends.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import pytest

from packets import ACK, PSH, SYN, answer, judge, request


# ---- what is a request, and on what ------------------------------------------------------------

@pytest.mark.parametrize("options", [
    {}, {"vlans": (7,)}, {"vlans": (100, 7)},
    {"client": "2001:db8::1", "server": "2001:db8::2"},
    {"client": "2001:db8::1", "server": "2001:db8::2", "vlans": (7,)}],
    ids=["plain", "vlan", "two-vlans", "ipv6", "ipv6-vlan"])
def test_links_and_networks(trace, options):
    flow = trace.flow(**options)
    flow.open()
    for path in ("/one", "/two"):
        flow.exchange(path)
    flow.close("client")
    found = judge(trace)
    assert found.statuses() == ["new", "reused"]
    ends = (options.get("client", "10.0.0.1"), options.get("server", "10.0.0.2"))
    for one in found.requests:
        assert (one["client"], one["server"]) == (
            {"address": ends[0], "port": 40_000}, {"address": ends[1], "port": 80})
    assert found.connections[0]["tcp_handshake_ms"] == pytest.approx(2)
    assert found.requests[0]["response_time_ms"] == pytest.approx(1)


def test_a_retransmitted_request_counts_once(trace):
    flow = trace.flow()
    flow.open()
    before = flow.sequence["client"]
    flow.request("/once")
    trace.wait(0.2)
    flow.send("client", request("/once"), flags=PSH | ACK, sequence=before)
    flow.answer()
    flow.exchange("/twice")
    found = judge(trace)
    assert [(one["target"], one["number"]) for one in found.requests] == [
        ("/once", 1), ("/twice", 2)]


def test_a_request_quoted_in_an_icmp_error_is_none(trace):
    flow = trace.flow()
    flow.open()
    number = flow.request("/first")
    trace.icmp_unreachable(number)
    flow.answer()
    number = flow.request("/second")
    trace.icmp_unreachable(number)
    flow.answer()
    found = judge(trace)
    assert found.statuses() == ["new", "reused"]
    assert found.capture["connections"] == 1


def test_http_over_udp_is_none(trace):
    trace.udp(b"M-SEARCH * HTTP/1.1\r\nHost: 239.255.255.250:1900\r\nMan: \"ssdp:discover\"\r\n"
              b"MX: 2\r\nST: ssdp:all\r\n\r\n")
    flow = trace.flow()
    flow.open()
    flow.exchange()
    found = judge(trace)
    assert len(found.requests) == 1
    assert (found.capture["connections"], found.capture["other_connections"]) == (1, 0)


def test_other_tcp_is_only_counted(trace):
    other = trace.flow(server_port=5555)
    other.open()
    other.data("client", bytes(range(200)))
    other.data("server", bytes(range(100)))
    other.close("client")
    flow = trace.flow()
    flow.open()
    flow.exchange()
    found = judge(trace)
    assert (found.capture["connections"], found.capture["other_connections"]) == (1, 1)
    assert len(found.requests) == 1


def test_fast_open_is_new(trace):
    flow = trace.flow()
    flow.send("client", request("/in-the-syn"), flags=SYN)
    flow.send("server", flags=SYN | ACK)
    flow.send("client")
    flow.answer()
    flow.exchange("/later")
    found = judge(trace)
    assert [(one["target"], one["status"]) for one in found.requests] == [
        ("/in-the-syn", "new"), ("/later", "reused")]


def test_the_same_ports_twice_are_two_connections(trace):
    for isn in (1000, 900_000_000):
        flow = trace.flow(port=41_000, isn=isn)
        flow.open()
        flow.exchange()
        flow.close("client")
        trace.wait(70)
    found = judge(trace)
    assert found.statuses() == ["new", "new"]
    assert [one["number"] for one in found.requests] == [1, 1]
    assert [one["why_new"] for one in found.connections] == ["first-contact", "previous-closed"]
    assert len({one["tcp_stream"] for one in found.connections}) == 2


def test_a_pipeline_of_500(trace):
    flow = trace.flow()
    flow.open()
    flow.data("client", b"".join(request(f"/{i}") for i in range(500)))
    # The codes show which answer went to which request.
    flow.data("server", b"".join(answer(200 + i % 7, body=b"%d" % i) for i in range(500)))
    found = judge(trace)
    assert [(one["target"], one["number"]) for one in found.requests] == [
        (f"/{i}", i + 1) for i in range(500)]
    assert found.statuses() == ["new"] + ["reused"] * 499
    assert [one["delivery"] for one in found.requests] == ["sequential"] + ["pipelined"] * 499
    assert [one["response_code"] for one in found.requests] == [200 + i % 7 for i in range(500)]
    assert all(one["complete"] for one in found.requests)
    assert found.origins[0]["peak_concurrency"] == 500


def test_informational_answers_are_none(trace):
    flow = trace.flow()
    flow.open()
    flow.request("/")
    flow.data("server", answer(102, body=None) + answer(103, body=None))
    trace.wait(0.5)
    flow.answer(200)
    flow.exchange("/next", code=204)
    found = judge(trace)
    assert [one["response_code"] for one in found.requests] == [200, 204]
    assert found.requests[0]["response_time_ms"] > 500


# ---- captures that begin in the middle ---------------------------------------------------------

def test_the_first_request_without_an_opening_is_unknown(trace):
    flow = trace.flow()
    for path in ("/first", "/second"):
        flow.exchange(path)
    found = judge(trace)
    assert found.statuses() == ["unknown", "reused"]
    assert found.requests[0]["reused"] is None
    connection, = found.connections
    assert (connection["opening_seen"], connection["opened_frame"], connection["why_new"]) == (
        False, None, None)
    assert found.capture["reuse_ratio"] == 1.0  # of those that are known


def test_an_answer_to_nothing_proves_a_request(trace):
    flow = trace.flow()
    flow.answer()
    for path in ("/second", "/third"):
        flow.exchange(path)
    found = judge(trace)
    assert found.statuses() == ["reused", "reused"]
    # At least: there may have been more before the capture.
    assert [(one["number"], one["number_exact"]) for one in found.requests] == [
        (2, False), (3, False)]


def test_an_answer_to_nothing_proves_a_request_after_an_opening_too(trace):
    flow = trace.flow()
    flow.open()
    flow.sequence["client"] += len(request("/lost"))
    flow.answer()
    flow.exchange("/second")
    found = judge(trace)
    assert [(one["status"], one["number"]) for one in found.requests] == [("reused", 2)]


def test_a_408_answers_nothing(trace):
    flow = trace.flow()
    flow.open()
    trace.wait(10)
    flow.answer(408, headers=["Connection: close"])
    flow.request("/too-late")
    flow.reset("server")
    found = judge(trace)
    assert [(one["status"], one["number"]) for one in found.requests] == [("new", 1)]


def test_the_client_is_who_asks(trace):
    """Whatever the ports are."""
    flow = trace.flow(port=80, server_port=8080)
    flow.exchange()
    found = judge(trace)
    assert found.requests[0]["client"]["port"] == 80
    assert found.requests[0]["server"]["port"] == 8080


def test_an_opening_after_a_connection_from_before_the_capture(trace):
    old = trace.flow()
    old.answer()  # to a request before the capture
    trace.wait(1)
    new = trace.flow()
    new.open()
    new.exchange()
    found = judge(trace)
    mine, = [one for one in found.connections if one["client"]["port"] == new.port["client"]]
    assert mine["why_new"] in ("capture-started-late", "idle-available")
