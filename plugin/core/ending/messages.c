/* messages.c
 * Ends that a message announced, or that the handshake shows: certain, except for a request
 * limit that only a count suggests.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/both_legs.h"
#include "core/ending/case.h"
#include "core/ending/ends.h"
#include "core/model/quic.h"

#include "software/software.h"

/* Something of the capture is missing by the time at which the SYN would be sent again, and its
 * answer may be among that. */
static bool is_answer_lost(const hr_case *it)
{
    const hr_moment seen = it->connection->last_seen;

    return hr_losses_begin_by(&it->facts->model->losses, seen.frame, seen.ns + HR_INITIAL_RTO_NS);
}

/* Over QUIC: it sent what only the handshake gives it the keys for (RFC 9001 §5.7). */
static bool is_client_ready(const hr_connection *connection)
{
    return connection->seldom->quic != NULL && connection->seldom->tls->client_records > 0;
}

bool hr_is_setup_failed(const hr_case *it)
{
    const hr_connection *connection = it->connection;
    const hr_tcp_end *server = hr_connection_server(connection);
    const hr_tcp_end *client = hr_connection_client(connection);

    if (connection->is_tls && hr_connection_ready(connection).frame == 0 &&
        (!is_client_ready(connection) || connection->seldom->tls->failed_by != HR_SIDE_NONE) &&
        connection->is_opening_seen && hr_case_is_ended(it) && connection->request_count == 0 &&
        !it->ending->is_in_disorder &&
        (connection->seldom->tls->failed_by != HR_SIDE_NONE ||
         hr_connection_is_legible(connection)) &&
        (connection->seldom->quic != NULL || !connection->seldom->tls->is_readable ||
         (connection->seldom->tls->failed_by != HR_SIDE_NONE))) {
        return hr_case_decide(it,
                              connection->seldom->tls->failed_by != HR_SIDE_NONE
                                  ? connection->seldom->tls->failed_by
                                  : it->ending->first_fin,
                              HR_CERTAINTY_CERTAIN); /* ended in the TLS handshake */
    }
    if (hr_ending_is_tls_in_plain(connection) && hr_case_is_ended(it)) {
        return hr_case_decide(it, HR_SIDE_SERVER, HR_CERTAINTY_CERTAIN);
    }
    if (!connection->is_opening_seen || connection->established.frame != 0 ||
        hr_connection_accepted(connection).frame != 0) {
        return false;
    }
    /* What refuses a SYN acknowledges it (RFC 9293 §3.10.7.3): else parts are missing. */
    if (server->seldom->has_rst_ack) {
        return hr_case_decide(it, HR_SIDE_SERVER, HR_CERTAINTY_CERTAIN); /* refused */
    }
    if (hr_quic_is_in_pieces(connection)) {
        return false;
    }
    const int64_t waited_ns = it->facts->model->now.ns - connection->opened.ns;
    if (server->state != HR_END_UNSEEN ||
        (client->syn_count < 2 && (waited_ns < HR_INITIAL_RTO_NS || is_answer_lost(it)))) {
        return false; /* parts of the handshake are missing, or it may still be answered */
    }
    return hr_case_decide(it, HR_SIDE_NONE, HR_CERTAINTY_CERTAIN); /* unanswered */
}

bool hr_is_upgraded(const hr_case *it)
{
    const hr_left_http *left = &it->connection->seldom->left;

    if (left->at.frame == 0 || left->is_connect || left->is_cut) {
        return false;
    }
    it->ending->evidence_frame = left->at.frame;
    return hr_case_decide(it, it->ending->first_fin, HR_CERTAINTY_CERTAIN);
}

bool hr_is_tunnelled(const hr_case *it)
{
    if (!it->connection->seldom->left.is_connect) {
        return false;
    }
    it->ending->evidence_frame = it->connection->seldom->left.at.frame;
    return hr_case_decide(it, it->ending->first_fin, HR_CERTAINTY_CERTAIN);
}

/* Where the body of @last begins, whose length it said; else where the client's bytes end. */
static uint64_t body_begin(const hr_connection *connection, const hr_request *last)
{
    const uint64_t end = hr_bytes_end(&hr_connection_client(connection)->out);
    const uint64_t length = last->length > 0 ? last->length - 1 : 0; /* hr_http1_said_length() */

    return last->end >= last->begin + length ? last->end - length : end;
}

