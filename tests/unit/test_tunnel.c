/* test_tunnel.c
 * Connections that leave HTTP, and connections through proxies: the tunnel inside a CONNECT, a
 * WebSocket after a 101, plain HTTP through a forward proxy. RFC 9110 §7.8, §9.3.6.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_fixes.h"
#include "trace_h2.h"

#define PROXY "10.0.0.3"

static trace_connection *open_proxy(trace *t, int64_t at)
{
    return trace_open_to(t, PROXY, 3128, at);
}

/* A CONNECT to @target and its 200: what follows is a tunnel's. */
static hr_request *tunnel_to(trace_connection *c, const char *target, int64_t at)
{
    hr_request *request =
        trace_request(c, at, .method = "CONNECT", .target = target, .host = target);
    trace_answer(c, at + AT_MS(1), .is_header_only = true);
    return request;
}

static const tls_kind with_keys = {.has_keys = true, .agrees = "http/1.1"};

static void assert_why(trace *t, const hr_connection *c, const char *token,
                       const hr_connection *other)
{
    trace_analysis(t);
    g_assert_cmpstr(hr_why_token(hr_connection_opening(c)->why), ==, token);
    g_assert_true(hr_connection_opening(c)->connection == other);
}

/* ---- CONNECT ---- */

static void connect_is_a_request_of_the_proxy_connection(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_proxy(t, AT_MS(0));
    const hr_request *request = tunnel_to(c, "b.example:443", AT_MS(10));

    assert_status(request, "new");
    assert_number(request, 1);
    g_assert_true(request->connection == c->model);
    g_assert_cmpstr(request->method, ==, "CONNECT");
    g_assert_cmpuint(request->response_code, ==, 200);
    g_assert_cmpint(request->complete, ==, HR_COMPLETE_YES);
    g_assert_cmpstr(c->model->name, ==, "b.example:443");
}

static void inside_is_a_connection_of_its_own(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_proxy(t, AT_MS(0));
    tunnel_to(c, "b.example:8080", AT_MS(10));
    const hr_request *first = trace_exchange(c, AT_MS(20), AT_MS(21));
    const hr_request *second = trace_exchange(c, AT_MS(30), AT_MS(31));

    const hr_connection *inside = c->model->seldom->tunnel;
    g_assert_true(first->connection == inside);
    g_assert_true(inside->seldom->parent == c->model);
    g_assert_cmpstr(hr_transport_token(inside->transport), ==, "tunnel");
    g_assert_cmpstr(hr_connection_client(inside)->endpoint.address, ==, "10.0.0.1");
    g_assert_cmpstr(hr_connection_server(inside)->endpoint.address, ==, "b.example");
    g_assert_cmpuint(hr_connection_server(inside)->endpoint.port, ==, 8080);
    assert_status(first, "new");
    assert_number(first, 1);
    assert_status(second, "reused");
    assert_number(second, 2);
    g_assert_cmpint(second->idle_ns, ==, AT_MS(9));
    assert_why(t, inside, "first-contact", NULL);
    g_assert_cmpuint(c->model->request_count, ==, 1);
    g_assert_cmpuint(trace_totals(t)->sums.connections, ==, 2);
    g_assert_cmpuint(trace_totals(t)->sums.by_transport[HR_TRANSPORT_TUNNEL], ==, 1);
}

/* What acknowledges carries no bytes, and is the innermost connection's as well. */
static void acks_reach_a_tunnel_in_a_tunnel(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_proxy(t, AT_MS(0));
    tunnel_to(c, "second.example:3128", AT_MS(10));
    tunnel_to(c, "b.example:80", AT_MS(20));
    trace_exchange(c, AT_MS(30), AT_MS(31));
    trace_ack(c, CLIENT, AT_MS(31));

    const hr_connection *inside = hr_connection_innermost(c->model);
    g_assert_cmpuint(inside->seldom->depth, ==, 2);
    g_assert_cmpuint(hr_connection_server(inside)->out.acked, ==,
                     hr_connection_server(c->model)->out.acked);
    g_assert_true(hr_connection_client(inside)->has_bare_acks);
    g_assert_cmpint(inside->last_seen.ns, ==, AT_MS(31));
}

