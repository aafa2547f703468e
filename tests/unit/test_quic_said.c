/* test_quic_said.c
 * What single packets of QUIC tell: RFC 9000, RFC 9001. Which of them belong to the setup, what their
 * numbers and limits say, and which end is the one that counts.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_quic.h"

static void packet(trace *t, hr_connection *c, trace_side from, hr_quic_packet type, int64_t ns)
{
    quic_at(t, ns);
    hr_quic_packet_seen(trace_model(t), c, from == CLIENT ? 0 : 1, type);
    quic_datagram(t, c, from);
    quic_end(t);
}

/* A packet of 1-RTT whose number can be read. */
static void numbered(trace *t, hr_connection *c, trace_side from, uint64_t number, int64_t ns)
{
    quic_at(t, ns);
    hr_quic_packet_seen(trace_model(t), c, from == CLIENT ? 0 : 1, HR_QUIC_1RTT);
    hr_quic_number_seen(trace_model(t), c, from == CLIENT ? 0 : 1, number);
    quic_datagram(t, c, from);
    quic_end(t);
}

static hr_connection *answered(trace *t, uint32_t number, int64_t ns, const quic_kind *how)
{
    hr_connection *c = quic_begin(t, number, ns);
    quic_at(t, ns + AT_MS(10));
    quic_answer_hello(t, c, how);
    quic_datagram(t, c, SERVER);
    quic_end(t);
    return c;
}

/* ---- the setup ---- */

/* RFC 9001 §4.1.1: the client can send 1-RTT when its handshake is over, and Handshake before. */
static void setup_without_keys(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = answered(t, 0, AT_MS(0), &(quic_kind){.has_keys = false});
    packet(t, c, CLIENT, HR_QUIC_HANDSHAKE, AT_MS(15));
    packet(t, c, SERVER, HR_QUIC_1RTT, AT_MS(17));
    packet(t, c, CLIENT, HR_QUIC_1RTT, AT_MS(20));

    g_assert_cmpint(hr_connection_setup_ns(c), ==, AT_MS(20));
    g_assert_cmpuint(c->seldom->tls->client_records, ==, 1);
    g_assert_cmpint(hr_connection_accepted(c).ns, ==, AT_MS(10));
}

/* RFC 9001 §4.1.2: where the Finished is missing, HANDSHAKE_DONE confirms it. */
static void handshake_done(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = answered(t, 0, AT_MS(0), &(quic_kind){.has_keys = true});
    packet(t, c, CLIENT, HR_QUIC_1RTT, AT_MS(20));
    quic_at(t, AT_MS(25));
    hr_quic_handshake_done_seen(trace_model(t), c, 0); /* which only a server may say */
    quic_end(t);
    g_assert_cmpint(hr_connection_setup_ns(c), ==, HR_TIME_NONE);
    quic_at(t, AT_MS(30));
    hr_quic_handshake_done_seen(trace_model(t), c, 1);
    quic_datagram(t, c, SERVER);
    quic_end(t);

    g_assert_cmpint(hr_connection_setup_ns(c), ==, AT_MS(30));
}

/* What is being set up is no idle connection. */
static void beside_one_that_is_being_set_up(void)
{
    g_autoptr(trace) t = trace_new();
    const quic_kind how = {.has_keys = true};
    hr_connection *c = answered(t, 0, AT_MS(0), &how);
    hr_connection *beside = answered(t, 1, AT_MS(15), &how);
    for (int i = 0; i < 2; i++) {
        hr_connection *one = i == 0 ? c : beside;
        quic_at(t, AT_MS(30 + i));
        hr_tls_message_seen(trace_model(t), one, 0, HR_TLS_FINISHED);
        quic_datagram(t, one, CLIENT);
        quic_end(t);
    }
    quic_exchange(t, beside, 0, AT_MS(40));
    quic_exchange(t, c, 0, AT_MS(50));

    trace_analysis(t);
    g_assert_cmpstr(hr_why_token(hr_connection_opening(beside)->why), !=, "idle-available");
}

/* An Initial in the middle, as the other host's clock has it, is no opening; two in one datagram are
 * one opening. */