/* Whether a request that says close may not have been read: only the last one can, or one behind
 * it. A body says nothing, whatever of it is missing. */
static bool may_have_said_close(const hr_connection *connection)
{
    const hr_bytes *client = &hr_connection_client(connection)->out;
    const hr_request *last = connection->last_request;

    if (connection->http1.is_head_cut || last == NULL || last->begin == HR_POSITION_NONE) {
        return last == NULL || connection->http1.is_head_cut;
    }
    const uint64_t begin = body_begin(connection, last);
    const uint64_t end = hr_bytes_end(client);

    return !hr_bytes_is_whole(client, last->begin, MIN(begin, end)) ||
           !hr_bytes_is_whole(client, last->end, end);
}

/* What the server said is the first word of a close only if the client had not said so. */
static bool is_surely_first(const hr_case *it)
{
    return it->connection->seldom->close_said.is_turned_away ||
           it->connection->seldom->close_said.by != HR_SIDE_SERVER ||
           !may_have_said_close(it->connection);
}

/* A CONNECT of which the answer is not in the capture may have opened a tunnel: how long that lives
 * no header says. */
static bool may_be_tunnel(const hr_case *it)
{
    return it->last != NULL && it->last->leaves_http && it->last->response_code == 0 &&
           it->last->complete == HR_COMPLETE_UNKNOWN && hr_request_has_answer_bytes(it->last);
}

/* A 408 that answers nothing is a timer's word, whatever else it says. */
static bool is_announced(const hr_case *it)
{
    if (it->connection->seldom->close_said.is_timeout || may_be_tunnel(it)) {
        return false;
    }
    it->ending->evidence_frame = it->connection->seldom->close_said.at.frame;
    return hr_case_decide(it, it->connection->seldom->close_said.by, HR_CERTAINTY_CERTAIN);
}

bool hr_is_http10(const hr_case *it)
{
    return hr_case_is_ended(it) && it->connection->seldom->close_said.is_http10 &&
           is_surely_first(it) && is_announced(it);
}

/* The answer came before the request's body was all sent, and the rest of it never came, or only
 * because it was on its way already. A client that sent all of it and closes first was not made to:
 * the server may read on and keep the connection. */
static bool is_body_cut(const hr_case *it)
{
    return it->last != NULL && it->last->has_body_unfinished &&
           (it->connection->http1.is_request_open ||
            (it->ending->is_after_answer && it->ending->first_fin != HR_SIDE_CLIENT));
}

/* Keep-Alive: max=N is counted with the answer that says it, or from the next one on. */
static bool is_announced_limit(const hr_connection *connection, uint32_t number)
{
    return number == connection->keep_alive.limit || number + 1 == connection->keep_alive.limit;
}

/* The server would have closed without the error as well: it says so with other answers, or had
 * announced that this is the last one. */
static bool is_habit(const hr_case *it)
{
    if (it->connection->seldom->close_said.is_turned_away) {
        return false;
    }
    return hr_parties_server_of(&it->facts->parties, it->connection)->closes_always ||
           is_announced_limit(it->connection, it->last->number);
}

/* Of the answer that came early, what would say close may not be in the capture: then a client that
 * closes first may have been told to. */
static hr_side early_closer(const hr_case *it)
{
    const hr_side said_by = it->connection->seldom->close_said.by;

    if (said_by != HR_SIDE_NONE) {
        return said_by;
    }
    return it->last->complete == HR_COMPLETE_UNKNOWN && it->ending->first_fin == HR_SIDE_CLIENT
               ? HR_SIDE_NONE
               : it->ending->first_fin;
}

bool hr_is_server_error_close(const hr_case *it)
{
    const hr_connection *connection = it->connection;
    const bool is_early = is_body_cut(it);

    if (!hr_case_is_ended(it)) {
        return false;
    }
    if (connection->seldom->close_said.by == HR_SIDE_SERVER && is_surely_first(it) &&
        !is_habit(it)) {
        return is_announced(it);
    }
    if (is_early && connection->seldom->close_said.by != HR_SIDE_CLIENT) {
        it->ending->evidence_frame = it->last->response_frame;
        return hr_case_decide(it, early_closer(it), HR_CERTAINTY_CERTAIN);
    }
    return false;
}

