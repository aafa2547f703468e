"""The table that cmake/check.sh prints: what ran with each version of Wireshark.

    python3 table.py VERSION RELEASE FOLDER

VERSION and RELEASE are this machine's. FOLDER is that of CTest's run here, with a folder for each
release of Debian that was run. Counts are of single tests: GLib's and pytest's.
SPDX-License-Identifier: GPL-2.0-or-later
"""
import collections
import pathlib
import re
import sys

Count = collections.namedtuple("Count", "passed failed skipped")
NONE = Count(0, 0, 0)


def add(one, other):
    return Count(*map(sum, zip(one, other)))


def count_tap(text):
    """Lines like ok 1 /pool/first, ok 2 /pool/second # SKIP why, not ok /pool/third - ERROR."""
    skipped = len(re.findall(r"^ok \d+.*# SKIP", text, re.M))
    return Count(len(re.findall(r"^ok \d+", text, re.M)) - skipped,
                 len(re.findall(r"^not ok ", text, re.M)), skipped)


def count_pytest(text):
    """Of pytest's closing line: 1 failed, 24 passed, 2 skipped in 3.21s."""
    closing = re.findall(r"^(?:=+ )?(\d+ \w+(?:, \d+ \w+)*) in [\d.]+s", text, re.M)
    numbers = {}
    for number, kind in re.findall(r"(\d+) (\w+)", closing[-1] if closing else ""):
        numbers[kind] = int(number)
    return Count(numbers.get("passed", 0), numbers.get("failed", 0) + numbers.get("error", 0)
                 + numbers.get("errors", 0), numbers.get("skipped", 0))


def sections(log):
    """(name, output, whether it passed) of each test in CTest's log."""
    text = log.read_text(errors="replace") if log.exists() else ""
    for section in re.split(r"^\d+/\d+ Testing: ", text, flags=re.M)[1:]:
        name, output = section.split("\n", 1)
        yield name, output, bool(re.search(r"^Test Passed\.", output, re.M))


def counts(log):
    """A count for each kind of tests: unit, e2e, asan.unit and so on."""
    found = collections.defaultdict(lambda: NONE)
    for name, output, passed in sections(log):
        kind = re.match(r"(asan\.)?[a-z0-9]+", name)[0]
        count = count_pytest(output) if kind.endswith(("e2e", "package")) else count_tap(output)
        if count == NONE:
            count = Count(1, 0, 0) if passed else NONE  # no framework's, a plain command
        if not passed and not count.failed:
            count = add(count, Count(0, 1, 0))
        found[kind] = add(found[kind], count)
    return found


def cell(count):
    if count == NONE:
        return "-"
    text = f"{count.passed} of {count.passed + count.failed}"
    return text + (f", {count.skipped} left out" if count.skipped else "")


def bare_cell(folder):
    log = folder / "bare.log"
    return cell(count_tap(log.read_text(errors="replace"))) if log.exists() else "-"


def row(title, log, kinds, bare):
    found = counts(log)
    build = "no warning" if log.exists() else "failed"
    return (title, build, *(cell(found[kind]) for kind in kinds), bare)


def rows(version, release, folder):
    own = folder / "Testing/Temporary/LastTest.log"
    yield ("Wireshark", "build", "unit", "end to end", "packages", "on a bare system")
    yield row(f"{version} {release}", own, ("unit", "e2e", "package"), bare_cell(folder / release))
    if any(name.startswith("asan.") for name, _, _ in sections(own)):
        yield row(f"{version} with sanitizers", own, ("asan.unit", "asan.e2e", "asan.package"), "-")
    for path in sorted(folder.iterdir()):
        if path.name != release and path.is_dir() and path.name != "Testing":
            name = path / "wireshark"
            there = name.read_text().strip() if name.exists() else "?"
            yield row(f"{there} {path.name}", path / "tests.log", ("unit", "e2e", "package"),
                      bare_cell(path))


def main(version, release, folder):
    table = list(rows(version, release, pathlib.Path(folder)))
    widths = [max(map(len, column)) for column in zip(*table)]
    for line in table:
        print("  ".join(text.ljust(width) for text, width in zip(line, widths)).rstrip())


if __name__ == "__main__":
    main(*sys.argv[1:])
