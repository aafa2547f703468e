/* test_ending_numbers.c
 * Equal numbers of requests, and equal ages, that are no limit of a side: of the other one's, spread
 * too far, by a slow clock, or announced otherwise. DESIGN section 5, request-limit and max-age.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

/* The client goes on elsewhere. */
static void go_on(trace *t, int64_t at)
{
    trace_exchange(trace_open_to(t, "10.0.0.99", 80, at), at + AT_MS(1), at + AT_MS(2));
}

/* @count exchanges, a close right after the last by @by; @connection is what that answer says. */
static trace_connection *ask(trace *t, unsigned count, trace_side by, const char *connection,
                             int64_t at)
{
    trace_connection *c = trace_open(t, at);
    const int64_t last = trace_exchanges(c, count - 1, at + AT_MS(1));

    trace_request(c, last);
    trace_answer(c, last + AT_US(500), .connection = connection);
    trace_close(c, by, last + AT_US(600));
    return c;
}

/* Three requests each time, and the server closes: its limit. Where the client does, it may be all that
 * a program asks for. */
static void as_many_each_time(void)
{
    for (int is_server = 0; is_server < 2; is_server++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = NULL;
        for (int i = 0; i < 3; i++) {
            c = ask(t, 3, is_server ? SERVER : CLIENT, NULL, AT_S(1 + 5 * i));
        }
        go_on(t, AT_S(60));

        assert_cause(c, is_server ? "request-limit" : "client-close");
    }
}

/* nginx ends a connection with its 1000th request. A client that does so itself needs no such reason. */
static void as_many_as_its_server_allows(void)
{
    for (int is_server = 0; is_server < 2; is_server++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open(t, AT_MS(0));
        const int64_t last = trace_exchanges(c, 999, AT_MS(1));
        trace_request(c, last);
        trace_answer(c, last + AT_US(500), .server = "nginx/1.22.1");
        trace_close(c, is_server ? SERVER : CLIENT, last + AT_US(600));
        go_on(t, AT_S(60));

        assert_cause(c, is_server ? "request-limit" : "client-close");
    }
}

/* Its limit is said in its last answers. That it closed two others without a word, after other
 * numbers, says nothing against it. */
static void said_beside_others_unsaid(void)
{
    for (int is_said = 0; is_said < 2; is_said++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = NULL;
        ask(t, 2, SERVER, NULL, AT_S(1));
        ask(t, 4, SERVER, NULL, AT_S(5));
        for (int i = 0; i < 2; i++) {
            c = ask(t, 6, SERVER, is_said ? "close" : NULL, AT_S(10 + 5 * i));
        }
        ask(t, 1, SERVER, NULL, AT_S(30));
        go_on(t, AT_S(60));

        assert_cause(c, is_said ? "request-limit" : "server-close");
    }
}

/* Asked each @interval; the last answer says close at @age_ns. */
static trace_connection *say_close_at(trace *t, int64_t interval, int64_t age_ns, int64_t at)
{
    trace_connection *c = trace_open(t, at);
    for (int64_t sent = at + AT_MS(1); sent < at + age_ns - interval; sent += interval) {
        trace_exchange(c, sent, sent + AT_MS(1));
    }
    trace_request(c, at + age_ns - AT_MS(1));
    trace_answer(c, at + age_ns, .connection = "close");
    return c;
}

static trace_connection *age(trace *t, int64_t interval, int64_t age_ns, int64_t at)
{
    trace_connection *c = say_close_at(t, interval, age_ns, at);

    trace_close(c, SERVER, at + age_ns + AT_US(100));
    return c;
}

/* Ages spread by 10 % are gRPC's, which says GOAWAY; of others they have to be equal. */
static void spread_is_of_goaways(void)
{
    for (int is_spread = 0; is_spread < 2; is_spread++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c[3];
        for (int i = 0; i < 3; i++) {
            c[i] = age(t, AT_MS(250 + 150 * i), AT_S(3) + (is_spread ? AT_MS(200 * i) : 0),
                       AT_S(1 + 10 * i));
        }
        go_on(t, AT_S(60));

        assert_cause(c[1], is_spread ? "server-close-header" : "max-age");
    }
}

static void ages_by_a_slow_clock(void)
{
    g_autoptr(trace) t = trace_new();
    trace_ticks(t, AT_MS(50));
    trace_connection *c = NULL;
    for (int i = 0; i < 3; i++) {
        c = age(t, AT_MS(250 + 150 * i), AT_S(3), AT_S(1 + 10 * i));
    }
    go_on(t, AT_S(60));

    assert_cause(c, "server-close-header");
}

/* The capture is over before the last one ends. */
static void one_is_open_at_the_end(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *ended = age(t, AT_MS(250), AT_S(3), AT_S(1));
    age(t, AT_MS(400), AT_S(3), AT_S(11));
    trace_connection *open = say_close_at(t, AT_MS(550), AT_S(3), AT_S(21));

    assert_cause(ended, "max-age");
    assert_cause(open, "open-at-end");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ending/numbers/as-many", as_many_each_time);
    g_test_add_func("/ending/numbers/known", as_many_as_its_server_allows);
    g_test_add_func("/ending/numbers/said", said_beside_others_unsaid);
    g_test_add_func("/ending/numbers/spread", spread_is_of_goaways);
    g_test_add_func("/ending/numbers/slow-clock", ages_by_a_slow_clock);
    g_test_add_func("/ending/numbers/open-at-end", one_is_open_at_the_end);
    return g_test_run();
}
