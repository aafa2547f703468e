/* trace_http1.c
 * The messages of trace.h: where they lie in segments, and what they say.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "trace.h"

enum {
    CHUNK_FRAMING = 12 /* "12c\r\n", "\r\n", "0\r\n\r\n" */
};

hr_slice trace_slice(const char *text)
{
    return (hr_slice){text, text != NULL ? strlen(text) : 0};
}

static bool is_bodyless(const trace_held_message *held)
{
    const unsigned code = held->message.code;
    return held->message.is_header_only ||
           (held->from == SERVER && (code < 200 || code == 204 || code == 304));
}

static uint32_t header_length(const trace_held_message *held)
{
    return held->from == CLIENT ? TRACE_REQUEST_HEADER : TRACE_ANSWER_HEADER;
}

/* All of a message's bytes on the wire. */
static uint32_t wire_length(const trace_held_message *held)
{
    const uint32_t framing = held->message.is_chunked ? CHUNK_FRAMING : 0;
    const uint32_t body = is_bodyless(held) ? 0 : held->message.body + framing;
    return header_length(held) + body;
}

static uint32_t length_in_frame(const trace_held_message *held)
{
    return wire_length(held) - held->message.before - held->message.rest + held->message.after;
}

/* @available: from the message's start to the segment's end. */
static hr_http1_extent extent_of(const trace_connection *c, const trace_held_message *held,
                                 uint32_t available)
{
    const trace_message *m = &held->message;
    const bool has_framing = m->is_chunked || m->is_until_close;
    const bool is_on_tcp = !trace_carrier(c)->is_tls;
    const bool is_whole = m->before > 0 || !is_on_tcp;

    const uint32_t end_seq = c->latest_seq[held->from] + c->latest_length[held->from];

    if (m->is_cut) {
        return (hr_http1_extent){.header_length = 40,
                                 .is_header_cut = true,
                                 .available = available,
                                 .is_on_tcp = is_on_tcp,
                                 .is_begin_known = is_on_tcp,
                                 .begin_seq = end_seq - available};
    }
    return (hr_http1_extent){
        .header_length = header_length(held),
        .has_content_length = !has_framing && (held->from == SERVER ? m->code >= 200 : m->body > 0),
        .content_length = m->body,
        .is_length_odd = m->is_length_odd,
        .is_chunked = m->is_chunked,
        .is_chunked_end_seen = m->is_chunked && m->rest == 0,
        .chunked_length = m->body + CHUNK_FRAMING,
        .available = is_whole ? wire_length(held) : available,
        .is_whole = is_whole,
        .is_on_tcp = is_on_tcp,
        .is_begin_known = !is_whole,
        .begin_seq = end_seq - available,
    };
}

static hr_http1_persistence persistence_of(const trace_message *m)
{
    return (hr_http1_persistence){
        .is_http10 = m->is_http10,
        .says_close = g_strcmp0(m->connection, "close") == 0,
        .says_keep_alive = g_strcmp0(m->connection, "keep-alive") == 0,
    };
}

/* "max=" in "timeout=5, max=100", or -1. */
static int32_t parameter(const char *keep_alive, const char *name)
{
    const char *at = keep_alive != NULL ? strstr(keep_alive, name) : NULL;
    return at != NULL ? (int32_t)g_ascii_strtoll(at + strlen(name), NULL, 10) : -1;
}

static bool is_h2c(const trace_message *m)
{
    return g_strcmp0(m->upgrade, "h2c") == 0;
}

static hr_request *request_seen(trace_connection *c, const trace_held_message *held,
                                uint32_t available, bool is_shown)
{
    const trace_message *m = &held->message;
    const bool has_host = !m->is_cut && g_strcmp0(m->host, "") != 0;
    const hr_http1_request request = {
        .method = trace_slice(m->method != NULL ? m->method : "GET"),
        .target = trace_slice(m->target != NULL ? m->target : "/"),
        .host = has_host ? trace_slice(m->host != NULL ? m->host : "a.example") : trace_slice(NULL),
        .user_agent = trace_slice(m->user_agent),
        .is_relayed = m->is_relayed,
        .is_agent_moved = m->is_agent_moved,
        .binds_user = m->binds_user,
        .expects_continue = m->expects_continue,
        .asks_upgrade = m->upgrade != NULL && !is_h2c(m),
        .persistence = persistence_of(m),
        .extent = extent_of(c, held, available),
    };
    return (is_shown ? hr_http1_request_seen : hr_http1_request_begun)(
        trace_model(c->owner), trace_carrier(c), trace_index(c, CLIENT), &request);
}

static void answer_seen(trace_connection *c, const trace_held_message *held, uint32_t available,
                        bool is_shown)
{
    const trace_message *m = &held->message;
    const hr_http1_response response = {
        .code = m->code,
        .server = trace_slice(m->server),
        .via = trace_slice(m->via),
        .upgrades_to_h2c = is_h2c(m),
        .is_endless = m->is_endless,
        .keep_alive_max = parameter(m->keep_alive, "max="),
        .keep_alive_timeout = parameter(m->keep_alive, "timeout="),
        .persistence = persistence_of(m),
        .extent = extent_of(c, held, available),
    };
    (is_shown ? hr_http1_response_seen : hr_http1_answer_begun)(
        trace_model(c->owner), trace_carrier(c), trace_index(c, SERVER), &response);
}

static uint8_t flags_of(const trace_message *message)
{
    return (message->has_fin ? HR_TCP_FIN : 0) | (message->has_syn ? HR_TCP_SYN : 0);
}

