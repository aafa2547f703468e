"""What the plugin costs, in one run, beside what it would be to have none and beside others.

    python3 tests/bench/measure.py [--requests N] [--pairs N] [--large N]
                                   [--only cost|memory|growth|sizes]

Four tables: what a way to run tshark costs, as a ratio to the same tshark without the plugin
(instructions, and processor time in pairs that alternate); memory; how cost grows with the size of
each shape; and the same by processor time at the sizes of a large capture, which takes most of an
hour and is not done unless asked for. A plot of cost against size goes into the build folder if
gnuplot is there.

Needs valgrind. Environment as for the tests in tests/e2e: HTTP_REUSE_PLUGIN is the module to
measure, best one of `cmake --preset release`.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import argparse
import statistics
import subprocess

import capture
from ways import WAYS, harness, instructions_of_start, net_instructions, usage

# What is measured, in which way, and what it should be at most.
COSTS = [
    ("HTTP/1", "loaded", 1.01), ("HTTP/1", "ndjson", 1.05), ("HTTP/1", "report", 1.05),
    ("HTTP/1", "tree", None), ("HTTP/1", "transum", None), ("HTTP/1", "lua", None),
    ("HTTP/1", "awk", None),
    ("HTTP/1, long", "ndjson", None), ("HTTP/1, long", "report", None),
    ("bulk TCP", "loaded", 1.01), ("bulk TCP", "ndjson", None), ("bulk TCP", "transum", None),
    ("DNS", "loaded", 1.01), ("DNS", "ndjson", None), ("DNS", "transum", None),
    ("HTTP/2 in TLS", "loaded", 1.01), ("HTTP/2 in TLS", "ndjson", 1.18),
]
SHAPES = {"HTTP/1": capture.twenty_a_connection, "HTTP/1, long": capture.long_answers,
          "bulk TCP": capture.bulk, "DNS": capture.dns}

# By size, and by how many in the smaller one.
GROWTH = [
    ("twenty requests a connection", capture.twenty_a_connection, 0.2),
    ("one connection", capture.one_connection, 0.2),
    ("connections of one request", capture.one_request_a_connection, 0.2),
    ("open at once", capture.open_at_once, 0.2),
    ("a pool of idle ones", capture.pool_of_idle, 0.1),
    ("origins", capture.many_origins, 0.1),
    ("SYNs without answer", capture.half_open, 0.2),
    ("names of any hash", capture.no_collisions, 0.2),
    ("names of one hash", capture.collisions, 0.2),
]


# By how many of a million, and in how many pairs.
SIZES = [
    ("a pool of idle ones", capture.pool_of_idle, 0.01, 5),
    ("open at once", capture.open_at_once, 0.05, 3),
    ("streams of one connection", capture.streams, 0.1, 3),
    ("origins", capture.many_origins, 0.1, 1),
    ("SYNs without answer", capture.half_open, 0.2, 3),
    ("one connection", capture.one_connection, 1, 1),
    ("connections to one origin", capture.one_request_a_connection, 1, 1),
]


def written(shape, size):
    path = harness.new_folder() / "bench.pcap"
    return path, capture.write(path, shape, size)


def capture_of(name, size):
    if name in SHAPES:
        return written(SHAPES[name], size)[0]
    return harness.capture("h2-100-concurrent")


# ---- tables --------------------------------------------------------------------------------------

def ratio_of_time(way, path, pairs):
    """(median ratio to the floor, the same of the floor to itself), in runs that alternate."""
    ratios, controls = [], []
    for _ in range(pairs):
        floor, ours, again = (usage(WAYS[name], path)[0] for name in ("floor", way, "floor"))
        ratios.append(2 * ours / (floor + again))
        controls.append(again / floor)
    return statistics.median(ratios), statistics.median(controls)


def print_costs(size, pairs):
    print(f"{'':16}{'':10}{'instructions':>14} {'a request':>10} {'target':>7}"
          f"{'time':>8} {'control':>8}")
    floors, paths = {}, {}
    for name, way, target in COSTS:
        if name not in paths:
            paths[name] = capture_of(name, size)
            floors[name] = net_instructions("floor", paths[name])
        count = net_instructions(way, paths[name])
        requests = size if name in SHAPES else 100
        time, control = ratio_of_time(way, capture_of(name, 10 * size), pairs) if (
            pairs and name in SHAPES) else (0, 0)
        print(f"{name:16}{way:10}{count / floors[name]:14.3f}"
              f" {(count - floors[name]) / requests:10,.0f} {target or '':>7}"
              + (f"{time:8.2f} {control:8.2f}" if time else ""), flush=True)


def print_memory(size):
    """Above the floor, of two sizes, so that what is there once does not count."""
    print(f"\n{'bytes above the floor':32}{'without':>10}{'ndjson':>10}{'ours':>8} target")
    for name, shape, target in (("a request, 20 a connection", capture.twenty_a_connection, 200),
                                ("a connection of one request", capture.one_request_a_connection,
                                 500)):
        peaks = {}
        for share in (0.5, 1):
            path, _ = written(shape, int(size * share))
            for way in ("floor", "ndjson"):
                peaks[way, share] = usage(WAYS[way], path)[1] * 1024
            path.unlink()
        floor, ours = ((peaks[way, 1] - peaks[way, 0.5]) / (size / 2)
                       for way in ("floor", "ndjson"))
        print(f"{name:32}{floor:10.0f}{ours:10.0f}{ours - floor:8.0f} {target}", flush=True)


def print_growth(size):
    """Instructions of an NDJSON output beyond the floor, for each unit of two sizes."""
    rows = []
    print(f"\n{'instructions above the floor':32}{'size':>9}{'each':>10}{'size':>9}{'each':>10}"
          f"  growth")
    for name, shape, share in GROWTH:
        costs = []
        for count in (int(size * share), 5 * int(size * share)):
            path, _ = written(shape, count)
            costs.append((count, (net_instructions("ndjson", path)
                                  - net_instructions("floor", path)) / count))
            path.unlink()
        rows.append((name, costs))
        (small, at_small), (large, at_large) = costs
        print(f"{name:32}{small:9}{at_small:10.0f}{large:9}{at_large:10.0f}"
              f"{at_large / at_small:8.3f}", flush=True)
    plot(rows)


def beyond(path, pairs):
    """Median of the seconds that an NDJSON output takes beyond tshark that prints nothing, in runs
    that alternate; and of what tshark takes."""
    quiet, ours = [], []
    for _ in range(pairs):
        quiet.append(usage(WAYS["quiet"], path)[0])
        ours.append(usage(WAYS["ndjson"], path)[0])
    return (statistics.median(more - less for more, less in zip(ours, quiet)),
            statistics.median(quiet))


def print_sizes(size):
    print(f"\n{'microseconds beyond tshark -q':32}{'size':>9}{'each':>8}{'size':>9}{'each':>8}"
          f"  growth  tshark's")
    for name, shape, share, pairs in SIZES:
        costs = []
        for count in (int(size * share / 5), int(size * share)):
            path, _ = written(shape, count)
            more, floor = beyond(path, pairs)
            costs += [(count, more / count * 1e6, floor / count * 1e6)]
            path.unlink()
        (small, at_small, _), (large, at_large, floor) = costs
        print(f"{name:32}{small:9}{at_small:8.1f}{large:9}{at_large:8.1f}"
              f"{at_large / at_small:8.2f}{floor:10.1f}", flush=True)


def plot(rows):
    data = harness.PLUGIN.parent / "growth"
    lines = []
    for name, costs in rows:
        lines += [f'"{name}"'] + [f"{count} {cost}" for count, cost in costs] + ["", ""]
    data.with_suffix(".dat").write_text("\n".join(lines))
    script = (f'set terminal svg size 800,500; set output "{data}.svg"; set logscale x; '
              'set yrange [0:*]; set key outside; set xlabel "size"; '
              'set ylabel "instructions for each, above the floor"; '
              f'plot for [i=0:{len(rows) - 1}] "{data}.dat" index i with linespoints '
              'title columnheader(1)')
    try:
        subprocess.run(["gnuplot", "-e", script], check=True)
        print(f"{data}.svg")
    except FileNotFoundError:
        print(f"{data}.dat; no gnuplot to plot it with")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--requests", type=int, default=2000, help="of the first table")
    parser.add_argument("--pairs", type=int, default=3, help="of runs for time; 0: none")
    parser.add_argument("--large", type=int, default=100_000, help="requests for memory")
    parser.add_argument("--growth", type=int, default=10_000, help="size for growth, a fifth first")
    parser.add_argument("--full", type=int, default=1_000_000, help="size for sizes, a fifth first")
    parser.add_argument("--only", choices=["cost", "memory", "growth", "sizes"])
    options = parser.parse_args()
    print(f"tshark {'.'.join(map(str, harness.version()))}, {harness.PLUGIN}; started with "
          f"{instructions_of_start('floor'):,} instructions")
    if options.only in (None, "cost"):
        print_costs(options.requests, options.pairs)
    if options.only in (None, "memory"):
        print_memory(options.large)
    if options.only in (None, "growth"):
        print_growth(options.growth)
    if options.only == "sizes":
        print_sizes(options.full)


if __name__ == "__main__":
    main()
