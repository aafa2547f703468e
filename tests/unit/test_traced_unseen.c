/* test_traced_unseen.c
 * Calls whose request is not in the capture, as where packets were dropped: which connection each went
 * over is known by port, ends, name and time, and whose line of code stands behind an item. What was
 * not told of is laid to no other line.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_fixes.h"
#include "trace_tls.h"

#include <string.h>

#include "core/model/traced.h"
#include "core/result/call_sites.h"

typedef struct {
    uint16_t port;
    const char *local, *remote; /* "10.0.0.1" to "10.0.0.80" */
    uint16_t remote_port;       /* 443 */
    int64_t at, lasts;          /* ... 2 ms */
    const char *site;           /* "" for none */
} told;

static hr_slice slice(const char *text)
{
    return (hr_slice){text, strlen(text)};
}

#define tell(t, ...) tell_of((t), (told){__VA_ARGS__})

static void tell_of(trace *t, told what)
{
    const int64_t done = what.at + (what.lasts != 0 ? what.lasts : AT_MS(2));
    const hr_traced_call call = {
        .local = {slice(what.local != NULL ? what.local : "10.0.0.1"), what.port},
        .remote = {slice(what.remote != NULL ? what.remote : "10.0.0.80"),
                   what.remote_port != 0 ? what.remote_port : 443},
        .got_ns = what.at,
        .done_ns = done,
        .end_ns = done,
        .site = what.site[0] != '\0' ? slice(what.site) : (hr_slice){NULL, 0},
        .method = slice("GET"),
        .host = slice("a.example"),
        .path = slice("/"),
    };
    hr_model_add_traced(trace_model(t), &call);
}

/* A request that was dropped on its way into the capture, and its answer. */
static void answer_alone(trace_connection *c, int64_t at)
{
    trace_lose(c, CLIENT, 200);
    tls_data(c, SERVER, 300, at);
    trace_ack(c, CLIENT, at);
}

static const char *site_of(const trace_connection *c)
{
    const hr_traced *call = c->model->seldom->calls;

    return call != NULL ? call->site : NULL;
}

/* Five ports in no order, each used three times. */
static void ports_that_are_used_again(void)
{
    static const uint16_t ports[] = {4003, 4001, 4005, 4002, 4004};
    static const char *const sites[] = {"a.go:1", "b.go:2", "c.go:3"};
    g_autoptr(trace) t = trace_new();
    trace_connection *c[3][G_N_ELEMENTS(ports)];

    for (int again = 0; again < 3; again++) {
        for (size_t i = 0; i < G_N_ELEMENTS(ports); i++) {
            tell(t, .port = ports[i], .at = AT_S(100 * again + (int)i) + AT_MS(9),
                 .site = sites[(again + (int)i) % 3]);
        }
    }
    for (int again = 0; again < 3; again++) {
        for (size_t i = 0; i < G_N_ELEMENTS(ports); i++) {
            const int64_t at = AT_S(100 * again + (int)i);
            c[again][i] = tls_open_hidden(t, ports[i], "10.0.0.80", at);
            answer_alone(c[again][i], at + AT_MS(12));
            trace_close(c[again][i], SERVER, at + AT_MS(500));
        }
    }
    g_assert_cmpuint(hr_analysis_traced(trace_analysis(t))->on_connections, ==, 15);
    for (int again = 0; again < 3; again++) {
        for (size_t i = 0; i < G_N_ELEMENTS(ports); i++) {
            g_assert_cmpstr(site_of(c[again][i]), ==, sites[(again + (int)i) % 3]);
        }
    }
}

/* One port to two servers at one time, or to one again: what has both ends of the call is better than
 * what has its name, then what lives when it got it, then what began last. */
