"""SPDX-License-Identifier: GPL-2.0-or-later"""
import shutil

import pytest

import package_build


@pytest.fixture(scope="session")
def world():
    path = package_build.new_place()
    yield path
    shutil.rmtree(path)


def listing(folder):
    """What could change in a folder: its names, and the time and size of each."""
    return sorted((str(path), path.lstat().st_mtime_ns, path.lstat().st_size)
                  for path in [folder, *folder.rglob("*")])


@pytest.fixture(scope="session")
def live_folders():
    """The folders of plugins of the Wireshark that runs here, before anything was packaged."""
    names = ("Global Plugins", "Personal Plugins")
    folders = [package_build.tshark_folder(name) for name in names]
    return {folder: listing(folder) for folder in folders if folder.exists()}


@pytest.fixture(scope="session")
def packages(world, live_folders):
    made = package_build.Packages(world / "source")
    made.keep()
    return made
