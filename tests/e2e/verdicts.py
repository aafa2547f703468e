"""How often the plugin says each of its tokens in all committed captures, for plugin/doc/verdicts.md.

    HTTP_REUSE_PLUGIN=... python3 verdicts.py       prints the counts
    HTTP_REUSE_PLUGIN=... python3 verdicts.py -w    writes them into the tables

SPDX-License-Identifier: GPL-2.0-or-later
"""
import collections
import functools
import re
import sys

from harness import SOURCE, capture_names, records_of

DOCUMENT = SOURCE / "plugin/doc/verdicts.md"

SECTIONS = {"Status of a request": "status", "Why a connection was opened": "why_new",
            "Why a connection ended": "close_cause", "Findings": "code"}


@functools.lru_cache(maxsize=None)
def counts():
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


def summed(places):
    """As the tables have it, for example `9 in 6`: captures, that is."""
    return f"{sum(places.values())} in {len(places)}"


def rows(text):
    """(kind, token, the capture that shows it, the last column) of each row of the tables."""
    for title, kind in SECTIONS.items():
        section = text.partition(f"## {title}\n")[2].partition("\n## ")[0]
        for row in re.findall(r"^\| `([a-z0-9_-]+)` \| `([a-z0-9-]+)` \|.*\|([^|]*)\|$", section,
                              re.M):
            yield (kind, row[0], row[1], row[2].strip())


def written(text):
    """The document with the counts of today."""
    for title, kind in SECTIONS.items():
        head, _, rest = text.partition(f"## {title}\n")
        section, mark, tail = rest.partition("\n## ")
        section = re.sub(r"^(\| `([a-z0-9_-]+)` \|.*\|)[^|]*\|$",
                         lambda row: f"{row[1]} {summed(counts()[kind][row[2]])} |", section,
                         flags=re.M)
        text = f"{head}## {title}\n{section}{mark}{tail}"
    return text


if __name__ == "__main__":
    if sys.argv[1:] == ["-w"]:
        DOCUMENT.write_text(written(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
    for each, tokens in counts().items():
        for one, where in sorted(tokens.items()):
            print(f"{each:12} {one:22} {summed(where)}: "
                  + ", ".join(f"{name} {times}" for name, times in where.most_common(5)))
