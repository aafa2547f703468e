/* test_translated.c
 * One connection on both sides of what translates addresses, in one capture: it counts once.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

#define POD "10.244.0.7"
#define SERVICE "10.96.0.1"
#define BACKEND "10.244.1.5"

enum {
    /* As a system draws them. */
    CLIENT_ISN = 0x3a91c2f4,
    SERVER_ISN = 0x7b20e611,
    ROUNDS = 3
};

typedef struct {
    const char *client; /* behind; NULL: the pod's address stays */
    const char *server; /* behind; NULL: the service's */
    uint32_t more[2];   /* than in front, behind: the numbers of either side */
    bool is_written;    /* both begin with small numbers */
    const char *order;  /* of the handshakes; NULL: the one behind lies within the one in front */
    bool is_begun;      /* both had begun before the capture */
} sides;

static void number(trace_connection *c, const sides *it, int round, bool is_behind)
{
    const uint32_t first = it->is_written ? 0 : (uint32_t)round * 77777;

    c->next[CLIENT] = (it->is_written ? TRACE_CLIENT_ISN : CLIENT_ISN) + first;
    c->next[SERVER] = (it->is_written ? TRACE_SERVER_ISN : SERVER_ISN) + first;
    for (int side = 0; side < 2 && is_behind; side++) {
        c->next[side] += it->more[side];
    }
    c->received[CLIENT] = c->next[SERVER];
    c->received[SERVER] = c->next[CLIENT];
}

/* Each segment of the client is there in front first, each of the server behind; in @order f and F
 * are the SYN and its answer in front, b and B behind. */
static void set_up(trace_connection *front, trace_connection *back, const char *order, int64_t at)
{
    for (const char *step = order != NULL ? order : "fbBF"; *step != '\0'; step++) {
        trace_connection *c = g_ascii_tolower(*step) == 'f' ? front : back;
        at += AT_US(20);
        if (g_ascii_isupper(*step)) {
            trace_syn_ack(c, at);
        } else {
            trace_syn(c, at);
        }
    }
    trace_ack(front, CLIENT, at + AT_US(100));
    trace_ack(back, CLIENT, at + AT_US(120));
}

static trace *run(sides it, trace_connection **last)
{
    trace *t = trace_new();

    for (int round = 0; round < ROUNDS; round++) {
        const int64_t at = AT_S(round);
        trace_connection *front = trace_connect_between(t, POD, 0, SERVICE, 80);
        trace_connection *back = trace_connect_between(
            t, it.client != NULL ? it.client : POD, front->port[CLIENT],
            it.server != NULL ? it.server : SERVICE, it.server != NULL ? 8080 : 80);
        number(front, &it, round, false);
        number(back, &it, round, true);
        if (!it.is_begun) {
            set_up(front, back, it.order, at);
        }
        trace_request(front, at + AT_MS(1));
        trace_request(back, at + AT_MS(1) + AT_US(20));
        trace_answer(back, at + AT_MS(2));
        trace_answer(front, at + AT_MS(2) + AT_US(20));
        trace_fin(front, CLIENT, at + AT_MS(3));
        trace_fin(back, CLIENT, at + AT_MS(3) + AT_US(20));
        trace_fin(back, SERVER, at + AT_MS(4));
        trace_fin(front, SERVER, at + AT_MS(4) + AT_US(20));
        *last = back;
    }
    trace_analysis(t);
    return t;
}

static void assert_counts(sides it, uint32_t connections)
{
    trace_connection *back = NULL;
    g_autoptr(trace) t = run(it, &back);
    const hr_totals *totals = trace_totals(t);

    g_assert_cmpuint(totals->sums.connections, ==, connections);
    g_assert_cmpuint(totals->sums.requests, ==, connections);
    g_assert_cmpuint(totals->copies, ==, 2 * ROUNDS - connections);
    g_assert_cmpuint(totals->other_connections, ==, 0);
    if (totals->copies > 0 && it.order == NULL && !it.is_begun) {
        g_assert_true(totals->first_copy == hr_model_connection(trace_model(t), 1));
    }
}

static void to_a_service(void)
{
    assert_counts((sides){.server = BACKEND}, ROUNDS);
}

static void from_a_masqueraded_client(void)
{
    assert_counts((sides){.client = "192.0.2.1"}, ROUNDS);
}

static void translated_both_ways(void)
{
    assert_counts((sides){.client = "192.0.2.1", .server = BACKEND}, ROUNDS);
}

static void begun_before_the_capture(void)
{
    assert_counts((sides){.server = BACKEND, .is_begun = true}, ROUNDS);
}

/* Two devices, or two hosts, whose packets did not reach the capture in the order in which they
 * passed: the one that began first is followed. */
