/* test_http2_goaway.c
 * A connection of HTTP/2 that ends by GOAWAY, and one that ends by a timer, which GOAWAY only
 * announces. RFC 9113 §6.8.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_h2.h"

/* ---- goaway ---- */

static void goaway_with_an_error(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_used(t, AT_MS(0));
    h2_ask(c, 3, AT_MS(20));
    h2_answer(c, 3, AT_MS(21));
    h2_goaway(c, SERVER, 3, H2_ENHANCE_YOUR_CALM, AT_MS(30));
    const uint32_t frame = trace_frame(t);
    h2_goaway(c, SERVER, 3, H2_NO_ERROR, AT_US(30500)); /* of the end that follows */
    trace_close(c, CLIENT, AT_MS(31));

    assert_cause(c, "goaway");
    assert_certainty(c, "certain");
    assert_closed_by(c, "server");
    g_assert_cmpint(trace_ending(c)->first_fin, ==, HR_SIDE_CLIENT);
    g_assert_cmpuint(trace_ending(c)->evidence_frame, ==, frame);
    g_assert_cmpuint(c->model->seldom->goaway->error, ==, H2_ENHANCE_YOUR_CALM);
    g_assert_cmpuint(c->model->seldom->goaway->last_stream, ==, 3);
    assert_found(t, HR_FINDING_GOAWAY, frame, c, NULL);
}

/* nghttp2 at a server of HTTP/1.1: its client says an error of what came. Where that is not in the
 * capture nobody knows who was first. */
static void goaway_of_an_error_one_way(void)
{
    for (int is_one_way = 0; is_one_way < 2; is_one_way++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_connect(t);
        trace_syn(c, AT_MS(0));
        if (!is_one_way) {
            trace_syn_ack(c, AT_US(100));
        }
        trace_ack(c, CLIENT, AT_US(200));
        h2_ask(c, 1, AT_MS(2));
        if (is_one_way) {
            trace_lose(c, SERVER, 100);
        } else {
            trace_data(c, SERVER, 100, AT_MS(3));
        }
        h2_goaway(c, CLIENT, 0, H2_ENHANCE_YOUR_CALM, AT_MS(4));
        trace_fin(c, CLIENT, AT_MS(5));

        assert_cause(c, "goaway");
        assert_closed_by(c, is_one_way ? NULL : "client");
    }
}

/* Apache says GOAWAY when its client has closed: it was not asked to leave. */
static void goaway_that_answers_the_close(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_used(t, AT_MS(0));
    trace_fin(c, CLIENT, AT_MS(30));
    h2_goaway(c, SERVER, 0, H2_NO_ERROR, AT_MS(31));
    trace_rst(c, CLIENT, AT_MS(32));
    h2_open_used(t, AT_S(1));

    assert_cause(c, "client-close");
    assert_closed_by(c, "client");
}

/* Bytes of the other side are missing: a GOAWAY of its own may have come before, but for an error. */
static void goaway_beside_what_is_lost(void)
{
    for (int i = 0; i < 4; i++) {
        const bool is_lost_of_server = i % 2 != 0;
        const uint32_t error = i < 2 ? H2_NO_ERROR : H2_INTERNAL_ERROR;
        g_autoptr(trace) t = trace_new();
        trace_connection *c = h2_open_plain(t, AT_MS(0), 0);
        h2_exchange(c, 1, AT_MS(10), AT_MS(11));
        trace_lose(c, is_lost_of_server ? SERVER : CLIENT, 60);
        h2_exchange(c, 3, AT_MS(20), AT_MS(21));
        h2_goaway(c, CLIENT, 0, error, AT_MS(22));
        trace_close(c, CLIENT, AT_MS(23));

        assert_cause(c, "goaway");
        assert_closed_by(c, is_lost_of_server && error == H2_NO_ERROR ? NULL : "client");
    }
}

/* What is said of the first error stays; what was said before it is not of it. */
static void goaway_says_why(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_used(t, AT_MS(0));
    h2_goaway_saying(c, SERVER, H2_NO_ERROR, "draining", AT_MS(30));
    g_assert_cmpstr(c->model->seldom->goaway->debug, ==, "draining");
    h2_goaway_saying(c, SERVER, H2_ENHANCE_YOUR_CALM, "too_many_pings\x1b", AT_MS(31));
    h2_goaway_saying(c, CLIENT, H2_NO_ERROR, "bye", AT_MS(32));
    trace_close(c, SERVER, AT_MS(33));

    assert_cause(c, "goaway");
    g_assert_cmpuint(c->model->seldom->goaway->error, ==, H2_ENHANCE_YOUR_CALM);
    g_assert_cmpstr(c->model->seldom->goaway->debug, ==, "too_many_pings\\x1b");
}

