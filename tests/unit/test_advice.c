/* test_advice.c
 * Advice in the words of the client's library: which User-Agent names which library (what the
 * libraries send), when it names nobody for certain, and that each library has words.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "core/result/advice.h"
#include "trace.h"

#define GO "Go-http-client/1.1"

static void assert_named(const char *user_agent, hr_library library)
{
    g_assert_cmpint(hr_library_named(user_agent), ==, library);
}

static void libraries_name_themselves(void)
{
    assert_named("Go-http-client/1.1", HR_LIBRARY_GO);
    assert_named("Go-http-client/2.0", HR_LIBRARY_GO);
    assert_named("python-requests/2.32.3", HR_LIBRARY_REQUESTS);
    assert_named("python-urllib3/2.2.1", HR_LIBRARY_URLLIB3);
    assert_named("python-httpx/0.27.0", HR_LIBRARY_HTTPX);
    assert_named("Python/3.12 aiohttp/3.9.5", HR_LIBRARY_AIOHTTP);
    assert_named("axios/1.7.2", HR_LIBRARY_NODE_HTTP);
    assert_named("node-fetch", HR_LIBRARY_NODE_HTTP);
    assert_named("node-fetch/1.0 (+https://github.com/bitinn/node-fetch)", HR_LIBRARY_NODE_HTTP);
    assert_named("node", HR_LIBRARY_UNDICI);
    assert_named("undici", HR_LIBRARY_UNDICI);
    assert_named("curl/7.88.1", HR_LIBRARY_CURL);
    assert_named("Java-http-client/17.0.11", HR_LIBRARY_JAVA);
    assert_named("Apache-HttpClient/4.5.14 (Java/17.0.11)", HR_LIBRARY_APACHE);
    assert_named("okhttp/4.12.0", HR_LIBRARY_OKHTTP);
}

/* urllib.request asks for Connection: close; HttpURLConnection is another API than HttpClient. */
static void other_names_are_nobody(void)
{
    assert_named(NULL, HR_LIBRARY_UNKNOWN);
    assert_named("", HR_LIBRARY_UNKNOWN);
    assert_named("Python-urllib/3.12", HR_LIBRARY_UNKNOWN);
    assert_named("Java/17.0.11", HR_LIBRARY_UNKNOWN);
    assert_named("nodejs-thing/1.0", HR_LIBRARY_UNKNOWN);
    assert_named("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
                 HR_LIBRARY_UNKNOWN);
}

static void advice_is_a_condition_in_the_librarys_words(void)
{
    GString *text = g_string_new(NULL);

    g_assert_true(hr_advice_append(text, HR_FINDING_BODY_UNDRAINED, HR_LIBRARY_GO));
    g_assert_true(g_str_has_prefix(text->str, "If this client is Go's net/http, as its User-Agent"
                                              " says: "));
    g_assert_nonnull(strstr(text->str, "io.Copy(io.Discard, resp.Body)"));
    g_string_truncate(text, 0);
    g_assert_true(hr_advice_append(text, HR_FINDING_POOL_LIMIT, HR_LIBRARY_GO));
    g_assert_nonnull(strstr(text->str, "MaxIdleConnsPerHost"));
    g_string_truncate(text, 0);
    g_assert_true(hr_advice_append(text, HR_FINDING_STALE_REUSE, HR_LIBRARY_JAVA));
    g_assert_nonnull(strstr(text->str, "jdk.httpclient.keepalive.timeout"));
    g_string_free(text, TRUE);
}

/* A client that closes right after an answer may have left it unread, or be made for each call. */
static void two_candidates_have_the_advice_of_both(void)
{
    GString *text = g_string_new(NULL);

    g_assert_true(hr_advice_append(text, HR_FINDING_CLOSED_AFTER_ANSWER, HR_LIBRARY_GO));
    g_assert_nonnull(strstr(text->str, "io.Discard"));
    g_assert_nonnull(strstr(text->str, "one http.Client"));
    g_string_free(text, TRUE);
}

static void unknown_client_has_the_general_words(void)
{
    GString *text = g_string_new(NULL);

    for (hr_finding_code code = 0; code < HR_FINDING_COUNT; code++) {
        g_assert_false(hr_advice_append(text, code, HR_LIBRARY_UNKNOWN));
    }
    g_assert_false(hr_advice_append(text, HR_FINDING_GOAWAY, HR_LIBRARY_GO));
    g_assert_false(hr_advice_is_for(HR_FINDING_GOAWAY));
    g_assert_cmpuint(text->len, ==, 0);
    g_string_free(text, TRUE);
}

static void every_library_can_share_and_every_advice_has_a_source(void)
{
    for (hr_library library = HR_LIBRARY_UNKNOWN + 1; library < HR_LIBRARY_COUNT; library++) {
        GString *text = g_string_new(NULL);
        g_assert_nonnull(hr_library_name(library));
        g_assert_true(hr_advice_append(text, HR_FINDING_MISSED_REUSE, library));
        for (hr_finding_code code = 0; code < HR_FINDING_COUNT; code++) {
            const bool has_words = hr_advice_append(text, code, library);
            const bool needs_source = has_words && code != HR_FINDING_CLOSED_AFTER_ANSWER;
            g_assert_true(!has_words || hr_advice_is_for(code));
            g_assert_true(!needs_source || hr_advice_source(code, library) != NULL);
        }
        g_assert_true(g_str_has_suffix(text->str, "."));
        g_string_free(text, TRUE);
    }
}

static void client_is_who_its_user_agent_says(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .user_agent = GO);
    trace_answer(c, AT_MS(2));
    trace_request(c, AT_MS(3), .user_agent = GO);

    g_assert_cmpint(hr_library_of(c->model), ==, HR_LIBRARY_GO);
}

static void relayed_request_names_nobody(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .user_agent = GO, .is_relayed = true);

    g_assert_cmpint(hr_library_of(c->model), ==, HR_LIBRARY_UNKNOWN);
}

/* nginx asks upstream with HTTP/1.0 by default and passes User-Agent on. */
static void http10_request_names_nobody(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .user_agent = GO, .is_http10 = true, .connection = "close");

    g_assert_cmpint(hr_library_of(c->model), ==, HR_LIBRARY_UNKNOWN);
}

static void several_programs_on_one_connection_name_nobody(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .user_agent = GO);
    trace_answer(c, AT_MS(2));
    trace_request(c, AT_MS(3), .user_agent = "curl/8.5.0");

    g_assert_cmpint(hr_library_of(c->model), ==, HR_LIBRARY_UNKNOWN);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/advice/library/named", libraries_name_themselves);
    g_test_add_func("/advice/library/others", other_names_are_nobody);
    g_test_add_func("/advice/words/condition", advice_is_a_condition_in_the_librarys_words);
    g_test_add_func("/advice/words/two", two_candidates_have_the_advice_of_both);
    g_test_add_func("/advice/words/unknown", unknown_client_has_the_general_words);
    g_test_add_func("/advice/words/all", every_library_can_share_and_every_advice_has_a_source);
    g_test_add_func("/advice/client/direct", client_is_who_its_user_agent_says);
    g_test_add_func("/advice/client/relayed", relayed_request_names_nobody);
    g_test_add_func("/advice/client/http10", http10_request_names_nobody);
    g_test_add_func("/advice/client/several", several_programs_on_one_connection_name_nobody);
    return g_test_run();
}
