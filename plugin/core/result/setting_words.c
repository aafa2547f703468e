/* setting_words.c
 * Settings of products, under the condition that a header names the product, with their defaults
 * from software/.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/setting_words.h"

#include "core/model/hops.h"
#include "core/model/quic.h"
#include "core/result/fix_kinds.h"
#include "core/result/quic_words.h"
#include "software/software.h"

/* "75 s", "1.5 s", "250 ms" */
void hr_append_setting_time(GString *text, int64_t ns)
{
    const int64_t ms = ns / HR_NS_PER_MS;

    if (ms % 1000 == 0) {
        g_string_append_printf(text, "%" G_GINT64_FORMAT " s", ms / 1000);
    } else {
        g_string_append_printf(text, "%" G_GINT64_FORMAT " ms", ms);
    }
}

void hr_append_server_condition(GString *text, hr_product_id server)
{
    g_string_append_printf(
        text, "If this server is %s, as its Server header says: ", hr_product_called(server));
}

void hr_append_client_condition(GString *text, hr_library library)
{
    g_string_append_printf(
        text, "If this client is %s, as its User-Agent says: ", hr_product_called(library));
}

void hr_append_proxy_condition(GString *text, hr_product_id proxy)
{
    g_string_append_printf(text,
                           "A proxy opened these. If it is %s, as its answers to its clients say: ",
                           hr_product_called(proxy));
}

/* That of the connections' idle times, else that which the named product has: it may have another
 * value here. */
static const hr_timer *timer_to_raise(const hr_fix *fix, hr_side side)
{
    const hr_ending *ending = &hr_fix_example(fix)->ending;
    const bool is_named = ending->timer_count > 0 && ending->is_timer_named;

    if (is_named && hr_ending_timer(ending, 0)->side == side &&
        hr_ending_timer(ending, 0)->idle_ns > 0) {
        return hr_ending_timer(ending, 0);
    }
    return hr_product_timer(side == HR_SIDE_SERVER ? fix->server : fix->library, side);
}

/* Whose setting it is, in the words of who says that it is there: @named, which is built on
 * that. */
static hr_product_id as_named(hr_product_id owner, hr_product_id named)
{
    return hr_product_is_built_on(named, owner) ? named : owner;
}

static void append_timer_to_raise(const hr_told *told, const hr_timer *timer, const char *others)
{
    g_string_append_printf(told->text, "raise %s (", timer->setting);
    hr_append_setting_time(told->text, timer->idle_ns);
    g_string_append_printf(told->text,
                           " by default) above the pauses between requests, and keep %s.", others);
    hr_tell_source(told, timer->source);
}

bool hr_append_timer(const hr_told *told, const hr_fix *fix, hr_side side)
{
    const hr_timer *timer = timer_to_raise(fix, side);

    if (timer == NULL) {
        return false;
    }
    if (side == HR_SIDE_SERVER) {
        hr_append_server_condition(told->text, as_named(timer->product, fix->server));
        append_timer_to_raise(told, timer, "the client's idle timeout a little shorter");
    } else {
        hr_append_client_condition(told->text, as_named(timer->product, fix->library));
        append_timer_to_raise(told, timer, "it shorter than the server's idle timeout");
    }
    return true;
}

static bool is_over_in_silence(const hr_connection *connection)
{
    return connection->seldom->quic != NULL &&
           (connection->seldom->quic->silent_end_ns != HR_TIME_NONE ||
            connection->ending.cause == HR_CLOSE_IDLE_DROPPED);
}

#define SHORTER                                                                                    \
    "A QUIC connection is over, without a packet, after the shorter of both sides' idle timeouts"  \
    " (max_idle_timeout). "
#define PAUSES                                                                                     \
    " longer than the pauses between requests (quic-go, and so Caddy: MaxIdleTimeout, 30 s by"     \
    " default), or let the client send PINGs."

bool hr_append_quic_timer(const hr_told *told, const hr_fix *fix)
{
    if (!hr_fix_are_all(fix, is_over_in_silence)) {
        return false;
    }
    const hr_side side = hr_quic_idle_timeout_side(hr_fix_example(fix));
    hr_tell(told,
            side == HR_SIDE_SERVER   ? SHORTER "Here that is the server's: let it be" PAUSES
            : side == HR_SIDE_CLIENT ? SHORTER "Here that is the client's: let it be" PAUSES
                                     : SHORTER "Here both said the same: let both be" PAUSES,
            "RFC 9000 section 10.1; quic-go, Config.MaxIdleTimeout, KeepAlivePeriod");
    return true;
}

