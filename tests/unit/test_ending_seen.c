/* test_ending_seen.c
 * What a rule has to have seen before it speaks: an answer that can be left, a timer's own list, a request
 * that was not taken. DESIGN section 5.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/ending.h"
#include "core/ending/reading.h"
#include "software/software.h"
#include "trace_elsewhere.h"
#include "trace_h2.h"
#include "trace_quic.h"

#define GO "Go-http-client/1.1"

enum {
    GOAWAY_RECORD = 17 + 1 + 16 /* of HTTP/2 in TLS 1.3 */
};

/* The client goes on, elsewhere. */
static void go_on(trace *t, int64_t at)
{
    trace_exchange(trace_open_to(t, "10.0.0.99", 80, at), at + AT_MS(1), at + AT_MS(2));
}

/* ---- answers that may be left ---- */

/* What came in one segment of 4 KiB was read with its head. */
static void answer_of_one_segment(void)
{
    for (uint32_t more = 0; more < 2; more++) {
        g_autoptr(trace) t = trace_new();
        const uint32_t body = 4096 - TRACE_ANSWER_HEADER + more;
        trace_connection *c = trace_get_body_and_reset(t, GO, body, AT_MS(0));
        trace_get_body(t, GO, 10, AT_MS(10));

        g_assert_cmpint(trace_ending(c)->cause == HR_CLOSE_BODY_UNDRAINED, ==, more == 1);
    }
}

/* Of streams an unread body costs none but itself; and who waits for a body after HEAD asked nothing before
 * that, on a connection of its own. */
static void what_does_not_wait_for_a_body(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *h2 = h2_open_used(t, AT_MS(0));
    trace_close(h2, CLIENT, AT_MS(12));
    trace_connection *head[2];
    for (int i = 0; i < 2; i++) {
        const int64_t at = AT_S(1 + i);
        head[i] = trace_open(t, at);
        if (i == 1) {
            trace_exchange(head[i], at + AT_MS(1), at + AT_MS(2));
        }
        trace_request(head[i], at + AT_MS(3), .method = "HEAD");
        trace_answer(head[i], at + AT_MS(4), .is_header_only = true);
    }
    for (int i = 0; i < 2; i++) {
        trace_close(head[i], CLIENT, AT_S(5 + i));
    }
    trace_analysis(t);

    g_assert_false(hr_ending_may_hide_unread(h2->model));
    g_assert_true(hr_ending_may_wait_after_head(head[0]->model));
    g_assert_false(hr_ending_may_wait_after_head(head[1]->model));
}

/* A program that had stopped reading is told by what it did not take of an answer: that it was not over has
 * to be known. */
static void reading_that_stopped(void)
{
    for (int is_known = 0; is_known < 2; is_known++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open(t, AT_MS(0));
        const hr_request *one = trace_request(c, AT_MS(1));
        if (is_known) {
            trace_begin_answer(c, AT_MS(2), .body = 9000, .rest = 8000);
        } else {
            trace_begin_answer(c, AT_MS(2), .is_until_close = true, .body = 9000, .rest = 8000);
            trace_lose(c, SERVER, 1000);
        }
        c->is_deaf[CLIENT] = true;
        trace_data(c, SERVER, 1000, AT_MS(3));
        c->has_no_room[CLIENT] = true;
        trace_ack(c, CLIENT, AT_MS(4));
        trace_rst(c, CLIENT, AT_S(1));
        trace_analysis(t);

        g_assert_true((one->complete == HR_COMPLETE_UNKNOWN) == !is_known);
        g_assert_true((hr_reading_stopped_at(one).frame != 0) == is_known);
    }
}

/* Two end at one moment, and their server goes on: was it stopped? Not if one of them went on in what nobody
 * saw. */
static void ends_of_which_one_went_on(void)
{
    for (int is_unseen = 0; is_unseen < 2; is_unseen++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *one = trace_idle_from(t, "10.0.0.1", AT_MS(100));
        trace_connection *two = trace_idle_from(t, "10.0.0.2", AT_MS(200));
        if (is_unseen) {
            trace_answer_alone(two, AT_MS(300));
        }
        trace_close(one, SERVER, AT_MS(1500));
        trace_close(two, SERVER, AT_MS(1501));
        trace_exchange(trace_open_from(t, "10.0.0.3", AT_S(2)), AT_S(3), AT_S(4));

        assert_cause(one, is_unseen ? "server-close" : "server-reload");
    }
}

/* ---- timers, each once, and devices alone ---- */

static void assert_of_side(const hr_ending *ending, hr_side side)
{
    for (size_t i = 0; i < ending->timer_count; i++) {
        g_assert_cmpint(hr_ending_timer(ending, i)->side, ==, side);
        for (size_t k = 0; k < i; k++) {
            g_assert_true(hr_ending_timer(ending, i) != hr_ending_timer(ending, k));
        }
    }
}