/* HTTP/2 has no Connection: close; a GOAWAY around the last answer says the same. */
static bool is_goaway_at_last(const hr_case *it)
{
    const hr_connection *connection = it->connection;
    const hr_request *last = it->last;

    return connection->seldom->goaway->by == HR_SIDE_SERVER &&
           connection->seldom->goaway->error == 0 &&
           connection->seldom->goaway->at.frame >= last->sent.frame &&
           connection->seldom->goaway->at.ns - last->ended.ns <=
               hr_connection_right_after_ns(it->facts->model, connection);
}

enum {
    LIMIT_ENDS = 2 /* DESIGN section 5, request-limit: at least two whole connections */
};

/* Runs of a program that is no proxy may all make as many requests, and end: it has to say it. */
static bool client_shows_limit(const hr_case *it, uint32_t number, bool is_said)
{
    const hr_origin_facts *origin = hr_facts_program_of(it->facts, it->connection);
    const hr_products *products = &it->connection->products;

    if (!is_said && origin->is_uncounted) {
        return false; /* of some connections nobody knows how many they carried */
    }
    return (is_said || products->is_relayed || products->is_leg) &&
           hr_lifetimes_show_limit(&origin->lifetimes, number, LIMIT_ENDS);
}

static bool is_limit_of_client(const hr_case *it, const hr_request *last)
{
    bool is_said = false;

    if (hr_both_legs_is_left(it->facts->model, it->connection) ||
        !hr_lifetime_is_counted(it->connection, HR_SIDE_CLIENT, &is_said) ||
        !client_shows_limit(it, last->number, is_said)) {
        return false;
    }
    it->ending->limit = last->number;
    it->ending->evidence_frame = it->connection->seldom->close_said.at.frame;
    return hr_case_decide(it, HR_SIDE_CLIENT, HR_CERTAINTY_LIKELY);
}

static bool is_limit_of_server(const hr_case *it, const hr_request *last)
{
    const hr_connection *connection = it->connection;
    bool is_by_message = false;
    const bool is_counted = hr_lifetime_is_counted(connection, HR_SIDE_SERVER, &is_by_message);
    const bool is_by_goaway = last->is_done && is_goaway_at_last(it);
    if (!is_counted && !is_by_goaway) {
        return false;
    }
    const hr_lifetimes *lifetimes =
        &hr_parties_server_of(&it->facts->parties, connection)->lifetimes;
    const bool is_said = is_announced_limit(connection, last->number);
    const bool is_pattern = hr_lifetimes_show_limit(lifetimes, last->number, LIMIT_ENDS);
    const bool is_known =
        hr_software_ends_at(connection, last->number) && last->number > lifetimes->survived;
    if (!is_said && !is_known && !is_pattern) {
        return false; /* what carried more, or as many and went on, refutes it */
    }
    it->ending->limit = last->number;
    it->ending->is_limit_announced = is_said;
    it->ending->evidence_frame = is_by_message ? connection->seldom->close_said.at.frame
                                               : connection->seldom->goaway->at.frame;
    return hr_case_decide(it, HR_SIDE_SERVER, is_said ? HR_CERTAINTY_CERTAIN : HR_CERTAINTY_LIKELY);
}

/* Counted by answers: what was sent behind the last of them was discarded (RFC 9112 §9.3.2). */
bool hr_is_request_limit(const hr_case *it)
{
    const hr_request *last = hr_connection_last_answered(it->connection);

    return hr_case_is_ended(it) && last != NULL && last->is_number_exact && last->number >= 2 &&
           (is_limit_of_server(it, last) || is_limit_of_client(it, last));
}

static bool is_of_age(const hr_case *it, const hr_lifetimes *lifetimes, hr_side side)
{
    const hr_moment end = hr_lifetime_end(it->connection, side);

    if (!hr_lifetimes_show_age(lifetimes, it->connection, side)) {
        return false;
    }
    const int64_t age_ns = end.ns - it->connection->opened.ns;
    if (!hr_case_has_clock_for(it, age_ns / 100 * HR_AGE_SPREAD_PERCENT)) {
        return false;
    }
    hr_ending_seldom_of(it->ending)->age_ns = age_ns;
    it->ending->evidence_frame = end.frame != it->ending->at.frame ? end.frame : 0;
    return hr_case_decide(it, side, HR_CERTAINTY_LIKELY);
}

