/* test_setup_which.c
 * Who ended a setup that came to nothing: nobody that listens, a bound on how many there may be, the
 * client, the server, or silence. What is told of one is told of no other. DESIGN section 6.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core/result/fix_setup.h"
#include "trace_fixes.h"
#include "trace_h2.h"
#include "trace_quic.h"

typedef enum {
    NOBODY_LISTENS,
    BOUNDED,
    BOUNDED_IN_TIME,
    DECLINED,
    SILENT,
    SILENT_OVER_UDP,
    TURNED_DOWN,
    NONE_OF_THESE
} teller;

static const char *const words[] = {
    [NOBODY_LISTENS] = "Nobody listened",
    [BOUNDED] = "while its server went on with another one",
    [BOUNDED_IN_TIME] = "refused in turn with others",
    [DECLINED] = "The client ended the TLS handshake",
    [SILENT] = "No answer came to the SYN",
    [SILENT_OVER_UDP] = "No answer came over UDP",
    [TURNED_DOWN] = "The server ended the TLS handshake",
};

static void assert_told(trace *t, teller who)
{
    g_assert_nonnull(trace_fix(t, "reach_server"));
    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++) {
        g_assert_true(trace_advises(t, "reach_server", words[i]) == (i == who));
    }
}

/* What the one that is busy goes through as another is refused. */
typedef enum {
    ANSWERED_LATER,
    ANSWERED_BEFORE_IT_STOPPED,
    CLOSES_BY_THE_SERVER,
    CLOSES_BY_THE_CLIENT,
    CLOSED_BEFORE_BY_THE_SERVER,
    ANSWERED_BEFORE
} meanwhile;

static teller refused_beside(meanwhile what)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *busy = trace_open(t, AT_MS(0));
    trace_exchange(busy, AT_MS(1), AT_MS(2));
    trace_request(busy, AT_MS(100), .connection = what == CLOSES_BY_THE_CLIENT ? "close" : NULL);
    if (what >= CLOSED_BEFORE_BY_THE_SERVER) {
        trace_answer(busy, AT_MS(150));
        trace_ack(busy, CLIENT, AT_MS(151));
    }
    if (what == CLOSED_BEFORE_BY_THE_SERVER) {
        trace_fin(busy, SERVER, AT_MS(160));
        trace_ack(busy, CLIENT, AT_MS(161));
    }
    for (int i = 0; i < 3; i++) {
        trace_refuse(t, AT_MS(200 + 50 * i));
    }
    if (what == CLOSED_BEFORE_BY_THE_SERVER) {
        trace_fin(busy, CLIENT, AT_S(1));
        trace_ack(busy, SERVER, AT_S(1)); /* its kernel does */
    } else if (what != ANSWERED_BEFORE) {
        trace_answer(busy, AT_S(1), .connection = what == CLOSES_BY_THE_SERVER ? "close" : NULL);
    }
    if (what == ANSWERED_BEFORE_IT_STOPPED) {
        trace_close(busy, SERVER, AT_S(1) + AT_MS(1));
        trace_refuse(t, AT_S(1) + AT_MS(10));
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++) {
        if (trace_advises(t, "reach_server", words[i])) {
            return i;
        }
    }
    return NONE_OF_THESE;
}

static void refused_beside_one_that_went_on(void)
{
    g_assert_cmpint(refused_beside(ANSWERED_LATER), ==, BOUNDED);
    g_assert_cmpint(refused_beside(CLOSES_BY_THE_CLIENT), ==, BOUNDED);
    g_assert_cmpint(refused_beside(CLOSES_BY_THE_SERVER), ==, NOBODY_LISTENS);
    g_assert_cmpint(refused_beside(ANSWERED_BEFORE_IT_STOPPED), ==, NOBODY_LISTENS);
    g_assert_cmpint(refused_beside(CLOSED_BEFORE_BY_THE_SERVER), ==, NOBODY_LISTENS);
    g_assert_cmpint(refused_beside(ANSWERED_BEFORE), ==, NOBODY_LISTENS);
}

