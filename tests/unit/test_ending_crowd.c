/* test_ending_crowd.c
 * More connections than a pool keeps: each of the signs that the rule of a limit asks for, and what
 * refutes it, also where not all is in the capture.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_tls.h"

#define GO "Go-http-client/1.1"

typedef struct {
    const char *user_agent;
    bool by_reset;   /* how those end that have no place */
    bool opens_next; /* the first request after that is on a new connection */
    bool is_tls;     /* that Wireshark can read */
} crowd;

/* From @at on four run at once, two stay, and the other two end. */
static trace_connection *crowded_out(trace *t, int64_t at, crowd how)
{
    trace_connection *c[4];
    for (int i = 0; i < 4; i++) {
        const int64_t opened = at + AT_MS(5 * i) - AT_MS(20);
        c[i] = how.is_tls ? tls_open(t, opened, .has_keys = true) : trace_open(t, opened);
    }
    for (int i = 0; i < 4; i++) {
        trace_request(c[i], at + AT_MS(10 + i), .user_agent = how.user_agent);
    }
    trace_answer(c[0], at + AT_MS(20));
    trace_answer(c[1], at + AT_MS(21));
    for (int i = 2; i < 4; i++) {
        trace_answer(c[i], at + AT_MS(20 + i));
        if (how.by_reset) {
            trace_rst(c[i], CLIENT, at + AT_MS(20 + i) + AT_US(100));
        } else {
            trace_close(c[i], CLIENT, at + AT_MS(20 + i) + AT_US(100));
        }
    }
    if (how.opens_next) {
        trace_connection *next = trace_open(t, at + AT_MS(490));
        trace_request(next, at + AT_MS(491), .user_agent = how.user_agent);
    }
    for (int i = 0; i < 2; i++) {
        trace_request(c[i], at + AT_MS(500 + i), .user_agent = how.user_agent);
    }
    for (int i = 0; i < 2; i++) {
        trace_answer(c[i], at + AT_MS(510 + i));
    }
    return c[2];
}

/* Nothing of a small answer is left unread: a reset is how it closes (HAProxy). */
static void crowded_out_by_fin_or_reset(void)
{
    g_autoptr(trace) fin = trace_new();
    g_autoptr(trace) reset = trace_new();

    assert_cause(crowded_out(fin, AT_S(1), (crowd){0}), "pool-limit");
    assert_cause(crowded_out(reset, AT_S(1), (crowd){.by_reset = true}), "pool-limit");
}

/* Four run at once, and the last of them ends. */
static trace_connection *burst(trace_connection *c[4], int64_t at)
{
    for (int i = 0; i < 4; i++) {
        trace_request(c[i], at + AT_MS(i));
    }
    for (int i = 0; i < 4; i++) {
        trace_answer(c[i], at + AT_MS(10 + i));
    }
    trace_close(c[3], CLIENT, at + AT_US(13100));
    return c[3];
}

/* The capture ends before its siblings are seen to stay; once they were, a later one is told. */
static void end_of_capture_tells_of_no_limit(void)
{
    for (int is_over = 0; is_over < 2; is_over++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c[4];
        for (int i = 0; i < 4; i++) {
            c[i] = trace_open(t, AT_MS(i));
        }
        trace_connection *first = burst(c, AT_MS(10));
        trace_probe(c[0], SERVER, AT_MS(is_over ? 90 : 200));
        assert_cause(first, is_over ? "client-close" : "pool-limit");

        c[3] = trace_open(t, AT_MS(300));
        trace_connection *second = burst(c, AT_MS(310));
        assert_cause(first, "pool-limit");
        assert_cause(second, "pool-limit");
    }
}

/* @count were open together, and of each of them one answer could not be read. */
static void open_unread(trace *t, int count, int64_t at)
{
    trace_connection *c[4];
    for (int i = 0; i < count; i++) {
        c[i] = trace_open(t, at + AT_MS(i));
    }
    for (int i = 0; i < count; i++) {
        trace_request(c[i], at + AT_MS(10 + i));
    }
    for (int i = 0; i < count; i++) {
        trace_answer(c[i], at + AT_MS(20 + i), .is_cut = true);
    }
    for (int i = 0; i < count; i++) {
        trace_close(c[i], SERVER, at + AT_MS(500 + i));
    }
}

/* Of three the pool may have kept three at another time; of two it kept no more than later. */
static void crowded_out_after_what_nobody_could_read(void)
{
    g_autoptr(trace) three = trace_new();
    g_autoptr(trace) two = trace_new();

    open_unread(three, 3, AT_S(0));
    open_unread(two, 2, AT_S(0));
    assert_cause(crowded_out(three, AT_S(1), (crowd){0}), "client-close");
    assert_cause(crowded_out(two, AT_S(1), (crowd){0}), "pool-limit");
}

/* One more that was open beside them may have been the third that was kept: its answer was cut; or
 * is not in the capture; or its first request is not. */
