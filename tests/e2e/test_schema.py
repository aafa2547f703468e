"""The NDJSON of every capture: each line as its schema says, in the order of DESIGN section 9,
and totals that are the sums of the lines before.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import collections
import os

import jsonschema
import pytest

from harness import capture, capture_names, packets_of, records_of, sample, tshark, version
from schema import TYPES, problems, schema
from test_trace import records as traced

every_capture = pytest.mark.parametrize("name", capture_names())

SUMMED = ("connections", "requests", "new", "reused", "unknown", "needed_connections",
          "avoidable_connections")
SUMMED_TIMES = ("setup_total_ms", "avoidable_setup_ms", "saved_setup_ms")


@every_capture
def test_every_line_is_valid(name):
    assert [problems(record) for record in records_of(name).all] == [[]] * len(
        records_of(name).all)


def test_the_whole_schema_takes_a_line_of_each_type():
    whole = jsonschema.Draft202012Validator(schema())
    by_type = {record["type"]: record for record in [
        *records_of("go-concurrent-20").all,
        *traced("tls-call-sites-nokeys", "tls-call-sites").all]}
    assert set(by_type) == set(TYPES)
    assert all(map(whole.is_valid, by_type.values()))
    assert not whole.is_valid({**by_type["request"], "type": "connection"})


def test_the_schema_can_refuse():
    good = records_of("go-drained-2").requests[0]
    assert problems(good) == []
    for change in ({"status": "fresh"}, {"idle_ms": "3"}, {"time": "1.5"}, {"more": 1}):
        assert len(problems({**good, **change})) == 1
    for name in good:
        assert problems({key: value for key, value in good.items() if key != name})


def place(record):
    """DESIGN 9: by frame, then type, then id; origins and the capture last."""
    last = {"origin": 1, "fix": 2, "capture": 3}.get(record["type"], 0)
    if last:
        return (last,)
    frame = record["opened_frame"] if record["type"] == "connection" else record["frame"]
    identity = record.get("id", record.get("number", 0))
    return (0, frame, record["type"], identity if record["type"] != "finding" else 0)


@every_capture
def test_lines_are_in_order(name):
    records = [one for one in records_of(name).all
               # Its first frame, where it stands then, is no member of the record.
               if one["type"] != "connection" or one["opened_frame"] is not None]
    assert records == sorted(records, key=place)


@every_capture
def test_connections_are_numbered_as_they_were_opened(name):
    connections = records_of(name).connections
    assert len({one["id"] for one in connections}) == len(connections)
    opened = [(one["opened_frame"], one["id"]) for one in connections
              # A CONNECT is known to make a tunnel when it is answered.
              if one["opened_frame"] is not None and one["transport"] != "tunnel"]
    assert [frame_id[1] for frame_id in sorted(opened)] == sorted(one for _, one in opened)


@every_capture
def test_every_avoidable_connection_is_in_one_fix(name):
    found = records_of(name)
    assert [fix["rank"] for fix in found.fixes] == list(range(1, len(found.fixes) + 1))
    for key in ("avoidable_connections", "avoidable_setup_ms"):
        total = sum(fix[key] or 0 for fix in found.fixes)
        assert total == pytest.approx(found.capture[key] or 0, abs=1e-6), key
    loud = [one for one in found.findings if one["severity"] in ("warning", "error")]
    assert {one["code"] for one in loud} <= {fix["code"] for fix in found.fixes}
    failed = [one for one in found.connections if one["close_cause"] == "setup-failed"]
    assert bool(found.fixes) is bool(loud or failed or found.capture["avoidable_connections"])


@every_capture
def test_totals_are_the_sums_of_the_lines(name):
    found = records_of(name)
    statuses = collections.Counter(found.statuses())
    capture_line = found.capture
    assert capture_line["connections"] == len(found.connections)
    assert capture_line["requests"] == len(found.requests)
    assert [capture_line[status] for status in ("new", "reused", "unknown")] == [
        statuses[status] for status in ("new", "reused", "unknown")]
    for key in SUMMED:
        assert capture_line[key] == sum(origin[key] for origin in found.origins), key
    for key in SUMMED_TIMES:
        total = sum(origin[key] or 0 for origin in found.origins)
        assert (capture_line[key] or 0) == pytest.approx(total, abs=1e-6), key


@every_capture
def test_ratios_are_those_of_the_counts(name):
    for one in [*records_of(name).origins, records_of(name).capture]:
        known = one["new"] + one["reused"]
        expected = one["reused"] / known if known else None
        assert one["reuse_ratio"] == (expected if expected is None else pytest.approx(expected))


@every_capture
def test_requests_of_each_connection_add_up(name):
    found = records_of(name)
    counts = collections.Counter(one["connection"] for one in found.requests)
    assert {one["id"]: one["requests"] for one in found.connections if one["requests"]} == counts


@every_capture
def test_each_origin_has_its_share(name):
    found = records_of(name)
    for origin in found.origins:
        mine = [one for one in found.requests
                if one["client"]["address"] == origin["client"]["address"]
                and one["server"] == origin["server"]]
        sharing = [other for other in found.origins if other["server"] == origin["server"]]
        assert len(mine) == sum(other["requests"] for other in sharing)


@every_capture
def test_findings_are_counted_and_named_where_they_belong(name):
    found = records_of(name)
    counts = collections.Counter(one["code"] for one in found.findings)
    assert found.capture["findings"] == counts
    for one in found.findings:
        if one["request_frame"] is not None and one["code"] != "keep_alive_probe":
            at = [request for request in found.requests
                  if request["frame"] == one["request_frame"]
                  and request["connection"] == one["connection"]]
            assert any(one["code"] in request["findings"] for request in at), one
    for connection in found.connections:
        of_it = {one["code"] for one in found.findings
                 if one["connection"] == connection["id"]}
        assert set(connection["findings"]) <= of_it


@every_capture
def test_kinds_of_connections_add_up(name):
    line = records_of(name).capture
    assert sum(line["connections_by_transport"].values()) == line["connections"]
    assert sum(line["connections_by_tls_handshake"].values()) == line["connections"]


@pytest.mark.parametrize("name", sample(capture_names()))
def test_moments_are_those_of_the_capture(name):
    found = records_of(name)
    times = [float(row["frame.time_epoch"][0]) for row in packets_of(name)]
    assert found.capture["frames"] == len(times)
    assert float(found.capture["first_time"]) == min(times)
    assert float(found.capture["last_time"]) == max(times)
    for one in [*found.requests, *found.findings]:
        assert 1 <= one["frame"] <= len(times)
        if "time" in one:
            assert float(one["time"]) == times[one["frame"] - 1]


def test_versions_are_named():
    line = records_of("go-drained-2").capture
    major, minor = version()
    assert line["wireshark_version"].startswith(f"{major}.{minor}.")
    assert line["schema"] == 1
    expected = os.environ.get("HTTP_REUSE_VERSION")
    assert line["plugin_version"] == expected if expected else line["plugin_version"]


def test_the_same_capture_gives_the_same_bytes():
    one, other = (tshark("-q", "-r", capture("go-concurrent-20"), "-X", "http_reuse:ndjson=-")
                  for _ in range(2))
    assert one.stdout == other.stdout
