/* test_tcp.c
 * What TCP's headers tell: the handshake's times, which bytes are new, who ended it, probes.
 * RFC 9293.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

/* ---- the handshake ---- */

static void handshake_is_from_syn_to_the_clients_ack(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_syn(c, AT_MS(5));
    trace_syn_ack(c, AT_MS(15));
    trace_ack(c, CLIENT, AT_MS(16));

    g_assert_true(c->model->is_opening_seen);
    g_assert_cmpint(c->model->opened.ns, ==, AT_MS(5));
    g_assert_cmpint(hr_connection_tcp_handshake_ns(c->model), ==, AT_MS(11));
    g_assert_cmpint(hr_connection_setup_ns(c->model), ==, AT_MS(11));
    g_assert_cmpint(hr_connection_tls_handshake_ns(c->model), ==, HR_TIME_NONE);
}

/* The one who waits counts from the first SYN. */
static void lost_syns_make_the_handshake_longer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_syn(c, AT_MS(0));
    trace_syn(c, AT_MS(1000));
    trace_syn(c, AT_MS(3000));
    trace_syn_ack(c, AT_MS(3010));
    trace_ack(c, CLIENT, AT_MS(3011));

    g_assert_cmpint(hr_connection_setup_ns(c->model), ==, AT_MS(3011));
    g_assert_cmpuint(hr_connection_client(c->model)->syn_count, ==, 3);
}

static void lost_last_ack_leaves_the_request_to_end_it(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_syn(c, AT_MS(0));
    trace_syn_ack(c, AT_MS(10));
    trace_request(c, AT_MS(11));

    g_assert_cmpint(hr_connection_setup_ns(c->model), ==, AT_MS(11));
}

static void syn_ack_alone_says_who_is_who(void)
{
    g_autoptr(trace) t = trace_new();
    /* The client has the lower port: only the SYN/ACK can tell. */
    trace_connection *c = trace_connect_between(t, "10.0.0.1", 1024, "10.0.0.80", 50000);
    trace_syn_ack(c, AT_MS(0));
    trace_ack(c, CLIENT, AT_MS(1));

    g_assert_true(c->model->is_opening_seen);
    g_assert_false(c->model->is_client_guessed);
    g_assert_cmpuint(hr_connection_client(c->model)->endpoint.port, ==, 1024);
    g_assert_cmpint(hr_connection_setup_ns(c->model), ==, HR_TIME_NONE);
}

static void without_a_handshake_nothing_was_measured(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_exchange(c, AT_MS(0), AT_MS(1));

    g_assert_false(c->model->is_opening_seen);
    g_assert_cmpint(hr_connection_setup_ns(c->model), ==, HR_TIME_NONE);
    g_assert_cmpint(hr_connection_tcp_handshake_ns(c->model), ==, HR_TIME_NONE);
}

static void higher_port_is_guessed_to_be_the_client(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect_between(t, "10.0.0.1", 40000, "10.0.0.80", 80);
    trace_ack(c, SERVER, AT_MS(0));

    g_assert_true(c->model->is_client_guessed);
    g_assert_cmpuint(hr_connection_client(c->model)->endpoint.port, ==, 40000);
}

static void request_says_who_is_the_client(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect_between(t, "10.0.0.1", 79, "10.0.0.80", 8080);
    trace_request(c, AT_MS(0));

    g_assert_false(c->model->is_client_guessed);
    g_assert_cmpuint(hr_connection_client(c->model)->endpoint.port, ==, 79);
}

/* Strays of the connection before, from both ends. */
static void resets_of_both_ends_before_the_handshake_are_none(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_syn(c, AT_MS(0));
    trace_segment(c, SERVER, HR_TCP_RST | HR_TCP_ACK, 0, TRACE_CLIENT_ISN + 1, 0, AT_MS(1));
    trace_segment(c, CLIENT, HR_TCP_RST, TRACE_CLIENT_ISN + 1, 0, 0, AT_MS(2));
    trace_syn_ack(c, AT_MS(3));
    trace_ack(c, CLIENT, AT_MS(4));
    trace_exchange(c, AT_MS(5), AT_MS(6));
    trace_close(c, SERVER, AT_MS(50));
    trace_connection *next = trace_open(t, AT_MS(100)); /* c is not being set up any more */

    g_assert_cmpuint(hr_connection_server(c->model)->seldom->rst.frame, ==, 0);
    assert_opened(next, "previous-closed", c);
}

