/* test_items.c
 * What to change: DESIGN section 6. Every avoidable connection is in one item, that of what made
 * it necessary; errors come first, then what cost most; the words are those of the party that has
 * to act, under its condition.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "core/result/fix_words.h"
#include "core/result/told.h"
#include "trace.h"

#define GO "Go-http-client/1.1"

static const hr_fix *item(trace *t, size_t index)
{
    return hr_analysis_item(trace_analysis(t), index);
}

static void assert_item(trace *t, size_t index, const char *change, guint avoidable)
{
    g_assert_cmpuint(hr_analysis_item_count(trace_analysis(t)), >, index);
    g_assert_cmpstr(hr_change_token(item(t, index)->change), ==, change);
    g_assert_cmpuint(item(t, index)->avoidable->len, ==, avoidable);
    g_assert_cmpuint(item(t, index)->rank, ==, index + 1);
}

static void assert_advice(trace *t, size_t index, const char *prefix, const char *words)
{
    GString *text = g_string_new(NULL);

    hr_fix_append_advice(&(hr_told){.text = text}, item(t, index));
    g_assert_true(prefix == NULL || g_str_has_prefix(text->str, prefix));
    g_assert_nonnull(strstr(text->str, words));
    g_string_free(text, TRUE);
}

/* One exchange on a connection of its own, of a client that says @header and then closes. */
static trace_connection *call(trace *t, const char *server, int64_t at, trace_message request)
{
    trace_connection *c = trace_open_to(t, server, 80, at);

    request.at = at + AT_MS(1);
    trace_request_with(c, request);
    trace_answer(c, at + AT_MS(2), .server = "nginx/1.22.1");
    trace_close(c, CLIENT, at + AT_MS(3));
    return c;
}

static void nothing_to_change(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_exchange(c, AT_MS(10), AT_MS(11));

    g_assert_cmpuint(hr_analysis_item_count(trace_analysis(t)), ==, 0);
}

/* A note costs as much as a warning: four calls, three of them on connections too many. */
static void what_is_announced_costs_as_well(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 4; i++) {
        call(t, "10.0.0.80", AT_S(i), (trace_message){.user_agent = GO, .connection = "close"});
    }

    g_assert_cmpuint(hr_analysis_item_count(trace_analysis(t)), ==, 1);
    assert_item(t, 0, "no_client_close", 3);
    g_assert_cmpint(item(t, 0)->avoidable_ns, ==, 3 * TRACE_HANDSHAKE_NS);
    g_assert_cmpuint(item(t, 0)->connections->len, ==, 4);
    assert_advice(t, 0,
                  "If this client is Go's net/http, as its User-Agent says: ", "DisableKeepAlives");
}

/* A device resets one request, and swallows the next. */
static void an_items_code_is_that_of_its_severity(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *reset = trace_open(t, AT_MS(0));
    trace_exchange(reset, AT_MS(1), AT_MS(2));
    trace_connection *unheard = trace_open(t, AT_S(5));
    trace_exchange(unheard, AT_S(6), AT_S(7));
    reset->is_deaf[SERVER] = true;
    trace_request(reset, AT_S(350));
    trace_rst(reset, SERVER, AT_S(350) + AT_US(300));
    trace_request(unheard, AT_S(400));
    for (int i = 1; i <= 3; i++) {
        trace_resend(unheard, CLIENT, AT_S(400 + i));
    }

    g_assert_cmpuint(trace_found(t, HR_FINDING_STALE_REUSE), ==, 1);
    g_assert_cmpuint(trace_found(t, HR_FINDING_IDLE_DROPPED), ==, 1);
    assert_item(t, 0, "outlast_device", 0);
    g_assert_cmpuint(item(t, 0)->findings, ==, 2);
    g_assert_cmpuint(item(t, 0)->severity, ==, HR_SEVERITY_ERROR);
    g_assert_cmpuint(item(t, 0)->code, ==, HR_FINDING_STALE_REUSE);
}

/* Two programs of one host: the words of neither are told. */
static void an_item_of_two_programs_names_none(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 4; i++) {
        call(t, "10.0.0.80", AT_S(i),
             (trace_message){.user_agent = i < 2 ? "python-requests/2.31.0" : GO,
                             .connection = "close"});
    }

    g_assert_cmpuint(item(t, 0)->connections->len, ==, 4);
    g_assert_cmpint(item(t, 0)->library, ==, HR_LIBRARY_UNKNOWN);
}

static void a_source_is_told_once(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GString) sources = g_string_new(NULL);
    const hr_told told = {text, sources};

    hr_tell(&told, "One.", "RFC 9112 section 9");
    hr_tell(&told, " Two.", "RFC 9110 section 8");
    hr_tell(&told, " Three.", "RFC 9112 section 9");
    hr_tell(&told, " Four.", NULL);

    g_assert_cmpstr(text->str, ==, "One. Two. Three. Four.");
    g_assert_cmpstr(sources->str, ==, "RFC 9112 section 9; RFC 9110 section 8");
}

