/* test_needed.c
 * How many connections a perfect pool would have needed: of names that are served nowhere else, of
 * HTTP/2 without a request or that nobody can read, of users, checks and programs; and which of them
 * then need not have been. DESIGN section 6.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_h2.h"

static void assert_needed(trace *t, uint32_t needed, uint32_t avoidable)
{
    g_assert_cmpuint(hr_analysis_origin(trace_analysis(t), 0)->needed_connections, ==, needed);
    g_assert_cmpuint(trace_totals(t)->sums.avoidable_connections, ==, avoidable);
}

/* ---- names ---- */

/* Two streams at a time on one connection that serves two names. Three run at once, so that it takes
 * two; and a third name, which the server does not serve there (421), has its own. A dial that
 * nothing came of was for no name at all. */
static void each_misdirected_name_needs_one_more(void)
{
    static const tls_kind how = {.port = 443, .agrees = "h2", .has_keys = true};
    static const tls_kind c_example = {
        .port = 443, .agrees = "h2", .has_keys = true, .sni = "c.example"};
    static const tls_kind nameless = {.port = 443, .agrees = "h2", .has_keys = true, .sni = ""};
    for (int has_dial = 0; has_dial < 2; has_dial++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *one = h2_open_with(t, AT_MS(0), 2, &how);
        h2_exchange(one, 1, AT_MS(10), AT_MS(11));
        h2_ask(one, 3, AT_MS(14), .authority = "b.example");
        h2_answer(one, 3, AT_MS(15));
        h2_ask(one, 5, AT_MS(20), .authority = "c.example");
        h2_answer(one, 5, AT_MS(21), .code = 421);
        h2_ask(one, 7, AT_MS(30));
        h2_ask(one, 9, AT_MS(31));
        trace_connection *more = h2_open_with(t, AT_MS(40), 2, &how);
        h2_ask(more, 1, AT_MS(50));
        h2_answer(more, 1, AT_MS(60));
        h2_answer(one, 7, AT_MS(61));
        h2_answer(one, 9, AT_MS(62));
        trace_connection *theirs = h2_open_with(t, AT_S(1), 2, &c_example);
        h2_ask(theirs, 1, AT_S(1) + AT_MS(10), .authority = "c.example");
        h2_answer(theirs, 1, AT_S(1) + AT_MS(11));
        if (has_dial) {
            trace_close(h2_open_with(t, AT_S(2), 2, &nameless), CLIENT, AT_S(3));
        }

        assert_needed(t, 3, (uint32_t)has_dial);
    }
}

/* ---- streams ---- */

/* A server that is about to stop lets nobody begin a stream (RFC 9113 section 5.1.2): what did run
 * before needed one all the same. */
static void no_stream_at_all(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open(t, AT_MS(0));
    h2_exchange(c, 1, AT_MS(10), AT_MS(11));
    h2_settings(c, 0, AT_MS(20));

    assert_needed(t, 1, 0);
}

/* Two dials of HTTP/2 in the clear, and nothing asked on either: one would have done. */
static void plain_dials_of_streams_without_a_request(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2] = {trace_connect(t), trace_connect(t)};
    trace_syn(c[0], AT_MS(0));
    trace_syn(c[1], AT_MS(600));
    for (int i = 0; i < 2; i++) {
        trace_syn_ack(c[i], AT_MS(700 + i));
    }
    for (int i = 0; i < 2; i++) {
        h2_prefaces(c[i], 100, AT_MS(710 + i));
    }
    for (int i = 0; i < 2; i++) {
        trace_close(c[i], CLIENT, AT_S(5 + i));
    }

    assert_needed(t, 1, 1);
}

/* A burst of dials without keys, each of which agrees on HTTP/2: one carries as many streams as each
 * server is to allow, 100 (RFC 9113 section 6.5.2), and of more nobody knows. */
static void as_many_dials_as_streams(void)
{
    static const tls_kind how = {.port = 443, .is_12 = true, .agrees = "h2"};
    for (int count = 100; count <= 101; count++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c[101];

        for (int i = 0; i < count; i++) {
            c[i] = tls_connect(t, AT_MS(i), &how);
        }
        for (int i = 0; i < count; i++) {
            tls_handshake(c[i], AT_MS(1000 + 10 * i), &how);
            tls_data(c[i], CLIENT, 120, AT_MS(1005 + 10 * i));
        }
        for (int i = 0; i < count; i++) {
            tls_data(c[i], SERVER, 420, AT_MS(3000 + i));
        }

        g_assert_cmpuint(trace_totals(t)->sums.avoidable_connections, ==, count == 100 ? 99 : 0);
    }
}

/* Dialled beside one that had been ready and was busy: what kept it from a stream there nobody
 * knows. */
