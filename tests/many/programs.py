"""The programs for many captures, where the ordinary user can run them: a build may be root's.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import shutil

import harness


def _copies():
    folder = harness.new_folder("programs-")
    for name in ("http-reuse-many", "http_reuse_cut", "http_reuse_judge"):
        shutil.copy(harness.PLUGIN.parent / name, folder)
    shutil.copytree(harness.PLUGIN.parent / "http_reuse_many", folder / "http_reuse_many")
    return folder


FOLDER = _copies()
MANY = FOLDER / "http-reuse-many"
CUT = FOLDER / "http_reuse_cut"
JUDGE = FOLDER / "http_reuse_judge"
