/* test_totals.c
 * Sums over origins and the capture, and what a perfect pool would have opened: DESIGN
 * section 9, origin and capture.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_tls.h"

/* A handshake of @setup, then an exchange 1 ms after it, answered 1 ms later, then a close. */
static trace_connection *call(trace *t, int64_t at, int64_t setup)
{
    trace_connection *c = trace_connect(t);
    trace_syn(c, at);
    trace_syn_ack(c, at + setup);
    trace_ack(c, CLIENT, at + setup);
    trace_exchange(c, at + setup + AT_MS(1), at + setup + AT_MS(2));
    trace_close(c, CLIENT, at + setup + AT_MS(3));
    return c;
}

static const hr_origin *origin(trace *t, size_t index)
{
    return hr_analysis_origin(trace_analysis(t), index);
}

static void empty_capture(void)
{
    g_autoptr(trace) t = trace_new();
    const hr_totals *totals = trace_totals(t);

    g_assert_cmpuint(totals->sums.requests, ==, 0);
    g_assert_cmpuint(totals->sums.connections, ==, 0);
    g_assert_cmpuint(totals->other_connections, ==, 0);
    g_assert_cmpint(totals->sums.setup_median_ns, ==, HR_TIME_NONE);
    g_assert_cmpint(totals->sums.saved_setup_ns, ==, HR_TIME_NONE);
    g_assert_cmpfloat(hr_sums_reuse_ratio(&totals->sums), <, 0);
    g_assert_cmpuint(hr_analysis_origin_count(trace_analysis(t)), ==, 0);
}

static void requests_by_status(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    for (int i = 1; i <= 4; i++) {
        trace_exchange(c, AT_MS(10 * i), AT_MS(10 * i + 1));
    }
    trace_connection *old = trace_connect(t);
    trace_exchange(old, AT_MS(100), AT_MS(101));

    const hr_sums *sums = &trace_totals(t)->sums;
    g_assert_cmpuint(sums->requests, ==, 5);
    g_assert_cmpuint(sums->new_requests, ==, 1);
    g_assert_cmpuint(sums->reused, ==, 3);
    g_assert_cmpuint(sums->unknown, ==, 1);
    g_assert_cmpuint(sums->connections, ==, 2);
    g_assert_cmpuint(sums->opened, ==, 1);
    g_assert_cmpuint(sums->by_transport[HR_TRANSPORT_TCP], ==, 2);
    g_assert_cmpfloat_with_epsilon(hr_sums_reuse_ratio(sums), 0.75, 1e-9);
}

static void empty_connections_to_known_servers_are_in_scope(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_connection *unused = trace_open(t, AT_MS(10));
    trace_connection *refused = trace_connect(t);
    trace_syn(refused, AT_MS(20));
    trace_rst(refused, SERVER, AT_MS(20));
    trace_open_to(t, "10.0.0.80", 22, AT_MS(30)); /* no HTTP was ever seen there */
    trace_connection *ssh = trace_open_to(t, "10.0.0.80", 22, AT_MS(40));
    trace_data(ssh, SERVER, 40, AT_MS(41));

    const hr_totals *totals = trace_totals(t);
    g_assert_cmpuint(totals->sums.connections, ==, 3);
    g_assert_cmpuint(totals->other_connections, ==, 2);
    g_assert_cmpuint(totals->sums.unused, ==, 2);
    g_assert_cmpuint(unused->model->id, >, 0);
    g_assert_cmpuint(refused->model->id, >, 0);
    g_assert_false(ssh->model->is_in_scope);
}

/* What was refused said nothing of TLS: its server does, elsewhere in the capture. Where it speaks
 * both, nobody knows. What comes after the analysis decides for itself. */
static void refused_ones_are_of_what_their_server_speaks(void)
{
    for (int is_mixed = 0; is_mixed < 2; is_mixed++) {
        g_autoptr(trace) t = trace_new();
        tls_open(t, AT_MS(0));
        if (is_mixed) {
            trace_exchange(trace_open_to(t, "10.0.0.80", 443, AT_MS(10)), AT_MS(11), AT_MS(12));
        }
        trace_connection *refused = trace_connect_between(t, "10.0.0.2", 0, "10.0.0.80", 443);
        trace_syn(refused, AT_MS(20));
        trace_rst(refused, SERVER, AT_MS(21));
        trace_connection *later = trace_open_from(t, "10.0.0.2", AT_MS(30));
        trace_analysis(t);

        assert_cause(refused, "setup-failed");
        g_assert_cmpstr(hr_connection_scheme(refused->model), ==, is_mixed ? "http" : "https");
        trace_exchange(later, AT_MS(40), AT_MS(41));
        g_assert_cmpstr(hr_connection_scheme(refused->model), ==, "http");
    }
}

