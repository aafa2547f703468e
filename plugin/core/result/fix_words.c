/* fix_words.c
 * Sentences of an item, from the table of changes (change_words.h). The words are those of the party
 * that has to act: the client's library by its User-Agent, the server by its Server, a proxy in a
 * proxy's words only. Default settings come from software/.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/fix_words.h"

#include <string.h>

#include "core/result/change_words.h"
#include "core/result/fix_kinds.h"
#include "software/software.h"
#include "software/words.h"

/* ---- what happened ---- */

static void append_likely(GString *text, const hr_fix *fix)
{
    if (fix->likely == 0) {
        return;
    }
    if (fix->likely >= fix->connections->len) {
        g_string_append(text, " (likely)");
    } else {
        g_string_append_printf(text, " (%u of them likely)", fix->likely);
    }
}

/* "75 s", "1.5 s", "250 ms" */
static void append_default(GString *text, int64_t ns)
{
    const int64_t ms = ns / HR_NS_PER_MS;

    if (ms % 1000 == 0) {
        g_string_append_printf(text, "%" G_GINT64_FORMAT " s", ms / 1000);
    } else {
        g_string_append_printf(text, "%" G_GINT64_FORMAT " ms", ms);
    }
}

/* Given up after waits of one length. */
static void append_timeout(GString *text, const hr_fix *fix)
{
    if (fix->timed_out == 0) {
        return;
    }
    g_string_append(text, ", ");
    if (fix->timed_out < fix->connections->len) {
        g_string_append_printf(text, "%u of them ", fix->timed_out);
    }
    g_string_append(text, "after equally long waits (at most ");
    append_default(text, fix->longest_wait_ns);
    g_string_append(text, "): a timeout of its own");
}

static gint compare_codes(gconstpointer one, gconstpointer other)
{
    return (int)*(const uint16_t *)one - (int)*(const uint16_t *)other;
}

/* ": 400, 413", each once */
static void append_codes(GString *text, const hr_fix *fix)
{
    GArray *codes = g_array_new(FALSE, FALSE, sizeof(uint16_t));
    uint16_t said = 0;

    for (guint i = 0; i < fix->connections->len; i++) {
        const hr_connection *connection = fix->connections->pdata[i];
        const hr_request *last = connection->last_request;
        if (last != NULL && last->response_code >= 400) {
            g_array_append_val(codes, last->response_code);
        }
    }
    g_array_sort(codes, compare_codes);
    for (guint i = 0; i < codes->len; i++) {
        const uint16_t code = g_array_index(codes, uint16_t, i);
        if (code != said) {
            g_string_append_printf(text, "%s%u", said == 0 ? ": " : ", ", code);
        }
        said = code;
    }
    g_array_free(codes, TRUE);
}

static void append_detail(GString *text, const hr_fix *fix)
{
    if (fix->change == HR_CHANGE_MEND_ERRORS) {
        append_codes(text, fix);
    }
    if ((fix->change == HR_CHANGE_KEEP_CLIENT || fix->change == HR_CHANGE_KEEP_OPEN) &&
        fix->after_answer == fix->connections->len) {
        g_string_append(text, " right after a complete answer");
    }
    if (hr_fix_has_cut_answers(fix)) {
        g_string_append(text, " in the middle of an answer");
    }
    if (hr_fix_is_left_unread(fix)) {
        g_string_append(text, ", with an answer on it that was not read to its end (a reset shows"
                              " that, likely)");
    }
    if (fix->change == HR_CHANGE_RAISE_REQUEST_LIMIT) {
        g_string_append(text, fix->by_client > 0 && fix->by_server == 0 ? " by the client"
                                                                        : " by the server");
        if (fix->limit_max > 0 && fix->limit_min == fix->limit_max) {
            g_string_append_printf(text, ": %u", fix->limit_max);
        }
    }
    if (fix->change == HR_CHANGE_WAIT_LONGER || fix->change == HR_CHANGE_READ_BODIES) {
        append_timeout(text, fix);
    }
}

static bool are_all(const hr_fix *fix, hr_close_cause cause)
{
    for (guint i = 0; i < fix->connections->len; i++) {
        const hr_connection *connection = fix->connections->pdata[i];
        if (connection->ending.cause != cause) {
            return false;
        }
    }
    return fix->connections->len > 0;
}

