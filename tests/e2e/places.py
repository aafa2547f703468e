"""Every connection that the programs of a capture spoke of, with the requests that they said ran on
it: from the client's own words, the server's book, and the logs. Nothing here looks at the wire.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import collections
import dataclasses
import functools
import urllib.parse

from protocol_stories import NAMES
from truth import port_of, truth


@dataclasses.dataclass
class Request:
    """One request as the programs tell it; what they did not say is None."""
    method: str
    target: str
    authority: str
    status: int               # None if there was no answer
    reused: bool
    stream: int = None
    was_idle: bool = None
    idle_ms: float = None
    body_eof: bool = None
    protocol: str = None


@dataclasses.dataclass
class Place:
    """A connection as the programs tell it."""
    transport: str            # tcp, quic or tunnel
    port: int                 # the client's first; None if the client does not say
    server: str
    requests: list = dataclasses.field(default_factory=list)
    handshake: str = "none"   # None if nobody says
    tls: dict = dataclasses.field(default_factory=dict)   # version, alpn, sni

    @property
    def key(self):
        return self.transport, self.port


# Of these there is a capture without the keys as well.
TWINS = [name for name in NAMES if len(truth(name).get("captures", ())) == 2]

PROTOCOLS = {"HTTP/1.0": "http/1.0", "HTTP/1.1": "http/1.1", "HTTP/2.0": "h2", "HTTP/3.0": "h3"}


def url_of(said):
    return urllib.parse.urlsplit(said["url"])


def log(name):
    return truth(name).get("server_log") or []


def book(name):
    return truth(name)["server_connections"] or []


def connects(name):
    """The CONNECTs in a proxy's log, by the client's port."""
    return {port_of(line["remote"]): line for line in log(name)
            if line.get("method") == "CONNECT" and "target" in line}


def is_forwarded(said):
    """A plain request that goes to a proxy: with the whole URL, on the proxy's connections."""
    return port_of(said["server"]) != url_of(said).port and url_of(said).scheme == "http"


def protocol_of(said):
    """The HTTP of an answer; net/http says it only over TLS."""
    if said.get("proto"):
        return PROTOCOLS[said["proto"]]
    if said["error"] or said["status"] is None:
        return None
    return "http/1.1"


def request_of(said, is_inside):
    forwarded = is_forwarded(said) and not is_inside
    return Request(
        said["method"], said["url"] if forwarded else said["path"],
        said.get("host") or url_of(said).netloc, said["status"], said["reused"],
        stream=said.get("stream"), was_idle=said["was_idle"], idle_ms=said["idle_ms"],
        body_eof=said["body_eof"], protocol=protocol_of(said))


def client_places(name):
    """What the client said, by the port that a connection began with."""
    found, first_port = {}, {}
    tunnels = connects(name)
    for port, line in tunnels.items():
        place = Place("tcp", port, truth(name)["servers"][-1])
        place.requests.append(Request("CONNECT", line["target"], line["target"], 200, False,
                                      body_eof=True, protocol="http/1.1"))
        found[place.key] = place
    for said in truth(name)["requests"]:
        # A client that does not say its port has one connection only: see test_protocols.py.
        port = said["local"] and port_of(said["local"])
        if "connection" in said:  # a QUIC connection may move
            port = first_port.setdefault(said["connection"], port)
        is_inside = port in tunnels
        transport = "quic" if said.get("proto") == "HTTP/3.0" else "tcp"
        server = url_of(said).netloc if is_inside else said["server"]
        place = Place("tunnel" if is_inside else transport, port, server)
        place = found.setdefault(place.key, place)
        place.requests.append(request_of(said, is_inside))
        if url_of(said).scheme == "https" and not is_forwarded(said):
            learn_tls(name, place, said)
    return found


def learn_tls(name, place, said):
    """What the client says of TLS, by httptrace, curl or aioquic."""
    place.tls.setdefault("sni", url_of(said).hostname)
    place.handshake = None if place.handshake == "none" else place.handshake
    told = said.get("tls")
    for handshake in truth(name).get("handshakes") or []:
        if handshake.get("connection") == said.get("connection", 0):
            told = handshake["tls"] | {"early_data": handshake["early_data"]}
    if told:
        assert place.tls.get("sni") == told["sni"]
        place.tls.update(version=told["version"], alpn=told["alpn"])
        place.handshake = "resumed" if told["resumed"] else "full"
        if told.get("early_data"):
            place.handshake = "early-data"
    if said.get("early_data", 0) > 0:  # curl: accepted
        place.handshake = "early-data"


def learn_from_log(name, found):
    """nginx' and caddy's words on TLS."""
    for line in log(name):
        port = line.get("remote") and port_of(line["remote"])
        place = found.get(("tcp", port))
        if place is None:
            continue
        if line.get("tls"):
            place.tls["version"] = line["tls"].replace("TLSv", "TLS ")
            kind = {"r": "resumed", ".": "full"}[line["session_reused"]]
            # It says early data only of what it handled before the handshake's end.
            kind = "early-data" if line["early_data"] == "1" else kind
            place.handshake = place.handshake if place.handshake == "early-data" else kind
        elif line.get("resumed") is not None:
            place.handshake = "resumed" if line["resumed"] else "full"


def learn_from_book(name, found):
    """Connections that only the server knows of, and its words on TLS."""
    served = behind(name)
    for one in book(name):
        server = one.get("server") or truth(name)["servers"][0]
        key = "tcp", port_of(one["remote"])
        if key not in found:
            found[key] = Place(*key, server)
            found[key].requests = [
                dataclasses.replace(request, reused=number > 0)
                for number, request in enumerate(take(served[server], one["requests"]))]
        assert len(found[key].requests) == one["requests"]
        tls = one.get("tls")
        if tls:
            found[key].tls.update(version=tls["version"], alpn=tls["alpn"], sni=tls["sni"])
            found[key].handshake = "resumed" if tls["resumed"] else "full"


def take(requests, number):
    taken = [requests.popleft() for _ in range(number)]
    assert len(taken) == number
    return taken


def behind(name):
    """What a proxy asked of the servers behind it, in order: the client's requests once more."""
    asked = collections.defaultdict(collections.deque)
    for said in truth(name)["requests"]:
        server = next((one["server"] for one in book(name) if "server" in one
                       and port_of(one["server"]) == url_of(said).port), None)
        asked[server].append(Request(
            said["method"], said["path"], url_of(said).netloc, said["status"], None,
            protocol=protocol_of(said)))
    for line in log(name):
        if line.get("upstream"):  # nginx' own requests; it does not log what it says of Host
            asked[line["upstream"]].append(Request(
                line["method"], line["uri"], None, line["status"], None))
    return asked


@functools.lru_cache(maxsize=None)
def places(name):
    """Every connection of a capture, by transport and the client's port."""
    found = client_places(name)
    learn_from_log(name, found)
    learn_from_book(name, found)
    return found


def unnamed_connections(name):
    """Handshakes that the client made on connections of which nobody says the port."""
    secure = [place for place in client_places(name).values() if place.handshake != "none"]
    idle = [one for one in book(name) if one["requests"] == 0]
    handshakes = truth(name).get("handshakes") or []
    return max(0, len(handshakes) - len(secure) - len(idle))


def request_count(name):
    return sum(len(place.requests) for place in places(name).values())
