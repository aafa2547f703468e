/* client.c
 * Ends by the client around an answer: given up before it, in the middle of it, or right after
 * it. What the client did before and after tells these apart; time alone does not.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/case.h"
#include "core/ending/ends.h"
#include "core/ending/evictions.h"
#include "core/ending/legs.h"
#include "core/ending/reading.h"

#include "software/software.h"

enum {
    READ_AT_ONCE_MAX = 4096, /* the smallest read buffer of a common client, net/http's */
    READ_AHEAD_MAX = 65536,  /* a large one: libuv's for a socket, aiohttp's read_bufsize */
    /* Go 1.19 on loopback takes 1.9 ms at best of 200 from exec() to the first request. */
    NEXT_PROGRAM_MIN_NS = 1000000
};

/* The client only ended its own sending (RFC 9293 §3.6) and took the whole answer after that. */
static bool is_half_close(const hr_case *it)
{
    return it->dead != NULL && it->dead->complete == HR_COMPLETE_YES &&
           hr_connection_client(it->connection)->seldom->rst.frame == 0;
}

/* Whether it may be told from the end of its program. */
static bool has_clock_for_exits(const hr_case *it)
{
    return hr_case_has_clock_for(it, it->facts->model->settings.exit_window_ns);
}

bool hr_is_request_cancelled(const hr_case *it)
{
    if (!hr_case_is_first(it, HR_SIDE_CLIENT) || it->dead == NULL || is_half_close(it) ||
        hr_case_had_answer_begun(it) || it->dead->is_instead_of_body || !has_clock_for_exits(it) ||
        (!hr_request_is_server_intact_since(it->dead) && !hr_ending_took_no_answer(it->dead))) {
        return false;
    }
    it->ending->equal_waits = it->dead->equal_waits;
    return hr_case_decide(it, HR_SIDE_CLIENT, HR_CERTAINTY_LIKELY);
}

/* Its socket was full of an answer for longer than a program takes to end: it had not read on. */
bool hr_case_had_stopped_reading(const hr_case *it)
{
    const hr_moment stopped = it->dead != NULL ? hr_reading_stopped_at(it->dead) : HR_MOMENT_NONE;

    return stopped.frame != 0 &&
           it->ending->at.ns - stopped.ns >= it->facts->model->settings.exit_window_ns;
}

/* How many connections that the pool kept were idle around the close: it is seen a moment after
 * the client decided. */
static guint idle_siblings(const hr_case *it, const hr_origin_facts *origin)
{
    const int64_t at_ns = it->ending->at.ns;
    const int64_t settled_ns = at_ns + it->facts->model->settings.pool_settle_ns;
    const guint begun = hr_sorted_up_to(origin->idle_begin_ns, settled_ns);
    const guint expired = hr_sorted_below(origin->idle_expiry_ns, at_ns);
    return begun > expired ? begun - expired : 0; /* times may go back */
}

/* How many calls of the pool there were at some time while the last one of this connection ran;
 * none where a capture has its answer before it. */
static guint overlapping_calls(const hr_case *it, hr_origin_facts *origin)
{
    const int64_t called_ns = hr_request_called_ns(&it->facts->model->settings, it->last);

    return hr_origin_calls_during(origin, called_ns, it->last->ended.ns);
}

/* A busy event loop closes what it has no place for when it comes to that. What it keeps is idle
 * for longer, or a timer may have done it; and one that stays beside one that goes may be two
 * client objects in turn. */
static bool is_late_after_answer(const hr_case *it, const hr_origin_facts *origin)
{
    return origin->kept.most > 1 && it->ending->after_idle_ns != HR_TIME_NONE &&
           it->ending->after_idle_ns < it->facts->model->settings.pool_stay_ns &&
           it->ending->after_idle_ns < origin->kept.longest_ns &&
           !hr_connection_went_on_unseen(it->connection);
}

/* An answer that came in one small segment is read with its head: what is in a buffer of the
 * client's is not in the kernel's, which resets for what is left there. */
static bool may_be_left_in_kernel(const hr_request *answered)
{
    return answered->answered.frame != answered->ended.frame ||
           answered->answer_bytes > READ_AT_ONCE_MAX;
}

/* Where nothing can have been left unread, a reset is how the client closes: HAProxy does, and who
 * sets SO_LINGER. */
static bool is_closed_at_will(const hr_case *it)
{
    return !it->ending->is_first_rst || !may_be_left_in_kernel(it->last);
}