static void in_any_order(void)
{
    static const char *const orders[] = {"fBbF", "fbFB", "bfBF", "fBF", "bBFf", "fFBb"};

    for (size_t i = 0; i < G_N_ELEMENTS(orders); i++) {
        const sides it = {.server = BACKEND, .order = orders[i]};
        trace_connection *back = NULL;
        g_autoptr(trace) t = run(it, &back);
        const hr_connection *of = back->model->seldom->copy_of;
        g_assert_cmpstr(of != NULL ? hr_connection_server(of)->endpoint.address : BACKEND, ==,
                        orders[i][0] == 'f' ? SERVICE : BACKEND);
        assert_counts(it, ROUNDS);
    }
}

/* A proxy draws numbers of its own, some firewalls those of one side; two of one client to one
 * server are two, and so are two of two captures; and nobody drew those that are small. */
static void another_connection(void)
{
    assert_counts((sides){.server = BACKEND, .more[CLIENT] = 1}, 2 * ROUNDS);
    assert_counts((sides){.server = BACKEND, .more[SERVER] = 1}, 2 * ROUNDS);
    assert_counts((sides){.server = BACKEND, .order = "fFbB"}, 2 * ROUNDS);
    assert_counts((sides){.client = NULL}, 2 * ROUNDS);
    assert_counts((sides){.client = "pod/" POD, .server = "pod/" SERVICE}, 2 * ROUNDS);
    assert_counts((sides){.server = BACKEND, .is_written = true}, 2 * ROUNDS);
}

#define NODE "192.0.2.1"

typedef struct {
    trace_connection *front, *back;
} translated;

static translated begin_to(trace *t, const char *client, const char *server)
{
    const sides it = {.client = client};
    const translated both = {
        trace_connect_between(t, POD, 0, server, 80),
        trace_connect_between(t, client, 0, server, 80),
    };

    number(both.front, &it, 0, false);
    number(both.back, &it, 0, false);
    return both;
}

/* Behind a second NAT it is there a third time: what it is again is the one in front of both. */
static void behind_two(void)
{
    g_autoptr(trace) t = trace_new();
    const translated two = begin_to(t, NODE, SERVICE);
    trace_connection *third = trace_connect_between(t, "192.0.2.77", 0, SERVICE, 80);
    number(third, &(sides){.client = NODE}, 0, false);
    trace_connection *all[] = {two.front, two.back, third};

    for (int i = 0; i < 3; i++) {
        trace_syn(all[i], AT_US(i));
    }
    for (int i = 2; i >= 0; i--) {
        trace_syn_ack(all[i], AT_US(100 - i));
    }
    trace_exchange(two.front, AT_MS(1), AT_MS(2));

    g_assert_cmpuint(trace_totals(t)->copies, ==, 2);
    g_assert_true(hr_connection_original(third->model) == two.front->model);
    g_assert_true(hr_connection_original(two.front->model) == two.front->model);
}

/* What has carried a request as the other handshake shows is followed to its end. */
static void spoken_before(void)
{
    g_autoptr(trace) t = trace_new();
    const translated two = begin_to(t, NODE, SERVICE);

    trace_syn(two.front, AT_US(0));
    trace_syn(two.back, AT_US(10));
    trace_syn_ack(two.back, AT_US(90));
    const hr_request *request = trace_request(two.back, AT_US(300));
    trace_syn_ack(two.front, AT_US(310));
    trace_request(two.front, AT_US(320));
    trace_answer(two.back, AT_MS(1));
    trace_answer(two.front, AT_MS(1) + AT_US(10));

    trace_analysis(t);
    g_assert_cmpint(request->complete, ==, HR_COMPLETE_YES);
    g_assert_cmpuint(trace_totals(t)->copies, ==, 0);
}

/* The host that translates opens one of its own meanwhile. */
static void none_is_busy_with_a_copy(void)
{
    g_autoptr(trace) t = trace_new();
    const translated two = begin_to(t, NODE, SERVICE);
    trace_connection *own = trace_connect_between(t, NODE, 0, SERVICE, 80);

    trace_syn(two.front, AT_US(0));
    trace_syn(two.back, AT_US(10));
    trace_syn(own, AT_US(50));
    trace_syn_ack(two.back, AT_US(90));
    trace_syn_ack(two.front, AT_US(100));
    trace_syn_ack(own, AT_US(130));
    trace_exchange(own, AT_MS(1), AT_MS(2));
    g_assert_cmpint(hr_connection_opening(own->model)->why, ==,
                    HR_WHY_FIRST_CONTACT); /* in one pass, too */
    trace_exchange(two.front, AT_MS(3), AT_MS(4));

    g_assert_cmpuint(trace_totals(t)->copies, ==, 1);
    assert_first_contact(own);
}

#define PROXY "10.244.0.2"

/* A proxy that is asked by an address of its cluster's is known by its own: what it passes on is no
 * client's, and its resets are routine. */
