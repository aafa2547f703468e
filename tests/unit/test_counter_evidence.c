/* test_counter_evidence.c
 * What speaks against a likely cause, in the clear and where nobody can read a request (TLS without
 * keys): chance, one instant, a longer time that was survived, the period of a caller, the life of
 * a program. DESIGN section 5.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_tls.h"

typedef enum {
    CLEAR,
    OPAQUE,
    READABLE_WAYS
} readable;

static const char *const timeouts[] = {
    [CLIENT] = "client-idle-timeout", [SERVER] = "server-idle-timeout"};
static const char *const closes[] = {[CLIENT] = "client-close", [SERVER] = "server-close"};

enum {
    WAYS = 2 * READABLE_WAYS /* each story is told of either side, readable or not */
};

static trace_connection *open_at(trace *t, int is, const char *server, int64_t at)
{
    return is == OPAQUE ? tls_open(t, at, .address = server)
                        : trace_open_to(t, server != NULL ? server : "10.0.0.80", 80, at);
}

static void exchange(trace_connection *c, int is, int64_t at)
{
    if (is == OPAQUE) {
        tls_hidden_exchange(c, at - AT_MS(2), at);
    } else {
        trace_exchange(c, at - AT_MS(2), at);
    }
}

/* Opened for one call, which is answered at @at. */
static trace_connection *answered_by(trace *t, int is, const char *server, int64_t at)
{
    trace_connection *c = open_at(t, is, server, at - AT_MS(20));
    exchange(c, is, at);
    return c;
}

static trace_connection *answered(trace *t, int is, int64_t at)
{
    return answered_by(t, is, NULL, at);
}

static trace_connection *idle_for(trace *t, int is, int by, int64_t at, int64_t idle)
{
    trace_connection *c = answered(t, is, at);
    trace_close(c, (trace_side)by, at + idle);
    return c;
}

/* The client goes on, elsewhere. */
static void go_on(trace *t, int is, int64_t at)
{
    answered_by(t, is, "10.0.0.99", at);
}

static const char *cause_of(const trace_connection *c)
{
    return hr_close_cause_token(trace_ending(c)->cause);
}

/* ---- a timeout ---- */

/* Else the traces below show nothing. */
static void equal_times_are_a_timeout(void)
{
    for (int way = 0; way < WAYS; way++) {
        const int is = way / 2;
        const int by = way % 2;
        g_autoptr(trace) t = trace_new();
        trace_connection *one = idle_for(t, is, by, AT_S(1), AT_MS(1700));
        trace_connection *two = idle_for(t, is, by, AT_S(20), AT_MS(1703));
        go_on(t, is, AT_S(40));

        assert_cause(one, timeouts[by]);
        assert_cause(two, timeouts[by]);
    }
}

/* A second to a minute, whatever comes. */
static int64_t next_idle(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u; /* an LCG of Numerical Recipes */
    const int64_t octave = AT_MS(1000) << ((*seed >> 24) % 6);
    return octave + octave / 65536 * ((*seed >> 8) & 0xffff);
}

static void many_times_meet_by_chance(void)
{
    for (int way = 0; way < WAYS; way++) {
        const int is = way / 2;
        const int by = way % 2;
        g_autoptr(trace) t = trace_new();
        uint32_t seed = 12345;
        int64_t at = AT_S(1);
        for (int i = 0; i < 200; i++) {
            const int64_t idle = next_idle(&seed);
            idle_for(t, is, by, at, idle);
            at += idle + AT_S(1);
        }
        go_on(t, is, at);

        g_assert_cmpuint(trace_totals(t)->ended[HR_CLOSE_SERVER_IDLE_TIMEOUT] +
                             trace_totals(t)->ended[HR_CLOSE_CLIENT_IDLE_TIMEOUT],
                         <, 20);
    }
}

/* Of forty-odd ends six are near one another by chance; not seven. */
static const char *cause_among_others(int is, int by, int equal)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *last = NULL;
    int64_t at = AT_S(1);
    for (int i = 0; i < 40; i++, at += AT_S(100)) {
        last = idle_for(t, is, by, at, AT_MS(1800) + AT_MS(1500 * i) + AT_MS(31 * i));
    }
    for (int i = 0; i < equal; i++, at += AT_S(100)) {
        last = idle_for(t, is, by, at, AT_MS(1700));
    }
    go_on(t, is, at);
    trace_analysis(t);
    return cause_of(last);
}

static void more_ends_ask_for_more_that_are_equal(void)
{
    for (int way = 0; way < WAYS; way++) {
        const int is = way / 2;
        const int by = way % 2;
        g_assert_cmpstr(cause_among_others(is, by, 4), ==, closes[by]);
        g_assert_cmpstr(cause_among_others(is, by, 7), ==, timeouts[by]);
    }
}

