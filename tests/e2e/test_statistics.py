"""The statistics on the plugin's tap: the same in one pass, in two and in sharkd, and what the
programs of the captures said.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import re

import pytest

from harness import capture, run, tshark
from test_sharkd import ask, load
from truth import requests_by_port, wire

TREE, TABLE = "http_reuse,tree", "http_reuse,connections"


def said(name):
    """(new, reused), as the program of the capture said of its requests."""
    reused = [one["reused"] for requests in requests_by_port(name).values() for one in requests]
    return reused.count(False), reused.count(True)


def printed_tree(name, *args, statistic=TREE):
    """{node: {child: count}} of what tshark prints; a child of a child is left out."""
    nodes, node = {}, None
    for line in tshark("-q", *args, "-r", capture(name), "-z", statistic).lines:
        found = re.match(r"( ?)(\S.*?)\s{2,}(\d+)\s", line)
        if found and not found[1]:
            node = nodes.setdefault(found[2], {"": int(found[3])})
        elif found:
            node[found[2]] = int(found[3])
    return nodes


def rows(name, *args, statistic=TABLE):
    lines = [line for line in tshark("-q", *args, "-r", capture(name), "-z", statistic).lines
             if "|" in line]
    titles, *cells = [[cell.strip() for cell in line.split("|")[:-1]] for line in lines]
    return [dict(zip(titles, row)) for row in cells]


def served_tree(name):
    """The same of sharkd."""
    _, answer = ask(load(name), ("tap", {"tap0": "stat:http_reuse"}))
    return {node["name"]: {"": node["count"], **{child["name"]: child["count"]
                                                 for child in node.get("sub", [])}}
            for node in answer["taps"][0]["stats"]}


@pytest.mark.parametrize("name", ["go-drained-10", "go-concurrent-20", "go-stale"])
def test_requests_as_the_program_said(name):
    new, reused = said(name)
    expected = {"": new + reused, "new": new, "reused": reused}
    assert printed_tree(name)["Requests"] == {k: v for k, v in expected.items() if v}


@pytest.mark.parametrize("name", ["go-undrained-10", "go-concurrent-20", "curl-parallel-h2",
                                  "go-pipeline", "go-stale"])
def test_the_same_in_every_mode(name):
    once = tshark("-q", "-r", capture(name), "-z", TREE, "-z", TABLE).text
    twice = tshark("-q", "-2", "-r", capture(name), "-z", TREE, "-z", TABLE).text
    assert once == twice
    assert served_tree(name) == printed_tree(name)


def test_what_only_the_end_tells():
    tree = printed_tree("go-undrained-10")
    assert tree["Connections ended: why"] == {"": 10, "body-undrained": 10}
    assert tree["What to change: connections"] == {"": 10, "body_undrained": 10}


def test_connections_by_what_they_cost():
    name = "go-undrained-10"
    table = rows(name)
    assert [row["#"] for row in table] == [str(i) for i in range(1, 11)]
    assert sorted(int(row["Stream"].split()[1]) for row in table) == list(range(10))
    avoidable = [float(row["Avoidable (ms)"]) for row in table if row["Avoidable (ms)"]]
    assert avoidable == sorted(avoidable, reverse=True) and len(avoidable) == 9


def test_a_filter_is_about_the_frames_of_a_connection():
    stream = wire("go-undrained-10")[3]
    row, = rows("go-undrained-10", statistic=f"{TABLE},frame.number == {stream.first_request}")
    assert row["Stream"] == "tcp 3"
    tree = printed_tree("go-undrained-10", statistic=f"{TREE},tcp.stream <= 1")
    assert tree["Requests"][""] == 2 and tree["Connections ended: why"][""] == 2


def test_a_table_of_sharkd_can_be_asked_for_again():
    calls = [("tap", {"tap0": f"nstat:{TABLE}"})] * 2
    _, first, second = ask(load("go-undrained-10"), *calls)
    assert first == second
    assert len(str(first).split("body-undrained")) == 11


def test_tshark_that_forgets():
    """-M begins anew after so many packets: what came before is counted with what was known."""
    name = "go-undrained-10"
    result = run("tshark", "-q", "-M", "50", "-r", capture(name), "-z", TREE, "-z", TABLE)
    assert result.status == 0
    requests, = [int(line.split()[1]) for line in result.lines if line.startswith("Requests  ")]
    carried = [int(line.split("|")[7]) for line in result.lines if "|tcp " in line]
    assert requests == sum(carried) == sum(said(name))


def test_sharkd_goes_on_after_a_table():
    """Its rows are freed once they were told; other taps draw after that."""
    calls = [("tap", {"tap0": tap}) for tap in (f"nstat:{TABLE}", "conv:TCP", "stat:http_reuse",
                                                "conv:TCP", f"nstat:{TABLE}")]
    _, first, _, _, _, last = ask(load("go-undrained-10"), *calls)
    assert first == last
