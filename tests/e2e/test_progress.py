"""The line of progress: on a terminal, where a report was asked for, and nowhere else.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import os
import re
import subprocess
import threading
import time

import pytest

from harness import capture, start, tshark

# Enough packets before the pause and after it that the clock is looked at.
NAME = "h2-100-concurrent"
REPORT = ("-X", "http_reuse:report")


def on_a_terminal(*args, cut=0):
    """What a tshark that reads slowly writes to a terminal as its standard error. The last @cut
    bytes of the capture are missing."""
    ours, theirs = os.openpty()
    process = start("tshark", "-q", "-r", "-", *args, stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL, stderr=theirs)
    os.close(theirs)
    said = []

    def listen():
        try:
            while data := os.read(ours, 4096):
                said.append(data)
        except OSError:  # the other end is closed
            pass

    listener = threading.Thread(target=listen)
    listener.start()
    data = capture(NAME).read_bytes()
    data = data[:len(data) - cut]
    process.stdin.write(data[:len(data) // 2])
    process.stdin.flush()
    time.sleep(1.5)
    process.stdin.write(data[len(data) // 2:])
    process.stdin.close()
    assert (process.wait(60) == 0) == (cut == 0)
    listener.join(10)
    os.close(ours)
    return b"".join(said).decode()


def test_on_a_terminal_it_is_shown_and_removed():
    text = on_a_terminal(*REPORT)
    assert " packets, " in text and " packets/s" in text
    assert text.endswith("\r\x1b[K")


def test_a_line_of_tshark_begins_a_line():
    text = on_a_terminal(*REPORT, cut=20)
    assert "\r" in text and "cut short" in text
    assert re.search(r"[\r\n]tshark: The", text)


def test_without_a_report_there_is_none():
    assert " packets" not in on_a_terminal("-z", "http_reuse,tree")


@pytest.mark.parametrize("passes", [(), ("-2",)])
def test_no_log_has_it(passes):
    assert b" packets" not in tshark("-q", *passes, "-r", capture(NAME), *REPORT).stderr
