/* finding_data.c
 * One small function a finding, in a table by code. They look up what the model and the
 * analysis say about the case, and judge nothing. What is inferred and not said by a message
 * carries its certainty, and what would look the same on the wire is named beside it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "finding_data.h"

#include <string.h>

#include "core/result/advice.h"
#include "software/software.h"

enum {
    STEPS_BACK = 64, /* requests of a connection that are looked at for one finding */
};

/* What a function of the table needs; connection is never NULL there. */
typedef struct {
    hr_json *json;
    const hr_model *model;
    const hr_connection *connection;
    const hr_request *request; /* NULL where the finding is of the connection as a whole */
    uint32_t frame;
} finding_case;

static const char *const cancel[] = {"a cancelled request"};
/* The first of them only if there was a body. */
static const char *const after_answer[] = {
    "an unread response body",
    "a client object or process for each call",
    "the end of the program",
    "a pool that keeps no more idle connections",
};
static const char *const crowded_out[] = {
    "an unread response body",
    "the end of a client object",
};
/* The last of them only if there was a body. */
static const char *const idle_untaken[] = {
    "another process at the same address",
    "another client object or pool",
    "an answer on the idle connection that the client never finished reading",
};

static void put_certainty(const finding_case *the)
{
    hr_json_string(the->json, "certainty", hr_certainty_token(the->connection->ending.certainty));
}

/* From the end of the last answer to the close, absent where either was not seen, or the answer
 * did not come to its end before. */
static void put_after_answer(const finding_case *the)
{
    const hr_request *last = the->connection->last_request;
    const hr_moment closed = the->connection->ending.at;
    const bool is_known = last != NULL && last->complete != HR_COMPLETE_NO &&
                          last->ended.frame != 0 && last->ended.frame <= closed.frame;

    hr_json_ms(the->json, "after_answer_ms", is_known ? closed.ns - last->ended.ns : HR_TIME_NONE);
}

static void put_method(const finding_case *the)
{
    const char *method = the->request != NULL ? the->request->method : NULL;

    hr_json_string(the->json, "method", method);
    if (method == NULL) {
        hr_json_null(the->json, "idempotent");
    } else {
        hr_json_bool(the->json, "idempotent", hr_method_is_idempotent(method));
    }
}

static void put_new_connection(const finding_case *the)
{
    const hr_opening *opening = &the->connection->opening;

    hr_json_ms(the->json, "setup_ms", hr_connection_setup_ns(the->connection));
    hr_json_string(the->json, "why_new", hr_why_token(opening->why));
    hr_json_connection(the->json, "why_new_connection", opening->connection);
    hr_json_bool(the->json, "shares_address", opening->shares_address);
}

/* Whether the last answer on @connection before @frame may have had a body: those before it were
 * read, or no request could have followed. */
static bool may_have_unread_body(const hr_connection *connection, uint32_t frame)
{
    const hr_request *request = connection != NULL ? connection->last_request : NULL;

    /* Where it goes on for long after that frame, rather name one cause too many than search. */
    for (unsigned steps = 0; request != NULL && steps < STEPS_BACK; steps++) {
        if (request->shown.frame < frame) {
            return !request->is_answer_bodyless;
        }
        request = request->previous;
    }
    return true;
}

static void put_missed_reuse(const finding_case *the)
{
    const hr_connection *idle = the->connection->opening.connection;
    const bool is_unread = may_have_unread_body(idle, the->connection->opened.frame);

    hr_json_connection(the->json, "idle_connection", idle);
    hr_json_ms(the->json, "setup_ms", hr_connection_setup_ns(the->connection));
    hr_json_strings(the->json, "alternatives", idle_untaken,
                    G_N_ELEMENTS(idle_untaken) - (is_unread ? 0 : 1));
}

/* (a) the answer was cut short, (b) a reset after it, (c) by the pattern only. */
static void put_body_undrained(const finding_case *the)
{
    const char form[] = {the->connection->ending.form, '\0'};

    hr_json_string(the->json, "form", form[0] != '\0' ? form : NULL);
    put_certainty(the);
    put_after_answer(the);
    if (form[0] == 'a') {
        hr_json_strings(the->json, "alternatives", cancel, G_N_ELEMENTS(cancel));
    } else {
        const size_t others = form[0] == 'c' ? G_N_ELEMENTS(after_answer) - 1 : 0;
        hr_json_strings(the->json, "alternatives", after_answer + 1, others);
    }
}

static void put_closed_after_answer(const finding_case *the)
{
    const hr_request *last = the->connection->last_request;
    /* An unread body costs HTTP/2 and 3 a stream, not the connection. */
    const bool has_streams = last != NULL && last->stream >= 0;
    const size_t skip = last != NULL && (last->is_answer_bodyless || has_streams) ? 1 : 0;

    put_after_answer(the);
    hr_json_strings(the->json, "alternatives", after_answer + skip,
                    G_N_ELEMENTS(after_answer) - skip);
}

