/* test_tls_farewell.c
 * HTTP/2 without keys: what came out of rest, as short as a GOAWAY, and was the server's last data.
 * Go's server says GOAWAY after its IdleTimeout and closes a second later; until then the
 * connection looks idle. RFC 9113 §6.7, §6.8.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_tls.h"

enum {
    GOAWAY_RECORD_13 = 17 + 1 + 16, /* the frame, TLS 1.3's inner type, the tag */
    ACK_RECORD_13 = 9 + 1 + 16,
    GOAWAY_RECORD_12 = 17 + 8 + 16, /* AES-GCM's nonce, the frame, the tag */
};

static trace_connection *open_used(trace *t, int64_t at)
{
    trace_connection *c = tls_open(t, at, .offers = "h2,http/1.1");
    tls_hidden_exchange(c, at + AT_MS(10), at + AT_MS(20));
    return c;
}

static void go_on(trace *t, int64_t at)
{
    open_used(t, at);
}

/* As Go's server does it: 1.5 s after the answer, and it closes a second later. */
static void close_as_go(trace_connection *c, int64_t goaway_at)
{
    tls_data(c, SERVER, GOAWAY_RECORD_13, goaway_at);
    tls_hidden_alert_13(c, SERVER, goaway_at + AT_S(1));
    tls_hidden_alert_13(c, CLIENT, goaway_at + AT_S(1) + AT_MS(1));
    trace_close(c, CLIENT, goaway_at + AT_S(1) + AT_MS(2));
}

/* The server's record of @length, and a client that says farewell and closes 1 ms later. */
static void say_and_close(trace_connection *c, uint32_t length, int64_t at_ns)
{
    tls_data(c, SERVER, length, at_ns);
    tls_hidden_alert_13(c, CLIENT, at_ns + AT_MS(1));
    trace_close(c, CLIENT, at_ns + AT_MS(1));
}

static void idle_time_ends_with_it(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_used(t, AT_S(0));
    close_as_go(one, AT_MS(1520));
    trace_connection *two = open_used(t, AT_S(10));
    close_as_go(two, AT_S(10) + AT_MS(1521));
    go_on(t, AT_S(20));

    assert_cause(one, "server-idle-timeout");
    assert_closed_by(one, "server");
    g_assert_cmpint(trace_ending(one)->after_idle_ns, ==, AT_MS(1500));
    assert_cause(two, "server-idle-timeout");
}

/* The client acknowledges the server's settings after the answer: that is no request. */
static void settings_are_acknowledged_late(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_used(t, AT_S(0));
    tls_data(one, CLIENT, ACK_RECORD_13, AT_MS(21));
    tls_data(one, SERVER, GOAWAY_RECORD_13, AT_MS(1520));
    trace_connection *next = open_used(t, AT_MS(2200));
    tls_hidden_alert_13(one, SERVER, AT_MS(2520));
    trace_close(one, CLIENT, AT_MS(2521));

    assert_opened(next, "previous-closed", one);
    assert_closed_by(one, "server");
    g_assert_cmpint(trace_ending(one)->after_idle_ns, ==, AT_MS(1500));
}

/* Nobody could have used the first one any more. */
static void other_connection_after_it_is_no_missed_reuse(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *left = open_used(t, AT_S(0));
    tls_data(left, SERVER, GOAWAY_RECORD_13, AT_MS(1520));
    trace_connection *next = open_used(t, AT_MS(2200));
    tls_hidden_alert_13(left, SERVER, AT_MS(2520));
    trace_close(left, CLIENT, AT_MS(2521));

    assert_opened(next, "previous-closed", left);
}

/* ... but who closed is not known where the client did first, much later; nor is it known then
 * whether the connection could have been used. */
static void client_that_stays_was_not_told_to_go(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *kept = open_used(t, AT_S(0));
    tls_data(kept, SERVER, GOAWAY_RECORD_13, AT_MS(1520));
    trace_connection *next = open_used(t, AT_MS(2200));
    tls_hidden_alert_13(kept, CLIENT, AT_S(9));
    trace_close(kept, CLIENT, AT_S(9));

    assert_closed_by(kept, "client");
    trace_analysis(t);
    g_assert_cmpint(hr_connection_opening(next->model)->why, ==, HR_WHY_NONE);
}

/* What the server says once another was opened changes nothing of what there was then. */
static void what_is_said_later_left_it_free(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *kept = open_used(t, AT_S(0));
    trace_connection *next = open_used(t, AT_MS(2200));
    tls_data(kept, SERVER, GOAWAY_RECORD_13, AT_S(5));
    tls_hidden_alert_13(kept, CLIENT, AT_S(9));
    trace_close(kept, CLIENT, AT_S(9));

    assert_opened(next, "idle-available", kept);
}

