/* test_clock.c
 * Clocks that tick slowly: the order of the frames is right, and what seems to take no time may
 * have taken a tick. The same stories by a fine clock and by a coarse one.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/clock.h"

#include "trace_h2.h"

/* ---- the clock ---- */

static int64_t tick_of(const int64_t *times_us, size_t count)
{
    hr_clock clock;
    hr_clock_init(&clock);
    for (size_t i = 0; i < count; i++) {
        hr_clock_tell(&clock, AT_US(times_us[i]));
    }
    const int64_t tick_ns = hr_clock_tick_ns(&clock);
    hr_clock_clear(&clock);
    return tick_ns;
}

static void tick_of_a_clock(void)
{
    static const int64_t ms[] = {7000, 9000, 9000, 14000, 17000};
    static const int64_t s[] = {5000123, 7000123, 7000123, 10000123};
    static const int64_t windows[] = {100, 15725, 31350, 78225, 93850, 93850};
    static const int64_t us[] = {7000, 9000, 9000, 14000, 17000, 17001, 19001};

    g_assert_cmpint(tick_of(ms, G_N_ELEMENTS(ms)), ==, AT_MS(1));
    g_assert_cmpint(tick_of(s, G_N_ELEMENTS(s)), ==, AT_S(1));
    g_assert_cmpint(tick_of(windows, G_N_ELEMENTS(windows)), ==, AT_US(15625));
    g_assert_cmpint(tick_of(us, G_N_ELEMENTS(us)), ==, 0);
}

/* Two steps of whole milliseconds are chance, and one step says nothing; that no time passes over
 * many frames is not. No clock is slower than one of seconds. */
static void tick_that_is_chance(void)
{
    static const int64_t few[] = {7000, 9000, 14000};
    static const int64_t apart[] = {7000, 123463789};
    static const int64_t tens[] = {5000123, 15000123, 35000123, 45000123};
    int64_t still[40] = {0};

    g_assert_cmpint(tick_of(few, G_N_ELEMENTS(few)), ==, 0);
    g_assert_cmpint(tick_of(apart, G_N_ELEMENTS(apart)), ==, 0);
    g_assert_cmpint(tick_of(tens, G_N_ELEMENTS(tens)), ==, AT_S(1));
    g_assert_cmpint(tick_of(still, 10), ==, 0);
    g_assert_cmpint(tick_of(still, G_N_ELEMENTS(still)), ==, AT_S(1));
}

/* ---- the same stories by two clocks ---- */

static void assert_why(const trace_connection *c, const char *why)
{
    g_assert_cmpstr(hr_why_token(trace_opening(c)->why), ==, why);
}

/* Others, at all times of a second, from which the clock is known. */
static trace *trace_by(int64_t tick_ns)
{
    trace *t = trace_new();
    trace_ticks(t, tick_ns);
    for (int i = 0; i < 8; i++) {
        trace_connection *c = trace_open_to(t, "10.9.9.9", 80, AT_MS(1000 * i + 123 * (i % 7)));
        trace_exchange(c, AT_MS(1000 * i + 850), AT_MS(1000 * i + 901));
        trace_close(c, CLIENT, AT_MS(1000 * i + 987));
    }
    return t;
}

static trace_connection *after_rest(trace *t, int64_t rest_ns)
{
    trace_connection *idle = trace_open(t, AT_MS(10100));
    trace_exchange(idle, AT_MS(10101), AT_MS(10108));
    trace_connection *c = trace_open(t, AT_MS(10108) + rest_ns);
    trace_exchange(c, AT_MS(10109) + rest_ns, AT_MS(10110) + rest_ns);
    trace_exchange(idle, AT_MS(10200) + rest_ns, AT_MS(10205) + rest_ns);
    return c;
}

static void opening_within_a_tick(void)
{
    g_autoptr(trace) fine = trace_by(0);
    g_autoptr(trace) coarse = trace_by(AT_MS(10));

    assert_why(after_rest(fine, AT_MS(20)), "idle-available");
    assert_why(after_rest(coarse, AT_MS(20)), NULL);
}

static void opening_after_a_rest(void)
{
    g_autoptr(trace) coarse = trace_by(AT_MS(10));
    g_autoptr(trace) by_seconds = trace_by(AT_S(1));

    assert_why(after_rest(coarse, AT_MS(50)), "idle-available");
    assert_why(after_rest(by_seconds, AT_MS(3500)), "idle-available");
}

