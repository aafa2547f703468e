/* test_item_facts.c
 * What an item knows of its connections and findings: each is counted once and at its place, those of
 * others are not, and what is told first is the gravest. DESIGN section 6.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_fixes.h"
#include "trace_legs.h"

#define GO "Go-http-client/1.1"

static const hr_fix *fix_of(trace *t, const char *change)
{
    const hr_fix *fix = trace_fix(t, change);

    g_assert_nonnull(fix);
    return fix;
}

/* One request is answered, the next is reset by a server that let go of the connection; its frame. */
static uint32_t die(trace *t, const char *client, const char *method, int64_t at)
{
    trace_connection *c = trace_open_from(t, client, at);
    trace_exchange(c, at + AT_MS(1), at + AT_MS(2));
    trace_request(c, at + AT_S(5), .method = method);
    const uint32_t frame = trace_frame(t);
    trace_segment(c, SERVER, HR_TCP_RST, c->next[SERVER], 0, 0, at + AT_S(5));
    return frame;
}

/* Of two clients each has an item; GETs can be sent again, POSTs cannot. */
static void requests_that_died(void)
{
    g_autoptr(trace) t = trace_new();
    uint32_t frames[3];
    for (int i = 0; i < 3; i++) {
        frames[i] = die(t, "10.0.0.1", i == 1 ? "GET" : "POST", AT_S(10 * i));
    }
    die(t, "10.0.0.2", "POST", AT_S(30));

    const hr_fix *fix = fix_of(t, "expire_sooner");
    g_assert_cmpuint(fix->connections->len, ==, 3);
    g_assert_cmpuint(fix->findings, ==, 3);
    g_assert_cmpuint(fix->findings_on_route, ==, 3);
    g_assert_cmpuint(fix->code, ==, HR_FINDING_STALE_REUSE);
    g_assert_cmpuint(fix->severity, ==, HR_SEVERITY_ERROR);
    g_assert_cmpuint(fix->not_idempotent, ==, 2);
    g_assert_cmpuint(fix->reset_unasked, ==, 3);
    g_assert_cmpuint(fix->by_server, ==, 3);
    g_assert_cmpuint(fix->by_client, ==, 0);
    g_assert_cmpuint(fix->frame_count, ==, 3);
    g_assert_cmpuint(fix->last_frame, ==, frames[2]);
    for (int i = 0; i < 3; i++) {
        g_assert_cmpuint(fix->frames[i], ==, frames[i]);
    }
}

/* The first few are to be looked at, however many there are. */
static void more_that_died_than_are_listed(void)
{
    g_autoptr(trace) t = trace_new();
    uint32_t frames[HR_FIX_FRAMES + 2];
    for (int i = 0; i < HR_FIX_FRAMES + 2; i++) {
        frames[i] = die(t, "10.0.0.1", "GET", AT_S(10 * i));
    }

    const hr_fix *fix = fix_of(t, "expire_sooner");
    g_assert_cmpuint(fix->frame_count, ==, HR_FIX_FRAMES + 2);
    g_assert_cmpuint(fix->frames[HR_FIX_FRAMES - 1], ==, frames[HR_FIX_FRAMES - 1]);
    g_assert_cmpuint(fix->last_frame, ==, frames[HR_FIX_FRAMES + 1]);
}