/* Siblings were kept, and more calls ran than would have had a place beside them. */
static bool is_crowded_out(const hr_case *it, hr_origin_facts *origin)
{
    if (!hr_case_is_first(it, HR_SIDE_CLIENT) || it->last == NULL || !is_closed_at_will(it) ||
        hr_connection_ended_with_surplus(it->connection) ||
        !(it->ending->is_after_answer || is_late_after_answer(it, origin))) {
        return false;
    }
    const guint kept = MIN(idle_siblings(it, origin), origin->kept.most);
    return kept > 0 && overlapping_calls(it, origin) > kept;
}

/* httpx counts the busy ones too: while more are open than it keeps, each is closed after its answer
 * (httpcore, connection_pool.py). A client object of its own would have been opened beside idle
 * ones, or beside the one of another that was busy. */
static bool is_over_count(const hr_case *it, hr_origin_facts *origin)
{
    return hr_software_is_named(hr_connection_program(it->connection), "python-httpx") &&
           origin->kept.most > 1 && hr_case_is_first(it, HR_SIDE_CLIENT) &&
           !it->ending->is_first_rst &&
           (it->ending->is_after_answer || is_late_after_answer(it, origin)) &&
           it->connection->judged.seen.why != HR_WHY_IDLE_AVAILABLE &&
           hr_origin_open_at(origin, it->last->ended.ns) > origin->kept.most;
}

/* That its siblings stayed is not in the capture: they may go the next moment, as a program's do,
 * unless the pool was seen to be full before. */
static bool is_capture_over_with(const hr_case *it, const hr_origin_facts *origin)
{
    return !origin->has_dropped &&
           it->facts->model->now.ns - it->ending->at.ns < it->facts->model->settings.pool_stay_ns;
}

/* Alone of its pool key, as another host's took its place: no limit for each host drops that. */
static bool is_over_hosts(const hr_case *it, hr_origin_facts *origin)
{
    return hr_origin_open_at(origin, it->ending->at.ns) <= 1;
}

bool hr_is_pool_limit(const hr_case *it)
{
    hr_origin_facts *origin = hr_facts_program_of(it->facts, it->connection);
    const hr_evicted evicted = hr_evicted_from(it->facts, it->connection);

    if (!hr_case_has_clock_for(it, it->facts->model->settings.pool_settle_ns) ||
        it->connection->seldom->close_said.by != HR_SIDE_NONE) {
        return false; /* who said so first may not be known, but somebody did */
    }
    if (evicted.kept > 0) {
        it->ending->limit = evicted.kept;
        it->ending->eviction = hr_eviction_of(it->facts, it->connection);
        it->ending->is_oldest_dropped = evicted.is_oldest_dropped || is_over_hosts(it, origin);
        return hr_case_decide(it, HR_SIDE_CLIENT, HR_CERTAINTY_LIKELY);
    }
    const bool is_crowded =
        is_crowded_out(it, origin) && idle_siblings(it, origin) >= origin->kept.most;
    if ((!is_crowded && !is_over_count(it, origin)) || is_capture_over_with(it, origin) ||
        origin->kept.most_possible > origin->kept.most) {
        return false; /* it kept more than these at another time, or may have: there was room */
    }
    origin->has_dropped = true;
    it->ending->limit = origin->kept.most;
    return hr_case_decide(it, HR_SIDE_CLIENT, HR_CERTAINTY_LIKELY);
}

/* Go's client drops connections for an unread body. One that shuts its sockets down first was seen
 * to on this pool key; of any other a FIN says that the kernel had nothing left. */
static bool may_leave_unread(const hr_case *it, const hr_origin_facts *origin)
{
    return hr_software_is_named(hr_connection_program(it->connection), "Go-http-client") ||
           (origin->resets_after_fin && may_be_left_in_kernel(it->last));
}

/* Siblings were open as it ended, and not all that happened on them is in the capture: the pool may
 * have been full. So it may have been of what nobody saw, where the capture began meanwhile. */
static bool may_be_crowded_out(const hr_case *it, hr_origin_facts *origin)
{
    return hr_origin_has_incomplete_at(origin, it->connection) ||
           hr_facts_is_other_lost(it->facts, it->connection);
}

/* Its own FIN is not in the capture, nor whatever else was sent meanwhile: the ends of others, by
 * which a program's end is told. */
static bool is_around_loss(const hr_case *it)
{
    return hr_connection_client(it->connection)->fin_proof != HR_FIN_CAPTURED;
}

/* Form (c): a FIN right after a complete answer tells little; what the same client did before
 * and after it tells more. */
