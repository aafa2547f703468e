/* test_ending_first.c
 * Who closed first, where the order of the capture is not that of the network: a FIN that is
 * missing or late, a reset instead of it, bytes that nobody could read, a 408. And whether an
 * answer was over then. RFC 9293 section 3.6, RFC 9110 section 15.5.9.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_tls.h"

static void assert_first(const trace_connection *c, hr_side side)
{
    g_assert_cmpint(trace_ending(c)->first_closer, ==, side);
}

static trace_connection *open_idle(trace *t)
{
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    return c;
}

/* ---- TCP ---- */

/* The client's FIN was captured before the server's last bytes and FIN, which it acknowledges. */
static void fin_that_acknowledges_a_later_one(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_idle(t);
    trace_segment(c, CLIENT, HR_TCP_FIN | HR_TCP_ACK, c->next[CLIENT], c->next[SERVER] + 100 + 1, 0,
                  AT_MS(10));
    trace_segment(c, SERVER, HR_TCP_FIN | HR_TCP_ACK, c->next[SERVER], c->next[CLIENT], 100,
                  AT_MS(11));

    assert_first(c, HR_SIDE_SERVER);
    assert_time_wait(c, "server");
}

/* Neither acknowledges the other: the captured order is all there is. */
static void fins_that_cross(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_idle(t);
    trace_segment(c, CLIENT, HR_TCP_FIN | HR_TCP_ACK, c->next[CLIENT], c->next[SERVER], 0,
                  AT_MS(10));
    trace_segment(c, SERVER, HR_TCP_FIN | HR_TCP_ACK, c->next[SERVER], c->next[CLIENT], 0,
                  AT_MS(11));

    assert_first(c, HR_SIDE_CLIENT);
    assert_time_wait(c, "both");
}

/* The reset acknowledges a FIN that is not in the capture. */
static void reset_that_proves_a_fin(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_idle(t);
    trace_lose_fin(c, SERVER);
    trace_rst(c, CLIENT, AT_MS(10));

    assert_first(c, HR_SIDE_SERVER);
}

/* The server's next packet tells that its FIN had been sent at some time since its last one. */
static void fin_that_its_sender_counts_later(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_idle(t);
    const uint32_t acked = c->next[SERVER];
    trace_segment(c, CLIENT, HR_TCP_FIN | HR_TCP_ACK, c->next[CLIENT], acked, 0, AT_MS(10));
    trace_segment(c, SERVER, HR_TCP_ACK, acked + 1, c->next[CLIENT] + 1, 0, AT_MS(11));

    assert_first(c, HR_SIDE_NONE);
    g_assert_cmpint(trace_ending(c)->by, ==, HR_SIDE_NONE);
}

/* The same, but the server had sent something after the client's FIN. */
static void fin_that_its_sender_counts_after_another_packet(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_idle(t);
    const uint32_t acked = c->next[SERVER];
    trace_segment(c, CLIENT, HR_TCP_FIN | HR_TCP_ACK, c->next[CLIENT], acked, 0, AT_MS(10));
    trace_segment(c, SERVER, HR_TCP_ACK, acked, c->next[CLIENT] + 1, 0, AT_MS(11));
    trace_segment(c, SERVER, HR_TCP_ACK, acked + 1, c->next[CLIENT] + 1, 0, AT_MS(12));

    assert_first(c, HR_SIDE_CLIENT);
}

/* Two bytes of the server are missing: its probe stands on the second of them, and is no FIN. */
static void probe_behind_missing_bytes(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_idle(t);
    trace_lose(c, SERVER, 2);
    trace_ack(c, CLIENT, AT_MS(10));
    trace_probe(c, SERVER, AT_S(60));

    assert_cause(c, "open-at-end");
}

/* A number that cannot belong to the connection ends nothing. */
static void reset_of_another_connection(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_idle(t);
    trace_segment(c, SERVER, HR_TCP_RST, c->next[SERVER] + 0x40000000u, 0, 0, AT_MS(10));

    assert_cause(c, "open-at-end");
}

/* An answer to the SYN of an older connection: its ACK is not of this one. */
static void ack_of_another_connection(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_syn(c, AT_MS(0));
    trace_segment(c, SERVER, HR_TCP_ACK, 77, c->next[CLIENT] + 1, 0, AT_US(100));
    trace_syn_ack(c, AT_US(200));
    trace_ack(c, CLIENT, AT_US(300));
    trace_exchange(c, AT_MS(1), AT_MS(2));

    assert_cause(c, "open-at-end");
}

/* ---- TLS ---- */

/* The client's close_notify acknowledges a FIN of the server that is not in the capture. */
static void close_notify_behind_a_missing_fin(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open(t, AT_MS(0), .has_keys = true);
    trace_exchange(c, AT_MS(10), AT_MS(11));
    trace_lose_fin(c, SERVER);
    tls_close_notify(c, CLIENT, AT_MS(20));

    assert_first(c, HR_SIDE_SERVER);
}

