/* test_ending_client.c
 * The client ends a connection before, in, or right after an answer: cancelled, or not read to
 * its end, in the three forms of DESIGN section 5. Time alone decides nothing; what the client
 * did before and after does.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

#define GO "Go-http-client/1.1"

/* The client goes on: nothing before was the end of the program. */
static void go_on(trace *t, int64_t at)
{
    trace_connection *c = trace_open_to(t, "10.0.0.99", 80, at);
    trace_exchange(c, at + AT_MS(1), at + AT_MS(2));
}

/* GET and 200 on a new connection, by a client of that name, answered at @at. */
static void assert_undrained(const trace_connection *c, char form)
{
    assert_cause(c, "body-undrained");
    assert_closed_by(c, "client");
    assert_certainty(c, "likely");
    g_assert_cmpint(trace_ending(c)->form, ==, form);
}

/* ---- request-cancelled: not one byte of an answer ---- */

static void cancelled_by_rst(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(1), .user_agent = GO);
    trace_rst(c, CLIENT, AT_MS(500));
    go_on(t, AT_S(1));

    assert_cause(c, "request-cancelled");
    assert_closed_by(c, "client");
    g_assert_cmpuint(request->response_code, ==, 0);
    g_assert_cmpint(request->complete, !=, HR_COMPLETE_YES);
}

static void cancelled_by_fin(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_request(c, AT_MS(3));
    trace_ack(c, SERVER, AT_MS(4)); /* an ACK is no answer */
    trace_close(c, CLIENT, AT_MS(500));
    go_on(t, AT_S(1));

    assert_cause(c, "request-cancelled");
}

static void cancelled_although_answered_late(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_fin(c, CLIENT, AT_MS(500));
    trace_answer(c, AT_MS(501)); /* it was on its way */
    trace_rst(c, CLIENT, AT_MS(502));
    go_on(t, AT_S(1));

    assert_cause(c, "request-cancelled");
}

/* `nc` and its like send a FIN after the request, and read the answer. */
static void half_close_waits_for_the_answer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(1), .has_fin = true);
    trace_answer(c, AT_MS(200), .has_fin = true);
    trace_ack(c, CLIENT, AT_MS(201));
    go_on(t, AT_S(1));

    assert_cause(c, "client-close");
    g_assert_cmpuint(request->response_code, ==, 200);
    g_assert_cmpint(request->complete, ==, HR_COMPLETE_YES);
    assert_time_wait(c, "client");
}

static void one_of_a_pipeline_is_unanswered(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_request(c, AT_MS(2));
    trace_answer(c, AT_MS(3));
    trace_fin(c, CLIENT, AT_MS(4));
    go_on(t, AT_S(1));

    assert_cause(c, "request-cancelled");
}

/* ---- body-undrained (a): in the middle of an answer ---- */

static void cut_in_the_body(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(1));
    trace_data(c, SERVER, 64000, AT_MS(2)); /* of 1 MiB: never whole, so never shown */
    trace_rst(c, CLIENT, AT_MS(3));
    go_on(t, AT_S(1));

    assert_undrained(c, 'a');
    g_assert_cmpint(request->complete, ==, HR_COMPLETE_NO);
    g_assert_cmpuint(request->response_code, ==, 0);
    g_assert_cmpuint(request->answer_bytes, ==, 64000);
}

static void cut_in_a_body_that_is_shown(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .body = 90000, .rest = 80000);
    trace_fin(c, CLIENT, AT_MS(3));
    go_on(t, AT_S(1));

    assert_undrained(c, 'a');
    g_assert_cmpint(request->complete, ==, HR_COMPLETE_NO);
}

static void cut_by_the_server_is_none(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_data(c, SERVER, 64000, AT_MS(2));
    trace_rst(c, SERVER, AT_MS(3));
    go_on(t, AT_S(1));

    assert_cause(c, "server-close");
}

/* ---- body-undrained (b): RST right after a complete answer ---- */

static trace_connection *reset_after(trace *t, uint32_t body)
{
    trace_connection *c = trace_open(t, AT_MS(8));
    trace_request(c, AT_MS(9), .user_agent = "curl/8.5");
    trace_answer(c, AT_MS(10), .body = body);
    trace_rst(c, CLIENT, AT_MS(11));
    go_on(t, AT_S(1));
    return c;
}

static void reset_right_after_the_answer(void)
{
    g_autoptr(trace) t = trace_new();
    const trace_connection *c = reset_after(t, 9000);

    assert_undrained(c, 'b');
    g_assert_true(trace_ending(c)->is_first_rst);
}

/* HAProxy, and a client with SO_LINGER 0: it came with its head, and nothing can be left of it. */
static void reset_after_one_small_segment(void)
{
    g_autoptr(trace) t = trace_new();

    assert_cause(reset_after(t, 300), "client-close");
    g_assert_cmpuint(trace_found(t, HR_FINDING_BODY_UNDRAINED), ==, 0);
}

