/* test_kinds_which.c
 * Of what kind an item is where one of its connections is another, and what is told of TLS, tunnels and
 * streams alone. Its stories differ in one thing from one of which something is told. DESIGN section 6.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "trace_h2.h"
#include "trace_quic.h"
#include "trace_stories.h"

#define NGINX "nginx/1.22.1"

/* ---- a steady pace ---- */

/* A program that looks whether all is well: once each, for the same. What differs of the fourth? */
typedef struct {
    const char *method, *target;
    int64_t pause;
    bool asks_twice, is_before; /* the first was open before the capture */
    bool is_monitor;
} watcher;

static void looks_after_its_server(void)
{
    const watcher watchers[] = {
        {.is_monitor = true}, {.method = "HEAD"},   {.target = "/other"}, {.pause = AT_S(5)},
        {.pause = AT_S(20)},  {.asks_twice = true}, {.is_before = true},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(watchers); i++) {
        const watcher *it = &watchers[i];
        g_autoptr(trace) t = trace_new();
        int64_t at = 0;
        for (int call = 0; call < 5; call++) {
            trace_connection *c = trace_connect(t);
            if (call > 0 || !it->is_before) {
                c = trace_open(t, at);
            }
            trace_request(c, at + AT_MS(1), .user_agent = REQUESTS,
                          .method = call == 3 ? it->method : NULL,
                          .target = call == 3 ? it->target : NULL);
            trace_answer(c, at + AT_MS(2), .is_header_only = call == 3 && it->method != NULL);
            if (call == 3 && it->asks_twice) {
                trace_request(c, at + AT_MS(3), .user_agent = REQUESTS);
                trace_answer(c, at + AT_MS(4));
            }
            trace_close(c, CLIENT, at + AT_MS(5));
            at += call == 1 && it->pause != 0 ? it->pause : AT_S(10);
        }

        g_assert_true(trace_may_be_else(t, "keep_client", "a health check or a monitor") ==
                      it->is_monitor);
    }
}

/* ---- some of them ---- */

/* Of three whose answers stop in the middle one client leaves at once, and two wait: for three seconds,
 * and for two. */
static void some_waited_for_the_rest(void)
{
    for (int all_wait = 0; all_wait < 2; all_wait++) {
        const int64_t waits[] = {AT_S(3), AT_S(2), all_wait ? AT_MS(1500) : AT_MS(1)};
        g_autoptr(trace) t = trace_new();
        trace_stopped_answers(t, waits);

        assert_item(t, "read_bodies", LEAVES, all_wait ? LEFT_WAITING : 0, 0);
        g_assert_cmpuint(trace_fix(t, "read_bodies")->waited, ==, all_wait ? 3 : 2);
        g_assert_cmpint(trace_fix(t, "read_bodies")->longest_rest_ns, ==, AT_S(3));
        g_assert_true(trace_happened(t, "read_bodies", "2 of them while it waited") == !all_wait);
    }
}

/* ---- streams ---- */

/* An idle timeout of the client's own is told once of what has streams, however long it was; and of
 * HTTP/3 as of HTTP/2. */
static void streams_have_their_own_words(void)
{
    for (int is_h3 = 0; is_h3 < 2; is_h3++) {
        g_autoptr(trace) t = trace_new();
        for (unsigned i = 0; i < 4; i++) {
            const int64_t at = AT_S(100 * (int64_t)i);
            if (is_h3) {
                hr_connection *c = quic_open_with_keys(t, i, at);
                quic_exchange(t, c, 0, at + AT_MS(50));
                quic_close(t, c, CLIENT, H3_NO_ERROR, at + AT_S(3) + AT_MS(137 * (int64_t)i));
            } else {
                trace_connection *c = h2_open_used(t, at);
                trace_close(c, CLIENT, at + AT_S(3) + AT_MS(137 * (int64_t)i));
            }
        }

        assert_item(t, "keep_client", CALL_OBJECTS | CLIENTS_TIMEOUT, HAS_STREAMS, 0);
    }
}

/* ---- TLS that nobody can read ---- */

