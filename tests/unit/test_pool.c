/* test_pool.c
 * Why a connection was opened: DESIGN section 4, one pool key. The SYN is when the client
 * decides; the first request shows what it decided by.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace.h"

/* A connection that has had its exchange and is idle from @at on. */
static trace_connection *open_idle(trace *t, int64_t at)
{
    trace_connection *c = trace_open(t, at - AT_MS(10));
    trace_exchange(c, at - AT_MS(5), at);
    return c;
}

/* ---- first-contact ---- */

static void the_first_is_first_contact(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_open(t, AT_MS(0));
    trace_exchange(c, AT_MS(1), AT_MS(2));

    assert_first_contact(c);
    g_assert_false(trace_opening(c)->shares_address);
}

static void unseen_opening_has_no_reason(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = trace_connect(t);
    trace_exchange(c, AT_MS(1), AT_MS(2));

    g_assert_cmpint(trace_opening(c)->why, ==, HR_WHY_NONE);
}

/* ---- all-busy ---- */

static void outstanding_request_is_busy(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_open(t, AT_MS(0));
    trace_request(one, AT_MS(1));
    trace_connection *two = trace_open(t, AT_MS(2));
    trace_exchange(two, AT_MS(3), AT_MS(4));

    assert_opened(two, "all-busy", one);
}

static void burst_siblings_are_busy(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c[4];
    for (int i = 0; i < 4; i++) {
        c[i] = trace_connect(t);
        trace_syn(c[i], AT_US(10 * i));
    }
    for (int i = 0; i < 4; i++) {
        trace_syn_ack(c[i], AT_MS(1));
        trace_ack(c[i], CLIENT, AT_MS(1));
        trace_request(c[i], AT_MS(1));
    }

    assert_first_contact(c[0]);
    for (int i = 1; i < 4; i++) {
        g_assert_cmpstr(hr_why_token(trace_opening(c[i])->why), ==, "all-busy");
    }
}

/* Whose handshake is faster says nothing about whose SYN was first. */
static void first_syn_is_first_contact(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_connect(t);
    trace_connection *two = trace_connect(t);
    trace_syn(one, AT_MS(0));
    trace_syn(two, AT_MS(1));
    trace_syn_ack(two, AT_MS(2));
    trace_ack(two, CLIENT, AT_MS(2));
    trace_request(two, AT_MS(3));
    trace_syn_ack(one, AT_MS(4));
    trace_ack(one, CLIENT, AT_MS(4));
    trace_request(one, AT_MS(5));

    assert_first_contact(one);
    assert_opened(two, "all-busy", one);
}

static void connection_that_carried_nothing_is_not_idle(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *warmed = trace_open(t, AT_S(0));
    trace_connection *two = trace_open(t, AT_S(5));
    trace_exchange(two, AT_S(6), AT_S(7));

    assert_opened(two, "all-busy", warmed);
}

static void busy_and_closed_is_all_busy(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *closed = open_idle(t, AT_MS(20));
    trace_connection *busy = trace_open(t, AT_MS(30));
    trace_request(busy, AT_MS(31));
    trace_close(closed, SERVER, AT_MS(40));
    trace_connection *third = trace_open(t, AT_MS(50));
    trace_exchange(third, AT_MS(51), AT_MS(52));

    assert_opened(third, "all-busy", busy);
}

/* ---- previous-closed ---- */

static void closed_by_fin(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_idle(t, AT_MS(20));
    trace_close(one, SERVER, AT_S(5));
    trace_connection *two = trace_open(t, AT_S(6));
    trace_exchange(two, AT_S(7), AT_S(8));

    assert_opened(two, "previous-closed", one);
}

static void half_closed_by_the_server(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_idle(t, AT_MS(20));
    trace_fin(one, SERVER, AT_S(5));
    trace_connection *two = trace_open(t, AT_S(6));
    trace_exchange(two, AT_S(7), AT_S(8));

    assert_opened(two, "previous-closed", one);
}

static void closed_by_rst(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_idle(t, AT_MS(20));
    trace_rst(one, SERVER, AT_S(5));
    trace_connection *two = trace_open(t, AT_S(6));
    trace_exchange(two, AT_S(7), AT_S(8));

    assert_opened(two, "previous-closed", one);
}

static void closed_by_a_fin_that_was_not_captured(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_idle(t, AT_MS(20));
    trace_lose_fin(one, SERVER);
    trace_ack(one, CLIENT, AT_S(5));
    trace_connection *two = trace_open(t, AT_S(6));
    trace_exchange(two, AT_S(7), AT_S(8));

    assert_opened(two, "previous-closed", one);
}

