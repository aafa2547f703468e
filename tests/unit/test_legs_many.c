/* test_legs_many.c
 * Many requests that wait at a proxy at once, for the same or not: there are places for some of each,
 * and what was passed on of the others is not known. DESIGN section 2.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/legs.h"
#include "trace_legs.h"

enum {
    MANY = 20, /* more than there are places for */
    FEW = 12,  /* not so */
    DIFFERENT = 100
};

#define NAME "Mozilla/5.0" /* of legs_begin() */

/* Many others ask for the same path elsewhere while one waits at the proxy; one more Via. */
static void others_push_no_front_out(void)
{
    for (int is_relayed = 0; is_relayed < 2; is_relayed++) {
        g_autoptr(trace) t = trace_new();
        const legs_pair it = legs_begin(t, LEGS_PROXY);
        trace_connection *relayed = trace_open_between(t, "10.0.7.7", "10.0.7.8", 80, AT_MS(100));
        trace_request(relayed, AT_MS(101), .user_agent = "x/1", .is_relayed = true);
        trace_answer(relayed, AT_MS(102));
        hr_request *front = trace_request(it.front, AT_S(6), .user_agent = NAME);
        for (int i = 0; i < MANY; i++) {
            const int64_t at = AT_S(6) + AT_MS(i);
            trace_connection *c = trace_open_between(t, "10.0.5.5", "10.0.6.6", 80, at);
            trace_request(c, at + AT_US(300), .user_agent = NAME);
        }
        hr_request *back =
            trace_request(it.back, AT_MS(6021), .user_agent = NAME, .is_relayed = is_relayed);
        trace_rst(it.back, SERVER, AT_MS(6021) + AT_US(100));
        trace_answer(it.front, AT_MS(6022), .code = 502);

        trace_analysis(t);
        g_assert_true(hr_legs_failure_behind(front) == back);
        g_assert_true(it.back->model->products.is_leg);
    }
}

/* They make nothing unknown, either, of a program that asks for something else and is no proxy. */
static void others_hide_no_request_of_its_own(void)
{
    g_autoptr(trace) t = trace_new();
    const legs_pair it = legs_begin(t, LEGS_PROXY);
    trace_connection *relayed = trace_open_between(t, "10.0.7.7", "10.0.7.8", 80, AT_MS(100));
    trace_request(relayed, AT_MS(101), .user_agent = "x/1", .is_relayed = true);
    trace_answer(relayed, AT_MS(102));
    for (int i = 0; i < MANY; i++) {
        const int64_t at = AT_S(6) + AT_MS(i);
        trace_connection *c = trace_open_between(t, "10.0.5.5", "10.0.6.6", 80, at);
        trace_request(c, at + AT_US(300), .user_agent = NAME);
    }
    trace_request(it.back, AT_MS(6021), .user_agent = NAME);

    trace_analysis(t);
    g_assert_false(it.back->model->products.is_leg);
}

/* What became of those that waited at the proxy, until something is asked for behind it. */
typedef enum {
    THEY_WAIT,
    ONE_WAITS, /* the first */
    THEY_ARE_ANSWERED,
    THEIR_ANSWERS_HAVE_BEGUN,
    THEIR_ANSWERS_ARE_LOST, /* and they ask for something else */
    THEY_LEFT
} fate;

static void meet(trace_connection *c, fate of, int64_t at)
{
    switch (of) {
    case THEY_WAIT:
        break;
    case ONE_WAITS:
    case THEY_ARE_ANSWERED:
        trace_answer(c, at);
        break;
    case THEIR_ANSWERS_HAVE_BEGUN:
        trace_answer(c, at, .body = 90000, .rest = 80000);
        break;
    case THEIR_ANSWERS_ARE_LOST:
        trace_lose(c, SERVER, TRACE_ANSWER);
        trace_request(c, at, .target = "/next", .user_agent = NAME);
        break;
    case THEY_LEFT:
        trace_rst(c, CLIENT, at);
        break;
    }
}

/* The first asks for what is asked for behind; there is no place for it any more. */
static bool is_leg_of_many(const char *target, const char *proxy_front, fate of)
{
    g_autoptr(trace) t = trace_new();
    const legs_pair it = legs_begin(t, proxy_front);
    for (int i = 0; i < MANY; i++) {
        const int64_t at = AT_MS(5000 + i);
        trace_connection *c = trace_open_between(t, "10.0.0.2", proxy_front, 80, at);
        trace_request(c, at + AT_US(300), .method = i == 0 ? "POST" : "GET", .target = target,
                      .user_agent = NAME);
        if (of != ONE_WAITS || i > 0) {
            meet(c, of, at + AT_US(400));
        }
    }
    trace_request(it.back, AT_S(6), .method = "POST", .target = target, .user_agent = NAME,
                  .is_relayed = it.is_relayed);

    trace_analysis(t);
    return it.back->model->products.is_leg;
}

/* More wait at the proxy than there are places: which of them is passed on is not known, and that
 * makes no program of its own of what passes them on. */
