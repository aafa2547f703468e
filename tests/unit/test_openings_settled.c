/* test_openings_settled.c
 * What comes after an opening changes its reason, or leaves it: whether the idle connection was given
 * up, whether callers ran side by side, and for whom each was.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_h2.h"
#include "trace_quic.h"

static void assert_why(const trace_connection *c, const char *why)
{
    g_assert_cmpstr(hr_why_token(trace_opening(c)->why), ==, why);
}

static trace_connection *open_for(trace *t, const char *host, int64_t at)
{
    trace_connection *c = trace_open(t, at);
    trace_request(c, at + AT_MS(1), .host = host);
    trace_answer(c, at + AT_MS(2));
    return c;
}

/* ---- what became of the idle one ---- */

/* Its client closed it long after its answer, at its own timeout; the new one's first answer took even
 * longer. */
static void timed_out_before_the_first_answer(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = trace_open(t, AT_MS(0));
    trace_exchange(idle, AT_MS(1), AT_MS(2));
    trace_connection *c = trace_open(t, AT_MS(3));
    trace_request(c, AT_MS(4));
    trace_close(idle, CLIENT, AT_S(5));
    trace_answer(c, AT_S(10));

    assert_opened(c, "idle-available", idle);
}

/* The capture ends a moment after; but it was used again meanwhile, and so was not given up. */
static void used_again_before_the_capture_ended(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = trace_open(t, AT_MS(0));
    trace_exchange(idle, AT_MS(1), AT_MS(2));
    trace_connection *c = trace_open(t, AT_MS(2) + AT_US(100));
    trace_exchange(c, AT_MS(3), AT_MS(4));
    trace_exchange(idle, AT_MS(5), AT_MS(6) + AT_US(30));

    assert_opened(c, "idle-available", idle);
}

/* Of its requests none is in the capture: it is given up right after its answer all the same, or the
 * capture ends before anybody knows. */
static void given_up_without_a_request(void)
{
    for (int is_closed = 0; is_closed < 2; is_closed++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *idle = trace_connect(t);
        trace_answer_alone(idle, AT_MS(2));
        trace_connection *c = trace_open(t, AT_MS(2) + AT_US(100));
        trace_request(c, AT_MS(3));
        if (is_closed) {
            trace_close(idle, CLIENT, AT_MS(3) + AT_US(130));
        }
        trace_answer(c, AT_MS(4));

        assert_why(c, is_closed ? "previous-closed" : NULL);
    }
}

static trace_connection *open_at_port(trace *t, uint16_t port, int64_t at)
{
    trace_connection *c = trace_connect_between(t, "10.0.0.1", port, "10.0.0.80", 80);

    trace_syn(c, at);
    trace_syn_ack(c, at + AT_US(100));
    trace_ack(c, CLIENT, at + AT_US(200));
    trace_exchange(c, at + AT_MS(1), at + AT_MS(2));
    return c;
}

/* A client that takes its port again has lost the connection that it had there, without a word: it
 * crashed, or a device ended it. Nor could it take that one later. From another port it could. */
static void port_is_taken_again(void)
{
    for (int is_same = 0; is_same < 2; is_same++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *idle = open_at_port(t, 40001, AT_MS(0));
        trace_connection *c = open_at_port(t, is_same ? 40001 : 40002, AT_S(1));
        trace_close(c, CLIENT, AT_S(2));
        trace_connection *last = open_at_port(t, 40003, AT_S(3));

        assert_opened(c, is_same ? "previous-closed" : "idle-available", idle);
        assert_why(last, is_same ? "previous-closed" : "idle-available");
    }
}

/* Two callers' connections, of which a full pool drops one right after its answer, or its server does;
 * by a clock that counts ms nobody can tell a full pool from others. Somebody dialled in that moment. */
static hr_why dial_beside_a_drop(int64_t tick_ns, trace_side closer)
{
    g_autoptr(trace) t = trace_new();
    trace_ticks(t, tick_ns);
    for (int i = 0; i < 8; i++) { /* others, from which the clock is known */
        trace_connection *other = trace_open_to(t, "10.9.9.9", 80, AT_MS(1000 * i + 123 * (i % 7)));
        trace_exchange(other, AT_MS(1000 * i + 850), AT_MS(1000 * i + 901));
        trace_close(other, CLIENT, AT_MS(1000 * i + 987));
    }
    trace_connection *c[2] = {trace_open(t, AT_S(10)), trace_open(t, AT_MS(10001))};
    trace_request(c[0], AT_MS(10010));
    trace_request(c[1], AT_MS(10010));
    trace_answer(c[0], AT_MS(10020));
    trace_answer(c[1], AT_MS(10021));
    trace_connection *dialled = trace_open(t, AT_US(10021100));
    trace_request(dialled, AT_US(10021350));
    trace_answer(dialled, AT_US(10021450), .connection = "close");
    trace_fin(dialled, SERVER, AT_US(10021500));
    trace_close(c[1], closer, AT_US(10021700));
    trace_exchange(c[0], AT_MS(11600), AT_MS(11603));

    return trace_opening(dialled)->why;
}

