/* test_totals_avoidable.c
 * Which connections were avoidable, and what each of them replaces: those of before the capture
 * served as well, what carried nothing goes first, and what the client gave up is replaced first.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"
#include "trace_fixes.h"
#include "trace_tls.h"

static trace_connection *call(trace *t, int64_t at)
{
    trace_connection *c = trace_open(t, at);
    trace_exchange(c, at + AT_MS(1), at + AT_MS(2));
    return c;
}

/* It was there before, and seen first after the other. */
static trace_connection *of_before(trace *t, int64_t at)
{
    trace_connection *c = trace_connect(t);
    trace_exchange(c, at, at + AT_MS(1));
    return c;
}

static void what_was_there_before_is_not_counted(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *opened = call(t, AT_MS(0));
    of_before(t, AT_MS(10));

    g_assert_cmpuint(trace_totals(t)->sums.avoidable_connections, ==, 0);
    g_assert_false(opened->model->is_avoidable);
}

static void what_was_opened_is(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *first = call(t, AT_MS(0));
    trace_connection *second = call(t, AT_S(1));
    trace_connection *before = of_before(t, AT_S(2));

    g_assert_cmpuint(trace_totals(t)->sums.avoidable_connections, ==, 1);
    g_assert_false(first->model->is_avoidable);
    g_assert_true(second->model->is_avoidable);
    g_assert_false(before->model->is_avoidable);
}

/* java.net.http, a burst of sendAsync() on a cold client, without keys: each dials. */
static uint32_t avoidable_of_two_dials(const char *agrees)
{
    const tls_kind how = {.port = 443, .is_12 = true, .offers = "h2,http/1.1", .agrees = agrees};
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2];

    for (int i = 0; i < 2; i++) {
        c[i] = tls_connect(t, AT_MS(i), &how);
    }
    for (int i = 0; i < 2; i++) {
        tls_client_hello(c[i], AT_MS(10 + i), &how);
    }
    for (int i = 0; i < 2; i++) {
        tls_server_hello(c[i], AT_MS(20 + i), &how);
        tls_client_finished(c[i], AT_MS(20 + i), &how);
        tls_server_finished(c[i], AT_MS(20 + i), &how);
    }
    for (int i = 0; i < 2; i++) {
        tls_hidden_exchange(c[i], AT_MS(30 + 2 * i), AT_MS(31 + 2 * i));
    }
    return trace_totals(t)->sums.avoidable_connections;
}

static void one_connection_of_h2_carries_a_burst(void)
{
    g_assert_cmpuint(avoidable_of_two_dials("h2"), ==, 1);
    g_assert_cmpuint(avoidable_of_two_dials("http/1.1"), ==, 0);
}

/* Of two dials at once the one that carried nothing was not needed, also if it came first. */
static void what_carried_nothing_goes_first(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *loser = trace_open(t, AT_MS(0));
    trace_connection *winner = trace_open(t, AT_MS(1));
    trace_exchange(winner, AT_MS(2), AT_MS(3));
    trace_close(loser, CLIENT, AT_S(1));

    g_assert_cmpuint(trace_totals(t)->sums.avoidable_connections, ==, 1);
    g_assert_true(loser->model->is_avoidable);
    g_assert_false(winner->model->is_avoidable);
}

/* Three run at once. The server's timeout ends one of them, an unread body another. Then two more
 * are opened beside a busy one. */
static void what_was_given_up_is_replaced_first(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[3];
    for (int i = 0; i < 3; i++) {
        c[i] = trace_open(t, AT_MS(i));
    }
    for (int i = 0; i < 3; i++) {
        trace_request(c[i], AT_MS(10 + i));
    }
    trace_answer(c[0], AT_MS(20));
    trace_answer(c[1], AT_MS(21));
    trace_begin_answer(c[2], AT_MS(22), .body = 100000, .rest = 90000);
    trace_close(c[1], SERVER, AT_S(5) + AT_MS(22)); /* lost */
    trace_close(c[2], CLIENT, AT_S(6));             /* given up, later */
    trace_request(c[0], AT_S(7));
    trace_connection *again = trace_open(t, AT_S(7) + AT_MS(1));
    trace_request(again, AT_S(7) + AT_MS(2));
    trace_connection *last = trace_open(t, AT_S(7) + AT_MS(3));
    trace_request(last, AT_S(7) + AT_MS(4));
    trace_answer(c[0], AT_S(8));
    trace_analysis(t);

    assert_cause(c[1], "server-idle-timeout");
    assert_cause(c[2], "body-undrained");
    g_assert_true(again->model->replaces == c[2]->model);
    g_assert_true(last->model->replaces == c[1]->model);
}

