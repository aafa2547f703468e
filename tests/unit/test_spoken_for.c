/* test_spoken_for.c
 * A proxy that says of whom each of its connections is, by the PROXY protocol: none of them serves another
 * one's client. HAProxy, proxy-protocol.txt.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "core/result/fix_words.h"
#include "trace.h"

enum {
    HEADER = 28, /* of version 2, with two addresses of IPv4 */
};

/* A connection whose first bytes are such a header, and an exchange 2 ms after @at. NULL: none. */
static trace_connection *open_for(trace *t, const char *client, int64_t at)
{
    trace_connection *c = trace_open(t, at);

    if (client != NULL) {
        const hr_slice said = {client, strlen(client)};
        trace_begin_segment(c, CLIENT, 0, HEADER, at + AT_MS(1));
        hr_tcp_spoken_for(trace_model(t), c->model, c->index[CLIENT], &said);
        hr_http1_stray_seen(trace_model(t), c->model, c->index[CLIENT], HEADER);
        trace_end_segment(c);
    }
    trace_exchange(c, at + AT_MS(2), at + AT_MS(3));
    return c;
}

static uint32_t avoidable(trace *t)
{
    return hr_analysis_totals(trace_analysis(t))->sums.avoidable_connections;
}

static void idle_one_of_another_client_is_no_offer(void)
{
    static const char *const clients[] = {"10.0.0.8 port 1", "10.0.0.8 port 2", "10.0.0.9 port 1",
                                          ""};

    for (size_t i = 0; i < G_N_ELEMENTS(clients); i++) {
        g_autoptr(trace) t = trace_new();
        open_for(t, clients[0], AT_MS(0));
        trace_connection *b = open_for(t, clients[i], AT_MS(500));

        g_assert_cmpstr(hr_why_token(trace_opening(b)->why), ==,
                        i == 0 ? "idle-available" : "first-contact");
        g_assert_cmpuint(avoidable(t), ==, i == 0 ? 1 : 0);
    }
}

/* What one client needs at a time serves no other one later: each has a pool of its own. */
static void each_client_needs_its_own(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2];
    for (int i = 0; i < 2; i++) {
        const hr_slice said = {"10.0.0.8 port 1", 15};
        c[i] = trace_open(t, AT_MS(10 * i));
        trace_begin_segment(c[i], CLIENT, 0, HEADER, AT_MS(10 * i + 1));
        hr_tcp_spoken_for(trace_model(t), c[i]->model, c[i]->index[CLIENT], &said);
        hr_http1_stray_seen(trace_model(t), c[i]->model, c[i]->index[CLIENT], HEADER);
        trace_end_segment(c[i]);
        trace_request(c[i], AT_MS(10 * i + 2));
    }
    trace_answer(c[0], AT_MS(50));
    trace_answer(c[1], AT_MS(51));
    open_for(t, "10.0.0.9 port 1", AT_MS(500));

    g_assert_cmpuint(avoidable(t), ==, 0);
}

/* Where nobody says so, there is no such client. */
static void without_a_header_it_is_an_offer(void)
{
    g_autoptr(trace) t = trace_new();
    open_for(t, NULL, AT_MS(0));
    trace_connection *b = open_for(t, NULL, AT_MS(500));

    g_assert_cmpstr(hr_why_token(trace_opening(b)->why), ==, "idle-available");
}

/* What was closed had been of another client, or of this one. */
static void closed_one_of_another_client_is_replaced_by_none(void)
{
    for (int is_same = 0; is_same < 2; is_same++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *a = open_for(t, "10.0.0.8 port 1", AT_MS(0));
        trace_close(a, CLIENT, AT_MS(100));
        trace_connection *b =
            open_for(t, is_same ? "10.0.0.8 port 1" : "10.0.0.8 port 2", AT_MS(500));

        g_assert_cmpstr(hr_why_token(trace_opening(b)->why), ==,
                        is_same ? "previous-closed" : "first-contact");
        g_assert_cmpuint(avoidable(t), ==, is_same ? 1 : 0);
    }
}