/* ---- bytes ---- */

static void bytes_are_counted_once(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_data(c, SERVER, 1000, AT_MS(2));
    trace_resend(c, SERVER, AT_MS(3));
    trace_resend(c, SERVER, AT_MS(4));

    g_assert_cmpuint(hr_connection_client(c->model)->out.captured, ==, TRACE_REQUEST_HEADER);
    g_assert_cmpuint(hr_connection_server(c->model)->out.captured, ==, 1000);
}

static void overlapping_bytes_are_counted_once(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const uint32_t seq = c->next[SERVER];
    trace_data(c, SERVER, 1000, AT_MS(2));
    trace_segment(c, SERVER, HR_TCP_ACK, seq + 600, c->received[SERVER], 1000, AT_MS(3));

    g_assert_cmpuint(hr_connection_server(c->model)->out.captured, ==, 1600);
    g_assert_cmpuint(hr_bytes_hole_count(&hr_connection_server(c->model)->out), ==, 0);
}

static void lost_bytes_leave_a_gap(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_data(c, SERVER, 1000, AT_MS(1));
    trace_lose(c, SERVER, 500);
    trace_data(c, SERVER, 1000, AT_MS(2));

    g_assert_cmpuint(hr_bytes_hole_count(&hr_connection_server(c->model)->out), ==, 1);
    g_assert_cmpuint(hr_connection_server(c->model)->out.captured, ==, 2000);
}

static void overtaken_bytes_are_counted(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const uint32_t seq = c->next[SERVER];
    const uint32_t ack = c->received[SERVER];
    trace_segment(c, SERVER, HR_TCP_ACK, seq + 1000, ack, 1000, AT_MS(1));
    trace_segment(c, SERVER, HR_TCP_ACK, seq, ack, 1000, AT_MS(2));

    g_assert_cmpuint(hr_connection_server(c->model)->out.captured, ==, 2000);
}

/* The latest payload that is new is the last of all, unless it fills a gap. */
static void latest_payload_may_be_before_others(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const uint32_t seq = c->next[SERVER];
    const uint32_t ack = c->received[SERVER];
    const hr_tcp_end *server = hr_connection_server(c->model);

    g_assert_cmpuint(hr_tcp_latest(server), ==, 0);
    trace_segment(c, SERVER, HR_TCP_ACK, seq, ack, 1000, AT_MS(1));
    g_assert_cmpuint(hr_tcp_latest(server), ==, HR_POSITION_START);
    trace_segment(c, SERVER, HR_TCP_ACK, seq + 2000, ack, 500, AT_MS(2));
    g_assert_cmpuint(hr_tcp_latest(server), ==, HR_POSITION_START + 2000);
    trace_segment(c, SERVER, HR_TCP_ACK, seq + 1000, ack, 1000, AT_MS(3));
    g_assert_cmpuint(hr_tcp_latest(server), ==, HR_POSITION_START + 1000);
    trace_segment(c, SERVER, HR_TCP_ACK, seq + 2500, ack, 700, AT_MS(4));
    g_assert_cmpuint(hr_tcp_latest(server), ==, HR_POSITION_START + 2500);
}

static void numbers_wrap_around(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    c->next[CLIENT] = c->received[SERVER] = UINT32_MAX - 40;
    c->next[SERVER] = c->received[CLIENT] = UINT32_MAX - 200;
    trace_syn(c, AT_MS(0));
    trace_syn_ack(c, AT_MS(0));
    const hr_request *first = trace_request(c, AT_MS(1)); /* wraps within */
    trace_resend(c, CLIENT, AT_MS(2));
    trace_answer(c, AT_MS(3), .body = 1000, .rest = 900);
    trace_data(c, SERVER, 900, AT_MS(4));
    const hr_request *second = trace_request(c, AT_MS(14));

    g_assert_cmpuint(first->end - first->begin, ==, TRACE_REQUEST_HEADER);
    g_assert_cmpint(first->ended.ns, ==, AT_MS(4));
    g_assert_cmpint(first->complete, ==, HR_COMPLETE_YES);
    g_assert_cmpuint(hr_connection_client(c->model)->out.captured, ==,
                     UINT64_C(2) * TRACE_REQUEST_HEADER);
    g_assert_cmpuint(hr_connection_server(c->model)->out.captured, ==, TRACE_ANSWER_HEADER + 1000);
    g_assert_cmpuint(hr_bytes_hole_count(&hr_connection_server(c->model)->out), ==, 0);
    assert_number(second, 2);
    g_assert_cmpint(second->idle_ns, ==, AT_MS(10));
}