/* A body was left unread. Beside a busy one the next is refused, and the one behind it serves: it is
 * that which would not have been opened. */
static void what_was_refused_replaces_nothing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *busy = trace_open(t, AT_MS(0));
    trace_connection *left = trace_open(t, AT_MS(1));
    trace_request(busy, AT_MS(10));
    trace_request(left, AT_MS(11));
    trace_begin_answer(left, AT_MS(12), .body = 100000, .rest = 90000);
    trace_close(left, CLIENT, AT_MS(500));
    trace_refuse(t, AT_S(1));
    trace_connection *again = trace_open(t, AT_S(2));
    trace_exchange(again, AT_S(2) + AT_MS(1), AT_S(2) + AT_MS(2));
    trace_answer(busy, AT_S(3));
    trace_analysis(t);

    assert_cause(left, "body-undrained");
    g_assert_true(again->model->replaces == left->model);
    g_assert_cmpuint(trace_cost(t, "read_bodies"), ==, 1);
    g_assert_cmpuint(trace_cost(t, "reach_server"), ==, 1);
}

/* The first never got an answer to its ClientHello. What waited for it could have run on the one that
 * was dialled beside it, which agreed on HTTP/2. */
static void one_that_is_never_ready_is_not_needed(void)
{
    const tls_kind how = {.port = 443, .is_12 = true, .offers = "h2,http/1.1", .agrees = "h2"};
    g_autoptr(trace) t = trace_new();
    trace_connection *mute = tls_connect(t, AT_MS(0), &how);
    tls_client_hello(mute, AT_MS(10), &how);
    trace_connection *c = tls_connect(t, AT_MS(500), &how);
    tls_handshake(c, AT_MS(501), &how);
    tls_hidden_exchange(c, AT_MS(530), AT_MS(531));
    trace_ack(mute, SERVER, AT_S(2));

    g_assert_cmpuint(trace_totals(t)->sums.avoidable_connections, ==, 1);
}

/* What is still there when another is opened is not replaced by it. */
static void only_what_had_ended_is_replaced(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *a = trace_open(t, AT_MS(0));
    trace_connection *b = trace_open(t, AT_MS(1));
    trace_request(a, AT_MS(10));
    trace_request(b, AT_MS(11));
    trace_connection *more = trace_open(t, AT_MS(20));
    trace_answer(a, AT_S(6));
    trace_answer(b, AT_S(6) + AT_MS(1));
    trace_close(b, SERVER, AT_S(11) + AT_MS(2));
    trace_analysis(t);

    assert_opened(more, "all-busy", b);
    g_assert_true(more->model->is_avoidable);
    g_assert_null(more->model->replaces);
}

/* A dial that lost its race was needed by nobody, whatever had ended before. It may still be
 * open. */
static void loser_of_a_race_replaces_nothing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *a = trace_open(t, AT_MS(0));
    trace_connection *b = trace_open(t, AT_MS(1));
    trace_request(a, AT_MS(10));
    trace_request(b, AT_MS(11));
    trace_answer(a, AT_MS(20));
    trace_answer(b, AT_MS(21));
    trace_close(b, SERVER, AT_S(5) + AT_MS(21));
    trace_request(a, AT_S(6));
    trace_connection *loser = trace_open(t, AT_S(6) + AT_MS(1));
    trace_connection *winner = trace_open(t, AT_S(6) + AT_MS(1) + AT_US(300));
    trace_request(winner, AT_S(6) + AT_MS(2));
    trace_analysis(t);

    g_assert_true(loser->model->is_race_loser);
    g_assert_null(loser->model->replaces);
    g_assert_true(winner->model->replaces == b->model);
}

/* The only one had been closed by the server. Of two dials for the next request the one that lost is
 * told as that, and the other as what the server's timeout cost. */
static void loser_after_a_close(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *only = trace_open_used(t, AT_MS(0));
    trace_close(only, SERVER, AT_S(5) + AT_MS(2));
    trace_connection *loser = trace_open(t, AT_S(6));
    trace_connection *winner = trace_open(t, AT_S(6) + AT_US(300));
    trace_exchange(winner, AT_S(6) + AT_MS(1), AT_S(6) + AT_MS(2));

    g_assert_cmpuint(trace_cost(t, "bound_dials"), ==, 1);
    g_assert_cmpuint(trace_cost(t, "lengthen_server_idle"), ==, 1);
    g_assert_true(loser->model->is_race_loser);
}

