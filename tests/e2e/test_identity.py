"""Everything else that tshark prints is the same with and without the plugin, byte for byte.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import functools
import re

import pytest

from harness import capture, new_folder, records, records_of, tool, tshark, version
from stripped import parse, strip_details, strip_layers, strip_pdml

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
