/* test_http2_names.c
 * Several names on one connection of HTTP/2: what it is pooled by, and names that are refused
 * there. DESIGN section 2.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_h2.h"

/* RFC 9113 §9.1.1: a certificate for both names lets one connection serve both. */
static void coalescing_takes_the_name_out_of_the_key(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = h2_open_used(t, AT_MS(0));
    h2_ask(one, 3, AT_MS(100), .authority = "b.example");
    h2_answer(one, 3, AT_MS(101));
    const tls_kind b = {.sni = "b.example", .agrees = "h2", .has_keys = true};
    trace_connection *two = h2_open_with(t, AT_MS(500), 100, &b);
    h2_ask(two, 1, AT_MS(510), .authority = "b.example");

    g_assert_true(one->model->has_several_names);
    assert_opened(two, "idle-available", one);
    g_assert_cmpuint(hr_analysis_origin_count(trace_analysis(t)), ==, 1);
    g_assert_null(hr_analysis_origin(trace_analysis(t), 0)->name);
}

static void coalescing_in_the_clear(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = h2_open_plain(t, AT_MS(0), 100);
    h2_exchange(one, 1, AT_MS(10), AT_MS(11));
    h2_ask(one, 3, AT_MS(100), .authority = "b.example");
    h2_answer(one, 3, AT_MS(101));
    trace_connection *two = h2_open_plain(t, AT_MS(500), 100);
    h2_ask(two, 1, AT_MS(510), .authority = "c.example");

    assert_opened(two, "idle-available", one);
}

/* One Host that differs from the SNI is one name, and the SNI is it. */
static void one_host_beside_the_sni_is_one_name(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = h2_open(t, AT_MS(0));
    h2_ask(one, 1, AT_MS(10), .authority = "a.example:443");
    h2_answer(one, 1, AT_MS(11));
    h2_ask(one, 3, AT_MS(20), .authority = "A.example");
    h2_answer(one, 3, AT_MS(21));
    trace_connection *fronted = h2_open(t, AT_MS(500));
    h2_ask(fronted, 1, AT_MS(510), .authority = "hidden.example");

    g_assert_false(one->model->has_several_names);
    g_assert_false(fronted->model->has_several_names);
    g_assert_cmpstr(fronted->model->name, ==, "a.example");
    assert_opened(fronted, "idle-available", one);
}

/* What a perfect pool would have opened, of all origins. */
static void assert_needed(trace *t, uint32_t needed)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < hr_analysis_origin_count(trace_analysis(t)); i++) {
        sum += hr_analysis_origin(trace_analysis(t), i)->needed_connections;
    }
    g_assert_cmpuint(sum, ==, needed);
}

/* RFC 9110 §15.5.20: the server does not serve that name there. The client has to dial: neither
 * does the connection serve two names, nor was a reuse missed. */
static void misdirected_name_is_not_served(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = h2_open_used(t, AT_MS(0));
    const hr_request *lost = h2_ask(one, 3, AT_MS(100), .authority = "b.example");
    h2_answer(one, 3, AT_MS(101), .code = 421);
    const uint32_t answer = trace_frame(t);
    const tls_kind b = {.sni = "b.example", .agrees = "h2", .has_keys = true};
    trace_connection *two = h2_open_with(t, AT_MS(500), 100, &b);
    h2_ask(two, 1, AT_MS(510), .authority = "b.example");

    assert_found(t, HR_FINDING_MISDIRECTED, answer, one, lost);
    g_assert_cmpuint(trace_found(t, HR_FINDING_MISDIRECTED), ==, 1);
    assert_first_contact(two);
    g_assert_true(trace_opening(two)->shares_address);
    g_assert_cmpuint(trace_found(t, HR_FINDING_MISSED_REUSE), ==, 0);
    assert_needed(t, 2);

    trace_connection *again = h2_open_used(t, AT_S(1)); /* of the name that it does serve */
    assert_opened(again, "idle-available", one);
}

/* The same where the connection serves two other names. */
static void misdirected_beside_coalescing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = h2_open_used(t, AT_MS(0));
    h2_ask(one, 3, AT_MS(50), .authority = "b.example");
    h2_answer(one, 3, AT_MS(51));
    h2_ask(one, 5, AT_MS(100), .authority = "c.example");
    h2_answer(one, 5, AT_MS(101), .code = 421);
    const tls_kind c = {.sni = "c.example", .agrees = "h2", .has_keys = true};
    trace_connection *two = h2_open_with(t, AT_MS(500), 100, &c);
    h2_ask(two, 1, AT_MS(510), .authority = "c.example");
    trace_connection *three = h2_open_used(t, AT_S(1));

    assert_first_contact(two);
    g_assert_true(trace_opening(two)->shares_address);
    g_assert_cmpstr(hr_why_token(trace_opening(three)->why), ==, "idle-available");
    assert_needed(t, 2);
}

/* Where coalescing has merged the names, the one that was refused still needs its own. */
static void misdirected_name_needs_a_connection(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = h2_open_used(t, AT_MS(0));
    h2_ask(one, 3, AT_MS(90), .authority = "b.example");
    h2_answer(one, 3, AT_MS(91));
    h2_ask(one, 5, AT_MS(100), .authority = "c.example");
    h2_answer(one, 5, AT_MS(101), .code = 421);
    const tls_kind c = {.sni = "c.example", .agrees = "h2", .has_keys = true};
    trace_connection *two = h2_open_with(t, AT_MS(500), 100, &c);
    h2_ask(two, 1, AT_MS(510), .authority = "c.example");
    h2_answer(two, 1, AT_MS(511));

    assert_needed(t, 2);
    g_assert_cmpuint(hr_analysis_origin_count(trace_analysis(t)), ==, 1);
    g_assert_cmpuint(trace_totals(t)->sums.avoidable_connections, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/http2/names/coalescing", coalescing_takes_the_name_out_of_the_key);
    g_test_add_func("/http2/names/coalescing-plain", coalescing_in_the_clear);
    g_test_add_func("/http2/names/one", one_host_beside_the_sni_is_one_name);
    g_test_add_func("/http2/names/misdirected", misdirected_name_is_not_served);
    g_test_add_func("/http2/names/misdirected-coalescing", misdirected_beside_coalescing);
    g_test_add_func("/http2/names/misdirected-needed", misdirected_name_needs_a_connection);
    return g_test_run();
}
