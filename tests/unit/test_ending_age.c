/* test_ending_age.c
 * One side ends connections at the same age, whatever they carried. What looks like it is a count,
 * an idle timer, an instant, and chance. DESIGN section 5, max-age.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"
#include "trace_h2.h"

static void same_age_at_other_numbers(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_ages(t, AT_S(0), AT_MS(400), AT_MS(3000));
    trace_connection *two = trace_ages(t, AT_S(10), AT_MS(250), AT_MS(3020));

    assert_cause(one, "max-age");
    assert_cause(two, "max-age");
    assert_closed_by(one, "server");
    assert_certainty(one, "likely");
    g_assert_cmpint(trace_ending(one)->seldom->age_ns, ==, AT_MS(3000));
    g_assert_cmpuint(trace_ending(one)->evidence_frame, ==,
                     one->model->last_request->response_frame);
    g_assert_cmpuint(trace_found(t, HR_FINDING_MAX_AGE), ==, 2);
    g_assert_cmpuint(trace_found(t, HR_FINDING_REQUEST_LIMIT), ==, 0);
}

static void age_that_is_another_each_time(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_ages(t, AT_S(0), AT_MS(400), AT_MS(3000));
    trace_ages(t, AT_S(10), AT_MS(250), AT_MS(3100)); /* 3 % more */

    assert_cause(one, "server-close-header");
}

static void older_one_refutes(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_ages(t, AT_S(0), AT_MS(400), AT_MS(3000));
    trace_ages(t, AT_S(10), AT_MS(250), AT_MS(3020));
    trace_connection *old = trace_open(t, AT_S(20));
    trace_exchange(old, AT_S(20) + AT_MS(1), AT_S(20) + AT_MS(2));
    trace_exchange(old, AT_S(24), AT_S(24) + AT_MS(1));

    assert_cause(one, "server-close-header");
}

/* They are as many each time, and how many the last one carried nobody knows. */
static void unknown_number_is_no_other(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_ages(t, AT_S(0), AT_MS(400), AT_MS(3000));
    trace_ages(t, AT_S(10), AT_MS(400), AT_MS(3000));
    trace_connection *lost = trace_open(t, AT_S(20));
    for (int i = 1; i <= 4; i++) {
        trace_exchange(lost, AT_S(20) + AT_MS(450 * i), AT_S(20) + AT_MS(450 * i + 1));
    }
    trace_answer_alone(lost, AT_S(22));
    trace_close(lost, SERVER, AT_S(23));

    assert_cause(one, "server-close-header");
}

/* When its last answer was over, and whether it had been idle since, nobody saw. */
static void maybe_idle_one_is_no_counter_evidence(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_ages(t, AT_S(0), AT_MS(400), AT_MS(3000));
    trace_ages(t, AT_S(10), AT_MS(250), AT_MS(3020));
    trace_connection *lost = trace_open(t, AT_S(20));
    trace_request(lost, AT_S(20) + AT_MS(1200));
    trace_begin_answer(lost, AT_S(20) + AT_MS(1201), .rest = 200);
    trace_lose(lost, SERVER, 200);
    trace_ack(lost, CLIENT, AT_S(20) + AT_MS(1202));
    trace_close(lost, SERVER, AT_S(22));

    assert_cause(one, "max-age");
}

/* One that nobody used any more ended by another reason. */
static void idle_one_is_no_counter_evidence(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_ages(t, AT_S(0), AT_MS(400), AT_MS(3000));
    trace_ages(t, AT_S(10), AT_MS(250), AT_MS(3020));
    trace_connection *idle = trace_open(t, AT_S(20));
    trace_exchange(idle, AT_S(20) + AT_MS(1), AT_S(20) + AT_MS(2));
    trace_close(idle, SERVER, AT_S(25) + AT_MS(4));

    assert_cause(one, "max-age");
    assert_cause(idle, "server-idle-timeout");
}

static void an_age_once(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_ages(t, AT_S(0), AT_MS(400), AT_MS(3000));

    assert_cause(one, "server-close-header");
}

/* Opened together and ended together: a shutdown, and one event. */
static void one_instant(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2] = {trace_open(t, AT_MS(0)), trace_open(t, AT_MS(10))};
    trace_exchange(c[0], AT_MS(20), AT_MS(21));
    trace_request(c[0], AT_MS(2990));
    trace_request(c[1], AT_MS(2991));
    trace_answer(c[0], AT_MS(3000), .connection = "close");
    trace_answer(c[1], AT_MS(3001), .connection = "close");
    trace_close(c[0], SERVER, AT_MS(3002));
    trace_close(c[1], SERVER, AT_MS(3003));

    assert_cause(c[0], "server-close-header");
}

/* Bursts, and then idle: it is the idle time that is the same. */
static void idle_for_most_of_its_life(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2];
    for (int i = 0; i < 2; i++) {
        const int64_t at = AT_S(20) * i;
        c[i] = trace_open(t, at);
        for (int k = 0; k <= i; k++) {
            trace_exchange(c[i], at + AT_MS(1 + 2 * k), at + AT_MS(2 + 2 * k));
        }
        trace_close(c[i], SERVER, at + AT_MS(5005 + 2 * i));
    }

    assert_cause(c[0], "server-idle-timeout");
    assert_cause(c[1], "server-idle-timeout");
}

/* Two connections that the client closes at one age, after different numbers of requests. */
static void two_of_one_age(trace *t, trace_connection **c)
{
    for (int i = 0; i < 2; i++) {
        const int64_t at = AT_S(1) + AT_S(10) * i;
        c[i] = trace_open(t, at);
        for (int k = 0; k < 4 + i; k++) {
            trace_exchange(c[i], at + AT_MS(1 + 500 * k), at + AT_MS(2 + 500 * k));
        }
        trace_close(c[i], CLIENT, at + AT_MS(2510 + 10 * i));
    }
    trace_exchange(trace_open(t, AT_S(20)), AT_S(20) + AT_MS(1), AT_S(20) + AT_MS(2));
}

