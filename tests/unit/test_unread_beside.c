/* test_unread_beside.c
 * Openings beside TLS that began before the capture: nobody reads it, nor for which name it is.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"
#include "trace_tls.h"

typedef enum {
    GOES_ON,
    WAS_CLOSED,
    OTHER_SERVER,
    NO_TLS
} of_before;

static trace_connection *begun_before(trace *t, of_before how)
{
    const char *server = how == OTHER_SERVER ? "10.0.0.81" : "10.0.0.80";
    trace_connection *old = trace_connect_between(t, "10.0.0.1", 0, server, 443);

    if (how == NO_TLS) {
        trace_ack(old, CLIENT, AT_MS(0));
        trace_ack(old, SERVER, AT_MS(1));
        return old;
    }
    tls_hidden_exchange(old, AT_MS(0), AT_MS(1));
    return old;
}

static const char *why_beside(of_before how)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *old = begun_before(t, how);
    trace_connection *closed = tls_open(t, AT_MS(10), .offers = "http/1.1");
    tls_hidden_exchange(closed, AT_MS(20), AT_MS(21));
    trace_close(closed, CLIENT, AT_MS(30));
    if (how == WAS_CLOSED) {
        trace_close(old, SERVER, AT_MS(40));
    }
    trace_connection *c = tls_open(t, AT_MS(100), .offers = "http/1.1");
    tls_hidden_exchange(c, AT_MS(110), AT_MS(111));
    return hr_why_token(trace_opening(c)->why);
}

/* It may have been free, or taken by another caller a moment before. */
static void what_goes_on_may_have_been_there(void)
{
    g_assert_cmpstr(why_beside(GOES_ON), ==, NULL);
}

static void what_is_over_was_not(void)
{
    g_assert_cmpstr(why_beside(WAS_CLOSED), ==, "previous-closed");
}

static void what_is_for_others_was_not(void)
{
    g_assert_cmpstr(why_beside(OTHER_SERVER), ==, "previous-closed");
    g_assert_cmpstr(why_beside(NO_TLS), ==, "previous-closed");
}

/* What is in the clear is of another pool. */
static void what_is_tls_is_not_for_plain(void)
{
    g_autoptr(trace) t = trace_new();
    begun_before(t, GOES_ON);
    trace_connection *closed = trace_open_to(t, "10.0.0.80", 443, AT_MS(10));
    trace_exchange(closed, AT_MS(20), AT_MS(21));
    trace_close(closed, CLIENT, AT_MS(30));
    trace_connection *c = trace_open_to(t, "10.0.0.80", 443, AT_MS(100));
    trace_exchange(c, AT_MS(110), AT_MS(111));

    g_assert_cmpint(trace_opening(c)->why, ==, HR_WHY_PREVIOUS_CLOSED);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/unread-beside/goes-on", what_goes_on_may_have_been_there);
    g_test_add_func("/unread-beside/over", what_is_over_was_not);
    g_test_add_func("/unread-beside/others", what_is_for_others_was_not);
    g_test_add_func("/unread-beside/plain", what_is_tls_is_not_for_plain);
    return g_test_run();
}
