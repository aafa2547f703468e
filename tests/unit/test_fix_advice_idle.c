/* test_fix_advice_idle.c
 * Who has to change what where connections are closed idle: the timeout of the party that a header
 * names, with its default, also where its value is another here; and what else may have closed them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"
#include "trace_fixes.h"
#include "trace_tls.h"

#define GO "Go-http-client/1.1"

/* Calls 20 s apart that @side closes after 2 s: no default of anybody's. */
static trace *idle_closes(const char *user_agent, const char *server, trace_side side)
{
    trace *t = trace_new();

    for (int i = 0; i < 3; i++) {
        trace_connection *c = trace_open(t, AT_S(20 * i));
        trace_request(c, AT_S(20 * i) + AT_MS(1), .user_agent = user_agent);
        trace_answer(c, AT_S(20 * i) + AT_MS(2), .server = server);
        trace_close(c, side, AT_S(20 * i) + AT_MS(3502));
    }
    return t;
}

static void named_server_with_a_timeout_of_its_own(void)
{
    g_autoptr(trace) t = idle_closes(NULL, "waitress", SERVER);

    g_assert_true(trace_advises(t, "lengthen_server_idle",
                                "If this server is waitress, as its Server header says: raise"
                                " channel_timeout (120 s by default)"));
}

/* What nginx is in, and whose settings it has, is named as what it says. */
static void server_that_is_built_on_another(void)
{
    g_autoptr(trace) theirs = idle_closes(NULL, "openresty/1.21.4.3", SERVER);
    g_autoptr(trace) at_default = trace_new();
    for (int i = 0; i < 2; i++) {
        trace_connection *c = trace_open(at_default, AT_S(100 * i));
        trace_request(c, AT_S(100 * i) + AT_MS(1));
        trace_answer(c, AT_S(100 * i) + AT_MS(2), .server = "openresty/1.21.4.3");
        trace_close(c, SERVER, AT_S(100 * i) + AT_MS(75003));
    }

    g_assert_true(trace_advises(theirs, "lengthen_server_idle",
                                "If this server is OpenResty, as its Server header says: raise"
                                " keepalive_timeout (75 s by default)"));
    g_assert_true(trace_advises(at_default, "lengthen_server_idle", "If this server is OpenResty"));
}

/* A balancer of TCP cuts by a reset what was idle; a server closes. */
static void idle_connections_that_are_reset_may_be_cut_before_the_server(void)
{
    g_autoptr(trace) closed = idle_closes(NULL, NULL, SERVER);
    g_autoptr(trace) reset = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = trace_open(reset, AT_S(20 * i));
        trace_exchange(c, AT_S(20 * i) + AT_MS(1), AT_S(20 * i) + AT_MS(2));
        trace_rst(c, SERVER, AT_S(20 * i) + AT_MS(3502));
    }

    g_assert_true(trace_may_be_else(reset, "lengthen_server_idle", "a balancer"));
    g_assert_false(trace_may_be_else(closed, "lengthen_server_idle", "a balancer"));
}

/* So may those that were reset out of longer silence than devices remember, at no known time. */
static void what_is_reset_out_of_long_silence_may_be_a_devices(void)
{
    static const int64_t rests[][3] = {
        {AT_MS(41300), AT_MS(44700), AT_MS(47900)},
        {AT_MS(11300), AT_MS(14700), AT_MS(17900)}, /* too soon */
    };

    for (int is_soon = 0; is_soon < 2; is_soon++) {
        for (int is_reset = 0; is_reset < 2; is_reset++) {
            g_autoptr(trace) t = trace_new();
            for (int i = 0; i < 3; i++) {
                const int64_t at = AT_S(60 * i);
                trace_connection *c = trace_open(t, at);
                trace_exchange(c, at + AT_MS(1), at + AT_MS(2));
                if (is_reset) {
                    trace_rst(c, SERVER, at + AT_MS(2) + rests[is_soon][i]);
                } else {
                    trace_close(c, SERVER, at + AT_MS(2) + rests[is_soon][i]);
                }
            }

            g_assert_true(trace_may_be_else(t, "keep_open", "a balancer, NAT or firewall") ==
                          (is_reset && !is_soon));
        }
    }
}

/* The server had said close_notify: what its client resets then was cut by no balancer. */
static void what_ends_by_close_notify_is_no_balancers(void)
{
    for (int is_said = 0; is_said < 2; is_said++) {
        g_autoptr(trace) t = trace_new();
        for (int i = 0; i < 3; i++) {
            const int64_t at = AT_S(60 * i);
            trace_connection *c = tls_open(t, at, .has_keys = true, .agrees = "http/1.1");
            trace_exchange(c, at + AT_MS(10), at + AT_MS(20));
            if (is_said) {
                tls_close_notify(c, SERVER, at + AT_MS(3520));
            }
            trace_rst(c, is_said ? CLIENT : SERVER, at + AT_MS(3521));
        }

        g_assert_true(trace_may_be_else(t, "lengthen_server_idle", "these were reset") == !is_said);
    }
}

