/* test_quic_codes.c
 * QUIC that fails in its handshake, or of which nobody knows what it says: which codes are alerts of TLS, and
 * who said what is strange. RFC 9000 §10.3, §20.1; RFC 9001 §4.8.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_quic.h"

/* The server's CONNECTION_CLOSE with @code, once both hellos are there. */
static hr_side failed_by(uint64_t code)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = quic_begin(t, 0, AT_MS(0));
    quic_at(t, AT_MS(10));
    quic_answer_hello(t, c, &(quic_kind){.has_keys = true});
    quic_datagram(t, c, SERVER);
    quic_end(t);
    quic_at(t, AT_MS(20));
    hr_quic_close_seen(trace_model(t), c, 1U - c->client, code, false);
    quic_datagram(t, c, SERVER);
    quic_end(t);
    return c->seldom->tls->failed_by;
}

/* From 0x0100 to 0x01ff, and only as long as there is a handshake to fail. */
static void which_codes_are_alerts(void)
{
    g_assert_cmpint(failed_by(0xff), ==, HR_SIDE_NONE);
    g_assert_cmpint(failed_by(0x100), ==, HR_SIDE_SERVER);
    g_assert_cmpint(failed_by(0x1ff), ==, HR_SIDE_SERVER);
    g_assert_cmpint(failed_by(0x200), ==, HR_SIDE_NONE);

    g_autoptr(trace) t = trace_new();
    hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
    quic_at(t, AT_MS(50));
    hr_quic_close_seen(trace_model(t), c, 1U - c->client, 0x128, false);
    quic_datagram(t, c, SERVER);
    quic_end(t);
    g_assert_cmpint(c->seldom->tls->failed_by, ==, HR_SIDE_NONE);
}

/* What is strange of the server's tells of it, not what is of the client's; a reset whose sender had said
 * nothing before came now. */
static void what_nobody_knows(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = quic_begin(t, 0, AT_MS(0));
    quic_at(t, AT_MS(10));
    hr_quic_packet_seen(trace_model(t), c, c->client, HR_QUIC_STRANGE);
    quic_datagram(t, c, CLIENT);
    quic_end(t);
    g_assert_cmpuint(c->seldom->quic->strange_frame, ==, 0);
    quic_at(t, AT_MS(20));
    hr_quic_packet_seen(trace_model(t), c, 1U - c->client, HR_QUIC_STATELESS_RESETS);
    quic_datagram(t, c, SERVER);
    quic_end(t);
    g_assert_cmpint(c->ends[1U - c->client].seldom->rst.ns, ==, AT_MS(20));
    g_assert_cmpuint(c->ends[1U - c->client].seldom->rst.frame, !=, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/quic_codes/alerts", which_codes_are_alerts);
    g_test_add_func("/quic_codes/strange", what_nobody_knows);
    return g_test_run();
}
