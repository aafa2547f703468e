/* test_ending_reload.c
 * A server's program is loaded anew: it ends its connections at one instant, and goes on accepting.
 * What looks like it is a timer, a close after answers, and a server that keeps others. DESIGN
 * section 5, server-reload; a program that ends is in test_ending_server_exit.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_tls.h"

/* nginx-reload: the old worker closes its idle connections, the new one accepts. */
static void server_goes_on(void)
{
    g_autoptr(trace) t = trace_new();
    const trace_pair ended = trace_end_two(t);
    trace_idle_from(t, "10.0.0.1", AT_S(2));

    assert_cause(ended.one, "server-reload");
    assert_cause(ended.two, "server-reload");
    assert_closed_by(ended.one, "server");
    assert_certainty(ended.one, "likely");
    g_assert_cmpuint(trace_found(t, HR_FINDING_IDLE_CLOSE), ==, 0);
}

/* One that its client ends a moment later would have been ended as well; one that it uses on was
 * not. */
static void left_by_its_client_meanwhile(void)
{
    for (int is_used = 0; is_used < 2; is_used++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *left = trace_idle_from(t, "10.0.0.3", AT_MS(50));
        const trace_pair ended = trace_end_two(t);
        if (is_used) {
            trace_exchange(left, AT_MS(1510), AT_MS(1511));
        }
        trace_close(left, CLIENT, is_used ? AT_S(4) : AT_MS(1540));
        trace_idle_from(t, "10.0.0.1", AT_S(6));

        assert_cause(ended.one, is_used ? "server-close" : "server-reload");
    }
}

typedef struct {
    int64_t rest_ns[2]; /* of two clients' connections, which the server closes at one instant */
    bool keeps_another, accepts_none, is_one_alone;
} late_asks;

/* Apache's graceful restart: each client asks again on what has just been closed. Whether the first
 * of these lost requests is told to be the restart's. */
static bool is_told_as_restart(const late_asks *it)
{
    g_autoptr(trace) t = trace_new();
    const int64_t end = AT_S(20);
    trace_connection *kept =
        it->keeps_another ? trace_idle_from(t, "10.0.0.3", end - AT_S(15)) : NULL;
    trace_connection *c[2];
    for (int i = 0; i < 2; i++) {
        c[i] = trace_idle_from(t, i == 0 ? "10.0.0.1" : "10.0.0.2", end - it->rest_ns[i]);
    }
    for (int i = 0; i < (it->is_one_alone ? 1 : 2); i++) {
        trace_fin(c[i], SERVER, end + AT_US(100 * i));
    }
    for (int i = 0; i < (it->is_one_alone ? 1 : 2); i++) {
        trace_request(c[i], end + AT_MS(10 * (i + 1)));
        trace_rst(c[i], SERVER, end + AT_MS(10 * (i + 1)) + AT_US(100));
    }
    if (kept != NULL) {
        trace_exchange(kept, end + AT_S(1), end + AT_MS(1001));
    }
    if (!it->accepts_none) {
        trace_idle_from(t, "10.0.0.4", end + AT_S(2));
    }

    assert_cause(c[0], "stale-race");
    assert_closed_by(c[0], "server");
    return trace_ending(c[0])->is_program_over;
}

/* What had rested for less than a timeout, and all of it at once, no timeout ended. */
static void requests_run_into_a_restart(void)
{
    g_assert_true(is_told_as_restart(&(late_asks){.rest_ns = {AT_MS(500), AT_MS(100)}}));
    g_assert_true(is_told_as_restart(&(late_asks){.rest_ns = {AT_MS(6400), AT_MS(100)}}));
    g_assert_false(is_told_as_restart(
        &(late_asks){.rest_ns = {AT_MS(500), AT_MS(100)}, .keeps_another = true}));
    g_assert_false(is_told_as_restart(
        &(late_asks){.rest_ns = {AT_MS(500), AT_MS(100)}, .is_one_alone = true}));
    g_assert_false(is_told_as_restart(
        &(late_asks){.rest_ns = {AT_MS(500), AT_MS(100)}, .accepts_none = true}));
    /* what rested as long together has expired together: 5 s is a timeout of many, 6.4 s of none */
    g_assert_false(is_told_as_restart(&(late_asks){.rest_ns = {AT_MS(5040), AT_MS(5000)}}));
    g_assert_false(is_told_as_restart(&(late_asks){.rest_ns = {AT_MS(6440), AT_MS(6400)}}));
}