void hr_fix_append_happened(GString *text, const hr_fix *fix)
{
    const hr_change_words *row = hr_change_words_of(fix->change);
    const uint32_t count =
        row->is_per_request && fix->findings > 0 ? fix->findings : fix->connections->len;
    const char *noun = row->is_per_request ? "request" : "connection";

    const bool is_told = fix->change == HR_CHANGE_KEEP_CLIENT && are_all(fix, HR_CLOSE_GOAWAY);

    g_string_append_printf(text, "%u %s%s%s", count, noun, count == 1 ? "" : "s",
                           is_told ? " that the client ended by a GOAWAY" : row->happened);
    if (!is_told) {
        append_detail(text, fix);
    }
    append_likely(text, fix);
}

/* ---- who has to change what ---- */

/* HTTP/1.0 under the name of a program that speaks HTTP/1.1 suggests a proxy, or curl -0; a line of
 * the proxy's, or what it passes on, shows it. */
static bool is_proxy_guessed(const hr_fix *fix)
{
    const hr_connection *connection = hr_fix_example(fix);

    return connection->products.is_below_its_program && !connection->products.is_relayed &&
           connection->first_request != NULL && connection->first_request->passes_on == NULL;
}

static void append_server_condition(GString *text, hr_product_id server)
{
    g_string_append_printf(
        text, "If this server is %s, as its Server header says: ", hr_product_called(server));
}

static void append_client_condition(GString *text, hr_library library)
{
    g_string_append_printf(
        text, "If this client is %s, as its User-Agent says: ", hr_product_called(library));
}

/* The idle timer of the product at @side that its header names, by its setting. */
static bool append_timer(GString *text, const hr_fix *fix, hr_side side)
{
    const hr_connection *connection = hr_fix_example(fix);
    const hr_ending *ending = &connection->ending;
    const bool is_named = ending->timer_count > 0 && ending->is_timer_named;

    if (!is_named || ending->timers[0]->side != side || ending->timers[0]->idle_ns <= 0) {
        return false;
    }
    if (side == HR_SIDE_SERVER) {
        append_server_condition(text, ending->timers[0]->product);
    } else {
        append_client_condition(text, ending->timers[0]->product);
    }
    g_string_append_printf(text, "raise %s (", ending->timers[0]->setting);
    append_default(text, ending->timers[0]->idle_ns);
    g_string_append(text, side == HR_SIDE_SERVER
                              ? " by default) above the pauses between requests, and keep the"
                                " client's idle timeout a little shorter."
                              : " by default) above the pauses between requests, and keep it"
                                " shorter than the server's idle timeout.");
    return true;
}

/* The limit of requests that the product which ended them has. */
static bool append_limit(GString *text, const hr_fix *fix)
{
    const hr_side side =
        fix->by_client > 0 && fix->by_server == 0 ? HR_SIDE_CLIENT : HR_SIDE_SERVER;
    const hr_limit *limit =
        hr_limit_met(hr_fix_example(fix), side, HR_LIMIT_REQUESTS, fix->limit_max);

    if (side == HR_SIDE_CLIENT) {
        g_string_append(text, "The client bounds the requests on a connection: raise its limit"
                              " (nginx, to its upstream: keepalive_requests in the upstream block,"
                              " 1000 by default).");
        return true;
    }
    if (limit == NULL || limit->product != fix->server) {
        return false;
    }
    append_server_condition(text, limit->product);
    g_string_append_printf(
        text,
        "raise %s, which by default ends a connection with request %" G_GINT64_FORMAT
        ", where clients are trusted and busy.",
        limit->setting, limit->value);
    return true;
}

/* The client said so, or had been shown something; one that gives up on silence does the same. */
static bool has_client_declined(const hr_connection *connection)
{
    return connection->is_tls && connection->ending.by == HR_SIDE_CLIENT &&
           (connection->tls.failed_by == HR_SIDE_CLIENT || connection->tls.hello.frame != 0);
}

