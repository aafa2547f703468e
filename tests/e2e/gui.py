"""Wireshark on a screen of its own, driven with xdotool.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import contextlib
import os
import re
import shutil
import subprocess
import time

import harness

PATIENCE = 60
WIDTH, HEIGHT = 1280, 800

# Packets above, details below, and nothing else: so the keys find their place.
RECENT_COMMON = f"""\
gui.geometry_main_x: 0
gui.geometry_main_y: 0
gui.geometry_main_width: {WIDTH}
gui.geometry_main_height: {HEIGHT}
gui.geometry_main_maximized: FALSE
"""
RECENT = """\
gui.byte_view_show: FALSE
gui.packet_diagram_show: FALSE
gui.geometry_main_upper_pane: 250
"""


def wait_until(is_true, what):
    deadline = time.monotonic() + PATIENCE
    while not is_true():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.1)


@contextlib.contextmanager
def screen():
    """An X server; gives its DISPLAY."""
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{WIDTH}x{HEIGHT}x24",
         "-nolisten", "tcp"], pass_fds=[writing], stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    os.close(writing)
    try:
        with os.fdopen(reading) as number:
            yield f":{number.readline().strip()}"
    finally:
        harness.end(server)


class Wireshark:
    """A Wireshark of the ordinary user's, with a configuration of its own."""

    def __init__(self, display, folder, *args, profile=None, plugin=True):
        self.display, self.folder = display, folder
        self.config = folder / "config" / "wireshark"
        self.config.mkdir(parents=True)
        if profile is not None:
            shutil.copytree(profile, self.config / "profiles" / profile.name)
            args = ("-C", profile.name, *args)
        (self.config / "recent_common").write_text(RECENT_COMMON)
        (self.config / "recent").write_text(RECENT)
        for path in (folder / "config", self.config, *self.config.rglob("*")):
            harness.own(path)
        self.words = (folder / "words.txt").open("wb")
        self.process = harness.start(
            "wireshark", *args, plugin=plugin, cwd=folder, stdin=subprocess.DEVNULL,
            stdout=self.words, stderr=self.words,
            extra={"DISPLAY": display, "XDG_CONFIG_HOME": folder / "config",
                   "QT_QPA_PLATFORM": "xcb", "LC_ALL": "C.UTF-8"})

    def __enter__(self):
        return self

    def __exit__(self, *error):
        harness.end(self.process)
        self.words.close()

    def tool(self, *args):
        return subprocess.run([str(arg) for arg in args], check=False, timeout=PATIENCE,
                              env={**os.environ, "DISPLAY": self.display},
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def output(self, *args):
        return self.tool(*args).stdout.decode().strip()

    def windows(self, title=""):
        """{id: title} of the windows to be seen whose title has @title in it."""
        found = self.output("xdotool", "search", "--onlyvisible", "--class", "wireshark").split()
        titles = {window: self.output("xdotool", "getwindowname", window) for window in found}
        return {window: name for window, name in titles.items() if title in name}

    def wait_for_window(self, title):
        wait_until(lambda: self.process.poll() is None and self.windows(title), f"window {title}")
        window = list(self.windows(title))[0]
        self.focus(window)
        return window

    def focus(self, window):
        self.tool("xdotool", "windowfocus", "--sync", window)
        time.sleep(0.3)

    def press(self, *keys):
        self.tool("xdotool", "key", "--delay", "80", *keys)
        time.sleep(0.4)

    def type(self, text):
        self.tool("xdotool", "type", "--delay", "40", text)
        time.sleep(0.6)

    def click(self, x, y, button=1):
        self.tool("xdotool", "mousemove", x, y, "click", button)
        time.sleep(0.4)

    def place(self, window, x, y, width, height):
        self.tool("xdotool", "windowmove", window, x, y)
        self.tool("xdotool", "windowsize", window, width, height)
        time.sleep(0.6)

    def picture(self, path):
        self.tool("import", "-window", "root", path)
        return int(self.output("identify", "-format", "%k", path))

    def colours(self):
        """The colours on the screen, as "#RRGGBB"."""
        shot = self.folder / "colours.png"
        self.picture(shot)
        return set(re.findall(r"#[0-9A-F]{6}", self.output(
            "convert", shot, "-depth", "8", "-format", "%c", "histogram:info:")))

    def open_tree(self, x=WIDTH * 3 // 4):
        """Opens the last tree of the details, which is ours, and stands on its second line."""
        self.click(x, HEIGHT - 60)  # an empty place: the details have the keys now
        self.press("Home", *["Down"] * 12)  # all trees are closed; this stops at the last
        self.press("Right")
        self.press("Down", "Down")

    def open_report(self):
        """Tools > HTTP Reuse report: near the end of the menu, after it what other plugins have."""
        main, = self.windows(".pcapng")
        for place in range(1, 8):
            self.press("alt+t", *["Up"] * place, "Return")
            if self.windows("HTTP Reuse report"):
                return
            self.press("Escape", "Escape")  # a menu in the menu, or a dialog
            self.focus(main)
        raise AssertionError("there is no report in the menu Tools")

    def open_expert_information(self):
        self.press("alt+a")
        self.press("Up")  # the last of the menu
        self.press("Return")
        return self.wait_for_window("Expert Information")

    def quit(self):
        """As a user does, so that Wireshark saves what it saves."""
        main, = [window for window, title in self.windows(".pcapng").items()
                 if title.endswith(".pcapng") and "·" not in title]
        self.focus(main)
        self.press("ctrl+q")
        wait_until(lambda: self.process.poll() is not None, "the end of Wireshark")
        return self.process.returncode