/* Nothing is ever asked on it: what it found is that of its SYN. */
static trace_connection *ahead_after_rest(trace *t, int64_t rest_ns)
{
    trace_connection *idle = trace_open(t, AT_MS(10100));
    trace_exchange(idle, AT_MS(10101), AT_MS(10108));
    trace_connection *c = trace_open(t, AT_MS(10108) + rest_ns);
    trace_exchange(idle, AT_MS(12000) + rest_ns, AT_MS(12005) + rest_ns);
    trace_close(c, CLIENT, AT_MS(15000) + rest_ns);
    return c;
}

static void opening_ahead_after_a_rest(void)
{
    g_autoptr(trace) fine = trace_by(0);
    g_autoptr(trace) coarse = trace_by(AT_MS(10));
    g_autoptr(trace) rested = trace_by(AT_MS(10));

    assert_why(ahead_after_rest(fine, AT_MS(20)), "idle-available");
    assert_why(ahead_after_rest(coarse, AT_MS(20)), NULL);
    assert_why(ahead_after_rest(rested, AT_MS(50)), "idle-available");
}

/* It had streams to spare for long, whatever ran on it. */
static void opening_ahead_beside_a_stream(void)
{
    g_autoptr(trace) coarse = trace_by(AT_MS(10));
    trace_connection *one = h2_open(coarse, AT_MS(10100));
    h2_ask(one, 1, AT_MS(10150));
    trace_connection *ahead = trace_open_to(coarse, "10.0.0.80", 443, AT_S(12));
    h2_answer(one, 1, AT_S(13));
    trace_close(ahead, CLIENT, AT_S(16));

    assert_opened(ahead, "idle-available", one);
}

/* Its client closes it long after its answer: no pool was full. */
static void opening_beside_one_that_is_closed_later(void)
{
    g_autoptr(trace) coarse = trace_by(AT_MS(10));
    trace_connection *idle = trace_open(coarse, AT_MS(10100));
    trace_exchange(idle, AT_MS(10101), AT_MS(10108));
    trace_connection *c = trace_open(coarse, AT_MS(10158));
    trace_exchange(c, AT_MS(10159), AT_MS(10170));
    trace_close(idle, CLIENT, AT_MS(12500));

    assert_opened(c, "idle-available", idle);
}

/* Free streams were there long before, whatever still runs. */
static void opening_beside_a_stream(void)
{
    g_autoptr(trace) coarse = trace_by(AT_MS(10));
    trace_connection *one = h2_open(coarse, AT_MS(10100));
    h2_ask(one, 1, AT_MS(10150));
    trace_connection *two = h2_open_used(coarse, AT_S(12));

    assert_opened(two, "idle-available", one);
}

/* The frames say that the answer came behind the SYN. */
static void opening_while_busy(void)
{
    g_autoptr(trace) t = trace_by(AT_S(1));
    trace_connection *busy = trace_open(t, AT_MS(10100));
    trace_request(busy, AT_MS(10101));
    trace_connection *c = trace_open(t, AT_MS(10102));
    trace_request(c, AT_MS(10103));
    trace_answer(busy, AT_MS(10110));
    trace_answer(c, AT_MS(10111));

    assert_why(c, "all-busy");
}

static trace_connection *left_by_server(trace *t)
{
    trace_connection *c = trace_open(t, AT_MS(10100));
    trace_exchange(c, AT_MS(10101), AT_MS(10123));
    trace_close(c, SERVER, AT_MS(10123) + AT_MS(5003));
    return c;
}

static void timeout_within_its_tolerance(void)
{
    g_autoptr(trace) fine = trace_by(0);
    g_autoptr(trace) coarse = trace_by(AT_MS(10));
    g_autoptr(trace) by_seconds = trace_by(AT_S(1));

    assert_cause(left_by_server(fine), "server-idle-timeout");
    assert_cause(left_by_server(coarse), "server-idle-timeout");
    assert_cause(left_by_server(by_seconds), "server-close");
}

/* Two answers come while both wait, and one connection stays. */
static trace_connection *dropped_by_pool(trace *t)
{
    trace_connection *c[2] = {trace_open(t, AT_MS(10100)), trace_open(t, AT_MS(10101))};
    trace_request(c[0], AT_MS(10110));
    trace_request(c[1], AT_MS(10110));
    trace_answer(c[0], AT_MS(10120));
    trace_answer(c[1], AT_MS(10121));
    trace_close(c[1], CLIENT, AT_US(10121100));
    trace_exchange(c[0], AT_MS(11600), AT_MS(11603));
    return c[1];
}