static void whole_space_of_numbers_is_used_up(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const uint64_t segment = 1u << 30; /* nobody sends it, but a 5 GB download shall count right */
    for (int i = 0; i < 5; i++) {
        trace_data(c, SERVER, (uint32_t)segment, AT_MS(i + 1));
    }

    g_assert_cmpuint(hr_connection_server(c->model)->out.captured, ==, 5 * segment);
}

/* ---- ends that were not captured ---- */

static void ack_beyond_all_data_shows_a_fin(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_lose_fin(c, SERVER);
    trace_ack(c, CLIENT, AT_MS(40));

    const hr_tcp_end *server = hr_connection_server(c->model);
    g_assert_cmpuint(server->fin.frame, ==, trace_frame(t));
    g_assert_cmpint(server->fin_proof, ==, HR_FIN_ACKNOWLEDGED);
    g_assert_cmpint(c->model->closing.ns, ==, AT_MS(40));
}

static void ack_far_beyond_all_data_shows_lost_data(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_lose(c, SERVER, 700);
    trace_ack(c, CLIENT, AT_MS(40));

    g_assert_cmpuint(hr_connection_server(c->model)->fin.frame, ==, 0);
    g_assert_cmpuint(c->model->closing.frame, ==, 0);
}

/* The capture begins with a probe: one byte below data that was sent before it. */
static void answer_to_a_first_probe_is_no_fin(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_probe(c, CLIENT, AT_S(0));
    trace_ack(c, SERVER, AT_S(0));
    const hr_request *request = trace_request(c, AT_S(5));

    g_assert_cmpuint(hr_connection_client(c->model)->fin.frame, ==, 0);
    g_assert_cmpuint(c->model->closing.frame, ==, 0);
    g_assert_cmpuint(hr_connection_client(c->model)->out.captured, ==, TRACE_REQUEST_HEADER);
    assert_status(request, "unknown");
}

/* ---- what a frame shows ---- */

static void opening_and_end_are_shown_once(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_syn(c, AT_MS(0));
    g_assert_cmpuint(trace_item_count(t), ==, 1);
    g_assert_cmpint(trace_item(t, 0)->kind, ==, HR_ITEM_OPENING);
    trace_syn_ack(c, AT_MS(1));
    g_assert_cmpuint(trace_item_count(t), ==, 0);
    trace_ack(c, CLIENT, AT_MS(1));
    trace_request(c, AT_MS(2));
    g_assert_cmpuint(trace_item_count(t), ==, 1);
    g_assert_cmpint(trace_item(t, 0)->kind, ==, HR_ITEM_REQUEST);
    trace_answer(c, AT_MS(3), .has_fin = true);
    g_assert_cmpuint(trace_item_count(t), ==, 2);
    g_assert_cmpint(trace_item(t, 0)->kind, ==, HR_ITEM_RESPONSE);
    g_assert_cmpint(trace_item(t, 1)->kind, ==, HR_ITEM_CLOSING);
    trace_fin(c, CLIENT, AT_MS(4));
    g_assert_cmpuint(trace_item_count(t), ==, 0);
    trace_rst(c, SERVER, AT_MS(5));
    g_assert_cmpuint(trace_item_count(t), ==, 0);
}

/* ---- keep-alive probes ---- */

static void a_probe_has_a_sender_and_an_interval(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_S(0));
    trace_exchange(c, AT_S(1), AT_S(2));
    trace_ack(c, CLIENT, AT_S(2));
    trace_probe(c, SERVER, AT_S(17));
    trace_ack(c, CLIENT, AT_S(17));

    g_assert_cmpuint(hr_model_probe_count(trace_model(t)), ==, 1);
    const hr_probe *probe = hr_model_probe(trace_model(t), 0);
    g_assert_true(probe->connection == c->model);
    g_assert_cmpint(probe->by, ==, HR_SIDE_SERVER);
    g_assert_cmpint(probe->interval_ns, ==, AT_S(15));
    g_assert_cmpuint(probe->at.frame, ==, trace_frame(t) - 1);
    g_assert_cmpuint(hr_connection_server(c->model)->seldom->probes, ==, 1);
}

