/* test_status.c
 * Did the request run on a new or a reused connection, and as the how manieth? DESIGN section 3.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

/* ---- the opening is in the capture ---- */

static void first_request_is_new(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *first = trace_request(c, AT_MS(1));

    assert_status(first, "new");
    assert_number(first, 1);
    g_assert_cmpint(first->idle_ns, ==, HR_TIME_NONE);
}

static void later_requests_are_reused(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    const hr_request *second = trace_exchange(c, AT_MS(20), AT_MS(21));
    const hr_request *third = trace_exchange(c, AT_MS(30), AT_MS(31));

    assert_status(second, "reused");
    assert_number(second, 2);
    assert_status(third, "reused");
    assert_number(third, 3);
}

static void each_connection_counts_for_itself(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_open(t, AT_MS(0));
    trace_exchange(one, AT_MS(1), AT_MS(2));
    trace_connection *two = trace_open(t, AT_MS(3));
    const hr_request *first_of_two = trace_exchange(two, AT_MS(4), AT_MS(5));
    const hr_request *second_of_one = trace_exchange(one, AT_MS(6), AT_MS(7));

    assert_status(first_of_two, "new");
    assert_number(first_of_two, 1);
    assert_status(second_of_one, "reused");
    assert_number(second_of_one, 2);
}

static void request_in_the_syn_is_new(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    const hr_http1_request request = {
        .method = {"GET", 3},
        .target = {"/", 1},
        .extent = {.header_length = 100, .available = 100, .is_on_tcp = true},
    };

    hr_model *model = trace_model(t);
    hr_model_begin_frame(model, 1, AT_MS(0));
    c->model = hr_model_add_tcp(model, 0, "10.0.0.1", 40000, "10.0.0.80", 80);
    const hr_tcp_segment syn = {.flags = HR_TCP_SYN, .seq = TRACE_CLIENT_ISN, .length = 100};
    hr_tcp_segment_seen(model, c->model, &syn);
    const hr_request *seen = hr_http1_request_seen(model, c->model, 0, &request);
    size_t count = 0;
    hr_model_end_frame(model, &count);

    assert_status(seen, "new");
    assert_number(seen, 1);
}

static void syn_ack_alone_shows_the_opening(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_syn_ack(c, AT_MS(0));
    trace_ack(c, CLIENT, AT_MS(1));
    const hr_request *first = trace_request(c, AT_MS(2));

    assert_status(first, "new");
    assert_number(first, 1);
}

static void taken_ports_begin_anew(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_connect_between(t, "10.0.0.1", 41000, "10.0.0.80", 80);
    trace_syn(one, AT_MS(0));
    trace_syn_ack(one, AT_MS(0));
    trace_exchange(one, AT_MS(1), AT_MS(2));
    trace_close(one, CLIENT, AT_MS(3));
    trace_connection *two = trace_connect_between(t, "10.0.0.1", 41000, "10.0.0.80", 80);
    trace_syn(two, AT_S(61));
    trace_syn_ack(two, AT_S(61));
    const hr_request *request = trace_request(two, AT_S(62));

    assert_status(request, "new");
    assert_number(request, 1);
}

/* ---- the opening is not in the capture ---- */

static void first_seen_is_unknown(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    const hr_request *first = trace_request(c, AT_MS(0));

    assert_status(first, "unknown");
    assert_number_at_least(first, 1);
}

static void after_an_unknown_one_is_reused(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_exchange(c, AT_MS(0), AT_MS(1));
    const hr_request *second = trace_request(c, AT_MS(2));

    assert_status(second, "reused");
    assert_number_at_least(second, 2);
}

static void bare_acks_prove_nothing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_ack(c, SERVER, AT_MS(0));
    trace_ack(c, CLIENT, AT_MS(1));
    const hr_request *first = trace_request(c, AT_MS(2));

    assert_status(first, "unknown");
    assert_number_at_least(first, 1);
}

static void answer_before_it_proves_reuse(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_answer(c, AT_MS(0));
    const hr_request *first_seen = trace_request(c, AT_MS(1));

    assert_status(first_seen, "reused");
    assert_number_at_least(first_seen, 2);
}

