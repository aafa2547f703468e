/* fix_setup.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/fix_setup.h"

#include "core/ending/ends.h"
#include "core/result/fix_kinds.h"

/* The client said so, or had been shown something; one that gives up on silence does the same. */
static bool has_client_declined(const hr_connection *connection)
{
    return connection->ending.by == HR_SIDE_CLIENT &&
           (connection->seldom->tls->failed_by == HR_SIDE_CLIENT ||
            connection->seldom->tls->hello.frame != 0);
}

/* Its alert, in a record or, over QUIC, in a CONNECTION_CLOSE. */
static bool has_server_declined(const hr_connection *connection)
{
    return connection->ending.by == HR_SIDE_SERVER &&
           connection->seldom->tls->failed_by == HR_SIDE_SERVER;
}

static bool was_refused(const hr_connection *connection)
{
    return connection->ending.by == HR_SIDE_SERVER && connection->established.frame == 0 &&
           connection->transport != HR_TRANSPORT_QUIC;
}

/* A server that stops takes no new connections, and serves those that it has to their end. */
static bool is_served_out(const hr_connection *busy)
{
    return busy->seldom->goaway->by == HR_SIDE_SERVER ||
           busy->seldom->close_said.by == HR_SIDE_SERVER ||
           busy->ending.cause == HR_CLOSE_SERVER_EXIT;
}

static bool was_at_the_end(const hr_connection *connection)
{
    const hr_connection *busy = hr_connection_opening(connection)->connection;

    return busy != NULL && is_served_out(busy);
}

/* Its server was there: it served another connection before, be that before the capture, and after. */
static bool was_refused_beside(const hr_connection *connection)
{
    const hr_connection *busy = hr_connection_opening(connection)->connection;
    const uint32_t refused = connection->ending.at.frame;

    return was_refused(connection) && busy != NULL &&
           (busy->established.frame != 0 || !busy->is_opening_seen) &&
           busy->established.frame < refused &&
           hr_tcp_last_word(hr_connection_server(busy)).frame > refused;
}

/* A client of QUIC that goes on over TCP says so into the silence, by CONNECTION_CLOSE. */
static bool was_unanswered_over_udp(const hr_connection *connection)
{
    return connection->transport == HR_TRANSPORT_QUIC &&
           hr_connection_server(connection)->last_sent.frame == 0;
}

static bool was_unanswered(const hr_connection *connection)
{
    return connection->ending.by == HR_SIDE_NONE || was_unanswered_over_udp(connection);
}

static bool is_setup_unanswered(const hr_connection *connection)
{
    return connection->ending.cause == HR_CLOSE_SETUP_FAILED && was_unanswered(connection);
}

static void tell_of_turns(const hr_told *told)
{
    hr_tell(
        told,
        "It was refused in turn with others that its server took: something bounds how many there"
        " may be in a time (a firewall's limit, as iptables hashlimit has; a balancer's), or its"
        " program comes and goes, which its log tells. Make fewer, and keep them, or raise that"
        " limit.",
        "iptables-extensions(8), hashlimit and limit");
}

bool hr_append_who_ended_setup(const hr_told *told, const hr_fix *fix)
{
    static const struct {
        bool (*is_one)(const hr_connection *connection);
        const char *words;
        const char *source;
    } kinds[] = {
        {hr_ending_is_tls_in_plain,
         "The client spoke TLS, and the server answered in plain HTTP: let the client ask for"
         " http:// here, or for the port that has TLS, or let the server end TLS at this one "
         "(nginx:"
         " listen ... ssl). A client that tries both, as of container registries, can be told that"
         " there is no TLS.",
         "RFC 9110 section 4.2; ngx_http_ssl_module, listen"},
        {has_client_declined,
         "The client ended the TLS handshake: its alert, or its log, says what it did not accept"
         " (unknown_ca, bad_certificate: it does not trust the server's certificate).",
         "RFC 8446 section 6.2"},
        {has_server_declined,
         "The server ended the TLS handshake: its alert, or its log, says what it did not accept"
         " (no_application_protocol: nothing that the client offers in ALPN; unrecognized_name: not"
         " this name; protocol_version, handshake_failure: no version or cipher in common;"
         " certificate_required: it asks its clients for certificates).",
         "RFC 8446 section 6.2; RFC 9001 section 4.8"},
        {was_refused_beside,
         "It was refused while its server went on with another one: something bounds how many there"
         " may be (a firewall's limit, as iptables connlimit has; a balancer's; a full backlog, on"
         " Windows). Make fewer at a time, or raise that limit.",
         "iptables-extensions(8), connlimit; Winsock, listen"},
        {was_refused,
         "Nobody listened at this address and port, or a firewall refused it: see whether the"
         " server runs, and where it listens (ss -ltn).",
         "RFC 9293 section 3.5.2"},
        {was_unanswered_over_udp,
         "No answer came over UDP to the client's Initials: see whether the server speaks HTTP/3 on"
         " this port, and whether a firewall drops UDP on the way, as many do; a client that can"
         " goes on over TCP. Let it pass, or announce no HTTP/3 (Alt-Svc) where it does not.",
         "RFC 9114 section 3.1; RFC 9308 section 2"},
        {was_unanswered,
         "No answer came to the SYN: see whether the address is the right one, and whether the host"
         " is up and no firewall drops what is sent to this port.",
         "RFC 9293 section 3.8.3"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        const bool is_over = kinds[i].is_one == was_refused_beside && !fix->is_reached_later &&
                             hr_fix_are_all(fix, was_at_the_end);
        if (!is_over && hr_fix_are_all(fix, kinds[i].is_one)) {
            if (kinds[i].is_one == was_refused && fix->is_taken_in_turns) {
                tell_of_turns(told);
            } else {
                hr_tell(told, kinds[i].words, kinds[i].source);
            }
            return true;
        }
    }
    return false;
}

bool hr_fix_needs_no_keys(const hr_fix *fix)
{
    return hr_fix_are_all(fix, hr_ending_is_tls_in_plain) ||
           hr_fix_are_all(fix, is_setup_unanswered);
}
