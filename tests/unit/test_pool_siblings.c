/* test_pool_siblings.c
 * Dials beside each other: a sibling that has not said yet what it is for, one that carries
 * something else, one that loses a race; and a connection that was given up at the moment of the
 * dial. DESIGN section 4.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_h2.h"
#include "trace_quic.h"
#include "trace_tls.h"

static void assert_unknown_why(const trace_connection *c)
{
    g_assert_cmpint(trace_opening(c)->why, ==, HR_WHY_NONE);
}

/* ---- what is never used ---- */

/* Dialled ahead, and closed without a word: what it found is what there was at its SYN, whatever is
 * spoken there. */
static void never_used_after_a_close(void)
{
    for (int kind = 0; kind < 3; kind++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *one = NULL;
        if (kind == 0) {
            one = tls_open(t, AT_MS(0), .has_keys = true, .agrees = "http/1.1");
            trace_exchange(one, AT_MS(10), AT_MS(11));
        } else {
            one = kind == 1 ? h2_open(t, AT_MS(0)) : h2_open_plain(t, AT_MS(0), 100);
            h2_exchange(one, 1, AT_MS(10), AT_MS(11));
        }
        trace_close(one, SERVER, AT_MS(100));
        trace_connection *ahead = trace_open_to(t, "10.0.0.80", one->port[SERVER], AT_S(1));
        trace_close(ahead, CLIENT, AT_S(5));

        assert_opened(ahead, "previous-closed", one);
    }
}

/* ---- siblings that have not said what they are for ---- */

static void sibling_that_is_no_http(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *other = trace_open(t, AT_MS(0));
    trace_connection *c = trace_open(t, AT_MS(1));
    trace_exchange(c, AT_MS(2), AT_MS(3));
    trace_data(other, SERVER, 30, AT_MS(4));

    assert_first_contact(c);
}

/* What the server said on it is missing: an answer, perhaps. */
static void sibling_that_was_answered_unseen(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *sibling = trace_open(t, AT_MS(0));
    trace_connection *c = trace_open(t, AT_MS(1));
    trace_exchange(c, AT_MS(2), AT_MS(3));
    trace_lose(sibling, SERVER, TRACE_ANSWER);
    trace_data(sibling, SERVER, 30, AT_MS(4));

    assert_unknown_why(c);
}

/* Its ClientHello is missing: it may have been HTTP. */
static void sibling_that_nobody_could_read(void)
{
    g_autoptr(trace) t = trace_new();
    const tls_kind how = {.port = 443, .has_keys = true, .agrees = "http/1.1"};
    trace_connection *sibling = tls_connect(t, AT_MS(0), &how);
    trace_connection *c = tls_connect(t, AT_MS(1), &how);
    trace_lose(sibling, CLIENT, 300);
    tls_server_hello(sibling, AT_MS(2), &how);
    tls_handshake(c, AT_MS(3), &how);
    trace_exchange(c, AT_MS(10), AT_MS(11));

    assert_unknown_why(c);
}

/* What is known to be busy explains it, and not one beside that has not said what it is for. */
static void sibling_beside_a_busy_one(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *busy = trace_open(t, AT_MS(0));
    trace_request(busy, AT_MS(1));
    trace_open(t, AT_MS(100)); /* a preconnect */
    trace_connection *c = trace_open(t, AT_MS(200));
    trace_exchange(c, AT_MS(201), AT_MS(202));
    trace_answer(busy, AT_S(1));

    assert_opened(c, "all-busy", busy);
}

/* It has carried something else already; the one behind it has not. */
static void sibling_behind_what_is_no_http(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *other = trace_open(t, AT_MS(0));
    trace_data(other, SERVER, 30, AT_MS(1));
    trace_connection *sibling = trace_open(t, AT_MS(2));
    trace_connection *c = trace_open(t, AT_MS(3));
    trace_request(c, AT_MS(4));
    trace_request(sibling, AT_MS(5));

    assert_opened(c, "all-busy", sibling);
}

/* What is shown before the end of the capture is known: the other had carried something else by the
 * first request, while it was open and after it had closed. */
static void what_is_no_http_explains_nothing_at_once(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *other = trace_open(t, AT_MS(0));
    trace_connection *beside = trace_open(t, AT_MS(1));
    trace_data(other, SERVER, 30, AT_MS(2));
    trace_request(beside, AT_MS(3), .host = "b.example");
    g_assert_cmpint(hr_connection_opening(beside->model)->why, ==, HR_WHY_FIRST_CONTACT);

    trace_close(other, CLIENT, AT_MS(10));
    trace_connection *after = trace_open(t, AT_MS(20));
    trace_request(after, AT_MS(21), .host = "c.example");
    g_assert_cmpint(hr_connection_opening(after->model)->why, ==, HR_WHY_FIRST_CONTACT);
}

