/* test_ending_siblings.c
 * What a pool's limit is told by: siblings that rest beside what is closed, and the number that nothing
 * contradicts. DESIGN section 5, pool-limit and client-exit.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

#define GO "Go-http-client/1.1"

/* The client goes on, elsewhere. */
static void go_on(trace *t, int64_t at)
{
    trace_exchange(trace_open_to(t, "10.0.0.99", 80, at), at + AT_MS(1), at + AT_MS(2));
}

/* ---- siblings ---- */

typedef enum {
    ANSWERING, /* a part of its answer is there */
    ASKED,     /* between two idle times */
    PIPELINED  /* the next request came before the end of an answer */
} sibling;

/* Two are kept for long. Then three calls run, one of them on the second of these, and the first one that
 * is answered closes: where the other two do not rest there was room. */
static const char *closed_beside(sibling what)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[4];
    for (int i = 0; i < 2; i++) {
        c[i] = trace_open_used(t, AT_MS(10 * i));
    }
    trace_request(c[1], AT_MS(500));
    for (int i = 2; i < 4; i++) {
        c[i] = trace_open(t, AT_MS(500 + i));
    }
    trace_request(c[2], AT_MS(506));
    trace_request(c[3], AT_MS(507));
    if (what == ANSWERING) {
        trace_begin_answer(c[1], AT_MS(510), .body = 9000, .rest = 8000);
    } else if (what == PIPELINED) {
        trace_request(c[1], AT_MS(519));
        trace_answer(c[1], AT_MS(519) + AT_US(500));
    }
    trace_answer(c[2], AT_MS(520));
    trace_close(c[2], CLIENT, AT_MS(520) + AT_US(100));
    if (what != ANSWERING) {
        trace_answer(c[1], AT_MS(700));
    }
    trace_answer(c[3], AT_MS(701));
    trace_close(c[3], SERVER, AT_MS(701) + AT_US(100));
    go_on(t, AT_S(3));

    return hr_close_cause_token(trace_ending(c[2])->cause);
}

static void a_sibling_that_does_not_rest(void)
{
    g_assert_cmpstr(closed_beside(ANSWERING), ==, "client-close");
    g_assert_cmpstr(closed_beside(ASKED), ==, "client-close");
    g_assert_cmpstr(closed_beside(PIPELINED), ==, "client-close");
}

/* httpx, which keeps two: as many are open as it keeps, this one with them. */
static void as_many_open_as_are_kept(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2];
    for (int i = 0; i < 2; i++) {
        c[i] = trace_open(t, AT_MS(10 * i));
        trace_request(c[i], AT_MS(10 * i + 5), .user_agent = "python-httpx/0.28.1");
    }
    for (int i = 0; i < 2; i++) {
        trace_answer(c[i], AT_MS(20 + i));
    }
    trace_request(c[0], AT_S(1), .user_agent = "python-httpx/0.28.1");
    trace_request(c[1], AT_S(1), .user_agent = "python-httpx/0.28.1");
    trace_answer(c[1], AT_S(1) + AT_MS(5));
    trace_close(c[1], CLIENT, AT_S(1) + AT_MS(5) + AT_US(100));
    trace_answer(c[0], AT_S(2));
    go_on(t, AT_S(3));

    assert_cause(c[1], "client-close");
}

/* A program closes two, and the capture is over soon: one that is idle stays, one that is busy may go in
 * the next moment. */
static void one_that_stays_as_the_capture_ends(void)
{
    for (int is_idle = 0; is_idle < 2; is_idle++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c[3];
        for (int i = 0; i < 3; i++) {
            c[i] = trace_open_used(t, AT_MS(10 * i));
        }
        if (!is_idle) {
            trace_request(c[2], AT_MS(100));
        }
        trace_close(c[0], CLIENT, AT_S(1));
        trace_close(c[1], CLIENT, AT_S(1) + AT_MS(1));
        trace_ack(c[2], SERVER, AT_S(1) + AT_MS(20));

        g_assert_cmpint(trace_ending(c[0])->cause == HR_CLOSE_CLIENT_EXIT, ==, !is_idle);
    }
}

/* ---- numbers ---- */

/* Three of four stay, and one of them is closed @rest after another answer, beside fewer: at once that
 * casts doubt on the number, later it has its own reason. net/http keeps two by default, not three. */
static uint32_t limit_told(const char *agent, int64_t rest)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[4];
    for (int i = 0; i < 4; i++) {
        c[i] = trace_open(t, AT_MS(i));
    }
    for (int i = 0; i < 4; i++) {
        trace_request(c[i], AT_MS(10), .user_agent = agent);
    }
    for (int i = 0; i < 4; i++) {
        trace_answer(c[i], AT_MS(20 + i));
    }
    trace_close(c[3], CLIENT, AT_MS(23) + AT_US(100));
    trace_request(c[0], AT_MS(500), .user_agent = agent);
    trace_answer(c[0], AT_MS(501));
    trace_close(c[0], CLIENT, AT_MS(501) + rest);
    go_on(t, AT_S(3));

    assert_cause(c[3], "pool-limit");
    assert_cause(c[0], "client-close");
    return hr_ending_limit(trace_ending(c[3]));
}

static void a_number_and_what_goes_beside_fewer(void)
{
    g_assert_cmpuint(limit_told("myservice/2.3", AT_MS(600)), ==, 3);
    g_assert_cmpuint(limit_told("myservice/2.3", AT_US(100)), ==, 0);
    g_assert_cmpuint(limit_told(GO, AT_US(100)), ==, 0);
}

/* OkHttp drops the oldest of six: that is known by which one goes, whatever else is closed. */
static void a_number_by_what_is_dropped(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[6];
    for (int i = 0; i < 6; i++) {
        c[i] = trace_open(t, AT_MS(i));
        trace_request(c[i], AT_US(1000 * i + 300));
    }
    for (int i = 0; i < 6; i++) {
        trace_answer(c[i], AT_MS(100 + 50 * i));
    }
    trace_close(c[0], CLIENT, AT_US(350300));
    for (int i = 1; i < 6; i++) {
        trace_exchange(c[i], AT_S(1) + AT_MS(10 * i), AT_S(1) + AT_MS(10 * i + 5));
    }
    trace_close(c[5], CLIENT, AT_S(1) + AT_MS(55) + AT_US(100));
    trace_exchange(c[1], AT_S(2), AT_S(2) + AT_MS(1));

    assert_cause(c[0], "pool-limit");
    g_assert_true(trace_ending(c[5])->is_after_answer);
    g_assert_cmpuint(hr_ending_limit(trace_ending(c[0])), ==, 5);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ending/siblings/rest", a_sibling_that_does_not_rest);
    g_test_add_func("/ending/siblings/as-many", as_many_open_as_are_kept);
    g_test_add_func("/ending/siblings/capture-ends", one_that_stays_as_the_capture_ends);
    g_test_add_func("/ending/siblings/number", a_number_and_what_goes_beside_fewer);
    g_test_add_func("/ending/siblings/number/dropped", a_number_by_what_is_dropped);
    return g_test_run();
}
