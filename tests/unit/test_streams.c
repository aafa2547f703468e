/* test_streams.c
 * What the frames of a stream tell, of HTTP/2 (RFC 9113) and of HTTP/3 (RFC 9114): when an answer
 * began and was over, what it says, and what resets and GOAWAY leave of it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_h2.h"
#include "trace_quic.h"

/* ---- HTTP/2 ---- */

static void answer_of_a_stream(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open(t, AT_MS(0));
    const hr_request *request = h2_ask(c, 1, AT_MS(10));
    h2_answer(c, 1, AT_MS(11), .code = 103);
    g_assert_cmpuint(request->answered.frame, ==, 0);
    h2_answer(c, 1, AT_MS(12), .server = "nginx", .is_cut = true);
    const uint32_t frame = trace_frame(t);
    h2_data(c, SERVER, 1, false, AT_MS(15));
    h2_data(c, SERVER, 1, true, AT_MS(20));
    h2_exchange(c, 3, AT_MS(30), AT_MS(31));

    assert_answered(request, 200, frame);
    assert_ended(request, AT_MS(20));
    g_assert_cmpint(request->answered.ns, ==, AT_MS(12));
    g_assert_cmpstr(c->model->products.server, ==, "nginx");
}

static void empty_answer_of_a_stream(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open(t, AT_MS(0));
    const hr_request *request = h2_ask(c, 1, AT_MS(10));
    h2_answer(c, 1, AT_MS(12), .code = 204, .is_empty = true);

    assert_answered(request, 204, trace_frame(t));
    assert_ended(request, AT_MS(12));
    g_assert_cmpint(request->answered.ns, ==, AT_MS(12));
}

/* The HEADERS of the answer could not be read: its DATA tell when it began. */
static void data_without_headers(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open(t, AT_MS(0));
    const hr_request *request = h2_ask(c, 1, AT_MS(10));
    h2_data(c, SERVER, 1, false, AT_MS(15));
    h2_data(c, SERVER, 1, true, AT_MS(20));

    assert_ended(request, AT_MS(20));
    g_assert_cmpint(request->answered.ns, ==, AT_MS(15));
    g_assert_false(request->is_answered);
}

static void said_once(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open(t, AT_MS(0));
    for (uint32_t stream = 1; stream < 5; stream += 2) {
        const bool is_first = stream == 1;
        h2_ask(c, stream, AT_MS(10 * stream));
        h2_begin(c, SERVER, AT_MS(10 * stream + 1));
        hr_h2_response_seen(trace_model(t), c->model, trace_index(c, SERVER),
                            &(hr_h2_response){.stream = stream,
                                              .code = 200,
                                              .server = trace_slice(is_first ? "nginx" : NULL),
                                              .via = trace_slice(is_first ? "1.1 varnish" : NULL),
                                              .is_end = true});
        h2_end(c);
    }

    g_assert_cmpstr(c->model->products.server, ==, "nginx");
    g_assert_cmpstr(c->model->seldom->via, ==, "1.1 varnish");
}

/* RFC 9113 §6.5.2: what a client allows is how many the server may push. */
static void limit_of_the_client_is_for_pushes(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_limited(t, AT_MS(0), 100);
    h2_begin(c, CLIENT, AT_MS(8));
    hr_h2_stream_limit_seen(trace_model(t), c->model, trace_index(c, CLIENT), 1);
    h2_end(c);
    h2_ask(c, 1, AT_MS(10));
    trace_connection *beside = h2_open_used(t, AT_MS(20));
    h2_answer(c, 1, AT_MS(100));

    g_assert_cmpuint(c->model->seldom->streams->limit, ==, 100);
    assert_opened(beside, "idle-available", c);
}

/* RFC 9113 §5.1.1: stream 0 is the connection's own. */
static void nothing_is_asked_on_stream_0(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open(t, AT_MS(0));

    g_assert_null(h2_ask(c, 0, AT_MS(10)));
    const hr_request *request = h2_ask(c, 1, AT_MS(11));
    assert_number(request, 1);
}

