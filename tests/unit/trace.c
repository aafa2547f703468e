/* trace.c
 * Turns the words of trace.h into the core's events.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

enum {
    FIRST_CLIENT_PORT = 40000
};

struct trace {
    hr_model *model;
    hr_analysis *analysis; /* of so many frames, or NULL */
    uint32_t analysed;
    GPtrArray *connections;
    int64_t now;
    uint32_t frame;
    const hr_item *items; /* of the latest frame */
    size_t item_count;
    bool is_unsorted;
    int64_t tick_ns; /* 0: a fine clock */
    bool cuts;       /* what is sent now is cut off by a snap length */
};

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

void trace_unsorted(trace *t)
{
    t->is_unsorted = true;
}

void trace_ticks(trace *t, int64_t tick_ns)
{
    t->tick_ns = tick_ns;
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
    const uint32_t frames = hr_model_frame_count(t->model); /* also those that are no segments */

    if (t->analysis == NULL || t->analysed != frames) {
        hr_analysis_free(t->analysis);
        t->analysis = hr_analyse(t->model);
        t->analysed = frames;
    }
    return t->analysis;
}

/* ---- frames ---- */

trace_side trace_other_side(trace_side side)
{
    return side == CLIENT ? SERVER : CLIENT;
}

static void begin_frame(trace *t, int64_t at)
{
    /* A trace tells its story in order. */
    g_assert_true(t->frame == 0 || at >= t->now || t->is_unsorted);
    g_clear_pointer(&t->analysis, hr_analysis_free);
    t->now = at;
    t->frame = hr_model_frame_count(t->model) + 1; /* trace_quic.c's stand among these */
    hr_model_begin_frame(t->model, t->frame, t->tick_ns > 0 ? at / t->tick_ns * t->tick_ns : at);
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
        const trace_side to = trace_other_side(from);
        c->model = hr_model_add_tcp(c->owner->model, c->stream, c->address[from], c->port[from],
                                    c->address[to], c->port[to]);
        c->index[from] = 0;
        c->index[to] = 1;
    }
    const hr_tcp_segment segment = {.from = c->index[from],
                                    .flags = flags,
                                    .hops = c->hops[from],
                                    .way = c->way[from],
                                    .seq = seq,
                                    .ack = ack,
                                    .length = length,
                                    .is_cut = c->owner->cuts,
                                    .has_no_room = c->has_no_room[from]};
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
    const trace_side to = trace_other_side(from);

    c->next[from] += count;
    if (!c->is_deaf[to]) {
        c->received[to] = c->next[from];
    }
}

void trace_begin_segment(trace_connection *c, trace_side from, uint8_t flags, uint32_t length,
                         int64_t at)
{
    const uint32_t seq = c->next[from];

    c->latest_seq[from] = seq;
    c->latest_length[from] = length;
    advance(c, from, length + ((flags & HR_TCP_FIN) != 0 ? 1 : 0));
    begin_frame(c->owner, at);
    if ((flags & HR_TCP_SYN) != 0) {
        segment_seen(c, from, flags, seq - 1, 0, length);
    } else {
        segment_seen(c, from, HR_TCP_ACK | flags, seq, c->received[from], length);
    }
}

void trace_end_segment(trace_connection *c)
{
    end_frame(c->owner);
}

hr_connection *trace_carrier(const trace_connection *c)
{
    return hr_connection_innermost(c->model);
}

