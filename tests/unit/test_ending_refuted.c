/* test_ending_refuted.c
 * Ends that look like what a rule is about, but for one fact that refutes it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_elsewhere.h"
#include "trace_legs.h"
#include "trace_tls.h"

#define GO "Go-http-client/1.1"

static void go_on(trace *t, int64_t at)
{
    trace_exchange(trace_open_to(t, "10.0.0.99", 80, at), at + AT_MS(1), at + AT_MS(2));
}

/* ---- whether an answer was cut ---- */

/* It had given up before a byte came, and a piece of what came then was lost: it left no body. */
static void answer_that_began_after_the_close(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_ack(c, SERVER, AT_MS(2));
    trace_fin(c, CLIENT, AT_S(2));
    trace_begin_answer(c, AT_S(3), .body = 9000, .rest = 8000);
    trace_lose(c, SERVER, 1000);
    trace_data(c, SERVER, 1000, AT_S(3) + AT_MS(1));
    trace_rst(c, CLIENT, AT_S(3) + AT_MS(2));
    trace_exchange(trace_open(t, AT_S(4)), AT_S(5), AT_S(6));

    g_assert_cmpint(trace_ending(c)->cause, !=, HR_CLOSE_BODY_UNDRAINED);
    g_assert_cmpuint(trace_found(t, HR_FINDING_BODY_UNDRAINED), ==, 0);
}

/* A proxy breaks an answer off that it had whole: that is no loss behind it. */
static void answer_that_is_cut_in_front_alone(void)
{
    for (int is_behind = 0; is_behind < 2; is_behind++) {
        g_autoptr(trace) t = trace_new();
        for (int i = 0; i < 3; i++) {
            const int64_t at = AT_S(3 * i);
            trace_connection *front = legs_open(t, "10.0.0.1", LEGS_BETWEEN, at);
            trace_connection *back = legs_open(t, LEGS_BETWEEN, LEGS_BACKEND, at + AT_MS(1));
            trace_request(front, at + AT_MS(2), .user_agent = GO);
            trace_request(back, at + AT_MS(3), .user_agent = GO);
            trace_begin_answer(back, at + AT_MS(4), .body = 100000, .rest = 90000);
            trace_begin_answer(front, at + AT_MS(5), .body = 100000, .rest = 90000);
            if (!is_behind) {
                trace_end_answer(back, 90000, at + AT_MS(6));
            }
            if (is_behind) {
                trace_close(back, SERVER, at + AT_MS(7));
            }
            trace_close(front, SERVER, at + AT_MS(8));
            if (!is_behind) {
                trace_close(back, CLIENT, at + AT_S(1));
            }
        }
        const hr_fix *fix = trace_fix(t, "keep_open");

        g_assert_nonnull(fix);
        g_assert_cmpstr(hr_connection_server(hr_fix_example(fix))->endpoint.address, ==,
                        is_behind ? LEGS_BACKEND : LEGS_BETWEEN);
    }
}

/* ---- who gave up ---- */

/* A proxy's deadline: it lets its own client go, and then the server behind. Its waits are equal,
 * and nobody in front of it had left. */
static void proxy_that_gives_up_on_both_sides(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *back = NULL;
    for (int i = 0; i < 3; i++) {
        const int64_t at = AT_S(5 * i);
        trace_connection *front = legs_open(t, "10.0.0.1", LEGS_BETWEEN, at);
        back = legs_open(t, LEGS_BETWEEN, LEGS_BACKEND, at + AT_MS(1));
        trace_request(front, at + AT_MS(2), .user_agent = GO);
        trace_request(back, at + AT_MS(3), .user_agent = GO);
        trace_ack(back, SERVER, at + AT_MS(4));
        trace_close(front, SERVER, at + AT_MS(2003));
        trace_close(back, CLIENT, at + AT_US(2003500));
    }

    assert_cause(back, "request-cancelled");
    g_assert_cmpuint(trace_ending(back)->equal_waits, ==, 2);
}