/* Each side speaks for itself; the first one ends it. */
static void other_side_says_something_else(void)
{
    for (int first = CLIENT; first <= SERVER; first++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = h2_open_used(t, AT_MS(0));
        h2_goaway_saying(c, (trace_side)first, H2_NO_ERROR, "draining", AT_MS(30));
        h2_goaway_saying(c, (trace_side)(1 - first), H2_INTERNAL_ERROR, "bug", AT_MS(31));
        trace_close(c, (trace_side)first, AT_MS(32));

        assert_cause(c, "goaway");
        assert_closed_by(c, first == CLIENT ? "client" : "server");
        g_assert_cmpuint(c->model->seldom->goaway->error, ==, H2_NO_ERROR);
        g_assert_cmpstr(c->model->seldom->goaway->debug, ==, "draining");
    }
}

static trace_connection *dies_between_goaways(trace *t, trace_side first, uint32_t servers)
{
    trace_connection *c = h2_open_used(t, AT_MS(0));
    h2_ask(c, 3, AT_MS(20), .method = "POST");
    trace_ack(c, SERVER, AT_MS(21));
    h2_goaway(c, first, first == CLIENT ? 0 : servers, H2_NO_ERROR, AT_MS(30));
    h2_goaway(c, 1 - first, first == CLIENT ? servers : 0, H2_NO_ERROR, AT_MS(31));
    trace_fin(c, SERVER, AT_S(3));
    return c;
}

/* The client's GOAWAY counts streams of the server: it says nothing of a request. */
static void goaways_of_both_sides(void)
{
    for (int first = CLIENT; first <= SERVER; first++) {
        g_autoptr(trace) taken = trace_new();
        trace_connection *c = dies_between_goaways(taken, (trace_side)first, 3);
        assert_cause(c, "request-aborted");
        g_assert_cmpuint(c->model->seldom->goaway->last_stream, ==, first == CLIENT ? 0 : 3);

        g_autoptr(trace) out = trace_new();
        assert_cause(dies_between_goaways(out, (trace_side)first, 1), "goaway");
    }
}

/* RFC 9113 §6.8: what the GOAWAY leaves out was not processed; what it names may have been. */
static trace_connection *dies_after_goaway(trace *t, uint32_t last_stream)
{
    trace_connection *c = h2_open_used(t, AT_MS(0));
    h2_goaway(c, SERVER, last_stream, H2_NO_ERROR, AT_MS(30));
    h2_ask(c, 3, AT_MS(31));
    trace_ack(c, SERVER, AT_MS(32));
    trace_fin(c, SERVER, AT_S(3));
    return c;
}

static void request_that_goaway_leaves_out(void)
{
    g_autoptr(trace) out = trace_new();
    assert_cause(dies_after_goaway(out, 1), "goaway");

    g_autoptr(trace) taken = trace_new();
    assert_cause(dies_after_goaway(taken, 3), "request-aborted");
}

/* RFC 9113 §6.8: first with the highest stream id, then with the true one. */
static void two_step_goaway_is_one_event(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_used(t, AT_MS(0));
    h2_ask(c, 3, AT_MS(20));
    h2_goaway(c, SERVER, H2_LAST_STREAM_ANY, H2_NO_ERROR, AT_MS(30));
    const uint32_t frame = trace_frame(t);
    h2_answer(c, 3, AT_MS(40));
    h2_goaway(c, SERVER, 3, H2_NO_ERROR, AT_MS(41));
    trace_close(c, SERVER, AT_MS(42));

    assert_cause(c, "goaway");
    g_assert_cmpuint(trace_ending(c)->evidence_frame, ==, frame);
    g_assert_cmpuint(c->model->seldom->goaway->last_stream, ==, 3);
    g_assert_cmpuint(trace_found(t, HR_FINDING_GOAWAY), ==, 1);
    g_assert_cmpint(c->model->last_request->complete, ==, HR_COMPLETE_YES);
}

/* nginx: keepalive_requests 1000. It says GOAWAY just before the last answer; who sends the first
 * FIN does not matter. */
