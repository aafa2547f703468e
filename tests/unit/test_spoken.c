/* test_spoken.c
 * A server that speaks another protocol than its client: what comes back is no answer, and nothing of
 * it was cut short or left unread. The traces are of Node.js' http2 before its http, of requests before
 * its http2, and of net/http before a port of TLS.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "core/ending/ends.h"
#include "trace.h"
#include "trace_fixes.h"
#include "trace_h2.h"

#define SETTINGS 27

/* Three calls in the clear, each answered with bytes of @spoken; the side @first closes. */
static trace *asked_in_plain(hr_spoken spoken, trace_side first)
{
    trace *t = trace_new();

    for (int i = 0; i < 3; i++) {
        trace_connection *c = trace_open(t, AT_S(i));
        trace_request(c, AT_S(i) + AT_MS(1));
        trace_begin_segment(c, SERVER, HR_TCP_ACK, SETTINGS, AT_S(i) + AT_MS(2));
        if (spoken != HR_SPOKEN_UNKNOWN) {
            g_assert_true(hr_wants_first_words(c->model, trace_index(c, SERVER), SETTINGS));
            hr_server_speaks(trace_model(t), c->model, trace_index(c, SERVER), spoken);
        }
        trace_end_segment(c);
        trace_close(c, first, AT_S(i) + AT_MS(3));
    }
    return t;
}

static void assert_failed(trace *t, const char *words)
{
    g_assert_cmpuint(trace_cost(t, "mend_server"), ==, 2);
    g_assert_true(trace_advises(t, "mend_server", words));
    g_assert_cmpuint(trace_found(t, HR_FINDING_REQUEST_ABORTED), ==, 3);
    g_assert_cmpuint(trace_found(t, HR_FINDING_ANSWER_CUT), ==, 0);
    g_assert_cmpuint(trace_found(t, HR_FINDING_BODY_UNDRAINED), ==, 0);
    const hr_ending *ending = &hr_model_connection(trace_model(t), 0)->ending;
    g_assert_cmpuint(ending->evidence_frame, ==, ending->at.frame);
}

/* Whoever leaves first: it had answered, and nobody could have read that. */
static void settings_to_a_request_are_no_answer(void)
{
    g_autoptr(trace) by_server = asked_in_plain(HR_SPOKEN_H2, SERVER);
    g_autoptr(trace) by_client = asked_in_plain(HR_SPOKEN_H2, CLIENT);

    assert_failed(by_server, "HTTP/2 with prior knowledge");
    assert_failed(by_client, "HTTP/2 with prior knowledge");
}

/* Both stay, as the capture ends. */
static void what_stays_open_has_not_ended(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_begin_segment(c, SERVER, HR_TCP_ACK, SETTINGS, AT_MS(2));
    hr_server_speaks(trace_model(t), c->model, trace_index(c, SERVER), HR_SPOKEN_H2);
    trace_end_segment(c);

    assert_cause(c, "open-at-end");
}

static void an_alert_to_a_request_is_no_answer(void)
{
    g_autoptr(trace) t = asked_in_plain(HR_SPOKEN_TLS, SERVER);

    assert_failed(t, "https://");
}

/* Bytes that are of no other protocol are what they were. */
static void bytes_of_the_same_protocol_are_an_answer(void)
{
    g_autoptr(trace) unknown = asked_in_plain(HR_SPOKEN_UNKNOWN, SERVER);
    g_autoptr(trace) same = asked_in_plain(HR_SPOKEN_HTTP1, SERVER);

    g_assert_cmpuint(trace_found(unknown, HR_FINDING_REQUEST_ABORTED), ==, 0);
    g_assert_cmpuint(trace_found(same, HR_FINDING_REQUEST_ABORTED), ==, 0);
}

/* Three calls over HTTP/2 in the clear, answered in HTTP/1 or, where that came late, in HTTP/2. */
static trace *asked_in_h2(hr_spoken spoken, bool is_answered)
{
    trace *t = trace_new();

    for (int i = 0; i < 3; i++) {
        trace_connection *c = trace_open(t, AT_S(i));
        h2_ask(c, 1, AT_S(i) + AT_MS(1));
        trace_begin_segment(c, SERVER, HR_TCP_ACK, SETTINGS, AT_S(i) + AT_MS(2));
        hr_server_speaks(trace_model(t), c->model, trace_index(c, SERVER), spoken);
        trace_end_segment(c);
        if (is_answered) {
            h2_answer(c, 1, AT_S(i) + AT_MS(3));
        }
        trace_close(c, SERVER, AT_S(i) + AT_MS(4));
    }
    return t;
}