static bool went_on_elsewhere(const hr_case *it, const hr_origin_facts *origin)
{
    /* Counted from the answer, not from the FIN: the next dial may overtake the close. */
    const guint index = hr_origin_requests_until(origin, it->last->ended.frame);
    if (index < hr_origin_request_count(origin)) {
        const hr_request *next = hr_origin_request(origin, index);
        return next->connection->opened.frame > it->last->ended.frame;
    }
    /* Nothing follows: it may be the end of the program. A connection that was reused shows
     * that the client reads answers; where none was, the last one does as the others did. */
    return (origin->undrained_forms & hr_form_bit('c')) != 0 && !origin->is_reused;
}

/* Who dials at once is who had closed. A program that ended, and was started again by who waited for
 * its end, needs more: a process, and Go's runtime. */
static bool may_be_next_program(const hr_case *it, const hr_origin_facts *origin)
{
    const guint index = hr_origin_requests_until(origin, it->last->ended.frame);
    if (index == hr_origin_request_count(origin)) {
        return true;
    }
    const hr_request *next = hr_origin_request(origin, index);
    /* From its own FIN, wherever the capture was made. */
    return next->connection->opened.ns - it->ending->at.ns >= NEXT_PROGRAM_MIN_NS;
}

/* What the client asked for here before was answered alike, and read: the connection went on. One
 * that had left answers to this origin unread before may do as it likes. */
static bool was_read_before(const hr_origin_facts *origin, const hr_request *last)
{
    if ((origin->undrained_forms & hr_form_bit('c')) != 0) {
        return false;
    }
    for (const hr_request *before = last->previous; before != NULL; before = before->previous) {
        if (hr_reading_is_alike(before, last) && before->answer_bytes >= last->answer_bytes) {
            return true;
        }
    }
    return false;
}

static bool looks_undrained(const hr_case *it)
{
    hr_origin_facts *origin = hr_facts_program_of(it->facts, it->connection);

    if (!it->ending->is_after_answer || it->last->is_answer_bodyless || is_around_loss(it) ||
        !may_leave_unread(it, origin) || is_crowded_out(it, origin) ||
        hr_evicted_from(it->facts, it->connection).kept > 0 || !went_on_elsewhere(it, origin) ||
        (may_be_next_program(it, origin) && was_read_before(origin, it->last))) {
        return false;
    }
    it->ending->may_be_undrained =
        may_be_crowded_out(it, origin) || !it->connection->is_opening_seen;
    return !it->ending->may_be_undrained;
}

/* The client's FIN, then its reset, and nothing of the server between them that it would answer:
 * its socket was closed with bytes in it. */
static bool has_reset_after_fin(const hr_case *it)
{
    const hr_tcp_end *client = hr_connection_client(it->connection);
    const hr_tcp_end *server = hr_connection_server(it->connection);

    return !it->connection->is_tls && client->fin.frame != 0 &&
           client->fin_proof == HR_FIN_CAPTURED && client->seldom->rst.frame > client->fin.frame &&
           client->seldom->rst.ns - client->fin.ns < HR_UNNAMED_TIMER_MIN_NS &&
           server->fin.frame == 0 && server->seldom->rst.frame == 0 &&
           it->last->complete == HR_COMPLETE_YES && it->ending->after_idle_ns != HR_TIME_NONE &&
           it->ending->after_idle_ns < HR_UNNAMED_TIMER_MIN_NS;
}

static bool has_reset_after_answer(const hr_case *it)
{
    return it->ending->is_after_answer && it->ending->is_first_rst &&
           hr_connection_server(it->connection)->fin.frame == 0;
}

/* The client's reset is the first word of an end, and no answer is outstanding. */
static bool is_reset_after_all(const hr_connection *connection)
{
    const hr_ending *ending = &connection->ending;
    const hr_request *last = connection->last_request;

    return ending->is_first_rst && ending->first_fin == HR_SIDE_CLIENT && last != NULL &&
           connection->seldom->streams->table == NULL &&
           hr_ending_outstanding_request(connection) == NULL && last->complete == HR_COMPLETE_YES &&
           hr_connection_server(connection)->fin.frame == 0;
}

static bool may_have_body_unread(const hr_request *last)
{
    return !last->is_answer_bodyless && may_be_left_in_kernel(last);
}

bool hr_ending_left_unread(const hr_connection *connection)
{
    return is_reset_after_all(connection) && !connection->is_tls &&
           !connection->ending.is_reset_habit && may_have_body_unread(connection->last_request);
}