/* The server refused nothing where the client did not like what it was shown. */
static bool append_who_ended_setup(GString *text, const hr_fix *fix)
{
    for (guint i = 0; i < fix->connections->len; i++) {
        if (!has_client_declined(fix->connections->pdata[i])) {
            return false;
        }
    }
    g_string_append(text, "The client ended the TLS handshake: its alert, or its log, says what it"
                          " did not accept (unknown_ca, bad_certificate: it does not trust the"
                          " server's certificate).");
    return true;
}

/* Words of the requests that a server does not read are not those of an error of its own. */
static bool append_own_error(GString *text, const hr_fix *fix)
{
    for (guint i = 0; i < fix->connections->len; i++) {
        const hr_connection *connection = fix->connections->pdata[i];
        const hr_request *last = connection->last_request;
        if (last == NULL || last->response_code < 500 || last->has_body_unfinished) {
            return false;
        }
    }
    g_string_append(text, "Mend what the error is about, keep-alive is not: its log, or that of"
                          " what is behind it, says what failed. Some servers close after an error"
                          " of their own (nginx after 500 and 501).");
    return true;
}

static bool append_server_close(GString *text, const hr_fix *fix)
{
    if (hr_fix_has_cut_answers(fix)) {
        g_string_append(text,
                        "Look into the server's log for that moment: a crash, a killed worker, a"
                        " deadline of its own, or its upstream (nginx proxy_read_timeout, 60 s by"
                        " default, where a stream is silent for longer). Keep-alive has no part in"
                        " it.");
        return true;
    }
    if (hr_fix_may_have_been_announced(fix)) {
        g_string_append(text,
                        "Nobody can read who asked for it: the client may have said Connection:"
                        " close or asked with HTTP/1.0 (Python's urllib.request, an HTTP library"
                        " without its pool, nginx as a proxy without proxy_http_version 1.1), or"
                        " the server keeps none or bounds their requests (nginx keepalive_timeout,"
                        " keepalive_requests).");
        return true;
    }
    return false;
}

static bool append_setting(GString *text, const hr_fix *fix)
{
    switch (fix->change) {
    case HR_CHANGE_KEEP_OPEN:
        return append_server_close(text, fix);
    case HR_CHANGE_MEND_ERRORS:
        return append_own_error(text, fix);
    case HR_CHANGE_REACH_SERVER:
        return append_who_ended_setup(text, fix);
    case HR_CHANGE_LENGTHEN_SERVER_IDLE:
        return append_timer(text, fix, HR_SIDE_SERVER);
    case HR_CHANGE_LENGTHEN_CLIENT_IDLE:
        return append_timer(text, fix, HR_SIDE_CLIENT);
    case HR_CHANGE_RAISE_REQUEST_LIMIT:
        return append_limit(text, fix);
    default:
        return false;
    }
}

static const hr_topic unread_topics[HR_CHANGE_TOPICS] = {HR_TOPIC_DRAIN, HR_TOPIC_SHARE};

static bool append_library_words(GString *text, const hr_fix *fix, const hr_topic *topics)
{
    const hr_words *before = NULL;

    for (size_t i = 0; i < HR_CHANGE_TOPICS; i++) {
        const hr_words *words = hr_product_words(fix->library, topics[i]);
        if (words == NULL || words == before) {
            continue;
        }
        if (before == NULL) {
            append_client_condition(text, fix->library);
        } else {
            g_string_append(text, " And ");
        }
        g_string_append(text, words->text);
        before = words;
    }
    return before != NULL;
}

/* Where the proxy named itself to its own clients. */
static bool append_proxy_words(GString *text, const hr_fix *fix)
{
    const hr_words *words = hr_product_words(fix->proxy, HR_TOPIC_UPSTREAM);

    if (words == NULL) {
        return false;
    }
    g_string_append_printf(text,
                           "A proxy opened these. If it is %s, as its answers to its clients say: ",
                           hr_product_called(fix->proxy));
    g_string_append(text, words->text);
    return true;
}

static bool append_server_words(GString *text, const hr_fix *fix, hr_topic topic)
{
    const bool is_clients = fix->change == HR_CHANGE_SPEAK_HTTP11 &&
                            hr_fix_example(fix)->first_request != NULL &&
                            hr_fix_example(fix)->first_request->is_http10;
    const bool is_kept = topic == HR_TOPIC_SERVE && hr_fix_keeps_connections(fix);
    const hr_words *words = is_clients || is_kept ? NULL : hr_product_words(fix->server, topic);

    if (words == NULL) {
        return false;
    }
    append_server_condition(text, fix->server);
    g_string_append(text, words->text);
    return true;
}

