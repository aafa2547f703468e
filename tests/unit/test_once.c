/* test_once.c
 * What is one request, and what is none: retransmissions, a second SYN, what a server or a
 * WebSocket sends, Upgrade: h2c. DESIGN section 3, "Counted once".
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_h2.h"

static void retransmitted_request_counts_once(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *first = trace_request(c, AT_MS(1));
    trace_resend(c, CLIENT, AT_MS(300));
    trace_answer(c, AT_MS(301));
    const hr_request *second = trace_request(c, AT_MS(302));

    g_assert_cmpint(first->sent.ns, ==, AT_MS(1));
    g_assert_cmpuint(hr_model_request_count(trace_model(t)), ==, 2);
    assert_number(second, 2);
    assert_delivery(second, "sequential");
}

/* Wireshark 4.6 shows the retransmission as a message too, where the packets are cut. */
static void retransmission_shown_as_a_message_counts_once(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *first = trace_request(c, AT_MS(1));
    const hr_http1_request request = {
        .method = {"GET", 3},
        .target = {"/", 1},
        .extent = {.available = TRACE_REQUEST_HEADER,
                   .is_on_tcp = true,
                   .is_begin_known = true,
                   .begin_seq = c->next[CLIENT] - TRACE_REQUEST_HEADER},
    };
    const hr_tcp_segment again = {.from = c->index[CLIENT],
                                  .flags = HR_TCP_ACK,
                                  .seq = c->next[CLIENT] - TRACE_REQUEST_HEADER,
                                  .ack = c->next[SERVER],
                                  .length = TRACE_REQUEST_HEADER};

    hr_model *model = trace_model(t);
    hr_model_begin_frame(model, trace_frame(t) + 1, AT_MS(300));
    hr_tcp_segment_seen(model, c->model, &again);
    g_assert_null(hr_http1_request_seen(model, c->model, c->index[CLIENT], &request));
    size_t count = 0;
    hr_model_end_frame(model, &count);

    assert_status(first, "new");
    g_assert_cmpuint(hr_model_request_count(model), ==, 1);
}

static void retransmission_during_the_next_one_counts_once(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_resend(c, CLIENT, AT_MS(3)); /* the ACK was late: the first request once more */
    const hr_request *second = trace_request(c, AT_MS(50));

    g_assert_cmpint(second->sent.ns, ==, AT_MS(50));
    assert_number(second, 2);
}

static void retransmitted_syn_opens_once(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_syn(c, AT_S(0));
    trace_syn(c, AT_S(1));
    trace_syn_ack(c, AT_S(2));
    trace_ack(c, CLIENT, AT_S(2));
    const hr_request *first = trace_request(c, AT_S(3));

    g_assert_cmpuint(hr_model_connection_count(trace_model(t)), ==, 1);
    assert_status(first, "new");
}

static void server_does_not_ask(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    const hr_http1_request echoed = {
        .method = {"GET", 3},
        .extent = {.header_length = 100, .available = 100, .is_on_tcp = true},
    };

    hr_model *model = trace_model(t);
    hr_model_begin_frame(model, trace_frame(t) + 1, AT_MS(2));
    g_assert_null(hr_http1_request_seen(model, c->model, c->index[SERVER], &echoed));
    size_t count = 0;
    hr_model_end_frame(model, &count);
    g_assert_cmpuint(hr_model_request_count(model), ==, 1);
}

static void websocket_carries_no_requests(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .code = 101);

    g_assert_null(trace_request(c, AT_MS(3)));
    g_assert_cmpuint(hr_model_request_count(trace_model(t)), ==, 1);
}

/* RFC 7540 §3.2: the request with the upgrade is HTTP/1.1, and stream 1 of what follows. */
static void request_that_asks_for_h2c_is_http1(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *first = trace_request(c, AT_MS(1), .upgrade = "h2c");
    trace_answer(c, AT_MS(2), .code = 101, .is_empty = true, .upgrade = "h2c");
    h2_answer(c, 1, AT_MS(3));
    const hr_request *second = h2_exchange(c, 3, AT_MS(4), AT_MS(5));

    g_assert_cmpstr(hr_protocol_token(hr_request_protocol(first)), ==, "http/1.1");
    g_assert_cmpint(hr_request_stream(first), ==, 1);
    assert_number(first, 1);
    g_assert_cmpstr(hr_protocol_token(hr_request_protocol(second)), ==, "h2");
    assert_status(second, "reused");
    assert_number(second, 2);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/once/retransmitted", retransmitted_request_counts_once);
    g_test_add_func("/once/retransmission-shown", retransmission_shown_as_a_message_counts_once);
    g_test_add_func("/once/late-retransmission", retransmission_during_the_next_one_counts_once);
    g_test_add_func("/once/syn-retransmitted", retransmitted_syn_opens_once);
    g_test_add_func("/once/none/from-the-server", server_does_not_ask);
    g_test_add_func("/once/none/websocket", websocket_carries_no_requests);
    g_test_add_func("/once/h2c/request-is-http1", request_that_asks_for_h2c_is_http1);
    return g_test_run();
}