static void a_gap_has_one_first_probe(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_S(0));
    trace_exchange(c, AT_S(1), AT_S(2));
    for (int i = 1; i <= 3; i++) {
        trace_probe(c, CLIENT, AT_S(2 + 30 * i));
        trace_ack(c, SERVER, AT_S(2 + 30 * i));
    }
    trace_exchange(c, AT_S(100), AT_S(101));
    trace_probe(c, CLIENT, AT_S(131));

    g_assert_cmpuint(hr_model_probe_count(trace_model(t)), ==, 2);
    g_assert_cmpint(hr_model_probe(trace_model(t), 1)->at.ns, ==, AT_S(131));
    g_assert_cmpuint(hr_connection_client(c->model)->seldom->probes, ==, 4);
}

/* RFC 9293 section 3.8.4: a probe may carry one byte of garbage. */
static void a_probe_may_carry_a_byte(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_S(0));
    trace_exchange(c, AT_S(1), AT_S(2));
    trace_segment(c, CLIENT, HR_TCP_ACK, c->next[CLIENT] - 1, c->received[CLIENT], 1, AT_S(32));

    g_assert_cmpuint(hr_connection_client(c->model)->seldom->probes, ==, 1);
    g_assert_cmpuint(hr_connection_client(c->model)->out.captured, ==, TRACE_REQUEST_HEADER);
}

static void a_retransmitted_last_byte_is_no_probe(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_data(c, CLIENT, 1, AT_MS(2));
    trace_resend(c, CLIENT, AT_MS(202));

    g_assert_cmpuint(hr_connection_client(c->model)->seldom->probes, ==, 0);
}

static void plain_acks_are_no_probes(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_S(0));
    trace_exchange(c, AT_S(1), AT_S(2));
    trace_ack(c, CLIENT, AT_S(40));
    trace_fin(c, CLIENT, AT_S(50));
    trace_ack(c, CLIENT, AT_S(60));

    g_assert_cmpuint(hr_model_probe_count(trace_model(t)), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tcp/handshake/times", handshake_is_from_syn_to_the_clients_ack);
    g_test_add_func("/tcp/handshake/lost-syns", lost_syns_make_the_handshake_longer);
    g_test_add_func("/tcp/handshake/lost-ack", lost_last_ack_leaves_the_request_to_end_it);
    g_test_add_func("/tcp/handshake/syn-ack-only", syn_ack_alone_says_who_is_who);
    g_test_add_func("/tcp/handshake/none", without_a_handshake_nothing_was_measured);
    g_test_add_func("/tcp/handshake/after-two-resets",
                    resets_of_both_ends_before_the_handshake_are_none);
    g_test_add_func("/tcp/client/by-port", higher_port_is_guessed_to_be_the_client);
    g_test_add_func("/tcp/client/by-request", request_says_who_is_the_client);
    g_test_add_func("/tcp/bytes/resent", bytes_are_counted_once);
    g_test_add_func("/tcp/bytes/overlapping", overlapping_bytes_are_counted_once);
    g_test_add_func("/tcp/bytes/lost", lost_bytes_leave_a_gap);
    g_test_add_func("/tcp/bytes/overtaken", overtaken_bytes_are_counted);
    g_test_add_func("/tcp/bytes/latest", latest_payload_may_be_before_others);
    g_test_add_func("/tcp/bytes/wrap", numbers_wrap_around);
    g_test_add_func("/tcp/bytes/5-gigabytes", whole_space_of_numbers_is_used_up);
    g_test_add_func("/tcp/inferred/fin", ack_beyond_all_data_shows_a_fin);
    g_test_add_func("/tcp/inferred/data", ack_far_beyond_all_data_shows_lost_data);
    g_test_add_func("/tcp/inferred/not-from-a-first-probe", answer_to_a_first_probe_is_no_fin);
    g_test_add_func("/tcp/items/once", opening_and_end_are_shown_once);
    g_test_add_func("/tcp/probe/one", a_probe_has_a_sender_and_an_interval);
    g_test_add_func("/tcp/probe/first-of-a-gap", a_gap_has_one_first_probe);
    g_test_add_func("/tcp/probe/with-a-byte", a_probe_may_carry_a_byte);
    g_test_add_func("/tcp/probe/not-a-retransmission", a_retransmitted_last_byte_is_no_probe);
    g_test_add_func("/tcp/probe/not-an-ack", plain_acks_are_no_probes);
    return g_test_run();
}
