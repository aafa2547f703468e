/* test_findings_which.c
 * Of several requests of a connection a finding is about one: that which was lost, or said so. DESIGN
 * section 6: one loss is one item.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_fixes.h"
#include "trace_h2.h"

static void assert_one(trace *t, hr_finding_code code, const hr_request *request)
{
    g_assert_cmpuint(trace_found(t, code), ==, 1);
    g_assert_true(hr_finding_set_has(request->findings, code));
}

/* Two requests, the first's answer is not in the capture, or a part of it is: its client went on. The
 * second has none. */
static const hr_request *ask_after_a_lost_answer(trace *t, trace_connection **c, bool is_begun)
{
    *c = trace_open(t, AT_MS(0));
    trace_request(*c, AT_MS(1));
    if (is_begun) {
        trace_begin_answer(*c, AT_MS(2), .rest = 200);
    }
    trace_lose(*c, SERVER, is_begun ? 200 : TRACE_ANSWER);
    trace_ack(*c, CLIENT, AT_MS(3));
    const hr_request *second = trace_request(*c, AT_MS(100));
    trace_ack(*c, SERVER, AT_MS(101));
    return second;
}

static void aborted_after_one_whose_answer_is_lost(void)
{
    for (int is_begun = 0; is_begun < 2; is_begun++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = NULL;
        const hr_request *second = ask_after_a_lost_answer(t, &c, is_begun);
        trace_close(c, SERVER, AT_S(3));

        assert_cause(c, "request-aborted");
        assert_one(t, HR_FINDING_REQUEST_ABORTED, second);
    }
}

static void cancelled_after_one_whose_answer_is_lost(void)
{
    for (int is_begun = 0; is_begun < 2; is_begun++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = NULL;
        const hr_request *second = ask_after_a_lost_answer(t, &c, is_begun);
        trace_close(c, CLIENT, AT_S(3));
        trace_exchange(trace_open(t, AT_S(5)), AT_S(5) + AT_MS(1), AT_S(5) + AT_MS(2));

        assert_cause(c, "request-cancelled");
        assert_one(t, HR_FINDING_REQUEST_CANCELLED, second);
    }
}

/* A reset without an ACK says nothing of what its client had taken; no byte of an answer is there. */
static void cancelled_by_a_bare_reset(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    const hr_request *second = trace_request(c, AT_MS(3));
    trace_ack(c, SERVER, AT_MS(4));
    trace_segment(c, CLIENT, HR_TCP_RST, c->next[CLIENT], 0, 0, AT_S(3));
    trace_exchange(trace_open(t, AT_S(5)), AT_S(5) + AT_MS(1), AT_S(5) + AT_MS(2));

    assert_cause(c, "request-cancelled");
    assert_one(t, HR_FINDING_REQUEST_CANCELLED, second);
}

/* Of two streams one has the head of its answer as the server resets: that one is cut, and was answered. */
static void cut_is_not_aborted(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open(t, AT_MS(0));
    h2_exchange(c, 1, AT_MS(10), AT_MS(11));
    const hr_request *cut = h2_ask(c, 3, AT_MS(20));
    h2_answer(c, 3, AT_MS(21), .is_cut = true);
    h2_ask(c, 5, AT_MS(30));
    trace_ack(c, SERVER, AT_MS(31));
    trace_rst(c, SERVER, AT_S(3));
    trace_analysis(t);

    g_assert_true(hr_finding_set_has(cut->findings, HR_FINDING_ANSWER_CUT));
    g_assert_false(hr_finding_set_has(cut->findings, HR_FINDING_REQUEST_ABORTED));
}

/* The second request says close, or the second answer does. */
static void close_announced_in_the_second(void)
{
    for (trace_side side = CLIENT; side <= SERVER; side++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open(t, AT_MS(0));
        trace_exchange(c, AT_MS(1), AT_MS(2));
        const hr_request *second =
            trace_request(c, AT_MS(3), .connection = side == CLIENT ? "close" : NULL);
        trace_answer(c, AT_MS(4), .connection = side == SERVER ? "close" : NULL);
        trace_close(c, SERVER, AT_MS(5));

        assert_one(t, HR_FINDING_CLOSE_ANNOUNCED, second);
    }
}

