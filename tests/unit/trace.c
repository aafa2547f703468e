/* trace.c
 * Turns the words of trace.h into the core's events.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

#include <string.h>

enum {
    FIRST_CLIENT_PORT = 40000,
    CHUNK_FRAMING = 12 /* "12c\r\n", "\r\n", "0\r\n\r\n" */
};

struct trace {
    hr_model *model;
    hr_analysis *analysis; /* of the frames so far, or NULL */
    GPtrArray *connections;
    int64_t now;
    uint32_t frame;
    const hr_item *items; /* of the latest frame */
    size_t item_count;
};

/* A message and the side that it comes from. */
typedef struct {
    trace_message message;
    trace_side from;
} held_message;

static void connection_free(gpointer data)
{
    trace_connection *c = data;
    g_array_free(c->held, TRUE);
    g_free(c);
}

trace *trace_new_with(const hr_settings *settings)
{
    trace *t = g_new0(trace, 1);
    t->model = hr_model_new(settings);
    t->connections = g_ptr_array_new_with_free_func(connection_free);
    return t;
}

trace *trace_new(void)
{
    const hr_settings settings = hr_settings_default();
    return trace_new_with(&settings);
}

void trace_free(trace *t)
{
    hr_analysis_free(t->analysis);
    hr_model_free(t->model);
    g_ptr_array_free(t->connections, TRUE);
    g_free(t);
}

hr_model *trace_model(const trace *t)
{
    return t->model;
}

uint32_t trace_frame(const trace *t)
{
    return t->frame;
}

size_t trace_item_count(const trace *t)
{
    return t->item_count;
}

const hr_item *trace_item(const trace *t, size_t index)
{
    g_assert_cmpuint(index, <, t->item_count);
    return &t->items[index];
}

const hr_analysis *trace_analysis(trace *t)
{
    if (t->analysis == NULL) {
        t->analysis = hr_analyse(t->model);
    }
    return t->analysis;
}

/* ---- frames ---- */

static trace_side other_side(trace_side side)
{
    return side == CLIENT ? SERVER : CLIENT;
}

static void begin_frame(trace *t, int64_t at)
{
    g_assert_true(t->frame == 0 || at >= t->now); /* a trace tells its story in order */
    g_clear_pointer(&t->analysis, hr_analysis_free);
    t->now = at;
    hr_model_begin_frame(t->model, ++t->frame, at);
}

static void end_frame(trace *t)
{
    t->items = hr_model_end_frame(t->model, &t->item_count);
}

/* The core's connection begins with the first segment, and calls its sender 0. */
static void segment_seen(trace_connection *c, trace_side from, uint8_t flags, uint32_t seq,
                         uint32_t ack, uint32_t length)
{
    if (c->model == NULL) {
        const trace_side to = other_side(from);
        c->model = hr_model_add_tcp(c->owner->model, c->stream, c->address[from], c->port[from],
                                    c->address[to], c->port[to]);
        c->index[from] = 0;
        c->index[to] = 1;
    }
    const hr_tcp_segment segment = {c->index[from], flags, seq, ack, length};
    hr_tcp_segment_seen(c->owner->model, c->model, &segment);
}

void trace_segment(trace_connection *c, trace_side from, uint8_t flags, uint32_t seq, uint32_t ack,
                   uint32_t length, int64_t at)
{
    begin_frame(c->owner, at);
    segment_seen(c, from, flags, seq, ack, length);
    end_frame(c->owner);
}

/* Takes @count sequence numbers for @from; the other side has received them. */
static void advance(trace_connection *c, trace_side from, uint32_t count)
{
    const trace_side to = other_side(from);

    c->next[from] += count;
    if (!c->is_deaf[to]) {
        c->received[to] = c->next[from];
    }
}

static void send_flags(trace_connection *c, trace_side from, uint8_t flags, int64_t at)
{
    trace_segment(c, from, flags, c->next[from], c->received[from], 0, at);
}

/* ---- connections ---- */

trace_connection *trace_connect_between(trace *t, const char *client, uint16_t client_port,
                                        const char *server, uint16_t server_port)
{
    trace_connection *c = g_new0(trace_connection, 1);

    c->owner = t;
    c->stream = t->connections->len;
    c->address[CLIENT] = client;
    c->address[SERVER] = server;
    c->port[CLIENT] =
        client_port != 0 ? client_port : (uint16_t)(FIRST_CLIENT_PORT + c->stream % 20000);
    c->port[SERVER] = server_port;
    c->next[CLIENT] = c->received[SERVER] = TRACE_CLIENT_ISN + 1;
    c->next[SERVER] = c->received[CLIENT] = TRACE_SERVER_ISN + 1;
    c->held = g_array_new(FALSE, FALSE, sizeof(held_message));
    g_ptr_array_add(t->connections, c);
    return c;
}

trace_connection *trace_connect(trace *t)
{
    return trace_connect_between(t, "10.0.0.1", 0, "10.0.0.80", 80);
}