static void two_answers_before_it_count_two(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_answer(c, AT_MS(0));
    trace_answer(c, AT_MS(1));
    const hr_request *first_seen = trace_request(c, AT_MS(2));

    assert_status(first_seen, "reused");
    assert_number_at_least(first_seen, 3);
}

static void server_payload_before_it_proves_reuse(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_data(c, SERVER, 700, AT_MS(0)); /* the end of an answer that began before the capture */
    const hr_request *first_seen = trace_request(c, AT_MS(1));

    assert_status(first_seen, "reused");
    assert_number_at_least(first_seen, 2);
}

static void interim_answer_counts_no_request(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_answer(c, AT_MS(0), .code = 100); /* the request before it is not in the capture */
    trace_answer(c, AT_MS(1), .code = 200);
    const hr_request *first_seen = trace_request(c, AT_MS(2));

    assert_status(first_seen, "reused");
    assert_number_at_least(first_seen, 2);
}

static void timeout_answer_proves_nothing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_answer(c, AT_MS(0), .code = 408, .connection = "close");
    const hr_request *first_seen = trace_request(c, AT_MS(1));

    assert_status(first_seen, "unknown");
    assert_number_at_least(first_seen, 1);
}

/* ---- a request was lost although the opening was captured ---- */

/* Which side is the client the first message says, whatever the ports looked like. */
static trace_connection *connect_with_the_lower_port(trace *t)
{
    return trace_connect_between(t, "10.0.0.1", 33030, "10.0.0.80", 39597);
}

static void lower_port_may_be_the_clients(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = connect_with_the_lower_port(t);
    trace_probe(c, CLIENT, AT_MS(0));
    trace_ack(c, SERVER, AT_MS(1));
    const hr_request *request = trace_exchange(c, AT_MS(20), AT_MS(21));

    assert_status(request, "unknown");
    assert_number_at_least(request, 1);
}

static void answer_by_the_higher_port_proves_reuse(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = connect_with_the_lower_port(t);
    trace_answer(c, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(10));

    assert_status(request, "reused");
    assert_number_at_least(request, 2);
}

static void payload_by_the_higher_port_proves_reuse(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = connect_with_the_lower_port(t);
    trace_data(c, SERVER, 500, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(10));

    assert_status(request, "reused");
    assert_number_at_least(request, 2);
    g_assert_cmpint(request->sent.ns, ==, AT_MS(10));
}

static void lost_first_request_is_proved_by_its_answer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_lose(c, CLIENT, TRACE_REQUEST_HEADER);
    trace_answer(c, AT_MS(2));
    const hr_request *first_seen = trace_request(c, AT_MS(3));

    assert_status(first_seen, "reused");
    assert_number_at_least(first_seen, 2);
}

static void lost_later_request_is_proved_by_its_answer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_lose(c, CLIENT, TRACE_REQUEST_HEADER);
    trace_answer(c, AT_MS(4));
    const hr_request *third = trace_request(c, AT_MS(5));

    assert_status(third, "reused");
    assert_number_at_least(third, 3);
}

static void request_at_the_first_byte_is_new(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_data(c, SERVER, 200, AT_MS(1)); /* the capture has the answer before its request */
    const hr_request *first = trace_request(c, AT_MS(2));

    assert_status(first, "new");
    assert_number(first, 1);
}

static void timeout_answer_leaves_it_new(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_answer(c, AT_S(5), .code = 408, .connection = "close");
    const hr_request *first = trace_request(c, AT_S(6));

    assert_status(first, "new");
    assert_number(first, 1);
}

/* ---- delivery and idle ---- */

static void nothing_outstanding_is_sequential(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *first = trace_exchange(c, AT_MS(1), AT_MS(2));
    const hr_request *second = trace_request(c, AT_MS(3));

    assert_delivery(first, "sequential");
    assert_delivery(second, "sequential");
    g_assert_cmpuint(second->concurrency, ==, 1);
}