static void reset_after_no_body_is_none(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *head = trace_open(t, AT_MS(0));
    trace_request(head, AT_MS(1), .method = "HEAD");
    trace_answer(head, AT_MS(2), .body = 5000, .is_header_only = true);
    trace_rst(head, CLIENT, AT_MS(3));
    trace_connection *no_content = trace_open(t, AT_MS(10));
    trace_request(no_content, AT_MS(11));
    trace_answer(no_content, AT_MS(12), .code = 204);
    trace_rst(no_content, CLIENT, AT_MS(13));
    trace_connection *empty = trace_open(t, AT_MS(20));
    trace_request(empty, AT_MS(21));
    trace_answer(empty, AT_MS(22), .is_empty = true);
    trace_rst(empty, CLIENT, AT_MS(23));
    go_on(t, AT_S(1));

    assert_cause(head, "client-close");
    assert_cause(no_content, "client-close");
    assert_cause(empty, "client-close");
}

static void reset_after_the_servers_fin_is_none(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .has_fin = true);
    trace_rst(c, CLIENT, AT_MS(3));
    go_on(t, AT_S(1));

    assert_cause(c, "server-close");
}

static void reset_long_after_the_answer_is_none(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_get(t, "curl/8.5", AT_MS(10));
    trace_rst(c, CLIENT, AT_MS(60));
    go_on(t, AT_S(1));

    assert_cause(c, "client-close");
}

/* ---- body-undrained (c): FIN right after a complete answer, by Go ---- */

static void go_opens_another_next(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_get(t, GO, AT_MS(10));
    trace_close(one, CLIENT, AT_US(10050));
    trace_get(t, GO, AT_MS(20));

    assert_undrained(one, 'c');
}

static void next_dial_overtakes_the_close(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_get(t, GO, AT_MS(10));
    trace_connection *two = trace_open(t, AT_US(10100));
    trace_close(one, CLIENT, AT_US(10400));
    trace_request(two, AT_MS(11), .user_agent = GO);
    trace_answer(two, AT_MS(12));

    assert_undrained(one, 'c');
}

static void ten_in_a_row(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[10];
    for (int i = 0; i < 10; i++) {
        c[i] = trace_get(t, GO, AT_MS(10 + 3 * i));
        trace_close(c[i], CLIENT, AT_MS(10 + 3 * i) + AT_US(50));
    }

    for (int i = 0; i < 10; i++) { /* the last one because the same happened before */
        assert_undrained(c[i], 'c');
    }
}

static void other_clients_may_do_as_they_like(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_get(t, "python-requests/2.31", AT_MS(10));
    trace_close(one, CLIENT, AT_US(10050));
    trace_get(t, "python-requests/2.31", AT_MS(20));

    assert_cause(one, "client-close");
    g_assert_true(trace_ending(one)->is_after_answer);
}

static void go_reuses_another_next(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *pooled = trace_get(t, GO, AT_MS(10));
    trace_connection *one = trace_get(t, GO, AT_MS(200));
    trace_close(one, CLIENT, AT_US(200050));
    trace_request(pooled, AT_MS(400), .user_agent = GO);
    trace_answer(pooled, AT_MS(401));

    assert_cause(one, "client-close");
}

static void nothing_follows(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_get(t, GO, AT_MS(10));
    trace_close(one, CLIENT, AT_US(10050));

    assert_cause(one, "client-close"); /* the end of the program looks the same */
}

static void go_after_no_body(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_open(t, AT_MS(8));
    trace_request(one, AT_MS(9), .user_agent = GO);
    trace_answer(one, AT_MS(10), .code = 204);
    trace_close(one, CLIENT, AT_US(10050));
    trace_get(t, GO, AT_MS(20));

    assert_cause(one, "client-close");
}

/* ---- "right after": 15 ms and the handshake's round trip ---- */

/* A connection whose handshake takes 10 ms, answered at @at by a client of that name. */
static trace_connection *get_from_afar(trace *t, int64_t at)
{
    trace_connection *c = trace_connect(t);
    trace_syn(c, at - AT_MS(30));
    trace_syn_ack(c, at - AT_MS(20));
    trace_ack(c, CLIENT, at - AT_MS(20));
    trace_request(c, at - AT_MS(10), .user_agent = GO);
    trace_answer(c, at);
    return c;
}

static void right_after_ends_with_the_window(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = get_from_afar(t, AT_MS(100));
    trace_close(c, CLIENT, AT_MS(125));
    trace_get(t, GO, AT_MS(200));

    g_assert_true(trace_ending(c)->is_after_answer);
    assert_undrained(c, 'c');
}

static void after_the_window_is_not_right_after(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = get_from_afar(t, AT_MS(100));
    trace_close(c, CLIENT, AT_MS(125) + AT_US(1));
    trace_get(t, GO, AT_MS(200));

    g_assert_false(trace_ending(c)->is_after_answer);
    assert_cause(c, "client-close");
}