/* Closed right after an answer a close may have been said there, and not after a rest. */
static void closes_that_nobody_could_read(void)
{
    for (int kind = 0; kind < 3; kind++) {
        const bool rests = kind == 1;
        const trace_side side = kind == 2 ? SERVER : CLIENT;
        g_autoptr(trace) t = trace_new();
        for (int i = 0; i < 3; i++) {
            const int64_t at = AT_S(100 * i);
            trace_connection *c = tls_open(t, at, .is_12 = true);
            tls_hidden_exchange(c, at + AT_MS(10), at + AT_MS(11));
            trace_close(c, side, at + (rests ? AT_MS(500 + 200 * i) : AT_MS(12)));
        }
        assert_item(t, side == CLIENT ? "keep_client" : "keep_open",
                    side == CLIENT ? CALL_OBJECTS | (rests ? 0 : HIDDEN_CLOSE) : 0,
                    rests ? 0 : ANNOUNCED_UNREAD, 0);
    }
}

/* A browser keeps credentials apart: told of TLS that nobody can read, or where its words are missing. */
static void beside_an_idle_one_in_tls(void)
{
    static const struct {
        bool is_hidden;
        unsigned told;
    } rows[] = {{true, BROWSER}, {false, 0}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(trace) t = trace_new();
        for (int j = 0; j < 3; j++) {
            const int64_t at = AT_S(j);
            trace_connection *c =
                tls_open(t, at, .has_keys = !rows[i].is_hidden, .agrees = "http/1.1");
            if (rows[i].is_hidden) {
                tls_hidden_exchange(c, at + AT_MS(10), at + AT_MS(11));
            } else {
                trace_exchange(c, at + AT_MS(10), at + AT_MS(11));
                trace_exchange(c, at + AT_MS(20), at + AT_MS(21));
            }
        }
        assert_item(t, "share_pool", rows[i].told, rows[i].is_hidden ? 0 : KEEPS | MAY_HIDE_UNREAD,
                    0);
        g_assert_true(trace_advises(t, "share_pool", "SSLKEYLOGFILE") == rows[i].is_hidden);
    }
}

/* ---- tunnels ---- */

/* What is idle in a tunnel may be ended by the proxy that carries it, and what is not idle by its end. */
static void timeouts_in_tunnels(void)
{
    for (int kind = 0; kind < 3; kind++) {
        const trace_side side = kind == 1 ? SERVER : CLIENT;
        const int64_t rests[] = {AT_S(300), AT_S(75), AT_MS(1)};
        g_autoptr(trace) t = trace_new();
        for (int i = 0; i < 3; i++) {
            const int64_t at = AT_S(1000 * i);
            trace_connection *c = trace_open_to(t, "10.0.0.3", 3128, at);
            trace_request(c, at + AT_MS(1), .method = "CONNECT", .target = "b.example:80",
                          .host = "b.example:80");
            trace_answer(c, at + AT_MS(2), .is_header_only = true);
            trace_request(c, at + AT_MS(10), .user_agent = OKHTTP);
            trace_answer(c, at + AT_MS(11), .server = NGINX);
            trace_close(c, side, at + AT_MS(11) + rests[kind]);
        }
        assert_item(t,
                    kind == 2   ? "keep_client"
                    : kind == 1 ? "lengthen_server_idle"
                                : "lengthen_client_idle",
                    kind == 2 ? CALL_OBJECTS : TUNNEL, 0, 0);
    }
}

/* ---- resets ---- */

/* Two requests that meet resets of the server after a rest, and no FIN before: a device may have
 * forgotten them, or the server had closed. After a minute and more nobody says who it was. */
