/* test_traced.c
 * Calls that the program told of are joined with what was captured by port, addresses and time, and
 * by method and path where they can be read; and never with anything else.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_h2.h"
#include "trace_tls.h"

#include <string.h>
#include <time.h>

#include "core/model/traced.h"

#define SLICE(literal) ((hr_slice){(literal), strlen(literal)})

/* A call that TRACE's clients make; what is left NULL is as most calls are. */
typedef struct {
    uint16_t port;
    int64_t got, done, end;
    const char *site, *path, *local, *remote, *host;
    uint16_t remote_port;
} told;

#define tell(t, ...) tell_of((t), &(told){__VA_ARGS__})

static void tell_of(trace *t, const told *what)
{
    const char *local = what->local != NULL ? what->local : "10.0.0.1";
    const char *remote = what->remote != NULL ? what->remote : "10.0.0.80";
    const hr_traced_call call = {
        .local = {SLICE(local), what->port},
        .remote = {SLICE(remote), what->remote_port != 0 ? what->remote_port : 80},
        .got_ns = what->got,
        .done_ns = what->done,
        .end_ns = what->end,
        .site = SLICE(what->site),
        .method = SLICE("GET"),
        .host = SLICE(what->host != NULL ? what->host : "a.example"),
        .path = SLICE(what->path != NULL ? what->path : "/"),
    };
    hr_model_add_traced(trace_model(t), &call);
}

static trace_connection *open_from_port(trace *t, uint16_t port, int64_t at)
{
    trace_connection *c = trace_connect_between(t, "10.0.0.1", port, "10.0.0.80", 80);

    trace_syn(c, at);
    trace_syn_ack(c, at + AT_US(100));
    return c;
}

static const char *site_of(const hr_request *request)
{
    return request->ties->traced != NULL ? request->ties->traced->site : NULL;
}

static void a_request_has_the_call_that_was_open_when_it_was_sent(void)
{
    g_autoptr(trace) t = trace_new();

    /* Out of order, since a call is written down when it is over. */
    tell(t, .port = 4000, .got = AT_MS(20), .done = AT_MS(21), .site = "b.go:2");
    tell(t, .port = 4000, .got = AT_MS(10), .done = AT_MS(11), .site = "a.go:1");
    trace_connection *c = open_from_port(t, 4000, AT_MS(1));
    const hr_request *first = trace_request(c, AT_US(10500));
    trace_answer(c, AT_MS(15));
    const hr_request *second = trace_request(c, AT_US(20500));
    trace_answer(c, AT_MS(25));
    const hr_request *third = trace_request(c, AT_MS(500)); /* that nobody told of */
    g_assert_cmpstr(site_of(first), ==, "a.go:1");
    g_assert_cmpstr(site_of(second), ==, "b.go:2");
    g_assert_null(third->ties->traced);
    const hr_traced_totals *totals = hr_analysis_traced(trace_analysis(t));
    g_assert_cmpuint(totals->on_requests, ==, 2);
    g_assert_cmpuint(totals->unmatched, ==, 0);
}

static void another_path_is_another_call(void)
{
    g_autoptr(trace) t = trace_new();

    tell(t, .port = 4000, .got = AT_MS(10), .done = AT_MS(30), .site = "a.go:1", .path = "/a");
    tell(t, .port = 4000, .got = AT_MS(10), .done = AT_MS(30), .site = "b.go:2", .path = "/b");
    trace_connection *c = open_from_port(t, 4000, AT_MS(1));
    const hr_request *b = trace_request(c, AT_MS(12), .target = "/b?key=1");
    trace_answer(c, AT_MS(13));
    const hr_request *other = trace_request(c, AT_MS(14), .target = "/ab");
    trace_answer(c, AT_MS(15));
    const hr_request *a = trace_request(c, AT_MS(16), .target = "http://a.example/a");
    g_assert_cmpstr(site_of(b), ==, "b.go:2");
    g_assert_null(other->ties->traced);
    g_assert_cmpstr(site_of(a), ==, "a.go:1");
}

