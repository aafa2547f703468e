/* test_one_for_each.c
 * What is between opens a connection for each one of its clients': a relay of TCP has nothing to change,
 * and a proxy of HTTP has a pool to share. DESIGN section 6.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "core/ending/both_legs.h"
#include "trace_legs.h"

/* What differs from what a relay does. */
typedef struct {
    uint32_t added_to_answer; /* bytes, of answers that say no length */
    uint32_t added_to_body;   /* bytes, of bodies that say no length */
    bool asks_more;           /* something of its own, behind what it was asked */
} follower;

/* A client object for each of three calls; what is between opens one for each. */
static trace *follow(follower it)
{
    trace *t = trace_new();
    const bool is_chunked = it.added_to_answer > 0;
    const char *method = it.added_to_body > 0 ? "POST" : "GET";

    for (int i = 0; i < 3; i++) {
        const int64_t at = AT_S(1) * (i + 1);
        trace_connection *front = legs_open(t, "10.0.0.1", LEGS_BETWEEN, at);
        trace_connection *back = legs_open(t, LEGS_BETWEEN, LEGS_BACKEND, at + AT_US(100));
        trace_request(front, at + AT_MS(1), .user_agent = LEGS_REQUESTS, .method = method,
                      .is_chunked = it.added_to_body > 0);
        trace_request(back, at + AT_MS(2), .user_agent = LEGS_REQUESTS, .method = method,
                      .is_chunked = it.added_to_body > 0, .body = it.added_to_body);
        trace_answer(back, at + AT_MS(3), .is_chunked = is_chunked, .body = TRACE_ANSWER_BODY);
        trace_answer(front, at + AT_MS(4), .is_chunked = is_chunked,
                     .body = TRACE_ANSWER_BODY + it.added_to_answer);
        if (it.asks_more) {
            trace_request(back, at + AT_MS(5), .target = "/own");
            trace_answer(back, at + AT_MS(6));
        }
    }
    return t;
}

static const hr_fix *item_behind(trace *t)
{
    const hr_analysis *analysis = trace_analysis(t);
    const hr_fix *found = NULL;

    for (size_t i = 0; i < hr_analysis_item_count(analysis) && found == NULL; i++) {
        const hr_fix *fix = hr_analysis_item(analysis, i);
        found = g_str_equal(fix->origin->client_address, LEGS_BETWEEN) ? fix : NULL;
    }
    g_assert_nonnull(found);
    return found;
}

static bool advises_behind(trace *t, const char *words)
{
    g_autoptr(GString) text = g_string_new(NULL);

    hr_fix_append_advice(&(hr_told){.text = text}, item_behind(t));
    return strstr(text->str, words) != NULL;
}

static void what_relays_has_nothing_to_change(void)
{
    g_autoptr(trace) t = follow((follower){0});
    g_assert_true(advises_behind(t, "it follows its clients"));
}

/* It carries more than what one of its clients' connections did, or on another what that did not. */
static void a_proxy_that_shares_is_no_relay(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *front = NULL;
        trace_connection *back = NULL;
        trace_connection *other =
            legs_open(t, "10.0.0.2", LEGS_BETWEEN, AT_MS(500) + i * LEGS_PERIOD_NS);
        const int64_t at = legs_call(t, &front, &back, i);
        legs_pass_on(other, back, at + AT_MS(10));
    }
    g_assert_false(advises_behind(t, "it follows its clients"));

    g_autoptr(trace) crossed = trace_new();
    trace_connection *front[2];
    trace_connection *back[2];
    for (int i = 0; i < 2; i++) {
        front[i] = legs_open(crossed, i == 0 ? "10.0.0.1" : "10.0.0.2", LEGS_BETWEEN, AT_S(1 + i));
        back[i] = legs_open(crossed, LEGS_BETWEEN, LEGS_BACKEND, AT_S(1 + i) + AT_US(100));
        legs_pass_on(front[i], back[i], AT_S(1 + i) + AT_MS(1));
    }
    legs_pass_on(front[0], back[1], AT_S(3));
    legs_pass_on(front[1], back[0], AT_S(4));
    g_assert_false(advises_behind(crossed, "it follows its clients"));
}

static void what_says_more_is_no_relay(void)
{
    const follower proxies[] = {
        {.added_to_answer = 20},
        {.added_to_body = 20},
        {.asks_more = true},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(proxies); i++) {
        g_autoptr(trace) t = follow(proxies[i]);
        g_assert_false(advises_behind(t, "it follows its clients"));
        if (i == 0) {
            g_assert_true(advises_behind(t, "keepalive in the upstream block"));
        }
    }
}

/* Uploads that go on still: nobody knows how long they are. */
static void what_goes_on_is_not_known(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        const int64_t at = AT_S(1 + i);
        trace_connection *front = legs_open(t, "10.0.0.1", LEGS_BETWEEN, at);
        trace_connection *back = legs_open(t, LEGS_BETWEEN, LEGS_BACKEND, at + AT_US(100));
        trace_begin(front, at + AT_MS(1), .method = "POST", .user_agent = LEGS_REQUESTS,
                    .is_chunked = true, .body = 500, .rest = 300);
        trace_begin(back, at + AT_MS(2), .method = "POST", .user_agent = LEGS_REQUESTS,
                    .is_chunked = true, .body = 500, .rest = 300);
        trace_answer(back, at + AT_MS(3));
        trace_answer(front, at + AT_MS(4));
    }

    trace_analysis(t);
    for (size_t i = 0; i < hr_model_connection_count(trace_model(t)); i++) {
        g_assert_false(hr_both_legs_is_one_to_one(hr_model_connection(trace_model(t), i)));
    }
}

/* It opens one for each request, and keeps it: of two requests on one connection in front the second
 * has another one behind. */
static void one_for_each_request_is_no_relay(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *front = legs_open(t, "10.0.0.1", LEGS_BETWEEN, AT_S(1));
    for (int i = 0; i < 2; i++) {
        const int64_t at = AT_S(2 + i);
        trace_connection *back = legs_open(t, LEGS_BETWEEN, LEGS_BACKEND, at);
        legs_pass_on(front, back, at + AT_MS(1));
    }
    g_assert_false(advises_behind(t, "it follows its clients"));
}

/* The only one that it need not have opened begins as one in front does, which then goes on on another. */
static void one_that_goes_on_elsewhere_is_no_relay(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *front[2], *back[2];
    for (int i = 0; i < 2; i++) {
        front[i] = legs_open(t, i == 0 ? "10.0.0.1" : "10.0.0.2", LEGS_BETWEEN, AT_S(1 + i));
        back[i] = legs_open(t, LEGS_BETWEEN, LEGS_BACKEND, AT_S(1 + i) + AT_US(100));
        legs_pass_on(front[i], back[i], AT_S(1 + i) + AT_MS(1));
    }
    legs_pass_on(front[1], back[0], AT_S(4));
    g_assert_false(advises_behind(t, "it follows its clients"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/one-for-each/relay", what_relays_has_nothing_to_change);
    g_test_add_func("/one-for-each/shares", a_proxy_that_shares_is_no_relay);
    g_test_add_func("/one-for-each/says-more", what_says_more_is_no_relay);
    g_test_add_func("/one-for-each/goes-on", what_goes_on_is_not_known);
    g_test_add_func("/one-for-each/request", one_for_each_request_is_no_relay);
    g_test_add_func("/one-for-each/elsewhere", one_that_goes_on_elsewhere_is_no_relay);
    return g_test_run();
}
