/* test_flow.c
 * What a packet belongs to, through every wrapping: equal keys for what must be dissected together.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "many/fragments.h"

/* A packet that is built from the outside to the inside. */
typedef struct {
    uint8_t data[512];
    size_t length;
} packet;

static void add(packet *p, const void *bytes, size_t length)
{
    memcpy(p->data + p->length, bytes, length);
    p->length += length;
}

static void add_u16(packet *p, unsigned value)
{
    const uint8_t bytes[] = {(uint8_t)(value >> 8), (uint8_t)value};
    add(p, bytes, sizeof(bytes));
}

static void add_ethernet(packet *p, unsigned type)
{
    const uint8_t addresses[12] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};
    add(p, addresses, sizeof(addresses));
    add_u16(p, type);
}

static void add_ip(packet *p, uint8_t protocol, uint8_t from, uint8_t to)
{
    const uint8_t header[20] = {0x45, 0, 0,  0, 0, 0,    0,  0, 64, protocol,
                                0,    0, 10, 0, 0, from, 10, 0, 0,  to};
    add(p, header, sizeof(header));
}

static void add_ip6(packet *p, uint8_t next, uint8_t from, uint8_t to)
{
    const uint8_t head[8] = {0x60, 0, 0, 0, 0, 0, next, 64};
    const uint8_t addresses[32] = {0xfd, [15] = from, [16] = 0xfd, [31] = to};
    add(p, head, sizeof(head));
    add(p, addresses, sizeof(addresses));
}

static void add_udp(packet *p, unsigned from, unsigned to)
{
    add_u16(p, from);
    add_u16(p, to);
    add(p, "\0\0\0\0", 4);
}

static void add_tcp(packet *p, unsigned from, unsigned to, const char *payload, size_t length)
{
    const uint8_t rest[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0x10};
    add_u16(p, from);
    add_u16(p, to);
    add(p, rest, sizeof(rest));
    add(p, payload, length);
}

static hr_flow flow_in(hr_link link, const packet *p, const hr_tls_servers *servers)
{
    return hr_flow_of(link, p->data, p->length, servers);
}

static uint64_t tcp_key(const hr_tls_servers *servers, uint8_t from, unsigned from_port, uint8_t to,
                        unsigned to_port)
{
    packet p = {.length = 0};
    add_ip(&p, 6, from, to);
    add_tcp(&p, from_port, to_port, "", 0);
    const hr_flow flow = flow_in(HR_LINK_IP, &p, servers);
    g_assert_cmpint(flow.kind, ==, HR_FLOW_KEYED);
    return flow.key;
}

static void both_directions_are_one(void)
{
    hr_tls_servers *none = hr_tls_servers_new();
    g_assert_cmpuint(tcp_key(none, 1, 4000, 2, 80), ==, tcp_key(none, 2, 80, 1, 4000));
    g_assert_cmpuint(tcp_key(none, 1, 4000, 2, 80), !=, tcp_key(none, 1, 4001, 2, 80));
    hr_tls_servers_free(none);
}

/* RFC 5246 §7.3: a resumed session is read with the keys of the one before. */
static void connections_of_a_tls_client_are_one(void)
{
    static const char hello[] = {22, 3, 1, 0, 100, 1};
    hr_tls_servers *servers = hr_tls_servers_new();
    packet p = {.length = 0};
    add_ip(&p, 6, 1, 2);
    add_tcp(&p, 4000, 443, hello, sizeof(hello));
    const hr_flow flow = flow_in(HR_LINK_IP, &p, servers);

    g_assert_cmpuint(flow.server, !=, 0);
    hr_tls_servers_add(servers, flow.server);
    g_assert_cmpuint(tcp_key(servers, 1, 4000, 2, 443), ==, tcp_key(servers, 1, 4001, 2, 443));
    g_assert_cmpuint(tcp_key(servers, 1, 4000, 2, 443), ==, tcp_key(servers, 2, 443, 1, 4002));
    g_assert_cmpuint(tcp_key(servers, 1, 4000, 2, 443), !=, tcp_key(servers, 3, 4000, 2, 443));
    g_assert_cmpuint(tcp_key(servers, 1, 4000, 2, 80), !=, tcp_key(servers, 1, 4001, 2, 80));
    hr_tls_servers_free(servers);
}

