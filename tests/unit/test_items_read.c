/* test_items_read.c
 * What is counted of an item's connections, and which of them it has: each once, by their opening, and
 * of the findings about it the gravest. DESIGN section 6.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_fixes.h"
#include "trace_h2.h"

#define GO "Go-http-client/1.1"
#define REQUESTS "python-requests/2.31.0"

static trace_connection *call_as(trace *t, const char *user_agent, int64_t at)
{
    trace_connection *c = trace_open(t, at);
    trace_request(c, at + AT_MS(1), .user_agent = user_agent);
    trace_answer(c, at + AT_MS(2));
    return c;
}

/* Four in pairs, of which the later one is closed first: by rests of a little less than half a second. */
static void connections_stand_by_their_opening(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 2; i++) {
        trace_connection *c[2];
        for (int k = 0; k < 2; k++) {
            c[k] = trace_open(t, AT_S(10 * i) + AT_MS(k));
        }
        for (int k = 0; k < 2; k++) {
            trace_request(c[k], AT_S(10 * i) + AT_MS(3) + AT_US(k), .user_agent = REQUESTS);
        }
        for (int k = 0; k < 2; k++) {
            trace_answer(c[k], AT_S(10 * i) + AT_MS(5) + AT_US(k));
        }
        trace_close(c[1], CLIENT, AT_S(10 * i) + AT_MS(300));
        trace_close(c[0], CLIENT, AT_S(10 * i) + AT_MS(470));
    }
    call_as(t, REQUESTS, AT_S(20));

    const hr_fix *fix = trace_fix(t, "keep_client");
    g_assert_cmpuint(fix->connections->len, >=, 3);
    for (guint i = 1; i < fix->connections->len; i++) {
        const hr_connection *one = fix->connections->pdata[i - 1];
        const hr_connection *next = fix->connections->pdata[i];
        g_assert_cmpuint(one->id, <, next->id);
    }
    for (uint32_t i = 1; i < MIN(fix->frame_count, HR_FIX_FRAMES); i++) {
        g_assert_cmpuint(fix->frames[i - 1], <, fix->frames[i]);
    }
    g_assert_cmpint(fix->severity, ==, HR_SEVERITY_NOTE); /* nothing tells of it */
    g_assert_cmpint(fix->code, ==, HR_FINDING_COUNT);
    g_assert_cmpint(fix->longest_idle_ns, >, AT_MS(464));
    g_assert_cmpint(fix->longest_idle_ns, <, AT_MS(466));
}

/* One of two programs at an origin has closed its connections; and one of those that close has no name. */
static void whose_they_are(void)
{
    for (int is_mixed = 0; is_mixed < 2; is_mixed++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *kept = call_as(t, GO, AT_MS(0));
        for (int i = 1; i <= 4; i++) {
            trace_close(call_as(t, is_mixed && i == 1 ? NULL : REQUESTS, AT_S(10 * i)), CLIENT,
                        AT_S(10 * i) + AT_MS(3));
        }
        trace_request(kept, AT_S(100), .user_agent = GO);
        trace_answer(kept, AT_S(100) + AT_MS(1));

        const hr_fix *fix = trace_fix(t, "keep_client");
        g_assert_true((fix->library == HR_LIBRARY_UNKNOWN) == is_mixed);
    }
}

/* What carried nothing is taken for its client's other ones. */
static void whose_they_are_that_carried_nothing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[4];
    for (int i = 0; i < 4; i++) {
        c[i] = trace_open(t, AT_MS(i));
    }
    for (int i = 0; i < 2; i++) {
        trace_request(c[0], AT_MS(10 + 10 * i), .user_agent = GO);
        trace_answer(c[0], AT_MS(15 + 10 * i));
    }
    for (int i = 1; i < 4; i++) {
        trace_close(c[i], CLIENT, AT_S(1) + AT_MS(i));
    }
    const hr_analysis *analysis = trace_analysis(t);

    g_assert_cmpuint(hr_analysis_item_count(analysis), ==, 1);
    g_assert_cmpint(hr_analysis_item(analysis, 0)->library, ==, hr_library_named(GO));
    g_assert_cmpint(hr_analysis_item(analysis, 0)->library, !=, HR_LIBRARY_UNKNOWN);
}

/* A limit of three requests, and then one of two: no one number. */
static void limits_that_differ(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        const int64_t at = AT_S(10 * i);
        const int limit = i == 0 ? 2 : 3;
        trace_connection *c = trace_open(t, at);
        for (int n = 1; n <= limit; n++) {
            trace_request(c, at + AT_MS(2 * n));
            trace_answer(c, at + AT_MS(2 * n + 1),
                         .keep_alive = n == limit       ? NULL
                                       : limit - n == 2 ? "timeout=5, max=2"
                                                        : "timeout=5, max=1",
                         .connection = n == limit ? "close" : NULL);
        }
        trace_close(c, SERVER, at + AT_MS(10));
    }
    const hr_fix *fix = trace_fix(t, "raise_request_limit");

    g_assert_cmpuint(fix->limit_min, ==, 2);
    g_assert_cmpuint(fix->limit_max, ==, 3);
    g_assert_false(trace_happened(t, "raise_request_limit", ": "));
}