static void close_notify_before_a_fin(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open(t, AT_MS(0), .has_keys = true);
    trace_exchange(c, AT_MS(10), AT_MS(11));
    tls_close_notify(c, CLIENT, AT_MS(20));
    trace_fin(c, SERVER, AT_MS(21));

    assert_first(c, HR_SIDE_CLIENT);
}

/* Bytes of the client are missing, who closed; all of the server's can be read, and say nothing. */
static void closer_has_a_gap(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open(t, AT_MS(0), .has_keys = true);
    trace_request(c, AT_MS(10));
    trace_answer(c, AT_MS(11), .is_empty = true);
    trace_lose(c, CLIENT, 200);
    tls_data(c, CLIENT, 50, AT_MS(12));
    trace_fin(c, CLIENT, AT_MS(20));

    assert_first(c, HR_SIDE_CLIENT);
}

/* The server's bytes overtook each other, so that nobody could read them. The last of them may have
 * been an alert; what is longer was none. */
static trace_connection *overtaken(trace *t, uint32_t last)
{
    trace_connection *c = tls_open(t, AT_MS(0), .has_keys = true);
    const uint32_t begin = c->next[SERVER];
    trace_segment(c, SERVER, HR_TCP_ACK, begin + 300, c->next[CLIENT], 300, AT_MS(10));
    trace_segment(c, SERVER, HR_TCP_ACK, begin, c->next[CLIENT], 300, AT_MS(11));
    trace_segment(c, SERVER, HR_TCP_ACK, begin + 600, c->next[CLIENT], last, AT_MS(12));
    trace_segment(c, CLIENT, HR_TCP_FIN | HR_TCP_ACK, c->next[CLIENT], begin + 600 + last, 0,
                  AT_MS(20));
    return c;
}

static void other_may_have_notified(void)
{
    g_autoptr(trace) alert = trace_new();
    g_autoptr(trace) data = trace_new();

    assert_first(overtaken(alert, 24), HR_SIDE_NONE);
    assert_first(overtaken(data, 400), HR_SIDE_CLIENT);
}

/* What the client said is known; whether it was the first, only where the server's last bytes were
 * no alert. */
static trace_connection *overtaken_then_notified(trace *t, uint32_t last)
{
    trace_connection *c = tls_open(t, AT_MS(0), .has_keys = true);
    const uint32_t begin = c->next[SERVER];
    trace_segment(c, SERVER, HR_TCP_ACK, begin + 300, c->next[CLIENT], 300, AT_MS(10));
    trace_segment(c, SERVER, HR_TCP_ACK, begin, c->next[CLIENT], 300, AT_MS(11));
    trace_segment(c, SERVER, HR_TCP_ACK, begin + 600, c->next[CLIENT], last, AT_MS(12));
    c->next[SERVER] = begin + 600 + last;
    tls_close_notify(c, CLIENT, AT_MS(20));
    trace_close(c, SERVER, AT_MS(21));
    return c;
}

static void close_notify_beside_what_nobody_could_read(void)
{
    g_autoptr(trace) alert = trace_new();
    g_autoptr(trace) data = trace_new();

    assert_first(overtaken_then_notified(alert, 24), HR_SIDE_NONE);
    assert_first(overtaken_then_notified(data, 400), HR_SIDE_CLIENT);
}

/* ---- a 408 that answers nothing ---- */

static void timeout_comes_before_the_fins(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_idle(t);
    trace_answer(c, AT_MS(2) + AT_S(30), .code = 408, .connection = "close");
    trace_close(c, CLIENT, AT_MS(2) + AT_S(33));

    assert_first(c, HR_SIDE_SERVER);
    assert_cause(c, "server-idle-timeout");
    g_assert_cmpint(trace_ending(c)->after_rest_ns, ==, AT_S(30));
}

/* The same where only the server's packets are in the capture: it had acknowledged what nobody saw, and
 * had answered that, or not. */
static void said_that_it_waits_no_longer_one_way(void)
{
    for (int is_half = 0; is_half < 2; is_half++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_connect(t);
        trace_syn_ack(c, AT_MS(0));
        trace_lose(c, CLIENT, TRACE_REQUEST_HEADER);
        trace_answer(c, AT_MS(2));
        if (is_half) {
            trace_lose(c, CLIENT, 40);
            trace_ack(c, SERVER, AT_S(10));
        }
        trace_answer(c, AT_S(30), .code = 408, .connection = "close");
        trace_fin(c, SERVER, AT_S(30) + AT_MS(1));

        assert_cause(c, is_half ? "server-close" : "server-idle-timeout");
    }
}

