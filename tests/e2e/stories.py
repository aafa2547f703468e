"""What each committed capture must show.

From issue 2's table, the stories in testcaptures/README.md and the words of DESIGN. A tuple of
tokens says that the story leaves open which of them it is.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import dataclasses

# The program ends. Right after an answer, of one connection only, that is a client-close.
EXIT = ("client-exit", "client-close")

# That a side closed is a fact; that it was an exit is not.
OPEN = ("certain", "likely")

# The client closes unread; its FIN goes out before or after the SYN of the next connection.
LOST = ("previous-closed", "idle-available")
CUT = ("previous-closed", "all-busy")


@dataclasses.dataclass
class Story:
    why: list         # of each connection, in the order of their SYNs
    cause: list       # of its end
    by: list          # who decided the end
    needed: int       # connections of a perfect pool
    certainty: list = None
    # Code to the number of connections that have it. Not listed: new_connection, which the
    # truth counts, and closed_after_answer, which goes with client-close.
    findings: dict = dataclasses.field(default_factory=dict)
    why_cause: list = None  # of previous-closed: the close cause of the latest
    causes: dict = None     # cause to number, where the story leaves open which connections


def alone(needed=1, **more):
    """One connection, closed by the client at its end."""
    return Story(why=["first-contact"], cause=["client-close"], by=["client"], needed=needed,
                 **more)


def same(token, times):
    return [token] * times


def kept(times):
    """As many connections as are needed, closed by the client's exit, which comes later."""
    return Story(why=["first-contact"] + same("all-busy", times - 1),
                 cause=same("client-exit", times), by=same("client", times), needed=times)


