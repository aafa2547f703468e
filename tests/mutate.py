"""Changes one decisive condition of the core at a time and says which changes no unit test notices.

    nice python3 tests/mutate.py [--jobs N] [WORD]
    nice python3 tests/mutate.py --random COUNT [--seed S] [--jobs N] [WORD]
    python3 tests/mutate.py --fit

It takes the changes of mutations.TABLE with WORD in their file or text, N at a time. With --random
it takes COUNT others, drawn from all that mutations/random_changes.py finds: an operand dropped, a
comparison, an operator or a return turned, a negation or a statement dropped, a constant one more
or less. The same seed draws the same of the same source; without one it says which it took. Those
that survive are shown as FILE:LINE and the lines before and after; one that a row of the table
makes, too, and says why no capture can tell both apart, is counted as equivalent.

Run by hand; the exit status is 0 whatever survives. What survives is a condition without a trace
that needs it, or one that can go; a row that does not fit the source any more is said to. With
--fit nothing is changed, and that is all it says; the exit status is 1 where one does not. The
checkout is not touched: each worker has a copy of it in a temporary folder, and builds only the
core and the unit tests there, with ccache if it is there.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import argparse
import concurrent.futures
import functools
import os
import pathlib
import queue
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile

from mutations import TABLE, random_changes

ROOT = pathlib.Path(__file__).resolve().parents[1]
CORE = "plugin/core"
UNBUILT = "DOES NOT BUILD"
LEAVE_OUT = shutil.ignore_patterns(".git", "build", "testcaptures", "__pycache__")
# How long it takes and how much memory is all that these say.
SPEED = {"test_scale"}
HANGS_S = 10  # of processor time: others may have the machine
SLEEPS_S = 10 * HANGS_S
MOST_BYTES = 2 << 30  # a loop without an end may fill something


def limit():
    resource.setrlimit(resource.RLIMIT_CPU, (HANGS_S, HANGS_S))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))


class Copy:
    """A copy of the tree. Its core is a shared library, so that a change is linked once."""

    def __init__(self, folder):
        self.source = folder / "source"
        self.build = folder / "build"
        shutil.copytree(ROOT, self.source, ignore=LEAVE_OUT)
        self.replace("plugin/CMakeLists.txt", "add_library(hr_core STATIC",
                     "add_library(hr_core SHARED")
        self.replace("CMakeLists.txt", "set(CMAKE_C_VISIBILITY_PRESET hidden)", "")
        self.tests = [file.stem for file in sorted((self.source / "tests/unit").glob("test_*.c"))
                      if file.stem not in SPEED]
        options = ["CMAKE_BUILD_TYPE=Debug", "CMAKE_C_FLAGS_DEBUG=-O0",
                   "CMAKE_LINK_DEPENDS_NO_SHARED=ON"]
        if shutil.which("ccache"):
            options.append("CMAKE_C_COMPILER_LAUNCHER=ccache")
        self.run("cmake", "-G", "Ninja", "-S", self.source, "-B", self.build,
                 *(f"-D{option}" for option in options))
        self.make(*self.tests)
        failing = [test for test in self.tests if self.fails(test)]
        if failing:
            sys.exit(f"without a change there fail: {', '.join(failing)}")

    def replace(self, file, old, new):
        path = self.source / file
        text = path.read_text(encoding="utf-8")
        if text.count(old) != 1:
            sys.exit(f"{file}: {text.count(old)} times: {old}")
        path.write_text(text.replace(old, new), encoding="utf-8")

    def run(self, *command):
        # The copies lie in folders of other names: ccache shall know them again.
        environment = os.environ | {"CCACHE_BASEDIR": str(self.build.parent),
                                    "CCACHE_NOHASHDIR": "1"}
        subprocess.run(command, capture_output=True, check=True, env=environment, text=True)

    def make(self, *targets):
        self.run("ninja", "-C", self.build, "-j", "1", *targets)

    def fails(self, test):
        try:
            return subprocess.run(
                [self.build / "tests/unit" / test], capture_output=True, check=False,
                timeout=SLEEPS_S, preexec_fn=limit).returncode != 0
        except subprocess.TimeoutExpired:
            return True

    def noticing(self):
        """A test that fails. Tests that noticed something come first: neighbours are noticed by the
        same."""
        for test in self.tests:
            if self.fails(test):
                self.tests.remove(test)
                self.tests.insert(0, test)
                return test.removeprefix("test_")
        return None

    def tried(self, file, text):
        """A test that notices that @file is @text, or None."""
        path = self.source / CORE / file
        source = path.read_text(encoding="utf-8")
        path.write_text(text, encoding="utf-8")
        try:
            self.make("hr_core")
            return self.noticing()
        except subprocess.CalledProcessError:
            return UNBUILT
        finally:
            path.write_text(source, encoding="utf-8")


def pattern(text):
    """@text, which may be broken into lines elsewhere."""
    return re.compile(r"\s+".join(re.escape(word) for word in text.split()))


def changed(source, mutation):
    return pattern(mutation.old).sub(lambda _: mutation.new, source, count=1)


def fits(mutation):
    """Whether the source has @mutation's text, once."""
    path = ROOT / CORE / mutation.file
    return path.exists() and len(pattern(mutation.old).findall(
        path.read_text(encoding="utf-8"))) == 1


