/* test_findings_closing.c
 * Each finding of a connection's end stands at its closing frame, once, and on the request that it is
 * about: DESIGN section 6.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

#define GO "Go-http-client/1.1"

static void body_undrained(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    const hr_request *unread = trace_request(c, AT_MS(3), .user_agent = GO);
    trace_answer(c, AT_MS(4), .body = 9000);
    trace_rst(c, CLIENT, AT_MS(5));
    const uint32_t rst_frame = trace_frame(t);

    assert_found(t, HR_FINDING_BODY_UNDRAINED, rst_frame, c, unread);
    g_assert_cmpuint(trace_found(t, HR_FINDING_BODY_UNDRAINED), ==, 1); /* one loss */
    g_assert_true(hr_finding_set_has(unread->findings, HR_FINDING_BODY_UNDRAINED));
}

/* The client left the first answer in the middle; the second had not begun. */
static void body_undrained_in_a_pipeline(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *unread = trace_request(c, AT_MS(1));
    const hr_request *waiting = trace_request(c, AT_MS(2));
    trace_data(c, SERVER, 5000, AT_MS(3));
    trace_rst(c, CLIENT, AT_MS(4));
    const uint32_t rst_frame = trace_frame(t);
    trace_connection *next = trace_open(t, AT_MS(10));
    trace_exchange(next, AT_MS(11), AT_MS(12));

    assert_found(t, HR_FINDING_BODY_UNDRAINED, rst_frame, c, unread);
    g_assert_false(hr_finding_set_has(waiting->findings, HR_FINDING_BODY_UNDRAINED));
}

static void closed_after_answer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_fin(c, CLIENT, AT_MS(3));
    const uint32_t frame = trace_frame(t);
    trace_fin(c, SERVER, AT_MS(4));
    trace_ack(c, CLIENT, AT_MS(5));

    assert_found_once_at(t, HR_FINDING_CLOSED_AFTER_ANSWER, frame, c);
    g_assert_cmpuint(trace_found_above(t, HR_SEVERITY_WARNING), ==, 0);
}

static void pool_limit(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *kept = trace_open(t, AT_MS(0));
    trace_connection *c = trace_open(t, AT_MS(1));
    trace_request(kept, AT_MS(10));
    trace_request(c, AT_MS(10));
    trace_answer(kept, AT_MS(20));
    trace_answer(c, AT_MS(21));
    trace_fin(c, CLIENT, AT_MS(22));
    const uint32_t frame = trace_frame(t);
    trace_exchange(kept, AT_MS(500), AT_MS(501));

    assert_found_once_at(t, HR_FINDING_POOL_LIMIT, frame, c);
}

static void request_cancelled(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(1));
    const uint32_t frame = trace_frame(t);
    trace_close(c, CLIENT, AT_MS(201));
    trace_exchange(trace_open(t, AT_S(1)), AT_MS(1001), AT_MS(1002));

    assert_cause(c, "request-cancelled");
    assert_found(t, HR_FINDING_REQUEST_CANCELLED, frame, c, request);
    g_assert_cmpuint(trace_found(t, HR_FINDING_REQUEST_CANCELLED), ==, 1);
}

/* The server answers what nobody waits for any more. */
static void request_cancelled_and_answered_after(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(1));
    const uint32_t frame = trace_frame(t);
    trace_fin(c, CLIENT, AT_MS(201));
    trace_answer(c, AT_MS(300));
    trace_rst(c, CLIENT, AT_MS(301));
    trace_exchange(trace_open(t, AT_S(1)), AT_MS(1001), AT_MS(1002));

    assert_cause(c, "request-cancelled");
    assert_found(t, HR_FINDING_REQUEST_CANCELLED, frame, c, request);
}

static void server_closed_after_answer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_fin(c, SERVER, AT_MS(3));
    const uint32_t frame = trace_frame(t);

    assert_found(t, HR_FINDING_SERVER_CLOSED_AFTER_ANSWER, frame, c, NULL);
    g_assert_cmpuint(trace_found(t, HR_FINDING_SERVER_CLOSED_AFTER_ANSWER), ==, 1);
}

static void idle_close(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_S(0));
    trace_exchange(c, AT_S(1), AT_S(2));
    trace_fin(c, SERVER, AT_S(77));

    assert_found_once_at(t, HR_FINDING_IDLE_CLOSE, trace_frame(t), c);
}

static void unused_connection(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *used = trace_open(t, AT_MS(0));
    trace_exchange(used, AT_MS(1), AT_MS(2));
    trace_connection *c = trace_open(t, AT_S(1));
    trace_rst(c, CLIENT, AT_S(2));

    assert_found_once_at(t, HR_FINDING_UNUSED_CONNECTION, trace_frame(t), c);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/findings/closing/body-undrained", body_undrained);
    g_test_add_func("/findings/closing/body-undrained-pipelined", body_undrained_in_a_pipeline);
    g_test_add_func("/findings/closing/closed-after-answer", closed_after_answer);
    g_test_add_func("/findings/closing/pool-limit", pool_limit);
    g_test_add_func("/findings/request/cancelled", request_cancelled);
    g_test_add_func("/findings/request/cancelled-answered", request_cancelled_and_answered_after);
    g_test_add_func("/findings/closing/server-after-answer", server_closed_after_answer);
    g_test_add_func("/findings/closing/idle-close", idle_close);
    g_test_add_func("/findings/closing/unused-connection", unused_connection);
    return g_test_run();
}