/* Runs of a program that end after the same time look like it; a pool lets another live on. */
static bool may_limit_age(const hr_case *it, const hr_origin_facts *origin)
{
    const hr_products *products = &it->connection->products;
    return products->is_relayed || products->is_leg || origin->lifetimes.goes_on;
}

/* The other side had ended it before: so some servers take leave (Apache). Or nobody has. */
static bool is_goaway_in_answer(const hr_case *it)
{
    const hr_goaway *goaway = it->connection->seldom->goaway;

    return !it->ending->is_in_disorder && it->ending->at.frame < goaway->at.frame;
}

/* The server says it itself: one such end will do. */
static bool is_age_said(const hr_case *it)
{
    const hr_connection *connection = it->connection;

    if (!hr_ending_is_age_said(connection) || is_goaway_in_answer(it)) {
        return false;
    }
    hr_ending_seldom_of(it->ending)->age_ns =
        connection->is_opening_seen ? connection->seldom->goaway->at.ns - connection->opened.ns
                                    : HR_TIME_NONE;
    it->ending->evidence_frame = connection->seldom->goaway->at.frame;
    return hr_case_decide(it, HR_SIDE_SERVER, HR_CERTAINTY_CERTAIN);
}

/* Equal ages at different numbers of requests. A limit that was announced wins. */
bool hr_is_max_age(const hr_case *it)
{
    if (is_age_said(it)) {
        return true;
    }
    const hr_request *last = hr_connection_last_answered(it->connection);
    const hr_origin_facts *origin = hr_facts_program_of(it->facts, it->connection);
    const hr_lifetimes *of_server =
        &hr_parties_server_of(&it->facts->parties, it->connection)->lifetimes;

    if (!hr_case_is_ended(it) || last == NULL || it->connection->is_one_way ||
        it->connection->seldom->close_said.is_http10 ||
        is_announced_limit(it->connection, last->number)) {
        return false;
    }
    return is_of_age(it, of_server, HR_SIDE_SERVER) ||
           (may_limit_age(it, origin) && !hr_both_legs_is_left(it->facts->model, it->connection) &&
            is_of_age(it, &origin->lifetimes, HR_SIDE_CLIENT));
}

bool hr_is_goaway(const hr_case *it)
{
    const hr_connection *connection = it->connection;

    if (connection->seldom->goaway->at.frame == 0 || is_goaway_in_answer(it)) {
        return false;
    }
    if (hr_case_is_idle_said(it) || (connection->seldom->goaway->is_idle &&
                                     hr_case_fits_idle_timer(it, connection->seldom->goaway->by))) {
        return false; /* the timeout is the reason, GOAWAY how it was said */
    }
    it->ending->evidence_frame = connection->seldom->goaway->at.frame;
    /* The other side's may have come before, in what nobody could read; or what an error speaks of. */
    const unsigned other = connection->seldom->goaway->by == HR_SIDE_SERVER
                               ? connection->client
                               : 1U - connection->client;
    const bool is_sure =
        (connection->seldom->goaway->error != 0 && !connection->is_one_way) ||
        (hr_connection_is_intact(connection, other) && !it->ending->is_in_disorder);
    return hr_case_decide(it, is_sure ? connection->seldom->goaway->by : HR_SIDE_NONE,
                          HR_CERTAINTY_CERTAIN);
}

bool hr_is_client_close_header(const hr_case *it)
{
    return hr_case_is_ended(it) && it->connection->seldom->close_said.by == HR_SIDE_CLIENT &&
           is_announced(it);
}

bool hr_is_server_close_header(const hr_case *it)
{
    return hr_case_is_ended(it) && it->connection->seldom->close_said.by == HR_SIDE_SERVER &&
           is_surely_first(it) && is_announced(it);
}

bool hr_is_unused(const hr_case *it)
{
    const hr_connection *connection = it->connection;

    return hr_case_is_first(it, HR_SIDE_CLIENT) && connection->is_opening_seen &&
           hr_connection_carried_nothing(connection) &&
           hr_case_decide(it, HR_SIDE_CLIENT, HR_CERTAINTY_CERTAIN);
}
