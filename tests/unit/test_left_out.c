/* test_left_out.c
 * What looks like HTTP and is not shown as such is named, by server, and no more is said of it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/left_out.h"
#include "trace_h2.h"
#include "trace_quic.h"
#include "trace_tls.h"

static GArray *left_out(trace *t)
{
    trace_analysis(t);
    return hr_left_out_find(trace_model(t));
}

static void assert_option(const GArray *found, guint index, const char *expected)
{
    GString *option = g_string_new(NULL);

    hr_left_out_append_option(option, &g_array_index(found, hr_left_out, index));
    g_assert_cmpstr(option->str, ==, expected);
    g_string_free(option, TRUE);
}

static void tls_without_keys_and_alpn(void)
{
    g_autoptr(trace) t = trace_new();
    for (int i = 0; i < 3; i++) {
        const tls_kind kind = {.port = i < 2 ? 8443 : 9443, .offers = ""};
        tls_open_with(t, AT_MS(100 * i), &kind);
    }
    g_autoptr(GArray) found = left_out(t);

    g_assert_cmpuint(found->len, ==, 2);
    g_assert_cmpint(g_array_index(found, hr_left_out, 0).kind, ==, HR_LEFT_OUT_TLS);
    g_assert_cmpuint(g_array_index(found, hr_left_out, 0).server.port, ==, 8443);
    g_assert_cmpuint(g_array_index(found, hr_left_out, 0).connections, ==, 2);
    g_assert_cmpuint(g_array_index(found, hr_left_out, 1).connections, ==, 1);
    g_assert_cmpuint(trace_found(t, HR_FINDING_NOT_DISSECTED), ==, 2); /* one a server */
    assert_option(found, 0, "-o http.tls.port:443,8443");
    /* SYN, SYN/ACK, ACK, ClientHello, ServerHello: nobody knows before that that both speak TLS. */
    g_assert_cmpuint(g_array_index(found, hr_left_out, 0).frame, ==, 5);
}

static void preface_on_an_unknown_port(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open_to(t, "10.0.0.80", 3550, AT_MS(0));
    trace_begin_segment(c, CLIENT, HR_TCP_ACK, 24, AT_MS(1));
    hr_h2_preface_seen(trace_model(t), c->model);
    trace_end_segment(c);
    const uint32_t frame = trace_frame(t);
    trace_close(c, CLIENT, AT_MS(5));
    g_autoptr(GArray) found = left_out(t);

    g_assert_cmpuint(found->len, ==, 1);
    g_assert_cmpint(g_array_index(found, hr_left_out, 0).kind, ==, HR_LEFT_OUT_H2);
    assert_option(found, 0, "-d tcp.port==3550,http2");
    assert_found(t, HR_FINDING_NOT_DISSECTED, frame, c, NULL);
    g_assert_cmpuint(trace_totals(t)->sums.connections, ==, 0); /* named, and not counted */
}

/* Nothing else begins like HTTP/2 (RFC 9113 section 3.4), be it at a port of SIP in TLS. */
static void preface_on_the_port_of_another_protocol(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open_to(t, "10.0.0.80", 5061, AT_MS(0));
    trace_begin_segment(c, CLIENT, HR_TCP_ACK, 24, AT_MS(1));
    hr_h2_preface_seen(trace_model(t), c->model);
    trace_end_segment(c);
    g_autoptr(GArray) found = left_out(t);

    g_assert_cmpuint(found->len, ==, 1);
}

/* Wireshark lost its place in what the client sent, as in a message of several segments with the
 * preface where it takes the port for HTTP/1. What is answered was asked, and what comes to be shown
 * is not hidden. */
