/* test_tcp_said.c
 * What a single segment tells of its connection, and what it does not: RFC 9293.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/store.h"
#include "trace_h2.h"

static const hr_tcp_end *end_of(const trace_connection *c, trace_side side)
{
    return &c->model->ends[c->index[side]];
}

/* ---- the handshake ---- */

/* RFC 9293 §3.10.7.3: it was set up, then reset; a SYN/ACK that comes late changes nothing. */
static void reset_before_a_late_syn_ack(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_syn(c, AT_MS(0));
    trace_ack(c, CLIENT, AT_MS(1));
    trace_rst(c, CLIENT, AT_MS(2));
    const uint32_t frame = trace_frame(t);
    trace_syn_ack(c, AT_MS(3));

    g_assert_cmpuint(trace_ending(c)->at.frame, ==, frame);
}

/* A reset that was none leaves the connection open: its end is told where it comes. */
static void end_of_what_seemed_to_be_reset(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_syn(c, AT_MS(0));
    trace_rst(c, SERVER, AT_MS(1));
    trace_syn_ack(c, AT_MS(2));
    trace_ack(c, CLIENT, AT_MS(3));
    trace_exchange(c, AT_MS(4), AT_MS(5));
    trace_fin(c, CLIENT, AT_S(1));

    g_assert_cmpuint(trace_item_count(t), ==, 1);
    g_assert_cmpint(trace_item(t, 0)->kind, ==, HR_ITEM_CLOSING);
    g_assert_cmpint(trace_ending(c)->at.ns, ==, AT_S(1));
    assert_closed_by(c, "client");
}

static void only_a_client_ends_the_handshake(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_syn(c, AT_MS(0));
    trace_syn_ack(c, AT_MS(1));
    trace_ack(c, SERVER, AT_MS(3));
    g_assert_cmpuint(c->model->established.frame, ==, 0);
    trace_ack(c, CLIENT, AT_MS(5));

    g_assert_cmpint(c->model->established.ns, ==, AT_MS(5));
    g_assert_cmpint(c->model->client_leg_ns, ==, AT_MS(4));
}

static void half_of_a_handshake(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *no_syn = trace_connect(t);
    trace_syn_ack(no_syn, AT_MS(0));
    trace_ack(no_syn, CLIENT, AT_MS(1));
    trace_connection *no_answer = trace_connect(t);
    trace_syn(no_answer, AT_MS(2));
    trace_ack(no_answer, CLIENT, AT_MS(4));
    trace_connection *none = trace_connect(t);
    trace_ack(none, CLIENT, AT_MS(5));

    g_assert_cmpint(no_syn->model->established.ns, ==, AT_MS(1));
    g_assert_cmpint(no_answer->model->established.ns, ==, AT_MS(4));
    g_assert_cmpint(no_answer->model->client_leg_ns, ==, 0);
    g_assert_cmpuint(none->model->established.frame, ==, 0);
}

/* RFC 7413: a ClientHello in the SYN; TLS is set up when its own handshake is over. */
static void hello_with_the_syn(void)
{
    g_autoptr(trace) t = trace_new();
    const tls_kind how = {.port = 443, .sni = "a.example", .has_keys = true};
    trace_connection *c = trace_connect_between(t, "10.0.0.1", 0, "10.0.0.80", 443);
    trace_begin_segment(c, CLIENT, HR_TCP_SYN, 300, AT_MS(0));
    hr_tls_client_hello_seen(trace_model(t), c->model, c->index[CLIENT],
                             &(hr_tls_client_hello){.sni = trace_slice("a.example")});
    trace_end_segment(c);
    trace_syn_ack(c, AT_MS(1));
    trace_ack(c, CLIENT, AT_MS(2));
    tls_server_hello(c, AT_MS(3), &how);
    tls_client_finished(c, AT_MS(9), &how);

    g_assert_cmpint(hr_connection_setup_ns(c->model), ==, AT_MS(9));
}

/* ---- windows and resets ---- */

/* RFC 9293 §3.10.7.4: the window of a reset says nothing; kernels leave it 0. */
static void window_of_a_reset(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open_used(t, AT_MS(0));
    c->has_no_room[CLIENT] = true;
    trace_rst(c, CLIENT, AT_MS(9));

    g_assert_cmpuint(end_of(c, CLIENT)->seldom->no_room.frame, ==, 0);
}

