/* test_ending_expiry.c
 * Timeouts that show otherwise than by their length: a 408 that answers nothing, and a client that
 * looks at the time only as its next request comes. DESIGN section 5, idle timeouts.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "software/software.h"
#include "trace.h"

#define HTTPX "python-httpx/0.28.1"
#define GO "Go-http-client/1.1"

/* ---- a 408 ---- */

static void timeout_is_said(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_answer(c, AT_MS(1302), .code = 408, .connection = "close", .has_fin = true);
    const uint32_t frame = trace_frame(t);
    trace_fin(c, CLIENT, AT_MS(1500));
    trace_exchange(trace_open(t, AT_MS(1501)), AT_MS(1502), AT_MS(1503));

    assert_cause(c, "server-idle-timeout");
    assert_closed_by(c, "server");
    assert_certainty(c, "certain");
    g_assert_cmpint(trace_ending(c)->after_idle_ns, ==, AT_MS(1300));
    g_assert_cmpuint(trace_ending(c)->evidence_frame, ==, frame);
    g_assert_cmpuint(c->model->request_count, ==, 1);
}

/* HAProxy's: HTTP/1.0, and on a connection that a browser opened ahead. */
static void timeout_of_a_connection_without_request(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_answer(c, AT_S(10), .code = 408, .is_http10 = true, .connection = "close");
    trace_close(c, SERVER, AT_S(10) + AT_US(100));

    assert_cause(c, "server-idle-timeout");
    assert_certainty(c, "certain");
    g_assert_cmpuint(c->model->request_count, ==, 0);
}

/* The server had all of the head and waited for the body: an answer. */
static void timeout_of_a_request(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_begin(c, AT_MS(1), .method = "POST", .body = 500, .rest = 400);
    trace_ack(c, SERVER, AT_MS(2));
    trace_answer(c, AT_S(3), .code = 408, .connection = "close");
    trace_close(c, SERVER, AT_S(3) + AT_US(100));

    assert_cause(c, "server-error-close");
}

static void request_crosses_the_timeout(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    c->is_deaf[SERVER] = true; /* it had said so before it had the request */
    const hr_request *dead = trace_request(c, AT_S(1), .method = "POST");
    const uint32_t frame = trace_frame(t);
    trace_answer(c, AT_S(1) + AT_US(50), .code = 408, .connection = "close", .has_fin = true);
    trace_rst(c, SERVER, AT_S(1) + AT_US(150));

    assert_cause(c, "stale-race");
    assert_certainty(c, "certain");
    assert_found(t, HR_FINDING_STALE_REUSE, frame, c, dead);
    g_assert_cmpint(trace_ending(c)->after_idle_ns, ==, AT_MS(998));
}

/* ---- at the next use ---- */

/* Pauses of the caller, each after an exchange of 1 ms on a connection of its own. */
static void pauses(trace *t, trace_connection **c, int count, const char *user_agent, int64_t pause)
{
    for (int i = 0; i < count; i++) {
        const int64_t at = (AT_MS(10) + pause) * i;
        if (i > 0) {
            trace_close(c[i - 1], CLIENT, at);
        }
        c[i] = trace_open(t, at + AT_US(250));
        trace_request(c[i], at + AT_MS(1), .user_agent = user_agent);
        trace_answer(c[i], at + AT_MS(2));
    }
}

/* Its server's timeout passes a moment before the caller's next request. */
static void server_is_sooner_than_the_next_request(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_close(c, SERVER, AT_MS(5003));
    trace_exchange(trace_open(t, AT_MS(5010)), AT_MS(5011), AT_MS(5012));

    assert_cause(c, "server-idle-timeout");
    assert_closed_by(c, "server");
    g_assert_false(trace_ending(c)->is_at_next_use);
}

static void expires_as_the_next_request_comes(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[3];
    pauses(t, c, 3, HTTPX, AT_MS(6500));

    assert_cause(c[0], "client-idle-timeout");
    assert_cause(c[1], "client-idle-timeout");
    assert_closed_by(c[0], "client");
    assert_certainty(c[0], "likely");
    g_assert_true(trace_ending(c[0])->is_at_next_use);
    g_assert_cmpint(trace_ending(c[0])->seldom->longest_reused_ns, ==, HR_TIME_NONE);
    g_assert_cmpint(hr_ending_timer(trace_ending(c[0]), 0)->idle_ns, ==,
                    AT_S(5)); /* keepalive_expiry */
}

