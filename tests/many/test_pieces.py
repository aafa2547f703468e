"""http_reuse_cut and http_reuse_judge: pieces that are dissected one by one and judged together
say, byte for byte, what one tshark says of the whole.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import bz2
import gzip
import lzma
import os
import re
import resource
import struct
import subprocess
import time

import pytest

import harness
import schema
from formats import BINARY, COOKED, ETHERNET, NS, RAW_IP, US, packets_of, pcap, pcapng
from programs import CUT, JUDGE
from rings import ring_of, without_file, without_places

ENHANCED_PACKET = 6  # a block of pcapng


def said_by_one(capture):
    """The report and the records of one tshark."""
    return [harness.tshark("-q", "-r", capture, "-X", f"http_reuse:{output}=-").stdout
            for output in ("report", "ndjson")]


def cut(folder, pieces, *captures, status=0, **options):
    result = harness.run(CUT, "--pieces", pieces, "--out", folder, *captures, plugin=False,
                         **options)
    assert result.status == status, result
    return result


def said_by_pieces(pieces, *captures, **options):
    folder = harness.new_folder("pieces-")
    cut(folder, pieces, *captures, **options)
    for piece in sorted(folder.glob("piece-*.pcapng")):
        harness.tshark("-q", "-r", piece, "-X", f"http_reuse:events={piece.with_suffix('.hre')}")
    said = []
    for option in ("--report", "--ndjson"):
        result = harness.run(JUDGE, option, "-", folder, plugin=False)
        assert result.status == 0 and not result.stderr, result
        said.append(result.stdout)
    return said


# Resumed sessions of TLS 1.2 and 1.3 with and without keys, HTTP/2, QUIC, CONNECT, many clients.
@pytest.mark.parametrize("pattern", ["tls-resume-12-*", "tls-resume-13-*", "h2-*", "h3-*",
                                     "*connect*", "*proxy*", "go-workers-*"])
def test_three_pieces(pattern):
    names = harness.capture_names(pattern)[:2]
    assert names
    for name in names:
        capture = harness.capture(name)
        assert said_by_pieces(3, capture) == said_by_one(capture), name


def said_by_files(pieces, *captures, **options):
    report, records = said_by_pieces(pieces, *captures, **options)
    return [report, without_places(records)]


def said_by_unnamed(capture):
    return [without_file(said) for said in said_by_one(capture)]


def ring(name, packets):
    return sorted(ring_of(name, packets).iterdir())


def few_descriptors():
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


def test_ring_of_many_files():
    """More files than may be open at once."""
    capture = harness.capture("tls-resume-12-cache")
    files = ring("tls-resume-12-cache", 1)
    assert len(files) > 64
    assert said_by_files(8, *files, preexec_fn=few_descriptors) == said_by_unnamed(capture)


def little_memory():
    resource.setrlimit(resource.RLIMIT_DATA, (32 << 20, 32 << 20))


def test_memory_does_not_grow_with_the_packets():
    header = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)
    packet = struct.pack("<IIII", 1, 0, 60, 60) + bytes(60)
    capture = harness.write_file(header + packet * 200_000)
    cut(harness.new_folder("pieces-"), 2, capture, preexec_fn=little_memory)


def test_progress_on_a_terminal():
    """The piece is a pipe whose reader waits, and so does http_reuse_cut in its second pass."""
    folder = harness.new_folder("pieces-")
    pipe = folder / "piece-0000.pcapng"
    os.mkfifo(pipe)
    harness.own(pipe)
    header = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)
    packet = struct.pack("<IIII", 1, 0, 1000, 1000) + bytes(1000)
    capture = harness.write_file(header + packet * 1000)
    ours, theirs = os.openpty()
    process = harness.start(CUT, "--pieces", 1, "--out", folder, capture, plugin=False,
                            stderr=theirs)
    os.close(theirs)
    with open(pipe, "rb") as piece:
        time.sleep(0.8)
        assert len(piece.read()) > 1000 * 1000
    assert process.wait(60) == 0
    said = os.read(ours, 4096).decode()
    os.close(ours)
    assert re.search(r"http_reuse_cut, second pass: \d+ packets, \d+ % of the bytes, ", said), said
    assert said.endswith("\r\x1b[K")


def test_order_of_the_arguments_does_not_matter():
    capture = harness.capture("go-undrained-10")
    files = ring("go-undrained-10", 7)
    assert said_by_files(2, *reversed(files)) == said_by_unnamed(capture)


def test_captures_at_the_same_time():
    """Two interfaces of one host: as mergecap puts them together."""
    captures = [harness.capture("go-undrained-10"), harness.capture("go-idle-server")]
    merged = harness.new_folder() / "merged.pcapng"
    harness.tool("mergecap", "-w", merged, *captures)
    assert said_by_files(3, *captures) == said_by_unnamed(merged)


def test_order_across_files():
    """The first packet of a file is earlier than the last one of the file before: of a ring, as one
    capture, they are out of order, and mergecap puts them in order."""
    first, *others = ring("go-undrained-10", 7)
    folder = harness.new_folder("shifted-")
    files = [first]
    for other in others:
        files.append(folder / other.name)
        harness.tool("editcap", "-t", "-0.0005", other, files[-1])
    joined, merged = folder / "joined.pcapng", folder / "merged.pcapng"
    harness.tool("mergecap", "-a", "-w", joined, *files)
    harness.tool("mergecap", "-w", merged, *reversed(files))
    expected = said_by_unnamed(merged)
    assert expected != said_by_unnamed(joined)
    assert said_by_files(3, *files) == expected


def test_where_records_are_from():
    """The packet at that place has the record's time."""
    files = ring("go-undrained-10", 7)
    records = harness.Records(said_by_pieces(3, *files)[1].decode())
    times = {str(file): harness.tshark("-r", file, "-T", "fields", "-e", "frame.time_epoch",
                                       plugin=False).lines for file in files}
    assert len({record["file"] for record in records.requests}) > 5
    for record in records.requests:
        assert times[record["file"]][record["file_frame"] - 1] == record["time"]
    for record in records.connections:
        assert times[record["file"]][record["file_frame"] - 1] == record["first_time"]
    assert not [problem for record in records.all for problem in schema.problems(record)]