static void answer_outstanding_is_pipelined(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *first = trace_request(c, AT_MS(1));
    const hr_request *second = trace_request(c, AT_MS(2));
    const hr_request *third = trace_request(c, AT_MS(3));

    assert_delivery(first, "sequential");
    assert_delivery(second, "pipelined");
    assert_delivery(third, "pipelined");
    g_assert_cmpuint(third->concurrency, ==, 3);
    g_assert_cmpint(third->idle_ns, ==, HR_TIME_NONE);
    assert_status(third, "reused");
    assert_number(third, 3);
}

static void idle_is_since_the_last_byte_of_the_answer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(10), .body = 3000, .rest = 2000);
    trace_data(c, SERVER, 2000, AT_MS(20));
    trace_ack(c, CLIENT, AT_MS(25));
    const hr_request *second = trace_request(c, AT_MS(120));

    g_assert_cmpint(second->idle_ns, ==, AT_MS(100));
}

static void idle_ends_at_the_first_byte_of_the_request(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_data(c, CLIENT, 1000, AT_MS(52)); /* a request in two segments, shown at the second */
    const hr_request *second =
        trace_request(c, AT_MS(60), .method = "POST", .body = 1500, .before = 1000);

    g_assert_cmpint(second->sent.ns, ==, AT_MS(52));
    g_assert_cmpint(second->idle_ns, ==, AT_MS(50));
}

static void probes_do_not_end_idle(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_S(1), AT_S(2));
    trace_probe(c, CLIENT, AT_S(32));
    trace_ack(c, SERVER, AT_S(32));
    const hr_request *second = trace_request(c, AT_S(47));

    g_assert_cmpint(second->idle_ns, ==, AT_S(45));
    assert_status(second, "reused");
    assert_number(second, 2);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/status/new/first", first_request_is_new);
    g_test_add_func("/status/new/each-connection", each_connection_counts_for_itself);
    g_test_add_func("/status/new/in-the-syn", request_in_the_syn_is_new);
    g_test_add_func("/status/new/syn-ack-only", syn_ack_alone_shows_the_opening);
    g_test_add_func("/status/new/ports-taken-again", taken_ports_begin_anew);
    g_test_add_func("/status/new/at-the-first-byte", request_at_the_first_byte_is_new);
    g_test_add_func("/status/new/after-a-408", timeout_answer_leaves_it_new);
    g_test_add_func("/status/reused/later", later_requests_are_reused);
    g_test_add_func("/status/reused/after-unknown", after_an_unknown_one_is_reused);
    g_test_add_func("/status/reused/answer-before", answer_before_it_proves_reuse);
    g_test_add_func("/status/reused/two-answers-before", two_answers_before_it_count_two);
    g_test_add_func("/status/reused/payload-before", server_payload_before_it_proves_reuse);
    g_test_add_func("/status/reused/interim-before", interim_answer_counts_no_request);
    g_test_add_func("/status/reused/first-lost", lost_first_request_is_proved_by_its_answer);
    g_test_add_func("/status/reused/later-lost", lost_later_request_is_proved_by_its_answer);
    g_test_add_func("/status/unknown/first-seen", first_seen_is_unknown);
    g_test_add_func("/status/unknown/bare-acks", bare_acks_prove_nothing);
    g_test_add_func("/status/unknown/408", timeout_answer_proves_nothing);
    g_test_add_func("/status/unknown/lower-port", lower_port_may_be_the_clients);
    g_test_add_func("/status/reused/higher-port-answers", answer_by_the_higher_port_proves_reuse);
    g_test_add_func("/status/reused/higher-port-sends", payload_by_the_higher_port_proves_reuse);
    g_test_add_func("/status/delivery/sequential", nothing_outstanding_is_sequential);
    g_test_add_func("/status/delivery/pipelined", answer_outstanding_is_pipelined);
    g_test_add_func("/status/idle/last-byte-of-answer", idle_is_since_the_last_byte_of_the_answer);
    g_test_add_func("/status/idle/first-byte-of-request",
                    idle_ends_at_the_first_byte_of_the_request);
    g_test_add_func("/status/idle/probes", probes_do_not_end_idle);
    return g_test_run();
}
