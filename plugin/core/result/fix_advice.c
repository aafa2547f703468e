/* fix_advice.c
 * Who has to change what. The words are those of the party that has to act: the client's library by
 * its User-Agent, the server by its Server, a proxy in a proxy's words only.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "core/ending/ends.h"
#include "core/result/change_words.h"
#include "core/result/fix_kinds.h"
#include "core/result/fix_setup.h"
#include "core/result/fix_spoken.h"
#include "core/result/fix_words.h"
#include "core/result/quic_words.h"
#include "core/result/setting_words.h"
#include "software/words.h"

enum {
    ENHANCE_YOUR_CALM = 11 /* RFC 9113 §7 */
};

/* HTTP/1.0 under the name of a program that speaks HTTP/1.1 suggests a proxy, or curl -0; a line of
 * the proxy's, or what it passes on, shows it. */
static bool is_proxy_guessed(const hr_fix *fix)
{
    const hr_connection *connection = hr_fix_example(fix);

    return connection->products.is_below_its_program && !connection->products.is_relayed &&
           connection->first_request != NULL && connection->first_request->ties->passes_on == NULL;
}

static bool has_pinged_too_often(const hr_connection *connection)
{
    return connection->seldom->goaway->error == ENHANCE_YOUR_CALM;
}

static bool append_goaway(const hr_told *told, const hr_fix *fix)
{
    if (!hr_fix_are_all(fix, has_pinged_too_often)) {
        return false;
    }
    hr_tell(told,
            "ENHANCE_YOUR_CALM: the client sends more pings than the server allows. Let it ping"
            " less often (gRPC: the keepalive time), or let the server allow more (gRPC: one in 5"
            " minutes by default, in Go keepalive.EnforcementPolicy.MinTime).",
            "RFC 9113 section 7; gRPC, Keepalive");
    return true;
}

/* Words of the requests that a server does not read are not those of an error of its own. */
static bool append_own_error(const hr_told *told, const hr_fix *fix)
{
    for (guint i = 0; i < fix->connections->len; i++) {
        const hr_connection *connection = fix->connections->pdata[i];
        const hr_request *last = connection->last_request;
        if (last == NULL || last->response_code < 500 || last->has_body_unfinished) {
            return false;
        }
    }
    hr_tell(told,
            "Mend what the error is about, keep-alive is not: its log, or that of what is behind"
            " it, says what failed. Some servers close after an error of their own (nginx after 500"
            " and 501).",
            "nginx, src/http/ngx_http_special_response.c");
    return true;
}

static bool append_server_close(const hr_told *told, const hr_fix *fix)
{
    if (hr_fix_has_cut_answers(fix)) {
        hr_tell(told,
                "Look into the server's log for that moment: a crash, a killed worker, a deadline"
                " of its own, its upstream (nginx proxy_read_timeout, 60 s by default, where a"
                " stream is silent for longer), or a Content-Length that is larger than what it"
                " sends. Keep-alive has no part in it.",
                "ngx_http_proxy_module, proxy_read_timeout; RFC 9112 section 8");
        return true;
    }
    if (hr_fix_may_have_been_announced(fix)) {
        hr_tell(told,
                "Nobody can read who asked for it: the client may have said Connection: close or"
                " asked with HTTP/1.0 (Python's urllib.request, an HTTP library without its pool,"
                " nginx as a proxy without proxy_http_version 1.1), or the server keeps none or"
                " bounds their requests (nginx keepalive_timeout, keepalive_requests).",
                "RFC 9112 section 9.3; Python, urllib/request.py; ngx_http_proxy_module;"
                " ngx_http_core_module");
        return true;
    }
    return false;
}

/* Nothing but a deadline ends all after the same time. */
static bool append_server_deadline(const hr_told *told, const hr_fix *fix)
{
    if (fix->timed_out < fix->connections->len) {
        return false;
    }
    hr_tell(told,
            "Raise that deadline, or let the answer begin before it: the server's own (Go"
            " Server.WriteTimeout and Node.js server.timeout, none by default; gunicorn timeout,"
            " 30 s), or that of what is before or behind it. Keep-alive has no part in it.",
            "net/http, Server.WriteTimeout; Node.js, http, server.timeout; gunicorn, Settings");
    return true;
}

/* Its client had read all there was: who has to go on is the server. */
static bool append_rest_awaited(const hr_told *told, const hr_fix *fix)
{
    if (!hr_fix_is_left_waiting(fix) || hr_fix_is_timed_out_in_answers(fix)) {
        return false;
    }
    hr_tell(
        told,
        "All that had come was read, and for a while nothing more came. See why the server stops"
        " in the middle of an answer: it works on, its upstream is slow, or its Content-Length"
        " is larger than what it sends. Else let the client wait longer, or cancel less: on"
        " HTTP/1 that costs the connection, and so does the end of a stream that has none"
        " (text/event-stream, a long poll).",
        "RFC 9112 sections 8 and 9.6; WHATWG HTML, Server-sent events");
    return true;
}