/* RFC 9293 §3.5.3: a reset may carry words, which are no answer. */
static void words_in_a_reset(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open_used(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_S(10));
    trace_segment(c, SERVER, HR_TCP_RST | HR_TCP_ACK, c->next[SERVER], c->next[CLIENT], 20,
                  AT_MS(10001));

    g_assert_cmpuint(request->answered.frame, ==, 0);
    g_assert_cmpuint(request->answer_bytes, ==, 0);
}

static void fin_behind_a_reset(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open_used(t, AT_MS(0));
    trace_rst(c, SERVER, AT_MS(5));
    trace_fin(c, SERVER, AT_MS(6));

    g_assert_cmpint(end_of(c, SERVER)->state, ==, HR_END_RESET);
    g_assert_cmpint(trace_ending(c)->at.ns, ==, AT_MS(5));
}

/* ---- probes and silence ---- */

/* RFC 9293 §3.8.4: each is answered, so that none was in vain. */
static void probes_that_are_answered(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open_used(t, AT_MS(0));
    for (int i = 1; i < 6; i++) {
        trace_probe(c, CLIENT, AT_S(15 * i));
        trace_ack(c, SERVER, AT_S(15 * i) + AT_MS(1));
    }
    trace_rst(c, CLIENT, AT_S(80));

    g_assert_cmpuint(end_of(c, CLIENT)->seldom->in_vain.frame, ==, 0);
    g_assert_cmpstr(hr_close_cause_token(trace_ending(c)->cause), !=, "idle-dropped");
}

/* Once it is heard, what it had sent again was not in vain. */
static void heard_again(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open_used(t, AT_MS(0));
    trace_request(c, AT_S(1));
    for (int i = 1; i < 5; i++) {
        trace_resend(c, CLIENT, AT_S(1 + i));
    }
    g_assert_cmpuint(end_of(c, CLIENT)->seldom->in_vain.frame, !=, 0);
    c->received[SERVER] -= TRACE_REQUEST_HEADER;
    c->is_deaf[SERVER] = true;
    trace_ack(c, SERVER, AT_S(6));

    g_assert_cmpuint(end_of(c, CLIENT)->seldom->in_vain.frame, ==, 0);
}

/* The silence before a request is the one before its first byte. */
static void silence_before_a_request(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open_used(t, AT_MS(0));
    trace_data(c, CLIENT, 60, AT_S(400));
    trace_data(c, CLIENT, 40, AT_S(401));
    trace_request(c, AT_S(402), .method = "POST", .body = 2000, .rest = 1000, .before = 100);
    trace_data(c, CLIENT, 1000, AT_S(403));
    trace_request(c, AT_S(404));
    trace_answer(c, AT_S(405));
    trace_answer(c, AT_S(406));

    g_assert_cmpint(c->model->silence_ns, ==, AT_S(400) - AT_MS(2));
}

/* ... also where its body begins behind its head. */
static void silence_before_an_upload(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open_used(t, AT_MS(0));
    trace_request(c, AT_S(400), .method = "POST", .body = 2000, .rest = 1000);
    trace_answer(c, AT_S(401));
    trace_data(c, CLIENT, 1000, AT_S(402));

    g_assert_cmpint(c->model->silence_ns, ==, AT_S(400) - AT_MS(2));
}

/* ---- snap lengths ---- */

/* What is cut off of HTTP/1 leaves its next message legible, but no frame of HTTP/2. */
static void what_is_cut_off(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *plain = trace_open_used(t, AT_MS(0));
    trace_request(plain, AT_MS(5), .method = "POST", .body = 2000, .rest = 1000);
    trace_cut_data(plain, CLIENT, 1000, AT_MS(6));
    trace_answer(plain, AT_MS(7));
    const hr_request *next = trace_request(plain, AT_MS(8));
    assert_number(next, 3);
    g_assert_cmpuint(hr_bytes_disorder(&end_of(plain, CLIENT)->out), ==, 0);

    trace_connection *h2 = h2_open_plain(t, AT_MS(10), 100);
    h2_exchange(h2, 1, AT_MS(12), AT_MS(13));
    trace_cut_data(h2, CLIENT, 1000, AT_MS(14));
    g_assert_cmpuint(hr_bytes_disorder(&end_of(h2, CLIENT)->out), ==, 1);

    trace_connection *unknown = trace_open(t, AT_MS(20));
    trace_cut_data(unknown, CLIENT, 1000, AT_MS(21));
    g_assert_cmpuint(hr_bytes_disorder(&end_of(unknown, CLIENT)->out), ==, 1);
}