/* Of its client nothing was captured, and so not what it may have said to end it. */
static trace_connection *answers_of_one_way(trace *t, int64_t at)
{
    trace_connection *c = trace_connect(t);
    c->received[SERVER] = c->next[CLIENT];
    trace_syn_ack(c, at);
    trace_lose(c, CLIENT, TRACE_REQUEST_HEADER);
    trace_answer(c, at + AT_MS(1));
    trace_ack(c, SERVER, at + AT_MS(2));
    return c;
}

static void what_one_way_hides_is_no_reload(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = answers_of_one_way(t, AT_MS(100));
    trace_connection *two = answers_of_one_way(t, AT_MS(200));
    trace_fin(one, SERVER, AT_MS(1500));
    trace_fin(two, SERVER, AT_MS(1501));
    trace_idle_from(t, "10.0.0.1", AT_S(2));

    assert_cause(one, "server-close");
    g_assert_true(one->model->is_one_way);
}

static void nobody_asks_again(void)
{
    g_autoptr(trace) t = trace_new();
    const trace_pair ended = trace_end_two(t);

    assert_cause(ended.one, "server-close");
}

static void server_keeps_another(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *kept = trace_idle_from(t, "10.0.0.3", AT_MS(50));
    const trace_pair ended = trace_end_two(t);
    trace_exchange(kept, AT_MS(1700), AT_MS(1701));
    trace_idle_from(t, "10.0.0.1", AT_S(2));

    assert_cause(ended.one, "server-close"); /* a program that ends keeps none */
}

/* A burst's connections become idle together, and expire together. */
static void server_times_out_together(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_idle_from(t, "10.0.0.1", AT_MS(100));
    trace_connection *two = trace_idle_from(t, "10.0.0.2", AT_MS(110));
    trace_close(one, SERVER, AT_MS(5101));
    trace_close(two, SERVER, AT_MS(5111));
    trace_idle_from(t, "10.0.0.1", AT_S(6));

    assert_cause(one, "server-idle-timeout");
    assert_cause(two, "server-idle-timeout");
}

/* A timeout that is in no table: idle together, gone together. */
static void server_times_out_together_untold(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_idle_from(t, "10.0.0.1", AT_MS(100));
    trace_connection *two = trace_idle_from(t, "10.0.0.2", AT_MS(110));
    trace_close(one, SERVER, AT_MS(100) + AT_S(47));
    trace_close(two, SERVER, AT_MS(110) + AT_S(47));
    trace_idle_from(t, "10.0.0.1", AT_S(60));

    assert_cause(one, "server-close");
}

/* Others that came and went in that moment are none that lived on, nor is a SYN without an
 * answer. */
static void server_goes_on_among_others(void)
{
    g_autoptr(trace) t = trace_new();
    trace_syn(trace_connect(t), AT_MS(1));
    const trace_pair ended = trace_end_two(t);
    trace_idle_from(t, "10.0.0.1", AT_S(2));

    assert_cause(ended.one, "server-reload");
}

static void server_keeps_another_beside_a_short_one(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *kept = trace_idle_from(t, "10.0.0.3", AT_MS(50));
    const trace_pair ended = trace_end_two(t);
    trace_close(trace_idle_from(t, "10.0.0.4", AT_MS(1520)), CLIENT, AT_MS(1540));
    trace_exchange(kept, AT_MS(1700), AT_MS(1701));
    trace_idle_from(t, "10.0.0.1", AT_S(2));

    assert_cause(ended.one, "server-close");
}

/* It closes after each answer, of several clients at the same time. */
static void server_closes_after_answers(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *two = trace_open_from(t, "10.0.0.2", AT_MS(50));
    trace_connection *one = trace_idle_from(t, "10.0.0.1", AT_MS(100));
    trace_close(one, SERVER, AT_MS(101));
    trace_exchange(two, AT_MS(119), AT_MS(120));
    trace_close(two, SERVER, AT_MS(121));
    trace_idle_from(t, "10.0.0.1", AT_MS(300));

    assert_cause(one, "server-close");
    assert_cause(two, "server-close");
}

