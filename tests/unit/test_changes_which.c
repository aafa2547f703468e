/* test_changes_which.c
 * Which change each lost connection asks for, where two are near: of a timeout and of a message, of the
 * client and of the server; and which of several losses an opening makes good. DESIGN section 6: every
 * avoidable connection belongs to exactly one item.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_fixes.h"
#include "trace_h2.h"
#include "trace_quic.h"

static void assert_costs(trace *t, const char *change, uint32_t connections)
{
    g_assert_cmpuint(trace_cost(t, change), ==, connections);
    g_assert_cmpuint(trace_totals(t)->sums.avoidable_connections, ==, connections);
}

static trace_connection *call(trace *t, int64_t at)
{
    trace_connection *c = trace_open(t, at);
    trace_exchange(c, at + AT_MS(1), at + AT_MS(2));
    return c;
}

/* ---- which change ---- */

/* Chromium and others say GOAWAY as they leave; a server does as it drains; and a client may find an
 * error in what it got. */
static void goaways(void)
{
    static const struct {
        trace_side from;
        uint32_t error;
        const char *change;
    } rows[] = {
        {SERVER, H2_NO_ERROR, "avoid_goaway"},
        {CLIENT, H2_NO_ERROR, "keep_client"},
        {CLIENT, H2_INTERNAL_ERROR, "avoid_goaway"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = h2_open_used(t, AT_MS(0));
        h2_goaway(c, rows[i].from, rows[i].from == SERVER ? 1 : 0, rows[i].error, AT_MS(300));
        trace_close(c, rows[i].from, AT_MS(301));
        h2_open_used(t, AT_S(5));

        assert_costs(t, rows[i].change, 1);
    }
}

/* The capture ends before a close that was said: by the client, by the server with its answer, or with
 * an error. */
static void said_and_not_done_yet(void)
{
    static const char *const changes[] = {"no_client_close", "no_server_close", "mend_errors"};
    for (unsigned i = 0; i < G_N_ELEMENTS(changes); i++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open(t, AT_MS(0));
        trace_request(c, AT_MS(1), .connection = i == 0 ? "close" : NULL);
        trace_answer(c, AT_MS(2), .connection = i == 0 ? NULL : "close",
                     .code = i == 2 ? 400 : 200);
        call(t, AT_S(1));

        assert_cause(c, "open-at-end");
        assert_costs(t, changes[i], 1);
    }
}

/* The server calls them bad, and keeps them: who closes each is the client. */
static void bad_requests_whose_client_closes(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = trace_open(t, AT_S(i));
        trace_request(c, AT_S(i) + AT_MS(1));
        trace_answer(c, AT_S(i) + AT_MS(2), .code = 400);
        trace_close(c, CLIENT, AT_S(i) + AT_MS(300));
    }

    assert_costs(t, "keep_client", 2);
}

/* A client that closes at its own timeout, again and again: what tells of it joins its item. */
static void timeouts_of_the_client(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = trace_open(t, AT_S(200 * i));
        trace_request(c, AT_S(200 * i) + AT_MS(1), .user_agent = "Go-http-client/1.1");
        trace_answer(c, AT_S(200 * i) + AT_MS(2));
        trace_close(c, CLIENT, AT_S(200 * i) + AT_S(90) + AT_MS(2 + i));
    }

    assert_costs(t, "lengthen_client_idle", 2);
    g_assert_cmpuint(trace_fix(t, "lengthen_client_idle")->findings, ==, 3);
    g_assert_cmpuint(trace_fix(t, "lengthen_client_idle")->code, ==, HR_FINDING_IDLE_CLOSE);
}

/* A server that says close with each answer: likewise. */
static void closes_of_the_server(void)
{
    g_autoptr(trace) t = trace_new();
    trace_calls(t, (trace_message){.host = "a.example"}, (trace_message){.connection = "close"});

    assert_costs(t, "no_server_close", 2);
    g_assert_cmpuint(trace_fix(t, "no_server_close")->findings, ==, 3);
}

/* QUIC without keys: nothing came on the first any more, and nobody knows who ended it. No server is
 * told that it says close. */
