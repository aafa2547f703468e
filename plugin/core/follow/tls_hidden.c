/* tls_hidden.c
 * What records tell that nobody can read, by their lengths and by who sent them. The requests cannot
 * be seen, but who spoke last can: that tells a connection that waits for an answer from one that
 * rests.
 *
 * Sources: RFC 8446 (TLS 1.3; the length of a record §5.2), RFC 9113 (HTTP/2's frames §6).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/follow/tls.h"

#include "core/follow/state.h"
#include "core/opening/pool.h"

enum {
    /* HTTP/2's PING, and its GOAWAY without debug data (RFC 9113 §6.7, §6.8), and what ciphers add:
     * a tag; AES-GCM in TLS 1.2 a nonce; TLS 1.3 the inner type. */
    H2_ACK_LENGTH = 9, /* of SETTINGS, which nobody answers (§6.5.3) */
    H2_PING_LENGTH = 17,
    H2_DEBUG_TIMEOUT = 7,  /* ... with it: mod_http2's "timeout", gRPC's "max_age" ... */
    H2_DEBUG_MAX_IDLE = 8, /* ... and "max_idle" */
    TAG_LENGTH = 16,
    NONCE_LENGTH = 8,
};

/* No server's idle timeout is shorter that says why it goes. */
#define DEBUGGED_REST_MIN_NS (1 * HR_NS_PER_S)

/* Whether a record of @length may hold a frame of @plain bytes and nothing else. */
static bool may_hold(const hr_connection *connection, uint32_t length, uint32_t plain)
{
    const uint32_t sealed = plain + TAG_LENGTH;

    return hr_tls_is_13(connection) ? length == sealed + 1
                                    : length == sealed || length == sealed + NONCE_LENGTH;
}

static bool has_length_of_ping(const hr_connection *connection, uint32_t length)
{
    return may_hold(connection, length, H2_PING_LENGTH) && hr_connection_may_speak_h2(connection);
}

/* A GOAWAY that says why. The trailers of a call are about as long: these lengths are known. */
static bool has_length_of_reason(const hr_connection *connection, uint32_t length)
{
    return (may_hold(connection, length, H2_PING_LENGTH + H2_DEBUG_TIMEOUT) ||
            may_hold(connection, length, H2_PING_LENGTH + H2_DEBUG_MAX_IDLE)) &&
           hr_connection_may_speak_h2(connection);
}

/* The server spoke out of rest, as briefly as a GOAWAY. A PING would be answered at once. A call's
 * trailers are as long as a GOAWAY with debug data, and come sooner. */
static bool may_be_farewell(const hr_model *model, const hr_connection *connection, uint32_t length)
{
    const int64_t rested_ns = model->now.ns - connection->rest.since_ns;
    const bool says_why =
        rested_ns >= DEBUGGED_REST_MIN_NS && has_length_of_reason(connection, length);

    return (says_why || has_length_of_ping(connection, length)) &&
           connection->seldom->tls->is_answered && connection->idle_since.frame != 0 &&
           rested_ns > hr_connection_right_after_ns(model, connection);
}

/* A frame without payload: no header section is that short, and where it ends a body the answer is
 * awaited all the same. */
static bool may_acknowledge_settings(const hr_connection *connection, hr_side side, uint32_t length)
{
    return side == HR_SIDE_CLIENT && may_hold(connection, length, H2_ACK_LENGTH) &&
           hr_connection_may_speak_h2(connection);
}

/* Whether the record says nothing of an exchange: a likely GOAWAY, or a PING and its answer, or
 * what acknowledges the server's settings. */
static bool is_beside_exchanges(hr_model *model, hr_connection *connection, hr_side side,
                                uint32_t length)
{
    const hr_moment farewell = connection->seldom->tls->farewell;

    if (may_acknowledge_settings(connection, side, length)) {
        return true;
    }

    if (side == HR_SIDE_SERVER && may_be_farewell(model, connection, length)) {
        /* One that comes after the client's FIN answers that. */
        const bool is_another =
            hr_connection_client(connection)->fin.frame == 0 &&
            (farewell.frame == 0 || model->now.ns - farewell.ns > HR_FAREWELL_WITHIN_NS);
        hr_connection_tls(connection)->farewell = is_another ? model->now : farewell;
        return true;
    }
    hr_connection_tls(connection)->farewell = HR_MOMENT_NONE; /* it was none */
    return side == HR_SIDE_CLIENT && farewell.frame != 0 &&
           has_length_of_ping(connection, length) &&
           model->now.ns - farewell.ns <= hr_connection_right_after_ns(model, connection);
}

