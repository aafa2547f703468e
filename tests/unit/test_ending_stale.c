/* test_ending_stale.c
 * A request that died: on a connection that the server was just closing (stale-race), or that
 * something in the middle had forgotten (idle-dropped). The unlike ones beside them: a first
 * request, an answer that had begun, a client that gave up.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

/* A connection that had one exchange, idle from 2 ms on. */
static trace_connection *open_idle(trace *t)
{
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    return c;
}

/* ---- stale-race, surely unprocessed ---- */

/* The request crosses the server's FIN on the wire. */
static void fin_before_the_request(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_idle(t);
    trace_fin(c, SERVER, AT_S(5));
    const uint32_t fin_frame = trace_frame(t);
    trace_request(c, AT_S(5), .method = "POST");
    trace_rst(c, SERVER, AT_S(5));

    assert_cause(c, "stale-race");
    assert_closed_by(c, "server");
    assert_certainty(c, "certain");
    g_assert_cmpint(trace_ending(c)->first_fin, ==, HR_SIDE_SERVER);
    g_assert_cmpuint(trace_ending(c)->evidence_frame, ==, fin_frame);
}

/* The FIN was sent before the request came, and the capture has it after the request. */
static void fin_that_does_not_acknowledge_the_request(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_idle(t);
    c->is_deaf[SERVER] = true;
    trace_request(c, AT_S(5));
    trace_fin(c, SERVER, AT_S(5));

    assert_cause(c, "stale-race");
    assert_certainty(c, "certain");
}

/* A reset that nobody asked for, out of a silence after which devices forget, and the request that
 * crosses it: the server or a device before it. Out of another one it is the server's. */
static void rst_out_of_long_silence_before_the_request(void)
{
    for (int is_device = 0; is_device < 2; is_device++) {
        const int64_t at = AT_MS(2) + AT_S(is_device ? 350 : 300);
        g_autoptr(trace) t = trace_new();
        trace_connection *c = open_idle(t);
        trace_rst(c, SERVER, at);
        trace_request(c, at + AT_US(200));

        assert_cause(c, "stale-race");
        assert_certainty(c, "certain"); /* that the request was lost */
        g_assert_cmpint(trace_ending(c)->by, ==, is_device ? HR_SIDE_NONE : HR_SIDE_SERVER);
    }
}

/* The server's socket is gone: the request is answered by RST, which acknowledges nothing. */
static void rst_alone(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_idle(t);
    trace_request(c, AT_S(90));
    trace_segment(c, SERVER, HR_TCP_RST, c->next[SERVER], 0, 0, AT_S(90));

    assert_cause(c, "stale-race");
    assert_certainty(c, "certain");
    g_assert_true(trace_ending(c)->is_first_rst);
}

/* ---- taken by the server, and never answered ---- */

static void answerless_close_after_the_ack(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_idle(t);
    const hr_request *taken = trace_request(c, AT_S(5));
    const uint32_t frame = trace_frame(t);
    trace_ack(c, SERVER, AT_S(5));
    trace_fin(c, SERVER, AT_S(6));

    assert_cause(c, "request-aborted");
    assert_found(t, HR_FINDING_REQUEST_ABORTED, frame, c, taken);
    assert_closed_by(c, "server");
    g_assert_cmpint(trace_ending(c)->after_idle_ns, ==, HR_TIME_NONE);
}

static void rst_after_the_ack(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_idle(t);
    trace_request(c, AT_S(5));
    trace_ack(c, SERVER, AT_S(5));
    trace_segment(c, SERVER, HR_TCP_RST, c->next[SERVER], 0, 0, AT_S(6));

    assert_cause(c, "request-aborted");
}

/* Within a round trip: a server that closes may have acknowledged what it did not read. */
static void rst_right_after_the_ack(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_idle(t);
    trace_request(c, AT_S(5));
    trace_ack(c, SERVER, AT_S(5));
    trace_segment(c, SERVER, HR_TCP_RST, c->next[SERVER], 0, 0, AT_MS(5002));

    assert_cause(c, "stale-race");
    assert_certainty(c, "likely");
}

/* Part of a long request was taken: the ack does not cover it. */
static void request_was_taken_in_part(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_idle(t);
    trace_request(c, AT_S(5), .method = "POST", .body = 3000, .rest = 2000);
    trace_ack(c, SERVER, AT_S(5));
    c->is_deaf[SERVER] = true;
    trace_data(c, CLIENT, 2000, AT_S(5));
    trace_rst(c, SERVER, AT_S(6));

    assert_cause(c, "request-aborted");
}

static void dead_request_that_says_close_itself(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_idle(t);
    trace_request(c, AT_S(5), .connection = "close");
    trace_segment(c, SERVER, HR_TCP_RST, c->next[SERVER], 0, 0, AT_S(5));

    assert_cause(c, "stale-race");
}