static void which_of_two(void)
{
    static const struct {
        const char *servers[2];
        int64_t last_seen, second;  /* of the first, and when the other begins */
        const char *local, *remote; /* of the call, at 100 ms */
        int expected;
    } rows[] = {
        {{"10.0.0.80", "10.0.0.81"}, AT_MS(200), AT_MS(50), NULL, "10.0.0.80", 0},
        {{"10.0.0.80", "10.0.0.81"}, AT_MS(200), AT_MS(50), NULL, "10.0.0.81", 1},
        /* The clocks of program and capture may differ a little. */
        {{"10.0.0.80", "10.0.0.81"}, AT_MS(200), AT_MS(150), NULL, "10.0.0.81", 1},
        {{"10.0.0.80", "10.0.0.80"}, AT_MS(40), AT_MS(90), NULL, "10.0.0.80", 1},
        {{"10.0.0.80", "10.0.0.80"}, AT_MS(110), AT_MS(150), NULL, "10.0.0.80", 0},
        {{"10.0.0.80", "10.0.0.80"}, AT_MS(90), AT_MS(150), NULL, "10.0.0.80", 0},
        {{"10.0.0.80", "10.0.0.80"}, AT_MS(30), AT_MS(120), NULL, "10.0.0.80", 1},
        /* Behind a translation only the name agrees. */
        {{"10.0.0.80", "10.0.0.81"}, AT_MS(200), AT_MS(50), "10.9.9.9", "10.0.0.99", 1},
        {{"10.0.0.80", "10.0.0.81"}, AT_MS(200), AT_MS(150), "10.9.9.9", "10.0.0.99", 0},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c[2];
        tell(t, .port = 4000, .local = rows[i].local, .remote = rows[i].remote, .at = AT_MS(100),
             .site = "a.go:1");
        c[0] = tls_open_hidden(t, 4000, rows[i].servers[0], AT_MS(0));
        answer_alone(c[0], AT_MS(20));
        if (rows[i].last_seen < rows[i].second) {
            trace_rst(c[0], SERVER, rows[i].last_seen);
        }
        c[1] = tls_open_hidden(t, 4000, rows[i].servers[1], rows[i].second);
        answer_alone(c[1], rows[i].second + AT_MS(20));
        if (rows[i].last_seen > rows[i].second) {
            trace_rst(c[0], SERVER, rows[i].last_seen);
        }
        trace_rst(c[1], SERVER, AT_MS(300));

        g_assert_cmpuint(hr_analysis_traced(trace_analysis(t))->calls, ==, 1);
        g_test_message("row %zu", i);
        g_assert_cmpstr(site_of(c[rows[i].expected]), ==, "a.go:1");
        g_assert_null(site_of(c[1 - rows[i].expected]));
    }
}

/* The call got its connection 50 ms before its SYN. */
static void calls_before_the_first_packet(void)
{
    g_autoptr(trace) t = trace_new();
    tell(t, .port = 4000, .at = AT_MS(50), .site = "a.go:1");
    trace_connection *c = tls_open_hidden(t, 4000, "10.0.0.80", AT_MS(100));
    answer_alone(c, AT_MS(120));

    const hr_traced_totals *totals = hr_analysis_traced(trace_analysis(t));
    g_assert_cmpuint(totals->on_connections, ==, 1);
    g_assert_cmpuint(totals->contradicted, ==, 1);
}

/* What its record shows to be on the port's next connection is not on the one before, which was there
 * when it got one. */
static void a_record_says_which(void)
{
    g_autoptr(trace) t = trace_new();
    tell(t, .port = 4000, .at = AT_MS(100), .lasts = AT_MS(60), .site = "a.go:1");
    trace_connection *one = tls_open_hidden(t, 4000, "10.0.0.80", AT_MS(0));
    answer_alone(one, AT_MS(20));
    trace_rst(one, SERVER, AT_MS(105));
    trace_connection *two = tls_open_hidden(t, 4000, "10.0.0.80", AT_MS(120));
    tls_hidden_exchange(two, AT_MS(140), AT_MS(150));

    g_assert_cmpuint(hr_analysis_traced(trace_analysis(t))->on_connections, ==, 1);
    g_assert_cmpstr(site_of(two), ==, "a.go:1");
    g_assert_null(site_of(one));
}

/* Keys that come later show the next request; the record before it was a call all the same. */
static void what_can_be_read_later(void)
{
    g_autoptr(trace) t = trace_new();
    tell(t, .port = 4000, .at = AT_MS(9), .site = "a.go:1");
    trace_connection *c = tls_open_hidden(t, 4000, "10.0.0.80", AT_MS(0));
    tls_hidden_exchange(c, AT_MS(10), AT_MS(12));
    trace_request(c, AT_S(1));
    trace_answer(c, AT_S(2));

    const hr_traced_totals *totals = hr_analysis_traced(trace_analysis(t));
    g_assert_cmpuint(totals->on_connections, ==, 1);
    g_assert_cmpuint(totals->contradicted, ==, 0);
}

/* A program that speaks something else, at a port of its own. */
static void what_is_no_http(void)
{
    g_autoptr(trace) t = trace_new();
    tell(t, .port = 4000, .remote_port = 9000, .at = AT_MS(5), .site = "a.go:1");
    trace_connection *c = trace_connect_between(t, "10.0.0.1", 4000, "10.0.0.80", 9000);
    trace_syn(c, AT_MS(0));
    trace_syn_ack(c, AT_US(100));
    trace_ack(c, CLIENT, AT_US(200));
    trace_data(c, CLIENT, 100, AT_MS(5));
    trace_data(c, SERVER, 100, AT_MS(6));

    const hr_traced_totals *totals = hr_analysis_traced(trace_analysis(t));
    g_assert_cmpuint(totals->calls, ==, 1);
    g_assert_cmpuint(totals->unmatched, ==, 1);
    g_assert_cmpuint(totals->contradicted, ==, 0);
}