/* Tests of a Go program, say: a port that a server of httptest had is a client's later. */
static void a_client_at_the_port_of_a_tls_server(void)
{
    static const char hello[] = {22, 3, 1, 0, 100, 1};
    g_autoptr(hr_tls_servers) servers = hr_tls_servers_new();

    for (unsigned port = 40000; port <= 40001; port++) {
        packet p = {.length = 0};
        add_ip(&p, 6, 1, 1);
        add_tcp(&p, 50000, port, hello, sizeof(hello));
        hr_tls_servers_add(servers, flow_in(HR_LINK_IP, &p, servers).server);
    }
    g_assert_cmpuint(tcp_key(servers, 1, 40000, 1, 40001), ==,
                     tcp_key(servers, 1, 40001, 1, 40000));
}

/* A balancer says first who the client is, in the same segment (HAProxy's PROXY protocol). */
static void a_hello_behind_a_proxy_header(void)
{
    static const char text[] = "PROXY TCP4 192.0.2.1 192.0.2.2 4000 443\r\n\x16\3\1\0\x64\1";
    static const char binary[] =
        "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\2\1\xc0\0\2\2\x0f\xa0\1\xbb\x16\3\1\0\x64\1";
    hr_tls_servers *none = hr_tls_servers_new();
    packet p = {.length = 0};

    add_ip(&p, 6, 1, 2);
    add_tcp(&p, 4000, 443, text, sizeof(text) - 1);
    g_assert_cmpuint(flow_in(HR_LINK_IP, &p, none).server, !=, 0);
    p.length = 0;
    add_ip(&p, 6, 1, 2);
    add_tcp(&p, 4000, 443, binary, sizeof(binary) - 1);
    g_assert_cmpuint(flow_in(HR_LINK_IP, &p, none).server, !=, 0);
    p.data[55] = 0xff; /* a header that is longer than the packet */
    g_assert_cmpuint(flow_in(HR_LINK_IP, &p, none).server, ==, 0);
    hr_tls_servers_free(none);
}

/* RFC 9000 §9: the client moves, the server stays. */
static void a_quic_client_may_move(void)
{
    hr_tls_servers *none = hr_tls_servers_new();
    packet before = {.length = 0};
    packet after = {.length = 0};

    add_ip(&before, 17, 1, 2);
    add_udp(&before, 5000, 443);
    add_ip(&after, 17, 2, 9);
    add_udp(&after, 443, 6000);
    g_assert_cmpuint(flow_in(HR_LINK_IP, &before, none).key, ==,
                     flow_in(HR_LINK_IP, &after, none).key);
    hr_tls_servers_free(none);
}

/* A fragment of datagram @number that begins after so many times 8 bytes. */
typedef hr_flow (*make_fragment)(uint8_t number, uint8_t eighths, bool has_more);

static hr_flow fragment_of_ip4(uint8_t number, uint8_t eighths, bool has_more)
{
    g_autoptr(hr_tls_servers) none = hr_tls_servers_new();
    packet p = {.length = 0};

    add_ip(&p, 6, 1, 2);
    add_tcp(&p, 4000, 80, "", 0);
    p.data[5] = number;
    p.data[6] = has_more ? 0x20 : 0;
    p.data[7] = eighths;
    return flow_in(HR_LINK_IP, &p, none);
}

/* Behind hop-by-hop options, which each fragment has (RFC 8200 §4.5). */
static hr_flow fragment_of_ip6(uint8_t number, uint8_t eighths, bool has_more)
{
    const unsigned place = eighths * 8U + (has_more ? 1 : 0);
    const uint8_t options[8] = {44, 0, 1, 4};
    const uint8_t header[8] = {6, 0, (uint8_t)(place >> 8), (uint8_t)place, 0xca, 0xfe, 0, number};
    g_autoptr(hr_tls_servers) none = hr_tls_servers_new();
    packet p = {.length = 0};

    add_ip6(&p, 0, 1, 2);
    add(&p, options, sizeof(options));
    add(&p, header, sizeof(header));
    add_tcp(&p, 4000, 80, "", 0);
    return flow_in(HR_LINK_IP, &p, none);
}

