/* test_ending_idle.c
 * Idle times that look like a timeout: whose they are, from when they count, which program closed
 * after them before, and what else was so. DESIGN section 5, server-idle-timeout and
 * client-idle-timeout.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

#define GO "Go-http-client/1.1"
#define LIBRARY "python-requests/2.31"

/* A timeout that is in no table. */
#define UNTOLD AT_S(7)

/* The client goes on elsewhere. */
static void go_on(trace *t, int64_t at)
{
    trace_exchange(trace_open_to(t, "10.0.0.99", 80, at), at + AT_MS(1), at + AT_MS(2));
}

/* ---- from when it counts ---- */

/* Captured at the server, which is @way away from its client and back; its answer comes at @at. */
static trace_connection *answered_over(trace *t, int64_t way, int64_t at)
{
    trace_connection *c = trace_connect(t);

    trace_syn(c, at - AT_S(1));
    trace_syn_ack(c, at - AT_S(1));
    trace_ack(c, CLIENT, at - AT_S(1) + way);
    trace_exchange(c, at - AT_MS(1), at);
    trace_ack(c, CLIENT, at + way);
    return c;
}

/* A server's timeout counts from its own answer, a client's from what it had read: the other's times
 * differ by the way, which is longer once. */
static void each_side_counts_from_what_it_did(void)
{
    static const struct {
        trace_side by, from;
        const char *cause;
    } rows[] = {
        {SERVER, SERVER, "server-idle-timeout"},
        {SERVER, CLIENT, "server-close"},
        {CLIENT, CLIENT, "client-idle-timeout"},
        {CLIENT, SERVER, "client-close"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(trace) t = trace_new();
        const int64_t way[] = {AT_MS(100), AT_MS(400)};
        trace_connection *c[2];
        for (int k = 0; k < 2; k++) {
            const int64_t at = AT_S(2 + 20 * k);
            c[k] = answered_over(t, way[k], at);
            trace_close(c[k], rows[i].by, at + UNTOLD + (rows[i].from == CLIENT ? way[k] : 0));
        }
        go_on(t, AT_S(60));

        assert_cause(c[1], rows[i].cause);
    }
}

/* ---- whose it is ---- */

static trace_connection *idle_since(trace *t, const char *user_agent, int64_t at)
{
    trace_connection *c = trace_open(t, at - AT_MS(10));

    trace_request(c, at - AT_MS(1), .user_agent = user_agent);
    trace_answer(c, at);
    return c;
}

/* Two programs at one address. What a server does to both is its timeout; what each of them did once
 * is no timeout of either. */
static void equal_ends_of_two_programs(void)
{
    static const struct {
        trace_side by;
        const char *other, *cause;
    } rows[] = {
        {SERVER, GO, "server-idle-timeout"},
        {CLIENT, GO, "client-close"},
        {CLIENT, LIBRARY, "client-idle-timeout"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *one = idle_since(t, LIBRARY, AT_S(1));
        trace_close(one, rows[i].by, AT_S(1) + UNTOLD);
        trace_connection *other = idle_since(t, rows[i].other, AT_S(20));
        trace_close(other, rows[i].by, AT_S(20) + UNTOLD);
        go_on(t, AT_S(60));

        assert_cause(one, rows[i].cause);
        assert_cause(other, rows[i].cause);
    }
}

/* By a clock that ticks so slowly they may differ by a few per cent. */
static void equal_by_a_slow_clock(void)
{
    g_autoptr(trace) t = trace_new();
    trace_ticks(t, AT_MS(50));
    trace_connection *c[2];
    for (int i = 0; i < 2; i++) {
        c[i] = idle_since(t, LIBRARY, AT_S(1 + 20 * i));
        trace_close(c[i], SERVER, AT_S(1 + 20 * i) + UNTOLD);
    }
    go_on(t, AT_S(60));

    assert_cause(c[0], "server-close");
}

/* ---- what is announced ---- */

static trace_connection *told(trace *t, const char *keep_alive)
{
    trace_connection *c = trace_open(t, AT_MS(0));

    trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .keep_alive = keep_alive);
    return c;
}

/* An announced 0 is no time, and a second more is none that was announced. */
static void closed_a_second_later(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = told(t, "timeout=0");
    trace_close(c, SERVER, AT_MS(1012));
    go_on(t, AT_S(60));

    assert_cause(c, "server-close");
    g_assert_false(trace_ending(c)->is_timer_announced);
}

/* Some clients heed what their server announces: then it is their timeout, and not one of who said it. */
static void client_closes_as_announced_of_the_server(void)
{
    for (int is_server = 0; is_server < 2; is_server++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = told(t, "timeout=7");
        trace_close(c, is_server ? SERVER : CLIENT, AT_MS(2) + AT_S(7));
        go_on(t, AT_S(60));

        assert_cause(c, is_server ? "server-idle-timeout" : "client-idle-timeout");
        g_assert_cmpint(trace_ending(c)->is_timer_announced, ==, is_server);
    }
}

/* A request comes just as that time is over. The server's kernel takes it, its program had closed. */
static void asked_as_the_announced_time_is_over(void)
{
    for (int is_told = 0; is_told < 2; is_told++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = told(t, is_told ? "timeout=7" : NULL);
        trace_request(c, AT_MS(2) + AT_S(7));
        trace_fin(c, SERVER, AT_MS(3) + AT_S(7));
        trace_fin(c, CLIENT, AT_MS(4) + AT_S(7));
        go_on(t, AT_S(60));

        assert_cause(c, is_told ? "stale-race" : "request-aborted");
    }
}

/* A 408 that answers nothing, on what is open to the end of the capture. */
static void timeout_said_and_not_ended(void)
{
    for (int is_ended = 0; is_ended < 2; is_ended++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open(t, AT_MS(0));
        trace_exchange(c, AT_MS(1), AT_MS(2));
        trace_answer(c, AT_S(20), .code = 408, .connection = "close");
        if (is_ended) {
            trace_close(c, SERVER, AT_S(20) + AT_MS(1));
        }
        go_on(t, AT_S(60));

        assert_cause(c, is_ended ? "server-idle-timeout" : "open-at-end");
    }
}

/* It waited for a request in vain, or for none: then it turned its client away. The way to a capture
 * at the client is no waiting. */
static void timeout_said_at_once(void)
{
    for (int is_far = 0; is_far < 2; is_far++) {
        const int64_t way_ns = is_far ? AT_MS(400) : 0;
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_connect(t);
        trace_syn(c, AT_MS(0));
        trace_syn_ack(c, AT_MS(1) + way_ns);
        trace_ack(c, CLIENT, AT_MS(2) + way_ns);
        trace_answer(c, AT_MS(10) + 2 * way_ns, .code = 408, .connection = "close");
        trace_close(c, SERVER, AT_MS(11) + 2 * way_ns);
        trace_connection *waits = trace_open(t, AT_S(2));
        trace_answer(waits, AT_S(2) + AT_MS(110), .code = 408, .connection = "close");
        trace_close(waits, SERVER, AT_S(2) + AT_MS(111));
        go_on(t, AT_S(60));

        assert_cause(c, "server-error-close");
        assert_cause(waits, "server-idle-timeout");
    }
}

/* ---- a client's ---- */

/* Go's 90 s are over, and by chance the program dials again just then: it looks by a timer, and not
 * as the next request comes. */
static void next_dial_as_its_timer_ends(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = idle_since(t, GO, AT_S(1));
    trace_close(c, CLIENT, AT_S(91) + AT_MS(1));
    trace_connection *next = trace_open(t, AT_S(91) + AT_MS(5));
    trace_request(next, AT_S(91) + AT_MS(6), .user_agent = GO);
    trace_answer(next, AT_S(91) + AT_MS(7));
    go_on(t, AT_S(200));

    assert_cause(c, "client-idle-timeout");
    g_assert_false(trace_ending(c)->is_at_next_use);
}

/* A HEAD, and its connection is closed after Go's 90 s. Where another one of the program was used
 * again it has a pool; else it may have waited for a body that does not come. */
static void closed_after_a_head(void)
{
    for (int is_reused = 0; is_reused < 2; is_reused++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *other = idle_since(t, GO, AT_S(1));
        if (is_reused) {
            trace_request(other, AT_S(2), .user_agent = GO);
            trace_answer(other, AT_S(2) + AT_MS(1));
        }
        trace_connection *c = trace_open(t, AT_S(3));
        trace_request(c, AT_S(4), .method = "HEAD", .user_agent = GO);
        trace_answer(c, AT_S(5), .body = 5000, .is_header_only = true);
        trace_close(c, CLIENT, AT_S(95) + AT_MS(1));
        go_on(t, AT_S(200));

        assert_cause(c, is_reused ? "client-idle-timeout" : "client-close");
    }
}

/* ---- unheard ---- */

/* Only what the client sends is captured: that nobody acknowledges it says nothing. */
static trace_connection *send_again(trace *t, bool is_request)
{
    trace_connection *c = trace_connect(t);
    trace_syn(c, AT_MS(0));
    trace_ack(c, CLIENT, AT_MS(1));
    trace_request(c, AT_MS(2));
    trace_lose(c, SERVER, 420);
    trace_ack(c, CLIENT, AT_MS(10));
    if (is_request) {
        trace_request(c, AT_S(50));
    } else {
        trace_data(c, CLIENT, 30, AT_S(50)); /* what nobody can read */
    }
    for (int i = 1; i <= 3; i++) {
        trace_resend(c, CLIENT, AT_S(50 + i));
    }
    go_on(t, AT_S(90));
    return c;
}

static void sent_again_in_a_capture_of_one_direction(void)
{
    for (int is_request = 0; is_request < 2; is_request++) {
        g_autoptr(trace) t = trace_new();
        assert_cause(send_again(t, is_request), "open-at-end");
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define T(path, function) g_test_add_func("/ending/idle/" path, function)
    T("side", each_side_counts_from_what_it_did);
    T("programs", equal_ends_of_two_programs);
    T("slow-clock", equal_by_a_slow_clock);
    T("nothing-announced", closed_a_second_later);
    T("announced", client_closes_as_announced_of_the_server);
    T("asked-then", asked_as_the_announced_time_is_over);
    T("said-not-ended", timeout_said_and_not_ended);
    T("said-at-once", timeout_said_at_once);
    T("next-dial", next_dial_as_its_timer_ends);
    T("head", closed_after_a_head);
    T("one-way", sent_again_in_a_capture_of_one_direction);
    return g_test_run();
}