/* ... but one that it had kept for longer it would have used, had its server not closed it. */
static void longer_idle_one_had_not_expired(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[3];
    pauses(t, c, 3, "myservice/2.3", AT_MS(6500));
    trace_connection *kept = trace_open(t, AT_S(20));
    trace_request(kept, AT_S(20) + AT_MS(1), .user_agent = "myservice/2.3");
    trace_answer(kept, AT_S(20) + AT_MS(2));
    trace_fin(kept, SERVER, AT_S(25));
    trace_ack(kept, CLIENT, AT_S(25) + AT_MS(1));
    trace_request(kept, AT_S(30), .user_agent = "myservice/2.3");
    trace_rst(kept, SERVER, AT_S(30) + AT_US(100));

    assert_cause(c[0], "client-close");
}

/* Pauses of one length are the caller's; which timeout it is, they do not tell. */
static void unknown_client_expires_at_use(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[3];
    pauses(t, c, 3, "myservice/2.3", AT_MS(6500));

    assert_cause(c[0], "client-idle-timeout");
    g_assert_true(trace_ending(c[0])->is_at_next_use);
    g_assert_cmpuint(trace_ending(c[0])->timer_count, ==, 0);
}

/* A worker of nginx's that is told to end closes all that it keeps behind, as its clients dial the next
 * worker: what it had used a moment ago as well. That had not expired. */
static const char *cause_beside(int64_t idle_ns)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *busy = trace_open(t, AT_MS(0));
    trace_connection *c = trace_open(t, AT_MS(1));
    trace_exchange(busy, AT_MS(2), AT_MS(3));
    trace_exchange(c, AT_MS(4), AT_MS(5));
    trace_exchange(busy, AT_MS(404), AT_MS(405)); /* 400 ms were survived */
    trace_exchange(busy, AT_MS(2005) - idle_ns, AT_MS(2006) - idle_ns);
    trace_close(c, CLIENT, AT_MS(2006));
    trace_close(busy, CLIENT, AT_MS(2006) + AT_US(400));
    trace_exchange(trace_open(t, AT_MS(2007)), AT_MS(2008), AT_MS(2009));
    trace_analysis(t);
    return hr_close_cause_token(trace_ending(c)->cause);
}

static void what_ends_beside_one_in_use_has_not_expired(void)
{
    g_assert_cmpstr(cause_beside(AT_MS(200)), ==, "client-close");
    g_assert_cmpstr(cause_beside(AT_MS(1590)), ==, "client-idle-timeout"); /* it had, too */
    g_assert_cmpstr(cause_beside(AT_MS(50)), ==, "client-idle-timeout");   /* for its answer */
}

/* A shorter pause was survived: the timeout lies between. */
static void bounds_on_both_sides(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .user_agent = HTTPX);
    trace_answer(c, AT_MS(2));
    trace_request(c, AT_MS(4002), .user_agent = HTTPX);
    trace_answer(c, AT_MS(4003));
    trace_close(c, CLIENT, AT_MS(10003));
    trace_connection *next = trace_open(t, AT_MS(10004));
    trace_request(next, AT_MS(10005), .user_agent = HTTPX);

    assert_cause(c, "client-idle-timeout");
    g_assert_cmpint(trace_ending(c)->seldom->longest_reused_ns, ==, AT_S(4));
    g_assert_cmpint(trace_ending(c)->after_idle_ns, ==, AT_S(6));
}

static void longer_pause_was_survived(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_exchange(c, AT_MS(7002), AT_MS(7003));
    trace_close(c, CLIENT, AT_MS(13003)); /* 6 s, after 7 were no reason */
    trace_exchange(trace_open(t, AT_MS(13004)), AT_MS(13005), AT_MS(13006));

    assert_cause(c, "client-close");
}

/* A timer that fits, and that no name tells of, is none where a longer pause was survived, and is not
 * listed with what the end is told as. */
static void timers_of_nobody(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_exchange(c, AT_MS(2) + AT_S(100), AT_MS(3) + AT_S(100));
    trace_close(c, CLIENT, AT_MS(4) + AT_S(190)); /* net/http's 90 s, and reqwest's */
    trace_exchange(trace_open(t, AT_MS(5) + AT_S(190)), AT_MS(6) + AT_S(190), AT_MS(7) + AT_S(190));

    assert_cause(c, "client-close");
    g_assert_cmpuint(trace_ending(c)->timer_count, ==, 0);
}

