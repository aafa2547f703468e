/* test_http1_sides.c
 * HTTP/1 that does not go as it should: what only the other side may say, answers that nobody asked for, and
 * words that look like others. RFC 9110, 9112; DESIGN section 4.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_tls.h"

static hr_http1_request get(void)
{
    return (hr_http1_request){.method = trace_slice("GET"),
                              .target = trace_slice("/"),
                              .host = trace_slice("a.example"),
                              .extent = {.is_on_tcp = true,
                                         .is_begin_known = true,
                                         .is_whole = true,
                                         .header_length = 100,
                                         .available = 100}};
}

/* Bytes of the server's that look like a request, and of the client's that look like an answer. */
static void each_side_says_its_own(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_http1_request request = get();
    const hr_http1_response response = {.code = 200, .extent = request.extent};
    uint32_t seq = 0;
    trace_exchange(c, AT_MS(1), AT_MS(2));

    trace_begin_segment(c, SERVER, 0, 100, AT_MS(10));
    g_assert_null(hr_http1_request_seen(trace_model(t), c->model, c->index[SERVER], &request));
    g_assert_null(hr_http1_request_begun(trace_model(t), c->model, c->index[SERVER], &request));
    g_assert_false(hr_http1_wants_request(trace_model(t), c->model, c->index[SERVER], &seq));
    g_assert_false(
        hr_http1_wants_request_instead(trace_model(t), c->model, c->index[SERVER], &seq));
    trace_end_segment(c);
    trace_begin_segment(c, CLIENT, 0, 100, AT_MS(20));
    hr_http1_response_seen(trace_model(t), c->model, c->index[CLIENT], &response);
    g_assert_false(hr_http1_wants_answer(trace_model(t), c->model, c->index[CLIENT], &seq));
    trace_end_segment(c);

    g_assert_cmpuint(c->model->request_count, ==, 1);
    g_assert_cmpuint(c->model->unseen_count, ==, 0);
}

/* An answer is on its way as the client goes on sending: it is not over by the client's bytes. */
static void the_clients_bytes_end_no_answer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request =
        trace_begin(c, AT_MS(1), .method = "POST", .body = 5000, .rest = 4000);
    trace_begin_answer(c, AT_MS(2), .body = 1000, .rest = 900);
    trace_begin_segment(c, CLIENT, 0, 2000, AT_MS(3));
    g_assert_false(hr_http1_answer_over(trace_model(t), c->model, c->index[CLIENT]));
    trace_end_segment(c);

    g_assert_false(request->is_answered);
}

/* Bytes before the first request that are none of a message, as a balancer's header, and what follows them
 * in the same segment. */
static void what_follows_a_header_is_a_request(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_begin_segment(c, CLIENT, 0, 40, AT_MS(1));
    hr_http1_stray_seen(trace_model(t), c->model, c->index[SERVER], 40); /* not its */
    hr_http1_stray_seen(trace_model(t), c->model, c->index[CLIENT], 10);
    trace_end_segment(c);
    const hr_request *request = trace_request(c, AT_MS(2), .before = 30);

    assert_status(request, "new");
    g_assert_cmpint(request->sent.ns, ==, AT_MS(1)); /* 30 of its bytes had come before */
}

/* At once closed, and no more: both numbers are words. */
static void keep_alive_of_nothing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_request(c, AT_MS(3));
    trace_answer(c, AT_MS(4), .keep_alive = "timeout=0, max=0");

    g_assert_cmpint(c->model->keep_alive.timeout_s, ==, 0);
    g_assert_cmpuint(c->model->keep_alive.limit, ==, 2);
}

/* No other word is CONNECT. */
static void methods_are_whole_words(void)
{
    static const char *const methods[] = {"CONNECT", "CONNECTS", "GET"};
    for (size_t i = 0; i < G_N_ELEMENTS(methods); i++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open(t, AT_MS(0));
        const hr_request *request =
            trace_request(c, AT_MS(1), .method = methods[i], .target = "b.example:80");
        g_assert_true(request->leaves_http == (i == 0));
    }
}

