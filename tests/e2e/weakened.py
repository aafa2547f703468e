"""What a network may take from a verdict, and what it may not: one table.

A verdict of a changed capture is kept, weakened in a way that ALLOWED has, or broken.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import dataclasses

from captured import RST
from moved import beginning_of_end, is_event

ANY = "any"
NOBODY = {None, "unknown"}

# The plain words for an end, by who ended.
PLAIN = {"client": {"client-close", "client-exit"}, "server": {"server-close"}}


# ---- the table ---------------------------------------------------------------------------------

def always(_):
    return True


def is_plain(connection):
    """HTTP/1 in the clear."""
    return (connection["transport"] == "tcp" and connection["tls_handshake"] in (None, "none")
            and (connection["protocol"] or "http/1").startswith("http/1"))


def its_own_are_touched(pair):
    """Packets of its own are missing, cut off or not in their place; of what runs in a tunnel, any
    are. What a network only delays, says twice or joins takes nothing away, and nor does what it
    does to other connections."""
    return pair.both.touched.are_touched(pair.flows)


def nothing_stands_in_order(pair):
    """Of its own, or of anything, since the clock was set back."""
    return its_own_are_touched(pair) or pair.both.kind.startswith("clock-back")


def touched_by_the_request(pair):
    """What went before it, or itself: nothing that comes later tells of that."""
    return pair.both.touched.are_touched(pair.flows, until=pair.was["frame"])


def touched_since_the_request(pair):
    """HTTP/1 in the clear is legible again with each message; records and headers build on all
    before."""
    connection = pair.both.was.by_id[pair.was["connection"]]
    since = pair.was["frame"] if is_plain(connection) else 0
    return pair.both.touched.are_touched(pair.flows, since=since) or (
        pair.was["complete"] is False and pair.both.kind.startswith("clock-back"))


def touched_at_its_end(pair):
    """Both FINs, and what acknowledges them, are there otherwise."""
    if not pair.flows:
        return its_own_are_touched(pair)
    ends = ((flow, beginning_of_end(flow)) for flow in pair.flows)
    return any(pair.both.touched.are_touched([flow], since=flow.packets[begin or 0].number)
               for flow, begin in ends)


def something_is_elsewhere(pair):
    """Packets are missing, cut off or not in their place, or their times are other ones. Where a
    network only takes longer, or says something twice, all is there that a reason needs; but what
    passes the SYN on its way tells no more that the client did not know it as it dialled."""
    touched = pair.both.touched
    return touched.is_changed or pair.both.kind.startswith(("clock-", "clocks-")) or any(
        touched.is_overtaken(flow.packets[0]) for flow in pair.flows)


def its_reason_vanished(pair):
    """Of the connection that explained the opening nothing is left, or nothing from before it."""
    both, explaining = pair.both, pair.was["why_new_connection"]
    if explaining is None or explaining not in both.now_of:
        return explaining is not None
    return not any(packet.number in both.touched.is_there
                   and packet.number < (pair.was["opened_frame"] or 0)
                   for flow in both.touched.flows_of(both.was, both.was.by_id[explaining])
                   for packet in flow.packets)


def names_one_of_before(pair):
    """It names a connection whose opening is not there any more: of that nothing is known."""
    both, named = pair.both, pair.now["why_new_connection"]
    return named is not None and not both.now.by_id[named]["opening_seen"]


def opening_is_gone(pair):
    """Of HTTP/2: what a stream's id proves then (DESIGN 3) is not so where ids were left out."""
    return (pair.both.now.by_id[pair.now["connection"]]["opening_seen"] is False
            and pair.was["protocol"] == "h2" and pair.was["stream"] > 1)


def others_came_first(pair):
    """Without its SYN another connection is seen to be opened before it, or another one no more."""
    both = pair.both
    before = {both.now_of.get(identity) for identity, one in both.was.by_id.items()
              if (one["opened_frame"] or 0) < (pair.was["opened_frame"] or 0)}
    return before - {None} != {
        identity for identity, one in both.now.by_id.items()
        if (one["opened_frame"] or 0) < (pair.now["opened_frame"] or 0)} & set(
            both.now_of.values())