/* TLS to the same name from the same port, behind a translation, which says that it is mail. */
static void what_says_that_it_is_no_http(void)
{
    static const tls_kind mail = {.offers = "imap", .agrees = "imap", .is_12 = true};
    g_autoptr(trace) t = trace_new();
    tell(t, .port = 4000, .local = "10.9.9.9", .remote = "10.0.0.99", .at = AT_MS(5),
         .lasts = AT_MS(20), .site = "a.go:1");
    trace_connection *c = trace_connect_between(t, "10.0.0.1", 4000, "10.0.0.80", 993);
    trace_syn(c, AT_MS(0));
    trace_syn_ack(c, AT_US(100));
    trace_ack(c, CLIENT, AT_US(200));
    tls_handshake(c, AT_MS(1), &mail);
    tls_hidden_exchange(c, AT_MS(10), AT_MS(12));
    trace_exchange(trace_open(t, AT_MS(100)), AT_MS(101), AT_MS(102));

    const hr_traced_totals *totals = hr_analysis_traced(trace_analysis(t));
    g_assert_false(c->model->is_in_scope);
    g_assert_cmpuint(totals->unmatched, ==, 1);
    g_assert_cmpuint(totals->contradicted, ==, 0);
    g_assert_null(c->model->seldom->calls);
}

/* A file whose frames are not in the order of time. */
static void what_lies_in_no_order(void)
{
    static const int64_t begins[] = {AT_S(1), AT_S(2), AT_S(0)};
    g_autoptr(trace) t = trace_new();
    tell(t, .port = 4000, .at = AT_MS(10), .site = "a.go:1");
    trace_unsorted(t);
    trace_connection *c[3];
    for (int i = 0; i < 3; i++) {
        c[i] = tls_open_hidden(t, 4000, "10.0.0.80", begins[i]);
        answer_alone(c[i], begins[i] + AT_MS(20));
        trace_rst(c[i], SERVER, begins[i] + AT_MS(30));
    }

    g_assert_cmpuint(hr_analysis_traced(trace_analysis(t))->on_connections, ==, 1);
    g_assert_cmpstr(site_of(c[2]), ==, "a.go:1");
}

/* Through a CONNECT, with TLS inside or what is no HTTP: it went over what is inside, if that is. */
static void what_goes_through_a_proxy(void)
{
    for (int is_tls = 0; is_tls < 2; is_tls++) {
        g_autoptr(trace) t = trace_new();
        tell(t, .port = 4000, .remote = "10.0.0.7", .remote_port = 3128, .at = AT_MS(20),
             .site = "a.go:1");
        trace_connection *c = trace_connect_between(t, "10.0.0.1", 4000, "10.0.0.7", 3128);
        trace_syn(c, AT_MS(0));
        trace_syn_ack(c, AT_US(100));
        trace_ack(c, CLIENT, AT_US(200));
        trace_request(c, AT_MS(1), .method = "CONNECT", .target = "a.example:443");
        trace_answer(c, AT_MS(2), .is_header_only = true);
        if (is_tls) {
            static const tls_kind how = {.offers = "h2,http/1.1"};
            tls_handshake(c, AT_MS(3), &how);
            answer_alone(c, AT_MS(25));
        } else {
            trace_data(c, CLIENT, 100, AT_MS(21));
            trace_data(c, SERVER, 100, AT_MS(22));
        }
        trace_close(c, SERVER, AT_MS(500));

        const hr_traced_totals *totals = hr_analysis_traced(trace_analysis(t));
        const hr_connection *inside = trace_carrier(c);
        g_assert_true(inside != c->model);
        g_assert_cmpint(totals->on_connections, ==, is_tls);
        g_assert_cmpint(totals->contradicted, ==, !is_tls); /* it is none of what can be read */
        g_assert_null(c->model->seldom->calls);
        g_assert_true((inside->seldom->calls != NULL) == is_tls);
    }
}

/* ---- whose line of code ---- */

static void assert_sites(trace *t, const char *change, const char *const sites[], guint count)
{
    const hr_fix *fix = trace_fix(t, change);

    g_assert_nonnull(fix);
    g_autoptr(GArray) found = hr_fix_call_sites(fix);
    for (guint i = 0; i < MIN(found->len, count); i++) {
        g_assert_cmpstr(g_array_index(found, hr_call_site, i).site, ==, sites[i]);
    }
    g_assert_cmpuint(found->len, ==, count);
}

/* Nobody told of the last request that a connection carried, or the first: another line of code is not
 * taken for theirs. A call that was told without its line names none. */