static void tls_inside(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_proxy(t, AT_MS(0));
    tunnel_to(c, "a.example:443", AT_MS(10));
    tls_handshake(c, AT_MS(20), &with_keys);
    const hr_request *first = trace_exchange(c, AT_MS(30), AT_MS(31));

    const hr_connection *inside = c->model->seldom->tunnel;
    g_assert_false(c->model->is_tls);
    g_assert_cmpstr(inside->seldom->tls->version, ==, "TLSv1.3");
    g_assert_cmpstr(inside->seldom->tls->sni, ==, "a.example");
    g_assert_cmpstr(hr_tls_handshake_token(inside->seldom->tls->handshake), ==, "full");
    g_assert_cmpstr(hr_connection_scheme(inside), ==, "https");
    assert_status(first, "new");
    /* It begins with the CONNECT, as others do with a SYN. */
    g_assert_cmpint(hr_connection_setup_ns(inside), ==, AT_MS(12));
    g_assert_cmpint(hr_connection_tls_handshake_ns(inside), ==, AT_MS(11));
    g_assert_cmpuint(trace_totals(t)->sums.tls_full, ==, 1);
}

static void http2_inside(void)
{
    g_autoptr(trace) t = trace_new();
    const tls_kind how = {.has_keys = true, .agrees = "h2"};
    trace_connection *c = open_proxy(t, AT_MS(0));
    tunnel_to(c, "a.example:443", AT_MS(10));
    tls_handshake(c, AT_MS(20), &how);
    h2_prefaces(c, 100, AT_MS(25));
    h2_exchange(c, 1, AT_MS(30), AT_MS(31));
    const hr_request *second = h2_exchange(c, 3, AT_MS(40), AT_MS(41));

    assert_status(second, "reused");
    g_assert_true(second->connection == c->model->seldom->tunnel);
    g_assert_cmpstr(hr_protocol_token(c->model->seldom->tunnel->protocol), ==, "h2");
    g_assert_cmpstr(hr_protocol_token(c->model->protocol), ==, "http/1.1");
}

/* Nothing went through it, as a browser opens tunnels ahead; or something that is not captured. */
static void closed_without_having_carried_anything(void)
{
    for (int is_lost = 0; is_lost < 2; is_lost++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *used = open_proxy(t, AT_MS(0));
        tunnel_to(used, "b.example:8080", AT_MS(10));
        trace_exchange(used, AT_MS(20), AT_MS(21));
        trace_connection *c = open_proxy(t, AT_S(1));
        tunnel_to(c, "b.example:8080", AT_S(1) + AT_MS(10));
        if (is_lost) {
            trace_lose(c, CLIENT, TRACE_REQUEST_HEADER);
            trace_ack(c, SERVER, AT_S(2));
        }
        trace_close(c, CLIENT, AT_S(5));
        trace_analysis(t);

        const hr_connection *inside = c->model->seldom->tunnel;
        g_assert_cmpstr(hr_close_cause_token(inside->ending.cause), ==,
                        is_lost ? "client-close" : "unused");
        g_assert_cmpuint(trace_totals(t)->sums.unused, ==, is_lost ? 0 : 1);
    }
}

static void opaque_inside(void)
{
    g_autoptr(trace) t = trace_new();
    const tls_kind how = {.is_12 = true};
    trace_connection *c = open_proxy(t, AT_MS(0));
    tunnel_to(c, "a.example:443", AT_MS(10));
    tls_handshake(c, AT_MS(20), &how);
    tls_hidden_exchange(c, AT_MS(30), AT_MS(31));
    trace_close(c, CLIENT, AT_S(5));

    trace_analysis(t);
    g_assert_true(hr_connection_is_opaque(c->model->seldom->tunnel));
    g_assert_cmpuint(trace_totals(t)->sums.opaque, ==, 1);
    g_assert_cmpuint(trace_found(t, HR_FINDING_TLS_OPAQUE), ==, 1);
    g_assert_cmpint(c->model->seldom->tunnel->ending.cause, !=, HR_CLOSE_UNUSED);
}

/* What is missing of the connection around it is missing of the tunnel: requests, perhaps. */
static void hole_inside(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_proxy(t, AT_MS(0));
    tunnel_to(c, "a.example:443", AT_MS(10));
    tls_handshake(c, AT_MS(20), &with_keys);
    trace_lose(c, CLIENT, 100);
    trace_lose(c, SERVER, 300);
    trace_close(c, CLIENT, AT_S(5));

    trace_analysis(t);
    g_assert_cmpint(c->model->seldom->tunnel->ending.cause, !=, HR_CLOSE_UNUSED);
}

