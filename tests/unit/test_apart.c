/* test_apart.c
 * Each host captured what it sent, and their clocks differ: what one side sent stands behind what
 * acknowledges it. And what only looks like that.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_tls.h"

/* The server's clock is @late behind: its SYN/ACK comes so long after the client's ACK, and the
 * answer after the client's ACK of it. */
static trace_connection *with_late_server(trace *t, int64_t at, int64_t late)
{
    trace_connection *c = trace_connect(t);
    trace_syn(c, at);
    trace_ack(c, CLIENT, at + AT_US(100));
    trace_syn_ack(c, at + AT_US(100) + late);
    trace_request(c, at + AT_MS(500));
    trace_lose(c, SERVER, TRACE_ANSWER);
    trace_ack(c, CLIENT, at + AT_MS(501));
    c->next[SERVER] -= TRACE_ANSWER;
    trace_answer(c, at + AT_MS(501) + late);
    return c;
}

/* What lies further apart than the clocks stands. */
static void a_rest_that_is_longer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *rested = with_late_server(t, AT_S(7), AT_MS(3));
    trace_ack(rested, CLIENT, AT_S(8));
    trace_close(rested, CLIENT, AT_S(9));
    trace_exchange(trace_open(t, AT_S(12)), AT_S(12) + AT_MS(1), AT_S(12) + AT_MS(2));

    assert_cause(rested, "client-close");
    g_assert_cmpint(trace_ending(rested)->after_idle_ns, !=, HR_TIME_NONE);
    g_assert_cmpuint(trace_totals(t)->apart, ==, 1);
    g_assert_true(trace_totals(t)->most_apart == rested->model);
    g_assert_cmpint(trace_totals(t)->apart_ns, ==, AT_MS(3));
}

/* ---- ends ---- */

static bool is_late; /* the server's clock is behind, and the SYN/ACK shows it */

/* What @tell does on a connection of hosts whose clocks differ, or do not. */
static void assert_told(void (*tell)(trace_connection *c, int64_t at), uint16_t port,
                        const char *in_order, const char *apart)
{
    for (int k = 0; k < 2; k++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_connect_between(t, "10.0.0.1", 0, "10.0.0.80", port);
        is_late = k == 1;
        tell(c, AT_S(10));
        trace_exchange(trace_open(t, AT_S(20)), AT_S(20) + AT_MS(1), AT_S(20) + AT_MS(2));
        assert_cause(c, is_late ? apart : in_order);
    }
}

static void open_in_either_order(trace_connection *c, int64_t at)
{
    trace_syn(c, at);
    if (is_late) {
        trace_ack(c, CLIENT, at + AT_US(100));
        trace_syn_ack(c, at + AT_US(100) + AT_MS(3));
    } else {
        trace_syn_ack(c, at + AT_US(100));
        trace_ack(c, CLIENT, at + AT_US(200));
    }
}

static void open_with_one_exchange(trace_connection *c, int64_t at)
{
    open_in_either_order(c, at);
    trace_exchange(c, at + AT_MS(11), at + AT_MS(12));
    trace_ack(c, CLIENT, at + AT_MS(12));
}

static void ask_after_close(trace_connection *c, int64_t at)
{
    open_with_one_exchange(c, at);
    trace_fin(c, SERVER, at + AT_S(1));
    trace_request(c, at + AT_S(1) + AT_MS(1));
    trace_rst(c, SERVER, at + AT_S(1) + AT_MS(2));
}

static void ask_long_after_nothing(trace_connection *c, int64_t at)
{
    open_with_one_exchange(c, at);
    trace_request(c, at + AT_S(1));
    trace_rst(c, CLIENT, at + AT_S(2));
}

static void cross_fins_at(trace_connection *c, int64_t at)
{
    const uint32_t seq = c->next[CLIENT];

    trace_fin(c, CLIENT, at);
    trace_segment(c, SERVER, HR_TCP_FIN | HR_TCP_ACK, c->next[SERVER], seq, 0, at + AT_MS(1));
}

