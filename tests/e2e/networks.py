"""Captures as a network, or another capture point, would have shown them, and what the plugin says
about them beside what it said about the capture as it was.

    python3 networks.py --tshark CMD [--kind KIND] [--only SUBSTRING] [--seed N] [-v]
                        [--keep FOLDER]

prints the perturbation table, of every kind and every capture (silent: openings whose reason became
unknown, of those weakened); test_networks.py tries a part of them, unless HTTP_REUSE_NETWORKS=all.
CMD is a tshark that loads the plugin, as root one that runs as an ordinary user. With -v every
verdict that broke, with --keep the changed captures.

Each kind changes every flow of a capture for which it makes sense, at a place that the seed
chooses. `overtaken`, `twice`, `lost-data`, `clock-10ms` and the snap lengths mean datagrams of UDP
as well, `at-server` moves them too; all the others leave UDP alone, but for those of capturing.py,
which change what is captured, and when, of all packets. Flows inside of GRE and VXLAN
are left alone, but for their clock and their length.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import argparse
import bisect
import collections
import concurrent.futures
import os
import pathlib
import random
import shlex
import subprocess
import sys
import tempfile

import compared
from capturing import MORE_KINDS
from captured import OTHER, Capture
from moved import at_server, is_event
from packets import FIN, RST, SYN
from translated import both_sides

CAPTURES = pathlib.Path(__file__).resolve().parents[2] / "testcaptures"
SEED = 1

SAME_FLIGHT = 2_000       # microseconds between segments that can overtake each other
LATE_COPY = 200_000
MIRROR_PORTS = 100

# Each flow is changed by itself; what a NAT passes on would not be the same on its other side.
ON_BOTH_SIDES = {"nat-both-sides"}


# ---- one place in each flow --------------------------------------------------------------------

def swapped(packets, pairs):
    """The pairs change places; the times stay where they are."""
    place = {packet: i for i, packet in enumerate(packets)}
    packets = list(packets)
    for first, second in pairs:
        i, j = place[first], place[second]
        packets[i], packets[j] = second.at(first.time), first.at(second.time)
    return packets


def overtaken(capture, chance):
    """Two neighbouring payload segments of one direction, of one flight, change places.

    Of one flight: nothing has happened between, and the other side has not acknowledged the first.
    """
    pairs = []
    for flow in capture.flows:
        found = [pair for side in OTHER for pair in zip(flow.payload(side), flow.payload(side)[1:])
                 if is_one_flight(capture, flow, *pair)]
        if found:
            pairs.append(chance.choice(found))
    return swapped(capture.packets, pairs) if pairs else None


def is_one_flight(capture, flow, first, second):
    if second.time - first.time > SAME_FLIGHT or first.segment.flags & SYN:
        return False
    if flow.is_tcp and second.segment.sequence < first.segment.end:
        return False
    between = [packet for packet in capture.packets[first.number:second.number - 1]
               if packet.segment]
    if any(is_event(packet.segment) for packet in between):
        return False
    return not flow.acknowledges_later(first, [packet for packet in between
                                               if packet.segment.flow is flow])


def twice(capture, chance):
    """One payload segment is captured again: at once, after the next packet, or much later.

    Not after the last packet of its flow: nobody sends to a connection that is gone.
    """
    copies = []
    for flow in capture.flows:
        found = [packet for packet in flow.payload() if not packet.segment.flags & SYN
                 and packet is not flow.packets[-1]]
        if not found:
            continue
        packet = chance.choice(found)
        following = flow.packets[flow.packets.index(packet) + 1]
        late = chance.choice((packet.time + 300, following.time + chance.randint(1, 300),
                              packet.time + chance.randint(1_000, LATE_COPY)))
        copies.append(packet.at(min(late, flow.packets[-1].time - 1)))
    copies = [copy for copy in copies if copy.time >= capture.packets[copy.number - 1].time]
    return with_copies(capture.packets, copies) if copies else None


def with_copies(packets, copies):
    packets = list(packets)
    for copy in copies:
        at = bisect.bisect_right(packets, copy.time, key=lambda packet: packet.time)
        packets.insert(at, copy)
    return packets


def lost_data(capture, chance):
    """One payload segment is not captured. The other side got it, and acknowledges it."""
    lost = set()
    for flow in capture.flows:
        found = [packet for packet in flow.payload()
                 if not packet.segment.flags & (SYN | FIN | RST)
                 and (not flow.is_tcp or flow.acknowledges_later(packet))]
        if found:
            lost.add(chance.choice(found))
    return without(capture, lost)


def lost_fin(capture, chance):
    """One FIN is not captured.

    One of which the rest tells: the other side acknowledges it. Another one only where no other end
    by the other side and no later opening would have a capture say what is not so.
    """
    lost = set()
    for flow in capture.flows:
        found = [packet for packet in flow.ends() if packet.segment.flags & FIN
                 and not packet.segment.size and can_be_missed(capture, flow, packet)]
        if found:
            lost.add(chance.choice(found))
    return without(capture, lost)


def can_be_missed(capture, flow, fin):
    if flow.acknowledges_later(fin):
        return True
    is_last_word = not flow.ends(OTHER[fin.segment.side])
    return is_last_word and not any(later.packets[0].number > fin.number for later in capture.flows)


def without(capture, lost):
    return [packet for packet in capture.packets if packet not in lost] if lost else None


# ---- a part of a capture -----------------------------------------------------------------------

def begun_late(capture, chance):
    """Somewhere in its first two thirds. Not of h2-few-streams: beside an older connection that
    nobody can read, openings for want of streams read as if one had closed (limits.md)."""
    count = len(capture.packets)
    if count <= 3 or capture.name == "h2-few-streams":
        return None
    return capture.packets[chance.randrange(1, max(2, count * 2 // 3)):]


def cut_end(capture, chance):
    count = len(capture.packets)
    return capture.packets[:chance.randrange(count // 3 + 1, count)] if count > 3 else None


def cut_at_both_ends(capture, chance):
    count = len(capture.packets)
    if count < 8:
        return None
    begin = chance.randrange(1, count // 2)
    return capture.packets[begin:chance.randrange(count // 2 + 1, count)]


# ---- all of a capture --------------------------------------------------------------------------

def kept(capture, is_kept):
    packets = [packet for packet in capture.packets if is_kept(packet.segment)]
    return packets if 0 < len(packets) < len(capture.packets) else None


def no_bare_acks(capture, _):
    return kept(capture, lambda segment: not segment or not segment.is_bare_ack)


def only_from(side):
    def one_way(capture, _):
        return kept(capture, lambda segment: not segment or not segment.flow.is_tcp
                    or segment.side == side)
    return one_way


def reordered_directions(capture, chance):
    """As two mirror ports give: of neighbours of opposite directions every second one or so.

    Only where the order can still be told: the second of them acknowledges the first.
    """
    pairs, at = [], 0
    while at + 1 < len(capture.packets):
        if are_swappable(*capture.packets[at:at + 2]) and chance.random() < 0.5:
            pairs.append(capture.packets[at:at + 2])
            at += 1
        at += 1
    return swapped(capture.packets, pairs) if pairs else None


def are_swappable(first, second):
    one, other = first.segment, second.segment
    if not one or not other or one.flow is not other.flow or not one.flow.is_tcp:
        return False
    if one.side == other.side or second.time - first.time >= MIRROR_PORTS:
        return False
    return one.is_bare_ack or one.flow.acknowledges_later(first, [second])


def unsorted(milliseconds):
    """As several interfaces give, merged without sorting: of each so many milliseconds first one
    direction, then the other. The times stay with their packets."""
    def batched(capture, chance):
        batches = []
        for packet in capture.packets:
            if not batches or packet.time >= batches[-1][0].time + milliseconds * 1000:
                batches.append([])
            batches[-1].append(packet)
        packets = []
        for batch in batches:
            first = chance.choice(tuple(OTHER))
            packets += sorted(batch, key=lambda packet, first=first: bool(
                packet.segment and packet.segment.side != first))
        return packets if packets != capture.packets else None
    return batched


def snap(length):
    def cut(capture, _):
        if all(len(packet.data) <= length for packet in capture.packets):
            return None
        return [packet.cut(length) for packet in capture.packets]
    return cut


def clock_10ms(capture, _):
    return [packet.at(packet.time // 10_000 * 10_000) for packet in capture.packets]


def server_is(milliseconds):
    return lambda capture, _: at_server(capture, milliseconds * 1000)


KINDS = {
    "overtaken": overtaken, "twice": twice, "lost-data": lost_data, "lost-fin": lost_fin,
    "no-bare-acks": no_bare_acks,
    "one-way-to-server": only_from("client"), "one-way-to-client": only_from("server"),
    "at-server-5ms": server_is(5), "at-server-40ms": server_is(40),
    "at-server-120ms": server_is(120), "reordered-directions": reordered_directions,
    "unsorted-1ms": unsorted(1), "snap-96": snap(96), "snap-200": snap(200),
    "clock-10ms": clock_10ms, "begun-late": begun_late, "cut-end": cut_end,
    "cut-both": cut_at_both_ends,
    "snap-64": snap(64), "both-sides-of-nat": both_sides, **MORE_KINDS,
}


# ---- running and comparing ---------------------------------------------------------------------

class Case:
    """One capture changed in one way, and what came of it."""

    def __init__(self, kind, name, seed):
        self.kind, self.name, self.seed = kind, name, seed
        self.comparison = None

    def lines(self):
        """A line for each verdict that broke; the same of several requests of a connection: one."""
        alike = collections.defaultdict(list)
        for connection, request, text in self.comparison.broken:
            alike[connection, text].append(request)
        return [f"{self.name} {self.kind} seed {self.seed}: {connection}: {requests[0] or ''}{text}"
                + (f" (and {len(requests) - 1} more)" if len(requests) > 1 else "")
                for (connection, text), requests in alike.items()]


def changed(kind, name, seed=SEED):
    """(capture, its packets as changed), or None where this kind changes nothing."""
    capture = Capture((CAPTURES / f"{name}.pcapng").read_bytes(), name)
    packets = (name not in ON_BOTH_SIDES
               and KINDS[kind](capture, random.Random(f"{seed} {kind} {name}")))
    return (capture, packets) if packets else None


def tried(kind, name, seed, said_of, says_of):
    """The Case, or None. @said_of(name) and @says_of(pcapng bytes, kind, name): records."""
    found = changed(kind, name, seed)
    if not found:
        return None
    capture, packets = found
    case = Case(kind, name, seed)
    case.comparison = compared.Comparison(kind, capture, packets, said_of(name),
                                          says_of(capture.written(packets), kind, name))
    return case


def all_tried(kinds, names, seed, said_of, says_of):
    """{kind: [Case]}, by as many threads as there are processors: each waits for a tshark."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        cases = {kind: list(pool.map(
            lambda name, kind=kind: tried(kind, name, seed, said_of, says_of), names))
                 for kind in kinds}
    return {kind: [case for case in found if case] for kind, found in cases.items()}