/* Many proxies answer a CONNECT by HTTP/1.0, and mean what follows. */
static void proxy_of_http10(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_proxy(t, AT_MS(0));
    trace_request(c, AT_MS(10), .method = "CONNECT", .target = "a.example:80");
    trace_answer(c, AT_MS(11), .is_header_only = true, .is_http10 = true);
    trace_exchange(c, AT_MS(20), AT_MS(21));
    trace_close(c, SERVER, AT_S(2));

    assert_cause(c, "tunnelled");
    g_assert_cmpuint(c->model->seldom->tunnel->request_count, ==, 1);
}

/* ---- how both end ---- */

static void end_of_a_tunnel(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_proxy(t, AT_MS(0));
    tunnel_to(c, "a.example:443", AT_MS(10));
    const uint32_t answer = trace_frame(t);
    tls_handshake(c, AT_MS(20), &with_keys);
    trace_exchange(c, AT_MS(30), AT_MS(31));
    trace_close(c, SERVER, AT_MS(32) + AT_S(5));

    const hr_connection *inside = c->model->seldom->tunnel;
    assert_cause(c, "tunnelled");
    assert_certainty(c, "certain");
    assert_closed_by(c, "server");
    g_assert_cmpuint(trace_ending(c)->evidence_frame, ==, answer);
    g_assert_cmpstr(hr_close_cause_token(inside->ending.cause), ==, "server-idle-timeout");
    g_assert_cmpint(inside->ending.after_idle_ns, ==, AT_S(5) + AT_MS(1));
    assert_time_wait(c, "server");
    g_assert_cmpint(inside->time_wait, ==, HR_SIDE_NONE); /* TCP has one socket there */
}

static void alert_inside_decides(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_proxy(t, AT_MS(0));
    tunnel_to(c, "a.example:443", AT_MS(10));
    tls_handshake(c, AT_MS(20), &with_keys);
    trace_exchange(c, AT_MS(30), AT_MS(31));
    tls_close_notify(c, CLIENT, AT_MS(700));
    trace_close(c, SERVER, AT_MS(701));
    trace_connection *next = open_proxy(t, AT_S(2));
    tunnel_to(next, "a.example:443", AT_MS(2010));

    trace_analysis(t);
    g_assert_cmpstr(hr_close_cause_token(c->model->seldom->tunnel->ending.cause), ==,
                    "client-close");
    g_assert_cmpstr(hr_side_token(c->model->seldom->tunnel->ending.by), ==, "client");
}

/* ---- a CONNECT that opens nothing ---- */

static void proxy_wants_a_password(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_proxy(t, AT_MS(0));
    trace_request(c, AT_MS(10), .method = "CONNECT", .target = "a.example:443");
    trace_answer(c, AT_MS(11), .code = 407);
    const hr_request *again = tunnel_to(c, "a.example:443", AT_MS(20));
    tls_handshake(c, AT_MS(30), &with_keys);

    assert_status(again, "reused");
    assert_number(again, 2);
    g_assert_cmpuint(trace_totals(t)->sums.connections, ==, 2); /* one tunnel */
    g_assert_true(c->model->seldom->tunnel->opened.ns == AT_MS(20));
}

static void proxy_cannot_reach_it(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = open_proxy(t, AT_MS(0));
    trace_request(c, AT_MS(10), .method = "CONNECT", .target = "a.example:443");
    trace_answer(c, AT_MS(11), .code = 502);
    trace_close(c, SERVER, AT_MS(700));

    g_assert_null(c->model->seldom->tunnel);
    g_assert_false((c->model->seldom->left.at.frame != 0));
    assert_cause(c, "server-close");
    g_assert_cmpuint(trace_totals(t)->sums.connections, ==, 1);
}

/* ---- pools of tunnels ---- */

/* A tunnel serves its target only, and no other request: a CONNECT cannot use another one. */
static void connect_is_never_a_missed_reuse(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *plain = open_proxy(t, AT_MS(0));
    trace_request(plain, AT_MS(10), .target = "http://a.example/", .host = "a.example");
    trace_answer(plain, AT_MS(11));
    trace_connection *one = open_proxy(t, AT_MS(500));
    tunnel_to(one, "a.example:443", AT_MS(510));
    trace_connection *two = open_proxy(t, AT_S(1));
    tunnel_to(two, "a.example:443", AT_MS(1010));

    g_assert_cmpuint(trace_found(t, HR_FINDING_MISSED_REUSE), ==, 0);
    assert_opened(two, "previous-closed", one); /* left to its tunnel */
}