def test_initial_sequence_numbers():
    """Those of the SYN and of the SYN/ACK, as the packets have them."""
    capture = harness.capture("go-undrained-10")
    rows = harness.tshark("-r", capture, "-Y", "tcp.flags.syn == 1", "-T", "fields",
                          "-e", "tcp.stream", "-e", "tcp.seq_raw", plugin=False).lines
    seen = {}
    for row in rows:
        stream, number = map(int, row.split("\t"))
        seen.setdefault(stream, []).append(number)
    connections = harness.records(capture).connections
    assert {record["tcp_stream"]: [record["client_isn"], record["server_isn"]]
            for record in connections} == seen


@pytest.mark.by_version
def test_compressed_and_pcap():
    capture = harness.capture("go-undrained-10")
    folder = harness.new_folder()
    plain = folder / "plain.pcap"
    harness.tool("editcap", "-F", "pcap", capture, plain)
    packed = harness.write_file(gzip.compress(plain.read_bytes()), ".pcap.gz")
    assert said_by_pieces(3, packed) == said_by_one(packed)
    assert said_by_pieces(3, plain) == said_by_one(plain)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("tick_ns", [US, NS])
def test_pcap_of_either_order(order, tick_ns):
    packets = packets_of(harness.capture("go-undrained-10"))
    capture = harness.write_file(pcap(packets, order, tick_ns), ".pcap")
    assert said_by_pieces(3, capture) == said_by_one(capture)


