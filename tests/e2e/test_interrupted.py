"""Signals while an output is written, and files that tshark itself uses.

However it ends, a file has all of it or what it had before, and nothing lies beside it.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import os
import random
import signal
import subprocess
import time

import pytest

from harness import OUTPUTS, capture, end, finish, new_folder, own, records, run, start
from packets import Trace

NAME = "go-drained-10"


@pytest.fixture(scope="module", autouse=True)
def signals_reach_the_programs():
    """nohup and sh's & have some ignored. Programs would inherit that, but no handler."""
    ignored = [number for number in (signal.SIGINT, signal.SIGHUP)
               if signal.getsignal(number) == signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, lambda *_: None)
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)


@pytest.fixture(scope="module")
def long_capture():
    """Enough to be still writing when a signal comes."""
    trace = Trace()
    trace.calls(200, 20)
    return trace.write()


def start_writing(path, *options, **more):
    return start("tshark", "-n", "-q", "-r", path,
                 *(part for option in options for part in ("-X", f"http_reuse:{option}")),
                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)


def files_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# Each kind, as a file of its own name.
EACH = [f"{kind}={kind}" for kind in OUTPUTS]


@pytest.fixture(scope="module")
def whole(long_capture):
    """Each kind as it is when nothing comes between, and how long that takes."""
    folder, begin = new_folder(), time.monotonic()
    assert finish(start_writing(long_capture, *EACH, cwd=folder)).status == 0
    return files_of(folder), time.monotonic() - begin


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP],
                         ids=lambda number: number.name)
def test_a_signal_is_heeded_while_nobody_reads(number, long_capture, folder):
    """tshark's own handler only stops the reading of packets, which is over."""
    os.mkfifo(folder / "fifo")
    own(folder / "fifo")
    process = start_writing(long_capture, "ndjson=fifo", cwd=folder)
    reader = os.open(folder / "fifo", os.O_RDONLY)
    try:
        assert os.read(reader, 1)  # it is writing, and the pipe is full soon
        time.sleep(0.5)
        assert process.poll() is None
        process.send_signal(number)
        assert process.wait(timeout=20) in (-number, 128 + number)
    finally:
        os.close(reader)
        end(process)
        process.stdout.close()
        process.stderr.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL],
                         ids=lambda number: number.name)
def test_no_half_of_a_file_at_any_moment(number, long_capture, whole):
    expected, took = whole
    seeds = random.Random(15)
    for _ in range(6):
        folder = new_folder()
        process = start_writing(long_capture, *EACH, cwd=folder)
        # Late: what is written is written in the last third, but for the events.
        time.sleep(took * seeds.uniform(0.5, 1.05))
        process.send_signal(number)
        process.communicate(timeout=60)
        found = files_of(folder)
        assert found == {kind: expected.get(kind) for kind in found}


def test_two_runs_with_one_target(long_capture, whole, folder):
    both = [start_writing(long_capture, *EACH, cwd=folder) for _ in range(2)]
    for process in both:
        assert finish(process).status == 0
    assert files_of(folder) == whole[0]


@pytest.mark.parametrize("packets", [0, None], ids=["empty", "whole"])
def test_the_capture_under_no_name(packets, folder):
    """tshark reads what the shell opened: no command line names it."""
    path = folder / "capture.pcapng"
    if packets is None:
        path.write_bytes(capture(NAME).read_bytes())
    else:
        path.write_bytes(Trace().write().read_bytes())
    own(path)
    before = path.read_bytes()
    with open(path, "rb") as file:
        result = run("tshark", "-q", "-r", "-", "-X", "http_reuse:ndjson=capture.pcapng",
                     cwd=folder, stdin=file)
    assert result.status == 1 and result.stdout == b"", result
    assert [line for line in result.complaints if "that is the capture file" in line], result
    assert path.read_bytes() == before


def test_both_outputs_may_go_nowhere():
    result = run("tshark", "-q", "-r", capture(NAME), "-X", "http_reuse:ndjson=/dev/null",
                 "-X", "http_reuse:report=/dev/null")
    assert result.status == 0 and not result.complaints and result.stdout == b"", result


def test_quiet_in_one_word_with_the_capture():
    result = run("tshark", "-nqr", capture(NAME), "-X", "http_reuse:ndjson=-")
    assert result.status == 0 and len(result.lines) > 10, result
    assert records(capture(NAME)).requests
