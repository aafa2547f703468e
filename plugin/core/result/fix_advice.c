/* fix_advice.c
 * Who has to change what. The words are those of the party that has to act: the client's library by
 * its User-Agent, the server by its Server, a proxy in a proxy's words only.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "core/result/change_words.h"
#include "core/result/fix_kinds.h"
#include "core/result/fix_proxy.h"
#include "core/result/fix_setup.h"
#include "core/result/fix_shown.h"
#include "core/result/fix_words.h"
#include "core/result/setting_words.h"
#include "software/words.h"

static const hr_topic unread_topics[HR_CHANGE_TOPICS] = {HR_TOPIC_DRAIN, HR_TOPIC_SHARE};
static const hr_topic hidden_topics[HR_CHANGE_TOPICS] = {HR_TOPIC_SHARE, HR_TOPIC_DRAIN};

static bool has_asked_in_http10(const hr_connection *connection)
{
    return connection->last_request != NULL && connection->last_request->is_http10;
}

/* Words on @topic say nothing of these connections, or after those on another nothing more: only
 * streams have PINGs, and a deadline ends no more than its stream. */
static bool is_vain(const hr_fix *fix, hr_topic topic, bool is_told)
{
    switch (topic) {
    case HR_TOPIC_HTTP11:
        return !hr_fix_are_all(fix, has_asked_in_http10);
    case HR_TOPIC_DRAIN:
        return hr_fix_has_streams(fix);
    case HR_TOPIC_PING:
        return !hr_fix_has_streams(fix);
    case HR_TOPIC_DEADLINE:
        return is_told;
    default:
        return false;
    }
}

static bool append_library_words(const hr_told *told, const hr_fix *fix, const hr_topic *topics)
{
    bool is_told = false;

    for (size_t i = 0; i < HR_CHANGE_TOPICS; i++) {
        const hr_words *words = hr_product_words(fix->library, topics[i]);
        if (words == NULL || is_vain(fix, topics[i], is_told)) {
            continue;
        }
        if (!is_told) {
            hr_append_client_condition(told->text, fix->library);
        } else {
            g_string_append(told->text, topics == hidden_topics
                                            ? " And, should answers be left unread: "
                                            : " And ");
        }
        hr_tell(told, words->text, words->source);
        is_told = true;
    }
    return is_told;
}

static bool append_server_words(const hr_told *told, const hr_fix *fix, hr_topic topic)
{
    const bool is_clients = fix->change == HR_CHANGE_SPEAK_HTTP11 &&
                            hr_fix_example(fix)->first_request != NULL &&
                            hr_fix_example(fix)->first_request->is_http10;
    const bool is_kept = topic == HR_TOPIC_SERVE && hr_fix_keeps_connections(fix);
    const hr_words *words = is_clients || is_kept ? NULL : hr_product_words(fix->server, topic);

    if (words == NULL) {
        return false;
    }
    hr_append_server_condition(told->text, fix->server);
    hr_tell(told, words->text, words->source);
    return true;
}

/* One connection would carry a burst over HTTP/2. */
static void append_h2(const hr_told *told, const hr_fix *fix)
{
    const hr_connection *connection = hr_fix_example(fix);

    if ((fix->change == HR_CHANGE_KEEP_MORE_IDLE || fix->change == HR_CHANGE_BOUND_DIALS) &&
        connection->is_tls && fix->opaque == 0 && connection->protocol == HR_PROTOCOL_HTTP11 &&
        strstr(told->text->str, "HTTP/2") == NULL) {
        hr_tell(told,
                " Over HTTP/2 one connection would carry them all: it was not agreed on here"
                " (ALPN); see whether both sides offer h2 (in Go a Transport with a TLSClientConfig"
                " or dialer of its own needs ForceAttemptHTTP2).",
                "RFC 9113 section 3.2; net/http, Transport.ForceAttemptHTTP2");
    }
}

/* What was cut short among others has nothing to do with their keep-alive. */
static void append_cut_answers(const hr_told *told, const hr_fix *fix)
{
    if (fix->cut_answers > 0 && !hr_fix_has_cut_answers(fix)) {
        hr_tell(told,
                " Where it closed in the middle of an answer, its log says why: a crash, a killed"
                " worker, a deadline, its upstream, or a Content-Length that is too large.",
                "RFC 9112 section 8");
    }
}

