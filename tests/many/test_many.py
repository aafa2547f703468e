"""http-reuse-many on Dask: the same bytes as one tshark, whatever becomes of workers and files.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

import pytest

import harness
from clusters import cluster, other_tshark
from programs import MANY
from rings import ring_of, without_file, without_places

if not harness.ALL_INSTALLED:
    pytest.importorskip("distributed")

CAPTURE = "tls-resume-12-cache"
PIECES = 4


def many(*arguments, status=0, **options):
    result = harness.run(MANY, "--workers", 2, "--pieces", PIECES, *arguments, timeout=180,
                         **options)
    assert result.status == status, result
    return result


def said_by_one(capture):
    return harness.tshark("-q", "-r", capture, "-X", "http_reuse:ndjson=-").stdout


@pytest.mark.by_version
def test_a_ring():
    said = many("--ndjson", "-", ring_of(CAPTURE, 20)).stdout
    assert without_places(said) == without_file(said_by_one(harness.capture(CAPTURE)))


def test_progress_and_report():
    result = many("--memory", "200M", harness.capture(CAPTURE))
    assert "--memory leaves each worker 100 MiB" in result.stderr.decode()
    assert result.stdout.startswith(b"HTTP connection reuse")
    assert f"{PIECES} of {PIECES} pieces dissected" in result.stderr.decode()


def test_a_worker_that_is_killed():
    """The first tshark takes its worker with it."""
    extra = other_tshark('case "$*" in *piece-*) [ -e "$MARK" ] ||\n'
                         '{ : >"$MARK"; kill -9 $PPID; exit 1; } ;; esac\n'
                         'exec "$TSHARK" "$@"\n')
    result = many("--ndjson", "-", harness.capture(CAPTURE), extra=extra)
    assert os.path.exists(extra["MARK"])
    assert result.stdout == said_by_one(harness.capture(CAPTURE))


def test_a_tshark_that_fails_after_it_wrote():
    """The first one writes the log of 5 frames and says that it failed."""
    extra = other_tshark('case "$*" in *piece-*) [ -e "$MARK" ] ||\n'
                         '{ : >"$MARK"; "$TSHARK" -c 5 "$@"; exit 2; } ;; esac\n'
                         'exec "$TSHARK" "$@"\n')
    result = many("--ndjson", "-", harness.capture(CAPTURE), extra=extra)
    assert os.path.exists(extra["MARK"])
    assert result.stdout == said_by_one(harness.capture(CAPTURE))


def test_pieces_that_fail_for_good():
    """One tshark fails, and one has no plugin. Each is said once."""
    extra = other_tshark('case "$*" in *piece-0001*) echo broken >&2; exit 1 ;;\n'
                         '*piece-0002*) exit ;; esac\n'
                         'exec "$TSHARK" "$@"\n')
    result = many("--ndjson", "-", harness.capture(CAPTURE), extra=extra, status=1)
    said = [line for line in result.stderr.decode().splitlines() if "piece-" in line]
    assert len(said) == 2 and all(" % of what was left" in line for line in said), result
    assert any("piece-0001" in line and "broken" in line for line in said)
    assert any("piece-0002" in line and "loads no plugin" in line for line in said)
    assert harness.Records(result.text).requests


def test_a_piece_that_vanishes_once_it_was_cut():
    """Whoever runs the cutter for us takes a piece away when it is done."""
    extra = other_tshark('"$TSHARK" "$@"; status=$?\n'
                         'for word; do [ "$last" != --out ] || rm "$word/piece-0001.pcapng"\n'
                         'last=$word; done; exit $status\n', name="setpriv")
    result = many("--ndjson", "-", harness.capture(CAPTURE), extra=extra, status=1)
    said = [line for line in result.stderr.decode().splitlines() if "piece-" in line]
    assert len(said) == 1 and "piece-0001" in said[0] and "doesn't exist" in said[0], result
    assert harness.Records(result.text).requests


@pytest.mark.parametrize("change, says", [
    ('editcap -r "$last" "$last.new" 1-5', "frames before its piece"),
    ('mergecap -a -w "$last.new" "$last" "$last"', "it has more frames than its piece"),
])
def test_a_piece_that_changes_once_it_was_cut(change, says):
    """Each is named, and what its log has told by then is believed."""
    extra = other_tshark('for word; do case "$word" in *piece-*.pcapng) last=$word ;; esac; done\n'
                         f'[ -z "$last" ] || {{ {change} && mv "$last.new" "$last"; }}\n'
                         'exec "$TSHARK" "$@"\n')
    # Without secrets in it: editcap 4.0 does not take those.
    result = many("--ndjson", "-", harness.capture("go-undrained-10"), extra=extra, status=1)
    said = [line for line in result.stderr.decode().splitlines() if "piece-" in line]
    assert said and all(".hre: " in line and says in line for line in said), result
    assert harness.Records(result.text).connections


def damage(file):
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def test_a_second_run_goes_on():
    work = harness.new_folder("work-")
    first = many("--ndjson", "-", "--work", work, harness.capture(CAPTURE))
    logs = sorted(work.glob("cut-*/piece-*.hre"))
    assert len(logs) == PIECES
    times = [file.stat().st_mtime_ns for file in logs]
    cut_by_one_that_died = work / f"{logs[0].parent.name}.left"
    cut_by_one_that_died.mkdir()
    harness.own(cut_by_one_that_died)
    again = many("--ndjson", "-", "--work", work, harness.capture(CAPTURE))
    assert again.stdout == first.stdout
    assert sorted(work.glob("cut-*/piece-*.hre")) == logs
    assert [file.stat().st_mtime_ns for file in logs] == times
    assert not cut_by_one_that_died.exists()
    logs[0].unlink()  # its piece is gone, too
    assert many("--ndjson", "-", "--work", work, harness.capture(CAPTURE)).stdout == first.stdout
    assert [file.stat().st_mtime_ns for file in logs[1:]] == times[1:]
    assert [file.name for file in work.iterdir()] == [logs[0].parent.name]
    damage(logs[1])
    damage(logs[0].parent / "index")
    mended = many("--ndjson", "-", "--work", work, harness.capture(CAPTURE))
    assert mended.stdout == first.stdout
    assert {line.rpartition("/")[2] for line in mended.stderr.decode().splitlines()
            if "again" in line} == {"index: it is damaged: it is made again",
                                    "piece-0001.hre: it is damaged: it is made again"}


def test_what_cannot_be_read_is_named():
    folder = ring_of(CAPTURE, 20)
    files = sorted(folder.iterdir())
    data = files[1].read_bytes()
    files[1].write_bytes(data[:len(data) - 50])
    (folder / "empty.pcapng").write_bytes(b"")
    (folder / "notes.txt").write_text("a text\n" * 20)
    (folder / "loop.pcap").symlink_to("loop.pcap")
    (folder / "gone.pcap").symlink_to("/nowhere")
    (folder / "secret.pcap").write_bytes(data)
    (folder / "secret.pcap").chmod(0)
    pipe = harness.new_folder() / "pipe"
    os.mkfifo(pipe)
    harness.own(pipe)
    result = many("--ndjson", "-", folder, "/nowhere.pcap", pipe, status=1)
    said = result.stderr.decode()
    for name, reason in ((files[1].name, "read up to packet"), ("empty.pcapng", "it is empty"),
                         ("notes.txt", "it is no capture, but a text"),
                         ("/nowhere.pcap", "No such file"),
                         ("loop.pcap", "Too many levels"), ("gone.pcap", "No such file"),
                         ("secret.pcap", "Permission denied"), ("pipe", "it is no regular file")):
        assert re.search(f"{name}: .*{reason}", said), said
    assert harness.Records(result.text).requests


@pytest.mark.parametrize("arguments, says", [
    (["-o", "no.such:1"], '-o flag "no.such:1"'),
    (["-d", "nonsense"], '"nonsense"'),
    (["--report", "/"], "/: Is a directory"),
    (["--ndjson", "/nowhere/records"], "/nowhere/records: No such file or directory"),
    (["--keys", "/nowhere.keys"], "/nowhere.keys: No such file or directory"),
    (["--work", "/dev/null/work"], "/dev/null/work: Not a directory"),
])
def test_what_cannot_work_is_said_first(arguments, says):
    """In one line, before anything is cut."""
    line, = many(*arguments, harness.capture(CAPTURE), status=1).stderr.decode().splitlines()
    assert says in line


def test_a_name_of_other_bytes():
    """A file name need not be UTF-8."""
    capture = harness.new_folder() / os.fsdecode(b"caf\xe9.pcapng")
    shutil.copy(harness.capture("go-undrained-10"), capture)
    assert len(harness.Records(many("--ndjson", "-", capture).text).requests) == 10


@pytest.mark.parametrize("scheduler, modules, says", [
    ("localhost:abc", {}, "--scheduler localhost:abc: "),
    ("localhost:1", {"PYTHONPATH": "without"}, "python3-distributed is not installed"),
])
def test_no_dask(scheduler, modules, says):
    """One line, whatever is wrong."""
    folder = harness.new_folder()
    (folder / "dask").mkdir()
    (folder / "dask" / "__init__.py").write_text("")
    result = many("--scheduler", scheduler, harness.capture(CAPTURE), status=1,
                  extra={name: str(folder) for name in modules})
    line, = result.stderr.decode().splitlines()
    assert says in line


def test_labels():
    """Two pods with the same addresses are two clients."""
    capture = harness.capture("go-undrained-10")
    records = harness.Records(many("--ndjson", "-", f"a={capture}", f"b={capture}").text)
    assert {record["client"]["address"].split("/")[0] for record in records.requests} == {"a", "b"}
    assert [record["client"]["address"].split("/")[0] for record in records.requests] == [
        record["source"] for record in records.requests]
    assert len(records.requests) == 20 and len(records.origins) == 2


def test_labels_in_one_network():
    """The label says where a record is from, and nothing of its addresses."""
    capture = harness.capture("go-undrained-10")
    result = many("--ndjson", "-", "--one-network", f"a={capture}", f"b={capture}")
    records = harness.Records(result.text)
    assert {record["source"] for record in records.requests} == {"a", "b"}
    assert {record["client"]["address"] for record in records.requests} == {"127.0.0.1"}


def test_logs_of_hosts():
    log = harness.new_folder() / "host.hre"
    capture = harness.capture("go-undrained-10")
    harness.tshark("-q", "-r", capture, "-X", f"http_reuse:events={log}")
    assert many("--ndjson", "-", log).stdout == said_by_one(capture)


# ---- clusters ------------------------------------------------------------------------------------

@pytest.mark.by_version
def test_workers_over_tcp():
    work = harness.new_folder("work-")
    with cluster() as (address, _):
        result = many("--scheduler", address, "--work", work, "--ndjson", "-",
                      harness.capture(CAPTURE))
    assert result.stdout == said_by_one(harness.capture(CAPTURE))


@pytest.mark.parametrize("dies, says", [
    (slice(1), "the scheduler is gone"), (slice(1, None), "no worker for 2 s")])
def test_a_cluster_that_dies(dies, says):
    """One line for all that is lost; what was dissected is reported."""
    extra = other_tshark('case "$*" in *piece-0000*) sleep 60 ;; esac\n'
                         '"$TSHARK" "$@" && case "$*" in *piece-*) echo >>"$MARK" ;; esac\n')
    mark = pathlib.Path(extra["MARK"])
    mark.touch()
    harness.own(mark)
    with cluster(extra) as (address, processes):
        process = harness.start(MANY, "--scheduler", address, "--pieces", PIECES, "--ndjson", "-",
                                "--wait", 2, "--work", harness.new_folder("work-"),
                                harness.capture(CAPTURE), extra=extra, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)
        while mark.stat().st_size < PIECES - 1 and process.poll() is None:
            time.sleep(0.1)
        time.sleep(1)  # for the last log to be put in place
        for dead in processes[dies]:
            harness.end(dead)
        result = harness.finish(process)
    assert result.status == 1
    lost = [line for line in result.stderr.decode().splitlines() if f"{says}: " in line]
    assert len(lost) == 1 and ".hre" not in result.stderr.decode(), result
    assert b"\"capture\"" in result.stdout


def test_two_runs_in_one_folder():
    """The second one says so, and harms nothing."""
    extra = other_tshark('case "$*" in *piece-*) : >"$MARK"; exec sleep 60 ;; esac\n'
                         'exec "$TSHARK" "$@"\n')
    work = harness.new_folder("work-")
    first = harness.start(MANY, "--work", work, harness.capture(CAPTURE), extra=extra,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not os.path.exists(extra["MARK"]) and first.poll() is None:
            time.sleep(0.1)
        result = many("--work", work, harness.capture(CAPTURE), status=1)
        assert result.stderr.decode() == (
            f"http-reuse-many: {work}: another run is at work in it\n")
    finally:
        first.send_signal(signal.SIGINT)
        harness.end(first)


def processes_of_session(session):
    found = subprocess.run(["pgrep", "-s", str(session)], capture_output=True, text=True,
                           check=False)
    return found.stdout.split()


@pytest.mark.by_version
@pytest.mark.parametrize("send, how, status", [
    (os.kill, signal.SIGINT, 130), (os.killpg, signal.SIGINT, 130), (os.kill, signal.SIGTERM, 130),
    (os.kill, signal.SIGKILL, -signal.SIGKILL)])
def test_interrupted(send, how, status):
    """Ctrl-C leaves no process behind; a terminal sends it to all of them. Nor does a death."""
    extra = other_tshark('case "$*" in *piece-*) : >"$MARK"; exec sleep 300 ;; esac\n'
                         'exec "$TSHARK" "$@"\n')
    said = harness.new_folder() / "said"
    process = harness.start(MANY, "--workers", 2, "--pieces", 2, harness.capture(CAPTURE),
                            extra=extra, stdout=subprocess.DEVNULL, stderr=said.open("wb"))
    try:
        deadline = time.monotonic() + 60
        while not os.path.exists(extra["MARK"]) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert os.path.exists(extra["MARK"])
        send(process.pid, how)
        assert process.wait(timeout=60) == status
        lines = [line for line in said.read_text().splitlines() if "into 2 pieces" not in line]
        if status == 130:  # of one that is killed Python's own helpers may complain
            assert lines == ["http-reuse-many: interrupted: ending what runs"]
        while processes_of_session(process.pid) and time.monotonic() < deadline + 30:
            time.sleep(0.1)
        assert not processes_of_session(process.pid)
    finally:
        harness.end(process)