static void a_status_line_to_a_preface_is_no_answer(void)
{
    g_autoptr(trace) t = asked_in_h2(HR_SPOKEN_HTTP1, false);

    assert_failed(t, "no HTTP/2 in the clear");
}

/* A server may say its SETTINGS before its client has said a word. */
static void settings_to_a_preface_are_as_they_should_be(void)
{
    g_autoptr(trace) t = asked_in_h2(HR_SPOKEN_H2, false);

    g_assert_false(trace_advises(t, "mend_server", "prior knowledge"));
}

static void what_was_answered_was_understood(void)
{
    g_autoptr(trace) t = asked_in_h2(HR_SPOKEN_HTTP1, true);

    g_assert_cmpuint(trace_found(t, HR_FINDING_REQUEST_ABORTED), ==, 0);
}

/* By an upgrade to HTTP/2 the server begins in HTTP/1.1, and goes on as was asked (RFC 7540 section 3.2).
 * In TLS, of which its bytes may be captured before its client's, nobody reads them as an answer. */
static void what_was_agreed_on_is_spoken(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *up = trace_open(t, AT_MS(0));
    trace_request(up, AT_MS(1), .upgrade = "h2c");
    trace_begin_segment(up, SERVER, HR_TCP_ACK, SETTINGS, AT_MS(2));
    hr_server_speaks(trace_model(t), up->model, trace_index(up, SERVER), HR_SPOKEN_HTTP1);
    trace_end_segment(up);
    trace_answer(up, AT_MS(3), .code = 101, .upgrade = "h2c");
    h2_answer(up, 1, AT_MS(4));
    trace_close(up, SERVER, AT_S(1));
    const tls_kind how = {.port = 443, .has_keys = true};
    trace_connection *tls = tls_connect(t, AT_S(2), &how);
    trace_begin_segment(tls, SERVER, HR_TCP_ACK, SETTINGS, AT_S(2) + AT_US(500));
    hr_server_speaks(trace_model(t), tls->model, trace_index(tls, SERVER), HR_SPOKEN_TLS);
    trace_end_segment(tls);
    tls_handshake(tls, AT_S(2) + AT_MS(1), &how);
    trace_request(tls, AT_S(2) + AT_MS(10));
    trace_close(tls, SERVER, AT_S(3));

    trace_analysis(t);
    g_assert_cmpint(up->model->protocol, ==, HR_PROTOCOL_H2);
    g_assert_cmpint(hr_ending_spoken_instead(up->model), ==, HR_SPOKEN_UNKNOWN);
    g_assert_cmpint(tls->model->request_count, ==, 1);
    g_assert_cmpint(hr_ending_spoken_instead(tls->model), ==, HR_SPOKEN_UNKNOWN);
}

/* @count calls, of which not one byte comes but the end, @wait after it was asked. */
static trace *turned_away(int count, int64_t wait, bool is_served_once)
{
    trace *t = trace_new();

    if (is_served_once) {
        trace_connection *served = trace_open(t, AT_MS(0));
        trace_exchange(served, AT_MS(1), AT_MS(2));
        trace_close(served, SERVER, AT_MS(3));
    }
    for (int i = 1; i <= count; i++) {
        trace_connection *c = trace_open(t, AT_S(i));
        trace_request(c, AT_S(i) + AT_MS(1));
        trace_ack(c, SERVER, AT_S(i) + AT_MS(1) + AT_US(20));
        trace_close(c, SERVER, AT_S(i) + AT_MS(1) + wait);
    }
    return t;
}

/* Node.js' https, asked in the clear, closes and says nothing: so does one that crashes. */
static void what_is_turned_away_may_have_been_meant_for_tls(void)
{
    g_autoptr(trace) all = turned_away(3, AT_MS(2), false);
    g_autoptr(trace) one = turned_away(1, AT_MS(2), false);
    g_autoptr(trace) late = turned_away(3, AT_MS(40), false);
    g_autoptr(trace) served = turned_away(3, AT_MS(2), true);

    g_assert_true(trace_advises(all, "mend_server", "https:// instead of http://"));
    g_assert_true(trace_advises(one, "mend_server", "a killed worker"));
    g_assert_true(trace_advises(late, "mend_server", "a killed worker"));
    g_assert_true(trace_advises(served, "mend_server", "a killed worker"));
}