static void pool_limit_is_shorter(void)
{
    g_autoptr(trace) fine = trace_by(0);
    g_autoptr(trace) coarse = trace_by(AT_MS(1));

    assert_cause(dropped_by_pool(fine), "pool-limit");
    assert_cause(dropped_by_pool(coarse), "client-close");
}

/* Whether the caller gave up, or its program ended. */
static trace_connection *given_up(trace *t)
{
    trace_connection *c = trace_open(t, AT_MS(10100));
    trace_request(c, AT_MS(10101));
    trace_close(c, CLIENT, AT_MS(10900));
    trace_connection *next = trace_open(t, AT_MS(11200));
    trace_exchange(next, AT_MS(11201), AT_MS(11210));
    return c;
}

static void call_that_was_given_up(void)
{
    g_autoptr(trace) fine = trace_by(0);
    g_autoptr(trace) coarse = trace_by(AT_S(1));

    assert_cause(given_up(fine), "request-cancelled");
    assert_cause(given_up(coarse), "client-close");
}

/* Two at one moment, and nothing more of that client: its program ended. Within a tick of a second
 * they may have been any pause of its apart. */
static trace_connection *left_by_program(trace *t)
{
    trace_connection *c[2];
    for (int i = 0; i < 2; i++) {
        c[i] = trace_open_from(t, "10.0.0.9", AT_MS(10100 + 10 * i));
        trace_exchange(c[i], AT_MS(10101 + 10 * i), AT_MS(10102 + 10 * i));
    }
    trace_close(c[0], CLIENT, AT_MS(10800));
    trace_close(c[1], CLIENT, AT_MS(10820));
    trace_exchange(trace_open(t, AT_MS(13200)), AT_MS(13201), AT_MS(13210));
    return c[0];
}

static void program_that_ended(void)
{
    g_autoptr(trace) fine = trace_by(0);
    g_autoptr(trace) coarse = trace_by(AT_S(1));

    assert_cause(left_by_program(fine), "client-exit");
    assert_cause(left_by_program(coarse), "client-close");
}

/* In the middle of an answer, or right after it. */
static trace_connection *left_unread(trace *t, bool is_cut)
{
    trace_connection *c = trace_open(t, AT_MS(10100));
    trace_request(c, AT_MS(10101));
    if (is_cut) {
        trace_data(c, SERVER, 64000, AT_MS(10102));
    } else {
        trace_answer(c, AT_MS(10102), .body = 9000);
    }
    trace_rst(c, CLIENT, AT_MS(10103));
    trace_exchange(trace_open(t, AT_MS(11200)), AT_MS(11201), AT_MS(11210));
    return c;
}

static void answer_that_was_left_unread(void)
{
    for (int is_cut = 0; is_cut < 2; is_cut++) {
        g_autoptr(trace) fine = trace_by(0);
        g_autoptr(trace) coarse = trace_by(AT_MS(100));

        assert_cause(left_unread(fine, is_cut), "body-undrained");
        assert_cause(left_unread(coarse, is_cut), "client-close");
    }
}

/* Go lets go of what it does not read with a FIN: right after the answer. */
static trace_connection *closed_unread(trace *t)
{
    trace_connection *c[2];
    for (int i = 0; i < 2; i++) {
        const int64_t at = AT_MS(10100) + AT_S(2) * i;
        c[i] = trace_open(t, at);
        trace_request(c[i], at + AT_MS(1), .user_agent = "Go-http-client/1.1");
        trace_answer(c[i], at + AT_MS(2), .body = 9000);
        trace_close(c[i], CLIENT, at + AT_MS(3));
    }
    trace_exchange(trace_open(t, AT_S(15)), AT_MS(15001), AT_MS(15210));
    return c[0];
}

static void answer_that_was_closed_unread(void)
{
    g_autoptr(trace) fine = trace_by(0);
    g_autoptr(trace) coarse = trace_by(AT_MS(100));

    assert_cause(closed_unread(fine), "body-undrained");
    assert_cause(closed_unread(coarse), "client-close");
}

/* As it dials again, after a pause that its default does not survive. */
static trace_connection *expired_at_use(trace *t)
{
    trace_connection *c = trace_open(t, AT_MS(10100));
    trace_request(c, AT_MS(10101), .user_agent = "python-httpx/0.28.1");
    trace_answer(c, AT_MS(10110));
    trace_close(c, CLIENT, AT_MS(16610));
    trace_exchange(trace_open(t, AT_MS(16611)), AT_MS(16612), AT_MS(16620));
    return c;
}

