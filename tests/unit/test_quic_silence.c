/* test_quic_silence.c
 * QUIC connections that end in silence: by their idle timeout, or since nobody is heard any more.
 * RFC 9000 §10.1.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_fixes.h"
#include "trace_quic.h"

/* RFC 9000 §10.1: the smaller idle timeout ends it, and no packet says so. */
static void silence_beyond_the_idle_timeout_ends_it(void)
{
    g_autoptr(trace) t = trace_new();
    const quic_kind how = {.has_keys = true, .client_idle_ms = 5000, .server_idle_ms = 30000};
    hr_connection *a = quic_open(t, 0, AT_MS(0), &how);
    quic_exchange(t, a, 0, AT_MS(30));
    hr_connection *b = quic_open(t, 1, AT_S(6), &how);
    quic_exchange(t, b, 0, AT_MS(6030));

    quic_assert_cause(t, a, "client-idle-timeout", "likely");
    g_assert_cmpint(a->ending.at.frame, ==, 0);
    g_assert_cmpint(a->ending.after_idle_ns, ==, AT_S(5));
    quic_assert_cause(t, b, "open-at-end", NULL);
    quic_assert_why(t, b, "previous-closed");
}

/* Both said the same: it is the server's as much as the client's. */
static void silence_beyond_the_timeout_of_both_ends_it(void)
{
    g_autoptr(trace) t = trace_new();
    const quic_kind how = {.has_keys = true, .client_idle_ms = 5000, .server_idle_ms = 5000};
    hr_connection *c = quic_open(t, 0, AT_MS(0), &how);
    quic_exchange(t, c, 0, AT_MS(30));
    quic_wait_until(t, AT_S(10));

    quic_assert_cause(t, c, "server-idle-timeout", "likely");
    g_assert_cmpint(c->ending.by, ==, HR_SIDE_BOTH);
}