/* One connection would carry a burst over HTTP/2. */
static void append_h2(GString *text, const hr_fix *fix)
{
    const hr_connection *connection = hr_fix_example(fix);

    if ((fix->change == HR_CHANGE_KEEP_MORE_IDLE || fix->change == HR_CHANGE_BOUND_DIALS) &&
        connection->is_tls && fix->opaque == 0 && connection->protocol == HR_PROTOCOL_HTTP11 &&
        strstr(text->str, "HTTP/2") == NULL) {
        g_string_append(text,
                        " Over HTTP/2 one connection would carry them all: it was not agreed on"
                        " here (ALPN); see whether both sides offer h2 (in Go a Transport with a"
                        " TLSClientConfig or dialer of its own needs ForceAttemptHTTP2).");
    }
}

static void append_keys(GString *text, const hr_fix *fix)
{
    if (fix->opaque > 0) {
        g_string_append(text,
                        " This is judged from the connections alone: with the TLS keys"
                        " (SSLKEYLOGFILE; in Go tls.Config.KeyLogWriter) the requests tell more.");
    }
}

/* Where nobody had closed before, the server's timeout had no part in it; where the client's own
 * timeout came in the middle of an answer, its reading had none. */
static const hr_change_words *row_of(const hr_fix *fix)
{
    const bool is_all_reset = fix->reset_unasked == fix->connections->len;
    const bool is_all_timed_out = fix->timed_out == fix->connections->len;

    if (fix->change == HR_CHANGE_EXPIRE_SOONER && is_all_reset) {
        return hr_change_words_of(HR_CHANGE_OUTLAST_DEVICE);
    }
    return hr_change_words_of(fix->change == HR_CHANGE_READ_BODIES && is_all_timed_out
                                  ? HR_CHANGE_WAIT_LONGER
                                  : fix->change);
}

void hr_fix_append_advice(GString *text, const hr_fix *fix)
{
    const hr_change_words *row = row_of(fix);
    const bool is_proxys = hr_fix_is_for_proxy(fix) && row->proxy_advice != NULL;

    if (fix->change == HR_CHANGE_SPEAK_HTTP11 && is_proxys && is_proxy_guessed(fix)) {
        g_string_append(text,
                        "If a proxy is between, as HTTP/1.0 under this User-Agent suggests: let it"
                        " speak HTTP/1.1 and keep connections (nginx: proxy_http_version 1.1,"
                        " proxy_set_header Connection \"\" and keepalive in the upstream block)."
                        " Else let the program speak HTTP/1.1 (curl: without -0).");
    } else if (is_proxys) {
        const bool is_of_pool = fix->change != HR_CHANGE_EXPIRE_SOONER &&
                                fix->change != HR_CHANGE_WAIT_LONGER &&
                                fix->change != HR_CHANGE_LENGTHEN_CLIENT_IDLE;
        if (!is_of_pool || !append_proxy_words(text, fix)) {
            g_string_append(text, row->proxy_advice);
        }
    } else if (hr_fix_is_left_unread(fix) && append_library_words(text, fix, unread_topics)) {
        return;
    } else if (hr_fix_is_left_unread(fix)) {
        g_string_append(text, hr_change_words_of(HR_CHANGE_READ_BODIES)->advice);
    } else if (!append_setting(text, fix) && !append_library_words(text, fix, row->topics) &&
               !append_server_words(text, fix, row->server_topic)) {
        g_string_append(text, row->server_topic == HR_TOPIC_SERVE && hr_fix_keeps_connections(fix)
                                  ? "It keeps connections, for a while: see whether it, or what is"
                                    " before it, ended or was loaded again then, or whether a limit"
                                    " of requests, of age or of idle time was met (nginx"
                                    " keepalive_requests, Node.js maxRequestsPerSocket)."
                                  : row->advice);
    }
    append_h2(text, fix);
    append_keys(text, fix);
}