static void initials(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *late = quic_connect(t, 0);
    packet(t, late, CLIENT, HR_QUIC_1RTT, AT_MS(0));
    packet(t, late, CLIENT, HR_QUIC_INITIAL, AT_MS(1));
    g_assert_false(late->is_opening_seen);

    quic_at(t, AT_MS(2));
    hr_connection *two = quic_connect(t, 1);
    hr_quic_packet_seen(trace_model(t), two, 0, HR_QUIC_INITIAL);
    hr_quic_packet_seen(trace_model(t), two, 0, HR_QUIC_INITIAL);
    quic_datagram(t, two, CLIENT);
    size_t count = 0;
    hr_model_end_frame(trace_model(t), &count);
    g_assert_true(two->is_opening_seen);
    g_assert_cmpuint(count, ==, 1);
}

/* Where only an offer can be read it has to name nothing but HTTP/3. */
static void protocol_by_the_offer(void)
{
    static const struct {
        const char *offers;
        hr_protocol protocol;
    } kinds[] = {{"h3", HR_PROTOCOL_H3},
                 {"h3,h3-29", HR_PROTOCOL_H3},
                 {"h3,hq-interop", HR_PROTOCOL_UNKNOWN},
                 {"hq-interop", HR_PROTOCOL_UNKNOWN}};
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autoptr(trace) t = trace_new();
        quic_at(t, AT_MS(0));
        hr_connection *c = quic_connect(t, 0);
        const hr_tls_client_hello hello = {.alpn = {trace_slice(kinds[i].offers), true}};
        hr_tls_client_hello_seen(trace_model(t), c, 0, &hello);
        hr_quic_packet_seen(trace_model(t), c, 0, HR_QUIC_INITIAL);
        quic_datagram(t, c, CLIENT);
        quic_end(t);

        g_assert_cmpint(c->protocol, ==, kinds[i].protocol);
    }
}

/* ---- numbers ---- */

/* RFC 9000 §12.3: a client's number that is higher than its packets are many tells of one that is
 * missing, however many its server sent. */
static void numbers_of_the_client(void)
{
    for (uint64_t number = 2; number < 4; number++) {
        g_autoptr(trace) t = trace_new();
        hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
        numbered(t, c, CLIENT, number, AT_MS(30));

        g_assert_true(c->seldom->quic->is_client_gapped == (number == 3));
    }
}

/* What was missed of the server may have answered what was asked before. */
static void numbers_of_the_server(void)
{
    static const struct {
        uint64_t first, second;
        hr_delivery delivery;
    } kinds[] = {{0, 1, HR_DELIVERY_MULTIPLEXED},
                 {7, 8, HR_DELIVERY_MULTIPLEXED},
                 {0, 5, HR_DELIVERY_UNKNOWN}};
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autoptr(trace) t = trace_new();
        hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
        numbered(t, c, SERVER, kinds[i].first, AT_MS(30));
        quic_ask(t, c, 0, AT_MS(40));
        quic_ask(t, c, 4, AT_MS(41));
        numbered(t, c, SERVER, kinds[i].second, AT_MS(50));

        g_assert_cmpint(c->last_request->delivery, ==, kinds[i].delivery);
    }
}

/* A packet whose number is read was read; the one before it, which was not, stays so. */
static void packets_that_are_not_read(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
    packet(t, c, SERVER, HR_QUIC_HANDSHAKE, AT_MS(29));
    g_assert_cmpuint(c->seldom->quic->unread, ==, 0);
    packet(t, c, SERVER, HR_QUIC_1RTT, AT_MS(30));
    const uint32_t unread = (uint32_t)hr_model_frame_count(trace_model(t));
    numbered(t, c, SERVER, 0, AT_MS(31));

    g_assert_cmpuint(c->seldom->quic->unread, ==, unread);
}

/* RFC 9000 §4.6: a limit only grows; the client's is for streams of its server. */
static void limits_of_streams(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = quic_open(t, 0, AT_MS(0), &(quic_kind){.has_keys = true, .streams = 4});
    quic_at(t, AT_MS(30));
    hr_quic_max_streams_seen(trace_model(t), c, 1, 2);
    hr_quic_max_streams_seen(trace_model(t), c, 0, 1000);
    quic_datagram(t, c, SERVER);
    quic_end(t);

    g_assert_cmpuint(c->seldom->quic->streams_allowed, ==, 4);
    g_assert_cmpuint(c->seldom->streams->limit, ==, 4);
}