/* Two origins are two items, the dearer first. */
static void an_item_is_of_one_origin(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 2; i++) {
        call(t, "10.0.0.80", AT_S(i), (trace_message){.connection = "close"});
    }
    for (int i = 2; i < 5; i++) {
        call(t, "10.0.0.81", AT_S(i), (trace_message){.connection = "close"});
    }

    assert_item(t, 0, "no_client_close", 2);
    g_assert_cmpstr(item(t, 0)->origin->server.address, ==, "10.0.0.81");
    assert_item(t, 1, "no_client_close", 1);
    g_assert_cmpstr(item(t, 1)->origin->server.address, ==, "10.0.0.80");
}

/* A request that died is an error: it comes first whatever it cost. */
static void errors_come_first(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 4; i++) {
        call(t, "10.0.0.80", AT_S(i), (trace_message){.connection = "close"});
    }
    trace_connection *c = trace_open_to(t, "10.0.0.81", 80, AT_S(10));
    trace_exchange(c, AT_S(10) + AT_MS(1), AT_S(10) + AT_MS(2));
    trace_fin(c, SERVER, AT_S(15) + AT_MS(2));
    trace_request(c, AT_S(15) + AT_MS(2), .method = "POST");
    trace_rst(c, SERVER, AT_S(15) + AT_MS(3));

    assert_item(t, 0, "expire_sooner", 0);
    g_assert_cmpuint(item(t, 0)->not_idempotent, ==, 1);
    assert_item(t, 1, "no_client_close", 3);
}

/* What bounds the server's connections is said in its own words, with the default. */
static void a_server_that_is_named_has_its_setting(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 2; i++) {
        trace_connection *c = trace_open(t, AT_S(200 * i));
        trace_request(c, AT_S(200 * i) + AT_MS(1));
        trace_answer(c, AT_S(200 * i) + AT_MS(2), .server = "nginx/1.22.1");
        trace_close(c, SERVER, AT_S(200 * i + 75) + AT_MS(3));
    }

    assert_item(t, 0, "lengthen_server_idle", 1);
    assert_advice(t, 0, "If this server is nginx, as its Server header says: ",
                  "keepalive_timeout (75 s by default)");
}

/* A proxy has no library, whatever User-Agent it passes on. */
static void a_proxy_is_told_a_proxys_words(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        call(t, "10.0.0.80", AT_S(i),
             (trace_message){.user_agent = GO, .connection = "close", .is_relayed = true});
    }

    assert_item(t, 0, "no_client_close", 2);
    assert_advice(t, 0, "A proxy says Connection: close to its upstream", "proxy_http_version 1.1");
}

/* An upgrade uses its connection up: that another is opened for it is no loss. */
static void what_leaves_http_was_needed(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_connection *socket = trace_open(t, AT_MS(100));
    trace_request(socket, AT_MS(101), .upgrade = "websocket");
    trace_answer(socket, AT_MS(102), .code = 101, .upgrade = "websocket");

    g_assert_cmpuint(trace_totals(t)->sums.avoidable_connections, ==, 0);
    g_assert_cmpuint(hr_analysis_item_count(trace_analysis(t)), ==, 0);
}

/* Each library and product that is asked has words of its own, and each change a token, words and
 * a source of these. */
static void every_change_has_words(void)
{
    hr_origin origin = {.client_address = "10.0.0.1"};
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));
    trace_analysis(t);

    for (hr_change change = 0; change < HR_CHANGE_COUNT; change++) {
        hr_fix fix = {.change = change, .origin = &origin, .code = HR_FINDING_COUNT};
        const hr_change_words *row = hr_change_words_of(change);
        g_autoptr(GString) text = g_string_new(NULL);
        g_autoptr(GString) sources = g_string_new(NULL);
        fix.connections = g_ptr_array_new();
        g_ptr_array_add(fix.connections, c->model);
        hr_fix_append_happened(text, &fix);
        g_assert_true(g_str_has_prefix(text->str, "1 "));
        g_string_truncate(text, 0);
        hr_fix_append_advice(&(hr_told){text, sources}, &fix);
        g_assert_true(g_str_has_suffix(text->str, "."));
        g_assert_cmpuint(sources->len, >, 0);
        g_assert_nonnull(row->source);
        g_assert_true((row->proxy_advice == NULL) == (row->proxy_source == NULL));
        g_assert_nonnull(hr_change_token(change));
        g_ptr_array_free(fix.connections, TRUE);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/items/none", nothing_to_change);
    g_test_add_func("/items/announced", what_is_announced_costs_as_well);
    g_test_add_func("/items/code", an_items_code_is_that_of_its_severity);
    g_test_add_func("/items/origins", an_item_is_of_one_origin);
    g_test_add_func("/items/two-programs", an_item_of_two_programs_names_none);
    g_test_add_func("/items/sources", a_source_is_told_once);
    g_test_add_func("/items/errors", errors_come_first);
    g_test_add_func("/items/server", a_server_that_is_named_has_its_setting);
    g_test_add_func("/items/proxy", a_proxy_is_told_a_proxys_words);
    g_test_add_func("/items/left", what_leaves_http_was_needed);
    g_test_add_func("/items/words", every_change_has_words);
    return g_test_run();
}