/* A tunnel calls its client 0. */
unsigned trace_index(const trace_connection *c, trace_side from)
{
    const unsigned tunnel_index = from == CLIENT ? 0 : 1;
    return trace_carrier(c) == c->model ? c->index[from] : tunnel_index;
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
    c->hops[CLIENT] = c->hops[SERVER] = 64;
    c->held = g_array_new(FALSE, FALSE, sizeof(trace_held_message));
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
    trace_syn_ack(c, at + TRACE_HANDSHAKE_NS);
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

trace_connection *trace_open_between(trace *t, const char *client, const char *server,
                                     uint16_t port, int64_t at)
{
    return shake_hands(trace_connect_between(t, client, 0, server, port), at);
}

trace_connection *trace_ask_host(trace *t, int host, const char *user_agent, int64_t at)
{
    char address[16];

    g_snprintf(address, sizeof address, "10.0.0.%d", 80 + host);
    trace_connection *c = trace_open_to(t, address, 80, at);
    trace_request(c, at + AT_US(300), .user_agent = user_agent);
    trace_answer(c, at + AT_US(600));
    return c;
}

trace_connection *trace_get_body(trace *t, const char *user_agent, uint32_t body, int64_t at)
{
    trace_connection *c = trace_open(t, at);

    trace_request(c, at + AT_MS(1), .user_agent = user_agent);
    trace_answer(c, at + AT_MS(2), .body = body);
    return c;
}

trace_connection *trace_get_body_and_reset(trace *t, const char *user_agent, uint32_t body,
                                           int64_t at)
{
    trace_connection *c = trace_get_body(t, user_agent, body, at);

    trace_rst(c, CLIENT, at + AT_MS(3));
    return c;
}

trace_connection *trace_open_used(trace *t, int64_t at)
{
    trace_connection *c = trace_open(t, at);

    trace_exchange(c, at + AT_MS(1), at + AT_MS(2));
    return c;
}

trace_connection *trace_idle_from(trace *t, const char *client, int64_t at)
{
    trace_connection *c = trace_open_from(t, client, at - AT_MS(10));

    trace_exchange(c, at - AT_MS(5), at);
    return c;
}

trace_pair trace_end_two(trace *t)
{
    trace_connection *one = trace_idle_from(t, "10.0.0.1", AT_MS(100));
    trace_connection *two = trace_idle_from(t, "10.0.0.2", AT_MS(200));

    trace_close(one, SERVER, AT_MS(1500));
    trace_close(two, SERVER, AT_MS(1501));
    return (trace_pair){one, two};
}

void trace_refuse(trace *t, int64_t at)
{
    trace_connection *c = trace_connect(t);

    trace_syn(c, at);
    trace_rst(c, SERVER, at + AT_US(50));
}

/* ---- segments ---- */

void trace_data(trace_connection *c, trace_side from, uint32_t length, int64_t at)
{
    trace_begin_segment(c, from, 0, length, at);
    trace_end_segment(c);
}

void trace_cut_data(trace_connection *c, trace_side from, uint32_t length, int64_t at)
{
    c->owner->cuts = true;
    trace_data(c, from, length, at);
    c->owner->cuts = false;
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

void trace_answer_alone(trace_connection *c, int64_t at)
{
    trace_lose(c, CLIENT, TRACE_REQUEST_HEADER);
    trace_answer(c, at);
    trace_ack(c, CLIENT, at + AT_US(10));
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
    trace_fin(c, trace_other_side(first), at + AT_US(100));
    trace_ack(c, first, at + AT_US(200));
}

trace_connection *trace_get(trace *t, const char *user_agent, int64_t at)
{
    trace_connection *c = trace_open(t, at - AT_MS(2));
    trace_request(c, at - AT_MS(1), .user_agent = user_agent);
    trace_answer(c, at);
    return c;
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
    return hr_connection_opening(c->model);
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
        found += hr_finding_kind_of(hr_analysis_finding(analysis, i).code)->severity >= severity;
    }
    return found;
}

bool trace_has_finding(trace *t, hr_finding_code code, uint32_t frame, const trace_connection *c,
                       const hr_request *request)
{
    const hr_analysis *analysis = trace_analysis(t);

    for (size_t i = 0; i < hr_analysis_finding_count(analysis); i++) {
        const hr_finding finding = hr_analysis_finding(analysis, i);
        if (finding.code == code && finding.frame == frame && finding.connection == c->model &&
            finding.request == request) {
            return true;
        }
    }
    return false;
}
