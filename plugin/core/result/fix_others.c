/* fix_others.c
 * What else an item may be: what leaves the same packets.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/change_words.h"
#include "core/result/fix_kinds.h"
#include "core/result/fix_words.h"
#include "core/result/quic_words.h"
#include "core/result/setting_words.h"

/* By form of body-undrained, DESIGN section 5. */
static const char *const undrained_others[] = {
    "a request that was cancelled or timed out while its answer came; a stream without an end"
    " (server-sent events, a watch), which can only be left",
    "a socket that was set to close by a reset",
    "a client object or process for each call; the end of the program; a pool that keeps no more"
    " idle connections",
};

static void append_other(GString *text, size_t begin, const char *other)
{
    if (other != NULL) {
        g_string_append_printf(text, "%s%s", text->len > begin ? "; " : "", other);
    }
}

/* What has a connection of its own on purpose, and says neither its name nor that it passes on. */
static bool may_be_check(const hr_fix *fix)
{
    const hr_connection *example = hr_fix_example(fix);
    const hr_request *first = example->first_request;
    const bool is_asked =
        fix->change == HR_CHANGE_NO_CLIENT_CLOSE ||
        (fix->change == HR_CHANGE_SPEAK_HTTP11 && first != NULL && first->is_http10);

    return is_asked && !hr_fix_may_be_checks(fix) && !hr_fix_is_passed_on(fix) &&
           !example->products.is_relayed && example->products.user_agent == NULL;
}

/* Nobody is shown who asked: a browser would have said so. */
static bool may_be_browser(const hr_fix *fix)
{
    const hr_connection *example = hr_fix_example(fix);
    const hr_request *first = example->first_request;
    const bool is_unread =
        hr_connection_is_opaque(example) || (first != NULL && first->method == NULL);

    return fix->change == HR_CHANGE_SHARE_POOL && example->is_tls && is_unread &&
           hr_connection_program(example) == NULL && !hr_fix_is_for_proxy(fix);
}

static bool is_timer_of_tunnel(const hr_fix *fix)
{
    return hr_fix_example(fix)->transport == HR_TRANSPORT_TUNNEL &&
           (fix->change == HR_CHANGE_LENGTHEN_SERVER_IDLE ||
            fix->change == HR_CHANGE_LENGTHEN_CLIENT_IDLE);
}

/* What a client's library is told of the connections that it keeps. */
static bool is_about_kept(hr_change change)
{
    return change == HR_CHANGE_SHARE_POOL || change == HR_CHANGE_KEEP_MORE_IDLE ||
           change == HR_CHANGE_KEEP_MORE_IN_ALL || change == HR_CHANGE_KEEP_CLIENT ||
           change == HR_CHANGE_READ_BODIES;
}

/* What the client of a connection with streams may have closed it for. */
#define STREAMS_OTHERS                                                                             \
    "a client object or process for each call; the end of the program; an idle timeout of the"     \
    " client's own"

/* What has streams is told of timeouts of whatever length. */
static void append_own_timeout(GString *text, size_t begin, const hr_fix *fix)
{
    const bool is_client = fix->change == HR_CHANGE_KEEP_CLIENT;

    if (is_client && fix->longest_idle_ns >= HR_NS_PER_S && !hr_fix_has_streams(fix)) {
        append_other(text, begin, "an idle timeout of the client's own");
    } else if (hr_fix_is_idle_equally(fix) && !(is_client && hr_fix_has_streams(fix))) {
        append_other(text, begin,
                     is_client ? "an idle timeout of the client's own, as short as that"
                               : "an idle timeout of the server's own, as short as that");
    }
}

/* Nobody had closed before: its words are those of devices. */
static bool is_device_told(const hr_fix *fix)
{
    return fix->change == HR_CHANGE_EXPIRE_SOONER &&
           hr_fix_row(fix) == hr_change_words_of(HR_CHANGE_OUTLAST_DEVICE);
}