def verdict(mutation, noticed):
    if noticed:
        return f"{noticed}{', though marked as equivalent' if mutation.same else ''}"
    return "equivalent: " + mutation.same if mutation.same else "SURVIVES"


def say_which_fit(wanted):
    """Those of @wanted that do; prints the others."""
    table = [row for row in wanted if fits(row)]
    for row in wanted:
        if row not in table:
            print(f"{row.file}: {row.old}\n    DOES NOT FIT the source")
    return table


class Workers:
    """@count copies, in a temporary folder, and what tries changes in them."""

    def __init__(self, count):
        self.copies = queue.SimpleQueue()
        self.folder = tempfile.TemporaryDirectory(prefix="mutate-")
        self.pool = concurrent.futures.ThreadPoolExecutor(count)
        for copy in self.pool.map(
                Copy, [pathlib.Path(self.folder.name) / str(i) for i in range(count)]):
            self.copies.put(copy)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.pool.shutdown(cancel_futures=True)
        self.folder.cleanup()

    def one_tried(self, change):
        copy = self.copies.get()
        try:
            return copy.tried(*change)
        finally:
            self.copies.put(copy)

    def tried(self, changes):
        """For each of @changes, a file and its text, a test that notices it, or None."""
        return self.pool.map(self.one_tried, changes)


@functools.cache
def source_of(file):
    """As it was when the copies were made, whatever is edited meanwhile."""
    return (ROOT / CORE / file).read_text(encoding="utf-8")


def try_table(wanted, jobs):
    table = say_which_fit(wanted)
    equivalent = survivors = 0
    with Workers(jobs) as workers:
        texts = [(row.file, changed(source_of(row.file), row)) for row in table]
        for row, noticed in zip(table, workers.tried(texts)):
            survivors += not noticed and not row.same
            equivalent += not noticed and bool(row.same)
            print(f"{row.file}: {row.old} -> {row.new or '(nothing)'}\n    "
                  f"{verdict(row, noticed)}", flush=True)
    print(f"{len(table)} changes: {len(table) - equivalent - survivors} noticed, "
          f"{equivalent} equivalent, {survivors} survive; {len(wanted) - len(table)} do not fit")


def words_of(file, text):
    """@text's without its layout."""
    return file, "".join(text.split())


def try_random(count, seed, word, jobs):
    found = random_changes.all_changes(ROOT / CORE, word)
    drawn = random.Random(seed).sample(found, min(count, len(found)))
    same = {words_of(row.file, changed(source_of(row.file), row))
            for row in TABLE if row.same and fits(row)}
    texts = [(change.file, change.changed(source_of(change.file))) for change in drawn]
    survivors = equivalent = unbuilt = 0
    with Workers(jobs) as workers:
        for change, text, noticed in zip(drawn, texts, workers.tried(texts)):
            is_same = words_of(*text) in same
            survivors += not noticed and not is_same
            equivalent += not noticed and is_same
            unbuilt += noticed == UNBUILT
            if not noticed and not is_same:
                print(change.shown(source_of(change.file)), flush=True)
    noticed = len(drawn) - survivors - equivalent - unbuilt
    print(f"{len(drawn)} of {len(found)} changes (--seed {seed}): {noticed} noticed, "
          f"{equivalent} equivalent, {survivors} survive; {unbuilt} do not build")


def main():
    options = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    options.add_argument("word", nargs="?", default="", metavar="WORD",
                         help="only changes with it in their file or text")
    options.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N",
                         help="how many at a time (one a processor)")
    options.add_argument("--fit", action="store_true", help="only say which rows do not fit")
    options.add_argument("--random", type=int, metavar="COUNT",
                         help="no rows of the table, but so many changes at random")
    options.add_argument("--seed", type=int, metavar="S", help="what they are drawn with")
    asked = options.parse_args()
    jobs = max(asked.jobs, 1)
    if asked.random is not None:
        seed = asked.seed if asked.seed is not None else random.randrange(1000)
        try_random(asked.random, seed, asked.word, jobs)
        return
    wanted = [row for row in TABLE if asked.word in row.file or asked.word in row.old]
    if not wanted:
        options.error(f"no change has {asked.word!r} in its file or text")
    if asked.fit:
        sys.exit(0 if say_which_fit(wanted) == wanted else 1)
    try_table(wanted, jobs)


if __name__ == "__main__":
    main()