def its_end_is_gone(pair):
    return not any(packet.number in pair.both.touched.is_there
                   for flow in pair.flows for packet in flow.ends())


def another_host_reset_it(pair):
    return pair.now["close_reset_hops"] is not None and something_is_elsewhere(pair)


def its_side_closed(pair):
    """The word is the plain one for a side that ended it: by the announcement, or by the FIN."""
    return any(pair.now["close_cause"] in PLAIN.get(pair.was[key], ())
               for key in ("close_by", "close_first_fin"))


def is_plain_now(pair):
    """An announcement was lost: left is who sent the first FIN."""
    return (pair.now["close_by"] == pair.was["close_first_fin"]
            and pair.now["close_cause"] in PLAIN.get(pair.now["close_by"], ()))


def ends_cross(pair):
    """Each side ended it before it heard of the other's end: who was first depends on where."""
    if not pair.both.kind.startswith(("at-server", "midway")):
        return False
    for flow in pair.flows:
        begin = beginning_of_end(flow)
        first = flow.packets[begin or 0]
        second = next((packet for packet in flow.packets[begin or 0:] if is_event(packet.segment)
                       and packet.segment.side != first.segment.side), None)
        if second and begin is not None and not flow.acknowledges_later(first, [second]):
            return True
    return False


def has_same_cause(pair):
    return pair.now["close_cause"] == pair.was["close_cause"]


def has_other_cause(pair):
    return not has_same_cause(pair)


def answers_are_missing(pair):
    return pair.both.kind in ("one-way-to-server", "no-bare-acks", "lost-data")


def was_full_for_longer(pair):
    """A longer way makes the program run longer: so it is full of what nobody reads, as it ends."""
    def last_window(flow):
        return next((packet.segment.window for packet in reversed(flow.of("client"))
                     if not packet.segment.flags & RST), None)

    return pair.both.kind.startswith(("at-server", "midway")) and any(
        last_window(flow) == 0 for flow in pair.flows)


def is_first_of_http3_now(pair):
    """The datagrams of the requests before it are not there."""
    return (pair.was["protocol"] == "h3" and pair.now["number"] == 1
            and not pair.now["number_exact"])


def nothing_tells_of_its_end(pair):
    """Of each flow all is there up to some packet, and nothing behind it: so look connections of
    which nobody went on, and not one of them says that the capture has a hole. The one that is named
    now is among those that fell silent."""
    both, named = pair.both, pair.now["why_new_connection"]
    if named is None or both.touched.shows_hole:
        return False
    flows = both.touched.flows_of(both.now, both.now.by_id[named])
    return any(both.touched.is_missing(flow.packets[-1]) for flow in flows)


def its_servers_id_is_gone(pair):
    """Of HTTP/3: the server sends to an id that its client gave it along with the last of the
    handshake, without which Wireshark has no connection for what the server sends."""
    return pair.was["protocol"] == "h3" and any(
        pair.both.touched.is_missing(packet) for flow in pair.flows
        for packet in flow.of("client")[1:2])


@dataclasses.dataclass(frozen=True)
class Weakening:
    what: str
    was: object      # tokens, or ANY
    now: object
    where: object
    why: str