static void check_fragments(make_fragment fragment)
{
    g_autoptr(hr_fragments) fragments = hr_fragments_new();
    const hr_flow first = fragment(1, 0, true);
    const hr_flow middle = fragment(1, 180, true);
    const hr_flow last = fragment(1, 240, false);
    const hr_flow other = fragment(2, 240, false);
    const hr_flow whole = fragment(3, 0, false);
    uint32_t piece = 0;

    g_assert_cmpint(first.kind, ==, HR_FLOW_KEYED);
    g_assert_cmpint(middle.kind, ==, HR_FLOW_FRAGMENT);
    g_assert_cmpint(whole.kind, ==, HR_FLOW_KEYED);
    g_assert_cmpuint(whole.datagram, ==, 0);
    g_assert_false(hr_fragments_find(fragments, &middle, &piece));
    hr_fragments_add(fragments, &first, 5);
    g_assert_true(hr_fragments_find(fragments, &middle, &piece));
    g_assert_cmpuint(piece, ==, 5);
    g_assert_false(hr_fragments_find(fragments, &other, &piece));
    g_assert_true(hr_fragments_find(fragments, &last, &piece));
    g_assert_cmpuint(piece, ==, 5);
    g_assert_false(hr_fragments_find(fragments, &last, &piece));
}

/* RFC 791 §3.2, RFC 8200 §4.5; a number may be used again after the last fragment. */
static void a_later_fragment_follows_the_first(void)
{
    check_fragments(fragment_of_ip4);
    check_fragments(fragment_of_ip6);
}

/* RFC 792: a router says that a packet is too long, and quotes how it began. */
static void an_error_is_of_what_it_quotes(void)
{
    g_autoptr(hr_tls_servers) none = hr_tls_servers_new();
    packet p = {.length = 0};

    add_ip(&p, 1, 101, 1);
    add(&p, "\3\4\0\0\0\0\5\x78", 8);
    add_ip(&p, 6, 1, 2);
    add_u16(&p, 4000);
    add_u16(&p, 80);
    g_assert_cmpuint(flow_in(HR_LINK_IP, &p, none).key, ==, tcp_key(none, 1, 4000, 2, 80));
    p.data[20] = 8; /* an echo */
    g_assert_cmpint(flow_in(HR_LINK_IP, &p, none).kind, ==, HR_FLOW_UNKNOWN);
}

/* RFC 4443 §3.2, of a packet to the client. */
static void an_error_of_ip6_is_of_what_it_quotes(void)
{
    g_autoptr(hr_tls_servers) none = hr_tls_servers_new();
    packet quoted = {.length = 0};
    packet error = {.length = 0};

    add_ip6(&quoted, 6, 1, 2);
    add_tcp(&quoted, 4000, 80, "", 0);
    add_ip6(&error, 58, 101, 2);
    add(&error, "\2\0\0\0\0\0\5\0", 8);
    add_ip6(&error, 6, 2, 1);
    add_u16(&error, 80);
    add_u16(&error, 4000);
    const hr_flow flow = flow_in(HR_LINK_IP, &quoted, none);
    g_assert_cmpint(flow.kind, ==, HR_FLOW_KEYED);
    g_assert_cmpuint(flow_in(HR_LINK_IP, &error, none).key, ==, flow.key);
    error.data[40] = 128; /* an echo */
    g_assert_cmpint(flow_in(HR_LINK_IP, &error, none).kind, ==, HR_FLOW_UNKNOWN);
}

/* VXLAN-GPE as an example: what is inside is not read, so that both directions are in one place. */
static void a_tunnel_of_another_kind(void)
{
    g_autoptr(hr_tls_servers) none = hr_tls_servers_new();
    packet p = {.length = 0};

    add_ip(&p, 17, 101, 102);
    add_udp(&p, 50000, 4790);
    add(&p, "\x0c\0\0\3\0\0\1\0", 8);
    g_assert_cmpint(flow_in(HR_LINK_IP, &p, none).kind, ==, HR_FLOW_UNKNOWN);
}

/* Each way to wrap an IP packet, up to where it begins. */
static void vlan(packet *p)
{
    add_ethernet(p, 0x88a8);
    add_u16(p, 5);
    add_u16(p, 0x8100);
    add_u16(p, 6);
    add_u16(p, 0x0800);
}