/* A client that resets when it was asked to leave had no device before it. */
static void what_the_client_resets_is_no_devices(void)
{
    static const int64_t rests[] = {AT_MS(41300), AT_MS(44700), AT_MS(47900)};
    g_autoptr(trace) t = trace_new();

    for (int i = 0; i < 3; i++) {
        const int64_t at = AT_S(60 * i);
        trace_connection *c = tls_open(t, at, .offers = "h2,http/1.1");
        tls_hidden_exchange(c, at + AT_MS(10), at + AT_MS(20));
        tls_data(c, SERVER, 17 + 1 + 16, at + AT_MS(20) + rests[i]); /* as short as a GOAWAY */
        trace_rst(c, CLIENT, at + AT_MS(21) + rests[i]);
    }

    g_assert_nonnull(trace_fix(t, "keep_open"));
    g_assert_false(trace_may_be_else(t, "keep_open", "a balancer, NAT or firewall"));
}

/* What is before it passes its name on, and not its timeout. */
static void named_server_may_have_something_before_it(void)
{
    g_autoptr(trace) other = idle_closes(NULL, "waitress", SERVER);
    g_autoptr(trace) own = idle_closes(NULL, "Jetty(9.4)", SERVER);
    g_autoptr(trace) nameless = idle_closes(NULL, NULL, SERVER);

    g_assert_true(trace_may_be_else(other, "lengthen_server_idle", "TCP relay before it"));
    g_assert_true(trace_may_be_else(own, "lengthen_server_idle", "TCP relay before it"));
    g_assert_false(trace_may_be_else(nameless, "lengthen_server_idle", "TCP relay before it"));
}

static void nobody_named(void)
{
    g_autoptr(trace) t = idle_closes(NULL, NULL, SERVER);

    g_assert_true(trace_advises(t, "lengthen_server_idle", "nginx keepalive_timeout, 75 s by"));
}

static void named_client_with_a_timeout_of_its_own(void)
{
    g_autoptr(trace) t = idle_closes(GO, NULL, CLIENT);

    g_assert_true(trace_advises(t, "lengthen_client_idle",
                                "raise Transport.IdleConnTimeout (90 s by default)"));
    g_assert_true(trace_may_be_else(t, "lengthen_client_idle", "passes User-Agent on"));
}

/* net/http's 90 s fit: they are nobody else's. */
static void named_client_with_its_default(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = trace_open(t, AT_S(200 * i));
        trace_request(c, AT_S(200 * i) + AT_MS(1), .user_agent = GO);
        trace_answer(c, AT_S(200 * i) + AT_MS(2));
        trace_close(c, CLIENT, AT_S(200 * i) + AT_MS(90005));
    }

    g_assert_false(trace_may_be_else(t, "lengthen_client_idle", "passes User-Agent on"));
}

/* Two closes at the server's timeout, each met by a request. */
static void a_stale_reuse_has_two_sides(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 2; i++) {
        trace_connection *c = trace_open(t, AT_S(20 * i));
        trace_request(c, AT_S(20 * i) + AT_MS(1), .user_agent = GO);
        trace_answer(c, AT_S(20 * i) + AT_MS(2), .server = "uvicorn");
        trace_fin(c, SERVER, AT_S(20 * i) + AT_MS(5002));
        trace_request(c, AT_S(20 * i) + AT_US(5002100), .user_agent = GO);
        trace_rst(c, SERVER, AT_S(20 * i) + AT_US(5002200));
    }

    g_assert_true(trace_advises(t, "expire_sooner", "set Transport.IdleConnTimeout"));
    g_assert_true(trace_advises(t, "expire_sooner",
                                "in uvicorn, as its Server header says, by"
                                " timeout_keep_alive (5 s by default)"));
}

/* @calls, each closed by @side after @idle and 1 ms more than the one before; then one more. */
static trace *short_idle_closes(trace_side side, int calls, int64_t idle, int64_t more)
{
    trace *t = trace_new();

    for (int i = 0; i <= calls; i++) {
        const int64_t at = AT_S(2 * i) + AT_MS(137 * i);
        trace_connection *c = trace_open(t, at);
        trace_exchange(c, at + AT_MS(1), at + AT_MS(2));
        if (i < calls) {
            trace_close(c, side, at + AT_MS(2) + idle + i * more);
        }
    }
    return t;
}

