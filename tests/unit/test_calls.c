/* test_calls.c
 * What a client asked of an origin, as a replay is told of it: when it wanted to send each request, when
 * it had the answer, and what became of the connection then. calls.h and doc/forecast.md say what
 * each number means; the stories give them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_forecast.h"
#include "trace_h2.h"

/* ---- when ---- */

/* A capture that is made at the server, whose client is 10 ms away, there and back: packets do not travel
 * evenly, of the way three quarters count. */
static trace_connection *open_far(trace *t, int64_t at)
{
    trace_connection *c = trace_connect(t);

    trace_syn(c, at);
    trace_syn_ack(c, at);
    trace_ack(c, CLIENT, at + AT_MS(10));
    return c;
}

/* It has an answer that much later, and was known to have it when it asked on, or left. */
static void an_answer_is_on_its_way(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_far(t, AT_MS(0));
    trace_exchange(c, AT_MS(10), AT_MS(20));
    trace_exchange(c, AT_MS(40), AT_MS(50));
    trace_exchange(c, AT_MS(52), AT_MS(60));
    trace_close(c, CLIENT, AT_MS(61));
    g_autoptr(hr_calls) calls = trace_asked(t);

    g_assert_cmpuint(calls->calls->len, ==, 3);
    assert_call(calls, 0, AT_MS(0), AT_US(27500));
    assert_call(calls, 1, AT_MS(40), AT_MS(52));
    assert_call(calls, 2, AT_MS(52), AT_MS(61));
    g_assert_cmpint(hr_call_setup_ns(calls, call_at(calls, 0)), ==, AT_MS(10));
    g_assert_cmpint(hr_call_service_ns(calls, call_at(calls, 0)), ==, AT_US(17500));
    g_assert_cmpint(hr_call_setup_ns(calls, call_at(calls, 1)), ==, HR_TIME_NONE);
    g_assert_cmpint(hr_call_service_ns(calls, call_at(calls, 1)), ==, AT_MS(12));
}

/* A stream says nothing of another one's answer. What is over last is what the end comes after. */
static void streams_are_calls_beside_each_other(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_far(t, AT_MS(0));
    h2_prefaces(c, 100, AT_MS(10));
    h2_ask(c, 1, AT_MS(11));
    h2_ask(c, 3, AT_MS(12));
    h2_answer(c, 3, AT_MS(20));
    h2_answer(c, 1, AT_MS(30));
    trace_close(c, SERVER, AT_MS(400));
    g_autoptr(hr_calls) calls = trace_asked(t);

    g_assert_cmpuint(calls->calls->len, ==, 2);
    assert_call(calls, 0, AT_MS(0), AT_US(37500));
    assert_call(calls, 1, AT_MS(12), AT_US(27500));
    g_assert_true(call_at(calls, 0)->is_final);
    g_assert_false(call_at(calls, 1)->is_final);
    g_assert_cmpuint(call_at(calls, 0)->requests, ==, 1);
}

/* Their client wanted them on one connection. */
static void what_was_pipelined_is_one_call(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    for (int i = 1; i <= 3; i++) {
        trace_request(c, AT_MS(i));
    }
    for (int i = 1; i <= 3; i++) {
        trace_answer(c, AT_MS(10 + i));
    }
    trace_exchange(c, AT_MS(13), AT_MS(21)); /* it has the answer */
    g_autoptr(hr_calls) calls = trace_asked(t);

    g_assert_cmpuint(calls->calls->len, ==, 2);
    assert_call(calls, 0, AT_MS(0), AT_MS(13));
    g_assert_cmpuint(call_at(calls, 0)->requests, ==, 3);
    assert_call(calls, 1, AT_MS(13), AT_MS(21));
    g_assert_cmpuint(call_at(calls, 1)->requests, ==, 1);
}