static void crowded_out_beside_what_nobody_could_read(void)
{
    for (int lost = 0; lost < 3; lost++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open(t, AT_MS(0));
        if (lost <= 1) {
            trace_request(c, AT_MS(1));
        } else {
            trace_answer_alone(c, AT_MS(2));
        }
        if (lost == 0) {
            trace_answer(c, AT_MS(2), .is_cut = true);
        } else if (lost == 1) {
            trace_lose(c, SERVER, TRACE_ANSWER_HEADER);
        }
        trace_connection *dropped = crowded_out(t, AT_MS(100), (crowd){0});
        if (lost > 0) {
            trace_exchange(c, AT_S(1), AT_S(1) + AT_MS(1));
            trace_close(c, CLIENT, AT_S(1) + AT_MS(2));
        }
        assert_cause(dropped, "client-close");
    }
}

/* One that was open before the capture, as all are: what comes first of it is a request, so that it
 * had been idle, beside as many others. */
static void crowded_out_of_what_was_idle_before(void)
{
    g_autoptr(trace) t = trace_new();
    trace_exchange(trace_open_to(t, "10.0.0.81", 80, AT_MS(0)), AT_MS(1), AT_MS(2));
    trace_connection *c[3];
    for (int i = 0; i < 3; i++) {
        c[i] = trace_connect(t);
        trace_request(c[i], AT_S(1) + AT_MS(i));
    }
    for (int i = 0; i < 3; i++) {
        trace_answer(c[i], AT_S(1) + AT_MS(10 + i));
    }
    trace_close(c[2], CLIENT, AT_S(1) + AT_MS(12) + AT_US(100));
    for (int i = 0; i < 2; i++) {
        trace_exchange(c[i], AT_S(2) + AT_MS(2 * i), AT_S(2) + AT_MS(2 * i + 1));
    }

    assert_cause(c[2], "client-close");
}

/* Of TLS what follows a gap cannot be read. */
static void crowded_out_beside_the_illegible(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open(t, AT_MS(0), .has_keys = true);
    trace_exchange(c, AT_MS(10), AT_MS(11));
    trace_lose(c, SERVER, TRACE_ANSWER_HEADER);
    trace_ack(c, CLIENT, AT_MS(12));

    assert_cause(crowded_out(t, AT_MS(100), (crowd){.is_tls = true}), "client-close");
}

/* ... and may not have been where it was busy, whatever was lost before that. */
static void crowded_out_beside_what_was_busy(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_answer_alone(c, AT_MS(90));
    trace_request(c, AT_MS(91));
    trace_connection *dropped = crowded_out(t, AT_MS(120), (crowd){0});
    trace_answer(c, AT_MS(700));
    trace_close(c, CLIENT, AT_MS(701));

    assert_cause(dropped, "pool-limit");
}

static void ask_side_by_side(trace *t, trace_connection *c[4])
{
    for (int i = 0; i < 4; i++) {
        c[i] = trace_open(t, AT_MS(i));
    }
    for (int i = 0; i < 4; i++) {
        trace_request(c[i], AT_MS(10 + i));
    }
}

/* A while after a large answer a reset tells of bytes that nobody read, whoever else is idle. */
static void reset_late_after_a_large_answer(void)
{
    for (int is_large = 0; is_large < 2; is_large++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c[4];
        ask_side_by_side(t, c);
        for (int i = 0; i < 4; i++) {
            trace_answer(c[i], AT_MS(20 + i), .body = is_large ? 20000 : 300);
        }
        trace_rst(c[2], CLIENT, AT_MS(60));
        trace_rst(c[3], CLIENT, AT_MS(61));
        for (int i = 0; i < 2; i++) {
            trace_exchange(c[i], AT_S(1) + AT_MS(2 * i), AT_S(1) + AT_MS(2 * i + 1));
        }

        assert_cause(c[2], is_large ? "client-close" : "pool-limit");
    }
}

/* Opened ahead of its first request: no call was running on it until then. */
static void crowded_out_beside_what_was_opened_ahead(void)
{
    for (int is_ahead = 0; is_ahead < 2; is_ahead++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *idle = trace_open(t, AT_MS(0));
        trace_exchange(idle, AT_MS(1), AT_MS(2));
        trace_connection *other = trace_open(t, AT_MS(500));
        trace_connection *c = trace_open(t, AT_MS(900));
        trace_request(c, AT_S(1));
        if (!is_ahead) {
            trace_request(other, AT_S(1));
        }
        trace_answer(c, AT_S(1) + AT_MS(10));
        trace_close(c, CLIENT, AT_S(1) + AT_US(10500));
        if (is_ahead) {
            trace_request(other, AT_S(3));
        }
        trace_answer(other, AT_S(3) + AT_MS(1));
        trace_close(other, CLIENT, AT_S(3) + AT_MS(2));
        trace_exchange(idle, AT_S(5), AT_S(5) + AT_MS(1));

        assert_cause(c, is_ahead ? "client-close" : "pool-limit");
    }
}

/* Between two requests of one of its siblings another ran that is not in the capture: how many were
 * idle beside it then is not known. */
