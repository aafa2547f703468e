"""A live capture: root's tcpdump, piped into tshark as the ordinary user, while real programs
talk on loopback. The reports are complete however the capture ends.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

import pytest

from harness import (IS_ROOT, Records, capture, end, finish, home, is_missing, run, start,
                     tshark)

pytestmark = [
    pytest.mark.skipif(not IS_ROOT, reason="only root may capture: tcpdump needs it"),
    pytest.mark.skipif(is_missing("tcpdump"), reason="there is no tcpdump"),
]

PROGRAM = pathlib.Path(__file__).with_name("live.py")
DURATION = 6  # seconds, of captures that -a ends
PATIENCE = 30


def wait_until(is_true, what, shown=None):
    """@shown is a file that may explain why it never became true."""
    deadline = time.monotonic() + PATIENCE
    while not is_true():
        assert time.monotonic() < deadline, (
            f"waited in vain for {what}\n{shown.read_text() if shown else ''}")
        time.sleep(0.05)


@pytest.fixture(scope="module")
def server():
    with subprocess.Popen([sys.executable, PROGRAM, "server"], stdout=subprocess.PIPE,
                          start_new_session=True) as process:
        try:
            yield int(process.stdout.readline())
        finally:
            end(process)


class Capture:
    """tcpdump and tshark around what happens inside of `with`."""

    def __init__(self, port, folder, *args, stdout=subprocess.PIPE):
        self.port, self.folder, self.args = port, folder, args
        self.stdout = stdout
        self.before = set()
        self.before = self.temporary_files()

    def __enter__(self):
        reading, writing = os.pipe()
        said = self.folder / "tcpdump.txt"
        with said.open("wb") as words:
            # Root's own. Without a large buffer it drops packets, which would be another story.
            self.tcpdump = subprocess.Popen(
                ["tcpdump", "-U", "--immediate-mode", "-s", "4096", "-B", "32768", "-w", "-",
                 "-i", "lo", f"tcp port {self.port}"],
                stdin=subprocess.DEVNULL, stdout=writing, stderr=words, start_new_session=True)
        os.close(writing)
        self.tshark = start("tshark", "-i", "-", *self.args, cwd=self.folder, stdin=reading,
                            stdout=self.stdout, stderr=subprocess.PIPE)
        os.close(reading)
        wait_until(lambda: b"listening on" in said.read_bytes(), "tcpdump")
        # dumpcap has read the head of the file once it writes one of its own.
        wait_until(lambda: (self.folder / "saved.pcapng").exists() or any(
            path.stat().st_size for path in self.temporary_files()), "dumpcap")
        return self

    def temporary_files(self):
        """Those of dumpcap, tshark's child, in TMPDIR."""
        return set((home() / "run").glob("wireshark_*")) - self.before

    def finish(self):
        return finish(self.tshark, timeout=PATIENCE + DURATION)

    def __exit__(self, *error):
        end(self.tcpdump)
        end(self.tshark)
        for pipe in (self.tshark.stdout, self.tshark.stderr):
            if pipe:
                pipe.close()


def call(port):
    """Runs the client: what it says that it did."""
    client = subprocess.run([sys.executable, PROGRAM, "client", str(port)], check=True,
                            stdout=subprocess.PIPE, timeout=PATIENCE)
    return json.loads(client.stdout)


def check(found, done):
    """Records against what the client did."""
    assert [(one["target"], one["client"]["port"], one["reused"], one["response_code"])
            for one in found.requests] == [
        (said["path"], said["port"], said["reused"], said["status"]) for said in done]
    assert len(found.connections) == len({said["port"] for said in done})
    by_port = {one["client"]["port"]: one["close_cause"] for one in found.connections}
    assert all((by_port[said["port"]] == "client-close-header") == said["path"].startswith("/once")
               for said in done)


def expect_success(result):
    assert result.status == 0 and not result.complaints, result


