"""What the plugin costs: seconds and peak memory of tshark on large captures, without the plugin,
with it, and writing a report of every connection.

    python3 tests/bench/measure.py [SCALE]      10,000 connections at SCALE 1, the default

Environment as for the tests in tests/e2e: HTTP_REUSE_PLUGIN is the module to measure, best one of
`cmake --preset release`. Every number is the best of three runs.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import capture  # noqa: E402
import harness  # noqa: E402

CONNECTIONS = 10_000
SHAPES = {"a request a connection": (1, 1), "ten requests a connection": (0.1, 10),
          "one connection": (None, 10)}
WAYS = {"without": (False, ["-Y", "http"]), "with": (True, ["-Y", "http"]),
        "NDJSON": (True, ["-q", "-X", "http_reuse:ndjson=/dev/null"])}
RUNS = 3


def measure(path, plugin, args):
    """(seconds, peak MiB) of one run."""
    begin = time.monotonic()
    process = harness.start("tshark", "-r", path, *args, plugin=plugin,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, process.args
    return time.monotonic() - begin, usage.ru_maxrss / 1024


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1
    print(f"tshark {'.'.join(map(str, harness.version()))}, {harness.PLUGIN}")
    print(f"{'':28}{'frames':>9} {'requests':>9} | seconds " + " ".join(f"{way:>8}" for way in WAYS)
          + " | MiB " + " ".join(f"{way:>8}" for way in WAYS))
    for name, (share, requests) in SHAPES.items():
        connections = 1 if share is None else int(CONNECTIONS * share * scale)
        if share is None:
            requests = int(CONNECTIONS * scale)
        path = harness.new_folder() / "bench.pcap"
        frames = capture.write(path, connections, requests)
        path.chmod(0o644)
        best = [[min(values) for values in zip(*(measure(path, *way) for _ in range(RUNS)))]
                for way in WAYS.values()]
        print(f"{name:28}{frames:9} {connections * requests:9} |         "
              + " ".join(f"{seconds:8.2f}" for seconds, _ in best)
              + " |     " + " ".join(f"{memory:8.0f}" for _, memory in best), flush=True)
        path.unlink()


if __name__ == "__main__":
    main()
