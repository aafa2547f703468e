"""The page of -X http_reuse:html: its data are those of the NDJSON, and nothing of a packet is
markup. How it looks and feels in a browser is tested by test_browser.py.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import html.parser
import json
import re

import pytest

import pages
from harness import SOURCE, capture, records


class Elements(html.parser.HTMLParser):
    """The elements that a browser would make of a page, and the texts of its scripts."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.scripts, self.attributes, self.inside = [], [], [], None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes
        if tag == "script":
            self.scripts.append("")
        self.inside = tag

    def handle_data(self, data):
        if self.inside == "script":
            self.scripts[-1] += data

    def handle_endtag(self, tag):
        self.inside = None


def records_in(text):
    return [json.loads(line) for line in Elements(text).scripts[0].strip().split("\n")]


def without_absent(value):
    if isinstance(value, dict):
        return {name: without_absent(of) for name, of in value.items() if of is not None}
    return value


@pytest.mark.parametrize("name", ["go-undrained-10", "chromium-h1", "h3-curl", "connect-proxy"])
def test_data_are_those_of_the_ndjson(name):
    inside = records_in(pages.of(capture(name)))
    said = [without_absent(record) for record in records(capture(name)).all]
    for kind in ("capture", "origin", "fix", "connection", "request"):
        assert [record for record in inside if record["type"] == kind] == [
            record for record in said if record["type"] == kind]
    assert [record for record in inside if record["type"] == "finding"] == [
        record for record in said
        if record["type"] == "finding" and record["severity"] in ("warning", "error")]


def test_nothing_of_a_packet_is_markup():
    usual = Elements(pages.of(pages.quiet()))
    text = pages.of(pages.hostile())
    page = Elements(text)
    # The table without script has more rows; but there are no other elements and attributes.
    assert set(page.tags) == set(usual.tags)
    assert len(page.scripts) == len(usual.scripts) == 2
    assert page.scripts[1] == usual.scripts[1]
    assert {name for name, _ in page.attributes} == {name for name, _ in usual.attributes}
    said = records_in(text)
    assert "\u2028" not in text and "\u2029" not in text
    paths = {record["target"] for record in said if record["type"] == "request"}
    assert pages.MARKUP in paths
    assert pages.MARKUP in {record.get("sni") for record in said}


def test_table_without_script_has_each_connection():
    text = pages.of(capture("go-undrained-10"))
    table = re.search(r"<noscript>(.*?)</noscript>", text, re.DOTALL)[1]
    assert table.count("<tr><td>") == 10
    assert table.count("<td>body-undrained<td>client<td>likely") == 10


def test_page_is_bounded():
    connections = [record for record in records_in(pages.of(pages.talkative()))
                   if record["type"] == "request"]
    assert len(connections) == 1000


def test_words_are_there_for_each_token():
    words = (SOURCE / "plugin/present/html/page/words.js").read_text(encoding="utf-8")
    definitions = json.loads((SOURCE / "plugin/doc/ndjson.schema.json").read_text())["$defs"]
    for name in ("why_new", "close_cause", "tls_handshake", "side"):
        for token in definitions[name]["enum"]:
            assert re.search(rf'^ *"?{token}"?:|[{{,] {token}:', words, re.MULTILINE), token