/* An answer to HEAD ends with its head, whatever that says of a length, and be its end cut off. */
static void answers_to_head_are_over(void)
{
    static const trace_message answers[] = {
        {.is_header_only = true},
        {.is_header_only = true, .is_length_odd = true},
        {.is_header_only = true, .is_cut = true},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(answers); i++) {
        for (int is_begun = 0; is_begun <= 1; is_begun++) {
            g_autoptr(trace) t = trace_new();
            trace_connection *c = trace_open(t, AT_MS(0));
            const hr_request *request = trace_request(c, AT_MS(1), .method = "HEAD");
            trace_message answer = answers[i];
            answer.at = AT_MS(2);
            (is_begun ? trace_begin_answer_with : trace_answer_with)(c, answer);

            g_assert_false(request->is_answer_length_odd);
            g_assert_true(request->is_answer_bodyless || (is_begun && answer.is_cut));
        }
    }
}

/* Who says close is told where the request is shown; who had said it before, where it was. */
static void a_close_is_where_it_was_said(void)
{
    for (int is_before = 0; is_before <= 1; is_before++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open(t, AT_MS(0));
        trace_request(c, AT_MS(1), .connection = is_before ? "close" : NULL);
        const uint32_t before = trace_frame(t);
        trace_answer(c, AT_MS(2));
        trace_begin(c, AT_MS(3), .method = "POST", .body = 500, .rest = 400, .connection = "close");
        trace_request(c, AT_MS(4), .method = "POST", .body = 500, .before = 200,
                      .connection = "close");

        g_assert_cmpuint(c->model->seldom->close_said.at.frame, ==,
                         is_before ? before : trace_frame(t));
    }
}

/* ---- answers that nobody asked for ---- */

/* The first word of a server that has not a byte of its client yet; what the client had sent meanwhile has
 * no answer. */
static void turned_away_at_once(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_answer(c, AT_MS(1), .code = 400);
    c->is_deaf[SERVER] = true;
    const hr_request *request = trace_request(c, AT_MS(2));
    trace_rst(c, SERVER, AT_MS(3));

    g_assert_true(c->model->seldom->close_said.is_turned_away);
    g_assert_true(c->model->seldom->close_said.is_error);
    g_assert_cmpuint(c->model->unseen_count, ==, 0);
    assert_status(request, "new");
    assert_number(request, 1);
    g_assert_false(request->is_answered);
    g_assert_cmpuint(request->answer_bytes, ==, 0);
}

/* In TLS nobody counts its bytes so; and no success turns anybody away. */
static void not_turned_away(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *secure = tls_open(t, AT_MS(0), .has_keys = true);
    trace_answer(secure, AT_MS(10), .code = 503);
    trace_connection *plain = trace_open(t, AT_MS(20));
    trace_answer(plain, AT_MS(21), .code = 399);

    g_assert_false(secure->model->seldom->close_said.is_turned_away);
    g_assert_false(plain->model->seldom->close_said.is_turned_away);
}

/* To a request that was lost: it counts as an exchange as soon as it is over, or once others were. */
static void answers_to_what_was_lost(void)
{
    static const struct {
        trace_message answer;
        bool is_after;
        uint32_t exchanges;
    } rows[] = {{{.body = 100}, false, 1},
                {{.is_chunked = true}, false, 1},
                {{.body = 9000, .rest = 8000}, false, 0},
                {{.body = 9000, .rest = 8000}, true, 2}};

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = trace_open(t, AT_MS(0));
        if (rows[i].is_after) {
            trace_exchange(c, AT_MS(1), AT_MS(2));
        }
        trace_lose(c, CLIENT, 100);
        trace_message answer = rows[i].answer;
        answer.at = AT_MS(10);
        trace_answer_with(c, answer);

        g_assert_cmpuint(c->model->unseen_count, ==, 1);
        g_assert_cmpuint(c->model->exchange_count, ==, rows[i].exchanges);
        assert_status(trace_request(c, AT_S(1)), "reused");
    }
}

/* What is there of the client may still be shown as a request: it is not counted before. */
static void an_answer_to_bytes_that_may_be_shown(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_data(c, CLIENT, 40, AT_MS(1));
    trace_answer(c, AT_MS(2));

    g_assert_cmpuint(c->model->unseen_count, ==, 0);
    g_assert_cmpuint(c->model->exchange_count, ==, 0);
}

/* ---- first words ---- */

