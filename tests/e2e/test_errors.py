"""Options that are wrong, and places that cannot be written.

A wrong option ends tshark with one line on stderr that names it and a status that is not 0, and
nothing is half-written: files keep what they had, and no temporary file stays.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import os
import resource
import shutil
import subprocess

import pytest

from harness import capture, end, own, run, start, tshark
from outputs import NAME, every_kind, files_in, own_folder, put, write


def check_refused(result, *names):
    """One line that names the option or path, nothing printed, and the exit status."""
    assert result.status != 0, result
    assert len(result.complaints) == 1, result
    for name in names:
        assert str(name) in result.complaints[0], result
    assert result.stdout == b""


# ---- options -----------------------------------------------------------------------------------

@pytest.mark.parametrize("option", [
    "bogus", "bogus=file", "", "=", "=file", "REPORT", "reports", "repor", " report", "report ",
    "report,ndjson=x", "ndjson:file", "report:file"])
def test_unknown_option(option, folder):
    check_refused(write(option, cwd=folder), f"-X http_reuse:{option}", "unknown option")
    assert files_in(folder) == []


def test_a_check_ends_with_a_status_and_a_line_for_each_breach(folder):
    report = folder / "report"
    result = run("tshark", "-q", "-r", capture("go-undrained-10"),
                 "-X", "http_reuse:check=reuse_ratio>=0.8,avoidable<=2,missed_reuse=0",
                 "-X", f"http_reuse:report={report}")
    assert result.status == 1
    assert [line.rpartition(": ")[2] for line in result.complaints] == [
        "reuse_ratio is 0, not >=0.8", "avoidable is 9, not <=2"]
    assert "10 new" in report.read_text()  # after all outputs
    assert write("check=reuse_ratio>=0.8,avoidable=0,body_undrained=0").status == 0
    check_refused(write("check=reuse>=0.8"), "reuse")


@pytest.mark.parametrize("option", ["ndjson", "ndjson=", "report="])
def test_missing_file(option, folder):
    check_refused(write(option, cwd=folder), f"-X http_reuse:{option}", "missing")
    assert files_in(folder) == []


@pytest.mark.parametrize("other", ["report=-", "ndjson=-", "har=-", "whatif=bodies-read"])
def test_page_shares_its_place_with_none(other):
    result = run("tshark", "-q", "-r", capture(NAME), "-X", "http_reuse:html=-",
                 "-X", f"http_reuse:{other}")
    check_refused(result, "the same place")


def test_one_wrong_option_among_good_ones(folder):
    put(folder / "kept", "before\n")
    result = run("tshark", "-q", "-r", capture(NAME), "-X", "http_reuse:report=kept",
                 "-X", "http_reuse:ndjson=new", "-X", "http_reuse:bogus", cwd=folder)
    check_refused(result, "-X http_reuse:bogus")
    assert (folder / "kept").read_text() == "before\n"
    assert files_in(folder) == ["kept"]


def test_options_are_checked_before_the_first_packet(folder):
    process = start("tshark", "-q", "-r", "-", "-X", "http_reuse:ndjson=no/such/folder",
                    cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE)
    try:  # no packet ever comes
        assert process.wait(timeout=60) != 0
        assert b"no/such/folder" in process.stderr.read()
    finally:
        end(process)
        for pipe in (process.stdin, process.stdout, process.stderr):
            pipe.close()


def test_a_statistic_with_too_much(folder):
    result = run("tshark", "-q", "-r", capture(NAME), "-z", "http_reuse,report,more", cwd=folder)
    assert result.status != 0 and result.stdout == b""
    assert "http_reuse,report,more" in result.stderr.decode()


@pytest.mark.parametrize("option", ["report", "ndjson=new", "events=new", "check=avoidable<=2"])
def test_a_disabled_protocol_says_nothing_of_the_capture(option, folder):
    """It sees no packet: neither is there no HTTP, nor does a gate hold."""
    result = run("tshark", "-q", "-r", capture(NAME), "--disable-protocol", "http_reuse",
                 "-X", f"http_reuse:{option}", cwd=folder)
    check_refused(result, f"-X http_reuse:{option}", "disabled")
    assert files_in(folder) == []


# ---- places that cannot be written -------------------------------------------------------------

@every_kind
def test_no_such_folder(kind, folder):
    check_refused(write(f"{kind}=no-such-folder/file", cwd=folder), "no-such-folder/file",
                  "No such file")


@pytest.mark.parametrize("target", [".", "/", "sub", "sub/", "new/"])
def test_a_folder_as_target(target, folder):
    own_folder(folder / "sub")
    result = write(f"ndjson={target}", cwd=folder)
    check_refused(result, f"-X http_reuse:ndjson={target}")
    assert files_in(folder) == ["sub"] and files_in(folder / "sub") == []


@every_kind
def test_a_folder_without_permission(kind, folder):
    own_folder(folder / "locked", 0o555)
    check_refused(write(f"{kind}=locked/file", cwd=folder), "locked/file", "Permission denied")
    assert files_in(folder / "locked") == []


def test_a_file_without_permission(folder):
    put(folder / "locked", "before\n").chmod(0o444)
    check_refused(write("report=locked", cwd=folder), "=locked", "Permission denied")
    assert (folder / "locked").read_text() == "before\n"
    assert files_in(folder) == ["locked"]


def test_a_file_in_the_place_of_a_folder(folder):
    put(folder / "file", "before\n")
    check_refused(write("report=file/report", cwd=folder), "file/report", "Not a directory")


def test_a_loop_of_links(folder):
    (folder / "one").symlink_to("two")
    (folder / "two").symlink_to("one")
    check_refused(write("report=one", cwd=folder), "=one")
    assert files_in(folder) == ["one", "two"]


def test_a_name_that_is_too_long(folder):
    check_refused(write(f"report={'n' * 300}", cwd=folder), "File name too long")


@every_kind
def test_a_full_device(kind):
    result = write(f"{kind}=/dev/full")
    check_refused(result, "/dev/full", "No space left")


def test_standard_output_on_a_full_device():
    with open("/dev/full", "wb") as full:
        result = write("ndjson=-", stdout=full)
    assert result.status != 0 and len(result.complaints) == 1, result
    assert "ndjson=-" in result.complaints[0]


@every_kind
@pytest.mark.parametrize("existing", [True, False])
def test_a_file_that_cannot_grow(existing, kind, folder):
    """As on a full disk: what was there stays, and no temporary file does."""
    if existing:
        put(folder / "out", "before\n")

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512))

    # Python ignores SIGXFSZ, and so does a child that inherits it: writing gives an error.
    result = write(f"{kind}=out", cwd=folder, preexec_fn=limit, restore_signals=False)
    check_refused(result, f"{kind}=out")
    assert files_in(folder) == (["out"] if existing else [])
    assert not existing or (folder / "out").read_text() == "before\n"


def test_a_capture_that_cannot_be_read(folder):
    put(folder / "out", "before\n")
    result = run("tshark", "-q", "-r", folder / "none.pcapng",
                 "-X", f"http_reuse:ndjson={folder}/out")
    assert result.status != 0
    assert (folder / "out").read_text() == "before\n"
    assert files_in(folder) == ["out"]


def test_a_display_filter_that_is_wrong(folder):
    put(folder / "out", "before\n")
    result = run("tshark", "-r", capture(NAME), "-Y", "tcp.flags ==", "-X", "http_reuse:ndjson=out",
                 cwd=folder)
    assert result.status != 0
    assert (folder / "out").read_text() == "before\n"
    assert files_in(folder) == ["out"]


def test_a_descriptor_that_is_not_open():
    check_refused(write("ndjson=/dev/fd/99"), "/dev/fd/99")


def test_a_descriptor_for_reading_only(folder):
    with open(capture(NAME), "rb") as file:
        number = file.fileno()
        check_refused(write(f"ndjson=/dev/fd/{number}", pass_fds=[number]), f"/dev/fd/{number}")


# ---- two things in one place -------------------------------------------------------------------

@pytest.mark.parametrize("one, other", [
    ("report=out", "ndjson=out"), ("ndjson=out", "ndjson=./out"), ("report=out", "ndjson=link"),
    ("report=old", "ndjson=hard"), ("report=old", "ndjson=to-old"), ("report", "ndjson=-"),
    ("report=-", "report"), ("ndjson=-", "report=/dev/stdout"), ("report=/dev/fd/1", "ndjson=-"),
    ("report=fifo", "ndjson=./fifo")])
def test_two_outputs_to_one_target(one, other, folder):
    put(folder / "old", "before\n")
    os.link(folder / "old", folder / "hard")
    (folder / "link").symlink_to("out")
    (folder / "to-old").symlink_to(folder / "old")
    os.mkfifo(folder / "fifo")
    own(folder / "fifo")
    before = files_in(folder)
    reader = os.open(folder / "fifo", os.O_RDONLY | os.O_NONBLOCK)
    result = run("tshark", "-q", "-r", capture(NAME), "-X", f"http_reuse:{one}",
                 "-X", f"http_reuse:{other}", cwd=folder)
    os.close(reader)
    check_refused(result, f"-X http_reuse:{other}")
    assert files_in(folder) == before
    assert (folder / "old").read_text() == "before\n"


def test_two_event_logs(folder):
    """What happens is told to one log only."""
    result = run("tshark", "-q", "-r", capture(NAME), "-X", f"http_reuse:events={folder / 'one'}",
                 "-X", f"http_reuse:events={folder / 'two'}")
    check_refused(result, folder / "two", folder / "one")
    assert files_in(folder) == []


@pytest.mark.parametrize("option", ["check=connections<=10", "report"])
def test_tshark_that_forgets(option):
    """-M begins anew after so many packets: what is left is not the capture."""
    result = run("tshark", "-q", "-M", "10", "-r", capture(NAME), "-X", f"http_reuse:{option}")
    assert result.status == 1
    assert [line for line in result.complaints if "began anew after 10 packets" in line], result


def test_the_same_report_asked_for_twice_is_one():
    once = tshark("-q", "-r", capture(NAME), "-X", "http_reuse:report").stdout
    both = tshark("-q", "-r", capture(NAME), "-X", "http_reuse:report",
                  "-z", "http_reuse,report").stdout
    assert once == both


@pytest.mark.parametrize("option", ["ndjson=-", "report=-", "ndjson=/dev/stdout"])
def test_standard_output_without_quiet(option):
    result = run("tshark", "-r", capture(NAME), "-X", f"http_reuse:{option}")
    check_refused(result, f"-X http_reuse:{option}", "-q")


@pytest.mark.parametrize("args", [["-q", "-V"], ["-q", "-x"], ["-qP"], ["-q", "-O", "http"],
                                  ["-q", "-w", "-"]], ids=" ".join)
def test_standard_output_beside_packets(args):
    result = run("tshark", *args, "-r", capture(NAME), "-X", "http_reuse:ndjson=-")
    check_refused(result, "-X http_reuse:ndjson=-")


@pytest.mark.parametrize("spelled", ["copy.pcapng", "./copy.pcapng", "link"])
def test_the_capture_as_target(spelled, folder):
    shutil.copy(capture(NAME), folder / "copy.pcapng")
    own(folder / "copy.pcapng")
    (folder / "link").symlink_to("copy.pcapng")
    result = run("tshark", "-q", "-r", "copy.pcapng", "-X", f"http_reuse:report={spelled}",
                 cwd=folder)
    check_refused(result, f"report={spelled}")
    assert (folder / "copy.pcapng").read_bytes() == capture(NAME).read_bytes()


def test_the_written_capture_as_target(folder):
    result = run("tshark", "-q", "-r", capture(NAME), "-w", "new.pcapng",
                 "-X", "http_reuse:report=new.pcapng", cwd=folder)
    check_refused(result, "report=new.pcapng")
    assert files_in(folder) == []
