"""The parts of http-reuse-many that need no cluster: what is asked for, the plan, what is told.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import argparse
import gzip
import io
import sys

import pytest

from programs import FOLDER

sys.path.insert(0, str(FOLDER))
from http_reuse_many import asked, plan, told  # noqa: E402

MIB = 1 << 20


def pieces(size, memory, workers, number=None):
    return plan.count_pieces(argparse.Namespace(memory=memory, pieces=number), workers, size)


@pytest.mark.parametrize("size, memory, workers", [
    (10_000 * MIB, 4096 * MIB, 2), (10_000 * MIB, 4096 * MIB, 8), (700 * MIB, 600 * MIB, 1),
    (300_000 * MIB, 16384 * MIB, 16)])
def test_a_tshark_a_worker_fits_in_the_memory(size, memory, workers):
    """Each needs 160 MiB and 2.3 times its piece; with a piece less they would not fit."""
    def needed(number):
        return workers * (160 * MIB + 2.3 * size / number)
    number = pieces(size, memory, workers)
    assert needed(number) <= memory < needed(number - 1)


def test_pieces_beside_memory():
    assert pieces(1, 4096 * MIB, 8) == 1                # nothing to divide
    assert pieces(1000 * MIB, 10 ** 12, 8) == 16        # two a worker, so that none waits for long
    assert pieces(1000 * MIB, 4096 * MIB, 8, 5) == 5    # as it was said
    assert pieces(10 ** 15, 64 * MIB, 8) <= 4095        # as many as there may be


def test_size_of_what_is_compressed(tmp_path):
    plain, packed = tmp_path / "plain", tmp_path / "packed"
    plain.write_bytes(b"capture" * 1000)
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert plan.size_of(plain) == 7000
    assert plan.size_of(packed) == 6 * packed.stat().st_size
    assert plan.size_of(tmp_path / "absent") == plan.size_of(tmp_path) == 0


@pytest.mark.parametrize("text, size", [("4GiB", 4 << 30), ("800M", 800 << 20), ("1.5 g", 3 << 29),
                                        ("2TB", 2 << 40), ("12", 12)])
def test_sizes(text, size):
    assert asked.parse_size(text) == size


def test_inputs(tmp_path, capsys):
    """A label's captures are one source, a log is one by itself, and nothing is read twice."""
    for name in ("a.pcap", "b.pcap", "host.hre", ".hidden"):
        (tmp_path / name).touch()
    (tmp_path / "again.pcap").symlink_to("a.pcap")
    (tmp_path / "folder").mkdir()
    sources, logs, is_whole = asked.sources_of(
        [f"x={tmp_path}/a.pcap", f"x={tmp_path}/b.pcap", str(tmp_path), f"{tmp_path}/folder"])
    assert [(source.label, [file.rpartition("/")[2] for file in source.files])
            for source in sources] == [("x", ["a.pcap", "b.pcap"]), (None, ["a.pcap", "b.pcap"])]
    assert [log.log for log in logs] == [f"{tmp_path}/host.hre"]
    assert not is_whole
    assert capsys.readouterr().err == (
        f"http-reuse-many: {tmp_path}/again.pcap: given twice, and read once\n"
        f"http-reuse-many: {tmp_path}/folder: no file in it\n")


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_bar_on_a_terminal(monkeypatch):
    """What is said meanwhile takes its line."""
    monkeypatch.setattr(sys, "stderr", Terminal())
    told.show("cutting: 5 % is written")
    progress = told.Progress(4)
    progress.step(2)
    told.say("a piece failed")
    progress.step(2)
    half, full = "#" * 20 + "." * 20, "#" * 40
    assert sys.stderr.getvalue() == ("\r\x1b[Kcutting: 5 % is written"
                                     f"\r[{half}] 2 of 4 pieces \r\033[Khttp-reuse-many: a piece "
                                     f"failed\n\r[{full}] 4 of 4 pieces \n")
