/* parts.c
 * What few connections or requests have: it is made when somebody writes it, and until then all
 * read the same one, of which nothing was said. A capture has millions of them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/store.h"

#define NO_MOMENT                                                                                  \
    {                                                                                              \
        0, HR_TIME_NONE                                                                            \
    }

/* What nothing was said of. */
static const hr_tls no_tls = {
    .handshake = HR_TLS_NONE,
    .ready = NO_MOMENT,
    .hello = NO_MOMENT,
    .close_notify = NO_MOMENT,
    .data_by_client = NO_MOMENT,
    .cipher_changed = {NO_MOMENT, NO_MOMENT},
};
static const hr_goaway no_goaway = {.at = NO_MOMENT, .left_out_from = UINT64_MAX};
static const hr_streams no_streams = {.limit = UINT32_MAX, .exhausted = NO_MOMENT};
static const hr_seldom no_seldom = {
    .tls = &no_tls,
    .streams = &no_streams,
    .goaway = &no_goaway,
    .close_said.at = NO_MOMENT,
    .hidden_begin = NO_MOMENT,
    .accepted = NO_MOMENT,
    .left.at = NO_MOMENT,
};
static const hr_tcp_seldom no_tcp_seldom = {.rst = NO_MOMENT};
static const hr_http1_pending no_pending = {.at = NO_MOMENT, .idle_ns = HR_TIME_NONE};
static const hr_http1_seldom no_http1_seldom = {.surplus = NO_MOMENT};
static const hr_judged_seldom no_judged_seldom;
static const hr_ending_seldom no_ending_seldom = {.longest_reused_ns = HR_TIME_NONE};

hr_seldom *hr_connection_seldom(hr_connection *connection)
{
    if (connection->seldom == &no_seldom) {
        connection->seldom = g_memdup2(&no_seldom, sizeof(no_seldom));
    }
    return (hr_seldom *)connection->seldom;
}

hr_tls *hr_connection_tls(hr_connection *connection)
{
    hr_seldom *seldom = hr_connection_seldom(connection);

    if (seldom->tls == &no_tls) {
        seldom->tls = g_memdup2(&no_tls, sizeof(no_tls));
    }
    return (hr_tls *)seldom->tls;
}

hr_goaway *hr_connection_goaway(hr_connection *connection)
{
    hr_seldom *seldom = hr_connection_seldom(connection);

    if (seldom->goaway == &no_goaway) {
        seldom->goaway = g_memdup2(&no_goaway, sizeof(no_goaway));
    }
    return (hr_goaway *)seldom->goaway;
}

hr_streams *hr_connection_streams(hr_connection *connection)
{
    hr_seldom *seldom = hr_connection_seldom(connection);

    if (seldom->streams == &no_streams) {
        seldom->streams = g_memdup2(&no_streams, sizeof(no_streams));
    }
    return (hr_streams *)seldom->streams;
}

hr_tcp_seldom *hr_tcp_seldom_of(hr_tcp_end *end)
{
    if (end->seldom == &no_tcp_seldom) {
        end->seldom = g_memdup2(&no_tcp_seldom, sizeof(no_tcp_seldom));
    }
    return (hr_tcp_seldom *)end->seldom;
}

void hr_tcp_set_latest(hr_tcp_end *end, uint64_t begin, uint32_t length)
{
    end->latest_length = length;
    end->is_latest_apart = length > 0 && begin + length != end->out.sent;
    if (end->is_latest_apart) {
        hr_tcp_seldom_of(end)->latest = begin;
    }
}

hr_http1_seldom *hr_http1_seldom_of(hr_http1 *http1)
{
    if (http1->seldom == &no_http1_seldom) {
        http1->seldom = g_memdup2(&no_http1_seldom, sizeof(no_http1_seldom));
    }
    return (hr_http1_seldom *)http1->seldom;
}

hr_http1_pending *hr_http1_pending_of(hr_http1 *http1)
{
    if (http1->pending == &no_pending) {
        http1->pending = g_memdup2(&no_pending, sizeof(no_pending));
    }
    return (hr_http1_pending *)http1->pending;
}

void hr_http1_begin_pending(hr_http1 *http1)
{
    if (http1->pending != &no_pending) {
        g_free((gpointer)http1->pending);
        http1->pending = &no_pending;
    }
}

void hr_http1_forget_pending(hr_http1 *http1)
{
    if (http1->pending->idle_ns == HR_TIME_NONE) {
        hr_http1_begin_pending(http1);
    } else {
        hr_http1_pending_of(http1)->at = HR_MOMENT_NONE;
    }
}

hr_judged_seldom *hr_judged_seldom_of(hr_judged *judged)
{
    if (judged->seldom == &no_judged_seldom) {
        judged->seldom = g_memdup2(&no_judged_seldom, sizeof(no_judged_seldom));
    }
    return (hr_judged_seldom *)judged->seldom;
}

bool hr_opening_is_equal(const hr_opening *one, const hr_opening *other)
{
    return one->connection == other->connection && one->latest == other->latest &&
           one->why == other->why && one->shares_address == other->shares_address &&
           one->was_idle == other->was_idle;
}

static const hr_opening no_opening;