static void timeout_at_the_next_use(void)
{
    g_autoptr(trace) fine = trace_by(0);
    g_autoptr(trace) coarse = trace_by(AT_MS(10));

    assert_cause(expired_at_use(fine), "client-idle-timeout");
    assert_cause(expired_at_use(coarse), "client-close");
}

/* The second request of it is answered with a reset: soon, or after the server worked on it. */
static trace_connection *reset_after(trace *t, int64_t sent, int64_t after_ns)
{
    trace_connection *c = trace_open(t, AT_MS(10100));
    trace_exchange(c, AT_MS(10101), AT_MS(10110));
    trace_request(c, sent);
    trace_ack(c, SERVER, sent);
    trace_rst(c, SERVER, sent + after_ns);
    return c;
}

static void request_that_was_reset(void)
{
    g_autoptr(trace) soon = trace_by(0);
    g_autoptr(trace) late = trace_by(0);
    g_autoptr(trace) coarse = trace_by(AT_S(1));
    g_autoptr(trace) much_later = trace_by(AT_S(1));

    assert_cause(reset_after(soon, AT_MS(12000), AT_MS(2)), "stale-race");
    assert_cause(reset_after(late, AT_MS(12000), AT_MS(800)), "request-aborted");
    assert_cause(reset_after(coarse, AT_MS(11999), AT_MS(800)), "server-close");
    assert_cause(reset_after(much_later, AT_MS(12000), AT_MS(3800)), "request-aborted");
}

/* Whatever the tick: one had been closed before; one still ran. */
static void openings_that_frames_explain(void)
{
    g_autoptr(trace) t = trace_by(AT_S(1));
    trace_connection *first = trace_open(t, AT_MS(10100));
    trace_exchange(first, AT_MS(10101), AT_MS(10102));
    trace_close(first, SERVER, AT_MS(10103));
    trace_connection *next = trace_open(t, AT_MS(10104));
    trace_request(next, AT_MS(10105));
    trace_connection *beside = trace_open(t, AT_MS(10106));
    trace_request(beside, AT_MS(10107));

    assert_opened(next, "previous-closed", first);
    assert_opened(beside, "all-busy", next);
}

/* uvicorn: 5 s by default. */
static trace_connection *closed_at_timeout(trace *t)
{
    trace_connection *c = trace_open(t, AT_MS(10100));

    trace_request(c, AT_MS(10150));
    trace_answer(c, AT_MS(10200), .server = "uvicorn");
    trace_request(c, AT_MS(15201));
    trace_ack(c, SERVER, AT_MS(15202));
    trace_close(c, SERVER, AT_MS(15203));
    return c;
}

static void close_as_it_was_asked(void)
{
    g_autoptr(trace) fine = trace_by(0);
    g_autoptr(trace) coarse = trace_by(AT_MS(50));

    assert_cause(closed_at_timeout(fine), "stale-race");
    assert_cause(closed_at_timeout(coarse), "server-close"); /* a race, or a crash */
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/clock/ending/program", program_that_ended);
    g_test_add_func("/clock/ending/closed-unread", answer_that_was_closed_unread);
    g_test_add_func("/clock/opening/by-frames", openings_that_frames_explain);
    g_test_add_func("/clock/tick", tick_of_a_clock);
    g_test_add_func("/clock/chance", tick_that_is_chance);
    g_test_add_func("/clock/opening/within-a-tick", opening_within_a_tick);
    g_test_add_func("/clock/opening/after-a-rest", opening_after_a_rest);
    g_test_add_func("/clock/opening/ahead", opening_ahead_after_a_rest);
    g_test_add_func("/clock/opening/ahead-beside-a-stream", opening_ahead_beside_a_stream);
    g_test_add_func("/clock/opening/closed-later", opening_beside_one_that_is_closed_later);
    g_test_add_func("/clock/opening/beside-a-stream", opening_beside_a_stream);
    g_test_add_func("/clock/opening/while-busy", opening_while_busy);
    g_test_add_func("/clock/ending/timeout", timeout_within_its_tolerance);
    g_test_add_func("/clock/ending/pool-limit", pool_limit_is_shorter);
    g_test_add_func("/clock/ending/given-up", call_that_was_given_up);
    g_test_add_func("/clock/ending/reset", request_that_was_reset);
    g_test_add_func("/clock/ending/unread", answer_that_was_left_unread);
    g_test_add_func("/clock/ending/next-use", timeout_at_the_next_use);
    g_test_add_func("/clock/close-as-asked", close_as_it_was_asked);
    return g_test_run();
}