/* A firewall lets some through in a time, and refuses the others. A server that was away once does not:
 * it takes none for a while, and then all. */
static void refused_in_turns(void)
{
    enum {
        ONCE_AWAY,
        IN_TURNS,
        TAKEN_BEFORE,
        WAYS
    };
    static const char *const story[WAYS] = {"rrraa", "arraara", "aarrr"};

    for (int way = 0; way < WAYS; way++) {
        g_autoptr(trace) t = trace_new();
        for (int i = 0; story[way][i] != '\0'; i++) {
            if (story[way][i] == 'r') {
                trace_refuse(t, AT_S(1 + i));
            } else {
                trace_connection *c = trace_open(t, AT_S(1 + i));
                trace_exchange(c, AT_S(1 + i) + AT_MS(1), AT_S(1 + i) + AT_MS(2));
                trace_close(c, CLIENT, AT_S(1 + i) + AT_MS(3));
            }
        }

        assert_told(t, way == IN_TURNS ? BOUNDED_IN_TIME : NOBODY_LISTENS);
    }
}

/* HTTP/2: the client says GOAWAY on the one that goes on, or the server does, which drains it. */
static void refused_beside_a_goaway(void)
{
    for (trace_side from = CLIENT; from <= SERVER; from++) {
        g_autoptr(trace) t = trace_new();
        trace_connection *busy = h2_open_plain(t, AT_MS(0), 100);
        h2_ask(busy, 1, AT_MS(10));
        h2_goaway(busy, from, from == SERVER ? 1 : 0, H2_NO_ERROR, AT_MS(20));
        for (int i = 0; i < 3; i++) {
            trace_refuse(t, AT_MS(200 + 50 * i));
        }
        h2_answer(busy, 1, AT_S(1));

        assert_told(t, from == CLIENT ? BOUNDED : NOBODY_LISTENS);
    }
}

/* The server turns a client down in TLS: it listened, and it was not the client. */
static void turned_down_by_the_server(void)
{
    for (trace_side from = CLIENT; from <= SERVER; from++) {
        g_autoptr(trace) t = trace_new();
        for (int i = 0; i < 3; i++) {
            const tls_kind how = {.port = 443, .is_12 = true};
            trace_connection *c = tls_connect(t, AT_S(i), &how);
            tls_client_hello(c, AT_S(i) + AT_MS(1), &how);
            tls_server_hello(c, AT_S(i) + AT_MS(2), &how);
            tls_alert(c, from, TLS_ALERT_HANDSHAKE_FAILURE, AT_S(i) + AT_MS(3));
            trace_close(c, from, AT_S(i) + AT_MS(4));
        }

        assert_told(t, from == CLIENT ? DECLINED : TURNED_DOWN);
        g_assert_false(hr_fix_needs_no_keys(trace_fix(t, "reach_server")));
    }
}

/* TCP was set up: who listened is there. It ends the handshake without a word, before its hello or behind
 * it; or its client does, which was shown something, or says that it does not like it. */
static void broken_off(void)
{
    static const struct {
        trace_side by;
        bool is_shown, is_said;
        teller who;
    } rows[] = {
        {SERVER, false, false, NONE_OF_THESE}, {SERVER, true, false, NONE_OF_THESE},
        {CLIENT, false, false, NONE_OF_THESE}, {CLIENT, true, false, DECLINED},
        {CLIENT, false, true, DECLINED},       {SERVER, false, true, TURNED_DOWN},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(trace) t = trace_new();
        for (int j = 0; j < 3; j++) {
            const tls_kind how = {.port = 443, .is_12 = true};
            trace_connection *c = tls_connect(t, AT_S(j), &how);
            tls_client_hello(c, AT_S(j) + AT_MS(1), &how);
            if (rows[i].is_shown) {
                tls_server_hello(c, AT_S(j) + AT_MS(2), &how);
            }
            if (rows[i].is_said) {
                tls_alert(c, rows[i].by, TLS_ALERT_HANDSHAKE_FAILURE, AT_S(j) + AT_MS(3));
            }
            trace_close(c, rows[i].by, AT_S(j) + AT_MS(4));
        }
        assert_told(t, rows[i].who);
    }
}