static void dropped_by_a_full_pool(void)
{
    g_assert_cmpint(dial_beside_a_drop(0, CLIENT), ==, HR_WHY_PREVIOUS_CLOSED);
    g_assert_cmpint(dial_beside_a_drop(AT_MS(1), CLIENT), ==, HR_WHY_NONE);
    g_assert_cmpint(dial_beside_a_drop(AT_MS(1), SERVER), ==, HR_WHY_IDLE_AVAILABLE);
}

/* Nobody can read what went through either: the first was closed right after its answer. */
static void given_up_unread(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = tls_open(t, AT_MS(0));
    tls_hidden_exchange(idle, AT_MS(10), AT_MS(20));
    trace_connection *c = tls_open(t, AT_MS(20) + AT_US(100));
    trace_close(idle, CLIENT, AT_MS(24));
    tls_hidden_exchange(c, AT_MS(25), AT_MS(30));

    g_assert_cmpint(trace_opening(c)->why, !=, HR_WHY_IDLE_AVAILABLE);
}

/* Its second request says close: the first did not, and could have gone to the idle one. */
static void close_said_later(void)
{
    for (int is_first = 0; is_first < 2; is_first++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *idle = trace_open_used(t, AT_MS(0));
        trace_connection *c = trace_open(t, AT_S(1));
        trace_request(c, AT_S(1) + AT_MS(1), .connection = is_first ? "close" : NULL);
        trace_answer(c, AT_S(1) + AT_MS(2));
        if (!is_first) {
            trace_request(c, AT_S(2), .connection = "close");
            trace_answer(c, AT_S(2) + AT_MS(1));
        }
        trace_exchange(idle, AT_S(3), AT_S(3) + AT_MS(1));

        assert_why(c, is_first ? "first-contact" : "idle-available");
    }
}

/* A request that says close, beside one that nobody can read any more: that may be idle or not. */
static void close_said_beside_the_illegible(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = tls_open(t, AT_MS(12), .has_keys = true);
    trace_exchange(idle, AT_MS(20), AT_MS(21));
    trace_connection *gap = tls_open(t, AT_MS(22), .has_keys = true);
    trace_exchange(gap, AT_MS(30), AT_MS(31));
    trace_lose(gap, SERVER, 100);
    tls_data(gap, SERVER, 50, AT_MS(40));
    trace_ack(gap, CLIENT, AT_MS(41));
    trace_probe(idle, SERVER, AT_MS(450));
    trace_connection *c = tls_open(t, AT_MS(500), .has_keys = true);
    trace_request(c, AT_MS(510), .connection = "close");
    trace_answer(c, AT_MS(511));

    assert_why(c, NULL);
}

/* ---- side by side, or in turn ---- */

/* Two dial in the moment of an answer, for two names: one for the idle one's, which comes in turn. */
static void dials_for_two_names(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = open_for(t, "a.example", AT_MS(0));
    trace_connection *other = trace_open(t, AT_MS(3));
    trace_connection *c = trace_open(t, AT_MS(4));
    trace_request(c, AT_MS(5));
    trace_answer(c, AT_MS(6));
    trace_request(other, AT_MS(30), .host = "b.example");
    trace_answer(other, AT_MS(31));
    trace_exchange(idle, AT_MS(100), AT_MS(101));

    assert_opened(c, "idle-available", idle);
}

/* Of two names one connection became idle just now, and one long before: two dials for the latter. */
static void burst_beside_another_name_just_idle(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = open_for(t, "a.example", AT_MS(0));
    trace_connection *other = open_for(t, "b.example", AT_MS(500));
    trace_connection *c[2] = {trace_open(t, AT_MS(503)), trace_open(t, AT_MS(504))};
    for (int i = 0; i < 2; i++) {
        trace_exchange(c[i], AT_MS(530 + 2 * i), AT_MS(531 + 2 * i));
    }
    trace_exchange(idle, AT_S(2), AT_S(2) + AT_MS(1));
    trace_request(other, AT_S(3), .host = "b.example");

    assert_opened(c[0], "idle-available", idle);
}

/* An event loop dials for all of its calls in the moment of an answer. Theirs never come, or were there
 * perhaps: packets are missing. */