@pytest.mark.by_version
@pytest.mark.parametrize("order", "<>")
def test_interfaces_of_many_kinds(order):
    """Ethernet, raw IP and a cooked one, by clocks that tick in us, ns, ms, 2^-20 s and 2^-30 s."""
    packets = packets_of(harness.capture("go-undrained-10"))
    capture = harness.write_file(pcapng(packets, order, [
        (ETHERNET, 6), (RAW_IP, 9), (COOKED, 9), (RAW_IP, 3), (ETHERNET, BINARY + 20),
        (ETHERNET, BINARY + 30)]), ".pcapng")
    one = said_by_one(capture)
    assert harness.Records(one[1].decode()).requests
    assert said_by_pieces(3, capture) == one


@pytest.mark.by_version
def test_secrets_in_the_capture():
    """A pcapng may hold its keys: each piece needs them."""
    name = next(name for name in harness.capture_names("tls-resume-13-*") if "nokeys" not in name)
    capture = harness.capture(name)
    assert b"CLIENT_HANDSHAKE_TRAFFIC_SECRET" in capture.read_bytes()
    assert said_by_pieces(2, capture) == said_by_one(capture)


def test_secrets_of_many_files():
    """Each file of a ring has the same ones: a piece needs them once."""
    files = [harness.capture("tls-resume-13-cache")] * 3
    line = re.search(rb"CLIENT_HANDSHAKE_TRAFFIC_SECRET \w+", files[0].read_bytes())[0]
    folder = harness.new_folder("pieces-")
    cut(folder, 2, *files)
    assert max(piece.read_bytes().count(line) for piece in folder.glob("*.pcapng")) == 1


def damaged(data):
    """The block in the middle says that it is shorter than its own header."""
    at = 0
    while at < len(data) // 2:
        at += struct.unpack_from("<I", data, at + 4)[0]
    return data[:at + 4] + struct.pack("<I", 7) + data[at + 8:]