static void limit_said_by_goaway(void)
{
    for (uint32_t requests = 999; requests <= 1000; requests++) {
        for (int first = CLIENT; first <= SERVER; first++) {
            g_autoptr(trace) t = trace_new();
            trace_connection *c = h2_open(t, AT_MS(0));
            for (uint32_t i = 1; i < requests; i++) {
                h2_exchange(c, 2 * i - 1, AT_MS(10 + i), AT_MS(10 + i));
            }
            h2_ask(c, 2 * requests - 1, AT_S(2));
            h2_begin(c, SERVER, AT_S(2));
            h2_goaway(c, SERVER, 2 * requests - 1, H2_NO_ERROR, 0);
            h2_answer(c, 2 * requests - 1, 0);
            h2_end(c);
            const uint32_t frame = trace_frame(t);
            trace_close(c, (trace_side)first, AT_MS(2001));
            h2_open_used(t, AT_S(3)); /* the client goes on */

            assert_cause(c, requests == 1000 ? "request-limit" : "goaway");
            assert_certainty(c, requests == 1000 ? "likely" : "certain");
            assert_closed_by(c, "server");
            g_assert_cmpuint(trace_ending(c)->evidence_frame, ==, frame);
            g_assert_cmpuint(trace_found(t, HR_FINDING_GOAWAY), ==, 1);
            g_assert_cmpuint(trace_found(t, HR_FINDING_REQUEST_LIMIT), ==, requests == 1000);
        }
    }
}

static void goaway_without_an_end(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_used(t, AT_MS(0));
    h2_goaway(c, SERVER, 1, H2_NO_ERROR, AT_MS(30));

    assert_cause(c, "open-at-end");
    g_assert_cmpuint(trace_found(t, HR_FINDING_GOAWAY), ==, 1);
}

/* ---- a timer, and what looks like it ---- */

static void idle_goaway_that_fits_a_timer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_used(t, AT_MS(0));
    h2_goaway(c, SERVER, 1, H2_NO_ERROR, AT_MS(12) + AT_S(75)); /* nginx: keepalive_timeout */
    trace_close(c, SERVER, AT_MS(100) + AT_S(75));

    assert_cause(c, "server-idle-timeout");
    assert_certainty(c, "likely");
    assert_closed_by(c, "server");
    g_assert_cmpint(trace_ending(c)->after_idle_ns, ==, AT_S(75) + AT_MS(1)); /* at the GOAWAY */
    g_assert_cmpuint(trace_found(t, HR_FINDING_IDLE_CLOSE), ==, 1);
}

/* A client closes what the server gave up: it neither decided that, nor has it ended. */
static void client_closes_after_the_idle_goaway(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_used(t, AT_MS(0));
    h2_goaway(c, SERVER, 1, H2_NO_ERROR, AT_MS(12) + AT_S(75));
    tls_close_notify(c, CLIENT, AT_MS(13) + AT_S(75));
    trace_close(c, CLIENT, AT_MS(13) + AT_S(75));

    assert_cause(c, "server-idle-timeout");
    assert_closed_by(c, "server");
    g_assert_cmpint(trace_ending(c)->first_fin, ==, HR_SIDE_CLIENT);
}

/* No default is known, but two equal idle times are a timer, whoever sends the first FIN. */
static void unknown_timer_said_by_goaway(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2];
    for (int i = 0; i < 2; i++) {
        const int64_t at = AT_S(100 * i);
        c[i] = h2_open_used(t, at);
        h2_goaway(c[i], SERVER, 1, H2_NO_ERROR, at + AT_MS(11) + AT_S(12));
        trace_close(c[i], CLIENT, at + AT_MS(12) + AT_S(12));
    }
    h2_open_used(t, AT_S(300)); /* the client goes on */

    assert_cause(c[0], "server-idle-timeout");
    assert_cause(c[1], "server-idle-timeout");
    assert_closed_by(c[1], "server");
    g_assert_cmpuint(trace_ending(c[0])->timer_count, ==, 0); /* no candidate is named */
}

static void idle_goaway_that_fits_no_timer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_used(t, AT_MS(0));
    h2_goaway(c, SERVER, 1, H2_NO_ERROR, AT_S(13));
    trace_close(c, SERVER, AT_S(14));

    assert_cause(c, "goaway");
    assert_certainty(c, "certain");
}

