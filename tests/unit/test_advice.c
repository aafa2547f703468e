/* test_advice.c
 * Advice in the words of the client's library: which User-Agent names which library (what the
 * libraries send), when it names nobody for certain, and that each library has words.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "core/result/advice.h"
#include "software/words.h"
#include "trace.h"

#define GO "Go-http-client/1.1"

static void assert_named(const char *user_agent, hr_library library)
{
    g_assert_cmpint(hr_library_named(user_agent), ==, library);
}

static void libraries_name_themselves(void)
{
    assert_named("Go-http-client/1.1", HR_PRODUCT_GO);
    assert_named("Go-http-client/2.0", HR_PRODUCT_GO);
    assert_named("python-requests/2.32.3", HR_PRODUCT_REQUESTS);
    assert_named("python-urllib3/2.2.1", HR_PRODUCT_URLLIB3);
    assert_named("Python-urllib/3.12", HR_PRODUCT_URLLIB);
    assert_named("python-httpx/0.27.0", HR_PRODUCT_HTTPX);
    assert_named("Python/3.12 aiohttp/3.9.5", HR_PRODUCT_AIOHTTP);
    assert_named("axios/1.7.2", HR_PRODUCT_NODE_HTTP);
    assert_named("node-fetch", HR_PRODUCT_NODE_HTTP);
    assert_named("node-fetch/1.0 (+https://github.com/bitinn/node-fetch)", HR_PRODUCT_NODE_HTTP);
    assert_named("node", HR_PRODUCT_UNDICI);
    assert_named("undici", HR_PRODUCT_UNDICI);
    assert_named("curl/7.88.1", HR_PRODUCT_CURL);
    assert_named("Java-http-client/17.0.11", HR_PRODUCT_JAVA_HTTP);
    assert_named("Apache-HttpClient/4.5.14 (Java/17.0.11)", HR_PRODUCT_APACHE_HC);
    assert_named("okhttp/4.12.0", HR_PRODUCT_OKHTTP);
    assert_named("got (https://github.com/sindresorhus/got)", HR_PRODUCT_NODE_HTTP);
    assert_named("Java/17.0.15", HR_PRODUCT_JAVA_URL);
    assert_named("Ruby", HR_PRODUCT_RUBY);
    assert_named("Faraday v1.1.0", HR_PRODUCT_FARADAY);
    assert_named("excon/0.99.0", HR_PRODUCT_EXCON);
    assert_named("http.rb/4.4.1", HR_PRODUCT_HTTP_RB);
    assert_named("HTTPClient/1.0 (2.8.3, ruby 3.1.2 (2022-04-12))", HR_PRODUCT_RUBY_HTTPCLIENT);
    assert_named("GuzzleHttp/7", HR_PRODUCT_GUZZLE);
    assert_named("libwww-perl/6.68", HR_PRODUCT_LWP);
    assert_named("Mojolicious (Perl)", HR_PRODUCT_MOJOLICIOUS);
    assert_named("Wget/1.21.3", HR_PRODUCT_WGET);
    assert_named("grpc-node-js/1.14.7", HR_PRODUCT_GRPC_NODE);
}

/* Of several, the first known one is the client; the others are what it runs on. */
static void first_known_product_is_the_library(void)
{
    assert_named("PycURL/7.45.2 libcurl/7.88.1 GnuTLS/3.7.9 zlib/1.2.13", HR_PRODUCT_PYCURL);
    assert_named("grpc-python/1.51.1 grpc-c/29.0.0 (linux; chttp2)", HR_PRODUCT_GRPC_CORE);
    assert_named("aws-sdk-go/1.44.0 (go1.19.8; linux; amd64) S3Manager", HR_PRODUCT_AWS_GO);
    assert_named("aws-sdk-go-v2/1.17.3 os/linux lang/go/1.19.5", HR_PRODUCT_AWS_GO_V2);
    assert_named("aws-sdk-java/2.17.230 Mac_OS_X/12.5 OpenJDK_64-Bit_Server_VM/25.332-b08"
                 " Java/1.8.0_332 vendor/Amazon.com_Inc. io/sync http/UrlConnection",
                 HR_PRODUCT_AWS_JAVA);
    assert_named("aws-sdk-nodejs/2.1083.0 linux/v16.15.0 promise", HR_PRODUCT_AWS_JS);
}

static void other_names_are_nobody(void)
{
    assert_named(NULL, HR_LIBRARY_UNKNOWN);
    assert_named("", HR_LIBRARY_UNKNOWN);
    assert_named("Debian APT-HTTP/1.3 (2.6.1)", HR_LIBRARY_UNKNOWN);
    assert_named("nodejs-thing/1.0", HR_LIBRARY_UNKNOWN);
    assert_named("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko)"
                 " Version/16.4 Safari/605.1.15",
                 HR_LIBRARY_UNKNOWN);
}

/* What a page's author can change: with credentials or without. */
static void browsers_are_named_behind_mozilla(void)
{
    assert_named("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
                 HR_PRODUCT_FIREFOX);
    assert_named("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
                 " Chrome/126.0.0.0 Safari/537.36",
                 HR_PRODUCT_CHROME);
}