static void ten_calls_on_ten_connections(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 10; i++) {
        call(t, AT_MS(100 * i), AT_MS(2));
    }

    const hr_sums *sums = &origin(t, 0)->sums;
    g_assert_cmpuint(origin(t, 0)->peak_concurrency, ==, 1);
    g_assert_cmpuint(origin(t, 0)->needed_connections, ==, 1);
    g_assert_cmpuint(sums->avoidable_connections, ==, 9);
    g_assert_cmpint(sums->avoidable_setup_ns, ==, AT_MS(18));
    g_assert_cmpint(sums->setup_total_ns, ==, AT_MS(20));
    g_assert_cmpint(sums->saved_setup_ns, ==, HR_TIME_NONE);
    g_assert_cmpuint(trace_totals(t)->sums.avoidable_connections, ==, 9);
    g_assert_cmpuint(trace_totals(t)->why[HR_WHY_FIRST_CONTACT], ==, 1);
    g_assert_cmpuint(trace_totals(t)->why[HR_WHY_PREVIOUS_CLOSED], ==, 9);
}

static void reuse_saved_the_median_setup_each_time(void)
{
    g_autoptr(trace) t = trace_new();
    call(t, AT_S(0), AT_MS(2));
    call(t, AT_S(1), AT_MS(40));
    trace_connection *c = trace_connect(t);
    trace_syn(c, AT_S(2));
    trace_syn_ack(c, AT_S(2) + AT_MS(6));
    trace_ack(c, CLIENT, AT_S(2) + AT_MS(6));
    for (int i = 3; i < 7; i++) { /* one new, three reused */
        trace_exchange(c, AT_S(i), AT_S(i) + AT_MS(1));
    }

    g_assert_cmpint(origin(t, 0)->sums.setup_median_ns, ==, AT_MS(6));
    g_assert_cmpint(origin(t, 0)->sums.saved_setup_ns, ==, AT_MS(18));
    g_assert_cmpint(trace_totals(t)->sums.saved_setup_ns, ==, AT_MS(18));
}

/* Of one from before the capture it is not known. */
static void one_setup_is_the_median(void)
{
    g_autoptr(trace) t = trace_new();
    call(t, AT_S(0), AT_MS(2));
    trace_exchange(trace_connect(t), AT_S(1), AT_S(1) + AT_MS(1));

    g_assert_cmpint(trace_totals(t)->sums.setup_median_ns, ==, AT_MS(2));
}

/* It was there before the capture, and nobody can read it: one is needed for what it does. */
static void one_that_nobody_reads_is_needed(void)
{
    g_autoptr(trace) t = trace_new();
    const tls_kind how = {.offers = "http/1.1"};
    trace_connection *c = trace_connect_between(t, "10.0.0.1", 0, "10.0.0.80", 443);
    tls_handshake(c, AT_MS(1), &how);
    tls_hidden_exchange(c, AT_MS(20), AT_MS(30));

    g_assert_false(c->model->is_opening_seen);
    g_assert_cmpuint(origin(t, 0)->needed_connections, ==, 1);
}

/* Nobody knows what a setup costs there: none was captured. */
static void reuse_without_a_setup_saved_nothing_known(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *before = trace_connect(t);
    trace_exchange(before, AT_MS(1), AT_MS(2));
    trace_exchange(before, AT_MS(10), AT_MS(11));
    trace_exchange(before, AT_MS(20), AT_MS(21));

    g_assert_cmpuint(trace_totals(t)->sums.reused, ==, 2);
    g_assert_cmpint(trace_totals(t)->sums.saved_setup_ns, ==, HR_TIME_NONE);
}

