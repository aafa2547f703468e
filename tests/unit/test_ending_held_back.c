/* test_ending_held_back.c
 * An answer written in two pieces: the kernel holds the second back until the first is acknowledged
 * (RFC 9293 §3.7.4), which the client's delays (Python's http.server: 41 ms). The server's timer
 * begins when it has written both.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

typedef struct {
    int64_t acked;    /* the client's ACK of the first piece, after it; 0: 41 ms */
    int64_t freed;    /* the second piece, after that; 0: 20 us */
    int64_t third;    /* ... of which a part comes so much later; 0: it is one */
    int64_t leg;      /* how long the way to the client and back takes, the same to the server */
    trace_side first; /* to close */
    bool is_before;   /* the ACK is of the second piece as well, and comes after it */
    bool acks_half;   /* ... of the first piece */
    bool is_open;     /* nobody closes */
    bool asks_again;  /* another exchange is between, whose answer nothing holds back */
} pieces;

/* The server closes 5.001 s after the first piece, as a timeout of 5 s does. */
static trace_connection *answered_in_pieces(trace *t, pieces it)
{
    const int64_t acked = AT_S(1) + (it.acked > 0 ? it.acked : AT_MS(41));
    const int64_t freed = acked + (it.freed > 0 ? it.freed : AT_US(20));
    trace_connection *c = trace_connect(t);

    trace_syn(c, AT_MS(0));
    trace_syn_ack(c, it.leg + AT_US(20));
    trace_ack(c, CLIENT, 2 * it.leg + AT_US(40));
    trace_request(c, AT_MS(999), .host = "a.example");
    trace_begin_answer(c, AT_S(1), .rest = 200, .server = "uvicorn");
    if (it.acks_half) {
        trace_segment(c, CLIENT, HR_TCP_ACK, c->next[CLIENT], c->next[SERVER] - 100, 0, acked);
    } else if (!it.is_before) {
        trace_ack(c, CLIENT, acked);
    }
    if (it.third > 0) {
        trace_data(c, SERVER, 100, freed);
        trace_end_answer(c, 100, freed + it.third);
    } else {
        trace_end_answer(c, 200, freed);
    }
    trace_ack(c, CLIENT, freed + it.third + AT_US(20));
    int64_t rested = AT_S(1);
    if (it.asks_again) {
        trace_request(c, AT_S(2));
        trace_begin_answer(c, AT_S(2) + AT_US(50), .rest = 200);
        trace_end_answer(c, 200, AT_S(2) + AT_US(70));
        trace_ack(c, CLIENT, AT_S(2) + AT_US(90));
        rested = AT_S(2) + AT_US(70);
    }
    if (!it.is_open) {
        trace_close(c, it.first, rested + AT_S(5) + AT_MS(1));
    }
    trace_analysis(t);
    return c;
}

static void assert_rested(const trace_connection *c, int64_t rested)
{
    g_assert_cmpint(trace_ending(c)->after_rest_ns, ==, rested);
    /* ... which its client heard a little later. */
    g_assert_cmpint(trace_ending(c)->after_idle_ns, >=, rested - AT_MS(20) - AT_US(20));
}

static void a_timer_begins_with_the_writing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = answered_in_pieces(t, (pieces){.first = SERVER});

    assert_cause(c, "server-idle-timeout");
    g_assert_cmpuint(trace_ending(c)->timer_count, >, 0);
    assert_rested(c, AT_S(5) + AT_MS(1));

    g_autoptr(trace) parts = trace_new(); /* of what is freed two segments go at once */
    c = answered_in_pieces(parts, (pieces){.first = SERVER, .third = AT_US(30)});
    assert_cause(c, "server-idle-timeout");
    assert_rested(c, AT_S(5) + AT_MS(1));

    g_autoptr(trace) away = trace_new(); /* the ACK's way to the server, and the piece's back */
    c = answered_in_pieces(
        away, (pieces){.first = SERVER, .leg = AT_MS(10), .acked = AT_MS(61), .freed = AT_MS(10)});
    assert_rested(c, AT_S(5) + AT_MS(1));
}

/* The program wrote it then, or whatever else: nothing waited for an ACK. */
static void what_nothing_held_back(void)
{
    static const struct {
        pieces it;
        int64_t second; /* after the first */
    } others[] = {
        {{.freed = AT_MS(3)}, AT_MS(44)},              /* not at once */
        {{.acked = AT_MS(20)}, AT_MS(20) + AT_US(20)}, /* the ACK was not delayed */
        {{.acked = AT_MS(41), .leg = AT_MS(10)}, AT_MS(41) + AT_US(20)}, /* ... but on its way */
        {{.acks_half = true}, AT_MS(41) + AT_US(20)}, /* that would be waited for, too */
        {{.is_before = true}, AT_MS(41) + AT_US(20)},
        {{.third = AT_MS(3)}, AT_MS(44) + AT_US(20)}, /* the last part was written later */
        {{.asks_again = true}, 0},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        g_autoptr(trace) t = trace_new();
        pieces it = others[i].it;
        it.first = SERVER;
        trace_connection *c = answered_in_pieces(t, it);
        const int64_t heard = it.asks_again ? AT_MS(1) : AT_US(20);
        g_assert_cmpint(trace_ending(c)->after_rest_ns, ==, AT_S(5) + AT_MS(1) - others[i].second);
        g_assert_cmpint(trace_ending(c)->after_idle_ns, >=,
                        trace_ending(c)->after_rest_ns - MAX(heard, 2 * it.leg));
    }
}

