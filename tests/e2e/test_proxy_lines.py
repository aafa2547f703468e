"""Only the side of a proxy that asks was captured, under the User-Agent of its client: what proxies
write into requests tells them from Go's net/http, whose unread bodies look the same.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import pytest

from packets import judge

GO = "User-Agent: Go-http-client/1.1"
GZIP = "Accept-Encoding: gzip"


def closed_after_answers(trace, lines):
    """What is said of three connections that their client closes right after an answer."""
    head = "\r\n".join(["GET / HTTP/1.1", *lines, "", ""]).encode()
    for _ in range(3):
        flow = trace.flow()
        flow.open()
        flow.data("client", head)
        flow.answer()
        flow.close("client")
        trace.wait(1)
    found = judge(trace)
    return {one["close_cause"] for one in found.connections}, found.fixes[0]["advice"]


def test_as_go_writes_it(trace):
    causes, advice = closed_after_answers(trace, ["Host: a.example", GO, "Authorization: Bearer x",
                                                  GZIP])
    assert causes == {"body-undrained"}
    assert "io.Copy(io.Discard, resp.Body)" in advice


@pytest.mark.parametrize("lines", [
    ["X-Real-IP: 10.0.0.7", "Host: a.example", GO, GZIP],  # nginx, proxy_set_header
    ["X-Request-ID: 7", "Host: a.example", GO, GZIP],
    ["Host: a.example", "X-Request-ID: 7", GO, GZIP],
    ["host: a.example", GO.replace("User-Agent", "user-agent"), "accept-encoding: gzip"],  # HAProxy
    [GO, GZIP, "Host: a.example", "Cache-Control: max-age=259200"],  # Squid
    ["Host: a.example", GO, GZIP, "X-Real-IP: 10.0.0.7"],
    ["Host: a.example", GO, GZIP, "x-forwarded-host: b.example"],
    ["Host: a.example", GO, GZIP, "X-Forwarded-Server: b.example"],  # Apache
    ["Host: a.example", GO, GZIP, "x-envoy-expected-rq-timeout-ms: 15000"],
    ["Host: a.example", GO, GZIP, "X-Varnish: 2"],
    ["Host: a.example", GO, GZIP, "CDN-Loop: cdn.example"],
], ids=lambda lines: lines[0] + " " + lines[-1])
def test_as_a_proxy_does(trace, lines):
    causes, advice = closed_after_answers(trace, lines)
    assert causes == {"client-close"}
    assert "A proxy opened these" in advice
    assert "io.Copy" not in advice