static void retry_is_named(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_idle(t);
    trace_request(c, AT_S(5), .target = "/pay");
    trace_segment(c, SERVER, HR_TCP_RST, c->next[SERVER], 0, 0, AT_S(5));
    trace_connection *two = trace_open(t, AT_MS(5001));
    const hr_request *retry = trace_request(two, AT_MS(5002), .target = "/pay");
    trace_answer(two, AT_MS(5003));

    g_assert_true(trace_ending(c)->seldom->retry == retry);
}

static void another_request_is_no_retry(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_idle(t);
    trace_request(c, AT_S(5), .method = "POST", .target = "/pay");
    trace_segment(c, SERVER, HR_TCP_RST, c->next[SERVER], 0, 0, AT_S(5));
    trace_connection *two = trace_open(t, AT_MS(5001));
    trace_request(two, AT_MS(5002), .target = "/pay");

    assert_cause(c, "stale-race");
    g_assert_null(trace_ending(c)->seldom->retry);
}

/* ---- looks like it ---- */

/* A first request that gets no answer met no stale connection. */
static void first_request_is_none(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_rst(c, SERVER, AT_MS(2));

    assert_cause(c, "request-aborted");
}

/* A connection that was opened ahead of its first request can be stale as well. */
static void first_request_after_the_fin(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_fin(c, SERVER, AT_S(2));
    trace_request(c, AT_S(3));
    trace_rst(c, SERVER, AT_S(3));

    assert_cause(c, "stale-race");
    assert_certainty(c, "certain");
}

static void answer_that_began_is_none(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_idle(t);
    const hr_request *request = trace_request(c, AT_S(5));
    trace_data(c, SERVER, 10, AT_S(6));
    trace_rst(c, SERVER, AT_S(7));

    assert_cause(c, "server-close");
    g_assert_cmpint(request->complete, ==, HR_COMPLETE_NO);
}

static void client_that_gives_up_is_none(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_idle(t);
    trace_request(c, AT_S(5));
    trace_fin(c, CLIENT, AT_S(6));
    trace_fin(c, SERVER, AT_S(6));
    trace_connection *two = trace_open(t, AT_S(7)); /* it goes on */
    trace_exchange(two, AT_S(8), AT_S(9));

    assert_cause(c, "request-cancelled");
}

static void answered_before_the_close_is_none(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_idle(t);
    trace_exchange(c, AT_S(5), AT_S(6));
    trace_rst(c, SERVER, AT_S(7));

    assert_cause(c, "server-close");
}

/* ---- idle-dropped ---- */

/* The request goes out again and again, and nothing comes back. */
static trace_connection *unheard_request(trace *t, int64_t idle)
{
    trace_connection *c = open_idle(t);
    const int64_t sent = AT_MS(2) + idle;
    trace_request(c, sent);
    trace_resend(c, CLIENT, sent + AT_MS(200));
    trace_resend(c, CLIENT, sent + AT_MS(600));
    trace_resend(c, CLIENT, sent + AT_MS(1400));
    return c;
}

static void forgotten_by_a_middlebox(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = unheard_request(t, AT_S(350));

    assert_cause(c, "idle-dropped");
    assert_closed_by(c, NULL);
    assert_certainty(c, "likely");
}

static void forgotten_and_given_up(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = unheard_request(t, AT_S(350));
    trace_rst(c, CLIENT, AT_S(360));
    trace_connection *two = trace_open(t, AT_S(361));
    trace_exchange(two, AT_S(362), AT_S(363));

    assert_cause(c, "idle-dropped");
}

/* Two retransmissions: loss, as far as anybody can tell. */
static void not_idle_long_enough(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_request(c, AT_S(29));
    trace_resend(c, CLIENT, AT_S(29) + AT_MS(200));
    trace_resend(c, CLIENT, AT_S(31));

    assert_cause(c, "open-at-end");
}

/* go-h2-dead: the way is cut while the connection is in use. */
static void dead_path_in_use(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    const hr_request *dead = trace_request(c, AT_MS(500));
    const uint32_t frame = trace_frame(t);
    for (int i = 0; i < 3; i++) {
        trace_resend(c, CLIENT, AT_MS(700 + 400 * i));
    }

    assert_cause(c, "idle-dropped");
    assert_closed_by(c, NULL);
    assert_found(t, HR_FINDING_IDLE_DROPPED, frame, c, dead);
}

static void an_ack_is_a_sign_of_life(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_request(c, AT_MS(500));
    for (int i = 0; i < 3; i++) {
        trace_resend(c, CLIENT, AT_MS(700 + 400 * i));
    }
    trace_ack(c, SERVER, AT_S(2));

    assert_cause(c, "open-at-end");
}

