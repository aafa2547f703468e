/* test_reading.c
 * Answers in the middle of which a client closes: of some it had read nothing for long, and of
 * others all that there was.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/brings.h"
#include "trace.h"
#include "trace_fixes.h"

#define REQUESTS "python-requests/2.28.1"

enum {
    SENT = 60000,
    WHOLE = 400000
};

static trace_connection *download(trace *t, int64_t at, bool is_relayed)
{
    trace_connection *c = trace_open(t, at);
    trace_request(c, at + AT_MS(1), .user_agent = REQUESTS, .is_relayed = is_relayed);
    trace_begin_answer(c, at + AT_MS(2), .body = WHOLE, .rest = WHOLE - SENT);
    return c;
}

static void set_room(trace_connection *c, bool has_room, int64_t at)
{
    c->has_no_room[CLIENT] = !has_room;
    trace_ack(c, CLIENT, at);
}

/* ---- not read ---- */

/* Three, whose sockets are full a moment later; and the program's end resets them. */
static trace *leave_in_turn(trace_connection *c[3], bool is_relayed)
{
    trace *t = trace_new();

    for (int i = 0; i < 3; i++) {
        c[i] = download(t, i * AT_MS(300), is_relayed);
        set_room(c[i], false, i * AT_MS(300) + AT_MS(3));
    }
    return t;
}

static trace *leave_at_once(trace_connection *c[3])
{
    trace *t = trace_new();

    for (int i = 0; i < 3; i++) {
        c[i] = trace_open(t, AT_MS(i));
    }
    for (int i = 0; i < 3; i++) {
        trace_request(c[i], AT_MS(10 + i), .user_agent = REQUESTS);
    }
    for (int i = 0; i < 3; i++) {
        trace_begin_answer(c[i], AT_MS(20 + i), .body = WHOLE, .rest = WHOLE - SENT);
        set_room(c[i], false, AT_MS(20 + i) + AT_US(300));
    }
    return t;
}

static void end_all(trace_connection *c[3])
{
    for (int i = 0; i < 3; i++) {
        trace_rst(c[i], CLIENT, AT_S(2) + AT_MS(i));
    }
}

/* requests with stream=True whose body nobody reads, OkHttp without close(), undici without dump():
 * had it been read, one connection would have done. */
static void what_is_never_read_costs_a_connection_a_call(void)
{
    trace_connection *c[3];
    g_autoptr(trace) t = leave_in_turn(c, false);
    end_all(c);

    g_assert_cmpuint(trace_totals(t)->sums.avoidable_connections, ==, 2);
    assert_opened(c[1], "all-busy", c[0]);
    g_assert_true(c[1]->model->replaces == c[0]->model);
    g_assert_true(c[2]->model->replaces == c[1]->model);
    const hr_fix *fix = trace_fix(t, "read_bodies");
    g_assert_cmpuint(fix->avoidable->len, ==, 2);
    g_assert_true(trace_advises(t, "read_bodies", ".content"));
    hr_forecast forecast;
    g_assert_true(hr_fix_forecast(trace_analysis(t), fix, &forecast));
    g_assert_cmpuint(forecast.changed.connections, ==, 1);
}

/* All were asked at once: each needed a connection, read or not. */
static void what_runs_at_once_needs_them(void)
{
    trace_connection *c[3];
    g_autoptr(trace) t = leave_at_once(c);
    end_all(c);

    assert_cause(c[2], "body-undrained");
    g_assert_cmpuint(trace_totals(t)->sums.avoidable_connections, ==, 0);
}

/* It reads on, slowly. */
static void what_is_read_on_needs_them(void)
{
    trace_connection *c[3];
    g_autoptr(trace) t = leave_in_turn(c, false);
    for (int i = 0; i < 3; i++) {
        set_room(c[i], true, AT_S(1) + AT_MS(i));
    }
    end_all(c);

    g_assert_cmpuint(trace_totals(t)->sums.avoidable_connections, ==, 0);
}

/* A proxy takes no more than its own clients do. */
static void what_a_proxy_takes_no_more_of_needs_them(void)
{
    trace_connection *c[3];
    g_autoptr(trace) t = leave_in_turn(c, true);
    end_all(c);

    g_assert_cmpuint(trace_totals(t)->sums.avoidable_connections, ==, 0);
}

/* Each is left after as long: the program sleeps, or works, and closes without reading. */
static trace *leave_after(int64_t full_after_ns, int64_t waited_ns)
{
    trace *t = trace_new();

    for (int i = 0; i < 3; i++) {
        const int64_t at = AT_S(10) * i;
        trace_connection *c = download(t, at, false);
        set_room(c, false, at + AT_MS(1) + full_after_ns);
        trace_rst(c, CLIENT, at + AT_MS(1) + waited_ns);
    }
    trace_exchange(trace_open(t, AT_S(30)), AT_S(31), AT_S(32));
    return t;
}

