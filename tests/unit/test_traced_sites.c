/* test_traced_sites.c
 * Which of many connections each call inside TLS went over, and whose line of code stands behind an
 * item: of ports that are used again, of addresses and names, of what was lost and what was opened.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_fixes.h"
#include "trace_tls.h"

#include <string.h>

#include "core/model/traced.h"
#include "core/result/call_sites.h"

static hr_slice slice(const char *text)
{
    return (hr_slice){text, strlen(text)};
}

/* A call from @port to @server, over 2 ms later, with its request 1 ms after @at. */
static void tell(trace *t, uint16_t port, const char *server, uint16_t server_port, int64_t at,
                 const char *site)
{
    const hr_traced_call call = {
        .local = {slice("10.0.0.1"), port},
        .remote = {slice(server), server_port},
        .got_ns = at,
        .done_ns = at + AT_MS(2),
        .site = slice(site),
        .method = slice("GET"),
        .host = slice("a.example"),
        .path = slice("/"),
    };
    hr_model_add_traced(trace_model(t), &call);
}

static void assert_sites(const trace_connection *c, const char *first, const char *second)
{
    const hr_traced *call = c->model->seldom->calls;

    g_assert_cmpstr(call != NULL ? call->site : NULL, ==, first);
    call = call != NULL ? call->next : NULL;
    g_assert_cmpstr(call != NULL ? call->site : NULL, ==, second);
    g_assert_true(call == NULL || call->next == NULL);
}

/* Five ports in no order, each used three times; of each connection one call was told. */
static void ports_that_are_used_again(void)
{
    static const uint16_t ports[] = {4003, 4001, 4005, 4002, 4004};
    static const char *const sites[] = {"a.go:1", "b.go:2", "c.go:3"};
    g_autoptr(trace) t = trace_new();
    trace_connection *c[3][G_N_ELEMENTS(ports)];

    for (int again = 0; again < 3; again++) {
        for (size_t i = 0; i < G_N_ELEMENTS(ports); i++) {
            tell(t, ports[i], "10.0.0.80", 443, AT_S(100 * again + (int)i) + AT_MS(9),
                 sites[(again + (int)i) % 3]);
        }
    }
    for (int again = 0; again < 3; again++) {
        for (size_t i = 0; i < G_N_ELEMENTS(ports); i++) {
            const int64_t at = AT_S(100 * again + (int)i);
            c[again][i] = tls_open_hidden(t, ports[i], "10.0.0.80", at);
            tls_hidden_exchange(c[again][i], at + AT_MS(10), at + AT_MS(12));
            trace_close(c[again][i], SERVER, at + AT_MS(500));
        }
    }
    for (int times = 0; times < 2; times++) { /* looked at again it is the same */
        g_assert_cmpuint(hr_analysis_traced(trace_analysis(t))->on_connections, ==, 15);
        for (int again = 0; again < 3; again++) {
            for (size_t i = 0; i < G_N_ELEMENTS(ports); i++) {
                assert_sites(c[again][i], sites[(again + (int)i) % 3], NULL);
            }
        }
        trace_ack(c[2][4], CLIENT, AT_S(300 + times));
    }
}

/* Of two connections of one port at one time it went over the one whose server it names. */
static void one_port_to_two_servers(void)
{
    for (int which = 0; which < 2; which++) {
        static const char *const servers[] = {"10.0.0.80", "10.0.0.81"};
        g_autoptr(trace) t = trace_new();
        tell(t, 4000, servers[which], 443, AT_MS(9), "a.go:1");
        trace_connection *c[2] = {tls_open_hidden(t, 4000, servers[0], AT_MS(0)), NULL};
        c[1] = tls_open_hidden(t, 4000, servers[1], AT_MS(5));
        tls_hidden_exchange(c[which], AT_MS(10), AT_MS(12));
        tls_hidden_exchange(c[1 - which], AT_MS(15), AT_MS(17));

        g_assert_cmpuint(hr_analysis_traced(trace_analysis(t))->on_connections, ==, 1);
        assert_sites(c[which], "a.go:1", NULL);
        assert_sites(c[1 - which], NULL, NULL);
    }
}

/* A call that got its connection 50 ms after that was seen last: the clocks differ, or another one was
 * missed. 10 s after it it was another's. */