ALLOWED = (
    Weakening("status", ANY, {"unknown"}, touched_by_the_request, "what went before is not known"),
    Weakening("status", {"reused"}, {"new"}, is_first_of_http3_now,
              "the opening is there, and ids of streams prove nothing: datagrams overtake"),
    Weakening("status", {"new"}, {"reused"}, opening_is_gone, "ids of streams count up from 1"),
    Weakening("delivery", ANY, {None}, nothing_stands_in_order,
              "whether an answer was outstanding is not known"),
    Weakening("delivery", {"pipelined", "multiplexed"}, {"sequential"}, answers_are_missing,
              "no answer is seen to be outstanding"),
    Weakening("delivery", {"sequential"}, {"multiplexed"}, its_servers_id_is_gone,
              "the answers before are there, and nobody knows whose"),
    Weakening("complete", ANY, {None}, touched_since_the_request,
              "some of the answer was not seen in its place"),
    Weakening("response_code", ANY, {None}, touched_since_the_request,
              "the answer's head was not seen"),
    Weakening("why_new", ANY, {None, "unknown"}, something_is_elsewhere,
              "the earlier ones' state is not known"),
    Weakening("why_new", ANY, {"first-contact", "capture-started-late"}, its_reason_vanished,
              "the earlier connection is not there any more"),
    Weakening("why_new", ANY, {"capture-started-late"}, names_one_of_before,
              "the earlier connection's opening is not there, nor what it did"),
    Weakening("why_new", ANY, {"first-contact", "all-busy"}, others_came_first,
              "openings cross, and only the answers to them were captured"),
    Weakening("why_new", {"previous-closed"}, {"all-busy", "idle-available"},
              nothing_tells_of_its_end, "a connection that falls silent was not closed"),
    Weakening("why_new", {"streams-exhausted"}, {"all-busy"}, always,
              "busy: the peer's limit was not seen"),
    Weakening("close_cause", {"client-exit"}, {"body-undrained"}, was_full_for_longer,
              "its program stopped reading long before it ended"),
    Weakening("close_cause", ANY, {None, "unknown"}, nothing_stands_in_order,
              "the end is seen, and not its cause"),
    Weakening("close_cause", {"stale-race"}, {"idle-dropped"}, another_host_reset_it,
              "what it had forgotten is seen, and not the request that found it so"),
    Weakening("close_cause", ANY, {"client-close", "client-exit", "server-close"},
              its_side_closed, "who closed is seen, and nothing more"),
    Weakening("close_cause", ANY, {"open-at-end"}, its_end_is_gone, "the end was not captured"),
    Weakening("close_cause", {"request-limit", "max-age", "server-error-close"},
              {"server-close-header", "goaway"}, always,
              "the message that closes is there; what it answers, or its number, is not known"),
    Weakening("close_cause", ANY, {"client-close", "server-close"}, ends_cross,
              "the other side was first here"),
    Weakening("close_by", ANY, {"client", "server"}, ends_cross, "the same"),
    Weakening("close_first_fin", ANY, {"client", "server"}, ends_cross, "the same"),
    Weakening("close_by", ANY, NOBODY, nothing_stands_in_order, "who decided is not known"),
    Weakening("close_by", ANY, {"client", "server"}, is_plain_now,
              "who announced the end is not seen, only who sent the first FIN"),
    Weakening("close_first_fin", ANY, NOBODY, nothing_stands_in_order,
              "which FIN was first is not known"),
    Weakening("close_certainty", {"certain"}, {"likely", None}, always, "less evidence"),
    Weakening("close_certainty", {"likely"}, {None}, always, "no evidence"),
    Weakening("close_certainty", ANY, ANY, has_other_cause, "it is said of another word"),
    Weakening("time_wait", ANY, {None}, touched_at_its_end, "not both FINs were seen"),
)

REQUEST_VERDICTS = ("status", "delivery", "complete", "response_code")
CONNECTION_VERDICTS = ("why_new", "close_cause", "close_by", "close_first_fin", "close_certainty",
                       "time_wait")

# Where nothing definite was said, less evidence must not bring a definite word. For the other
# verdicts it may: an answer can be whole in another order.
MUST_STAY_SILENT = ("why_new", "close_cause", "time_wait")


def fits(token, tokens):
    return tokens == ANY or token in tokens


def judge(what, pair):
    """kept, weakened or broken"""
    was, now = pair.was[what], pair.now[what]
    if was == now:
        return "kept"
    if was is None and what not in MUST_STAY_SILENT:
        return "kept"
    if what == "close_cause" and {was, now} <= {"client-close", "client-exit"}:
        return "kept"
    for row in ALLOWED:
        if row.what == what and fits(was, row.was) and fits(now, row.now) and row.where(pair):
            return "weakened"
    return "broken"


def judge_number(pair):
    was, now = pair.was, pair.now
    if now["number"] == was["number"]:
        return "kept" if now["number_exact"] or not was["number_exact"] else "weakened"
    # Where ids were left out the stream's proves more than there were.
    most = (was["stream"] + 1) // 2 if opening_is_gone(pair) else was["number"] - 1
    return "weakened" if not now["number_exact"] and now["number"] <= most else "broken"
