/* test_pool_offers.c
 * What pools have to offer, where one connection looks like another: half known, half answered, older
 * than the capture, of no name, or of several. DESIGN section 4.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_h2.h"
#include "trace_quic.h"

static void assert_why(const trace_connection *c, const char *why)
{
    g_assert_cmpstr(hr_why_token(trace_opening(c)->why), ==, why);
}

/* ---- what each was doing ---- */

/* Of the latest idle one only the client's packets are there; the one before it is known, and was
 * free. */
static void idle_behind_one_that_is_half_known(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = trace_open_used(t, AT_MS(0));
    trace_connection *half = trace_connect(t);
    trace_syn(half, AT_MS(100));
    trace_ack(half, CLIENT, AT_MS(101));
    trace_request(half, AT_MS(102));
    trace_lose(half, SERVER, TRACE_ANSWER);
    trace_ack(half, CLIENT, AT_MS(110));
    trace_request(half, AT_MS(120));
    trace_lose(half, SERVER, TRACE_ANSWER);
    trace_ack(half, CLIENT, AT_MS(130));
    trace_probe(idle, SERVER, AT_MS(500));
    trace_connection *c = trace_open_used(t, AT_S(1));

    assert_opened(c, "idle-available", idle);
}

/* The head of a pipeline may have been answered, unseen; another request waits behind it in any case. */
static void busy_with_the_second_of_two(void)
{
    for (int has_second = 0; has_second < 2; has_second++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *busy = trace_open(t, AT_MS(0));
        trace_request(busy, AT_MS(1));
        if (has_second) {
            trace_request(busy, AT_MS(2));
        }
        trace_lose(busy, SERVER, 200);
        trace_data(busy, SERVER, 220, AT_MS(3));
        trace_ack(busy, CLIENT, AT_MS(4));
        trace_connection *c = trace_open(t, AT_MS(500));
        trace_exchange(c, AT_MS(501), AT_MS(502));

        assert_why(c, has_second ? "all-busy" : NULL);
    }
}

/* It was there before the capture, was seen to be free, and waits for an answer again. */
static void busy_since_before_the_capture(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *old = trace_connect(t);
    trace_exchange(old, AT_MS(1), AT_MS(2));
    trace_request(old, AT_MS(100));
    trace_connection *c = trace_open(t, AT_MS(500));
    trace_request(c, AT_MS(501));
    trace_answer(old, AT_MS(600));
    trace_answer(c, AT_MS(601));

    assert_opened(c, "all-busy", old);
}

/* It was being set up as the other dialled, and asked and was answered before that did: whether to the
 * end nobody is shown. At the SYN it was busy. */
static void asked_and_answered_since(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_open(t, AT_MS(0));
    trace_connection *two = trace_open(t, AT_MS(5));
    trace_request(one, AT_MS(10));
    trace_answer(one, AT_MS(20), .is_cut = true);
    trace_ack(one, CLIENT, AT_MS(21));
    trace_request(two, AT_MS(300));
    trace_answer(two, AT_MS(301));
    trace_exchange(one, AT_MS(400), AT_MS(401));

    assert_opened(two, "all-busy", one);
}

/* The server closed it before it was asked anything: the request that follows is too late, and says
 * what it was for. */
static void closed_before_its_first_request(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *closed = trace_open(t, AT_MS(0));
    trace_fin(closed, SERVER, AT_S(5));
    trace_request(closed, AT_S(5) + AT_MS(1));
    trace_rst(closed, SERVER, AT_S(5) + AT_MS(2));
    trace_connection *c = trace_open_used(t, AT_S(6));

    assert_opened(c, "previous-closed", closed);
}

/* ---- for which names ---- */

/* A program of HTTP/1.0 says no name, and keeps its connection; another connection serves two. From
 * then on they are one pool, whose latest idle one is there for a third. */
