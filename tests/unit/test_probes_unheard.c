/* test_probes_unheard.c
 * A way that is dead while nothing is asked: an end's TCP keep-alive probes go unheard, again and
 * again, and its kernel gives the connection up (Linux: after tcp_keepalive_probes, by a reset).
 * Nobody closed it at will. RFC 9293 section 3.8.4.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_fixes.h"

typedef struct {
    trace_side from;
    int count;     /* of probes, one a second from 2 s on */
    int answered;  /* this one is, counted from 1 */
    bool is_twice; /* the capture has each twice */
    bool is_open;  /* it does not end */
} probing;

static trace_connection *probe(trace *t, probing how)
{
    trace_connection *c = trace_open_used(t, AT_MS(0));

    trace_ack(c, CLIENT, AT_MS(10));
    for (int i = 1; i <= how.count; i++) {
        trace_probe(c, how.from, AT_S(1 + i));
        if (how.is_twice) {
            trace_probe(c, how.from, AT_S(1 + i) + AT_US(10));
        }
        if (i == how.answered) {
            trace_ack(c, trace_other_side(how.from), AT_S(1 + i) + AT_MS(1));
        }
    }
    if (!how.is_open) {
        trace_rst(c, how.from, AT_S(2 + how.count));
    }
    trace_exchange(trace_open(t, AT_S(20)), AT_S(21), AT_S(22));
    return c;
}

static void who_hears_nothing_gives_up(void)
{
    for (int from = CLIENT; from <= SERVER; from++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = probe(t, (probing){.from = (trace_side)from, .count = 4});

        assert_cause(c, "idle-dropped");
        assert_certainty(c, "likely");
        g_assert_cmpint(trace_ending(c)->by, ==, HR_SIDE_NONE);
        g_assert_true(trace_happened(t, "detect_dead", "1 connection at rest from which nothing"));
    }
}

static void an_answer_refutes(void)
{
    for (int from = CLIENT; from <= SERVER; from++) {
        const char *cause = from == CLIENT ? "client-close" : "server-close";
        g_autoptr(trace) answered = trace_new();
        assert_cause(
            probe(answered, (probing){.from = (trace_side)from, .count = 5, .answered = 3}), cause);

        g_autoptr(trace) few = trace_new();
        assert_cause(probe(few, (probing){.from = (trace_side)from, .count = 3}), cause);
    }
}

/* A capture of all interfaces may have each packet twice. */
static void one_that_is_seen_twice_is_one(void)
{
    g_autoptr(trace) t = trace_new();

    assert_cause(probe(t, (probing){.from = CLIENT, .count = 2, .is_twice = true}), "client-close");
}

static void it_need_not_have_ended(void)
{
    g_autoptr(trace) t = trace_new();
    assert_cause(probe(t, (probing){.from = CLIENT, .count = 4, .is_open = true}), "idle-dropped");

    g_autoptr(trace) heard = trace_new();
    assert_cause(
        probe(heard, (probing){.from = CLIENT, .count = 4, .answered = 4, .is_open = true}),
        "open-at-end");
}

/* The server had taken all of the request, and then is heard no more: what was large had come through. */
static void unheard_behind_a_request_that_was_taken(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open_used(t, AT_MS(0));
    trace_ack(c, CLIENT, AT_MS(10));
    trace_request(c, AT_MS(50), .method = "POST", .body = 9000);
    trace_ack(c, SERVER, AT_MS(51));
    for (int i = 1; i <= 4; i++) {
        trace_probe(c, CLIENT, AT_S(1 + i));
    }
    trace_rst(c, CLIENT, AT_S(7));
    trace_exchange(trace_open(t, AT_S(20)), AT_S(21), AT_S(22));

    assert_cause(c, "idle-dropped");
    g_assert_false(trace_may_be_else(t, "detect_dead", "MTU"));
}

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/probes-unheard/given-up", who_hears_nothing_gives_up);
    g_test_add_func("/probes-unheard/answered", an_answer_refutes);
    g_test_add_func("/probes-unheard/twice", one_that_is_seen_twice_is_one);
    g_test_add_func("/probes-unheard/open", it_need_not_have_ended);
    g_test_add_func("/probes-unheard/taken", unheard_behind_a_request_that_was_taken);
    return g_test_run();
}
