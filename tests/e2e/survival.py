"""What no capture may do to tshark with the plugin, however broken it is.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import collections
import functools
import re

from harness import PRELOAD, Records, fields, new_folder, run
from schema import problems


def survive(path, *options):
    """Runs the capture through all that the plugin does; its records if they are sound."""
    beside = new_folder() / "records"
    without_complaint(path, options, "-2", "-V", "-X", f"http_reuse:ndjson={beside}",
                      "-z", "http_reuse,report", "-z", "expert")
    found = Records(beside.read_text())
    assert [problems(record) for record in found.all] == [[]] * len(found.all)
    if not PRELOAD:  # a sanitizer has seen the first of both passes
        assert Records(without_complaint(
            path, options, "-q", "-X", "http_reuse:ndjson=-").text).all == found.all
    statuses = collections.Counter(found.statuses())
    for status in ("new", "reused", "unknown"):
        assert found.capture[status] == statuses[status]
    return found


def without_complaint(path, options, *args):
    """Runs tshark with the plugin. What it complains about it has to complain about without."""
    def words(result):
        # Without the number of the process and the time.
        return {re.sub(r"^ \*\* \(.*?\) \S+ ", "", line) for line in result.complaints}

    ours = run("tshark", "-r", path, *options, *args)
    assert ours.status == 0, ours
    if ours.complaints:
        # The QUIC dissectors of 4.4 and 4.6 find bugs in themselves where packets are lost.
        theirs = run("tshark", "-r", path, *options, "-2", "-V", plugin=False)
        assert words(ours) <= words(theirs), ours
    return ours


# At the beginning of a segment's payload, or behind a message without a body.
REQUEST_LINE = re.compile(rb"(?:\A|(?<=\r\n\r\n))([A-Z]+) ([!-~]+) HTTP/1\.[01]\r?\n")


@functools.lru_cache(maxsize=None)
def requests_without_the_plugin(path):
    """{(stream, first sequence number): (method, target)} of what the payload of TCP says, and how
    many requests tshark shows without the plugin."""
    rows = fields(path, "tcp.stream", "tcp.seq_raw", "tcp.payload", "http.request.method",
                  display_filter="tcp.payload || http.request.method", plugin=False)
    found, shown = {}, 0
    for row in rows:
        shown += len(row["http.request.method"])
        if not row["tcp.payload"]:
            continue
        stream, sequence = int(row["tcp.stream"][0]), int(row["tcp.seq_raw"][0])
        for line in REQUEST_LINE.finditer(bytes.fromhex(row["tcp.payload"][0].replace(":", ""))):
            found[stream, sequence + line.start()] = line[1].decode(), line[2].decode()
    return found, shown


def assert_requests_are_in_the_packets(found, path):
    """Whatever Wireshark shows of them: each has a line of its own in the packets. How many lines
    there are; one that was sent again is one."""
    lines, shown = requests_without_the_plugin(path)
    there = collections.Counter((stream, *line) for (stream, _), line in lines.items())
    assert collections.Counter((one["tcp_stream"], one["method"], one["target"])
                               for one in found.requests) <= there
    assert len(found.requests) >= shown
    return len(lines)
