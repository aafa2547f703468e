/* test_ending_said.c
 * What a message says of an end, where something else has to be so as well: that it ended, that it was
 * the first to say it, that all of it was there. DESIGN section 5, from setup-failed to unused.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_h2.h"

/* Another server is asked later, so that the capture and the program go on. */
static void go_on(trace *t, int64_t at)
{
    trace_exchange(trace_open_to(t, "10.0.0.99", 80, at), at + AT_MS(1), at + AT_MS(2));
}

/* ---- announced, and not ended ---- */

static void said_of_what_is_open_at_the_end(void)
{
    static const struct {
        trace_message request, answer;
        const char *cause;
        const char *before; /* in the answer before: httpd counts down */
    } rows[] = {
        {{.connection = "close"}, {.code = 200}, "client-close-header", NULL},
        {{.code = 0}, {.connection = "close"}, "server-close-header", NULL},
        {{.is_http10 = true}, {.is_http10 = true}, "http10", NULL},
        {{.code = 0}, {.code = 503, .connection = "close"}, "server-error-close", NULL},
        {{.code = 0}, {.connection = "close"}, "request-limit", "timeout=5, max=1"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        for (int is_ended = 0; is_ended < 2; is_ended++) {
            g_autoptr(trace) t = trace_new();
            trace_connection *c = trace_open(t, AT_MS(0));
            trace_message request = rows[i].request, answer = rows[i].answer;
            trace_request(c, AT_MS(1));
            trace_answer(c, AT_MS(2), .keep_alive = rows[i].before);
            request.at = AT_MS(3);
            trace_request_with(c, request);
            answer.at = AT_MS(4);
            trace_answer_with(c, answer);
            if (is_ended) {
                trace_close(c, SERVER, AT_MS(5));
            }
            go_on(t, AT_S(1));

            assert_cause(c, is_ended ? rows[i].cause : "open-at-end");
        }
    }
}

/* gRPC in Go says so, and closes after a grace time that the capture does not cover. */
static void age_said_of_what_is_open_at_the_end(void)
{
    for (int is_ended = 0; is_ended < 2; is_ended++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = h2_open_used(t, AT_MS(0));
        h2_goaway_saying(c, SERVER, H2_NO_ERROR, "max_age", AT_S(2));
        if (is_ended) {
            trace_close(c, SERVER, AT_S(3));
        }
        go_on(t, AT_S(4));

        assert_cause(c, is_ended ? "max-age" : "open-at-end");
    }
}

/* ---- who said it first ---- */

/* The client is HTTP/1.0's. What it sent later is not in the capture, and says it no sooner. */
static void client_of_http10_was_first(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .is_http10 = true);
    trace_answer(c, AT_MS(2), .is_http10 = true);
    trace_lose(c, CLIENT, 40);
    trace_ack(c, SERVER, AT_MS(3));
    trace_close(c, SERVER, AT_MS(4));
    go_on(t, AT_S(1));

    assert_cause(c, "http10");
    assert_closed_by(c, "client");
}

/* The server answers in HTTP/1.0, which ends it; of the request, or of what came behind it, a part is
 * not in the capture, and may have said close before. */
static void server_of_http10_may_not_be_first(void)
{
    for (int is_lost = 0; is_lost < 2; is_lost++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open(t, AT_MS(0));
        trace_request(c, AT_MS(1));
        if (is_lost) {
            trace_lose(c, CLIENT, 40);
            trace_ack(c, SERVER, AT_US(1100));
        }
        trace_answer(c, AT_MS(2), .is_http10 = true);
        trace_close(c, SERVER, AT_MS(4));
        go_on(t, AT_S(1));

        assert_cause(c, is_lost ? "server-close" : "http10");
        assert_closed_by(c, is_lost ? NULL : "server");
    }
}

/* An upload that says close itself is refused in the middle: it would have been its last anyway. */
static void client_had_said_it_of_a_refused_upload(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .method = "POST", .connection = "close", .body = 90000,
                  .rest = 89000);
    trace_answer(c, AT_MS(2), .code = 413);
    trace_fin(c, SERVER, AT_MS(3));
    trace_rst(c, CLIENT, AT_MS(4));
    go_on(t, AT_S(1));

    assert_cause(c, "client-close-header");
    assert_closed_by(c, "client");
}

/* One that says close only in its answer is refused by it. */
static void server_said_it_of_a_refused_upload(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .method = "POST", .body = 90000, .rest = 89000);
    trace_answer(c, AT_MS(2), .code = 301, .connection = "close");
    trace_fin(c, CLIENT, AT_MS(3));
    trace_fin(c, SERVER, AT_MS(4));
    go_on(t, AT_S(1));

    assert_cause(c, "server-error-close");
    assert_closed_by(c, "server");
}