static void what_is_not_read_is_not_waited_for(void)
{
    g_autoptr(trace) t = leave_after(AT_MS(3), AT_S(1));

    g_assert_false(trace_happened(t, "read_bodies", "a timeout of its own"));
    g_assert_true(trace_advises(t, "read_bodies", ".content"));
    g_assert_false(trace_advises(t, "read_bodies", "raise the client's timeout"));
}

/* It had read until then: the last part came all at once. */
static void what_is_full_at_the_end_was_waited_for(void)
{
    g_autoptr(trace) t = leave_after(AT_MS(900), AT_S(1));

    g_assert_true(trace_happened(t, "read_bodies", "a timeout of its own"));
    g_assert_true(trace_advises(t, "read_bodies", "raise the client's timeout"));
}

/* ---- read, as far as it came ---- */

/* The server sends no more, and the client closes @waited_ns later; it goes on elsewhere. */
static trace *give_up(int64_t waited_ns, bool is_acknowledged, bool is_relayed)
{
    trace *t = trace_new();

    for (int i = 0; i < 2; i++) {
        const int64_t at = AT_S(10) * i;
        trace_connection *c = trace_open(t, at);
        trace_request(c, at + AT_MS(1), .user_agent = REQUESTS, .is_relayed = is_relayed);
        c->is_deaf[CLIENT] = !is_acknowledged;
        trace_begin_answer(c, at + AT_MS(2), .body = WHOLE, .rest = WHOLE - SENT);
        c->received[CLIENT] += is_acknowledged ? 0 : TRACE_ANSWER_HEADER; /* no more than that */
        trace_ack(c, CLIENT, at + AT_US(2100));
        trace_fin(c, CLIENT, at + AT_MS(2) + waited_ns + i * waited_ns / 20);
        trace_ack(c, SERVER, at + AT_MS(3) + waited_ns + i * waited_ns / 20);
    }
    trace_connection *next = trace_open(t, AT_S(30));
    trace_exchange(next, AT_S(30) + AT_MS(1), AT_S(30) + AT_MS(2));
    return t;
}

/* A Content-Length that is larger than what comes, an event stream, a server that works on. */
static void what_was_waited_for_was_read(void)
{
    g_autoptr(trace) t = give_up(AT_S(2), true, false);

    g_assert_true(trace_happened(t, "read_bodies", "while it waited for the rest"));
    g_assert_true(hr_model_connection(trace_model(t), 1)->ending.is_rest_awaited);
    g_assert_true(trace_advises(t, "read_bodies", "All that had come was read"));
    g_assert_false(trace_advises(t, "read_bodies", ".content"));
}

/* nginx, proxy_read_timeout, of an upstream that stops in the middle. */
static void what_a_proxy_waited_for_is_its_upstreams(void)
{
    g_autoptr(trace) t = give_up(AT_S(2), true, true);

    g_assert_true(trace_advises(t, "read_bodies", "proxy_read_timeout"));
    g_assert_false(trace_advises(t, "read_bodies", "let it take each to its end"));
}

/* ... each time for as long: a timeout of the client's own, in an answer that stops. */
static void what_stops_short_is_told_beside_a_timeout(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = download(t, AT_S(10) * i, false);
        trace_ack(c, CLIENT, AT_S(10) * i + AT_US(2100));
        trace_fin(c, CLIENT, AT_S(10) * i + AT_S(2));
    }
    trace_exchange(trace_open(t, AT_S(30)), AT_S(31), AT_S(32));

    g_assert_true(trace_happened(t, "read_bodies", "a timeout of its own"));
    g_assert_true(trace_advises(t, "read_bodies", "raise the client's timeout"));
    g_assert_true(trace_advises(t, "read_bodies", "larger than what it sends"));
}

static void what_was_not_waited_for_may_be_unread(void)
{
    g_autoptr(trace) soon = give_up(AT_MS(300), true, false);
    g_assert_true(trace_advises(soon, "read_bodies", ".content"));
    g_assert_false(hr_model_connection(trace_model(soon), 1)->ending.is_rest_awaited);

    g_autoptr(trace) untaken = give_up(AT_S(2), false, false);
    g_assert_true(trace_advises(untaken, "read_bodies", ".content"));

    trace_connection *c[3];
    g_autoptr(trace) full = leave_in_turn(c, false);
    end_all(c);
    g_assert_true(trace_advises(full, "read_bodies", ".content"));
}