/* RFC 9113 §6.8: what is open when the server goes is answered, and frees no place for others. */
static void no_place_is_free_behind_goaway(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_limited(t, AT_MS(0), 1);
    h2_ask(c, 1, AT_MS(10));
    h2_goaway(c, SERVER, 1, H2_NO_ERROR, AT_MS(11));
    h2_answer(c, 1, AT_MS(12));
    trace_connection *next = h2_open_used(t, AT_MS(30));

    g_assert_cmpuint(c->model->available_since.frame, ==, 0);
    g_assert_cmpstr(hr_why_token(trace_opening(next)->why), !=, "idle-available");
}

/* The ports say otherwise: who asks is the client. */
static void who_asks_is_the_client(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect_between(t, "10.0.0.1", 443, "10.0.0.80", 50000);
    trace_ack(c, CLIENT, AT_MS(0));
    const hr_request *request = h2_ask(c, 5, AT_MS(1));

    g_assert_nonnull(request);
    g_assert_cmpstr(hr_connection_client(c->model)->endpoint.address, ==, "10.0.0.1");
}

/* gRPC's core says "enter idle" with INTERNAL_ERROR; other words with it are an error. */
static void words_of_an_error(void)
{
    static const char *const words[] = {"enter idle", "enter hell", "enter idle mode", NULL};
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = h2_open_used(t, AT_MS(0));
        h2_goaway_saying(c, SERVER, H2_INTERNAL_ERROR, words[i], AT_S(2));

        g_assert_true(c->model->seldom->goaway->is_idle == (i == 0));
    }
}

/* ---- HTTP/3 ---- */

static void piece(trace *t, hr_connection *c, trace_side from, hr_quic_stream stream, int64_t ns)
{
    quic_at(t, ns);
    hr_quic_packet_seen(trace_model(t), c, from == CLIENT ? 0 : 1, HR_QUIC_1RTT);
    quic_datagram(t, c, from);
    hr_h3_stream_seen(trace_model(t), c, from == CLIENT ? 0 : 1, &stream);
    quic_end(t);
}

static void answer_in_pieces(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
    quic_ask(t, c, 0, AT_MS(30));
    const hr_request *request = c->first_request;
    piece(t, c, SERVER, (hr_quic_stream){.length = 20, .is_interim = true}, AT_MS(31));
    g_assert_false(request->is_answered);
    g_assert_cmpuint(request->response_frame, ==, 0);
    piece(t, c, SERVER, (hr_quic_stream){.offset = 2000, .length = 50}, AT_MS(40));
    const uint32_t frame = (uint32_t)hr_model_frame_count(trace_model(t));
    piece(t, c, SERVER, (hr_quic_stream){.offset = 20, .length = 1000}, AT_MS(41));
    piece(t, c, SERVER, (hr_quic_stream){.offset = 2050, .is_end = true}, AT_MS(50));

    g_assert_true(request->is_answered);
    g_assert_cmpuint(request->response_frame, ==, frame);
    g_assert_cmpint(request->answered.ns, ==, AT_MS(31));
    g_assert_cmpuint(request->answer_bytes, ==, 2050);
    assert_ended(request, AT_MS(50));
}

/* The end of a stream alone says nothing of what was on it, and asks for nothing. */
static void end_of_a_stream_alone(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
    quic_ask(t, c, 0, AT_MS(30));
    piece(t, c, SERVER, (hr_quic_stream){.offset = 500, .is_end = true}, AT_MS(40));
    piece(t, c, CLIENT, (hr_quic_stream){.stream = 4, .is_end = true}, AT_MS(50));

    assert_ended(c->first_request, AT_MS(40));
    g_assert_false(c->first_request->is_answered);
    g_assert_cmpuint(c->request_count, ==, 1);
}

static void headers_seen(trace *t, hr_connection *c, trace_side from, hr_h3_headers headers,
                         int64_t ns)
{
    quic_at(t, ns);
    quic_datagram(t, c, from);
    hr_h3_headers_seen(trace_model(t), c, from == CLIENT ? 0 : 1, &headers);
    quic_end(t);
}