static void requests_that_only_answers_tell_of(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_plain(t, AT_MS(0), 100);
    h2_answer(c, 2, AT_MS(10)); /* to a push */
    h2_answer(c, 1, AT_MS(11), .code = 103);
    g_autoptr(GArray) none = left_out(t);
    g_assert_cmpuint(none->len, ==, 0);
    h2_answer(c, 1, AT_MS(12));
    const uint32_t frame = trace_frame(t);
    h2_answer(c, 1, AT_MS(13)); /* its trailers, or told again */
    h2_answer(c, 3, AT_MS(14));
    const hr_request *shown = h2_exchange(c, 5, AT_MS(20), AT_MS(21));
    h2_answer(c, 5, AT_MS(22));
    h2_ask(c, 7, AT_MS(23));
    h2_reset(c, CLIENT, 7, AT_MS(24));
    h2_answer(c, 7, AT_MS(25)); /* was on its way */
    trace_close(c, CLIENT, AT_MS(30));
    trace_connection *late = h2_open_plain(t, AT_MS(40), 100);
    h2_answer(late, 1, AT_MS(51)); /* captured before its request */
    const hr_request *asked = h2_ask(late, 1, AT_MS(52));
    g_autoptr(GArray) found = left_out(t);

    assert_status(shown, "reused");
    assert_number_at_least(shown, 3);
    g_assert_cmpuint(c->model->unseen_count, ==, 2);
    g_assert_cmpint(c->model->ending.cause, ==, HR_CLOSE_CLIENT_CLOSE);
    assert_status(asked, "new");
    assert_number(asked, 1);
    g_assert_cmpuint(found->len, ==, 1);
    g_assert_cmpint(g_array_index(found, hr_left_out, 0).kind, ==, HR_LEFT_OUT_H2_REQUESTS);
    g_assert_cmpuint(g_array_index(found, hr_left_out, 0).connections, ==, 1);
    assert_option(found, 0, "-d tcp.port==80,http2");
    assert_found(t, HR_FINDING_NOT_DISSECTED, frame, c, NULL);
}

/* Where the client's bytes are not all there no option would show them. */
static void requests_that_are_not_in_the_capture(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_plain(t, AT_MS(0), 100);
    trace_lose(c, CLIENT, 100);
    h2_answer(c, 1, AT_MS(12));
    trace_close(c, CLIENT, AT_MS(30));
    trace_connection *tls = h2_open(t, AT_MS(40));
    h2_answer(tls, 1, AT_MS(52));
    trace_connection *joined = trace_connect_between(t, "10.0.0.1", 0, "10.0.0.80", 80);
    h2_prefaces(joined, 100, AT_MS(60));
    h2_answer(joined, 1, AT_MS(70));
    h2_answer(joined, 3, AT_MS(71));
    const hr_request *later = h2_exchange(joined, 5, AT_MS(72), AT_MS(73));
    g_autoptr(GArray) found = left_out(t);

    assert_status(later, "reused");
    assert_number_at_least(later, 3);
    g_assert_cmpuint(found->len, ==, 0);
    g_assert_cmpint(c->model->ending.cause, !=, HR_CLOSE_UNUSED);
}

/* TLS on a port that Wireshark takes for HTTP in the clear: no record of it is shown. */
static void hidden_hello(void)
{
    g_autoptr(trace) t = trace_new();
    for (uint16_t i = 0; i < 2; i++) {
        trace_connection *c = trace_open_to(t, "10.0.0.80", i == 0 ? 8080 : 6697, AT_MS(10 * i));
        trace_begin_segment(c, CLIENT, HR_TCP_ACK, 300, AT_MS(10 * i + 1));
        hr_tls_hello_hidden(trace_model(t), c->model);
        trace_end_segment(c);
        trace_close(c, CLIENT, AT_MS(10 * i + 5));
    }
    g_autoptr(GArray) found = left_out(t);

    g_assert_cmpuint(found->len, ==, 1); /* the other one is IRC's port */
    g_assert_cmpint(g_array_index(found, hr_left_out, 0).kind, ==, HR_LEFT_OUT_HIDDEN_TLS);
    assert_option(found, 0, "-d tcp.port==8080,tls");
    g_assert_cmpuint(trace_found(t, HR_FINDING_NOT_DISSECTED), ==, 1);
}

