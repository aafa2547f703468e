/* finding_ending.c
 * The data of findings about how a connection ended. What is inferred and not said by a message
 * carries its certainty, and what would look the same on the wire is named beside it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "present/ndjson/finding_case.h"

#include "core/result/findings.h"
#include "software/software.h"

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
    "several client objects or threads, each with one connection of its own",
};

static void put_certainty(const hr_finding_case *the)
{
    hr_json_string(the->json, "certainty", hr_certainty_token(the->connection->ending.certainty));
}

/* From the end of the last answer to the close, absent where either was not seen, or the answer
 * did not come to its end before. */
static void put_after_answer(const hr_finding_case *the)
{
    const hr_request *last = the->connection->last_request;
    const hr_moment closed = the->connection->ending.at;
    const bool is_known = last != NULL && last->complete != HR_COMPLETE_NO &&
                          last->ended.frame != 0 && last->ended.frame <= closed.frame;

    hr_json_ms(the->json, "after_answer_ms",
               is_known ? hr_moment_elapsed_ns(last->ended, closed) : HR_TIME_NONE);
}

static void put_method(const hr_finding_case *the)
{
    const char *method = the->request != NULL ? the->request->method : NULL;

    hr_json_string(the->json, "method", method);
    if (method == NULL) {
        hr_json_null(the->json, "idempotent");
    } else {
        hr_json_bool(the->json, "idempotent", hr_method_is_idempotent(method));
    }
}

/* (a) the answer was cut short, (b) a reset after it, (c) by the pattern only. */
void hr_put_body_undrained(const hr_finding_case *the)
{
    const char form[] = {the->connection->ending.form, '\0'};

    hr_json_string(the->json, "form", form[0] != '\0' ? form : NULL);
    put_certainty(the);
    put_after_answer(the);
    hr_json_uint(the->json, "equal_waits", the->connection->ending.equal_waits);
    if (form[0] == 'a') {
        hr_json_strings(the->json, "alternatives", cancel, G_N_ELEMENTS(cancel));
    } else {
        const size_t others = form[0] == 'c' ? G_N_ELEMENTS(after_answer) - 1 : 0;
        hr_json_strings(the->json, "alternatives", after_answer + 1, others);
    }
}

void hr_put_closed_after_answer(const hr_finding_case *the)
{
    const hr_request *last = the->connection->last_request;
    /* An unread body costs HTTP/2 and 3 a stream, not the connection. */
    const bool has_streams = last != NULL && hr_request_stream(last) >= 0;
    const size_t skip = last != NULL && (last->is_answer_bodyless || has_streams) ? 1 : 0;

    put_after_answer(the);
    hr_json_strings(the->json, "alternatives", after_answer + skip,
                    G_N_ELEMENTS(after_answer) - skip);
}

void hr_put_pool_limit(const hr_finding_case *the)
{
    hr_json_ordinal(the->json, "limit", hr_ending_limit(&the->connection->ending));
    put_certainty(the);
    put_after_answer(the);
    hr_json_strings(the->json, "alternatives", crowded_out, G_N_ELEMENTS(crowded_out));
}

static void put_retry(const hr_finding_case *the)
{
    const hr_request *retry = the->connection->ending.seldom->retry;

    hr_json_connection(the->json, "retry_connection", retry != NULL ? retry->connection : NULL);
    hr_json_ordinal(the->json, "retry_frame", retry != NULL ? hr_request_frame(retry) : 0);
}

static void put_timer(const hr_finding_case *the, const hr_timer *timer)
{
    hr_json *json = the->json;

    hr_json_begin_object(json, NULL);
    hr_json_string(json, "product", hr_product_name(timer->product));
    hr_json_string(json, "role",
                   timer->side == HR_SIDE_NONE ? "middlebox" : hr_side_token(timer->side));
    hr_json_ms(json, "idle_ms", hr_timer_idle_ns(timer, the->connection));
    hr_json_string(json, "setting", timer->setting);
    hr_json_bool(json, "named", hr_timer_is_named(timer, the->connection));
    hr_json_end_object(json);
}

static void put_candidates(const hr_finding_case *the)
{
    const hr_ending *ending = &the->connection->ending;

    hr_json_begin_array(the->json, "candidates");
    for (uint8_t i = 0; i < ending->timer_count; i++) {
        put_timer(the, hr_ending_timer(ending, i));
    }
    hr_json_end_array(the->json);
}

/* The request of the proxy's own client that failed with this one. */
static void put_passed_on(const hr_finding_case *the)
{
    const hr_request *front = the->request != NULL ? the->request->ties->passes_on : NULL;
    const bool is_passed_on = front != NULL && hr_finding_behind(front) == the->request;

    hr_json_connection(the->json, "client_side_connection",
                       is_passed_on ? front->connection : NULL);
    hr_json_ordinal(the->json, "client_side_frame", is_passed_on ? hr_request_frame(front) : 0);
}

void hr_put_stale_reuse(const hr_finding_case *the)
{
    put_method(the);
    put_certainty(the);
    hr_json_ms(the->json, "idle_ms", the->request != NULL ? the->request->idle_ns : HR_TIME_NONE);
    hr_json_bool(the->json, "fin_acknowledged_before", the->connection->ending.is_fin_known);
    put_candidates(the);
    put_retry(the);
    put_passed_on(the);
}