/* wrk tries the port before it dials: what is over by then races with nobody. It is what need not
 * have been, and none of those that served. */
static void what_only_tries_the_port(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *trial = trace_open(t, AT_MS(0));
    trace_close(trial, CLIENT, AT_MS(0) + AT_US(250));
    trace_connection *one = trace_open(t, AT_MS(1));
    trace_connection *two = trace_open(t, AT_MS(1) + AT_US(300));
    trace_request(one, AT_MS(2));
    trace_request(two, AT_MS(2));
    trace_answer(one, AT_MS(50));
    trace_answer(two, AT_MS(50));
    trace_analysis(t);

    g_assert_false(trial->model->is_race_loser);
    g_assert_true(trial->model->is_avoidable);
    g_assert_false(one->model->is_avoidable || two->model->is_avoidable);
    g_assert_nonnull(trace_fix(t, "leave_unused"));
    g_assert_null(trace_fix(t, "bound_dials"));
}

/* Two dials of one moment, the second in vain: it lost no race, it was refused. */
static void refused_dial_is_no_loser(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_connect(t);
    trace_connection *two = trace_connect(t);
    trace_syn(one, AT_MS(0));
    trace_syn(two, AT_US(100));
    trace_rst(two, SERVER, AT_US(200));
    trace_syn_ack(one, AT_US(300));
    trace_exchange(one, AT_MS(1), AT_MS(2));
    trace_analysis(t);

    assert_cause(two, "setup-failed");
    g_assert_false(two->model->is_race_loser);
}

/* Two programs: neither could have had the other's connection,
 * whenever it was opened. */
static void another_program_needs_its_own(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *app = trace_open(t, AT_MS(0));
    trace_request(app, AT_MS(1), .user_agent = "Go-http-client/1.1");
    trace_answer(app, AT_MS(2));
    trace_connection *checks[3];
    for (int i = 0; i < 3; i++) {
        checks[i] = trace_open(t, AT_S(i + 1));
        trace_request(checks[i], AT_S(i + 1) + AT_MS(1), .user_agent = "curl/7.88.1");
        trace_answer(checks[i], AT_S(i + 1) + AT_MS(2));
        trace_close(checks[i], CLIENT, AT_S(i + 1) + AT_MS(3));
    }

    g_assert_cmpuint(trace_totals(t)->sums.avoidable_connections, ==, 2);
    g_assert_false(checks[0]->model->is_avoidable);
    g_assert_true(checks[1]->model->is_avoidable);
}

/* A check that has its own name opens one each time to see whether it is still accepted, and it may
 * find one that it left open. A program's calls beside it are judged as ever. */
static void checks_open_theirs_on_purpose(void)
{
    g_autoptr(trace) t = trace_new();
    const char *const agents[] = {"kube-probe/1.27", "kube-probe/1.27", "curl/7.88.1"};
    trace_connection *last[G_N_ELEMENTS(agents)];
    for (size_t of = 0; of < G_N_ELEMENTS(agents); of++) {
        for (int i = 0; i < 3; i++) {
            const int64_t at = AT_S(10 * (int)of + i);
            last[of] = trace_open(t, at);
            trace_request(last[of], at + AT_MS(1), .user_agent = agents[of],
                          .connection = of == 0 ? "close" : NULL);
            trace_answer(last[of], at + AT_MS(2));
            if (of == 0) {
                trace_close(last[of], CLIENT, at + AT_MS(3));
            }
        }
    }

    g_assert_cmpuint(trace_totals(t)->sums.avoidable_connections, ==, 2);
    g_assert_false(last[0]->model->is_avoidable);
    g_assert_false(last[1]->model->is_avoidable);
    g_assert_true(last[2]->model->is_avoidable);
    g_assert_cmpuint(trace_found(t, HR_FINDING_MISSED_REUSE), ==, 2);
    g_assert_cmpuint(hr_analysis_item_count(trace_analysis(t)), ==, 1);
    g_assert_cmpuint(hr_analysis_origin(trace_analysis(t), 0)->needed_connections, ==, 6 + 1);
}