static void put_pool_limit(const finding_case *the)
{
    hr_json_ordinal(the->json, "limit", the->connection->ending.limit);
    put_certainty(the);
    put_after_answer(the);
    hr_json_strings(the->json, "alternatives", crowded_out, G_N_ELEMENTS(crowded_out));
}

static void put_stale_reuse(const finding_case *the)
{
    const hr_request *retry = the->connection->ending.retry;

    put_method(the);
    put_certainty(the);
    hr_json_ms(the->json, "idle_ms", the->request != NULL ? the->request->idle_ns : HR_TIME_NONE);
    hr_json_connection(the->json, "retry_connection", retry != NULL ? retry->connection : NULL);
    hr_json_ordinal(the->json, "retry_frame", retry != NULL ? retry->shown.frame : 0);
}

static void put_timer(const finding_case *the, const hr_timer *timer)
{
    hr_json *json = the->json;

    json_dumper_begin_object(&json->dumper);
    hr_json_string(json, "product", hr_product_name(timer->product));
    hr_json_string(json, "role",
                   timer->side == HR_SIDE_NONE ? "middlebox" : hr_side_token(timer->side));
    hr_json_ms(json, "idle_ms", hr_timer_idle_ns(timer, the->connection));
    hr_json_string(json, "setting", timer->setting);
    hr_json_bool(json, "named", hr_timer_is_named(timer, the->connection));
    hr_json_end_object(json);
}

static void put_candidates(const finding_case *the)
{
    const hr_ending *ending = &the->connection->ending;

    hr_json_begin_array(the->json, "candidates");
    for (uint8_t i = 0; i < ending->timer_count; i++) {
        put_timer(the, ending->timers[i]);
    }
    hr_json_end_array(the->json);
}

static void put_idle_close(const finding_case *the)
{
    const hr_ending *ending = &the->connection->ending;

    hr_json_string(the->json, "cause", hr_close_cause_token(ending->cause));
    hr_json_string(the->json, "by", hr_side_token(ending->by));
    put_certainty(the);
    hr_json_ms(the->json, "idle_ms", ending->after_idle_ns);
    hr_json_bool(the->json, "announced", ending->is_timer_announced);
    put_candidates(the);
}

static void put_close_announced(const finding_case *the)
{
    hr_json_string(the->json, "by", hr_side_token(the->connection->close_said.by));
    hr_json_bool(the->json, "http10", the->connection->close_said.is_http10);
}

static void put_request_limit(const finding_case *the)
{
    const hr_ending *ending = &the->connection->ending;

    hr_json_ordinal(the->json, "limit", ending->limit);
    hr_json_bool(the->json, "announced", ending->is_limit_announced);
    put_certainty(the);
    hr_json_ordinal(the->json, "evidence_frame", ending->evidence_frame);
}

static void put_goaway(const finding_case *the)
{
    const hr_connection *connection = the->connection;

    hr_json_string(the->json, "by", hr_side_token(connection->goaway.by));
    hr_json_uint(the->json, "error", connection->goaway.error);
    hr_json_uint(the->json, "last_stream", connection->goaway.last_stream);
    hr_json_bool(the->json, "idle", connection->goaway.is_idle);
}

static void put_streams_exhausted(const finding_case *the)
{
    const hr_connection *full = the->connection->opening.connection;

    hr_json_connection(the->json, "full_connection", full);
    if (full == NULL || full->streams.limit == UINT32_MAX) {
        hr_json_null(the->json, "stream_limit");
    } else {
        hr_json_uint(the->json, "stream_limit", full->streams.limit);
    }
    hr_json_ms(the->json, "setup_ms", hr_connection_setup_ns(the->connection));
}

static void put_full_handshake(const finding_case *the)
{
    hr_json_bool(the->json, "offered", the->connection->tls.offers_resumption);
    hr_json_string(the->json, "sni", the->connection->tls.sni);
    hr_json_ms(the->json, "tls_handshake_ms", hr_connection_tls_handshake_ns(the->connection));
}

static void put_tls_opaque(const finding_case *the)
{
    hr_json_string(the->json, "sni", the->connection->tls.sni);
    hr_json_string(the->json, "tls_handshake",
                   hr_tls_handshake_token(the->connection->tls.handshake));
    hr_json_bool(the->json, "setup_estimated", the->connection->tls.is_setup_estimated);
}

static void put_handshake_race(const finding_case *the)
{
    hr_json_ms(the->json, "setup_ms", hr_connection_setup_ns(the->connection));
    hr_json_uint(the->json, "requests", the->connection->request_count);
}

static void put_unused_connection(const finding_case *the)
{
    const hr_connection *connection = the->connection;
    const hr_moment closed = connection->ending.at;
    const bool is_known = connection->opened.frame != 0 && closed.frame != 0;

    hr_json_ms(the->json, "setup_ms", hr_connection_setup_ns(connection));
    hr_json_ms(the->json, "open_ms", is_known ? closed.ns - connection->opened.ns : HR_TIME_NONE);
}

