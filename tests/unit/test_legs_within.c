/* test_legs_within.c
 * A proxy that asks for something of its own before it answers (nginx: auth_request, mirror), under
 * the name of its client; and a Go client beside a proxy.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "core/ending/legs.h"
#include "trace_fixes.h"
#include "trace_h2.h"

#define CLIENT_ADDRESS "10.0.0.1"
#define PROXY "10.0.0.50"
#define APP "10.0.0.80"
#define GO "Go-http-client/1.1"

enum {
    ROUNDS = 4,
    FRONT_PORT = 8000,
    APP_PORT = 9000
};

/* What happens in a round, 1 ms apart: F, f: a request in front and its answer; X: its client goes;
 * D, B, b, C: a connection behind is dialed, asked, answered, and closed by what dialed it. */
#define AUTH_REQUEST "FDBbCf"
#define PASSED_ON "DPbC" /* what is asked in front */
#define MIRROR "FDBfbC"
#define SEQUENTIAL "FfDBbC"

typedef struct {
    const char *round;
    const char *odd_round;    /* the second; NULL: as the others */
    const char *last_round;   /* the same */
    const char *server;       /* what answers in front; NULL: it does not say */
    const char *front_at;     /* NULL: where what asks behind is */
    const char *front_method; /* NULL: GET */
    const char *method;       /* behind */
    const char *name;         /* behind; NULL: the same */
    bool is_one_server;       /* what is asked behind is what is asked in front */
} within;

typedef struct {
    const within *it;
    trace *owner;
    trace_connection *front, *back;
} side_by_side;

static void dial(side_by_side *now, int64_t at)
{
    now->back = now->it->is_one_server
                    ? trace_open_between(now->owner, PROXY, PROXY, FRONT_PORT, at)
                    : trace_open_between(now->owner, PROXY, APP, APP_PORT, at);
}

static void step(side_by_side *now, char what, int64_t at)
{
    const within *it = now->it;
    const char *name = it->name != NULL ? it->name : GO;

    switch (what) {
    case 'F':
        trace_request(now->front, at, .target = "/a", .method = it->front_method, .user_agent = GO);
        break;
    case 'f':
        trace_answer(now->front, at, .server = it->server);
        break;
    case 'X':
        trace_rst(now->front, CLIENT, at);
        break;
    case 'D':
        dial(now, at);
        break;
    case 'P':
        trace_request(now->back, at, .target = "/a", .user_agent = name);
        break;
    case 'B':
        trace_request(now->back, at, .target = "/check", .method = it->method, .user_agent = name);
        break;
    case 'b':
        trace_answer(now->back, at);
        break;
    default:
        trace_close(now->back, CLIENT, at);
    }
}

static const char *round_of(const within *it, int round)
{
    if (round == 1 && it->odd_round != NULL) {
        return it->odd_round;
    }
    return round == ROUNDS - 1 && it->last_round != NULL ? it->last_round : it->round;
}

static trace_connection *run(trace *t, const within *it)
{
    side_by_side now = {.it = it, .owner = t};
    const char *front_at = it->front_at != NULL ? it->front_at : PROXY;

    for (int i = 0; i < ROUNDS; i++) {
        int64_t at = AT_MS(100 * (i + 1));
        if (i == 0 || strchr(round_of(it, i - 1), 'X') != NULL) {
            now.front = trace_open_between(t, CLIENT_ADDRESS, front_at, FRONT_PORT, at);
        }
        for (const char *what = round_of(it, i); *what != '\0'; what++) {
            at += AT_MS(1);
            step(&now, *what, at);
        }
    }
    trace_analysis(t);
    return now.back;
}

static const char *cause_behind(within it)
{
    g_autoptr(trace) t = trace_new();
    return hr_close_cause_token(run(t, &it)->model->ending.cause);
}

#define assert_is_nobodys(...)                                                                     \
    g_assert_cmpstr(cause_behind((within){__VA_ARGS__}), ==, "client-close")
#define assert_is_gos(...)                                                                         \
    g_assert_cmpstr(cause_behind((within){__VA_ARGS__}), ==, "body-undrained")

static void asked_before_the_answer(void)
{
    assert_is_nobodys(.round = AUTH_REQUEST, .server = "nginx/1.22.1");
    assert_is_nobodys(.round = AUTH_REQUEST, .server = "openresty");
    assert_is_nobodys(.round = AUTH_REQUEST, .server = "nginx", .front_method = "POST");
    assert_is_nobodys(.round = "FDBbfFBbCf", .server = "nginx"); /* it keeps the connection once */
    assert_is_nobodys(.round = MIRROR, .server = "nginx");
    assert_is_nobodys(.round = MIRROR, .server = "nginx", .front_method = "POST", .method = "POST");
    assert_is_nobodys(.round = AUTH_REQUEST, .server = "nginx", .last_round = "FDBbC");
}