static void no_name_beside_several(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *nameless = trace_open(t, AT_MS(0));
    trace_request(nameless, AT_MS(1), .host = "", .is_http10 = true, .connection = "keep-alive");
    trace_answer(nameless, AT_MS(2), .is_http10 = true, .connection = "keep-alive");
    trace_request(nameless, AT_MS(10), .host = "", .is_http10 = true, .connection = "keep-alive");
    trace_connection *several = trace_open(t, AT_MS(100));
    for (int i = 0; i < 4; i++) {
        trace_request(several, AT_MS(101 + 10 * i), .host = i % 2 == 0 ? "a.example" : "b.example");
        trace_answer(several, AT_MS(102 + 10 * i));
    }
    trace_connection *c = trace_open(t, AT_S(1));
    trace_request(c, AT_S(1) + AT_MS(1), .host = "c.example");
    trace_answer(c, AT_S(1) + AT_MS(2));

    assert_opened(c, "idle-available", several);
}

/* Several closed before names were one pool; the latest of them, of whatever name, explains. */
static void closed_ones_of_two_names(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *closed[3];
    for (int i = 0; i < 3; i++) {
        closed[i] = trace_open(t, AT_MS(100 * i));
        trace_request(closed[i], AT_MS(100 * i + 1), .host = i == 1 ? "b.example" : "a.example");
        trace_answer(closed[i], AT_MS(100 * i + 2));
        trace_close(closed[i], SERVER, AT_MS(100 * i + 3));
    }
    trace_connection *several = trace_open(t, AT_MS(500));
    for (int i = 0; i < 3; i++) {
        trace_request(several, AT_MS(501 + 10 * i), .host = i == 0 ? "b.example" : "c.example");
        trace_answer(several, AT_MS(502 + 10 * i));
    }
    trace_close(several, SERVER, AT_MS(600));
    trace_connection *c = trace_open(t, AT_S(1));
    trace_request(c, AT_S(1) + AT_MS(1), .host = "d.example");
    trace_answer(c, AT_S(1) + AT_MS(2));

    assert_opened(c, "previous-closed", several);
}

/* Of two names' connections that closed before they were one pool the latest explains, whichever name
 * came first. Another program's tells that they are one. */
static void latest_closed_of_two_names(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[2];
    for (int i = 0; i < 2; i++) {
        c[i] = trace_open(t, AT_MS(30 * i));
        trace_request(c[i], AT_MS(30 * i + 1), .host = i == 0 ? "a.example" : "b.example",
                      .user_agent = "curl/8.5.0");
        trace_answer(c[i], AT_MS(30 * i + 2));
    }
    trace_close(c[1], SERVER, AT_MS(90));
    trace_close(c[0], SERVER, AT_MS(150));
    trace_connection *other = trace_open(t, AT_MS(500));
    for (int i = 0; i < 2; i++) {
        trace_request(other, AT_MS(510 + 10 * i), .host = i == 0 ? "b.example" : "c.example",
                      .user_agent = "python-requests/2.31.0");
        trace_answer(other, AT_MS(511 + 10 * i));
    }
    trace_connection *next = trace_open(t, AT_S(1));
    trace_request(next, AT_S(1) + AT_MS(1), .host = "d.example", .user_agent = "curl/8.5.0");
    trace_answer(next, AT_S(1) + AT_MS(2));

    assert_opened(next, "previous-closed", c[0]);
}

/* Two addresses without a name (RFC 6066 section 3: none for an IP address): what was lost of one says
 * nothing of the other. */
static void no_name_at_two_addresses(void)
{
    for (int has_name = 0; has_name < 2; has_name++) {
        const char *sni = has_name ? "a.example" : "";
        const tls_kind how = {.port = 443, .has_keys = true, .sni = sni};
        g_autoptr(trace) t = trace_new();
        trace_connection *lost = tls_connect(t, AT_MS(0), &how);
        tls_client_hello(lost, AT_MS(1), &how);
        trace_connection *c =
            tls_open(t, AT_S(1), .has_keys = true, .address = "10.0.0.81", .sni = sni);
        trace_request(c, AT_S(1) + AT_MS(10), .host = has_name ? "a.example" : "10.0.0.81");
        trace_answer(c, AT_S(1) + AT_MS(11));

        assert_why(c, has_name ? NULL : "first-contact");
    }
}