static void headers_of_an_answer(void)
{
    static const struct {
        const char *method;
        unsigned code;
        bool is_bodyless;
    } kinds[] = {{"GET", 200, false}, {"GET", 204, true}, {"GET", 304, true}, {"HEAD", 200, true}};
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autoptr(trace) t = trace_new();
        hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
        quic_ask(t, c, 0, AT_MS(30));
        headers_seen(t, c, CLIENT,
                     (hr_h3_headers){.method = trace_slice(kinds[i].method),
                                     .path = trace_slice("/x"),
                                     .authority = trace_slice("b.example")},
                     AT_MS(31));
        headers_seen(t, c, SERVER, (hr_h3_headers){.code = 103}, AT_MS(32));
        headers_seen(t, c, SERVER,
                     (hr_h3_headers){.code = kinds[i].code,
                                     .server = trace_slice("Caddy"),
                                     .via = trace_slice("3.0 Caddy")},
                     AT_MS(40));
        headers_seen(t, c, SERVER, (hr_h3_headers){.code = 500}, AT_MS(41)); /* it has its status */

        const hr_request *request = c->first_request;
        g_assert_cmpuint(request->response_code, ==, kinds[i].code);
        g_assert_true(request->is_answer_bodyless == kinds[i].is_bodyless);
        g_assert_cmpstr(request->method, ==, kinds[i].method);
        g_assert_cmpstr(request->target, ==, "/x");
        g_assert_cmpstr(request->authority, ==, "b.example");
        g_assert_cmpstr(c->products.server, ==, "Caddy");
        g_assert_cmpstr(c->seldom->via, ==, "3.0 Caddy");
    }
}

/* RFC 9114 §4.1: a server that wants no more of a request may have answered it. */
static void resets_of_a_stream(void)
{
    for (int from = CLIENT; from <= SERVER; from++) {
        for (int is_stop = 0; is_stop < 2; is_stop++) {
            g_autoptr(trace) t = trace_new();
            hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
            quic_exchange(t, c, 0, AT_MS(30));
            quic_ask(t, c, 4, AT_MS(40));
            quic_at(t, AT_MS(50));
            quic_datagram(t, c, from);
            hr_h3_reset_seen(trace_model(t), c, (unsigned)from, 0, is_stop);
            hr_h3_reset_seen(trace_model(t), c, (unsigned)from, 4, is_stop);
            hr_h3_reset_seen(trace_model(t), c, (unsigned)from, 8, is_stop);
            quic_end(t);

            g_assert_cmpint(c->first_request->complete, ==, HR_COMPLETE_YES);
            g_assert_true(c->last_request->is_done == (from == CLIENT || !is_stop));
        }
    }
}

static void goaway_seen(trace *t, hr_connection *c, trace_side from, uint64_t id, int64_t ns)
{
    quic_at(t, ns);
    quic_datagram(t, c, from);
    hr_h3_goaway_seen(trace_model(t), c, from == CLIENT ? 0 : 1, id);
    quic_end(t);
}

/* RFC 9114 §5.2: each side's names streams of the other. */
static void goaways_of_both_sides(void)
{
    for (int is_idle = 0; is_idle < 2; is_idle++) {
        g_autoptr(trace) t = trace_new();
        hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
        quic_exchange(t, c, 0, AT_MS(30));
        if (!is_idle) {
            quic_ask(t, c, 4, AT_MS(40));
        }
        goaway_seen(t, c, SERVER, UINT64_C(1) << 62, AT_MS(50));
        goaway_seen(t, c, CLIENT, 12, AT_MS(51));
        g_assert_cmpuint(c->seldom->goaway->last_stream, ==, UINT32_MAX);
        goaway_seen(t, c, SERVER, 8, AT_MS(52));

        g_assert_cmpint(c->seldom->goaway->at.ns, ==, AT_MS(50));
        g_assert_cmpint(c->seldom->goaway->by, ==, HR_SIDE_SERVER);
        g_assert_true(c->seldom->goaway->is_idle == is_idle);
        g_assert_cmpuint(c->seldom->goaway->last_stream, ==, 8);
        g_assert_cmpuint(c->seldom->goaway->left_out_from, ==, 8);
    }
}

