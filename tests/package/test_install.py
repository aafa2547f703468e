"""install.sh of the archive, run by an ordinary user. What root does with it is tested on a bare
system, see bare_system.sh.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import os
import re
import shutil
import tarfile

import pytest

from harness import ORDINARY_USER, SOURCE
from package_build import as_ordinary_user, new_place, run, wireshark_minor

MODULE = "http_reuse.so"


def own(path):
    os.chown(path, ORDINARY_USER, -1)
    return path


@pytest.fixture(scope="module")
def unpacked(packages):
    """The archive's folder, for everybody to read."""
    place = new_place()
    with tarfile.open(packages.one(".tar.gz")) as archive:
        archive.extractall(place)
    folder, = place.iterdir()
    yield folder
    shutil.rmtree(place)


@pytest.fixture
def home():
    path = own(new_place("http-reuse-home-"))
    yield path
    shutil.rmtree(path)


def install(unpacked, home, *args, **environment):
    variables = {"HOME": str(home), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    # A copy that this machine has for all users is not what these tests are about.
    variables["WIRESHARK_PLUGIN_DIR"] = str(home / "global")
    variables.update(environment)
    return run("sh", unpacked / "install.sh", *args, env=variables, cwd=home,
               **as_ordinary_user())


def installed_below(home):
    return sorted(str(path.relative_to(home)) for path in home.rglob(MODULE))


def personal_folder():
    return f".local/lib/wireshark/plugins/{wireshark_minor()}/epan/{MODULE}"


def fake_program(home, name, version, folders=None):
    """A tshark or Wireshark that says it is of @version, and then knows @folders."""
    path = home / "bin" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"""#!/bin/sh
case "$*" in
--version) echo '{name.title()} (Wireshark) {version} (Git v{version} packaged).' ;;
'-G folders') printf '%s' '{folders or ""}' ;;
esac
""")
    path.chmod(0o755)
    return path


# ---- it installs -------------------------------------------------------------------------------

def test_the_user_gets_it_where_the_own_tshark_looks(unpacked, home):
    result = install(unpacked, home)
    assert result.returncode == 0, result.stdout
    assert installed_below(home) == [personal_folder()]
    assert f"installed {home / personal_folder()}" in result.stdout
    assert "another copy" not in result.stdout and "mind:" not in result.stdout
    assert (home / personal_folder()).stat().st_mode & 0o777 == 0o644


def test_tshark_loads_it_from_there_and_reports(unpacked, home):
    install(unpacked, home)
    environment = {"HOME": str(home), "PATH": os.environ["PATH"]}
    environment["WIRESHARK_PLUGIN_DIR"] = str(home / "global")
    capture = shutil.copy(SOURCE / "testcaptures/go-drained-2.pcapng", home)
    os.chmod(capture, 0o644)
    result = run("tshark", "-q", "-r", capture, "-X", "http_reuse:report", env=environment,
                 **as_ordinary_user())
    assert result.returncode == 0
    assert result.stdout.startswith("HTTP connection reuse\n")


def test_installing_again_replaces_it_at_once(unpacked, home):
    install(unpacked, home)
    (home / personal_folder()).write_bytes(b"an older one")
    inode = (home / personal_folder()).stat().st_ino
    result = install(unpacked, home)
    assert result.returncode == 0, result.stdout
    assert (home / personal_folder()).read_bytes() == (unpacked / MODULE).read_bytes()
    # A new file: a Wireshark that runs has the old one mapped.
    assert (home / personal_folder()).stat().st_ino != inode
    assert os.listdir((home / personal_folder()).parent) == [MODULE]


def test_another_copy_is_named(unpacked, home):
    other = home / "global" / wireshark_minor() / "epan" / MODULE
    other.parent.mkdir(parents=True)
    shutil.copy(unpacked / MODULE, other)
    result = install(unpacked, home)
    assert f"there is another copy: {other}\n" in result.stdout
    assert f"{home / personal_folder()}\n" not in result.stdout.split("another copy")[1]


def test_the_profile_comes_with_it_and_an_edited_one_stays(unpacked, home):
    profile = home / "archive/profile/HTTP Reuse"
    shutil.copytree(unpacked, home / "archive", ignore=shutil.ignore_patterns("profile"))
    profile.mkdir(parents=True)
    for name in ("preferences", "colorfilters"):
        (profile / name).write_text("ours\n")
    target = home / ".config/wireshark/profiles/HTTP Reuse"
    result = install(home / "archive", home)
    assert f"installed the profile 'HTTP Reuse': {target}\n" in result.stdout
    assert sorted(os.listdir(target)) == ["colorfilters", "preferences"]
    (target / "colorfilters").write_text("mine\n")
    result = install(home / "archive", home)
    assert result.returncode == 0
    assert f"kept the profile that is there: {target}\n" in result.stdout
    assert (target / "colorfilters").read_text() == "mine\n"


# ---- it refuses --------------------------------------------------------------------------------

@pytest.mark.parametrize("version", ["3.6.24", "4.1.0", "4.20.1", "5.0.0", "40.0.1"])
def test_another_version_is_refused_and_nothing_is_changed(unpacked, home, version):
    program = fake_program(home, "tshark", version)
    result = install(unpacked, home, TSHARK=str(program))
    assert result.returncode == 1
    assert (f"this plugin is built for Wireshark {wireshark_minor()}, "
            f"and {program} is {version}.\n" in result.stdout)
    minor = re.match(r"\d+\.\d+", version)[0]
    assert f"wireshark{minor}," in result.stdout and "Nothing was changed." in result.stdout
    assert installed_below(home) == []


def test_a_wireshark_of_another_version_beside_it_is_named(unpacked, home):
    program = fake_program(home, "wireshark", "4.1.7")
    result = install(unpacked, home, PATH=f"{home}/bin:{os.environ['PATH']}")
    assert result.returncode == 0, result.stdout
    assert f"mind: {program} is 4.1.7 and will not load this plugin" in result.stdout


def test_without_wireshark_it_says_what_to_do(unpacked, home):
    # A PATH with what a script needs, and no Wireshark.
    tools = home / "tools"
    tools.mkdir()
    for name in ("sh", "dirname", "sed", "id", "cut", "sort", "mkdir", "cp", "chmod", "mv"):
        (tools / name).symlink_to(shutil.which(name))
    result = install(unpacked, home, PATH=str(tools))
    assert result.returncode == 1
    assert "neither tshark nor wireshark is in PATH" in result.stdout
    assert f"install Wireshark {wireshark_minor()} first" in result.stdout


def test_a_program_that_does_not_exist_is_named(unpacked, home):
    result = install(unpacked, home, TSHARK="/nowhere/tshark")
    assert result.returncode == 1
    assert "TSHARK names '/nowhere/tshark', and there is no such program" in result.stdout
    assert installed_below(home) == []


def test_a_folder_that_cannot_be_written_is_named(unpacked, home):
    (home / ".local").write_text("a file where a folder should be\n")
    result = install(unpacked, home)
    assert result.returncode == 1
    assert f"cannot write to {(home / personal_folder()).parent}" in result.stdout


def test_an_option_is_not_understood(unpacked, home):
    result = install(unpacked, home, "--prefix=/opt")
    assert result.returncode == 2 and result.stdout.startswith("usage: sh install.sh\n")
    assert installed_below(home) == []