void trace_syn(trace_connection *c, int64_t at)
{
    trace_segment(c, CLIENT, HR_TCP_SYN, c->next[CLIENT] - 1, 0, 0, at);
}

void trace_syn_ack(trace_connection *c, int64_t at)
{
    trace_segment(c, SERVER, HR_TCP_SYN | HR_TCP_ACK, c->next[SERVER] - 1, c->received[SERVER], 0,
                  at);
}

static trace_connection *shake_hands(trace_connection *c, int64_t at)
{
    trace_syn(c, at);
    trace_syn_ack(c, at + TRACE_HANDSHAKE_NS / 2);
    trace_ack(c, CLIENT, at + TRACE_HANDSHAKE_NS);
    return c;
}

trace_connection *trace_open(trace *t, int64_t at)
{
    return shake_hands(trace_connect(t), at);
}

trace_connection *trace_open_to(trace *t, const char *server, uint16_t port, int64_t at)
{
    return shake_hands(trace_connect_between(t, "10.0.0.1", 0, server, port), at);
}

trace_connection *trace_open_from(trace *t, const char *client, int64_t at)
{
    return shake_hands(trace_connect_between(t, client, 0, "10.0.0.80", 80), at);
}

/* ---- messages ---- */

static hr_slice slice_of(const char *text)
{
    return (hr_slice){text, text != NULL ? strlen(text) : 0};
}

static bool is_bodyless(const held_message *held)
{
    const unsigned code = held->message.code;
    return held->message.is_header_only ||
           (held->from == SERVER && (code < 200 || code == 204 || code == 304));
}

static uint32_t header_length(const held_message *held)
{
    return held->from == CLIENT ? TRACE_REQUEST_HEADER : TRACE_ANSWER_HEADER;
}

/* All of a message's bytes on the wire. */
static uint32_t wire_length(const held_message *held)
{
    const uint32_t framing = held->message.is_chunked ? CHUNK_FRAMING : 0;
    const uint32_t body = is_bodyless(held) ? 0 : held->message.body + framing;
    return header_length(held) + body;
}

static uint32_t length_in_frame(const held_message *held)
{
    return wire_length(held) - held->message.before - held->message.rest + held->message.after;
}