/* Caddy ends what rests after 300 s, and OkHttp as well; each says so before, by a GOAWAY. Where what the
 * client sent before went unheard, what forgot the connection is between, whatever the time is equal to. */
static void end_of_what_rested(void)
{
    for (int is_unheard = 0; is_unheard < 2; is_unheard++) {
        const trace_side by = is_unheard ? CLIENT : SERVER;
        g_autoptr(trace) t = trace_new();
        trace_connection *c = h2_open(t, AT_MS(0));
        h2_ask(c, 1, AT_MS(10), .user_agent = "okhttp/4.12.0");
        h2_answer(c, 1, AT_MS(11), .server = "Caddy");
        trace_ack(c, CLIENT, AT_MS(11));
        if (is_unheard) {
            c->is_deaf[SERVER] = true;
            h2_other_frame(c, CLIENT, AT_S(295));
            for (int i = 1; i < 5; i++) {
                trace_resend(c, CLIENT, AT_S(295) + AT_MS(300 * i));
            }
        }
        h2_goaway(c, by, 0, H2_NO_ERROR, AT_S(300) + AT_MS(16));
        trace_fin(c, by, AT_S(300) + AT_MS(16));
        go_on(t, AT_S(310));

        assert_cause(c, is_unheard ? "idle-dropped" : "server-idle-timeout");
        g_assert_true(trace_ending(c)->is_timer_named == !is_unheard);
        g_assert_true(trace_ending(c)->timer_count > 0 || is_unheard);
        assert_of_side(trace_ending(c), is_unheard ? HR_SIDE_NONE : HR_SIDE_SERVER);
    }
}

/* net/http keeps what rests for 90 s. Whose only request is HEAD may have waited for a body: then no timer
 * is told. */
static void end_of_a_client(void)
{
    for (int is_head = 0; is_head < 2; is_head++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open(t, AT_MS(0));
        trace_request(c, AT_MS(1), .user_agent = GO, .method = is_head ? "HEAD" : "GET");
        trace_answer(c, AT_MS(2), .is_header_only = is_head != 0);
        trace_close(c, CLIENT, AT_S(90) + AT_MS(5));

        assert_cause(c, is_head ? "client-close" : "client-idle-timeout");
        g_assert_true(trace_ending(c)->is_timer_named == !is_head);
        g_assert_true((trace_ending(c)->timer_count > 0) == !is_head);
        assert_of_side(trace_ending(c), HR_SIDE_CLIENT);
    }
}

/* ---- ways ---- */

/* The server was heard 25 s before the request that nobody hears, however long that is sent again. */
static void unheard_after_a_short_rest(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(10), AT_MS(11));
    trace_ack(c, CLIENT, AT_MS(12));
    const uint32_t seq = c->next[CLIENT];
    trace_request(c, AT_S(25));
    for (int i = 0; i < 3; i++) {
        trace_segment(c, CLIENT, HR_TCP_ACK, seq, c->next[SERVER], c->next[CLIENT] - seq,
                      AT_S(35 + i));
    }

    assert_cause(c, "idle-dropped");
    g_assert_true(trace_ending(c)->is_cut_in_use);
}

/* Whether a device may have reset what rested for a minute without its server seeing that: only where the
 * capture was made at the server, which is told by how long its answer to the SYN took, and only of what
 * explains an opening. */
static void forgotten_on_the_way_to_the_client(void)
{
    enum {
        AT_SERVER,
        NO_ANSWER,
        OTHER_HOST,
        WAYS
    };

    for (int way = 0; way < WAYS; way++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *idle = trace_open_used(t, AT_MS(0));
        trace_connection *c = trace_connect_between(
            t, "10.0.0.1", 0, way == OTHER_HOST ? "10.0.0.81" : "10.0.0.80", 80);
        trace_syn(c, AT_S(60));
        if (way != NO_ANSWER) {
            trace_syn_ack(c, AT_S(60) + AT_US(20));
        }
        trace_ack(c, CLIENT, AT_S(60) + AT_MS(10));
        trace_exchange(c, AT_S(60) + AT_MS(11), AT_S(60) + AT_MS(12));
        trace_analysis(t);

        g_assert_true(hr_ending_may_be_forgotten(hr_model_settings(trace_model(t)), idle->model,
                                                 c->model) == (way == AT_SERVER));
    }
}

/* ---- who decided ---- */

