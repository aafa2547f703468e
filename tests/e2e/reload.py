"""Memory of one session of Wireshark in which many captures are opened, loaded again, dissected
anew after a preference was changed, and closed; with the plugin and, for comparison, without.

    python3 tests/e2e/reload.py [--visits N]

A hundred visits take about half an hour. Prints the memory of Wireshark's own after each tenth part
of the visits; the exit status is 1 where the plugin's session grew by more. Environment as for
tests.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import argparse
import pathlib
import re
import sys
import time

import harness
from gui import Wireshark, screen, wait_until
from packets import Trace

# More than malloc's moods, and less than the models of one visit in ten would be: 3 MB a visit.
TOLERANCE = 30_000  # kB for a hundred visits

CLOSED = "The Wireshark Network Analyzer"

# Where the details have the line of a protocol that has preferences, and which keys in their menu
# lead to one that can be switched: the summary of ours, "Show TCP summary" without.
PREFERENCE = {True: (421, ("Up", "Up")), False: (404, ("Down",))}


def settle(window):
    """Waits until Wireshark waits for its user: asleep, and no time was used for a while."""
    status, quiet = pathlib.Path(f"/proc/{window.process.pid}/stat"), 0
    before = None
    while quiet < 3:
        state, *numbers = status.read_text().rpartition(") ")[2].split()
        now = numbers[10:12]
        quiet = quiet + 1 if state == "S" and now == before else 0
        before = now
        time.sleep(0.15)


def change_a_preference(window, plugin):
    """By the menu of a line in the details."""
    line, keys = PREFERENCE[plugin]
    file = window.config / "preferences"
    before = file.stat().st_mtime_ns if file.exists() else 0
    window.click(200, line, button=3)
    window.press("Up", "Up", "Right", *keys, "Return")
    wait_until(lambda: file.exists() and file.stat().st_mtime_ns != before, "the preference")


def close(window):
    while not window.windows(CLOSED):  # a key may come while it still redraws, and be lost
        window.press("ctrl+w")
        time.sleep(1)
    window.wait_for_window(CLOSED)


def visit(window, path, plugin):
    window.press("ctrl+o")
    window.wait_for_window("Open Capture File")
    window.type(str(path))
    window.press("Return")
    window.wait_for_window(path.name)
    settle(window)
    window.press("ctrl+r")  # reload
    settle(window)
    change_a_preference(window, plugin)
    settle(window)
    close(window)
    settle(window)


def kilobytes(window):
    status = pathlib.Path(f"/proc/{window.process.pid}/smaps_rollup").read_text()
    return int(re.search(r"^Private_Dirty: +(\d+)", status, re.M)[1])


def session(path, visits, plugin):
    """The memory after each visit."""
    used = []
    with screen() as display, Wireshark(display, harness.new_folder(), plugin=plugin) as window:
        window.wait_for_window(CLOSED)
        settle(window)
        for _ in range(visits):
            visit(window, path, plugin)
            used.append(kilobytes(window))
    return used


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--visits", type=int, default=100)
    visits = parser.parse_args().visits
    trace = Trace()
    trace.calls(100, 20)
    path = trace.write()
    ours, theirs = session(path, visits, True), session(path, visits, False)
    step = max(visits // 10, 1)
    print("visits  with the plugin  without")
    for number in range(step, visits + 1, step):
        print(f"{number:6} {ours[number - 1]:13} kB {theirs[number - 1]:8} kB")
    grown = (ours[-1] - ours[step - 1]) - (theirs[-1] - theirs[step - 1])
    print(f"From visit {step} on it grew by {grown} kB more than without the plugin")
    return grown > TOLERANCE * visits / 100


if __name__ == "__main__":
    sys.exit(main())
