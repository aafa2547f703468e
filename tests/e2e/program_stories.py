"""What the captures of programs that are not Go's must show. As in stories.py, from the stories in
testcaptures/README.md.

SPDX-License-Identifier: GPL-2.0-or-later
"""
from stories import EXIT, OPEN, Story, same


def ends(needed=1):
    """One connection, closed at the end of a program that may or may not linger."""
    return Story(why=["first-contact"], cause=[EXIT], by=["client"], needed=needed)


def each_after(cause, times, by, certainty="likely", **more):
    """One connection after the other, each closed for the same reason before the next."""
    return Story(why=["first-contact"] + same("previous-closed", times - 1),
                 why_cause=[None] + same(cause, times - 1),
                 cause=same(cause, times), by=same(by, times), needed=1,
                 certainty=same(certainty, times), **more)


def limited(certainty):
    """Two connections up to the limit of requests, and a rest."""
    return Story(why=["first-contact"] + same("previous-closed", 2),
                 why_cause=[None] + same("request-limit", 2),
                 cause=same("request-limit", 2) + [EXIT], by=["server", "server", "client"],
                 certainty=same(certainty, 2) + [OPEN], needed=1,
                 findings={"request_limit": 2, "close_announced": 2})


PROGRAMS = {
    # ---- Node ----
    "node-agent": ends(),
    "node-no-agent": each_after("client-close-header", 5, "client", "certain",
                                findings={"close_announced": 5}),
    "node-bursts-two-free": Story(
        why=["first-contact"] + same("all-busy", 41), cause=None,  # which are kept is the pool's
        causes={"pool-limit": 40, "client-exit": 2}, by=same("client", 42),
        needed=tuple(range(1, 13)),  # an answer may come before the next request is sent
        findings={"pool_limit": 40}),
    "node-bursts-all-free": Story(
        why=["first-contact"] + same("all-busy", 11), cause=same("client-exit", 12),
        by=same("client", 12), needed=tuple(range(1, 13))),
    "node-fetch": ends(),
    "node-fetch-unread": ends(),
    "node-fetch-unread-large": Story(
        why=["first-contact"] + same("all-busy", 2), cause=same("client-exit", 3),
        by=same("client", 3), needed=3),
    "node-fetch-cancel": Story(
        why=["first-contact"] + same("previous-closed", 3),
        why_cause=[None] + same("body-undrained", 3),
        # undici's spare connection ends with the program.
        cause=same("body-undrained", 3) + ["unused"], by=same("client", 4), needed=1,
        findings={"body_undrained": 3, "unused_connection": 1}),
    "node-server-idle": each_after("server-idle-timeout", 2, "server",
                                   findings={"idle_close": 2}),
    "node-fetch-idle": each_after("client-idle-timeout", 2, "client", findings={"idle_close": 2}),
    # ---- Python's requests ----
    "python-session": ends(),
    "python-no-session": each_after("client-close", 5, "client", OPEN),
    "python-stream-unread": each_after("client-close", 4, "client", OPEN),
    "python-stream-unread-large": each_after("body-undrained", 3, "client",
                                             findings={"body_undrained": 3}),
    "python-stream-read": ends(),
    "python-pool-full": Story(
        why=["first-contact"] + same("all-busy", 12), cause=None,  # see test_programs.py
        causes={"pool-limit": 3, "client-exit": 10}, by=same("client", 13), needed=13,
        findings={"pool_limit": 3}),
    "python-hosts-ten": Story(  # the host that was asked least recently goes before the dial
        why=same("first-contact", 12) + same("previous-closed", 24), why_cause=None,
        cause=same("pool-limit", 26) + same("client-exit", 10), by=same("client", 36),
        needed=12, findings={"pool_limit": 26}),
    "python-workers": Story(  # which of eight threads finds one of two idle connections is chance
        why=["first-contact"] + same(("all-busy", "idle-available"), 15), cause=None,
        causes={"pool-limit": 14, "client-exit": 2}, by=same("client", 16), needed=8,
        findings={"pool_limit": 14}),
    "python-workers-all": Story(
        why=["first-contact"] + same("all-busy", 7), cause=same("client-exit", 8),
        by=same("client", 8), needed=8),
    "python-hosts-all": Story(
        why=same("first-contact", 12), cause=same("client-exit", 12), by=same("client", 12),
        needed=12),
    "python-server-closed": each_after("server-idle-timeout", 3, "server",
                                       findings={"idle_close": 3}),
    # ---- curl, wget and Java ----
    "curl-h1": ends(),
    "wget-urls": ends(),
    "java-httpclient": ends(),
    "java-upgrade": ends(),
    # ---- servers ----
    "apache-idle": each_after("server-idle-timeout", 2, "server", findings={"idle_close": 2}),
    "apache-limit": limited("likely"),
    "apache-limit-announced": limited("certain"),
    "apache-limit-default": Story(
        why=["first-contact", "previous-closed"], why_cause=[None, "request-limit"],
        cause=["request-limit", EXIT], by=["server", "client"], certainty=["likely", OPEN],
        needed=1, findings={"request_limit": 1, "close_announced": 1}),
    "nginx-h1": limited("likely"),
    "nginx-h1-1000": ends(),
    "nginx-idle-60": ends(),
    "nginx-idle": each_after("server-idle-timeout", 3, "server", findings={"idle_close": 3}),
}

# Both legs of a proxy: the story in front of it, and the one behind.
KEPT = Story(why=["first-contact"], cause=["open-at-end"], by=[None], needed=1)

LEGS = {
    "haproxy-keep-alive": (ends(), KEPT),
    "haproxy-close": (
        each_after("server-close-header", 6, "server", "certain",
                   findings={"close_announced": 6}),
        each_after("client-close-header", 6, "client", "certain",
                   findings={"close_announced": 6})),
    "haproxy-server-close": (
        ends(), each_after("client-close-header", 6, "client", "certain",
                           findings={"close_announced": 6})),
    "haproxy-reuse": (
        each_after("client-close-header", 6, "client", "certain",
                   findings={"close_announced": 6}),
        KEPT),
    # nginx speaks HTTP/1.0 to what is behind it, unless it is told otherwise.
    "reverse-proxy": (ends(), each_after("http10", 6, "client", "certain",
                                         findings={"close_announced": 6})),
    "reverse-proxy-keepalive": (ends(), KEPT),
}
