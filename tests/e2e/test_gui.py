"""Wireshark itself, under Xvfb as the ordinary user: it shows the tree of a request and the
summary in Expert Information. What was to be seen is proved by what Wireshark writes down when a
user acts on it.

HTTP_REUSE_SCREENSHOTS=folder saves the pictures of the README.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import os
import pathlib
import re
import time

import pytest

from gui import HEIGHT, WIDTH, Wireshark, screen, wait_until
from harness import SOURCE, capture, is_missing, tshark
from test_trace import trace

NAME = "go-undrained-10"
FIRST_REQUEST = 4  # the frame after the handshake

COLUMNS = 'gui.column.format:' + ",".join(f'"{title}","{column}"' for title, column in [
    ("No.", "%m"), ("Time", "%t"), ("Protocol", "%p"), ("Reuse", "%Cus:http_reuse.status:0:R"),
    ("Nr", "%Cus:http_reuse.number:0:R"), ("Why new", "%Cus:http_reuse.why_new:0:R"),
    ("Ended", "%Cus:http_reuse.close.cause:0:R"), ("Info", "%i")])

pytestmark = [pytest.mark.skipif(is_missing(program), reason=f"there is no {program}")
              for program in ("wireshark", "Xvfb", "xdotool", "import")]


@pytest.fixture(scope="module")
def display():
    with screen() as number:
        yield number


@pytest.fixture
def wireshark(display, folder):
    """Starts Wireshark on a capture and waits until it is loaded."""
    started = []

    def start(*args):
        report = folder / "loaded"
        window = Wireshark(display, folder, "-r", capture(NAME), "-g", str(FIRST_REQUEST),
                           "-X", f"http_reuse:report={report}", *args)
        started.append(window)
        wait_until(report.exists, "the report that follows the load")
        window.wait_for_window(f"{NAME}.pcapng")
        return window

    yield start
    for window in started:
        window.__exit__()


def keep(window, name):
    """Saves what is to be seen, if somebody asked for it."""
    if os.environ.get("HTTP_REUSE_SCREENSHOTS"):
        window.picture(pathlib.Path(os.environ["HTTP_REUSE_SCREENSHOTS"]) / f"{name}.png")


def test_the_tree_of_a_request(wireshark):
    window = wireshark()
    window.open_tree()
    window.press("ctrl+shift+i")  # apply as a column
    preferences = window.config / "preferences"
    wait_until(lambda: preferences.exists() and "http_reuse" in preferences.read_text(),
               "the column")
    columns = preferences.read_text().partition("gui.column.format:")[2]
    # The second line of the tree of a request, after its finding. Quoted as Wireshark pleases.
    assert "http_reuse.connection" in columns.partition("\n\n")[0]
    assert window.quit() == 0


def test_the_summary_in_expert_information(wireshark, folder):
    window = wireshark("-o", COLUMNS)
    window.press("ctrl+shift+r")  # columns as wide as what is in them
    window.open_tree()
    dialog = window.open_expert_information()
    window.place(dialog, 500, 376, WIDTH - 510, HEIGHT - 410)
    shot = folder / "shot.png"
    assert window.picture(shot) > 50  # colours: it is not blank
    keep(window, "screenshot")

    window.focus(dialog)
    window.press("Tab", "Tab")  # from the list to the search
    window.type("whole capture")
    window.click(560, 413, button=3)  # the only line; Qt of 4.6 heeds no key Menu of xdotool's
    window.press("Down")  # apply as a filter
    window.press("Right")
    window.press("Return")  # what is selected
    assert window.quit() == 0
    assert "http_reuse.finding.summary" in (window.config / "recent_common").read_text()


def test_reports_follow_each_load(wireshark, folder):
    expected = tshark("-q", "-r", capture(NAME), "-z", "http_reuse,report").text
    window = wireshark("-X", f"http_reuse:ndjson={folder / 'records'}")
    assert (folder / "loaded").read_text() == expected
    records = (folder / "records").read_text()
    assert records == tshark("-q", "-r", capture(NAME), "-X", "http_reuse:ndjson=-").text
    for name in ("loaded", "records"):
        (folder / name).unlink()
    window.press("ctrl+r")  # reload
    wait_until(lambda: (folder / "loaded").exists() and (folder / "records").exists(),
               "the reports after a reload")
    assert (folder / "loaded").read_text() == expected
    assert (folder / "records").read_text() == records
    assert window.quit() == 0


def test_the_report_in_a_window(wireshark):
    window = wireshark()
    window.open_report()
    assert window.quit() == 0


def test_the_table_of_connections(wireshark):
    window = wireshark("-z", "http_reuse,connections")
    window.wait_for_window("HTTP Connections")
    assert window.quit() == 0


def test_the_profile_has_its_colours(display, folder):
    profile = SOURCE / "plugin" / "profile" / "HTTP Reuse"
    new, reused = [
        "#" + "".join(f"{int(part) // 257:02X}" for part in background.split(","))
        for background in re.findall(r"^@HTTP Reuse: (?:new|reused)@[^@]*@\[(.*?)\]",
                                     (profile / "colorfilters").read_text(), re.M)]
    told = f"http_reuse:trace={trace('go-call-sites')}"
    with Wireshark(display, folder, "-r", capture("go-call-sites"), "-g", "8", "-X", told,
                   profile=profile) as window:
        window.wait_for_window("go-call-sites.pcapng")
        wait_until(lambda: {new, reused} <= window.colours(), "the colours")
        window.open_tree(WIDTH // 4)
        keep(window, "profile")
        assert window.quit() == 0


def is_loaded(window):
    assert window.process.poll() is None
    return bool(window.windows(f"{NAME}.pcapng"))


@pytest.mark.parametrize("option", ["bogus", "report=no/such/folder"])
def test_an_error_is_a_dialog_and_no_end(display, folder, option):
    with Wireshark(display, folder, "-r", capture(NAME), "-X", f"http_reuse:{option}") as window:
        wait_until(lambda: "Wireshark" in window.windows().values(), "the dialog")
        dialog, = [one for one, title in window.windows().items() if title == "Wireshark"]
        assert not is_loaded(window)  # nothing goes on before it was answered
        time.sleep(1)
        window.focus(dialog)
        window.press("Return")
        wait_until(lambda: is_loaded(window), "the load after the dialog")
        assert window.quit() == 0


def test_without_an_error_there_is_no_dialog(display, folder):
    with Wireshark(display, folder, "-r", capture(NAME)) as window:
        wait_until(lambda: is_loaded(window), "the load")
        assert "Wireshark" not in window.windows().values()
        assert window.quit() == 0
