/* test_changes_more.c
 * What an end asks to change where something beside it could be taken for the reason: what was busy and
 * not dead, what cost one and not two, what was refused for another reason.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/brings.h"
#include "trace_fixes.h"

#define GO "Go-http-client/1.1"

static trace_connection *replace(trace *t, int64_t at)
{
    trace_connection *next = trace_open(t, at);

    trace_exchange(next, at + AT_MS(1), at + AT_MS(2));
    return next;
}

/* ---- dials beside one that is busy ---- */

/* A dial that nobody needed, while the other one waits: that it is given up later, or dies later, is no
 * reason for it. */
static void dials_beside_what_ends_later(void)
{
    g_autoptr(trace) given_up = trace_new();
    trace_connection *busy = trace_open(given_up, AT_MS(0));
    trace_request(busy, AT_MS(1));
    trace_ack(busy, SERVER, AT_MS(2));
    trace_connection *more = trace_open(given_up, AT_MS(200));
    trace_rst(busy, CLIENT, AT_S(6));
    trace_exchange(more, AT_S(7), AT_S(7) + AT_MS(1));
    assert_cause(busy, "request-cancelled");
    assert_opened(more, "all-busy", busy);
    g_assert_cmpuint(trace_cost(given_up, "bound_dials"), ==, 1);

    g_autoptr(trace) dead = trace_new();
    busy = trace_open(dead, AT_MS(0));
    trace_request(busy, AT_MS(1));
    more = trace_open(dead, AT_MS(200));
    trace_answer(busy, AT_S(1));
    trace_ack(busy, CLIENT, AT_S(1));
    const uint32_t unheard = busy->next[CLIENT];
    trace_request(busy, AT_S(2));
    for (int i = 1; i <= 3; i++) {
        trace_segment(busy, CLIENT, HR_TCP_ACK, unheard, busy->next[SERVER],
                      busy->next[CLIENT] - unheard, AT_S(2 + i));
    }
    trace_rst(busy, CLIENT, AT_S(6));
    trace_exchange(more, AT_S(7), AT_S(7) + AT_MS(1));
    assert_cause(busy, "idle-dropped");
    assert_opened(more, "all-busy", busy);
    g_assert_cmpuint(trace_cost(dead, "bound_dials"), ==, 1);
}

/* One answer is left unread, and two dials follow that nobody needs: it cost one of them. */
static void one_loss_costs_one(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *busy = trace_open(t, AT_MS(0));
    trace_request(busy, AT_MS(1), .user_agent = GO);
    trace_connection *left = trace_open(t, AT_MS(100));
    trace_request(left, AT_MS(101), .user_agent = GO);
    trace_begin_answer(left, AT_MS(102), .body = 90000, .rest = 80000);
    trace_rst(left, CLIENT, AT_MS(103));
    trace_connection *more[2] = {trace_open(t, AT_S(2)), trace_open(t, AT_S(3))};
    trace_answer(busy, AT_S(9));
    for (int i = 0; i < 2; i++) {
        trace_request(more[i], AT_S(10 + i), .user_agent = GO);
        trace_answer(more[i], AT_S(10 + i) + AT_MS(1));
        g_assert_cmpint(trace_opening(more[i])->why, ==, HR_WHY_ALL_BUSY);
    }

    assert_cause(left, "body-undrained");
    g_assert_cmpuint(trace_cost(t, "read_bodies"), ==, 1);
    g_assert_cmpuint(trace_cost(t, "bound_dials"), ==, 1);
}

/* A health check beside it closes its own, as it should: that costs nobody a dial. */
static void what_a_check_closes_costs_nothing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *busy = trace_open(t, AT_MS(0));
    trace_request(busy, AT_MS(1));
    trace_connection *check = trace_open(t, AT_S(1));
    trace_request(check, AT_S(1) + AT_MS(1), .user_agent = "kube-probe/1.27");
    trace_answer(check, AT_S(1) + AT_MS(2));
    trace_close(check, CLIENT, AT_S(1) + AT_MS(3));
    trace_connection *more[2] = {trace_open(t, AT_S(2)), trace_open(t, AT_S(3))};
    trace_answer(busy, AT_S(9));
    for (int i = 0; i < 2; i++) {
        trace_exchange(more[i], AT_S(10 + i), AT_S(10 + i) + AT_MS(1));
    }

    g_assert_cmpuint(trace_cost(t, "keep_client"), ==, 0);
    g_assert_cmpuint(trace_cost(t, "bound_dials"), ==, 1);
}

/* ---- what was lost, and what was left ---- */

/* HTTP/1.0 keeps none, and says how long its answer is: that it ends before is another thing. */
static void cut_off_in_http10(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_begin_answer(c, AT_MS(2), .body = 1000, .rest = 900, .is_http10 = true);
    trace_close(c, SERVER, AT_MS(3));

    g_assert_cmpuint(trace_found(t, HR_FINDING_ANSWER_CUT), ==, 1);
    g_assert_nonnull(trace_fix(t, "keep_open"));
}