static void cross_fins(trace_connection *c, int64_t at)
{
    open_with_one_exchange(c, at);
    cross_fins_at(c, at + AT_S(1));
}

/* Apart all that the client sent, its close too, stands before all that the server did; else the
 * answer never comes. */
static void close_before_answer(trace_connection *c, int64_t at)
{
    const uint32_t seq = c->next[SERVER];

    trace_syn(c, at);
    if (!is_late) {
        trace_syn_ack(c, at + AT_US(10));
    }
    trace_ack(c, CLIENT, at + AT_US(30));
    trace_request(c, at + AT_US(300));
    trace_segment(c, CLIENT, HR_TCP_FIN | HR_TCP_ACK, c->next[CLIENT],
                  is_late ? seq + TRACE_ANSWER : c->received[CLIENT], 0, at + AT_US(600));
    c->next[CLIENT]++;
    if (is_late) {
        trace_syn_ack(c, at + AT_MS(2));
        trace_answer(c, at + AT_MS(2) + AT_US(100));
    }
    trace_fin(c, SERVER, at + AT_MS(2) + AT_US(200));
}

/* ---- ... of TLS, whose records nobody reads ---- */

static void open_tls_with_one_exchange(trace_connection *c, int64_t at)
{
    const tls_kind how = {.port = 443};

    open_in_either_order(c, at);
    tls_handshake(c, at + AT_MS(11), &how);
    tls_hidden_exchange(c, at + AT_MS(500), at + AT_MS(501));
    trace_ack(c, CLIENT, at + AT_MS(501));
}

static void ask_after_close_of_tls(trace_connection *c, int64_t at)
{
    open_tls_with_one_exchange(c, at);
    trace_fin(c, SERVER, at + AT_S(1));
    tls_data(c, CLIENT, 200, at + AT_S(1) + AT_MS(1));
    trace_rst(c, SERVER, at + AT_S(1) + AT_MS(2));
}

static void cross_fins_of_tls(trace_connection *c, int64_t at)
{
    open_tls_with_one_exchange(c, at);
    cross_fins_at(c, at + AT_S(1));
}

/* What the client says last reads like an alert in place of its Finished. */
static void shake_hands_apart(trace_connection *c, int64_t at)
{
    const tls_kind how = {.is_12 = true, .agrees = "http/1.1"};
    const uint32_t seq = c->next[SERVER];

    trace_syn(c, at);
    if (!is_late) {
        trace_syn_ack(c, at + AT_US(20));
    }
    trace_ack(c, CLIENT, at + AT_US(30));
    tls_client_hello(c, at + AT_US(400), &how);
    tls_client_finished(c, at + AT_MS(1), &how);
    tls_hidden_alert_12(c, CLIENT, at + AT_MS(2));
    trace_segment(c, CLIENT, HR_TCP_FIN | HR_TCP_ACK, c->next[CLIENT], seq + (is_late ? 700 : 0), 0,
                  at + AT_MS(2));
    c->next[CLIENT]++;
    if (is_late) {
        trace_syn_ack(c, at + AT_MS(4));
    }
    tls_server_hello(c, at + AT_MS(5), &how);
    trace_segment(c, SERVER, HR_TCP_FIN | HR_TCP_ACK, c->next[SERVER], c->next[CLIENT], 0,
                  at + AT_MS(6));
}

/* What the client sent before the ServerHello nobody could read, nor then what the server says: that
 * reads like an alert. */
static void misread_an_alert(trace_connection *c, int64_t at)
{
    const tls_kind how = {.is_12 = true, .agrees = "h2"};

    trace_syn(c, at);
    if (is_late) {
        trace_ack(c, CLIENT, at + AT_US(30));
        tls_client_hello(c, at + AT_US(400), &how);
        trace_data(c, CLIENT, 600, at + AT_MS(1));
        trace_fin(c, CLIENT, at + AT_MS(3));
        trace_syn_ack(c, at + AT_MS(5));
    } else {
        trace_syn_ack(c, at + AT_US(20));
        trace_ack(c, CLIENT, at + AT_US(30));
        tls_client_hello(c, at + AT_US(400), &how);
    }
    tls_server_hello(c, at + AT_MS(6), &how);
    tls_alert(c, SERVER, TLS_ALERT_HANDSHAKE_FAILURE, at + AT_MS(7));
    trace_fin(c, SERVER, at + AT_MS(8));
}