/* What the limit was met by is the last, whose answer says close. */
static void limit_met_by_the_last(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .keep_alive = "timeout=5, max=2");
    trace_request(c, AT_MS(3));
    trace_answer(c, AT_MS(4), .keep_alive = "timeout=5, max=1");
    const hr_request *last = trace_request(c, AT_MS(5));
    trace_answer(c, AT_MS(6), .connection = "close");
    trace_close(c, SERVER, AT_MS(7));

    assert_one(t, HR_FINDING_REQUEST_LIMIT, last);

    /* ... also where its answer is in one segment with those before. */
    g_autoptr(trace) at_once = trace_new();
    c = trace_open(at_once, AT_MS(0));
    for (int i = 0; i < 3; i++) {
        last = trace_request(c, AT_MS(1 + i));
    }
    trace_hold(c);
    trace_answer(c, AT_MS(10), .keep_alive = "timeout=5, max=2");
    trace_answer(c, AT_MS(10), .keep_alive = "timeout=5, max=1");
    trace_answer(c, AT_MS(10), .connection = "close");
    trace_release(c);
    trace_close(c, SERVER, AT_MS(11));

    assert_one(at_once, HR_FINDING_REQUEST_LIMIT, last);
    assert_one(at_once, HR_FINDING_CLOSE_ANNOUNCED, last);
}

/* A connection was opened for want of streams, for the first of its requests. */
static void exhausted_once(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *full = h2_open_limited(t, AT_MS(0), 1);
    h2_ask(full, 1, AT_MS(10));
    trace_connection *c = h2_open_limited(t, AT_MS(20), 1);
    const hr_request *first = h2_exchange(c, 1, AT_MS(30), AT_MS(31));
    h2_exchange(c, 3, AT_MS(40), AT_MS(41));
    h2_exchange(c, 5, AT_MS(50), AT_MS(51));
    h2_answer(full, 1, AT_S(1));

    assert_opened(c, "streams-exhausted", full);
    assert_one(t, HR_FINDING_STREAMS_EXHAUSTED, first);
}

/* The server sends more than it said, and its client closes for that; where the client went on for a
 * request, and closes at its own time, it had not minded. */
static void surplus_that_was_minded(void)
{
    for (int goes_on = 0; goes_on < 2; goes_on++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open(t, AT_MS(0));
        trace_exchange(c, AT_MS(1), AT_MS(2));
        trace_data(c, SERVER, 2, AT_MS(3));
        if (goes_on) {
            trace_exchange(c, AT_S(1), AT_S(1) + AT_MS(1));
        }
        trace_close(c, CLIENT, goes_on ? AT_S(4) : AT_MS(4));
        trace_exchange(trace_open(t, AT_S(5)), AT_S(5) + AT_MS(1), AT_S(5) + AT_MS(2));

        g_assert_cmpuint(trace_found(t, HR_FINDING_UNSOLICITED_BYTES), ==, !goes_on);
        g_assert_cmpuint(trace_found(t, HR_FINDING_CLOSED_AFTER_ANSWER), ==, 0);
        g_assert_cmpuint(trace_cost(t, "send_exact"), ==, !goes_on);
    }
}

/* The server had closed already as its surplus was seen: who closed because of it is not the client. */
static void surplus_of_one_that_the_server_closes(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_data(c, SERVER, 2, AT_MS(3));
    trace_fin(c, SERVER, AT_MS(4));
    trace_close(c, CLIENT, AT_MS(5));
    trace_exchange(trace_open(t, AT_S(5)), AT_S(5) + AT_MS(1), AT_S(5) + AT_MS(2));

    assert_closed_by(c, "server");
    g_assert_cmpuint(trace_found(t, HR_FINDING_UNSOLICITED_BYTES), ==, 0);
    g_assert_cmpuint(trace_cost(t, "send_exact"), ==, 0);
}

