"""What it costs to dissect a ring in pieces, and that it says what one tshark says of all merged.

    python3 tests/many/bench/ring.py build/ring
    python3 tests/many/bench/measure.py build/ring [SECTION...]

Sections: cut (8 and 32 pieces by hand), driver (a worker that is killed, a run that goes on, a
cluster over TCP), small (1,312 files at 64 open files). Environment as for the tests in tests/e2e.
What is not the same is said, and the exit status is 1.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[1] / "e2e")]

import harness  # noqa: E402
from clusters import cluster, other_tshark  # noqa: E402
from programs import CUT, JUDGE, MANY  # noqa: E402
from rings import PLACE, without_file  # noqa: E402

# The fourth tshark of the run takes its worker with it.
KILLS_A_WORKER = """case "$*" in *piece-*)
    echo >>"$MARK"; [ "$(wc -l <"$MARK")" -ne 4 ] || { kill -9 $PPID; exit 1; } ;; esac
exec "$TSHARK" "$@"
"""
FAILS_FOR_SOME = """[ ! -e "$MARK" ] || case "$*" in *piece-000[4-7]*) exit 1 ;; esac
exec "$TSHARK" "$@"
"""
is_good = True


class Cost:
    """Of a program with its children."""

    def __init__(self, seconds=0.0, peak=0, elapsed=0.0, status=0):
        self.seconds, self.peak, self.elapsed, self.status = seconds, peak, elapsed, status


def run(*command, **options):
    began = time.monotonic()
    process = harness.start(*command, stdin=subprocess.DEVNULL, **options)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, time.monotonic() - began,
                process.returncode)


def quiet(*command, expected=(0,), **options):
    cost = run(*command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    assert cost.status in expected, (cost.status, command)
    return cost


def say(name, value):
    print(f"{name:58} {value}", flush=True)


def megabytes(path):
    return path.stat().st_size / 1e6


def is_same(one, other):
    """The report and the records, but for what says which file they are of."""
    def said(folder, name):
        return without_file(PLACE.sub(b"", (folder / name).read_bytes()))
    return all(said(one, name) == said(other, name) for name in ("report", "ndjson"))


def in_child(question, *arguments):
    """Answers it in a process of its own: the memory that it takes would be counted in those that
    are started here afterwards, as what they had before their exec."""
    child = os.fork()
    if child == 0:
        os._exit(0 if question(*arguments) else 1)
    return os.waitpid(child, 0)[1] == 0


def compare(name, folder, expected):
    global is_good
    same = in_child(is_same, folder, expected)
    is_good &= same
    say(name, "the same bytes" if same else "DIFFERS")


class Ring:
    def __init__(self, folder):
        self.files = sorted(folder.glob("ring.pcap*"))
        self.keys = ["-o", f"tls.keylog_file:{folder.parent / (folder.name + '.keys')}"]
        self.keys_file = folder.parent / (folder.name + ".keys")
        self.size = sum(map(megabytes, self.files))

    def tshark(self, capture, *outputs):
        options = [word for output in outputs for word in ("-X", f"http_reuse:{output}")]
        return quiet("tshark", "-q", "-r", capture, *self.keys, *options)


def descriptors(count):
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (count, count))


def merged_and_said(ring, files):
    """By mergecap, which holds all files open, and one tshark: a folder with what these wrote."""
    folder = harness.new_folder("one-")
    merged = folder / "merged.pcapng"
    # Of packets at the same time it takes the one of the last file first.
    merge = quiet("mergecap", "-w", merged, *reversed(files), plugin=False,
                  preexec_fn=descriptors(len(files) + 64))
    alone = ring.tshark(merged, f"report={folder}/report", f"ndjson={folder}/ndjson")
    return folder, merge, alone


def one_tshark(ring):
    folder, merge, alone = merged_and_said(ring, ring.files)
    say(f"the ring: {len(ring.files)} files", f"{ring.size:.0f} MB")
    requests = sum(line.startswith(b'{"type":"request"') for line in open(folder / "ndjson", "rb"))
    say("requests in it", requests)
    say("mergecap + tshark: CPU", f"{merge.seconds:.1f} + {alone.seconds:.1f} s")
    say("... memory", f"{alone.peak:.0f} MB")
    return folder, merge.seconds + alone.seconds, requests


def judged(folder, *inputs):
    """The cost of both outputs, and of the report alone."""
    both = quiet(JUDGE, "--report", folder / "report", "--ndjson",
                 folder / "ndjson", *inputs)
    alone = quiet(JUDGE, "--report", folder / "report", *inputs)
    return both, alone


def by_hand(ring, pieces, expected, single, requests):
    folder = harness.new_folder("pieces-")
    cut = quiet(CUT, "--pieces", pieces, "--out", folder, *ring.files)
    total, over, logs, largest = cut.seconds, [], 0.0, 0.0
    for piece in sorted(folder.glob("piece-*.pcapng")):
        log = piece.with_suffix(".hre")
        cost = ring.tshark(piece, f"events={log}")
        total += cost.seconds
        over.append(cost.peak - 160 - 2.3 * megabytes(piece))
        largest = max(largest, cost.peak)
        logs += megabytes(log)
        piece.unlink()
    both, alone = judged(folder, folder)
    total += both.seconds
    say(f"{pieces} pieces: CPU, against one", f"{total:.1f} s, {total / single:.2f}")
    say("... of that, cut", f"{cut.seconds:.1f} s, {cut.peak:.0f} MB")
    say("... memory of a tshark, at most", f"{largest:.0f} MB")
    say("... against 160 MB + 2.3 times its piece", f"{max(over):+.0f} MB")
    say("... logs", f"{100 * logs / ring.size:.2f} % of the captures")
    say("... judge without NDJSON", f"{alone.seconds / ring.size * 1000:.2f} s a GB, "
        f"{alone.peak * 1024 / requests:.2f} kB a request")
    compare("... report and NDJSON", folder, expected)
    shutil.rmtree(folder)


def drive(ring, folder, *options, expected=(0,), extra=None):
    return quiet(MANY, "--keys", ring.keys_file, "--pieces", 8, "--workers", 2,
                 "--report", folder / "report", "--ndjson", folder / "ndjson", *options,
                 *ring.files, expected=expected, extra=extra)


def by_driver(ring, expected):
    folder = harness.new_folder("killed-")
    extra = other_tshark(KILLS_A_WORKER)
    cost = drive(ring, folder, extra=extra)
    assert pathlib.Path(extra["MARK"]).read_text().count("\n") > 8
    say("the driver on 2 workers, one of them killed", f"{cost.elapsed:.0f} s")
    compare("... report and NDJSON", folder, expected)

    extra = other_tshark(FAILS_FOR_SOME)
    mark = pathlib.Path(extra["MARK"])
    mark.touch()
    work = harness.new_folder("work-")
    first = drive(ring, folder, "--work", work, expected=(1,), extra=extra)
    mark.unlink()
    second = drive(ring, folder, "--work", work, extra=extra)
    say("a run in which half of the pieces fail, and the next", f"{first.elapsed:.0f} s, "
        f"{second.elapsed:.0f} s")
    compare("... report and NDJSON", folder, expected)
    shutil.rmtree(work)

    with cluster() as (address, _):
        cost = drive(ring, folder, "--scheduler", address, "--work", harness.new_folder("work-"))
    say("a scheduler and two workers over TCP", f"{cost.elapsed:.0f} s")
    compare("... report and NDJSON", folder, expected)


def many_small(ring, expected, pieces=32):
    """The same packets in 1,312 files. These are merged anew: where two packets out of order are
    in two files now, mergecap puts them in order."""
    files = harness.new_folder("small-")
    packets = int(subprocess.run(["capinfos", "-c", "-M", "-T", "-r", expected / "merged.pcapng"],
                                 capture_output=True, text=True, check=True).stdout.split()[-1])
    quiet("editcap", "-c", -(-packets // 1312), expected / "merged.pcapng", files / "f.pcapng",
          plugin=False)
    names = sorted(files.iterdir())
    folder = harness.new_folder("pieces-")
    cut = quiet(CUT, "--pieces", pieces, "--out", folder, *names,
                preexec_fn=descriptors(64))
    for piece in sorted(folder.glob("piece-*.pcapng")):
        ring.tshark(piece, f"events={piece.with_suffix('.hre')}")
        piece.unlink()
    judged(folder, folder)
    say(f"{len(names)} files at 64 open files: cut", f"{cut.seconds:.1f} s")
    compare("... report and NDJSON", folder, merged_and_said(ring, names)[0])


def main():
    ring = Ring(pathlib.Path(sys.argv[1]).resolve())
    sections = sys.argv[2:] or ["cut", "driver", "small"]
    expected, single, requests = one_tshark(ring)
    if "cut" in sections:
        by_hand(ring, 8, expected, single, requests)
        by_hand(ring, 32, expected, single, requests)
    if "driver" in sections:
        by_driver(ring, expected)
    if "small" in sections:
        many_small(ring, expected)
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
