/* trace_legs.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_legs.h"

trace_connection *legs_open_at(trace *t, const char *client, const char *server, uint16_t port,
                               int64_t at)
{
    trace_connection *c = trace_connect_between(t, client, 0, server, port);

    trace_syn(c, at);
    trace_syn_ack(c, at + AT_US(10));
    trace_ack(c, CLIENT, at + AT_US(20));
    return c;
}

trace_connection *legs_open(trace *t, const char *client, const char *server, int64_t at)
{
    return legs_open_at(t, client, server, 80, at);
}

void legs_pass_on(trace_connection *front, trace_connection *back, int64_t at)
{
    trace_request(front, at, .user_agent = LEGS_REQUESTS);
    trace_request(back, at + AT_US(100), .user_agent = LEGS_REQUESTS);
    trace_answer(back, at + AT_US(200));
    trace_answer(front, at + AT_US(300));
}

int64_t legs_call(trace *t, trace_connection **front, trace_connection **back, int round)
{
    int64_t at = AT_S(1) + round * LEGS_PERIOD_NS;

    *front = legs_open(t, "10.0.0.1", LEGS_BETWEEN, at);
    *back = legs_open(t, LEGS_BETWEEN, LEGS_BACKEND, at + AT_US(100));
    for (int i = 0; i < LEGS_CALLS; i++) {
        at += AT_MS(100);
        legs_pass_on(*front, *back, at);
    }
    return at;
}

legs_pair legs_begin_to(trace *t, const char *proxy_front, const char *back_host)
{
    legs_pair it = {.owner = t, .user_agent = "Mozilla/5.0", .back_host = back_host};

    it.is_relayed = !g_str_equal(proxy_front, LEGS_PROXY);
    it.front = trace_open_between(t, LEGS_BROWSER, proxy_front, 80, AT_MS(0));
    it.back = trace_open_between(t, LEGS_PROXY, LEGS_APP, 8080, AT_MS(1));
    for (int i = 0; i < 2; i++) {
        const int64_t at = AT_MS(10 * (i + 1));
        trace_request(it.front, at, .target = "/a", .user_agent = it.user_agent);
        trace_request(it.back, at + AT_MS(1), .target = "/a", .user_agent = it.user_agent,
                      .host = back_host, .is_relayed = it.is_relayed);
        trace_answer(it.back, at + AT_MS(2), .server = "uvicorn");
        trace_answer(it.front, at + AT_MS(3), .server = "nginx");
    }
    return it;
}

legs_pair legs_begin(trace *t, const char *proxy_front)
{
    return legs_begin_to(t, proxy_front, NULL);
}

hr_request *legs_ask_front(const legs_pair *it, int64_t at)
{
    return trace_request(it->front, at, .method = "POST", .target = "/b",
                         .user_agent = it->user_agent);
}

hr_request *legs_ask_back(const legs_pair *it, trace_connection *c, int64_t at)
{
    return trace_request(c, at, .method = "POST", .target = "/b", .user_agent = it->user_agent,
                         .host = it->back_host, .is_relayed = it->is_relayed);
}

hr_request *legs_lose_behind(const legs_pair *it, int64_t at)
{
    hr_request *lost = legs_ask_back(it, it->back, at);
    trace_rst(it->back, SERVER, at + AT_US(100));
    return lost;
}