/* Two dials at a time, of which the second is refused: the first is as well, or is taken then. What was
 * set up only after that shows nobody who listened before; but three times in turn it is no chance. */
static void refused_beside_one_that_is_dialled(void)
{
    for (int is_taken = 0; is_taken < 2; is_taken++) {
        g_autoptr(trace) t = trace_new();
        for (int i = 0; i < 3; i++) {
            const int64_t at = AT_S(10 * i);
            trace_connection *one = trace_connect(t);
            trace_connection *two = trace_connect(t);
            trace_syn(one, at);
            trace_syn(two, at + AT_US(10));
            trace_rst(two, SERVER, at + AT_US(100));
            if (!is_taken) {
                trace_rst(one, SERVER, at + AT_US(110));
                continue;
            }
            trace_syn_ack(one, at + AT_MS(1));
            trace_ack(one, CLIENT, at + AT_MS(1) + AT_US(50));
            trace_exchange(one, at + AT_MS(2), at + AT_MS(3));
            trace_close(one, CLIENT, at + AT_MS(4));
        }
        trace_exchange(trace_open(t, AT_S(100)), AT_S(101), AT_S(102));

        assert_told(t, is_taken ? BOUNDED_IN_TIME : NOBODY_LISTENS);
    }
}

/* The first of all. */
static void refused_alone(void)
{
    g_autoptr(trace) t = trace_new();
    trace_refuse(t, AT_MS(1));
    trace_refuse(t, AT_S(1));
    trace_exchange(trace_open(t, AT_S(100)), AT_S(101), AT_S(102));

    assert_told(t, NOBODY_LISTENS);
}

/* SYNs that nobody answers while the server goes on elsewhere: nothing was refused. */
static void silence_beside_one_that_goes_on(void)
{
    g_autoptr(trace) t = trace_new();
    trace_connection *busy = trace_open(t, AT_MS(0));
    trace_request(busy, AT_MS(1));
    for (int i = 0; i < 2; i++) {
        trace_connection *c = trace_connect(t);
        for (int j = 0; j < 4; j++) {
            c->next[CLIENT] = TRACE_CLIENT_ISN;
            trace_syn(c, AT_S(20 * i + 1 + (1 << j)));
        }
    }
    trace_answer(busy, AT_S(100));

    assert_told(t, SILENT);
}

/* SYNs that nobody answers, and Initials. */
static void silence(void)
{
    g_autoptr(trace) t = trace_new();
    trace_exchange(trace_open(t, AT_S(0)), AT_MS(1), AT_MS(2));
    for (int i = 0; i < 2; i++) {
        trace_connection *c = trace_connect(t);
        trace_syn(c, AT_S(100 * i + 10));
        for (int j = 0; j < 4; j++) {
            c->next[CLIENT] = TRACE_CLIENT_ISN;
            trace_syn(c, AT_S(100 * i + 10 + (1 << j)));
        }
    }
    trace_exchange(trace_open(t, AT_S(300)), AT_S(300) + AT_MS(1), AT_S(300) + AT_MS(2));

    assert_told(t, SILENT);
    g_assert_true(hr_fix_needs_no_keys(trace_fix(t, "reach_server")));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/setup/beside", refused_beside_one_that_went_on);
    g_test_add_func("/setup/in-turns", refused_in_turns);
    g_test_add_func("/setup/goaway", refused_beside_a_goaway);
    g_test_add_func("/setup/tls", turned_down_by_the_server);
    g_test_add_func("/setup/silence", silence);
    g_test_add_func("/setup/broken-off", broken_off);
    g_test_add_func("/setup/dialled", refused_beside_one_that_is_dialled);
    g_test_add_func("/setup/alone", refused_alone);
    g_test_add_func("/setup/silence/beside", silence_beside_one_that_goes_on);
    return g_test_run();
}
