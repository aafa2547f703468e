/* test_evictions_others.c
 * A full pool drops connections, and others end beside them: by the program's end, a timer, a close
 * that was said. Neither may be taken for the other. DESIGN section 5, pool-limit.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_fixes.h"
#include "trace_h2.h"

#define LIBCURL "PycURL/7.45.2 libcurl/7.88.1"

/* ---- the end of a program ---- */

/* A run of a few ms over @hosts hosts, of which the pool keeps @kept; its end closes the latest first,
 * or the oldest. */
static void run_of(trace *t, trace_connection **c, int dials, int hosts, int kept,
                   bool is_latest_first)
{
    for (int i = 0; i < dials; i++) {
        c[i] = trace_ask_host(t, i % hosts, LIBCURL, AT_MS(i));
        if (i >= kept) {
            trace_close(c[i - kept], CLIENT, AT_MS(i) + AT_US(640));
        }
    }
    for (int i = 0; i < kept; i++) {
        trace_close(c[is_latest_first ? dials - 1 - i : dials - kept + i], CLIENT,
                    AT_MS(dials) + AT_US(300) * i);
    }
}

/* Two ends by the pool show it, however many more there are as the program ends. */
static void end_of_the_program(void)
{
    for (int is_latest_first = 0; is_latest_first < 2; is_latest_first++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c[9];
        run_of(t, c, 9, 7, 6, is_latest_first != 0);

        for (int i = 0; i < 2; i++) {
            assert_cause(c[i], "pool-limit");
            g_assert_cmpuint(trace_ending(c[i])->limit, ==, 6);
        }
        for (int i = 3; i < 9; i++) {
            g_assert_cmpint(trace_ending(c[i])->cause, !=, HR_CLOSE_POOL_LIMIT);
        }
    }
}

/* A busy program is late twice, each time with two that stay beside those that its pool keeps; three
 * times it is not: that is how many it keeps. */
static void late_twice(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[14];
    int oldest = 0;
    for (int i = 0; i < 14; i++) {
        c[i] = trace_ask_host(t, i % 6, LIBCURL, AT_US(1500 * i));
        const bool is_late = i == 4 || i == 7;
        if (i >= 3 && !is_late) {
            trace_close(c[oldest++], CLIENT, AT_US(1500 * i + 640));
            if (oldest + 2 < i) {
                trace_close(c[oldest++], CLIENT, AT_US(1500 * i + 850));
            }
        }
    }

    assert_cause(c[0], "pool-limit");
    g_assert_cmpuint(trace_ending(c[0])->limit, ==, 3);
}

/* As often as not it is late, and two more dials after the last of these; what is late is never fewer than
 * the pool keeps. Two ends at that number are enough, none of which had rested. */
static void late_as_often_as_not(void)
{
    for (int is_late = 0; is_late < 2; is_late++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c[7];
        const int dials = is_late ? 7 : 5;
        int oldest = 0;
        for (int i = 0; i < dials; i++) {
            c[i] = trace_ask_host(t, i % 6, LIBCURL, AT_US(1500 * i));
            if (i < 3 || (is_late && i % 2 != 0)) {
                continue;
            }
            trace_close(c[oldest++], CLIENT, AT_US(1500 * i + 640));
            if (is_late) {
                trace_close(c[oldest++], CLIENT, AT_US(1500 * i + 850));
            }
        }
        for (int i = oldest; i < dials; i++) {
            trace_exchange(c[i], AT_S(1) + AT_MS(10 * i), AT_S(1) + AT_MS(10 * i + 1));
        }

        assert_cause(c[0], "pool-limit");
        g_assert_cmpuint(trace_ending(c[0])->limit, ==, 3);
    }
}

/* ---- what the client closes as it goes on ---- */

/* Six calls at once, whose answers come in turn, each 50 ms. */
static void ask_six(trace *t, trace_connection *c[6], const char *other_agent)
{
    for (int i = 0; i < 6; i++) {
        c[i] = trace_open(t, AT_S(10) + AT_MS(i));
        trace_request(c[i], AT_S(10) + AT_US(1000 * i + 300),
                      .user_agent = i % 2 == 0 ? "okhttp/4.9" : other_agent);
    }
    for (int i = 0; i < 6; i++) {
        trace_answer(c[i], AT_S(10) + AT_MS(100 + 50 * i));
    }
}