/* ... nor does its close change that. */
static void what_is_said_and_closed_later_left_it_free(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *kept = open_used(t, AT_S(0));
    trace_connection *next = open_used(t, AT_MS(2200));
    close_as_go(kept, AT_S(5));

    assert_opened(next, "idle-available", kept);
}

/* The server said something before that, and closes much later; or the client closes, not at once: it
 * may have been told to go, or not. */
static void what_may_have_been_said_before(void)
{
    for (trace_side closer = CLIENT; closer <= SERVER; closer++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *kept = open_used(t, AT_S(0));
        tls_data(kept, SERVER, GOAWAY_RECORD_13, AT_MS(1520));
        trace_connection *next = open_used(t, AT_MS(2200));
        const int64_t at = closer == SERVER ? AT_S(20) : AT_S(4);
        tls_hidden_alert_13(kept, closer, at);
        trace_close(kept, closer, at + AT_MS(1));

        trace_analysis(t);
        g_assert_cmpint(hr_connection_opening(next->model)->why, ==, HR_WHY_NONE);
    }
}

static void client_that_leaves_at_once_was(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_used(t, AT_S(0));
    say_and_close(c, GOAWAY_RECORD_13, AT_S(5) + AT_MS(20));
    go_on(t, AT_S(20));

    assert_closed_by(c, "server");
    assert_cause(c, "server-idle-timeout");
}

/* ... as far as lengths tell. */
static void that_it_was_told_to_go_is_likely(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_used(t, AT_S(0));
    tls_data(c, SERVER, GOAWAY_RECORD_13, AT_MS(2530));
    tls_hidden_alert_13(c, CLIENT, AT_MS(2531));
    trace_close(c, CLIENT, AT_MS(2531));
    go_on(t, AT_S(20));

    assert_closed_by(c, "server");
    assert_certainty(c, "likely");
}

/* A server that hears of the end says GOAWAY, too. */
static void after_the_clients_end_it_is_an_answer_to_that(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_used(t, AT_S(0));
    trace_fin(c, CLIENT, AT_MS(120));
    tls_data(c, SERVER, GOAWAY_RECORD_13, AT_MS(121));
    trace_rst(c, CLIENT, AT_MS(121));
    go_on(t, AT_S(20));

    assert_closed_by(c, "client");
    assert_certainty(c, "certain");
    g_assert_cmpint(trace_ending(c)->after_idle_ns, ==, AT_MS(100));
}

/* Eight bytes of DATA are as long: what ends much later had not been left, and rested since
 * then. */
static void data_is_as_short(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_used(t, AT_S(0));
    for (int i = 1; i <= 4; i++) {
        tls_data(c, SERVER, GOAWAY_RECORD_13, AT_S(10 * i));
    }
    tls_hidden_alert_13(c, SERVER, AT_S(110));
    trace_close(c, SERVER, AT_S(110) + AT_MS(1));
    go_on(t, AT_S(120));

    g_assert_cmpint(trace_ending(c)->after_idle_ns, >=, AT_S(70));
    assert_cause(c, "server-close");
}

/* An answer that was long in coming, or the next piece of one. */
static void longer_record_is_none(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_used(t, AT_S(0));
    tls_data(c, SERVER, 500, AT_S(5));

    g_assert_cmpuint(c->model->seldom->tls->farewell.frame, ==, 0);
}

static void length_is_that_of_the_version(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open(t, AT_S(0), .is_12 = true, .offers = "h2", .agrees = "h2");
    tls_hidden_exchange(c, AT_MS(10), AT_MS(20));
    tls_data(c, SERVER, GOAWAY_RECORD_12, AT_S(5) + AT_MS(20));
    trace_close(c, CLIENT, AT_S(5) + AT_MS(21));
    go_on(t, AT_S(20));

    assert_closed_by(c, "server");
}

/* Apache httpd says "timeout" in it, after its KeepAliveTimeout of 5 s. Trailers of a call (RFC
 * 9110 section 6.5) are as long, and follow its answer sooner. */
static void it_may_say_why(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_used(t, AT_S(0));
    say_and_close(c, GOAWAY_RECORD_13 + 7, AT_S(5) + AT_MS(20));
    trace_connection *call = open_used(t, AT_S(10));
    say_and_close(call, GOAWAY_RECORD_13 + 7, AT_S(10) + AT_MS(220));
    go_on(t, AT_S(20));

    assert_cause(c, "server-idle-timeout");
    assert_closed_by(c, "server");
    assert_closed_by(call, "client");
}

/* A stream of gRPC that was quiet for long: its trailers, grpc-status alone (12 bytes and the
 * frame's head), and a program that was done with them. */
static void trailers_out_of_rest_are_none(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_used(t, AT_S(0));
    say_and_close(c, GOAWAY_RECORD_13 + 4, AT_S(5) + AT_MS(20));
    go_on(t, AT_S(20));

    assert_closed_by(c, "client");
}