static void advice_is_a_condition_in_the_librarys_words(void)
{
    GString *text = g_string_new(NULL);

    g_assert_true(hr_advice_append(text, HR_FINDING_BODY_UNDRAINED, HR_PRODUCT_GO));
    g_assert_true(g_str_has_prefix(text->str, "If this client is Go's net/http, as its User-Agent"
                                              " says: "));
    g_assert_nonnull(strstr(text->str, "says: call io.Copy(io.Discard, resp.Body)"));
    g_string_truncate(text, 0);
    g_assert_true(hr_advice_append(text, HR_FINDING_CLOSED_AFTER_ANSWER, HR_PRODUCT_GO));
    g_assert_nonnull(strstr(text->str, "EOF. And make one http.Client"));
    g_string_truncate(text, 0); /* httpx has one limit for a host and for all */
    g_assert_true(hr_advice_append(text, HR_FINDING_POOL_LIMIT, HR_PRODUCT_HTTPX));
    g_assert_null(strstr(text->str, " And "));
    g_string_truncate(text, 0);
    g_assert_true(hr_advice_append(text, HR_FINDING_POOL_LIMIT, HR_PRODUCT_GO));
    g_assert_nonnull(strstr(text->str, "MaxIdleConnsPerHost"));
    g_string_truncate(text, 0);
    g_assert_true(hr_advice_append(text, HR_FINDING_STALE_REUSE, HR_PRODUCT_JAVA_HTTP));
    g_assert_nonnull(strstr(text->str, "jdk.httpclient.keepalive.timeout"));
    g_string_truncate(text, 0);
    g_assert_true(hr_advice_append(text, HR_FINDING_IDLE_DROPPED, HR_PRODUCT_GO));
    g_assert_nonnull(strstr(text->str, "in use, over HTTP/2: set ReadIdleTimeout"));
    g_assert_nonnull(strstr(text->str, "in use, over HTTP/1: give each call a deadline"));
    g_string_truncate(text, 0); /* curl has the same for both */
    g_assert_true(hr_advice_append(text, HR_FINDING_IDLE_DROPPED, HR_PRODUCT_CURL));
    g_assert_nonnull(strstr(text->str, "in use: set --max-time"));
    g_string_free(text, TRUE);
}

static void assert_advised(hr_finding_code finding, hr_product_id product, const char *words,
                           const char *others)
{
    GString *text = g_string_new(NULL);

    g_assert_true(hr_advice_append(text, finding, product));
    g_assert_nonnull(strstr(text->str, words));
    g_assert_true(others == NULL || strstr(text->str, others) == NULL);
    g_string_free(text, TRUE);
}

/* boto3 is built on urllib3, the AWS SDK for Go on net/http: what they do not say, that says. */
static void words_of_what_it_is_built_on_hold(void)
{
    assert_advised(HR_FINDING_BODY_UNDRAINED, HR_PRODUCT_AWS_GO,
                   "If this client is the AWS SDK for Go, as its", NULL);
    assert_advised(HR_FINDING_BODY_UNDRAINED, HR_PRODUCT_AWS_GO, "io.Copy(io.Discard, resp.Body)",
                   NULL);
    assert_advised(HR_FINDING_POOL_LIMIT, HR_PRODUCT_AWS_GO_V2, "10 by default", "2 by default");
}

/* The AWS SDKs for Java and JavaScript have pools of their own, whatever they run on. */
static void words_name_the_settings_that_a_user_has(void)
{
    assert_advised(HR_FINDING_POOL_LIMIT, HR_PRODUCT_AWS_JAVA, "maxConnections (50 by default)",
                   "setMaxConnPerRoute");
    assert_advised(HR_FINDING_POOL_LIMIT, HR_PRODUCT_AWS_JS,
                   "maxSockets of the https.Agent in its NodeHttpHandler", "maxFreeSockets");
}

/* A handler's protocol_version is of http.server's alone. */
static void servers_of_one_request_have_no_setting(void)
{
    static const hr_topic topics[] = {HR_TOPIC_SERVE, HR_TOPIC_HTTP11};

    for (size_t i = 0; i < G_N_ELEMENTS(topics); i++) {
        const char *own = hr_product_words(HR_PRODUCT_PYTHON_SERVER, topics[i])->text;
        const char *wsgiref = hr_product_words(HR_PRODUCT_WSGIREF, topics[i])->text;
        const char *werkzeug = hr_product_words(HR_PRODUCT_WERKZEUG, topics[i])->text;

        g_assert_nonnull(strstr(own, "protocol_version"));
        g_assert_null(strstr(wsgiref, "protocol_version"));
        g_assert_null(strstr(werkzeug, "protocol_version"));
        g_assert_nonnull(strstr(wsgiref, "whatever is set"));
        g_assert_nonnull(strstr(werkzeug, "whatever is set"));
    }
}

static bool can_be_named(hr_product_id product)
{
    for (hr_product_id id = HR_PRODUCT_NONE + 1; id < HR_PRODUCT_COUNT; id++) {
        if (hr_product_is_built_on(id, product) && hr_product_get(id)->words != NULL) {
            return true;
        }
    }
    return false;
}