/* A snap length cut the heads off: they may have said close. */
static void server_closes_what_was_cut(void)
{
    for (int is_request = 0; is_request < 2; is_request++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c[2] = {trace_idle_from(t, "10.0.0.1", AT_MS(0)),
                                  trace_open_from(t, "10.0.0.2", AT_MS(1))};
        for (int i = 0; i < 2; i++) {
            trace_request(c[i], AT_MS(10 + 20 * i), .is_cut = is_request);
            trace_answer(c[i], AT_MS(15 + 20 * i), .is_cut = !is_request);
        }
        trace_close(c[0], SERVER, AT_MS(1500));
        trace_close(c[1], SERVER, AT_MS(1501));
        trace_idle_from(t, "10.0.0.1", AT_S(2));

        assert_cause(c[0], "server-close");
    }
}

/* A 408 that answers nothing says of each that it waited for too long. */
static void server_says_that_it_waited(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2] = {trace_idle_from(t, "10.0.0.1", AT_MS(100)),
                              trace_idle_from(t, "10.0.0.2", AT_MS(200))};
    for (int i = 0; i < 2; i++) {
        trace_answer(c[i], AT_MS(1500 + i), .code = 408, .connection = "close");
        trace_close(c[i], SERVER, AT_MS(1500 + i));
    }
    trace_idle_from(t, "10.0.0.1", AT_S(2));

    assert_cause(c[0], "server-idle-timeout");
    assert_cause(c[1], "server-idle-timeout");
}

/* One of them had been idle for as long as a common timeout: by chance, as the other one shows. */
static void server_goes_on_after_five_seconds(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_idle_from(t, "10.0.0.1", AT_MS(100));
    trace_connection *two = trace_idle_from(t, "10.0.0.2", AT_MS(3710));
    trace_close(one, SERVER, AT_MS(5110));
    trace_close(two, SERVER, AT_MS(5111));
    trace_idle_from(t, "10.0.0.1", AT_S(6));

    assert_cause(one, "server-reload");
    assert_cause(two, "server-reload");
    g_assert_cmpuint(trace_ending(one)->timer_count, ==, 0);
}

/* lighttpd, measured: max-keep-alive-idle is 5 s and looked at once a second, so that what became
 * idle in one second goes at one moment, and the next second's a moment before it. */
static void server_looks_once_a_second(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2] = {trace_idle_from(t, "10.0.0.1", AT_MS(0)),
                              trace_open_from(t, "10.0.0.2", AT_MS(1))};
    for (int i = 0; i < 2; i++) {
        trace_request(c[i], AT_MS(10 + 150 * i));
        trace_answer(c[i], AT_MS(11 + 150 * i), .server = "lighttpd/1.4.69");
    }
    trace_close(c[0], SERVER, AT_MS(6168));
    trace_close(c[1], SERVER, AT_MS(6170));
    trace_idle_from(t, "10.0.0.1", AT_S(7));

    assert_cause(c[0], "server-idle-timeout");
    assert_cause(c[1], "server-idle-timeout");
}

/* A busy server's idle connections expire one after the other, each soon after the one before: that
 * one of them went sooner is no reload of all. */
static void server_times_out_without_a_pause(void)
{
    enum {
        COUNT = 20
    };
    g_autoptr(trace) t = trace_new();
    trace_connection *c[COUNT];

    for (int i = 0; i < COUNT; i++) {
        c[i] = trace_idle_from(t, "10.0.0.1", AT_MS(100 + 45 * i));
    }
    trace_connection *odd = trace_idle_from(t, "10.0.0.1", AT_S(2));
    for (int i = 0; i < COUNT; i++) {
        trace_close(c[i], SERVER, AT_MS(5104 + 45 * i));
        if (i == COUNT / 2) {
            trace_close(odd, SERVER, AT_MS(5104 + 45 * i + 20));
        }
    }
    trace_idle_from(t, "10.0.0.1", AT_S(10));

    assert_cause(c[0], "server-idle-timeout");
    assert_cause(c[COUNT - 1], "server-idle-timeout");
}

/* @count connections in turn, each closed 40 ms after its answer, before the next is opened; then
 * the server refuses dials, if @is_down, and accepts the next. */
static const char *cause_of_the_first_in_turn(int count, bool is_down)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *first = NULL;
    for (int i = 0; i < count; i++) {
        trace_connection *c = trace_open(t, AT_MS(70 * i));
        trace_exchange(c, AT_MS(70 * i + 1), AT_MS(70 * i + 2));
        trace_close(c, SERVER, AT_MS(70 * i + 42));
        first = i == 0 ? c : first;
    }
    for (int i = 0; i < 3 && is_down; i++) {
        trace_refuse(t, AT_MS(70 * count + i));
    }
    trace_idle_from(t, "10.0.0.1", AT_S(2));
    trace_analysis(t);
    return hr_close_cause_token(trace_ending(first)->cause);
}