/* ---- by which clock ---- */

/* Others, at all times of a second, from which the clock is known. */
static trace *trace_by(int64_t tick_ns)
{
    trace *t = trace_new();
    trace_ticks(t, tick_ns);
    for (int i = 0; i < 8; i++) {
        trace_connection *c = trace_open_to(t, "10.9.9.9", 80, AT_MS(1000 * i + 123 * (i % 7)));
        trace_exchange(c, AT_MS(1000 * i + 850), AT_MS(1000 * i + 901));
        trace_close(c, CLIENT, AT_MS(1000 * i + 987));
    }
    return t;
}

/* Two dial, neither of which is ever asked: the first may have been ready by then, by a clock that
 * ticks too slowly. */
static void preconnects_within_a_tick(void)
{
    static const struct {
        int64_t tick_ns;
        const char *why;
    } rows[] = {{0, "all-busy"}, {AT_MS(50), NULL}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(trace) t = trace_by(rows[i].tick_ns);
        trace_exchange(trace_open_to(t, "10.0.0.80", 80, AT_MS(10100)), AT_MS(10110), AT_MS(10120));
        trace_connection *one = trace_connect_between(t, "10.0.0.2", 0, "10.0.0.80", 80);
        trace_syn(one, AT_MS(12100));
        trace_connection *two = trace_connect_between(t, "10.0.0.2", 0, "10.0.0.80", 80);
        trace_syn(two, AT_MS(12101));
        trace_syn_ack(one, AT_MS(12102));
        trace_ack(one, CLIENT, AT_MS(12102));
        trace_syn_ack(two, AT_MS(12103));
        trace_ack(two, CLIENT, AT_MS(12103));
        trace_close(two, CLIENT, AT_MS(15300));
        trace_close(one, CLIENT, AT_MS(16400));

        assert_why(two, rows[i].why);
    }
}

/* Whatever ticks: it was closed long before. */
static void closed_long_before_by_any_clock(void)
{
    g_autoptr(trace) t = trace_by(AT_MS(50));
    trace_connection *closed = trace_open(t, AT_MS(10100));
    trace_exchange(closed, AT_MS(10110), AT_MS(10120));
    trace_close(closed, SERVER, AT_MS(10400));
    trace_connection *c = trace_open(t, AT_MS(12100));
    trace_exchange(c, AT_MS(12110), AT_MS(12120));

    assert_opened(c, "previous-closed", closed);
}

/* ---- times that went back ---- */

/* What decides lies within what went back: the request before the rest, its answer, the next one, or
 * the end. It is not known on which side of the SYN each was. */
static hr_why opened_within_disorder(unsigned which, bool is_disorder)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *beside = trace_open_to(t, "10.0.0.81", 80, AT_MS(0));
    trace_connection *idle = trace_open(t, AT_MS(1));
    const int64_t syn_at = AT_S(10);
    const int64_t span_ns = AT_MS(40);
    const int64_t near_at[] = {syn_at - span_ns / 2, syn_at + span_ns / 2};

    if (which > 0) {
        trace_exchange(idle, AT_MS(2), AT_MS(3));
    } else {
        trace_request(idle, AT_MS(2));
    }
    trace_unsorted(t);
    trace_ack(beside, CLIENT, syn_at - span_ns);
    if (which == 0) {
        trace_answer(idle, near_at[0]);
    }
    trace_connection *c = trace_open(t, syn_at);
    trace_exchange(c, syn_at + AT_MS(5), syn_at + AT_MS(6));
    if (which == 1) {
        trace_exchange(idle, near_at[1], near_at[1] + AT_MS(1));
    } else if (which == 2) {
        trace_fin(idle, SERVER, near_at[1]);
    }
    trace_ack(beside, SERVER, syn_at + span_ns);
    trace_ack(beside, CLIENT, is_disorder ? syn_at - span_ns + AT_US(10) : syn_at + span_ns);
    if (which != 2) {
        trace_ack(idle, SERVER, AT_S(20));
    }
    return trace_opening(c)->why;
}