/* A server that breaks answers off after equal times has no deadline for their beginning. */
static void server_that_stops_in_its_answers(void)
{
    for (int has_begun = 0; has_begun < 2; has_begun++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c[3];
        for (int i = 0; i < 3; i++) {
            const int64_t at = AT_S(5 * i);
            c[i] = trace_open(t, at);
            const hr_request *request = trace_request(c[i], at + AT_MS(1));
            g_assert_nonnull(request);
            if (has_begun) {
                trace_begin_answer(c[i], at + AT_MS(2), .body = 9000, .rest = 8000);
            }
            trace_ack(c[i], has_begun ? CLIENT : SERVER, at + AT_MS(3));
            trace_close(c[i], SERVER, at + AT_MS(1501));
        }
        trace_analysis(t);

        g_assert_cmpuint(c[0]->model->last_request->equal_waits, ==, has_begun ? 0 : 2);
    }
}

/* An answer that ends after its client had given it up was not waited for. */
static void answer_that_ended_after_the_close(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[3];
    for (int i = 0; i < 3; i++) {
        const int64_t at = AT_S(9 * i);
        c[i] = trace_open(t, at);
        trace_request(c[i], at + AT_MS(1));
        trace_begin_answer(c[i], at + AT_MS(2), .body = 9000, .rest = 8000);
        trace_ack(c[i], CLIENT, at + AT_MS(3));
        trace_fin(c[i], CLIENT, at + AT_MS(1001));
        if (i == 2) {
            trace_end_answer(c[i], 8000, at + AT_S(4));
            trace_fin(c[i], SERVER, at + AT_S(4));
        } else {
            trace_rst(c[i], CLIENT, at + AT_MS(1002));
        }
    }
    go_on(t, AT_S(30));
    trace_analysis(t);

    g_assert_cmpuint(c[0]->model->last_request->equal_waits, >, 0);
}

/* ---- how long it rested ---- */

/* After equal rests each is reset by nobody knows whom: that is no timer of the client's, either. */
static void resets_of_another_host_are_no_timer_of_the_client(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = elsewhere_open_used(t, AT_S(100 * i));
        elsewhere_reset(c, SERVER, 243, AT_S(100 * i) + AT_MS(2) + AT_S(7));
    }
    trace_connection *own = elsewhere_open_used(t, AT_S(300));
    trace_close(own, CLIENT, AT_S(300) + AT_MS(2) + AT_S(7));
    trace_exchange(trace_open(t, AT_S(400)), AT_S(401), AT_S(402));

    assert_cause(own, "client-close");
}

/* The answer cannot be read, and something that was asked since is not in the capture. */
static void rest_behind_what_was_lost_is_none(void)
{
    for (int is_lost = 0; is_lost < 2; is_lost++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = tls_open(t, AT_MS(0));
        tls_hidden_exchange(c, AT_MS(10), AT_MS(11));
        trace_ack(c, CLIENT, AT_MS(12));
        if (is_lost) {
            trace_lose(c, CLIENT, 200);
        }
        trace_close(c, CLIENT, AT_MS(13));
        go_on(t, AT_S(1));

        g_assert_true(trace_ending(c)->is_after_answer == !is_lost);
    }
}

/* A moment after an answer that was read it asked for more, which is not in the capture, and went: it
 * did not close right after an answer. */
static void request_behind_the_answer_is_lost(void)
{
    for (int is_lost = 0; is_lost < 2; is_lost++) {
        g_autoptr(trace) t = trace_new();
        for (int i = 0; i < 3; i++) {
            trace_connection *c = trace_open(t, AT_S(i));
            trace_request(c, AT_S(i) + AT_MS(1), .user_agent = GO);
            trace_answer(c, AT_S(i) + AT_MS(2), .body = 9000);
            trace_ack(c, CLIENT, AT_S(i) + AT_MS(2));
            if (is_lost) {
                trace_lose(c, CLIENT, TRACE_REQUEST_HEADER);
            }
            trace_close(c, CLIENT, AT_S(i) + AT_MS(5));
        }
        trace_exchange(trace_open(t, AT_S(4)), AT_S(5), AT_S(6));

        g_assert_true((trace_found(t, HR_FINDING_BODY_UNDRAINED) > 0) == (is_lost == 0));
    }
}

/* ---- which others did the same ---- */

/* It closed the one right after its answer, and reset the other a while later: only resets right
 * after an answer show that the client leaves what it does not read. */
