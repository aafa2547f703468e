/* test_odd_length.c
 * Messages that say two lengths, or one that is no number: RFC 9112 section 6.3. Nobody knows where
 * they end, and a client has to close, so that it left nothing unread.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"
#include "trace_fixes.h"

#define GO "Go-http-client/1.1"

static trace_connection *answered(trace *t, int64_t at, bool is_odd, bool is_chunked)
{
    trace_connection *c = trace_open(t, at);
    trace_request(c, at + AT_MS(1), .user_agent = GO);
    trace_answer(c, at + AT_MS(2), .is_length_odd = is_odd, .is_chunked = is_chunked);
    trace_close(c, CLIENT, at + AT_MS(3));
    return c;
}

static void answer_that_the_client_has_to_refuse(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = NULL;
    for (int i = 0; i < 3; i++) {
        c = answered(t, AT_MS(10 * i), true, false);
    }

    assert_cause(c, "client-close");
    g_assert_cmpuint(trace_found(t, HR_FINDING_BODY_UNDRAINED), ==, 0);
    g_assert_cmpint(c->model->last_request->complete, ==, HR_COMPLETE_UNKNOWN);
    g_assert_cmpuint(c->model->last_request->answer_length, ==, 0);
    g_assert_cmpuint(trace_cost(t, "send_exact"), ==, 2);
    g_assert_true(trace_happened(t, "send_exact", "said two lengths, or one that is no number"));
    g_assert_false(trace_happened(t, "send_exact", "bytes beyond"));
    g_assert_null(trace_fix(t, "keep_client"));
}

/* One said two lengths, another was sent too much of: what both have in common is told. */
static void beside_one_with_bytes_beyond_its_end(void)
{
    g_autoptr(trace) t = trace_new();
    answered(t, AT_MS(0), true, false);
    trace_connection *c = trace_open(t, AT_MS(10));
    trace_exchange(c, AT_MS(11), AT_MS(12));
    trace_data(c, SERVER, 7, AT_MS(13));
    trace_close(c, CLIENT, AT_MS(14));
    answered(t, AT_MS(20), true, false);

    g_assert_cmpuint(trace_cost(t, "send_exact"), ==, 2);
    g_assert_true(trace_happened(t, "send_exact", "ended otherwise than it said"));
}

static void the_same_with_one_length(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        answered(t, AT_MS(10 * i), false, false);
    }

    g_assert_cmpuint(trace_found(t, HR_FINDING_BODY_UNDRAINED), ==, 3);
    g_assert_null(trace_fix(t, "send_exact"));
}

/* Transfer-Encoding overrides Content-Length, whatever that says. */
static void chunks_say_the_end(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        answered(t, AT_MS(10 * i), true, true);
    }

    g_assert_cmpuint(trace_found(t, HR_FINDING_BODY_UNDRAINED), ==, 3);
}

/* A dissector takes one of them, and puts so much together. */
static void put_together(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .user_agent = GO);
    trace_data(c, SERVER, 100, AT_MS(2));
    trace_answer(c, AT_MS(3), .is_length_odd = true, .before = 100);

    g_assert_cmpint(c->model->last_request->complete, ==, HR_COMPLETE_UNKNOWN);
}

static void chunks_put_together(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .user_agent = GO);
    trace_data(c, SERVER, 100, AT_MS(2));
    trace_answer(c, AT_MS(3), .is_length_odd = true, .is_chunked = true, .before = 100, .rest = 20);

    g_assert_cmpint(c->model->last_request->complete, ==, HR_COMPLETE_YES);
}

/* Its status line alone is read: nobody shows it. */
static void not_shown(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = trace_open(t, AT_MS(10 * i));
        trace_request(c, AT_MS(10 * i + 1), .user_agent = GO);
        trace_begin_answer(c, AT_MS(10 * i + 2), .is_length_odd = true, .rest = 40);
        trace_close(c, CLIENT, AT_MS(10 * i + 3));
    }

    g_assert_cmpuint(trace_found(t, HR_FINDING_BODY_UNDRAINED), ==, 0);
    g_assert_cmpuint(trace_cost(t, "send_exact"), ==, 2);
}

static void no_body_to_head(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    hr_request *head = trace_request(c, AT_MS(1), .method = "HEAD");
    trace_answer(c, AT_MS(2), .is_length_odd = true, .is_header_only = true);

    assert_ended(head, AT_MS(2));
}

/* Its client minds it as little as its server. */
static void it_goes_on(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .is_length_odd = true);
    hr_request *next = trace_exchange(c, AT_MS(3), AT_MS(4));
    trace_close(c, CLIENT, AT_MS(5));
    trace_exchange(trace_open(t, AT_MS(50)), AT_MS(51), AT_MS(52));

    assert_status(next, "reused");
    assert_ended(next, AT_MS(4));
    g_assert_null(trace_fix(t, "send_exact"));
}

static void request_of_two_lengths(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    hr_request *post =
        trace_request(c, AT_MS(1), .method = "POST", .body = 3, .is_length_odd = true);
    trace_answer(c, AT_MS(2), .code = 400, .connection = "close");
    trace_close(c, SERVER, AT_MS(3));

    assert_cause(c, "server-error-close");
    g_assert_true(post->end == HR_POSITION_NONE);
    g_assert_false(post->has_body_unfinished);
}

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/odd-length/beyond", beside_one_with_bytes_beyond_its_end);
    g_test_add_func("/odd-length/answer", answer_that_the_client_has_to_refuse);
    g_test_add_func("/odd-length/one-length", the_same_with_one_length);
    g_test_add_func("/odd-length/chunks", chunks_say_the_end);
    g_test_add_func("/odd-length/put-together", put_together);
    g_test_add_func("/odd-length/chunks-put-together", chunks_put_together);
    g_test_add_func("/odd-length/not-shown", not_shown);
    g_test_add_func("/odd-length/head", no_body_to_head);
    g_test_add_func("/odd-length/goes-on", it_goes_on);
    g_test_add_func("/odd-length/request", request_of_two_lengths);
    return g_test_run();
}
