/* test_ending_pool_none.c
 * Connections that their client ends beside others that it keeps, as a pool does that is full; and one
 * that it ends then for a reason of its own, or of which nobody knows when it was over. DESIGN section 5,
 * pool-limit.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

enum {
    DIALS = 12,
    HOSTS = 5,
    KEPT = 4,
    ONE = 2, /* that is looked at */
};

typedef enum {
    DROPPED,
    RESET,
    SURPLUS, /* its server had said more than its answer */
    LOST,    /* the end of its answer is not in the capture */
} story;

/* Five hosts in turn: before each dial the one that was asked least recently goes. */
static trace_connection *dial_in_turn(trace *t, story what)
{
    trace_connection *c[DIALS];

    for (int i = 0; i < DIALS; i++) {
        const int64_t at = AT_S(10) + AT_MS(50) * i;
        if (i >= KEPT && i - KEPT == ONE && what == SURPLUS) {
            trace_data(c[ONE], SERVER, 2, at - AT_MS(1));
        }
        if (i >= KEPT && i - KEPT == ONE && what == RESET) {
            trace_rst(c[ONE], CLIENT, at - AT_US(400));
        } else if (i >= KEPT) {
            trace_close(c[i - KEPT], CLIENT, at - AT_US(400));
        }
        c[i] = trace_ask_host(t, i % HOSTS, "myservice/2.3", at);
    }
    return c[ONE];
}

static void ended_as_another_host_is_dialled(void)
{
    static const struct {
        story what;
        const char *cause;
    } rows[] = {{DROPPED, "pool-limit"}, {RESET, "client-close"}, {SURPLUS, "client-close"}};

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(trace) t = trace_new();
        assert_cause(dial_in_turn(t, rows[i].what), rows[i].cause);
    }
}

/* Five calls at once, of which two stay and two run on; the third is closed @late after its answer. */
static trace_connection *end_beside_two(trace *t, story what, int64_t late)
{
    trace_connection *c[KEPT + 1];

    for (int i = 0; i <= KEPT; i++) {
        c[i] = trace_open(t, AT_MS(i));
    }
    for (int i = 0; i <= KEPT; i++) {
        trace_request(c[i], AT_MS(10 + i));
    }
    trace_answer(c[0], AT_MS(20));
    trace_answer(c[1], AT_MS(21));
    if (what == LOST) {
        trace_begin_answer(c[ONE], AT_MS(30), .rest = 200);
        trace_lose(c[ONE], SERVER, 200);
        trace_ack(c[ONE], CLIENT, AT_MS(31));
    } else {
        trace_answer(c[ONE], AT_MS(30));
    }
    if (what == SURPLUS) {
        trace_data(c[ONE], SERVER, 2, AT_MS(31));
    }
    trace_close(c[ONE], CLIENT, AT_MS(31) + late);
    trace_exchange(trace_open_to(t, "10.0.0.81", 80, AT_S(2)), AT_S(3), AT_S(4));
    return c[ONE];
}

/* A loop that is busy closes what it does not keep within 100 ms after the answer. */
static void ended_beside_what_stays(void)
{
    static const struct {
        story what;
        int64_t late;
        const char *cause;
    } rows[] = {
        {DROPPED, AT_US(100), "pool-limit"},   {DROPPED, AT_MS(50), "pool-limit"},
        {SURPLUS, AT_US(100), "client-close"}, {SURPLUS, AT_MS(50), "client-close"},
        {LOST, AT_MS(50), "client-close"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(trace) t = trace_new();
        assert_cause(end_beside_two(t, rows[i].what, rows[i].late), rows[i].cause);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ending/pool-none/dialled", ended_as_another_host_is_dialled);
    g_test_add_func("/ending/pool-none/burst", ended_beside_what_stays);
    return g_test_run();
}