static void longer_time_that_was_survived_refutes(void)
{
    for (int way = 0; way < WAYS; way++) {
        const int is = way / 2;
        const int by = way % 2;
        g_autoptr(trace) t = trace_new();
        trace_connection *one = idle_for(t, is, by, AT_S(1), AT_MS(1700));
        trace_connection *two = idle_for(t, is, by, AT_S(20), AT_MS(1700));
        trace_connection *three = answered(t, is, AT_S(40));
        if (is == OPAQUE) {
            tls_data(three, CLIENT, 500, AT_S(43) - AT_MS(3)); /* the request has two records */
        }
        exchange(three, is, AT_S(43));
        go_on(t, is, AT_S(60));

        assert_cause(one, closes[by]);
        assert_cause(two, closes[by]);
    }
}

/* What a client says as it leaves, and nobody answers, is no use of the connection. */
static void last_words_refute_nothing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = idle_for(t, OPAQUE, CLIENT, AT_S(1), AT_MS(1700));
    trace_connection *two = idle_for(t, OPAQUE, CLIENT, AT_S(20), AT_MS(1700));
    trace_connection *three = answered(t, OPAQUE, AT_S(40));
    tls_data(three, CLIENT, 34, AT_S(43));
    trace_close(three, CLIENT, AT_S(43) + AT_MS(1));
    go_on(t, OPAQUE, AT_S(60));

    assert_cause(one, "client-idle-timeout");
    assert_cause(two, "client-idle-timeout");
}

/* Four end in one moment, and had been idle for equally long. */
static void one_instant_is_one_event(void)
{
    for (int way = 0; way < WAYS; way++) {
        const int is = way / 2;
        const int by = way % 2;
        g_autoptr(trace) t = trace_new();
        trace_connection *c[4];
        for (int i = 0; i < 4; i++) {
            c[i] = open_at(t, is, NULL, AT_MS(100 + 10 * i));
        }
        for (int i = 0; i < 4; i++) {
            exchange(c[i], is, AT_MS(200 + 3 * i));
        }
        for (int i = 0; i < 4; i++) {
            trace_fin(c[i], (trace_side)by, AT_MS(1900 + i));
        }
        trace_connection *later = answered(t, is, AT_S(10));
        exchange(later, is, AT_S(11));

        for (int i = 0; i < 4; i++) {
            assert_cause(c[i], closes[by]);
        }
    }
}

/* ---- what a program does by itself ---- */

/* A program asks one server, then another; it is run each minute, and at its end, 3 s later, closes
 * what it has: @apart one from the other, and in its last run @late. */
static void run_each_minute(trace *t, int is, int64_t apart, int64_t late, trace_connection *c[6])
{
    for (int i = 0; i < 3; i++) {
        const int64_t at = AT_S(1 + 60 * i);
        const int64_t end = at + AT_MS(4500) + (i == 2 ? late : 0);
        c[i] = answered_by(t, is, "10.0.0.80", at);
        c[3 + i] = answered_by(t, is, "10.0.0.81", at + AT_MS(1500));
        trace_close(c[i], CLIENT, end);
        trace_close(c[3 + i], CLIENT, end + apart);
    }
    go_on(t, is, AT_S(300));
}

static void life_of_a_program_is_no_timer(void)
{
    for (int is = CLEAR; is < READABLE_WAYS; is++) {
        for (int late = 0; late <= 50; late += 50) {
            g_autoptr(trace) t = trace_new();
            trace_connection *c[6];
            run_each_minute(t, is, AT_MS(1), AT_MS(late), c);

            for (int i = 0; i < 6; i++) {
                assert_cause(c[i], "client-close");
            }
        }
    }
}

static void ends_apart_are_timers(void)
{
    for (int is = CLEAR; is < READABLE_WAYS; is++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c[6];
        run_each_minute(t, is, AT_MS(150), 0, c);

        for (int i = 0; i < 6; i++) {
            assert_cause(c[i], "client-idle-timeout");
        }
    }
}

/* The server waits no longer as the client closes what it has elsewhere. */
static void servers_timer_is_no_act_of_the_client(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one[2];
    for (int i = 0; i < 2; i++) {
        const int64_t at = AT_S(1 + 20 * i);
        trace_connection *other = answered_by(t, CLEAR, "10.0.0.81", at - AT_S(1));
        one[i] = answered(t, CLEAR, at);
        trace_close(other, CLIENT, at + AT_MS(1690));
        trace_close(one[i], SERVER, at + AT_MS(1700));
    }
    go_on(t, CLEAR, AT_S(60));

    assert_cause(one[0], "server-idle-timeout");
    assert_cause(one[1], "server-idle-timeout");
}