static void what_nobody_told_of(void)
{
    static const struct {
        const char *sites[2];
        bool is_lost;
        const char *expected;
    } rows[] = {
        {{"first.go:1", NULL}, true, NULL},
        {{NULL, "last.go:2"}, true, "last.go:2"},
        {{"", ""}, true, NULL},
        {{"first.go:1", NULL}, false, "first.go:1"},
        {{NULL, "last.go:2"}, false, NULL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(trace) t = trace_new();
        for (uint16_t k = 0; k < 3; k++) {
            for (int n = 0; n < 2; n++) {
                if (rows[i].sites[n] != NULL) {
                    tell(t, .port = 4000 + k, .remote_port = 80,
                         .at = AT_S(10 * k) + AT_MS(9 + 90 * n), .site = rows[i].sites[n]);
                }
            }
        }
        for (uint16_t k = 0; k < 3; k++) {
            const int64_t at = AT_S(10 * k);
            trace_connection *c = trace_connect_between(t, "10.0.0.1", 4000 + k, "10.0.0.80", 80);
            trace_syn(c, at);
            trace_syn_ack(c, at + AT_US(100));
            trace_ack(c, CLIENT, at + AT_US(200));
            trace_exchange(c, at + AT_MS(10), at + AT_MS(12));
            trace_request(c, at + AT_MS(100));
            trace_answer(c, at + AT_MS(102), .body = 9000);
            if (rows[i].is_lost) {
                trace_close(c, SERVER, at + AT_MS(500));
            }
        }
        g_test_message("row %zu", i);
        assert_sites(t, rows[i].is_lost ? "keep_open" : "share_pool", &rows[i].expected,
                     rows[i].expected != NULL);
    }
}

/* Of what nobody can read, and was opened needlessly. */
static void first_call_of_what_was_opened_needlessly(void)
{
    g_autoptr(trace) t = trace_new();
    for (uint16_t k = 0; k < 3; k++) {
        tell(t, .port = 4000 + k, .at = AT_S(10 * k) + AT_MS(9), .site = "first.go:1");
        tell(t, .port = 4000 + k, .at = AT_S(10 * k) + AT_MS(99), .site = "last.go:2");
    }
    for (uint16_t k = 0; k < 3; k++) {
        trace_connection *c = tls_open_hidden(t, 4000 + k, "10.0.0.80", AT_S(10 * k));
        tls_hidden_exchange(c, AT_S(10 * k) + AT_MS(10), AT_S(10 * k) + AT_MS(12));
        tls_hidden_exchange(c, AT_S(10 * k) + AT_MS(100), AT_S(10 * k) + AT_MS(102));
    }
    static const char *const first[] = {"first.go:1"};
    assert_sites(t, "share_pool", first, 1);
}

/* Of as many the first by name. */
static void of_as_many_by_name(void)
{
    static const char *const told_in[] = {"b.go:2", "c.go:3", "a.go:1", "b.go:2", "c.go:3",
                                          "a.go:1", "d.go:4", "d.go:4", "d.go:4", "e.go:5"};
    static const char *const expected[] = {"d.go:4", "a.go:1", "b.go:2", "c.go:3"};
    g_autoptr(trace) t = trace_new();
    for (unsigned i = 0; i < G_N_ELEMENTS(told_in); i++) {
        tell(t, .port = (uint16_t)(4000 + i), .at = AT_S(i) + AT_MS(9), .site = told_in[i]);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(told_in); i++) {
        trace_connection *c = tls_open_hidden(t, (uint16_t)(4000 + i), "10.0.0.80", AT_S(i));
        tls_hidden_exchange(c, AT_S(i) + AT_MS(10), AT_S(i) + AT_MS(12));
        trace_close(c, SERVER, AT_S(i) + AT_MS(500));
    }
    assert_sites(t, "keep_open", expected, G_N_ELEMENTS(expected));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/unseen/ports", ports_that_are_used_again);
    g_test_add_func("/unseen/which", which_of_two);
    g_test_add_func("/unseen/before", calls_before_the_first_packet);
    g_test_add_func("/unseen/record", a_record_says_which);
    g_test_add_func("/unseen/keys", what_can_be_read_later);
    g_test_add_func("/unseen/no-http", what_is_no_http);
    g_test_add_func("/unseen/mail", what_says_that_it_is_no_http);
    g_test_add_func("/unseen/unsorted", what_lies_in_no_order);
    g_test_add_func("/unseen/proxy", what_goes_through_a_proxy);
    g_test_add_func("/unseen/untold", what_nobody_told_of);
    g_test_add_func("/unseen/needless", first_call_of_what_was_opened_needlessly);
    g_test_add_func("/unseen/as-many", of_as_many_by_name);
    return g_test_run();
}