/* Opened beside an idle one and silent for 2 s, until its server says an error; or closed with it, as the
 * program ended that had served both. */
static void silent_until_the_server_ends_it(void)
{
    for (int is_error = 0; is_error < 2; is_error++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *idle = trace_open(t, AT_MS(0));
        trace_exchange(idle, AT_MS(1), AT_MS(2));
        trace_connection *silent = trace_open(t, AT_MS(100));
        trace_connection *other = trace_open_from(t, "10.0.0.2", AT_MS(200));
        trace_exchange(other, AT_MS(201), AT_MS(202));
        if (is_error) {
            trace_answer(silent, AT_MS(2100), .code = 500, .connection = "close");
        }
        trace_close(silent, SERVER, AT_MS(2101));
        if (!is_error) {
            trace_close(idle, SERVER, AT_MS(2102));
            trace_close(other, SERVER, AT_MS(2103));
            trace_refuse(t, AT_MS(2200));
        } else {
            trace_exchange(idle, AT_S(3), AT_S(3) + AT_MS(1));
        }

        assert_cause(silent, is_error ? "server-error-close" : "server-exit");
        g_assert_cmpuint(trace_cost(t, "leave_unused"), ==, is_error ? 1 : 0);
    }
}

/* ---- refused, or not, beside a stop ---- */

/* A firewall's limit refuses a dial while the server goes on; it stops much later. */
static void refused_long_before_the_stop(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_open(t, AT_MS(0));
    trace_connection *two = trace_open_from(t, "10.0.0.2", AT_MS(10));
    trace_exchange(two, AT_MS(11), AT_MS(12));
    trace_request(one, AT_MS(20));
    trace_refuse(t, AT_MS(500));
    trace_answer(one, AT_S(3));
    trace_ack(one, CLIENT, AT_S(3));
    trace_close(one, SERVER, AT_MS(4500));
    trace_close(two, SERVER, AT_MS(4501));
    trace_refuse(t, AT_MS(4600));
    replace(t, AT_S(8));

    g_assert_nonnull(trace_fix(t, "stay_up"));
    g_assert_cmpuint(trace_fix(t, "stay_up")->refused, ==, 1);
    g_assert_nonnull(trace_fix(t, "reach_server"));
}

/* Nobody answers after the stop: who refused, if anybody did, is not known. */
static void unanswered_after_the_stop(void)
{
    g_autoptr(trace) t = trace_new();
    trace_end_two(t);
    for (int i = 0; i < 2; i++) {
        trace_connection *c = trace_connect(t);
        for (int k = 0; k < 3; k++) {
            trace_segment(c, CLIENT, HR_TCP_SYN, TRACE_CLIENT_ISN, 0, 0,
                          AT_MS(1600 + 5000 * i) + AT_S(k));
        }
    }
    replace(t, AT_S(20));

    g_assert_cmpuint(trace_fix(t, "stay_up")->refused, ==, 0);
}

/* ---- what a replay is asked ---- */

static void assert_brings(trace *t, const char *change, uint32_t connections)
{
    hr_forecast forecast;

    g_assert_nonnull(trace_fix(t, change));
    g_assert_true(hr_fix_forecast(trace_analysis(t), trace_fix(t, change), &forecast));
    g_assert_true(forecast.is_given);
    g_assert_cmpuint(forecast.changed.connections, ==, connections);
}

/* Two run at one time, and a third dial is not needed. */
static void a_bound_is_what_is_needed(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *busy[2] = {trace_open(t, AT_MS(0)), trace_open(t, AT_MS(1))};
    for (int i = 0; i < 2; i++) {
        trace_request(busy[i], AT_MS(10 + i));
    }
    trace_connection *more = trace_open(t, AT_MS(200));
    for (int i = 0; i < 2; i++) {
        trace_answer(busy[i], AT_S(6) + AT_MS(i));
    }
    trace_exchange(more, AT_S(7), AT_S(7) + AT_MS(1));

    assert_brings(t, "bound_dials", 2);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/changes/more/ends-later", dials_beside_what_ends_later);
    g_test_add_func("/changes/more/one-loss", one_loss_costs_one);
    g_test_add_func("/changes/more/check", what_a_check_closes_costs_nothing);
    g_test_add_func("/changes/more/http10", cut_off_in_http10);
    g_test_add_func("/changes/more/silent", silent_until_the_server_ends_it);
    g_test_add_func("/changes/more/refused", refused_long_before_the_stop);
    g_test_add_func("/changes/more/unanswered", unanswered_after_the_stop);
    g_test_add_func("/changes/more/bound", a_bound_is_what_is_needed);
    return g_test_run();
}
