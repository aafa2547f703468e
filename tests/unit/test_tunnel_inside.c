/* test_tunnel_inside.c
 * What the inside of a CONNECT has of the connection that carries it: its ends, its bytes and its
 * target. RFC 9110 §9.3.6.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/model/store.h"
#include "trace.h"

static trace_connection *tunnel_to(trace *t, const char *target, int64_t at)
{
    trace_connection *c = trace_open_to(t, "10.0.0.3", 3128, at);

    trace_request(c, at + AT_MS(1), .method = "CONNECT", .target = target, .host = target);
    trace_answer(c, at + AT_MS(2), .is_header_only = true);
    return c;
}

static const hr_tcp_end *client_of(const trace_connection *c)
{
    return hr_connection_client(trace_carrier(c));
}

static const hr_tcp_end *server_of(const trace_connection *c)
{
    return hr_connection_server(trace_carrier(c));
}

/* RFC 3986 §3.2.2: an IPv6 address stands in brackets, and its colons are none before a port. */
static void targets(void)
{
    static const struct {
        const char *target, *address;
        uint16_t port;
    } kinds[] = {{"b.example:443", "b.example", 443},
                 {"[2001:db8::1]:8443", "2001:db8::1", 8443},
                 {"[2001:DB8:0:0::1]:8443", "2001:db8::1", 8443},
                 {"B.Example:443", "b.example", 443},
                 {"b.example", "b.example", 0},
                 {"b.example:70000", "b.example", 0},
                 {"b.example:65535", "b.example", 65535},
                 {"[]:1", "", 1},
                 {"[2001:db8::1:443", "[2001:db8::1", 443},
                 {"2001:db8::1]:443", "2001:db8::1]", 443},
                 {"[:2", "[", 2}};
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = tunnel_to(t, kinds[i].target, AT_MS(0));

        g_assert_cmpstr(server_of(c)->endpoint.address, ==, kinds[i].address);
        g_assert_cmpuint(server_of(c)->endpoint.port, ==, kinds[i].port);
    }
}

/* Bytes before it were the CONNECT's; each side's are its own. */
static void bytes_inside(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tunnel_to(t, "b.example:80", AT_MS(0));
    const hr_connection *inside = trace_carrier(c);
    g_assert_cmpuint(client_of(c)->out.sent, ==, HR_POSITION_START + TRACE_REQUEST_HEADER);
    g_assert_cmpuint(server_of(c)->out.sent, ==, HR_POSITION_START + TRACE_ANSWER_HEADER);
    g_assert_cmpuint(inside->http1.answered_until, ==, server_of(c)->out.sent);
    g_assert_false(inside->is_client_guessed);
    g_assert_cmpint(inside->client_leg_ns, ==, c->model->client_leg_ns);
    trace_request(c, AT_MS(10), .body = 50);
    trace_answer(c, AT_MS(11));

    g_assert_cmpuint(client_of(c)->out.captured, ==, TRACE_REQUEST_HEADER + 50);
    g_assert_cmpuint(server_of(c)->out.captured, ==, TRACE_ANSWER);
    g_assert_cmpint(client_of(c)->last_sent.ns, ==, AT_MS(10));
    g_assert_cmpint(server_of(c)->last_sent.ns, ==, AT_MS(11));
}

/* What is sent again inside asks for nothing. */
static void sent_again_inside(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tunnel_to(t, "b.example:80", AT_MS(0));
    trace_exchange(c, AT_MS(10), AT_MS(11));
    trace_ack(c, CLIENT, AT_MS(12));
    trace_resend(c, CLIENT, AT_MS(20));
    const hr_request *next = trace_exchange(c, AT_MS(111), AT_MS(112));

    assert_number(next, 2);
    g_assert_cmpint(next->idle_ns, ==, AT_MS(100));
}

