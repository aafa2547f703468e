"""The HTTP Archive of -X http_reuse:har: an entry a request, with the times of the NDJSON.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import datetime
import json

import pytest

import pages
from harness import SOURCE, capture, records, tshark

ARCHIVES = ["go-drained-10", "curl-h1-tls", "chromium-h1", "h2-100-concurrent", "h3-curl",
            "connect-proxy", "go-stale", "go-cancelled"]


def entries_of(path):
    log = json.loads(tshark("-q", "-r", path, "-X", "http_reuse:har=-").text)["log"]
    assert log["version"] == "1.2"
    return log["entries"]


def begin_of(entry):
    """Microseconds since the epoch."""
    moment = datetime.datetime.fromisoformat(entry["startedDateTime"].replace("Z", "+00:00"))
    return round(moment.timestamp() * 1e6)


def microseconds(text):
    seconds, fraction = text.split(".")
    return int(seconds) * 10**6 + int(fraction) // 1000


@pytest.mark.parametrize("name", ARCHIVES)
def test_entries_are_the_requests(name):
    said = records(capture(name))
    entries = entries_of(capture(name))
    assert len(entries) == len(said.requests) > 0
    for entry, request in zip(entries, said.requests):
        timings = entry["timings"]
        connection = said.connection(request["connection"])
        assert entry["connection"] == str(request["connection"])
        if request["transport"] == "tunnel":  # the proxy alone knows the address
            assert "serverIPAddress" not in entry
        else:
            assert entry["serverIPAddress"] == request["server"]["address"]
        assert entry["response"]["status"] == (request["response_code"] or 0)
        assert entry["time"] == pytest.approx(
            sum(ms for part, ms in timings.items() if part != "ssl" and ms > 0))
        is_payer = request["status"] == "new" and request["setup_ms"] is not None
        assert timings["connect"] == (request["setup_ms"] if is_payer else -1)
        assert timings["ssl"] == (connection["tls_handshake_ms"] or -1 if is_payer else -1)
        if request["response_time_ms"] is not None:
            exchange = timings["send"] + timings["wait"] + timings["receive"]
            assert exchange == pytest.approx(request["response_time_ms"])
            # Microseconds are cut off, at the begin and at the end.
            assert begin_of(entry) + entry["time"] * 1000 == pytest.approx(
                microseconds(request["sent_time"]) + request["response_time_ms"] * 1000, abs=2)


def test_addresses_are_those_that_were_asked_for():
    truth = json.loads((SOURCE / "testcaptures/connect-proxy.truth.json").read_text())
    asked = [entry["request"]["url"] for entry in entries_of(capture("connect-proxy"))
             if entry["request"]["method"] == "GET"]
    assert sorted(asked) == sorted(request["url"] for request in truth["requests"])
    hostile = entries_of(pages.hostile())[0]["request"]["url"]
    assert hostile == f"http://{pages.MARKUP}{pages.MARKUP}"
