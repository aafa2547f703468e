"""The page of -X http_reuse:html in a browser: Debian's Chromium, driven by tests/html/.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import shutil

import harness
import pages
from harness import capture

DRIVER = harness.SOURCE / "build/html/node_modules"

PAGES = {
    "undrained": lambda: capture("go-undrained-10"),
    "two-origins": lambda: capture("chromium-h1"),
    "multiplexed": lambda: capture("h2-100-concurrent"),
    "hostile": pages.hostile,
    "many": pages.many,
}


def put_where_anybody_reads(folder):
    """The tests and what they need: the source may lie where only its owner can read."""
    assert DRIVER.is_dir(), "cmake/check.sh installs what drives the browser"
    shutil.copytree(harness.SOURCE / "tests/html", folder / "html")
    shutil.copytree(DRIVER, folder / "html/node_modules")
    for name, path in PAGES.items():
        shutil.copy(pages.file_of(path()), folder / f"{name}.html")


def test_page_in_a_browser(folder):
    put_where_anybody_reads(folder)
    result = harness.run("node", "--test", folder / "html/page.test.js", timeout=110,
                         extra={"PAGES": str(folder)}, plugin=False)
    assert result.status == 0, result.text
