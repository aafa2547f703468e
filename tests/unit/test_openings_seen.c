/* test_openings_seen.c
 * What of a capture tells why a connection was opened: which of those that closed explains it, what else
 * was lost or said meanwhile, how far two clocks lie apart. DESIGN section 4.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_h2.h"

static void assert_why(const trace_connection *c, const char *why)
{
    g_assert_cmpstr(hr_why_token(trace_opening(c)->why), ==, why);
}

/* ---- what closed ---- */

/* One says no name, and so may be of any: the latest of both explains the next, whichever said one. */
static void the_latest_that_closed(void)
{
    for (int is_nameless_last = 0; is_nameless_last < 2; is_nameless_last++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *named = trace_open(t, AT_MS(0));
        trace_connection *nameless = trace_open(t, AT_MS(1));
        trace_request(named, AT_MS(10));
        trace_request(nameless, AT_MS(10), .host = "");
        trace_answer(named, AT_MS(11));
        trace_answer(nameless, AT_MS(11));
        trace_close(is_nameless_last ? named : nameless, SERVER, AT_MS(100));
        trace_close(is_nameless_last ? nameless : named, SERVER, AT_MS(200));
        trace_connection *next = trace_open_used(t, AT_S(1));

        assert_opened(next, "previous-closed", is_nameless_last ? nameless : named);
    }
}

/* ---- what is missing ---- */

/* In TLS its head was read: what is lost of its client behind that says nothing of it. */
static void bytes_behind_the_own_head(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = tls_open(t, AT_MS(0), .has_keys = true);
    trace_exchange(idle, AT_MS(10), AT_MS(11));
    trace_connection *c = tls_open(t, AT_S(1), .has_keys = true);
    trace_exchange(c, AT_S(2), AT_S(2) + AT_MS(1));
    trace_exchange(c, AT_S(3), AT_S(3) + AT_MS(1));
    trace_lose(c, CLIENT, 300);
    trace_ack(c, SERVER, AT_S(4));
    trace_probe(idle, SERVER, AT_S(5));

    assert_opened(c, "idle-available", idle);
}

/* Of another host's connection only the server's packets are there: that is no packet which the capture
 * lost. */
static void one_direction_of_others(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = trace_open_used(t, AT_MS(0));
    trace_connection *other = trace_connect_between(t, "10.0.0.9", 0, "10.0.0.80", 80);
    trace_syn_ack(other, AT_MS(500));
    trace_connection *c = trace_open_used(t, AT_S(1));

    assert_opened(c, "idle-available", idle);
}

/* What one spoke before is known, though a piece of it is missing: what goes to another name is new. */
static void gap_of_a_known_protocol(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = tls_open(t, AT_MS(0), .has_keys = true, .agrees = "http/1.1");
    trace_exchange(one, AT_MS(10), AT_MS(11));
    trace_lose(one, SERVER, 100);
    trace_ack(one, CLIENT, AT_MS(20));
    trace_close(one, SERVER, AT_MS(30));
    trace_connection *two =
        tls_open(t, AT_S(1), .sni = "b.example", .has_keys = true, .agrees = "http/1.1");
    trace_request(two, AT_S(2), .host = "b.example");
    trace_answer(two, AT_S(2) + AT_MS(1));

    assert_first_contact(two);
}

/* ---- times that went back ---- */

/* Its SYN and the answer before it stand among times that went back, its request does not: whether that
 * answer had come before the SYN nobody knows. */
static void opening_in_disorder(void)
{
    for (int is_back = 0; is_back < 2; is_back++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *other = trace_open_to(t, "10.0.0.99", 80, AT_MS(0));
        trace_connection *idle = trace_open(t, AT_MS(1));
        trace_exchange(idle, AT_MS(2), AT_MS(20));
        trace_ack(idle, CLIENT, AT_MS(20));
        trace_ack(other, SERVER, AT_MS(60));
        trace_unsorted(t);
        trace_ack(other, CLIENT, is_back ? AT_MS(18) : AT_MS(61));
        trace_connection *c = trace_open(t, is_back ? AT_MS(55) : AT_MS(65));
        trace_exchange(c, AT_MS(200), AT_MS(201));

        assert_why(c, is_back ? NULL : "idle-available");
    }
}

