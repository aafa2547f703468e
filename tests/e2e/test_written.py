"""All kinds of places that can be written: files, links to them, and what is written through.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import os
import stat
import subprocess
import threading

import pytest

from harness import OUTPUTS, capture, finish, outputs_of, own, run, start
from outputs import NAME, check_complete, every_kind, files_in, into, own_folder, put, write


@pytest.mark.parametrize("path", ["out", "./out", "sub/out", "sub/../out", "with space",
                                  "a=b", "a:b=c", "naïve-日本", ".hidden", "-", "./-"])
def test_a_relative_path(path, folder):
    own_folder(folder / "sub")
    result = write(f"ndjson={path}", cwd=folder)
    assert result.status == 0 and not result.complaints, result
    if path == "-":
        check_complete(result.text)
        assert files_in(folder) == ["sub"]
    else:
        assert result.stdout == b""
        check_complete((folder / path).read_text())
        assert len(list(folder.rglob("*"))) == 2  # no temporary file


def test_an_existing_file_is_replaced(folder):
    put(folder / "out", "before\n" * 10_000)
    assert write(f"ndjson={folder / 'out'}").status == 0
    check_complete((folder / "out").read_text())
    assert files_in(folder) == ["out"]


@pytest.mark.parametrize("mask, mode", [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_the_mode_is_that_of_a_new_file(mask, mode, folder):
    result = run("tshark", "-q", "-r", capture(NAME), *into(folder), umask=mask)
    assert result.status == 0
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == (
        dict.fromkeys(OUTPUTS, mode))


@pytest.mark.parametrize("exists", [True, False], ids=["to-a-file", "dangling"])
@pytest.mark.parametrize("link", ["absolute", "relative", "twice"])
def test_a_link_stays_a_link(link, exists, folder):
    target = own_folder(folder / "real") / "out"
    if exists:
        put(target, "before\n")
    (folder / "link").symlink_to(target if link == "absolute" else "real/out")
    spelled = "link"
    if link == "twice":
        (folder / "link-to-link").symlink_to("link")
        spelled = "link-to-link"
    result = write(f"ndjson={spelled}", cwd=folder)
    assert result.status == 0 and not result.complaints, result
    assert (folder / "link").is_symlink() and (folder / spelled).is_symlink()
    check_complete(target.read_text())
    assert files_in(folder / "real") == ["out"]


def test_each_kind_through_a_link(folder):
    own_folder(folder / "links")
    for kind in OUTPUTS:
        put(folder / kind, "before\n")
        (folder / "links" / kind).symlink_to(folder / kind)
    result = run("tshark", "-q", "-r", capture(NAME), *into(folder / "links"))
    assert result.status == 0 and not result.complaints, result
    for kind in OUTPUTS:
        assert (folder / "links" / kind).is_symlink()
        assert (folder / kind).read_bytes() == (outputs_of(NAME) / kind).read_bytes(), kind


@pytest.mark.parametrize("device", ["/dev/null", "/dev/stderr"])
def test_a_device_is_written_through(device):
    before = os.stat("/dev/null").st_mode
    result = write(f"ndjson={device}")
    assert result.status == 0 and result.stdout == b""
    if device == "/dev/stderr":
        check_complete("\n".join(result.complaints))
    assert os.stat("/dev/null").st_mode == before


def test_a_fifo_is_written_through(folder):
    os.mkfifo(folder / "fifo")
    own(folder / "fifo")
    got = []
    reader = threading.Thread(target=lambda: got.append((folder / "fifo").read_text()), daemon=True)
    reader.start()
    result = write("ndjson=fifo", cwd=folder)
    reader.join(timeout=60)
    assert result.status == 0 and not result.complaints, result
    check_complete(got[0])
    assert stat.S_ISFIFO((folder / "fifo").stat().st_mode) and files_in(folder) == ["fifo"]


@pytest.mark.parametrize("spelled", ["/dev/fd/{}", "/proc/self/fd/{}"])
@pytest.mark.parametrize("kind", ["pipe", "file"])
def test_a_descriptor_is_written_through(kind, spelled, folder):
    if kind == "pipe":
        reading, writing = os.pipe()
    else:
        reading = None
        writing = os.open(folder / "out", os.O_WRONLY | os.O_CREAT, 0o666)
        os.write(writing, b"before\n")  # what comes, comes behind it
    process = start("tshark", "-q", "-r", capture(NAME), "-X",
                    f"http_reuse:ndjson={spelled.format(writing)}", pass_fds=[writing],
                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    os.close(writing)
    if kind == "pipe":
        with os.fdopen(reading) as pipe:
            text = pipe.read()
    result = finish(process)
    assert result.status == 0 and not result.complaints, result
    if kind == "file":
        text = (folder / "out").read_text()
        assert text.startswith("before\n")
        text = text.removeprefix("before\n")
        assert files_in(folder) == ["out"]
    check_complete(text)


@pytest.mark.parametrize("target", ["-", "/dev/stdout", "out"])
def test_standard_output_that_is_a_file(target, folder):
    """A shell's `tshark ... > out`: the file stays the one that the shell opened."""
    with open(folder / "out", "wb") as out:
        os.fchown(out.fileno(), folder.stat().st_uid, folder.stat().st_gid)
        inode = os.fstat(out.fileno()).st_ino
        result = write(f"ndjson={target}", stdout=out, cwd=folder)
    assert result.status == 0 and not result.complaints, result
    check_complete((folder / "out").read_text())
    assert (folder / "out").stat().st_ino == inode and files_in(folder) == ["out"]


@every_kind
def test_a_reader_that_has_seen_enough(kind):
    """`tshark ... | head` is no failure."""
    process = start("sh", "-c", 'tshark -q -r "$0" -X http_reuse:"$1"=- | head -c 20',
                    capture("go-concurrent-20"), kind, stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    result = finish(process)
    assert len(result.stdout) == 20 and not result.complaints, result