/* A timeout in the middle of an answer is no reason to wait longer where that never goes on. */
static void append_stopped_short(const hr_told *told, const hr_fix *fix)
{
    if (hr_fix_is_left_waiting(fix) && hr_fix_is_timed_out_in_answers(fix) &&
        !hr_fix_are_endless(fix)) {
        hr_tell(told,
                " Nothing more had come of these answers for a while: see whether the server stops"
                " there, or says a Content-Length that is larger than what it sends.",
                "RFC 9112 section 8");
    }
}

/* Code that goes on at an error, and returns before it reads, leaves just these. */
static void append_errors_left(const hr_told *told, const hr_fix *fix)
{
    if (fix->change == HR_CHANGE_READ_BODIES && hr_fix_errors(fix) == fix->connections->len &&
        !hr_fix_is_for_proxy(fix) && !hr_fix_is_left_waiting(fix) &&
        !hr_fix_is_timed_out_in_answers(fix)) {
        hr_tell(told,
                " What was left unread were errors: these have a body as well, which is to be read"
                " before the program goes on.",
                "RFC 9110 section 15.5");
    }
}

static void append_said_on(const hr_told *told, const hr_fix *fix)
{
    if (fix->closed_with > 0 && fix->change != HR_CHANGE_LENGTHEN_CLIENT_IDLE) {
        hr_tell(told,
                " What the proxy says to its own clients goes with it: it passes on what it is"
                " answered, or says close on both of its sides.",
                "RFC 9110 section 7.6.1");
    }
}

static void append_keys(const hr_told *told, const hr_fix *fix)
{
    if (fix->opaque > 0 && fix->change != HR_CHANGE_LOOK && !hr_fix_needs_no_keys(fix)) {
        hr_tell(told,
                " This is judged from the connections alone: with the TLS keys (SSLKEYLOGFILE; in"
                " Go tls.Config.KeyLogWriter) the requests tell more.",
                "Wireshark wiki, TLS; crypto/tls, Config.KeyLogWriter");
    }
}

static void append_whole_packets(const hr_told *told, const hr_fix *fix)
{
    if (hr_fix_is_cut_short(fix)) {
        hr_tell(told,
                " A snap length cut off what was said before: whole packets (tcpdump -s 0, dumpcap"
                " without -s) tell more.",
                "tcpdump(1), -s; dumpcap(1), -s");
    }
}

static void append_general(const hr_told *told, const hr_fix *fix, const hr_change_words *row)
{
    if (row->server_topic == HR_TOPIC_SERVE && hr_fix_keeps_connections(fix)) {
        hr_tell(told,
                "It keeps connections, for a while: see whether it, or what is before it, ended or"
                " was loaded again then, or whether a limit of requests, of age or of idle time was"
                " met (nginx keepalive_requests, 1000 by default, and keepalive_time, 1 h; gunicorn"
                " max_requests; Node.js maxRequestsPerSocket).",
                "ngx_http_core_module; gunicorn, Settings; Node.js, server.maxRequestsPerSocket");
    } else {
        hr_tell(told, row->advice, row->source);
    }
}

void hr_fix_append_advice(const hr_told *told, const hr_fix *fix)
{
    const hr_change_words *row = hr_fix_row(fix);
    const hr_topic *topics = hr_fix_may_hide_unread(fix) ? hidden_topics : row->topics;

    if (hr_fix_is_for_proxy(fix) && row->proxy_advice != NULL) {
        hr_append_proxy_advice(told, fix, row);
    } else if (hr_fix_is_left_unread(fix) && append_library_words(told, fix, unread_topics)) {
        return;
    } else if (hr_fix_is_left_unread(fix)) {
        append_general(told, fix, hr_change_words_of(HR_CHANGE_READ_BODIES));
    } else if (!hr_append_shown(told, fix) && !append_library_words(told, fix, topics) &&
               !append_server_words(told, fix, row->server_topic)) {
        append_general(told, fix, row);
    }
    if (row == hr_change_words_of(HR_CHANGE_EXPIRE_SOONER)) {
        hr_append_servers_part(told, fix);
    }
    append_cut_answers(told, fix);
    append_stopped_short(told, fix);
    append_errors_left(told, fix);
    append_said_on(told, fix);
    hr_append_places(told, fix);
    hr_append_silence(told, fix);
    hr_append_hops(told, fix);
    hr_append_user_timeout(told, fix);
    append_h2(told, fix);
    append_keys(told, fix);
    append_whole_packets(told, fix);
}
