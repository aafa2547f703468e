"""The event log: from it http_reuse_judge says, byte for byte, what tshark said; and what is no
whole log is refused in one line."""
import functools
import os
import pathlib
import shutil

import pytest

import harness

JUDGE = pathlib.Path(os.environ.get("HTTP_REUSE_JUDGE") or
                     harness.PLUGIN.parent / "http_reuse_judge")


def record(capture, *options):
    """What tshark says about @capture: the log, the records and the report."""
    folder = harness.new_folder("events-")
    files = [folder / name for name in ("log.hre", "records.ndjson", "report.txt")]
    words = zip(("events", "ndjson", "report"), files)
    harness.tshark("-q", "-r", capture, *options,
                   *(part for word, file in words for part in ("-X", f"http_reuse:{word}={file}")))
    return files


@functools.lru_cache(maxsize=None)
def judge_program():
    """A copy that the ordinary user can run, wherever the build lies."""
    return shutil.copy(JUDGE, harness.world() / JUDGE.name)


def judge(*arguments):
    return harness.run(judge_program(), *arguments, plugin=False)


def say_again(log):
    """What the log alone says: the records and the report."""
    said = []
    for option in ("--ndjson", "--report"):
        result = judge(option, "-", log)
        assert result.status == 0 and not result.stderr, result
        said.append(result.stdout)
    return said


@pytest.mark.parametrize("name", harness.capture_names())
def test_every_capture(name):
    said = harness.outputs_of(name)
    assert say_again(said / "events") == [
        (said / kind).read_bytes() for kind in ("ndjson", "report")]


def test_two_passes():
    log, records, report = record(harness.capture("tls-resume-13-cache"), "-2")
    assert say_again(log) == [records.read_bytes(), report.read_bytes()]


def test_preferences_are_in_the_log():
    capture = harness.capture("go-idle-server")
    log, records, report = record(capture, "-o", "http_reuse.timer_min_ms:100000")
    assert say_again(log) == [records.read_bytes(), report.read_bytes()]
    assert records.read_bytes() != record(capture)[1].read_bytes()


def test_nothing_captured():
    capture = harness.new_folder() / "empty.pcapng"
    harness.tool("editcap", "-r", harness.capture("go-undrained-10"), capture, "100000")
    log, records, report = record(capture)
    assert say_again(log) == [records.read_bytes(), report.read_bytes()]


def test_through_a_pipe():
    """Standard output holds the same log as a file."""
    capture = harness.capture("go-undrained-10")
    result = harness.tshark("-q", "-r", capture, "-X", "http_reuse:events=-")
    assert result.stdout == record(capture)[0].read_bytes()


def whole_log():
    return record(harness.capture("go-undrained-10"))[0].read_bytes()


def flipped(log, at):
    return log[:at] + bytes([log[at] ^ 0x20]) + log[at + 1:]


@pytest.mark.parametrize("harm, says", [
    (lambda log: b"", "empty"),
    (lambda log: b"no log at all", "no event log"),
    (lambda log: log[:len(log) // 2], "not finished"),
    (lambda log: log[:-1], "not finished"),
    (lambda log: log[:-30], "not finished"),
    (lambda log: flipped(log, 40), "damaged"),
    (lambda log: flipped(log, len(log) // 2), "damaged"),
    (lambda log: flipped(log, len(log) - 1), "damaged"),
    (lambda log: log + b"\0", "damaged"),
    (lambda log: log + log, "damaged"),
])
def test_refused(harm, says):
    log = harness.write_file(harm(whole_log()), ".hre")
    result = judge("--ndjson", "-", log)
    line, = result.stderr.decode().splitlines()
    assert result.status == 1 and not result.stdout
    assert str(log) in line and says in line


def test_absent():
    result = judge("--ndjson", "-", "/nowhere/log\x1b[31m.hre")
    assert result.status == 1 and r"/nowhere/log\x1b[31m.hre" in result.stderr.decode()


def test_a_capture_is_no_log():
    result = judge("--ndjson", "-", harness.capture("go-undrained-10"))
    assert result.status == 1 and "no event log" in result.stderr.decode()
