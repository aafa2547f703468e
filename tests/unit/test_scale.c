/* test_scale.c
 * Hundreds of thousands of requests, of connections, and a long pipeline are counted right. How
 * time grows is in tests/bench/growth.c. Memory is freed with the model, as the sanitizers see.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/call_sites.h"
#include "trace.h"

enum {
    HUGE = 200000,
};

static void requests_in_turn(trace *t, unsigned count)
{
    trace_connection *c = trace_open(t, AT_MS(0));
    for (unsigned i = 1; i <= count; i++) {
        trace_exchange(c, AT_MS(i), AT_MS(i) + AT_US(500));
    }
}

static void connections_in_turn(trace *t, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        trace_connection *c = trace_open(t, AT_MS(10 * (int64_t)i));
        trace_exchange(c, AT_MS(10 * (int64_t)i + 1), AT_MS(10 * (int64_t)i + 2));
        trace_close(c, CLIENT, AT_MS(10 * (int64_t)i + 3));
    }
}

static void hundreds_of_thousands_of_requests(void)
{
    g_autoptr(trace) t = trace_new();
    requests_in_turn(t, HUGE);

    const hr_sums *sums = &trace_totals(t)->sums;
    g_assert_cmpuint(sums->requests, ==, HUGE);
    g_assert_cmpuint(sums->new_requests, ==, 1);
    g_assert_cmpuint(sums->reused, ==, HUGE - 1);
    const hr_request *last = hr_model_request(trace_model(t), HUGE - 1);
    assert_number(last, HUGE);
}

static void hundreds_of_thousands_of_connections(void)
{
    g_autoptr(trace) t = trace_new();
    connections_in_turn(t, HUGE);

    const hr_totals *totals = trace_totals(t);
    g_assert_cmpuint(totals->sums.connections, ==, HUGE);
    g_assert_cmpuint(totals->sums.new_requests, ==, HUGE);
    g_assert_cmpuint(totals->why[HR_WHY_PREVIOUS_CLOSED], ==, HUGE - 1);
    g_assert_cmpuint(totals->time_wait_client, ==, 6000); /* one each 10 ms, for 60 s */
}

/* An item of so many connections is looked at once: 200,000 squared would take minutes. */
static void item_of_hundreds_of_thousands(void)
{
    g_autoptr(trace) t = trace_new();
    connections_in_turn(t, HUGE);

    const hr_analysis *analysis = trace_analysis(t);
    size_t largest = 0;
    for (size_t i = 0; i < hr_analysis_item_count(analysis); i++) {
        const hr_fix *fix = hr_analysis_item(analysis, i);
        GArray *sites = hr_fix_call_sites(fix);
        g_assert_cmpuint(sites->len, ==, 0); /* nobody traced calls */
        g_array_free(sites, TRUE);
        largest = MAX(largest, fix->connections->len);
    }
    g_assert_cmpuint(largest, >, HUGE / 2);
}

static void pipeline_of_hundreds(void)
{
    enum {
        PIPELINE = 500
    };
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_hold(c);
    for (int i = 0; i < PIPELINE; i++) {
        trace_request(c, AT_MS(1));
    }
    trace_release(c);
    trace_hold(c);
    for (int i = 0; i < PIPELINE; i++) {
        trace_answer(c, AT_MS(2));
    }
    trace_release(c);

    g_assert_cmpuint(hr_model_request_count(trace_model(t)), ==, PIPELINE);
    g_assert_cmpuint(c->model->outstanding, ==, 0);
    const hr_request *last = hr_model_request(trace_model(t), PIPELINE - 1);
    g_assert_cmpuint(last->concurrency, ==, PIPELINE);
    g_assert_cmpint(last->complete, ==, HR_COMPLETE_YES);
    g_assert_cmpuint(last->answer_bytes, ==, TRACE_ANSWER);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/scale/requests", hundreds_of_thousands_of_requests);
    g_test_add_func("/scale/connections", hundreds_of_thousands_of_connections);
    g_test_add_func("/scale/item", item_of_hundreds_of_thousands);
    g_test_add_func("/scale/pipeline", pipeline_of_hundreds);
    return g_test_run();
}
