"""Connections built packet by packet, where DESIGN says clearly what they are: names, openings and
ends.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import pytest

from harness import fields
from packets import ACK, FIN, PSH, RST, SYN, judge, request


# ---- names -------------------------------------------------------------------------------------

def test_two_names_at_one_address_are_two_origins(trace):
    for host in ("a.example", "b.example"):
        flow = trace.flow()
        flow.open()
        flow.exchange(host=host)
    found = judge(trace)
    assert [one["why_new"] for one in found.connections] == ["first-contact"] * 2
    assert sorted(one["name"] for one in found.origins) == ["a.example", "b.example"]
    # People expect the connection to be reused: it says so.
    new = {one["connection"]: one["data"] for one in found.found("new_connection")}
    assert [new[i]["shares_address"] for i in (1, 2)] == [False, True]


def test_a_connection_with_several_names_belongs_to_all_of_them(trace):
    """As with a forward proxy: the name is no part of the key there."""
    flow = trace.flow()
    flow.open()
    flow.exchange(host="a.example")
    flow.exchange(host="b.example")
    trace.wait(0.5)
    other = trace.flow()
    other.open()
    other.exchange(host="c.example")
    trace.wait(0.5)
    found = judge(trace)
    assert found.statuses() == ["new", "reused", "new"]
    assert [one["why_new"] for one in found.connections] == ["first-contact", "idle-available"]
    assert len(found.origins) == 1


def test_no_host_matches_any(trace):
    flow = trace.flow()
    flow.open()
    flow.exchange(host="a.example")
    trace.wait(0.5)
    other = trace.flow()
    other.open()
    other.exchange(host=None)
    found = judge(trace)
    assert found.connections[1]["why_new"] == "idle-available"


# ---- ends --------------------------------------------------------------------------------------

def anchor(trace):
    """Puts address and port in scope."""
    flow = trace.flow()
    flow.open()
    flow.exchange()
    return flow


def test_a_connection_that_carried_nothing_is_unused(trace):
    anchor(trace)
    trace.wait(5)
    flow = trace.flow()
    flow.open()
    trace.wait(5)
    flow.close("client")
    anchor(trace)  # the client is not gone
    found = judge(trace)
    assert found.connections[1]["close_cause"] == "unused"
    assert found.capture["unused"] == 1
    assert [one["connection"] for one in found.found("unused_connection")] == [
        found.connections[1]["id"]]


@pytest.mark.parametrize("ending", ["refused", "unanswered"])
def test_a_setup_that_failed(trace, ending):
    anchor(trace)
    flow = trace.flow()
    flow.send("client", flags=SYN)
    if ending == "refused":
        flow.send("server", flags=RST | ACK)
    else:
        for seconds in (1, 2):
            trace.wait(seconds)
            flow.sequence["client"] -= 1
            flow.send("client", flags=SYN)
        trace.wait(30)
    anchor(trace)
    found = judge(trace)
    mine, = [one for one in found.connections if one["client"]["port"] == 40_001]
    assert (mine["close_cause"], mine["requests"]) == ("setup-failed", 0)


def test_a_websocket_has_left_http(trace):
    flow = trace.flow()
    flow.open()
    flow.request("/chat", headers=["Connection: Upgrade", "Upgrade: websocket",
                                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                                   "Sec-WebSocket-Version: 13"])
    flow.answer(101, headers=["Connection: Upgrade", "Upgrade: websocket"], body=None)
    for _ in range(3):
        flow.data("client", b"\x81\x84\0\0\0\0ping")
        flow.data("server", b"\x81\x04pong")
    flow.close("client")
    found = judge(trace)
    assert len(found.requests) == 1
    assert found.connections[0]["close_cause"] == "upgraded"


def test_an_error_with_close(trace):
    flow = trace.flow()
    flow.open()
    flow.request("/", headers=["X: y"])
    flow.answer(400, headers=["Connection: close"])
    flow.close("server")
    connection, = judge(trace).connections
    assert (connection["close_cause"], connection["close_by"]) == ("server-error-close", "server")


def closed_when_idle(trace, server, seconds):
    flow = trace.flow()
    flow.open()
    flow.request()
    flow.answer(headers=[f"Server: {server}"])
    flow.send("client")
    trace.wait(seconds)
    flow.close("server")
    return judge(trace)


@pytest.mark.parametrize("server, seconds, product", [
    ("Apache/2.4.57 (Debian)", 5, "Apache"), ("nginx/1.22.1", 75, "nginx")])
def test_an_idle_timeout_of_common_software(trace, server, seconds, product):
    found = closed_when_idle(trace, server, seconds)
    connection, = found.connections
    assert connection["close_cause"] == "server-idle-timeout"
    assert (connection["close_by"], connection["close_certainty"]) == ("server", "likely")
    finding, = found.found("idle_close")
    candidates = finding["data"]["candidates"]
    assert candidates and {one["idle_ms"] for one in candidates} == {seconds * 1000}
    assert [one["named"] for one in candidates].count(True) == 1
    assert product in candidates[0]["product"] and candidates[0]["named"]


def test_an_idle_time_that_is_only_another_softwares_default(trace):
    """5 s is Apache's, and nginx says that it is none."""
    found = closed_when_idle(trace, "nginx/1.22.1", 5)
    connection, = found.connections
    assert (connection["close_cause"], connection["close_by"]) == ("server-close", "server")
    assert not found.found("idle_close")


