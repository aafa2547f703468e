"""Display filters on each reason, cause, finding and status; and expert infos, which are counted by
their constant texts.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import collections
import re

import pytest

from harness import capture, fields, records, tool, tshark
from stories import STORIES


def connections_matching(path, display_filter, options=("-2",)):
    rows = fields(path, "http_reuse.connection", options=options, display_filter=display_filter)
    return {one for row in rows for one in row["http_reuse.connection"]}


def count_of(key, name):
    tokens = getattr(STORIES[name], key)
    return collections.Counter(token for token in tokens if isinstance(token, str))


CASES = sorted({(key, token): name for name in sorted(STORIES) for key in ("why", "cause")
                if getattr(STORIES[name], key) for token in count_of(key, name)
                if not any(isinstance(one, tuple) for one in getattr(STORIES[name], key))}.items())


@pytest.mark.parametrize("key, token, name", [(*case, name) for case, name in CASES],
                         ids=[f"{case[1]}" for case, _ in CASES])
def test_a_filter_on_each_reason_and_cause(key, token, name):
    field = {"why": "why_new", "cause": "close.cause"}[key]
    found = connections_matching(capture(name), f'http_reuse.{field} == "{token}"')
    assert len(found) == count_of(key, name)[token]


FINDINGS = sorted({code: name for name in sorted(STORIES)
                   for code, count in STORIES[name].findings.items()
                   if isinstance(count, int)}.items())


@pytest.mark.parametrize("code, name", FINDINGS)
def test_a_filter_on_each_finding(code, name):
    found = connections_matching(capture(name), f"http_reuse.finding.{code}")
    assert len(found) == STORIES[name].findings[code]


def test_a_filter_on_each_status(folder):
    path = folder / "started-late.pcapng"
    tool("editcap", capture("go-drained-10"), path, "1-3")  # without the handshake
    for status, count in (("unknown", 1), ("reused", 9), ("new", 0)):
        rows = fields(path, "http_reuse.number",
                      display_filter=f'http.request && http_reuse.status == "{status}"')
        assert len(rows) == count, status
    neither = fields(path, "frame.number", display_filter="http.request && !http_reuse.reused")
    assert len(neither) == 1  # absent when unknown


@pytest.mark.parametrize("name, counts", [
    ("go-concurrent-20", {"new_connection": 20, "pool_limit": 18, "summary": 1}),
    ("go-new-transport", {"new_connection": 5, "missed_reuse": 4, "summary": 1}),
    ("go-stale-reset", {"new_connection": 1, "stale_reuse": 1, "summary": 1})])
def test_expert_counts_its_constant_texts(name, counts):
    sections = {}
    section = None
    for line in tshark("-q", "-2", "-r", capture(name), "-z", "expert").lines:
        heading = re.match(r"(Errors|Warns|Notes|Chats) \(\d+\)", line)
        section = heading[1] if heading else section
        row = re.match(r"\s+(\d+)\s+\S+\s+HTTP Reuse\s+(.*)", line)
        if row:
            sections.setdefault(section, []).append((int(row[1]), row[2].strip()))
    severity = {"new_connection": "Chats", "pool_limit": "Warns", "missed_reuse": "Warns",
                "stale_reuse": "Errors", "summary": "Notes"}
    for code, count in counts.items():
        assert count in [number for number, _ in sections[severity[code]]], (code, sections)
    texts = [text for rows in sections.values() for _, text in rows]
    assert len(texts) == len(set(texts))


def test_a_capture_without_http(folder):
    path = folder / "none.pcapng"
    tool("editcap", "-r", capture("go-drained-2"), path, "1-3")  # a handshake only
    found = records(path)
    assert (found.capture["requests"], found.capture["connections"]) == (0, 0)
    assert found.capture["other_connections"] == 1
    assert found.capture["reuse_ratio"] is None