/* The same 75 s, but a stream is open: it was not idle. */
static void goaway_with_an_open_stream(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_used(t, AT_MS(0));
    h2_ask(c, 3, AT_MS(11) + AT_S(74));
    h2_goaway(c, SERVER, 3, H2_NO_ERROR, AT_MS(12) + AT_S(75));
    h2_answer(c, 3, AT_MS(13) + AT_S(75));
    trace_close(c, SERVER, AT_MS(14) + AT_S(75));

    assert_cause(c, "goaway");
    g_assert_cmpint(trace_ending(c)->after_idle_ns, !=, AT_S(75) + AT_MS(1));
}

static void idle_goaway_with_an_error(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_used(t, AT_MS(0));
    h2_goaway(c, SERVER, 1, H2_INTERNAL_ERROR, AT_MS(12) + AT_S(75));
    trace_close(c, SERVER, AT_MS(13) + AT_S(75));

    assert_cause(c, "goaway");
}

static void timer_without_a_goaway(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_used(t, AT_MS(0));
    tls_close_notify(c, SERVER, AT_MS(12) + AT_S(75));
    trace_close(c, SERVER, AT_MS(12) + AT_S(75));

    assert_cause(c, "server-idle-timeout");
}

/* Idle since the stream that ended last, though it was not sent last. */
static void idle_since_the_last_end(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open(t, AT_MS(0));
    h2_ask(c, 1, AT_MS(10));
    h2_exchange(c, 3, AT_MS(11), AT_MS(12));
    h2_answer(c, 1, AT_S(2));
    h2_goaway(c, SERVER, 3, H2_NO_ERROR, AT_MS(1) + AT_S(77));
    trace_close(c, SERVER, AT_S(78));

    assert_cause(c, "server-idle-timeout");
    g_assert_cmpint(trace_ending(c)->after_idle_ns, ==, AT_S(75) + AT_MS(1));
}

static void idle_timeout_of_the_client(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open(t, AT_MS(0));
    h2_ask(c, 1, AT_MS(10), .user_agent = "Go-http-client/2.0");
    h2_answer(c, 1, AT_MS(11));
    tls_close_notify(c, CLIENT, AT_MS(12) + AT_S(90)); /* IdleConnTimeout */
    trace_close(c, CLIENT, AT_MS(12) + AT_S(90));

    assert_cause(c, "client-idle-timeout");
    g_assert_true(trace_ending(c)->is_timer_named);
}

/* gRPC reads the GOAWAY and the FIN as it sends the next call, after a longer pause: that one was not
 * survived. The last one is closed in time. */
static void calls_into_what_was_closed_survive_no_pause(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = NULL;
    for (int i = 0; i < 3; i++) {
        const int64_t at = AT_S(10 * i);
        c = h2_open_used(t, at);
        trace_ack(c, CLIENT, at + AT_MS(20));
        h2_goaway(c, SERVER, 1, H2_NO_ERROR, at + AT_MS(1511));
        trace_fin(c, SERVER, at + AT_MS(1512));
        trace_ack(c, CLIENT, at + AT_MS(1513));
        if (i < 2) {
            h2_ask(c, 3, at + AT_S(3));
            trace_rst(c, SERVER, at + AT_S(3) + AT_US(100));
        } else {
            trace_fin(c, CLIENT, at + AT_MS(1514));
        }
    }

    assert_cause(c, "server-idle-timeout");
}

/* A GOAWAY that bids no stream good-bye yet: what is then asked is answered, after a pause that was
 * survived. How long the other one rested says nothing of that. */
static void what_is_answered_behind_a_goaway_rested(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_used(t, AT_S(0));
    trace_ack(c, CLIENT, AT_MS(20));
    h2_goaway(c, SERVER, H2_LAST_STREAM_ANY, H2_NO_ERROR, AT_S(1));
    trace_ack(c, CLIENT, AT_MS(1001));
    h2_exchange(c, 3, AT_S(3), AT_MS(3001));
    trace_close(c, SERVER, AT_MS(7311));
    trace_connection *other = h2_open_used(t, AT_S(10));
    trace_close(other, SERVER, AT_MS(17311));

    assert_cause(other, "server-close");
}