/* A later stream came first: both count against what the server allows. */
static void limit_of_streams_that_overtake(void)
{
    g_autoptr(trace) t = trace_new();
    const quic_kind how = {.has_keys = true, .streams = 2};
    hr_connection *c = quic_open(t, 0, AT_MS(0), &how);
    quic_ask(t, c, 4, AT_MS(30));
    quic_ask(t, c, 0, AT_MS(31));
    hr_connection *beside = quic_open(t, 1, AT_MS(40), &how);
    quic_ask(t, beside, 0, AT_MS(70));

    quic_assert_why(t, beside, "streams-exhausted");
    assert_delivery(c->last_request, "multiplexed");
}

/* RFC 9000 §2.1: of streams that are not all there nobody knows the number. */
static void number_behind_a_missing_stream(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
    quic_exchange(t, c, 0, AT_MS(30));
    assert_number(c->first_request, 1);
    quic_exchange(t, c, 8, AT_MS(40));

    assert_number_at_least(c->last_request, 2);
}

/* ---- of which the begin is missing ---- */

static void stream_behind_lost_bytes(void)
{
    for (uint32_t stream = 1; stream < 5; stream += 2) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = h2_open(t, AT_MS(0));
        trace_lose(c, CLIENT, 200);
        const hr_request *request = h2_ask(c, stream, AT_MS(10));

        g_assert_cmpint(request->status, ==, stream == 1 ? HR_STATUS_NEW : HR_STATUS_UNKNOWN);
        assert_number_at_least(request, 1);
    }
}

static void streams_of_before_the_capture(void)
{
    for (uint32_t first = 1; first < 4; first += 2) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_connect(t);
        h2_prefaces(c, 100, AT_MS(0));
        const hr_request *request = h2_ask(c, first, AT_MS(1));
        h2_answer(c, first, AT_MS(2));
        const hr_request *next = h2_exchange(c, first + 2, AT_MS(3), AT_MS(4));

        g_assert_cmpint(request->status, ==, first == 1 ? HR_STATUS_UNKNOWN : HR_STATUS_REUSED);
        assert_number_at_least(request, first == 1 ? 1 : 2);
        assert_status(next, "reused");
        assert_number_at_least(next, first == 1 ? 2 : 3);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/streams/h2/answer", answer_of_a_stream);
    g_test_add_func("/streams/h2/empty-answer", empty_answer_of_a_stream);
    g_test_add_func("/streams/h2/data-alone", data_without_headers);
    g_test_add_func("/streams/h2/said-once", said_once);
    g_test_add_func("/streams/h2/client-limit", limit_of_the_client_is_for_pushes);
    g_test_add_func("/streams/h2/stream-0", nothing_is_asked_on_stream_0);
    g_test_add_func("/streams/h2/behind-goaway", no_place_is_free_behind_goaway);
    g_test_add_func("/streams/h2/client", who_asks_is_the_client);
    g_test_add_func("/streams/h2/words", words_of_an_error);
    g_test_add_func("/streams/h3/pieces", answer_in_pieces);
    g_test_add_func("/streams/h3/end-alone", end_of_a_stream_alone);
    g_test_add_func("/streams/h3/headers", headers_of_an_answer);
    g_test_add_func("/streams/h3/resets", resets_of_a_stream);
    g_test_add_func("/streams/h3/goaway", goaways_of_both_sides);
    g_test_add_func("/streams/h3/limit", limit_of_streams_that_overtake);
    g_test_add_func("/streams/h3/number", number_behind_a_missing_stream);
    g_test_add_func("/streams/begin/lost", stream_behind_lost_bytes);
    g_test_add_func("/streams/begin/before-the-capture", streams_of_before_the_capture);
    return g_test_run();
}
