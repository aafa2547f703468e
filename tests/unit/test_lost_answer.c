/* test_lost_answer.c
 * An answer that was sent, and that its client never had: what it acknowledges as it closes tells that
 * from a body that it left unread. Captured at the server, which sends it again and again, and at the
 * client, where it never comes by. Each trace is beside one in which a part of the answer came.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_fixes.h"

#define REQUESTS "python-requests/2.31.0"

enum {
    SENT = 1400
};

/* An exchange, then a request, at 1 s, that the server acknowledges. */
static trace_connection *ask_twice(trace *t)
{
    trace_connection *c = trace_open(t, AT_MS(0));

    trace_exchange(c, AT_MS(10), AT_MS(11));
    trace_request(c, AT_S(1), .user_agent = REQUESTS);
    trace_ack(c, SERVER, AT_S(1) + AT_MS(1));
    return c;
}

/* It goes on on another connection. */
static void close_and_go_on(trace *t, trace_connection *c, bool is_reset)
{
    if (is_reset) {
        trace_rst(c, CLIENT, AT_S(5));
    } else {
        trace_fin(c, CLIENT, AT_S(5));
        trace_ack(c, SERVER, AT_S(5) + AT_MS(1));
    }
    trace_exchange(trace_open(t, AT_S(6)), AT_S(7), AT_S(8));
}

/* The server sends its answer @count times, of which @taken bytes come to the client. */
static trace_connection *send_to_deaf(trace *t, unsigned count, uint32_t taken, bool is_reset)
{
    trace_connection *c = ask_twice(t);

    c->is_deaf[CLIENT] = true;
    trace_begin_answer(c, AT_S(1) + AT_MS(2), .body = 20000, .rest = 20000 - SENT);
    c->received[CLIENT] += taken;
    for (unsigned i = 1; i < count; i++) {
        trace_resend(c, SERVER, AT_S(1) + AT_MS(400) * i);
    }
    close_and_go_on(t, c, is_reset);
    return c;
}

static void answer_that_never_came_is_not_left_unread(void)
{
    for (int is_reset = 0; is_reset < 2; is_reset++) {
        g_autoptr(trace) t = trace_new();
        assert_cause(send_to_deaf(t, 5, 0, is_reset), "request-cancelled");
        g_assert_cmpuint(trace_found(t, HR_FINDING_REQUEST_CANCELLED), ==, 1);
        g_assert_null(trace_fix(t, "read_bodies"));
        g_assert_true(trace_may_be_else(t, "wait_longer", "no packets of full size"));
    }
}

static void answer_that_came_in_part_is(void)
{
    for (int is_reset = 0; is_reset < 2; is_reset++) {
        g_autoptr(trace) t = trace_new();
        assert_cause(send_to_deaf(t, 5, TRACE_ANSWER_HEADER, is_reset), "body-undrained");
        g_assert_cmpuint(trace_found(t, HR_FINDING_REQUEST_CANCELLED), ==, 0);
    }
}

/* Its close and the answer crossed: nothing was lost. */
static void answer_on_its_way_is_not_lost(void)
{
    g_autoptr(trace) t = trace_new();

    assert_cause(send_to_deaf(t, 1, 0, false), "request-cancelled");
    g_assert_false(trace_may_be_else(t, "wait_longer", "no packets of full size"));
}

/* A reset without an ACK says nothing of what came. */
static void bare_reset_says_nothing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = ask_twice(t);

    c->is_deaf[CLIENT] = true;
    trace_begin_answer(c, AT_S(1) + AT_MS(2), .body = 20000, .rest = 20000 - SENT);
    trace_segment(c, CLIENT, HR_TCP_RST, c->next[CLIENT], 0, 0, AT_S(5));
    trace_exchange(trace_open(t, AT_S(6)), AT_S(7), AT_S(8));
    assert_cause(c, "body-undrained");
}

/* At the client: the server's ACK stands behind bytes that never came by, of which the client
 * acknowledged @taken. */