/* A FIN before the request tells that nothing was answered by the reset. */
static void what_was_closed_before_is_no_reset_unasked(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_S(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_fin(c, SERVER, AT_S(5));
    trace_request(c, AT_S(5) + AT_US(10), .method = "POST");
    trace_rst(c, SERVER, AT_S(5) + AT_US(200));

    const hr_fix *fix = fix_of(t, "expire_sooner");
    g_assert_cmpuint(fix->findings, ==, 1);
    g_assert_cmpuint(fix->reset_unasked, ==, 0);
}

/* A server closes idle connections: no finding above a note, what it cost makes the item. Its frames
 * are those of the ends. */
static void idle_ends(void)
{
    g_autoptr(trace) t = trace_new();
    uint32_t frames[3];
    for (int i = 0; i < 3; i++) {
        trace_connection *c = trace_open(t, AT_S(100 * i));
        trace_request(c, AT_S(100 * i) + AT_MS(1));
        trace_answer(c, AT_S(100 * i) + AT_MS(2), .server = "nginx/1.22.1");
        trace_fin(c, SERVER, AT_S(100 * i) + AT_MS(75002 + i));
        frames[i] = trace_frame(t);
        trace_close(c, CLIENT, AT_S(100 * i) + AT_MS(75010));
    }

    const hr_fix *fix = fix_of(t, "lengthen_server_idle");
    g_assert_cmpuint(fix->avoidable->len, ==, 2);
    g_assert_cmpint(fix->avoidable_ns, ==, 2 * TRACE_HANDSHAKE_NS);
    g_assert_cmpuint(fix->connections->len, ==, 3);
    g_assert_cmpuint(fix->severity, ==, HR_SEVERITY_NOTE);
    g_assert_cmpint(fix->longest_idle_ns, ==, AT_S(75) + AT_MS(2));
    g_assert_cmpuint(fix->by_server, ==, 3);
    g_assert_cmpuint(fix->findings, ==, 3);
    g_assert_cmpuint(fix->code, ==, HR_FINDING_IDLE_CLOSE);
    g_assert_cmpuint(fix->frame_count, ==, 3);
    for (int i = 0; i < 3; i++) {
        g_assert_cmpuint(fix->frames[i], ==, frames[i]);
    }
}

/* What no finding tells of shows its ends and its last requests, each frame once. */
static void ends_that_nobody_tells_of(void)
{
    g_autoptr(trace) t = trace_new();
    uint32_t frames[4];
    size_t count = 0;
    for (int i = 0; i < 3; i++) {
        trace_connection *c = trace_open(t, AT_S(i));
        trace_request(c, AT_S(i) + AT_MS(1));
        trace_answer(c, AT_S(i) + AT_MS(2));
        trace_request(c, AT_S(i) + AT_MS(100));
        const uint32_t asked = trace_frame(t);
        trace_answer(c, AT_S(i) + AT_MS(101));
        trace_fin(c, CLIENT, AT_S(i) + AT_MS(600));
        if (i < 2) {
            frames[count++] = asked;
            frames[count++] = trace_frame(t);
        }
        trace_close(c, SERVER, AT_S(i) + AT_MS(601));
    }

    const hr_fix *fix = fix_of(t, "keep_client");
    g_assert_cmpuint(fix->findings, ==, 0);
    g_assert_cmpuint(fix->findings_on_route, ==, 0);
    g_assert_cmpuint(fix->code, ==, HR_FINDING_COUNT);
    g_assert_cmpuint(fix->frame_count, ==, 4);
    for (int i = 0; i < 4; i++) {
        g_assert_cmpuint(fix->frames[i], ==, frames[i]);
    }
    g_assert_cmpuint(fix->by_client, ==, 2);
    g_assert_cmpint(fix->longest_rest_ns, ==, HR_TIME_NONE);
    g_assert_cmpint(fix->longest_wait_ns, ==, HR_TIME_NONE);
}

/* One body is left in the middle, one by a reset, two by a FIN: nothing on the wire says so. */
static void bodies_that_were_left(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 4; i++) {
        trace_connection *c = trace_open(t, AT_S(i));
        trace_request(c, AT_S(i) + AT_MS(1), .user_agent = GO);
        if (i == 0) {
            trace_begin_answer(c, AT_S(i) + AT_MS(2), .body = 90000, .rest = 80000);
            trace_rst(c, CLIENT, AT_S(i) + AT_MS(3));
        } else if (i == 1) {
            trace_answer(c, AT_S(i) + AT_MS(2), .body = 9000);
            trace_rst(c, CLIENT, AT_S(i) + AT_MS(3));
        } else {
            trace_answer(c, AT_S(i) + AT_MS(2));
            trace_close(c, CLIENT, AT_S(i) + AT_MS(3));
        }
    }
    trace_exchange(trace_open(t, AT_S(4)), AT_S(4) + AT_MS(1), AT_S(4) + AT_MS(2));

    const hr_fix *fix = fix_of(t, "read_bodies");
    g_assert_cmpuint(fix->forms[0], ==, 1);
    g_assert_cmpuint(fix->forms[1], ==, 1);
    g_assert_cmpuint(fix->forms[2], ==, 2);
    g_assert_cmpuint(fix->likely, ==, 4);
    g_assert_cmpuint(fix->by_client, ==, 4);
    g_assert_cmpuint(fix->after_answer, ==, 3);
    g_assert_cmpuint(fix->findings, ==, 4);
    g_assert_cmpuint(fix->severity, ==, HR_SEVERITY_WARNING);
}

