"""The reference says what the plugin registers, README.md and plugin/doc/verdicts.md what it says.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import json
import os
import pathlib
import re
import shlex
import subprocess

import pytest

import harness
import verdicts

README = (harness.SOURCE / "README.md").read_text(encoding="utf-8")
REFERENCE = (harness.SOURCE / "plugin/doc/reference.md").read_text(encoding="utf-8")


def registered():
    """The plugin's fields: name to its label and its description."""
    rows = (line.split("\t") for line in harness.run("tshark", "-G", "fields").lines)
    return {row[2]: (row[1], row[7] if len(row) > 7 else "")
            for row in rows if row[0] == "F" and row[2].startswith("http_reuse.")}


def rows(pattern):
    """{name: (kind, text)} of the reference's rows whose name matches."""
    found = re.findall(r"^\| `(" + pattern + r")` \| (.*?) \| (.*) \|$", REFERENCE, re.MULTILINE)
    return {name: (kind, text) for name, kind, text in found}


def test_the_reference_has_each_field_with_its_meaning():
    fields = {name: blurb for name, (_, blurb) in registered().items()
              if not name.startswith("http_reuse.finding.")}
    listed = rows(r"http_reuse\.[a-z0-9_.]+")
    preferences = {line.split(":")[0].lstrip("#") for line in harness.run(
        "tshark", "-G", "currentprefs").lines if line.lstrip("#").startswith("http_reuse.")}
    assert set(listed) == set(fields) | preferences and len(preferences) > 5
    for name, blurb in fields.items():
        assert listed[name][1] == blurb, name


def test_the_reference_has_each_finding_with_its_sentence():
    findings = {name.removeprefix("http_reuse.finding."): label
                for name, (label, _) in registered().items()
                if name.startswith("http_reuse.finding.")}
    listed = {name: text for name, text in re.findall(
        r"^\| `([a-z_]+)` \| (?:chat|note|warning|error) \| (.*) \|$", REFERENCE, re.MULTILINE)}
    assert list(listed) == list(findings)
    for name, sentence in findings.items():
        assert listed[name].startswith(f"{sentence}."), name


@pytest.mark.skipif(harness.is_missing("man"), reason="there is no man")
def test_man_shows_the_page():
    page = harness.PLUGIN.parent / "http_reuse.4"
    shown = subprocess.run(["man", "--warnings", "-l", page], check=True, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, env={**os.environ, "MANWIDTH": "400"})
    assert shown.stderr == b""
    for name in registered():
        assert name.removeprefix("http_reuse.finding.") in shown.stdout.decode(), name


def test_links_lead_somewhere():
    pages = [harness.SOURCE / "README.md", *(harness.SOURCE / "plugin/doc").glob("*.md"),
             *(harness.SOURCE / ".github").glob("*.md")]
    for page in pages:
        for link in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert link.startswith("http") or (page.parent / link).exists(), (page, link)


def shown_outputs():
    """Each command of the README that its output follows, and that output."""
    found = re.findall(r"^    \$ (tshark (?:[^\n]*\\\n)*[^\n]*)\n\n```\n(.*?)^```", README,
                       re.M | re.S)
    return [(re.sub(r"\\\n\s*", "", command), output) for command, output in found]


def test_outputs_are_what_is_printed():
    assert len(shown_outputs()) >= 4
    for command, output in shown_outputs():
        words = [harness.capture(pathlib.Path(word).stem) if word.startswith("testcaptures/")
                 else word for word in shlex.split(command)]
        folder = harness.capture("go-drained-10").parent
        printed = harness.run(*words).text.replace(f"{folder}/", "testcaptures/")
        whole = output.removesuffix("...\n")
        assert printed.startswith(whole), command
        assert whole != output or printed.strip() == output.strip(), command


def test_verdicts_are_shown_where_the_document_says():
    said = verdicts.shown()
    rows = list(verdicts.rows(verdicts.DOCUMENT.read_text(encoding="utf-8")))
    assert {(kind, token) for kind, tokens in said.items() for token in tokens} <= {
        (kind, token) for kind, token, _ in rows}
    for kind, token, shown_by in rows:
        if shown_by.endswith(".c"):
            assert verdicts.traces_assert(shown_by, kind, token), (token, shown_by)
        else:
            assert shown_by in said[kind][token], (token, shown_by)


def test_verdicts_has_each_token_there_is():
    schema = json.loads((harness.SOURCE / "plugin/doc/ndjson.schema.json").read_text())["$defs"]
    listed = {(kind, token) for kind, token, _ in verdicts.rows(
        verdicts.DOCUMENT.read_text(encoding="utf-8"))}
    assert listed == {
        (kind, token) for kind, name in (("status", "status"), ("why_new", "why_new"),
                                         ("close_cause", "close_cause"), ("code", "finding_code"))
        for token in schema[name]["enum"] if token not in (None, "summary")}