static void announced_close_is_closing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_open(t, AT_MS(0));
    trace_request(one, AT_MS(1));
    trace_answer(one, AT_MS(2), .connection = "close");
    trace_connection *two = trace_open(t, AT_MS(3)); /* the FIN is still to come */
    trace_exchange(two, AT_MS(4), AT_MS(5));
    trace_close(one, CLIENT, AT_MS(6));

    assert_opened(two, "previous-closed", one);
}

/* Also while its last answer is outstanding nothing can follow on it. */
static void close_said_by_the_request_is_closing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_open(t, AT_MS(0));
    trace_request(one, AT_MS(1), .connection = "close");
    trace_connection *two = trace_open(t, AT_MS(3));
    trace_exchange(two, AT_MS(4), AT_MS(5));

    assert_opened(two, "previous-closed", one);
}

static void http10_is_closing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_open(t, AT_MS(0));
    trace_request(one, AT_MS(1), .is_http10 = true);
    trace_answer(one, AT_MS(2), .is_http10 = true);
    trace_connection *two = trace_open(t, AT_MS(3));
    trace_request(two, AT_MS(4), .is_http10 = true);

    assert_opened(two, "previous-closed", one);
}

static void websocket_and_tunnel_are_closing(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *websocket = trace_open(t, AT_MS(0));
    trace_request(websocket, AT_MS(1));
    trace_answer(websocket, AT_MS(2), .code = 101);
    trace_connection *two = trace_open(t, AT_MS(3));
    trace_exchange(two, AT_MS(4), AT_MS(5));

    assert_opened(two, "previous-closed", websocket);
}

static void latest_close_explains(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_idle(t, AT_MS(20));
    trace_close(one, SERVER, AT_S(1));
    trace_connection *two = open_idle(t, AT_S(2));
    trace_close(two, SERVER, AT_S(3));
    trace_connection *three = trace_open(t, AT_S(4));
    trace_exchange(three, AT_S(5), AT_S(6));

    assert_opened(two, "previous-closed", one);
    assert_opened(three, "previous-closed", two);
}

/* A connection that carried nothing has no name, and so is one of any pool key. */
static void closed_unused_is_no_first_contact(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *unused = trace_open(t, AT_S(0));
    trace_close(unused, CLIENT, AT_S(1));
    trace_connection *two = trace_open(t, AT_S(2));
    trace_exchange(two, AT_S(3), AT_S(4));

    assert_opened(two, "previous-closed", unused);
}

static void refused_is_no_first_contact(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *refused = trace_connect(t);
    trace_syn(refused, AT_S(0));
    trace_rst(refused, SERVER, AT_S(0));
    trace_connection *two = trace_open(t, AT_S(2));
    trace_exchange(two, AT_S(3), AT_S(4));

    assert_opened(two, "previous-closed", refused);
    assert_cause(refused, "setup-failed");
}

/* ---- capture-started-late ---- */

static void state_before_the_capture_is_unknown(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *old = trace_connect(t);
    trace_ack(old, CLIENT, AT_MS(0));
    trace_connection *two = trace_open(t, AT_MS(10));
    trace_exchange(two, AT_MS(11), AT_MS(12));
    trace_exchange(old, AT_MS(20), AT_MS(21));

    assert_opened(two, "capture-started-late", old);
}

/* Of the old one's two ports the lower is the client's: the ports say it wrongly. */
static void state_before_is_unknown_whatever_the_ports(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *old = trace_connect_between(t, "10.0.0.1", 33030, "10.0.0.80", 39597);
    trace_probe(old, CLIENT, AT_S(0));
    trace_ack(old, SERVER, AT_S(0));
    trace_connection *two = trace_open_to(t, "10.0.0.80", 39597, AT_S(1));
    trace_exchange(two, AT_S(2), AT_S(3));
    trace_exchange(old, AT_S(4), AT_S(5));

    assert_opened(two, "capture-started-late", old);
}

static void old_connection_with_an_exchange_is_known(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *old = trace_connect(t);
    trace_exchange(old, AT_MS(0), AT_MS(1));
    trace_connection *two = trace_open(t, AT_MS(50));
    trace_exchange(two, AT_MS(51), AT_MS(52));

    assert_opened(two, "idle-available", old);
}

static void old_connection_with_an_answer_is_known(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *old = trace_connect(t);
    trace_answer(old, AT_MS(0)); /* to a request before the capture */
    trace_connection *two = trace_open(t, AT_MS(50));
    trace_exchange(two, AT_MS(51), AT_MS(52));

    assert_opened(two, "idle-available", old);
}

static void old_connection_that_closed_is_known(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *old = trace_connect(t);
    trace_exchange(old, AT_MS(0), AT_MS(1));
    trace_close(old, SERVER, AT_MS(30));
    trace_connection *two = trace_open(t, AT_MS(50));
    trace_exchange(two, AT_MS(51), AT_MS(52));

    assert_opened(two, "previous-closed", old);
}

