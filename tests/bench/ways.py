"""Ways to run tshark on a capture, and what a run costs: instructions, processor time, memory.

Instructions are those of cachegrind, without its caches, in a process whose addresses and random
numbers are the same in every run: they repeat to some thousandths of a percent, also on a busy
machine. What is the same for an empty capture is taken off.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import functools
import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

import capture  # noqa: E402
import harness  # noqa: E402

FIELDS = ["-T", "fields", "-e", "tcp.stream", "-e", "http.request.method"]
AWK = "$2 { if (seen[$1]++) reused++; else fresh++ } END { print fresh, reused }"


class Way:
    """@args of tshark, with or without the plugin; @extra is "transum" or "lua"; @script reads what
    it prints."""

    def __init__(self, *args, plugin=True, extra=None, script=None):
        self.args, self.plugin, self.extra, self.script = list(args), plugin, extra, script


WAYS = {
    "floor": Way(plugin=False),
    "quiet": Way("-q", "-z", "io,stat,0", plugin=False),  # dissects, and prints a line
    "loaded": Way(),
    "ndjson": Way("-q", "-X", "http_reuse:ndjson=/dev/null"),
    "report": Way("-q", "-X", "http_reuse:report=/dev/null"),
    "tree": Way("-Y", "http_reuse.request"),
    "transum": Way("--enable-protocol", "transum", plugin=False, extra="transum"),
    "lua": Way("-X", f"lua_script:{HERE / 'requests.lua'}", plugin=False),
    "awk": Way(*FIELDS, plugin=False, script=AWK),
}


# ---- worlds --------------------------------------------------------------------------------------

@functools.lru_cache(maxsize=None)
def pinned():
    """The library that makes random numbers the same."""
    path = harness.new_folder() / "pinned.so"
    flags = subprocess.run(["pkg-config", "--cflags", "glib-2.0"], check=True, text=True,
                           stdout=subprocess.PIPE).stdout.split()
    subprocess.run(["cc", "-shared", "-fPIC", "-O", *flags, "-o", path, HERE / "pinned.c"],
                   check=True)
    path.chmod(0o755)
    return path


@functools.lru_cache(maxsize=None)
def transum_folder():
    """Wireshark's own plugins are not loaded, but TRANSUM where it is measured."""
    found, = pathlib.Path("/usr/lib").glob("*/wireshark/plugins/*/epan/transum.so")
    folder = harness.new_folder() / "plugins"
    target = folder / found.parent.parent.name / "epan"
    target.mkdir(parents=True)
    shutil.copy(found, target)
    for path in (folder, target.parent, target):
        path.chmod(0o755)
    return folder


def extra_of(way):
    return {"WIRESHARK_PLUGIN_DIR": str(transum_folder())} if way.extra == "transum" else {}


# ---- costs ---------------------------------------------------------------------------------------

def instructions(way, path):
    """Of tshark and of awk, start-up included."""
    return sum(counted(command, way, path, output)
               for command, output in commands_to_count(way, path))


def commands_to_count(way, path):
    printed = harness.new_folder() / "printed"
    tshark = ["tshark", "-r", path, *way.args]
    if way.script is None:
        return [(tshark, subprocess.DEVNULL)]
    return [(tshark, printed), (["awk", "-F\t", way.script, printed], subprocess.DEVNULL)]


def under_valgrind(tool, command, way, stdout=subprocess.DEVNULL):
    """What a run of @command says on stderr, valgrind's words with it. @tool: its options."""
    process = harness.start(
        "setarch", "-R", "valgrind", *tool, *command, plugin=way.plugin, stdout=stdout,
        stderr=subprocess.PIPE, extra={"LD_PRELOAD": str(pinned()), **extra_of(way)})
    _, said = process.communicate()
    assert process.returncode == 0, said.decode(errors="replace")
    return said


def counted(command, way, path, output):
    stdout = open(output, "wb") if isinstance(output, pathlib.Path) else output
    said = under_valgrind(["--tool=cachegrind", "--cache-sim=no",
                           "--cachegrind-out-file=/dev/null"], command, way, stdout)
    found = re.search(rb"I\s+refs:\s+([\d,]+)", said)
    assert found, said.decode(errors="replace")
    return int(found[1].replace(b",", b""))


@functools.lru_cache(maxsize=None)
def empty():
    path = harness.new_folder() / "empty.pcap"
    capture.write(path, capture.nothing, 0)
    return path


@functools.lru_cache(maxsize=None)
def instructions_of_start(name):
    return instructions(WAYS[name], empty())


def net_instructions(name, path):
    return instructions(WAYS[name], path) - instructions_of_start(name)


def usage(way, path):
    """(seconds of processor time, peak KiB) of one run, awk included."""
    process = harness.start("tshark", "-r", path, *way.args, plugin=way.plugin,
                            extra=extra_of(way), stderr=subprocess.DEVNULL,
                            stdout=subprocess.PIPE if way.script else subprocess.DEVNULL)
    seconds = 0
    if way.script:
        script = subprocess.Popen(["awk", "-F\t", way.script], stdin=process.stdout,
                                  stdout=subprocess.DEVNULL)
        process.stdout.close()
        _, _, used = os.wait4(script.pid, 0)
        seconds = used.ru_utime + used.ru_stime
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, process.args
    return seconds + used.ru_utime + used.ru_stime, used.ru_maxrss