/* RFC 9000 §10.1: the shorter one counts, so that to raise the other brings nothing. */
static void timeout_to_raise_is_the_shorter_one(void)
{
    static const struct {
        uint64_t client_ms, server_ms;
        const char *change, *words;
    } kinds[] = {
        {5000, 5000, "lengthen_server_idle", "both said the same: let both be longer"},
        {30000, 5000, "lengthen_server_idle", "that is the server's: let it be longer"},
        {5000, 30000, "lengthen_client_idle", "that is the client's: let it be longer"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autoptr(trace) t = trace_new();
        const quic_kind how = {.has_keys = true,
                               .client_idle_ms = kinds[i].client_ms,
                               .server_idle_ms = kinds[i].server_ms};
        for (uint32_t number = 0; number < 3; number++) {
            hr_connection *c = quic_open(t, number, AT_S(8 * number), &how);
            quic_exchange(t, c, 0, AT_S(8 * number) + AT_MS(30));
        }
        quic_wait_until(t, AT_S(30));
        g_assert_true(trace_advises(t, kinds[i].change, kinds[i].words));
        g_assert_false(trace_advises(t, kinds[i].change, "nginx"));
    }
}

static void timeout_that_has_not_passed_ends_nothing(void)
{
    g_autoptr(trace) t = trace_new();
    const quic_kind how = {.has_keys = true, .client_idle_ms = 5000};
    hr_connection *a = quic_open(t, 0, AT_MS(0), &how);
    quic_exchange(t, a, 0, AT_MS(30));
    hr_connection *b = quic_open(t, 1, AT_S(4), &how);
    quic_exchange(t, b, 0, AT_MS(4030));

    quic_assert_cause(t, a, "open-at-end", NULL);
    quic_assert_why(t, b, "idle-available");
}

/* Without keys the server's timeout, which may be the shorter one, is not to be seen. */
static void silent_end_without_keys_has_no_known_side(void)
{
    g_autoptr(trace) t = trace_new();
    const quic_kind how = {.has_keys = false, .client_idle_ms = 5000};
    hr_connection *c = quic_open(t, 0, AT_MS(0), &how);
    quic_wait_until(t, AT_S(10));

    quic_assert_cause(t, c, "unknown", NULL);
    g_assert_cmpint(c->ending.by, ==, HR_SIDE_NONE);
}

/* A request into silence: the client probes ever slower (RFC 9002 §6.2), and dials. Streams are
 * free there, and nobody could have used them. */
static hr_connection *ask_in_vain(trace *t, unsigned probes)
{
    hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
    quic_exchange(t, c, 0, AT_MS(30));
    quic_ask(t, c, 4, AT_S(2));
    for (unsigned i = 0; i < probes; i++) {
        quic_probe(t, c, AT_MS(2130 + 130 * ((1 << i) - 1)));
    }
    return c;
}

static void unheard_request_finds_the_path_dead(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *a = ask_in_vain(t, 5);
    hr_connection *b = quic_open_with_keys(t, 1, AT_S(7));
    quic_exchange(t, b, 0, AT_MS(7030));

    quic_assert_cause(t, a, "idle-dropped", "likely");
    g_assert_cmpint(a->ending.by, ==, HR_SIDE_NONE);
    quic_assert_why(t, b, "all-busy");
}

/* quic-go takes a server's idle timeout below 5 s for 5 s, and asks when it is over. */
static hr_connection *ask_after(trace *t, const quic_kind *how, int64_t rest_ns, bool is_heard)
{
    hr_connection *c = quic_open(t, 0, AT_MS(0), how);
    quic_exchange(t, c, 0, AT_MS(30));
    const int64_t asked_ns = AT_MS(31) + rest_ns;
    quic_ask(t, c, 4, asked_ns);
    for (unsigned i = 0; i < 5; i++) {
        quic_probe(t, c, asked_ns + AT_MS(130 * ((1 << i) - 1) + 130));
    }
    if (is_heard) {
        quic_answer(t, c, 4, asked_ns + AT_MS(2200));
    }
    return c;
}

static void asked_when_it_was_over_to_the_server(void)
{
    static const struct {
        quic_kind how;
        int64_t rest_ms;
        hr_side by;
    } kinds[] = {
        {{.has_keys = true, .client_idle_ms = 30000, .server_idle_ms = 1000}, 1600, HR_SIDE_SERVER},
        {{.has_keys = true, .client_idle_ms = 1000, .server_idle_ms = 1000}, 1600, HR_SIDE_SERVER},
        {{.has_keys = true, .client_idle_ms = 30000, .server_idle_ms = 1000}, 900, HR_SIDE_NONE},
        {{.has_keys = true, .client_idle_ms = 1000, .server_idle_ms = 1500}, 1600, HR_SIDE_NONE},
        {{.has_keys = true, .client_idle_ms = 30000, .server_idle_ms = 0}, 1600, HR_SIDE_NONE},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autoptr(trace) t = trace_new();
        hr_connection *a = ask_after(t, &kinds[i].how, AT_MS(kinds[i].rest_ms), false);
        hr_connection *b = quic_open(t, 1, AT_S(7), &kinds[i].how);
        quic_exchange(t, b, 0, AT_MS(7030));

        quic_assert_cause(t, a, "idle-dropped", "likely");
        g_assert_cmpint(a->ending.by, ==, kinds[i].by);
        const bool is_said = kinds[i].by == HR_SIDE_SERVER;
        g_assert_true(a->ending.is_timer_announced == is_said);
        g_assert_cmpint(trace_fix(t, "lengthen_server_idle") != NULL, ==, is_said);
        g_assert_cmpint(trace_fix(t, "detect_dead") != NULL, ==, !is_said);
        g_assert_true(!is_said || trace_advises(t, "lengthen_server_idle", "max_idle_timeout"));
        g_assert_null(trace_fix(t, "bound_dials")); /* it took the place of a dead one */
    }
}

static void heard_after_its_timeout_it_was_not_over(void)
{
    g_autoptr(trace) t = trace_new();
    const quic_kind how = {.has_keys = true, .client_idle_ms = 30000, .server_idle_ms = 1000};
    hr_connection *a = ask_after(t, &how, AT_MS(1600), true);
    quic_ask(t, a, 8, AT_MS(4000));
    for (unsigned i = 0; i < 5; i++) {
        quic_probe(t, a, AT_MS(4130 + 130 * ((1 << i) - 1)));
    }
    quic_wait_until(t, AT_S(9));

    quic_assert_cause(t, a, "idle-dropped", "likely");
    g_assert_cmpint(a->ending.by, ==, HR_SIDE_NONE);
}

/* Two probes may be a slow way; and where the server was heard again, it was one. */
static void few_probes_or_heard_again_are_no_dead_path(void)
{
    for (int is_heard = 0; is_heard < 2; is_heard++) {
        g_autoptr(trace) t = trace_new();
        hr_connection *a = ask_in_vain(t, is_heard ? 5 : 2);
        if (is_heard) {
            quic_stream(t, a, SERVER, 4, false, AT_S(6));
        }
        hr_connection *b = quic_open_with_keys(t, 1, AT_S(7));
        quic_exchange(t, b, 0, AT_MS(7030));

        quic_assert_cause(t, a, is_heard ? "open-at-end" : "unknown", NULL);
        quic_assert_why(t, b, is_heard ? "idle-available" : "previous-closed");
    }
}

/* Chromium, caddy stopped: an ICMP error that is not in the capture tells the client that nobody
 * listens any more. It dials anew without a word on the old connection. */
static void given_up_without_a_packet_was_not_idle(void)
{
    for (int is_known = 0; is_known < 2; is_known++) {
        g_autoptr(trace) t = trace_new();
        hr_connection *a = ask_in_vain(t, 0);
        hr_connection *b = quic_open_with_keys(t, 1, AT_MS(2500));
        quic_exchange(t, b, 0, AT_MS(2530));
        if (is_known) {
            quic_exchange(t, b, 4, AT_MS(3021)); /* it would have probed in the second before */
        }
        quic_assert_cause(t, a, is_known ? "unknown" : "open-at-end", NULL);
        quic_assert_why(t, b, is_known ? "previous-closed" : NULL);
    }
}

/* Its answer comes, or a packet behind the opening: it was there all the time. */
static void heard_or_used_again_was_there(void)
{
    for (int is_heard = 0; is_heard < 2; is_heard++) {
        g_autoptr(trace) t = trace_new();
        hr_connection *a = ask_in_vain(t, 0);
        hr_connection *b = quic_open_with_keys(t, 1, AT_MS(2500));
        quic_exchange(t, b, 0, AT_MS(2530));
        if (is_heard) {
            quic_answer(t, a, 4, AT_MS(2550));
        } else {
            quic_probe(t, a, AT_MS(2550));
        }
        quic_assert_cause(t, a, "open-at-end", NULL);
        quic_assert_why(t, b, "idle-available");
    }
}

/* Nobody was waited for: the client's last packet acknowledged the answer. */
static void what_was_answered_is_not_given_up(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *a = quic_open_with_keys(t, 0, AT_MS(0));
    quic_exchange(t, a, 0, AT_MS(30));
    quic_probe(t, a, AT_MS(60));
    hr_connection *b = quic_open_with_keys(t, 1, AT_S(2));
    quic_exchange(t, b, 0, AT_MS(2030));

    quic_assert_cause(t, a, "open-at-end", NULL);
    quic_assert_why(t, b, "idle-available");
}

/* What a client sends faster than its packets can be answered is none: an upload over a long way. */
static void packets_within_a_round_trip_are_no_probes(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *a = quic_begin(t, 0, AT_MS(0));
    const quic_kind how = {.has_keys = true};
    quic_at(t, AT_MS(400));
    quic_answer_hello(t, a, &how);
    quic_datagram(t, a, SERVER);
    quic_end(t);
    quic_at(t, AT_MS(401));
    hr_tls_message_seen(trace_model(t), a, 0, HR_TLS_FINISHED);
    quic_datagram(t, a, CLIENT);
    quic_end(t);
    for (int i = 0; i < 4; i++) {
        quic_stream(t, a, CLIENT, 0, false, AT_MS(500 + i * 120));
    }
    g_assert_cmpuint(a->ends[0].seldom->repeats, ==, 0);
}

/* What rested for a while before its request had acknowledged an answer, and nobody answers that. */
static void what_comes_before_the_request_is_no_probe(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
    quic_exchange(t, c, 0, AT_MS(30));
    for (int i = 1; i <= 3; i++) {
        quic_probe(t, c, AT_S(i));
    }
    quic_ask(t, c, 4, AT_S(4));
    g_assert_cmpuint(c->ends[0].seldom->repeats, ==, 0);

    for (unsigned i = 5; i <= 7; i++) {
        quic_probe(t, c, AT_S(i));
        g_assert_cmpuint(c->ends[0].seldom->repeats, ==, i - 4);
    }
    quic_stream(t, c, SERVER, 4, false, AT_MS(7100)); /* heard again: what follows is its ACK */
    quic_probe(t, c, AT_S(8));
    g_assert_cmpuint(c->ends[0].seldom->repeats, ==, 0);
}

/* What ended in silence is told where the next one was opened. */
static void silent_end_is_found_at_the_next_opening(void)
{
    g_autoptr(trace) t = trace_new();
    const quic_kind how = {.has_keys = true, .client_idle_ms = 5000, .server_idle_ms = 30000};
    hr_connection *a = quic_open(t, 0, AT_MS(0), &how);
    quic_exchange(t, a, 0, AT_MS(30));
    size_t shown = 0;
    quic_at(t, AT_S(6));
    quic_datagram(t, quic_connect(t, 1), CLIENT);
    const hr_item *items = hr_model_end_frame(trace_model(t), &shown);
    g_assert_cmpuint(shown, ==, 1);
    g_assert_cmpint(items[0].kind, ==, HR_ITEM_CLOSING);
    g_assert_true(items[0].connection == a);

    const hr_analysis *analysis = trace_analysis(t);
    g_assert_cmpuint(hr_analysis_totals(analysis)->findings[HR_FINDING_IDLE_CLOSE], ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/quic/silence/silent", silence_beyond_the_idle_timeout_ends_it);
    g_test_add_func("/quic/silence/silent-both", silence_beyond_the_timeout_of_both_ends_it);
    g_test_add_func("/quic/silence/not-yet", timeout_that_has_not_passed_ends_nothing);
    g_test_add_func("/quic/silence/shorter", timeout_to_raise_is_the_shorter_one);
    g_test_add_func("/quic/silence/silent-no-keys", silent_end_without_keys_has_no_known_side);
    g_test_add_func("/quic/silence/unheard", unheard_request_finds_the_path_dead);
    g_test_add_func("/quic/silence/unheard-not", few_probes_or_heard_again_are_no_dead_path);
    g_test_add_func("/quic/silence/given-up", given_up_without_a_packet_was_not_idle);
    g_test_add_func("/quic/silence/given-up-not", heard_or_used_again_was_there);
    g_test_add_func("/quic/silence/answered", what_was_answered_is_not_given_up);
    g_test_add_func("/quic/silence/unheard-upload", packets_within_a_round_trip_are_no_probes);
    g_test_add_func("/quic/silence/before-request", what_comes_before_the_request_is_no_probe);
    g_test_add_func("/quic/silence/silent-found", silent_end_is_found_at_the_next_opening);
    g_test_add_func("/quic/silence/over-to-server", asked_when_it_was_over_to_the_server);
    g_test_add_func("/quic/silence/not-over", heard_after_its_timeout_it_was_not_over);
    return g_test_run();
}
