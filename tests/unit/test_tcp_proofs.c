/* test_tcp_proofs.c
 * What numbers and ACKs prove of what was not captured, and what they do not: FINs, bytes, resets.
 * RFC 9293 §3.4, §3.6, §3.10.7.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/store.h"
#include "trace_h2.h"

static const hr_tcp_end *end_of(const trace_connection *c, trace_side side)
{
    return &c->model->ends[c->index[side]];
}

static bool has_ended(const trace_connection *c, trace_side side)
{
    return end_of(c, side)->fin.frame != 0 || end_of(c, side)->seldom->rst.frame != 0;
}

/* ---- a FIN that its own sender's numbers tell ---- */

/* A segment without payload that stands one number behind all bytes. */
static void number_behind_all_bytes(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open_used(t, AT_MS(0));
    trace_lose_fin(c, SERVER);
    trace_ack(c, SERVER, AT_MS(9));

    g_assert_true(has_ended(c, SERVER));
    g_assert_cmpint(end_of(c, SERVER)->fin_proof, ==, HR_FIN_NUMBERED);
}

/* With payload it may be that one byte was lost. */
static void payload_behind_a_gap(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open_used(t, AT_MS(0));
    trace_lose(c, SERVER, 1);
    trace_data(c, SERVER, 200, AT_MS(9));

    g_assert_false(has_ended(c, SERVER));
}

/* Of an end that has sent nothing yet the number behind its SYN is no FIN's. */
static void number_behind_a_syn(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_lose(c, CLIENT, 1);
    trace_ack(c, CLIENT, AT_MS(0));
    trace_ack(c, CLIENT, AT_MS(1));
    trace_connection *syn = trace_connect(t);
    trace_syn(syn, AT_MS(2));
    trace_syn_ack(syn, AT_MS(3));
    syn->next[CLIENT]++;
    trace_ack(syn, CLIENT, AT_MS(4));

    g_assert_false(has_ended(c, CLIENT));
    g_assert_false(has_ended(syn, CLIENT));
}

/* Its own FIN says more than a number: the same packet is not proof of another. */
static void fin_behind_one_lost_byte(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open_used(t, AT_MS(0));
    trace_lose(c, SERVER, 1);
    trace_fin(c, SERVER, AT_MS(9));

    g_assert_cmpint(end_of(c, SERVER)->fin_proof, ==, HR_FIN_CAPTURED);
    g_assert_cmpuint(end_of(c, SERVER)->out.captured, ==, TRACE_ANSWER);
}

/* ---- ... or the other end's ACKs ---- */

/* Records of TLS and frames of HTTP/2 are longer than a byte. */
static void one_number_more(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *tls = tls_open(t, AT_MS(0), .has_keys = true);
    trace_request(tls, AT_MS(10));
    trace_answer(tls, AT_MS(11), .body = 3000);
    trace_lose_fin(tls, SERVER);
    trace_ack(tls, CLIENT, AT_MS(12));
    trace_connection *h2 = h2_open_plain(t, AT_MS(20), 100);
    h2_ask(h2, 1, AT_MS(30));
    trace_lose_fin(h2, SERVER);
    trace_ack(h2, CLIENT, AT_MS(31));
    trace_connection *plain = trace_open(t, AT_MS(40));
    trace_request(plain, AT_MS(41));
    trace_answer(plain, AT_MS(42), .body = 1001, .rest = 1);
    trace_lose(plain, SERVER, 1); /* ... its last byte */
    trace_ack(plain, CLIENT, AT_MS(43));

    g_assert_true(has_ended(tls, SERVER));
    g_assert_true(end_of(tls, SERVER)->out.is_fin_acked);
    g_assert_true(has_ended(h2, SERVER));
    g_assert_false(has_ended(plain, SERVER));
}

/* Both FINs are acknowledged: then it is torn down, and not with one of them. */
static void torn_down(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open_used(t, AT_MS(0));
    trace_fin(c, CLIENT, AT_MS(5));
    trace_ack(c, SERVER, AT_MS(6));
    g_assert_cmpuint(c->model->torn_down_frame, ==, 0);
    trace_fin(c, SERVER, AT_MS(7));
    g_assert_cmpuint(c->model->torn_down_frame, ==, 0);
    trace_ack(c, CLIENT, AT_MS(8));

    g_assert_cmpuint(c->model->torn_down_frame, ==, trace_frame(t));
}

/* An ACK of the handshake acknowledges no bytes. */
static void bare_acks_of_bytes(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    g_assert_false(end_of(c, CLIENT)->has_bare_acks);
    trace_exchange(c, AT_MS(1), AT_MS(2));
    g_assert_false(end_of(c, CLIENT)->has_bare_acks);
    trace_ack(c, CLIENT, AT_MS(3));

    g_assert_true(end_of(c, CLIENT)->has_bare_acks);
}

/* ---- strays of an older connection ---- */

