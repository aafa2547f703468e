/* trace_h2.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_h2.h"

enum {
    SEGMENT = 200,
    DATA = 300
};

static hr_model *model_of(const trace_connection *c)
{
    return trace_model(c->owner);
}

/* ---- segments ---- */

static void begin_segment(trace_connection *c, trace_side from, int64_t at)
{
    trace_begin_segment(c, from, 0, SEGMENT, at);
    if (trace_carrier(c)->is_tls) {
        hr_tls_data_seen(model_of(c), trace_carrier(c), trace_index(c, from), SEGMENT, true);
    }
}

void h2_begin(trace_connection *c, trace_side from, int64_t at)
{
    begin_segment(c, from, at);
    c->is_holding = true;
}

void h2_end(trace_connection *c)
{
    c->is_holding = false;
    trace_end_segment(c);
}

static void begin_frame(trace_connection *c, trace_side from, int64_t at)
{
    if (!c->is_holding) {
        begin_segment(c, from, at);
    }
    hr_h2_spoken(model_of(c), trace_carrier(c), trace_index(c, from));
}

static void end_frame(trace_connection *c)
{
    if (!c->is_holding) {
        trace_end_segment(c);
    }
}

/* ---- frames ---- */

void h2_other_frame(trace_connection *c, trace_side from, int64_t at)
{
    begin_frame(c, from, at);
    end_frame(c);
}

void h2_settings(trace_connection *c, uint32_t limit, int64_t at)
{
    begin_frame(c, SERVER, at);
    hr_h2_stream_limit_seen(model_of(c), trace_carrier(c), trace_index(c, SERVER), limit);
    end_frame(c);
}

static const char *text_or(const char *text, const char *usual)
{
    const char *said = text != NULL ? text : usual;
    return said != NULL && *said != '\0' ? said : NULL;
}

hr_request *h2_ask_with(trace_connection *c, uint32_t stream, int64_t at, const h2_message *m)
{
    const hr_h2_request request = {
        .stream = stream,
        .method = trace_slice(text_or(m->method, "GET")),
        .path = trace_slice(text_or(m->path, "/")),
        .authority = trace_slice(text_or(m->authority, "a.example")),
        .user_agent = trace_slice(m->user_agent),
        .is_end = !m->has_body,
    };
    const hr_request *before = trace_carrier(c)->last_request;

    begin_frame(c, CLIENT, at);
    hr_h2_request_seen(model_of(c), trace_carrier(c), trace_index(c, CLIENT), &request);
    end_frame(c);
    hr_request *last = trace_carrier(c)->last_request;
    return last != before ? last : NULL;
}

static void data_frame(trace_connection *c, trace_side from, uint32_t stream, bool is_end)
{
    hr_h2_data_seen(model_of(c), trace_carrier(c), trace_index(c, from), stream, DATA, is_end);
}

void h2_answer_with(trace_connection *c, uint32_t stream, int64_t at, const h2_message *m)
{
    const hr_h2_response response = {
        .stream = stream,
        .code = m->code != 0 ? m->code : 200,
        .server = trace_slice(m->server),
        .is_end = m->is_empty,
    };

    begin_frame(c, SERVER, at);
    hr_h2_response_seen(model_of(c), trace_carrier(c), trace_index(c, SERVER), &response);
    if (!m->is_empty && response.code >= 200) {
        data_frame(c, SERVER, stream, !m->is_cut);
    }
    end_frame(c);
}

hr_request *h2_exchange(trace_connection *c, uint32_t stream, int64_t sent, int64_t answered)
{
    hr_request *request = h2_ask(c, stream, sent);
    h2_answer(c, stream, answered);
    return request;
}

void h2_data(trace_connection *c, trace_side from, uint32_t stream, bool is_end, int64_t at)
{
    begin_frame(c, from, at);
    data_frame(c, from, stream, is_end);
    end_frame(c);
}

void h2_reset(trace_connection *c, trace_side from, uint32_t stream, int64_t at)
{
    begin_frame(c, from, at);
    hr_h2_reset_seen(model_of(c), trace_carrier(c), trace_index(c, from), stream);
    end_frame(c);
}

void h2_goaway(trace_connection *c, trace_side from, uint32_t last_stream, uint32_t error,
               int64_t at)
{
    begin_frame(c, from, at);
    hr_h2_goaway_seen(model_of(c), trace_carrier(c), trace_index(c, from),
                      &(hr_h2_goaway){last_stream, error, {NULL, 0}});
    end_frame(c);
}

void h2_goaway_saying(trace_connection *c, trace_side from, uint32_t error, const char *debug,
                      int64_t at)
{
    begin_frame(c, from, at);
    hr_h2_goaway_seen(model_of(c), trace_carrier(c), trace_index(c, from),
                      &(hr_h2_goaway){3, error, trace_slice(debug)});
    end_frame(c);
}

/* ---- connections ---- */

void h2_prefaces(trace_connection *c, uint32_t limit, int64_t at)
{
    h2_other_frame(c, CLIENT, at);
    if (limit != 0) {
        h2_settings(c, limit, at);
    } else {
        h2_other_frame(c, SERVER, at);
    }
}

trace_connection *h2_open_with(trace *t, int64_t at, uint32_t limit, const tls_kind *how)
{
    trace_connection *c = tls_open_with(t, at, how);

    h2_prefaces(c, limit, at + H2_READY_NS + AT_MS(1));
    return c;
}

trace_connection *h2_open_limited(trace *t, int64_t at, uint32_t limit)
{
    const tls_kind how = {.offers = "h2", .agrees = "h2", .has_keys = true};
    return h2_open_with(t, at, limit, &how);
}

trace_connection *h2_open(trace *t, int64_t at)
{
    return h2_open_limited(t, at, 100);
}

trace_connection *h2_open_used(trace *t, int64_t at)
{
    trace_connection *c = h2_open(t, at);

    h2_exchange(c, 1, at + AT_MS(10), at + AT_MS(11));
    return c;
}

trace_connection *h2_open_plain(trace *t, int64_t at, uint32_t limit)
{
    trace_connection *c = trace_open(t, at);

    h2_prefaces(c, limit, at + AT_MS(1));
    return c;
}