/* The server's PING is answered at once: neither is an exchange, and the connection rests on. */
static void ping_is_none(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_used(t, AT_S(0));
    tls_data(c, SERVER, GOAWAY_RECORD_13, AT_S(2));
    tls_data(c, CLIENT, GOAWAY_RECORD_13, AT_S(2) + AT_US(200));
    trace_connection *next = open_used(t, AT_S(3));
    tls_hidden_alert_13(c, CLIENT, AT_S(9));
    trace_close(c, CLIENT, AT_S(9));

    assert_opened(next, "idle-available", c);
    assert_closed_by(c, "client");
    g_assert_cmpint(trace_ending(c)->after_idle_ns, ==, AT_S(9) - AT_MS(20));
}

/* A request follows: it was none. */
static void connection_that_is_used_again_was_not_left(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_used(t, AT_S(0));
    tls_data(c, SERVER, GOAWAY_RECORD_13, AT_S(2));
    tls_hidden_exchange(c, AT_S(3), AT_S(3) + AT_MS(10));
    trace_connection *next = open_used(t, AT_S(4));

    assert_opened(next, "idle-available", c);
}

/* Of the client's records one overtook another: those that followed cannot be read, the server's
 * can. */
static void server_was_heard_although_its_client_was_not(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_used(t, AT_S(0));
    const uint32_t seq = c->next[CLIENT];
    trace_segment(c, CLIENT, HR_TCP_ACK, seq + 100, c->received[CLIENT], 100, AT_MS(30));
    trace_segment(c, CLIENT, HR_TCP_ACK, seq, c->received[CLIENT], 100, AT_MS(31));
    trace_lose(c, CLIENT, 200); /* its numbers: nothing is lost */
    tls_data(c, SERVER, 300, AT_MS(40));
    tls_hidden_alert_13(c, SERVER, AT_S(6));
    trace_close(c, CLIENT, AT_S(6) + AT_MS(1));
    go_on(t, AT_S(20));

    assert_closed_by(c, "server");
}

/* Right after an answer it may be the rest of it, and on HTTP/1 it is data. */
static void neither_right_after_an_answer_nor_on_http1(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_used(t, AT_S(0));
    tls_data(c, SERVER, GOAWAY_RECORD_13, AT_MS(25));
    trace_connection *plain = tls_open(t, AT_S(1), .offers = "http/1.1", .sni = "b.example");
    tls_hidden_exchange(plain, AT_S(1) + AT_MS(10), AT_S(1) + AT_MS(20));
    tls_data(plain, SERVER, GOAWAY_RECORD_13, AT_S(2));
    trace_connection *next[] = {open_used(t, AT_S(3)),
                                tls_open(t, AT_S(4), .offers = "http/1.1", .sni = "b.example")};
    tls_hidden_exchange(next[1], AT_S(4) + AT_MS(10), AT_S(4) + AT_MS(20));

    assert_opened(next[0], "idle-available", c);
    assert_opened(next[1], "idle-available", plain);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tls/farewell/opening/later", what_is_said_and_closed_later_left_it_free);
    g_test_add_func("/tls/farewell/opening/before", what_may_have_been_said_before);
    g_test_add_func("/tls/farewell/idle", idle_time_ends_with_it);
    g_test_add_func("/tls/farewell/settings-acknowledged", settings_are_acknowledged_late);
    g_test_add_func("/tls/farewell/next", other_connection_after_it_is_no_missed_reuse);
    g_test_add_func("/tls/farewell/stays", client_that_stays_was_not_told_to_go);
    g_test_add_func("/tls/farewell/leaves/later", what_is_said_later_left_it_free);
    g_test_add_func("/tls/farewell/leaves", client_that_leaves_at_once_was);
    g_test_add_func("/tls/farewell/length", length_is_that_of_the_version);
    g_test_add_func("/tls/farewell/longer", longer_record_is_none);
    g_test_add_func("/tls/farewell/why", it_may_say_why);
    g_test_add_func("/tls/farewell/trailers", trailers_out_of_rest_are_none);
    g_test_add_func("/tls/farewell/ping", ping_is_none);
    g_test_add_func("/tls/farewell/used", connection_that_is_used_again_was_not_left);
    g_test_add_func("/tls/farewell/heard", server_was_heard_although_its_client_was_not);
    g_test_add_func("/tls/farewell/neither", neither_right_after_an_answer_nor_on_http1);
    g_test_add_func("/tls/farewell/answer", after_the_clients_end_it_is_an_answer_to_that);
    g_test_add_func("/tls/farewell/likely", that_it_was_told_to_go_is_likely);
    g_test_add_func("/tls/farewell/data", data_is_as_short);
    return g_test_run();
}
