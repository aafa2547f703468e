"""Which captures show each token that the plugin says, for plugin/doc/verdicts.md.

    HTTP_REUSE_PLUGIN=... python3 verdicts.py       prints them

SPDX-License-Identifier: GPL-2.0-or-later
"""
import collections
import functools
import re

from harness import SOURCE, capture_names, records_of

DOCUMENT = SOURCE / "plugin/doc/verdicts.md"
TRACES = SOURCE / "tests/unit"

SECTIONS = {"Status of a request": "status", "Why a connection was opened": "why_new",
            "Why a connection ended": "close_cause", "Findings": "code"}


@functools.lru_cache(maxsize=None)
def shown():
    """{kind: {token: {capture: how often}}}"""
    said = {kind: collections.defaultdict(collections.Counter) for kind in SECTIONS.values()}
    for name in capture_names():
        found = records_of(name)
        for kind, records in (("status", found.requests), ("why_new", found.connections),
                              ("close_cause", found.connections), ("code", found.findings)):
            for record in records:
                if record[kind] is not None:
                    said[kind][record[kind]][name] += 1
    return said


def rows(text):
    """(kind, token, the capture or the file of traces that shows it) of each row of the tables."""
    for title, kind in SECTIONS.items():
        section = text.partition(f"## {title}\n")[2].partition("\n## ")[0]
        for row in re.findall(r"^\| `([a-z0-9_-]+)` \| `([a-z0-9_.-]+)` \|.*\|$", section, re.M):
            yield (kind, row[0], row[1])


def traces_assert(file, kind, token):
    """Whether a trace of tests/unit asserts @token; findings are named by their constants there."""
    said = (TRACES / file).read_text(encoding="utf-8")
    return (f"HR_FINDING_{token.upper()}" if kind == "code" else f'"{token}"') in said


if __name__ == "__main__":
    for each, tokens in shown().items():
        for one, where in sorted(tokens.items()):
            print(f"{each:12} {one:26} "
                  + ", ".join(f"{name} {times}" for name, times in where.most_common(5)))