/* What never ended took until the connection ended, or the capture did; and no less than nothing. */
static void answers_that_never_ended(void)
{
    g_autoptr(trace) left = trace_new();
    trace_connection *c = trace_open(left, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_begin_answer(c, AT_MS(5), .body = 90000, .rest = 80000);
    trace_rst(c, CLIENT, AT_MS(50));
    trace_data(c, SERVER, 1000, AT_MS(60)); /* it was on its way */
    g_autoptr(hr_calls) calls = trace_asked(left);
    assert_call(calls, 0, AT_MS(0), AT_MS(50));

    g_autoptr(trace) cut = trace_new();
    c = trace_open(cut, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_begin_answer(c, AT_MS(5), .body = 90000, .rest = 80000);
    g_autoptr(hr_calls) cut_calls = trace_asked(cut);
    assert_call(cut_calls, 0, AT_MS(0), AT_MS(5));

    g_autoptr(trace) crossed = trace_new();
    c = trace_open(crossed, AT_MS(0));
    trace_fin(c, SERVER, AT_MS(5));
    trace_request(c, AT_MS(6));
    g_autoptr(hr_calls) crossed_calls = trace_asked(crossed);
    assert_call(crossed_calls, crossed_calls->calls->len - 1, AT_MS(0), AT_MS(6));
}

/* ---- what for ---- */

/* Its first request came @after_ns after it was ready; if @is_beside, another one of the same origin had
 * asked again meanwhile. */
static hr_calls *calls_of_late_first(int64_t after_ns, bool is_beside)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *other = trace_call(t, AT_S(10), NULL);
    trace_connection *c = trace_open(t, AT_S(11));
    if (is_beside) {
        trace_exchange(other, AT_S(11) + SETUP + AT_US(1), AT_S(11) + SETUP + AT_US(2));
    }
    trace_exchange(c, AT_S(11) + SETUP + after_ns, AT_S(12) + SETUP + after_ns);
    return trace_asked(t);
}

/* An event loop may be slow to send; where a call may have taken another one meanwhile, or it takes too
 * long, it was opened for nothing that it carried. */
static void what_was_opened_for_a_call(void)
{
    g_autoptr(hr_calls) at_once = calls_of_late_first(AT_MS(2), true);
    assert_kind(at_once, 1, false, true);
    assert_call(at_once, 1, AT_S(11), AT_S(12) + SETUP + AT_MS(2));

    g_autoptr(hr_calls) late = calls_of_late_first(AT_MS(100), false);
    assert_kind(late, 1, false, true);

    g_autoptr(hr_calls) overtaken = calls_of_late_first(AT_MS(50), true);
    assert_kind(overtaken, 1, true, true);
    assert_call(overtaken, 1, AT_S(11), AT_S(11) + SETUP);
    assert_kind(overtaken, 3, false, false);
    assert_call(overtaken, 3, AT_S(11) + SETUP + AT_MS(50), AT_S(12) + SETUP + AT_MS(50));
    g_assert_false(call_at(overtaken, 3)->is_inherited);

    g_autoptr(hr_calls) too_late = calls_of_late_first(AT_MS(101), false);
    assert_kind(too_late, 1, true, true);
}

/* Refused: it was never set up. That of before the capture had nothing to ask. */
static void dials_in_vain(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *old = trace_connect(t);
    trace_connection *silent = trace_connect(t);
    trace_exchange(old, AT_S(10), AT_S(11));
    trace_close(silent, CLIENT, AT_S(12));
    trace_refuse(t, AT_S(13));
    g_autoptr(hr_calls) calls = trace_asked(t);

    g_assert_cmpuint(calls->calls->len, ==, 2);
    g_assert_true(call_at(calls, 0)->is_inherited);
    assert_kind(calls, 0, false, false);
    assert_kind(calls, 1, true, true);
    assert_call(calls, 1, AT_S(13), AT_S(13));
    g_assert_cmpint(carrier_of(calls, 1)->setup_ns, ==, HR_TIME_NONE);
    g_assert_cmpuint(calls->opened, ==, 1);
    g_assert_cmpint(calls->setup_ns, ==, HR_TIME_NONE);
}

/* The capture lost the SYN: what the handshake took nobody knows. */
static void openings_half_seen(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_syn_ack(c, AT_S(10));
    trace_exchange(c, AT_S(10) + AT_MS(1), AT_S(10) + AT_MS(2));
    g_autoptr(hr_calls) calls = trace_asked(t);

    g_assert_cmpuint(calls->calls->len, ==, 1);
    assert_kind(calls, 0, false, true);
    g_assert_cmpint(carrier_of(calls, 0)->setup_ns, ==, HR_TIME_NONE);
}

/* Nor does anybody know when it was ready, where the end of TLS's handshake was lost. */
static void openings_without_their_end(void)
{
    const tls_kind how = {.port = 443, .has_keys = true};
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_connect(t, AT_S(10), &how);
    tls_client_hello(c, AT_S(10) + AT_MS(1), &how);
    trace_exchange(c, AT_S(10) + AT_MS(20), AT_S(10) + AT_MS(30));
    g_autoptr(hr_calls) calls = trace_asked(t);

    assert_kind(calls, 0, false, true);
    g_assert_cmpint(carrier_of(calls, 0)->setup_ns, ==, HR_TIME_NONE);
    assert_call(calls, 0, AT_S(10), AT_S(10) + AT_MS(30));
}

/* Each check has its own, whatever else is changed. */
static void checks_are_no_calls(void)
{
    g_autoptr(trace) t = trace_new();
    trace_call(t, AT_MS(0), NULL);
    for (int i = 1; i < 3; i++) {
        trace_close(trace_call(t, AT_S(i), "kube-probe/1.29"), CLIENT, AT_S(i) + AT_MS(2));
    }
    g_autoptr(hr_calls) calls = trace_asked(t);

    g_assert_cmpuint(calls->calls->len, ==, 1);
}

/* ---- what nobody can read ---- */

/* One call from when it could carry one, or was first seen, as far as it was not idle. */
static void a_hidden_connection_is_one_call(void)
{
    const tls_kind how = {.port = 443, .is_12 = true};
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open_with(t, AT_S(10), &how);
    for (int i = 1; i <= 2; i++) {
        tls_hidden_exchange(c, AT_S(10 + i), AT_S(10 + i) + AT_MS(20));
    }
    trace_close(c, SERVER, AT_S(14) + AT_MS(20));
    trace_connection *vain = tls_open_with(t, AT_S(20), &how);
    trace_close(vain, CLIENT, AT_S(21));
    g_autoptr(hr_calls) calls = trace_asked(t);

    g_assert_cmpuint(calls->calls->len, ==, 2);
    assert_kind(calls, 0, false, true);
    assert_call(calls, 0, AT_S(10), AT_S(12) + AT_MS(20));
    assert_kind(calls, 1, true, true);
    g_assert_cmpint(call_at(calls, 1)->call_ns, ==, AT_S(20));
}

static void hidden_ones_without_an_end(void)
{
    const tls_kind how = {.port = 443, .is_12 = true};

    /* the capture ends before anything else does */
    g_autoptr(trace) open = trace_new();
    trace_connection *c = tls_open_with(open, AT_S(10), &how);
    tls_data(c, CLIENT, 100, AT_S(11));
    tls_data(c, SERVER, 100, AT_S(12));
    tls_data(c, CLIENT, 100, AT_S(13));
    g_autoptr(hr_calls) open_calls = trace_asked(open);
    g_assert_cmpuint(open_calls->calls->len, ==, 1);
    assert_call(open_calls, 0, AT_S(10), AT_S(13));

    /* left while the server still sends */
    g_autoptr(trace) left = trace_new();
    c = tls_open_with(left, AT_S(10), &how);
    tls_data(c, CLIENT, 100, AT_S(11));
    tls_data(c, SERVER, 1000, AT_S(12));
    trace_rst(c, CLIENT, AT_S(13));
    tls_data(c, SERVER, 1000, AT_S(14));
    g_autoptr(hr_calls) left_calls = trace_asked(left);
    assert_call(left_calls, 0, AT_S(10), AT_S(13));
}

/* What can be read, and has no request, is a dial. */
static void a_readable_one_is_none(void)
{
    g_autoptr(trace) t = trace_new();
    h2_open_used(t, AT_S(1));
    trace_connection *vain = h2_open(t, AT_S(2));
    trace_close(vain, CLIENT, AT_S(3));
    g_autoptr(hr_calls) calls = trace_asked(t);

    g_assert_cmpuint(calls->calls->len, ==, 2);
    assert_kind(calls, 1, true, true);
}

/* ---- what became of it ---- */

static int64_t delay_of_first(trace *t)
{
    g_autoptr(hr_calls) calls = trace_asked(t);

    g_assert_true(call_at(calls, 0)->is_final);
    return hr_call_delay_ns(calls, call_at(calls, 0));
}

/* How long it was free: a client that looks late may not have had it for the moment before its end. */
static void how_long_it_was_free(void)
{
    g_autoptr(trace) rest = trace_new();
    trace_close(trace_call(rest, AT_MS(0), NULL), SERVER, SETUP + AT_MS(301));
    g_assert_cmpint(delay_of_first(rest), ==, AT_MS(300 - 15));

    /* from the far end of the world an answer is followed by the close at once */
    g_autoptr(trace) far = trace_new();
    trace_connection *c = trace_connect(far);
    trace_syn(c, AT_MS(0));
    trace_syn_ack(c, AT_MS(50));
    trace_ack(c, CLIENT, AT_MS(50));
    trace_exchange(c, AT_MS(50), AT_MS(100));
    trace_close(c, CLIENT, AT_MS(140));
    g_assert_cmpint(delay_of_first(far), ==, 0);

    /* a client that is 10 ms away rests from when it had the answer */
    g_autoptr(trace) away = trace_new();
    c = open_far(away, AT_MS(0));
    trace_exchange(c, AT_MS(10), AT_MS(20));
    trace_close(c, SERVER, AT_MS(330));
    g_assert_cmpint(delay_of_first(away), ==, AT_MS(300 - 15));

    /* dialled ahead, and closed unused */
    g_autoptr(trace) unused = trace_new();
    trace_connection *other = trace_connect(unused);
    c = trace_open(unused, AT_MS(0));
    trace_exchange(other, AT_S(1), AT_S(2));
    trace_close(c, SERVER, AT_S(5) + SETUP);
    g_assert_cmpint(delay_of_first(unused), ==, AT_S(5) - AT_MS(15));

    /* said to be closing before it was closed, or before the capture ended */
    for (int is_closed = 0; is_closed <= 1; is_closed++) {
        g_autoptr(trace) said = trace_new();
        c = trace_open(said, AT_MS(0));
        trace_request(c, AT_MS(1));
        trace_answer(c, AT_MS(2), .connection = "close");
        if (is_closed) {
            trace_close(c, SERVER, AT_MS(302));
        }
        g_assert_cmpint(delay_of_first(said), ==, 0);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/calls/way", an_answer_is_on_its_way);
    g_test_add_func("/calls/streams", streams_are_calls_beside_each_other);
    g_test_add_func("/calls/pipelined", what_was_pipelined_is_one_call);
    g_test_add_func("/calls/never-ended", answers_that_never_ended);
    g_test_add_func("/calls/opened-for", what_was_opened_for_a_call);
    g_test_add_func("/calls/vain", dials_in_vain);
    g_test_add_func("/calls/half-seen", openings_half_seen);
    g_test_add_func("/calls/half-seen/tls", openings_without_their_end);
    g_test_add_func("/calls/checks", checks_are_no_calls);
    g_test_add_func("/calls/hidden", a_hidden_connection_is_one_call);
    g_test_add_func("/calls/hidden/ends", hidden_ones_without_an_end);
    g_test_add_func("/calls/readable", a_readable_one_is_none);
    g_test_add_func("/calls/free", how_long_it_was_free);
    return g_test_run();
}