/* RFC 9001 §4.6: what is sent as 0-RTT before the handshake is over is not sent in vain. */
static void early_packets_are_no_probes(void)
{
    g_autoptr(trace) t = trace_new();
    quic_at(t, AT_MS(0));
    hr_connection *c = quic_connect(t, 0);
    quic_say_hello(t, c, true, 0);
    quic_datagram(t, c, CLIENT);
    quic_end(t);
    quic_stream(t, c, CLIENT, 0, false, AT_MS(1));
    for (int i = 1; i < 5; i++) {
        quic_stream(t, c, CLIENT, 0, i == 4, AT_MS(300 * i));
    }

    g_assert_cmpuint(c->ends[0].seldom->repeats, ==, 0);
}

/* ---- ends ---- */

/* The other side closes in answer, and each may say so again (RFC 9000 §10.2). */
static void first_close_counts(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
    quic_exchange(t, c, 0, AT_MS(30));
    quic_close(t, c, SERVER, 0x101, AT_MS(50));
    quic_close(t, c, CLIENT, 0x102, AT_MS(51));
    quic_close(t, c, SERVER, 0x103, AT_MS(60));

    g_assert_cmpuint(c->seldom->quic->close_code, ==, 0x101);
    g_assert_true(c->seldom->quic->is_close_by_application);
    g_assert_cmpint(c->ends[1].fin.ns, ==, AT_MS(50));
    g_assert_cmpint(c->ends[1].state, ==, HR_END_CLOSED);
    trace_analysis(t);
    g_assert_cmpint(c->ending.by, ==, HR_SIDE_SERVER);
    g_assert_cmpint(c->ending.at.ns, ==, AT_MS(50));
}

static void reset_behind_a_close(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = quic_open_with_keys(t, 0, AT_MS(0));
    quic_close(t, c, SERVER, 0x100, AT_MS(50));
    packet(t, c, SERVER, HR_QUIC_STATELESS_RESET, AT_MS(60));

    g_assert_cmpint(c->ends[1].state, ==, HR_END_CLOSED);
    g_assert_cmpuint(c->ends[1].seldom->rst.frame, ==, 0);

    hr_connection *reset = quic_open_with_keys(t, 1, AT_MS(100));
    packet(t, reset, SERVER, HR_QUIC_STATELESS_RESET, AT_MS(150));
    g_assert_cmpint(reset->ends[1].state, ==, HR_END_RESET);
}

/* What was closed does not time out as well; what timed out did so when it was time. */
static void silent_ends(void)
{
    for (int is_closed = 0; is_closed < 2; is_closed++) {
        g_autoptr(trace) t = trace_new();
        const quic_kind how = {.has_keys = true, .client_idle_ms = 1000, .server_idle_ms = 1000};
        hr_connection *c = quic_open(t, 0, AT_MS(0), &how);
        quic_exchange(t, c, 0, AT_MS(30));
        if (is_closed) {
            quic_close(t, c, CLIENT, 0x100, AT_MS(50));
        }
        quic_open(t, 1, AT_S(5), &how);

        g_assert_true((c->seldom->quic->expired_frame != 0) == !is_closed);
        g_assert_cmpint(c->closing.ns, ==, is_closed ? AT_MS(50) : AT_MS(1031));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/quic/said/setup/no-keys", setup_without_keys);
    g_test_add_func("/quic/said/setup/done", handshake_done);
    g_test_add_func("/quic/said/setup/beside", beside_one_that_is_being_set_up);
    g_test_add_func("/quic/said/setup/initials", initials);
    g_test_add_func("/quic/said/setup/offer", protocol_by_the_offer);
    g_test_add_func("/quic/said/numbers/client", numbers_of_the_client);
    g_test_add_func("/quic/said/numbers/server", numbers_of_the_server);
    g_test_add_func("/quic/said/numbers/unread", packets_that_are_not_read);
    g_test_add_func("/quic/said/limits", limits_of_streams);
    g_test_add_func("/quic/said/early", early_packets_are_no_probes);
    g_test_add_func("/quic/said/end/close", first_close_counts);
    g_test_add_func("/quic/said/end/reset", reset_behind_a_close);
    g_test_add_func("/quic/said/end/silent", silent_ends);
    return g_test_run();
}