# ---- the command -------------------------------------------------------------------------------

class Command:
    """A tshark that the caller names."""

    def __init__(self, command, folder, keep):
        self.command, self.folder, self.keep = shlex.split(command), folder, keep

    def records(self, path):
        result = subprocess.run(
            [*self.command, "-q", "-r", path, "-X", "http_reuse:ndjson=-"], check=False,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8")
        if result.returncode or not result.stdout:
            sys.exit(f"{path}: exit status {result.returncode}\n{result.stderr}")
        return compared.read(result.stdout)

    def said_of(self, name):
        return self.records(CAPTURES / f"{name}.pcapng")

    def says_of(self, data, kind, name):
        path = pathlib.Path(self.keep or self.folder) / f"{name}.{kind}.pcapng"
        path.write_bytes(data)
        path.chmod(0o644)
        records = self.records(path)
        if not self.keep:
            path.unlink()
        return records


def table(cases):
    columns = ("captures", "connections", "requests", "kept", "weakened", "silent", "broken")
    rows = [f"{'kind':<22}" + "".join(f"{column:>13}" for column in columns)]
    sums = collections.Counter()
    for kind, found in cases.items():
        counts = sum((case.comparison.counts for case in found), collections.Counter())
        counts["captures"] = len(found)
        sums.update(counts)
        rows.append(f"{kind:<22}" + "".join(f"{counts[column]:>13}" for column in columns))
    rows.append(f"{'all':<22}" + "".join(f"{sums[column]:>13}" for column in columns))
    return "\n".join(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tshark", default="tshark")
    parser.add_argument("--kind", action="append", choices=KINDS)
    parser.add_argument("--only", default="", help="captures with this in their name")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--keep", help="a folder for the changed captures")
    parser.add_argument("-v", action="store_true", help="each verdict that broke")
    options = parser.parse_args()
    names = sorted(path.stem for path in CAPTURES.glob("*.pcapng") if options.only in path.stem)
    with tempfile.TemporaryDirectory(prefix="http-reuse-networks-") as folder:
        os.chmod(folder, 0o755)
        command = Command(options.tshark, folder, options.keep)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            said = dict(zip(names, pool.map(command.said_of, names)))
        cases = all_tried(options.kind or KINDS, names, options.seed, said.get, command.says_of)
    print(table(cases))
    if options.v:
        for found in cases.values():
            for case in found:
                print("\n".join(case.lines()), end="\n" if case.lines() else "")
    return any(case.comparison.broken for found in cases.values() for case in found)


if __name__ == "__main__":
    sys.exit(main())
