/* test_scale.c
 * A capture is hostile input: many connections, many requests, many names. Each story is told
 * at one size and at four times that size; time that grows with the square would show as
 * sixteenfold. Memory is freed with the model, as the sanitizers see.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

#include <time.h>

enum {
    SMALL = 10000,
    LARGE = 4 * SMALL,
    HUGE = 200000,
    RUNS = 2
};

/* Linear is 4, n log n nearly 5, the square 16; what is between is noise. */
#define MOST_GROWTH 10.0
/* Shorter times say nothing. */
#define LEAST_SECONDS 0.01

typedef void story(trace *t, unsigned count);

/* Names and addresses, as long as the program. */
static GStringChunk *texts;

/* ---- stories ---- */

static void requests_in_turn(trace *t, unsigned count)
{
    trace_connection *c = trace_open(t, AT_MS(0));
    for (unsigned i = 1; i <= count; i++) {
        trace_exchange(c, AT_MS(i), AT_MS(i) + AT_US(500));
    }
}

static void requests_in_a_pipeline(trace *t, unsigned count)
{
    trace_connection *c = trace_open(t, AT_MS(0));
    for (unsigned i = 1; i <= count; i++) {
        trace_request(c, AT_MS(i));
    }
    for (unsigned i = 1; i <= count / 2; i++) {
        trace_answer(c, AT_MS(count + i));
    }
    trace_rst(c, CLIENT, AT_MS(2 * (int64_t)count));
}

static void connections_in_turn(trace *t, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        trace_connection *c = trace_open(t, AT_MS(10 * (int64_t)i));
        trace_exchange(c, AT_MS(10 * (int64_t)i + 1), AT_MS(10 * (int64_t)i + 2));
        trace_close(c, CLIENT, AT_MS(10 * (int64_t)i + 3));
    }
}

static void connections_left_idle(trace *t, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        trace_connection *c = trace_open(t, AT_MS(10 * (int64_t)i));
        trace_exchange(c, AT_MS(10 * (int64_t)i + 1), AT_MS(10 * (int64_t)i + 2));
    }
}

static void connections_at_once(trace *t, unsigned count)
{
    trace_connection **c = g_new(trace_connection *, count);
    for (unsigned i = 0; i < count; i++) {
        c[i] = trace_open(t, AT_MS(i));
    }
    for (unsigned i = 0; i < count; i++) {
        trace_request(c[i], AT_MS(count + i));
    }
    for (unsigned i = 0; i < count; i++) {
        trace_answer(c[i], AT_MS(2 * (int64_t)count + i));
        trace_close(c[i], CLIENT, AT_MS(2 * (int64_t)count + i) + AT_US(100));
    }
    g_free(c);
}

static void connections_unused(trace *t, unsigned count)
{
    trace_connection *used = trace_open(t, AT_MS(0));
    trace_exchange(used, AT_MS(1), AT_MS(2));
    for (unsigned i = 0; i < count; i++) {
        trace_open(t, AT_MS(10 + i));
    }
}

static void connections_refused(trace *t, unsigned count)
{
    trace_connection *used = trace_open(t, AT_MS(0));
    trace_exchange(used, AT_MS(1), AT_MS(2));
    for (unsigned i = 0; i < count; i++) {
        trace_connection *c = trace_connect(t);
        trace_syn(c, AT_MS(10 + i));
        trace_rst(c, SERVER, AT_MS(10 + i));
    }
}

static void connections_of_before(trace *t, unsigned count)
{
    trace_connection **c = g_new(trace_connection *, count);
    for (unsigned i = 0; i < count; i++) {
        c[i] = trace_connect(t);
        trace_ack(c[i], CLIENT, AT_MS(i));
    }
    for (unsigned i = 0; i < count; i++) {
        trace_exchange(c[i], AT_MS(count + i), AT_MS(count + i) + AT_US(100));
    }
    g_free(c);
}

static const char *name_of(unsigned i)
{
    char name[32];
    g_snprintf(name, sizeof(name), "%u.example", i);
    return g_string_chunk_insert_const(texts, name);
}

static void names_of_one_server(trace *t, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        trace_connection *c = trace_open(t, AT_MS(10 * (int64_t)i));
        trace_request(c, AT_MS(10 * (int64_t)i + 1), .host = name_of(i));
        trace_answer(c, AT_MS(10 * (int64_t)i + 2));
    }
}

/* Names that turn out to be one pool: a forward proxy. */
static void names_that_merge(trace *t, unsigned count)
{
    names_of_one_server(t, count / 2);
    const int64_t later = AT_MS(10 * (int64_t)count);
    trace_connection *both = trace_open(t, later);
    trace_exchange(both, later + AT_MS(1), later + AT_MS(2));
    trace_request(both, later + AT_MS(3), .host = "b.example");
    trace_answer(both, later + AT_MS(4));
    for (unsigned i = 1; i < count / 2; i++) {
        const int64_t at = later + AT_MS(10 * (int64_t)i);
        trace_connection *c = trace_open(t, at);
        trace_request(c, at + AT_MS(1), .host = name_of(i));
        trace_answer(c, at + AT_MS(2));
    }
}