/* A large one begins before another, and is shown after it. */
static void requests_come_in_the_order_of_their_frames(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *large = trace_open(t, AT_MS(0));
    trace_connection *small = trace_open(t, AT_MS(1));
    trace_begin(large, AT_MS(10), .method = "POST", .body = 3000, .rest = 2000);
    const hr_request *second = trace_request(small, AT_MS(11));
    const hr_request *first =
        trace_request(large, AT_MS(12), .method = "POST", .body = 3000, .before = 1000 + 100);
    const hr_analysis *analysis = trace_analysis(t);

    g_assert_cmpuint(hr_analysis_request_count(analysis), ==, 2);
    g_assert_cmpuint(first->id, <, second->id);
    g_assert_true(hr_analysis_request(analysis, 0) == second);
    g_assert_true(hr_analysis_request(analysis, 1) == first);
}

static void burst_needs_as_many_as_ran_at_once(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *later[] = {trace_open(t, AT_MS(0)), trace_open(t, AT_MS(1))};
    trace_connection *c[3];
    trace_burst(t, c, 3, AT_MS(2));
    trace_exchange(later[0], AT_MS(30), AT_MS(31));
    trace_exchange(later[1], AT_MS(40), AT_MS(41));

    g_assert_cmpuint(origin(t, 0)->peak_concurrency, ==, 3);
    g_assert_cmpuint(origin(t, 0)->needed_connections, ==, 3);
    g_assert_cmpuint(origin(t, 0)->sums.avoidable_connections, ==, 2);
}

/* Sent in the instant in which the other is over: one connection could serve both. */
static void touching_requests_do_not_overlap(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_open(t, AT_MS(0));
    trace_connection *two = trace_open(t, AT_MS(1));
    trace_request(one, AT_MS(10));
    trace_answer(one, AT_MS(20));
    trace_request(two, AT_MS(20));
    trace_answer(two, AT_MS(30));

    g_assert_cmpuint(origin(t, 0)->peak_concurrency, ==, 1);
}

static void unanswered_request_runs_until_its_connection_ends(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_open(t, AT_MS(0));
    trace_request(one, AT_MS(1));
    trace_connection *two = trace_open(t, AT_MS(10));
    trace_exchange(two, AT_MS(11), AT_MS(12)); /* overlaps */
    trace_rst(one, CLIENT, AT_MS(50));
    trace_exchange(two, AT_MS(60), AT_MS(61));
    trace_connection *three = trace_open(t, AT_MS(62));
    trace_exchange(three, AT_MS(70), AT_MS(71)); /* does not */

    g_assert_cmpuint(origin(t, 0)->peak_concurrency, ==, 2);
}

/* RFC 9112 section 9.3.2 lets a client pipeline: then one connection is enough for many, but a
 * pool without it would need as many as ran at once. */
static void pipelined_requests_count_as_concurrent(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1));
    trace_request(c, AT_MS(2));
    trace_answer(c, AT_MS(3));
    trace_answer(c, AT_MS(4));

    g_assert_cmpuint(origin(t, 0)->peak_concurrency, ==, 2);
    g_assert_cmpuint(origin(t, 0)->sums.avoidable_connections, ==, 0);
}

static void connections_of_before_the_capture_served_as_well(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *old = trace_connect(t);
    trace_exchange(old, AT_MS(0), AT_MS(1));
    trace_connection *c = trace_open(t, AT_MS(100));
    trace_exchange(c, AT_MS(101), AT_MS(102));

    g_assert_cmpuint(origin(t, 0)->needed_connections, ==, 1);
    g_assert_cmpuint(origin(t, 0)->sums.avoidable_connections, ==, 1);
}

static void origins_are_summed_apart(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *a = trace_open(t, AT_MS(0));
    trace_exchange(a, AT_MS(1), AT_MS(2));
    trace_exchange(a, AT_MS(3), AT_MS(4));
    trace_connection *b = trace_open(t, AT_MS(10));
    trace_request(b, AT_MS(11), .host = "b.example");
    trace_answer(b, AT_MS(12));
    trace_close(b, SERVER, AT_MS(5012));

    g_assert_cmpuint(hr_analysis_origin_count(trace_analysis(t)), ==, 2);
    g_assert_cmpstr(origin(t, 0)->name, ==, "a.example");
    g_assert_cmpstr(origin(t, 0)->client_address, ==, "10.0.0.1");
    g_assert_cmpstr(origin(t, 0)->server.address, ==, "10.0.0.80");
    g_assert_cmpuint(origin(t, 0)->server.port, ==, 80);
    g_assert_cmpstr(origin(t, 0)->scheme, ==, "http");
    g_assert_cmpuint(origin(t, 0)->sums.requests, ==, 2);
    g_assert_cmpuint(origin(t, 0)->sums.reused, ==, 1);
    g_assert_cmpstr(origin(t, 1)->name, ==, "b.example");
    g_assert_cmpuint(origin(t, 1)->sums.requests, ==, 1);
    g_assert_cmpuint(origin(t, 1)->ended[HR_CLOSE_SERVER_IDLE_TIMEOUT], ==, 1);
    g_assert_cmpuint(trace_totals(t)->sums.requests, ==, 3);
    g_assert_cmpuint(trace_totals(t)->ended[HR_CLOSE_OPEN_AT_END], ==, 1);
}