static void resets_without_a_fin(void)
{
    static const struct {
        int64_t rest;
        const char *change;
        unsigned told;
    } rows[] = {{AT_S(5), "expire_sooner", SERVERS_OWN}, {AT_S(350), "outlast_device", 0}};
    for (size_t row = 0; row < G_N_ELEMENTS(rows); row++) {
        g_autoptr(trace) t = trace_new();
        for (int i = 0; i < 2; i++) {
            const int64_t at = AT_S(1000 * i);
            const int64_t lost = at + AT_MS(2) + rows[row].rest;
            trace_connection *c = trace_open(t, at);
            trace_exchange(c, at + AT_MS(1), at + AT_MS(2));
            c->is_deaf[SERVER] = true;
            trace_request(c, lost);
            trace_rst(c, SERVER, lost + AT_US(100));
        }
        assert_item(t, rows[row].change, rows[row].told, KEEPS, 0);
    }
}

/* One that was opened beside an idle one, and is reset out of rest by another host: what tells of the
 * opening tells nothing of the reset. With a request on it that is no rest. */
static void resets_from_elsewhere(void)
{
    for (int is_asked = 0; is_asked < 2; is_asked++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *idle = trace_open(t, AT_MS(0));
        trace_exchange(idle, AT_MS(1), AT_MS(2));
        trace_connection *c = trace_open(t, AT_S(1));
        for (int i = 0; i < 8; i++) {
            trace_exchange(c, AT_S(1) + AT_MS(10 * i + 1), AT_S(1) + AT_MS(10 * i + 2));
            trace_ack(c, CLIENT, AT_S(1) + AT_MS(10 * i + 3));
        }
        trace_close(idle, CLIENT, AT_S(3));
        if (is_asked) {
            c->is_deaf[SERVER] = true;
            trace_request(c, AT_S(401));
        }
        c->hops[SERVER] = 243;
        trace_rst(c, SERVER, AT_S(401) + AT_US(100));
        trace_exchange(trace_open(t, AT_S(500)), AT_S(501), AT_S(502));

        assert_item(t, "share_pool", 0, KEEPS | MAY_HIDE_UNREAD, 0);
        assert_item(t, "outlast_device", OTHER_ROUTE, KEEPS | (is_asked ? 0 : RESET_AT_REST), 0);
    }
}

/* A PING that nobody hears after a minute, and no request: nothing was reset. */
static void forgotten_in_silence(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *c = h2_open_used(t, AT_MS(0));
    trace_ack(c, CLIENT, AT_MS(20));
    const uint32_t ping = c->next[CLIENT];
    h2_other_frame(c, CLIENT, AT_S(60));
    for (int i = 1; i <= 4; i++) {
        trace_segment(c, CLIENT, HR_TCP_ACK, ping, c->next[SERVER], c->next[CLIENT] - ping,
                      AT_S(60) + AT_MS(400 * i));
    }
    trace_fin(c, CLIENT, AT_S(63));
    h2_open_used(t, AT_S(64));

    assert_item(t, "outlast_device", 0, HAS_STREAMS, 0);
}

/* ---- what is left ---- */

/* One that was opened beside an idle one carries an error whose body nobody reads, or a stream that its
 * client leaves: of the opening these are no errors, and no streams. */
static void left_on_one_beside_an_idle_one(void)
{
    for (int is_stream = 0; is_stream < 2; is_stream++) {
        g_autoptr(trace) t = trace_new();
        trace_exchange(trace_open(t, AT_MS(0)), AT_MS(1), AT_MS(2));
        trace_connection *c = trace_open(t, AT_S(1));
        trace_exchange(c, AT_S(1) + AT_MS(1), AT_S(1) + AT_MS(2));
        trace_request(c, AT_S(1) + AT_MS(3));
        trace_begin_answer(c, AT_S(1) + AT_MS(4), .code = 404, .body = 90000, .rest = 80000,
                           .is_chunked = is_stream, .is_endless = is_stream);
        trace_rst(c, CLIENT, AT_S(1) + AT_MS(5));
        trace_exchange(trace_open(t, AT_S(5)), AT_S(6), AT_S(7));

        assert_cause(c, "body-undrained");
        assert_item(t, "share_pool", 0, KEEPS | MAY_HIDE_UNREAD, 0);
    }
}

/* ---- equal rests ---- */

/* Three of five that rested as long as each other are most, three of six are half; the last of all
 * cost nothing. */