/* What only the other side sends is no request and no answer; of two words the first counts. */
static void each_side_says_its_own(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_used(t, AT_MS(0));
    const hr_request *open = h2_ask(c, 3, AT_MS(20));
    const hr_h2_request request = {.stream = 2,
                                   .method = trace_slice("GET"),
                                   .path = trace_slice("/"),
                                   .authority = trace_slice("a.example")};
    const hr_h2_response response = {.stream = 3, .code = 200};
    trace_begin_segment(c, SERVER, HR_TCP_ACK, 50, AT_MS(30));
    hr_h2_request_seen(trace_model(t), c->model, c->index[SERVER], &request);
    trace_end_segment(c);
    trace_begin_segment(c, CLIENT, HR_TCP_ACK, 50, AT_MS(31));
    hr_h2_response_seen(trace_model(t), c->model, c->index[CLIENT], &response);
    trace_end_segment(c);
    g_assert_cmpuint(c->model->request_count, ==, 2);
    g_assert_false(open->is_answered);

    h2_goaway_saying(c, SERVER, H2_NO_ERROR, "one", AT_MS(40));
    h2_goaway_saying(c, SERVER, H2_NO_ERROR, "two", AT_MS(41));
    g_assert_cmpstr(c->model->seldom->goaway->debug, ==, "one");
    h2_goaway_saying(c, SERVER, H2_ENHANCE_YOUR_CALM, "three", AT_MS(42));
    g_assert_cmpstr(c->model->seldom->goaway->debug, ==, "three");
}

/* Frames of HTTP/2 on a connection that speaks HTTP/1 are none. */
static void what_speaks_http1_has_no_streams(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open_used(t, AT_MS(0));
    const hr_h2_request request = {.stream = 1,
                                   .method = trace_slice("GET"),
                                   .path = trace_slice("/"),
                                   .authority = trace_slice("a.example")};
    trace_begin_segment(c, CLIENT, HR_TCP_ACK, 50, AT_MS(10));
    hr_h2_preface_seen(trace_model(t), c->model);
    hr_h2_request_seen(trace_model(t), c->model, c->index[CLIENT], &request);
    trace_end_segment(c);
    trace_begin_segment(c, SERVER, HR_TCP_ACK, 50, AT_MS(11));
    hr_h2_stream_limit_seen(trace_model(t), c->model, c->index[SERVER], 7);
    trace_end_segment(c);

    g_assert_cmpuint(c->model->request_count, ==, 1);
    g_assert_cmpuint(c->model->seldom->hidden_begin.frame, ==, 0);
    g_assert_cmpuint(c->model->seldom->streams->limit, !=, 7);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/http2/goaway/error", goaway_with_an_error);
    g_test_add_func("/http2/goaway/answers-the-close", goaway_that_answers_the_close);
    g_test_add_func("/http2/goaway/lost", goaway_beside_what_is_lost);
    g_test_add_func("/http2/goaway/says-why", goaway_says_why);
    g_test_add_func("/http2/goaway/other-side", other_side_says_something_else);
    g_test_add_func("/http2/goaway/both-sides", goaways_of_both_sides);
    g_test_add_func("/http2/goaway/left-out", request_that_goaway_leaves_out);
    g_test_add_func("/http2/goaway/two-step", two_step_goaway_is_one_event);
    g_test_add_func("/http2/goaway/request-limit", limit_said_by_goaway);
    g_test_add_func("/http2/goaway/no-end", goaway_without_an_end);
    g_test_add_func("/http2/timer/goaway", idle_goaway_that_fits_a_timer);
    g_test_add_func("/http2/timer/client-fin", client_closes_after_the_idle_goaway);
    g_test_add_func("/http2/timer/unknown", unknown_timer_said_by_goaway);
    g_test_add_func("/http2/timer/not-fitting", idle_goaway_that_fits_no_timer);
    g_test_add_func("/http2/timer/not-with-stream", goaway_with_an_open_stream);
    g_test_add_func("/http2/timer/not-with-error", idle_goaway_with_an_error);
    g_test_add_func("/http2/timer/no-goaway", timer_without_a_goaway);
    g_test_add_func("/http2/timer/last-end", idle_since_the_last_end);
    g_test_add_func("/http2/timer/client", idle_timeout_of_the_client);
    g_test_add_func("/http2/goaway/unsurvived-pause", calls_into_what_was_closed_survive_no_pause);
    g_test_add_func("/http2/goaway/answered", what_is_answered_behind_a_goaway_rested);
    g_test_add_func("/http2/goaway/one-way", goaway_of_an_error_one_way);
    g_test_add_func("/http2_goaway/own", each_side_says_its_own);
    g_test_add_func("/http2_goaway/http1", what_speaks_http1_has_no_streams);
    return g_test_run();
}