static void ask_again(trace_connection *c[6], int but, int64_t at)
{
    for (int i = 1; i < 6; i++) {
        if (i != but) {
            trace_exchange(c[i], at + AT_MS(10 * i), at + AT_MS(10 * i + 5));
        }
    }
}

/* Five are kept. Another one is closed a second later, by whatever, while the program goes on. */
static void another_one_has_another_reason(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[6];
    ask_six(t, c, "okhttp/4.9");
    trace_close(c[0], CLIENT, AT_S(10) + AT_US(350300));
    trace_close(c[3], CLIENT, AT_S(11));
    ask_again(c, 3, AT_S(12));

    assert_cause(c[0], "pool-limit");
    g_assert_cmpint(trace_ending(c[3])->cause, !=, HR_CLOSE_POOL_LIMIT);
}

/* The oldest was taken for a call, whose request comes to the wire a moment after the next oldest went. */
static void oldest_was_taken(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[6];
    ask_six(t, c, "okhttp/4.9");
    trace_close(c[1], CLIENT, AT_S(10) + AT_US(350300));
    trace_exchange(c[0], AT_S(10) + AT_US(351300), AT_S(10) + AT_MS(352));
    ask_again(c, 1, AT_S(12));

    assert_cause(c[1], "pool-limit");
    assert_closed_by(c[1], "client");
}

/* Three of a program are idle, and three of another one: as the latter's third is answered the
 * former's oldest goes. Its pool was not fuller than before. */
static void another_program_at_the_host(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[6];
    ask_six(t, c, "curl/8.5");
    trace_close(c[0], CLIENT, AT_S(10) + AT_US(350300));
    ask_again(c, 0, AT_S(12));

    g_assert_cmpint(trace_ending(c[0])->cause, !=, HR_CLOSE_POOL_LIMIT);
}

/* The program had two more, which are not seen again behind a gap in the capture: they may have been
 * idle as well, so that there was room for seven. */
static void others_that_may_be_kept(void)
{
    for (int is_lost = 0; is_lost < 2; is_lost++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c[6];
        trace_connection *more[2];
        for (int i = 0; i < 2; i++) {
            more[i] = trace_open(t, AT_MS(20 * i));
            trace_request(more[i], AT_MS(20 * i + 1), .user_agent = "okhttp/4.9");
            trace_answer(more[i], AT_MS(20 * i + 2));
        }
        for (int i = 0; i < 2 && !is_lost; i++) {
            trace_close(more[i], SERVER, AT_S(2 + i));
        }
        trace_connection *gap = trace_open_between(t, "10.0.0.9", "10.0.0.99", 80, AT_S(5));
        trace_lose(gap, CLIENT, TRACE_REQUEST_HEADER);
        trace_answer(gap, AT_S(6));
        trace_ack(gap, CLIENT, AT_S(6) + AT_MS(1));
        ask_six(t, c, "okhttp/4.9");
        trace_close(c[0], CLIENT, AT_S(10) + AT_US(350300));
        ask_again(c, 0, AT_S(12));

        g_assert_true((trace_ending(c[0])->cause == HR_CLOSE_POOL_LIMIT) == (is_lost == 0));
    }
}

/* ---- over many hosts ---- */

enum {
    DIALS = 12,
    HOSTS = 5,
    KEPT = 4
};

/* Two of the program to other hosts, which are not seen again behind a gap in the capture, or are closed
 * by their servers before: the pool may have had room for these as well. */
static void others_that_may_be_kept_for_all_hosts(void)
{
    for (int is_lost = 0; is_lost < 2; is_lost++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c[6];
        trace_connection *more[2];
        for (int i = 0; i < 2; i++) {
            more[i] = trace_ask_host(t, 10 + i, LIBCURL, AT_MS(20 * i));
        }
        for (int i = 0; i < 2 && !is_lost; i++) {
            trace_close(more[i], SERVER, AT_S(2 + i));
        }
        trace_connection *gap = trace_open_between(t, "10.0.0.9", "10.0.0.99", 80, AT_S(5));
        trace_lose(gap, CLIENT, TRACE_REQUEST_HEADER);
        trace_answer(gap, AT_S(6));
        trace_ack(gap, CLIENT, AT_S(6) + AT_MS(1));
        for (int i = 0; i < 6; i++) {
            c[i] = trace_ask_host(t, i % 4, LIBCURL, AT_S(10) + AT_MS(50 * i));
            if (i >= 3) {
                trace_close(c[i - 3], CLIENT, AT_S(10) + AT_MS(50 * i) + AT_US(640));
            }
        }

        g_assert_true((trace_ending(c[0])->cause == HR_CLOSE_POOL_LIMIT) == (is_lost == 0));
    }
}