static void what_is_shown_is_not_left_out(void)
{
    g_autoptr(trace) t = trace_new();
    trace_exchange(trace_open(t, AT_MS(0)), AT_MS(1), AT_MS(2));
    trace_exchange(tls_open(t, AT_MS(10), .has_keys = true, .agrees = "http/1.1"), AT_MS(30),
                   AT_MS(31));
    tls_open(t, AT_MS(50), .offers = "h2,http/1.1"); /* counted, without its requests */
    tls_open(t, AT_MS(60), .offers = "");            /* so is this one, on HTTPS's own port */
    trace_open_to(t, "10.0.0.80", 5432, AT_MS(100)); /* nothing says that it is HTTP */
    g_autoptr(GArray) found = left_out(t);

    g_assert_cmpuint(found->len, ==, 0);
    g_assert_cmpuint(trace_found(t, HR_FINDING_NOT_DISSECTED), ==, 0);
}

static void tls_of_other_protocols(void)
{
    g_autoptr(trace) t = trace_new();
    const tls_kind mail = {.port = 2525, .offers = ""};
    const tls_kind queue = {.port = 9999, .offers = "mqtt", .is_12 = true};
    tls_open_with(t, AT_MS(50), &queue); /* its server knows no ALPN */
    trace_connection *c = tls_connect(t, AT_MS(100), &mail);
    trace_data(c, SERVER, 30, AT_MS(101)); /* "220 mail.example ESMTP" */
    trace_data(c, CLIENT, 10, AT_MS(102)); /* STARTTLS */
    trace_data(c, SERVER, 20, AT_MS(103));
    tls_handshake(c, AT_MS(104), &mail);
    g_autoptr(GArray) found = left_out(t);

    g_assert_cmpuint(found->len, ==, 0);
}

/* IANA's registry of service names and ports: what ends in "s", "-tls" or the like, and is not HTTPS. */
static void tls_at_the_ports_of_other_protocols(void)
{
    static const uint16_t ports[] = {465, 563,  636,  853,  989,  990,  992, 993,
                                     995, 3269, 5061, 5671, 6514, 6697, 8883};
    g_autoptr(trace) t = trace_new();
    for (size_t i = 0; i < G_N_ELEMENTS(ports); i++) {
        const tls_kind kind = {.port = ports[i], .offers = ""};
        tls_open_with(t, AT_MS(50 * i), &kind);
    }
    g_autoptr(GArray) found = left_out(t);

    g_assert_cmpuint(found->len, ==, 0);
}

/* A live capture is analysed while it runs: from when on it has the keys what is in it is shown. */
static void what_turns_out_to_be_http_is_not_left_out(void)
{
    g_autoptr(trace) t = trace_new();
    const tls_kind how = {.port = 8443, .offers = ""};
    trace_connection *c = tls_open_with(t, AT_MS(0), &how);
    g_assert_cmpuint(trace_found(t, HR_FINDING_NOT_DISSECTED), ==, 1);
    trace_exchange(c, AT_MS(50), AT_MS(51));

    g_assert_cmpuint(trace_found(t, HR_FINDING_NOT_DISSECTED), ==, 0);
    for (size_t i = 0; i < trace_item_count(t); i++) {
        g_assert_false(hr_finding_applies(HR_FINDING_NOT_DISSECTED, trace_item(t, i)));
    }
}

/* Nobody knows what is in it, and no option or key would show it. */
static void tls_from_before_the_capture(void)
{
    static const uint16_t ports[] = {443, 443, 8443, 993};
    g_autoptr(trace) t = trace_new();
    for (size_t i = 0; i < G_N_ELEMENTS(ports); i++) {
        trace_connection *c = trace_connect_between(t, "10.0.0.1", 0, "10.0.0.80", ports[i]);
        tls_data(c, CLIENT, 100, AT_MS(10 * i));
        tls_data(c, SERVER, 500, AT_MS(10 * i + 1));
    }
    g_autoptr(GArray) found = left_out(t);

    g_assert_cmpuint(found->len, ==, 2); /* the last is IMAP's port */
    g_assert_cmpint(g_array_index(found, hr_left_out, 0).kind, ==, HR_LEFT_OUT_BEGUN_TLS);
    g_assert_cmpuint(g_array_index(found, hr_left_out, 0).server.port, ==, 443);
    g_assert_cmpuint(g_array_index(found, hr_left_out, 0).connections, ==, 2);
    assert_option(found, 0, "");
    g_assert_cmpuint(trace_found(t, HR_FINDING_NOT_DISSECTED), ==, 2);
    g_assert_cmpuint(trace_totals(t)->sums.connections, ==, 0); /* named, and not counted */
}