static void findings_are_counted(void)
{
    g_autoptr(trace) t = trace_new();
    call(t, AT_S(0), AT_MS(1));
    call(t, AT_S(1), AT_MS(1));

    const hr_totals *totals = trace_totals(t);
    g_assert_cmpuint(totals->findings[HR_FINDING_NEW_CONNECTION], ==, 2);
    g_assert_cmpuint(totals->findings[HR_FINDING_CLOSED_AFTER_ANSWER], ==, 2);
    g_assert_cmpuint(totals->findings[HR_FINDING_MISSED_REUSE], ==, 0);
}

static void connections_come_in_the_order_of_opening(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_open(t, AT_MS(0));
    trace_connection *two = trace_open(t, AT_MS(1));
    trace_exchange(two, AT_MS(2), AT_MS(3)); /* it carries first */
    trace_exchange(one, AT_MS(4), AT_MS(5));

    const hr_analysis *analysis = trace_analysis(t);
    g_assert_cmpuint(hr_analysis_connection_count(analysis), ==, 2);
    g_assert_true(hr_analysis_connection(analysis, 0) == one->model);
    g_assert_true(hr_analysis_connection(analysis, 1) == two->model);
    g_assert_cmpuint(one->model->id, ==, 1); /* as they are numbered, from the first frame on */
    g_assert_cmpuint(two->model->id, ==, 2);
}

/* ---- what an end cost: the avoidable connections that replace the one that ended ---- */

/* Each is replaced by the next; the first one replaces nothing. */
static void the_next_one_replaces_it(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[3];
    for (int i = 0; i < 3; i++) {
        c[i] = call(t, AT_S(i), AT_MS(1));
    }
    trace_analysis(t);

    g_assert_null(c[0]->model->replaces);
    g_assert_true(c[1]->model->replaces == c[0]->model);
    g_assert_true(c[2]->model->replaces == c[1]->model);
}

/* Three run at once. The pool keeps one, and the next burst opens the others again. */
static void a_burst_replaces_what_the_pool_gave_up(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[3], *again[3];
    trace_burst(t, c, 3, AT_MS(0));
    trace_close(c[2], CLIENT, AT_US(22100)); /* the latest answered is given up first */
    trace_close(c[1], CLIENT, AT_US(22400));
    trace_request(c[0], AT_S(1));
    for (int i = 0; i < 3; i++) {
        again[i] = trace_open(t, AT_S(1) + AT_MS(1 + i));
        if (i < 2) {
            trace_request(again[i], AT_S(1) + AT_MS(1 + i) + AT_US(500));
        }
    }
    trace_answer(c[0], AT_S(2));
    trace_analysis(t);

    assert_cause(c[1], "pool-limit");
    assert_cause(c[2], "pool-limit");
    assert_opened(again[0], "all-busy", c[0]);
    g_assert_true(again[0]->model->replaces == c[2]->model);
    g_assert_true(again[1]->model->replaces == c[1]->model);
    g_assert_null(again[2]->model->replaces); /* there were only two */
    g_assert_null(c[1]->model->replaces);
}

/* The server's timeout closed it, and the next burst opened another although one was left. */
static void a_timeout_costs_as_well(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *a = trace_open(t, AT_MS(0));
    trace_connection *b = trace_open(t, AT_MS(1));
    trace_request(a, AT_MS(10));
    trace_request(b, AT_MS(10));
    trace_answer(a, AT_MS(20));
    trace_answer(b, AT_MS(21));
    trace_close(b, SERVER, AT_S(5) + AT_MS(22));
    trace_request(a, AT_S(6));
    trace_connection *c = trace_open(t, AT_S(6) + AT_MS(1));
    trace_request(c, AT_S(6) + AT_MS(2));
    trace_analysis(t);

    assert_cause(b, "server-idle-timeout");
    g_assert_true(c->model->is_avoidable);
    assert_opened(c, "all-busy", a);
    g_assert_true(c->model->replaces == b->model);
}

