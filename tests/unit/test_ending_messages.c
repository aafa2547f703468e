/* test_ending_messages.c
 * Ends that a message announces or a handshake shows: DESIGN section 5 from setup-failed to
 * unused, and which of two goes first.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

/* What makes 10.0.0.80:80 a server of HTTP, from another client; it stays open. */
static trace_connection *elsewhere(trace *t, int64_t at)
{
    trace_connection *c = trace_open_from(t, "10.0.0.9", at);
    trace_exchange(c, at + AT_MS(1), at + AT_MS(2));
    return c;
}

/* A dial that the server accepts, and that @by resets so much later: the client's ACK is not seen. */
static trace_connection *reset_accepted(trace *t, trace_side by, int64_t after_ns)
{
    elsewhere(t, AT_MS(0));
    trace_connection *c = trace_connect(t);
    trace_syn(c, AT_MS(10));
    trace_syn_ack(c, AT_MS(11));
    trace_rst(c, by, AT_MS(11) + after_ns);
    return c;
}

/* An error says close, and so had its request. */
static trace_connection *error_where_the_client_said_close(trace *t, int64_t at)
{
    trace_connection *c = trace_open(t, at);
    trace_request(c, at + AT_MS(1), .connection = "close");
    trace_answer(c, at + AT_MS(2), .code = 503, .connection = "close");
    trace_close(c, SERVER, at + AT_MS(3));
    return c;
}

/* ---- setup-failed ---- */

static void refused(void)
{
    g_autoptr(trace) t = trace_new();
    elsewhere(t, AT_MS(0));
    trace_connection *c = trace_connect(t);
    trace_syn(c, AT_MS(10));
    trace_rst(c, SERVER, AT_MS(11));

    assert_cause(c, "setup-failed");
    assert_closed_by(c, "server");
    assert_certainty(c, "certain");
}

static void unanswered(void)
{
    g_autoptr(trace) t = trace_new();
    elsewhere(t, AT_S(0));
    trace_connection *c = trace_connect(t);
    trace_syn(c, AT_S(1));
    trace_syn(c, AT_S(2));
    trace_syn(c, AT_S(4));

    assert_cause(c, "setup-failed");
    assert_closed_by(c, NULL);
}

static void may_still_be_answered(void)
{
    g_autoptr(trace) t = trace_new();
    elsewhere(t, AT_MS(0));
    trace_connection *c = trace_connect(t);
    trace_syn(c, AT_MS(100));

    assert_cause(c, "open-at-end");
}

/* The server had accepted it: that the client's ACK is not seen refuses nothing. */
static void accepted_and_reset(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = reset_accepted(t, SERVER, AT_MS(799));

    assert_cause(c, "server-close");
}

/* ---- upgraded, tunnelled ---- */

static void websocket(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .code = 101);
    const uint32_t switched = trace_frame(t);
    trace_data(c, SERVER, 100, AT_MS(3));
    trace_close(c, CLIENT, AT_S(9));

    assert_cause(c, "upgraded");
    assert_closed_by(c, "client");
    assert_certainty(c, "certain");
    g_assert_cmpuint(trace_ending(c)->evidence_frame, ==, switched);
}

/* Of what it switched to a snap length left nothing: no WebSocket is known, and no tunnel. */
static void websocket_of_a_cut_head(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .code = 101, .is_cut = true);
    trace_close(c, CLIENT, AT_S(9));
    trace_exchange(trace_open(t, AT_S(10)), AT_S(11), AT_S(12));

    assert_cause(c, "client-close");
}

static void tunnel(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .method = "CONNECT", .target = "b.example:443");
    trace_answer(c, AT_MS(2), .is_header_only = true);
    trace_close(c, CLIENT, AT_S(9));

    assert_cause(c, "tunnelled");
    assert_closed_by(c, "client");
}

static void refused_tunnel(void)
{
    for (int is_cut = 0; is_cut < 2; is_cut++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open(t, AT_MS(0));
        trace_request(c, AT_MS(1), .method = "CONNECT", .target = "b.example:443");
        trace_answer(c, AT_MS(2), .code = 407, .connection = "close", .is_cut = is_cut);
        trace_close(c, SERVER, AT_MS(3));

        assert_cause(c, "server-error-close");
    }
}

