/* test_legs_paths.c
 * Proxies that change the path of what they pass on: they take its first segments away, or put some
 * before it (nginx: proxy_pass with a path; http.StripPrefix). DESIGN section 2.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"
#include "trace_fixes.h"
#include "trace_h2.h"

#define CLIENT_ADDRESS "10.0.0.1"
#define PROXY "10.0.0.50"
#define APP "10.0.0.80"
#define GO "Go-http-client/1.1"

typedef struct {
    const char *front, *back; /* what is asked for */
    const char *method;       /* behind; NULL: the same */
    const char *name;         /* behind; NULL: the same */
    bool is_after;            /* the client has its answer before that is asked */
    const char *host;         /* asked for behind */
    bool is_odd_one_out;      /* once something else is asked for behind */
} paths;

/* Each answer is read, and what passes it on closes. */
static const char *cause_behind(paths it)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *front = trace_open_between(t, CLIENT_ADDRESS, PROXY, 8000, AT_MS(0));
    trace_connection *back = NULL;
    for (int i = 0; i < 4; i++) {
        const int64_t at = AT_MS(100 * (i + 1));
        const bool is_odd = it.is_odd_one_out && i == 2;
        trace_request(front, at, .target = it.front, .user_agent = GO);
        if (it.is_after) {
            trace_answer(front, at + AT_US(10));
        }
        back = trace_open_between(t, PROXY, APP, 9000, at + AT_US(100));
        trace_request(back, at + AT_MS(1), .target = is_odd ? "/own" : it.back, .method = it.method,
                      .host = it.host, .user_agent = it.name != NULL ? it.name : GO);
        trace_answer(back, at + AT_MS(2));
        if (!it.is_after) {
            trace_answer(front, at + AT_MS(3));
        }
        trace_close(back, CLIENT, at + AT_MS(4));
    }
    trace_analysis(t);
    return hr_close_cause_token(back->model->ending.cause);
}

#define assert_is_proxys(...)                                                                      \
    g_assert_cmpstr(cause_behind((paths){__VA_ARGS__}), !=, "body-undrained")
#define assert_is_gos(...) g_assert_cmpstr(cause_behind((paths){__VA_ARGS__}), ==, "body-undrained")

static void one_path_ends_with_the_other(void)
{
    assert_is_proxys(.front = "/a", .back = "/internal/a");
    assert_is_proxys(.front = "/v1/users/7?x=1", .back = "/users/7?x=1");
    assert_is_proxys(.front = "/v1/users/", .back = "/users/");
    assert_is_proxys(.front = "/a", .back = "http://b.example/a"); /* at another proxy */
}

static void other_paths(void)
{
    assert_is_gos(.front = "/a", .back = "/b");
    assert_is_gos(.front = "/a", .back = "/aa"); /* whole segments only */
    assert_is_gos(.front = "/v1/a", .back = "/v2/a");
    assert_is_gos(.front = "/users/7?x=1", .back = "/7?x=2");
    assert_is_gos(.front = "/a/", .back = "/"); /* that is the end of any path */
    assert_is_gos(.front = "/a/?x=1", .back = "/?x=1");
    assert_is_gos(.front = "/v1/?u=/x", .back = "/?u=/x");
    assert_is_gos(.front = "http://app.example/v1/a", .back = "/a");
}

/* The colons within an address are none before a port. */
static void hosts_that_are_addresses(void)
{
    const char *asked = "http://[2001:db8::1]/a";

    assert_is_proxys(.front = asked, .back = "/a", .host = "[2001:db8::1]");
    assert_is_proxys(.front = "http://[2001:db8::1]:81/a", .back = "/a",
                     .host = "[2001:db8::1]:81");
    assert_is_gos(.front = asked, .back = "/a", .host = "[2001:db8::2]");
}

static void what_else_has_to_be_the_same(void)
{
    assert_is_gos(.front = "/a", .back = "/internal/a", .method = "POST");
    assert_is_gos(.front = "/a", .back = "/internal/a", .is_after = true);
    assert_is_gos(.front = "/a", .back = "/internal/a", .is_odd_one_out = true);
    assert_is_gos(.front = "/a", .back = "/internal/a", .name = "Go-http-client/2.0");
}

typedef struct {
    unsigned code;   /* of the answers on both sides */
    uint32_t longer; /* so much longer is the one in front */
    bool is_relayed; /* what asks behind says that it passes on */
    bool is_left;    /* no answer comes, and both sides are open */
    bool is_in_vain; /* ... behind: the proxy answers for itself */
} answers;

/* Whether what asks for /a while it is asked for /v1/a, three times, is taken for a proxy. */
static bool is_leg_by(answers it)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *back = NULL;
    for (int i = 0; i < 3; i++) {
        const int64_t at = AT_MS(100 * i);
        trace_connection *front = trace_open_between(t, CLIENT_ADDRESS, PROXY, 8000, at);
        trace_request(front, at + AT_MS(1), .target = "/v1/a", .user_agent = GO);
        back = trace_open_between(t, PROXY, APP, 9000, at + AT_MS(2));
        trace_request(back, at + AT_MS(3), .target = "/a", .user_agent = GO,
                      .is_relayed = it.is_relayed);
        if (!it.is_left && !it.is_in_vain) {
            trace_answer(back, at + AT_MS(4), .code = it.code);
        }
        if (!it.is_left) {
            trace_answer(front, at + AT_MS(5), .code = it.code,
                         .body = TRACE_ANSWER_BODY + it.longer);
        }
    }
    trace_analysis(t);
    return back->model->products.is_leg;
}