/* ---- one client or server ---- */

static void what_is_selected_is_all_there_is(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_open(t, AT_MS(0));
    trace_exchange(one, AT_MS(1), AT_MS(2));
    trace_close(one, CLIENT, AT_MS(3));
    trace_connection *other = trace_open_to(t, "10.9.9.9", 8080, AT_MS(4));
    trace_exchange(other, AT_MS(5), AT_MS(6));
    trace_close(other, CLIENT, AT_MS(7));
    trace_connection *again = trace_open_to(t, "10.9.9.9", 8080, AT_MS(8));
    trace_exchange(again, AT_MS(9), AT_MS(10));

    const hr_analysis *whole = trace_analysis(t);
    const size_t findings = hr_analysis_finding_count(whole);
    const char *const words[] = {"10.9.9.9", "10.9.9.9:8080"};
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        hr_analysis *part = hr_analysis_select(whole, words[i]);
        g_assert_cmpuint(hr_analysis_origin_count(part), ==, 1);
        g_assert_cmpuint(hr_analysis_connection_count(part), ==, 2);
        g_assert_true(hr_analysis_connection(part, 0) == other->model);
        g_assert_cmpuint(hr_analysis_request_count(part), ==, 2);
        g_assert_cmpuint(hr_analysis_totals(part)->sums.requests, ==, 2);
        g_assert_cmpuint(hr_analysis_totals(part)->sums.avoidable_connections, ==, 1);
        g_assert_cmpuint(hr_analysis_finding_count(part), <, findings);
        g_assert_cmpstr(hr_analysis_selected(part), ==, words[i]);
        hr_analysis_free(part);
    }
    g_assert_cmpuint(hr_analysis_connection_count(whole), ==, 3); /* as it was */
    g_assert_cmpuint(hr_analysis_totals(whole)->sums.requests, ==, 3);
    hr_analysis *none = hr_analysis_select(whole, "10.9.9.9:80");
    g_assert_cmpuint(hr_analysis_connection_count(none), ==, 0);
    g_assert_cmpuint(hr_analysis_request_count(none), ==, 0);
    hr_analysis_free(none);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/totals/empty", empty_capture);
    g_test_add_func("/totals/status", requests_by_status);
    g_test_add_func("/totals/scope", empty_connections_to_known_servers_are_in_scope);
    g_test_add_func("/totals/scope/scheme", refused_ones_are_of_what_their_server_speaks);
    g_test_add_func("/totals/avoidable/ten", ten_calls_on_ten_connections);
    g_test_add_func("/totals/replaces/previous-closed", the_next_one_replaces_it);
    g_test_add_func("/totals/replaces/pool-limit", a_burst_replaces_what_the_pool_gave_up);
    g_test_add_func("/totals/replaces/timeout", a_timeout_costs_as_well);
    g_test_add_func("/totals/avoidable/before-the-capture",
                    connections_of_before_the_capture_served_as_well);
    g_test_add_func("/totals/saved/median", reuse_saved_the_median_setup_each_time);
    g_test_add_func("/totals/saved/unknown", reuse_without_a_setup_saved_nothing_known);
    g_test_add_func("/totals/order/requests", requests_come_in_the_order_of_their_frames);
    g_test_add_func("/totals/needed/unread", one_that_nobody_reads_is_needed);
    g_test_add_func("/totals/setup/one", one_setup_is_the_median);
    g_test_add_func("/totals/peak/burst", burst_needs_as_many_as_ran_at_once);
    g_test_add_func("/totals/peak/touching", touching_requests_do_not_overlap);
    g_test_add_func("/totals/peak/unanswered", unanswered_request_runs_until_its_connection_ends);
    g_test_add_func("/totals/peak/pipelined", pipelined_requests_count_as_concurrent);
    g_test_add_func("/totals/origins/apart", origins_are_summed_apart);
    g_test_add_func("/totals/findings/counted", findings_are_counted);
    g_test_add_func("/totals/order/opening", connections_come_in_the_order_of_opening);
    g_test_add_func("/totals/selected", what_is_selected_is_all_there_is);
    return g_test_run();
}