static void busy_one_explains_more_than_an_unknown_one(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *old = trace_connect(t);
    trace_ack(old, CLIENT, AT_MS(0));
    trace_connection *busy = trace_open(t, AT_MS(10));
    trace_request(busy, AT_MS(11));
    trace_connection *three = trace_open(t, AT_MS(20));
    trace_exchange(three, AT_MS(21), AT_MS(22));

    assert_opened(three, "all-busy", busy);
}

/* ---- connections without a request have a reason too ---- */

static void unused_first_contact(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *unused = trace_open(t, AT_S(0));
    trace_connection *used = trace_open(t, AT_S(1));
    trace_exchange(used, AT_S(2), AT_S(3));

    assert_first_contact(unused);
}

static void unused_sibling_of_a_burst(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *used = trace_open(t, AT_MS(0));
    trace_connection *unused = trace_open(t, AT_MS(1));
    trace_exchange(used, AT_MS(2), AT_MS(3));
    trace_close(unused, CLIENT, AT_MS(50));

    assert_opened(unused, "all-busy", used);
}

static void unused_after_a_close(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = open_idle(t, AT_MS(20));
    trace_close(one, SERVER, AT_S(1));
    trace_connection *unused = trace_open(t, AT_S(2));
    trace_close(unused, CLIENT, AT_S(3));

    assert_opened(unused, "previous-closed", one);
}

/* Its ACK overtook its SYN in the capture. */
static void syn_after_the_first_packet(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_open(t, AT_MS(0));
    trace_exchange(one, AT_MS(3), AT_MS(4));
    trace_close(one, CLIENT, AT_MS(5));
    trace_connection *c = trace_connect(t);
    trace_segment(c, CLIENT, HR_TCP_ACK, TRACE_CLIENT_ISN + 1, TRACE_SERVER_ISN + 1, 0, AT_MS(10));
    trace_syn(c, AT_MS(11));
    trace_syn_ack(c, AT_MS(12));
    trace_close(c, CLIENT, AT_MS(13));

    assert_opened(c, "previous-closed", one);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pool/first-contact/first", the_first_is_first_contact);
    g_test_add_func("/pool/first-contact/first-syn", first_syn_is_first_contact);
    g_test_add_func("/pool/none/opening-unseen", unseen_opening_has_no_reason);
    g_test_add_func("/pool/all-busy/outstanding", outstanding_request_is_busy);
    g_test_add_func("/pool/all-busy/burst", burst_siblings_are_busy);
    g_test_add_func("/pool/all-busy/being-set-up", connection_that_carried_nothing_is_not_idle);
    g_test_add_func("/pool/all-busy/and-closed", busy_and_closed_is_all_busy);
    g_test_add_func("/pool/previous-closed/fin", closed_by_fin);
    g_test_add_func("/pool/previous-closed/half-closed", half_closed_by_the_server);
    g_test_add_func("/pool/previous-closed/rst", closed_by_rst);
    g_test_add_func("/pool/previous-closed/inferred-fin", closed_by_a_fin_that_was_not_captured);
    g_test_add_func("/pool/previous-closed/announced", announced_close_is_closing);
    g_test_add_func("/pool/previous-closed/announced-by-request",
                    close_said_by_the_request_is_closing);
    g_test_add_func("/pool/previous-closed/http10", http10_is_closing);
    g_test_add_func("/pool/previous-closed/left-http", websocket_and_tunnel_are_closing);
    g_test_add_func("/pool/previous-closed/latest", latest_close_explains);
    g_test_add_func("/pool/previous-closed/unused", closed_unused_is_no_first_contact);
    g_test_add_func("/pool/previous-closed/refused", refused_is_no_first_contact);
    g_test_add_func("/pool/capture-started-late/state-unknown",
                    state_before_the_capture_is_unknown);
    g_test_add_func("/pool/capture-started-late/lower-port",
                    state_before_is_unknown_whatever_the_ports);
    g_test_add_func("/pool/capture-started-late/not-after-exchange",
                    old_connection_with_an_exchange_is_known);
    g_test_add_func("/pool/capture-started-late/not-after-answer",
                    old_connection_with_an_answer_is_known);
    g_test_add_func("/pool/capture-started-late/not-closed", old_connection_that_closed_is_known);
    g_test_add_func("/pool/capture-started-late/not-only",
                    busy_one_explains_more_than_an_unknown_one);
    g_test_add_func("/pool/unused/syn-late", syn_after_the_first_packet);
    g_test_add_func("/pool/unused/first-contact", unused_first_contact);
    g_test_add_func("/pool/unused/burst", unused_sibling_of_a_burst);
    g_test_add_func("/pool/unused/previous-closed", unused_after_a_close);
    return g_test_run();
}