/* How long before the announced time a client gives a connection up, where that leaves nothing.
 * @library: any, where it is not known. */
static const hr_timer *timer_of_hint(hr_product_id library, const hr_connection *connection)
{
    const int64_t announced_ns = connection->keep_alive.timeout_s * HR_NS_PER_S;
    size_t count = 0;
    const hr_timer *timers = hr_timers(&count);

    for (size_t i = 0; i < count && announced_ns > 0; i++) {
        const bool is_its = timers[i].product == library || library == HR_LIBRARY_UNKNOWN;
        if (is_its && announced_ns + timers[i].idle_ns <= 0) { /* no server's is negative */
            return &timers[i];
        }
    }
    return NULL;
}

static const hr_timer *timer_of_hints(const hr_fix *fix)
{
    const hr_timer *timer = NULL;

    for (guint i = 0; i < fix->connections->len; i++) {
        timer = timer_of_hint(fix->library, fix->connections->pdata[i]);
        if (timer == NULL || fix->longest_idle_ns >= HR_NS_PER_S) {
            return NULL;
        }
    }
    return timer;
}

bool hr_may_heed_hint(const hr_fix *fix)
{
    return fix->change == HR_CHANGE_KEEP_CLIENT && fix->library == HR_LIBRARY_UNKNOWN &&
           fix->after_answer == fix->connections->len && timer_of_hints(fix) != NULL;
}

bool hr_append_hint(const hr_told *told, const hr_fix *fix)
{
    const hr_timer *timer = fix->library != HR_LIBRARY_UNKNOWN ? timer_of_hints(fix) : NULL;

    if (timer == NULL) {
        return false;
    }
    hr_append_client_condition(told->text, fix->library);
    g_string_append(told->text, "it gives a connection up ");
    hr_append_setting_time(told->text, -timer->idle_ns);
    g_string_append_printf(told->text,
                           " before the Keep-Alive: timeout that the server announces (%s), here at"
                           " once. Let the server keep connections, and announce it, for longer.",
                           timer->setting);
    hr_tell_source(told, timer->source);
    return true;
}

bool hr_append_proxy_timer(const hr_told *told, const hr_fix *fix)
{
    const hr_timer *timer = hr_product_timer(fix->proxy, HR_SIDE_CLIENT);

    if (timer == NULL) {
        return false;
    }
    hr_append_proxy_condition(told->text, fix->proxy);
    append_timer_to_raise(told, timer, "it shorter than the upstream's");
    return true;
}

void hr_append_servers_part(const hr_told *told, const hr_fix *fix)
{
    const hr_timer *timer = hr_product_timer(fix->server, HR_SIDE_SERVER);

    if (timer != NULL) {
        g_string_append_printf(told->text,
                               " Or let the server keep idle connections for longer than the"
                               " client does: in %s, as its Server header says, by %s (",
                               hr_product_called(fix->server), timer->setting);
        hr_append_setting_time(told->text, timer->idle_ns);
        g_string_append(told->text, " by default).");
        hr_tell_source(told, timer->source);
    }
}

/* That of a proxy which named itself to its own clients. */
static bool append_proxy_limit(const hr_told *told, const hr_fix *fix)
{
    const hr_limit *limit = hr_product_limit(fix->proxy, HR_SIDE_CLIENT, HR_LIMIT_REQUESTS);

    if (limit == NULL) {
        return false;
    }
    hr_append_proxy_condition(told->text, fix->proxy);
    g_string_append_printf(told->text, "raise %s (%" G_GINT64_FORMAT " by default).",
                           limit->setting, limit->value);
    hr_tell_source(told, limit->source);
    return true;
}

bool hr_append_limit(const hr_told *told, const hr_fix *fix)
{
    const hr_side side =
        fix->by_client > 0 && fix->by_server == 0 ? HR_SIDE_CLIENT : HR_SIDE_SERVER;
    const hr_limit *limit =
        hr_limit_met(hr_fix_example(fix), side, HR_LIMIT_REQUESTS, fix->limit_max);

    if (side == HR_SIDE_CLIENT && append_proxy_limit(told, fix)) {
        return true;
    }
    if (side == HR_SIDE_CLIENT) {
        hr_tell(told,
                "The client bounds the requests on a connection: raise its limit (nginx, to its"
                " upstream: keepalive_requests in the upstream block, 1000 by default).",
                "ngx_http_upstream_module, keepalive_requests");
        return true;
    }
    if (limit == NULL || !hr_product_is_built_on(fix->server, limit->product)) {
        return false;
    }
    hr_append_server_condition(told->text, fix->server);
    g_string_append_printf(
        told->text,
        "raise %s, which by default ends a connection with request %" G_GINT64_FORMAT
        ", where clients are trusted and busy.",
        limit->setting, limit->value);
    hr_tell_source(told, limit->source);
    return true;
}