/* What it keeps was dialed for an earlier one, which is no reason against the next. */
static void asked_again_on_what_it_keeps(void)
{
    const within it = {.round = "FDBbfFBbCf", .server = "nginx"};
    g_autoptr(trace) t = trace_new();

    g_assert_true(run(t, &it)->model->products.may_be_leg);
}

/* A service in Go that asks another one before it answers. */
static void nothing_says_that_it_is_a_proxy(void)
{
    assert_is_gos(.round = AUTH_REQUEST);
    assert_is_gos(.round = AUTH_REQUEST, .server = "uvicorn");
    assert_is_gos(.round = AUTH_REQUEST, .server = "Varnish"); /* it says Via behind */
}

static void a_go_client_beside_it(void)
{
    assert_is_gos(.round = SEQUENTIAL, .server = "nginx");
    assert_is_gos(.round = AUTH_REQUEST, .server = "nginx", .odd_round = "DBbC");
    assert_is_gos(.round = AUTH_REQUEST, .server = "nginx", .odd_round = SEQUENTIAL);
    assert_is_gos(.round = "DFBbCf", .server = "nginx"); /* dialed before it was asked */
    assert_is_gos(.round = AUTH_REQUEST, .server = "nginx", .odd_round = "FXDBbC");
    assert_is_gos(.round = AUTH_REQUEST, .server = "nginx", .name = "Go-http-client/2.0");
    assert_is_gos(.round = AUTH_REQUEST, .server = "nginx", .front_at = "10.0.0.51");
    assert_is_gos(.round = AUTH_REQUEST, .server = "nginx", .method = "POST");
}

/* Two programs, one on the server's own machine, ask one server at the same time. */
static void nobody_asks_itself(void)
{
    const char *const rounds[] = {AUTH_REQUEST, "F" PASSED_ON "f"};

    for (size_t i = 0; i < G_N_ELEMENTS(rounds); i++) {
        const within it = {.round = rounds[i], .server = "nginx", .is_one_server = true};
        g_autoptr(trace) t = trace_new();
        g_assert_false(run(t, &it)->model->products.may_be_leg);
    }
}

/* What a client has before that is answered behind is not what was passed on, whether what asked waits
 * for that, closes or goes on; nor what was asked for when nobody waited. */
static void answered_in_front_first(void)
{
    assert_is_gos(.round = "FDPfbC");

    const within left = {.round = "FDPfb"};
    const within unanswered = {.round = "FfDP"};
    g_autoptr(trace) t = trace_new();
    g_autoptr(trace) other = trace_new();
    const hr_products *products = &run(t, &left)->model->products;

    g_assert_false(products->is_leg || products->may_be_leg);
    products = &run(other, &unanswered)->model->products;
    g_assert_false(products->is_leg || products->may_be_leg);
}

/* As much is passed on as is asked for besides: it is the proxy. Else nobody knows. */
static void passed_on_as_well(void)
{
    const within as_many = {.round = "FDBbC" PASSED_ON "f", .server = "nginx"};
    const within fewer = {.round = "FDBbCDBbC" PASSED_ON "f", .server = "nginx"};
    g_autoptr(trace) leg = trace_new();
    g_autoptr(trace) unknown = trace_new();

    g_assert_true(run(leg, &as_many)->model->products.is_leg);
    g_assert_true(trace_advises(leg, "keep_client", "A proxy opened these"));
    g_assert_false(run(unknown, &fewer)->model->products.is_leg);
    g_assert_false(trace_advises(unknown, "keep_client", "A proxy opened these"));
    g_assert_null(trace_fix(unknown, "read_bodies"));
}

/* The same on one connection beside a Go client: it may be the proxy's, or be asked by chance. */
static void passed_on_and_asked_besides(void)
{
    const within it = {.round = "FDPbBbCf", .odd_round = "DBbC", .server = "nginx"};
    g_autoptr(trace) t = trace_new();
    const hr_products *products = &run(t, &it)->model->products;

    g_assert_true(products->may_be_leg);
    g_assert_false(products->is_leg);
}

/* ---- streams in front ---- */

/* A proxy whose front speaks HTTP/2, and whose client takes a stream back before it has its 502, or
 * waits for it. */
