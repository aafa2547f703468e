"""The profile "HTTP Reuse": its filters are some, and tshark -C shows its columns. How it looks is
in test_gui.py.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import re
import shutil

import pytest

from harness import SOURCE, capture, new_folder, own, tshark
from truth import wire

NAME = "HTTP Reuse"
PROFILE = SOURCE / "plugin" / "profile" / NAME


def config(folder):
    """A configuration of an ordinary user that has the profile."""
    place = folder / "config" / "wireshark" / "profiles" / NAME
    shutil.copytree(PROFILE, place)
    for path in (folder / "config", *(folder / "config").rglob("*")):
        own(path)
    return {"XDG_CONFIG_HOME": folder / "config"}


def filters():
    """Every display filter of the profile."""
    rules = [line.split("@")[2] for line in (PROFILE / "colorfilters").read_text().splitlines()
             if line.startswith("@")]
    buttons = re.findall(r'^"TRUE","[^"]*","([^"]*)"', (PROFILE / "dfilter_buttons").read_text(),
                         re.M)
    assert len(rules) == 4 and len(buttons) == 6
    return rules + [button.replace(r"\x22", '"') for button in buttons]


@pytest.mark.parametrize("expression", filters())
def test_a_filter_is_one(expression):
    assert tshark("-r", capture("go-drained-10"), "-Y", expression).status == 0


def test_the_columns_say_what_they_should():
    environment = config(new_folder())
    stream = wire("go-undrained-10")[0]
    lines = tshark("-2", "-C", NAME, "-r", capture("go-undrained-10"), extra=environment).lines
    request = lines[stream.first_request - 1].split()
    assert {"new", "body-undrained", "first-contact"} <= set(request)
    acknowledgement = lines[stream.first_request]  # says nothing of reuse
    assert "new" not in acknowledgement.split() and "127.0.0.1" in acknowledgement


def test_each_warning_and_error_has_its_colour_and_its_button():
    reference = (SOURCE / "plugin/doc/reference.md").read_text(encoding="utf-8")
    broken, lost, *others = filters()
    findings = re.findall(r"^\| `([a-z_]+)` \| (warning|error) \|", reference, re.M)
    assert {kind for _, kind in findings} == {"warning", "error"}
    for finding, kind in findings:
        assert f"http_reuse.finding.{finding}" in (broken if kind == "error" else lost).split()
        assert f"http_reuse.finding.{finding}" in others[-2].split(), finding  # To change