/* Half of a request was there: the 408 is its answer. */
static void timeout_of_a_slow_request_answers_it(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_idle(t);
    trace_data(c, CLIENT, 30, AT_S(1));
    trace_answer(c, AT_S(31), .code = 408, .connection = "close");
    trace_close(c, SERVER, AT_S(31) + AT_MS(1));

    g_assert_cmpint(trace_ending(c)->cause, !=, HR_CLOSE_SERVER_IDLE_TIMEOUT);
    g_assert_false(c->model->seldom->close_said.is_timeout);
}

/* Who had said close before was the client. */
static void timeout_after_the_client_said_close(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .connection = "close");
    trace_answer(c, AT_MS(2));
    trace_answer(c, AT_S(30), .code = 408, .connection = "close");
    trace_close(c, SERVER, AT_S(30) + AT_MS(1));

    assert_cause(c, "client-close-header");
    assert_closed_by(c, "client");
}

/* ---- whether the answer was over ---- */

/* Nobody knows whether it was whole. */
static void close_after_an_answer_that_was_cut(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .is_cut = true);
    trace_close(c, CLIENT, AT_MS(3));

    g_assert_false(trace_ending(c)->is_after_answer);
}

static trace_connection *begun(trace *t, hr_request **request)
{
    trace_connection *c = trace_open(t, AT_MS(0));
    *request = trace_request(c, AT_MS(1));
    trace_begin_answer(c, AT_MS(2), .is_chunked = true, .rest = 500);
    return c;
}

static void assert_complete(trace *t, const hr_request *request, hr_complete complete)
{
    trace_analysis(t);
    g_assert_cmpint(request->complete, ==, complete);
}

/* The server's FIN behind half of an answer says that no more of it came, if it was captured: one
 * that only an ACK proves may as well have been the answer's last byte. */
static void fin_behind_half_an_answer(void)
{
    g_autoptr(trace) captured = trace_new();
    g_autoptr(trace) proved = trace_new();
    hr_request *request = NULL;

    trace_connection *c = begun(captured, &request);
    trace_close(c, SERVER, AT_MS(10));
    assert_complete(captured, request, HR_COMPLETE_NO);

    c = begun(proved, &request);
    trace_lose_fin(c, SERVER);
    trace_fin(c, CLIENT, AT_MS(10));
    assert_complete(proved, request, HR_COMPLETE_UNKNOWN);
}

/* The server went on after the client's FIN: the client did not wait for the end. */
static void data_after_the_clients_fin(void)
{
    g_autoptr(trace) t = trace_new();
    hr_request *request = NULL;
    trace_connection *c = begun(t, &request);
    trace_fin(c, CLIENT, AT_MS(3));
    trace_data(c, SERVER, 100, AT_MS(4));
    trace_lose_fin(c, SERVER);
    trace_ack(c, CLIENT, AT_MS(5));

    assert_complete(t, request, HR_COMPLETE_NO);
}

/* As the capture ends: the rest of it may come yet. */
static void answer_that_still_comes(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(1));
    trace_begin_answer(c, AT_MS(2), .body = 9000, .rest = 8000);

    assert_complete(t, request, HR_COMPLETE_UNKNOWN);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/first/answer/still-coming", answer_that_still_comes);
    g_test_add_func("/first/tcp/acknowledges", fin_that_acknowledges_a_later_one);
    g_test_add_func("/first/tcp/crossing", fins_that_cross);
    g_test_add_func("/first/tcp/reset", reset_that_proves_a_fin);
    g_test_add_func("/first/tcp/counted", fin_that_its_sender_counts_later);
    g_test_add_func("/first/tcp/counted-later", fin_that_its_sender_counts_after_another_packet);
    g_test_add_func("/first/tcp/probe", probe_behind_missing_bytes);
    g_test_add_func("/first/tcp/other-reset", reset_of_another_connection);
    g_test_add_func("/first/tcp/other-ack", ack_of_another_connection);
    g_test_add_func("/first/tls/missing-fin", close_notify_behind_a_missing_fin);
    g_test_add_func("/first/tls/close-notify", close_notify_before_a_fin);
    g_test_add_func("/first/tls/gap", closer_has_a_gap);
    g_test_add_func("/first/tls/overtaken", other_may_have_notified);
    g_test_add_func("/first/tls/overtaken-notified", close_notify_beside_what_nobody_could_read);
    g_test_add_func("/first/timeout/idle", timeout_comes_before_the_fins);
    g_test_add_func("/first/timeout/slow", timeout_of_a_slow_request_answers_it);
    g_test_add_func("/first/timeout/client-first", timeout_after_the_client_said_close);
    g_test_add_func("/first/answer/cut", close_after_an_answer_that_was_cut);
    g_test_add_func("/first/answer/fin", fin_behind_half_an_answer);
    g_test_add_func("/first/answer/data-after-fin", data_after_the_clients_fin);
    g_test_add_func("/ending/first/408-one-way", said_that_it_waits_no_longer_one_way);
    return g_test_run();
}
