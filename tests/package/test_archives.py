"""The packages: what is in them, that the same source gives the same bytes, and that making them
changes nothing on the system where they are made.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import hashlib
import os
import re
import tarfile

import pytest

from conftest import listing
from harness import SOURCE, is_missing
from package_build import (TEXTS, Packages, configure, cpack, done, project_version,
                           wireshark_minor)

HAS_DPKG = not (is_missing("dpkg-shlibdeps") or is_missing("file"))
needs_dpkg = pytest.mark.skipif(not HAS_DPKG, reason="dpkg-dev or file is missing: no .deb is made")

NAME = f"http_reuse-{project_version()}-wireshark{wireshark_minor()}-linux-{os.uname().machine}"
DEB_DOC = "usr/share/doc/wireshark-plugin-http-reuse"


def files_below(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def texts():
    return {name for name in TEXTS if (SOURCE / name).exists()}


def reference():
    return files_below(SOURCE / "plugin/doc")


def broken_links(folder):
    """Links of a package's texts that lead nowhere in it."""
    return [(page.name, link) for page in folder.rglob("*.md")
            for link in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
            if not link.startswith("http") and not (page.parent / link).exists()]


def contents(deb):
    """(mode, owner, name) of everything in it."""
    return [(line[:10], line.split()[1], re.search(r" \./(.*)$", line)[1])
            for line in done("dpkg-deb", "--contents", deb).splitlines()]


def profile():
    return files_below(SOURCE / "plugin/profile")


# ---- what is in them ---------------------------------------------------------------------------

def test_one_package_of_a_kind_with_its_checksum(packages):
    kinds = [f"{NAME}.tar.gz"]
    if HAS_DPKG:
        architecture = done("dpkg", "--print-architecture").strip()
        kinds += [f"{name}_{project_version()}+wireshark{wireshark_minor()}_{architecture}.deb"
                  for name in ("wireshark-plugin-http-reuse", "http-reuse-many")]
    assert [path.name for path in packages.files()] == sorted(
        name for kind in kinds for name in (kind, f"{kind}.sha256"))
    for kind in kinds:
        expected = hashlib.sha256((packages.folder / kind).read_bytes()).hexdigest()
        assert (packages.folder / f"{kind}.sha256").read_text().split() == [expected, kind]


def test_the_archive_holds_the_plugin_its_installer_and_the_texts(packages):
    with tarfile.open(packages.one(".tar.gz")) as archive:
        members = archive.getmembers()
    assert {member.name for member in members if member.isfile()} == {
        f"{NAME}/{name}" for name in
        {"http_reuse.so", "http_reuse.4", "install.sh", "LICENSE"} | texts()
        | {f"plugin/doc/{name}" for name in reference()}
        | {f"profile/{name}" for name in profile()}}
    for member in members:
        runs = member.isdir() or member.name.endswith("install.sh")
        assert member.mode == (0o755 if runs else 0o644), member.name
        assert (member.uid, member.gid, member.uname, member.gname) == (0, 0, "root", "root")


@needs_dpkg
def test_the_deb_holds_the_plugin_where_wireshark_looks_for_it(packages):
    rows = contents(packages.deb())
    libdir, = done("sh", "-c", "ls -d /usr/lib/*/wireshark/plugins/*").split()
    assert {name for mode, _, name in rows if mode[0] == "-"} == (
        {f"{libdir[1:]}/epan/http_reuse.so", "usr/share/man/man4/http_reuse.4.gz"}
        | {f"{DEB_DOC}/{name}" for name in ("copyright", "changelog.gz")}
        | {f"{DEB_DOC}/{name}" for name in texts()}
        | {f"{DEB_DOC}/plugin/doc/{name}" for name in reference()}
        | {f"usr/share/wireshark/profiles/{name}" for name in profile()})
    assert {(mode, owner) for mode, owner, _ in rows} <= {
        ("drwxr-xr-x", "root/root"), ("-rw-r--r--", "root/root")}


@needs_dpkg
def test_the_deb_for_many_captures_holds_its_programs(packages):
    rows = contents(packages.deb("http-reuse-many"))
    programs = {"http-reuse-many", "http_reuse_cut", "http_reuse_judge"}
    assert {name.split(" -> ")[0] for mode, _, name in rows if mode[0] != "d"} == (
        {f"usr/bin/{name}" for name in programs}
        | {f"usr/share/http-reuse-many/http_reuse_many/{path.name}"
           for path in (SOURCE / "plugin/many/http_reuse_many").glob("*.py")}
        | {f"usr/share/man/man1/{name}.1.gz" for name in programs}
        | {f"usr/share/doc/http-reuse-many/{name}" for name in ("copyright", "changelog.gz")})
    assert {name for mode, _, name in rows if mode == "-rwxr-xr-x"} == {
        f"usr/bin/{name}" for name in programs}
    assert {owner for _, owner, _ in rows} == {"root/root"}
    depends = done("dpkg-deb", "--field", packages.deb("http-reuse-many"),
                   "Depends").strip().split(", ")
    # Logs of another version are refused, so that plugin and judge come together.
    assert (f"wireshark-plugin-http-reuse (= {project_version()}+wireshark{wireshark_minor()})"
            in depends)
    assert {entry.split()[0] for entry in depends} >= {"tshark", "python3-distributed"}