/* Nobody can read what is asked and answered: a close @rest after that. */
static void close_after_hidden(trace_connection *c, int64_t at, int64_t rest)
{
    const tls_kind how = {.agrees = "http/1.1"};

    open_in_either_order(c, at);
    tls_handshake(c, at + AT_MS(50), &how);
    tls_hidden_exchange(c, at + AT_S(1), at + AT_S(1) + AT_MS(1));
    trace_close(c, CLIENT, at + AT_S(1) + AT_MS(1) + rest);
}

static void close_soon_after_hidden(trace_connection *c, int64_t at)
{
    close_after_hidden(c, at, AT_MS(2));
}

static void close_long_after_hidden(trace_connection *c, int64_t at)
{
    close_after_hidden(c, at, AT_MS(500));
}

static void ends_by_such_clocks(void)
{
    assert_told(close_before_answer, 80, "request-cancelled", "unknown");
    assert_told(close_soon_after_hidden, 443, "client-close", "unknown");
    assert_told(close_long_after_hidden, 443, "client-close", "client-close");
    assert_told(ask_after_close, 80, "stale-race", "unknown");
    assert_told(ask_long_after_nothing, 80, "request-cancelled", "request-cancelled");
    assert_told(cross_fins, 80, "client-close", "unknown");
    assert_told(ask_after_close_of_tls, 443, "server-close", "unknown");
    assert_told(cross_fins_of_tls, 443, "client-close", "unknown");
    assert_told(shake_hands_apart, 443, "setup-failed", "unknown");
    assert_told(misread_an_alert, 443, "setup-failed", "unknown");
}

/* ---- openings ---- */

/* @answer_at: after the SYN of the next connection, by the server's clock. */
static hr_why opened_before_an_answer(bool is_server_late, int64_t answer_at)
{
    g_autoptr(trace) t = trace_new();
    is_late = is_server_late;
    trace_connection *c = trace_connect(t);
    open_in_either_order(c, AT_S(1));
    trace_request(c, AT_S(2));
    trace_connection *next = trace_open(t, AT_S(2) + AT_MS(20));
    trace_answer(c, AT_S(2) + AT_MS(20) + answer_at);
    trace_exchange(next, AT_S(3), AT_S(3) + AT_MS(1));

    trace_analysis(t);
    return trace_opening(next)->why;
}

/* By its own clock its client had that answer, perhaps. */
static void openings_by_such_clocks(void)
{
    const hr_why in_order = opened_before_an_answer(false, AT_US(2500));
    const hr_why near = opened_before_an_answer(true, AT_US(2500));
    const hr_why far = opened_before_an_answer(true, AT_MS(20));

    g_assert_cmpint(in_order, ==, HR_WHY_ALL_BUSY);
    g_assert_cmpint(near, ==, HR_WHY_NONE);
    g_assert_cmpint(far, ==, HR_WHY_ALL_BUSY);
}

typedef enum {
    BY_SERVER,
    BY_CLIENT
} by_whom;

/* What rested is closed @close_at after the SYN of the next connection, by the clock of who closes;
 * the first request there goes at @ask_at. */
static hr_why opened_and_asked_around_a_close(bool is_server_late, by_whom closer, int64_t ask_at,
                                              int64_t close_at)
{
    g_autoptr(trace) t = trace_new();
    is_late = is_server_late;
    trace_connection *c = trace_connect(t);
    open_with_one_exchange(c, AT_S(1));
    trace_connection *next = trace_open(t, AT_S(5));
    trace_request(next, AT_S(5) + ask_at);
    trace_fin(c, closer == BY_SERVER ? SERVER : CLIENT, AT_S(5) + close_at);
    trace_answer(next, AT_S(6));

    return trace_opening(next)->why;
}

