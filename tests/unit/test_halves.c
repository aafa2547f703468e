/* test_halves.c
 * A connection whose directions are captured under different addresses of its server, as what a host
 * sends to its own sidecar is (iptables REDIRECT, on Linux' interface "any" or "lo").
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

#define PROGRAM "10.5.1.2"
#define ASKED "10.5.2.2"
#define SIDECAR "127.0.0.1"

enum {
    SIDECAR_PORT = 15001,
    CLIENT_ISN = 0x2238413d,
    SERVER_ISN = 0x3549f6d5
};

typedef struct {
    trace_connection *asks;  /* what the program sends is captured as it comes to the sidecar */
    trace_connection *hears; /* ... and what it gets as it went through the translation back */
} halves;

static void number(trace_connection *c)
{
    c->next[CLIENT] = c->received[SERVER] = CLIENT_ISN + 1000 * (uint32_t)c->port[CLIENT];
    c->next[SERVER] = c->received[CLIENT] = SERVER_ISN + 7000 * (uint32_t)c->port[CLIENT];
}

static halves begin(trace *t)
{
    trace_connection *asks = trace_connect_between(t, PROGRAM, 0, SIDECAR, SIDECAR_PORT);
    const halves both = {
        asks,
        trace_connect_between(t, PROGRAM, asks->port[CLIENT], ASKED, 80),
    };

    number(both.asks);
    number(both.hears);
    return both;
}

/* Each knows of the other's numbers what its own packets did not move. */
static void follow(const halves *both)
{
    both->asks->next[SERVER] = both->hears->next[SERVER];
    both->hears->next[CLIENT] = both->asks->next[CLIENT];
    both->asks->received[CLIENT] = both->hears->next[SERVER];
    both->hears->received[SERVER] = both->asks->next[CLIENT];
}

static halves set_up(trace *t, int64_t at)
{
    const halves both = begin(t);

    trace_syn(both.asks, at);
    follow(&both);
    trace_syn_ack(both.hears, at + AT_US(10));
    follow(&both);
    trace_ack(both.asks, CLIENT, at + AT_US(20));
    return both;
}

static hr_request *ask(const halves *both, int64_t at)
{
    hr_request *request = trace_request(both->asks, at);

    follow(both);
    trace_answer(both->hears, at + AT_MS(1));
    follow(both);
    trace_ack(both->asks, CLIENT, at + AT_MS(1) + AT_US(10));
    return request;
}

static void part(const halves *both, int64_t at)
{
    trace_fin(both->asks, CLIENT, at);
    follow(both);
    trace_fin(both->hears, SERVER, at + AT_US(50));
    follow(both);
    trace_ack(both->asks, CLIENT, at + AT_US(60));
}

static void assert_joined(trace *t, const halves *both, uint32_t connections)
{
    const hr_totals *totals = trace_totals(t);

    g_assert_cmpuint(totals->sums.connections, ==, connections);
    g_assert_cmpuint(totals->halves, ==, connections);
    g_assert_cmpuint(totals->copies + totals->other_connections, ==, 0);
    g_assert_true(hr_connection_original(both->hears->model) == both->asks->model);
    g_assert_false(both->asks->model->is_one_way);
}

static void count_once(void)
{
    g_autoptr(trace) t = trace_new();
    const halves first = set_up(t, AT_S(0));
    const hr_request *request = ask(&first, AT_MS(10));
    part(&first, AT_MS(12));
    const halves second = set_up(t, AT_S(1));
    ask(&second, AT_S(1) + AT_MS(10));
    ask(&second, AT_S(2));

    trace_analysis(t);
    assert_joined(t, &second, 2);
    g_assert_cmpuint(trace_totals(t)->sums.requests, ==, 3);
    g_assert_cmpuint(request->response_code, ==, 200);
    g_assert_cmpint(request->complete, ==, HR_COMPLETE_YES);
    assert_cause(first.asks, "client-close");
    g_assert_cmpint(hr_connection_opening(second.asks->model)->why, ==, HR_WHY_PREVIOUS_CLOSED);
    g_assert_true(trace_totals(t)->first_half == first.hears->model);
}