static void late_reset_beside_a_fin(void)
{
    for (int is_reset = 0; is_reset < 2; is_reset++) {
        g_autoptr(trace) t = trace_new();
        for (int i = 0; i < 2; i++) {
            trace_connection *c = trace_open(t, AT_S(i));
            trace_request(c, AT_S(i) + AT_MS(1));
            trace_answer(c, AT_S(i) + AT_MS(2), .body = 60000);
            trace_ack(c, CLIENT, AT_S(i) + AT_MS(2));
            if (is_reset) {
                trace_rst(c, CLIENT, AT_S(i) + AT_MS(3));
            } else {
                trace_close(c, CLIENT, AT_S(i) + AT_MS(3));
            }
        }
        trace_connection *late = trace_open(t, AT_S(3));
        trace_request(late, AT_S(3) + AT_MS(1));
        trace_answer(late, AT_S(3) + AT_MS(2), .body = 60000);
        trace_ack(late, CLIENT, AT_S(3) + AT_MS(2));
        trace_rst(late, CLIENT, AT_S(3) + AT_MS(60));
        trace_exchange(trace_open(t, AT_S(4)), AT_S(5), AT_S(6));

        assert_cause(late, is_reset ? "body-undrained" : "client-close");
    }
}

/* Its program had ended by the time of the request, though it said goodbye with a FIN: nothing
 * listens there any more. No timer fits. */
static void stale_as_its_program_is_over(void)
{
    for (int is_gone = 0; is_gone < 2; is_gone++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open(t, AT_MS(0));
        trace_exchange(c, AT_MS(1), AT_MS(2));
        trace_fin(c, SERVER, AT_MS(3302));
        trace_request(c, AT_MS(3400));
        trace_rst(c, SERVER, AT_MS(3401));
        if (is_gone) {
            trace_refuse(t, AT_MS(3500));
        } else {
            trace_exchange(trace_open(t, AT_MS(3500)), AT_MS(3501), AT_MS(3502));
        }

        assert_cause(c, "stale-race");
        g_assert_true(trace_ending(c)->is_program_over == is_gone);
    }
}

/* ---- a pause that was survived ---- */

/* Two end after 6.4 s each, and one is asked after 8 s: its server takes that, and still works on it
 * when the capture ends. It has no timeout that is shorter. */
static void pause_that_a_request_still_runs_behind(void)
{
    for (int is_asked = 0; is_asked < 2; is_asked++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *kept = trace_open(t, AT_MS(0));
        trace_exchange(kept, AT_MS(1), AT_MS(2));
        trace_connection *c[2];
        for (int i = 0; i < 2; i++) {
            c[i] = trace_open(t, AT_MS(10 + 500 * i));
            trace_exchange(c[i], AT_MS(11 + 500 * i), AT_MS(12 + 500 * i));
        }
        trace_close(c[0], SERVER, AT_MS(6412));
        trace_close(c[1], SERVER, AT_MS(6912));
        if (is_asked) {
            trace_request(kept, AT_MS(8002));
            trace_ack(kept, SERVER, AT_MS(8003));
        }
        go_on(t, AT_S(9));

        for (int i = 0; i < 2; i++) {
            assert_cause(c[i], is_asked ? "server-close" : "server-idle-timeout");
        }
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/refuted/rest/request-lost", request_behind_the_answer_is_lost);
    g_test_add_func("/refuted/cut/after-close", answer_that_began_after_the_close);
    g_test_add_func("/refuted/cut/in-front", answer_that_is_cut_in_front_alone);
    g_test_add_func("/refuted/given-up/proxy", proxy_that_gives_up_on_both_sides);
    g_test_add_func("/refuted/given-up/server", server_that_stops_in_its_answers);
    g_test_add_func("/refuted/given-up/ended-later", answer_that_ended_after_the_close);
    g_test_add_func("/refuted/rest/elsewhere", resets_of_another_host_are_no_timer_of_the_client);
    g_test_add_func("/refuted/rest/lost", rest_behind_what_was_lost_is_none);
    g_test_add_func("/refuted/others/fin", late_reset_beside_a_fin);
    g_test_add_func("/refuted/others/gone", stale_as_its_program_is_over);
    g_test_add_func("/ending/refuted/timeout/running", pause_that_a_request_still_runs_behind);
    return g_test_run();
}
