"""Captures that are broken on purpose: bits, lengths, times, ports, order, all by a seed.

    python3 tests/e2e/mutants.py [--tshark COMMAND] [--plain COMMAND] [--count N] [--seed N]

Each mutant of a committed capture goes through tshark with the plugin and without. Nothing crashes
or hangs, the exit status and the packet lines are the same, and the NDJSON is valid and adds up.
--keep FOLDER keeps those that fail. Several mutants of one capture share a file, one after the
other: the same ports come again, as they do in long captures.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import argparse
import collections
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import random
import re
import shlex
import subprocess
import sys
import tempfile

import schema
from captured import Capture
from packets import SYN

SEED = 15
BATCH = 10         # mutants in a file
HANGS_AFTER = 120  # seconds
GAP = 1_000_000_000  # microseconds between the mutants of a file
HEADERS = 54       # of Ethernet, IPv4 and TCP

# Printed with any filter, so that plain tshark builds a tree as well: some dissectors say other
# things of broken packets where there is one.
WITH_TREE = ("-Y", "frame")


# ---- what is done to packets -------------------------------------------------------------------

def changed(packet, data):
    return dataclasses.replace(packet, data=bytes(data))


def payload_at(packet):
    """Where TCP's or UDP's payload begins, or the end of the packet."""
    size = packet.segment.size if packet.segment else 0
    return min(max(packet.length - size, 0), len(packet.data))


def some(rng, packets, share=0.1):
    """The places of a few of @packets."""
    return rng.sample(range(len(packets)), max(1, round(len(packets) * share)))


def each_of_some(change):
    """A mutation that applies change(rng, packet) to a few packets."""
    def mutate(rng, packets):
        packets = list(packets)
        for place in some(rng, packets):
            packets[place] = change(rng, packets[place])
        return packets
    return mutate


def with_bits_flipped(rng, packet, begin, end):
    data = bytearray(packet.data)
    for _ in range(rng.randint(1, 4)):
        if begin < min(end, len(data)):
            data[rng.randrange(begin, min(end, len(data)))] ^= 1 << rng.randrange(8)
    return changed(packet, data)


@each_of_some
def flip_in_headers(rng, packet):
    return with_bits_flipped(rng, packet, 0, HEADERS)


@each_of_some
def flip_in_payload(rng, packet):
    return with_bits_flipped(rng, packet, payload_at(packet), len(packet.data))


@each_of_some
def change_first_payload_bytes(rng, packet):
    """Record types, lengths, stream ids, QUIC's versions: what formats put first."""
    data, at = bytearray(packet.data), payload_at(packet)
    for place in range(at, min(at + 12, len(data))):
        if rng.random() < 0.3:
            data[place] = rng.choice((0, 1, 0x7f, 0x80, 0xff, rng.randrange(256)))
    return changed(packet, data)


@each_of_some
def change_numbers_in_text(rng, packet):
    """Content-Length, chunk sizes, status codes, versions; of the same length."""
    at = payload_at(packet)
    text = re.sub(rb"[0-9]+", lambda found: b"".join(
        rng.choice((b"0", b"9", b"-", b"f", b"%d" % rng.randrange(10))) for _ in found[0]),
        packet.data[at:at + 400])
    return changed(packet, packet.data[:at] + text + packet.data[at + 400:])


@each_of_some
def put_junk_in_text(rng, packet):
    """Bytes that act on terminals and parsers, in the place of letters."""
    data, at = bytearray(packet.data), payload_at(packet)
    for _ in range(8):
        if at < len(data):
            data[rng.randrange(at, len(data))] = rng.choice(b"\0\x1b\r\n\"\\</\xff\x7f\xc2\x9b ")
    return changed(packet, data)


@each_of_some
def change_ip_length(rng, packet):
    data = bytearray(packet.data)
    if len(data) > 18:
        data[16:18] = rng.randrange(65536).to_bytes(2, "big")
    return changed(packet, data)


@each_of_some
def truncate(rng, packet):
    return packet.cut(rng.randrange(len(packet.data) + 1))


def snap(rng, packets):
    length = rng.randint(40, 200)
    return [packet.cut(length) for packet in packets]


def drop(rng, packets):
    left_out = set(some(rng, packets))
    return [packet for place, packet in enumerate(packets) if place not in left_out]


def double(rng, packets):
    twice = set(some(rng, packets))
    return [packet for place, packet in enumerate(packets)
            for _ in range(2 if place in twice else 1)]


def reorder(rng, packets):
    packets = list(packets)
    for place in some(rng, packets):
        other = min(len(packets) - 1, place + rng.randint(1, 6))
        packets[place], packets[other] = packets[other], packets[place]
    return packets


def shuffle(rng, packets):
    return rng.sample(packets, len(packets))


def one_direction(rng, packets):
    side = rng.choice(("client", "server"))
    return [packet for packet in packets if not packet.segment or packet.segment.side == side]


def cut_beginning(rng, packets):
    return packets[rng.randrange(len(packets)):]


def without_syn(_, packets):
    return [packet for packet in packets if not packet.segment or not packet.segment.flags & SYN]


def collide_ports(rng, packets):
    """All flows get one client port, or two."""
    ports = [rng.randrange(1024, 65536).to_bytes(2, "big") for _ in range(rng.randint(1, 2))]

    def collided(packet):
        if not packet.segment:
            return packet
        old = packet.segment.flow.client[1].to_bytes(2, "big")
        return changed(packet, packet.data[:34] + packet.data[34:38].replace(
            old, rng.choice(ports)) + packet.data[38:])
    return [collided(packet) for packet in packets]