/* ... also where these two had been used later than the one that goes: it is not told that the pool keeps
 * no more than those that are seen. */
static void number_that_may_be_kept(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[5];
    trace_connection *gap = trace_open_between(t, "10.0.0.9", "10.0.0.99", 80, AT_MS(0));
    for (int i = 0; i < 3; i++) {
        c[i] = trace_ask_host(t, i, LIBCURL, AT_MS(20 * i + 1));
    }
    trace_exchange(gap, AT_S(4), AT_S(5));
    trace_lose(gap, CLIENT, TRACE_REQUEST_HEADER);
    trace_answer(gap, AT_S(6));
    trace_ack(gap, CLIENT, AT_S(6) + AT_MS(1));
    for (int i = 3; i < 5; i++) {
        c[i] = trace_ask_host(t, i, LIBCURL, AT_S(10) + AT_MS(50 * i));
    }
    trace_close(c[0], CLIENT, AT_S(10) + AT_MS(200) + AT_US(640));
    trace_exchange(c[3], AT_S(12), AT_S(12) + AT_MS(1));
    trace_exchange(c[4], AT_S(13), AT_S(13) + AT_MS(1));

    g_assert_cmpuint(hr_ending_limit(trace_ending(c[0])), !=, 3);
}

/* Hosts in turn; before each dial the one goes that was asked least recently. */
static void by_dial(trace *t, trace_connection **c)
{
    for (int i = 0; i < DIALS; i++) {
        const int64_t at = AT_S(10) + AT_MS(50) * i;
        if (i >= KEPT) {
            trace_close(c[i - KEPT], CLIENT, at - AT_US(400));
        }
        c[i] = trace_ask_host(t, i % HOSTS, "myservice/2.3", at);
    }
}

/* ... beside many requests that say close, and are answered. */
static void beside_requests_that_say_close(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[DIALS];
    for (int i = 0; i < 20; i++) {
        const int64_t at = AT_MS(100 * i);
        trace_connection *said = trace_open_to(t, "10.0.0.99", 80, at);
        trace_request(said, at + AT_MS(1), .user_agent = "myservice/2.3", .connection = "close");
        trace_answer(said, at + AT_MS(2));
        trace_close(said, CLIENT, at + AT_MS(3));
    }
    by_dial(t, c);

    assert_cause(c[0], "pool-limit");
    g_assert_cmpuint(trace_ending(c[0])->limit, ==, KEPT);
}

/* ... behind one that was open before the capture, and that its server has closed. */
static void behind_one_from_before(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[DIALS];
    trace_connection *before = trace_connect(t);
    trace_request(before, AT_MS(0), .user_agent = "myservice/2.3");
    trace_answer(before, AT_MS(1));
    trace_close(before, SERVER, AT_S(1));
    by_dial(t, c);

    assert_cause(c[0], "pool-limit");
    g_assert_cmpuint(trace_ending(c[0])->limit, ==, KEPT);
}

/* ... and on the host of most of these the rest end after one idle time, twice: a timer as well. */
static void beside_a_timer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[DIALS];
    by_dial(t, c); /* of the first host c[0], c[5] and c[10] */
    const int64_t rests_ns = AT_S(10) + AT_MS(500) + AT_US(600);
    trace_close(c[10], CLIENT, rests_ns + AT_MS(3210));
    trace_connection *more = trace_ask_host(t, 0, "myservice/2.3", AT_S(20));
    trace_exchange(c[11], AT_S(20) + AT_MS(1), AT_S(20) + AT_MS(2));
    trace_close(more, CLIENT, AT_S(20) + AT_US(600) + AT_MS(3212));
    trace_exchange(c[11], AT_S(30), AT_S(30) + AT_MS(1));

    assert_cause(c[0], "pool-limit");
    assert_cause(c[10], "client-idle-timeout");
    assert_cause(more, "client-idle-timeout");
}