static void calls_behind_the_last_packet(void)
{
    static const int64_t behind[] = {AT_MS(50), AT_S(10)};
    for (size_t i = 0; i < G_N_ELEMENTS(behind); i++) {
        g_autoptr(trace) t = trace_new();
        tell(t, 4000, "10.0.0.80", 443, AT_MS(33) + behind[i], "a.go:1");
        trace_connection *c = tls_open_hidden(t, 4000, "10.0.0.80", AT_MS(0));
        tls_hidden_exchange(c, AT_MS(10), AT_MS(12));
        trace_close(c, SERVER, AT_MS(32));
        trace_connection *next = tls_open_hidden(t, 4001, "10.0.0.80", AT_S(20));
        tls_hidden_exchange(next, AT_S(20) + AT_MS(10), AT_S(20) + AT_MS(12));

        const hr_traced_totals *totals = hr_analysis_traced(trace_analysis(t));
        g_assert_cmpuint(totals->on_connections, ==, i == 0);
        g_assert_cmpuint(totals->contradicted, ==, i == 0);
        g_assert_cmpuint(totals->unmatched, ==, i == 1);
        const hr_fix *fix = trace_fix(t, "keep_open");
        g_assert_nonnull(fix);
        g_autoptr(GArray) sites = hr_fix_call_sites(fix);
        g_assert_cmpuint(sites->len, ==, 0);
    }
}

static void assert_site(const GArray *sites, guint index, const char *site, uint32_t connections)
{
    const hr_call_site *of = &g_array_index(sites, hr_call_site, index);

    g_assert_cmpuint(sites->len, >, index);
    g_assert_cmpstr(of->site, ==, site);
    g_assert_cmpuint(of->connections, ==, connections);
}

/* Each connection carries two calls of two lines of code. What was opened needlessly was so for its first
 * call; what was lost, with its last. */
static void first_or_last_call(void)
{
    for (int is_lost = 0; is_lost < 2; is_lost++) {
        g_autoptr(trace) t = trace_new();
        for (uint16_t i = 0; i < 3; i++) {
            tell(t, 4000 + i, "10.0.0.80", 80, AT_S(10 * i) + AT_MS(9), "first.go:1");
            tell(t, 4000 + i, "10.0.0.80", 80, AT_S(10 * i) + AT_MS(99), "last.go:2");
        }
        for (uint16_t i = 0; i < 3; i++) {
            const int64_t at = AT_S(10 * i);
            trace_connection *c = trace_connect_between(t, "10.0.0.1", 4000 + i, "10.0.0.80", 80);
            trace_syn(c, at);
            trace_syn_ack(c, at + AT_US(100));
            trace_ack(c, CLIENT, at + AT_US(200));
            trace_exchange(c, at + AT_MS(10), at + AT_MS(12));
            trace_exchange(c, at + AT_MS(100), at + AT_MS(102));
            if (is_lost) {
                trace_close(c, SERVER, at + AT_MS(500));
            }
        }
        const hr_fix *fix = trace_fix(t, is_lost ? "keep_open" : "share_pool");
        g_assert_nonnull(fix);
        g_autoptr(GArray) sites = hr_fix_call_sites(fix);
        g_assert_cmpuint(sites->len, ==, 1);
        assert_site(sites, 0, is_lost ? "last.go:2" : "first.go:1", 2);
    }
}

/* The most frequent comes first, and of equal ones the first by name. A connection without a call that
 * was told names none; the last was not lost for anybody. */
static void sites_by_how_many(void)
{
    static const char *const sites[] = {"c.go:3", "a.go:1", "b.go:2", "c.go:3",
                                        NULL,     "a.go:1", "c.go:3", "b.go:2"};
    g_autoptr(trace) t = trace_new();

    for (unsigned i = 0; i < G_N_ELEMENTS(sites); i++) {
        if (sites[i] != NULL) {
            tell(t, (uint16_t)(4000 + i), "10.0.0.80", 443, AT_S(i) + AT_MS(9), sites[i]);
        }
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(sites); i++) {
        trace_connection *c = tls_open_hidden(t, (uint16_t)(4000 + i), "10.0.0.80", AT_S(i));
        tls_hidden_exchange(c, AT_S(i) + AT_MS(10), AT_S(i) + AT_MS(12));
        trace_close(c, SERVER, AT_S(i) + AT_MS(500));
    }
    const hr_fix *fix = trace_fix(t, "keep_open");
    g_assert_nonnull(fix);
    g_autoptr(GArray) found = hr_fix_call_sites(fix);
    g_assert_cmpuint(found->len, ==, 3);
    assert_site(found, 0, "c.go:3", 3);
    assert_site(found, 1, "a.go:1", 2);
    assert_site(found, 2, "b.go:2", 1);
}