def jump_in_time(rng, packets):
    """Back by a little, or by years."""
    packets = list(packets)
    for place in some(rng, packets):
        step = rng.choice((-300, -2_000_000, 3_600_000_000, -10 ** 14, 10 ** 15, 2 ** 62))
        packets[place] = packets[place].at(max(0, packets[place].time + step) % 2 ** 64)
    return packets


def same_time(_, packets):
    return [packet.at(packets[0].time) for packet in packets]


MUTATIONS = (flip_in_headers, flip_in_payload, change_first_payload_bytes, change_numbers_in_text,
             put_junk_in_text, change_ip_length, truncate, snap, drop, double, reorder, shuffle,
             one_direction, cut_beginning, without_syn, collide_ports, jump_in_time, same_time)


def mutant(rng, packets):
    """@packets after one mutation or a few."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        if packets:
            packets = rng.choice(MUTATIONS)(rng, packets)
    return packets


def batch(capture, seed, count=BATCH):
    """A capture file of @count mutants of @capture, a Capture."""
    rng = random.Random(f"{seed} {capture.name}")
    packets = []
    for number in range(count):
        packets += [packet.at((packet.time + number * GAP) % 2 ** 64)
                    for packet in mutant(rng, list(capture.packets))]
    return capture.written(packets)


# ---- what has to hold --------------------------------------------------------------------------

def complaints(text):
    """What is wrong with an NDJSON output."""
    found = []
    records = collections.defaultdict(list)
    for line in text.splitlines():
        try:
            record = json.loads(line)
        except ValueError as error:
            return [f"no JSON: {error}: {line[:200]}"]
        found += schema.problems(record)
        records[record["type"]].append(record)
    if len(records["capture"]) != 1:
        return found + ["not one line of the capture"]
    totals = records["capture"][0]
    for what in ("requests", "new", "reused", "unknown"):
        if sum(one[what] for one in records["origin"]) != totals[what]:
            found.append(f"the {what} of the origins are not the capture's")
    if totals["new"] + totals["reused"] + totals["unknown"] != len(records["request"]):
        found.append("statuses do not add up")
    known = {one["id"] for one in records["connection"]}
    for one in records["connection"]:
        if one["why_new_connection"] is not None and one["why_new_connection"] not in known:
            found.append(f"connection {one['id']} is explained by one that is not there")
    negative = re.search(r'"[a-z_]+_ms":-[0-9.]+', text)
    return found + ([negative[0]] if negative else [])


# ---- the command -------------------------------------------------------------------------------

def ran(command, *args):
    """(exit status, standard output, standard error), or None for a hang."""
    try:
        result = subprocess.run([*command, *args], check=False, stdin=subprocess.DEVNULL,
                                capture_output=True, timeout=HANGS_AFTER)
    except subprocess.TimeoutExpired:
        return None
    return result.returncode, result.stdout, result.stderr


def failures(path, said, plugin, plain):
    """What is wrong with what both commands make of the capture at @path."""
    ours = ran(plugin, "-n", "-r", path, *WITH_TREE, "-X", f"http_reuse:ndjson={said}")
    theirs = ran(plain, "-n", "-r", path, *WITH_TREE)
    if ours is None or theirs is None:
        return ["hangs"] if theirs is not None else []
    found = []
    if ours[0] != theirs[0]:
        found.append(f"exit status {ours[0]} and not {theirs[0]}: {ours[2][-300:]}")
    if b"anitizer" in ours[2] or b"runtime error" in ours[2]:
        found.append(ours[2][-2000:].decode(errors="replace"))
    if ours[1] != theirs[1]:
        found.append("other packet lines")
    if os.path.exists(said):
        found += complaints(pathlib.Path(said).read_text(encoding="utf-8"))[:5]
    elif ours[0] == 0:
        found.append("no NDJSON")
    return found


def tried(path, seed, options, folder):
    """{file: failures} of one batch; the mutants of a batch that fails."""
    file = pathlib.Path(folder) / f"{path.stem}-{seed}.pcapng"
    said = file.with_suffix(".ndjson")
    file.write_bytes(batch(Capture(path.read_bytes(), path.stem), seed))
    file.chmod(0o644)
    found = failures(file, said, shlex.split(options.tshark), shlex.split(options.plain))
    if found and options.keep:
        (pathlib.Path(options.keep) / file.name).write_bytes(file.read_bytes())
    file.unlink()
    if said.exists():
        said.unlink()
    return file.name, found


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tshark", default="tshark", help="with the plugin")
    parser.add_argument("--plain", default="tshark --disable-protocol http_reuse",
                        help="without it")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--keep", help="a folder for what fails")
    options = parser.parse_args()
    captures = sorted((pathlib.Path(__file__).parents[2] / "testcaptures").glob("*.pcapng"))
    rng = random.Random(options.seed)
    picks = [(rng.choice(captures), options.seed * 100_000 + number)
             for number in range(-(-options.count // BATCH))]
    failed = 0
    with tempfile.TemporaryDirectory(prefix="http-reuse-mutants-") as folder, \
            concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        os.chmod(folder, 0o777)
        for name, found in pool.map(lambda pick: tried(*pick, options, folder), picks):
            failed += bool(found)
            for one in found:
                print(f"{name}: {one}")
    print(f"{len(picks) * BATCH} mutants in {len(picks)} files, {failed} files failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
