/* test_lookalikes.c
 * Ends that look alike, side by side: two traces that differ in one fact, and what it decides.
 * DESIGN section 5; in the clear and over TLS.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_tls.h"

#define GO "Go-http-client/1.1"

/* The same story over both kinds of connection. */
static trace_connection *open_by(trace *t, bool has_tls, int64_t at)
{
    return has_tls ? tls_open(t, at, .has_keys = true, .agrees = "http/1.1")
                   : trace_open_to(t, "10.0.0.80", 443, at);
}

/* A request at @at + 10 ms, and its answer 1 ms later. */
static trace_connection *open_and_use(trace *t, bool has_tls, int64_t at)
{
    trace_connection *c = open_by(t, has_tls, at);
    trace_request(c, at + AT_MS(10), .user_agent = GO);
    trace_answer(c, at + AT_MS(11));
    return c;
}

/* The client closes; over TLS it says so first, in the same segment as it were. */
static void close_by(trace_connection *c, bool has_tls, trace_side side, int64_t at)
{
    if (has_tls) {
        tls_close_notify(c, side, at);
    }
    trace_close(c, side, at);
}

static void both_ways(void (*story)(bool has_tls))
{
    story(false);
    story(true);
}

/* ---- an unread body, or ... ---- */

/* ... a pool that was full: siblings that stay, and more requests than they are. */
static void unread_or_pool_limit_by(bool has_tls)
{
    g_autoptr(trace) unread = trace_new();
    trace_connection *a = open_and_use(unread, has_tls, AT_MS(0));
    close_by(a, has_tls, CLIENT, AT_MS(12));
    open_and_use(unread, has_tls, AT_MS(500));

    g_autoptr(trace) full = trace_new();
    trace_connection *kept = open_by(full, has_tls, AT_MS(0));
    trace_connection *b = open_by(full, has_tls, AT_MS(0) + AT_MS(5));
    trace_request(kept, AT_MS(10), .user_agent = GO);
    trace_request(b, AT_MS(10), .user_agent = GO);
    trace_answer(kept, AT_MS(20));
    trace_answer(b, AT_MS(21));
    close_by(b, has_tls, CLIENT, AT_MS(22));
    trace_exchange(kept, AT_MS(500), AT_MS(501));

    assert_cause(a, "body-undrained");
    g_assert_cmpint(trace_ending(a)->form, ==, 'c');
    assert_cause(b, "pool-limit");
    g_assert_cmpuint(trace_ending(b)->limit, ==, 1);
}

static void unread_or_pool_limit(void)
{
    both_ways(unread_or_pool_limit_by);
}

/* ... a cancelled request: the first byte of the answer decides. */
static void unread_or_cancelled_by(bool has_tls)
{
    for (int has_begun = 0; has_begun < 2; has_begun++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = open_and_use(t, has_tls, AT_MS(0));
        trace_request(c, AT_MS(20), .user_agent = GO);
        if (has_begun && has_tls) {
            trace_begin_segment(c, SERVER, 0, 1400, AT_MS(30));
            hr_tls_data_seen(trace_model(t), c->model, c->index[SERVER], 1400, true);
            trace_end_segment(c);
        } else if (has_begun) {
            trace_data(c, SERVER, 1400, AT_MS(30));
        }
        close_by(c, has_tls, CLIENT, AT_MS(40));
        open_and_use(t, has_tls, AT_MS(500));

        assert_cause(c, has_begun ? "body-undrained" : "request-cancelled");
        assert_certainty(c, "likely");
        g_assert_cmpint(c->model->last_request->complete, ==,
                        has_begun ? HR_COMPLETE_NO : HR_COMPLETE_UNKNOWN);
    }
}

static void unread_or_cancelled(void)
{
    both_ways(unread_or_cancelled_by);
}