static void crowded_out_beside_what_may_have_been_busy(void)
{
    for (int is_lost = 0; is_lost < 2; is_lost++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c[4];
        ask_side_by_side(t, c);
        for (int i = 0; i < 3; i++) {
            trace_answer(c[i], AT_MS(20 + i));
        }
        trace_close(c[2], CLIENT, AT_MS(22) + AT_US(100));
        if (is_lost) {
            trace_answer_alone(c[0], AT_MS(300));
        }
        trace_request(c[0], AT_MS(500));
        trace_request(c[1], AT_MS(501));
        for (int i = 0; i < 2; i++) {
            trace_answer(c[i], AT_MS(510 + i));
        }
        trace_close(c[0], SERVER, AT_MS(520));
        trace_close(c[1], SERVER, AT_MS(521));
        trace_close(c[3], SERVER, AT_MS(600));
        trace_exchange(trace_open_to(t, "10.0.0.81", 80, AT_S(2)), AT_S(2) + AT_MS(1),
                       AT_S(2) + AT_MS(2));

        assert_cause(c[2], is_lost ? "client-close" : "pool-limit");
    }
}

/* Go's as well: what it opens next is no sign of an unread body. */
static void crowded_out_of_go(void)
{
    g_autoptr(trace) t = trace_new();

    assert_cause(crowded_out(t, AT_S(1), (crowd){.user_agent = GO, .opens_next = true}),
                 "pool-limit");
}

/* Three were idle for a moment, and ended: that is not to be kept. */
static void crowded_out_after_a_moment_of_three(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[3];
    trace_burst(t, c, 3, AT_MS(0));
    for (int i = 0; i < 3; i++) {
        trace_close(c[i], SERVER, AT_MS(60 + i));
    }

    assert_cause(crowded_out(t, AT_S(1), (crowd){0}), "pool-limit");
}

/* Two are idle for long; a third is closed right after its own answer, as they are taken. A pool
 * that is full drops the one that was idle for longest. */
static void latest_one_is_not_dropped(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *kept[] = {trace_open(t, AT_MS(0)), trace_open(t, AT_MS(1))};
    for (int i = 0; i < 2; i++) {
        trace_request(kept[i], AT_MS(10 + i));
    }
    for (int i = 0; i < 2; i++) {
        trace_answer(kept[i], AT_MS(20 + i));
    }
    trace_connection *c = trace_open(t, AT_S(1));
    trace_exchange(c, AT_S(1) + AT_MS(1), AT_S(1) + AT_MS(2));
    trace_close(c, CLIENT, AT_S(1) + AT_MS(2) + AT_US(100));
    for (int i = 0; i < 2; i++) {
        trace_request(kept[i], AT_S(1) + AT_MS(3) + AT_US(100 * i));
    }

    assert_cause(c, "client-close");
}

/* An idle timeout of 50 ms, and three callers, of which one is done: its connection was idle for
 * longer than the others ever were. */
static void ended_by_a_short_timeout(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[3];
    trace_burst(t, c, 3, AT_MS(0));
    for (int i = 0; i < 4; i++) {
        const int64_t at = AT_MS(60 + 45 * i);
        trace_exchange(c[0], at, at + AT_MS(1));
        trace_exchange(c[1], at + AT_MS(2), at + AT_MS(3));
        if (i == 0) {
            trace_close(c[2], CLIENT, AT_MS(72));
        }
    }
    trace_close(c[0], CLIENT, AT_MS(246));
    trace_close(c[1], CLIENT, AT_MS(248));
    trace_exchange(trace_open_to(t, "10.0.0.81", 80, AT_S(1)), AT_MS(1001), AT_MS(1002));

    assert_cause(c[2], "client-close");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ending/crowd/end-of-capture", end_of_capture_tells_of_no_limit);
    g_test_add_func("/crowd/reset", crowded_out_by_fin_or_reset);
    g_test_add_func("/crowd/unread", crowded_out_after_what_nobody_could_read);
    g_test_add_func("/crowd/beside-unread", crowded_out_beside_what_nobody_could_read);
    g_test_add_func("/crowd/idle-before", crowded_out_of_what_was_idle_before);
    g_test_add_func("/crowd/beside-busy", crowded_out_beside_what_was_busy);
    g_test_add_func("/crowd/go", crowded_out_of_go);
    g_test_add_func("/crowd/latest", latest_one_is_not_dropped);
    g_test_add_func("/crowd/moment", crowded_out_after_a_moment_of_three);
    g_test_add_func("/crowd/short-timeout", ended_by_a_short_timeout);
    g_test_add_func("/crowd/beside-illegible", crowded_out_beside_the_illegible);
    g_test_add_func("/ending/crowd/reset-late", reset_late_after_a_large_answer);
    g_test_add_func("/ending/crowd/opened-ahead", crowded_out_beside_what_was_opened_ahead);
    g_test_add_func("/ending/crowd/maybe-busy", crowded_out_beside_what_may_have_been_busy);
    return g_test_run();
}