def test_ended_by_a_duration(server, folder):
    with Capture(server, folder, "-q", "-a", f"duration:{DURATION}",
                 "-X", "http_reuse:ndjson=records", "-X", "http_reuse:report=report") as live:
        done = call(server)
        expect_success(live.finish())
        assert live.temporary_files() == set()
    check(Records((folder / "records").read_text()), done)
    assert "3 new" in (folder / "report").read_text()
    assert sorted(path.name for path in folder.iterdir()) == ["records", "report", "tcpdump.txt"]


def test_ended_by_a_number_of_packets(server, folder):
    with Capture(server, folder, "-q", "-c", "4", "-X", "http_reuse:ndjson=-") as live:
        call(server)
        result = live.finish()
    expect_success(result)
    found = Records(result.text)
    # The handshake, and the first request.
    assert (found.capture["frames"], found.statuses()) == (4, ["new"])


@pytest.mark.parametrize("name", ["curl-h2c-prior", "apache-idle"])
def test_in_batches(name):
    """tshark begins each batch anew; in a later one nothing is lost that a file would show."""
    data = capture(name).read_bytes()
    process = start("tshark", "-q", "-i", "-", "-X", "http_reuse:ndjson=-", stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    for part in range(4):
        process.stdin.write(data[len(data) * part // 4:len(data) * (part + 1) // 4])
        process.stdin.flush()
        time.sleep(1)  # dumpcap tells of packets twice a second
    live = Records(finish(process, PATIENCE).text)
    read = Records(tshark("-q", "-r", capture(name), "-X", "http_reuse:ndjson=-").text)
    assert live.statuses() == read.statuses() and live.statuses()
    assert ([one["close_cause"] for one in live.connections]
            == [one["close_cause"] for one in read.connections])


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_ended_by_a_signal(server, folder, ending):
    with (folder / "printed").open("wb") as printed:
        with Capture(server, folder, "-l", "-X", "http_reuse:ndjson=records",
                     "-z", "http_reuse,report", stdout=printed) as live:
            done = call(server)
            wait_until(lambda: answers_printed(folder / "printed") == len(done)
                       and is_quiet(folder / "printed"), "the packets", folder / "printed")
            live.tshark.send_signal(ending)
            result = live.finish()
            assert live.temporary_files() == set()
    expect_success(result)
    check(Records((folder / "records").read_text()), done)
    report = (folder / "printed").read_text()
    assert "3 new" in report and "client-close-header" in report


def answers_printed(path):
    return len(re.findall(r" HTTP \d+ HTTP/1.1 200 OK", path.read_text()))


def is_quiet(path):
    """Whether all that comes has come."""
    size = path.stat().st_size
    time.sleep(0.5)
    return path.stat().st_size == size


def test_ended_by_the_end_of_its_input(server, folder):
    with Capture(server, folder, "-q", "-X", "http_reuse:ndjson=-", "-w", "saved.pcapng") as live:
        done = call(server)
        saved = folder / "saved.pcapng"
        wait_until(lambda: saved.exists() and b"/once-1" in saved.read_bytes()
                   and is_quiet(saved), "the packets")
        live.tcpdump.send_signal(signal.SIGINT)
        result = live.finish()
    expect_success(result)
    check(Records(result.text), done)
    # The file that was saved beside tells the same, read at leisure.
    again = Records(run("tshark", "-q", "-r", folder / "saved.pcapng",
                        "-X", "http_reuse:ndjson=-").text)
    piped = Records(result.text)
    assert (piped.capture["file"], piped.capture["interface"]) == ("-", None)
    assert again.capture["file"] == str(folder / "saved.pcapng")
    piped.capture["file"] = again.capture["file"]
    assert again.all == piped.all


def test_a_place_that_vanishes_ends_with_an_error(server, folder):
    """The folder is gone when the report is due: an error, and no temporary file stays."""
    place = folder / "gone"
    place.mkdir()
    os.chown(place, folder.stat().st_uid, folder.stat().st_gid)
    with Capture(server, folder, "-q", "-a", f"duration:{DURATION}",
                 "-X", "http_reuse:ndjson=gone/records") as live:
        call(server)
        place.rmdir()
        result = live.finish()
        assert live.temporary_files() == set()
    assert result.status != 0
    assert any("gone/records" in line for line in result.complaints), result