/* The server's packets alone, or one lost: without the client's random bytes no key helps, and Wireshark
 * takes no port for HTTPS's by a ServerHello (RFC 8446 section 4.1.2). What the server agreed on says
 * what it is, where that can be read. */
static void tls_of_which_the_client_hello_is_lost(void)
{
    static const struct {
        tls_kind how;
        guint found;
    } kinds[] = {{{.port = 443}, 1},
                 {{.port = 443, .is_12 = true}, 1},
                 {{.port = 8443, .is_12 = true, .agrees = "h2"}, 1},
                 {{.port = 8443, .is_12 = true, .agrees = "mqtt"}, 0},
                 {{.port = 993}, 0}};
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *c = tls_connect(t, AT_MS(0), &kinds[i].how);
        trace_lose(c, CLIENT, 600);
        tls_server_hello(c, AT_MS(2), &kinds[i].how);
        const uint32_t frame = trace_frame(t);
        g_autoptr(GArray) found = left_out(t);

        g_assert_cmpuint(found->len, ==, kinds[i].found);
        if (found->len > 0) {
            g_assert_cmpint(g_array_index(found, hr_left_out, 0).kind, ==, HR_LEFT_OUT_BEGUN_TLS);
            assert_option(found, 0, "");
            assert_found(t, HR_FINDING_NOT_DISSECTED, frame, c, NULL);
        }
    }
}

/* A hello of two datagrams (RFC 9001 section 4.3), of which one is not in the capture. QUIC is asked
 * for as TLS on TCP cannot be: no option of that shows it. */
static void quic_of_which_the_client_hello_is_lost(void)
{
    const quic_kind how = {0};
    g_autoptr(trace) t = trace_new();
    quic_at(t, AT_MS(0));
    hr_connection *c = quic_connect(t, 0);
    hr_quic_packet_seen(trace_model(t), c, 0, HR_QUIC_INITIAL);
    quic_datagram(t, c, CLIENT);
    quic_end(t);
    quic_at(t, AT_MS(10));
    quic_answer_hello(t, c, &how);
    quic_datagram(t, c, SERVER);
    quic_end(t);
    g_autoptr(GArray) found = left_out(t);

    g_assert_cmpuint(found->len, ==, 0);
}

/* Its handshake began in the capture, and some of it is missing: it is judged by what it says. */
static void tls_of_which_the_hello_is_lost(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open_to(t, "10.0.0.80", 443, AT_MS(0));
    tls_data(c, CLIENT, 100, AT_MS(10));
    g_autoptr(GArray) found = left_out(t);

    g_assert_cmpuint(found->len, ==, 0);
}

/* A capture filter that lets only SYN, FIN and RST pass: their numbers tell that bytes were
 * sent. */
static void only_begin_and_end_were_captured(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_lose(c, CLIENT, 100);
    trace_lose(c, SERVER, 500);
    trace_close(c, CLIENT, AT_MS(9));
    trace_connection *empty = trace_open(t, AT_MS(10));
    trace_close(empty, CLIENT, AT_MS(19));

    g_assert_cmpuint(trace_totals(t)->sums.connections, ==, 0);
    g_assert_cmpuint(trace_totals(t)->other_connections, ==, 2);
    g_assert_cmpuint(trace_totals(t)->unseen_connections, ==, 1);
}

/* A proxy's upstream that is down refuses each call; a client that resets its own SYN was refused by
 * nobody, nor was one that its server had accepted, or that had begun before the capture. */