static void what_fits_nothing_is_counted(void)
{
    static const told others[] = {
        {.port = 4001, .got = AT_MS(10), .done = AT_MS(30), .site = "port"},
        {.port = 4000, .got = AT_S(10), .done = AT_S(11), .site = "later"},
        {.port = 4000, .got = AT_MS(10), .done = AT_MS(30), .site = "server", .remote_port = 81},
        {.port = 4000,
         .got = AT_MS(10),
         .done = AT_MS(30),
         .site = "host",
         .local = "10.9.9.9",
         .host = "b.example"},
    };
    g_autoptr(trace) t = trace_new();

    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        told what = others[i];
        what.host = what.host != NULL ? what.host : "other.example";
        tell_of(t, &what);
    }
    trace_connection *c = open_from_port(t, 4000, AT_MS(1));
    const hr_request *request = trace_request(c, AT_MS(12));
    trace_answer(c, AT_MS(13));
    g_assert_null(request->ties->traced);
    const hr_traced_totals *totals = hr_analysis_traced(trace_analysis(t));
    g_assert_cmpuint(totals->calls, ==, 4);
    g_assert_cmpuint(totals->unmatched, ==, 4);
}

/* What was told with the connection's own addresses is better, however the times lie; and where
 * such calls were told, another machine's of the same port is none of it at any time. */
static void a_name_is_no_match_for_addresses(void)
{
    g_autoptr(trace) t = trace_new();

    tell(t, .port = 4000, .got = AT_MS(5), .done = AT_MS(30), .site = "other.go:7",
         .local = "10.9.9.9", .remote = "10.8.8.8");
    tell(t, .port = 4000, .got = AT_US(12500), .done = AT_MS(13), .site = "own.go:1");
    trace_connection *c = open_from_port(t, 4000, AT_MS(1));
    g_assert_cmpstr(site_of(trace_request(c, AT_MS(12))), ==, "own.go:1");
    trace_answer(c, AT_MS(14));
    g_assert_null(trace_request(c, AT_MS(20))->ties->traced);
}

/* Captured behind an address translation, which mostly keeps the port. */
static void addresses_may_differ_where_the_name_agrees(void)
{
    g_autoptr(trace) t = trace_new();

    tell(t, .port = 4000, .got = AT_MS(10), .done = AT_MS(30), .site = "a.go:1",
         .local = "172.17.0.2", .remote = "192.0.2.1");
    trace_connection *c = open_from_port(t, 4000, AT_MS(1));
    g_assert_cmpstr(site_of(trace_request(c, AT_MS(12))), ==, "a.go:1");
}

static void one_port_used_again_is_another_connection(void)
{
    g_autoptr(trace) t = trace_new();

    tell(t, .port = 4000, .got = AT_MS(10), .done = AT_MS(11), .site = "a.go:1");
    tell(t, .port = 4000, .got = AT_S(100), .done = AT_S(100) + AT_MS(1), .site = "b.go:2");
    trace_connection *first = open_from_port(t, 4000, AT_MS(1));
    const hr_request *a = trace_request(first, AT_US(10500));
    trace_answer(first, AT_MS(12));
    trace_close(first, CLIENT, AT_MS(20));
    trace_connection *second = open_from_port(t, 4000, AT_S(99));
    const hr_request *b = trace_request(second, AT_S(100) + AT_US(500));
    g_assert_cmpstr(site_of(a), ==, "a.go:1");
    g_assert_cmpstr(site_of(b), ==, "b.go:2");
}

/* An upload or a stream of gRPC lasts; what is over meanwhile is no longer looked at. */
static void a_long_call_hides_no_others(void)
{
    enum {
        ASKED = 3000
    };
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open(t, AT_MS(0));
    uint32_t found = 0;

    tell(t, .port = c->port[CLIENT], .remote_port = 443, .got = AT_MS(9), .done = AT_S(600),
         .site = "stream.go:1", .path = "/stream");
    for (uint32_t i = 0; i < ASKED; i++) {
        tell(t, .port = c->port[CLIENT], .remote_port = 443, .got = AT_MS(i + 10),
             .done = AT_MS(i + 10) + AT_US(500), .site = "asked.go:2",
             .path = i % 2 ? "/uncaptured" : "/asked");
    }
    for (uint32_t i = 0; i < ASKED; i += 2) {
        const hr_request *request =
            h2_ask(c, 2 * i + 1, AT_MS(i + 10) + AT_US(200), .path = "/asked");
        found += g_strcmp0(site_of(request), "asked.go:2") == 0;
        h2_answer(c, 2 * i + 1, AT_MS(i + 10) + AT_US(400));
    }
    g_assert_cmpuint(found, ==, ASKED / 2);
    g_assert_cmpstr(site_of(h2_ask(c, 2 * ASKED + 1, AT_S(500), .path = "/stream")), ==,
                    "stream.go:1");
}