/* ... anything else: the kernel resets when unread bytes remain, a FIN tells nothing. */
static void unread_or_closed(void)
{
    for (int is_reset = 0; is_reset < 2; is_reset++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open(t, AT_MS(0));
        trace_request(c, AT_MS(10)); /* by a client that does not say its name */
        trace_answer(c, AT_MS(11), .body = 9000);
        if (is_reset) {
            trace_rst(c, CLIENT, AT_MS(12));
        } else {
            trace_close(c, CLIENT, AT_MS(12));
        }
        trace_connection *next = trace_open(t, AT_MS(500));
        trace_exchange(next, AT_MS(510), AT_MS(511));

        assert_cause(c, is_reset ? "body-undrained" : "client-close");
        g_assert_cmpuint(trace_found(t, HR_FINDING_CLOSED_AFTER_ANSWER), ==, is_reset ? 0 : 1);
    }
}

/* After the server's close_notify an RST by the client is no sign of unread bytes. */
static void reset_after_the_servers_alert(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_and_use(t, true, AT_MS(0));
    tls_close_notify(c, SERVER, AT_MS(12));
    trace_rst(c, CLIENT, AT_MS(13));
    open_and_use(t, true, AT_MS(500));

    assert_cause(c, "server-close");
    g_assert_cmpuint(trace_found(t, HR_FINDING_BODY_UNDRAINED), ==, 0);
}

/* ---- the server closes: a timer, a limit, or as announced ---- */

/* @count exchanges, one each millisecond from @at on; the last one says @connection. */
static void use_often(trace_connection *c, unsigned count, const char *connection, int64_t at)
{
    for (unsigned i = 0; i < count; i++) {
        trace_request(c, at + AT_MS(i));
        trace_answer(c, at + AT_MS(i), .connection = i + 1 == count ? connection : NULL);
    }
}

static void timer_or_limit_or_announced_by(bool has_tls)
{
    static const struct {
        unsigned requests;
        const char *connection;
        int64_t after;
        const char *cause;
    } rows[] = {
        {100, NULL, AT_US(500), "request-limit"},
        {100, "close", AT_US(500), "request-limit"},
        {100, NULL, AT_S(5), "server-idle-timeout"},
        {99, NULL, AT_US(500), "server-close"},
        {99, NULL, AT_S(5), "server-idle-timeout"},
        {99, "close", AT_US(500), "server-close-header"},
        {99, "close", AT_S(5), "server-close-header"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = open_by(t, has_tls, AT_MS(0));
        use_often(c, rows[i].requests, rows[i].connection, AT_MS(10));
        const int64_t idle = AT_MS(10) + AT_MS(rows[i].requests - 1);
        close_by(c, has_tls, SERVER, idle + rows[i].after);

        assert_cause(c, rows[i].cause);
        assert_closed_by(c, "server");
    }
}

static void timer_or_limit_or_announced(void)
{
    both_ways(timer_or_limit_or_announced_by);
}

/* ---- whose timer ---- */

/* 60 s is a server's (Tomcat) and a client's (nginx upstream): who closes first had it. */
static void timer_of_server_or_client_by(bool has_tls)
{
    for (int side = CLIENT; side <= SERVER; side++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = open_and_use(t, has_tls, AT_MS(0));
        close_by(c, has_tls, (trace_side)side, AT_MS(12) + AT_S(60));
        open_and_use(t, has_tls, AT_S(70));

        assert_cause(c, side == CLIENT ? "client-idle-timeout" : "server-idle-timeout");
        assert_closed_by(c, side == CLIENT ? "client" : "server");
        assert_certainty(c, "likely");
    }
}

static void timer_of_server_or_client(void)
{
    both_ways(timer_of_server_or_client_by);
}

/* ---- a stale reuse: three ways it shows ---- */

static void stale_by_fin_reset_or_silence_by(bool has_tls)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *fin = open_and_use(t, has_tls, AT_MS(0));
    trace_connection *reset = open_and_use(t, has_tls, AT_MS(100));
    trace_connection *silent = open_and_use(t, has_tls, AT_MS(200));
    trace_fin(fin, SERVER, AT_S(5));
    trace_request(fin, AT_S(5));
    trace_request(reset, AT_S(5));
    trace_segment(reset, SERVER, HR_TCP_RST, reset->next[SERVER], 0, 0, AT_S(5));
    trace_request(silent, AT_S(5));
    trace_ack(silent, SERVER, AT_S(5));
    trace_fin(silent, SERVER, AT_S(6));

    assert_cause(fin, "stale-race");
    assert_certainty(fin, "certain");
    assert_cause(reset, "stale-race");
    assert_certainty(reset, "certain");
    assert_cause(silent, "request-aborted"); /* the server may have processed it */
    g_assert_cmpuint(trace_found(t, HR_FINDING_STALE_REUSE), ==, 2);
}

