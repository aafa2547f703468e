"""What the plugin says of a capture of HTTP/1 without TLS, put beside what the program said.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import collections

from harness import records_of
from truth import requests_by_port


def plugin_requests_by_port(name):
    by_port = collections.defaultdict(list)
    for request in records_of(name).requests:
        by_port[request["client"]["port"]].append(request)
    return by_port


def pairs(name):
    """(what the program said, what the plugin says) of each request."""
    said, seen = requests_by_port(name), plugin_requests_by_port(name)
    assert {port: len(found) for port, found in seen.items()} == {
        port: len(found) for port, found in said.items()}
    return [pair for port in said for pair in zip(said[port], seen[port])]


def by_opening(name):
    return sorted(records_of(name).connections, key=lambda record: record["opened_frame"])