const hr_opening *hr_judged_told(const hr_judged *judged)
{
    return judged->told == HR_TOLD_NOTHING ? &no_opening
           : judged->told == HR_TOLD_SEEN  ? &judged->seen
                                           : &judged->seldom->told;
}

void hr_judged_tell(hr_judged *judged, hr_opening opening)
{
    judged->told = hr_opening_is_equal(&opening, &no_opening)     ? HR_TOLD_NOTHING
                   : hr_opening_is_equal(&opening, &judged->seen) ? HR_TOLD_SEEN
                                                                  : HR_TOLD_OTHERWISE;
    if (judged->told == HR_TOLD_OTHERWISE) {
        hr_judged_seldom_of(judged)->told = opening;
    }
}

hr_ending_seldom *hr_ending_seldom_of(hr_ending *ending)
{
    if (ending->seldom == &no_ending_seldom) {
        ending->seldom = g_memdup2(&no_ending_seldom, sizeof(no_ending_seldom));
    }
    return (hr_ending_seldom *)ending->seldom;
}

static void free_ending(hr_ending *ending)
{
    if (ending->seldom != &no_ending_seldom) {
        g_free((gpointer)ending->seldom);
    }
}

uint32_t hr_ending_limit(const hr_ending *ending)
{
    return ending->is_limit_unsure ? 0 : ending->limit;
}

void hr_ending_forget(hr_ending *ending)
{
    free_ending(ending);
    *ending = (hr_ending){
        .at = NO_MOMENT,
        .after_idle_ns = HR_TIME_NONE,
        .after_rest_ns = HR_TIME_NONE,
        .seldom = &no_ending_seldom,
    };
}

void hr_ending_return_to(hr_ending *ending, const hr_ending *before)
{
    free_ending(ending);
    *ending = *before;
}

void hr_parts_init(hr_connection *connection)
{
    connection->seldom = &no_seldom;
    connection->http1.pending = &no_pending;
    connection->http1.seldom = &no_http1_seldom;
    connection->judged.seldom = &no_judged_seldom;
    connection->ending.seldom = &no_ending_seldom;
    connection->ends[0].seldom = connection->ends[1].seldom = &no_tcp_seldom;
}

static void free_seldom(hr_seldom *seldom)
{
    if (seldom->tls != &no_tls) {
        g_free((gpointer)seldom->tls);
    }
    if (seldom->goaway != &no_goaway) {
        g_free((gpointer)seldom->goaway);
    }
    if (seldom->streams->table != NULL) {
        g_hash_table_destroy(seldom->streams->table);
    }
    if (seldom->streams != &no_streams) {
        g_free((gpointer)seldom->streams);
    }
    if (seldom->quic != NULL) {
        hr_bytes_clear(&seldom->quic->numbers);
        g_free(seldom->quic);
    }
    g_free(seldom);
}

void hr_parts_free(hr_connection *connection)
{
    if (connection->seldom != &no_seldom) {
        free_seldom((hr_seldom *)connection->seldom);
    }
    if (connection->http1.seldom->held != NULL) {
        g_array_free(connection->http1.seldom->held, TRUE);
    }
    if (connection->http1.seldom != &no_http1_seldom) {
        g_free((gpointer)connection->http1.seldom);
    }
    hr_http1_begin_pending(&connection->http1);
    if (connection->judged.seldom != &no_judged_seldom) {
        g_free((gpointer)connection->judged.seldom);
    }
    free_ending(&connection->ending);
    for (unsigned i = 0; i < G_N_ELEMENTS(connection->ends); i++) {
        if (connection->ends[i].seldom != &no_tcp_seldom) {
            g_free((gpointer)connection->ends[i].seldom);
        }
    }
    g_free(connection->place.links);
}

const hr_ties hr_no_ties;

hr_ties *hr_model_ties(hr_model *model, hr_request *request)
{
    if (request->ties == &hr_no_ties) {
        request->ties = hr_slabs_add(&model->ties);
    }
    return (hr_ties *)request->ties;
}

void hr_request_show(hr_model *model, hr_request *request)
{
    const bool is_at_once =
        request->sent.frame == model->now.frame && request->sent.ns == model->now.ns;

    request->shown = is_at_once ? HR_SHOWN_AT_ONCE : HR_SHOWN_LATER;
    if (!is_at_once) {
        hr_model_ties(model, request)->shown = model->now;
    }
}

/* 1 + the stream, or 0 on HTTP/1: those of HTTP/3 may have 62 bits (RFC 9000 §2.1), and have less. */
#define STREAM_APART UINT32_MAX

void hr_request_set_stream(hr_model *model, hr_request *request, int64_t stream)
{
    const bool is_apart = stream >= (int64_t)STREAM_APART - 1;

    request->stream_code = is_apart ? STREAM_APART : (uint32_t)(stream + 1);
    if (is_apart) {
        hr_model_ties(model, request)->stream = stream;
    }
}

int64_t hr_request_stream(const hr_request *request)
{
    return request->stream_code == STREAM_APART ? request->ties->stream
                                                : (int64_t)request->stream_code - 1;
}

int64_t hr_opening_burst_ns(const hr_connection *connection)
{
    return connection->judged.may_be_in_burst ? connection->judged.seldom->burst_ns
                                              : connection->opened.ns;
}