static void openings_within_disorder(void)
{
    for (unsigned which = 0; which < 3; which++) {
        g_assert_cmpint(opened_within_disorder(which, false), ==, HR_WHY_IDLE_AVAILABLE);
        g_assert_cmpint(opened_within_disorder(which, true), ==, HR_WHY_NONE);
    }
}

/* ---- QUIC ---- */

/* A piece between the same ports, without a beginning: it may be of the one that rests, or of the one
 * that was opened, and what that did then nobody knows. */
static void quic_in_pieces(void)
{
    static const int ports[] = {0, 40000, 40001}; /* of no piece, of one of the idle one's, ... */
    for (size_t i = 0; i < G_N_ELEMENTS(ports); i++) {
        g_autoptr(trace) t = trace_new();
        hr_connection *idle = quic_open_with_keys(t, 0, AT_MS(10));
        quic_exchange(t, idle, 0, AT_MS(40));
        hr_connection *c = quic_open_with_keys(t, 1, AT_S(1));
        quic_exchange(t, c, 0, AT_S(1) + AT_MS(30));
        quic_exchange(t, idle, 4, AT_S(2));
        if (ports[i] != 0) {
            quic_at(t, AT_S(3));
            hr_connection *piece = hr_model_add_quic(trace_model(t), 2, "10.0.0.1",
                                                     (uint16_t)ports[i], "10.0.0.80", 443);
            hr_quic_packet_seen(trace_model(t), piece, 0, HR_QUIC_1RTT);
            quic_datagram(t, piece, CLIENT);
            quic_end(t);
        }

        quic_assert_why(t, c, ports[i] == 0 ? "idle-available" : NULL);
    }
}

/* Of a QUIC connection the last packet may be what ended it. What else is missing in the capture
 * elsewhere may be that as well. */
static void quic_beside_a_gap(void)
{
    for (int has_gap = 0; has_gap < 2; has_gap++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *beside = trace_open_to(t, "10.0.0.99", 80, AT_US(77));
        hr_connection *idle = quic_open_with_keys(t, 0, AT_MS(10));
        quic_exchange(t, idle, 0, AT_MS(40));
        trace_exchange(beside, AT_MS(500), AT_MS(501));
        if (has_gap) {
            trace_lose(beside, CLIENT, TRACE_REQUEST_HEADER);
            trace_lose(beside, SERVER, TRACE_ANSWER);
            trace_exchange(beside, AT_MS(600), AT_MS(601));
        }
        hr_connection *c = quic_open_with_keys(t, 1, AT_S(1));
        quic_exchange(t, c, 0, AT_S(1) + AT_MS(30));

        quic_assert_why(t, c, has_gap ? NULL : "idle-available");
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/offers/half", idle_behind_one_that_is_half_known);
    g_test_add_func("/offers/second", busy_with_the_second_of_two);
    g_test_add_func("/offers/old", busy_since_before_the_capture);
    g_test_add_func("/offers/since", asked_and_answered_since);
    g_test_add_func("/offers/closed", closed_before_its_first_request);
    g_test_add_func("/offers/names/none", no_name_beside_several);
    g_test_add_func("/offers/names/closed", closed_ones_of_two_names);
    g_test_add_func("/offers/names/latest", latest_closed_of_two_names);
    g_test_add_func("/offers/names/addresses", no_name_at_two_addresses);
    g_test_add_func("/offers/quic/pieces", quic_in_pieces);
    g_test_add_func("/offers/clock/preconnects", preconnects_within_a_tick);
    g_test_add_func("/offers/clock/closed", closed_long_before_by_any_clock);
    g_test_add_func("/offers/disorder", openings_within_disorder);
    g_test_add_func("/offers/quic/gap", quic_beside_a_gap);
    return g_test_run();
}
