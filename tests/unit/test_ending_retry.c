/* test_ending_retry.c
 * Which request is the retry of one that died: the same again soon after, but not what the program would
 * have asked for anyway, in its own rhythm. DESIGN section 5, stale-race.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"
#include "trace_h2.h"

#define POLL "/poll"
#define PERIOD_NS AT_S(2)

/* What became of the call one period before the one that died. */
typedef enum {
    ANSWERED,
    BEGUN, /* its answer goes on still */
    BEGUN_LATE,
    UNSEEN,  /* its answer is not in the capture */
    OF_ELSE, /* it asked for something else */
    TRIED_TWICE
} before;

/* What asks again, later than the one that died. */
typedef enum {
    DIALS,
    DIALS_SLOWLY,    /* its handshake takes as long as a retry would wait */
    IS_OPEN_ALREADY, /* on another one of its pool */
    FROM_BEFORE      /* ... that the capture does not show the begin of */
} again;

static void lose(trace_connection *c, int64_t at)
{
    trace_fin(c, SERVER, at - AT_MS(1));
    trace_request(c, at, .target = POLL);
    trace_rst(c, SERVER, at + AT_US(100));
}

static trace_connection *call(trace *t, const char *target, int64_t at)
{
    trace_connection *c = trace_open(t, at - AT_MS(1));
    trace_request(c, at, .target = target);
    return c;
}

/* The retry of the call that died at 10 s, where the same is asked for @later_ns later. */
static const hr_request *retry_of(before was, again how, int64_t later_ns)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = how == FROM_BEFORE ? trace_connect(t) : trace_open(t, AT_S(1));
    if (how != FROM_BEFORE) {
        trace_request(idle, AT_S(1) + AT_MS(1), .target = "/other");
        trace_answer(idle, AT_S(1) + AT_MS(2));
    }
    trace_connection *c = trace_open(t, AT_S(2));
    int64_t died = AT_S(10);
    trace_exchange(c, AT_S(2) + AT_MS(1), AT_S(2) + AT_MS(2));

    switch (was) {
    case ANSWERED:
        trace_answer(call(t, POLL, died - PERIOD_NS), died - PERIOD_NS + AT_MS(1));
        break;
    case BEGUN:
        trace_answer(call(t, POLL, died - PERIOD_NS), died - PERIOD_NS + AT_MS(1), .body = 90000,
                     .rest = 80000);
        break;
    case BEGUN_LATE:
        trace_answer(call(t, POLL, died - PERIOD_NS), died - AT_MS(500), .body = 90000,
                     .rest = 80000);
        break;
    case UNSEEN: {
        trace_connection *one = call(t, POLL, died - PERIOD_NS);
        trace_lose(one, SERVER, TRACE_ANSWER);
        trace_request(one, died - AT_S(1), .target = "/next");
        break;
    }
    case OF_ELSE:
        trace_answer(call(t, "/else", died - PERIOD_NS), died - PERIOD_NS + AT_MS(1));
        break;
    case TRIED_TWICE: {
        trace_answer(call(t, POLL, died - PERIOD_NS), died - PERIOD_NS + AT_MS(1));
        trace_connection *one = call(t, "/else", died - AT_S(1));
        trace_answer(one, died - AT_S(1) + AT_MS(1));
        lose(one, died);
        died += AT_MS(40);
        break;
    }
    }
    lose(c, died);
    if (how == DIALS_SLOWLY) {
        trace_connection *next = trace_connect(t);
        trace_syn(next, died + later_ns);
        trace_syn_ack(next, died + later_ns + AT_MS(300));
        trace_request(next, died + later_ns + AT_MS(301), .target = POLL);
    } else {
        trace_request(how == DIALS ? trace_open(t, died + later_ns) : idle,
                      died + later_ns + AT_MS(1), .target = POLL);
    }
    assert_cause(c, "stale-race");
    return trace_ending(c)->seldom->retry;
}

/* A request that pauses as long as its retry would is the next of a poll, whatever became of those
 * before, and whatever it goes on. */
static void what_comes_in_rhythm_is_none(void)
{
    g_assert_null(retry_of(ANSWERED, DIALS, PERIOD_NS));
    g_assert_null(retry_of(BEGUN, DIALS, PERIOD_NS));
    g_assert_null(retry_of(UNSEEN, DIALS, PERIOD_NS));
    g_assert_null(retry_of(ANSWERED, DIALS_SLOWLY, PERIOD_NS));
    g_assert_null(retry_of(ANSWERED, IS_OPEN_ALREADY, PERIOD_NS));
    g_assert_null(retry_of(ANSWERED, FROM_BEFORE, PERIOD_NS));
    g_assert_null(retry_of(TRIED_TWICE, DIALS, PERIOD_NS - AT_MS(10)));
    g_assert_null(retry_of(ANSWERED, DIALS, PERIOD_NS + AT_MS(18))); /* within 1 % */
}

static void what_comes_at_another_time_is_one(void)
{
    g_assert_nonnull(retry_of(ANSWERED, DIALS, AT_MS(100)));
    g_assert_nonnull(retry_of(ANSWERED, DIALS_SLOWLY, PERIOD_NS - AT_MS(300)));
    g_assert_nonnull(retry_of(ANSWERED, IS_OPEN_ALREADY, AT_MS(100)));
    g_assert_nonnull(retry_of(OF_ELSE, DIALS, PERIOD_NS));
    g_assert_nonnull(retry_of(TRIED_TWICE, DIALS, AT_MS(100)));
    g_assert_nonnull(retry_of(BEGUN_LATE, DIALS, AT_MS(500))); /* it has not paused yet */
}

/* What becomes of the one that asks again 100 ms after one died, and so of what comes 100 ms after
 * that. */