/* Two streams at a time that differ in nothing: which is whose is said where their times tell. */
static void of_several_lines_of_code_none_is_chosen(void)
{
    static const struct {
        int64_t done;
        const char *other, *expected;
    } cases[] = {
        {AT_US(20300), "b.go:2", NULL},
        {AT_US(20300), "a.go:1", "a.go:1"},
        {AT_MS(28), "b.go:2", "a.go:1"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = h2_open(t, AT_MS(0));
        tell(t, .port = c->port[CLIENT], .remote_port = 443, .got = AT_MS(20), .done = AT_US(20200),
             .site = "a.go:1");
        tell(t, .port = c->port[CLIENT], .remote_port = 443, .got = AT_MS(20),
             .done = cases[i].done, .site = cases[i].other);
        g_assert_cmpstr(site_of(h2_ask(c, 1, AT_US(20100))), ==, cases[i].expected);
        h2_answer(c, 1, AT_MS(30));
        const hr_traced_totals *totals = hr_analysis_traced(trace_analysis(t));
        g_assert_cmpuint(totals->ambiguous, ==, cases[i].expected == NULL ? 2 : 0);
        g_assert_cmpuint(totals->on_requests, ==, cases[i].expected == NULL ? 0 : 1);
    }
}

/* A frame may be late, but not later than its answer; nor is it the next call's. */
static void a_request_comes_before_its_answer(void)
{
    for (guint is_slow = 0; is_slow <= 1; is_slow++) {
        g_autoptr(trace) t = trace_new();
        tell(t, .port = 4000, .got = AT_MS(10), .done = AT_MS(11),
             .end = is_slow ? AT_MS(80) : AT_MS(12), .site = "a.go:1");
        trace_connection *c = open_from_port(t, 4000, AT_MS(1));
        g_assert_cmpstr(site_of(trace_request(c, AT_MS(20))), ==, is_slow ? "a.go:1" : NULL);
    }
}

/* Requests that can be read and are others; and those that were told twice. */
static void calls_that_requests_contradict_fit_nothing(void)
{
    g_autoptr(trace) t = trace_new();

    for (int twice = 0; twice < 2; twice++) {
        tell(t, .port = 4000, .got = AT_MS(10), .done = AT_MS(11), .site = "a.go:1");
    }
    tell(t, .port = 4000, .got = AT_MS(10), .done = AT_MS(11), .site = "b.go:2", .path = "/b");
    trace_connection *c = open_from_port(t, 4000, AT_MS(1));
    g_assert_cmpstr(site_of(trace_request(c, AT_US(10500))), ==, "a.go:1");
    trace_answer(c, AT_MS(12));
    const hr_traced_totals *totals = hr_analysis_traced(trace_analysis(t));
    g_assert_cmpuint(totals->on_requests, ==, 1);
    g_assert_cmpuint(totals->on_connections, ==, 0);
    g_assert_cmpuint(totals->unmatched, ==, 2);
    g_assert_cmpuint(totals->contradicted, ==, 2);
    g_assert_null(c->model->seldom->calls->next);
}

/* Nobody sees the requests; the records in which they may be, and the connection, are known. */
static void calls_inside_of_tls(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *plain = trace_connect_between(t, "10.0.0.1", 0, "10.0.0.80", 443);
    const uint16_t port = (uint16_t)(plain->port[CLIENT] + 1); /* of the next */

    tell(t, .port = port, .remote_port = 443, .got = AT_MS(9), .done = AT_MS(11), .site = "a.go:1");
    tell(t, .port = port, .remote_port = 443, .got = AT_MS(19), .done = AT_MS(21),
         .site = "b.go:2");
    tell(t, .port = port, .remote_port = 443, .got = AT_MS(23), .done = AT_MS(24),
         .site = "c.go:3");
    trace_connection *c = tls_open(t, AT_MS(0));
    g_assert_cmpuint(c->port[CLIENT], ==, port);
    tls_data(c, CLIENT, 100, AT_MS(10));
    g_assert_cmpuint(trace_item_count(t), ==, 1);
    g_assert_cmpint(trace_item(t, 0)->kind, ==, HR_ITEM_CALL);
    g_assert_cmpstr(trace_item(t, 0)->call->site, ==, "a.go:1");
    const uint32_t frame = trace_frame(t);
    tls_data(c, SERVER, 400, AT_MS(12));
    tls_hidden_exchange(c, AT_MS(20), AT_MS(22));
    tls_data(c, SERVER, 400, AT_MS(30)); /* the record of the third was not captured */
    const hr_traced_totals *totals = hr_analysis_traced(trace_analysis(t));
    g_assert_cmpuint(totals->on_connections, ==, 3);
    g_assert_cmpuint(totals->on_requests, ==, 0);
    const hr_traced *call = c->model->seldom->calls;
    g_assert_cmpuint(call->seen.frame, ==, frame);
    g_assert_cmpstr(call->next->site, ==, "b.go:2");
    g_assert_cmpstr(call->next->next->site, ==, "c.go:3");
    g_assert_cmpuint(call->next->next->seen.frame, ==, 0);
    g_assert_null(call->next->next->next);
}

/* Go's net/http offers no ALPN where it was given a TLSClientConfig, and the port says nothing. */
static void a_call_proves_that_tls_is_http(void)
{
    for (guint told_calls = 0; told_calls <= 1; told_calls++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *before = trace_connect_between(t, "10.0.0.1", 0, "10.0.0.80", 9443);
        const uint16_t port = (uint16_t)(before->port[CLIENT] + 1);

        if (told_calls > 0) {
            tell(t, .port = port, .remote_port = 9443, .got = AT_MS(9), .done = AT_MS(11),
                 .site = "a.go:1");
        }
        const tls_kind how = {.port = 9443, .offers = ""};
        trace_connection *c = tls_open_with(t, AT_MS(0), &how);
        tls_hidden_exchange(c, AT_MS(10), AT_MS(12));
        const hr_analysis *analysis = trace_analysis(t);
        g_assert_cmpuint(hr_analysis_connection_count(analysis), ==, told_calls);
        g_assert_cmpuint(hr_analysis_traced(analysis)->on_connections, ==, told_calls);
    }
}

/* With keys a call is a request, and the record that it came in no second one. */
static void with_keys_calls_are_requests(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *before = trace_connect_between(t, "10.0.0.1", 0, "10.0.0.80", 443);
    const uint16_t port = (uint16_t)(before->port[CLIENT] + 1);

    tell(t, .port = port, .remote_port = 443, .got = AT_MS(9), .done = AT_MS(11), .site = "a.go:1");
    trace_connection *c = tls_open(t, AT_MS(0), .has_keys = true);
    g_assert_cmpstr(site_of(trace_request(c, AT_MS(10))), ==, "a.go:1");
    for (size_t i = 0; i < trace_item_count(t); i++) {
        g_assert_cmpint(trace_item(t, i)->kind, !=, HR_ITEM_CALL);
    }
    trace_answer(c, AT_MS(12));
    g_assert_cmpuint(hr_analysis_traced(trace_analysis(t))->on_requests, ==, 1);
}

static void an_item_names_its_lines_of_code(void)
{
    g_autoptr(trace) t = trace_new();

    for (uint16_t i = 0; i < 4; i++) {
        tell(t, .port = 4000 + i, .got = AT_MS(100 * i + 9), .done = AT_MS(100 * i + 11),
             .site = i < 3 ? "loses.go:7" : "keeps.go:9");
    }
    for (uint16_t i = 0; i < 4; i++) {
        trace_connection *c = open_from_port(t, 4000 + i, AT_MS(100 * i + 1));
        trace_request(c, AT_MS(100 * i + 10), .user_agent = "Go-http-client/1.1");
        trace_answer(c, AT_MS(100 * i + 12), .body = 5000);
        trace_close(c, CLIENT, AT_MS(100 * i + 13));
    }
    const hr_fix *fix = hr_analysis_item(trace_analysis(t), 0);
    g_assert_cmpint(fix->change, ==, HR_CHANGE_READ_BODIES);
    g_autoptr(GArray) sites = hr_fix_call_sites(fix);
    const hr_call_site *first = &g_array_index(sites, hr_call_site, 0);
    g_assert_cmpstr(first->site, ==, "loses.go:7");
    g_assert_cmpuint(first->connections, ==, 3);
}

/* A trace from anybody: a million calls of one port at one time cost a request no more. */
static void a_hostile_trace_costs_no_time(void)
{
    g_autoptr(trace) t = trace_new();
    const clock_t begin = clock();

    for (uint32_t i = 0; i < HR_TRACED_MAX + 10; i++) {
        tell(t, .port = 4000, .got = 0, .done = INT64_MAX, .site = "a.go:1", .path = "/other");
    }
    trace_connection *c = open_from_port(t, 4000, AT_MS(1));
    for (int i = 0; i < 5000; i++) {
        g_assert_null(trace_request(c, AT_MS(2 * i + 10))->ties->traced);
        trace_answer(c, AT_MS(2 * i + 11));
    }
    g_assert_cmpuint(hr_model_traced_rest(trace_model(t)).left_out, ==, 10);
    g_assert_cmpuint(hr_analysis_traced(trace_analysis(t))->calls, ==, HR_TRACED_MAX);
    g_assert_cmpint((clock() - begin) / CLOCKS_PER_SEC, <, 20); /* of processor time */
}

/* Inside TLS that nobody reads each of two connections carries two calls, and is closed by its server
 * after the second: that is the one which lost it. A third carries none that was told. The later port
 * is the smaller one. */
static void the_last_call_inside_of_tls_lost_it(void)
{
    g_autoptr(trace) t = trace_new();
    const tls_kind how = {.offers = ""};

    for (uint16_t i = 0; i < 2; i++) {
        for (int k = 0; k < 2; k++) {
            tell(t, .port = 4001 - i, .remote_port = 443, .got = AT_S(i) + AT_MS(19 + 10 * k),
                 .done = AT_S(i) + AT_MS(21 + 10 * k), .site = k == 0 ? "first.go:1" : "last.go:2");
        }
    }
    for (uint16_t i = 0; i < 3; i++) {
        trace_connection *c = trace_connect_between(t, "10.0.0.1", 4001 - i, "10.0.0.80", 443);
        trace_syn(c, AT_S(i));
        trace_syn_ack(c, AT_S(i) + AT_US(100));
        trace_ack(c, CLIENT, AT_S(i) + AT_US(200));
        tls_handshake(c, AT_S(i) + AT_MS(1), &how);
        tls_hidden_exchange(c, AT_S(i) + AT_MS(20), AT_S(i) + AT_MS(22));
        tls_hidden_exchange(c, AT_S(i) + AT_MS(30), AT_S(i) + AT_MS(32));
        trace_close(c, SERVER, AT_S(i) + AT_MS(33));
    }
    const hr_analysis *analysis = trace_analysis(t);
    g_assert_cmpuint(hr_analysis_traced(analysis)->on_connections, ==, 4);
    const hr_fix *fix = hr_analysis_item(analysis, 0);
    g_assert_cmpint(fix->change, ==, HR_CHANGE_KEEP_OPEN);
    g_autoptr(GArray) sites = hr_fix_call_sites(fix);
    g_assert_cmpuint(sites->len, ==, 1);
    g_assert_cmpstr(g_array_index(sites, hr_call_site, 0).site, ==, "last.go:2");
    g_assert_cmpuint(g_array_index(sites, hr_call_site, 0).connections, ==, 2);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/traced/open-when-sent",
                    a_request_has_the_call_that_was_open_when_it_was_sent);
    g_test_add_func("/traced/path", another_path_is_another_call);
    g_test_add_func("/traced/unmatched", what_fits_nothing_is_counted);
    g_test_add_func("/traced/translated", addresses_may_differ_where_the_name_agrees);
    g_test_add_func("/traced/name", a_name_is_no_match_for_addresses);
    g_test_add_func("/traced/long", a_long_call_hides_no_others);
    g_test_add_func("/traced/ambiguous", of_several_lines_of_code_none_is_chosen);
    g_test_add_func("/traced/answered", a_request_comes_before_its_answer);
    g_test_add_func("/traced/contradicted", calls_that_requests_contradict_fit_nothing);
    g_test_add_func("/traced/port-again", one_port_used_again_is_another_connection);
    g_test_add_func("/traced/tls", calls_inside_of_tls);
    g_test_add_func("/traced/tls-unnamed", a_call_proves_that_tls_is_http);
    g_test_add_func("/traced/tls-keys", with_keys_calls_are_requests);
    g_test_add_func("/traced/items", an_item_names_its_lines_of_code);
    g_test_add_func("/traced/items/tls", the_last_call_inside_of_tls_lost_it);
    g_test_add_func("/traced/hostile", a_hostile_trace_costs_no_time);
    return g_test_run();
}