/* What could have been used again is the inside. */
static void tunnel_that_was_idle(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_proxy(t, AT_MS(0));
    tunnel_to(one, "a.example:443", AT_MS(10));
    tls_handshake(one, AT_MS(20), &with_keys);
    trace_exchange(one, AT_MS(30), AT_MS(31));
    trace_connection *two = open_proxy(t, AT_MS(500));
    tunnel_to(two, "a.example:443", AT_MS(510));
    tls_handshake(two, AT_MS(520), &with_keys);
    const hr_request *first = trace_exchange(two, AT_MS(530), AT_MS(531));

    assert_why(t, two->model->seldom->tunnel, "idle-available", one->model->seldom->tunnel);
    g_assert_cmpuint(trace_found(t, HR_FINDING_MISSED_REUSE), ==, 1);
    g_assert_true(hr_finding_set_has(first->findings, HR_FINDING_MISSED_REUSE));
}

static void tunnels_to_two_targets(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_proxy(t, AT_MS(0));
    tunnel_to(one, "a.example:80", AT_MS(10));
    trace_exchange(one, AT_MS(30), AT_MS(31));
    trace_connection *two = open_proxy(t, AT_MS(500));
    tunnel_to(two, "b.example:80", AT_MS(510));
    trace_request(two, AT_MS(530), .host = "b.example");

    assert_why(t, two->model->seldom->tunnel, "first-contact", NULL);
}

static void tunnel_that_was_closed(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_proxy(t, AT_MS(0));
    tunnel_to(one, "a.example:80", AT_MS(10));
    trace_exchange(one, AT_MS(30), AT_MS(31));
    trace_close(one, SERVER, AT_MS(400));
    trace_connection *two = open_proxy(t, AT_MS(500));
    tunnel_to(two, "a.example:80", AT_MS(510));
    trace_exchange(two, AT_MS(530), AT_MS(531));

    assert_why(t, two->model->seldom->tunnel, "previous-closed", one->model->seldom->tunnel);
    assert_opened(two, "previous-closed", one);
}

/* ---- plain HTTP through a forward proxy ---- */

/* The proxy's connections serve any host: the name is no key there. */
static void forward_proxy_serves_all_hosts(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_proxy(t, AT_MS(0));
    trace_request(one, AT_MS(10), .target = "http://a.example/", .host = "a.example");
    trace_answer(one, AT_MS(11));
    const hr_request *second =
        trace_request(one, AT_MS(20), .target = "http://b.example/", .host = "b.example");
    trace_answer(one, AT_MS(21));
    trace_connection *two = open_proxy(t, AT_MS(500));
    trace_request(two, AT_MS(510), .target = "http://c.example/", .host = "c.example");

    assert_status(second, "reused");
    assert_number(second, 2);
    g_assert_cmpstr(second->authority, ==, "b.example");
    assert_opened(two, "idle-available", one);
    g_assert_cmpuint(hr_analysis_origin_count(trace_analysis(t)), ==, 1);
}

static void busy_proxy_connection(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_proxy(t, AT_MS(0));
    trace_request(one, AT_MS(10), .host = "a.example");
    trace_answer(one, AT_MS(11));
    trace_request(one, AT_MS(20), .host = "b.example");
    trace_connection *two = open_proxy(t, AT_MS(30));
    trace_request(two, AT_MS(40), .host = "c.example");

    assert_opened(two, "all-busy", one);
}

/* ---- 101 ---- */

static void websocket_has_left_http(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    const hr_request *request = trace_request(c, AT_MS(10), .upgrade = "websocket");
    trace_answer(c, AT_MS(11), .code = 101, .upgrade = "websocket");
    const uint32_t switched = trace_frame(t);
    trace_data(c, CLIENT, 50, AT_MS(20));
    trace_data(c, SERVER, 50, AT_MS(21));
    trace_close(c, CLIENT, AT_S(5));

    assert_status(request, "new");
    g_assert_cmpuint(request->response_code, ==, 101);
    g_assert_cmpuint(c->model->request_count, ==, 1);
    assert_cause(c, "upgraded");
    g_assert_cmpuint(trace_ending(c)->evidence_frame, ==, switched);
    g_assert_null(c->model->seldom->tunnel);
}

/* After other requests it is a reused connection that leaves HTTP. */
static void websocket_on_a_used_connection(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(10), AT_MS(11));
    const hr_request *request = trace_request(c, AT_MS(20), .upgrade = "websocket");
    trace_answer(c, AT_MS(21), .code = 101, .upgrade = "websocket");

    assert_status(request, "reused");
    g_assert_true((c->model->seldom->left.at.frame != 0));
}

