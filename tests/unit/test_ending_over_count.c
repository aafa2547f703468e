/* test_ending_over_count.c
 * httpx counts the busy ones too: while more are open than it keeps, each is closed after its answer,
 * however many rest (httpcore, connection_pool.py).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

#define HTTPX "python-httpx/0.28.1"

enum {
    OPEN = 4,
    KEPT = 2,
};

typedef struct {
    trace_side side;  /* that closes the third */
    bool is_reset;    /* ... by a reset */
    int64_t late_ns;  /* so long after its answer */
    int64_t rest_ns;  /* that the two which are kept rest before they are used again */
    int64_t later_ns; /* and how long they rest at another time */
    const char *cause;
} over_count;

static void end(trace_connection *c, const over_count *how)
{
    if (how->is_reset) {
        trace_rst(c, how->side, AT_MS(22) + how->late_ns);
    } else {
        trace_close(c, how->side, AT_MS(22) + how->late_ns);
    }
}

/* Four run requests, and all but the last are answered. */
static trace_connection *run(trace *t, const over_count *how)
{
    trace_connection *c[OPEN];

    for (int i = 0; i < OPEN; i++) {
        c[i] = trace_open(t, AT_MS(i));
    }
    for (int i = 0; i < OPEN; i++) {
        trace_request(c[i], AT_MS(10 + i), .user_agent = HTTPX);
    }
    for (int i = 0; i <= KEPT; i++) {
        trace_answer(c[i], AT_MS(20 + i));
    }
    if (how->late_ns <= how->rest_ns) {
        end(c[KEPT], how);
    }
    for (int i = 0; i < KEPT; i++) {
        trace_request(c[i], AT_MS(22) + how->rest_ns + AT_US(10 + i), .user_agent = HTTPX);
    }
    if (how->late_ns > how->rest_ns) {
        end(c[KEPT], how);
    }
    for (int i = 0; i < KEPT; i++) {
        trace_answer(c[i], AT_S(3) + AT_MS(3 * i));
    }
    for (int i = 0; i < KEPT; i++) {
        trace_close(c[i], SERVER, AT_S(3) + AT_MS(3 * i) + AT_US(100) + how->later_ns);
    }
    trace_answer(c[OPEN - 1], AT_S(6));
    trace_close(c[OPEN - 1], SERVER, AT_S(6) + AT_US(100));
    trace_exchange(trace_open_to(t, "10.0.0.81", 80, AT_S(7)), AT_MS(7001), AT_MS(7002));
    return c[KEPT];
}

/* A busy event loop is late by less than 100 ms, and right after the answer it does not matter how
 * long the others rest. What it does not keep it closes by a FIN. */
static void rows(void)
{
    static const over_count table[] = {
        {CLIENT, false, AT_US(100), AT_S(1), AT_MS(3), "pool-limit"},
        {CLIENT, false, AT_MS(8), AT_MS(5), AT_MS(3), "pool-limit"},
        {CLIENT, false, AT_MS(50), AT_MS(5), AT_S(1), "pool-limit"},
        {CLIENT, false, AT_MS(50), AT_MS(5), AT_MS(3), "client-close"},
        {CLIENT, false, AT_MS(99), AT_S(1), AT_MS(3), "pool-limit"},
        {CLIENT, false, AT_MS(150), AT_S(1), AT_MS(3), "client-close"},
        {CLIENT, true, AT_MS(8), AT_MS(5), AT_MS(3), "client-close"},
        {SERVER, false, AT_US(100), AT_S(1), AT_MS(3), "server-close"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autoptr(trace) t = trace_new();
        assert_cause(run(t, &table[i]), table[i].cause);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ending/over-count/rows", rows);
    return g_test_run();
}