/* Its client asks again 6 s after the first piece, which a reset answers; @rest: from the first piece to
 * the server's FIN, 0: there is none. */
static trace_connection *asked_too_late(trace *t, int64_t at, int64_t rest)
{
    trace_connection *c = trace_open(t, at);

    trace_request(c, at + AT_MS(999), .host = "a.example");
    trace_begin_answer(c, at + AT_S(1), .rest = 200);
    trace_ack(c, CLIENT, at + AT_S(1) + AT_MS(41));
    const int64_t answered = at + AT_S(1) + AT_MS(41) + AT_US(20);
    trace_end_answer(c, 200, answered);
    trace_ack(c, CLIENT, answered);
    if (rest > 0) {
        trace_fin(c, SERVER, at + AT_S(1) + rest);
    }
    trace_request(c, at + AT_S(7), .host = "a.example");
    trace_rst(c, SERVER, at + AT_S(7) + AT_US(20));
    return c;
}

static void a_stale_request(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = asked_too_late(t, AT_S(0), AT_S(5) + AT_MS(1));
    trace_analysis(t);

    assert_cause(c, "stale-race");
    assert_rested(c, AT_S(5) + AT_MS(1));
}

/* ... and where both crossed on their way: the server's timer, and no request, made it close or reset. */
static void a_stale_request_on_its_way(void)
{
    for (int is_reset = 0; is_reset < 2; is_reset++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = answered_in_pieces(t, (pieces){.first = SERVER, .is_open = true});
        const int64_t at = AT_S(6) + AT_MS(1);
        c->is_deaf[SERVER] = true;
        if (is_reset) {
            trace_rst(c, SERVER, at);
            trace_request(c, at + AT_US(10), .host = "a.example");
        } else {
            trace_request(c, at, .host = "a.example");
            trace_fin(c, SERVER, at + AT_US(10));
        }
        trace_analysis(t);

        assert_cause(c, "stale-race");
        assert_rested(c, AT_S(5) + AT_MS(1) - AT_US(20)); /* its client's way */
    }
}

/* Nobody has told when it was forgotten: for its client it had been idle since it had the answer. */
static void a_reset_when_asked(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = asked_too_late(t, AT_S(0), 0);
    trace_analysis(t);

    g_assert_cmpint(trace_ending(c)->after_idle_ns, ==, AT_S(6) - AT_MS(41) - AT_US(20));
}

/* Two that ended after 3.3 s show a timeout, of which one had a request too late: 41 ms less would be
 * more than a hundredth. */
static void evidence_for_another(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_S(0));

    trace_exchange(c, AT_MS(999), AT_S(1));
    trace_ack(c, CLIENT, AT_S(1));
    trace_close(c, SERVER, AT_S(1) + AT_MS(3300));
    asked_too_late(t, AT_S(20), AT_MS(3301));
    trace_analysis(t);

    assert_cause(c, "server-idle-timeout");
}

/* No packet of the client was captured, so that nobody knows what it delayed. */
static void only_the_servers_packets(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);

    trace_syn_ack(c, AT_MS(0));
    trace_lose(c, CLIENT, TRACE_REQUEST_HEADER);
    trace_ack(c, SERVER, AT_MS(999));
    trace_data(c, SERVER, 100, AT_S(1));
    trace_answer(c, AT_S(1) + AT_US(30), .before = 100);
    trace_fin(c, SERVER, AT_S(6) + AT_US(30));
    trace_analysis(t);

    assert_cause(c, "server-close");
    assert_rested(c, AT_S(5));
}

/* Its client knows of the answer when it has it. */
static void the_clients_time_is_its_own(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = answered_in_pieces(t, (pieces){.first = CLIENT});

    g_assert_cmpint(trace_ending(c)->after_idle_ns, ==, AT_S(5) + AT_MS(1) - AT_MS(41) - AT_US(40));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ending/held-back/timer", a_timer_begins_with_the_writing);
    g_test_add_func("/ending/held-back/others", what_nothing_held_back);
    g_test_add_func("/ending/held-back/stale", a_stale_request);
    g_test_add_func("/ending/held-back/crossed", a_stale_request_on_its_way);
    g_test_add_func("/ending/held-back/asked", a_reset_when_asked);
    g_test_add_func("/ending/held-back/evidence", evidence_for_another);
    g_test_add_func("/ending/held-back/one-way", only_the_servers_packets);
    g_test_add_func("/ending/held-back/client", the_clients_time_is_its_own);
    return g_test_run();
}