bool hr_ending_is_reset_at_will(const hr_settings *settings, const hr_connection *connection)
{
    const hr_ending *ending = &connection->ending;
    const hr_request *last = connection->last_request;

    return is_reset_after_all(connection) && ending->first_closer == HR_SIDE_CLIENT &&
           !may_have_body_unread(last) && !hr_connection_ended_with_surplus(connection) &&
           !last->has_body_unfinished &&
           ending->at.ns - last->ended.ns < settings->idle_dropped_min_ns;
}

/* Who does not say its name may be one that closes so, too, if it read the same answer before. */
static bool may_be_reset_at_will(const hr_case *it, const hr_origin_facts *origin)
{
    const hr_product_set named = hr_software_named(it->connection, HR_SIDE_CLIENT);

    it->ending->is_reset_habit |=
        hr_product_set_is_empty(&named) && was_read_before(origin, it->last);
    return it->ending->is_reset_habit;
}

/* HAProxy resets what it keeps no longer, whatever it has passed on: DESIGN section 5. */
static bool may_be_of_proxy(const hr_connection *connection)
{
    return connection->products.is_relayed || connection->products.may_be_leg;
}

/* A busy program comes to its close later. Where the same client reset others right after such an
 * answer, and this one before any timeout can have passed, it does not matter how much. */
static bool has_reset_late(const hr_case *it, const hr_origin_facts *origin)
{
    return origin->has_left_unread && it->ending->after_idle_ns != HR_TIME_NONE &&
           it->ending->after_idle_ns < it->facts->model->settings.timer_min_ns &&
           hr_ending_left_unread(it->connection);
}

bool hr_ending_may_hide_unread(const hr_connection *connection)
{
    const hr_request *last = connection->last_request;
    const bool is_go = hr_software_is_named(hr_connection_program(connection), "Go-http-client");

    return connection->seldom->streams->table == NULL && last->complete == HR_COMPLETE_YES &&
           !last->is_answer_bodyless &&
           last->answer_bytes <= (is_go ? READ_AT_ONCE_MAX : READ_AHEAD_MAX);
}

bool hr_ending_may_wait_after_head(const hr_connection *connection)
{
    const hr_request *only = connection->request_count == 1 ? connection->last_request : NULL;

    return only != NULL && g_strcmp0(only->method, "HEAD") == 0 &&
           connection->ending.first_closer == HR_SIDE_CLIENT && !connection->ending.is_after_answer;
}

bool hr_is_body_undrained(const hr_case *it)
{
    hr_ending *ending = it->ending;
    hr_origin_facts *origin = hr_facts_program_of(it->facts, it->connection);

    if (!hr_case_is_first(it, HR_SIDE_CLIENT) || it->last == NULL ||
        it->connection->seldom->close_said.by != HR_SIDE_NONE ||
        hr_connection_ended_with_surplus(it->connection)) {
        return false;
    }
    const bool has_clock = hr_case_has_clock_for(it, it->facts->model->settings.right_after_ns);

    if (it->connection->protocol == HR_PROTOCOL_H2 || it->connection->protocol == HR_PROTOCOL_H3) {
        return false; /* an unread body costs a stream there, not the connection */
    }
    if (is_half_close(it)) {
        return false;
    }
    if (it->dead != NULL) {
        if (it->dead->complete == HR_COMPLETE_UNKNOWN || !hr_case_had_answer_begun(it) ||
            !has_clock_for_exits(it)) {
            return false; /* nobody knows whether it was cut off */
        }
        if (hr_legs_given_up_before(it->dead) != NULL) {
            return false; /* a proxy whose own client had left: that is told in front of it */
        }
        ending->form = 'a'; /* cut off in the middle: read no further, or cancelled */
        ending->equal_waits = it->dead->equal_waits;
        ending->is_rest_awaited = hr_reading_waited_ns(it->dead) > 0;
    } else if (has_clock &&
               (has_reset_after_answer(it) || has_reset_after_fin(it) ||
                has_reset_late(it, origin)) &&
               may_have_body_unread(it->last) && !may_be_of_proxy(it->connection) &&
               !may_be_reset_at_will(it, origin)) {
        ending->form = 'b'; /* the kernel resets when unread bytes remain */
    } else if (has_clock && !ending->is_first_rst && looks_undrained(it)) {
        ending->form = 'c';
    } else {
        return false;
    }
    ending->about = it->dead != NULL ? it->dead : it->last;
    origin->undrained_forms |= hr_form_bit(ending->form);
    origin->resets_after_fin |= ending->form == 'b' && !ending->is_first_rst;
    return hr_case_decide(it, HR_SIDE_CLIENT, HR_CERTAINTY_LIKELY);
}