/* RFC 9293 §3.10.7.3: the answer to a SYN acknowledges it, or is none. */
static void acks_of_an_older_one(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_syn(c, AT_MS(0));
    trace_segment(c, SERVER, HR_TCP_ACK, 777777, c->next[CLIENT] + 5000, 0, AT_MS(1));
    trace_syn_ack(c, AT_MS(2));
    trace_ack(c, CLIENT, AT_MS(3));
    const hr_request *request = trace_exchange(c, AT_MS(4), AT_MS(5));

    assert_status(request, "new");
    assert_number(request, 1);
    g_assert_false(has_ended(c, CLIENT));
    g_assert_cmpuint(end_of(c, CLIENT)->out.acked, ==, HR_POSITION_START + TRACE_REQUEST_HEADER);
}

/* ... and a reset that does not acknowledge it resets another one. */
static void resets_of_an_older_one(void)
{
    static const struct {
        int32_t behind_syn;
        bool is_reset;
    } kinds[] = {{0, true}, {-1, false}, {4000, false}};
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_connect(t);
        trace_syn(c, AT_MS(0));
        trace_segment(c, SERVER, HR_TCP_RST | HR_TCP_ACK, 0,
                      (uint32_t)((int32_t)c->next[CLIENT] + kinds[i].behind_syn), 0, AT_MS(1));

        g_assert_true(has_ended(c, SERVER) == kinds[i].is_reset);
    }
}

/* RFC 7413: of data in the SYN it may acknowledge any of it. */
static void reset_of_a_request_in_the_syn(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_request(c, AT_MS(0), .has_syn = true);
    trace_segment(c, SERVER, HR_TCP_RST | HR_TCP_ACK, 0, c->next[CLIENT] - TRACE_REQUEST_HEADER, 0,
                  AT_MS(1));

    g_assert_true(has_ended(c, SERVER));
}

/* Once it is set up a reset has to stand in the window, whatever it acknowledges. */
static void resets_in_the_window(void)
{
    static const struct {
        int32_t behind;
        bool is_reset;
    } kinds[] = {{0, true}, {3000, true}, {-TRACE_ANSWER, true}, {1 << 21, false}, {-3000, false}};
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open_used(t, AT_MS(0));
        trace_segment(c, SERVER, HR_TCP_RST | HR_TCP_ACK,
                      (uint32_t)((int32_t)c->next[SERVER] + kinds[i].behind), c->next[CLIENT] - 7,
                      0, AT_MS(9));

        g_assert_true(has_ended(c, SERVER) == kinds[i].is_reset);
    }
}

/* Of what was joined late nobody knows where it began: what is not far below may be its own. */
static void reset_below_what_was_joined_late(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_exchange(c, AT_MS(0), AT_MS(1));
    trace_segment(c, SERVER, HR_TCP_RST, c->next[SERVER] - 3000, 0, 0, AT_MS(9));

    g_assert_true(has_ended(c, SERVER));
}

/* ---- the first end ---- */

static void ends_are_told_once(void)
{
    for (int first = CLIENT; first <= SERVER; first++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open_used(t, AT_MS(0));
        trace_fin(c, (trace_side)first, AT_MS(5));
        g_assert_cmpuint(trace_item_count(t), ==, 1);
        trace_fin(c, (trace_side)(1 - first), AT_MS(6));
        g_assert_cmpuint(trace_item_count(t), ==, 0);
    }
}

/* A client that leaves does not end an answer that goes on until its server closes. */
static void answer_until_the_server_closes(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(1));
    trace_answer(c, AT_MS(2), .is_until_close = true);
    trace_fin(c, CLIENT, AT_MS(5));
    g_assert_false(request->is_done);
    trace_data(c, SERVER, 100, AT_MS(6));
    trace_fin(c, SERVER, AT_MS(7));

    assert_ended(request, AT_MS(6));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tcp/proofs/number/fin", number_behind_all_bytes);
    g_test_add_func("/tcp/proofs/number/payload", payload_behind_a_gap);
    g_test_add_func("/tcp/proofs/number/syn", number_behind_a_syn);
    g_test_add_func("/tcp/proofs/number/lost-byte", fin_behind_one_lost_byte);
    g_test_add_func("/tcp/proofs/ack/one-more", one_number_more);
    g_test_add_func("/tcp/proofs/ack/torn-down", torn_down);
    g_test_add_func("/tcp/proofs/ack/bare", bare_acks_of_bytes);
    g_test_add_func("/tcp/proofs/older/acks", acks_of_an_older_one);
    g_test_add_func("/tcp/proofs/older/resets", resets_of_an_older_one);
    g_test_add_func("/tcp/proofs/reset/syn", reset_of_a_request_in_the_syn);
    g_test_add_func("/tcp/proofs/reset/window", resets_in_the_window);
    g_test_add_func("/tcp/proofs/reset/joined-late", reset_below_what_was_joined_late);
    g_test_add_func("/tcp/proofs/end/once", ends_are_told_once);
    g_test_add_func("/tcp/proofs/end/until-close", answer_until_the_server_closes);
    return g_test_run();
}