/* Words are told where a header names their product, or one that is built on it. */
static void all_words_can_be_told(void)
{
    static const hr_words *(*const tables[])(size_t * count) = {
        hr_words_of_scripts, hr_words_of_programs, hr_words_of_servers};

    for (size_t table = 0; table < G_N_ELEMENTS(tables); table++) {
        size_t count = 0;
        const hr_words *rows = tables[table](&count);
        for (size_t i = 0; i < count; i++) {
            g_test_message("%s", hr_product_name(rows[i].product));
            g_assert_true(can_be_named(rows[i].product));
        }
    }
}

/* A client that closes right after an answer may have left it unread, or be made for each call. */
static void two_candidates_have_the_advice_of_both(void)
{
    GString *text = g_string_new(NULL);

    g_assert_true(hr_advice_append(text, HR_FINDING_CLOSED_AFTER_ANSWER, HR_PRODUCT_GO));
    g_assert_nonnull(strstr(text->str, "io.Discard"));
    g_assert_nonnull(strstr(text->str, "one http.Client"));
    g_string_free(text, TRUE);
}

/* What a device forgets is told when it is so, for each library that has words on it. */
static void words_on_devices_are_for_a_long_rest(void)
{
    for (hr_library library = 0; library < HR_PRODUCT_COUNT; library++) {
        const hr_words *words = hr_product_words(library, HR_TOPIC_OUTLAST);
        g_autoptr(GString) text = g_string_new(NULL);

        if (words != NULL && hr_advice_append(text, HR_FINDING_IDLE_DROPPED, library)) {
            g_autofree char *said = g_strconcat("after a long idle time, ", words->text, NULL);
            g_assert_nonnull(strstr(text->str, said));
        }
    }
}

static void unknown_client_has_the_general_words(void)
{
    GString *text = g_string_new(NULL);

    for (hr_finding_code code = 0; code < HR_FINDING_COUNT; code++) {
        g_assert_false(hr_advice_append(text, code, HR_LIBRARY_UNKNOWN));
    }
    g_assert_false(hr_advice_append(text, HR_FINDING_GOAWAY, HR_PRODUCT_GO));
    g_assert_false(hr_advice_is_for(HR_FINDING_GOAWAY));
    g_assert_cmpuint(text->len, ==, 0);
    g_string_free(text, TRUE);
}

/* Nearly all who name themselves in User-Agent have words; each of these can share, and says where
 * its words are from. */
static void every_library_can_share_and_every_advice_has_a_source(void)
{
    unsigned count = 0;

    for (hr_product_id id = HR_PRODUCT_NONE + 1; id < HR_PRODUCT_COUNT; id++) {
        GString *text = g_string_new(NULL);
        const bool can_share = hr_advice_append(text, HR_FINDING_MISSED_REUSE, id);
        count += can_share;
        for (hr_finding_code code = 0; code < HR_FINDING_COUNT; code++) {
            const bool has_words = hr_advice_append(text, code, id);
            g_assert_true(!has_words || (can_share && hr_advice_is_for(code)));
            g_assert_true(!has_words || g_str_has_suffix(text->str, "."));
        }
        g_string_free(text, TRUE);
    }
    g_assert_cmpuint(count, >, 30);
}

static void client_is_who_its_user_agent_says(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(1), .user_agent = GO);
    trace_answer(c, AT_MS(2));
    trace_request(c, AT_MS(3), .user_agent = GO);

    g_assert_cmpint(hr_library_of(c->model), ==, HR_PRODUCT_GO);
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
    trace_analysis(t);

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
    g_test_add_func("/advice/named/browsers", browsers_are_named_behind_mozilla);
    g_test_add_func("/advice/library/named", libraries_name_themselves);
    g_test_add_func("/advice/library/first", first_known_product_is_the_library);
    g_test_add_func("/advice/library/others", other_names_are_nobody);
    g_test_add_func("/advice/words/condition", advice_is_a_condition_in_the_librarys_words);
    g_test_add_func("/advice/words/base", words_of_what_it_is_built_on_hold);
    g_test_add_func("/advice/words/own", words_name_the_settings_that_a_user_has);
    g_test_add_func("/advice/words/one-request", servers_of_one_request_have_no_setting);
    g_test_add_func("/advice/words/told", all_words_can_be_told);
    g_test_add_func("/advice/words/two", two_candidates_have_the_advice_of_both);
    g_test_add_func("/advice/words/devices", words_on_devices_are_for_a_long_rest);
    g_test_add_func("/advice/words/unknown", unknown_client_has_the_general_words);
    g_test_add_func("/advice/words/all", every_library_can_share_and_every_advice_has_a_source);
    g_test_add_func("/advice/client/direct", client_is_who_its_user_agent_says);
    g_test_add_func("/advice/client/relayed", relayed_request_names_nobody);
    g_test_add_func("/advice/client/http10", http10_request_names_nobody);
    g_test_add_func("/advice/client/several", several_programs_on_one_connection_name_nobody);
    return g_test_run();
}
