"""README.md's tables say what the plugin registers, plugin/doc/verdicts.md what it says.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import json
import re

import harness
import verdicts

README = (harness.SOURCE / "README.md").read_text(encoding="utf-8")


def registered():
    """The plugin's fields: name to its label and its description."""
    rows = (line.split("\t") for line in harness.run("tshark", "-G", "fields").lines)
    return {row[2]: (row[1], row[7] if len(row) > 7 else "")
            for row in rows if row[0] == "F" and row[2].startswith("http_reuse.")}


def table(pattern):
    """The rows of README's tables whose first column matches: name to its last column."""
    rows = re.findall(r"^\| `(" + pattern + r")` \|(.*)\|$", README, re.MULTILINE)
    return {name: rest for name, rest in rows}


def test_fields_table_has_each_field_with_its_meaning():
    fields = {name: blurb for name, (_, blurb) in registered().items()
              if not name.startswith("http_reuse.finding.")}
    rows = table(r"http_reuse\.[a-z0-9_.]+")
    assert list(rows) == list(fields)
    for name, blurb in fields.items():
        assert rows[name].endswith(f"| {blurb} "), name


def test_findings_table_has_each_finding_with_its_sentence():
    findings = {name.removeprefix("http_reuse.finding."): label
                for name, (label, _) in registered().items()
                if name.startswith("http_reuse.finding.")}
    rows = table(r"[a-z_]+")
    assert list(rows) == list(findings)
    for name, sentence in findings.items():
        assert f"| {sentence}. |" in rows[name], name


def test_tour_shows_what_the_report_prints():
    for scenario in ("go-undrained-10", "go-drained-10"):
        capture = harness.capture(scenario)
        report = harness.run("tshark", "-q", "-r", capture, "-X", "http_reuse:report").text
        after = README.split(f"-r testcaptures/{scenario}.pcapng -X http_reuse:report", 1)[1]
        shown = after.split("```\n")[1].split("\n...")[0]
        assert len(shown) > 300
        assert report.startswith(shown), scenario


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