static hr_why opened_around_a_close(bool is_server_late, by_whom closer, int64_t close_at)
{
    return opened_and_asked_around_a_close(is_server_late, closer, AT_US(400), close_at);
}

/* By the client's clock the server had closed it, perhaps. What the client closes itself it still had. */
static void openings_around_a_close(void)
{
    g_assert_cmpint(opened_around_a_close(false, BY_SERVER, AT_US(2500)), ==,
                    HR_WHY_IDLE_AVAILABLE);
    g_assert_cmpint(opened_around_a_close(true, BY_SERVER, AT_US(2500)), ==, HR_WHY_NONE);
    g_assert_cmpint(opened_around_a_close(true, BY_SERVER, AT_MS(20)), ==, HR_WHY_IDLE_AVAILABLE);
    g_assert_cmpint(opened_around_a_close(true, BY_CLIENT, AT_US(2500)), ==, HR_WHY_IDLE_AVAILABLE);
}

/* ... or by the time that it asked: it waited for a name, or a lock, on the new connection. */
static void requests_around_a_close(void)
{
    const int64_t ask_at = AT_MS(200);
    const int64_t near_at = AT_US(202500);

    const hr_why ordered = opened_and_asked_around_a_close(false, BY_SERVER, ask_at, near_at);
    const hr_why near = opened_and_asked_around_a_close(true, BY_SERVER, ask_at, near_at);
    const hr_why later = opened_and_asked_around_a_close(true, BY_SERVER, ask_at, AT_MS(220));

    g_assert_cmpint(ordered, ==, HR_WHY_IDLE_AVAILABLE);
    g_assert_cmpint(near, ==, HR_WHY_NONE);
    g_assert_cmpint(later, ==, HR_WHY_IDLE_AVAILABLE);
}

/* Other hosts' clocks differ, and not those of these: an answer in the very moment of the SYN. */
static void clocks_of_other_hosts(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *late = trace_connect_between(t, "10.0.0.1", 0, "10.0.0.99", 80);
    is_late = true;
    open_in_either_order(late, AT_S(1));
    trace_connection *c = trace_open(t, AT_S(2));
    trace_request(c, AT_S(3));
    trace_connection *next = trace_connect(t);
    trace_syn(next, AT_S(3) + AT_MS(20));
    trace_answer(c, AT_S(3) + AT_MS(20) + AT_US(100));
    trace_syn_ack(next, AT_S(3) + AT_MS(20) + AT_US(150));
    trace_ack(next, CLIENT, AT_S(3) + AT_MS(20) + AT_US(200));
    trace_exchange(next, AT_S(4), AT_S(4) + AT_MS(1));

    assert_opened(next, "all-busy", c);
}

/* The client closed it before it opened another, by one clock: whenever its answer had come. */
static void opening_after_an_own_close(void)
{
    g_autoptr(trace) t = trace_new();
    is_late = true;
    trace_connection *c = trace_connect(t);
    open_in_either_order(c, AT_S(1));
    trace_request(c, AT_S(2));
    trace_answer(c, AT_S(2) + AT_MS(10));
    trace_close(c, CLIENT, AT_S(2) + AT_MS(11));
    trace_connection *next = trace_open(t, AT_S(2) + AT_MS(12));
    trace_exchange(next, AT_S(3), AT_S(3) + AT_MS(1));

    assert_opened(next, "previous-closed", c);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/apart/ends", ends_by_such_clocks);
    g_test_add_func("/apart/rest", a_rest_that_is_longer);
    g_test_add_func("/apart/openings", openings_by_such_clocks);
    g_test_add_func("/apart/openings/close", openings_around_a_close);
    g_test_add_func("/apart/openings/close/request", requests_around_a_close);
    g_test_add_func("/apart/openings/other-hosts", clocks_of_other_hosts);
    g_test_add_func("/apart/openings/own-close", opening_after_an_own_close);

    return g_test_run();
}