static void stale_by_fin_reset_or_silence(void)
{
    both_ways(stale_by_fin_reset_or_silence_by);
}

/* One byte of an answer, or a first request: then it is none. */
static void stale_or_broken_off(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *begun = open_and_use(t, false, AT_MS(0));
    trace_connection *first = open_by(t, false, AT_MS(100));
    trace_request(begun, AT_S(5));
    trace_data(begun, SERVER, 1, AT_S(5));
    trace_rst(begun, SERVER, AT_S(5));
    trace_request(first, AT_S(6));
    trace_rst(first, SERVER, AT_S(6));

    assert_cause(begun, "server-close");
    assert_cause(first, "request-aborted");
    g_assert_cmpuint(trace_found(t, HR_FINDING_STALE_REUSE), ==, 0);
}

/* ---- the end of the program ---- */

/* Whether the client returns decides, also with a request outstanding. */
static void exit_or_cancelled_by(bool has_tls)
{
    for (int returns = 0; returns < 2; returns++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = open_and_use(t, has_tls, AT_MS(0));
        trace_request(c, AT_MS(600));
        close_by(c, has_tls, CLIENT, AT_MS(900));
        if (returns) {
            open_and_use(t, has_tls, AT_S(2));
        }

        assert_cause(c, returns ? "request-cancelled" : "client-exit");
    }
}

static void exit_or_cancelled(void)
{
    both_ways(exit_or_cancelled_by);
}

static void exit_or_timer_by(bool has_tls)
{
    for (int is_90_s = 0; is_90_s < 2; is_90_s++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = open_and_use(t, has_tls, AT_MS(0));
        close_by(c, has_tls, CLIENT, AT_MS(12) + AT_S(is_90_s ? 90 : 89));

        /* Go's IdleConnTimeout, and User-Agent names Go */
        assert_cause(c, is_90_s ? "client-idle-timeout" : "client-exit");
    }
}

static void exit_or_timer(void)
{
    both_ways(exit_or_timer_by);
}

/* Right after its only answer a lone connection tells nothing; two at once do. */
static void exit_or_closed(void)
{
    for (int has_sibling = 0; has_sibling < 2; has_sibling++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *other = has_sibling ? trace_open_to(t, "10.0.0.81", 80, AT_MS(0)) : NULL;
        if (other != NULL) {
            trace_exchange(other, AT_MS(1), AT_MS(2));
        }
        trace_connection *c = open_and_use(t, false, AT_MS(10));
        trace_close(c, CLIENT, AT_MS(22));
        if (other != NULL) {
            trace_close(other, CLIENT, AT_MS(23));
        }

        assert_cause(c, has_sibling ? "client-exit" : "client-close");
    }
}

/* ---- a race of handshakes | preconnects to two names of one address ---- */

static trace_connection *preconnected(trace *t, const char *sni)
{
    trace_connection *used =
        tls_open(t, AT_MS(0), .sni = "a.example", .has_keys = true, .agrees = "http/1.1");
    trace_connection *other =
        tls_open(t, AT_MS(4), .sni = sni, .has_keys = true, .agrees = "http/1.1");
    trace_request(used, AT_MS(10));
    trace_answer(used, AT_MS(20));
    close_by(other, true, CLIENT, AT_S(10));
    return other;
}