/* A client gives up requests of two lengths of answers after its own timeout. */
static void requests_that_were_given_up(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = trace_open(t, AT_S(i));
        trace_exchange(c, AT_S(i) + AT_MS(1), AT_S(i) + AT_MS(2));
        trace_request(c, AT_S(i) + AT_MS(10));
        trace_ack(c, SERVER, AT_S(i) + AT_MS(11));
        trace_close(c, CLIENT, AT_S(i) + AT_MS(210) + AT_US(100 + (i == 1 ? 300 : i)));
    }
    trace_exchange(trace_open(t, AT_S(5)), AT_S(5) + AT_MS(1), AT_S(5) + AT_MS(2));

    const hr_fix *fix = fix_of(t, "wait_longer");
    g_assert_cmpuint(fix->timed_out, ==, 3);
    g_assert_cmpint(fix->longest_wait_ns, ==, AT_MS(200) + AT_US(400));
}

/* A server that announces how many are left says so after three requests, then after two: the limit is
 * told as a span. */
static void limits_that_were_met(void)
{
    g_autoptr(trace) t = trace_new();
    for (int round = 0; round < 2; round++) {
        trace_connection *c = trace_open(t, AT_S(round));
        const int count = 3 - round;
        for (int i = 1; i <= count; i++) {
            trace_request(c, AT_S(round) + AT_MS(10 * i));
            trace_answer(c, AT_S(round) + AT_MS(10 * i + 1),
                         .keep_alive = i == count       ? NULL
                                       : i == count - 1 ? "timeout=5, max=1"
                                                        : "timeout=5, max=2",
                         .connection = i == count ? "close" : NULL);
        }
        trace_close(c, SERVER, AT_S(round) + AT_MS(100));
    }
    trace_exchange(trace_open(t, AT_S(5)), AT_S(5) + AT_MS(1), AT_S(5) + AT_MS(2));

    const hr_fix *fix = fix_of(t, "raise_request_limit");
    g_assert_cmpuint(fix->connections->len, ==, 2);
    g_assert_cmpuint(fix->limit_min, ==, 2);
    g_assert_cmpuint(fix->limit_max, ==, 3);
}

/* What failed behind a proxy has the item; that the proxy passed it on stands there, with the place. */
static void failures_that_were_passed_on(void)
{
    g_autoptr(trace) t = trace_new();
    const legs_pair it = legs_begin(t, LEGS_PROXY);
    hr_request *front = legs_ask_front(&it, AT_S(6));
    const uint32_t asked = trace_frame(t);
    (void)legs_lose_behind(&it, AT_MS(6001));
    trace_answer(it.front, AT_MS(6002), .code = 502);

    const hr_fix *fix = fix_of(t, "expire_sooner");
    g_assert_cmpuint(fix->passed_on, ==, 1);
    g_assert_cmpuint(fix->passed_on_frame, ==, asked);
    g_assert_false(fix->is_passed_on_likely);
    g_assert_cmpint(hr_finding_behind_certainty(front), ==, HR_CERTAINTY_CERTAIN);
    g_assert_true(hr_finding_behind(front)->connection == it.back->model);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/item/died", requests_that_died);
    g_test_add_func("/item/died/more", more_that_died_than_are_listed);
    g_test_add_func("/item/died/closed", what_was_closed_before_is_no_reset_unasked);
    g_test_add_func("/item/idle", idle_ends);
    g_test_add_func("/item/untold", ends_that_nobody_tells_of);
    g_test_add_func("/item/bodies", bodies_that_were_left);
    g_test_add_func("/item/waits", requests_that_were_given_up);
    g_test_add_func("/item/limit", limits_that_were_met);
    g_test_add_func("/item/passed-on", failures_that_were_passed_on);
    return g_test_run();
}