static void too_many_that_wait_are_unknown(void)
{
    const char *const targets[] = {"/b", "/"};

    for (size_t i = 0; i < G_N_ELEMENTS(targets); i++) {
        g_assert_true(is_leg_of_many(targets[i], LEGS_PROXY, THEY_WAIT));
        g_assert_true(is_leg_of_many(targets[i], LEGS_PROXY, ONE_WAITS));
        g_assert_true(is_leg_of_many(targets[i], "127.0.0.1", THEY_WAIT));
        g_assert_false(is_leg_of_many(targets[i], LEGS_PROXY, THEY_ARE_ANSWERED));
        g_assert_false(is_leg_of_many(targets[i], LEGS_PROXY, THEIR_ANSWERS_HAVE_BEGUN));
        g_assert_false(is_leg_of_many(targets[i], LEGS_PROXY, THEIR_ANSWERS_ARE_LOST));
        g_assert_false(is_leg_of_many(targets[i], LEGS_PROXY, THEY_LEFT));
    }
}

/* Of what is asked for behind most is not known: it may be the proxy's, or not; that is no reason to
 * give it the advice for a program. What a program asks for beside it changes nothing of that. */
static void mostly_unknown_may_be_a_proxys(void)
{
    for (int has_program = 0; has_program < 2; has_program++) {
        g_autoptr(trace) t = trace_new();
        const legs_pair it = legs_begin(t, LEGS_PROXY);
        for (int i = 0; i < MANY; i++) {
            const int64_t at = AT_MS(5000 + i);
            trace_connection *c = trace_open_between(t, "10.0.0.2", LEGS_PROXY, 80, at);
            trace_request(c, at + AT_US(300), .method = i < 3 ? "POST" : "GET", .user_agent = NAME);
        }
        for (int i = 0; i < (has_program ? 1 : 3); i++) {
            trace_request(it.back, AT_S(6) + AT_MS(2 * i), .method = "POST", .user_agent = NAME);
            trace_answer(it.back, AT_S(6) + AT_MS(2 * i + 1));
        }
        if (has_program) {
            trace_connection *own = trace_open_between(t, LEGS_PROXY, LEGS_APP, 8080, AT_S(7));
            trace_request(own, AT_S(8), .target = "/own", .user_agent = NAME);
        }

        trace_analysis(t);
        g_assert_false(it.back->model->products.is_leg);
        g_assert_true(it.back->model->products.may_be_leg);
    }
}

/* As many wait, and each is passed on, on a connection of its own: that all are is sure, and of those
 * that there are places for each is known. */
static void each_of_many_is_passed_on(void)
{
    const int counts[] = {FEW, MANY, DIFFERENT};

    for (size_t n = 0; n < G_N_ELEMENTS(counts); n++) {
        g_autoptr(trace) t = trace_new();
        hr_request *front[DIFFERENT], *back[DIFFERENT];
        for (int i = 0; i < counts[n]; i++) {
            g_autofree char *target = g_strdup_printf("/%d", counts[n] == DIFFERENT ? i : 0);
            trace_connection *c =
                trace_open_between(t, LEGS_BROWSER, LEGS_PROXY, 80, AT_MS(10 * i));
            front[i] = trace_request(c, AT_MS(10 * i + 1), .target = target, .user_agent = NAME);
        }
        for (int i = 0; i < counts[n]; i++) {
            g_autofree char *target = g_strdup_printf("/%d", counts[n] == DIFFERENT ? i : 0);
            const int64_t at = AT_S(5) + AT_MS(10 * i);
            trace_connection *c = trace_open_between(t, LEGS_PROXY, LEGS_APP, 8080, at);
            back[i] = trace_request(c, at + AT_MS(1), .target = target, .user_agent = NAME);
        }

        trace_analysis(t);
        for (int i = 0; i < counts[n]; i++) {
            g_assert_true(back[i]->connection->products.is_leg);
            g_assert_true(counts[n] == MANY || back[i]->ties->passes_on == front[i]);
        }
    }
}

/* A forward proxy is asked for one thing, and a program beside it asks for thousands of others, some of
 * which lie in the same place. */
static void nothing_else_is_passed_on(void)
{
    g_autoptr(trace) t = trace_new();
    const legs_pair it = legs_begin(t, LEGS_PROXY);
    const hr_request *front =
        trace_request(it.front, AT_S(5), .user_agent = NAME, .target = "http://a.example/one");
    for (int i = 0; i < 10000; i++) {
        g_autofree char *target = g_strdup_printf("/%d", i);
        trace_request(it.back, AT_S(6) + AT_US(10 * i), .user_agent = NAME, .target = target);
    }

    trace_analysis(t);
    g_assert_null(front->ties->passed_on);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/legs/many/others", others_push_no_front_out);
    g_test_add_func("/legs/many/own", others_hide_no_request_of_its_own);
    g_test_add_func("/legs/many/wait", too_many_that_wait_are_unknown);
    g_test_add_func("/legs/many/unknown", mostly_unknown_may_be_a_proxys);
    g_test_add_func("/legs/many/each", each_of_many_is_passed_on);
    g_test_add_func("/legs/many/else", nothing_else_is_passed_on);
    return g_test_run();
}