/* A pool's time to live: another connection of the pool lives on. */
static void clients_pool_has_an_age(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2];
    trace_open(t, AT_MS(0));
    two_of_one_age(t, c);

    assert_cause(c[0], "max-age");
    assert_closed_by(c[1], "client");
    g_assert_cmpuint(trace_ending(c[0])->evidence_frame, ==, 0); /* it is the end itself */
}

/* ... or a proxy has it, which says so or is seen on both of its sides, and none of its connections needs to live on. */
static void proxys_pool_has_an_age(void)
{
    for (int is_relayed = 0; is_relayed < 2; is_relayed++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c[2];
        trace_connection *front =
            is_relayed ? NULL : trace_open_between(t, "10.0.0.9", "10.0.0.1", 80, AT_MS(0));
        for (int i = 0; i < 2; i++) {
            const int64_t at = AT_S(1) + AT_S(10) * i;
            c[i] = trace_open(t, at);
            for (int k = 0; k < 4 + i; k++) {
                const int64_t sent = at + AT_MS(10 + 500 * k);
                if (front != NULL) {
                    trace_request(front, sent - AT_MS(1), .user_agent = "curl/8.5");
                }
                trace_request(c[i], sent, .user_agent = "curl/8.5", .is_relayed = is_relayed);
                trace_answer(c[i], sent + AT_MS(1));
                if (front != NULL) {
                    trace_answer(front, sent + AT_MS(2));
                }
            }
            trace_close(c[i], CLIENT, at + AT_MS(2510 + 10 * i));
        }
        trace_exchange(trace_open(t, AT_S(20)), AT_S(20) + AT_MS(1), AT_S(20) + AT_MS(2));

        assert_cause(c[0], "max-age");
        assert_closed_by(c[1], "client");
    }
}

/* Runs of a program that last as long, each with its connection. */
static void runs_of_one_length(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2];
    two_of_one_age(t, c);

    assert_cause(c[0], "client-close");
    assert_cause(c[1], "client-close");
}

/* gRPC's MAX_CONNECTION_AGE of 2 s, with its jitter of 10 %. */
static trace_connection *goes_away(trace *t, int64_t at, unsigned calls, int64_t age)
{
    trace_connection *c = h2_open_plain(t, at, 0);
    for (unsigned i = 0; i < calls; i++) {
        const int64_t sent = at + AT_MS(10) + age / (calls + 1) * i;
        h2_exchange(c, 1 + 2 * i, sent, sent + AT_MS(1));
    }
    h2_goaway(c, SERVER, 2 * calls - 1, H2_NO_ERROR, at + age);
    trace_close(c, SERVER, at + age + AT_MS(1));
    return c;
}

static void jittered_age(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = goes_away(t, AT_S(0), 16, AT_MS(1990));
    goes_away(t, AT_S(10), 16, AT_MS(1970));
    trace_connection *three = goes_away(t, AT_S(20), 18, AT_MS(2140));

    assert_cause(one, "max-age");
    assert_cause(three, "max-age");
}

/* Two that are as near each other are chance as well. */
static void jitter_needs_three(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = goes_away(t, AT_S(0), 16, AT_MS(1990));
    goes_away(t, AT_S(10), 18, AT_MS(2140));

    assert_cause(one, "goaway");
}

/* One ends at the number that was announced, by chance at the age of another. */
static void an_announced_number_at_that_age(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_ages(t, AT_S(0), AT_MS(400), AT_MS(3000));
    trace_connection *two = trace_ages(t, AT_S(10), AT_MS(250), AT_MS(3020));
    trace_connection *c = trace_open(t, AT_S(20));
    for (int i = 0; i < 11; i++) {
        const int64_t at = AT_S(20) + AT_MS(9 + 300 * i);
        trace_request(c, at);
        trace_answer(c, at + AT_MS(1), .keep_alive = i == 0 ? "timeout=60, max=10" : NULL,
                     .connection = i == 10 ? "close" : NULL);
    }
    trace_close(c, SERVER, AT_S(23) + AT_MS(11));

    assert_cause(one, "max-age");
    assert_cause(two, "max-age");
    assert_cause(c, "request-limit");
}

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ending/max-age/proxy", proxys_pool_has_an_age);
    g_test_add_func("/ending/max-age/twice", same_age_at_other_numbers);
    g_test_add_func("/ending/max-age/not-near", age_that_is_another_each_time);
    g_test_add_func("/ending/max-age/older", older_one_refutes);
    g_test_add_func("/ending/max-age/number-lost", unknown_number_is_no_other);
    g_test_add_func("/ending/max-age/maybe-idle", maybe_idle_one_is_no_counter_evidence);
    g_test_add_func("/ending/max-age/idle-beside", idle_one_is_no_counter_evidence);
    g_test_add_func("/ending/max-age/once", an_age_once);
    g_test_add_func("/ending/max-age/one-instant", one_instant);
    g_test_add_func("/ending/max-age/idle", idle_for_most_of_its_life);
    g_test_add_func("/ending/max-age/client", clients_pool_has_an_age);
    g_test_add_func("/ending/max-age/runs", runs_of_one_length);
    g_test_add_func("/ending/max-age/jitter", jittered_age);
    g_test_add_func("/ending/max-age/jitter-twice", jitter_needs_three);
    g_test_add_func("/ending/max-age/announced-number", an_announced_number_at_that_age);
    return g_test_run();
}