def test_links_lead_somewhere_in_the_package(packages, tmp_path):
    with tarfile.open(packages.one(".tar.gz")) as archive:
        archive.extractall(tmp_path)
    assert files_below(tmp_path)
    assert broken_links(tmp_path) == []


@needs_dpkg
@pytest.mark.skipif(is_missing("lintian"), reason="there is no lintian")
def test_debian_finds_nothing_to_complain_about(packages):
    said = done("lintian", "--allow-root", "--fail-on", "error,warning", packages.deb(),
                packages.deb("http-reuse-many"))
    assert not re.search("^[EW]:", said, re.M), said


@needs_dpkg
def test_the_deb_depends_on_its_wireshark_and_no_other(packages):
    def field(name):
        return done("dpkg-deb", "--field", packages.deb(), name).strip()

    major, minor = wireshark_minor().split(".")
    library = re.search(r"(libwireshark\d+\w*) \(>= " + re.escape(wireshark_minor()) + r"\)",
                        field("Depends"))[1]
    depends = field("Depends").split(", ")
    assert f"{library} (<< {major}.{int(minor) + 1})" in depends
    assert {entry.split()[0] for entry in depends} >= {"libc6", library}
    # The loader needs the library of that soname, which the package of that name has.
    soname = re.search(r"NEEDED\s+libwireshark\.so\.(\d+)", done(
        "objdump", "-p", packages.source / "build/release/plugin/http_reuse.so"))[1]
    assert re.match(rf"libwireshark{soname}(\D|$)", library)
    assert field("Version") == f"{project_version()}+wireshark{wireshark_minor()}"
    assert field("Package") == "wireshark-plugin-http-reuse"


def test_the_plugin_in_them_has_no_symbols_to_debug_and_no_path_of_the_builder(packages, world):
    with tarfile.open(packages.one(".tar.gz")) as archive:
        module = archive.extractfile(f"{NAME}/http_reuse.so").read()
    assert b".symtab" not in module and b".debug_info" not in module
    assert str(world).encode() not in module


# ---- the same bytes ----------------------------------------------------------------------------

@pytest.mark.once
def test_the_same_source_gives_the_same_bytes(packages, world):
    # Elsewhere, in another time zone, for nobody else to read.
    again = Packages(world / "a much longer path/for the same source",
                     TZ="Pacific/Kiritimati", LC_ALL="C.UTF-8")
    assert [path.name for path in again.files()] == [path.name for path in packages.files()]
    for one, other in zip(packages.files(), again.files()):
        assert one.read_bytes() == other.read_bytes(), one.name


# ---- making them changes nothing here ----------------------------------------------------------

def test_packaging_leaves_the_running_system_alone(packages, live_folders):
    for folder, before in live_folders.items():
        assert listing(folder) == before


@pytest.mark.once
def test_a_build_for_one_folder_makes_no_packages(packages, world, live_folders):
    target = world / "just here"
    build = packages.source / "build/folder"
    assert configure(packages.source, "-B", build, "-DCMAKE_BUILD_TYPE=Debug",  # quickly built
                     f"-DHTTP_REUSE_INSTALL={target}").returncode == 0
    done("cmake", "--build", build)
    done("cmake", "--install", build)
    assert [path.name for path in target.iterdir()] == ["http_reuse.so"]
    (target / "http_reuse.so").unlink()

    refused = cpack(build, world / "none")
    assert refused.returncode != 0
    assert f"This build installs to '{target}'" in " ".join(refused.stdout.split())
    assert list(target.iterdir()) == []
    for folder, before in live_folders.items():
        assert listing(folder) == before


# ---- a Wireshark that is too old ---------------------------------------------------------------

def test_cmake_refuses_an_older_wireshark_in_one_sentence(packages, world):
    config = world / "old/WiresharkConfig.cmake"
    config.parent.mkdir()
    config.write_text('set(Wireshark_VERSION "3.6.24")\n')
    result = configure(packages.source, "-B", world / "old/build",
                       f"-DWireshark_DIR={config.parent}")
    assert result.returncode != 0
    assert ("Wireshark 3.6.24 is too old: http_reuse needs Wireshark 4.0 or later."
            in " ".join(result.stdout.split()))
