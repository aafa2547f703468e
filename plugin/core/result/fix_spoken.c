/* fix_spoken.c
 * Requests that were asked in another protocol than their server speaks: where it says so, which one
 * that is; where it only turns all of them away at once, that it may be so.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/fix_spoken.h"

#include "core/ending/ends.h"
#include "core/result/fix_kinds.h"

enum {
    TURNED_AWAY_MIN = 2 /* one may have met a crash */
};

static const int64_t at_once_ns = 15 * HR_NS_PER_MS;

static bool is_answered_in_tls(const hr_connection *connection)
{
    return hr_ending_spoken_instead(connection) == HR_SPOKEN_TLS;
}

static bool is_answered_in_h2(const hr_connection *connection)
{
    return hr_ending_spoken_instead(connection) == HR_SPOKEN_H2;
}

static bool is_answered_in_h1(const hr_connection *connection)
{
    return hr_ending_spoken_instead(connection) == HR_SPOKEN_HTTP1;
}

/* Its first request in the clear was all of it, and not one byte came but the end, at once. */
static bool is_turned_away(const hr_connection *connection)
{
    const hr_request *first = connection->first_request;
    const int64_t handshake_ns = hr_connection_tcp_handshake_ns(connection);

    return !connection->is_tls && connection->is_opening_seen && first != NULL &&
           first == connection->last_request &&
           hr_bytes_end(&hr_connection_server(connection)->out) == HR_POSITION_START &&
           hr_moment_elapsed_ns(first->sent, connection->ending.at) <=
               at_once_ns + MAX(handshake_ns, 0);
}

/* The server answered nobody of this item's client and name. */
static bool are_turned_away(const hr_fix *fix)
{
    return fix->connections->len >= TURNED_AWAY_MIN &&
           fix->connections->len == fix->origin->sums.connections &&
           hr_fix_are_all(fix, is_turned_away);
}

bool hr_append_spoken(const hr_told *told, const hr_fix *fix)
{
    static const struct {
        bool (*is_one)(const hr_connection *connection);
        const char *words;
        const char *source;
    } kinds[] = {
        {is_answered_in_tls,
         "The client asked in the clear, and the server answered with a TLS alert: it speaks TLS at"
         " this port. Let the client ask for https:// here.",
         "RFC 8446 section 6; RFC 9110 section 4.2"},
        {is_answered_in_h2,
         "The client spoke HTTP/1, and the server HTTP/2: it speaks nothing else in the clear at "
         "this"
         " port, as servers of gRPC do. Let the client speak HTTP/2 with prior knowledge (curl"
         " --http2-prior-knowledge, a gRPC client), or ask at the port that has HTTP/1.",
         "RFC 9113 section 3.3"},
        {is_answered_in_h1,
         "The client began with HTTP/2, and the server answered in HTTP/1: it speaks no HTTP/2 in "
         "the"
         " clear at this port. Let the client speak HTTP/1.1, or HTTP/2 over TLS, or let the server"
         " take it (in Go x/net/http2/h2c; in Node.js http2.createServer()).",
         "RFC 9113 section 3.3"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (hr_fix_are_all(fix, kinds[i].is_one)) {
            hr_tell(told, kinds[i].words, kinds[i].source);
            return true;
        }
    }
    if (!are_turned_away(fix)) {
        return false;
    }
    hr_tell(
        told,
        "Each was turned away at once, and none was answered. See whether the server speaks HTTP"
        " in the clear at this port: one that has TLS there, as of Node.js, closes so (https://"
        " instead of http://). Else see whether it minds something of the request, as Upgrade:"
        " h2c, which java.net.http sends unless it is told HTTP_1_1, where each Upgrade is taken"
        " for a WebSocket's; else its log: a crash. Keep-alive has no part in it.",
        "RFC 9110 sections 4.2 and 7.8; java.net.http, HttpClient.Version; Node.js, http, Event:"
        " 'upgrade'");
    return true;
}