/* A segment; of TLS its payload is one record. Whether anybody wants to hear of what is in it. */
static bool begin_messages(trace_connection *c, trace_side from, uint32_t length, uint8_t flags,
                           int64_t at)
{
    trace_begin_segment(c, from, flags, length, at);
    if (trace_carrier(c) == NULL) {
        return false;
    }
    if (trace_carrier(c)->is_tls) {
        hr_tls_data_seen(trace_model(c->owner), trace_carrier(c), trace_index(c, from), length,
                         true);
    }
    return true;
}

/* One segment with the held messages; returns the last request in it. */
static hr_request *send_held(trace_connection *c)
{
    const trace_held_message *messages = (const trace_held_message *)(const void *)c->held->data;
    const guint count = c->held->len;
    const trace_held_message *last = &messages[count - 1];
    hr_request *request = NULL;
    uint32_t available = 0;

    for (guint i = 0; i < count; i++) {
        available += length_in_frame(&messages[i]);
    }
    const bool is_heard =
        begin_messages(c, last->from, available, flags_of(&last->message), last->message.at);
    for (guint i = 0; is_heard && i < count; i++) {
        if (last->from == CLIENT) {
            request = request_seen(c, &messages[i], available, true);
        } else {
            answer_seen(c, &messages[i], available, true);
        }
        available -= length_in_frame(&messages[i]);
    }
    trace_end_segment(c);
    g_array_set_size(c->held, 0);
    return request;
}

hr_request *trace_request_with(trace_connection *c, trace_message message)
{
    const trace_held_message held = {message, CLIENT};
    g_array_append_val(c->held, held);
    return c->is_holding ? NULL : send_held(c);
}

hr_request *trace_begin_with(trace_connection *c, trace_message message)
{
    const trace_held_message held = {message, CLIENT};
    const uint32_t length = length_in_frame(&held);

    begin_messages(c, CLIENT, length, flags_of(&message), message.at);
    hr_request *request = request_seen(c, &held, length, false);
    trace_end_segment(c);
    return request;
}

hr_request *trace_instead_with(trace_connection *c, trace_message message)
{
    const trace_held_message held = {message, CLIENT};
    const uint32_t length = length_in_frame(&held);
    hr_request *request = NULL;
    uint32_t seq = 0;

    begin_messages(c, CLIENT, length, flags_of(&message), message.at);
    if (hr_http1_wants_request_instead(trace_model(c->owner), trace_carrier(c),
                                       trace_index(c, CLIENT), &seq)) {
        g_assert_cmpuint(seq, ==, c->latest_seq[CLIENT]);
        request = request_seen(c, &held, length, false);
    }
    trace_end_segment(c);
    return request;
}

static trace_held_message as_most_answers(trace_message message)
{
    trace_held_message held = {message, SERVER};

    if (message.code == 0) {
        held.message.code = 200;
    }
    if (message.body == 0 && !message.is_empty) {
        held.message.body = TRACE_ANSWER_BODY;
    }
    return held;
}

void trace_answer_with(trace_connection *c, trace_message message)
{
    const trace_held_message held = as_most_answers(message);

    g_array_append_val(c->held, held);
    if (!c->is_holding) {
        send_held(c);
    }
}

static void end_unshown(trace_connection *c)
{
    hr_http1_answer_over(trace_model(c->owner), trace_carrier(c), trace_index(c, SERVER));
    trace_end_segment(c);
}

void trace_begin_answer_with(trace_connection *c, trace_message message)
{
    const trace_held_message held = as_most_answers(message);
    const uint32_t length = length_in_frame(&held);

    begin_messages(c, SERVER, length, flags_of(&message), message.at);
    answer_seen(c, &held, length, false);
    end_unshown(c);
}

void trace_end_answer(trace_connection *c, uint32_t length, int64_t at)
{
    begin_messages(c, SERVER, length, 0, at);
    end_unshown(c);
}

hr_request *trace_exchange(trace_connection *c, int64_t sent, int64_t answered)
{
    hr_request *request = trace_request(c, sent);
    trace_answer(c, answered);
    return request;
}

trace_connection *trace_ages(trace *t, int64_t at, int64_t interval, int64_t age)
{
    trace_connection *c = trace_open(t, at);
    for (int64_t sent = at + AT_MS(1); sent < at + age - interval; sent += interval) {
        trace_exchange(c, sent, sent + AT_MS(1));
    }
    trace_request(c, at + age - AT_MS(1));
    trace_answer(c, at + age, .connection = "close");
    trace_close(c, SERVER, at + age + AT_US(100));
    return c;
}

int64_t trace_exchanges(trace_connection *c, unsigned count, int64_t at)
{
    for (unsigned i = 0; i < count; i++, at += AT_MS(1)) {
        trace_exchange(c, at, at + AT_US(500));
    }
    return at;
}

void trace_burst(trace *t, trace_connection *c[], int count, int64_t at)
{
    for (int i = 0; i < count; i++) {
        c[i] = trace_open(t, at + AT_MS(i));
    }
    for (int i = 0; i < count; i++) {
        trace_request(c[i], at + AT_MS(10 + i));
    }
    for (int i = 0; i < count; i++) {
        trace_answer(c[i], at + AT_MS(20 + i));
    }
}

void trace_hold(trace_connection *c)
{
    c->is_holding = true;
}

void trace_release(trace_connection *c)
{
    c->is_holding = false;
    send_held(c);
}