static trace_connection *miss_answer(trace *t, uint32_t taken)
{
    trace_connection *c = ask_twice(t);

    trace_segment(c, SERVER, HR_TCP_ACK, c->next[SERVER] + SENT, c->received[SERVER], 0,
                  AT_S(1) + AT_MS(200));
    c->is_deaf[CLIENT] = true;
    c->received[CLIENT] = c->next[SERVER] + taken;
    close_and_go_on(t, c, false);
    return c;
}

static void answer_that_never_came_by_was_not_had(void)
{
    g_autoptr(trace) t = trace_new();

    assert_cause(miss_answer(t, 0), "request-cancelled");
    g_assert_true(trace_may_be_else(t, "wait_longer", "acknowledged no byte of it"));
}

static void answer_that_was_not_captured_may_be_whole(void)
{
    g_autoptr(trace) t = trace_new();

    g_assert_cmpint(trace_ending(miss_answer(t, SENT))->cause, !=, HR_CLOSE_REQUEST_CANCELLED);
}

/* What it had acknowledged when it asked is not known of a request that was captured behind that. */
static void late_request_tells_nothing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));

    trace_exchange(c, AT_MS(10), AT_MS(11));
    trace_segment(c, SERVER, HR_TCP_ACK, c->next[SERVER], c->next[CLIENT] + TRACE_REQUEST_HEADER,
                  SENT, AT_S(1));
    c->received[CLIENT] = c->next[SERVER] += SENT;
    trace_segment(c, CLIENT, HR_TCP_ACK, c->next[CLIENT] + TRACE_REQUEST_HEADER,
                  c->received[CLIENT], 0, AT_S(1) + AT_MS(1));
    trace_request(c, AT_S(1) + AT_MS(2), .user_agent = REQUESTS);
    close_and_go_on(t, c, false);
    g_assert_cmpint(trace_ending(c)->cause, !=, HR_CLOSE_REQUEST_CANCELLED);
}

/* TCP Fast Open: it was sent before anything was known of the server. */
static trace_connection *ask_with_the_syn(trace *t, uint32_t taken)
{
    trace_connection *c = trace_connect(t);

    trace_request(c, AT_MS(0), .user_agent = REQUESTS, .has_syn = true);
    trace_syn_ack(c, AT_MS(1));
    c->received[CLIENT] = c->next[SERVER];
    trace_ack(c, CLIENT, AT_MS(1));
    c->next[SERVER] += SENT; /* not captured */
    c->is_deaf[CLIENT] = true;
    c->received[CLIENT] += taken;
    trace_ack(c, CLIENT, AT_MS(2));
    trace_close(c, CLIENT, AT_MS(3));
    trace_exchange(trace_open(t, AT_S(6)), AT_S(7), AT_S(8));
    return c;
}

static void what_was_asked_with_the_syn_may_be_answered(void)
{
    for (uint32_t taken = 0; taken <= SENT; taken += SENT) {
        g_autoptr(trace) t = trace_new();
        const trace_connection *c = ask_with_the_syn(t, taken);
        g_assert_cmpint(trace_ending(c)->cause == HR_CLOSE_REQUEST_CANCELLED, ==, taken == 0);
    }
}

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/lost-answer/at-server", answer_that_never_came_is_not_left_unread);
    g_test_add_func("/lost-answer/at-server/in-part", answer_that_came_in_part_is);
    g_test_add_func("/lost-answer/at-server/on-its-way", answer_on_its_way_is_not_lost);
    g_test_add_func("/lost-answer/at-server/bare-reset", bare_reset_says_nothing);
    g_test_add_func("/lost-answer/at-client", answer_that_never_came_by_was_not_had);
    g_test_add_func("/lost-answer/at-client/not-captured",
                    answer_that_was_not_captured_may_be_whole);
    g_test_add_func("/lost-answer/late-request", late_request_tells_nothing);
    g_test_add_func("/lost-answer/with-the-syn", what_was_asked_with_the_syn_may_be_answered);
    return g_test_run();
}
