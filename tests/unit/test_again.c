/* test_again.c
 * Somebody looks while the capture goes on: a second analysis says the same, and the first one
 * changed nothing in what is observed. Segments that came too late to be what they are.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

#define SERVER_ADDRESS "10.0.0.80"

/* Its server has the higher port: without its opening the other end looks like the client. */
static trace_connection *half_way(trace *t)
{
    trace_connection *used = trace_connect_between(t, "10.0.0.1", 35000, SERVER_ADDRESS, 40000);
    trace_syn(used, AT_MS(0));
    trace_syn_ack(used, AT_MS(1));
    trace_ack(used, CLIENT, AT_MS(2));
    trace_exchange(used, AT_MS(3), AT_MS(4));
    trace_connection *empty = trace_connect_between(t, "10.0.0.1", 35001, SERVER_ADDRESS, 40000);
    trace_ack(empty, CLIENT, AT_MS(5));
    trace_fin(empty, SERVER, AT_MS(6));
    trace_fin(empty, CLIENT, AT_MS(7));
    return empty;
}

static void the_side_that_closes_is_the_same_twice(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *empty = half_way(t);

    for (int i = 0; i < 2; i++) {
        hr_analysis *analysis = hr_analyse(trace_model(t));
        g_assert_cmpint(empty->model->ending.first_fin, ==, HR_SIDE_SERVER);
        g_assert_cmpint(empty->model->time_wait, ==, HR_SIDE_SERVER);
        g_assert_true(empty->model->is_in_scope);
        hr_analysis_free(analysis);
    }
}

static void a_look_decides_nothing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *empty = half_way(t);
    const uint8_t client = empty->model->client;

    hr_analysis_free(hr_analyse(trace_model(t)));
    g_assert_cmpuint(empty->model->client, !=, client);
    trace_connection *other = trace_open(t, AT_MS(8)); /* another frame */
    g_assert_cmpuint(empty->model->client, ==, client);
    g_assert_false(empty->model->is_in_scope);
    trace_exchange(other, AT_MS(9), AT_MS(10));
    trace_analysis(t);
    g_assert_true(empty->model->is_in_scope);
}

/* A capture of two interfaces, merged out of order. */
static void a_syn_after_the_request_has_a_reason(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_segment(c, CLIENT, HR_TCP_SYN, TRACE_CLIENT_ISN - 1, 0, 0, AT_MS(3));

    trace_analysis(t);
    g_assert_true(c->model->is_opening_seen);
    g_assert_cmpstr(hr_why_token(hr_connection_opening(c->model)->why), ==, "first-contact");
    g_assert_null(hr_connection_opening(c->model)->connection);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/again/first-closer", the_side_that_closes_is_the_same_twice);
    g_test_add_func("/again/look", a_look_decides_nothing);
    g_test_add_func("/again/late-syn", a_syn_after_the_request_has_a_reason);
    return g_test_run();
}