/* Headers cut off: every connection may be any other's. */
static void names_unknown(trace *t, unsigned count)
{
    names_of_one_server(t, count / 2);
    const int64_t later = AT_MS(10 * (int64_t)count);
    for (unsigned i = 1; i < count / 2; i++) {
        const int64_t at = later + AT_MS(10 * (int64_t)i);
        trace_connection *c = trace_open(t, at);
        trace_request(c, at + AT_MS(1), .is_cut = true);
    }
}

static void clients_that_all_exit(trace *t, unsigned count)
{
    trace_connection **c = g_new(trace_connection *, count);
    for (unsigned i = 0; i < count; i++) {
        char address[32];
        g_snprintf(address, sizeof(address), "10.%u.%u.%u", i >> 16, (i >> 8) & 255, i & 255);
        c[i] =
            trace_open_from(t, g_string_chunk_insert_const(texts, address), AT_MS(2 * (int64_t)i));
        trace_exchange(c[i], AT_MS(2 * (int64_t)i + 1), AT_MS(2 * (int64_t)i + 1));
    }
    for (unsigned i = 0; i < count; i++) {
        trace_fin(c[i], i % 2 == 0 ? CLIENT : SERVER, AT_MS(3 * (int64_t)count) + AT_US(i));
    }
    g_free(c);
}

static void idle_times_that_are_equal(trace *t, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const int64_t at = AT_MS(1000 * (int64_t)i);
        trace_connection *c = trace_open(t, at);
        trace_exchange(c, at + AT_MS(1), at + AT_MS(2));
        trace_close(c, SERVER, at + AT_MS(702));
    }
}

static void requests_that_die(trace *t, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const int64_t at = AT_MS(100 * (int64_t)i);
        trace_connection *c = trace_open(t, at);
        trace_exchange(c, at + AT_MS(1), at + AT_MS(2));
        trace_request(c, at + AT_MS(50), .target = name_of(i));
        trace_rst(c, SERVER, at + AT_MS(51));
    }
}

/* ---- time ---- */

static double seconds_of(story *tell, unsigned count)
{
    double least = 1e9;

    for (int run = 0; run < RUNS; run++) {
        const clock_t begin = clock();
        g_autoptr(trace) t = trace_new();
        tell(t, count);
        trace_analysis(t);
        least = MIN(least, (double)(clock() - begin) / CLOCKS_PER_SEC);
    }
    return least;
}

static void grows_no_faster_than_its_input(gconstpointer data)
{
    story *const *tell = data;
    const double small = MAX(seconds_of(*tell, SMALL), LEAST_SECONDS);
    const double large = seconds_of(*tell, LARGE);

    g_test_message("%.0f ms, then %.0f ms", small * 1000, large * 1000);
    g_assert_cmpfloat(large / small, <, MOST_GROWTH);
}

/* ---- counts ---- */

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
    g_assert_cmpuint(last->answer_bytes, ==, TRACE_ANSWER_HEADER + TRACE_ANSWER_BODY);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *path;
        story *tell;
    } stories[] = {
        {"/scale/growth/requests-in-turn", requests_in_turn},
        {"/scale/growth/requests-in-a-pipeline", requests_in_a_pipeline},
        {"/scale/growth/requests-that-die", requests_that_die},
        {"/scale/growth/connections-in-turn", connections_in_turn},
        {"/scale/growth/connections-left-idle", connections_left_idle},
        {"/scale/growth/connections-at-once", connections_at_once},
        {"/scale/growth/connections-unused", connections_unused},
        {"/scale/growth/connections-refused", connections_refused},
        {"/scale/growth/connections-of-before", connections_of_before},
        {"/scale/growth/names", names_of_one_server},
        {"/scale/growth/names-that-merge", names_that_merge},
        {"/scale/growth/names-unknown", names_unknown},
        {"/scale/growth/clients-that-exit", clients_that_all_exit},
        {"/scale/growth/equal-idle-times", idle_times_that_are_equal},
    };

    g_test_init(&argc, &argv, NULL);
    texts = g_string_chunk_new(4096);
    g_test_add_func("/scale/count/requests", hundreds_of_thousands_of_requests);
    g_test_add_func("/scale/count/connections", hundreds_of_thousands_of_connections);
    g_test_add_func("/scale/count/pipeline", pipeline_of_hundreds);
    for (size_t i = 0; i < G_N_ELEMENTS(stories); i++) {
        g_test_add_data_func(stories[i].path, &stories[i].tell, grows_no_faster_than_its_input);
    }
    const int failures = g_test_run();
    g_string_chunk_free(texts);
    return failures;
}