/* ---- a handshake ---- */

/* Its SYN and most of its handshake are not in the capture. The alert that closes it cannot be read:
 * it is none of a handshake that failed. */
static void handshake_with_its_middle_missing(void)
{
    g_autoptr(trace) t = trace_new();
    const tls_kind how = {.port = 443, .is_12 = true};
    trace_connection *c = trace_connect_between(t, "10.0.0.1", 0, "10.0.0.80", 443);
    tls_client_hello(c, AT_MS(20), &how);
    trace_lose(c, SERVER, 3000);
    trace_lose(c, CLIENT, 300);
    tls_hidden_alert_12(c, CLIENT, AT_S(2));
    trace_close(c, CLIENT, AT_S(2) + AT_MS(1));
    trace_connection *next = tls_open(t, AT_S(3), .has_keys = true);
    trace_exchange(next, AT_S(3) + AT_MS(10), AT_S(3) + AT_MS(11));

    assert_cause(c, "client-close");
}

/* The server refuses in the clear; a segment of its certificate is not in the capture. */
static void alert_behind_a_gap(void)
{
    for (int is_said = 0; is_said < 2; is_said++) {
        g_autoptr(trace) t = trace_new();
        const tls_kind how = {.port = 443, .is_12 = true};
        trace_connection *c = tls_connect(t, AT_MS(0), &how);
        tls_client_hello(c, AT_MS(1), &how);
        tls_server_hello(c, AT_MS(2), &how);
        trace_lose(c, SERVER, 1448);
        trace_ack(c, CLIENT, AT_MS(3));
        if (is_said) {
            tls_alert(c, SERVER, TLS_ALERT_HANDSHAKE_FAILURE, AT_MS(4));
        }
        trace_close(c, SERVER, AT_MS(5));
        trace_connection *next = tls_open(t, AT_S(1), .has_keys = true);
        trace_exchange(next, AT_S(1) + AT_MS(10), AT_S(1) + AT_MS(11));

        assert_cause(c, is_said ? "setup-failed" : "server-close");
        assert_closed_by(c, "server");
    }
}

/* ---- a SYN ---- */

/* Sent again within a second, as some systems do at first: nobody answered two. */
static void two_syns_within_a_second(void)
{
    for (int count = 1; count <= 2; count++) {
        g_autoptr(trace) t = trace_new();
        trace_exchange(trace_open(t, AT_MS(0)), AT_MS(1), AT_MS(2));
        trace_connection *c = trace_connect(t);
        trace_syn(c, AT_MS(10));
        if (count == 2) {
            trace_syn(c, AT_MS(510));
        }
        trace_exchange(trace_open(t, AT_MS(600)), AT_MS(601), AT_MS(602));

        assert_cause(c, count == 2 ? "setup-failed" : "open-at-end");
    }
}

/* An upload is refused before its body is all there, and its client closes first. What a snap length cut off
 * of the answer may have told it to. */
static void who_ends_a_refused_upload(void)
{
    for (int is_cut = 0; is_cut < 2; is_cut++) {
        for (int first = CLIENT; first <= SERVER; first++) {
            g_autoptr(trace) t = trace_new();
            trace_connection *c = trace_open(t, AT_MS(0));
            trace_request(c, AT_MS(1), .method = "POST", .body = 90000, .rest = 89000);
            trace_answer(c, AT_MS(2), .code = 413, .is_cut = is_cut);
            trace_close(c, (trace_side)first, AT_MS(3));

            assert_cause(c, "server-error-close");
            assert_closed_by(c, first == SERVER ? "server" : is_cut ? NULL : "client");
        }
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ending/said/not-ended", said_of_what_is_open_at_the_end);
    g_test_add_func("/ending/said/age-not-ended", age_said_of_what_is_open_at_the_end);
    g_test_add_func("/ending/said/http10-client", client_of_http10_was_first);
    g_test_add_func("/ending/said/http10-server", server_of_http10_may_not_be_first);
    g_test_add_func("/ending/said/upload-client", client_had_said_it_of_a_refused_upload);
    g_test_add_func("/ending/said/upload-server", server_said_it_of_a_refused_upload);
    g_test_add_func("/ending/said/handshake-middle", handshake_with_its_middle_missing);
    g_test_add_func("/ending/said/alert-behind-gap", alert_behind_a_gap);
    g_test_add_func("/ending/said/two-syns", two_syns_within_a_second);
    g_test_add_func("/ending/said/refused-upload", who_ends_a_refused_upload);
    return g_test_run();
}