/* What differs of calls that are each turned away. */
typedef struct {
    bool is_in_tls, is_late; /* ... and its opening is not in the capture */
    bool asks_twice;
    uint32_t answered;       /* bytes that are no answer */
    int64_t handshake, wait; /* 0: as most */
    int calls;
    bool is_told;
} turned;

/* Two are enough; a path that takes long leaves as much more time. What can be read in TLS was meant for
 * it, and what came back, or was there before, may be what ended it. */
static void what_else_is_not_turned_away(void)
{
    const turned rows[] = {
        {.calls = 2, .is_told = true},
        {.calls = 3, .handshake = AT_MS(90), .wait = AT_MS(95), .is_told = true},
        {.calls = 3, .is_in_tls = true},
        {.calls = 3, .is_late = true},
        {.calls = 3, .asks_twice = true},
        {.calls = 3, .answered = 20},
    };
    for (size_t row = 0; row < G_N_ELEMENTS(rows); row++) {
        const turned *it = &rows[row];
        g_autoptr(trace) t = trace_new();
        for (int i = 1; i <= it->calls; i++) {
            const int64_t at = AT_S(i) + AT_MS(100);
            trace_connection *c = NULL;
            if (it->is_in_tls) {
                c = tls_open(t, AT_S(i), .has_keys = true, .agrees = "http/1.1");
            } else if (it->handshake != 0) {
                c = trace_connect(t);
                trace_syn(c, at - it->handshake - AT_MS(1));
                trace_syn_ack(c, at - AT_MS(1));
                trace_ack(c, CLIENT, at - AT_US(900));
            } else {
                c = it->is_late ? trace_connect(t) : trace_open(t, AT_S(i));
            }
            trace_request(c, at);
            if (it->asks_twice) {
                trace_request(c, at + AT_US(10));
            }
            trace_ack(c, SERVER, at + AT_US(20));
            if (it->answered != 0) {
                trace_data(c, SERVER, it->answered, at + AT_MS(1));
            }
            trace_close(c, SERVER, at + (it->wait != 0 ? it->wait : AT_MS(2)));
        }
        if (trace_fix(t, "mend_server") == NULL) {
            g_assert_false(it->is_told);
            continue;
        }
        g_assert_true(trace_advises(t, "mend_server", "https:// instead of http://") ==
                      it->is_told);
    }
}

/* Only the first bytes tell, and only the server's. Of a connection whose begin is not in the capture those
 * do that come after its first request there, and none before. */
static void nothing_else_is_looked_at(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_connection *late = trace_connect(t);
    trace_connection *unasked = trace_connect(t);

    trace_request(c, AT_MS(1));
    g_assert_false(hr_wants_first_words(c->model, trace_index(c, CLIENT), TRACE_ANSWER_BODY));
    g_assert_false(hr_wants_first_words(c->model, trace_index(c, SERVER), 0));
    trace_data(c, SERVER, 20, AT_MS(2));
    g_assert_true(hr_wants_first_words(c->model, trace_index(c, SERVER), 20));
    trace_data(c, SERVER, 20, AT_MS(3));
    g_assert_false(hr_wants_first_words(c->model, trace_index(c, SERVER), 20));
    trace_request(late, AT_MS(4));
    trace_data(late, SERVER, 20, AT_MS(5));
    g_assert_false(late->model->is_opening_seen);
    g_assert_true(hr_wants_first_words(late->model, trace_index(late, SERVER), 20));
    trace_data(unasked, SERVER, 20, AT_MS(6));
    g_assert_false(hr_wants_first_words(unasked->model, trace_index(unasked, SERVER), 20));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/spoken/settings", settings_to_a_request_are_no_answer);
    g_test_add_func("/spoken/open", what_stays_open_has_not_ended);
    g_test_add_func("/spoken/alert", an_alert_to_a_request_is_no_answer);
    g_test_add_func("/spoken/same", bytes_of_the_same_protocol_are_an_answer);
    g_test_add_func("/spoken/status-line", a_status_line_to_a_preface_is_no_answer);
    g_test_add_func("/spoken/h2", settings_to_a_preface_are_as_they_should_be);
    g_test_add_func("/spoken/answered", what_was_answered_was_understood);
    g_test_add_func("/spoken/agreed", what_was_agreed_on_is_spoken);
    g_test_add_func("/spoken/turned-away", what_is_turned_away_may_have_been_meant_for_tls);
    g_test_add_func("/spoken/turned-away/not", what_else_is_not_turned_away);
    g_test_add_func("/spoken/wanted", nothing_else_is_looked_at);
    return g_test_run();
}
