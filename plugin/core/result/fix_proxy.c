/* fix_proxy.c
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/fix_proxy.h"

#include "core/result/fix_kinds.h"
#include "core/result/setting_words.h"

/* HTTP/1.0 under the name of a program that speaks HTTP/1.1 suggests a proxy, or curl -0; a line of
 * the proxy's, or what it passes on, shows it. */
static bool is_proxy_guessed(const hr_fix *fix)
{
    const hr_connection *connection = hr_fix_example(fix);

    return connection->products.is_below_its_program && !connection->products.is_relayed &&
           connection->first_request != NULL && connection->first_request->ties->passes_on == NULL;
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

/* Whether what a proxy is told is about its pool as a whole, and not about one timer. */
static bool is_about_pool(hr_change change)
{
    return change != HR_CHANGE_EXPIRE_SOONER && change != HR_CHANGE_WAIT_LONGER &&
           change != HR_CHANGE_DETECT_DEAD && change != HR_CHANGE_LENGTHEN_CLIENT_IDLE &&
           change != HR_CHANGE_READ_BODIES;
}

void hr_append_proxy_advice(const hr_told *told, const hr_fix *fix, const hr_change_words *row)
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