static bool append_endless(const hr_told *told, const hr_fix *fix)
{
    if (!hr_fix_are_endless(fix)) {
        return false;
    }
    hr_tell(
        told,
        "What was left are streams without an end (text/event-stream,"
        " multipart/x-mixed-replace), which can only be left: on HTTP/1 each takes its"
        " connection with it. There is nothing to change, unless they are left more often than"
        " is meant; over HTTP/2 only the stream ends. One that does end (an API that streams its"
        " answer, up to \"data: [DONE]\") keeps its connection if it is read to its last"
        " byte.",
        "WHATWG HTML, Server-sent events; RFC 9112 section 9.6");
    return true;
}

/* It has pools side by side by itself, of which its own words tell. */
static bool is_browser(hr_product_id product)
{
    return product == HR_PRODUCT_CHROME || product == HR_PRODUCT_FIREFOX;
}

/* A client object for each call uses nothing again. */
static bool append_pools_in_use(const hr_told *told, const hr_fix *fix)
{
    const hr_change_words *row = hr_change_words_of(HR_CHANGE_SHARE_POOL);

    if (!hr_fix_are_pools_in_use(fix) || is_browser(fix->library)) {
        return false;
    }
    hr_tell(told,
            "Each of these was used again, and so was the one that was idle beside it: they are of"
            " pools side by side, and not of a client object for each call. Several processes, and"
            " several machines behind one address, have a pool each: then these are as they should"
            " be. Where one program has them: ",
            NULL);
    hr_tell(told, row->advice, row->source);
    return true;
}

static bool is_one_way(const hr_connection *connection)
{
    return connection->is_one_way;
}

/* What was captured from the start to the end lacks a side. */
static bool append_missing_side(const hr_told *told, const hr_fix *fix)
{
    if (!hr_fix_are_all(fix, is_one_way)) {
        return false;
    }
    hr_tell(told,
            "Capture both directions: only one side's packets are there (an asymmetric route, a"
            " mirror of one direction, a filter), and what the other side said is not known.",
            "Wireshark wiki, CaptureSetup/Ethernet");
    return true;
}

/* Keys show no more of what is in the clear, or was read. */
static bool append_without_keys(const hr_told *told, const hr_fix *fix)
{
    if (fix->opaque > 0) {
        return false;
    }
    hr_tell(
        told,
        "Capture from the client's start to its end, to see why; a file that is not in the order"
        " of time, as of several interfaces, is sorted by reordercap.",
        "reordercap(1)");
    return true;
}

static bool append_setting(const hr_told *told, const hr_fix *fix)
{
    switch (fix->change) {
    case HR_CHANGE_SHARE_POOL:
        return append_pools_in_use(told, fix);
    case HR_CHANGE_LOOK:
        return append_missing_side(told, fix) || append_without_keys(told, fix);
    case HR_CHANGE_READ_BODIES:
        return append_endless(told, fix) || append_rest_awaited(told, fix) ||
               hr_append_redirects(told, fix);
    case HR_CHANGE_MEND_SERVER:
        return hr_append_spoken(told, fix) || append_server_deadline(told, fix);
    case HR_CHANGE_KEEP_CLIENT:
        return hr_append_hint(told, fix);
    case HR_CHANGE_KEEP_OPEN:
        return append_server_close(told, fix);
    case HR_CHANGE_MEND_ERRORS:
        return append_own_error(told, fix);
    case HR_CHANGE_STAY_UP:
        return hr_append_forgotten(told, fix);
    case HR_CHANGE_AVOID_GOAWAY:
        return append_goaway(told, fix);
    case HR_CHANGE_REACH_SERVER:
        return hr_append_who_ended_setup(told, fix);
    case HR_CHANGE_LENGTHEN_SERVER_IDLE:
        return hr_append_quic_timer(told, fix) || hr_append_timer(told, fix, HR_SIDE_SERVER);
    case HR_CHANGE_LENGTHEN_CLIENT_IDLE:
        return hr_append_quic_timer(told, fix) || hr_append_timer(told, fix, HR_SIDE_CLIENT);
    case HR_CHANGE_RAISE_REQUEST_LIMIT:
        return hr_append_limit(told, fix);
    default:
        return false;
    }
}

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
    const hr_words *before = NULL;

    for (size_t i = 0; i < HR_CHANGE_TOPICS; i++) {
        const hr_words *words = hr_product_words(fix->library, topics[i]);
        if (words == NULL || words == before || is_vain(fix, topics[i], before != NULL)) {
            continue;
        }
        if (before == NULL) {
            hr_append_client_condition(told->text, fix->library);
        } else {
            g_string_append(told->text, topics == hidden_topics
                                            ? " And, should answers be left unread: "
                                            : " And ");
        }
        hr_tell(told, words->text, words->source);
        before = words;
    }
    return before != NULL;
}