/* ... while connections of HTTP/2 to other hosts rest, which have no place in such a pool, one of them
 * since before the capture. */
static void beside_http2(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[DIALS];
    for (int i = 0; i < 8; i++) {
        trace_connection *h2 = i > 0 ? h2_open_plain(t, AT_MS(100 * i), 0) : trace_connect(t);
        trace_ack(h2, CLIENT, AT_MS(100 * i + 5));
        h2_ask(h2, 1, AT_MS(100 * i + 10), .user_agent = "myservice/2.3");
        h2_answer(h2, 1, AT_MS(100 * i + 11));
    }
    by_dial(t, c);

    assert_cause(c[0], "pool-limit");
    g_assert_cmpuint(trace_ending(c[0])->limit, ==, KEPT);
}

/* HTTP/2: streams come and go, and that one connection ends as another's stream does is chance, also
 * twice. */
static void of_http2(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[6];
    char address[16];
    for (int i = 0; i < 6; i++) {
        const int64_t at = AT_MS(50 * i);
        g_snprintf(address, sizeof address, "10.0.0.%d", 80 + i % 4);
        c[i] = trace_open_to(t, address, 80, at);
        h2_prefaces(c[i], 0, at + AT_US(300));
        h2_exchange(c[i], 1, at + AT_US(400), at + AT_US(600));
        if (i >= 3) {
            trace_close(c[i - 3], CLIENT, at + AT_US(640));
        }
    }

    for (int i = 0; i < 3; i++) {
        g_assert_cmpint(trace_ending(c[i])->cause, !=, HR_CLOSE_POOL_LIMIT);
    }
}

/* A timer closes the one that rested for longest, twice just as another host answers: that says close,
 * or goes on for long, so that nothing came into the pool. */
static void nothing_came_into_the_pool(void)
{
    for (int is_said = 0; is_said < 2; is_said++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c[6];
        for (int i = 0; i < 4; i++) {
            c[i] = trace_ask_host(t, i, "myservice/2.3", AT_MS(200 * i));
        }
        for (int i = 0; i < 2; i++) {
            const int64_t at = AT_MS(1000 + 200 * i);
            c[4 + i] = trace_open_to(t, "10.0.0.99", 80, at);
            trace_request(c[4 + i], at + AT_US(300), .user_agent = "myservice/2.3");
            if (is_said) {
                trace_answer(c[4 + i], at + AT_US(600), .connection = "close");
            } else {
                trace_begin_answer(c[4 + i], at + AT_US(600), .body = 9000, .rest = 8000);
            }
            trace_close(c[i], CLIENT, at + AT_US(640));
            if (is_said) {
                trace_close(c[4 + i], SERVER, at + AT_US(900));
            }
        }
        trace_exchange(c[2], AT_S(2), AT_S(2) + AT_MS(1));
        trace_exchange(c[3], AT_S(3), AT_S(3) + AT_MS(1));

        g_assert_cmpint(trace_ending(c[0])->cause, !=, HR_CLOSE_POOL_LIMIT);
        g_assert_cmpint(trace_ending(c[1])->cause, !=, HR_CLOSE_POOL_LIMIT);
    }
}

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/evictions/others/program-ends", end_of_the_program);
    g_test_add_func("/evictions/others/late-twice", late_twice);
    g_test_add_func("/evictions/others/another-reason", another_one_has_another_reason);
    g_test_add_func("/evictions/others/another-program", another_program_at_the_host);
    g_test_add_func("/evictions/others/maybe-kept", others_that_may_be_kept);
    g_test_add_func("/evictions/others/say-close", beside_requests_that_say_close);
    g_test_add_func("/evictions/others/from-before", behind_one_from_before);
    g_test_add_func("/evictions/others/timer", beside_a_timer);
    g_test_add_func("/evictions/others/oldest-taken", oldest_was_taken);
    g_test_add_func("/evictions/others/beside-http2", beside_http2);
    g_test_add_func("/evictions/others/http2", of_http2);
    g_test_add_func("/evictions/others/late-as-often", late_as_often_as_not);
    g_test_add_func("/evictions/others/maybe-kept-for-all", others_that_may_be_kept_for_all_hosts);
    g_test_add_func("/evictions/others/maybe-kept-number", number_that_may_be_kept);
    g_test_add_func("/evictions/others/nothing-came", nothing_came_into_the_pool);
    return g_test_run();
}