/* What a server speaks its first bytes tell, of whatever was asked; not what its client says. */
static void first_words_are_the_servers(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_request(c, AT_MS(2));
    trace_begin_segment(c, SERVER, 0, 50, AT_MS(3));
    g_assert_true(hr_wants_first_words(c->model, c->index[SERVER], 50));
    g_assert_false(hr_wants_first_words(c->model, c->index[SERVER], 0));
    g_assert_false(hr_wants_first_words(c->model, c->index[SERVER], 49));
    hr_server_speaks(trace_model(t), c->model, c->index[SERVER], HR_SPOKEN_TLS + 1);
    g_assert_cmpuint(c->model->seldom->spoken, ==, HR_SPOKEN_UNKNOWN);
    hr_server_speaks(trace_model(t), c->model, c->index[CLIENT], HR_SPOKEN_H2);
    g_assert_cmpuint(c->model->seldom->spoken, ==, HR_SPOKEN_UNKNOWN);
    hr_server_speaks(trace_model(t), c->model, c->index[SERVER], HR_SPOKEN_TLS);
    g_assert_cmpuint(c->model->seldom->spoken, ==, HR_SPOKEN_TLS);
    trace_end_segment(c);

    trace_connection *other = trace_open(t, AT_MS(10));
    trace_begin_segment(other, CLIENT, 0, 50, AT_MS(11));
    g_assert_false(hr_wants_first_words(other->model, other->index[CLIENT], 50));
    trace_end_segment(other);

    const tls_kind how = {.port = 443};
    trace_connection *secure = tls_connect(t, AT_MS(20), &how);
    tls_client_hello(secure, AT_MS(21), &how);
    trace_begin_segment(secure, SERVER, 0, 50, AT_MS(22));
    g_assert_false(hr_wants_first_words(secure->model, secure->index[SERVER], 50));
    trace_end_segment(secure);
}

/* ---- inside of a tunnel ---- */

/* A message inside begins with its first byte, as one outside does, be it shown when it is whole. */
static void what_is_inside_begins_with_its_bytes(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect_between(t, "10.0.0.1", 0, "10.0.0.3", 3128);
    trace_syn(c, AT_MS(0));
    trace_syn_ack(c, AT_MS(0));
    trace_ack(c, CLIENT, AT_MS(8)); /* so far is the client */
    trace_request(c, AT_MS(10), .method = "CONNECT", .target = "b.example:80",
                  .host = "b.example:80");
    trace_answer(c, AT_MS(20), .is_header_only = true);
    trace_data(c, CLIENT, 40, AT_MS(30));
    const hr_request *request = trace_request(c, AT_MS(40), .before = 40);
    trace_data(c, SERVER, 100, AT_MS(50));
    trace_answer(c, AT_MS(60), .before = 100);

    g_assert_true(request->connection != c->model);
    g_assert_cmpint(request->sent.ns, ==, AT_MS(30));
    g_assert_cmpint(request->answered.ns, ==, AT_MS(50));
    assert_ended(request, AT_MS(60));
    g_assert_cmpint(request->connection->client_leg_ns, ==, AT_MS(8));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/http1_sides/own", each_side_says_its_own);
    g_test_add_func("/http1_sides/own/end", the_clients_bytes_end_no_answer);
    g_test_add_func("/http1_sides/header", what_follows_a_header_is_a_request);
    g_test_add_func("/http1_sides/keep-alive", keep_alive_of_nothing);
    g_test_add_func("/http1_sides/methods", methods_are_whole_words);
    g_test_add_func("/http1_sides/head", answers_to_head_are_over);
    g_test_add_func("/http1_sides/close", a_close_is_where_it_was_said);
    g_test_add_func("/http1_sides/turned-away", turned_away_at_once);
    g_test_add_func("/http1_sides/turned-away/not", not_turned_away);
    g_test_add_func("/http1_sides/lost", answers_to_what_was_lost);
    g_test_add_func("/http1_sides/bytes", an_answer_to_bytes_that_may_be_shown);
    g_test_add_func("/http1_sides/first-words", first_words_are_the_servers);
    g_test_add_func("/http1_sides/tunnel", what_is_inside_begins_with_its_bytes);
    return g_test_run();
}
