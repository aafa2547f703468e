"""What is asked for: options, and the captures and logs that are the inputs.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import argparse
import math
import os
import pathlib
import re

from http_reuse_many.plan import PIECES_MAX
from http_reuse_many.told import Failure, reason_of, say


def parse_size(text):
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?", text, re.IGNORECASE)
    if not match:
        raise argparse.ArgumentTypeError(f"{text} is no size: 4GiB, 800M")
    return int(float(match[1]) * 1024 ** " KMGT".index(match[2].upper() or " "))


def parse_arguments(arguments, description):
    parser = argparse.ArgumentParser(
        prog="http-reuse-many", description=description,
        epilog="Exit status: 0; 1 where anything is missing in the report, which is named.")
    parser.add_argument("inputs", nargs="+", metavar="[LABEL=]FILE|FOLDER|FILE.hre")
    parser.add_argument("--scheduler", metavar="tcp://HOST:PORT",
                        help="a Dask cluster that sees the inputs and --work; else one on this"
                             " machine")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), metavar="N",
                        help="tsharks side by side on this machine (%(default)s)")
    parser.add_argument("--memory", type=parse_size, default=parse_size("4GiB"), metavar="SIZE",
                        help="for all of them together (4GiB)")
    parser.add_argument("--pieces", type=int, metavar="N",
                        help="cut each source into so many pieces; else size and memory decide")
    parser.add_argument("--keys", action="append", default=[], metavar="FILE",
                        help="TLS keys (SSLKEYLOGFILE), may be repeated")
    parser.add_argument("-o", action="append", default=[], dest="preferences",
                        metavar="NAME:VALUE", help="a preference, as tshark has it")
    parser.add_argument("-d", action="append", default=[], dest="decode_as", metavar="RULE",
                        help="decode as, as tshark has it")
    parser.add_argument("--work", type=pathlib.Path, metavar="FOLDER",
                        help="keep what was made, so that a second run goes on from there")
    parser.add_argument("--report", metavar="FILE", help="the report; - is standard output")
    parser.add_argument("--ndjson", metavar="FILE", help="the records, an object a line")
    parser.add_argument("--one-network", action="store_true",
                        help="addresses mean the same under every label")
    parser.add_argument("--wait", type=float, default=300, metavar="SECONDS",
                        help="how long a cluster may be without workers (%(default)s)")
    asked = parser.parse_args(arguments)
    if not asked.report and not asked.ndjson:
        asked.report = "-"
    if asked.workers < 1 or (asked.pieces is not None and not 1 <= asked.pieces <= PIECES_MAX):
        parser.error(f"--workers is at least 1, --pieces 1 to {PIECES_MAX}")
    if not 0 <= asked.wait < math.inf:
        parser.error("--wait is a number of seconds")
    return asked


def check_output(file):
    """What cannot be written is said before the work, not after."""
    folder = os.path.dirname(os.path.abspath(file))
    if os.path.isdir(file):
        raise Failure(f"{file}: Is a directory")
    if not os.path.exists(file) and not os.path.isdir(folder):
        raise Failure(f"{file}: No such file or directory")
    if not os.access(file if os.path.exists(file) else folder, os.W_OK):
        raise Failure(f"{file}: Permission denied")


class Source:
    """Captures that are cut together, or one log."""

    def __init__(self, label, log=None):
        self.label, self.files, self.log = label, [], log
        self.folder = None  # of its pieces


def split_label(text):
    label, equals, path = text.partition("=")
    if equals and "/" not in label and not os.path.exists(text):
        return label or None, path
    return None, text


def sources_of(inputs):
    """Captures of one label together, each log by itself, and whether all folders could be read. A
    missing file is left to the one who reads it: it may also vanish later."""
    captures, logs, known = {}, [], set()
    is_whole = True
    for text in inputs:
        label, path = split_label(text)
        try:
            files = files_in(os.path.abspath(path))
            problem = None if files else f"{path}: no file in it"
        except OSError as error:
            files, problem = [], reason_of(error)
        if problem:
            is_whole = False
            say(problem)
        for file in files:
            if (label, os.path.realpath(file)) in known:
                say(f"{file}: given twice, and read once")
                continue
            known.add((label, os.path.realpath(file)))
            if file.endswith(".hre"):
                logs.append(Source(label, log=file))
            else:
                captures.setdefault(label, Source(label)).files.append(file)
    if not captures and not logs:
        raise Failure("nothing could be read")
    return list(captures.values()), logs, is_whole


def files_in(path):
    """Those of a folder, without what has no end (a pipe). What cannot be opened is left to the one
    who reads it, too."""
    if not os.path.isdir(path):
        return [path]
    found = [entry.path for entry in os.scandir(path) if not entry.name.startswith(".")]
    return sorted(file for file in found if os.path.isfile(file) or not os.path.exists(file))