/* ---- clocks that differ ---- */

/* The server's is 3 ms behind, as the handshake shows, which takes @trip_ns. */
static trace_connection *open_apart(trace *t, int64_t trip_ns, int64_t at)
{
    trace_connection *c = trace_connect(t);

    trace_syn(c, at);
    trace_ack(c, CLIENT, at + trip_ns);
    trace_syn_ack(c, at + trip_ns + AT_MS(3));
    return c;
}

/* One waits for its answer as another one is opened; that comes @answered_ns after the SYN, or just before
 * the request there. Only a difference of the clocks, and a trip, may have had it before the SYN. */
static const char *opened_before_an_answer(bool is_first_apart, int64_t trip_ns,
                                           int64_t answered_ns)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c =
        is_first_apart ? open_apart(t, AT_US(100), AT_S(1)) : trace_open(t, AT_S(1));
    trace_request(c, AT_S(2));
    trace_connection *next = open_apart(t, trip_ns, AT_S(3));
    trace_answer(c, AT_S(3) + answered_ns);
    trace_exchange(next, AT_S(4), AT_S(4) + AT_MS(1));

    return hr_why_token(trace_opening(next)->why);
}

static void answer_around_an_opening(void)
{
    g_assert_cmpstr(opened_before_an_answer(true, AT_US(100), AT_MS(20)), ==, "all-busy");
    g_assert_cmpstr(opened_before_an_answer(true, AT_MS(18), AT_MS(21)), ==, NULL);
    g_assert_cmpstr(opened_before_an_answer(false, AT_US(100), AT_US(3100)), ==, NULL);
    g_assert_cmpstr(opened_before_an_answer(true, AT_US(100), AT_MS(999)), ==, "all-busy");
}

/* ---- bursts ---- */

/* A second one is opened as the first waits for its answer: both belong to a burst; if that may have come,
 * in what was lost elsewhere at the time or behind what a snap length cut off, they may. */
static void opened_with_another(void)
{
    enum {
        WAITING,
        LOST,
        CUT,
        WAYS
    };

    for (int way = 0; way < WAYS; way++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *other = trace_open_to(t, "10.0.0.99", 80, AT_MS(0));
        trace_connection *first = trace_open(t, AT_MS(10));
        trace_request(first, AT_MS(11));
        trace_connection *second = trace_open(t, AT_MS(14));
        trace_request(second, AT_MS(15));
        if (way == CUT) {
            trace_answer(first, AT_MS(16), .is_cut = true);
            trace_request(first, AT_MS(18));
        }
        trace_analysis(t);
        g_assert_true(first->model->judged.may_be_in_burst);
        g_assert_true(first->model->judged.is_in_burst == (way != CUT));
        if (way == LOST) {
            trace_lose(other, SERVER, 300);
            trace_ack(other, CLIENT, AT_MS(30));
        }
        trace_answer(second, AT_MS(40));

        trace_analysis(t);
        g_assert_true(second->model->judged.may_be_in_burst);
        g_assert_true(second->model->judged.is_in_burst == (way == WAITING));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/openings/seen/closed", the_latest_that_closed);
    g_test_add_func("/openings/seen/own-head", bytes_behind_the_own_head);
    g_test_add_func("/openings/seen/one-way", one_direction_of_others);
    g_test_add_func("/openings/seen/protocol", gap_of_a_known_protocol);
    g_test_add_func("/openings/seen/disorder", opening_in_disorder);
    g_test_add_func("/openings/seen/apart", answer_around_an_opening);
    g_test_add_func("/openings/seen/burst", opened_with_another);
    return g_test_run();
}
