/* test_turned_away.c
 * An error that a server says before it has a byte of its client: it turns the connection away, and
 * answers nothing. What is asked afterwards it does not take. RFC 9110 section 15.6.4.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"
#include "trace_fixes.h"

#define WORDS "turned its client away"

static void before_anything_was_asked(void)
{
    for (int says_close = 0; says_close < 2; says_close++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = NULL;
        uint32_t frame = 0;
        for (int i = 0; i < 3; i++) {
            c = trace_open(t, AT_MS(100 * i));
            trace_answer(c, AT_MS(100 * i + 1), .code = 503,
                         .connection = says_close ? "close" : NULL);
            frame = trace_frame(t);
            trace_close(c, SERVER, AT_MS(100 * i + 2));
        }
        trace_exchange(trace_open(t, AT_MS(500)), AT_MS(501), AT_MS(502));

        assert_cause(c, "server-error-close");
        assert_closed_by(c, "server");
        assert_certainty(c, "certain");
        g_assert_cmpuint(trace_ending(c)->evidence_frame, ==, frame);
        g_assert_cmpuint(c->model->unseen_count, ==, 0);
        g_assert_true(trace_advises(t, "mend_errors", WORDS));
    }
}

/* The request was on its way, or its client did not look before it asked: nobody took it. */
static void asked_afterwards(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_answer(c, AT_MS(1), .code = 503);
    trace_request(c, AT_MS(2));
    trace_ack(c, SERVER, AT_MS(3));
    trace_close(c, SERVER, AT_MS(4));
    trace_exchange(trace_open(t, AT_MS(500)), AT_MS(501), AT_MS(502));

    assert_cause(c, "server-error-close");
    g_assert_cmpuint(trace_found(t, HR_FINDING_REQUEST_ABORTED), ==, 0);
    g_assert_cmpuint(trace_found(t, HR_FINDING_STALE_REUSE), ==, 0);
}

/* What it answers may not be in the capture. */
static void to_what_is_not_in_the_capture(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_lose(c, CLIENT, TRACE_REQUEST_HEADER);
    trace_answer(c, AT_MS(2), .code = 503);
    trace_close(c, SERVER, AT_MS(4));

    trace_analysis(t);
    g_assert_cmpuint(c->model->unseen_count, ==, 1);
    g_assert_false(c->model->seldom->close_said.is_turned_away);
}

static void answers_that_are_no_errors(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_answer(c, AT_MS(1), .code = 200);

    g_assert_false(c->model->seldom->close_said.is_turned_away);
}

/* It answered before, and said close as it says with each. */
static void an_error_to_a_request(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = trace_open(t, AT_MS(100 * i));
        trace_request(c, AT_MS(100 * i + 1));
        trace_answer(c, AT_MS(100 * i + 2), .code = 503, .connection = "close");
        trace_close(c, SERVER, AT_MS(100 * i + 3));
    }

    g_assert_false(trace_advises(t, "mend_errors", WORDS));
}

/* Some are turned away as they come, and one fails at a request: they are not all of one kind. */
static void some_before_anything_was_asked(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 4; i++) {
        trace_connection *c = trace_open(t, AT_MS(100 * i));
        if (i % 2 == 1) {
            trace_request(c, AT_MS(100 * i + 1));
        }
        trace_answer(c, AT_MS(100 * i + 2), .code = 503, .connection = "close");
        trace_close(c, SERVER, AT_MS(100 * i + 3));
    }
    trace_exchange(trace_open(t, AT_MS(500)), AT_MS(501), AT_MS(502));

    g_assert_cmpuint(trace_fix(t, "mend_errors")->connections->len, >, 2);
    g_assert_false(trace_advises(t, "mend_errors", WORDS));
}

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/turned-away/never-asked", before_anything_was_asked);
    g_test_add_func("/turned-away/asked-afterwards", asked_afterwards);
    g_test_add_func("/turned-away/not-in-capture", to_what_is_not_in_the_capture);
    g_test_add_func("/turned-away/no-error", answers_that_are_no_errors);
    g_test_add_func("/turned-away/request", an_error_to_a_request);
    g_test_add_func("/turned-away/some", some_before_anything_was_asked);
    return g_test_run();
}