static void a_proxy_behind(void)
{
    g_autoptr(trace) t = trace_new();
    const sides it = {.server = PROXY};
    trace_connection *front = trace_connect_between(t, POD, 0, SERVICE, 80);
    trace_connection *copy = trace_connect_between(t, POD, front->port[CLIENT], PROXY, 8080);
    trace_connection *passing = NULL;

    number(front, &it, 0, false);
    number(copy, &it, 0, false);
    set_up(front, copy, NULL, 0);
    for (int i = 1; i <= 3; i++) {
        trace_request(front, AT_S(i), .user_agent = "Mozilla/5.0");
        passing = trace_open_between(t, PROXY, BACKEND, 8080, AT_S(i) + AT_MS(1));
        trace_request(passing, AT_S(i) + AT_MS(2), .user_agent = "Mozilla/5.0");
        trace_answer(passing, AT_S(i) + AT_MS(3), .body = 9000);
        trace_rst(passing, CLIENT, AT_S(i) + AT_MS(4));
        trace_answer(front, AT_S(i) + AT_MS(5), .body = 9000);
    }

    assert_cause(passing, "client-close");
    g_assert_true(passing->model->products.is_leg);
    g_assert_cmpuint(trace_totals(t)->copies, ==, 1);
}

/* One that is older than the capture appears just after another pod opened its own: behind the NAT
 * they have one address. Nothing is missing in the capture for that. */
static void many_behind_one_address(void)
{
    g_autoptr(trace) t = trace_new();
    const sides it = {.client = NODE};
    trace_connection *idle = trace_open_between(t, "10.244.0.9", SERVICE, 80, 0);
    trace_exchange(idle, AT_MS(1), AT_MS(2));
    const translated opened = begin_to(t, NODE, SERVICE);
    trace_connection *older = trace_connect_between(t, "10.244.0.8", 0, SERVICE, 80);
    trace_connection *again = trace_connect_between(t, NODE, 0, SERVICE, 80);
    number(older, &it, 1, false);
    number(again, &it, 1, false);

    set_up(opened.front, opened.back, NULL, AT_MS(100));
    trace_exchange(opened.front, AT_MS(101), AT_MS(102));
    trace_request(older, AT_MS(300));
    trace_request(again, AT_MS(300) + AT_US(10));
    trace_answer(older, AT_MS(302));
    trace_connection *next = trace_open_between(t, "10.244.0.9", SERVICE, 80, AT_MS(500));
    trace_exchange(next, AT_MS(501), AT_MS(502));

    assert_opened(next, "idle-available", idle);
    g_assert_cmpuint(trace_totals(t)->copies, ==, 2);
}

/* The first segment is an answer, and the client's port the lower one: who is who is known later. */
static void begun_with_an_answer(void)
{
    for (int is_answer = 0; is_answer < 2; is_answer++) {
        g_autoptr(trace) t = trace_new();
        const sides it = {.client = NODE, .server = BACKEND};
        trace_connection *front = trace_connect_between(t, POD, 3000, SERVICE, 30080);
        trace_connection *back = trace_connect_between(t, NODE, 3000, BACKEND, 30080);
        trace_connection *first = is_answer ? back : front;
        trace_connection *second = is_answer ? front : back;
        number(front, &it, 0, false);
        number(back, &it, 0, false);
        trace_ack(first, is_answer ? SERVER : CLIENT, AT_MS(1));
        trace_ack(second, is_answer ? SERVER : CLIENT, AT_MS(1) + AT_US(10));
        trace_exchange(front, AT_MS(2), AT_MS(3));
        trace_exchange(back, AT_MS(4), AT_MS(5));

        g_assert_cmpuint(trace_totals(t)->copies, ==, 1);
        g_assert_true(hr_connection_original(second->model) == first->model);
        g_assert_true(hr_connection_behind(first->model) == back->model);
        const unsigned client = hr_connection_client_of_copy(second->model);
        g_assert_cmpstr(second->model->ends[client].endpoint.address, ==, is_answer ? POD : NODE);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/translated/service", to_a_service);
    g_test_add_func("/translated/masquerade", from_a_masqueraded_client);
    g_test_add_func("/translated/both", translated_both_ways);
    g_test_add_func("/translated/begun", begun_before_the_capture);
    g_test_add_func("/translated/order", in_any_order);
    g_test_add_func("/translated/other", another_connection);
    g_test_add_func("/translated/twice", behind_two);
    g_test_add_func("/translated/spoken", spoken_before);
    g_test_add_func("/translated/proxy", a_proxy_behind);
    g_test_add_func("/translated/many", many_behind_one_address);
    g_test_add_func("/translated/begun/answer", begun_with_an_answer);
    g_test_add_func("/translated/beside", none_is_busy_with_a_copy);
    return g_test_run();
}
