/* test_items_setting.c
 * Whose setting is asked for: that of a proxy, of a client that lets connections expire or heeds what
 * the server announces, of one that speaks HTTP/1.0 on purpose.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"
#include "trace_fixes.h"

#define REQUESTS "python-requests/2.28.1"

/* nginx waits for its upstream as long as it is told to; its pool has no part in it. */
static void a_proxy_that_gave_up_is_told_of_its_timeout(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 2; i++) {
        trace_connection *c = trace_open(t, AT_S(3 * i));
        trace_request(c, AT_S(3 * i) + AT_MS(1), .is_relayed = true);
        trace_ack(c, SERVER, AT_S(3 * i) + AT_MS(2));
        trace_close(c, CLIENT, AT_S(3 * i + 1) + AT_MS(1));
    }

    g_assert_true(trace_advises(t, "wait_longer", "proxy_read_timeout"));
    g_assert_false(trace_advises(t, "wait_longer", "keepalive"));
}

/* HAProxy drops what its backend pools have too many of each 5 s. */
static void a_proxy_that_expires_is_told_a_proxys_words(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = trace_open(t, AT_S(10 * i));
        trace_request(c, AT_S(10 * i) + AT_MS(1), .is_relayed = true);
        trace_answer(c, AT_S(10 * i) + AT_MS(2));
        trace_close(c, CLIENT, AT_S(10 * i + 5) + AT_MS(3));
    }

    g_assert_true(trace_advises(t, "lengthen_client_idle", "pool-purge-delay"));
    g_assert_false(trace_advises(t, "lengthen_client_idle", "in Go"));
}

/* After rests that no timer has, beside one that stays: HAProxy's pool may have been thinned out, where
 * nothing calls itself by another name. */
static void what_a_proxy_closes_at_rest_may_be_purged(void)
{
    for (int is_proxy = 0; is_proxy < 2; is_proxy++) {
        g_autoptr(trace) t = trace_new();
        for (int i = 0; i < 3; i++) {
            trace_connection *c = trace_open(t, AT_S(10 * i));
            trace_request(c, AT_S(10 * i) + AT_MS(1), .is_relayed = is_proxy != 0);
            trace_answer(c, AT_S(10 * i) + AT_MS(2));
            trace_close(c, CLIENT, AT_S(10 * i) + AT_MS(1300 + 700 * i));
        }
        trace_exchange(trace_open(t, AT_S(40)), AT_S(41), AT_S(42));

        g_assert_nonnull(trace_fix(t, "keep_client"));
        g_assert_true(trace_may_be_else(t, "keep_client", "HAProxy's pool") == (is_proxy != 0));
    }
}

/* HttpURLConnection drops after 5 s, and looks each 5 s: calls @apart, each on a connection that is
 * dropped 9 s after its answer; behind the last one the capture ends. */
static trace *calls_of_java(int64_t apart)
{
    trace *t = trace_new();
    trace_connection *calls[3];
    for (int i = 0; i < 3; i++) {
        calls[i] = trace_open(t, i * apart);
        trace_request(calls[i], i * apart + AT_MS(1), .user_agent = "Java/17.0.15");
        trace_answer(calls[i], i * apart + AT_MS(2));
        if (i > 0) {
            trace_close(calls[i - 1], CLIENT, (i - 1) * apart + AT_MS(9002));
        }
    }
    return t;
}

/* What its client had given up by then, although it was open, is no reason to share a pool. */
static void what_had_expired_is_to_be_kept_longer(void)
{
    g_autoptr(trace) seldom = calls_of_java(AT_S(6));
    g_autoptr(trace) often = calls_of_java(AT_MS(4900));

    g_assert_cmpuint(trace_fix(seldom, "lengthen_client_idle")->avoidable->len, ==, 2);
    g_assert_null(trace_fix(seldom, "share_pool"));
    g_assert_true(trace_happened(seldom, "lengthen_client_idle", "2 connections closed by"));
    g_assert_cmpuint(trace_fix(often, "share_pool")->avoidable->len, ==, 2);
}

/* Three calls, two seconds apart, of @user_agent; the server announces @keep_alive, and each
 * connection is closed by its client when it has been idle for @idle. */
static trace *calls_closed_after(const char *user_agent, const char *keep_alive, int64_t idle)
{
    trace *t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = trace_open(t, AT_S(2 * i));
        trace_request(c, AT_S(2 * i) + AT_MS(1), .user_agent = user_agent);
        trace_answer(c, AT_S(2 * i) + AT_MS(2), .keep_alive = keep_alive);
        trace_close(c, CLIENT, AT_S(2 * i) + AT_MS(2) + idle);
    }
    return t;
}