/* Where the proxy named itself to its own clients. */
static bool append_proxy_words(const hr_told *told, const hr_fix *fix)
{
    const hr_words *words = hr_product_words(fix->proxy, HR_TOPIC_UPSTREAM);

    if (words == NULL) {
        return false;
    }
    hr_append_proxy_condition(told->text, fix->proxy);
    hr_tell(told, words->text, words->source);
    return true;
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

/* Whether what a proxy is told is about its pool as a whole, and not about one timer. */
static bool is_about_pool(hr_change change)
{
    return change != HR_CHANGE_EXPIRE_SOONER && change != HR_CHANGE_WAIT_LONGER &&
           change != HR_CHANGE_DETECT_DEAD && change != HR_CHANGE_LENGTHEN_CLIENT_IDLE &&
           change != HR_CHANGE_READ_BODIES;
}

static void append_proxy_advice(const hr_told *told, const hr_fix *fix, const hr_change_words *row)
{
    if (hr_fix_may_be_checks(fix)) {
        hr_tell(told,
                "Each asks for the same, without a User-Agent: these may be the proxy's health"
                " checks (HAProxy option httpchk, a Varnish probe, nginx health_check), which have"
                " connections of their own on purpose; then there is nothing to change. Else: ",
                "HAProxy, option httpchk; VCL, probe; ngx_http_upstream_hc_module");
    }
    if (fix->change == HR_CHANGE_SPEAK_HTTP11 && is_proxy_guessed(fix)) {
        hr_tell(told,
                "If a proxy is between, as HTTP/1.0 under this User-Agent suggests: let it speak"
                " HTTP/1.1 and keep connections (nginx: proxy_http_version 1.1, proxy_set_header"
                " Connection \"\" and keepalive in the upstream block). Else let the program speak"
                " HTTP/1.1 (curl: without -0).",
                "ngx_http_upstream_module, keepalive; curl, --http1.0");
    } else if (fix->change == HR_CHANGE_LENGTHEN_CLIENT_IDLE && fix->closed_with > 0) {
        hr_tell(
            told,
            "What is between closed both of its sides at one moment: a TCP relay or balancer, or"
            " a proxy with one timeout for both. Raise its idle timeout above the pauses between"
            " requests (HAProxy: timeout client and timeout server; nginx stream: proxy_timeout,"
            " 10 min by default; socat -T); keep-alive of the server and of the client have no"
            " part in it.",
            "HAProxy, timeout client; ngx_stream_proxy_module, proxy_timeout; socat(1)");
    } else if (is_about_pool(fix->change) && hr_fix_is_spoken_for(fix)) {
        hr_tell(told,
                "Each of these tells its server of one client of the proxy's (PROXY protocol), and"
                " can serve no other. The proxy may keep it for that client's next request for as"
                " long as the client's own connection lasts (HAProxy: not with option"
                " http-server-close). Where more is to be spared, let the proxy tell of its clients"
                " in a header (X-Forwarded-For, Forwarded) instead: then all of them can share its"
                " connections.",
                "proxy-protocol.txt; HAProxy, send-proxy-v2, http-reuse; RFC 7239");
    } else if (hr_fix_is_one_to_one(fix)) {
        hr_tell(told,
                "What is between opened one for each of its clients', and carries as many bytes on"
                " both sides. If it relays TCP (socat, HAProxy in mode tcp, nginx stream), it"
                " follows its clients: let these keep their connections, and there is nothing to"
                " change in it. If it is a proxy of HTTP: let it share its connections to the"
                " upstream (HAProxy: http-reuse always).",
                "socat(1); HAProxy, mode; http-reuse; ngx_stream_proxy_module");
    } else if (fix->change == HR_CHANGE_SHARE_POOL && fix->origin->sums.reused > 0) {
        hr_tell(
            told,
            "A proxy opened these, and keeps connections to its upstream. Each of its workers,"
            " processes or threads has a pool of its own (nginx: worker_processes): then as many"
            " more are as they should be. Or it ties some to its clients' connections (HAProxy:"
            " http-reuse never, and in part safe, its default): let these be for all (HAProxy:"
            " http-reuse always).",
            "ngx_http_upstream_module, keepalive; HAProxy, http-reuse");
    } else if (!(is_about_pool(fix->change) && append_proxy_words(told, fix)) &&
               !(fix->change == HR_CHANGE_LENGTHEN_CLIENT_IDLE &&
                 hr_append_proxy_timer(told, fix))) {
        hr_tell(told, row->proxy_advice, row->proxy_source);
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
        append_proxy_advice(told, fix, row);
    } else if (hr_fix_is_left_unread(fix) && append_library_words(told, fix, unread_topics)) {
        return;
    } else if (hr_fix_is_left_unread(fix)) {
        append_general(told, fix, hr_change_words_of(HR_CHANGE_READ_BODIES));
    } else if (!append_setting(told, fix) && !append_library_words(told, fix, topics) &&
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