@pytest.mark.by_version
@pytest.mark.parametrize("content, says", [
    (lambda data: data[:len(data) // 2], "read up to packet"),
    (damaged, "read up to packet"),
    (lambda data: b"", "it is empty"),
    (lambda data: b"only a text\n" * 100, "it is no capture, but a text"),
    (lambda data: "schön\n".encode() * 100, "it is no capture, but a text"),
    (lambda data: b'{"json": "which wiretap reads"}', "it is no capture, but a text"),
    (lambda data: b"\x7fELF\2\1\1" + bytes(500), "it cannot be cut: |it is no capture in a format"),
    (lambda data: bytes(range(256)), "it is no capture in a format that is known"),
    (lambda data: b"\x89HRL\r\n\x1a\n", "it is no capture, but an event log"),
    (lzma.compress, "it is no capture, but compressed by xz"),
    (bz2.compress, "it is no capture, but compressed by bzip2"),
    (lambda data: b"BZh is how this text begins\n", "it is no capture, but a text"),
    # A text, which Wireshark's own reader may or may not see.
    (lambda data: bytes.fromhex("28b52ffd200c6100006f6e6c79206120746578740a"),
     "it is no capture, but compressed by zstd"),
    (lambda data: bytes.fromhex("04224d186040820c0000806f6e6c79206120746578740a00000000"),
     "it is no capture, but compressed by lz4"),
])
def test_what_cannot_be_read_is_named(content, says):
    capture = harness.capture("go-undrained-10")
    bad = harness.write_file(content(capture.read_bytes()))
    result = cut(harness.new_folder("pieces-"), 2, bad, harness.capture("go-idle-server"), status=2)
    line, = result.stderr.decode().splitlines()
    assert str(bad) in line
    assert any(part in line for part in says.split("|")), line


@pytest.mark.by_version
@pytest.mark.parametrize("packed", [lambda data: data, gzip.compress])
def test_where_the_damage_is(packed):
    """The byte at which the last good packet begins, in what is not compressed."""
    data = harness.capture("go-undrained-10").read_bytes()
    at, packets = 0, []
    while at < len(data) // 2:
        kind, length = struct.unpack_from("<II", data, at)
        packets += [at] if kind == ENHANCED_PACKET else []
        at += length
    bad = harness.write_file(packed(data[:at + 10]))
    result = cut(harness.new_folder("pieces-"), 2, bad, harness.capture("go-idle-server"), status=2)
    assert (f"{bad}: read up to packet {len(packets)} at byte {packets[-1]}: "
            in result.stderr.decode()), result.stderr


def test_absent():
    result = cut(harness.new_folder("pieces-"), 2, "/nowhere.pcap",
                 harness.capture("go-idle-server"), status=2)
    assert "/nowhere.pcap: No such file" in result.stderr.decode()


def test_a_file_that_vanishes_between_the_readings():
    """Pieces that are pipes: while http_reuse_cut waits for a reader of the second one, it has read
    the captures once."""
    folder = harness.new_folder("pieces-")
    pipes = [folder / "piece-0000.pcapng", folder / "piece-0001.pcapng"]
    for pipe in pipes:
        os.mkfifo(pipe)
        harness.own(pipe)
    vanishing = harness.write_file(harness.capture("go-undrained-10").read_bytes())
    process = harness.start(CUT, "--pieces", 2, "--out", folder, vanishing,
                            harness.capture("go-idle-server"), plugin=False, stderr=subprocess.PIPE)
    with open(pipes[0], "rb") as first:
        vanishing.unlink()
        with open(pipes[1], "rb") as second:
            assert first.read() and second.read()
    result = harness.finish(process)
    assert result.status == 2
    line, = result.stderr.decode().splitlines()
    assert f"{vanishing}: No such file" in line


def test_a_log_that_is_missing():
    folder = harness.new_folder("pieces-")
    cut(folder, 2, harness.capture("go-undrained-10"))
    harness.tshark("-q", "-r", folder / "piece-0000.pcapng",
                   "-X", f"http_reuse:events={folder / 'piece-0000.hre'}")
    result = harness.run(JUDGE, "--ndjson", "-", folder, plugin=False)
    assert result.status == 2
    assert "piece-0001.hre: No such file or directory" in result.stderr.decode()
    requests = harness.Records(result.text).requests
    assert 0 < len(requests) < 10


def test_logs_that_are_not_of_their_pieces():
    """One is shorter than the index says, one is longer."""
    folder = harness.new_folder("pieces-")
    capture = harness.capture("go-undrained-10")
    cut(folder, 2, capture)
    for piece, arguments in (("piece-0000", ["-r", capture]),
                             ("piece-0001", ["-r", folder / "piece-0001.pcapng", "-c", "5"])):
        harness.tshark("-q", *arguments, "-X", f"http_reuse:events={folder / piece}.hre")
    result = harness.run(JUDGE, "--ndjson", "-", folder, plugin=False)
    said = result.stderr.decode()
    assert result.status == 2 and harness.Records(result.text).requests
    assert "piece-0000.hre: it has more frames than its piece" in said
    assert re.search(r"piece-0001.hre: it ends \d+ frames before its piece", said), said


@pytest.mark.parametrize("index", [None, b"", b"garbage " * 20])
def test_a_folder_without_a_good_index(index):
    folder = harness.new_folder("pieces-")
    if index is not None:
        (folder / "index").write_bytes(index)
    log = harness.new_folder() / "host.hre"
    harness.tshark("-q", "-r", harness.capture("go-undrained-10"), "-X", f"http_reuse:events={log}")
    alone = harness.run(JUDGE, "--ndjson", "-", folder, plugin=False)
    assert alone.status == 1 and str(folder) in alone.stderr.decode()
    result = harness.run(JUDGE, "--ndjson", "-", folder, log, plugin=False)
    assert result.status == 2 and len(harness.Records(result.text).requests) == 10
