"""Changes one decisive condition of the core at a time and says which changes no unit test notices.

    nice python3 tests/mutate.py [--jobs N] [WORD]
    python3 tests/mutate.py --fit

It takes the changes of mutations.TABLE with WORD in their file or text, N at a time.

Run by hand; the exit status is 0 whatever survives. What survives is a condition without a trace
that needs it, or one that can go; a row that does not fit the source any more is said to. With
--fit nothing is changed, and that is all it says; the exit status is 1 where one does not. The
checkout is not touched: each worker has a copy of it in a temporary folder, and builds only the
core and the unit tests there, with ccache if it is there.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import argparse
import concurrent.futures
import os
import pathlib
import queue
import re
import resource
import shutil
import subprocess
import sys
import tempfile

from mutations import TABLE

ROOT = pathlib.Path(__file__).resolve().parents[1]
CORE = "plugin/core"
LEAVE_OUT = shutil.ignore_patterns(".git", "build", "testcaptures", "__pycache__")
# How long it takes and how much memory is all that these say.
SPEED = {"test_scale"}
HANGS_S = 60  # of processor time: others may have the machine
SLEEPS_S = 10 * HANGS_S


def limit_processor_time():
    resource.setrlimit(resource.RLIMIT_CPU, (HANGS_S, HANGS_S))


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
                timeout=SLEEPS_S, preexec_fn=limit_processor_time).returncode != 0
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

    def tried(self, mutation):
        """A test that notices @mutation, or None."""
        path = self.source / CORE / mutation.file
        source = path.read_text(encoding="utf-8")
        path.write_text(changed(source, mutation), encoding="utf-8")
        try:
            self.make("hr_core")
            return self.noticing()
        except subprocess.CalledProcessError:
            return "DOES NOT BUILD"
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


def main():
    options = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    options.add_argument("word", nargs="?", default="", metavar="WORD",
                         help="only changes with it in their file or text")
    options.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N",
                         help="how many at a time (one a processor)")
    options.add_argument("--fit", action="store_true", help="only say which rows do not fit")
    asked = options.parse_args()
    word = asked.word
    wanted = [row for row in TABLE if word in row.file or word in row.old]
    if not wanted:
        options.error(f"no change has {word!r} in its file or text")
    table = say_which_fit(wanted)
    if asked.fit:
        sys.exit(0 if len(table) == len(wanted) else 1)
    workers = max(asked.jobs, 1)
    equivalent = survivors = 0
    with tempfile.TemporaryDirectory(prefix="mutate-") as folder, \
            concurrent.futures.ThreadPoolExecutor(workers) as pool:
        copies = queue.SimpleQueue()
        for copy in pool.map(Copy, [pathlib.Path(folder) / str(i) for i in range(workers)]):
            copies.put(copy)

        def tried(mutation):
            copy = copies.get()
            try:
                return copy.tried(mutation)
            finally:
                copies.put(copy)

        for mutation, noticed in zip(table, pool.map(tried, table)):
            survivors += not noticed and not mutation.same
            equivalent += not noticed and bool(mutation.same)
            print(f"{mutation.file}: {mutation.old} -> {mutation.new or '(nothing)'}\n    "
                  f"{verdict(mutation, noticed)}", flush=True)
    print(f"{len(table)} changes: {len(table) - equivalent - survivors} noticed, "
          f"{equivalent} equivalent, {survivors} survive; {len(wanted) - len(table)} do not fit")


if __name__ == "__main__":
    main()