/* ---- ends ---- */

/* What an end had taken is what it had when it first ended. */
static void what_it_had_taken(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .body = 3000, .rest = 2000);
    trace_fin(c, CLIENT, AT_MS(3));
    const uint64_t took = end_of(c, CLIENT)->took;
    g_assert_cmpuint(took, ==, HR_POSITION_START + TRACE_ANSWER_HEADER + 1000);
    trace_data(c, SERVER, 1000, AT_MS(4));
    trace_rst(c, CLIENT, AT_MS(5));

    g_assert_cmpuint(end_of(c, CLIENT)->took, ==, took);
}

/* What a FIN acknowledges: all that its sender had taken, less where it was overtaken, or more by a
 * FIN that is not in the capture. */
static void what_a_fin_acknowledges(void)
{
    for (int more = -10; more <= 1; more += more < 0 ? 10 : 1) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open_used(t, AT_MS(0));
        trace_segment(c, SERVER, HR_TCP_FIN | HR_TCP_ACK, c->next[SERVER],
                      (uint32_t)((int64_t)c->next[CLIENT] + more), 0, AT_MS(9));

        g_assert_cmpuint(hr_tcp_fin_ack(end_of(c, SERVER)), ==,
                         (uint64_t)((int64_t)HR_POSITION_START + TRACE_REQUEST_HEADER + more));
    }
}

/* How long a client had waited for more of an answer is told where one was under way. */
static void client_that_waits_for_more(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *rested = trace_open_used(t, AT_MS(0));
    trace_connection *left = trace_open_used(t, AT_MS(5));
    trace_connection *waited = trace_open(t, AT_MS(10));
    trace_request(waited, AT_MS(11));
    trace_answer(waited, AT_MS(12), .body = 3000, .rest = 2000);
    trace_ack(waited, CLIENT, AT_MS(13));
    trace_close(rested, CLIENT, AT_S(9));
    trace_request(left, AT_MS(9500));
    trace_fin(left, SERVER, AT_S(10));
    trace_fin(left, CLIENT, AT_S(20));
    trace_fin(waited, CLIENT, AT_S(30));

    g_assert_cmpint(end_of(rested, CLIENT)->seldom->waited_ns, ==, 0);
    g_assert_cmpint(end_of(left, SERVER)->seldom->waited_ns, ==, 0);
    g_assert_cmpint(end_of(left, CLIENT)->seldom->waited_ns, ==, 0);
    g_assert_cmpint(end_of(waited, CLIENT)->seldom->waited_ns, ==, AT_S(30) - AT_MS(12));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tcp/said/handshake/late-syn-ack", reset_before_a_late_syn_ack);
    g_test_add_func("/tcp/said/handshake/no-reset", end_of_what_seemed_to_be_reset);
    g_test_add_func("/tcp/said/handshake/client", only_a_client_ends_the_handshake);
    g_test_add_func("/tcp/said/handshake/half", half_of_a_handshake);
    g_test_add_func("/tcp/said/handshake/fast-open", hello_with_the_syn);
    g_test_add_func("/tcp/said/reset/window", window_of_a_reset);
    g_test_add_func("/tcp/said/reset/words", words_in_a_reset);
    g_test_add_func("/tcp/said/reset/fin-behind", fin_behind_a_reset);
    g_test_add_func("/tcp/said/probes/answered", probes_that_are_answered);
    g_test_add_func("/tcp/said/probes/heard-again", heard_again);
    g_test_add_func("/tcp/said/silence/request", silence_before_a_request);
    g_test_add_func("/tcp/said/silence/upload", silence_before_an_upload);
    g_test_add_func("/tcp/said/cut-off", what_is_cut_off);
    g_test_add_func("/tcp/said/end/took", what_it_had_taken);
    g_test_add_func("/tcp/said/end/fin-acknowledges", what_a_fin_acknowledges);
    g_test_add_func("/tcp/said/end/waited", client_that_waits_for_more);
    return g_test_run();
}