/* It ends its own sending within an answer, and takes all of that. */
static void what_was_taken_after_its_own_fin_was_read(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(1), .user_agent = REQUESTS);
    trace_begin_answer(c, AT_MS(2), .body = 20000, .rest = 19000);
    trace_ack(c, CLIENT, AT_MS(3));
    trace_fin(c, CLIENT, AT_MS(4));
    trace_end_answer(c, 19000, AT_MS(100));
    trace_ack(c, CLIENT, AT_MS(101));
    trace_fin(c, SERVER, AT_MS(102));
    trace_ack(c, CLIENT, AT_MS(103));
    trace_exchange(trace_open(t, AT_S(1)), AT_S(2), AT_S(3));

    g_assert_cmpint(trace_ending(c)->cause, !=, HR_CLOSE_BODY_UNDRAINED);
    g_assert_cmpint(request->complete, ==, HR_COMPLETE_YES);
}

/* Three calls, each on a connection of its own beside the idle ones; whether the answers there were
 * read is hidden as far as a client reads ahead: net/http 4 KiB, others up to 64 KiB. */
static uint32_t hidden_of(trace_message request, trace_message answer)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = trace_open(t, AT_S(i));
        request.at = AT_S(i) + AT_MS(1);
        answer.at = AT_S(i) + AT_MS(2);
        trace_request_with(c, request);
        trace_answer_with(c, answer);
    }

    const hr_fix *fix = trace_fix(t, "share_pool");
    g_assert_nonnull(fix);
    return fix->may_hide_unread;
}

static void what_is_read_ahead_hides_whether_it_was_read(void)
{
    const trace_message go = {.user_agent = "Go-http-client/1.1"};
    const trace_message other = {.user_agent = REQUESTS};
    const trace_message head = {.user_agent = REQUESTS, .method = "HEAD"};

    g_assert_cmpuint(hidden_of(go, (trace_message){.body = 3000}), >, 0);
    g_assert_cmpuint(hidden_of(go, (trace_message){.body = 10000}), ==, 0);
    g_assert_cmpuint(hidden_of(other, (trace_message){.body = 10000}), >, 0);
    g_assert_cmpuint(hidden_of(other, (trace_message){.body = 100000}), ==, 0);
    g_assert_cmpuint(hidden_of(other, (trace_message){.is_empty = true}), ==, 0);
    g_assert_cmpuint(hidden_of(head, (trace_message){.is_header_only = true}), ==, 0);
}

/* One that answers HEAD and is left at once waits for no body; one that is left a second later may. */
static void what_waits_after_head_does_not_leave_at_once(void)
{
    for (int is_late = 0; is_late < 2; is_late++) {
        g_autoptr(trace) t = trace_new();
        for (int i = 0; i < 4; i++) {
            trace_connection *c = trace_open(t, AT_S(3 * i));
            trace_request(c, AT_S(3 * i) + AT_MS(1), .method = "HEAD", .user_agent = "curl/8.5");
            trace_answer(c, AT_S(3 * i) + AT_MS(2), .is_header_only = true);
            trace_close(c, CLIENT, AT_S(3 * i) + (is_late ? AT_MS(2000 + 170 * i) : AT_MS(3)));
        }

        g_assert_nonnull(trace_fix(t, "keep_client"));
        g_assert_true(trace_may_be_else(t, "keep_client", "answer to HEAD") == (is_late != 0));
    }
}

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/reading/none/in-turn", what_is_never_read_costs_a_connection_a_call);
    g_test_add_func("/reading/none/at-once", what_runs_at_once_needs_them);
    g_test_add_func("/reading/none/not-read-on", what_is_read_on_needs_them);
    g_test_add_func("/reading/none/not-by-proxy", what_a_proxy_takes_no_more_of_needs_them);
    g_test_add_func("/reading/none/no-timeout", what_is_not_read_is_not_waited_for);
    g_test_add_func("/reading/none/full-at-the-end", what_is_full_at_the_end_was_waited_for);
    g_test_add_func("/reading/all/waited", what_was_waited_for_was_read);
    g_test_add_func("/reading/all/proxy", what_a_proxy_waited_for_is_its_upstreams);
    g_test_add_func("/reading/all/timeout", what_stops_short_is_told_beside_a_timeout);
    g_test_add_func("/reading/all/not-waited", what_was_not_waited_for_may_be_unread);
    g_test_add_func("/reading/all/half-close", what_was_taken_after_its_own_fin_was_read);
    g_test_add_func("/reading/hidden", what_is_read_ahead_hides_whether_it_was_read);
    g_test_add_func("/reading/head", what_waits_after_head_does_not_leave_at_once);
    return g_test_run();
}