STORIES = {
    # ---- bodies ----
    "go-undrained-10": Story(
        why=["first-contact"] + same(LOST, 9),
        # The last close is the program's last act as well.
        cause=same("body-undrained", 9) + [("body-undrained", "client-exit")],
        by=same("client", 10), certainty=same("likely", 10), needed=1,
        findings={"body_undrained": (9, 10), "missed_reuse": (0, 1)}),
    "go-undrained-2": Story(
        why=["first-contact", LOST],
        cause=["body-undrained", ("body-undrained", "client-exit")],
        by=same("client", 2), certainty=same("likely", 2), needed=1,
        findings={"body_undrained": (1, 2), "missed_reuse": (0, 1)}),
    "go-undrained-large": Story(
        why=["first-contact"] + same(CUT, 9),
        cause=same("body-undrained", 10), by=same("client", 10), needed=(1, 2),
        findings={"body_undrained": 10}),
    "go-undrained-sizes": Story(
        why=["first-contact"] + same("previous-closed", 5),
        why_cause=[None] + same("body-undrained", 5),
        cause=same("body-undrained", 5) + [EXIT], by=same("client", 6),
        certainty=same("likely", 5) + [OPEN], needed=(1, 2), findings={"body_undrained": 5}),
    "go-undrained-mixed": Story(
        # Which connection was left unread, the truth tells: see test_stories.py.
        why=["first-contact"] + same("all-busy", 13), cause=None,
        causes={"client-exit": 2, ("body-undrained", "pool-limit", "client-close"): 12},
        by=same("client", 14), needed=4, findings={"pool_limit": (6, 9), "body_undrained": (3, 6)}),
    "go-undrained-room": Story(
        why=["first-contact"] + same("all-busy", 6), cause=None,
        causes={"client-exit": 3, ("body-undrained", "client-close"): 4},
        by=same("client", 7), needed=4, findings={"body_undrained": (0, 4)}),
    "go-call-sites": Story(  # two lines of code in turn, and the second leaves its bodies unread
        why=["first-contact"] + same(LOST, 5),
        cause=same("body-undrained", 5) + [("body-undrained", *EXIT)], by=same("client", 6),
        certainty=same("likely", 5) + [OPEN], needed=1,
        findings={"body_undrained": (5, 6), "missed_reuse": (0, 1)}),
    "go-drained-10": alone(),
    "go-drained-2": alone(),
    "go-limited-read": Story(
        why=["first-contact", "previous-closed"], why_cause=[None, "body-undrained"],
        cause=["body-undrained", EXIT], by=same("client", 2), certainty=["likely", OPEN],
        needed=1, findings={"body_undrained": 1}),
    "go-late-close": Story(
        why=["first-contact", "all-busy"], cause=same("client-exit", 2), by=same("client", 2),
        needed=2),
    "go-late-close-small": Story(
        why=["first-contact", "idle-available"], cause=same("client-exit", 2),
        by=same("client", 2), needed=1, findings={"missed_reuse": 1}),
    "go-head-204-304": alone(),
    "go-chunked": alone(),
    "go-close-delimited": Story(
        why=["first-contact", "previous-closed", "previous-closed"],
        why_cause=[None, "server-close", "server-close"],
        cause=same("server-close", 3), by=same("server", 3), needed=1,
        findings={"server_closed_after_answer": 3}),
    "go-100-continue": alone(),
    # ---- pools and servers ----
    "go-two-paths": alone(),
    "go-two-servers": Story(
        why=["first-contact", "first-contact"], cause=same("client-exit", 2),
        by=same("client", 2), needed=2),
    "go-concurrent-20": Story(
        why=["first-contact"] + same("all-busy", 19),
        cause=None,  # which two stay, the truth tells: see test_stories.py
        by=same("client", 20), needed=20, findings={"pool_limit": 18}),
    "go-max-idle-10": Story(
        why=["first-contact"] + same("all-busy", 39), cause=None,
        causes={"pool-limit": 30, "client-exit": 10}, by=same("client", 40), needed=20,
        findings={"pool_limit": 30}),
    "go-max-idle-2": Story(
        why=["first-contact"] + same("all-busy", 25), cause=None,
        causes={"pool-limit": 24, "client-exit": 2}, by=same("client", 26), needed=8,
        findings={"pool_limit": 24}),
    "go-hosts-three-idle": Story(  # the one idle for longest goes as the fourth becomes idle
        why=same("first-contact", 5) + same("previous-closed", 10),
        why_cause=same(None, 5) + same("pool-limit", 10),
        cause=same("pool-limit", 12) + same("client-exit", 3), by=same("client", 15),
        certainty=same("likely", 12) + same(OPEN, 3), needed=5, findings={"pool_limit": 12}),
    "go-hosts-all-idle": Story(
        why=same("first-contact", 5), cause=same("client-exit", 5), by=same("client", 5),
        needed=5),
    "go-pool-large-enough": Story(
        why=["first-contact"] + same("all-busy", 19), cause=same("client-exit", 20),
        by=same("client", 20), needed=20),
    "go-max-conns": Story(
        why=["first-contact"] + same("all-busy", 3), cause=same("client-exit", 4),
        by=same("client", 4), needed=4),
    "go-shared-transport-concurrent": Story(
        why=["first-contact"] + same("all-busy", 7), cause=same("client-exit", 8),
        by=same("client", 8), needed=8),
    "go-workers-from-cold": Story(
        why=["first-contact"] + same("all-busy", 8), cause=None,
        # The pool keeps eight of nine; the ninth was never used.
        causes={("pool-limit", "client-close"): 1, ("unused", "client-exit"): 8},
        by=same("client", 9), needed=8,
        findings={"pool_limit": (0, 1), "unused_connection": 1, "handshake_race": 1}),
    "go-workers-two-idle": Story(
        why=["first-contact"] + same("all-busy", 31), cause=None,
        # A close in the thick of it does not always show how many were kept.
        causes={("pool-limit", "client-close"): 29, "unused": 1, "client-exit": 2},
        by=same("client", 32), needed=8,
        findings={"pool_limit": (20, 29), "unused_connection": 1, "handshake_race": 1}),
    "go-two-pools": Story(
        why=["first-contact", "idle-available"], cause=same("client-exit", 2),
        by=same("client", 2), needed=1, findings={"missed_reuse": 1}),
    "go-two-processes": Story(
        why=["first-contact", "idle-available"], cause=same(("client-exit", "client-close"), 2),
        by=same("client", 2), needed=1, findings={"missed_reuse": 1}),
    "go-process-per-call": Story(
        # An unread body looks the same, and DESIGN says that it is likely one.
        why=["first-contact"] + same("previous-closed", 4),
        cause=same(("client-close", "client-exit", "body-undrained"), 5), by=same("client", 5),
        needed=1, findings={"body_undrained": (0, 5)}),
    "go-new-transport": Story(
        why=["first-contact"] + same("idle-available", 4), cause=same("client-exit", 5),
        by=same("client", 5), needed=1, findings={"missed_reuse": 4}),
    "go-disable-keepalives": Story(
        why=["first-contact"] + same("previous-closed", 4),
        why_cause=[None] + same("client-close-header", 4),
        cause=same("client-close-header", 5), by=same("client", 5),
        certainty=same("certain", 5), needed=1, findings={"close_announced": 5}),
    "go-connection-close": Story(
        why=["first-contact"] + same("previous-closed", 3),
        why_cause=[None, "server-close-header", "client-close-header", "http10"],
        cause=["server-close-header", "client-close-header", "http10", EXIT],
        by=["server", "client", ("client", "server"), "client"],
        certainty=["certain", "certain", "certain", OPEN],
        needed=1, findings={"close_announced": 3}),
    "go-max-header": Story(
        why=["first-contact", "previous-closed", "previous-closed"],
        why_cause=[None, "request-limit", "request-limit"],
        cause=["request-limit", "request-limit", EXIT], by=["server", "server", "client"],
        certainty=["certain", "certain", OPEN], needed=1,
        findings={"request_limit": 2, "close_announced": 2}),
    "go-pipeline": alone(needed=5),  # pools do not pipeline
    # ---- idle connections ----
    "go-keepalive-45s": alone(findings={"keep_alive_probe": 1}),
    "go-idle-server": Story(
        why=["first-contact", "previous-closed", "previous-closed"],
        why_cause=[None] + same("server-idle-timeout", 2),
        cause=same("server-idle-timeout", 3), by=same("server", 3), certainty=same("likely", 3),
        needed=1, findings={"idle_close": 3}),
    "go-idle-client": Story(
        why=["first-contact", "previous-closed", "previous-closed"],
        why_cause=[None] + same("client-idle-timeout", 2),
        cause=same("client-idle-timeout", 3), by=same("client", 3), certainty=same("likely", 3),
        needed=1, findings={"idle_close": 3}),
    "go-client-shorter": Story(
        why=["first-contact", "previous-closed"], why_cause=[None, "client-idle-timeout"],
        cause=same("client-idle-timeout", 2), by=same("client", 2), certainty=same("likely", 2),
        needed=1, findings={"idle_close": 2}),
    "go-reset-idle": Story(
        why=["first-contact"] + same("previous-closed", 3),
        # 400 ms: less than a second is not called a timer unless one of that length is known.
        why_cause=[None] + same("server-close", 3),
        cause=same("server-close", 4), by=same("server", 4), certainty=same("certain", 4),
        needed=1),
    "go-server-exit": Story(
        why=["first-contact", "all-busy", "all-busy", "previous-closed"],
        why_cause=[None, None, None, "server-exit"],
        cause=same("server-exit", 3) + ["setup-failed"], by=same("server", 4), needed=3,
        certainty=same("likely", 3) + ["certain"]),
    # ---- requests that died ----
    "go-stale": Story(
        why=["first-contact", "previous-closed"], why_cause=[None, "stale-race"],
        cause=["stale-race", EXIT], by=["server", "client"], certainty=["certain", OPEN],
        needed=1, findings={"stale_reuse": 1}),
    "go-stale-late": Story(
        why=["first-contact", "previous-closed"], why_cause=[None, "request-aborted"],
        cause=["request-aborted", EXIT], by=["server", "client"], certainty=["certain", OPEN],
        needed=1, findings={"request_aborted": 1}),
    "go-idle-dropped": Story(
        why=["first-contact"], cause=["idle-dropped"], by=[None], certainty=["likely"],
        needed=1, findings={"idle_dropped": 1}),
    # ---- a router between ----
    "go-device-rest": Story(
        why=["first-contact"] + same("previous-closed", 2),
        why_cause=[None] + same("idle-dropped", 2),
        cause=same("idle-dropped", 2) + [EXIT], by=[None, None, "client"],
        certainty=["likely", "likely", OPEN], needed=1, findings={"keep_alive_probe": 2}),
    "go-device-request": Story(
        why=["first-contact"] + same("previous-closed", 2),
        why_cause=[None] + same("stale-race", 2),
        cause=same("stale-race", 2) + [EXIT], by=[None, None, "client"],
        certainty=["likely", "likely", OPEN], needed=1, findings={"stale_reuse": 2}),
    # Two equal idle times of 2 s are a timer, of the server: its resets have its TTL.
    "go-device-none": Story(
        why=["first-contact"] + same("previous-closed", 2),
        why_cause=[None] + same("server-idle-timeout", 2),
        cause=same("server-idle-timeout", 2) + [EXIT], by=["server", "server", "client"],
        certainty=["likely", "likely", OPEN], needed=1, findings={"idle_close": 2}),
    "go-error-close": Story(
        why=["first-contact", "previous-closed"], why_cause=[None, "server-error-close"],
        cause=["server-error-close", "client-close"], by=["server", "client"],
        certainty=["certain", "certain"], needed=1, findings={"close_announced": 1}),
    "go-stale-reset": Story(
        why=["first-contact"], cause=["stale-race"], by=["server"], certainty=["likely"],
        needed=1, findings={"stale_reuse": 1}),
    "go-cancelled": Story(
        why=["first-contact", "previous-closed"], why_cause=[None, "request-cancelled"],
        cause=["request-cancelled", EXIT], by=["client", "client"], needed=1),
    "go-cancelled-body": Story(
        why=["first-contact", "previous-closed"], why_cause=[None, "body-undrained"],
        cause=["body-undrained", EXIT], by=["client", "client"], needed=1,
        findings={"body_undrained": 1}),
    "go-cancelled-contexts": Story(
        why=["first-contact"] + same("previous-closed", 5) + same("all-busy", 2) +
        ["previous-closed"],
        why_cause=[None, "request-cancelled", "request-cancelled", "body-undrained",
                   "body-undrained", "request-cancelled", None, None, "request-cancelled"],
        cause=["request-cancelled", "request-cancelled", "body-undrained", "body-undrained"] +
        same("request-cancelled", 4) + [EXIT],
        by=same("client", 9), needed=3, findings={"body_undrained": 2}),
    # ---- after the change ----
    "go-drained-5": alone(),
    "go-one-pool": kept(1),
    "go-drained-mixed": kept(4),
    "go-max-idle-20": kept(8),
    "go-workers-eight-idle": kept(8),
    "go-schedule-20-idle": kept(9),
    "go-idle-server-60": kept(1),
    "go-idle-client-60": kept(1),
    "go-schedule-two-idle": Story(
        why=["first-contact"] + same("all-busy", 37), cause=None,
        causes={("pool-limit", "client-close"): 36, "client-exit": 2},
        by=same("client", 38), needed=9, findings={"pool_limit": (20, 36)}),
    "go-max-conns-none": Story(
        why=["first-contact"] + same("all-busy", 19), cause=None,
        causes={("pool-limit", "client-close"): 16, "client-exit": 4},
        by=same("client", 20), needed=20, findings={"pool_limit": (0, 16)}),
}


def allows(expected, got):
    """Whether @got is what a story says; a tuple leaves a choice, of numbers a range."""
    if not isinstance(expected, tuple):
        return expected == got
    if isinstance(got, int):
        return expected[0] <= got <= expected[-1]
    return got in expected


def choice(expected):
    return expected if isinstance(expected, tuple) else (expected,)
