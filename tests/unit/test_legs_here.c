/* test_legs_here.c
 * A proxy that is asked at one of its addresses and asks from another, and says nothing of itself. Where
 * it captured itself, the capture tells which way the packets went there (interface "any" of Linux).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_legs.h"

#define GATEWAY "203.0.113.7"
#define GATEWAY_INSIDE "10.0.0.7"
#define LOOPBACK "127.0.0.1"

/* The ways of what clients send and of what servers send, in front and behind. */
typedef struct {
    const char *asks_from; /* NULL: GATEWAY_INSIDE */
    const char *asks;      /* NULL: LEGS_APP */
    hr_way front[2], back[2];
    bool asks_others;      /* the side behind is seen to ask another host, too */
    bool is_sent_on;       /* what the side behind sends came in before it went out: a router's */
    bool is_front_sent_on; /* ... what comes in front goes out again */
} seen_ways;

#define SERVER_OF_FRONT                                                                            \
    {                                                                                              \
        HR_WAY_IN, HR_WAY_OUT                                                                      \
    }
#define CLIENT_OF_BACK                                                                             \
    {                                                                                              \
        HR_WAY_OUT, HR_WAY_IN                                                                      \
    }

static trace_connection *open_with(trace *t, const char *client, const char *server,
                                   const hr_way way[2], int64_t at)
{
    trace_connection *c = trace_connect_between(t, client, 0, server, 80);

    c->way[CLIENT] = way[0];
    c->way[SERVER] = way[1];
    trace_syn(c, at);
    trace_syn_ack(c, at + AT_US(10));
    trace_ack(c, CLIENT, at + AT_US(20));
    return c;
}

/* As HAProxy with http-server-close: a connection behind for each call, which says close. */
static bool is_told_to_proxy(const seen_ways *it)
{
    g_autoptr(trace) t = trace_new();
    const char *from = it->asks_from != NULL ? it->asks_from : GATEWAY_INSIDE;
    trace_connection *front = open_with(t, LEGS_BROWSER, GATEWAY, it->front, AT_MS(0));

    if (it->asks_others) {
        static const hr_way ways[2] = CLIENT_OF_BACK;
        open_with(t, from, "10.0.0.99", ways, AT_MS(1));
    }

    if (it->is_front_sent_on) {
        front->way[CLIENT] = HR_WAY_OUT;
        trace_ack(front, CLIENT, AT_MS(2));
        front->way[CLIENT] = it->front[0];
    }
    for (int i = 1; i <= 4; i++) {
        const int64_t at = AT_MS(100 * i);
        trace_request(front, at, .user_agent = LEGS_REQUESTS);
        trace_connection *back =
            open_with(t, from, it->asks != NULL ? it->asks : LEGS_APP, it->back, at + AT_MS(1));
        if (it->is_sent_on) {
            back->way[CLIENT] = HR_WAY_IN;
            trace_ack(back, CLIENT, at + AT_US(1500));
            back->way[CLIENT] = it->back[0];
        }
        trace_request(back, at + AT_MS(2), .user_agent = LEGS_REQUESTS, .connection = "close");
        trace_answer(back, at + AT_MS(3), .connection = "close");
        trace_close(back, SERVER, at + AT_MS(4));
        trace_answer(front, at + AT_MS(5));
    }
    return trace_advises(t, "no_client_close", "A proxy says Connection: close");
}

static void proxy_of_two_addresses(void)
{
    g_assert_true(is_told_to_proxy(&(seen_ways){.front = SERVER_OF_FRONT, .back = CLIENT_OF_BACK}));
}

/* Two clients of one name that ask two servers for the same at once look the same. */
static void nothing_says_which_way(void)
{
    g_assert_false(is_told_to_proxy(&(seen_ways){.front = SERVER_OF_FRONT}));
    g_assert_false(is_told_to_proxy(&(seen_ways){.back = CLIENT_OF_BACK}));
    g_assert_false(is_told_to_proxy(&(seen_ways){0}));
    g_assert_false(is_told_to_proxy(
        &(seen_ways){.front = SERVER_OF_FRONT, .back = {HR_WAY_OUT, HR_WAY_UNKNOWN}}));
    g_assert_false(is_told_to_proxy(
        &(seen_ways){.front = {HR_WAY_IN, HR_WAY_UNKNOWN}, .back = CLIENT_OF_BACK}));
}

/* A server that captures: of both, or of the one behind; or a client of both. */
static void host_of_other_ends(void)
{
    g_assert_false(
        is_told_to_proxy(&(seen_ways){.front = SERVER_OF_FRONT, .back = SERVER_OF_FRONT}));
    g_assert_false(is_told_to_proxy(&(seen_ways){.front = CLIENT_OF_BACK, .back = CLIENT_OF_BACK}));
}

static void router_sends_on(void)
{
    g_assert_false(is_told_to_proxy(
        &(seen_ways){.front = SERVER_OF_FRONT, .back = CLIENT_OF_BACK, .is_sent_on = true}));
    g_assert_false(is_told_to_proxy(
        &(seen_ways){.front = SERVER_OF_FRONT, .back = CLIENT_OF_BACK, .is_front_sent_on = true}));
}

/* A service's address is translated to that of a server: who asks for both is the client. */
static void translated_target(void)
{
    g_assert_false(is_told_to_proxy(
        &(seen_ways){.asks_from = LEGS_BROWSER, .front = SERVER_OF_FRONT, .back = CLIENT_OF_BACK}));
}

/* All packets of the loopback interface come in. */
static void asks_on_loopback(void)
{
    const seen_ways it = {.asks_from = LOOPBACK,
                          .asks = LOOPBACK,
                          .front = SERVER_OF_FRONT,
                          .back = {HR_WAY_IN, HR_WAY_IN}};
    const seen_ways of_ipv6 = {.asks_from = "::1",
                               .asks = "::1",
                               .front = SERVER_OF_FRONT,
                               .back = {HR_WAY_IN, HR_WAY_IN}};
    const seen_ways unknown = {.asks_from = LOOPBACK, .asks = LOOPBACK};
    const seen_ways own = {.asks = GATEWAY_INSIDE,
                           .asks_others = true,
                           .front = SERVER_OF_FRONT,
                           .back = {HR_WAY_IN, HR_WAY_IN}};

    g_assert_true(is_told_to_proxy(&it));
    g_assert_true(is_told_to_proxy(&of_ipv6));
    g_assert_false(is_told_to_proxy(&unknown));
    g_assert_true(is_told_to_proxy(&own));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/legs/here/two-addresses", proxy_of_two_addresses);
    g_test_add_func("/legs/here/unknown", nothing_says_which_way);
    g_test_add_func("/legs/here/other-ends", host_of_other_ends);
    g_test_add_func("/legs/here/router", router_sends_on);
    g_test_add_func("/legs/here/translated", translated_target);
    g_test_add_func("/legs/here/loopback", asks_on_loopback);
    return g_test_run();
}