static void most_of_them_rest_equally(void)
{
    for (int others = 3; others <= 4; others++) {
        g_autoptr(trace) t = trace_new();
        for (int i = 0; i < 3 + others; i++) {
            const int64_t at = AT_S(100 * i);
            trace_connection *c = trace_open(t, at);
            trace_request(c, at + AT_MS(1), .user_agent = REQUESTS);
            trace_answer(c, at + AT_MS(2));
            trace_close(c, CLIENT, at + AT_MS(2) + (i < 3 ? AT_MS(300) : AT_MS(330 + 100 * i)));
        }
        const bool are_most = others == 3;
        assert_item(t, "keep_client",
                    CALL_OBJECTS | (are_most ? CLIENTS_TIMEOUT | CLIENTS_SHORT_TIMEOUT : 0) |
                        MONITOR,
                    MAY_MONITOR | (are_most ? IDLE_EQUALLY : 0), 0);
    }
}

/* Of what has streams the client's own timeout is told already, and the server's is not. */
static void streams_rest_equally(void)
{
    for (trace_side side = CLIENT; side <= SERVER; side++) {
        g_autoptr(trace) t = trace_new();
        for (int i = 0; i < 5; i++) {
            const int64_t at = AT_S(100 * i);
            trace_connection *c = h2_open(t, at);
            for (unsigned j = 0; j <= (unsigned)i % 2; j++) { /* no steady pace of one call each */
                h2_exchange(c, 1 + 2 * j, at + AT_MS(10 + 10 * (int64_t)j),
                            at + AT_MS(11 + 10 * (int64_t)j));
            }
            trace_close(c, side, at + AT_MS(11 + 10 * (i % 2)) + AT_MS(300));
        }
        assert_item(t, side == CLIENT ? "keep_client" : "keep_open",
                    side == CLIENT ? CALL_OBJECTS | CLIENTS_TIMEOUT | OWN_CLOSES
                                   : SERVERS_SHORT_TIMEOUT,
                    HAS_STREAMS | IDLE_EQUALLY | KEEPS, 0);
    }
}

/* ---- names ---- */

/* Two names at one server: where a Host was cut off, and nothing else says the name. */
static void names_that_are_cut_off(void)
{
    for (int kind = 0; kind < 3; kind++) {
        g_autoptr(trace) t = trace_new();
        for (int i = 0; i < 3; i++) {
            trace_connection *c = kind == 1
                                      ? tls_open(t, AT_S(i), .has_keys = true, .agrees = "http/1.1")
                                      : trace_open(t, AT_S(i));
            for (int j = 1; j <= 2; j++) {
                trace_request(c, AT_S(i) + AT_MS(10 * j), .is_cut = kind < 2,
                              .host = kind == 2 ? "" : NULL);
                trace_answer(c, AT_S(i) + AT_MS(10 * j + 1));
            }
        }
        const hr_fix *fix = trace_fix(t, "share_pool");
        g_assert_true(fix == NULL || trace_may_be_else(t, "share_pool",
                                                       "another name at the same") == (kind == 0));
        g_assert_true(fix != NULL || kind == 1);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/kinds/monitor", looks_after_its_server);
    g_test_add_func("/kinds/waited", some_waited_for_the_rest);
    g_test_add_func("/kinds/streams", streams_have_their_own_words);
    g_test_add_func("/kinds/hidden", closes_that_nobody_could_read);
    g_test_add_func("/kinds/browser", beside_an_idle_one_in_tls);
    g_test_add_func("/kinds/tunnels", timeouts_in_tunnels);
    g_test_add_func("/kinds/resets", resets_without_a_fin);
    g_test_add_func("/kinds/elsewhere", resets_from_elsewhere);
    g_test_add_func("/kinds/silence", forgotten_in_silence);
    g_test_add_func("/kinds/left", left_on_one_beside_an_idle_one);
    g_test_add_func("/kinds/equal", most_of_them_rest_equally);
    g_test_add_func("/kinds/equal/streams", streams_rest_equally);
    g_test_add_func("/kinds/names", names_that_are_cut_off);
    return g_test_run();
}