static hr_why burst_without_answers(bool has_gap, bool is_there)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *beside = trace_open_to(t, "10.0.0.99", 80, AT_US(77));
    trace_connection *idle = trace_open(t, AT_MS(1));
    trace_exchange(idle, AT_MS(2), AT_MS(3) + AT_US(13));
    trace_connection *one = trace_open(t, AT_MS(4));
    trace_exchange(beside, AT_MS(5), AT_MS(6));
    if (has_gap) {
        trace_lose(beside, CLIENT, TRACE_REQUEST_HEADER);
        trace_lose(beside, SERVER, TRACE_ANSWER);
        trace_exchange(beside, AT_MS(7), AT_MS(8));
    }
    trace_connection *two = trace_open(t, AT_MS(9));
    trace_request(two, AT_MS(30));
    if (is_there) {
        trace_request(one, AT_MS(31));
        trace_ack(one, SERVER, AT_MS(32));
    }
    trace_exchange(idle, AT_S(1), AT_S(1) + AT_MS(1));
    trace_answer(two, AT_S(2));

    return trace_opening(two)->why;
}

static void burst_that_was_not_answered(void)
{
    g_assert_cmpint(burst_without_answers(false, true), ==, HR_WHY_ALL_BUSY);
    g_assert_cmpint(burst_without_answers(true, true), ==, HR_WHY_ALL_BUSY);
}

/* Preconnects for two names of one address race with nobody, whatever they are used for. */
static void preconnects_for_two_names(void)
{
    for (int is_same = 0; is_same < 2; is_same++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *unused =
            tls_open(t, AT_MS(0), .sni = is_same ? "a.example" : "b.example", .has_keys = true);
        trace_connection *c = tls_open(t, AT_MS(3), .has_keys = true);
        trace_exchange(c, AT_MS(10), AT_MS(11));
        trace_close(unused, CLIENT, AT_S(5));

        trace_analysis(t);
        g_assert_cmpint(unused->model->is_race_loser, ==, is_same);
    }
}

/* What seemed to be the loser of a race is used after all. */
static void loser_that_is_used_later(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *one = trace_open(t, AT_MS(0));
    trace_connection *two = trace_open(t, AT_MS(1));
    trace_exchange(two, AT_MS(10), AT_MS(11));
    trace_analysis(t);
    g_assert_true(one->model->is_race_loser);

    trace_exchange(one, AT_S(1), AT_S(1) + AT_MS(1));
    trace_analysis(t);
    g_assert_false(one->model->is_race_loser);
}

/* One that is older than the capture was no dial, whenever its first packet comes. */
static void no_race_with_an_old_one(void)
{
    for (int is_before = 0; is_before < 2; is_before++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *old = trace_connect(t);
        if (is_before) {
            trace_request(old, AT_MS(1));
        }
        trace_connection *unused = trace_open(t, AT_MS(3));
        if (!is_before) {
            trace_request(old, AT_MS(7));
        }
        trace_answer(old, AT_MS(20));
        trace_close(unused, CLIENT, AT_S(5));

        trace_analysis(t);
        g_assert_false(unused->model->is_race_loser);
    }
}

/* ---- for whom ---- */

/* Another name's connection has no stream to spare: that is no reason for this one. */
static void exhausted_for_another_name(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *full = h2_open_plain(t, AT_MS(0), 1);
    h2_ask(full, 1, AT_MS(10), .authority = "b.example");
    trace_connection *c = h2_open_plain(t, AT_S(1), 1);
    h2_ask(c, 1, AT_S(1) + AT_MS(10));

    assert_first_contact(c);
}

/* A connection over TCP that is never asked anything, beside an idle one over QUIC: that is another
 * pool's. */
static void unused_beside_quic(void)
{
    g_autoptr(trace) t = trace_new();
    hr_connection *quic = quic_open_with_keys(t, 0, AT_MS(0));
    quic_exchange(t, quic, 0, AT_MS(40));
    trace_connection *unused = trace_open_to(t, "10.0.0.80", 443, AT_S(1));
    trace_close(unused, CLIENT, AT_S(5));

    assert_first_contact(unused);
}

/* The same name, first at its address, then through a proxy, which asks at an address of its own. */
static void through_a_proxy_after_its_address(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *direct = tls_open(t, AT_S(0), .has_keys = true);
    trace_exchange(direct, AT_MS(10), AT_MS(11));
    trace_connection *proxy = trace_open_to(t, "10.0.0.3", 3128, AT_S(1));
    trace_request(proxy, AT_S(1) + AT_MS(1), .method = "CONNECT", .target = "a.example:443",
                  .host = "a.example:443");
    trace_answer(proxy, AT_S(1) + AT_MS(2), .is_header_only = true);
    tls_handshake(proxy, AT_S(1) + AT_MS(10), &(tls_kind){.port = 443, .has_keys = true});
    trace_exchange(proxy, AT_S(1) + AT_MS(20), AT_S(1) + AT_MS(21));
    trace_analysis(t);

    g_assert_cmpint(hr_connection_opening(proxy->model->seldom->tunnel)->why, ==,
                    HR_WHY_FIRST_CONTACT);
}

