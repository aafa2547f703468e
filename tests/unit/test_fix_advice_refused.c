/* test_fix_advice_refused.c
 * Who has to change what where a setup failed: a server that refuses, also beside one that serves, and
 * dials in vain.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"
#include "trace_fixes.h"
#include "trace_h2.h"
#include "trace_quic.h"

/* ---- a server that refuses ---- */

static void refused(void)
{
    g_autoptr(trace) t = trace_new();
    trace_exchange(trace_open(t, AT_MS(0)), AT_MS(1), AT_MS(2));
    for (int i = 0; i < 2; i++) {
        trace_connection *c = trace_connect(t);
        trace_syn(c, AT_S(1 + i));
        trace_rst(c, SERVER, AT_S(1 + i) + AT_US(100));
    }

    g_assert_true(trace_advises(t, "reach_server", "Nobody listened"));
}

/* The server answers another one then: it is there. */
static void refused_beside_one_that_is_served(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *busy = trace_open(t, AT_MS(0));
    trace_request(busy, AT_MS(1));
    for (int i = 0; i < 2; i++) {
        trace_connection *c = trace_connect(t);
        trace_syn(c, AT_MS(2 + i));
        trace_rst(c, SERVER, AT_MS(2 + i) + AT_US(100));
    }
    trace_answer(busy, AT_MS(50));

    g_assert_true(trace_advises(t, "reach_server", "while its server went on"));
}

/* The one that it answers had begun before the capture; or it was only dialled, and is refused as well. */
static void refused_beside_one_whose_begin_is_unseen(void)
{
    for (int is_late = 0; is_late < 2; is_late++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *busy = trace_connect(t);
        if (is_late) {
            trace_request(busy, AT_MS(1));
        } else {
            trace_syn(busy, AT_MS(1));
        }
        for (int i = 0; i < 2; i++) {
            trace_refuse(t, AT_MS(2 + i));
        }
        if (is_late) {
            trace_answer(busy, AT_MS(50));
        } else {
            trace_rst(busy, SERVER, AT_MS(50));
            trace_exchange(trace_open(t, AT_S(9)), AT_S(9) + AT_MS(1), AT_S(9) + AT_MS(2));
        }

        g_assert_true(trace_advises(t, "reach_server",
                                    is_late ? "while its server went on" : "Nobody listened"));
    }
}

/* It stops: what it has it serves to its end, and listens no more. */
static void refused_beside_one_that_is_served_to_its_end(void)
{
    g_autoptr(trace) drained = trace_new();
    trace_connection *stream = h2_open_plain(drained, AT_MS(0), 100);
    h2_exchange(stream, 1, AT_MS(10), AT_MS(11));
    h2_goaway(stream, SERVER, 1, 0, AT_MS(60));
    trace_refuse(drained, AT_MS(61));
    trace_refuse(drained, AT_MS(62));
    trace_close(stream, SERVER, AT_MS(70));
    g_assert_true(trace_advises(drained, "reach_server", "Nobody listened"));

    g_autoptr(trace) said = trace_new();
    trace_connection *busy = trace_open(said, AT_MS(0));
    trace_request(busy, AT_MS(1));
    trace_refuse(said, AT_MS(2));
    trace_refuse(said, AT_MS(3));
    trace_answer(busy, AT_MS(50), .connection = "close");
    trace_close(busy, SERVER, AT_MS(51));
    g_assert_true(trace_advises(said, "reach_server", "Nobody listened"));
}

/* It says close with each answer, and has a place for one at a time: it takes another one later. */
static void refused_beside_one_that_goes(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        const int64_t at = AT_S(i);
        trace_connection *busy = trace_open(t, at);
        trace_request(busy, at + AT_MS(1));
        trace_refuse(t, at + AT_MS(2));
        trace_answer(busy, at + AT_MS(50), .connection = "close");
        trace_close(busy, SERVER, at + AT_MS(51));
    }

    g_assert_true(trace_advises(t, "reach_server", "while its server went on"));
}

/* ---- dials in vain ---- */

/* One dial and no other: nothing was beyond need, and all was in vain. */
static void dial_in_vain_is_told_alone(void)
{
    for (unsigned count = 1; count <= 3; count++) {
        g_autoptr(trace) t = trace_new();
        for (unsigned i = 0; i < count; i++) {
            hr_connection *c = quic_begin(t, i, AT_S(4 * (int64_t)i));
            g_assert_nonnull(c->seldom->tls->sni);
        }
        quic_wait_until(t, AT_S(20));
        trace_analysis(t);

        g_assert_nonnull(trace_fix(t, "reach_server"));
        g_assert_cmpuint(trace_fix(t, "reach_server")->connections->len, ==, count);
        g_assert_cmpuint(trace_fix(t, "reach_server")->avoidable->len, ==, count - 1);
        g_assert_true(trace_advises(t, "reach_server", "over UDP"));
    }
}

/* Chromium goes on over TCP where UDP does not pass, and closes what it tried: nobody ended a handshake, and
 * no key would tell more. A server that had said something is another matter. */
static void dial_in_vain_that_its_client_closes(void)
{
    for (int is_heard = 0; is_heard < 2; is_heard++) {
        g_autoptr(trace) t = trace_new();
        for (unsigned i = 0; i < 2; i++) {
            hr_connection *c = quic_begin(t, i, AT_S(i));
            if (is_heard) {
                quic_at(t, AT_S(i) + AT_MS(10));
                quic_datagram(t, c, SERVER);
                quic_end(t);
            }
            quic_close(t, c, CLIENT, 0, AT_S(i) + AT_MS(60));
        }
        g_assert_true(trace_advises(t, "reach_server", "over UDP") == !is_heard);
        g_assert_true(trace_advises(t, "reach_server", "SSLKEYLOGFILE") == is_heard);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fix_advice/udp-closed", dial_in_vain_that_its_client_closes);
    g_test_add_func("/fix_advice/refused", refused);
    g_test_add_func("/fix_advice/refused-at-the-end", refused_beside_one_that_is_served_to_its_end);
    g_test_add_func("/fix_advice/refused-and-later", refused_beside_one_that_goes);
    g_test_add_func("/fix_advice/refused-beside/unseen", refused_beside_one_whose_begin_is_unseen);
    g_test_add_func("/fix_advice/refused-beside", refused_beside_one_that_is_served);
    g_test_add_func("/fix_advice/in-vain", dial_in_vain_is_told_alone);
    return g_test_run();
}