/* How long the client had waited when the connection ended. */
static void put_waited(const hr_finding_case *the)
{
    const hr_moment sent = the->request != NULL ? the->request->sent : HR_MOMENT_NONE;

    hr_json_ms(the->json, "waited_ms", hr_moment_elapsed_ns(sent, the->connection->ending.at));
}

void hr_put_request_aborted(const hr_finding_case *the)
{
    put_method(the);
    put_certainty(the);
    put_waited(the);
    hr_json_uint(the->json, "equal_waits", the->connection->ending.equal_waits);
    put_retry(the);
    put_passed_on(the);
}

void hr_put_answer_cut(const hr_finding_case *the)
{
    put_method(the);
    put_waited(the);
    hr_json_uint(the->json, "bytes", the->request->answer_bytes);
}

/* What is told of it stands behind the proxy. */
void hr_put_upstream_failure(const hr_finding_case *the)
{
    const hr_request *behind = hr_finding_behind(the->request);

    put_method(the);
    hr_json_ordinal(the->json, "response_code", the->request->response_code);
    hr_json_connection(the->json, "upstream_connection", behind->connection);
    hr_json_ordinal(the->json, "upstream_frame", hr_request_frame(behind));
    hr_json_string(the->json, "upstream_certainty",
                   hr_certainty_token(hr_finding_behind_certainty(the->request)));
    hr_json_string(the->json, "upstream_cause",
                   hr_close_cause_token(behind->connection->ending.cause));
}

/* With its stream, or with the connection. */
void hr_put_request_cancelled(const hr_finding_case *the)
{
    const hr_request *request = the->request;
    const bool is_stream = request != NULL && request->is_given_up;

    put_method(the);
    if (is_stream) {
        hr_json_string(the->json, "certainty", hr_certainty_token(HR_CERTAINTY_LIKELY));
        hr_json_ms(the->json, "waited_ms", hr_moment_elapsed_ns(request->sent, request->ended));
        hr_json_uint(the->json, "equal_waits", request->equal_waits);
    } else {
        put_certainty(the);
        put_waited(the);
        hr_json_uint(the->json, "equal_waits", the->connection->ending.equal_waits);
    }
    put_passed_on(the);
}

void hr_put_server_closed_after_answer(const hr_finding_case *the)
{
    put_after_answer(the);
}

void hr_put_idle_close(const hr_finding_case *the)
{
    const hr_ending *ending = &the->connection->ending;

    hr_json_string(the->json, "cause", hr_close_cause_token(ending->cause));
    hr_json_string(the->json, "by", hr_side_token(ending->by));
    put_certainty(the);
    hr_json_ms(the->json, "idle_ms", ending->after_idle_ns);
    hr_json_bool(the->json, "announced", ending->is_timer_announced);
    hr_json_bool(the->json, "at_next_use", ending->is_at_next_use);
    hr_json_ms(the->json, "timer_lower_ms", ending->seldom->longest_reused_ns);
    hr_json_ms(the->json, "timer_upper_ms",
               ending->is_at_next_use ? ending->after_idle_ns : HR_TIME_NONE);
    put_candidates(the);
}

void hr_put_close_announced(const hr_finding_case *the)
{
    hr_json_string(the->json, "by", hr_side_token(the->connection->seldom->close_said.by));
    hr_json_bool(the->json, "http10", the->connection->seldom->close_said.is_http10);
}

void hr_put_request_limit(const hr_finding_case *the)
{
    const hr_ending *ending = &the->connection->ending;

    hr_json_ordinal(the->json, "limit", ending->limit);
    hr_json_bool(the->json, "announced", ending->is_limit_announced);
    put_certainty(the);
    hr_json_ordinal(the->json, "evidence_frame", ending->evidence_frame);
}

void hr_put_max_age(const hr_finding_case *the)
{
    const hr_connection *connection = the->connection;
    const uint32_t evidence = connection->ending.evidence_frame;

    hr_json_string(the->json, "by", hr_side_token(connection->ending.by));
    hr_json_ms(the->json, "age_ms", connection->ending.seldom->age_ns);
    put_certainty(the);
    hr_json_ordinal(the->json, "evidence_frame", evidence);
}

void hr_put_unsolicited_bytes(const hr_finding_case *the)
{
    hr_json_uint(the->json, "bytes", the->connection->http1.seldom->surplus_bytes);
    hr_json_ordinal(the->json, "bytes_frame", the->connection->http1.seldom->surplus.frame);
    put_after_answer(the);
}

void hr_put_goaway(const hr_finding_case *the)
{
    const hr_connection *connection = the->connection;

    hr_json_string(the->json, "by", hr_side_token(connection->seldom->goaway->by));
    hr_json_uint(the->json, "error", connection->seldom->goaway->error);
    hr_json_string(the->json, "debug", connection->seldom->goaway->debug);
    hr_json_uint(the->json, "last_stream", connection->seldom->goaway->last_stream);
    hr_json_bool(the->json, "idle", connection->seldom->goaway->is_idle);
}

void hr_put_idle_dropped(const hr_finding_case *the)
{
    put_method(the);
    put_certainty(the);
    hr_json_ms(the->json, "idle_ms", the->request != NULL ? the->request->idle_ns : HR_TIME_NONE);
    put_candidates(the);
    put_passed_on(the);
}