/* Two are dialled at once, for a client each: the one is not there because of the other. */
static void dials_at_once_for_two_clients_are_no_siblings(void)
{
    for (int is_same = 0; is_same < 2; is_same++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c[2];
        c[0] = trace_open(t, AT_MS(0));
        c[1] = trace_open(t, AT_MS(1));
        for (int i = 0; i < 2; i++) {
            const hr_slice said = {is_same || i == 0 ? "10.0.0.8 port 1" : "10.0.0.8 port 2", 15};
            trace_begin_segment(c[i], CLIENT, 0, HEADER, AT_MS(2 + i));
            hr_tcp_spoken_for(trace_model(t), c[i]->model, c[i]->index[CLIENT], &said);
            hr_http1_stray_seen(trace_model(t), c[i]->model, c[i]->index[CLIENT], HEADER);
            trace_end_segment(c[i]);
        }
        trace_request(c[1], AT_MS(5));
        trace_request(c[0], AT_MS(6));
        trace_answer(c[1], AT_MS(7));
        trace_answer(c[0], AT_MS(8));
        g_assert_cmpstr(hr_why_token(trace_opening(c[1])->why), ==,
                        is_same ? "all-busy" : "first-contact");
    }
}

/* It is a header only before all else: a body may begin so, too. */
static void bytes_in_the_middle_say_nothing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_for(t, NULL, AT_MS(0));
    const hr_slice said = {"10.0.0.8 port 1", 15};
    trace_begin_segment(c, CLIENT, 0, HEADER, AT_MS(10));
    hr_tcp_spoken_for(trace_model(t), c->model, c->index[CLIENT], &said);
    trace_end_segment(c);

    g_assert_null(c->model->seldom->spoken_for);
}

/* The proxy closes after each answer, and its client stays: it may keep one for it, no more. */
static void proxy_is_not_told_to_share(void)
{
    for (int is_said = 0; is_said < 2; is_said++) {
        g_autoptr(trace) t = trace_new();
        for (int i = 0; i < 3; i++) {
            trace_connection *c = trace_open(t, AT_MS(500 * i));
            if (is_said) {
                const hr_slice said = {"10.0.0.8 port 1", 15};
                trace_begin_segment(c, CLIENT, 0, HEADER, AT_MS(500 * i + 1));
                hr_tcp_spoken_for(trace_model(t), c->model, c->index[CLIENT], &said);
                hr_http1_stray_seen(trace_model(t), c->model, c->index[CLIENT], HEADER);
                trace_end_segment(c);
            }
            trace_request(c, AT_MS(500 * i + 2), .is_relayed = true);
            trace_answer(c, AT_MS(500 * i + 3));
        }
        const hr_analysis *analysis = trace_analysis(t);
        g_assert_cmpuint(hr_analysis_item_count(analysis), ==, 1);
        g_autoptr(GString) text = g_string_new(NULL);
        hr_fix_append_advice(&(hr_told){text, NULL}, hr_analysis_item(analysis, 0));
        g_assert_cmpint(strstr(text->str, "PROXY protocol") != NULL, ==, is_said);
        g_assert_cmpint(strstr(text->str, "keepalive in the upstream") != NULL, ==, !is_said);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/spoken-for/idle", idle_one_of_another_client_is_no_offer);
    g_test_add_func("/spoken-for/needed", each_client_needs_its_own);
    g_test_add_func("/spoken-for/none", without_a_header_it_is_an_offer);
    g_test_add_func("/spoken-for/closed", closed_one_of_another_client_is_replaced_by_none);
    g_test_add_func("/spoken-for/siblings", dials_at_once_for_two_clients_are_no_siblings);
    g_test_add_func("/spoken-for/middle", bytes_in_the_middle_say_nothing);
    g_test_add_func("/spoken-for/advice", proxy_is_not_told_to_share);
    return g_test_run();
}
