"""What the captures over TLS, HTTP/2 and HTTP/3, through proxies, of browsers and inside of other
headers must show. As in stories.py, from the stories in testcaptures/README.md and the words of
DESIGN; where these leave something open, it says so here by name.

SPDX-License-Identifier: GPL-2.0-or-later
"""
from program_stories import KEPT, each_after, ends, limited
from stories import EXIT, LOST, OPEN, Story, same

# The kernel may send one connection's FIN before or after the next one's SYN, and the end of the
# program is within 100 ms of both.
UNREAD = ("body-undrained", "client-exit")

# Nothing follows, and the client did read others: an unread body and the end of the program, of
# which the one is the case, look the same.
LAST_UNREAD = ("body-undrained", *EXIT)

# Announced by `keepalive_requests 1`, seen on every connection: a limit, or just a close.
ONE_EACH = ("request-limit", "server-close-header", "goaway")


def once_each(times, by, **more):
    return each_after(ONE_EACH, times, by, OPEN, **more)


def around(first=UNREAD):
    """Three GETs drained, two unread: of four requests and of one."""
    return Story(why=["first-contact", LOST], cause=[first, LAST_UNREAD], by=same("client", 2),
                 needed=1, findings={"body_undrained": (0, 2), "missed_reuse": (0, 1)})


def quic_in_turn(cause, certainty="certain", **more):
    return Story(why=["first-contact", "previous-closed"], why_cause=[None, cause],
                 cause=[cause, EXIT], by=same("client", 2), certainty=[certainty, OPEN],
                 needed=1, **more)


def burst(openings, needed, number=6):
    """Connections opened at once, closed by the end of the program."""
    return Story(why=["first-contact"] + same(openings, number - 1),
                 cause=same("client-exit", number), by=same("client", number), needed=needed)


TLS_RESUMED = each_after("client-close-header", 5, "client", "certain",
                         findings={"close_announced": 5})