def test_a_forgotten_connection(trace):
    flow = trace.flow()
    flow.open()
    flow.exchange("/first")
    trace.wait(400)
    before = flow.sequence["client"]
    flow.request("/second")
    for seconds in (0.2, 0.4, 0.8, 1.6):
        trace.wait(seconds)
        flow.send("client", request("/second"), flags=PSH | ACK, sequence=before)
    found = judge(trace)
    assert len(found.requests) == 2
    assert found.connections[0]["close_cause"] == "idle-dropped"
    assert [one["frame"] for one in found.found("idle_dropped")] == [found.requests[1]["frame"]]


def test_a_fin_that_was_not_captured(trace):
    flow = trace.flow()
    flow.open()
    flow.exchange()
    flow.sequence["client"] += 1  # the client's FIN, which tcpdump missed
    flow.send("server", flags=ACK)
    trace.wait(1)
    anchor(trace)
    found = judge(trace)
    assert found.connections[1]["why_new"] == "previous-closed"


def test_a_connection_that_stays_open(trace):
    anchor(trace)
    found = judge(trace)
    assert found.connections[0]["close_cause"] == "open-at-end"
    assert found.connections[0]["time_wait"] is None


@pytest.mark.parametrize("ending, holder", [
    ("server", "server"), ("client", "client"), ("both", "both"), ("reset", None)])
def test_who_keeps_time_wait(trace, ending, holder):
    flow = anchor(trace)
    if ending == "both":  # neither FIN acknowledges the other
        number = dict(flow.sequence)
        flow.send("client", flags=FIN | ACK)
        flow.sequence["client"] = number["client"]
        flow.send("server", flags=FIN | ACK)
        flow.sequence["client"] += 1
        flow.send("client")
        flow.send("server")
    elif ending == "reset":
        flow.send("client", flags=FIN | ACK)
        flow.reset("server")
    else:
        flow.close(ending)
    found = judge(trace)
    assert found.connections[0]["time_wait"] == holder
    assert found.capture["time_wait_peak"] == {
        side: int(holder in (side, "both")) for side in ("client", "server")}


def test_time_wait_ends_after_a_minute(trace):
    for _ in range(5):
        anchor(trace).close("client")
        trace.wait(25)
    # 0, 25 and 50 s: never more than three at once.
    assert judge(trace).capture["time_wait_peak"] == {"client": 3, "server": 0}


def test_filters_on_what_was_built(trace):
    flow = anchor(trace)
    flow.exchange(host="b.example")
    rows = fields(trace.write(), "http_reuse.authority",
                  display_filter="http_reuse.reused == 1 && http.request")
    assert [row["http_reuse.authority"] for row in rows] == [["b.example"]]


def test_a_clock_that_went_back_leaves_open_what_came_first(trace):
    one = trace.flow()
    one.open()
    one.exchange()
    one.close("client")
    trace.wait(-0.008)
    two = trace.flow()
    two.open()
    two.exchange()
    found = judge(trace)
    assert [one["why_new"] for one in found.connections] == [None, None]
    assert [one["code"] for one in found.findings if one["code"] == "missed_reuse"] == []
