"""Where our instructions go: the functions of the plugin that cost most, in themselves and with all
that they call, by callgrind, for each request of a capture with twenty on a connection.

    python3 tests/bench/profile.py [--requests N] [--way ndjson|report|...] [--top N]

Needs valgrind. HTTP_REUSE_PLUGIN is the module, as for measure.py.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import argparse
import re
import subprocess

import capture
from ways import WAYS, harness, under_valgrind

LINE = re.compile(r"^\s*([\d,]+) \([^)]*\)\s+[^:]*:(\S+)(?: \[(.*)\])?$")


def profiled(way, path):
    """The file that callgrind writes of one run."""
    found = harness.new_folder() / "callgrind.out"
    under_valgrind(["--tool=callgrind", f"--callgrind-out-file={found}"],
                   ["tshark", "-r", path, *WAYS[way].args], WAYS[way])
    return found


def costs(found, inclusive):
    """[(instructions, function)] of the plugin, the most expensive first; and those of all."""
    said = subprocess.run(
        ["callgrind_annotate", "--threshold=100", "--auto=no",
         f"--inclusive={'yes' if inclusive else 'no'}", found],
        check=True, text=True, stdout=subprocess.PIPE).stdout
    total = int(re.search(r"^\s*([\d,]+) \([^)]*\)\s+PROGRAM TOTALS", said, re.M)[1]
                .replace(",", ""))
    ours = {}
    for line in said.splitlines():
        match = LINE.match(line)
        if match and match[3] and match[3].endswith("/http_reuse.so"):
            count = int(match[1].replace(",", ""))
            # Parts that the compiler split off, and recursion, have the function's name.
            name = re.sub(r"\.(?:part|constprop|isra|cold|lto_priv)\S*|'\d+$", "", match[2])
            ours[name] = max(ours.get(name, 0), count) if inclusive else (
                ours.get(name, 0) + count)
    return sorted(((count, name) for name, count in ours.items()), reverse=True), total


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--way", choices=sorted(WAYS), default="ndjson")
    parser.add_argument("--top", type=int, default=20)
    options = parser.parse_args()
    path = harness.new_folder() / "bench.pcap"
    capture.write(path, capture.twenty_a_connection, options.requests)
    found = profiled(options.way, path)
    (selves, total), (inclusives, _) = (costs(found, inclusive) for inclusive in (False, True))
    print(f"{options.way}: {total / options.requests:,.0f} instructions a request with start-up, "
          f"{sum(count for count, _ in selves) / options.requests:,.0f} in functions of ours")
    print(f"{'self':>8} {'':38}{'inclusive':>10}")
    for (alone, name), (with_all, caller) in list(zip(selves, inclusives))[:options.top]:
        print(f"{alone / options.requests:8,.0f} {name:38}"
              f"{with_all / options.requests:10,.0f} {caller}")


if __name__ == "__main__":
    main()