/* Two requests were asked in one go, and the first one's answer was left: that call lost it. */
static void call_whose_answer_was_left(void)
{
    g_autoptr(trace) t = trace_new();
    for (uint16_t i = 0; i < 2; i++) {
        tell(t, 4000 + i, "10.0.0.80", 80, AT_S(i) + AT_MS(9), "left.go:1");
    }
    for (uint16_t i = 0; i < 2; i++) {
        trace_connection *c = trace_connect_between(t, "10.0.0.1", 4000 + i, "10.0.0.80", 80);
        trace_syn(c, AT_S(i));
        trace_syn_ack(c, AT_S(i) + AT_US(100));
        trace_ack(c, CLIENT, AT_S(i) + AT_US(200));
        trace_request(c, AT_S(i) + AT_MS(10));
        trace_request(c, AT_S(i) + AT_MS(12), .target = "/untold");
        trace_data(c, SERVER, 5000, AT_S(i) + AT_MS(14));
        trace_rst(c, CLIENT, AT_S(i) + AT_MS(15));
    }
    const hr_fix *fix = trace_fix(t, "read_bodies");
    g_assert_nonnull(fix);
    g_autoptr(GArray) sites = hr_fix_call_sites(fix);
    g_assert_cmpuint(sites->len, ==, 1);
    assert_site(sites, 0, "left.go:1", 2);
}

/* Opened beside an idle one for its first call, and reset in the answer of its second. */
static void opened_for_the_first_and_lost_with_the_second(void)
{
    g_autoptr(trace) t = trace_new();
    tell(t, 4000, "10.0.0.80", 80, AT_MS(9), "idle.go:1");
    tell(t, 4001, "10.0.0.80", 80, AT_S(1) + AT_MS(9), "first.go:1");
    tell(t, 4001, "10.0.0.80", 80, AT_S(1) + AT_MS(99), "left.go:2");
    for (uint16_t i = 0; i < 2; i++) {
        trace_connection *c = trace_connect_between(t, "10.0.0.1", 4000 + i, "10.0.0.80", 80);
        trace_syn(c, AT_S(i));
        trace_syn_ack(c, AT_S(i) + AT_US(100));
        trace_ack(c, CLIENT, AT_S(i) + AT_US(200));
        trace_exchange(c, AT_S(i) + AT_MS(10), AT_S(i) + AT_MS(12));
        if (i == 1) {
            trace_request(c, AT_S(i) + AT_MS(100));
            trace_data(c, SERVER, 5000, AT_S(i) + AT_MS(104));
            trace_rst(c, CLIENT, AT_S(i) + AT_MS(105));
        }
    }
    const hr_fix *fix = trace_fix(t, "share_pool");
    g_assert_nonnull(fix);
    g_autoptr(GArray) sites = hr_fix_call_sites(fix);
    assert_site(sites, 0, "first.go:1", 1);
    fix = trace_fix(t, "read_bodies");
    g_assert_nonnull(fix);
    g_autoptr(GArray) left = hr_fix_call_sites(fix);
    assert_site(left, 0, "left.go:2", 1);

    /* Of one server alone as many calls were told. */
    hr_analysis *part = hr_analysis_select(trace_analysis(t), "10.0.0.80");
    g_assert_cmpuint(hr_analysis_traced(part)->calls, ==, 3);
    hr_analysis_free(part);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sites/ports", ports_that_are_used_again);
    g_test_add_func("/sites/servers", one_port_to_two_servers);
    g_test_add_func("/sites/behind", calls_behind_the_last_packet);
    g_test_add_func("/sites/first-or-last", first_or_last_call);
    g_test_add_func("/sites/order", sites_by_how_many);
    g_test_add_func("/sites/left", call_whose_answer_was_left);
    g_test_add_func("/sites/opened-and-lost", opened_for_the_first_and_lost_with_the_second);
    return g_test_run();
}