/* The other address' connection is known by half only: that it was there is enough. */
static void other_address_one_way(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *other = trace_connect_between(t, "10.0.0.1", 0, "10.0.0.81", 80);
    trace_syn(other, AT_MS(0));
    trace_ack(other, CLIENT, AT_MS(1));
    trace_request(other, AT_MS(2));
    trace_lose(other, SERVER, TRACE_ANSWER);
    trace_ack(other, CLIENT, AT_MS(4));
    trace_connection *c = trace_open_used(t, AT_S(1));

    assert_opened(c, "other-address", other);
}

/* What nobody could read may have been the pool of the next; but that found an idle one. */
static void idle_beside_what_nobody_could_read(void)
{
    static const tls_kind how = {.port = 443, .offers = "h2,http/1.1", .has_keys = true};
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = h2_open_used(t, AT_MS(0));
    trace_connection *gap = tls_connect(t, AT_MS(100), &how);
    tls_client_hello(gap, AT_MS(101), &how);
    trace_lose(gap, SERVER, 1000);
    tls_data(gap, CLIENT, 80, AT_MS(103));
    trace_close(gap, CLIENT, AT_MS(105));
    trace_probe(idle, SERVER, AT_MS(500));
    trace_connection *two = h2_open_used(t, AT_S(1));

    assert_opened(two, "idle-available", idle);
}

/* ... nor does one between them tell what the first was for. */
static void first_contact_after_what_nobody_could_read(void)
{
    static const tls_kind how = {.port = 443, .offers = "h2,http/1.1", .has_keys = true};
    static const tls_kind other = {
        .port = 443, .sni = "b.example", .agrees = "h2", .has_keys = true};
    for (int is_lost = 0; is_lost < 2; is_lost++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *gap = tls_connect(t, AT_MS(0), &how);
        tls_client_hello(gap, AT_MS(1), &how);
        if (is_lost) {
            trace_lose(gap, SERVER, 1000);
            tls_data(gap, CLIENT, 80, AT_MS(3));
        } else {
            tls_alert(gap, SERVER, TLS_ALERT_HANDSHAKE_FAILURE, AT_MS(3));
        }
        trace_close(gap, CLIENT, AT_MS(5));
        trace_connection *between = h2_open_with(t, AT_S(1), 0, &other);
        h2_ask(between, 1, AT_S(1) + AT_MS(10), .authority = "b.example");
        trace_connection *c = h2_open_used(t, AT_S(2));

        g_assert_cmpint(trace_opening(c)->why == HR_WHY_NONE, ==, is_lost);
    }
}

/* Nobody can read what a connection for another name carries, and nothing of it is missing. */
static void first_contact_after_another_name_unread(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *other = tls_open(t, AT_MS(0), .sni = "b.example");
    tls_hidden_exchange(other, AT_MS(10), AT_MS(11));
    trace_connection *c = tls_open(t, AT_S(1), .has_keys = true);
    trace_exchange(c, AT_S(1) + AT_MS(10), AT_S(1) + AT_MS(11));

    assert_first_contact(c);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/settled/idle/timed-out", timed_out_before_the_first_answer);
    g_test_add_func("/settled/idle/used-again", used_again_before_the_capture_ended);
    g_test_add_func("/settled/idle/answer-alone", given_up_without_a_request);
    g_test_add_func("/settled/idle/port-again", port_is_taken_again);
    g_test_add_func("/settled/idle/full-pool", dropped_by_a_full_pool);
    g_test_add_func("/settled/idle/unread", given_up_unread);
    g_test_add_func("/settled/close/later", close_said_later);
    g_test_add_func("/settled/close/illegible", close_said_beside_the_illegible);
    g_test_add_func("/settled/burst/names", dials_for_two_names);
    g_test_add_func("/settled/burst/just-idle", burst_beside_another_name_just_idle);
    g_test_add_func("/settled/burst/unanswered", burst_that_was_not_answered);
    g_test_add_func("/settled/race/names", preconnects_for_two_names);
    g_test_add_func("/settled/race/used-later", loser_that_is_used_later);
    g_test_add_func("/settled/race/old", no_race_with_an_old_one);
    g_test_add_func("/settled/whom/exhausted", exhausted_for_another_name);
    g_test_add_func("/settled/whom/quic", unused_beside_quic);
    g_test_add_func("/settled/whom/proxy", through_a_proxy_after_its_address);
    g_test_add_func("/settled/whom/other-address", other_address_one_way);
    g_test_add_func("/settled/unread/idle", idle_beside_what_nobody_could_read);
    g_test_add_func("/settled/unread/first", first_contact_after_what_nobody_could_read);
    g_test_add_func("/settled/unread/other-name", first_contact_after_another_name_unread);
    return g_test_run();
}