static void dialled_beside_one_that_was_ready(void)
{
    static const tls_kind how = {.port = 443, .is_12 = true, .agrees = "h2"};
    g_autoptr(trace) t = trace_new();
    trace_connection *busy = tls_open_with(t, AT_MS(0), &how);
    tls_data(busy, CLIENT, 120, AT_MS(100));
    trace_connection *more = tls_open_with(t, AT_MS(200), &how);
    tls_data(more, CLIENT, 120, AT_MS(300));
    tls_data(busy, SERVER, 420, AT_MS(400));
    tls_data(more, SERVER, 420, AT_MS(401));

    assert_opened(more, "all-busy", busy);
    assert_needed(t, 2, 0);
}

/* ---- whose ---- */

/* NTLM binds each to a user (RFC 4559). The last was opened when none of the others could have served;
 * the one before it beside a busy one, which was free again when it was used. */
static void another_user_came_last(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *first = trace_open(t, AT_MS(0));
    trace_request(first, AT_MS(1), .binds_user = true);
    trace_connection *second = trace_open(t, AT_MS(100));
    trace_answer(first, AT_MS(200));
    trace_request(second, AT_MS(300), .binds_user = true);
    trace_answer(second, AT_MS(301));
    trace_connection *last = trace_open(t, AT_S(1));
    trace_request(last, AT_S(1) + AT_MS(1), .binds_user = true);
    trace_answer(last, AT_S(1) + AT_MS(2));

    assert_opened(second, "all-busy", first);
    assert_first_contact(last);
    assert_needed(t, 2, 1);
    g_assert_true(second->model->is_avoidable);
    g_assert_false(last->model->is_avoidable);
}

/* A balancer that passes TLS on and says of whom (PROXY protocol): nobody can read what is asked, and
 * each of its clients needs its own. */
static void hidden_ones_of_several_clients(void)
{
    static const tls_kind how = {.port = 443, .is_12 = true, .agrees = "http/1.1"};
    static const hr_slice clients[] = {{"10.9.0.1 port 1", 15}, {"10.9.0.2 port 1", 15}};
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 2; i++) {
        trace_connection *c = tls_connect(t, AT_S(i), &how);
        trace_begin_segment(c, CLIENT, 0, 28, AT_S(i) + AT_MS(1));
        hr_tcp_spoken_for(trace_model(t), c->model, c->index[CLIENT], &clients[i]);
        hr_http1_stray_seen(trace_model(t), c->model, c->index[CLIENT], 28);
        trace_end_segment(c);
        tls_handshake(c, AT_S(i) + AT_MS(2), &how);
        tls_hidden_exchange(c, AT_S(i) + AT_MS(10), AT_S(i) + AT_MS(11));
    }

    assert_needed(t, 2, 0);
}

/* A program without a name beside two that have one: it asked, too. */
static void a_program_without_a_name(void)
{
    static const char *const programs[] = {"app/1.0", "curl/8.5.0", NULL};
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 6; i++) {
        trace_connection *c = trace_open(t, AT_S(i));
        trace_request(c, AT_S(i) + AT_MS(1), .user_agent = programs[i % 3]);
        trace_answer(c, AT_S(i) + AT_MS(2));
        trace_close(c, CLIENT, AT_S(i) + AT_MS(3));
    }

    assert_needed(t, 3, 3);
}

/* ---- of before ---- */

/* Its client took its port for another one: it had ended, nobody knows how. Where it had served, one opened later need not have been; where it had
 * not, it cannot have. One that was opened in the capture could have served, too. */
static void ended_for_an_unknown_reason(void)
{
    for (int is_seen = 0; is_seen < 2; is_seen++) {
        for (int has_served = 0; has_served < 2; has_served++) {
            g_autoptr(trace) t = trace_new();
            trace_connection *c[2];
            for (int i = 0; i < 2; i++) {
                c[i] = trace_connect_between(t, "10.0.0.1", 50000, "10.0.0.80", 80);
            }
            if (is_seen) {
                trace_syn(c[0], AT_MS(0));
                trace_syn_ack(c[0], AT_MS(1));
            }
            trace_ack(c[0], CLIENT, AT_MS(2));
            if (has_served) {
                trace_exchange(c[0], AT_MS(10), AT_MS(11));
            }
            trace_syn(c[1], AT_S(2));
            trace_syn_ack(c[1], AT_S(2));
            trace_exchange(c[1], AT_S(2) + AT_MS(1), AT_S(2) + AT_MS(2));

            assert_cause(c[0], "unknown");

            g_assert_cmpuint(trace_totals(t)->sums.avoidable_connections, ==,
                             is_seen || has_served);
        }
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/needed/misdirected", each_misdirected_name_needs_one_more);
    g_test_add_func("/needed/no-stream", no_stream_at_all);
    g_test_add_func("/needed/plain-streams", plain_dials_of_streams_without_a_request);
    g_test_add_func("/needed/as-many", as_many_dials_as_streams);
    g_test_add_func("/needed/ready", dialled_beside_one_that_was_ready);
    g_test_add_func("/needed/user-last", another_user_came_last);
    g_test_add_func("/needed/clients-hidden", hidden_ones_of_several_clients);
    g_test_add_func("/needed/nameless", a_program_without_a_name);
    g_test_add_func("/needed/before", ended_for_an_unknown_reason);
    return g_test_run();
}