/* Another program at the same address ends as well, each time. */
static void another_programs_end_is_another_act(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one[2];
    for (int i = 0; i < 2; i++) {
        const int64_t at = AT_S(1 + 20 * i);
        trace_connection *other = trace_get(t, "other/1.0", at - AT_S(1));
        one[i] = trace_get(t, "one/1.0", at);
        trace_close(other, CLIENT, at + AT_MS(1720));
        trace_close(one[i], CLIENT, at + AT_MS(1720 + 5));
    }
    trace_get(t, "one/1.0", AT_S(60));

    assert_cause(one[0], "client-idle-timeout");
    assert_cause(one[1], "client-idle-timeout");
}

/* What it closes right after its answers happens to end in the same moment, each time. */
static void close_after_an_answer_is_another_act(void)
{
    for (int is = CLEAR; is < READABLE_WAYS; is++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *one[2];
        for (int i = 0; i < 2; i++) {
            const int64_t at = AT_S(1 + 20 * i);
            one[i] = answered(t, is, at);
            trace_connection *other = answered_by(t, is, "10.0.0.81", at + AT_MS(1640));
            trace_close(other, CLIENT, at + AT_MS(1690));
            trace_close(one[i], CLIENT, at + AT_MS(1700 + i));
        }
        go_on(t, is, AT_S(60));

        assert_cause(one[0], "client-idle-timeout");
        assert_cause(one[1], "client-idle-timeout");
    }
}

/* ---- a count, an age ---- */

/* Three connections that the server ends with the last answer, at @ages ms, after @counts
 * exchanges: how many are told as a limit of requests, and as one of age. */
static void assert_limits(int is, const int counts[3], const int ages[3], guint by_count,
                          guint by_age)
{
    g_autoptr(trace) t = trace_new();
    int64_t at = AT_S(1);
    for (int i = 0; i < 3; i++, at += AT_S(20)) {
        trace_connection *c = open_at(t, is, NULL, at);
        for (int n = 1; n <= counts[i]; n++) {
            exchange(c, is, at + AT_MS(ages[i] * n / counts[i]));
        }
        trace_close(c, SERVER, at + AT_MS(ages[i]) + AT_US(100));
    }
    go_on(t, is, at);

    g_assert_cmpuint(trace_totals(t)->ended[HR_CLOSE_REQUEST_LIMIT], ==, by_count);
    g_assert_cmpuint(trace_totals(t)->ended[HR_CLOSE_MAX_AGE], ==, by_age);
}

static void counts_and_ages_refute_each_other(void)
{
    assert_limits(CLEAR, (const int[]){5, 5, 5}, (const int[]){2000, 2500, 3100}, 3, 0);
    assert_limits(CLEAR, (const int[]){5, 6, 7}, (const int[]){2000, 2001, 2002}, 0, 3);

    assert_limits(CLEAR, (const int[]){5, 5, 8}, (const int[]){2000, 2500, 3100}, 0, 0);
    assert_limits(CLEAR, (const int[]){5, 5, 5}, (const int[]){2000, 2000, 2000}, 0, 0);
    assert_limits(CLEAR, (const int[]){5, 6, 7}, (const int[]){2000, 2010, 3100}, 0, 0);
}

/* Nobody knows how many requests lie in records. */
static void records_are_not_counted(void)
{
    assert_limits(OPAQUE, (const int[]){5, 5, 5}, (const int[]){2000, 2500, 3100}, 0, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/against/timeout/none", equal_times_are_a_timeout);
    g_test_add_func("/against/timeout/chance", many_times_meet_by_chance);
    g_test_add_func("/against/timeout/among-many", more_ends_ask_for_more_that_are_equal);
    g_test_add_func("/against/timeout/survived", longer_time_that_was_survived_refutes);
    g_test_add_func("/against/timeout/last-words", last_words_refute_nothing);
    g_test_add_func("/against/timeout/one-instant", one_instant_is_one_event);
    g_test_add_func("/against/timeout/life", life_of_a_program_is_no_timer);
    g_test_add_func("/against/timeout/life-apart", ends_apart_are_timers);
    g_test_add_func("/against/timeout/life-another", another_programs_end_is_another_act);
    g_test_add_func("/against/timeout/life-answers", close_after_an_answer_is_another_act);
    g_test_add_func("/against/timeout/life-server", servers_timer_is_no_act_of_the_client);
    g_test_add_func("/against/limit/count-age", counts_and_ages_refute_each_other);
    g_test_add_func("/against/limit/opaque", records_are_not_counted);
    return g_test_run();
}