static void append_general(GString *text, size_t begin, const hr_fix *fix)
{
    const bool is_of_streams = fix->change == HR_CHANGE_KEEP_CLIENT && hr_fix_has_streams(fix);

    if (!hr_fix_is_reset_at_rest(fix)) {
        append_other(text, begin,
                     is_device_told(fix)
                         ? "the server's own idle timeout, or the end of its program"
                     : is_of_streams ? STREAMS_OTHERS
                                     : hr_change_words_of(fix->change)->others);
    }
}

/* What else than a device, or what device else, may have reset them. */
static void append_device(GString *text, size_t begin, const hr_fix *fix)
{
    if (fix->change == HR_CHANGE_EXPIRE_SOONER && fix->reset_unasked > 0 && !is_device_told(fix)) {
        append_other(text, begin,
                     "a device on the way (NAT, load balancer, firewall) that had forgotten the"
                     " idle connection and answered by a reset: no FIN had come before");
    }
    if (hr_fix_may_be_forgotten(fix)) {
        append_other(
            text, begin,
            "a device on the client's side (NAT, load balancer, firewall) that had forgotten"
            " the idle connection, which had rested long enough: what became of a request"
            " on it there is not in this capture, which was made closer to the server");
    }
    if (hr_fix_reset_elsewhere(fix) != NULL) {
        append_other(text, begin,
                     "the end in whose name the reset came: by another route than all before, or"
                     " of a system that gives resets another hop limit");
    }
}

/* HAProxy thins out what is idle, however long each had been: where what opened these calls itself
 * that, or nothing. */
static void append_purge(GString *text, size_t begin, const hr_fix *fix)
{
    const bool is_about_idle =
        (fix->change == HR_CHANGE_KEEP_CLIENT && fix->after_answer < fix->connections->len) ||
        fix->change == HR_CHANGE_KEEP_MORE_IDLE || fix->change == HR_CHANGE_KEEP_MORE_IN_ALL;

    if (is_about_idle && hr_fix_is_for_proxy(fix) &&
        (fix->proxy == HR_PRODUCT_NONE || fix->proxy == HR_PRODUCT_HAPROXY)) {
        append_other(text, begin,
                     "HAProxy's pool, which closes half of what is idle beyond its latest need each"
                     " pool-purge-delay (5 s by default), and what is above pool-max-conn or"
                     " pool-low-conn");
    }
}

/* What lost answers on their way, or took a client for one that had gone. */
static void append_paths(GString *text, size_t begin, const hr_fix *fix)
{
    append_other(text, begin, hr_fix_unheard_over_quic(fix));
    if (fix->half_closed == fix->connections->len) {
        append_other(text, begin,
                     "a client that shut down its sending side alone and waited for the answer (nc"
                     " -N): what it asked takes that for a cancel (nginx as a proxy, unless"
                     " proxy_ignore_client_abort is on)");
    }
    if (hr_fix_is_cut_in_parts(fix)) {
        append_other(text, begin,
                     "a path that lets no packets of full size through, and swallows the ICMP that"
                     " would say so (an MTU black hole: a tunnel, a VPN): what was small had been"
                     " acknowledged");
    }
    if (hr_fix_has_lost_answers(fix)) {
        append_other(text, begin,
                     "a path on which the answer was lost: the server had sent it, and its client"
                     " acknowledged no byte of it. One that lets no packets of full size through,"
                     " and swallows the ICMP that would say so, does that (an MTU black hole: a"
                     " tunnel, a VPN)");
    }
}