/* undici goes 2 s before the time that is announced: of two seconds it leaves nothing. */
static void a_time_too_short_to_keep_is_told(void)
{
    static const char words[] = "(keepAliveTimeoutThreshold), here at once";
    g_autoptr(trace) shorter = calls_closed_after("node", "timeout=2", AT_MS(1));
    g_autoptr(trace) longer = calls_closed_after("node", "timeout=5", AT_MS(1));
    g_autoptr(trace) other = calls_closed_after(REQUESTS, "timeout=2", AT_MS(1));
    g_autoptr(trace) none = calls_closed_after("node", NULL, AT_MS(1));

    g_assert_true(trace_advises(shorter, "keep_client", words));
    g_assert_false(trace_advises(longer, "keep_client", words));
    g_assert_false(trace_advises(other, "keep_client", words));
    g_assert_false(trace_advises(none, "keep_client", words));
}

/* Who says nothing of itself may be one that goes before the time that is announced. */
static void a_time_too_short_for_some_may_be_why(void)
{
    static const char words[] = "the Keep-Alive: timeout that the server announces";
    g_autoptr(trace) shorter = calls_closed_after(NULL, "timeout=1", AT_MS(1));
    g_autoptr(trace) longer = calls_closed_after(NULL, "timeout=5", AT_MS(1));
    g_autoptr(trace) later = calls_closed_after(NULL, "timeout=1", AT_MS(400));
    g_autoptr(trace) other = calls_closed_after(REQUESTS, "timeout=1", AT_MS(1));

    g_assert_true(trace_may_be_else(shorter, "keep_client", words));
    g_assert_false(trace_may_be_else(longer, "keep_client", words));
    g_assert_false(trace_may_be_else(later, "keep_client", words));
    g_assert_false(trace_may_be_else(other, "keep_client", words));
}

/* Closed after a second and more of rest, it may be a timeout that nobody knows. */
static void a_long_rest_may_be_a_timeout(void)
{
    static const char words[] = "an idle timeout of the client's own";
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        trace_connection *c = trace_open(t, AT_S(4 * i));
        trace_request(c, AT_S(4 * i) + AT_MS(1), .user_agent = "node");
        trace_answer(c, AT_S(4 * i) + AT_MS(2), .keep_alive = "timeout=2");
        trace_close(c, CLIENT, AT_S(4 * i) + AT_MS(1300 + 300 * i));
    }
    g_autoptr(trace) soon = calls_closed_after(REQUESTS, NULL, AT_MS(1));

    g_assert_true(trace_may_be_else(t, "keep_client", words));
    g_assert_false(trace_advises(t, "keep_client", "here at once"));
    g_assert_false(trace_may_be_else(soon, "keep_client", words));
}

/* siege has a setting for HTTP/1.0: it suggests no proxy, as it does under the name of others. */
static void http10_of_its_own(void)
{
    for (int is_siege = 0; is_siege < 2; is_siege++) {
        g_autoptr(trace) t = trace_new();
        const char *agent = is_siege ? "Mozilla/5.0 (pc-x86_64-linux-gnu) Siege/4.0.7" : REQUESTS;
        for (int i = 0; i < 3; i++) {
            trace_connection *c = trace_open(t, AT_S(i));
            trace_request(c, AT_S(i) + AT_MS(1), .user_agent = agent, .is_http10 = true);
            trace_answer(c, AT_S(i) + AT_MS(2), .connection = "close");
            trace_close(c, SERVER, AT_S(i) + AT_MS(3));
        }

        g_assert_true(trace_advises(t, "speak_http11", "siege.conf") == (is_siege == 1));
        g_assert_true(trace_advises(t, "speak_http11", "If a proxy is between") == (is_siege == 0));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/items/http10/own", http10_of_its_own);
    g_test_add_func("/change/whose/proxy-gave-up", a_proxy_that_gave_up_is_told_of_its_timeout);
    g_test_add_func("/change/whose/proxy-expires", a_proxy_that_expires_is_told_a_proxys_words);
    g_test_add_func("/change/whose/purge", what_a_proxy_closes_at_rest_may_be_purged);
    g_test_add_func("/change/expired", what_had_expired_is_to_be_kept_longer);
    g_test_add_func("/change/hint", a_time_too_short_to_keep_is_told);
    g_test_add_func("/change/hint/nameless", a_time_too_short_for_some_may_be_why);
    g_test_add_func("/items/change/rest", a_long_rest_may_be_a_timeout);
    return g_test_run();
}
