"""What tshark prints, without what the plugin adds to it, and how often it added something.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import json
import re


def strip_details(text):
    """-V without the plugin's trees: their line at the margin, and the indented ones below."""
    kept, is_ours, trees = [], False, 0
    for line in text.splitlines(keepends=True):
        if line.startswith("[HTTP Connection Reuse, "):
            is_ours = True
            trees += 1
        elif not line.startswith("    "):
            is_ours = False
        if not is_ours:
            kept.append(line)
    return "".join(kept), trees


def strip_pdml(text):
    text, trees = re.subn(r'^  <proto name="http_reuse".*?^  </proto>\n', "", text,
                          flags=re.M | re.S)
    return text, trees


def strip_layers(packets):
    """Parsed JSON, objects as lists of pairs, since keys repeat. Takes http_reuse off layers."""
    trees = 0

    def strip(value, key=None):
        nonlocal trees
        if isinstance(value, list) and value and isinstance(value[0], tuple):
            kept = []
            for name, inner in value:
                if key == "layers" and name in ("http_reuse", "http_reuse_raw"):
                    trees += name == "http_reuse"
                else:
                    kept.append((name, strip(inner, name)))
            return kept
        if isinstance(value, list):
            return [strip(inner) for inner in value]
        return value

    return strip(packets), trees


def parse(text):
    return json.loads(text, object_pairs_hook=list)