void hr_fix_append_others(GString *text, const hr_fix *fix)
{
    const size_t begin = text->len;

    if (hr_may_heed_hint(fix)) {
        append_other(text, begin,
                     "the Keep-Alive: timeout that the server announces, which is so short that"
                     " clients which go before it (Node.js' http.Agent 1 s, its fetch 2 s) keep"
                     " nothing: let the server announce, and keep, more");
    }
    append_general(text, begin, fix);
    append_device(text, begin, fix);
    if (fix->may_lack_streams > 0) {
        append_other(text, begin,
                     "all the streams that the server allows there were open: how many it allows,"
                     " and how many were, is inside TLS");
    }
    append_paths(text, begin, fix);
    if (hr_fix_is_close_by_name(fix)) {
        append_other(text, begin,
                     "a proxy between that says it and passes User-Agent on (nginx, where"
                     " proxy_set_header does not empty Connection)");
    }
    if (hr_fix_may_be_passed_on(fix)) {
        append_other(
            text, begin,
            "a proxy that passes on what its upstream answered, which closes because the"
            " proxy asks for it (Node.js http-proxy without an agent, Varnish's pipe): mend"
            " its requests to the upstream first");
    }
    if (hr_fix_is_timer_by_name(fix)) {
        append_other(text, begin,
                     "a proxy, or what ends TLS (stunnel), between, which passes User-Agent on and"
                     " has a timeout of its own");
    }
    if (hr_fix_is_cut_when_idle(fix)) {
        append_other(text, begin,
                     "a balancer, NAT or firewall between, whose idle timeout this is: most"
                     " programs close what is idle by a FIN, and these were reset");
    } else if (hr_fix_is_timer_by_server(fix)) {
        append_other(text, begin,
                     "a balancer or TCP relay before it, which passes Server on and has an idle"
                     " timeout of its own (HAProxy timeout client and timeout server, nginx"
                     " proxy_timeout in stream)");
    }
    append_own_timeout(text, begin, fix);
    append_purge(text, begin, fix);
    if (is_timer_of_tunnel(fix)) {
        append_other(text, begin,
                     "the proxy that carries the tunnel, which ends what is idle (tinyproxy"
                     " Timeout, 600 s by default; Squid read_timeout, 15 min)");
    }
    if (is_about_kept(fix->change) && hr_fix_is_asked_elsewhere(fix)) {
        append_other(text, begin,
                     "a proxy between, which passes User-Agent on: what was asked for is not at"
                     " this port");
    }
    if (fix->change == HR_CHANGE_KEEP_CLIENT && hr_fix_keeps_connections(fix) &&
        fix->after_answer < fix->connections->len) {
        append_other(text, begin,
                     "a program that closes its idle connections itself (in Go"
                     " CloseIdleConnections)");
    }
    if (fix->change == HR_CHANGE_KEEP_CLIENT && hr_fix_may_have_been_announced(fix)) {
        append_other(text, begin,
                     "Connection: close, said by either side where nobody can read it");
    }
    if (hr_fix_may_wait_after_head(fix)) {
        append_other(text, begin,
                     "a client that waits for the body which an answer to HEAD announces and does"
                     " not have, until its own timeout (curl -X HEAD: -I is what asks for none)");
    }
    if (hr_fix_may_be_other_name(fix)) {
        append_other(text, begin,
                     "another name at the same address and port: the snap length of the capture"
                     " cut the Host off (tcpdump -s 0 takes whole packets)");
    }
    if (may_be_browser(fix)) {
        append_other(text, begin,
                     "a browser, which keeps requests with and without credentials (cookies) apart,"
                     " and opens connections ahead of its requests");
    }
    append_other(text, begin,
                 may_be_check(fix) ? "a health check, which has a connection of its own on purpose"
                                     " (HAProxy option httpchk, a Varnish probe, a load balancer's"
                                     " target check)"
                                   : NULL);
    if (hr_fix_may_be_monitor(fix)) {
        append_other(text, begin,
                     "a health check or a monitor, which asks for the same at a steady pace, and"
                     " has a connection of its own each time on purpose");
    }
    if (hr_fix_is_left_unread(fix)) {
        append_other(text, begin, undrained_others[1]);
    }
    for (size_t form = 0; form < G_N_ELEMENTS(undrained_others); form++) {
        append_other(text, begin, fix->forms[form] > 0 ? undrained_others[form] : NULL);
    }
}
