/* test_items_misread.c
 * Errors that are not what they look like: a server that cannot read a request answers in the
 * lowest version of HTTP. The traces are of net/http, asked in the clear at a port of TLS.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "trace.h"
#include "trace_fixes.h"

#define GO "Go-http-client/1.1"

static trace *calls(trace_message request, trace_message answer)
{
    trace *t = trace_new();

    trace_calls(t, request, answer);
    return t;
}

/* 400 in HTTP/1.0 to a request of HTTP/1.1: whoever sent it is not told to speak HTTP/1.1. */
static void a_request_that_is_not_understood_is_to_be_mended(void)
{
    g_autoptr(trace) t =
        calls((trace_message){.user_agent = GO}, (trace_message){.code = 400, .is_http10 = true});

    g_assert_true(trace_advises(t, "mend_errors", "http:// for https://"));
    g_assert_true(trace_happened(t, "mend_errors", "error answer: 400"));
    g_assert_null(trace_fix(t, "speak_http11"));
}

/* One that answers another error, or a request of HTTP/1.0, may speak no more than that. */
static void another_error_in_http10_is_the_version(void)
{
    const trace_message asked = {.user_agent = GO};
    const trace_message asked_in_http10 = {.is_http10 = true};
    const trace_message not_found = {.code = 404, .is_http10 = true};
    const trace_message not_understood = {.code = 400, .is_http10 = true};
    g_autoptr(trace) missing = calls(asked, not_found);
    g_autoptr(trace) old = calls(asked_in_http10, not_understood);

    g_assert_null(trace_fix(missing, "mend_errors"));
    g_assert_nonnull(trace_fix(missing, "speak_http11"));
    g_assert_null(trace_fix(old, "mend_errors"));
    g_assert_nonnull(trace_fix(old, "speak_http11"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/items/misread/not-understood",
                    a_request_that_is_not_understood_is_to_be_mended);
    g_test_add_func("/items/misread/version", another_error_in_http10_is_the_version);
    return g_test_run();
}
