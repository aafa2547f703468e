"""What others make of our outputs: the page of -X http_reuse:html in Debian's Chromium, driven by
tests/html/, and the archive of -X http_reuse:har under the schema that npm has of its format.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import json
import shutil

import jsonschema
import pytest

import harness
import packets
import pages
import test_har
from harness import capture
from test_trace import trace

DRIVER = harness.SOURCE / "build/html/node_modules"

PAGES = {
    "undrained": lambda: capture("go-undrained-10"),
    "two-origins": lambda: capture("chromium-h1"),
    "multiplexed": lambda: capture("h2-100-concurrent"),
    "empty": lambda: packets.Trace().write(),
    "hostile": pages.hostile,
    "many": pages.many,
    "two-clocks": lambda: pages.changed("clocks-5ms-behind", "go-drained-10"),
    "unshown": pages.unshown,
    "cut-short": lambda: pages.changed("snap-64", "go-drained-10"),
}


def put_where_anybody_reads(folder):
    """The tests and what they need: the source may lie where only its owner can read."""
    assert DRIVER.is_dir(), "cmake/check.sh installs what drives the browser"
    shutil.copytree(harness.SOURCE / "tests/html", folder / "html")
    shutil.copytree(DRIVER, folder / "html/node_modules")
    for name, path in PAGES.items():
        shutil.copy(pages.file_of(path()), folder / f"{name}.html")
    for name in ("tls-call-sites", "tls-call-sites-nokeys"):
        page = pages.file_of(capture(name), "-X", f"http_reuse:trace={trace('tls-call-sites')}")
        shutil.copy(page, folder / f"{name}.html")


def test_page_in_a_browser(folder):
    put_where_anybody_reads(folder)
    result = harness.run("node", "--test", folder / "html/page.test.js", timeout=110,
                         extra={"PAGES": str(folder)}, plugin=False)
    assert result.status == 0, result.text


@pytest.mark.parametrize("name", test_har.ARCHIVES)
def test_archive_is_as_its_format_says(name):
    schemas = {path.name: json.loads(path.read_text())
               for path in (DRIVER / "har-schema/lib").glob("*.json")}
    resolver = jsonschema.RefResolver("", schemas["har.json"], store=schemas)
    whole = harness.tshark("-q", "-r", capture(name), "-X", "http_reuse:har=-").text
    validator = jsonschema.Draft6Validator(schemas["har.json"], resolver=resolver,
                                           format_checker=jsonschema.FormatChecker())
    validator.validate(json.loads(whole))
