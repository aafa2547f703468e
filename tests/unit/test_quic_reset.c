/* test_quic_reset.c
 * QUIC connections that a stateless reset ends, and packets with ids that are nobody's.
 * RFC 9000 §10.3.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/changes.h"
#include "trace_fixes.h"
#include "trace_quic.h"
#include "trace_stories.h"

static void stateless_reset(trace *t, hr_connection *c, int64_t ns)
{
    quic_at(t, ns);
    hr_quic_packet_seen(trace_model(t), c, 1, HR_QUIC_STATELESS_RESET);
    quic_datagram(t, c, SERVER);
    quic_end(t);
}

/* What the server sends between the same ports, with an id that is nobody's. */
static void strange(trace *t, hr_connection *c, hr_quic_packet type, int64_t ns)
{
    quic_at(t, ns);
    g_assert_true(hr_model_quic_between(trace_model(t), "10.0.0.80", 443, "10.0.0.1",
                                        c->ends[0].endpoint.port) == c);
    hr_quic_packet_seen(trace_model(t), c, 1, type);
    quic_end(t);
}

/* RFC 9000 §10.3: the server's program is another one since, and has not read the request. It says
 * so to each packet that still comes. */
static void stateless_reset_ends_it(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *a = quic_open_with_keys(t, 0, AT_MS(0));
    quic_exchange(t, a, 0, AT_MS(30));
    quic_ask(t, a, 4, AT_S(2));
    stateless_reset(t, a, AT_S(2) + AT_MS(1));
    quic_probe(t, a, AT_MS(2200));
    stateless_reset(t, a, AT_MS(2201));
    hr_connection *b = quic_open_with_keys(t, 1, AT_S(3));
    quic_exchange(t, b, 0, AT_MS(3030));

    quic_assert_cause(t, a, "stale-race", "likely");
    g_assert_cmpint(a->ending.by, ==, HR_SIDE_SERVER);
    g_assert_cmpint(a->ending.at.ns, ==, AT_S(2) + AT_MS(1));
    g_assert_true(a->ending.is_first_rst);
    g_assert_cmpuint(a->ending.timer_count, ==, 0); /* 2 s is gunicorn's; it was gone by then */
    quic_assert_why(t, b, "previous-closed");
    assert_words(t, "stay_up",
                 "1 connection that the server knew nothing of any more: it answered requests by a"
                 " stateless reset (likely)",
                 NULL, 0);
    g_assert_nonnull(trace_fix(t, "stay_up"));
    g_assert_cmpuint(trace_fix(t, "stay_up")->reset_unasked, ==, 0); /* no device knows its token */
    g_assert_true(trace_advises(t, "stay_up", "quic_host_key"));
    g_assert_false(trace_may_be_else(t, "stay_up", "over UDP")); /* it did say so */
}

/* Nobody else than the server can send it, however long the rest was: balancers forget after 350 s, and
 * it fits nginx' 75 s by chance, since it had been gone for nobody knows how long. */
static void stateless_reset_is_no_devices(void)
{
    const int64_t rests[] = {AT_S(75), AT_S(350)};

    for (size_t i = 0; i < G_N_ELEMENTS(rests); i++) {
        g_autoptr(trace) t = trace_new();
        hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
        quic_exchange(t, c, 0, AT_MS(30));
        const int64_t asked = AT_MS(31) + rests[i] + AT_MS(1);
        quic_ask(t, c, 4, asked);
        stateless_reset(t, c, asked + AT_MS(1));

        quic_assert_cause(t, c, "stale-race", "likely");
        g_assert_cmpint(c->ending.by, ==, HR_SIDE_SERVER);
        g_assert_cmpuint(c->ending.timer_count, ==, 0);
    }
}

