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