/* A request that the client's end cuts is no answer that the server cut: it has one whole, and one in
 * part. */
static void cut_by_whom(void)
{
    for (trace_side side = CLIENT; side <= SERVER; side++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open(t, AT_MS(0));
        trace_exchange(c, AT_MS(1), AT_MS(2));
        const hr_request *second = trace_request(c, AT_MS(3));
        trace_begin_answer(c, AT_MS(4), .body = 100000, .rest = 90000, .connection = "close",
                           .is_http10 = side == CLIENT);
        trace_fin(c, side, AT_MS(500));
        trace_close(c, trace_other_side(side), AT_MS(501));

        if (side == SERVER) {
            assert_one(t, HR_FINDING_ANSWER_CUT, second);
        } else {
            g_assert_cmpuint(trace_found(t, HR_FINDING_ANSWER_CUT), ==, 0);
        }
    }
}

/* The server had closed as the second was sent: what it met is the second's loss alone. */
static void stale_after_one_whose_answer_is_lost(void)
{
    for (int is_begun = 0; is_begun < 2; is_begun++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open(t, AT_MS(0));
        trace_request(c, AT_MS(1));
        if (is_begun) {
            trace_begin_answer(c, AT_MS(2), .rest = 200);
        }
        trace_lose(c, SERVER, is_begun ? 200 : TRACE_ANSWER);
        trace_ack(c, CLIENT, AT_MS(3));
        trace_fin(c, SERVER, AT_S(5));
        c->is_deaf[SERVER] = true;
        const hr_request *second = trace_request(c, AT_S(5) + AT_MS(1));
        trace_rst(c, SERVER, AT_S(5) + AT_MS(2));

        assert_cause(c, "stale-race");
        assert_one(t, HR_FINDING_STALE_REUSE, second);
    }
}

/* Nobody can tell of what cannot be read that it is opaque before all of it was. */
static void opaque_at_the_end(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open(t, AT_MS(0), .agrees = "http/1.1");
    tls_hidden_exchange(c, AT_MS(10), AT_MS(11));
    trace_close(c, SERVER, AT_MS(12));
    for (size_t i = 0; i < trace_item_count(t); i++) {
        g_assert_false(hr_finding_applies(HR_FINDING_TLS_OPAQUE, trace_item(t, i)));
    }
    const hr_item hello = {HR_ITEM_HELLO, c->model, NULL, 0, NULL};
    g_assert_false(hr_finding_applies(HR_FINDING_TLS_OPAQUE, &hello));

    g_assert_cmpuint(trace_found(t, HR_FINDING_TLS_OPAQUE), ==, 1);
    g_assert_true(hr_finding_applies(HR_FINDING_TLS_OPAQUE, &hello));
    /* ... nor that nothing announced it. */
    g_assert_true(trace_ending(c)->is_after_answer);
    g_assert_cmpuint(trace_found(t, HR_FINDING_SERVER_CLOSED_AFTER_ANSWER), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/which/aborted/lost", aborted_after_one_whose_answer_is_lost);
    g_test_add_func("/which/cancelled/lost", cancelled_after_one_whose_answer_is_lost);
    g_test_add_func("/which/cancelled/bare", cancelled_by_a_bare_reset);
    g_test_add_func("/which/aborted/cut", cut_is_not_aborted);
    g_test_add_func("/which/stale/lost", stale_after_one_whose_answer_is_lost);
    g_test_add_func("/which/opaque", opaque_at_the_end);
    g_test_add_func("/which/close", close_announced_in_the_second);
    g_test_add_func("/which/limit", limit_met_by_the_last);
    g_test_add_func("/which/exhausted", exhausted_once);
    g_test_add_func("/which/surplus/minded", surplus_that_was_minded);
    g_test_add_func("/which/surplus/server", surplus_of_one_that_the_server_closes);
    g_test_add_func("/which/cut", cut_by_whom);
    return g_test_run();
}
