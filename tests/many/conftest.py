"""The tests of many captures run the programs as those of one capture do.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))


def pytest_configure(config):
    config.addinivalue_line("markers", "by_version: what may differ by version of Wireshark and Dask")