/* A server without keys that fails each call, one after the other: what was accepted after the first
 * end did not end with it. */
static void server_that_accepts_meanwhile_did_not_stop(void)
{
    g_assert_cmpstr(cause_of_the_first_in_turn(2, false), ==, "server-close");
    g_assert_cmpstr(cause_of_the_first_in_turn(4, false), ==, "server-close");
    g_assert_cmpstr(cause_of_the_first_in_turn(2, true), ==, "server-close");
}

/* ... whatever others did. */
static void what_was_accepted_after_a_reload_is_no_part_of_it(void)
{
    g_autoptr(trace) t = trace_new();
    const trace_pair ended = trace_end_two(t);
    trace_connection *later = trace_open(t, AT_MS(1510));
    trace_exchange(later, AT_MS(1511), AT_MS(1512));
    trace_close(later, SERVER, AT_MS(1560));
    trace_idle_from(t, "10.0.0.1", AT_S(3));

    assert_cause(ended.one, "server-reload");
    assert_cause(ended.two, "server-reload");
    assert_cause(later, "server-close");
}

/* Another end comes shortly before, and two dials between: what was accepted then stopped with the
 * rest, and the other did not. */
static void end_before_a_stop_is_no_part_of_it(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *other = trace_idle_from(t, "10.0.0.9", AT_MS(50));
    trace_connection *stopped[4] = {trace_idle_from(t, "10.0.0.1", AT_MS(1100)),
                                    trace_idle_from(t, "10.0.0.2", AT_MS(1200))};
    trace_close(other, SERVER, AT_MS(5051));
    for (int i = 2; i < 4; i++) {
        stopped[i] = trace_open_from(t, "10.0.0.3", AT_MS(5050 + 5 * i));
        trace_exchange(stopped[i], AT_MS(5051 + 5 * i), AT_MS(5052 + 5 * i));
    }
    for (int i = 0; i < 4; i++) {
        trace_close(stopped[i], SERVER, AT_MS(5110 + i));
    }
    for (int i = 0; i < 3; i++) {
        trace_refuse(t, AT_MS(5200 + i));
    }
    trace_idle_from(t, "10.0.0.1", AT_S(7));

    assert_cause(other, "server-idle-timeout");
    for (int i = 0; i < 4; i++) {
        assert_cause(stopped[i], "server-reload");
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ending/server-reload/late-asks", requests_run_into_a_restart);
    g_test_add_func("/ending/server-reload/accepts", server_goes_on);
    g_test_add_func("/ending/server-reload/not-silent/one-way", what_one_way_hides_is_no_reload);
    g_test_add_func("/ending/server-reload/not-silent", nobody_asks_again);
    g_test_add_func("/ending/server-reload/not-if-another-lives", server_keeps_another);
    g_test_add_func("/ending/server-reload/not-a-timer", server_times_out_together);
    g_test_add_func("/ending/server-reload/left-meanwhile", left_by_its_client_meanwhile);
    g_test_add_func("/ending/server-reload/not-after-answers", server_closes_after_answers);
    g_test_add_func("/ending/server-reload/not-a-timer-untold", server_times_out_together_untold);
    g_test_add_func("/ending/server-reload/among-others", server_goes_on_among_others);
    g_test_add_func("/ending/server-reload/not-if-another-lives-beside",
                    server_keeps_another_beside_a_short_one);
    g_test_add_func("/ending/server-reload/not-of-cut-heads", server_closes_what_was_cut);
    g_test_add_func("/ending/server-reload/not-announced", server_says_that_it_waited);
    g_test_add_func("/ending/server-reload/five-seconds", server_goes_on_after_five_seconds);
    g_test_add_func("/ending/server-reload/not-a-coarse-timer", server_looks_once_a_second);
    g_test_add_func("/ending/server-reload/not-in-turn",
                    server_that_accepts_meanwhile_did_not_stop);
    g_test_add_func("/ending/server-reload/not-what-came-later",
                    what_was_accepted_after_a_reload_is_no_part_of_it);
    g_test_add_func("/ending/server-reload/not-what-came-before",
                    end_before_a_stop_is_no_part_of_it);
    g_test_add_func("/ending/server-reload/not-a-chain", server_times_out_without_a_pause);
    return g_test_run();
}