/* net/http has a timer: who closes as it dials again had another reason, a client object a call. */
static void named_client_does_not_expire_at_use(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[3];
    pauses(t, c, 3, GO, AT_MS(6500));

    assert_cause(c[0], "client-close");
    assert_cause(c[1], "client-close");
    g_autoptr(trace) longer = trace_new();
    pauses(longer, c, 3, GO, AT_S(95)); /* its 90 s had not closed it */
    assert_cause(c[0], "client-close");
}

static void shorter_than_its_default(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[3];
    pauses(t, c, 3, HTTPX, AT_MS(3500));

    assert_cause(c[0], "client-close");
}

static void next_request_comes_much_later(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_close(c, CLIENT, AT_MS(6502));
    trace_exchange(trace_open(t, AT_MS(6600)), AT_MS(6601), AT_MS(6602));

    assert_cause(c, "client-close");
}

/* ---- what no timer explains ---- */

static trace_connection *open_idle(trace *t, int64_t at)
{
    trace_connection *c = trace_open(t, at);
    trace_exchange(c, at + AT_MS(1), at + AT_MS(2));
    return c;
}

/* curl looks at its 118 s when the next request comes; who says nothing is not known to. */
static void times_that_are_looked_at_later_need_a_name(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_idle(t, AT_MS(0));
    trace_close(c, CLIENT, AT_MS(2) + AT_S(118));
    open_idle(t, AT_S(200));

    assert_cause(c, "client-close");
    g_assert_cmpuint(trace_ending(c)->timer_count, ==, 0);
}

/* A preference says what is too short for a timeout. */
static void pauses_that_are_too_short(void)
{
    hr_settings settings = hr_settings_default();
    g_autoptr(trace) any = trace_new_with(&settings);
    settings.timer_min_ns = AT_S(10);
    g_autoptr(trace) long_ones = trace_new_with(&settings);

    trace_connection *c = open_idle(any, AT_MS(0));
    trace_close(c, SERVER, AT_MS(2) + AT_S(5));
    assert_cause(c, "server-idle-timeout");

    c = open_idle(long_ones, AT_MS(0));
    trace_close(c, SERVER, AT_MS(2) + AT_S(5));
    assert_cause(c, "server-close");
}

/* When the next one was opened is not in the capture. */
static void opening_of_the_next_is_not_seen(void)
{
    for (int is_seen = 0; is_seen < 2; is_seen++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open(t, AT_MS(0));
        trace_request(c, AT_MS(1), .user_agent = HTTPX);
        trace_answer(c, AT_MS(2));
        trace_close(c, CLIENT, AT_MS(6502));
        trace_connection *next = is_seen ? trace_open(t, AT_MS(6503)) : trace_connect(t);
        trace_request(next, AT_MS(6504), .user_agent = HTTPX);
        trace_answer(next, AT_MS(6505));

        assert_cause(c, is_seen ? "client-idle-timeout" : "client-close");
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ending/expiry/server-sooner", server_is_sooner_than_the_next_request);
    g_test_add_func("/ending/next-use/not-if-unseen", opening_of_the_next_is_not_seen);
    g_test_add_func("/ending/408/idle", timeout_is_said);
    g_test_add_func("/ending/408/without-request", timeout_of_a_connection_without_request);
    g_test_add_func("/ending/408/answers-a-request", timeout_of_a_request);
    g_test_add_func("/ending/408/crossed", request_crosses_the_timeout);
    g_test_add_func("/ending/next-use/httpx", expires_as_the_next_request_comes);
    g_test_add_func("/ending/next-use/longer-kept", longer_idle_one_had_not_expired);
    g_test_add_func("/ending/next-use/unknown-client", unknown_client_expires_at_use);
    g_test_add_func("/ending/next-use/bounds", bounds_on_both_sides);
    g_test_add_func("/ending/next-use/not-if-longer-was-survived", longer_pause_was_survived);
    g_test_add_func("/ending/next-use/timers-of-nobody", timers_of_nobody);
    g_test_add_func("/ending/next-use/not-net-http", named_client_does_not_expire_at_use);
    g_test_add_func("/ending/next-use/not-below-its-default", shorter_than_its_default);
    g_test_add_func("/ending/next-use/not-later", next_request_comes_much_later);
    g_test_add_func("/ending/no-timer/unnamed", times_that_are_looked_at_later_need_a_name);
    g_test_add_func("/ending/no-timer/short", pauses_that_are_too_short);
    g_test_add_func("/ending/expiry/one-act", what_ends_beside_one_in_use_has_not_expired);
    return g_test_run();
}