/* It had been used again: no object for each call; Go's CloseIdleConnections, called now and then. */
static void idle_ones_may_be_closed_by_the_program(void)
{
    for (int calls = 1; calls <= 2; calls++) {
        g_autoptr(trace) t = trace_new();
        for (int i = 0; i < 3; i++) {
            const int64_t at = AT_S(i);
            trace_connection *c = trace_open(t, at);
            for (int j = 1; j <= calls; j++) {
                trace_exchange(c, at + AT_MS(100 * j), at + AT_MS(100 * j + 1));
            }
            trace_close(c, CLIENT, at + AT_MS(300 + 70 * i));
        }

        g_assert_true(trace_may_be_else(t, "keep_client", "CloseIdleConnections") == (calls > 1));
    }
}

/* Three of seven are equal. */
static void equal_idle_times_of_a_few_are_not_told(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 8; i++) {
        const int64_t at = AT_S(2 * i);
        trace_connection *c = trace_open(t, at);
        trace_exchange(c, at + AT_MS(1), at + AT_MS(2));
        trace_close(c, SERVER, at + AT_MS(2) + AT_MS(i < 3 ? 500 : 500 + 50 * i));
    }

    g_assert_nonnull(trace_fix(t, "keep_open"));
    g_assert_false(trace_happened(t, "keep_open", "equally long idle times"));
}

/* IdleConnTimeout 500 ms, a server's 300 ms: no timeout is known to be so short, and a program may
 * pause for as long. The length is told, and what it may be. */
static void equal_idle_times_under_a_second_are_told(void)
{
    static const char told[] = "after equally long idle times";

    for (int by = CLIENT; by <= SERVER; by++) {
        const char *change = by == CLIENT ? "keep_client" : "keep_open";
        g_autoptr(trace) equal = short_idle_closes((trace_side)by, 4, AT_MS(500), AT_MS(1));
        g_autoptr(trace) unequal = short_idle_closes((trace_side)by, 4, AT_MS(500), AT_MS(30));
        g_autoptr(trace) few = short_idle_closes((trace_side)by, 2, AT_MS(500), AT_MS(1));
        g_autoptr(trace) shortest = short_idle_closes((trace_side)by, 4, AT_MS(90), 0);

        g_assert_true(trace_happened(equal, change, told));
        g_assert_true(trace_happened(equal, change, "(at most 503 ms)"));
        g_assert_true(trace_may_be_else(equal, change, "as short as that"));
        g_assert_true(trace_totals(equal)->ended[by == CLIENT ? HR_CLOSE_CLIENT_CLOSE
                                                              : HR_CLOSE_SERVER_CLOSE] == 4);
        g_assert_false(trace_happened(unequal, change, told));
        g_assert_false(trace_may_be_else(unequal, change, "as short as that"));
        g_assert_false(trace_happened(few, change, told));
        g_assert_false(trace_happened(shortest, change, told));
        g_assert_nonnull(trace_fix(shortest, change));

        g_autoptr(trace) timeouts = short_idle_closes((trace_side)by, 4, AT_MS(1700), AT_MS(1));
        const char *longer = by == CLIENT ? "lengthen_client_idle" : "lengthen_server_idle";
        g_assert_nonnull(trace_fix(timeouts, longer));
        g_assert_false(trace_happened(timeouts, longer, told));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fix_advice/idle/server", named_server_with_a_timeout_of_its_own);
    g_test_add_func("/fix_advice/idle/built-on", server_that_is_built_on_another);
    g_test_add_func("/fix_advice/idle/nobody", nobody_named);
    g_test_add_func("/fix_advice/idle/client", named_client_with_a_timeout_of_its_own);
    g_test_add_func("/fix_advice/idle/client-default", named_client_with_its_default);
    g_test_add_func("/fix_advice/idle/stale", a_stale_reuse_has_two_sides);
    g_test_add_func("/fix_advice/idle/silence", what_is_reset_out_of_long_silence_may_be_a_devices);
    g_test_add_func("/fix_advice/idle/left", what_the_client_resets_is_no_devices);
    g_test_add_func("/fix_advice/before-named-server", named_server_may_have_something_before_it);
    g_test_add_func("/fix_advice/idle/equal-and-short", equal_idle_times_under_a_second_are_told);
    g_test_add_func("/fix_advice/idle/few-equal", equal_idle_times_of_a_few_are_not_told);
    g_test_add_func("/fix_advice/idle/reset",
                    idle_connections_that_are_reset_may_be_cut_before_the_server);
    g_test_add_func("/fix_advice/idle/by-the-program", idle_ones_may_be_closed_by_the_program);
    g_test_add_func("/fix_advice/close-notify", what_ends_by_close_notify_is_no_balancers);
    return g_test_run();
}