static void begun_before_the_capture(void)
{
    g_autoptr(trace) t = trace_new();
    const halves both = begin(t);

    ask(&both, AT_MS(10));
    ask(&both, AT_S(1));
    trace_analysis(t);
    assert_joined(t, &both, 1);
    g_assert_cmpuint(trace_totals(t)->sums.requests, ==, 2);
}

/* The sidecar's answer is the first that is captured. */
static void heard_first(void)
{
    g_autoptr(trace) t = trace_new();
    const halves both = begin(t);

    both.hears->next[CLIENT] += 100; /* an earlier request */
    both.hears->received[SERVER] = both.asks->next[CLIENT] = both.hears->next[CLIENT];
    trace_answer(both.hears, AT_MS(1));
    follow(&both);
    ask(&both, AT_S(1));
    trace_analysis(t);
    g_assert_cmpuint(trace_totals(t)->halves, ==, 1);
    g_assert_cmpuint(trace_totals(t)->sums.connections, ==, 1);
    g_assert_true(hr_connection_original(both.asks->model) == both.hears->model);
}

static uint32_t halves_of(const halves *both, trace *t)
{
    trace_syn(both->asks, AT_MS(0));
    trace_syn_ack(both->hears, AT_MS(0) + AT_US(10));
    trace_analysis(t);
    return trace_totals(t)->halves;
}

/* Another client, or one that has a number of its own; and nobody drew those that are small. */
static void another_connection(void)
{
    g_autoptr(trace) t = trace_new();
    halves both = begin(t);
    both.hears->received[SERVER]++;
    g_assert_cmpuint(halves_of(&both, t), ==, 0);

    g_autoptr(trace) of_others = trace_new();
    both = begin(of_others);
    both.hears = trace_connect_between(of_others, "10.5.1.3", both.asks->port[CLIENT], ASKED, 80);
    both.hears->next[SERVER] = SERVER_ISN;
    both.hears->received[SERVER] = both.asks->next[CLIENT];
    g_assert_cmpuint(halves_of(&both, of_others), ==, 0);

    g_autoptr(trace) written = trace_new();
    both = begin(written);
    both.hears->next[SERVER] = TRACE_SERVER_ISN;
    g_assert_cmpuint(halves_of(&both, written), ==, 0);

    g_autoptr(trace) begun = trace_new();
    both = begin(begun);
    trace_request(both.asks, AT_MS(0));
    follow(&both);
    both.hears->next[SERVER] += 1U << 24;
    trace_answer(both.hears, AT_MS(1));
    trace_analysis(begun);
    g_assert_cmpuint(trace_totals(begun)->halves, ==, 0);

    g_autoptr(trace) same = trace_new();
    both = begin(same);
    g_assert_cmpuint(halves_of(&both, same), ==, 1);
}

/* Behind a NAT, where the SYN of what lies there was not captured: it is whole in front. */
static void a_copy_after_all(void)
{
    g_autoptr(trace) t = trace_new();
    const halves both = begin(t);

    trace_syn(both.asks, AT_MS(0));
    both.hears->received[SERVER] = both.asks->next[CLIENT];
    trace_syn_ack(both.hears, AT_US(100));
    trace_syn_ack(both.asks, AT_US(110));
    trace_ack(both.asks, CLIENT, AT_US(150));
    both.hears->next[CLIENT] = both.asks->next[CLIENT];
    trace_exchange(both.asks, AT_MS(1), AT_MS(2));
    trace_exchange(both.hears, AT_MS(3), AT_MS(4));

    trace_analysis(t);
    g_assert_cmpuint(trace_totals(t)->halves, ==, 0);
    g_assert_cmpuint(trace_totals(t)->copies, ==, 1);
    g_assert_cmpuint(trace_totals(t)->sums.requests, ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/halves/count-once", count_once);
    g_test_add_func("/halves/begun-before-the-capture", begun_before_the_capture);
    g_test_add_func("/halves/heard-first", heard_first);
    g_test_add_func("/halves/another-connection", another_connection);
    g_test_add_func("/halves/a-copy-after-all", a_copy_after_all);
    return g_test_run();
}
