/* test_wanted.c
 * Which bytes the core asks its observer to read, where no dissector has shown a message: those of a
 * message that begins in this very segment, of HTTP/1 in the clear, and no others. DESIGN section 3,
 * "a request exists from its first byte".
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_tls.h"

/* In a segment of @length bytes by @from: whether a request, an answer of the end @of is wanted; and then
 * where it begins. */
static bool wants(trace_connection *c, bool is_answer, trace_side of, trace_side from,
                  uint32_t length, int64_t at)
{
    uint32_t seq = 0;

    trace_begin_segment(c, from, HR_TCP_ACK, length, at);
    const hr_model *model = trace_model(c->owner);
    const bool is_wanted =
        is_answer ? hr_http1_wants_answer(model, trace_carrier(c), trace_index(c, of), &seq)
                  : hr_http1_wants_request(model, trace_carrier(c), trace_index(c, of), &seq);
    trace_end_segment(c);
    if (is_wanted) {
        g_assert_cmpuint(seq, ==, c->latest_seq[from]);
    }
    return is_wanted;
}

#define wants_request(c, of, from, at) wants((c), false, (of), (from), 100, (at))
#define wants_answer(c, of, from, at) wants((c), true, (of), (from), 100, (at))

static void request_at_its_first_byte(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));

    g_assert_true(wants_request(c, CLIENT, CLIENT, AT_MS(1)));
    g_assert_false(wants(c, false, CLIENT, SERVER, 0, AT_MS(2))); /* that frame is over */
    g_assert_false(wants_request(c, CLIENT, CLIENT, AT_MS(3)));   /* its rest */
}

static void request_of_who_is_the_server(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));

    g_assert_false(wants_request(c, SERVER, CLIENT, AT_MS(1)));
}

static void request_behind_an_answer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));

    g_assert_true(wants_request(c, CLIENT, CLIENT, AT_MS(3)));
}

static void nothing_in_tls(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tls_open(t, AT_MS(0), .has_keys = true);
    uint32_t seq = 0;

    trace_begin_segment(c, CLIENT, HR_TCP_ACK, 100, AT_MS(10));
    hr_tls_data_seen(trace_model(t), c->model, trace_index(c, CLIENT), 79, true);
    g_assert_false(hr_http1_wants_request(trace_model(t), c->model, trace_index(c, CLIENT), &seq));
    trace_end_segment(c);
    trace_request(c, AT_MS(20));
    trace_begin_segment(c, SERVER, HR_TCP_ACK, 100, AT_MS(30));
    hr_tls_data_seen(trace_model(t), c->model, trace_index(c, SERVER), 79, true);
    g_assert_false(hr_http1_wants_answer(trace_model(t), c->model, trace_index(c, SERVER), &seq));
    trace_end_segment(c);
}

static void nothing_of_a_websocket(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .upgrade = "websocket");
    trace_answer(c, AT_MS(2), .code = 101, .upgrade = "websocket", .is_empty = true);

    g_assert_false(wants_request(c, CLIENT, CLIENT, AT_MS(3)));
    g_assert_false(wants_answer(c, SERVER, SERVER, AT_MS(4)));
}

static void answer_at_its_first_byte(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));

    g_assert_true(wants_answer(c, SERVER, SERVER, AT_MS(2)));
    g_assert_false(wants(c, true, SERVER, CLIENT, 0, AT_MS(3))); /* that frame is over */
    g_assert_false(wants_answer(c, SERVER, SERVER, AT_MS(4)));   /* its rest */
}

static void answer_of_who_is_the_client(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));

    g_assert_false(wants_answer(c, CLIENT, SERVER, AT_MS(2)));
}

/* What a server says before anybody was seen to ask tells what is spoken: its first bytes, and only
 * while nothing else tells it. */
static void answer_without_its_request(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_syn_ack(c, AT_MS(0));
    trace_lose(c, CLIENT, 100);

    g_assert_false(wants(c, true, SERVER, SERVER, 0, AT_MS(1)));
    g_assert_true(wants_answer(c, SERVER, SERVER, AT_MS(2)));
    g_assert_false(wants_answer(c, SERVER, SERVER, AT_MS(3)));

    trace_connection *known = trace_open(t, AT_MS(10));
    trace_exchange(known, AT_MS(11), AT_MS(12));
    g_assert_false(wants_answer(known, SERVER, SERVER, AT_MS(13)));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define T(path, function) g_test_add_func("/wanted/" path, function)
    T("request", request_at_its_first_byte);
    T("request/server", request_of_who_is_the_server);
    T("request/next", request_behind_an_answer);
    T("tls", nothing_in_tls);
    T("websocket", nothing_of_a_websocket);
    T("answer", answer_at_its_first_byte);
    T("answer/client", answer_of_who_is_the_client);
    T("answer/alone", answer_without_its_request);
    return g_test_run();
}