/* The gravest of the findings about it names it, whichever comes first. */
static void the_gravest_finding_names_it(void)
{
    for (int cut = 0; cut < 3; cut++) {
        g_autoptr(trace) t = trace_new();
        for (int i = 0; i < 3; i++) {
            trace_connection *c = trace_open(t, AT_S(i));
            trace_request(c, AT_S(i) + AT_MS(1));
            if (i == cut) {
                trace_begin_answer(c, AT_S(i) + AT_MS(2), .body = 90000, .rest = 80000);
            } else {
                trace_answer(c, AT_S(i) + AT_MS(2));
            }
            trace_close(c, SERVER, AT_S(i) + AT_MS(3));
        }
        const hr_fix *fix = trace_fix(t, "keep_open");

        g_assert_cmpint(fix->code, ==, HR_FINDING_ANSWER_CUT);
        g_assert_cmpuint(fix->findings, ==, 3);
        g_assert_cmpuint(fix->cut_answers, ==, 1);
        g_assert_cmpuint(fix->findings_on_route, ==, 1);
    }
}

/* What was opened beside an idle one is told of how it was opened, not of how it ended: with the stop of
 * its server, which ended the idle one, too. That is another item's. */
static void ends_are_no_openings(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = call_as(t, REQUESTS, AT_MS(0));
    trace_connection *c = call_as(t, REQUESTS, AT_S(1));
    trace_close(idle, SERVER, AT_S(3) + AT_MS(400));
    trace_close(c, SERVER, AT_S(3) + AT_MS(401));
    trace_refuse(t, AT_S(4));
    trace_refuse(t, AT_S(5));

    assert_cause(c, "server-exit");
    const hr_fix *opened = trace_fix(t, "share_pool");
    g_assert_cmpuint(opened->connections->len, ==, 1);
    g_assert_cmpuint(opened->by_server, ==, 0);
    g_assert_cmpuint(opened->likely, ==, 0);
    const hr_fix *stop = trace_fix(t, "stay_up");
    g_assert_cmpuint(stop->connections->len, ==, 2);
    g_assert_cmpuint(stop->by_server, ==, 2);
    g_assert_cmpuint(stop->refused, >=, 1);
}

/* A reset that answers a request out of a rest; another that ends an answered one; a FIN on its way as the
 * request was sent. Only the first may be a device's. */
static void resets_that_nobody_asked_for(void)
{
    for (int kind = 0; kind < 3; kind++) {
        g_autoptr(trace) t = trace_new();
        for (int i = 0; i < 2; i++) {
            const int64_t at = AT_S(100 * i);
            trace_connection *c = call_as(t, REQUESTS, at);
            if (kind == 1) {
                trace_rst(c, SERVER, at + AT_MS(3));
                continue;
            }
            c->is_deaf[SERVER] = true;
            trace_request(c, at + AT_S(5) + AT_MS(2), .user_agent = REQUESTS);
            if (kind == 2) {
                trace_fin(c, SERVER, at + AT_S(5) + AT_MS(2) + AT_US(100));
            }
            trace_rst(c, SERVER, at + AT_S(5) + AT_MS(2) + AT_US(200));
        }
        call_as(t, REQUESTS, AT_S(300));
        const hr_fix *fix = trace_fix(t, kind == 1 ? "keep_open" : "expire_sooner");

        g_assert_cmpuint(fix->reset_unasked, ==, kind == 0 ? 2 : 0);
    }
}

/* Where what was lost of an answer was not captured, nobody cut it. */
static void answers_that_may_be_whole(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = trace_open(t, AT_S(i));
        trace_request(c, AT_S(i) + AT_MS(1));
        trace_begin_answer(c, AT_S(i) + AT_MS(2), .rest = 200);
        trace_lose(c, SERVER, 200);
        trace_close(c, SERVER, AT_S(i) + AT_MS(3));
    }

    g_assert_cmpuint(trace_found(t, HR_FINDING_ANSWER_CUT), ==, 0);
    const hr_fix *fix = trace_fix(t, "keep_open");
    g_assert_cmpuint(fix != NULL ? fix->cut_answers : 0, ==, 0);
}

/* Of what carried no request its end is shown, once. */
static void frames_of_what_carried_nothing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *used = call_as(t, REQUESTS, AT_MS(0));
    uint32_t ends[3] = {0};
    trace_connection *ahead[3];
    for (int i = 0; i < 3; i++) {
        ahead[i] = trace_open(t, AT_MS(100 + 100 * i));
    }
    for (int i = 0; i < 3; i++) {
        trace_fin(ahead[i], SERVER, AT_MS(1101 + 100 * i));
        ends[i] = trace_frame(t);
        trace_fin(ahead[i], CLIENT, AT_MS(1102 + 100 * i));
    }
    trace_request(used, AT_S(2), .user_agent = REQUESTS);
    trace_answer(used, AT_MS(2001));
    const hr_fix *fix = trace_fix(t, "leave_unused");

    g_assert_cmpuint(fix->frame_count, ==, 3);
    for (int i = 0; i < 3; i++) {
        g_assert_cmpuint(fix->frames[i], ==, ends[i]);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/items/read/order", connections_stand_by_their_opening);
    g_test_add_func("/items/read/whose", whose_they_are);
    g_test_add_func("/items/read/whose/nothing", whose_they_are_that_carried_nothing);
    g_test_add_func("/items/read/limits", limits_that_differ);
    g_test_add_func("/items/read/gravest", the_gravest_finding_names_it);
    g_test_add_func("/items/read/openings", ends_are_no_openings);
    g_test_add_func("/items/read/resets", resets_that_nobody_asked_for);
    g_test_add_func("/items/read/whole", answers_that_may_be_whole);
    g_test_add_func("/items/read/frames", frames_of_what_carried_nothing);
    return g_test_run();
}