static void sibling_with_several_names(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *sibling = trace_open(t, AT_MS(0));
    trace_connection *c = trace_open(t, AT_MS(1));
    trace_request(sibling, AT_MS(5));
    trace_request(c, AT_MS(6), .host = "b.example");
    trace_answer(sibling, AT_MS(7));
    trace_exchange(sibling, AT_MS(8), AT_MS(9));
    trace_request(sibling, AT_MS(10), .host = "c.example");

    assert_opened(c, "all-busy", sibling);
}

static void opened_for_several_names(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *sibling = trace_open(t, AT_MS(0));
    trace_connection *c = trace_open(t, AT_MS(1));
    trace_request(sibling, AT_MS(5));
    trace_request(c, AT_MS(6), .host = "b.example");
    trace_answer(c, AT_MS(7));
    trace_request(c, AT_MS(8), .host = "c.example");

    assert_opened(c, "all-busy", sibling);
}

/* A ticket that the server sends by itself is no answer: it has carried nothing, and is no
 * offer. */
static void ticket_is_no_exchange(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *silent = tls_open(t, AT_MS(0), .offers = "http/1.1");
    tls_data(silent, SERVER, 200, AT_MS(10));
    trace_connection *c = tls_open(t, AT_MS(500), .offers = "http/1.1");
    tls_data(c, CLIENT, 100, AT_MS(510));

    g_assert_cmpint(trace_opening(c)->why, !=, HR_WHY_IDLE_AVAILABLE);
}

/* Nobody can read where the answer ends: it goes on as long as records come. */
static void answer_that_goes_on_unread(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *busy = tls_open(t, AT_MS(0), .offers = "http/1.1");
    tls_hidden_exchange(busy, AT_MS(10), AT_MS(11));
    trace_connection *c = tls_open(t, AT_MS(100), .offers = "http/1.1");
    tls_data(busy, SERVER, 1000, AT_MS(110));
    tls_data(c, CLIENT, 100, AT_MS(111));

    assert_opened(c, "all-busy", busy);
}

/* What is opened beside @alpn's connection that was answered, and has its own answer, before the
 * server speaks again, @is_asked or not. */
static const char *why_beside_one_that_goes_on(const char *alpn, bool is_asked)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *busy = tls_open(t, AT_MS(0), .offers = alpn);
    tls_hidden_exchange(busy, AT_MS(10), AT_MS(11));
    trace_connection *c = tls_open(t, AT_MS(100), .offers = alpn);
    tls_hidden_exchange(c, AT_MS(111), AT_MS(112));
    if (is_asked) {
        tls_data(busy, CLIENT, 100, AT_MS(200));
    }
    tls_data(busy, SERVER, 1000, AT_MS(250));
    trace_analysis(t);
    return hr_why_token(trace_opening(c)->why);
}

/* Server-sent events, each a while after the other; a request beside them that is soon over. Of
 * HTTP/2 it could have been a stream there. */
static void answer_that_goes_on_after_another(void)
{
    g_assert_cmpstr(why_beside_one_that_goes_on("http/1.1", false), ==, "all-busy");
    g_assert_cmpstr(why_beside_one_that_goes_on("http/1.1", true), ==, "idle-available");
    g_assert_cmpstr(why_beside_one_that_goes_on("h2,http/1.1", false), ==, "idle-available");
}

/* What the server says to a connection that rested, and closes it with: a 408 of HAProxy. After
 * @events before that it was no rest. */
static const char *why_beside_one_that_is_told_off(int events, int64_t fin_at)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = tls_open(t, AT_MS(0), .offers = "http/1.1");
    tls_hidden_exchange(idle, AT_MS(10), AT_MS(11));
    trace_connection *c = tls_open(t, AT_S(10), .offers = "http/1.1");
    tls_hidden_exchange(c, AT_S(10) + AT_MS(11), AT_S(10) + AT_MS(12));
    for (int i = 0; i < events; i++) {
        tls_data(idle, SERVER, 1000, AT_S(20 + i));
    }
    tls_data(idle, SERVER, 220, AT_S(60));
    trace_fin(idle, SERVER, fin_at);
    trace_analysis(t);
    return hr_why_token(trace_opening(c)->why);
}

static void last_words_are_no_answer(void)
{
    const int64_t at_once = AT_S(60) + AT_US(20);

    g_assert_cmpstr(why_beside_one_that_is_told_off(0, at_once), ==, "idle-available");
    g_assert_cmpstr(why_beside_one_that_is_told_off(1, at_once), ==, "all-busy");
    g_assert_cmpstr(why_beside_one_that_is_told_off(0, AT_S(70)), ==, "all-busy");
}

/* A ticket came behind the request, and the answer after another had been opened: its client closed
 * with that, and the server's FIN answers the client's. */
static const char *why_beside_one_closed_with_its_answer(int ended_by)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *first = tls_open(t, AT_MS(0), .offers = "http/1.1");
    tls_hidden_exchange(first, AT_MS(10), AT_MS(11));
    trace_connection *c = tls_open(t, AT_MS(30), .offers = "http/1.1");
    tls_hidden_exchange(c, AT_MS(41), AT_MS(42));
    tls_data(first, SERVER, 400, AT_MS(69));
    trace_fin(first, ended_by, AT_MS(70));
    trace_fin(first, 1 - ended_by, AT_MS(70) + AT_US(100));
    trace_analysis(t);
    return hr_why_token(trace_opening(c)->why);
}

