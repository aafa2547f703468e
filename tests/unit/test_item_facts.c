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

/* A FIN or a reset before the request tells that nothing was answered by a reset. */
static void what_was_closed_before_is_no_reset_unasked(void)
{
    for (int is_reset = 0; is_reset < 2; is_reset++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open(t, AT_S(0));
        trace_exchange(c, AT_MS(1), AT_MS(2));
        trace_segment(c, SERVER, is_reset ? HR_TCP_RST : HR_TCP_FIN | HR_TCP_ACK, c->next[SERVER],
                      c->received[SERVER], 0, AT_S(5));
        trace_request(c, AT_S(5) + AT_US(10), .method = "POST");
        trace_segment(c, SERVER, HR_TCP_RST, c->next[SERVER], 0, 0, AT_S(5) + AT_US(200));

        const hr_fix *fix = fix_of(t, "expire_sooner");
        g_assert_cmpuint(fix->findings, ==, 1);
        g_assert_cmpuint(fix->reset_unasked, ==, 0);
    }
}

/* What its opening was beside, or behind, is another item's: that a body was left unread there, or that
 * a device may have forgotten the idle one, says nothing of a request that died. */
static void what_its_opening_tells_is_not_its_end(void)
{
    for (int is_left = 0; is_left < 2; is_left++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *one = trace_get_body(t, GO, 9000, AT_MS(0));
        if (is_left) {
            trace_rst(one, CLIENT, AT_MS(3));
        }
        trace_connection *c = trace_connect(t); /* captured at the server */
        trace_syn(c, AT_S(400));
        trace_syn_ack(c, AT_S(400) + AT_US(10));
        trace_ack(c, CLIENT, AT_S(400) + AT_US(500));
        trace_request(c, AT_S(400) + AT_MS(1), .user_agent = GO);
        trace_answer(c, AT_S(400) + AT_MS(2));
        trace_request(c, AT_S(405) + AT_MS(2), .user_agent = GO);
        trace_segment(c, SERVER, HR_TCP_RST, c->next[SERVER], 0, 0, AT_S(405) + AT_MS(2));

        const hr_fix *fix = fix_of(t, "expire_sooner");
        g_assert_cmpstr(hr_why_token(trace_opening(c)->why), ==,
                        is_left ? "previous-closed" : "idle-available");
        g_assert_cmpuint(fix->connections->len, ==, 1);
        g_assert_cmpuint(fix->left_unread, ==, 0);
        g_assert_cmpuint(fix->may_be_forgotten, ==, 0);
        if (!is_left) {
            g_assert_cmpuint(fix_of(t, "share_pool")->may_be_forgotten, ==, 1);
        }
    }
}

/* Two dials at once, of which the later is refused and the earlier accepted after that: nobody knows
 * whether the server was to be reached from then on. One that was opened later tells. */
static void reached_after_a_refusal(void)
{
    for (int is_later = 0; is_later < 2; is_later++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *one = trace_connect(t);
        trace_connection *two = trace_connect(t);
        trace_syn(one, AT_MS(0));
        trace_syn(two, AT_MS(1));
        trace_rst(two, SERVER, AT_MS(2));
        trace_syn_ack(one, AT_MS(3));
        trace_exchange(one, AT_MS(4), AT_MS(5));
        if (is_later) {
            trace_open_used(t, AT_S(1));
        }

        g_assert_cmpint(fix_of(t, "reach_server")->is_reached_later, ==, is_later);
    }
}

/* What was said, and not done before the capture ended, is shown at its last request; what nobody
 * answered at its opening. */
static void without_an_end(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 2; i++) {
        trace_connection *c = trace_open(t, AT_MS(100 * i));
        trace_request(c, AT_MS(100 * i + 1));
        trace_answer(c, AT_MS(100 * i + 2), .connection = "close");
    }
    trace_connection *mute = trace_connect_between(t, "10.0.0.1", 0, "10.0.0.81", 80);
    trace_syn(mute, AT_S(1));
    const uint32_t opened = trace_frame(t);
    trace_syn(mute, AT_S(2));
    trace_syn(mute, AT_S(4));
    trace_exchange(trace_open_to(t, "10.0.0.81", 80, AT_S(300)), AT_S(301), AT_S(302));

    g_assert_true(hr_fix_shows_ends(fix_of(t, "no_server_close")));
    g_assert_false(hr_fix_shows_ends(fix_of(t, "reach_server")));
    g_assert_cmpuint(fix_of(t, "reach_server")->frames[0], ==, opened);
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
        trace_fin(c, SERVER, AT_S(100 * i) + AT_MS(75002 + (i + 1) % 3));
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