/* The server speaks, and was asked for nothing more: its answer goes on, since before another was
 * opened and had its own. Of streams others may run beside it. */
static void go_on_answering(hr_connection *connection)
{
    hr_connection *beside = connection->seldom->tls->beside;

    hr_connection_still_answers(connection);
    hr_connection_tls(connection)->overtaken_last = NULL;
    if (beside != NULL && !beside->judged.is_overtaken && !hr_connection_may_speak_h2(connection)) {
        beside->judged.is_overtaken = true;
        hr_connection_tls(connection)->overtaken_last = beside;
    }
}

void hr_tls_server_ended(const hr_model *model, hr_connection *connection)
{
    hr_connection *beside = connection->seldom->tls->overtaken_last;

    if (beside != NULL && model->now.ns - connection->rest.since_ns <=
                              hr_connection_right_after_ns(model, connection)) {
        beside->judged.is_overtaken = false;
    }
}

/* The client speaks out of rest. */
static void note_idle_time(const hr_model *model, hr_connection *connection)
{
    if (connection->seldom->tls->is_answered) {
        hr_connection_tls(connection)->asked_after_ns =
            connection->idle_since.frame != 0 ? model->now.ns - connection->idle_since.ns : 0;
    }
}

/* ... and the server answers: neither had closed before that. */
static void note_survival(hr_connection *connection)
{
    hr_tls *tls = hr_connection_tls(connection);

    tls->longest_idle_ns = MAX(tls->longest_idle_ns, tls->asked_after_ns);
}

/* Of HTTP/2 each record of the client's may open a stream, and one of the server's may end one. What
 * speaks out of rest had a stream to spare. */
static void count_in_flight(const hr_model *model, hr_connection *connection, hr_side side)
{
    hr_tls *tls = hr_connection_tls(connection);

    if (side == HR_SIDE_SERVER) {
        tls->in_flight -= tls->in_flight > 0;
        return;
    }
    if (connection->idle_since.frame != 0 && model->now.ns - connection->rest.since_ns >
                                                 hr_connection_right_after_ns(model, connection)) {
        tls->in_flight = 0;
    }
    tls->in_flight++;
}

/* Who spoke last is all that shows of an exchange. */
void hr_tls_guess_exchange(hr_model *model, hr_connection *connection, hr_side side,
                           uint32_t length)
{
    hr_connection_tls(connection)->short_record =
        HR_MOMENT_NONE; /* not the last one, and so no close_notify */
    if (is_beside_exchanges(model, connection, side, length)) {
        return;
    }
    count_in_flight(model, connection, side);
    if (side == HR_SIDE_CLIENT) {
        if (connection->place.pool == NULL) {
            hr_pool_enter(model, connection, connection->seldom->tls->sni);
        }
        note_idle_time(model, connection);
        hr_connection_become_busy(model, connection);
        hr_connection_tls(connection)->data_by_client = model->now;
        hr_connection_tls(connection)->beside = NULL;
        hr_connection_tls(connection)->is_answered = false;
    } else if (connection->seldom->tls->data_by_client.frame != 0) {
        note_survival(connection);
        go_on_answering(connection);
        hr_connection_become_busy(model, connection); /* each record moves the begin of rest */
        hr_connection_become_idle(model, connection);
        hr_connection_tls(connection)->is_answered = true;
        if (connection->exchange_count == 0) {
            connection->exchange_count = 1;
            hr_pool_first_exchange_over(connection);
        }
    }
}

/* TLS 1.3 hides what a record is, but not its length: it holds two bytes, an alert's. No Finished
 * and no request is that short. */
void hr_tls_hidden_alert_seen(const hr_model *model, hr_connection *connection, hr_side side)
{
    if (connection->seldom->tls->client_records > 0 || connection->seldom->tls->version == NULL) {
        if (connection->seldom->tls->short_record.frame != 0) {
            return; /* the other side's is an answer */
        }
        hr_connection_tls(connection)->short_record = model->now;
        hr_connection_tls(connection)->short_record_by = side;
    } else if (side == HR_SIDE_CLIENT && hr_connection_is_intact(connection, connection->client)) {
        hr_connection_tls(connection)->failed_by = side; /* instead of its Finished */
    }
}