/* Nobody knows the token: the first one is any packet, until a second one ends alike. */
static void second_stateless_reset_tells_of_the_first(void)
{
    for (int is_second = 0; is_second < 2; is_second++) {
        g_autoptr(trace) t = trace_new();
        hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
        quic_exchange(t, c, 0, AT_MS(30));
        quic_ask(t, c, 4, AT_S(2));
        strange(t, c, HR_QUIC_STRANGE, AT_MS(2001));
        for (int i = 1; i <= 5; i++) {
            quic_probe(t, c, AT_MS(2000 + 300 * i));
            strange(t, c, is_second ? HR_QUIC_STATELESS_RESETS : HR_QUIC_STRANGE,
                    AT_MS(2001 + 300 * i));
        }
        if (is_second) {
            quic_assert_cause(t, c, "stale-race", "likely");
            g_assert_cmpint(c->ending.at.ns, ==, AT_MS(2001));
            g_assert_cmpint(hr_change_after(c), ==, HR_CHANGE_STAY_UP);
        } else { /* something came back each time: the path is not dead */
            quic_assert_cause(t, c, "open-at-end", NULL);
        }
    }
}

/* It had been gone for nobody knows how long when its client asked. 75 s are nginx' timeout. */
static void stateless_reset_at_rest_fits_no_timer(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
    quic_exchange(t, c, 0, AT_MS(30));
    stateless_reset(t, c, AT_MS(31) + AT_S(75) + AT_MS(1));

    quic_assert_cause(t, c, "server-close", "certain");
    g_assert_cmpuint(c->ending.timer_count, ==, 0);
    quic_exchange(t, quic_open_with_keys(t, 1, AT_S(80)), 0, AT_S(81));
    assert_words(t, "stay_up",
                 "1 connection that the server knew nothing of any more, as its stateless reset"
                 " says",
                 NULL, 0);
}

/* What nobody could read may have been a stateless reset: its client closed for that, maybe, and not
 * for a timeout of 2 s. */
static void strange_packet_at_rest_fits_no_timer(void)
{
    for (int is_strange = 0; is_strange < 2; is_strange++) {
        g_autoptr(trace) t = trace_new();
        hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
        quic_exchange(t, c, 0, AT_MS(30));
        if (is_strange) {
            strange(t, c, HR_QUIC_STRANGE, AT_S(1));
        }
        quic_close(t, c, CLIENT, H3_NO_ERROR, AT_MS(2032));

        quic_assert_cause(t, c, is_strange ? "client-close" : "client-idle-timeout",
                          is_strange ? "certain" : "likely");
    }
}

/* The two cross: its client had closed it when the server, which knew it no more, was asked. */
static void reset_and_closed_is_over_once(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
    quic_exchange(t, c, 0, AT_MS(30));
    size_t shown = 0;
    quic_at(t, AT_S(2));
    hr_quic_packet_seen(trace_model(t), c, 1, HR_QUIC_STATELESS_RESET);
    hr_model_end_frame(trace_model(t), &shown);
    g_assert_cmpuint(shown, ==, 1);
    quic_at(t, AT_MS(2001));
    hr_quic_close_seen(trace_model(t), c, 0, 0x100, true);
    hr_model_end_frame(trace_model(t), &shown);
    g_assert_cmpuint(shown, ==, 0);
}

/* It had taken the request, and was another program before it answered: that is told as its failure. */
static void taken_and_reset(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
    quic_exchange(t, c, 0, AT_MS(30));
    quic_ask(t, c, 4, AT_MS(100));
    quic_at(t, AT_MS(120));
    hr_quic_packet_seen(trace_model(t), c, 1, HR_QUIC_1RTT);
    quic_datagram(t, c, SERVER);
    quic_end(t);
    stateless_reset(t, c, AT_S(9));

    quic_assert_cause(t, c, "request-aborted", "certain");
    assert_words(t, "mend_server", "1 request that the server took and never answered", NULL, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/quic/reset/reset-and-closed", reset_and_closed_is_over_once);
    g_test_add_func("/quic/reset/stateless-resets", second_stateless_reset_tells_of_the_first);
    g_test_add_func("/quic/reset/strange-timer", strange_packet_at_rest_fits_no_timer);
    g_test_add_func("/quic/reset/stateless-reset-timer", stateless_reset_at_rest_fits_no_timer);
    g_test_add_func("/quic/reset/stateless-reset", stateless_reset_ends_it);
    g_test_add_func("/quic/reset/stateless-reset/no-device", stateless_reset_is_no_devices);
    g_test_add_func("/quic/reset/taken", taken_and_reset);
    return g_test_run();
}