/* Five checks, and four calls of a program that says no name between them, for which one would do. */
static void checks_beside_a_program_without_a_name(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[9];
    for (int i = 0; i < 9; i++) {
        c[i] = trace_open(t, AT_S(i));
        trace_request(c[i], AT_S(i) + AT_MS(1),
                      .user_agent = i % 2 == 0 ? "kube-probe/1.27" : NULL);
        trace_answer(c[i], AT_S(i) + AT_MS(2));
        trace_close(c[i], CLIENT, AT_S(i) + AT_MS(3));
    }

    g_assert_cmpuint(trace_totals(t)->sums.avoidable_connections, ==, 3);
    for (int i = 0; i < 9; i++) {
        g_assert_cmpint(c[i]->model->is_avoidable, ==, i % 2 == 1 && i > 1);
    }
    g_assert_cmpuint(hr_analysis_origin(trace_analysis(t), 0)->needed_connections, ==, 6);
}

/* Who is asked under the check's name through a proxy is asked by the proxy, which keeps its own. */
static void a_proxy_of_checks_is_none(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = trace_open(t, AT_S(i));
        trace_request(c, AT_S(i) + AT_MS(1), .user_agent = "kube-probe/1.27", .is_relayed = true,
                      .connection = "close");
        trace_answer(c, AT_S(i) + AT_MS(2));
        trace_close(c, CLIENT, AT_S(i) + AT_MS(3));
    }

    g_assert_cmpuint(trace_totals(t)->sums.avoidable_connections, ==, 2);
}

/* A head that was cut off may have said close: nobody is told to have missed anything. */
static void cut_request_missed_nothing(void)
{
    g_autoptr(trace) whole = trace_new();
    g_autoptr(trace) cut = trace_new();

    call(whole, AT_MS(0));
    trace_request(trace_open(whole, AT_S(1)), AT_S(1) + AT_MS(1));
    g_assert_cmpuint(trace_found(whole, HR_FINDING_MISSED_REUSE), ==, 1);

    call(cut, AT_MS(0));
    trace_request(trace_open(cut, AT_S(1)), AT_S(1) + AT_MS(1), .is_cut = true);
    g_assert_cmpuint(trace_found(cut, HR_FINDING_MISSED_REUSE), ==, 0);
}

static trace_connection *call_as(trace *t, const char *user_agent, int64_t at)
{
    trace_connection *c = trace_open(t, at);
    trace_request(c, at + AT_MS(1), .user_agent = user_agent);
    trace_answer(c, at + AT_MS(2));
    return c;
}

/* A program that connects each time beside one that does not: each has its pool. */
static void each_program_needs_its_own(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *tool[2];
    tool[0] = call_as(t, "tool/1.0", AT_MS(0));
    trace_close(tool[0], CLIENT, AT_MS(3));
    trace_connection *application = call_as(t, "app/1.0", AT_MS(100));
    tool[1] = call_as(t, "tool/1.0", AT_MS(200));

    g_assert_cmpuint(trace_totals(t)->sums.avoidable_connections, ==, 1);
    g_assert_cmpuint(hr_analysis_origin(trace_analysis(t), 0)->needed_connections, ==, 2);
    g_assert_false(application->model->is_avoidable);
    g_assert_true(tool[1]->model->is_avoidable);
}

/* A dial that carried nothing is no program of its own. */
static void unnamed_dial_is_not_needed(void)
{
    g_autoptr(trace) t = trace_new();
    call_as(t, "app/1.0", AT_MS(0));
    call_as(t, "curl/8.5.0", AT_MS(100));
    trace_connection *loser = trace_open(t, AT_MS(200));
    trace_close(loser, CLIENT, AT_MS(250));

    g_assert_cmpuint(trace_totals(t)->sums.avoidable_connections, ==, 1);
    g_assert_true(loser->model->is_avoidable);
}

static trace_connection *ask_as(trace *t, const char *program, int64_t at)
{
    trace_connection *c = trace_open(t, at);
    trace_request(c, at + AT_MS(1), .user_agent = program);
    return c;
}