static void what_follows_a_retry(void)
{
    enum {
        DIES,
        ASKS_FOR_ELSE,
        OVERLAPS,
        CASES
    };
    for (int it = DIES; it < CASES; it++) {
        const int64_t died = AT_S(10);
        const int64_t later_ns = it == OVERLAPS ? AT_MS(2) : AT_MS(100);
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open(t, AT_S(2));
        trace_exchange(c, AT_S(2) + AT_MS(1), AT_S(2) + AT_MS(2));
        trace_connection *slow = it == OVERLAPS ? call(t, POLL, AT_S(8)) : NULL;
        lose(c, died);
        trace_connection *second = trace_open(t, died + later_ns);
        const hr_request *retry =
            trace_request(second, died + later_ns + AT_US(200), .target = POLL);
        if (it == DIES) { /* as its own retry would, with the same back-off */
            trace_rst(second, SERVER, died + later_ns + AT_US(300));
            call(t, POLL, died + 2 * later_ns);
        } else if (it == ASKS_FOR_ELSE) {
            trace_answer(second, died + later_ns + AT_US(300));
            call(t, "/else", died + 2 * later_ns);
        } else { /* the one before was answered only then */
            trace_answer(slow, died + AT_MS(5));
        }

        assert_cause(c, "stale-race");
        g_assert_true(trace_ending(c)->seldom->retry == retry);
    }
}

/* The client had not looked for 10 s, and sends into what was closed. */
static void soon_is_after_it_was_sent(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_fin(c, SERVER, AT_S(5));
    trace_request(c, AT_S(15), .target = POLL);
    trace_rst(c, SERVER, AT_S(15) + AT_MS(1));
    trace_request(trace_open(t, AT_S(16)), AT_S(16) + AT_MS(1), .target = POLL);

    assert_cause(c, "stale-race");
    g_assert_nonnull(trace_ending(c)->seldom->retry);
}

/* The server had taken it, and failed after 30 s: it is asked again then. */
static void soon_is_after_it_was_lost(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_request(c, AT_S(5), .target = POLL);
    trace_ack(c, SERVER, AT_S(5));
    trace_fin(c, SERVER, AT_S(35));
    const uint32_t frame = trace_frame(t);
    const hr_request *retry =
        trace_request(trace_open(t, AT_S(36)), AT_S(36) + AT_MS(1), .target = POLL);

    assert_cause(c, "request-aborted");
    g_assert_true(trace_ending(c)->seldom->retry == retry);
    g_assert_cmpuint(trace_ending(c)->evidence_frame, ==, frame);
}

/* gRPC asks for the same path with each call of a method. */
#define METHOD "/pkg.Greeter/Hello"

static hr_request *call_method(trace_connection *c, uint32_t stream, int64_t at)
{
    return h2_ask(c, stream, at, .method = "POST", .path = METHOD);
}

/* A loop of calls, each @pause_ns after the answer before, which takes 3 ms; the server ends the third
 * call 100 ms after it was sent, and the next one comes @later_ns after that end. */
static const hr_request *retry_in_loop(int64_t pause_ns, int64_t later_ns, unsigned earlier,
                                       unsigned later)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open(t, AT_MS(0));
    int64_t at = AT_MS(100);
    uint32_t stream = 1;
    for (unsigned i = 0; i < earlier; i++, at += AT_MS(3) + pause_ns, stream += 2) {
        call_method(c, stream, at);
        h2_answer(c, stream, at + AT_MS(3));
    }
    call_method(c, stream, at);
    trace_ack(c, SERVER, at + AT_US(100));
    trace_rst(c, SERVER, at + AT_MS(100));
    at += AT_MS(100) + later_ns;
    trace_connection *next = h2_open(t, at);
    at += H2_READY_NS + AT_MS(1);
    for (unsigned i = 0; i <= later; i++, at += AT_MS(3) + pause_ns) {
        call_method(next, 1 + 2 * i, at);
        h2_answer(next, 1 + 2 * i, at + AT_MS(3));
    }
    assert_cause(c, "request-aborted");
    return trace_ending(c)->seldom->retry;
}

static void next_call_of_a_loop(void)
{
    g_assert_null(retry_in_loop(AT_S(1), AT_S(1), 2, 0)); /* it pauses after each answer */
    g_assert_null(retry_in_loop(0, AT_US(200), 2, 0));    /* nobody knows */
    g_assert_null(retry_in_loop(AT_S(1), AT_S(1), 0, 1)); /* as what follows tells */
    g_assert_null(retry_in_loop(AT_S(1), AT_S(1), 1, 0));
}

static void sooner_than_the_loop_goes_on(void)
{
    g_assert_nonnull(retry_in_loop(AT_S(1), AT_US(200), 2, 0));
    g_assert_nonnull(retry_in_loop(AT_S(1), AT_US(200), 0, 1));
    g_assert_nonnull(retry_in_loop(AT_S(1), AT_US(200), 0, 0));
    g_assert_nonnull(retry_in_loop(AT_S(1), AT_MS(500), 2, 1)); /* its own back-off */
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ending/retry/in-rhythm", what_comes_in_rhythm_is_none);
    g_test_add_func("/ending/retry/at-another-time", what_comes_at_another_time_is_one);
    g_test_add_func("/ending/retry/follows", what_follows_a_retry);
    g_test_add_func("/ending/retry/loop", next_call_of_a_loop);
    g_test_add_func("/ending/retry/sooner", sooner_than_the_loop_goes_on);
    g_test_add_func("/ending/retry/after-sent", soon_is_after_it_was_sent);
    g_test_add_func("/ending/retry/after-lost", soon_is_after_it_was_lost);
    return g_test_run();
}