static void mpls(packet *p)
{
    add_ethernet(p, 0x8847);
    add(p, "\0\1\0\100\0\1\1\100", 8);
}

static void pppoe(packet *p)
{
    add_ethernet(p, 0x8864);
    add(p, "\x11\0\0\1\0\0\0\x21", 8);
}

static void ip_in_ip(packet *p)
{
    add_ethernet(p, 0x0800);
    add_ip(p, 4, 101, 102);
}

static void gre(packet *p)
{
    add_ethernet(p, 0x0800);
    add_ip(p, 47, 101, 102);
    add(p, "\x20\0\x08\0\0\0\0\7", 8); /* with a key */
}

static void erspan(packet *p)
{
    add_ethernet(p, 0x0800);
    add_ip(p, 47, 101, 102);
    add(p, "\x10\0\x88\xbe\0\0\0\1\x10\0\0\0\0\0\0\0", 16);
    add_ethernet(p, 0x0800);
}

static void add_outer_udp(packet *p, unsigned from, unsigned to)
{
    add_ethernet(p, 0x0800);
    add_ip(p, 17, 101, 102);
    add_udp(p, from, to);
}

static void add_vxlan(packet *p, unsigned port)
{
    add_outer_udp(p, 50000, port);
    add(p, "\x08\0\0\0\0\0\1\0", 8);
    add_ethernet(p, 0x0800);
}

static void vxlan(packet *p)
{
    add_vxlan(p, 4789);
}

static void vxlan_of_linux(packet *p)
{
    add_vxlan(p, 8472);
}

static void geneve(packet *p)
{
    add_outer_udp(p, 50000, 6081);
    add(p, "\1\0\x65\x58\0\0\1\0\0\0\0\0", 12); /* with an option */
    add_ethernet(p, 0x0800);
}

static void gtp(packet *p)
{
    add_outer_udp(p, 2152, 2152);
    add(p, "\x34\xff\0\0\0\0\0\1\0\0\0\x85\1\0\0\0", 16); /* with a PDU session container */
}

/* The innermost flow counts: the same connection has one key however it is wrapped. */
static void wrapped(void)
{
    static void (*const wrappings[])(packet *) = {vlan,   mpls,  pppoe,          ip_in_ip, gre,
                                                  erspan, vxlan, vxlan_of_linux, geneve,   gtp};
    hr_tls_servers *none = hr_tls_servers_new();
    const uint64_t key = tcp_key(none, 1, 4000, 2, 80);

    for (size_t i = 0; i < G_N_ELEMENTS(wrappings); i++) {
        packet p = {.length = 0};
        wrappings[i](&p);
        add_ip(&p, 6, 2, 1);
        add_tcp(&p, 80, 4000, "", 0);
        const hr_flow flow = flow_in(HR_LINK_ETHERNET, &p, none);
        g_test_message("wrapping %zu", i);
        g_assert_cmpint(flow.kind, ==, HR_FLOW_KEYED);
        g_assert_cmpuint(flow.key, ==, key);
        for (size_t length = 0; length < p.length; length++) { /* cut anywhere: no harm */
            (void)hr_flow_of(HR_LINK_ETHERNET, p.data, length, none);
        }
    }
    hr_tls_servers_free(none);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/flow/both-directions-are-one", both_directions_are_one);
    g_test_add_func("/flow/connections-of-a-tls-client-are-one",
                    connections_of_a_tls_client_are_one);
    g_test_add_func("/flow/a-client-at-the-port-of-a-tls-server",
                    a_client_at_the_port_of_a_tls_server);
    g_test_add_func("/flow/a-hello-behind-a-proxy-header", a_hello_behind_a_proxy_header);
    g_test_add_func("/flow/a-quic-client-may-move", a_quic_client_may_move);
    g_test_add_func("/flow/a-later-fragment-follows-the-first", a_later_fragment_follows_the_first);
    g_test_add_func("/flow/an-error-is-of-what-it-quotes", an_error_is_of_what_it_quotes);
    g_test_add_func("/flow/an-error-of-ip6-is-of-what-it-quotes",
                    an_error_of_ip6_is_of_what_it_quotes);
    g_test_add_func("/flow/a-tunnel-of-another-kind", a_tunnel_of_another_kind);
    g_test_add_func("/flow/wrapped", wrapped);
    return g_test_run();
}
