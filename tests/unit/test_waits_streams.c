/* test_waits_streams.c
 * Streams of HTTP/2 and 3 that a client gives up after waits of one length: the connection goes on,
 * and it is the same timeout of its own as on HTTP/1 (test_waits.c).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"
#include "trace_h2.h"
#include "trace_quic.h"

/* Asked at @at on @stream, and taken back @wait_ns later. */
static const hr_request *take_back(trace_connection *c, uint32_t stream, int64_t at,
                                   int64_t wait_ns)
{
    const hr_request *request = h2_ask(c, stream, at);

    trace_ack(c, SERVER, at + AT_US(100));
    h2_reset(c, CLIENT, stream, at + wait_ns);
    return request;
}

static void assert_given_up(trace *t, unsigned expected, guint others, const hr_request *request)
{
    trace_analysis(t);
    g_assert_cmpuint(trace_found(t, HR_FINDING_REQUEST_CANCELLED), ==, expected);
    g_assert_cmpuint(request->equal_waits, ==, others);
}

/* net/http, Client.Timeout 300 ms: three of five calls are slow. */
static void equal_waits_are_a_timeout(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_used(t, AT_S(0));
    const hr_request *first = take_back(c, 3, AT_S(1), AT_US(300192));
    h2_exchange(c, 5, AT_S(2), AT_MS(2100));
    take_back(c, 7, AT_S(3), AT_US(301227));
    take_back(c, 9, AT_S(4), AT_US(300093));
    h2_exchange(c, 11, AT_S(5), AT_MS(5001));

    assert_given_up(t, 3, 2, first);
}

/* Two are enough: each has one as long. */
static void two_equal_waits_are_a_timeout(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_used(t, AT_S(0));
    const hr_request *first = take_back(c, 3, AT_S(1), AT_US(300192));
    take_back(c, 5, AT_S(3), AT_US(301227));
    h2_exchange(c, 7, AT_S(5), AT_MS(5001));

    assert_given_up(t, 2, 1, first);
}

static void other_waits_are_cancels(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_used(t, AT_S(0));
    const hr_request *first = take_back(c, 3, AT_S(1), AT_MS(300));
    take_back(c, 5, AT_S(2), AT_MS(420));
    h2_exchange(c, 7, AT_S(5), AT_MS(5001));

    assert_given_up(t, 0, 0, first);
}

static void a_longer_wait_refutes(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_used(t, AT_S(0));
    const hr_request *first = take_back(c, 3, AT_S(1), AT_MS(300));
    take_back(c, 5, AT_S(2), AT_MS(300));
    h2_exchange(c, 7, AT_S(3), AT_MS(3400));

    assert_given_up(t, 0, 0, first);
}

/* Sent at once and taken back at once: one event, whatever it was. */
static void one_event_is_no_timeout(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_used(t, AT_S(0));
    const hr_request *first = h2_ask(c, 3, AT_MS(1000));
    h2_ask(c, 5, AT_MS(1001));
    h2_reset(c, CLIENT, 3, AT_MS(1500));
    h2_reset(c, CLIENT, 5, AT_MS(1501));
    h2_exchange(c, 7, AT_S(5), AT_MS(5001));

    assert_given_up(t, 0, 0, first);
}

/* A page is left: what it still waits for is taken back at one instant, whenever it was asked. Two
 * pages that were left after waits of which some are equal by chance show no timeout. */
static void what_is_left_together_is_no_timeout(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_used(t, AT_S(0));
    const hr_request *first = h2_ask(c, 3, AT_MS(1000));
    h2_ask(c, 5, AT_MS(1200));
    h2_reset(c, CLIENT, 3, AT_MS(2000));
    h2_reset(c, CLIENT, 5, AT_MS(2000));
    h2_ask(c, 7, AT_MS(6000));
    h2_ask(c, 9, AT_MS(6300));
    h2_reset(c, CLIENT, 7, AT_MS(7001));
    h2_reset(c, CLIENT, 9, AT_MS(7001));
    h2_exchange(c, 11, AT_S(9), AT_MS(9001));

    assert_given_up(t, 0, 0, first);
}

/* A server hangs under load: every few milliseconds another call runs out, and one was called off
 * in between. */
static void one_is_called_off_among_many(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_used(t, AT_S(0));
    const hr_request *first = h2_ask(c, 3, AT_MS(1000));
    for (uint32_t i = 1; i < 100; i++) {
        h2_ask(c, 3 + 2 * i, AT_MS(1000) + i * AT_US(1900));
    }
    h2_ask(c, 203, AT_MS(1190));
    for (uint32_t i = 0; i < 100; i++) {
        h2_reset(c, CLIENT, 3 + 2 * i, AT_MS(1300) + i * AT_US(1900));
        if (i == 50) {
            h2_reset(c, CLIENT, 203, AT_MS(1395) + AT_US(100));
        }
    }

    trace_analysis(t);
    g_assert_cmpuint(first->equal_waits, >, 90);
}