static void client_took_the_last_words(void)
{
    g_assert_cmpstr(why_beside_one_closed_with_its_answer(CLIENT), ==, "all-busy");
    g_assert_cmpstr(why_beside_one_closed_with_its_answer(SERVER), ==, "idle-available");
}

/* QUIC hides its CONNECTION_CLOSE: nothing came on the first any more once the second was opened,
 * or something did. */
static void quic_may_have_closed_unseen(void)
{
    g_autoptr(trace) silent = trace_new();
    g_autoptr(trace) alive = trace_new();
    const quic_kind how = {.has_keys = false, .client_idle_ms = 30000};

    quic_open(silent, 0, AT_MS(0), &how);
    quic_assert_why(silent, quic_open(silent, 1, AT_S(5), &how), "previous-closed");

    hr_connection *first = quic_open(alive, 0, AT_MS(0), &how);
    const hr_connection *second = quic_open(alive, 1, AT_S(5), &how);
    quic_at(alive, AT_S(6));
    quic_datagram(alive, first, CLIENT);
    quic_end(alive);
    quic_assert_why(alive, second, "idle-available");
}

/* Through a proxy it was the same name, but at no address that is known. */
static void tunnel_is_no_other_address(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *proxy = trace_open_to(t, "10.0.0.3", 3128, AT_MS(0));
    trace_request(proxy, AT_MS(1), .method = "CONNECT", .target = "a.example:443",
                  .host = "a.example:443");
    trace_answer(proxy, AT_MS(2), .is_header_only = true);
    tls_handshake(proxy, AT_MS(10), &(tls_kind){.port = 443, .has_keys = true});
    trace_exchange(proxy, AT_MS(20), AT_MS(21));
    trace_connection *c = tls_open(t, AT_S(1), .has_keys = true);
    trace_exchange(c, AT_S(1) + AT_MS(10), AT_S(1) + AT_MS(11));

    assert_first_contact(c);
}

/* ---- dials at once ---- */

/* One idle connection explains one of them: the one that served. */
static void loser_of_a_race_beside_an_idle_one(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *idle = trace_open(t, AT_MS(0));
    trace_exchange(idle, AT_MS(1), AT_MS(2));
    trace_connection *loser = trace_open(t, AT_MS(500));
    trace_connection *winner = trace_open(t, AT_MS(500) + AT_US(300));
    trace_exchange(winner, AT_MS(510), AT_MS(511));
    trace_close(loser, CLIENT, AT_S(5));

    assert_opened(winner, "idle-available", idle);
    assert_opened(loser, "all-busy", idle);
}

/* Nobody accepted it: it raced with nobody. */
static void refused_dial_is_no_loser(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *refused = trace_connect(t);
    trace_syn(refused, AT_MS(0));
    trace_rst(refused, SERVER, AT_US(100));
    trace_connection *c = trace_open(t, AT_MS(1));
    trace_exchange(c, AT_MS(2), AT_MS(3));

    g_assert_cmpuint(trace_found(t, HR_FINDING_HANDSHAKE_RACE), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/siblings/never-used", never_used_after_a_close);
    g_test_add_func("/siblings/sibling/no-http", sibling_that_is_no_http);
    g_test_add_func("/siblings/sibling/unread", sibling_that_nobody_could_read);
    g_test_add_func("/siblings/sibling/answered-unseen", sibling_that_was_answered_unseen);
    g_test_add_func("/siblings/sibling/beside-busy", sibling_beside_a_busy_one);
    g_test_add_func("/siblings/sibling/behind", sibling_behind_what_is_no_http);
    g_test_add_func("/siblings/sibling/at-once", what_is_no_http_explains_nothing_at_once);
    g_test_add_func("/siblings/sibling/several-names", sibling_with_several_names);
    g_test_add_func("/siblings/sibling/for-several-names", opened_for_several_names);
    g_test_add_func("/siblings/opaque/ticket", ticket_is_no_exchange);
    g_test_add_func("/siblings/opaque/goes-on", answer_that_goes_on_unread);
    g_test_add_func("/siblings/opaque/goes-on-later", answer_that_goes_on_after_another);
    g_test_add_func("/siblings/opaque/last-words", last_words_are_no_answer);
    g_test_add_func("/siblings/opaque/words-taken", client_took_the_last_words);
    g_test_add_func("/siblings/opaque/quic", quic_may_have_closed_unseen);
    g_test_add_func("/siblings/tunnel", tunnel_is_no_other_address);
    g_test_add_func("/siblings/race/idle", loser_of_a_race_beside_an_idle_one);
    g_test_add_func("/siblings/race/refused", refused_dial_is_no_loser);
    return g_test_run();
}