PROTOCOLS = {
    # ---- TLS ----
    "tls-h1-100-12": ends(),
    "tls-h1-100-13": ends(),
    "tls-resume-12-cache": TLS_RESUMED,
    "tls-resume-13-cache": TLS_RESUMED,
    # Without a cache net/http offers no resumption, and Go's server gives no ticket for it.
    "tls-resume-12-nocache": TLS_RESUMED,
    "tls-resume-13-nocache": TLS_RESUMED,
    "tls-undrained-10": Story(
        why=["first-contact"] + same(LOST, 9), cause=same("body-undrained", 9) + [UNREAD],
        by=same("client", 10), certainty=same("likely", 10), needed=1,
        findings={"body_undrained": (9, 10), "missed_reuse": (0, 1)}),
    "tls-drained-10": ends(),
    "tls-two-pools-12": Story(
        why=["first-contact", "idle-available"], cause=same("client-exit", 2),
        by=same("client", 2), needed=1, findings={"missed_reuse": 1}),
    "tls-early-data": once_each(3, "server", findings={
        "close_announced": 3, "request_limit": (0, 3)}),
    "h2-early-data": once_each(3, "server", findings={"goaway": 3, "request_limit": (0, 3)}),
    "tls-early-data-refused": Story(
        why=["first-contact", "other-address"], cause=same(ONE_EACH, 2), by=same("server", 2),
        needed=2, findings={"close_announced": 2, "request_limit": (0, 2)}),
    # ---- HTTP/2 ----
    "h2-100-seq-12": ends(),
    "h2-100-seq-13": ends(),
    "h2-100-concurrent": Story(
        why=["first-contact"] + same("all-busy", 99), cause=None,
        causes={"unused": 99, EXIT: 1}, by=same("client", 100), needed=1,
        findings={"unused_connection": 99, "handshake_race": 99}),
    "h2-100-bounded": ends(),
    "h2-undrained-10": ends(),
    "h2-cancel": ends(),
    "h2-few-streams": Story(
        why=["first-contact"] + same("streams-exhausted", 12), cause=None,
        causes={"unused": 10, "client-exit": 3}, by=same("client", 13), needed=3,
        # nginx gave tickets on the first connection, and net/http has no cache for them. Which of
        # the connections that were full is told at a message is left open.
        findings={"streams_exhausted": (1, 3), "unused_connection": 10, "handshake_race": 10,
                  "full_handshake": 12}),
    # nghttp, Debian 13's curl and python3-h2 say GOAWAY when they are done. nghttpd's limit of 4 is
    # sent ahead of the client's preface, where Wireshark does not look for HTTP/2.
    "h2-refused": Story(why=["first-contact"], cause=["goaway"], by=["client"], needed=(1, 3),
                        certainty=["certain"],
                        findings={"goaway": 1, "streams_exhausted": (0, 1)}),
    "h2-push": Story(why=["first-contact"], cause=["goaway"], by=["client"], needed=1,
                     certainty=["certain"], findings={"goaway": 1}),
    "h2-continuation": Story(why=["first-contact"], cause=["goaway"], by=["client"], needed=1,
                             certainty=["certain"], findings={"goaway": 1}),
    "h2-goaway": Story(
        why=["first-contact", "previous-closed"], why_cause=[None, "goaway"],
        cause=["goaway", EXIT], by=["server", "client"], certainty=["certain", OPEN], needed=1,
        findings={"goaway": 1}),
    "h2-goaway-two-step": Story(
        why=["first-contact", "previous-closed"], why_cause=[None, "goaway"],
        cause=["goaway", EXIT], by=["server", "client"], certainty=["certain", OPEN], needed=1,
        findings={"goaway": 1, "full_handshake": 1}),  # the two steps are one event
    "h2-coalesce": Story(
        why=same("first-contact", 2), cause=same("client-exit", 2), by=same("client", 2),
        needed=2, findings={"misdirected": 1}),
    # ---- browsers ----
    # Six connections for a name that the first one serves in the end. Whether they count as the
    # same pool at the time of their SYNs is open; each is being set up when the next one opens.
    "firefox-h2": Story(
        why=["first-contact", ("first-contact", "all-busy", "idle-available")] +
        same("all-busy", 5), cause=same("goaway", 7), by=same("client", 7),
        certainty=same("certain", 7), needed=(1, 2),
        findings={"goaway": 7, "handshake_race": 6, "unused_connection": (0, 6)}),
    "chromium-h2": Story(
        why=same("first-contact", 2), cause=same("client-exit", 2), by=same("client", 2),
        needed=2),
    "chromium-h1": Story(
        why=None,  # by name: see test_reasons.py
        cause=same("client-exit", 12), by=same("client", 12), needed=12,
        # Chromium holds a session for each name after its first handshake there, and uses it once.
        findings={"full_handshake": (0, 5)}),
    # ---- curl ----
    "curl-h1-tls": ends(),
    "curl-h2": ends(),
    "curl-parallel-h1": burst("all-busy", 6),
    "curl-parallel-h2": ends(),
    "curl-parallel-immediate": burst("all-busy", 1),
    "curl-h2c-upgrade": ends(),
    "curl-h2c-prior": Story(why=["first-contact"], cause=["goaway"], by=["client"], needed=1,
                            certainty=["certain"], findings={"goaway": 1}),
    # ---- nginx ----
    "nginx-h1-tls": limited("likely"),
    "nginx-h2": Story(
        why=["first-contact"] + same("previous-closed", 2),
        why_cause=[None] + same("request-limit", 2), cause=same("request-limit", 2) + [EXIT],
        by=["server", "server", "client"], certainty=same("likely", 2) + [OPEN], needed=1,
        findings={"request_limit": 2, "goaway": 2}),
    # ---- proxies and WebSockets ----
    "forward-proxy": ends(),
    "connect-proxy": Story(
        why=same("first-contact", 5), cause=None, causes={"tunnelled": 2, "client-exit": 3},
        by=same("client", 5), needed=5),
    "connect-proxy-legs": Story(
        # The proxy's own pool keeps the connection to the plain target.
        why=same("first-contact", 8), cause=None,
        causes={"tunnelled": 2, "client-exit": 5, "open-at-end": 1}, by=None, needed=8),
    "connect-proxy-plain": Story(
        why=same("first-contact", 2), cause=["tunnelled", EXIT], by=same("client", 2), needed=2),
    "websocket": Story(why=["first-contact"], cause=["upgraded"], by=["server"], needed=1,
                       certainty=["certain"]),
    "websocket-go": Story(
        why=["first-contact", "idle-available"], cause=[EXIT, "upgraded"],
        by=["client", "server"], certainty=[OPEN, "certain"], needed=1,
        findings={"missed_reuse": (0, 1)}),
    "websocket-h2": Story(why=["first-contact"], cause=["goaway"], by=["client"], needed=1,
                          certainty=["certain"], findings={"goaway": 1}),
    # ---- HTTP/3 ----
    "h3-caddy": ends(),
    "h3-curl": ends(),
    "h3-curl-parallel": ends(),
    "h3-migration": ends(),
    "h3-two-connections": quic_in_turn("client-close", findings={"full_handshake": 1}),
    "h3-0rtt": quic_in_turn("client-close"),
    "h3-idle": quic_in_turn("client-idle-timeout", "likely", findings={
        "full_handshake": 1, "idle_close": (0, 1)}),  # there is no frame to attach it to
    # The client falls silent, the server gives up silently: nothing in the capture ends it.
    "h3-silent": Story(why=["first-contact"], cause=["open-at-end"], by=[None], needed=1),
    # A ticket of the connection over TCP could have been used, or not, over QUIC.
    "h3-alt-svc": Story(
        why=same("first-contact", 2), cause=["goaway", EXIT], by=same("client", 2), needed=2,
        findings={"goaway": 1, "full_handshake": (0, 1)}),
    # ---- around the connection ----
    "ipv6": around("body-undrained"),
    "vlan": around("body-undrained"),
    "gre": around("body-undrained"),
    "vxlan": around(),  # in this capture the first FIN is behind the second SYN
    "nat-both-sides": around("body-undrained"),
    "two-interfaces": Story(
        why=same("first-contact", 2), cause=same(EXIT, 2), by=same("client", 2), needed=2),
}

# Both legs of a proxy: the story in front of it, and the one behind.
PROXY_LEGS = {"reverse-proxy-h2": (ends(), KEPT)}

# HTTP/1 without TLS as well, with their stories in program_stories.py: their logs say more.
LOGGED = {"curl-h1", "nginx-h1", "reverse-proxy", "reverse-proxy-keepalive"}

# Many requests at once on a connection: the truth has them in the order in which calls got the
# connection, a server began to handle them, or curl was done with them, and not in that of sending.
UNORDERED = {"h2-100-bounded", "h2-100-concurrent", "h2-few-streams", "chromium-h2", "chromium-h1",
             "firefox-h2", "curl-parallel-h2", "h3-curl-parallel"}

# Nobody says whether the handshake of QUIC was full. A new process without a file of sessions has
# nothing to resume; whether curl takes a ticket over from TCP is open.
UNTOLD_HANDSHAKES = {"h3-curl": ("full",), "h3-curl-parallel": ("full",),
                     "h3-alt-svc": ("full", "resumed"), "websocket-h2": ("full",)}

# All that test_protocols.py compares with what the programs said.
NAMES = sorted({*PROTOCOLS, *PROXY_LEGS, *LOGGED})