/* What is as long was passed on. An error of another length may be one that a service makes itself
 * of that which it was answered, unless who asks says that it is a proxy. */
static void an_answer_of_one_length(void)
{
    g_assert_true(is_leg_by((answers){.code = 200}));
    g_assert_true(is_leg_by((answers){.code = 404}));
    g_assert_false(is_leg_by((answers){.code = 404, .longer = 20}));
    g_assert_true(is_leg_by((answers){.code = 404, .longer = 20, .is_relayed = true}));
    g_assert_true(is_leg_by((answers){.is_left = true}));
    g_assert_true(is_leg_by((answers){.is_in_vain = true, .code = 504, .longer = 20}));
}

/* Two clients ask for the same. What one got has been answered behind, and its connection closed, when
 * it is asked for once more: that is the other's. */
static void what_was_answered_is_not_asked_for_again(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *front[2];
    hr_request *asked[2];
    for (int i = 0; i < 2; i++) {
        front[i] = trace_open_between(t, CLIENT_ADDRESS, PROXY, 8000, AT_MS(5 * i));
        asked[i] = trace_request(front[i], AT_MS(5 * i + 2), .target = "/a", .user_agent = GO);
    }
    trace_connection *back = trace_open_between(t, PROXY, APP, 9000, AT_MS(20));
    const hr_request *first = trace_request(back, AT_MS(21), .target = "/a", .user_agent = GO);
    trace_answer(back, AT_MS(22));
    trace_close(back, SERVER, AT_MS(23));
    trace_connection *next = trace_open_between(t, PROXY, APP, 9000, AT_MS(30));
    const hr_request *second = trace_request(next, AT_MS(31), .target = "/a", .user_agent = GO);
    trace_answer(next, AT_MS(32));
    for (int i = 0; i < 2; i++) {
        trace_answer(front[i], AT_MS(40 + i));
    }
    trace_analysis(t);

    g_assert_true(first->ties->passes_on == asked[0]);
    g_assert_true(second->ties->passes_on == asked[1]);
}

/* More that end alike wait at the proxy than there are places: which of them are passed on is not
 * known, and that makes no program of its own of what passes them on. */
static void too_many_that_end_alike(void)
{
    for (int is_own = 0; is_own < 2; is_own++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *back = trace_open_between(t, PROXY, APP, 9000, AT_MS(0));
        for (int i = 0; i < 20; i++) {
            g_autofree char *path = g_strdup_printf("/api/%d/x", i);
            trace_connection *front =
                trace_open_between(t, CLIENT_ADDRESS, PROXY, 8000, AT_MS(10 * (i + 1)));
            trace_request(front, AT_MS(10 * (i + 1) + 1), .target = path, .user_agent = GO);
            if (is_own && i < 10) {
                trace_answer(front, AT_MS(10 * (i + 1) + 2));
            }
        }
        for (int i = 0; i < 20; i++) {
            g_autofree char *path = g_strdup_printf("/%d/x", i);
            trace_request(back, AT_S(1) + AT_MS(2 * i), .target = path, .user_agent = GO);
            trace_answer(back, AT_S(1) + AT_MS(2 * i + 1));
        }

        trace_analysis(t);
        g_assert_true(back->model->products.is_leg == !is_own);
    }
}

/* Where Wireshark shows no path, nobody knows what is passed on. */
static void without_a_path(void)
{
    static const tls_kind how = {
        .client = PROXY, .address = APP, .port = 443, .agrees = "h2", .has_keys = true};
    g_autoptr(trace) t = trace_new();
    trace_connection *front = trace_open_between(t, CLIENT_ADDRESS, PROXY, 80, AT_MS(0));
    trace_connection *back = h2_open_with(t, AT_MS(1), 0, &how);
    trace_request(front, AT_MS(20), .user_agent = GO);
    h2_ask(back, 1, AT_MS(21), .path = "", .user_agent = GO);
    h2_answer(back, 1, AT_MS(22));
    trace_answer(front, AT_MS(23));
    trace_analysis(t);

    g_assert_null(back->model->last_request->target);
    g_assert_false(back->model->products.is_leg);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/legs/paths/answered", what_was_answered_is_not_asked_for_again);
    g_test_add_func("/legs/paths/suffix", one_path_ends_with_the_other);
    g_test_add_func("/legs/paths/other", other_paths);
    g_test_add_func("/legs/paths/addresses", hosts_that_are_addresses);
    g_test_add_func("/legs/paths/same", what_else_has_to_be_the_same);
    g_test_add_func("/legs/paths/length", an_answer_of_one_length);
    g_test_add_func("/legs/paths/too-many", too_many_that_end_alike);
    g_test_add_func("/legs/paths/none", without_a_path);
    return g_test_run();
}
