"""Builds the packages as a packager would, from copies of the source at places of their own.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import functools
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from harness import IS_ROOT, ORDINARY_USER, SOURCE

# Where the tests leave the packages, for those who install them on a bare system.
KEPT = os.environ.get("HTTP_REUSE_PACKAGES")

TEXTS = ("README.md", "CHANGELOG.md")


def run(*args, **options):
    """Runs a program; returns its result with the output of both kinds as text."""
    return subprocess.run([str(arg) for arg in args], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=600, **options)


def done(*args, **options):
    result = run(*args, **options)
    assert result.returncode == 0, f"{args}\n{result.stdout}"
    return result.stdout


def as_ordinary_user():
    return dict(user=ORDINARY_USER, group=ORDINARY_USER, extra_groups=[]) if IS_ROOT else {}


def tshark_folder(name, **environment):
    folders = subprocess.run(["tshark", "-G", "folders"], stdout=subprocess.PIPE, text=True,
                             stderr=subprocess.DEVNULL, check=True,
                             env={**os.environ, **environment}).stdout
    return pathlib.Path(re.search(rf"^{name}:\s+(.+)$", folders, re.M)[1])


@functools.lru_cache(maxsize=None)
def wireshark_minor():
    """4.0 and so on."""
    text = subprocess.run(["tshark", "--version"], stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.DEVNULL, check=True).stdout
    return re.search(r"(\d+\.\d+)\.\d+", text)[1]


@functools.lru_cache(maxsize=None)
def project_version():
    return re.search(r"^  VERSION (\S+)$", (SOURCE / "CMakeLists.txt").read_text(), re.M)[1]


def copy_source(place):
    """The source without the tests, as CMake needs it for a release."""
    place.mkdir(parents=True)
    for name in ("cmake", "plugin"):
        shutil.copytree(SOURCE / name, place / name)
    for name in ("CMakeLists.txt", "CMakePresets.json", "LICENSE", *TEXTS):
        if (SOURCE / name).exists():
            shutil.copy(SOURCE / name, place / name)
    return place


def configure(source, *options, **more):
    return run("cmake", "--preset", "release", *options, cwd=source, **more)


def cpack(build, folder, **more):
    return run("cpack", "--config", build / "CPackConfig.cmake", "-B", folder, **more)


class Packages:
    """The packages of one build, and what building them did."""

    def __init__(self, place, **environment):
        self.source = copy_source(place)
        self.folder = self.source / "packages"
        # A umask for nobody else shall not reach the users of a package.
        more = dict(umask=0o077, env={**os.environ, **environment}) if environment else {}
        assert configure(self.source, **more).returncode == 0
        done("cmake", "--build", "--preset", "release", cwd=self.source, **more)
        result = cpack(self.source / "build/release", self.folder, **more)
        assert result.returncode == 0, result.stdout

    def files(self):
        return sorted(path for path in self.folder.iterdir() if path.is_file())

    def one(self, suffix):
        found, = [path for path in self.files() if path.name.endswith(suffix)]
        return found

    def deb(self, name="wireshark-plugin-http-reuse"):
        found, = [path for path in self.files() if re.fullmatch(rf"{name}_.*\.deb", path.name)]
        return found

    def keep(self):
        if KEPT:
            shutil.rmtree(KEPT, ignore_errors=True)
            os.makedirs(KEPT)
            for path in self.files():
                shutil.copy(path, KEPT)


def new_place(prefix="http-reuse-package-"):
    path = pathlib.Path(tempfile.mkdtemp(prefix=prefix))
    path.chmod(0o755)
    return path
