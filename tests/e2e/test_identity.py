"""Everything else that tshark prints is the same with and without the plugin, byte for byte.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import functools
import json
import re

import pytest

from harness import capture, new_folder, records, records_of, tool, tshark, version

# One after the other in one capture. Their servers have ports of their own.
NAMES = ["go-concurrent-20", "go-pipeline", "go-stale", "h2-goaway", "h3-caddy"]

PASSES = {"one-pass": [], "two-passes": ["-2"],
          "two-passes-filtered": ["-2", "-R", "http || http2 || http3"]}


@functools.lru_cache(maxsize=None)
def all_in_one():
    path = new_folder() / "all.pcapng"
    tool("mergecap", "-a", "-w", path, *map(capture, NAMES))
    return path


@functools.lru_cache(maxsize=None)
def printed(plugin, *args):
    stdout = tshark("-r", all_in_one(), *args, plugin=plugin).stdout
    if version() == (4, 4):
        # Its HTTP/3 dissector prints the address of a buffer, another one in every run.
        stdout = re.sub(rb"(HTTP3 encoded headers - bytes) 0x[0-9a-f]+ pos", rb"\1 pos", stdout)
    return stdout


def with_and_without(*args):
    return printed(True, *args), printed(False, *args)


every_pass = pytest.mark.parametrize("passes", PASSES.values(), ids=list(PASSES))


def test_all_of_them_are_in_it():
    said = [records_of(name).capture for name in NAMES]
    for what in ("connections", "requests", "new", "frames"):
        assert records(all_in_one()).capture[what] == sum(one[what] for one in said)


# ---- what the plugin adds, and only that -------------------------------------------------------

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


# ---- tests -------------------------------------------------------------------------------------

@every_pass
@pytest.mark.parametrize("args", [
    [], ["-x", "-t", "ud"], ["-T", "psml"],
    ["-q", "-z", "conv,tcp", "-z", "http,tree", "-z", "endpoints,ip", "-z", "follow,tcp,ascii,0"],
    ["-T", "fields", "-e", "frame.protocols", "-e", "_ws.col.Info", "-e", "_ws.col.Protocol",
     "-e", "http.response_in", "-e", "tcp.completeness", "-e", "frame.time_delta_displayed"],
    ["-Y", "frame.protocols contains \"reuse\" || http.response"]],
    ids=["packet-list", "bytes", "psml", "statistics", "fields", "filter"])
def test_output_is_the_same(passes, args):
    ours, theirs = with_and_without(*passes, *args)
    assert ours == theirs
    assert ours or "-Y" in args


@every_pass
def test_details_are_the_same_but_for_the_trees(passes):
    ours, theirs = with_and_without(*passes, "-V")
    stripped, trees = strip_details(ours.decode())
    assert stripped == theirs.decode()
    assert trees > 0


@every_pass
def test_json_is_the_same_but_for_the_layer(passes):
    ours, theirs = with_and_without(*passes, "-T", "json")
    stripped, trees = strip_layers(parse(ours))
    assert stripped == parse(theirs)
    assert trees > 0


@every_pass
def test_raw_json_is_the_same_but_for_the_layer(passes):
    ours, theirs = with_and_without(*passes, "-T", "jsonraw")
    assert strip_layers(parse(ours))[0] == parse(theirs)


@every_pass
def test_ek_is_the_same_but_for_the_layer(passes):
    ours, theirs = with_and_without(*passes, "-T", "ek")
    stripped = [strip_layers(parse(line))[0] for line in ours.splitlines()]
    assert stripped == [parse(line) for line in theirs.splitlines()]


@every_pass
def test_pdml_is_the_same_but_for_the_tree(passes):
    ours, theirs = with_and_without(*passes, "-T", "pdml")
    # The head says when it was written.
    ours, theirs = (re.sub(r' time="[^"]*"', "", text.decode(), count=1) for text in (ours, theirs))
    stripped, trees = strip_pdml(ours)
    assert stripped == theirs
    assert trees > 0


@every_pass
def test_protocol_hierarchy_is_the_same_but_for_our_rows(passes):
    ours, theirs = with_and_without(*passes, "-q", "-z", "io,phs")
    kept = [line for line in ours.decode().splitlines(keepends=True)
            if not re.match(r"\s+(\.\.\.)?http_reuse\s+frames:", line)]
    assert "".join(kept) == theirs.decode()


@every_pass
def test_expert_infos_are_the_same_but_for_ours(passes):
    ours, theirs = with_and_without(*passes, "-q", "-z", "expert")

    def rows(text):
        # The headings count.
        return [line for line in text.decode().splitlines() if re.match(r"\s+\d", line)]

    assert [line for line in rows(ours) if "HTTP Reuse" not in line] == rows(theirs)


def test_reports_do_not_change_what_is_printed(folder):
    args = ["-X", f"http_reuse:report={folder / 'r'}", "-X", f"http_reuse:ndjson={folder / 'n'}"]
    assert printed(True, *args) == printed(False)
    assert (folder / "r").stat().st_size and (folder / "n").stat().st_size


def test_written_captures_are_the_same(folder):
    for plugin in (True, False):
        tshark("-r", capture("go-stale"), "-2", "-R", "http", "-w", folder / f"{plugin}.pcapng",
               plugin=plugin)
    assert (folder / "True.pcapng").read_bytes() == (folder / "False.pcapng").read_bytes()


def test_a_disabled_plugin_adds_nothing():
    assert printed(True, "-2", "-V", "--disable-protocol", "http_reuse") == printed(
        False, "-2", "-V")
