/* growth_ends.c
 * Many ends that are alike, or all at one time: each is compared with others.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "growth.h"

enum {
    POOL = 500,   /* connections that are kept */
    STOPPED = 100 /* ... that end together */
};

static trace_connection *used_at(trace *t, int64_t at)
{
    trace_connection *c = trace_open(t, at);
    trace_exchange(c, at + AT_US(300), at + AT_US(400));
    return c;
}

static trace_connection **used_in_turn(trace *t, unsigned count)
{
    trace_connection **c = g_new(trace_connection *, count);
    for (unsigned i = 0; i < count; i++) {
        c[i] = used_at(t, AT_MS(i));
    }
    return c;
}

void tunnels_in_turn(trace *t, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const int64_t at = AT_MS(20 * (int64_t)i);
        trace_connection *c = trace_open_to(t, "10.0.0.3", 3128, at);
        trace_request(c, at + AT_MS(1), .method = "CONNECT", .target = "b.example:80",
                      .host = "b.example:80");
        trace_answer(c, at + AT_MS(2), .is_header_only = true);
        trace_exchange(c, at + AT_MS(3), at + AT_MS(4));
        if (i % 2 == 1) {
            trace_close(c, CLIENT, at + AT_MS(6));
        }
    }
}

void programs_of_one_server(trace *t, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const int64_t at = AT_MS(10 * (int64_t)i);
        trace_connection *c = trace_open(t, at);
        trace_request(c, at + AT_MS(1), .user_agent = name_of(i));
        trace_answer(c, at + AT_MS(2));
        trace_close(c, i % 2 == 0 ? CLIENT : SERVER, at + AT_MS(9));
    }
}

void addresses_of_one_name(trace *t, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char address[32];
        g_snprintf(address, sizeof(address), "10.%u.%u.%u", i >> 16, (i >> 8) & 255, i & 255);
        const int64_t at = AT_MS(10 * (int64_t)i);
        trace_connection *c = trace_open_to(t, g_string_chunk_insert_const(texts, address), 80, at);
        trace_exchange(c, at + AT_MS(1), at + AT_MS(2));
    }
}

/* Each dies with the same request, and each of the retries may be anyone's. */
void stale_requests_at_once(trace *t, unsigned count)
{
    trace_connection **c = used_in_turn(t, count);
    for (unsigned i = 0; i < count; i++) {
        trace_fin(c[i], SERVER, AT_MS(count) + AT_US(i));
    }
    for (unsigned i = 0; i < count; i++) {
        trace_request(c[i], AT_MS(2 * (int64_t)count) + AT_US(i), .target = "/same");
    }
    for (unsigned i = 0; i < count; i++) {
        trace_rst(c[i], SERVER, AT_MS(3 * (int64_t)count) + AT_US(i));
    }
    for (unsigned i = 0; i < count; i++) {
        const int64_t at = AT_MS(3 * (int64_t)count) + AT_US(count) + AT_US(500 * (int64_t)i);
        trace_request(trace_open(t, at), at + AT_US(400), .target = "/same");
    }
    g_free(c);
}

void requests_given_up_at_once(trace *t, unsigned count)
{
    trace_connection **c = used_in_turn(t, count);
    for (unsigned i = 0; i < count; i++) {
        trace_request(c[i], AT_MS(count));
    }
    for (unsigned i = 0; i < count; i++) {
        trace_fin(c[i], CLIENT, AT_MS(count) + AT_MS(3000));
    }
    g_free(c);
}

/* Idle for as long as each other, and no two events of it. */
void idle_ends_at_once(trace *t, unsigned count)
{
    trace_connection **c = g_new(trace_connection *, count);
    for (unsigned i = 0; i < count; i++) {
        c[i] = trace_open(t, AT_MS(0) + TRACE_HANDSHAKE_NS * i);
    }
    for (unsigned i = 0; i < count; i++) {
        trace_exchange(c[i], AT_MS(count), AT_MS(count));
    }
    for (unsigned i = 0; i < count; i++) {
        trace_fin(c[i], i % 2 == 0 ? CLIENT : SERVER, AT_MS(count) + AT_MS(777003));
    }
    g_free(c);
}