static void some_were_refused(void)
{
    g_autoptr(trace) t = trace_new();
    trace_exchange(trace_open(t, AT_MS(0)), AT_MS(1), AT_MS(2));
    trace_connection *given_up = trace_connect_between(t, "10.0.0.1", 40001, "10.0.0.80", 81);
    trace_syn(given_up, AT_MS(10));
    trace_rst(given_up, CLIENT, AT_MS(20));
    trace_connection *first = trace_connect_between(t, "10.0.0.1", 40002, "10.0.0.80", 81);
    trace_syn(first, AT_MS(30));
    trace_rst(first, SERVER, AT_MS(30));
    trace_connection *second = trace_connect_between(t, "10.0.0.1", 40003, "10.0.0.80", 81);
    trace_syn(second, AT_MS(40));
    trace_rst(second, SERVER, AT_MS(40));
    trace_rst(trace_open_to(t, "10.0.0.80", 22, AT_MS(50)), SERVER, AT_MS(60));
    trace_rst(trace_connect_between(t, "10.0.0.1", 40004, "10.0.0.80", 23), SERVER, AT_MS(70));

    g_assert_cmpuint(trace_totals(t)->other_connections, ==, 5);
    g_assert_cmpuint(trace_totals(t)->refused_connections, ==, 2);
    g_assert_true(trace_totals(t)->first_refused == first->model);
}

/* The server of HTTP dials itself, from the very port at which it is asked: where its SYN is seen, it is
 * a client there. */
static void server_that_dials_from_its_port(void)
{
    g_autoptr(trace) t = trace_new();
    trace_exchange(trace_open(t, AT_MS(0)), AT_MS(1), AT_MS(2));
    trace_connection *c = trace_connect_between(t, "10.0.0.80", 80, "10.0.0.9", 5000);
    trace_syn(c, AT_MS(10));
    trace_rst(c, SERVER, AT_MS(11));

    g_assert_cmpuint(trace_totals(t)->sums.connections, ==, 1);
    g_assert_cmpuint(trace_totals(t)->other_connections, ==, 1);
}

/* Of what a snap length leaves of them nobody can tell what they are; what follows may be cut. */
static void first_packets_are_cut(void)
{
    g_autoptr(trace) t = trace_new();
    trace_cut_data(trace_open(t, AT_MS(0)), CLIENT, 100, AT_MS(1));
    trace_cut_data(trace_open(t, AT_MS(10)), SERVER, 100, AT_MS(11));
    trace_connection *c = trace_open(t, AT_MS(20));
    trace_data(c, CLIENT, 20, AT_MS(21));
    trace_cut_data(c, CLIENT, 1000, AT_MS(22));

    g_assert_cmpuint(trace_totals(t)->other_connections, ==, 3);
    g_assert_cmpuint(trace_totals(t)->cut_connections, ==, 2);
}

/* With its keys all of it can be read, and nothing of it is HTTP. */
static void tls_that_can_be_read(void)
{
    g_autoptr(trace) t = trace_new();
    const tls_kind kind = {.port = 8443, .offers = "", .has_keys = true};
    tls_open_with(t, AT_MS(0), &kind);
    g_autoptr(GArray) found = left_out(t);

    g_assert_cmpuint(found->len, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/left-out/cut", first_packets_are_cut);
    g_test_add_func("/left-out/own-port", server_that_dials_from_its_port);
    g_test_add_func("/left-out/refused", some_were_refused);
    g_test_add_func("/left-out/only-ends", only_begin_and_end_were_captured);
    g_test_add_func("/left-out/tls", tls_without_keys_and_alpn);
    g_test_add_func("/left-out/other-protocols", tls_of_other_protocols);
    g_test_add_func("/left-out/other-ports", tls_at_the_ports_of_other_protocols);
    g_test_add_func("/left-out/http-later", what_turns_out_to_be_http_is_not_left_out);
    g_test_add_func("/left-out/begun-before", tls_from_before_the_capture);
    g_test_add_func("/left-out/hello-lost", tls_of_which_the_hello_is_lost);
    g_test_add_func("/left-out/client-hello-lost", tls_of_which_the_client_hello_is_lost);
    g_test_add_func("/left-out/quic", quic_of_which_the_client_hello_is_lost);
    g_test_add_func("/left-out/h2/requests", requests_that_only_answers_tell_of);
    g_test_add_func("/left-out/h2/lost", requests_that_are_not_in_the_capture);
    g_test_add_func("/left-out/h2-elsewhere", preface_on_the_port_of_another_protocol);
    g_test_add_func("/left-out/h2", preface_on_an_unknown_port);
    g_test_add_func("/left-out/hidden-hello", hidden_hello);
    g_test_add_func("/left-out/none", what_is_shown_is_not_left_out);
    g_test_add_func("/left-out/readable", tls_that_can_be_read);
    return g_test_run();
}
