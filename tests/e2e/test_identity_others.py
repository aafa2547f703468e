"""Protocols whose dissectors print other lines with a tree than without one: SSH, HTTP on an SSH
port, VNC, SOCKS, NCP, RakNet, Ceph, answers that are no HTTP. Where nobody reads what the plugin
says, there is no tree, and the lines are the same.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import functools
import struct

import pytest

import packets
from harness import tshark
from stripped import parse, strip_details, strip_layers


def flow_of(trace, port, *said):
    """A connection to @port; @said is what the sides send in turn: (side, bytes)."""
    flow = trace.flow(server_port=port)
    flow.open()
    for side, data in said:
        flow.data(side, data)
    flow.close("client")


def ssh_key_exchange():
    names = [b"curve25519-sha256", b"ssh-ed25519", b"aes128-ctr", b"aes128-ctr", b"hmac-sha2-256",
             b"hmac-sha2-256", b"none", b"none", b"", b""]
    body = b"\x14" + bytes(range(16))
    body += b"".join(struct.pack(">I", len(name)) + name for name in names) + bytes(5)
    padding = 8 - (5 + len(body)) % 8 + 4
    return struct.pack(">IB", 1 + len(body) + padding, padding) + body + bytes(padding)


def ssh(trace):
    banner = b"SSH-2.0-OpenSSH_9.2\r\n"
    flow_of(trace, 22, ("server", banner), ("client", banner), ("client", ssh_key_exchange()),
            ("server", ssh_key_exchange()))


def ssh_one_way(trace):
    flow = trace.flow(server_port=22)
    for data in (b"SSH-2.0-OpenSSH_9.2\r\n", ssh_key_exchange(), ssh_key_exchange()):
        flow.data("server", data)


def http_to_ssh(trace):
    flow_of(trace, 22, ("client", packets.request()), ("server", b"SSH-2.0-OpenSSH_9.2\r\n"),
            ("server", b"Protocol mismatch.\r\n"))


def vnc_scanner(trace):
    """It takes no authentication, shares the desktop, and is gone."""
    flow_of(trace, 5900, ("server", b"RFB 003.008\n"), ("client", b"RFB 003.008\n"),
            ("server", b"\x01\x01"), ("client", b"\x01"), ("server", bytes(4)), ("client", b"\x01"),
            ("server", struct.pack(">HH16xI", 800, 600, 4) + b"desk"),
            ("client", b"\x03" + bytes(9)), ("server", bytes(4)))


def socks(trace):
    flow_of(trace, 1080, ("client", b"\x05\x01\x00"), ("server", b"\x05\x00"),
            ("client", b"\x05\x01\x00\x03\x09a.example\x00\x50"),
            ("server", b"\x05\x00\x00\x01\x0a\x00\x00\x03\x00\x50"), ("client", packets.request()),
            ("server", packets.answer()))


def socks4(trace):
    flow_of(trace, 1080, ("client", b"\x04\x01\x00\x50\x0a\x00\x00\x03user\0"),
            ("server", b"\x00\x5a\x00\x50\x0a\x00\x00\x03"), ("client", packets.request()),
            ("server", packets.answer()))


def ncp(trace):
    def message(kind, *rest):
        return b"DmdT" + struct.pack(">IIIH", 24, 1, 256, kind) + bytes(rest).ljust(12, b"\0")
    flow_of(trace, 524, ("client", message(0x1111)), ("server", b"tNcP" + message(0x3333)[4:]),
            ("client", message(0x2222, 1, 1, 1, 0, 0x17)),
            ("server", b"tNcP" + message(0x3333, 1)[4:]))


def raknet(trace):
    magic = bytes.fromhex("00ffff00fefefefefdfdfdfd12345678")
    ends = ("10.0.0.1", "10.0.0.2")
    trace.udp(b"\x05" + magic + b"\x08" + bytes(100), (50_000, 19132), ends)
    trace.udp(b"\x06" + magic + bytes(8) + b"\x00\x05\x78", (19132, 50_000), ends[::-1])
    trace.udp(b"\x84" + bytes(3) + b"\x40\x00\x90" + bytes(3) + b"\x09" + bytes(17),
              (50_000, 19132), ends)


def ceph(trace):
    flow_of(trace, 6789, ("server", b"ceph v027" + bytes(272)),
            ("client", b"ceph v027" + bytes(136)), ("client", bytes(33)))


def no_http(trace):
    flow_of(trace, 80, ("client", packets.request("/1")),
            ("server", b"HTTP/1.1 200\rContent-Length: 3\n\nabc"),
            ("client", packets.request("/2")),
            ("server", b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
                       b"Content-Length: 4\r\n\r\nabcd"),
            ("client", packets.request("/3")),
            ("server", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                       b"-1\r\nabc\r\n0\r\n\r\n"),
            ("client", packets.request("/4")), ("server", b"\0\0HTTP/9.9 abc\r\n\r\n"))


@functools.lru_cache(maxsize=None)
def all_in_one():
    trace = packets.Trace()
    for kind in (ssh, ssh_one_way, http_to_ssh, vnc_scanner, socks, socks4, ncp, raknet, ceph,
                 no_http):
        kind(trace)
    return trace.write()


@functools.lru_cache(maxsize=None)
def printed(plugin, *args):
    return tshark("-r", all_in_one(), *args, plugin=plugin).text


FILTERED = ["-2", "-R", "tcp || udp"]


@pytest.mark.parametrize("args", [[], ["-x"], ["-2"], FILTERED, ["-q", "-z", "conv,tcp"]],
                         ids=["lines", "bytes", "two-passes", "filtered", "conversations"])
def test_output_is_the_same(args):
    assert printed(True, *args) == printed(False, *args)


every_pass = pytest.mark.parametrize("passes", [[], ["-2"], FILTERED],
                                     ids=["one-pass", "two-passes", "filtered"])


@every_pass
def test_details_are_the_same_but_for_the_trees(passes):
    stripped, trees = strip_details(printed(True, *passes, "-V"))
    assert stripped == printed(False, *passes, "-V")
    assert trees > 0


@every_pass
def test_json_is_the_same_but_for_the_layer(passes):
    stripped, trees = strip_layers(parse(printed(True, *passes, "-T", "json")))
    assert stripped == parse(printed(False, *passes, "-T", "json"))
    assert trees > 0


def test_a_tree_would_make_a_difference():
    """Else the test above says nothing: a filter that passes all makes tshark build a tree."""
    assert printed(False) != printed(False, "-Y", "frame")