/* Each idle for a little longer than the one before. */
void idle_ends_that_grow(trace *t, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const int64_t at = AT_MS(100000 * (int64_t)i);
        trace_close(used_at(t, at), i % 2 == 0 ? CLIENT : SERVER,
                    at + AT_MS(20000) + AT_US(10 * (int64_t)i));
    }
}

/* The least recently used goes as another one becomes idle. */
void evictions_from_a_pool(trace *t, unsigned count)
{
    trace_connection **c = g_new(trace_connection *, count);
    for (unsigned i = 0; i < count; i++) {
        const int64_t at = AT_MS(10 * (int64_t)i);
        c[i] = used_at(t, at);
        if (i >= POOL) {
            trace_close(c[i - POOL], CLIENT, at + AT_US(500));
        }
    }
    g_free(c);
}

static trace_connection *ask(trace *t, const char *client, const char *server, int64_t at)
{
    trace_connection *c = trace_connect_between(t, client, 0, server, 80);
    trace_syn(c, at);
    trace_syn_ack(c, at);
    trace_ack(c, CLIENT, at);
    trace_request(c, at, .user_agent = "x/1", .target = "/same");
    return c;
}

/* All wait for the same, and each that is passed on may be anyone's. */
void requests_through_a_proxy(trace *t, unsigned count)
{
    trace_connection **front = g_new(trace_connection *, count);
    trace_connection **back = g_new(trace_connection *, count);
    for (unsigned i = 0; i < count; i++) {
        front[i] = ask(t, "10.0.0.1", "10.0.0.5", AT_MS(i));
    }
    for (unsigned i = 0; i < count; i++) {
        back[i] = ask(t, "10.0.0.5", "10.0.0.9", AT_MS(count + i));
    }
    for (unsigned i = 0; i < count; i++) {
        trace_answer(back[i], AT_MS(2 * (int64_t)count + i));
        trace_answer(front[i], AT_MS(2 * (int64_t)count + i));
    }
    g_free(back);
    g_free(front);
}

/* Only the client's packets. */
void connections_one_way(trace *t, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const int64_t at = AT_MS(10 * (int64_t)i);
        trace_connection *c = trace_connect(t);
        trace_syn(c, at);
        c->received[CLIENT] = TRACE_SERVER_ISN;
        trace_request(c, at + AT_MS(1), .user_agent = name_of(i % 100), .host = name_of(i % 50));
        c->received[CLIENT] += TRACE_ANSWER_HEADER + TRACE_ANSWER_BODY;
        trace_request(c, at + AT_MS(2), .host = name_of(i % 50));
        trace_fin(c, CLIENT, at + AT_MS(3));
    }
}

void server_that_stops_often(trace *t, unsigned count)
{
    for (unsigned i = 0; i < count / STOPPED; i++) {
        const int64_t at = AT_MS(100000 * (int64_t)i);
        trace_connection *c[STOPPED];
        for (unsigned k = 0; k < STOPPED; k++) {
            c[k] = used_at(t, at + AT_MS(k));
        }
        for (unsigned k = 0; k < STOPPED; k++) {
            trace_fin(c[k], SERVER, at + AT_MS(5000));
        }
        trace_refuse(t, at + AT_MS(5001));
    }
}

void ports_used_again(trace *t, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const int64_t at = AT_MS(10 * (int64_t)i);
        trace_connection *c = trace_connect_between(t, "10.0.0.1", 40000, "10.0.0.80", 80);
        trace_syn(c, at);
        trace_syn_ack(c, at);
        trace_ack(c, CLIENT, at);
        trace_exchange(c, at + AT_MS(1), at + AT_MS(2));
        if (i % 2 == 1) {
            trace_close(c, CLIENT, at + AT_MS(3));
        }
    }
}