/* It needs its own connection: an idle one beside it is no missed reuse. */
static void upgrade_is_never_a_missed_reuse(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = trace_open(t, AT_MS(0));
    trace_exchange(idle, AT_MS(10), AT_MS(11));
    trace_connection *socket = trace_open(t, AT_MS(500));
    trace_request(socket, AT_MS(510), .upgrade = "websocket");
    trace_answer(socket, AT_MS(511), .code = 101, .upgrade = "websocket");

    g_assert_cmpuint(trace_found(t, HR_FINDING_MISSED_REUSE), ==, 0);
    g_assert_cmpuint(trace_found_above(t, HR_SEVERITY_WARNING), ==, 0);
}

/* A server may decline by answering as if nothing had been asked (RFC 9110 §7.8). */
static void declined_upgrade_stays_http(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_request(c, AT_MS(10), .upgrade = "websocket");
    trace_answer(c, AT_MS(11));
    const hr_request *second = trace_exchange(c, AT_MS(20), AT_MS(21));

    assert_status(second, "reused");
    g_assert_false((c->model->seldom->left.at.frame != 0));
}

/* What the client calls itself stands in the CONNECT, where nobody can read the rest. One that is shown
 * says it itself. */
static void program_of_a_hidden_tunnel_is_the_connects(void)
{
    for (int is_named = 0; is_named < 2; is_named++) {
        g_autoptr(trace) t = trace_new();
        for (int i = 0; i < 3; i++) {
            trace_connection *c = open_proxy(t, AT_MS(500 * i));
            trace_request(c, AT_MS(500 * i + 1), .method = "CONNECT", .target = "a.example:443",
                          .host = "a.example:443", .user_agent = is_named ? "curl/8.5.0" : NULL);
            trace_answer(c, AT_MS(500 * i + 2), .is_header_only = true);
            tls_handshake(c, AT_MS(500 * i + 3), &(tls_kind){.port = 443});
            tls_hidden_exchange(c, AT_MS(500 * i + 20), AT_MS(500 * i + 25));
            trace_close(c, CLIENT, AT_MS(500 * i + 26));
        }
        g_assert_cmpint(trace_advises(t, "keep_client", "If this client is curl"), ==, is_named);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tunnel/connect/request", connect_is_a_request_of_the_proxy_connection);
    g_test_add_func("/tunnel/inside/nothing", closed_without_having_carried_anything);
    g_test_add_func("/tunnel/inside/connection", inside_is_a_connection_of_its_own);
    g_test_add_func("/tunnel/inside/tunnel", acks_reach_a_tunnel_in_a_tunnel);
    g_test_add_func("/tunnel/inside/tls", tls_inside);
    g_test_add_func("/tunnel/inside/http2", http2_inside);
    g_test_add_func("/tunnel/inside/opaque", opaque_inside);
    g_test_add_func("/tunnel/inside/tls-hole", hole_inside);
    g_test_add_func("/tunnel/inside/http10", proxy_of_http10);
    g_test_add_func("/tunnel/end/tunnelled", end_of_a_tunnel);
    g_test_add_func("/tunnel/end/close-notify", alert_inside_decides);
    g_test_add_func("/tunnel/none/407", proxy_wants_a_password);
    g_test_add_func("/tunnel/none/502", proxy_cannot_reach_it);
    g_test_add_func("/tunnel/pool/never-missed", connect_is_never_a_missed_reuse);
    g_test_add_func("/tunnel/pool/idle-inside", tunnel_that_was_idle);
    g_test_add_func("/tunnel/pool/targets", tunnels_to_two_targets);
    g_test_add_func("/tunnel/pool/closed", tunnel_that_was_closed);
    g_test_add_func("/proxy/hosts/one-pool", forward_proxy_serves_all_hosts);
    g_test_add_func("/proxy/hosts/busy", busy_proxy_connection);
    g_test_add_func("/upgrade/websocket/left", websocket_has_left_http);
    g_test_add_func("/upgrade/websocket/reused", websocket_on_a_used_connection);
    g_test_add_func("/upgrade/websocket/never-missed", upgrade_is_never_a_missed_reuse);
    g_test_add_func("/upgrade/websocket/declined", declined_upgrade_stays_http);
    g_test_add_func("/tunnel/hidden-program", program_of_a_hidden_tunnel_is_the_connects);
    return g_test_run();
}