/* What failed behind a proxy has the item; that the proxy passed it on stands there, with the place of
 * the first. Asked at another address than it asks from, it is one by what it says only. */
static void failures_that_were_passed_on(void)
{
    for (int is_elsewhere = 0; is_elsewhere < 2; is_elsewhere++) {
        g_autoptr(trace) t = trace_new();
        legs_pair it = legs_begin(t, is_elsewhere ? "10.0.0.6" : LEGS_PROXY);
        hr_request *front = legs_ask_front(&it, AT_S(6));
        const uint32_t asked = trace_frame(t);
        (void)legs_lose_behind(&it, AT_MS(6001));
        trace_answer(it.front, AT_MS(6002), .code = 502);
        const hr_connection *first = it.back->model;
        it.back = trace_open_between(t, LEGS_PROXY, LEGS_APP, 8080, AT_S(10));
        legs_ask_front(&it, AT_S(11));
        legs_ask_back(&it, it.back, AT_S(11) + AT_MS(1));
        trace_answer(it.back, AT_S(11) + AT_MS(2));
        trace_answer(it.front, AT_S(11) + AT_MS(3));
        legs_ask_front(&it, AT_S(16));
        (void)legs_lose_behind(&it, AT_S(16) + AT_MS(1));
        trace_answer(it.front, AT_S(16) + AT_MS(2), .code = 502);

        const hr_fix *fix = fix_of(t, "expire_sooner");
        g_assert_cmpuint(fix->passed_on, ==, 2);
        g_assert_cmpuint(fix->passed_on_frame, ==, asked);
        g_assert_cmpint(fix->is_passed_on_likely, ==, is_elsewhere);
        g_assert_cmpint(hr_finding_behind_certainty(front), ==,
                        is_elsewhere ? HR_CERTAINTY_LIKELY : HR_CERTAINTY_CERTAIN);
        g_assert_true(hr_finding_behind(front)->connection == first);
    }
}

/* The server ends it in an answer: in the middle of it, if that said how long it is (RFC 9112 section 6.3). */
static void answers_that_were_cut(void)
{
    for (int is_odd = 0; is_odd < 2; is_odd++) {
        g_autoptr(trace) t = trace_new();
        for (int i = 0; i < 3; i++) {
            trace_connection *c = trace_open(t, AT_S(i));
            trace_request(c, AT_S(i) + AT_MS(1));
            trace_begin_answer(c, AT_S(i) + AT_MS(2), .is_length_odd = is_odd, .body = 3000,
                               .rest = 100);
            trace_ack(c, CLIENT, AT_S(i) + AT_MS(3));
            trace_fin(c, SERVER, AT_S(i) + AT_MS(300));
            trace_fin(c, CLIENT, AT_S(i) + AT_MS(301));
        }

        g_assert_cmpuint(fix_of(t, "keep_open")->cut_answers, ==, is_odd ? 0 : 3);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/item/died", requests_that_died);
    g_test_add_func("/item/died/more", more_that_died_than_are_listed);
    g_test_add_func("/item/died/closed", what_was_closed_before_is_no_reset_unasked);
    g_test_add_func("/item/died/opening", what_its_opening_tells_is_not_its_end);
    g_test_add_func("/item/reached-later", reached_after_a_refusal);
    g_test_add_func("/item/no-end", without_an_end);
    g_test_add_func("/item/idle", idle_ends);
    g_test_add_func("/item/untold", ends_that_nobody_tells_of);
    g_test_add_func("/item/bodies", bodies_that_were_left);
    g_test_add_func("/item/waits", requests_that_were_given_up);
    g_test_add_func("/item/limit", limits_that_were_met);
    g_test_add_func("/item/passed-on", failures_that_were_passed_on);
    g_test_add_func("/item/cut", answers_that_were_cut);
    return g_test_run();
}