/* @available: from the message's start to the segment's end. */
static hr_http1_extent extent_of(const held_message *held, uint32_t available)
{
    const trace_message *m = &held->message;
    const bool has_framing = m->is_chunked || m->is_until_close;
    const bool is_whole = m->before > 0;

    if (m->is_cut) {
        return (hr_http1_extent){
            .header_length = 40, .is_header_cut = true, .available = available, .is_on_tcp = true};
    }
    return (hr_http1_extent){
        .header_length = header_length(held),
        .has_content_length = !has_framing && (held->from == SERVER ? m->code >= 200 : m->body > 0),
        .content_length = m->body,
        .is_chunked = m->is_chunked,
        .is_chunked_end_seen = m->is_chunked && m->rest == 0,
        .chunked_length = m->body + CHUNK_FRAMING,
        .available = is_whole ? wire_length(held) : available,
        .is_whole = is_whole,
        .is_on_tcp = true,
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

static hr_request *request_seen(trace_connection *c, const held_message *held, uint32_t available)
{
    const trace_message *m = &held->message;
    const bool has_host = !m->is_cut && g_strcmp0(m->host, "") != 0;
    const hr_http1_request request = {
        .method = slice_of(m->method != NULL ? m->method : "GET"),
        .target = slice_of(m->target != NULL ? m->target : "/"),
        .host = has_host ? slice_of(m->host != NULL ? m->host : "a.example") : slice_of(NULL),
        .user_agent = slice_of(m->user_agent),
        .is_relayed = m->is_relayed,
        .expects_continue = m->expects_continue,
        .persistence = persistence_of(m),
        .extent = extent_of(held, available),
    };
    return hr_http1_request_seen(c->owner->model, c->model, c->index[CLIENT], &request);
}

static void answer_seen(trace_connection *c, const held_message *held, uint32_t available)
{
    const trace_message *m = &held->message;
    const hr_http1_response response = {
        .code = m->code,
        .server = slice_of(m->server),
        .via = slice_of(m->via),
        .keep_alive_max = parameter(m->keep_alive, "max="),
        .keep_alive_timeout = parameter(m->keep_alive, "timeout="),
        .persistence = persistence_of(m),
        .extent = extent_of(held, available),
    };
    hr_http1_response_seen(c->owner->model, c->model, c->index[SERVER], &response);
}

/* One segment with the held messages; returns the last request in it. */
static hr_request *send_held(trace_connection *c)
{
    const held_message *messages = (const held_message *)(const void *)c->held->data;
    const guint count = c->held->len;
    const held_message *last = &messages[count - 1];
    const trace_side from = last->from;
    const uint32_t seq = c->next[from];
    hr_request *request = NULL;
    uint32_t available = 0;

    for (guint i = 0; i < count; i++) {
        available += length_in_frame(&messages[i]);
    }
    c->latest_seq[from] = seq;
    c->latest_length[from] = available;
    advance(c, from, available + (last->message.has_fin ? 1 : 0));
    begin_frame(c->owner, last->message.at);
    segment_seen(c, from, (uint8_t)(HR_TCP_ACK | (last->message.has_fin ? HR_TCP_FIN : 0)), seq,
                 c->received[from], available);
    for (guint i = 0; i < count; i++) {
        if (from == CLIENT) {
            request = request_seen(c, &messages[i], available);
        } else {
            answer_seen(c, &messages[i], available);
        }
        available -= length_in_frame(&messages[i]);
    }
    end_frame(c->owner);
    g_array_set_size(c->held, 0);
    return request;
}

hr_request *trace_request_with(trace_connection *c, trace_message message)
{
    const held_message held = {message, CLIENT};
    g_array_append_val(c->held, held);
    return c->is_holding ? NULL : send_held(c);
}

void trace_answer_with(trace_connection *c, trace_message message)
{
    held_message held = {message, SERVER};

    if (message.code == 0) {
        held.message.code = 200;
    }
    if (message.body == 0 && !message.is_empty) {
        held.message.body = TRACE_ANSWER_BODY;
    }
    g_array_append_val(c->held, held);
    if (!c->is_holding) {
        send_held(c);
    }
}

hr_request *trace_exchange(trace_connection *c, int64_t sent, int64_t answered)
{
    hr_request *request = trace_request(c, sent);
    trace_answer(c, answered);
    return request;
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

/* ---- segments ---- */

void trace_data(trace_connection *c, trace_side from, uint32_t length, int64_t at)
{
    const uint32_t seq = c->next[from];

    c->latest_seq[from] = seq;
    c->latest_length[from] = length;
    advance(c, from, length);
    trace_segment(c, from, HR_TCP_ACK, seq, c->received[from], length, at);
}

void trace_resend(trace_connection *c, trace_side from, int64_t at)
{
    trace_segment(c, from, HR_TCP_ACK, c->latest_seq[from], c->received[from],
                  c->latest_length[from], at);
}

void trace_lose(trace_connection *c, trace_side from, uint32_t length)
{
    advance(c, from, length);
}

void trace_lose_fin(trace_connection *c, trace_side from)
{
    advance(c, from, 1);
}

void trace_ack(trace_connection *c, trace_side from, int64_t at)
{
    send_flags(c, from, HR_TCP_ACK, at);
}

void trace_probe(trace_connection *c, trace_side from, int64_t at)
{
    trace_segment(c, from, HR_TCP_ACK, c->next[from] - 1, c->received[from], 0, at);
}

void trace_fin(trace_connection *c, trace_side from, int64_t at)
{
    const uint32_t seq = c->next[from];

    advance(c, from, 1);
    trace_segment(c, from, HR_TCP_FIN | HR_TCP_ACK, seq, c->received[from], 0, at);
}

void trace_rst(trace_connection *c, trace_side from, int64_t at)
{
    send_flags(c, from, HR_TCP_RST | HR_TCP_ACK, at);
}

void trace_close(trace_connection *c, trace_side first, int64_t at)
{
    trace_fin(c, first, at);
    trace_fin(c, other_side(first), at + AT_US(100));
    trace_ack(c, first, at + AT_US(200));
}

/* ---- what the core says ---- */

const hr_ending *trace_ending(const trace_connection *c)
{
    trace_analysis(c->owner);
    return &c->model->ending;
}

const hr_opening *trace_opening(const trace_connection *c)
{
    trace_analysis(c->owner);
    return &c->model->opening;
}

hr_side trace_time_wait(const trace_connection *c)
{
    trace_analysis(c->owner);
    return c->model->time_wait;
}

const hr_totals *trace_totals(trace *t)
{
    return hr_analysis_totals(trace_analysis(t));
}

size_t trace_found(trace *t, hr_finding_code code)
{
    return trace_totals(t)->findings[code];
}

size_t trace_found_above(trace *t, hr_severity severity)
{
    const hr_analysis *analysis = trace_analysis(t);
    size_t found = 0;

    for (size_t i = 0; i < hr_analysis_finding_count(analysis); i++) {
        found += hr_finding_kind_of(hr_analysis_finding(analysis, i)->code)->severity >= severity;
    }
    return found;
}

bool trace_has_finding(trace *t, hr_finding_code code, uint32_t frame, const trace_connection *c,
                       const hr_request *request)
{
    const hr_analysis *analysis = trace_analysis(t);

    for (size_t i = 0; i < hr_analysis_finding_count(analysis); i++) {
        const hr_finding *finding = hr_analysis_finding(analysis, i);
        if (finding->code == code && finding->frame == frame && finding->connection == c->model &&
            finding->request == request) {
            return true;
        }
    }
    return false;
}