#define SLURPED 2048 /* net/http, client.go, maxBodySlurpSize */

/* 301, 302, 303, 307, 308 (RFC 9110 §15.4), with more than what net/http reads of one itself. */
static bool ends_in_redirect(const hr_connection *connection)
{
    const hr_request *last = connection->last_request;
    const int code = last != NULL ? last->response_code : 0;

    return ((code >= 301 && code <= 303) || code == 307 || code == 308) &&
           (last->answer_length == 0 || last->answer_length > 1 + SLURPED);
}

bool hr_append_redirects(const hr_told *told, const hr_fix *fix)
{
    if (!hr_product_is_built_on(fix->library, HR_PRODUCT_GO)) {
        return false;
    }
    for (guint i = 0; i < fix->connections->len; i++) {
        if (!ends_in_redirect(fix->connections->pdata[i])) {
            return false;
        }
    }
    hr_append_client_condition(told->text, fix->library);
    hr_tell(told,
            "it follows redirects by itself, and reads no more than 2 KiB of such an answer before"
            " it closes it. Let the server send redirects with a shorter body or none, or ask for"
            " the address to which they lead. Where CheckRedirect returns http.ErrUseLastResponse,"
            " read the body to EOF, as others.",
            "net/http, client.go, maxBodySlurpSize; Client.CheckRedirect");
    return true;
}

void hr_append_user_timeout(const hr_told *told, const hr_fix *fix)
{
    if (fix->change == HR_CHANGE_DETECT_DEAD && hr_fix_unheard_over_quic(fix) == NULL) {
        hr_tell(told,
                " On Linux the socket option TCP_USER_TIMEOUT bounds how long TCP itself goes on"
                " without an acknowledgement: about 15 minutes by default (net.ipv4.tcp_retries2).",
                "tcp(7), TCP_USER_TIMEOUT, tcp_retries2; RFC 5482");
    }
}

void hr_append_silence(const hr_told *told, const hr_fix *fix)
{
    int64_t least_ns = 0;

    for (guint i = 0; i < fix->connections->len; i++) {
        const hr_connection *connection = fix->connections->pdata[i];
        const int64_t silence_ns = hr_hops_silence_ns(connection);
        if (connection->ending.cause == HR_CLOSE_IDLE_DROPPED && silence_ns > 0 &&
            (least_ns == 0 || silence_ns < least_ns)) {
            least_ns = silence_ns;
        }
    }
    if (fix->change == HR_CHANGE_OUTLAST_DEVICE && least_ns >= HR_NS_PER_S) {
        const bool is_reset = hr_fix_reset_elsewhere(fix) != NULL;
        g_string_append(told->text, is_reset ? " No packet had passed before the reset for "
                                             : " The other side is the device here: it forgot what"
                                               " no packet had passed on for ");
        hr_append_setting_time(told->text, least_ns / HR_NS_PER_S * HR_NS_PER_S);
        g_string_append(told->text, is_reset ? "." : ", or less.");
    }
}

void hr_append_hops(const hr_told *told, const hr_fix *fix)
{
    const hr_connection *reset = hr_fix_reset_elsewhere(fix);
    hr_reset_hops hops;

    if (reset != NULL && hr_hops_of_end(reset, &hops)) {
        g_string_append_printf(
            told->text,
            " What tells is the hop limit (TTL) of the reset: %u, where all other"
            " packets of the %s have %u.",
            hops.reset, hops.whose, hops.usual);
    }
}

void hr_append_places(const hr_told *told, const hr_fix *fix)
{
    if (fix->change == HR_CHANGE_KEEP_MORE_IN_ALL && hr_fix_is_for_proxy(fix)) {
        hr_tell(told,
                " All servers of an upstream share its places: there have to be at least as many as"
                " servers.",
                "ngx_http_upstream_module, keepalive");
    }
}