/* What another program gave up tells nothing of this one. */
static void of_two_programs(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[] = {h2_open(t, AT_S(0)), h2_open(t, AT_S(1))};
    const hr_request *first = h2_ask(c[0], 1, AT_S(2), .user_agent = "one/1");
    h2_reset(c[0], CLIENT, 1, AT_MS(2300));
    h2_ask(c[1], 1, AT_S(4), .user_agent = "two/1");
    h2_reset(c[1], CLIENT, 1, AT_MS(4300));
    h2_exchange(c[0], 3, AT_S(9), AT_MS(9001));

    assert_given_up(t, 0, 0, first);
}

/* It reads no further, or crosses the answer: that it was a timeout is not shown. */
static void once_an_answer_has_begun(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_used(t, AT_S(0));
    const hr_request *first = NULL;
    for (uint32_t i = 0; i < 3; i++) {
        const hr_request *request = h2_ask(c, 3 + 2 * i, AT_S(1 + i));
        h2_answer(c, 3 + 2 * i, AT_S(1 + i) + AT_MS(299), .is_cut = true);
        h2_reset(c, CLIENT, 3 + 2 * i, AT_S(1 + i) + AT_MS(300));
        first = first != NULL ? first : request;
    }
    h2_exchange(c, 11, AT_S(9), AT_MS(9001));

    assert_given_up(t, 0, 0, first);
}

/* RFC 9113 §8.7: the server's word, after waits of one length as well. */
static void what_the_server_resets(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_used(t, AT_S(0));
    const hr_request *first = NULL;
    for (uint32_t i = 0; i < 3; i++) {
        const hr_request *request = h2_ask(c, 3 + 2 * i, AT_S(1 + i));
        h2_reset(c, SERVER, 3 + 2 * i, AT_S(1 + i) + AT_MS(300));
        first = first != NULL ? first : request;
    }
    h2_exchange(c, 11, AT_S(9), AT_MS(9001));

    assert_given_up(t, 0, 0, first);
}

/* curl --max-time closes the connection with its one stream; a program that ends closes it with
 * all of them. */
static void with_the_connection(void)
{
    for (uint32_t streams = 1; streams <= 2; streams++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c[2];
        for (int i = 0; i < 2; i++) {
            c[i] = h2_open_used(t, AT_S(10 * i));
            h2_ask(c[i], 3, AT_S(10 * i + 1));
            if (streams > 1) {
                h2_ask(c[i], 5, AT_S(10 * i + 1) + AT_MS(50));
            }
            trace_ack(c[i], SERVER, AT_S(10 * i + 1) + AT_MS(51));
            trace_fin(c[i], CLIENT, AT_S(10 * i + 3));
        }
        h2_open_used(t, AT_S(30));

        trace_analysis(t);
        assert_cause(c[0], "request-cancelled");
        g_assert_cmpuint(trace_ending(c[0])->equal_waits, ==, streams == 1 ? 1 : 0);
    }
}

/* RFC 9114 §4.1.1 */
static void on_quic(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *c = quic_open_with_keys(t, 0, AT_S(0));
    const hr_request *first = NULL;
    quic_exchange(t, c, 0, AT_MS(100));
    for (unsigned i = 1; i <= 3; i++) {
        const uint64_t stream = UINT64_C(4) * i;
        quic_ask(t, c, stream, AT_S(i));
        first = first != NULL ? first : c->last_request;
        quic_at(t, AT_S(i) + AT_MS(300));
        hr_h3_reset_seen(trace_model(t), c, 0, stream, true);
        quic_end(t);
    }
    quic_exchange(t, c, 16, AT_S(5));

    assert_given_up(t, 3, 2, first);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/waits/streams/equal", equal_waits_are_a_timeout);
    g_test_add_func("/waits/streams/two", two_equal_waits_are_a_timeout);
    g_test_add_func("/waits/streams/other", other_waits_are_cancels);
    g_test_add_func("/waits/streams/longer", a_longer_wait_refutes);
    g_test_add_func("/waits/streams/one-event", one_event_is_no_timeout);
    g_test_add_func("/waits/streams/together", what_is_left_together_is_no_timeout);
    g_test_add_func("/waits/streams/called-off", one_is_called_off_among_many);
    g_test_add_func("/waits/streams/programs", of_two_programs);
    g_test_add_func("/waits/streams/answered", once_an_answer_has_begun);
    g_test_add_func("/waits/streams/by-server", what_the_server_resets);
    g_test_add_func("/waits/streams/with-connection", with_the_connection);
    g_test_add_func("/waits/streams/quic", on_quic);
    return g_test_run();
}
