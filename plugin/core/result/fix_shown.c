/* fix_shown.c
 * Where the packets of an item's connections say more than its change does: what there is to change then.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/fix_shown.h"

#include "core/ending/ends.h"
#include "core/result/change_words.h"
#include "core/result/fix_kinds.h"
#include "core/result/fix_setup.h"
#include "core/result/fix_spoken.h"
#include "core/result/quic_words.h"
#include "core/result/setting_words.h"

enum {
    ENHANCE_YOUR_CALM = 11 /* RFC 9113 §7 */
};

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
static bool is_turned_away(const hr_connection *connection)
{
    return connection->seldom->close_said.is_turned_away;
}

static bool append_own_error(const hr_told *told, const hr_fix *fix)
{
    if (hr_fix_are_all(fix, is_turned_away)) {
        hr_tell(told,
                "The server, or what is before it, said so as soon as the connection was there,"
                " before it had a byte of a request: it turned its client away, as at a limit of"
                " connections or of load. See which limit was met at that time, and let its client"
                " keep fewer connections, or open them more slowly.",
                "RFC 9110 section 15.6.4");
        return true;
    }
    if (hr_fix_is_answered_early(fix)) {
        hr_tell(told,
                "Let the server read each request to its end, also where it has no use for what is"
                " in it: what it leaves unread costs the connection (net/http's server reads up to"
                " 256 KiB of what a handler leaves). A client that asks first, by Expect:"
                " 100-continue, need not send what nobody reads.",
                "RFC 9112 section 9.3; RFC 9110 section 10.1.1; net/http, server.go,"
                " maxPostHandlerReadBytes");
        return true;
    }
    for (guint i = 0; i < fix->connections->len; i++) {
        const hr_connection *connection = fix->connections->pdata[i];
        const hr_request *last = connection->last_request;
        if (last == NULL || last->response_code < 500 || last->has_body_unfinished) {
            return false;
        }
    }
    hr_tell(told,
            "Mend what the error is about, not keep-alive: its log, or that of what is behind"
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

bool hr_append_shown(const hr_told *told, const hr_fix *fix)
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