static void nobody_said_so(void)
{
    g_autoptr(trace) t = trace_new();
    const quic_kind how = {.has_keys = false, .client_idle_ms = 30000};
    quic_open(t, 0, AT_MS(0), &how);
    quic_open(t, 1, AT_S(5), &how);

    g_assert_cmpuint(trace_cost(t, "no_server_close"), ==, 0);
    g_assert_cmpuint(trace_cost(t, "no_client_close"), ==, 0);
}

/* A timer that had passed as another was opened: of a client that is named, the timeout is its own to
 * lengthen. A server closes late at times as well, and who is not named may have had no timeout. */
static void timers_that_had_passed(void)
{
    static const struct {
        const char *user_agent, *server;
        trace_side closes;
        int64_t timer, late, opened;
        const char *change;
    } rows[] = {
        {"Go-http-client/1.1", NULL, CLIENT, AT_S(90), AT_MS(1500), AT_MS(1000),
         "lengthen_client_idle"},
        {NULL, NULL, CLIENT, AT_S(90), AT_MS(1500), AT_MS(1000), "share_pool"},
        {"Go-http-client/1.1", "nginx/1.22.1", SERVER, AT_S(75), AT_MS(1400), AT_MS(1000),
         "share_pool"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *idle = trace_open(t, AT_MS(0));
        trace_request(idle, AT_MS(1), .user_agent = rows[i].user_agent);
        trace_answer(idle, AT_MS(2), .server = rows[i].server);
        const int64_t passed = AT_MS(2) + rows[i].timer;
        trace_connection *c = trace_open(t, passed + rows[i].opened);
        trace_request(c, passed + rows[i].opened + AT_MS(1), .user_agent = rows[i].user_agent);
        trace_answer(c, passed + rows[i].opened + AT_MS(2));
        trace_close(idle, rows[i].closes, passed + rows[i].late);

        assert_opened(c, "idle-available", idle);
        assert_costs(t, rows[i].change, 1);
    }
}

/* The server says that it was old enough, and then answers no more of what it had taken: that was no
 * age. */
static void aborted_behind_an_age(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_used(t, AT_MS(0));
    h2_ask(c, 3, AT_MS(20));
    trace_ack(c, SERVER, AT_MS(21));
    h2_goaway_saying(c, SERVER, 0, "max_age", AT_MS(30));
    trace_rst(c, SERVER, AT_S(3));
    h2_open_used(t, AT_S(5));

    assert_cause(c, "request-aborted");
    assert_costs(t, "mend_server", 1);
}

/* Two at a time, each of which says, or has said, that it is the last: the second is no burst. */
static void pairs_that_keep_none(void)
{
    static const struct {
        trace_message request, answer;
        const char *change;
    } rows[] = {
        {{.connection = "close"}, {0}, "no_client_close"},
        {{0}, {.connection = "close"}, "no_server_close"},
        {{.is_http10 = true}, {.is_http10 = true}, "speak_http11"},
        {{0}, {0}, NULL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(trace) t = trace_new();
        for (int round = 0; round < 3; round++) {
            const int64_t at = AT_S(round);
            trace_connection *c[2] = {trace_open(t, at), trace_open(t, at + AT_MS(1))};
            for (int k = 0; k < 2; k++) {
                trace_message request = rows[i].request;
                trace_message answer = rows[i].answer;
                request.at = at + AT_MS(2 + 2 * k);
                answer.at = at + AT_MS(3 + 2 * k);
                trace_request_with(c[k], request);
                trace_answer_with(c[k], answer);
            }
            for (int k = 0; k < 2; k++) {
                trace_close(c[k], SERVER, at + AT_MS(10 + 2 * k));
            }
        }
        g_assert_true((trace_fix(t, "bound_dials") != NULL) == (rows[i].change == NULL));
        g_assert_cmpuint(rows[i].change != NULL ? trace_cost(t, rows[i].change) : 5, ==, 5);
    }
}

/* A burst, of which one serves all: what tells of the dials is counted in their item. */
static void races_are_counted_where_they_cost(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[4];
    for (int i = 0; i < 4; i++) {
        c[i] = h2_open(t, AT_MS(10 * i));
    }
    for (unsigned i = 0; i < 4; i++) {
        h2_ask(c[3], 2 * i + 1, AT_MS(60 + (int64_t)i));
    }
    for (unsigned i = 0; i < 4; i++) {
        h2_answer(c[3], 2 * i + 1, AT_MS(70 + (int64_t)i));
    }
    for (int i = 0; i < 3; i++) {
        trace_close(c[i], CLIENT, AT_S(1) + AT_MS(i));
    }
    const hr_fix *fix = trace_fix(t, "bound_dials");
    g_assert_nonnull(fix);
    g_assert_cmpuint(fix->findings, ==, trace_found(t, HR_FINDING_HANDSHAKE_RACE));
    g_assert_cmpuint(fix->findings, >, 0);
    g_assert_null(trace_fix(t, "more_streams"));
    g_assert_false(hr_fix_shows_ends(fix));
}

/* All streams of one are taken as another is opened: that is about openings, as dials are. */
static void want_of_streams_is_about_openings(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *full = h2_open_limited(t, AT_MS(0), 1);
    h2_ask(full, 1, AT_MS(10));
    trace_connection *c = h2_open_limited(t, AT_MS(20), 1);
    h2_exchange(c, 1, AT_MS(30), AT_MS(31));
    h2_answer(full, 1, AT_S(1));
    h2_exchange(full, 3, AT_S(2), AT_S(2) + AT_MS(1));

    assert_opened(c, "streams-exhausted", full);
    g_assert_true(hr_change_is_about_openings(HR_CHANGE_MORE_STREAMS));
    const hr_fix *fix = trace_fix(t, "more_streams");
    g_assert_true(fix == NULL || !hr_fix_shows_ends(fix));
}

/* The server stops in the middle of two answers: that is told where its stop is. */
static void answers_that_a_stop_cuts(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2];
    for (int i = 0; i < 2; i++) {
        c[i] = trace_open(t, AT_MS(10 * i));
        trace_exchange(c[i], AT_MS(10 * i + 1), AT_MS(10 * i + 2));
    }
    for (int i = 0; i < 2; i++) {
        const int64_t at = AT_S(1) + AT_MS(10 * i);
        trace_request(c[i], at);
        trace_begin_answer(c[i], at + AT_MS(1), .body = 90000, .rest = 80000);
        trace_ack(c[i], CLIENT, at + AT_MS(2));
    }
    for (int i = 0; i < 2; i++) {
        trace_close(c[i], SERVER, AT_S(2) + AT_MS(i));
    }
    trace_refuse(t, AT_S(3));

    g_assert_cmpuint(trace_found(t, HR_FINDING_ANSWER_CUT), ==, 2);
    g_assert_null(trace_fix(t, "keep_open"));
    g_assert_cmpuint(trace_fix(t, "stay_up")->codes & (1U << HR_FINDING_ANSWER_CUT), !=, 0);
}

/* ---- which loss ---- */

/* The server's timeout ended one; then two run at a time, of which one was needed before as well: the
 * one too many makes the timeout good, and is no burst. */
static void loss_before_a_burst(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *lost = call(t, AT_S(0));
    trace_close(lost, SERVER, AT_S(5) + AT_MS(2));
    trace_connection *one = trace_open(t, AT_S(10));
    trace_request(one, AT_S(10) + AT_MS(1));
    trace_connection *two = trace_open(t, AT_S(10) + AT_MS(2));
    trace_request(two, AT_S(10) + AT_MS(3));
    trace_answer(one, AT_S(11));
    trace_answer(two, AT_S(11) + AT_MS(1));

    assert_costs(t, "lengthen_server_idle", 1);
    g_assert_true(two->model->replaces == lost->model);
}

/* A preconnect that nobody used came between: it makes nothing good. */
static void loss_before_a_preconnect(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *lost = call(t, AT_S(0));
    trace_close(lost, SERVER, AT_S(5) + AT_MS(2));
    trace_connection *unused = trace_open(t, AT_S(10));
    trace_connection *c = call(t, AT_S(11));
    trace_close(unused, CLIENT, AT_S(20));

    g_assert_cmpuint(trace_cost(t, "lengthen_server_idle"), ==, 1);
    g_assert_cmpuint(trace_cost(t, "leave_unused"), ==, 1);
    g_assert_true(c->model->replaces == lost->model);
    g_assert_null(unused->model->replaces);
}

/* What seemed to replace it does not once more is known: it was closed behind it, another's. */
static void loss_that_is_made_good_by_another(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *lost = call(t, AT_S(0));
    trace_close(lost, SERVER, AT_S(5) + AT_MS(2));
    trace_connection *c = trace_open(t, AT_S(10));
    trace_request(c, AT_S(10) + AT_MS(1));
    trace_analysis(t);
    g_assert_true(c->model->replaces == lost->model);

    trace_connection *other = trace_open(t, AT_S(10) + AT_MS(2));
    trace_request(other, AT_S(10) + AT_MS(3));
    trace_answer(c, AT_S(11));
    trace_answer(other, AT_S(11) + AT_MS(1));
    trace_analysis(t);
    g_assert_null(c->model->replaces); /* two ran at once: it was needed */
    g_assert_true(other->model->replaces == lost->model);
}

/* ---- what was needed ---- */

/* HTTP/2: one connection serves two names; a third that the server does not serve there needs one of
 * its own. */
static void misdirected_names_need_their_own(void)
{
    static const tls_kind how = {.port = 443, .agrees = "h2", .has_keys = true};
    g_autoptr(trace) t = trace_new();
    trace_connection *one = h2_open_with(t, AT_MS(0), 0, &how);
    h2_exchange(one, 1, AT_MS(10), AT_MS(11));
    h2_ask(one, 3, AT_MS(14), .authority = "c.example");
    h2_answer(one, 3, AT_MS(15));
    h2_ask(one, 5, AT_MS(20), .authority = "b.example");
    h2_answer(one, 5, AT_MS(21), .code = 421);
    trace_connection *two = h2_open_with(
        t, AT_S(1), 0,
        &(tls_kind){.port = 443, .agrees = "h2", .has_keys = true, .sni = "b.example"});
    h2_ask(two, 1, AT_S(1) + AT_MS(10), .authority = "b.example");
    h2_answer(two, 1, AT_S(1) + AT_MS(11));

    g_assert_cmpuint(trace_totals(t)->sums.avoidable_connections, ==, 0);
    g_assert_cmpuint(hr_analysis_origin(trace_analysis(t), 0)->needed_connections, ==, 2);
}

/* An event stream whose server ends it, and one that its client leaves: on HTTP/1 neither could have
 * served another meanwhile, but the first did end. */
static void endless_ones_that_ended(void)
{
    for (trace_side side = CLIENT; side <= SERVER; side++) {
        g_autoptr(trace) t = trace_new();
        for (int i = 0; i < 2; i++) {
            trace_connection *c = trace_open(t, AT_S(10 * i));
            trace_request(c, AT_S(10 * i) + AT_MS(1));
            trace_begin_answer(c, AT_S(10 * i) + AT_MS(2), .is_endless = true, .is_chunked = true,
                               .body = 300, .rest = 10);
            trace_close(c, side, AT_S(10 * i) + AT_S(5));
        }

        g_assert_cmpuint(trace_totals(t)->sums.avoidable_connections, ==, side == SERVER);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/changes/goaway", goaways);
    g_test_add_func("/changes/said", said_and_not_done_yet);
    g_test_add_func("/changes/bad", bad_requests_whose_client_closes);
    g_test_add_func("/changes/client-timeout", timeouts_of_the_client);
    g_test_add_func("/changes/server-close", closes_of_the_server);
    g_test_add_func("/changes/nobody", nobody_said_so);
    g_test_add_func("/changes/timers", timers_that_had_passed);
    g_test_add_func("/changes/age", aborted_behind_an_age);
    g_test_add_func("/changes/pairs", pairs_that_keep_none);
    g_test_add_func("/changes/races", races_are_counted_where_they_cost);
    g_test_add_func("/changes/streams", want_of_streams_is_about_openings);
    g_test_add_func("/changes/stop", answers_that_a_stop_cuts);
    g_test_add_func("/changes/loss/burst", loss_before_a_burst);
    g_test_add_func("/changes/loss/preconnect", loss_before_a_preconnect);
    g_test_add_func("/changes/loss/later", loss_that_is_made_good_by_another);
    g_test_add_func("/changes/needed/misdirected", misdirected_names_need_their_own);
    g_test_add_func("/changes/needed/endless", endless_ones_that_ended);
    return g_test_run();
}