/* requests-nlb-rst-get: no FIN had come, and 350 s is what a balancer keeps an idle flow. */
static trace_connection *reset_after(trace *t, int64_t idle)
{
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    c->is_deaf[SERVER] = true;
    trace_request(c, AT_MS(2) + idle, .method = "POST");
    trace_rst(c, SERVER, AT_MS(2) + idle + AT_US(300));
    trace_exchange(trace_open(t, AT_MS(20) + idle), AT_MS(30) + idle, AT_MS(40) + idle);
    return c;
}

static void reset_by_a_device(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = reset_after(t, AT_S(350));

    assert_cause(c, "stale-race");
    assert_closed_by(c, NULL);
    g_assert_cmpuint(trace_ending(c)->timer_count, ==, 4); /* those of AWS, and Azure's */
}

static void reset_sooner_than_devices_forget(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = reset_after(t, AT_S(40));

    assert_cause(c, "stale-race");
    assert_closed_by(c, "server");
}

/* The client had acknowledged the FIN, and sent all the same: it did not look. */
static void client_knew_of_the_fin(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_fin(c, SERVER, AT_MS(5002));
    trace_ack(c, CLIENT, AT_MS(5003));
    trace_request(c, AT_MS(7000));
    trace_rst(c, SERVER, AT_MS(7001));

    assert_cause(c, "stale-race");
    g_assert_true(trace_ending(c)->is_fin_known);
    g_assert_cmpuint(trace_ending(c)->timer_count, >, 0); /* 5 s */
}

static void idle_just_long_enough(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = unheard_request(t, AT_S(30));

    assert_cause(c, "idle-dropped");
}

static void an_ack_is_an_answer_of_the_network(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_idle(t);
    trace_request(c, AT_S(350));
    trace_ack(c, SERVER, AT_S(350));
    trace_ack(c, CLIENT, AT_S(380));

    assert_cause(c, "open-at-end");
}

static void too_early_to_tell(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_idle(t);
    trace_request(c, AT_S(350));
    trace_resend(c, CLIENT, AT_S(350) + AT_MS(200));

    assert_cause(c, "open-at-end");
}

static void reset_after_long_idle_is_a_stale_race(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_idle(t);
    trace_request(c, AT_S(350));
    trace_segment(c, SERVER, HR_TCP_RST, c->next[SERVER], 0, 0, AT_S(350));

    assert_cause(c, "stale-race");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ending/stale-race/rst-before/device",
                    rst_out_of_long_silence_before_the_request);
    g_test_add_func("/ending/idle-dropped/in-use", dead_path_in_use);
    g_test_add_func("/ending/idle-dropped/not-if-acknowledged", an_ack_is_a_sign_of_life);
    g_test_add_func("/ending/stale-race/device", reset_by_a_device);
    g_test_add_func("/ending/stale-race/no-device", reset_sooner_than_devices_forget);
    g_test_add_func("/ending/stale-race/fin-known", client_knew_of_the_fin);
    g_test_add_func("/ending/stale-race/fin-before", fin_before_the_request);
    g_test_add_func("/ending/stale-race/fin-without-ack",
                    fin_that_does_not_acknowledge_the_request);
    g_test_add_func("/ending/stale-race/rst-alone", rst_alone);
    g_test_add_func("/ending/stale-race/fin-after-ack", answerless_close_after_the_ack);
    g_test_add_func("/ending/stale-race/rst-after-ack", rst_after_the_ack);
    g_test_add_func("/ending/stale-race/rst-right-after-ack", rst_right_after_the_ack);
    g_test_add_func("/ending/stale-race/opened-ahead", first_request_after_the_fin);
    g_test_add_func("/ending/stale-race/in-part", request_was_taken_in_part);
    g_test_add_func("/ending/stale-race/says-close-itself", dead_request_that_says_close_itself);
    g_test_add_func("/ending/stale-race/retry", retry_is_named);
    g_test_add_func("/ending/stale-race/no-retry", another_request_is_no_retry);
    g_test_add_func("/ending/stale-race/not-first-request", first_request_is_none);
    g_test_add_func("/ending/stale-race/not-begun-answer", answer_that_began_is_none);
    g_test_add_func("/ending/stale-race/not-by-client", client_that_gives_up_is_none);
    g_test_add_func("/ending/stale-race/not-answered", answered_before_the_close_is_none);
    g_test_add_func("/ending/idle-dropped/unheard", forgotten_by_a_middlebox);
    g_test_add_func("/ending/idle-dropped/given-up", forgotten_and_given_up);
    g_test_add_func("/ending/idle-dropped/under-30-s", not_idle_long_enough);
    g_test_add_func("/ending/idle-dropped/30-s", idle_just_long_enough);
    g_test_add_func("/ending/idle-dropped/not-with-ack", an_ack_is_an_answer_of_the_network);
    g_test_add_func("/ending/idle-dropped/not-yet", too_early_to_tell);
    g_test_add_func("/ending/idle-dropped/not-with-rst", reset_after_long_idle_is_a_stale_race);
    return g_test_run();
}