/* RFC 9112 §6.3: an answer without length ends with what carries it, when its server ends that. */
static void answer_until_the_end(void)
{
    for (int by = CLIENT; by <= SERVER; by++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = tunnel_to(t, "b.example:80", AT_MS(0));
        const hr_request *request = trace_request(c, AT_MS(10));
        trace_answer(c, AT_MS(11), .is_until_close = true);
        trace_fin(c, (trace_side)by, AT_MS(20));

        g_assert_true(request->is_done == (by == SERVER));
    }
}

/* The tunnel in a tunnel ends with both, and each end is told once. */
static void ends_of_both_tunnels(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tunnel_to(t, "second.example:3128", AT_MS(0));
    trace_request(c, AT_MS(10), .method = "CONNECT", .target = "b.example:80");
    trace_answer(c, AT_MS(11), .is_header_only = true);
    const hr_connection *inside = trace_carrier(c);
    trace_exchange(c, AT_MS(20), AT_MS(21));
    trace_fin(c, SERVER, AT_MS(30));

    g_assert_cmpuint(trace_item_count(t), ==, 3);
    g_assert_cmpint(server_of(c)->fin.ns, ==, AT_MS(30));
    g_assert_cmpint(server_of(c)->state, ==, HR_END_CLOSED);
    g_assert_cmpuint(server_of(c)->took, ==, hr_connection_server(c->model)->took);
    trace_rst(c, CLIENT, AT_MS(31));
    g_assert_cmpuint(trace_item_count(t), ==, 0);
    g_assert_cmpint(client_of(c)->state, ==, HR_END_RESET);
    g_assert_true(client_of(c)->seldom->has_rst_ack);
    trace_analysis(t);
    g_assert_cmpint(inside->ending.by, ==, HR_SIDE_SERVER);
    g_assert_cmpint(inside->ending.at.ns, ==, AT_MS(30));
}

/* A FIN that its other side acknowledges, and that was not captured. */
static void fin_that_is_proved(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tunnel_to(t, "b.example:80", AT_MS(0));
    trace_exchange(c, AT_MS(20), AT_MS(21));
    trace_lose_fin(c, SERVER);
    trace_ack(c, CLIENT, AT_MS(30));

    g_assert_cmpint(server_of(c)->fin_proof, ==, HR_FIN_ACKNOWLEDGED);
    g_assert_cmpint(server_of(c)->seldom->before_fin_ns, ==, AT_MS(21));
}

static void packets_of_other_hosts(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = tunnel_to(t, "b.example:80", AT_MS(0));
    trace_exchange(c, AT_MS(20), AT_MS(21));
    g_assert_false(server_of(c)->seldom->has_other_hops);
    c->hops[SERVER] = 50;
    trace_ack(c, SERVER, AT_MS(22));

    g_assert_true(server_of(c)->seldom->has_other_hops);
    g_assert_false(client_of(c)->seldom->has_other_hops);
}

/* Nobody has so many proxies in a row; what goes on is not looked into. */
static void too_many_tunnels(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open_to(t, "10.0.0.3", 3128, AT_MS(0));
    for (int i = 1; i < 12; i++) {
        trace_request(c, AT_MS(10 * i), .method = "CONNECT", .target = "b.example:80");
        trace_answer(c, AT_MS(10 * i + 1), .is_header_only = true);
    }

    g_assert_cmpuint(trace_carrier(c)->seldom->depth, ==, 8);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tunnel/inside/targets", targets);
    g_test_add_func("/tunnel/inside/bytes", bytes_inside);
    g_test_add_func("/tunnel/inside/again", sent_again_inside);
    g_test_add_func("/tunnel/inside/until-the-end", answer_until_the_end);
    g_test_add_func("/tunnel/inside/ends", ends_of_both_tunnels);
    g_test_add_func("/tunnel/inside/proved-fin", fin_that_is_proved);
    g_test_add_func("/tunnel/inside/other-hosts", packets_of_other_hosts);
    g_test_add_func("/tunnel/inside/too-many", too_many_tunnels);
    return g_test_run();
}