/* ---- http10 ---- */

static void http10_request(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .is_http10 = true);
    const uint32_t request_frame = trace_frame(t);
    trace_answer(c, AT_MS(2));
    trace_close(c, SERVER, AT_MS(3));

    assert_cause(c, "http10");
    assert_closed_by(c, "client");
    assert_certainty(c, "certain");
    g_assert_cmpuint(trace_ending(c)->evidence_frame, ==, request_frame);
    g_assert_cmpint(trace_ending(c)->first_fin, ==, HR_SIDE_SERVER);
}

static void http10_answer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .is_http10 = true, .is_until_close = true);
    trace_close(c, SERVER, AT_MS(3));

    assert_cause(c, "http10");
    assert_closed_by(c, "server");
}

static void http10_with_keep_alive(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .is_http10 = true, .connection = "keep-alive");
    trace_answer(c, AT_MS(2), .is_http10 = true, .connection = "keep-alive");
    trace_close(c, SERVER, AT_MS(50));

    assert_cause(c, "server-close");
}

/* ---- server-error-close ---- */

static void error_that_says_close(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .code = 503, .connection = "close");
    const uint32_t answer_frame = trace_frame(t);
    trace_close(c, CLIENT, AT_MS(3));

    assert_cause(c, "server-error-close");
    assert_closed_by(c, "server");
    assert_certainty(c, "certain");
    g_assert_cmpuint(trace_ending(c)->evidence_frame, ==, answer_frame);

    assert_cause(error_where_the_client_said_close(t, AT_MS(10)), "client-close-header");
}

static void upload_refused_in_the_middle(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .method = "POST", .body = 90000, .rest = 89000);
    trace_answer(c, AT_MS(2), .code = 413);
    const uint32_t answered = trace_frame(t);
    trace_fin(c, SERVER, AT_MS(3));
    trace_rst(c, CLIENT, AT_MS(4));

    assert_cause(c, "server-error-close");
    assert_closed_by(c, "server");
    g_assert_cmpuint(trace_ending(c)->evidence_frame, ==, answered);
}

static void upload_refused_and_never_shown(void)
{
    g_autoptr(trace) t = trace_new();
    elsewhere(t, AT_MS(0));
    trace_connection *c = trace_open(t, AT_MS(10));
    trace_begin(c, AT_MS(11), .method = "POST", .body = 90000, .rest = 89000);
    trace_answer(c, AT_MS(12), .code = 413, .connection = "close");
    trace_close(c, SERVER, AT_MS(13));

    assert_cause(c, "server-error-close");
    g_assert_cmpuint(c->model->request_count, ==, 1);
}

/* Of a body whose length is said, a part is not in the capture (a socket of loopback, tcpdump's drops).
 * No close is said in that; in its header section, or in what comes behind it, one may be. */
static trace_connection *refuse_upload_with_a_gap(trace *t, uint32_t sent_beyond)
{
    elsewhere(t, AT_MS(0));
    trace_connection *c = trace_open(t, AT_MS(10));
    trace_exchange(c, AT_MS(11), AT_MS(12));
    trace_begin(c, AT_MS(13), .method = "POST", .body = 90000, .rest = 89000);
    trace_answer(c, AT_MS(14), .code = 413, .connection = "close");
    trace_lose(c, CLIENT, 40000);
    trace_data(c, CLIENT, 49000, AT_US(14100));
    if (sent_beyond > 0) {
        trace_lose(c, CLIENT, sent_beyond);
        trace_data(c, CLIENT, 100, AT_US(14150));
    }
    trace_close(c, CLIENT, AT_US(14200));
    return c;
}

static void upload_refused_with_a_gap_in_its_body(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = refuse_upload_with_a_gap(t, 0);
    assert_cause(c, "server-error-close");
    assert_closed_by(c, "server");

    g_autoptr(trace) beyond = trace_new();
    assert_cause(refuse_upload_with_a_gap(beyond, 300), "unknown");
}