static void who_took_a_stream_back_saw_no_failure(void)
{
    for (int is_left = 0; is_left < 2; is_left++) {
        g_autoptr(trace) t = trace_new();
        const tls_kind how = {
            .address = "10.0.0.7", .offers = "h2", .agrees = "h2", .has_keys = true};
        trace_connection *front = h2_open_with(t, AT_MS(0), 0, &how);
        trace_connection *back = trace_open_between(t, "10.0.0.7", "10.0.0.9", 8080, AT_MS(5));
        for (uint32_t i = 0; i < 2; i++) {
            const int64_t at = AT_MS(10 * (i + 1));
            h2_ask(front, 2 * i + 1, at, .path = "/a", .user_agent = "x/1");
            trace_request(back, at + AT_MS(1), .target = "/a", .user_agent = "x/1");
            trace_answer(back, at + AT_MS(2));
            h2_answer(front, 2 * i + 1, at + AT_MS(3));
        }
        const hr_request *asked = h2_ask(front, 5, AT_S(6), .path = "/b", .user_agent = "x/1");
        trace_request(back, AT_MS(6001), .target = "/b", .user_agent = "x/1");
        trace_ack(back, SERVER, AT_MS(6002));
        if (is_left) {
            h2_reset(front, CLIENT, 5, AT_MS(6300));
        }
        trace_fin(back, CLIENT, AT_MS(6301));
        h2_answer(front, 5, AT_MS(6302), .code = 502);
        trace_connection *next = trace_open_between(t, "10.0.0.7", "10.0.0.9", 8080, AT_S(7));
        h2_ask(front, 7, AT_MS(7001), .path = "/a", .user_agent = "x/1");
        trace_request(next, AT_MS(7002), .target = "/a", .user_agent = "x/1");
        trace_answer(next, AT_MS(7003));
        h2_answer(front, 7, AT_MS(7004));

        trace_analysis(t);
        g_assert_nonnull(asked->ties->passed_on);
        g_assert_cmpuint(trace_found(t, HR_FINDING_UPSTREAM_FAILURE), ==, is_left ? 0 : 1);
    }
}

/* ... and behind: its client goes, and it takes back the stream that passed that on. */
static void what_a_proxy_takes_back_for_its_client(void)
{
    g_autoptr(trace) t = trace_new();
    const tls_kind how = {.client = "10.0.0.7",
                          .address = "10.0.0.9",
                          .offers = "h2",
                          .agrees = "h2",
                          .has_keys = true};
    trace_connection *front = trace_open_between(t, "10.0.0.1", "10.0.0.7", 80, AT_MS(0));
    trace_connection *back = h2_open_with(t, AT_MS(5), 0, &how);
    const hr_request *asked = trace_request(front, AT_S(1), .target = "/a", .user_agent = "x/1");
    hr_request *behind = h2_ask(back, 1, AT_MS(1001), .path = "/a", .user_agent = "x/1");
    trace_rst(front, CLIENT, AT_S(2));
    h2_reset(back, CLIENT, 1, AT_MS(2001));

    trace_analysis(t);
    g_assert_true(asked->ties->passed_on == behind);
    g_assert_true(hr_legs_given_up_before(behind) == asked);
}

/* A stream behind is broken off, and its connection goes on: that ended nothing in front. */
static void a_stream_that_is_cut_behind(void)
{
    g_autoptr(trace) t = trace_new();
    const tls_kind how = {.client = "10.0.0.7",
                          .address = "10.0.0.9",
                          .offers = "h2",
                          .agrees = "h2",
                          .has_keys = true};
    trace_connection *front = trace_open_between(t, "10.0.0.1", "10.0.0.7", 80, AT_MS(0));
    trace_connection *back = h2_open_with(t, AT_MS(5), 0, &how);
    for (uint32_t i = 0; i < 2; i++) {
        const int64_t at = AT_S(1 + i);
        trace_request(front, at, .target = "/a", .user_agent = "x/1");
        const hr_request *behind =
            h2_ask(back, 1 + 2 * i, at + AT_MS(1), .path = "/a", .user_agent = "x/1");
        h2_answer(back, 1 + 2 * i, at + AT_MS(2), .is_cut = i == 1);
        if (i == 1) {
            h2_reset(back, SERVER, 3, at + AT_MS(3));
            g_assert_cmpint(behind->complete, ==, HR_COMPLETE_NO);
        }
        trace_answer(front, at + AT_MS(4), .body = 90000, .rest = i == 1 ? 80000 : 0);
    }
    trace_ack(front, CLIENT, AT_S(2) + AT_MS(5));
    trace_close(front, SERVER, AT_S(2) + AT_MS(6));
    h2_exchange(back, 5, AT_S(3), AT_S(3) + AT_MS(1));

    assert_cause(front, "server-close");
    g_assert_nonnull(front->model->last_request->ties->passed_on);
    g_assert_null(hr_legs_end_behind(front->model));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/legs/within/asked", asked_before_the_answer);
    g_test_add_func("/legs/within/again", asked_again_on_what_it_keeps);
    g_test_add_func("/legs/within/unnamed", nothing_says_that_it_is_a_proxy);
    g_test_add_func("/legs/within/beside", a_go_client_beside_it);
    g_test_add_func("/legs/within/one-server", nobody_asks_itself);
    g_test_add_func("/legs/within/first", answered_in_front_first);
    g_test_add_func("/legs/within/passed-on", passed_on_as_well);
    g_test_add_func("/legs/within/beside/passed-on", passed_on_and_asked_besides);
    g_test_add_func("/legs/streams/taken-back", what_a_proxy_takes_back_for_its_client);
    g_test_add_func("/legs/streams/left", who_took_a_stream_back_saw_no_failure);
    g_test_add_func("/legs/streams/cut", a_stream_that_is_cut_behind);
    return g_test_run();
}