static void put_misdirected(const finding_case *the)
{
    const hr_request *request = the->request;

    hr_json_string(the->json, "authority", request != NULL ? request->authority : NULL);
    hr_json_string(the->json, "sni", the->connection->tls.sni);
}

static void put_idle_dropped(const finding_case *the)
{
    put_method(the);
    put_certainty(the);
    hr_json_ms(the->json, "idle_ms", the->request != NULL ? the->request->idle_ns : HR_TIME_NONE);
    put_candidates(the);
}

/* The probe of @connection in @frame, or NULL. Probes are in the order of the frames. */
static const hr_probe *find_probe(const hr_model *model, const hr_connection *connection,
                                  uint32_t frame)
{
    const size_t count = hr_model_probe_count(model);
    size_t low = 0;
    size_t high = count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (hr_model_probe(model, middle)->at.frame < frame) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < count && hr_model_probe(model, low)->at.frame == frame; low++) {
        if (hr_model_probe(model, low)->connection == connection) {
            return hr_model_probe(model, low);
        }
    }
    return NULL;
}

static void put_keep_alive_probe(const finding_case *the)
{
    const hr_probe *probe = find_probe(the->model, the->connection, the->frame);

    hr_json_string(the->json, "by", probe != NULL ? hr_side_token(probe->by) : NULL);
    hr_json_ms(the->json, "interval_ms", probe != NULL ? probe->interval_ns : HR_TIME_NONE);
}

static void put_summary(hr_json *json, const hr_totals *totals)
{
    hr_json_uint(json, "requests", totals->sums.requests);
    hr_json_uint(json, "new", totals->sums.new_requests);
    hr_json_uint(json, "reused", totals->sums.reused);
    hr_json_uint(json, "unknown", totals->sums.unknown);
    hr_json_uint(json, "connections", totals->sums.connections);
    hr_json_uint(json, "avoidable_connections", totals->sums.avoidable_connections);
    hr_json_ms(json, "avoidable_setup_ms", totals->sums.avoidable_setup_ns);
}

/* What to do in the words of the client's library; null where it is not known. */
static void put_advice(const finding_case *the, hr_finding_code code)
{
    const hr_library library = hr_library_of(the->connection);
    GString *text = g_string_new(NULL);
    const bool is_known = hr_advice_append(text, code, library);

    hr_json_string(the->json, "client_library", hr_library_name(library));
    hr_json_string(the->json, "advice", is_known ? text->str : NULL);
    g_string_free(text, TRUE);
}

static void (*const writers[HR_FINDING_COUNT])(const finding_case *) = {
    [HR_FINDING_NEW_CONNECTION] = put_new_connection,
    [HR_FINDING_MISSED_REUSE] = put_missed_reuse,
    [HR_FINDING_BODY_UNDRAINED] = put_body_undrained,
    [HR_FINDING_CLOSED_AFTER_ANSWER] = put_closed_after_answer,
    [HR_FINDING_POOL_LIMIT] = put_pool_limit,
    [HR_FINDING_STALE_REUSE] = put_stale_reuse,
    [HR_FINDING_IDLE_CLOSE] = put_idle_close,
    [HR_FINDING_CLOSE_ANNOUNCED] = put_close_announced,
    [HR_FINDING_REQUEST_LIMIT] = put_request_limit,
    [HR_FINDING_GOAWAY] = put_goaway,
    [HR_FINDING_STREAMS_EXHAUSTED] = put_streams_exhausted,
    [HR_FINDING_FULL_HANDSHAKE] = put_full_handshake,
    [HR_FINDING_TLS_OPAQUE] = put_tls_opaque,
    [HR_FINDING_HANDSHAKE_RACE] = put_handshake_race,
    [HR_FINDING_UNUSED_CONNECTION] = put_unused_connection,
    [HR_FINDING_MISDIRECTED] = put_misdirected,
    [HR_FINDING_IDLE_DROPPED] = put_idle_dropped,
    [HR_FINDING_KEEP_ALIVE_PROBE] = put_keep_alive_probe,
};

void hr_finding_data_write(hr_json *json, const hr_model *model, const hr_analysis *analysis,
                           const hr_finding *finding)
{
    const finding_case the = {json, model, finding->connection, finding->request, finding->frame};

    hr_json_begin_object(json, "data");
    if (finding->code == HR_FINDING_SUMMARY) {
        put_summary(json, hr_analysis_totals(analysis));
    } else if (finding->connection != NULL && writers[finding->code] != NULL) {
        writers[finding->code](&the);
        if (hr_advice_is_for(finding->code)) {
            put_advice(&the, finding->code);
        }
    }
    hr_json_end_object(json);
}
