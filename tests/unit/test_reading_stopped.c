/* test_reading_stopped.c
 * Since when a client had taken nothing more of an answer, as far as its packets tell; and when a request
 * was called for.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/ending/origins.h"
#include "core/ending/reading.h"
#include "trace_h2.h"
#include "trace_legs.h"

enum {
    SENT = 60000,
    WHOLE = 400000
};

typedef struct {
    trace_side closes;   /* CLIENT */
    int64_t makes_room;  /* after so long, and has none again 10 ms later */
    bool is_whole;       /* the answer comes all the same */
    int64_t stays_ns;    /* with a full socket; 0: 500 ms */
    bool is_begun_later; /* the answer comes only as it had closed */
} full_socket;

/* When it stopped, from 1 s on, or HR_TIME_NONE. */
static int64_t stopped_after(full_socket it)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(1));
    const int64_t stays = it.stays_ns > 0 ? it.stays_ns : AT_MS(500);
    if (!it.is_begun_later) {
        trace_begin_answer(c, AT_MS(2), .body = WHOLE, .rest = WHOLE - SENT);
    }
    c->has_no_room[CLIENT] = true;
    trace_ack(c, CLIENT, AT_S(1));
    if (it.makes_room > 0) {
        c->has_no_room[CLIENT] = false;
        trace_ack(c, CLIENT, AT_S(1) + it.makes_room);
        c->has_no_room[CLIENT] = true;
        trace_ack(c, CLIENT, AT_S(1) + it.makes_room + AT_MS(10));
    }
    if (it.is_whole) {
        trace_end_answer(c, WHOLE - SENT, AT_S(1) + AT_MS(30));
    }
    trace_rst(c, it.closes, AT_S(1) + stays);
    if (it.is_begun_later) {
        trace_data(c, SERVER, SENT, AT_S(2));
    }
    trace_analysis(t);
    const int64_t stopped_ns = hr_reading_stopped_ns(&trace_model(t)->settings, request);
    return stopped_ns != HR_TIME_NONE ? stopped_ns - AT_S(1) : HR_TIME_NONE;
}

/* Its socket is full, and it closes later, also where it had been full for a tenth of that time before. A
 * slow reader's is full for about as long each time; a program that ends with what it had just got does not count,
 * nor one that its server closes on. */
static void a_full_socket(void)
{
    g_assert_cmpint(stopped_after((full_socket){0}), ==, 0);
    g_assert_cmpint(stopped_after((full_socket){.stays_ns = AT_MS(50)}), ==, HR_TIME_NONE);
    g_assert_cmpint(stopped_after((full_socket){.closes = SERVER}), ==, HR_TIME_NONE);
    g_assert_cmpint(stopped_after((full_socket){.makes_room = AT_MS(50)}), ==, HR_TIME_NONE);
    g_assert_cmpint(stopped_after((full_socket){.makes_room = AT_MS(40)}), ==, AT_MS(50));
    g_assert_cmpint(stopped_after((full_socket){.makes_room = AT_MS(1)}), ==, AT_MS(11));
    g_assert_cmpint(stopped_after((full_socket){.is_whole = true}), ==, HR_TIME_NONE);
    g_assert_cmpint(stopped_after((full_socket){.is_begun_later = true}), ==, HR_TIME_NONE);
}

/* A proxy that says nothing of itself behind takes no more than its own client does. */
static void a_proxy_behind(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *front = NULL, *back = NULL;
    const int64_t at = legs_call(t, &front, &back, 0) + AT_MS(100);
    hr_request *request[2];
    trace_connection *const both[] = {front, back};
    for (int i = 0; i < 2; i++) {
        request[i] = trace_request(both[i], at + AT_MS(i), .user_agent = LEGS_REQUESTS);
    }
    for (int i = 1; i >= 0; i--) {
        trace_begin_answer(both[i], at + AT_MS(4 - i), .body = WHOLE, .rest = WHOLE - SENT);
    }
    for (int i = 0; i < 2; i++) {
        both[i]->has_no_room[CLIENT] = true;
        trace_ack(both[i], CLIENT, at + AT_MS(10 + i));
    }
    for (int i = 0; i < 2; i++) {
        trace_rst(both[i], CLIENT, at + AT_S(1) + AT_MS(i));
    }
    trace_analysis(t);
    g_assert_true(back->model->products.is_leg);
    g_assert_cmpint(hr_reading_stopped_ns(&trace_model(t)->settings, request[0]), ==,
                    at + AT_MS(10));
    g_assert_cmpint(hr_reading_stopped_ns(&trace_model(t)->settings, request[1]), ==, HR_TIME_NONE);
}

/* TCP's window tells nothing of one stream. */
static void a_stream(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_plain(t, AT_MS(0), 0);
    const hr_request *request = h2_ask(c, 1, AT_MS(10));
    h2_answer(c, 1, AT_MS(11), .is_cut = true);
    c->has_no_room[CLIENT] = true;
    trace_ack(c, CLIENT, AT_MS(12));
    trace_rst(c, CLIENT, AT_S(1));

    trace_analysis(t);
    g_assert_cmpint(hr_reading_stopped_ns(&trace_model(t)->settings, request), ==, HR_TIME_NONE);
}

/* ... nor that the server sends no more, and its client closes. */
static void a_stream_that_stops(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_plain(t, AT_MS(0), 0);
    const hr_request *request = h2_ask(c, 1, AT_MS(10));
    h2_answer(c, 1, AT_MS(11), .is_cut = true);
    trace_ack(c, CLIENT, AT_MS(12));
    trace_fin(c, CLIENT, AT_S(3));
    trace_ack(c, SERVER, AT_S(3) + AT_MS(1));

    trace_analysis(t);
    g_assert_cmpint(hr_reading_waited_ns(request), ==, 0);
}

/* ---- when it was called for ---- */

static int64_t called_ns(trace *t, const hr_request *request)
{
    return hr_request_called_ns(&trace_model(t)->settings, request);
}

/* What dials for a call wants it at the SYN, however long the handshake takes; what has a connection, or
 * had dialled ahead, when it is sent. */
static void dialled_for(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *slow = trace_connect(t);
    trace_syn(slow, AT_S(1));
    trace_syn_ack(slow, AT_S(1) + AT_MS(400));
    trace_ack(slow, CLIENT, AT_S(1) + AT_MS(401));
    const hr_request *first = trace_request(slow, AT_S(1) + AT_MS(402));
    trace_answer(slow, AT_S(1) + AT_MS(500));
    const hr_request *next = trace_request(slow, AT_S(1) + AT_MS(501));
    const hr_request *ahead = trace_request(trace_open(t, AT_S(2)), AT_S(3));
    const hr_request *before = trace_request(trace_connect(t), AT_S(4));

    g_assert_cmpint(called_ns(t, first), ==, AT_S(1));
    g_assert_cmpint(called_ns(t, next), ==, AT_S(1) + AT_MS(501));
    g_assert_cmpint(called_ns(t, ahead), ==, AT_S(3));
    g_assert_cmpint(called_ns(t, before), ==, AT_S(4));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/reading/stopped/full", a_full_socket);
    g_test_add_func("/reading/stopped/proxy", a_proxy_behind);
    g_test_add_func("/reading/stopped/stream", a_stream);
    g_test_add_func("/reading/stopped/stream/waited", a_stream_that_stops);
    g_test_add_func("/called/dialled", dialled_for);
    return g_test_run();
}