/* What was on its way when the server refused arrives afterwards. */
static trace_connection *refuse_upload_in_flight(trace *t)
{
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .method = "POST", .body = 3000, .rest = 2000);
    trace_answer(c, AT_MS(2), .code = 413);
    trace_data(c, CLIENT, 2000, AT_US(2100));
    return c;
}

static void upload_refused_with_the_rest_in_flight(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = refuse_upload_in_flight(t);
    trace_close(c, SERVER, AT_US(2200));

    assert_cause(c, "server-error-close");
    assert_closed_by(c, "server");
}

static void upload_refused_and_shown_later(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_begin(c, AT_MS(1), .method = "POST", .body = 3000, .rest = 1700);
    trace_answer(c, AT_MS(2), .code = 413);
    trace_request(c, AT_US(2100), .method = "POST", .body = 3000, .before = 1400);
    trace_close(c, SERVER, AT_US(2200));

    assert_cause(c, "server-error-close");
}

/* aiohttp's server reads on and keeps the connection; the client ends its program after that. */
static void upload_refused_and_read_to_its_end(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = refuse_upload_in_flight(t);
    trace_close(c, CLIENT, AT_US(2200));

    assert_cause(c, "client-close");
    assert_closed_by(c, "client");
}

/* The server answered while it still read, and the upload went on to its end. */
static void early_answer_to_an_upload_that_went_on(void)
{
    g_autoptr(trace) t = trace_new();
    elsewhere(t, AT_MS(0));
    trace_connection *c = trace_open(t, AT_MS(10));
    trace_request(c, AT_MS(11), .method = "POST", .body = 3000, .rest = 2000);
    trace_answer(c, AT_MS(12));
    trace_data(c, CLIENT, 2000, AT_MS(13));
    trace_close(c, SERVER, AT_MS(5015));

    assert_cause(c, "server-idle-timeout");
}

static void error_without_close(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .code = 503);
    trace_close(c, SERVER, AT_MS(50));

    assert_cause(c, "server-close");
}

/* ---- who said close first ---- */

static void client_says_close(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .connection = "close");
    const uint32_t request_frame = trace_frame(t);
    trace_answer(c, AT_MS(2), .connection = "close"); /* an echo */
    trace_close(c, SERVER, AT_MS(3));

    assert_cause(c, "client-close-header");
    assert_closed_by(c, "client");
    assert_certainty(c, "certain");
    g_assert_cmpint(trace_ending(c)->first_fin, ==, HR_SIDE_SERVER); /* the two differ */
    g_assert_cmpuint(trace_ending(c)->evidence_frame, ==, request_frame);
}

static void server_says_close(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_request(c, AT_MS(3));
    trace_answer(c, AT_MS(4), .connection = "close");
    const uint32_t answer_frame = trace_frame(t);
    trace_close(c, CLIENT, AT_MS(5));

    assert_cause(c, "server-close-header");
    assert_closed_by(c, "server");
    g_assert_cmpint(trace_ending(c)->first_fin, ==, HR_SIDE_CLIENT);
    g_assert_cmpuint(trace_ending(c)->evidence_frame, ==, answer_frame);

    assert_cause(error_where_the_client_said_close(t, AT_MS(10)), "client-close-header");
}

static void announced_and_not_yet_closed(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .connection = "close");

    assert_cause(c, "open-at-end");
}

/* ---- unused ---- */

static void client_closes_what_carried_nothing(void)
{
    g_autoptr(trace) t = trace_new();
    elsewhere(t, AT_MS(0));
    trace_connection *c = trace_open(t, AT_MS(10));
    trace_close(c, CLIENT, AT_S(1));

    assert_cause(c, "unused");
    assert_closed_by(c, "client");
    assert_certainty(c, "certain");
}

static void client_resets_a_dial(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = reset_accepted(t, CLIENT, AT_MS(1));

    assert_cause(c, "unused");
}