/* What may be a GOAWAY, and then the server's own FIN before any of the client: that is certain. */
static void farewell_and_its_own_fin(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open(t, AT_S(0), .offers = "h2,http/1.1");
    tls_hidden_exchange(c, AT_MS(10), AT_MS(20));
    tls_data(c, SERVER, GOAWAY_RECORD, AT_MS(2530));
    trace_close(c, SERVER, AT_MS(3530));
    go_on(t, AT_S(20));

    assert_cause(c, "server-close");
    assert_certainty(c, "certain");
}

/* What stays open without keys is open; over QUIC, which ends in silence, that is not known: nor of what
 * ended so in the middle of a call. */
static void open_without_keys(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open(t, AT_MS(0));
    tls_hidden_exchange(c, AT_MS(10), AT_MS(20));
    const quic_kind how = {.has_keys = true, .client_idle_ms = 5000, .server_idle_ms = 30000};
    hr_connection *called = quic_open(t, 0, AT_MS(30), &how);
    quic_ask(t, called, 0, AT_MS(60));
    quic_stream(t, called, SERVER, 0, false, AT_MS(70));
    quic_wait_until(t, AT_S(10));

    assert_cause(c, "open-at-end");
    quic_assert_cause(t, called, "unknown", NULL);
}

/* What a server says before it closes tells nothing yet: an age, an error. */
static void goaway_of_what_stays_open(void)
{
    for (int is_age = 0; is_age < 2; is_age++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = h2_open_used(t, AT_MS(0));
        h2_goaway_saying(c, SERVER, is_age ? H2_NO_ERROR : H2_INTERNAL_ERROR,
                         is_age ? "max_age" : "bug", AT_S(3));

        assert_cause(c, "open-at-end");
    }
}

/* The server's FIN does not acknowledge the request that is on its way, and its kernel does later. */
static void fin_before_the_kernel_acknowledges(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open_used(t, AT_MS(0));
    trace_ack(c, CLIENT, AT_MS(3));
    c->is_deaf[SERVER] = true;
    trace_request(c, AT_S(2));
    trace_fin(c, SERVER, AT_S(2) + AT_US(20));
    c->received[SERVER] = c->next[CLIENT];
    trace_ack(c, SERVER, AT_S(2) + AT_US(40));
    trace_fin(c, CLIENT, AT_S(2) + AT_MS(1));

    assert_cause(c, "stale-race");
    assert_certainty(c, "certain");
}

/* Open before the capture, in which it is asked twice without a pause: another host's reset came in use,
 * whatever had been before. */
static void reset_of_what_was_asked_twice(void)
{
    for (int is_first = 0; is_first < 2; is_first++) {
        g_autoptr(trace) t = trace_new();
        for (int i = 0; i < 3; i++) {
            elsewhere_open_used(t, AT_MS(10 * i));
        }
        trace_connection *c = trace_connect(t);
        c->is_deaf[SERVER] = true;
        if (is_first) {
            trace_ack(c, SERVER, AT_S(1));
            trace_request(c, AT_S(2));
        } else {
            trace_request(c, AT_S(2) - AT_MS(3));
            trace_request(c, AT_S(2) - AT_MS(2));
            trace_answer(c, AT_S(2) - AT_MS(1));
            trace_ack(c, CLIENT, AT_S(2));
        }
        for (int i = 0; i < 6; i++) {
            trace_ack(c, SERVER, AT_S(2) + AT_US(i + 1));
        }
        elsewhere_reset(c, SERVER, 243, AT_S(2) + AT_MS(1));

        g_assert_true(trace_ending(c)->is_from_elsewhere);
        g_assert_cmpint(trace_ending(c)->cause == HR_CLOSE_STALE_RACE, ==, is_first);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ending/seen/one-segment", answer_of_one_segment);
    g_test_add_func("/ending/seen/body", what_does_not_wait_for_a_body);
    g_test_add_func("/ending/seen/reading", reading_that_stopped);
    g_test_add_func("/ending/seen/one-went-on", ends_of_which_one_went_on);
    g_test_add_func("/ending/seen/timers/rest", end_of_what_rested);
    g_test_add_func("/ending/seen/timers/client", end_of_a_client);
    g_test_add_func("/ending/seen/unheard", unheard_after_a_short_rest);
    g_test_add_func("/ending/seen/forgotten", forgotten_on_the_way_to_the_client);
    g_test_add_func("/ending/seen/farewell", farewell_and_its_own_fin);
    g_test_add_func("/ending/seen/open", open_without_keys);
    g_test_add_func("/ending/seen/goaway/open", goaway_of_what_stays_open);
    g_test_add_func("/ending/seen/untaken", fin_before_the_kernel_acknowledges);
    g_test_add_func("/ending/seen/elsewhere", reset_of_what_was_asked_twice);
    return g_test_run();
}