/* Two calls at a time, of one program after the other. */
static void each_program_needs_as_many_as_it_runs(void)
{
    static const char *const programs[] = {"app/1.0", "curl/8.5.0"};
    g_autoptr(trace) t = trace_new();

    for (int i = 0; i < 2; i++) {
        trace_connection *one = ask_as(t, programs[i], AT_S(i));
        trace_connection *two = ask_as(t, programs[i], AT_S(i) + AT_MS(10));
        trace_answer(one, AT_S(i) + AT_MS(20));
        trace_answer(two, AT_S(i) + AT_MS(21));
    }
    g_assert_cmpuint(hr_analysis_origin(trace_analysis(t), 0)->needed_connections, ==, 4);
    g_assert_cmpuint(trace_totals(t)->sums.avoidable_connections, ==, 0);
}

/* One of before, and one that was dialled, run at a time: of another one of before nobody knows
 * that it was needed, and it makes none of the dialled ones avoidable. */
static void more_of_before_avoid_nothing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *before = trace_connect(t);
    trace_request(before, AT_MS(0));
    trace_connection *beside = call(t, AT_MS(1));
    trace_answer(before, AT_MS(10));
    of_before(t, AT_MS(100));
    trace_connection *last = call(t, AT_MS(200));

    g_assert_cmpuint(trace_totals(t)->sums.avoidable_connections, ==, 1);
    g_assert_false(beside->model->is_avoidable);
    g_assert_true(last->model->is_avoidable);
}

/* A WebSocket's connection serves no other request, nor where it had served before: a session of
 * aiohttp that asks for a page, then for a WebSocket on the same connection, then for pages. */
static void what_leaves_http_serves_nobody(void)
{
    for (int served = 0; served < 2; served++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *socket = served ? call(t, AT_MS(0)) : trace_open(t, AT_MS(0));
        trace_request(socket, AT_MS(20), .upgrade = "websocket");
        trace_answer(socket, AT_MS(21), .code = 101, .upgrade = "websocket", .is_empty = true);
        trace_connection *first = call(t, AT_MS(100));
        trace_connection *second = call(t, AT_MS(200));

        g_assert_cmpuint(trace_totals(t)->sums.avoidable_connections, ==, 1);
        g_assert_false(first->model->is_avoidable);
        g_assert_true(second->model->is_avoidable);
    }
}

/* NTLM authenticates a connection, and the next one may be another user's. */
static void each_user_needs_its_own(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 2; i++) {
        trace_connection *c = trace_open(t, AT_S(i));
        trace_request(c, AT_S(i) + AT_MS(1), .binds_user = true);
        trace_answer(c, AT_S(i) + AT_MS(2));
    }

    g_assert_cmpuint(hr_analysis_origin(trace_analysis(t), 0)->needed_connections, ==, 2);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/avoidable/before", what_was_there_before_is_not_counted);
    g_test_add_func("/avoidable/opened", what_was_opened_is);
    g_test_add_func("/avoidable/h2-burst", one_connection_of_h2_carries_a_burst);
    g_test_add_func("/avoidable/nothing", what_carried_nothing_goes_first);
    g_test_add_func("/avoidable/given-up", what_was_given_up_is_replaced_first);
    g_test_add_func("/avoidable/refused-beside", what_was_refused_replaces_nothing);
    g_test_add_func("/avoidable/never-ready", one_that_is_never_ready_is_not_needed);
    g_test_add_func("/avoidable/had-ended", only_what_had_ended_is_replaced);
    g_test_add_func("/avoidable/race", loser_of_a_race_replaces_nothing);
    g_test_add_func("/avoidable/race/close", loser_after_a_close);
    g_test_add_func("/avoidable/trial", what_only_tries_the_port);
    g_test_add_func("/avoidable/refused", refused_dial_is_no_loser);
    g_test_add_func("/avoidable/another-program", another_program_needs_its_own);
    g_test_add_func("/avoidable/checks", checks_open_theirs_on_purpose);
    g_test_add_func("/avoidable/checks/nameless", checks_beside_a_program_without_a_name);
    g_test_add_func("/avoidable/checks/relayed", a_proxy_of_checks_is_none);
    g_test_add_func("/avoidable/programs/each", each_program_needs_its_own);
    g_test_add_func("/avoidable/programs/unnamed", unnamed_dial_is_not_needed);
    g_test_add_func("/avoidable/programs/at-a-time", each_program_needs_as_many_as_it_runs);
    g_test_add_func("/avoidable/before/more", more_of_before_avoid_nothing);
    g_test_add_func("/avoidable/upgraded", what_leaves_http_serves_nobody);
    g_test_add_func("/avoidable/users", each_user_needs_its_own);
    g_test_add_func("/avoidable/cut", cut_request_missed_nothing);
    return g_test_run();
}