static void window_is_a_setting(void)
{
    hr_settings settings = hr_settings_default();
    settings.right_after_ns = AT_MS(1);
    g_autoptr(trace) t = trace_new_with(&settings);
    trace_connection *c = trace_get(t, GO, AT_MS(10));
    trace_close(c, CLIENT, AT_MS(12));
    trace_get(t, GO, AT_MS(20));

    assert_cause(c, "client-close");
}

/* ---- server-close ---- */

static void server_closes_right_after_an_answer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_get(t, GO, AT_MS(10));
    trace_close(c, SERVER, AT_MS(11));
    trace_get(t, GO, AT_MS(20));

    assert_cause(c, "server-close");
    assert_closed_by(c, "server");
}

/* An answer of 9000 bytes, reset by its client so much later; go_on() is up to the caller. */
static trace_connection *reset_later(trace *t, int64_t at, int64_t later, bool is_cut)
{
    trace_connection *c = trace_open(t, at);
    trace_request(c, at + AT_MS(1));
    if (is_cut) {
        trace_answer(c, at + AT_MS(3), .body = 9000, .is_cut = true);
    } else {
        trace_begin_answer(c, at + AT_MS(2), .body = 9000, .rest = 8000);
        trace_end_answer(c, 8000, at + AT_MS(3));
    }
    trace_rst(c, CLIENT, at + AT_MS(3) + later);
    return c;
}

/* net/http on a busy machine: closed 32 ms after the answer, as its siblings are after 0.1 ms. No
 * timeout is as short. Of one that comes later, or alone, or of whose answer a snap length left the
 * begin, it is not said. */
static void reset_late_as_others_are_at_once(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *late = reset_later(t, AT_MS(10), AT_MS(32), false);
    trace_connection *at_once = reset_later(t, AT_MS(200), AT_US(100), false);
    trace_connection *later = reset_later(t, AT_MS(400), AT_MS(101), false);
    trace_connection *cut = reset_later(t, AT_MS(600), AT_MS(32), true);
    go_on(t, AT_S(1));
    g_autoptr(trace) alone = trace_new();
    trace_connection *one = reset_later(alone, AT_MS(10), AT_MS(32), false);
    trace_connection *two = reset_later(alone, AT_MS(200), AT_MS(40), false);
    go_on(alone, AT_S(1));

    assert_undrained(at_once, 'b');
    assert_undrained(late, 'b');
    assert_cause(later, "client-close");
    assert_cause(cut, "client-close");
    assert_cause(one, "client-close");
    assert_cause(two, "client-close");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ending/request-cancelled/rst", cancelled_by_rst);
    g_test_add_func("/ending/request-cancelled/fin", cancelled_by_fin);
    g_test_add_func("/ending/request-cancelled/late-answer", cancelled_although_answered_late);
    g_test_add_func("/ending/request-cancelled/not-half-close", half_close_waits_for_the_answer);
    g_test_add_func("/ending/request-cancelled/pipelined", one_of_a_pipeline_is_unanswered);
    g_test_add_func("/ending/body-undrained/a-unshown", cut_in_the_body);
    g_test_add_func("/ending/body-undrained/a-shown", cut_in_a_body_that_is_shown);
    g_test_add_func("/ending/body-undrained/a-not-by-server", cut_by_the_server_is_none);
    g_test_add_func("/ending/body-undrained/b-late", reset_late_as_others_are_at_once);
    g_test_add_func("/ending/body-undrained/b", reset_right_after_the_answer);
    g_test_add_func("/ending/body-undrained/b-small", reset_after_one_small_segment);
    g_test_add_func("/ending/body-undrained/b-not-bodyless", reset_after_no_body_is_none);
    g_test_add_func("/ending/body-undrained/b-not-after-fin", reset_after_the_servers_fin_is_none);
    g_test_add_func("/ending/body-undrained/b-not-late", reset_long_after_the_answer_is_none);
    g_test_add_func("/ending/body-undrained/c", go_opens_another_next);
    g_test_add_func("/ending/body-undrained/c-overtaken", next_dial_overtakes_the_close);
    g_test_add_func("/ending/body-undrained/c-ten", ten_in_a_row);
    g_test_add_func("/ending/body-undrained/c-not-other-clients",
                    other_clients_may_do_as_they_like);
    g_test_add_func("/ending/body-undrained/c-not-if-reused-next", go_reuses_another_next);
    g_test_add_func("/ending/body-undrained/c-not-the-last", nothing_follows);
    g_test_add_func("/ending/body-undrained/c-not-bodyless", go_after_no_body);
    g_test_add_func("/ending/right-after/window", right_after_ends_with_the_window);
    g_test_add_func("/ending/right-after/beyond", after_the_window_is_not_right_after);
    g_test_add_func("/ending/right-after/setting", window_is_a_setting);
    g_test_add_func("/ending/server-close/after-answer", server_closes_right_after_an_answer);
    return g_test_run();
}