static void server_closes_what_carried_nothing(void)
{
    g_autoptr(trace) t = trace_new();
    elsewhere(t, AT_MS(0));
    trace_connection *c = trace_open(t, AT_MS(10));
    trace_close(c, SERVER, AT_S(11));

    assert_cause(c, "server-close");
}

/* ---- nothing ended it ---- */

/* It was open before the capture, and may have carried whatever. */
static void what_was_open_before_may_have_been_used(void)
{
    g_autoptr(trace) t = trace_new();
    elsewhere(t, AT_MS(0));
    trace_connection *c = trace_connect(t);
    trace_close(c, CLIENT, AT_MS(500));
    trace_exchange(trace_open(t, AT_S(1)), AT_S(1) + AT_MS(1), AT_S(1) + AT_MS(2));

    assert_cause(c, "client-close");
}

static void open_at_the_end(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));

    assert_cause(c, "open-at-end");
    assert_closed_by(c, NULL);
    assert_certainty(c, NULL);
}

static void ports_taken_again(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_connect_between(t, "10.0.0.1", 41000, "10.0.0.80", 80);
    trace_syn(one, AT_S(0));
    trace_syn_ack(one, AT_S(0));
    trace_exchange(one, AT_S(1), AT_S(2));
    trace_connection *two = trace_connect_between(t, "10.0.0.1", 41000, "10.0.0.80", 80);
    trace_syn(two, AT_S(90));
    trace_syn_ack(two, AT_S(90));
    trace_exchange(two, AT_S(91), AT_S(92));

    assert_cause(one, "unknown"); /* its end is not in the capture */
    assert_cause(two, "open-at-end");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ending/unused/before-capture", what_was_open_before_may_have_been_used);
    g_test_add_func("/ending/upgraded/cut", websocket_of_a_cut_head);
    g_test_add_func("/ending/setup-failed/accepted", accepted_and_reset);
    g_test_add_func("/ending/setup-failed/refused", refused);
    g_test_add_func("/ending/setup-failed/unanswered", unanswered);
    g_test_add_func("/ending/setup-failed/not-yet", may_still_be_answered);
    g_test_add_func("/ending/upgraded/websocket", websocket);
    g_test_add_func("/ending/tunnelled/connect", tunnel);
    g_test_add_func("/ending/tunnelled/refused", refused_tunnel);
    g_test_add_func("/ending/http10/request", http10_request);
    g_test_add_func("/ending/http10/answer", http10_answer);
    g_test_add_func("/ending/http10/keep-alive", http10_with_keep_alive);
    g_test_add_func("/ending/server-error-close/says-close", error_that_says_close);
    g_test_add_func("/ending/server-error-close/early", upload_refused_in_the_middle);
    g_test_add_func("/ending/server-error-close/never-shown", upload_refused_and_never_shown);
    g_test_add_func("/ending/server-error-close/rest-in-flight",
                    upload_refused_with_the_rest_in_flight);
    g_test_add_func("/ending/server-error-close/gap-in-body",
                    upload_refused_with_a_gap_in_its_body);
    g_test_add_func("/ending/server-error-close/shown-later", upload_refused_and_shown_later);
    g_test_add_func("/ending/server-error-close/read-on", upload_refused_and_read_to_its_end);
    g_test_add_func("/ending/server-error-close/not-if-upload-ends",
                    early_answer_to_an_upload_that_went_on);
    g_test_add_func("/ending/server-error-close/not-without-close", error_without_close);
    g_test_add_func("/ending/close-header/client", client_says_close);
    g_test_add_func("/ending/close-header/server", server_says_close);
    g_test_add_func("/ending/close-header/not-yet", announced_and_not_yet_closed);
    g_test_add_func("/ending/unused/fin", client_closes_what_carried_nothing);
    g_test_add_func("/ending/unused/rst", client_resets_a_dial);
    g_test_add_func("/ending/unused/not-by-the-server", server_closes_what_carried_nothing);
    g_test_add_func("/ending/none/open-at-end", open_at_the_end);
    g_test_add_func("/ending/none/unknown", ports_taken_again);
    return g_test_run();
}