static void race_or_another_name(void)
{
    g_autoptr(trace) race = trace_new();
    preconnected(race, "a.example");
    g_assert_cmpuint(trace_found(race, HR_FINDING_HANDSHAKE_RACE), ==, 1);

    g_autoptr(trace) other = trace_new();
    preconnected(other, "b.example");
    g_assert_cmpuint(trace_found(other, HR_FINDING_HANDSHAKE_RACE), ==, 0);
}

/* ---- an idle connection | one that streams its answer, neither of which can be read ---- */

static trace_connection *beside_unreadable(trace *t, bool is_streaming)
{
    trace_connection *one = tls_open(t, AT_MS(0), .offers = "http/1.1");
    tls_data(one, CLIENT, 400, AT_MS(10));
    int64_t at = AT_MS(20);
    for (int i = 0; i < 20; i++, at += AT_MS(100)) {
        tls_data(one, SERVER, 80, at);
    }
    trace_connection *two = tls_open(t, at - AT_MS(40), .offers = "http/1.1");
    tls_data(two, CLIENT, 400, at - AT_MS(30));
    if (is_streaming) {
        tls_data(one, SERVER, 80, at);
    }
    tls_data(two, SERVER, 80, at + AT_MS(10));
    return two;
}

static void idle_or_streaming(void)
{
    g_autoptr(trace) idle = trace_new();
    g_assert_cmpint(trace_opening(beside_unreadable(idle, false))->why, ==, HR_WHY_IDLE_AVAILABLE);

    g_autoptr(trace) busy = trace_new();
    g_assert_cmpint(trace_opening(beside_unreadable(busy, true))->why, !=, HR_WHY_IDLE_AVAILABLE);
}

/* ---- an announced timeout, a second later as Node.js has it | two seconds later ---- */

static void announced_or_another_timeout(void)
{
    for (int late = 0; late <= 2; late++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open(t, AT_MS(0));
        trace_request(c, AT_MS(10));
        trace_answer(c, AT_MS(11), .keep_alive = "timeout=17");
        trace_close(c, SERVER, AT_S(17 + late) + AT_MS(12));

        g_assert_cmpint(trace_ending(c)->is_timer_announced, ==, late < 2);
    }
}

/* ---- a server's close | a reset out of long silence, perhaps by a device on the way ---- */

static void server_or_device(void)
{
    for (int is_reset = 0; is_reset < 2; is_reset++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open(t, AT_MS(0));
        trace_exchange(c, AT_MS(10), AT_MS(11));
        if (is_reset) {
            trace_rst(c, SERVER, AT_S(221));
        } else {
            trace_close(c, SERVER, AT_S(221));
        }

        assert_cause(c, "server-close");
        assert_certainty(c, is_reset ? "likely" : "certain");
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/lookalikes/unread/pool-limit", unread_or_pool_limit);
    g_test_add_func("/lookalikes/unread/cancelled", unread_or_cancelled);
    g_test_add_func("/lookalikes/unread/closed", unread_or_closed);
    g_test_add_func("/lookalikes/unread/alert", reset_after_the_servers_alert);
    g_test_add_func("/lookalikes/server/timer-limit-announced", timer_or_limit_or_announced);
    g_test_add_func("/lookalikes/timer/side", timer_of_server_or_client);
    g_test_add_func("/lookalikes/stale/fin-reset-silence", stale_by_fin_reset_or_silence);
    g_test_add_func("/lookalikes/stale/broken-off", stale_or_broken_off);
    g_test_add_func("/lookalikes/exit/cancelled", exit_or_cancelled);
    g_test_add_func("/lookalikes/exit/timer", exit_or_timer);
    g_test_add_func("/lookalikes/exit/closed", exit_or_closed);
    g_test_add_func("/lookalikes/race-or-another-name", race_or_another_name);
    g_test_add_func("/lookalikes/idle-or-streaming", idle_or_streaming);
    g_test_add_func("/lookalikes/timer/announced", announced_or_another_timeout);
    g_test_add_func("/lookalikes/server/device", server_or_device);
    return g_test_run();
}
